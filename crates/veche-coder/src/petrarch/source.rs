//! Bytes to numbered lines without comments: what all the dictionaries have in common.

use super::{FILE_LEN_MAX, Fault, LINE_LEN_MAX, PetrarchError};
use std::borrow::Cow;

/// What opens a comment that may go over lines; some files write a blank behind the mark.
const OPEN: &str = "<!";
const CLOSE: &str = "-->";

/// A line with something on it.
pub(super) struct Line<'a> {
    /// Its number, from 1.
    pub(super) number: usize,
    /// What stands on it, without comment, and without blanks at its ends.
    pub(super) text: Cow<'a, str>,
}

/// The lines of a file.
#[derive(Default)]
pub(super) struct Lines<'a> {
    pub(super) kept: Vec<Line<'a>>,
    pub(super) refused: Vec<PetrarchError>,
    pub(super) latin: usize,
}

/// Returns the lines of a dictionary that hold something.
///
/// # Errors
///
/// The file is too large, or a comment does not end.
pub(super) fn lines(bytes: &[u8]) -> Result<Lines<'_>, PetrarchError> {
    if bytes.len() > FILE_LEN_MAX {
        return Err(Fault::FileTooLong { found: bytes.len(), max: FILE_LEN_MAX }.at(1));
    }
    let mut lines = Lines::default();
    let mut comment = None;
    for (index, raw) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let number = index + 1;
        if raw.len() > LINE_LEN_MAX {
            let fault = Fault::LineTooLong { found: raw.len(), max: LINE_LEN_MAX };
            lines.refused.push(fault.at(number));
            continue;
        }
        let text = decoded(raw, &mut lines.latin);
        let text = uncommented(text, number, &mut comment);
        if let Some(control) = text.chars().find(|c| c.is_control() && *c != '\t') {
            lines.refused.push(Fault::Control { code: control.into() }.at(number));
        } else if !text.is_empty() {
            lines.kept.push(Line { number, text });
        }
    }
    match comment {
        Some(line) => Err(Fault::OpenComment.at(line)),
        None => Ok(lines),
    }
}

/// Reads a line as UTF-8, or else as Latin-1, in which each byte is the character of its number.
fn decoded<'a>(raw: &'a [u8], latin: &mut usize) -> Cow<'a, str> {
    match std::str::from_utf8(raw) {
        Ok(text) => Cow::Borrowed(text.trim_start_matches('\u{feff}').trim()),
        Err(_) => {
            *latin += 1;
            let text: String = raw.iter().map(|byte| char::from(*byte)).collect();
            Cow::Owned(text.trim().to_owned())
        }
    }
}

/// Removes comments. `open` is the line at which one began that has not ended.
fn uncommented<'a>(text: Cow<'a, str>, number: usize, open: &mut Option<usize>) -> Cow<'a, str> {
    let mut rest = text;
    if open.is_some() || rest.starts_with(OPEN) {
        match rest.find(CLOSE) {
            Some(at) => {
                *open = None;
                rest =
                    Cow::Owned(rest.get(at + CLOSE.len()..).unwrap_or_default().trim().to_owned());
            }
            None => {
                open.get_or_insert(number);
                return Cow::Borrowed("");
            }
        }
    }
    // `###` was a code once: a mark within brackets begins no comment.
    let mut within = false;
    let cut = rest.char_indices().find_map(|(at, c)| {
        match c {
            '[' => within = true,
            ']' => within = false,
            '#' if !within => return Some(at),
            _ => {}
        }
        None
    });
    match cut {
        Some(at) => Cow::Owned(rest.get(..at).unwrap_or_default().trim().to_owned()),
        None => rest,
    }
}

/// Parts a line in what stands before its first `[`, and what stands in each pair of brackets.
pub(super) fn bracketed(text: &str) -> Result<(&str, Vec<&str>), Fault> {
    between(text, '[', ']')
}

/// Parts a line in what stands before the first `open`, and what stands in each pair of `open` and `close`.
pub(super) fn between(text: &str, open: char, close: char) -> Result<(&str, Vec<&str>), Fault> {
    let Some((before, mut rest)) = text.split_once(open) else {
        return Ok((text.trim(), Vec::new()));
    };
    let mut found = Vec::new();
    loop {
        let Some((inner, after)) = rest.split_once(close) else {
            return Err(Fault::OpenBracket { open });
        };
        found.push(inner.trim());
        match after.split_once(open) {
            Some((_, next)) => rest = next,
            None => return Ok((before.trim(), found)),
        }
    }
}
