//! `veche calendar`: meetings, deadlines and duties as iCalendar (RFC 5545).

use crate::answer::{Answer, counted};
use crate::failure::{Failure, FailureKind};
use crate::node::{node_fault, now, open};
use crate::{file, screen};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use veche_exchange::ical::{self, FILE_LEN_MAX, Form, ReadEvent};
use veche_node::pages::{Sight, calendar};

/// The verbs.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Verb {
    /// Write what this node's party may read, or one matter, as a calendar
    ///
    /// A UID is the same in every export, and SEQUENCE rises with each change, so that a calendar program that reads the file again
    /// moves what moved. Tasks are deadlines and duties, events the times that a matter names.
    #[command(after_help = "Examples:\n  \
        veche calendar export --store arven.db --out arven.ics\n  \
        veche calendar export --store arven.db --case C-1 --address https://desk.arven.example")]
    Export {
        /// The node's store
        #[arg(long)]
        store: PathBuf,
        /// One matter and what is under it: a number such as C-1, or a record's hash
        #[arg(long, value_name = "NUMBER")]
        case: Option<String>,
        /// Where the desk is reached; each entry then names its page
        #[arg(long, value_parser = address)]
        address: Option<String>,
        /// Write to this file
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Check a calendar file, and list what is in it
    ///
    /// Exit code 5, with the line, if it is none.
    #[command(after_help = "Example:\n  veche calendar check arven.ics")]
    Check {
        /// The file; `-` reads standard input
        file: PathBuf,
    },
}

impl Verb {
    /// Does what was asked.
    ///
    /// # Errors
    /// [`Failure`]: the store, a number that is not here; a file that is no calendar.
    pub(crate) fn run(self) -> Result<Answer, Failure> {
        match self {
            Self::Export { store, case, address, out } => {
                export(&store, case.as_deref(), address.as_deref(), out.as_deref())
            }
            Self::Check { file } => check(&file),
        }
    }
}

/// Reads the address of a desk: scheme and host, without a path.
fn address(text: &str) -> Result<String, String> {
    let address = text.strip_suffix('/').unwrap_or(text);
    let host = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"));
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || "-._:[]".contains(c);
    match host {
        Some(host) if !host.is_empty() && host.chars().all(is_of_name) => Ok(address.to_owned()),
        Some(_) | None => {
            Err("an address is such as https://desk.arven.example, without a path".to_owned())
        }
    }
}

fn export(
    store: &Path,
    case: Option<&str>,
    address: Option<&str>,
    out: Option<&Path>,
) -> Result<Answer, Failure> {
    let node = open(store, &[], &[])?;
    let none = BTreeSet::new();
    let party = node.party();
    let sight = Sight {
        node: &node,
        party,
        officer: "",
        now: now(),
        is_drill: false,
        cut_off: &none,
        contacts: None,
    };
    let document = match case {
        None => calendar::all(&sight, address),
        Some(name) => {
            let missing = || node_fault(format!("nothing is called `{name}` here"));
            let id = veche_node::api::find(&node, sight.party, name, sight.now)
                .map_err(|_| missing())?;
            let view = sight.view(&id).ok_or_else(missing)?;
            calendar::of_case(&sight, &view, address)
        }
    };
    let count = document.matches("\r\nUID:").count();
    let json = json!({ "calendar": document, "entries": count });
    let Some(out) = out else { return Ok(Answer::document(&document, json)) };
    file::write(out, document.as_bytes())?;
    let entries = format!("{count} {}", if count == 1 { "entry" } else { "entries" });
    let json = json!({ "file": out.display().to_string(), "entries": count });
    Ok(Answer::new(format!("{}: {entries}", out.display()), json))
}

fn check(path: &Path) -> Result<Answer, Failure> {
    let bytes = file::read_input(path, FILE_LEN_MAX as u64)?;
    let entries = ical::read(&bytes).map_err(|error| {
        let name = format!("`{}`", path.display());
        let what = error.what.to_string();
        Failure::new(FailureKind::Calendar { name, what })
            .at(format!("line {}", error.line))
            .hinting(Some(error.what.hint().to_owned()))
    })?;
    let of = |form| entries.iter().filter(|entry| entry.form == form).count();
    let (events, tasks) = (of(Form::Event), of(Form::Task));
    let mut lines = vec![format!(
        "{}: {}, {}",
        path.display(),
        counted(events, "event"),
        counted(tasks, "task")
    )];
    lines.extend(entries.iter().map(line));
    let rows: Vec<Value> = entries.iter().map(row).collect();
    Ok(Answer::new(lines.join("\n"), json!({ "events": events, "tasks": tasks, "entries": rows })))
}

const fn word(form: Form) -> &'static str {
    match form {
        Form::Event => "event",
        Form::Task => "task",
    }
}

/// Returns when an entry is: of a whole day its date.
fn when(entry: &ReadEvent) -> Option<String> {
    let text = entry.at?.to_string();
    Some(if entry.is_day { text.chars().take("2026-11-22".len()).collect() } else { text })
}

fn line(entry: &ReadEvent) -> String {
    let off = if entry.is_cancelled { ", off" } else { "" };
    let when = when(entry).unwrap_or_else(|| "no time".to_owned());
    format!("{when} {}{off}: {}", word(entry.form), screen::one_line(&entry.summary))
}

fn row(entry: &ReadEvent) -> Value {
    json!({
        "form": word(entry.form), "uid": entry.uid, "at": when(entry), "sequence": entry.sequence,
        "summary": entry.summary, "is_cancelled": entry.is_cancelled,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_scheme_and_a_host() {
        assert_eq!(address("https://desk.arven.example/").unwrap(), "https://desk.arven.example");
        assert_eq!(address("http://[::1]:8080").unwrap(), "http://[::1]:8080");
        for wrong in
            ["", "desk.example", "https://", "javascript:x", "http://a/b", "http://a\r\nX:y"]
        {
            assert!(address(wrong).is_err(), "{wrong:?}");
        }
    }
}
