//! `veche node seal`: what was said lies in the store's file encrypted.

use super::{key_failure, node_fault, passphrase};
use crate::answer::Answer;
use crate::failure::Failure;
use crate::file;
use serde_json::json;
use std::path::{Path, PathBuf};
use veche_node::keyfile;
use veche_node::store::{Durability, SLOT, Store};

/// Longest slot of a store key, in bytes.
const SLOT_LEN_MAX: u64 = 4096;

/// What is sealed, and where its key goes.
#[derive(Debug, clap::Args)]
pub(crate) struct Seal {
    /// The store
    #[arg(long)]
    store: PathBuf,
    /// A file with the node's passphrase
    #[arg(long)]
    passphrase_file: PathBuf,
    /// A new file for the store's key, locked: keep it with the others, a backup without keys is opened by it
    #[arg(long, value_name = "FILE", required_unless_present = "from", conflicts_with = "from")]
    store_key: Option<PathBuf>,
    /// Put the key from this file into a sealed store that has lost it
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
}

impl Seal {
    /// What seals a store that was just made, its key going to the folder of keys.
    pub(super) fn new_store(store: &Path, words: &Path, keys: &Path) -> Self {
        Self {
            store: store.to_owned(),
            passphrase_file: words.to_owned(),
            store_key: Some(keys.join("store.key")),
            from: None,
        }
    }

    /// Does what was asked.
    ///
    /// # Errors
    /// [`Failure`]: a wrong passphrase, a file that is there, a disk that is full.
    pub(super) fn run(self) -> Result<Answer, Failure> {
        let words = passphrase(&self.passphrase_file)?;
        let mut store =
            Store::open_existing(&self.store, Durability::Full).map_err(Failure::of_store)?;
        if let Some(from) = &self.from {
            let text = String::from_utf8(file::read(from, SLOT_LEN_MAX)?).map_err(node_fault)?;
            store.put_slot(&text, &words).map_err(Failure::of_store)?;
            return Ok(self.said("its key is in it again"));
        }
        // A passphrase with a slip in it would seal as well as the right one.
        keyfile::from_store(&store, &[], &words)
            .map_err(|error| key_failure(&self.store, error))?;
        let to = self.store_key.clone().unwrap_or_default();
        if store.is_sealed() {
            store.unlock(&words).map_err(Failure::of_store)?;
            let slots = store.slots().map_err(Failure::of_store)?;
            let slot = slots.into_iter().find(|(name, _)| name == SLOT);
            if let Some((_, slot)) = slot.filter(|_| !to.exists()) {
                file::write_private(&to, slot.as_bytes())?;
            }
            return Ok(self.said("it was sealed already"));
        }
        if to.exists() {
            let said = format!("`{}` is there already: a key is never overwritten", to.display());
            return Err(node_fault(said));
        }
        let sealed =
            store.seal::<Failed>(&words, |slot| Ok(file::write_private(&to, slot.as_bytes())?));
        if let Err(Failed(failure)) = sealed {
            if !store.is_sealed() {
                // The key of nothing.
                let _gone = std::fs::remove_file(&to);
            }
            return Err(*failure);
        }
        Ok(self.said("what was said lies in it encrypted"))
    }

    fn said(&self, what: &str) -> Answer {
        let key = self.store_key.as_ref();
        let key =
            key.map_or_else(String::new, |key| format!("; its key, locked: {}", key.display()));
        let said = format!("{}: {what}{key}", self.store.display());
        Answer::new(said, json!({"store": self.store, "store_key": self.store_key}))
    }
}

/// What went wrong, at the file or at the store.
struct Failed(Box<Failure>);

impl From<Failure> for Failed {
    fn from(failure: Failure) -> Self {
        Self(Box::new(failure))
    }
}

impl From<veche_node::store::StoreError> for Failed {
    fn from(error: veche_node::store::StoreError) -> Self {
        Self(Box::new(Failure::of_store(error)))
    }
}
