//! The directory of the tables: `events.parquet`, `counts-SERIES.parquet`, `names.csv`.
//!
//! Readers need no lock, since a file is replaced whole. Writers take the lock, so that no import is lost between another
//! one's reading and writing. The system lets a lock go with its process, so a crash leaves none behind.

use super::names::Names;
use crate::failure::{Failure, FailureKind};
use crate::file;
use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use veche_picture::table::{Action, Row, Table};
use veche_picture::{CountTable, EventTable, Series, TableError};

/// Most bytes of a table: some gigabytes of memory, as many as the rows that a table may have.
const TABLE_LEN_MAX: u64 = 4 * 1024 * 1024 * 1024;
/// Most bytes of a file of names: a list of all states has some kilobytes.
pub(crate) const NAMES_LEN_MAX: u64 = 4 * 1024 * 1024;

const EVENTS: &str = "events.parquet";
const COUNTS_START: &str = "counts-";
const COUNTS_END: &str = ".parquet";
const NAMES: &str = "names.csv";
const LOCK: &str = ".lock";

/// A directory of tables.
pub(crate) struct Store {
    dir: PathBuf,
}

/// The right to change a store; nobody else has it meanwhile.
pub(crate) struct Writer<'s> {
    store: &'s Store,
    _lock: File,
}

impl Store {
    /// Opens a store that is there.
    pub(crate) fn open(dir: &Path) -> Result<Self, Failure> {
        match fs::metadata(dir) {
            Ok(found) if found.is_dir() => Ok(Self { dir: dir.to_owned() }),
            Ok(_) => Err(Failure::new(FailureKind::NotADirectory(dir.to_owned()))),
            Err(error) => Err(Failure::reading(dir, error).hinting(Some(IMPORT_FIRST.to_owned()))),
        }
    }

    /// Opens a store, and makes its directory first where there is none.
    pub(crate) fn create(dir: &Path) -> Result<Self, Failure> {
        if let Err(error) = fs::create_dir_all(dir) {
            let is_file = [ErrorKind::AlreadyExists, ErrorKind::NotADirectory];
            return Err(if is_file.contains(&error.kind()) {
                Failure::new(FailureKind::NotADirectory(dir.to_owned()))
            } else {
                Failure::writing(dir, error)
            });
        }
        Self::open(dir)
    }

    /// Returns the directory.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Returns where the events are.
    pub(crate) fn events_path(&self) -> PathBuf {
        self.dir.join(EVENTS)
    }

    /// Returns where the counts of a series are.
    pub(crate) fn counts_path(&self, series: &Series) -> PathBuf {
        self.dir.join(format!("{COUNTS_START}{series}{COUNTS_END}"))
    }

    /// Returns the series of counts, ascending.
    pub(crate) fn counted_series(&self) -> Result<Vec<Series>, Failure> {
        let fail = |error| Failure::reading(&self.dir, error);
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.dir).map_err(fail)? {
            let name = entry.map_err(fail)?.file_name();
            let name = name.to_string_lossy();
            let series = name.strip_prefix(COUNTS_START).and_then(|n| n.strip_suffix(COUNTS_END));
            found.extend(series.and_then(|series| Series::parse(series).ok()));
        }
        found.sort();
        Ok(found)
    }

    /// Returns whether there are events.
    pub(crate) fn has_events(&self) -> bool {
        self.events_path().exists()
    }

    /// Reads the events.
    pub(crate) fn events(&self) -> Result<EventTable, Failure> {
        self.table(&self.events_path())
    }

    /// Reads the counts of a series.
    pub(crate) fn counts(&self, series: &Series) -> Result<CountTable, Failure> {
        self.table(&self.counts_path(series))
    }

    fn table<R: Row>(&self, path: &Path) -> Result<Table<R>, Failure> {
        let bytes = file::read(path, TABLE_LEN_MAX)?;
        Table::from_parquet(bytes).map_err(|error| table_failure(path, error))
    }

    /// Returns the bytes of a file of the store; `None` if there is no such file yet.
    pub(crate) fn bytes(&self, path: &Path) -> Result<Option<Vec<u8>>, Failure> {
        match file::read(path, TABLE_LEN_MAX) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(failure) if failure.is_no_file() => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Reads the names of areas; none if none were imported.
    pub(crate) fn names(&self) -> Result<Names, Failure> {
        let path = self.dir.join(NAMES);
        match file::read(&path, NAMES_LEN_MAX) {
            Ok(bytes) => Names::read(&path, &bytes, None),
            Err(failure) if failure.is_no_file() => Ok(Names::default()),
            Err(failure) => Err(failure),
        }
    }

    /// Takes the right to change the store, and clears what a killed process left.
    ///
    /// # Errors
    /// [`FailureKind::StoreInUse`], [`FailureKind::Write`].
    pub(crate) fn writer(&self) -> Result<Writer<'_>, Failure> {
        let path = self.dir.join(LOCK);
        let opened = File::options().write(true).create(true).truncate(false).open(&path);
        let lock = opened.map_err(|error| Failure::writing(&path, error))?;
        match lock.try_lock() {
            Ok(()) => {
                file::remove_unfinished(&self.dir);
                Ok(Writer { store: self, _lock: lock })
            }
            Err(TryLockError::WouldBlock) => {
                Err(Failure::new(FailureKind::StoreInUse(self.dir.clone()))
                    .hinting(Some("try again when it has ended".to_owned())))
            }
            Err(TryLockError::Error(error)) => Err(Failure::writing(&path, error)),
        }
    }
}

/// What to do about a store without tables.
pub(crate) const IMPORT_FIRST: &str =
    "`veche picture import counts FILE` or `veche picture import ucdp FILE` fills it";

impl Writer<'_> {
    /// Puts a file in the place of the old one, and returns whether that changed it.
    pub(crate) fn put(
        &self,
        path: &Path,
        bytes: &[u8],
        old: Option<&[u8]>,
    ) -> Result<bool, Failure> {
        if old == Some(bytes) {
            return Ok(false);
        }
        file::write(path, bytes)?;
        Ok(true)
    }

    /// Puts the names of areas in the place of the old ones.
    pub(crate) fn put_names(&self, names: &Names) -> Result<(), Failure> {
        let path = self.store.dir.join(NAMES);
        let old = self.store.bytes(&path)?;
        self.put(&path, &names.to_csv(), old.as_deref()).map(|_| ())
    }
}

/// Returns the failure of a table's file.
pub(crate) fn table_failure(path: &Path, error: TableError) -> Failure {
    let TableError { action, fault: source, .. } = error;
    // An import merges into the old table, so it cannot mend one that it cannot read.
    let hint = (action == Action::Read)
        .then(|| "move it away, then import again what it was made from".to_owned());
    Failure::new(FailureKind::Table { action, path: path.to_owned(), source }).hinting(hint)
}
