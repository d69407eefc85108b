//! Words that their author takes back: gone for everybody at once, from the disk a day later, and the state is what it was.

use crate::world::{World, charter_text, id, label, statement};
use serde_json::json;
use std::collections::BTreeSet;
use veche_council::redaction::{Content, MARK, RedactionFault, RedactionTerms};
use veche_ledger::commit::Domain;
use veche_ledger::sync::{Resource, parse_openings};
use veche_ledger::tile::{TileKind, TilePath};
use veche_ledger::{Hash, Opening};
use veche_node::node::{Bytes, Node, NodeError};
use veche_node::search;
use veche_node::store::Store;

const WORDS: &str = "the fisherman Ivo Darren saw it";

/// Six Rivers, where Tamrin has named a person, and what it said.
fn told() -> (World, Hash) {
    let mut world = World::new(&charter_text("six-rivers"));
    let leaf = world.say("tamrin", "comment", &[], &json!({ "text": WORDS }));
    (world, leaf)
}

fn take_back(world: &mut World, by: &str, leaf: &Hash) -> Result<Hash, NodeError> {
    let said = world.node(by).redaction("duty", leaf, &[], "it named a person")?;
    Ok(world.state(&said)?.leaf)
}

/// Lets days pass in which others speak, so that their receipts are logged.
fn days_pass(world: &mut World, days: u64) {
    for party in ["halcis", "quorrin", "lurien", "mirez", "orvessa", "tamrin"] {
        world.say(party, "comment", &[], &json!({"text": "all is quiet"}));
        world.wait(1);
    }
    world.wait(days * 24 * 60);
}

fn text_of(node: &Node, leaf: &Hash) -> String {
    node.council().record(leaf).and_then(|view| view.terms).unwrap_or_default()
}

fn finds(node: &Node, word: &str, world: &World) -> usize {
    search::said(node, word, None, 10, (node.party(), world.now)).expect("a search").hits.len()
}

fn digests(world: &World) -> BTreeSet<Hash> {
    ["tamrin", "halcis", "quorrin", "orvessa"].map(|p| world.node(p).council().digest()).into()
}

/// What a node gives of a log's first bundle to another party's node.
fn given(world: &World, from: &str, to: &str) -> Vec<Option<Vec<u8>>> {
    let (node, log) = (world.node(from), world.log("tamrin", 1));
    let width = u16::try_from(node.size_of(&log)).unwrap();
    let what = Resource::Openings(log, TilePath::new(TileKind::Entries, 0, width).unwrap());
    let bytes = node.serve(&BTreeSet::from([id(to)]), &what, world.now).unwrap().unwrap();
    let openings = parse_openings(&bytes, width).unwrap();
    openings.into_iter().map(|opening| opening.map(<[u8]>::to_vec)).collect()
}

fn holds_words(bytes: &[Option<Vec<u8>>]) -> bool {
    bytes.iter().flatten().any(|bytes| bytes.windows(5).any(|five| five == b"Darre"))
}

#[test]
fn words_that_are_taken_back_are_gone_at_once_and_from_the_store_a_day_after_a_quorum_knows() {
    let (mut world, leaf) = told();
    let before = digests(&world);
    assert_eq!((before.len(), finds(world.node("halcis"), "darren", &world)), (1, 1));
    let redaction = take_back(&mut world, "tamrin", &leaf).unwrap();
    for party in ["tamrin", "halcis", "quorrin"] {
        let node = world.node(party);
        assert_eq!(text_of(node, &leaf), format!("{{\"text\":\"{MARK}\"}}"), "{party}");
        assert_eq!(finds(node, "darren", &world), 0, "{party}");
        let view = node.council().record(&leaf).unwrap();
        assert_eq!(view.ruling, "admitted");
        let redacted = view.redacted.unwrap();
        assert_eq!(
            (redacted.record, redacted.reason.as_str()),
            (redaction.to_string(), "it named a person")
        );
        assert!(!holds_words(&given(&world, party, "orvessa")), "{party} still gives the words");
        let bytes = node.taken_back(world.now).unwrap()[0].bytes;
        assert!(matches!(bytes, Bytes::Until(at) if at > world.now), "{party}: {bytes:?}");
    }
    assert_eq!(digests(&world).len(), 1);
    days_pass(&mut world, 0);
    let now = world.now;
    for party in ["tamrin", "halcis"] {
        let node = world.node_mut(party);
        assert!(matches!(node.taken_back(now).unwrap()[0].bytes, Bytes::Until(at) if at > now));
        assert_eq!(node.destroy_redacted(now).unwrap(), 0, "a stolen key's are kept for a day");
    }
    days_pass(&mut world, 2);
    let (now, log) = (world.now, world.log("tamrin", 1));
    for party in ["tamrin", "halcis"] {
        let node = world.node_mut(party);
        assert_eq!(node.destroy_redacted(now).unwrap(), 1);
        assert_eq!(node.destroy_redacted(now).unwrap(), 0, "once");
        assert_eq!(node.taken_back(now).unwrap()[0].bytes, Bytes::Gone);
        let stored = node.store().entries(&log, 0, u64::MAX).unwrap();
        let stored: Vec<Option<Vec<u8>>> = stored.into_iter().map(|entry| entry.opening).collect();
        assert!(!holds_words(&stored), "{party} still has the words");
    }
    assert_eq!(digests(&world).len(), 1);
}

