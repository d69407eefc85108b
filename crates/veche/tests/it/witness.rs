//! Outside witnesses as processes of their own: asked over HTTP, killed, and shown two histories.

use crate::running::{Running, STORE, made_by_hand};
use crate::support::{Place, Screen};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

const LOG: &str = "two-banks.example/arven/1";

/// Makes a witness; returns its entry in the charter, reached at an address.
fn made(place: &Place, name: &str) -> String {
    let init = format!(
        "witness init --name {name}.example/outside/witness --passphrase-file pass.txt --key {name}.key --store {name}"
    );
    place.veche(&init).good().trim().to_owned()
}

/// The genesis charter with two outside witnesses.
fn charter(place: &Place, witnesses: &[(&str, &str, &str)]) -> String {
    let genesis = String::from_utf8(place.get("genesis.toml")).unwrap();
    let mut text = genesis.replacen("quorum = 2\n", "quorum = 2\nhistories = 3\n", 1);
    assert_ne!(text, genesis);
    for (name, key, at) in witnesses {
        let table = format!("\n[outside.{name}]\nkey = \"{key}\"\nat = \"http://{at}\"\n");
        text.push_str(&table);
    }
    text
}

fn run(place: &Place, name: &str) -> Running {
    let run = format!(
        "witness run --charter listed.toml --key {name}.key --passphrase-file pass.txt --store {name} --listen 127.0.0.1:0"
    );
    Running::named(place, place.command(&run), &format!("{name}.txt"))
}

fn address(running: &Running) -> &str {
    running.line.trim().rsplit_once("http://").unwrap().1
}

/// Whoever forks on purpose removes what would tell his node that its store is an old one.
fn put_back(place: &Place, store: &[u8]) {
    place.put(STORE, store);
    std::fs::remove_file(place.path().join(format!("{STORE}.sizes"))).unwrap();
}

fn say_and_export(place: &Place) {
    place.put("report.json", r#"{"title": "River at 4.2 m", "text": "Rising."}"#);
    let say = format!(
        "record say --store {STORE} --kind report --terms report.json --officer duty --passphrase-file pass.txt"
    );
    place.veche(&say).good();
    place.veche(&format!("log export --store {STORE} --out public --with hashes")).good();
}

fn ask(place: &Place) -> Screen {
    place.veche(&format!("witness ask public --log {LOG} --charter reached.toml --json"))
}

fn is_cosigned(asked: &Screen) -> Vec<bool> {
    let asked = asked.json()["asked"].as_array().unwrap().clone();
    asked.iter().map(|one| one["is_cosigned"].as_bool().unwrap()).collect()
}

/// Sends bytes as they are; returns the status line.
fn raw(at: &str, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(at).unwrap();
    // A server that has refused already may have closed its end.
    let _sent = stream.write_all(bytes);
    let mut answer = Vec::new();
    let _read = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).lines().next().unwrap_or_default().to_owned()
}

