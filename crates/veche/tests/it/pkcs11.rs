//! Keys on tokens: SoftHSM's, where it is installed; and a library between it and the program, which lies.
#![cfg(target_os = "linux")]

use crate::running::{STORE, TWO_BANKS, make_in};
use crate::support::{Place, Screen};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use tempfile::TempDir;
use veche_ledger::key::Algorithm;
use veche_ledger::{KeyName, VerifyingKey};

/// Where Debian puts the library of SoftHSM.
pub(crate) const SOFTHSM: &str = "/usr/lib/softhsm/libsofthsm2.so";

/// What SoftHSM reads before anything else.
pub(crate) const CONF: &str = "SOFTHSM2_CONF";

const BASE: &str = "two-banks.example/arven";

/// Keys that SoftHSM takes as they are: one of P-256, and that of RFC 8410, section 10.3, an Ed25519 key.
const P256: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgiGZF3iD2mclYS4Bk
qJFXcSuYKpdR7phqV0I2xEtYvA+hRANCAARgMypzetKC6vsUxOni4j/QSmRkH8T9
8AagA2IX9xB66fczFgVMhPWz2qcHpMnJpQuefQx1CGpS+2dNxePXKGAo";
const RFC_8410: &str = "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC";

/// The program that makes its tokens.
const UTIL: &str = "/usr/bin/softhsm2-util";

/// Whether SoftHSM is installed; a line that says so where it is not.
pub(crate) fn has_softhsm() -> bool {
    let is_there = [SOFTHSM, UTIL].iter().all(|path| Path::new(path).is_file());
    if !is_there {
        // Past the test harness, which hides what a passing test prints.
        let line = format!("skipped: no SoftHSM at {SOFTHSM} (on Debian: softhsm2)\n");
        std::io::stderr().write_all(line.as_bytes()).unwrap();
    }
    is_there
}

/// A place with tokens of its own.
struct Tokens {
    place: Place,
    liar: Option<&'static str>,
}

impl Tokens {
    /// Tokens of these labels, each with the PIN `1234`, in `pin.txt`. `None` where SoftHSM is not installed.
    fn new(labels: &[&str]) -> Option<Self> {
        if !has_softhsm() {
            return None;
        }
        let place = Place::new();
        std::fs::create_dir(place.path().join("tokens")).unwrap();
        place.put("pin.txt", "1234\n");
        place.put("wrong.txt", "9999\n");
        let folder = place.path().join("tokens");
        place.put("softhsm2.conf", format!("directories.tokendir = {}\n", folder.display()));
        let tokens = Self { place, liar: None };
        for label in labels {
            tokens.util(&format!("--init-token --free --label {label} --pin 1234 --so-pin 5678"));
        }
        Some(tokens)
    }

    fn util(&self, arguments: &str) {
        let mut command = Command::new(UTIL);
        command.args(arguments.split(' ')).current_dir(self.place.path());
        let output = command.env(CONF, self.place.path().join("softhsm2.conf")).output().unwrap();
        assert!(output.status.success(), "{arguments}: {output:?}");
    }

    /// Puts a key onto a token that was made elsewhere.
    fn import(&self, token: &str, label: &str, id: &str, key: &str) {
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{key}\n-----END PRIVATE KEY-----\n");
        self.place.put("key.pem", pem);
        self.util(&format!(
            "--import key.pem --token {token} --label {label} --id {id} --pin 1234"
        ));
    }

    /// The program with these arguments, in which `LIB` is the library.
    fn veche(&self, arguments: &str) -> Screen {
        let library = self.liar.map_or(SOFTHSM, |_| liar().to_str().unwrap());
        let mut command = self.place.command(&arguments.replace("LIB", library));
        command.env(CONF, self.place.path().join("softhsm2.conf"));
        if let Some(how) = self.liar {
            command.env("VECHE_LIAR_TRUE", SOFTHSM).env("VECHE_LIAR_HOW", how);
        }
        Screen::of(&command.output().unwrap())
    }

