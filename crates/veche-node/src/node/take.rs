//! Taking other parties' records: every byte is checked before it is stored, and stored before it is cosigned.

use super::{CLOCK_AHEAD_MAX, ClockAhead, Node, NodeError, Offer, stored, words_of};
use crate::store::StoredEntry;
use veche_charter::marking::GROUP_MARK;
use veche_council::ingest::{self, IngestError};
use veche_council::redaction::Content;
use veche_council::{Entry, Head, Hidden, Marked, Visible};
use veche_ledger::keyring::Role;
use veche_ledger::record::{Record, Signed};
use veche_ledger::sync::{Batch, Holdings};
use veche_ledger::{
    Checkpoint, Cosignature, Frontier, Label, LeafIndex, NoteSignature, Origin, PartyId,
    UnixSeconds, VerifyingKey,
};

/// Content that a peer sent although its label keeps it from this node. It was not stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overshared {
    /// The log.
    pub log: Origin,
    /// The record.
    pub index: u64,
    /// Its label.
    pub label: Label,
}

/// A record as checked, with the content that may be kept.
struct Checked {
    signed: Signed,
    content: Option<Content>,
    words: Option<String>,
}

impl Holdings for Node {
    fn frontier(&self, log: &Origin) -> Frontier {
        self.logs.get(log).map_or(Frontier::EMPTY, |held| held.frontier.clone())
    }

    fn log_key(&self, log: &Origin) -> Option<VerifyingKey> {
        Some(self.keyring.log(log)?.log_key().clone())
    }
}

impl Node {
    /// Takes an offer: checks every byte, stores, folds, and cosigns if it brings more than receipts.
    ///
    /// Returns the cosignature, if one was given.
    ///
    /// # Errors
    /// [`NodeError::Gap`], [`NodeError::Forked`] (the proof is kept), [`NodeError::Checkpoint`], [`NodeError::Withheld`], the record's own errors. What was
    /// taken before the fault stays.
    pub fn accept(
        &mut self,
        offer: &Offer,
        now: UnixSeconds,
    ) -> Result<Option<Cosignature>, NodeError> {
        let held = self.size_of(&offer.log);
        if offer.start > held {
            return Err(NodeError::Gap { log: offer.log.clone(), start: offer.start, held });
        }
        if offer.log.epoch() > 1 && self.keyring.log(&offer.log).is_none() {
            let opening = offer
                .records
                .first()
                .filter(|_| offer.start == 0)
                .and_then(|(_, opening)| opening.as_deref());
            self.open_epoch(&offer.log, opening)?;
        }
        self.check_against_held(offer, held)?;
        let new = usize::try_from(held - offer.start).unwrap_or(usize::MAX);
        let records = offer.records.get(new..).unwrap_or_default();
        let acts_before = self.logs.get(&offer.log).map_or(0, |held| held.acts_until);
        self.take_records(&offer.log, held, records, Some(&offer.checkpoint), now)?;
        self.finish(&offer.log, held, records, acts_before, now)
    }

    /// Takes records that a transfer proved to stand in a tree that the log's key signed: as [`Self::accept`].
    ///
    /// # Errors
    /// [`NodeError::Gap`] if another batch came between, [`NodeError::Withheld`], the record's own errors. Nothing is taken then.
    pub fn take_batch(
        &mut self,
        batch: &Batch,
        now: UnixSeconds,
    ) -> Result<Option<Cosignature>, NodeError> {
        let held = self.size_of(&batch.log);
        if batch.start != held {
            return Err(NodeError::Gap { log: batch.log.clone(), start: batch.start, held });
        }
        let acts_before = self.logs.get(&batch.log).map_or(0, |held| held.acts_until);
        // Acts of an earlier batch, which no checkpoint covered yet, are cosigned with the last, though that brings receipts alone.
        let acts_before = acts_before.min(self.cosigned_until(&batch.log).unwrap_or(acts_before));
        self.take_records(&batch.log, held, &batch.records, batch.checkpoint.as_deref(), now)?;
        self.finish(&batch.log, held, &batch.records, acts_before, now)
    }

    /// Returns how far this node has cosigned a log; `None` if it has no key to cosign with.
    fn cosigned_until(&self, log: &Origin) -> Option<u64> {
        let latest = self.witness.as_ref()?.latest(log);
        Some(latest.map_or(0, |latest| latest.checkpoint.checkpoint().size))
    }

    /// Learns the key of an epoch from the record that opens it.
    ///
    /// # Errors
    /// [`NodeError::Withheld`] without its content; [`NodeError::Keyring`] if the party's root key did not sign it.
    pub fn introduce(&mut self, log: &Origin, opening: Option<&[u8]>) -> Result<(), NodeError> {
        if self.keyring.log(log).is_some() { Ok(()) } else { self.open_epoch(log, opening) }
    }

