//! Each call to the system that touches a file fails in turn, and each way of failing has its turn: the program says so, what it
//! acknowledged is there, nothing is half-written, and the next try succeeds.

use super::power::{self, Survives};
use super::shim::{How, Rule, Watch};
use super::{Extent, whole};
use crate::running::{STORE, made_by_hand};
use crate::support::{Place, Screen};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// An operation that changes files.
struct Operation {
    name: &'static str,
    arguments: &'static str,
    /// Puts the files there that it needs.
    begin: fn(&Place),
    /// Panics if what it says that it has done is not there.
    done: fn(&Place),
    /// The files that it makes.
    makes: &'static [&'static str],
}

const SAY: &str =
    "record say --store arven.db --kind report --terms report.json --passphrase-file pass.txt";

const OPERATIONS: [Operation; 7] = [
    Operation {
        name: "init",
        arguments: "node init --charter genesis.toml --party arven --keys keys-arven --store arven.db",
        begin: with_keys,
        done: |place| {
            assert!(place.veche("node status --store arven.db").good().contains("node of `arven`"));
            assert_eq!(whole(place, STORE), 0);
        },
        makes: &["arven.db"],
    },
    Operation {
        name: "say",
        arguments: SAY,
        begin: |place| with_records(place, 1),
        done: |place| assert!(whole(place, STORE) > 1),
        makes: &[],
    },
    Operation {
        name: "backup make",
        arguments: "backup make arven.db two.backup",
        begin: |place| with_records(place, 2),
        done: |place| {
            place.veche("backup verify two.backup").good();
        },
        makes: &["two.backup"],
    },
    Operation {
        name: "backup verify",
        arguments: "backup verify one.backup",
        begin: |place| with_records(place, 2),
        done: |_| {},
        makes: &[],
    },
    Operation {
        name: "backup restore",
        arguments: "backup restore one.backup back.db --keys keys-arven",
        begin: |place| {
            with_keys(place);
            with_records(place, 2);
        },
        done: |place| {
            assert_eq!(whole(place, "back.db"), 2);
            let refused = place.veche(&SAY.replace("arven.db", "back.db"));
            assert!(refused.err.contains("have not said yet"), "it is marked: {refused}");
        },
        makes: &["back.db"],
    },
    Operation {
        name: "draft",
        arguments: "record draft --store arven.db --kind report --terms report.json --out report.draft --passphrase-file pass.txt",
        begin: |place| with_records(place, 1),
        done: |place| {
            let sign = "record sign report.draft --key keys-arven/duty.key --passphrase-file pass.txt --out report.signed";
            with_keys(place);
            place.veche(sign).good();
            for file in ["report.signed", "genesis.toml"] {
                std::fs::remove_file(place.path().join(file)).unwrap();
            }
            std::fs::remove_dir_all(place.path().join("keys-arven")).unwrap();
        },
        makes: &["report.draft"],
    },
    Operation {
        name: "passphrase",
        arguments: "node passphrase --store arven.db --officer duty --passphrase-file pass.txt --new-passphrase-file new.txt",
        begin: |place| {
            with_records(place, 1);
            place.put("new.txt", "five six seven eight\n");
        },
        done: |place| {
            place.veche(&format!("{SAY} --officer-passphrase-file new.txt")).good();
        },
        makes: &[],
    },
];

/// What operations begin with, made once: keys, charter, a store with so many records, a backup of the second.
fn made() -> &'static Made {
    static MADE: OnceLock<Made> = OnceLock::new();
    MADE.get_or_init(|| {
        let place = made_by_hand();
        place.put("report.json", r#"{"title": "River at 4.2 m", "text": "Rising."}"#);
        let mut stores = vec![place.get(STORE)];
        for _ in 0..2 {
            place.veche(SAY).good();
            stores.push(place.get(STORE));
        }
        place.veche("backup make arven.db one.backup").good();
        Made { stores, place }
    })
}

struct Made {
    stores: Vec<Vec<u8>>,
    place: Place,
}

fn with_keys(place: &Place) {
    let made = &made().place;
    place.put("genesis.toml", made.get("genesis.toml"));
    std::fs::create_dir(place.path().join("keys-arven")).unwrap();
    for key in ["1", "duty", "delegate", "witness", "root"] {
        let name = format!("keys-arven/{key}.key");
        place.put(&name, made.get(&name));
    }
}

