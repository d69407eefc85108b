//! Machines: every state reached and left, one transition an event, clocks that lead somewhere and read what is there.

use super::standing::act_fills;
use super::{Check, leaves, reachable, role_of};
use crate::fault::FaultKind;
use crate::machine::RULING;
use crate::model::{
    Actor, Clock, ClockSpan, ClockStart, FieldForm, Finally, Machine, State, Target, Test,
    Transition, Unreached, UnreachedThen,
};
use crate::name::{MachineName, RoleName, StateName};
use std::collections::BTreeSet;

/// The field that names an act's urgency.
const URGENCY: &str = "urgency";

pub(super) fn check(c: &mut Check<'_, '_, '_>) {
    for (name, machine) in &c.charter.machines {
        let reached = reachable(machine);
        for (key, state) in &machine.states {
            let path = ["machines", name.as_str(), "states", key.as_str()];
            if !reached.contains(key) {
                c.add(&path, FaultKind::Unreachable(key.to_string()));
            }
            check_exits(c, &path, key, state);
            check_ruling(c, &path, machine, key, state);
            check_pairs(c, &path, state);
            check_numbers(c, &path, state);
            if let Some(clock) = &state.clock {
                check_unreached(c, &[path.as_slice(), &["clock"]].concat(), clock);
                check_clock_source(c, &[path.as_slice(), &["clock"]].concat(), name, clock);
            }
        }
        check_roles(c, name, machine);
    }
}

fn check_exits(c: &mut Check<'_, '_, '_>, path: &[&str], name: &StateName, state: &State) {
    let name = name.to_string();
    let at = |key| [path, &[key]].concat();
    let has_exit = !state.on.is_empty() || state.clock.is_some();
    if state.is_final && has_exit {
        c.add(&at("final"), FaultKind::FinalWithExit(name.clone()));
    }
    if !state.is_final && !has_exit && state.timeout.is_none() {
        c.hint(
            path,
            FaultKind::NoExit(name.clone()),
            Some("write `final = true` if nothing follows".to_owned()),
        );
    }
    match (&state.clock, &state.timeout) {
        (Some(_), None) => c.add(&at("clock"), FaultKind::ClockWithoutTimeout(name)),
        (None, Some(_)) => c.add(&at("timeout"), FaultKind::TimeoutWithoutClock(name)),
        (Some(_), Some(_)) | (None, None) => {}
    }
}

/// Where a decision hangs on a clock, a statement may straddle its end and contest it.
fn check_ruling(
    c: &mut Check<'_, '_, '_>,
    path: &[&str],
    machine: &Machine,
    name: &StateName,
    state: &State,
) {
    let is_ruling = |t: &Transition| t.event.as_str() == RULING;
    let may_be_contested = state.clock.is_some()
        && (state.on.iter().any(|t| !is_ruling(t))
            || matches!(state.timeout, Some(Target::Rule { .. })));
    let has_way_out = machine.leaves_contested || state.on.iter().any(is_ruling);
    if machine.decides() && may_be_contested && !has_way_out {
        c.hint(
            path,
            FaultKind::NoRuling(name.to_string()),
            Some(
                "give it a transition `{ ev = \"ruling\", .. }`, or write `contested = \"held\"` in the machine"
                    .to_owned(),
            ),
        );
    }
}

fn check_pairs(c: &mut Check<'_, '_, '_>, path: &[&str], state: &State) {
    for (index, second) in state.on.iter().enumerate() {
        let first = state.on.iter().take(index).find(|first| both_match(c, first, second));
        if let Some(first) = first {
            let what = FaultKind::TwoTransitions {
                event: second.event.to_string(),
                first: first.by.to_string(),
                second: second.by.to_string(),
            };
            c.add(&[path, &["on", &index.to_string()]].concat(), what);
        }
    }
}

fn both_match(c: &Check<'_, '_, '_>, a: &Transition, b: &Transition) -> bool {
    let share =
        a.positions.is_empty() || b.positions.is_empty() || !a.positions.is_disjoint(&b.positions);
    a.event == b.event && share && !are_disjoint(c, &a.by, &b.by)
}

/// Returns true if no party can fit both patterns, whoever holds which role.
fn are_disjoint(c: &Check<'_, '_, '_>, a: &Actor, b: &Actor) -> bool {
    let opposed = |a: &Actor, b: &Actor| match (a, b) {
        (Actor::Role(role), Actor::NotRole(not) | Actor::MemberNotRole(not)) => role == not,
        _ => false,
    };
    opposed(a, b) || opposed(b, a) || c.may_fit(a).is_disjoint(&c.may_fit(b))
}

