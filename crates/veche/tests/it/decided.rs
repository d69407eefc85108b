//! A decision made in memory: six members' logs, a text that nobody objects to, its certificate.

use std::collections::BTreeMap;
use std::sync::Arc;
use veche_charter::model::PartyKeys;
use veche_charter::{Charter, with_keys};
use veche_council::certificate::{Sources, assemble};
use veche_council::closing::{HeadCosignature, HeadEvidence};
use veche_council::times::witnesses;
use veche_council::{Council, Head, ingest};
use veche_ledger::record::{Draft, Header, Record, Signed};
use veche_ledger::tree::{frontier_at, leaf_hash, node_hash};
use veche_ledger::{
    Checkpoint, Commitment, Cosignature, CosigningKey, Domain, Hash, KeyName, Keyring, Kind,
    LeafIndex, NoteSignature, Opening, Origin, PartyId, SigningKey, UnixSeconds, Value,
};

const TEMPLATE: &str = include_str!("../../../../charters/six-rivers/charter.toml");
const MEMBERS: [&str; 6] = ["halcis", "lurien", "mirez", "orvessa", "quorrin", "tamrin"];
/// Who tables the text.
const AUTHOR: &str = "orvessa";
/// 2027-01-15 08:00 UTC.
const TABLED_AT: u64 = 1_800_000_000;
/// When the other members' nodes have it.
const HELD_AT: u64 = TABLED_AT + 60;
/// Ten minutes after the six hours of an urgent text.
const HEADS_AT: u64 = HELD_AT + 6 * 3600 + 600;

/// A certificate with the hash of its charter.
pub(crate) struct Decided {
    pub(crate) charter: Hash,
    pub(crate) opener: Hash,
    pub(crate) certificate: Vec<u8>,
}

/// The same decision each time, with these words as the text's title.
pub(crate) fn decided(title: &str) -> Decided {
    let mut book = Book::new();
    let paragraph =
        Value::map([("n", Value::Int(1)), ("text", "The bridges stay open to relief.".into())]);
    let terms = Value::map([
        ("title", title.into()),
        ("urgency", "urgent".into()),
        ("paragraphs", Value::List(vec![paragraph])),
    ]);
    let opener = book.say(AUTHOR, "proposal", Vec::new(), &terms, TABLED_AT);
    let head = book.head(AUTHOR);
    let row = Value::List(vec![
        Value::text(&head.log),
        Value::int(head.size).unwrap(),
        Value::text(head.root),
    ]);
    let held = Value::map([("heads", Value::List(vec![row])), ("time", time(HELD_AT))]);
    for member in MEMBERS.into_iter().filter(|member| *member != AUTHOR) {
        book.say(member, "witness", Vec::new(), &held, HELD_AT);
    }
    book.council.settle();
    let (cut, evidence) = book.evidence(HEADS_AT);
    let closing = book.council.prepare_closing(&opener, cut, evidence).unwrap();
    book.say(AUTHOR, "closing", vec![opener], &closing.to_value(), HEADS_AT);
    book.council.settle();
    let charter = book.council.charter().hash;
    Decided { charter, opener, certificate: book.certificate(&opener) }
}

fn time(at: u64) -> Value {
    Value::text(UnixSeconds(at))
}

/// A member's keys and what it said.
struct Member {
    log: Origin,
    node: SigningKey,
    officer: SigningKey,
    witness: CosigningKey,
    leaves: Vec<Vec<u8>>,
    openings: Vec<(Hash, Vec<u8>)>,
}

impl Member {
    fn new(organisation: &str, party: &str) -> Self {
        let name = |role: &str| KeyName::parse(&format!("{organisation}/{party}/{role}")).unwrap();
        // Keys that anyone can make protect nothing, and a test needs no more.
        let seed = |role: &str| Hash::of(&[party.as_bytes(), role.as_bytes()]).0;
        Self {
            log: Origin::parse(&format!("{organisation}/{party}/1")).unwrap(),
            node: SigningKey::from_seed(name("1"), &seed("1")),
            officer: SigningKey::from_seed(name("delegate"), &seed("delegate")),
            witness: CosigningKey::from_seed(name("witness"), &seed("witness")),
            leaves: Vec::new(),
            openings: Vec::new(),
        }
    }

    fn keys(&self, root: &SigningKey) -> PartyKeys {
        PartyKeys {
            root: Some(root.verifying_key().to_string()),
            log: Some(self.node.verifying_key().to_string()),
            witness: Some(self.witness.verifying_key().to_string()),
            officers: BTreeMap::from([(
                "delegate".to_owned(),
                self.officer.verifying_key().to_string(),
            )]),
        }
    }

    /// A node of the log's tree, worked out from its leaves.
    fn tree_node(&self, level: u32, index: u64) -> Option<Hash> {
        match level.checked_sub(1) {
            None => self.leaves.get(usize::try_from(index).ok()?).map(|leaf| leaf_hash(leaf)),
            Some(below) => {
                let (left, right) = (2 * index, 2 * index + 1);
                Some(node_hash(self.tree_node(below, left)?, self.tree_node(below, right)?))
            }
        }
    }

