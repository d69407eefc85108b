//! Fork proofs: what proves a fork to anyone, and what does not.

use crate::support::{LOG, Nodes, checkpoint, key, origin};
use veche_ledger::checkpoint::SignedCheckpoint;
use veche_ledger::fork::{Fork, ForkError, LeafProof};
use veche_ledger::tree::{leaf_hash, prove_inclusion};
use veche_ledger::{Checkpoint, ForkProof, Hash, LeafIndex, parse_canonical};

#[track_caller]
fn check(proof: &ForkProof, verdict: Result<u64, ForkError>) {
    let read = ForkProof::from_value(&parse_canonical(&proof.to_value().to_bytes()).unwrap());
    assert_eq!(read.as_ref(), Ok(proof));
    let verified = read.unwrap().verify(&key(LOG).verifying_key());
    assert_eq!(verified, verdict.map(|below| Fork { origin: origin(LOG), below }));
}

fn of(one: &SignedCheckpoint, other: &SignedCheckpoint) -> ForkProof {
    ForkProof::of_checkpoints(one, other)
}

/// A tree in which one leaf is another than usual.
fn with_leaf(size: u64, index: u64) -> Nodes {
    let usual = Nodes::new(size);
    let leaf = |i| if i == index { leaf_hash(b"another") } else { usual.leaf(i) };
    Nodes::of((0..size).map(leaf).collect())
}

fn leaf_proof(nodes: &Nodes, index: u64, size: u64) -> LeafProof {
    LeafProof {
        leaf: nodes.leaf(index),
        note: checkpoint(size, nodes.root(size)).note().to_string(),
        proof: prove_inclusion(index, size, &|l, i| nodes.get(l, i)).unwrap(),
    }
}

#[test]
fn two_roots_of_one_size_prove_a_fork() {
    let (one, other) = (checkpoint(9, Hash([1; 32])), checkpoint(9, Hash([2; 32])));
    check(&of(&one, &other), Ok(9));
    assert_eq!(of(&one, &other), of(&other, &one));
}

#[test]
fn two_checkpoints_that_do_not_contradict_one_another_prove_nothing() {
    let one = checkpoint(9, Hash([1; 32]));
    check(&of(&one, &one), Err(ForkError::NoFork));
    check(&of(&one, &checkpoint(10, Hash([2; 32]))), Err(ForkError::NoFork));
}

#[test]
fn a_checkpoint_that_the_log_did_not_sign_proves_nothing() {
    let forged = Checkpoint { origin: origin(LOG), size: 9, root: Hash([2; 32]) };
    let forged = forged.sign(&key("six-rivers.example/talmera/1"));
    let proof = of(&checkpoint(9, Hash([1; 32])), &forged);
    let verdict = proof.verify(&key(LOG).verifying_key());
    assert!(matches!(verdict, Err(ForkError::NotSigned(_))));
}

#[test]
fn two_leaves_at_one_index_prove_a_fork_at_whatever_sizes() {
    let (usual, other) = (Nodes::new(20), with_leaf(30, 4));
    let first = leaf_proof(&usual, 4, 20);
    let second = leaf_proof(&other, 4, 30);
    let proof = |first: &LeafProof, second: &LeafProof| ForkProof::Leaves {
        index: LeafIndex(4),
        first: first.clone(),
        second: second.clone(),
    };
    check(&proof(&first, &second), Ok(5));
    check(&proof(&first, &first), Err(ForkError::NoFork));
    let wrong = LeafProof { leaf: first.leaf, ..second };
    let verdict = proof(&first, &wrong).verify(&key(LOG).verifying_key());
    assert!(matches!(verdict, Err(ForkError::BadProof(_))));
}

#[test]
fn a_value_of_another_form_is_no_fork_proof() {
    let proof = of(&checkpoint(9, Hash([1; 32])), &checkpoint(9, Hash([2; 32]))).to_value();
    let text = proof.to_string();
    let read = |text: String| ForkProof::from_value(&parse_canonical(text.as_bytes()).unwrap());
    assert_eq!(read(text.replace(r#","v":1"#, r#","v":2"#)), Err(ForkError::NodeTooOld(2)));
    assert_eq!(read(text.replace(r#","v":1"#, "")), Err(ForkError::Form));
    assert_eq!(read(text.replace(r#","v":1"#, r#","v":1,"z":1"#)), Err(ForkError::Form));
    assert_eq!(read(text.replace("checkpoints", "leaves")), Err(ForkError::Form));
}
