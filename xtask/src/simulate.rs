//! The simulated world: nodes over a network that loses, cuts and lies. What it asks stands in `docs/simulation.md`.

use crate::call::Call;
use crate::ci;
use crate::step::{Failure, Step, run_all};
use crate::tally::Tally;
use crate::workspace::Workspace;

/// Worlds in CI, steps of each, and what they must have met: with what they take to heal, more than a million steps.
const IN_CI: [&str; 10] = [
    "--seeds",
    "170",
    "--steps",
    "5000",
    "--forks",
    "10",
    "--restores",
    "30",
    "--least",
    "1000000",
];

/// What CI runs.
///
/// # Errors
/// If a promise is broken in some world, or one seed gives two.
pub(crate) fn in_ci(workspace: &Workspace) -> Result<Tally, Failure> {
    ci::cargo_test(workspace, &worlds().args(IN_CI))
}

/// Runs the worlds that are asked for; none named: those of CI.
pub(crate) fn simulate(workspace: &Workspace, words: &[&str]) -> bool {
    let call = if words.is_empty() { worlds().args(IN_CI) } else { worlds().args(words) };
    let run = move |workspace: &Workspace| ci::cargo_test(workspace, &call);
    run_all(workspace, &[Step::new("simulation", run)], true)
}

/// The test build that CI has made already: what worlds spend their time in is optimised there as well.
fn worlds() -> Call {
    Call::new("cargo test --quiet --workspace --test simulate --")
}
