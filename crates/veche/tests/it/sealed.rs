//! A store whose contents lie in its file encrypted: what the file shows, who reads it, and that nothing is lost on the way there.
#![cfg(unix)]

use crate::running::{BOTH, Running, STORE, with_node};
use crate::support::{Place, Screen};
use veche_node::store::{Durability, Store, StoreFault};

/// Words that stand in one place each: a record's title and text, a draft and its notes, an instruction.
const WORDS: [&str; 6] =
    ["Zephyrine", "quaywall", "Поднялась", "Northferry", "concedable", "obstinate"];

const PASSPHRASE: &[u8] = b"one two three four";

fn say(place: &Place, store: &str, title: &str, text: &str) -> Screen {
    place.put("said.json", serde_json::json!({"title": title, "text": text}).to_string());
    let say = "--kind report --terms said.json --passphrase-file pass.txt";
    place.veche(&format!("record say --store {store} {say}"))
}

/// A node that has said two things, drafted a third and been instructed on the first.
fn with_words() -> Place {
    let place = with_node();
    say(&place, STORE, "Zephyrine at 4.2 m", "The quaywall leaks.").good();
    say(&place, STORE, "Zephyrine at 4.4 m", "Река поднялась; the quaywall is closed.").good();
    place.put("draft.json", r#"{"title": "Northferry at 5 m", "text": "Rising."}"#);
    place.put("notes.txt", "Say no more: the mooring is concedable.\n");
    place.put("told.txt", "Be obstinate.\n");
    let by = "--officer duty --passphrase-file pass.txt";
    place
        .veche(&format!(
            "draft new --store {STORE} --kind report --terms draft.json --notes notes.txt {by}"
        ))
        .good();
    let about = place.veche(&format!("--json search --store {STORE} leaks")).json();
    let about = about["hits"][0]["record"].as_str().unwrap().to_owned();
    place.veche(&format!("draft instruct {about} --store {STORE} --text told.txt {by}")).good();
    place
}

fn seal(place: &Place) -> Screen {
    place.veche(&format!(
        "node seal --store {STORE} --passphrase-file pass.txt --store-key store.key"
    ))
}

/// The words that stand in a file or in what SQLite keeps beside it, in any case.
fn readable(place: &Place, name: &str) -> Vec<&'static str> {
    let mut found = Vec::new();
    for end in ["", "-wal", "-journal"] {
        let bytes = std::fs::read(place.path().join(format!("{name}{end}"))).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes).to_lowercase();
        found.extend(WORDS.into_iter().filter(|word| text.contains(&word.to_lowercase())));
    }
    found
}

fn digest(fsck: &Screen) -> String {
    fsck.good().rsplit("digest ").next().unwrap().lines().next().unwrap().to_owned()
}

#[test]
fn a_sealed_file_shows_no_word_and_every_answer_is_what_it_was() {
    let place = with_words();
    assert_eq!(readable(&place, STORE).len(), WORDS.len(), "the words are looked for as they lie");
    let asked =
        ["zephyr", "ZEPHYRINE quay", "река", "поднял quaywall", "leak", "ferry", "4 m", "z"];
    let answers = |more: &str| -> Vec<String> {
        let search = |words| place.veche(&format!("--json search --store {STORE} {words}{more}"));
        let listed = place.veche(&format!("--json draft list --store {STORE}{more}"));
        let shown = place.veche(&format!("--json draft show 1 --store {STORE}{more}"));
        let records = asked.iter().map(search).chain([listed, shown]);
        records.map(|screen| screen.good().to_owned()).collect()
    };
    let (before, whole) = (answers(""), place.veche(&format!("fsck {STORE}")));

    seal(&place).good();
    assert_eq!(readable(&place, STORE), Vec::<&str>::new());
    assert_eq!(answers(" --unlock pass.txt"), before);
    let sealed = place.veche(&format!("fsck {STORE} --unlock pass.txt"));
    assert!(sealed.good().ends_with("the store is whole\n"), "{sealed}");
    assert_eq!(digest(&sealed), digest(&whole));

    // What comes after is sealed as well, by the command line and by the node that runs.
    say(&place, STORE, "Zephyrine falls", "The quaywall holds.").good();
    let node = Running::start(&place, BOTH);
    let answer =
        node.signed_in().post("/act", &[("kind", "comment"), ("t.text", "Zephyrine is calm.")]);
    assert!(answer.leaf().is_some(), "{}", answer.body);
    node.signal("TERM");
    assert_eq!(node.ended().code, Some(0));
    assert_eq!(readable(&place, STORE), Vec::<&str>::new());
    let found = place.veche(&format!("--json search --store {STORE} zephyr --unlock pass.txt"));
    assert_eq!(found.json()["hits"].as_array().unwrap().len(), 4, "{found}");
    let sealed = place.veche(&format!("fsck {STORE} --unlock pass.txt"));
    assert!(sealed.good().ends_with("the store is whole\n"), "{sealed}");
}

