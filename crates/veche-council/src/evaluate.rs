//! What a procedure's records come to, worked out from scratch over a cut.

use crate::closing::UnitDecision;
use crate::council::Council;
use crate::cut::Cut;
use crate::fact::{Fact, ProcedureId, RecordId, Standing};
use crate::owed::Unmet;
use crate::procedure::{Spawned, spawned_id};
use crate::times::{Interval, host, witnesses};
use crate::version::{Version, VersionId};
use crate::withdrawal::{self, Suspended};
use std::collections::{BTreeMap, BTreeSet};
use veche_charter::Charter;
use veche_charter::machine::{self, Event, Facts, Run, Setting};
use veche_charter::marking::Marking;
use veche_charter::model::{Act, Duration, FieldForm, MEMBER, Machine, Outcome};
use veche_charter::name::{EventName, Position, RoleName};
use veche_charter::rule::Roles;
use veche_ledger::json::Value;
use veche_ledger::{Hash, PartyId, UnixSeconds};

/// The run of one machine: of the whole procedure, or of one paragraph.
#[derive(Debug, Clone)]
pub struct Unit {
    /// The paragraph's number; `None` if the procedure is not by paragraph.
    pub paragraph: Option<u32>,
    /// Where its machine stands after the last record.
    pub run: Run,
    /// What was decided, once a closing record proves it.
    pub decision: Option<UnitDecision>,
    /// Records about it that have no effect, because they were taken back in time.
    pub(crate) suspended: Suspended,
}

/// What is kept of an evaluation: enough for lists, clocks and the digest.
#[derive(Debug, Clone)]
pub(crate) struct Summary {
    pub(crate) digest: Hash,
    /// The next deadline of any unit that is not decided.
    pub(crate) deadline: Option<UnixSeconds>,
    /// What is owed in it, and by whom.
    pub(crate) owed: Box<[Unmet]>,
    pub(crate) is_over: bool,
}

/// Most paragraphs that one text has.
pub const PARAGRAPHS_MAX: usize = 500;

impl Council {
    /// Evaluates again whatever the records since the last call touched. Queries speak of the state after it.
    pub fn settle(&mut self) {
        for id in std::mem::take(&mut self.stalled) {
            self.mark(id);
        }
        while let Some(id) = self.dirty.pop() {
            self.settle_one(id);
        }
    }

    fn settle_one(&mut self, id: ProcedureId) {
        self.procedures[id.at()].is_dirty = false;
        if let Some(old) = self.procedures[id.at()].summary.take() {
            if let Some(deadline) = old.deadline {
                self.deadlines.remove(&(deadline, id));
            }
            for unmet in &old.owed {
                self.owed.remove(id, unmet);
            }
        }
        let units = self.units(id, &Cut::everything());
        self.enact(id);
        self.note_adopted(id);
        for spawned in self.spawns(id, &units) {
            self.open_spawned(id, spawned);
        }
        if self.has_stalled_closing(id) {
            self.stalled.insert(id);
        }
        let decides = self.machine_of(id).is_some_and(Machine::decides);
        if decides && units.iter().any(|unit| unit.decision.is_none()) {
            self.undecided.insert(id);
        } else {
            self.undecided.remove(&id);
        }
        let summary = self.summarise(id, &units);
        if let Some(deadline) = summary.deadline {
            self.deadlines.insert((deadline, id));
        }
        for unmet in &summary.owed {
            self.owed.insert(id, unmet);
        }
        self.procedures[id.at()].summary = Some(Box::new(summary));
    }

    /// Returns the procedures that a closing record could now decide in full: each unit has come to its end by `now`.
    #[must_use]
    pub fn closable(&self, now: UnixSeconds) -> Vec<Hash> {
        self.closable_of(now, &|_| true)
    }

