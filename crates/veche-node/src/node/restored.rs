//! After a restore from a backup: a node says nothing in its own logs before it has heard how much of them the others hold. It may have
//! said more than it remembers, and would otherwise sign a second history.
//!
//! A store that was put back with `cp` says nothing of itself. So a node that runs asks its peers at each start before it appends, and goes
//! over into the state after a restore as soon as there is evidence: lines beside its file tell of longer logs, records of its own log come
//! from a peer, or others' records cite more of it than is held here.

use super::{Node, NodeError};
use crate::store::Store;
use std::collections::{BTreeMap, BTreeSet};
use veche_council::Head;
use veche_ledger::json::{Value, parse_canonical};
use veche_ledger::{Checkpoint, Origin, PartyId, Seconds, UnixSeconds};

/// The setting under which a store says that it was restored, and since when.
const RESTORED: &str = "restored";

/// The setting under which a store keeps who went on without hearing all, a line each.
const JOURNAL: &str = "restored journal";

/// How long a node that has started waits for peers that neither answer nor fail: those that can be reached answer within a second or two,
/// and one that nobody answers must be able to write.
const ASK_FIRST_MAX: Seconds = Seconds(20);

/// What a node has heard since its store was restored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Restored {
    /// Whose nodes have shown how much they hold of the logs kept here.
    heard: BTreeSet<PartyId>,
    /// Of which logs kept here a peer says that it holds more, and that was not looked into yet.
    claims: BTreeMap<PartyId, BTreeSet<Origin>>,
}

/// A node that has just started, and has not heard all its peers yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Starting {
    /// Who has neither answered nor failed.
    asked: BTreeSet<PartyId>,
    /// As in [`Restored`].
    claims: BTreeMap<PartyId, BTreeSet<Origin>>,
    /// When it goes on all the same.
    until: UnixSeconds,
}

