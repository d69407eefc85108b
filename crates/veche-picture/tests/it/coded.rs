//! Coded mentions as a table of lists and groups.

use crate::reported::{ICEWS, PHOENIX, acled, gdelt, import, polecat};
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::schema::printer::print_schema;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use veche_coder::ontology::Class;
use veche_picture::coded::{
    CodedMention, Location, Party, People, Words, of_event, of_mention, score,
};
use veche_picture::joining::{Joiner, Mention, Reliabilities};
use veche_picture::source::reported::Format;
use veche_picture::table::{CodedTable, ReportedTable};
use veche_picture::{Date, ReportedEvent, Vintage};

const SENTENCE: &str =
    "On Tuesday Tamrin army shelled Ostrel, killing at least 12 people, officials said.";

/// Returns the bytes of words of the sentence, which begins at byte 10.
fn words(text: &str) -> Value {
    let start = SENTENCE.find(text).unwrap() + 10;
    json!({ "text": text, "start": start, "end": start + text.len() })
}

fn with(mut value: Value, more: &Value) -> Value {
    for (key, held) in more.as_object().unwrap() {
        value[key] = held.clone();
    }
    value
}

/// A line with all that a line can say.
fn line(document: &str, more: &Value) -> Value {
    let line = json!({
        "document": document, "publisher": format!("paper {document}"), "published": "2027-03-02T10:00:00Z", "language": "en",
        "type": "ASSAULT", "mode": "heavy-weapons", "aux": [], "contexts": ["terrorism", "military"],
        "probability_millionths": 900_000,
        "sentence": { "text": SENTENCE, "start": 10, "end": 10 + SENTENCE.len() },
        "trigger": words("shelled"),
        "actor": with(words("Tamrin army"), &json!({ "code": "XTAMIL", "sectors": ["MIL"], "probability_millionths": 800_000 })),
        "recipient": with(words("Ostrel"), &json!({ "code": "XOS", "sectors": [], "probability_millionths": 500_000 })),
        "attribution": words("officials"),
        "place": with(words("Ostrel"), &json!({ "code": "ARM", "resolution": "town", "geonames": 17, "latitude": 40_100_000, "longitude": -44_500_001, "margin": 42 })),
        "date": with(words("Tuesday"), &json!({ "first": "2027-03-02", "last": "2027-03-02", "precision": "day" })),
        "dead": { "low": 12, "high": null, "words": words("12") },
        "coder": "0123456789abcdef", "label": "GROUP(cyber)",
        "keys": { "names": ["astrl", "tmrn"], "numbers": ["12"], "stems": ["shell", "marke", "mayor"] },
    });
    with(line, more)
}

fn mention(line: &Value) -> Mention {
    Mention::read(line.to_string().as_bytes()).unwrap()
}

/// Returns the events of lines as they are kept.
fn kept(lines: &[Value]) -> Vec<ReportedEvent> {
    let mut joiner = Joiner::default();
    for line in lines {
        joiner.add(mention(line)).unwrap();
    }
    let of: BTreeMap<&str, &Mention> =
        joiner.mentions().map(|mention| (mention.id.as_str(), mention)).collect();
    let events = joiner.events(&Reliabilities::default());
    events.iter().filter_map(|event| ReportedEvent::of(event, &of)).collect()
}

fn table(rows: &[CodedMention]) -> Vec<u8> {
    let mut table = CodedTable::default();
    table.merge(rows.to_vec(), Vintage([7; 32])).unwrap();
    table.to_parquet(&mut |_| {}).unwrap()
}

fn read_back(bytes: Vec<u8>) -> Vec<CodedMention> {
    CodedTable::from_parquet(bytes).unwrap().rows().map(|(row, _)| row.clone()).collect()
}

#[test]
fn a_row_has_all_that_its_line_says() {
    let row = of_mention(&mention(&line("https://example.org/a", &json!({})))).unwrap();
    let golden: Value = serde_json::from_str(include_str!("golden/mention.json")).unwrap();
    assert_eq!(row.to_json(), golden, "{:#}", row.to_json());
    assert_eq!(read_back(table(std::slice::from_ref(&row))), [row]);
}

