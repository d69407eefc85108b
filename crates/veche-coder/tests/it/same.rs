//! What a change for the sake of speed must leave as it is: every event of all the project's texts.

use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::path::Path;
use veche_coder::document::Document;
use veche_coder::event::{CodedEvent, Coder, Desk, Participant};
use veche_coder::matcher::{Matcher, Vocabulary};
use veche_coder::model::english;

/// Files with one text a line, below the workspace.
const FILES: [&str; 5] = [
    "crates/veche-coder/tests/data/clusters/documents.jsonl",
    "lexicon/sentences/en.jsonl",
    "lexicon/sentences/ru.jsonl",
    "lexicon/sentences/held/en.jsonl",
    "lexicon/sentences/held/ru.jsonl",
];

/// Events of each file, and the first bytes of the hash of all that is told of them. Where the lexicon, the models or a rule changes
/// what is coded, the failing test prints the table as it then is.
const GOLDEN: &str = include_str!("golden/same.tsv");

#[test]
fn every_event_of_the_projects_own_texts_is_as_it_was() {
    let (vocabulary, english) = (Vocabulary::shipped().unwrap(), english().unwrap());
    let matcher = Matcher::new(&vocabulary, &[], None);
    let coder = Coder::shipped(&vocabulary, &matcher, &english).unwrap();
    let mut desk = Desk::default();
    let mut told = String::new();
    for name in FILES {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name);
        let file = std::fs::read_to_string(path).unwrap();
        let (mut all, mut count) = (Sha256::new(), 0);
        for line in file.lines() {
            let value: serde_json::Value = serde_json::from_str(line).unwrap();
            let document = Document::read(value["text"].as_str().unwrap().as_bytes()).unwrap();
            // A desk that was used before changes nothing.
            let coded = coder.code_in(document.clone(), None, &mut desk);
            assert_eq!(coded.events, coder.code(document, None).events);
            for event in &coded.events {
                count += 1;
                all.update(line_of(event, &vocabulary).as_bytes());
            }
        }
        let hash: String =
            all.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        writeln!(told, "{name}\t{count}\t{hash}").unwrap();
    }
    assert!(told == GOLDEN, "what is coded has changed; tests/it/golden/same.tsv would be\n{told}");
}

/// Writes all that is told of an event.
fn line_of(event: &CodedEvent, vocabulary: &Vocabulary) -> String {
    let party = |party: &Option<Participant>| {
        let told = party
            .as_ref()
            .map(|party| (party.span, party.code(vocabulary, &[]), party.basis.name()));
        format!("{told:?}")
    };
    let aux: Vec<&str> = event.aux.iter().map(|aux| aux.name()).collect();
    format!(
        "{} {:?} {aux:?} {:?} {:?} {} {} {:?} {:?} {:?} {} {}\n",
        event.class.name(),
        event.mode.map(|mode| mode.name()),
        event.sentence,
        event.trigger,
        party(&event.actor),
        party(&event.recipient),
        event.attribution,
        event.place,
        event.tolls,
        event.probability,
        event.any,
    )
}