    /// The same through the library that lies.
    fn lied_to(&mut self, how: &'static str, arguments: &str) -> Screen {
        self.liar = Some(how);
        let screen = self.veche(arguments);
        self.liar = None;
        screen
    }

    /// Makes a key of Arven on a token, and returns its line.
    fn make(&self, token: &str, name: &str) -> String {
        let new = format!("key new --organisation two-banks.example --party arven --name {name}");
        let made = self.veche(&format!("{new} --pkcs11 LIB --token {token} --pin-file pin.txt"));
        made.good().trim_end().to_owned()
    }

    fn has(&self, file: &str) -> bool {
        self.place.path().join(file).exists()
    }
}

/// Compiles the library that lies, once.
fn liar() -> &'static Path {
    static BUILT: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, path) = BUILT.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/pkcs11/liar.c");
        let built = folder.path().join("liar.so");
        let mut command = Command::new("cc");
        command.args(["-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", "-o"]);
        // The C compiler that SQLite is built with.
        let done = command.arg(&built).arg(source).arg("-ldl").status();
        assert!(done.unwrap().success());
        (folder, built)
    });
    path
}

/// A draft of a report, from a node of Arven whose root key lies on the token `root-card`, and whose second epoch lists a key on `duty-card`.
fn with_officers_card() -> Option<(Tokens, String)> {
    let tokens = Tokens::new(&["root-card", "duty-card"])?;
    let root = tokens.make("root-card", "root");
    make_in(&tokens.place, TWO_BANKS, |party, table| {
        let change = |line: &str| match line.strip_prefix("root = ") {
            Some(_) if party == "arven" => format!("root = \"{root}\"\n"),
            Some(_) | None => format!("{line}\n"),
        };
        table.lines().map(change).collect()
    });
    std::fs::remove_file(tokens.place.path().join("keys-arven/root.key")).unwrap();
    let card = tokens.make("duty-card", "card");
    tokens
        .veche("key new --organisation two-banks.example --party arven --name 2 --passphrase-file pass.txt --out 2.key")
        .good();
    tokens
        .veche(&format!(
            "key epoch --store {STORE} --log-key 2.key --add {card} --passphrase-file pass.txt --out e.draft"
        ))
        .good();
    Some((tokens, card))
}

const SIGN_EPOCH: &str = "key sign e.draft --pkcs11 LIB --token root-card --key two-banks.example/arven/root --pin-file pin.txt --out e.signed";
const SUBMIT_EPOCH: &str = "record submit e.signed --store arven.db --passphrase-file pass.txt";
const DRAFT: &str = "record draft --store arven.db --kind report --terms report.json --passphrase-file pass.txt --out r.draft";
const SIGN: &str = "record sign r.draft --pkcs11 LIB --token duty-card --key two-banks.example/arven/card --pin-file pin.txt --out r.signed";