#[test]
fn who_comes_later_gets_what_is_left_and_comes_to_the_same_state() {
    let (mut world, leaf) = told();
    take_back(&mut world, "tamrin", &leaf).unwrap();
    days_pass(&mut world, 2);
    days_pass(&mut world, 2);
    let now = world.now;
    for party in ["tamrin", "halcis", "quorrin", "lurien", "mirez"] {
        assert_eq!(world.node_mut(party).destroy_redacted(now).unwrap(), 1);
    }
    // Orvessa's disk is lost: nobody has the words any more.
    let fresh = world.open_node(&id("orvessa"), Store::in_memory().unwrap(), 2);
    let _lost = world.network.replace(fresh).unwrap();
    world.network.exchange(now).unwrap();
    let node = world.node("orvessa");
    assert_eq!(text_of(node, &leaf), format!("{{\"text\":\"{MARK}\"}}"));
    assert!(node.council().record(&leaf).unwrap().redacted.is_some());
    assert_eq!(digests(&world).len(), 1);
    let whole = veche_node::fsck::fsck(node.store()).unwrap();
    assert_eq!((whole.faults.as_slice(), whole.redacted), (&[][..], 1));
    assert_eq!(whole.digest, node.council().digest().to_string());
}

#[test]
fn only_the_author_takes_words_back_and_only_where_nothing_rests_on_them() {
    let (mut world, leaf) = told();
    let fault = |result: Result<Hash, NodeError>| match result {
        Err(NodeError::Redaction(fault)) => fault,
        other => panic!("{other:?}"),
    };
    // By another party's log: the record is not in it.
    let said = world.node("tamrin").redaction("duty", &leaf, &[], "x").unwrap();
    let by_other = veche_node::node::Statement { party: id("halcis"), ..said.clone() };
    let refused = world.state(&by_other).unwrap().leaf;
    let wider = veche_node::node::Statement { label: Some(label("PUBLIC")), ..said };
    let other_label = world.state(&wider).unwrap().leaf;
    for (leaf, why) in
        [(refused, "not before it in its own log"), (other_label, "its label is not")]
    {
        let view = world.node("quorrin").council().record(&leaf).unwrap();
        assert!(view.refused.unwrap().why.contains(why));
    }
    assert_eq!(text_of(world.node("quorrin"), &leaf), format!("{{\"text\":\"{WORDS}\"}}"));

    let texts = json!([{"n": 1, "text": "The ford is closed."}]);
    let text = world.say(
        "tamrin",
        "proposal",
        &[],
        &json!({"ref": "P-1", "title": "The ford", "urgency": "urgent", "paragraphs": texts}),
    );
    let position =
        world.say("tamrin", "position", &[text], &json!({"position": "yes", "reason": "good"}));
    let mut sealed = statement("tamrin", "comment", &[], &json!({"text": "sealed"}));
    sealed.label = Some(label("GROUP(cyber)"));
    assert_eq!(fault(take_back(&mut world, "tamrin", &text)), RedactionFault::Counts);
    assert_eq!(fault(take_back(&mut world, "tamrin", &position)), RedactionFault::Counts);
    if let Ok(sealed) = world.state(&sealed) {
        assert_eq!(fault(take_back(&mut world, "tamrin", &sealed.leaf)), RedactionFault::Sealed);
    }
    let case = world.say(
        "tamrin",
        "notification",
        &[],
        &json!({"ref": "C-1", "title": "Flood", "text": "Ivo Darren drowned", "wounded": 1}),
    );
    let node = world.node("tamrin");
    for field in ["ref", "wounded", "none"] {
        let said = node.redaction("duty", &case, &[field.to_owned()], "x");
        assert!(
            matches!(said, Err(NodeError::Redaction(RedactionFault::Field(name))) if name == field)
        );
    }
    // Of another case words are taken back: nothing is decided on that any more.
    node.redaction("duty", &case, &[], "x").unwrap();
    let other = world.say(
        "tamrin",
        "notification",
        &[],
        &json!({"ref": "C-2", "title": "Flood", "text": "Ivo Darren drowned", "wounded": 1}),
    );
    take_back(&mut world, "tamrin", &other).unwrap();
    let on_it = statement(
        "orvessa",
        "proposal",
        &[other],
        &json!({"ref": "P-3", "title": "The ford", "urgency": "urgent", "paragraphs": texts}),
    );
    let refused = veche_node::ask::ask(world.node("orvessa"), &on_it, world.now).unwrap();
    assert!(refused.why.contains("no certificate of a decision on it"), "{}", refused.why);
    // A text about the case needs its opening in a certificate: then it stays.
    world.say(
        "orvessa",
        "proposal",
        &[case],
        &json!({"ref": "P-2", "title": "The ford", "urgency": "urgent", "paragraphs": texts}),
    );
    let node = world.node("tamrin");
    assert!(matches!(node.redaction("duty", &case, &[], "x"), Err(NodeError::RestedOn)));
}

