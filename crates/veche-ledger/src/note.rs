//! Signed notes (c2sp.org/signed-note): a text and lines of signatures (`formats/record.md`, section 1).

use crate::base;
use crate::key::{Algorithm, KeyId, SigningKey, VerifyingKey};
use std::fmt;

/// What stands between the two halves of a pair's signature outside of notes.
const BETWEEN_HALVES: char = '.';

/// How large a note of one use may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoteLimits {
    /// Longest note, in bytes.
    pub len_max: usize,
    /// Most signature lines.
    pub lines_max: usize,
}

/// A text with its signatures. The text ends with a line end and has no other control character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<NoteSignature>,
}

/// One key's signature, as parsed: nothing is verified yet. In a note each line is one; of a pair of keys two lines belong together,
/// and travel outside of notes as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSignature {
    /// The key's name; one that is no [`KeyName`](crate::KeyName) belongs to nobody that this node knows.
    pub name: String,
    /// The key's id.
    pub key_id: KeyId,
    /// What follows the key id: at least 1 byte, form by the key's algorithm.
    pub bytes: Vec<u8>,
    /// The line beside it, of the second key of a pair; none within a note that was read.
    pub beside: Option<Beside>,
}

/// The signature of the second key of a pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beside {
    /// The second key's id.
    pub key_id: KeyId,
    /// What follows the key id: at least 1 byte.
    pub bytes: Vec<u8>,
}

/// What a note shows of one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureStanding {
    /// No line has its name and id.
    Absent,
    /// Each of its lines verifies.
    Good,
    /// A line of its name and id does not verify.
    Bad,
    /// The key is a pair, and the lines of one of the two are there and good: as good as nothing.
    Half,
}

/// Why bytes are not a note. The fault of who wrote or cut them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Longer than its use allows.
    #[error("the note has {len} bytes, at most {len_max} are allowed")]
    TooLong {
        /// Bytes received.
        len: usize,
        /// Bytes allowed.
        len_max: usize,
    },
    /// Not UTF-8, or a control character other than a line end.
    #[error("the note is not UTF-8 text without control characters")]
    NotText,
    /// No empty line between a text and signatures, or no line end at the end: cut short.
    #[error("the note has no text, empty line and signatures: it may be cut short")]
    Form,
    /// A signature line of another form, with its number from 1.
    #[error("signature line {0} is not `— NAME BASE64`")]
    Line(usize),
    /// More signature lines than its use allows.
    #[error("the note has more than {0} signature lines")]
    TooManyLines(usize),
}

impl Note {
    /// Parses a note.
    ///
    /// # Errors
    /// [`NoteError`] in the order length, characters, form, number of lines, each line.
    pub fn parse(bytes: &[u8], limits: NoteLimits) -> Result<Self, NoteError> {
        if bytes.len() > limits.len_max {
            return Err(NoteError::TooLong { len: bytes.len(), len_max: limits.len_max });
        }
        let whole = std::str::from_utf8(bytes).map_err(|_| NoteError::NotText)?;
        if bytes.iter().any(|b| *b < 0x20 && *b != b'\n') {
            return Err(NoteError::NotText);
        }
        let (text, lines) = whole.rsplit_once("\n\n").ok_or(NoteError::Form)?;
        let lines = lines.strip_suffix('\n').ok_or(NoteError::Form)?;
        let signatures = parse_lines(lines, limits.lines_max)?;
        Ok(Self { text: format!("{text}\n"), signatures })
    }

    /// Makes a note of a text and signatures made elsewhere.
    ///
    /// # Errors
    /// [`NoteError`] if the parts do not make a note that [`parse`](Self::parse) reads.
    pub fn assemble(
        text: &str,
        signatures: &[NoteSignature],
        limits: NoteLimits,
    ) -> Result<Self, NoteError> {
        let note = Self::of_parts(text.to_owned(), signatures.to_vec());
        let parsed = Self::parse(&note.to_bytes(), limits)?;
        if parsed == note { Ok(parsed) } else { Err(NoteError::Form) }
    }

    /// Makes a note of a text, which ends with its line end, and one key's signature.
    #[must_use]
    pub fn sign(text: &str, key: &SigningKey) -> Self {
        Self::of_parts(text.to_owned(), vec![NoteSignature::sign(text, key)])
    }

    /// Returns the text with its last line end: what is signed.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the signature lines in their order.
    #[must_use]
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// Returns what the note shows of a key that signs notes.
    ///
    /// A key of another algorithm is [`Absent`](SignatureStanding::Absent): its lines sign something else. A pair is
    /// [`Good`](SignatureStanding::Good) if both of its keys are: without one of the two lines nothing is signed, so that nobody makes
    /// the weaker one do by taking the other away.
    #[must_use]
    pub fn standing_of(&self, key: &VerifyingKey) -> SignatureStanding {
        use SignatureStanding::{Absent, Bad, Good, Half};
        if key.algorithm() != Algorithm::Ed25519 {
            return Absent;
        }
        let text = self.text.as_bytes();
        let first = self.standing(key, key.id(), &|bytes| key.has_signed(text, bytes));
        let Some(beside) = key.beside() else { return first };
        let second = self.standing(key, beside.id(), &|bytes| beside.has_signed(text, bytes));
        match (first, second) {
            (Bad, _) | (_, Bad) => Bad,
            (Good, Good) => Good,
            (Absent, Absent) => Absent,
            (Half | Good | Absent, Half | Good | Absent) => Half,
        }
    }

