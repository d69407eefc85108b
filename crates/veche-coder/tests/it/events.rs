//! What sentences are coded as, and what must change with their words and what must not.

use crate::reading::{MATCHER, VOCABULARY};
use std::sync::LazyLock;
use veche_coder::date::Day;
use veche_coder::document::Document;
use veche_coder::event::{Aux, Bar, Basis, CERTAIN, Coded, CodedEvent, Coder, Models, shipped};
use veche_coder::identity::Identity;
use veche_coder::lexicon::Language;
use veche_coder::matcher::{CharterName, Matcher};
use veche_coder::model::{Language as Tools, ModelFault, english};
use veche_coder::ontology::Context;
use veche_coder::train::{
    EventRecipe, Labelled, Lessons, corrected, labelled, labelled_elsewhere, train_events,
    with_contexts,
};

static ENGLISH: LazyLock<Tools<'static>> = LazyLock::new(|| english().unwrap());

static CODER: LazyLock<Coder<'static>> =
    LazyLock::new(|| Coder::shipped(&VOCABULARY, &MATCHER, &ENGLISH).unwrap());

fn coded(text: &str) -> Coded {
    CODER.code(Document::read(text.as_bytes()).unwrap(), None)
}

/// Writes an event as `TYPE actor > recipient`, in the text's words, with its auxiliary modes.
fn shown(text: &str, event: &CodedEvent) -> String {
    let words = |party: &Option<veche_coder::event::Participant>| {
        party.as_ref().map_or("-", |party| party.span.of(text)).to_owned()
    };
    let aux: String = event.aux.iter().map(|aux| format!(" {}", aux.name())).collect();
    format!("{} {} > {}{aux}", event.class.name(), words(&event.actor), words(&event.recipient))
}

fn first(text: &str) -> Option<String> {
    let coded = coded(text);
    coded.events.first().map(|event| shown(coded.document.text(), event))
}

#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(first(text).as_deref(), Some(expected), "{text}");
}

#[test]
fn who_acts_and_who_is_acted_upon_come_from_the_tree() {
    check("Orvessa attacked Tamrin on Monday.", "ASSAULT Orvessa > Tamrin");
    check("Lurien accused Halcis of spying.", "ACCUSE Lurien > Halcis");
    check("Armenia signed an agreement with Kazakhstan.", "SUPPORT Armenia > Kazakhstan");
}

#[test]
fn a_passive_clause_tells_the_same_as_the_active_one() {
    check("Quorrin attacked Mirez.", "ASSAULT Quorrin > Mirez");
    check("Mirez was attacked by Quorrin.", "ASSAULT Quorrin > Mirez");
}

#[test]
fn names_change_places_and_nothing_else_changes() {
    let pairs = [
        ("{} accused {} of violating the border.", Language::English),
        ("Police in {} arrested three citizens of {}.", Language::English),
        ("{} will send medicines to {} next week.", Language::English),
        ("{} обвинил {} в нарушении границы.", Language::Russian),
    ];
    for (frame, language) in pairs {
        let (one, other) = match language {
            Language::English => ("Orvessa", "Tamrin"),
            Language::Russian => ("Минск", "Ереван"),
        };
        let fill = |a: &str, b: &str| frame.replacen("{}", a, 1).replacen("{}", b, 1);
        let (there, back) = (coded(&fill(one, other)), coded(&fill(other, one)));
        assert_eq!(there.events.len(), back.events.len(), "{frame}");
        for (a, b) in there.events.iter().zip(&back.events) {
            assert_eq!((a.class, a.mode, &a.aux), (b.class, b.mode, &b.aux), "{frame}");
            let swap = |text: &str| text.replace(one, "?").replace(other, one).replace('?', other);
            let of = |coded: &Coded, event: &CodedEvent| shown(coded.document.text(), event);
            assert_eq!(swap(&of(&there, a)), of(&back, b), "{frame}");
        }
    }
}

#[test]
fn a_name_that_no_table_knows_is_coded_as_one_that_is_known() {
    let of = |name: &str| {
        let text = format!("{name} threatened to close the strait.");
        first(&text).map(|event| event.replace(name, "X"))
    };
    assert!(of("Belarus").is_some());
    assert_eq!(of("Belarus"), of("Orvessa"));
    assert_eq!(of("Belarus"), of("Kazakhstan"));
}

