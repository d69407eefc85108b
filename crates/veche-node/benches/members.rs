//! What one record costs in an organisation of so many members: processor time and bytes, of all and of one node.
//!
//! Every member's node is in this process, each with a store of its own in memory and every other as its peer. It is the program's own
//! exchange that decides; a queue here carries what it sends. A question for heads that is kept open while there is no news is modelled as
//! the listing that each peer is sent, as what has changed in it, whenever things have come to rest. TLS is left out.
//!
//! `cargo bench -p veche-node --bench members [-- MEMBERS [RECORDS]]`; default 57 members, 100 records.
#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_precision_loss,
    reason = "a benchmark reports to whoever runs it, and stops at what should not be"
)]

use std::collections::{BTreeMap, VecDeque};
use veche_charter::{Charter, with_keys};
use veche_ledger::json::Value;
use veche_ledger::sync::{Followed, Listings, Resource, Window};
use veche_ledger::{Hash, Kind, PartyId, UnixSeconds};
use veche_node::keys::{PartySecrets, exercise_keys};
use veche_node::node::{Node, Statement};
use veche_node::peer::{Asked, Effect, Event, Exchange, Reply};
use veche_node::store::Store;

/// What keys and salts are made from.
const SEED: &str = "members";

/// Seconds between one record and the next: receipts come to rest meanwhile.
const PAUSE: u64 = 10;

/// Clock ticks of the system a second, in `/proc/self/stat`.
const TICKS: f64 = 100.0;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let number = |at: usize, default| match words.get(at) {
        Some(word) => word.parse().expect("a number"),
        None => default,
    };
    let (members, records) = (number(0, 57), number(1, 100));
    let mut world = World::new(members);
    world.rest();
    println!("{members} members; {} records to begin with", world.nodes[0].0.council().len());
    let (before, spent, held) = (world.carried, processor(), world.nodes[0].0.council().len());
    for n in 0..records {
        // By turns, so that each log grows alike.
        world.say(n * 7 % members, n);
        for _ in 0..PAUSE {
            world.tick();
        }
    }
    let (spent, all) = (processor() - spent, world.carried.since(before));
    world.check();
    let (each, nodes) = (records as f64, members as f64);
    let made = (world.nodes[0].0.council().len() - held) as f64;
    println!("{records} records said, {:.1} more a record as receipts", made / each - 1.0);
    println!(
        "processor: {:.1} ms a record in all, {:.2} ms a record and node",
        spent * 1e3 / each,
        spent * 1e3 / each / nodes
    );
    println!(
        "bytes a record and node, not compressed: {:.0} in {:.1} messages, of which listings {:.0} in {:.1}",
        all.bytes as f64 / each / nodes,
        all.messages as f64 / each / nodes,
        all.listing_bytes as f64 / each / nodes,
        all.listings as f64 / each / nodes
    );
}

/// What was carried: each question with its answer is one message.
#[derive(Debug, Clone, Copy, Default)]
struct Carried {
    messages: u64,
    bytes: u64,
    listings: u64,
    listing_bytes: u64,
}

impl Carried {
    const fn since(self, before: Self) -> Self {
        Self {
            messages: self.messages - before.messages,
            bytes: self.bytes - before.bytes,
            listings: self.listings - before.listings,
            listing_bytes: self.listing_bytes - before.listing_bytes,
        }
    }
}

struct World {
    parties: Vec<PartyId>,
    nodes: Vec<(Node, Exchange)>,
    /// What is on its way: to whom, and what happens there.
    queue: VecDeque<(usize, Event)>,
    /// What each node has listed.
    given: Vec<Listings>,
    /// The listing of each node as each other has it: who follows, and whom.
    followed: BTreeMap<(usize, usize), Followed>,
    carried: Carried,
    now: UnixSeconds,
}

impl World {
    fn new(members: usize) -> Self {
        let (charter, bytes) = charter_of(members);
        let parties: Vec<PartyId> = charter.parties.keys().cloned().collect();
        let now = UnixSeconds::parse("2027-03-01T09:00:00Z").expect("a time");
        let open = |party: &PartyId| {
            let mut node = open(&charter, &bytes, party);
            node.begin_logs(now).expect("a first record");
            let others = parties.iter().filter(|other| *other != party).cloned();
            (node, Exchange::new(others, Window::default()))
        };
        let nodes = parties.iter().map(open).collect();
        let queue = (0..members).map(|at| (at, Event::News)).collect();
        let given = (0..members).map(|_| Listings::default()).collect();
        let (followed, carried) = (BTreeMap::new(), Carried::default());
        Self { parties, nodes, queue, given, followed, carried, now }
    }

    fn say(&mut self, at: usize, n: usize) {
        let text = format!("Record {n}: the river stands at {} cm and rises.", 400 + n % 100);
        let statement = Statement {
            party: self.parties[at].clone(),
            officers: vec!["duty".to_owned()],
            kind: Kind::parse("comment").expect("a kind"),
            label: None,
            about: Vec::new(),
            drill: false,
            terms: Value::map([("text", Value::text(text))]),
        };
        self.nodes[at].0.append(&statement, self.now).expect("it is said");
        self.queue.push_back((at, Event::News));
        self.rest();
    }