fn with_records(place: &Place, count: usize) {
    place.put(STORE, &made().stores[count]);
    place.put("one.backup", made().place.get("one.backup"));
    place.put("report.json", made().place.get("report.json"));
}

fn begin(operation: &Operation) -> Place {
    let place = Place::new();
    place.put("pass.txt", "one two three four\n");
    (operation.begin)(&place);
    place
}

fn files(place: &Place) -> BTreeSet<String> {
    let entries = std::fs::read_dir(place.path()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    // Written where it can be, and nothing is lost without it.
    names.filter(|name| !name.ends_with(".sizes")).collect()
}

/// Runs an operation with a rule; the calls that it made, and whether the rule applied.
fn run(operation: &Operation, place: &Place, watch: &Watch, rule: Option<Rule>) -> (Screen, bool) {
    let mut command = place.command(operation.arguments);
    watch.over(place, &mut command, rule);
    let screen = Screen::of(&command.output().unwrap());
    let failed = watch.calls().iter().any(super::shim::Call::failed);
    (screen, failed)
}

/// How many calls an operation makes where none fails.
fn calls_of(operation: &Operation, counts_reads: bool) -> u64 {
    let (place, watch) = (begin(operation), Watch::new());
    let rule = Rule { counts_reads, ..Rule::once(0, How::Fault) };
    let (screen, _) = run(operation, &place, &watch, Some(rule));
    assert_eq!(screen.code, Some(0), "{}: {screen}", operation.name);
    let calls = watch.calls();
    let last = calls.last().unwrap();
    assert_eq!(last.operation, "end", "{}: it did not end in order", operation.name);
    assert!(counts_reads || last.number > 5, "{}: {} calls", operation.name, last.number);
    last.number
}

/// Does an operation again that did not say that it is done, and looks for what it should have done. That it was done all the same, but
/// for its word, is no fault.
fn go_on(operation: &Operation, place: &Place, acknowledged: bool) {
    let again =
        if acknowledged { String::new() } else { place.veche(operation.arguments).to_string() };
    let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| (operation.done)(place)));
    assert!(done.is_ok(), "done or not: {acknowledged}; again: {again}");
}

/// Returns true if a name is that of a file which takes its own when it is whole, or of what SQLite keeps beside one.
fn is_unfinished(name: &str) -> bool {
    let name =
        ["-wal", "-shm", "-journal"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
    [".part", ".copy", ".verify"].iter().any(|end| name.ends_with(end))
}

/// Lets one call of an operation fail and looks at what is left.
fn check(operation: &Operation, rule: Rule) -> bool {
    let (place, watch) = (begin(operation), Watch::new());
    let mut expected = files(&place);
    let (screen, has_failed) = run(operation, &place, &watch, Some(rule));
    let failed = watch.calls().into_iter().find(super::shim::Call::failed);
    let at = failed.map_or_else(String::new, |call| {
        format!("{} {}", call.operation, call.path.file_name().unwrap().to_string_lossy())
    });
    let case = format!("{}, {rule:?} {at}\n{screen}", operation.name);
    expected.extend(operation.makes.iter().map(|&name| name.to_owned()));
    if rule.how == How::Stop {
        assert_eq!(screen.code, None, "{case}");
    } else {
        assert!(matches!(screen.code, Some(0 | 3 | 5 | 7 | 8)), "{case}");
        assert!(!screen.err.contains("panicked"), "{case}");
        let is_told = screen.err.contains("error: ") || screen.out.contains("fault: ");
        assert_ne!(screen.code == Some(0), is_told, "{case}");
    }
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        go_on(operation, &place, screen.code == Some(0));
        for store in
            [STORE, "back.db"].into_iter().filter(|store| place.path().join(store).exists())
        {
            // A log that could not be removed is when the store is closed next.
            whole(&place, store);
        }
        let mut found = files(&place);
        if rule.how == How::Stop || rule.is_for_good || at.starts_with("unlink") {
            // Whoever is killed cannot tidy up, nor whose every call fails from then on, or who may remove nothing; the names are those of
            // unfinished files.
            found.retain(|name| !is_unfinished(name));
        }
        assert_eq!(found, expected, "left over, or missing");
    }));
    assert!(caught.is_ok(), "what is left is wrong after: {case}");
    has_failed
}

