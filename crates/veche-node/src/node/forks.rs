//! Logs that showed two histories: the proof is kept, outlasts a restart, and becomes a record for all to see.

use super::{Node, NodeError, Offer};
use std::collections::BTreeMap;
use veche_council::entry::FORK;
use veche_council::{Entry, Terms};
use veche_ledger::checkpoint::CHECKPOINT_LIMITS;
use veche_ledger::fork::{ForkProof, LeafProof};
use veche_ledger::json::{Value, parse_canonical};
use veche_ledger::sync::hunt::Difference;
use veche_ledger::{
    Checkpoint, LeafIndex, Note, NoteSignature, Origin, SignedCheckpoint, UnixSeconds, tree,
};

/// The settings under which a store keeps the proof against a log, and that a record says it.
fn keys_of(log: &Origin) -> (String, String) {
    (format!("fork {log}"), format!("fork logged {log}"))
}

impl Node {
    /// Returns the forks that this node has met or been told of: the log and the proof.
    #[must_use]
    pub const fn forks(&self) -> &BTreeMap<Origin, Value> {
        &self.forks
    }

    /// Takes up the proofs that were kept before the last end.
    pub(super) fn load_forks(&mut self) -> Result<(), NodeError> {
        let logs: Vec<Origin> = self.keyring.logs().map(|(log, _)| log.clone()).collect();
        for log in logs {
            let (proof, logged) = keys_of(&log);
            let Some(bytes) = self.store.meta(&proof)? else { continue };
            let proof = parse_canonical(&bytes).map_err(|error| {
                self.store.damaged(format!("the proof against `{log}`: {error}"))
            })?;
            if self.store.meta(&logged)?.is_none() {
                self.forks_unlogged.insert(log.clone());
            }
            self.forks.insert(log, proof);
        }
        Ok(())
    }

    /// Keeps a proof that holds under the log's key, unless there is one. Returns whether the fork is news.
    fn keep_proof(&mut self, log: &Origin, proof: &ForkProof) -> Result<bool, NodeError> {
        if self.forks.contains_key(log) || !self.proves(proof, log) {
            return Ok(false);
        }
        let proof = proof.to_value();
        self.store.set_meta(&keys_of(log).0, &proof.to_bytes())?;
        self.forks.insert(log.clone(), proof);
        self.forks_unlogged.insert(log.clone());
        Ok(true)
    }

    /// Notes that a record held here proves a fork: nobody needs to say it again.
    fn note_logged(&mut self, log: &Origin) -> Result<(), NodeError> {
        if self.forks_unlogged.remove(log) {
            self.store.set_meta(&keys_of(log).1, b"")?;
        }
        Ok(())
    }

    /// Learns of a fork from a record of whoever met it, if its proof holds. The record is stored already: what cannot be noted beside it
    /// is learnt from it anew.
    pub(super) fn learn_fork(&mut self, entry: &Entry) {
        let Terms::Held(terms) = &entry.terms else { return };
        if entry.kind.as_str() != FORK {
            return;
        }
        let Ok(terms) = parse_canonical(terms) else { return };
        let log = terms.get("log").and_then(Value::as_text).and_then(|log| Origin::parse(log).ok());
        let proof = terms.get("proof").and_then(|proof| ForkProof::from_value(proof).ok());
        let Some((log, proof)) = log.zip(proof) else { return };
        if self.proves(&proof, &log) {
            let _kept = self.keep_proof(&log, &proof).and_then(|_| self.note_logged(&log));
        }
    }

    fn proves(&self, proof: &ForkProof, log: &Origin) -> bool {
        let Some(keys) = self.keyring.log(log) else { return false };
        proof.verify(keys.log_key()).is_ok_and(|fork| fork.origin == *log)
    }

    /// Appends a record with the proof of each fork that was met here and that no record held here proves yet.
    ///
    /// # Errors
    /// As [`Self::append`]; what was not logged stays to be logged.
    pub fn log_forks(&mut self, now: UnixSeconds) -> Result<(), NodeError> {
        while let Some(log) = self.forks_unlogged.first().cloned() {
            self.log_fork(&log, now)?;
            self.note_logged(&log)?;
        }
        Ok(())
    }

    /// Keeps the proof that a log is forked: two checkpoints of one size, the one held and the one offered.
    pub(super) fn keep_fork_of_offer(
        &mut self,
        offer: &Offer,
        claimed: &Checkpoint,
        own: Option<&[u8]>,
    ) -> Result<(), NodeError> {
        let line = self.store.checkpoint_line(&offer.log, claimed.size)?;
        let line = line.and_then(|line| NoteSignature::parse(&line));
        let ours = match (line, self.root_at(&offer.log, claimed.size)) {
            (Some(line), Some(root)) => {
                let held = Checkpoint { root, ..claimed.clone() };
                let note = Note::assemble(&held.to_string(), &[line], CHECKPOINT_LIMITS);
                note.ok().map(|note| note.to_bytes())
            }
            _ => own.map(<[u8]>::to_vec),
        };
        let key = self.keyring.log(&offer.log).map(|keys| keys.log_key().clone());
        let (Some(ours), Some(key)) = (ours, key) else { return Ok(()) };
        let signed = |bytes: &[u8]| SignedCheckpoint::verify(bytes, &key).ok();
        if let (Some(one), Some(other)) = (signed(&ours), signed(&offer.checkpoint)) {
            self.keep_proof(&offer.log, &ForkProof::of_checkpoints(&one, &other))?;
        }
        Ok(())
    }

    /// Keeps the proof that a log is forked: a leaf of another history, proved by a peer, beside the one held. Returns whether it is news.
    ///
    /// # Errors
    /// [`NodeError::Store`].
    pub fn keep_fork(&mut self, log: &Origin, difference: &Difference) -> Result<bool, NodeError> {
        match fork_of_leaves(self, log, difference) {
            Some(proof) => self.keep_proof(log, &proof),
            None => Ok(false),
        }
    }
}

fn fork_of_leaves(node: &Node, log: &Origin, difference: &Difference) -> Option<ForkProof> {
    let size = node.signed_size_of(log);
    let nodes = |level, index| node.store().tree_node(log, level, index).ok().flatten();
    let own = LeafProof {
        leaf: nodes(0, difference.index)?,
        note: String::from_utf8(node.checkpoint_note(log)?).ok()?,
        proof: tree::prove_inclusion(difference.index, size, &nodes)?,
    };
    let index = LeafIndex(difference.index);
    Some(ForkProof::Leaves { index, first: own, second: difference.theirs.clone() })
}
