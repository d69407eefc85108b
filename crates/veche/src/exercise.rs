//! `veche exercise`: scripted exercises, played headless over real nodes.

use crate::answer::{Answer, counted};
use crate::exit::Exit;
use crate::failure::{Failure, FailureKind};
use crate::file;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;
use veche_node::exercise::performer::perform;
use veche_node::exercise::play::Defence;
use veche_node::exercise::processes::{Processes, Program};
use veche_node::exercise::stage::Stage;
use veche_node::exercise::{Game, ScoreSheet, Script};
use veche_node::shipped::{EXERCISES, Shipped};

/// Longest script or file beside it, in bytes: a year of daily injects fits.
const FILE_LEN_MAX: u64 = 16 * 1024 * 1024;

/// What can be done with exercises.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Verb {
    /// List the exercises that the program carries
    #[command(after_help = "Example:\n  veche exercise list")]
    List,
    /// Read a script and say what is wrong with it, without playing it
    #[command(after_help = "Example:\n  veche exercise check exercises/lantern/exercise.toml")]
    Check {
        /// The script
        file: PathBuf,
    },
    /// Play an exercise as fast as it goes and print its score sheet
    ///
    /// Exit code 0 if every inject shows what its list expects, 6 otherwise.
    #[command(
        after_help = "Examples:\n  veche exercise run first-hour\n  veche exercise run exercises/lantern --without revocation\n  veche exercise run first-hour --certificates out --json\n  veche exercise run lantern --processes"
    )]
    Run {
        /// A shipped exercise, or a folder with `exercise.toml`
        name: String,
        /// Play without one defence, to see the exercise fail: fork-check, unreached, evidence-time, signature, revocation, retraction, coder, reliability
        #[arg(long, value_name = "DEFENCE")]
        without: Option<String>,
        /// Write the certificate of every decision into this folder
        #[arg(long, value_name = "FOLDER")]
        certificates: Option<PathBuf>,
        /// Keep the nodes' stores in this folder; without it they are in memory, or with `--processes` in a folder that is removed
        #[arg(long, value_name = "FOLDER")]
        stores: Option<PathBuf>,
        /// Play over a process for each node, which talk to one another over TLS on this machine: slower, and the same score sheet
        #[arg(long)]
        processes: bool,
        /// Give everybody pairs of keys, ML-DSA-44 beside Ed25519, whatever the script says
        #[arg(long)]
        post_quantum: bool,
        /// Show every check, not only those that failed
        #[arg(long)]
        all: bool,
    },
    /// Be the process of one node: what `veche exercise run --processes` starts, and talks to over standard input and output
    #[command(hide = true, after_help = "Example:\n  veche exercise node")]
    Node,
}

impl Verb {
    /// Does what was asked.
    ///
    /// # Errors
    /// [`Failure`] for a script that cannot be read or played.
    pub(crate) fn run(self) -> Result<Answer, Failure> {
        match self {
            Self::List => Ok(list()),
            Self::Check { file } => check(&file),
            Self::Run { name, without, certificates, stores, processes, post_quantum, all } => {
                let off = without.as_deref().map(defence).transpose()?;
                let found = Found::find(&name)?;
                if let Some(folder) = &stores {
                    std::fs::create_dir_all(folder)
                        .map_err(|error| Failure::writing(folder, error))?;
                }
                let fault = |error| exercise_fault(&name, error);
                let Found { mut script, charter, files } = found;
                script.exercise.pairs |= post_quantum;
                if processes {
                    let program = own_program()?;
                    let start = |casts: &[_]| Processes::start(casts, program, stores);
                    let game = Game::over(script, &charter, files, off, start).map_err(fault)?;
                    return run(game, certificates.as_deref(), all);
                }
                let game = Game::new(script, &charter, files, stores, off).map_err(fault)?;
                run(game, certificates.as_deref(), all)
            }
            Self::Node => {
                perform(&mut std::io::stdin().lock(), &mut std::io::stdout().lock())
                    .map_err(|error| exercise_fault("node", error))?;
                Ok(Answer::new("", serde_json::Value::Null))
            }
        }
    }
}

fn list() -> Answer {
    let rows: Vec<String> = EXERCISES.iter().map(|exercise| exercise.name.to_owned()).collect();
    Answer::new(rows.join("\n"), json!(rows))
}

fn exercise_fault(name: &str, what: impl std::fmt::Display) -> Failure {
    Failure::new(FailureKind::Exercise { name: name.to_owned(), what: what.to_string() })
}

fn defence(name: &str) -> Result<Defence, Failure> {
    let names: Vec<&str> = Defence::ALL.iter().map(|(name, _)| *name).collect();
    Defence::parse(name).ok_or_else(|| {
        let fault = Failure::new(FailureKind::UnknownDefence(name.to_owned()));
        fault.hinting(Some(format!("defences: {}", names.join(", "))))
    })
}

fn check(path: &Path) -> Result<Answer, Failure> {
    let text = read_text(path)?;
    match Script::parse(&text, &path.display().to_string()) {
        Ok(script) => {
            let checks: usize = script.injects.iter().map(|inject| inject.checks.len()).sum();
            let said = format!(
                "{}: {}, {}",
                path.display(),
                counted(script.injects.len(), "inject"),
                counted(checks, "check")
            );
            Ok(Answer::new(said, json!({"injects": script.injects.len(), "checks": checks})))
        }
        Err(error) => {
            Ok(Answer::new(format!("error: {error}"), json!({"fault": error.to_string()}))
                .ending(Exit::FAILED_CHECKS))
        }
    }
}

