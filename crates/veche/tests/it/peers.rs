//! Nodes as processes of their own, over the network of this machine: what one says, the others hold; what is cut, catches up; what has
//! ended, is closed.
#![cfg(unix)]

use crate::browser::Browser;
use crate::running::{Running, TWO_BANKS};
use crate::support::Place;
use serde_json::Value;
use std::net::TcpListener;
use std::time::{Duration, Instant};

const PARTIES: [&str; 3] = ["arven", "belm", "office"];

/// How long something may take that takes a second or two on a quiet machine.
const PATIENCE: Duration = Duration::from_secs(90);

/// Three nodes, each with a store and a port of its own.
pub(crate) struct Three {
    pub(crate) place: Place,
    ports: Vec<u16>,
}

impl Three {
    pub(crate) fn new(charter: &str) -> Self {
        let place = Place::new();
        place.put("pass.txt", "one two three four\n");
        place.put("charter.toml", charter);
        let mut genesis = "node genesis charter.toml --out genesis.toml".to_owned();
        for party in PARTIES {
            let table = place.veche(&format!(
                "node keys --organisation two-banks.example --party {party} --officers duty --folder keys-{party} \
                 --passphrase-file pass.txt"
            ));
            place.put(&format!("{party}.toml"), table.good());
            genesis = format!("{genesis} --keys {party}.toml");
        }
        place.veche(&genesis).good();
        let free: Vec<TcpListener> =
            PARTIES.iter().map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
        let ports = free.iter().map(|free| free.local_addr().unwrap().port()).collect();
        let three = Self { place, ports };
        // The office is first, knows where the others are, and invites them.
        let init = |from: &str, party: &str| {
            format!("node init {from} --party {party} --keys keys-{party} --store {party}.db")
        };
        three.place.veche(&init("--charter genesis.toml", "office")).good();
        for other in ["arven", "belm"] {
            let add = format!("peer add {other} 127.0.0.1:{} --store office.db", three.port(other));
            three.place.veche(&add).good();
        }
        let own = three.port("office");
        let invite =
            format!("peer invite --store office.db --own 127.0.0.1:{own} --out two-banks.json");
        three.place.veche(&invite).good();
        for party in ["arven", "belm"] {
            three.place.veche(&init("--invitation two-banks.json", party)).good();
        }
        three
    }

    fn port(&self, party: &str) -> u16 {
        self.ports[PARTIES.iter().position(|known| *known == party).unwrap()]
    }

    /// What runs a party's node.
    pub(crate) fn arguments(&self, party: &str) -> String {
        format!(
            "node run --store {party}.db --officers duty --passphrase-file pass.txt --peer-listen 127.0.0.1:{}",
            self.port(party)
        )
    }

    pub(crate) fn start(&self, party: &str) -> (Running, Browser) {
        let running = Running::of(&self.place, self.place.command(&self.arguments(party)));
        let browser = running.signed_in();
        (running, browser)
    }
}

pub(crate) fn status(browser: &mut Browser) -> Value {
    browser.get("/api/v1/status").json()
}

/// Waits until something is so.
#[track_caller]
pub(crate) fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < until, "in vain: {what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn report(browser: &mut Browser, title: &str) -> String {
    let fields = [("kind", "report"), ("t.title", title), ("t.text", "Rising.")];
    let mut leaf = None;
    // A node that has just started asks its peers first.
    wait_for("the node may speak", || {
        let said = browser.post("/act", &fields);
        assert!(said.leaf().is_some() || said.body.contains("just started"), "{}", said.body);
        leaf = said.leaf();
        leaf.is_some()
    });
    leaf.unwrap()
}

fn holds(browser: &mut Browser, leaf: &str) -> bool {
    browser.get(&format!("/api/v1/records/{leaf}")).status == 200
}

