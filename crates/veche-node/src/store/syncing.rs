//! Many commits that are synced together, and outside the lock that they were made under.
//!
//! A commit of SQLite's in WAL mode is written into the write-ahead log and then synced; what `synchronous=FULL` adds to `NORMAL` is that
//! sync alone. It can as well be done once for all commits that came meanwhile, by whoever is about to show something outside: a log that is
//! cut by a power failure before its sync loses its last commits, and none in the middle.

use super::file::wal;
use super::{Store, StoreError, StoreFault};
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// How far a store had been written when somebody looked: to be waited for before what was seen leaves the node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Written(u64);

/// Syncs the write-ahead log of a store for whoever must know that something is on the disk.
#[derive(Debug)]
pub struct Syncing {
    store: PathBuf,
    /// Open from the beginning: a failure to write is told once to each handle that was open when it happened.
    log: File,
    /// Commits that were not synced by themselves.
    written: AtomicU64,
    /// So many of them are on the disk.
    synced: AtomicU64,
    /// True once the disk has not confirmed a write.
    has_failed: AtomicBool,
    /// Held by whoever syncs: those who wait for it have mostly nothing to do any more.
    turn: Mutex<()>,
}

impl Syncing {
    /// Notes that a commit was made and not synced. Under the lock of the store.
    pub(crate) fn note_written(&self) {
        self.written.fetch_add(1, Ordering::SeqCst);
    }

    /// Returns how far the store was written.
    #[must_use]
    pub fn written(&self) -> Written {
        Written(self.written.load(Ordering::SeqCst))
    }

    /// Returns true once the disk has not confirmed a write: nothing more is acknowledged before the node is started again.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.has_failed.load(Ordering::SeqCst)
    }

    /// Returns true if all that was written is on the disk.
    #[must_use]
    pub fn is_on_disk(&self) -> bool {
        self.synced.load(Ordering::SeqCst) >= self.written.load(Ordering::SeqCst)
    }

    /// Returns once what was written so far is on the disk. Without a lock on the store: others write meanwhile.
    ///
    /// # Errors
    /// [`StoreFault::NotSynced`], from the first failure on: what the system could not write it may have forgotten.
    pub fn reach(&self, written: Written) -> Result<(), StoreError> {
        if self.is_reached(written)? {
            return Ok(());
        }
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_reached(written)? {
            return Ok(());
        }
        let until = self.written.load(Ordering::SeqCst);
        if self.log.sync_data().is_err() {
            self.has_failed.store(true, Ordering::SeqCst);
            return Err(self.fail());
        }
        self.synced.fetch_max(until, Ordering::SeqCst);
        Ok(())
    }

    /// That of a store whose disk has failed.
    #[cfg(test)]
    pub(crate) fn of_failed_disk(store: &std::path::Path) -> Arc<Self> {
        Arc::new(Self {
            store: store.to_owned(),
            log: File::create(store).unwrap(),
            written: AtomicU64::new(1),
            synced: AtomicU64::new(0),
            has_failed: AtomicBool::new(true),
            turn: Mutex::new(()),
        })
    }

    fn is_reached(&self, written: Written) -> Result<bool, StoreError> {
        if self.has_failed() {
            return Err(self.fail());
        }
        Ok(self.synced.load(Ordering::SeqCst) >= written.0)
    }

    fn fail(&self) -> StoreError {
        StoreError { path: self.store.clone(), what: StoreFault::NotSynced }
    }
}

impl Store {
    /// Returns what syncs the commits that [`Self::without_sync`] makes; `None` where no commit is synced at all, or there is no log: a database
    /// elsewhere confirms each commit itself.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be read.
    pub(crate) fn syncing(&self) -> Result<Option<Arc<Syncing>>, StoreError> {
        if self.is_shared() {
            return Ok(None);
        }
        let synchronous = self.database.one::<i64>("PRAGMA synchronous", &[]);
        let synchronous = synchronous.map_err(|error| self.fail(error))?;
        // 0: OFF, as in exercises.
        let log = (synchronous > 0).then(|| File::open(wal(&self.path)).ok()).flatten();
        Ok(log.map(|log| {
            Arc::new(Syncing {
                store: self.path.clone(),
                log,
                written: AtomicU64::new(0),
                synced: AtomicU64::new(0),
                has_failed: AtomicBool::new(false),
                turn: Mutex::new(()),
            })
        }))
    }

