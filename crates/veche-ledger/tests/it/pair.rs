//! Pairs of keys: nothing counts as signed but by both, and the ML-DSA-44 half agrees with another implementation.

use crate::support::{LOG, OFFICER, ROOT, WITNESS, header, key, name, origin};
use crate::vectors::pair::{lines, pair, witness_pair};
use proptest::prelude::*;
use veche_ledger::keyring::{Epoch, Keyring, KeyringFault, ListedKey, Role};
use veche_ledger::record::{SignatureFault, Signed};
use veche_ledger::{
    Checkpoint, Cosignature, Draft, Hash, LeafIndex, NoteSignature, Record, SignedCheckpoint,
    SigningKey, UnixSeconds,
};

const OTHER: &str = "six-rivers.example/orvessa/officer-2";

/// Root, log and an officer with pairs; another officer with one key.
fn keyring() -> Keyring {
    let mut keyring = Keyring::new();
    keyring.add_log(&origin(LOG), pair(ROOT).verifying_key(), pair(LOG).verifying_key()).unwrap();
    for key in [pair(OFFICER).verifying_key(), key(OTHER).verifying_key()] {
        let listed = ListedKey { key, role: Role::Officer, from: LeafIndex(0), until: None };
        keyring.list(&origin(LOG), listed).unwrap();
    }
    keyring
}

fn text() -> String {
    Draft::new(header()).unwrap().text().to_owned()
}

fn verify(text: &str, lines: &[&str]) -> Result<Vec<String>, SignatureFault> {
    let bytes = format!("{text}\n{}", lines.concat());
    let record = Record::decode(&origin(LOG), LeafIndex(3), bytes.as_bytes()).unwrap();
    let signed = Signed::verify(record, &keyring()).map_err(|error| error.what)?;
    Ok(signed.signers().iter().map(|signer| signer.key.to_string()).collect())
}

#[test]
fn a_record_counts_as_signed_by_a_pair_with_both_lines_alone() {
    let text = text();
    let [first, second] = lines(&text, &pair(OFFICER));
    assert_eq!(verify(&text, &[&first, &second]), Ok(vec![OFFICER.to_owned()]));
    let half = Err(SignatureFault::HalfSigned(name(OFFICER)));
    assert_eq!(verify(&text, &[&first]), half);
    assert_eq!(verify(&text, &[&second]), half);
    let [_, stranger] = lines(&text, &SigningKey::pair_from_seed(name(OFFICER), &[9; 32]));
    assert_eq!(verify(&text, &[&first, &stranger]), half);
}

#[test]
fn a_half_takes_nothing_from_another_officer_who_signed() {
    let text = text();
    let [first, _] = lines(&text, &pair(OFFICER));
    let other = format!("{}\n", NoteSignature::sign(&text, &key(OTHER)));
    assert_eq!(verify(&text, &[&first, &other]), Ok(vec![OTHER.to_owned()]));
}

#[test]
fn halves_of_two_records_do_not_make_one() {
    let (one, two) = (text(), text().replace("05:42:10", "05:42:11"));
    let ([first, second], [_, swapped]) =
        (lines(&one, &pair(OFFICER)), lines(&two, &pair(OFFICER)));
    let bad = Err(SignatureFault::BadSignature(name(OFFICER)));
    assert_eq!(verify(&one, &[&first, &swapped]), bad);
    assert_eq!(verify(&two, &[&first, &swapped]), bad);
    assert_eq!(verify(&one, &[&first, &second, &swapped]), bad);
}

#[test]
fn a_pair_s_epoch_statement_needs_both_lines_of_the_root_key() {
    let epoch = Epoch {
        new: origin("six-rivers.example/orvessa/2"),
        old: origin(LOG),
        last_good_size: 4,
        root: Hash([4; 32]),
        key: pair("six-rivers.example/orvessa/2").verifying_key(),
    };
    let statement = epoch.sign(&pair(ROOT));
    let mut ring = keyring();
    assert_eq!(ring.open_epoch(&statement), Ok(epoch.clone()));
    assert!(ring.log(&epoch.new).unwrap().log_key().is_pair());
    // The root key's Ed25519 half alone opens nothing.
    let half = epoch.sign(&key(ROOT));
    assert_eq!(keyring().open_epoch(&half), Err(KeyringFault::NotSigned));
}

#[test]
fn a_checkpoint_needs_both_lines_of_the_log() {
    let checkpoint = Checkpoint { origin: origin(LOG), size: 9, root: Hash([9; 32]) };
    let listed = pair(LOG).verifying_key();
    let whole = checkpoint.sign(&pair(LOG)).note().to_bytes();
    assert!(SignedCheckpoint::verify(&whole, &listed).is_ok());
    let half = checkpoint.sign(&key(LOG)).note().to_bytes();
    assert!(SignedCheckpoint::verify(&half, &listed).is_err());
    // Who lists one key is content with its line, whatever stands beside it: nothing changes for an organisation without pairs.
    assert!(SignedCheckpoint::verify(&whole, &key(LOG).verifying_key()).is_ok());
}

