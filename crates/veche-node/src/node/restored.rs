//! After a restore from a backup: a node says nothing in its own logs before it has heard how much of them the others hold. It may have
//! said more than it remembers, and would otherwise sign a second history.

use super::{Node, NodeError};
use crate::store::Store;
use std::collections::{BTreeMap, BTreeSet};
use veche_ledger::json::{Value, parse_canonical};
use veche_ledger::{Checkpoint, Origin, PartyId, UnixSeconds};

/// The setting under which a store says that it was restored, and since when.
const RESTORED: &str = "restored";

/// The setting under which a store keeps who went on without hearing all, a line each.
const JOURNAL: &str = "restored journal";

/// What a node has heard since its store was restored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Restored {
    /// Whose nodes have shown how much they hold of the logs kept here.
    heard: BTreeSet<PartyId>,
}

/// Somebody's word that a restored node goes on although not all others were heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoneOn {
    /// When.
    pub at: UnixSeconds,
    /// The officer who answers for it.
    pub officer: String,
    /// Why.
    pub reason: String,
    /// His signature line over this, under the name of his key.
    pub signature: String,
}

impl GoneOn {
    /// Returns the text that the officer signs.
    #[must_use]
    pub fn text(party: &PartyId, at: UnixSeconds, officer: &str, reason: &str) -> String {
        format!("veche restored alone v1\n{party}\n{officer}\n{at}\n{reason}\n")
    }

    fn to_value(&self) -> Value {
        Value::map([
            ("at", Value::text(self.at)),
            ("officer", self.officer.as_str().into()),
            ("reason", self.reason.as_str().into()),
            ("signature", self.signature.as_str().into()),
        ])
    }

    fn from_value(value: &Value) -> Option<Self> {
        let text = |key| value.get(key)?.as_text().map(str::to_owned);
        Some(Self {
            at: UnixSeconds::parse(&text("at")?).ok()?,
            officer: text("officer")?,
            reason: text("reason")?,
            signature: text("signature")?,
        })
    }
}

impl Store {
    /// Marks a store as restored from a backup: its node is silent until the others were heard.
    ///
    /// # Errors
    /// [`crate::store::StoreError`] if the store cannot be written.
    pub fn mark_restored(&self, at: UnixSeconds) -> Result<(), crate::store::StoreError> {
        self.set_meta(RESTORED, at.to_string().as_bytes())
    }

    /// Returns when the store was restored, if its node has not heard all others since.
    ///
    /// # Errors
    /// [`crate::store::StoreError`] if the store cannot be read.
    pub fn restored_at(&self) -> Result<Option<UnixSeconds>, crate::store::StoreError> {
        let text = self.meta(RESTORED)?.filter(|text| !text.is_empty());
        // Whatever stands there, something does: a mark that cannot be read is one.
        let read = |text: Vec<u8>| UnixSeconds::parse(&String::from_utf8_lossy(&text));
        Ok(text.map(|text| read(text).unwrap_or(UnixSeconds(0))))
    }

    /// Lifts the mark of a restore on an officer's word, which is kept.
    ///
    /// # Errors
    /// [`crate::store::StoreError`] if the store cannot be written; the mark stands then.
    pub fn go_on_alone(&self, word: &GoneOn) -> Result<(), crate::store::StoreError> {
        let mut all: Vec<Value> = self.gone_on()?.iter().map(GoneOn::to_value).collect();
        all.push(word.to_value());
        self.set_meta(JOURNAL, &Value::List(all).to_bytes())?;
        self.set_meta(RESTORED, b"")
    }

    /// Returns who let this store's node go on after a restore without hearing all, and why.
    ///
    /// # Errors
    /// [`crate::store::StoreError`] if the store cannot be read, or the journal is damaged.
    pub fn gone_on(&self) -> Result<Vec<GoneOn>, crate::store::StoreError> {
        let Some(bytes) = self.meta(JOURNAL)? else { return Ok(Vec::new()) };
        let read = parse_canonical(&bytes).ok();
        let words = read
            .as_ref()
            .and_then(Value::as_list)
            .map(|words| words.iter().map(GoneOn::from_value).collect::<Option<Vec<_>>>());
        words.flatten().ok_or_else(|| self.damaged("the journal of restores".to_owned()))
    }
}

