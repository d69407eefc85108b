//! Who is signed in: one-time links and the sessions that they open. In memory; a restart signs everybody out.

use super::site::Visit;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use veche_ledger::{Hash, Seconds, UnixSeconds};

/// How long a session lasts: a watch of twelve hours.
pub const SESSION_LEN: Seconds = Seconds::hours(12);
/// Most sessions at a time: a node is one party's.
const SESSIONS_MAX: usize = 1000;

/// A secret that was shown to one person: 32 random bytes as hexadecimal digits.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// Makes a token from fresh random bytes.
    #[must_use]
    pub fn from_random(bytes: [u8; 32]) -> Self {
        let mut text = String::with_capacity(64);
        for byte in bytes {
            write!(text, "{byte:02x}").unwrap_or_default();
        }
        Self(text)
    }

    /// Returns it as it stands in the link.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Compares without telling by its time how much agrees.
    fn is(&self, other: &str) -> bool {
        let (a, b) = (self.0.as_bytes(), other.as_bytes());
        let differing = a.iter().zip(b).fold(0, |all, (x, y)| all | (x ^ y));
        a.len() == b.len() && differing == 0
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(..)")
    }
}

/// The links that were not used yet, and the sessions.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    links: Vec<(Token, Visit)>,
    /// By the hash of the secret, so that a look into memory or a timing of the search gives no session away.
    open: BTreeMap<Hash, (UnixSeconds, Visit)>,
}

impl Sessions {
    /// Adds a one-time link.
    pub(crate) fn add_link(&mut self, token: Token, visit: Visit) {
        self.links.push((token, visit));
    }

    /// Returns whose seat a link offers, without using it up.
    pub(crate) fn offer(&self, token: &str) -> Option<&Visit> {
        self.links.iter().find(|(known, _)| known.is(token)).map(|(_, visit)| visit)
    }

    /// Uses a link up and opens a session under a new secret.
    pub(crate) fn open(&mut self, token: &str, secret: &Token, now: UnixSeconds) -> Option<Visit> {
        let at = self.links.iter().position(|(known, _)| known.is(token))?;
        let (_, visit) = self.links.remove(at);
        self.open.retain(|_, (until, _)| *until > now);
        if self.open.len() >= SESSIONS_MAX {
            self.open.pop_first();
        }
        self.open
            .insert(Hash::of(&[secret.as_str().as_bytes()]), (now + SESSION_LEN, visit.clone()));
        Some(visit)
    }

    /// Returns whose session a secret is, if it has not run out.
    pub(crate) fn visit(&self, secret: &str, now: UnixSeconds) -> Option<Visit> {
        let (until, visit) = self.open.get(&Hash::of(&[secret.as_bytes()]))?;
        (*until > now).then(|| visit.clone())
    }

    /// Ends a session.
    pub(crate) fn close(&mut self, secret: &str) {
        self.open.remove(&Hash::of(&[secret.as_bytes()]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use veche_ledger::PartyId;

    fn visit() -> Visit {
        Visit { party: PartyId::parse("arven").unwrap(), officer: "duty".to_owned() }
    }

    #[test]
    fn a_link_works_once_and_looking_at_it_does_not_use_it_up() {
        let mut sessions = Sessions::default();
        let (link, secret) = (Token::from_random([1; 32]), Token::from_random([2; 32]));
        sessions.add_link(link.clone(), visit());
        assert!(sessions.offer(link.as_str()).is_some() && sessions.offer(link.as_str()).is_some());
        assert!(sessions.open("another", &secret, UnixSeconds(0)).is_none());
        assert!(sessions.open(link.as_str(), &secret, UnixSeconds(0)).is_some());
        assert!(sessions.open(link.as_str(), &secret, UnixSeconds(0)).is_none());
    }

    #[test]
    fn a_session_ends_by_itself_and_by_hand() {
        let mut sessions = Sessions::default();
        let (link, secret) = (Token::from_random([1; 32]), Token::from_random([2; 32]));
        sessions.add_link(link.clone(), visit());
        sessions.open(link.as_str(), &secret, UnixSeconds(0)).unwrap();
        assert!(sessions.visit(secret.as_str(), UnixSeconds(SESSION_LEN.0 - 1)).is_some());
        assert!(sessions.visit(secret.as_str(), UnixSeconds(SESSION_LEN.0)).is_none());
        sessions.close(secret.as_str());
        assert!(sessions.visit(secret.as_str(), UnixSeconds(1)).is_none());
    }

    #[test]
    fn a_token_is_not_printed() {
        assert_eq!(format!("{:?}", Token::from_random([7; 32])), "Token(..)");
    }
}
