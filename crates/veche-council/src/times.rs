//! The interval in which a record was made, as the logs in a cut prove it.

use crate::council::Council;
use crate::cut::Cut;
use crate::evidence::LogId;
use crate::fact::RecordId;
use crate::version::Version;
use std::collections::{BTreeMap, BTreeSet};
use veche_charter::Charter;
use veche_charter::act::Readers;
use veche_charter::marking::Marking;
use veche_charter::model::{MEMBER, Party};
use veche_ledger::{Label, PartyId, UnixSeconds};

/// When a record was made: not before `not_before`, and held by a quorum of witnesses at `at`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    /// Lower bound, `lo`: 0 if nothing is known.
    pub not_before: UnixSeconds,
    /// Upper bound, `hi`.
    pub at: UnixSeconds,
}

/// Returns true if a party's node witnesses another party's log: by status, and not its own log or one that it hosts.
#[must_use]
pub fn witnesses(charter: &Charter, witness: &PartyId, owner: &PartyId) -> bool {
    let is_witness = charter
        .parties
        .get(witness)
        .is_some_and(|party| charter.witnessing.by.contains(&party.status));
    let host = charter.parties.get(owner).and_then(|party| party.hosted_by.as_ref());
    is_witness && witness != owner && host != Some(witness)
}

/// Returns the party whose node keeps a party's log.
#[must_use]
pub fn host<'a>(party: &'a PartyId, entry: &'a Party) -> &'a PartyId {
    entry.hosted_by.as_ref().unwrap_or(party)
}

/// Who reads and who witnesses what, worked out once from the charter.
#[derive(Debug, Clone)]
pub(crate) struct Audience {
    readers: BTreeMap<Label, Readers>,
    /// Labels that reach every member.
    shared: BTreeSet<Label>,
    /// By the owner of a log: whose nodes witness it.
    witnesses: BTreeMap<PartyId, BTreeSet<PartyId>>,
}

impl Audience {
    pub(crate) fn of(charter: &Charter) -> Self {
        let readers: BTreeMap<Label, Readers> =
            charter.labels.keys().map(|label| (label.clone(), charter.readers(label))).collect();
        let members = || {
            charter.parties.iter().filter(|(_, p)| p.status.as_str() == MEMBER).map(|(id, _)| id)
        };
        let reaches_all = |label: &&Label| {
            let is_sealed = charter.labels.get(*label).is_some_and(|entry| entry.sealed);
            !is_sealed
                && readers
                    .get(*label)
                    .is_some_and(|readers| members().all(|party| readers.includes(party)))
        };
        let shared = readers.keys().filter(reaches_all).cloned().collect();
        let of_owner = |owner: &PartyId| {
            let parties = charter.parties.keys().filter(|party| witnesses(charter, party, owner));
            (owner.clone(), parties.cloned().collect())
        };
        Self { shared, witnesses: charter.parties.keys().map(of_owner).collect(), readers }
    }

    /// Returns true if a party may read records of a label of the charter.
    pub(crate) fn reads_base(&self, party: &PartyId, base: &Label) -> bool {
        self.readers.get(base).is_some_and(|readers| readers.includes(party))
    }

    /// Returns true if a party is among those whose receipts say that the content of a label was held. Of a group's label these are the readers
    /// of its base: who is in a group is told by a record that not all hold, and all must come to the same times.
    fn reads(&self, party: &PartyId, label: &Label) -> bool {
        Marking::of(label).is_some_and(|marking| self.reads_base(party, &marking.base))
    }

    /// Returns the parties whose nodes witness an owner's log.
    pub(crate) fn witnesses(&self, owner: &PartyId) -> &BTreeSet<PartyId> {
        static NONE: BTreeSet<PartyId> = BTreeSet::new();
        self.witnesses.get(owner).unwrap_or(&NONE)
    }

    /// Returns true if records of a label reach every member.
    pub(crate) fn is_for_all(&self, label: &Label) -> bool {
        self.shared.contains(label)
    }
}

