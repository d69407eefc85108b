//! Cosignatures: what a witness says of a checkpoint, with a time (c2sp.org/tlog-cosignature; `formats/checkpoint.md`, section 2).

use crate::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::key::{Algorithm, CosigningKey, VerifyingKey};
use crate::lattice::SIGNATURE_LEN;
use crate::name::KeyName;
use crate::note::{Beside, NoteSignature};
use crate::time::UnixSeconds;
use std::collections::BTreeMap;

/// The latest time that a cosignature can bear (c2sp.org/tlog-cosignature): 2^63 - 1.
pub const COSIGNED_AT_MAX: UnixSeconds = UnixSeconds(i64::MAX as u64);

/// A witness's timestamped signature on a checkpoint, verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosignature {
    witness: KeyName,
    time: UnixSeconds,
    line: NoteSignature,
}

/// Why a line is not a witness's cosignature of a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CosignatureError {
    /// The line is of another key, or the key does not cosign.
    #[error("the line is not of this witness's key")]
    OtherKey,
    /// Not 8 bytes of time, at most 2^63 - 1, and 64 of signature (2,420 beside it); or the two halves of a pair have different times.
    #[error("a cosignature is 8 bytes of time and 64 bytes of signature")]
    Form,
    /// The signature is wrong: of another checkpoint, or another time.
    #[error("the cosignature does not verify")]
    BadSignature,
}

impl Cosignature {
    /// Cosigns a checkpoint at a time. Whoever calls this has checked what the cosignature says: see `Witness`.
    ///
    /// A time beyond [`COSIGNED_AT_MAX`] is signed as that.
    #[must_use]
    pub fn sign(checkpoint: &Checkpoint, time: UnixSeconds, key: &CosigningKey) -> Self {
        let time = time.min(COSIGNED_AT_MAX);
        let signature = key.sign_bytes(message(checkpoint, time).as_bytes());
        let line = NoteSignature {
            name: key.name().to_string(),
            key_id: key.verifying_key().id(),
            bytes: [time.0.to_be_bytes().as_slice(), &signature].concat(),
            beside: key.beside().map(|beside| {
                let signature = beside.sign_bytes(&beside_message(checkpoint, key.name(), time));
                let bytes = [time.0.to_be_bytes().as_slice(), &signature].concat();
                Beside { key_id: beside.public().id(), bytes }
            }),
        };
        Self { witness: key.name().clone(), time, line }
    }

    /// Verifies a cosignature of a checkpoint; of a pair both halves, which must be of one time.
    ///
    /// # Errors
    /// [`CosignatureError`] in the order key, form, signature.
    pub fn verify(
        checkpoint: &Checkpoint,
        line: &NoteSignature,
        key: &VerifyingKey,
    ) -> Result<Self, CosignatureError> {
        if key.algorithm() != Algorithm::CosignatureV1 || !line.is_of(key) {
            return Err(CosignatureError::OtherKey);
        }
        let time = verify_first(checkpoint, &line.bytes, key)?;
        if let Some(beside) = &line.beside {
            let second = verify_second(checkpoint, &beside.bytes, key)?;
            if second != time {
                return Err(CosignatureError::Form);
            }
        }
        Ok(Self { witness: key.name().clone(), time, line: line.clone() })
    }

    /// Returns the witness's key name.
    #[must_use]
    pub const fn witness(&self) -> &KeyName {
        &self.witness
    }

    /// Returns when the witness says that it held the log.
    #[must_use]
    pub const fn time(&self) -> UnixSeconds {
        self.time
    }

    /// Returns the signature line, to stand in the checkpoint's note.
    #[must_use]
    pub const fn line(&self) -> &NoteSignature {
        &self.line
    }
}

impl SignedCheckpoint {
    /// Returns the good cosignatures of these keys, in the order of the keys; of several of one key, the earliest.
    ///
    /// A wrong line of a known witness is skipped: it takes nothing away from the others.
    #[must_use]
    pub fn cosignatures(&self, keys: &[VerifyingKey]) -> Vec<Cosignature> {
        keys.iter().filter_map(|key| self.earliest_of(key)).collect()
    }

    /// Returns the earliest good cosignature of a key; of a pair the earliest time at which both halves are good.
    fn earliest_of(&self, key: &VerifyingKey) -> Option<Cosignature> {
        if key.algorithm() != Algorithm::CosignatureV1 {
            return None;
        }
        let lines = self.note().signatures().iter();
        // Each line is verified once, whatever stands beside it: a note full of halves costs what its lines cost.
        let (mut firsts, mut seconds) = (BTreeMap::new(), BTreeMap::new());
        for line in lines.filter(|line| line.names(key)) {
            let is_first = line.key_id == key.id();
            let (halves, verified) = if is_first {
                (&mut firsts, verify_first(self.checkpoint(), &line.bytes, key))
            } else {
                (&mut seconds, verify_second(self.checkpoint(), &line.bytes, key))
            };
            if let Ok(time) = verified {
                halves.entry(time).or_insert(line);
            }
        }
        firsts.into_iter().find_map(|(time, first)| {
            let beside = if key.is_pair() {
                let line = seconds.get(&time)?;
                Some(Beside { key_id: line.key_id, bytes: line.bytes.clone() })
            } else {
                None
            };
            let line = NoteSignature { beside, ..first.clone() };
            Some(Cosignature { witness: key.name().clone(), time, line })
        })
    }
}

