//! Real processes under real faults: a thousand kills, each call to the system failing in turn, power cuts. What it asks stands
//! in `docs/faults.md`.

use crate::call::Call;
use crate::ci;
use crate::debian;
use crate::step::{Failure, Step, run_all};
use crate::tally::Tally;
use crate::workspace::Workspace;

/// What is in the names of the tests that make faults, of whatever crate.
pub(crate) const NAMED: &str = "faults::";

/// What CI runs: each call fails once, in one way by turns, and a thousand kills. An ordinary run of the tests tries a part of that.
///
/// # Errors
/// If a promise is broken by some fault.
pub(crate) fn in_ci(workspace: &Workspace) -> Result<Tally, Failure> {
    if cfg!(target_os = "linux") {
        install_ip(workspace)?;
    } else {
        println!("    skipped: processes are killed and calls fail on Linux alone");
    }
    ci::cargo_test(workspace, &tests(&[], "ci"))
}

/// Installs what makes network namespaces, where it is missing and this user may: without it the test over a network that loses packets
/// says that it is skipped.
fn install_ip(workspace: &Workspace) -> Result<(), Failure> {
    let has_ip = Call::new("ip -V").output(&workspace.root).is_ok_and(|ended| ended.success);
    if has_ip || !debian::may_install(workspace) {
        return Ok(());
    }
    debian::install(workspace, "iproute2", "it makes network namespaces for a test")
}

/// Runs every case of the tests whose names hold one of these words, or of all; with `--ci` those of CI.
pub(crate) fn faults(workspace: &Workspace, words: &[&str]) -> bool {
    let (extent, words) = match words {
        ["--ci", words @ ..] => ("ci", words),
        words => ("all", words),
    };
    let call = tests(words, extent);
    let run = move |workspace: &Workspace| ci::cargo_test(workspace, &call);
    run_all(workspace, &[Step::new("faults", run)], true)
}

/// The test build that CI has made already: also those tests that make faults of bytes alone, which its other step leaves out. One test after the other: each uses both cores by itself.
fn tests(words: &[&str], extent: &str) -> Call {
    let named = if words.is_empty() { &[NAMED][..] } else { words };
    Call::new(
        "cargo test --quiet --workspace --lib --bins --test it -- --test-threads 1 --nocapture",
    )
    .args(named)
    .env("VECHE_FAULTS", extent)
}
