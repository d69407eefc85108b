//! The directory of the tables: `events.parquet`, `incidents.parquet`, `counts-SERIES.parquet`, `names.csv`; and of what they
//! were made from: `vintages.json` lists each input, and `vintages/` has its rows as they came. A table is what its vintages
//! come to, merged in the order in which they became known, and is there to be read fast; nothing in `vintages/` is ever
//! written over.
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
use veche_picture::vintage::{Catalogue, Entry, Release, Shelf, Shelved};
use veche_picture::{Date, Series, TableError, Vintage};

/// Most bytes of a table: some gigabytes of memory, as many as the rows that a table may have.
const TABLE_LEN_MAX: u64 = 4 * 1024 * 1024 * 1024;
/// Most bytes of a file of names: a list of all states has some kilobytes.
pub(crate) const NAMES_LEN_MAX: u64 = 4 * 1024 * 1024;

/// Most bytes of the list of vintages: some thousand of them.
const CATALOGUE_LEN_MAX: u64 = 16 * 1024 * 1024;

const TABLE_END: &str = ".parquet";
const CATALOGUE: &str = "vintages.json";
const VINTAGES: &str = "vintages";
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

    /// Returns where a table is.
    pub(crate) fn path_of(&self, of: &Shelved) -> PathBuf {
        self.dir.join(format!("{of}{TABLE_END}"))
    }

    /// Returns where the rows of one input are.
    fn vintage_path(&self, of: &Shelved, vintage: Vintage) -> PathBuf {
        self.dir.join(VINTAGES).join(format!("{of}-{vintage}{TABLE_END}"))
    }

    /// Returns the series of counts, ascending.
    pub(crate) fn counted_series(&self) -> Result<Vec<Series>, Failure> {
        let fail = |error| Failure::reading(&self.dir, error);
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.dir).map_err(fail)? {
            let name = entry.map_err(fail)?.file_name();
            let of = name.to_string_lossy();
            let of = of.strip_suffix(TABLE_END).and_then(|of| Shelved::parse(of).ok());
            if let Some(Shelved::Counts(series)) = of {
                found.push(series);
            }
        }
        found.sort();
        Ok(found)
    }

    /// Returns whether there is a table.
    pub(crate) fn has(&self, of: &Shelved) -> bool {
        self.path_of(of).exists()
    }

    /// Reads a table, as it is now or as it was known on a day.
    pub(crate) fn read<R: Row>(
        &self,
        of: &Shelved,
        as_of: Option<Date>,
    ) -> Result<Table<R>, Failure> {
        let Some(day) = as_of else { return self.table(&self.path_of(of)) };
        let catalogue = self.catalogue()?;
        self.listed::<R>(of, &catalogue)?;
        let known = catalogue.known_on(of, day);
        if known.is_empty() {
            let (store, of_text) = (self.dir.clone(), of.to_string());
            let first = catalogue.of(of).first().map(|entry| entry.known);
            let hint = first.map(|first| format!("its first vintage is known since {first}"));
            let what = FailureKind::NotKnownThen { store, of: of_text, day };
            return Err(Failure::new(what).hinting(hint));
        }
        self.fold(of, &known)
    }

    /// Reads the counts of a series, as they are now or as they were known on a day.
    pub(crate) fn counts(
        &self,
        series: &Series,
        as_of: Option<Date>,
    ) -> Result<veche_picture::CountTable, Failure> {
        self.read(&Shelved::Counts(series.clone()), as_of)
    }

    /// Returns what inputs come to, merged one after the other.
    pub(crate) fn fold<R: Row>(
        &self,
        of: &Shelved,
        entries: &[&Entry],
    ) -> Result<Table<R>, Failure> {
        let mut table = Table::default();
        for entry in entries {
            let path = self.vintage_path(of, entry.vintage);
            let own = self.table(&path)?;
            table.absorb(own).map_err(|error| table_failure(&path, error))?;
        }
        Ok(table)
    }

    /// Refuses a table with inputs that the catalogue does not list.
    pub(crate) fn listed<R: Row>(
        &self,
        of: &Shelved,
        catalogue: &Catalogue,
    ) -> Result<(), Failure> {
        let path = self.path_of(of);
        if !path.exists() {
            return Ok(());
        }
        let table: Table<R> = self.table(&path)?;
        let missing = table.vintages().iter().find(|one| catalogue.find(of, **one).is_none());
        missing.map_or(Ok(()), |vintage| {
            let what = format!("`{of}` has rows of an input that is not listed: {vintage}");
            let store = self.dir.clone();
            let hint =
                "import its file again, with `--known DAY` as the day since when it is known";
            Err(Failure::new(FailureKind::Vintages { store, what }).hinting(Some(hint.to_owned())))
        })
    }

    /// Reads the list of vintages; an empty one where nothing was imported.
    pub(crate) fn catalogue(&self) -> Result<Catalogue, Failure> {
        let path = self.dir.join(CATALOGUE);
        let bytes = match file::read(&path, CATALOGUE_LEN_MAX) {
            Ok(bytes) => bytes,
            Err(failure) if failure.is_no_file() => return Ok(Catalogue::default()),
            Err(failure) => return Err(failure),
        };
        Catalogue::read(&bytes).map_err(|error| {
            let (store, what) = (self.dir.clone(), format!("`{CATALOGUE}`: {error}"));
            Failure::new(FailureKind::Vintages { store, what })
        })
    }

    /// Returns all that was known of a series, day by day, up to a day.
    pub(crate) fn shelf(&self, series: &Series, until: Option<Date>) -> Result<Shelf, Failure> {
        let of = Shelved::Counts(series.clone());
        let catalogue = self.catalogue()?;
        let mut entries = catalogue.of(&of);
        entries.retain(|entry| until.is_none_or(|day| entry.known <= day));
        let mut shelf = Shelf::new(series.clone());
        let mut table = veche_picture::CountTable::default();
        for (at, entry) in entries.iter().enumerate() {
            let path = self.vintage_path(&of, entry.vintage);
            table.absorb(self.table(&path)?).map_err(|error| table_failure(&path, error))?;
            // Of one day, the last says what was known.
            if entries.get(at + 1).is_some_and(|next| next.known == entry.known) {
                continue;
            }
            let counts = table.rows().map(|(row, _)| ((row.area, row.month), row.count)).collect();
            let release = Release::new(series.clone(), entry.known, counts, entry.vintage);
            shelf.add(release).map_err(|error| {
                let (store, what) = (self.dir.clone(), error.to_string());
                Failure::new(FailureKind::Vintages { store, what })
            })?;
        }
        Ok(shelf)
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
                file::remove_unfinished(&self.dir.join(VINTAGES));
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

    /// Keeps the rows of an input for good.
    pub(crate) fn keep_vintage(
        &self,
        of: &Shelved,
        vintage: Vintage,
        bytes: &[u8],
    ) -> Result<(), Failure> {
        let path = self.store.vintage_path(of, vintage);
        let dir = self.store.dir.join(VINTAGES);
        fs::create_dir_all(&dir).map_err(|error| Failure::writing(&dir, error))?;
        if path.exists() { Ok(()) } else { file::write(&path, bytes) }
    }

    /// Puts the list of vintages in the place of the old one.
    pub(crate) fn put_catalogue(&self, catalogue: &Catalogue) -> Result<(), Failure> {
        let internal = |error: serde_json::Error| FailureKind::Internal(error.to_string());
        let bytes = catalogue.to_json().map_err(|error| Failure::new(internal(error)))?;
        file::write(&self.store.dir.join(CATALOGUE), &bytes)
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
