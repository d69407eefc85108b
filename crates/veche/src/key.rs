//! `veche key`: a party's keys through their life. The officer's page is `docs/keys.md`.

mod list;
mod renew;
mod share;
mod token;
mod withdraw;

use crate::answer::Answer;
use crate::failure::Failure;
use crate::file;
use crate::node::{node_fault, passphrase};
use std::path::Path;
use veche_ledger::SigningKey;
use veche_ledger::keystore::PrivateKey;
use veche_node::keyfile;

/// Longest key file, in bytes.
const KEY_LEN_MAX: u64 = 4096;

/// What can be done with keys.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Verb {
    /// List a party's keys: which are in force, from which record on, where they lie, when they were last used; or those on tokens
    #[command(
        after_help = "Examples:\n  veche key list --store arven.db\n  veche key list --store arven.db --party belm\n  veche key list --pkcs11 /usr/lib/softhsm/libsofthsm2.so"
    )]
    List(list::List),
    /// Make one key, locked under a passphrase or on a token, and print its public half: an officer's, or that of the log's next epoch
    ///
    /// An officer makes his own, on his own machine, under a passphrase that nobody else knows. It counts once `veche key epoch` lists it. A token
    /// makes officers' keys and the root key of a new party, and never lets them out.
    #[command(
        after_help = "Examples:\n  veche key new --organisation two-banks.example --party arven --name duty-2 --passphrase-file duty-2.txt --out duty-2.key\n  veche key new --organisation two-banks.example --party arven --name 2 --passphrase-file pass.txt --out 2.key\n  veche key new --organisation two-banks.example --party arven --name duty-3 --pkcs11 /usr/lib/softhsm/libsofthsm2.so --token duty --pin-file pin.txt"
    )]
    New(renew::New),
    /// Put a locked key file into a node's store, so that it can be used there
    ///
    /// The root key is refused: it stays off the node.
    #[command(after_help = "Example:\n  veche key keep duty-2.key --store arven.db")]
    Keep(renew::Keep),
    /// Draw up the next epoch of the party's log: a new log key, officers added or dropped. The root key signs it elsewhere
    ///
    /// All keys of the old log end with it, but those of the officers who are taken over. What was said stands, as far as `--last-good`.
    #[command(
        after_help = "Examples:\n  veche key epoch --store arven.db --log-key 2.key --add two-banks.example/arven/duty-2+5d2fa511+ATxYx8pWxR9PZg5kZk8E0Ew0tCNfl7k1LIBQcRVZwBnE --drop duty --passphrase-file pass.txt --out epoch.draft\n  veche key epoch --store arven.db --log-key 2.key --last-good 812 --passphrase-file pass.txt --out epoch.draft"
    )]
    Epoch(renew::DrawUp),
    /// Sign what `veche key epoch` drew up with the root key: on another machine, with no node and no network
    ///
    /// The signed record is handed in with `veche record submit`.
    #[command(
        after_help = "Examples:\n  veche key sign epoch.draft --key root.key --passphrase-file root.txt --out epoch.signed\n  veche key sign epoch.draft --pkcs11 /usr/lib/softhsm/libsofthsm2.so --key two-banks.example/arven/root --pin-file pin.txt --out epoch.signed"
    )]
    Sign(renew::Sign),
    /// Draw up the withdrawal of an officer's key that was lost or stolen, and tell what falls with it
    ///
    /// The root key signs it elsewhere with `veche record sign`; `veche record submit` hands it in.
    #[command(
        after_help = "Example:\n  veche key revoke duty-2 --store arven.db --last-good 812 --reason \"telephone stolen on the evening of the 25th\" --passphrase-file pass.txt --out revocation.draft"
    )]
    Revoke(withdraw::Revoke),
    /// List what a withdrawn key signed and nobody has signed anew; or sign some of it anew, as an officer
    #[command(
        after_help = "Examples:\n  veche key resign --store arven.db\n  veche key resign --store arven.db --record 813 --record 815 --officer duty --passphrase-file pass.txt"
    )]
    Resign(withdraw::Resign),
    /// Split a key into shares, of which some number gives it back and fewer tell nothing
    ///
    /// Each share is locked under its keeper's own passphrase, and fit for paper. Destroy the key file afterwards, and try one joining first.
    #[command(
        after_help = "Example:\n  veche key split root.key --passphrase-file root.txt --needed 2 --keeper-passphrase-file anna.txt --keeper-passphrase-file boris.txt --keeper-passphrase-file clara.txt --out shares"
    )]
    Split(share::Split),
    /// Join shares to the key that was split
    #[command(
        after_help = "Example:\n  veche key join shares/root-1.share shares/root-3.share --keeper-passphrase-file anna.txt --keeper-passphrase-file clara.txt --new-passphrase-file root.txt --out root.key"
    )]
    Join(share::Join),
}

impl Verb {
    /// Does what was asked.
    ///
    /// # Errors
    /// [`Failure`]: files, passphrases, a key that is not the one that is needed.
    pub(crate) fn run(self) -> Result<Answer, Failure> {
        match self {
            Self::List(list) => list.run(),
            Self::New(new) => new.run(),
            Self::Keep(keep) => keep.run(),
            Self::Epoch(epoch) => epoch.run(),
            Self::Sign(sign) => sign.run(),
            Self::Revoke(revoke) => revoke.run(),
            Self::Resign(resign) => resign.run(),
            Self::Split(split) => split.run(),
            Self::Join(join) => join.run(),
        }
    }
}

/// Reads the text of a key file.
fn key_text(path: &Path) -> Result<String, Failure> {
    String::from_utf8(file::read(path, KEY_LEN_MAX)?)
        .map_err(|_| node_fault(format!("`{}` is no key file", path.display())))
}

/// Opens a key file.
fn unlock(path: &Path, passphrase_file: &Path) -> Result<PrivateKey, Failure> {
    let words = passphrase(passphrase_file)?;
    keyfile::unlock(&key_text(path)?, &words)
        .map_err(|error| node_fault(error).at(format!("key file `{}`", path.display())))
}

/// Opens a key file of a key that signs records.
pub(crate) fn unlock_signing(path: &Path, passphrase_file: &Path) -> Result<SigningKey, Failure> {
    match unlock(path, passphrase_file)? {
        PrivateKey::Signing(key) => Ok(key),
        PrivateKey::Cosigning(key) => {
            Err(node_fault(format!("`{}` is a witness key: it signs no records", key.name())))
        }
    }
}

/// Writes a new file for its owner alone; one that is there stays as it is.
fn write_new(path: &Path, text: &str) -> Result<(), Failure> {
    if path.exists() {
        let said = format!("`{}` is there already: keys are never overwritten", path.display());
        return Err(node_fault(said));
    }
    file::write_private(path, text.as_bytes())
}

/// Returns the last part of a key's name.
fn role_of(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or_default()
}
