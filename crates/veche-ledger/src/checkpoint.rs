//! Checkpoints: a log's size and root, signed by the log (c2sp.org/tlog-checkpoint; `formats/checkpoint.md`, section 1).

use crate::base;
use crate::hash::Hash;
use crate::json::INT_MAX;
use crate::key::{SigningKey, VerifyingKey};
use crate::name::{KeyName, Origin};
use crate::note::{Note, NoteError, NoteLimits, NoteSignature, SignatureStanding};
use std::fmt;

/// The limits of a checkpoint as a note: the log's line and a cosignature of each witness, some of the large kind.
pub const CHECKPOINT_LIMITS: NoteLimits = NoteLimits { len_max: 64 * 1024, lines_max: 256 };

/// A log's size and root: what it is at some moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log.
    pub origin: Origin,
    /// Leaves.
    pub size: u64,
    /// Root over them.
    pub root: Hash,
}

/// A checkpoint that its log's key signed, with the lines that came with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    note: Note,
}

/// Why bytes are not a signed checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// Not a note. The fault of whoever sent it.
    #[error("the checkpoint is not a signed note")]
    Note(#[source] NoteError),
    /// The text is not origin, size and root, and nothing else.
    #[error("the checkpoint is not three lines: origin, size, base64 root")]
    Form,
    /// Another log's. The fault of whoever sent it.
    #[error("the checkpoint is of log `{0}`")]
    OtherLog(Origin),
    /// The log's key did not sign it, or did not sign this.
    #[error("no good signature of the log's key `{0}`")]
    BadSignature(KeyName),
}

impl Checkpoint {
    /// Parses the text of a checkpoint.
    ///
    /// # Errors
    /// [`CheckpointError::Form`].
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        Self::read(text).ok_or(CheckpointError::Form)
    }

    fn read(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
        if lines.next().is_some() {
            return None;
        }
        let size = base::decimal(size).filter(|size| *size <= INT_MAX.unsigned_abs())?;
        Some(Self {
            origin: Origin::parse(origin).ok()?,
            size,
            root: Hash(base::decode_exact(root)?),
        })
    }

    /// Signs the checkpoint with the log's key.
    #[must_use]
    pub fn sign(&self, key: &SigningKey) -> SignedCheckpoint {
        let text = self.to_string();
        let line = NoteSignature::sign(&text, key);
        SignedCheckpoint { checkpoint: self.clone(), note: Note::of_parts(text, vec![line]) }
    }
}

impl fmt::Display for Checkpoint {
    /// Writes the text: three lines.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}\n{}", self.origin, self.size, base::encode(&self.root.0))
    }
}

impl SignedCheckpoint {
    /// Reads a checkpoint note and verifies the signature of the log's key.
    ///
    /// # Errors
    /// [`CheckpointError`] in the order note, form, log, signature. The log is the one whose name the key bears.
    pub fn verify(bytes: &[u8], log_key: &VerifyingKey) -> Result<Self, CheckpointError> {
        let note = Note::parse(bytes, CHECKPOINT_LIMITS).map_err(CheckpointError::Note)?;
        let checkpoint = Checkpoint::parse(note.text())?;
        if checkpoint.origin.as_str() != log_key.name().as_str() {
            return Err(CheckpointError::OtherLog(checkpoint.origin));
        }
        if note.standing_of(log_key) != SignatureStanding::Good {
            return Err(CheckpointError::BadSignature(log_key.name().clone()));
        }
        Ok(Self { checkpoint, note })
    }

    /// Returns what a checkpoint note claims, to find its log's key with; nothing is verified.
    ///
    /// # Errors
    /// [`CheckpointError::Note`], [`CheckpointError::Form`].
    pub fn claimed(bytes: &[u8]) -> Result<Checkpoint, CheckpointError> {
        let note = Note::parse(bytes, CHECKPOINT_LIMITS).map_err(CheckpointError::Note)?;
        Checkpoint::parse(note.text())
    }

    /// Returns what was signed.
    #[must_use]
    pub const fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// Returns the note: the log's line first, cosignatures after it.
    #[must_use]
    pub const fn note(&self) -> &Note {
        &self.note
    }

    /// Adds a signature, a cosignature as a rule; one that is there already is not added again.
    pub fn add(&mut self, signature: NoteSignature) {
        self.note.push(signature);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "six-rivers.example/orvessa/1";

    fn key(name: &str, seed: u8) -> SigningKey {
        SigningKey::from_seed(KeyName::parse(name).unwrap(), &[seed; 32])
    }

    fn checkpoint() -> Checkpoint {
        Checkpoint { origin: Origin::parse(LOG).unwrap(), size: 1234, root: Hash([9; 32]) }
    }

    #[test]
    fn a_checkpoint_is_read_back_under_its_log_s_key_only() {
        let signed = checkpoint().sign(&key(LOG, 1));
        let bytes = signed.note().to_bytes();
        let verify = |key: &SigningKey| SignedCheckpoint::verify(&bytes, &key.verifying_key());
        assert_eq!(verify(&key(LOG, 1)), Ok(signed));
        let stranger = key(LOG, 2);
        let error = CheckpointError::BadSignature(stranger.name().clone());
        assert_eq!(verify(&stranger), Err(error));
        let other = key("six-rivers.example/orvessa/2", 1);
        assert_eq!(verify(&other), Err(CheckpointError::OtherLog(checkpoint().origin)));
    }

    #[test]
    fn another_form_of_a_checkpoint_is_refused() {
        let good = checkpoint().to_string();
        assert_eq!(Checkpoint::parse(&good), Ok(checkpoint()));
        for bad in [
            good.replace("1234", "01234"),
            good.replace("1234", "+1234"),
            good.replace("1234", "9007199254740992"),
            good.replace("=\n", "\n"),
            format!("{good}extension\n"),
            good.trim_end().to_owned(),
        ] {
            assert_eq!(Checkpoint::parse(&bad), Err(CheckpointError::Form), "{bad:?}");
        }
    }
}
