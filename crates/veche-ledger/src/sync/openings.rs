//! The openings of a bundle's entries, for one reader (`formats/sync.md`, section 3).

use crate::commit::{CLOSING_LEN_MAX, SALT_LEN};

/// Longest opening of a record's terms, in bytes: salt and terms.
pub const OPENING_LEN_MAX: usize = SALT_LEN + CLOSING_LEN_MAX;

/// Why bytes are not the openings of a bundle. The fault of whoever served them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpeningsError {
    /// They end inside an opening.
    #[error("the openings are cut short in number {0}")]
    CutShort(u16),
    /// An opening is longer than any, or shorter than its salt.
    #[error("opening {number} has {len} bytes: it has {SALT_LEN} to {OPENING_LEN_MAX}, or none")]
    Length {
        /// Its number in the bundle.
        number: u16,
        /// Bytes, as it states.
        len: usize,
    },
    /// Bytes follow the last.
    #[error("{0} bytes follow the last opening")]
    Trailing(usize),
}

/// Returns the bytes: each opening's length in 4, big-endian, and the opening; a length of 0 where the reader gets none.
#[must_use]
pub fn openings_bytes<'a>(openings: impl IntoIterator<Item = Option<&'a [u8]>>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for opening in openings {
        let opening = opening.unwrap_or_default();
        let len = u32::try_from(opening.len()).unwrap_or_default();
        bytes.extend_from_slice(&len.to_be_bytes());
        bytes.extend_from_slice(opening);
    }
    bytes
}

/// Parses the openings of `width` entries.
///
/// # Errors
/// [`OpeningsError`].
pub fn parse_openings(bytes: &[u8], width: u16) -> Result<Vec<Option<&[u8]>>, OpeningsError> {
    let (mut openings, mut rest) = (Vec::new(), bytes);
    for number in 0..width {
        let cut = OpeningsError::CutShort(number);
        let (len, after) = rest.split_first_chunk::<4>().ok_or(cut)?;
        let len = usize::try_from(u32::from_be_bytes(*len)).unwrap_or(usize::MAX);
        if len != 0 && !(SALT_LEN..=OPENING_LEN_MAX).contains(&len) {
            return Err(OpeningsError::Length { number, len });
        }
        let (opening, after) = after.split_at_checked(len).ok_or(cut)?;
        openings.push(Some(opening).filter(|opening| !opening.is_empty()));
        rest = after;
    }
    if rest.is_empty() { Ok(openings) } else { Err(OpeningsError::Trailing(rest.len())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn openings_are_read_back_and_their_damage_noticed() {
        let one = [1_u8; 40];
        let bytes = openings_bytes([Some(one.as_slice()), None, Some(one.as_slice())]);
        let read = parse_openings(&bytes, 3).unwrap();
        assert_eq!(read, [Some(one.as_slice()), None, Some(one.as_slice())]);
        assert_eq!(parse_openings(&bytes, 2), Err(OpeningsError::Trailing(44)));
        assert_eq!(parse_openings(&bytes, 4), Err(OpeningsError::CutShort(3)));
        assert_eq!(parse_openings(&bytes[..60], 3), Err(OpeningsError::CutShort(2)));
        let short = openings_bytes([Some([1_u8; 31].as_slice())]);
        let error = OpeningsError::Length { number: 0, len: 31 };
        assert_eq!(parse_openings(&short, 1), Err(error));
        let error = OpeningsError::Length { number: 0, len: 0xffff_ffff };
        assert_eq!(parse_openings(&[0xff; 8], 1), Err(error));
    }
}
