//! `veche events`: from text to mentions, from mentions to events, and to the index.

use crate::support::{Place, Screen};
use serde_json::{Value, json};
use std::process::Stdio;

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

/// The name of a mention: its event as `veche events join` writes it.
fn named(place: &Place, document: &str) -> String {
    let events = lines(&place.veche("events join mentions.jsonl").out);
    let mentions = events.iter().map(|event| event["mentions"].as_str().unwrap());
    let mentions: Vec<Value> =
        mentions.flat_map(|json| serde_json::from_str::<Vec<Value>>(json).unwrap()).collect();
    let of = mentions.iter().find(|mention| mention["document"] == document).unwrap();
    of["reference"].as_str().unwrap().to_owned()
}

#[test]
fn corrections_of_a_file_are_applied_whenever_mentions_are_joined() {
    let place = coded();
    let said = |finding: &str, of: &str, more: Value| {
        let mut line = json!({ "finding": finding, "event": "e-1", "mentions": [named(&place, of)], "analyst": "A. Reader", "reason": "Read.",
            "record": finding, "known": "2026-11-25T09:00:00Z" });
        for (field, value) in more.as_object().unwrap() {
            line[field] = value.clone();
        }
        line.to_string() + "\n"
    };
    let no = said("rejected", "c", json!({}));
    let apart = said("split", "a", json!({ "others": [named(&place, "b")] }));
    place.put("said.jsonl", format!("{no}\n{apart}{no}"));
    let screen =
        place.veche("events join mentions.jsonl --corrections said.jsonl --out right.parquet");
    assert_eq!(screen.code, Some(0), "{screen}");
    assert!(screen.err.ends_with("3 mentions, 3 events\n"), "{screen}");
    place.put("turned.jsonl", format!("{apart}{no}"));
    place.veche("events join mentions.jsonl --corrections turned.jsonl --out turned.parquet");
    assert!(place.get("turned.parquet") == place.get("right.parquet"), "the same bytes");
    let events = lines(&place.veche("events show right.parquet").out);
    let rejected = events.iter().find(|event| event["review"] == "rejected").unwrap();
    assert!(rejected["corrections"].as_str().unwrap().contains("A. Reader"), "{rejected}");
    let screen = place.veche("events counts right.parquet --out counts.csv");
    assert!(screen.err.contains("outside: 1 rejected by an analyst"), "{screen}");
    place.put("said.jsonl", said("corrected", "c", json!({})));
    let screen = place.veche("events join mentions.jsonl --corrections said.jsonl");
    assert_eq!(screen.code, Some(5), "{screen}");
    assert!(screen.err.contains("line 1: `finding`: corrected is what says something"), "{screen}");
}

#[cfg(unix)]
#[test]
fn what_analysts_signed_at_a_node_comes_out_as_a_file_with_the_sentences() {
    use crate::running::{STORE, TWO_BANKS, made_under};
    let place = made_under(&format!(
        "{TWO_BANKS}\n[acts.report_word]\ntitle = \"Word on a report\"\nfields = {{ event = \"text!\", mentions = \"texts!\", others = \"texts\", \
         finding = \"word! confirmed|corrected|merged|split|rejected\", type = \"text\", actor = \"text\", recipient = \"text\", place = \"text\", \
         day = \"text\", analyst = \"text!\", reason = \"text!\" }}\n"
    ));
    let coded = coded();
    place.put("mentions.jsonl", coded.get("mentions.jsonl"));
    let terms = json!({ "event": "e-1", "mentions": [named(&place, "c")], "finding": "corrected", "type": "COERCE", "actor": "-",
        "analyst": "A. Reader", "reason": "Nobody fired." });
    place.put("word.json", terms.to_string());
    let screen = place.veche(&format!(
        "record say --store {STORE} --kind report_word --terms word.json --passphrase-file pass.txt"
    ));
    assert_eq!(screen.code, Some(0), "{screen}");
    let screen = place.veche(&format!(
        "events corrections --store {STORE} --mentions mentions.jsonl --out said.jsonl"
    ));
    assert_eq!(
        (screen.code, screen.err.as_str()),
        (Some(0), "1 correction with 1 sentence\n"),
        "{screen}"
    );
    let said = lines(&String::from_utf8(place.get("said.jsonl")).unwrap()).remove(0);
    assert_eq!(
        (&said["finding"], &said["party"], &said["type"]),
        (&"corrected".into(), &"arven".into(), &"COERCE".into())
    );
    let sentence = &said["sentences"][0];
    assert!(sentence["text"].as_str().unwrap().starts_with("Rebels attacked"), "{said}");
    assert_eq!((&sentence["trigger"], &sentence["beside"]), (&"attacked".into(), &json!([])));
    place.veche("events join mentions.jsonl --corrections said.jsonl --out right.jsonl");
    let events = lines(&place.veche("events show right.jsonl").out);
    let right = events.iter().find(|event| event["review"] == "corrected").unwrap();
    assert_eq!((&right["kind"], &right["actor"]), (&"COERCE".into(), &Value::Null));
}

