//! The fold's state and how a record enters it.
//!
//! [`Council::apply`] keeps what a record says and marks the procedures that it touches; [`Council::settle`] evaluates
//! those again, each from scratch over what is held. State is therefore a function of the set of records, not of the
//! order in which they came.

use crate::closing::ClosingTerms;
use crate::entry::{
    CLOSING, EPOCH, Entry, REDACTION, RESIGNING, REVOCATION, SignerRole, Terms, WITNESS,
};
use crate::evidence::{Admissions, Claim, Claims, LogEvidence, LogId, Receipt};
use crate::fact::{Fact, Names, ProcedureId, RecordId, Standing};
use crate::ingest::Unproven;
use crate::owed::OwedIndex;
use crate::procedure::{Procedure, Spawned};
use crate::ruling::Ruling;
use crate::sharing::{Sharing, gives};
use crate::version::{Version, VersionId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use veche_charter::Charter;
use veche_charter::model::Act;
use veche_ledger::json::Value;
use veche_ledger::{Hash, Label, LeafIndex, Origin, PartyId, UnixSeconds};

/// Most records that one fold takes: its numbers have 32 bits.
pub const RECORDS_MAX: usize = u32::MAX as usize - 1;

/// Why a record did not enter the fold. Each is the caller's or the author's fault; the state is unchanged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// The log belongs to no party of the charter.
    #[error("log `{log}` belongs to no party of the charter")]
    UnknownLog {
        /// The log.
        log: Origin,
    },
    /// Records of one log come in their order.
    #[error("record {index} of `{log}` comes out of its order: {expected} is next")]
    OutOfOrder {
        /// The log.
        log: Origin,
        /// The number given.
        index: u64,
        /// The number that is next.
        expected: u64,
    },
    /// The fold is full.
    #[error("the fold holds {RECORDS_MAX} records, which is all it can")]
    Full,
    /// A system record whose terms are not of their form. Its author misbehaved; it is kept and has no effect.
    #[error("the terms of `{kind}` record {index} of `{log}` are not of their form")]
    BadTerms {
        /// The log.
        log: Origin,
        /// The number.
        index: u64,
        /// The kind.
        kind: String,
    },
}

/// One log inside the fold.
#[derive(Debug, Clone)]
pub(crate) struct Log {
    pub(crate) origin: Origin,
    pub(crate) party: PartyId,
    /// The record at each number; those that are receipts only have none.
    pub(crate) rows: Vec<Option<RecordId>>,
    /// Who held how much of this log, and when.
    pub(crate) evidence: LogEvidence,
    /// What others state of it beyond what is held.
    pub(crate) claims: Claims,
    /// The hours that this log's own receipts admit.
    pub(crate) admissions: Admissions,
    /// Heads of other logs that this one has cited, as (own number, size), ascending.
    pub(crate) seen: Vec<(LogId, Vec<(u32, u64)>)>,
    /// Keys withdrawn in this log.
    pub(crate) revocations: Vec<Revocation>,
    /// The number from which on records have no weight, because a new epoch says so, and the epoch record's place.
    pub(crate) ends_at: Option<(u64, LogId, u32)>,
}

/// A key withdrawn.
#[derive(Debug, Clone)]
pub(crate) struct Revocation {
    pub(crate) key: String,
    pub(crate) last_good_size: u64,
    pub(crate) stated_at: u32,
}

impl Log {
    pub(crate) fn size(&self) -> u64 {
        self.rows.len() as u64
    }
}

/// Ways in which a fold can be made naive, so that an exercise shows what the shipped rules are good for. A fold that
/// decides anything has none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Naive {
    /// A record's time is what its author says, and a decision is worked out over all that is held, not over its cut.
    pub trusts_author_clock: bool,
    /// What a lost key signed stands.
    pub ignores_revocation: bool,
    /// A result is certified though receipts not stated yet, or kept back, could give another over another cut.
    pub certifies_what_may_turn: bool,
    /// A head from before a state was reached proves that its log has nothing against it.
    pub takes_old_heads: bool,
    /// A cut may leave out of an ended log what its last epoch does not count, whoever held it.
    pub lets_epochs_hide: bool,
    /// A text binds those whom it has not reached, too.
    pub binds_unheard: bool,
}