    fn tick(&mut self) {
        self.now = self.now + veche_ledger::Seconds(1);
        self.queue.extend((0..self.nodes.len()).map(|at| (at, Event::Tick)));
        self.rest();
    }

    /// Lets everything happen that follows, listings included, until nothing more does.
    fn rest(&mut self) {
        loop {
            while let Some((at, event)) = self.queue.pop_front() {
                self.happen(at, event);
            }
            self.tell_listings();
            if self.queue.is_empty() {
                return;
            }
        }
    }

    fn happen(&mut self, at: usize, event: Event) {
        let (node, exchange) = &mut self.nodes[at];
        let (effects, done) = exchange.step(node, event, self.now);
        done.expect("a store in memory holds");
        for effect in effects {
            let event = match effect {
                Effect::Fetch { peer, id, what } => {
                    let reply = self.ask(at, &peer, &Asked::Get(what), &[]);
                    Event::Answer { id, body: reply.into_body() }
                }
                Effect::Send { peer, asked, body } => {
                    let reply = self.ask(at, &peer, &asked, &body);
                    Event::Sent { peer, asked, reply: Ok(reply) }
                }
            };
            self.queue.push_back((at, event));
        }
    }

    fn ask(&mut self, from: usize, peer: &PartyId, asked: &Asked, body: &[u8]) -> Reply {
        let to = self.parties.iter().position(|party| party == peer).expect("a peer");
        let (node, exchange) = &mut self.nodes[to];
        let before = node.council().len();
        let reply = exchange.receive(node, &self.parties[from], asked, body, self.now);
        if node.council().len() != before {
            self.queue.push_back((to, Event::News));
        }
        self.carried.messages += 1;
        self.carried.bytes += (body.len() + reply.body.len()) as u64;
        reply
    }

    /// Sends each node's listing to those who have not seen it so.
    fn tell_listings(&mut self) {
        for at in 0..self.nodes.len() {
            for to in (0..self.nodes.len()).filter(|to| *to != at) {
                let before = self.carried;
                let (party, heads) = (self.parties[at].clone(), Asked::Get(Resource::Heads));
                let body = self.ask(to, &party, &heads, &[]).into_body().expect("a listing");
                // Counted below, as it travels.
                self.carried = before;
                let followed = self.followed.entry((to, at)).or_default();
                if followed.hash() == Some(Hash::of(&[&body])) {
                    // The question is still open, and nothing was sent.
                    continue;
                }
                self.given[at].note(&body);
                let changes = followed.hash().and_then(|seen| self.given[at].changes(&seen));
                let changes = changes.filter(|changes| changes.len() < body.len());
                let sent = changes.as_ref().map_or(body.len(), Vec::len) as u64;
                let body = match changes {
                    Some(changes) => followed.take_changes(&changes).expect("its own changes"),
                    None => {
                        followed.take_whole(&body);
                        body
                    }
                };
                self.carried.messages += 1;
                self.carried.bytes += sent;
                self.carried.listings += 1;
                self.carried.listing_bytes += sent;
                self.queue.push_back((to, Event::Heads { peer: party, body: Ok(body) }));
            }
        }
    }

    /// All hold the same.
    fn check(&self) {
        let digest = self.nodes[0].0.council().digest();
        for ((node, _), party) in self.nodes.iter().zip(&self.parties) {
            assert_eq!(node.council().digest(), digest, "{party} has another state");
            assert_eq!(node.council().len(), self.nodes[0].0.council().len(), "{party}");
        }
    }
}

/// The Two Banks Accord with so many towns.
fn charter_of(members: usize) -> (Charter, Vec<u8>) {
    assert!(members >= 3, "three members at least");
    let text = include_str!("../../../charters/two-banks/charter.toml");
    let more: String = (4..=members)
        .map(|n| format!("[parties.town-{n}]\nname = \"Town {n}\"\nstatus = \"member\"\n\n"))
        .collect();
    let text = text.replace("[parties.office]", &format!("{more}[parties.office]"));
    let text = text.replace("quorum = 2", &format!("quorum = {}", members / 2 + 1));
    let bare = Charter::load(text.as_bytes(), "charter.toml");
    let bare = bare.unwrap_or_else(|faults| panic!("{faults}"));
    let public = bare.parties.keys().map(|party| (party.clone(), secrets(&bare, party).public()));
    let bytes = with_keys(&text, &public.collect()).into_bytes();
    let charter = Charter::load(&bytes, "charter.toml").expect("the charter has keys");
    (charter, bytes)
}

fn secrets(charter: &Charter, party: &PartyId) -> PartySecrets {
    exercise_keys(SEED, charter, party, &[], 1).expect("names of keys")
}

fn open(charter: &Charter, bytes: &[u8], party: &PartyId) -> Node {
    let (mut counter, name) = (0u64, party.to_string());
    let salts = Box::new(move || {
        counter += 1;
        Hash::of(&[name.as_bytes(), &counter.to_be_bytes()]).0
    });
    let kept = BTreeMap::from([(party.clone(), secrets(charter, party))]);
    let store = Store::in_memory().expect("a store");
    Node::open(party.clone(), store, bytes, kept, salts).expect("the node opens")
}

/// Returns the processor time of this process so far, in seconds.
fn processor() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(") ").next().unwrap_or_default().split(' ');
    // The 14th and 15th field, of which the first two are cut off here.
    fields.skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum::<f64>() / TICKS
}
