//! What is refused as a model of Russian. The model itself is no part of the repository: the example `russian` compares it with natasha.

use sha2::{Digest, Sha256};
use veche_coder::model::{ModelFault, RUSSIAN_LEN_MAX, VERSION};
use veche_coder::parse::{Head, Relation};
use veche_coder::russian::{
    Case, Features, MODEL_SHA256, Number, Russian, Tense, VerbForm, Voice, Word,
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
    let other = model(7);
    let found: String = other[32..64].iter().map(|byte| format!("{byte:02x}")).collect();
    assert_ne!(found, MODEL_SHA256);
    check(&other, &ModelFault::NotExpected { found });
}

#[test]
fn what_is_no_model_of_russian_is_refused() {
    check(&model(6), &ModelFault::Malformed { part: "directory" });
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
