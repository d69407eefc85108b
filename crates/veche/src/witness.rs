//! `veche witness`: witnesses that are no parties. The page of whoever runs one is `docs/witness.md`.

use crate::answer::Answer;
use crate::exit::Exit;
use crate::failure::{Failure, FailureKind};
use crate::file;
use crate::node::{node_fault, passphrase};
use serde_json::json;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use veche_charter::Charter;
use veche_ledger::keystore::PrivateKey;
use veche_ledger::{CosigningKey, Origin};
use veche_node::outside::{self, AskError, Folder, Outside};
use veche_node::{keyfile, run::system_time};

/// Longest charter, in bytes.
const CHARTER_LEN_MAX: u64 = 1024 * 1024;

/// Longest key file, in bytes.
const KEY_LEN_MAX: u64 = 4096;

/// What can be done with outside witnesses.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Verb {
    /// Make an outside witness: its key, locked, and the folder of what it cosigned. Prints what the charter lists
    ///
    /// One key, one folder: a folder that is lost is not made anew for the same key.
    #[command(
        after_help = "Example:\n  veche witness init --name river-institute.example/outside/witness --passphrase-file pass.txt --key witness.key --store witness"
    )]
    Init {
        /// The key's name, in three parts
        #[arg(long)]
        name: String,
        /// A file with the passphrase that locks the key
        #[arg(long)]
        passphrase_file: PathBuf,
        /// The key file, a new one
        #[arg(long)]
        key: PathBuf,
        /// The folder, a new one
        #[arg(long)]
        store: PathBuf,
    },
    /// Cosign checkpoints of the logs of charters that list this witness: it sees no record and no content
    #[command(
        after_help = "Example:\n  veche witness run --charter genesis.toml --key witness.key --passphrase-file pass.txt --store witness --listen 127.0.0.1:7480"
    )]
    Run {
        /// A charter with its keys; several for several organisations
        #[arg(long, required = true)]
        charter: Vec<PathBuf>,
        /// The key file
        #[arg(long)]
        key: PathBuf,
        /// The file with its passphrase
        #[arg(long)]
        passphrase_file: PathBuf,
        /// The folder that `veche witness init` made
        #[arg(long)]
        store: PathBuf,
        /// Where to listen
        #[arg(long)]
        listen: SocketAddr,
    },
    /// Ask the charter's outside witnesses to cosign a log that `veche log export` wrote, and keep their lines there
    ///
    /// Exit code 6 if one did not cosign.
    #[command(
        after_help = "Example:\n  veche witness ask public --log two-banks.example/arven/1 --charter genesis.toml"
    )]
    Ask {
        /// The folder with the published logs
        folder: PathBuf,
        /// The log's origin
        #[arg(long)]
        log: String,
        /// The charter with its keys
        #[arg(long)]
        charter: PathBuf,
    },
}

impl Verb {
    /// Does what was asked.
    ///
    /// # Errors
    /// [`Failure`]: files, the charter, the address.
    pub(crate) fn run(self, json: bool) -> Result<Answer, Failure> {
        match self {
            Self::Init { name, passphrase_file, key, store } => {
                init(&name, &passphrase_file, &key, &store)
            }
            Self::Run { charter, key, passphrase_file, store, listen } => {
                let key = unlock(&key, &passphrase_file)?;
                let charters = charter.iter().map(|path| read_charter(path));
                run(key, &charters.collect::<Result<Vec<_>, _>>()?, &store, listen, json)
            }
            Self::Ask { folder, log, charter } => ask(&folder, &log, &read_charter(&charter)?),
        }
    }
}

fn init(name: &str, words: &Path, path: &Path, store: &Path) -> Result<Answer, Failure> {
    let words = passphrase(words)?;
    if path.exists() {
        let said = format!("`{}` is there already: keys are never overwritten", path.display());
        return Err(node_fault(said));
    }
    let (public, text) = keyfile::make_cosigning(name, &words).map_err(node_fault)?;
    // The folder first: a key without its folder is of no use, and nothing was cosigned with it.
    Folder::make(store, &public).map_err(node_fault)?;
    file::write_private(path, text.as_bytes())?;
    let said = public.to_string();
    Ok(Answer::new(said.clone(), json!({"key": said, "file": path, "store": store})))
}

fn read_charter(path: &Path) -> Result<Charter, Failure> {
    let bytes = file::read(path, CHARTER_LEN_MAX)?;
    Charter::load(&bytes, &path.display().to_string()).map_err(node_fault)
}

fn unlock(path: &Path, words: &Path) -> Result<CosigningKey, Failure> {
    let text = String::from_utf8(file::read(path, KEY_LEN_MAX)?)
        .map_err(|_| node_fault(format!("`{}` is no key file", path.display())))?;
    match keyfile::unlock(&text, &passphrase(words)?).map_err(node_fault)? {
        PrivateKey::Cosigning(key) => Ok(key),
        PrivateKey::Signing(key) => {
            let hint = "make one with `veche witness init`".to_owned();
            Err(node_fault(format!("`{}` is no witness's key", key.name())).hinting(Some(hint)))
        }
    }
}

fn run(
    key: CosigningKey,
    charters: &[Charter],
    store: &Path,
    listen: SocketAddr,
    json: bool,
) -> Result<Answer, Failure> {
    let folder = Folder::open(store, &key.verifying_key()).map_err(node_fault)?;
    let outside = Outside::start(key, folder, charters).map_err(node_fault)?;
    let name = outside.key().name().to_string();
    let running = outside::serve(outside, listen, system_time).map_err(node_fault)?;
    let address = running.address().unwrap_or(listen);
    let said = format!("witness `{name}` listens at http://{address}");
    let told = json!({"witness": name, "address": address.to_string()}).to_string();
    crate::screen::announce(if json { &told } else { &said })?;
    running.answer().map_err(node_fault)?;
    Ok(Answer::new("", json!(null)))
}

fn ask(folder: &Path, log: &str, charter: &Charter) -> Result<Answer, Failure> {
    let log = Origin::parse(log).map_err(node_fault)?;
    let asked = outside::ask(&folder.join(log.as_str()), &log, charter);
    let (size, asked) = asked.map_err(|error| match error {
        AskError::Checkpoint(why) => Failure::new(FailureKind::Published(why)),
        error @ (AskError::Source(_) | AskError::Write(_)) => node_fault(error),
    })?;
    let mut lines = vec![format!("{log}: {size} records, {} outside witnesses asked", asked.len())];
    lines.extend(asked.iter().map(|one| match &one.why {
        None => format!("{}: cosigned", one.witness),
        Some(why) => format!("{}: not cosigned: {why}", one.witness),
    }));
    let is_whole = asked.iter().all(|one| one.is_cosigned);
    let json = json!({"log": log.to_string(), "size": size, "asked": asked});
    let answer = Answer::new(lines.join("\n"), json);
    Ok(if is_whole { answer } else { answer.ending(Exit::FAILED_CHECKS) })
}
