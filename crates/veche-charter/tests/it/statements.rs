//! Cases of acts, duties, labels, organs and logs: who may say what, what that does, who owes what, who reads.

use crate::runner::{facts, pairs, roles, word};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use toml::{Table, Value};
use veche_charter::Charter;
use veche_charter::act::{FieldValue, Fields, Readers};
use veche_charter::model::{Act, Trigger};
use veche_charter::statement::{About, Signers, Statement};
use veche_ledger::{Kind, Label, PartyId, UnixSeconds};

/// What comes of a case, by what it may expect.
pub(crate) type Outcome = BTreeMap<&'static str, String>;

/// What these cases start from, if they say no other time.
const START: &str = "2026-11-22T05:00:00Z";

/// What such a case can be about, in the order in which it is asked.
const SUBJECTS: [&str; 5] = ["act", "after", "label", "organ", "log"];

/// Returns what a case is about, if it is one of these.
pub(crate) fn subject(case: &Table) -> Option<&'static str> {
    let is_other = case.contains_key("rule") || case.contains_key("machine");
    let mut subjects = SUBJECTS.into_iter().filter(|_| !is_other);
    subjects.find(|subject| case.contains_key(*subject))
}

/// Returns what comes of such a case's input.
pub(crate) fn found(charter: &Charter, case: &Table, subject: &str) -> Outcome {
    let case = Case { charter, case };
    match subject {
        "act" => case.act(),
        "after" => case.after(),
        "label" => case.label(),
        "organ" => case.organ(),
        _ => case.log(),
    }
}

struct Case<'a> {
    charter: &'a Charter,
    case: &'a Table,
}

