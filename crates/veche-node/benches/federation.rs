//! Six nodes in earnest: each with a store on the disk, a certificate of its own and real HTTPS on loopback, as `veche node run` has them.
//! All are in this process, so that one clock measures and no question disturbs what is measured.
//!
//! 1. *Catch-up*: while nobody hears anybody, each node says so many records; then all hear one another. How long until every node holds
//!    all, and until every author holds a quorum's receipts for the last of its own.
//! 2. *Receipts*: records are said at a fixed rate, round about, whether or not the nodes keep up. From when a record was *due* to be said: how
//!    long until its author holds the receipts of a quorum, and of all. What is late because the node was busy counts as late.
//!
//! ```text
//! cargo bench -p veche-node --bench federation                      10 000 records each; 10, 100, 1000 a second for 20 s; 3 rounds
//! cargo bench -p veche-node --bench federation -- 500 10,100 5 1    records each, rates, seconds, rounds
//! ```
#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a benchmark reports to whoever runs it, and stops at what should not be"
)]

use std::collections::{BTreeMap, VecDeque};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};
use veche_charter::{Charter, with_keys};
use veche_ledger::json::Value;
use veche_ledger::{Hash, Kind, Origin, PartyId};
use veche_node::http::Listening;
use veche_node::keys::{PartySecrets, exercise_keys};
use veche_node::node::{Node, Statement};
use veche_node::run::{Joined, PeerSetting, join, system_time};
use veche_node::store::{Durability, Store};

/// What keys and salts are made from.
const SEED: &str = "federation";

/// Nodes.
const NODES: usize = 6;

/// How often it is looked how far the nodes are: what is measured is exact to so much.
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// Longest wait for what should come: then the run fails.
const WAIT: Duration = Duration::from_secs(900);

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let number =
        |at: usize, usual| words.get(at).map_or(usual, |word| word.parse().expect("a number"));
    let rates = words.get(1).map_or("10,100,1000", String::as_str);
    let rates: Vec<usize> = rates.split(',').map(|rate| rate.parse().expect("a rate")).collect();
    let (records, seconds, rounds) = (number(0, 10_000), number(2, 20), number(3, 3));
    println!(
        "{NODES} nodes, stores on the disk, HTTPS on loopback, one machine; medians of {rounds} rounds (least to most)"
    );
    catch_ups(records, rounds);
    println!("receipts, from when a record was due to be said to when its author held them:");
    for rate in rates {
        latencies(rate, seconds, rounds);
    }
}

fn catch_ups(records: usize, rounds: usize) {
    let (mut all, mut receipts) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let folder = tempfile::tempdir().expect("a folder");
        let world = World::new(folder.path());
        let mut nodes: Vec<Node> = world.parties.iter().map(|party| world.open(party)).collect();
        let said: Vec<u64> = nodes.iter_mut().map(|node| world.fill(node, records)).collect();
        let begun = Instant::now();
        let running = world.run(nodes);
        let ends = |at: usize| {
            running
                .read(at, |node| world.logs.iter().map(|log| node.size_of(log)).collect::<Vec<_>>())
        };
        until("every node holds all", || {
            (0..NODES).all(|at| ends(at).iter().zip(&said).all(|(held, said)| held >= said))
        });
        all.push(begun.elapsed().as_secs_f64());
        until("every author holds a quorum's receipts", || {
            (0..NODES).all(|at| running.read(at, |node| world.received(node, at, said[at]).0))
        });
        receipts.push(begun.elapsed().as_secs_f64());
    }
    println!("catch-up after a partition with {records} records said at each node:");
    println!(
        "  every node holds all after {} s; every author a quorum's receipts after {} s",
        spread(&mut all, 1),
        spread(&mut receipts, 1)
    );
}

fn latencies(rate: usize, seconds: usize, rounds: usize) {
    let names = ["quorum p50", "quorum p99", "all p50", "all p99"];
    let mut found: [Vec<f64>; 4] = Default::default();
    let mut late = Vec::new();
    for _ in 0..rounds {
        let folder = tempfile::tempdir().expect("a folder");
        let world = World::new(folder.path());
        let nodes = world.parties.iter().map(|party| world.open(party)).collect();
        let running = world.run(nodes);
        until("all know one another", || {
            (0..NODES).all(|at| {
                running.read(at, |node| world.logs.iter().all(|log| node.size_of(log) > 0))
            })
        });
        let (mut quorum, mut all, most_late) = world.load(&running, rate, rate * seconds);
        let told = [
            quantile(&mut quorum, 0.5),
            quantile(&mut quorum, 0.99),
            quantile(&mut all, 0.5),
            quantile(&mut all, 0.99),
        ];
        for (into, seconds) in found.iter_mut().zip(told) {
            into.push(seconds * 1e3);
        }
        late.push(most_late * 1e3);
    }
    let told: Vec<String> = names
        .iter()
        .zip(&mut found)
        .map(|(name, times)| format!("{name} {} ms", spread(times, 0)))
        .collect();
    println!(
        "  {rate} records/s for {seconds} s: {}; said at most {} ms after they were due",
        told.join(", "),
        spread(&mut late, 0)
    );
}