/// Verifies time and Ed25519 signature of a cosignature/v1.
fn verify_first(
    checkpoint: &Checkpoint,
    bytes: &[u8],
    key: &VerifyingKey,
) -> Result<UnixSeconds, CosignatureError> {
    let (time, signature) = split(bytes, 64)?;
    let is_good = key.has_signed(message(checkpoint, time).as_bytes(), signature);
    if is_good { Ok(time) } else { Err(CosignatureError::BadSignature) }
}

/// Verifies time and ML-DSA-44 signature of the line beside it.
fn verify_second(
    checkpoint: &Checkpoint,
    bytes: &[u8],
    key: &VerifyingKey,
) -> Result<UnixSeconds, CosignatureError> {
    let (time, signature) = split(bytes, SIGNATURE_LEN)?;
    let beside = key.beside().ok_or(CosignatureError::OtherKey)?;
    let message = beside_message(checkpoint, key.name(), time);
    let is_good = beside.has_signed(&message, signature);
    if is_good { Ok(time) } else { Err(CosignatureError::BadSignature) }
}

fn split(bytes: &[u8], signature_len: usize) -> Result<(UnixSeconds, &[u8]), CosignatureError> {
    let (time, signature) = bytes.split_first_chunk::<8>().ok_or(CosignatureError::Form)?;
    let time = UnixSeconds(u64::from_be_bytes(*time));
    if signature.len() != signature_len || time > COSIGNED_AT_MAX {
        return Err(CosignatureError::Form);
    }
    Ok((time, signature))
}

fn message(checkpoint: &Checkpoint, time: UnixSeconds) -> String {
    format!("cosignature/v1\ntime {}\n{checkpoint}", time.0)
}

/// Returns the `cosigned_message` of c2sp.org/tlog-cosignature, over the whole tree.
fn beside_message(checkpoint: &Checkpoint, cosigner: &KeyName, time: UnixSeconds) -> Vec<u8> {
    let named = |name: &str| {
        // Names and origins have at most 200 characters, all ASCII.
        let len = u8::try_from(name.len()).unwrap_or(u8::MAX);
        [&[len], name.as_bytes()].concat()
    };
    [
        b"subtree/v1\n\0".as_slice(),
        &named(cosigner.as_str()),
        &time.0.to_be_bytes(),
        &named(checkpoint.origin.as_str()),
        &0_u64.to_be_bytes(),
        &checkpoint.size.to_be_bytes(),
        &checkpoint.root.0,
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::Hash;
    use crate::key::SigningKey;
    use crate::name::Origin;

    fn key(name: &str) -> CosigningKey {
        CosigningKey::from_seed(KeyName::parse(name).unwrap(), &[4; 32])
    }

    fn checkpoint(size: u64) -> Checkpoint {
        let origin = Origin::parse("six-rivers.example/orvessa/1").unwrap();
        Checkpoint { origin, size, root: Hash([9; 32]) }
    }

    #[test]
    fn a_cosignature_holds_for_its_checkpoint_time_and_key_only() {
        let witness = key("six-rivers.example/talmera/witness");
        let made = Cosignature::sign(&checkpoint(5), UnixSeconds(1000), &witness);
        let verify = |checkpoint: &Checkpoint, line: &NoteSignature, key: &CosigningKey| {
            Cosignature::verify(checkpoint, line, &key.verifying_key())
        };
        assert_eq!(verify(&checkpoint(5), made.line(), &witness), Ok(made.clone()));
        let refused = |result| assert_eq!(result, Err(CosignatureError::BadSignature));
        refused(verify(&checkpoint(6), made.line(), &witness));
        let mut later = made.line().clone();
        later.bytes[7] ^= 1;
        refused(verify(&checkpoint(5), &later, &witness));
        let other = key("six-rivers.example/quillon/witness");
        assert_eq!(verify(&checkpoint(5), made.line(), &other), Err(CosignatureError::OtherKey));
        later.bytes[0] = 0x80;
        assert_eq!(verify(&checkpoint(5), &later, &witness), Err(CosignatureError::Form));
        later.bytes.pop();
        assert_eq!(verify(&checkpoint(5), &later, &witness), Err(CosignatureError::Form));
    }

    #[test]
    fn a_note_signature_of_the_same_secret_is_no_cosignature() {
        let name = KeyName::parse("six-rivers.example/talmera/witness").unwrap();
        let note = SigningKey::from_seed(name, &[4; 32]);
        let line = NoteSignature::sign(&checkpoint(5).to_string(), &note);
        let result = Cosignature::verify(&checkpoint(5), &line, &note.verifying_key());
        assert_eq!(result, Err(CosignatureError::OtherKey));
    }
}
