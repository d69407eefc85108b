//! Everything that reads strange bytes, given bytes that were good and were spoilt: cut, flipped, spliced, repeated, with numbers at their
//! edges. A bounded run that comes out the same each time (`docs/fuzz.md`); `fuzz/` gives the same targets to `cargo fuzz`.
//!
//! ```text
//! cargo test --workspace --test fuzz                                     every target, as CI does
//! cargo test --workspace --test fuzz -- --rounds 200000 --seed 7         longer, with other inputs
//! cargo test --workspace --test fuzz -- --target charter                 one target
//! cargo test --workspace --test fuzz -- --target charter --write corpus  its seeds as files, for `cargo fuzz`
//! ```
//!
//! Each target runs in a process of its own, so that one which aborts, takes all memory or never returns is told by its name and its round,
//! which is enough to make the input again. What panics is made shorter and written to `fuzz/kept/TARGET/`; whatever lies there is run first.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "what is found ends the run and is printed"
)]

mod covered;
mod mutate;
mod seeds;
#[path = "../../../../fuzz/targets.rs"]
#[expect(dead_code, unreachable_pub, reason = "another harness uses it as a module of its own")]
mod targets;

use mutate::Source;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use targets::{TARGETS, Target};

/// Rounds of a target that takes microseconds, if no other number is given.
const ROUNDS: u64 = 2_000;

/// Fewest rounds of a dear one.
const ROUNDS_LEAST: u64 = 20;

/// Most bytes that all rounds of a target are given, for each round that was asked for: long seeds get fewer rounds, whatever the clock says.
const BYTES_EACH: u64 = 4 * 1024;

/// Longest input, in bytes.
const INPUT_LEN_MAX: usize = 300 * 1024;

/// Memory that a target may take in all, in bytes of address space. The largest limit of any format is 256 MiB.
const MEMORY_MAX: u64 = 4 * 1024 * 1024 * 1024;

/// How long one input may keep a target busy: a thousand times what the slowest takes. It tells what never ends, and is no measure of speed.
const STUCK_AFTER: Duration = Duration::from_secs(120);

/// Stack of the thread in which a target runs, in bytes: what the program's own threads have. Depth that it does not hold aborts.
const STACK: usize = 2 * 1024 * 1024;

/// Marks lines that say which input comes next: the last one names what aborted.
const NEXT: char = '@';

/// Inputs tried so far, for whoever waits for one to end.
static TRIED: AtomicU64 = AtomicU64::new(0);

fn main() -> ExitCode {
    let mut asked: BTreeMap<String, String> = BTreeMap::new();
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        // What a test runner passes on is not for a program without tests to choose from.
        let Some(name) = word.strip_prefix("--") else { continue };
        if let Some(value) = words.next() {
            asked.insert(name.to_owned(), value);
        }
    }
    let number =
        |name: &str, usual| asked.get(name).and_then(|text| text.parse().ok()).unwrap_or(usual);
    let (rounds, seed) = (number("rounds", ROUNDS), number("seed", 1));
    if let Some(name) = asked.get("child") {
        let target = target(name);
        let run = std::thread::Builder::new()
            .stack_size(STACK)
            .spawn(move || child(target, rounds, seed));
        return match run.expect("a thread").join() {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        };
    }
    if let Some(folder) = asked.get("write") {
        for target in chosen(&asked) {
            write_seeds(target, &seeds::root().join("fuzz").join(folder).join(target.name));
        }
        return ExitCode::SUCCESS;
    }
    let mut failed = covered::faults();
    mutate::holds();
    failed.extend(hunt(&chosen(&asked), rounds, seed));
    for fault in &failed {
        println!("{fault}");
    }
    let (count, failures) = (chosen(&asked).len() + 1, failed.len());
    let word = if failed.is_empty() { "ok" } else { "FAILED" };
    println!(
        "\ntest result: {word}. {} passed; {failures} failed; 0 ignored; 0 measured; 0 filtered out",
        count.saturating_sub(failures)
    );
    if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn target(name: &str) -> &'static Target {
    TARGETS
        .iter()
        .find(|target| target.name == name)
        .unwrap_or_else(|| panic!("there is no target `{name}`"))
}

fn chosen(asked: &BTreeMap<String, String>) -> Vec<&'static Target> {
    asked.get("target").map_or_else(|| TARGETS.iter().collect(), |name| vec![target(name)])
}

