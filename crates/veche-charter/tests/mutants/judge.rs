//! What becomes of a mutant: which judge tells it from the charter, or none.

use crate::asked::{standings, trigger};
use crate::equal::argument;
use crate::operators::Mutant;
use crate::runner::{Shipped, differences, found, word};
use crate::search::{Found, Pools};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use toml::Table;
use veche_charter::Charter;
use veche_charter::conform::{Place, conform_through, profile_of};
use veche_charter::model::{Machine, State, Target};
use veche_ledger::PartyId;

/// Parties of a status that are asked where an edit changes what the status may.
const STATUS_MAX: usize = 3;

/// What became of a mutant.
#[derive(Debug, Clone)]
pub(crate) enum Fate {
    /// The loader refuses it.
    Checker,
    /// A case comes out otherwise.
    Case,
    /// A conformance vector comes out otherwise.
    Vector,
    /// It reads as the same charter.
    Same,
    /// It says the same, and this is why.
    Equal(&'static str),
    /// A search found no input for which it gives anything else.
    Alike,
    /// An input tells it from the charter, and no case has it.
    Survives(Box<Table>),
}

/// A charter with what judges its mutants.
pub(crate) struct Bench<'a> {
    pub(crate) shipped: &'a Shipped,
    cases: Vec<Table>,
    vectors: BTreeMap<String, Vec<u8>>,
    pools: Pools<'a>,
    before: String,
}

impl<'a> Bench<'a> {
    pub(crate) fn new(shipped: &'a Shipped, root: &'a Table, vectors: &Json) -> Self {
        let cases: Vec<Table> = shipped.cases().map(|(_, case)| case.clone()).collect();
        let pools = Pools::new(&shipped.charter, root, cases.clone());
        let vectors = vectors_of(&shipped.name, vectors);
        let before = told(&shipped.charter);
        Self { shipped, cases, vectors, pools, before }
    }

    /// Returns what becomes of a mutant. A survivor's input becomes a case, so that the next one like it falls by it.
    pub(crate) fn judge(&mut self, mutant: &Mutant, root: &Table) -> Fate {
        let text = mutant.text(root);
        let Ok(charter) = Charter::load(text.as_bytes(), "mutant") else { return Fate::Checker };
        if told(&charter) == self.before {
            return Fate::Same;
        }
        if let Some(why) = argument(&self.shipped.charter, &charter, mutant) {
            return Fate::Equal(why);
        }
        let (table, name) = mutant.place();
        let touched = self.touched(table, name);
        let is_touched = |case: &&Table| {
            touched.iter().any(|(key, name)| word(case, key) == Some(name.as_str()))
        };
        if self.cases.iter().filter(is_touched).any(|case| !differences(&charter, case).is_empty())
        {
            return Fate::Case;
        }
        if touched.iter().any(|(_, name)| self.vector_fails(&charter, name)) {
            return Fate::Vector;
        }
        for (key, name) in &touched {
            if let Some(Found { input, expected }) = self.pools.find(&charter, key, name) {
                let mut case = input;
                case.insert(
                    "name".into(),
                    format!("not {}: {}", mutant.path.join("."), mutant.what).into(),
                );
                case.insert("then".into(), expected.into());
                self.cases.push(case.clone());
                return Fate::Survives(Box::new(case));
            }
        }
        Fate::Alike
    }

