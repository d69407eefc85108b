//! What a label withholds: nobody gets it, whatever one node of the organisation does wrong or means.

use crate::world::{World, charter_text, id, label, statement};
use serde_json::json;
use std::collections::BTreeSet;
use veche_ledger::PartyId;
use veche_ledger::sync::{Push, Resource, parse_openings};
use veche_ledger::tile::{TileKind, TilePath};
use veche_node::node::{Appended, Offer};
use veche_node::pages::Sight;
use veche_node::peer::guard;
use veche_node::search;

/// Who speaks to its group.
const AUTHOR: &str = "tamrin";
/// The group's label.
const GROUP: &str = "GROUP(health)";

/// A world in which a member has told its group something, and where that stands.
fn told_the_group() -> (World, Appended) {
    let mut world = World::new(&charter_text("six-rivers"));
    let report = json!({"ref": "H-1", "text": "six cases", "cases": 6, "agent": "unknown"});
    let said = world.state(&statement(AUTHOR, "lab_report", &[], &report)).unwrap();
    (world, said)
}

fn reads(world: &World, party: &PartyId) -> bool {
    let readers = world.charter.readers(&label(GROUP));
    readers.includes(party)
}

/// A party with a node that does not read the group's label, and one other than the author that does.
fn outside_and_inside(world: &World) -> (PartyId, PartyId) {
    let others = || world.network.nodes().map(|node| node.party()).filter(|p| p.as_str() != AUTHOR);
    let outside = others().find(|party| !reads(world, party)).unwrap().clone();
    let inside = others().find(|party| reads(world, party)).unwrap().clone();
    (outside, inside)
}

/// The contents of a log as a node gives them to a party.
fn contents(world: &World, log: &veche_ledger::Origin, to: &PartyId) -> (Resource, Vec<u8>, u16) {
    let node = world.node(AUTHOR);
    let width = u16::try_from(node.signed_size_of(log)).unwrap();
    let what = Resource::Openings(log.clone(), TilePath::new(TileKind::Entries, 0, width).unwrap());
    let body = node.serve(&BTreeSet::from([to.clone()]), &what, world.now).unwrap().unwrap();
    (what, body, width)
}

#[test]
fn a_groups_content_is_given_to_its_readers_alone() {
    let (world, said) = told_the_group();
    let at = usize::try_from(said.index).unwrap();
    let mut given = BTreeSet::new();
    for node in world.network.nodes() {
        let party = node.party();
        let (_, body, width) = contents(&world, &said.log, party);
        let is_given = parse_openings(&body, width).unwrap()[at].is_some();
        let offer = world
            .node(AUTHOR)
            .offer(&BTreeSet::from([party.clone()]), &said.log, 0, world.now)
            .unwrap();
        assert_eq!(offer.unwrap().records[at].1.is_some(), is_given, "{party}");
        assert_eq!(is_given, reads(&world, party), "{party}");
        given.insert(is_given);
    }
    assert_eq!(given.len(), 2, "somebody reads it, and somebody does not");
}

#[test]
fn content_that_was_chosen_for_the_wrong_node_is_stopped_on_its_way_out() {
    let (world, said) = told_the_group();
    let (outside, inside) = outside_and_inside(&world);
    let node = world.node(AUTHOR);
    let (what, body, _) = contents(&world, &said.log, &inside);
    let offer =
        node.offer(&BTreeSet::from([inside.clone()]), &said.log, 0, world.now).unwrap().unwrap();
    let push = Push { checkpoint: offer.checkpoint, records: offer.records }.to_bytes().unwrap();
    for (to, is_let_out) in [(inside, true), (outside, false)] {
        let to = BTreeSet::from([to]);
        let answer = guard::check_openings(node, &to, &what, &body, world.now);
        assert_eq!(answer.is_ok(), is_let_out, "{answer:?}");
        let pushed = guard::check_push(node, &to, &said.log, &push, world.now);
        assert_eq!(pushed.is_ok(), is_let_out, "{pushed:?}");
    }
}

#[test]
fn content_that_its_label_keeps_from_the_receiver_is_thrown_away_and_told() {
    let mut world = World::new(&charter_text("six-rivers"));
    let (outside, inside) = outside_and_inside(&world);
    let report = json!({"ref": "H-1", "text": "six cases", "cases": 6, "agent": "unknown"});
    let (now, report) = (world.now, statement(AUTHOR, "lab_report", &[], &report));
    let said = world.node_mut(AUTHOR).append(&report, now).unwrap();
    let start = world.node(outside.as_str()).size_of(&said.log);
    let sender = world.node(AUTHOR);
    // A sender that means it well, or ill: the content goes along although its label says no.
    let offer: Offer =
        sender.offer(&BTreeSet::from([inside]), &said.log, start, now).unwrap().unwrap();
    assert!(offer.records.last().unwrap().1.is_some());
    let receiver = world.node_mut(outside.as_str());
    receiver.accept(&offer, now).unwrap();
    receiver.settle();
    let told: Vec<u64> = receiver.overshared().iter().map(|one| one.index).collect();
    assert_eq!(told, [said.index]);
    let stored = receiver.store().entries(&said.log, said.index, 1).unwrap().remove(0);
    assert!(stored.opening.is_none(), "the content is kept");
    assert_eq!(receiver.council().record(&said.leaf).unwrap().terms, None);
    assert_eq!(id(AUTHOR).as_str(), said.log.party());
}

/// Ilmara, a partner outside the group, has no node of its own: Tamrin's keeps its log, and holds the content.
#[test]
fn a_party_sees_at_its_hosts_desk_what_its_own_label_lets_it() {
    let (world, said) = told_the_group();
    let node = world.node(AUTHOR);
    let (nobody, ilmara) = (BTreeSet::new(), id("ilmara"));
    assert!(node.kept().any(|party| *party == ilmara));
    for (party, may) in [(id(AUTHOR), true), (ilmara, false)] {
        let sight = Sight {
            node,
            party: &party,
            officer: "duty",
            now: world.now,
            is_drill: true,
            cut_off: &nobody,
            contacts: None,
        };
        assert_eq!(sight.view(&said.leaf).is_some(), may, "{party}");
        assert_eq!(sight.readable([said.leaf]).len(), usize::from(may), "{party}");
        let found = search::said(node, "cases", None, 10, (&party, world.now)).unwrap();
        assert_eq!(found.hits.len(), usize::from(may), "{party}");
    }
}
