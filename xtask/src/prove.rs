//! The model checker: every machine of every shipped charter, over the real fold. What is proved stands in `docs/proof.md`.

use crate::call::Call;
use crate::ci;
use crate::step::{Failure, Step, run_all};
use crate::tally::Tally;
use crate::workspace::Workspace;

/// States a world in CI: the step stays below eight minutes on two cores, with its own compilation.
const STATES_IN_CI: &str = "150";

/// States a world in a whole run, if no other number is given.
const STATES: &str = "2000";

/// States that a world of three parties with faults in pairs may have in a run with `--whole`.
const STATES_IN_PAIRS: &str = "200000";

/// Where the tables of a whole run stand.
const DOCUMENT: &str = "docs/proof.md";

/// What CI runs.
///
/// # Errors
/// If a promise is broken that is not known to be, or something that protects a promise is not missed.
pub(crate) fn in_ci(workspace: &Workspace) -> Result<Tally, Failure> {
    ci::cargo_test(workspace, &checker().args(["--budget", STATES_IN_CI]))
}

/// Looks at all machines, or with `--only` at some; with `--whole` at faults in pairs until they are finished, and with
/// `--write` puts the tables into the document.
pub(crate) fn prove(workspace: &Workspace, words: &[&str]) -> bool {
    let document = workspace.root.join(DOCUMENT).display().to_string();
    let mut call = checker();
    if !words.contains(&"--budget") {
        let is_whole = words.contains(&"--whole");
        call = call.args(["--budget", if is_whole { STATES_IN_PAIRS } else { STATES }]);
    }
    for word in words {
        call = call.args([*word]);
        if *word == "--write" {
            call = call.args([&document]);
        }
    }
    run_all(
        workspace,
        &[Step::new("proof", move |workspace| ci::cargo_test(workspace, &call))],
        true,
    )
}

/// The model checker is compiled with optimisation, in a profile of its own: it folds millions of times.
fn checker() -> Call {
    Call::new("cargo test --quiet --profile prove --package veche-council --test prove --")
}
