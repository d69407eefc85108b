//! The records by which PETRARCH tests itself: read, and run through the front end.

use super::front::Words;
use super::{Event, Front, Options, Unread};
use crate::date::Day;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event as Xml};
use std::collections::BTreeMap;
use thiserror::Error;

/// Longest file of records, in bytes.
const FILE_LEN_MAX: usize = 16 * 1024 * 1024;

/// The records of a file and the dictionaries that they name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Suite {
    /// Kinds of dictionary, as `Verbfile`, and the names of their files.
    pub files: BTreeMap<String, String>,
    /// The records, in the order of the file.
    pub records: Vec<Record>,
}

/// A sentence and what is to be coded from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its name; two records may bear the same.
    pub id: String,
    /// What it tests.
    pub category: String,
    /// The day of its story.
    pub day: Option<Day>,
    /// False if the suite itself says that it asks for what is not built.
    pub meant: bool,
    /// The options in force.
    pub options: Options,
    /// The sentence. Of some records it is another than that of the tree.
    pub text: String,
    /// The Penn tree.
    pub tree: String,
    /// What is to come out.
    pub expected: Expected,
}

/// What is to come out of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// These events and no others; perhaps none.
    Events(Vec<Event>),
    /// No coding at all, for this reason.
    Error(String),
}

/// How a record went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Exactly as expected.
    Passed,
    /// Otherwise: these events came.
    Failed(Vec<Event>),
    /// Otherwise: it was not coded.
    Unread(Unread),
    /// Not run.
    NotMeant,
}

/// Why a file of records cannot be read.
#[derive(Debug, Error)]
pub enum SuiteError {
    /// Too large.
    #[error("the file has {found} bytes, more than {max}", max = FILE_LEN_MAX)]
    FileTooLong {
        /// Bytes found.
        found: usize,
    },
    /// It is no XML.
    #[error("byte {at}: it is no XML: {why}")]
    Xml {
        /// About where.
        at: u64,
        /// What the reader says.
        why: String,
    },
    /// A record lacks something.
    #[error("record `{id}`: {what}")]
    Record {
        /// The record.
        id: String,
        /// What it lacks.
        what: &'static str,
    },
    /// The file ends within a record.
    #[error("record `{id}` does not end: the file may be cut short")]
    CutShort {
        /// The record.
        id: String,
    },
    /// No records.
    #[error("there is no record: is it a file of PETRARCH's validation suite?")]
    Empty,
}

impl Record {
    /// Runs the record over its own tree.
    pub fn run(&self, front: &Front) -> Outcome {
        self.run_over(front, &self.tree)
    }

    /// Runs the record over another tree of its sentence.
    pub fn run_over(&self, front: &Front, tree: &str) -> Outcome {
        if !self.meant {
            return Outcome::NotMeant;
        }
        match (front.code(tree, self.day, &self.options), &self.expected) {
            (Ok(found), Expected::Events(expected)) => {
                let sorted = |events: &[Event]| {
                    let mut events = events.to_vec();
                    events.sort();
                    events.dedup();
                    events
                };
                if sorted(&found) == sorted(expected) {
                    Outcome::Passed
                } else {
                    Outcome::Failed(found)
                }
            }
            (Ok(found), Expected::Error(_)) => Outcome::Failed(found),
            (Err(unread), Expected::Error(name)) if unread.name() == name => Outcome::Passed,
            (Err(unread), _) => Outcome::Unread(unread),
        }
    }
}

impl Unread {
    /// Returns the word by which the suite names it.
    fn name(&self) -> &'static str {
        match self {
            Self::Tree(_) => "bad_input_parse",
            Self::Dateline => "dateline",
            Self::Story(_) => "storydiscard",
            Self::Sentence(_) => "sentencediscard",
        }
    }
}

/// Reads a file of records.
///
/// # Errors
///
/// [`SuiteError`]: too large, no XML, a record without a tree or cut short, no record at all.
pub fn read(bytes: &[u8]) -> Result<Suite, SuiteError> {
    if bytes.len() > FILE_LEN_MAX {
        return Err(SuiteError::FileTooLong { found: bytes.len() });
    }
    // Some records hold Latin-1 in a file that does not say so.
    let text = std::str::from_utf8(bytes)
        .map_or_else(|_| bytes.iter().map(|byte| char::from(*byte)).collect(), str::to_owned);
    let mut reader = Reader::from_str(&text);
    let mut reading = Reading::default();
    loop {
        let wrong = |why: String, at: u64| SuiteError::Xml { at, why };
        match reader.read_event() {
            Ok(Xml::Start(tag)) => reading.start(&tag, false)?,
            Ok(Xml::Empty(tag)) => reading.start(&tag, true)?,
            Ok(Xml::End(tag)) => reading.end(tag.name().as_ref())?,
            Ok(Xml::Text(text)) => {
                reading.text.push_str(&text);
            }
            Ok(Xml::GeneralRef(name)) => {
                let known = match name.as_ref() {
                    "amp" => "&",
                    "lt" => "<",
                    "gt" => ">",
                    "quot" => "\"",
                    "apos" => "'",
                    _ => {
                        return Err(wrong(
                            "an entity that XML does not define".to_owned(),
                            reader.buffer_position(),
                        ));
                    }
                };
                reading.text.push_str(known);
            }
            Ok(Xml::Eof) => break,
            Ok(_) => {}
            Err(error) => return Err(wrong(error.to_string(), reader.error_position())),
        }
    }
    match reading.record {
        Some(record) => Err(SuiteError::CutShort { id: record.id }),
        None if reading.suite.records.is_empty() => Err(SuiteError::Empty),
        None => Ok(reading.suite),
    }
}

