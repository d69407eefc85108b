//! Documents of an input, one after the other, in bounded memory.

use crate::failure::{Failure, FailureKind};
use crate::file::STDIN;
use serde_json::Value;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::Path;
use veche_coder::date::Day;
use veche_picture::joining::mention;

/// Most bytes of text that are coded at once: a report has some thousand. What is longer is cut, at an empty line if there is one.
const PIECE_LEN: usize = 256 * 1024;

/// Longest line of an input with one document a line, in bytes.
const LINE_LEN_MAX: usize = 8 * 1024 * 1024;

/// Longest name of a publisher that is told further, in characters.
const PUBLISHER_LEN_MAX: usize = 200;

/// Reads a day: YYYY-MM-DD; what follows it is passed over.
pub(super) fn day(text: &str) -> Result<Day, String> {
    let parts: Vec<&str> = text.get(..10).unwrap_or(text).split('-').collect();
    let read = || match parts.as_slice() {
        [year, month, day] => Day::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?),
        _ => None,
    };
    read().ok_or_else(|| format!("`{text}` is no day: write it as 2026-11-23"))
}

/// A document, or a piece of a long text.
pub(super) struct Item {
    /// What the events call it: its `id`, or the file and the number of its line.
    pub(super) name: String,
    /// Its bytes, or why there are none.
    pub(super) text: Result<Vec<u8>, String>,
    /// Where its first byte stands in the input; 0 where the input has one document a line.
    pub(super) offset: u64,
    /// Its day of publication, if it says so.
    pub(super) date: Option<Day>,
    /// The same as it is told further, with the time if there is one; or empty.
    pub(super) published: String,
    /// Who published it, or empty.
    pub(super) publisher: String,
    /// True unless it goes on with the item before.
    pub(super) starts: bool,
}

/// An input under way.
pub(super) struct Input {
    from: Box<dyn BufRead>,
    name: String,
    path: std::path::PathBuf,
    is_lines: bool,
    /// Bytes read and not yet given: text only.
    rest: Vec<u8>,
    offset: u64,
    number: usize,
}

impl Input {
    /// Opens a file, or standard input.
    ///
    /// # Errors
    /// [`FailureKind::NoFile`], [`FailureKind::Directory`], [`FailureKind::Read`].
    pub(super) fn open(path: &Path, is_lines: bool) -> Result<Self, Failure> {
        let is_stdin = path.as_os_str() == STDIN;
        let (from, name): (Box<dyn BufRead>, String) = if is_stdin {
            (Box::new(io::stdin().lock()), "standard input".to_owned())
        } else {
            let file = File::open(path).map_err(|error| Failure::reading(path, error))?;
            if file.metadata().is_ok_and(|data| data.is_dir()) {
                return Err(Failure::new(FailureKind::Directory(path.to_owned())));
            }
            (Box::new(BufReader::new(file)), path.display().to_string())
        };
        let path = path.to_owned();
        Ok(Self { from, name, path, is_lines, rest: Vec::new(), offset: 0, number: 0 })
    }

    /// Returns the next document.
    ///
    /// # Errors
    /// [`FailureKind::Read`].
    pub(super) fn next(&mut self) -> Result<Option<Item>, Failure> {
        let read = if self.is_lines { self.line() } else { self.piece() };
        read.map_err(|error| Failure::reading(&self.path, error))
    }

    fn line(&mut self) -> io::Result<Option<Item>> {
        loop {
            let mut line = Vec::new();
            let limit = LINE_LEN_MAX as u64 + 1;
            (&mut self.from).take(limit).read_until(b'\n', &mut line)?;
            if line.is_empty() {
                return Ok(None);
            }
            self.number += 1;
            let is_long = line.len() > LINE_LEN_MAX;
            if is_long {
                self.skip_line()?;
            } else if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let place = format!("{} line {}", self.name, self.number);
            let fault = format!("the line has more than {LINE_LEN_MAX} bytes");
            return Ok(Some(if is_long {
                Item::bad(place, fault)
            } else {
                Item::of_line(place, &line)
            }));
        }
    }

