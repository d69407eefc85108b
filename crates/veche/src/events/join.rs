//! From lines of mentions to events.

use super::kept;
use crate::answer::{Answer, counted};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::picture::import::Stream;
use crate::{file, screen};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{BufRead as _, Read as _};
use std::path::{Path, PathBuf};
use veche_picture::ReportedEvent;
use veche_picture::joining::mention::LINE_LEN_MAX;
use veche_picture::joining::reliability::LIST_LEN_MAX;
use veche_picture::joining::{Joiner, Mention, Reliabilities};

/// Lines that are passed over and told one by one; the others are counted.
const TOLD_MAX: usize = 20;

#[derive(Default)]
struct Tally {
    mentions: usize,
    again: usize,
    skipped: usize,
}

/// Joins the mentions of files.
pub(super) fn run(
    files: &[PathBuf],
    out: Option<&Path>,
    sources: Option<&Path>,
) -> Result<Answer, Failure> {
    let trusted = match sources {
        Some(path) => Reliabilities::read(&file::read(path, LIST_LEN_MAX as u64)?)
            .map_err(|error| kept::unusable(path, error.to_string()))?,
        None => Reliabilities::default(),
    };
    let mut joiner = Joiner::default();
    let mut tally = Tally::default();
    let mut digests = Vec::new();
    for path in files {
        take(path, &mut joiner, &mut tally, &mut digests)?;
    }
    // The same lines, in whatever order, are one input.
    digests.sort_unstable();
    digests.dedup();
    let mentions: BTreeMap<&str, &Mention> =
        joiner.mentions().map(|mention| (mention.id.as_str(), mention)).collect();
    let joined = joiner.events(&trusted);
    let events: Vec<ReportedEvent> =
        joined.iter().filter_map(|event| ReportedEvent::of(event, &mentions)).collect();
    let beyond = joined.len() - events.len();
    let count = events.len();
    kept::write(events, kept::vintage(&digests), out)?;
    screen::note(&summary(&tally, count, beyond));
    let exit = if tally.skipped + beyond == 0 { Exit::OK } else { Exit::INVALID };
    Ok(Answer::new("", Value::Null).ending(exit))
}

fn summary(tally: &Tally, events: usize, beyond: usize) -> String {
    let mut parts =
        vec![format!("{}, {}", counted(tally.mentions, "mention"), counted(events, "event"))];
    for (count, what) in [
        (tally.again, "told twice"),
        (tally.skipped, "passed over"),
        (beyond, "outside of the years 1980 to 2199"),
    ] {
        if count > 0 {
            parts.push(format!("{count} {what}"));
        }
    }
    parts.join("; ")
}

/// Adds the mentions of a file.
fn take(
    path: &Path,
    joiner: &mut Joiner,
    tally: &mut Tally,
    digests: &mut Vec<[u8; 32]>,
) -> Result<(), Failure> {
    let mut input = Stream::open(path)?;
    let name = input.name().to_owned();
    let reading = |error| Failure::reading(path, error);
    let mut number = 0_u64;
    let mut line = Vec::new();
    loop {
        line.clear();
        let limit = LINE_LEN_MAX as u64 + 1;
        (&mut input.bytes).take(limit).read_until(b'\n', &mut line).map_err(reading)?;
        if line.is_empty() {
            return Ok(());
        }
        number += 1;
        if line.len() > LINE_LEN_MAX && !line.ends_with(b"\n") {
            input.bytes.skip_until(b'\n').map_err(reading)?;
        } else if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        match Mention::read(line.trim_ascii_end()) {
            Ok(mention) => {
                digests.push(mention.digest);
                tally.mentions += 1;
                let is_new = joiner.add(mention);
                let is_new = is_new.map_err(|error| kept::unusable(path, error.to_string()))?;
                tally.again += usize::from(!is_new);
            }
            Err(fault) => {
                tally.skipped += 1;
                if tally.skipped <= TOLD_MAX {
                    screen::note(&format!(
                        "passed over: {} line {number}: {}",
                        screen::one_line(&name),
                        screen::one_line(&fault.to_string())
                    ));
                }
            }
        }
    }
}
