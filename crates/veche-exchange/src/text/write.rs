//! From a text to the values of a record's terms.

use super::{Attachment, Paragraph, Text, Wording, Work};
use std::collections::BTreeMap;
use veche_ledger::Value;

/// Returns the text as values: what [`read::text`](super::read::text) gives the same text for.
#[must_use]
pub fn values(text: &Text, work: Option<&Work>) -> Value {
    let mut map = BTreeMap::new();
    if let Some(title) = text.title(text.main()) {
        map.insert("title".to_owned(), Value::text(title));
    }
    let others = text.titles().iter().filter(|(language, _)| *language != text.main());
    let titles: BTreeMap<String, Value> =
        others.map(|(language, title)| (language.to_string(), Value::text(title))).collect();
    if !titles.is_empty() {
        map.insert("titles".to_owned(), Value::Map(titles));
    }
    let paragraphs = text.paragraphs().iter().map(|p| paragraph(text, p)).collect();
    map.insert("paragraphs".to_owned(), Value::List(paragraphs));
    if let Some(work) = work {
        let pairs = [
            ("organisation", work.organisation()),
            ("number", work.number()),
            ("date", work.date()),
            ("author", work.author()),
        ];
        map.extend(pairs.map(|(key, value)| (key.to_owned(), Value::text(value))));
    }
    Value::Map(map)
}

fn paragraph(text: &Text, paragraph: &Paragraph) -> Value {
    let main = text.main();
    let mut map = paragraph.wordings.get(main).map(wording).unwrap_or_default();
    map.insert("n".to_owned(), Value::Int(i64::from(paragraph.number)));
    if *main != super::Language::undetermined() {
        map.insert("language".to_owned(), Value::text(main));
    }
    let others = paragraph.wordings.iter().filter(|(language, _)| *language != main);
    let versions: BTreeMap<String, Value> = others
        .map(|(language, version)| (language.to_string(), Value::Map(wording(version))))
        .collect();
    if !versions.is_empty() {
        map.insert("versions".to_owned(), Value::Map(versions));
    }
    if !paragraph.attachments.is_empty() {
        let list = paragraph.attachments.iter().map(attachment).collect();
        map.insert("attachments".to_owned(), Value::List(list));
    }
    if let Some(given_by) = &paragraph.given_by {
        map.insert("given_by".to_owned(), Value::text(given_by));
    }
    Value::Map(map)
}

fn wording(wording: &Wording) -> BTreeMap<String, Value> {
    let mut map = BTreeMap::from([("text".to_owned(), Value::text(&wording.text))]);
    if let Some(heading) = &wording.heading {
        map.insert("heading".to_owned(), Value::text(heading));
    }
    if !wording.notes.is_empty() {
        let notes = wording.notes.iter().map(|(mark, note)| (mark.clone(), Value::text(note)));
        map.insert("notes".to_owned(), Value::Map(notes.collect()));
    }
    map
}

fn attachment(attachment: &Attachment) -> Value {
    Value::map([
        ("name", Value::text(&attachment.name)),
        ("media", Value::text(&attachment.media)),
        ("hash", Value::text(attachment.hash)),
        // Larger than 2^53 bytes no document is.
        ("size", Value::Int(i64::try_from(attachment.size).unwrap_or(i64::MAX))),
    ])
}