    /// Returns those of them whose author is asked for. The others' are not evaluated.
    #[must_use]
    pub fn closable_of(&self, now: UnixSeconds, is_author: &dyn Fn(&PartyId) -> bool) -> Vec<Hash> {
        let ends = |id: &ProcedureId| {
            let Some(machine) = self.machine_of(*id) else { return false };
            let units = self.units(*id, &Cut::everything());
            let outcome = |unit: &Unit| {
                let end = self.view_of(*id, unit, now)?;
                machine.states.get(&end.state)?.outcome.filter(|_| end.state != machine.start)
            };
            let is_at_end = |unit: &Unit| unit.decision.is_some() || outcome(unit).is_some();
            let opener = self.procedures[id.at()].opener;
            !units.is_empty()
                && !units.iter().any(|unit| unit.suspended.holds(opener))
                && units.iter().all(is_at_end)
                && units.iter().any(|unit| unit.decision.is_none())
        };
        let is_asked_for =
            |id: &&ProcedureId| is_author(self.party_of(self.procedures[id.at()].opener));
        let asked_for = self.undecided.iter().filter(is_asked_for);
        asked_for.filter(|id| ends(id)).map(|id| self.name_of(*id)).collect()
    }

    /// Returns a unit's run as it stands at a time.
    pub(crate) fn view_of(&self, id: ProcedureId, unit: &Unit, now: UnixSeconds) -> Option<Run> {
        self.with_setting(id, &Cut::everything(), false, |machine, setting, _, _| {
            machine::view(machine, setting, &unit.run, now)
        })
    }

    /// Returns the machine that a procedure runs.
    pub(crate) fn machine_of(&self, id: ProcedureId) -> Option<&Machine> {
        self.version_of(id).charter.machines.get(self.opening_act(id)?.opens.as_ref()?)
    }

    /// Returns the act that opened a procedure, or whose machine a decision started.
    pub(crate) fn opening_act(&self, id: ProcedureId) -> Option<&Act> {
        let procedure = &self.procedures[id.at()];
        match &procedure.spawned {
            Some(spawned) => self.version_of(id).charter.acts.get(&spawned.kind),
            None => self.act_of(procedure.opener),
        }
    }

    /// Returns the terms that a procedure was opened with.
    pub(crate) fn opening_terms(&self, id: ProcedureId) -> Option<Value> {
        let procedure = &self.procedures[id.at()];
        match &procedure.spawned {
            Some(spawned) => Some(spawned.terms.clone()),
            None => self.terms_of(procedure.opener),
        }
    }

    /// Returns when a procedure began, as the cut proves it.
    pub(crate) fn start(&self, id: ProcedureId, cut: &Cut) -> Option<UnixSeconds> {
        if self.superseded_by(id).is_some() {
            return None;
        }
        let procedure = &self.procedures[id.at()];
        match &procedure.spawned {
            Some(spawned) => Some(spawned.at),
            None => Some(self.interval(procedure.opener, cut)?.at),
        }
    }

    /// Evaluates every unit of a procedure over a cut, with what was decided. Empty while it has not begun.
    pub(crate) fn units(&self, id: ProcedureId, cut: &Cut) -> Vec<Unit> {
        let mut units = self.runs(id, cut);
        // Who does not see all that a decision rests on cannot see that it stands: his own node could not work it out.
        let decisions = if self.hides(id, cut) { BTreeMap::default() } else { self.decisions(id) };
        for unit in &mut units {
            unit.decision = decisions.get(&unit.paragraph).cloned();
        }
        units
    }

    /// Evaluates every unit of a procedure over a cut, closing records left aside.
    pub(crate) fn runs(&self, id: ProcedureId, cut: &Cut) -> Vec<Unit> {
        let taken = self.withdrawals(id, cut);
        self.with_setting(id, cut, false, |machine, setting, start, events| {
            let run = |paragraph, events: &[Event]| {
                let (run, suspended) = withdrawal::run(machine, setting, start, events, &taken);
                Unit { paragraph, run, decision: None, suspended }
            };
            match self.paragraphs(id) {
                None => {
                    let events: Vec<Event> =
                        events.iter().map(|(event, _)| event.clone()).collect();
                    vec![run(None, &events)]
                }
                Some(numbers) => {
                    let by_number = |number: u32| -> Vec<Event> {
                        let touches = |on: &Option<Vec<u32>>| {
                            on.as_ref().is_none_or(|on| on.contains(&number))
                        };
                        events
                            .iter()
                            .filter(|(_, on)| touches(on))
                            .map(|(event, _)| event.clone())
                            .collect()
                    };
                    numbers
                        .into_iter()
                        .map(|number| run(Some(number), &by_number(number)))
                        .collect()
                }
            }
        })
        .unwrap_or_default()
    }

