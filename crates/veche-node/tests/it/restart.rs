//! A node starts from its snapshot, and from the first record where the snapshot does not fit.

use crate::world::{World, charter_text, id, six_towns, statement};
use serde_json::json;
use std::collections::BTreeSet;
use std::path::Path;
use tempfile::TempDir;
use veche_ledger::witness::WitnessRefusal;
use veche_ledger::{Checkpoint, Hash, UnixSeconds};
use veche_node::fsck::fsck;
use veche_node::node::{Node, NodeError, Statement};
use veche_node::store::{Durability, Store};

/// Whose node it is.
const PARTY: &str = "arven";

/// A node's store as a file, with a snapshot of the first part of what it holds.
struct Kept {
    world: World,
    folder: TempDir,
    /// Records that the snapshot covers.
    covered: u64,
    heads: String,
    snapshot: Vec<u8>,
}

impl Kept {
    /// `what`: another text makes other records, as many.
    fn new(what: &str) -> Self {
        let mut world = World::new(&six_towns());
        let folder = tempfile::tempdir().unwrap();
        table(&mut world, what);
        let earlier = folder.path().join("earlier.db");
        drop(world.node(PARTY).store().copy_to(store(&earlier)).unwrap());
        let mut node = world.open_node(&id(PARTY), store(&earlier), 1);
        assert_eq!(node.resumed(), 0);
        node.save_snapshot().unwrap();
        let covered = node.council().len();
        let heads = node.store().snapshot_heads().unwrap().unwrap();
        let snapshot = node.store().snapshot().unwrap().unwrap();
        table(&mut world, what);
        let later = folder.path().join("later.db");
        drop(world.node(PARTY).store().copy_to(store(&later)).unwrap());
        Self { world, folder, covered, heads, snapshot }
    }

    fn store(&self) -> Store {
        store(&self.folder.path().join("later.db"))
    }

    /// Starts a node with a snapshot. Returns how many records it took from it, once its state is what the logs say.
    #[track_caller]
    fn resumed(&self, heads: &str, snapshot: &[u8]) -> u64 {
        self.store().set_snapshot(self.covered, heads, snapshot).unwrap();
        let node: Node = self.world.open_node(&id(PARTY), self.store(), 2);
        let whole = self.world.node(PARTY);
        assert_eq!(node.council().digest(), whole.council().digest());
        assert_eq!(node.council().len(), whole.council().len());
        assert_eq!(node.heads().collect::<Vec<_>>(), whole.heads().collect::<Vec<_>>());
        node.resumed()
    }
}

fn store(path: &Path) -> Store {
    Store::open(path, Durability::Full).unwrap()
}

fn table(world: &mut World, what: &str) -> Hash {
    let paragraphs = json!([{"n": 1, "text": what}]);
    let text = world.say(PARTY, "proposal", &[], &json!({"title": what, "paragraphs": paragraphs}));
    world.say("belm", "position", &[text], &json!({"position": "no", "paragraphs": [1]}));
    world.wait(5);
    text
}

#[test]
fn a_node_goes_on_from_its_snapshot() {
    let kept = Kept::new("the sluice is opened at noon");
    assert_eq!(kept.resumed(&kept.heads, &kept.snapshot), kept.covered);
    let report = fsck(&kept.store()).unwrap();
    assert_eq!(report.fault_count, 0, "{:?}", report.faults);
}

#[test]
fn a_damaged_snapshot_is_folded_anew() {
    let kept = Kept::new("the sluice is opened at noon");
    for at in [0, 5, kept.snapshot.len() / 2, kept.snapshot.len() - 1] {
        let mut damaged = kept.snapshot.clone();
        damaged[at] ^= 1;
        assert_eq!(kept.resumed(&kept.heads, &damaged), 0, "byte {at}");
    }
    for len in [0, 31, 32, kept.snapshot.len() / 2, kept.snapshot.len() - 1] {
        assert_eq!(kept.resumed(&kept.heads, &kept.snapshot[..len]), 0, "cut at {len}");
    }
}

