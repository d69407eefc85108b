//! SoftHSM, the tokens of the tests: without it they say that they are skipped.

use crate::debian;
use crate::step::Failure;
use crate::tally::Tally;
use crate::workspace::Workspace;
use std::path::Path;

/// Where the tests look for it: its library, and what makes its tokens.
const FILES: [&str; 2] = ["/usr/lib/softhsm/libsofthsm2.so", "/usr/bin/softhsm2-util"];

/// Installs it where it is missing and this user may.
///
/// # Errors
/// If it cannot be installed.
pub(crate) fn install(workspace: &Workspace) -> Result<Tally, Failure> {
    if let Some(absent) = FILES.iter().find(|file| !Path::new(file).is_file()) {
        if debian::may_install(workspace) {
            debian::install(workspace, "softhsm2", "its tokens hold keys for tests")?;
        } else {
            println!("    skipped: no SoftHSM at {absent}, so that no test has a token");
        }
    }
    Ok(Tally::default())
}
