//! That reductions lose nothing: worlds looked at without them end in the same ways.

use crate::fold::{Fold, Removed};
use crate::run::{self, EVERY_FAULT};
use crate::setup::Setup;
use crate::world::{Bounds, Course, Ending};
use stateright::{Checker, Model};
use std::collections::BTreeSet;
use veche_charter::name::MachineName;

/// Forms of different kinds, with the faults of a course of events: those with two have few states.
const FORMS: [(&str, &str, u32); 7] = [
    ("two-banks", "silence", 1),
    ("mutual-aid", "silence", 1),
    ("un", "emergency_session", 1),
    ("who", "pheic", 1),
    ("csto", "aid", 1),
    ("csto", "burden_share", 2),
    ("un", "ga_other", 2),
];

/// How many forms are compared.
pub(crate) const COUNT: usize = FORMS.len();

/// Compares the ends of each form; returns in how many they differ.
pub(crate) fn run() -> usize {
    let charters = run::charters();
    let mut failed = 0;
    for (name, machine, faults) in FORMS {
        let charter = charters.iter().find(|(other, _)| other == name);
        let (_, charter) = charter.expect("a shipped charter");
        let machine = MachineName::parse(machine).expect("a name");
        let setup = Setup::of(charter, &machine, 3).expect("a world");
        let all = ends(&setup, faults, false, false);
        let reduced = ends(&setup, faults, true, false);
        let symmetric = ends(&setup, faults, true, true);
        // An exchange of parties alike changes whom a decision binds, and nothing else.
        let found = |(_, ends): &(usize, BTreeSet<Ending>)| -> BTreeSet<_> {
            ends.iter().map(|(found, _)| *found).collect()
        };
        let is_same = all.1 == reduced.1 && found(&all) == found(&symmetric);
        println!(
            "reduced {name}.{machine}, {faults} faults: {} states, {} of them reduced, {} with parties alike taken together; {} ends{}",
            all.0,
            reduced.0,
            symmetric.0,
            all.1.len(),
            if is_same { "" } else { ": FAILED, they differ" }
        );
        failed += usize::from(!is_same);
    }
    failed
}

/// Returns how many states a world has, and what its ends come to.
fn ends(
    setup: &Setup,
    faults: u32,
    is_reduced: bool,
    is_symmetric: bool,
) -> (usize, BTreeSet<Ending>) {
    let bounds = Bounds { said: 1, faults, of: EVERY_FAULT, is_symmetric, is_reduced };
    let fold = Fold::new(setup.clone(), Removed::Nothing);
    let course = Course::new(setup.clone(), bounds, fold).keeping_endings();
    let checker = course.clone().checker().spawn_dfs().join();
    (checker.unique_state_count(), course.endings())
}
