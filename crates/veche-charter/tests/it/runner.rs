//! Cases, run: given, when, then, against a charter.
//!
//! What a case is about is the first of `rule`, `machine`, `act`, `after`, `label`, `organ`, `log` that it has; the last five are in
//! `statements.rs`. A rule's case gives positions and roles; a machine's case gives receipts and events with hours and minutes from the start.
//! What it then expects is compared as text, so that each line of a case can fail.

use crate::statements::{self, subject};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use toml::{Table, Value};
use veche_charter::Charter;
use veche_charter::machine::{Event, Facts, Refusal, Run, Setting, Step, StepKind, run, view};
use veche_charter::model::{Chair, Duration, Machine, Outcome};
use veche_charter::name::{EventName, FieldName, MachineName, Position, RoleName, RuleName};
use veche_charter::rule::{Positions, Roles, evaluate};
use veche_ledger::{PartyId, Seconds, UnixSeconds};

/// Charters that need no cases: the language's own vectors are theirs.
const WITHOUT_CASES: [&str; 1] = ["conform"];

/// A charter of this repository, with the cases beside it.
pub(crate) struct Shipped {
    pub(crate) name: String,
    pub(crate) charter: Charter,
    /// Files of cases, by name.
    files: BTreeMap<String, Table>,
}

impl Shipped {
    /// Reads a folder of `charters/`; none if it has no charter.
    pub(crate) fn read(folder: &Path) -> Option<Self> {
        let text = std::fs::read(folder.join("charter.toml")).ok()?;
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let charter = Charter::load(&text, &format!("charters/{name}/charter.toml"))
            .unwrap_or_else(|faults| panic!("{faults}"));
        let files = std::fs::read_dir(folder.join("cases")).into_iter().flatten().map(|entry| {
            let path = entry.unwrap().path();
            let file = format!("{name}/{}", path.file_name().unwrap().to_string_lossy());
            let table = std::fs::read_to_string(&path)
                .unwrap()
                .parse()
                .unwrap_or_else(|e| panic!("{file}: {e}"));
            (file, table)
        });
        Some(Self { files: files.collect(), name, charter })
    }

    pub(crate) fn cases(&self) -> impl Iterator<Item = (&str, &Table)> {
        self.files.iter().flat_map(|(file, table)| {
            list(table, "case").iter().map(move |case| (file.as_str(), case.as_table().unwrap()))
        })
    }
}

/// Returns every charter that ships with cases. In order, so that a failure reads the same each time.
pub(crate) fn shipped() -> Vec<Shipped> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../charters");
    let mut folders: Vec<PathBuf> =
        std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    let all = folders.iter().filter_map(|folder| Shipped::read(folder));
    all.filter(|shipped| !WITHOUT_CASES.contains(&shipped.name.as_str())).collect()
}

pub(crate) fn list<'t>(table: &'t Table, key: &str) -> &'t [Value] {
    table.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

pub(crate) fn word<'t>(table: &'t Table, key: &str) -> Option<&'t str> {
    table.get(key).and_then(Value::as_str)
}

pub(crate) fn pairs<'t>(table: &'t Table, key: &str) -> Vec<(&'t str, &'t Value)> {
    table
        .get(key)
        .and_then(Value::as_table)
        .into_iter()
        .flatten()
        .map(|(k, v)| (k.as_str(), v))
        .collect()
}

pub(crate) fn texts(value: &Value) -> Vec<&str> {
    let one = value.as_str().into_iter();
    one.chain(value.as_array().into_iter().flatten().filter_map(Value::as_str)).collect()
}

/// Returns what differs: the line of the case, what it says, what came out.
pub(crate) fn differences(charter: &Charter, case: &Table) -> Vec<(String, String, String)> {
    let then = case.get("then").and_then(Value::as_table).unwrap();
    let found = found(charter, case);
    assert!(!then.is_empty(), "a case that expects nothing");
    let mut out = Vec::new();
    for (key, expected) in then {
        let expected = texts(expected).join("; ");
        let found = found
            .get(key.as_str())
            .unwrap_or_else(|| panic!("a case cannot expect `{key}`"))
            .clone();
        if expected != found {
            out.push((key.clone(), expected, found));
        }
    }
    out
}