#[test]
fn the_schema_is_that_of_the_page() {
    let bytes = table(&[of_mention(&mention(&line("a", &json!({})))).unwrap()]);
    let reader = SerializedFileReader::new(bytes::Bytes::from(bytes)).unwrap();
    let mut printed = Vec::new();
    print_schema(&mut printed, reader.metadata().file_metadata().schema());
    let printed = String::from_utf8(printed).unwrap();
    assert_eq!(printed, include_str!("golden/mention.schema"), "{printed}");
    let page = include_str!("../../../../formats/mentions.md");
    for field in reader.metadata().file_metadata().schema().get_fields() {
        assert!(
            page.contains(&format!("`{}`", field.name())),
            "{} is not on the page",
            field.name()
        );
    }
}

#[test]
fn what_a_line_does_not_say_is_null() {
    let none = json!({ "mode": null, "contexts": null, "actor": null, "recipient": null, "attribution": null, "place": null, "date": null,
        "dead": null, "coder": null, "label": null, "publisher": null, "sentence": { "start": 10, "end": 90 } });
    let row = of_mention(&mention(&line("a", &none))).unwrap().to_json();
    for key in [
        "attribution",
        "location",
        "dead",
        "coder_hash",
        "label",
        "publisher",
        "event_text",
        "p_args",
        "date_precision",
        "url",
        "event_id",
    ] {
        assert_eq!(row[key], Value::Null, "{key}: {row}");
    }
    for key in ["mode", "context", "aux", "actors", "recipients"] {
        assert_eq!(row[key], json!([]), "{key}: {row}");
    }
    assert_eq!((&row["date"], &row["date_end"]), (&"2027-03-01".into(), &"2027-03-02".into()));
    // The type's own score, since no mode is known.
    assert_eq!(row["intensity"], json!(-9.0));
    let unsure = json!({ "recipient": with(words("Ostrel"), &json!({ "code": "XOS" })) });
    let row = of_mention(&mention(&line("a", &unsure))).unwrap();
    assert_eq!((row.p_args, row.recipients[0].p), (None, None), "one party's is not known");
}

#[test]
fn a_joined_event_gives_the_rows_of_its_lines() {
    let lines = [
        line("a", &json!({ "contexts": ["military", "terrorism"] })),
        line("b", &json!({ "contexts": ["military"], "dead": { "low": 15, "high": 15 } })),
        line("c", &json!({ "contexts": ["crime"], "type": "COERCE", "mode": null })),
    ];
    let events = kept(&lines);
    let [event] = events.as_slice() else { panic!("{events:#?}") };
    assert_eq!(event.context.as_deref(), Some("military"), "two of three sources");
    let rows = of_event(event).unwrap();
    for (row, line) in rows.iter().zip(&lines) {
        let own = of_mention(&mention(line)).unwrap();
        let joined = CodedMention {
            event_id: Some(event.event.clone()),
            n_sources: Some(3),
            status: Some("stands".to_owned()),
            confidence: event.confidence.map(i32::unsigned_abs),
            ..own
        };
        assert_eq!(*row, joined);
    }
    assert_eq!(rows.len(), 3);
    assert_eq!(
        (rows[1].dead, rows[2].class),
        (Some(People { min: 15, max: Some(15) }), Class::parse("COERCE").unwrap())
    );
    // By way of the file of events.
    let mut table = ReportedTable::default();
    table.merge(events.clone(), Vintage([1; 32])).unwrap();
    let again = ReportedTable::from_parquet(table.to_parquet(&mut |_| {}).unwrap()).unwrap();
    let again: Vec<CodedMention> =
        again.rows().flat_map(|(event, _)| of_event(event).unwrap()).collect();
    assert_eq!(again, rows);
}