#[derive(Default)]
struct Reading {
    suite: Suite,
    options: Options,
    record: Option<Record>,
    text: String,
}

fn attributes(tag: &BytesStart<'_>) -> BTreeMap<String, String> {
    tag.attributes()
        .flatten()
        .map(|attribute| {
            let name = attribute.key.as_ref().to_owned();
            (name, attribute.value.trim().to_owned())
        })
        .collect()
}

impl Reading {
    fn start(&mut self, tag: &BytesStart<'_>, empty: bool) -> Result<(), SuiteError> {
        let attributes = attributes(tag);
        let of = |name: &str| attributes.get(name).cloned().unwrap_or_default();
        match tag.name().as_ref() {
            "Sentence" => {
                if let Some(open) = self.record.take() {
                    return Err(SuiteError::CutShort { id: open.id });
                }
                self.record = Some(Record {
                    id: of("id"),
                    category: of("category"),
                    day: day(&of("date")),
                    meant: of("sentence") != "false",
                    options: self.options,
                    text: String::new(),
                    tree: String::new(),
                    expected: Expected::Events(Vec::new()),
                });
            }
            "EventCoding" => self.expect(&attributes),
            "Config" => self.configure(&of("option"), &of("value")),
            _ => {}
        }
        self.text.clear();
        if empty { self.end(tag.name().as_ref()) } else { Ok(()) }
    }

    fn end(&mut self, name: &str) -> Result<(), SuiteError> {
        let text = std::mem::take(&mut self.text);
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        match (name, &mut self.record) {
            ("Text", Some(record)) => record.text = text,
            ("Parse", Some(record)) => record.tree = text,
            ("Sentence", record) => {
                if let Some(record) = record.take() {
                    if record.tree.is_empty() {
                        return Err(SuiteError::Record {
                            id: record.id,
                            what: "there is no `Parse`",
                        });
                    }
                    self.suite.records.push(record);
                }
            }
            (name, None) if name.ends_with("file") && !text.is_empty() => {
                self.suite.files.insert(name.to_owned(), text);
            }
            _ => {}
        }
        Ok(())
    }

    /// Takes what is to be coded. A coding of `###` says that the actor is discarded: it is no event.
    fn expect(&mut self, attributes: &BTreeMap<String, String>) {
        const DISCARDED: &str = "###";
        let Some(record) = &mut self.record else { return };
        if let Some(error) = attributes.get("error") {
            record.expected = Expected::Error(error.clone());
            return;
        }
        let of = |name: &str| attributes.get(name).map(|value| value.trim_matches('"').to_owned());
        if let (Some(source), Some(target), Some(code)) =
            (of("sourcecode"), of("targetcode"), of("eventcode"))
            && source != DISCARDED
            && target != DISCARDED
            && let Expected::Events(events) = &mut record.expected
        {
            events.push(Event { source, target, code });
        }
    }

    fn configure(&mut self, option: &str, value: &str) {
        let number: usize = value.parse().unwrap_or(0);
        let Options { new_actor_len_max, dyad, commas } = &mut self.options;
        let bound = |words: &mut Words, most: bool| {
            if most { words.max = number } else { words.min = number }
        };
        match option {
            "new_actor_length" => *new_actor_len_max = number,
            "require_dyad" => *dyad = value.eq_ignore_ascii_case("true"),
            "comma_min" => bound(&mut commas.within, false),
            "comma_max" => bound(&mut commas.within, true),
            "comma_bmin" => bound(&mut commas.initial, false),
            "comma_bmax" => bound(&mut commas.initial, true),
            "comma_emin" => bound(&mut commas.last, false),
            "comma_emax" => bound(&mut commas.last, true),
            _ => {}
        }
    }
}

fn day(text: &str) -> Option<Day> {
    let number: u32 = text.parse().ok()?;
    Day::new((number / 10_000).cast_signed(), number / 100 % 100, number % 100)
}
