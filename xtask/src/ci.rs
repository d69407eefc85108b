//! What CI runs, in its order. A new step is a line in [`test()`].

use crate::browser;
use crate::call::Call;
use crate::faults;
use crate::golden;
use crate::postgres;
use crate::prove;
use crate::python;
use crate::schema;
use crate::simulate;
use crate::softhsm;
use crate::step::{Failure, Step, run_all};
use crate::tally::Tally;
use crate::train;
use crate::tree;
use crate::workspace::Workspace;

/// Runs everything that CI runs.
///
/// Cheap steps that need no build come first, then one build that all later steps use.
pub(crate) fn test(workspace: &Workspace) -> bool {
    let before = state_of_tree(workspace);
    let steps = [
        Step::new("the tree", tree::check),
        formatted(),
        Step::new("lints", |workspace| {
            shown(workspace, &Call::new("cargo clippy --workspace --all-targets -- -D warnings"))
        }),
        Step::new("build", |workspace| shown(workspace, &build())),
        Step::new("tokens for tests", softhsm::install),
        Step::new("a database for tests", postgres::install),
        Step::new("tests", |workspace| cargo_test(workspace, &tests(workspace)?)),
        Step::new("faults", faults::in_ci),
        Step::new("proof", prove::in_ci),
        Step::new("simulation", simulate::in_ci),
        Step::new("models of the coder", train::in_ci),
        Step::new("documentation", |workspace| {
            let call = Call::new("cargo doc --workspace --no-deps");
            shown(workspace, &call.env("RUSTDOCFLAGS", "-D warnings"))
        }),
        Step::new("tools from PyPI", python::install),
        Step::new("spelling", python::typos),
        Step::new("format of TOML", python::taplo),
        Step::new("charters", charters_hold),
        Step::new("conformance", conforms),
        Step::new("golden files", golden::compare),
        Step::new("documents against their schema", schema::validate),
        Step::new("second verifier", python::verifier),
        Step::new("the desk in a browser", browser::look),
        Step::new("nothing left behind", |workspace| unchanged(workspace, before.as_deref().ok())),
    ];
    run_all(workspace, &steps, true)
}

/// Looks at the pages in a browser alone.
pub(crate) fn browser(workspace: &Workspace) -> bool {
    let steps = [
        Step::new("build", |workspace| shown(workspace, &build())),
        Step::new("tools from PyPI", python::install),
        Step::new("the desk in a browser", browser::look),
    ];
    run_all(workspace, &steps, true)
}

/// Runs what needs no build: the checks of the tree, and of format.
pub(crate) fn check(workspace: &Workspace) -> bool {
    run_all(workspace, &[Step::new("the tree", tree::check), formatted()], false)
}

/// Every file is as rustfmt writes it.
pub(crate) fn formatted<'s>() -> Step<'s> {
    Step::new("format of Rust", |workspace| plain(workspace, &Call::new("cargo fmt --all --check")))
}

/// Writes the golden files anew.
pub(crate) fn golden(workspace: &Workspace) -> bool {
    let steps = [
        Step::new("generators", |workspace| shown(workspace, &golden::build())),
        Step::new("golden files", |workspace| golden::write(workspace).map(|()| Tally::default())),
    ];
    run_all(workspace, &steps, false)
}

/// One build with the features that the tests need: a plain `cargo build` has fewer, and would compile much twice.
fn build() -> Call {
    Call::new("cargo build --workspace --lib --bins --examples --tests")
}

/// The tests of all crates, but those that make faults: the next step runs them, and more of them. They leave certificates, good ones and
/// ones tampered with, for the second verifier to judge, and documents for the validator of their schema.
fn tests(workspace: &Workspace) -> Result<Call, Failure> {
    let mut call = Call::new("cargo test --workspace --no-fail-fast");
    let folders = [
        ("VECHE_MUTANTS_OUT", python::certificates(workspace)),
        ("VECHE_AKN_OUT", schema::documents(workspace)),
        ("VECHE_DRAWN_OUT", python::drawn(workspace)),
    ];
    for (name, folder) in folders {
        call = match std::fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                let said = format!("cannot remove {}: {error}", folder.display());
                return Err(Failure::new(said, &call));
            }
            Ok(()) | Err(_) => call.env(name, folder.display().to_string()),
        };
    }
    Ok(call.args(["--", "--skip", faults::NAMED]))
}

