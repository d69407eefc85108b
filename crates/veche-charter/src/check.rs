//! What must hold of a charter as a whole: every name found, every machine sound, every rule open to both results.

mod alarms;
mod electorate;
mod machines;
mod names;
mod outside;
mod sharing;
mod standing;

use crate::fault::FaultKind;
use crate::model::{Act, Actor, Charter, Machine, State, Target, Test};
use crate::name::{MachineName, RoleName, StateName};
use crate::rule::{Bench, Roles, fits};
use crate::text::{Findings, Path};
use std::collections::BTreeSet;
use veche_ledger::{Kind, PartyId};

/// The role of who presides, filled wherever an organ has a chair.
const CHAIR: &str = "chair";

/// The role of who opened a procedure, always filled.
const INITIATOR: &str = "initiator";

/// Notes every fault of a charter whose tables are read.
pub(crate) fn check(charter: &Charter, findings: &mut Findings<'_>) {
    let mut check = Check { charter, bench: charter.bench(), findings };
    names::check(&mut check);
    // The rest reads what names lead to, so that a dangling one would be told again in other words.
    if check.findings.is_empty() {
        standing::check(&mut check);
        alarms::check(&mut check);
        machines::check(&mut check);
        electorate::check(&mut check);
    }
}

/// A check on its way.
struct Check<'a, 'f, 't> {
    charter: &'a Charter,
    bench: Bench,
    findings: &'f mut Findings<'t>,
}

impl<'a> Check<'a, '_, '_> {
    fn add(&mut self, path: &[&str], what: FaultKind) {
        self.hint(path, what, None);
    }

    fn hint(&mut self, path: &[&str], what: FaultKind, hint: Option<String>) {
        let path: Path = path.iter().map(|key| (*key).to_owned()).collect();
        self.findings.add(&path, what, hint);
    }

    /// Returns the roles that something in the charter fills.
    fn known_roles(&self) -> BTreeSet<&'a str> {
        let by_acts =
            self.charter.acts.values().flat_map(|act| act.roles.keys().map(RoleName::as_str));
        let mut out: BTreeSet<&str> = by_acts.collect();
        out.insert(INITIATOR);
        if self.charter.organs.values().any(|organ| organ.chair.is_some()) {
            out.insert(CHAIR);
        }
        out
    }

    /// Returns the acts that start a machine: those that open it, and those that it is spawned as.
    fn openers(&self, machine: &MachineName) -> Vec<(&'a Kind, &'a Act)> {
        self.charter.acts.iter().filter(|(_, act)| act.opens.as_ref() == Some(machine)).collect()
    }

    /// Returns the parties that a pattern can fit, whoever holds which role.
    fn may_fit(&self, actor: &Actor) -> BTreeSet<&PartyId> {
        let widest = match actor {
            Actor::Role(_) | Actor::NotRole(_) | Actor::Any => &Actor::Any,
            Actor::MemberNotRole(_) | Actor::AnyMember => &Actor::AnyMember,
            Actor::Status(_) | Actor::Tag(_) | Actor::Party(_) => actor,
        };
        let none = Roles::new();
        self.bench.seats.keys().filter(|id| fits(widest, id, &self.bench, &none)).collect()
    }
}

/// Returns the states that a target leads to.
fn ends(target: &Target) -> Vec<&StateName> {
    match target {
        Target::State(to) => vec![to],
        Target::Rule { pass, fail, no_quorum, .. } => {
            [pass, fail].into_iter().chain(no_quorum).collect()
        }
    }
}

/// Returns every state that one step leads to.
fn next(state: &State) -> Vec<&StateName> {
    let blocked = state.clock.as_ref().and_then(|c| c.unreached.as_ref()?.blocked_to.as_ref());
    let targets = state.on.iter().map(|t| &t.target).chain(&state.timeout);
    targets.flat_map(ends).chain(blocked).collect()
}

/// Returns the role that a pattern asks for.
const fn role_of(actor: &Actor) -> Option<&RoleName> {
    match actor {
        Actor::Role(role) | Actor::NotRole(role) | Actor::MemberNotRole(role) => Some(role),
        Actor::AnyMember | Actor::Any | Actor::Status(_) | Actor::Tag(_) | Actor::Party(_) => None,
    }
}

/// Returns every part of a test that counts, with the tests inside it.
fn leaves(test: &Test) -> Vec<&Test> {
    match test {
        Test::All(tests) | Test::Any(tests) => tests.iter().flat_map(leaves).collect(),
        Test::Not(test) => leaves(test),
        Test::None { .. } | Test::Of { .. } => vec![test],
    }
}

/// Returns every state of a machine that can be reached from its start.
fn reachable(machine: &Machine) -> BTreeSet<&StateName> {
    let mut found = BTreeSet::new();
    let mut open = vec![&machine.start];
    while let Some(name) = open.pop() {
        if let Some(state) = machine.states.get(name)
            && found.insert(name)
        {
            open.extend(next(state));
        }
    }
    found
}
