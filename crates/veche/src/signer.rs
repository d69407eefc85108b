//! Who signs once: a key file, or a key on a token; and whether it is the key that the party lists.

use crate::failure::Failure;
use crate::file;
use crate::key::unlock_signing;
use crate::node::{node_failure, node_fault, open};
use crate::pkcs11::{Connection, OnToken, TokenKey};
use crate::record::FILE_LEN_MAX;
use std::path::{Path, PathBuf};
use veche_charter::Charter;
use veche_ledger::{KeyName, NoteSignature, PartyId, SigningKey, VerifyingKey};

/// The key that signs.
#[derive(Debug, clap::Args)]
pub(crate) struct Signing {
    /// The key file; with `--pkcs11` the key's label on the token
    #[arg(long, value_name = "FILE|LABEL")]
    key: PathBuf,
    /// A file with the key file's passphrase; needed without `--pkcs11`
    #[arg(
        long,
        value_name = "FILE",
        required_unless_present = "pkcs11",
        conflicts_with = "pkcs11"
    )]
    passphrase_file: Option<PathBuf>,
    #[command(flatten)]
    on_token: OnToken,
    /// The key's name in the charter, if the label on the token is another
    #[arg(long, value_name = "ORGANISATION/PARTY/ROLE", requires = "pkcs11")]
    name: Option<String>,
    #[command(flatten)]
    listed: Listed,
}

/// Where the key must be listed.
#[derive(Debug, clap::Args)]
struct Listed {
    /// The charter that lists the key: another key of this name is refused before anything is signed
    #[arg(long, value_name = "FILE")]
    charter: Option<PathBuf>,
    /// The same with a node's store, which knows new epochs and withdrawn keys too
    #[arg(long, conflicts_with = "charter")]
    store: Option<PathBuf>,
}

/// A key that is ready to sign.
#[derive(Debug)]
pub(crate) enum Signer {
    /// From a key file, unlocked.
    File(Box<SigningKey>),
    /// On a token that is logged in to.
    Token(Box<(Connection, TokenKey)>),
}

impl Signing {
    /// Opens the key, and looks whether it is the one that is listed. Nothing is signed yet.
    ///
    /// # Errors
    /// Files', passphrases', tokens'; a key that is not the one that is listed.
    pub(crate) fn open(&self) -> Result<Signer, Failure> {
        let signer = match (&self.on_token.pkcs11, &self.passphrase_file) {
            (Some(_), _) => self.on_token()?,
            (None, Some(words)) => Signer::File(Box::new(unlock_signing(&self.key, words)?)),
            // The arguments ask for one of the two.
            (None, None) => {
                return Err(node_fault("neither a passphrase file nor a token is named"));
            }
        };
        self.listed.check(&signer.verifying_key())?;
        Ok(signer)
    }

    fn on_token(&self) -> Result<Signer, Failure> {
        let name = self.name.as_deref().map(KeyName::parse).transpose().map_err(node_fault)?;
        let label = self.key.to_str().ok_or_else(|| node_fault("a label is UTF-8 text"))?;
        let connection = self.on_token.connect(false)?;
        connection.log_in(self.on_token.pin_file.as_deref())?;
        let key = connection.key(label, name)?;
        Ok(Signer::Token(Box::new((connection, key))))
    }
}

impl Signer {
    /// Returns the public half.
    pub(crate) fn verifying_key(&self) -> VerifyingKey {
        match self {
            Self::File(key) => key.verifying_key(),
            Self::Token(token) => token.1.verifying_key().clone(),
        }
    }

    /// Signs a note's text, which ends with its line end.
    ///
    /// # Errors
    /// What keeps a token from it; a file's key always signs.
    pub(crate) fn sign(&self, text: &str) -> Result<NoteSignature, Failure> {
        match self {
            Self::File(key) => Ok(NoteSignature::sign(text, key)),
            Self::Token(token) => token.0.sign(&token.1, text),
        }
    }
}

/// A key as it is listed.
struct Entry {
    key: VerifyingKey,
    is_in_force: bool,
}

impl Listed {
    fn check(&self, key: &VerifyingKey) -> Result<(), Failure> {
        let (entries, place) = match (&self.charter, &self.store) {
            (Some(path), _) => (in_charter(path)?, format!("charter `{}`", path.display())),
            (None, Some(path)) => {
                (in_store(path, key.name())?, format!("store `{}`", path.display()))
            }
            (None, None) => return Ok(()),
        };
        stands(&entries, key).map_err(|failure| failure.at(place))
    }
}

