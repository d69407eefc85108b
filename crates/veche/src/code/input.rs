//! Documents of an input, one after the other, in bounded memory.

use super::unpack::Unpacked;
use super::warc::Archive;
use crate::failure::{Failure, FailureKind};
use crate::file::STDIN;
use serde_json::Value;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use veche_coder::date::Day;
use veche_exchange::news::feed::{self, When};
use veche_exchange::news::form::{self, FRONT_LEN};
use veche_exchange::news::page::{self, Page};
use veche_exchange::news::time::Told;
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

/// Longest page or feed, in bytes: it is read whole.
const WHOLE_LEN_MAX: u64 = 32 * 1024 * 1024;

/// A document, or a piece of a long text.
pub(crate) struct Item {
    /// What the events call it: its `id`, or the file and the number of its line.
    pub(crate) name: String,
    /// Its bytes, or why there are none.
    pub(crate) text: Result<Vec<u8>, String>,
    /// Where its first byte stands in the input; 0 where its text is only part of what the input says.
    pub(crate) offset: u64,
    /// Its day of publication, if it says so.
    pub(crate) date: Option<Day>,
    /// The same with the time, if it tells one.
    pub(crate) published: Option<String>,
    /// True unless it goes on with the item before.
    pub(crate) starts: bool,
    /// Its title, if it has one apart from the text.
    pub(crate) title: Option<String>,
    /// Whose report it is, if it says so.
    pub(crate) source: Option<String>,
}

/// In what form documents come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Form {
    /// Plain text
    Text,
    /// One document a line, in JSON
    Jsonl,
    /// A page of the web
    Html,
    /// A feed: RSS, Atom or JSON Feed
    Feed,
    /// A web archive, packed or not
    Warc,
}

/// An input under way.
pub(crate) struct Input {
    from: Reading,
    name: String,
    path: PathBuf,
    /// Bytes read and not yet given: text only.
    rest: Vec<u8>,
    offset: u64,
    number: usize,
}

enum Reading {
    Lines(Box<dyn BufRead>),
    Text(Box<dyn BufRead>),
    Archive(Archive),
    Whole(std::vec::IntoIter<Item>),
}

impl Input {
    /// Opens a file, or standard input. Its form is the one given, or else what its name or its first bytes tell.
    ///
    /// # Errors
    /// [`FailureKind::NoFile`], [`FailureKind::Directory`], [`FailureKind::Read`].
    pub(crate) fn open(path: &Path, form: Option<Form>) -> Result<Self, Failure> {
        let failed = |error| Failure::reading(path, error);
        let is_stdin = path.as_os_str() == STDIN;
        let (from, name): (Box<dyn Read>, String) = if is_stdin {
            (Box::new(io::stdin().lock()), "standard input".to_owned())
        } else {
            let file = File::open(path).map_err(failed)?;
            if file.metadata().is_ok_and(|data| data.is_dir()) {
                return Err(Failure::new(FailureKind::Directory(path.to_owned())));
            }
            (Box::new(file), path.display().to_string())
        };
        let (front, mut from) = looked_at(from).map_err(failed)?;
        let (front, from): (Vec<u8>, Box<dyn BufRead>) = if front.starts_with(&[0x1F, 0x8B]) {
            let (front, unpacked) = looked_at(Box::new(Unpacked::new(from))).map_err(failed)?;
            from = unpacked;
            (front, Box::new(BufReader::new(from)))
        } else {
            (front, Box::new(BufReader::new(from)))
        };
        let form = form.or_else(|| by_name(path)).unwrap_or_else(|| form::by_front(&front).into());
        let from = match form {
            Form::Text => Reading::Text(from),
            Form::Jsonl => Reading::Lines(from),
            Form::Warc => Reading::Archive(Archive::new(from, name.clone())),
            Form::Html | Form::Feed => {
                Reading::Whole(whole(&name, form, from).map_err(failed)?.into_iter())
            }
        };
        let path = path.to_owned();
        Ok(Self { from, name, path, rest: Vec::new(), offset: 0, number: 0 })
    }

    /// Returns the next document.
    ///
    /// # Errors
    /// [`FailureKind::Read`].
    pub(crate) fn next(&mut self) -> Result<Option<Item>, Failure> {
        let Self { from, name, path, rest, offset, number } = self;
        let read = match from {
            Reading::Lines(from) => next_line(from, name, number),
            Reading::Text(from) => next_piece(from, name, rest, offset),
            Reading::Archive(archive) => archive.next(),
            Reading::Whole(items) => Ok(items.next()),
        };
        read.map_err(|error| Failure::reading(path, error))
    }
}

/// Returns the first bytes of what is read, and all of it.
fn looked_at(mut from: Box<dyn Read>) -> io::Result<(Vec<u8>, Box<dyn Read>)> {
    let mut front = Vec::new();
    (&mut from).take(FRONT_LEN as u64).read_to_end(&mut front)?;
    let all = io::Cursor::new(front.clone()).chain(from);
    Ok((front, Box::new(all)))
}

/// Returns the form that the name of a file tells.
fn by_name(path: &Path) -> Option<Form> {
    form::by_name(&path.file_name()?.to_string_lossy()).map(Form::from)
}

impl From<form::Form> for Form {
    fn from(form: form::Form) -> Self {
        match form {
            form::Form::Text => Self::Text,
            form::Form::Jsonl => Self::Jsonl,
            form::Form::Html => Self::Html,
            form::Form::Feed => Self::Feed,
            form::Form::Warc => Self::Warc,
        }
    }
}

