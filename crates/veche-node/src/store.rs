//! A node's store: one SQLite file with every log it holds, the openings that its labels allow, tiles, checkpoints.
//!
//! A record is acknowledged only after its transaction is on disk (WAL, `synchronous=FULL`). Everything else in the file is
//! under a hash of some record or checkpoint, so [`crate::fsck`] can check it from raw bytes up.

mod beside;
mod drafts;
mod peers;
pub(crate) mod place;
mod syncing;
mod vault;
mod words;

pub(crate) use beside::put_sizes_beside;
pub(crate) use place::sync_folder;
pub use syncing::{Syncing, Written};

pub(crate) use words::{Indexed, NumberedEntry};

pub(crate) use drafts::{DraftRow, InstructionRow, StepRow};
use rusqlite::config::DbConfig;
use rusqlite::{
    Connection, ErrorCode, OpenFlags, OptionalExtension as _, Transaction, ffi, params,
};
use std::cell::{Cell, OnceCell};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use vault::Vault;
pub use vault::{SLOT, is_slot};
use veche_ledger::keystore::KeystoreError;
use veche_ledger::tile::{TILE_HEIGHT, TILE_WIDTH};
use veche_ledger::{Frontier, Hash, Origin, tree};

/// The newest version of the tables that is read. A store of a newer version is refused by name.
pub const SCHEMA_VERSION: u32 = 2;

/// The version of a new store. One whose contents are sealed has 2.
const SCHEMA_OF_NEW: &[u8] = b"1";

/// Shortest file that can be a database, in bytes: SQLite's smallest page.
const FILE_LEN_MIN: u64 = 512;

/// How long to wait for another process that holds the store, before saying so.
pub const BUSY_WAIT: Duration = Duration::from_millis(500);

/// Pages in the write-ahead log after which SQLite moves them into the file: its own default.
const CHECKPOINT_PAGES: u32 = 1000;

/// Prepared statements that a store keeps: all that it has, so that none is compiled twice.
const STATEMENTS_KEPT: usize = 32;

/// When a write counts as done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// When it is on the disk: for everything but exercises.
    Full,
    /// When the operating system has it: a power cut may lose it. For exercises and tests.
    Exercise,
}

/// What went wrong with a store, and which.
#[derive(Debug, thiserror::Error)]
#[error("store `{path}`: {what}")]
pub struct StoreError {
    /// The file.
    pub path: PathBuf,
    /// What went wrong.
    pub what: StoreFault,
}

/// What went wrong with a store.
#[derive(Debug, thiserror::Error)]
pub enum StoreFault {
    /// There is no such file.
    #[error("it does not exist")]
    Missing,
    /// Another process has it open.
    #[error("it is in use: another process has it open")]
    InUse,
    /// The disk is full. What was acknowledged is safe.
    #[error("the disk is full; nothing acknowledged is lost; make room and try again")]
    DiskFull,
    /// The disk or its rights let nothing be written. What was acknowledged is safe.
    #[error("it cannot be written: {0}; nothing acknowledged is lost")]
    NotWritten(rusqlite::Error),
    /// The disk did not confirm a write. What the system could not write it may have forgotten, so that a later confirmation would mean
    /// nothing: the store takes no more before it is opened again. What was acknowledged is safe.
    #[error(
        "the disk did not confirm a write; nothing acknowledged is lost, and nothing more is written: see to the disk, then start the \
         node again"
    )]
    NotSynced,
    /// The disk does not give back what is there.
    #[error("it cannot be read: {0}; see to the disk")]
    NotRead(rusqlite::Error),
    /// There is a file of that name, and it is left as it is.
    #[error("it is there already: a store is never overwritten")]
    Exists,
    /// The file cannot take its name.
    #[error("it cannot be put in its place: {0}")]
    File(io::Error),
    /// The file is damaged or no store.
    #[error("it is damaged or no store: {0}")]
    Damaged(String),
    /// The file was written by a newer program.
    #[error("it has version {0}, this program reads version {SCHEMA_VERSION}; use a newer program")]
    TooNew(u32),
    /// Its contents are sealed, and nobody has given the passphrase.
    #[error("its contents are sealed, and the passphrase was not given")]
    Locked,
    /// Its contents are sealed, and their key is not in it.
    #[error(
        "its contents are sealed, and the store key is not in it; nothing is lost while a file `store.key` or a backup with keys is kept"
    )]
    NoStoreKey,
    /// The store key does not open.
    #[error("its contents are sealed, and the store key does not open: {0}")]
    StoreKey(KeystoreError),
    /// A store key that opens, of another store.
    #[error("the store key is that of another store; nothing was changed")]
    OtherStoreKey,
    /// A content cannot be sealed, and is not stored.
    #[error("a content cannot be sealed, and nothing is stored: {0}")]
    Unsealed(String),
    /// Anything else that SQLite reports.
    #[error("{0}")]
    Sqlite(rusqlite::Error),
}

/// A log's number inside one store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogRow(i64);

/// One record as the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEntry {
    /// The leaf's bytes.
    pub leaf: Vec<u8>,
    /// Salt and bytes of its terms, if held.
    pub opening: Option<Vec<u8>>,
    /// Who was found to have signed: key names and roles, as `name role` lines.
    pub signers: String,
}

/// A cosignature on a checkpoint of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CosignatureRow {
    /// The size of the checkpoint.
    pub(crate) size: u64,
    /// The witness's key name.
    pub(crate) witness: String,
    /// When, in seconds since 1970.
    pub(crate) time: u64,
    /// The line.
    pub(crate) line: String,
}

/// What a witness cosigned last of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastCosigned {
    /// The size of the checkpoint.
    pub size: u64,
    /// When, in seconds since 1970.
    pub time: u64,
    /// The log key's line on the checkpoint.
    pub log_line: String,
}