impl Council {
    /// Returns how many receipts settle the time of a record of this owner under this label: `q`, or under a group's
    /// label all of the group's witnesses if they are fewer, because nobody else can hold the content.
    pub(crate) fn quorum_for(&self, version: &Version, owner: &PartyId, label: &Label) -> usize {
        let Version { charter, audience, .. } = version;
        let quorum = charter.witnessing.quorum as usize;
        if !charter.is_sealed(label) {
            return quorum;
        }
        let witnesses = audience.witnesses.get(owner).into_iter().flatten();
        quorum.min(witnesses.filter(|party| audience.reads(party, label)).count()).max(1)
    }

    /// Returns each witness that held a record, and since when, as far as the cut shows: one row a party, ascending.
    pub(crate) fn receipts(&self, id: RecordId, cut: &Cut) -> Vec<(&PartyId, UnixSeconds)> {
        self.receipts_under(self.version(id), id, cut)
    }

    /// The same, by the witnesses of a charter that the record need not name.
    pub(crate) fn receipts_under(
        &self,
        version: &Version,
        id: RecordId,
        cut: &Cut,
    ) -> Vec<(&PartyId, UnixSeconds)> {
        let fact = &self.records[id.at()];
        let log = &self.logs[fact.log.at()];
        let Version { charter, audience, .. } = version;
        let Some(witnesses) = audience.witnesses.get(&log.party) else { return Vec::new() };
        let label = self.names.labels.name(fact.label);
        let is_group = charter.is_sealed(label);
        let mut held: Vec<(&PartyId, UnixSeconds)> =
            Vec::with_capacity(log.evidence.by_witness.len());
        for (witness, receipt) in log.evidence.receipts_of(u64::from(fact.index), cut) {
            let (by, time) = (&self.logs[witness.at()], receipt.time);
            let party = &by.party;
            if self.ended_at(by, cut).is_some_and(|end| u64::from(receipt.stated_at) >= end) {
                continue;
            }
            if witnesses.contains(party) && (!is_group || audience.reads(party, label)) {
                held.push((party, time));
            }
        }
        held.sort_unstable();
        // A party with two logs: the earlier time stands first.
        held.dedup_by(|later, first| later.0 == first.0);
        held
    }

    /// Returns the interval of a record over a cut; `None` while fewer than a quorum hold it.
    pub(crate) fn interval(&self, id: RecordId, cut: &Cut) -> Option<Interval> {
        let procedure =
            self.records[id.at()].acts_on.map(|procedure| self.procedures[procedure.at()].opener);
        let fact = &self.records[id.at()];
        if self.naive.trusts_author_clock {
            return Some(Interval { not_before: fact.time, at: fact.time });
        }
        let version = self.version(id);
        let quorum =
            self.quorum_for(version, self.party_of(id), self.names.labels.name(fact.label));
        let mut times: Vec<UnixSeconds> =
            self.receipts(id, cut).into_iter().map(|(_, time)| time).collect();
        times.sort_unstable();
        let at = *times.get(quorum.checked_sub(1)?)?;
        Some(Interval { not_before: self.not_before(version, id, procedure, cut).min(at), at })
    }

    /// Returns the earliest time that a record may have over another cut that a closing may name: nothing while too few
    /// hold it. `headed`: the parties whose heads the closing carries.
    ///
    /// Two sorts of witnesses may yet state receipts of any hour: those that collude, and those of whom no head shows that
    /// they said all. The others of a quorum are at least as many as [`Self::sure_receipts`] says; where that is none, a
    /// record may have any hour.
    pub(crate) fn earliest(
        &self,
        id: RecordId,
        cut: &Cut,
        headed: &BTreeSet<PartyId>,
    ) -> Option<UnixSeconds> {
        self.earliest_under(self.version(id), id, cut, headed)
    }