/// The state of an organisation: what its members' records make true under its charter.
#[derive(Debug, Clone)]
pub struct Council {
    /// The genesis charter, then what replaced it.
    pub(crate) versions: Vec<Version>,
    /// What records name, and the version that it stands for.
    pub(crate) in_force: BTreeMap<Hash, VersionId>,
    /// Amendments that only a later program understands.
    pub(crate) beyond: Vec<RecordId>,
    pub(crate) naive: Naive,
    pub(crate) names: Names,
    pub(crate) logs: Vec<Log>,
    pub(crate) by_origin: BTreeMap<Origin, LogId>,
    pub(crate) records: Vec<Fact>,
    pub(crate) by_leaf: BTreeMap<Hash, RecordId>,
    pub(crate) spawned: BTreeMap<Hash, ProcedureId>,
    pub(crate) waiting: BTreeMap<Hash, Vec<RecordId>>,
    pub(crate) resigned: BTreeMap<Hash, Vec<RecordId>>,
    /// The redaction of each record whose words its author took back; it follows from the records.
    pub(crate) redacted: BTreeMap<RecordId, RecordId>,
    pub(crate) procedures: Vec<Procedure>,
    pub(crate) dirty: Vec<ProcedureId>,
    pub(crate) stalled: BTreeSet<ProcedureId>,
    /// Numbers for people, as authors gave them; the first that arrived here keeps the number.
    pub(crate) by_number: BTreeMap<Box<str>, ProcedureId>,
    /// Procedures that end in an outcome and are not decided yet.
    pub(crate) undecided: BTreeSet<ProcedureId>,
    /// Next deadline of each procedure that has one, soonest first.
    pub(crate) deadlines: BTreeSet<(UnixSeconds, ProcedureId)>,
    /// Duties that nobody has met yet.
    pub(crate) owed: OwedIndex,
    /// Groups, releases, and contents that are not held.
    pub(crate) sharing: Sharing,
}

impl Council {
    /// Opens an empty state under a charter.
    #[must_use]
    pub fn new(charter: Arc<Charter>) -> Self {
        Self {
            in_force: BTreeMap::from([(charter.hash, VersionId::GENESIS)]),
            beyond: Vec::new(),
            naive: Naive::default(),
            names: Names::default(),
            logs: Vec::new(),
            by_origin: BTreeMap::new(),
            records: Vec::new(),
            by_leaf: BTreeMap::new(),
            spawned: BTreeMap::new(),
            waiting: BTreeMap::new(),
            resigned: BTreeMap::new(),
            redacted: BTreeMap::new(),
            procedures: Vec::new(),
            dirty: Vec::new(),
            stalled: BTreeSet::new(),
            by_number: BTreeMap::new(),
            undecided: BTreeSet::new(),
            deadlines: BTreeSet::new(),
            owed: OwedIndex::of(charter.parties.keys()),
            sharing: Sharing::default(),
            versions: vec![Version::genesis(charter)],
        }
    }

    /// Returns the keys withdrawn in a log: name, and the number from which on what they signed is suspended.
    #[must_use]
    pub fn revocations(&self, log: &Origin) -> Vec<(String, u64)> {
        let log = self.by_origin.get(log).map(|id| &self.logs[id.at()]);
        let rows = log.into_iter().flat_map(|log| &log.revocations);
        rows.map(|revocation| (revocation.key.clone(), revocation.last_good_size)).collect()
    }

    /// Returns the size of a log up to its last record that is more than a receipt.
    #[must_use]
    pub fn acts_until(&self, log: &Origin) -> u64 {
        let rows = self
            .by_origin
            .get(log)
            .map(|id| self.logs[id.at()].rows.as_slice())
            .unwrap_or_default();
        rows.iter().rposition(Option::is_some).map_or(0, |last| last as u64 + 1)
    }