#[test]
fn root_key_and_officers_key_on_tokens_open_an_epoch_and_say_a_record() {
    let Some((tokens, card)) = with_officers_card() else { return };
    tokens.place.put("report.json", r#"{"title": "River at 4.2 m", "text": "Rising."}"#);
    let listed = tokens.veche("key list --pkcs11 LIB").good().to_owned();
    assert!(listed.contains(&card) && listed.contains("token `root-card`"), "{listed}");

    let of_officer = SIGN_EPOCH.replace("root-card", "duty-card").replace("/root", "/card");
    let officer = tokens.veche(&of_officer);
    assert!(officer.err.contains("that takes `two-banks.example/arven/root`"), "{officer}");
    assert!(!tokens.has("e.signed"));
    let signed = tokens.veche(&format!("{SIGN_EPOCH} --charter genesis.toml"));
    assert!(signed.good().contains("signed by two-banks.example/arven/root"), "{signed}");
    tokens.veche(SUBMIT_EPOCH).good();

    tokens.veche(DRAFT).good();
    // The charter of the beginning does not know an officer of the second epoch, the store does.
    let unknown = tokens.veche(&format!("{SIGN} --charter genesis.toml"));
    assert!(unknown.err.contains("no key `two-banks.example/arven/card` is listed"), "{unknown}");
    assert!(!tokens.has("r.signed"));
    tokens.veche(&format!("{SIGN} --store {STORE}")).good();
    let placed = tokens.veche("record submit r.signed --store arven.db --passphrase-file pass.txt");
    assert!(placed.good().starts_with("record 1 of two-banks.example/arven/2"), "{placed}");
    let in_store = tokens.veche("key list --store arven.db");
    assert!(in_store.good().contains("officer `card`"), "{in_store}");
    assert!(in_store.good().contains("signed 1 record, the last 1"), "{in_store}");
    assert!(tokens.veche("fsck arven.db").good().ends_with("the store is whole\n"));

    // The root key withdraws the card, and from then on nothing is signed with it where the store is asked.
    tokens.veche("key revoke card --store arven.db --last-good 2 --reason lost --passphrase-file pass.txt --out w.draft").good();
    let withdraw = SIGN_EPOCH.replace("key sign e.draft", "record sign w.draft");
    let withdraw = withdraw.replace("e.signed", "w.signed");
    tokens.veche(&format!("{withdraw} --store {STORE}")).good();
    tokens.veche("record submit w.signed --store arven.db --passphrase-file pass.txt").good();
    let gone = tokens.veche(&format!("{SIGN} --store {STORE}").replace("r.signed", "again.signed"));
    assert!(gone.err.contains("is no longer in force"), "{gone}");
    assert!(!tokens.has("again.signed"));
}

#[test]
fn a_token_that_signs_another_text_is_found_out() {
    let Some((mut tokens, _)) = with_officers_card() else { return };
    tokens.place.put("report.json", r#"{"title": "River at 4.2 m", "text": "Rising."}"#);
    tokens.veche(DRAFT).good();
    for how in ["other", "flip", "zeros", "short", "long"] {
        for (command, out) in [(SIGN, "r.signed"), (SIGN_EPOCH, "e.signed")] {
            let seen = tokens.lied_to(how, command);
            assert!(seen.err.contains("is no signature of this text"), "{how}: {seen}");
            assert!(!tokens.has(out), "{how}: {out}");
        }
    }
    for (command, out) in [(SIGN, "r.signed"), (SIGN_EPOCH, "e.signed")] {
        let seen = tokens.lied_to("pulled", command);
        assert!(seen.err.contains("was pulled out or fell silent"), "{seen}");
        assert!(!tokens.has(out));
        // The same library tells the truth as well: it is the lie that was found, not the library.
        tokens.lied_to("nothing", command).good();
    }
}

#[test]
fn a_new_key_that_would_not_stay_or_does_not_sign_is_destroyed() {
    let Some(mut tokens) = Tokens::new(&["card"]) else { return };
    let new = "key new --organisation two-banks.example --party arven --name duty --pkcs11 LIB --pin-file pin.txt";
    for (how, why) in [
        ("leaky", "it would let the new key out again"),
        ("mute", "it would let the new key out again"),
        ("other", "is no signature of this text"),
        ("pulled", "was pulled out or fell silent"),
    ] {
        let seen = tokens.lied_to(how, new);
        assert!(seen.err.contains(why), "{how}: {seen}");
        let left = tokens.veche("--json key list --pkcs11 LIB --token card --pin-file pin.txt");
        assert_eq!(left.json()["tokens"][0]["keys"], serde_json::json!([]), "{how}");
        let private = tokens.veche("key list --pkcs11 LIB --key x --pin-file pin.txt");
        assert!(private.err.contains("it has none at all"), "{how}: {private}");
    }
    tokens.veche(new).good();
}

#[test]
fn what_is_wrong_with_a_token_is_said_in_words() {
    let Some(mut tokens) = Tokens::new(&[]) else { return };
    let list = "key list --pkcs11 LIB";
    let mut said = String::new();
    let mut note = |asked: &str, seen: &Screen| {
        assert_ne!(seen.code, Some(0), "{asked}: {seen}");
        writeln!(said, "$ veche {asked}\n{seen}\n").unwrap();
    };
    note(list, &tokens.veche(list));
    for label in ["one", "two", "same", "same"] {
        tokens.util(&format!("--init-token --free --label {label} --pin 1234 --so-pin 5678"));
    }
    tokens.make("one", "duty");
    tokens.import("one", "old", "a1", P256);
    tokens.import("one", "twice", "a2", RFC_8410);
    tokens.import("one", "twice", "a3", P256);
    tokens.import("one", "laptop", "a4", RFC_8410);
    tokens.place.put("empty.txt", "");
    let on_one = "key list --pkcs11 LIB --token one --pin-file pin.txt --key";
    let new = "key new --organisation two-banks.example --party arven --pkcs11 LIB --pin-file pin.txt --token one --name";
    for asked in [
        "key list --pkcs11 nowhere.so",
        "key list --pkcs11 LIB --key two-banks.example/arven/duty --pin-file pin.txt",
        "key list --pkcs11 LIB --token three",
        "key list --pkcs11 LIB --token same",
        "key list --pkcs11 LIB --token one --key old",
        "key list --pkcs11 LIB --token one --key old --pin-file empty.txt",
        "key list --pkcs11 LIB --token two --key old --pin-file pin.txt",
        &format!("{on_one} duty"),
        &format!("{on_one} old"),
        &format!("{on_one} twice"),
        &format!("{on_one} laptop"),
        &format!("{on_one} laptop --name laptop"),
        &format!("{new} duty"),
        &format!("{new} 2"),
        &format!("{new} witness"),
        &format!("{new} duty-2 --post-quantum"),
        "key list --pkcs11 LIB --token one --pin-file wrong.txt",
    ] {
        note(asked, &tokens.veche(asked));
    }
    let by_pin = "key list --pkcs11 LIB --token one --pin-file";
    for (how, pin) in [
        ("final", "wrong.txt"),
        ("locked", "pin.txt"),
        ("broken", "pin.txt"),
        ("empty", "pin.txt"),
        ("stub", "pin.txt --key two-banks.example/arven/duty"),
        ("asks", "pin.txt --key two-banks.example/arven/duty"),
    ] {
        let asked = format!("{by_pin} {pin}");
        let seen = tokens.lied_to(how, &asked);
        note(&format!("{asked}  # {how}"), &seen);
    }
    let said = said.replace(liar().to_str().unwrap(), "liar.so");
    insta::assert_snapshot!(said.replace(SOFTHSM, "LIB"));
}

#[test]
fn a_token_does_not_steer_the_terminal() {
    let Some(mut tokens) = Tokens::new(&["card"]) else { return };
    tokens.make("card", "duty");
    let listed = tokens.lied_to("strange", "key list --pkcs11 LIB");
    let first = listed.good().lines().next().unwrap();
    assert!(first.starts_with("token `\u{fffd}[2J\u{fffd}\u{fffd}"), "{listed}");
    assert!(!listed.out.contains('\x1b'), "{listed}");
    // A key whose point is cut short is not listed as one.
    let cut = tokens.lied_to("stub", "key list --pkcs11 LIB");
    assert!(cut.good().contains("0 Ed25519 keys; some tokens"), "{cut}");
}

#[test]
fn a_card_of_another_kind_in_another_reader_is_passed_over() {
    let Some(mut tokens) = Tokens::new(&["one", "two"]) else { return };
    assert_eq!(tokens.veche("key list --pkcs11 LIB").good().lines().count(), 2);
    let listed = tokens.lied_to("unknown", "key list --pkcs11 LIB");
    assert_eq!(listed.good().lines().count(), 1, "{listed}");
}

#[test]
fn a_key_that_was_made_elsewhere_is_listed_under_the_name_that_is_given() {
    let Some(tokens) = Tokens::new(&["card"]) else { return };
    tokens.import("card", "laptop", "a4", RFC_8410);
    let listed = tokens.veche("key list --pkcs11 LIB").good().to_owned();
    assert!(listed.contains("`laptop`: no key's name"), "{listed}");
    let line = tokens.veche(&format!(
        "key list --pkcs11 LIB --pin-file pin.txt --key laptop --name {BASE}/laptop"
    ));
    // RFC 8410, section 10.1, has its public half.
    let public = b"\x19\xbf\x44\x09\x69\x84\xcd\xfe\x85\x41\xba\xc1\x67\xdc\x3b\x96\
        \xc8\x50\x86\xaa\x30\xb6\xb6\xcb\x0c\x5c\x38\xad\x70\x31\x66\xe1";
    let name = KeyName::parse(&format!("{BASE}/laptop")).unwrap();
    let expected = VerifyingKey::new(name, Algorithm::Ed25519, public).unwrap();
    assert_eq!(line.good(), format!("{expected}\n"));
}

#[test]
fn another_key_than_the_listed_one_signs_nothing() {
    let Some(tokens) = Tokens::new(&["card"]) else { return };
    make_in(&tokens.place, TWO_BANKS, |_, table| table);
    tokens.place.put("report.json", r#"{"title": "River at 4.2 m", "text": "Rising."}"#);
    tokens.make("card", "duty");
    tokens
        .veche("key new --organisation two-banks.example --party arven --name duty --passphrase-file pass.txt --out other.key")
        .good();
    tokens.veche(DRAFT).good();
    let sign = SIGN.replace("duty-card", "card").replace("arven/card", "arven/duty");
    for listed in ["--charter genesis.toml", "--store arven.db"] {
        let other = tokens.veche(&format!("{sign} {listed}"));
        assert!(other.err.contains("is listed with another key"), "{other}");
        // A key file is held against the same list.
        let file =
            format!("record sign r.draft --passphrase-file pass.txt --out r.signed {listed}");
        let other = tokens.veche(&format!("{file} --key other.key"));
        assert!(other.err.contains("is listed with another key"), "{other}");
        assert!(!tokens.has("r.signed"));
        tokens.veche(&format!("{file} --key keys-arven/duty.key")).good();
        std::fs::remove_file(tokens.place.path().join("r.signed")).unwrap();
    }
    for bad in ["--charter nowhere.toml", "--charter report.json", "--store report.json"] {
        assert_ne!(tokens.veche(&format!("{sign} {bad}")).code, Some(0), "{bad}");
        assert!(!tokens.has("r.signed"), "{bad}");
    }
    tokens.place.put("bad.draft", "{");
    let bad = tokens.veche(&sign.replace("r.draft", "bad.draft").replace("pin.txt", "wrong.txt"));
    assert!(bad.err.contains("`bad.draft` is no draft"), "no PIN is spent on it: {bad}");
}

#[test]
fn the_pin_is_asked_for_at_the_terminal_which_does_not_show_it() {
    let Some(tokens) = Tokens::new(&["card"]) else { return };
    let line = tokens.make("card", "duty");
    let typed = |pin: &str| {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/pkcs11/terminal.py");
        let asked = format!("key list --pkcs11 {SOFTHSM} --key {BASE}/duty");
        let mut command = Command::new("python3");
        command.arg(script).args([pin, env!("CARGO_BIN_EXE_veche")]).args(asked.split(' '));
        command.env(CONF, tokens.place.path().join("softhsm2.conf"));
        Screen::of(&command.output().unwrap())
    };
    let seen = typed("1234");
    assert_eq!(seen.good(), format!("PIN of token `card`: \r\n{line}\r\n"));
    let wrong = typed("9876");
    assert!(wrong.out.contains("the PIN is wrong") && !wrong.out.contains("9876"), "{wrong}");
    let none = typed("");
    assert!(none.out.contains("there is no PIN"), "{none}");
}
