//! What it costs to verify a record in full, beside the bare signature check of the same bytes.
//!
//! "Full" is: decode with the canonical check, strict Ed25519, leaf hash, frontier append, commitment of the terms.
//! On one thread, and on two that share no data.
#![expect(clippy::unwrap_used, reason = "a failed set-up fails the benchmark")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ed25519_dalek::{Signature, VerifyingKey};
use std::hint::black_box;
use veche_ledger::keyring::{Keyring, ListedKey, Role};
use veche_ledger::note::SignatureStanding;
use veche_ledger::{
    Domain, Draft, Frontier, Hash, Header, KeyName, Kind, Label, LeafIndex, Note, Opening, Origin,
    Record, Signed, SigningKey, UnixSeconds,
};

/// Records of one run: enough to leave the first caches.
const RECORDS: u64 = 256;

const LOG: &str = "six-rivers.example/orvessa/1";

struct Bench {
    log: Origin,
    keyring: Keyring,
    entries: Vec<(Vec<u8>, Opening)>,
    bare: Vec<(Vec<u8>, Signature)>,
    point: VerifyingKey,
}

fn key(name: &str) -> SigningKey {
    SigningKey::from_seed(KeyName::parse(name).unwrap(), &Hash::of(&[name.as_bytes()]).0)
}

/// Makes records of about 1 KB, as a position with a few citations is, each with 1 KB of terms.
fn set_up() -> Bench {
    let (log, officer) = (Origin::parse(LOG).unwrap(), key("six-rivers.example/orvessa/officer-1"));
    let mut keyring = Keyring::new();
    let root = key("six-rivers.example/orvessa/root").verifying_key();
    keyring.add_log(&log, root, key(LOG).verifying_key()).unwrap();
    let listed = officer.verifying_key();
    let point = VerifyingKey::from_bytes(listed.as_bytes()).unwrap();
    let listed = ListedKey { key: listed, role: Role::Officer, from: LeafIndex(0), until: None };
    keyring.list(&log, listed).unwrap();
    let (mut entries, mut bare) = (Vec::new(), Vec::new());
    for n in 0..RECORDS {
        let opening = Opening { salt: [7; 32], bytes: vec![b'x'; 1024] };
        let header = Header {
            about: vec![Hash::of(&[&n.to_be_bytes()]); 6],
            annex: Vec::new(),
            audience: None,
            charter: Hash::of(&[b"charter"]),
            drill: false,
            kind: Kind::parse("position").unwrap(),
            label: Label::parse("members").unwrap(),
            log: log.clone(),
            seen: Vec::new(),
            terms: opening.commit(Domain::Terms),
            time: UnixSeconds(1_800_000_000 + n),
        };
        let bytes = Draft::new(header).unwrap().sign(&[&officer]).unwrap();
        let record = Record::decode(&log, LeafIndex(n), &bytes).unwrap();
        let line = record.note().signatures().first().unwrap();
        bare.push((
            record.note().text().as_bytes().to_vec(),
            Signature::from_slice(&line.bytes).unwrap(),
        ));
        entries.push((bytes, opening));
    }
    Bench { log, keyring, entries, bare, point }
}

impl Bench {
    fn verify_in_full(&self) -> Hash {
        let mut frontier = Frontier::new();
        for (index, (bytes, opening)) in (0..).map(LeafIndex).zip(&self.entries) {
            let record = Record::decode(&self.log, index, bytes).unwrap();
            let signed = Signed::verify(record, &self.keyring).unwrap();
            opening.check(Domain::Terms, &signed.record().header().terms).unwrap();
            frontier.append(signed.record().leaf());
        }
        frontier.root()
    }

    fn verify_bare(&self) {
        for (text, signature) in &self.bare {
            self.point.verify_strict(text, signature).unwrap();
        }
    }
}

/// Runs the work on two threads at once.
fn twice<T: Send>(work: impl Fn() -> T + Sync) {
    std::thread::scope(|scope| {
        let other = scope.spawn(|| black_box(work()));
        black_box(work());
        drop(other.join().unwrap());
    });
}

/// One record's text under one key and under a pair: what each signature costs to make and to check.
fn pairs(criterion: &mut Criterion) {
    let bench = set_up();
    let text = Record::decode(&bench.log, LeafIndex(0), &bench.entries[0].0).unwrap();
    let text = text.note().text().to_owned();
    let name = KeyName::parse("six-rivers.example/orvessa/officer-1").unwrap();
    let mut group = criterion.benchmark_group("pairs");
    group.throughput(Throughput::Elements(1));
    for (what, key) in [
        ("Ed25519", SigningKey::from_seed(name.clone(), &[1; 32])),
        ("Ed25519 and ML-DSA-44", SigningKey::pair_from_seed(name, &[1; 32])),
    ] {
        let note = Note::sign(&text, &key);
        let public = key.verifying_key();
        let is_good = || assert_eq!(note.standing_of(&public), SignatureStanding::Good);
        // Another text each time: how often ML-DSA-44 tries depends on the text.
        let mut n = 0_u64;
        group.bench_function(format!("sign, {what}"), |b| {
            b.iter(|| {
                n += 1;
                black_box(Note::sign(&format!("{n}\n"), &key))
            });
        });
        group.bench_function(format!("verify, {what}"), |b| b.iter(is_good));
        let vkey = public.to_string();
        group.bench_function(format!("read the public key, {what}"), |b| {
            b.iter(|| black_box(veche_ledger::VerifyingKey::parse(&vkey)));
        });
    }
    group.finish();
}

fn verify(criterion: &mut Criterion) {
    let bench = set_up();
    let mut group = criterion.benchmark_group("verify");
    group.throughput(Throughput::Elements(RECORDS));
    group.bench_function("full, one thread", |b| b.iter(|| black_box(bench.verify_in_full())));
    group.bench_function("bare Ed25519, one thread", |b| b.iter(|| bench.verify_bare()));
    group.throughput(Throughput::Elements(RECORDS * 2));
    group.bench_function("full, two threads", |b| b.iter(|| twice(|| bench.verify_in_full())));
    group.bench_function("bare Ed25519, two threads", |b| b.iter(|| twice(|| bench.verify_bare())));
    group.finish();
}

criterion_group!(benches, verify, pairs);
criterion_main!(benches);
