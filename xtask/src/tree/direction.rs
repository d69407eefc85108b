//! Dependencies between the rooms point one way, and a core reaches nothing that does I/O.

use crate::workspace::{Package, Workspace};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// A crate of this workspace, and what it may use of the others, in tests too.
struct Room {
    name: &'static str,
    /// A core is pure: no I/O, no clock, no randomness, no async.
    core: bool,
    may_use: &'static [&'static str],
}

/// The rooms of `docs/architecture.md`, lowest first: none may use a later one.
const ROOMS: [Room; 10] = [
    Room { name: "veche-ledger", core: true, may_use: &[] },
    Room { name: "veche-charter", core: true, may_use: &["veche-ledger"] },
    Room { name: "veche-council", core: true, may_use: &["veche-ledger", "veche-charter"] },
    Room { name: "veche-coder", core: true, may_use: &[] },
    // Nothing flows from the picture into the council by itself: it does not even know the record's type.
    Room { name: "veche-picture", core: true, may_use: &["veche-coder"] },
    Room {
        name: "veche-exchange",
        core: true,
        may_use: &[
            "veche-ledger",
            "veche-charter",
            "veche-council",
            "veche-coder",
            "veche-picture",
        ],
    },
    Room {
        name: "veche-desk",
        core: true,
        may_use: &[
            "veche-ledger",
            "veche-charter",
            "veche-council",
            "veche-picture",
            "veche-exchange",
        ],
    },
    Room {
        name: "veche-node",
        core: false,
        may_use: &[
            "veche-ledger",
            "veche-charter",
            "veche-council",
            "veche-coder",
            "veche-picture",
            "veche-exchange",
            "veche-desk",
        ],
    },
    Room {
        name: "veche",
        core: false,
        may_use: &[
            "veche-ledger",
            "veche-charter",
            "veche-council",
            "veche-coder",
            "veche-picture",
            "veche-exchange",
            "veche-desk",
            "veche-node",
        ],
    },
    Room { name: "xtask", core: false, may_use: &[] },
];

/// What no core may reach, by whatever way: sockets, files, threads of a runtime, randomness.
const OUTSIDE: [&str; 7] =
    ["tokio", "async-std", "rusqlite", "axum", "hyper", "reqwest", "getrandom"];

/// A dependency of a core behind which nothing is looked for, with the reason.
struct Pardon {
    core: &'static str,
    through: &'static str,
    #[expect(dead_code, reason = "read by people: a pardon has a reason or is no pardon")]
    reason: &'static str,
}

/// Keep this short; each is a promise that somebody has read the code behind it.
const PARDONS: [Pardon; 1] = [Pardon {
    core: "veche-picture",
    through: "ahash",
    reason: "parquet interns dictionary values in a seeded hash table; a dictionary's order is that of first use",
}];

/// Returns whether a crate is a core.
pub(crate) fn is_core(name: &str) -> bool {
    ROOMS.iter().any(|room| room.core && room.name == name)
}

/// Each edge between crates of this workspace is one that [`ROOMS`] allows.
pub(crate) fn between_rooms(workspace: &Workspace) -> Vec<String> {
    let mut faults = Vec::new();
    for (package, folder) in workspace.members() {
        let Some(room) = ROOMS.iter().find(|room| room.name == package.name) else {
            faults.push(format!(
                "`{}` in {folder} has no room: give it a line in xtask/src/tree/direction.rs and docs/architecture.md",
                package.name
            ));
            continue;
        };
        let used = package.uses.iter().filter_map(|(id, _)| workspace.packages.get(id));
        for used in used.filter(|used| used.folder.is_some() && used.name != package.name) {
            if !room.may_use.contains(&used.name.as_str()) {
                faults.push(format!(
                    "`{}` uses `{}`, which is not below it: allowed are [{}]",
                    room.name,
                    used.name,
                    room.may_use.join(", ")
                ));
            }
        }
    }
    faults
}

/// No core reaches a crate of [`OUTSIDE`] in the program; what only tests, build scripts and macros use does not count.
pub(crate) fn of_the_cores(workspace: &Workspace) -> Vec<String> {
    workspace
        .packages
        .iter()
        .filter(|(_, package)| package.folder.is_some() && is_core(&package.name))
        .flat_map(|(id, package)| reached(workspace, id, package))
        .collect()
}

