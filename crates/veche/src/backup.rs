//! `veche backup`: copies of a node's store, and the way back that cannot fork its log.

use crate::answer::{Answer, counted};
use crate::exit::Exit;
use crate::failure::{Failure, FailureKind};
use crate::node::{key_failure, locked_keys, node_fault, now, passphrase, unlocking};
use serde_json::json;
use std::path::{Path, PathBuf};
use veche_ledger::{NoteSignature, PartyId};
use veche_node::backup::{self, BackupError, BackupFault, Manifest};
use veche_node::keyfile;
use veche_node::node::GoneOn;
use veche_node::store::{Durability, Store};

/// What can be done with backups.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Verb {
    /// Write a copy of a store into one new file, with a manifest; no private key is in it unless that is asked for
    ///
    /// A node that runs keeps its store to itself, and makes backups itself: `veche node run --backup-to DIR`.
    #[command(after_help = "Example:\n  veche backup make arven.db arven-2026-11-26.backup")]
    Make {
        /// The store
        store: PathBuf,
        /// The backup, a new file
        file: PathBuf,
        /// Put the private keys into it as well, locked as they are: keep it as you keep those
        #[arg(long)]
        with_keys: bool,
    },
    /// Check a backup: its bytes against its manifest, and every record in it from raw bytes up
    ///
    /// Exit code 0 if it is whole, 5 if it is not.
    #[command(after_help = "Example:\n  veche backup verify arven-2026-11-26.backup")]
    Verify {
        /// The backup
        file: PathBuf,
    },
    /// Make a store of a backup
    ///
    /// The node may have said more than the backup knows. It therefore says nothing in its own log before each other node has said how
    /// much of it is held there, and has fetched what is more; it does both by itself once it runs.
    #[command(
        after_help = "Example:\n  veche backup restore arven-2026-11-26.backup arven.db --keys arven-keys"
    )]
    Restore {
        /// The backup
        file: PathBuf,
        /// The store, a new file
        store: PathBuf,
        /// The folder that `veche node keys` wrote, for a backup without keys
        #[arg(long)]
        keys: Option<PathBuf>,
    },
    /// Let a restored node go on although not all others have been heard
    ///
    /// If one of those that are silent holds more of the log than this node does, the next record forks it, and every other node will hold
    /// the proof. The officer's word, signed, is kept in the store.
    #[command(
        after_help = "Example:\n  veche backup alone arven.db --officer duty --passphrase-file pass.txt --reason \"belm's node is gone for good\""
    )]
    Alone {
        /// The store
        store: PathBuf,
        /// The officer who answers for it
        #[arg(long)]
        officer: String,
        /// A file with the passphrase of his key
        #[arg(long)]
        passphrase_file: PathBuf,
        /// Why
        #[arg(long)]
        reason: String,
    },
}

impl Verb {
    /// Does what was asked.
    ///
    /// # Errors
    /// [`Failure`]: a file that is there or is not, a damaged backup, a store in use, a wrong passphrase.
    pub(crate) fn run(self) -> Result<Answer, Failure> {
        match self {
            Self::Make { store, file, with_keys } => make(&store, &file, with_keys),
            Self::Verify { file } => verify(&file),
            Self::Restore { file, store, keys } => restore(&file, &store, keys.as_deref()),
            Self::Alone { store, officer, passphrase_file, reason } => {
                alone(&store, &officer, &passphrase_file, &reason)
            }
        }
    }
}

fn failure(error: BackupError) -> Failure {
    match error.what {
        BackupFault::Store(error) => Failure::of_store(error),
        BackupFault::File(source) if source.kind() == std::io::ErrorKind::NotFound => {
            Failure::reading(&error.path, source)
        }
        BackupFault::File(source) => Failure::writing(&error.path, source),
        BackupFault::Exists | BackupFault::Form(_) | BackupFault::OtherBytes => node_fault(error),
    }
}

