//! What comes from Python: tools as wheels from PyPI, and the second verifier's own tests.

use crate::call::Call;
use crate::ci::plain;
use crate::step::Failure;
use crate::tally::Tally;
use crate::workspace::Workspace;
use std::path::PathBuf;

/// A tool that is installed and not compiled: minutes saved on each cold machine.
struct Tool {
    name: &'static str,
    version: &'static str,
    does: &'static str,
}

const TOOLS: [Tool; 5] = [
    Tool { name: "typos", version: "1.52.0", does: "spelling" },
    Tool { name: "taplo", version: "0.9.3", does: "layout of TOML" },
    Tool { name: "playwright", version: "1.65.2", does: "steering of a browser" },
    Tool { name: "axe-playwright-python", version: "0.1.8", does: "accessibility of pages" },
    Tool { name: "lxml", version: "6.1.3", does: "validation against XML schemas" },
];

/// Where the tools go: an environment of their own, or a bare folder where Python has no `venv`.
const VENV: &str = ".venv";
const BARE: &str = ".venv-tools";
const VENV_PYTHON: &str = if cfg!(windows) { r".venv\Scripts\python" } else { ".venv/bin/python" };

/// Says in either folder which versions it holds, written last.
const STAMP: &str = "veche-tools.txt";

/// Tests of the verifier that shares no code with this workspace.
const VERIFIER: &str = "verifiers/python";

fn wanted() -> Vec<String> {
    TOOLS.iter().map(|tool| format!("{}=={}", tool.name, tool.version)).collect()
}

/// Installs the tools at their fixed versions, unless they are there; says what and why.
///
/// # Errors
/// If neither way of installing works; the failure shows the command to run where there is a network.
pub(crate) fn install(workspace: &Workspace) -> Result<Tally, Failure> {
    if folder(workspace).is_some() {
        return Ok(Tally::default());
    }
    let what: Vec<String> = TOOLS
        .iter()
        .map(|tool| format!("{} {} ({})", tool.name, tool.version, tool.does))
        .collect();
    println!("    installs {} from PyPI into {VENV}, once", what.join(", "));
    let made = Call::new("python3 -m venv").args([VENV]).output(&workspace.root)?;
    let used = if made.success {
        pip_into_venv().quiet(&workspace.root)?;
        VENV
    } else {
        println!(
            "    python3 has no working `venv` (on Debian: apt install python3-venv): into {BARE} instead"
        );
        pip_into_folder().quiet(&workspace.root)?;
        BARE
    };
    let stamp = workspace.root.join(used).join(STAMP);
    std::fs::write(stamp, wanted().join("\n")).map_err(|error| {
        Failure::new(format!("cannot write {used}/{STAMP}: {error}"), "cargo xtask test")
    })?;
    Ok(Tally::default())
}

/// Wheels only: nothing is compiled, and no set-up script of a stranger is run.
fn pip_into_venv() -> Call {
    Call::new(VENV_PYTHON)
        .args(
            "-m pip install --disable-pip-version-check --no-input --only-binary=:all:".split(' '),
        )
        .args(wanted())
}

fn pip_into_folder() -> Call {
    Call::new("python3 -m pip install --disable-pip-version-check --no-input --only-binary=:all: --upgrade --target")
        .args([BARE])
        .args(wanted())
}

/// Returns the folder that holds the tools at these versions.
fn folder(workspace: &Workspace) -> Option<&'static str> {
    let holds = |folder: &&&str| {
        let stamp = std::fs::read_to_string(workspace.root.join(folder).join(STAMP));
        stamp.is_ok_and(|text| text == wanted().join("\n"))
    };
    [VENV, BARE].iter().find(holds).copied()
}

fn tool(workspace: &Workspace, name: &str) -> Call {
    let scripts = if cfg!(windows) { "Scripts" } else { "bin" };
    let folder = folder(workspace).unwrap_or(VENV);
    Call::new(&format!("{folder}/{scripts}/{name}"))
}

/// Returns the call of a script of this repository that uses the installed packages.
pub(crate) fn script(workspace: &Workspace, path: &'static str) -> Call {
    let call = match folder(workspace) {
        Some(BARE) => Call::new("python3").env("PYTHONPATH", BARE),
        Some(_) | None => Call::new(VENV_PYTHON),
    };
    call.args([path]).env("PYTHONDONTWRITEBYTECODE", "1")
}

/// Checks the spelling, as `typos.toml` says.
///
/// # Errors
/// If a word is misspelt.
pub(crate) fn typos(workspace: &Workspace) -> Result<Tally, Failure> {
    plain(workspace, &tool(workspace, "typos"))
}

/// Checks the layout of TOML, as `taplo.toml` says.
///
/// # Errors
/// If a file would be written otherwise.
pub(crate) fn taplo(workspace: &Workspace) -> Result<Tally, Failure> {
    plain(workspace, &tool(workspace, "taplo").args(["fmt", "--check", "--diff"]))
}

/// Returns the folder in which the program's tests leave certificates for the second verifier.
pub(crate) fn certificates(workspace: &Workspace) -> PathBuf {
    workspace.target.join("certificates")
}

/// Returns the folder in which the program's tests leave inputs of rules and machines, with what came of them.
pub(crate) fn drawn(workspace: &Workspace) -> PathBuf {
    workspace.target.join("drawn")
}

/// Runs the unit tests of the second verifier, and lets it judge the certificates that the program's tests made and
/// tampered with, and the inputs that they drew for every rule and machine: it must say of each what the program says.
///
/// # Errors
/// If one fails, or none ran.
pub(crate) fn verifier(workspace: &Workspace) -> Result<Tally, Failure> {
    if !workspace.root.join(VERIFIER).is_dir() {
        println!("    {VERIFIER} is not there: nothing to run");
        return Ok(Tally::default());
    }
    let call = Call::new("python3 -m unittest discover -s")
        .args([VERIFIER])
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("VECHE_CERTIFICATES", certificates(workspace).display().to_string())
        .env("VECHE_DRAWN", drawn(workspace).display().to_string());
    let out = call.output(&workspace.root)?;
    let tally = Tally::of_unittest(&out.stderr).unwrap_or_default();
    if out.success && tally.passed > 0 {
        Ok(tally)
    } else {
        Err(Failure::new(out.stderr, &call).with_tally(tally))
    }
}
