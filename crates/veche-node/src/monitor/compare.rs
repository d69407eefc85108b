//! Following a log from outside: each checkpoint must continue the one before (`formats/monitor.md`).
//!
//! A monitor holds no records, only the last checkpoint that it saw. Whether the next one continues it is found from hashes that the log's
//! publisher serves; what they are worth is found first: they must give the root that the log's key signed.

use veche_ledger::checkpoint::SignedCheckpoint;
use veche_ledger::fork::ForkProof;
use veche_ledger::hash::Hash;
use veche_ledger::json::Value;
use veche_ledger::key::VerifyingKey;
use veche_ledger::tree::{frontier_at, prove_consistency, verify_consistency};

/// How a checkpoint stands to the one seen before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Continues {
    /// The same.
    Same,
    /// It continues it.
    Grown,
    /// It is of fewer records: an old copy, or a log that is taken back. Nothing is proved.
    Older,
    /// Its log's key signed two histories.
    Forked(Box<Divergence>),
    /// The hashes that are served do not give the root that it signs: whoever serves them made them up, or not all are there.
    MadeUp,
}

/// The proof that the log's key signed two histories.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Divergence {
    /// Two roots of one size.
    SameSize(ForkProof),
    /// A later tree that does not begin with the earlier one.
    Sizes {
        /// The earlier checkpoint's note.
        first: String,
        /// The later one's.
        second: String,
        /// The root that the later tree has at the earlier size.
        root: Hash,
        /// The consistency proof from that root to the later one.
        proof: Vec<Hash>,
    },
}

/// Compares a checkpoint with the one seen before. `nodes`: hashes of the new tree, as they are served, by level and index.
#[must_use]
pub fn compare(
    old: &SignedCheckpoint,
    new: &SignedCheckpoint,
    nodes: &dyn Fn(u32, u64) -> Option<Hash>,
) -> Continues {
    let (before, now) = (old.checkpoint(), new.checkpoint());
    if now.size == before.size {
        if now.root == before.root {
            return Continues::Same;
        }
        let proof = ForkProof::of_checkpoints(old, new);
        return Continues::Forked(Box::new(Divergence::SameSize(proof)));
    }
    if now.size < before.size {
        return Continues::Older;
    }
    let proof = prove_consistency(before.size, now.size, nodes);
    let root = frontier_at(before.size, nodes).map(|frontier| frontier.root());
    let Some((proof, root)) = proof.zip(root) else { return Continues::MadeUp };
    // What is served counts once it gives the signed root; then it shows what the tree was at the earlier size.
    if verify_consistency((before.size, root), (now.size, now.root), &proof).is_err() {
        return Continues::MadeUp;
    }
    if root == before.root || before.size == 0 {
        return Continues::Grown;
    }
    let (first, second) = (old.note().to_string(), new.note().to_string());
    Continues::Forked(Box::new(Divergence::Sizes { first, second, root, proof }))
}

impl Divergence {
    /// Returns whether it proves, under the log's key, that the key signed two histories.
    #[must_use]
    pub fn holds(&self, log_key: &VerifyingKey) -> bool {
        match self {
            Self::SameSize(proof) => proof.verify(log_key).is_ok(),
            Self::Sizes { first, second, root, proof } => {
                let read = |note: &str| SignedCheckpoint::verify(note.as_bytes(), log_key).ok();
                let Some((first, second)) = read(first).zip(read(second)) else { return false };
                let (first, second) = (first.checkpoint(), second.checkpoint());
                first.size > 0
                    && first.root != *root
                    && verify_consistency((first.size, *root), (second.size, second.root), proof)
                        .is_ok()
            }
        }
    }

    /// Returns it as a value: a fork proof, or one of kind `sizes`.
    #[must_use]
    pub fn to_value(&self) -> Value {
        match self {
            Self::SameSize(proof) => proof.to_value(),
            Self::Sizes { first, second, root, proof } => Value::map([
                ("first", first.as_str().into()),
                ("kind", "sizes".into()),
                ("proof", Value::List(proof.iter().map(Value::text).collect())),
                ("root", Value::text(root)),
                ("second", second.as_str().into()),
                ("v", Value::Int(1)),
            ]),
        }
    }
}
