//! From a record's terms, or a file in JSON or TOML, to a text.

use super::limit::FILE_LEN_MAX;
use super::{Attachment, Language, Paragraph, Place, Text, TextError, TextFault, Wording};
use std::collections::BTreeMap;
use std::fmt;
use veche_ledger::json::JsonError;
use veche_ledger::{Hash, Value, parse_human};

/// The keys of a text; what else stands beside them is no part of it.
const TEXT_KEYS: [&str; 7] =
    ["title", "titles", "paragraphs", "organisation", "number", "date", "author"];
/// The keys of a paragraph.
const PARAGRAPH_KEYS: [&str; 8] =
    ["n", "text", "heading", "language", "notes", "versions", "attachments", "given_by"];
/// The keys of a paragraph that say what an amendment does with it.
pub(super) const CHANGE_KEYS: [&str; 3] = ["do", "bis", "over"];
/// The keys of a language version.
const VERSION_KEYS: [&str; 3] = ["text", "heading", "notes"];
/// The keys of an attachment.
const ATTACHMENT_KEYS: [&str; 4] = ["name", "media", "hash", "size"];

/// A text as read, and what was beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// The text.
    pub text: Text,
    /// The particulars of its work that stand beside it.
    pub particulars: Particulars,
    /// Keys that are no part of a text.
    pub unread: Vec<Unread>,
}

/// A key that is no part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// The number of the paragraph that has it; `None`: it stands beside the paragraphs.
    pub paragraph: Option<u32>,
    /// The key, with those around it: `versions.fr.note`.
    pub key: String,
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.paragraph {
            Some(number) => write!(f, "paragraph {number}: {}", self.key),
            None => f.write_str(&self.key),
        }
    }
}

/// What says which work a text is, as far as it is given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Particulars {
    /// The organisation.
    pub organisation: Option<String>,
    /// The number.
    pub number: Option<String>,
    /// The date, as `2026-11-22`.
    pub date: Option<String>,
    /// Who tabled it.
    pub author: Option<String>,
}

/// Why bytes hold no values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileFault {
    /// More than a text may have.
    #[error("it has more than {FILE_LEN_MAX} bytes")]
    TooLong,
    /// Not UTF-8.
    #[error("it is not UTF-8: byte {0} is none of it")]
    Utf8(usize),
    /// JSON with a fault.
    #[error("it begins as JSON, and {0}")]
    Json(JsonError),
    /// TOML with a fault.
    #[error("it is no TOML: {0}")]
    Toml(String),
    /// A value that no record can carry.
    #[error("`{0}` is a fraction or a date: write it as text")]
    Value(String),
}

/// Returns the values of a file: JSON if it begins with `{`, otherwise TOML.
///
/// # Errors
/// [`FileFault`], in the order of its variants.
pub fn values(bytes: &[u8]) -> Result<Value, FileFault> {
    if bytes.len() > FILE_LEN_MAX {
        return Err(FileFault::TooLong);
    }
    let text = std::str::from_utf8(bytes).map_err(|e| FileFault::Utf8(e.valid_up_to()))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim_start().starts_with('{') {
        return parse_human(text).map_err(FileFault::Json);
    }
    let table: toml::Table = toml::from_str(text)
        .map_err(|error| FileFault::Toml(error.to_string().trim_end().to_owned()))?;
    of_toml("", toml::Value::Table(table))
}

fn of_toml(key: &str, value: toml::Value) -> Result<Value, FileFault> {
    Ok(match value {
        toml::Value::String(text) => Value::Text(text),
        toml::Value::Integer(number) => Value::Int(number),
        toml::Value::Boolean(flag) => Value::Bool(flag),
        toml::Value::Array(items) => {
            Value::List(items.into_iter().map(|v| of_toml(key, v)).collect::<Result<_, _>>()?)
        }
        toml::Value::Table(table) => {
            let pair = |(key, value): (String, toml::Value)| {
                let value = of_toml(&key, value)?;
                Ok((key, value))
            };
            Value::Map(table.into_iter().map(pair).collect::<Result<_, _>>()?)
        }
        toml::Value::Float(_) | toml::Value::Datetime(_) => {
            return Err(FileFault::Value(key.to_owned()));
        }
    })
}

/// Returns the text that a record's terms, or a file's values, hold.
///
/// # Errors
/// [`TextError`] with the first place that is not as `formats/text.md` says.
pub fn text(terms: &Value) -> Result<Read, TextError> {
    let whole = |what| TextError { place: Place::Text, what };
    let list = terms.get("paragraphs").and_then(Value::as_list);
    let list = list.ok_or_else(|| whole(TextFault::NoParagraphs))?;
    let mut unread = Vec::new();
    note_unread(&mut unread, None, "", terms, &TEXT_KEYS);
    let mut main = None;
    let mut paragraphs = Vec::new();
    for (at, item) in list.iter().enumerate() {
        let (language, paragraph) = paragraph(at, item)?;
        note_unread(&mut unread, Some(paragraph.number), "", item, &PARAGRAPH_KEYS);
        note_unread_below(&mut unread, paragraph.number, item);
        if *main.get_or_insert_with(|| language.clone()) != language {
            let place = Place::Paragraph(paragraph.number);
            return Err(TextError { place, what: TextFault::Languages });
        }
        paragraphs.push(paragraph);
    }
    let main = main.ok_or_else(|| whole(TextFault::NoParagraphs))?;
    let titles = titles(terms, &main).map_err(whole)?;
    let text = Text::new(main, titles, paragraphs)?;
    let particulars = particulars(terms).map_err(whole)?;
    Ok(Read { text, particulars, unread })
}

