//! `veche picture vintages`: every input of a store, since when it is known, and what it rewrote.

use super::store::Store;
use crate::answer::{Answer, counted};
use crate::failure::{Failure, FailureKind};
use crate::screen;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use veche_picture::vintage::{Entry, Shelved, Widening};
use veche_picture::{Date, Series};

/// Digits of a hash that are shown in a table.
const SHORT: usize = 12;

/// Lists the vintages of a store, of one series or of all, as they were known on a day or are now.
pub(crate) fn run(
    store: &Store,
    series: Option<&Series>,
    as_of: Option<Date>,
) -> Result<Answer, Failure> {
    let catalogue = store.catalogue()?;
    let tables: BTreeSet<&Shelved> = catalogue
        .entries()
        .iter()
        .filter(|entry| as_of.is_none_or(|day| entry.known <= day))
        .map(|entry| &entry.of)
        .filter(|of| series.is_none_or(|series| **of == Shelved::Counts(series.clone())))
        .collect();
    if tables.is_empty() {
        return Err(none(store, series, as_of));
    }
    let (mut blocks, mut told) = (Vec::new(), Vec::new());
    for of in tables {
        let mut entries = catalogue.of(of);
        entries.retain(|entry| as_of.is_none_or(|day| entry.known <= day));
        let learnt = learnt(store, of, as_of)?;
        blocks.push(block(of, &entries, &learnt));
        told.push(json!({ "of": of, "vintages": entries, "revisions": learnt.json() }));
    }
    Ok(Answer::new(blocks.join("\n\n"), json!({ "tables": told })))
}

fn none(store: &Store, series: Option<&Series>, as_of: Option<Date>) -> Failure {
    let of = series.map_or("anything".to_owned(), |series| format!("counts-{series}"));
    let store = store.dir().to_owned();
    match as_of {
        Some(day) => Failure::new(FailureKind::NotKnownThen { store, of, day }),
        None => Failure::new(FailureKind::EmptyStore(store))
            .hinting(Some(super::store::IMPORT_FIRST.to_owned())),
    }
}

/// What the vintages of a table teach of how its counts are revised.
enum Learnt {
    /// So much.
    Much(Widening),
    /// Nothing, for a reason.
    Nothing(String),
    /// It is no table of counts.
    NoCounts,
}

impl Learnt {
    fn json(&self) -> Value {
        match self {
            Self::Much(widening) => json!(widening),
            Self::Nothing(why) => json!({ "none": why }),
            Self::NoCounts => Value::Null,
        }
    }
}

fn learnt(store: &Store, of: &Shelved, as_of: Option<Date>) -> Result<Learnt, Failure> {
    let Shelved::Counts(series) = of else {
        return Ok(Learnt::NoCounts);
    };
    let shelf = store.shelf(series, as_of)?;
    let months = shelf.releases().last().map(|newest| newest.counts().keys().map(|key| key.1));
    let last = months.and_then(Iterator::max);
    Ok(match last.map(|last| Widening::learn(&shelf, last)) {
        Some(Ok(widening)) => Learnt::Much(widening),
        Some(Err(why)) => Learnt::Nothing(why.to_string()),
        None => Learnt::Nothing("there is no count".to_owned()),
    })
}

fn block(of: &Shelved, entries: &[&Entry], learnt: &Learnt) -> String {
    let mut lines = vec![format!("{of}: {}", counted(entries.len(), "vintage"))];
    for (at, entry) in entries.iter().enumerate() {
        let Entry { known, rows, first, last, rewritten, untold, .. } = entry;
        let vintage: String = entry.vintage.to_string().chars().take(SHORT).collect();
        let changed = match (at, rewritten, untold) {
            (0, ..) => String::new(),
            (_, 0, 0) => "  rewrites nothing".to_owned(),
            (_, rewritten, untold) => format!("  rewrites {rewritten}, leaves out {untold}"),
        };
        lines.push(format!("  {known}  {vintage}  {first} to {last} {rows:>9} rows{changed}"));
        let (source, licence) = (screen::one_line(&entry.source), screen::one_line(&entry.licence));
        lines.push(format!("              {source}; {licence}"));
    }
    match learnt {
        Learnt::Much(widening) => {
            lines.push("what they teach of the latest months:".to_owned());
            lines.extend(widening.said().into_iter().map(|line| format!("  {line}")));
        }
        Learnt::NoCounts => {}
        Learnt::Nothing(why) => lines.push(format!("how counts are revised is not learnt: {why}")),
    }
    lines.join("\n")
}
