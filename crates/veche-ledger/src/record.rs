//! Records: what parties say, one leaf of a log each (`formats/record.md`).

use crate::hash::Hash;
use crate::json::{JsonError, parse_canonical};
use crate::key::SigningKey;
use crate::name::{LeafIndex, Origin};
use crate::note::{Note, NoteError, NoteLimits, NoteSignature};
use crate::tree;

mod header;
mod opened;
mod sealed;
mod signed;

pub use header::{
    ABOUT_MAX, ANNEXES_MAX, Annex, FieldFault, Header, MEDIA_LEN_MAX, SEALED, SEEN_MAX, VERSION,
};
pub use opened::Opened;
pub use sealed::{SealError, Sealed, audience, is_padme};
pub use signed::{SignatureError, SignatureFault, Signed, Signer};

/// Longest record, in bytes. The tiles allow 65,535; a hundred cited heads and two signatures of the large kind fit, and a
/// node of the smallest kind holds a million records.
pub const RECORD_LEN_MAX: usize = 16 * 1024;

/// Most signature lines of a record: a few officers, a node key, national algorithms.
pub const RECORD_LINES_MAX: usize = 16;

/// The limits of a record as a note.
pub const RECORD_LIMITS: NoteLimits =
    NoteLimits { len_max: RECORD_LEN_MAX, lines_max: RECORD_LINES_MAX };

/// A record that is well formed and stands in its log. Nobody's signature is verified yet: see [`Signed`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    index: LeafIndex,
    leaf: Hash,
    header: Header,
    note: Note,
    bytes: Vec<u8>,
}

/// Why bytes are not a record, and where they stood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("record {index} of log `{log}`: {what}")]
pub struct RecordError {
    /// The log that they were read from.
    pub log: Origin,
    /// Where in it.
    pub index: LeafIndex,
    /// What is wrong.
    #[source]
    pub what: RecordFault,
}

/// Why bytes are not a record. The author's fault, unless a variant says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordFault {
    /// Longer than [`RECORD_LEN_MAX`].
    #[error("{0} bytes are more than the 16384 of a record")]
    TooLong(usize),
    /// Not a signed note; the transport may have cut it.
    #[error("not a signed note")]
    Note(#[source] NoteError),
    /// The text is not one line of canonical JSON.
    #[error("its text is not one line of canonical JSON")]
    Json(#[source] JsonError),
    /// A newer version of the format: this node must be brought up to date. Keep the bytes and pass them on.
    #[error("it has version {0} of the record format, this node reads version 1")]
    NodeTooOld(u64),
    /// A field of the header is wrong.
    #[error("field `{name}` {what}")]
    Field {
        /// The field.
        name: String,
        /// What is wrong with it.
        what: FieldFault,
    },
    /// It names another log: moved there by its author or by the transport.
    #[error("it says that it stands in log `{0}`")]
    OtherLog(Origin),
}

impl Record {
    /// Reads a record that stands at `index` of `log`.
    ///
    /// # Errors
    /// [`RecordError`] in the order length, note, JSON, version, fields, log.
    pub fn decode(log: &Origin, index: LeafIndex, bytes: &[u8]) -> Result<Self, RecordError> {
        let fail = |what| RecordError { log: log.clone(), index, what };
        let note = parse_note(bytes).map_err(fail)?;
        let header = parse_text(note.text()).map_err(fail)?;
        if header.log != *log {
            return Err(fail(RecordFault::OtherLog(header.log)));
        }
        let leaf = tree::leaf_hash(bytes);
        Ok(Self { index, leaf, header, note, bytes: bytes.to_vec() })
    }

    /// Reads what a record says about itself, wherever it stands. Nothing is verified but the form.
    ///
    /// # Errors
    /// [`RecordFault`] in the order length, note, JSON, version, fields.
    pub fn header_of(bytes: &[u8]) -> Result<Header, RecordFault> {
        parse_text(parse_note(bytes)?.text())
    }

    /// Returns the record's number in its log.
    #[must_use]
    pub const fn index(&self) -> LeafIndex {
        self.index
    }

    /// Returns the log that it stands in.
    #[must_use]
    pub const fn log(&self) -> &Origin {
        &self.header.log
    }

    /// Returns the leaf hash: how other records refer to it.
    #[must_use]
    pub const fn leaf(&self) -> Hash {
        self.leaf
    }

    /// Returns what it says about itself.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// Returns text and signature lines.
    #[must_use]
    pub const fn note(&self) -> &Note {
        &self.note
    }

    /// Returns the bytes as received.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// A header about to be signed.
///
/// Sign it here with [`sign`](Self::sign), or take [`text`](Self::text) to where the key is and bring the line back
/// to [`assemble`](Self::assemble).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    header: Header,
    text: String,
}

impl Draft {
    /// Makes a draft of a header.
    ///
    /// # Errors
    /// What the receiver would say of it: the fields are checked as [`Record::decode`] does.
    pub fn new(header: Header) -> Result<Self, RecordFault> {
        let text = format!("{}\n", header.to_value());
        let draft = Self::from_text(&text)?;
        if draft.header == header {
            Ok(draft)
        } else {
            // Only a time beyond the year 9999 and a size beyond 2^53 - 1 are written as another value.
            Err(header::field("time", FieldFault::Form("a time up to the year 9999")))
        }
    }

    /// Reads a text that [`text`](Self::text) gave, after it was away.
    ///
    /// # Errors
    /// As [`Record::decode`].
    pub fn from_text(text: &str) -> Result<Self, RecordFault> {
        Ok(Self { header: parse_text(text)?, text: text.to_owned() })
    }

    /// Returns the header.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// Returns the text to sign, with its line end.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Signs the text with these keys and returns the record's bytes.
    ///
    /// # Errors
    /// As [`assemble`](Self::assemble).
    pub fn sign(&self, keys: &[&SigningKey]) -> Result<Vec<u8>, RecordFault> {
        let lines: Vec<_> = keys.iter().map(|key| NoteSignature::sign(&self.text, key)).collect();
        self.assemble(&lines)
    }

    /// Returns the record's bytes, from signature lines made elsewhere. They are not verified here.
    ///
    /// # Errors
    /// [`RecordFault::Note`] for no line, too many, or ones that no note can hold; [`RecordFault::TooLong`].
    pub fn assemble(&self, lines: &[NoteSignature]) -> Result<Vec<u8>, RecordFault> {
        let note = Note::assemble(&self.text, lines, RECORD_LIMITS).map_err(note_fault)?;
        Ok(note.to_bytes())
    }
}

fn note_fault(error: NoteError) -> RecordFault {
    match error {
        NoteError::TooLong { len, .. } => RecordFault::TooLong(len),
        other @ (NoteError::NotText
        | NoteError::Form
        | NoteError::Line(_)
        | NoteError::TooManyLines(_)) => RecordFault::Note(other),
    }
}

fn parse_note(bytes: &[u8]) -> Result<Note, RecordFault> {
    Note::parse(bytes, RECORD_LIMITS).map_err(note_fault)
}

fn parse_text(text: &str) -> Result<Header, RecordFault> {
    let line = text.strip_suffix('\n').unwrap_or(text);
    let value = parse_canonical(line.as_bytes()).map_err(RecordFault::Json)?;
    Header::from_value(value)
}
