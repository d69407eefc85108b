//! A node as whoever operates it sees it: health, metrics, and what its people acknowledge.

use crate::reach::MORNING;
use crate::web::{form, get, post};
use crate::world::{World, charter_text, id, secrets};
use axum::http::{StatusCode, header};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use veche_charter::{Charter, with_keys};
use veche_desk::{Shell, render_logs};
use veche_node::http::{Listening, Server, Site, Token, Visit};
use veche_node::metrics::Operations;
use veche_node::node::Node;
use veche_node::pages::{self, Sight};
use veche_node::reach::driver::Source;
use veche_node::reach::matter::Matter;
use veche_node::reach::{Reach, Roster};
use veche_node::run::{Around, run_node};
use veche_node::store::{Durability, Store};

/// Belm's own node in earnest, over a store in a folder, and the token of its duty officer's link.
pub(crate) fn belm(folder: &Path) -> (Node, Token) {
    let text = charter_text("two-banks");
    let bare = Charter::load(text.as_bytes(), "charter.toml").unwrap();
    let keys: BTreeMap<_, _> =
        bare.parties.keys().map(|party| (party.clone(), secrets(&bare, party).public())).collect();
    let bytes = with_keys(&text, &keys).into_bytes();
    let store = Store::open(&folder.join("belm.db"), Durability::Exercise).unwrap();
    let own = BTreeMap::from([(id("belm"), secrets(&bare, &id("belm")))]);
    let mut salt = 0u8;
    let salts = Box::new(move || {
        salt += 1;
        [salt; 32]
    });
    let node = Node::open(id("belm"), store, &bytes, own, salts).unwrap();
    (node, Token::from_random([7; 32]))
}

fn site(node: Node, token: &Token) -> Site {
    let visit = Visit { party: id("belm"), officer: "duty".to_owned() };
    Site::of_node(node, vec![(token.clone(), visit)], Box::new(|| MORNING))
}

fn signed_in(server: &Arc<Server>, token: &Token) -> String {
    let entered = post(server, "", "/sign-in", form(&[("token", token.as_str())]));
    entered.header(header::SET_COOKIE).split(';').next().unwrap().to_owned()
}

fn report(server: &Arc<Server>, cookie: &str) -> String {
    let fields = [("kind", "report"), ("t.title", "River at 4.2 m"), ("t.text", "Rising.")];
    let said = post(server, cookie, "/act", form(&fields));
    said.header(header::LOCATION).split(['?', '#']).next().unwrap().to_owned()
}

/// A roster of Belm whose one channel writes what it is told into a file.
fn roster(folder: &Path) -> Roster {
    let text = format!(
        "desk = \"https://desk.example\"\n[channel.file]\nkind = \"command\"\nlabel = \"ACCORD\"\n\
         command = [\"/bin/sh\", \"-c\", \"cat >> {}\"]\n[person.watch]\nofficer = \"duty\"\n\
         by = [{{ channel = \"file\" }}]\n[[roster]]\npeople = [\"watch\"]\n",
        folder.join("told").display()
    );
    let charter = Charter::load(charter_text("two-banks").as_bytes(), "charter.toml").unwrap();
    Roster::read(&text, folder, &charter, &id("belm")).unwrap()
}

/// Gives once what a server's node has waiting.
struct Once(Option<Vec<Matter>>);

impl Source for Once {
    fn waiting(&mut self, _: &Roster) -> Option<Vec<Matter>> {
        self.0.take()
    }

    fn now(&self) -> veche_ledger::UnixSeconds {
        MORNING
    }
}

/// Waits for the first line of what was told.
fn told(folder: &Path) -> serde_json::Value {
    let begun = std::time::Instant::now();
    loop {
        let text = std::fs::read_to_string(folder.join("told")).unwrap_or_default();
        if let Ok(json) = serde_json::from_str(&text) {
            return json;
        }
        assert!(begun.elapsed().as_secs() < 20, "nobody was told: {text}");
        std::thread::yield_now();
    }
}

