//! Bundles: what a courier carries between two nodes (`formats/bundle.md`): paths, manifest, the form of the archive, and to whom it is
//! encrypted. Pure: whoever reads and writes files is elsewhere.

pub mod manifest;
pub mod recipient;
pub mod tar;

pub use manifest::{FileLine, LogLine, Manifest, NotAManifest, Part};
pub use recipient::{NotARecipient, RecipientNote};

use crate::base;
use crate::name::Origin;
use crate::note::NoteSignature;
use crate::sync::Resource;
use std::fmt;

/// Most cosignatures of a log in a bundle: those of 57 witnesses on 17 sizes.
pub const COSIGNATURES_MAX: usize = 1024;

/// Longest list of cosignatures, in bytes: a line has some 150, that of a pair of keys some 3,600.
const COSIGNATURES_LEN_MAX: usize = 4 * 1024 * 1024;

/// Longest recipient note, in bytes: three lines and a signature.
pub const RECIPIENT_LEN_MAX: usize = 4096;

/// A member of a bundle, by its path; the manifest is the first of each volume and no other's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Member {
    /// The exporter's recipient note.
    Recipient,
    /// What a node serves.
    Resource(Resource),
    /// Witnesses' cosignatures on checkpoints of a log.
    Cosignatures(Origin),
}

impl Member {
    /// Parses the one form of a path.
    #[must_use]
    pub fn parse(path: &str) -> Option<Self> {
        if path == "recipient" {
            return Some(Self::Recipient);
        }
        if let Ok(resource) = Resource::parse(path) {
            return Some(Self::Resource(resource));
        }
        let log = Origin::parse(path.strip_suffix("/cosignatures")?).ok()?;
        (log.epoch() > 0).then_some(Self::Cosignatures(log))
    }

    /// Returns the most bytes that it can have.
    #[must_use]
    pub fn len_max(&self) -> usize {
        match self {
            Self::Recipient => RECIPIENT_LEN_MAX,
            Self::Resource(resource) => resource.len_max(),
            Self::Cosignatures(_) => COSIGNATURES_LEN_MAX,
        }
    }
}

impl fmt::Display for Member {
    /// Writes the path.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Recipient => f.write_str("recipient"),
            Self::Resource(resource) => resource.fmt(f),
            Self::Cosignatures(log) => write!(f, "{log}/cosignatures"),
        }
    }
}

/// Returns the bytes of a list of cosignatures: a line each, the size of the checkpoint first.
#[must_use]
pub fn cosignatures_bytes<'a>(
    lines: impl IntoIterator<Item = (u64, &'a NoteSignature)>,
) -> Vec<u8> {
    let lines = lines.into_iter().take(COSIGNATURES_MAX);
    lines.map(|(size, line)| format!("{size} {line}\n")).collect::<String>().into_bytes()
}

/// Parses a list of cosignatures; `None` for another form. Nothing in it is verified yet.
#[must_use]
pub fn parse_cosignatures(bytes: &[u8]) -> Option<Vec<(u64, NoteSignature)>> {
    let read = |line: &str| {
        let (size, line) = line.strip_suffix('\n')?.split_once(' ')?;
        Some((base::decimal(size)?, NoteSignature::parse(line)?))
    };
    let text = std::str::from_utf8(bytes).ok()?;
    let lines: Option<Vec<_>> = text.split_inclusive('\n').map(read).collect();
    lines.filter(|lines| lines.len() <= COSIGNATURES_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_that_of_one_member_or_none() {
        for path in [
            "recipient",
            "heads",
            "two-banks.example/arven/1/checkpoint",
            "two-banks.example/arven/1/cosignatures",
            "two-banks.example/arven/1/tile/entries/x001/x234/067.p/255",
            "two-banks.example/arven/1/openings/000",
        ] {
            assert_eq!(Member::parse(path).map(|member| member.to_string()).as_deref(), Some(path));
        }
        for path in [
            "",
            "manifest",
            "cosignatures",
            "/etc/passwd",
            "../recipient",
            "./recipient",
            "two-banks.example/arven/1/../../../etc/cosignatures",
            "two-banks.example/arven/cosignatures",
            "two-banks.example/arven/1//checkpoint",
            "two-banks.example/arven/1/tile/entries/1",
            "two-banks.example\\arven\\1/checkpoint",
        ] {
            assert_eq!(Member::parse(path), None, "{path}");
        }
    }

    #[test]
    fn cosignatures_are_read_back_and_another_form_refused() {
        let line = NoteSignature::parse("— two-banks.example/belm/witness AAAAAAA=").unwrap();
        let bytes = cosignatures_bytes([(0, &line), (77, &line)]);
        assert_eq!(parse_cosignatures(&bytes).unwrap(), [(0, line.clone()), (77, line.clone())]);
        assert_eq!(parse_cosignatures(b""), Some(Vec::new()));
        for len in 1..bytes.len() {
            let cut = parse_cosignatures(&bytes[..len]);
            assert!(
                cut.is_none_or(|lines| len * 2 == bytes.len() + 1 || lines.len() == 1),
                "{len}"
            );
        }
        for bad in [&b"07 x\n"[..], b"7\n", b"\n", b"\xff\n", b"-1 x\n"] {
            assert_eq!(parse_cosignatures(bad), None, "{bad:?}");
        }
        let many = cosignatures_bytes((0..2000).map(|size| (size, &line)));
        assert_eq!(parse_cosignatures(&many).unwrap().len(), COSIGNATURES_MAX);
    }
}
