//! `docs/courier.md`, followed word by word, and what the program says when something is wrong on the way.

use crate::support::{Place, Screen};

const PAGE: &str = include_str!("../../../../docs/courier.md");

/// Two nodes of one organisation in one folder.
fn two_nodes() -> Place {
    let place = Place::new();
    place.put("pass.txt", "one two three four\n");
    place.put("report.json", r#"{"title": "River at 4.2 m", "text": "Rising."}"#);
    place.put("charter.toml", crate::running::TWO_BANKS);
    let mut genesis = "node genesis charter.toml --out genesis.toml".to_owned();
    for party in ["arven", "belm", "office"] {
        let table = place.veche(&format!(
            "node keys --organisation two-banks.example --party {party} --officers duty --folder keys-{party} \
             --passphrase-file pass.txt"
        ));
        place.put(&format!("{party}.toml"), table.good());
        genesis = format!("{genesis} --keys {party}.toml");
    }
    place.veche(&genesis).good();
    for party in ["arven", "belm"] {
        let init = format!(
            "node init --charter genesis.toml --party {party} --keys keys-{party} --store {party}.db"
        );
        place.veche(&init).good();
    }
    place
}

/// The commands of the page, each without the program's name.
fn commands() -> Vec<String> {
    let mut in_block = false;
    let mut found = Vec::new();
    for line in PAGE.lines() {
        if line.starts_with("```") {
            in_block = line == "```sh";
        } else if in_block {
            found.push(line.strip_prefix("veche ").unwrap().to_owned());
        }
    }
    found
}

/// Runs a command of the page as a shell would.
fn run(place: &Place, command: &str) -> Screen {
    match command.split_once(" > ") {
        Some((command, file)) => {
            let screen = place.veche(command);
            place.put(file, screen.good());
            screen
        }
        None => place.veche(command),
    }
}

#[test]
fn the_page_is_followed_as_it_stands() {
    let place = two_nodes();
    let commands = commands();
    assert_eq!(commands.len(), 7, "{commands:?}");
    let screens: Vec<Screen> = commands.iter().map(|command| run(&place, command)).collect();
    for (command, screen) in commands.iter().zip(&screens) {
        assert_eq!((screen.code, screen.err.as_str()), (Some(0), ""), "{command}: {screen}");
    }
    assert!(screens[3].out.contains("made by two-banks.example/arven/1 for the node of `belm`"));
    assert!(screens[4].out.contains("two-banks.example/arven/1: "), "{}", screens[4]);
    assert!(screens[6].out.contains("from the node of `belm`, 1 of 1 volume"), "{}", screens[6]);
    assert!(!screens[6].out.contains("0 cosignatures"), "{}", screens[6]);
    for store in ["arven.db", "belm.db"] {
        let whole = place.veche(&format!("fsck {store}"));
        assert!(whole.good().ends_with("the store is whole\n"), "{whole}");
    }
    let again = place
        .veche("bundle import to-belm.bundle --store belm.db --passphrase-file pass.txt --json");
    assert_eq!(again.json()["bundles"][0]["logs"][0]["lacks"], serde_json::Value::Null, "{again}");
    let told = place.veche("bundle export --store belm.db --passphrase-file pass.txt --for arven --out to-arven.bundle");
    assert!(told.err.contains("nothing is overwritten"), "{told}");
}

#[test]
fn what_is_wrong_is_said_with_what_to_do() {
    let place = two_nodes();
    let export =
        "bundle export --store arven.db --passphrase-file pass.txt --for belm --out x.bundle";
    let told = place.veche(export);
    assert_eq!(told.code, Some(5), "{told}");
    assert!(told.err.contains("get what `veche bundle recipient` prints there"), "{told}");
    run(&place, &commands()[0]);
    place.veche(&format!("{export} --recipient belm.recipient")).good();
    let mut bytes = place.get("x.bundle");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    place.put("bad.bundle", &bytes);
    let told = place.veche("bundle import bad.bundle --store belm.db --passphrase-file pass.txt");
    assert_eq!(told.code, Some(5), "{told}");
    assert!(
        told.err.contains("bundle `bad.bundle`: it was cut short or changed on the way"),
        "{told}"
    );
    let told = place.veche("bundle import none.bundle --store belm.db --passphrase-file pass.txt");
    assert_eq!(told.code, Some(3), "{told}");
    let told = place.veche("bundle import report.json --store belm.db --passphrase-file pass.txt");
    assert!(told.err.contains("it is no bundle"), "{told}");
    let told = place.veche("bundle show x.bundle --store belm.db --passphrase-file report.json");
    assert!(told.err.contains("passphrase"), "{told}");
}

#[test]
fn a_store_put_back_with_cp_is_found_out_by_what_a_courier_brings() {
    let place = two_nodes();
    let with = |command: &str| format!("{command} --passphrase-file pass.txt");
    let say = with("record say --store arven.db --kind report --terms report.json --officer duty");
    place.veche(&say).good();
    for party in ["arven", "belm"] {
        let note =
            place.veche(&with(&format!("bundle recipient --store {party}.db"))).good().to_owned();
        place.put(&format!("{party}.recipient"), note);
    }
    let copy = place.get("arven.db");
    place.veche(&say).good();
    let export = with("bundle export --store arven.db --for belm --recipient belm.recipient");
    place.veche(&format!("{export} --out to-belm.bundle")).good();
    place.veche(&with("bundle import to-belm.bundle --store belm.db")).good();
    let export = with("bundle export --store belm.db --for arven --recipient arven.recipient");
    place.veche(&format!("{export} --since nothing --out to-arven.bundle")).good();

    place.put("arven.db", copy);
    // The disk is another one: what lay beside the store is gone.
    std::fs::remove_file(place.path().join("arven.db.sizes")).unwrap();
    let _told = place.veche(&with("bundle import to-arven.bundle --store arven.db"));
    let silent = place.veche(&say);
    assert!(silent.err.contains("was restored from a backup"), "{silent}");
}