#[test]
fn a_link_in_a_message_acknowledges_by_its_button_alone_and_shows_nothing_of_the_matter() {
    let folder = tempfile::tempdir().unwrap();
    let (node, token) = belm(folder.path());
    let server = Server::new(Some(site(node, &token)), true, None);
    let cookie = signed_in(&server, &token);
    report(&server, &cookie);
    let roster = roster(folder.path());
    let mut shots = crate::reach::matter("River at 4.2 m", "COMPACT");
    shots.party = id("belm");
    shots.carriers = [crate::world::label("ACCORD")].into();
    let reach = Reach::open(roster, &folder.path().join("reach.db"), MORNING).unwrap();
    server.with_reach(Arc::clone(&reach));
    let running = reach.start(Box::new(Once(Some(vec![shots]))));
    let told = told(folder.path());
    let link = told["acknowledge"].as_str().unwrap().strip_prefix("https://desk.example").unwrap();
    let key = link.split_once("token=").unwrap().1;

    for _ in 0..2 {
        let page = get(&server, "", link);
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.text().contains("I have seen it"), "{}", page.text());
        assert!(!page.text().contains("River"), "{}", page.text());
        assert!(!page.text().contains(&format!("?token={key}")), "no other address carries it on");
    }
    assert_eq!(reach.queue(MORNING).open, 1, "a mail scanner opens links and sees nothing");
    let used = post(&server, "", "/reached", form(&[("token", key)]));
    assert!(used.text().contains("nobody else is told"), "{}", used.text());
    assert_eq!(reach.queue(MORNING).open, 0);
    assert!(get(&server, "", link).text().contains("nobody else is told"));
    let wrong = post(&server, "", "/reached", form(&[("token", "guess")]));
    assert_eq!(wrong.status, StatusCode::NOT_FOUND);
    running.end();
}

#[test]
fn opening_a_matter_at_the_desk_is_enough() {
    let folder = tempfile::tempdir().unwrap();
    let (node, token) = belm(folder.path());
    let server = Server::new(Some(site(node, &token)), true, None);
    let cookie = signed_in(&server, &token);
    let address = report(&server, &cookie);
    let page = get(&server, &cookie, &address).text();
    let (_, rest) = page.split_once("/records/").unwrap();
    let mut river = crate::reach::matter("River at 4.2 m", "COMPACT");
    river.party = id("belm");
    river.procedure = veche_ledger::Hash::parse(&rest[..64]).unwrap();
    let reach =
        Reach::open(roster(folder.path()), &folder.path().join("reach.db"), MORNING).unwrap();
    server.with_reach(Arc::clone(&reach));
    let running = reach.start(Box::new(Once(Some(vec![river]))));
    told(folder.path());
    get(&server, &cookie, "/");
    get(&server, &cookie, "/cases/C-99");
    get(&server, "", &address);
    assert_eq!(reach.queue(MORNING).open, 1);
    assert_eq!(get(&server, &cookie, &address).status, StatusCode::OK);
    assert_eq!(reach.queue(MORNING).open, 0);
    running.end();
}

#[test]
fn a_log_of_receipts_alone_waits_for_no_cosignature() {
    let mut world = World::new(&charter_text("two-banks"));
    let cosigned = |world: &World| {
        let (party, nobody) = (id("arven"), BTreeSet::new());
        let sight = Sight {
            node: world.node("arven"),
            party: &party,
            officer: "duty",
            now: world.now,
            is_drill: true,
            cut_off: &nobody,
            contacts: None,
        };
        let page = pages::log::logs(&sight, &BTreeMap::new());
        let row = page.rows.iter().find(|row| row.link.text == "Joint Office").unwrap();
        let html = render_logs(&Shell::default(), &page);
        (row.cosigned, html.matches("receipts alone").count())
    };
    let river = serde_json::json!({"title": "River at 4.2 m", "text": "Rising."});
    world.say("arven", "report", &[], &river);
    // Belm's log, too.
    assert_eq!(cosigned(&world), (None, 2));
    world.say("office", "comment", &[], &serde_json::json!({"text": "We look into it."}));
    assert_eq!(cosigned(&world), (Some(2), 1));
}

#[test]
fn readiness_says_why_not_and_nothing_of_what_is_held() {
    let folder = tempfile::tempdir().unwrap();
    let (node, token) = belm(folder.path());
    let server = Server::new(None, true, None);
    let answer = get(&server, "", "/readyz");
    assert_eq!(
        (answer.status, answer.text().as_str()),
        (StatusCode::SERVICE_UNAVAILABLE, "loading\n")
    );
    assert_eq!(get(&server, "", "/healthz").status, StatusCode::OK);
    server.put(site(node, &token));
    let answer = get(&server, "", "/readyz");
    assert_eq!((answer.status, answer.text().as_str()), (StatusCode::OK, "ready\n"));
    assert_eq!(
        get(&server, "", "/metrics").header(header::LOCATION),
        "/sign-in",
        "not for visitors"
    );
}

