//! A node at scale: how long it takes to start, what it holds in memory and on the disk, and how long its pages and
//! answers take.
//!
//! Records in the mix of the fold's benchmark are signed and written into a store as a node of six parties keeps it. Each
//! start is one of a process of its own, which this program starts again with `start` and `resume`, so that memory is the
//! node's alone. Pages and answers are asked for as the server does, without HTTP: model and HTML, or JSON.
//!
//! `cargo bench -p veche-node --bench scale [-- RECORDS]`; default 1000000. Up to 20,000 records `fsck` checks the store.
#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a benchmark reports to whoever runs it, and stops at what should not be"
)]

mod filled;
mod signed;
#[path = "../../veche-council/benches/world.rs"]
#[expect(dead_code, reason = "the fold's benchmark uses all of it")]
mod world;

use filled::fill;
use signed::Parties;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;
use std::time::Instant;
use veche_desk as desk;
use veche_ledger::{Hash, PartyId, Seconds, UnixSeconds};
use veche_node::api::{self, Query};
use veche_node::fsck::fsck;
use veche_node::node::Node;
use veche_node::pages::{self, Sight, cases::Selection, shell::Frame};
use veche_node::store::{Durability, Store};

/// Whose node it is.
const PARTY: &str = "orvessa";
/// Up to so many records the whole store is checked again.
const FSCK_MAX: usize = 20_000;
/// How often each page is asked for.
const ASKED: usize = 60;
/// Of how many procedures `why` and the page are asked for.
const PROCEDURES: usize = 300;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["start", path, now] => start(Path::new(path), time(now)),
        ["resume", path, now] => resume(Path::new(path), time(now)),
        [] => measure(1_000_000),
        [records] => measure(records.parse().expect("how many records")),
        _ => panic!("one argument: how many records"),
    }
}

fn time(text: &str) -> UnixSeconds {
    UnixSeconds::parse(text).expect("a time")
}

fn measure(records: usize) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("node.db");
    let parties = Parties::new();
    let begun = Instant::now();
    let end = fill(&parties, &path, records);
    println!(
        "{records} records generated, signed and stored: {:.0} s",
        begun.elapsed().as_secs_f64()
    );
    println!("store on the disk, without snapshot: {:.1} MB", megabytes(&path));
    let now = (end + Seconds::hours(1)).to_string();
    again("start", &path, &now);
    println!("store on the disk, with snapshot: {:.1} MB", megabytes(&path));
    again("resume", &path, &now);
    if records <= FSCK_MAX {
        let store = Store::open(&path, Durability::Full).expect("the store opens");
        let report = fsck(&store).expect("the store can be read");
        assert_eq!(report.fault_count, 0, "{:?}", report.faults);
        println!("fsck: {} signatures, no fault", report.signatures);
    }
}

/// Starts this program again on the store.
fn again(what: &str, path: &Path, now: &str) {
    let program = std::env::current_exe().expect("this program's path");
    let status = Command::new(program).arg(what).arg(path).arg(now).status().expect("started");
    assert!(status.success(), "`{what}` failed");
}

fn open(path: &Path) -> (Node, f64) {
    let parties = Parties::new();
    let party = PartyId::parse(PARTY).expect("a name");
    let secrets = BTreeMap::from([(party.clone(), parties.secrets(&party))]);
    let begun = Instant::now();
    let store = Store::open(path, Durability::Full).expect("the store opens");
    let salts = Box::new(|| Hash::of(&[b"no record is written here"]).0);
    let node = Node::open(party, store, &parties.bytes, secrets, salts).expect("the node opens");
    (node, begun.elapsed().as_secs_f64())
}

fn start(path: &Path, now: UnixSeconds) {
    let (mut node, took) = open(path);
    println!("start without snapshot: {took:.2} s; resident {:.0} MB", resident());
    let begun = Instant::now();
    node.save_snapshot().expect("a snapshot is written");
    println!("snapshot written: {:.2} s", begun.elapsed().as_secs_f64());
    let open = node.council().closable(now).len();
    println!(
        "{} records in {} procedures, {open} of them could be closed",
        node.council().len(),
        node.council().procedures().count()
    );
}

fn resume(path: &Path, now: UnixSeconds) {
    let (node, took) = open(path);
    println!(
        "start from snapshot: {took:.2} s; resident {:.0} MB, at most {:.0} MB",
        resident(),
        peak()
    );
    ask(&node, now);
}

