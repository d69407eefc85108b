//! The same formats by another hand: `signed_note` and `tlog_tiles` 0.2.

use crate::support::{LOG, Nodes, OFFICER, WITNESS, checkpoint, entry, key, origin, witness_key};
use proptest::prelude::*;
use signed_note::{Note as TheirNote, Signer as _, StandardSigner, StandardVerifier, VerifierList};
use tlog_tiles::{HashReader, Tile};
use veche_ledger::checkpoint::{CHECKPOINT_LIMITS, SignedCheckpoint};
use veche_ledger::cosignature::Cosignature;
use veche_ledger::note::SignatureStanding;
use veche_ledger::tile::{TileKind, TilePath, tiles_between};
use veche_ledger::tree::{
    prove_consistency, prove_inclusion, verify_consistency, verify_inclusion,
};
use veche_ledger::{Hash, Note, UnixSeconds, VerifyingKey};

fn verifiers(key: &VerifyingKey) -> VerifierList {
    VerifierList::new(vec![Box::new(StandardVerifier::new(&key.to_string()).unwrap())])
}

/// Their private key of a seed: the text form that their signer reads.
fn their_signer(name: &str, seed: [u8; 32]) -> (StandardSigner, VerifyingKey) {
    use veche_ledger::key::SigningKey;
    let ours = SigningKey::from_seed(crate::support::name(name), &seed).verifying_key();
    let secret = base64(&[&[1], seed.as_slice()].concat());
    let text = format!("PRIVATE+KEY+{name}+{}+{secret}", ours.id());
    (StandardSigner::new(&text).unwrap(), ours)
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

#[test]
fn they_verify_our_records() {
    let bytes = entry(0);
    let note = TheirNote::from_bytes(&bytes).unwrap();
    let (verified, rest) = note.verify(&verifiers(&key(OFFICER).verifying_key())).unwrap();
    assert_eq!((verified.len(), rest.len()), (1, 0));
    assert_eq!(note.to_bytes(), bytes);
}

#[test]
fn they_verify_our_checkpoints_and_skip_cosignatures() {
    let mut signed = checkpoint(1234, Hash([3; 32]));
    let cosignature =
        Cosignature::sign(signed.checkpoint(), UnixSeconds(99), &witness_key(WITNESS));
    signed.add(cosignature.line().clone());
    let note = TheirNote::from_bytes(&signed.note().to_bytes()).unwrap();
    let (verified, rest) = note.verify(&verifiers(&key(LOG).verifying_key())).unwrap();
    assert_eq!((verified.len(), rest.len()), (1, 1));
    let theirs = tlog_tiles::Checkpoint::from_bytes(note.text()).unwrap();
    assert_eq!((theirs.origin(), theirs.size(), theirs.hash().0), (LOG, 1234, [3; 32]));
}

#[test]
fn we_verify_their_checkpoints() {
    let (signer, ours) = their_signer(LOG, [11; 32]);
    let text = tlog_tiles::Checkpoint::new(LOG, 77, tlog_tiles::Hash([4; 32]), "").unwrap();
    let mut note = TheirNote::new(&text.to_bytes(), &[]).unwrap();
    note.add_sigs(&[&signer]).unwrap();
    let signed = SignedCheckpoint::verify(&note.to_bytes(), &ours).unwrap();
    let checkpoint = signed.checkpoint();
    assert_eq!((&checkpoint.origin, checkpoint.size), (&origin(LOG), 77));
    assert_eq!(checkpoint.root, Hash([4; 32]));
    assert_eq!(u32::from_be_bytes(ours.id().0), signer.key_id());
}

/// The example of c2sp.org/tlog-cosignature: only the form can be checked, its keys are not given.
#[test]
fn the_example_of_the_specification_is_read() {
    let example = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\
        — example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n\
        — witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n";
    let note = Note::parse(example.as_bytes(), CHECKPOINT_LIMITS).unwrap();
    assert_eq!(note.to_string(), example);
    let [_, witness] = note.signatures() else { panic!("two lines") };
    assert_eq!(
        (witness.bytes.len(), &witness.bytes[..8]),
        (72, &1_679_315_147u64.to_be_bytes()[..])
    );
}

struct TheirNodes<'a>(&'a Nodes);