/// The open store of one node.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    connection: Connection,
    /// The file itself, once it was frozen: closed after the connection.
    frozen: OnceCell<Arc<File>>,
    /// True once the disk has not confirmed a write.
    is_unsure: Cell<bool>,
    /// How contents lie in the file.
    vault: Vault,
}

/// The file of a store that nothing is written into for now.
#[derive(Debug)]
pub(crate) struct Frozen {
    /// The file, to be read from its beginning.
    pub(crate) file: Arc<File>,
    /// How many bytes of it are the store.
    pub(crate) len: u64,
}

/// Takes the private keys out of a copy of a store, unless they are to stay, and what was deleted before in either case.
///
/// # Errors
/// [`StoreError`] if the copy is no store or cannot be written.
pub(crate) fn leave_out(file: &Path, with_keys: bool) -> Result<(), StoreError> {
    let fail = |error| StoreError { path: file.to_owned(), what: fault(error) };
    let copy = Connection::open(file).map_err(fail)?;
    // Alone with it, so that no memory is shared by way of a file beside it.
    copy.pragma_update(None, "locking_mode", "EXCLUSIVE").map_err(fail)?;
    // Written anew afterwards: what is deleted stays in a file's free pages.
    let sql = if with_keys { "VACUUM;" } else { "DELETE FROM keys; VACUUM;" };
    copy.execute_batch(sql).map_err(fail)?;
    copy.close().map_err(|(_, error)| fail(error))
}

