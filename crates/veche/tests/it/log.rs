//! Logs published, checked and followed by the command line.

use crate::running::{STORE, made_by_hand};
use crate::support::{Place, Screen};

const LOG: &str = "two-banks.example/arven/1";

/// Says something, and publishes what there is.
fn say_and_export(place: &Place) -> Screen {
    place.put("report.json", r#"{"title": "River at 4.2 m", "text": "Rising."}"#);
    let say = format!(
        "record say --store {STORE} --kind report --terms report.json --officer duty --passphrase-file pass.txt"
    );
    place.veche(&say).good();
    place.veche(&format!("log export --store {STORE} --out public --with headers"))
}

fn follow(place: &Place) -> Screen {
    place.veche(&format!(
        "log follow public/{LOG} --log {LOG} --charter genesis.toml --state arven.state --json"
    ))
}

#[test]
fn a_log_is_published_checked_and_followed_and_its_fork_told() {
    let place = made_by_hand();
    assert!(say_and_export(&place).good().starts_with("two-banks.example/arven/1: 1 records"));
    let verify = "log verify public --charter genesis.toml";
    let seen = place.veche(verify);
    assert!(seen.good().contains("1 verified, 0 with content"), "{seen}");
    place.veche(&format!("log verify {STORE}")).good();
    let first = follow(&place);
    // Nobody has cosigned yet.
    assert_eq!((first.code, first.json()["stands"].as_str()), (Some(6), Some("grown")), "{first}");
    let earlier = place.get(STORE);
    say_and_export(&place).good();
    let second = follow(&place);
    assert_eq!(
        (second.json()["before"].as_u64(), second.json()["size"].as_u64()),
        (Some(1), Some(2))
    );
    let state = place.get("arven.state");
    // The store from before says something else: another history, in another folder. Whoever forks on purpose removes what would tell.
    place.put(STORE, &earlier);
    std::fs::remove_dir_all(place.path().join("public")).unwrap();
    for file in ["-wal", "-shm", ".sizes"] {
        let _gone = std::fs::remove_file(place.path().join(format!("{STORE}{file}")));
    }
    say_and_export(&place).good();
    let forked = follow(&place);
    assert_eq!(
        (forked.code, forked.json()["stands"].as_str()),
        (Some(5), Some("forked")),
        "{forked}"
    );
    assert_eq!(forked.json()["fork"]["kind"], "checkpoints");
    assert!(String::from_utf8(place.get("arven.state.fork")).unwrap().contains(LOG));
    assert_eq!(place.get("arven.state"), state, "the state stays");
    place.put(&format!("public/{LOG}/tile/0/000.p/2"), [0; 64]);
    assert_eq!(place.veche(verify).code, Some(5));
    for bad in ["", "{}", r#"{"v":1,"log":"two-banks.example/belm/1","note":""}"#] {
        place.put("arven.state", bad);
        let refused = follow(&place);
        assert_eq!(refused.code, Some(5), "{refused}");
        assert_eq!(place.get("arven.state"), bad.as_bytes(), "left as it is");
    }
    let nothing = place.veche("log verify keys-arven --charter genesis.toml");
    assert!(nothing.err.contains("there is no checkpoint of a log"), "{nothing}");
}
