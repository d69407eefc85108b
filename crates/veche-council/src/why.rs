//! Why a unit stands as it does, and what would change it.
//!
//! The answer to "what would change the result" is found by asking the same evaluator: a change is named only if the
//! machine, run again with it, ends elsewhere, and if no part of it does.

use crate::council::Council;
use crate::cut::Cut;
use crate::evaluate::Unit;
use crate::fact::{ProcedureId, RecordId};
use crate::outstanding::OutstandingView;
use crate::view::{names, outcome_word};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use veche_charter::machine::{self, Event, Run, Setting, StepKind};
use veche_charter::model::{Machine, PositionFrom};
use veche_charter::name::{EventName, Position, StateName};
use veche_ledger::{Hash, PartyId, Seconds, UnixSeconds};

/// Why one unit of a procedure stands as it does.
#[derive(Debug, Clone, Serialize)]
pub struct Why {
    /// The paragraph.
    pub paragraph: Option<u32>,
    /// The state that it reached, or will reach if nothing more comes.
    pub result: String,
    /// The outcome that this means, if it means one.
    pub outcome: Option<String>,
    /// True if it is decided and proven.
    pub is_proven: bool,
    /// What it lacks before it can be certified, if it has come about and is not proven.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outstanding: Option<OutstandingView>,
    /// One sentence.
    pub sentence: String,
    /// The articles that decide, quoted.
    pub articles: Vec<(String, String)>,
    /// The records that bear on it.
    pub records: Vec<WhyRecord>,
    /// Each of these sets of changed positions would change the result, and no part of one would.
    pub changes: Vec<Change>,
    /// Whom it binds, or would bind if nothing more came and it reached everybody.
    pub binds: Vec<String>,
    /// Who could keep the text from being adopted by being offline until the end.
    pub stops_by_being_offline: Vec<String>,
}

/// A record that bears on a result.
#[derive(Debug, Clone, Serialize)]
pub struct WhyRecord {
    /// Its leaf.
    pub leaf: String,
    /// Whose it is.
    pub by: String,
    /// What it did.
    pub what: String,
}

/// A change of positions that would change the result.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Change {
    /// Whose position would be what.
    pub positions: BTreeMap<String, String>,
    /// The state that would be reached then.
    pub result: String,
}

/// The positions that a change may put in place of those taken.
const WORDS: [&str; 4] = ["no", "yes", "aside", "abstain"];

impl Council {
    /// Returns why each unit of a procedure stands as it does.
    #[must_use]
    pub fn why(&self, procedure: &Hash, now: UnixSeconds) -> Vec<Why> {
        let Some(id) = self.procedure_opened_by(procedure) else { return Vec::new() };
        self.why_over(id, &Cut::everything(), now)
    }

    /// As [`Self::why`], over a cut.
    pub(crate) fn why_over(&self, id: ProcedureId, cut: &Cut, now: UnixSeconds) -> Vec<Why> {
        let units = self.units(id, cut);
        units.iter().filter_map(|unit| self.why_unit(id, cut, unit, now)).collect()
    }

    fn why_unit(&self, id: ProcedureId, cut: &Cut, unit: &Unit, now: UnixSeconds) -> Option<Why> {
        let machine = self.machine_of(id)?;
        let horizon = horizon(unit, now);
        let (end, changes) = self.with_trial(id, cut, unit, false, |trial| {
            let end = trial.end(&BTreeMap::new(), horizon);
            let changes = trial.changes(&self.eligible(id, &end), &end, horizon);
            (end, changes)
        })?;
        let shown = unit.decision.as_ref().map_or(&end.state, |decision| &decision.state);
        let state = machine.states.get(shown)?;
        let article = state.article.as_ref().or(machine.article.as_ref());
        let cited = end.steps.iter().filter_map(|step| step.article.as_ref()).chain(article);
        let articles: BTreeMap<String, String> = cited
            .filter_map(|article| Some((article.to_string(), self.quote_of(id, article)?)))
            .collect();
        let last = end.steps.iter().rfind(|step| matters(&step.what));
        let sentence = match (&unit.decision, last) {
            (Some(decision), _) => {
                format!("`{}` since {}: {}", decision.state, decision.at, decision.reason)
            }
            (None, Some(step)) => self.step_sentence(step),
            (None, None) => format!("`{}` since {}", end.state, end.since),
        };
        Some(Why {
            paragraph: unit.paragraph,
            result: shown.to_string(),
            outcome: state.outcome.map(|outcome| outcome_word(outcome).to_owned()),
            is_proven: unit.decision.is_some(),
            // What a result lacks is looked for in all that is held: who does not see all of it is not told.
            outstanding: if self.hides(id, cut) { None } else { self.outstanding(id, unit, now) },
            sentence,
            articles: articles.into_iter().collect(),
            records: self.why_records(&end),
            changes,
            binds: names(&self.would_bind(id, cut, unit, horizon)),
            stops_by_being_offline: names(&self.offline_stops(id, cut, unit)),
        })
    }