#[test]
fn a_folder_of_models_that_are_none_is_refused() {
    let place = coded();
    std::fs::create_dir(place.path().join("own")).unwrap();
    place.put("own/english-events.bin", "x");
    place.put("own/russian-events.bin", "x");
    let screen = place.veche("code feed.jsonl --models own");
    assert_eq!(screen.out, "");
    assert!(screen.code != Some(0) && screen.err.starts_with("error"), "{screen}");
    let screen = place.veche("code feed.jsonl --models none");
    assert!(screen.err.contains("english-events.bin"), "{screen}");
}

/// Runs a command with bytes on its standard input.
fn veche_with(place: &Place, arguments: &str, input: &[u8]) -> Screen {
    use std::io::Write as _;
    let mut command = place.command(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    Screen::of(&child.wait_with_output().unwrap())
}

#[test]
fn mentions_are_exported_alike_from_whatever_holds_their_events() {
    let place = coded();
    place.veche("events join mentions.jsonl --out events.parquet");
    place.veche("events join mentions.jsonl --out events.jsonl");
    let screen = place.veche("events export events.parquet --out table.parquet");
    assert_eq!((screen.code, screen.err.as_str()), (Some(0), "3 rows of 2 events\n"), "{screen}");
    place.veche("events export events.jsonl --out again.parquet");
    assert!(place.get("again.parquet") == place.get("table.parquet"), "the same bytes");
    veche_with(&place, "events export - --out piped.parquet", &place.get("events.jsonl"));
    assert!(place.get("piped.parquet") == place.get("table.parquet"), "the same bytes");
    let rows = lines(&place.veche("events export events.parquet").out);
    place.veche("events export events.parquet --out table.jsonl");
    assert_eq!(lines(&String::from_utf8(place.get("table.jsonl")).unwrap()), rows);
    let row = rows.iter().find(|row| row["doc_id"] == "a").unwrap();
    assert_eq!((&row["event_text"], &row["intensity"]), (&"shelled".into(), &json!(-9.5)), "{row}");
    assert_eq!((&row["dead"], &row["n_sources"]), (&json!({ "min": 12, "max": null }), &2.into()));
    let text = feed();
    let first: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    let place_of = |key: &str| usize::try_from(row[key].as_u64().unwrap()).unwrap();
    let words = &first["text"].as_str().unwrap()[place_of("span_start")..place_of("span_end")];
    assert_eq!(words, "shelled");
    let actor = &row["actors"][0];
    assert_eq!((&actor["text"], &actor["sector"]), (&"Rebels".into(), &json!(["REB"])), "{row}");
}

#[test]
fn lines_of_the_coder_are_exported_as_they_are_in_whatever_order() {
    let place = coded();
    let screen = place.veche("events export mentions.jsonl --out table.parquet");
    assert_eq!((screen.code, screen.err.as_str()), (Some(0), "3 rows\n"), "{screen}");
    let text = String::from_utf8(place.get("mentions.jsonl")).unwrap();
    let mut turned: Vec<&str> = text.lines().rev().collect();
    turned.push(turned[0]);
    let turned = turned.join("\n");
    veche_with(&place, "events export - --out turned.parquet", turned.as_bytes());
    assert!(place.get("turned.parquet") == place.get("table.parquet"), "the same bytes");
    let coded = lines(&text);
    let own = |row: &Value| coded.iter().any(|line| line["coder"] == row["coder_hash"]);
    for row in lines(&place.veche("events export mentions.jsonl --label GROUP(health)").out) {
        assert_eq!((&row["event_id"], &row["label"]), (&Value::Null, &"GROUP(health)".into()));
        assert!(own(&row) && row["coder_hash"].as_str().unwrap().len() == 16, "{row}");
    }
    let said = json!({ "label": "PUBLIC" });
    let mut line = coded[0].clone();
    line["label"] = said["label"].clone();
    place.put("said.jsonl", line.to_string());
    let row = lines(&place.veche("events export said.jsonl --label COMPACT").out).remove(0);
    assert_eq!(row["label"], "PUBLIC", "what the line says itself stands");
    place.put("bad.jsonl", format!("not json\n{text}{{\"document\": \"x\"}}\n"));
    let screen = place.veche("events export bad.jsonl --out bad.parquet");
    assert_eq!(screen.code, Some(5), "{screen}");
    assert!(screen.err.ends_with("3 rows; 2 passed over\n"), "{screen}");
    let screen = place.veche("events export mentions.jsonl --label not/a/label");
    assert_eq!((screen.code, screen.out.as_str()), (Some(2), ""), "{screen}");
}

#[test]
fn another_table_of_states_is_another_coder() {
    let place = coded();
    let hash = |screen: &Screen| lines(&screen.out)[0]["coder"].clone();
    let usual = hash(&place.veche("code feed.jsonl --least 60"));
    assert_eq!(usual, hash(&place.veche("code feed.jsonl --least 30")), "bars are no part of it");
    let charter = hash(&place.veche("code feed.jsonl --least 60 --charter six-rivers"));
    assert_ne!(usual, charter);
}

#[test]
fn events_whose_mentions_cannot_be_are_refused_and_nothing_is_written() {
    let place = coded();
    place.veche("events join mentions.jsonl --out events.jsonl");
    let good = String::from_utf8(place.get("events.jsonl")).unwrap();
    let spoilt = |change: &dyn Fn(&mut Value)| {
        let mut event: Value = serde_json::from_str(good.lines().next().unwrap()).unwrap();
        change(&mut event);
        event.to_string()
    };
    let cut = spoilt(&|event| {
        let mentions = event["mentions"].as_str().unwrap();
        event["mentions"] = mentions[..mentions.len() - 5].into();
    });
    let deep = spoilt(&|event| event["mentions"] = "[".repeat(300_000).into());
    let wrong = spoilt(&|event| {
        let mentions = event["mentions"].as_str().unwrap();
        event["mentions"] = mentions.replace("\"type\":\"", "\"type\":\"X").into();
    });
    let mut odd = good.clone().into_bytes();
    let at = good.find("Rebels").unwrap();
    odd[at] = 0xff;
    let all: [(&str, Vec<u8>, &str); 4] = [
        ("cut", cut.into_bytes(), "column `mentions` is no list of mentions"),
        ("deep", deep.into_bytes(), "column `mentions` is no list of mentions"),
        ("wrong", wrong.into_bytes(), "has a `type` that cannot be"),
        ("odd", odd, "not one of its lines is a mention"),
    ];
    for (name, bytes, says) in all {
        place.put(&format!("{name}.jsonl"), bytes);
        let screen = place.veche(&format!("events export {name}.jsonl --out table.parquet"));
        assert!(screen.code == Some(5) && screen.err.contains(says), "{name}: {screen}");
        assert!(!place.path().join("table.parquet").exists(), "{name}");
    }
    place.veche("events join mentions.jsonl --out events.parquet");
    let whole = place.get("events.parquet");
    place.put("short.parquet", &whole[..whole.len() / 2]);
    let screen = place.veche("events export short.parquet --out table.parquet");
    assert!(screen.code == Some(5) && screen.err.contains("veche.sum"), "{screen}");
    assert!(!place.path().join("table.parquet").exists());
    let screen = place.veche("events export events.parquet --out ./events.parquet");
    assert!(screen.code == Some(5) && screen.err.contains("`--out` names the file"), "{screen}");
    assert!(place.get("events.parquet") == whole, "what was there stays");
    // An export is no file of events.
    place.veche("events export events.parquet --out table.parquet");
    let screen = place.veche("events export table.parquet");
    assert!(
        screen.code == Some(5) && screen.err.contains("`mention/1`, not `reported/1`"),
        "{screen}"
    );
}

#[test]
fn an_imported_data_set_is_exported_to_the_same_columns() {
    let place = Place::new();
    place.put(
        "phoenix.txt",
        "20261123\tARMGOV\tBLRMIL\t042\t\ts_1\tbelta\tArmenia\tBelarus\tvisited\n",
    );
    place.veche("events import phoenix phoenix.txt --out kept.parquet");
    let screen = place.veche("events export kept.parquet");
    assert_eq!((screen.code, screen.err.as_str()), (Some(0), "1 row of 1 event\n"), "{screen}");
    let row = lines(&screen.out).remove(0);
    assert_eq!(
        (&row["event_id"], &row["mention_id"]),
        (&"phoenix:s_1:ARMGOV:BLRMIL:042".into(), &Value::Null)
    );
    let actor = &row["actors"][0];
    assert_eq!((&actor["code"], &actor["sector"]), (&"ARM".into(), &json!(["GOV"])), "{row}");
}
