//! The language's test vectors, run: rules and machines with what each must give.
//!
//! The vectors' form is that of `charters/conform/vectors.json`: parties by group, positions and roles by name, traces with
//! hours from the start. Clocks are naive there, everybody has every text at once, and who said something said it at a
//! known instant.

use crate::machine::{Event, Facts, Setting, run, view};
use crate::model::{Calendar, Charter, MEMBER};
use crate::name::{
    EventName, MachineName, Position, RoleName, RuleName, StatusName, Tag, WeightName,
};
use crate::rule::{Bench, Positions, Roles, Seat, evaluate};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use veche_ledger::{PartyId, UnixSeconds};

/// What came of a file of vectors.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Vectors met.
    pub passed: usize,
    /// Vectors not met, each with its reason.
    pub failed: Vec<Explained>,
}

/// A vector that was not met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// Its place: `machines[3]`, `generated.rules[17]`.
    pub vector: String,
    /// The rule or machine.
    pub of: String,
    /// What the vector expects.
    pub expected: String,
    /// What came out.
    pub found: String,
    /// Why: the verdict's reason, or the machine's steps.
    pub why: String,
}

/// Why a file is no file of vectors.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the vectors cannot be read: {vector}: {what}")]
pub struct NotVectors {
    /// The place in the file.
    pub vector: String,
    /// What is wrong there.
    pub what: String,
}

/// Where what a vector is about stands: in a charter, under a name.
#[derive(Debug, Clone)]
pub struct Place<'a> {
    /// The charter.
    pub charter: &'a Charter,
    /// The rule's or machine's name in it.
    pub name: String,
}

/// What of the vectors belongs to no organisation, by its name there and in the profile `common`.
const COMMON: [(&str, &str); 5] = [
    ("host.consent", "host_consent"),
    ("veche.transit_preclear", "transit_preclear"),
    ("status.grant", "status_grant"),
    ("commitment", "commitment"),
    ("arms.escrow", "sealed_declaration"),
];

/// Returns the profile that a vector's subject belongs to, and its name there: `osce.silence` is `silence` of `osce`.
#[must_use]
pub fn profile_of(subject: &str) -> (&str, &str) {
    let common = COMMON.iter().find(|(name, _)| *name == subject);
    common.map_or_else(
        || subject.split_once('.').unwrap_or(("common", subject)),
        |(_, name)| ("common", name),
    )
}

/// Runs every vector of a file against one charter's rules and machines.
///
/// # Errors
/// [`NotVectors`] if the file is not JSON or a vector lacks a part; a rule or machine that the charter does not have is a
/// failed vector, not an error.
pub fn conform(charter: &Charter, vectors: &[u8]) -> Result<Report, NotVectors> {
    conform_through(&|name| Place { charter, name: name.to_owned() }, vectors)
}

/// Runs every vector of a file against the rule or machine that `place` finds for its subject's name.
///
/// # Errors
/// As [`conform`].
pub fn conform_through<'p>(
    place: &dyn Fn(&str) -> Place<'p>,
    vectors: &[u8],
) -> Result<Report, NotVectors> {
    let file: Value = serde_json::from_slice(vectors)
        .map_err(|e| NotVectors { vector: "the file".to_owned(), what: e.to_string() })?;
    let benches = benches(&file)?;
    let mut report = Report::default();
    for list in ["rules", "generated.rules", "machines", "generated.machines"] {
        let found = file.pointer(&format!("/{}", list.replace('.', "/"))).and_then(Value::as_array);
        for (index, vector) in found.into_iter().flatten().enumerate() {
            let at = format!("{list}[{index}]");
            let bench = text(vector, "parties").and_then(|group| benches.get(group));
            let one = One { place, bench, vector };
            let outcome = if list.ends_with("rules") { one.rule() } else { one.machine() };
            match outcome.map_err(|what| NotVectors { vector: at.clone(), what })? {
                None => report.passed += 1,
                Some(failed) => report.failed.push(Explained { vector: at, ..failed }),
            }
        }
    }
    Ok(report)
}

fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key).and_then(Value::as_str)
}

fn benches(file: &Value) -> Result<BTreeMap<String, Bench>, NotVectors> {
    let fault = |what: String| NotVectors { vector: "parties".to_owned(), what };
    let groups = file
        .get("parties")
        .and_then(Value::as_object)
        .ok_or_else(|| fault("missing".to_owned()))?;
    let mut out = BTreeMap::new();
    for (group, parties) in groups {
        let mut bench = Bench::default();
        for (id, party) in parties.as_object().into_iter().flatten() {
            let id = PartyId::parse(id).map_err(|e| fault(e.to_string()))?;
            bench.seats.insert(id, seat(party).map_err(|e| fault(e.to_string()))?);
        }
        out.insert(group.clone(), bench);
    }
    Ok(out)
}

/// Reads a party: a status, tags, and every number as a weight.
fn seat(party: &Value) -> Result<Seat, crate::name::NotAName> {
    let tags: Result<BTreeSet<Tag>, _> = strings(party.get("tags")).map(Tag::parse).collect();
    let mut weights = BTreeMap::new();
    for (key, value) in party.as_object().into_iter().flatten() {
        if let Some(number) = value.as_u64() {
            weights.insert(WeightName::parse(key)?, number);
        }
    }
    Ok(Seat {
        status: StatusName::parse(text(party, "status").unwrap_or(MEMBER))?,
        tags: tags?,
        weights,
    })
}