#[test]
fn each_importers_events_are_rows() {
    let files: [(Format, String, &str, Value); 5] = [
        (
            Format::Gdelt,
            gdelt(&[
                (30, "-10.0"),
                (32, "3"),
                (52, "Minsk, Belarus"),
                (53, "BO"),
                (56, "53.9"),
                (57, "27.5667"),
                (60, "https://example.org/a"),
            ]),
            "gdelt:1001",
            json!({ "type": "ASSAULT", "quad": 4, "intensity": -10.0, "cameo": "190", "n_sources": 3, "url": "https://example.org/a" }),
        ),
        (
            Format::Icews,
            ICEWS.to_owned(),
            "icews:7:2014-01-02",
            json!({ "mode": ["arrest"], "date": "2014-01-02", "intensity": -5.0, "publisher": "A \"B\"" }),
        ),
        (
            Format::Polecat,
            polecat(),
            "polecat:20260101-1",
            json!({ "type": "PROTEST", "mode": ["riot"], "context": ["legal", "crime"], "intensity": -6.5, "language": "English" }),
        ),
        (
            Format::Acled,
            acled(),
            "acled:ARM1",
            json!({ "dead": { "min": 4, "max": 4 }, "date_precision": "day", "intensity": null, "context": ["Armed clash"] }),
        ),
        (
            Format::Phoenix,
            PHOENIX.to_owned(),
            "phoenix:a_1_2:ARMGOV:BLRMIL:042",
            json!({ "context": ["NAMED_TERROR_GROUP,1"], "mode": ["visit"], "cameo": "042" }),
        ),
    ];
    let mut all = Vec::new();
    for (format, text, id, wanted) in files {
        let (events, _) = import(format, text.as_bytes()).unwrap();
        let rows = of_event(&events[0]).unwrap();
        let [row] = rows.as_slice() else { panic!("{rows:?}") };
        let json = row.to_json();
        assert_eq!((&json["event_id"], &json["coder"]), (&id.into(), &format.name().into()));
        for (key, value) in wanted.as_object().unwrap() {
            assert_eq!(json[key], *value, "{id} {key}");
        }
        for key in
            ["mention_id", "doc_id", "span_start", "sentence", "p_type", "label", "size", "stance"]
        {
            assert_eq!(json[key], Value::Null, "{id} {key}");
        }
        all.extend(rows);
    }
    let party = |row: &CodedMention| {
        let party = &row.actors[0];
        format!("{} {}", party.code.as_deref().unwrap_or("-"), party.sector.join(","))
    };
    let parties: Vec<String> = all.iter().map(party).collect();
    assert_eq!(parties, ["ARM GOV", "KAZ ", "ARM CVL", "- ", "ARM GOV"]);
    let places: Vec<Value> = all.iter().map(|row| row.to_json()["location"].clone()).collect();
    assert_eq!((&places[0]["country"], &places[0]["lat"]), (&"Belarus".into(), &json!(53.9)));
    assert_eq!(
        (&places[2]["resolved_place"], &places[2]["geonameid"]),
        (&"Gyumri".into(), &616_635.into())
    );
    assert_eq!(places[4], Value::Null);
    all.sort_by(|one, other| one.event_id.cmp(&other.event_id));
    assert_eq!(read_back(table(&all)), all);
}

/// What is said of an event with these mentions.
#[track_caller]
fn check_refused(mentions: &str, says: &str) {
    let day = Date::parse("2027-03-02").unwrap();
    let mut event =
        ReportedEvent::new("e-1".to_owned(), "veche", Class::parse("AID").unwrap(), day, day);
    event.mentions = Some(mentions.to_owned());
    let error = of_event(&event).unwrap_err().to_string();
    assert!(error.starts_with("event `e-1`: ") && error.contains(says), "{error}");
}