#[test]
fn a_node_that_asks_its_peers_after_a_start_is_not_ready_and_says_until_when() {
    let folder = tempfile::tempdir().unwrap();
    let (mut node, token) = belm(folder.path());
    node.ask_first([id("arven"), id("office")], MORNING);
    let server = Server::new(Some(site(node, &token)), true, None);
    let cookie = signed_in(&server, &token);
    let fields = [("kind", "report"), ("t.title", "River at 4.2 m"), ("t.text", "Rising.")];
    let refused = post(&server, &cookie, "/act", form(&fields));
    assert_ne!(refused.status, StatusCode::SEE_OTHER, "{}", refused.text());
    let answer = get(&server, "", "/readyz");
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(
        answer.text(),
        "it asks its peers how much of its log they hold before it signs anything, and goes on at 2027-03-01T09:00:20Z at the latest\n"
    );
    let says_whom = ["arven", "office", "belm"].iter().any(|name| answer.text().contains(name));
    assert!(!says_whom, "nobody is named to whoever asks");

    // One fails, the other says that it holds no more than this node does.
    let folder = tempfile::tempdir().unwrap();
    let (mut node, token) = belm(folder.path());
    node.ask_first([id("arven"), id("office")], MORNING);
    node.note_silent(&id("arven"));
    node.note_listing(&id("office"), &[]).unwrap();
    let server = Server::new(Some(site(node, &token)), true, None);
    assert_eq!(get(&server, "", "/readyz").text(), "ready\n");
    let cookie = signed_in(&server, &token);
    assert_eq!(post(&server, &cookie, "/act", form(&fields)).status, StatusCode::SEE_OTHER);
}

fn ask(at: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(at).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {at}\r\nconnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

/// Returns the value of a row.
#[track_caller]
fn value(text: &str, row: &str) -> u64 {
    let found = text.lines().find_map(|line| line.strip_prefix(row)?.strip_prefix(' '));
    found.unwrap_or_else(|| panic!("no `{row}`:\n{text}")).parse().unwrap()
}

#[test]
fn the_numbers_of_a_node_are_served_at_an_address_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let (mut node, _) = belm(folder.path());
    let terms = serde_json::json!({"title": "River at 4.2 m", "text": "Rising."});
    let mut statement = crate::world::statement("belm", "report", &[], &terms);
    statement.drill = false;
    node.append(&statement, MORNING).unwrap();
    let operations = Operations::at((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let at = operations.address().unwrap();
    let desk = Listening::at((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let desk_at = desk.address();
    let around = Around { operations: Some(operations), ..Around::default() };
    // Ends with the process of the tests: only a signal ends a node.
    std::thread::spawn(move || run_node(node, &[], around, desk).unwrap());
    for path in ["/", "/sign-in", "/nothing-of-the-kind-1", "/nothing-of-the-kind-2"] {
        ask(desk_at, path);
    }
    let text = ask(at, "/metrics");
    assert!(text.contains("content-type: text/plain; version=0.0.4"), "{text}");
    assert_eq!(value(&text, "veche_ready"), 1);
    assert_eq!(value(&text, "veche_log_records{log=\"two-banks.example/belm/1\"}"), 1);
    assert_eq!(value(&text, "veche_records{ruling=\"admitted\"}"), 1);
    assert_eq!(value(&text, "veche_records{ruling=\"refused\"}"), 0);
    assert_eq!(value(&text, "veche_http_requests_total{kind=\"page\",status=\"303\"}"), 1);
    assert_eq!(value(&text, "veche_http_requests_total{kind=\"other\",status=\"303\"}"), 2);
    assert_eq!(value(&text, "veche_http_request_duration_seconds_count{kind=\"other\"}"), 3);
    assert!(value(&text, "veche_store_bytes{file=\"store\"}") > 0);
    assert!(value(&text, "veche_disk_free_bytes") > 0);
    assert!(!text.contains("nothing-of-the-kind"), "{text}");
    assert!(ask(at, "/healthz").ends_with("ok\n"));
    assert!(ask(at, "/readyz").ends_with("ready\n"));
    assert!(ask(at, "/").starts_with("HTTP/1.1 404"), "nothing else is served there");
}
