//! `veche events`: from text to mentions, from mentions to events, and to the index.

use crate::support::Place;
use serde_json::{Value, json};

/// Three reports of one shelling, one of them by nobody whom one trusts, and a claim that nobody else tells.
fn feed() -> String {
    let shelled = "Rebels shelled a village near Minsk on Tuesday, killing at least 12 people.";
    let again = "Rebels shelled a village near Minsk on Tuesday, and the number of dead has risen to 15 people.";
    let overrun = "Rebels attacked a border post near Yerevan on Monday, killing 40 soldiers.";
    [
        ("a", "Northern Wire", "2026-11-24T09:00:00Z", shelled),
        ("b", "Lakes Press", "2026-11-24T15:00:00Z", again),
        ("c", "Vael Pass Live", "2026-11-23T20:00:00Z", overrun),
    ]
    .iter()
    .map(|(id, source, date, text)| {
        json!({ "id": id, "source": source, "date": date, "text": text }).to_string() + "\n"
    })
    .collect()
}

fn lines(out: &str) -> Vec<Value> {
    out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn coded() -> Place {
    let place = Place::new();
    place.put("feed.jsonl", feed());
    place.put("publishers.tsv", "Northern Wire\tA\nLakes Press\tB\nVael Pass Live\tE\n");
    let screen = place.veche("code feed.jsonl --least 60");
    assert_eq!(screen.code, Some(0), "{screen}");
    place.put("mentions.jsonl", screen.out);
    place
}

#[test]
fn reports_of_one_event_are_joined_in_whatever_order_and_kept_alike() {
    let place = coded();
    let screen =
        place.veche("events join mentions.jsonl --sources publishers.tsv --out events.parquet");
    assert_eq!(screen.code, Some(0), "{screen}");
    assert!(screen.err.ends_with("3 mentions, 2 events\n"), "{screen}");
    let shown = place.veche("events show events.parquet").out;
    assert_eq!(shown, place.veche("events join mentions.jsonl --sources publishers.tsv").out);
    let text = String::from_utf8(place.get("mentions.jsonl")).unwrap();
    let mut turned: Vec<&str> = text.lines().rev().collect();
    turned.push(turned[0]);
    place.put("turned.jsonl", turned.join("\n"));
    let screen =
        place.veche("events join turned.jsonl --sources publishers.tsv --out turned.parquet");
    assert!(screen.err.ends_with("4 mentions, 2 events; 1 told twice\n"), "{screen}");
    assert!(place.get("turned.parquet") == place.get("events.parquet"), "the same bytes");
    let events = lines(&shown);
    let shelling = events.iter().find(|event| event["sources"] == 2).unwrap();
    assert_eq!((&shelling["kind"], &shelling["dead_low"]), (&"ASSAULT".into(), &15.into()));
    assert_eq!((&shelling["country"], &shelling["reliability"]), (&"BLR".into(), &"A".into()));
    assert!(shelling["history"].as_str().unwrap().contains("\"low\":12"), "{shelling}");
}

#[test]
fn what_only_the_unreliable_tell_stays_outside_the_index() {
    let place = coded();
    place.veche("events join mentions.jsonl --sources publishers.tsv --out events.parquet");
    let screen = place.veche("events counts events.parquet --out counts.csv");
    assert_eq!(screen.code, Some(0), "{screen}");
    assert_eq!(
        screen.err,
        "1 event counted, 1 month; outside: 1 told only by publishers of low reliability\n"
    );
    assert_eq!(
        String::from_utf8(place.get("counts.csv")).unwrap(),
        "country_id,year,month,events_conflict\n112,2026,11,1\n"
    );
    let screen =
        place.veche("picture import counts counts.csv --scheme iso --column events_conflict");
    assert_eq!(screen.code, Some(0), "{screen}");
    let screen = place.veche("picture areas --series events_conflict");
    assert!(screen.out.contains("iso:112"), "{screen}");
}

#[test]
fn lines_that_are_no_mentions_are_told_and_passed_over() {
    let place = coded();
    let good = String::from_utf8(place.get("mentions.jsonl")).unwrap();
    place.put("bad.jsonl", format!("not json\n\n{{\"document\": \"x\"}}\n{good}"));
    let screen = place.veche("events join bad.jsonl --out events.jsonl");
    assert_eq!(screen.code, Some(5), "{screen}");
    for says in ["bad.jsonl line 1: it is no JSON", "line 3: it has no `type`", "; 2 passed over"] {
        assert!(screen.err.contains(says), "{screen}");
    }
    assert_eq!(lines(&place.veche("events show events.jsonl").out).len(), 2);
}

#[test]
fn a_data_set_is_imported_with_what_was_passed_over() {
    let place = Place::new();
    let row =
        |id: &str, code: &str| format!("20261123\tARMGOV\tBLR\t{code}\t\t{id}\tbelta\t\t\t\n");
    place.put("phoenix.txt", row("s_1", "042") + &row("s_2", "010") + &row("s_3", "abc") + "cut\n");
    let screen = place.veche("events import phoenix phoenix.txt --out kept.parquet");
    assert_eq!(screen.code, Some(0), "{screen}");
    for says in [
        "phoenix.txt: 1 event; passed over",
        "1 with: no event of PLOVER",
        "line 3: column `cameo`: not one of the words of this column: `abc`",
        "line 4: the number of fields differs",
    ] {
        assert!(screen.err.contains(says), "{screen}");
    }
    assert_eq!(lines(&place.veche("events show kept.parquet").out)[0]["actor"], "ARMGOV");
    let screen = place.veche("events import icews phoenix.txt");
    assert_eq!(screen.code, Some(5), "{screen}");
    assert!(screen.err.contains("no column `event id`"), "{screen}");
}

#[test]
fn a_damaged_file_of_events_is_refused() {
    let place = Place::new();
    place.put("cut.parquet", "PAR1");
    place.put("cut.jsonl", "{\"event\": 7}\n");
    for (file, says) in [("cut.parquet", "no `veche.sum`"), ("cut.jsonl", "line 1: column `event`")]
    {
        let screen = place.veche(&format!("events show {file}"));
        assert_eq!(screen.code, Some(5), "{screen}");
        assert!(screen.err.contains(says), "{screen}");
    }
}
