//! How much of the labelled sentences the matcher and the actors find. The floors are what was reached, a point below.
//!
//! Words were added to the lexicon after its misses in the first sentences of each file had been read; of the later ones none had
//! been, so that their figures are those of new text. Whoever adds words for the later ones says so here.

use crate::reading::{Reading, VOCABULARY};
use serde_json::Value;
use std::sync::LazyLock;
use veche_coder::actor::Body;
use veche_coder::matcher::{CharterName, Matcher, Target, Vocabulary};
use veche_coder::text::Span;

const EN: &str = include_str!("../../../../lexicon/sentences/en.jsonl");
const RU: &str = include_str!("../../../../lexicon/sentences/ru.jsonl");

/// The towns and lesser states that the sentences made up, as a charter would name them; the greater ones are in `states.tsv`.
const MADE_UP: [(&str, &str); 3] = [("Kerrin", "Керрин"), ("Tessen", "Тессен"), ("Vael", "Ваэль")];

static STATES: LazyLock<Vocabulary> = LazyLock::new(|| {
    let table = include_bytes!("../../../../lexicon/sentences/states.tsv");
    Vocabulary::shipped().unwrap().with_nations(table).unwrap()
});

static MATCHER: LazyLock<Matcher> = LazyLock::new(|| {
    let names = MADE_UP.map(|(en, ru)| CharterName {
        code: en.to_uppercase(),
        sector: None,
        names: vec![en.to_owned(), ru.to_owned()],
    });
    Matcher::new(&STATES, &names, None)
});

/// Shares in per cent.
#[derive(Debug)]
struct Found {
    triggers: f64,
    classes: f64,
    actors: f64,
    filtered: f64,
    missed: Vec<String>,
}

fn span(text: &str, words: &str) -> Option<Span> {
    let start = text.find(words).filter(|_| !words.is_empty())?;
    Some(Span {
        start: u32::try_from(start).unwrap(),
        end: u32::try_from(start + words.len()).unwrap(),
    })
}

fn class(target: Target) -> Option<&'static str> {
    let Target::Trigger(language, at) = target else { return None };
    let triggers = match language {
        veche_coder::lexicon::Language::English => &VOCABULARY.triggers_en,
        veche_coder::lexicon::Language::Russian => &VOCABULARY.triggers_ru,
    };
    Some(triggers[at as usize].class.name())
}

fn coverage(lines: &str) -> Found {
    let (mut events, mut triggers, mut classes, mut named, mut actors, mut kept) =
        (0, 0, 0, 0, 0, 0);
    let mut missed = Vec::new();
    for line in lines.lines() {
        let sentence: Value = serde_json::from_str(line).unwrap();
        let text = sentence["text"].as_str().unwrap();
        let reading = Reading::of(text);
        let found = reading.matches(&MATCHER);
        let known = reading.actors(&MATCHER);
        for event in sentence["events"].as_array().unwrap() {
            let word = |key: &str| event[key].as_str().unwrap_or_default().to_owned();
            if word("type") == "STATEMENT" {
                continue;
            }
            if let Some(trigger) = span(text, &word("trigger")) {
                events += 1;
                let hits: Vec<&str> = MATCHER
                    .matches(&found)
                    .filter(|hit| reading.tokens.cover(hit.first, hit.end - 1).overlaps(trigger))
                    .flat_map(|hit| hit.targets.iter().filter_map(|target| class(*target)))
                    .collect();
                triggers += usize::from(!hits.is_empty());
                classes += usize::from(hits.contains(&word("type").as_str()));
                kept += usize::from(reading.passes(&MATCHER));
                if hits.is_empty() {
                    missed.push(format!(
                        "trigger {} ({}) in {text}",
                        word("trigger"),
                        word("type")
                    ));
                }
            }
            if let Some(actor) = span(text, &word("actor")) {
                named += 1;
                let hit = known
                    .iter()
                    .any(|known| known.span.overlaps(actor) && known.body != Body::Unknown);
                let raw = known.iter().any(|known| known.span.overlaps(actor));
                actors += usize::from(raw);
                if !hit && !raw {
                    missed.push(format!("actor {} in {text}", word("actor")));
                }
            }
        }
    }
    let share = |part: usize, of: usize| 100.0 * part as f64 / of as f64;
    Found {
        triggers: share(triggers, events),
        classes: share(classes, events),
        actors: share(actors, named),
        filtered: share(kept, events),
        missed,
    }
}

#[track_caller]
fn check(lines: &str, triggers: f64, classes: f64, actors: f64, filtered: f64) {
    let found = coverage(lines);
    let enough = found.triggers >= triggers
        && found.classes >= classes
        && found.actors >= actors
        && found.filtered >= filtered;
    assert!(
        enough,
        "triggers {:.1}, of the right class {:.1}, actors {:.1}, kept by the filter {:.1}\n{}",
        found.triggers,
        found.classes,
        found.actors,
        found.filtered,
        found.missed.join("\n")
    );
}

/// How many sentences of each file stood there when the lexicon was last compared with them.
const COMPARED: usize = 1052;

fn compared(lines: &str) -> String {
    lines.lines().take(COMPARED).collect::<Vec<_>>().join("\n")
}

fn new(lines: &str, written_for_words: usize) -> String {
    lines.lines().take(written_for_words).skip(COMPARED).collect::<Vec<_>>().join("\n")
}

/// From here on sentences were written for words that the lexicon and the older ones lack.
const FOR_WORDS: [usize; 2] = [4226, 3389];

fn for_words(lines: &str, from: usize) -> String {
    lines.lines().skip(from).collect::<Vec<_>>().join("\n")
}

#[test]
fn english_sentences_are_matched() {
    check(&compared(EN), 85.0, 69.0, 91.8, 90.3);
}

#[test]
fn new_english_sentences_are_matched() {
    check(&new(EN, FOR_WORDS[0]), 72.9, 52.2, 88.6, 92.3);
}

#[test]
fn russian_sentences_are_matched() {
    check(&compared(RU), 82.5, 68.0, 93.5, 88.0);
}

#[test]
fn new_russian_sentences_are_matched() {
    check(&new(RU, FOR_WORDS[1]), 70.0, 53.2, 90.6, 91.3);
}

#[test]
fn sentences_written_for_new_words_are_matched() {
    check(&for_words(EN, FOR_WORDS[0]), 53.0, 34.0, 92.5, 83.5);
    check(&for_words(RU, FOR_WORDS[1]), 53.0, 35.0, 93.5, 85.0);
}
