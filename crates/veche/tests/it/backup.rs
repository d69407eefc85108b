//! Backups by the command line: what is in them, what damages them, and a restored node that does not fork its log.

use crate::running::{STORE, with_node};
use crate::support::{Place, Screen};

fn say(place: &Place, store: &str) -> Screen {
    place.veche(&format!(
        "record say --store {store} --kind report --terms report.json --officer duty --passphrase-file pass.txt"
    ))
}

/// A node with one record more than its backup.
fn with_backup(more: &str) -> Place {
    let place = with_node();
    say(&place, STORE).good();
    place.veche(&format!("backup make {STORE} one.backup{more}")).good();
    say(&place, STORE).good();
    place
}

fn has_key(bytes: &[u8]) -> bool {
    bytes.windows(12).any(|at| at == b"veche-key/v1")
}

#[test]
fn a_backup_says_what_is_in_it_and_holds_no_private_key_unless_asked() {
    let place = with_backup("");
    let bytes = place.get("one.backup");
    assert!(has_key(&place.get(STORE)));
    assert!(!has_key(&bytes));
    let text = String::from_utf8_lossy(&bytes);
    let manifest: Vec<&str> = text.lines().take(5).collect();
    assert_eq!(manifest[..2], ["veche backup v1", "party arven"]);
    assert_eq!(manifest[3], "keys none");
    let seen = place.veche("backup verify one.backup");
    assert!(seen.good().ends_with("the backup is whole\n"), "{seen}");
    assert!(seen.out.contains("two-banks.example/arven/1: 1 records"), "{seen}");
    let again = place.veche(&format!("backup make {STORE} one.backup"));
    assert!(again.err.contains("nothing is overwritten"), "{again}");
    assert_eq!(place.get("one.backup"), bytes);
    place.veche(&format!("backup make {STORE} two.backup --with-keys")).good();
    assert!(has_key(&place.get("two.backup")));
}

#[test]
fn a_backup_that_was_changed_anywhere_is_refused() {
    let place = with_backup("");
    let good = place.get("one.backup");
    let copy = good.windows(16).position(|at| at == b"SQLite format 3\0").unwrap();
    // A letter of the manifest, a digit of its hash, the copy's first page, its last byte.
    for at in [3, 20, copy - 10, copy + 50, good.len() - 1] {
        let mut bad = good.clone();
        bad[at] ^= 1;
        place.put("bad.backup", &bad);
        for asked in ["backup verify bad.backup", "backup restore bad.backup back.db"] {
            let seen = place.veche(asked);
            assert!(seen.code != Some(0) && seen.err.contains("bad.backup"), "{at}: {seen}");
        }
        assert!(!place.path().join("back.db").exists(), "{at}");
    }
    place.put("bad.backup", &good[..good.len() - 1]);
    let cut = place.veche("backup verify bad.backup");
    assert!(cut.err.contains("its hash is not the manifest's"), "{cut}");
}

#[test]
fn a_restored_node_is_silent_until_the_others_were_heard_or_an_officer_answers_for_it() {
    let place = with_backup(" --with-keys");
    // The last writes of a store that is gone are not taken for those of the one that is put back.
    place.put("back.db-wal", "left over");
    let left_over = place.veche("backup restore one.backup back.db");
    assert!(left_over.err.contains("back.db-wal"), "{left_over}");
    std::fs::remove_file(place.path().join("back.db-wal")).unwrap();
    place.veche("backup restore one.backup back.db").good();
    let refused = say(&place, "back.db");
    assert_ne!(refused.code, Some(0));
    assert!(refused.err.contains("`belm`, `office` have not said yet"), "{refused}");
    let wrong = place
        .veche("backup alone back.db --officer duty --passphrase-file report.json --reason gone");
    assert_ne!(wrong.code, Some(0), "{wrong}");
    assert_ne!(say(&place, "back.db").code, Some(0), "a wrong passphrase lifts nothing");
    let alone = "backup alone back.db --officer duty --passphrase-file pass.txt --reason gone";
    assert!(place.veche(alone).good().contains("goes on at the word of `duty`"));
    say(&place, "back.db").good();
    let whole = place.veche("fsck back.db");
    assert!(whole.good().ends_with("the store is whole\n"), "{whole}");
    let again = place.veche(alone);
    assert!(again.err.contains("waits for nobody"), "{again}");
}

#[test]
fn a_store_put_back_with_cp_is_found_out_though_nobody_can_be_reached() {
    let place = with_node();
    say(&place, STORE).good();
    let copy = place.get(STORE);
    say(&place, STORE).good();
    place.put(STORE, copy);
    for _ in 0..2 {
        let silent = say(&place, STORE);
        assert!(silent.err.contains("was restored from a backup"), "{silent}");
    }
    place
        .veche(&format!(
            "backup alone {STORE} --officer duty --reason cut-off --passphrase-file pass.txt"
        ))
        .good();
    say(&place, STORE).good();
    say(&place, STORE).good();
    assert!(place.veche(&format!("fsck {STORE}")).good().ends_with("the store is whole\n"));
}

#[test]
fn words_that_are_taken_back_are_in_no_answer_and_stay_in_the_store_until_others_know() {
    let place = with_node();
    place.put("report.json", r#"{"title": "River at 4.2 m", "text": "Ivo Darren saw it."}"#);
    let said = say(&place, STORE);
    let leaf = said.good().split("leaf ").nth(1).unwrap().trim().to_owned();
    let redact = |more: &str| {
        place.veche(&format!(
            "record redact {leaf} --store {STORE} --officer duty --reason named --passphrase-file pass.txt{more}"
        ))
    };
    let none = redact(" --field none");
    assert!(none.err.contains("field `none` holds no words"), "{none}");
    let unknown = place.veche(&format!(
        "record redact {} --store {STORE} --officer duty --reason x --passphrase-file pass.txt",
        "ab".repeat(32)
    ));
    assert!(unknown.err.contains("there is no record"), "{unknown}");
    redact(" --field text").good();
    let listed = place.veche(&format!("record redacted --store {STORE}"));
    assert!(listed.good().contains("text, by two-banks.example/arven/duty: named"), "{listed}");
    assert!(listed.good().contains("a day after enough other nodes hold"), "{listed}");
    let found = place.veche(&format!("search --store {STORE} Darren"));
    assert!(!found.out.contains("Ivo"), "{found}");
    assert!(place.veche(&format!("fsck {STORE}")).good().ends_with("the store is whole\n"));
}
