//! Who may read a record, and why its content is not here.

use crate::answer::Answer;
use crate::failure::Failure;
use crate::node::{node_fault, now, open};
use serde_json::json;
use std::path::Path;
use veche_ledger::{Hash, Origin};
use veche_node::missing::{self, Reader};
use veche_node::node::Node;

/// Tells who may read a record.
///
/// # Errors
/// [`Failure`]: the store, a record that is not here.
pub(super) fn readers(store: &Path, record: &str) -> Result<Answer, Failure> {
    let node = open(store, &[], &[])?;
    let leaf = leaf(&node, record)?;
    let readers = missing::readers((&node, now()), node.party(), &leaf);
    let lines: Vec<String> = match &readers {
        None => vec!["it is sealed, and not for you: for whom it is, is not said".to_owned()],
        Some(readers) => readers.iter().map(|reader| line(&node, reader)).collect(),
    };
    let told =
        json!({"record": leaf.to_string(), "readers": missing::told_readers(readers.as_deref())});
    Ok(Answer::new(lines.join("\n"), told))
}

fn line(node: &Node, reader: &Reader) -> String {
    let why = &reader.why;
    let held = reader
        .held_at
        .map_or_else(|| "no receipt of it is here".to_owned(), |at| format!("held since {at}"));
    let at = if reader.node == reader.party {
        String::new()
    } else {
        format!(", at the node of {}", node.charter().author_name(reader.node.as_str()))
    };
    format!("{:<16} {why}; {held}{at}", reader.party.as_str())
}

/// Tells how many records are here without their content.
///
/// # Errors
/// [`Failure`]: the store.
pub(super) fn counts(store: &Path) -> Result<Answer, Failure> {
    let node = open(store, &[], &[])?;
    let counts = node.unread_counts(node.party(), now());
    let row = |log: &Origin, why, n: &u64| json!({"log": log.to_string(), "why": missing::word(why), "records": n});
    let mut lines: Vec<String> = counts
        .iter()
        .map(|((log, why), n)| format!("{n:>8}  {:<14} {log}", missing::word(*why)))
        .collect();
    if lines.is_empty() {
        lines.push("the content of every record is here".to_owned());
    }
    let told: Vec<_> = counts.iter().map(|((log, why), n)| row(log, *why, n)).collect();
    Ok(Answer::new(lines.join("\n"), json!(told)))
}

/// Tells why a record's content is not here.
///
/// # Errors
/// [`Failure`]: the store, a name that is none.
pub(super) fn missing(store: &Path, record: &str) -> Result<Answer, Failure> {
    let node = open(store, &[], &[])?;
    let (log, index) = match place(&node, record) {
        Some(place) => place?,
        None => {
            let leaf = leaf(&node, record)?;
            let view = node.council().record_for(node.party(), &leaf, now());
            let view = view.ok_or_else(|| not_here(record))?;
            (Origin::parse(&view.record.log).map_err(node_fault)?, view.record.index)
        }
    };
    let missing = missing::missing((&node, now()), node.party(), &log, index);
    let mut lines = vec![format!("record {index} of {log}"), missing.reason(&node)];
    lines.extend(missing.advice(&node));
    Ok(Answer::new(lines.join("\n"), missing::told(&node, &missing)))
}

/// Reads `PARTY:NUMBER`; `None`: it is of another form.
fn place(node: &Node, text: &str) -> Option<Result<(Origin, u64), Failure>> {
    let (party, index) = text.split_once(':')?;
    let logs = node.heads().map(|head| head.log).filter(|log| log.party() == party);
    let log = logs.max_by_key(Origin::epoch);
    let index = index.parse();
    Some(match (log, index) {
        (Some(log), Ok(index)) => Ok((log, index)),
        (None, _) => Err(node_fault(format!("nothing of a log of `{party}` is here"))),
        (Some(_), Err(_)) => Err(node_fault(format!("`{text}` is no record: write PARTY:NUMBER"))),
    })
}

pub(super) fn leaf(node: &Node, name: &str) -> Result<Hash, Failure> {
    let known = |leaf: &Hash| node.council().record_for(node.party(), leaf, now()).is_some();
    let by_number = node.council().by_number_for(node.party(), name, now());
    let leaf = by_number.or_else(|| Hash::parse(name).ok()).filter(known);
    leaf.ok_or_else(|| not_here(name))
}

fn not_here(name: &str) -> Failure {
    let shown: String = name.chars().take(80).collect();
    node_fault(format!("there is no record `{shown}` here")).hinting(Some(
        "if only its log and number are known: `veche record missing PARTY:NUMBER`".to_owned(),
    ))
}