const TABLES: &str = "
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS logs (id INTEGER PRIMARY KEY, origin TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS entries (
  id INTEGER PRIMARY KEY, log INTEGER NOT NULL, idx INTEGER NOT NULL,
  leaf BLOB NOT NULL, opening BLOB, signers TEXT NOT NULL, UNIQUE (log, idx));
CREATE TABLE IF NOT EXISTS tiles (
  id INTEGER PRIMARY KEY, log INTEGER NOT NULL, level INTEGER NOT NULL, n INTEGER NOT NULL,
  hashes BLOB NOT NULL, UNIQUE (log, level, n));
CREATE TABLE IF NOT EXISTS checkpoints (
  id INTEGER PRIMARY KEY, log INTEGER NOT NULL, size INTEGER NOT NULL, line TEXT NOT NULL, UNIQUE (log, size));
CREATE TABLE IF NOT EXISTS cosignatures (
  id INTEGER PRIMARY KEY, log INTEGER NOT NULL, size INTEGER NOT NULL, witness TEXT NOT NULL,
  time INTEGER NOT NULL, line TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS keys (name TEXT PRIMARY KEY, locked TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS snapshots (id INTEGER PRIMARY KEY, records INTEGER NOT NULL, bytes BLOB NOT NULL);
";

const SET_META: &str =
    "INSERT INTO meta VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2";

/// The setting that names the heads of the last snapshot.
const SNAPSHOT_HEADS: &str = "snapshot heads";

impl Store {
    /// Opens a store, or makes one. The file is locked for as long as it is open: two programs on one store would fork
    /// its logs.
    ///
    /// # Errors
    /// [`StoreFault::InUse`], [`StoreFault::Damaged`], [`StoreFault::TooNew`], [`StoreFault::DiskFull`].
    pub fn open(path: &Path, durability: Durability) -> Result<Self, StoreError> {
        if len(path) > 0 || len(&wal(path)) > 0 {
            return Self::open_existing(path, durability);
        }
        let fail = |error| StoreError { path: path.to_owned(), what: fault(error) };
        let connection = Connection::open(path).map_err(fail)?;
        Self::prepare(&connection, durability).map_err(fail)?;
        let store = Self::over(path.to_owned(), connection);
        store.set_meta("schema", SCHEMA_OF_NEW)?;
        Ok(store)
    }

    /// Opens a store that is there. One that is damaged, newer or no store is left as it is, byte for byte.
    ///
    /// After an end out of order, which leaves a write-ahead log, all of the file is looked through first; after one in
    /// order its length is compared with what it says of itself. What neither finds, [`crate::fsck`] does.
    ///
    /// # Errors
    /// [`StoreFault::Missing`], [`StoreFault::InUse`], [`StoreFault::Damaged`], [`StoreFault::TooNew`],
    /// [`StoreFault::DiskFull`], [`StoreFault::NotWritten`].
    pub fn open_existing(path: &Path, durability: Durability) -> Result<Self, StoreError> {
        let fail = |error| StoreError { path: path.to_owned(), what: fault(error) };
        let what = |what| StoreError { path: path.to_owned(), what };
        if !path.is_file() {
            return Err(what(StoreFault::Missing));
        }
        let ended_in_order = len(&wal(path)) == 0;
        if len(path) < FILE_LEN_MIN {
            // SQLite takes such a file for a new one, and throws the log beside it away.
            let said = format!("the file has {} bytes, less than any store", len(path));
            return Err(what(StoreFault::Damaged(said)));
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(fail)?;
        // Till it is known to be whole, closing it must not move the write-ahead log into the file.
        keep_as_it_is(&connection, true).map_err(fail)?;
        connection.busy_timeout(BUSY_WAIT).map_err(fail)?;
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE").map_err(fail)?;
        let mut store = Self::over(path.to_owned(), connection);
        store.check_tables()?;
        store.check_version()?;
        if ended_in_order {
            store.check_len()?;
        } else {
            store.check_pages("quick_check")?;
        }
        store.find_vault()?;
        keep_as_it_is(&store.connection, false).map_err(fail)?;
        Self::prepare(&store.connection, durability).map_err(fail)?;
        if !ended_in_order && durability == Durability::Full {
            // What a process that was killed had written and not synced is read here, and shown to others next: a power cut must not take it.
            store.move_into_file()?;
        }
        Ok(store)
    }

    /// Opens a store that lives in memory: for exercises that nobody keeps.
    ///
    /// # Errors
    /// [`StoreFault::Sqlite`] if there is no memory for it.
    pub fn in_memory() -> Result<Self, StoreError> {
        let path = PathBuf::from(":memory:");
        let fail = |error| StoreError { path: path.clone(), what: fault(error) };
        let connection = Connection::open_in_memory().map_err(fail)?;
        Self::prepare(&connection, Durability::Exercise).map_err(fail)?;
        Ok(Self::over(path, connection))
    }

    const fn over(path: PathBuf, connection: Connection) -> Self {
        Self {
            path,
            connection,
            frozen: OnceCell::new(),
            is_unsure: Cell::new(false),
            vault: Vault::Absent,
        }
    }

    fn prepare(connection: &Connection, durability: Durability) -> Result<(), rusqlite::Error> {
        connection.busy_timeout(BUSY_WAIT)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        let synchronous = match durability {
            Durability::Full => "FULL",
            Durability::Exercise => "OFF",
        };
        connection.pragma_update(None, "synchronous", synchronous)?;
        connection.execute_batch(TABLES)?;
        connection.execute_batch(drafts::TABLES)?;
        connection.execute_batch(peers::TABLES)?;
        connection.execute_batch(vault::TABLES)?;
        words::prepare(connection)?;
        // A write takes the exclusive lock, so that a second program is refused now and not at its first record.
        connection
            .execute("INSERT INTO meta VALUES ('opened', '') ON CONFLICT (key) DO NOTHING", [])?;
        connection.execute("UPDATE meta SET value = '' WHERE key = 'opened'", [])?;
        Ok(())
    }

    /// Compares the file's length with what it says of itself. SQLite takes a last page that is cut for a whole one.
    fn check_len(&self) -> Result<(), StoreError> {
        let pragma = |name: &str| {
            let read = self.connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get(0));
            read.map(|n: i64| u64::try_from(n).unwrap_or_default())
                .map_err(|error| self.fail(error))
        };
        let (found, whole) = (len(&self.path), pragma("page_count")? * pragma("page_size")?);
        if found < whole {
            return Err(self.damaged(format!("the file has {found} bytes of {whole}")));
        }
        Ok(())
    }

    /// Finds out whether the file is a database with a store's tables.
    fn check_tables(&self) -> Result<(), StoreError> {
        let sql = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name IN ('meta', 'logs', 'entries')";
        let found: i64 = self
            .connection
            .query_row(sql, [], |row| row.get(0))
            .map_err(|error| self.fail(error))?;
        if found == 3 { Ok(()) } else { Err(self.damaged("it has no table of records".to_owned())) }
    }

    fn check_version(&self) -> Result<(), StoreError> {
        // A store is made table by table, its version last: without one, its making was cut short before any record.
        let Some(text) = self.meta("schema")? else {
            return Err(self.damaged("it names no version".to_owned()));
        };
        let version = String::from_utf8_lossy(&text).parse().unwrap_or(u32::MAX);
        if version > SCHEMA_VERSION {
            return Err(StoreError { path: self.path.clone(), what: StoreFault::TooNew(version) });
        }
        Ok(())
    }

    fn fail(&self, error: rusqlite::Error) -> StoreError {
        let mut what = fault(error);
        if matches!(what, StoreFault::NotSynced) {
            self.is_unsure.set(true);
            // Refused by SQLite itself, whoever asks. It can be said to an open database at any time.
            let _refused = self.connection.pragma_update(None, "query_only", true);
        } else if self.is_unsure.get() && matches!(what, StoreFault::NotWritten(_)) {
            what = StoreFault::NotSynced;
        }
        StoreError { path: self.path.clone(), what }
    }

    /// Lets the store grow by so many pages and no further, or as far as the disk lets it: what is beyond is refused as on a full disk.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be read.
    pub fn limit_growth(&self, pages: Option<u32>) -> Result<(), StoreError> {
        let read = || {
            let held: i64 = self.connection.query_row("PRAGMA page_count", [], |row| row.get(0))?;
            let limit = pages.map_or(i64::from(u32::MAX) - 1, |pages| held + i64::from(pages));
            self.connection.query_row(&format!("PRAGMA max_page_count = {limit}"), [], |_| Ok(()))
        };
        read().map_err(|error| self.fail(error))
    }

    /// Returns the file's path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns a setting.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be read.
    pub fn meta(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let row =
            self.connection
                .query_row("SELECT value FROM meta WHERE key = ?1", [key], |row| row.get(0));
        row.optional().map_err(|error| self.fail(error))
    }

    /// Keeps a setting.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be written.
    pub fn set_meta(&self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        self.connection
            .execute(SET_META, params![key, value])
            .map(drop)
            .map_err(|error| self.fail(error))
    }

    /// Returns the logs, in order of their numbers.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be read.
    pub fn logs(&self) -> Result<Vec<(LogRow, Origin)>, StoreError> {
        let read = || {
            let mut statement =
                self.connection.prepare_cached("SELECT id, origin FROM logs ORDER BY id")?;
            let rows = statement
                .query_map([], |row| Ok((LogRow(row.get(0)?), row.get::<_, String>(1)?)))?;
            rows.collect::<Result<Vec<_>, _>>()
        };
        let rows = read().map_err(|error| self.fail(error))?;
        rows.into_iter()
            .map(|(row, origin)| match Origin::parse(&origin) {
                Ok(origin) => Ok((row, origin)),
                Err(error) => Err(self.damaged(error.to_string())),
            })
            .collect()
    }

    /// Makes the error of a store whose content is not what it was written as.
    pub(crate) fn damaged(&self, what: String) -> StoreError {
        StoreError { path: self.path.clone(), what: StoreFault::Damaged(what) }
    }

    /// Appends records to a log in one transaction: all of them are on disk, or none. Returns the tree after them.
    ///
    /// `before`: the tree as it is now. `line`: the log key's signature line on the checkpoint of the new size, if this
    /// node makes it or was given it.
    ///
    /// # Errors
    /// [`StoreError`]; the store is then as it was.
    pub fn append(
        &mut self,
        log: &Origin,
        before: &Frontier,
        entries: &[StoredEntry],
        line: Option<&str>,
    ) -> Result<Frontier, StoreError> {
        self.append_read(log, before, entries, &[], line)
    }

    /// Appends records as [`Self::append`], and puts their words into the index for search in the same transaction. `words`: of each
    /// entry, in their order.
    ///
    /// # Errors
    /// As [`Self::append`]. An index that cannot be written is left as it was: no record waits for it.
    pub(crate) fn append_read(
        &mut self,
        log: &Origin,
        before: &Frontier,
        entries: &[StoredEntry],
        words: &[Option<String>],
        line: Option<&str>,
    ) -> Result<Frontier, StoreError> {
        let entries = self.sealed_entries(log, before.size(), entries)?;
        let words = self.kept_words(words)?;
        let mut write = || {
            let mut transaction = self.connection.transaction()?;
            let row = log_row(&transaction, log)?;
            let last = words::last_entry(&transaction)?;
            let after = insert(&transaction, row, before, &entries)?;
            if words.len() == entries.len() {
                words::follow(&mut transaction, row, before.size(), &words, last)?;
            }
            if let Some(line) = line {
                let sql =
                    "INSERT OR REPLACE INTO checkpoints (log, size, line) VALUES (?1, ?2, ?3)";
                transaction.prepare_cached(sql)?.execute(params![
                    row.0,
                    integer(after.size()),
                    line
                ])?;
            }
            transaction.commit()?;
            Ok(after)
        };
        write().map_err(|error| self.fail(error))
    }

    /// Keeps the content of a record that is stored without it, and its words for search. What was kept of the state at some size knows
    /// nothing of it, and is thrown away in the same transaction: the next start folds the records.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be written; then nothing is changed.
    pub(crate) fn set_opening(
        &mut self,
        log: &Origin,
        index: u64,
        opening: &[u8],
        words: Option<&str>,
    ) -> Result<(), StoreError> {
        let opening = self.sealed_opening(log, index, opening)?;
        let words = words.map(|text| self.kept(text)).transpose()?;
        let mut write = || {
            let transaction = self.connection.transaction()?;
            let row = log_row(&transaction, log)?;
            let sql =
                "UPDATE entries SET opening = ?3 WHERE log = ?1 AND idx = ?2 AND opening IS NULL";
            let changed = transaction.prepare_cached(sql)?.execute(params![
                row.0,
                integer(index),
                opening.as_ref()
            ])?;
            if let Some(kept) = words.as_ref().filter(|_| changed > 0) {
                words::add(&transaction, row, index, kept)?;
            }
            transaction.execute("DELETE FROM snapshots", [])?;
            transaction.commit()
        };
        write().map_err(|error| self.fail(error))
    }

    /// Puts what an author's redaction leaves in place of a content, and of its words for search. The bytes that were there are overwritten, in
    /// the file and in what SQLite keeps beside it.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be written: before it is done nothing is changed, afterwards bytes may still be in the
    /// write-ahead log.
    pub(crate) fn replace_opening(
        &mut self,
        log: &Origin,
        index: u64,
        opening: &[u8],
        words: Option<&str>,
    ) -> Result<(), StoreError> {
        let opening = self.sealed_opening(log, index, opening)?;
        let words = words.map(|text| self.kept(text)).transpose()?;
        let mut write = || {
            self.connection.pragma_update(None, "secure_delete", true)?;
            let transaction = self.connection.transaction()?;
            let row = log_row(&transaction, log)?;
            let sql = "UPDATE entries SET opening = ?3 WHERE log = ?1 AND idx = ?2";
            let values = params![row.0, integer(index), opening.as_ref()];
            transaction.prepare_cached(sql)?.execute(values)?;
            words::replace(&transaction, row, index, words.as_ref())?;
            // The state as it was kept has the words as well.
            transaction.execute("DELETE FROM snapshots", [])?;
            transaction.commit()?;
            self.connection.pragma_update(None, "secure_delete", false)
        };
        write().map_err(|error| self.fail(error))?;
        self.move_into_file()
    }

    /// Puts other words for search in place of a record's.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be written.
    pub(crate) fn replace_words(
        &self,
        log: &Origin,
        index: u64,
        words: Option<&str>,
    ) -> Result<(), StoreError> {
        let words = words.map(|text| self.kept(text)).transpose()?;
        let write = || {
            let transaction = self.connection.unchecked_transaction()?;
            let row = log_row(&transaction, log)?;
            words::replace(&transaction, row, index, words.as_ref())?;
            transaction.commit()
        };
        write().map_err(|error| self.fail(error))
    }

    /// Returns the records of a log from `start`, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be read.
    pub fn entries(
        &self,
        log: &Origin,
        start: u64,
        limit: u64,
    ) -> Result<Vec<StoredEntry>, StoreError> {
        let stored = (start..).zip(self.entries_as_stored(log, start, limit)?);
        stored.map(|(index, entry)| self.opened(log, index, entry)).collect()
    }

    /// Returns the records of a log as [`Self::entries`], contents as they lie in the file: sealed, if the store is.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be read.
    pub(crate) fn entries_as_stored(
        &self,
        log: &Origin,
        start: u64,
        limit: u64,
    ) -> Result<Vec<StoredEntry>, StoreError> {
        let read = || {
            let sql = "SELECT leaf, opening, signers FROM entries WHERE log = (SELECT id FROM logs WHERE origin = ?1)
                       AND idx >= ?2 ORDER BY idx LIMIT ?3";
            let mut statement = self.connection.prepare_cached(sql)?;
            let rows = statement.query_map(
                params![log.as_str(), integer(start), integer(limit)],
                |row| {
                    Ok(StoredEntry {
                        leaf: row.get(0)?,
                        opening: row.get(1)?,
                        signers: row.get(2)?,
                    })
                },
            )?;
            rows.collect::<Result<Vec<_>, _>>()
        };
        read().map_err(|error| self.fail(error))
    }

    /// Returns the node of a log's tree at a level (0 is leaves) and an index, from its tile; `None` if it is not held.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be read.
    pub fn tree_node(
        &self,
        log: &Origin,
        level: u32,
        index: u64,
    ) -> Result<Option<Hash>, StoreError> {
        let tile_level = level / TILE_HEIGHT;
        let below = level % TILE_HEIGHT;
        let (first, width) = (index << below, 1u64 << below);
        let read = || {
            let sql = "SELECT hashes FROM tiles WHERE log = (SELECT id FROM logs WHERE origin = ?1) AND level = ?2 AND n = ?3";
            let mut statement = self.connection.prepare_cached(sql)?;
            let row = statement
                .query_row(params![log.as_str(), tile_level, integer(first / TILE_WIDTH)], |row| {
                    row.get::<_, Vec<u8>>(0)
                });
            row.optional()
        };
        let Some(hashes) = read().map_err(|error| self.fail(error))? else { return Ok(None) };
        let (hashes, _) = hashes.as_chunks::<32>();
        let at = usize::try_from(first % TILE_WIDTH).unwrap_or(usize::MAX);
        let Some(leaves) = hashes.get(at..at + usize::try_from(width).unwrap_or(usize::MAX)) else {
            return Ok(None);
        };
        Ok(Some(subtree(leaves)))
    }

    /// Returns the hashes of a tile as they are stored.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be read.
    pub fn tile(&self, log: &Origin, level: u32, n: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let sql = "SELECT hashes FROM tiles WHERE log = (SELECT id FROM logs WHERE origin = ?1) AND level = ?2 AND n = ?3";
        let read = || {
            let mut statement = self.connection.prepare_cached(sql)?;
            statement
                .query_row(params![log.as_str(), level, integer(n)], |row| row.get(0))
                .optional()
        };
        read().map_err(|error| self.fail(error))
    }

    /// Returns how many records of a log are stored.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be read.
    pub fn size(&self, log: &Origin) -> Result<u64, StoreError> {
        let sql = "SELECT coalesce(max(idx) + 1, 0) FROM entries WHERE log = (SELECT id FROM logs WHERE origin = ?1)";
        let row = self.connection.query_row(sql, [log.as_str()], |row| row.get::<_, i64>(0));
        row.map(|size| u64::try_from(size).unwrap_or_default()).map_err(|error| self.fail(error))
    }

    /// Returns the log key's signature line on the checkpoint of a size.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be read.
    pub fn checkpoint_line(&self, log: &Origin, size: u64) -> Result<Option<String>, StoreError> {
        let sql = "SELECT line FROM checkpoints WHERE log = (SELECT id FROM logs WHERE origin = ?1) AND size = ?2";
        let read = || {
            let mut statement = self.connection.prepare_cached(sql)?;
            statement.query_row(params![log.as_str(), integer(size)], |row| row.get(0)).optional()
        };
        read().map_err(|error| self.fail(error))
    }

    /// Returns the size of the last checkpoint of a log, and the log key's signature line on it.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be read.
    pub fn last_checkpoint(&self, log: &Origin) -> Result<Option<(u64, String)>, StoreError> {
        let sql =
            "SELECT size, line FROM checkpoints WHERE log = (SELECT id FROM logs WHERE origin = ?1)
                   ORDER BY size DESC LIMIT 1";
        let read = || {
            let mut statement = self.connection.prepare_cached(sql)?;
            let row = statement.query_row([log.as_str()], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))
            });
            row.optional()
        };
        let found = read().map_err(|error| self.fail(error))?;
        Ok(found.map(|(size, line)| (u64::try_from(size).unwrap_or_default(), line)))
    }

    /// Keeps the log key's signature line on a checkpoint.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be written.
    pub fn set_checkpoint_line(
        &self,
        log: &Origin,
        size: u64,
        line: &str,
    ) -> Result<(), StoreError> {
        let sql = "INSERT OR REPLACE INTO checkpoints (log, size, line) SELECT id, ?2, ?3 FROM logs WHERE origin = ?1";
        let done = self.connection.execute(sql, params![log.as_str(), integer(size), line]);
        done.map(drop).map_err(|error| self.fail(error))
    }

    /// Keeps a cosignature on a checkpoint of a log.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be written.
    pub fn add_cosignature(
        &self,
        log: &Origin,
        size: u64,
        witness: &str,
        time: u64,
        line: &str,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO cosignatures (log, size, witness, time, line) SELECT id, ?2, ?3, ?4, ?5 FROM logs WHERE origin = ?1";
        let done = self.connection.prepare_cached(sql).and_then(|mut statement| {
            statement.execute(params![log.as_str(), integer(size), witness, integer(time), line])
        });
        done.map(drop).map_err(|error| self.fail(error))
    }

    /// Returns the cosignatures on the checkpoint of a size: witness and line.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be read.
    pub fn cosignatures(
        &self,
        log: &Origin,
        size: u64,
    ) -> Result<Vec<(String, String)>, StoreError> {
        let read = || {
            let sql = "SELECT witness, line FROM cosignatures WHERE log = (SELECT id FROM logs WHERE origin = ?1)
                       AND size = ?2 ORDER BY time, witness";
            let mut statement = self.connection.prepare_cached(sql)?;
            let rows = statement.query_map(params![log.as_str(), integer(size)], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
            rows.collect::<Result<Vec<_>, _>>()
        };
        read().map_err(|error| self.fail(error))
    }

    /// Returns the cosignatures on checkpoints of a log, at most `limit`: the largest size first, of a size the latest.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be read.
    pub(crate) fn recent_cosignatures(
        &self,
        log: &Origin,
        limit: usize,
    ) -> Result<Vec<CosignatureRow>, StoreError> {
        let number = |n: i64| u64::try_from(n).unwrap_or_default();
        let read = || {
            let sql = "SELECT size, witness, time, line FROM cosignatures WHERE log = (SELECT id FROM logs WHERE origin = ?1)
                       ORDER BY size DESC, time DESC, id DESC LIMIT ?2";
            let mut statement = self.connection.prepare_cached(sql)?;
            let rows =
                statement.query_map(params![log.as_str(), integer(limit as u64)], |row| {
                    Ok(CosignatureRow {
                        size: number(row.get(0)?),
                        witness: row.get(1)?,
                        time: number(row.get(2)?),
                        line: row.get(3)?,
                    })
                })?;
            rows.collect::<Result<Vec<_>, _>>()
        };
        read().map_err(|error| self.fail(error))
    }

    /// Returns what a witness cosigned last of a log, if the checkpoint is here.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be read.
    pub fn last_cosigned(
        &self,
        log: &Origin,
        witness: &str,
    ) -> Result<Option<LastCosigned>, StoreError> {
        let sql = "SELECT c.size, c.time, p.line FROM cosignatures c JOIN checkpoints p ON p.log = c.log AND p.size = c.size
                   WHERE c.log = (SELECT id FROM logs WHERE origin = ?1) AND c.witness = ?2
                   ORDER BY c.size DESC, c.time DESC LIMIT 1";
        let number = |n: i64| u64::try_from(n).unwrap_or_default();
        let read = || {
            let mut statement = self.connection.prepare_cached(sql)?;
            let row = statement.query_row([log.as_str(), witness], |row| {
                let (size, time) = (number(row.get(0)?), number(row.get(1)?));
                Ok(LastCosigned { size, time, log_line: row.get(2)? })
            });
            row.optional()
        };
        read().map_err(|error| self.fail(error))
    }

    /// Keeps a key that its holder's passphrase locks.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be written.
    pub fn set_key(&self, name: &str, locked: &str) -> Result<(), StoreError> {
        let sql = "INSERT INTO keys VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET locked = ?2";
        self.connection
            .execute(sql, params![name, locked])
            .map(drop)
            .map_err(|error| self.fail(error))
    }

    /// Returns the locked keys: name and key file text.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be read.
    pub fn keys(&self) -> Result<Vec<(String, String)>, StoreError> {
        let read = || {
            let mut statement =
                self.connection.prepare("SELECT name, locked FROM keys ORDER BY name")?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect::<Result<Vec<_>, _>>()
        };
        read().map_err(|error| self.fail(error))
    }

    /// Keeps a snapshot of the fold in place of the last one. `heads`: how far it goes and with which roots, so that it is
    /// taken up only over the same logs.
    ///
    /// # Errors
    /// [`StoreError`]; the last snapshot is then still there.
    pub fn set_snapshot(
        &mut self,
        records: u64,
        heads: &str,
        bytes: &[u8],
    ) -> Result<(), StoreError> {
        let bytes = self.seal_blob("snapshot", bytes)?;
        let mut write = || {
            let transaction = self.connection.transaction()?;
            transaction.execute("DELETE FROM snapshots", [])?;
            let sql = "INSERT INTO snapshots (records, bytes) VALUES (?1, ?2)";
            transaction.execute(sql, params![integer(records), bytes])?;
            transaction.execute(SET_META, params![SNAPSHOT_HEADS, heads.as_bytes()])?;
            transaction.commit()
        };
        write().map_err(|error| self.fail(error))
    }

    /// Returns the last snapshot of the fold.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be read.
    pub fn snapshot(&self) -> Result<Option<Vec<u8>>, StoreError> {
        let row = self.connection.query_row(
            "SELECT bytes FROM snapshots ORDER BY id DESC LIMIT 1",
            [],
            |row| row.get(0),
        );
        let row = row.optional().map_err(|error| self.fail(error))?;
        row.map(|bytes| self.open_blob("snapshot", bytes)).transpose()
    }

    /// Returns the heads that the last snapshot goes to.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be read.
    pub fn snapshot_heads(&self) -> Result<Option<String>, StoreError> {
        Ok(self.meta(SNAPSHOT_HEADS)?.and_then(|bytes| String::from_utf8(bytes).ok()))
    }

    /// Copies every log into another store that has none: a backup.
    ///
    /// # Errors
    /// [`StoreError`] of either store.
    pub fn copy_to(&self, mut copy: Self) -> Result<Self, StoreError> {
        if let Some(charter) = self.meta("charter")? {
            copy.set_meta("charter", &charter)?;
        }
        for (_, log) in self.logs()? {
            let entries = self.entries(&log, 0, u64::MAX)?;
            let line = self.checkpoint_line(&log, entries.len() as u64)?;
            copy.append(&log, &Frontier::EMPTY, &entries, line.as_deref())?;
        }
        Ok(copy)
    }

    /// Freezes the store's file: all that was written is in it, and what is appended from now on goes into the write-ahead log beside it,
    /// until [`Self::thaw`]. The file can be copied meanwhile, at leisure, and the copy is the store as it is now.
    ///
    /// # Errors
    /// [`StoreError`] if the file cannot be written or opened; nothing is frozen then.
    pub(crate) fn freeze(&self) -> Result<Frozen, StoreError> {
        let moved = || {
            let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
            let is_busy: bool = self.connection.query_row(sql, [], |row| row.get(0))?;
            let pages: i64 =
                self.connection.query_row("PRAGMA page_count", [], |row| row.get(0))?;
            let size: i64 = self.connection.query_row("PRAGMA page_size", [], |row| row.get(0))?;
            Ok((is_busy, u64::try_from(pages * size).unwrap_or_default()))
        };
        let (is_busy, len) = moved().map_err(|error| self.fail(error))?;
        if is_busy {
            return Err(StoreError { path: self.path.clone(), what: StoreFault::InUse });
        }
        let file = match self.frozen.get() {
            Some(file) => Arc::clone(file),
            None => {
                let file = File::open(&self.path).map_err(|error| StoreError {
                    path: self.path.clone(),
                    what: StoreFault::Damaged(error.to_string()),
                })?;
                // Kept for as long as the store is open: closing any handle of a file gives up the process's lock on it (POSIX), and
                // another program could then open the store.
                Arc::clone(self.frozen.get_or_init(|| Arc::new(file)))
            }
        };
        self.checkpoint_after(0)?;
        Ok(Frozen { file, len })
    }

    /// Ends a freeze.
    ///
    /// # Errors
    /// [`StoreError`]: the write-ahead log goes on growing until the store is closed.
    pub(crate) fn thaw(&self) -> Result<(), StoreError> {
        self.checkpoint_after(CHECKPOINT_PAGES)
    }

    fn checkpoint_after(&self, pages: u32) -> Result<(), StoreError> {
        let sql = format!("PRAGMA wal_autocheckpoint = {pages}");
        let set = self.connection.query_row(&sql, [], |row| row.get::<_, i64>(0));
        set.map(drop).map_err(|error| self.fail(error))
    }

    /// Returns all signature lines of the log key on checkpoints of a log, by size.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be read.
    pub(crate) fn checkpoint_lines(&self, log: &Origin) -> Result<Vec<(u64, String)>, StoreError> {
        let sql = "SELECT size, line FROM checkpoints WHERE log = (SELECT id FROM logs WHERE origin = ?1) ORDER BY size";
        let read = || {
            let mut statement = self.connection.prepare_cached(sql)?;
            let rows = statement.query_map([log.as_str()], |row| {
                Ok((u64::try_from(row.get::<_, i64>(0)?).unwrap_or_default(), row.get(1)?))
            })?;
            rows.collect::<Result<Vec<_>, _>>()
        };
        read().map_err(|error| self.fail(error))
    }

    /// Returns all cosignatures on checkpoints of a log: size, the witness's key name, line.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be read.
    pub(crate) fn all_cosignatures(
        &self,
        log: &Origin,
    ) -> Result<Vec<(u64, String, String)>, StoreError> {
        let sql = "SELECT size, witness, line FROM cosignatures WHERE log = (SELECT id FROM logs WHERE origin = ?1) ORDER BY size, id";
        let read = || {
            let mut statement = self.connection.prepare_cached(sql)?;
            let rows = statement.query_map([log.as_str()], |row| {
                let size = u64::try_from(row.get::<_, i64>(0)?).unwrap_or_default();
                Ok((size, row.get(1)?, row.get(2)?))
            })?;
            rows.collect::<Result<Vec<_>, _>>()
        };
        read().map_err(|error| self.fail(error))
    }

    /// Asks SQLite whether the file is whole.
    ///
    /// # Errors
    /// [`StoreFault::Damaged`] with SQLite's words.
    pub fn check_file(&self) -> Result<(), StoreError> {
        self.check_pages("integrity_check")
    }

    fn check_pages(&self, check: &str) -> Result<(), StoreError> {
        let said: String = self
            .connection
            .query_row(&format!("PRAGMA {check}(1)"), [], |row| row.get(0))
            .map_err(|error| self.fail(error))?;
        if said == "ok" { Ok(()) } else { Err(self.damaged(said.replace('\n', " "))) }
    }
}

/// Says whether closing a database may move its write-ahead log into the file.
fn keep_as_it_is(connection: &Connection, is_kept: bool) -> Result<(), rusqlite::Error> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, is_kept).map(drop)
}