    /// Does what follows on records that were taken: folds, looks at clocks, cosigns if there is more than receipts.
    fn finish(
        &mut self,
        log: &Origin,
        held: u64,
        records: &[(Vec<u8>, Option<Vec<u8>>)],
        acts_before: u64,
        now: UnixSeconds,
    ) -> Result<Option<Cosignature>, NodeError> {
        self.watch_clocks(log, held, records, now);
        self.settle();
        let Some(known) = self.logs.get(log) else { return Ok(None) };
        let is_whole = known.signed_size() == known.frontier.size();
        // A node that may not cosign yet has taken the records all the same.
        let may_cosign = self.check_heard(log).is_ok();
        if known.acts_until > acts_before && is_whole && may_cosign {
            return self.cosign(log, now).map(Some);
        }
        Ok(None)
    }

    /// Compares what an offer repeats with what is held: a log has one history.
    fn check_against_held(&mut self, offer: &Offer, held: u64) -> Result<(), NodeError> {
        let claimed = self.checkpoint_of(offer)?;
        let end = offer.start + offer.records.len() as u64;
        if claimed.size != end {
            return Err(NodeError::OtherRoot { log: offer.log.clone() });
        }
        let own = self.checkpoint_note(&offer.log);
        let mut is_fork = false;
        for (index, (leaf, _)) in
            (offer.start..).zip(&offer.records).take_while(|(index, _)| *index < held)
        {
            let stored = self.store.entries(&offer.log, index, 1)?;
            is_fork |= stored.first().is_some_and(|stored| stored.leaf != *leaf);
        }
        is_fork |= claimed.size <= held
            && self.root_at(&offer.log, claimed.size).is_some_and(|root| root != claimed.root);
        if !is_fork || !self.checks_forks {
            return Ok(());
        }
        self.keep_fork_of_offer(offer, &claimed, own.as_deref())?;
        Err(NodeError::Forked { log: offer.log.clone() })
    }

    fn checkpoint_of(&self, offer: &Offer) -> Result<Checkpoint, NodeError> {
        let fault = || NodeError::Checkpoint { log: offer.log.clone() };
        let key = self.keyring.log(&offer.log).ok_or_else(fault)?.log_key();
        let signed =
            veche_ledger::SignedCheckpoint::verify(&offer.checkpoint, key).map_err(|_| fault())?;
        if signed.checkpoint().origin != offer.log {
            return Err(fault());
        }
        Ok(signed.checkpoint().clone())
    }

    /// Notes which of the records just taken came with a time of the future. They count all the same: a time that an author
    /// claims proves nothing, and two nodes would differ over whether it was ahead.
    fn watch_clocks(
        &mut self,
        log: &Origin,
        held: u64,
        records: &[(Vec<u8>, Option<Vec<u8>>)],
        now: UnixSeconds,
    ) {
        for (index, (leaf, _)) in (held..).zip(records) {
            let Ok(record) = Record::decode(log, LeafIndex(index), leaf) else { continue };
            let claimed = record.header().time;
            if claimed > now + CLOCK_AHEAD_MAX {
                let ahead = ClockAhead { index, claimed, received_at: now };
                self.clocks_ahead.insert(log.clone(), ahead);
            }
        }
    }

    /// Checks, stores and folds records that follow on those held; `checkpoint`: after the last of them, if it is here.
    fn take_records(
        &mut self,
        log: &Origin,
        held: u64,
        records: &[(Vec<u8>, Option<Vec<u8>>)],
        checkpoint: Option<&[u8]>,
        now: UnixSeconds,
    ) -> Result<(), NodeError> {
        if records.is_empty() {
            return Ok(());
        }
        // Before they are stored: a node that ends in between is marked, and not merely up to date with what it was given.
        self.note_own_records(log, now)?;
        let before = self.frontier(log);
        let mut after = before.clone();
        let (mut batch, mut words) = (Vec::new(), Vec::new());
        for (index, (leaf, opening)) in (held..).zip(records) {
            let checked = self.check_record(log, index, leaf, opening.as_deref(), now)?;
            after.append(checked.signed.record().leaf());
            words.push(checked.words);
            batch.push((checked.signed, checked.content));
        }
        let line = checkpoint.map(|note| self.line_after(log, note, &after)).transpose()?;
        let rows: Vec<StoredEntry> = batch
            .iter()
            .map(|(signed, content)| stored(signed, signed.record().bytes(), content.as_ref()))
            .collect();
        let text = line.as_ref().map(ToString::to_string);
        self.write(|store| store.append_read(log, &before, &rows, &words, text.as_deref()))?;
        for (signed, content) in &batch {
            let mut cited = self.fold(signed, content.as_ref())?;
            let seen = signed.record().header().seen.iter();
            cited.extend(seen.map(|c| Head { log: c.origin.clone(), size: c.size, root: c.root }));
            self.note_cited(log, &cited, now)?;
        }
        if let Some(line) = line {
            self.set_line(log, line);
        }
        Ok(())
    }