#[test]
fn what_did_not_happen_is_marked_and_not_left_out() {
    check("Orvessa did not attack Tamrin.", "ASSAULT Orvessa > Tamrin negation");
    // A bare announcement is below the usual bar: what is asked here is what would be said of it.
    let shipped = Coder::shipped(&VOCABULARY, &MATCHER, &ENGLISH).unwrap();
    let open = Coder { bar: Some(Bar::none()), ..shipped };
    let text = "Orvessa will attack Tamrin.";
    let coded = open.code(Document::read(text.as_bytes()).unwrap(), None);
    assert_eq!(shown(text, &coded.events[0]), "ASSAULT Orvessa > Tamrin future");
}

#[test]
fn plain_news_is_no_event() {
    for text in [
        "Kazakhstan beat Finland 3-1 in the final of the ice hockey tournament.",
        "Rain is expected in the north of Belarus on Sunday.",
        "The museum in Yerevan opens a show of old carpets.",
        "Сборная Казахстана выиграла матч со счётом 3:1.",
    ] {
        assert_eq!(first(text), None, "{text}");
    }
}

#[test]
fn russian_roles_come_from_cases_and_order() {
    check("Минск обвинил Ереван в нарушении договора.", "ACCUSE Минск > Ереван");
    check("Армения и Казахстан подписали соглашение о транзите.", "SUPPORT Армения > Казахстан");
}

#[test]
fn a_text_in_another_language_gives_nothing() {
    let coded = coded("Հայաստանը և Ղազախստանը ստորագրեցին համաձայնագիր։");
    assert!(coded.events.is_empty());
    assert_eq!(coded.tongue.code(), "hy");
}

#[test]
fn an_event_has_its_place_its_day_and_who_came_to_harm() {
    let text = "Rebels shelled a village near Minsk on Tuesday, killing at least 12 people, the police said.";
    let coded = CODER.code(Document::read(text.as_bytes()).unwrap(), Day::new(2026, 11, 26));
    let event = &coded.events[0];
    assert_eq!(event.class.name(), "ASSAULT");
    assert_eq!(event.mode.map(|mode| mode.name()), Some("heavy-weapons"));
    assert_eq!(event.place.map(|place| place.span.of(text)), Some("Minsk"));
    assert_eq!(event.when.map(|when| when.first), Day::new(2026, 11, 24));
    assert_eq!(event.tolls.len(), 1);
    assert_eq!((event.tolls[0].low, event.tolls[0].high), (12, None));
    assert_eq!(event.attribution.map(|words| words.of(text)), Some("police"));
}

#[test]
fn whose_somebody_is_tells_how_it_is_known() {
    let text = "The rebels of Belarus attacked police in Kazakhstan.";
    let coded = coded(text);
    let event = &coded.events[0];
    let actor = event.actor.as_ref().unwrap();
    assert_eq!(actor.code(&VOCABULARY, &[]), "BLRREB");
    let recipient = event.recipient.as_ref().unwrap();
    assert_eq!(
        (recipient.code(&VOCABULARY, &[]).as_str(), recipient.basis),
        ("KAZCOP", Basis::Inferred)
    );
}

#[test]
fn a_charters_names_come_with_its_codes() {
    let names =
        [CharterName { code: "ORV".to_owned(), sector: None, names: vec!["Orvessa".to_owned()] }];
    let matcher = Matcher::new(&VOCABULARY, &names, None);
    let coder = Coder::shipped(&VOCABULARY, &matcher, &ENGLISH).unwrap();
    let coded = coder.code(Document::read(b"Orvessa accused Tamrin of spying.").unwrap(), None);
    let actor = coded.events[0].actor.as_ref().unwrap();
    assert_eq!(actor.code(&VOCABULARY, &names), "ORV");
}

#[test]
fn probabilities_are_shares_and_the_bar_only_leaves_out() {
    let mut open = Coder::shipped(&VOCABULARY, &MATCHER, &ENGLISH).unwrap();
    open.bar = Some(Bar::none());
    let text = "Orvessa attacked Tamrin, and Lurien condemned the attack.";
    let all = open.code(Document::read(text.as_bytes()).unwrap(), None).events;
    assert_eq!(all.len(), 16, "every type of event has its share");
    assert!(all.iter().map(|event| event.probability).sum::<u32>() <= CERTAIN);
    assert!(all.is_sorted_by(|a, b| a.probability >= b.probability));
    let kept = coded(text).events;
    assert!(!kept.is_empty() && kept.len() < all.len());
    for event in kept {
        assert!(all.contains(&event));
    }
}

