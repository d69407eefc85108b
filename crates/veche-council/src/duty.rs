//! Duties: who owes which act to whom, by when, and whether it was done. "Overdue" is never state: a view says it.

use crate::council::Council;
use crate::cut::Cut;
use crate::evaluate::{Unit, facts};
use crate::fact::{ProcedureId, RecordId, Standing};
use std::collections::BTreeSet;
use veche_charter::machine::{self, Run, StepKind};
use veche_charter::model::{Act, Duty, Trigger};
use veche_charter::name::{ArticleId, DutyName, StateName};
use veche_ledger::{Hash, PartyId, UnixSeconds};

/// One duty of one party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owed {
    /// Which duty.
    pub duty: DutyName,
    /// Who owes it.
    pub owner: PartyId,
    /// What started it.
    pub since: UnixSeconds,
    /// By when.
    pub due: UnixSeconds,
    /// The record that met it, and when others held that.
    pub met_by: Option<(Hash, UnixSeconds)>,
    /// Where the charter says so.
    pub article: Option<ArticleId>,
}

/// Clocks that are let run out ahead, one after the other, to see which duties they will start.
const CLOCKS_AHEAD: usize = 8;

/// Most times that one periodic duty is counted for one party: renewal every day for 27 years.
pub const PERIODS_MAX: usize = 10_000;

impl Council {
    /// Returns the duties that a procedure has started, and those that its clocks will start if nothing more is said: state holds
    /// when a clock runs out and never that it has, so a view leaves out what begins later than it looks.
    pub(crate) fn duties_of(&self, id: ProcedureId, units: &[Unit], cut: &Cut) -> Vec<Owed> {
        let Some(act) = self.opening_act(id) else { return Vec::new() };
        let charter = &self.version_of(id).charter;
        let mut owed = Vec::new();
        for (name, duty) in &charter.duties {
            for (since, author) in self.triggers(id, duty, act, units, cut) {
                let Some(due) = self.due(id, duty, since) else { continue };
                for owner in self.owners(id, duty, since, &author) {
                    self.count_periods(id, name, duty, &owner, since, due, cut, &mut owed);
                }
            }
        }
        owed
    }

    /// Returns when a duty was started in this procedure, and by whom.
    fn triggers(
        &self,
        id: ProcedureId,
        duty: &Duty,
        act: &Act,
        units: &[Unit],
        cut: &Cut,
    ) -> Vec<(UnixSeconds, PartyId)> {
        let procedure = &self.procedures[id.at()];
        let author = self.party_of(procedure.opener).clone();
        match &duty.trigger {
            Trigger::Act(kind) => {
                let opened_by = match &procedure.spawned {
                    Some(spawned) => &spawned.kind,
                    None => self.names.kinds.name(self.records[procedure.opener.at()].kind),
                };
                if opened_by == kind {
                    return self.start(id, cut).map(|start| (start, author)).into_iter().collect();
                }
                let records = procedure.events.iter().chain(&procedure.attached);
                // What opens a procedure of its own starts its duties there, not a second time in what it is about.
                let of_kind = records
                    .filter(|r| self.is_seen(**r, cut))
                    .filter(|r| {
                        let fact = &self.records[r.at()];
                        self.is_of_kind(**r, kind)
                            && fact.opens.is_none()
                            && fact.standing == Standing::Admitted
                    })
                    .filter(|r| self.reaches(id, &self.records[r.at()]));
                of_kind
                    .filter_map(|r| Some((self.interval(*r, cut)?.at, self.party_of(*r).clone())))
                    .collect()
            }
            Trigger::State(machine, state) => {
                if act.opens.as_ref() != Some(machine) {
                    return Vec::new();
                }
                let runs = units.iter().filter_map(|unit| self.ahead_of(id, unit, cut));
                let entered: Vec<UnixSeconds> = runs.flat_map(|run| entries(&run, state)).collect();
                entered.into_iter().map(|at| (at, author.clone())).collect()
            }
        }
    }