fn strings(list: Option<&Value>) -> impl Iterator<Item = &str> {
    list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

/// One vector with what it is run against.
struct One<'a, 'p> {
    place: &'a dyn Fn(&str) -> Place<'p>,
    bench: Option<&'a Bench>,
    vector: &'a Value,
}

impl One<'_, '_> {
    fn bench(&self) -> Result<&Bench, String> {
        self.bench.ok_or_else(|| "unknown group of parties".to_owned())
    }

    fn roles(&self) -> Result<Roles, String> {
        let mut out = Roles::new();
        for (role, parties) in
            self.vector.get("roles").and_then(Value::as_object).into_iter().flatten()
        {
            let set: Result<BTreeSet<PartyId>, _> =
                strings(Some(parties)).map(PartyId::parse).collect();
            out.insert(
                RoleName::parse(role).map_err(|e| e.to_string())?,
                set.map_err(|e| e.to_string())?,
            );
        }
        Ok(out)
    }

    fn expected(&self) -> Result<&str, String> {
        text(self.vector, "expect").ok_or_else(|| "`expect` is missing".to_owned())
    }

    fn failed(&self, of: &str, expected: &str, found: String, why: String) -> Explained {
        Explained {
            vector: String::new(),
            of: of.to_owned(),
            expected: expected.to_owned(),
            found,
            why,
        }
    }

    fn rule(&self) -> Result<Option<Explained>, String> {
        let name = text(self.vector, "rule").ok_or("`rule` is missing")?;
        let expected = self.expected()?;
        let Place { charter, name: entry } = (self.place)(name);
        let key = RuleName::parse(&entry).map_err(|e| e.to_string())?;
        let Some(rule) = charter.rules.get(&key) else {
            return Ok(Some(self.failed(name, expected, "no such rule".to_owned(), String::new())));
        };
        let mut positions = Positions::new();
        for (party, position) in
            self.vector.get("pos").and_then(Value::as_object).into_iter().flatten()
        {
            let position = Position::parse(position.as_str().unwrap_or_default())
                .map_err(|e| e.to_string())?;
            positions.insert(PartyId::parse(party).map_err(|e| e.to_string())?, position);
        }
        let verdict =
            evaluate(rule, self.bench()?, &self.roles()?, &positions, None, &BTreeSet::new());
        let found = verdict.result.as_str();
        if found != expected {
            return Ok(Some(self.failed(name, expected, found.to_owned(), verdict.reason)));
        }
        let Some(bound) = self.vector.get("bound") else { return Ok(None) };
        let bound: BTreeSet<&str> = strings(Some(bound)).collect();
        let found: BTreeSet<&str> = verdict.bound.iter().map(PartyId::as_str).collect();
        if bound == found {
            return Ok(None);
        }
        let list = |set: &BTreeSet<&str>| set.iter().copied().collect::<Vec<_>>().join(", ");
        Ok(Some(self.failed(
            name,
            &format!("binds {}", list(&bound)),
            list(&found),
            verdict.reason,
        )))
    }

    fn machine(&self) -> Result<Option<Explained>, String> {
        let name = text(self.vector, "machine").ok_or("`machine` is missing")?;
        let expected = self.expected()?;
        let Place { charter, name: entry } = (self.place)(name);
        let key = MachineName::parse(&entry).map_err(|e| e.to_string())?;
        let Some(machine) = charter.machines.get(&key) else {
            return Ok(Some(self.failed(
                name,
                expected,
                "no such machine".to_owned(),
                String::new(),
            )));
        };
        let bench = self.bench()?;
        let roles = self.roles()?;
        let calendar = Calendar::naive();
        // The vectors know no receipts: everybody has the text at once, also where a charter asks who has it.
        let receipts = bench.seats.keys().map(|id| (id.clone(), UnixSeconds(0))).collect();
        let setting = Setting {
            charter,
            bench,
            roles: &|_| roles.clone(),
            calendar: &calendar,
            facts: &Facts::default(),
            receipts: &receipts,
            closed_through: None,
        };
        let mut events = Vec::new();
        for (number, step) in
            self.vector.get("trace").and_then(Value::as_array).into_iter().flatten().enumerate()
        {
            events.push(event(number, step)?);
        }
        let horizon = hours(self.vector.get("horizon")).ok_or("`horizon` is missing")?;
        let ran = run(machine, &setting, UnixSeconds(0), &events);
        let seen = view(machine, &setting, &ran, horizon);
        if seen.state.as_str() == expected {
            return Ok(None);
        }
        let steps: Vec<String> =
            seen.steps.iter().map(|s| format!("{} s: {:?}", s.at.0, s.what)).collect();
        Ok(Some(self.failed(name, expected, seen.state.to_string(), steps.join("; "))))
    }
}

fn event(number: usize, step: &Value) -> Result<Event, String> {
    let at = hours(step.get("t")).ok_or("`t` is missing")?;
    let by = text(step, "by").ok_or("`by` is missing")?;
    let event = text(step, "ev").ok_or("`ev` is missing")?;
    Ok(Event {
        at,
        not_before: at,
        by: PartyId::parse(by).map_err(|e| e.to_string())?,
        event: EventName::parse(event).map_err(|e| e.to_string())?,
        position: text(step, "pos").map(Position::parse).transpose().map_err(|e| e.to_string())?,
        reference: u64::try_from(number).unwrap_or(u64::MAX),
    })
}

/// Reads hours, with a fraction, as whole seconds.
fn hours(value: Option<&Value>) -> Option<UnixSeconds> {
    let seconds = (value?.as_f64()? * 3600.0).round();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the line above rounds, this one clamps"
    )]
    (seconds >= 0.0).then_some(UnixSeconds(seconds as u64))
}
