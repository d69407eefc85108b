//! How many crates there are, and what each of ours says about its lints.

use super::direction::is_core;
use crate::workspace::Workspace;

/// Most packages in Cargo.lock: more is more to build, to trust and to keep alive. Raise it in a change that says why.
/// Of these, some 30 are for other systems and never built here. TLS with its certificates brought 40, mail and webhooks 13, lines
/// for programs 7, ML-DSA-44 5: the crate, its lattices, SHAKE in three; tokens 4 (`cryptoki`, its bindings, `libloading`, `secrecy`), without
/// which this workspace could load no library, for it forbids `unsafe`; PostgreSQL 25: the client, the protocol, SASL with its tables of Unicode. A copy of our own would be one more implementation that nobody attacks.
const LOCKED_MAX: usize = 415;

/// The `clippy.toml` of every core: clippy reads the nearest one only, so each has the whole text.
const CORE_CLIPPY: &str = include_str!("core_clippy.toml");

/// The lock file holds at most [`LOCKED_MAX`] packages.
pub(crate) fn number(workspace: &Workspace) -> Vec<String> {
    let locked = workspace.read("Cargo.lock").lines().filter(|line| *line == "[[package]]").count();
    match locked {
        0 => vec!["Cargo.lock is absent or names no package".to_owned()],
        1..=LOCKED_MAX => Vec::new(),
        _ => vec![format!("Cargo.lock names {locked} packages; at most {LOCKED_MAX} are agreed")],
    }
}

/// Each crate takes the workspace's lints.
pub(crate) fn lints(workspace: &Workspace) -> Vec<String> {
    workspace
        .members()
        .map(|(_, folder)| format!("{folder}/Cargo.toml"))
        .filter(|file| !takes_workspace_lints(&workspace.read(file)))
        .map(|file| format!("{file} lacks `[lints]` with `workspace = true`"))
        .collect()
}

fn takes_workspace_lints(manifest: &str) -> bool {
    manifest
        .lines()
        .skip_while(|line| line.trim() != "[lints]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .any(|line| line.trim() == "workspace = true")
}

/// Each core forbids the same methods and types.
pub(crate) fn core_lints(workspace: &Workspace) -> Vec<String> {
    workspace
        .members()
        .filter(|(package, _)| is_core(&package.name))
        .map(|(_, folder)| format!("{folder}/clippy.toml"))
        .filter(|file| workspace.read(file) != CORE_CLIPPY)
        .map(|file| format!("{file} is not as xtask/src/tree/core_clippy.toml: copy that one"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lints_count_in_their_own_table_only() {
        assert!(takes_workspace_lints("[package]\nname = \"a\"\n\n[lints]\nworkspace = true\n"));
        assert!(!takes_workspace_lints("[package]\nname = \"a\"\n"));
        assert!(!takes_workspace_lints("[lints]\n\n[dependencies]\nworkspace = true\n"));
    }

    #[test]
    fn a_core_is_linted_as_everything_else_and_more() {
        for line in include_str!("../../../clippy.toml").lines() {
            assert!(CORE_CLIPPY.lines().any(|core| core == line), "{line}");
        }
    }
}