/// Returns what comes of a case's input, by what a case may expect.
pub(crate) fn found(charter: &Charter, case: &Table) -> BTreeMap<&'static str, String> {
    if case.contains_key("rule") {
        return rule(charter, case);
    }
    if case.contains_key("machine") {
        return machine(charter, case);
    }
    let subject = subject(case).unwrap_or_else(|| panic!("a case about nothing: {case}"));
    statements::found(charter, case, subject)
}

pub(crate) fn roles(case: &Table) -> Roles {
    let set =
        |value: &Value| texts(value).into_iter().map(|id| PartyId::parse(id).unwrap()).collect();
    pairs(case, "roles")
        .into_iter()
        .map(|(role, who)| (RoleName::parse(role).unwrap(), set(who)))
        .collect()
}

fn rule(charter: &Charter, case: &Table) -> BTreeMap<&'static str, String> {
    let rule = &charter.rules[&RuleName::parse(word(case, "rule").unwrap()).unwrap()];
    let positions: Positions = pairs(case, "given")
        .into_iter()
        .flat_map(|(position, who)| {
            let position = Position::parse(position).unwrap();
            texts(who).into_iter().map(move |id| (PartyId::parse(id).unwrap(), position.clone()))
        })
        .collect();
    let verdict =
        evaluate(rule, &charter.bench(), &roles(case), &positions, None, &BTreeSet::new());
    let binds: Vec<&str> = verdict.bound.iter().map(PartyId::as_str).collect();
    [
        ("result", verdict.result.as_str().to_owned()),
        ("binds", binds.join("; ")),
        ("reason", verdict.reason),
    ]
    .into()
}

/// Reads `5:59` as hours and minutes after the start.
pub(crate) fn after(start: UnixSeconds, text: &str) -> UnixSeconds {
    let (hours, minutes) = text.split_once(':').unwrap();
    start + Seconds::minutes(hours.parse::<u64>().unwrap() * 60 + minutes.parse::<u64>().unwrap())
}

fn machine(charter: &Charter, case: &Table) -> BTreeMap<&'static str, String> {
    let machine = &charter.machines[&MachineName::parse(word(case, "machine").unwrap()).unwrap()];
    let start = UnixSeconds::parse(word(case, "start").unwrap_or("2026-11-22T05:00:00Z")).unwrap();
    let bench = charter.bench();
    let fixed = roles(case);
    let chair = chair(charter, case);
    let roles = |time: UnixSeconds| {
        let mut roles = fixed.clone();
        if let Some(chair) = &chair {
            let role = RoleName::parse("chair").unwrap();
            roles.insert(role, chair.at(time).cloned().into_iter().collect());
        }
        roles
    };
    let facts = facts(case, start);
    let receipts = receipts(charter, case, start);
    let setting = Setting {
        charter,
        bench: &bench,
        roles: &roles,
        calendar: &charter.calendars[&charter.calendar],
        facts: &facts,
        receipts: &receipts,
        closed_through: None,
    };
    let events: Vec<Event> = list(case, "when")
        .iter()
        .enumerate()
        .map(|(n, e)| event(n, e.as_table().unwrap(), start))
        .collect();
    let ran = run(machine, &setting, start, &events);
    let seen = word(case, "now")
        .map_or_else(|| ran.clone(), |now| view(machine, &setting, &ran, after(start, now)));
    told(machine, &seen, start)
}

/// Returns the chair of the case's `organ`, or of the first organ below no other that has one: as the fold does.
fn chair(charter: &Charter, case: &Table) -> Option<Chair> {
    let named = word(case, "organ").map(|name| &charter.organs[name]);
    let first = charter.organs.values().find(|o| o.parent.is_none() && o.chair.is_some());
    named.or(first)?.chair.clone()
}

pub(crate) fn facts(case: &Table, start: UnixSeconds) -> Facts {
    let field = |name: &str| FieldName::parse(name).unwrap();
    let times = pairs(case, "times");
    let durations = pairs(case, "durations");
    Facts {
        urgency: word(case, "urgency").map(str::to_owned),
        times: times
            .into_iter()
            .map(|(k, v)| (field(k), after(start, v.as_str().unwrap())))
            .collect(),
        durations: durations
            .into_iter()
            .map(|(k, v)| (field(k), Duration::parse(v.as_str().unwrap()).unwrap()))
            .collect(),
    }
}