#[test]
fn what_decided_is_told_with_weights() {
    let mut coder = Coder::shipped(&VOCABULARY, &MATCHER, &ENGLISH).unwrap();
    coder.explains = true;
    let coded = coder.code(Document::read(b"Orvessa attacked Tamrin.").unwrap(), None);
    let reasons = &coded.events[0].reasons;
    assert!(
        reasons.iter().any(|reason| reason.feature.contains("ASSAULT") && reason.millibits > 0)
    );
    assert!(reasons.is_sorted_by(|a, b| a.millibits.abs() >= b.millibits.abs()));
    assert!(self::coded("Orvessa attacked Tamrin.").events[0].reasons.is_empty());
}

#[test]
fn a_hostile_text_is_coded_within_its_bounds() {
    let texts = [
        "attacked ".repeat(4000),
        "Orvessa attacked ".repeat(3000),
        "\u{202e}Orvessa\u{0} attacked\u{200b} Tamrin".to_owned(),
        "\"".repeat(5000) + "said Minsk",
        "по словам".to_owned(),
        "according to".to_owned(),
        "напал ".repeat(4000),
    ];
    for text in texts {
        let coded = coded(&text);
        let len = coded.document.text().len();
        for event in coded.events {
            let parties = [&event.actor, &event.recipient];
            let spans = parties.into_iter().flatten().map(|party| party.span);
            for span in spans.chain([event.trigger, event.sentence]).chain(event.attribution) {
                assert!(span.to() <= len && !span.is_empty());
                assert!(coded.document.text().is_char_boundary(span.from()));
            }
        }
    }
}

#[test]
fn a_model_of_events_that_was_changed_is_refused() {
    let model: &[u8] = include_bytes!("../../models/english-events.bin");
    assert!(Models::read(model).is_ok());
    let mut other = model.to_vec();
    other[100] ^= 1;
    assert_eq!(Models::read(&other).unwrap_err().fault, ModelFault::Hash);
    for len in [0, 63, 64, 1000, model.len() - 1] {
        assert!(Models::read(&model[..len]).is_err(), "{len} bytes");
    }
    assert!(shipped(Language::Russian).is_ok());
}

const LINES: &str = r#"{"id": "en-1", "text": "Orvessa attacked Tamrin.", "events": [{"type": "ASSAULT", "mode": "", "aux": [], "trigger": "attacked", "actor": "Orvessa", "recipient": "Tamrin", "attribution": ""}]}
{"id": "en-2", "text": "Orvessa thanked Tamrin.", "events": [{"type": "SUPPORT", "mode": "", "aux": [], "trigger": "thanked", "actor": "Orvessa", "recipient": "Tamrin", "attribution": ""}]}
{"id": "en-3", "text": "Orvessa lies near Tamrin.", "events": []}"#;

#[test]
fn training_gives_the_same_bytes_again_and_learns_what_it_saw() {
    let sentences = labelled(LINES).unwrap();
    let many: Vec<&Labelled> = std::iter::repeat_n(&sentences, 20).flatten().collect();
    let lessons = Lessons { language: Language::English, sentences: &many, real: &[] };
    let mut recipe = EventRecipe::shipped();
    recipe.kinds.buckets = 2000;
    let model = train_events(CODER.reader, lessons, &recipe);
    assert_eq!(model, train_events(CODER.reader, lessons, &recipe));
    let coder = Coder {
        reader: CODER.reader,
        english: Models::read(&model).unwrap(),
        russian: shipped(Language::Russian).unwrap(),
        gazetteer: None,
        signals: None,
        bar: None,
        explains: false,
        identity: Identity::shipped(),
    };
    for sentence in &sentences {
        let coded = coder.code(Document::read(sentence.text.as_bytes()).unwrap(), None);
        let classes: Vec<_> = coded.events.iter().map(|event| event.class).collect();
        assert_eq!(classes, sentence.events.iter().map(|event| event.class).collect::<Vec<_>>());
    }
}