#[test]
fn a_redaction_that_leaves_something_else_is_refused_by_all_who_know_better() {
    let mut world = World::new(&charter_text("six-rivers"));
    let case = world.say(
        "tamrin",
        "notification",
        &[],
        &json!({"ref": "C-1", "title": "Flood", "text": "It rises.", "wounded": 1}),
    );
    let mut said =
        world.node("tamrin").redaction("duty", &case, &["text".to_owned()], "x").unwrap();
    let mut terms = RedactionTerms::read(&said.terms).unwrap();
    terms.rest =
        crate::world::value(&json!({"ref": "C-1", "title": "Flood", "text": MARK, "wounded": 900}));
    said.terms = terms.to_value();
    let lie = world.state(&said).unwrap().leaf;
    for party in ["tamrin", "halcis", "quorrin"] {
        let node = world.node(party);
        assert!(text_of(node, &case).contains("It rises."), "{party}");
        let view = node.council().record(&lie).unwrap();
        assert_eq!(view.ruling, "refused", "{party}");
    }
    // Two, one after the other, each of one field.
    for field in ["text", "title"] {
        let said = world.node("tamrin").redaction("duty", &case, &[field.to_owned()], "x").unwrap();
        let leaf = world.state(&said).unwrap().leaf;
        let view = world.node("halcis").council().record(&leaf).unwrap();
        assert_eq!((view.ruling.as_str(), view.refused.is_none()), ("admitted", true), "{field}");
    }
    let left = text_of(world.node("halcis"), &case);
    assert_eq!(
        left,
        format!("{{\"ref\":\"C-1\",\"text\":\"{MARK}\",\"title\":\"{MARK}\",\"wounded\":1}}")
    );
    let state = world.state_of("halcis", &case, 0);
    assert_eq!(state, world.state_of("tamrin", &case, 0));
    assert_eq!(digests(&world).len(), 1);
}

#[test]
fn what_stands_in_place_of_a_content_is_read_strictly() {
    let (mut world, leaf) = told();
    take_back(&mut world, "tamrin", &leaf).unwrap();
    let place = world.node("tamrin").council().record(&leaf).unwrap().record.index;
    let at = usize::try_from(place).unwrap();
    let bytes = given(&world, "tamrin", "halcis").remove(at).unwrap();
    let Ok(Content::Redacted(whole)) = Content::from_bytes(&bytes) else { panic!("not redacted") };
    assert_eq!(Content::Redacted(whole.clone()).to_bytes(), bytes);
    let log = world.log("tamrin", 1);
    let stored = world.node("tamrin").store().entries(&log, 0, u64::MAX).unwrap();
    let [target, other] = [place, 0].map(|index: u64| {
        let leaf = &stored[usize::try_from(index).unwrap()].leaf;
        veche_ledger::Record::decode(&log, veche_ledger::LeafIndex(index), leaf).unwrap()
    });
    assert!(whole.check(&log, &target).is_ok());
    assert!(whole.check(&log, &other).is_err(), "of another record");
    assert!(whole.check(&world.log("halcis", 1), &target).is_err(), "of another log");
    for len in 0..bytes.len() {
        let Ok(Content::Redacted(cut)) = Content::from_bytes(&bytes[..len]) else { continue };
        assert!(cut.check(&log, &target).is_err(), "cut at {len}");
    }
    for at in (32..bytes.len()).step_by(7) {
        let mut spoiled = bytes.clone();
        spoiled[at] ^= 1;
        let Ok(Content::Redacted(spoiled)) = Content::from_bytes(&spoiled) else { continue };
        let keyring = world.node("halcis").keyring();
        let holds = spoiled.check(&log, &target).is_ok() && spoiled.verify(&log, keyring).is_ok();
        // The number alone is not signed: the log itself shows where the redaction stands.
        assert!(!holds || (32..40).contains(&at), "byte {at}");
    }
    let opening = Opening { salt: [7; 32], bytes: b"{}".to_vec() };
    assert_eq!(
        Content::from_bytes(&opening.to_bytes()),
        Ok(Content::Opening(Opening::from_bytes(Domain::Terms, &opening.to_bytes()).unwrap()))
    );
}