fn post(at: &str, body: &[u8]) -> String {
    let head = format!(
        "POST /add-checkpoint HTTP/1.1\r\nhost: w\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    raw(at, &[head.as_bytes(), body].concat())
}

#[test]
fn outside_witnesses_cosign_one_history_also_after_they_are_killed() {
    let place = made_by_hand();
    let (court, river) = (made(&place, "court"), made(&place, "river"));
    let unknown =
        [("court", court.as_str(), "127.0.0.1:9"), ("river", river.as_str(), "127.0.0.1:9")];
    place.put("listed.toml", charter(&place, &unknown));
    let (first, second) = (run(&place, "court"), run(&place, "river"));
    let reached = |at: &[&str]| {
        [("court", court.as_str(), at[0]), ("river", river.as_str(), at[1])]
            .map(|(name, key, at)| (name, key.to_owned(), at.to_owned()))
    };
    let put = |at: &[&str]| {
        let entries = reached(at);
        let entries: Vec<_> =
            entries.iter().map(|(n, k, a)| (*n, k.as_str(), a.as_str())).collect();
        place.put("reached.toml", charter(&place, &entries));
    };
    put(&[address(&first), address(&second)]);
    say_and_export(&place);
    let asked = ask(&place);
    assert_eq!((asked.code, is_cosigned(&asked)), (Some(0), vec![true, true]), "{asked}");
    // Two from outside are not three: no party's node has cosigned, and nothing was received by anybody.
    let follow = |at: &str| {
        place.veche(&format!(
            "log follow {at} --log {LOG} --charter reached.toml --state arven.state --json"
        ))
    };
    let seen = follow(&format!("public/{LOG}"));
    assert_eq!(seen.code, Some(6), "{seen}");
    assert_eq!(seen.json()["cosigned_outside"], serde_json::json!(["court", "river"]));
    assert_eq!(
        (seen.json()["cosigned_by"].clone(), seen.json()["quorum"].as_u64()),
        (serde_json::json!([]), Some(3))
    );
    let earlier = place.get(STORE);
    say_and_export(&place);
    assert_eq!(is_cosigned(&ask(&place)), [true, true]);
    // Killed, and started again: what was cosigned is known.
    drop((first, second));
    let (first, second) = (run(&place, "court"), run(&place, "river"));
    put(&[address(&first), address(&second)]);
    assert_eq!(is_cosigned(&ask(&place)), [true, true], "the same again");
    let kept = follow(&format!("public/{LOG}"));
    assert_eq!(kept.json()["size"].as_u64(), Some(2), "{kept}");
    // The store from before says something else: another history of two records.
    put_back(&place, &earlier);
    for file in ["-wal", "-shm"] {
        let _gone = std::fs::remove_file(place.path().join(format!("{STORE}{file}")));
    }
    std::fs::remove_dir_all(place.path().join("public")).unwrap();
    say_and_export(&place);
    let forked = ask(&place);
    assert_eq!((forked.code, is_cosigned(&forked)), (Some(6), vec![false, false]), "{forked}");
    assert!(forked.out.contains("the log may be forked"), "{forked}");
    // Whoever saw the new history is shown by the witness the one before: the proof of the fork.
    std::fs::remove_file(place.path().join("arven.state")).unwrap();
    follow(&format!("public/{LOG}"));
    let proof = follow(&format!("http://{}/logs/{LOG}", address(&first)));
    assert_eq!((proof.code, proof.json()["stands"].as_str()), (Some(5), Some("forked")), "{proof}");
    assert_eq!(proof.json()["fork"]["kind"], "checkpoints");
}

#[test]
fn a_witness_starts_with_its_own_folder_alone_and_where_it_is_listed() {
    let place = made_by_hand();
    let (court, river) = (made(&place, "court"), made(&place, "river"));
    let listed =
        [("court", court.as_str(), "127.0.0.1:9"), ("river", river.as_str(), "127.0.0.1:9")];
    place.put("listed.toml", charter(&place, &listed));
    let refused = |charter: &str, key: &str, store: &str, said: &str| {
        let seen = place.veche(&format!(
            "witness run --charter {charter} --key {key} --passphrase-file pass.txt --store {store} --listen 127.0.0.1:0"
        ));
        assert!(seen.code != Some(0) && seen.err.contains(said), "{seen}");
    };
    refused("genesis.toml", "court.key", "court", "lists no outside witness with the key");
    refused("listed.toml", "court.key", "river", "belongs to the witness key");
    refused("listed.toml", "court.key", "nowhere", "nowhere");
    refused("listed.toml", "keys-arven/duty.key", "court", "is no witness's key");
    let again = place.veche(
        "witness init --name court.example/outside/witness --passphrase-file pass.txt --key other.key --store court",
    );
    assert!(again.err.contains("is a witness's folder already"), "{again}");
    let running = run(&place, "court");
    refused("listed.toml", "court.key", "court", "is in use");
    let at = address(&running);
    assert_eq!(post(at, b""), "HTTP/1.1 400 Bad Request");
    assert_eq!(post(at, b"old 1\n\xff\n\n"), "HTTP/1.1 400 Bad Request");
    assert_eq!(post(at, &vec![b'a'; 200_000]), "HTTP/1.1 413 Payload Too Large");
    let stranger = "old 0\n\nstranger.example/one/1\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n— stranger.example/one/1 AAAAAAAA\n";
    assert_eq!(post(at, stranger.as_bytes()), "HTTP/1.1 404 Not Found");
    let get = |path: &str| {
        raw(at, format!("GET {path} HTTP/1.1\r\nhost: w\r\nconnection: close\r\n\r\n").as_bytes())
    };
    assert_eq!(get("/healthz"), "HTTP/1.1 200 OK");
    assert_eq!(get("/metrics"), "HTTP/1.1 200 OK");
    assert_eq!(get(&format!("/logs/{LOG}/checkpoint")), "HTTP/1.1 404 Not Found");
    assert_eq!(get("/logs/../../pass.txt/checkpoint"), "HTTP/1.1 404 Not Found");
    drop(running);
    // What it kept is damaged: it does not start, and says that a new key is needed.
    let name = std::process::Command::new("sh")
        .args(["-c", &format!("printf %s {LOG} | sha256sum | cut -c1-64")])
        .output()
        .unwrap();
    let name = String::from_utf8(name.stdout).unwrap();
    for bad in
        ["", "veche-outside/v1 12\n", "veche-outside/v1 x\n\n", "veche-outside/v1 1\nno note\n\n"]
    {
        place.put(&format!("court/{}", name.trim()), bad);
        refused("listed.toml", "court.key", "court", "is damaged");
    }
}