    /// Checks one record: its form, who signed it, its content against its commitment and its label.
    fn check_record(
        &mut self,
        log: &Origin,
        index: u64,
        leaf: &[u8],
        opening: Option<&[u8]>,
        now: UnixSeconds,
    ) -> Result<Checked, NodeError> {
        let record = Record::decode(log, LeafIndex(index), leaf)?;
        let signed = Signed::verify(record, &self.keyring)?;
        let for_all = &self.genesis.default_label;
        let mut content = self.content_of(&signed, opening)?;
        let mut entry = ingest::entry_of(&signed, content.as_ref(), for_all)?;
        if content.is_none() {
            self.check_not_withheld(&entry)?;
        }
        if content.is_some() && !self.may_keep(&entry, now) {
            let label = entry.label.clone();
            self.overshared.push(Overshared { log: log.clone(), index, label });
            content = None;
            entry = ingest::entry(&signed, None, &self.genesis.default_label)?;
        }
        // Keys withdrawn earlier in this batch count for the records after it.
        ingest::learn(&mut self.keyring, &entry)?;
        Ok(Checked { words: words_of(&entry), signed, content })
    }

    /// Reads what came as a record's content. A redaction in its place is believed where its author's officers signed it, and the charter
    /// lets words of such an act be taken back; else nothing came.
    pub(super) fn content_of(
        &self,
        signed: &Signed,
        bytes: Option<&[u8]>,
    ) -> Result<Option<Content>, NodeError> {
        let content = bytes.map(Content::from_bytes).transpose().map_err(IngestError::from)?;
        let Some(Content::Redacted(redacted)) = &content else { return Ok(content) };
        let (record, header) = (signed.record(), signed.record().header());
        redacted.check(record.log(), record)?;
        let by = redacted.verify(record.log(), &self.keyring)?;
        let by_officer = by.signers().iter().any(|signer| signer.role == Role::Officer);
        let may_be = self.council.may_be_redacted(&header.charter, &header.kind);
        Ok(content.filter(|_| by_officer && may_be == Some(true)))
    }

    /// Returns the line of the log's key on a checkpoint of exactly these records.
    fn line_after(
        &self,
        log: &Origin,
        checkpoint: &[u8],
        after: &Frontier,
    ) -> Result<NoteSignature, NodeError> {
        let fault = || NodeError::OtherRoot { log: log.clone() };
        let key = self.keyring.log(log).ok_or_else(fault)?.log_key();
        let signed =
            veche_ledger::SignedCheckpoint::verify(checkpoint, key).map_err(|_| fault())?;
        if (signed.checkpoint().size, signed.checkpoint().root) != (after.size(), after.root()) {
            return Err(fault());
        }
        signed.note().signature_of(key).ok_or_else(fault)
    }

    /// Returns false for content whose label keeps it from all parties here. Under a charter that is not in force yet nobody knows; nor
    /// where no charter in force knows a party here: what it reads now tells of the one that brings it.
    ///
    /// Of a group whose record is not here yet nobody knows either: whoever sends its content knows. A clock that is a little ahead of this
    /// one lets a label run out a little earlier.
    pub(super) fn may_keep(&self, entry: &Entry, now: UnixSeconds) -> bool {
        let is_listed = |party: &PartyId| {
            self.council.charters().any(|version| version.charter.parties.contains_key(party))
        };
        let mut own = self.secrets.keys().chain([&self.party]);
        entry.is_system()
            || self.council.charter_named(&entry.charter).is_none()
            || own.any(|party| {
                let seen = self.sees(party, entry, now + CLOCK_AHEAD_MAX);
                seen.is_content()
                    || matches!(seen.hidden(), Some(Hidden::UnknownGroup(_)))
                    || !is_listed(party)
            })
    }

    /// Returns what a party may see of an entry that is not in the fold yet.
    fn sees(&self, party: &PartyId, entry: &Entry, now: UnixSeconds) -> Visible {
        let Ok(author) = PartyId::parse(entry.log.party()) else {
            return Visible::Hash(Hidden::UnknownLabel);
        };
        self.council.visible_as(party, &Marked::of(&author, entry), now)
    }

    /// Returns the contents that came and were not kept, since this node started.
    #[must_use]
    pub fn overshared(&self) -> &[Overshared] {
        &self.overshared
    }

    /// A receipt says that content was held: a record whose content this node may read is not taken without it. `entry`: one that came so.
    fn check_not_withheld(&self, entry: &Entry) -> Result<(), NodeError> {
        // Whether a group's content was to come with it is another question where its group is not known, or not any more: it is fetched later.
        let is_of_group = entry.label.as_str().contains(GROUP_MARK);
        let is_plain = !entry.is_sealed && !is_of_group;
        let mut own = self.secrets.keys();
        // By its label alone: what was released later, or is old enough by now, is fetched when somebody has it.
        let reads = own.any(|party| self.council.is_labelled_for(party, entry));
        // Whether it may be read here under a charter that is not in force yet is known when that is: until then it waits.
        let is_unknown = self.council.charter_named(&entry.charter).is_none();
        if is_plain && (reads || is_unknown) {
            return Err(NodeError::Withheld { log: entry.log.clone(), index: entry.index.0 });
        }
        Ok(())
    }
}