/// Reads a page or a feed.
fn whole(name: &str, form: Form, from: Box<dyn BufRead>) -> io::Result<Vec<Item>> {
    let mut bytes = Vec::new();
    from.take(WHOLE_LEN_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > WHOLE_LEN_MAX {
        let fault = format!("it has more than {WHOLE_LEN_MAX} bytes");
        return Ok(vec![Item::bad(name.to_owned(), fault)]);
    }
    Ok(match form {
        Form::Feed => items(name, &bytes),
        Form::Html | Form::Text | Form::Jsonl | Form::Warc => {
            vec![Item::of_page(name.to_owned(), page::read(&bytes, None))]
        }
    })
}

/// Returns the items of a feed, each whole or with its fault; what is wrong with the feed as a whole comes last.
fn items(name: &str, bytes: &[u8]) -> Vec<Item> {
    let feed = feed::read(bytes, None);
    let mut items: Vec<Item> = (1..)
        .zip(feed.items)
        .map(|(number, item)| {
            let place = format!("{name} item {number}");
            let fault = |fault: String| Item::bad(place.clone(), fault);
            item.map_or_else(
                |error| fault(error.to_string()),
                |item| Item::of_feed(name, &place, &feed.title, item).unwrap_or_else(fault),
            )
        })
        .collect();
    items.extend(feed.fault.map(|fault| Item::bad(name.to_owned(), fault.to_string())));
    items
}

fn next_line(from: &mut dyn BufRead, name: &str, number: &mut usize) -> io::Result<Option<Item>> {
    loop {
        let mut line = Vec::new();
        let limit = LINE_LEN_MAX as u64 + 1;
        Read::take(&mut *from, limit).read_until(b'\n', &mut line)?;
        if line.is_empty() {
            return Ok(None);
        }
        *number += 1;
        let is_long = line.len() > LINE_LEN_MAX;
        if is_long {
            skip_line(from)?;
        } else if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let place = format!("{name} line {number}");
        let fault = format!("the line has more than {LINE_LEN_MAX} bytes");
        return Ok(Some(if is_long {
            Item::bad(place, fault)
        } else {
            Item::of_line(place, &line)
        }));
    }
}

/// Reads on to the end of a line, and keeps nothing of it.
pub(super) fn skip_line(from: &mut dyn BufRead) -> io::Result<()> {
    loop {
        let found = from.fill_buf()?;
        let (len, ends) = match found.iter().position(|byte| *byte == b'\n') {
            Some(at) => (at + 1, true),
            None => (found.len(), found.is_empty()),
        };
        from.consume(len);
        if ends {
            return Ok(());
        }
    }
}

fn next_piece(
    from: &mut dyn BufRead,
    name: &str,
    rest: &mut Vec<u8>,
    offset: &mut u64,
) -> io::Result<Option<Item>> {
    let wanted = (PIECE_LEN - rest.len().min(PIECE_LEN)) as u64;
    Read::take(&mut *from, wanted).read_to_end(rest)?;
    if rest.is_empty() {
        return Ok(None);
    }
    let len = if rest.len() < PIECE_LEN { rest.len() } else { cut(rest) };
    let behind = rest.split_off(len);
    let text = std::mem::replace(rest, behind);
    let start = *offset;
    *offset += text.len() as u64;
    let item = Item::of_text(name.to_owned(), text);
    Ok(Some(Item { offset: start, starts: start == 0, ..item }))
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
    /// Returns what stands for a document that cannot be read.
    pub(super) fn bad(name: String, fault: String) -> Self {
        Self { text: Err(fault), ..Self::of_text(name, Vec::new()) }
    }

    /// Returns a document of which nothing is known but its text.
    pub(super) fn of_text(name: String, text: Vec<u8>) -> Self {
        let (date, published, title, source) = (None, None, None, None);
        Self { name, text: Ok(text), offset: 0, date, published, starts: true, title, source }
    }

    /// Returns the document of a page.
    pub(super) fn of_page<E: std::fmt::Display>(name: String, page: Result<Page, E>) -> Self {
        match page {
            Ok(Page { title, published, text }) => {
                Self { title, ..Self::of_text(name, text.into_bytes()).told(published) }
            }
            Err(fault) => Self::bad(name, fault.to_string()),
        }
    }

    /// Returns the document of an item of a feed. What the feed alone calls it is told with the feed's name: two feeds count from 1.
    fn of_feed(name: &str, place: &str, source: &str, item: feed::Item) -> Result<Self, String> {
        let told = match &item.published {
            When::Unsaid => None,
            When::Told(told) => Some(*told),
            When::Unreadable(text) => {
                return Err(format!("`{text}` is no day: write it as 2026-11-23"));
            }
        };
        let named = match item.id.as_str() {
            "" => place.to_owned(),
            id if item.is_named_by_address() => id.to_owned(),
            id => format!("{name} {id}"),
        };
        let source = Some(source.to_owned());
        let document = Self::of_text(named, item.text.into_bytes()).told(told);
        Ok(Self { title: item.title, source, ..document })
    }

    /// Returns the document with its time of publication.
    pub(super) fn told(self, told: Option<Told>) -> Self {
        let date = told.and_then(|told| day(&told.to_string()).ok());
        let published = told.filter(|told| told.is_exact).map(|told| told.to_string());
        Self { date, published, ..self }
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
        let published = value["date"].as_str().filter(|text| mention::moment(text).is_some());
        let published = published.map(str::to_owned);
        let words = |key: &str| value[key].as_str().map(str::to_owned);
        let source = words("source").map(|name| name.chars().take(PUBLISHER_LEN_MAX).collect());
        let (title, text) = (words("title"), text.as_bytes().to_vec());
        Self { date, published, title, source, ..Self::of_text(name, text) }
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
