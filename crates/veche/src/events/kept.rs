//! Files of reported events: Parquet by their name, else JSON lines.

use crate::answer::Answer;
use crate::failure::{Failure, FailureKind};
use crate::{file, screen};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use veche_ledger::Hash;
use veche_picture::table::ReportedTable;
use veche_picture::{ReportedEvent, Vintage};

/// Most bytes of a file of events: some million of them.
pub(super) const FILE_LEN_MAX: u64 = 2 * 1024 * 1024 * 1024;

/// Longest line that is looked at to tell what a file holds, in bytes.
const LINE_LEN_MAX: u64 = 16 * 1024 * 1024;

/// How the name of a Parquet file ends.
pub(super) const PARQUET: &str = "parquet";

/// Says that a file of events is not what it should be.
pub(super) fn unusable(path: &Path, what: impl Into<String>) -> Failure {
    Failure::new(FailureKind::Events { path: path.to_owned(), what: what.into() })
}

/// Returns an event as the line of a file.
pub(super) fn line(event: &ReportedEvent) -> String {
    event.to_json().to_string()
}

pub(super) fn is_parquet(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == PARQUET)
}

/// Returns whether a file holds events: Parquet, or lines of which the first has a column of events that mentions do not have.
pub(super) fn is_kept(path: &Path) -> Result<bool, Failure> {
    use std::io::{BufRead as _, Read as _};
    if is_parquet(path) {
        return Ok(true);
    }
    let reading = |error| Failure::reading(path, error);
    let mut line = Vec::new();
    let file = std::fs::File::open(path).map_err(reading)?;
    std::io::BufReader::new(file)
        .take(LINE_LEN_MAX)
        .read_until(b'\n', &mut line)
        .map_err(reading)?;
    Ok(is_event(&line))
}

/// Returns whether a line holds an event.
pub(super) fn is_event(line: &[u8]) -> bool {
    let value: Value = serde_json::from_slice(line).unwrap_or_default();
    value["event"].is_string() && value["coder"].is_string()
}

/// Writes events where they belong: into a file, or as lines to standard output.
pub(super) fn write(
    events: Vec<ReportedEvent>,
    vintage: Vintage,
    out: Option<&Path>,
) -> Result<(), Failure> {
    let Some(path) = out else {
        for event in &events {
            if !screen::stream(&line(event))? {
                break;
            }
        }
        return Ok(());
    };
    if is_parquet(path) {
        let mut table = ReportedTable::default();
        let bytes = table
            .merge(events, vintage)
            .and_then(|_| table.to_parquet(&mut |_| {}))
            .map_err(|error| unusable(path, error.to_string()))?;
        return file::write(path, &bytes);
    }
    let lines: String = events.iter().map(|event| line(event) + "\n").collect();
    file::write(path, lines.as_bytes())
}

/// Returns the vintage of what was read: the hash of the hashes of its parts.
pub(super) fn vintage(parts: &[[u8; 32]]) -> Vintage {
    let parts: Vec<&[u8]> = parts.iter().map(<[u8; 32]>::as_slice).collect();
    Vintage(Hash::of(&parts).0)
}

/// Returns the hash of events, by which a file that is made from them is known.
pub(super) fn digest(events: &[ReportedEvent]) -> [u8; 32] {
    let lines: Vec<String> = events.iter().map(line).collect();
    let parts: Vec<&[u8]> = lines.iter().map(String::as_bytes).collect();
    Hash::of(&parts).0
}

/// Reads the events of a file.
pub(super) fn read(path: &Path) -> Result<Vec<ReportedEvent>, Failure> {
    let bytes = file::read_input(path, FILE_LEN_MAX)?;
    if is_parquet(path) {
        let table = ReportedTable::from_parquet(bytes)
            .map_err(|error| unusable(path, error.to_string()))?;
        return Ok(table.rows().map(|(event, _)| event.clone()).collect());
    }
    of_lines(path, &bytes)
}

/// Reads events from lines.
pub(super) fn of_lines(path: &Path, bytes: &[u8]) -> Result<Vec<ReportedEvent>, Failure> {
    let mut events = BTreeMap::new();
    for (number, line) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let fault = |what: String| unusable(path, format!("line {number}: {what}"));
        let value: Value = serde_json::from_slice(line)
            .map_err(|error| fault(format!("it is no JSON: {error}")))?;
        let event = ReportedEvent::from_json(&value)
            .map_err(|column| fault(format!("column `{column}` has no value that can be")))?;
        events.insert(event.event.clone(), event);
    }
    Ok(events.into_values().collect())
}

/// Shows the events of a file, by their days.
pub(super) fn show(path: &Path) -> Result<Answer, Failure> {
    let mut events = read(path)?;
    events.sort_by(|one, other| (one.first, &one.event).cmp(&(other.first, &other.event)));
    for event in events {
        if !screen::stream(&line(&event))? {
            break;
        }
    }
    Ok(Answer::new("", Value::Null))
}
