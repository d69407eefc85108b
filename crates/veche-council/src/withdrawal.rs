//! What is taken back: by the loss of a key, by the end of a log's epoch; and given again, by signing anew.
//!
//! Each takes effect when a quorum held it, and changes nothing in what had come to its outcome before: else a member could
//! object, have the objection certified, and then take it back for a second, contrary certificate.
//! `formats/certificate.md`, section 4.

use crate::council::Council;
use crate::cut::Cut;
use crate::evidence::LogId;
use crate::fact::{ProcedureId, RecordId, Standing};
use std::collections::{BTreeMap, BTreeSet};
use veche_charter::machine::{self, Event, Run, Setting};
use veche_charter::model::Machine;
use veche_ledger::{Origin, PartyId, UnixSeconds};

/// What one record takes from the records of a procedure, or gives back, and since when.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Withdrawal {
    at: UnixSeconds,
    log: Origin,
    index: u64,
    takes: BTreeSet<RecordId>,
    gives: BTreeSet<RecordId>,
}

/// The records of a procedure that have no effect in one of its units.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Suspended(BTreeSet<RecordId>);

impl Suspended {
    pub(crate) fn holds(&self, record: RecordId) -> bool {
        self.0.contains(&record)
    }

    /// Returns true if an event is one of a record that has effect. What is only supposed has.
    pub(crate) fn lets_through(&self, event: &Event) -> bool {
        u32::try_from(event.reference).map_or(true, |id| !self.holds(RecordId(id)))
    }
}

/// Runs a unit over the statements about it, the withdrawals among them taken in their order.
pub(crate) fn run(
    machine: &Machine,
    setting: &Setting<'_>,
    start: UnixSeconds,
    events: &[Event],
    withdrawals: &[Withdrawal],
) -> (Run, Suspended) {
    let mut suspended = Suspended::default();
    if withdrawals.is_empty() {
        return (machine::run(machine, setting, start, events), suspended);
    }
    let at_of = |record: &RecordId| {
        let event = events.iter().find(|event| event.reference == u64::from(record.0));
        event.map(|event| event.at)
    };
    let mut has_ended = false;
    for withdrawal in withdrawals {
        if !has_ended {
            let counts =
                |event: &&Event| event.at <= withdrawal.at && suspended.lets_through(event);
            let so_far: Vec<Event> = events.iter().filter(counts).cloned().collect();
            let run = machine::run(machine, setting, start, &so_far);
            let run = machine::view(machine, setting, &run, withdrawal.at);
            let state = machine.states.get(&run.state);
            has_ended = run.since <= withdrawal.at && state.is_some_and(|s| s.outcome.is_some());
        }
        if has_ended {
            let is_later = |record: &&RecordId| at_of(record).is_some_and(|at| at > withdrawal.at);
            suspended.0.extend(withdrawal.takes.iter().filter(is_later));
        } else {
            suspended.0.extend(&withdrawal.takes);
            suspended.0.retain(|record| !withdrawal.gives.contains(record));
        }
    }
    let counts: Vec<Event> =
        events.iter().filter(|event| suspended.lets_through(event)).cloned().collect();
    (machine::run(machine, setting, start, &counts), suspended)
}

impl Council {
    /// Returns what was taken back of the records of a procedure, in the order in which a quorum held that it was.
    pub(crate) fn withdrawals(&self, id: ProcedureId, cut: &Cut) -> Vec<Withdrawal> {
        let version = self.version_of(id);
        let quorum = (version.charter.witnessing.quorum as usize).checked_sub(1);
        self.withdrawals_at(id, cut, &|record| {
            let mut times: Vec<UnixSeconds> =
                self.receipts_under(version, record, cut).into_iter().map(|(_, at)| at).collect();
            times.sort_unstable();
            times.get(quorum?).copied()
        })
    }

    /// The same, each at the earliest time that it may have over another cut.
    pub(crate) fn early_withdrawals(
        &self,
        id: ProcedureId,
        cut: &Cut,
        headed: &BTreeSet<PartyId>,
    ) -> Vec<Withdrawal> {
        let version = self.version_of(id);
        self.withdrawals_at(id, cut, &|record| self.earliest_under(version, record, cut, headed))
    }

