//! What happens to a process and its files, and what is left: nothing acknowledged is lost, nothing is half-written.
#![cfg(target_os = "linux")]

mod calls;
mod kills;
mod line;
mod power;
mod received;
mod shim;
mod six;
mod work;

use crate::browser::{Answer, Browser};
use crate::running::{Running, STORE, with_node};
use crate::support::{Place, Screen};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use veche_ledger::Origin;
use veche_node::store::{Durability, Store};

/// One officer signs: each key takes its time to unlock.
const DUTY: &str = "--officers duty --passphrase-file pass.txt";

/// Numbers from a seed (SplitMix64), so that a run can be told from another by its code alone.
struct Random(u64);

impl Random {
    const fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % end
    }
}

fn say(browser: &mut Browser, text: &str) -> Option<Answer> {
    browser.try_post("/act", &[("kind", "comment"), ("t.text", text)])
}

#[track_caller]
fn said(browser: &mut Browser, text: &str) -> String {
    let answer = say(browser, text).unwrap();
    answer.leaf().unwrap_or_else(|| panic!("{}", answer.body))
}

/// The records of a store that `veche fsck` finds whole.
#[track_caller]
pub(crate) fn whole(place: &Place, store: &str) -> usize {
    let screen = place.veche(&format!("fsck {store}"));
    let lines: Vec<&str> = screen.good().lines().collect();
    assert_eq!(lines.last(), Some(&"the store is whole"), "{screen}");
    let size = lines.iter().find_map(|line| line.strip_prefix("two-banks.example/arven/1: "));
    size.map_or(0, |size| size.strip_suffix(" records").unwrap().parse().unwrap())
}

/// Returns true if a node that has just started says nothing yet, because it asks its peers first.
fn asks_first(page: &str) -> bool {
    page.contains("asks its peers first")
}

/// The hashes of a log's records in a store, in order.
pub(crate) fn leaves(store: &Path, log: &str) -> Vec<String> {
    let store = Store::open_existing(store, Durability::Full).unwrap();
    let entries = store.entries(&Origin::parse(log).unwrap(), 0, u64::MAX).unwrap();
    entries.iter().map(|entry| veche_ledger::tree::leaf_hash(&entry.leaf).to_string()).collect()
}

/// Checks that a store holds what was acknowledged, each once, and at most so many records more.
#[track_caller]
pub(crate) fn check_held(leaves: &[String], acknowledged: &[String], unheard: usize) {
    let held: BTreeSet<&String> = leaves.iter().collect();
    assert_eq!(held.len(), leaves.len(), "a record stands twice");
    let lost: Vec<&String> = acknowledged.iter().filter(|leaf| !held.contains(leaf)).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    let most = acknowledged.len() + unheard;
    assert!(leaves.len() <= most, "{} records, and {most} were said", leaves.len());
}

/// How many of the cases are tried: `VECHE_FAULTS`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// Some, in an ordinary run of the tests.
    Part,
    /// Each call once, in one way of failing; a thousand kills: `ci`, the step of CI.
    Ci,
    /// Each call in each way: `all`, which takes the better part of an hour.
    All,
}

impl Extent {
    fn asked() -> Self {
        match std::env::var("VECHE_FAULTS").as_deref() {
            Ok("ci") => Self::Ci,
            Ok("all") => Self::All,
            _ => Self::Part,
        }
    }

    /// Of so many cases one is tried.
    const fn one_of(self) -> usize {
        match self {
            Self::Part => 23,
            Self::Ci => 5,
            Self::All => 1,
        }
    }

    /// Of calls that are each tried in one way, one of so many is.
    const fn one_call_of(self) -> usize {
        if matches!(self, Self::Part) { 9 } else { 1 }
    }
}

#[track_caller]
fn check_all_there(place: &Place, acknowledged: &[String]) {
    let running = Running::start(place, DUTY);
    let mut browser = running.signed_in();
    for leaf in acknowledged {
        let answer = browser.get(&format!("/api/v1/records/{leaf}"));
        assert_eq!(answer.status, 200, "{leaf} was acknowledged and is lost");
    }
    said(&mut browser, "The node goes on.");
}

