//! Logs as files: written for any web server, checked by whoever has the charter, followed from one checkpoint to the next.

use crate::world::{World, charter_text, id, statement};
use serde_json::json;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use veche_ledger::tree::{leaf_hash, node_hash, prove_consistency};
use veche_ledger::{Checkpoint, Frontier, Hash, KeyName, Origin, SignedCheckpoint, SigningKey};
use veche_node::monitor::{
    Continues, Divergence, LogReport, Source, compare, follow, logs_in, verify,
};
use veche_node::publish::{Depth, PublishError, publish};
use veche_node::store::Store;

/// A world in which Arven has said so much.
fn told(reports: usize) -> World {
    let mut world = World::new(&charter_text("two-banks"));
    say(&mut world, reports);
    world
}

fn say(world: &mut World, reports: usize) {
    let now = world.now;
    for number in 0..reports {
        let terms = json!({"title": format!("Report {number}"), "text": "Rising."});
        let said = statement("arven", "report", &[], &terms);
        world.node_mut("arven").append(&said, now).unwrap();
    }
}

fn put(world: &World, folder: &Path, depth: Depth) -> Result<(u64, u64), PublishError> {
    publish(world.node("arven"), &world.log("arven", 1), folder, depth)
}

fn source(world: &World, folder: &Path) -> Source {
    Source::Folder(folder.join(world.log("arven", 1).as_str()))
}

