//! A party without a node: whoever reads its words is told whose node keeps its log.

use crate::world::{World, charter_text, id};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use veche_node::api;
use veche_node::pages::{self, Sight};

#[test]
fn the_api_says_whose_node_keeps_a_log_and_says_nothing_of_those_who_have_their_own() {
    let mut world = World::new(&charter_text("common"));
    let said = json!({"title": "Corridor", "text": "Twelve months."});
    let text = world.say("first", "text", &[], &said);
    let spoken = json!({"member": "fourth", "position": "yes", "meeting": "Council",
        "said_at": "2027-03-01T08:00:00Z"});
    let spoken = world.say("secretariat", "spoken_position", &[text], &spoken);
    world.say("fourth", "position", &[text], &json!({"position": "yes"}));
    let node = world.network.node(&id("second")).unwrap();
    let get = |path: &str| api::get(node, path, &BTreeMap::new(), world.now).unwrap();
    assert_eq!(get(&format!("procedures/{spoken}"))["hosted_by"], "first");
    assert_eq!(get(&format!("procedures/{text}"))["hosted_by"], json!(null));
    assert_eq!(get(&format!("records/{spoken}"))["hosted_by"], "first");
    assert_eq!(get("charter")["parties"]["partner"]["hosted_by"], "second");
    let logs = get("logs");
    let of = |name: &str| {
        let rows = logs.as_array().unwrap().iter();
        let mut own = rows.filter(|row| row["log"].as_str().unwrap().contains(name));
        own.next().unwrap()["hosted_by"].clone()
    };
    assert_eq!((of("/secretariat/"), of("/first/")), (json!("first"), json!(null)));
}

#[test]
fn what_was_spoken_binds_nobody_and_waits_on_the_member_that_it_names() {
    let mut world = World::new(&charter_text("common"));
    let text = world.say("first", "text", &[], &json!({"title": "Corridor", "text": "Twelve."}));
    let spoken = json!({"member": "fourth", "position": "yes", "meeting": "Council",
        "said_at": "2027-03-01T08:00:00Z"});
    let spoken = world.say("secretariat", "spoken_position", &[text], &spoken);
    let conditional = world.say("fifth", "ad_referendum", &[text], &json!({}));
    let view = world.node("second").council().procedure(&text, world.now).unwrap();
    let positions: Vec<&String> = view.units[0].positions.keys().collect();
    assert_eq!(positions, ["fifth"], "what was spoken is no position");
    assert_eq!(view.units[0].positions["fifth"].position, "ad_referendum");

    // Eight days on, the record waits on the member by name; thirty-one days on, so does the capital's word.
    let owed = |world: &World, party: &str, procedure: &veche_ledger::Hash| {
        let council = world.node("second").council();
        let owed = council.owed(Some(&id(party)), world.now, 100);
        let id = procedure.to_string();
        owed.iter().any(|duty| duty.procedure == id && duty.is_overdue)
    };
    world.wait(8 * 24 * 60);
    let node = world.node("second");
    let state = |hash| node.council().procedure(hash, world.now).unwrap().units[0].state.clone();
    assert_eq!((state(&spoken), state(&conditional)), ("unconfirmed".into(), "pending".into()));
    assert!(owed(&world, "fourth", &spoken) && !owed(&world, "fifth", &spoken));
    world.say("fourth", "spoken_answer", &[spoken], &json!({"answer": "confirm"}));
    assert!(!owed(&world, "fourth", &spoken));
    world.wait(23 * 24 * 60 + 1);
    assert!(owed(&world, "fifth", &conditional));
    let state = |world: &World, hash| {
        world.node("second").council().procedure(hash, world.now).unwrap().units[0].state.clone()
    };
    assert_eq!(state(&world, &conditional), "overdue");
    // What shows that the capital's word came after its day is what it cites: others have spoken since.
    for party in ["first", "second", "third", "fourth", "first"] {
        world.say(party, "comment", &[], &json!({"text": "Noted."}));
        world.wait(1);
    }
    world.say("fifth", "capital_word", &[conditional], &json!({"word": "decline"}));
    world.say("fifth", "position", &[text], &json!({"position": "no"}));
    world.say("first", "comment", &[], &json!({"text": "Noted."}));
    assert_eq!(state(&world, &conditional), "declined");
    assert_eq!(state(&world, &text), "refused");
}

#[test]
fn the_desk_names_whose_node_keeps_the_log_wherever_such_a_party_speaks() {
    let mut world = World::new(&charter_text("common"));
    let text = world.say("first", "text", &[], &json!({"title": "Corridor", "text": "Twelve."}));
    let spoken = json!({"member": "fourth", "position": "yes", "meeting": "Council",
        "said_at": "2027-03-01T08:00:00Z"});
    let spoken = world.say("secretariat", "spoken_position", &[text], &spoken);
    let host = "Secretariat (placeholder) (log kept by First member (placeholder)'s node)";
    let (party, none) = (id("second"), BTreeSet::new());
    let sight = Sight {
        node: world.node("second"),
        party: &party,
        officer: "duty",
        now: world.now,
        is_drill: true,
        cut_off: &none,
        contacts: None,
    };
    let view = sight.view(&spoken).unwrap();
    let case = pages::case::case(&sight, &view, &|_| None);
    assert_eq!(case.owner, host);
    assert!(case.records.iter().any(|row| row.by == host), "{:?}", case.records);
    let register = pages::registers::register(&sight, "spoken").unwrap();
    assert_eq!(register.rows[0].owner, host);
    let logs = pages::log::logs(&sight, &BTreeMap::new());
    assert_eq!(logs.rows.iter().filter(|row| row.link.text == host).count(), 1);
    assert!(logs.rows.iter().any(|row| row.link.text == "First member (placeholder)"));
}
