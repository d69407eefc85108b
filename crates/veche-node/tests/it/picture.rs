//! Alarms, the tournament and events at the desk, over counts and reports that are made up: pages, forms, and what other seats see of it.

use crate::told;
use crate::web::{Answer, form, get, played_of, post};
use axum::http::StatusCode;
use std::sync::Arc;
use veche_node::exercise::Player;
use veche_node::exercise::player::SPEED_DEMO;
use veche_node::http::{Server, Shown, Site};
use veche_node::picture::reports::Reports;
use veche_node::picture::sample::made_up;
use veche_picture::Month;
use veche_picture::joining::Mention;

const SEAT: &str = "seat=halcis/duty";
const OTHER: &str = "seat=quorrin/duty";
/// The round that is open while the exercise goes on, and a unit of it.
const OPEN: &str = "/tournament/from-2027-02";
const UNIT: &str = "/tournament/from-2027-02/gw:9002";

fn desk() -> Arc<Server> {
    let game = played_of("lantern", 6);
    let names = ["Halcis", "Lurien", "Mirez", "Orvessa", "Quorrin", "Tamrin"].map(str::to_owned);
    let month = Month::parse("2027-02").unwrap();
    let shown = made_up(&names, month).unwrap();
    let shown = Shown { reports: told::reports(&names, month), ..shown };
    let site = Site::of_game(game, Player::new(Vec::new(), SPEED_DEMO)).showing(shown);
    Server::new(Some(site), true, None)
}

fn unescaped(text: &str) -> String {
    let named = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#38;", "&"),
    ];
    let plain = named.iter().fold(text.to_owned(), |text, (name, sign)| text.replace(name, sign));
    plain.replace("&amp;", "&")
}

/// Returns the fields of the form that sends a kind of act, as the page holds them.
fn fields(page: &str, kind: &str) -> Vec<(String, String)> {
    let mark = format!("name=\"kind\" value=\"{kind}\"");
    let own = page.split("<form").find(|part| part.contains(&mark)).unwrap();
    let own = own.split("</form>").next().unwrap();
    let attribute = |tag: &str, name: &str| {
        let rest = tag.split(&format!(" {name}=\"")).nth(1)?;
        rest.split('"').next().map(unescaped)
    };
    let mut found = Vec::new();
    for tag in own.split('<') {
        let name = attribute(tag, "name");
        let value = if tag.starts_with("input") {
            attribute(tag, "value")
        } else if tag.starts_with("textarea") {
            tag.split_once('>').map(|(_, text)| unescaped(text))
        } else {
            None
        };
        found.extend(name.zip(value));
    }
    for select in own.split("<select").skip(1) {
        let chosen = select.split("<option").find(|option| option.contains(" selected"));
        let value = chosen.and_then(|option| attribute(option, "value"));
        found.extend(attribute(&format!("select {select}"), "name").zip(value));
    }
    found
}

fn send(server: &Arc<Server>, fields: &[(String, String)], others: &[(&str, &str)]) -> Answer {
    let kept = fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let kept = kept.filter(|(name, _)| !others.iter().any(|(other, _)| other == name));
    let all: Vec<(&str, &str)> = kept.chain(others.iter().copied()).collect();
    post(server, SEAT, "/act", form(&all))
}

