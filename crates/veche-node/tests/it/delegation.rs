//! What a delegation keeps to itself: nothing of it is in anything that another party gets.

use crate::world::{World, id};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use veche_ledger::{Hash, Kind, Label, UnixSeconds, Value};
use veche_node::api;
use veche_node::delegation::{Change, Content, DraftFault, Stage, check, instructions, show};
use veche_node::node::Node;
use veche_node::store::{Durability, Store};

const CHARTER: &str = include_str!("../../../../charters/two-banks/charter.toml");

/// A word that stands in notes, instructions and unsigned terms alone.
const MARK: &str = "concede-the-northern-quay";

fn content(text: &str) -> Content {
    Content {
        kind: Kind::parse("report").unwrap(),
        about: Vec::new(),
        label: Label::parse("ACCORD").unwrap(),
        drill: false,
        terms: Value::map([("title", Value::text("Quay")), ("text", Value::text(text))]),
    }
}

/// Everything that a node offers to another from nothing, as one text.
fn offered(from: &Node, to: &str) -> String {
    let mut bytes = Vec::new();
    let peer = BTreeSet::from([id(to)]);
    for head in from.heads() {
        let Some(offer) = from.offer(&peer, &head.log, 0, UnixSeconds(0)).unwrap() else {
            continue;
        };
        for (leaf, opening) in offer.records {
            bytes.extend(leaf);
            bytes.extend(opening.unwrap_or_default());
        }
        bytes.extend(offer.checkpoint);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Everything that the API of a node answers, as one text.
fn answered(node: &Node, world: &World) -> String {
    let mut said = String::new();
    let mut paths: Vec<String> = ["status", "charter", "logs", "cases", "registers", "duties"]
        .iter()
        .chain(&["decisions", "drafts", "instructions", "registers/cases"])
        .map(|path| (*path).to_owned())
        .collect();
    paths.extend(node.council().procedures().flat_map(|id| {
        ["procedures", "records", "why", "next"].map(|path| format!("{path}/{id}"))
    }));
    for path in paths {
        match api::get(node, &path, &BTreeMap::new(), world.now) {
            Ok(answer) => said.push_str(&answer.to_string()),
            Err(problem) => said.push_str(&problem.detail),
        }
    }
    for head in node.heads() {
        let query = BTreeMap::from([("log".to_owned(), head.log.to_string())]);
        let answer = api::get(node, "records", &query, world.now).unwrap();
        said.push_str(&answer.to_string());
    }
    said
}

#[test]
fn nothing_of_a_draft_or_an_instruction_is_in_anything_that_another_gets() {
    let mut world = World::new(CHARTER);
    let case = world.say("arven", "report", &[], &json!({"title": "River", "text": "Rising."}));
    let now = world.now;
    let before = world.network.digests();
    let node = world.node_mut("arven");
    let draft = node.write_draft("duty", &content(MARK), MARK, now).unwrap();
    node.instruct("delegate", &case, &format!("Object to paragraph 3, then {MARK}."), now).unwrap();
    let dropped = node.write_draft("duty", &content(MARK), MARK, now).unwrap();
    node.drop_draft(dropped, "duty", MARK, now).unwrap();
    assert_eq!(world.network.digests(), before, "a draft is no state");

    // What was to be said is changed before it is signed: then it has the mark in its notes and its history alone.
    let node = world.node_mut("arven");
    let clean = Change { terms: Some(content("Agreed.").terms), ..Change::default() };
    let read = node.change_draft(draft, "duty", clean, now).unwrap().content.hash();
    node.approve_draft(draft, "delegate", &read, now).unwrap();
    let signed = node.sign_draft(draft, &["duty".to_owned()], Some(&read), now).unwrap();
    world.network.exchange(now).unwrap();

    let arven = world.network.node(&id("arven")).unwrap();
    assert_eq!(show(arven.store(), &id("arven"), draft).unwrap().leaf(), Some(signed.leaf));
    for other in ["belm", "office"] {
        let said = offered(arven, other);
        assert!(said.contains("Agreed."), "the search would find it: {said}");
        assert!(!said.contains(MARK), "{other}");
        let node = world.network.node(&id(other)).unwrap();
        assert!(node.council().record(&signed.leaf).is_some(), "what was signed came");
        assert!(!answered(node, &world).contains(MARK), "{other}");
        assert!(instructions(node.store(), &id("arven"), None).unwrap().is_empty());
    }
    assert!(!answered(arven, &world).contains(MARK), "the API of its own node");
}

#[test]
fn a_copy_of_the_logs_a_snapshot_and_the_store_of_another_have_nothing_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = World::new(CHARTER);
    let path = |name: &str| folder.path().join(name);
    let bytes_of = |name: &str| {
        let mut all = std::fs::read(path(name)).unwrap();
        all.extend(std::fs::read(path(&format!("{name}-wal"))).unwrap_or_default());
        String::from_utf8_lossy(&all).into_owned()
    };
    let open = |name: &str| Store::open(&path(name), Durability::Exercise).unwrap();
    let mut arven = world.open_node(&id("arven"), open("arven.db"), 1);
    let mut belm = world.open_node(&id("belm"), open("belm.db"), 1);
    arven.log_digest(world.now).unwrap();
    let draft = arven.write_draft("duty", &content(MARK), MARK, world.now).unwrap();
    arven.instruct("duty", &Hash::of(&[b"a matter"]), MARK, world.now).unwrap();
    arven.save_snapshot().unwrap();
    for head in arven.heads().collect::<Vec<_>>() {
        let offer =
            arven.offer(&BTreeSet::from([id("belm")]), &head.log, 0, world.now).unwrap().unwrap();
        belm.accept(&offer, world.now).unwrap();
    }
    drop(arven.store().copy_to(open("copy.db")).unwrap());
    drop(belm);
    let has = |name: &str| bytes_of(name).contains(MARK);
    assert!(has("arven.db"), "the search would find it");
    assert!(!has("belm.db") && !has("copy.db"));
    drop(arven);
    world.wait(1);
    // Opened again, the node has it all; a store from before there were drafts gets their tables.
    let arven = world.open_node(&id("arven"), open("arven.db"), 2);
    assert_eq!(show(arven.store(), &id("arven"), draft).unwrap().stage(), Stage::Drafted);
    assert_eq!(instructions(arven.store(), &id("arven"), None).unwrap().len(), 1);
}

#[test]
fn of_two_officers_at_once_the_second_is_told() {
    let mut world = World::new(CHARTER);
    let now = world.now;
    let node = world.node_mut("arven");
    let draft = node.write_draft("duty", &content("One."), "", now).unwrap();
    let read = content("One.").hash();
    let change = |text: &str| Change {
        read: Some(read),
        terms: Some(content(text).terms),
        ..Change::default()
    };
    node.change_draft(draft, "duty", change("Two."), now).unwrap();
    let second = node.change_draft(draft, "delegate", change("Three."), now).unwrap_err();
    assert!(matches!(second.what, DraftFault::Stale { .. }), "{second}");
    let approval = node.approve_draft(draft, "delegate", &read, now).unwrap_err();
    assert!(matches!(approval.what, DraftFault::Stale { .. }), "{approval}");
    node.approve_draft(draft, "delegate", &content("Two.").hash(), now).unwrap();
    let duty = ["duty".to_owned()];
    let stale = node.sign_draft(draft, &duty, Some(&read), now).unwrap_err();
    assert!(matches!(stale.what, DraftFault::Stale { .. }), "{stale}");
    node.sign_draft(draft, &duty, None, now).unwrap();
    let again = node.sign_draft(draft, &duty, None, now).unwrap_err();
    assert!(matches!(again.what, DraftFault::Over(Stage::Signed)), "{again}");
}

#[test]
fn what_the_charter_refuses_stays_an_approved_draft() {
    let mut world = World::new(CHARTER);
    let now = world.now;
    let node = world.node_mut("arven");
    let text = Content { kind: Kind::parse("proposal").unwrap(), ..content("x") };
    let draft = node.write_draft("duty", &text, "", now).unwrap();
    node.approve_draft(draft, "duty", &text.hash(), now).unwrap();
    let refused = node.sign_draft(draft, &["duty".to_owned()], None, now).unwrap_err();
    assert!(matches!(refused.what, DraftFault::Refused(_)), "{refused}");
    let nobody = node.sign_draft(draft, &["emperor".to_owned()], None, now).unwrap_err();
    assert!(matches!(nobody.what, DraftFault::NotYours { .. }), "{nobody}");
    assert_eq!(show(node.store(), &id("arven"), draft).unwrap().stage(), Stage::Approved);
    assert!(check(node.store()).unwrap().faults.is_empty());
    // Another party's draft is not this one's.
    assert!(show(node.store(), &id("belm"), draft).is_err());
}