    /// Returns how the lines of one key id stand.
    fn standing(
        &self,
        key: &VerifyingKey,
        id: KeyId,
        is_good: &dyn Fn(&[u8]) -> bool,
    ) -> SignatureStanding {
        let mut standing = SignatureStanding::Absent;
        for line in self.lines_of(key, id) {
            if !is_good(&line.bytes) {
                return SignatureStanding::Bad;
            }
            standing = SignatureStanding::Good;
        }
        standing
    }

    fn lines_of(&self, key: &VerifyingKey, id: KeyId) -> impl Iterator<Item = &NoteSignature> {
        let name = key.name().clone();
        self.signatures.iter().filter(move |line| line.key_id == id && line.name == name.as_str())
    }

    /// Returns the first signature of a key, of a pair with the line beside it; `None` where a line is missing. Nothing is verified.
    #[must_use]
    pub fn signature_of(&self, key: &VerifyingKey) -> Option<NoteSignature> {
        let mut signature = self.lines_of(key, key.id()).next()?.clone();
        if let Some(id) = key.second_id() {
            let line = self.lines_of(key, id).next()?;
            signature.beside = Some(Beside { key_id: line.key_id, bytes: line.bytes.clone() });
        }
        Some(signature)
    }

    /// Returns the bytes of the note.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.to_string().into_bytes()
    }

    /// Makes a note of parts known to be well formed: made, not received.
    pub(crate) fn of_parts(text: String, signatures: Vec<NoteSignature>) -> Self {
        Self {
            text,
            signatures: signatures.into_iter().flat_map(NoteSignature::into_lines).collect(),
        }
    }

    /// Adds the lines of a signature, at the end; one that is there already is not added again.
    pub(crate) fn push(&mut self, signature: NoteSignature) {
        for line in signature.into_lines() {
            if !self.signatures.contains(&line) {
                self.signatures.push(line);
            }
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

impl NoteSignature {
    /// Signs a note's text, which ends with its line end.
    #[must_use]
    pub fn sign(text: &str, key: &SigningKey) -> Self {
        Self {
            name: key.name().to_string(),
            key_id: key.verifying_key().id(),
            bytes: key.sign_bytes(text.as_bytes()).to_vec(),
            beside: key.beside().map(|beside| Beside {
                key_id: beside.public().id(),
                bytes: beside.sign_bytes(text.as_bytes()),
            }),
        }
    }

    /// Parses one signature as [`Display`](fmt::Display) writes it; `None` for another form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        // A name has full stops, base64 has none: what is after the last one is base64 if no space follows it.
        let halves = text.rsplit_once(BETWEEN_HALVES).filter(|(_, second)| !second.contains(' '));
        let Some((line, second)) = halves else { return Self::parse_line(text) };
        let bytes = base::decode(second)?;
        let (id, bytes) = bytes.split_first_chunk::<4>()?;
        let beside = Beside { key_id: KeyId(*id), bytes: bytes.to_vec() };
        let is_whole = !beside.bytes.is_empty();
        is_whole
            .then(|| Self::parse_line(line))
            .flatten()
            .map(|first| Self { beside: Some(beside), ..first })
    }

    /// Parses one line of a note, without its line end; `None` for another form.
    fn parse_line(line: &str) -> Option<Self> {
        let (name, signature) = line.strip_prefix("— ")?.split_once(' ')?;
        if name.is_empty() || name.contains(|c: char| c.is_whitespace() || c == '+') {
            return None;
        }
        let bytes = base::decode(signature)?;
        let (id, bytes) = bytes.split_first_chunk::<4>()?;
        if bytes.is_empty() {
            return None;
        }
        let (name, bytes) = (name.to_owned(), bytes.to_vec());
        Some(Self { name, key_id: KeyId(*id), bytes, beside: None })
    }

    /// Returns whether this names the key, of a pair both: it may still be false.
    #[must_use]
    pub fn is_of(&self, key: &VerifyingKey) -> bool {
        self.key_id == key.id()
            && self.name == key.name().as_str()
            && self.beside.as_ref().map(|beside| beside.key_id) == key.second_id()
    }

    /// Returns whether a line of a note names this key, or one of the two of a pair: it may still be false.
    #[must_use]
    pub fn names(&self, key: &VerifyingKey) -> bool {
        let is_either = self.key_id == key.id() || Some(self.key_id) == key.second_id();
        is_either && self.name == key.name().as_str()
    }

    /// Joins one line, or the two of a pair in their order; `None` for other numbers, or two names.
    #[must_use]
    pub fn of_lines(lines: &[Self]) -> Option<Self> {
        match lines {
            [line] => Some(line.clone()),
            [first, second] if first.name == second.name => {
                let beside = Beside { key_id: second.key_id, bytes: second.bytes.clone() };
                Some(Self { beside: Some(beside), ..first.clone() })
            }
            _ => None,
        }
    }

    /// Returns the lines as they stand in a note: of a pair two.
    #[must_use]
    pub fn into_lines(self) -> Vec<Self> {
        let second = self.beside.map(|beside| Self {
            name: self.name.clone(),
            key_id: beside.key_id,
            bytes: beside.bytes,
            beside: None,
        });
        let first = Self { beside: None, name: self.name, key_id: self.key_id, bytes: self.bytes };
        [Some(first), second].into_iter().flatten().collect()
    }
}

impl fmt::Display for NoteSignature {
    /// Writes the line without its line end; the base64 of a line beside it follows after a full stop.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = [self.key_id.0.as_slice(), &self.bytes].concat();
        write!(f, "— {} {}", self.name, base::encode(&whole))?;
        let Some(beside) = &self.beside else { return Ok(()) };
        let whole = [beside.key_id.0.as_slice(), &beside.bytes].concat();
        write!(f, "{BETWEEN_HALVES}{}", base::encode(&whole))
    }
}

