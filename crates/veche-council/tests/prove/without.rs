//! Each promise is seen to fail once what protects it is taken away, and to hold in the same world while it is there.

use crate::fold::{Fold, Removed};
use crate::promises::{
    NO_CONTRADICTION, NO_OLD_HEAD, NO_UNHEARD, NONE_IGNORED, NONE_TAKEN_BACK, NOT_STUCK, REDERIVED,
};
use crate::run;
use crate::setup::Setup;
use crate::story;
use crate::world::{BACKUP, Bounds, Course, FORK, Fault, LATE, PARTITION, SKEW, WITHHELD};
use stateright::{Checker, Model};
use veche_charter::Charter;
use veche_charter::model::{ClockStart, Machine};
use veche_charter::name::MachineName;

/// Something that protects a promise.
struct Protection {
    what: &'static str,
    charter: &'static str,
    machine: &'static str,
    parties: usize,
    said: u8,
    faults: Fault,
    removed: Removed,
    edit: fn(&mut Machine),
    /// What is broken without it.
    broken: &'static str,
}

/// How many protections are taken away.
pub(crate) const COUNT: usize = PROTECTIONS.len();

const fn as_it_is(_: &mut Machine) {}

const PROTECTIONS: [Protection; 11] = [
    Protection {
        what: "closings with heads: each node believes its own fold",
        charter: "mutual-aid",
        machine: "silence",
        parties: 4,
        said: 1,
        faults: LATE,
        removed: Removed::Closings,
        edit: as_it_is,
        broken: NONE_IGNORED,
    },
    Protection {
        what: "closings with heads: each node believes its own fold",
        charter: "mutual-aid",
        machine: "silence",
        parties: 4,
        said: 1,
        faults: LATE,
        removed: Removed::Closings,
        edit: as_it_is,
        broken: NO_CONTRADICTION,
    },
    Protection {
        what: "one history of a log in a cut: the second is believed as the first",
        charter: "mutual-aid",
        machine: "silence",
        parties: 4,
        said: 1,
        faults: FORK,
        removed: Removed::Closings,
        edit: as_it_is,
        broken: NO_CONTRADICTION,
    },
    Protection {
        what: "holding: what receipts could still turn is certified",
        charter: "two-banks",
        machine: "silence",
        parties: 3,
        said: 1,
        faults: SKEW,
        removed: Removed::Holding,
        edit: as_it_is,
        broken: NO_CONTRADICTION,
    },
    Protection {
        what: "the cut and proven times: all that is held counts, at its author's hour",
        charter: "two-banks",
        machine: "silence",
        parties: 3,
        said: 1,
        faults: SKEW,
        removed: Removed::Cuts,
        edit: as_it_is,
        broken: REDERIVED,
    },
    Protection {
        what: "an epoch hides nothing: what a party takes back, and others held, is left out of the cut",
        charter: "two-banks",
        machine: "silence",
        parties: 3,
        said: 1,
        faults: BACKUP,
        removed: Removed::Epochs,
        edit: as_it_is,
        broken: NONE_TAKEN_BACK,
    },
    Protection {
        what: "no old heads: one from before the decision counts as having said all",
        charter: "mutual-aid",
        machine: "silence",
        parties: 4,
        said: 1,
        faults: PARTITION,
        removed: Removed::Heads,
        edit: as_it_is,
        broken: NO_OLD_HEAD,
    },
    Protection {
        what: "`unreached`, and the receipts of those bound: a silence asks nobody whether the text was received",
        charter: "six-rivers",
        machine: "silence",
        parties: 4,
        said: 0,
        faults: WITHHELD,
        removed: Removed::Receipts,
        edit: asks_nobody,
        broken: NO_UNHEARD,
    },
    Protection {
        what: "the receipts of those bound: a vote asks nobody whether the text was received",
        charter: "nato",
        machine: "decision",
        parties: 4,
        said: 1,
        faults: LATE,
        removed: Removed::Receipts,
        edit: as_it_is,
        broken: NO_UNHEARD,
    },
    Protection {
        what: "`contested = \"held\"`: what is contested has no way out and does not say so",
        charter: "two-banks",
        machine: "silence",
        parties: 3,
        said: 1,
        faults: LATE,
        removed: Removed::Nothing,
        edit: says_nothing_of_contests,
        broken: NOT_STUCK,
    },
    Protection {
        what: "the way out of a state: nothing leaves it",
        charter: "two-banks",
        machine: "warning",
        parties: 3,
        said: 1,
        faults: 0,
        removed: Removed::Nothing,
        edit: leads_nowhere,
        broken: NOT_STUCK,
    },
];

fn asks_nobody(machine: &mut Machine) {
    for clock in machine.states.values_mut().filter_map(|state| state.clock.as_mut()) {
        clock.unreached = None;
        clock.start = ClockStart::Tabled;
    }
}

const fn says_nothing_of_contests(machine: &mut Machine) {
    machine.leaves_contested = false;
}

fn leads_nowhere(machine: &mut Machine) {
    for state in machine.states.values_mut() {
        state.on.clear();
        state.clock = None;
        state.timeout = None;
    }
}

/// Takes away one protection after the other; returns how many were not missed.
pub(crate) fn run() -> usize {
    let charters = run::charters();
    let mut failed = 0;
    for protection in &PROTECTIONS {
        let charter = charters.iter().find(|(name, _)| name == protection.charter);
        let (_, charter) = charter.expect("a shipped charter");
        let with = broken(charter, protection, false);
        let without = broken(charter, protection, true);
        println!("without {}\n  {}", protection.what, protection.broken);
        match (with, without) {
            (None, Some(story)) => println!("  fails: {story}"),
            (Some(story), _) => {
                println!("  FAILED: it does not hold as shipped either: {story}");
                failed += 1;
            }
            (None, None) => {
                println!("  FAILED: it holds all the same");
                failed += 1;
            }
        }
    }
    failed
}

/// Returns the course of events that breaks the promise, if one does.
fn broken(charter: &Charter, protection: &Protection, is_removed: bool) -> Option<String> {
    let machine = MachineName::parse(protection.machine).expect("a name");
    let mut setup = Setup::of(charter, &machine, protection.parties).expect("a world");
    let mut removed = Removed::Nothing;
    if is_removed {
        removed = protection.removed;
        setup = setup.edited(|charter| {
            charter.machines.get_mut(&machine).into_iter().for_each(protection.edit);
        });
    }
    let bounds = Bounds {
        said: protection.said,
        faults: 1,
        of: protection.faults,
        is_symmetric: false,
        is_reduced: true,
    };
    let course = Course::new(setup.clone(), bounds, Fold::new(setup, removed));
    let checker = course.clone().checker().spawn_bfs().join();
    Some(story::tell(&course, checker.discovery(protection.broken)?))
}
