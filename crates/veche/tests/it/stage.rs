//! Exercises over a process for each node: what is seen is what is seen in one process, to the last record.
#![cfg(target_os = "linux")]

use crate::support::{Place, Screen};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long something may take that takes a second or two on a quiet machine.
const PATIENCE: Duration = Duration::from_secs(90);

const FIRST_HOUR: &str = include_str!("../../../../exercises/first-hour/exercise.toml");

/// Takes out of a sheet what is no part of the story: how long the injects took, and the check that shows it.
fn without_times(mut sheet: Value) -> Value {
    for row in sheet["rows"].as_array_mut().unwrap() {
        row["outcome"].as_object_mut().unwrap().remove("millis").unwrap();
        for seen in row["outcome"]["seen"].as_array_mut().unwrap() {
            if seen["clause"] == "time per step" {
                seen["observed"] = json!("times");
            }
        }
    }
    sheet
}

/// Plays an exercise in one process and over processes, each twice: for people and for programs. Checks that both show the same, and
/// make the same certificates; returns the sheet and its exit code.
#[track_caller]
fn check(place: &Place, arguments: &str) -> (Value, Option<i32>) {
    let run = |how: &str| place.veche(&format!("exercise run {arguments} {how}"));
    let (here, apart) = (run(""), run("--processes"));
    assert_eq!((here.code, &here.out, &here.err), (apart.code, &apart.out, &apart.err));
    let (sheet, code) = check_sheets(place, arguments);
    assert_eq!(code, apart.code);
    (sheet, code)
}

/// Checks as [`check`], the sheets for programs alone.
#[track_caller]
fn check_sheets(place: &Place, arguments: &str) -> (Value, Option<i32>) {
    let run = |how: &str| place.veche(&format!("exercise run {arguments} --json {how}"));
    let (here, apart) = (run("--certificates here"), run("--certificates apart --processes"));
    assert_eq!((here.code, here.err.as_str()), (apart.code, ""), "{apart}");
    let (sheet, other) = (without_times(here.json()), without_times(apart.json()));
    assert_eq!(sheet, other);
    let files = |folder: &str| -> Vec<(PathBuf, Vec<u8>)> {
        let entries = std::fs::read_dir(place.path().join(folder)).unwrap().flatten();
        let mut files: Vec<_> = entries
            .map(|entry| (entry.file_name().into(), std::fs::read(entry.path()).unwrap()))
            .collect();
        files.sort();
        files
    };
    assert_eq!(files("here"), files("apart"), "the certificates are the same bytes");
    (sheet, apart.code)
}

/// Puts a folder with an exercise, and what lies beside it, into a place.
fn put(place: &Place, name: &str, script: &str) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../exercises").join(name);
    std::fs::create_dir(place.path().join("story")).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let to = place.path().join("story").join(entry.file_name());
        std::fs::copy(entry.path(), to).unwrap();
    }
    place.put("story/exercise.toml", script);
}

fn failed(sheet: &Value) -> Vec<u64> {
    let rows = sheet["rows"].as_array().unwrap().iter();
    let is_failed = |row: &&Value| {
        row["outcome"]["seen"].as_array().unwrap().iter().any(|seen| seen["passed"] == false)
    };
    rows.filter(is_failed).map(|row| row["id"].as_u64().unwrap()).collect()
}

#[test]
fn lantern_over_processes_is_lantern() {
    let (sheet, code) = check_sheets(&Place::new(), "lantern");
    assert_eq!((code, failed(&sheet)), (Some(0), vec![]));
    assert_eq!(
        (sheet["passed"].as_u64(), sheet["digests"].as_object().unwrap().len()),
        (Some(56), 6)
    );
}

/// LANTERN up to the inject before the one of this number.
fn lantern_until(id: u32) -> String {
    let text = include_str!("../../../../exercises/lantern/exercise.toml");
    let (before, _) = text.split_once(&format!("\n[[inject]]\nid = {id}\n")).unwrap();
    before.to_owned()
}

#[test]
fn without_a_defence_the_same_checks_fail_over_processes() {
    let place = Place::new();
    put(&place, "lantern", &lantern_until(17));
    for (defence, fails_at) in [("fork-check", 6), ("unreached", 16)] {
        let (sheet, code) = check_sheets(&place, &format!("story --without {defence}"));
        assert_eq!((code, failed(&sheet)), (Some(6), vec![fails_at]), "{defence}");
    }
}

/// FIRST HOUR with another step at the beginning of an inject.
fn first_hour_with(step: &str, id: u32) -> String {
    let (before, after) = FIRST_HOUR.split_once(&format!("\nid = {id}\n")).unwrap();
    let (head, steps) = after.split_once("[[inject.do]]").unwrap();
    format!("{before}\nid = {id}\n{head}[[inject.do]]\n{step}\n[[inject.do]]{steps}")
}

#[test]
fn first_hour_over_processes_is_first_hour_also_where_a_node_is_killed_in_its_midst() {
    let (sheet, code) = check(&Place::new(), "first-hour");
    assert_eq!((code, failed(&sheet)), (Some(0), vec![]));
    let place = Place::new();
    put(&place, "first-hour", &first_hour_with("kill = \"belm\"", 5));
    let (killed, code) = check(&place, "story");
    assert_eq!((code, failed(&killed)), (Some(0), vec![]));
    assert_ne!(sheet["digests"], killed["digests"], "a start has salts of its own");
}

