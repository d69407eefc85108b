//! From Akoma Ntoso to a text, and what of it is no text.

use super::tree::{Element, LEN_MAX, parse};
use super::{HASH_PREFIX, NAMESPACE};
use crate::text::{Attachment, Language, Paragraph, Text, TextError, Wording, Work};
use std::collections::BTreeMap;
use std::fmt;
use veche_ledger::Hash;

mod body;
mod lines;

use body::{Body, Unit};

/// What a document holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The text.
    pub text: Text,
    /// Which work it is, if the document says so in the way that ours do.
    pub work: Option<Work>,
    /// Whether its paragraphs were numbered anew; their own numbers are in the headings then.
    pub renumbered: bool,
    /// What is no part of the text, in the order of the document.
    pub left_out: Vec<LeftOut>,
}

/// An element that was not taken over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Its name.
    pub element: String,
    /// Where it begins.
    pub place: Position,
    /// Why.
    pub why: &'static str,
}

/// A line and a column in characters, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// Why a document cannot be read as a text: where, and what.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct ImportError {
    /// Where, if it is one place.
    pub place: Option<Position>,
    /// What.
    pub what: ImportFault,
}

/// Why a document cannot be read as a text. All are the fault of whoever wrote it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportFault {
    /// Longer than any text.
    #[error("it has more than {0} bytes")]
    TooLong(usize),
    /// Bytes that are not UTF-8.
    #[error("it is not UTF-8: byte {0} is none of it; convert it first")]
    Utf8(usize),
    /// UTF-16.
    #[error("it is UTF-16: convert it to UTF-8 first")]
    Utf16,
    /// Another encoding is declared.
    #[error("it says that its encoding is `{0}`: convert it to UTF-8 first")]
    Encoding(String),
    /// Not well-formed.
    #[error("it is not well-formed XML: {0}")]
    Malformed(String),
    /// It ends inside an element.
    #[error("it is cut short: `{0}` is not closed")]
    CutShort(String),
    /// A document type declaration, in which entities are defined.
    #[error(
        "it has a document type declaration: none is read, since entities are defined there; remove it"
    )]
    DocType,
    /// An entity that is not one of the five of XML.
    #[error("it refers to the entity `{0}`: only `lt`, `gt`, `amp`, `quot` and `apos` are known")]
    Entity(String),
    /// A character that XML cannot carry.
    #[error("it has the character U+{:04X}, which XML cannot carry", u32::from(*.0))]
    Character(char),
    /// Elements too deep.
    #[error("its elements are nested more than {0} deep")]
    Depth(usize),
    /// Too many elements.
    #[error("it has more than {0} elements and runs of text")]
    Nodes(usize),
    /// Too many attributes.
    #[error("an element has more than {0} attributes or namespaces")]
    Attributes(usize),
    /// Another vocabulary.
    #[error("it is no Akoma Ntoso 3.0: its root must be `akomaNtoso` in `{NAMESPACE}`")]
    NotAkomaNtoso,
    /// No body.
    #[error("there is no document with a body in it")]
    NoBody,
    /// Nothing that could be a numbered paragraph.
    #[error("nothing in it is a numbered unit with text")]
    NoParagraphs,
    /// A collection of different documents.
    #[error(
        "it is a collection of several documents in `{0}`, and no set of language versions: give one of them"
    )]
    Collection(String),
    /// Language versions with different paragraphs.
    #[error(
        "its version in `{0}` has other paragraphs than the first: equally authentic versions have the same"
    )]
    Versions(String),
    /// What it holds is no sound text.
    #[error("{0}")]
    Text(TextError),
}