fn checked(world: &World, folder: &Path) -> LogReport {
    verify(&source(world, folder), &world.log("arven", 1), &world.charter).unwrap()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

#[test]
fn a_log_is_published_as_deep_as_asked_and_holds_from_its_raw_bytes_up() {
    let world = told(300);
    for (depth, has_records) in
        [(Depth::Hashes, false), (Depth::Headers, true), (Depth::Public, true)]
    {
        let folder = tempfile::tempdir().unwrap();
        let (size, new) = put(&world, folder.path(), depth).unwrap();
        assert!(size > 300 && new > 0, "{depth:?}: {new}");
        assert_eq!(put(&world, folder.path(), depth).unwrap(), (size, 0), "again");
        assert_eq!(logs_in(folder.path()).unwrap(), [world.log("arven", 1)]);
        let report = checked(&world, folder.path());
        assert_eq!(report.faults, Vec::<String>::new(), "{depth:?}");
        let records = if has_records { size } else { 0 };
        assert_eq!((report.size, report.records, report.openings), (size, records, 0));
        let all: Vec<u8> =
            files(folder.path()).iter().flat_map(|path| std::fs::read(path).unwrap()).collect();
        let is_there = |what: &[u8]| all.windows(what.len()).any(|at| at == what);
        assert!(!is_there(b"Rising."), "its label is not everybody's");
        assert_eq!(is_there(b"\"kind\":\"report\""), depth != Depth::Hashes);
    }
}

#[test]
fn what_everybody_may_read_is_published_and_nothing_else() {
    let mut world = told(1);
    let now = world.now;
    let terms = json!({"title": "For all", "text": "Read this."});
    let mut said = statement("arven", "report", &[], &terms);
    said.label = Some(crate::world::label("PUBLIC"));
    world.node_mut("arven").append(&said, now).unwrap();
    let folder = tempfile::tempdir().unwrap();
    put(&world, folder.path(), Depth::Public).unwrap();
    let report = checked(&world, folder.path());
    assert_eq!((report.openings, report.fault_count), (1, 0), "{:?}", report.faults);
}

#[test]
fn a_published_file_that_was_changed_cut_or_removed_is_a_fault() {
    let world = told(300);
    let folder = tempfile::tempdir().unwrap();
    put(&world, folder.path(), Depth::Headers).unwrap();
    for path in files(folder.path()) {
        let good = std::fs::read(&path).unwrap();
        for at in [0, good.len() / 2, good.len() - 2] {
            let mut bad = good.clone();
            bad[at] ^= 1;
            std::fs::write(&path, &bad).unwrap();
            assert!(checked(&world, folder.path()).fault_count > 0, "{} {at}", path.display());
        }
        std::fs::write(&path, &good[..good.len() - 1]).unwrap();
        assert!(checked(&world, folder.path()).fault_count > 0, "{}", path.display());
        if !path.to_string_lossy().contains("entries") {
            std::fs::remove_file(&path).unwrap();
            assert!(checked(&world, folder.path()).fault_count > 0, "{}", path.display());
        }
        std::fs::write(&path, &good).unwrap();
    }
    assert_eq!(checked(&world, folder.path()).fault_count, 0);
    // Another history is not written over the one that is there.
    let refused = put(&forked(300), folder.path(), Depth::Headers).unwrap_err();
    assert!(refused.to_string().contains("nothing is overwritten"), "{refused}");
}

/// The same world, whose Arven has said other things.
fn forked(reports: usize) -> World {
    let mut world = World::new(&charter_text("two-banks"));
    let copy = world.node("arven").store().copy_to(Store::in_memory().unwrap()).unwrap();
    let second = world.open_node(&id("arven"), copy, 1);
    world.network.replace(second);
    say(&mut world, reports);
    world
}

fn note(world: &World, folder: &Path) -> Vec<u8> {
    std::fs::read(folder.join(world.log("arven", 1).as_str()).join("checkpoint")).unwrap()
}

#[test]
fn a_log_that_is_followed_grows_and_a_fork_a_step_back_and_made_up_hashes_are_told_apart() {
    let mut world = told(3);
    let log = world.log("arven", 1);
    let folder = tempfile::tempdir().unwrap();
    put(&world, folder.path(), Depth::Hashes).unwrap();
    let look = |world: &World, folder: &Path, seen: Option<&[u8]>| {
        follow(&source(world, folder), &log, &world.charter, seen).unwrap()
    };
    let first = look(&world, folder.path(), None);
    let size = world.node("arven").size_of(&log);
    assert_eq!((first.before, first.now.checkpoint().size), (None, size));
    let seen = note(&world, folder.path());
    assert_eq!(look(&world, folder.path(), Some(&seen)).continues, Continues::Same);
    say(&mut world, 300);
    put(&world, folder.path(), Depth::Hashes).unwrap();
    assert_eq!(look(&world, folder.path(), Some(&seen)).continues, Continues::Grown);
    let later = note(&world, folder.path());
    // A tile that is changed: the server's fault, not the log's.
    let tile = folder.path().join(log.as_str()).join("tile/0/000");
    let good = std::fs::read(&tile).unwrap();
    let mut bad = good.clone();
    bad[40] ^= 1;
    std::fs::write(&tile, &bad).unwrap();
    assert_eq!(look(&world, folder.path(), Some(&seen)).continues, Continues::MadeUp);
    std::fs::remove_file(&tile).unwrap();
    assert_eq!(look(&world, folder.path(), Some(&seen)).continues, Continues::MadeUp);
    std::fs::write(&tile, &good).unwrap();
    // Another history, longer and of the same size.
    for reports in [3, 30] {
        let other = forked(reports);
        let folder = tempfile::tempdir().unwrap();
        put(&other, folder.path(), Depth::Hashes).unwrap();
        let Continues::Forked(proof) = look(&other, folder.path(), Some(&seen)).continues else {
            panic!("{reports}")
        };
        assert!(proof.holds(world.node("arven").keyring().log(&log).unwrap().log_key()));
        let back = look(&other, folder.path(), Some(&later));
        assert_eq!(back.continues, Continues::Older);
    }
}

/// Serves a folder until the test ends.
fn served(folder: PathBuf) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut asked = Vec::new();
            let mut block = [0; 1024];
            while !asked.windows(4).any(|at| at == b"\r\n\r\n") {
                match stream.read(&mut block) {
                    Ok(0) | Err(_) => break,
                    Ok(read) => asked.extend_from_slice(&block[..read]),
                }
            }
            let text = String::from_utf8_lossy(&asked).into_owned();
            let path = text.split(' ').nth(1).unwrap_or("/").trim_start_matches('/').to_owned();
            let (status, body) = match std::fs::read(folder.join(path)) {
                Ok(body) => ("200 OK", body),
                Err(_) => ("404 Not Found", Vec::new()),
            };
            let head = format!(
                "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            let _gone = stream.write_all(&[head.as_bytes(), &body].concat());
        }
    });
    format!("http://{address}")
}

