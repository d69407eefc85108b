//! Chores: what CI runs, golden files, checks of the tree. `cargo xtask help` lists them.
//!
//! **Invariant:** standard library and `serde_json` only, so that the first chore starts seconds after a clone.
#![expect(clippy::print_stdout, reason = "a chore talks to the terminal")]

mod browser;
mod call;
mod ci;
mod debian;
mod faults;
mod golden;
mod mutate;
mod postgres;
mod prove;
mod python;
mod quick;
mod schema;
mod simulate;
mod softhsm;
mod step;
mod tally;
mod threats;
mod train;
mod tree;
mod workspace;

use std::process::ExitCode;
use workspace::Workspace;

const HELP: &str = "\
Chores of veche.

  cargo xtask test                     everything that CI runs, in its order; stops at the first failure
  cargo xtask test --quick [CRATE..]   format, lints and tests of the crates named, or else of those changed since HEAD
  cargo xtask browser                  a build, and its pages and the demonstration's story in a headless Chromium
  cargo xtask check                    what needs no build: dependency direction, licences, sizes, forgotten files, format
  cargo xtask mutate [--profile NAME] [--draw N] [--write] [--cases]
                                       each shipped charter made wrong in one place after the other: what notices, and what does not;
                                       --write puts the table in docs/mutants.md, --cases adds what tells survivors apart
  cargo xtask golden                   write the golden files anew from their generators
  cargo xtask prove [--budget N]       the model checker, to so many states a world (2000); --whole finishes faults in
                                       pairs with three parties; --only CHARTER[.MACHINE] tells what
                                       it found there, --write puts the tables into docs/proof.md
  cargo xtask simulate [--seeds N] [--steps N] [--from N | --seed N]
                                       nodes in worlds that lose, cut, fall over and lie; --seed plays one world
  cargo xtask faults [--ci] [TEST..]   real processes killed, cut off, without power, each call to the system failing in turn: every case,
                                       of which CI, and --ci, try each call once and the tests a part; of the tests named, or of all
  cargo xtask threats [--only IDS]     take away each defence of docs/threats.md in a copy of the tree, and see that its
                                       test fails; IDS as R1,S with commas: attacks, or all of a letter
  cargo xtask train [--events [FILE] | --data DIR] [--check] | --with-corrections FILE --out DIR | --clusters ENGLISH RUSSIAN
                                       make the coder's models from the treebanks in DIR (else below VECHE_SHARED or ../shared); --check compares
                                       the committed ones with their manifest, and a training on a sample with it; --events
                                       makes the models of events alone, from lexicon/, with FILE, a model of Russian, also those for trees
  cargo xtask help                     this page

`test` installs typos, taplo, playwright and axe from PyPI into .venv, once, at fixed versions, and Debian's chromium,
softhsm2 and postgresql where root runs it and none is there; it says so. It needs git and python3.
Its last line is `N passed, N failed`: the tests counted, and one more failed for a step that is no test.
Exit codes: 0 all passed, 1 something failed, 2 no such chore.
";

/// Exit code of a command line that no chore has.
const EXIT_USAGE: u8 = 2;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["test"] => chore(ci::test),
        ["test", "--quick", crates @ ..] => chore(|workspace| quick::test(workspace, crates)),
        ["browser"] => chore(ci::browser),
        ["check"] => chore(ci::check),
        ["mutate", flags @ ..] => chore(|workspace| mutate::mutate(workspace, flags)),
        ["golden"] => chore(ci::golden),
        ["prove", words @ ..] => chore(|workspace| prove::prove(workspace, words)),
        ["simulate", words @ ..] => chore(|workspace| simulate::simulate(workspace, words)),
        ["faults", words @ ..] => chore(|workspace| faults::faults(workspace, words)),
        ["threats", words @ ..] => chore(|workspace| threats::threats(workspace, words)),
        ["train", words @ ..] => chore(|workspace| train::train(workspace, words)),
        ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            ExitCode::SUCCESS
        }
        [] => {
            print!("{HELP}");
            ExitCode::from(EXIT_USAGE)
        }
        other => {
            println!("error: no chore `{}`\n  hint: `cargo xtask help`", other.join(" "));
            ExitCode::from(EXIT_USAGE)
        }
    }
}

/// Runs a chore in the workspace; `true` is success.
fn chore(run: impl FnOnce(&Workspace) -> bool) -> ExitCode {
    match Workspace::load() {
        Ok(workspace) if run(&workspace) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(failure) => {
            println!("{failure}");
            ExitCode::FAILURE
        }
    }
}
