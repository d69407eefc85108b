//! From kept events, or lines of the coder, to a table of coded mentions.

use super::lines::Skipped;
use super::{kept, lines};
use crate::answer::{Answer, counted};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::{file, screen};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use veche_ledger::{Hash, Label};
use veche_picture::ReportedEvent;
use veche_picture::coded::{CodedMention, of_event, of_mention};
use veche_picture::joining::Mention;
use veche_picture::table::CodedTable;

/// Most mentions of one file of lines: some gigabytes of memory.
const MENTIONS_MAX: usize = 2_000_000;

/// Reads a label.
pub(crate) fn label(text: &str) -> Result<Label, String> {
    Label::parse(text).map_err(|error| error.to_string())
}

/// Rows with the hashes of what they are from.
#[derive(Default)]
struct Found {
    rows: Vec<CodedMention>,
    parts: Vec<[u8; 32]>,
    /// Of how many events; 0 straight from the coder.
    events: usize,
    beyond: usize,
    skipped: Skipped,
}

/// Writes the rows of a file, those without a label of their own under the one that is given.
pub(super) fn run(
    path: &Path,
    out: Option<&Path>,
    label: Option<&Label>,
) -> Result<Answer, Failure> {
    if out.is_some_and(|out| is_one(path, out)) {
        return Err(kept::unusable(path, "`--out` names the file that is read; give another name"));
    }
    let mut found = found(path)?;
    if let Some(label) = label {
        for row in &mut found.rows {
            row.label.get_or_insert_with(|| label.to_string());
        }
        found.parts.push(Hash::of(&[label.as_str().as_bytes()]).0);
    }
    let said = summary(&found);
    let told = json!({ "rows": found.rows.len(), "events": found.events, "passed_over": found.skipped.0, "outside_of_years": found.beyond });
    let exit = if found.skipped.0 + found.beyond == 0 { Exit::OK } else { Exit::INVALID };
    write(path, found, out)?;
    screen::note(&said);
    // Without a file standard output has the rows.
    Ok(Answer::new("", if out.is_some() { told } else { Value::Null }).ending(exit))
}

/// Returns whether two paths lead to one file: what is exported must not take the place of what it is made from, which says more.
fn is_one(path: &Path, other: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().ok();
    real(path).is_some_and(|path| real(other) == Some(path))
}

fn found(path: &Path) -> Result<Found, Failure> {
    if path.as_os_str() != file::STDIN {
        return if kept::is_kept(path)? {
            of_events(path, &kept::read(path)?)
        } else {
            of_lines(|skipped, take| lines::mentions(path, skipped, take), path)
        };
    }
    let bytes = file::read_input(path, kept::FILE_LEN_MAX)?;
    if bytes.split(|byte| *byte == b'\n').next().is_some_and(kept::is_event) {
        return of_events(path, &kept::of_lines(path, &bytes)?);
    }
    let name = "standard input";
    let read = |skipped: &mut Skipped, take: &mut Take<'_>| {
        lines::mentions_of(path, name, &mut bytes.as_slice(), skipped, take)
    };
    of_lines(read, path)
}

fn of_events(path: &Path, events: &[ReportedEvent]) -> Result<Found, Failure> {
    let mut found = Found { parts: vec![kept::digest(events)], ..Found::default() };
    found.events = events.len();
    for event in events {
        let rows = of_event(event).map_err(|error| kept::unusable(path, error.to_string()))?;
        found.rows.extend(rows);
    }
    Ok(found)
}

/// What takes a mention.
type Take<'t> = dyn FnMut(Mention) -> Result<(), Failure> + 't;

fn of_lines(
    read: impl FnOnce(&mut Skipped, &mut Take<'_>) -> Result<(), Failure>,
    path: &Path,
) -> Result<Found, Failure> {
    let mut found = Found::default();
    // Of two lines with one id the one with the lesser digest stands, as where they are joined.
    let mut rows: BTreeMap<String, ([u8; 32], Option<CodedMention>)> = BTreeMap::new();
    let mut skipped = Skipped::default();
    read(&mut skipped, &mut |mention| {
        if rows.len() >= MENTIONS_MAX {
            let what = format!("more than {MENTIONS_MAX} mentions: export them in parts");
            return Err(kept::unusable(path, what));
        }
        let held = rows.get(&mention.id);
        if held.is_none_or(|(digest, _)| mention.digest < *digest) {
            let row = of_mention(&mention);
            rows.insert(mention.id, (mention.digest, row));
        }
        Ok(())
    })?;
    found.skipped = skipped;
    for (digest, row) in rows.into_values() {
        found.parts.push(digest);
        found.beyond += usize::from(row.is_none());
        found.rows.extend(row);
    }
    if found.rows.is_empty() && found.skipped.0 > 0 {
        return Err(kept::unusable(path, "not one of its lines is a mention or an event"));
    }
    // The same lines, in whatever order, are one input.
    found.parts.sort_unstable();
    Ok(found)
}

fn summary(found: &Found) -> String {
    let mut said = counted(found.rows.len(), "row");
    if found.events > 0 {
        said = format!("{said} of {}", counted(found.events, "event"));
    }
    for (count, what) in
        [(found.skipped.0, "passed over"), (found.beyond, "outside of the years 1980 to 2199")]
    {
        if count > 0 {
            said = format!("{said}; {count} {what}");
        }
    }
    said
}

/// Writes the rows where they belong: as a table into a file, or as lines.
fn write(path: &Path, found: Found, out: Option<&Path>) -> Result<(), Failure> {
    let fault = |error: veche_picture::TableError| kept::unusable(path, error.to_string());
    let mut table = CodedTable::default();
    table.merge(found.rows, kept::vintage(&found.parts)).map_err(fault)?;
    let Some(out) = out else {
        for (row, _) in table.rows() {
            if !screen::stream(&row.to_json().to_string())? {
                break;
            }
        }
        return Ok(());
    };
    if kept::is_parquet(out) {
        return file::write(out, &table.to_parquet(&mut |_| {}).map_err(fault)?);
    }
    let lines: String = table.rows().map(|(row, _)| format!("{}\n", row.to_json())).collect();
    file::write(out, lines.as_bytes())
}
