//! Proofs over trees of every small size, and over tiles.

use crate::support::Nodes;
use proptest::prelude::*;
use std::collections::BTreeMap;
use veche_ledger::tile::{
    TILE_WIDTH, TileKind, node_from_tiles, parse_tile, tile_bytes, tiles_between,
};
use veche_ledger::tree::{
    Frontier, ProofError, frontier_at, prove_consistency, prove_inclusion, verify_consistency,
    verify_inclusion, verify_range,
};

#[test]
fn every_proof_of_small_trees_holds_and_no_shorter_or_longer_one_does() {
    let nodes = Nodes::new(40);
    let get = |level, index| nodes.get(level, index);
    for size in 1..=40 {
        let root = nodes.root(size);
        for index in 0..size {
            let mut proof = prove_inclusion(index, size, &get).unwrap();
            let verify =
                |proof: &[_]| verify_inclusion(nodes.leaf(index), index, size, root, proof);
            assert_eq!(verify(&proof), Ok(()), "{index} of {size}");
            proof.push(root);
            assert_eq!(verify(&proof), Err(ProofError::Length));
            let _added = proof.pop();
            if proof.pop().is_some() {
                assert_eq!(verify(&proof), Err(ProofError::Length));
            }
        }
        for old in 0..=size {
            let mut proof = prove_consistency(old, size, &get).unwrap();
            let (from, to) = ((old, nodes.root(old)), (size, root));
            assert_eq!(verify_consistency(from, to, &proof), Ok(()), "{old} to {size}");
            proof.push(root);
            assert_eq!(verify_consistency(from, to, &proof), Err(ProofError::Length));
        }
    }
}

#[test]
fn a_proof_for_a_leaf_or_size_beyond_the_tree_is_refused() {
    let nodes = Nodes::new(8);
    let get = |level, index| nodes.get(level, index);
    assert_eq!(prove_inclusion(8, 8, &get), None);
    assert_eq!(prove_consistency(9, 8, &get), None);
    let beyond = verify_inclusion(nodes.leaf(0), 8, 8, nodes.root(8), &[]);
    assert_eq!(beyond, Err(ProofError::Beyond));
    let back = verify_consistency((8, nodes.root(8)), (7, nodes.root(7)), &[]);
    assert_eq!(back, Err(ProofError::Beyond));
    let other = verify_consistency((8, nodes.root(8)), (8, nodes.root(7)), &[]);
    assert_eq!(other, Err(ProofError::OtherRoot));
    let empty = verify_consistency((0, nodes.root(0)), (0, nodes.root(7)), &[]);
    assert_eq!(empty, Err(ProofError::OtherRoot));
}

#[test]
fn a_range_proof_ties_new_leaves_to_an_old_frontier() {
    let nodes = Nodes::new(60);
    let get = |level, index| nodes.get(level, index);
    for old in 0..60 {
        let before = frontier_at(old, &get).unwrap();
        assert_eq!(before.root(), nodes.root(old));
        let leaves = || (old..60).map(|i| nodes.leaf(i));
        assert_eq!(verify_range(&before, leaves(), nodes.root(60)).unwrap().size(), 60);
        let short = verify_range(&before, leaves().skip(1), nodes.root(60));
        assert_eq!(short, Err(ProofError::OtherRoot));
    }
}

#[test]
fn nodes_are_found_in_tiles() {
    let size = 70_000;
    let nodes = Nodes::new(size);
    let mut tiles = BTreeMap::new();
    for path in tiles_between(0, size) {
        if let TileKind::Hashes(level) = path.kind() {
            let first = path.index() * TILE_WIDTH;
            let hashes: Vec<_> = (first..first + u64::from(path.width()))
                .map(|i| nodes.get(u32::from(level) * 8, i).unwrap())
                .collect();
            tiles.insert((level, path.index()), (path.width(), tile_bytes(&hashes)));
        }
    }
    let tile = |level, index| {
        let (width, bytes) = tiles.get(&(level, index))?;
        parse_tile(bytes, *width).ok()
    };
    let get = |level, index| node_from_tiles(level, index, tile);
    for index in [0, 255, 256, 65_535, 65_536, 69_999] {
        let proof = prove_inclusion(index, size, &get).unwrap();
        let verified = verify_inclusion(nodes.leaf(index), index, size, nodes.root(size), &proof);
        assert_eq!(verified, Ok(()), "{index}");
    }
    assert_eq!(node_from_tiles(0, size, tile), None);
}

proptest! {
    #[test]
    fn a_flipped_bit_of_a_proof_is_noticed(size in 2u64..200, pick in any::<(u64, u64, usize, u8)>()) {
        let nodes = Nodes::new(size);
        let get = |level, index| nodes.get(level, index);
        let (index, old) = (pick.0 % size, 1 + pick.1 % (size - 1));
        let flip = |hashes: &mut [veche_ledger::Hash]| {
            let len = hashes.len();
            hashes[pick.2 % len].0[usize::from(pick.3 / 8)] ^= 1 << (pick.3 % 8);
        };
        let mut proof = prove_inclusion(index, size, &get).unwrap();
        flip(&mut proof);
        prop_assert!(verify_inclusion(nodes.leaf(index), index, size, nodes.root(size), &proof).is_err());
        let mut proof = prove_consistency(old, size, &get).unwrap();
        flip(&mut proof);
        prop_assert!(verify_consistency((old, nodes.root(old)), (size, nodes.root(size)), &proof).is_err());
    }

    #[test]
    fn no_proof_of_random_hashes_makes_the_checks_panic(
        sizes in any::<(u64, u64)>(),
        proof in prop::collection::vec(any::<[u8; 32]>().prop_map(veche_ledger::Hash), 0..70),
    ) {
        let root = veche_ledger::Hash([0; 32]);
        prop_assert!(verify_inclusion(root, sizes.0, sizes.1, root, &proof).is_err());
        if sizes.0 != sizes.1 {
            prop_assert!(verify_consistency((sizes.0, root), (sizes.1, root), &proof).is_err());
        }
    }

    #[test]
    fn a_frontier_read_from_any_bytes_is_written_back(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(frontier) = Frontier::from_bytes(&bytes) {
            prop_assert_eq!(frontier.to_bytes(), bytes);
        }
    }
}