/// How a node finds out that its store is not the last one that it had.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct OwnLogs {
    /// True at a node that is used for real: in exercises all nodes are here, and are put back on purpose.
    is_watched: bool,
    /// Whose records cited more of a log kept here than is held, since the mark was last lifted.
    cited_by: BTreeSet<PartyId>,
    /// Whose did so although nobody holds more: they are not believed again before the next start.
    disbelieved: BTreeSet<PartyId>,
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
        // First: with these lines the store would be found to be an old one at once again.
        self.remove_sizes_beside().map_err(|error| crate::store::StoreError {
            path: self.path().to_owned(),
            what: crate::store::StoreFault::File(error),
        })?;
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

    /// Lets a node that is used for real watch for evidence that its store is an old one, by whatever way that comes: the lines beside its
    /// file, a peer, a courier.
    ///
    /// # Errors
    /// [`NodeError::Store`] if there is such evidence and it cannot be kept.
    pub fn watch_own_logs(&mut self, now: UnixSeconds) -> Result<(), NodeError> {
        self.own_logs.is_watched = true;
        let written = self.store.sizes_beside(&self.genesis_hash());
        let is_more = |(log, size): (&Origin, &u64)| self.keeps(log) && *size > self.size_of(log);
        if self.restored.is_none() && written.iter().any(is_more) {
            self.find_restored(now)?;
        }
        Ok(())
    }

    /// Writes beside the store how long the logs kept here are. It is worth no error: nothing is lost without it.
    pub(super) fn note_own_sizes(&mut self) {
        if !self.own_logs.is_watched || self.restored.is_some() {
            return;
        }
        if self.together.is_begun {
            // They may say too little, and never too much.
            self.together.has_own = true;
        } else {
            let _written = self.store.put_sizes_beside(&self.genesis_hash(), &self.own_sizes());
        }
    }

    /// Returns how long the logs kept here are.
    pub(super) fn own_sizes(&self) -> BTreeMap<Origin, u64> {
        let own = self.logs.keys().filter(|log| self.keeps(log));
        own.map(|log| (log.clone(), self.size_of(log))).collect()
    }

    /// Lets a node that starts hear its peers before it appends.
    pub fn ask_first(&mut self, peers: impl IntoIterator<Item = PartyId>, now: UnixSeconds) {
        self.own_logs.is_watched = true;
        let asked: BTreeSet<PartyId> =
            peers.into_iter().filter(|peer| !self.secrets.contains_key(peer)).collect();
        let until = now + ASK_FIRST_MAX;
        self.starting =
            (!asked.is_empty()).then(|| Starting { asked, until, ..Starting::default() });
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

    /// Returns why this node signs nothing for now, for whoever watches it and need not be signed in: no party is named. `None`: it signs.
    #[must_use]
    pub fn is_silent_because(&self) -> Option<String> {
        if !self.waits_for().is_empty() {
            return Some(
                "its store was put back from a copy: it signs nothing before the other nodes have said how much of its log they hold"
                    .to_owned(),
            );
        }
        let until = self.starting.as_ref()?.until;
        Some(format!(
            "it asks its peers how much of its log they hold before it signs anything, and goes on at {until} at the latest"
        ))
    }

    /// Returns why this node says nothing in its logs for now, for people; `None`: it may.
    #[must_use]
    pub fn holds_back(&self) -> Option<String> {
        let waits_for = self.waits_for();
        if !waits_for.is_empty() {
            return Some(format!(
                "This node's store was put back from a copy. It signs nothing before the others have said how much of its log they hold: {} not said so yet. An officer can answer for going on without them: `veche backup alone`.",
                waiting(&waits_for)
            ));
        }
        let starting = self.starting.as_ref()?;
        Some(format!(
            "This node has just started, or another party's record names more of this node's log than is held here. It asks its peers how much of it they hold before it signs anything: {} not answered yet. It goes on at {} at the latest.",
            waiting(&starting.asked),
            starting.until
        ))
    }

    /// Takes note of what a peer says that it holds. A restored node has heard it if this is no more of the logs kept here than is held;
    /// what is more is fetched first, under the log's own signature. Once all were heard the node goes on as before.
    ///
    /// # Errors
    /// [`NodeError::Store`] if the mark cannot be lifted; it is tried again with the next listing.
    pub fn note_listing(&mut self, peer: &PartyId, heads: &[Checkpoint]) -> Result<(), NodeError> {
        if self.restored.is_none() && self.starting.is_none() {
            return Ok(());
        }
        let sizes: BTreeMap<&Origin, u64> =
            heads.iter().map(|head| (&head.origin, head.size)).collect();
        let more = sizes.iter().filter(|(log, size)| self.keeps(log) && **size > self.size_of(log));
        let more: BTreeSet<Origin> = more.map(|(log, _)| (*log).clone()).collect();
        self.set_claims(peer, more)
    }

    /// Notes that a peer's claim to hold more of a log kept here was looked into, and no signature of the log is behind it. What it claims of
    /// other logs stands until that was looked into as well.
    ///
    /// # Errors
    /// As [`Self::note_listing`].
    pub fn note_empty_claim(&mut self, peer: &PartyId, log: &Origin) -> Result<(), NodeError> {
        let claims = match (&self.restored, &self.starting) {
            (Some(restored), _) => restored.claims.get(peer),
            (None, Some(starting)) => starting.claims.get(peer),
            (None, None) => None,
        };
        let Some(mut left) = claims.cloned() else { return Ok(()) };
        if !left.remove(log) {
            return Ok(());
        }
        self.set_claims(peer, left)
    }

    /// Notes that a peer could not be reached: a node that has just started does not wait for it. What it claimed before stands.
    pub fn note_silent(&mut self, peer: &PartyId) {
        if let Some(starting) = &mut self.starting
            && !starting.claims.contains_key(peer)
        {
            starting.asked.remove(peer);
        }
        self.end_start();
    }

    /// Lets a node that has just started go on once it waited long enough.
    pub fn note_time(&mut self, now: UnixSeconds) {
        if self.starting.as_ref().is_some_and(|starting| now >= starting.until) {
            self.go_on();
        }
    }

    /// Ends the asking. Whoever cited more, which nobody bore out, made it up, and could otherwise hold this node up for ever.
    fn go_on(&mut self) {
        self.starting = None;
        self.own_logs.disbelieved.append(&mut self.own_logs.cited_by);
    }

    fn end_start(&mut self) {
        if self.starting.as_ref().is_some_and(|starting| starting.asked.is_empty()) {
            self.go_on();
        }
    }

    /// Returns true for a log that this node may still append to: one that its next epoch has ended cannot be forked any more.
    fn keeps(&self, log: &Origin) -> bool {
        let is_open = self.keyring.log(log).is_none_or(|keys| keys.ended_at().is_none());
        is_open && self.secrets.keys().any(|party| party.as_str() == log.party())
    }

    fn set_claims(&mut self, peer: &PartyId, more: BTreeSet<Origin>) -> Result<(), NodeError> {
        let is_heard = more.is_empty();
        let claims = self.starting.as_mut().map(|starting| &mut starting.claims);
        for claims in claims.into_iter().chain(self.restored.as_mut().map(|r| &mut r.claims)) {
            if is_heard {
                claims.remove(peer);
            } else {
                claims.insert(peer.clone(), more.clone());
            }
        }
        if !is_heard {
            return Ok(());
        }
        if let Some(starting) = &mut self.starting {
            starting.asked.remove(peer);
        }
        self.end_start();
        let Some(restored) = &mut self.restored else { return Ok(()) };
        restored.heard.insert(peer.clone());
        if self.waits_for().is_empty() {
            self.store.set_meta(RESTORED, b"")?;
            self.restored = None;
            // Nobody holds more: whoever cited more made it up, and could otherwise hold this node up for ever.
            self.own_logs.disbelieved.append(&mut self.own_logs.cited_by);
            self.note_own_sizes();
        }
        Ok(())
    }

    /// Records of a log kept here came from a peer, under the log's own signature: this store is not the last one that this node had.
    pub(super) fn note_own_records(
        &mut self,
        log: &Origin,
        now: UnixSeconds,
    ) -> Result<(), NodeError> {
        if self.own_logs.is_watched && self.restored.is_none() && self.keeps(log) {
            self.find_restored(now)?;
        }
        Ok(())
    }

    /// Others' records cite heads of a log kept here beyond what is held: on the word of two parties as [`Self::note_own_records`].
    pub(super) fn note_cited(
        &mut self,
        by: &Origin,
        heads: &[Head],
        now: UnixSeconds,
    ) -> Result<(), NodeError> {
        if !self.own_logs.is_watched || self.keeps(by) {
            return Ok(());
        }
        let is_beyond = |head: &Head| self.keeps(&head.log) && head.size > self.size_of(&head.log);
        if !heads.iter().any(is_beyond) {
            return Ok(());
        }
        let Ok(party) = PartyId::parse(by.party()) else { return Ok(()) };
        if self.own_logs.disbelieved.contains(&party) {
            return Ok(());
        }
        self.own_logs.cited_by.insert(party);
        match (&self.restored, self.own_logs.cited_by.len()) {
            (Some(_), _) => Ok(()),
            // One party's word makes this node ask, for a while: what peers hold under the log's own signature decides. More is not given to
            // it, for it costs its author one record and would silence everybody.
            (None, 0 | 1) => {
                self.ask_again(now);
                Ok(())
            }
            (None, _) => self.find_restored(now),
        }
    }

    fn ask_again(&mut self, now: UnixSeconds) {
        let parties = &self.charter().parties;
        let keepers = parties.iter().map(|(party, entry)| veche_council::times::host(party, entry));
        let others = keepers.filter(|keeper| !self.secrets.contains_key(*keeper));
        let asked: BTreeSet<PartyId> = others.cloned().collect();
        if self.starting.is_none() && !asked.is_empty() {
            let until = now + ASK_FIRST_MAX;
            self.starting = Some(Starting { asked, until, ..Starting::default() });
        }
    }

    fn find_restored(&mut self, now: UnixSeconds) -> Result<(), NodeError> {
        self.store.mark_restored(now)?;
        let claims = self.starting.take().map(|starting| starting.claims).unwrap_or_default();
        self.restored = Some(Restored { claims, ..Restored::default() });
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
        self.check_heard(log)?;
        match &self.starting {
            None => Ok(()),
            Some(starting) => {
                let (log, waits_for) = (log.clone(), starting.asked.clone());
                Err(NodeError::AsksFirst { log, waits_for })
            }
        }
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
