//! Fork proofs: a log that showed two histories, proved by its own signatures (`formats/checkpoint.md`, section 6).

use crate::checkpoint::{Checkpoint, CheckpointError, SignedCheckpoint};
use crate::hash::Hash;
use crate::json::Value;
use crate::key::VerifyingKey;
use crate::name::{LeafIndex, Origin};
use crate::tree::{PROOF_LEN_MAX, ProofError, verify_inclusion};

/// Two statements of one log that cannot both be true of one history. Nothing is verified until [`verify`](Self::verify).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ForkProof {
    /// Two checkpoint notes of one size with different roots.
    Checkpoints {
        /// The one.
        first: String,
        /// The other.
        second: String,
    },
    /// Two different leaves at one index.
    Leaves {
        /// Where they stand.
        index: LeafIndex,
        /// The one.
        first: LeafProof,
        /// The other.
        second: LeafProof,
    },
}

/// A leaf with its inclusion proof under a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeafProof {
    /// The leaf hash.
    pub leaf: Hash,
    /// The checkpoint note.
    pub note: String,
    /// The proof.
    pub proof: Vec<Hash>,
}

/// A fork that was proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fork {
    /// The log.
    pub origin: Origin,
    /// Where the histories are known to differ: some leaf below this size.
    pub below: u64,
}

/// Why a fork proof proves nothing. The fault of whoever made it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ForkError {
    /// The value has not the form of a fork proof.
    #[error("the value is not a fork proof of version 1")]
    Form,
    /// A later version: this node must be brought up to date.
    #[error("the fork proof has version {0}, this node reads version 1")]
    NodeTooOld(u64),
    /// A note in it is not a checkpoint signed by the log.
    #[error("a checkpoint in it is not signed by the log")]
    NotSigned(#[source] CheckpointError),
    /// An inclusion proof in it does not hold.
    #[error("an inclusion proof in it does not hold")]
    BadProof(#[source] ProofError),
    /// The two do not contradict one another.
    #[error("its two halves do not contradict one another")]
    NoFork,
}

impl ForkProof {
    /// Makes the proof of two checkpoints; the order does not matter, and is made the same for all.
    #[must_use]
    pub fn of_checkpoints(one: &SignedCheckpoint, other: &SignedCheckpoint) -> Self {
        let (one, other) = (one.note().to_string(), other.note().to_string());
        let (first, second) = if one <= other { (one, other) } else { (other, one) };
        Self::Checkpoints { first, second }
    }

    /// Verifies the proof against the log's key.
    ///
    /// # Errors
    /// [`ForkError`] in the order signatures, inclusion proofs, contradiction.
    pub fn verify(&self, log_key: &VerifyingKey) -> Result<Fork, ForkError> {
        match self {
            Self::Checkpoints { first, second } => {
                let (first, second) = (signed(first, log_key)?, signed(second, log_key)?);
                if first.size != second.size || first.root == second.root {
                    return Err(ForkError::NoFork);
                }
                Ok(Fork { origin: first.origin, below: first.size })
            }
            Self::Leaves { index, first, second } => {
                let origin = first.verify(*index, log_key)?;
                let _same = second.verify(*index, log_key)?;
                if first.leaf == second.leaf {
                    return Err(ForkError::NoFork);
                }
                Ok(Fork { origin, below: index.0 + 1 })
            }
        }
    }

    /// Returns the proof as a JSON object.
    #[must_use]
    pub fn to_value(&self) -> Value {
        match self {
            Self::Checkpoints { first, second } => Value::map([
                ("first", first.as_str().into()),
                ("kind", "checkpoints".into()),
                ("second", second.as_str().into()),
                ("v", Value::Int(1)),
            ]),
            Self::Leaves { index, first, second } => Value::map([
                ("first", first.to_value()),
                ("index", Value::int(index.0).unwrap_or(Value::Bool(false))),
                ("kind", "leaves".into()),
                ("second", second.to_value()),
                ("v", Value::Int(1)),
            ]),
        }
    }

    /// Reads a proof; it is not verified.
    ///
    /// # Errors
    /// [`ForkError::NodeTooOld`], [`ForkError::Form`].
    pub fn from_value(value: &Value) -> Result<Self, ForkError> {
        match value.get("v").and_then(Value::as_size) {
            Some(1) => Self::read(value).ok_or(ForkError::Form),
            Some(newer) if newer > 1 => Err(ForkError::NodeTooOld(newer)),
            Some(_) | None => Err(ForkError::Form),
        }
    }

    fn read(value: &Value) -> Option<Self> {
        let (first, second) = (value.get("first")?, value.get("second")?);
        match (value.get("kind")?.as_text()?, value.as_map()?.len()) {
            ("checkpoints", 4) => Some(Self::Checkpoints {
                first: first.as_text()?.to_owned(),
                second: second.as_text()?.to_owned(),
            }),
            ("leaves", 5) => Some(Self::Leaves {
                index: LeafIndex(value.get("index")?.as_size()?),
                first: LeafProof::read(first)?,
                second: LeafProof::read(second)?,
            }),
            _ => None,
        }
    }
}

impl LeafProof {
    fn verify(&self, index: LeafIndex, log_key: &VerifyingKey) -> Result<Origin, ForkError> {
        let Checkpoint { origin, size, root } = signed(&self.note, log_key)?;
        verify_inclusion(self.leaf, index.0, size, root, &self.proof)
            .map_err(ForkError::BadProof)?;
        Ok(origin)
    }

    fn to_value(&self) -> Value {
        Value::map([
            ("leaf", Value::text(self.leaf)),
            ("note", self.note.as_str().into()),
            ("proof", Value::List(self.proof.iter().map(Value::text).collect())),
        ])
    }

    fn read(value: &Value) -> Option<Self> {
        if value.as_map()?.len() != 3 {
            return None;
        }
        let proof = value.get("proof")?.as_list().filter(|proof| proof.len() <= PROOF_LEN_MAX)?;
        let hash = |value: &Value| Hash::parse(value.as_text()?).ok();
        Some(Self {
            leaf: hash(value.get("leaf")?)?,
            note: value.get("note")?.as_text()?.to_owned(),
            proof: proof.iter().map(hash).collect::<Option<_>>()?,
        })
    }
}

fn signed(note: &str, log_key: &VerifyingKey) -> Result<Checkpoint, ForkError> {
    let signed =
        SignedCheckpoint::verify(note.as_bytes(), log_key).map_err(ForkError::NotSigned)?;
    Ok(signed.checkpoint().clone())
}
