//! What a peer may send: an offer that is not what it should be is refused by its name, and nothing of it is kept.

use crate::fold::unsent;
use crate::world::{World, charter_text, statement};
use serde_json::json;
use veche_ledger::checkpoint::CHECKPOINT_LIMITS;
use veche_ledger::record::{Draft, Header};
use veche_ledger::tree::leaf_hash;
use veche_ledger::{Checkpoint, Frontier, Hash, Kind, Note, NoteSignature, Origin, Seconds};
use veche_node::fsck::fsck;
use veche_node::node::{CLOCK_AHEAD_MAX, Node, NodeError, Offer};

/// Who receives.
const OFFICE: &str = "office";
/// Who sends.
const BELM: &str = "belm";

/// A world in which Belm has made a report that the office has not heard, and the offer that would carry it.
fn reported() -> (World, Offer) {
    let mut world = World::new(&charter_text("two-banks"));
    let report = json!({"title": "River at 4.2 m", "text": "Rising."});
    let (_, offer) = unsent(&mut world, BELM, "report", &[], &report);
    (world, offer)
}

fn last(offer: &mut Offer) -> &mut Vec<u8> {
    &mut offer.records.last_mut().unwrap().0
}

/// Replaces a part of the last record's text, whoever signed it.
fn edit(offer: &mut Offer, from: &str, to: &str) {
    let text = String::from_utf8(last(offer).clone()).unwrap();
    assert!(text.contains(from), "{text}");
    *last(offer) = text.replacen(from, to, 1).into_bytes();
}

fn header(offer: &Offer) -> Header {
    let text = String::from_utf8(offer.records.last().unwrap().0.clone()).unwrap();
    let line = text.split_inclusive('\n').next().unwrap();
    Draft::from_text(line).unwrap().header().clone()
}

/// Signs the checkpoint that the offer's records give, with Belm's own key: the author itself misbehaves.
fn sign_checkpoint(world: &World, offer: &mut Offer) {
    let mut frontier = Frontier::new();
    for stored in world.node(OFFICE).store().entries(&offer.log, 0, offer.start).unwrap() {
        frontier.append(leaf_hash(&stored.leaf));
    }
    for (leaf, _) in &offer.records {
        frontier.append(leaf_hash(leaf));
    }
    offer.checkpoint = checkpoint(world, &offer.log, frontier.size(), frontier.root());
}

fn checkpoint(world: &World, log: &Origin, size: u64, root: Hash) -> Vec<u8> {
    let text = Checkpoint { origin: log.clone(), size, root }.to_string();
    let line = NoteSignature::sign(&text, &world.keys(BELM).logs[&1]);
    Note::assemble(&text, &[line], CHECKPOINT_LIMITS).unwrap().to_bytes()
}

fn seen(node: &Node, log: &Origin) -> (u64, u64, Hash) {
    (node.size_of(log), node.store().size(log).unwrap(), node.council().digest())
}

/// Spoils the offer: it is refused with this reason, nothing of it is kept, and the honest one is taken after it.
#[track_caller]
fn refused(reason: &str, spoil: impl FnOnce(&World, &mut Offer)) {
    let (mut world, honest) = reported();
    let mut offer = honest.clone();
    spoil(&world, &mut offer);
    let (now, before) = (world.now, seen(world.node(OFFICE), &offer.log));
    let error = world.node_mut(OFFICE).accept(&offer, now).unwrap_err().to_string();
    assert!(error.contains(reason), "{error}");
    world.node_mut(OFFICE).settle();
    assert_eq!(seen(world.node(OFFICE), &offer.log), before, "{reason}");
    world.node_mut(OFFICE).accept(&honest, now).unwrap();
    let report = fsck(world.node(OFFICE).store()).unwrap();
    assert_eq!(report.faults, Vec::<String>::new(), "{reason}");
}

#[test]
fn a_record_that_was_changed_after_it_was_signed_is_refused() {
    refused("signature", |world, offer| {
        edit(offer, "\"time\":\"2027-03-01T09", "\"time\":\"2027-03-01T08");
        sign_checkpoint(world, offer);
    });
}

#[test]
fn a_record_signed_by_a_key_of_another_epoch_is_refused() {
    refused("sign", |world, offer| {
        let draft = Draft::new(header(offer)).unwrap();
        *last(offer) = draft.sign(&[&world.keys(BELM).logs[&2]]).unwrap();
        sign_checkpoint(world, offer);
    });
}

#[test]
fn records_that_do_not_follow_on_what_is_held_are_refused() {
    refused("begin at", |_, offer| offer.start += 1);
}

#[test]
fn a_checkpoint_with_another_root_is_refused() {
    refused("do not give the root", |world, offer| {
        let size = offer.start + offer.records.len() as u64;
        offer.checkpoint = checkpoint(world, &offer.log, size, Hash::of(&[b"another"]));
    });
}

#[test]
fn a_checkpoint_of_another_key_is_refused() {
    refused("is not signed by its key", |world, offer| {
        let size = offer.start + offer.records.len() as u64;
        let text = Checkpoint { origin: offer.log.clone(), size, root: Hash::of(&[]) }.to_string();
        let line = NoteSignature::sign(&text, &world.keys("arven").logs[&1]);
        offer.checkpoint = Note::assemble(&text, &[line], CHECKPOINT_LIMITS).unwrap().to_bytes();
    });
}

