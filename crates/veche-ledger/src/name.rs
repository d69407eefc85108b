//! The names that records use: one type for each kind of name.

use std::fmt;
use std::sync::Arc;

/// Why a text is not a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {expected}")]
pub struct NotAName {
    /// What was given, cut to 80 characters.
    pub text: String,
    /// What it should have been, with the form.
    pub expected: &'static str,
}

macro_rules! name_type {
    ($(#[$doc:meta])* $name:ident, $max:literal, $is_allowed:expr, $expected:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Parses a name of this kind.
            ///
            /// # Errors
            /// [`NotAName`] if it is empty, too long or has a character that such names do not have.
            pub fn parse(text: &str) -> Result<Self, NotAName> {
                let is_allowed: fn(&str) -> bool = $is_allowed;
                if text.is_empty() || text.len() > $max || !is_allowed(text) {
                    return Err(NotAName { text: text.chars().take(80).collect(), expected: $expected });
                }
                Ok(Self(text.into()))
            }

            /// Returns the name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    };
}

fn is_word(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

fn is_origin(text: &str) -> bool {
    text.split('/').count() >= 3 && text.split('/').all(|part| !part.is_empty() && is_word(part))
}

fn is_label(text: &str) -> bool {
    text.bytes().all(|b| {
        b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'(' | b')' | b'+' | b':')
    })
}

name_type!(
    /// A party: a member, partner, observer, the secretariat. `orvessa`.
    PartyId, 64, is_word, "a party's id: ASCII letters, digits, `-`, `_`, `.`, at most 64"
);
name_type!(
    /// A log: `organisation/party/epoch`, the origin line of its checkpoints. `six-rivers.example/orvessa/1`.
    Origin, 200, is_origin, "a log's origin: organisation/party/epoch, ASCII letters, digits, `-`, `_`, `.` between slashes"
);
name_type!(
    /// A kind of record, as the charter's acts name it. `position`.
    Kind, 64, is_word, "a record kind: ASCII letters, digits, `-`, `_`, `.`, at most 64"
);
name_type!(
    /// A label, as the charter's labels name it. `GROUP(cyber)`.
    Label, 64, is_label, "a label: ASCII letters, digits and `-_.()+:`, at most 64"
);
name_type!(
    /// A signing key's name inside a signed note: an origin or `organisation/party/role`. No space, no plus (C2SP signed-note).
    KeyName, 200, is_origin, "a key name: organisation/party/role, ASCII letters, digits, `-`, `_`, `.` between slashes"
);

impl Origin {
    /// Returns the part between the first and the last slash: whose log it is.
    #[must_use]
    pub fn party(&self) -> &str {
        self.0.split('/').rev().nth(1).unwrap_or_default()
    }

    /// Returns the number after the last slash: the epoch of the log, or zero if it is no number.
    #[must_use]
    pub fn epoch(&self) -> u32 {
        self.0.rsplit('/').next().and_then(|e| e.parse().ok()).unwrap_or_default()
    }
}

/// A record's number in its log: the index of its leaf, from 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct LeafIndex(pub u64);

impl fmt::Display for LeafIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_names_its_party_and_epoch() {
        let origin = Origin::parse("six-rivers.example/orvessa/2").unwrap();
        assert_eq!((origin.party(), origin.epoch()), ("orvessa", 2));
    }

    #[test]
    fn a_name_with_a_space_or_a_newline_is_refused() {
        assert!(PartyId::parse("or vessa").is_err());
        assert!(Origin::parse("a/b\n/1").is_err());
        assert!(Label::parse("").is_err());
    }
}
