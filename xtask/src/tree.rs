//! Checks of the tree: what no compiler refuses and no test sees. Each returns a line per fault.

mod crates;
mod direction;
mod documents;
mod files;
mod licence;
mod test_files;

use crate::step::Failure;
use crate::tally::Tally;
use crate::workspace::Workspace;

/// A check: its name, and what returns its faults.
type Check = (&'static str, fn(&Workspace) -> Vec<String>);

/// All checks, in the order in which their faults are shown.
const CHECKS: [Check; 13] = [
    ("dependency direction", direction::between_rooms),
    ("purity of the cores", direction::of_the_cores),
    ("number of crates", crates::number),
    ("lints of each crate", crates::lints),
    ("clippy.toml of each core", crates::core_lints),
    ("licences", licence::all_allowed),
    ("forgotten tests", test_files::none_forgotten),
    ("size of files", files::sizes),
    ("traces of a machine", files::machine_traces),
    ("changelog", documents::changelog),
    ("architecture", documents::architecture),
    ("links", documents::links),
    ("attacks", crate::threats::documented),
];

/// Runs all checks and shows all faults, so that one run is enough to mend them.
///
/// # Errors
/// If a check has a fault.
pub(crate) fn check(workspace: &Workspace) -> Result<Tally, Failure> {
    let faults: Vec<String> = CHECKS
        .iter()
        .flat_map(|(name, run)| {
            run(workspace).into_iter().map(move |fault| format!("{name}: {fault}"))
        })
        .collect();
    if faults.is_empty() {
        Ok(Tally::default())
    } else {
        Err(Failure::new(faults.join("\n"), "cargo xtask check"))
    }
}