    /// Builds the setting in which a procedure's machine runs and hands it to `then`, with all that was said on it, what was
    /// taken back included; `None` while it has not begun.
    /// `all_reached`: as if the text had reached everybody at once, for the question what it would then come to.
    pub(crate) fn with_setting<T>(
        &self,
        id: ProcedureId,
        cut: &Cut,
        all_reached: bool,
        then: impl FnOnce(&Machine, &Setting<'_>, UnixSeconds, &[(Event, Option<Vec<u32>>)]) -> T,
    ) -> Option<T> {
        let machine = self.machine_of(id)?;
        let act = self.opening_act(id)?;
        let start = self.start(id, cut)?;
        let terms = self.opening_terms(id)?;
        let facts = facts(act, &terms);
        let Version { charter, bench, .. } = self.version_of(id);
        let receipts = if all_reached {
            charter.parties.keys().map(|party| (party.clone(), start)).collect()
        } else {
            self.opening_receipts(id, start, cut)
        };
        let bound_roles = self.bound_roles(id, act, &terms);
        let roles = |at: UnixSeconds| roles(charter, act, &bound_roles, at);
        let calendar = charter.calendars.get(&charter.calendar)?;
        let setting = Setting {
            charter,
            bench,
            roles: &roles,
            calendar,
            facts: &facts,
            receipts: &receipts,
            closed_through: None,
        };
        let events = self.events(id, cut);
        Some(then(machine, &setting, start, &events))
    }

    /// Returns who has had the opening record since when. Its author and whoever keeps its log have it from the start.
    pub(crate) fn opening_receipts(
        &self,
        id: ProcedureId,
        start: UnixSeconds,
        cut: &Cut,
    ) -> BTreeMap<PartyId, UnixSeconds> {
        let opener = self.procedures[id.at()].opener;
        let author = self.party_of(opener);
        let held = self.receipts(opener, cut);
        let held_by = |keeper: &PartyId| {
            held.iter().find(|(party, _)| *party == keeper).map(|(_, time)| *time)
        };
        let mut receipts = BTreeMap::new();
        let parties = &self.version_of(id).charter.parties;
        for (party, entry) in parties {
            let keeper = host(party, entry);
            let author_keeper = parties.get(author).map(|entry| host(author, entry));
            let is_spawned = self.procedures[id.at()].spawned.is_some();
            let since = if is_spawned || author_keeper == Some(keeper) {
                Some(start)
            } else {
                held_by(keeper)
            };
            if let Some(since) = since {
                receipts.insert(party.clone(), since);
            }
        }
        receipts
    }

    /// Returns the roles that the opening record fills for good: its author, and the parties that its fields name.
    fn bound_roles(&self, id: ProcedureId, act: &Act, terms: &Value) -> Roles {
        let mut roles = Roles::new();
        let author = self.party_of(self.procedures[id.at()].opener).clone();
        if let Ok(initiator) = RoleName::parse("initiator") {
            roles.insert(initiator, BTreeSet::from([author]));
        }
        for (role, field) in &act.roles {
            let named: BTreeSet<PartyId> = match terms.get(field.as_str()) {
                Some(Value::Text(party)) => PartyId::parse(party).ok().into_iter().collect(),
                Some(Value::List(parties)) => {
                    parties.iter().filter_map(|p| PartyId::parse(p.as_text()?).ok()).collect()
                }
                _ => BTreeSet::new(),
            };
            roles.insert(role.clone(), named);
        }
        roles
    }

    /// Returns the parties in a role of a procedure at a time.
    pub(crate) fn roles_of(&self, id: ProcedureId, at: UnixSeconds) -> Option<Roles> {
        let act = self.opening_act(id)?;
        let bound = self.bound_roles(id, act, &self.opening_terms(id)?);
        Some(roles(&self.version_of(id).charter, act, &bound, at))
    }

    /// Returns the paragraphs' numbers if each runs a machine of its own.
    pub(crate) fn paragraphs(&self, id: ProcedureId) -> Option<Vec<u32>> {
        let act = self.opening_act(id)?;
        if !act.per_paragraph {
            return None;
        }
        let terms = self.opening_terms(id)?;
        let list = terms.get("paragraphs")?.as_list()?;
        Some(list.iter().take(PARAGRAPHS_MAX).filter_map(paragraph_number).collect())
    }

    /// Returns the events of a procedure in the order of the evidence, with the paragraphs that each is about.
    fn events(&self, id: ProcedureId, cut: &Cut) -> Vec<(Event, Option<Vec<u32>>)> {
        let mut events: Vec<(Event, Option<Vec<u32>>)> = self.procedures[id.at()]
            .events
            .iter()
            .filter_map(|event| self.event(id, *event, cut))
            .collect();
        events.sort_by(|(a, _), (b, _)| (a.at, self.place(a)).cmp(&(b.at, self.place(b))));
        events
    }

    pub(crate) fn place(&self, event: &Event) -> (&veche_ledger::Origin, u32) {
        let fact = &self.records[usize::try_from(event.reference).unwrap_or_default()];
        (&self.logs[fact.log.at()].origin, fact.index)
    }

    fn event(
        &self,
        procedure: ProcedureId,
        id: RecordId,
        cut: &Cut,
    ) -> Option<(Event, Option<Vec<u32>>)> {
        self.event_within(procedure, id, cut, self.interval(id, cut)?)
    }

    /// Returns an event at the earliest hour that it may have over another cut.
    pub(crate) fn early_event(
        &self,
        procedure: ProcedureId,
        id: RecordId,
        cut: &Cut,
        headed: &BTreeSet<PartyId>,
    ) -> Option<(Event, Option<Vec<u32>>)> {
        let at = self.earliest(id, cut, headed)?;
        self.event_within(procedure, id, cut, Interval { not_before: at, at })
    }

    fn event_within(
        &self,
        procedure: ProcedureId,
        id: RecordId,
        cut: &Cut,
        interval: Interval,
    ) -> Option<(Event, Option<Vec<u32>>)> {
        let fact = &self.records[id.at()];
        if !cut.holds(fact.log, u64::from(fact.index))
            || !self.is_seen(id, cut)
            || fact.standing != Standing::Admitted
            || !self.reaches(procedure, fact)
        {
            return None;
        }
        let act = self.act_of(id)?;
        let terms = self.terms_of(id)?;
        let position = stated_position(act, &terms);
        let event = Event {
            at: interval.at,
            not_before: interval.not_before,
            by: self.party_of(id).clone(),
            event: event_name(act, &terms)?,
            position,
            reference: u64::from(id.0),
        };
        Some((event, paragraph_list(&terms)))
    }

    /// Returns true if a record's effect is not taken from it: by the end of its log's epoch, or by the loss of its key.
    pub(crate) fn has_weight(&self, id: RecordId, cut: &Cut) -> bool {
        self.records[id.at()].standing == Standing::Admitted
            && self.quarantine(id, cut).is_none()
            && {
                let fact = &self.records[id.at()];
                self.logs[fact.log.at()].ends_at.is_none_or(|(size, log, index)| {
                    u64::from(fact.index) < size || !cut.holds(log, u64::from(index))
                })
            }
    }

    /// Returns the key whose loss suspends a record, if it was not signed again.
    pub(crate) fn quarantine(&self, id: RecordId, cut: &Cut) -> Option<&str> {
        let fact = &self.records[id.at()];
        let revoked = self.revoked_key(id, cut)?;
        let again = self.resigned.get(&fact.leaf).into_iter().flatten().any(|resigning| {
            let resigning = &self.records[resigning.at()];
            resigning.log == fact.log && cut.holds(resigning.log, u64::from(resigning.index))
        });
        (!again).then_some(revoked)
    }

    /// Returns the key that signed a record, if it was withdrawn from before the record on.
    pub(crate) fn revoked_key(&self, id: RecordId, cut: &Cut) -> Option<&str> {
        let fact = &self.records[id.at()];
        let log = &self.logs[fact.log.at()];
        if log.revocations.is_empty() || self.naive.ignores_revocation {
            return None;
        }
        let signer = self.names.keys.names().get(fact.signer as usize)?.as_str();
        let revoked = log.revocations.iter().find(|revocation| {
            revocation.key == signer
                && u64::from(fact.index) >= revocation.last_good_size
                && cut.holds(fact.log, u64::from(revocation.stated_at))
        })?;
        Some(revoked.key.as_str())
    }

    /// A statement has effect only if whoever may read the procedure may read the statement: nobody is bound by, or
    /// overruled by, what he could not read.
    pub(crate) fn reaches(&self, procedure: ProcedureId, fact: &Fact) -> bool {
        let opener = &self.records[self.procedures[procedure.at()].opener.at()];
        if opener.label == fact.label {
            return true;
        }
        let (of, to) = (self.names.labels.name(fact.label), self.names.labels.name(opener.label));
        // By the labels alone: who is in a group is told by a record that not all hold, and all must come to the same.
        let (Some(of), Some(to)) = (Marking::of(of), Marking::of(to)) else { return false };
        if of.group.is_some() && of.group != to.group {
            return false;
        }
        let Version { charter, audience, .. } = self.version_of(procedure);
        let members = |party: &&PartyId| charter.parties[*party].status.as_str() == MEMBER;
        let mut members = charter.parties.keys().filter(members);
        members.all(|party| {
            !audience.reads_base(party, &to.base) || audience.reads_base(party, &of.base)
        })
    }

    /// Returns what the decided units of a procedure open.
    fn spawns(&self, id: ProcedureId, units: &[Unit]) -> Vec<Spawned> {
        let (Some(machine), Some(terms)) = (self.machine_of(id), self.opening_terms(id)) else {
            return Vec::new();
        };
        let opener = self.records[self.procedures[id.at()].opener.at()].leaf;
        let mut spawned = Vec::new();
        for unit in units {
            let Some((state, at)) = standing_outcome(machine, unit) else { continue };
            let Some(spawns) = machine.states.get(state).and_then(|state| state.spawns.as_ref())
            else {
                continue;
            };
            let source = match unit.paragraph {
                Some(number) => paragraph(&terms, number),
                None => Some(&terms),
            };
            let items = source
                .and_then(|s| s.get(spawns.each.as_str()))
                .and_then(Value::as_list)
                .unwrap_or_default();
            spawned.extend(items.iter().enumerate().map(|(item, terms)| Spawned {
                id: spawned_id(&opener, unit.paragraph, item),
                kind: spawns.opens.clone(),
                terms: terms.clone(),
                at,
            }));
        }
        spawned
    }

    /// Returns true if a procedure's label reaches every member: only such are part of the digest that members compare.
    pub(crate) fn is_shared(&self, id: ProcedureId) -> bool {
        let opener = &self.records[self.procedures[id.at()].opener.at()];
        self.is_shared_label(opener)
    }

    pub(crate) fn is_shared_label(&self, fact: &Fact) -> bool {
        let named = self.names.charters.name(fact.charter);
        let version = self.version_named(named).unwrap_or(VersionId::GENESIS);
        let audience = &self.versions[version.at()].audience;
        !fact.is_sealed && audience.is_for_all(self.names.labels.name(fact.label))
    }

    fn summarise(&self, id: ProcedureId, units: &[Unit]) -> Summary {
        let cut = Cut::everything();
        let machine = self.machine_of(id);
        let running = units.iter().filter(|unit| !is_over(machine, unit));
        let duties = self.duties_of(id, units, &cut);
        Summary {
            digest: self.digest_of(id, units, &duties),
            deadline: running.filter_map(|unit| unit.run.deadline.as_ref().map(|d| d.at)).min(),
            owed: duties
                .iter()
                .filter(|d| d.met_by.is_none())
                .filter_map(|d| {
                    Some(Unmet { since: d.since, due: d.due, owner: self.owed.number(&d.owner)? })
                })
                .collect(),
            is_over: self.are_over(id, units),
        }
    }

    /// Returns true if all units of a procedure are at their end.
    pub(crate) fn are_over(&self, id: ProcedureId, units: &[Unit]) -> bool {
        let machine = self.machine_of(id);
        !units.is_empty() && units.iter().all(|unit| is_over(machine, unit))
    }
}

/// Adds the role that changes with time: the chair of the organ that the act belongs to, or of the first organ that
/// has one.
fn roles(charter: &Charter, act: &Act, bound: &Roles, at: UnixSeconds) -> Roles {
    let mut roles = bound.clone();
    let organ = act.organ.as_ref().and_then(|organ| charter.organs.get(organ));
    let organ =
        organ.or_else(|| charter.organs.values().find(|o| o.parent.is_none() && o.chair.is_some()));
    let chair = organ.and_then(|organ| organ.chair.as_ref()).and_then(|chair| chair.at(at));
    if let (Some(chair), Ok(role)) = (chair, RoleName::parse("chair")) {
        roles.insert(role, BTreeSet::from([chair.clone()]));
    }
    roles
}

/// Returns true if a unit is decided, or in a state that ends it.
fn is_over(machine: Option<&Machine>, unit: &Unit) -> bool {
    let state = machine.and_then(|machine| machine.states.get(&unit.run.state));
    unit.decision.is_some() || state.is_some_and(|state| state.is_final && state.outcome.is_none())
}

/// Returns the state with an adopted outcome that a unit has reached for certain, and when: by a closing record, or
/// because the machine starts there and nobody's silence is needed.
fn standing_outcome<'a>(
    machine: &'a Machine,
    unit: &'a Unit,
) -> Option<(&'a veche_charter::name::StateName, UnixSeconds)> {
    if let Some(decision) = &unit.decision {
        return (decision.outcome == Outcome::Adopted).then_some((&decision.state, decision.at));
    }
    let starts_there = unit.run.state == machine.start
        && machine
            .states
            .get(&machine.start)
            .is_some_and(|state| state.outcome == Some(Outcome::Adopted));
    starts_there.then_some((&unit.run.state, unit.run.since))
}