#[test]
fn who_has_no_passphrase_is_told_and_changes_nothing() {
    let place = with_words();
    seal(&place).good();
    place.put("wrong.txt", "one two three five\n");
    insta::assert_snapshot!(place.veche(&format!("search --store {STORE} zephyr")), @r"
    [standard error]
    error: cannot use store `arven.db`: its contents are sealed, and the passphrase was not given
      hint:  give the node's passphrase: `--unlock pass.txt`
    [exit 5]
    ");
    insta::assert_snapshot!(place.veche(&format!("search --store {STORE} zephyr --unlock wrong.txt")), @r"
    [standard error]
    error: cannot use store `arven.db`: its contents are sealed, and the store key does not open: the passphrase is wrong
      hint:  give the node's passphrase, or an officer's own: `--unlock pass.txt`
    [exit 5]
    ");
    let locked = place.veche(&format!("fsck {STORE}"));
    let said = "; 2 contents are sealed and were not looked into\nthe store is whole, as far as can be seen without `--unlock`\n";
    assert!(locked.good().ends_with(said), "{locked}");
    let again = seal(&place);
    assert!(again.good().contains("it was sealed already"), "{again}");
    assert_eq!(readable(&place, STORE), Vec::<&str>::new());
    let whole = place.veche(&format!("fsck {STORE} --unlock pass.txt"));
    assert!(whole.good().contains("2 openings"), "{whole}");
    assert!(whole.good().ends_with("the store is whole\n"), "{whole}");
}

#[test]
fn a_slip_in_the_passphrase_seals_nothing_and_no_key_is_overwritten() {
    let place = with_words();
    place.put("wrong.txt", "one two three five\n");
    let slip = place.veche(&format!(
        "node seal --store {STORE} --passphrase-file wrong.txt --store-key store.key"
    ));
    assert!(slip.err.contains("passphrase"), "{slip}");
    assert!(!place.path().join("store.key").exists());
    place.put("store.key", "mine");
    let taken = seal(&place);
    assert!(taken.err.contains("a key is never overwritten"), "{taken}");
    assert_eq!(place.get("store.key"), b"mine");
    assert_eq!(readable(&place, STORE).len(), WORDS.len());
    assert!(place.veche(&format!("fsck {STORE}")).good().ends_with("the store is whole\n"));
}

#[test]
fn a_backup_without_keys_is_opened_by_the_key_that_was_kept_and_by_no_other() {
    let place = with_words();
    seal(&place).good();
    place.veche(&format!("backup make {STORE} one.backup")).good();
    place.veche(&format!("backup make {STORE} two.backup --with-keys")).good();
    for (backup, has_slot) in [("one.backup", false), ("two.backup", true)] {
        assert_eq!(readable(&place, backup), Vec::<&str>::new(), "{backup}");
        let bytes = place.get(backup);
        assert_eq!(bytes.windows(16).any(|at| at == b"veche-store-key/"), has_slot, "{backup}");
    }
    let seen = place.veche("backup verify one.backup");
    assert!(seen.good().contains("2 contents are sealed and were not looked into"), "{seen}");
    let seen = place.veche("backup verify two.backup --unlock pass.txt");
    assert!(seen.good().contains("2 openings"), "{seen}");

    place.veche("backup restore one.backup back.db").good();
    insta::assert_snapshot!(place.veche("search --store back.db zephyr --unlock pass.txt"), @r"
    [standard error]
    error: cannot use store `back.db`: its contents are sealed, and the store key is not in it; nothing is lost while a file `store.key` or a backup with keys is kept
      hint:  put it in: `veche node seal --store STORE --from store.key --passphrase-file pass.txt`
    [exit 5]
    ");
    let other = with_words();
    seal(&other).good();
    place.put("other.key", other.get("store.key"));
    let from = |key: &str| {
        place.veche(&format!("node seal --store back.db --passphrase-file pass.txt --from {key}"))
    };
    insta::assert_snapshot!(from("other.key"), @r"
    [standard error]
    error: cannot use store `back.db`: the store key is that of another store; nothing was changed
    [exit 5]
    ");
    place.put("cut.key", &place.get("store.key")[..50]);
    insta::assert_snapshot!(from("cut.key"), @r"
    [standard error]
    error: cannot use store `back.db`: its contents are sealed, and the store key does not open: the key file is damaged
      hint:  give the node's passphrase, or an officer's own: `--unlock pass.txt`
    [exit 5]
    ");
    from("store.key").good();
    let found = place.veche("--json search --store back.db zephyr --unlock pass.txt");
    assert_eq!(found.json()["hits"].as_array().unwrap().len(), 2, "{found}");

    // A folder of keys with another store's does not take this one's place.
    std::fs::create_dir(place.path().join("keys")).unwrap();
    place.put("keys/store.key", other.get("store.key"));
    place.veche("backup restore two.backup third.db --keys keys").good();
    let found = place.veche("--json search --store third.db zephyr --unlock pass.txt");
    assert_eq!(found.json()["hits"].as_array().unwrap().len(), 2, "{found}");
}

#[test]
fn an_officer_with_a_passphrase_of_his_own_reads_with_it() {
    let place = with_words();
    seal(&place).good();
    place.put("own.txt", "five six seven eight\n");
    place
        .veche(&format!(
            "node passphrase --store {STORE} --officer delegate --passphrase-file pass.txt --new-passphrase-file own.txt"
        ))
        .good();
    for words in ["own.txt", "pass.txt"] {
        let found = place.veche(&format!("--json search --store {STORE} zephyr --unlock {words}"));
        assert_eq!(found.json()["hits"].as_array().unwrap().len(), 2, "{found}");
    }
    let doctor = place.veche(&format!("doctor --store {STORE} --passphrase-file pass.txt"));
    assert!(!doctor.out.contains("fail"), "{doctor}");
}

#[test]
fn a_taking_over_that_is_cut_short_anywhere_loses_nothing_and_goes_on() {
    let place = with_words();
    // Beginnings of this many words need more pages than are free.
    let long: Vec<String> =
        (0..1_500_u32).map(|n| format!("{:08x}", n.wrapping_mul(2_654_435_761))).collect();
    say(&place, STORE, "Many words", &long.join(" ")).good();
    let (plain, full) = (place.get(STORE), place.veche(&format!("fsck {STORE}")));
    let (mut refused, mut swept_later) = (0, 0);
    for pages in (0..2_000).step_by(20) {
        place.put("cut.db", &plain);
        let path = place.path().join("cut.db");
        let mut store = Store::open_existing(&path, Durability::Full).unwrap();
        store.limit_growth(Some(pages)).unwrap();
        let sealed = store.seal::<veche_node::store::StoreError>(PASSPHRASE, |_| Ok(()));
        let (is_done, is_sealed) = (sealed.is_ok(), store.is_sealed());
        if let Err(error) = &sealed {
            assert!(matches!(error.what, StoreFault::DiskFull), "{error}");
            refused += usize::from(!is_sealed);
            swept_later += usize::from(is_sealed);
        }
        drop(store);
        let whole = place.veche("fsck cut.db --unlock pass.txt");
        assert!(whole.good().ends_with("the store is whole\n"), "{pages}: {whole}");
        assert_eq!(digest(&whole), digest(&full), "{pages}");
        // Unlocked once, it has been swept.
        let left = readable(&place, "cut.db").len();
        assert_eq!(left, if is_sealed { 0 } else { WORDS.len() }, "{pages}");
        if is_done {
            break;
        }
    }
    assert!(refused > 0, "{refused} refused, {swept_later} swept later");
}

#[test]
fn a_taking_over_that_ended_before_the_sweep_is_swept_at_the_next_start() {
    let place = with_words();
    let path = place.path().join(STORE);
    let mut store = Store::open_existing(&path, Durability::Full).unwrap();
    store.seal::<veche_node::store::StoreError>(PASSPHRASE, |_| Ok(())).unwrap();
    // As a process leaves it that is killed between the transaction and the sweep: contents in pages that nothing names.
    store.set_meta("vault sweep", b"due").unwrap();
    drop(store);
    let raw = rusqlite::Connection::open(&path).unwrap();
    raw.execute_batch("CREATE TABLE left_over (said TEXT); INSERT INTO left_over VALUES ('Zephyrine'); DROP TABLE left_over;")
        .unwrap();
    drop(raw);
    assert_eq!(readable(&place, STORE), ["Zephyrine"]);
    place.veche(&format!("fsck {STORE} --unlock pass.txt")).good();
    assert_eq!(readable(&place, STORE), Vec::<&str>::new());
}

#[test]
fn a_sealed_content_that_was_changed_or_moved_is_named_and_nothing_else_is_lost() {
    let place = with_words();
    seal(&place).good();
    let raw = rusqlite::Connection::open(place.path().join(STORE)).unwrap();
    raw.execute_batch(
        "UPDATE entries SET opening = (SELECT opening FROM entries WHERE idx = 1) WHERE idx = 0",
    )
    .unwrap();
    drop(raw);
    let found = place.veche(&format!("fsck {STORE} --unlock pass.txt"));
    assert_eq!(found.code, Some(5), "{found}");
    let said = "the content of record 0 of `two-banks.example/arven/1`: it was changed since it was sealed, or belongs elsewhere";
    assert!(found.out.contains(said), "{found}");
    assert!(found.out.contains("1 openings"), "{found}");
}

#[test]
fn a_node_made_sealed_has_never_written_a_word() {
    let place = crate::running::made_by_hand();
    place
        .veche("node init --charter genesis.toml --party arven --keys keys-arven --store new.db --seal-with pass.txt")
        .good();
    say(&place, "new.db", "Zephyrine at 4.2 m", "The quaywall leaks.").good();
    assert_eq!(readable(&place, "new.db"), Vec::<&str>::new());
    assert!(place.path().join("keys-arven/store.key").exists());
    let found = place.veche("--json search --store new.db quay --unlock pass.txt");
    assert_eq!(found.json()["hits"].as_array().unwrap().len(), 1, "{found}");
}

#[test]
fn words_are_taken_back_in_a_sealed_store_as_in_an_open_one() {
    let place = with_words();
    seal(&place).good();
    let found = |word: &str| {
        place.veche(&format!("--json search --store {STORE} {word} --unlock pass.txt")).json()
    };
    let leaf = found("leaks")["hits"][0]["record"].as_str().unwrap().to_owned();
    let redact = format!(
        "record redact {leaf} --store {STORE} --officer duty --reason named --field text --passphrase-file pass.txt"
    );
    place.veche(&redact).good();
    assert_eq!(found("leaks")["hits"].as_array().unwrap().len(), 0);
    let locked = place.veche(&format!("record redacted --store {STORE}"));
    assert!(locked.err.contains("its contents are sealed"), "{locked}");
    let listed = place.veche(&format!("record redacted --store {STORE} --unlock pass.txt"));
    assert!(listed.good().contains("a day after enough other nodes hold"), "{listed}");
    let whole = place.veche(&format!("fsck {STORE} --unlock pass.txt"));
    assert!(whole.good().ends_with("the store is whole\n"), "{whole}");
}
