//! Records a second through the fold, bytes of state a record, and the time of `why`, of a list of what is due, and of a
//! start from a snapshot, at growing sizes, with 6 and 57 members.
//!
//! `cargo bench -p veche-council --bench fold [-- SIZE..]`; sizes in records, default 10000 100000 1000000.
#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::disallowed_methods,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a benchmark takes the time and reports to whoever runs it"
)]

#[path = "world.rs"]
mod world;

use std::sync::Arc;
use std::time::Instant;
use veche_council::Council;
use veche_ledger::Seconds;
use world::World;

const RUNS: usize = 3;
/// Asks this program for the size of the state alone.
const STATE: &str = "--state";
/// Records between two evaluations where records come one by one: a node evaluates after each batch.
const SETTLED_EVERY: u64 = 1000;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    if let [_, flag, members, size] = args.as_slice()
        && flag == STATE
    {
        return print_state(members.parse().unwrap_or(6), size.parse().unwrap_or(10_000));
    }
    let sizes: Vec<usize> = std::env::args().skip(1).filter_map(|arg| arg.parse().ok()).collect();
    let sizes = if sizes.is_empty() { vec![10_000, 100_000, 1_000_000] } else { sizes };
    println!(
        "members    records   records/s (min / median / max)      state bytes/record   snapshot MB  resume s   why p50/p95 us   due p50/p95 us"
    );
    for members in [6, 57] {
        for size in &sizes {
            measure(members, *size);
        }
    }
}

fn measure(members: usize, size: usize) {
    let world = World::new(members);
    let entries = world.entries(size);
    let mut speeds = Vec::new();
    let mut last = None;
    for _ in 0..RUNS {
        let batch = entries.clone();
        drop(last.take());
        let begun = Instant::now();
        let mut council = Council::new(Arc::clone(&world.charter));
        for entry in batch {
            council.apply(entry).expect("a generated record is in order");
        }
        council.settle();
        speeds.push(size as f64 / begun.elapsed().as_secs_f64());
        last = Some(council);
    }
    speeds.sort_by(f64::total_cmp);
    let Some(council) = last else { return };
    let snapshot = council.snapshot();
    let begun = Instant::now();
    let resumed =
        Council::resume(Arc::clone(&world.charter), &snapshot).expect("a snapshot is taken up");
    let resume = begun.elapsed().as_secs_f64();
    assert_eq!(resumed.digest(), council.digest(), "a resumed fold equals a full one");
    let now = world.end(size) + Seconds::hours(1);
    let ids: Vec<_> = resumed.procedures().step_by((size / 2_000).max(1)).take(500).collect();
    let why = percentiles(ids.iter().map(|id| time(|| resumed.why(id, now).len())).collect());
    let due = percentiles(
        (0..100)
            .map(|_| time(|| resumed.owed(None, now, 50).len() + resumed.due_by(now, 50).len()))
            .collect(),
    );
    println!(
        "{members:>7} {size:>10} {:>10.0} / {:>8.0} / {:>8.0} {:>24.0} {:>13.1} {:>9.2} {:>10.0} / {:>6.0} {:>8.0} / {:>6.0}",
        speeds[0],
        speeds[speeds.len() / 2],
        speeds[speeds.len() - 1],
        state_of(members, size) / size as f64,
        snapshot.len() as f64 / 1e6,
        resume,
        why.0,
        why.1,
        due.0,
        due.1,
    );
}

/// Asks for the state's size in a process of its own, where nothing was held before that the allocator might keep.
fn state_of(members: usize, size: usize) -> f64 {
    let own = std::env::current_exe().expect("the benchmark has a path");
    let arguments = [STATE.to_owned(), members.to_string(), size.to_string()];
    let said = std::process::Command::new(own).args(arguments).output().expect("it runs again");
    String::from_utf8_lossy(&said.stdout).trim().parse().unwrap_or(f64::NAN)
}

/// Folds records as they are made and prints how many bytes the process holds more than before.
fn print_state(members: usize, size: usize) {
    let world = World::new(members);
    let mut council = Council::new(Arc::clone(&world.charter));
    let before = resident();
    world.each_entry(size, |entry| {
        council.apply(entry).expect("a generated record is in order");
        if council.len().is_multiple_of(SETTLED_EVERY) {
            council.settle();
        }
    });
    council.settle();
    println!("{}", resident() - before);
    drop(council);
}

fn time<T>(mut work: impl FnMut() -> T) -> f64 {
    let begun = Instant::now();
    std::hint::black_box(work());
    begun.elapsed().as_secs_f64() * 1e6
}

fn percentiles(mut micros: Vec<f64>) -> (f64, f64) {
    micros.sort_by(f64::total_cmp);
    let at = |share: f64| {
        micros.get(((micros.len() - 1) as f64 * share) as usize).copied().unwrap_or_default()
    };
    (at(0.5), at(0.95))
}

/// Returns the resident memory of this process in bytes, on Linux; 0 elsewhere.
fn resident() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm.split_whitespace().nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or_default()
        * 4096
}
