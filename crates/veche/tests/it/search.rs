//! Search by the command line, and what `fsck` says of its index.
#![cfg(unix)]

use crate::running::{STORE, with_node};
use crate::support::{Place, Screen};

fn say(place: &Place, title: &str, text: &str) {
    place.put("said.json", serde_json::json!({"title": title, "text": text}).to_string());
    let say = "--kind report --terms said.json --passphrase-file pass.txt";
    place.veche(&format!("record say --store {STORE} {say}")).good();
}

fn with_reports() -> Place {
    let place = with_node();
    say(&place, "River at 4.2 m", "Rising at the quay.");
    say(&place, "River at 4.4 m", "Река поднялась; the quay is closed.");
    place
}

fn search(place: &Place, arguments: &str) -> Screen {
    place.veche(&format!("search --store {STORE} {arguments}"))
}

fn titles(screen: &Screen) -> Vec<String> {
    let found = screen.json();
    let hits = found["hits"].as_array().unwrap().iter();
    hits.map(|hit| hit["title"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_was_said_is_found_by_its_words_newest_first_and_page_by_page() {
    let place = with_reports();
    assert_eq!(titles(&search(&place, "--json RIV quay")), ["River at 4.4 m", "River at 4.2 m"]);
    assert_eq!(titles(&search(&place, "--json река")), ["River at 4.4 m"]);
    let first = search(&place, "--json river --limit 1");
    assert_eq!(titles(&first), ["River at 4.4 m"]);
    let next = first.json()["next"].as_str().unwrap().to_owned();
    let second = search(&place, &format!("--json river --limit 1 --after {next}"));
    assert_eq!(titles(&second), ["River at 4.2 m"]);
    assert!(second.json()["next"].is_null(), "{second}");
    let shown = search(&place, "closed");
    assert!(shown.good().contains(" report of Arven, "), "{shown}");
    assert!(
        shown.good().contains("\n  Река поднялась; the quay is closed. · River at 4.4 m\n"),
        "{shown}"
    );
    assert_eq!(
        search(&place, "ferry").good(),
        "nothing that may be read here was said with `ferry`\n"
    );
}

#[test]
fn a_question_that_is_none_is_refused_with_what_to_do() {
    let place = with_reports();
    let long = "w".repeat(201);
    let screens: Vec<String> = ["***", long.as_str(), "river --after 00", "river --limit 0", ""]
        .map(|arguments| search(&place, arguments).to_string())
        .to_vec();
    insta::assert_snapshot!(screens.join("\n").replace(&long, "LONG"), @r"
    [standard error]
    error: cannot search: `q` is the words to look for, and there is none in it
    [exit 2]
    [standard error]
    error: cannot search: `q` has at most 200 characters
    [exit 2]
    [standard error]
    error: cannot search: there is no record `00` here
    [exit 3]
    [standard error]
    error: invalid value '0' for '--limit <LIMIT>': 0 is not in 1..=1000

    For more information, try '--help'.
    [exit 2]
    [standard error]
    error: the following required arguments were not provided:
      <WORDS>...

    Usage: veche search --store <STORE> <WORDS>...

    For more information, try '--help'.
    [exit 2]
    ");
}

#[test]
fn fsck_finds_an_index_that_is_behind_or_holds_what_no_record_says() {
    let place = with_reports();
    let fsck = |arguments: &str| place.veche(&format!("fsck {STORE} {arguments}"));
    assert!(fsck("").good().ends_with("the store is whole\n"));
    let change = |sql: &str| {
        let store = rusqlite::Connection::open(place.path().join(STORE)).unwrap();
        store.execute_batch(sql).unwrap();
    };
    change("DELETE FROM words WHERE rowid = 2; UPDATE words_until SET entry = 1");
    let behind = fsck("");
    assert!(behind.good().contains("index for search: 1 record behind"), "{behind}");
    change(
        "INSERT INTO words (rowid, text) VALUES (77, 'ferry'); UPDATE words SET text = 'boat' WHERE rowid = 1",
    );
    insta::assert_snapshot!(fsck("").out.lines().filter(|line| line.contains("index") || line.contains("fault")).collect::<Vec<_>>().join("\n"), @r"
    index for search: 1 record behind; the node reads them when it starts
    fault: record 0 of two-banks.example/arven/1, index for search: its words are not the record's; throw it away with `veche fsck --forget-index`, and the next start makes it anew
    fault: index for search: words of 1 entries that no record has; throw it away with `veche fsck --forget-index`, and the next start makes it anew
    2 faults
    ");
    let forgotten = fsck("--forget-index");
    assert!(forgotten.good().contains("index for search: 2 records behind"), "{forgotten}");
    assert_eq!(titles(&search(&place, "--json river")).len(), 2, "the start made it anew");
    assert!(fsck("").good().ends_with("the store is whole\n"));
}
