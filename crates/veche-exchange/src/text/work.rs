//! Which work a text is: what a library catalogues it under.

use super::limit::{NAME_LEN_MAX, one_line};
use super::{TextError, fault::Place, fault::TextFault};
use veche_ledger::UnixSeconds;

/// Longest name of an organisation, or number, in bytes.
const SEGMENT_LEN_MAX: usize = 64;

/// A work in the sense of FRBR: the text whatever its language and file format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Work {
    organisation: String,
    number: String,
    date: String,
    author: String,
}

impl Work {
    /// Returns the work of these particulars; `date` as `2026-11-22`.
    ///
    /// # Errors
    /// [`TextError`] for an organisation or number that is no name, no date, an author of several lines.
    pub fn new(
        organisation: &str,
        number: &str,
        date: &str,
        author: &str,
    ) -> Result<Self, TextError> {
        let at = |what| TextError { place: Place::Text, what };
        segment("organisation", organisation).map_err(at)?;
        segment("number", number).map_err(at)?;
        let is_date = date.len() == 10 && UnixSeconds::parse(&format!("{date}T00:00:00Z")).is_ok();
        if !is_date {
            let expected = "a date, written `2026-11-22`";
            return Err(at(TextFault::Form { key: "date".to_owned(), expected }));
        }
        one_line("author", author, NAME_LEN_MAX).map_err(at)?;
        Ok(Self {
            organisation: organisation.to_owned(),
            number: number.to_owned(),
            date: date.to_owned(),
            author: author.to_owned(),
        })
    }

    /// Returns the organisation's name.
    #[must_use]
    pub fn organisation(&self) -> &str {
        &self.organisation
    }

    /// Returns its number.
    #[must_use]
    pub fn number(&self) -> &str {
        &self.number
    }

    /// Returns its date, as `2026-11-22`.
    #[must_use]
    pub fn date(&self) -> &str {
        &self.date
    }

    /// Returns who tabled it.
    #[must_use]
    pub fn author(&self) -> &str {
        &self.author
    }
}

/// Checks what becomes a part of an identifier.
fn segment(key: &str, value: &str) -> Result<(), TextFault> {
    let is_name = (1..=SEGMENT_LEN_MAX).contains(&value.len())
        && value.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
        && !value.bytes().all(|b| b == b'.');
    if is_name {
        return Ok(());
    }
    let expected = "1 to 64 ASCII letters, digits, `-`, `_`, `.`";
    Err(TextFault::Form { key: key.to_owned(), expected })
}