    /// Reads on to the end of a line, and keeps nothing of it.
    fn skip_line(&mut self) -> io::Result<()> {
        loop {
            let found = self.from.fill_buf()?;
            let (len, ends) = match found.iter().position(|byte| *byte == b'\n') {
                Some(at) => (at + 1, true),
                None => (found.len(), found.is_empty()),
            };
            self.from.consume(len);
            if ends {
                return Ok(());
            }
        }
    }

    fn piece(&mut self) -> io::Result<Option<Item>> {
        let wanted = (PIECE_LEN - self.rest.len().min(PIECE_LEN)) as u64;
        (&mut self.from).take(wanted).read_to_end(&mut self.rest)?;
        if self.rest.is_empty() {
            return Ok(None);
        }
        let len = if self.rest.len() < PIECE_LEN { self.rest.len() } else { cut(&self.rest) };
        let behind = self.rest.split_off(len);
        let text = std::mem::replace(&mut self.rest, behind);
        let offset = self.offset;
        self.offset += text.len() as u64;
        Ok(Some(Item {
            name: self.name.clone(),
            text: Ok(text),
            offset,
            date: None,
            published: String::new(),
            publisher: String::new(),
            starts: offset == 0,
        }))
    }
}

/// Returns where a text is best cut: behind its last empty line, or line, or blank, or else at its end but within no letter.
fn cut(text: &[u8]) -> usize {
    let behind =
        |ends: &[u8]| text.windows(ends.len()).rposition(|at| at == ends).map(|at| at + ends.len());
    let letter =
        || text.iter().rposition(|byte| *byte < 0x80 || *byte >= 0xC0).filter(|at| *at > 0);
    behind(b"\n\n")
        .or_else(|| behind(b"\n"))
        .or_else(|| behind(b" "))
        .or_else(letter)
        .unwrap_or(text.len())
}

impl Item {
    fn bad(name: String, fault: String) -> Self {
        Self {
            name,
            text: Err(fault),
            offset: 0,
            date: None,
            published: String::new(),
            publisher: String::new(),
            starts: true,
        }
    }

    fn of_line(place: String, line: &[u8]) -> Self {
        let value: Value = match serde_json::from_slice(line) {
            Ok(value) => value,
            Err(error) => return Self::bad(place, format!("it is no JSON: {error}")),
        };
        let Some(text) = value["text"].as_str() else {
            return Self::bad(place, "it has no `text`".to_owned());
        };
        let date = match value["date"].as_str().map(day).transpose() {
            Ok(date) => date,
            Err(fault) => return Self::bad(place, fault),
        };
        let name = match &value["id"] {
            Value::String(id) => id.clone(),
            Value::Number(id) => id.to_string(),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => place,
        };
        // A time that cannot be read is left out; the day before it counts.
        let stated = value["date"].as_str().filter(|text| mention::moment(text).is_some());
        let published = match (stated, date) {
            (Some(text), _) => text.to_owned(),
            (None, date) => date.map(|day| day.to_string()).unwrap_or_default(),
        };
        let publisher = value["source"].as_str().unwrap_or_default();
        let publisher: String = publisher.chars().take(PUBLISHER_LEN_MAX).collect();
        let text = Ok(text.as_bytes().to_vec());
        Self { name, text, offset: 0, date, published, publisher, starts: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(&text.as_bytes()[..cut(text.as_bytes())], expected.as_bytes());
    }

    #[test]
    fn a_long_text_is_cut_where_it_hurts_least() {
        check("one\n\ntwo\nthree four", "one\n\n");
        check("one two\nthree four", "one two\n");
        check("one two", "one ");
        check("Минск", "Минс");
        check("x", "x");
    }
}