#[test]
fn a_pair_s_cosignature_travels_as_one_and_stands_in_a_note_as_two_lines() {
    let checkpoint = Checkpoint { origin: origin(LOG), size: 9, root: Hash([9; 32]) };
    let witness = witness_pair(WITNESS);
    let cosignature = Cosignature::sign(&checkpoint, UnixSeconds(77), &witness);
    let travelled = NoteSignature::parse(&cosignature.line().to_string()).unwrap();
    assert_eq!(&travelled, cosignature.line());
    let verified = Cosignature::verify(&checkpoint, &travelled, &witness.verifying_key());
    assert_eq!(verified.as_ref(), Ok(&cosignature));
    let mut signed = checkpoint.sign(&pair(LOG));
    signed.add(travelled.clone());
    signed.add(travelled.clone());
    assert_eq!(signed.note().signatures().len(), 4);
    let read = SignedCheckpoint::verify(&signed.note().to_bytes(), &pair(LOG).verifying_key());
    assert_eq!(read.unwrap().cosignatures(&[witness.verifying_key()]), [cosignature]);
    // One half of it is nobody's cosignature.
    let [first, second] = [0, 1].map(|half| travelled.clone().into_lines()[half].clone());
    for half in [first, second] {
        assert!(Cosignature::verify(&checkpoint, &half, &witness.verifying_key()).is_err());
    }
}

#[test]
fn another_implementation_s_signatures_have_its_verdicts() {
    let text = include_str!("../../../../formats/vectors/ml-dsa.json");
    let vectors: serde_json::Value = serde_json::from_str(text).unwrap();
    let bytes = |value: &serde_json::Value| -> Vec<u8> {
        let text = value.as_str().unwrap();
        let pairs = text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
        pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
    };
    let keys = vectors["keys"].as_array().unwrap();
    for key in keys {
        let seed: [u8; 32] = bytes(&key["seed"]).try_into().unwrap();
        let made = ml_dsa::SigningKey::<ml_dsa::MlDsa44>::from_seed(&seed.into());
        let public: &ml_dsa::VerifyingKey<ml_dsa::MlDsa44> = made.as_ref();
        assert_eq!(public.encode().as_slice(), bytes(&key["public"]));
    }
    let (mut good, mut bad) = (0, 0);
    for case in vectors["cases"].as_array().unwrap() {
        let key = &keys[usize::try_from(case["key"].as_u64().unwrap()).unwrap()];
        let [message, signature, context] =
            ["message", "signature", "context"].map(|k| bytes(&case[k]));
        let encoded = ml_dsa::EncodedVerifyingKey::<ml_dsa::MlDsa44>::try_from(
            bytes(&key["public"]).as_slice(),
        );
        let public = ml_dsa::VerifyingKey::<ml_dsa::MlDsa44>::decode(&encoded.unwrap());
        let decoded = ml_dsa::Signature::<ml_dsa::MlDsa44>::try_from(signature.as_slice());
        let verified =
            decoded.is_ok_and(|decoded| public.verify_with_context(&message, &context, &decoded));
        assert_eq!(verified, case["good"].as_bool().unwrap(), "{}", case["what"]);
        if verified { good += 1 } else { bad += 1 }
    }
    assert_eq!((good, bad), (12, 15));
}

proptest! {
    /// No other byte in either line, and no byte less, is a signature.
    #[test]
    fn a_changed_byte_in_either_line_leaves_nothing_signed(half in 0_usize..2, at in 0_usize..2420, bit in 0_u8..8, cut in any::<bool>()) {
        let text = text();
        let mut signature = NoteSignature::sign(&text, &pair(OFFICER));
        let mut beside = signature.beside.clone().unwrap();
        let bytes = if half == 0 { &mut signature.bytes } else { &mut beside.bytes };
        let at = at % bytes.len();
        if cut { bytes.truncate(at.max(1)) } else { bytes[at] ^= 1 << bit }
        signature.beside = Some(beside);
        let lines: String =
            signature.into_lines().iter().map(|line| format!("{line}\n")).collect();
        prop_assert_eq!(
            verify(&text, &[&lines]),
            Err(SignatureFault::BadSignature(name(OFFICER)))
        );
    }

    /// The form in which a pair's signature travels is read back, and nothing makes its reading panic.
    #[test]
    fn a_travelling_signature_is_read_back(text in "\\PC{0,80}", dot in any::<bool>()) {
        let _any = NoteSignature::parse(&text);
        let sealed = format!("— a.b/c/d {text}{}", if dot { ".AAAAAAA=" } else { "" });
        if let Some(read) = NoteSignature::parse(&sealed) {
            prop_assert_eq!(read.to_string(), sealed);
        }
    }
}