    fn withdrawals_at(
        &self,
        id: ProcedureId,
        cut: &Cut,
        time_of: &dyn Fn(RecordId) -> Option<UnixSeconds>,
    ) -> Vec<Withdrawal> {
        let mut by_log: BTreeMap<LogId, Vec<RecordId>> = BTreeMap::new();
        let procedure = &self.procedures[id.at()];
        for record in procedure.events.iter().chain(&procedure.attached).chain([&procedure.opener])
        {
            let fact = &self.records[record.at()];
            if fact.standing == Standing::Admitted && cut.holds(fact.log, u64::from(fact.index)) {
                by_log.entry(fact.log).or_default().push(*record);
            }
        }
        let mut found = Vec::new();
        for (log, records) in by_log {
            for (by, takes) in self.taken(log, &records, cut) {
                found.extend(self.withdrawal(by, takes, BTreeSet::new(), time_of));
            }
            for record in records {
                for by in self.given_again(record, cut) {
                    let gives = BTreeSet::from([record]);
                    found.extend(self.withdrawal(by, BTreeSet::new(), gives, time_of));
                }
            }
        }
        found.sort_unstable();
        found
    }

    fn withdrawal(
        &self,
        by: RecordId,
        takes: BTreeSet<RecordId>,
        gives: BTreeSet<RecordId>,
        time_of: &dyn Fn(RecordId) -> Option<UnixSeconds>,
    ) -> Option<Withdrawal> {
        if (takes.is_empty() && gives.is_empty()) || self.naive.ignores_revocation {
            return None;
        }
        let (log, index) = self.origin_of(by);
        Some(Withdrawal {
            at: time_of(by)?,
            log: log.clone(),
            index: u64::from(index),
            takes,
            gives,
        })
    }

    /// Returns the records that take back some of these, all of one log, with what each takes.
    fn taken(
        &self,
        log: LogId,
        records: &[RecordId],
        cut: &Cut,
    ) -> Vec<(RecordId, BTreeSet<RecordId>)> {
        let held = &self.logs[log.at()];
        let index = |record: &RecordId| u64::from(self.records[record.at()].index);
        let row = |log: LogId, index: u32| {
            let rows = &self.logs[log.at()].rows;
            let inside = cut.holds(log, u64::from(index));
            inside.then(|| rows.get(index as usize).copied().flatten()).flatten()
        };
        let mut taken = Vec::new();
        for revocation in &held.revocations {
            let Some(by) = row(log, revocation.stated_at) else { continue };
            let signed = |record: &&RecordId| {
                let signer = self.records[record.at()].signer as usize;
                let signer = self.names.keys.names().get(signer);
                signer.is_some_and(|key| key.as_str() == revocation.key)
                    && index(record) >= revocation.last_good_size
                    && index(record) < u64::from(revocation.stated_at)
            };
            taken.push((by, records.iter().filter(signed).copied().collect()));
        }
        if let Some((size, by_log, by_index)) = held.ends_at
            && let Some(by) = row(by_log, by_index)
        {
            taken.push((by, records.iter().filter(|r| index(r) >= size).copied().collect()));
        }
        taken
    }

    /// Returns the records by which an officer of its party signed a record anew.
    fn given_again(&self, record: RecordId, cut: &Cut) -> Vec<RecordId> {
        let fact = &self.records[record.at()];
        let again = self.resigned.get(&fact.leaf).into_iter().flatten().copied();
        let counts = |resigning: &RecordId| {
            let by = &self.records[resigning.at()];
            let index = u64::from(by.index);
            let end = self.ended_at(&self.logs[by.log.at()], cut).unwrap_or(u64::MAX);
            by.log == fact.log
                && by.officers > 0
                && index < end
                && cut.holds(by.log, index)
                && self.revoked_key(*resigning, cut).is_none()
        };
        again.filter(counts).collect()
    }
}
