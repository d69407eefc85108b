//! What a correction calls a mention by: the document, the words within the sentence, and the sentence's hash.

use super::mention::Mention;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Hexadecimal digits of a sentence's hash that a reference has.
const DIGITS: usize = 16;

/// A mention, by what stays when the input is coded again: `a-1#12-19@9f2c71ab03d4e5f6`.
///
/// Bytes are those of the sentence, so that text before it may change; of the words it is enough that they overlap, so that another
/// model may find more or fewer of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    document: String,
    words: (u64, u64),
    hash: String,
}

/// Says that a text is no reference.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` names no mention: write DOCUMENT#FIRST-END@HASH, as the event's page does")]
pub struct NoReference(pub String);

impl Reference {
    /// Returns what a mention is called; none if its line does not have the sentence, or its document's name has a control character.
    #[must_use]
    pub fn of(mention: &Mention) -> Option<Self> {
        let named = !mention.document.chars().any(char::is_control)
            && mention.document.trim() == mention.document;
        let told = named && !mention.text.is_empty();
        let from = |at: u64| at.checked_sub(mention.sentence.0);
        let words = from(mention.trigger.0).zip(from(mention.trigger.1))?;
        told.then(|| Self { document: mention.document.clone(), words, hash: hash(&mention.text) })
    }

    /// Reads what [`Display`](std::fmt::Display) wrote.
    ///
    /// # Errors
    /// [`NoReference`].
    pub fn parse(text: &str) -> Result<Self, NoReference> {
        let read = || {
            let (rest, hash) = text.rsplit_once('@')?;
            let (document, words) = rest.rsplit_once('#')?;
            let (first, end) = words.split_once('-')?;
            let is_hash = hash.len() == DIGITS
                && hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            let words: (u64, u64) = (first.parse().ok()?, end.parse().ok()?);
            let found = Self { document: document.to_owned(), words, hash: hash.to_owned() };
            (is_hash && words.0 <= words.1 && !document.is_empty() && found.to_string() == text)
                .then_some(found)
        };
        read().ok_or_else(|| NoReference(text.chars().take(200).collect()))
    }

    /// Returns whether another names words of the same sentence.
    #[must_use]
    pub fn is_beside(&self, other: &Self) -> bool {
        self.document == other.document && self.hash == other.hash
    }

    /// Returns whether another names the same, or words that overlap.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        let overlap = self.words.0 < other.words.1 && other.words.0 < self.words.1;
        self.is_beside(other) && (overlap || self.words == other.words)
    }
}

impl std::fmt::Display for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}#{}-{}@{}", self.document, self.words.0, self.words.1, self.hash)
    }
}

fn hash(sentence: &str) -> String {
    let mut digits = String::new();
    for byte in Sha256::digest(sentence.as_bytes()).iter().take(DIGITS / 2) {
        let _always_ok = write!(digits, "{byte:02x}");
    }
    digits
}

/// Mentions by what they are called.
#[derive(Debug, Default)]
pub struct References {
    by_sentence: BTreeMap<(String, String), Vec<(Reference, usize)>>,
}

impl References {
    /// Returns those of some mentions, by their places.
    pub fn of<'m>(mentions: impl Iterator<Item = &'m Mention>) -> Self {
        let mut all = Self::default();
        for (at, mention) in mentions.enumerate() {
            if let Some(reference) = Reference::of(mention) {
                let key = (reference.document.clone(), reference.hash.clone());
                all.by_sentence.entry(key).or_default().push((reference, at));
            }
        }
        all
    }

    /// Returns the places of the mentions that are meant: those that are called just this, else those whose words overlap.
    #[must_use]
    pub fn find(&self, reference: &Reference) -> Vec<usize> {
        let beside = self.beside(reference);
        let exact = |held: &&(Reference, usize)| held.0 == *reference;
        let mut found: Vec<usize> = beside.iter().filter(exact).map(|(_, at)| *at).collect();
        if found.is_empty() {
            let meeting = beside.iter().filter(|(held, _)| held.meets(reference));
            found = meeting.map(|(_, at)| *at).collect();
        }
        found
    }

    /// Returns the mentions of the same sentence.
    #[must_use]
    pub fn beside(&self, reference: &Reference) -> &[(Reference, usize)] {
        let key = (reference.document.clone(), reference.hash.clone());
        self.by_sentence.get(&key).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_read_as_it_was_written() {
        for text in ["a-1#12-19@9f2c71ab03d4e5f6", "https://x.example/a#b@c#0-4@0000000000000000"] {
            assert_eq!(Reference::parse(text).unwrap().to_string(), text);
        }
        for text in [
            "",
            "a",
            "a#1-2@zz",
            "#1-2@9f2c71ab03d4e5f6",
            "a#3-2@9f2c71ab03d4e5f6",
            "a#01-2@9f2c71ab03d4e5f6",
        ] {
            assert!(Reference::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn words_of_one_sentence_meet_where_they_overlap() {
        let of = |words: &str| Reference::parse(&format!("a#{words}@9f2c71ab03d4e5f6")).unwrap();
        assert!(of("3-9").meets(&of("5-7")) && of("5-7").meets(&of("3-9")));
        assert!(!of("3-9").meets(&of("9-12")));
        assert!(of("4-4").meets(&of("4-4")));
    }
}
