//! Documents that the tests wrote, against the schema of their format.

use crate::call::Call;
use crate::python;
use crate::step::Failure;
use crate::tally::Tally;
use crate::workspace::Workspace;
use std::path::PathBuf;

/// The schema of Akoma Ntoso 3.0 in the shared data; it is not ours to pass on with the code.
const SCHEMA: &str = "data/exchange/akn/akomantoso30.xsd";

/// Returns the folder in which tests leave documents of Akoma Ntoso.
pub(crate) fn documents(workspace: &Workspace) -> PathBuf {
    workspace.target.join("akn")
}

/// Validates every document that the tests left.
///
/// # Errors
/// If one is not valid, or there is none.
pub(crate) fn validate(workspace: &Workspace) -> Result<Tally, Failure> {
    let shared = std::env::var_os("VECHE_SHARED")
        .map_or_else(|| workspace.root.join("../shared"), PathBuf::from);
    let schema = shared.join(SCHEMA);
    if !schema.is_file() {
        println!("    skipped: no schema at {}", schema.display());
        return Ok(Tally::default());
    }
    let (schema, folder) = (schema.display().to_string(), documents(workspace));
    let call: Call = python::script(workspace, "xtask/schema/akn.py")
        .args([schema, folder.display().to_string()]);
    let mut tally = None;
    let ended = call.stream(&workspace.root, |line| {
        println!("    {line}");
        tally = Tally::of_line(line).or(tally);
    });
    let tally = tally.unwrap_or_default();
    match ended {
        // Documents, not tests: shown above, and left out of the count at the end.
        Ok(()) if tally.passed > 0 => Ok(Tally::default()),
        Ok(()) => Err(Failure::new("no document was validated", &call)),
        Err(failure) => Err(failure.with_tally(tally)),
    }
}
