//! A node is killed at any moment while it writes, a thousand times over: what it acknowledged is there afterwards, once, in one history.

use super::{DUTY, Extent, Random, asks_first, check_held, leaves, whole};
use crate::browser::Browser;
use crate::peers::Three;
use crate::running::{Running, TWO_BANKS};
use crate::support::Place;
use std::sync::Mutex;
use std::time::Duration;

/// Kills in an ordinary run of the tests, and in the step of CI.
const KILLS: u64 = 24;
const KILLS_OF_CI: u64 = 1000;

/// Kills of one store: a store of few records is opened and checked soon.
const KILLS_OF_ONE: u64 = 25;

/// Stores that are written and killed beside each other.
const LANES: u64 = 2;

/// Who says things at once.
const WRITERS: usize = 2;

/// Most records that are acknowledged before the kill.
const RECORDS_MAX: u64 = 8;

/// The longest time from the last of these to the kill, in microseconds: longer than a record takes.
const WAIT_MAX: u64 = 6_000;

/// Of so many kills one comes while somebody signs in.
const KILLS_TO_AN_EARLY_ONE: u64 = 8;

const LOG: &str = "two-banks.example/arven/1";

/// What one writer heard: the records acknowledged, and how many were sent without an answer.
#[derive(Default)]
struct Heard {
    acknowledged: Vec<String>,
    unheard: usize,
}

/// Says things until the node is gone.
fn write(mut browser: Browser, name: &str, heard: &Mutex<Heard>) {
    for n in 0.. {
        let text = format!("{name}.{n}");
        let answer = browser.try_post("/act", &[("kind", "comment"), ("t.text", &text)]);
        let mut heard = heard.lock().unwrap();
        match answer.map(|answer| answer.leaf().ok_or(answer.body)) {
            Some(Ok(leaf)) => heard.acknowledged.push(leaf),
            Some(Err(said)) if asks_first(&said) => {
                drop(heard);
                std::thread::sleep(Duration::from_millis(20));
            }
            Some(Err(said)) => panic!("{said}"),
            None => {
                heard.unheard += 1;
                return;
            }
        }
    }
}

/// Starts a node, lets it be written to, kills it at some moment: while records are on their way, or before anybody has signed in.
fn kill_one(place: &Place, arguments: &str, name: &str, random: &mut Random, heard: &Mutex<Heard>) {
    let running = Running::of(place, place.command(arguments));
    let link = running.line.clone();
    let before = heard.lock().unwrap().acknowledged.len();
    let is_early = random.below(KILLS_TO_AN_EARLY_ONE) == 0;
    let records = usize::try_from(random.below(RECORDS_MAX)).unwrap();
    let wait = Duration::from_micros(random.below(WAIT_MAX));
    std::thread::scope(|scope| {
        let writers = scope.spawn(move || {
            let Some(browser) = Browser::try_sign_in(&link) else { return };
            std::thread::scope(|scope| {
                for writer in 0..WRITERS {
                    let (browser, name) = (browser.clone(), format!("{name}.{writer}"));
                    scope.spawn(move || write(browser, &name, heard));
                }
            });
        });
        while !is_early && heard.lock().unwrap().acknowledged.len() <= before + records {
            assert!(!writers.is_finished(), "{}", running.errors());
            std::thread::sleep(Duration::from_micros(200));
        }
        std::thread::sleep(wait);
        running.kill();
    });
}

/// A node that cosigns nothing: it has no peer, and its start takes a third less without that key.
fn with_lean_node() -> Place {
    let place = super::with_node();
    let store = rusqlite::Connection::open(place.path().join(super::STORE)).unwrap();
    assert_eq!(store.execute("DELETE FROM keys WHERE name LIKE '%/witness'", []).unwrap(), 1);
    store.close().unwrap();
    place
}

/// Kills a node so many times over one store; returns how many records were acknowledged, and how many had no answer.
fn kill_over_one(seed: u64, kills: u64) -> (usize, usize) {
    let place = with_lean_node();
    let (mut random, heard) = (Random(seed), Mutex::new(Heard::default()));
    let mut before = Vec::new();
    for kill in 0..kills {
        let arguments = format!("node run --store {} {DUTY}", super::STORE);
        kill_one(&place, &arguments, &format!("{seed}.{kill}"), &mut random, &heard);
        whole(&place, super::STORE);
        let now = leaves(&place.path().join(super::STORE), LOG);
        let heard = heard.lock().unwrap();
        check_held(&now, &heard.acknowledged, heard.unheard);
        // One history: what was there stands where it stood.
        assert!(now.starts_with(&before), "seed {seed}, kill {kill}: another history");
        before = now;
    }
    let heard = heard.into_inner().unwrap();
    (heard.acknowledged.len(), heard.unheard)
}

#[test]
fn what_was_acknowledged_outlives_a_kill_at_any_moment() {
    let kills = if Extent::asked() == Extent::Part { KILLS } else { KILLS_OF_CI };
    let each = KILLS_OF_ONE.min(kills / LANES);
    let stores = kills / each;
    let counts = Mutex::new((0, 0));
    std::thread::scope(|scope| {
        for lane in 0..LANES {
            let counts = &counts;
            scope.spawn(move || {
                for store in (lane..stores).step_by(usize::try_from(LANES).unwrap()) {
                    let (acknowledged, unheard) = kill_over_one(2027 + store, each);
                    let mut counts = counts.lock().unwrap();
                    *counts = (counts.0 + acknowledged, counts.1 + unheard);
                }
            });
        }
    });
    let (acknowledged, unheard) = counts.into_inner().unwrap();
    println!("{kills} kills, {acknowledged} records acknowledged, {unheard} on their way");
    // One in eight comes early, the others after a record at least, and nearly always with one on its way.
    assert!(acknowledged as u64 > kills / 2, "{acknowledged} acknowledged in {kills} kills");
    assert!(unheard as u64 > kills / 2, "{unheard} on their way in {kills} kills");
}

#[test]
fn a_peer_that_watches_sees_one_history_of_a_node_that_is_killed_again_and_again() {
    let kills = if Extent::asked() == Extent::Part { 6 } else { KILLS_OF_ONE };
    let three = Three::new(TWO_BANKS);
    let (_belm, mut at_belm) = three.start("belm");
    let (mut random, heard) = (Random(7), Mutex::new(Heard::default()));
    let arguments = three.arguments("arven");
    for kill in 0..kills {
        kill_one(&three.place, &arguments, &format!("watched.{kill}"), &mut random, &heard);
    }
    let (arven, mut at_arven) = three.start("arven");
    let log = |browser: &mut Browser| crate::peers::status(browser)["logs"][LOG].clone();
    crate::peers::wait_for("belm holds all of it", || log(&mut at_belm) == log(&mut at_arven));
    assert_eq!(crate::peers::status(&mut at_belm)["forks"], serde_json::json!([]));
    arven.end("TERM");
    let heard = heard.into_inner().unwrap();
    let held = leaves(&three.place.path().join("arven.db"), LOG);
    // The node's own first record, and receipts of what belm said, were acknowledged to nobody.
    check_held(&held, &heard.acknowledged, usize::MAX / 2);
}
