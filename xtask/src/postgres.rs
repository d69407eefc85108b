//! PostgreSQL, the database of the tests of shared stores: without it they say that they are skipped.

use crate::debian;
use crate::step::Failure;
use crate::tally::Tally;
use crate::workspace::Workspace;
use std::path::Path;

/// Where Debian puts the programs of each version; the tests start servers of their own with them.
const PROGRAMS: &str = "/usr/lib/postgresql";

/// Installs it where it is missing and this user may.
///
/// # Errors
/// If it cannot be installed.
pub(crate) fn install(workspace: &Workspace) -> Result<Tally, Failure> {
    let versions = std::fs::read_dir(PROGRAMS).into_iter().flatten().flatten();
    let mut servers = versions.map(|version| version.path().join("bin/initdb"));
    if !servers.any(|server| server.is_file()) || !Path::new("/usr/bin/setpriv").is_file() {
        if debian::may_install(workspace) {
            debian::install(workspace, "postgresql", "it holds stores for tests")?;
        } else {
            println!(
                "    skipped: no PostgreSQL below {PROGRAMS}, so that no test has a shared store"
            );
        }
    }
    Ok(Tally::default())
}
