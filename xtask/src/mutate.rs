//! Mutation testing of the shipped charters: the work is done by `crates/veche-charter/tests/mutants`.

use crate::call::Call;
use crate::ci;
use crate::step::{Step, run_all};
use crate::workspace::Workspace;

/// Where the table goes.
const TABLE: &str = "docs/mutants.md";

/// Judges every mutant; false if one survives that nothing tells from its charter.
pub(crate) fn mutate(workspace: &Workspace, flags: &[&str]) -> bool {
    let table = workspace.root.join(TABLE);
    let mut args = vec!["all".to_owned()];
    for flag in flags {
        args.push((*flag).to_owned());
        if *flag == "--write" {
            args.push(table.to_string_lossy().into_owned());
        }
    }
    let steps = [Step::new("mutants of the charters", move |workspace| {
        let call = Call::new("cargo test -q --profile prove -p veche-charter --test mutants --")
            .args(&args);
        ci::shown(workspace, &call)
    })];
    run_all(workspace, &steps, false)
}
