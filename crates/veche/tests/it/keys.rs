//! A party's keys through their life, by the command line: the officer's page word by word, and what goes wrong on the way.
#![cfg(unix)]

use crate::pkcs11::{CONF, has_softhsm};
use crate::running::{Running, STORE, made_by_hand, with_node};
use crate::support::{Place, Screen};
use std::process::Command;

const PAGE: &str = include_str!("../../../../docs/keys.md");

/// The page's lines for a shell, a block each, as they stand. The last section is about tokens.
fn blocks(with_tokens: bool) -> Vec<String> {
    let mut blocks = Vec::new();
    let (before, tokens) = PAGE.split_once("\n## 8. Keys on tokens\n").unwrap();
    assert!(tokens.contains("--pkcs11") && !before.contains("--pkcs11"));
    let mut rest = if with_tokens { PAGE } else { before };
    while let Some((_, from)) = rest.split_once("```sh\n") {
        let (block, after) = from.split_once("```").unwrap();
        blocks.push(block.to_owned());
        rest = after;
    }
    blocks
}

/// Runs lines as a person at a shell does; the first that fails ends them.
fn shell(place: &Place, lines: &str) -> Screen {
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_veche"));
    let path = format!("{}:/usr/bin:/bin", program.parent().unwrap().display());
    let output = Command::new("sh")
        .args(["-e", "-c", lines])
        .current_dir(place.path())
        .env("PATH", path)
        // A person's shell keeps what was exported in the block before.
        .env(CONF, place.path().join("softhsm2.conf"))
        .output();
    Screen::of(&output.unwrap())
}

/// A place as the page begins with: a node, its key files in `keys`.
fn as_joined() -> Place {
    let place = made_by_hand();
    let at = |name: &str| place.path().join(name);
    std::fs::rename(at("keys-arven"), at("keys")).unwrap();
    place
}

#[test]
fn the_page_of_keys_is_followed_word_by_word() {
    let place = as_joined();
    let has_tokens = has_softhsm();
    let mut said = Vec::new();
    for block in blocks(has_tokens) {
        let seen = shell(&place, &block);
        assert_eq!((seen.code, seen.err.as_str()), (Some(0), ""), "{block}\n{seen}");
        said.push(seen.out);
    }
    let all = said.join("\n");
    for shown in [
        "root, ",
        "any 2 of 3 give `two-banks.example/arven/root` back",
        "1 record will have no effect until signed anew",
        "1 record without effect until signed anew",
        "nothing waits to be signed anew",
        "officers who sign in it: duty, delegate-2",
        "record 1 of two-banks.example/arven/2",
        "officers who sign in it: duty, delegate-3",
        "record 1 of two-banks.example/arven/3",
        "the backup is whole",
    ] {
        assert!(all.contains(shown), "{shown}: {all}");
    }
    assert!(place.veche("fsck arven.db").good().ends_with("the store is whole\n"));
    let listed = place.veche("--json key list --store arven.db").json();
    let in_force: Vec<&str> = listed["keys"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|key| key["in_force"] == true && key["role"] == "officer")
        .filter_map(|key| key["key"].as_str()?.split('+').next())
        .collect();
    let base = "two-banks.example/arven";
    let card = has_tokens.then(|| format!("{base}/card"));
    let officers = [Some(format!("{base}/duty")), Some(format!("{base}/delegate-3")), card];
    assert_eq!(in_force, officers.into_iter().flatten().collect::<Vec<_>>());
    if has_tokens {
        assert!(all.contains("record 1 of two-banks.example/arven/4"), "{all}");
        assert!(all.contains("two-banks.example/corin/root+"), "{all}");
    }
    let keys = listed["keys"].as_array().unwrap();
    let pairs = keys.iter().filter(|key| key["key"].as_str().unwrap().contains(' '));
    // The third epoch's log key and its delegate's; of the fourth the same.
    assert_eq!(pairs.count(), if has_tokens { 4 } else { 2 });
    // The withdrawn key's officer has no seat any more, the new one has.
    let running = Running::start(&place, "--officers duty --passphrase-file pass.txt");
    let errors = running.errors();
    assert!(errors.contains("arven/delegate-3"), "{errors}");
    assert!(!errors.contains("arven/delegate "), "{errors}");
}

