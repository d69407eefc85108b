//! Nobody learns what a label withholds: twin worlds that differ in what one party may not read look the same to it, wherever it looks.
//!
//! What may differ is in `names`: hashes and signatures, each by the name of what it is of. There are no other exceptions where both worlds say
//! something; `absent` has worlds in one of which nothing is said, and the sizes of logs with what follows from them.

mod absent;
mod names;
mod twins;

use crate::web::{Answer, form, get, post};
use crate::world::{World, id};
use axum::http::header;
use names::{Names, Naming};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use twins::{Secret, Twin, kept_from};
use veche_ledger::sync::Resource;
use veche_ledger::tile::{TileKind, TilePath};
use veche_ledger::{Hash, PartyId};
use veche_node::http::{Server, Site, Token, Visit};
use veche_node::node::Node;
use veche_node::reach::Roster;
use veche_node::reach::matter::waiting;
use veche_node::store::Store;

/// Secrets that one pair of worlds differs in.
const SECRETS: usize = 8;

/// Draws numbers: the same from the same seed.
struct Draw(u64);

impl Draw {
    fn below(&mut self, n: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or_default() % n
    }
}

/// One of two worlds as a party sees it at a node.
struct Side {
    server: Arc<Server>,
    cookie: String,
    names: Names,
    /// What nobody told the party, in the order in which it was said.
    hidden: Vec<Hash>,
    records: Vec<Hash>,
    matters: Vec<Hash>,
    waiting: String,
}

impl Side {
    fn of(mut twin: Twin, reader: &PartyId, host: &PartyId, naming: &Naming) -> Self {
        let fresh = twin.world.open_node(host, Store::in_memory().unwrap(), 1);
        let now = twin.world.now;
        let node = twin.world.network.replace(fresh).unwrap();
        let names = Names::of(&node, naming);
        let waiting = said_to_wait(&twin.world, &node, reader);
        let records = leaves(&node);
        let matters = node.council().procedures().collect();
        let token = Token::from_random([7; 32]);
        let visit = Visit { party: reader.clone(), officer: "duty".to_owned() };
        let site = Site::of_node(node, vec![(token.clone(), visit)], Box::new(move || now));
        let server = Server::new(Some(site), true, None);
        let entered = post(&server, "", "/sign-in", form(&[("token", token.as_str())]));
        let cookie = entered.header(header::SET_COOKIE).split(';').next().unwrap().to_owned();
        Self { server, cookie, names, hidden: twin.hidden, records, matters, waiting }
    }

    fn get(&self, address: &str) -> Answer {
        get(&self.server, &self.cookie, address)
    }

    /// Returns an answer as it may be compared: status, headers and text, with names in place of hashes.
    fn shown(&self, answer: &Answer) -> String {
        let media = answer.header(header::CONTENT_TYPE).to_owned();
        let place = answer.header(header::LOCATION).to_owned();
        let file = answer.header(header::CONTENT_DISPOSITION).to_owned();
        let head = format!("{} {media} {place} {file}\n", answer.status);
        if media == "application/zip" {
            // What is in it is the decision's, whose hash is named; its length is all that is left.
            return format!("{head}{} bytes", answer.len());
        }
        // A line of a calendar is folded wherever its octets end.
        let text = answer.text().replace("\r\n ", "");
        self.names.told(&format!("{head}{text}"))
    }
}

fn leaves(node: &Node) -> Vec<Hash> {
    let all =
        node.heads().flat_map(|head| (0..head.size).map(move |index| (head.log.clone(), index)));
    all.filter_map(|(log, index)| node.store().tree_node(&log, 0, index).unwrap()).collect()
}

