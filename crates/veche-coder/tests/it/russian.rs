//! What is refused as a model of Russian, and the names that the network finds. The model itself is no part of the repository: what needs it
//! looks for it at `VECHE_RUSSIAN_MODEL` or `target/russian.bin`, and else is skipped; the example `russian` compares the rest with natasha.

use sha2::{Digest, Sha256};
use std::io::Write as _;
use std::path::PathBuf;
use veche_coder::document::Document;
use veche_coder::event::{Bar, Basis, CodedEvent, Coder};
use veche_coder::lexicon::Language;
use veche_coder::matcher::{Matcher, Vocabulary};
use veche_coder::model::{ModelFault, RUSSIAN_LEN_MAX, VERSION, english};
use veche_coder::parse::{Head, Relation};
use veche_coder::place::Resolution;
use veche_coder::russian::{
    Case, Features, MODEL_SHA256, Memory, Name, NameKind, Number, Russian, Tense, VerbForm, Voice,
    Word,
};
use veche_coder::tag::{Penn, Upos};

/// A model of Russian with so many parts, all of them empty.
fn model(parts: usize) -> Vec<u8> {
    let body = vec![0; 64 + 64 * parts];
    let mut file = b"veche model\0\0\0\0\0".to_vec();
    file.extend(VERSION.to_le_bytes());
    file.extend(5_u32.to_le_bytes());
    file.extend((body.len() as u64).to_le_bytes());
    file.extend(Sha256::digest(&body));
    file.extend(body);
    file
}

#[track_caller]
fn check(bytes: &[u8], expected: &ModelFault) {
    assert_eq!(&Russian::read(bytes).unwrap_err().fault, expected);
}

#[test]
fn a_sound_model_that_is_another_one_is_refused_with_its_hash() {
    // That of an earlier version has seven parts.
    for parts in [7, 9, 10] {
        let other = model(parts);
        let found: String = other[32..64].iter().map(|byte| format!("{byte:02x}")).collect();
        assert_ne!(found, MODEL_SHA256);
        check(&other, &ModelFault::NotExpected { found });
    }
}

#[test]
fn what_is_no_model_of_russian_is_refused() {
    check(&model(7)[..100], &ModelFault::Length { told: 512, found: 36 });
    check(include_bytes!("../../models/english-lemmas.bin"), &ModelFault::OtherKind { found: 4 });
    check(b"", &ModelFault::NoHeader { found: 0 });
    let long = vec![0; RUSSIAN_LEN_MAX + 1];
    check(&long, &ModelFault::TooLong { found: long.len(), max: RUSSIAN_LEN_MAX });
}

#[test]
fn a_hash_in_the_header_that_the_body_has_not_is_noticed() {
    let mut forged = model(7);
    for (byte, pair) in forged[32..64].iter_mut().zip(MODEL_SHA256.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
    }
    check(&forged, &ModelFault::Hash);
}

#[test]
fn a_russian_word_has_the_tag_that_says_as_much_of_an_english_one() {
    let tag = |upos, features| {
        let head = Head { word: None, relation: Relation::Root };
        Word { upos, features, head }.tag().penn
    };
    let none = Features::default();
    assert_eq!(tag(Upos::Noun, Features { case: Some(Case::Genitive), ..none }), Penn::Nn);
    assert_eq!(tag(Upos::Propn, Features { number: Some(Number::Plural), ..none }), Penn::Nnps);
    assert_eq!(tag(Upos::Verb, Features { tense: Some(Tense::Past), ..none }), Penn::Vbd);
    let participle = Features { verb_form: Some(VerbForm::Participle), ..none };
    assert_eq!(tag(Upos::Verb, participle), Penn::Vbg);
    let passive = Features { voice: Some(Voice::Passive), tense: Some(Tense::Past), ..participle };
    assert_eq!(tag(Upos::Verb, passive), Penn::Vbn);
    assert_eq!(
        tag(Upos::Verb, Features { verb_form: Some(VerbForm::Infinitive), ..none }),
        Penn::Vb
    );
}

/// What natasha 1.6.0 says of 514 sentences (Russian ones of `tests/data/clusters`, and every twentieth of `lexicon/sentences/ru.jsonl`), each
/// given to it alone: word and tag a line, an empty line behind each sentence.
const NAMES: &str = include_str!("golden/russian-names.tsv");

/// Returns the model's bytes; `None`, and a line that says so, where there is none.
#[expect(
    clippy::disallowed_methods,
    reason = "a test reads the model, so that the library need not"
)]
fn model_bytes() -> Option<Vec<u8>> {
    let path = std::env::var_os("VECHE_RUSSIAN_MODEL").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/russian.bin")),
        PathBuf::from,
    );
    let Ok(bytes) = std::fs::read(&path) else {
        // Past the test harness, which hides what a passing test prints.
        let line = format!("SKIPPED: no model of Russian at {}\n", path.display());
        std::io::stderr().write_all(line.as_bytes()).unwrap();
        return None;
    };
    Some(bytes)
}

