//! What a lying witness can say: of a history that is not there, with cosignatures that nobody gave.

use crate::world::{World, charter_text, label, six_towns, statement};
use serde_json::json;
use std::collections::BTreeSet;
use veche_council::entry::{CLOSING, WITNESS};
use veche_ledger::commit::{Domain, Opening};
use veche_ledger::{Hash, UnixSeconds};
use veche_node::fsck::fsck;
use veche_node::node::{Appended, Statement};

/// A witness that was cut off states that it held a log at an earlier time, with a root of its own invention; returns the record that it
/// would date back, and the time that it lies about.
fn dated_back(world: &mut World) -> (Hash, UnixSeconds) {
    world.cut_off("arven", true);
    let early = world.now;
    let said =
        world.say("belm", "report", &[], &json!({"title": "River at 4.2 m", "text": "Rising."}));
    let log = world.log("belm", 1);
    let size = world.node("belm").size_of(&log);
    world.wait(10);
    let heads = json!([[log.as_str(), size, Hash([7; 32]).to_string()]]);
    let terms = json!({"heads": heads, "time": early.to_string()});
    let mut lie = statement("arven", WITNESS, &[], &terms);
    (lie.officers, lie.label) = (Vec::new(), Some(label("ACCORD")));
    let now = world.now;
    world.node_mut("arven").append(&lie, now).unwrap();
    (said, early)
}

#[test]
fn a_receipt_for_another_history_dates_nothing_back() {
    let mut world = World::new(&charter_text("two-banks"));
    let (said, early) = dated_back(&mut world);
    world.cut_off("arven", false);
    let receipts = world.node("office").council().record(&said).unwrap().receipts;
    assert_ne!(receipts.get("arven"), Some(&early.to_string()), "it did not hold the record then");
    assert!(receipts.contains_key("arven"), "what it holds by now counts");
}

#[test]
fn a_receipt_for_another_history_is_judged_alike_whoever_hears_of_it_first() {
    let mut world = World::new(&six_towns());
    // Corin hears the lie before it has the record that the lie is about.
    world.cut_off("corin", true);
    let (said, early) = dated_back(&mut world);
    arven_tells_corin_first(&mut world);
    let digests: BTreeSet<_> = world.network.digests().into_values().collect();
    assert_eq!(digests.len(), 1, "{:?}", world.network.digests());
    for party in ["corin", "dovar"] {
        let checked = fsck(world.node(party).store()).unwrap();
        assert_eq!(checked.digest, world.node(party).council().digest().to_string(), "{party}");
        let receipts = world.node(party).council().record(&said).unwrap().receipts;
        assert_ne!(receipts.get("arven"), Some(&early.to_string()), "{party}");
        assert!(receipts.contains_key("arven"), "{party}: what it holds by now counts");
    }
}

/// Joins Corin to Arven alone, both cut off until then, and later to all.
fn arven_tells_corin_first(world: &mut World) {
    let others = ["belm", "dovar", "elsin", "farro", "office"];
    others.iter().for_each(|party| world.cut_off(party, true));
    world.cut_off("corin", false);
    world.cut_off("arven", false);
    others.iter().for_each(|party| world.cut_off(party, false));
}

#[test]
fn a_closing_over_a_history_that_is_not_there_decides_nothing_whoever_hears_of_it_first() {
    let mut world = World::new(&six_towns());
    let text = json!({"title": "a text", "paragraphs": [{"n": 1, "text": "one"}]});
    let proposal = world.say("office", "proposal", &[], &text);
    world.wait(35);
    world.network.exchange(world.now).unwrap();
    let closed = world.close("office", &proposal).unwrap();
    let mut terms = terms_of(&world, &closed);
    world.cut_off("corin", true);
    world.say("office", "report", &[], &json!({"title": "River", "text": "Rising."}));
    // Arven, who has the office's latest record, states another root for it; nobody's head is needed of the office.
    let log = world.log("office", 1);
    let size = world.node("office").size_of(&log);
    let of_office = |head: &serde_json::Value| head[0] == log.as_str();
    let cut = terms["cut"].as_array_mut().unwrap();
    *cut.iter_mut().find(|head| of_office(head)).unwrap() =
        json!([log.as_str(), size, Hash([7; 32]).to_string()]);
    terms["heads"].as_array_mut().unwrap().retain(|head| !of_office(head));
    world.cut_off("arven", true);
    let (now, closing) = (world.now, closing("arven", &proposal, &terms.to_string()));
    world.node_mut("arven").append(&closing, now).unwrap();
    arven_tells_corin_first(&mut world);
    for party in ["corin", "dovar"] {
        let view = world.node(party).council().procedure(&proposal, world.now).unwrap();
        assert_eq!(view.closing_faults.len(), 1, "{party}: {:?}", view.closing_faults);
        assert!(view.units[0].decision.is_some(), "{party}: the true one holds");
    }
}

/// The terms of a closing as its author's node holds them.
pub(crate) fn terms_of(world: &World, closed: &Appended) -> serde_json::Value {
    let party = closed.log.party().to_owned();
    let stored =
        world.node(&party).store().entries(&closed.log, closed.index, 1).unwrap().remove(0);
    let opening = Opening::from_bytes(Domain::Terms, &stored.opening.unwrap()).unwrap();
    serde_json::from_slice(&opening.bytes).unwrap()
}

/// A closing record of a party's node.
fn closing(party: &str, proposal: &Hash, terms: &str) -> Statement {
    let mut closing = statement(party, CLOSING, &[*proposal], &json!({}));
    (closing.officers, closing.label) = (Vec::new(), Some(label("ACCORD")));
    closing.terms = veche_ledger::json::parse_human(terms).unwrap();
    closing
}

#[test]
fn a_closing_with_a_cosignature_that_nobody_gave_decides_nothing() {
    let mut world = World::new(&charter_text("two-banks"));
    let text = json!({"title": "a text", "paragraphs": [{"n": 1, "text": "one"}]});
    let proposal = world.say("office", "proposal", &[], &text);
    world.wait(35);
    world.network.exchange(world.now).unwrap();
    let closed = world.close("office", &proposal).unwrap();
    let terms = terms_of(&world, &closed);
    let line = terms["heads"][0][1][0][2].as_str().unwrap();
    let letter = if line.as_bytes()[40] == b'A' { "B" } else { "A" };
    let forged = format!("{}{letter}{}", &line[..40], &line[41..]);
    let again = closing("arven", &proposal, &terms.to_string().replace(line, &forged));
    world.state(&again).unwrap();
    let view = world.node("belm").council().procedure(&proposal, world.now).unwrap();
    assert_eq!(view.closing_faults.len(), 1, "{:?}", view.closing_faults);
}
