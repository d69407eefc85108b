//! Nodes of one process, played by hand under a clock of their own: what the properties and the certificates are made of.

use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::path::Path;
use veche_charter::{Charter, with_keys};
use veche_council::certificate::Certificate;
use veche_ledger::json::{Value, parse_human};
use veche_ledger::record::Draft;
use veche_ledger::{Hash, Kind, Label, Origin, PartyId, Seconds, UnixSeconds};
use veche_node::keys::{PartySecrets, exercise_keys, exercise_pairs};
use veche_node::network::Network;
use veche_node::node::{Appended, Node, NodeError, Statement};
use veche_node::store::Store;

/// What all keys of these tests are made from.
const SEED: &str = "proofs";

/// Epochs for which a party of these tests has a log key.
const EPOCHS: u32 = 2;

/// Nodes, what they agree on, and the time.
pub(crate) struct World {
    pub(crate) network: Network,
    pub(crate) charter: Charter,
    pub(crate) bytes: Vec<u8>,
    pub(crate) now: UnixSeconds,
}

impl World {
    /// Opens a node for each party that no other hosts, under a charter's text.
    pub(crate) fn new(charter: &str) -> Self {
        let checked =
            Charter::load(charter.as_bytes(), "charter.toml").expect("the template is a charter");
        let keys: BTreeMap<PartyId, _> =
            checked.parties.keys().map(|p| (p.clone(), secrets(&checked, p).public())).collect();
        let bytes = with_keys(charter, &keys).into_bytes();
        let charter =
            Charter::load(&bytes, "charter.toml").expect("the charter with its keys is one");
        let now = UnixSeconds::parse("2027-03-01T09:00:00Z").expect("a time");
        let mut world = Self { network: Network::default(), charter, bytes, now };
        let hosts = world.charter.parties.iter().filter(|(_, entry)| entry.hosted_by.is_none());
        let hosts: Vec<PartyId> = hosts.map(|(party, _)| party.clone()).collect();
        let open = |host: &PartyId| world.open_node(host, Store::in_memory().expect("a store"), 0);
        world.network = Network::new(hosts.iter().map(open).collect());
        // A log that is empty has no head, and no decision can be closed without every member's.
        for host in &hosts {
            world.node_mut(host.as_str()).log_digest(now).expect("a first record");
        }
        world.network.exchange(now).expect("an exchange");
        world
    }

    /// Opens a party's node over a store. `run`: another number gives other salts, as a restart does.
    pub(crate) fn open_node(&self, party: &PartyId, store: Store, run: u64) -> Node {
        let kept = self.charter.parties.iter();
        let kept = kept.filter(|(other, entry)| entry.hosted_by.as_ref().unwrap_or(other) == party);
        let kept = kept.map(|(other, _)| (other.clone(), secrets(&self.charter, other))).collect();
        let (mut counter, name) = (0u64, party.to_string());
        let salts = Box::new(move || {
            counter += 1;
            Hash::of(&[name.as_bytes(), &run.to_be_bytes(), &counter.to_be_bytes()]).0
        });
        Node::open(party.clone(), store, &self.bytes, kept, salts).expect("the node opens")
    }

    /// Opens the node of a party that a change of the charter brought, with nothing in its store, and joins it to the others.
    pub(crate) fn join(&mut self, party: &str) {
        let party = id(party);
        let kept = BTreeMap::from([(party.clone(), secrets(&self.charter, &party))]);
        let (mut counter, name) = (0u64, party.to_string());
        let salts = Box::new(move || {
            counter += 1;
            Hash::of(&[name.as_bytes(), &counter.to_be_bytes()]).0
        });
        let store = Store::in_memory().expect("a store");
        let node = Node::open(party, store, &self.bytes, kept, salts).expect("the node opens");
        self.network.join(node);
        self.network.exchange(self.now).expect("an exchange");
    }

    /// Returns all keys of a party: of its node and its officers.
    pub(crate) fn keys(&self, party: &str) -> PartySecrets {
        secrets(&self.charter, &id(party))
    }

    /// Lets the clock run, without anybody doing anything.
    pub(crate) fn wait(&mut self, minutes: u64) {
        self.now = self.now + Seconds::minutes(minutes);
    }

