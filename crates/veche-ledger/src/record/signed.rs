//! Signatures of records: who signed, with a key in force.

use crate::keyring::{Force, Keyring, Role};
use crate::name::{KeyName, LeafIndex, Origin};
use crate::note::SignatureStanding;
use crate::record::Record;

/// A record with at least one signature of a key that its party had in force.
///
/// Only [`Signed::verify`] makes one (and [`Signed::from_verified_store`], for a node's own store):
///
/// ```compile_fail,E0451
/// fn forge(record: veche_ledger::Record) -> veche_ledger::Signed {
///     veche_ledger::Signed { record, signers: Vec::new() }
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    record: Record,
    signers: Vec<Signer>,
}

/// A key that signed a record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Signer {
    /// The key's name.
    pub key: KeyName,
    /// What the party's keyring lists it for.
    pub role: Role,
}

/// Why a record does not count as signed, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("record {index} of log `{log}`: {what}")]
pub struct SignatureError {
    /// The log.
    pub log: Origin,
    /// Where in it.
    pub index: LeafIndex,
    /// What is wrong.
    pub what: SignatureFault,
}

/// Why a record does not count as signed. The author's fault, except for a keyring that is out of date.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureFault {
    /// The keyring has no such log: of a stranger, or of an epoch that it has not heard of.
    #[error("the keyring knows no such log")]
    UnknownLog,
    /// The next epoch of the log says that this one ended before.
    #[error("the log ended at size {last_good_size}")]
    EpochEnded {
        /// Leaves of the log that stand.
        last_good_size: u64,
    },
    /// A key that the keyring lists did not make the line with its name.
    #[error("the signature of `{0}` is wrong")]
    BadSignature(KeyName),
    /// The key that signed is revoked from here on.
    #[error("the key `{key}` is revoked from size {last_good_size} on")]
    KeyRevoked {
        /// The key.
        key: KeyName,
        /// Leaves for which it still counts.
        last_good_size: u64,
    },
    /// The key that signed does not count at this index.
    #[error("the key `{0}` is not in force at this index")]
    KeyOutOfForce(KeyName),
    /// The key is a pair, and only one of the two signed: the other's line was left out, or taken away.
    #[error("`{0}` is a pair of keys, and only one of its two lines (Ed25519, ML-DSA-44) is there")]
    HalfSigned(KeyName),
    /// No line is of a key that the keyring lists for records of this log.
    #[error("no line is of a key that signs for this log")]
    NoKnownKey,
}

impl Signed {
    /// Verifies the signatures of a record against the keys of its log.
    ///
    /// Each line of a listed key must be good, and one at least of a key in force; lines of other keys are skipped. A pair has
    /// signed if both of its lines are there.
    ///
    /// # Errors
    /// [`SignatureError`] in the order log, epoch, bad signature; then, if no key in force signed, the reason of the
    /// first listed key.
    pub fn verify(record: Record, keyring: &Keyring) -> Result<Self, SignatureError> {
        match signers(&record, keyring) {
            Ok(signers) => Ok(Self { record, signers }),
            Err(what) => {
                Err(SignatureError { log: record.log().clone(), index: record.index(), what })
            }
        }
    }

    /// Takes a record from a node's own store, which keeps only records that [`verify`](Self::verify) let through.
    ///
    /// Nothing is verified: for a node that starts on a million records. `fsck` verifies them all again.
    #[must_use]
    pub const fn from_verified_store(record: Record, signers: Vec<Signer>) -> Self {
        Self { record, signers }
    }

    /// Returns the record.
    #[must_use]
    pub const fn record(&self) -> &Record {
        &self.record
    }

    /// Returns the keys in force that signed it, each once.
    #[must_use]
    pub fn signers(&self) -> &[Signer] {
        &self.signers
    }
}

fn signers(record: &Record, keyring: &Keyring) -> Result<Vec<Signer>, SignatureFault> {
    let keys = keyring.log(record.log()).ok_or(SignatureFault::UnknownLog)?;
    if let Some(last_good_size) = keys.ended_at().filter(|size| record.index().0 >= *size) {
        return Err(SignatureFault::EpochEnded { last_good_size });
    }
    let (mut signers, mut reason) = (Vec::new(), SignatureFault::NoKnownKey);
    for listed in keys.keys().iter().filter(|listed| listed.role != Role::Witness) {
        let name = listed.key.name();
        match record.note().standing_of(&listed.key) {
            SignatureStanding::Absent => continue,
            SignatureStanding::Bad => return Err(SignatureFault::BadSignature(name.clone())),
            SignatureStanding::Half => {
                if reason == SignatureFault::NoKnownKey {
                    reason = SignatureFault::HalfSigned(name.clone());
                }
                continue;
            }
            SignatureStanding::Good => {}
        }
        let fault = match keys.force_at(listed, record.index()) {
            Force::InForce => {
                let signer = Signer { key: name.clone(), role: listed.role };
                // A key that was listed twice, with a pause between, still signs once.
                if !signers.contains(&signer) {
                    signers.push(signer);
                }
                continue;
            }
            Force::Revoked { last_good_size } => {
                SignatureFault::KeyRevoked { key: name.clone(), last_good_size }
            }
            Force::NotInForce => SignatureFault::KeyOutOfForce(name.clone()),
        };
        if reason == SignatureFault::NoKnownKey {
            reason = fault;
        }
    }
    if signers.is_empty() { Err(reason) } else { Ok(signers) }
}
