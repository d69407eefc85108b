//! How a store comes to its name, and how it leaves it: whole, in one file, on the disk; or not at all.

use super::file::{fault, len, wal};
use super::sql::Database;
use super::{Durability, Store, StoreError, StoreFault, is_shared};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// What SQLite keeps beside a file: it belongs to that file's content, and to no other that takes its name.
pub(crate) const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];

/// Returns the name that a file has until it is whole.
pub(crate) fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

/// Removes an unfinished file and what SQLite left beside it. What cannot be removed is in the way of nothing but the next try, which
/// says so.
pub(crate) fn remove(path: &Path) {
    for end in [""].into_iter().chain(BESIDE) {
        let _gone = fs::remove_file(beside(path, end));
    }
}

/// Lets a file that is whole and on the disk take its name, which nothing has yet, and the name reach the disk as well.
pub(crate) fn take_name(from: &Path, to: &Path) -> io::Result<()> {
    if to.exists() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    // One call: a link and the removal of the other name could end between the two.
    fs::rename(from, to)?;
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
    sync_folder(folder.unwrap_or(Path::new(".")))
}

#[cfg(unix)]
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
pub(crate) fn sync_folder(_: &Path) -> io::Result<()> {
    // Elsewhere a folder cannot be opened as a file, and renaming is journalled.
    Ok(())
}

impl Store {
    /// Makes a store, fills it, and lets it take its name: a making that fails or is cut short leaves no store of that name.
    ///
    /// # Errors
    /// What `fill` says; [`StoreFault::Exists`] if the name is taken, [`StoreFault::File`], and as [`Self::open`].
    pub fn make<E: From<StoreError>>(
        path: &Path,
        fill: impl FnOnce(&Self) -> Result<(), E>,
    ) -> Result<(), E> {
        if is_shared(path) {
            return Self::make_shared(path, fill);
        }
        // Last writes of a store that is gone are kept as well: they would be taken for the new one's.
        for name in [""].into_iter().chain(BESIDE).map(|end| beside(path, end)) {
            if name.exists() {
                return Err(StoreError { path: name, what: StoreFault::Exists }.into());
            }
        }
        let part = beside(path, ".part");
        remove(&part);
        let made = Self::open(&part, Durability::Full).map_err(E::from).and_then(|store| {
            fill(&store)?;
            Ok(store.close_as(path)?)
        });
        if made.is_err() {
            remove(&part);
        }
        made
    }

    /// Closes a store and lets it take another name, which is free with all that SQLite would put beside it. All that was written is then in the one file of that name.
    ///
    /// # Errors
    /// [`StoreError`]; there is then no store of that name.
    pub(crate) fn close_as(self, path: &Path) -> Result<(), StoreError> {
        let from = self.path.clone();
        self.close()?;
        let fail = |error| StoreError { path: path.to_owned(), what: StoreFault::File(error) };
        take_name(&from, path).map_err(fail)
    }

    /// Closes a store in order: all that was written is moved into the file.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be: what was written is then still in the log beside the file.
    pub(crate) fn close(self) -> Result<(), StoreError> {
        if self.database.file().is_some() {
            self.move_into_file()?;
        }
        let Database::File(connection) = self.database else { return Ok(()) };
        let path = self.path;
        let fail = |error| StoreError { path: path.clone(), what: fault(error) };
        connection.close().map_err(|(_, error)| fail(error.into()))?;
        if len(&wal(&path)) > 0 {
            let error = io::Error::other("its last writes stay beside it");
            return Err(StoreError { path, what: StoreFault::File(error) });
        }
        Ok(())
    }

    /// Moves all that is in the write-ahead log into the file, each synced to the disk before what it makes superfluous is cut off.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written: nothing is lost, the log is still there.
    pub(super) fn move_into_file(&self) -> Result<(), StoreError> {
        let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
        let is_busy: i64 = self.database.one(sql, &[]).map_err(|error| self.fail(error))?;
        if is_busy == 0 { Ok(()) } else { Err(self.fault(StoreFault::InUse)) }
    }
}