    /// Makes commits that are not synced: [`Syncing::reach`] has to be asked before anything leaves that rests on them.
    ///
    /// # Errors
    /// Those of `write`; [`StoreError`] if the store does not let itself be set so.
    pub(crate) fn without_sync<T>(
        &mut self,
        write: impl FnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.set_synchronous("NORMAL")?;
        let written = catch_unwind(AssertUnwindSafe(|| write(self)));
        // What is said next may be this node's own word, which is synced by itself.
        let set = self.set_synchronous("FULL").map_err(|_| self.doubt());
        let written = written.unwrap_or_else(|panic| resume_unwind(panic));
        set.and(written)
    }

    fn set_synchronous(&self, how: &str) -> Result<(), StoreError> {
        let Some(connection) = self.database.file() else { return Ok(()) };
        let set = connection.pragma_update(None, "synchronous", how);
        set.map_err(|error| self.fail(error.into()))
    }

    /// Lets nothing more be written before the store is opened again: the disk has not confirmed a write.
    pub(crate) fn doubt(&self) -> StoreError {
        self.is_unsure.set(true);
        if let Some(connection) = self.database.file() {
            let _refused = connection.pragma_update(None, "query_only", true);
        }
        self.fault(StoreFault::NotSynced)
    }
}

#[cfg(test)]
mod tests {
    use super::super::sql::SqlError;
    use super::super::{Durability, StoredEntry};
    use super::*;
    use veche_ledger::{Frontier, Origin};

    #[test]
    fn what_others_synced_meanwhile_is_not_synced_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(&folder.path().join("node.db"), Durability::Full).unwrap();
        let syncing = store.syncing().unwrap().unwrap();
        let first = syncing.written();
        syncing.reach(first).unwrap();
        store.without_sync(|store| store.set_meta("note", b"1")).unwrap();
        syncing.note_written();
        let second = syncing.written();
        assert!(second > first);
        assert!(!syncing.is_reached(second).unwrap());
        // A commit that changes nothing is not synced, whatever was asked for, and takes nothing along.
        store.without_sync(|store| store.set_meta("note", b"2")).unwrap();
        syncing.note_written();
        let third = syncing.written();
        syncing.reach(third).unwrap();
        assert!(syncing.is_reached(second).unwrap() && syncing.is_on_disk());
        assert_eq!(store.meta("note").unwrap(), Some(b"2".to_vec()));
    }

    #[test]
    fn what_fails_unforeseen_leaves_commits_that_are_synced_and_no_transaction() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(&folder.path().join("node.db"), Durability::Full).unwrap();
        let how = |store: &Store| store.database.one::<i64>("PRAGMA synchronous", &[]).unwrap();
        let full = how(&store);
        let failed = catch_unwind(AssertUnwindSafe(|| {
            store.without_sync(|store| {
                store
                    .database
                    .transaction(|| -> Result<(), SqlError> { panic!("in the middle") })
                    .map_err(|error| store.fail(error))
            })
        }));
        assert!(failed.is_err());
        assert_eq!(how(&store), full);
        store.set_meta("note", b"after").unwrap();
        drop(store);
        let again = Store::open(&folder.path().join("node.db"), Durability::Full).unwrap();
        assert_eq!(again.meta("note").unwrap(), Some(b"after".to_vec()));
    }

    #[test]
    fn a_store_whose_disk_did_not_confirm_a_write_takes_no_more() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(&folder.path().join("node.db"), Durability::Full).unwrap();
        let syncing = store.syncing().unwrap().unwrap();
        syncing.note_written();
        syncing.has_failed.store(true, Ordering::SeqCst);
        assert!(syncing.has_failed() && !syncing.is_on_disk());
        assert!(syncing.reach(syncing.written()).is_err());
        // Nor what was on the disk before: whoever asks cannot know what else was forgotten.
        assert!(syncing.reach(Written(0)).is_err());
        let said = store.doubt().to_string();
        assert!(said.contains("start the node again"), "{said}");
        let log = Origin::parse("six-rivers.example/orvessa/1").unwrap();
        let entry = StoredEntry { leaf: b"1".to_vec(), opening: None, signers: String::new() };
        let refused = store.append(&log, &Frontier::new(), &[entry], None).unwrap_err();
        assert!(matches!(refused.what, StoreFault::NotSynced), "{refused}");
        assert_eq!(store.size(&log).unwrap(), 0);
    }

    #[test]
    fn a_store_that_is_never_synced_has_nothing_to_wait_for() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("node.db"), Durability::Exercise).unwrap();
        assert!(store.syncing().unwrap().is_none());
        assert!(Store::in_memory().unwrap().syncing().unwrap().is_none());
    }
}
