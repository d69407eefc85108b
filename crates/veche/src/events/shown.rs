//! What a node shows of reports: a file of mentions or of events, or a folder of them.

use super::lines::Skipped;
use super::{kept, lines};
use crate::failure::Failure;
use crate::screen;
use std::path::{Path, PathBuf};
use veche_node::picture::reports::Reports;

/// The list of publishers in a folder.
const PUBLISHERS: &str = "publishers.tsv";

/// Reads what a node is to show.
///
/// # Errors
/// [`Failure`]: a file that cannot be read, events that are none, more mentions than can be joined.
pub(crate) fn reports(path: &Path) -> Result<Reports, Failure> {
    if !path.is_dir() {
        let mut reports = Reports::default();
        add(path, &mut reports)?;
        return Ok(reports);
    }
    let listed = path.join(PUBLISHERS);
    let mut reports = match listed.is_file() {
        true => Reports::trusting(lines::trusted(&listed)?),
        false => Reports::default(),
    };
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(path).map_err(|error| Failure::reading(path, error))? {
        files.push(entry.map_err(|error| Failure::reading(path, error))?.path());
    }
    files.sort_unstable();
    let is_of_reports = |file: &&PathBuf| {
        file.extension().is_some_and(|end| end == "jsonl" || end == kept::PARQUET)
    };
    for file in files.iter().filter(is_of_reports) {
        add(file, &mut reports)?;
    }
    Ok(reports)
}

fn add(path: &Path, reports: &mut Reports) -> Result<(), Failure> {
    if kept::is_kept(path)? {
        kept::read(path)?.into_iter().for_each(|event| reports.keep(event));
        return Ok(());
    }
    let mut skipped = Skipped::default();
    lines::mentions(path, &mut skipped, &mut |mention| {
        reports.add(mention).map_err(|error| kept::unusable(path, error.to_string()))
    })?;
    if skipped.0 > 0 {
        screen::note(&format!("{}: {} lines passed over", path.display(), skipped.0));
    }
    Ok(())
}