    /// The same, by the witnesses of a charter that the record need not name.
    pub(crate) fn earliest_under(
        &self,
        version: &Version,
        id: RecordId,
        cut: &Cut,
        headed: &BTreeSet<PartyId>,
    ) -> Option<UnixSeconds> {
        let label = self.names.labels.name(self.records[id.at()].label);
        let sure = self.sure_receipts(version, self.party_of(id), label, headed);
        let Some(last) = sure.checked_sub(1) else {
            return Some(UnixSeconds(0));
        };
        let mut times: Vec<UnixSeconds> = self
            .receipts_under(version, id, cut)
            .into_iter()
            .filter(|(party, _)| headed.contains(*party))
            .map(|(_, time)| time)
            .collect();
        times.sort_unstable();
        times.get(last).copied()
    }

    /// Returns how many of the receipts that settle a record's time are for certain of witnesses that are honest and have
    /// said all: of the quorum, without as many as may collude and those that have no head.
    pub(crate) fn sure_receipts(
        &self,
        version: &Version,
        owner: &PartyId,
        label: &Label,
        headed: &BTreeSet<PartyId>,
    ) -> usize {
        let Version { charter, audience, .. } = version;
        let is_group = charter.is_sealed(label);
        let witnesses = audience.witnesses.get(owner).into_iter().flatten();
        let unheard = witnesses
            .filter(|party| !is_group || audience.reads(party, label))
            .filter(|party| !headed.contains(*party))
            .count();
        let doubtful = unheard.saturating_add(charter.witnessing.colluding as usize);
        self.quorum_for(version, owner, label).saturating_sub(doubtful)
    }

    /// Returns the time before which a record cannot have been made: what its author's own receipts before it admit, and
    /// what the heads that it cites prove. Of the latter one more is needed than may collude, so that one is honest.
    ///
    /// Only statements made after the procedure's opening count, that is beyond the heads which the opening record
    /// cites: a certificate holds those and no earlier ones, and must come to the same times.
    fn not_before(
        &self,
        version: &Version,
        record: RecordId,
        opened: Option<RecordId>,
        cut: &Cut,
    ) -> UnixSeconds {
        let (log, index) =
            (self.records[record.at()].log, u64::from(self.records[record.at()].index));
        let floor = |of: LogId| opened.map_or(0, |opener| self.floor(opener, of));
        let own = self.logs[log.at()].admissions.between(floor(log), index).unwrap_or_default();
        let mut cited: BTreeMap<&PartyId, UnixSeconds> = BTreeMap::new();
        for (other, heads) in &self.logs[log.at()].seen {
            let end = heads.partition_point(|(at, _)| u64::from(*at) <= index);
            let Some((at, size)) = end.checked_sub(1).map(|last| heads[last]) else { continue };
            let is_after = u64::from(at) >= floor(log);
            // What an ended log says beyond its end admits nothing.
            let size = self.ended_at(&self.logs[other.at()], cut).map_or(size, |end| end.min(size));
            let Some(time) = self.logs[other.at()].admissions.between(floor(*other), size) else {
                continue;
            };
            if is_after {
                let latest = cited.entry(&self.logs[other.at()].party).or_default();
                *latest = time.max(*latest);
            }
        }
        let mut times: Vec<UnixSeconds> = cited.into_values().collect();
        times.sort_unstable_by(|a, b| b.cmp(a));
        let proven =
            times.get(version.charter.witnessing.colluding as usize).copied().unwrap_or_default();
        own.max(proven)
    }

    /// Returns how much of a log existed, for certain, before a procedure was opened: what the opening record cites, and of
    /// its own log what stands before it.
    pub(crate) fn floor(&self, opener: RecordId, log: LogId) -> u64 {
        let fact = &self.records[opener.at()];
        if fact.log == log {
            return u64::from(fact.index);
        }
        fact.seen.iter().find(|(cited, _)| *cited == log).map_or(0, |(_, size)| *size)
    }
}