/// Asks for pages and answers, and says how long they took.
fn ask(node: &Node, now: UnixSeconds) {
    println!("{:<34} {:>6} {:>10} {:>10} {:>10}", "asked", "times", "p50 ms", "p95 ms", "max ms");
    let (party, none) = (node.party(), BTreeSet::new());
    let sight = Sight {
        node,
        party,
        officer: "duty",
        now,
        is_drill: false,
        cut_off: &none,
        contacts: None,
    };
    let frame = Frame::default();
    let shell = || pages::shell::shell(&sight, &frame);
    let page = |name: &str, make: &dyn Fn() -> String| {
        report(name, (0..ASKED).map(|_| timed(make)).collect());
    };
    page("/search?q=matter", &|| {
        desk::render_search(
            &shell(),
            &pages::search::search(&sight, "matter 1", None, &[]).expect("a page"),
        )
    });
    page("/", &|| desk::render_watch(&shell(), &pages::watch::watch(&sight)));
    page("/cases", &|| desk::render_cases(&shell(), &pages::cases::cases(&sight, Selection::Open)));
    page("/decisions", &|| {
        desk::render_decisions(&shell(), &pages::decisions::decisions(&sight, &|_| None))
    });
    page("/registers", &|| desk::render_registers(&shell(), &pages::registers::index(&sight)));
    let largest = pages::registers::names(&sight)
        .into_iter()
        .max_by_key(|name| node.council().register(name, usize::MAX).len());
    if let Some(name) = largest {
        page(&format!("/registers/{name}"), &|| {
            let register = pages::registers::register(&sight, name).expect("a register");
            desk::render_register(&shell(), &register)
        });
    }
    let all: Vec<Hash> = node.council().procedures().collect();
    let some: Vec<Hash> = all.iter().step_by((all.len() / PROCEDURES).max(1)).copied().collect();
    let of_case = |id: &Hash| {
        let view = sight.view(id).expect("a procedure");
        desk::render_case(&shell(), &pages::case::case(&sight, &view, &|_| None))
    };
    report("/cases/NAME", some.iter().map(|id| timed(&|| of_case(id))).collect());
    let answer = |path: &str| {
        let answer = api::get(node, path, &Query::new(), now);
        answer.unwrap_or_else(|problem| panic!("{path}: {}", problem.detail)).to_string()
    };
    for what in ["why", "procedures", "next"] {
        let of = |id: &Hash| timed(&|| answer(&format!("/{what}/{id}")));
        report(&format!("/api/v1/{what}/NAME"), some.iter().map(of).collect());
    }
    for what in ["status", "cases", "duties", "registers", "decisions"] {
        page(&format!("/api/v1/{what}"), &|| answer(&format!("/{what}")));
    }
    let since = Query::from([("since".to_owned(), (now - Seconds::hours(6)).to_string())]);
    page("/api/v1/missed?since=6 h ago", &|| {
        api::get(node, "/missed", &since, now).expect("an answer").to_string()
    });
}

fn timed(make: &dyn Fn() -> String) -> f64 {
    let begun = Instant::now();
    std::hint::black_box(make());
    begun.elapsed().as_secs_f64() * 1e3
}

fn report(name: &str, mut millis: Vec<f64>) {
    millis.sort_by(f64::total_cmp);
    let at = |share: f64| {
        millis.get(((millis.len() - 1) as f64 * share) as usize).copied().unwrap_or_default()
    };
    println!(
        "{name:<34} {:>6} {:>10.2} {:>10.2} {:>10.2}",
        millis.len(),
        at(0.5),
        at(0.95),
        at(1.0)
    );
}

/// Returns the size of a store, with what SQLite keeps beside the file.
fn megabytes(path: &Path) -> f64 {
    let folder = std::fs::read_dir(path.parent().expect("a folder")).expect("a folder");
    let sizes = folder.filter_map(|file| Some(file.ok()?.metadata().ok()?.len()));
    sizes.sum::<u64>() as f64 / 1e6
}

/// Returns the resident memory of this process in megabytes, on Linux; 0 elsewhere.
fn resident() -> f64 {
    status("VmRSS:")
}

/// Returns the most that it was.
fn peak() -> f64 {
    status("VmHWM:")
}

fn status(name: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kilobytes.unwrap_or_default() * 1024.0 / 1e6
}