fn in_charter(path: &Path) -> Result<Vec<Entry>, Failure> {
    let text = file::read(path, FILE_LEN_MAX * 4)?;
    let charter = Charter::load(&text, &path.display().to_string()).map_err(node_fault)?;
    let keyring = veche_council::ingest::keyring(&charter).map_err(node_fault)?;
    let keys = keyring.logs().flat_map(|(_, keys)| keys.keys().iter());
    Ok(keys.map(|listed| Entry { key: listed.key.clone(), is_in_force: true }).collect())
}

fn in_store(path: &Path, name: &KeyName) -> Result<Vec<Entry>, Failure> {
    let node = open(path, &[], &[])?;
    let party = name.as_str().rsplit('/').nth(1).unwrap_or_default();
    let party = PartyId::parse(party).map_err(node_fault)?;
    let states = node.key_states(&party).map_err(node_failure)?;
    let entry = |state: veche_node::node::KeyState| Entry {
        key: state.key,
        is_in_force: state.is_in_force,
    };
    Ok(states.into_iter().map(entry).collect())
}

/// Looks whether a key is the one that is listed under its name.
fn stands(entries: &[Entry], key: &VerifyingKey) -> Result<(), Failure> {
    let of_name: Vec<&Entry> =
        entries.iter().filter(|entry| entry.key.name() == key.name()).collect();
    if of_name.iter().any(|entry| entry.key == *key && entry.is_in_force) {
        return Ok(());
    }
    let name = key.name();
    if of_name.iter().any(|entry| entry.key == *key) {
        return Err(node_fault(format!(
            "the key `{name}` is no longer in force: what it signs has no effect"
        )));
    }
    if of_name.iter().any(|entry| entry.key.is_pair() && entry.key.first() == *key) {
        let hint = "sign with the key file, which holds both; a token signs with Ed25519 alone";
        let said = format!(
            "`{name}` is listed as a pair of Ed25519 and ML-DSA-44, and this key is one half of it: what it signs alone has no effect"
        );
        return Err(node_fault(said).hinting(Some(hint.to_owned())));
    }
    match of_name.last() {
        Some(entry) => {
            let pair = if entry.key.is_pair() { ", a pair," } else { "" };
            let said = format!(
                "`{name}` is listed with another key: {}{pair} and this one is {}",
                entry.key.id(),
                key.id()
            );
            let hint = "is it the right token, and the right key on it?".to_owned();
            Err(node_fault(said).hinting(Some(hint)))
        }
        None => {
            let same = entries.iter().find(|entry| entry.key.as_bytes() == key.as_bytes());
            let hint = same.map(|entry| {
                format!("this very key is listed as `{}`: give that as `--name`", entry.key.name())
            });
            Err(node_fault(format!("no key `{name}` is listed")).hinting(hint))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(role: &str) -> KeyName {
        KeyName::parse(&format!("two-banks.example/arven/{role}")).unwrap()
    }

    #[track_caller]
    fn check(entries: &[(VerifyingKey, bool)], key: &VerifyingKey, expected: &str) {
        let entry = |(key, is_in_force): &(VerifyingKey, bool)| Entry {
            key: key.clone(),
            is_in_force: *is_in_force,
        };
        let entries: Vec<Entry> = entries.iter().map(entry).collect();
        match (stands(&entries, key), expected) {
            (Ok(()), "") => {}
            (Ok(()), _) => panic!("it stands, in place of: {expected}"),
            (Err(failure), "") => panic!("{}", failure.to_text()),
            (Err(failure), why) => {
                assert!(failure.to_text().contains(why), "{why}: {}", failure.to_text());
            }
        }
    }

    #[test]
    fn the_key_in_force_of_its_name_stands_and_no_other() {
        let key = |role, seed| SigningKey::from_seed(name(role), &[seed; 32]).verifying_key();
        let pair = |seed| SigningKey::pair_from_seed(name("duty"), &[seed; 32]).verifying_key();
        let duty = key("duty", 1);
        check(&[(duty.clone(), true)], &duty, "");
        // A key that two epochs list: the newer one counts.
        check(&[(duty.clone(), false), (duty.clone(), true)], &duty, "");
        check(&[(duty.clone(), false)], &duty, "is no longer in force");
        check(&[(key("duty", 2), true)], &duty, "is listed with another key");
        check(&[], &duty, "no key `two-banks.example/arven/duty` is listed");
        check(&[(key("chief", 2), true)], &duty, "no key `two-banks.example/arven/duty` is listed");
        check(
            &[(key("chief", 1), true)],
            &duty,
            "this very key is listed as `two-banks.example/arven/chief`",
        );
        // A token has one half of what a key file has whole.
        check(&[(pair(1), true)], &pair(1), "");
        check(&[(pair(1), true)], &duty, "is listed as a pair of Ed25519 and ML-DSA-44");
        check(&[(pair(2), true)], &duty, ", a pair, and this one is");
        check(&[(duty, true)], &pair(1), "is listed with another key");
    }
}