/// Every member has the text at once, unless the case says when it has it, or `never`.
fn receipts(charter: &Charter, case: &Table, start: UnixSeconds) -> BTreeMap<PartyId, UnixSeconds> {
    let mut out: BTreeMap<PartyId, UnixSeconds> =
        charter.parties.keys().map(|id| (id.clone(), start)).collect();
    for (id, when) in pairs(case, "receipts") {
        let id = PartyId::parse(id).unwrap();
        match when.as_str().unwrap() {
            "never" => out.remove(&id),
            when => out.insert(id, after(start, when)),
        };
    }
    out
}

fn event(number: usize, table: &Table, start: UnixSeconds) -> Event {
    let at = after(start, word(table, "at").unwrap());
    Event {
        at,
        not_before: word(table, "not_before").map_or(at, |text| after(start, text)),
        by: PartyId::parse(word(table, "by").unwrap()).unwrap(),
        event: EventName::parse(word(table, "ev").unwrap()).unwrap(),
        position: word(table, "pos").map(|p| Position::parse(p).unwrap()),
        reference: number as u64,
    }
}

/// Returns what a case may expect of a run.
fn told(machine: &Machine, run: &Run, start: UnixSeconds) -> BTreeMap<&'static str, String> {
    let since = |time: UnixSeconds| {
        let minutes = time.since(start).0 / 60;
        format!("{}:{:02}", minutes / 60, minutes % 60)
    };
    let names =
        |set: &BTreeSet<PartyId>| set.iter().map(PartyId::as_str).collect::<Vec<_>>().join("; ");
    let deadline = run.deadline.as_ref();
    let state = machine.states.get(&run.state);
    let outcome = state.and_then(|state| state.outcome).map_or("none", |outcome| match outcome {
        Outcome::Adopted => "adopted",
        Outcome::Rejected => "rejected",
        Outcome::Lapsed => "lapsed",
    });
    let spawns = state.and_then(|state| state.spawns.as_ref());
    let spawns = spawns.map(|spawns| format!("{} for each of {}", spawns.opens, spawns.each));
    let binds = run.verdict.as_ref().map(|v| names(&v.bound)).unwrap_or_default();
    [
        ("state", run.state.to_string()),
        ("outcome", outcome.to_owned()),
        ("spawns", spawns.unwrap_or_default()),
        ("deadline", deadline.map_or_else(|| "none".to_owned(), |d| since(d.at))),
        ("extended_for", deadline.map(|d| names(&d.extended_for)).unwrap_or_default()),
        ("unreached", deadline.map(|d| names(&d.unreached)).unwrap_or_default()),
        ("contested", run.contested.as_ref().map_or_else(|| "no".to_owned(), |c| c.by.to_string())),
        ("binds", binds),
        ("steps", run.steps.iter().map(told_step).collect::<Vec<_>>().join("; ")),
        (
            "article",
            run.steps
                .last()
                .and_then(|s| s.article.clone())
                .map(|a| a.to_string())
                .unwrap_or_default(),
        ),
    ]
    .into()
}

fn told_step(step: &Step) -> String {
    match &step.what {
        StepKind::Moved { to, .. } => format!("to {to}"),
        StepKind::TimedOut { to, blocked_by, .. } if blocked_by.is_empty() => format!("time: {to}"),
        StepKind::TimedOut { to, .. } => format!("blocked: {to}"),
        StepKind::Recorded => "recorded".to_owned(),
        StepKind::Counted { have, need } => format!("{have} of {need}"),
        StepKind::Late { .. } => "late".to_owned(),
        StepKind::Contested { .. } => "contested".to_owned(),
        StepKind::Refused { why: Refusal::WrongActor { allowed } } => {
            format!("refused: for {allowed}")
        }
        StepKind::Refused { why: Refusal::NoSuchEvent { .. } } => {
            "refused: no such event here".to_owned()
        }
        StepKind::Refused { why: Refusal::Final } => "refused: final".to_owned(),
    }
}
