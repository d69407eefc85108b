//! Records on their way without having been asked for (`formats/sync.md`, section 5).

use crate::sync::openings::{OpeningsError, openings_bytes, parse_openings};
use crate::tile::{TILE_WIDTH, TileError, bundle_bytes, parse_bundle};

/// Most records in a push. Whoever lacks more fetches them.
pub const PUSH_MAX: u64 = TILE_WIDTH;

/// Longest push, in bytes. Whoever lacks longer records fetches them.
pub const PUSH_LEN_MAX: usize = 4 * 1024 * 1024;

/// The last records of a log, with the checkpoint after them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    /// The checkpoint note.
    pub checkpoint: Vec<u8>,
    /// Leaves, each with its opening where the receiver may read it.
    pub records: Vec<(Vec<u8>, Option<Vec<u8>>)>,
}

/// Why bytes are not a push. The fault of whoever sent them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PushError {
    /// They end inside a part, or are longer than [`PUSH_LEN_MAX`].
    #[error("the push is cut short or too long")]
    Length,
    /// It has more records than [`PUSH_MAX`].
    #[error("a push has at most {PUSH_MAX} records, this one {0}")]
    TooMany(u16),
    /// The entries are none.
    #[error(transparent)]
    Tile(#[from] TileError),
    /// The openings are none.
    #[error(transparent)]
    Openings(#[from] OpeningsError),
}

impl Push {
    /// Returns the bytes: the number of records in 2, the checkpoint's length in 4 and its bytes, the entries' length in 4 and their
    /// bundle, the openings. All numbers big-endian.
    ///
    /// # Errors
    /// [`PushError::TooMany`], [`PushError::Length`]: let it be fetched.
    pub fn to_bytes(&self) -> Result<Vec<u8>, PushError> {
        let width = u16::try_from(self.records.len()).unwrap_or(u16::MAX);
        if u64::from(width) > PUSH_MAX {
            return Err(PushError::TooMany(width));
        }
        let entries = bundle_bytes(self.records.iter().map(|(leaf, _)| leaf.as_slice()))?;
        let mut bytes = width.to_be_bytes().to_vec();
        for part in [&self.checkpoint, &entries] {
            let len = u32::try_from(part.len()).map_err(|_| PushError::Length)?;
            bytes.extend_from_slice(&len.to_be_bytes());
            bytes.extend_from_slice(part);
        }
        bytes.extend(openings_bytes(self.records.iter().map(|(_, opening)| opening.as_deref())));
        if bytes.len() > PUSH_LEN_MAX { Err(PushError::Length) } else { Ok(bytes) }
    }

    /// Parses the bytes.
    ///
    /// # Errors
    /// [`PushError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, PushError> {
        if bytes.len() > PUSH_LEN_MAX {
            return Err(PushError::Length);
        }
        let (width, rest) = bytes.split_first_chunk::<2>().ok_or(PushError::Length)?;
        let width = u16::from_be_bytes(*width);
        if u64::from(width) > PUSH_MAX {
            return Err(PushError::TooMany(width));
        }
        let (checkpoint, rest) = part(rest)?;
        let (entries, openings) = part(rest)?;
        let (entries, openings) = (parse_bundle(entries, width)?, parse_openings(openings, width)?);
        let record =
            |(leaf, opening): (&[u8], Option<&[u8]>)| (leaf.to_vec(), opening.map(<[u8]>::to_vec));
        let records = entries.into_iter().zip(openings).map(record).collect();
        Ok(Self { checkpoint: checkpoint.to_vec(), records })
    }
}

/// Splits off a part that its length in 4 bytes precedes.
fn part(bytes: &[u8]) -> Result<(&[u8], &[u8]), PushError> {
    let (len, rest) = bytes.split_first_chunk::<4>().ok_or(PushError::Length)?;
    let len = usize::try_from(u32::from_be_bytes(*len)).unwrap_or(usize::MAX);
    rest.split_at_checked(len).ok_or(PushError::Length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_push_is_read_back_and_its_damage_noticed() {
        let records = vec![(b"one".to_vec(), Some(vec![1; 40])), (b"two".to_vec(), None)];
        let push = Push { checkpoint: b"checkpoint".to_vec(), records };
        let bytes = push.to_bytes().unwrap();
        assert_eq!(Push::parse(&bytes), Ok(push.clone()));
        for len in 0..bytes.len() {
            assert!(Push::parse(&bytes[..len]).is_err(), "{len}");
        }
        let longer = [bytes.as_slice(), &[0]].concat();
        assert_eq!(Push::parse(&longer), Err(OpeningsError::Trailing(1).into()));
        let many = Push { records: vec![(Vec::new(), None); 257], ..push };
        assert_eq!(many.to_bytes(), Err(PushError::TooMany(257)));
        assert_eq!(Push::parse(&[1, 1]), Err(PushError::TooMany(257)));
        assert_eq!(Push::parse(&[0, 1, 0xff, 0xff, 0xff, 0xff]), Err(PushError::Length));
    }
}