#[test]
fn what_one_node_says_all_hold_and_who_was_cut_off_catches_up() {
    let three = Three::new(TWO_BANKS);
    let (arven, mut at_arven) = three.start("arven");
    let (belm, mut at_belm) = three.start("belm");
    let leaf = report(&mut at_arven, "River at 4.2 m");
    wait_for("belm holds the report", || holds(&mut at_belm, &leaf));
    let peers = at_arven.get("/api/v1/peers").json();
    let office = peers["peers"].as_array().unwrap().iter().find(|p| p["party"] == "office");
    assert_eq!(office.unwrap()["in_reach"], false, "{peers}");
    assert!(at_arven.get("/").body.contains("no contact"));

    // A third joins late, and gets what was said before; the second falls over, and misses what is said next.
    let (_office, mut at_office) = three.start("office");
    wait_for("office holds the report", || holds(&mut at_office, &leaf));
    belm.kill();
    let missed = report(&mut at_arven, "River at 4.4 m");
    wait_for("office holds the second report", || holds(&mut at_office, &missed));
    arven.end("TERM");
    // What arven said reaches belm though arven is gone: the third has it.
    let (_belm, mut at_belm) = three.start("belm");
    wait_for("belm holds the second report", || holds(&mut at_belm, &missed));
    wait_for("both have one state", || {
        status(&mut at_belm)["digest"] == status(&mut at_office)["digest"]
    });
}

#[test]
fn a_matter_that_ended_is_closed_over_the_network_and_proved_to_anyone() {
    let three = Three::new(TWO_BANKS);
    let (_arven, mut at_arven) = three.start("arven");
    let (_belm, mut at_belm) = three.start("belm");
    let (_office, mut at_office) = three.start("office");
    for browser in [&mut at_belm, &mut at_office] {
        // A node that has just started asks its peers first.
        wait_for("the node may speak", || status(browser)["holds_back"].is_null());
    }
    let tabled =
        [("kind", "proposal"), ("t.title", "Quay"), ("t.paragraphs", "The quay is closed.")];
    let said = at_office.post("/act", &tabled);
    let text = said.leaf().unwrap_or_else(|| panic!("{}", said.body));
    wait_for("belm has the text", || holds(&mut at_belm, &text));
    let no = [("kind", "position"), ("about", text.as_str()), ("t.position", "no")];
    let said = at_belm.post("/act", &no);
    assert!(said.leaf().is_some(), "{}", said.body);
    let certificate = format!("/api/v1/certificates/{text}");
    wait_for("office closes it", || at_office.get(&certificate).status == 200);
    let closed = at_arven.get(&format!("/api/v1/procedures/{text}")).json();
    wait_for("arven knows the end", || {
        let view = at_arven.get(&format!("/api/v1/procedures/{text}")).json();
        view["units"][0]["decision"]["outcome"] == "rejected"
    });
    assert!(closed["number"].is_string(), "{closed}");
}

#[test]
fn a_stranger_with_keys_of_his_own_is_not_let_in() {
    let three = Three::new(TWO_BANKS);
    let (_arven, mut at_arven) = three.start("arven");
    let leaf = report(&mut at_arven, "River at 4.2 m");
    // The same organisation, the same names, other keys.
    let other = Three::new(TWO_BANKS);
    let add = format!("peer add arven 127.0.0.1:{} --store belm.db", three.port("arven"));
    other.place.veche(&add).good();
    let pinged = other.place.veche("peer ping arven --store belm.db --passphrase-file pass.txt");
    assert_eq!(pinged.code, Some(7), "{}", pinged.out);
    assert!(pinged.out.contains("is no node of this organisation"), "{}", pinged.out);
    assert!(!pinged.out.contains("answers in"), "{}", pinged.out);
    let pinged = three.place.veche("peer ping arven --store belm.db --passphrase-file pass.txt");
    assert!(pinged.out.contains("answers in"), "{}{}", pinged.out, pinged.err);
    assert!(holds(&mut at_arven, &leaf));
}

