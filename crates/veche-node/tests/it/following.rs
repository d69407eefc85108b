//! How a node follows its peers: what it is told over HTTPS, what it fetches and what it waits for, and when it logs receipts.

use crate::world::{World, charter_text, id, statement};
use serde_json::json;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use veche_ledger::PartyId;
use veche_ledger::sync::{Followed, Resource, Window, listing_bytes, parse_listing};
use veche_node::http::Listening;
use veche_node::node::Node;
use veche_node::peer::{Asked, Directory, Effect, Event, Exchange, Link, Reply, ends};
use veche_node::run::{PeerSetting, join, system_time};

const HEADS: Asked = Asked::Get(Resource::Heads);

fn comment(party: &str, text: &str) -> veche_node::node::Statement {
    statement(party, "comment", &[], &json!({ "text": text }))
}

/// The link of a node to a peer, as its own network has it.
fn link(node: &Node, peer: &PartyId, address: &SocketAddr) -> Link {
    let directory = Directory::default();
    directory.set(node.open_logs());
    let (log, key) = node.vouching_key().unwrap();
    let ends = ends(&log, key, &[], &directory, system_time).unwrap();
    Link::new(peer.clone(), address.to_string(), ends.client, directory, system_time)
}

#[test]
fn a_follower_is_told_over_https_what_has_changed_and_has_the_whole_by_its_hash() {
    let mut world = World::new(&charter_text("two-banks"));
    world.say("arven", "comment", &[], &json!({"text": "the river rises"}));
    let arven = world.network.take_out(&id("arven")).unwrap();
    let local = SocketAddr::from(([127, 0, 0, 1], 0));
    let at = Listening::at(local).unwrap();
    let listener = at.for_peers(local).unwrap();
    let address = listener.local_addr().unwrap();
    let setting = PeerSetting { addresses: BTreeMap::new(), listener: Some(listener) };
    let arven = join(arven, setting, &at).unwrap();
    let link = link(world.node("belm"), &id("arven"), &address);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let ask = |query: &str| -> Reply {
        runtime.block_on(link.ask(&HEADS, query, Vec::new())).expect("an answer")
    };
    let whole = || arven.read(|node| listing_bytes(&node.signed_heads())).unwrap();

    let first = ask("");
    assert_eq!((first.status, &first.body), (200, &whole()));
    let mut followed = Followed::default();
    followed.take_whole(&first.body);
    for n in 0..3 {
        arven.say(&comment("arven", &format!("{n} cm"))).unwrap();
        let told = ask(&format!("?seen={}", followed.hash().unwrap()));
        assert_eq!(told.status, 226, "{}", String::from_utf8_lossy(&told.body));
        assert!(told.body.len() < first.body.len());
        assert_eq!(parse_listing(&told.body[65..]).map(|heads| heads.len()), Ok(1));
        assert_eq!(followed.take_changes(&told.body), Ok(whole()));
    }
    // What is not known is answered by the whole, and so is who does not say what he has.
    for query in [format!("?seen={}", veche_ledger::Hash([7; 32])), "?seen=x".to_owned()] {
        assert_eq!(ask(&query), Reply::ok(whole()), "{query}");
    }
    assert_eq!(ask(""), Reply::ok(whole()));
}

/// What a node of these tests does about its peers.
struct Follower<'a> {
    world: &'a mut World,
    exchange: Exchange,
}

impl Follower<'_> {
    fn step(&mut self, event: Event) -> Vec<Effect> {
        let now = self.world.now;
        let (effects, done) = self.exchange.step(self.world.node_mut("belm"), event, now);
        done.unwrap();
        effects
    }

    /// A peer lists what it holds. Returns of whom what is fetched.
    fn hears(&mut self, peer: &str) -> Vec<String> {
        let listing = listing_bytes(&self.world.node(peer).signed_heads());
        fetched(self.step(Event::Heads { peer: id(peer), body: Ok(listing) }))
    }
}

fn fetched(effects: Vec<Effect>) -> Vec<String> {
    let fetch = |effect| match effect {
        Effect::Fetch { peer, what, .. } => Some(format!("{what} of {peer}")),
        Effect::Send { .. } => None,
    };
    effects.into_iter().filter_map(fetch).collect()
}

#[test]
fn what_its_keeper_is_about_to_push_is_fetched_only_if_it_does_not_come() {
    let mut world = World::new(&charter_text("two-banks"));
    let exchange = Exchange::new([id("arven"), id("office")], Window::default());
    world.network.set_cut_off(&id("belm"), true);
    let mut belm = Follower { world: &mut world, exchange };
    belm.step(Event::Tick);
    assert_eq!(belm.hears("arven"), [""; 0], "all is held");
    assert_eq!(belm.hears("office"), [""; 0]);
    belm.world.say("arven", "comment", &[], &json!({"text": "the river rises"}));
    // Arven can be heard: its push is on its way.
    assert_eq!(belm.hears("office"), [""; 0]);
    assert_eq!(belm.hears("arven"), [""; 0]);
    let log = belm.world.log("arven", 1);
    let late = fetched(belm.step(Event::Tick));
    assert!(late.contains(&format!("{log}/checkpoint of arven")), "{late:?}");

    // It cannot be heard any more: what others have of it is fetched at once, from one who was heard before and from one who is heard first.
    let at_office = format!("{log}/checkpoint of office");
    let gone = Event::Heads { peer: id("arven"), body: Err("nothing answers".to_owned()) };
    let at_once = fetched(belm.step(gone));
    assert!(at_once.contains(&at_office), "{at_once:?}");
    let exchange = Exchange::new([id("arven"), id("office")], Window::default());
    let at_once = Follower { world: &mut world, exchange }.hears("office");
    assert!(at_once.contains(&at_office), "{at_once:?}");
}

#[test]
fn receipts_are_logged_when_they_have_gathered_and_no_tick_is_waited_for() {
    let mut world = World::new(&charter_text("two-banks"));
    world.network.set_cut_off(&id("belm"), true);
    for text in ["the river rises", "and falls"] {
        world.say("arven", "comment", &[], &json!({ "text": text }));
    }
    let (log, own, now) = (world.log("arven", 1), world.log("belm", 1), world.now);
    let held = world.node("belm").size_of(&log);
    let readers = world.node("arven").readers_at(&id("belm"));
    let offer = world.node("arven").offer(&readers, &log, held, now).unwrap().unwrap();
    let before = world.node("belm").size_of(&own);
    assert!(world.node_mut("belm").accept(&offer, now).unwrap().is_some(), "it is cosigned");
    assert!(world.node("belm").has_receipts());
    let mut belm = Follower { world: &mut world, exchange: Exchange::default() };
    belm.step(Event::News);
    assert_eq!(belm.world.node("belm").size_of(&own), before);
    belm.step(Event::Receipts);
    assert_eq!(belm.world.node("belm").size_of(&own), before + 1, "one record for both");
    assert!(!belm.world.node("belm").has_receipts());
    belm.step(Event::Receipts);
    assert_eq!(belm.world.node("belm").size_of(&own), before + 1);
}
