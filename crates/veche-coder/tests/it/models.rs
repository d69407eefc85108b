use sha2::{Digest, Sha256};
use veche_coder::model::{Analysis, MODEL_LEN_MAX, ModelFault, VERSION, english};
use veche_coder::parse::{Head, Parser, Relation};
use veche_coder::tag::{Lemmas, Penn, Tag, Tagger, Tense, Upos, VerbForm};

const TAGS: &[u8] = include_bytes!("../../models/english-tags.bin");
const ARCS: &[u8] = include_bytes!("../../models/english-arcs.bin");
const RELATIONS: &[u8] = include_bytes!("../../models/english-relations.bin");
const LEMMAS: &[u8] = include_bytes!("../../models/english-lemmas.bin");

/// Writes the tree as `word>head:relation`, the root as `>0`.
fn tree(words: &[&str], heads: &[Head]) -> String {
    let of = |(word, head): (&&str, &Head)| {
        let over = head.word.map_or("0", |at| words[at]);
        format!("{word}>{over}:{}", head.relation.name())
    };
    words.iter().zip(heads).map(of).collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn check(sentence: &str, expected: &[&str]) {
    let words: Vec<&str> = sentence.split(' ').collect();
    let (tags, heads) = english().unwrap().analyse(&words);
    assert_eq!((tags.len(), heads.len()), (words.len(), words.len()));
    let found = tree(&words, &heads);
    for part in expected {
        assert!(found.split(' ').any(|arc| arc == *part), "no {part} in {found}");
    }
}

#[test]
fn a_clause_has_subject_and_object() {
    check(
        "The army shelled the town on Monday .",
        &["army>shelled:nsubj", "shelled>0:root", "town>shelled:obj", "Monday>shelled:obl"],
    );
}

#[test]
fn a_passive_clause_has_its_subject_and_agent_marked() {
    check(
        "The town was attacked by the rebels .",
        &["town>attacked:nsubj:pass", "was>attacked:aux:pass", "rebels>attacked:obl:agent"],
    );
}

#[test]
fn negation_hangs_on_its_verb() {
    check(
        "The ministers did not sign the agreement .",
        &["not>sign:advmod", "ministers>sign:nsubj"],
    );
}

#[test]
fn what_somebody_said_hangs_on_the_saying() {
    check(
        "The president said that the soldiers had left the city .",
        &["president>said:nsubj", "left>said:ccomp", "soldiers>left:nsubj"],
    );
}

#[test]
fn tense_form_and_number_come_from_the_tag() {
    let tag = |upos, penn| Tag { upos, penn };
    assert!(tag(Upos::Noun, Penn::Nns).is_plural());
    assert!(!tag(Upos::Noun, Penn::Nn).is_plural());
    let finite = tag(Upos::Verb, Penn::Vbd);
    assert_eq!((finite.tense(), finite.verb_form()), (Some(Tense::Past), Some(VerbForm::Finite)));
    assert_eq!(tag(Upos::Verb, Penn::Vbn).verb_form(), Some(VerbForm::PastParticiple));
    assert_eq!(tag(Upos::Noun, Penn::Nn).tense(), None);
}

#[test]
fn lemmas_follow_rules_and_exceptions() {
    let english = english().unwrap();
    let lemma = |form: &str, upos, penn| english.lemmas.lemma(form, Tag { upos, penn });
    assert_eq!(lemma("attacked", Upos::Verb, Penn::Vbd), "attack");
    assert_eq!(lemma("Attacking", Upos::Verb, Penn::Vbg), "attack");
    assert_eq!(lemma("went", Upos::Verb, Penn::Vbd), "go");
    assert_eq!(lemma("countries", Upos::Noun, Penn::Nns), "country");
    assert_eq!(lemma("Armenia", Upos::Propn, Penn::Nnp), "Armenia");
}

#[test]
fn a_room_that_is_used_again_gives_what_a_new_one_gives() {
    let english = english().unwrap();
    let mut analysis = Analysis::default();
    for sentence in ["The army shelled the town on Monday .", "Talks failed .", "", "No ."] {
        let words: Vec<&str> = sentence.split_whitespace().collect();
        english.analyse_in(&words, &mut analysis);
        let (tags, heads) = english.analyse(&words);
        assert_eq!((analysis.tags(), analysis.heads()), (tags.as_slice(), heads.as_slice()));
        let mut lemma = "from before".to_owned();
        for (word, tag) in words.iter().zip(tags) {
            english.lemmas.lemma_into(word, tag, &mut lemma);
            assert_eq!(lemma, english.lemmas.lemma(word, tag));
        }
    }
}

#[test]
fn no_words_have_no_heads_and_odd_ones_have_one() {
    let english = english().unwrap();
    assert!(english.analyse::<&str>(&[]).1.is_empty());
    for words in
        [vec![""], vec!["\u{0}", "\u{10FFFF}", "ß"], vec!["a"; 5000], vec!["İ".repeat(400).leak()]]
    {
        let (_, heads) = english.analyse(&words);
        assert_eq!(heads.len(), words.len());
        assert_eq!(heads.iter().filter(|head| head.relation == Relation::Root).count(), 1);
        assert_eq!(heads.iter().filter(|head| head.word.is_none()).count(), 1);
    }
}

#[test]
fn a_model_that_was_cut_is_refused_wherever_it_was_cut() {
    for len in (0..200).chain((200..TAGS.len()).step_by(100_003)) {
        assert!(Tagger::read(&TAGS[..len]).is_err(), "{len} bytes");
    }
    let longer = [TAGS, &[0]].concat();
    let fault = Tagger::read(&longer).unwrap_err().fault;
    assert!(matches!(fault, ModelFault::Length { .. }), "{fault}");
}

#[test]
fn what_is_not_this_model_is_refused_by_its_name() {
    let mut other = TAGS.to_vec();
    other[16..20].copy_from_slice(&(VERSION + 1).to_le_bytes());
    let fault = Tagger::read(&other).unwrap_err().fault;
    assert_eq!(fault, ModelFault::Version { found: VERSION + 1, known: VERSION });
    assert_eq!(Tagger::read(ARCS).unwrap_err().fault, ModelFault::OtherKind { found: 2 });
    assert_eq!(
        Parser::read(RELATIONS, ARCS).unwrap_err().fault,
        ModelFault::OtherKind { found: 3 }
    );
    assert_eq!(Lemmas::read(&[b'x'; 999]).unwrap_err().fault, ModelFault::NotAModel);
    let fault = Lemmas::read(&vec![0; MODEL_LEN_MAX + 1]).unwrap_err().fault;
    assert!(matches!(fault, ModelFault::TooLong { .. }));
}

#[test]
fn a_changed_byte_is_noticed() {
    for at in [64, 300, LEMMAS.len() - 70, 40] {
        let mut changed = LEMMAS.to_vec();
        changed[at] ^= 1;
        assert_eq!(Lemmas::read(&changed).unwrap_err().fault, ModelFault::Hash, "byte {at}");
    }
}

/// Writes the hash anew, as an author of ill will would.
fn resealed(mut model: Vec<u8>) -> Vec<u8> {
    let body = model.split_off(64);
    model.truncate(24);
    model.extend((body.len() as u64).to_le_bytes());
    model.extend(Sha256::digest(&body));
    model.extend(body);
    model
}

#[test]
fn a_model_of_ill_will_is_refused_or_parses_without_a_panic() {
    let words = ["The", "army", "shelled", "the", "town", "."];
    let original = english().unwrap();
    let tags = original.tagger.tag(&words);
    for (step, model) in [(9_973, TAGS), (9_967, ARCS), (9_949, RELATIONS), (997, LEMMAS)] {
        for at in (64..320).step_by(9).chain((320..model.len()).step_by(step * 31)) {
            let mut changed = model.to_vec();
            changed[at] = changed[at].wrapping_add(0x80);
            let changed = resealed(changed);
            if let Ok(tagger) = Tagger::read(&changed) {
                assert_eq!(tagger.tag(&words).len(), words.len());
            }
            for parser in [Parser::read(&changed, RELATIONS), Parser::read(ARCS, &changed)] {
                assert!(
                    parser.is_err() || parser.unwrap().parse(&words, &tags).len() == words.len()
                );
            }
            if let Ok(lemmas) = Lemmas::read(&changed) {
                assert!(lemmas.lemma("shelled", tags[2]).len() < 300);
            }
        }
    }
}

#[test]
fn a_length_beyond_the_file_is_refused() {
    let mut model = TAGS.to_vec();
    let directory = 64 + (1 + 2 * usize::from(TAGS[64])).next_multiple_of(64);
    model[directory..directory + 8].copy_from_slice(&u64::MAX.to_le_bytes());
    let fault = Tagger::read(&resealed(model)).unwrap_err().fault;
    assert_eq!(fault, ModelFault::Malformed { part: "directory" });
}