    /// An officer says something; it travels to all who can be reached. Returns its leaf.
    pub(crate) fn say(&mut self, party: &str, kind: &str, about: &[Hash], terms: &Json) -> Hash {
        let statement = statement(party, kind, about, terms);
        self.network.say(&statement, self.now).expect("it is said").leaf
    }

    /// Says something whatever its parts.
    pub(crate) fn state(&mut self, statement: &Statement) -> Result<Appended, NodeError> {
        self.network.say(statement, self.now)
    }

    /// An officer signs a statement that names a charter of the officer's choice; it travels to all. Returns its leaf.
    pub(crate) fn say_under(&mut self, statement: &Statement, charter: Hash) -> Hash {
        let (now, party) = (self.now, statement.party.as_str());
        let keys = self.keys(party);
        let node = self.node_mut(party);
        node.flush(now).expect("a flush");
        let (draft, opening) = node.prepare(statement, now).expect("a draft");
        let header = veche_ledger::record::Header { charter, ..draft.header().clone() };
        let draft = Draft::new(header).expect("a draft");
        let leaf = draft.sign(&[&keys.officers["duty"]]).expect("it is signed");
        let leaf = node.submit(&leaf, &opening, 0, now).expect("it is taken").leaf;
        self.network.exchange(now).expect("an exchange");
        leaf
    }

    /// Cuts a party's node off, or joins it again and lets what waited travel.
    pub(crate) fn cut_off(&mut self, party: &str, is_cut_off: bool) {
        self.network.set_cut_off(&id(party), is_cut_off);
        self.network.exchange(self.now).expect("an exchange");
    }

    /// Closes a procedure by a party's node.
    pub(crate) fn close(&mut self, party: &str, procedure: &Hash) -> Result<Appended, NodeError> {
        self.network.close(&id(party), procedure, self.now)
    }

    /// Returns the node of a party.
    pub(crate) fn node(&self, party: &str) -> &Node {
        self.network.node(&id(party)).expect("a party of the charter")
    }

    /// Returns the node of a party.
    pub(crate) fn node_mut(&mut self, party: &str) -> &mut Node {
        self.network.node_mut(&id(party)).expect("a party of the charter")
    }

    /// Returns a certificate as a node makes it.
    pub(crate) fn certificate(&self, party: &str, procedure: &Hash) -> Certificate {
        self.node(party).certificate(procedure).expect("it is decided")
    }

    /// Returns the state of a unit as a party's node sees it now.
    pub(crate) fn state_of(&self, party: &str, procedure: &Hash, unit: usize) -> String {
        let view = self.node(party).council().procedure(procedure, self.now).expect("it is there");
        view.units.get(unit).map_or_else(|| "not begun".to_owned(), |unit| unit.state.clone())
    }

    /// Withdraws an officer's key with the root key: the last `doubtful` records wait.
    pub(crate) fn revoke(&mut self, party: &str, officer: &str, doubtful: u64) {
        let organisation = self.charter.organisation.clone();
        let size = self.node(party).size_of(&self.log(party, 1)) - doubtful;
        let terms = serde_json::json!({
            "key": format!("{organisation}/{party}/{officer}"), "last_good_size": size, "reason": "lost"});
        let mut revocation = statement(party, "revocation", &[], &terms);
        revocation.officers = vec!["root".to_owned()];
        revocation.label = Some(self.charter.default_label.clone());
        self.state(&revocation).expect("the root key withdraws a key");
    }

    /// Opens the second epoch of a party's log: all of the first that its node holds stands.
    pub(crate) fn open_epoch(&mut self, party: &str) {
        let (now, log) = (self.now, self.log(party, 1));
        let node = self.node_mut(party);
        let head = node.heads().find(|head| head.log == log).expect("the party has a log");
        node.open_next_epoch(&id(party), &head, now).expect("the root key opens an epoch");
        self.network.exchange(now).expect("an exchange");
    }

    /// Returns the origin of a party's log.
    pub(crate) fn log(&self, party: &str, epoch: u32) -> Origin {
        Origin::parse(&format!("{}/{party}/{epoch}", self.charter.organisation)).expect("an origin")
    }
}

/// What the title of a charter ends with whose parties all have pairs of keys.
const WITH_PAIRS: &str = "with pairs of keys";

/// Returns a charter whose parties all have pairs of keys, ML-DSA-44 beside Ed25519.
pub(crate) fn with_pairs(charter: &str) -> String {
    edited(charter, "Two Banks Accord", &format!("Two Banks Accord, {WITH_PAIRS}"))
}

