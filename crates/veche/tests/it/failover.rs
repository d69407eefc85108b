//! One member's node on two machines over one database: one writes, the other stands by and takes over; nothing acknowledged is lost, and the
//! log has one history.

use crate::browser::Browser;
use crate::cluster::Cluster;
use crate::faults::{check_held, leaves, whole};
use crate::running::{Running, made_by_hand, signed_in};
use crate::support::Place;
use std::sync::Mutex;
use std::time::{Duration, Instant};

const LOG: &str = "two-banks.example/arven/1";

/// How long something may take that takes some seconds on a quiet machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// Who says things at once.
const WRITERS: usize = 2;

/// What was heard of what was said.
#[derive(Default)]
struct Heard {
    acknowledged: Vec<String>,
    unheard: usize,
}

/// Says things at a desk until it is told to end or nobody answers.
fn write(mut browser: Browser, name: &str, most: usize, heard: &Mutex<Heard>) {
    for n in 0..most {
        let text = format!("{name}.{n}");
        match browser.try_post("/act", &[("kind", "comment"), ("t.text", &text)]) {
            Some(answer) if answer.leaf().is_some() => {
                heard.lock().unwrap().acknowledged.extend(answer.leaf());
            }
            // A desk whose database is gone says so: whether the record is there is seen afterwards.
            Some(_) | None => {
                heard.lock().unwrap().unheard += 1;
                return;
            }
        }
    }
}

/// Lets several write at once.
fn write_at(browser: &Browser, name: &str, most: usize, heard: &Mutex<Heard>) {
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (browser, name) = (browser.clone(), format!("{name}.{writer}"));
            scope.spawn(move || write(browser, &name, most, heard));
        }
    });
}

fn node(place: &Place, store: &str, name: &str) -> Running {
    let arguments =
        format!("node run --store {store} --officers duty --passphrase-file pass.txt --port 0");
    Running::named(place, place.command(&arguments), &format!("{name}.txt"))
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let asked = Instant::now();
    while !is_so() {
        assert!(asked.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_second_machine_takes_over_and_nothing_acknowledged_is_lost() {
    let Some(cluster) = Cluster::start("a node on two machines") else { return };
    let place = made_by_hand();
    let store = cluster.store("arven").display().to_string();
    let init =
        format!("node init --charter genesis.toml --party arven --keys keys-arven --store {store}");
    place.veche(&init).good();
    let heard = Mutex::new(Heard::default());

    let first = node(&place, &store, "first");
    let at_first = first.signed_in();
    write_at(&at_first, "first", 5, &heard);
    assert_eq!(heard.lock().unwrap().acknowledged.len(), 5 * WRITERS);

    // The second shows what the first writes, and signs nothing.
    let mut second = node(&place, &store, "second");
    until("it says that it stands by", || second.errors().contains("this node stands by: process"));
    let mut at_second = second.signed_in();
    let page = at_second.get("/");
    assert!(page.body.contains("This machine stands by"), "{}", page.body);
    let ready = at_second.get("/readyz");
    assert_eq!(ready.status, 503, "{}", ready.body);
    assert!(ready.body.contains("it stands by"), "{}", ready.body);
    write_at(&at_first, "seen", 1, &heard);
    until("what the first wrote is shown", || {
        at_second.get("/search?q=seen.0.0").body.contains("seen.0.0")
    });
    let refused = at_second.post("/act", &[("kind", "comment"), ("t.text", "at the second")]);
    assert!(refused.leaf().is_none() && refused.body.contains("stands by"), "{}", refused.body);
    let asked = place.veche(&format!("node status --store {store}"));
    assert!(asked.err.contains("writes into it, and was heard"), "{asked}");

    // Killed while it writes: what it acknowledged is there when the second has taken over.
    std::thread::scope(|scope| {
        let (browser, heard) = (&at_first, &heard);
        scope.spawn(move || write_at(browser, "killed", usize::MAX, heard));
        std::thread::sleep(Duration::from_millis(700));
        first.kill();
    });
    let link = second.next_line();
    let mut at_second = signed_in(&link);
    assert!(!at_second.get("/").body.contains("This machine stands by"));
    write_at(&at_second, "second", 3, &heard);

    // One that stands still is ended at the database, and writes nothing when it goes on.
    let mut third = node(&place, &store, "third");
    until("it stands by", || third.errors().contains("this node stands by"));
    second.signal("STOP");
    let link = third.next_line();
    write_at(&signed_in(&link), "third", 3, &heard);
    second.signal("CONT");
    let fenced = at_second.try_post("/act", &[("kind", "comment"), ("t.text", "fenced")]);
    assert!(fenced.is_none_or(|answer| answer.leaf().is_none()), "it wrote");
    let ended = second.ended();
    assert!(ended.err.contains("the connection to the database was lost"), "{}", ended.err);
    assert_eq!(ended.code, Some(8), "{}", ended.err);

    // A database that is gone: the writer ends, and one that stands by says that what it shows is old. When it is there again, it takes over.
    let mut fourth = node(&place, &store, "fourth");
    until("it stands by", || fourth.errors().contains("this node stands by"));
    let mut at_fourth = fourth.signed_in();
    cluster.kill();
    until("it says that it shows what it read last", || {
        at_fourth.get("/").body.contains("the database has not answered since")
    });
    assert_eq!(third.ended().code, Some(8));
    cluster.up();
    let link = fourth.next_line();
    write_at(&signed_in(&link), "fourth", 2, &heard);
    fourth.end("TERM");

    whole(&place, &store);
    let heard = heard.into_inner().unwrap();
    let held = leaves(&cluster.store("arven"), LOG);
    check_held(&held, &heard.acknowledged, heard.unheard);
    println!("{} records acknowledged, {} on their way", heard.acknowledged.len(), heard.unheard);
}