/// Runs the targets, each in a process, as many at a time as there are processors. Returns what they failed at.
fn hunt(targets: &[&'static Target], rounds: u64, seed: u64) -> Vec<String> {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let next = AtomicU64::new(0);
    let part = || {
        let mut failed = Vec::new();
        while let Some(target) =
            targets.get(usize::try_from(next.fetch_add(1, Ordering::Relaxed)).unwrap_or(usize::MAX))
        {
            failed.extend(one(target, rounds, seed));
        }
        failed
    };
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(part)).collect();
        running.into_iter().flat_map(|part| part.join().expect("no part fails")).collect()
    })
}

fn one(target: &Target, rounds: u64, seed: u64) -> Option<String> {
    let program = std::env::current_exe().expect("this program's path");
    let arguments =
        ["--child", target.name, "--rounds", &rounds.to_string(), "--seed", &seed.to_string()];
    let ended =
        Command::new(program).args(arguments).stdin(Stdio::null()).output().expect("it starts");
    let (said, told) =
        (String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    let (next, said): (Vec<&str>, Vec<&str>) =
        said.lines().partition(|line| line.starts_with(NEXT));
    if ended.status.success() {
        println!("{}", said.join("\n"));
        return None;
    }
    let last: Vec<&str> = told.lines().rev().take(6).collect();
    let last: Vec<&str> = last.into_iter().rev().collect();
    let at = next.last().map_or("its start", |line| line.trim_start_matches(NEXT));
    let (status, said, last) = (ended.status, said.join("\n"), last.join("\n"));
    Some(format!("target `{}` failed ({status}) at {at}:\n{said}\n{last}", target.name))
}

/// Runs one target in this process.
fn child(target: &Target, rounds: u64, seed: u64) {
    limit_memory();
    std::thread::spawn(watch);
    let seeds = seeds::seeds(target.name);
    for (at, kept) in kept(target).iter().chain(&seeds).enumerate() {
        try_one(target, kept, &format!("kept or seed number {at}"));
    }
    let wanted = (rounds / u64::from(target.cost)).max(ROUNDS_LEAST);
    let (mut done, mut bytes) = (0, 0);
    while done < wanted && (bytes < rounds * BYTES_EACH || done < ROUNDS_LEAST) {
        let input = mutate::input(&mut Source::new(target.name, seed, done), &seeds, INPUT_LEN_MAX);
        try_one(target, &input, &format!("round {done} of seed {seed}"));
        (done, bytes) = (done + 1, bytes + input.len() as u64);
    }
    println!("{:<16} {done:>7} rounds, {bytes:>10} bytes, {} seeds: ok", target.name, seeds.len());
}

/// Runs one input; one that panics is made shorter, kept, and ends the run.
fn try_one(target: &Target, input: &[u8], what: &str) {
    let fails = |input: &[u8]| {
        TRIED.fetch_add(1, Ordering::Relaxed);
        std::panic::catch_unwind(|| (target.run)(input)).is_err()
    };
    println!("{NEXT}{what}");
    if !fails(input) {
        return;
    }
    let least = mutate::shortened(input, &fails);
    let name = veche_ledger::Hash::of(&[&least]).to_string();
    let folder = seeds::root().join("fuzz/kept").join(target.name);
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join(&name[..16]);
    std::fs::write(&path, &least).expect("it is written");
    let hex: String = least.iter().take(256).map(|byte| format!("{byte:02x}")).collect();
    println!("    {what}: panics; {} bytes kept in {}: {hex}", least.len(), path.display());
    std::process::exit(1);
}

/// Returns the inputs that failed once.
fn kept(target: &Target) -> Vec<Vec<u8>> {
    let folder: PathBuf = seeds::root().join("fuzz/kept").join(target.name);
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).expect("a kept input")).collect()
}

fn write_seeds(target: &Target, folder: &PathBuf) {
    std::fs::create_dir_all(folder).expect("a folder");
    for seed in seeds::seeds(target.name) {
        let name = veche_ledger::Hash::of(&[&seed]).to_string();
        std::fs::write(folder.join(&name[..16]), seed).expect("it is written");
    }
}

/// Ends the process where one input takes so long that it will never end.
fn watch() {
    let mut before = 0;
    loop {
        std::thread::sleep(STUCK_AFTER);
        let tried = TRIED.load(Ordering::Relaxed);
        if tried == before {
            println!("    one input does not end");
            std::process::exit(2);
        }
        before = tried;
    }
}

/// What asks for more aborts.
#[cfg(unix)]
fn limit_memory() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let limit = Rlimit { current: Some(MEMORY_MAX), maximum: Some(MEMORY_MAX) };
    setrlimit(Resource::As, limit).expect("the limit is lower than what there is");
}

#[cfg(not(unix))]
fn limit_memory() {
    println!("    memory is not limited on this system");
}
