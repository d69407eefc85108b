//! What the language costs: a rule over 6, 57 and 193 parties, an event of a machine, the check of the largest profile and
//! its explanation.
//!
//! `cargo bench -p veche-charter --bench language`; medians of as many rounds as [`ROUNDS`] says, with the fastest and the
//! slowest.
#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a benchmark takes the time and reports to whoever runs it"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};
use veche_charter::Charter;
use veche_charter::machine::{self, Event, Facts, Setting};
use veche_charter::name::{EventName, Position};
use veche_charter::rule::{Positions, Roles, evaluate};
use veche_ledger::{PartyId, UnixSeconds};

/// Times that each thing is timed.
const ROUNDS: usize = 31;

/// When the machine starts.
const START: UnixSeconds = UnixSeconds(1_803_891_600);

fn main() {
    println!("{:46} {:>12} {:>12} {:>12}", "", "median", "least", "most");
    for members in [6, 57, 193] {
        let charter = towns(members);
        rule(&charter, members);
        step(&charter, members);
    }
    let (name, text) = largest();
    let load = || Charter::load(text.as_bytes(), "charter.toml").expect("a shipped charter");
    report(&format!("check {name}, {} KB", text.len() / 1024), 1, || {
        black_box(load());
    });
    let charter = load();
    report(&format!("explain {name}, whole"), 1, || {
        black_box(veche_charter::explain::explain(&charter, None));
    });
}

/// A rule under which every party but one has said something.
fn rule(charter: &Charter, members: usize) {
    let bench = charter.bench();
    let yes = Position::parse("yes").expect("a position");
    let positions: Positions =
        charter.parties.keys().skip(1).map(|party| (party.clone(), yes.clone())).collect();
    let (roles, nobody) = (Roles::new(), BTreeSet::new());
    let rule = charter.rules.values().next().expect("a rule");
    report(&format!("rule, {members} parties"), 1, || {
        black_box(evaluate(rule, &bench, &roles, &positions, None, &nobody));
    });
}

/// A silence procedure in which every party says yes: the time of one of these events.
fn step(charter: &Charter, members: usize) {
    let bench = charter.bench();
    let event = EventName::parse("position").expect("an event");
    let yes = Position::parse("yes").expect("a position");
    let events: Vec<Event> = (0_u64..)
        .zip(charter.parties.keys())
        .map(|(n, party)| Event {
            at: UnixSeconds(START.0 + 60 + n),
            not_before: UnixSeconds(START.0 + 60),
            by: party.clone(),
            event: event.clone(),
            position: Some(yes.clone()),
            reference: n,
        })
        .collect();
    let receipts: BTreeMap<PartyId, UnixSeconds> =
        charter.parties.keys().map(|party| (party.clone(), START)).collect();
    let facts = Facts { urgency: None, durations: BTreeMap::new(), times: BTreeMap::new() };
    let setting = Setting {
        charter,
        bench: &bench,
        roles: &|_| Roles::new(),
        calendar: &charter.calendars[&charter.calendar],
        facts: &facts,
        receipts: &receipts,
        closed_through: None,
    };
    let machine = charter.machines.iter().find(|(name, _)| name.as_str() == "silence");
    let (_, machine) = machine.expect("a silence procedure");
    report(&format!("machine, an event among {members} parties"), events.len(), || {
        black_box(machine::run(machine, &setting, START, &events));
    });
}

/// The Two Banks Accord with as many towns.
fn towns(members: usize) -> Charter {
    let text = shipped("two-banks");
    let towns: String = (2..members)
        .map(|n| format!("[parties.town-{n}]\nname = \"Town {n}\"\nstatus = \"member\"\n"))
        .collect();
    let quorum = members * 2 / 3 + 1;
    let text = text
        .replace("quorum = 2", &format!("quorum = {quorum}"))
        .replace("[parties.office]", &format!("{towns}[parties.office]"));
    Charter::load(text.as_bytes(), "charter.toml").expect("a charter of towns")
}

fn shipped(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../charters").join(name);
    std::fs::read_to_string(path.join("charter.toml")).expect("a shipped charter")
}

fn largest() -> (String, String) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../charters");
    let names = std::fs::read_dir(folder)
        .expect("the charters")
        .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()));
    let texts = names.map(|name| (name.clone(), shipped(&name)));
    texts.max_by_key(|(_, text)| text.len()).expect("a charter")
}

/// Times something that does `parts` things at once, and prints what one takes.
fn report(what: &str, parts: usize, mut once: impl FnMut()) {
    once();
    let begun = Instant::now();
    once();
    // A round long enough for the clock.
    let each = begun.elapsed().max(Duration::from_nanos(50));
    let times =
        usize::try_from(Duration::from_millis(20).as_nanos() / each.as_nanos()).unwrap_or(1).max(1);
    let mut rounds: Vec<u128> = (0..ROUNDS)
        .map(|_| {
            let begun = Instant::now();
            (0..times).for_each(|_| once());
            begun.elapsed().as_nanos() / (times as u128 * parts as u128)
        })
        .collect();
    rounds.sort_unstable();
    let (least, median, most) = (rounds[0], rounds[ROUNDS / 2], rounds[ROUNDS - 1]);
    println!("{what:46} {median:>9} ns {least:>9} ns {most:>9} ns");
}
