//! The edit loop: format, lints and tests of the crates at hand.

use crate::call::Call;
use crate::ci::{cargo_test, formatted, shown};
use crate::step::{Failure, Step, run_all};
use crate::workspace::Workspace;
use std::collections::BTreeSet;

/// Runs format, lints and tests of the crates named, or else of those that differ from the last commit.
pub(crate) fn test(workspace: &Workspace, named: &[&str]) -> bool {
    let chosen = match chosen(workspace, named) {
        Ok(chosen) => chosen,
        Err(failure) => {
            println!("{failure}");
            return false;
        }
    };
    println!(
        "crates: {}",
        if chosen.is_empty() { "none changed".to_owned() } else { chosen.join(", ") }
    );
    let packages: Vec<&str> = chosen.iter().flat_map(|name| ["-p", name.as_str()]).collect();
    let clippy =
        Call::new("cargo clippy --all-targets").args(&packages).args(["--", "-D", "warnings"]);
    let tests = Call::new("cargo test --no-fail-fast").args(&packages);
    let mut steps = vec![formatted()];
    if !chosen.is_empty() {
        steps.push(Step::new("lints", move |workspace| shown(workspace, &clippy)));
        steps.push(Step::new("tests", move |workspace| cargo_test(workspace, &tests)));
    }
    run_all(workspace, &steps, true)
}

fn chosen(workspace: &Workspace, named: &[&str]) -> Result<Vec<String>, Failure> {
    let members: BTreeSet<&str> =
        workspace.members().map(|(package, _)| package.name.as_str()).collect();
    if let Some(unknown) = named.iter().find(|name| !members.contains(**name)) {
        let all: Vec<&str> = members.into_iter().collect();
        let said = format!("no crate `{unknown}`; there are {}", all.join(", "));
        return Err(Failure::new(said, "cargo xtask test --quick"));
    }
    if !named.is_empty() {
        return Ok(named.iter().map(|name| (*name).to_owned()).collect());
    }
    let mut changed = String::new();
    for call in ["git diff --name-only HEAD", "git ls-files --others --exclude-standard"] {
        let said = Call::new(call).quiet(&workspace.root)?;
        changed.push_str(&String::from_utf8_lossy(&said));
    }
    Ok(touched(workspace, changed.lines()))
}

/// Returns the crates with changed files; all of them if what all share has changed.
fn touched<'f>(workspace: &Workspace, files: impl Iterator<Item = &'f str>) -> Vec<String> {
    let mut names = BTreeSet::new();
    for file in files {
        let shared = ["Cargo.toml", "Cargo.lock", "clippy.toml"].contains(&file);
        for (package, folder) in workspace.members() {
            if shared || file.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')) {
                names.insert(package.name.clone());
            }
        }
    }
    names.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(files: &[&str], expected: &[&str]) {
        let workspace =
            Workspace::for_tests(&[("veche", &[]), ("veche-desk", &[]), ("serde", &[])]);
        assert_eq!(touched(&workspace, files.iter().copied()), expected);
    }

    #[test]
    fn a_changed_file_touches_the_crate_that_holds_it() {
        check(&["crates/veche-desk/src/lib.rs", "docs/plan.md"], &["veche-desk"]);
        check(&["crates/veche/src/main.rs"], &["veche"]);
        check(&["README.md"], &[]);
    }

    #[test]
    fn what_all_share_touches_all() {
        check(&["Cargo.lock"], &["veche", "veche-desk"]);
    }

    #[test]
    fn an_unknown_crate_is_refused_with_the_list() {
        let workspace = Workspace::for_tests(&[("veche", &[]), ("veche-desk", &[])]);
        let said = chosen(&workspace, &["desk"]).unwrap_err().to_string();
        assert!(said.contains("no crate `desk`; there are veche, veche-desk"), "{said}");
    }
}
