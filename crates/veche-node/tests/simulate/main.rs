//! Nodes in a world that loses, repeats, reorders, delays and is cut; where nodes fall over, disks fill, clocks jump and one member lies.
//! Everything comes from a seed: the same seed gives the same world, byte for byte (`docs/simulation.md`).
//!
//! ```text
//! cargo xtask simulate --seeds 100            worlds 1 to 100
//! cargo xtask simulate --seed 17 --steps 9000  one world
//! cargo xtask simulate --seeds 90 --forks 5    fails if fewer than five worlds have met a fork
//! ```
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a failed promise ends the run; what it found is printed"
)]

mod fault;
mod kept;
mod promise;
mod random;
mod talk;
mod world;

use kept::KEPT;
use std::collections::BTreeMap;
use world::{Tally, World};

/// Steps of a world, if no other number is given.
const STEPS: u64 = 2_000;

/// Worlds of a run, if no other number is given: what any test run looks at.
const SEEDS: u64 = 2;

fn main() {
    let mut asked: BTreeMap<String, u64> = BTreeMap::new();
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        // What a test runner passes on is not for a program without tests to choose from.
        let Some(name) = word.strip_prefix("--") else { continue };
        if let Some(number) = words.next().and_then(|value| value.parse().ok()) {
            asked.insert(name.to_owned(), number);
        }
    }
    let steps = asked.get("steps").copied().unwrap_or(STEPS);
    let seeds: Vec<u64> = match asked.get("seed") {
        Some(seed) => vec![*seed],
        None => {
            let from = asked.get("from").copied().unwrap_or(1);
            (from..from + asked.get("seeds").copied().unwrap_or(SEEDS)).chain(KEPT).collect()
        }
    };
    let is_one = asked.contains_key("seed");
    let mut all = Tally::default();
    let mut first = None;
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        let run = |part: Vec<u64>| {
            scope.spawn(move || {
                part.into_iter().map(|seed| (seed, World::run(seed, steps))).collect::<Vec<_>>()
            })
        };
        let part = |at: usize| seeds.iter().skip(at).step_by(threads).copied().collect();
        let running: Vec<_> = (0..threads).map(|at| run(part(at))).collect();
        for part in running {
            let worlds = part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            for (seed, (tally, trace)) in worlds {
                if is_one {
                    println!("seed {seed}: {tally}");
                }
                if Some(&seed) == seeds.first() {
                    first = Some((seed, trace));
                }
                all.add(&tally);
            }
        }
    });
    // The same seed again gives the same trace: else nothing found here could be found again.
    if let Some((seed, trace)) = first {
        let (_, again) = World::run(seed, steps);
        assert_eq!(trace, again, "seed {seed} gave two worlds");
    }
    println!("simulation: {all}");
    // Worlds that never met what they are there for prove nothing about it.
    for (name, met) in [("forks", all.forks_met), ("restores", all.restores), ("least", all.steps)] {
        let least = asked.get(name).copied().unwrap_or_default();
        assert!(met >= least, "the worlds met {met} {name}: at least {least} was asked for");
    }
    println!("test result: ok. {} passed; 0 failed", all.worlds);
}
