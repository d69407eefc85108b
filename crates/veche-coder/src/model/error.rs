use super::Kind;
use crate::lexicon::LexiconError;
use thiserror::Error;

/// Why a model's bytes cannot be used: which model, and what is wrong with it.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("cannot read the model of {kind}: {fault}")]
pub struct ModelError {
    /// What the bytes were read as.
    pub kind: Kind,
    /// What is wrong.
    pub fault: ModelFault,
}

/// What is wrong with a model's bytes, and what to do.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ModelFault {
    /// Fewer bytes than a header has.
    #[error("{found} bytes are less than a header: fetch the file anew")]
    NoHeader {
        /// Bytes found.
        found: usize,
    },
    /// The first bytes are those of another format.
    #[error("the file is no model of veche: give one that `cargo xtask train` wrote")]
    NotAModel,
    /// A later format, or an earlier one.
    #[error("format {found}, and this program reads {known}: use the model of this version")]
    Version {
        /// The version written in the file.
        found: u32,
        /// The version that is read.
        known: u32,
    },
    /// A model of something else.
    #[error("it holds a model of kind {found}: the files may be exchanged")]
    OtherKind {
        /// The kind's number in the file.
        found: u32,
    },
    /// Longer than any model is.
    #[error("{found} bytes, more than {max}: it is no model of this version")]
    TooLong {
        /// Bytes found.
        found: usize,
        /// Bytes allowed.
        max: usize,
    },
    /// Cut short, or with something behind it.
    #[error("the header tells of {told} bytes, {found} are there: fetch the file anew")]
    Length {
        /// Bytes that the header tells.
        told: u64,
        /// Bytes behind the header.
        found: usize,
    },
    /// The bytes are not those that were written.
    #[error("its SHA-256 is not the one in its header: fetch the file anew")]
    Hash,
    /// The bytes are those that were written, but make no model.
    #[error(
        "its {part} is not that of this version: make it anew (`cargo xtask train`), and do not use it if it is no older model of veche"
    )]
    Malformed {
        /// Which part.
        part: &'static str,
    },
    /// A sound model, but not the one that this version was measured with.
    #[error("its SHA-256 is {found}: make the one that is expected with `models/russian.py`")]
    NotExpected {
        /// The hash of its body.
        found: String,
    },
    /// The lexicon whose words the lemmatiser takes in cannot be read.
    #[error("the lexicon beside it cannot be used")]
    Lexicon(#[source] Box<LexiconError>),
}