/// Returns where SQLite keeps what it has not yet moved into a file.
fn wal(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    PathBuf::from(name)
}

/// Returns the length of a file; one that is not there has none.
fn len(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |file| file.len())
}

fn log_row(transaction: &Transaction<'_>, log: &Origin) -> Result<LogRow, rusqlite::Error> {
    let find = "SELECT id FROM logs WHERE origin = ?1";
    let found =
        transaction.prepare_cached(find)?.query_row([log.as_str()], |row| row.get(0)).optional()?;
    if let Some(id) = found {
        return Ok(LogRow(id));
    }
    transaction.execute("INSERT INTO logs (origin) VALUES (?1)", [log.as_str()])?;
    Ok(LogRow(transaction.last_insert_rowid()))
}

fn insert(
    transaction: &Transaction<'_>,
    log: LogRow,
    before: &Frontier,
    entries: &[StoredEntry],
) -> Result<Frontier, rusqlite::Error> {
    let mut after = before.clone();
    let mut hashes = Vec::with_capacity(entries.len());
    let sql = "INSERT INTO entries (log, idx, leaf, opening, signers) VALUES (?1, ?2, ?3, ?4, ?5)";
    let mut statement = transaction.prepare_cached(sql)?;
    for entry in entries {
        statement.execute(params![
            log.0,
            integer(after.size()),
            entry.leaf,
            entry.opening,
            entry.signers
        ])?;
        let leaf = tree::leaf_hash(&entry.leaf);
        after.append(leaf);
        hashes.push(leaf);
    }
    extend_tiles(transaction, log, 0, before.size(), hashes)?;
    Ok(after)
}

