//! What all stages share: byte spans, which never change, and the folded view by which words are compared.

mod fold;
mod number;

pub use fold::{fold, is_hidden};
pub(crate) use fold::{is_mixed, push_fold};
pub use number::{Number, number};

/// Bytes `start..end` of a document. Both lie on character boundaries and inside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// First byte behind it.
    pub end: u32,
}

impl Span {
    /// Returns the span of these bytes. A document is shorter than 2^32 bytes, so nothing is cut.
    pub(crate) fn new(start: usize, end: usize) -> Self {
        let narrow = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Self { start: narrow(start), end: narrow(end) }
    }

    /// Returns the first byte, as an index.
    pub fn from(self) -> usize {
        self.start as usize
    }

    /// Returns the first byte behind it, as an index.
    pub fn to(self) -> usize {
        self.end as usize
    }

    /// Returns how many bytes it has.
    pub fn len(self) -> usize {
        self.to() - self.from()
    }

    /// Returns true if it holds no byte.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Returns the text under it, or nothing if the text is not the one that it was made from.
    pub fn of(self, text: &str) -> &str {
        text.get(self.from()..self.to()).unwrap_or_default()
    }

    /// Returns the span from the start of this one to the end of `last`.
    pub fn through(self, last: Self) -> Self {
        Self { start: self.start, end: last.end.max(self.start) }
    }

    /// Returns true if both have a byte in common.
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }
}
