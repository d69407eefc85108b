//! Fetching a log: whatever the order of answers, all of it arrives proved; whatever a peer makes up, none of that does.

use proptest::prelude::*;
use std::collections::BTreeMap;
use veche_ledger::sync::{
    Holdings, Input, Output, QuestionId, Resource, Sync, TransferFault, Window, openings_bytes,
};
use veche_ledger::tile::{TileKind, TilePath, bundle_bytes, tile_bytes};
use veche_ledger::tree::leaf_hash;
use veche_ledger::{
    Checkpoint, Frontier, Hash, KeyName, Origin, PartyId, SigningKey, UnixSeconds, VerifyingKey,
};

const LOG: &str = "six-rivers.example/orvessa/1";
const NOW: UnixSeconds = UnixSeconds(1_700_000_000);

fn log() -> Origin {
    Origin::parse(LOG).unwrap()
}

fn key() -> SigningKey {
    SigningKey::from_seed(KeyName::parse(LOG).unwrap(), &[7; 32])
}

/// Returns the path of entries, if such are asked for.
fn entries_of(what: &Resource) -> Option<TilePath> {
    let Resource::Tile(_, path) = what else { return None };
    (path.kind() == TileKind::Entries).then_some(*path)
}

/// A log as somebody serves it.
#[derive(Clone)]
struct Served {
    leaves: Vec<Vec<u8>>,
}

impl Served {
    fn of(size: u64) -> Self {
        Self { leaves: (0..size).map(|n| format!("record {n}\n").into_bytes()).collect() }
    }

    fn frontier(&self) -> Frontier {
        let mut frontier = Frontier::new();
        self.leaves.iter().for_each(|leaf| frontier.append(leaf_hash(leaf)));
        frontier
    }

    fn head(&self) -> Checkpoint {
        let frontier = self.frontier();
        Checkpoint { origin: log(), size: frontier.size(), root: frontier.root() }
    }

    fn range(&self, path: TilePath) -> &[Vec<u8>] {
        let first = usize::try_from(path.index()).unwrap() * 256;
        &self.leaves[first..first + usize::from(path.width())]
    }

    fn answer(&self, what: &Resource) -> Vec<u8> {
        match what {
            Resource::Heads => unreachable!("a listing is asked for by whoever drives the machine"),
            Resource::Checkpoint(_) => self.head().sign(&key()).note().to_bytes(),
            Resource::Tile(_, path) => match path.kind() {
                TileKind::Entries => {
                    bundle_bytes(self.range(*path).iter().map(Vec::as_slice)).unwrap()
                }
                TileKind::Hashes(0) => {
                    let leaves = self.range(*path).iter();
                    tile_bytes(&leaves.map(|leaf| leaf_hash(leaf)).collect::<Vec<_>>())
                }
                TileKind::Hashes(level) => {
                    let leaves = 256_usize.pow(u32::from(level));
                    let first = usize::try_from(path.index()).unwrap() * 256 * leaves;
                    let bundles =
                        self.leaves[first..].chunks(leaves).take(usize::from(path.width()));
                    let root =
                        |bundle: &[Vec<u8>]| Self { leaves: bundle.to_vec() }.frontier().root();
                    tile_bytes(&bundles.map(root).collect::<Vec<_>>())
                }
            },
            Resource::Openings(_, path) => {
                let opening = |leaf: &Vec<u8>| [leaf.as_slice(), &[0; 32]].concat();
                let openings: Vec<_> = self.range(*path).iter().map(opening).collect();
                openings_bytes(openings.iter().map(|opening| Some(opening.as_slice())))
            }
        }
    }
}

/// What the fetching node holds.
struct Store {
    leaves: Vec<Vec<u8>>,
    knows_key: bool,
}

impl Holdings for Store {
    fn frontier(&self, _log: &Origin) -> Frontier {
        Served { leaves: self.leaves.clone() }.frontier()
    }

    fn log_key(&self, _log: &Origin) -> Option<VerifyingKey> {
        self.knows_key.then(|| key().verifying_key())
    }
}

fn peer() -> PartyId {
    PartyId::parse("orvessa").unwrap()
}

