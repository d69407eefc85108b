//! The records by which PETRARCH tests itself, through the front end that codes Penn trees by its rules.

use super::{FILE_LEN_MAX, failure};
use crate::answer::Answer;
use crate::code::petrarch::{Dictionaries, Kind};
use crate::failure::Failure;
use crate::file;
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use veche_coder::model::english;
use veche_coder::petrarch::suite::{self, Expected, Outcome, Record, Suite};
use veche_coder::petrarch::{Event, parsed};

/// What a suite calls its dictionaries.
const FILES: [(&str, Kind); 4] = [
    ("Actorfile", Kind::Actors),
    ("Agentfile", Kind::Agents),
    ("Verbfile", Kind::Verbs),
    ("Discardfile", Kind::Discards),
];

/// How many records of a category passed, failed, and were not meant.
#[derive(Clone, Copy, Default)]
struct Tally {
    passed: usize,
    failed: usize,
    not_meant: usize,
}

/// Runs the records of a file with the dictionaries that it names, over their own trees or the coder's parse of their sentences.
///
/// # Errors
/// [`Failure`]: the files, or what stands in them.
pub(crate) fn run(path: &Path, dictionaries: &Path, own_parse: bool) -> Result<Answer, Failure> {
    let suite = suite::read(&file::read(path, FILE_LEN_MAX)?)
        .map_err(|error| failure(&format!("`{}`: {error}", path.display())))?;
    let front = read(&suite, dictionaries)?.front;
    let english = english().map_err(|error| failure(&error.to_string()))?;
    let mut by_category: BTreeMap<&str, Tally> = BTreeMap::new();
    let mut misses = String::new();
    let mut told = Vec::new();
    for record in &suite.records {
        let outcome = if own_parse {
            // A sentence that is not parsed is one without a tree.
            record.run_over(&front, &parsed(&record.text, &english).unwrap_or_default())
        } else {
            record.run(&front)
        };
        let tally = by_category.entry(&record.category).or_default();
        match &outcome {
            Outcome::Passed => tally.passed += 1,
            Outcome::NotMeant => tally.not_meant += 1,
            Outcome::Failed(_) | Outcome::Unread(_) => {
                tally.failed += 1;
                miss(record, &outcome, &mut misses);
            }
        }
        told.push(json!({
            "id": record.id,
            "category": record.category,
            "passed": (outcome != Outcome::NotMeant).then_some(outcome == Outcome::Passed),
        }));
    }
    let text = table(&by_category, suite.records.len()) + &misses;
    Ok(Answer::document(text.trim_end(), json!({ "records": told })))
}

fn read(suite: &Suite, folder: &Path) -> Result<Dictionaries, Failure> {
    let mut dictionaries = Dictionaries::default();
    for (name, kind) in FILES {
        let file = suite.files.get(name);
        let file = file.ok_or_else(|| failure(&format!("the suite names no `{name}`")))?;
        // A suite names files beside each other and no paths.
        let plain = Path::new(file).file_name().is_some_and(|plain| plain == file.as_str());
        if !plain {
            return Err(failure(&format!(
                "`{name}` of the suite is a path, `{file}`: name a file"
            )));
        }
        dictionaries.add(&folder.join(file), kind)?;
    }
    Ok(dictionaries.finish())
}

fn table(by_category: &BTreeMap<&str, Tally>, records: usize) -> String {
    let mut out =
        "| category | passed | failed | not meant |\n| --- | --- | --- | --- |\n".to_owned();
    let mut all = Tally::default();
    for (category, tally) in by_category {
        let Tally { passed, failed, not_meant } = *tally;
        let _always_ok = writeln!(out, "| {category} | {passed} | {failed} | {not_meant} |");
        all.passed += passed;
        all.failed += failed;
        all.not_meant += not_meant;
    }
    let Tally { passed, failed, not_meant } = all;
    let _always_ok = writeln!(out, "| all {records} | {passed} | {failed} | {not_meant} |\n");
    out
}

/// Tells how a record failed.
fn miss(record: &Record, outcome: &Outcome, out: &mut String) {
    let expected = match &record.expected {
        Expected::Events(events) => shown(events),
        Expected::Error(error) => error.clone(),
    };
    let found = match outcome {
        Outcome::Failed(events) => shown(events),
        Outcome::Unread(why) => why.to_string(),
        Outcome::Passed | Outcome::NotMeant => return,
    };
    let _always_ok = writeln!(out, "{}: expected {expected}; found {found}", record.id);
}

fn shown(events: &[Event]) -> String {
    if events.is_empty() {
        return "nothing".to_owned();
    }
    let one = |event: &Event| format!("{} {} {}", event.source, event.target, event.code);
    events.iter().map(one).collect::<Vec<_>>().join(", ")
}