/// Runs the node where no file may grow beyond so many blocks of 512 bytes, which may be lifted later.
fn cramped(place: &Place, blocks: u32) -> Running {
    let script =
        format!("trap '' XFSZ; ulimit -S -f {blocks}; exec \"$0\" node run --store {STORE} {DUTY}");
    let mut command = Command::new("sh");
    command.args(["-c", &script, env!("CARGO_BIN_EXE_veche")]).current_dir(place.path());
    Running::of(place, command)
}

/// Room for the store as it was made and some records after it.
const BLOCKS: u32 = 300;

/// Says things until one is not taken.
fn fill(browser: &mut Browser) -> (Vec<String>, Answer) {
    let mut acknowledged = Vec::new();
    loop {
        let answer = say(browser, "The disk fills up.").unwrap();
        match answer.leaf() {
            Some(leaf) => acknowledged.push(leaf),
            None => return (acknowledged, answer),
        }
        assert!(acknowledged.len() < 500, "the disk is never full");
    }
}

#[test]
fn a_node_on_a_full_disk_says_so_and_goes_on_when_there_is_room() {
    let place = with_node();
    let running = cramped(&place, BLOCKS);
    let mut browser = running.signed_in();
    let (mut acknowledged, refused) = fill(&mut browser);
    assert!(!acknowledged.is_empty());
    assert_eq!(refused.status, 507, "{}", refused.body);
    assert!(refused.body.contains("nothing acknowledged is lost"), "{}", refused.body);
    // What is held can be read, and more is refused as before.
    assert_eq!(browser.get("/log/arven").status, 200);
    assert_eq!(say(&mut browser, "Again.").unwrap().status, 507);
    assert!(
        running.errors().contains("method=POST path=\"/act\" status=507"),
        "{}",
        running.errors()
    );
    let ready = browser.get("/readyz");
    assert_eq!(ready.status, 503);
    assert!(ready.body.contains("the last record could not be written"), "{}", ready.body);
    assert_eq!(browser.get("/healthz").status, 200, "a full disk is no reason to kill it");
    running.limit_files("unlimited");
    acknowledged.push(said(&mut browser, "There is room."));
    assert_eq!(browser.get("/readyz").body, "ready\n");
    assert_eq!(running.end("TERM").code, Some(0));
    assert_eq!(whole(&place, STORE), acknowledged.len());
    check_all_there(&place, &acknowledged);
}

