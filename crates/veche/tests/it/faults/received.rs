//! What a node gave a receipt for is there, whatever call failed and whenever the power went: a cosignature says that record and content
//! are held.
//!
//! The node that receives is this test's program again, so that only its own calls are counted and no key is to be unlocked.
#![expect(clippy::print_stdout, reason = "what receives tells the test so")]

use super::calls::{all, rules};
use super::power::{self, Survives};
use super::shim::{Call, How, Rule, Watch};
use super::{Extent, leaves, whole};
use crate::running::{STORE, TWO_BANKS};
use crate::support::{Place, Screen};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use veche_charter::{Charter, with_keys};
use veche_ledger::json::Value;
use veche_ledger::{Hash, Kind, PartyId, UnixSeconds};
use veche_node::keys::{PartySecrets, exercise_keys};
use veche_node::node::{Node, Offer, Statement};
use veche_node::store::{Durability, Store};

/// Set in the process that receives.
const RECEIVES: &str = "VECHE_FAULTS_RECEIVES";

/// How the node that receives is to sync its store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Syncs {
    /// Each commit by itself.
    Each,
    /// All at once before anything leaves, as a node at work does.
    Together,
}

const BOTH: [Syncs; 2] = [Syncs::Each, Syncs::Together];

/// What it says once it has given a receipt.
const RECEIPTED: &str = "receipt given";

/// Records of the offer.
const RECORDS: usize = 3;

const LOG: &str = "two-banks.example/belm/1";

fn party(name: &str) -> PartyId {
    PartyId::parse(name).unwrap()
}

fn secrets(charter: &Charter, of: &PartyId) -> PartySecrets {
    exercise_keys("faults", charter, of, &[], 1).unwrap()
}

fn charter() -> (Charter, Vec<u8>) {
    let bare = Charter::load(TWO_BANKS.as_bytes(), "charter.toml").unwrap();
    let public = bare.parties.keys().map(|party| (party.clone(), secrets(&bare, party).public()));
    let bytes = with_keys(TWO_BANKS, &public.collect()).into_bytes();
    (Charter::load(&bytes, "charter.toml").unwrap(), bytes)
}

fn open(name: &str, store: Store) -> Result<Node, String> {
    let ((charter, bytes), party) = (charter(), party(name));
    let kept = BTreeMap::from([(party.clone(), secrets(&charter, &party))]);
    let salts = Box::new(|| Hash::of(&[b"each test the same"]).0);
    Node::open(party, store, &bytes, kept, salts).map_err(|error| error.to_string())
}

fn now() -> UnixSeconds {
    UnixSeconds::parse("2027-03-01T09:00:00Z").unwrap()
}

/// What belm's node offers: the same each time.
fn offer() -> Offer {
    let mut belm = open("belm", Store::in_memory().unwrap()).unwrap();
    for n in 0..RECORDS {
        let statement = Statement {
            party: party("belm"),
            officers: vec!["duty".to_owned()],
            kind: Kind::parse("comment").unwrap(),
            label: None,
            about: Vec::new(),
            drill: false,
            terms: Value::map([("text", Value::text(format!("River at 4.{n} m")))]),
        };
        belm.append(&statement, now()).unwrap();
    }
    let log = belm.log_of(&party("belm")).unwrap();
    belm.offer(&BTreeSet::from([party("arven")]), &log, 0, now()).unwrap().unwrap()
}

/// Receives, in a process of its own: asked by nobody, it does nothing.
#[test]
fn a_node_that_receives() {
    let Ok(how) = std::env::var(RECEIVES) else { return };
    let syncs = BOTH.into_iter().find(|syncs| format!("{syncs:?}") == how).unwrap();
    if let Err(error) = receive(syncs) {
        println!("error: {error}");
        std::process::exit(8);
    }
}

