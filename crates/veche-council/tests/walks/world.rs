//! An organisation whose nodes hear everything at once.

use crate::row::{Row, seconds};
use std::collections::BTreeMap;
use std::sync::Arc;
use toml::Value as Toml;
use veche_charter::Charter;
use veche_council::closing::{HeadCosignature, HeadEvidence};
use veche_council::entry::{Entry, Head, Signer, SignerRole, Terms, WITNESS};
use veche_council::view::ProcedureView;
use veche_council::{ApplyError, Council};
use veche_ledger::json::Value;
use veche_ledger::{Hash, KeyName, Kind, Label, LeafIndex, Origin, PartyId, UnixSeconds};

/// When the play begins: 2026-11-22T05:00:00Z.
const START: u64 = 1_795_323_600;

/// Longer than any clock of the profile.
const LONG: u64 = 40 * 366 * 86_400;

#[derive(Clone)]
pub(crate) struct World {
    pub(crate) charter: Arc<Charter>,
    pub(crate) council: Council,
    pub(crate) now: u64,
    sizes: BTreeMap<PartyId, u64>,
    /// Statements with a name in the play.
    named: BTreeMap<String, Hash>,
    said: u64,
}

impl World {
    pub(crate) fn new(charter: Arc<Charter>) -> Self {
        let council = Council::new(Arc::clone(&charter));
        let sizes = charter.parties.keys().map(|party| (party.clone(), 0)).collect();
        Self { charter, council, now: START, sizes, named: BTreeMap::new(), said: 0 }
    }

    /// Says the first statements of a row's inject.
    pub(crate) fn play(&mut self, row: &Row, steps: usize) {
        for step in row.steps.iter().take(steps) {
            self.now = step.at.map_or(self.now + 1, |at| self.now.max(START + at));
            let about: Option<Vec<Hash>> =
                step.about.iter().map(|number| self.council.by_number(number)).collect();
            let Some(about) = about else {
                let articles: Vec<&str> =
                    self.charter.articles.keys().map(|a| a.as_str()).collect();
                let is_cut = row.articles.iter().any(|a| !articles.contains(&a.as_str()));
                assert!(is_cut, "row {}: nothing is numbered {:?}", row.number, step.about);
                continue;
            };
            let terms = terms(&step.terms);
            let leaf = self.say(&step.by, &step.kind, about, terms);
            if let Some(name) = &step.name {
                self.named.insert(name.clone(), leaf);
            }
        }
    }

    /// A party says something, and every other node states that it holds it.
    pub(crate) fn say(&mut self, party: &str, kind: &str, about: Vec<Hash>, terms: Value) -> Hash {
        let kind = Kind::parse(kind).unwrap();
        let act = self.charter.acts.get(&kind);
        let label = act.and_then(|act| act.label_default.clone());
        let label = label.unwrap_or_else(|| self.charter.default_label.clone());
        let party = PartyId::parse(party).unwrap();
        let leaf = self.append(&party, kind, label, about, &terms);
        let log = self.origin(&party);
        let size = Value::int(self.sizes[&party]).unwrap();
        let head = Value::List(vec![Value::text(&log), size, Value::text(Hash([0; 32]))]);
        let held = Value::map([
            ("heads", Value::List(vec![head])),
            ("time", Value::text(UnixSeconds(self.now))),
        ]);
        for witness in self.witnesses(&party) {
            let (kind, label) = (Kind::parse(WITNESS).unwrap(), self.charter.default_label.clone());
            self.append(&witness, kind, label, Vec::new(), &held);
        }
        self.council.settle();
        leaf
    }

    fn witnesses(&self, owner: &PartyId) -> Vec<PartyId> {
        let is_witness =
            |party: &&PartyId| veche_council::times::witnesses(&self.charter, party, owner);
        self.charter.parties.keys().filter(is_witness).cloned().collect()
    }

    fn origin(&self, party: &PartyId) -> Origin {
        Origin::parse(&format!("{}/{party}/1", self.charter.organisation)).unwrap()
    }

    fn append(
        &mut self,
        party: &PartyId,
        kind: Kind,
        label: Label,
        about: Vec<Hash>,
        terms: &Value,
    ) -> Hash {
        self.said += 1;
        let leaf = Hash::of(&[b"walk", &self.said.to_be_bytes()]);
        let log = self.origin(party);
        let key = |name: &str, role| Signer {
            key: KeyName::parse(&format!("{}/{party}/{name}", self.charter.organisation)).unwrap(),
            role,
        };
        let index = self.sizes.get_mut(party).expect("a party of the charter");
        let entry = Entry {
            log,
            index: LeafIndex(*index),
            leaf,
            kind,
            label,
            charter: self.charter.hash,
            drill: true,
            is_sealed: false,
            about,
            seen: Vec::new(),
            time: UnixSeconds(self.now),
            signers: vec![
                key("duty", SignerRole::Officer),
                key("delegate", SignerRole::Officer),
                key("1", SignerRole::Node),
            ],
            terms: Terms::Held(terms.to_bytes().into_boxed_slice()),
        };
        *index += 1;
        match self.council.apply(entry) {
            Ok(()) | Err(ApplyError::BadTerms { .. }) => leaf,
            Err(error) => panic!("{error}"),
        }
    }

