//! What a volume of a bundle says of itself (`formats/bundle.md`, section 4).

use crate::base;
use crate::bundle::Member;
use crate::hash::Hash;
use crate::json::INT_MAX;
use crate::key::{SigningKey, VerifyingKey};
use crate::name::{Origin, PartyId};
use crate::note::{Note, NoteLimits, NoteSignature, SignatureStanding};
use crate::time::UnixSeconds;
use std::fmt;

const FIRST_LINE: &str = "veche/bundle/v1";

/// Longest manifest, in bytes: [`FILES_MAX`] of the longest paths, about.
pub const MANIFEST_LEN_MAX: usize = 24 * 1024 * 1024;

/// Most files in a volume: eight million records.
pub const FILES_MAX: usize = 65_536;

/// Most volumes of a bundle.
pub const VOLUMES_MAX: u16 = 999;

const LIMITS: NoteLimits = NoteLimits { len_max: MANIFEST_LEN_MAX, lines_max: 4 };

/// A volume's number and how many there are, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    /// Its number.
    pub number: u16,
    /// How many there are.
    pub of: u16,
}

/// What a bundle has of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// The log.
    pub log: Origin,
    /// Records that the recipient was taken to hold.
    pub from: u64,
    /// The first record in this volume.
    pub first: u64,
    /// The end of those in this volume: the number after the last; `first` if there is none.
    pub end: u64,
    /// Records that the checkpoint covers.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
}

/// A file of a volume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileLine {
    /// Its path.
    pub member: Member,
    /// Its bytes.
    pub len: u64,
    /// SHA-256 over them.
    pub sha256: Hash,
}

/// What a volume of a bundle says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// 16 random bytes in hexadecimal digits, the same in all volumes.
    pub id: String,
    /// The hash of the organisation's genesis charter.
    pub charter: Hash,
    /// The log of whoever made it.
    pub from: Origin,
    /// The party whose node it is for.
    pub recipient: PartyId,
    /// When it was made.
    pub made: UnixSeconds,
    /// Which volume.
    pub part: Part,
    /// The logs with news, ascending.
    pub logs: Vec<LogLine>,
    /// The files after the manifest, in their order.
    pub files: Vec<FileLine>,
}

/// Why bytes are no manifest. The fault of whoever made them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAManifest {
    /// Not a note, or too long.
    #[error("it is no signed note, or longer than {MANIFEST_LEN_MAX} bytes")]
    Note,
    /// A line of another form.
    #[error("line {0} is not of the form")]
    Line(usize),
    /// The key of the log that it names did not sign it.
    #[error("the key of the log that it names did not sign it")]
    NotSigned,
}

impl fmt::Display for Manifest {
    /// Writes the text that is signed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, charter, from, recipient, made, part, logs, files } = self;
        writeln!(f, "{FIRST_LINE}\nid {id}\ncharter {charter}\nfrom {from}\nfor {recipient}")?;
        writeln!(f, "made {made}\nvolume {} {}", part.number, part.of)?;
        for LogLine { log, from, first, end, size, root } in logs {
            writeln!(f, "log {log} {from} {first} {end} {size} {root}")?;
        }
        for FileLine { member, len, sha256 } in files {
            writeln!(f, "file {sha256} {len} {member}")?;
        }
        Ok(())
    }
}

impl Manifest {
    /// Returns the note with the signature of the log's key.
    #[must_use]
    pub fn sign(&self, key: &SigningKey) -> Vec<u8> {
        let text = self.to_string();
        let line = NoteSignature::sign(&text, key);
        Note::of_parts(text, vec![line]).to_bytes()
    }

    /// Reads what a note says; its signature is for [`Self::verify`], once the key is known.
    ///
    /// # Errors
    /// [`NotAManifest::Note`], [`NotAManifest::Line`].
    pub fn claimed(bytes: &[u8]) -> Result<Self, NotAManifest> {
        let note = Note::parse(bytes, LIMITS).map_err(|_| NotAManifest::Note)?;
        Self::parse(note.text())
    }

    /// Tells whether the key of the log that a manifest names has signed it.
    ///
    /// # Errors
    /// [`NotAManifest::Note`], [`NotAManifest::NotSigned`].
    pub fn verify(&self, bytes: &[u8], log_key: &VerifyingKey) -> Result<(), NotAManifest> {
        let note = Note::parse(bytes, LIMITS).map_err(|_| NotAManifest::Note)?;
        let is_signed = note.standing_of(log_key) == SignatureStanding::Good;
        let is_own =
            self.from.as_str() == log_key.name().as_str() && note.text() == self.to_string();
        if is_signed && is_own { Ok(()) } else { Err(NotAManifest::NotSigned) }
    }

