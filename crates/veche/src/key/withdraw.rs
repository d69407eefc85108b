//! `veche key revoke` and `veche key resign`: what a lost key signed is taken back, and what its party stands by is said again.

use crate::answer::{Answer, counted};
use crate::failure::Failure;
use crate::file;
use crate::node::{node_failure, node_fault, now, open, open_with, passphrase};
use crate::record::{draft_file, placed};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::path::PathBuf;
use veche_council::view::RecordView;
use veche_ledger::{Hash, KeyName};
use veche_node::node::Node;

/// A key to be withdrawn.
#[derive(Debug, clap::Args)]
pub(crate) struct Revoke {
    /// The officer, or the key's whole name
    key: String,
    /// The node's store
    #[arg(long)]
    store: PathBuf,
    /// How many records of the log stand, counted from its first: what the key signed after them is taken back
    #[arg(long, value_name = "COUNT")]
    last_good: u64,
    /// Why: every party reads it
    #[arg(long)]
    reason: String,
    /// A file with the node's passphrase
    #[arg(long)]
    passphrase_file: PathBuf,
    /// The draft
    #[arg(long)]
    out: PathBuf,
}

impl Revoke {
    pub(super) fn run(self) -> Result<Answer, Failure> {
        let mut node = open(&self.store, &[], &passphrase(&self.passphrase_file)?)?;
        let party = node.party().clone();
        let log = node.log_of(&party).map_err(node_failure)?;
        let name = if self.key.contains('/') {
            self.key.clone()
        } else {
            let base = log.as_str().rsplit_once('/').map_or("", |(base, _)| base);
            format!("{base}/{}", self.key)
        };
        let name = KeyName::parse(&name).map_err(node_fault)?;
        let size = node.size_of(&log);
        if self.last_good > size {
            let hint = format!("`{log}` has {size} records: give that to take nothing back");
            let said = format!("record {} is not there yet", self.last_good);
            return Err(node_fault(said).hinting(Some(hint)));
        }
        let drawn = node.prepare_revocation(&party, &name, self.last_good, &self.reason, now());
        let (draft, opening) = drawn.map_err(node_failure)?;
        let falls = node.signed_by_from(&party, &name, self.last_good);
        file::write(&self.out, format!("{}\n", draft_file(&draft, &opening)).as_bytes())?;
        let mut lines = vec![format!("{}: to be signed by the root key", self.out.display())];
        if falls.is_empty() {
            lines.push(format!("`{name}` signed nothing from record {} on", self.last_good));
        } else {
            let records = counted(falls.len(), "record");
            lines.push(format!("{records} will have no effect until signed anew:"));
            lines.extend(falls.iter().map(|view| format!("  {}", says(&node, view))));
            let matters = matters(&node, &falls);
            if !matters.is_empty() {
                lines.push("matters that they were said in:".to_owned());
                lines.extend(matters.iter().map(|(number, title)| format!("  {number} {title}")));
            }
        }
        let rows: Vec<Json> = falls.iter().map(|view| row(&node, view)).collect();
        let matters: Vec<String> = matters(&node, &falls).into_keys().collect();
        let json = json!({"file": self.out, "key": name.to_string(), "last_good_size": self.last_good, "records": rows, "matters": matters});
        Ok(Answer::new(lines.join("\n"), json))
    }
}

/// Returns the matters of some records, by number, with their titles.
fn matters(node: &Node, views: &[RecordView]) -> BTreeMap<String, String> {
    let ids = views.iter().filter_map(|view| Hash::parse(view.procedure.as_ref()?).ok());
    ids.filter_map(|id| node.council().number_and_title(&id)).collect()
}

fn number(node: &Node, view: &RecordView) -> Option<String> {
    let id = Hash::parse(view.procedure.as_ref()?).ok()?;
    Some(node.council().number_and_title(&id)?.0)
}

fn says(node: &Node, view: &RecordView) -> String {
    let matter = number(node, view).map_or_else(String::new, |number| format!(", {number}"));
    let short: String = view.record.leaf.chars().take(8).collect();
    format!("record {}: {} of {}{matter} ({short})", view.record.index, view.kind, view.time)
}

fn row(node: &Node, view: &RecordView) -> Json {
    json!({
        "index": view.record.index,
        "leaf": view.record.leaf,
        "kind": view.kind,
        "time": view.time,
        "signer": view.signer,
        "matter": number(node, view),
    })
}

/// Suspended records, to be listed or signed anew.
#[derive(Debug, clap::Args)]
pub(crate) struct Resign {
    /// The node's store
    #[arg(long)]
    store: PathBuf,
    /// The number of a record to sign anew; again for others. The rest stays without effect
    #[arg(long, value_name = "NUMBER", requires = "officer", requires = "passphrase_file")]
    record: Vec<u64>,
    /// The officer who signs
    #[arg(long)]
    officer: Option<String>,
    /// A file with the node's passphrase
    #[arg(long)]
    passphrase_file: Option<PathBuf>,
    /// A file with the officer's own passphrase, if the key has one
    #[arg(long)]
    officer_passphrase_file: Option<PathBuf>,
}

impl Resign {
    pub(super) fn run(self) -> Result<Answer, Failure> {
        let (Some(officer), Some(words)) = (&self.officer, &self.passphrase_file) else {
            return self.list();
        };
        if self.record.is_empty() {
            return self.list();
        }
        let own: Vec<PathBuf> = self.officer_passphrase_file.iter().cloned().collect();
        let officers = [officer.clone()];
        let mut node = open_with(&self.store, &officers, &passphrase(words)?, &own)?;
        let party = node.party().clone();
        let suspended = node.suspended(&party);
        // All are looked for before the first is signed.
        let mut wanted = Vec::new();
        for index in &self.record {
            let view = suspended.iter().find(|view| view.record.index == *index);
            let view = view.ok_or_else(|| {
                let hint = "`veche key resign --store STORE` lists those that wait".to_owned();
                node_fault(format!("record {index} does not wait to be signed anew"))
                    .hinting(Some(hint))
            })?;
            wanted.push((view, Hash::parse(&view.record.leaf).map_err(node_fault)?));
        }
        let (mut lines, mut rows) = (Vec::new(), Vec::new());
        for (view, leaf) in wanted {
            let statement = node.resigning(&party, officer, view, leaf).map_err(node_failure)?;
            let appended = node.append(&statement, now()).map_err(node_failure)?;
            let placed = placed(&node, &appended);
            let anew = format!("signed anew by `{officer}` as record {}", appended.index);
            lines.push(format!("{}: {anew}", says(&node, view)));
            rows.push(json!({"record": row(&node, view), "anew": placed.json}));
        }
        let left = node.suspended(&party).len();
        lines.push(left_over(left));
        Ok(Answer::new(lines.join("\n"), json!({"signed": rows, "left": left})))
    }

    fn list(&self) -> Result<Answer, Failure> {
        let node = open(&self.store, &[], &[])?;
        let suspended = node.suspended(node.party());
        let mut lines: Vec<String> = suspended.iter().map(|view| says(&node, view)).collect();
        lines.push(left_over(suspended.len()));
        let rows: Vec<Json> = suspended.iter().map(|view| row(&node, view)).collect();
        Ok(Answer::new(lines.join("\n"), json!({"records": rows, "left": suspended.len()})))
    }
}

fn left_over(count: usize) -> String {
    if count == 0 {
        "nothing waits to be signed anew".to_owned()
    } else {
        format!("{} without effect until signed anew", counted(count, "record"))
    }
}