    pub(crate) fn view(&self, number: &str, at: u64) -> Option<ProcedureView> {
        self.council.procedure(&self.council.by_number(number)?, UnixSeconds(at))
    }

    /// Returns the state of a matter's first unit.
    pub(crate) fn state_of(&self, number: &str) -> Option<String> {
        Some(self.view(number, self.now)?.units.first()?.state.clone())
    }

    /// Returns true if something that was said on a matter moved it, was counted, or is a position in it.
    pub(crate) fn has_moved(&self, number: &str) -> bool {
        let view = self.view(number, self.now);
        let units = view.into_iter().flat_map(|view| view.units);
        units.into_iter().any(|unit| {
            !unit.positions.is_empty() || unit.steps.iter().any(|step| !step.is_refused)
        })
    }

    /// Returns the article that refuses a statement.
    pub(crate) fn refused_by(&self, name: &str) -> Option<String> {
        self.council.record(self.named.get(name)?)?.refused?.article
    }

    /// Returns what is overdue in the row's matters when nobody did anything for long: duties of the row, with their owners.
    pub(crate) fn overdue(&self, row: &Row) -> Vec<String> {
        let far = self.now + LONG;
        let mut found = Vec::new();
        for number in &row.matters {
            let Some(late) = self.view(number, far) else { continue };
            let owed = late
                .duties
                .iter()
                .filter(|duty| duty.is_overdue && row.duties.contains(&duty.duty));
            found.extend(owed.map(|duty| format!("{} by {}", duty.duty, duty.owner)));
        }
        found
    }

    /// Lets the matter be closed over all that is there; returns the state of its first unit as it is then proven.
    pub(crate) fn closed(&self, matter: &Hash) -> Result<String, String> {
        let later = self.now + 60;
        let sizes = self.sizes.iter().filter(|(_, size)| **size > 0);
        let cut: Vec<Head> = sizes
            .map(|(party, size)| Head { log: self.origin(party), size: *size, root: Hash([0; 32]) })
            .collect();
        let mut cut = cut;
        cut.sort();
        let heads = cut.iter().map(|head| self.evidence(&head.log, later)).collect();
        let closed = self.council.prepare_closing(matter, cut, heads);
        let closed = closed.map_err(|fault| fault.to_string())?;
        let first = closed.results.first().ok_or("nothing is decided")?;
        Ok(first.state.to_string())
    }

    fn evidence(&self, log: &Origin, at: u64) -> HeadEvidence {
        let owner = PartyId::parse(log.party()).unwrap();
        let host = self.charter.parties[&owner].hosted_by.clone().unwrap_or_else(|| owner.clone());
        let quorum = self.charter.witnessing.quorum as usize;
        let others = self.witnesses(&owner).into_iter().filter(|w| *w != host).take(quorum);
        let line = |party: PartyId| HeadCosignature {
            time: UnixSeconds(at),
            witness: KeyName::parse(&format!("{}/{party}/witness", self.charter.organisation))
                .unwrap(),
            signature: String::new(),
        };
        let mut cosignatures: Vec<HeadCosignature> =
            others.chain([host.clone()]).map(line).collect();
        cosignatures.sort();
        HeadEvidence { log: log.clone(), cosignatures }
    }

    /// Each member that has said nothing yet says something: a log that is empty has no head.
    pub(crate) fn speak(&mut self) {
        let silent: Vec<PartyId> = self
            .sizes
            .iter()
            .filter(|(_, size)| **size == 0)
            .map(|(party, _)| party.clone())
            .collect();
        for party in silent {
            let (kind, label) =
                (Kind::parse("digest").unwrap(), self.charter.default_label.clone());
            self.append(
                &party,
                kind,
                label,
                Vec::new(),
                &Value::map([("digest", Value::text("-"))]),
            );
        }
    }
}

/// Turns terms of the play into a record's: hours from the start become times.
fn terms(value: &Toml) -> Value {
    match value {
        Toml::String(text) => Value::text(filled(text)),
        Toml::Integer(number) => Value::Int(*number),
        Toml::Boolean(flag) => Value::Bool(*flag),
        Toml::Array(items) => Value::List(items.iter().map(terms).collect()),
        Toml::Table(table) => {
            Value::Map(table.iter().map(|(key, value)| (key.clone(), terms(value))).collect())
        }
        Toml::Float(_) | Toml::Datetime(_) => panic!("the play has no such value: {value}"),
    }
}

fn filled(text: &str) -> String {
    let hours = text.strip_prefix("{T+").and_then(|rest| rest.strip_suffix('}'));
    hours.map_or_else(|| text.to_owned(), |hours| UnixSeconds(START + seconds(hours)).to_string())
}
