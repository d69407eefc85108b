//! What analysts say of events, applied whenever mentions are joined.

use proptest::prelude::*;
use serde_json::json;
use std::sync::LazyLock;
use veche_picture::ReportedEvent;
use veche_picture::joining::mention::moment;
use veche_picture::joining::{
    Correction, Finding, Joined, Joiner, Mention, Reference, Reliabilities,
};
use veche_picture::reported::counts::{Asked, Counted, Outside, counts};

const SENTENCE: &str = "The Tamrin army shelled the market of Ostrel on Tuesday.";

/// A report of a shelling: of Ostrel, unless it names another place.
fn mention(document: &str, place: &str, stems: [&str; 3]) -> Mention {
    let names = if place == "Ostrel" { ["astrl", "tmrn"] } else { ["vln", "dmb"] };
    let line = json!({
        "document": document, "publisher": format!("paper {document}"), "published": "2027-03-02T10:00:00Z", "language": "en",
        "type": "ASSAULT", "mode": "heavy-weapons", "probability_millionths": 900_000,
        "sentence": { "text": SENTENCE, "start": 10, "end": 10 + SENTENCE.len() },
        "trigger": { "text": "shelled", "start": 26, "end": 33 },
        "actor": { "code": "XTAMIL", "text": "Tamrin army" },
        "place": { "text": place, "code": null, "resolution": "town" },
        "date": { "first": "2027-03-02", "last": "2027-03-02", "precision": "day" },
        "keys": { "names": names, "numbers": [], "stems": stems },
    });
    Mention::read(line.to_string().as_bytes()).unwrap()
}

/// Three reports of one shelling and one of another town's.
static MENTIONS: LazyLock<Vec<Mention>> = LazyLock::new(|| {
    vec![
        mention("a", "Ostrel", ["shell", "marke", "mayor"]),
        mention("b", "Ostrel", ["shell", "marke", "mayor"]),
        mention("c", "Ostrel", ["shell", "marke", "mayor"]),
        mention("d", "Velin", ["river", "night", "fire"]),
    ]
});

fn name(document: &str) -> Reference {
    let of = MENTIONS.iter().find(|mention| mention.document == document).unwrap();
    Reference::of(of).unwrap()
}

/// A word of an analyst on the reports of some documents, in minute `at`.
fn said(at: u32, finding: &str, of: &[&str], others: &[&str], more: &[(&str, &str)]) -> Correction {
    let names = |all: &[&str]| all.iter().map(|id| name(id).to_string()).collect::<Vec<_>>();
    let mut value = json!({
        "finding": finding, "event": "e-1", "mentions": names(of), "others": names(others), "analyst": "A. Reader",
        "reason": "Read.", "record": format!("r{at}"), "known": format!("2027-03-03T09:{at:02}:00Z"),
    });
    for (field, text) in more {
        value[*field] = (*text).into();
    }
    Correction::read(&value).unwrap()
}

fn joined(corrections: &[Correction]) -> Vec<Joined> {
    let mut joiner = Joiner::default();
    for mention in MENTIONS.iter() {
        joiner.add(mention.clone()).unwrap();
    }
    joiner.corrected(&Reliabilities::default(), corrections).0
}

/// The documents of each event, in the order of the events' first documents.
fn groups(events: &[Joined]) -> Vec<String> {
    let documents = |event: &Joined| {
        event.mentions.iter().map(|id| id.split('#').next().unwrap()).collect::<String>()
    };
    let mut all: Vec<String> = events.iter().map(documents).collect();
    all.sort();
    all
}

#[track_caller]
fn check(corrections: &[Correction], expected: &[&str]) -> Vec<Joined> {
    let events = joined(corrections);
    assert_eq!(groups(&events), expected);
    events
}

fn of<'e>(events: &'e [Joined], document: &str) -> &'e Joined {
    let is_it = |event: &&Joined| event.mentions.iter().any(|id| id.starts_with(document));
    events.iter().find(is_it).unwrap()
}

#[test]
fn events_are_told_together_and_apart() {
    check(&[], &["abc", "d"]);
    check(&[said(1, "merged", &["a"], &["d"], &[])], &["abcd"]);
    check(&[said(1, "split", &["c"], &["a", "b"], &[])], &["ab", "c", "d"]);
}

