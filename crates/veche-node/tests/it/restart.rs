//! A node starts from its snapshot, and from the first record where the snapshot does not fit.

use crate::world::{World, id, six_towns};
use serde_json::json;
use std::path::Path;
use tempfile::TempDir;
use veche_ledger::Hash;
use veche_node::fsck::fsck;
use veche_node::node::Node;
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
