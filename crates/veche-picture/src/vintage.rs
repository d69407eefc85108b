//! Which input a row came from, and what its later releases made of it.

pub mod catalogue;
pub mod release;
pub mod revision;
pub mod widening;

pub use catalogue::{Catalogue, Entry, Shelved};
pub use release::{Release, Rewrite, Shelf};
pub use revision::{Nowcast, Revision, Revisions};
pub use widening::{NoWidening, Widening};

use std::fmt;

/// SHA-256 of the bytes of an input, as the caller read them. Written as 64 lower-case hexadecimal digits.
///
/// The caller hashes: the bytes on disk count (a gzip file's own, not its content's), so that anyone can check it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Vintage(pub [u8; 32]);

/// Why a text is not a [`Vintage`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a vintage is 64 lower-case hexadecimal digits")]
pub struct NotAVintage;

impl Vintage {
    /// Parses 64 lower-case hexadecimal digits.
    ///
    /// # Errors
    /// [`NotAVintage`] for another length, an upper-case digit or any other byte.
    pub fn parse(text: &str) -> Result<Self, NotAVintage> {
        let mut out = [0; 32];
        if text.len() != 2 * out.len() {
            return Err(NotAVintage);
        }
        for (byte, pair) in out.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            *byte = pair
                .iter()
                .try_fold(0, |sum, digit| Some(sum << 4 | value(*digit)?))
                .ok_or(NotAVintage)?;
        }
        Ok(Self(out))
    }
}

const fn value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

impl fmt::Display for Vintage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Vintage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().take(4).try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str("…")
    }
}

impl From<Vintage> for String {
    fn from(vintage: Vintage) -> Self {
        vintage.to_string()
    }
}

impl TryFrom<String> for Vintage {
    type Error = NotAVintage;

    fn try_from(text: String) -> Result<Self, NotAVintage> {
        Self::parse(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vintage_is_written_and_read_back() {
        let vintage = Vintage(std::array::from_fn(|i| u8::try_from(i * 8).unwrap()));
        assert_eq!(Vintage::parse(&vintage.to_string()), Ok(vintage));
    }

    #[test]
    fn upper_case_short_and_wide_text_is_refused() {
        let hex = Vintage([0xab; 32]).to_string();
        assert_eq!(Vintage::parse(&hex.to_uppercase()), Err(NotAVintage));
        assert_eq!(Vintage::parse(&hex[1..]), Err(NotAVintage));
        assert_eq!(Vintage::parse(&"é".repeat(32)), Err(NotAVintage));
    }
}
