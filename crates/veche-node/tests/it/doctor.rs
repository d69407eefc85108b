//! What the doctor finds of a node that is well, and of one with each fault.

use crate::operations::belm;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use veche_ledger::UnixSeconds;
use veche_node::doctor::{Asked, Level, examine};
use veche_node::keyfile;
use veche_node::store::{Durability, Store};

const WORDS: &[u8] = b"one two three four";

/// Makes Belm's store, whose keys are locked, with its party's name in it.
fn made(folder: &Path, keys: &[&str]) -> PathBuf {
    drop(belm(folder));
    let path = folder.join("belm.db");
    let store = Store::open_existing(&path, Durability::Exercise).unwrap();
    store.set_meta("party", b"belm").unwrap();
    let party = crate::world::id("belm");
    let new = keyfile::make(
        "two-banks.example",
        &party,
        &["duty".to_owned()],
        keyfile::KeyKind::One,
        WORDS,
    )
    .unwrap();
    for (role, text) in new.locked.iter().filter(|(role, _)| keys.contains(&role.as_str())) {
        store.set_key(&format!("two-banks.example/belm/{role}"), text).unwrap();
    }
    path
}

fn now() -> UnixSeconds {
    veche_node::run::system_time()
}

fn asked(store: &Path) -> Asked<'_> {
    Asked {
        store,
        passphrase: None,
        reach: None,
        context: None,
        listen: &[],
        certificates: &[],
        now: now(),
        is_thorough: false,
    }
}

/// Says the worst that was found of an area, and what of it.
#[track_caller]
fn check(asked: &Asked<'_>, area: &str, level: Level, said: &str) {
    let found = examine(asked);
    let worst = found.iter().filter(|finding| finding.area == area).max_by_key(|f| f.level);
    let worst = worst.unwrap_or_else(|| panic!("nothing about {area}: {found:?}"));
    assert_eq!(worst.level, level, "{worst:?}");
    assert!(worst.what.contains(said), "{worst:?}");
    assert_eq!(worst.todo.is_some(), level != Level::Ok, "a finding says what to do: {worst:?}");
}

#[test]
fn of_a_store_it_tells_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let path = made(folder.path(), &["1", "witness", "duty"]);
    check(&asked(&path), "store", Level::Ok, "the file is whole");
    check(&Asked { is_thorough: true, ..asked(&path) }, "store", Level::Ok, "0 records");
    check(&asked(&path), "charter", Level::Ok, "Two Banks Accord, version 1");
    check(&asked(&path), "keys", Level::Warn, "3 locked keys were not tried");
    check(&asked(&folder.path().join("none.db")), "store", Level::Fail, "does not exist");
    let held = Store::open_existing(&path, Durability::Exercise).unwrap();
    check(&asked(&path), "store", Level::Warn, "a node has it open");
    drop(held);
    let mut bytes = std::fs::read(&path).unwrap();
    let len = bytes.len();
    bytes[len / 2..].fill(7);
    std::fs::write(&path, bytes).unwrap();
    check(&asked(&path), "store", Level::Fail, "");
}

#[test]
fn of_keys_it_tells_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let path = made(folder.path(), &["1", "duty", "root"]);
    let with = |words| Asked { passphrase: Some(words), ..asked(&path) };
    let found = examine(&with(WORDS));
    let told: Vec<&str> =
        found.iter().filter(|f| f.area == "keys").map(|f| f.what.as_str()).collect();
    assert!(told.contains(&"the root key is in the store"), "{told:?}");
    assert!(told.contains(&"the store has no key `witness`"), "{told:?}");
    assert!(told.contains(&"`1` is not the one that the charter began with"), "{told:?}");
    check(&with(b"another"), "keys", Level::Fail, "");
}

#[test]
fn of_the_clock_it_tells_when_it_is_behind() {
    let folder = tempfile::tempdir().unwrap();
    let path = made(folder.path(), &["1", "witness"]);
    check(&asked(&path), "clock", Level::Ok, "no file is from the future");
    let hour_ago = UnixSeconds(now().0 - 3600);
    check(&Asked { now: hour_ago, ..asked(&path) }, "clock", Level::Fail, "it is behind");
    check(&Asked { now: UnixSeconds(60), ..asked(&path) }, "clock", Level::Fail, "never set");
}

#[test]
fn of_ports_and_rights_it_tells_what_is_wrong() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = made(folder.path(), &["1", "witness"]);
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let listen = [taken.local_addr().unwrap()];
    check(&Asked { listen: &listen, ..asked(&path) }, "port", Level::Fail, "in use");
    drop(taken);
    check(&Asked { listen: &listen, ..asked(&path) }, "port", Level::Ok, "is free");
    let strange = [SocketAddr::from(([192, 0, 2, 1], 80))];
    check(&Asked { listen: &strange, ..asked(&path) }, "port", Level::Fail, "192.0.2.1:80");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    check(&asked(&path), "store rights", Level::Warn, "(644)");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    check(&asked(&path), "store rights", Level::Ok, "its owner's alone");
}

#[test]
fn of_certificates_it_tells_when_they_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = made(folder.path(), &["1", "witness"]);
    let file = folder.path().join("cert.pem");
    let mut parameters = rcgen::CertificateParams::new(["desk.example".to_owned()]).unwrap();
    parameters.not_before = rcgen::date_time_ymd(2027, 1, 1);
    parameters.not_after = rcgen::date_time_ymd(2027, 3, 15);
    let key = rcgen::KeyPair::generate().unwrap();
    std::fs::write(&file, parameters.self_signed(&key).unwrap().pem()).unwrap();
    let files = [file.clone()];
    let at = |time: &str| Asked {
        certificates: &files,
        now: UnixSeconds::parse(time).unwrap(),
        ..asked(&path)
    };
    check(&at("2026-12-31T00:00:00Z"), "certificate", Level::Fail, "begins 2027-01-01");
    check(&at("2027-01-02T00:00:00Z"), "certificate", Level::Ok, "holds until 2027-03-15");
    check(&at("2027-03-01T00:00:00Z"), "certificate", Level::Warn, "ends 2027-03-15");
    check(&at("2027-03-15T00:00:00Z"), "certificate", Level::Fail, "ended 2027-03-15");
    std::fs::write(&file, "no certificate").unwrap();
    check(&at("2027-01-02T00:00:00Z"), "certificate", Level::Fail, "holds none");
}

#[test]
fn of_people_it_tells_who_cannot_be_reached() {
    let folder = tempfile::tempdir().unwrap();
    let path = made(folder.path(), &["1", "witness"]);
    let file = folder.path().join("reach.toml");
    let text = |command: &str, desk: &str| {
        format!(
            "{desk}[channel.text]\nkind = \"command\"\nlabel = \"PUBLIC\"\ncommand = [\"{command}\"]\n\
             [person.a]\nofficer = \"duty\"\nby = [{{ channel = \"text\" }}]\n[[roster]]\npeople = [\"a\"]\n"
        )
    };
    let reach = Asked { reach: Some(&file), ..asked(&path) };
    std::fs::write(&file, text("/bin/true", "desk = \"https://desk.example\"\n")).unwrap();
    check(&reach, "channel", Level::Ok, "`/bin/true` is there");
    std::fs::write(&file, text("/no/such", "")).unwrap();
    check(&reach, "channel", Level::Fail, "`/no/such` is no program");
    check(&reach, "people", Level::Warn, "messages carry no links");
    std::fs::write(&file, text("/bin/true", "").replace("people = [\"a\"]", "people = [\"b\"]"))
        .unwrap();
    check(&reach, "people", Level::Fail, "and there is no such person");
}
