//! Counts of kept events.

use super::kept;
use crate::answer::{Answer, counted};
use crate::failure::Failure;
use crate::{file, screen};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use veche_picture::ReportedEvent;
use veche_picture::reported::counts::{Asked, Counted, Outside, counts};

/// What is counted, as typed.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(crate) enum Count {
    /// Events of material conflict
    Conflict,
    /// Events of the type ASSAULT
    Assaults,
    /// Events of cooperation, by words or deeds
    Cooperation,
    /// The least number of dead that reports hold to
    Dead,
}

impl From<Count> for Counted {
    fn from(count: Count) -> Self {
        match count {
            Count::Conflict => Self::Conflict,
            Count::Assaults => Self::Assaults,
            Count::Cooperation => Self::Cooperation,
            Count::Dead => Self::Dead,
        }
    }
}

/// Reads `XOR=901`.
pub(crate) fn area(text: &str) -> Result<(String, u16), String> {
    let read = || {
        let (code, number) = text.split_once('=')?;
        let is_code = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase());
        Some((code.to_owned(), number.parse().ok().filter(|_| is_code)?))
    };
    read().ok_or_else(|| format!("`{text}` is no code with its number: write it as XOR=901"))
}

/// Counts the events of files.
pub(super) fn run(
    files: &[PathBuf],
    count: Count,
    least: u8,
    areas: BTreeMap<String, u16>,
    out: Option<&Path>,
) -> Result<Answer, Failure> {
    let mut events: BTreeMap<String, ReportedEvent> = BTreeMap::new();
    for path in files {
        events.extend(kept::read(path)?.into_iter().map(|event| (event.event.clone(), event)));
    }
    let asked = Asked { counted: count.into(), confidence: i32::from(least) * 10_000, areas };
    let found = counts(events.values(), &asked);
    let csv = found.to_csv(asked.counted);
    let outside: Vec<String> =
        found.outside.iter().map(|(why, count)| format!("{count} {}", why.says())).collect();
    screen::note(&format!(
        "{} counted, {}{}",
        counted(usize::try_from(found.counted).unwrap_or(usize::MAX), "event"),
        counted(found.cells.len(), "month"),
        if outside.is_empty() {
            String::new()
        } else {
            format!("; outside: {}", outside.join(", "))
        },
    ));
    let json = json!({
        "series": asked.counted.series(),
        "counted": found.counted,
        "outside": found.outside.iter().map(|(why, count)| (name(*why), Value::from(*count))).collect::<serde_json::Map<_, _>>(),
    });
    match out {
        Some(path) => {
            file::write(path, csv.as_bytes())?;
            Ok(Answer::new("", json))
        }
        None => Ok(Answer::document(&csv, json)),
    }
}

/// Returns the name of a reason for programs.
fn name(why: Outside) -> String {
    match why {
        Outside::Rejected => "rejected",
        Outside::Retracted => "retracted",
        Outside::LowReliability => "low_reliability",
        Outside::Uncertain => "uncertain",
        Outside::NotHappened => "not_happened",
        Outside::NoCountry => "no_country",
    }
    .to_owned()
}