/// Runs a command whose output matters only if it fails.
pub(crate) fn plain(workspace: &Workspace, call: &Call) -> Result<Tally, Failure> {
    call.quiet(&workspace.root).map(|_| Tally::default())
}

/// Runs a command whose progress is worth watching.
pub(crate) fn shown(workspace: &Workspace, call: &Call) -> Result<Tally, Failure> {
    call.stream(&workspace.root, |line| println!("    {line}")).map(|()| Tally::default())
}

/// Runs tests of cargo, shows all but the tests that passed, and counts them.
pub(crate) fn cargo_test(workspace: &Workspace, call: &Call) -> Result<Tally, Failure> {
    let mut tally = Tally::default();
    // A snapshot that differs is a failure here, never a new file.
    let call = call.clone().env("INSTA_UPDATE", "no");
    let ended = call.stream(&workspace.root, |line| {
        if let Some(counted) = Tally::of_cargo(line) {
            tally.add(counted);
        }
        let passed = line.starts_with("test ") && line.ends_with("... ok");
        if !(passed || line.is_empty()) {
            println!("    {line}");
        }
    });
    match ended {
        Ok(()) if tally.passed == 0 => Err(Failure::new("no test ran", &call)),
        Ok(()) => Ok(tally),
        Err(failure) => Err(failure.with_tally(tally)),
    }
}

/// Every shipped charter passes the checker.
fn charters_hold(workspace: &Workspace) -> Result<Tally, Failure> {
    let shipped: Vec<&String> = workspace.files.iter().filter(|file| is_charter(file)).collect();
    let call =
        Call::new("").args([workspace.built("veche")]).args(["charter", "check"]).args(&shipped);
    if shipped.is_empty() {
        return Err(Failure::new("no charter is shipped", "git ls-files charters"));
    }
    plain(workspace, &call)
}

fn is_charter(file: &str) -> bool {
    file.starts_with("charters/") && file.ends_with("/charter.toml")
}

/// The charter language gives what its test vectors say.
fn conforms(workspace: &Workspace) -> Result<Tally, Failure> {
    let call = Call::new("").args([workspace.built("veche")]).args([
        "charter",
        "conform",
        "charters/conform/vectors.json",
    ]);
    let said = String::from_utf8_lossy(&call.quiet(&workspace.root)?).into_owned();
    match said.lines().last().and_then(Tally::of_line) {
        Some(tally) if tally.passed > 0 && tally.failed == 0 => {
            // Vectors, not tests: shown here, and left out of the count at the end.
            println!("    {tally}");
            Ok(Tally::default())
        }
        // A program that succeeds without having counted anything has not shown anything.
        _ => Err(Failure::new(format!("{said}\nits last line is not `N passed, 0 failed`"), &call)),
    }
}

/// Returns what differs from the last commit, as git shows it.
fn state_of_tree(workspace: &Workspace) -> Result<String, Failure> {
    let mut state = String::new();
    for call in ["git diff HEAD", "git ls-files --others --exclude-standard"] {
        let said = Call::new(call).quiet(&workspace.root)?;
        state.push_str(&String::from_utf8_lossy(&said));
    }
    Ok(state)
}

/// The steps before wrote nothing that git sees.
fn unchanged(workspace: &Workspace, before: Option<&str>) -> Result<Tally, Failure> {
    if before == Some(state_of_tree(workspace)?.as_str()) {
        Ok(Tally::default())
    } else {
        Err(Failure::new("a step changed files of the repository, or left new ones", "git status"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_charter_is_known_by_its_place() {
        assert!(is_charter("charters/six-rivers/charter.toml"));
        assert!(!is_charter("charters/six-rivers/cases/rules.toml"));
        assert!(!is_charter("crates/veche-charter/tests/it/charter.toml"));
    }
}
