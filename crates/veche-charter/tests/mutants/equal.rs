//! Which mutants that load say the same as their charter, with the argument that makes it so.

use crate::operators::Mutant;
use crate::search::words_of;
use std::collections::BTreeSet;
use veche_charter::Charter;
use veche_charter::model::{ClockSpan, FieldForm, Machine, Mode, Rule, State, Target};
use veche_charter::name::{Position, RuleName, StateName};
use veche_charter::rule::{Positions, Roles, evaluate};
use veche_ledger::{Label, PartyId};

/// Divisions of positions among the eligible that are gone through to show that two rules are one.
const DIVISIONS_MAX: u64 = 20_000;

/// Returns why a mutant says the same as its charter; `None` if nothing shows that.
pub(crate) fn argument(before: &Charter, after: &Charter, mutant: &Mutant) -> Option<&'static str> {
    let path: Vec<&str> = mutant.path.iter().map(String::as_str).collect();
    match path.as_slice() {
        ["labels", ..] | ["statuses", _, "reads", ..] => {
            same_readers(before, after).then_some("the same parties read each label")
        }
        ["acts", kind, "label"] | ["acts", kind, "label", "floor" | "default"] => {
            same_labels(before, after, kind)
                .then_some("the act has the same label, and may have the same")
        }
        ["calendars", _, "working_days" | "holidays", ..] => {
            (!counts(before, "WorkingDays(")).then_some("nothing is counted in working days")
        }
        ["calendars", _, "zone"] => (!counts(before, "WorkingDays(") && !counts(before, "Months("))
            .then_some("nothing is counted in working days or months"),
        ["parties", _, "zone"] => Some("pages alone read it"),
        ["machines", machine, "states", state, "fresh"] => fresh(&before.machines[*machine], state),
        ["rules", rule, ..] => same_rule(before, after, rule)
            .then_some("every division of positions has the same result"),
        _ => None,
    }
}

fn same_labels(before: &Charter, after: &Charter, kind: &str) -> bool {
    let told = |charter: &Charter| -> (Label, Vec<Label>) {
        let act = &charter.acts[kind];
        let floor = |label: &&Label| {
            act.label_floor.as_ref().is_none_or(|floor| charter.label_at_least(label, floor))
        };
        let may = charter.labels.keys().filter(floor).cloned().collect();
        (charter.label_of(act).clone(), may)
    };
    told(before) == told(after)
}

fn same_readers(before: &Charter, after: &Charter) -> bool {
    let labels: Vec<&Label> = before.labels.keys().collect();
    labels.iter().all(|label| {
        let order = |c: &Charter| -> Vec<bool> {
            labels.iter().map(|other| c.label_at_least(label, other)).collect()
        };
        before.readers(label) == after.readers(label)
            && order(before) == order(after)
            && before.labels[*label].sealed == after.labels[*label].sealed
    })
}

/// Returns true if some duration of this kind is in the charter, or may come with the terms of an act.
fn counts(charter: &Charter, kind: &str) -> bool {
    let fields = charter.acts.values().flat_map(|act| act.fields.iter());
    let durations: BTreeSet<&str> = fields
        .filter(|(_, field)| field.form == FieldForm::Duration)
        .map(|(name, _)| name.as_str())
        .collect();
    let is_free = |span: &ClockSpan| match span {
        ClockSpan::Field { field, .. } => durations.contains(field.as_str()),
        ClockSpan::Fixed(_) | ClockSpan::Class(_) => false,
    };
    let states = charter.machines.values().flat_map(|machine| machine.states.values());
    let clocks = states.filter_map(|state| Some(&state.clock.as_ref()?.span));
    let mut spans = clocks.chain(charter.duties.values().map(|duty| &duty.within));
    spans.any(is_free)
        || [
            format!("{:?}", charter.machines),
            format!("{:?}", charter.duties),
            format!("{:?}", charter.organs),
            format!("{:?}", charter.calendars),
        ]
        .iter()
        .any(|text| text.contains(kind))
}

/// Whether positions are cleared on entry says nothing where there are none, or where nothing asks for them.
fn fresh(machine: &Machine, state: &str) -> Option<&'static str> {
    let targets = |of: &State| -> Vec<StateName> {
        let steps = of.on.iter().map(|step| &step.target).chain(&of.timeout);
        let mut out: Vec<StateName> = steps.flat_map(ends).collect();
        let clock = of.clock.as_ref().and_then(|clock| clock.unreached.as_ref());
        out.extend(clock.and_then(|unreached| unreached.blocked_to.clone()));
        out
    };
    let mut states = machine.states.values();
    let is_entered = states.clone().flat_map(targets).any(|to| to.as_str() == state);
    if machine.start.as_str() == state && !is_entered {
        return Some("it is entered once, at the start, before any position");
    }
    let asks = |of: &State| {
        let mut steps = of.on.iter().map(|step| &step.target).chain(&of.timeout);
        of.outcome.is_some() || steps.any(|target| matches!(target, Target::Rule { .. }))
    };
    (!states.any(asks)).then_some("the machine asks no rule and decides nothing")
}

fn ends(target: &Target) -> Vec<StateName> {
    match target {
        Target::State(to) => vec![to.clone()],
        Target::Rule { pass, fail, no_quorum, .. } => {
            [Some(pass), Some(fail), no_quorum.as_ref()].into_iter().flatten().cloned().collect()
        }
    }
}

/// Goes through every position of everybody, left out or not, where these are few; roles are not gone through.
fn same_rule(before: &Charter, after: &Charter, name: &str) -> bool {
    let name = RuleName::parse(name).unwrap();
    let (one, other) = (&before.rules[&name], &after.rules[&name]);
    let ((mut positions, roles), (more, more_roles)) = (words_of(one), words_of(other));
    positions.extend(more);
    positions.sort();
    positions.dedup();
    if !roles.is_empty() || !more_roles.is_empty() {
        return false;
    }
    let parties: Vec<&PartyId> = before
        .parties
        .iter()
        .filter(|(_, party)| {
            one.status.contains(&party.status) || other.status.contains(&party.status)
        })
        .map(|(id, _)| id)
        .collect();
    let choices = positions.len() as u64 + 2;
    let divisions = u32::try_from(parties.len()).ok().and_then(|n| choices.checked_pow(n));
    let Some(divisions) = divisions.filter(|n| *n <= DIVISIONS_MAX) else { return false };
    let words: Vec<Position> = positions.iter().map(|p| Position::parse(p).unwrap()).collect();
    (0..divisions).all(|mut number| {
        let (mut held, mut excluded) = (Positions::new(), BTreeSet::new());
        for party in &parties {
            let choice = usize::try_from(number % choices).unwrap();
            number /= choices;
            match words.get(choice) {
                Some(position) => drop(held.insert((*party).clone(), position.clone())),
                None if choice == words.len() => {}
                None => drop(excluded.insert((*party).clone())),
            }
        }
        let told = |charter: &Charter, rule: &Rule, mode: Option<Mode>| {
            let verdict = evaluate(rule, &charter.bench(), &Roles::new(), &held, mode, &excluded);
            (verdict.result.as_str(), verdict.bound)
        };
        [None, Some(Mode::Meeting), Some(Mode::Silence)]
            .iter()
            .all(|mode| told(before, one, *mode) == told(after, other, *mode))
    })
}