/// Returns what a party's people would be told of, in words.
fn said_to_wait(world: &World, node: &Node, reader: &PartyId) -> String {
    let text = "desk = \"https://desk.example\"\n[channel.file]\nkind = \"command\"\nlabel = \"PUBLIC\"\n\
         command = [\"/bin/true\"]\n[person.watch]\nofficer = \"duty\"\n\
         by = [{ channel = \"file\" }]\n[[roster]]\npeople = [\"watch\"]\n";
    let folder = std::env::temp_dir();
    let roster = Roster::read(text, &folder, &world.charter, reader).unwrap();
    let matters = waiting(node, reader, &roster, world.now).into_iter();
    let line = |matter: veche_node::reach::matter::Matter| {
        format!(
            "{} {} {:?} {:?} {} {} {:?} {}\n",
            matter.title,
            matter.kind,
            matter.asks,
            matter.duties,
            matter.label,
            matter.since,
            matter.due,
            matter.is_urgent
        )
    };
    matters.map(line).collect()
}

/// Makes the two worlds of a seed for a reader, to the end or not.
fn twins(reader: &PartyId, seed: u64) -> ([Twin; 2], Vec<Secret>) {
    let known = kept_from(reader);
    // One seed goes on where the one before ended, so that a few of them have all secrets; from the second round on in another order.
    let first = usize::try_from(seed).unwrap_or_default() * SECRETS;
    let step = if first < known.len() { 1 } else { 5 };
    let places = (0..SECRETS.min(known.len())).map(|n| (first + n * step) % known.len());
    let picked: Vec<Secret> = places.map(|at| known[at].clone()).collect();
    let tell = |twin: &mut Twin, secret: &Secret| {
        twin.tell(secret);
        twin.tell_of_it(secret);
    };
    ([Some(0), Some(1)].map(|half| made(half, &picked, &mut Draw(seed), tell)), picked)
}

/// Makes a world in which these secrets are told amid what all may read. Of the seed are whether it goes on to its end, and how often others
/// speak after each.
fn made(
    half: Option<usize>,
    secrets: &[Secret],
    draw: &mut Draw,
    tell: impl Fn(&mut Twin, &Secret),
) -> Twin {
    let (mut twin, mut round, goes_to_the_end) = (Twin::new(half), 0, draw.0.is_multiple_of(2));
    for secret in secrets {
        tell(&mut twin, secret);
        for _ in 0..draw.below(3) {
            twin.go_on(round);
            round += 1;
        }
    }
    if goes_to_the_end {
        twin.end();
    }
    twin
}

#[track_caller]
fn same(what: &str, of: &str, one: &str, other: &str) {
    if one == other {
        return;
    }
    let lines = one.lines().zip(other.lines()).find(|(one, other)| one != other);
    let (one, other) = lines.unwrap_or(("one is longer", ""));
    let at = one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    let cut = |text: &str| {
        let from = (0..=at.saturating_sub(120)).rev().find(|n| text.is_char_boundary(*n));
        text[from.unwrap_or_default()..].chars().take(420).collect::<String>()
    };
    panic!("{what} differs, {of}:\n--- {}\n--- {}", cut(one), cut(other));
}

/// Returns the addresses that a page leads to.
fn links(answer: &Answer) -> Vec<String> {
    if !answer.header(header::CONTENT_TYPE).starts_with("text/html") {
        return Vec::new();
    }
    let text = answer.text();
    let links = ["href=\"", "action=\""].into_iter().flat_map(|mark| {
        text.split(mark)
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .map(str::to_owned)
            .collect::<Vec<_>>()
    });
    let own = links.filter(|link| link.starts_with('/') && !link.starts_with("/assets/"));
    let own = own.map(|link| {
        link.split('#').next().unwrap_or_default().replace("&amp;", "&").replace("&#38;", "&")
    });
    own.filter(|link| !link.contains("theme=")).collect()
}

/// Compares every page that links lead to from the first one, in step.
fn crawl(sides: &[Side; 2], of: &str) -> usize {
    let mut seen = BTreeSet::new();
    let mut ahead = vec![["/".to_owned(), "/".to_owned()]];
    while let Some([one, other]) = ahead.pop() {
        if !seen.insert(one.clone()) {
            continue;
        }
        let answers = [sides[0].get(&one), sides[1].get(&other)];
        let shown = [sides[0].shown(&answers[0]), sides[1].shown(&answers[1])];
        same(&format!("{one} ({other})"), of, &shown[0], &shown[1]);
        let [of_one, of_other] = [links(&answers[0]), links(&answers[1])];
        ahead.extend(of_one.into_iter().zip(of_other).map(|(one, other)| [one, other]));
    }
    seen.len()
}

