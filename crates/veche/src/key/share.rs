//! `veche key split` and `veche key join`.

use super::{role_of, unlock, write_new};
use crate::answer::Answer;
use crate::failure::Failure;
use crate::file;
use crate::node::{node_fault, passphrase};
use serde_json::json;
use std::path::PathBuf;
use veche_ledger::share::{self, SHARE_LEN_MAX, Share};
use veche_node::keyfile;

/// A key to be split.
#[derive(Debug, clap::Args)]
pub(crate) struct Split {
    /// The key file
    key: PathBuf,
    /// A file with its passphrase
    #[arg(long)]
    passphrase_file: PathBuf,
    /// How many shares are needed to have the key back
    #[arg(long, default_value_t = 2)]
    needed: u8,
    /// A file with a keeper's own passphrase; again for each other keeper: there are as many shares as keepers
    #[arg(long, required = true)]
    keeper_passphrase_file: Vec<PathBuf>,
    /// The folder for the shares
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

impl Split {
    pub(super) fn run(self) -> Result<Answer, Failure> {
        let key = unlock(&self.key, &self.passphrase_file)?;
        let words = self.keeper_passphrase_file.iter().map(|file| passphrase(file));
        let words: Vec<Vec<u8>> = words.collect::<Result<_, _>>()?;
        for (at, own) in words.iter().enumerate() {
            if words.iter().skip(at + 1).any(|other| other == own) {
                return Err(node_fault(
                    "two keepers have the same passphrase: one could open both shares",
                ));
            }
        }
        let locked = keyfile::split(&key, self.needed, &words).map_err(node_fault)?;
        let public = key.verifying_key();
        let role = role_of(public.name().as_str());
        let path = |at: usize| self.out.join(format!("{role}-{at}.share"));
        std::fs::create_dir_all(&self.out).map_err(|error| Failure::writing(&self.out, error))?;
        let paths: Vec<PathBuf> = (1..=locked.len()).map(path).collect();
        if let Some(there) = paths.iter().find(|path| path.exists()) {
            let said =
                format!("`{}` is there already: shares are never overwritten", there.display());
            return Err(node_fault(said));
        }
        for (path, text) in paths.iter().zip(&locked) {
            write_new(path, text)?;
        }
        let mut lines: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
        lines.push(format!(
            "any {} of {} give `{}` back: try it with `veche key join`, then destroy `{}`",
            self.needed,
            locked.len(),
            public.name(),
            self.key.display()
        ));
        let json = json!({"key": public.to_string(), "needed": self.needed, "shares": paths});
        Ok(Answer::new(lines.join("\n"), json))
    }
}

/// Shares to be joined.
#[derive(Debug, clap::Args)]
pub(crate) struct Join {
    /// The shares
    #[arg(required = true)]
    share: Vec<PathBuf>,
    /// A file with the passphrase of a share's keeper, in the order of the shares
    #[arg(long, required = true)]
    keeper_passphrase_file: Vec<PathBuf>,
    /// A file with the passphrase that locks the key again
    #[arg(long)]
    new_passphrase_file: PathBuf,
    /// The key file, a new one
    #[arg(long)]
    out: PathBuf,
}

impl Join {
    pub(super) fn run(self) -> Result<Answer, Failure> {
        if self.share.len() != self.keeper_passphrase_file.len() {
            let said = format!(
                "{} shares and {} passphrases are named: each share has its keeper's",
                self.share.len(),
                self.keeper_passphrase_file.len()
            );
            return Err(node_fault(said));
        }
        let mut shares = Vec::new();
        for (path, words) in self.share.iter().zip(&self.keeper_passphrase_file) {
            let text = file::read(path, SHARE_LEN_MAX as u64)?;
            let words = passphrase(words)?;
            let named = |what: String| node_fault(format!("share `{}`: {what}", path.display()));
            let text = String::from_utf8(text).map_err(|_| named("it is no text".to_owned()))?;
            shares.push(Share::unlock(&text, &words).map_err(|error| named(error.to_string()))?);
        }
        let key = share::join(&shares).map_err(node_fault)?;
        let locked = keyfile::lock(&key, &passphrase(&self.new_passphrase_file)?);
        write_new(&self.out, &locked.map_err(node_fault)?)?;
        let name = key.verifying_key().name().to_string();
        let said = format!("{}: `{name}`, locked under the new passphrase", self.out.display());
        Ok(Answer::new(said, json!({"file": self.out, "key": key.verifying_key().to_string()})))
    }
}