#[test]
fn mentions_that_cannot_be_are_refused_with_the_event_and_the_key() {
    let events = kept(&[line("a", &json!({}))]);
    let good = events[0].mentions.clone().unwrap();
    for at in (1..good.len()).filter(|at| good.is_char_boundary(*at)) {
        check_refused(&good[..at], "column `mentions` is no list of mentions");
    }
    let deep = "[".repeat(100_000);
    for text in
        ["", "null", "{}", "7", "[7]", "[{}]", "[{\"mention\": \"\\ud800\"}]", deep.as_str()]
    {
        check_refused(text, "column `mentions` is no list of mentions");
    }
    check_refused("[]", "column `mentions` has 0 of them");
    let one: Value = serde_json::from_str::<Vec<Value>>(&good).unwrap().remove(0);
    check_refused(&json!([one, one]).to_string(), "mention `a#33:ASSAULT` stands twice");
    let small = json!({ "mention": "m", "document": "d", "type": "AID", "probability_millionths": 1, "sentence": [0, 1], "trigger": [0, 1] });
    let many: Vec<String> = (0..200_001).map(|_| small.to_string()).collect();
    check_refused(&format!("[{}]", many.join(",")), "has 200001 of them");
    for (key, value) in [
        ("type", json!("NONE")),
        ("type", json!("attack")),
        ("mode", json!("visit")),
        ("stance", json!("shouts")),
        ("probability_millionths", json!(1_000_001)),
        ("date", json!({ "first": "2027-02-31", "last": "2027-03-02" })),
        ("date", json!({ "first": "2027-03-03", "last": "2027-03-02" })),
        ("date", json!({ "first": "0001-03-03", "last": "2027-03-02" })),
        ("sentence", json!([90, 10])),
        ("trigger", json!([-1, 10])),
        ("words", json!({ "actor": [7, 6] })),
        ("actor", json!({ "probability_millionths": 2_000_000 })),
        ("place", json!({ "latitude": 90_000_001, "longitude": 0 })),
        ("place", json!({ "geonames": -1 })),
        ("dead", json!({ "low": 5, "high": 4 })),
        ("missing", json!({ "low": 1_000_000_001 })),
        ("mention", json!("")),
    ] {
        let bad = with(one.clone(), &json!({ key: value }));
        check_refused(&json!([bad]).to_string(), &format!("has a `{key}` that cannot be"));
    }
}

#[test]
fn words_that_cut_a_letter_or_lie_outside_of_the_sentence_have_no_text() {
    let events = kept(&[line("a", &json!({}))]);
    let mut event = events[0].clone();
    let one: Value =
        serde_json::from_str::<Vec<Value>>(event.mentions.as_deref().unwrap()).unwrap().remove(0);
    let text = |sentence: &str, trigger: [i64; 2]| {
        let changed = with(one.clone(), &json!({ "text": sentence, "trigger": trigger }));
        event.mentions = Some(json!([changed]).to_string());
        of_event(&event).unwrap().remove(0).event.text
    };
    let mut text = text;
    assert_eq!(text("Обстрел", [10, 14]).as_deref(), Some("Об"));
    assert_eq!(text("Обстрел", [11, 14]), None);
    assert_eq!(text("Обстрел", [0, 14]), None);
    assert_eq!(text("Обстрел", [10, i64::MAX]), None);
}

#[test]
fn mentions_that_an_older_program_kept_have_what_there_is() {
    let old = json!([{ "mention": "a#7:AID", "document": "a", "type": "AID", "probability_millionths": 700_000, "stance": "tells",
        "language": "en", "publisher": null, "published": null, "sentence": [0, 30], "trigger": [7, 10], "words": { "actor": [0, 6] } }]);
    let day = |text| Date::parse(text).unwrap();
    let mut event = ReportedEvent::new(
        "e-1".to_owned(),
        "veche",
        Class::parse("AID").unwrap(),
        day("2027-03-01"),
        day("2027-03-02"),
    );
    event.mentions = Some(old.to_string());
    let row = of_event(&event).unwrap().remove(0);
    assert_eq!(
        (row.date, row.date_end, row.p_type),
        (day("2027-03-01"), day("2027-03-02"), Some(700_000))
    );
    assert_eq!((row.actors.len(), row.intensity), (0, score(row.class, None)));
}

#[test]
fn a_line_with_what_cannot_be_is_no_mention() {
    for (more, says) in [
        (json!({ "contexts": ["a;b"] }), "`contexts`"),
        (json!({ "contexts": [""] }), "`contexts`"),
        (json!({ "contexts": "military" }), "`contexts`"),
        (json!({ "coder": 7 }), "`coder`"),
        (json!({ "label": ["x"] }), "`label`"),
        (json!({ "label": "x".repeat(1025) }), "`label`"),
        (json!({ "place": { "text": "Ostrel", "margin": "wide" } }), "`margin`"),
        (
            json!({ "actor": { "text": "x", "probability_millionths": 1_000_001 } }),
            "`probability_millionths`",
        ),
        (json!({ "recipient": { "text": "x", "sectors": [7] } }), "`sectors`"),
    ] {
        let error = Mention::read(line("a", &more).to_string().as_bytes()).unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
    }
}

