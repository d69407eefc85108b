//! `veche log`: logs that anybody can check and follow.

use crate::answer::{Answer, counted};
use crate::exit::Exit;
use crate::failure::{Failure, FailureKind};
use crate::file;
use crate::node::{node_fault, now, open};
use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};
use veche_charter::Charter;
use veche_ledger::Origin;
use veche_node::monitor::{self, Continues, FollowError, Followed, LogReport, Source, SourceError};
use veche_node::publish::{Depth, PublishError, publish};

/// Longest charter, in bytes.
const CHARTER_LEN_MAX: u64 = 1024 * 1024;

/// Longest state of a log that is followed, in bytes: a checkpoint note and its frame.
const STATE_LEN_MAX: u64 = 256 * 1024;

/// What can be done with logs.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Verb {
    /// Write logs as files that any web server can serve
    ///
    /// Files that are there stay; run it again for what is new. The node itself must not run meanwhile.
    #[command(
        after_help = "Example:\n  veche log export --store arven.db --out public --with hashes"
    )]
    Export {
        /// The node's store
        #[arg(long)]
        store: PathBuf,
        /// The folder: a folder a log is made in it
        #[arg(long)]
        out: PathBuf,
        /// One log, by its origin; without it all that are held
        #[arg(long)]
        log: Option<String>,
        /// How much: hashes alone, the records without contents, or contents that everybody may read too
        #[arg(long, default_value = "hashes")]
        with: With,
    },
    /// Check logs from raw bytes up: records, tree, checkpoint, cosignatures, keys by the charter
    ///
    /// Takes a node's store, or a folder that `veche log export` wrote. Exit code 5 if something does not hold.
    #[command(
        after_help = "Examples:\n  veche log verify public --charter genesis.toml\n  veche log verify arven.db"
    )]
    Verify {
        /// A store, or a folder
        what: PathBuf,
        /// The charter with its keys, for a folder
        #[arg(long)]
        charter: Option<PathBuf>,
    },
    /// Follow a published log: its checkpoint must continue the last one that was seen
    ///
    /// Exit code 5 if the log forked, with the proof in the state's file name and `.fork`; 6 if fewer witnesses than the charter asks for cosigned; 7 if what is served is old or made up.
    #[command(
        after_help = "Example:\n  veche log follow https://logs.example/two-banks.example/arven/1 --log two-banks.example/arven/1 --charter genesis.toml --state arven.state"
    )]
    Follow {
        /// The log's own address or folder, below which its checkpoint is
        at: String,
        /// The log's origin
        #[arg(long)]
        log: String,
        /// The charter with its keys
        #[arg(long)]
        charter: PathBuf,
        /// Where the last checkpoint is kept
        #[arg(long)]
        state: PathBuf,
    },
}

/// How much of a log is published.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(crate) enum With {
    /// Checkpoints and hashes
    Hashes,
    /// Records without contents
    Headers,
    /// Contents that everybody may read
    Public,
}

impl Verb {
    /// Does what was asked.
    ///
    /// # Errors
    /// [`Failure`]: files, the charter, the network.
    pub(crate) fn run(self) -> Result<Answer, Failure> {
        match self {
            Self::Export { store, out, log, with } => export(&store, &out, log.as_deref(), with),
            Self::Verify { what, charter } => verify(&what, charter.as_deref()),
            Self::Follow { at, log, charter, state } => {
                follow(&at, &origin(&log)?, &read_charter(&charter)?, &state)
            }
        }
    }
}

fn origin(text: &str) -> Result<Origin, Failure> {
    Origin::parse(text).map_err(node_fault)
}

fn read_charter(path: &Path) -> Result<Charter, Failure> {
    let bytes = file::read(path, CHARTER_LEN_MAX)?;
    Charter::load(&bytes, &path.display().to_string()).map_err(node_fault)
}

fn unread(error: SourceError) -> Failure {
    match error {
        SourceError::File { path, source } => Failure::reading(&path, source),
        other @ (SourceError::Web { .. } | SourceError::TooLong(_)) => {
            Failure::new(FailureKind::Published(other.to_string()))
        }
    }
}

fn export(store: &Path, out: &Path, log: Option<&str>, with: With) -> Result<Answer, Failure> {
    let node = open(store, &[], &[])?;
    let depth = match with {
        With::Hashes => Depth::Hashes,
        With::Headers => Depth::Headers,
        With::Public => Depth::Public,
    };
    let logs = match log {
        Some(log) => vec![origin(log)?],
        None => node.signed_heads().into_iter().map(|head| head.origin).collect(),
    };
    let (mut lines, mut rows) = (Vec::new(), Vec::new());
    for log in logs {
        let (size, new) = publish(&node, &log, out, depth).map_err(unpublished)?;
        let files = usize::try_from(new).unwrap_or(usize::MAX);
        lines.push(format!("{log}: {size} records, {} new", counted(files, "file")));
        rows.push(json!({"log": log.to_string(), "size": size, "new_files": new}));
    }
    Ok(Answer::new(lines.join("\n"), json!({"logs": rows})))
}

fn unpublished(error: PublishError) -> Failure {
    match error {
        PublishError::File { path, source } => Failure::writing(&path, source),
        PublishError::Node(error) => crate::node::node_failure(error),
        other @ (PublishError::NotHeld(_) | PublishError::OtherBytes(_)) => node_fault(other),
    }
}