    fn why_records(&self, end: &Run) -> Vec<WhyRecord> {
        let row = |step: &machine::Step| {
            let id = RecordId(u32::try_from(step.reference?).ok()?);
            let leaf = self.records.get(id.at())?.leaf.to_string();
            Some(WhyRecord {
                leaf,
                by: self.party_of(id).to_string(),
                what: self.step_sentence(step),
            })
        };
        end.steps.iter().filter_map(row).collect()
    }

    fn would_bind(
        &self,
        id: ProcedureId,
        cut: &Cut,
        unit: &Unit,
        horizon: UnixSeconds,
    ) -> BTreeSet<PartyId> {
        if let Some(decision) = &unit.decision {
            return decision.binds.clone();
        }
        let end = self.with_trial(id, cut, unit, true, |trial| {
            let end = trial.end(&BTreeMap::new(), horizon);
            let outcome = trial.machine.states.get(&end.state).and_then(|state| state.outcome);
            outcome.map(|outcome| (end, outcome))
        });
        match end.flatten() {
            Some((end, outcome)) => self.binds(id, unit, outcome, &end, cut),
            None => BTreeSet::new(),
        }
    }

    /// Reads once what a unit's runs depend on, and hands it to `then`; `None` while the procedure has not begun.
    fn with_trial<T>(
        &self,
        id: ProcedureId,
        cut: &Cut,
        unit: &Unit,
        all_reached: bool,
        then: impl FnOnce(&Trial<'_>) -> T,
    ) -> Option<T> {
        let event = self.position_event(id);
        self.with_setting(id, cut, all_reached, |machine, setting, start, events| {
            let touches = |on: &Option<Vec<u32>>| {
                unit.paragraph
                    .is_none_or(|number| on.as_ref().is_none_or(|on| on.contains(&number)))
            };
            let counts = |event: &&Event| unit.suspended.lets_through(event);
            let on_unit = events.iter().filter(|(_, on)| touches(on)).map(|(event, _)| event);
            let events = on_unit.filter(counts).collect();
            then(&Trial { machine, setting, unit, start, events, event: event.as_ref() })
        })
    }

    /// Returns the event that states a position on a procedure: of the first act that states one and may be about it.
    fn position_event(&self, id: ProcedureId) -> Option<EventName> {
        let procedure = &self.procedures[id.at()];
        let kind = match &procedure.spawned {
            Some(spawned) => &spawned.kind,
            None => self.names.kinds.name(self.records[procedure.opener.at()].kind),
        };
        let acts = self.version_of(id).charter.acts.values().filter(|act| act.about.contains(kind));
        let mut stating = acts.filter(|act| matches!(act.position, Some(PositionFrom::Field(_))));
        stating.next().and_then(|act| act.event.clone())
    }

    /// Returns who is waited for: parties entitled to a say whose silence the charter does not waive if the text never
    /// reaches them. While one of them is offline, nothing is adopted by silence.
    pub(crate) fn offline_stops(
        &self,
        id: ProcedureId,
        cut: &Cut,
        unit: &Unit,
    ) -> BTreeSet<PartyId> {
        let ends_by_silence = self.machine_of(id).is_some_and(|machine| {
            let state = machine.states.get(&unit.run.state);
            state.is_some_and(|state| state.clock.is_some())
                && machine.states.values().any(|s| s.outcome.is_some())
        });
        if !ends_by_silence || unit.decision.is_some() {
            return BTreeSet::new();
        }
        let waives =
            unit.run.deadline.as_ref().map(|deadline| deadline.waived.clone()).unwrap_or_default();
        let far = horizon(unit, UnixSeconds::default());
        let end = self.with_trial(id, cut, unit, false, |trial| trial.end(&BTreeMap::new(), far));
        let eligible = end.map_or_else(|| self.members(id), |end| self.eligible(id, &end));
        eligible.difference(&waives).cloned().collect()
    }
}

/// A unit with all that its runs depend on, to be run with other positions than those taken.
struct Trial<'a> {
    machine: &'a Machine,
    setting: &'a Setting<'a>,
    unit: &'a Unit,
    start: UnixSeconds,
    /// What touches the unit, in the order of its evidence.
    events: Vec<&'a Event>,
    /// The event by which a position is stated here.
    event: Option<&'a EventName>,
}