/// The hash of nothing.
fn unknown() -> String {
    "ab".repeat(32)
}

/// Addresses by a name that could be guessed.
const WAYS: [fn(&str) -> String; 16] = [
    |id| format!("/cases/{id}"),
    |id| format!("/cases/{id}/calendar.ics"),
    |id| format!("/cases/{id}/text.html"),
    |id| format!("/cases/{id}/changes.html"),
    |id| format!("/certificates/{id}.decision.zip"),
    |id| format!("/search?q=the&after={id}"),
    |id| format!("/events/{id}"),
    |id| format!("/?done={id}"),
    |id| format!("/api/v1/procedures/{id}"),
    |id| format!("/api/v1/cases?after={id}"),
    |id| format!("/api/v1/registers/cases?after={id}"),
    |id| format!("/api/v1/search?q=the&after={id}"),
    |id| format!("/api/v1/why/{id}"),
    |id| format!("/api/v1/next/{id}?party=orvessa"),
    |id| format!("/api/v1/certificates/{id}"),
    |id| format!("/api/v1/duties?after=2027-03-02T09:00:00Z,{id},tamrin"),
];

/// Numbers that somebody gave, or could have given.
const NUMBERS: [&str; 9] = ["C-2", "C-3", "C-4", "C-5", "C-8", "C-9", "H-1", "T-2", "T-9"];

/// Words of what is hidden, and others.
const WORDS: [&str; 13] = [
    "alphaword",
    "omegaword",
    "alpha",
    "omega",
    "al",
    "so",
    "much",
    "xxxx",
    "acting",
    "C-2",
    "H-1",
    "T-2",
    "the",
];

/// How one searches.
const SEARCHES: [&str; 3] = ["/search?q=", "/api/v1/search?limit=1&q=", "/api/v1/search?q="];

/// What the API lists.
const LISTS: [&str; 13] = [
    "status",
    "charter",
    "logs",
    "cases",
    "registers",
    "duties",
    "duties?met=1",
    "duties?party=ilmara",
    "duties?party=tamrin&met=1",
    "decisions",
    "missed?since=2027-03-01T00:00:00Z",
    "cases?limit=2",
    "search?q=a",
];

/// Who keeps a log.
const PARTIES: [&str; 9] = [
    "orvessa",
    "tamrin",
    "halcis",
    "quorrin",
    "lurien",
    "mirez",
    "ilmara",
    "pell-union",
    "secretariat",
];

/// Where things that are numbered stand.
const REGISTERS: [&str; 5] = ["cases", "warnings", "commitments", "proposals", "assistance"];

/// Asks for everything by a name that could be guessed: hashes, numbers, words.
fn guess(sides: &[Side; 2], of: &str) {
    let unknown = unknown();
    for at in 0..sides[0].hidden.len() {
        for way in WAYS {
            let [one, other] = [0, 1].map(|side: usize| {
                let side = &sides[side];
                side.shown(&side.get(&way(&side.hidden[at].to_string())))
            });
            same(&way("HIDDEN"), of, &one, &other);
            // That it is there is not told from that it is not.
            let name = sides[0].names.told(&sides[0].hidden[at].to_string());
            let missing = sides[0].shown(&sides[0].get(&way(&unknown)));
            same(&way("UNKNOWN"), of, &one.replace(&name, &unknown), &missing);
        }
        for record in ["/records/", "/records/HIDDEN/note", "/api/v1/records/"] {
            let [one, other] = [0, 1].map(|side: usize| {
                let (side, leaf) = (&sides[side], sides[side].hidden[at].to_string());
                let address = if record.contains("HIDDEN") {
                    record.replace("HIDDEN", &leaf)
                } else {
                    format!("{record}{leaf}")
                };
                side.shown(&side.get(&address))
            });
            same(record, of, &one, &other);
        }
    }
    for number in NUMBERS {
        for way in WAYS {
            let [one, other] =
                [&sides[0], &sides[1]].map(|side| side.shown(&side.get(&way(number))));
            same(&way(number), of, &one, &other);
        }
    }
    for word in WORDS {
        for way in SEARCHES {
            let [one, other] =
                [&sides[0], &sides[1]].map(|side| side.shown(&side.get(&format!("{way}{word}"))));
            same(&format!("{way}{word}"), of, &one, &other);
            assert!(!one.contains("xxxx") || word == "xxxx", "{way}{word}, {of}: {one}");
        }
    }
}