    fn checkpoint(&self, size: u64) -> Checkpoint {
        let root = frontier_at(size, &|level, index| self.tree_node(level, index)).unwrap().root();
        Checkpoint { origin: self.log.clone(), size, root }
    }
}

/// All logs, and the fold over them: a node that has heard everything at once.
struct Book {
    keyring: Keyring,
    council: Council,
    members: BTreeMap<&'static str, Member>,
}

impl Book {
    fn new() -> Self {
        let template = Charter::load(TEMPLATE.as_bytes(), "template").unwrap();
        let members: BTreeMap<_, _> =
            MEMBERS.map(|party| (party, Member::new(&template.organisation, party))).into();
        let keys = members.iter().map(|(party, member)| {
            let name = KeyName::parse(&format!("{}/{party}/root", template.organisation)).unwrap();
            let root = SigningKey::from_seed(name, &Hash::of(&[party.as_bytes(), b"root"]).0);
            (PartyId::parse(party).unwrap(), member.keys(&root))
        });
        let charter = with_keys(TEMPLATE, &keys.collect()).into_bytes();
        let loaded = Arc::new(Charter::load(&charter, "charter.toml").unwrap());
        let keyring = ingest::keyring(&loaded).unwrap();
        Self { keyring, council: Council::new(loaded), members }
    }

    /// Signs a record, adds it to its member's log and to the fold, and returns its leaf hash.
    fn say(&mut self, party: &str, kind: &str, about: Vec<Hash>, terms: &Value, at: u64) -> Hash {
        let member = self.members.get_mut(party).unwrap();
        let index = member.leaves.len();
        let salt = Hash::of(&[party.as_bytes(), b"salt", &[u8::try_from(index).unwrap()]]).0;
        let opening = Opening { salt, bytes: terms.to_bytes() };
        let commitment: Commitment = opening.commit(Domain::Terms);
        let commit = commitment.commit;
        let header = Header {
            about,
            annex: Vec::new(),
            audience: None,
            charter: self.council.charter().hash,
            drill: false,
            kind: Kind::parse(kind).unwrap(),
            label: self.council.charter().default_label.clone(),
            log: member.log.clone(),
            seen: Vec::new(),
            terms: commitment,
            time: UnixSeconds(at),
        };
        // Acts are an officer's to sign; what the fold itself knows is the node's.
        let key = if kind == "proposal" { &member.officer } else { &member.node };
        let leaf = Draft::new(header).unwrap().sign(&[key]).unwrap();
        let place = LeafIndex(u64::try_from(index).unwrap());
        let record = Record::decode(&member.log, place, &leaf).unwrap();
        let signed = Signed::verify(record, &self.keyring).unwrap();
        let entry = ingest::entry(&signed, Some(&opening), self.council.for_all()).unwrap();
        self.council.apply(entry).unwrap();
        member.openings.push((commit, opening.to_bytes()));
        member.leaves.push(leaf);
        signed.record().leaf()
    }

    fn head(&self, party: &str) -> Head {
        let member = &self.members[party];
        let size = u64::try_from(member.leaves.len()).unwrap();
        let Checkpoint { origin, size, root } = member.checkpoint(size);
        Head { log: origin, size, root }
    }

    /// Every log's head, each cosigned by its own node and by as many witnesses as the charter asks.
    fn evidence(&self, at: u64) -> (Vec<Head>, Vec<HeadEvidence>) {
        let charter = self.council.charter();
        let quorum = usize::try_from(charter.witnessing.quorum).unwrap();
        let (mut cut, mut evidence) = (Vec::new(), Vec::new());
        for (party, member) in &self.members {
            let head = self.head(party);
            let owner = PartyId::parse(party).unwrap();
            let is_witness =
                |other: &&str| witnesses(charter, &PartyId::parse(other).unwrap(), &owner);
            let others = self.members.keys().copied().filter(is_witness).take(quorum);
            let mut cosignatures: Vec<HeadCosignature> = std::iter::once(*party)
                .chain(others)
                .map(|signer| {
                    let key = &self.members[signer].witness;
                    let checkpoint = member.checkpoint(head.size);
                    let cosignature = Cosignature::sign(&checkpoint, UnixSeconds(at), key);
                    let line = cosignature.line().to_string();
                    HeadCosignature {
                        time: cosignature.time(),
                        witness: cosignature.witness().clone(),
                        signature: line.rsplit(' ').next().unwrap().to_owned(),
                    }
                })
                .collect();
            cosignatures.sort();
            evidence.push(HeadEvidence { log: head.log.clone(), cosignatures });
            cut.push(head);
        }
        (cut, evidence)
    }

    fn certificate(&self, opener: &Hash) -> Vec<u8> {
        let of = |log: &Origin| self.members.get(log.party());
        let at = |index: u64| usize::try_from(index).unwrap();
        let sources = Sources {
            leaf: &|log, index| of(log)?.leaves.get(at(index)).cloned(),
            opening: &|log, index| of(log)?.openings.get(at(index)).cloned(),
            node: &|log, level, index| of(log)?.tree_node(level, index),
            checkpoint_line: &|log, size| {
                let member = of(log)?;
                Some(NoteSignature::sign(&member.checkpoint(size).to_string(), &member.node))
            },
        };
        assemble(&self.council, opener, &sources).unwrap().to_bytes()
    }
}