/// Six parties of one organisation.
struct World {
    folder: std::path::PathBuf,
    charter: Charter,
    bytes: Vec<u8>,
    parties: Vec<PartyId>,
    logs: Vec<Origin>,
}

/// Nodes that run, in the order of the parties.
struct Together(Vec<(Listening, Joined)>);

impl Together {
    fn read<T>(&self, at: usize, read: impl FnOnce(&Node) -> T) -> T {
        self.0[at].1.read(read).expect("the node runs")
    }
}

/// Records of a log under way, in its order.
#[derive(Default)]
struct Waiting {
    /// The size of the log with it, and when it was due to be said.
    rows: VecDeque<(u64, Instant)>,
    /// So many of them have the receipts of a quorum.
    with_quorum: usize,
}

impl World {
    fn new(folder: &Path) -> Self {
        let text = include_str!("../../../charters/two-banks/charter.toml");
        let more: String = (4..=NODES)
            .map(|n| format!("[parties.town-{n}]\nname = \"Town {n}\"\nstatus = \"member\"\n\n"))
            .collect();
        let text = text.replace("[parties.office]", &format!("{more}[parties.office]"));
        let text = text.replace("quorum = 2", &format!("quorum = {}", NODES / 2 + 1));
        let bare = Charter::load(text.as_bytes(), "charter.toml");
        let bare = bare.unwrap_or_else(|faults| panic!("{faults}"));
        let public =
            bare.parties.keys().map(|party| (party.clone(), secrets(&bare, party).public()));
        let bytes = with_keys(&text, &public.collect()).into_bytes();
        let charter = Charter::load(&bytes, "charter.toml").expect("the charter has keys");
        let parties: Vec<PartyId> = charter.parties.keys().take(NODES).cloned().collect();
        assert_eq!((parties.len(), charter.parties.len()), (NODES, NODES), "each party has a node");
        let log = |party: &PartyId| {
            Origin::parse(&format!("{}/{party}/1", charter.organisation)).expect("a log")
        };
        let logs = parties.iter().map(log).collect();
        Self { folder: folder.to_owned(), charter, bytes, parties, logs }
    }

    fn open(&self, party: &PartyId) -> Node {
        let store = Store::open(&self.folder.join(format!("{party}.db")), Durability::Full)
            .expect("a store");
        let (mut counter, name) = (0u64, party.to_string());
        let salts = Box::new(move || {
            counter += 1;
            Hash::of(&[name.as_bytes(), &counter.to_be_bytes()]).0
        });
        let kept = BTreeMap::from([(party.clone(), secrets(&self.charter, party))]);
        let mut node =
            Node::open(party.clone(), store, &self.bytes, kept, salts).expect("the node opens");
        node.begin_logs(system_time()).expect("a first record");
        node
    }

    /// Lets a node that nobody hears say so many records. Returns the size of its log.
    fn fill(&self, node: &mut Node, records: usize) -> u64 {
        let party = node.party().clone();
        for n in 0..records {
            node.append(&statement(&party, n), system_time()).expect("it is said");
        }
        let at = self.parties.iter().position(|own| *own == party).expect("a party");
        node.size_of(&self.logs[at])
    }

    /// Lets all nodes run, each with every other as its peer.
    fn run(&self, nodes: Vec<Node>) -> Together {
        let local = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let ends: Vec<_> = nodes
            .iter()
            .map(|_| {
                let at = Listening::at(local).expect("an address");
                let listener = at.for_peers(local).expect("an address");
                (at, listener)
            })
            .collect();
        let addresses: Vec<String> = ends
            .iter()
            .map(|(_, listener)| listener.local_addr().expect("its address").to_string())
            .collect();
        let together =
            nodes.into_iter().zip(ends).enumerate().map(|(own, (node, (at, listener)))| {
                let others = self
                    .parties
                    .iter()
                    .zip(&addresses)
                    .enumerate()
                    .filter(|(other, _)| *other != own);
                let addresses =
                    others.map(|(_, (party, address))| (party.clone(), address.clone())).collect();
                let setting = PeerSetting { addresses, listener: Some(listener) };
                let running = join(node, setting, &at).expect("the node runs");
                (at, running)
            });
        Together(together.collect())
    }

