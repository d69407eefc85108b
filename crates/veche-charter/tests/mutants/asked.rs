//! Inputs that may tell an act, a duty, a label, an organ or the witnessing of a mutant from its charter's.

use crate::runner::found;
use std::collections::BTreeSet;
use toml::{Table, Value};
use veche_charter::Charter;
use veche_charter::model::{Act, Actor, ClockSpan, Duty, DutyOwner, Field, FieldForm, Trigger};
use veche_ledger::{Kind, Label, PartyId};

/// Kinds that an act is not about, tried as what it is about.
const STRANGERS: usize = 2;

/// Returns the inputs tried for one subject; the ones that say most come first, so that few cases tell many mutants.
pub(crate) fn inputs(charter: &Charter, subject: &str, name: &str) -> Vec<Table> {
    match subject {
        "act" => Kind::parse(name)
            .ok()
            .and_then(|kind| Some((kind.clone(), charter.acts.get(&kind)?)))
            .map(|(kind, act)| Asked::new(charter, &kind, act).inputs())
            .unwrap_or_default(),
        "by" => {
            let base = charter.acts.iter().map(|(kind, act)| Asked::new(charter, kind, act).base);
            base.map(|base| with(&base, "by", name)).collect()
        }
        "after" => after(charter, name),
        "label" => vec![Table::from_iter([("label".to_owned(), name.into())])],
        "organ" => organ(charter, name),
        "log" => vec![Table::from_iter([("log".to_owned(), name.into())])],
        _ => Vec::new(),
    }
}

/// Returns one party of each kind of standing: status and tags together.
pub(crate) fn standings(charter: &Charter) -> Vec<&PartyId> {
    let mut seen = BTreeSet::new();
    let parties = charter.parties.iter();
    let firsts = parties.filter(|(_, party)| seen.insert((&party.status, &party.tags)));
    firsts.map(|(id, _)| id).collect()
}

fn with(base: &Table, key: &str, value: impl Into<Value>) -> Table {
    let mut input = base.clone();
    input.insert(key.to_owned(), value.into());
    input
}

/// One act, and a statement of its kind that the charter lets through, if there is one.
struct Asked<'a> {
    charter: &'a Charter,
    act: &'a Act,
    base: Table,
}

impl<'a> Asked<'a> {
    fn new(charter: &'a Charter, kind: &Kind, act: &'a Act) -> Self {
        let mut base = Table::new();
        base.insert("act".into(), kind.as_str().into());
        if let Some(about) = act.about.first().filter(|_| act.about_required) {
            base.insert("about".into(), about.as_str().into());
        } else if let Some(any) = charter.acts.keys().next().filter(|_| act.about_required) {
            base.insert("about".into(), any.as_str().into());
        }
        let required = act.fields.iter().filter(|(_, field)| field.required);
        let terms: Table =
            required.map(|(name, field)| (name.to_string(), value(charter, field))).collect();
        base.insert("terms".into(), terms.into());
        let is_let = |by: &&PartyId| {
            found(charter, &with(&base, "by", by.as_str()))["verdict"] == "admitted"
        };
        let by = charter.parties.keys().find(is_let).or_else(|| charter.parties.keys().next());
        let base = with(&base, "by", by.map(PartyId::as_str).unwrap_or_default());
        Self { charter, act, base }
    }

    fn inputs(&self) -> Vec<Table> {
        let mut out = vec![self.full(), self.base.clone()];
        let set = |key: &str, value: Value| with(&self.base, key, value);
        out.extend(self.strangers().into_iter().map(|about| set("about", about.into())));
        out.extend(standings(self.charter).into_iter().map(|id| set("by", id.as_str().into())));
        out.extend(
            self.charter.labels.keys().map(|label: &Label| set("label", label.as_str().into())),
        );
        out.extend(["node", "root", "officer"].map(|key| set("signed", key.into())));
        let officers = 1..=i64::from(self.act.signatures) + 1;
        out.extend(officers.map(|n| with(&set("signed", "officer".into()), "officers", n)));
        let mut nothing = self.base.clone();
        nothing.remove("about");
        out.push(nothing);
        out.extend(self.act.about.iter().map(|kind| set("about", kind.as_str().into())));
        self.add_roles(&mut out);
        self.add_terms(&mut out);
        out
    }

    /// With every field, so that all that the act does is seen.
    fn full(&self) -> Table {
        let fields = self.act.fields.iter();
        let terms: Table =
            fields.map(|(name, f)| (name.to_string(), value(self.charter, f))).collect();
        with(&self.base, "terms", terms)
    }

    fn strangers(&self) -> Vec<&'a str> {
        let others = self.charter.acts.keys().filter(|kind| !self.act.about.contains(*kind));
        others.take(STRANGERS).map(Kind::as_str).collect()
    }

    /// The roles that the act is kept for, held by its author and by another.
    fn add_roles(&self, out: &mut Vec<Table>) {
        let by = self.base["by"].as_str().unwrap_or_default();
        let other = self.charter.parties.keys().map(PartyId::as_str).find(|id| *id != by);
        for actor in &self.act.by {
            if let Actor::Role(role) | Actor::NotRole(role) | Actor::MemberNotRole(role) = actor {
                for holder in [Some(by), other].into_iter().flatten() {
                    let roles = Table::from_iter([(role.to_string(), vec![holder].into())]);
                    out.push(with(&self.base, "roles", roles));
                }
            }
        }
    }

    fn add_terms(&self, out: &mut Vec<Table>) {
        let terms = self.base["terms"].as_table().unwrap();
        let mut add = |name: &str, value: Option<Value>| {
            let mut terms = terms.clone();
            match value {
                Some(value) => terms.insert(name.to_owned(), value),
                None => terms.remove(name),
            };
            out.push(with(&self.base, "terms", terms));
        };
        let limits = self.charter.delegations.values().flat_map(|d| &d.limits);
        let limits: Vec<_> = limits.collect();
        for (name, field) in &self.act.fields {
            let name = name.as_str();
            if field.required {
                add(name, None);
            }
            for word in field.one_of.sorted() {
                add(name, Some(word.as_str().into()));
            }
            if field.form == FieldForm::Word {
                add(name, Some("zzz".into()));
            }
            let of_field = limits.iter().filter(|(of, _)| of.as_str() == name).map(|(_, n)| **n);
            for limit in field.max.into_iter().chain(of_field) {
                add(name, Some(limit.into()));
                add(name, Some((limit + 1).into()));
            }
            let wrong =
                if field.form == FieldForm::Flag { "zzz".into() } else { Value::Boolean(true) };
            add(name, Some(wrong));
        }
        add("zzz", Some("zzz".into()));
    }
}