fn text() -> impl Strategy<Value = Option<String>> {
    proptest::option::of("\\PC{0,8}")
}

fn bytes_at() -> impl Strategy<Value = Option<(i64, i64)>> {
    proptest::option::of((0..i64::MAX, 0..i64::MAX))
}

fn party() -> impl Strategy<Value = Party> {
    let sector = proptest::collection::vec("[A-Z]{3}", 0..3);
    (text(), sector, text(), bytes_at(), proptest::option::of(0..=1_000_000_u32)).prop_map(
        |(code, sector, text, at, p)| Party { code, sector, words: Words { text, at }, p },
    )
}

fn location() -> impl Strategy<Value = Location> {
    let degrees = proptest::option::of((-90_000_000..=90_000_000, -180_000_000..=180_000_000));
    let numbers = (proptest::option::of(any::<i64>()), proptest::option::of(any::<i64>()));
    (text(), text(), degrees, numbers).prop_map(|(name, code, degrees, (geonameid, margin))| {
        Location {
            extracted_place: name.clone(),
            resolved_place: code.clone(),
            geonameid,
            degrees,
            country_code: code,
            resolution: name,
            margin,
        }
    })
}

fn people() -> impl Strategy<Value = Option<People>> {
    let people = (any::<i64>(), proptest::option::of(any::<i64>()));
    proptest::option::of(people.prop_map(|(min, max)| People { min, max }))
}

fn row() -> impl Strategy<Value = CodedMention> {
    let list = || proptest::collection::vec("\\PC{0,6}", 0..3);
    let parties = || proptest::collection::vec(party(), 0..3);
    let of = (0..16_usize, list(), list(), parties(), parties(), proptest::option::of(location()));
    let words = (text(), bytes_at()).prop_map(|(text, at)| Words { text, at });
    let numbers = (
        people(),
        people(),
        proptest::option::of(-100..=100),
        proptest::option::of(0..=1_000_000_u32),
    );
    (of, proptest::option::of(words), numbers, text()).prop_map(
        |(
            (class, mode, context, actors, recipients, location),
            words,
            (dead, missing, intensity, p),
            held,
        )| {
            let class = Class::all().nth(class).unwrap();
            let day = Date::parse("2027-03-02").unwrap();
            let row = ReportedEvent::new("e".to_owned(), "veche", class, day, day);
            CodedMention {
                mode,
                context: context.clone(),
                aux: context,
                actors,
                recipients,
                location,
                attribution: words.clone(),
                event: words.clone().unwrap_or_default(),
                sentence: words,
                dead,
                injured: missing,
                missing,
                intensity,
                p_type: p,
                confidence: p,
                label: held,
                ..of_event(&row).unwrap().remove(0)
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn rows_are_read_back_as_they_were_written(rows in proptest::collection::vec(row(), 0..12)) {
        let rows: Vec<CodedMention> = rows
            .into_iter()
            .enumerate()
            .map(|(at, row)| CodedMention { mention_id: Some(format!("m{at:02}")), ..row })
            .collect();
        let bytes = table(&rows);
        prop_assert_eq!(&bytes, &table(&rows.iter().rev().cloned().collect::<Vec<_>>()));
        prop_assert!(CodedTable::from_parquet(bytes[..bytes.len() - 9].to_vec()).is_err());
        prop_assert!(ReportedTable::from_parquet(bytes.clone()).is_err(), "of another kind");
        prop_assert_eq!(read_back(bytes), rows);
    }

    #[test]
    fn no_json_makes_the_export_panic(text in "[\\[{\"a-z:,0-9}\\]]{0,60}") {
        let day = Date::parse("2027-03-02").unwrap();
        let mut event = ReportedEvent::new("e".to_owned(), "veche", Class::parse("AID").unwrap(), day, day);
        event.mentions = Some(text);
        let _read = of_event(&event);
    }
}