impl Case<'_> {
    fn party(&self, key: &str) -> PartyId {
        PartyId::parse(word(self.case, key).unwrap_or_else(|| panic!("`{key}` is missing")))
            .unwrap()
    }

    fn start(&self) -> UnixSeconds {
        UnixSeconds::parse(word(self.case, "start").unwrap_or(START)).unwrap()
    }

    fn act(&self) -> Outcome {
        let kind = Kind::parse(word(self.case, "act").unwrap()).unwrap();
        let Some(act) = self.charter.acts.get(&kind) else {
            return [("verdict", "refused".into()), ("why", "kind".into())].into();
        };
        let named = word(self.case, "label").map(|label| Label::parse(label).unwrap());
        let label = named.as_ref().unwrap_or_else(|| self.charter.label_of(act));
        let terms: Vec<(&str, &Value)> = pairs(self.case, "terms");
        let fields: Fields<'_> = terms.iter().map(|(name, value)| (*name, field(value))).collect();
        let roles = self.case.contains_key("roles").then(|| roles(self.case));
        let said = Statement {
            party: &self.party("by"),
            kind: &kind,
            label,
            roles: roles.as_ref(),
            signers: self.signers(act),
            about: &self.about(),
            is_drill: false,
            fields: &fields,
        };
        let mut out: Outcome =
            ["verdict", "why", "article", "label", "does"].map(|key| (key, String::new())).into();
        match self.charter.objection(&said) {
            Some(objection) => {
                out.insert("verdict", "refused".into());
                out.insert("why", objection.why.codes().join("; "));
                out.insert("article", objection.article.map(|a| a.to_string()).unwrap_or_default());
            }
            None => {
                out.insert("verdict", "admitted".into());
                out.insert("label", label.to_string());
                out.insert("does", does(act, &self.party("by"), &fields).join("; "));
            }
        }
        out
    }

    /// As many officers as the act asks for, or the key that it asks for, if the case does not say who signs.
    fn signers(&self, act: &Act) -> Signers {
        let usual = match act.signature {
            veche_charter::model::Signature::Officer => "officer",
            veche_charter::model::Signature::Node => "node",
            veche_charter::model::Signature::Root => "root",
        };
        let signed = word(self.case, "signed").unwrap_or(usual);
        let officers = self.case.get("officers").and_then(Value::as_integer);
        let officers = officers.unwrap_or_else(|| i64::from(act.signatures));
        Signers {
            officers: if signed == "officer" { u8::try_from(officers).unwrap() } else { 0 },
            by_node: signed == "node",
            by_root: signed == "root",
        }
    }

    fn about(&self) -> About {
        match word(self.case, "about") {
            None => About::Nothing,
            Some("refused") => About::Refused,
            Some(kind) => {
                let is_drill = self.case.get("drill").and_then(Value::as_bool) == Some(true);
                About::Kind { kind: kind.to_owned(), is_drill }
            }
        }
    }

    /// Who owes what once an act was done, or a state was entered.
    fn after(&self) -> Outcome {
        let (after_what, author) = (word(self.case, "after").unwrap(), self.party("by"));
        let (roles, start) = (roles(self.case), self.start());
        let facts = facts(self.case, start);
        let starts = |trigger: &Trigger| match trigger {
            Trigger::Act(kind) => kind.as_str() == after_what,
            Trigger::State(machine, state) => format!("{machine}.{state}") == after_what,
        };
        let duties = self.charter.duties.iter().filter(|(_, duty)| starts(&duty.trigger));
        let mut owes = BTreeMap::<String, BTreeSet<PartyId>>::new();
        for (_, duty) in duties {
            let Some(due) = self.charter.due(duty, start, &facts) else { continue };
            let mut what = format!("{} by {}", duty.act, since(start, due));
            let calendar = self.charter.calendars.get(&self.charter.calendar);
            if let (Some(every), Some(calendar)) = (duty.every, calendar) {
                let next = since(start, calendar.add(due, every));
                write!(what, ", again by {next}").unwrap();
            }
            owes.entry(what).or_default().extend(self.charter.owners(duty, &roles, &author));
        }
        owes.retain(|_, owners| !owners.is_empty());
        let lines: Vec<String> = owes
            .iter()
            .map(|(what, owners)| format!("{what}: {}", grouped(self.charter, owners).join(", ")))
            .collect();
        [("owes", lines.join("; "))].into()
    }

    fn label(&self) -> Outcome {
        let label = Label::parse(word(self.case, "label").unwrap()).unwrap();
        let readers = match self.charter.readers(&label) {
            Readers::Everyone => "everyone".to_owned(),
            Readers::Only(set) => grouped(self.charter, &set).join("; "),
        };
        let labels = self.charter.labels.keys();
        let below = labels
            .filter(|other| **other != label && self.charter.label_at_least(&label, other))
            .map(ToString::to_string);
        let sealed = self.charter.labels.get(&label).is_some_and(|entry| entry.sealed);
        let sealed = if sealed { "yes" } else { "no" };
        [
            ("readers", readers),
            ("above", below.collect::<Vec<_>>().join("; ")),
            ("sealed", sealed.to_owned()),
        ]
        .into()
    }

    fn organ(&self) -> Outcome {
        let Some(organ) = self.charter.organs.get(word(self.case, "organ").unwrap()) else {
            return Outcome::new();
        };
        let parties = self.charter.parties.keys();
        let seated: BTreeSet<PartyId> =
            parties.filter(|id| self.charter.is_seated(&organ.seats, id)).cloned().collect();
        let chair = organ.chair.as_ref().and_then(|chair| chair.at(self.start()));
        [
            ("seats", grouped(self.charter, &seated).join("; ")),
            ("chair", chair.map(ToString::to_string).unwrap_or_default()),
            ("below", organ.parent.as_ref().map(ToString::to_string).unwrap_or_default()),
        ]
        .into()
    }

    /// Whose nodes witness a party's log, and how many of them settle a time.
    fn log(&self) -> Outcome {
        let owner = self.party("log");
        let host = self.charter.parties[&owner].hosted_by.clone().unwrap_or_else(|| owner.clone());
        let witnessing = &self.charter.witnessing;
        let others = self.charter.parties.iter().filter(|(id, _)| **id != owner && **id != host);
        let witnesses: BTreeSet<PartyId> = others
            .filter(|(_, party)| witnessing.by.contains(&party.status))
            .map(|(id, _)| id.clone())
            .collect();
        [
            ("kept_by", host.to_string()),
            ("witnesses", grouped(self.charter, &witnesses).join("; ")),
            ("quorum", witnessing.quorum.to_string()),
            // Receipts of a quorum that are of witnesses who do not collude.
            ("sure", witnessing.quorum.saturating_sub(witnessing.colluding).to_string()),
        ]
        .into()
    }
}