#[test]
fn a_snapshot_of_other_logs_is_folded_anew() {
    let kept = Kept::new("the sluice is opened at noon");
    let other = Kept::new("the sluice is closed at noon");
    assert_eq!((kept.covered, kept.heads.len()), (other.covered, other.heads.len()));
    assert_ne!(kept.heads, other.heads);
    assert_eq!(kept.resumed(&other.heads, &other.snapshot), 0);
    assert_eq!(kept.resumed("", &kept.snapshot), 0);
}

#[test]
fn a_snapshot_that_goes_beyond_the_logs_is_folded_anew() {
    let kept = Kept::new("the sluice is opened at noon");
    let mut ahead = kept.world.open_node(&id(PARTY), kept.store(), 3);
    ahead.save_snapshot().unwrap();
    let heads = ahead.store().snapshot_heads().unwrap().unwrap();
    let snapshot = ahead.store().snapshot().unwrap().unwrap();
    drop(ahead);
    // The store as it was when the first snapshot was written: what was restored from a backup.
    let earlier = kept.folder.path().join("earlier.db");
    store(&earlier).set_snapshot(kept.covered, &heads, &snapshot).unwrap();
    let node = kept.world.open_node(&id(PARTY), store(&earlier), 4);
    assert_eq!((node.resumed(), node.council().len()), (0, kept.covered));
}

/// Ends a party's node and opens it again over what it stored.
fn started_again(world: &mut World, party: &str) -> Node {
    let stand_in = world.open_node(&id(party), Store::in_memory().unwrap(), 8);
    let ended = world.network.replace(stand_in).unwrap();
    world.open_node(&id(party), ended.into_store(), 9)
}

#[test]
fn a_witness_goes_on_from_what_it_cosigned_before_its_end() {
    let mut world = World::new(&charter_text("two-banks"));
    world.say("belm", "report", &[], &json!({"title": "River", "text": "x"}));
    world.wait(60);
    let (now, log) = (world.now, world.log("belm", 1));
    world.node_mut("arven").cosign(&log, now).unwrap();
    let mut node = started_again(&mut world, "arven");
    let early = node.cosign(&log, UnixSeconds(now.0 - 1));
    let is_held_to_it = matches!(
        early,
        Err(NodeError::Witness(WitnessRefusal::ClockWentBack { cosigned_at })) if cosigned_at == now
    );
    assert!(is_held_to_it, "{early:?}");
    node.cosign(&log, now).unwrap();
}

#[test]
fn a_witness_that_was_restored_cosigns_nothing_before_it_heard_the_others() {
    let mut world = World::new(&charter_text("two-banks"));
    world.say("belm", "report", &[], &json!({"title": "River", "text": "x"}));
    let (now, log) = (world.now, world.log("belm", 1));
    world.node("arven").store().mark_restored(now).unwrap();
    let mut node = started_again(&mut world, "arven");
    for refused in [node.cosign(&log, now), node.cosign_head(&log, now)] {
        assert!(matches!(refused, Err(NodeError::NotHeardYet { .. })), "{refused:?}");
    }
    node.set_restore_guard(false);
    node.cosign(&log, now).unwrap();
}

#[test]
fn a_fork_that_was_met_before_a_restart_is_known_after_it_and_said_once() {
    let mut world = World::new(&charter_text("two-banks"));
    world.say("belm", "report", &[], &json!({"title": "first", "text": "x"}));
    let copy = world.node("belm").store().copy_to(Store::in_memory().unwrap()).unwrap();
    let mut twin = world.open_node(&id("belm"), copy, 1);
    world.say("belm", "report", &[], &json!({"title": "one history", "text": "x"}));
    let log = world.log("belm", 1);
    let other = statement("belm", "report", &[], &json!({"title": "another", "text": "x"}));
    while twin.size_of(&log) < world.node("belm").size_of(&log) {
        twin.append(&other, world.now).unwrap();
    }
    let (now, start) = (world.now, world.node("arven").size_of(&log) - 1);
    let offer = twin.offer(&BTreeSet::from([id("arven")]), &log, start, now).unwrap().unwrap();
    let refused = world.node_mut("arven").accept(&offer, now);
    assert!(matches!(refused, Err(NodeError::Forked { .. })), "{refused:?}");
    let mut node = started_again(&mut world, "arven");
    assert!(node.forks().contains_key(&log));
    let own = world.log("arven", 1);
    let before = node.size_of(&own);
    node.log_forks(now).unwrap();
    node.log_forks(now).unwrap();
    assert_eq!(node.size_of(&own), before + 1, "the proof is a record, once");
    let mut again = world.open_node(&id("arven"), node.into_store(), 10);
    again.log_forks(now).unwrap();
    assert_eq!(again.size_of(&own), before + 1, "nor is it said again after the next start");
}