/// Adds hashes at the end of a level's tiles, and the roots of the tiles that become full at the level above.
fn extend_tiles(
    transaction: &Transaction<'_>,
    log: LogRow,
    level: u32,
    from: u64,
    hashes: Vec<Hash>,
) -> Result<(), rusqlite::Error> {
    if hashes.is_empty() {
        return Ok(());
    }
    let mut tile = from / TILE_WIDTH;
    let mut filled = usize::try_from(from % TILE_WIDTH).unwrap_or_default();
    let mut rest = hashes.as_slice();
    let mut roots = Vec::new();
    let find = "SELECT hashes FROM tiles WHERE log = ?1 AND level = ?2 AND n = ?3";
    let put = "INSERT INTO tiles (log, level, n, hashes) VALUES (?1, ?2, ?3, ?4)
               ON CONFLICT (log, level, n) DO UPDATE SET hashes = ?4";
    while !rest.is_empty() {
        let mut bytes: Vec<u8> = match filled {
            0 => Vec::new(),
            _ => transaction
                .prepare_cached(find)?
                .query_row(params![log.0, level, integer(tile)], |row| row.get(0))?,
        };
        bytes.truncate(filled * 32);
        let room = usize::try_from(TILE_WIDTH).unwrap_or_default() - filled;
        let (now, later) = rest.split_at(room.min(rest.len()));
        now.iter().for_each(|hash| bytes.extend_from_slice(&hash.0));
        transaction.prepare_cached(put)?.execute(params![log.0, level, integer(tile), bytes])?;
        if now.len() == room {
            roots.push(subtree(bytes.as_chunks::<32>().0));
        }
        (tile, filled, rest) = (tile + 1, 0, later);
    }
    extend_tiles(transaction, log, level + 1, from / TILE_WIDTH, roots)
}

