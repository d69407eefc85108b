//! Forecasts that members handed in as records: an institute's file, or what an expert drew at the desk.

use super::words::Counted;
use crate::node::Node;
use veche_charter::model::{Act, Charter};
use veche_council::view::RecordView;
use veche_ledger::{Hash, Kind, UnixSeconds, Value, parse_canonical};
use veche_picture::Date;
use veche_picture::tournament::{Round, Submission, read_file};

/// Fields of an act in which a forecast is handed in; without `content`, the file lies elsewhere and is named by its hash.
const FIELDS: [&str; 7] = ["institute", "target", "series", "origin", "form", "file", "content"];
/// Seconds of a day.
const DAY: u64 = 24 * 3600;

/// A forecast that a record hands in.
#[derive(Debug, Clone)]
pub struct HandedIn {
    /// The record.
    pub leaf: Hash,
    /// The day by which a quorum of witnesses held it; `None` while none has been seen to.
    pub received: Option<Date>,
    /// The file in it.
    pub content: String,
    /// What it states.
    pub submission: Submission,
}

/// Returns the acts of a charter in which forecasts are handed in: those with all the fields for it.
pub fn kinds(charter: &Charter) -> impl Iterator<Item = (&Kind, &Act)> {
    let has = |act: &Act, name: &str| act.fields.keys().any(|field| field.as_str() == name);
    charter.acts.iter().filter(move |(_, act)| FIELDS.iter().all(|name| has(act, name)))
}

/// Returns the forecasts for a round that records hand in, in the order of their times, and what looks like one and is none: the
/// record, and what is wrong with it.
///
/// One that came after the closing is none: nobody's own clock closes a round, but the time by which a quorum held the record.
pub fn handed_in(
    node: &Node,
    counted: &Counted<impl Fn(&RecordView) -> bool>,
    round: &Round,
) -> (Vec<HandedIn>, Vec<(Hash, String)>) {
    let kinds: Vec<&Kind> = kinds(node.charter()).map(|(kind, _)| kind).collect();
    let (mut found, mut faulty) = (Vec::new(), Vec::new());
    if kinds.is_empty() {
        return (found, faulty);
    }
    for view in counted.records(node, &kinds) {
        let terms = view.terms.as_ref().and_then(|text| parse_canonical(text.as_bytes()).ok());
        let (Some(terms), Ok(leaf)) = (terms, Hash::parse(&view.record.leaf)) else { continue };
        if terms.get("target").and_then(Value::as_text) != Some(round.name.as_str()) {
            continue;
        }
        match read(round, &view, &terms) {
            Ok((received, content, submission)) => {
                found.push(HandedIn { leaf, received, content, submission });
            }
            Err(what) => faulty.push((leaf, what)),
        }
    }
    (found, faulty)
}

fn read(
    round: &Round,
    view: &RecordView,
    terms: &Value,
) -> Result<(Option<Date>, String, Submission), String> {
    let text = |field: &str| terms.get(field).and_then(Value::as_text);
    let received = view.at.as_deref().map(day).transpose()?;
    if let Some(late) = received.filter(|day| *day > round.closes) {
        return Err(format!("the round closed on {}, and this came on {late}", round.closes));
    }
    let content = text("content").ok_or("its file is not in it")?;
    if text("file") != Some(Hash::of(&[content.as_bytes()]).to_string().as_str()) {
        return Err("the file in it has another hash than it says".to_owned());
    }
    let institute = text("institute").unwrap_or_default();
    let submission = read_file(content.as_bytes(), round, institute);
    Ok((received, content.to_owned(), submission.map_err(|error| error.to_string())?))
}

fn day(at: &str) -> Result<Date, String> {
    day_of(UnixSeconds::parse(at).map_err(|error| error.to_string())?)
}

/// Returns the day of a time.
///
/// # Errors
/// What is wrong with a time that no calendar here reaches.
pub fn day_of(time: UnixSeconds) -> Result<Date, String> {
    let days = i32::try_from(time.0 / DAY).map_err(|error| error.to_string())?;
    Date::from_unix_days(days).map_err(|error| error.to_string())
}

/// Returns the terms in which a member hands a forecast in: with the file in them if it fits into a record, else by its hash.
#[must_use]
pub fn terms(round: &Round, submission: &Submission, bytes: &[u8]) -> Value {
    let rows = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count();
    let rows = u64::try_from(rows.saturating_sub(1)).unwrap_or(u64::MAX);
    let mut terms = Value::map([
        ("institute", Value::text(&submission.institute)),
        ("target", Value::text(&round.name)),
        ("series", Value::text(&round.series)),
        ("origin", Value::text(round.origin)),
        ("form", Value::text(submission.form.word())),
        ("rows", Value::int(rows).unwrap_or(Value::Int(veche_ledger::json::INT_MAX))),
        ("file", Value::text(Hash::of(&[bytes]))),
    ]);
    let whole = terms.to_bytes().len();
    if let (Ok(text), Value::Map(fields)) = (std::str::from_utf8(bytes), &mut terms) {
        let content = Value::text(text);
        // The name, its quotes, a colon and a comma.
        if whole + content.to_bytes().len() + 16 <= veche_ledger::commit::TERMS_LEN_MAX {
            fields.insert("content".to_owned(), content);
        }
    }
    terms
}