#[test]
fn a_header_that_is_not_canonical_or_says_a_thing_twice_is_refused() {
    refused("canonical", |world, offer| {
        edit(offer, "\"v\":1", "\"v\": 1");
        sign_checkpoint(world, offer);
    });
    refused("canonical", |world, offer| {
        edit(offer, "\"v\":1", "\"v\":1,\"v\":1");
        sign_checkpoint(world, offer);
    });
}

#[test]
fn a_record_of_a_newer_version_is_refused_by_its_version() {
    refused("version 2", |world, offer| {
        edit(offer, "\"v\":1", "\"v\":2");
        sign_checkpoint(world, offer);
    });
}

#[test]
fn terms_longer_than_any_record_holds_are_refused() {
    refused("bytes", |_, offer| {
        let opening = offer.records.last_mut().unwrap().1.as_mut().unwrap();
        opening.extend(vec![b'x'; 70 * 1024]);
    });
}

#[test]
fn a_record_sent_without_the_terms_that_may_be_read_is_refused() {
    refused("came without its terms", |_, offer| offer.records.last_mut().unwrap().1 = None);
}

#[test]
fn a_record_of_a_kind_that_nobody_knows_is_kept() {
    let (mut world, mut offer) = reported();
    let kind = Kind::parse("kind_of_2031").unwrap();
    let draft = Draft::new(Header { kind, ..header(&offer) }).unwrap();
    *last(&mut offer) = draft.sign(&[&world.keys(BELM).officers["duty"]]).unwrap();
    sign_checkpoint(&world, &mut offer);
    let now = world.now;
    assert!(world.node_mut(OFFICE).accept(&offer, now).unwrap().is_some(), "not cosigned");
    assert_eq!(world.node(OFFICE).size_of(&offer.log), offer.start + 1);
}

#[test]
fn the_same_offer_twice_is_one() {
    let (mut world, offer) = reported();
    let now = world.now;
    world.node_mut(OFFICE).accept(&offer, now).unwrap();
    let after = seen(world.node(OFFICE), &offer.log);
    assert_eq!(world.node_mut(OFFICE).accept(&offer, now).unwrap(), None);
    assert_eq!(seen(world.node(OFFICE), &offer.log), after);
}

#[test]
fn a_record_that_its_author_logs_twice_counts_once() {
    let (mut world, mut offer) = reported();
    let before = world.node(OFFICE).council().procedures().count();
    let twice = offer.records.last().unwrap().clone();
    offer.records.push(twice);
    sign_checkpoint(&world, &mut offer);
    let now = world.now;
    let taken = world.node_mut(OFFICE).accept(&offer, now);
    world.node_mut(OFFICE).settle();
    let node = world.node(OFFICE);
    assert_eq!(node.size_of(&offer.log), offer.start + 2, "{taken:?}");
    assert_eq!(node.size_of(&offer.log), node.store().size(&offer.log).unwrap());
    assert_eq!(node.council().procedures().count(), before + 1);
    assert_eq!(fsck(node.store()).unwrap().faults, Vec::<String>::new());
}

#[test]
fn a_record_of_the_far_future_is_shown_where_it_came_and_counts_all_the_same() {
    let mut world = World::new(&charter_text("two-banks"));
    let report = statement(BELM, "report", &[], &json!({"title": "t", "text": "x"}));
    let now = world.now;
    for (ahead, is_shown) in [(CLOCK_AHEAD_MAX, false), (Seconds::hours(24 * 3660), true)] {
        let said = world.node_mut(BELM).append_claiming(&report, now + ahead, now).unwrap();
        world.network.exchange(now).unwrap();
        let node = world.node(OFFICE);
        let shown = node.clocks_ahead().get(&said.log);
        assert_eq!(shown.map(|shown| shown.claimed), is_shown.then_some(now + ahead));
        let view = node.council().record(&said.leaf).unwrap();
        assert_eq!((view.ruling.as_str(), view.at), ("admitted", Some(now.to_string())));
        assert!(world.node(BELM).clocks_ahead().is_empty());
    }
    assert_eq!(
        world.network.digests().into_values().collect::<std::collections::BTreeSet<_>>().len(),
        1
    );
    let status =
        veche_node::api::get(world.node(OFFICE), "/status", &Default::default(), now).unwrap();
    assert_eq!(status["clocks_ahead"]["two-banks.example/belm/1"]["received_at"], now.to_string());
}

#[test]
fn the_log_of_a_stranger_is_refused() {
    let (mut world, mut offer) = reported();
    offer.log = Origin::parse("two-banks.example/nobody/1").unwrap();
    offer.start = 0;
    let now = world.now;
    let refused = world.node_mut(OFFICE).accept(&offer, now);
    assert!(matches!(refused, Err(NodeError::Checkpoint { .. })), "{refused:?}");
    assert!(world.node(OFFICE).store().logs().unwrap().iter().all(|(_, log)| *log != offer.log));
}