/// Damages a store and asks that the check names the place.
#[track_caller]
fn check_damage(sql: &str, place: &str) {
    let mut world = World::new(&charter_text("two-banks"));
    world.say("arven", "report", &[], &json!({"title": "first", "text": "x"}));
    world.say("belm", "report", &[], &json!({"title": "second", "text": "x"}));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("node.db");
    let copy = world.node("arven").store().copy_to(store(&path)).unwrap();
    let mut node = world.open_node(&id("arven"), copy, 2);
    let _cosigned = node.cosign_head(&world.log("belm", 1), world.now).unwrap();
    drop(node);
    assert_eq!(fsck(&store(&path)).unwrap().faults, Vec::<String>::new());
    assert_eq!(fsck(&store(&path)).unwrap().cosignatures, 1);
    let changed = rusqlite::Connection::open(&path).unwrap().execute(sql, []).unwrap();
    assert!(changed > 0, "{sql}");
    let faults = fsck(&store(&path)).unwrap().faults;
    assert!(faults.iter().any(|fault| fault.starts_with(place)), "{sql}: {faults:?}");
}

#[test]
fn each_kind_of_damage_is_found_from_the_raw_bytes() {
    check_damage(
        "UPDATE entries SET leaf = CAST(leaf || x'20' AS BLOB) WHERE idx = 0",
        "record 0 of",
    );
    check_damage(
        "UPDATE entries SET opening = zeroblob(length(opening)) WHERE idx = 1",
        "record 1 of",
    );
    check_damage("UPDATE tiles SET hashes = zeroblob(length(hashes))", "tile 0/0 of");
    check_damage("DELETE FROM tiles", "tile 0/0 of");
    check_damage("DELETE FROM entries WHERE idx = 1", "tile 0/0 of");
    check_damage("DELETE FROM checkpoints", "checkpoint ");
    check_damage(
        "INSERT INTO checkpoints (log, size, line) SELECT log, size - 1, line FROM checkpoints",
        "checkpoint ",
    );
    check_damage(
        "UPDATE cosignatures SET size = size - 1",
        "cosignature of `two-banks.example/arven/witness`",
    );
    check_damage(
        "UPDATE cosignatures SET witness = 'two-banks.example/belm/witness'",
        "cosignature of",
    );
}

/// A node of Belm over a copy of its store from before its last report.
fn put_back(world: &mut World) -> Node {
    world.say("belm", "report", &[], &json!({"title": "before", "text": "x"}));
    world.wait(60);
    let copy = world.node("belm").store().copy_to(Store::in_memory().unwrap()).unwrap();
    world.say("belm", "report", &[], &json!({"title": "since", "text": "x"}));
    world.wait(60);
    world.open_node(&id("belm"), copy, 7)
}

fn more() -> Statement {
    statement("belm", "report", &[], &json!({"title": "after", "text": "x"}))
}

fn listing(node: &Node) -> Vec<Checkpoint> {
    node.signed_heads()
}

#[test]
fn a_node_that_starts_asks_its_peers_before_it_appends() {
    let mut world = World::new(&charter_text("two-banks"));
    let mut node = put_back(&mut world);
    let (now, log) = (world.now, world.log("belm", 1));
    node.ask_first([id("arven"), id("office")], now);
    let refused = node.append(&more(), now);
    assert!(matches!(refused, Err(NodeError::AsksFirst { .. })), "{refused:?}");
    // One cannot be reached, the other says that it holds more: that is looked into first.
    node.note_silent(&id("office"));
    node.note_listing(&id("arven"), &listing(world.node("arven"))).unwrap();
    let refused = node.append(&more(), now);
    assert!(matches!(refused, Err(NodeError::AsksFirst { .. })), "{refused:?}");
    // What is found out about another log settles nothing.
    node.note_empty_claim(&id("arven"), &world.log("office", 1)).unwrap();
    assert!(node.append(&more(), now).is_err());
    assert!(node.holds_back().unwrap().contains("`arven` has not answered yet"));
    // Its own records come: this store is an old one, and all must be heard.
    let start = node.size_of(&log);
    let readers = BTreeSet::from([id("belm")]);
    let offer = world.node("arven").offer(&readers, &log, start, now).unwrap().unwrap();
    node.accept(&offer, now).unwrap();
    let refused = node.append(&more(), now);
    assert!(matches!(refused, Err(NodeError::NotHeardYet { .. })), "{refused:?}");
    assert!(node.store().restored_at().unwrap().is_some(), "it stands also after another start");
    for peer in ["arven", "office"] {
        node.note_listing(&id(peer), &listing(world.node(peer))).unwrap();
    }
    assert_eq!(node.holds_back(), None);
    node.append(&more(), now).unwrap();
}