/// Reports that have nothing in common, and a word that holds the first half of them together with the others.
fn far_apart(count: usize) -> (Joiner, Correction) {
    let mut joiner = Joiner::default();
    for at in 0..count {
        let document = format!("far-{at}");
        let line = json!({
            "document": document, "publisher": document, "published": "2027-03-02T10:00:00Z", "language": "en",
            "type": "ASSAULT", "probability_millionths": 900_000, "trigger": { "text": "shelled", "start": 26, "end": 33 },
            "sentence": { "text": SENTENCE, "start": 10, "end": 10 + SENTENCE.len() },
            "date": { "first": "2027-03-02", "last": "2027-03-02", "precision": "day" },
            "keys": { "names": [], "numbers": [], "stems": [] },
        });
        joiner.add(Mention::read(line.to_string().as_bytes()).unwrap()).unwrap();
    }
    let names: Vec<String> =
        joiner.mentions().map(|mention| Reference::of(mention).unwrap().to_string()).collect();
    let (own, others) = names.split_at(count / 2);
    let merge = json!({
        "finding": "merged", "mentions": own, "others": others, "analyst": "A. Reader", "reason": "Read.",
    });
    (joiner, Correction::read(&merge).unwrap())
}

#[test]
fn more_reports_than_are_compared_pair_by_pair_are_told_together() {
    for count in [400, 401, 2_000] {
        let (joiner, merge) = far_apart(count);
        assert_eq!(joiner.events(&Reliabilities::default()).len(), count);
        let (events, _) = joiner.corrected(&Reliabilities::default(), &[merge]);
        let sizes: Vec<usize> = events.iter().map(|event| event.mentions.len()).collect();
        assert_eq!(sizes, [count]);
    }
}

#[test]
fn of_two_words_that_contradict_the_later_counts_and_both_are_shown() {
    let merge = |at| said(at, "merged", &["a", "b", "c"], &["d"], &[]);
    let split = |at| said(at, "split", &["d"], &["a", "b", "c"], &[]);
    for (corrections, expected, stands) in [
        ([merge(1), split(2)], &["abc", "d"][..], [false, true]),
        ([split(1), merge(2)], &["abcd"][..], [false, true]),
    ] {
        let events = check(&corrections, expected);
        let shown = &of(&events, "d").said;
        assert_eq!(shown.iter().map(|said| said.stands).collect::<Vec<_>>(), stands);
    }
}

#[test]
fn what_was_corrected_stands_and_joining_again_with_more_reports_keeps_it() {
    let first = said(1, "corrected", &["a", "b"], &[], &[("type", "PROTEST"), ("actor", "-")]);
    let second = said(
        2,
        "corrected",
        &["a"],
        &[],
        &[
            ("type", "COERCE"),
            ("place", "XTA: Velin"),
            ("day", "2027-03-01"),
            ("analyst", "B. Other"),
        ],
    );
    // The third report of the same came later: nobody said anything of it.
    let events = joined(&[second.clone(), first.clone()]);
    let event = of(&events, "c");
    assert_eq!((event.class.name(), event.mode, &event.actor), ("COERCE", None, &None));
    assert_eq!(event.first.to_string(), "2027-03-01");
    assert_eq!(event.place.as_ref().unwrap().country, "XTA");
    assert_eq!(event.review, Some(Finding::Corrected));
    let stands: Vec<bool> = event.said.iter().map(|said| said.stands).collect();
    assert_eq!(stands, [true, true], "the first still says who acts");
    let of_type = said(3, "corrected", &["b"], &[], &[("actor", "XTA REB: rebels")]);
    let events = joined(&[first, second, of_type]);
    let event = of(&events, "a");
    assert_eq!(event.actor.as_ref().unwrap().code, "XTAREB");
    assert_eq!(event.said.iter().map(|said| said.stands).collect::<Vec<_>>(), [false, true, true]);
}

#[test]
fn what_was_rejected_is_shown_apart_and_counts_nowhere() {
    let no = said(1, "rejected", &["a", "b", "c"], &[], &[]);
    let events = check(std::slice::from_ref(&no), &["abc", "d"]);
    let asked = Asked {
        counted: Counted::Assaults,
        confidence: 0,
        areas: [("XTA".to_owned(), 901)].into(),
    };
    let rows = |events: &[Joined]| -> Vec<ReportedEvent> {
        let mentions = MENTIONS.iter().map(|mention| (mention.id.as_str(), mention)).collect();
        events.iter().map(|event| ReportedEvent::of(event, &mentions).unwrap()).collect()
    };
    let found = counts(rows(&events).iter(), &asked);
    assert_eq!((found.counted, found.outside.get(&Outside::Rejected)), (1, Some(&1)));
    // A part of the reports, and a later word that takes it back.
    let events = check(&[said(1, "rejected", &["c"], &[], &[])], &["ab", "c", "d"]);
    assert_eq!(of(&events, "c").review, Some(Finding::Rejected));
    let events = check(&[no, said(2, "confirmed", &["a", "b", "c"], &[], &[])], &["abc", "d"]);
    assert_eq!(of(&events, "a").review, Some(Finding::Confirmed));
    assert_eq!(counts(rows(&events).iter(), &asked).counted, 2);
}

