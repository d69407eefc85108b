//! From lines of mentions to events.

use super::lines::Skipped;
use super::{kept, lines};
use crate::answer::{Answer, counted};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::screen;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use veche_ledger::Hash;
use veche_picture::ReportedEvent;
use veche_picture::joining::{Correction, Joiner, Mention, Reliabilities};

#[derive(Default)]
struct Tally {
    mentions: usize,
    again: usize,
    skipped: Skipped,
}

/// Joins the mentions of files, as corrections have them.
pub(super) fn run(
    files: &[PathBuf],
    out: Option<&Path>,
    sources: Option<&Path>,
    corrections: Option<&Path>,
) -> Result<Answer, Failure> {
    let trusted = match sources {
        Some(path) => lines::trusted(path)?,
        None => Reliabilities::default(),
    };
    let said = corrections.map_or_else(|| Ok(Vec::new()), lines::corrections)?;
    let mut joiner = Joiner::default();
    let mut tally = Tally::default();
    let mut digests: Vec<[u8; 32]> = said.iter().map(digest).collect();
    for path in files {
        take(path, &mut joiner, &mut tally, &mut digests)?;
    }
    // The same lines, in whatever order, are one input.
    digests.sort_unstable();
    digests.dedup();
    let mentions: BTreeMap<&str, &Mention> =
        joiner.mentions().map(|mention| (mention.id.as_str(), mention)).collect();
    let (joined, left_out) = joiner.corrected(&trusted, &said);
    let events: Vec<ReportedEvent> =
        joined.iter().filter_map(|event| ReportedEvent::of(event, &mentions)).collect();
    let beyond = joined.len() - events.len();
    let count = events.len();
    kept::write(events, kept::vintage(&digests), out)?;
    screen::note(&summary(&tally, count, beyond, left_out.len()));
    let exit = if tally.skipped.0 + beyond == 0 { Exit::OK } else { Exit::INVALID };
    Ok(Answer::new("", Value::Null).ending(exit))
}

fn digest(correction: &Correction) -> [u8; 32] {
    Hash::of(&[correction.to_json().to_string().as_bytes()]).0
}

fn summary(tally: &Tally, events: usize, beyond: usize, left_out: usize) -> String {
    let mut parts =
        vec![format!("{}, {}", counted(tally.mentions, "mention"), counted(events, "event"))];
    for (count, what) in [
        (tally.again, "told twice"),
        (tally.skipped.0, "passed over"),
        (beyond, "outside of the years 1980 to 2199"),
        (left_out, "corrected whose reports are not here"),
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
    let Tally { mentions, again, skipped } = tally;
    lines::mentions(path, skipped, &mut |mention| {
        digests.push(mention.digest);
        *mentions += 1;
        let is_new = joiner.add(mention);
        let is_new = is_new.map_err(|error| kept::unusable(path, error.to_string()))?;
        *again += usize::from(!is_new);
        Ok(())
    })
}
