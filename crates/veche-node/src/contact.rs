//! Contact checks: one party asks another whether somebody answers, and the answer is signed.
//!
//! No act is known by name. A check is whatever act of the charter opens a machine that waits, with a clock, for the one party that
//! the act names, and takes another act of that party for the answer.

use crate::node::{Node, Statement};
use crate::pages::Sight;
use std::collections::{BTreeMap, BTreeSet};
use veche_charter::Charter;
use veche_charter::model::{Act, Actor, FieldForm};
use veche_charter::name::FieldName;
use veche_council::view::ProcedureView;
use veche_ledger::json::Value;
use veche_ledger::{Hash, Kind, PartyId, UnixSeconds};

/// Most checks that are listed, the newest.
const LISTED_MAX: usize = 100;

/// An act with which a party is asked, and the one with which it answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckAct {
    /// The kind that asks.
    pub ask: Kind,
    /// The field that names who is asked.
    pub to: FieldName,
    /// The kind that answers.
    pub answer: Kind,
}

/// A check and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct CheckRow {
    /// Its number for people.
    pub number: String,
    /// Who asked.
    pub from: String,
    /// Who was asked.
    pub to: String,
    /// When it was asked, as the evidence proves it.
    pub asked_at: Option<String>,
    /// When it was answered.
    pub answered_at: Option<String>,
    /// True if the clock had run out before.
    pub is_late: bool,
}

/// Returns the acts with which contact is checked under a charter.
#[must_use]
pub fn check_acts(charter: &Charter) -> Vec<CheckAct> {
    charter.acts.iter().filter_map(|(kind, act)| check_act(charter, kind, act)).collect()
}

fn check_act(charter: &Charter, kind: &Kind, act: &Act) -> Option<CheckAct> {
    let machine = charter.machines.get(act.opens.as_ref()?)?;
    let start = machine.states.get(&machine.start)?;
    start.clock.as_ref()?;
    let mut required = act.fields.iter().filter(|(_, field)| field.required);
    let (to, field) = required.next()?;
    if field.form != FieldForm::Party || required.next().is_some() || act.about_required {
        return None;
    }
    let role = act.roles.iter().find(|(_, filled)| *filled == to).map(|(role, _)| role)?;
    let [only] = start.on.as_slice() else { return None };
    if only.by != Actor::Role(role.clone()) {
        return None;
    }
    let answers =
        |answer: &Act| answer.about.contains(kind) && answer.event.as_ref() == Some(&only.event);
    let (answer, _) = charter.acts.iter().find(|(_, answer)| answers(answer))?;
    Some(CheckAct { ask: kind.clone(), to: to.clone(), answer: answer.clone() })
}

/// Returns the statement with which a party is asked.
#[must_use]
pub fn ask(
    node: &Node,
    act: &CheckAct,
    to: &PartyId,
    officer: &str,
    drill: bool,
    now: UnixSeconds,
) -> Statement {
    let mut terms = BTreeMap::from([(act.to.to_string(), Value::Text(to.to_string()))]);
    let prefix = node.charter().acts.get(&act.ask).and_then(|entry| entry.number.as_deref());
    if let Some(prefix) = prefix {
        terms.insert(
            "ref".to_owned(),
            Value::Text(node.council().next_number_for(node.party(), prefix, now)),
        );
    }
    statement(node, &act.ask, Vec::new(), officer, drill, terms)
}

/// Returns the statement with which a check is answered: who answers stands in each text that the act requires.
///
/// `None`: nothing of this name is a check that was put to the node's party.
#[must_use]
pub fn answer(node: &Node, check: &Hash, officer: &str, now: UnixSeconds) -> Option<Statement> {
    let view = node.council().procedure_for(node.party(), check, now)?;
    let charter = node.council().charter_of(check)?;
    let act = check_acts(charter).into_iter().find(|act| act.ask.as_str() == view.kind)?;
    if asked_of(&act.to, &view).as_deref() != Some(node.party().as_str()) {
        return None;
    }
    let fields = &charter.acts.get(&act.answer)?.fields;
    let texts = fields.iter().filter(|(_, field)| field.required && field.form == FieldForm::Text);
    let terms =
        texts.map(|(name, _)| (name.to_string(), Value::Text(officer.to_owned()))).collect();
    Some(statement(node, &act.answer, vec![*check], officer, view.is_drill, terms))
}

fn statement(
    node: &Node,
    kind: &Kind,
    about: Vec<Hash>,
    officer: &str,
    drill: bool,
    terms: BTreeMap<String, Value>,
) -> Statement {
    Statement {
        party: node.party().clone(),
        officers: vec![officer.to_owned()],
        kind: kind.clone(),
        label: None,
        about,
        drill,
        terms: Value::Map(terms),
    }
}

/// Returns the newest checks that the node's party may read, and what came of each.
#[must_use]
pub fn checks(node: &Node, now: UnixSeconds) -> Vec<CheckRow> {
    let none = BTreeSet::new();
    let sight = Sight {
        node,
        party: node.party(),
        officer: "",
        now,
        is_drill: false,
        cut_off: &none,
        contacts: None,
    };
    let kinds: BTreeMap<Kind, FieldName> = node
        .council()
        .charters()
        .flat_map(|version| check_acts(version.charter))
        .map(|act| (act.ask, act.to))
        .collect();
    let listed = node.council().listed().rev();
    let listed = listed.filter(|listed| kinds.contains_key(listed.kind) && sight.may_list(listed));
    let views =
        listed.filter_map(|listed| Some((kinds.get(listed.kind)?, sight.view(&listed.id)?)));
    views.take(LISTED_MAX).map(|(to, view)| row(to, &view)).collect()
}

/// Returns who was asked by a check.
fn asked_of(to: &FieldName, view: &ProcedureView) -> Option<String> {
    let terms = veche_ledger::parse_canonical(view.terms.as_bytes()).ok()?;
    Some(terms.get(to.as_str())?.as_text()?.to_owned())
}

fn row(to: &FieldName, view: &ProcedureView) -> CheckRow {
    let to = asked_of(to, view).unwrap_or_default();
    let steps = || view.units.iter().flat_map(|unit| &unit.steps);
    let is_answer = |step: &&veche_council::view::StepView| {
        !step.is_refused && step.by.as_deref() == Some(to.as_str())
    };
    let answered = steps().find(is_answer);
    // A step without a record is a clock that ran out.
    let is_late = steps().take_while(|step| !is_answer(step)).any(|step| step.leaf.is_none());
    CheckRow {
        number: view.number.clone(),
        from: view.author.clone(),
        asked_at: view.since.clone(),
        answered_at: answered.map(|step| step.at.clone()),
        is_late,
        to,
    }
}