#[test]
fn a_row_carries_its_sentences_and_what_was_said() {
    let mentions = MENTIONS.iter().map(|mention| (mention.id.as_str(), mention)).collect();
    let events = joined(&[said(1, "confirmed", &["a"], &[], &[])]);
    let row = ReportedEvent::of(of(&events, "a"), &mentions).unwrap();
    assert_eq!(ReportedEvent::from_json(&row.to_json()), Ok(row.clone()));
    let told: serde_json::Value = serde_json::from_str(row.mentions.as_deref().unwrap()).unwrap();
    assert_eq!(told[0]["text"], SENTENCE);
    assert_eq!(told[0]["reference"], name("a").to_string());
    assert_eq!(told[0]["words"]["trigger"], json!([26, 33]));
    let said: serde_json::Value =
        serde_json::from_str(row.corrections.as_deref().unwrap()).unwrap();
    assert_eq!((&said[0]["finding"], &said[0]["stands"]), (&"confirmed".into(), &true.into()));
}

#[test]
fn a_mention_is_found_again_where_text_before_it_or_its_words_have_changed() {
    let mut moved = MENTIONS[0].clone();
    let shift = |span: &mut (u64, u64)| (span.0, span.1) = (span.0 + 500, span.1 + 500);
    shift(&mut moved.sentence);
    shift(&mut moved.trigger);
    assert_eq!(Reference::of(&moved), Some(name("a")));
    // Another model takes one word more.
    moved.trigger.0 -= 5;
    moved.id = "a#521:ASSAULT".to_owned();
    let mut joiner = Joiner::default();
    joiner.add(moved).unwrap();
    let no = said(1, "rejected", &["a"], &[], &[]);
    let (events, left_out) = joiner.corrected(&Reliabilities::default(), std::slice::from_ref(&no));
    assert_eq!((events[0].review, left_out), (Some(Finding::Rejected), vec![]));
    let (_, left_out) =
        joiner.corrected(&Reliabilities::default(), &[said(2, "rejected", &["b"], &[], &[])]);
    assert_eq!(left_out.len(), 1, "what names nothing here is told");
}

/// Words of which many contradict.
fn many() -> Vec<Correction> {
    vec![
        said(1, "merged", &["a", "b"], &["d"], &[]),
        said(2, "split", &["a"], &["b", "c"], &[]),
        said(3, "rejected", &["c", "d"], &[], &[]),
        said(4, "corrected", &["d"], &[], &[("type", "MOBILIZE")]),
        said(5, "merged", &["a"], &["c"], &[]),
        said(6, "corrected", &["a", "d"], &[], &[("type", "AID"), ("recipient", "BLR")]),
        said(6, "confirmed", &["b"], &[], &[("record", "other")]),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_split_leaves_two_whole_parts_of_what_was_told_together(
        goes in proptest::collection::vec(any::<bool>(), 8),
    ) {
        prop_assume!(goes.contains(&true) && goes.contains(&false));
        let (joiner, merge) = far_apart(goes.len());
        let documents = joiner.mentions().map(|mention| mention.document.as_str());
        // The ids ascend as the places do, so that any mention may be the first of any part.
        let (gone, left): (Vec<_>, Vec<_>) = documents.zip(&goes).partition(|(_, goes)| **goes);
        let all = [merge.mentions.clone(), merge.others.clone()].concat();
        let is_gone = |reference: &Reference| {
            gone.iter().any(|(document, _)| reference.to_string().starts_with(&format!("{document}#")))
        };
        let (mentions, others) = all.into_iter().partition(is_gone);
        let split = Correction { finding: Finding::Split, mentions, others, record: "later".to_owned(), ..merge.clone() };
        let (events, _) = joiner.corrected(&Reliabilities::default(), &[merge, split]);
        let mut sizes: Vec<usize> = events.iter().map(|event| event.mentions.len()).collect();
        sizes.sort_unstable();
        let mut expected = [gone.len(), left.len()];
        expected.sort_unstable();
        prop_assert_eq!(sizes, expected);
        for event in &events {
            let stands: Vec<bool> = event.said.iter().map(|said| said.stands).collect();
            prop_assert_eq!(stands, [false, true], "the merge is overruled, the split stands");
        }
    }

    #[test]
    fn neither_the_order_of_corrections_nor_that_of_mentions_matters(
        corrections in Just(many()).prop_shuffle(), mentions in Just(MENTIONS.clone()).prop_shuffle()
    ) {
        let whole = joined(&many());
        let mut joiner = Joiner::default();
        for mention in mentions {
            joiner.add(mention).unwrap();
        }
        let again = [corrections.clone(), corrections].concat();
        prop_assert_eq!(joiner.corrected(&Reliabilities::default(), &again).0, whole);
    }

    #[test]
    fn a_correction_that_was_written_is_read_the_same(at in 0_usize..7) {
        let one = many().remove(at);
        prop_assert_eq!(Correction::read(&one.to_json()), Ok(one.clone()));
        prop_assert!(one.known == moment(one.to_json()["known"].as_str().unwrap()));
    }
}
