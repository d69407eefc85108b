//! What is wrong with a text.

use super::Language;
use std::fmt;

/// Why something is no text: where, and what.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {what}")]
pub struct TextError {
    /// Where.
    pub place: Place,
    /// What.
    pub what: TextFault,
}

/// A place in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The text as a whole.
    Text,
    /// The paragraph at a place of the list, from 1, whose number is not known.
    Item(usize),
    /// The paragraph with a number.
    Paragraph(u32),
    /// A paragraph in one language.
    Wording(u32, Language),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text => f.write_str("the text"),
            Self::Item(at) => write!(f, "item {at} of `paragraphs`"),
            Self::Paragraph(number) => write!(f, "paragraph {number}"),
            Self::Wording(number, language) => write!(f, "paragraph {number}, {language}"),
        }
    }
}

/// What is wrong with a text. All are the fault of whoever wrote it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextFault {
    /// It has no paragraphs.
    #[error("`paragraphs` is a list of 1 or more objects with `n` and `text`")]
    NoParagraphs,
    /// A value of another form than its key has.
    #[error("`{key}` must be {expected}")]
    Form {
        /// The key.
        key: String,
        /// What it must be.
        expected: &'static str,
    },
    /// A key that cannot be left out.
    #[error("`{0}` is missing")]
    Missing(&'static str),
    /// Numbers that do not ascend.
    #[error("numbers ascend from 1, and this one follows {before}")]
    Order {
        /// The number before.
        before: u32,
    },
    /// Paragraphs in different languages.
    #[error(
        "it is not in the same languages as the first: equally authentic versions have the same paragraphs"
    )]
    Languages,
    /// One language given twice.
    #[error("`{0}` is given twice")]
    LanguageTwice(Language),
    /// No language tag.
    #[error("`{0}` is no language tag, such as `en` or `pt-BR` (BCP 47)")]
    NoLanguage(String),
    /// A title in a language that no paragraph has.
    #[error("there is a title in `{0}`, and no paragraph")]
    TitleLanguage(Language),
    /// Too many of something.
    #[error("it has more than {max} {what}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many it may have.
        max: usize,
    },
    /// Longer than it may be.
    #[error("`{what}` has more than {max} bytes")]
    TooLong {
        /// What.
        what: &'static str,
        /// How long it may be.
        max: usize,
    },
    /// A character that no export can carry.
    #[error("`{what}` has the character U+{:04X}, which cannot stand there", u32::from(*.character))]
    Character {
        /// In what.
        what: &'static str,
        /// Which.
        character: char,
    },
    /// Brackets nested too deep.
    #[error("brackets are nested more than {0} deep")]
    BracketDepth(usize),
    /// A footnote's mark of another form.
    #[error("`{0}` is no mark of a footnote: 1 to 16 letters and digits")]
    Mark(String),
    /// A footnote that stands nowhere, or several times.
    #[error(
        "footnote `{mark}` stands {times} times in the text: write `[^{mark}]` where it belongs, once"
    )]
    NotePlace {
        /// Its mark.
        mark: String,
        /// How often it stands there.
        times: usize,
    },
    /// No file name.
    #[error("`{0}` is no file name: no `/`, no `\\`")]
    FileName(String),
    /// No media type.
    #[error("`{0}` is no media type, such as `application/pdf`")]
    Media(String),
    /// No hash.
    #[error("`hash` must be a SHA-256 of 64 hexadecimal digits")]
    Hash,
}