impl Trial<'_> {
    /// Runs the unit to the horizon with some parties' statements replaced by one position each.
    fn end(&self, changed: &BTreeMap<PartyId, Position>, horizon: UnixSeconds) -> Run {
        let is_replaced = |event: &Event| {
            self.event == Some(&event.event)
                && event.position.is_some()
                && changed.contains_key(&event.by)
        };
        let kept = self.events.iter().filter(|event| !is_replaced(event) && event.at <= horizon);
        let mut kept: Vec<Event> = kept.map(|event| (*event).clone()).collect();
        if let Some(event) = self.event {
            let supposed = changed.iter();
            let supposed =
                supposed.map(|(party, word)| stated(party, event, word, self.unit, self.start));
            kept.extend(supposed.filter(|event| event.at <= horizon));
        }
        // Events of one second keep the fold's order; what is only supposed comes after them.
        kept.sort_by_key(|event| event.at);
        let run = machine::run(self.machine, self.setting, self.start, &kept);
        machine::view(self.machine, self.setting, &run, horizon)
    }

    /// Finds the smallest changes of positions: single ones if there are any, else one set that cannot be made smaller.
    fn changes(
        &self,
        eligible: &BTreeSet<PartyId>,
        end: &Run,
        horizon: UnixSeconds,
    ) -> Vec<Change> {
        let flips = |changed: &BTreeMap<PartyId, Position>| {
            Some(self.end(changed, horizon).state).filter(|state| *state != end.state)
        };
        let words: Vec<Position> =
            WORDS.iter().filter_map(|word| Position::parse(word).ok()).collect();
        let mut found = Vec::new();
        for party in eligible {
            let single = words.iter().find_map(|word| {
                let changed = BTreeMap::from([(party.clone(), word.clone())]);
                flips(&changed).map(|state| Change::of(&changed, &state))
            });
            found.extend(single);
        }
        if !found.is_empty() {
            return found;
        }
        for word in &words {
            let all: BTreeMap<PartyId, Position> =
                eligible.iter().map(|p| (p.clone(), word.clone())).collect();
            if flips(&all).is_none() {
                continue;
            }
            let smallest = smaller(all, &|changed| flips(changed).is_some());
            if let Some(state) = flips(&smallest) {
                return vec![Change::of(&smallest, &state)];
            }
        }
        found
    }
}

impl Change {
    fn of(changed: &BTreeMap<PartyId, Position>, result: &StateName) -> Self {
        let positions = changed.iter().map(|(party, word)| (party.to_string(), word.to_string()));
        Self { positions: positions.collect(), result: result.to_string() }
    }
}

/// Drops parties from a change for as long as the rest still does it.
fn smaller(
    mut changed: BTreeMap<PartyId, Position>,
    still: &dyn Fn(&BTreeMap<PartyId, Position>) -> bool,
) -> BTreeMap<PartyId, Position> {
    let parties: Vec<PartyId> = changed.keys().cloned().collect();
    for party in parties {
        let Some(position) = changed.remove(&party) else { continue };
        if !still(&changed) {
            changed.insert(party, position);
        }
    }
    changed
}

/// Returns the moment up to which a unit is followed: its decision, or the end of its clock.
fn horizon(unit: &Unit, now: UnixSeconds) -> UnixSeconds {
    let end = unit.decision.as_ref().map(|decision| decision.at);
    let deadline = unit.run.deadline.as_ref().map(|deadline| deadline.at);
    end.or(deadline).unwrap_or(now).max(unit.run.since)
}

/// A position that might have been stated: in time, one second before the unit's clock runs out.
fn stated(
    party: &PartyId,
    event: &EventName,
    position: &Position,
    unit: &Unit,
    start: UnixSeconds,
) -> Event {
    let last = unit.decision.as_ref().map(|decision| decision.at);
    let deadline = unit.run.steps.iter().rev().find_map(|step| match step.what {
        StepKind::TimedOut { at, .. } => Some(at),
        StepKind::Moved { .. }
        | StepKind::Recorded
        | StepKind::Counted { .. }
        | StepKind::Late { .. }
        | StepKind::Contested { .. }
        | StepKind::Refused { .. } => None,
    });
    let end = unit
        .run
        .deadline
        .as_ref()
        .map(|deadline| deadline.at)
        .or(deadline)
        .or(last)
        .unwrap_or(start);
    let at = (end - Seconds(1)).max(start);
    Event {
        at,
        not_before: at,
        by: party.clone(),
        event: event.clone(),
        position: Some(position.clone()),
        reference: u64::MAX,
    }
}

/// Returns true if a step moved the machine, or holds it.
pub(crate) const fn matters(what: &StepKind) -> bool {
    matches!(what, StepKind::Moved { .. } | StepKind::TimedOut { .. } | StepKind::Contested { .. })
}