impl HashReader for TheirNodes<'_> {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error> {
        let read = |index: &u64| {
            let (level, n) = tlog_tiles::split_stored_hash_index(*index);
            tlog_tiles::Hash(self.0.get(u32::from(level), n).unwrap().0)
        };
        Ok(indexes.iter().map(read).collect())
    }
}

fn ours(proof: &[tlog_tiles::Hash]) -> Vec<Hash> {
    proof.iter().map(|hash| Hash(hash.0)).collect()
}

#[test]
fn proofs_and_roots_are_the_same_as_theirs() {
    let nodes = Nodes::new(70);
    let get = |level, index| nodes.get(level, index);
    let reader = TheirNodes(&nodes);
    for size in 1..=70 {
        let root = tlog_tiles::tree_hash(size, &reader).unwrap();
        assert_eq!(nodes.root(size), Hash(root.0));
        for index in 0..size {
            let theirs = tlog_tiles::prove_record(size, index, &reader).unwrap();
            assert_eq!(prove_inclusion(index, size, &get), Some(ours(&theirs)));
            let leaf = nodes.leaf(index);
            assert_eq!(verify_inclusion(leaf, index, size, Hash(root.0), &ours(&theirs)), Ok(()));
        }
        for old in 1..=size {
            let theirs = tlog_tiles::prove_tree(size, old, &reader).unwrap();
            assert_eq!(prove_consistency(old, size, &get), Some(ours(&theirs)), "{old} to {size}");
            let (from, to) = ((old, nodes.root(old)), (size, Hash(root.0)));
            assert_eq!(verify_consistency(from, to, &ours(&theirs)), Ok(()));
        }
    }
}

/// Their paths bear the height, 8, that tlog-tiles leaves out.
fn their_path(tile: &Tile) -> String {
    tile.path().replacen("tile/8/", "tile/", 1)
}

#[test]
fn a_growing_log_writes_the_same_tiles_as_theirs() {
    for (old, new) in [(0, 1), (0, 256), (255, 257), (256, 256), (1000, 70_000), (65_535, 65_537)] {
        let theirs: Vec<_> = Tile::new_tiles(8, old, new).iter().map(their_path).collect();
        let ours: Vec<_> = tiles_between(old, new)
            .iter()
            .filter(|path| path.kind() != TileKind::Entries)
            .map(ToString::to_string)
            .collect();
        assert_eq!(ours, theirs, "{old} to {new}");
    }
}

proptest! {
    #[test]
    fn tile_paths_are_the_same_as_theirs(level in 0u8..8, index in 0u64..1 << 56, width in 1u16..=256) {
        let ours = TilePath::new(TileKind::Hashes(level), index, width).unwrap();
        let theirs = Tile::new(8, level, index, u32::from(width), false);
        prop_assert_eq!(ours.to_string(), their_path(&theirs));
        prop_assert_eq!(TilePath::parse(&ours.to_string()), Ok(ours));
    }

    #[test]
    fn what_is_a_note_to_us_is_one_to_them(at in 0usize..700, byte in any::<u8>()) {
        let mut bytes = checkpoint(1234, Hash([3; 32])).note().to_bytes();
        let at = at % bytes.len();
        bytes[at] = byte;
        let log = key(LOG).verifying_key();
        let ours = Note::parse(&bytes, CHECKPOINT_LIMITS);
        let theirs = TheirNote::from_bytes(&bytes);
        prop_assert_eq!(ours.is_ok(), theirs.is_ok());
        if let (Ok(ours), Ok(theirs)) = (ours, theirs) {
            let good = ours.standing_of(&log) == SignatureStanding::Good;
            prop_assert_eq!(good, theirs.verify(&verifiers(&log)).is_ok());
        }
    }
}
