//! An outside witness at work, and how it is asked (`formats/witness.md`).
//!
//! **Invariant:** nothing here sees a record or a content: what comes in is a checkpoint and hashes.

mod ask;
mod folder;
mod serve;

pub use ask::{AskError, Asked, ask};
pub use folder::{Folder, FolderError};
pub use serve::{Running, ServingError, serve};

use std::collections::BTreeMap;
use veche_charter::Charter;
use veche_charter::name::OutsideName;
use veche_council::ingest;
use veche_ledger::witness::{AddCheckpoint, GROWTH_PER_HOUR, Latest, WitnessRefusal};
use veche_ledger::{Cosignature, CosigningKey, Origin, UnixSeconds, VerifyingKey, Witness};

/// Why a witness does not start, or does not cosign.
#[derive(Debug, thiserror::Error)]
pub enum OutsideError {
    /// The charter does not name the witness.
    #[error(
        "charter `{charter}` lists no outside witness with the key `{key}`: its cosignatures would count for nothing"
    )]
    NotListed {
        /// The charter's name.
        charter: String,
        /// The key.
        key: String,
    },
    /// The charter's keys make no keyring.
    #[error("the charter's keys: {0}")]
    Keys(#[from] ingest::KeysError),
    /// The folder.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The checkpoint is not cosigned.
    #[error(transparent)]
    Refused(#[from] WitnessRefusal),
    /// An earlier write failed.
    #[error(
        "an earlier checkpoint could not be written: nothing is cosigned before the witness is started again"
    )]
    Stopped,
}

/// A witness that sees checkpoints alone.
#[derive(Debug)]
pub struct Outside {
    witness: Witness,
    key: VerifyingKey,
    folder: Folder,
    is_stopped: bool,
}

impl Outside {
    /// Starts from a folder, to witness the logs of these charters.
    ///
    /// # Errors
    /// [`OutsideError::NotListed`], [`OutsideError::Keys`], [`OutsideError::Folder`] in this order.
    pub fn start(
        key: CosigningKey,
        folder: Folder,
        charters: &[Charter],
    ) -> Result<Self, OutsideError> {
        let public = key.verifying_key();
        let mut logs = BTreeMap::new();
        for charter in charters {
            if name_of(charter, &public).is_none() {
                let (charter, key) = (charter.name.clone(), public.to_string());
                return Err(OutsideError::NotListed { charter, key });
            }
            logs.extend(logs_of(charter)?);
        }
        let mut witness = Witness::new(key, GROWTH_PER_HOUR);
        for (log, log_key) in logs {
            let latest = folder.latest(&log, &log_key)?;
            witness.watch(log, log_key, latest);
        }
        Ok(Self { witness, key: public, folder, is_stopped: false })
    }

    /// Checks a checkpoint, keeps it on the disk, and only then gives its cosignature away.
    ///
    /// # Errors
    /// [`OutsideError::Stopped`], [`OutsideError::Refused`], [`OutsideError::Folder`].
    pub fn add_checkpoint(
        &mut self,
        request: &AddCheckpoint,
        now: UnixSeconds,
    ) -> Result<Cosignature, OutsideError> {
        if self.is_stopped {
            return Err(OutsideError::Stopped);
        }
        // Nothing is held here, and nothing is said of that: see the page of the format.
        let cosignature = self.witness.add_checkpoint(request, true, now)?;
        let claimed = veche_ledger::SignedCheckpoint::claimed(&request.note);
        let origin = claimed.map_err(|_| WitnessRefusal::Malformed)?.origin;
        if let Some(latest) = self.witness.latest(&origin) {
            // What is in memory is ahead of the disk if this fails: it must not be the base of another cosignature.
            self.folder.keep(&origin, latest).inspect_err(|_| self.is_stopped = true)?;
        }
        Ok(cosignature)
    }

    /// Returns the latest checkpoint of a log that was cosigned, and when.
    #[must_use]
    pub fn latest(&self, origin: &Origin) -> Option<&Latest> {
        self.witness.latest(origin)
    }

    /// Returns the key that it cosigns with.
    #[must_use]
    pub const fn key(&self) -> &VerifyingKey {
        &self.key
    }

    /// Returns false once a write failed.
    #[must_use]
    pub const fn is_sound(&self) -> bool {
        !self.is_stopped
    }
}

/// Returns the name by which a charter lists a key as an outside witness.
#[must_use]
pub fn name_of(charter: &Charter, key: &VerifyingKey) -> Option<OutsideName> {
    charter.outside.iter().find(|(_, entry)| entry.key == *key).map(|(name, _)| name.clone())
}

/// Returns each log that a charter lists a key of: the first of each party.
fn logs_of(charter: &Charter) -> Result<Vec<(Origin, VerifyingKey)>, ingest::KeysError> {
    let keyring = ingest::keyring(charter)?;
    let first = |party| Origin::parse(&format!("{}/{party}/1", charter.organisation)).ok();
    let logs = charter.parties.keys().filter_map(first);
    Ok(logs.filter_map(|log| keyring.log(&log).map(|keys| (log, keys.log_key().clone()))).collect())
}