#[test]
fn a_node_restored_from_a_backup_fetches_its_own_log_before_it_goes_on() {
    let three = Three::new(TWO_BANKS);
    let (arven, mut at_arven) = three.start("arven");
    let (_belm, mut at_belm) = three.start("belm");
    let (_office, mut at_office) = three.start("office");
    let _first = report(&mut at_arven, "River at 4.2 m");
    arven.end("TERM");
    three.place.veche("backup make arven.db arven.backup").good();
    let (arven, mut at_arven) = three.start("arven");
    let since = report(&mut at_arven, "River at 4.4 m");
    wait_for("belm holds it", || holds(&mut at_belm, &since));
    wait_for("office holds it", || holds(&mut at_office, &since));
    arven.kill();
    for file in ["arven.db", "arven.db-wal"] {
        let _gone = std::fs::remove_file(three.place.path().join(file));
    }
    three.place.veche("backup restore arven.backup arven.db --keys keys-arven").good();
    let (_arven, mut at_arven) = three.start("arven");
    let mut said = None;
    wait_for("arven speaks again", || {
        let fields = [("kind", "report"), ("t.title", "River at 4.6 m"), ("t.text", "Rising.")];
        said = at_arven.post("/act", &fields).leaf();
        said.is_some()
    });
    assert!(holds(&mut at_arven, &since), "fetched before anything was said");
    wait_for("belm holds what came after", || holds(&mut at_belm, said.as_ref().unwrap()));
    let digest = |browser: &mut Browser| status(browser)["digest"].clone();
    wait_for("one state", || digest(&mut at_belm) == digest(&mut at_arven));
    assert_eq!(status(&mut at_belm)["forks"], serde_json::json!([]), "one history");
}

/// Puts a node's store back as it was, as somebody does who knows no better.
fn copied(three: &Three, from: &str, to: &str) {
    let at = |name: &str| three.place.path().join(name);
    std::fs::copy(at(from), at(to)).unwrap();
}

#[test]
fn a_store_put_back_with_cp_does_not_fork_its_log() {
    let three = Three::new(TWO_BANKS);
    let (arven, mut at_arven) = three.start("arven");
    let (_belm, mut at_belm) = three.start("belm");
    let (_office, mut at_office) = three.start("office");
    let _first = report(&mut at_arven, "River at 4.2 m");
    arven.end("TERM");
    copied(&three, "arven.db", "old.db");
    let (arven, mut at_arven) = three.start("arven");
    let since = report(&mut at_arven, "River at 4.4 m");
    wait_for("belm holds it", || holds(&mut at_belm, &since));
    wait_for("office holds it", || holds(&mut at_office, &since));
    arven.end("TERM");
    copied(&three, "old.db", "arven.db");
    let (arven, mut at_arven) = three.start("arven");
    // Whatever it says now, or tries to, comes after what it said before.
    let mut said = None;
    wait_for("arven speaks again", || {
        let fields = [("kind", "report"), ("t.title", "River at 4.6 m"), ("t.text", "Rising.")];
        said = at_arven.post("/act", &fields).leaf();
        said.is_some()
    });
    assert!(holds(&mut at_arven, &since), "fetched before anything was said");
    wait_for("belm holds what came after", || holds(&mut at_belm, said.as_ref().unwrap()));
    assert_eq!(status(&mut at_belm)["forks"], serde_json::json!([]), "one history");
    arven.end("TERM");
}

#[test]
fn a_new_epoch_reaches_peers_that_know_the_old_key_alone() {
    let three = Three::new(TWO_BANKS);
    let (arven, mut at_arven) = three.start("arven");
    let (_belm, mut at_belm) = three.start("belm");
    let (_office, mut at_office) = three.start("office");
    let first = report(&mut at_arven, "River at 4.2 m");
    wait_for("belm holds the first", || holds(&mut at_belm, &first));
    arven.end("TERM");
    for command in [
        "key new --organisation two-banks.example --party arven --name 2 --passphrase-file pass.txt --out 2.key",
        "key epoch --store arven.db --log-key 2.key --passphrase-file pass.txt --out epoch.draft",
        "key sign epoch.draft --key keys-arven/root.key --passphrase-file pass.txt --out epoch.signed",
        "record submit epoch.signed --store arven.db --passphrase-file pass.txt",
    ] {
        three.place.veche(command).good();
    }
    let (_arven, mut at_arven) = three.start("arven");
    let second = report(&mut at_arven, "River at 4.4 m");
    wait_for("belm holds the second", || holds(&mut at_belm, &second));
    wait_for("office holds the second", || holds(&mut at_office, &second));
    let log = &status(&mut at_belm)["logs"]["two-banks.example/arven/2"];
    assert!(log["size"].as_u64() >= Some(2), "{log}");
    wait_for("one state", || status(&mut at_belm)["digest"] == status(&mut at_arven)["digest"]);
}