fn parse_lines(lines: &str, lines_max: usize) -> Result<Vec<NoteSignature>, NoteError> {
    let mut signatures = Vec::new();
    for line in lines.split('\n') {
        if signatures.len() == lines_max {
            return Err(NoteError::TooManyLines(lines_max));
        }
        let number = signatures.len() + 1;
        signatures.push(NoteSignature::parse_line(line).ok_or(NoteError::Line(number))?);
    }
    Ok(signatures)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::KeyName;

    const LIMITS: NoteLimits = NoteLimits { len_max: 1000, lines_max: 3 };

    fn key(name: &str) -> SigningKey {
        SigningKey::from_seed(KeyName::parse(name).unwrap(), &[1; 32])
    }

    fn note(text: &str) -> Note {
        let line = NoteSignature::sign(text, &key("a/b/c"));
        Note::assemble(text, &[line], LIMITS).unwrap()
    }

    #[track_caller]
    fn refuse(bytes: &str, error: &NoteError) {
        assert_eq!(Note::parse(bytes.as_bytes(), LIMITS).as_ref(), Err(error), "{bytes:?}");
    }

    #[test]
    fn a_note_is_written_and_read_back() {
        let note = note("one\n\ntwo\n");
        assert_eq!(Note::parse(&note.to_bytes(), LIMITS), Ok(note.clone()));
        assert_eq!(note.standing_of(&key("a/b/c").verifying_key()), SignatureStanding::Good);
        assert_eq!(note.standing_of(&key("a/b/d").verifying_key()), SignatureStanding::Absent);
    }

    #[test]
    fn a_changed_text_makes_the_signature_bad() {
        let changed = note("one\n").to_string().replace("one", "two");
        let changed = Note::parse(changed.as_bytes(), LIMITS).unwrap();
        assert_eq!(changed.standing_of(&key("a/b/c").verifying_key()), SignatureStanding::Bad);
    }

    #[test]
    fn a_line_of_a_foreign_name_is_skipped() {
        let more = format!("{}— sumdb\u{e9} {}\n", note("one\n"), base::encode(&[0; 5]));
        let more = Note::parse(more.as_bytes(), LIMITS).unwrap();
        assert_eq!(more.standing_of(&key("a/b/c").verifying_key()), SignatureStanding::Good);
    }

    #[test]
    fn malformed_notes_are_refused() {
        refuse("", &NoteError::Form);
        refuse("one\n", &NoteError::Form);
        refuse("one\n\n", &NoteError::Form);
        refuse("one\n\n— a AAAAAAA=", &NoteError::Form);
        refuse("one\r\n\n— a AAAAAAA=\n", &NoteError::NotText);
        refuse("one\n\n— a AAAAAA==\n", &NoteError::Line(1));
        refuse("one\n\n— a+b AAAAAAA=\n", &NoteError::Line(1));
        refuse("one\n\n- a AAAAAAA=\n", &NoteError::Line(1));
        refuse("one\n\n— a AAAAAAA\n", &NoteError::Line(1));
        refuse("one\n\n— a AAAAAAB=\n", &NoteError::Line(1));
        refuse("one\n\n— a AAAAAAA= \n", &NoteError::Line(1));
        let four = format!("one\n\n{}", "— a AAAAAAA=\n".repeat(4));
        refuse(&four, &NoteError::TooManyLines(3));
        let long = "a".repeat(1001);
        refuse(&long, &NoteError::TooLong { len: 1001, len_max: 1000 });
    }
}