#[test]
fn an_alarm_is_disposed_of_by_a_named_analyst_and_every_seat_sees_it() {
    let server = desk();
    let before = get(&server, SEAT, "/alarms").text();
    assert!(before.contains("open, waits for an analyst"), "{before}");
    assert!(before.contains("no alarm was disposed of"), "{before}");
    let word = fields(&before, "alarm_disposal");
    let nobody = send(&server, &word, &[("t.verdict", "confirmed"), ("t.reason", "Seen.")]);
    assert_eq!(nobody.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", nobody.text());
    let analyst = ("t.analyst", "A. <b>Reader</b>");
    let said = [("t.verdict", "data_artefact"), ("t.reason", "Counted twice."), analyst];
    let done = send(&server, &word, &said);
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    for seat in [SEAT, OTHER] {
        let after = get(&server, seat, "/alarms").text();
        assert!(after.contains("No alarm waits."), "{after}");
        assert!(after.contains("open, an artefact of the data"), "{after}");
        assert!(after.contains("Counted twice.") && !after.contains("<b>Reader</b>"), "{after}");
        assert!(after.contains("0 of 1 disposed of were confirmed"), "{after}");
    }
}

#[test]
fn an_alarm_becomes_a_warning_that_is_owed_answers() {
    let server = desk();
    let page = get(&server, SEAT, "/alarms/violence/gw:9004/2027-02").text();
    for expected in
        ["540 deaths in 2027-02", "nothing is sent until a person signs it", "replayed record"]
    {
        let expected = if expected == "replayed record" { "Replayed over" } else { expected };
        assert!(page.contains(expected), "{expected}: {page}");
    }
    let done = send(&server, &fields(&page, "warning"), &[("t.level", "tense")]);
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    let watch = get(&server, OTHER, "/").text();
    assert!(watch.contains("Orvessa: 540 deaths in 2027-02"), "{watch}");
    for missing in [
        "/alarms/violence/gw:9004/2027-01",
        "/alarms/none/gw:9004/2027-02",
        "/alarms/violence/x/2027-02",
    ] {
        let answer = get(&server, SEAT, missing);
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{missing}");
    }
}

#[test]
fn what_an_expert_draws_is_handed_in_unit_by_unit() {
    let server = desk();
    let draw = |unit: &str, counts: &str| {
        let levels = ["q05", "q25", "q50", "q75", "q95"];
        let pairs: Vec<String> = levels
            .iter()
            .zip(counts.split(' '))
            .map(|(level, count)| format!("{level}={count}"))
            .collect();
        format!("{OPEN}/{unit}?institute=A.+Expert&{}", pairs.join("&"))
    };
    for (unit, counts) in [("gw:9002", "0 10 40 100 400"), ("gw:9001", "0 0 1 2 9")] {
        let page = get(&server, SEAT, &draw(unit, counts)).text();
        let done = send(&server, &fields(&page, "submission"), &[]);
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    }
    let round = get(&server, SEAT, OPEN).text();
    // Others' words on the open round are nobody's anchor.
    assert!(
        round.contains("A. Expert") && !round.contains("0.2 or more</span></h2>\n<table"),
        "{round}"
    );
    // The second word keeps what the first said of another unit.
    let page = get(&server, SEAT, &draw("gw:9002", "0 10 40 100 400")).text();
    assert!(page.contains("2 of 18 months of units"), "{page}");
    assert!(page.contains("63 %"), "{page}");
    let own = fields(&page, "submission");
    let content = own.iter().find(|(name, _)| name == "t.content").unwrap();
    assert_eq!(content.1.lines().count(), 11, "{content:?}");
    // What is said of the same institute before shows in its calibration, from the round that is over.
    let known = get(&server, SEAT, &format!("{UNIT}?institute=Harbour+Institute")).text();
    assert!(known.contains("Of 18 months with a distribution"), "{known}");
}

#[test]
fn what_cannot_be_meant_by_a_drawing_is_said_beside_it() {
    let server = desk();
    let check = |query: &str, expected: &str| {
        let page = get(&server, SEAT, &format!("{UNIT}?institute=E&{query}")).text();
        assert!(page.contains(expected), "{query}: {page}");
        assert!(!page.contains("name=\"kind\" value=\"submission\""), "{query}");
    };
    check("q05=0&q25=5&q50=2&q75=9&q95=10", "half: 2 is less than 5 at the level before");
    check("q05=0&q25=5", "fill in all five, or none");
    check("q05=NaN&q25=1&q50=2&q75=3&q95=4", "is no whole number of deaths");
    check("q05=-1&q25=1&q50=2&q75=3&q95=4", "is no whole number of deaths");
    check("q05=0&q25=1&q50=2&q75=3&q95=99999999", "out of range");
    check("", "Fill in a month and look at it first.");
    let closed = get(
        &server,
        SEAT,
        "/tournament/from-2026-10/gw:9002?institute=E&q05=0&q25=1&q50=2&q75=3&q95=4",
    );
    assert!(closed.text().contains("The round is closed"), "{}", closed.text());
    let many = "q05=1&".repeat(201);
    for (address, status) in [
        (format!("{UNIT}?institute=E&{many}"), StatusCode::BAD_REQUEST),
        (format!("{UNIT}?colour=red"), StatusCode::BAD_REQUEST),
        (format!("{OPEN}/gw:1"), StatusCode::NOT_FOUND),
        ("/tournament/none".to_owned(), StatusCode::NOT_FOUND),
    ] {
        assert_eq!(get(&server, SEAT, &address).status, status, "{address}");
    }
}

#[test]
fn a_desk_without_counts_says_how_they_come() {
    let site = Site::of_game(played_of("lantern", 1), Player::new(Vec::new(), SPEED_DEMO));
    let server = Server::new(Some(site), true, None);
    let alarms = get(&server, SEAT, "/alarms").text();
    assert!(alarms.contains("veche node run --picture DIR"), "{alarms}");
    let rounds = get(&server, SEAT, "/tournament").text();
    assert!(rounds.contains("veche node run --picture DIR --rounds DIR"), "{rounds}");
}

#[test]
fn the_feeds_of_an_exercise_are_shown_as_the_coder_reads_them() {
    assert!(played_of("lantern", 1).reports().unwrap().is_empty());
    let game = played_of("lantern", 6);
    let shown = Shown { reports: Some(game.reports().unwrap()), ..Shown::default() };
    let site = Site::of_game(game, Player::new(Vec::new(), SPEED_DEMO)).showing(shown);
    let server = Server::new(Some(site), true, None);
    let list = get(&server, SEAT, "/events").text();
    for expected in ["Drennish soldiers", "4 / 16", "◆</span>denied"] {
        assert!(list.contains(expected), "{expected}: {list}");
    }
    let page = get(&server, SEAT, &address(&server, "attack")).text();
    for expected in ["fired on", "обстреляли", "абстралялі", "42.10° N, 71.30° E"]
    {
        assert!(page.contains(expected), "{expected}: {page}");
    }
}

/// Returns the address of the event of a type in words.
fn address(server: &Arc<Server>, words: &str) -> String {
    let list = get(server, SEAT, "/events").text();
    let mark = format!(">{words}<");
    let row = list.split("<tr data-row>").skip(1).find(|row| row.contains(&mark)).unwrap();
    row.split("href=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

/// Returns the form of a finding on an event's page.
fn word_on(server: &Arc<Server>, seat: &str, path: &str, finding: &str) -> Vec<(String, String)> {
    let page = get(server, seat, path).text();
    let mark = format!("name=\"t.finding\" value=\"{finding}\"");
    let own = page.split("<form").find(|part| part.contains(&mark));
    let own = own.unwrap_or_else(|| panic!("{finding} on {path}: {page}"));
    fields(&format!("<form{own}"), "event_correction")
}

const READER: [(&str, &str); 2] = [("t.analyst", "A. Reader"), ("t.reason", "Read again.")];

#[test]
fn events_are_listed_with_what_reports_say_and_one_shows_the_words_that_made_it() {
    let server = desk();
    let list = get(&server, SEAT, "/events").text();
    for expected in ["1 to 6 of 6", "◆</span>denied", "border post of Halcis", "3 / 3"] {
        assert!(list.contains(expected), "{expected}: {list}");
    }
    let page = get(&server, SEAT, &address(&server, "attack")).text();
    for expected in [
        "<mark class=\"w-trigger\">shelled</mark><span class=\"what\"> [what tells it]</span>",
        "<mark class=\"w-trigger\">обстреляли</mark>",
        "<p class=\"told\" lang=\"ru\">",
        "Dead: 15",
        "<del>at least 12</del>",
        "43.21° N, 61.48° E",
    ] {
        assert!(page.contains(expected), "{expected}: {page}");
    }
    let meeting = get(&server, SEAT, &address(&server, "talks or visit")).text();
    // Who is acted upon stands within who acts.
    assert!(
        meeting.contains("<mark class=\"w-recipient w-actor-line\">Lurien</mark>"),
        "{meeting}"
    );
    let missing = get(&server, SEAT, "/events/e-0000000000000000");
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
}

#[test]
fn events_are_filtered_and_paged_by_the_address() {
    let server = desk();
    let check = |query: &str, expected: &str| {
        let page = get(&server, SEAT, &format!("/events?{query}")).text();
        assert!(
            page.contains(&format!("<span class=\"muted\">{expected}</span>")),
            "{query}: {page}"
        );
    };
    check("type=PROTEST", "1 to 1 of 1");
    check("state=denied", "1 to 1 of 1");
    check("state=confirmed", "0 events");
    check("from=2027-02-25", "1 to 4 of 4");
    check("to=2027-02-23", "1 to 2 of 2");
    check("unit=ostrel&confidence=90", "1 to 1 of 1");
    check("page=2", "6 events");
    for wrong in ["type=WAR", "state=x", "from=yesterday", "confidence=101", "page=0", "colour=red"]
    {
        let answer = get(&server, SEAT, &format!("/events?{wrong}"));
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{wrong}");
    }
}

#[test]
fn an_event_is_put_right_by_a_named_analyst_and_every_seat_sees_both_words() {
    let server = desk();
    let path = address(&server, "attack");
    let nobody =
        send(&server, &word_on(&server, SEAT, &path, "confirmed"), &[("t.reason", "Seen.")]);
    assert_eq!(nobody.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", nobody.text());
    let done = send(&server, &word_on(&server, SEAT, &path, "confirmed"), &READER);
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    let right = [
        READER[0],
        ("t.reason", "It was a raid."),
        ("t.type", "COERCE"),
        ("t.actor", "XLU MIL: Gunmen <b>"),
    ];
    let done = send(&server, &word_on(&server, SEAT, &path, "corrected"), &right);
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    for seat in [SEAT, OTHER] {
        let page = get(&server, seat, &path).text();
        for expected in [
            "coercion (COERCE)",
            "Gunmen &#60;b&#62; (XLUMIL)",
            "It was a raid.",
            "a later word says otherwise",
            "✓</span>corrected",
        ] {
            assert!(page.contains(expected), "{expected}: {page}");
        }
    }
    assert!(get(&server, OTHER, "/events?state=corrected").text().contains("1 to 1 of 1"));
    assert!(get(&server, OTHER, "/registers/event_words").text().contains("EV-"));
}

#[test]
fn events_are_told_apart_and_together_and_rejected() {
    let server = desk();
    let path = address(&server, "attack");
    let page = get(&server, SEAT, &path).text();
    let third =
        page.split("name=\"t.mentions\" value=\"").find(|part| part.starts_with("ru-1#")).unwrap();
    let third = third.split('"').next().unwrap();
    let split = word_on(&server, SEAT, &path, "split");
    let split: Vec<_> = split.into_iter().filter(|(name, _)| name != "t.mentions").collect();
    let done = send(&server, &split, &[READER[0], READER[1], ("t.mentions", third)]);
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    let list = get(&server, SEAT, "/events").text();
    assert!(list.contains("1 to 7 of 7") && list.contains("2 / 2"), "{list}");
    // Together with the protest: the page of either leads to the one that holds both.
    let protest = address(&server, "protest");
    let choice = get(&server, SEAT, &protest).text();
    let other =
        choice.split("<option value=\"").find(|option| option.starts_with("https://")).unwrap();
    let other = unescaped(other.split('"').next().unwrap());
    let merged = word_on(&server, SEAT, &protest, "merged");
    let done = send(&server, &merged, &[READER[0], READER[1], ("t.others", &other)]);
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    assert!(get(&server, SEAT, &protest).text().contains("is told together with this one now"));
    assert!(get(&server, SEAT, "/events").text().contains("1 to 6 of 6"));
    let rejected = word_on(&server, SEAT, &address(&server, "aid"), "rejected");
    let done = send(&server, &rejected, &READER);
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    let list = get(&server, OTHER, "/events?state=rejected").text();
    assert!(list.contains("1 to 1 of 1") && list.contains("▲</span>rejected"), "{list}");
}

#[test]
fn a_word_on_an_event_that_would_say_nothing_is_not_signed() {
    let server = desk();
    let path = address(&server, "attack");
    let corrected = word_on(&server, SEAT, &path, "corrected");
    let split = word_on(&server, SEAT, &path, "split");
    let all: Vec<(&str, &str)> = split
        .iter()
        .filter(|(name, _)| name == "t.mentions")
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    assert!(all.len() > 1, "{split:?}");
    for (form, more, expected) in [
        (&corrected, &[][..], "corrected is what says something of type"),
        (&corrected, &[("t.day", "2 March")], "<code>2 March</code> is no day"),
        (&corrected, &[("t.day", "2207-03-02")], "lies before 1980 or after 2199"),
        (&split, &all, "it names none"),
    ] {
        let answer = send(&server, form, &[&READER[..], more].concat());
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.text());
        assert!(answer.text().contains(expected), "{expected}: {}", answer.text());
    }
    assert!(!get(&server, OTHER, "/registers/event_words").text().contains("EV-"));
}

/// A report of a shelling on a day, in a document.
fn report(document: &str, day: &str) -> Mention {
    let sentence = "The Tamrin army shelled the market of Ostrel.";
    let line = serde_json::json!({
        "document": document, "publisher": "Wire", "published": "2027-03-02T10:00:00Z", "language": "en",
        "type": "ASSAULT", "probability_millionths": 900_000, "trigger": { "text": "shelled", "start": 16, "end": 23 },
        "sentence": { "text": sentence, "start": 0, "end": sentence.len() },
        "actor": { "code": "XTAMIL", "text": "Tamrin army" },
        "place": { "text": "Ostrel", "code": null, "resolution": "town" },
        "date": { "first": day, "last": day, "precision": "day" },
        "keys": { "names": ["astrl", "tmrn"], "numbers": [], "stems": ["shell", "marke"] },
    });
    Mention::read(line.to_string().as_bytes()).unwrap()
}

/// A desk whose one event has so many reports, each with an address of so many letters.
fn desk_of(count: usize, letters: usize) -> Arc<Server> {
    let mut reports = Reports::default();
    for at in 0..count {
        let document = format!("https://wire.example/{}/{at}", "x".repeat(letters));
        reports.add(report(&document, "2027-03-02")).unwrap();
    }
    let game = played_of("lantern", 6);
    let shown = Shown { reports: Some(reports), ..Shown::default() };
    let site = Site::of_game(game, Player::new(Vec::new(), SPEED_DEMO)).showing(shown);
    Server::new(Some(site), true, None)
}

#[test]
fn an_event_of_more_reports_than_a_record_holds_is_rejected_bit_by_bit() {
    for (count, letters, is_whole) in [(201, 5, true), (100, 300, false)] {
        let server = desk_of(count, letters);
        let path = address(&server, "attack");
        let said = format!("of {count} reports, as many as a record has room for");
        let rejected = word_on(&server, SEAT, &path, "rejected");
        let named = rejected.iter().find(|(name, _)| name == "t.mentions").unwrap();
        let named = named.1.lines().count();
        assert_eq!(named == count, is_whole, "{named}");
        let page = get(&server, SEAT, &path).text();
        assert!(
            page.contains(&format!("This names 200 {said}")) || !is_whole,
            "only 200 can be ticked: {page}"
        );
        assert_eq!(page.contains(&format!("This names {named} {said}")), !is_whole, "{page}");
        let done = send(&server, &rejected, &READER);
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
        if !is_whole {
            let list = get(&server, SEAT, "/events?state=rejected").text();
            assert!(list.contains("1 to 1 of 1"), "{list}");
            assert!(get(&server, SEAT, "/events").text().contains("1 to 2 of 2"));
            // The rest is offered again.
            let rest = get(&server, SEAT, "/events").text();
            let links =
                rest.split("<tr data-row>").skip(1).filter(|row| !row.contains("▲</span>rejected"));
            let path =
                links.last().unwrap().split("href=\"").nth(1).unwrap().split('"').next().unwrap();
            let rejected = word_on(&server, SEAT, path, "rejected");
            let done = send(&server, &rejected, &READER);
            assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
        }
        let list = get(&server, OTHER, "/events?state=rejected").text();
        assert!(list.contains("1 to 1 of 1"), "{list}");
        let list = get(&server, OTHER, "/events").text();
        assert!(list.contains("1 to 1 of 1"), "{list}");
    }
}

#[test]
fn an_event_that_cannot_be_shown_is_named() {
    let mut reports = Reports::default();
    reports.add(report("now", "2027-03-02")).unwrap();
    reports.add(report("old", "1912-03-02")).unwrap();
    let told = reports.told(&[]);
    assert_eq!((told.events.len(), told.unshown.len()), (1, 1));
    assert!(told.unshown[0].1.contains("1912-03-02"), "{:?}", told.unshown);
}
