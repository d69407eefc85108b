//! Outside witnesses: what their word is not, and what happens when their disk fails.

use std::collections::BTreeMap;
use veche_charter::Charter;
use veche_council::closing::{HeadCosignature, HeadEvidence};
use veche_council::entry::Head;
use veche_council::ingest;
use veche_ledger::hash::Hash;
use veche_ledger::witness::{AddCheckpoint, WitnessRefusal};
use veche_ledger::{
    Checkpoint, Cosignature, CosigningKey, KeyName, Origin, PartyId, SigningKey, UnixSeconds,
};
use veche_node::keys::exercise_keys;
use veche_node::outside::{Folder, Outside, OutsideError};

const TWO_BANKS: &str = include_str!("../../../../charters/two-banks/charter.toml");

fn outside_key(seed: u8) -> CosigningKey {
    CosigningKey::from_seed(KeyName::parse("court.example/outside/witness").unwrap(), &[seed; 32])
}

/// The Two Banks with their keys, and a court of another country as witness.
fn charter() -> Charter {
    let bare = Charter::load(TWO_BANKS.as_bytes(), "charter.toml").unwrap();
    let public = |id: &PartyId| exercise_keys("outside", &bare, id, &[], 1).unwrap().public();
    let keys: BTreeMap<_, _> = bare.parties.keys().map(|id| (id.clone(), public(id))).collect();
    let text = veche_charter::with_keys(TWO_BANKS, &keys).replacen(
        "quorum = 2\n",
        "quorum = 2\nhistories = 3\n",
        1,
    ) + &format!(
        "\n[outside.court]\nkey = \"{}\"\nat = \"https://court.example\"\n",
        outside_key(1).verifying_key()
    );
    Charter::load(text.as_bytes(), "genesis.toml").unwrap()
}

fn log() -> Origin {
    Origin::parse("two-banks.example/arven/1").unwrap()
}

fn log_key() -> SigningKey {
    let bare = Charter::load(TWO_BANKS.as_bytes(), "charter.toml").unwrap();
    let arven = PartyId::parse("arven").unwrap();
    exercise_keys("outside", &bare, &arven, &[], 1).unwrap().logs.remove(&1).unwrap()
}

/// A request for a log of one record.
fn request(root: u8) -> AddCheckpoint {
    let checkpoint = Checkpoint { origin: log(), size: 1, root: Hash([root; 32]) };
    let note = checkpoint.sign(&log_key()).note().to_bytes();
    AddCheckpoint { old_size: 0, proof: Vec::new(), note }
}

#[test]
fn an_outside_cosignature_stands_for_no_head_of_a_closing() {
    let charter = charter();
    let head = Head { log: log(), size: 1, root: Hash([7; 32]) };
    let checkpoint = Checkpoint { origin: log(), size: 1, root: head.root };
    let evidence = |key: &CosigningKey| {
        let made = Cosignature::sign(&checkpoint, UnixSeconds(50), key);
        let line = made.line().to_string();
        let signature = line.rsplit(' ').next().unwrap().to_owned();
        let witness = key.name().clone();
        let line = HeadCosignature { time: UnixSeconds(50), witness, signature };
        HeadEvidence { log: log(), cosignatures: vec![line] }
    };
    let keys = ingest::witness_keys(&charter);
    let belm = PartyId::parse("belm").unwrap();
    let belm = exercise_keys("outside", &charter, &belm, &[], 1).unwrap().witness.unwrap();
    assert!(ingest::cosigned(&head, &evidence(&belm), &keys), "a party's node counts");
    assert!(!ingest::cosigned(&head, &evidence(&outside_key(1)), &keys));
    assert_eq!(keys.len(), charter.parties.len());
}

#[test]
fn after_a_write_that_failed_nothing_is_cosigned() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("court");
    let public = outside_key(1).verifying_key();
    Folder::make(&path, &public).unwrap();
    let start = || {
        let folder = Folder::open(&path, &public).unwrap();
        Outside::start(outside_key(1), folder, &[charter()]).unwrap()
    };
    let mut court = start();
    court.add_checkpoint(&request(1), UnixSeconds(10)).unwrap();
    drop(court);
    let mut court = start();
    let forked = court.add_checkpoint(&request(2), UnixSeconds(20)).unwrap_err();
    let is_fork = matches!(&forked, OutsideError::Refused(WitnessRefusal::Fork { proof, .. })
        if proof.verify(&log_key().verifying_key()).is_ok());
    assert!(is_fork, "{forked}");
    let again = AddCheckpoint { old_size: 1, ..request(1) };
    let back = court.add_checkpoint(&again, UnixSeconds(9)).unwrap_err();
    assert!(matches!(back, OutsideError::Refused(WitnessRefusal::ClockWentBack { .. })), "{back}");
    std::fs::remove_dir_all(&path).unwrap();
    let failed = court.add_checkpoint(&again, UnixSeconds(30)).unwrap_err();
    assert!(matches!(failed, OutsideError::Folder(_)), "{failed}");
    assert!(!court.is_sound());
    let stopped = court.add_checkpoint(&again, UnixSeconds(31)).unwrap_err();
    assert!(matches!(stopped, OutsideError::Stopped), "{stopped}");
    // The folder that is gone is not made anew by a start.
    assert!(Folder::open(&path, &public).is_err());
}
