//! What a message says: all that its channel's label covers, or nothing but that something waits.

use super::matter::Matter;
use super::plan::Errand;
use super::roster::{Channel, Roster};
use serde_json::json;
use veche_ledger::{Hash, Label};

/// All that a message says where the matter's label is above the channel's. It is the same for every such matter.
pub const ABOVE: &str = "Open your desk: a matter of a label above this channel waits.";

/// The same as a subject.
const ABOVE_SUBJECT: &str = "Open your desk";

/// Longest subject, in characters: what telephones show.
const SUBJECT_LEN_MAX: usize = 160;

/// A message, ready for its channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its own name, the same at each attempt, from which nothing can be told: by it a repeated one is known.
    pub key: String,
    /// The person's address on the channel.
    pub to: String,
    /// One line.
    pub subject: String,
    /// The text.
    pub text: String,
    /// The same for programs.
    pub json: serde_json::Value,
}

/// What keys and links of messages are made from: 32 random bytes that no message shows.
#[derive(Clone)]
pub struct Secret(pub [u8; 32]);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl Secret {
    fn derive(&self, purpose: &str, errand: &Errand) -> String {
        let (person, channel) = (errand.person.as_bytes(), errand.channel.as_bytes());
        let parts: [&[u8]; 5] = [&self.0, purpose.as_bytes(), &errand.matter.0.0, person, channel];
        // Each part is hashed alone first, so that no two lists of parts run together.
        let hashes: Vec<[u8; 32]> = parts.iter().map(|part| Hash::of(&[part]).0).collect();
        Hash::of(&hashes.iter().map(<[u8; 32]>::as_slice).collect::<Vec<_>>()).to_string()
    }

    /// Returns the name of a message.
    #[must_use]
    pub fn key(&self, errand: &Errand) -> String {
        self.derive("key", errand)
    }

    /// Returns the token of the link with which its receiver acknowledges.
    #[must_use]
    pub fn token(&self, errand: &Errand) -> String {
        self.derive("token", errand)
    }
}

/// Writes a message.
#[must_use]
pub fn message(
    matter: &Matter,
    errand: &Errand,
    to: &str,
    channel: &Channel,
    roster: &Roster,
    secret: &Secret,
) -> Message {
    let link =
        roster.desk.as_ref().map(|desk| format!("{desk}/reached?token={}", secret.token(errand)));
    let key = secret.key(errand);
    if is_covered(matter, &channel.label) {
        full(matter, roster, key, to, link)
    } else {
        bare(roster, key, to, link)
    }
}

/// Returns true if a channel of this label may carry the matter's content.
fn is_covered(matter: &Matter, label: &Label) -> bool {
    matter.carriers.contains(label)
}

fn full(matter: &Matter, roster: &Roster, key: String, to: &str, link: Option<String>) -> Message {
    let marking = match &matter.tlp {
        Some(tlp) => format!("{} ({tlp})", matter.label),
        None => matter.label.to_string(),
    };
    let drill = if matter.is_drill { "EXERCISE " } else { "" };
    let urgent = if matter.is_urgent { "URGENT " } else { "" };
    let subject =
        line(&format!("{drill}{urgent}[{}] {}: {}", matter.label, matter.title, matter.kind));
    let mut lines = vec![format!("{drill}{marking}"), String::new()];
    lines.push(format!("{}: {}", matter.kind, matter.title));
    lines.extend(matter.asks.iter().map(|ask| format!("- {ask}")));
    let open = roster.desk.as_ref().map(|desk| format!("{desk}/cases/{}", matter.procedure));
    lines.push(String::new());
    lines.extend(open.iter().map(|open| format!("Open it at your desk: {open}")));
    lines.extend(link.iter().map(|link| format!("Or say that you have seen it: {link}")));
    lines.extend(matter.is_drill.then(|| "EXERCISE EXERCISE EXERCISE".to_owned()));
    let json = json!({
        "key": key, "to": to, "is_covered": true, "is_exercise": matter.is_drill, "is_urgent": matter.is_urgent,
        "label": matter.label.as_str(), "title": matter.title, "kind": matter.kind,
        "asks": matter.asks, "due": matter.due.map(|due| due.to_string()), "open": open, "acknowledge": link,
        "text": lines.join("\n"),
    });
    Message { key, to: to.to_owned(), subject, text: lines.join("\n") + "\n", json }
}

fn bare(roster: &Roster, key: String, to: &str, link: Option<String>) -> Message {
    let mut lines = vec![ABOVE.to_owned()];
    lines.extend(roster.desk.iter().map(|desk| format!("\nYour desk: {desk}/")));
    lines.extend(link.iter().map(|link| format!("Or say that you have seen this: {link}")));
    let json = json!({
        "key": key, "to": to, "is_covered": false, "open": roster.desk, "acknowledge": link, "text": ABOVE,
    });
    Message {
        key,
        to: to.to_owned(),
        subject: ABOVE_SUBJECT.to_owned(),
        text: lines.join("\n") + "\n",
        json,
    }
}

/// Writes the message that only tries a channel.
#[must_use]
pub fn test(to: &str, person: &str, node: &str, key: String) -> Message {
    let text = format!("A test of this channel for {person}, from {node}. Nothing waits.");
    let json = json!({"key": key, "to": to, "is_test": true, "text": text});
    Message {
        key,
        to: to.to_owned(),
        subject: "TEST of this channel".to_owned(),
        text: text + "\n",
        json,
    }
}

/// Returns a text as one line of bounded length.
fn line(text: &str) -> String {
    let plain = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    plain.take(SUBJECT_LEN_MAX).collect()
}