fn check_numbers(c: &mut Check<'_, '_, '_>, path: &[&str], state: &State) {
    for (index, transition) in state.on.iter().enumerate() {
        let need = u64::from(transition.need);
        let have = u64::try_from(c.may_fit(&transition.by).len()).unwrap_or(u64::MAX);
        if need > have {
            let what =
                FaultKind::TooFew { what: format!("event `{}`", transition.event), need, have };
            c.add(&[path, &["on", &index.to_string()]].concat(), what);
        }
    }
}

fn check_unreached(c: &mut Check<'_, '_, '_>, path: &[&str], clock: &Clock) {
    match &clock.unreached {
        None if clock.start != ClockStart::Tabled => {
            let what = "a clock that starts with receipts needs `unreached`: a party that the text never reaches would stop it";
            c.add(path, FaultKind::Contradiction(what.to_owned()));
        }
        Some(unreached) if may_block(unreached) && unreached.blocked_to.is_none() => {
            let what = "an unreached party may block, and `to` does not say where that leads";
            c.add(&[path, &["unreached"]].concat(), FaultKind::Contradiction(what.to_owned()));
        }
        None | Some(_) => {}
    }
}

fn may_block(unreached: &Unreached) -> bool {
    match unreached.then {
        UnreachedThen::Block => true,
        UnreachedThen::Extend => unreached.finally == Finally::Block,
        UnreachedThen::Counts | UnreachedThen::Exclude => false,
    }
}

/// A clock that reads the opening act's terms must find there what it reads.
fn check_clock_source(
    c: &mut Check<'_, '_, '_>,
    path: &[&str],
    machine: &MachineName,
    clock: &Clock,
) {
    for (kind, act) in c.openers(machine) {
        let (name, problem) = match &clock.span {
            ClockSpan::Fixed(_) => continue,
            ClockSpan::Field { field, .. } => {
                let problem = match act.fields.get(field) {
                    None => Some("does not have"),
                    Some(f) if !matches!(f.form, FieldForm::Time | FieldForm::Duration) => {
                        Some("has neither as a time nor as a duration")
                    }
                    Some(f) if !f.required => Some("need not have"),
                    Some(_) => None,
                };
                (field.as_str(), problem)
            }
            ClockSpan::Class(class) => {
                let calendar = clock.calendar.as_ref().unwrap_or(&c.charter.calendar);
                let by_urgency =
                    c.charter.calendars.get(calendar).and_then(|cal| cal.classes.get(class));
                let is_listed =
                    |word: &String| by_urgency.is_some_and(|class| class.contains_key(word));
                let problem = match act.fields.get(URGENCY) {
                    None => Some("does not have"),
                    Some(f) if f.one_of.is_empty() || !f.one_of.written().iter().all(is_listed) => {
                        Some("lets have words that the class of durations does not list")
                    }
                    Some(_) => None,
                };
                (URGENCY, problem)
            }
        };
        if let Some(problem) = problem {
            let what =
                FaultKind::ClockField { field: name.to_owned(), act: kind.to_string(), problem };
            c.add(path, what);
        }
    }
}

/// Whatever opens a machine must say who holds each role that the machine and its rules ask for.
fn check_roles(c: &mut Check<'_, '_, '_>, name: &MachineName, machine: &Machine) {
    let openers = c.openers(name);
    for role in roles_asked(c, machine) {
        if openers.iter().any(|(_, act)| !act_fills(act, &role)) {
            let what =
                FaultKind::UnfilledRole { machine: name.to_string(), role: role.to_string() };
            c.add(&["machines", name.as_str()], what);
        }
    }
}

fn roles_asked(c: &Check<'_, '_, '_>, machine: &Machine) -> BTreeSet<RoleName> {
    let states = machine.states.values();
    let actors = states.clone().flat_map(|s| &s.on).filter_map(|t| role_of(&t.by)).cloned();
    let targets = states.flat_map(|s| s.on.iter().map(|t| &t.target).chain(&s.timeout));
    let rules = targets.filter_map(|target| match target {
        Target::Rule { rule, .. } => c.charter.rules.get(rule),
        Target::State(_) => None,
    });
    let in_rules = rules.flat_map(|rule| {
        let tests = leaves(&rule.adopt).into_iter().chain(rule.fallback.iter().flat_map(leaves));
        let in_tests = tests.filter_map(|test| match test {
            Test::None { role, .. } | Test::Of { role, .. } => role.clone(),
            Test::All(_) | Test::Any(_) | Test::Not(_) => None,
        });
        in_tests.chain(rule.minus.iter().cloned()).collect::<Vec<_>>()
    });
    actors.chain(in_rules).collect()
}
