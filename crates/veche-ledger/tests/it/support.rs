//! An organisation to test with: keys from fixed seeds, a log of a few records.

use veche_ledger::checkpoint::SignedCheckpoint;
use veche_ledger::key::{CosigningKey, SigningKey};
use veche_ledger::keyring::{Keyring, ListedKey, Role};
use veche_ledger::record::Header;
use veche_ledger::tree::{Frontier, leaf_hash, node_hash};
use veche_ledger::{
    Checkpoint, Domain, Draft, Hash, KeyName, Kind, Label, LeafIndex, Opening, Origin, UnixSeconds,
};

pub(crate) const LOG: &str = "six-rivers.example/orvessa/1";
pub(crate) const OFFICER: &str = "six-rivers.example/orvessa/officer-1";
pub(crate) const ROOT: &str = "six-rivers.example/orvessa/root";
pub(crate) const WITNESS: &str = "six-rivers.example/talmera/witness";

pub(crate) fn origin(text: &str) -> Origin {
    Origin::parse(text).unwrap()
}

pub(crate) fn name(text: &str) -> KeyName {
    KeyName::parse(text).unwrap()
}

/// A key whose seed is the hash of its name.
pub(crate) fn key(text: &str) -> SigningKey {
    SigningKey::from_seed(name(text), &Hash::of(&[text.as_bytes()]).0)
}

pub(crate) fn witness_key(text: &str) -> CosigningKey {
    CosigningKey::from_seed(name(text), &Hash::of(&[text.as_bytes()]).0)
}

pub(crate) fn listed(text: &str, role: Role, from: u64, until: Option<u64>) -> ListedKey {
    let key = key(text).verifying_key();
    ListedKey { key, role, from: LeafIndex(from), until: until.map(LeafIndex) }
}

/// Root, log and officer of one log.
pub(crate) fn keyring() -> Keyring {
    let mut keyring = Keyring::new();
    keyring.add_log(&origin(LOG), key(ROOT).verifying_key(), key(LOG).verifying_key()).unwrap();
    keyring.list(&origin(LOG), listed(OFFICER, Role::Officer, 0, None)).unwrap();
    keyring
}

pub(crate) fn terms() -> Opening {
    Opening { salt: [7; 32], bytes: br#"{"stance":"agree"}"#.to_vec() }
}

pub(crate) fn header() -> Header {
    Header {
        about: Vec::new(),
        annex: Vec::new(),
        audience: None,
        charter: Hash::of(&[b"charter"]),
        drill: false,
        kind: Kind::parse("position").unwrap(),
        label: Label::parse("members").unwrap(),
        log: origin(LOG),
        seen: Vec::new(),
        terms: terms().commit(Domain::Terms),
        time: UnixSeconds::parse("2026-11-22T05:42:10Z").unwrap(),
    }
}

/// A record that differs from others by its number.
pub(crate) fn entry(n: u64) -> Vec<u8> {
    let time = UnixSeconds(1_800_000_000 + n);
    Draft::new(Header { time, ..header() }).unwrap().sign(&[&key(OFFICER)]).unwrap()
}

/// The nodes of a tree over `n` leaves, each the hash of its number, by level.
pub(crate) struct Nodes(Vec<Vec<Hash>>);

impl Nodes {
    pub(crate) fn new(n: u64) -> Self {
        Self::of((0..n).map(|i| leaf_hash(&i.to_be_bytes())).collect())
    }

    pub(crate) fn of(leaves: Vec<Hash>) -> Self {
        let mut levels = vec![leaves];
        while let Some(below) = levels.last().filter(|level| level.len() > 1) {
            let (pairs, _) = below.as_chunks::<2>();
            levels.push(pairs.iter().map(|[left, right]| node_hash(*left, *right)).collect());
        }
        Self(levels)
    }

    pub(crate) fn get(&self, level: u32, index: u64) -> Option<Hash> {
        let level = self.0.get(usize::try_from(level).ok()?)?;
        level.get(usize::try_from(index).ok()?).copied()
    }

    pub(crate) fn leaf(&self, index: u64) -> Hash {
        self.get(0, index).unwrap()
    }

    pub(crate) fn root(&self, size: u64) -> Hash {
        let mut frontier = Frontier::new();
        (0..size).for_each(|i| frontier.append(self.leaf(i)));
        frontier.root()
    }
}

pub(crate) fn checkpoint(size: u64, root: Hash) -> SignedCheckpoint {
    Checkpoint { origin: origin(LOG), size, root }.sign(&key(LOG))
}