/// Asks the API for all that it has.
fn ask(sides: &[Side; 2], of: &str) {
    let both = |paths: [String; 2]| {
        let [one, other] = [0, 1].map(|side: usize| {
            let side_of = &sides[side];
            side_of.shown(&side_of.get(&format!("/api/v1/{}", paths[side])))
        });
        same(&paths[0], of, &one, &other);
    };
    LISTS.iter().for_each(|path| both([(*path).to_owned(), (*path).to_owned()]));
    for party in PARTIES {
        let path = format!("records?log={}/{party}/1", "six-rivers.example");
        both([path.clone(), path]);
    }
    for register in REGISTERS {
        both([format!("registers/{register}"), format!("registers/{register}")]);
        let page = format!("/registers/{register}");
        let [one, other] = [&sides[0], &sides[1]].map(|side| side.shown(&side.get(&page)));
        same(&page, of, &one, &other);
    }
    for (one, other) in sides[0].records.iter().zip(&sides[1].records) {
        both([format!("records/{one}"), format!("records/{other}")]);
    }
    let common = sides[0].matters.len().min(sides[1].matters.len());
    for at in 0..common {
        let [one, other] = [sides[0].matters[at], sides[1].matters[at]];
        let names =
            [sides[0].names.told(&one.to_string()), sides[1].names.told(&other.to_string())];
        // What a sealed record opened in one world only is asked for in `guess`.
        if names[0] == names[1] {
            ["procedures", "why", "next", "certificates"]
                .iter()
                .for_each(|way| both([format!("{way}/{one}"), format!("{way}/{other}")]));
        }
    }
}

/// What one says about something.
const ACTS: [&str; 4] = ["comment", "answer", "progress", "offer"];

/// Says something, and returns what is answered.
fn say(side: &Side, kind: &str, about: &str) -> String {
    let fields = [
        ("kind", kind),
        ("about", about),
        ("back", "/"),
        ("t.text", "x"),
        ("t.stance", "noted"),
        ("t.step", "verify"),
        ("t.what", "boats"),
    ];
    side.shown(&post(&side.server, &side.cookie, "/act", form(&fields)))
}

/// Says something about what is hidden, and about what is not.
fn act(sides: &[Side; 2], of: &str) {
    let unknown = unknown();
    for at in 0..sides[0].hidden.len() {
        for kind in ACTS {
            let [one, other] =
                [&sides[0], &sides[1]].map(|side| say(side, kind, &side.hidden[at].to_string()));
            same(&format!("{kind} about what is hidden"), of, &one, &other);
            let name = sides[0].names.told(&sides[0].hidden[at].to_string());
            let missing = say(&sides[0], kind, &unknown);
            let what = format!("{kind} about what is hidden, beside what is not there");
            same(&what, of, &one.replace(&name, &unknown), &missing);
        }
    }
}

/// Shows that pages, API, searches, files and acts of one party at a node are the same in both worlds.
fn check(reader: &str, host: &str, seed: u64) -> usize {
    let (twins, picked) = twins(&id(reader), seed);
    let named: Vec<String> = picked
        .iter()
        .map(|secret| format!("{} / {}", secret.halves[0].name(), secret.halves[1].name()))
        .collect();
    let of = format!("for {reader} at {host}, seed {seed}, secrets {named:?}");
    let [one, other] = twins;
    let sides = [one, other].map(|twin| Side::of(twin, &id(reader), &id(host), &Naming::ByPlace));
    same("what people are told of", &of, &sides[0].waiting, &sides[1].waiting);
    let pages = crawl(&sides, &of);
    ask(&sides, &of);
    guess(&sides, &of);
    act(&sides, &of);
    pages
}

