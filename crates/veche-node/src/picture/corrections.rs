//! What analysts said of reported events: read from a node's records.

use super::words::Counted;
use crate::node::Node;
use veche_charter::model::{Act, Charter};
use veche_council::view::RecordView;
use veche_ledger::{Kind, Value, parse_canonical};
use veche_picture::joining::Correction;
use veche_picture::joining::correction::{CorrectionFault, NEEDED, OTHERS, Typed};
use veche_picture::joining::mention::moment;

/// Corrections that records hold, and what looks like one and is none.
#[derive(Debug, Clone, Default)]
pub struct Corrections {
    /// In the order in which they became known.
    pub all: Vec<Correction>,
    /// Where it stands, and what is wrong with it.
    pub faulty: Vec<(String, String)>,
}

/// Returns the acts of a charter in which reported events are corrected: those with all the fields for it.
pub fn kinds(charter: &Charter) -> impl Iterator<Item = (&Kind, &Act)> {
    let has = |act: &Act, name: &str| act.fields.keys().any(|field| field.as_str() == name);
    let all = move |act: &Act| NEEDED.iter().chain(&OTHERS).all(|name| has(act, name));
    charter.acts.iter().filter(move |(_, act)| all(act))
}

/// Checks the terms of a statement that corrects an event; those of any other act are sound here.
///
/// # Errors
/// [`CorrectionFault`]: what no charter can say, such as a day that is none.
pub fn check(charter: &Charter, kind: &Kind, terms: &Value) -> Result<(), CorrectionFault> {
    if kinds(charter).any(|(own, _)| own == kind) {
        Correction::read(&Terms(terms))?;
    }
    Ok(())
}

struct Terms<'t>(&'t Value);

impl Typed for Terms<'_> {
    fn text(&self, field: &str) -> Option<&str> {
        self.0.get(field).and_then(Value::as_text).filter(|text| !text.is_empty())
    }

    fn list(&self, field: &str) -> Option<Vec<&str>> {
        match self.0.get(field)? {
            Value::List(items) => Some(items.iter().filter_map(Value::as_text).collect()),
            Value::Map(_) | Value::Text(_) | Value::Int(_) | Value::Bool(_) => None,
        }
    }
}

impl Corrections {
    /// Reads the corrections that a node holds.
    pub fn of_node(node: &Node, counted: &Counted<impl Fn(&RecordView) -> bool>) -> Self {
        let kinds: Vec<&Kind> = kinds(node.charter()).map(|(kind, _)| kind).collect();
        let mut found = Self::default();
        if kinds.is_empty() {
            return found;
        }
        for view in counted.records(node, &kinds) {
            let terms = view.terms.as_ref().and_then(|text| parse_canonical(text.as_bytes()).ok());
            let Some(terms) = terms else { continue };
            match Correction::read(&Terms(&terms)) {
                Ok(read) => found.all.push(Correction {
                    record: view.record.leaf.clone(),
                    party: view.author.clone(),
                    known: view.at.as_deref().and_then(moment),
                    stated: moment(&view.time),
                    number: Some(view.record.index),
                    ..read
                }),
                Err(fault) => {
                    let place = format!("record {} of {}", view.record.index, view.record.log);
                    found.faulty.push((place, fault.to_string()));
                }
            }
        }
        found
    }
}
