//! Records as nodes write them, in the mix of the fold's benchmark: each signed by the key that its party's charter lists.

use std::collections::BTreeMap;
use veche_charter::{Charter, with_keys};
use veche_council::{Entry, Head, SignerRole, Terms};
use veche_ledger::json::Value;
use veche_ledger::{
    Checkpoint, Domain, Draft, Frontier, Hash, Header, NoteSignature, Opening, Origin, PartyId,
    SigningKey, UnixSeconds, parse_canonical,
};
use veche_node::keys::{PartySecrets, exercise_keys};
use veche_node::store::StoredEntry;

/// What keys and salts are made from.
const SEED: &str = "benchmark";

/// A charter with everybody's keys.
pub(crate) struct Parties {
    pub(crate) charter: Charter,
    pub(crate) bytes: Vec<u8>,
    secrets: BTreeMap<PartyId, PartySecrets>,
}

impl Parties {
    /// Lists keys for the parties of the Six Rivers Compact.
    pub(crate) fn new() -> Self {
        let text = include_str!("../../../charters/six-rivers/charter.toml");
        let bare = Charter::load(text.as_bytes(), "charter.toml").expect("the charter is sound");
        let keys = bare.parties.keys().map(|party| (party.clone(), secrets(&bare, party)));
        let secrets: BTreeMap<PartyId, PartySecrets> = keys.collect();
        let public = secrets.iter().map(|(party, keys)| (party.clone(), keys.public())).collect();
        let bytes = with_keys(text, &public).into_bytes();
        let charter = Charter::load(&bytes, "charter.toml").expect("the charter has keys");
        Self { charter, bytes, secrets }
    }

    /// Returns a party's keys, for a node of its own.
    pub(crate) fn secrets(&self, party: &PartyId) -> PartySecrets {
        secrets(&self.charter, party)
    }

    fn of_log(&self, log: &Origin) -> &PartySecrets {
        let party = PartyId::parse(log.party()).expect("a log is a party's");
        self.secrets.get(&party).expect("each party has keys")
    }

    /// Returns the log key's line on the checkpoint of a tree.
    pub(crate) fn line(&self, log: &Origin, tree: &Frontier) -> String {
        let head = Checkpoint { origin: log.clone(), size: tree.size(), root: tree.root() };
        let key = self.of_log(log).logs.get(&1).expect("a log has a key");
        NoteSignature::sign(&head.to_string(), key).to_string()
    }

    fn key(&self, log: &Origin, role: SignerRole) -> (&SigningKey, &'static str) {
        let keys = self.of_log(log);
        match role {
            SignerRole::Officer => (keys.officers.get("duty").expect("a duty officer"), "officer"),
            SignerRole::Node => (keys.logs.get(&1).expect("a log has a key"), "log"),
            SignerRole::Root => (keys.root.as_ref().expect("a root key"), "root"),
        }
    }
}

fn secrets(charter: &Charter, party: &PartyId) -> PartySecrets {
    exercise_keys(SEED, charter, party, &[], 1).expect("names of keys")
}

/// Writes one entry of the fold after the other as a signed record. What an entry refers to by the fold's own names is put
/// in terms of the records' hashes and the logs' roots.
pub(crate) struct Writer<'a> {
    parties: &'a Parties,
    trees: BTreeMap<Origin, Frontier>,
    leaves: BTreeMap<Hash, Hash>,
    written: u64,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(parties: &'a Parties) -> Self {
        Self { parties, trees: BTreeMap::new(), leaves: BTreeMap::new(), written: 0 }
    }

    /// Signs an entry and returns what a store keeps of it.
    pub(crate) fn write(&mut self, entry: &Entry) -> StoredEntry {
        let Terms::Held(terms) = &entry.terms else { panic!("generated terms are held") };
        let bytes = if entry.is_system() { self.with_roots(terms) } else { terms.to_vec() };
        let salt = Hash::of(&[SEED.as_bytes(), &self.written.to_be_bytes()]).0;
        let opening = Opening { salt, bytes };
        let header = Header {
            about: entry.about.iter().filter_map(|leaf| self.leaves.get(leaf).copied()).collect(),
            annex: Vec::new(),
            audience: None,
            charter: self.parties.charter.hash,
            drill: entry.drill,
            kind: entry.kind.clone(),
            label: entry.label.clone(),
            log: entry.log.clone(),
            seen: entry.seen.iter().filter_map(|head| self.head(head)).collect(),
            terms: opening.commit(Domain::Terms),
            time: entry.time,
        };
        let signer = entry.signers.first().expect("an entry has a signer");
        let (key, role) = self.parties.key(&entry.log, signer.role);
        let leaf = Draft::new(header).expect("a sound header").sign(&[key]).expect("a signature");
        let hash = veche_ledger::tree::leaf_hash(&leaf);
        self.trees.entry(entry.log.clone()).or_default().append(hash);
        if !entry.is_system() {
            self.leaves.insert(entry.leaf, hash);
        }
        self.written += 1;
        let signers = format!("{} {role}", key.name());
        StoredEntry { leaf, opening: Some(opening.to_bytes()), signers }
    }

    fn head(&self, head: &Head) -> Option<Checkpoint> {
        let tree = self.trees.get(&head.log)?;
        assert_eq!(tree.size(), head.size, "a generated record cites the newest head");
        Some(Checkpoint { origin: head.log.clone(), size: tree.size(), root: tree.root() })
    }

    /// A receipt states the roots of the trees as they are.
    fn with_roots(&self, terms: &[u8]) -> Vec<u8> {
        let mut terms = parse_canonical(terms).expect("canonical terms");
        if let Value::Map(map) = &mut terms
            && let Some(Value::List(heads)) = map.get_mut("heads")
        {
            for head in heads {
                let Value::List(row) = head else { continue };
                let log = row.first().and_then(Value::as_text).expect("a log");
                let tree = &self.trees[&Origin::parse(log).expect("an origin")];
                assert_eq!(row.get(1).and_then(Value::as_size), Some(tree.size()));
                row[2] = Value::text(tree.root());
            }
        }
        terms.to_bytes()
    }
}

/// Returns the last instant that entries speak of.
pub(crate) fn last_time(entries: &[Entry]) -> UnixSeconds {
    entries.iter().map(|entry| entry.time).max().unwrap_or_default()
}
