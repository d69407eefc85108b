//! `veche code` and `veche bench coder`.

use crate::support::Place;
use serde_json::Value;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;

const TEXT: &str = "Rebels shelled a village near Minsk on Tuesday, killing at least 12 people.\n\n\
    The museum in Yerevan opens a show of old carpets.\n";

fn lines(out: &str) -> Vec<Value> {
    out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn an_event_is_a_line_whose_places_are_bytes_of_the_file() {
    let place = Place::new();
    place.put("report.txt", TEXT);
    let screen = place.veche("code report.txt --date 2026-11-26");
    assert_eq!(screen.code, Some(0), "{screen}");
    let events = lines(&screen.out);
    assert_eq!(events.len(), 1, "{screen}");
    let event = &events[0];
    assert_eq!(event["type"], "ASSAULT");
    assert_eq!(event["actor"]["text"], "Rebels");
    assert_eq!(event["date"]["first"], "2026-11-24");
    assert_eq!(event["dead"]["low"], 12);
    let (start, end) =
        (event["trigger"]["start"].as_u64().unwrap(), event["trigger"]["end"].as_u64().unwrap());
    let bytes = usize::try_from(start).unwrap()..usize::try_from(end).unwrap();
    assert_eq!(&TEXT[bytes], event["trigger"]["text"]);
    assert!(event.get("why").is_none());
    assert_eq!(screen.err, "1 document, 2 sentences, 1 event\n");
}

/// Dictionaries as a user of PETRARCH has them; one line of them cannot be read.
fn dictionaries(place: &Place) {
    std::fs::create_dir_all(place.path().join("own")).unwrap();
    place.put(
        "own/a.actors.txt",
        "TARVO_ [TRV]\nKOLD_OSSIN\n\t[TRVOPP <20200101]\n\t[TRVGOV >20200101]\nLOST\n",
    );
    place.put("own/b.agents.txt", "FERRYMAN {FERRYMEN} [~LAB]\n");
    place.put("own/c.verbs.txt", "--- SHELL [190] ---\nSHELL\n- * &PLACE [190]\n");
    place.put("own/d.discards.txt", "+REGATTA\nCHESS_CLUB\n");
    place.put("own/README.md", "no dictionary");
}

#[test]
fn dictionaries_of_petrarch_add_names_and_discard_sentences() {
    let place = Place::new();
    dictionaries(&place);
    place.put("report.txt", "Kold Ossin arrested 40 rebels in Tarvo on Tuesday.\n\nRebels shelled a chess club near Minsk.\n");
    let screen = place.veche("code report.txt --date 2026-11-26 --petrarch own");
    assert_eq!(screen.code, Some(0), "{screen}");
    let events = lines(&screen.out);
    assert_eq!(events.len(), 1, "{screen}");
    assert_eq!(events[0]["actor"]["code"], "TRVGOV", "{screen}");
    for says in [
        "not taken over: own/a.actors.txt, line 5: `LOST` has no code",
        "not taken over: own/c.verbs.txt, line 3: `&PLACE` is not defined",
        "petrarch: 1 state and 1 other actor by name, 2 agent names, ",
        "1 document, 2 sentences, 1 event; 1 discarded\n",
    ] {
        assert!(screen.err.contains(says), "{says}: {screen}");
    }
    let earlier = place.veche("code report.txt --date 2019-11-26 --petrarch own");
    assert_eq!(lines(&earlier.out)[0]["actor"]["code"], "TRVOPP", "{earlier}");
    let without = place.veche("code report.txt --date 2026-11-26");
    assert_eq!(lines(&without.out).len(), 2, "{without}");
}

#[test]
fn a_folder_without_dictionaries_or_with_two_of_verbs_is_refused() {
    let place = Place::new();
    place.put("report.txt", TEXT);
    std::fs::create_dir(place.path().join("none")).unwrap();
    place.put("none/notes.md", "x");
    let screen = place.veche("code report.txt --petrarch none");
    assert_ne!(screen.code, Some(0), "{screen}");
    assert!(
        screen.err.contains("`none` has no dictionary: name them as PETRARCH does"),
        "{screen}"
    );
    dictionaries(&place);
    place.put("own/e.verbs.txt", "--- SHELL [190] ---\nSHELL\n");
    let screen = place.veche("code report.txt --petrarch own");
    assert!(screen.err.contains("are both dictionaries of verbs"), "{screen}");
}

#[test]
fn a_suite_of_records_is_counted_by_what_it_tests() {
    let place = Place::new();
    dictionaries(&place);
    let record = |id: &str, target: &str| {
        format!(
            "<Sentence date=\"20210101\" id=\"{id}\" category=\"DEMO\" sentence=\"true\">\
        <EventCoding sourcecode=\"TRVGOV\" targetcode=\"{target}\" eventcode=\"190\"/><Text>x</Text>\
        <Parse>(S (NP (NNP Kold) (NNP Ossin)) (VP (VBD shelled) (NP (NNP Tarvo) (NNS ferrymen))))</Parse></Sentence>"
        )
    };
    let suite = format!(
        "<Validation><Environment><Verbfile>c.verbs.txt</Verbfile><Actorfile>a.actors.txt</Actorfile>\
         <Agentfile>b.agents.txt</Agentfile><Discardfile>d.discards.txt</Discardfile></Environment>{}{}</Validation>",
        record("A-1", "TRVLAB"),
        record("A-2", "TRV"),
    );
    place.put("suite.xml", suite);
    let screen = place.veche("bench coder --petrarch-suite suite.xml --dictionaries own");
    assert_eq!(screen.code, Some(0), "{screen}");
    for says in [
        "| DEMO | 1 | 1 | 0 |",
        "| all 2 | 1 | 1 | 0 |",
        "A-2: expected TRVGOV TRV 190; found TRVGOV TRVLAB 190",
    ] {
        assert!(screen.out.contains(says), "{says}: {screen}");
    }
    // The sentence is no more than `x`: there is nothing to code.
    let own = place.veche("bench coder --petrarch-suite suite.xml --dictionaries own --own-parse");
    assert!(own.out.contains("| all 2 | 0 | 2 | 0 |"), "{own}");
}

#[test]
fn what_decided_is_told_if_asked_for() {
    let place = Place::new();
    place.put("report.txt", TEXT);
    let events = lines(&place.veche("code report.txt --explain").out);
    let why = events[0]["why"].as_array().unwrap();
    assert!(!why.is_empty() && why.iter().all(|reason| reason["millibits"].is_i64()));
}

#[test]
fn names_that_nothing_knows_are_listed_for_a_person() {
    let place = Place::new();
    let text = "Qorvania shelled Armenia on Monday.\n\nQorvania attacked Armenia again.\n\nRussia accused Zhimbel of shelling.\n";
    place.put("news.txt", text);
    let screen = place.veche("code news.txt --unknown unknown.tsv");
    assert_eq!(screen.code, Some(0), "{screen}");
    let told = std::fs::read_to_string(place.path().join("unknown.tsv")).unwrap();
    let rows: Vec<&str> = told.lines().collect();
    assert_eq!(rows[0], "name\ttimes\tdocument");
    assert!(rows[1].starts_with("Qorvania\t2\t"), "{told}");
    assert!(!told.contains("Armenia") && !told.contains("Russia"), "{told}");
}

#[test]
fn a_bad_document_is_told_and_passed_over() {
    let place = Place::new();
    let good = r#"{"id": "a-1", "date": "2026-11-26", "text": "Armenia signed an agreement with Kazakhstan."}"#;
    let feed = format!(
        "{good}\nnot json\n{{\"id\": 7}}\n{{\"text\": \"x\", \"date\": \"soon\"}}\n\n{good}\n"
    );
    place.put("feed.jsonl", feed);
    let screen = place.veche("code feed.jsonl");
    assert_eq!(screen.code, Some(5), "{screen}");
    let events = lines(&screen.out);
    assert_eq!(events.len(), 2, "{screen}");
    assert!(events.iter().all(|event| event["document"] == "a-1" && event["type"] == "SUPPORT"));
    for says in [
        "feed.jsonl line 2: it is no JSON",
        "line 3: it has no `text`",
        "line 4: `soon` is no day",
        "; 3 passed over",
    ] {
        assert!(screen.err.contains(says), "{screen}");
    }
}

#[test]
fn a_long_text_is_coded_piece_by_piece_with_places_of_the_whole() {
    let place = Place::new();
    let filler = "The museum in Yerevan opens a show of old carpets.\n\n".repeat(12_000);
    let text = format!("{filler}Armenia signed an agreement with Kazakhstan.\n");
    place.put("long.txt", &text);
    let screen = place.veche("code long.txt");
    let event = lines(&screen.out).pop().unwrap();
    let start = usize::try_from(event["actor"]["start"].as_u64().unwrap()).unwrap();
    assert_eq!(text.get(start..start + 7), Some("Armenia"));
    assert!(screen.err.starts_with("1 document, 12001 sentences, "), "{screen}");
}

#[test]
fn bytes_that_are_no_text_give_no_event_and_no_fault() {
    let place = Place::new();
    place.put("noise", [0xFF, 0xFE, 0, 0x80].repeat(100_000));
    let screen = place.veche("code noise");
    assert_eq!((screen.code, screen.out.as_str()), (Some(0), ""), "{screen}");
}

/// Says the same in every form that is read.
const SAYS: &str = "Rebels shelled a village near Minsk, killing at least 12 people.";

fn page() -> String {
    format!(
        "<html><head><title>Shells</title></head><body><nav><a href=/>Home</a></nav><p>{SAYS}</p></body></html>"
    )
}

fn rss() -> String {
    format!(
        "<rss><channel><title>Wire</title><item><guid>r-1</guid><title>Shells</title>\
         <pubDate>Mon, 23 Nov 2026 08:00:00 +0000</pubDate><description>{SAYS}</description></item></channel></rss>"
    )
}

fn warc() -> Vec<u8> {
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n{}", page());
    let record = |kind: &str, body: &str| {
        let len = body.len();
        format!(
            "WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: https://example.org/a\r\n\
             WARC-Date: 2026-11-23T08:00:00Z\r\nContent-Length: {len}\r\n\r\n{body}\r\n\r\n"
        )
    };
    [record("warcinfo", "software: x"), record("response", &answer)].concat().into_bytes()
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

#[test]
fn every_form_in_a_folder_is_read_and_a_bad_file_is_passed_over() {
    let place = Place::new();
    std::fs::create_dir_all(place.path().join("in/below")).unwrap();
    place.put("in/a.txt", SAYS);
    place.put("in/below/b.html", page());
    place.put("in/c.xml", rss());
    place.put("in/d.warc.gz", packed(&warc()));
    place.put(
        "in/e.jsonl",
        format!("{{\"id\": \"e\", \"source\": \"Wire\", \"text\": \"{SAYS}\"}}\n"),
    );
    place.put(
        "in/f.xml",
        "<!DOCTYPE x [<!ENTITY a \"aa\">]><rss><item><title>&a;</title></item></rss>",
    );
    place.put("in/g.gz", [0x1F, 0x8B, 8, 0, 1, 2, 3]);
    place.put("in/.hidden", SAYS);
    let screen = place.veche("code in");
    assert_eq!(screen.code, Some(5), "{screen}");
    let told: Vec<String> = lines(&screen.out)
        .iter()
        .map(|event| {
            format!(
                "{} {} {} {}",
                event["document"], event["type"], event["title"], event["publisher"]
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "\"in/a.txt\" \"ASSAULT\" null null",
            "\"in/below/b.html\" \"ASSAULT\" \"Shells\" null",
            "\"in/c.xml r-1\" \"ASSAULT\" \"Shells\" \"Wire\"",
            "\"https://example.org/a 2026-11-23T08:00:00Z\" \"ASSAULT\" \"Shells\" null",
            "\"e\" \"ASSAULT\" null \"Wire\"",
        ],
        "{screen}"
    );
    for says in
        ["in/f.xml: it makes references of its own", "in/g.gz: cannot read", "; 2 passed over"]
    {
        assert!(screen.err.contains(says), "{screen}");
    }
}

#[test]
fn an_archive_that_was_made_to_burst_stops_where_it_does() {
    let place = Place::new();
    let mut bytes = warc();
    bytes.extend_from_slice(b"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 99000000\r\n\r\n");
    bytes.resize(bytes.len() + 99_000_000, 0);
    place.put("bomb.warc.gz", packed(&bytes));
    let screen = place.veche("code bomb.warc.gz");
    assert_eq!((screen.code, lines(&screen.out).len()), (Some(5), 1), "{screen}");
    assert!(screen.err.contains("it unpacks to more than 150 times its length"), "{screen}");
    let mut cut = warc();
    cut.truncate(cut.len() - 40);
    place.put("cut.warc", cut);
    let screen = place.veche("code cut.warc");
    assert!(screen.err.contains("it ends within the record"), "{screen}");
}

#[test]
fn a_long_head_of_an_archive_shifts_nothing_and_a_long_text_in_it_is_told() {
    let place = Place::new();
    let record = |head: &str, answer: &[u8]| {
        let len = answer.len();
        let front =
            format!("WARC/1.0\r\nWARC-Type: response\r\n{head}Content-Length: {len}\r\n\r\n");
        [front.as_bytes(), answer, b"\r\n\r\n"].concat()
    };
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n{}", page());
    let many = "X-Field: x\r\n".repeat(500);
    let wide = format!("X-Field: {}\r\n", "x".repeat(40_000));
    let gz = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n\r\n";
    let mut words = String::new();
    while words.len() < 9 * 1024 * 1024 {
        write!(words, "{} ", words.len() * 7919 % 1_000_003).unwrap();
    }
    let long = [gz.as_slice(), &packed(words.as_bytes())].concat();
    let whole =
        [record(&wide, answer.as_bytes()), record("", &long), record(&many, answer.as_bytes())];
    place.put("a.warc", whole.concat());
    let screen = place.veche("code a.warc");
    assert_eq!((screen.code, lines(&screen.out).len()), (Some(5), 2), "{screen}");
    assert!(screen.err.contains("record 2: its text has more than 8388608 bytes"), "{screen}");
}

#[test]
fn a_line_without_an_end_is_coded_in_pieces() {
    let place = Place::new();
    place.put("line", "The museum in Yerevan opens a show of old carpets. ".repeat(40_000));
    let screen = place.veche("code line");
    assert_eq!((screen.code, screen.out.as_str()), (Some(0), ""), "{screen}");
    assert!(screen.err.starts_with("1 document, 400"), "{screen}");
}

#[test]
fn a_name_in_letters_of_two_alphabets_is_still_known() {
    let place = Place::new();
    // A Cyrillic о in "Moscow" and a Latin one in "Москва".
    place.put(
        "en.txt",
        "M\u{43e}scow attacked a village near the border on Tuesday, killing 12 people.",
    );
    let events = lines(&place.veche("code en.txt").out);
    assert_eq!(events[0]["actor"]["code"], "RUS");
}

#[test]
fn speed_is_told_for_each_stage_and_number_of_cores() {
    let place = Place::new();
    place.put("report.txt", SAYS);
    let screen = place.veche("bench coder --speed report.txt --mebibytes 0 --stages --json");
    let told = screen.json();
    assert_eq!(told["runs"][0]["events"], 1, "{screen}");
    assert!(told["runs"].as_array().unwrap().iter().all(|run| run["sentences"] == 1), "{screen}");
    assert_eq!(told["stages"].as_object().unwrap().len(), 6, "{screen}");
    assert_eq!(place.veche("bench coder --stages").code, Some(2));
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let place = Place::new();
    assert_eq!(place.veche("code nothing.txt").code, Some(3));
    let screen = place.veche("code nothing.txt --date yesterday");
    assert_eq!(screen.code, Some(2));
    assert!(screen.err.contains("write it as 2026-11-23"), "{screen}");
}

#[test]
fn a_gold_file_is_scored_by_its_codes() {
    let place = Place::new();
    let record = |event: &str, text: &str, source: &str, target: &str| {
        format!(
            r#"{{"event": "{event}", "text": "{text}", "source": [{{"code": "{source}"}}], "target": [{{"code": "{target}"}}]}}"#
        )
    };
    let records = [
        record("SUPPORT", "Armenia signed an agreement with Kazakhstan.", "ARMGOV", "KAZ"),
        record("SUPPORT", "Armenia signed an agreement with Kazakhstan.", "ARM", "BLR"),
        record("DEMAND", "The museum in Yerevan opens a show of old carpets.", "ARM", "ARM"),
        record("DOCUMENT", "a note", "", ""),
    ];
    place.put("gold.json", format!("[{}]", records.join(",")));
    let screen = place.veche("bench coder --gold gold.json --json");
    let result = screen.json();
    assert_eq!((&result["records"], &result["passed_over"]), (&3.into(), &1.into()));
    let of = |name: &str| result[name][0].as_f64().unwrap().round();
    let found = [
        of("type hit"),
        of("type and source country"),
        of("type, source and target"),
        of("precision"),
    ];
    assert_eq!(found.map(|share| share.to_string()), ["67", "67", "33", "100"]);
}

#[test]
fn own_sentences_are_coded_by_models_that_have_not_seen_them() {
    let place = Place::new();
    let mut file = String::new();
    for at in 0..60 {
        let (kind, verb) = [("ASSAULT", "attacked"), ("SUPPORT", "thanked")][at % 2];
        writeln!(
            file,
            r#"{{"id": "en-{at}", "text": "Orvessa {verb} Tamrin.", "events": [{{"type": "{kind}", "trigger": "{verb}", "actor": "Orvessa", "recipient": "Tamrin"}}]}}"#
        )
        .unwrap();
    }
    place.put("en.jsonl", &file);
    place.put(
        "ru.jsonl",
        file.replace("Orvessa", "Орвесса")
            .replace("Tamrin", "Тамрин")
            .replace("attacked", "атаковал")
            .replace("thanked", "благодарил"),
    );
    let result = place.veche("bench coder --own . --json").json();
    for language in ["en", "ru"] {
        assert_eq!(result[language]["type hit"][0].as_f64(), Some(100.0), "{result}");
        assert_eq!(result[language]["sentences"], 60);
    }
    place.put("ru.jsonl", "{}\n");
    let screen = place.veche("bench coder --own .");
    assert_eq!(screen.code, Some(5));
    assert!(screen.err.contains("line 1 of the labelled sentences: it has no `text`"), "{screen}");
}

#[test]
fn reports_that_are_joined_are_measured() {
    let place = Place::new();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../veche-coder/tests/data/clusters");
    let screen = place.veche(&format!("bench coder --clusters {folder}"));
    assert_eq!(screen.code, Some(0), "{screen}");
    let figures = screen.out.lines().filter(|line| line.contains("pairs: F1 ")).count();
    assert_eq!(figures, 4, "{screen}");
    assert!(screen.out.starts_with("c-01 to c-49, chosen on, from what was coded: 180 reports"));
}

const NATIONS: &str = "code\tstanding\ten\ten_adjective\ten_people\ten_capital\tru\tru_genitive\tru_adjective\tru_people\tru_capital\n\
    ORV\tother\tOrvessa\tOrvessan\tOrvessans\tOrvel\tОрвесса\tОрвессы\tорвесский\tорвессцы\tОрвель\n";
const PLACES: &str = "geonameid\tname\tlat\tlon\tcc\tadmin1\tpopulation\taltnames\n\
    7\tVael Pass\t42.1\t71.3\tORV\t\t0\tперевал Ваэль\n";

#[test]
fn parties_of_a_charter_states_of_a_table_and_places_are_actors_and_places() {
    let place = Place::new();
    place.put(
        "report.txt",
        "Orvessan soldiers attacked Ilmara near Vael Pass on Tuesday, killing three people.\n",
    );
    place.put("nations.tsv", NATIONS);
    place.put("places.tsv", PLACES);
    place.put("more.tsv", PLACES.replace("Vael Pass", "Kelm").replace("7\t", "8\t"));
    let asked = "code report.txt --charter six-rivers --nations nations.tsv --places more.tsv --places places.tsv";
    let screen = place.veche(asked);
    let event = &lines(&screen.out)[0];
    assert_eq!(event["actor"]["code"], "ORVMIL", "{screen}");
    assert_eq!(event["recipient"]["code"], "ILM", "{screen}");
    assert_eq!(
        (event["place"]["geonames"].as_u64(), event["place"]["code"].as_str()),
        (Some(7), Some("ORV"))
    );
    assert!(screen.err.contains("ILM Ilmara"), "{screen}");
    let without = lines(&place.veche("code report.txt").out);
    assert!(
        without.iter().all(|event| event["actor"]["code"] != "ORVMIL" && event["place"].is_null())
    );
    let bench = place.veche("bench coder --speed report.txt --mebibytes 0 --charter six-rivers --nations nations.tsv --places places.tsv");
    assert_eq!(bench.code, Some(0), "{bench}");
}

#[test]
fn a_table_of_names_that_cannot_be_read_is_told_with_its_line() {
    let place = Place::new();
    place.put("report.txt", TEXT);
    place.put("nations.tsv", NATIONS.replace("other", "else"));
    place.put("places.tsv", PLACES.replace("42.1", "142.1"));
    for (asked, says) in [
        (
            "code report.txt --nations nations.tsv",
            "`nations.tsv`: line 2: column `standing` has `else`",
        ),
        ("code report.txt --places places.tsv", "`places.tsv`: line 2: column `lat` has `142.1`"),
        ("code report.txt --charter six-river", "six-rivers"),
        ("bench coder --held x --nations nations.tsv", "cannot be used with"),
    ] {
        let screen = place.veche(asked);
        assert_ne!(screen.code, Some(0), "{screen}");
        assert!(screen.err.contains(says), "{screen}");
    }
}

#[test]
fn a_language_with_a_table_is_coded_if_asked_for_and_marked() {
    let place = Place::new();
    place.put("report.txt", "Памежнікі абстралялі вёску каля Мінска.\n");
    assert_eq!(place.veche("code report.txt --date 2026-11-26").out, "");
    let screen = place.veche("code report.txt --date 2026-11-26 --signals");
    let event = &lines(&screen.out)[0];
    assert_eq!((event["language"].as_str(), event["type"].as_str()), (Some("be"), Some("ASSAULT")));
    assert_eq!(event["experimental"], true);
    assert!(event["actor"].is_null() && event["recipient"].is_null());
}

#[test]
fn names_that_the_tables_know_are_scored_and_so_are_those_that_they_do_not() {
    let place = Place::new();
    place.put(
        "names.jsonl",
        "{\"id\": \"a\", \"text\": \"Армения в среду приняла Илана Торвика в Ереване.\", \"names\": [\
         {\"kind\": \"LOC\", \"text\": \"Армения\"}, {\"kind\": \"PER\", \"text\": \"Илана Торвика\"}, \
         {\"kind\": \"LOC\", \"text\": \"Ереване\"}]}\n",
    );
    let screen = place.veche("bench coder --names names.jsonl --json");
    let tables = &screen.json()["tables"];
    assert_eq!(tables["LOC"]["f1"][0].as_f64(), Some(100.0), "{screen}");
    assert_eq!(tables["PER"]["f1"][0].as_f64(), Some(0.0), "{screen}");
    assert_eq!(tables["of whatever kind"]["f1"][0].as_f64(), Some(100.0), "{screen}");
    // Cut short, in another encoding, of names that are not there, empty, absent.
    for (bytes, says) in [
        ("{\"text\": \"Мир.\", \"names".as_bytes(), "line 1 of the labelled names: it is no JSON"),
        (&b"\xcc\xe8\xf0"[..], "it is not UTF-8"),
        (
            "{\"text\": \"Мир.\", \"names\": [{\"kind\": \"LOC\", \"text\": \"Рим\"}]}".as_bytes(),
            "`Рим` is not in the text",
        ),
        (&b""[..], "there is no sentence in it"),
    ] {
        place.put("bad.jsonl", bytes);
        let screen = place.veche("bench coder --names bad.jsonl");
        assert_eq!(screen.code, Some(5), "{screen}");
        assert!(screen.err.contains(says), "{screen}");
    }
    assert_eq!(place.veche("bench coder --names nothing.jsonl").code, Some(3));
}

#[test]
fn the_list_of_unknown_names_has_no_person_that_the_network_knows_for_one() {
    let model = std::env::var_os("VECHE_RUSSIAN_MODEL").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/russian.bin")),
        PathBuf::from,
    );
    if !model.exists() {
        // Past the test harness, which hides what a passing test prints.
        let line = format!("SKIPPED: no model of Russian at {}\n", model.display());
        std::io::stderr().write_all(line.as_bytes()).unwrap();
        return;
    }
    let place = Place::new();
    place.put(
        "report.txt",
        "В среду Организация прибрежных стран осудила Дариуса Мелка за обстрел рынка в Пеллате.\n\n\
         По словам очевидцев, в четверг Рейна Сольт обвинила Дариуса Мелка в подлоге.\n",
    );
    let listed = |asked: &str| {
        let screen =
            place.veche(&format!("code report.txt --least 30 --unknown unknown.tsv {asked}"));
        assert_eq!(screen.code, Some(0), "{screen}");
        let table = String::from_utf8(place.get("unknown.tsv")).unwrap();
        table.lines().skip(1).map(|line| line.split('\t').next().unwrap().to_owned()).collect()
    };
    let without: Vec<String> = listed("");
    assert!(without.iter().any(|name| name.contains("Мелка")), "{without:?}");
    let with: Vec<String> = listed(&format!("--russian-model {}", model.display()));
    assert_eq!(with, ["Организация прибрежных стран"]);
}
