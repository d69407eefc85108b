//! Mentions become events, whatever their order.

use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::LazyLock;
use veche_coder::casualty::Harm;
use veche_coder::document::Document;
use veche_coder::event::{Bar, Coder};
use veche_coder::matcher::{Matcher, Vocabulary};
use veche_coder::model::english;
use veche_coder::place::Gazetteer;
use veche_coder::token::tokens;
use veche_picture::joining::measure::{Clusters, Names, Shares, grouped, shares};
use veche_picture::joining::mention::{Count, moment};
use veche_picture::joining::{
    BAR, Joined, Joiner, Mention, Reliabilities, Reliability, Stance, Status,
};

fn read(name: &str) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../veche-coder/tests/data/clusters/");
    std::fs::read_to_string(format!("{folder}{name}")).unwrap()
}

/// The clusters on which constants are chosen. The others are for `veche bench` alone.
fn chosen_on() -> Clusters {
    Clusters::read(&read("documents.jsonl"), &read("facts.jsonl"), &|id| id <= "c-49").unwrap()
}

/// What the coder finds in them, and what it would find without a fault.
static MENTIONS: LazyLock<[Vec<Mention>; 2]> = LazyLock::new(|| {
    let names = Names::read(&read("names.tsv"));
    let vocabulary = Vocabulary::shipped().unwrap();
    let gazetteer = Gazetteer::read(names.places.as_bytes()).unwrap();
    let matcher = Matcher::new(&vocabulary, &names.charter, Some(&gazetteer));
    let english = english().unwrap();
    let mut coder = Coder::shipped(&vocabulary, &matcher, &english).unwrap();
    coder.gazetteer = Some(&gazetteer);
    coder.bar = Some(Bar::for_joining());
    let coded = chosen_on().coded(&coder, &names.charter).unwrap();
    coder.bar = Some(Bar::none());
    [coded, chosen_on().gold(&coder).unwrap()]
});

fn events(mentions: &[Mention]) -> Vec<Joined> {
    let mut joiner = Joiner::default();
    for mention in mentions {
        joiner.add(mention.clone()).unwrap();
    }
    joiner.events(&Reliabilities::default())
}

/// Pairwise F1 in thousandths.
fn f1(shares: impl Iterator<Item = Shares>) -> u32 {
    let (right, wrong) = shares.fold((0, 0), |(right, wrong), share| {
        (right + 2 * share.right, wrong + share.missed * 2 + share.wrong)
    });
    2000 * right / (2 * right + wrong)
}

#[test]
fn reports_of_the_clusters_are_joined_about_as_well_as_the_page_says() {
    let clusters = chosen_on();
    for (mentions, least) in MENTIONS.iter().zip([560, 900]) {
        let groups = grouped(&clusters, mentions, BAR).unwrap();
        let found = f1(shares(&clusters, &groups).into_values());
        println!("pairwise F1 of c-01 to c-49: {found}");
        assert!(found >= least, "{found}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn events_are_the_same_in_whatever_order_and_steps_mentions_come(
        mentions in Just(MENTIONS[0].clone()).prop_shuffle(), cut in 0..MENTIONS[0].len()
    ) {
        let whole = events(&MENTIONS[0]);
        let mut joiner = Joiner::default();
        for (at, mention) in mentions.iter().enumerate() {
            if at == cut {
                // A look in between changes nothing.
                prop_assert_eq!(joiner.events(&Reliabilities::default()).is_empty(), at == 0);
            }
            prop_assert!(joiner.add(mention.clone()).unwrap());
        }
        prop_assert!(!joiner.add(mentions[0].clone()).unwrap(), "the same line again is nothing new");
        let found = joiner.events(&Reliabilities::default());
        prop_assert_eq!(format!("{found:?}"), format!("{whole:?}"));
    }

    #[test]
    fn no_line_makes_the_reader_panic(line in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _read = Mention::read(&line);
    }
}

/// A line of a shelling in Ostrel.
fn line(document: &str, publisher: &str, published: &str, more: &str) -> String {
    format!(
        r#"{{"document": "{document}", "publisher": "{publisher}", "published": "{published}", "language": "en",
        "type": "ASSAULT", "mode": "heavy-weapons", "probability_millionths": 900000,
        "sentence": {{"start": 0, "end": 60}}, "trigger": {{"start": 0, "end": 6}},
        "actor": {{"code": "XTAMIL", "text": "Tamrin army"}}, "recipient": null,
        "place": {{"text": "Ostrel", "code": null, "resolution": "town"}},
        "date": {{"first": "2027-03-02", "last": "2027-03-02", "precision": "day"}},
        "keys": {{"names": ["astrl", "tmrn"], "numbers": [], "stems": ["shell", "marke", "mayor"]}}{more}}}"#
    )
}