#[test]
fn a_log_is_followed_over_any_web_server_and_cosignatures_are_counted() {
    let mut world = told(3);
    let (now, log) = (world.now, world.log("arven", 1));
    let folder = tempfile::tempdir().unwrap();
    put(&world, folder.path(), Depth::Hashes).unwrap();
    let at = Source::of(&format!("{}/{log}", served(folder.path().to_owned()))).unwrap();
    let first = follow(&at, &log, &world.charter, None).unwrap();
    assert!(!first.cosigned.is_enough(), "{:?}", first.cosigned);
    let seen = note(&world, folder.path());
    say(&mut world, 2);
    world.network.exchange(now).unwrap();
    for by in ["belm", "office"] {
        let given = world.node_mut(by).cosign_head(&log, now).unwrap();
        world.node_mut("arven").take_cosignature(&log, &id(by), &given).unwrap();
    }
    put(&world, folder.path(), Depth::Hashes).unwrap();
    let second = follow(&at, &log, &world.charter, Some(&seen)).unwrap();
    assert_eq!(second.continues, Continues::Grown);
    assert!(second.cosigned.is_enough(), "{:?}", second.cosigned);
    let nowhere = Source::of("http://127.0.0.1:9/x").unwrap();
    assert!(follow(&nowhere, &log, &world.charter, None).is_err());
    let none = Source::of(&format!("{}/none", served(folder.path().to_owned()))).unwrap();
    let refused = follow(&none, &log, &world.charter, None).unwrap_err().to_string();
    assert!(refused.contains("it is not there"), "{refused}");
}

const OTHER: &str = "six-rivers.example/orvessa/1";

fn key() -> SigningKey {
    SigningKey::from_seed(KeyName::parse(OTHER).unwrap(), &[9; 32])
}

/// A tree of so many leaves, those from `fork` on of another history.
fn leaves(size: u64, fork: u64) -> Vec<Hash> {
    (0..size).map(|n| leaf_hash(&[n.to_be_bytes(), [u8::from(n >= fork); 8]].concat())).collect()
}

fn signed(leaves: &[Hash]) -> SignedCheckpoint {
    let mut frontier = Frontier::new();
    leaves.iter().for_each(|leaf| frontier.append(*leaf));
    let origin = Origin::parse(OTHER).unwrap();
    Checkpoint { origin, size: frontier.size(), root: frontier.root() }.sign(&key())
}

fn node(leaves: &[Hash], level: u32, index: u64) -> Option<Hash> {
    let from = usize::try_from(index << level).ok()?;
    let mut row = leaves.get(from..from + (1 << level))?.to_vec();
    while row.len() > 1 {
        row = row.chunks(2).map(|pair| node_hash(pair[0], pair[1])).collect();
    }
    row.first().copied()
}

fn compared(old: &[Hash], new: &[Hash], served: &[Hash]) -> Continues {
    compare(&signed(old), &signed(new), &|level, index| node(served, level, index))
}

#[test]
fn a_log_that_only_grew_continues_and_one_that_changed_is_proved_forked() {
    for (old, new) in [(1, 2), (3, 7), (8, 9), (255, 257), (256, 512), (300, 300)] {
        let (before, after) = (leaves(old, 999), leaves(new, 999));
        let grown = if old == new { Continues::Same } else { Continues::Grown };
        assert_eq!(compared(&before, &after, &after), grown, "{old} {new}");
        let other = leaves(new, old - 1);
        let Continues::Forked(proof) = compared(&before, &other, &other) else {
            panic!("{old} {new}")
        };
        assert!(proof.holds(&key().verifying_key()), "{old} {new}");
        let name = KeyName::parse(OTHER).unwrap();
        assert!(!proof.holds(&SigningKey::from_seed(name, &[8; 32]).verifying_key()));
    }
    let (short, long) = (leaves(3, 999), leaves(7, 999));
    assert_eq!(compared(&long, &short, &short), Continues::Older);
}

#[test]
fn hashes_that_were_made_up_prove_nothing_against_the_log() {
    let (before, after) = (leaves(5, 999), leaves(9, 999));
    for made_up in [leaves(9, 4), leaves(9, 8), leaves(4, 999)] {
        assert_eq!(compared(&before, &after, &made_up), Continues::MadeUp);
    }
    let honest = Divergence::Sizes {
        first: signed(&before).note().to_string(),
        second: signed(&after).note().to_string(),
        root: signed(&before).checkpoint().root,
        proof: prove_consistency(5, 9, &|level, index| node(&after, level, index)).unwrap(),
    };
    assert!(!honest.holds(&key().verifying_key()));
}