/// What an admitted statement does, one line each.
fn does(act: &Act, author: &PartyId, fields: &Fields<'_>) -> Vec<String> {
    let text = |name: &str| match fields.get(name) {
        Some(FieldValue::Text(text)) => Some(*text),
        Some(_) | None => None,
    };
    let mut does = Vec::new();
    if let Some(machine) = &act.opens {
        let by = if act.per_paragraph { " for each paragraph" } else { "" };
        does.push(format!("opens {machine}{by}"));
        does.push(format!("initiator: {author}"));
    }
    for (role, field) in &act.roles {
        let held = match fields.get(field.as_str()) {
            Some(FieldValue::Text(party)) => vec![*party],
            Some(FieldValue::Texts(parties)) => parties.clone(),
            Some(_) | None => Vec::new(),
        };
        does.push(format!("{role}: {}", held.join(", ")));
    }
    does.extend(act.event_in(text).map(|event| format!("event {event}")));
    does.extend(act.position_in(text).map(|position| format!("position {position}")));
    if let Some(annotates) = act.annotates {
        let is_bound = if annotates.changes_binding { ", and is not bound" } else { "" };
        does.push(format!("annotates{is_bound}"));
    }
    if act.supersedes {
        does.push("supersedes".to_owned());
    }
    if act.amends {
        does.push("amends".to_owned());
    }
    does
}

/// A value of a case's terms as the charter checks it.
fn field(value: &Value) -> FieldValue<'_> {
    match value {
        Value::String(text) => FieldValue::Text(text),
        Value::Integer(number) => FieldValue::Int(*number),
        Value::Boolean(flag) => FieldValue::Bool(*flag),
        Value::Array(items) => {
            let texts: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
            texts.map_or_else(|| FieldValue::List(items.len()), FieldValue::Texts)
        }
        Value::Table(_) | Value::Float(_) | Value::Datetime(_) => FieldValue::Map,
    }
}

/// Parties of a status that are named one by one; of a larger one it is said whether all are meant, or all but some.
const NAMED_MAX: usize = 6;

/// Returns a set of parties as cases write it: by name, or `all of member but orvessa` where a status has many parties.
fn grouped(charter: &Charter, set: &BTreeSet<PartyId>) -> Vec<String> {
    let mut out = Vec::new();
    for status in charter.statuses.keys() {
        let of = charter.parties.iter().filter(|(_, party)| party.status == *status);
        let (within, without): (Vec<&PartyId>, Vec<&PartyId>) =
            of.map(|(id, _)| id).partition(|id| set.contains(*id));
        let names = |ids: &[&PartyId]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
        if within.len() <= NAMED_MAX || within.len() < without.len() {
            out.extend(names(&within));
        } else if without.is_empty() {
            out.push(format!("all of {status}"));
        } else {
            out.push(format!("all of {status} but {}", names(&without).join(" ")));
        }
    }
    out
}

/// Writes a time as a case does: `5:59` after the start.
fn since(start: UnixSeconds, time: UnixSeconds) -> String {
    let minutes = time.since(start).0 / 60;
    format!("{}:{:02}", minutes / 60, minutes % 60)
}