fn joined(lines: &[String]) -> Joined {
    let mentions: Vec<Mention> =
        lines.iter().map(|line| Mention::read(line.as_bytes()).unwrap()).collect();
    let mut found = events(&mentions);
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

fn dead(low: u64) -> String {
    format!(r#", "dead": {{"low": {low}, "high": {low}}}"#)
}

#[test]
fn a_count_that_rises_takes_the_place_of_the_lower_one_and_is_kept_beside_it() {
    let event = joined(&[
        line("a", "Northern Wire", "2027-03-02T08:40:00Z", &dead(4)),
        line("b", "Meridian", "2027-03-02T09:50:00Z", &dead(7)),
        line("c", "Northern Wire", "2027-03-02T15:10:00Z", &dead(9)),
    ]);
    let toll = &event.tolls[&Harm::Dead];
    assert_eq!(toll.count, Some(Count { low: 9, high: Some(9) }));
    let said: Vec<(u64, Option<&str>)> =
        toll.history.iter().map(|said| (said.count.low, said.superseded.as_deref())).collect();
    assert_eq!(said, [(4, Some("b#0:ASSAULT")), (7, Some("c#0:ASSAULT")), (9, None)]);
    assert_eq!((event.sources, event.carriers, event.status), (2, 3, Status::Stands));
}

#[test]
fn counts_that_contradict_each_other_stay_as_a_range() {
    let event = joined(&[
        line("a", "Tamrin State Telegraph", "2027-03-02T08:40:00Z", &dead(5)),
        line("b", "River Mission", "2027-03-02T09:50:00Z", &dead(2)),
    ]);
    assert_eq!(event.tolls[&Harm::Dead].count, Some(Count { low: 2, high: Some(5) }));
}

#[test]
fn what_was_taken_back_is_visible_and_counts_no_more() {
    let event = joined(&[
        line("a", "Eastbank Express", "2027-03-02T08:40:00Z", &dead(10)),
        line("b", "Eastbank Express", "2027-03-02T12:00:00Z", r#", "stance": "retracts""#),
    ]);
    assert_eq!(event.status, Status::Retracted);
    assert_eq!((event.confidence, event.tolls[&Harm::Dead].count), (0, None));
    assert_eq!(event.tolls[&Harm::Dead].history.len(), 1);
}

#[test]
fn whoever_takes_a_report_back_takes_back_no_other() {
    let [a, b] = ["Eastbank Express", "Meridian"]
        .map(|publisher| line(publisher, publisher, "2027-03-02T08:40:00Z", ""));
    let back = r#", "stance": "retracts""#;
    let own = line("c", "Eastbank Express", "2027-03-02T12:00:00Z", back);
    let nameless = line("d", "", "2027-03-02T12:00:00Z", back);
    let both = joined(&[a.clone(), b.clone(), own]);
    assert_eq!((both.status, both.confidence), (Status::Disputed, 540_000));
    let still = joined(&[line("e", "", "2027-03-02T08:40:00Z", ""), a, b, nameless]);
    assert_eq!(still.status, Status::Disputed);
    assert!(still.confidence > 800_000, "{still:?}");
}

#[test]
fn times_with_a_zone_are_told_in_utc() {
    let told = |text: &str| moment(text).map(|moment| moment.to_string());
    assert_eq!(told("2026-11-24T01:00:00+03:00").unwrap(), "2026-11-23T22:00:00Z");
    assert_eq!(told("2026-12-31 23:30-01:00").unwrap(), "2027-01-01T00:30:00Z");
    assert_eq!(told("2026-11-23T08:40:00.5Z").unwrap(), "2026-11-23T08:40:00Z");
    for wrong in
        ["2026-11-23T08:75Z", "2026-11-23T+5:00", "2026-11-23T25:00Z", "2026-11-23T08:40+3"]
    {
        assert_eq!(moment(wrong), None, "{wrong}");
    }
}

#[test]
fn an_envoy_who_is_recalled_is_no_report_that_is_withdrawn() {
    let stance = |text: &str| {
        let mut document = Document::read(text.as_bytes()).unwrap();
        Stance::of(&tokens(&mut document))
    };
    assert_eq!(stance("Орвесса отозвала посла из Тамрина."), Stance::Tells);
    assert_eq!(stance("Агентство отозвало сообщение о стрельбе."), Stance::Retracts);
    assert_eq!(stance("Tamrin withdrew its troops from the ridge."), Stance::Tells);
    assert_eq!(stance("The Express withdrew its report of shelling."), Stance::Retracts);
}

#[test]
fn a_denial_disputes_the_event_and_adds_nothing_to_its_confidence() {
    let told = line("a", "Northern Wire", "2027-03-02T08:40:00Z", "");
    let denied =
        line("b", "Tamrin State Telegraph", "2027-03-02T12:00:00Z", r#", "stance": "denies""#);
    let (one, both) = (joined(std::slice::from_ref(&told)), joined(&[told, denied]));
    assert_eq!((one.status, both.status), (Status::Stands, Status::Disputed));
    // Once .9 by a publisher on no list, of which three in five reports count.
    assert_eq!((one.confidence, both.confidence), (540_000, 540_000));
}

#[test]
fn confidence_grows_with_sources_and_not_with_their_copies() {
    let print = format!(r#", "fingerprint": "{}""#, "0123456789abcdef".repeat(17) + "00000040");
    let a = line("a", "Northern Wire", "2027-03-02T08:40:00Z", &print);
    let copy = line("b", "Valley Post", "2027-03-02T09:00:00Z", &print);
    let own = line("c", "Lakes Press", "2027-03-02T09:00:00Z", "");
    let copied = joined(&[a.clone(), copy]);
    assert_eq!((copied.sources, copied.carriers, copied.confidence), (1, 2, 540_000));
    let two = joined(&[a, own]);
    assert_eq!((two.sources, two.confidence), (2, 788_400));
}

#[test]
fn whoever_is_unreliable_alone_makes_an_event_of_low_reliability() {
    let list = Reliabilities::read(b"Vael Pass Live\tE\nNorthern Wire\tB\n").unwrap();
    let lines = [
        line("a", "Vael Pass Live", "2027-03-02T08:40:00Z", ""),
        line("b", "Northern Wire", "2027-03-02T09:00:00Z", ""),
    ];
    let grade = |lines: &[String]| {
        let mut joiner = Joiner::default();
        for line in lines {
            joiner.add(Mention::read(line.as_bytes()).unwrap()).unwrap();
        }
        joiner.events(&list)[0].reliability
    };
    assert_eq!(grade(&lines[..1]), Reliability::E);
    assert_eq!(grade(&lines), Reliability::B);
}

#[test]
fn the_same_on_another_day_or_in_another_town_is_another_event() {
    let base = line("a", "Northern Wire", "2027-03-02T08:40:00Z", "");
    let words = |line: String| {
        let line = line.replace(r#""shell", "marke", "mayor""#, r#""railw", "artil", "watch""#);
        line.replace("astrl", "krnsk")
    };
    let later = words(base.replace(r#""a""#, r#""b""#).replace("2027-03-02", "2027-03-05"));
    let elsewhere = words(base.replace(r#""a""#, r#""c""#).replace("Ostrel", "Kerrin"));
    let elsewhere = elsewhere.replace("Northern Wire", "Lakes Press");
    for other in [later, elsewhere] {
        let both = [&base, &other].map(|line| Mention::read(line.as_bytes()).unwrap());
        assert_eq!(events(&both).len(), 2, "{other}");
    }
}

#[track_caller]
fn check_refused(change: (&str, &str), says: &str) {
    let good = line("a", "Northern Wire", "2027-03-02T08:40:00Z", "");
    let bad = good.replace(change.0, change.1);
    assert_ne!(good, bad);
    let error = Mention::read(bad.as_bytes()).unwrap_err().to_string();
    assert!(error.contains(says), "{error}");
}

#[test]
fn a_line_that_is_no_mention_is_refused_with_what_is_wrong() {
    check_refused((r#""document": "a","#, ""), "no `document`");
    check_refused(("ASSAULT", "FIGHT"), "`type` is `\"FIGHT\"`: one of the 16 types");
    check_refused(("ASSAULT", "STATEMENT"), "one of the 16 types");
    check_refused(("heavy-weapons", "visit"), "a mode of the type");
    check_refused(("900000", "1000001"), "whole number in its range");
    check_refused(
        (r#""first": "2027-03-02""#, r#""first": "2027-03-03""#),
        "no day before `first`",
    );
    check_refused((r#""start": 0, "end": 60"#, r#""start": 9, "end": 6"#), "`sentence`");
    check_refused(("2027-03-02T08:40:00Z", "yesterday"), "`published`");
    check_refused((r#"{"document""#, r#"["document""#), "no JSON");
    let cut = line("a", "N", "2027-03-02", "");
    assert!(Mention::read(&cut.as_bytes()[..cut.len() / 2]).is_err());
    let long = line(&"a".repeat(2000), "N", "2027-03-02", "");
    assert!(Mention::read(long.as_bytes()).is_err());
}

#[test]
fn every_document_of_a_group_is_in_one_group() {
    let clusters = chosen_on();
    let groups = grouped(&clusters, &MENTIONS[0], BAR).unwrap();
    let all: BTreeSet<&String> = groups.iter().flatten().collect();
    assert_eq!(all.len(), clusters.documents.len());
    assert_eq!(groups.iter().map(BTreeSet::len).sum::<usize>(), clusters.documents.len());
}