/// Returns all keys of a party: of its node and its officers.
pub(crate) fn secrets(charter: &Charter, party: &PartyId) -> PartySecrets {
    let make = if charter.title.ends_with(WITH_PAIRS) { exercise_pairs } else { exercise_keys };
    make(SEED, charter, party, &[], EPOCHS).expect("keys")
}

/// Returns a party's name.
pub(crate) fn id(party: &str) -> PartyId {
    PartyId::parse(party).expect("a party's name")
}

/// Returns a statement by a party's duty officer.
pub(crate) fn statement(party: &str, kind: &str, about: &[Hash], terms: &Json) -> Statement {
    Statement {
        party: id(party),
        officers: vec!["duty".to_owned()],
        kind: Kind::parse(kind).expect("a kind"),
        label: None,
        about: about.to_vec(),
        drill: true,
        terms: value(terms),
    }
}

/// Returns a label.
pub(crate) fn label(text: &str) -> Label {
    Label::parse(text).expect("a label")
}

/// Returns terms.
pub(crate) fn value(terms: &Json) -> Value {
    parse_human(&terms.to_string()).expect("terms")
}

/// Returns the text of a shipped charter.
pub(crate) fn charter_text(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../charters");
    std::fs::read_to_string(folder.join(name).join("charter.toml")).expect("a shipped charter")
}

/// Returns a text with a part replaced that must be there once at least.
pub(crate) fn edited(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "the charter has no `{from}`");
    text.replace(from, to)
}

/// The towns of [`six_towns`].
pub(crate) const TOWNS: [&str; 6] = ["arven", "belm", "corin", "dovar", "elsin", "farro"];

/// Returns the Two Banks Accord with six towns instead of two, who alone witness, and with amendments and reservations: as
/// small as a charter with `q = 4` and one colluding witness can be.
pub(crate) fn six_towns() -> String {
    let text = charter_text("two-banks");
    let text =
        edited(&text, "by = [\"member\", \"staff\"]\nquorum = 2", "by = [\"member\"]\nquorum = 4");
    let more: String = TOWNS[2..]
        .iter()
        .map(|town| {
            format!(
                "[parties.{town}]\nname = \"{town}\"\nstatus = \"member\"\nzone = \"+01:00\"\n\n"
            )
        })
        .collect();
    let text = edited(&text, "[parties.office]", &format!("{more}[parties.office]"));
    let text =
        edited(&text, "adopt = { none = [\"no\"] }", "adopt = { none = [\"no\", \"amend\"] }");
    let amend = "on = [\n  { ev = \"position\", pos = [\"amend\"], by = \"status:member\", to = \"broken\", article = \"3\" },\n  ";
    let text = edited(
        &text,
        "on = [{ ev = \"position\", pos = [\"no\"], by = \"status:member\", to = \"broken\", article = \"3\" }]",
        &format!(
            "{amend}{{ ev = \"position\", pos = [\"no\"], by = \"status:member\", to = \"broken\", article = \"3\" }},\n]"
        ),
    );
    let text = edited(
        &text,
        "about = [\"proposal\"]\nabout_required = true",
        "about = [\"proposal\", \"amendment\"]\nabout_required = true",
    );
    format!(
        "{text}\n[acts.amendment]\ntitle = \"Amendment\"\nabout = [\"proposal\", \"amendment\"]\nabout_required = true\nevent = \"position\"\n\
         position = \"amend\"\nfields = {{ title = \"text!\", paragraphs = \"paragraphs!\" }}\nopens = \"silence\"\nper_paragraph = true\n\
         register = \"proposals\"\nnumber = \"P\"\narticle = \"3\"\n\n\
         [acts.reservation]\ntitle = \"Reservation\"\nabout_required = true\nannotates = {{ changes_binding = true }}\n\
         fields = {{ paragraphs = \"other\", text = \"text!\" }}\narticle = \"3\"\n"
    )
}

/// Returns [`six_towns`], of which one has no node: another keeps its log.
pub(crate) fn hosted_town() -> String {
    let farro = "name = \"farro\"\nstatus = \"member\"";
    edited(&six_towns(), farro, &format!("{farro}\nhosted_by = \"elsin\""))
}