    fn parse(text: &str) -> Result<Self, NotAManifest> {
        let mut lines = (1..).zip(text.split_inclusive('\n'));
        let mut field = |name: &str| {
            let (number, line) = lines.next().ok_or(NotAManifest::Line(0))?;
            let value = line.strip_suffix('\n').and_then(|line| line.strip_prefix(name));
            value.map(|value| (number, value)).ok_or(NotAManifest::Line(number))
        };
        let (first, rest) = field(FIRST_LINE)?;
        if !rest.is_empty() {
            return Err(NotAManifest::Line(first));
        }
        let id = read(field("id ")?, |text| {
            let is_hex = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            (text.len() == 32 && is_hex).then(|| text.to_owned())
        })?;
        let charter = read(field("charter ")?, |text| Hash::parse(text).ok())?;
        let from = read(field("from ")?, |text| Origin::parse(text).ok())?;
        let recipient = read(field("for ")?, |text| PartyId::parse(text).ok())?;
        let made = read(field("made ")?, |text| UnixSeconds::parse(text).ok())?;
        let part = read(field("volume ")?, parse_part)?;
        let (mut logs, mut files): (Vec<LogLine>, Vec<FileLine>) = (Vec::new(), Vec::new());
        for (number, line) in lines {
            let line = line.strip_suffix('\n').ok_or(NotAManifest::Line(number))?;
            let fault = NotAManifest::Line(number);
            if let Some(log) = line.strip_prefix("log ").filter(|_| files.is_empty()) {
                let log = parse_log(log).ok_or(fault)?;
                if logs.last().is_some_and(|last| last.log >= log.log) {
                    return Err(fault);
                }
                logs.push(log);
            } else {
                let file = line.strip_prefix("file ").and_then(parse_file).ok_or(fault)?;
                if files.len() == FILES_MAX {
                    return Err(fault);
                }
                files.push(file);
            }
        }
        let manifest = Self { id, charter, from, recipient, made, part, logs, files };
        // One form: numbers without leading zeros, a time as it is written here.
        if manifest.to_string() == text { Ok(manifest) } else { Err(NotAManifest::Line(0)) }
    }
}

fn read<T>(
    (number, value): (usize, &str),
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<T, NotAManifest> {
    parse(value).ok_or(NotAManifest::Line(number))
}

fn parse_part(text: &str) -> Option<Part> {
    let (number, of) = text.split_once(' ')?;
    let part = Part { number: number.parse().ok()?, of: of.parse().ok()? };
    (1..=VOLUMES_MAX).contains(&part.of).then_some(part)?;
    (1..=part.of).contains(&part.number).then_some(part)
}

fn parse_log(text: &str) -> Option<LogLine> {
    let mut fields = text.split(' ');
    let log = Origin::parse(fields.next()?).ok().filter(|log| log.epoch() > 0)?;
    let mut number = || base::decimal(fields.next()?).filter(|n| *n <= INT_MAX.unsigned_abs());
    let (from, first, end, size) = (number()?, number()?, number()?, number()?);
    let root = Hash::parse(fields.next()?).ok()?;
    let is_whole = fields.next().is_none() && first <= end && end <= size && from <= size;
    is_whole.then_some(LogLine { log, from, first, end, size, root })
}

fn parse_file(text: &str) -> Option<FileLine> {
    let mut fields = text.splitn(3, ' ');
    let sha256 = Hash::parse(fields.next()?).ok()?;
    let len = base::decimal(fields.next()?)?;
    let member = Member::parse(fields.next()?)?;
    (len <= member.len_max() as u64).then_some(FileLine { member, len, sha256 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::KeyName;

    fn manifest() -> Manifest {
        let log = Origin::parse("two-banks.example/arven/1").unwrap();
        let file = |path: &str| FileLine {
            member: Member::parse(path).unwrap(),
            len: 12,
            sha256: Hash([3; 32]),
        };
        Manifest {
            id: "0123456789abcdef0123456789abcdef".to_owned(),
            charter: Hash([1; 32]),
            from: log.clone(),
            recipient: PartyId::parse("belm").unwrap(),
            made: UnixSeconds(1_800_000_000),
            part: Part { number: 1, of: 2 },
            logs: vec![LogLine {
                log,
                from: 0,
                first: 0,
                end: 256,
                size: 300,
                root: Hash([2; 32]),
            }],
            files: vec![file("heads"), file("two-banks.example/arven/1/checkpoint")],
        }
    }

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_seed(KeyName::parse("two-banks.example/arven/1").unwrap(), &[seed; 32])
    }

    #[test]
    fn a_manifest_is_read_back_and_holds_under_its_logs_key_alone() {
        let bytes = manifest().sign(&key(7));
        let read = Manifest::claimed(&bytes).unwrap();
        assert_eq!(read, manifest());
        assert_eq!(read.verify(&bytes, &key(7).verifying_key()), Ok(()));
        let other = read.verify(&bytes, &key(8).verifying_key());
        assert_eq!(other, Err(NotAManifest::NotSigned));
        for len in 0..bytes.len() {
            assert!(Manifest::claimed(&bytes[..len]).is_err(), "{len}");
        }
    }

    #[test]
    fn a_manifest_of_another_form_is_refused_with_its_line() {
        let text = manifest().to_string();
        let cases = [
            ("veche/bundle/v1", "veche/bundle/v2", 1),
            ("id 01", "id 0G", 2),
            ("charter 01", "charter 1", 3),
            ("from two", "from /two", 4),
            ("for belm", "for ", 5),
            ("made 2027", "made 27", 6),
            ("volume 1 2", "volume 0 2", 7),
            ("volume 1 2", "volume 3 2", 7),
            ("volume 1 2", "volume 1 1000", 7),
            ("1 0 0 256 300", "1 0 0 301 300", 8),
            ("1 0 0 256 300", "1 0 257 256 300", 8),
            ("1 0 0 256 300", "1 00 0 256 300", 8),
            (" 12 heads", " 12 ../heads", 9),
            (" 12 heads", " 99999999999 heads", 9),
            (" 12 heads", " 012 heads", 9),
        ];
        for (from, to, line) in cases {
            assert!(text.contains(from), "{from}");
            let bad = Manifest::parse(&text.replacen(from, to, 1));
            assert_eq!(bad, Err(NotAManifest::Line(line)), "{to}");
        }
        let second = text.replace("file ", "log two-banks.example/arven/1 0 0 0 0 x\nfile ");
        assert!(Manifest::parse(&second).is_err());
        let after = format!("{text}log two-banks.example/belm/1 0 0 0 0 {}\n", Hash([0; 32]));
        assert_eq!(Manifest::parse(&after), Err(NotAManifest::Line(11)));
    }
}
