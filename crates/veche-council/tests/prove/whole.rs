//! That reductions lose nothing: worlds looked at without them end in the same ways.

use crate::fold::{Fold, Removed, names_of};
use crate::run;
use crate::setup::Setup;
use crate::world::{
    BACKUP, Bounds, CHAIR, Course, EVERY_FAULT, Ending, FORK, Fault, LATE, PARTITION, SKEW,
    WITHHELD,
};
use stateright::{Checker, Model};
use std::collections::BTreeSet;
use veche_charter::name::MachineName;

/// Forms of different kinds, with how many faults a course of events meets, and of which: so that all are finished soon.
const FORMS: [(&str, &str, u32, Fault); 10] = [
    ("two-banks", "silence", 1, EVERY_FAULT),
    ("two-banks", "silence", 2, LATE | PARTITION),
    ("two-banks", "silence", 2, FORK | WITHHELD),
    ("mutual-aid", "silence", 1, EVERY_FAULT),
    ("un", "emergency_session", 1, EVERY_FAULT),
    ("who", "pheic", 2, CHAIR | LATE | PARTITION),
    ("csto", "aid", 1, EVERY_FAULT),
    ("nato", "decision", 2, SKEW | BACKUP),
    ("csto", "burden_share", 2, EVERY_FAULT),
    ("un", "ga_other", 2, EVERY_FAULT),
];

/// How many forms are compared.
pub(crate) const COUNT: usize = FORMS.len();

/// Compares the ends of each form; returns in how many they differ.
pub(crate) fn run() -> usize {
    let charters = run::charters();
    let mut failed = 0;
    for (name, machine, faults, of) in FORMS {
        let charter = charters.iter().find(|(other, _)| other == name);
        let (_, charter) = charter.expect("a shipped charter");
        let machine = MachineName::parse(machine).expect("a name");
        let setup = Setup::of(charter, &machine, 3).expect("a world");
        let bounds = Bounds { said: 1, faults, of, is_symmetric: false, is_reduced: false };
        let all = ends(&setup, bounds);
        let reduced = ends(&setup, Bounds { is_reduced: true, ..bounds });
        let symmetric = ends(&setup, Bounds { is_reduced: true, is_symmetric: true, ..bounds });
        // An exchange of parties alike changes whom a decision binds, and nothing else.
        let found = |(_, ends): &(usize, BTreeSet<Ending>)| -> BTreeSet<_> {
            ends.iter().map(|(found, _)| *found).collect()
        };
        let is_same = all.1 == reduced.1 && found(&all) == found(&symmetric);
        println!(
            "reduced {name}.{machine}, {faults} of {}: {} states, {} of them reduced, {} with parties alike taken together; {} ends{}",
            names_of(of),
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
fn ends(setup: &Setup, bounds: Bounds) -> (usize, BTreeSet<Ending>) {
    let fold = Fold::new(setup.clone(), Removed::Nothing);
    let course = Course::new(setup.clone(), bounds, fold).keeping_endings();
    let checker = course.clone().checker().spawn_dfs().join();
    (checker.unique_state_count(), course.endings())
}