/// Returns what clocks read in the terms: the urgency, and fields that hold durations and times.
pub(crate) fn facts(act: &Act, terms: &Value) -> Facts {
    let mut facts = Facts {
        urgency: terms.get("urgency").and_then(Value::as_text).map(str::to_owned),
        durations: BTreeMap::new(),
        times: BTreeMap::new(),
    };
    for (name, field) in &act.fields {
        let Some(text) = terms.get(name.as_str()).and_then(Value::as_text) else { continue };
        match field.form {
            FieldForm::Duration => {
                if let Ok(duration) = Duration::parse(text) {
                    facts.durations.insert(name.clone(), duration);
                }
            }
            FieldForm::Time => {
                if let Ok(time) = UnixSeconds::parse(text) {
                    facts.times.insert(name.clone(), time);
                }
            }
            FieldForm::Text
            | FieldForm::Word
            | FieldForm::Number
            | FieldForm::Flag
            | FieldForm::Party
            | FieldForm::Parties
            | FieldForm::Hash
            | FieldForm::Texts
            | FieldForm::Paragraphs
            | FieldForm::Other => {}
        }
    }
    facts
}

/// Returns the event that a record is: its act's, or the one that a field names.
pub(crate) fn event_name(act: &Act, terms: &Value) -> Option<EventName> {
    act.event_in(|field| terms.get(field)?.as_text())
}

