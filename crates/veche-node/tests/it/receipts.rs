//! What a lying witness can say: of a history that is not there, with cosignatures that nobody gave.

use crate::world::{World, charter_text, label, statement};
use serde_json::json;
use veche_council::entry::{CLOSING, WITNESS};
use veche_ledger::commit::{Domain, Opening};
use veche_ledger::{Hash, UnixSeconds, Value};

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
fn a_closing_with_a_cosignature_that_nobody_gave_decides_nothing() {
    let mut world = World::new(&charter_text("two-banks"));
    let text = json!({"title": "a text", "paragraphs": [{"n": 1, "text": "one"}]});
    let proposal = world.say("office", "proposal", &[], &text);
    world.wait(35);
    world.network.exchange(world.now).unwrap();
    let closed = world.close("office", &proposal).unwrap();
    let closing =
        world.node("office").store().entries(&closed.log, closed.index, 1).unwrap().remove(0);
    let opening = Opening::from_bytes(Domain::Terms, &closing.opening.unwrap()).unwrap();
    let good = String::from_utf8(opening.bytes).unwrap();
    let terms: serde_json::Value = serde_json::from_str(&good).unwrap();
    let line = terms["heads"][0][1][0][2].as_str().unwrap();
    let letter = if line.as_bytes()[40] == b'A' { "B" } else { "A" };
    let forged = format!("{}{letter}{}", &line[..40], &line[41..]);
    let mut again = statement("arven", CLOSING, &[proposal], &json!({}));
    (again.officers, again.label) = (Vec::new(), Some(label("ACCORD")));
    again.terms = veche_ledger::parse_canonical(good.replace(line, &forged).as_bytes()).unwrap();
    assert!(matches!(again.terms, Value::Map(_)));
    world.state(&again).unwrap();
    let view = world.node("belm").council().procedure(&proposal, world.now).unwrap();
    assert_eq!(view.closing_faults.len(), 1, "{:?}", view.closing_faults);
}
