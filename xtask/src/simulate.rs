//! The simulated world: nodes over a network that loses, cuts and lies. What it asks stands in `docs/simulation.md`.

use crate::call::Call;
use crate::ci;
use crate::step::{Failure, Step, run_all};
use crate::tally::Tally;
use crate::workspace::Workspace;

/// Worlds in CI, and steps of each: with what they take to heal, about half a million steps.
const IN_CI: [&str; 4] = ["--seeds", "40", "--steps", "11000"];

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

/// Worlds are compiled with optimisation, as the model checker is: they sign and fold millions of times.
fn worlds() -> Call {
    Call::new("cargo test --quiet --profile prove --package veche-node --test simulate --")
}
