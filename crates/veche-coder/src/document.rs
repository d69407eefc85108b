//! One document: the bytes as they came, readable as text, with byte offsets that never change.

mod dateline;
mod fingerprint;

pub use dateline::{Dateline, dateline};
pub use fingerprint::{Fingerprint, MINHASHES, fingerprint};

use crate::text::{Span, is_hidden};
use thiserror::Error;

/// Longest document, in bytes: a feed item has some thousand, a converted report some million.
pub const DOCUMENT_LEN_MAX: usize = 64 * 1024 * 1024;

/// Most oddities listed one by one; the rest are counted.
pub const ODDITIES_MAX: usize = 100;

/// What stands in the text for each byte that is not UTF-8: one byte, so that no offset moves. It parts words.
pub const BROKEN: char = '\u{1a}';

/// A text with as many bytes as the input, of which byte N is byte N of the input unless that is broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    text: String,
    oddities: Vec<Oddity>,
    oddities_total: usize,
}

/// A place of the document that is not what it seems.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Oddity {
    /// Where.
    pub span: Span,
    /// What.
    pub kind: OddityKind,
}

/// What is odd about some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OddityKind {
    /// They are not UTF-8 and are passed over.
    Broken,
    /// They show nothing: zero-width characters within a line.
    Hidden,
    /// They turn the direction of writing, so that people see another order than programs.
    Direction,
    /// A word with letters of both Latin and Cyrillic.
    MixedScript,
}

/// The document has more bytes than one may have.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("the document has {found} bytes, more than {max}: split it, or leave out what is no text")]
pub struct TooLong {
    /// Bytes found.
    pub found: usize,
    /// Bytes allowed.
    pub max: usize,
}

impl Document {
    /// Reads the bytes of a document. Bytes that are not UTF-8 are passed over and listed.
    ///
    /// # Errors
    ///
    /// If there are more than [`DOCUMENT_LEN_MAX`].
    pub fn read(bytes: &[u8]) -> Result<Self, TooLong> {
        if bytes.len() > DOCUMENT_LEN_MAX {
            return Err(TooLong { found: bytes.len(), max: DOCUMENT_LEN_MAX });
        }
        let mut document = Self {
            text: String::with_capacity(bytes.len()),
            oddities: Vec::new(),
            oddities_total: 0,
        };
        for chunk in bytes.utf8_chunks() {
            document.text.push_str(chunk.valid());
            let start = document.text.len();
            document.text.extend(chunk.invalid().iter().map(|_| BROKEN));
            if !chunk.invalid().is_empty() {
                document.note(Span::new(start, document.text.len()), OddityKind::Broken);
            }
        }
        document.note_hidden();
        Ok(document)
    }

    /// Returns the text: as many bytes as were read.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns what is odd, the first [`ODDITIES_MAX`] of each reading step.
    pub fn oddities(&self) -> &[Oddity] {
        &self.oddities
    }

    /// Returns how many oddities there are, listed or not.
    pub fn oddities_total(&self) -> usize {
        self.oddities_total
    }

    /// Lists one more oddity, if there is room, and counts it.
    pub(crate) fn note(&mut self, span: Span, kind: OddityKind) {
        self.oddities_total += 1;
        if self.oddities.len() < ODDITIES_MAX {
            self.oddities.push(Oddity { span, kind });
        }
    }

    fn note_hidden(&mut self) {
        if self.text.is_ascii() {
            return;
        }
        let hidden: Vec<(Span, OddityKind)> = self
            .text
            .char_indices()
            .filter(|(at, c)| is_hidden(*c) && *c != '\u{ad}' && *at > 0)
            .map(|(at, c)| (Span::new(at, at + c.len_utf8()), kind_of_hidden(c)))
            .collect();
        for (span, kind) in hidden {
            self.note(span, kind);
        }
    }
}

fn kind_of_hidden(c: char) -> OddityKind {
    match c {
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            OddityKind::Direction
        }
        _ => OddityKind::Hidden,
    }
}