/// Returns the names that tags tell, as natasha reads them: what goes on without having begun is none.
fn told(tags: &[&str]) -> Vec<Name> {
    let mut names: Vec<Name> = Vec::new();
    for (at, tag) in tags.iter().enumerate() {
        let is_open = at > 0 && names.last().is_some_and(|name| name.end == at);
        match tag.split_once('-') {
            Some(("B", kind)) => {
                names.push(Name { first: at, end: at + 1, kind: NameKind::parse(kind).unwrap() });
            }
            Some(_) if is_open => names.last_mut().unwrap().end = at + 1,
            Some(_) | None => {}
        }
    }
    names
}

#[test]
fn names_are_those_that_natasha_finds() {
    let Some(bytes) = model_bytes() else { return };
    let russian = Russian::read(&bytes).unwrap();
    let mut memory = Memory::default();
    let (mut sentences, mut names) = (0, 0);
    for lines in NAMES.split("\n\n") {
        let (words, tags): (Vec<&str>, Vec<&str>) =
            lines.lines().map(|line| line.split_once('\t').unwrap()).unzip();
        let expected = told(&tags);
        assert_eq!(russian.names_in(&words, &mut memory), expected, "{words:?}");
        assert_eq!(russian.names(&words), expected, "without a memory: {words:?}");
        sentences += 1;
        names += expected.len();
    }
    assert_eq!((sentences, names), (514, 370));
}

#[test]
fn names_are_found_in_whatever_is_no_sentence() {
    let Some(bytes) = model_bytes() else { return };
    let russian = Russian::read(&bytes).unwrap();
    assert_eq!(russian.names::<&str>(&[]), []);
    let long = "Ж".repeat(100_000);
    for words in [&[""][..], &["\u{0}", "\u{FFFD}"], &[&long, "."], &["Nur-Sultan", "№", "…"]] {
        let found = russian.names(words);
        assert!(found.iter().all(|name| name.first < name.end && name.end <= words.len()));
    }
    // A sentence is looked at in pieces of 256 words: a name keeps its place in the whole.
    let mut words = vec!["слово"; 700];
    words[600] = "Ереван";
    let expected = Name { first: 600, end: 601, kind: NameKind::Place };
    assert!(russian.names(&words).contains(&expected), "{:?}", russian.names(&words));
}

/// Codes a text with the model, and hands over its likeliest event; does nothing where there is no model.
fn check_event(text: &str, check: impl FnOnce(&CodedEvent, &Vocabulary)) {
    let Some(bytes) = model_bytes() else { return };
    let russian = Russian::read(&bytes).unwrap();
    let vocabulary = Vocabulary::shipped().unwrap();
    let matcher = Matcher::new(&vocabulary, &[], None);
    let english = english().unwrap();
    let coder = Coder::shipped(&vocabulary, &matcher, &english).unwrap();
    let mut coder = coder.with_russian(&russian).unwrap();
    coder.bar = Some(Bar { any: 500_000, ..Bar::usual(Language::Russian) });
    let coded = coder.code(Document::read(text.as_bytes()).unwrap(), None);
    let event = coded.events.iter().max_by_key(|event| event.any).unwrap();
    check(event, &vocabulary);
}

#[test]
fn an_organisation_that_no_table_has_keeps_its_whole_name_and_is_given_no_state() {
    let text = "Армения открыла мост. В среду Организация прибрежных стран осудила Дариуса Мелка за обстрел рынка в Пеллате.";
    check_event(text, |event, vocabulary| {
        let actor = event.actor.as_ref().unwrap();
        assert_eq!(actor.span.of(text), "Организация прибрежных стран");
        assert_eq!(actor.code(vocabulary, &[]), "");
        assert_eq!((actor.basis, actor.name), (Basis::Named, Some(NameKind::Organisation)));
        // A person is no body of its own: whose he is, the text is asked.
        let recipient = event.recipient.as_ref().unwrap();
        assert_eq!(recipient.name, Some(NameKind::Person));
        assert_eq!(recipient.basis, Basis::Inferred);
        let place = event.place.unwrap();
        assert_eq!(place.span.of(text), "Пеллате");
        assert_eq!((place.resolution, place.nation), (Resolution::Named, None));
    });
}

#[test]
fn of_a_place_that_no_table_has_no_state_is_guessed() {
    let text =
        "Казахстан и Киргизия спорят. Повстанцы в четверг атаковали Зарун, погибли семь человек.";
    check_event(text, |event, _| {
        let recipient = event.recipient.as_ref().unwrap();
        assert_eq!(recipient.span.of(text), "Зарун");
        assert_eq!((recipient.basis, recipient.name), (Basis::Named, Some(NameKind::Place)));
    });
}

#[test]
fn a_place_that_the_tables_have_is_told_by_them() {
    let text = "Армянские и киргизские военные в четверг обстреляли мишени под Ереваном.";
    check_event(text, |event, _| {
        let place = event.place.unwrap();
        assert_eq!((place.span.of(text), place.resolution), ("Ереваном", Resolution::Town));
    });
}