fn note_unread(
    unread: &mut Vec<Unread>,
    paragraph: Option<u32>,
    around: &str,
    value: &Value,
    known: &[&str],
) {
    let keys = value.as_map().into_iter().flat_map(BTreeMap::keys);
    let keys = keys.filter(|key| !known.contains(&key.as_str()));
    unread.extend(keys.map(|key| Unread { paragraph, key: format!("{around}{key}") }));
}

/// Notes the unknown keys of versions and attachments.
fn note_unread_below(unread: &mut Vec<Unread>, number: u32, item: &Value) {
    let versions = item.get("versions").and_then(Value::as_map);
    for (tag, version) in versions.into_iter().flatten() {
        note_unread(unread, Some(number), &format!("versions.{tag}."), version, &VERSION_KEYS);
    }
    let attachments = item.get("attachments").and_then(Value::as_list).unwrap_or_default();
    for attachment in attachments {
        note_unread(unread, Some(number), "attachments.", attachment, &ATTACHMENT_KEYS);
    }
}

fn titles(terms: &Value, main: &Language) -> Result<BTreeMap<Language, String>, TextFault> {
    let mut titles = BTreeMap::new();
    if let Some(title) = optional(terms, "title")? {
        titles.insert(main.clone(), title);
    }
    for (tag, title) in map(terms, "titles")? {
        let language = Language::parse(tag)?;
        let title = title.as_text().ok_or_else(|| form(tag, "a text"))?;
        if titles.insert(language.clone(), title.to_owned()).is_some() {
            return Err(TextFault::LanguageTwice(language));
        }
    }
    Ok(titles)
}

fn particulars(terms: &Value) -> Result<Particulars, TextFault> {
    Ok(Particulars {
        organisation: optional(terms, "organisation")?,
        number: optional(terms, "number")?,
        date: optional(terms, "date")?,
        author: optional(terms, "author")?,
    })
}

/// Returns a paragraph with the language of its `text`. `at`: its place in the list, from 0.
pub(super) fn paragraph(at: usize, item: &Value) -> Result<(Language, Paragraph), TextError> {
    let number = number(item, "n");
    let number = number.map_err(|what| TextError { place: Place::Item(at + 1), what })?;
    let here = |what| TextError { place: Place::Paragraph(number), what };
    let language = match optional(item, "language").map_err(here)? {
        Some(tag) => Language::parse(&tag).map_err(here)?,
        None => Language::undetermined(),
    };
    let main = wording(item).map_err(here)?;
    let mut wordings = BTreeMap::from([(language.clone(), main)]);
    for (tag, version) in map(item, "versions").map_err(here)? {
        let other = Language::parse(tag).map_err(here)?;
        let place = Place::Wording(number, other.clone());
        let wording = wording(version).map_err(|what| TextError { place, what })?;
        if wordings.insert(other.clone(), wording).is_some() {
            return Err(here(TextFault::LanguageTwice(other)));
        }
    }
    let attachments = attachments(item).map_err(here)?;
    let given_by = optional(item, "given_by").map_err(here)?;
    Ok((language, Paragraph { number, wordings, attachments, given_by }))
}

fn wording(value: &Value) -> Result<Wording, TextFault> {
    let text = value.get("text").ok_or(TextFault::Missing("text"))?;
    let text = text.as_text().ok_or_else(|| form("text", "a text"))?.to_owned();
    let note = |(mark, note): (&String, &Value)| {
        let note = note.as_text().ok_or_else(|| form("notes", "an object of texts"))?;
        Ok((mark.clone(), note.to_owned()))
    };
    let notes = map(value, "notes")?.into_iter().map(note).collect::<Result<_, TextFault>>()?;
    Ok(Wording { heading: optional(value, "heading")?, text, notes })
}

fn attachments(item: &Value) -> Result<Vec<Attachment>, TextFault> {
    let Some(list) = item.get("attachments") else { return Ok(Vec::new()) };
    let list = list.as_list().ok_or_else(|| form("attachments", "a list of objects"))?;
    list.iter().map(attachment).collect()
}

fn attachment(value: &Value) -> Result<Attachment, TextFault> {
    let size = value.get("size").ok_or(TextFault::Missing("size"))?;
    let hash = optional(value, "hash")?.ok_or(TextFault::Missing("hash"))?;
    Ok(Attachment {
        name: optional(value, "name")?.ok_or(TextFault::Missing("name"))?,
        media: optional(value, "media")?.ok_or(TextFault::Missing("media"))?,
        hash: Hash::parse(&hash).map_err(|_| TextFault::Hash)?,
        size: size.as_size().ok_or_else(|| form("size", "a number of bytes"))?,
    })
}

/// Returns the text at a key that may be left out.
pub(super) fn optional(value: &Value, key: &str) -> Result<Option<String>, TextFault> {
    let Some(found) = value.get(key) else { return Ok(None) };
    found.as_text().map(|text| Some(text.to_owned())).ok_or_else(|| form(key, "a text"))
}

/// Returns the number at a key.
pub(super) fn number(value: &Value, key: &'static str) -> Result<u32, TextFault> {
    let found = value.get(key).ok_or(TextFault::Missing(key))?;
    let number = found.as_size().and_then(|n| u32::try_from(n).ok());
    number.ok_or_else(|| form(key, "a whole number from 0 to 4294967295"))
}

fn map<'v>(value: &'v Value, key: &str) -> Result<Vec<(&'v String, &'v Value)>, TextFault> {
    let Some(found) = value.get(key) else { return Ok(Vec::new()) };
    let map = found.as_map().ok_or_else(|| form(key, "an object"))?;
    Ok(map.iter().collect())
}

fn form(key: &str, expected: &'static str) -> TextFault {
    TextFault::Form { key: key.chars().take(80).collect(), expected }
}
