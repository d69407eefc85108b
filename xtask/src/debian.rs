//! Packages of Debian that tests need, installed where this user may.

use crate::call::Call;
use crate::step::Failure;
use crate::workspace::Workspace;
use std::path::Path;

/// Only root installs packages, and only Debian and its kin have them under these names.
pub(crate) fn may_install(workspace: &Workspace) -> bool {
    let id = Call::new("id -u").quiet(&workspace.root);
    let is_root = id.is_ok_and(|id| id.trim_ascii() == b"0");
    is_root && Path::new("/usr/bin/apt-get").is_file()
}

/// Installs a package, and says so. `does`: what it does here.
///
/// # Errors
/// If one of the two commands fails; the failure shows it.
pub(crate) fn install(workspace: &Workspace, package: &str, does: &str) -> Result<(), Failure> {
    println!("    installs Debian's {package} ({does}), once");
    Call::new("apt-get update").quiet(&workspace.root)?;
    call(package).quiet(&workspace.root).map(drop)
}

/// What a person runs where this user may not.
pub(crate) fn by_hand(package: &str) -> String {
    format!("sudo apt-get update && sudo {}", call(package))
}

fn call(package: &str) -> Call {
    Call::new("apt-get install --yes --no-install-recommends")
        .args([package])
        .env("DEBIAN_FRONTEND", "noninteractive")
}
