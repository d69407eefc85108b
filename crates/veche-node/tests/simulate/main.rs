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

use kept::{DEFENCELESS, KEPT};
use std::collections::BTreeMap;
use world::{Defence, Tally, World};

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
    // One world without a defence: to find a seed that belongs into `kept.rs`.
    let without = match asked.get("without") {
        Some(1) => Some(Defence::ForkCheck),
        Some(_) => Some(Defence::RestoreGuard),
        None => None,
    };
    let is_one = asked.contains_key("seed");
    let mut all = Tally::default();
    let mut first = None;
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        let run = |part: Vec<u64>| {
            scope.spawn(move || {
                part.into_iter()
                    .map(|seed| (seed, World::run(seed, steps, without)))
                    .collect::<Vec<_>>()
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
        let (_, again) = World::run(seed, steps, without);
        assert_eq!(trace, again, "seed {seed} gave two worlds");
    }
    println!("simulation: {all}");
    // Worlds that never met what they are there for prove nothing about it.
    for (name, met) in [("forks", all.forks_met), ("restores", all.restores), ("least", all.steps)]
    {
        let least = asked.get(name).copied().unwrap_or_default();
        assert!(met >= least, "the worlds met {met} {name}: at least {least} was asked for");
    }
    if !is_one {
        defences_are_missed();
    }
    println!("test result: ok. {} passed; 0 failed", all.worlds);
}

/// Takes a defence from the nodes of a world that it holds up: a promise must break there, or the run proves nothing about it.
fn defences_are_missed() {
    for (defence, seed, steps, said) in DEFENCELESS {
        let _holds = World::run(seed, steps, None);
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| {}));
        let ended = std::panic::catch_unwind(|| World::run(seed, steps, Some(defence)));
        std::panic::set_hook(hook);
        let why = match ended {
            Ok((tally, _)) => panic!("seed {seed} holds without {defence:?}: {tally}"),
            Err(why) => why.downcast_ref::<String>().cloned().unwrap_or_default(),
        };
        assert!(why.contains(said), "seed {seed} without {defence:?} fails otherwise: {why}");
        println!("without {defence:?}: {why}");
    }
}
