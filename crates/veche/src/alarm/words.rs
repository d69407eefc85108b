//! What analysts said that is not signed yet: files of terms.

use crate::failure::{Failure, FailureKind};
use crate::file;
use std::path::Path;
use veche_charter::name::AlarmName;
use veche_node::picture::words::{Spoken, word};

/// Longest file of terms, in bytes: more than a record's terms may have, so that its reader says so itself.
const TERMS_FILE_LEN_MAX: u64 = 128 * 1024;

/// Reads a file of terms: with a finding it disposes of an alarm, without it reinstates the rule.
pub(super) fn of_file(path: &Path, name: &AlarmName) -> Result<Spoken, Failure> {
    let bytes = file::read(path, TERMS_FILE_LEN_MAX)?;
    let fault = |what: String| Failure::new(FailureKind::Words { path: path.to_owned(), what });
    let text = std::str::from_utf8(&bytes).map_err(|error| fault(error.to_string()))?;
    let terms = veche_ledger::parse_human(text).map_err(|error| fault(error.to_string()))?;
    let is_disposal = terms.get("verdict").is_some();
    let place = format!("`{}`, not signed", path.display());
    match word(&terms, name, is_disposal) {
        Ok(Some(word)) => Ok(Spoken { word, place }),
        Ok(None) => Err(fault(format!("it is not of rule `{name}`"))),
        Err(what) => Err(fault(what)),
    }
}
