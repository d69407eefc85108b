//! Records a second through the store, beside a bare insert of the same bytes.
//!
//! The store's side is `Store::append` as a node calls it with records that are signed and verified: rows, tiles, one
//! checkpoint a batch, one transaction a batch. The bare side writes the same bytes, one blob a record, into one rowid
//! table in transactions of the same size. Both have WAL and `synchronous=FULL`. Runs of the two alternate; what the store
//! wrote is checked by `fsck` at the end.
//!
//! `cargo bench -p veche-node --bench append [-- RECORDS]`; default 20000.
#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_precision_loss,
    reason = "a benchmark reports to whoever runs it, and stops at what should not be"
)]

#[expect(dead_code, reason = "the benchmark of a whole node uses all of it")]
mod signed;
#[path = "../../veche-council/benches/world.rs"]
#[expect(dead_code, reason = "the fold's benchmark uses all of it")]
mod world;

use signed::{Parties, Writer};
use std::path::Path;
use std::time::Instant;
use veche_ledger::{Frontier, Origin, tree};
use veche_node::fsck::fsck;
use veche_node::store::{Durability, Store, StoredEntry};
use world::World;

/// Runs of each kind, alternating.
const RUNS: usize = 7;
/// Records of a transaction, and of how many records a run is at most: single ones wait for the disk each time.
const BATCHES: [(usize, usize); 3] = [(1, 200), (100, 10_000), (1000, usize::MAX)];

fn main() {
    let records = std::env::args().skip(1).find_map(|arg| arg.parse().ok()).unwrap_or(20_000);
    let parties = Parties::new();
    let (log, entries) = one_log(&parties, records);
    let bytes: usize = entries.iter().map(|entry| blob(entry).len()).sum();
    println!("{records} records of one log, {} bytes each with terms and signer", bytes / records);
    println!(
        "  batch  records   store records/s (min / median / max)    bare insert (min / median / max)   ratio (min / median / max)"
    );
    for (batch, most) in BATCHES {
        let entries = &entries[..entries.len().min(most)];
        compare(&parties, &log, entries, batch);
    }
}

/// Writes so many records of one log: about what a party of six says and receipts, about 1 kB each.
fn one_log(parties: &Parties, records: usize) -> (Origin, Vec<StoredEntry>) {
    let world = World::new(6);
    let all = world.entries(records * 7 + 1000);
    let log = all.first().expect("records").log.clone();
    let mut writer = Writer::new(parties);
    let mut own = Vec::with_capacity(records);
    for entry in &all {
        let stored = writer.write(entry);
        if entry.log == log {
            own.push(stored);
        }
        if own.len() == records {
            break;
        }
    }
    assert_eq!(own.len(), records, "one log in seven is enough");
    (log, own)
}

fn compare(parties: &Parties, log: &Origin, entries: &[StoredEntry], batch: usize) {
    let blobs: Vec<Vec<u8>> = entries.iter().map(blob).collect();
    let lines = lines(parties, log, entries, batch);
    let folder = tempfile::tempdir().expect("a folder");
    let (mut stored, mut bare, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for run in 0..RUNS {
        let ours = || {
            let path = folder.path().join(format!("store-{run}.db"));
            append(&path, parties, log, entries, batch, &lines)
        };
        let theirs = || insert(&folder.path().join(format!("bare-{run}.db")), &blobs, batch);
        // Whoever comes second finds the disk busier: each is first in every other run.
        let (store_speed, bare_speed) = if run % 2 == 0 {
            let first = ours();
            (first, theirs())
        } else {
            let first = theirs();
            (ours(), first)
        };
        stored.push(store_speed);
        bare.push(bare_speed);
        ratios.push(store_speed / bare_speed);
    }
    check(&folder.path().join(format!("store-{}.db", RUNS - 1)), entries.len());
    let [store, bare, ratio] = [stored, bare, ratios].map(spread);
    println!(
        "{batch:>7} {:>8}   {:>10.0} / {:>8.0} / {:>8.0}           {:>9.0} / {:>8.0} / {:>8.0}           {:.2} / {:.2} / {:.2}",
        entries.len(),
        store.0,
        store.1,
        store.2,
        bare.0,
        bare.1,
        bare.2,
        ratio.0,
        ratio.1,
        ratio.2,
    );
}

/// Returns the log key's line after each batch.
fn lines(parties: &Parties, log: &Origin, entries: &[StoredEntry], batch: usize) -> Vec<String> {
    let mut frontier = Frontier::new();
    let of_batch = |entries: &[StoredEntry]| {
        entries.iter().for_each(|entry| frontier.append(tree::leaf_hash(&entry.leaf)));
        parties.line(log, &frontier)
    };
    entries.chunks(batch).map(of_batch).collect()
}

fn append(
    path: &Path,
    parties: &Parties,
    log: &Origin,
    entries: &[StoredEntry],
    batch: usize,
    lines: &[String],
) -> f64 {
    let mut store = Store::open(path, Durability::Full).expect("a store");
    store.set_meta("charter", &parties.bytes).expect("a setting");
    let begun = Instant::now();
    let mut frontier = Frontier::new();
    for (entries, line) in entries.chunks(batch).zip(lines) {
        frontier = store.append(log, &frontier, entries, Some(line)).expect("appended");
    }
    entries.len() as f64 / begun.elapsed().as_secs_f64()
}

fn insert(path: &Path, blobs: &[Vec<u8>], batch: usize) -> f64 {
    let mut connection = rusqlite::Connection::open(path).expect("a database");
    for (name, value) in
        [("locking_mode", "EXCLUSIVE"), ("journal_mode", "WAL"), ("synchronous", "FULL")]
    {
        connection.pragma_update(None, name, value).expect("a setting");
    }
    connection
        .execute("CREATE TABLE bare (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL)", [])
        .expect("a table");
    let begun = Instant::now();
    for blobs in blobs.chunks(batch) {
        let transaction = connection.transaction().expect("a transaction");
        let mut statement = transaction
            .prepare_cached("INSERT INTO bare (bytes) VALUES (?1)")
            .expect("a statement");
        for blob in blobs {
            statement.execute([blob]).expect("inserted");
        }
        drop(statement);
        transaction.commit().expect("committed");
    }
    blobs.len() as f64 / begun.elapsed().as_secs_f64()
}

fn blob(entry: &StoredEntry) -> Vec<u8> {
    [&entry.leaf, entry.opening.as_deref().unwrap_or_default(), entry.signers.as_bytes()].concat()
}

/// What was written is whole: each signature, opening, tile and the last checkpoint.
fn check(path: &Path, records: usize) {
    let store = Store::open(path, Durability::Full).expect("the store opens again");
    let report = fsck(&store).expect("the store can be read");
    assert_eq!(report.fault_count, 0, "{:?}", report.faults);
    assert_eq!(report.logs.values().sum::<u64>(), records as u64);
}

fn spread(mut values: Vec<f64>) -> (f64, f64, f64) {
    values.sort_by(f64::total_cmp);
    (values[0], values[values.len() / 2], values[values.len() - 1])
}
