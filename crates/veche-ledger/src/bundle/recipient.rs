//! Whom bundles for a party's node are encrypted to, said by its log's key (`formats/bundle.md`, section 1).

use crate::age::{Identity, Recipient};
use crate::base;
use crate::bundle::RECIPIENT_LEN_MAX;
use crate::key::{SigningKey, VerifyingKey};
use crate::name::Origin;
use crate::note::{Note, NoteLimits, NoteSignature, SignatureStanding};

const FIRST_LINE: &str = "veche/bundle-recipient/v1";

const LIMITS: NoteLimits = NoteLimits { len_max: RECIPIENT_LEN_MAX, lines_max: 4 };

/// A recipient and the log whose key names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecipientNote {
    /// The log.
    pub log: Origin,
    /// The recipient.
    pub recipient: Recipient,
}

/// Why bytes are no recipient note. The fault of whoever sent them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotARecipient {
    /// Not a note of the form.
    #[error("it is no recipient note as `veche bundle recipient` prints it: it may be cut short")]
    Form,
    /// The log's key did not sign it.
    #[error("the log's key did not sign it")]
    NotSigned,
}

impl RecipientNote {
    /// Makes the note of a log's key.
    #[must_use]
    pub fn sign(log: &Origin, key: &SigningKey) -> Vec<u8> {
        let recipient = Identity::of_log_key(key).recipient();
        let text = format!("{FIRST_LINE}\n{log}\n{}\n", base::encode(&recipient.0));
        let line = NoteSignature::sign(&text, key);
        Note::of_parts(text, vec![line]).to_bytes()
    }

    /// Returns the log that a note is of, to find its key with; nothing is verified.
    ///
    /// # Errors
    /// [`NotARecipient::Form`].
    pub fn claimed(bytes: &[u8]) -> Result<Origin, NotARecipient> {
        Self::read(bytes).map(|(read, _)| read.log).ok_or(NotARecipient::Form)
    }

    /// Reads a note that the log's key signed.
    ///
    /// # Errors
    /// [`NotARecipient`].
    pub fn verify(bytes: &[u8], log_key: &VerifyingKey) -> Result<Self, NotARecipient> {
        let (read, note) = Self::read(bytes).ok_or(NotARecipient::Form)?;
        let is_signed = note.standing_of(log_key) == SignatureStanding::Good;
        if !is_signed || read.log.as_str() != log_key.name().as_str() {
            return Err(NotARecipient::NotSigned);
        }
        Ok(read)
    }

    fn read(bytes: &[u8]) -> Option<(Self, Note)> {
        let note = Note::parse(bytes, LIMITS).ok()?;
        let mut lines = note.text().strip_suffix('\n')?.split('\n');
        let (first, log, key) = (lines.next()?, lines.next()?, lines.next()?);
        let recipient = Recipient(base::decode_exact(key)?);
        let log = Origin::parse(log).ok()?;
        let is_form = first == FIRST_LINE && lines.next().is_none();
        is_form.then_some((Self { log, recipient }, note))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::KeyName;

    #[test]
    fn a_recipient_is_what_the_log_key_says_and_nothing_else() {
        let log = Origin::parse("two-banks.example/belm/1").unwrap();
        let key =
            |name: &str, seed| SigningKey::from_seed(KeyName::parse(name).unwrap(), &[seed; 32]);
        let own = key(log.as_str(), 7);
        let bytes = RecipientNote::sign(&log, &own);
        let read = RecipientNote::verify(&bytes, &own.verifying_key()).unwrap();
        assert_eq!(read.recipient, Identity::of_log_key(&own).recipient());
        assert_eq!(RecipientNote::claimed(&bytes), Ok(log.clone()));
        // Another key of that name, and a note that another log's key signed over this log's name.
        for other in [key(log.as_str(), 8), key("two-banks.example/arven/1", 7)] {
            let refused = RecipientNote::verify(&bytes, &other.verifying_key());
            assert_eq!(refused, Err(NotARecipient::NotSigned));
        }
        let stolen = RecipientNote::sign(&log, &key("two-banks.example/arven/1", 7));
        let refused =
            RecipientNote::verify(&stolen, &key("two-banks.example/arven/1", 7).verifying_key());
        assert_eq!(refused, Err(NotARecipient::NotSigned));
        for len in 0..bytes.len() {
            assert!(RecipientNote::verify(&bytes[..len], &own.verifying_key()).is_err(), "{len}");
        }
        for at in 0..bytes.len() {
            let mut bad = bytes.clone();
            bad[at] ^= 1;
            assert!(RecipientNote::verify(&bad, &own.verifying_key()).is_err(), "{at}");
        }
    }
}
