//! The held-out sentences are labelled by the rules of the others, and none of them stands among those.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use veche_coder::ontology::Class;

const HELD: [(&str, &str); 2] = [
    ("en", include_str!("../../../../lexicon/sentences/held/en.jsonl")),
    ("ru", include_str!("../../../../lexicon/sentences/held/ru.jsonl")),
];
const OPEN: [&str; 2] = [
    include_str!("../../../../lexicon/sentences/en.jsonl"),
    include_str!("../../../../lexicon/sentences/ru.jsonl"),
];

/// The parts of an event that are words of its sentence, the trigger first.
const SPANS: [&str; 6] = ["trigger", "actor", "recipient", "place", "when", "attribution"];

const AUX: [&str; 4] = ["negation", "future", "hypothetical", "historical"];

/// So many words in a row that are alike are no accident.
const WORDS: usize = 8;

fn runs(text: &str) -> Vec<String> {
    let words: Vec<String> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    words.windows(WORDS).map(|run| run.join(" ")).collect()
}

fn sentences(lines: &str) -> Vec<Value> {
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[track_caller]
fn check_event(event: &Value, text: &str) {
    let word = |key: &str| event[key].as_str().unwrap();
    let class = Class::parse(word("type")).unwrap();
    assert_ne!(class.name(), "NONE", "{text}");
    assert!(word("mode").is_empty() || class.mode(word("mode")).is_some(), "{text}");
    assert!(!word("trigger").is_empty(), "{text}");
    for key in SPANS {
        assert!(text.contains(word(key)), "`{}` is not in: {text}", word(key));
    }
    for aux in event["aux"].as_array().unwrap() {
        assert!(AUX.contains(&aux.as_str().unwrap()), "{text}");
    }
    assert_eq!(event.as_object().unwrap().len(), SPANS.len() + 3, "{text}");
}

#[test]
fn held_sentences_are_labelled_as_the_others_are() {
    let (mut events, mut neutral) = (0, BTreeMap::new());
    for (language, lines) in HELD {
        for (index, sentence) in sentences(lines).iter().enumerate() {
            let text = sentence["text"].as_str().unwrap();
            assert_eq!(sentence["id"], format!("held-{language}-{:03}", index + 1));
            assert_eq!(sentence.as_object().unwrap().len(), 5, "{text}");
            let told = sentence["events"].as_array().unwrap();
            told.iter().for_each(|event| check_event(event, text));
            events += usize::from(!told.is_empty());
            *neutral.entry(language).or_insert(0) += usize::from(told.is_empty());
        }
    }
    assert!(events >= 300, "{events} sentences with events");
    assert!(neutral["en"] >= 250 && neutral["ru"] >= 150, "{neutral:?}");
}

#[test]
fn no_held_sentence_shares_eight_words_in_a_row_with_another_or_with_an_open_one() {
    let mut seen = BTreeSet::new();
    for line in OPEN.iter().flat_map(|lines| sentences(lines)) {
        seen.extend(runs(line["text"].as_str().unwrap()));
    }
    for line in HELD.iter().flat_map(|(_, lines)| sentences(lines)) {
        let text = line["text"].as_str().unwrap();
        let own: BTreeSet<String> = runs(text).into_iter().collect();
        assert_eq!(own.iter().find(|run| seen.contains(*run)), None, "{text}");
        seen.extend(own);
    }
}
