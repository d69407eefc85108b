//! What a verb found out.

use crate::exit::Exit;
use serde_json::Value;

/// A result, for people and for programs, and how the program ends with it.
///
/// What a verb was asked to find out is an answer also where it is bad news: a charter's faults, a certificate that does
/// not hold. A [`Failure`](crate::failure::Failure) is what kept the verb from finding out.
#[derive(Debug)]
pub(crate) struct Answer {
    /// For people; whole lines without the last line end.
    pub(crate) text: String,
    /// The same for programs.
    pub(crate) json: Value,
    /// How the program ends.
    pub(crate) exit: Exit,
    /// A document: written as it is where standard output is no terminal.
    pub(crate) is_document: bool,
}

impl Answer {
    /// Returns a good answer.
    pub(crate) fn new(text: impl Into<String>, json: Value) -> Self {
        Self { text: text.into(), json, exit: Exit::OK, is_document: false }
    }

    /// Returns a document as the answer; it ends with a line end, which the screen writes.
    pub(crate) fn document(document: &str, json: Value) -> Self {
        let text = document.strip_suffix('\n').unwrap_or(document);
        Self { is_document: true, ..Self::new(text, json) }
    }

    /// Returns the answer with another end.
    pub(crate) fn ending(self, exit: Exit) -> Self {
        Self { exit, ..self }
    }
}

/// Returns `1 fault`, `2 faults`: a number with its noun, which takes an `s`.
pub(crate) fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