/// Walks breadth first, so that the path shown is a shortest one.
fn reached(workspace: &Workspace, start: &str, core: &Package) -> Vec<String> {
    let pardoned = |name: &str| {
        PARDONS.iter().any(|pardon| pardon.core == core.name && pardon.through == name)
    };
    let mut came_from: BTreeMap<&str, &str> = BTreeMap::new();
    let mut seen = BTreeSet::from([start]);
    let mut queue = VecDeque::from([start]);
    let mut faults = Vec::new();
    while let Some(id) = queue.pop_front() {
        let Some(package) = workspace.packages.get(id) else { continue };
        if OUTSIDE.contains(&package.name.as_str()) {
            let path = path(workspace, &came_from, id);
            faults.push(format!("`{}` must not reach `{}`: {path}", core.name, package.name));
            continue;
        }
        for (used, in_program) in &package.uses {
            let walk = workspace
                .packages
                .get(used)
                .is_some_and(|used| *in_program && !used.proc_macro && !pardoned(&used.name));
            if walk && seen.insert(used) {
                came_from.insert(used, id);
                queue.push_back(used);
            }
        }
    }
    faults
}

fn path(workspace: &Workspace, came_from: &BTreeMap<&str, &str>, end: &str) -> String {
    let mut names = Vec::new();
    let mut at = Some(end);
    while let Some(id) = at {
        names.push(workspace.packages.get(id).map_or(id, |package| package.name.as_str()));
        at = came_from.get(id).copied();
    }
    names.reverse();
    names.join(" -> ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(packages: &[(&str, &[&str])], expected: &[&str]) {
        let workspace = Workspace::for_tests(packages);
        let mut faults = between_rooms(&workspace);
        faults.extend(of_the_cores(&workspace));
        assert_eq!(faults.len(), expected.len(), "{faults:?}");
        for (fault, part) in faults.iter().zip(expected) {
            assert!(fault.contains(part), "`{fault}` lacks `{part}`");
        }
    }

    #[test]
    fn a_room_uses_what_is_below_it() {
        check(&[("veche-ledger", &[]), ("veche-council", &["veche-ledger"])], &[]);
        check(
            &[("veche-ledger", &["veche-council"]), ("veche-council", &[])],
            &["`veche-ledger` uses `veche-council`"],
        );
        check(
            &[("veche-desk", &["veche-node"]), ("veche-node", &[])],
            &["`veche-desk` uses `veche-node`"],
        );
    }

    #[test]
    fn a_crate_without_a_room_is_named() {
        check(&[("veche-utils", &[])], &["`veche-utils` in crates/veche-utils has no room"]);
    }

    #[test]
    fn a_core_does_not_reach_the_world_through_others() {
        check(
            &[("veche-charter", &["fancy"]), ("fancy", &["tokio"]), ("tokio", &[])],
            &["`veche-charter` must not reach `tokio`: veche-charter -> fancy -> tokio"],
        );
        check(&[("veche-node", &["tokio"]), ("tokio", &[])], &[]);
    }

    #[test]
    fn what_only_tests_use_does_not_count() {
        let mut workspace = Workspace::for_tests(&[
            ("veche-ledger", &["proptest"]),
            ("proptest", &["getrandom"]),
            ("getrandom", &[]),
        ]);
        assert_eq!(of_the_cores(&workspace).len(), 1);
        for (_, in_program) in &mut workspace.packages.get_mut("veche-ledger").unwrap().uses {
            *in_program = false;
        }
        assert!(of_the_cores(&workspace).is_empty());
    }

    #[test]
    fn a_pardon_holds_for_one_core_and_one_way() {
        check(&[("veche-picture", &["ahash"]), ("ahash", &["getrandom"]), ("getrandom", &[])], &[]);
        check(
            &[("veche-picture", &["rand"]), ("rand", &["getrandom"]), ("getrandom", &[])],
            &["veche-picture -> rand -> getrandom"],
        );
        check(
            &[("veche-ledger", &["ahash"]), ("ahash", &["getrandom"]), ("getrandom", &[])],
            &["veche-ledger -> ahash -> getrandom"],
        );
    }

    #[test]
    fn no_room_may_use_a_later_one() {
        for (i, room) in ROOMS.iter().enumerate() {
            let below: Vec<&str> = ROOMS[..i].iter().map(|room| room.name).collect();
            for used in room.may_use {
                assert!(below.contains(used), "{} may use {used}", room.name);
            }
        }
    }
}