    /// Returns whether the author of a log holds the receipts of a quorum, and of all others, for the last of its first `size` records.
    /// A receipt for it is one for all before it.
    fn received(&self, node: &Node, at: usize, size: u64) -> (bool, bool) {
        let record =
            node.council().record_at_for(node.party(), &self.logs[at], size - 1, system_time());
        let held = record.map_or(0, |record| record.receipts.len());
        (held >= self.charter.witnessing.quorum as usize, held >= NODES - 1)
    }

    /// Says records at a rate, by turns, and does not wait for anything. Returns, of each, how long after it was due its author held the
    /// receipts of a quorum and of all; and how late the latest was said.
    fn load(&self, running: &Together, rate: usize, records: usize) -> (Vec<f64>, Vec<f64>, f64) {
        let begun = Instant::now();
        let due = |n: usize| begun + Duration::from_secs_f64(n as f64 / rate as f64);
        let waiting: Mutex<[Waiting; NODES]> = Mutex::default();
        let (mut quorum, mut all) = (Vec::new(), Vec::new());
        let late = Mutex::new(0.0f64);
        std::thread::scope(|scope| {
            for at in 0..NODES {
                let (waiting, late, party) = (&waiting, &late, &self.parties[at]);
                let log = &self.logs[at];
                scope.spawn(move || {
                    for n in (at..records).step_by(NODES) {
                        let due = due(n);
                        std::thread::sleep(due.saturating_duration_since(Instant::now()));
                        let size = running.0[at].1.say(&statement(party, n)).expect("it is said");
                        let mut most = late.lock().expect("no thread fails");
                        *most = most.max(due.elapsed().as_secs_f64());
                        drop(most);
                        assert!(size > 0, "{log}");
                        waiting.lock().expect("no thread fails")[at].rows.push_back((size, due));
                    }
                });
            }
            let ends = due(records) + WAIT;
            while all.len() < records {
                assert!(
                    Instant::now() < ends,
                    "{} of {records} records have all receipts",
                    all.len()
                );
                std::thread::sleep(LOOK_EVERY);
                let mut waiting = waiting.lock().expect("no thread fails");
                for (at, rows) in waiting.iter_mut().enumerate() {
                    // Of each log in its order: what has no receipt yet, nothing behind it has.
                    let (has_quorum, has_all) = running.read(at, |node| {
                        let rest = |from: usize, has: &dyn Fn((bool, bool)) -> bool| {
                            let left = rows.rows.range(from..);
                            left.take_while(|row| has(self.received(node, at, row.0))).count()
                        };
                        (rest(rows.with_quorum, &|has| has.0), rest(0, &|has| has.1))
                    });
                    let until_quorum = rows.with_quorum + has_quorum;
                    quorum.extend(
                        rows.rows
                            .range(rows.with_quorum..until_quorum)
                            .map(|row| row.1.elapsed().as_secs_f64()),
                    );
                    all.extend(rows.rows.drain(..has_all).map(|row| row.1.elapsed().as_secs_f64()));
                    rows.with_quorum = until_quorum - has_all;
                }
            }
        });
        let late = *late.lock().expect("no thread fails");
        (quorum, all, late)
    }
}

fn statement(party: &PartyId, n: usize) -> Statement {
    let text = format!("Record {n}: the river stands at {} cm and rises.", 400 + n % 100);
    Statement {
        party: party.clone(),
        officers: vec!["duty".to_owned()],
        kind: Kind::parse("comment").expect("a kind"),
        label: None,
        about: Vec::new(),
        drill: false,
        terms: Value::map([("text", Value::text(text))]),
    }
}

fn secrets(charter: &Charter, party: &PartyId) -> PartySecrets {
    exercise_keys(SEED, charter, party, &[], 1).expect("names of keys")
}

fn until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < WAIT, "not after {WAIT:?}: {what}");
        std::thread::sleep(LOOK_EVERY);
    }
}

fn quantile(times: &mut [f64], share: f64) -> f64 {
    times.sort_by(f64::total_cmp);
    let at = (share * times.len() as f64).ceil() as usize;
    times.get(at.saturating_sub(1)).copied().unwrap_or(f64::NAN)
}

fn spread(times: &mut [f64], digits: usize) -> String {
    let (middle, least) = (quantile(times, 0.5), quantile(times, 0.0));
    let most = times.last().copied().unwrap_or(f64::NAN);
    format!("{middle:.digits$} ({least:.digits$} to {most:.digits$})")
}