/// A story in which a node is cut off while another says so much that it has to be fetched in more than one batch, and the last batch of it
/// brings receipts alone.
fn long_silence() -> String {
    let (head, _) = FIRST_HOUR.split_once("\n[[inject]]").unwrap();
    let mut script = format!(
        "{head}\n[[inject]]\nid = 1\nat = \"00:00\"\nfrom = \"Arven\"\nkind = \"report\"\ncontent = \"much\"\nexpect = \"\"\n"
    );
    script.push_str("[[inject.do]]\ncut_off = \"belm\"\n");
    // What the charter refuses to the office is said, stored and carried all the same.
    let mut say = |party: &str, nth: u32| {
        write!(
            script,
            "[[inject.do]]\nsay = \"report\"\nas = \"{party}\"\nanyway = true\nterms = {{ title = \"Report {nth}\", text = \"The river rises.\" }}\n"
        )
        .unwrap();
    };
    (0..255).for_each(|nth| say("arven", nth));
    (0..12).for_each(|nth| say("office", nth));
    script.push_str("[[inject.do]]\njoin = \"belm\"\n");
    script.push_str(
        "[[inject.check]]\nclause = \"belm holds all\"\nnode = \"belm\"\nget = \"/exercise/digests\"\nat = \"/distinct\"\nis = 1\n",
    );
    script
}

#[test]
fn who_was_cut_off_for_long_fetches_and_gives_the_same_receipts() {
    let place = Place::new();
    put(&place, "first-hour", &long_silence());
    let (sheet, code) = check(&place, "story");
    assert_eq!((code, failed(&sheet)), (Some(0), vec![]));
}

/// The processes that run in a place, without one.
fn processes_in(place: &Place, but: u32) -> Vec<u32> {
    let here = place.path().canonicalize().unwrap();
    let pids = std::fs::read_dir("/proc").unwrap().flatten();
    let pids = pids.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let is_here = |pid: &u32| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let is_zombie = stat.rsplit(") ").next().is_none_or(|rest| rest.starts_with('Z'));
        std::fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd == here) && !is_zombie
    };
    pids.filter(|pid| *pid != but && is_here(pid)).collect()
}

#[track_caller]
fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// LANTERN over processes, under way.
fn under_way(place: &Place) -> Child {
    let mut command = place.command("exercise run lantern --processes");
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_for("six processes run", || processes_in(place, child.id()).len() == 6);
    child
}

fn kill(pid: u32) {
    assert!(Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap().success());
}

#[test]
fn no_process_outlives_a_conductor_that_was_killed() {
    let place = Place::new();
    let mut conductor = under_way(&place);
    conductor.kill().unwrap();
    conductor.wait().unwrap();
    wait_for("all have ended", || processes_in(&place, 0).is_empty());
}

#[test]
fn a_process_that_dies_ends_the_play_with_its_name_and_leaves_no_other() {
    let place = Place::new();
    let conductor = under_way(&place);
    kill(*processes_in(&place, conductor.id()).first().unwrap());
    let screen = Screen::of(&conductor.wait_with_output().unwrap());
    assert_eq!(screen.code, Some(5), "{screen}");
    assert!(screen.err.contains("the process of the node of `"), "{screen}");
    assert!(screen.err.contains("has ended (signal: 9"), "{screen}");
    assert!(processes_in(&place, 0).is_empty());
}

/// What is seen of a node's process after these lines.
fn told(place: &Place, lines: &[u8]) -> Screen {
    let mut command = place.command("exercise node");
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It may have ended before it read all.
    let _read = child.stdin.take().unwrap().write_all(lines);
    Screen::of(&child.wait_with_output().unwrap())
}

#[test]
fn a_process_that_does_not_understand_its_conductor_says_so_and_ends() {
    let place = Place::new();
    let check = |lines: &[u8], expected: &str| {
        let screen = told(&place, lines);
        assert_eq!((screen.code, screen.out.as_str()), (Some(5), ""), "{screen}");
        assert!(screen.err.contains(expected), "{screen}");
    };
    check(b"", "this command is for `veche exercise run --processes` alone");
    check(b"{\"cast\": {", "a line is cut short");
    check(b"\xff\xfe\n", "a line cannot be read");
    check(b"{\"cast\": 7, \"store\": \"x.db\", \"now\": \"\"}\n", "a line cannot be read");
    let cast = json!({
        "party": "arven", "charter": "no charter", "seed": "x", "officers": {}, "second_epochs": [], "pairs": false,
        "salt": "x", "without": "no such", "guards_restore": true,
    });
    let opening = json!({"cast": cast, "store": "x.db", "now": "2027-03-01T09:00:00Z"});
    check(format!("{opening}\n").as_bytes(), "there is no defence `no such`");
    let mut opening = opening;
    opening["cast"]["without"] = Value::Null;
    check(format!("{opening}\n").as_bytes(), "the charter has faults");
}

#[test]
fn stores_of_another_exercise_are_not_played_on_with() {
    let place = Place::new();
    place.veche("exercise run first-hour --processes --stores kept").good();
    place.veche("fsck kept/belm.db").good();
    let again = place.veche("exercise run first-hour --processes --stores kept");
    assert!(again.err.contains("is there already; name an empty folder"), "{again}");
}