    fn ahead_of(&self, id: ProcedureId, unit: &Unit, cut: &Cut) -> Option<Run> {
        self.with_setting(id, cut, false, |machine, setting, _, _| {
            machine::ahead(machine, setting, &unit.run, CLOCKS_AHEAD)
        })
    }

    fn owners(
        &self,
        id: ProcedureId,
        duty: &Duty,
        at: UnixSeconds,
        author: &PartyId,
    ) -> BTreeSet<PartyId> {
        let Some(roles) = self.roles_of(id, at) else { return BTreeSet::new() };
        self.version_of(id).charter.owners(duty, &roles, author)
    }

    fn due(&self, id: ProcedureId, duty: &Duty, since: UnixSeconds) -> Option<UnixSeconds> {
        let facts = facts(self.opening_act(id)?, &self.opening_terms(id)?);
        self.version_of(id).charter.due(duty, since, &facts)
    }

    #[expect(clippy::too_many_arguments, reason = "one duty of one party, spelled out")]
    fn count_periods(
        &self,
        id: ProcedureId,
        name: &DutyName,
        duty: &Duty,
        owner: &PartyId,
        since: UnixSeconds,
        due: UnixSeconds,
        cut: &Cut,
        owed: &mut Vec<Owed>,
    ) {
        let charter = &self.version_of(id).charter;
        let calendar = charter.calendars.get(&charter.calendar);
        let mut done = self.acts_of_owner(id, duty, owner, since, cut).into_iter();
        let (mut since, mut due) = (since, due);
        for _ in 0..PERIODS_MAX {
            let met_by = done.next();
            let (duty_name, article) = (name.clone(), duty.article.clone());
            owed.push(Owed { duty: duty_name, owner: owner.clone(), since, due, met_by, article });
            let (Some((_, at)), Some(every), Some(calendar)) = (met_by, duty.every, calendar)
            else {
                return;
            };
            (since, due) = (at, calendar.add(at, every));
        }
    }

    /// Returns the owner's acts that meet a duty, in order of their evidence: about the procedure, or opened under it.
    fn acts_of_owner(
        &self,
        id: ProcedureId,
        duty: &Duty,
        owner: &PartyId,
        since: UnixSeconds,
        cut: &Cut,
    ) -> Vec<(Hash, UnixSeconds)> {
        let procedure = &self.procedures[id.at()];
        let opened = procedure.children.iter().map(|child| &self.procedures[child.at()].opener);
        let records: BTreeSet<RecordId> =
            procedure.events.iter().chain(&procedure.attached).chain(opened).copied().collect();
        let mut acts: Vec<(UnixSeconds, Hash)> = records
            .into_iter()
            .filter(|record| self.is_of_kind(*record, &duty.act) && self.party_of(*record) == owner)
            .filter(|record| self.is_seen(*record, cut))
            .filter(|record| {
                self.records[record.at()].standing == Standing::Admitted
                    && self.has_weight(*record, cut)
            })
            .filter(|record| self.reaches(id, &self.records[record.at()]))
            .filter_map(|record| {
                Some((self.interval(record, cut)?.at, self.records[record.at()].leaf))
            })
            .filter(|(at, _)| *at >= since)
            .collect();
        acts.sort_unstable();
        acts.into_iter().map(|(at, leaf)| (leaf, at)).collect()
    }

    pub(crate) fn is_of_kind(&self, record: RecordId, kind: &veche_ledger::Kind) -> bool {
        self.names.kinds.name(self.records[record.at()].kind) == kind
    }
}

/// Returns when a run enters a state.
fn entries(run: &Run, state: &StateName) -> Vec<UnixSeconds> {
    let entered = run.steps.iter().filter(|step| match &step.what {
        StepKind::Moved { to, .. } | StepKind::TimedOut { to, .. } => to == state,
        StepKind::Recorded
        | StepKind::Counted { .. }
        | StepKind::Late { .. }
        | StepKind::Contested { .. }
        | StepKind::Refused { .. } => false,
    });
    entered.map(|step| step.at).collect()
}
