//! Words that their author takes back: gone from what is shown, searched and given at once, and from the disk a day after enough others know of it.

use super::{Node, NodeError, Statement};
use veche_council::entry::REDACTION;
use veche_council::redaction::{Content, Redacted, held_at};
use veche_ledger::commit::{Domain, Opening};
use veche_ledger::record::Record;
use veche_ledger::sync::OPENING_LEN_MAX;
use veche_ledger::{Hash, Kind, LeafIndex, Origin, PartyId, Seconds, UnixSeconds};

/// How long words stay in the store after a quorum holds the redaction: what a stolen key took back is not lost if that is noticed in a day.
pub const KEPT_FOR: Seconds = Seconds::hours(24);

/// A record whose words were taken back, and what became of the bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The log.
    pub log: Origin,
    /// The record's number there.
    pub index: u64,
    /// The redaction's number there.
    pub by: u64,
    /// What became of the bytes.
    pub bytes: Bytes,
}

/// What became of the bytes of words that were taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bytes {
    /// They are not in this store.
    Gone,
    /// They are, until then.
    Until(UnixSeconds),
    /// They are, because not enough others hold the redaction yet.
    NotHeld,
    /// They are, because the key that signed the redaction was withdrawn.
    Doubtful,
    /// They are, because a certificate of a matter would have to open them.
    RestedOn,
}

impl Node {
    /// Prepares what an officer says to take words of a record of a party kept here back: those of some fields, or of all.
    ///
    /// # Errors
    /// [`NodeError::Redaction`] if it would have no effect, [`NodeError::RestedOn`] if a matter rests on the record.
    pub fn redaction(
        &self,
        officer: &str,
        record: &Hash,
        fields: &[String],
        reason: &str,
    ) -> Result<Statement, NodeError> {
        let said = self.council.redaction_of(record, fields, reason)?;
        let view = self.council.record(record);
        let view = view.ok_or(veche_council::redaction::RedactionFault::NotBefore)?;
        if self.council.is_rested_on(record) {
            return Err(NodeError::RestedOn);
        }
        Ok(Statement {
            party: PartyId::parse(&view.author)?,
            officers: vec![officer.to_owned()],
            kind: Kind::parse(REDACTION)?,
            label: Some(veche_ledger::Label::parse(&view.label)?),
            about: Vec::new(),
            drill: view.is_drill,
            terms: said.to_value(),
        })
    }

    /// Returns all records whose words were taken back, and what became of the bytes here.
    ///
    /// # Errors
    /// [`NodeError::Store`].
    pub fn taken_back(&self, now: UnixSeconds) -> Result<Vec<Taken>, NodeError> {
        let all = self.council.redactions();
        all.map(|(log, index, by)| {
            let bytes = self.bytes_of(log, index, by, now)?;
            Ok(Taken { log: log.clone(), index, by, bytes })
        })
        .collect()
    }

    fn bytes_of(
        &self,
        log: &Origin,
        index: u64,
        by: u64,
        now: UnixSeconds,
    ) -> Result<Bytes, NodeError> {
        let stored = self.store.entries(log, index, 1)?.into_iter().next();
        let Some((leaf, bytes)) = stored.and_then(|stored| Some((stored.leaf, stored.opening?)))
        else {
            return Ok(Bytes::Gone);
        };
        if matches!(Content::from_bytes(&bytes), Ok(Content::Redacted(_))) {
            return Ok(Bytes::Gone);
        }
        let Some(view) = self.council.record_at(log, by) else { return Ok(Bytes::NotHeld) };
        if view.ruling != "admitted" {
            return Ok(Bytes::Doubtful);
        }
        let quorum = usize::try_from(self.charter().witnessing.quorum).unwrap_or(usize::MAX);
        let Some(held) = held_at(&view.receipts, quorum) else { return Ok(Bytes::NotHeld) };
        if now < held + KEPT_FOR {
            return Ok(Bytes::Until(held + KEPT_FOR));
        }
        let leaf = Record::decode(log, LeafIndex(index), &leaf)?.leaf();
        Ok(if self.council.is_rested_on(&leaf) { Bytes::RestedOn } else { Bytes::Until(now) })
    }

    /// Destroys the bytes of words that were taken back, where they may go by now. Returns of how many records.
    ///
    /// # Errors
    /// [`NodeError::Store`]; what is left is tried again.
    pub fn destroy_redacted(&mut self, now: UnixSeconds) -> Result<u64, NodeError> {
        if self.store.stands_by() {
            return Ok(0);
        }
        self.store.rewrite_due()?;
        let due: Vec<Taken> = self.taken_back(now)?;
        let due = due.into_iter().filter(|taken| taken.bytes == Bytes::Until(now));
        let mut destroyed = 0;
        for Taken { log, index, by, .. } in due {
            let Some(in_place) = self.redacted(&log, by)? else { continue };
            let words = self.words_now(&log, index);
            self.store.replace_opening(&log, index, &in_place.to_bytes(), words.as_deref())?;
            self.snapshot_len = 0;
            destroyed += 1;
        }
        Ok(destroyed)
    }

    /// Returns what stands in place of a content after a redaction; `None` if that is not here, or too long.
    fn redacted(&self, log: &Origin, by: u64) -> Result<Option<Redacted>, NodeError> {
        let stored = self.store.entries(log, by, 1)?.into_iter().next();
        let made = stored.and_then(|stored| {
            let opening = Opening::from_bytes(Domain::Terms, stored.opening.as_deref()?).ok()?;
            Some(Redacted { index: by, leaf: stored.leaf, opening })
        });
        // One that no listing of openings can hold would keep all beside it from being given: it is given to nobody.
        Ok(made.filter(|redacted| redacted.to_bytes().len() <= OPENING_LEN_MAX))
    }

    /// Returns what is given of a record's content: after a redaction that, whether the bytes are still here or not.
    pub(super) fn given(&self, log: &Origin, index: u64, held: &[u8]) -> Option<Vec<u8>> {
        match self.council.redacted_at(log, index) {
            None => Some(held.to_vec()),
            Some(by) => Some(self.redacted(log, by).ok()??.to_bytes()),
        }
    }

    /// Takes words out of the index for search as soon as they were taken back. `redaction`: the record that did.
    pub(super) fn forget_words(&self, log: &Origin, redaction: u64) -> Result<(), NodeError> {
        // Whoever writes has done so.
        if self.store.stands_by() {
            return Ok(());
        }
        let found = self.council.redactions().find(|(of, _, by)| *of == log && *by == redaction);
        let Some(index) = found.map(|(_, index, _)| index) else { return Ok(()) };
        let words = self.words_now(log, index);
        Ok(self.store.replace_words(log, index, words.as_deref())?)
    }

    /// Returns the words of a record as it reads by now.
    fn words_now(&self, log: &Origin, index: u64) -> Option<String> {
        let terms = self.council.record_at(log, index)?.terms?;
        let text = super::all_text(&veche_ledger::json::parse_canonical(terms.as_bytes()).ok()?);
        (!text.is_empty()).then_some(text)
    }
}
