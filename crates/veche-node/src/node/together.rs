//! Writes of a node that get onto the disk together: nobody holds the node while the disk is waited for, and whoever waits takes along what
//! others wrote meanwhile.
//!
//! What is written so may be read here at once; it must not leave the node before [`Pending::reach`] has returned. A record that is shown and
//! then lost with the power would be said anew with other words in its place, and a cosignature that is given and forgotten could be followed by one on
//! another history: either is a fork.

use super::{Node, NodeError};
use crate::store::{Store, StoreError, Syncing, Written, put_sizes_beside};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use veche_ledger::{Hash, Origin};

/// How the writes of a node get onto the disk.
#[derive(Debug, Default)]
pub(super) struct Together {
    /// What syncs the store; `None`: each commit is synced by itself, or none at all.
    syncing: Option<Arc<Syncing>>,
    /// Up to which write the sizes of the logs kept here stand beside the store.
    sizes: Arc<Mutex<Option<Written>>>,
    /// True between [`Node::begin_together`] and [`Node::end_together`].
    pub(super) is_begun: bool,
    /// True if a log kept here has grown meanwhile.
    pub(super) has_own: bool,
}

/// What was written and is to be waited for before anything that rests on it leaves the node.
#[derive(Debug)]
#[must_use = "what was written may be lost until it is waited for"]
pub struct Pending {
    syncing: Arc<Syncing>,
    written: Written,
    sizes: Option<Sizes>,
}

/// How long the logs kept here are, to be written beside the store.
#[derive(Debug)]
struct Sizes {
    store: PathBuf,
    genesis: Hash,
    sizes: BTreeMap<Origin, u64>,
    until: Arc<Mutex<Option<Written>>>,
}

impl Pending {
    /// Returns once all of it is on the disk. Without the node: others use it meanwhile.
    ///
    /// # Errors
    /// [`StoreError`]: the disk did not confirm it. Nothing may leave, and the node has to be started again.
    pub fn reach(self) -> Result<(), StoreError> {
        self.syncing.reach(self.written)?;
        if let Some(sizes) = self.sizes {
            sizes.write(self.written);
        }
        Ok(())
    }
}

impl Sizes {
    /// Writes them, unless later ones are there already.
    fn write(self, written: Written) {
        let mut until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        if until.is_none_or(|until| until < written) {
            // Nothing in the store depends on it.
            let _written = put_sizes_beside(&self.store, &self.genesis, &self.sizes);
            *until = Some(written);
        }
    }
}

impl Node {
    /// Lets writes be waited for outside, where [`Self::begin_together`] says so. A store that is never synced stays as it is.
    ///
    /// # Errors
    /// [`NodeError::Store`].
    pub fn let_write_together(&mut self) -> Result<(), NodeError> {
        self.together.syncing = self.store.syncing()?;
        Ok(())
    }

    /// Returns what syncs the store, if writes may be waited for outside.
    pub(crate) const fn syncing(&self) -> Option<&Arc<Syncing>> {
        self.together.syncing.as_ref()
    }

    /// From now on what is said, taken and cosigned is not synced; whoever calls this waits for what [`Self::end_together`] returns.
    pub fn begin_together(&mut self) {
        self.together.is_begun = self.together.syncing.is_some();
    }

    /// From now on each write is synced by itself again. Returns what is to be waited for.
    pub fn end_together(&mut self) -> Option<Pending> {
        self.together.is_begun = false;
        let has_own = std::mem::take(&mut self.together.has_own);
        let syncing = Arc::clone(self.together.syncing.as_ref()?);
        let sizes = has_own.then(|| Sizes {
            store: self.store.path().to_owned(),
            genesis: self.genesis_hash(),
            sizes: self.own_sizes(),
            until: Arc::clone(&self.together.sizes),
        });
        let written = syncing.written();
        Some(Pending { syncing, written, sizes })
    }

    /// Lets nothing more be written before the node is started again: the disk has not confirmed a write.
    pub(crate) fn doubt(&self) -> StoreError {
        self.store.doubt()
    }

    /// Writes what is to be on the disk before anything leaves: at once, or with others.
    pub(super) fn write<T>(
        &mut self,
        write: impl FnOnce(&mut Store) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let written = self.write_lazily(write)?;
        // One that was synced by itself is not taken for a sync of those before it: a commit that changed nothing is none.
        if let Some(syncing) = self.together.syncing.as_ref().filter(|_| self.together.is_begun) {
            syncing.note_written();
        }
        Ok(written)
    }

    /// Writes what nothing rests on, for it can be asked for again: the next sync takes it along.
    pub(super) fn write_lazily<T>(
        &mut self,
        write: impl FnOnce(&mut Store) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if self.together.syncing.as_ref().is_some_and(|syncing| syncing.has_failed()) {
            // Whoever met the failure may have been a reader.
            return Err(self.store.doubt());
        }
        if self.together.is_begun { self.store.without_sync(write) } else { write(&mut self.store) }
    }
}