/// Reads a document.
///
/// Nothing is fetched, no entity is expanded, and time and memory are linear in its length.
///
/// # Errors
/// [`ImportError`] with the first thing that keeps it from being a text.
pub fn import(bytes: &[u8]) -> Result<Imported, ImportError> {
    let nowhere = |what| ImportError { place: None, what };
    if bytes.len() > LEN_MAX {
        return Err(nowhere(ImportFault::TooLong(LEN_MAX)));
    }
    if bytes.starts_with(&[0xfe, 0xff]) || bytes.starts_with(&[0xff, 0xfe]) {
        return Err(nowhere(ImportFault::Utf16));
    }
    let text = std::str::from_utf8(bytes);
    let text = text.map_err(|error| nowhere(ImportFault::Utf8(error.valid_up_to())))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let located = |at| positions(text, &[at]).first().copied();
    let root = parse(text).map_err(|(at, what)| ImportError { place: located(at), what })?;
    if !root.is("akomaNtoso") {
        return Err(ImportError { place: located(root.at), what: ImportFault::NotAkomaNtoso });
    }
    let mut versions = Vec::new();
    let mut left_out = Vec::new();
    for document in documents(&root, &mut left_out) {
        versions.push(Version::of(document, &mut left_out));
    }
    left_out.sort_by_key(|(at, _, _)| *at);
    let places: Vec<usize> = left_out.iter().map(|(at, _, _)| *at).collect();
    let left_out = left_out.into_iter().zip(positions(text, &places));
    let left_out = left_out.map(|((_, element, why), place)| LeftOut { element, place, why });
    let (text, work, renumbered) = join(versions).map_err(nowhere)?;
    Ok(Imported { text, work, renumbered, left_out: left_out.collect() })
}

/// What is left out: the byte where it begins, its name, why.
type Omission = (usize, String, &'static str);

/// Returns line and column of each byte; `places` ascend.
fn positions(text: &str, places: &[usize]) -> Vec<Position> {
    let (mut line, mut column, mut at) = (1, 1, 0);
    let mut out = Vec::with_capacity(places.len());
    for place in places {
        let end = (*place).min(text.len());
        let bytes = text.as_bytes().get(at..end).unwrap_or_default();
        for byte in bytes {
            match byte {
                b'\n' => (line, column) = (line + 1, 1),
                // The later bytes of a character are no character.
                0x80..=0xbf => {}
                _ => column += 1,
            }
        }
        at = at.max(end);
        out.push(Position { line, column });
    }
    out
}

/// Returns the documents: the one that there is, or the components of a collection.
fn documents<'e>(root: &'e Element, left_out: &mut Vec<Omission>) -> Vec<&'e Element> {
    let mut found = Vec::new();
    for element in root.elements() {
        let Some(collection) = element.child("collectionBody") else {
            found.push(element);
            continue;
        };
        for component in collection.elements() {
            match component.elements().find(|e| e.child("meta").is_some()) {
                Some(document) => found.push(document),
                None => leave(left_out, component, "a component without a document in it"),
            }
        }
    }
    found
}

fn leave(left_out: &mut Vec<Omission>, element: &Element, why: &'static str) {
    left_out.push((element.at, element.name.chars().take(80).collect(), why));
}

/// One document: a text in one language.
struct Version {
    language: Option<String>,
    title: Option<String>,
    work: Option<Work>,
    units: Vec<Unit>,
    attachments: Vec<(u32, Attachment)>,
}

impl Version {
    fn of(document: &Element, left_out: &mut Vec<Omission>) -> Self {
        let meta = document.child("meta");
        let language = meta.and_then(|meta| meta.descendant("FRBRlanguage"));
        let mut version = Self {
            language: language.and_then(|l| l.attribute("language")).map(str::to_owned),
            title: title(document, left_out),
            work: meta.and_then(work),
            units: Vec::new(),
            attachments: Vec::new(),
        };
        for part in document.elements() {
            if part.is("meta") {
                let unread = part.elements().filter(|e| !e.is("identification"));
                for element in unread.filter(|element| !element.is("references")) {
                    leave(left_out, element, "data about the document");
                }
            } else if body::is_body(part) {
                version.units.extend(Body::new(left_out).read(part));
            } else if part.is("attachments") {
                version.attach(part, left_out);
            } else if part.has_text() && !is_title_alone(part, version.title.as_deref()) {
                leave(left_out, part, "front or back matter");
            }
        }
        version
    }

    fn attach(&mut self, part: &Element, left_out: &mut Vec<Omission>) {
        for element in part.elements() {
            match element.child("documentRef").and_then(attachment) {
                Some(attachment) => self.attachments.push(attachment),
                None => leave(left_out, element, "an attachment that is not named by its hash"),
            }
        }
    }
}