/// Fetches until nothing is on its way; `pick` chooses which open question is answered next, `spoil` may change an answer.
fn fetch(
    store: &mut Store,
    served: &Served,
    window: Window,
    mut pick: impl FnMut(usize) -> usize,
    spoil: impl Fn(&Resource, Vec<u8>) -> Vec<u8>,
) -> Vec<TransferFault> {
    let mut sync = Sync::new(window);
    let mut open: Vec<(QuestionId, Resource)> = Vec::new();
    let mut faults = Vec::new();
    let mut outputs =
        sync.step(store, Input::Heads { peer: peer(), heads: vec![served.head()] }, NOW);
    loop {
        let mut next = Vec::new();
        for output in outputs {
            match output {
                Output::Ask { id, what, .. } => open.push((id, what)),
                Output::Fault { fault, .. } => faults.push(fault),
                Output::Shown { size, .. } => assert_eq!(size, served.leaves.len() as u64),
                Output::Introduce { leaf, .. } => {
                    assert_eq!(leaf, served.leaves[0]);
                    store.knows_key = true;
                    // The peer is asked again a second later.
                    next.extend(sync.step(store, Input::Tick, UnixSeconds(NOW.0 + 2)));
                }
                Output::Take { batch, .. } => {
                    assert_eq!(batch.start, store.leaves.len() as u64);
                    for (leaf, opening) in batch.records {
                        assert_eq!(opening, Some([leaf.as_slice(), &[0; 32]].concat()));
                        store.leaves.push(leaf);
                    }
                    let is_last = store.leaves.len() == served.leaves.len();
                    assert_eq!(batch.checkpoint.is_some(), is_last);
                    next.extend(sync.step(store, Input::Taken(log()), NOW));
                }
            }
        }
        outputs = next;
        assert!(open.len() <= window.questions, "{} questions at once", open.len());
        if outputs.is_empty() {
            if open.is_empty() {
                return faults;
            }
            let (id, what) = open.swap_remove(pick(open.len()));
            let body = Ok(spoil(&what, served.answer(&what)));
            outputs = sync.step(store, Input::Answer { id, body }, NOW);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn all_of_a_log_arrives_in_whatever_order_answers_come(
        held in 0_u64..900, more in 1_u64..1200, order in any::<u64>(), questions in 1_usize..8, bundles in 1_usize..5,
    ) {
        let served = Served::of(held + more);
        let mut store = Store { leaves: served.leaves[..usize::try_from(held).unwrap()].to_vec(), knows_key: true };
        let mut state = order;
        let pick = |len: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(state >> 33).unwrap() % len
        };
        let window = Window { questions, bundles, logs: 1 };
        let faults = fetch(&mut store, &served, window, pick, |_, body| body);
        prop_assert!(faults.is_empty(), "{faults:?}");
        prop_assert!(store.leaves == served.leaves);
    }

    #[test]
    fn nothing_is_taken_that_the_checkpoint_does_not_cover(
        held in 0_u64..600, more in 1_u64..700, spoiled in any::<prop::sample::Index>(), bit in 0_u8..8, which in 0_usize..3,
    ) {
        let served = Served::of(held + more);
        let before = served.leaves[..usize::try_from(held).unwrap()].to_vec();
        let mut store = Store { leaves: before, knows_key: true };
        let spoil = |what: &Resource, mut body: Vec<u8>| {
            let is_meant = match (what, which) {
                (Resource::Checkpoint(_), 0) => true,
                (Resource::Tile(_, path), 1) => path.kind() != TileKind::Entries,
                (Resource::Tile(_, path), 2) => path.kind() == TileKind::Entries,
                _ => false,
            };
            if is_meant {
                let at = spoiled.index(body.len());
                body[at] ^= 1 << bit;
            }
            body
        };
        // Every record taken is the one of that number: asserted against the log as it is.
        let _faults = fetch(&mut store, &served, Window::default(), |_| 0, spoil);
        prop_assert!(served.leaves.starts_with(&store.leaves));
    }
}

#[test]
fn another_history_than_the_one_held_is_told_from_entries_that_were_changed() {
    let served = Served::of(700);
    for held in [3_usize, 255, 256, 300, 512, 699] {
        let mut other = Served::of(700);
        other.leaves[1] = b"another record 1\n".to_vec();
        let mut store = Store { leaves: other.leaves[..held].to_vec(), knows_key: true };
        let faults = fetch(&mut store, &served, Window::default(), |_| 0, |_, body| body);
        assert_eq!(faults, [TransferFault::OtherHistory(held as u64)], "{held}");
        assert_eq!(store.leaves.len(), held);
    }
    let mut store = Store { leaves: Vec::new(), knows_key: true };
    let swap = |what: &Resource, body: Vec<u8>| match entries_of(what) {
        Some(path) => bundle_bytes(served.range(path).iter().rev().map(Vec::as_slice)).unwrap(),
        None => body,
    };
    let faults = fetch(&mut store, &served, Window::default(), |_| 0, swap);
    assert_eq!(faults, [TransferFault::OtherEntries(0)]);
}

#[test]
fn a_log_whose_key_is_unknown_is_introduced_by_its_first_record() {
    let served = Served::of(300);
    let mut store = Store { leaves: Vec::new(), knows_key: false };
    let faults = fetch(&mut store, &served, Window::default(), |_| 0, |_, body| body);
    assert_eq!((faults, store.leaves.len()), (Vec::new(), 300));
}

#[test]
fn a_peer_that_failed_is_asked_again_later_and_ever_later_and_another_at_once() {
    let store = Store { leaves: Vec::new(), knows_key: true };
    let served = Served::of(5);
    let mut sync = Sync::new(Window::default());
    let asked = |outputs: &[Output]| -> BTreeMap<PartyId, QuestionId> {
        let ask = |output: &Output| {
            let Output::Ask { peer, id, .. } = output else { return None };
            Some((peer.clone(), *id))
        };
        outputs.iter().filter_map(ask).collect()
    };
    let heads = |peer| Input::Heads { peer, heads: vec![served.head()] };
    let mut now = NOW;
    let mut waits = Vec::new();
    let mut questions = asked(&sync.step(&store, heads(peer()), now));
    for _ in 0..4 {
        let id = questions[&peer()];
        let none = Input::Answer { id, body: Err("the line is cut".to_owned()) };
        let _fault = sync.step(&store, none, now);
        let failed_at = now;
        questions = loop {
            now = UnixSeconds(now.0 + 1);
            let questions = asked(&sync.step(&store, Input::Tick, now));
            if !questions.is_empty() {
                break questions;
            }
        };
        waits.push(now.0 - failed_at.0);
    }
    assert_eq!(waits, [1, 2, 4, 8]);
    let id = questions[&peer()];
    let _fault = sync.step(&store, Input::Answer { id, body: Err("again".to_owned()) }, now);
    let other = PartyId::parse("talmera").unwrap();
    let questions = asked(&sync.step(&store, heads(other.clone()), now));
    assert!(questions.contains_key(&other));
    // A question that is never answered ends too.
    let late = UnixSeconds(now.0 + 1_000);
    let outputs = sync.step(&store, Input::Tick, late);
    assert!(
        outputs.iter().any(|output| matches!(output, Output::Fault { peer, .. } if *peer == other))
    );
}

#[test]
fn a_false_hash_of_a_bundle_is_noticed_before_any_entry_is_taken() {
    let served = Served::of(600);
    let mut store = Store { leaves: Vec::new(), knows_key: true };
    let spoil = |what: &Resource, body: Vec<u8>| {
        let Resource::Tile(_, path) = what else { return body };
        if path.kind() != TileKind::Hashes(1) {
            return body;
        }
        tile_bytes(&vec![Hash([9; 32]); usize::from(path.width())])
    };
    let faults = fetch(&mut store, &served, Window::default(), |_| 0, spoil);
    assert_eq!((faults, store.leaves.len()), (vec![TransferFault::OtherHistory(0)], 0));
}

mod hunt {
    //! The first leaf at which two histories differ is found by a walk down the other's tree, and proves that both were signed.

    use super::{LOG, Served, key};
    use veche_ledger::fork::{ForkProof, LeafProof};
    use veche_ledger::sync::Resource;
    use veche_ledger::sync::hunt::{Difference, Hunt, HuntFault, Next};
    use veche_ledger::tree::{leaf_hash, prove_inclusion};
    use veche_ledger::{Frontier, Hash, LeafIndex, Origin, SignedCheckpoint};

    /// A node of a tree, from its leaves.
    fn node(served: &Served, level: u32, index: u64) -> Option<Hash> {
        let first = usize::try_from(index << level).unwrap();
        let leaves = served.leaves.get(first..first + (1 << level))?;
        let mut frontier = Frontier::new();
        leaves.iter().for_each(|leaf| frontier.append(leaf_hash(leaf)));
        Some(frontier.root())
    }

    fn hunt(ours: &Served, theirs: &Served) -> Result<(Difference, usize), HuntFault> {
        let log = Origin::parse(LOG).unwrap();
        let note = theirs.answer(&Resource::Checkpoint(log.clone()));
        let signed = SignedCheckpoint::verify(&note, &key().verifying_key()).unwrap();
        let mut hunt = Hunt::new(signed, ours.leaves.len() as u64);
        let mut asked: Vec<_> = hunt.begin();
        let mut count = asked.len();
        while let Some(path) = asked.pop() {
            let body = theirs.answer(&Resource::Tile(log.clone(), path));
            match hunt.take(path, &body, &|level, index| node(ours, level, index))? {
                Some(Next::Found(found)) => return Ok((found, count)),
                Some(Next::Ask(more)) => {
                    count += more.len();
                    asked.extend(more);
                }
                None => {}
            }
        }
        unreachable!("the walk ends with a leaf or a fault")
    }

    #[test]
    fn the_first_difference_is_found_and_proved() {
        for (held, size, at) in [
            (5, 5, 0),
            (5, 9, 4),
            (700, 700, 699),
            (700, 300, 17),
            (300, 700, 299),
            (256, 1024, 255),
            (70_000, 66_000, 65_999),
            (66_000, 70_000, 300),
        ] {
            let ours = Served::of(held);
            let mut theirs = Served::of(size);
            theirs.leaves[at] = b"another\n".to_vec();
            if at + 2 < theirs.leaves.len() {
                theirs.leaves[at + 2] = b"and another\n".to_vec();
            }
            let (found, asked) = hunt(&ours, &theirs).unwrap();
            assert_eq!(found.index, at as u64, "{held} {size}");
            assert!(asked <= 6, "{held} {size}: {asked} tiles");
            let nodes = |level, index| node(&ours, level, index);
            let own = LeafProof {
                leaf: leaf_hash(&ours.leaves[at]),
                note: ours.head().sign(&key()).note().to_string(),
                proof: prove_inclusion(found.index, held, &nodes).unwrap(),
            };
            let index = LeafIndex(found.index);
            let proof = ForkProof::Leaves { index, first: own, second: found.theirs };
            assert_eq!(proof.verify(&key().verifying_key()).unwrap().below, found.index + 1);
        }
    }

    #[test]
    fn who_only_has_more_or_makes_hashes_up_forks_nothing() {
        assert_eq!(hunt(&Served::of(300), &Served::of(700)), Err(HuntFault::NoDifference));
        assert_eq!(hunt(&Served::of(700), &Served::of(300)), Err(HuntFault::NoDifference));
        let theirs = Served::of(300);
        let log = Origin::parse(LOG).unwrap();
        let note = theirs.answer(&Resource::Checkpoint(log));
        let signed = SignedCheckpoint::verify(&note, &key().verifying_key()).unwrap();
        let mut hunt = Hunt::new(signed, 300);
        let paths = hunt.begin();
        let none = |_: u32, _: u64| None;
        let mut last = Ok(None);
        for path in paths {
            last = hunt.take(path, &vec![7; usize::from(path.width()) * 32], &none);
        }
        assert_eq!(last, Err(HuntFault::MadeUp));
    }
}
