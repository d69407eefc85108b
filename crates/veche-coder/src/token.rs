//! Words as byte spans, by the conventions of Universal Dependencies: English as in EWT, Russian with its hyphens kept.
//!
//! ```
//! use veche_coder::{document::Document, token::tokens};
//!
//! let mut document = Document::read("Armenia's well-armed guards didn't fire.".as_bytes())?;
//! let tokens = tokens(&mut document);
//! let words: Vec<&str> = tokens.words(document.text()).collect();
//! assert_eq!(words, ["Armenia", "'s", "well", "-", "armed", "guards", "did", "n't", "fire", "."]);
//! # Ok::<(), veche_coder::document::TooLong>(())
//! ```

mod clitic;
mod scan;
mod tables;

use crate::document::{Document, OddityKind};
use crate::text::{Span, push_fold};

/// The tokens of a document: columns of equal length, in the order of the text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    spans: Vec<Span>,
    shapes: Vec<Shape>,
    gaps: Vec<Gap>,
    /// The folded words, one behind the other, and where each ends.
    folded: String,
    folded_ends: Vec<u32>,
}

/// What a token looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A word in small letters, or of a script without capitals.
    Small,
    /// A word that begins with a capital.
    Capital,
    /// A word of two or more letters, all of them capitals.
    Capitals,
    /// Digits, with what stands between and beside them.
    Number,
    /// An address of the net or of mail.
    Address,
    /// Anything else.
    Mark,
}

/// What stands between a token and the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gap {
    /// Nothing.
    None,
    /// Blanks.
    Blank,
    /// One line break.
    Line,
    /// An empty line, or the beginning of the document.
    Paragraph,
}

impl Shape {
    /// Returns true for words.
    pub fn is_word(self) -> bool {
        matches!(self, Self::Small | Self::Capital | Self::Capitals)
    }

    /// Returns true for words that begin with a capital.
    pub fn is_capital(self) -> bool {
        matches!(self, Self::Capital | Self::Capitals)
    }
}

impl Tokens {
    /// Returns none yet, with room for those of a text of this length: about one in five bytes.
    fn with_room(len: usize) -> Self {
        let count = len / 5 + 8;
        Self {
            spans: Vec::with_capacity(count),
            shapes: Vec::with_capacity(count),
            gaps: Vec::with_capacity(count),
            folded: String::with_capacity(len),
            folded_ends: Vec::with_capacity(count),
        }
    }

    /// Returns how many there are.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Returns true if there are none.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// Returns all spans: they do not overlap and ascend.
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// Returns the span of a token; behind the last one an empty span.
    pub fn span(&self, token: usize) -> Span {
        self.spans.get(token).copied().unwrap_or(Span { start: 0, end: 0 })
    }

    /// Returns the shape of a token; behind the last one a mark.
    pub fn shape(&self, token: usize) -> Shape {
        self.shapes.get(token).copied().unwrap_or(Shape::Mark)
    }

    /// Returns what stands before a token; behind the last one a paragraph ends.
    pub fn gap(&self, token: usize) -> Gap {
        self.gaps.get(token).copied().unwrap_or(Gap::Paragraph)
    }

    /// Returns the text of a token, as it stands.
    pub fn word<'t>(&self, text: &'t str, token: usize) -> &'t str {
        self.span(token).of(text)
    }

    /// Returns the folded form of a token, by which it is compared; behind the last one nothing.
    pub fn folded(&self, token: usize) -> &str {
        let Some(end) = self.folded_ends.get(token) else { return "" };
        let start = token.checked_sub(1).and_then(|before| self.folded_ends.get(before));
        self.folded.get(start.copied().unwrap_or(0) as usize..*end as usize).unwrap_or_default()
    }

    /// Returns the texts of all tokens.
    pub fn words<'t>(&self, text: &'t str) -> impl Iterator<Item = &'t str> {
        self.spans.iter().map(|span| span.of(text))
    }

    /// Returns the bytes from the first to the last of these tokens, ends included.
    pub fn cover(&self, first: usize, last: usize) -> Span {
        self.span(first).through(self.span(last))
    }

    fn push(&mut self, span: Span, shape: Shape, gap: Gap, word: &str) {
        push_fold(word, &mut self.folded);
        self.folded_ends.push(u32::try_from(self.folded.len()).unwrap_or(u32::MAX));
        self.spans.push(span);
        self.shapes.push(shape);
        self.gaps.push(gap);
    }
}

/// Returns the tokens of a document, and lists its words of mixed script with its oddities.
pub fn tokens(document: &mut Document) -> Tokens {
    let (tokens, mixed) = scan::scan(document.text());
    for span in mixed {
        document.note(span, OddityKind::MixedScript);
    }
    tokens
}

/// Returns the tokens of a few words, as text.
pub(crate) fn pieces(words: &str) -> Vec<&str> {
    let (tokens, _) = scan::scan(words);
    tokens.spans().iter().map(|span| span.of(words)).collect()
}