    /// Returns what an edit can reach, by the key under which cases name it; what is cheap to ask comes first.
    fn touched(&self, table: &str, name: &str) -> Vec<(&'static str, String)> {
        let charter = &self.shipped.charter;
        let labels = || charter.labels.keys().map(|label| ("label", label.to_string()));
        let organs = || charter.organs.keys().map(|organ| ("organ", organ.to_string()));
        let after = || {
            let starts = charter.duties.values().map(|duty| trigger(&duty.trigger));
            starts.collect::<BTreeSet<_>>().into_iter().map(|start| ("after", start))
        };
        let by = |id: &PartyId| ("by", id.to_string());
        match table {
            "acts" => vec![("act", name.to_owned())],
            "delegations" => {
                let of = charter.delegations.iter().filter(|(entry, _)| entry.as_str() == name);
                of.map(|(_, delegation)| ("act", delegation.act.to_string())).collect()
            }
            "statuses" => {
                let parties = charter.parties.iter();
                let of = parties.filter(|(_, party)| party.status.as_str() == name);
                labels().chain(of.map(|(id, _)| by(id)).take(STATUS_MAX)).collect()
            }
            "labels" => labels().collect(),
            "duties" => {
                let of = charter.duties.iter().filter(|(entry, _)| entry.as_str() == name);
                of.map(|(_, duty)| ("after", trigger(&duty.trigger))).collect()
            }
            "witnessing" => {
                standings(charter).into_iter().map(|id| ("log", id.to_string())).collect()
            }
            "parties" => {
                let own = [("by", name.to_owned()), ("log", name.to_owned())];
                let own = own.into_iter().chain(labels()).chain(organs()).chain(after());
                own.chain(self.decided()).collect()
            }
            "organs" => organs().chain(self.decided()).collect(),
            "calendars" => after().chain(self.decided()).collect(),
            _ => self.decided_by(table, name),
        }
    }

    /// Returns all rules and machines.
    fn decided(&self) -> impl Iterator<Item = (&'static str, String)> {
        let Charter { rules, machines, .. } = &self.shipped.charter;
        let rules = rules.keys().map(|rule| ("rule", rule.to_string()));
        rules.chain(machines.keys().map(|machine| ("machine", machine.to_string())))
    }

    /// Returns a machine, or a rule with the machines that ask it.
    fn decided_by(&self, table: &str, name: &str) -> Vec<(&'static str, String)> {
        if table == "machines" {
            return vec![("machine", name.to_owned())];
        }
        let asks = |machine: &Machine| {
            let on = |state: &State| {
                let steps = state.on.iter().map(|step| &step.target).chain(&state.timeout);
                steps.filter_map(rule_of).any(|rule| rule == name)
            };
            machine.states.values().any(on)
        };
        let asking = self.shipped.charter.machines.iter().filter(|(_, machine)| asks(machine));
        let mut out = vec![("rule", name.to_owned())];
        out.extend(asking.map(|(name, _)| ("machine", name.to_string())));
        out
    }

    fn vector_fails(&self, charter: &Charter, name: &str) -> bool {
        let Some(vectors) = self.vectors.get(name) else { return false };
        let place = |subject: &str| Place { charter, name: profile_of(subject).1.to_owned() };
        conform_through(&place, vectors).is_ok_and(|report| !report.failed.is_empty())
    }

    /// Returns true if every case, also each one found, comes out as it says for the charter itself.
    pub(crate) fn is_sound(&self) -> bool {
        self.cases.iter().all(|case| {
            differences(&self.shipped.charter, case).is_empty()
                && !found(&self.shipped.charter, case).is_empty()
        })
    }
}

fn rule_of(target: &Target) -> Option<&str> {
    match target {
        Target::State(_) => None,
        Target::Rule { rule, .. } => Some(rule.as_str()),
    }
}

/// Returns all that a charter says, without the bytes that it was read from.
fn told(charter: &Charter) -> String {
    let mut charter = charter.clone();
    charter.text = "".into();
    charter.hash = veche_ledger::Hash::of(&[]);
    format!("{charter:?}")
}

/// Returns the vectors of one profile, a file for each rule and machine.
fn vectors_of(profile: &str, vectors: &Json) -> BTreeMap<String, Vec<u8>> {
    let mut out: BTreeMap<String, Json> = BTreeMap::new();
    for (list, key) in [
        ("/rules", "rule"),
        ("/generated/rules", "rule"),
        ("/machines", "machine"),
        ("/generated/machines", "machine"),
    ] {
        for vector in vectors.pointer(list).and_then(Json::as_array).into_iter().flatten() {
            let (of, name) = profile_of(vector[key].as_str().unwrap());
            if of == profile {
                let file = out.entry(name.to_owned()).or_insert_with(|| {
                    serde_json::json!({"parties": vectors["parties"], "rules": [], "machines": []})
                });
                file[format!("{key}s")].as_array_mut().unwrap().push(vector.clone());
            }
        }
    }
    out.into_iter().map(|(name, file)| (name, file.to_string().into_bytes())).collect()
}
