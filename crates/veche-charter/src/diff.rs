//! What differs between two charters: entry by entry, with the lines.
//!
//! Both are read as written, so that the difference speaks of the keys that a person wrote. Comments and order of entries
//! do not count; the order inside a list does, because transitions are tried and chairs follow one another in it.

use crate::fault::Fault;
use crate::text::{CharterText, place};
use std::collections::{BTreeMap, BTreeSet};
use toml::{Table, Value};

/// An entry that is not the same in both charters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The table: `machines`.
    pub table: String,
    /// The entry: `silence.silence`.
    pub entry: String,
    /// Its line in the newer charter; in the older one, if it is gone from the newer.
    pub line: usize,
    /// What became of it.
    pub change: Change,
}

/// What became of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Only the newer charter has it.
    Added,
    /// Only the older one had it.
    Removed,
    /// Both have it, with other keys or values: each key with its value before and after.
    Changed(Vec<KeyChange>),
}

/// A key that is not the same in both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyChange {
    /// The key inside the entry: `clock`.
    pub key: String,
    /// Its value before, as TOML; `None` if it was not there.
    pub before: Option<String>,
    /// Its value after.
    pub after: Option<String>,
}

/// Keys of one entry with their values as TOML.
type Keys = BTreeMap<String, Value>;

/// The entries of a charter by their path: `[machines, silence, states, broken]`.
type Entries = BTreeMap<Vec<String>, Keys>;

/// Returns the entries that differ from the older charter to the newer, by table and name.
///
/// # Errors
/// The [`Fault`] of the first of the two that is no TOML. Whether they are charters without fault is not asked.
pub fn diff(before: &[u8], after: &[u8]) -> Result<Vec<Difference>, Box<Fault>> {
    let (old_text, new_text) =
        (CharterText::parse(before, "the older")?, CharterText::parse(after, "the newer")?);
    let (old, new) = (entries(before), entries(after));
    let paths: BTreeSet<&Vec<String>> = old.keys().chain(new.keys()).collect();
    let differing = paths.into_iter().filter_map(|path| {
        let change = match (old.get(path), new.get(path)) {
            (Some(old), Some(new)) => Change::Changed(keys_that_differ(old, new)?),
            (Some(_), None) => Change::Removed,
            (None, _) => Change::Added,
        };
        let text = if change == Change::Removed { &old_text } else { &new_text };
        let (table, entry) = place(path);
        Some(Difference { table, entry, line: text.line(path), change })
    });
    Ok(differing.collect())
}

fn keys_that_differ(old: &Keys, new: &Keys) -> Option<Vec<KeyChange>> {
    let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let differing = keys.into_iter().filter(|key| old.get(*key) != new.get(*key));
    let changes: Vec<KeyChange> = differing
        .map(|key| KeyChange {
            key: key.clone(),
            before: old.get(key).map(ToString::to_string),
            after: new.get(key).map(ToString::to_string),
        })
        .collect();
    (!changes.is_empty()).then_some(changes)
}

/// Splits a charter into its entries: the tables of two levels, and each state of a machine as one of its own.
fn entries(bytes: &[u8]) -> Entries {
    // The caller has parsed it before, with the better message.
    let root: Table =
        std::str::from_utf8(bytes).ok().and_then(|text| text.parse().ok()).unwrap_or_default();
    let mut out = Entries::new();
    for (table, value) in root {
        // `[charter]`, `[witnessing]` and `[articles]` have values where others have entries.
        let (named, own): (Vec<_>, Vec<_>) =
            tables_of(value).into_iter().partition(|(_, value)| value.is_table());
        if !own.is_empty() {
            out.insert(vec![table.clone()], own.into_iter().collect());
        }
        for (name, value) in named {
            put_entry(vec![table.clone(), name], tables_of(value), &mut out);
        }
    }
    out
}

fn put_entry(path: Vec<String>, mut entry: Table, out: &mut Entries) {
    if path.first().is_some_and(|table| table == "machines") {
        let states = entry.remove("states").map(tables_of).unwrap_or_default();
        for (state, value) in states {
            let path = [path.as_slice(), &["states".to_owned(), state]].concat();
            out.insert(path, tables_of(value).into_iter().collect());
        }
    }
    out.insert(path, entry.into_iter().collect());
}

fn tables_of(value: Value) -> Table {
    match value {
        Value::Table(table) => table,
        Value::String(_)
        | Value::Integer(_)
        | Value::Float(_)
        | Value::Boolean(_)
        | Value::Datetime(_)
        | Value::Array(_) => Table::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::tests::SIX_RIVERS;

    #[track_caller]
    fn check(from: &str, to: &str, expected: &[&str]) {
        let changed = SIX_RIVERS.replacen(from, to, 1);
        assert_ne!(changed, SIX_RIVERS, "`{from}` is not in the charter");
        let found = diff(SIX_RIVERS.as_bytes(), changed.as_bytes()).unwrap();
        let told: Vec<String> = found.iter().map(told).collect();
        assert_eq!(told, expected);
    }

    fn told(difference: &Difference) -> String {
        let Difference { table, entry, change, .. } = difference;
        match change {
            Change::Added => format!("+ {table} {entry}"),
            Change::Removed => format!("- {table} {entry}"),
            Change::Changed(keys) => {
                let keys: Vec<&str> = keys.iter().map(|key| key.key.as_str()).collect();
                format!("{table} {entry}: {}", keys.join(", "))
            }
        }
    }

    #[test]
    fn a_charter_does_not_differ_from_itself_with_another_comment() {
        let other = format!("# another comment\n{SIX_RIVERS}");
        assert_eq!(diff(SIX_RIVERS.as_bytes(), other.as_bytes()).unwrap(), []);
    }

    #[test]
    fn a_changed_key_is_told_with_its_entry() {
        check("zone = \"+02:00\"", "zone = \"+04:00\"", &["parties orvessa: zone"]);
        check("quorum = 4", "quorum = 5", &["witnessing : quorum"]);
        check("\"1.2\" = \"The presidency", "\"1.2\" = \"The chair", &["articles : 1.2"]);
    }

    #[test]
    fn an_entry_renamed_is_one_gone_and_one_new() {
        check(
            "[parties.pell-union]",
            "[parties.pell-league]",
            &["+ parties pell-league", "- parties pell-union"],
        );
    }

    #[test]
    fn what_is_no_toml_is_refused_with_its_line() {
        let fault = diff(SIX_RIVERS.as_bytes(), b"[charter\n").unwrap_err();
        assert_eq!((fault.file.as_str(), fault.line), ("the newer", 1));
    }
}