fn read_text(path: &Path) -> Result<String, Failure> {
    let bytes = file::read(path, FILE_LEN_MAX)?;
    String::from_utf8(bytes)
        .map_err(|_| exercise_fault(&path.display().to_string(), "it is not UTF-8"))
}

/// Returns how this program is started as the process of a node.
fn own_program() -> Result<Program, Failure> {
    let file = std::env::current_exe();
    let file = file.map_err(|error| Failure::new(FailureKind::Internal(error.to_string())))?;
    Ok(Program { file, arguments: vec!["exercise".to_owned(), "node".to_owned()] })
}

/// An exercise that was found.
struct Found {
    script: Script,
    charter: String,
    files: BTreeMap<String, String>,
}

impl Found {
    /// Finds an exercise: a shipped one by name, or a folder.
    fn find(name: &str) -> Result<Self, Failure> {
        let fault = |what: &dyn std::fmt::Display| exercise_fault(name, what);
        if let Some(shipped) = Shipped::find(name) {
            let script = shipped.script().map_err(|error| fault(&error))?;
            return Ok(Self {
                script,
                charter: shipped.charter.to_owned(),
                files: shipped.files(),
            });
        }
        let folder = Path::new(name);
        if !folder.is_dir() {
            let names: Vec<&str> = EXERCISES.iter().map(|exercise| exercise.name).collect();
            let failure = Failure::new(FailureKind::UnknownExercise(name.to_owned()));
            return Err(failure.hinting(Some(format!(
                "shipped: {}; or name a folder with exercise.toml",
                names.join(", ")
            ))));
        }
        let script = Script::parse(
            &read_text(&folder.join("exercise.toml"))?,
            &folder.join("exercise.toml").display().to_string(),
        );
        let script = script.map_err(|error| fault(&error))?;
        let charter = match crate::charter::shipped::find(&script.exercise.charter) {
            Some(charter) => String::from_utf8_lossy(charter.bytes).into_owned(),
            None => read_text(&folder.join(&script.exercise.charter))?,
        };
        let mut files = BTreeMap::new();
        for entry in
            std::fs::read_dir(folder).map_err(|error| Failure::reading(folder, error))?.flatten()
        {
            if entry.path().is_file() {
                files.insert(
                    entry.file_name().to_string_lossy().into_owned(),
                    read_text(&entry.path())?,
                );
            }
        }
        Ok(Self { script, charter, files })
    }
}

/// Plays an exercise to its end and makes its score sheet.
fn run<S: Stage>(
    mut game: Game<S>,
    certificates: Option<&Path>,
    all: bool,
) -> Result<Answer, Failure> {
    let name = game.script().exercise.name.clone();
    let begun = Instant::now();
    let mut millis = || u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    while game.play_next(&mut millis).map_err(|error| exercise_fault(&name, error))? {}
    let fault = |error| exercise_fault(&name, error);
    if let Some(folder) = certificates {
        write_certificates(&game.certificates().map_err(fault)?, folder)?;
    }
    let scored = ScoreSheet::over(&game).map_err(fault)?;
    Ok(sheet(&game, &scored, all))
}

fn write_certificates(made: &[(String, Vec<u8>)], folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(|error| Failure::writing(folder, error))?;
    for (number, bytes) in made {
        file::write(&folder.join(format!("{}.decision.zip", number.replace('/', "-"))), bytes)?;
    }
    Ok(())
}

fn sheet<S: Stage>(game: &Game<S>, sheet: &ScoreSheet, all: bool) -> Answer {
    let mut lines = Vec::new();
    for row in &sheet.rows {
        let Some(outcome) = &row.outcome else {
            lines.push(format!("{:>3}  not played  {}", row.id, row.content));
            continue;
        };
        let word = match (outcome.passed(), row.partly.is_empty()) {
            (true, true) => "pass",
            (true, false) => "partly",
            (false, _) => "FAIL",
        };
        lines.push(format!(
            "{:>3}  {word:<6}  {}  {:>2} checks  {}",
            row.id,
            outcome.at,
            outcome.seen.len(),
            row.content
        ));
        if !row.partly.is_empty() {
            lines.push(format!("     not checked yet: {}", row.partly));
        }
        for seen in outcome.seen.iter().filter(|seen| all || !seen.passed) {
            let mark = if seen.passed { "ok  " } else { "FAIL" };
            lines.push(format!("     {mark} {} at {}: {}", seen.clause, seen.node, seen.asked));
            lines.push(format!("          expected: {}", seen.expected));
            lines.push(format!("          observed: {}", seen.observed));
        }
    }
    for (procedure, why) in game.open_closings() {
        lines.push(format!("not closed: {}: {why}", procedure.short()));
    }
    lines.push(format!(
        "{}: {} passed, {} of them in part, {} failed; duties {} met, {} late, {} overdue; {} receipts; {}",
        sheet.name, sheet.passed, sheet.partly, sheet.failed, sheet.duties_met, sheet.duties_late, sheet.duties_overdue,
        sheet.receipts, counted(sheet.distinct_digests, "distinct digest"),
    ));
    let exit = if sheet.is_pass() { Exit::OK } else { Exit::FAILED_CHECKS };
    Answer::new(lines.join("\n"), json!(sheet)).ending(exit)
}