pub(crate) fn stated_position(act: &Act, terms: &Value) -> Option<Position> {
    act.position_in(|field| terms.get(field)?.as_text())
}

/// Returns the paragraphs that a statement is about; `None`: all of them.
pub(crate) fn paragraph_list(terms: &Value) -> Option<Vec<u32>> {
    let list = terms.get("paragraphs")?.as_list()?;
    // An amendment carries the paragraphs themselves, a position their numbers.
    Some(
        list.iter()
            .filter_map(|item| {
                item.as_size()
                    .and_then(|n| u32::try_from(n).ok())
                    .or_else(|| paragraph_number(item))
            })
            .collect(),
    )
}

pub(crate) fn paragraph_number(paragraph: &Value) -> Option<u32> {
    paragraph.get("n").and_then(Value::as_size).and_then(|n| u32::try_from(n).ok())
}

/// Returns the paragraph with this number.
pub(crate) fn paragraph(terms: &Value, number: u32) -> Option<&Value> {
    terms.get("paragraphs")?.as_list()?.iter().find(|p| paragraph_number(p) == Some(number))
}

/// Returns true if a party's node witnesses any log of the fold.
pub(crate) fn is_witness(charter: &Charter, party: &PartyId) -> bool {
    charter.parties.keys().any(|owner| witnesses(charter, party, owner))
}
