//! Files of mentions, of events and of corrections, line by line.

use super::kept;
use crate::failure::Failure;
use crate::picture::import::Stream;
use crate::{file, screen};
use serde_json::Value;
use std::io::{BufRead, Read as _};
use std::path::Path;
use veche_picture::joining::mention::LINE_LEN_MAX;
use veche_picture::joining::reliability::LIST_LEN_MAX;
use veche_picture::joining::{Correction, Mention, Reliabilities};

/// Lines that are passed over and told one by one; the others are counted.
const TOLD_MAX: usize = 20;
/// Most bytes of a file of corrections.
const CORRECTIONS_LEN_MAX: u64 = 256 * 1024 * 1024;

/// Hears of each line that cannot be used, and counts them.
#[derive(Default)]
pub(super) struct Skipped(pub(super) usize);

impl Skipped {
    fn tell(&mut self, name: &str, number: u64, fault: &str) {
        self.0 += 1;
        if self.0 <= TOLD_MAX {
            let (name, fault) = (screen::one_line(name), screen::one_line(fault));
            screen::note(&format!("passed over: {name} line {number}: {fault}"));
        }
    }
}

/// Gives the mentions of a file to `take`, with the text of each line.
pub(super) fn mentions(
    path: &Path,
    skipped: &mut Skipped,
    take: &mut dyn FnMut(Mention) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut input = Stream::open(path)?;
    let name = input.name().to_owned();
    mentions_of(path, &name, &mut input.bytes, skipped, take)
}

/// Gives the mentions of an input that is called so to `take`.
pub(super) fn mentions_of(
    path: &Path,
    name: &str,
    bytes: &mut dyn BufRead,
    skipped: &mut Skipped,
    take: &mut dyn FnMut(Mention) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let reading = |error| Failure::reading(path, error);
    let mut number = 0_u64;
    let mut line = Vec::new();
    loop {
        line.clear();
        let limit = LINE_LEN_MAX as u64 + 1;
        (&mut *bytes).take(limit).read_until(b'\n', &mut line).map_err(reading)?;
        if line.is_empty() {
            return Ok(());
        }
        number += 1;
        if line.len() > LINE_LEN_MAX && !line.ends_with(b"\n") {
            bytes.skip_until(b'\n').map_err(reading)?;
        } else if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        match Mention::read(line.trim_ascii_end()) {
            Ok(mention) => take(mention)?,
            Err(fault) => skipped.tell(name, number, &fault.to_string()),
        }
    }
}

/// Reads the corrections of a file. One that is none is a fault of the file: it would change events in silence.
pub(super) fn corrections(path: &Path) -> Result<Vec<Correction>, Failure> {
    let bytes = file::read_input(path, CORRECTIONS_LEN_MAX)?;
    let mut all = Vec::new();
    for (number, line) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let fault = |what: String| kept::unusable(path, format!("line {number}: {what}"));
        let value: Value = serde_json::from_slice(line)
            .map_err(|error| fault(format!("it is no JSON: {error}")))?;
        all.push(Correction::read(&value).map_err(|error| fault(error.to_string()))?);
    }
    Ok(all)
}

/// Reads a list of publishers.
pub(super) fn trusted(path: &Path) -> Result<Reliabilities, Failure> {
    Reliabilities::read(&file::read(path, LIST_LEN_MAX as u64)?)
        .map_err(|error| kept::unusable(path, error.to_string()))
}
