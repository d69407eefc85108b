//! Taking words of a record back, and what became of the bytes.

use super::placed;
use super::reading::leaf;
use crate::answer::{Answer, counted};
use crate::failure::Failure;
use crate::node::{node_failure, now, open, open_with, passphrase};
use serde_json::json;
use std::path::{Path, PathBuf};
use veche_node::node::{Bytes, Node, Taken};

/// Words to be taken back.
#[derive(Debug, clap::Args)]
pub(crate) struct Redact {
    /// The record: its hash, or the number of what it opened
    record: String,
    /// The node's store
    #[arg(long)]
    store: PathBuf,
    /// The officer who signs
    #[arg(long)]
    officer: String,
    /// Why: whoever reads the record reads it
    #[arg(long)]
    reason: String,
    /// A field whose words are taken back; again for others; without it all that hold words. What is left is repeated in the redaction, where a
    /// later one does not reach it
    #[arg(long, value_name = "NAME")]
    field: Vec<String>,
    /// A file with the passphrase
    #[arg(long)]
    passphrase_file: PathBuf,
    /// A file with the officer's own passphrase, if the key has one
    #[arg(long)]
    officer_passphrase_file: Vec<PathBuf>,
}

impl Redact {
    pub(super) fn run(self) -> Result<Answer, Failure> {
        let words = passphrase(&self.passphrase_file)?;
        let officers = vec![self.officer.clone()];
        let mut node = open_with(&self.store, &officers, &words, &self.officer_passphrase_file)?;
        let leaf = leaf(&node, &self.record)?;
        let statement = node.redaction(&self.officer, &leaf, &self.field, &self.reason);
        let appended = node.append(&statement.map_err(node_failure)?, now());
        Ok(placed(&node, &appended.map_err(node_failure)?))
    }
}

/// Lists the records whose words were taken back; destroys first what may go by now.
///
/// # Errors
/// [`Failure`]: the store.
pub(super) fn list(store: &Path) -> Result<Answer, Failure> {
    let mut node = open(store, &[], &[])?;
    let destroyed = node.destroy_redacted(now()).map_err(node_failure)?;
    let all = node.taken_back(now()).map_err(node_failure)?;
    let mut lines: Vec<String> = all.iter().map(|taken| line(&node, taken)).collect();
    if lines.is_empty() {
        lines.push("no words were taken back".to_owned());
    }
    if destroyed > 0 {
        lines.push(format!(
            "destroyed now: the words of {}",
            counted(usize::try_from(destroyed).unwrap_or(usize::MAX), "record")
        ));
    }
    let told: Vec<_> = all.iter().map(|taken| told(&node, taken)).collect();
    Ok(Answer::new(lines.join("\n"), json!({"redacted": told, "destroyed": destroyed})))
}

fn line(node: &Node, taken: &Taken) -> String {
    let view = node.council().record_at(&taken.log, taken.index);
    let redacted = view.and_then(|view| view.redacted);
    let why = redacted.map_or_else(String::new, |redacted| {
        format!(": {}, by {}: {}", redacted.fields.join(", "), redacted.signer, redacted.reason)
    });
    format!("record {} of {}{why}\n  {}", taken.index, taken.log, says(taken.bytes))
}

fn says(bytes: Bytes) -> String {
    match bytes {
        Bytes::Gone => "the words are not in this store".to_owned(),
        Bytes::Until(at) => format!("the words are destroyed at {at}, if the key is not withdrawn before"),
        Bytes::NotHeld => "the words are destroyed a day after enough other nodes hold the redaction".to_owned(),
        Bytes::Doubtful => "the words stay here: the key that signed the redaction was withdrawn, or it is not admitted".to_owned(),
        Bytes::RestedOn => "the words stay here: a matter that can be decided rests on the record, and its certificate would have to open it".to_owned(),
    }
}

fn told(node: &Node, taken: &Taken) -> serde_json::Value {
    let word = match taken.bytes {
        Bytes::Gone => "gone",
        Bytes::Until(_) => "kept for a day",
        Bytes::NotHeld => "not held by enough others",
        Bytes::Doubtful => "doubtful",
        Bytes::RestedOn => "rested on",
    };
    let until = match taken.bytes {
        Bytes::Until(at) => Some(at.to_string()),
        Bytes::Gone | Bytes::NotHeld | Bytes::Doubtful | Bytes::RestedOn => None,
    };
    let view = node.council().record_at(&taken.log, taken.index).and_then(|view| view.redacted);
    json!({"log": taken.log.to_string(), "index": taken.index, "by": taken.by, "words": word, "until": until,
        "redaction": view})
}