fn receive(syncs: Syncs) -> Result<(), String> {
    let store = Store::open_existing(Path::new(STORE), Durability::Full);
    let mut arven = open("arven", store.map_err(|error| error.to_string())?)?;
    if syncs == Syncs::Together {
        arven.let_write_together().map_err(|error| error.to_string())?;
        arven.begin_together();
    }
    let accepted = arven.accept(&offer(), now());
    if let Some(pending) = arven.end_together() {
        pending.reach().map_err(|error| error.to_string())?;
    }
    // What is held already brings no second receipt.
    if accepted.map_err(|error| error.to_string())?.is_some() {
        println!("\n{RECEIPTED}");
    }
    arven.keep_snapshot().map(drop).map_err(|error| error.to_string())
}

/// A place with arven's store, with nothing in it.
fn begin() -> Place {
    let place = Place::new();
    let store = Store::open(&place.path().join(STORE), Durability::Full).unwrap();
    store.set_meta("charter", &charter().1).unwrap();
    store.set_meta("party", b"arven").unwrap();
    place
}

fn run(place: &Place, syncs: Syncs, watch: Option<&Watch>, rule: Option<Rule>) -> Screen {
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "faults::received::a_node_that_receives", "--nocapture"]);
    command
        .current_dir(place.path())
        .env(RECEIVES, format!("{syncs:?}"))
        .env("RUST_BACKTRACE", "0");
    if let Some(watch) = watch {
        watch.over(place, &mut command, rule);
    }
    Screen::of(&command.output().unwrap())
}

fn calls(syncs: Syncs, counts_reads: bool) -> u64 {
    let (place, watch) = (begin(), Watch::new());
    let rule = Rule { counts_reads, ..Rule::once(0, How::Fault) };
    let screen = run(&place, syncs, Some(&watch), Some(rule));
    assert!(screen.code == Some(0) && screen.out.contains(RECEIPTED), "{screen}");
    watch.calls().last().unwrap().number
}

/// What was receipted is held, and what was not can be received again.
#[track_caller]
fn check_left(place: &Place, screen: &Screen, case: &str) {
    let held = || {
        whole(place, STORE);
        leaves(&place.path().join(STORE), LOG).len()
    };
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let before = held();
        assert!([0, RECORDS].contains(&before), "{before} of an offer");
        let is_receipted = screen.out.contains(RECEIPTED);
        assert!(!is_receipted || before == RECORDS, "receipted and not held");
        let again = run(place, Syncs::Each, None, None);
        assert_eq!(again.code, Some(0), "{again}");
        assert_eq!(held(), RECORDS);
    }));
    assert!(caught.is_ok(), "{case}\n{screen}");
}

#[test]
fn whatever_call_fails_no_receipt_is_given_for_what_is_not_held() {
    for syncs in BOTH {
        let cases = rules(calls(syncs, false), calls(syncs, true));
        println!("{syncs:?}: {} cases", cases.len());
        all(&cases, |rule| {
            let (place, watch) = (begin(), Watch::new());
            let screen = run(&place, syncs, Some(&watch), Some(*rule));
            let failed = watch.calls().into_iter().find(Call::failed);
            let at = failed.map(|call| format!("{} {}", call.operation, call.path.display()));
            let case = format!("{syncs:?} {rule:?} {at:?}");
            assert!(!screen.err.contains("panicked"), "{case}\n{screen}");
            check_left(&place, &screen, &case);
        });
    }
}

#[test]
fn a_power_cut_takes_nothing_that_a_receipt_was_given_for() {
    let ways = |at| [(at, Survives::Nothing), (at, Survives::Some(at))];
    for syncs in BOTH {
        let cases: Vec<(u64, Survives)> = (1..=calls(syncs, false))
            .flat_map(ways)
            .step_by(Extent::asked().one_call_of())
            .collect();
        println!("{syncs:?}: {} power cuts", cases.len());
        all(&cases, |(at, survives)| {
            let (place, watch) = (begin(), Watch::new());
            let screen = run(&place, syncs, Some(&watch), Some(Rule::once(*at, How::Stop)));
            power::cut(place.path(), &watch, survives);
            check_left(&place, &screen, &format!("{syncs:?}: cut before call {at}"));
        });
    }
}