fn attachment(reference: &Element) -> Option<(u32, Attachment)> {
    let hash = Hash::parse(reference.attribute("href")?.strip_prefix(HASH_PREFIX)?).ok()?;
    let name = reference.attribute("showAs")?.to_owned();
    let media = reference.ours("media")?.to_owned();
    let size = reference.ours("size")?.parse().ok()?;
    Some((reference.ours("paragraph")?.parse().ok()?, Attachment { name, media, hash, size }))
}

fn title(document: &Element, left_out: &mut Vec<Omission>) -> Option<String> {
    let front = ["preface", "coverPage", "header"].iter().filter_map(|name| document.child(name));
    let named = ["docTitle", "shortTitle"];
    let mut found = front.flat_map(|part| named.map(|name| part.descendant(name)));
    found.find_map(|element| element.map(|element| lines::one_line(element, left_out)))
}

fn is_title_alone(part: &Element, title: Option<&str>) -> bool {
    // What is left out of the title is said already.
    title.is_some_and(|title| lines::one_line(part, &mut Vec::new()).trim() == title.trim())
}

fn work(meta: &Element) -> Option<Work> {
    let work = meta.descendant("FRBRWork")?;
    let value = |name: &str| work.child(name)?.attribute("value");
    let date = work.child("FRBRdate")?.attribute("date")?;
    let author = work.child("FRBRauthor")?.attribute("href")?.strip_prefix('#')?;
    let mut references = meta.child("references")?.elements();
    let author = references.find(|e| e.attribute("eId") == Some(author))?;
    let author = author.attribute("showAs")?;
    Work::new(value("FRBRcountry")?, value("FRBRnumber")?, date, author).ok()
}

/// Makes one text of its versions.
fn join(versions: Vec<Version>) -> Result<(Text, Option<Work>, bool), ImportFault> {
    if versions.is_empty() {
        return Err(ImportFault::NoBody);
    }
    let renumbered = versions.iter().any(|version| body::numbers(&version.units).is_none());
    let (mut paragraphs, mut titles) = (Vec::new(), BTreeMap::new());
    let (mut main, mut work) = (None, None);
    for version in versions {
        let of_text = |what| ImportFault::Text(TextError { place: crate::text::Place::Text, what });
        let language = match &version.language {
            Some(tag) => Language::parse(tag).map_err(of_text)?,
            None => Language::undetermined(),
        };
        if version.units.is_empty() {
            return Err(ImportFault::NoParagraphs);
        }
        titles.extend(version.title.clone().map(|title| (language.clone(), title)));
        if main.is_none() {
            main = Some(language.clone());
            work = version.work.clone();
        }
        add(&mut paragraphs, version, &language, renumbered)?;
    }
    let main = main.unwrap_or_else(Language::undetermined);
    let text = Text::new(main, titles, paragraphs).map_err(ImportFault::Text)?;
    Ok((text, work, renumbered))
}

fn add(
    paragraphs: &mut Vec<Paragraph>,
    version: Version,
    language: &Language,
    renumbered: bool,
) -> Result<(), ImportFault> {
    let numbers = if renumbered { None } else { body::numbers(&version.units) };
    let numbers = numbers.unwrap_or_else(|| (1..).take(version.units.len()).collect());
    let is_first = paragraphs.is_empty();
    if !is_first && !paragraphs.iter().map(|p| p.number).eq(numbers.iter().copied()) {
        return Err(ImportFault::Versions(language.to_string()));
    }
    for (at, (unit, number)) in version.units.into_iter().zip(numbers).enumerate() {
        let heading = if renumbered { unit.label() } else { unit.heading() };
        let wording = Wording { heading, text: unit.text, notes: unit.notes };
        let Some(known) = paragraphs.get_mut(at).filter(|_| !is_first) else {
            let wordings = BTreeMap::from([(language.clone(), wording)]);
            let (attachments, given_by) = (Vec::new(), unit.given_by);
            paragraphs.push(Paragraph { number, wordings, attachments, given_by });
            continue;
        };
        if known.wordings.insert(language.clone(), wording).is_some() {
            return Err(ImportFault::Collection(language.to_string()));
        }
    }
    for (number, attachment) in version.attachments {
        if let Some(paragraph) = paragraphs.iter_mut().find(|p| p.number == number) {
            paragraph.attachments.push(attachment);
        }
    }
    Ok(())
}
