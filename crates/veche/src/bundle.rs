//! `veche bundle`: what a courier carries between two nodes that no line joins.

use crate::answer::{Answer, counted};
use crate::exit::Exit;
use crate::failure::{Failure, FailureKind};
use crate::file;
use crate::node::{node_failure, node_fault, now, open, passphrase};
use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};
use veche_ledger::PartyId;
use veche_ledger::bundle::Manifest;
use veche_ledger::bundle::recipient;
use veche_node::bundle::{
    self, BundleFault, ExportError, ImportError, Imported, Since, VolumeError, export, import,
    keep_recipient, look_into,
};
use veche_node::node::Node;

/// What can be done with bundles.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Verb {
    /// Print whom bundles for this node are encrypted to, signed by its log's key
    ///
    /// Give it to whoever makes the first bundle for this node; later ones find it in what this node sends.
    #[command(
        after_help = "Example:\n  veche bundle recipient --store belm.db --passphrase-file pass.txt > belm.recipient"
    )]
    Recipient {
        #[command(flatten)]
        at: At,
    },
    /// Write a bundle for a party's node: what it lacks and may read, encrypted for it alone
    ///
    /// With `--volume-size` it is cut into files F.1, F.2 and so on where it is longer. The node itself must not run meanwhile.
    #[command(
        after_help = "Examples:\n  veche bundle export --store arven.db --passphrase-file pass.txt --for belm --recipient belm.recipient --out to-belm.bundle\n  veche bundle export --store arven.db --passphrase-file pass.txt --for belm --since last --out to-belm.bundle --volume-size 650000000"
    )]
    Export {
        #[command(flatten)]
        at: At,
        /// The party whose node it is for
        #[arg(long = "for")]
        party: String,
        /// What `veche bundle recipient` printed there; it is kept for later bundles
        #[arg(long)]
        recipient: Option<PathBuf>,
        /// What the node is taken to hold: a bundle that came from it, `last` for what was sent to it last, `nothing` for all; without it, what
        /// its last bundle showed
        #[arg(long)]
        since: Option<PathBuf>,
        /// The bundle, a new file
        #[arg(long)]
        out: PathBuf,
        /// Most bytes of a file
        #[arg(long)]
        volume_size: Option<u64>,
    },
    /// Take what is in bundles: through the same checks as what comes over a line
    ///
    /// Volumes come in any order, together or one by one, and again. Heads of the bundle are cosigned, matters that have ended are closed; the way
    /// back is a bundle that this node exports. Exit code 5 if something was not taken.
    #[command(
        after_help = "Example:\n  veche bundle import to-belm.bundle.1 to-belm.bundle.2 --store belm.db --passphrase-file pass.txt"
    )]
    Import {
        /// The files
        #[arg(required = true)]
        files: Vec<PathBuf>,
        #[command(flatten)]
        at: At,
    },
    /// Show who made a bundle for whom, and what is in it; nothing is taken
    #[command(
        after_help = "Example:\n  veche bundle show to-belm.bundle --store belm.db --passphrase-file pass.txt"
    )]
    Show {
        /// The file
        file: PathBuf,
        #[command(flatten)]
        at: At,
    },
}

/// The node, and its keys.
#[derive(Debug, clap::Args)]
pub(crate) struct At {
    /// The node's store
    #[arg(long)]
    store: PathBuf,
    /// A file with the passphrase
    #[arg(long)]
    passphrase_file: PathBuf,
}

impl At {
    fn node(&self) -> Result<Node, Failure> {
        open(&self.store, &[], &passphrase(&self.passphrase_file)?)
    }
}

impl Verb {
    /// Does what was asked.
    ///
    /// # Errors
    /// [`Failure`]: the store, the passphrase, a bundle that is not what it should be or not for this node.
    pub(crate) fn run(self) -> Result<Answer, Failure> {
        match self {
            Self::Recipient { at } => print_recipient(&at),
            Self::Export { at, party, recipient, since, out, volume_size } => {
                let mut node = at.node()?;
                let party = PartyId::parse(&party).map_err(node_fault)?;
                if let Some(path) = recipient {
                    let note = file::read(&path, recipient_len_max())?;
                    keep_recipient(&node, &party, &note).map_err(not_written)?;
                }
                let since = since_of(&mut node, since.as_deref(), &party)?;
                let written = export(&mut node, &party, &since, &out, volume_size, now());
                Ok(told_export(&written.map_err(not_written)?, &party))
            }
            Self::Import { files, at } => {
                let mut node = at.node()?;
                let taken = import(&mut node, &files, now()).map_err(not_taken)?;
                Ok(told_import(&taken))
            }
            Self::Show { file, at } => {
                let mut node = at.node()?;
                let found = look_into(&mut node, &[file]).map_err(not_taken)?;
                Ok(told_manifest(found.iter().flatten().next()))
            }
        }
    }
}