fn verify(what: &Path, charter: Option<&Path>) -> Result<Answer, Failure> {
    if !what.is_dir() {
        return crate::fsck::Fsck::of(what).run();
    }
    let charter = charter.ok_or_else(|| {
        let hint = "name the genesis charter, which lists the keys, with `--charter`";
        node_fault("a folder is checked against a charter").hinting(Some(hint.to_owned()))
    })?;
    let charter = read_charter(charter)?;
    let logs = monitor::logs_in(what).map_err(unread)?;
    if logs.is_empty() {
        return Err(node_fault(format!(
            "there is no checkpoint of a log below `{}`",
            what.display()
        )));
    }
    let mut reports = Vec::new();
    for log in &logs {
        let source = Source::Folder(what.join(log.as_str()));
        reports.push(monitor::verify(&source, log, &charter).map_err(unread)?);
    }
    let lines: Vec<String> = reports.iter().flat_map(report_lines).collect();
    let is_good = reports.iter().all(|report| report.fault_count == 0);
    let answer = Answer::new(lines.join("\n"), json!({"logs": reports}));
    Ok(if is_good { answer } else { answer.ending(Exit::INVALID) })
}

fn report_lines(report: &LogReport) -> Vec<String> {
    let mut lines = vec![format!(
        "{}: {} records under the checkpoint; {} verified, {} with content, {} tiles, cosigned by {} of {}",
        report.log,
        report.size,
        report.records,
        report.openings,
        report.tiles,
        report.cosigned.count(),
        report.cosigned.quorum
    )];
    lines.extend(report.faults.iter().map(|fault| format!("fault: {fault}")));
    lines
}

/// Returns the note that was kept of the last look.
fn seen(state: &Path, log: &Origin) -> Result<Option<String>, Failure> {
    if !state.exists() {
        return Ok(None);
    }
    let damaged = |why: &str| node_fault(FollowError::State(why.to_owned()));
    let bytes = file::read(state, STATE_LEN_MAX)?;
    let value: Json = serde_json::from_slice(&bytes).map_err(|_| damaged("it is no JSON"))?;
    if value["v"] != 1 {
        return Err(damaged("it is not of version 1"));
    }
    if value["log"] != log.as_str() {
        return Err(damaged(&format!("it is of the log {}", value["log"])));
    }
    let note = value["note"].as_str().ok_or_else(|| damaged("it has no note"))?;
    Ok(Some(note.to_owned()))
}

fn follow(at: &str, log: &Origin, charter: &Charter, state: &Path) -> Result<Answer, Failure> {
    let source = Source::of(at).map_err(node_fault)?;
    let seen = seen(state, log)?;
    let found = monitor::follow(&source, log, charter, seen.as_ref().map(String::as_bytes));
    let found = found.map_err(|error| match error {
        FollowError::Source(error) => unread(error),
        FollowError::Checkpoint(why) => Failure::new(FailureKind::Published(why)),
        error @ FollowError::State(_) => node_fault(error),
    })?;
    let (said, exit) = told(&found, log, state)?;
    let checkpoint = found.now.checkpoint();
    let fork = match &found.continues {
        Continues::Forked(proof) => serde_json::from_str(&monitor::proof_text(proof)).ok(),
        Continues::Same | Continues::Grown | Continues::Older | Continues::MadeUp => None,
    };
    let json = json!({
        "log": log.to_string(), "size": checkpoint.size, "root": checkpoint.root.to_string(),
        "before": found.before, "cosigned_by": found.cosigned.by,
        "cosigned_outside": found.cosigned.outside, "quorum": found.cosigned.quorum,
        "stands": word(&found.continues), "fork": fork.unwrap_or(Json::Null),
    });
    Ok(Answer::new(said, json).ending(exit))
}

const fn word(continues: &Continues) -> &'static str {
    match continues {
        Continues::Same => "same",
        Continues::Grown => "grown",
        Continues::Older => "older",
        Continues::Forked(_) => "forked",
        Continues::MadeUp => "made_up",
    }
}

/// Keeps what was found, and says it.
fn told(found: &Followed, log: &Origin, state: &Path) -> Result<(String, Exit), Failure> {
    let size = found.now.checkpoint().size;
    let before = found.before.unwrap_or_default();
    match &found.continues {
        Continues::Same | Continues::Grown => {
            let text = json!({
                "log": log.to_string(), "note": found.now.note().to_string(),
                "seen": now().to_string(), "v": 1,
            });
            file::write(state, text.to_string().as_bytes())?;
            let grown = match found.before {
                None => "seen for the first time: what was before it is not shown".to_owned(),
                Some(before) => format!("{} since the last look", counted_u64(size - before)),
            };
            let (by, quorum) = (found.cosigned.count(), found.cosigned.quorum);
            let exit = if found.cosigned.is_enough() { Exit::OK } else { Exit::FAILED_CHECKS };
            Ok((format!("{log}: {size} records, {grown}; cosigned by {by} of {quorum}"), exit))
        }
        Continues::Older => Ok((
            format!(
                "{log}: {size} records are shown, and {before} were seen: an old copy, or the log is being taken back"
            ),
            Exit::PEER,
        )),
        Continues::MadeUp => Ok((
            format!(
                "{log}: the hashes served do not give the root that is signed: the server made them up, or is behind"
            ),
            Exit::PEER,
        )),
        Continues::Forked(proof) => {
            let mut name = state.as_os_str().to_owned();
            name.push(".fork");
            let path = PathBuf::from(name);
            file::write(&path, monitor::proof_text(proof).as_bytes())?;
            Ok((
                format!(
                    "{log}: FORKED: its key signed two histories of {before} records; the proof is in `{}`: show it to a party",
                    path.display()
                ),
                Exit::INVALID,
            ))
        }
    }
}

fn counted_u64(records: u64) -> String {
    counted(usize::try_from(records).unwrap_or(usize::MAX), "record")
}