fn says(manifest: &Manifest) -> Vec<String> {
    let keys = if manifest.has_keys { "with its locked keys" } else { "without keys" };
    let first = format!("node of `{}`, made {}, {keys}", manifest.party, manifest.made_at);
    let heads = manifest.logs.iter().map(|head| format!("{}: {} records", head.log, head.size));
    std::iter::once(first).chain(heads).collect()
}

fn make(store: &Path, file: &Path, with_keys: bool) -> Result<Answer, Failure> {
    let opened = Store::open_existing(store, Durability::Full).map_err(Failure::of_store)?;
    let manifest = backup::make(&opened, file, with_keys, now()).map_err(failure)?;
    let mut lines = vec![format!("{}: {} bytes", file.display(), manifest.len)];
    lines.extend(says(&manifest));
    Ok(Answer::new(lines.join("\n"), json!({"file": file, "manifest": manifest})))
}

fn verify(file: &Path) -> Result<Answer, Failure> {
    let (manifest, report) = {
        let words = unlocking()?;
        backup::verify(file, words.as_deref()).map_err(failure)?
    };
    let mut lines = says(&manifest);
    lines.push(report.verified());
    lines.extend(report.faults.iter().map(|fault| format!("fault: {fault}")));
    let faults = usize::try_from(report.fault_count).unwrap_or(usize::MAX);
    lines.push(if faults == 0 {
        "the backup is whole".to_owned()
    } else {
        counted(faults, "fault")
    });
    let exit = if faults == 0 { Exit::OK } else { Exit::INVALID };
    Ok(Answer::new(lines.join("\n"), json!({"manifest": manifest, "report": report})).ending(exit))
}

fn restore(file: &Path, store: &Path, keys: Option<&Path>) -> Result<Answer, Failure> {
    // Read first: a folder that is not there must not leave a store without keys.
    let keys = keys.map(locked_keys).transpose()?.unwrap_or_default();
    let manifest = backup::restore(file, store, &keys, now()).map_err(failure)?;
    let mut lines = vec![format!("{}: restored", store.display())];
    lines.extend(says(&manifest));
    if keys.is_empty() && !manifest.has_keys {
        lines.push(
            "it has no keys yet: restore with `--keys FOLDER`, or it can read alone".to_owned(),
        );
    }
    lines.push(
        "its node says nothing before the others were heard: start it with `veche node run`"
            .to_owned(),
    );
    Ok(Answer::new(lines.join("\n"), json!({"store": store, "manifest": manifest})))
}

fn alone(store: &Path, officer: &str, words: &Path, reason: &str) -> Result<Answer, Failure> {
    let opened = Store::open_existing(store, Durability::Full).map_err(Failure::of_store)?;
    let key = keyfile::officer_from_store(&opened, officer, &passphrase(words)?);
    let key = key.map_err(|error| key_failure(store, error))?;
    if opened.restored_at().map_err(Failure::of_store)?.is_none() {
        return Err(node_fault(format!(
            "`{}` waits for nobody: it was not restored, or all others were heard since",
            store.display()
        )));
    }
    let party = opened.meta("party").map_err(Failure::of_store)?;
    let party = party.and_then(|party| PartyId::parse(&String::from_utf8(party).ok()?).ok());
    let party = party.ok_or_else(|| Failure::new(FailureKind::NotANode(store.to_owned())))?;
    let at = now();
    let text = GoneOn::text(&party, at, officer, reason);
    let signature = NoteSignature::sign(&text, &key).to_string();
    let (officer, reason) = (officer.to_owned(), reason.to_owned());
    let word = GoneOn { at, officer, reason, signature };
    opened.go_on_alone(&word).map_err(Failure::of_store)?;
    let said = format!(
        "{}: goes on at the word of `{}`, given {at}; kept in the store",
        store.display(),
        word.officer
    );
    Ok(Answer::new(
        said,
        json!({"store": store, "officer": word.officer, "at": at.to_string(), "reason": word.reason}),
    ))
}