#[test]
fn a_labelled_sentence_that_is_none_is_named_with_its_line() {
    let check = |line: &str, says: &str| {
        let error = labelled(&format!("{LINES}\n{line}")).unwrap_err();
        assert_eq!(error.line, 4);
        assert!(error.what.contains(says), "{error}");
    };
    check("{", "no JSON");
    check(r#"{"id": "x", "events": []}"#, "no `text`");
    check(r#"{"id": "x", "text": "a", "events": [{"type": "WAR"}]}"#, "`WAR` is no type");
    check(
        r#"{"id": "x", "text": "a", "events": [{"type": "AID", "actor": "b"}]}"#,
        "`b` is not in the text",
    );
    check(r#"{"id": "x", "text": "a", "events": [{"type": "AID", "aux": ["maybe"]}]}"#, "`maybe`");
    check(
        r#"{"id": "x", "text": "a", "events": [{"type": "ACCUSE", "mode": "drone"}]}"#,
        "no mode `drone`",
    );
}

#[test]
fn an_auxiliary_mode_has_the_ontologys_name() {
    for name in ["negation", "future", "hypothetical", "historical"] {
        assert_eq!(Aux::parse(name).map(Aux::name), Some(name));
    }
    assert_eq!(Aux::parse("past"), None);
}

/// Corrections of a construction that no lexicon has: `winkled out` said of a state's crews, which analysts say is a sanction.
fn winkled_out(state: &str, crews: &str, finding: &str, at: usize) -> String {
    let text = format!("{state} winkled out {crews} on Monday.");
    let told = format!(
        r#"{{"mention": "m{at}", "language": "en", "text": "{text}", "type": "PROTEST", "mode": "demo", "aux": [],
        "trigger": "winkled out", "actor": "", "recipient": "{crews}", "attribution": "", "beside": []}}"#
    );
    let line = format!(
        r#"{{"finding": "{finding}", "type": "SANCTION", "actor": "{state}", "known": "2026-11-{at:02}T09:00:00Z", "record": "r{at}",
        "sentences": [{told}]}}"#
    );
    line.replace('\n', "")
}

#[test]
fn a_construction_that_analysts_corrected_is_coded_by_the_retrained_model() {
    let states = ["Armenia", "Belarus", "Kazakhstan", "Tajikistan", "Serbia", "Norway"];
    let crews = ["two crews of Tajikistan", "Serbian crews", "the crew of Norway"];
    let lines: Vec<String> = states
        .iter()
        .enumerate()
        .flat_map(|(row, state)| {
            crews.iter().enumerate().map(move |(at, crews)| (row * 3 + at, state, crews))
        })
        .map(|(at, state, crews)| winkled_out(state, crews, "corrected", 1 + at))
        .collect();
    let taught = corrected(&lines.join("\n")).unwrap();
    assert_eq!((taught.english.lines().count(), &taught.left_out), (18, &vec![]));
    let others = include_str!("../../../../lexicon/sentences/en.jsonl");
    let others: Vec<&str> = others.lines().step_by(8).collect();
    let trained = |more: &str| {
        let sentences = labelled(&(others.join("\n") + "\n" + more)).unwrap();
        let sentences: Vec<&Labelled> = sentences.iter().collect();
        let mut recipe = EventRecipe::shipped();
        (recipe.kinds.buckets, recipe.kinds.rounds) = (8_000, 6);
        let lessons = Lessons { language: Language::English, sentences: &sentences, real: &[] };
        train_events(CODER.reader, lessons, &recipe)
    };
    // A pair of states that no correction was about.
    let text = "Georgia winkled out four crews of Finland on Friday.";
    let coded = |model: &[u8]| -> Vec<String> {
        let coder = Coder {
            reader: CODER.reader,
            english: Models::read(model).unwrap(),
            russian: shipped(Language::Russian).unwrap(),
            gazetteer: None,
            bar: None,
            explains: false,
            identity: Identity::shipped(),
            signals: None,
        };
        let coded = coder.code(Document::read(text.as_bytes()).unwrap(), None);
        coded.events.iter().map(|event| shown(text, event)).collect()
    };
    let untaught = coded(&trained(""));
    assert!(!untaught.iter().any(|event| event.starts_with("SANCTION")), "{untaught:?}");
    let found = coded(&trained(&taught.english));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("SANCTION Georgia > "), "{found:?}");
}