#[test]
fn a_node_that_nobody_answers_goes_on_by_itself() {
    let mut world = World::new(&charter_text("two-banks"));
    world.say("belm", "report", &[], &json!({"title": "before", "text": "x"}));
    let now = world.now;
    let mut node = started_again(&mut world, "belm");
    node.ask_first([id("arven"), id("office")], now);
    node.note_silent(&id("arven"));
    assert!(node.append(&more(), now).is_err());
    node.note_silent(&id("office"));
    node.append(&more(), now).unwrap();
    // Nor does one wait for ever that neither answers nor fails.
    node.ask_first([id("arven")], now);
    node.note_time(UnixSeconds(now.0 + 19));
    assert!(node.append(&more(), now).is_err());
    node.note_time(UnixSeconds(now.0 + 20));
    node.append(&more(), now).unwrap();
}

#[test]
fn a_head_that_others_cite_shows_that_a_store_is_an_old_one() {
    let mut world = World::new(&charter_text("two-banks"));
    let mut node = put_back(&mut world);
    let now = world.now;
    // Nobody answers at the start; it might say something now, and fork. What the office said last cites more than it holds.
    node.ask_first([], now);
    world.say("office", "report", &[], &json!({"title": "cites", "text": "x"}));
    let log = world.log("office", 1);
    let readers = BTreeSet::from([id("belm")]);
    let start = node.size_of(&log);
    let offer = world.node("office").offer(&readers, &log, start, now).unwrap().unwrap();
    node.accept(&offer, now).unwrap();
    let refused = node.append(&more(), now);
    assert!(matches!(refused, Err(NodeError::AsksFirst { .. })), "{refused:?}");
    // All say that they hold no more: it was made up. The office holds nobody up twice.
    for peer in ["arven", "office"] {
        node.note_listing(&id(peer), &[]).unwrap();
    }
    assert_eq!(node.holds_back(), None);
    world.say("office", "report", &[], &json!({"title": "cites again", "text": "x"}));
    let start = node.size_of(&log);
    let offer = world.node("office").offer(&readers, &log, start, now).unwrap().unwrap();
    node.accept(&offer, now).unwrap();
    assert_eq!(node.holds_back(), None);
}

#[test]
fn what_two_parties_cite_is_believed_until_all_were_heard_and_what_one_cites_for_a_while() {
    let mut world = World::new(&charter_text("two-banks"));
    let mut node = put_back(&mut world);
    let now = world.now;
    node.ask_first([], now);
    let cites = |world: &mut World, node: &mut Node, by: &str| {
        world.say(by, "report", &[], &json!({"title": "cites", "text": "x"}));
        let log = world.log(by, 1);
        let (readers, start) = (BTreeSet::from([id("belm")]), node.size_of(&log));
        let offer = world.node(by).offer(&readers, &log, start, now).unwrap().unwrap();
        node.accept(&offer, now).unwrap();
    };
    cites(&mut world, &mut node, "office");
    assert!(node.store().restored_at().unwrap().is_none(), "one record marks no store");
    cites(&mut world, &mut node, "arven");
    let refused = node.append(&more(), now);
    assert!(matches!(refused, Err(NodeError::NotHeardYet { .. })), "{refused:?}");
    // Alone, and with nobody to bear it out, it holds the node up for some seconds, once.
    let mut node = put_back(&mut world);
    node.ask_first([], now);
    cites(&mut world, &mut node, "office");
    node.note_time(UnixSeconds(now.0 + 20));
    node.append(&more(), now).unwrap();
}
