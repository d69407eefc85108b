//! Keyrings: keys that begin, end, are revoked; logs that begin anew.

use crate::support::{LOG, OFFICER, ROOT, entry, key, keyring, listed, origin, witness_key};
use veche_ledger::keyring::{Epoch, Keyring, KeyringFault, ListedKey, Revocation, Role};
use veche_ledger::record::{SignatureFault, Signed};
use veche_ledger::{Hash, LeafIndex, Record};

const NEXT: &str = "six-rivers.example/orvessa/2";

fn verify(keyring: &Keyring, index: u64) -> Result<(), SignatureFault> {
    let record = Record::decode(&origin(LOG), LeafIndex(index), &entry(0)).unwrap();
    Signed::verify(record, keyring).map(drop).map_err(|error| error.what)
}

fn officer() -> veche_ledger::KeyName {
    key(OFFICER).name().clone()
}

fn epoch() -> Epoch {
    Epoch {
        new: origin(NEXT),
        old: origin(LOG),
        last_good_size: 7,
        root: Hash([5; 32]),
        key: key(NEXT).verifying_key(),
    }
}

#[test]
fn a_key_counts_from_its_first_leaf_up_to_its_last() {
    let mut keyring = Keyring::new();
    keyring.add_log(&origin(LOG), key(ROOT).verifying_key(), key(LOG).verifying_key()).unwrap();
    assert_eq!(verify(&keyring, 5), Err(SignatureFault::NoKnownKey));
    keyring.list(&origin(LOG), listed(OFFICER, Role::Officer, 5, Some(9))).unwrap();
    let out = Err(SignatureFault::KeyOutOfForce(officer()));
    assert_eq!([4, 5, 8, 9].map(|i| verify(&keyring, i)), [out.clone(), Ok(()), Ok(()), out]);
}

#[test]
fn a_revoked_key_s_earlier_records_stand_and_later_ones_do_not() {
    let mut keyring = keyring();
    let revoke = |last_good_size| Revocation { key: key(OFFICER).verifying_key(), last_good_size };
    keyring.revoke(&origin(LOG), revoke(20)).unwrap();
    keyring.revoke(&origin(LOG), revoke(12)).unwrap();
    assert_eq!(verify(&keyring, 11), Ok(()));
    let error = SignatureFault::KeyRevoked { key: officer(), last_good_size: 12 };
    assert_eq!(verify(&keyring, 12), Err(error));
    let unknown = Revocation { key: key(NEXT).verifying_key(), last_good_size: 0 };
    let fault = keyring.revoke(&origin(LOG), unknown).unwrap_err().what;
    assert_eq!(fault, KeyringFault::NotListed(key(NEXT).name().clone()));
}

#[test]
fn a_record_of_an_unknown_log_has_no_keys() {
    assert_eq!(verify(&Keyring::new(), 0), Err(SignatureFault::UnknownLog));
}

#[test]
fn a_new_epoch_ends_the_old_log_and_begins_with_its_own_key() {
    let mut keyring = keyring();
    let statement = epoch().sign(&key(ROOT));
    assert_eq!(keyring.open_epoch(&statement), Ok(epoch()));
    assert_eq!(verify(&keyring, 6), Ok(()));
    let ended = SignatureFault::EpochEnded { last_good_size: 7 };
    assert_eq!(verify(&keyring, 7), Err(ended));
    assert_eq!(keyring.log(&origin(NEXT)).unwrap().log_key(), &key(NEXT).verifying_key());
    // The same statement again, from another peer, changes nothing; another one is refused.
    assert_eq!(keyring.open_epoch(&statement), Ok(epoch()));
    let other = Epoch { last_good_size: 3, ..epoch() }.sign(&key(ROOT));
    assert_eq!(keyring.open_epoch(&other), Err(KeyringFault::EndedOtherwise));
}

#[test]
fn an_epoch_that_the_root_key_did_not_open_is_refused() {
    let mut keyring = keyring();
    let open = |keyring: &mut Keyring, epoch: &Epoch, by: &str| {
        keyring.open_epoch(&epoch.sign(&key(by))).unwrap_err()
    };
    assert_eq!(open(&mut keyring, &epoch(), LOG), KeyringFault::NotSigned);
    let changed = String::from_utf8(epoch().sign(&key(ROOT))).unwrap();
    let changed = changed.replace(r#""last_good_size":7"#, r#""last_good_size":8"#);
    let fault = keyring.open_epoch(changed.as_bytes()).unwrap_err();
    assert_eq!(fault, KeyringFault::NotSigned);
    for new in [
        "six-rivers.example/orvessa/3",
        "six-rivers.example/talmera/2",
        "six-rivers.example/orvessa/02",
    ] {
        let fault = open(&mut keyring, &Epoch { new: origin(new), ..epoch() }, ROOT);
        assert_eq!(fault, KeyringFault::NotNext(origin(new)));
    }
    let newer = changed.replace(r#""v":1"#, r#""v":2"#);
    assert_eq!(keyring.open_epoch(newer.as_bytes()), Err(KeyringFault::NodeTooOld(2)));
    let key = key(OFFICER).verifying_key();
    let fault = open(&mut keyring, &Epoch { key, ..epoch() }, ROOT);
    assert_eq!(fault, KeyringFault::OtherName(officer()));
    assert!(keyring.log(&origin(NEXT)).is_none());
}

#[test]
fn a_witness_key_signs_no_records() {
    let mut keyring = keyring();
    let witness = witness_key("six-rivers.example/orvessa/witness").verifying_key();
    let name = witness.name().clone();
    let listed = ListedKey { key: witness, role: Role::Officer, from: LeafIndex(0), until: None };
    let fault = keyring.list(&origin(LOG), listed.clone()).unwrap_err().what;
    assert_eq!(fault, KeyringFault::Algorithm(name));
    let role = Role::Witness;
    assert_eq!(keyring.list(&origin(LOG), ListedKey { role, ..listed }), Ok(()));
}