#[test]
fn of_two_words_on_a_sentence_the_later_teaches_and_what_was_not_looked_at_does_not() {
    let line = |finding: &str, at: usize| winkled_out("Armenia", "the crew of Norway", finding, at);
    let named = |line: String| line.replace(r#""m1""#, r#""m""#).replace(r#""m2""#, r#""m""#);
    let events = |lines: &[String]| {
        let taught = corrected(&lines.join("\n")).unwrap();
        labelled(&taught.english).unwrap().first().map(|sentence| sentence.events.len())
    };
    let (wrong, none) = (|at| named(line("corrected", at)), |at| named(line("rejected", at)));
    assert_eq!(events(&[wrong(1), none(2)]), Some(0));
    assert_eq!(events(&[none(2), wrong(1)]), Some(0), "whatever their order in the file");
    assert_eq!(events(&[none(1), wrong(2)]), Some(1));
    let beside = wrong(1).replace(r#""beside": []"#, r#""beside": ["other"]"#);
    let taught = corrected(&beside).unwrap();
    assert_eq!((taught.english.as_str(), taught.left_out.len()), ("", 1), "{taught:?}");
    let vague = wrong(1).replace(r#""actor": "Armenia""#, r#""actor": "ARM MIL""#);
    let taught = corrected(&vague).unwrap();
    assert!(taught.left_out[0].1.contains("which words"), "{taught:?}");
    assert_eq!(corrected("{}").unwrap_err().line, 1);
}

#[test]
fn a_word_within_a_name_that_nothing_knows_tells_nothing() {
    let told = first("The Zhimbel Assault Group met Iran on Monday.").unwrap_or_default();
    assert!(told.starts_with("CONSULT ") || told.is_empty(), "{told}");
    // In a heading every word has a capital, and its verb still tells.
    check("Orvessa Attacked Tamrin", "ASSAULT Orvessa > Tamrin");
}

#[test]
fn an_event_tells_what_its_matter_is() {
    let contexts = |text: &str| -> Vec<&str> {
        let coded = coded(text);
        coded.events.first().map_or_else(Vec::new, |event| {
            event.contexts.iter().map(|context| context.name()).collect()
        })
    };
    assert!(contexts("Orvessa's army shelled two border posts of Tamrin.").contains(&"military"));
    assert!(contexts("Kazakhstan will deliver wheat to Armenia duty-free.").contains(&"economic"));
    assert!(contexts("Орвесса выслала двух дипломатов Тамрина.").contains(&"diplomatic"));
}

#[test]
fn labels_of_a_text_that_stands_elsewhere_are_bytes_of_it() {
    let texts = [("a#1".to_owned(), "Rebels hit Velin.".to_owned())];
    let read = |line: &str| labelled_elsewhere(line, &texts);
    let event = r#"{"type":"ASSAULT","mode":"","aux":[],"trigger":[7,10],"actor":[0,6]}"#;
    let line = |id: &str, event: &str| format!(r#"{{"id":"{id}","events":[{event}]}}"#);
    let sentences = read(&line("a#1", event)).unwrap();
    let found = &sentences[0].events[0];
    assert_eq!(found.trigger.unwrap().of(&sentences[0].text), "hit");
    assert_eq!(found.actor.unwrap().of(&sentences[0].text), "Rebels");
    assert_eq!(found.recipient, None);
    for (id, event, what) in [
        ("b#1", event.to_owned(), "no sentence `b#1`"),
        ("a#1", event.replace("[7,10]", "[7,99]"), "bytes 7 to 99"),
        ("a#1", event.replace("[7,10]", "[10,7]"), "bytes 10 to 7"),
        ("a#1", event.replace("[7,10]", "[7]"), "no pair of numbers"),
        ("a#1", event.replace("ASSAULT", "WAR"), "`WAR`"),
    ] {
        let error = read(&line(id, &event)).unwrap_err();
        assert_eq!(error.line, 1);
        assert!(error.what.contains(what), "{error}");
    }
}

#[test]
fn contexts_are_read_by_the_names_of_sentences() {
    let line = r#"{"id":"a","text":"Rebels hit Velin.","events":[]}"#;
    let with = |lines: &str| {
        let mut sentences = labelled(line).unwrap();
        with_contexts(&mut sentences, lines).map(|()| sentences[0].contexts.clone())
    };
    let names = |told: Option<Vec<Context>>| {
        told.map(|told| told.into_iter().map(Context::name).collect::<Vec<_>>())
    };
    assert_eq!(names(with("a\tmilitary terrorism").unwrap()), Some(vec!["military", "terrorism"]));
    assert_eq!(names(with("a\t-").unwrap()), Some(Vec::new()));
    assert_eq!(names(with("").unwrap()), None);
    for (lines, what) in [("b\t-", "`b`"), ("a\twar", "`war`"), ("a", "no tab")] {
        assert!(with(lines).unwrap_err().what.contains(what), "{lines}");
    }
}