/// Returns a value of a field's form.
fn value(charter: &Charter, field: &Field) -> Value {
    let parties: Vec<&str> = charter.parties.keys().take(2).map(PartyId::as_str).collect();
    match field.form {
        FieldForm::Text | FieldForm::Other => "t".into(),
        FieldForm::Word => field.one_of.sorted().first().map_or("w", String::as_str).into(),
        FieldForm::Number => 1.into(),
        FieldForm::Flag => true.into(),
        FieldForm::Time => "2026-12-01T00:00:00Z".into(),
        FieldForm::Duration => "5d".into(),
        FieldForm::Party => parties[0].into(),
        FieldForm::Parties => parties.into(),
        FieldForm::Hash => "a".repeat(64).into(),
        FieldForm::Texts => vec!["t"].into(),
        FieldForm::Paragraphs => {
            let first =
                Table::from_iter([("n".to_owned(), 1.into()), ("text".to_owned(), "t".into())]);
            vec![Value::Table(first)].into()
        }
    }
}

/// Inputs for what starts duties: whoever did it, each urgency, each time that a duty reads, roles held and not held.
fn after(charter: &Charter, name: &str) -> Vec<Table> {
    let duties: Vec<&Duty> =
        charter.duties.values().filter(|duty| trigger(&duty.trigger) == name).collect();
    let mut base = Table::new();
    base.insert("after".into(), name.into());
    let fields = duties.iter().filter_map(|duty| match &duty.within {
        ClockSpan::Field { field, .. } => Some(field),
        ClockSpan::Fixed(_) | ClockSpan::Class(_) => None,
    });
    let fields: BTreeSet<_> = fields.collect();
    let spans = |text: &str| -> Table {
        fields.iter().map(|field| (field.to_string(), text.into())).collect()
    };
    let roles = duties.iter().filter_map(|duty| match actor_of(duty) {
        Actor::Role(role) | Actor::NotRole(role) | Actor::MemberNotRole(role) => Some(role),
        Actor::AnyMember | Actor::Any | Actor::Status(_) | Actor::Tag(_) | Actor::Party(_) => None,
    });
    let roles: BTreeSet<_> = roles.collect();
    let parties = standings(charter);
    let holder = parties.first().map_or("", |id| id.as_str());
    let held: Table = roles.iter().map(|role| (role.to_string(), vec![holder].into())).collect();
    if !held.is_empty() {
        base.insert("roles".into(), held.into());
    }
    let classes = charter.calendars.values().flat_map(|calendar| calendar.classes.values());
    let urgencies: BTreeSet<&String> = classes.flat_map(|class| class.keys()).collect();
    let by_class = duties.iter().any(|duty| matches!(duty.within, ClockSpan::Class(_)));
    let mut out = Vec::new();
    for by in parties {
        let said = with(&base, "by", by.as_str());
        if fields.is_empty() {
            out.push(said.clone());
        } else {
            out.push(with(&said, "times", spans("48:00")));
            out.push(with(&said, "times", spans("9000:00")));
            out.push(with(&said, "durations", spans("5d")));
        }
        for urgency in urgencies.iter().filter(|_| by_class) {
            out.push(with(&said, "urgency", urgency.as_str()));
        }
        // Before a weekend, and before a holiday: working days are told from days.
        for start in ["2026-12-31T20:00:00Z", "2027-03-05T12:00:00Z"] {
            let last = out.last().cloned().unwrap_or_default();
            out.push(with(&last, "start", start));
        }
    }
    out
}

/// Returns what starts a duty, as cases write it.
pub(crate) fn trigger(trigger: &Trigger) -> String {
    match trigger {
        Trigger::Act(kind) => kind.to_string(),
        Trigger::State(machine, state) => format!("{machine}.{state}"),
    }
}

/// An organ at the start of each of its first terms, and just before it.
fn organ(charter: &Charter, name: &str) -> Vec<Table> {
    let base = Table::from_iter([("organ".to_owned(), name.into())]);
    let Some(chair) = charter.organs.get(name).and_then(|organ| organ.chair.as_ref()) else {
        return vec![base];
    };
    let calendar = &charter.calendars[&charter.calendar];
    let mut out = vec![base.clone()];
    let mut at = chair.start;
    for _ in 0..=chair.order.len().min(6) {
        out.push(with(&base, "start", at.to_string()));
        at = calendar.add(at, chair.period);
    }
    out
}

const fn actor_of(duty: &Duty) -> &Actor {
    match &duty.owner {
        DutyOwner::Each(actor) | DutyOwner::EachOther(actor) => actor,
    }
}