impl Node {
    pub(super) fn load_restored(&mut self) -> Result<(), NodeError> {
        self.restored = self.store.restored_at()?.map(|_| Restored::default());
        Ok(())
    }

    /// Switches the restore guard off: for the exercise that shows what it is good for.
    pub fn set_restore_guard(&mut self, is_on: bool) {
        self.guards_restore = is_on;
    }

    /// Takes note of how much of a log kept here a peer holds.
    pub fn note_peer_size(&mut self, log: &Origin, size: u64) {
        let known = self.peers_hold.entry(log.clone()).or_default();
        *known = size.max(*known);
    }

    /// Returns whose nodes are still to be heard after a restore; empty: this node may go on.
    #[must_use]
    pub fn waits_for(&self) -> BTreeSet<PartyId> {
        let Some(restored) = &self.restored else { return BTreeSet::new() };
        let parties = &self.charter().parties;
        let keepers = parties.iter().map(|(party, entry)| veche_council::times::host(party, entry));
        let others = keepers.filter(|keeper| !self.secrets.contains_key(*keeper));
        others.filter(|keeper| !restored.heard.contains(*keeper)).cloned().collect()
    }

    /// Takes note of what a peer says that it holds. A restored node has heard it if this is no more of the logs kept here than is held;
    /// what is more is fetched first, under the log's own signature. Once all were heard the node goes on as before.
    ///
    /// # Errors
    /// [`NodeError::Store`] if the mark cannot be lifted; it is tried again with the next listing.
    pub fn note_listing(&mut self, peer: &PartyId, heads: &[Checkpoint]) -> Result<(), NodeError> {
        if self.restored.is_none() {
            return Ok(());
        }
        let is_own = |log: &Origin| self.secrets.keys().any(|party| party.as_str() == log.party());
        let sizes: BTreeMap<&Origin, u64> =
            heads.iter().map(|head| (&head.origin, head.size)).collect();
        if sizes.iter().all(|(log, size)| !is_own(log) || *size <= self.size_of(log)) {
            self.heard_after_restore(peer)?;
        }
        Ok(())
    }

    /// Notes that a peer's claim to hold more of a log kept here was looked into, and no signature of the log is behind it.
    ///
    /// # Errors
    /// As [`Self::note_listing`].
    pub fn note_empty_claim(&mut self, peer: &PartyId, log: &Origin) -> Result<(), NodeError> {
        if self.secrets.keys().any(|party| party.as_str() == log.party()) {
            self.heard_after_restore(peer)?;
        }
        Ok(())
    }

    fn heard_after_restore(&mut self, peer: &PartyId) -> Result<(), NodeError> {
        let Some(restored) = &mut self.restored else { return Ok(()) };
        restored.heard.insert(peer.clone());
        if self.waits_for().is_empty() {
            self.store.set_meta(RESTORED, b"")?;
            self.restored = None;
        }
        Ok(())
    }

    /// A node that was restored from a backup would sign a second history of its own log. It asks first.
    pub(super) fn check_restored(&self, log: &Origin) -> Result<(), NodeError> {
        if !self.guards_restore {
            return Ok(());
        }
        let (held, peers) =
            (self.size_of(log), self.peers_hold.get(log).copied().unwrap_or_default());
        if peers > held {
            return Err(NodeError::RestoredTooOld { log: log.clone(), held, peers });
        }
        self.check_heard(log)
    }

    /// A restored node cosigns nothing either before it has heard the others: it may have cosigned another history than the one that it is
    /// shown now, and would count twice.
    pub(super) fn check_heard(&self, log: &Origin) -> Result<(), NodeError> {
        let waits_for = self.waits_for();
        if !self.guards_restore || waits_for.is_empty() {
            return Ok(());
        }
        Err(NodeError::NotHeardYet { log: log.clone(), waits_for })
    }
}

/// Says who has not answered yet.
pub(super) fn waiting(waits_for: &BTreeSet<PartyId>) -> String {
    let names: Vec<String> = waits_for.iter().map(|party| format!("`{party}`")).collect();
    let verb = if names.len() == 1 { "has" } else { "have" };
    format!("{} {verb}", names.join(", "))
}