/// Cuts the power before a call of an operation, and looks at what is left.
fn check_cut(operation: &Operation, at: u64, survives: &Survives) {
    let (place, watch) = (begin(operation), Watch::new());
    let (screen, _) = run(operation, &place, &watch, Some(Rule::once(at, How::Stop)));
    power::cut(place.path(), &watch, survives);
    let acknowledged = !screen.out.is_empty();
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        go_on(operation, &place, acknowledged);
    }));
    assert!(
        caught.is_ok(),
        "what is left is wrong: {}, cut before call {at}\n{screen}",
        operation.name
    );
}

/// The ways in which a call fails, and whether all after it do as well.
const WAYS: [(How, bool); 7] = [
    (How::Fault, false),
    (How::Fault, true),
    (How::Full, false),
    (How::Full, true),
    (How::Short, false),
    (How::Short, true),
    (How::Stop, false),
];

/// The cases of a program that makes so many calls that write and so many that read: each call in each way, or each in one by turns.
pub(super) fn rules(writes: u64, reads: u64) -> Vec<Rule> {
    let extent = Extent::asked();
    let in_way = |at: u64, (how, is_for_good): (How, bool)| Rule {
        at,
        how,
        is_for_good,
        counts_reads: false,
    };
    let mut rules: Vec<Rule> = match extent {
        Extent::All => (1..=writes).flat_map(|at| WAYS.map(|way| in_way(at, way))).collect(),
        Extent::Ci | Extent::Part => {
            let ways = WAYS.iter().cycle();
            let by_turns = (1..=writes).zip(ways).map(|(at, way)| in_way(at, *way));
            by_turns.step_by(extent.one_call_of()).collect()
        }
    };
    let reading = |at| Rule { counts_reads: true, ..Rule::once(at, How::Fault) };
    rules.extend((1..=reads).step_by(extent.one_of()).map(reading));
    rules
}

/// Lets two threads go through cases; every failure is told, not the first alone.
pub(super) fn all<T: Sync>(cases: &[T], check: impl Fn(&T) + Sync) {
    let next = AtomicU64::new(0);
    let mut told = String::new();
    let work = || {
        let mut failures = Vec::new();
        while let Some(case) =
            cases.get(usize::try_from(next.fetch_add(1, Ordering::Relaxed)).unwrap())
        {
            let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| check(case)));
            if let Err(why) = done {
                let why = why.downcast_ref::<String>().map_or("?", String::as_str);
                failures.push(why.to_owned());
            }
        }
        failures
    };
    std::thread::scope(|scope| {
        let threads = [scope.spawn(work), scope.spawn(work)];
        for failure in threads.into_iter().flat_map(|thread| thread.join().unwrap()) {
            writeln!(told, "{failure}\n").unwrap();
        }
    });
    assert!(told.is_empty(), "{told}");
}

#[test]
fn whatever_call_fails_the_program_says_so_and_leaves_nothing_half() {
    let rules_of = |operation| rules(calls_of(operation, false), calls_of(operation, true));
    let cases: Vec<_> = OPERATIONS
        .iter()
        .flat_map(|operation| rules_of(operation).into_iter().map(move |rule| (operation, rule)))
        .collect();
    let failed = AtomicU64::new(0);
    all(&cases, |(operation, rule)| {
        failed.fetch_add(u64::from(check(operation, *rule)), Ordering::Relaxed);
    });
    let failed = failed.into_inner();
    println!("{} cases, {failed} in which the call failed", cases.len());
    assert!(failed * 10 >= cases.len() as u64 * 8, "{failed} of {}", cases.len());
}

#[test]
fn a_power_cut_before_any_call_loses_nothing_that_was_acknowledged() {
    let mut cases = Vec::new();
    for operation in &OPERATIONS {
        let writes = calls_of(operation, false);
        cases.extend((1..=writes).map(|at| (operation, at, Survives::Nothing)));
        cases.extend((1..=writes).map(|at| (operation, at, Survives::Some(at))));
    }
    let cases: Vec<_> = cases.into_iter().step_by(Extent::asked().one_of()).collect();
    println!("{} power cuts", cases.len());
    all(&cases, |(operation, at, survives)| check_cut(operation, *at, survives));
}
