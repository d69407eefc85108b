//! A party's own node from its keys to its desk: the chain that an operator walks.
#![cfg(unix)]

use crate::browser::Browser;
use crate::running::{BOTH, Running, TWO_BANKS, made_by_hand, signed_in, with_node};
use crate::support::{Place, Screen};
use veche_node::store::{Durability, Store};

/// What pages show of an exercise, and a node in earnest has not.
const OF_EXERCISES: [&str; 5] =
    ["EXERCISE", "/exercise", "action=\"/seat\"", "class=\"drill\"", "the exercise"];

const PAGES: [&str; 17] = [
    "/",
    "/cases",
    "/cases?state=all",
    "/cases/C-1",
    "/decisions",
    "/registers",
    "/registers/proposals",
    "/registers/commitments",
    "/log",
    "/log/arven",
    "/log/arven/0",
    "/picture",
    "/search",
    "/search?q=river",
    "/?wall=1",
    "/?theme=dark",
    "/search?q=nothing+of+that+name",
];

fn report(browser: &mut Browser, title: &str) -> String {
    let said =
        browser.post("/act", &[("kind", "report"), ("t.title", title), ("t.text", "Rising.")]);
    said.leaf().unwrap_or_else(|| panic!("{}", said.body))
}

#[test]
fn a_node_is_made_run_and_run_again_and_keeps_what_was_said() {
    let place = made_by_hand();
    let running = Running::start(&place, BOTH);
    let (mut stranger, _) = Browser::at(&running.line);
    assert_eq!(stranger.get("/").location(), "/sign-in");
    assert_eq!(stranger.get("/api/v1/status").status, 401);
    assert_eq!(stranger.get("/stream").status, 403);
    assert!(stranger.get("/sign-in").body.contains("veche node run"));

    let mut duty = running.signed_in();
    assert!(duty.get("/").body.contains("Due from Arven"));
    let leaf = report(&mut duty, "River at 4.2 m");
    for page in PAGES {
        let answer = duty.get(page);
        assert_eq!(answer.status, 200, "{page}: {}", answer.body);
        assert!(!answer.body.contains("1970"), "{page}: {}", answer.body);
        for mark in OF_EXERCISES {
            assert!(!answer.body.contains(mark), "{page} shows `{mark}`: {}", answer.body);
        }
    }
    assert_eq!(duty.get("/exercise").status, 404);
    assert_eq!(duty.post("/seat", &[("seat", "belm/duty"), ("back", "/")]).status, 403);
    assert!(duty.get(&format!("/records/{leaf}")).body.contains("two-banks.example/arven/1"));
    let status = duty.get("/api/v1/status").json();
    assert_eq!((&status["party"], &status["records"]), (&"arven".into(), &1.into()));

    let tabled = [("kind", "proposal"), ("t.title", "Quay"), ("t.paragraphs", "One.\n\nTwo.")];
    let refused = duty.post("/act", &tabled);
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("The office puts a text to both towns"), "{}", refused.body);
    assert_eq!(duty.get("/api/v1/status").json()["records"], 1);

    place.put("report.json", r#"{"title": "River at 4.3 m", "text": "Rising."}"#);
    let say =
        "record say --store arven.db --kind report --terms report.json --passphrase-file pass.txt";
    for second in
        [say, "fsck arven.db", "node status --store arven.db", "node run --store arven.db"]
    {
        insta::allow_duplicates!(insta::assert_snapshot!(place.veche(second), @r"
    [standard error]
    error: cannot use store `arven.db`: it is in use: another process has it open
      hint:  where that is `veche node run`, act at its desk, or end it first: Ctrl-C, or SIGTERM
    [exit 8]
    "));
    }

    let used = running.line.clone();
    assert_eq!(running.end("TERM").code, Some(0));

    let running = Running::start(&place, BOTH);
    assert_ne!(running.line.split_once("token=").unwrap().1, used.split_once("token=").unwrap().1);
    let mut again = running.signed_in();
    assert!(again.get("/cases/C-1").body.contains("River at 4.2 m"));
    report(&mut again, "River at 4.4 m");
    assert!(again.get("/cases/C-2").body.contains("River at 4.4 m"));
    assert_eq!(running.end("INT").code, Some(0));
    let whole = place.veche("fsck arven.db");
    assert!(whole.good().contains("two-banks.example/arven/1: 2 records"), "{whole}");
    assert!(whole.good().ends_with("the store is whole\n"), "{whole}");
}

#[test]
fn a_session_and_a_link_end_with_the_node() {
    let place = with_node();
    let running = Running::start(&place, BOTH);
    let (mut browser, path) = Browser::at(&running.line);
    let token = path.split_once("token=").unwrap().1.to_owned();
    assert_eq!(browser.post("/sign-in", &[("token", &token)]).status, 303);
    assert_eq!(browser.post("/sign-in", &[("token", &token)]).status, 403);
    assert_eq!(browser.post("/sign-out", &[]).location(), "/sign-in");
    assert_eq!(browser.get("/").location(), "/sign-in");
    running.end("TERM");
    let running = Running::start(&place, BOTH);
    let (mut browser, _) = Browser::at(&running.line);
    assert_eq!(browser.post("/sign-in", &[("token", &token)]).status, 403);
}

/// The links that `--json` tells, by seat.
fn links(running: &Running) -> Vec<(String, bool, String)> {
    let told: serde_json::Value = serde_json::from_str(&running.line).unwrap();
    let text = |row: &serde_json::Value, key: &str| row[key].as_str().unwrap().to_owned();
    let rows = told["links"].as_array().unwrap().iter();
    rows.map(|row| (text(row, "seat"), row["can_sign"].as_bool().unwrap(), text(row, "url")))
        .collect()
}

#[test]
fn an_officer_whose_key_is_locked_reads_and_is_told_what_to_do() {
    let place = with_node();
    let running = Running::start(&place, "--officers duty --passphrase-file pass.txt --json");
    let links = links(&running);
    let seats: Vec<(&str, bool)> =
        links.iter().map(|(seat, can, _)| (seat.as_str(), *can)).collect();
    assert_eq!(seats, [("arven/duty", true), ("arven/delegate", false)]);
    let mut duty = signed_in(&links[0].2);
    let mut delegate = signed_in(&links[1].2);
    report(&mut duty, "River at 4.2 m");
    assert!(duty.get("/cases/C-1").body.contains("action=\"/act\""));
    for page in ["/", "/cases", "/cases/C-1", "/registers/proposals"] {
        let answer = delegate.get(page);
        assert_eq!(answer.status, 200, "{page}");
        assert!(
            answer.body.contains("Reading only") && answer.body.contains("--officers delegate"),
            "{page}"
        );
        assert!(!answer.body.contains("action=\"/act\""), "{page}: {}", answer.body);
    }
    let said = delegate.post("/act", &[("kind", "report"), ("t.title", "x"), ("t.text", "y")]);
    assert_eq!(said.status, 403);
    assert!(
        said.body.contains("--officers delegate") && said.body.contains("Nothing was signed"),
        "{}",
        said.body
    );
    assert_eq!(duty.get("/api/v1/status").json()["records"], 1);
}

#[test]
fn a_node_without_its_passphrase_is_read_only() {
    let place = with_node();
    let running = Running::start(&place, "--json");
    let links = links(&running);
    assert!(links.iter().all(|(_, can_sign, _)| !can_sign), "{links:?}");
    let mut reader = signed_in(&links[0].2);
    assert!(reader.get("/").body.contains("Reading only"));
    assert_eq!(reader.get("/api/v1/status").json()["records"], 0);
}

#[test]
fn a_node_open_to_the_network_says_that_it_has_no_tls() {
    let place = with_node();
    let running = Running::start(&place, &format!("--listen 0.0.0.0 {BOTH}"));
    assert!(running.line.starts_with("http://127.0.0.1:"), "{}", running.line);
    let errors = running.errors();
    assert!(errors.starts_with("warning: 0.0.0.0:") && errors.contains("no TLS"), "{errors}");
    assert!(errors.contains("arven/delegate: http://127.0.0.1:"), "{errors}");
    running.signed_in();
}

#[test]
fn what_keeps_a_node_from_running_is_told_with_what_to_do() {
    let place = with_node();
    let run = |arguments: &str| place.veche(&format!("node run {arguments}"));
    place.put("wrong.txt", "one two three five\n");
    place.put("letter.db", "this is no database, but a letter to a friend ".repeat(30));
    place.put("empty.db", "");
    insta::assert_snapshot!(run("--store arven.db --officers duty --passphrase-file wrong.txt"), @r"
    [standard error]
    error: cannot unlock key `two-banks.example/arven/1`: the passphrase is wrong
      where: store `arven.db`
      hint:  the passphrase is the one that `veche node keys` was given, or the officer's own (`veche node passphrase`)
    [exit 3]
    ");
    insta::assert_snapshot!(run("--store arven.db --officers delegat --passphrase-file pass.txt"), @r"
    [standard error]
    error: store `arven.db` keeps no key of an officer `delegat`
      hint:  did you mean `delegate`?
    [exit 3]
    ");
    insta::assert_snapshot!(run("--store arven.db --officers emperor --passphrase-file pass.txt"), @r"
    [standard error]
    error: store `arven.db` keeps no key of an officer `emperor`
      hint:  it keeps those of: delegate, duty
    [exit 3]
    ");
    insta::assert_snapshot!(run("--store arven.db --officers duty"), @r"
    [standard error]
    error: the following required arguments were not provided:
      --passphrase-file <PASSPHRASE_FILE>

    Usage: veche node run --store <STORE> --passphrase-file <PASSPHRASE_FILE> --officers <OFFICERS>

    For more information, try '--help'.
    [exit 2]
    ");
    insta::assert_snapshot!(run("--store arven.db --passphrase-file none.txt"), @r"
    [standard error]
    error: cannot read `none.txt`: it does not exist
    [exit 3]
    ");
    insta::assert_snapshot!(run("--store none.db"), @r"
    [standard error]
    error: cannot read `none.db`: it does not exist
    [exit 3]
    ");
    insta::assert_snapshot!(run("--store letter.db"), @r"
    [standard error]
    error: cannot use store `letter.db`: it is damaged or no store: file is not a database
      hint:  restore a backup of it, or make a new store and let peers send the logs again
    [exit 5]
    ");
    insta::assert_snapshot!(run("--store empty.db"), @r"
    [standard error]
    error: cannot use store `empty.db`: it is damaged or no store: the file has 0 bytes, less than any store
      hint:  restore a backup of it, or make a new store and let peers send the logs again
    [exit 5]
    ");
    drop(Store::open(&place.path().join("bare.db"), Durability::Full).unwrap());
    insta::assert_snapshot!(run("--store bare.db"), @r"
    [standard error]
    error: `bare.db` is not a node's store
      hint:  make one under another name with `veche node init`
    [exit 5]
    ");
    assert!(place.get("empty.db").is_empty(), "a file that is no store is left as it is");
}

#[cfg(target_os = "linux")]
#[test]
fn a_port_in_use_is_told_before_the_store_is_opened() {
    let place = Place::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let screen = place.veche(&format!("node run --store none.db --port {port}"));
    insta::assert_snapshot!(screen.to_string().replace(&port.to_string(), "PORT"), @r"
    [standard error]
    error: cannot listen on 127.0.0.1:PORT: Address already in use (os error 98)
      hint:  another program listens there, perhaps this very node: choose another port, also for `--peer-listen`
    [exit 7]
    ");
}

#[test]
fn a_node_is_not_made_with_keys_that_it_cannot_run_with() {
    let place = made_by_hand();
    let init = |charter: &str, party: &str, keys: &str| {
        place.veche(&format!(
            "node init --charter {charter} --party {party} --keys {keys} --store new.db"
        ))
    };
    let refused = |screen: Screen, said: &str| {
        assert!(screen.code == Some(5) && screen.err.contains(said), "{screen}");
        assert!(!place.path().join("new.db").exists());
    };
    refused(init("genesis.toml", "arven", "keys-belm"), "which is none of `arven`");
    std::fs::create_dir(place.path().join("empty")).unwrap();
    refused(init("genesis.toml", "arven", "empty"), "has no key `two-banks.example/arven/1`");
    place.put("bare.toml", TWO_BANKS);
    refused(init("bare.toml", "arven", "keys-arven"), "lists no keys of `arven` yet");
    init("genesis.toml", "arven", "keys-arven").good();
}

#[cfg(unix)]
#[test]
fn keys_and_stores_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = made_by_hand();
    for name in ["keys-arven/1.key", "keys-arven/root.key", "arven.db"] {
        let mode = std::fs::metadata(place.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}