/// A node whose second officer's key was withdrawn from the first record on.
fn with_withdrawn() -> Place {
    let place = as_joined();
    place.put("report.json", r#"{"title": "River at 4.2 m", "text": "Rising."}"#);
    let say = "record say --store arven.db --kind report --terms report.json --officer delegate --passphrase-file pass.txt";
    place.veche(say).good();
    place
        .veche("key revoke delegate --store arven.db --last-good 0 --reason stolen --passphrase-file pass.txt --out r.draft")
        .good();
    place
        .veche("record sign r.draft --key keys/root.key --passphrase-file pass.txt --out r.signed")
        .good();
    place.veche("record submit r.signed --store arven.db --passphrase-file pass.txt").good();
    let refused = place.veche(say);
    assert!(refused.err.contains("is revoked from size 0 on"), "{refused}");
    place
}

#[test]
fn what_a_withdrawn_key_signed_waits_on_the_desk_until_it_is_signed_anew() {
    let place = with_withdrawn();
    let first_page = |place: &Place| {
        let running = Running::start(place, "--officers duty --passphrase-file pass.txt");
        let page = running.signed_in().get("/").body;
        running.end("TERM");
        page
    };
    assert!(first_page(&place).contains("Without effect until signed anew"));
    let by_itself =
        "key resign --store arven.db --record 0 --officer delegate --passphrase-file pass.txt";
    let refused = place.veche(by_itself);
    assert!(refused.err.contains("is revoked"), "a withdrawn key gives nothing back: {refused}");
    let other = place
        .veche("key resign --store arven.db --record 1 --officer duty --passphrase-file pass.txt");
    assert!(other.err.contains("record 1 does not wait"), "{other}");
    let both = "key resign --store arven.db --record 0 --record 7 --officer duty --passphrase-file pass.txt";
    assert_ne!(place.veche(both).code, Some(0));
    assert!(
        place.veche("key resign --store arven.db").good().contains("1 record"),
        "all or nothing"
    );
    place
        .veche("key resign --store arven.db --record 0 --officer duty --passphrase-file pass.txt")
        .good();
    assert!(!first_page(&place).contains("Without effect until signed anew"));
}

#[test]
fn nothing_but_the_root_key_withdraws_or_opens_an_epoch() {
    let place = as_joined();
    let revoke = "key revoke duty --store arven.db --last-good 0 --reason lost --passphrase-file pass.txt --out r.draft";
    place.veche(revoke).good();
    place
        .veche(
            "record sign r.draft --key keys/delegate.key --passphrase-file pass.txt --out r.signed",
        )
        .good();
    let _taken = place.veche("record submit r.signed --store arven.db --passphrase-file pass.txt");
    let listed = place.veche("key list --store arven.db");
    assert!(!listed.good().contains("withdrawn"), "{listed}");
    let unknown = place.veche(&revoke.replace("duty", "nobody"));
    assert!(
        unknown.err.contains("lists no officer's key `two-banks.example/arven/nobody`"),
        "{unknown}"
    );
    let beyond = place.veche(&revoke.replace("--last-good 0", "--last-good 99"));
    assert!(beyond.err.contains("record 99 is not there yet"), "{beyond}");

    let new = "key new --organisation two-banks.example --party arven --passphrase-file pass.txt";
    place.veche(&format!("{new} --name 2 --out 2.key")).good();
    place.veche(&format!("{new} --name 3 --out 3.key")).good();
    let epoch =
        "key epoch --store arven.db --log-key 2.key --passphrase-file pass.txt --out e.draft";
    let skipped = place.veche(&epoch.replace("2.key", "3.key"));
    assert!(skipped.err.contains("the new log is `two-banks.example/arven/2`"), "{skipped}");
    let nobody = place.veche(&format!("{epoch} --drop duty --drop delegate"));
    assert!(nobody.err.contains("nobody could sign in the new log"), "{nobody}");
    place.veche(epoch).good();
    let sign = "key sign e.draft --passphrase-file pass.txt --out e.signed --key keys/";
    let duty = place.veche(&format!("{sign}duty.key"));
    assert!(duty.err.contains("that takes `two-banks.example/arven/root`"), "{duty}");
    let belm = place.veche(
        "key sign e.draft --passphrase-file pass.txt --out e.signed --key keys-belm/root.key",
    );
    assert!(belm.err.contains("that takes `two-banks.example/arven/root`"), "{belm}");
    place.veche(&format!("{sign}root.key")).good();

    // What was signed is what is taken: a digit that was changed on the way is refused, and the node is as it was.
    let signed = String::from_utf8(place.get("e.signed")).unwrap();
    let at = signed.find("\"opening\":\"").unwrap() + 400;
    let mut changed = signed.clone().into_bytes();
    changed[at] = if changed[at] == b'0' { b'1' } else { b'0' };
    for bad in [&changed[..], &signed.as_bytes()[..signed.len() / 2], b"{}", b"\xff\xfe"] {
        place.put("bad.signed", bad);
        let seen =
            place.veche("record submit bad.signed --store arven.db --passphrase-file pass.txt");
        assert_ne!(seen.code, Some(0), "{seen}");
    }
    let draft = String::from_utf8(place.get("e.draft")).unwrap();
    for bad in [
        "",
        "{}",
        &draft[..draft.len() - 9],
        &draft.replace("arven/2\"", "belm/2\""),
        &"[".repeat(300_000),
    ] {
        place.put("bad.draft", bad);
        let seen = place.veche(
            "key sign bad.draft --key keys/root.key --passphrase-file pass.txt --out bad.signed2",
        );
        assert!(seen.code != Some(0) && seen.err.contains("bad.draft"), "{seen}");
    }
    let kept = place.veche("key keep keys/root.key --store arven.db");
    assert!(kept.err.contains("the root key stays off the node"), "{kept}");
    let foreign = place.veche("key keep keys-belm/duty.key --store arven.db");
    assert!(foreign.err.contains("is no key of `arven`"), "{foreign}");
    place.veche("record submit e.signed --store arven.db --passphrase-file pass.txt").good();
    let again = place.veche("record submit e.signed --store arven.db --passphrase-file pass.txt");
    assert!(again.err.contains("it is record 0 of `two-banks.example/arven/2` already"), "{again}");
    assert!(place.veche("fsck arven.db").good().ends_with("the store is whole\n"));
}

#[test]
fn shares_are_told_apart_and_nothing_is_overwritten() {
    let place = as_joined();
    for keeper in ["anna", "boris", "clara"] {
        place.put(&format!("{keeper}.txt"), format!("{keeper} keeps this\n"));
    }
    let keepers = "--keeper-passphrase-file anna.txt --keeper-passphrase-file boris.txt --keeper-passphrase-file clara.txt";
    let split = format!(
        "key split keys/root.key --passphrase-file pass.txt --needed 2 --out shares {keepers}"
    );
    place.veche(&split).good();
    let first = place.get("shares/root-1.share");
    let again = place.veche(&split);
    assert!(again.err.contains("never overwritten"), "{again}");
    assert_eq!(place.get("shares/root-1.share"), first);
    place.veche(&split.replace("--out shares", "--out others")).good();
    let one =
        place.veche(&split.replace("boris.txt", "anna.txt").replace("--out shares", "--out x"));
    assert!(one.err.contains("two keepers have the same passphrase"), "{one}");
    let most =
        place.veche(&split.replace("--needed 2", "--needed 4").replace("--out shares", "--out x"));
    assert!(most.err.contains("at least 2 are needed and no more than there are"), "{most}");

    let join = |shares: &str, words: &str| {
        place.veche(&format!(
            "key join {shares} {words} --new-passphrase-file pass.txt --out joined.key"
        ))
    };
    let two = "--keeper-passphrase-file anna.txt --keeper-passphrase-file boris.txt";
    let mixed = join("shares/root-1.share others/root-2.share", two);
    assert!(mixed.err.contains("share 2 is of another split"), "{mixed}");
    let few = join("shares/root-1.share", "--keeper-passphrase-file anna.txt");
    assert!(few.err.contains("2 shares are needed, and 1 are here"), "{few}");
    let uneven =
        join("shares/root-1.share shares/root-2.share", "--keeper-passphrase-file anna.txt");
    assert!(uneven.err.contains("each share has its keeper's"), "{uneven}");
    let slip = String::from_utf8(place.get("shares/root-2.share"))
        .unwrap()
        .replacen("share 2", "share 3", 1);
    place.put("slip.share", slip);
    let slipped = join("shares/root-1.share slip.share", two);
    assert!(slipped.err.contains("slip.share`: line 7 has a slip"), "{slipped}");
    for bad in [&b""[..], b"\xff\xff", &vec![b'a'; 9000]] {
        place.put("bad.share", bad);
        let seen = join("shares/root-1.share bad.share", two);
        assert!(seen.code != Some(0) && seen.err.contains("bad.share"), "{seen}");
    }
    assert!(!place.path().join("joined.key").exists());
    join("shares/root-1.share shares/root-2.share", two).good();
    let over = join("shares/root-1.share shares/root-2.share", two);
    assert!(over.err.contains("never overwritten"), "{over}");
}

#[test]
fn a_node_that_runs_makes_copies_of_itself_and_keeps_its_store_to_itself() {
    let place = with_node();
    std::fs::create_dir(place.path().join("copies")).unwrap();
    let missing = place.veche(&format!("node run --store {STORE} --backup-to nowhere"));
    assert!(missing.err.contains("nowhere"), "{missing}");
    let running = Running::start(
        &place,
        "--officers duty --passphrase-file pass.txt --backup-to copies --backup-keep 1",
    );
    let mut browser = running.signed_in();
    let report = [("kind", "report"), ("t.title", "River"), ("t.text", "Rising.")];
    for _ in 0..20 {
        assert!(browser.post("/act", &report).leaf().is_some());
    }
    // The lock on the store outlives the handle by which it was copied.
    let second = place.veche(&format!("fsck {STORE}"));
    assert!(second.err.contains("it is in use"), "{second}");
    running.end("TERM");
    let names: Vec<String> = std::fs::read_dir(place.path().join("copies"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let [name] = names.as_slice() else { panic!("one copy and nothing unfinished: {names:?}") };
    let whole = place.veche(&format!("backup verify copies/{name}"));
    assert!(whole.good().ends_with("the backup is whole\n"), "{whole}");
    assert!(place.veche(&format!("fsck {STORE}")).good().contains("20 records"));
}

#[test]
fn a_copy_that_the_disk_does_not_take_leaves_no_file() {
    let place = with_node();
    // Files of four fifths of the store's length, in blocks of 512 bytes: a copy of it does not fit.
    let blocks = place.get(STORE).len() * 8 / 10 / 512;
    let script =
        format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" backup make arven.db one.backup");
    let output = Command::new("sh")
        .args(["-c", &script, env!("CARGO_BIN_EXE_veche")])
        .current_dir(place.path())
        .output();
    let seen = Screen::of(&output.unwrap());
    assert_ne!(seen.code, Some(0), "{seen}");
    let left: Vec<String> = std::fs::read_dir(place.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("backup"))
        .collect();
    assert_eq!(left, [""; 0], "{seen}");
    assert!(place.veche(&format!("fsck {STORE}")).good().ends_with("the store is whole\n"));
    place.veche("backup make arven.db one.backup").good();
}

#[test]
fn what_is_said_while_the_root_key_signs_falls_only_where_somebody_says_so() {
    let place = as_joined();
    place.put("report.json", r#"{"title": "River at 4.2 m", "text": "Rising."}"#);
    let say = "record say --store arven.db --kind report --terms report.json --officer duty --passphrase-file pass.txt";
    place.veche(say).good();
    let new = "key new --organisation two-banks.example --party arven --passphrase-file pass.txt";
    place.veche(&format!("{new} --name 2 --out 2.key")).good();
    place
        .veche(
            "key epoch --store arven.db --log-key 2.key --passphrase-file pass.txt --out e.draft",
        )
        .good();
    place.veche(say).good();
    place
        .veche("key sign e.draft --passphrase-file pass.txt --out e.signed --key keys/root.key")
        .good();
    let submit = "record submit e.signed --store arven.db --passphrase-file pass.txt";
    for wrong in ["", " --falls 2"] {
        let refused = place.veche(&format!("{submit}{wrong}"));
        assert_ne!(refused.code, Some(0), "{refused}");
        assert!(
            refused.err.contains("officers said 1 after them, which would fall: 1."),
            "{refused}"
        );
    }
    place.veche(say).good();
    assert!(place.veche(&format!("{submit} --falls 1")).err.contains("fall: 1, 2."));
    place.veche(&format!("{submit} --falls 2")).good();
    let listed = place.veche("--json node status --store arven.db").json();
    assert_eq!(listed["logs"]["two-banks.example/arven/2"]["size"], 1, "{listed}");
}

#[test]
fn of_a_log_that_is_lost_no_officer_is_taken_over() {
    let place = as_joined();
    let new = "key new --organisation two-banks.example --party arven --passphrase-file pass.txt";
    place.veche(&format!("{new} --name 2 --out 2.key")).good();
    let root = "ab".repeat(32);
    let epoch = format!(
        "key epoch --store arven.db --log-key 2.key --passphrase-file pass.txt --out e.draft --last-good 9 --root {root}"
    );
    let refused = place.veche(&epoch);
    assert!(refused.err.contains("nobody is taken over: name all with `--add`"), "{refused}");
    let duty = place.veche(&format!("{new} --name duty --out duty-2.key")).good().to_owned();
    let drawn = place.veche(&format!("{epoch} --add {}", duty.trim()));
    assert!(drawn.good().contains("officers who sign in it: duty\n"), "{drawn}");
}
