//! Records of PLOVER, each a text with the one event that people found in it.

use super::chance::{Case, share, shown};
use super::{FILE_LEN_MAX, Kit, failure};
use crate::answer::Answer;
use crate::failure::Failure;
use crate::file;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::Path;
use veche_coder::actor::Body;
use veche_coder::document::Document;
use veche_coder::event::{CodedEvent, Coder, Participant};
use veche_coder::ontology::Class;

/// Types of older drafts, and what became of them.
const RENAMED: [(&str, &str); 4] = [
    ("FIGHT", "ASSAULT"),
    ("DEMAND", "REQUEST"),
    ("DISAPPROVE", "ACCUSE"),
    ("INVESTIGATE", "ACCUSE"),
];

/// Codes in gold files that are no code of ISO 3166-1, and what they stand for.
const SLIPS: [(&str, &str); 3] = [("ITL", "ITA"), ("JAP", "JPN"), ("VTN", "VNM")];

/// Letters of a code that tell the state or kind of body.
const STATE_LETTERS: usize = 3;

struct Record {
    class: Class,
    text: String,
    source: Vec<String>,
    target: Vec<String>,
}

/// What the coder made of a record.
struct Scored {
    class: Class,
    coded: u32,
    right: u32,
    hit: bool,
    quad: bool,
    source: bool,
    both: bool,
}

/// Scores the coder on a gold file.
pub(super) fn run(kit: &Kit<'_>, path: &Path) -> Result<Answer, Failure> {
    let bytes = file::read(path, FILE_LEN_MAX)?;
    let value: Value = serde_json::from_slice(&bytes)
        .map_err(|error| failure(&format!("`{}` is no JSON: {error}", path.display())))?;
    let records = value.as_array().ok_or_else(|| failure("the gold file is no list"))?;
    let (mut read, mut passed) = (Vec::new(), 0);
    for one in records {
        match record(one) {
            Some(record) => read.push(record),
            None => passed += 1,
        }
    }
    let coder = Coder::shipped(&kit.vocabulary, &kit.matcher, &kit.english)
        .map_err(|error| failure(&error.to_string()))?;
    let mut scored = Vec::new();
    for record in &read {
        scored.push(score(kit, &coder, record)?);
    }
    Ok(tell(&scored, passed))
}

fn record(value: &Value) -> Option<Record> {
    let name = value["event"].as_str()?;
    let name = RENAMED.iter().find(|(old, _)| *old == name).map_or(name, |(_, new)| new);
    let codes = |key: &str| {
        let list = value[key].as_array().into_iter().flatten();
        list.filter_map(|party| party["code"].as_str().map(state)).collect()
    };
    Some(Record {
        class: Class::parse(name)?,
        text: value["text"].as_str()?.to_owned(),
        source: codes("source"),
        target: codes("target"),
    })
}

fn state(code: &str) -> String {
    let letters: String = code.chars().take(STATE_LETTERS).collect();
    SLIPS
        .iter()
        .find(|(slip, _)| *slip == letters)
        .map_or(letters, |(_, meant)| (*meant).to_owned())
}

/// Returns a participant's code as gold files have it: a state, or the kind of a body that is no state's.
fn coded(kit: &Kit<'_>, party: Option<&Participant>) -> Option<String> {
    let party = party?;
    if let Body::Organisation(at) = party.body {
        let sector = kit.vocabulary.organisations.get(at as usize)?.sector.code();
        let is_of_states = matches!(sector, "UNO" | "EUR" | "IGO");
        return Some(if is_of_states { "IGO" } else { sector }.to_owned());
    }
    Some(state(&party.code(&kit.vocabulary, &[]))).filter(|code| !code.is_empty())
}

fn score(kit: &Kit<'_>, coder: &Coder<'_>, record: &Record) -> Result<Scored, Failure> {
    let document =
        Document::read(record.text.as_bytes()).map_err(|error| failure(&error.to_string()))?;
    let events = coder.code(document, None).events;
    let right: Vec<&CodedEvent> =
        events.iter().filter(|event| event.class == record.class).collect();
    let from = |event: &&CodedEvent| {
        coded(kit, event.actor.as_ref()).is_some_and(|code| record.source.contains(&code))
    };
    // Of an event without a target both sides are sources: "A and B met".
    let to = |event: &&CodedEvent| match (
        coded(kit, event.recipient.as_ref()),
        record.target.is_empty(),
    ) {
        (None, is_open) => is_open,
        (Some(code), true) => record.source.contains(&code),
        (Some(code), false) => record.target.contains(&code),
    };
    Ok(Scored {
        class: record.class,
        coded: u32::try_from(events.len()).unwrap_or(u32::MAX),
        right: u32::try_from(right.len()).unwrap_or(u32::MAX),
        hit: !right.is_empty(),
        quad: events.iter().any(|event| event.class.quad() == record.class.quad()),
        source: right.iter().any(from),
        both: right.iter().any(|event| from(event) && to(event)),
    })
}

fn tell(scored: &[Scored], passed: usize) -> Answer {
    let of = |pick: &dyn Fn(&Scored) -> Case| share(&scored.iter().map(pick).collect::<Vec<_>>());
    let yes = |is: bool| (u32::from(is), 1);
    let rows = [
        ("any event", of(&|one| yes(one.coded > 0))),
        ("type hit", of(&|one| yes(one.hit))),
        ("quad hit", of(&|one| yes(one.quad))),
        ("type and source country", of(&|one| yes(one.source))),
        ("type, source and target", of(&|one| yes(one.both))),
        ("precision", of(&|one| (one.right, one.coded))),
    ];
    let mut text = format!(
        "{} records, {passed} passed over; per cent, with 95 % intervals of 2,000 resamplings\n\n| measure | per cent |\n|---|---|\n",
        scored.len()
    );
    let mut json = json!({ "records": scored.len(), "passed_over": passed });
    for (name, share) in rows {
        let _always_ok = writeln!(text, "| {name} | {} |", shown(share));
        json[name] = share.map(|share| json!([share.value, share.low, share.high])).into();
    }
    text.push_str("\n| type | records | hit | coded as this |\n|---|---|---|---|\n");
    for class in Class::all().filter(|class| class.quad().is_some()) {
        let own: Vec<&Scored> = scored.iter().filter(|one| one.class == class).collect();
        let hit = own.iter().filter(|one| one.hit).count();
        let right: u32 = own.iter().map(|one| one.right).sum();
        let _always_ok = writeln!(text, "| {} | {} | {hit} | {right} |", class.name(), own.len());
    }
    Answer::document(&text, json)
}