fn recipient_len_max() -> u64 {
    veche_ledger::bundle::RECIPIENT_LEN_MAX as u64
}

fn print_recipient(at: &At) -> Result<Answer, Failure> {
    let node = at.node()?;
    let locked = || node_fault("the key of this node's log is not in this store");
    let note = String::from_utf8(node.recipient_note().ok_or_else(locked)?).map_err(node_fault)?;
    let log = recipient::RecipientNote::claimed(note.as_bytes()).map_err(node_fault)?;
    Ok(Answer::document(&note, json!({"log": log.to_string(), "note": note})))
}

/// Reads what the recipient is taken to hold.
fn since_of(node: &mut Node, since: Option<&Path>, party: &PartyId) -> Result<Since, Failure> {
    match since {
        None => Ok(Since::Shown),
        Some(word) if word.as_os_str() == "last" => Ok(Since::Sent),
        Some(word) if word.as_os_str() == "nothing" => Ok(Since::Nothing),
        Some(path) => bundle::held_by(node, path, party).map(Since::Heads).map_err(not_taken),
    }
}

fn not_written(error: ExportError) -> Failure {
    match error {
        ExportError::Node(error) => node_failure(error),
        ExportError::File { path, source } => Failure::writing(&path, source),
        other @ (ExportError::NoNode(_)
        | ExportError::Own(_)
        | ExportError::NoRecipient(_)
        | ExportError::Recipient { .. }
        | ExportError::NoKey
        | ExportError::Exists(_)
        | ExportError::VolumeTooSmall { .. }
        | ExportError::TooManyVolumes(_)
        | ExportError::PathTooLong(_)
        | ExportError::Leak(_)
        | ExportError::Changed(_)
        | ExportError::Random(_)) => node_fault(other),
    }
}

fn not_taken(error: ImportError) -> Failure {
    match error {
        ImportError::Node(error) => node_failure(error),
        ImportError::Volume(VolumeError { path, what: BundleFault::File(source) }) => {
            Failure::reading(&path, source)
        }
        ImportError::Volume(error) => Failure::new(FailureKind::Bundle(error.to_string())),
    }
}

fn told_export(written: &bundle::Exported, party: &PartyId) -> Answer {
    let mut lines: Vec<String> = written
        .files
        .iter()
        .map(|(path, len)| format!("{}: {len} bytes", path.display()))
        .collect();
    let news = written
        .logs
        .iter()
        .map(|(log, from, size)| format!("{log}: records {from} to {}", size.saturating_sub(1)));
    lines.extend(news);
    if written.logs.is_empty() {
        lines.push(format!("no records that `{party}` is not known to hold; cosignatures alone"));
    }
    let files: Vec<Json> =
        written.files.iter().map(|(path, len)| json!({"file": path, "bytes": len})).collect();
    let logs: Vec<Json> = written
        .logs
        .iter()
        .map(|(log, from, size)| json!({"log": log.to_string(), "from": from, "size": size}))
        .collect();
    let json = json!({"id": written.id, "for": party.to_string(), "files": files, "logs": logs});
    Answer::new(lines.join("\n"), json)
}

fn told_import(all: &[Imported]) -> Answer {
    let text: Vec<String> = all.iter().flat_map(lines_of).collect();
    let rows: Vec<Json> = all.iter().map(json_of).collect();
    let is_whole = all.iter().all(|one| one.is_whole() && one.forks.is_empty());
    let answer = Answer::new(text.join("\n"), json!({"bundles": rows}));
    if is_whole { answer } else { answer.ending(Exit::INVALID) }
}

