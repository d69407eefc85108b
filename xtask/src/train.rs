//! The coder's models: made from treebanks, or compared with their recipe.

use crate::call::Call;
use crate::ci;
use crate::step::{Failure, Step, run_all};
use crate::tally::Tally;
use crate::workspace::Workspace;
use std::path::PathBuf;

/// Where the models lie.
const MODELS: &str = "crates/veche-coder/models";

/// The folder of treebanks within the shared data.
const TREEBANKS: &str = "data/coding/ud";

/// Makes the models, or with `--check` compares the committed ones with what the recipe makes.
///
/// `--events` makes the models of events alone, which need no treebank; with a model of Russian behind it also those for Russian trees, which else stay
/// as they are. `--with-corrections FILE --out DIR` makes models of events that learn from analysts' words too (`docs/events.md`); the committed ones
/// stay. `--clusters ENGLISH RUSSIAN` makes the clusters of words from two files of vectors (`crates/veche-coder/models/README.md`). `--data DIR` is the
/// folder of treebanks; else it is looked for below `VECHE_SHARED` or `../shared`.
pub(crate) fn train(workspace: &Workspace, words: &[&str]) -> bool {
    let (data, how): (_, Vec<&str>) = match words {
        [] => (None, vec![]),
        [how @ ("--check" | "--events")] => (None, vec![how]),
        ["--events", russian] => (None, vec!["--events", russian]),
        ["--data", data] => (Some(*data), vec![]),
        ["--data", data, "--check"] | ["--check", "--data", data] => (Some(*data), vec!["--check"]),
        ["--with-corrections", file, "--out", out] | ["--out", out, "--with-corrections", file] => {
            (None, vec!["--corrections", file, out])
        }
        ["--clusters", english, russian] => (None, vec!["--clusters", english, russian]),
        _ => {
            println!(
                "error: `train` takes `--events` (and a model of Russian), `--data DIR`, `--check`, `--clusters ENGLISH RUSSIAN`, or `--with-corrections FILE --out DIR`, not `{}`",
                words.join(" ")
            );
            return false;
        }
    };
    let data = data.map_or_else(|| treebanks(workspace), PathBuf::from);
    let call = call(&data.display().to_string(), &how);
    run_all(workspace, &[Step::new("models", move |workspace| ci::shown(workspace, &call))], false)
}

/// What CI runs: the committed models are those of the manifest, and if treebanks are there, a training on a sample is too.
///
/// # Errors
/// If a model or the recipe was changed without the other.
pub(crate) fn in_ci(workspace: &Workspace) -> Result<Tally, Failure> {
    ci::shown(workspace, &call(&treebanks(workspace).display().to_string(), &["--check"]))
}

fn treebanks(workspace: &Workspace) -> PathBuf {
    let beside = || workspace.root.join("../shared");
    std::env::var_os("VECHE_SHARED").map_or_else(beside, PathBuf::from).join(TREEBANKS)
}

fn call(data: &str, how: &[&str]) -> Call {
    let run = Call::new("cargo run --quiet --package veche-coder --example train --");
    let run = run.args([data, MODELS]);
    run.args(how.iter().copied())
}