/// Returns the root of a perfect subtree.
fn subtree(hashes: &[[u8; 32]]) -> Hash {
    match hashes {
        [] => tree::empty_root(),
        [one] => Hash(*one),
        many => {
            let (left, right) = many.split_at(many.len() / 2);
            tree::node_hash(subtree(left), subtree(right))
        }
    }
}

/// SQLite's integers are signed; sizes and times are far below that.
fn integer(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

fn fault(error: rusqlite::Error) -> StoreFault {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreFault::InUse,
        Some(ErrorCode::DiskFull) => StoreFault::DiskFull,
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            StoreFault::NotWritten(error)
        }
        Some(ErrorCode::SystemIoFailure) => fault_of_system(error),
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            StoreFault::Damaged(error.to_string())
        }
        _ => StoreFault::Sqlite(error),
    }
}

/// Tells apart at what the system failed.
fn fault_of_system(error: rusqlite::Error) -> StoreFault {
    match error.sqlite_error().map(|error| error.extended_code) {
        Some(ffi::SQLITE_IOERR_FSYNC | ffi::SQLITE_IOERR_DIR_FSYNC) => StoreFault::NotSynced,
        Some(
            ffi::SQLITE_IOERR_WRITE
            | ffi::SQLITE_IOERR_TRUNCATE
            | ffi::SQLITE_IOERR_DELETE
            | ffi::SQLITE_IOERR_CLOSE,
        ) => StoreFault::NotWritten(error),
        _ => StoreFault::NotRead(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log() -> Origin {
        Origin::parse("six-rivers.example/orvessa/1").unwrap()
    }

    fn entries(from: u64, count: u64) -> Vec<StoredEntry> {
        let entry = |n: u64| StoredEntry {
            leaf: n.to_be_bytes().to_vec(),
            opening: None,
            signers: String::new(),
        };
        (from..from + count).map(entry).collect()
    }

    #[test]
    fn tiles_give_the_same_tree_however_the_records_were_batched() {
        let mut frontiers = Vec::new();
        for batches in [&[700][..], &[1, 255, 256, 188][..], &[300, 300, 100][..]] {
            let mut store = Store::in_memory().unwrap();
            let mut frontier = Frontier::new();
            for batch in batches {
                frontier = store
                    .append(&log(), &frontier, &entries(frontier.size(), *batch), None)
                    .unwrap();
            }
            let node = |level, index| store.tree_node(&log(), level, index).unwrap();
            assert_eq!(tree::frontier_at(700, &node), Some(frontier.clone()));
            assert_eq!(tree::frontier_at(600, &node).map(|f| f.size()), Some(600));
            frontiers.push(frontier);
        }
        assert!(frontiers.windows(2).all(|pair| pair[0] == pair[1]));
    }

    #[test]
    fn a_second_program_on_the_same_store_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("node.db");
        let _first = Store::open(&path, Durability::Full).unwrap();
        let second = Store::open(&path, Durability::Full).unwrap_err();
        assert!(matches!(second.what, StoreFault::InUse), "{second}");
    }

    #[test]
    fn a_file_that_is_no_store_is_refused_and_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("node.db");
        std::fs::write(&path, "this is no database, but a letter to a friend ".repeat(30)).unwrap();
        let before = std::fs::read(&path).unwrap();
        let error = Store::open(&path, Durability::Full).unwrap_err();
        assert!(matches!(error.what, StoreFault::Damaged(_)), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }

    #[test]
    fn what_is_appended_twice_at_one_place_is_refused_whole() {
        let mut store = Store::in_memory().unwrap();
        let frontier = store.append(&log(), &Frontier::new(), &entries(0, 3), None).unwrap();
        assert!(store.append(&log(), &Frontier::new(), &entries(0, 1), None).is_err());
        assert_eq!(store.entries(&log(), 0, 10).unwrap().len(), 3);
        assert_eq!(frontier.size(), 3);
    }
}
