//! Model checking of every machine of every shipped charter over the real fold. `docs/proof.md` says what is proved.
//!
//! ```text
//! prove                     what `cargo test` runs: each promise fails without what protects it
//! prove --budget STATES     that, and each form of machine to a budget of states a world
//! prove --whole --budget STATES [--minutes N]       faults in pairs with three parties, whole if the budget is not spent
//! prove --only CHARTER[.MACHINE] --budget STATES    some of them, with the course of events for what is found
//! prove --write FILE ..     puts the tables into a document
//! ```
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a failed set-up fails the run; what was found is reported"
)]

mod cuts;
mod fold;
mod form;
mod promises;
mod reduce;
mod report;
mod run;
mod setup;
mod story;
mod whole;
mod without;
mod world;

use run::Plan;
use std::process::ExitCode;

/// Exit code of a command line that cannot be read.
const EXIT_USAGE: u8 = 2;

fn main() -> ExitCode {
    let Some(asked) = Asked::read(&arguments()) else {
        println!(
            "error: `prove [--whole] [--budget STATES] [--minutes N] [--only CHARTER[.MACHINE]] [--write FILE]`"
        );
        return ExitCode::from(EXIT_USAGE);
    };
    // A long run is about faults in pairs alone.
    let (checked, mut failed) = if asked.is_whole {
        (0, 0)
    } else {
        (without::COUNT + whole::COUNT, without::run() + whole::run())
    };
    if let Some(budget) = asked.budget {
        let (is_whole, minutes) = (asked.is_whole, asked.minutes);
        let plan = Plan { budget, is_whole, minutes, only: asked.only.clone() };
        let found = run::all(&plan);
        report::print(&found, &plan);
        failed += report::broken(&found).len();
        if let Some(file) = &asked.write
            && let Err(error) = report::write(file, &found, &plan)
        {
            println!("error: cannot write {file}: {error}");
            failed += 1;
        }
    }
    // The words of cargo's own test runner, for the program that counts.
    let passed = usize::from(failed == 0);
    let word = if failed == 0 { "ok" } else { "FAILED" };
    println!("test result: {word}. {} passed; {failed} failed; 0 ignored", checked + passed);
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What the command line asks for.
#[derive(Default)]
struct Asked {
    budget: Option<usize>,
    only: Option<String>,
    write: Option<String>,
    is_whole: bool,
    minutes: Option<u64>,
}

impl Asked {
    fn read(words: &[String]) -> Option<Self> {
        let mut asked = Self::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--budget" => asked.budget = Some(words.next()?.parse().ok()?),
                "--only" => asked.only = Some(words.next()?.clone()),
                "--whole" => asked.is_whole = true,
                "--minutes" => asked.minutes = Some(words.next()?.parse().ok()?),
                "--write" => asked.write = Some(words.next()?.clone()),
                // What a test runner is called with, and has no meaning here.
                _ => {}
            }
        }
        Some(asked)
    }
}

#[expect(clippy::disallowed_methods, reason = "a program beside the core, which has arguments")]
fn arguments() -> Vec<String> {
    std::env::args().skip(1).collect()
}
