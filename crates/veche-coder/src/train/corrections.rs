//! What analysts said of events, as labelled sentences: the file that `veche events corrections` writes.

use super::events::{LabelledError, labelled};
use crate::ontology::Class;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Labelled sentences made of corrections, and what could not be used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Corrected {
    /// English lines, in the form of `lexicon/sentences`.
    pub english: String,
    /// Russian ones.
    pub russian: String,
    /// Sentences that teach nothing, and why.
    pub left_out: Vec<(String, String)>,
}

/// Mentions of a sentence by what they are called: their labels, or why there are none. A rejected one has neither.
type Judged = BTreeMap<String, Option<Result<Value, String>>>;

/// Returns what corrections teach: a sentence each of whose mentions was judged, with the events that are left of it.
///
/// Of two words on a mention the later known counts. A file with lines of both languages, in any order, gives the same.
///
/// # Errors
/// The first line that is no correction.
pub fn corrected(lines: &str) -> Result<Corrected, LabelledError> {
    let mut corrections = Vec::new();
    for (at, line) in lines.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let fault = |what: String| LabelledError { line: at + 1, what };
        let value: Value =
            serde_json::from_str(line).map_err(|error| fault(format!("it is no JSON: {error}")))?;
        if value["finding"].as_str().is_none() || !value["sentences"].is_array() {
            return Err(fault(
                "it has no `finding` or no `sentences`: write it with `veche events corrections --mentions FILE`".to_owned(),
            ));
        }
        corrections.push(value);
    }
    corrections.sort_by_cached_key(|value| {
        let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
        (value["known"].is_null(), text("known"), text("stated"), text("record"))
    });
    let mut sentences: BTreeMap<(String, String), Judged> = BTreeMap::new();
    let mut beside: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for correction in &corrections {
        for sentence in correction["sentences"].as_array().into_iter().flatten() {
            let key = (word(sentence, "language"), word(sentence, "text"));
            let others = sentence["beside"].as_array().into_iter().flatten();
            let others = others.filter_map(|name| name.as_str().map(str::to_owned));
            beside.entry(key.clone()).or_default().extend(others);
            judge(correction, sentence, sentences.entry(key).or_default());
        }
    }
    let mut all = Corrected::default();
    for (at, (key, judged)) in (1..).zip(sentences) {
        let unseen = beside.get(&key).into_iter().flatten().any(|name| !judged.contains_key(name));
        all.take(at, key, judged, unseen);
    }
    Ok(all)
}

fn word(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}

/// Takes a word on a mention: `confirmed`, `corrected` or `rejected`; others say nothing of a sentence.
fn judge(correction: &Value, sentence: &Value, judged: &mut Judged) {
    let mention = word(sentence, "mention");
    match correction["finding"].as_str().unwrap_or_default() {
        "rejected" => {
            judged.insert(mention, None);
        }
        "confirmed" | "corrected" => {
            let held = judged.remove(&mention).flatten();
            let event = held.unwrap_or_else(|| Ok(event(sentence)));
            let event = event.and_then(|event| put_right(event, correction, sentence));
            judged.insert(mention, Some(event));
        }
        _ => {}
    }
}

/// Returns the event as it was coded.
fn event(sentence: &Value) -> Value {
    let aux = sentence["aux"].as_array().cloned().unwrap_or_default();
    let mut event = json!({ "aux": aux });
    for key in ["type", "mode", "trigger", "actor", "recipient", "attribution"] {
        event[key] = word(sentence, key).into();
    }
    event
}

/// Puts an event right; an error where the correction does not say which words of the sentence are meant.
fn put_right(mut event: Value, correction: &Value, sentence: &Value) -> Result<Value, String> {
    if let Some(class) = correction["type"].as_str() {
        let mode = word(&event, "mode");
        let kept = Class::parse(class).is_some_and(|class| class.mode(&mode).is_some());
        event["mode"] = if kept { mode } else { String::new() }.into();
        event["type"] = class.into();
    }
    let text = word(sentence, "text");
    for key in ["actor", "recipient"] {
        let Some(said) = correction[key].as_str() else { continue };
        let words = if said == "-" {
            ""
        } else {
            words_in(said, &text).ok_or_else(|| {
                format!("`{said}` does not say which words of the sentence are the {key}")
            })?
        };
        event[key] = words.into();
    }
    Ok(event)
}

/// Returns the words of a party as it was typed, if they stand in the sentence: `ARM MIL: border troops`, or words alone.
fn words_in<'a>(said: &'a str, text: &str) -> Option<&'a str> {
    let behind = said.split_once(':').map(|(_, words)| words.trim());
    let stands = |words: &&str| !words.is_empty() && text.contains(*words);
    Some(said).filter(stands).or_else(|| behind.filter(stands))
}

impl Corrected {
    /// Adds a sentence.
    fn take(
        &mut self,
        at: usize,
        (language, text): (String, String),
        judged: Judged,
        unseen: bool,
    ) {
        if judged.is_empty() {
            return;
        }
        let into = match language.as_str() {
            "en" => &mut self.english,
            "ru" => &mut self.russian,
            _ => return self.left_out.push((text, format!("nothing learns `{language}`"))),
        };
        if unseen {
            let why = "another event that was found in it was not looked at";
            return self.left_out.push((text, why.to_owned()));
        }
        let events: Result<Vec<Value>, String> = judged.into_values().flatten().collect();
        let mut events = match events {
            Ok(events) => events,
            Err(why) => return self.left_out.push((text, why)),
        };
        events.sort_by_key(|event| (text.find(&word(event, "trigger")), word(event, "type")));
        events.dedup();
        let line = json!({ "id": format!("{language}-corrected-{at:04}"), "text": text, "events": events });
        let line = line.to_string();
        match labelled(&line) {
            Ok(_) => {
                into.push_str(&line);
                into.push('\n');
            }
            Err(error) => self.left_out.push((text, error.what)),
        }
    }
}