#[test]
fn a_node_that_ends_on_a_full_disk_has_lost_nothing() {
    let place = with_node();
    let running = cramped(&place, BLOCKS);
    let mut browser = running.signed_in();
    let acknowledged = [said(&mut browser, "one"), said(&mut browser, "two")];
    // Nothing but a few more lines on standard error.
    running.limit_files("4096");
    assert_eq!(say(&mut browser, "three").unwrap().status, 507);
    let ended = running.end("TERM");
    assert_eq!(ended.code, Some(8), "{ended}");
    let told = ended.err.lines().skip_while(|line| !line.starts_with("error")).collect::<Vec<_>>();
    insta::assert_snapshot!(told.join("\n"), @r"
    error: cannot save a snapshot of the state in `arven.db`: it cannot be written: disk I/O error; nothing acknowledged is lost
      hint:  the next start reads every record, and takes longer
    ");
    assert_eq!(whole(&place, STORE), acknowledged.len());
    check_all_there(&place, &acknowledged);
}

#[test]
fn a_record_that_the_disk_does_not_take_is_told_by_the_command_too() {
    let place = with_node();
    let script = "trap '' XFSZ; ulimit -f 1; exec \"$0\" record say --store arven.db --kind report --terms report.json \
                  --passphrase-file pass.txt";
    let output = Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_veche")])
        .current_dir(place.path())
        .output();
    insta::assert_snapshot!(Screen::of(&output.unwrap()), @r"
    [standard error]
    error: cannot use store `arven.db`: it cannot be written: disk I/O error; nothing acknowledged is lost
      hint:  make room, or see to the disk and the file's rights; then try again
    [exit 8]
    ");
    assert_eq!(whole(&place, STORE), 0);
    place.veche("record say --store arven.db --kind report --terms report.json --passphrase-file pass.txt").good();
    assert_eq!(whole(&place, STORE), 1);
}

const RECORDS: usize = 40;
const WAL: &str = "arven.db-wal";

/// A store with some records, as it stands when a node was killed: the file, and what SQLite has not yet moved into it.
fn killed() -> (Place, Vec<u8>, Vec<u8>) {
    let place = with_node();
    let running = Running::start(&place, DUTY);
    let mut browser = running.signed_in();
    for n in 0..RECORDS {
        said(&mut browser, &n.to_string());
    }
    running.kill();
    let (file, wal) = (place.get(STORE), place.get(WAL));
    (place, file, wal)
}

/// Checks a store of these bytes. One that is refused is left as it is, and says why.
#[track_caller]
fn check_cut(place: &Place, file: &[u8], wal: &[u8]) -> Option<usize> {
    place.put("cut.db", file);
    place.put("cut.db-wal", wal);
    if wal.is_empty() {
        std::fs::remove_file(place.path().join("cut.db-wal")).unwrap();
    }
    let screen = place.veche("fsck cut.db");
    if screen.code == Some(0) {
        return Some(whole(place, "cut.db"));
    }
    assert_eq!(screen.code, Some(5), "{screen}");
    if screen.err.is_empty() {
        // Opened, read to its end, and found wanting.
        assert!(screen.out.contains("fault: ") && !screen.out.contains("is whole"), "{screen}");
        return None;
    }
    assert!(screen.err.contains("`cut.db`: it is damaged or no store: "), "{screen}");
    assert!(place.get("cut.db") == file, "a file of {} bytes was changed", file.len());
    if !wal.is_empty() {
        assert!(place.get("cut.db-wal") == wal, "the log beside {} bytes was changed", file.len());
    }
    None
}

#[test]
fn a_store_that_was_cut_short_is_refused_and_left_as_it_is() {
    let (place, _, _) = killed();
    // Opened and closed once more, everything is in the one file.
    assert_eq!(whole(&place, STORE), RECORDS);
    let file = place.get(STORE);
    assert!(!place.path().join(WAL).exists());
    let len = file.len();
    assert!(len > 10 * 4096, "{len}");
    for cut in [0, 1, 50, 99, 100, 4095, 4096, 4097, 8192, len / 3, len / 2, len - 4096, len - 1] {
        assert_eq!(check_cut(&place, &file[..cut], b""), None, "cut at {cut} of {len}");
    }
    assert_eq!(check_cut(&place, &file, b""), Some(RECORDS));
}

/// What was cut off behind a killed node's file may all be in the log beside it; then nothing is lost. Nothing between.
#[test]
fn a_killed_nodes_store_that_was_cut_short_is_refused_or_whole() {
    let (place, file, wal) = killed();
    let len = file.len();
    for cut in [0, 1, 100, 4096, 8192, len / 2] {
        let held = check_cut(&place, &file[..cut], &wal);
        assert!([None, Some(RECORDS)].contains(&held), "cut at {cut} of {len}: {held:?}");
    }
    assert_eq!(check_cut(&place, &file, &wal), Some(RECORDS));
}

/// A log beside the file that was cut is what a killed process leaves: SQLite reads it up to its last whole transaction. The
/// store is then a shorter one and whole, as a backup of that time would be; that peers hold more is found when they are met.
#[test]
fn a_write_ahead_log_that_was_cut_short_gives_a_shorter_store_and_nothing_half() {
    let (place, file, wal) = killed();
    let len = wal.len();
    let mut last = 0;
    for part in 0..12 {
        let cut = len * part / 12 + part % 3;
        let Some(held) = check_cut(&place, &file, &wal[..cut]) else { continue };
        assert!((last..=RECORDS).contains(&held), "cut at {cut} of {len}: {held} after {last}");
        last = held;
    }
    assert!(last > 0 && last < RECORDS, "{last}");
    assert_eq!(check_cut(&place, &file, &wal), Some(RECORDS));
}

#[test]
fn a_store_of_a_newer_program_is_refused_by_its_version_and_left_as_it_is() {
    let place = with_node();
    let path = place.path().join(STORE);
    Store::open(&path, Durability::Full).unwrap().set_meta("schema", b"3").unwrap();
    let file = place.get(STORE);
    insta::assert_snapshot!(place.veche("fsck arven.db"), @r"
    [standard error]
    error: cannot use store `arven.db`: it has version 3, this program reads version 2; use a newer program
    [exit 5]
    ");
    assert!(place.get(STORE) == file);
}