fn lines_of(taken: &Imported) -> Vec<String> {
    let from = taken.from.as_ref().map(ToString::to_string).unwrap_or_default();
    let (given, of) = (taken.volumes.0.len(), taken.volumes.1);
    let mut lines = vec![format!(
        "from the node of `{from}`, {given} of {}, id {}",
        counted(of.into(), "volume"),
        taken.id
    )];
    for log in &taken.logs {
        let news = usize::try_from(log.after - log.before).unwrap_or(usize::MAX);
        lines.push(format!("{}: {} taken, {} held", log.log, counted(news, "record"), log.after));
        if let Some(lacks) = &log.lacks {
            lines.push(format!("  of {} records: {lacks}", log.size));
        }
    }
    lines.push(format!(
        "{} of other nodes taken, {} of the bundle cosigned",
        counted(taken.cosignatures, "cosignature"),
        counted(taken.cosigned, "head")
    ));
    let refused = taken.refused.iter().map(|(log, why)| format!("not taken of {log}: {why}"));
    lines.extend(refused);
    let forks = taken.forks.iter();
    lines.extend(forks.map(|log| format!("{log}: FORKED; the proof is a record now")));
    lines.extend(taken.overshared.iter().map(|over| {
        format!(
            "record {} of {}: its content, label `{}`, may not be read here, and was thrown away; tell its sender",
            over.index, over.log, over.label
        )
    }));
    lines.extend(taken.matters.iter().map(|matter| match &matter.closed {
        Ok(leaf) => format!("{}: closed by record {}", matter.procedure.short(), leaf.short()),
        Err(why) => format!("{}: has ended, not closed yet: {why}", matter.procedure.short()),
    }));
    lines.extend(taken.waits.iter().map(|why| format!("nothing was said here: {why}")));
    lines
}

fn json_of(taken: &Imported) -> Json {
    let logs: Vec<Json> = taken
        .logs
        .iter()
        .map(|log| {
            json!({
                "log": log.log.to_string(), "before": log.before, "after": log.after,
                "size": log.size, "lacks": log.lacks,
            })
        })
        .collect();
    let refused: Vec<Json> = taken
        .refused
        .iter()
        .map(|(log, why)| json!({"log": log.to_string(), "why": why}))
        .collect();
    let overshared: Vec<Json> = taken
        .overshared
        .iter()
        .map(|over| json!({"log": over.log.to_string(), "index": over.index, "label": over.label.to_string()}))
        .collect();
    let matters: Vec<Json> = taken
        .matters
        .iter()
        .map(|matter| {
            json!({
                "procedure": matter.procedure.to_string(),
                "closed_by": matter.closed.as_ref().ok().map(ToString::to_string),
                "lacks": matter.closed.as_ref().err(),
            })
        })
        .collect();
    json!({
        "from": taken.from.as_ref().map(ToString::to_string), "id": taken.id,
        "volumes": taken.volumes.0, "of": taken.volumes.1, "logs": logs,
        "cosignatures": taken.cosignatures, "cosigned": taken.cosigned,
        "forks": taken.forks.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "refused": refused, "overshared": overshared, "matters": matters, "waits": taken.waits,
    })
}

fn told_manifest(manifest: Option<&Manifest>) -> Answer {
    let Some(manifest) = manifest else { return Answer::new("", Json::Null) };
    let bytes: u64 = manifest.files.iter().map(|file| file.len).sum();
    let files = counted(manifest.files.len(), "file");
    let mut lines = vec![
        format!(
            "made by {} for the node of `{}`, {}",
            manifest.from, manifest.recipient, manifest.made
        ),
        format!(
            "id {}, volume {} of {}, charter {}, {files}, {bytes} bytes",
            manifest.id,
            manifest.part.number,
            manifest.part.of,
            manifest.charter.short()
        ),
    ];
    lines.extend(manifest.logs.iter().map(|log| {
        format!(
            "{}: records {} to {} of {}, root {}; taken to be held there: {}",
            log.log,
            log.first,
            log.end.saturating_sub(1),
            log.size,
            log.root.short(),
            log.from
        )
    }));
    let logs: Vec<Json> = manifest
        .logs
        .iter()
        .map(|log| {
            json!({
                "log": log.log.to_string(), "from": log.from, "first": log.first, "end": log.end,
                "size": log.size, "root": log.root.to_string(),
            })
        })
        .collect();
    let json = json!({
        "id": manifest.id, "charter": manifest.charter.to_string(), "from": manifest.from.to_string(),
        "for": manifest.recipient.to_string(), "made": manifest.made.to_string(),
        "volume": manifest.part.number, "of": manifest.part.of, "files": manifest.files.len(),
        "bytes": bytes, "logs": logs,
    });
    Answer::new(lines.join("\n"), json)
}