    /// Makes the fold naive: see [`Naive`].
    pub const fn set_naive(&mut self, naive: Naive) {
        self.naive = naive;
    }

    /// Returns how many receipts are in the state.
    #[must_use]
    pub fn receipt_count(&self) -> usize {
        let of_log = |log: &Log| {
            log.evidence.by_witness.iter().map(|(_, receipts)| receipts.rows().len()).sum::<usize>()
        };
        self.logs.iter().map(of_log).sum()
    }

    /// Returns how many records of a log are in the state.
    #[must_use]
    pub fn size_of(&self, log: &Origin) -> u64 {
        self.by_origin.get(log).map_or(0, |id| self.logs[id.at()].size())
    }

    /// Returns the procedure with this number for people: `P-1`.
    #[must_use]
    pub fn by_number(&self, number: &str) -> Option<Hash> {
        self.by_number.get(number).map(|id| self.name_of(*id))
    }

    /// Returns how many records are in the state, receipts included.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.logs.iter().map(Log::size).sum()
    }

    /// Returns true if no record has come yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the organisation's default label: every node reads what is under it.
    #[must_use]
    pub fn for_all(&self) -> &Label {
        &self.genesis().default_label
    }

    /// Returns true if a log's party is in a charter in force.
    #[must_use]
    pub fn knows_log(&self, log: &Origin) -> bool {
        PartyId::parse(log.party()).is_ok_and(|party| self.knows(&party))
    }

    /// Returns true if a party is in a charter in force.
    pub(crate) fn knows(&self, party: &PartyId) -> bool {
        self.versions.iter().any(|version| version.charter.parties.contains_key(party))
    }

    /// Takes the next record of its log.
    ///
    /// # Errors
    /// [`ApplyError::UnknownLog`], [`ApplyError::OutOfOrder`] and [`ApplyError::Full`] leave the state as it was.
    /// [`ApplyError::BadTerms`] keeps the record, without effect: it has its number in its log.
    pub fn apply(&mut self, entry: Entry) -> Result<(), ApplyError> {
        if self.records.len() >= RECORDS_MAX {
            return Err(ApplyError::Full);
        }
        let log = self.log_of(&entry.log)?;
        if !self.knows(&self.logs[log.at()].party) {
            return Err(ApplyError::UnknownLog { log: entry.log });
        }
        let expected = self.logs[log.at()].size();
        let index = u32::try_from(expected).unwrap_or(u32::MAX);
        if entry.index.0 != expected {
            return Err(ApplyError::OutOfOrder { log: entry.log, index: entry.index.0, expected });
        }
        self.note_seen(log, index, &entry);
        if entry.kind.as_str() == WITNESS {
            self.logs[log.at()].rows.push(None);
            return self.apply_receipts(log, index, &entry);
        }
        if self.by_leaf.contains_key(&entry.leaf) {
            // A record logged a second time says nothing a second time: `formats/record.md`.
            self.logs[log.at()].rows.push(None);
            return Ok(());
        }
        let kind = entry.is_system().then(|| entry.kind.clone());
        let seen = if self.may_open(&entry) { self.cited(&entry) } else { Box::default() };
        let mut fact = self.names.fact(log, index, entry);
        fact.seen = seen;
        let id = RecordId(u32::try_from(self.records.len()).unwrap_or(u32::MAX));
        self.logs[log.at()].rows.push(Some(id));
        self.by_leaf.insert(fact.leaf, id);
        if fact.terms.is_none() && kind.is_none() {
            self.sharing.unopened.insert(id);
        }
        self.records.push(fact);
        match kind {
            None => {
                self.link(id);
                Ok(())
            }
            Some(kind) => self.apply_system(id, kind.as_str()),
        }
    }

    /// Opens a log of which only the records from `size` on will come: a certificate holds no earlier ones.
    ///
    /// # Errors
    /// [`ApplyError::UnknownLog`]; [`ApplyError::OutOfOrder`] if the log has records already.
    pub fn begin_log(&mut self, origin: &Origin, size: u64) -> Result<(), ApplyError> {
        let log = self.log_of(origin)?;
        let expected = self.logs[log.at()].size();
        if expected != 0 {
            return Err(ApplyError::OutOfOrder { log: origin.clone(), index: size, expected });
        }
        self.logs[log.at()].rows = vec![None; usize::try_from(size).map_err(|_| ApplyError::Full)?];
        Ok(())
    }

    /// Takes a record from before the beginning of its log as held here: what an opening record is about.
    ///
    /// # Errors
    /// As [`Self::apply`], if the log does not begin after it or its place is taken.
    pub fn apply_earlier(&mut self, entry: Entry) -> Result<(), ApplyError> {
        let log = self.log_of(&entry.log)?;
        let expected = self.logs[log.at()].size();
        let out_of_order =
            ApplyError::OutOfOrder { log: entry.log.clone(), index: entry.index.0, expected };
        let (Ok(at), Ok(index)) = (usize::try_from(entry.index.0), u32::try_from(entry.index.0))
        else {
            return Err(out_of_order);
        };
        if self.logs[log.at()].rows.get(at) != Some(&None) {
            return Err(out_of_order);
        }
        let seen = self.cited(&entry);
        let mut fact = self.names.fact(log, index, entry);
        fact.seen = seen;
        let id = RecordId(u32::try_from(self.records.len()).unwrap_or(u32::MAX));
        self.logs[log.at()].rows[at] = Some(id);
        self.by_leaf.insert(fact.leaf, id);
        self.records.push(fact);
        self.link(id);
        Ok(())
    }

    /// Finds or opens a log. It may be cited before the charter that brings its party is in force here; its records are taken
    /// only then, and its epoch is checked where its first record is verified.
    pub(crate) fn log_of(&mut self, origin: &Origin) -> Result<LogId, ApplyError> {
        if let Some(log) = self.by_origin.get(origin) {
            return Ok(*log);
        }
        let unknown = || ApplyError::UnknownLog { log: origin.clone() };
        let organisation = origin.as_str().split('/').next().unwrap_or_default();
        let party = PartyId::parse(origin.party()).map_err(|_| unknown())?;
        if organisation != self.genesis().organisation {
            return Err(unknown());
        }
        let id = LogId(u16::try_from(self.logs.len()).map_err(|_| ApplyError::Full)?);
        self.logs.push(Log {
            origin: origin.clone(),
            party,
            rows: Vec::new(),
            evidence: LogEvidence::default(),
            claims: Claims::default(),
            admissions: Admissions::default(),
            seen: Vec::new(),
            revocations: Vec::new(),
            ends_at: None,
        });
        self.by_origin.insert(origin.clone(), id);
        Ok(id)
    }

    /// Returns true if a record may open a procedure: by the charter that it names, or by one not in force here yet.
    pub(crate) fn may_open(&self, entry: &Entry) -> bool {
        self.charter_named(&entry.charter).is_none_or(|charter| {
            charter.acts.get(&entry.kind).is_some_and(|act| act.opens.is_some())
        })
    }

    pub(crate) fn cited(&self, entry: &Entry) -> Box<[(LogId, u64)]> {
        entry
            .seen
            .iter()
            .filter_map(|head| Some((*self.by_origin.get(&head.log)?, head.size)))
            .collect()
    }

    /// Keeps the heads that a record cites. What a log has once seen it knows for ever, so only growth is kept.
    fn note_seen(&mut self, log: LogId, index: u32, entry: &Entry) {
        for head in &entry.seen {
            let Ok(cited) = self.log_of(&head.log) else { continue };
            let rows = &mut self.logs[log.at()].seen;
            let at = rows.partition_point(|(other, _)| *other < cited);
            if rows.get(at).is_none_or(|(other, _)| *other != cited) {
                rows.insert(at, (cited, Vec::new()));
            }
            if rows[at].1.last().is_none_or(|(_, size)| head.size > *size) {
                rows[at].1.push((index, head.size));
            }
        }
    }

    /// Takes a `witness` record: at one time, how much of which logs its author's node held.
    fn apply_receipts(
        &mut self,
        witness: LogId,
        index: u32,
        entry: &Entry,
    ) -> Result<(), ApplyError> {
        let bad = || ApplyError::BadTerms {
            log: entry.log.clone(),
            index: entry.index.0,
            kind: entry.kind.to_string(),
        };
        // A receipt is the node's statement: an officer's key, lost or lent, makes none.
        if !entry.signers.iter().any(|signer| signer.role == SignerRole::Node) {
            return Err(bad());
        }
        let Terms::Held(bytes) = &entry.terms else { return Err(bad()) };
        let statement = WitnessStatement::parse(bytes).ok_or_else(bad)?;
        self.logs[witness.at()].admissions.push(index, statement.time);
        for (origin, size) in statement.heads {
            // A head of a log that nobody has says nothing; the record is in its author's log all the same.
            let Ok(log) = self.log_of(&origin) else { continue };
            let receipt = Receipt { size, time: statement.time, stated_at: index };
            if let Some(from) = self.logs[log.at()].evidence.of(witness).push(receipt) {
                self.mark_records(log, from, size);
            }
        }
        Ok(())
    }

    /// Keeps what a record that was just applied states of logs beyond what is held of them. It proves nothing before
    /// [`Self::prove`] says what the root is; a closing has no effect as long as it names what is not here.
    pub fn claim(&mut self, log: &Origin, index: LeafIndex, unproven: &Unproven) {
        let (Some(by), Ok(stated_at)) = (self.by_origin.get(log).copied(), u32::try_from(index.0))
        else {
            return;
        };
        for head in &unproven.heads {
            let Ok(of) = self.log_of(&head.log) else { continue };
            let log = &mut self.logs[of.at()];
            // A witness whose receipts all wait is one all the same.
            let _receipts = log.evidence.of(by);
            let claim = Claim { root: head.root, by, stated_at, time: unproven.time };
            log.claims.add(head.size, claim);
        }
    }

    /// Compares what was claimed of a log at a size with the root that it has there: to be called as soon as the log is held so
    /// far, and before [`Self::settle`]. A receipt that is true counts; a closing that is false proves nothing.
    pub fn prove(&mut self, log: &Origin, size: u64, root: impl FnOnce() -> Hash) {
        let Some(of) = self.by_origin.get(log).copied() else { return };
        let claims = self.logs[of.at()].claims.take(size);
        if claims.is_empty() {
            return;
        }
        let root = root();
        for claim in claims {
            match claim.time {
                Some(time) if claim.root == root => {
                    let receipt = Receipt { size, time, stated_at: claim.stated_at };
                    let evidence = &mut self.logs[of.at()].evidence;
                    if let Some(from) = evidence.of(claim.by).push(receipt) {
                        self.mark_records(of, from, size);
                    }
                }
                None if claim.root != root => self.disprove(&claim),
                Some(_) | None => {}
            }
        }
    }

    fn disprove(&mut self, closing: &Claim) {
        let rows = &self.logs[closing.by.at()].rows;
        let row = usize::try_from(closing.stated_at).ok().and_then(|at| rows.get(at));
        if let Some(id) = row.copied().flatten() {
            self.records[id.at()].terms = None;
            self.mark_record(id);
        }
    }

    /// Marks the procedures of the records whose time a receipt may have changed.
    fn mark_records(&mut self, log: LogId, from: u64, to: u64) {
        let rows = &self.logs[log.at()].rows;
        let end = usize::try_from(to).unwrap_or(usize::MAX).min(rows.len());
        let start = usize::try_from(from).unwrap_or(usize::MAX).min(end);
        for index in start..end {
            if let Some(id) = self.logs[log.at()].rows[index] {
                self.mark_record(id);
            }
        }
    }

    pub(crate) fn mark_record(&mut self, id: RecordId) {
        let fact = &self.records[id.at()];
        let (acts_on, opens) = (fact.acts_on, fact.opens);
        for procedure in [acts_on, opens].into_iter().flatten() {
            self.mark(procedure);
        }
        if acts_on.is_none() && opens.is_none() {
            self.mark_withdrawn(id);
        }
    }

    /// Marks what a record takes back or gives again: it does so when a quorum holds it.
    fn mark_withdrawn(&mut self, id: RecordId) {
        let (log, index) = (self.records[id.at()].log, self.records[id.at()].index);
        match self.names.kinds.name(self.records[id.at()].kind).as_str() {
            REVOCATION => {
                let stated = self.logs[log.at()].revocations.iter().find(|r| r.stated_at == index);
                if let Some(from) = stated.map(|revocation| revocation.last_good_size) {
                    self.mark_records(log, from, u64::from(index));
                }
            }
            EPOCH => {
                let ended = (0_u16..).map(LogId).zip(&self.logs);
                let mut ended = ended.filter_map(|(old, held)| Some((old, held.ends_at?)));
                if let Some((old, (size, ..))) = ended.find(|(_, (_, by, _))| *by == log) {
                    self.mark_records(old, size, u64::MAX);
                }
            }
            RESIGNING => {
                for leaf in self.records[id.at()].about.clone() {
                    if let Some(record) = self.by_leaf.get(&leaf).copied().filter(|r| *r != id) {
                        self.mark_record(record);
                    }
                }
            }
            _ => {}
        }
    }

    pub(crate) fn mark(&mut self, id: ProcedureId) {
        let procedure = &mut self.procedures[id.at()];
        if !procedure.is_dirty {
            procedure.is_dirty = true;
            self.dirty.push(id);
        }
    }

    fn apply_system(&mut self, id: RecordId, kind: &str) -> Result<(), ApplyError> {
        self.records[id.at()].standing = Standing::Admitted;
        match kind {
            CLOSING => self.link_closing(id),
            REVOCATION => self.apply_revocation(id),
            RESIGNING => {
                for leaf in self.records[id.at()].about.clone() {
                    self.resigned.entry(leaf).or_default().push(id);
                    if let Some(record) = self.by_leaf.get(&leaf).copied() {
                        self.mark_record(record);
                    }
                }
                Ok(())
            }
            EPOCH => self.apply_epoch(id),
            _ => Ok(()),
        }
    }

    fn link_closing(&mut self, id: RecordId) -> Result<(), ApplyError> {
        if !self.records[id.at()].by_node {
            return Err(self.bad_terms(id));
        }
        let Some(target) = self.records[id.at()].about.first().copied() else {
            return Err(self.bad_terms(id));
        };
        match self.procedure_opened_by(&target) {
            Some(procedure) => {
                if !self.is_cosigned(id, procedure) {
                    // It keeps its place, and proves nothing.
                    self.records[id.at()].terms = None;
                }
                self.procedures[procedure.at()].closings.push(id);
                self.records[id.at()].acts_on = Some(procedure);
                self.mark(procedure);
            }
            None => self.waiting.entry(target).or_default().push(id),
        }
        Ok(())
    }

    /// Checks the cosignatures in a closing record with the keys of the charter that its procedure was opened under. A charter
    /// without keys is a template: nobody can sign under it, and there is nothing to check.
    fn is_cosigned(&self, closing: RecordId, procedure: ProcedureId) -> bool {
        let keys = &self.version_of(procedure).witness_keys;
        let terms = self.terms_of(closing);
        keys.is_empty()
            || terms
                .as_ref()
                .and_then(ClosingTerms::parse)
                .is_some_and(|terms| crate::ingest::all_cosigned(&terms, keys))
    }

    fn apply_revocation(&mut self, id: RecordId) -> Result<(), ApplyError> {
        let (log, index) = (self.records[id.at()].log, self.records[id.at()].index);
        if !self.records[id.at()].by_root {
            return Err(self.bad_terms(id));
        }
        let terms = self.terms_of(id);
        let key =
            terms.as_ref().and_then(|t| t.get("key")).and_then(Value::as_text).map(str::to_owned);
        let size = terms.as_ref().and_then(|t| t.get("last_good_size")).and_then(Value::as_size);
        let (Some(key), Some(last_good_size)) = (key, size) else { return Err(self.bad_terms(id)) };
        self.logs[log.at()].revocations.push(Revocation { key, last_good_size, stated_at: index });
        self.mark_records(log, last_good_size, u64::from(index));
        Ok(())
    }

    fn apply_epoch(&mut self, id: RecordId) -> Result<(), ApplyError> {
        let (log, index) = (self.records[id.at()].log, self.records[id.at()].index);
        if !self.records[id.at()].by_root || index != 0 {
            return Err(self.bad_terms(id));
        }
        let terms = self.terms_of(id);
        let old = terms.as_ref().and_then(|t| t.get("old_log")).and_then(Value::as_text);
        let old = old.and_then(|text| Origin::parse(text).ok());
        let size = terms.as_ref().and_then(|t| t.get("last_good_size")).and_then(Value::as_size);
        let (Some(old), Some(size)) = (old, size) else { return Err(self.bad_terms(id)) };
        let old = self.log_of(&old).map_err(|_| self.bad_terms(id))?;
        if self.logs[old.at()].party != self.logs[log.at()].party {
            return Err(self.bad_terms(id));
        }
        self.logs[old.at()].ends_at = Some((size, log, index));
        let end = self.logs[old.at()].size();
        self.mark_records(old, size, end);
        Ok(())
    }

    fn bad_terms(&self, id: RecordId) -> ApplyError {
        let fact = &self.records[id.at()];
        ApplyError::BadTerms {
            log: self.logs[fact.log.at()].origin.clone(),
            index: u64::from(fact.index),
            kind: self.names.kinds.name(fact.kind).to_string(),
        }
    }

    /// Puts a record to the procedure that it is about, or lets it wait; then those that waited for it.
    pub(crate) fn link(&mut self, first: RecordId) {
        let mut work = vec![first];
        while let Some(id) = work.pop() {
            if !self.link_one(id) {
                continue;
            }
            let leaf = self.records[id.at()].leaf;
            work.extend(self.waiting.remove(&leaf).unwrap_or_default());
        }
    }

    /// Returns false if the record still waits.
    fn link_one(&mut self, id: RecordId) -> bool {
        if self.names.kinds.name(self.records[id.at()].kind).as_str() == CLOSING {
            return self.link_closing(id).is_ok();
        }
        let target = match self.records[id.at()].about.first().copied() {
            None => None,
            Some(leaf) => match self.target(&leaf) {
                Some(procedure) => procedure,
                None => {
                    self.waiting.entry(leaf).or_default().push(id);
                    return false;
                }
            },
        };
        let target = target.filter(|_| !self.act_of(id).is_some_and(gives));
        self.records[id.at()].acts_on = target;
        let ruling = self.rule_on(id);
        match &ruling {
            Ruling::NotInForce { named } => {
                self.waiting.entry(*named).or_default().push(id);
                return false;
            }
            Ruling::Beyond { .. } => self.beyond.push(id),
            Ruling::Admitted | Ruling::Refused(_) | Ruling::Waiting { .. } | Ruling::Withheld => {}
        }
        self.records[id.at()].standing = ruling.standing();
        if matches!(ruling.standing(), Standing::Admitted) {
            if self.names.kinds.name(self.records[id.at()].kind).as_str() == REDACTION {
                self.redact(id);
            }
            self.enter(id, target);
        } else if let Some(target) = target {
            self.procedures[target.at()].attached.push(id);
            self.mark(target);
        }
        true
    }

    /// Returns the procedure behind a leaf or the name of something spawned; `None` if it is not here or waits itself.
    fn target(&self, leaf: &Hash) -> Option<Option<ProcedureId>> {
        if let Some(procedure) = self.spawned.get(leaf) {
            return Some(Some(*procedure));
        }
        let fact = &self.records[self.by_leaf.get(leaf)?.at()];
        match fact.standing {
            Standing::Waiting => None,
            Standing::Admitted | Standing::Refused | Standing::Withheld => {
                Some(fact.opens.or(fact.acts_on))
            }
        }
    }

    pub(crate) fn procedure_opened_by(&self, leaf: &Hash) -> Option<ProcedureId> {
        self.spawned.get(leaf).copied().or_else(|| self.records[self.by_leaf.get(leaf)?.at()].opens)
    }

    fn enter(&mut self, id: RecordId, target: Option<ProcedureId>) {
        let charter = Arc::clone(&self.version(id).charter);
        let Some(act) = charter.acts.get(self.names.kinds.name(self.records[id.at()].kind)) else {
            return;
        };
        if let Some(target) = target {
            let procedure = &mut self.procedures[target.at()];
            if is_event(act) {
                procedure.events.push(id);
            } else {
                procedure.attached.push(id);
            }
            self.mark(target);
        }
        self.note_sharing(id);
        if act.opens.is_some() {
            let opened = self.open(Procedure::new(id, None, target));
            self.records[id.at()].opens = Some(opened);
        }
    }

    /// Adds a procedure under its parent.
    pub(crate) fn open(&mut self, procedure: Procedure) -> ProcedureId {
        let id = ProcedureId(u32::try_from(self.procedures.len()).unwrap_or(u32::MAX));
        if let Some(parent) = procedure.parent {
            self.procedures[parent.at()].children.push(id);
        }
        self.procedures.push(procedure);
        if let Some(number) =
            self.opening_terms(id).as_ref().and_then(|t| t.get("ref")).and_then(Value::as_text)
        {
            self.by_number.entry(number.into()).or_insert(id);
        }
        self.mark(id);
        id
    }

    /// Opens what a decision spawns, and lets in what waited for it.
    pub(crate) fn open_spawned(&mut self, parent: ProcedureId, spawned: Spawned) {
        if self.spawned.contains_key(&spawned.id) {
            return;
        }
        let (name, opener) = (spawned.id, self.procedures[parent.at()].opener);
        let id = self.open(Procedure::new(opener, Some(spawned), Some(parent)));
        self.spawned.insert(name, id);
        for waiting in self.waiting.remove(&name).unwrap_or_default() {
            self.link(waiting);
        }
    }

    /// Returns a record's terms as a value, if they are held and of the form.
    pub(crate) fn terms_of(&self, id: RecordId) -> Option<Value> {
        veche_ledger::json::parse_canonical(self.records[id.at()].terms.as_deref()?).ok()
    }

    pub(crate) fn act_of(&self, id: RecordId) -> Option<&Act> {
        self.version(id).charter.acts.get(self.names.kinds.name(self.records[id.at()].kind))
    }

    pub(crate) fn party_of(&self, id: RecordId) -> &PartyId {
        &self.logs[self.records[id.at()].log.at()].party
    }
}

/// Returns true if an act moves the machine that it is about; others are attached to it.
pub(crate) const fn is_event(act: &Act) -> bool {
    act.event.is_some() || act.event_field.is_some()
}

/// What a `witness` record says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WitnessStatement {
    /// When its author's node held the heads, by its own clock.
    pub time: UnixSeconds,
    /// Log and size.
    pub heads: Vec<(Origin, u64)>,
}

impl WitnessStatement {
    /// Reads the terms `{"heads":[["<origin>",<size>,"<root>"],..],"time":".."}`.
    #[must_use]
    pub fn parse(terms: &[u8]) -> Option<Self> {
        let terms = veche_ledger::json::parse_canonical(terms).ok()?;
        let time = UnixSeconds::parse(terms.get("time")?.as_text()?).ok()?;
        let heads = terms.get("heads")?.as_list()?.iter().map(|head| {
            let head = head.as_list()?;
            Some((Origin::parse(head.first()?.as_text()?).ok()?, head.get(1)?.as_size()?))
        });
        Some(Self { time, heads: heads.collect::<Option<_>>()? })
    }
}