/// Shows it for a reader, with some seeds.
#[track_caller]
fn check_all(reader: &str, host: &str) {
    let pages: usize = seeds().map(|seed| check(reader, host, seed)).sum();
    assert!(pages > 60, "{reader} has seen {pages} pages");
}

/// A partner at the node of a member, which holds more than the partner may read.
#[test]
fn worlds_that_differ_in_what_a_party_may_not_read_look_the_same_to_it() {
    check_all("ilmara", "tamrin");
}

#[test]
fn they_look_the_same_to_a_member_at_its_own_node() {
    check_all("mirez", "mirez");
}

#[test]
fn they_look_the_same_to_a_host_whose_guest_reads_what_it_does_not() {
    check_all("tamrin", "tamrin");
}

#[test]
fn they_look_the_same_to_an_observer_at_a_members_node() {
    check_all("pell-union", "halcis");
}

#[test]
fn they_look_the_same_to_the_staff_at_a_members_node() {
    check_all("secretariat", "orvessa");
}

/// The seeds that are looked at: two, or as many as asked for.
fn seeds() -> std::ops::Range<u64> {
    let asked = option_env!("VECHE_NONINTERF_SEEDS").and_then(|text| text.parse().ok());
    0..asked.unwrap_or(2)
}

/// What stands between the records of an offer.
const BETWEEN_RECORDS: &str = "\n---\n";

/// Returns all that a node gives to another one, by resource, with names in place of hashes.
fn given(twin: &Twin, from: &Node, to: &PartyId, naming: &Naming) -> BTreeMap<String, String> {
    let names = Names::of(from, naming);
    let readers = from.readers_at(to);
    let mut given = BTreeMap::new();
    let take = |what: Resource| {
        let body = from.serve(&readers, &what, twin.world.now).unwrap().unwrap_or_default();
        let text = match &what {
            Resource::Tile(_, path) if matches!(path.kind(), TileKind::Hashes(_)) => {
                format!("{:?}", names.tile(&body))
            }
            Resource::Heads
            | Resource::Checkpoint(_)
            | Resource::Tile(..)
            | Resource::Openings(..) => names.told(&String::from_utf8_lossy(&body)),
        };
        (format!("{what:?}"), text)
    };
    given.extend([take(Resource::Heads)]);
    for head in from.heads().filter(|head| head.size > 0) {
        let width = u16::try_from(head.size).unwrap();
        given.extend([take(Resource::Checkpoint(head.log.clone()))]);
        for kind in [TileKind::Entries, TileKind::Hashes(0)] {
            let path = TilePath::new(kind, 0, width).unwrap();
            given.extend([take(Resource::Tile(head.log.clone(), path))]);
        }
        let path = TilePath::new(TileKind::Entries, 0, width).unwrap();
        given.extend([take(Resource::Openings(head.log.clone(), path))]);
        let offer = from.offer(&readers, &head.log, 0, twin.world.now).unwrap().unwrap();
        let records = offer.records.iter().map(|(leaf, opening)| {
            let opening =
                opening.as_ref().map(|bytes| String::from_utf8_lossy(&bytes[32..]).into_owned());
            names.told(&format!("{} {opening:?}", String::from_utf8_lossy(leaf)))
        });
        given.insert(
            format!("offer of {}", head.log),
            records.collect::<Vec<_>>().join(BETWEEN_RECORDS),
        );
    }
    given
}

#[test]
fn what_travels_to_a_node_is_the_same_whatever_it_may_not_read() {
    let to = id("mirez");
    for seed in seeds() {
        let (twins, _) = twins(&to, seed);
        for from in ["tamrin", "halcis", "quorrin", "orvessa", "lurien"] {
            assert!(twins.iter().all(|twin| !twin.hidden.is_empty()));
            let [one, other] = [&twins[0], &twins[1]]
                .map(|twin| given(twin, twin.world.node(from), &to, &Naming::ByPlace));
            for (what, body) in &one {
                same(what, &format!("from {from}, seed {seed}"), body, &other[what]);
            }
        }
    }
}
