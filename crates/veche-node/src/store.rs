//! A node's store: every log it holds, the openings that its labels allow, tiles, checkpoints; in one SQLite file, or in a schema of a
//! PostgreSQL database that several machines of one member reach.
//!
//! A record is acknowledged only after its transaction is on disk (SQLite: WAL, `synchronous=FULL`; PostgreSQL: `synchronous_commit`).
//! Everything else in the store is under a hash of some record or checkpoint, so [`crate::fsck`] can check it from raw bytes up.

mod beside;
mod copy;
mod drafts;
mod file;
mod peers;
pub(crate) mod place;
mod shared;
pub(crate) mod sql;
mod standby;
mod syncing;
mod vault;
mod words;

pub(crate) use beside::put_sizes_beside;
pub(crate) use place::sync_folder;
pub use syncing::{Syncing, Written};

pub(crate) use standby::{Changes, open_beside, shown};

pub(crate) use words::{Indexed, NumberedEntry};

pub(crate) use drafts::{DraftRow, InstructionRow, StepRow};
pub(crate) use file::{Frozen, leave_out};
pub use shared::{AddressFault, SILENT_MAX, is_shared};
pub use sql::SqlError;
use sql::{Database, Row, Value, values};
use std::cell::{Cell, OnceCell};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use vault::Vault;
pub use vault::{SLOT, is_slot};
use veche_ledger::keystore::KeystoreError;
use veche_ledger::tile::{TILE_HEIGHT, TILE_WIDTH};
use veche_ledger::{Frontier, Hash, Origin, tree};

/// The newest version of the tables that is read. A store of a newer version is refused by name.
pub const SCHEMA_VERSION: u32 = 2;

/// The version of a new store. One whose contents are sealed has 2.
const SCHEMA_OF_NEW: &[u8] = b"1";

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
    /// The file, or the address of the database.
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
    NotWritten(SqlError),
    /// The disk did not confirm a write. What the system could not write it may have forgotten, so that a later confirmation would mean
    /// nothing: the store takes no more before it is opened again. What was acknowledged is safe.
    #[error(
        "the disk did not confirm a write; nothing acknowledged is lost, and nothing more is written: see to the disk, then start the \
         node again"
    )]
    NotSynced,
    /// The disk does not give back what is there.
    #[error("it cannot be read: {0}; see to the disk")]
    NotRead(SqlError),
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
    /// The address of a database is none.
    #[error("{0}")]
    Address(AddressFault),
    /// The database cannot be reached, or does not let this user in.
    #[error("the database cannot be reached: {0}")]
    NoConnection(String),
    /// The connection to the database was lost, the server ended it, or it does not answer any more. What was acknowledged is safe; whether the last write is there is
    /// seen at the next start. A writer that lost its connection writes no more.
    #[error(
        "the connection to the database was lost, or it does not answer; nothing acknowledged is lost, and nothing more is written: see to \
         the database, then start the node again"
    )]
    Lost,
    /// Somebody else became the writer, or the session is lent to several.
    #[error(
        "this process is not the writer any more: another one has begun, or something between (a pooler in transaction mode) lends one session of \
         the database to several; nothing acknowledged is lost, and nothing more is written: connect to the database itself, then start \
         the node again"
    )]
    NotWriter,
    /// The server follows another one and takes no write.
    #[error(
        "the server only follows another one (it is a replica): give the address of the one that is written to"
    )]
    Replica,
    /// The database cannot keep every text.
    #[error(
        "the database keeps texts as {0}, which has not every letter: make one with `createdb --encoding UTF8 --template template0`"
    )]
    Encoding(String),
    /// Another process is the writer of a shared store.
    #[error("{} writes into it, and was heard {heard} s ago: one process writes at a time", if .who.is_empty() { "another process" } else { .who })]
    Writer {
        /// Who.
        who: String,
        /// How many seconds ago it was heard, by the database's clock.
        heard: u64,
    },
    /// This process reads a shared store into which another writes.
    #[error(
        "this node stands by: it reads, and another one of this member writes; go to that one's desk"
    )]
    Standby,
    /// The database would acknowledge what is not on its disk.
    #[error(
        "the database runs with `{0}`, and would lose what it has acknowledged; nothing is kept in such a one"
    )]
    UnsafeServer(String),
    /// What can be done with a store of one file alone.
    #[error("{0} is done with a store of one file alone")]
    FileAlone(&'static str),
    /// Anything else that the database reports.
    #[error("{0}")]
    Sql(SqlError),
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
    database: Database,
    /// The file itself, once it was frozen: closed after the connection.
    frozen: OnceCell<Arc<File>>,
    /// Where a shared store is.
    address: Option<shared::Address>,
    /// How a shared store's words are told apart and kept.
    words: Option<words::Tokens>,
    /// True where another process writes.
    stands_by: bool,
    /// True once the disk has not confirmed a write.
    is_unsure: Cell<bool>,
    /// How contents lie in the file.
    vault: Vault,
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

const SET_CHECKPOINT: &str = "INSERT INTO checkpoints (log, size, line) VALUES (?1, ?2, ?3)
    ON CONFLICT (log, size) DO UPDATE SET line = ?3";

/// The setting that is another after each change of a content that was there or was missing.
const CONTENTS_CHANGED: &str = "contents changed";

/// The setting that says that bytes which were replaced may still be in a shared store's table.
const REWRITE_DUE: &str = "rewrite due";

/// The setting that names the heads of the last snapshot.
const SNAPSHOT_HEADS: &str = "snapshot heads";

impl Store {
    /// Opens a store, or makes one. It is locked for as long as it is open: two programs on one store would fork its logs.
    ///
    /// # Errors
    /// [`StoreFault::InUse`], [`StoreFault::Writer`], [`StoreFault::Damaged`], [`StoreFault::TooNew`], [`StoreFault::DiskFull`].
    pub fn open(path: &Path, durability: Durability) -> Result<Self, StoreError> {
        if is_shared(path) {
            return Self::open_shared(path, durability, true);
        }
        Self::open_file(path, durability)
    }

    /// Opens a store that is there. One that is damaged, newer or no store is left as it is, byte for byte.
    ///
    /// # Errors
    /// [`StoreFault::Missing`], [`StoreFault::InUse`], [`StoreFault::Writer`], [`StoreFault::Damaged`], [`StoreFault::TooNew`],
    /// [`StoreFault::DiskFull`], [`StoreFault::NotWritten`].
    pub fn open_existing(path: &Path, durability: Durability) -> Result<Self, StoreError> {
        if is_shared(path) {
            return Self::open_shared(path, durability, false);
        }
        Self::open_existing_file(path, durability)
    }

    const fn over(path: PathBuf, database: Database) -> Self {
        Self {
            path,
            database,
            frozen: OnceCell::new(),
            address: None,
            words: None,
            stands_by: false,
            is_unsure: Cell::new(false),
            vault: Vault::Absent,
        }
    }

    /// Makes the tables that are not there, but for those of words.
    fn make_tables(database: &Database) -> Result<(), SqlError> {
        for tables in [TABLES, drafts::TABLES, peers::TABLES, vault::TABLES] {
            database.make_tables(tables)?;
        }
        Ok(())
    }

    fn check_version(&self) -> Result<(), StoreError> {
        // A store is made table by table, its version last: without one, its making was cut short before any record.
        let Some(text) = self.meta("schema")? else {
            return Err(self.damaged("it names no version".to_owned()));
        };
        let version = String::from_utf8_lossy(&text).parse().unwrap_or(u32::MAX);
        if version > SCHEMA_VERSION {
            return Err(self.fault(StoreFault::TooNew(version)));
        }
        Ok(())
    }

    fn fail(&self, error: SqlError) -> StoreError {
        let mut what = match &self.database {
            Database::File(_) => file::fault(error),
            Database::Shared(_) => shared::fault(error),
        };
        if matches!(what, StoreFault::NotSynced | StoreFault::Lost | StoreFault::NotWriter) {
            self.is_unsure.set(true);
            if let Some(connection) = self.database.file() {
                // Refused by SQLite itself, whoever asks. It can be said to an open database at any time.
                let _refused = connection.pragma_update(None, "query_only", true);
            }
        } else if self.is_unsure.get() && matches!(what, StoreFault::NotWritten(_)) {
            what = StoreFault::NotSynced;
        }
        self.fault(what)
    }

    fn fault(&self, what: StoreFault) -> StoreError {
        StoreError { path: self.path.clone(), what }
    }

    /// Returns whether nothing more can be written before the store is opened anew: the disk did not confirm a write, or the connection to
    /// the database is gone.
    #[must_use]
    pub const fn is_unsure(&self) -> bool {
        self.is_unsure.get()
    }

    /// Returns the file's path, or the address of the database.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns a setting.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be read.
    pub fn meta(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let sql = "SELECT value FROM meta WHERE key = ?1";
        self.database.row(sql, values![key], |row| row.get(0)).map_err(|error| self.fail(error))
    }

    /// Keeps a setting.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be written.
    pub fn set_meta(&self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        let done = self.database.execute(SET_META, values![key, value]);
        done.map(drop).map_err(|error| self.fail(error))
    }

    /// Returns the logs, in order of their numbers.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be read.
    pub fn logs(&self) -> Result<Vec<(LogRow, Origin)>, StoreError> {
        let sql = "SELECT id, origin FROM logs ORDER BY id";
        let read = |row: &Row<'_>| Ok((LogRow(row.get(0)?), row.get::<String>(1)?));
        let rows = self.database.rows(sql, &[], read).map_err(|error| self.fail(error))?;
        rows.into_iter()
            .map(|(row, origin)| match Origin::parse(&origin) {
                Ok(origin) => Ok((row, origin)),
                Err(error) => Err(self.damaged(error.to_string())),
            })
            .collect()
    }

    /// Makes the error of a store whose content is not what it was written as.
    pub(crate) fn damaged(&self, what: String) -> StoreError {
        self.fault(StoreFault::Damaged(what))
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
        &self,
        log: &Origin,
        before: &Frontier,
        entries: &[StoredEntry],
        words: &[Option<String>],
        line: Option<&str>,
    ) -> Result<Frontier, StoreError> {
        let entries = self.sealed_entries(log, before.size(), entries)?;
        let words = self.kept_words(words)?;
        let database = &self.database;
        let write = || {
            let row = log_row(database, log)?;
            let last = words::last_entry(database)?;
            let after = insert(database, row, before, &entries)?;
            if words.len() == entries.len() {
                words::follow(database, row, before.size(), &words, last)?;
            }
            if let Some(line) = line {
                let values = values![row.0, integer(after.size()), line];
                database.execute(SET_CHECKPOINT, values)?;
            }
            Ok(after)
        };
        database.transaction(write).map_err(|error| self.fail(error))
    }

    /// Keeps the content of a record that is stored without it, and its words for search. What was kept of the state at some size knows
    /// nothing of it, and is thrown away in the same transaction: the next start folds the records.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be written; then nothing is changed.
    pub(crate) fn set_opening(
        &self,
        log: &Origin,
        index: u64,
        opening: &[u8],
        words: Option<&str>,
    ) -> Result<(), StoreError> {
        let opening = self.sealed_opening(log, index, opening)?;
        let words = words.map(|text| self.kept(text)).transpose()?;
        let database = &self.database;
        let write = || {
            let row = log_row(database, log)?;
            let sql =
                "UPDATE entries SET opening = ?3 WHERE log = ?1 AND idx = ?2 AND opening IS NULL";
            let changed =
                database.execute(sql, values![row.0, integer(index), opening.as_ref()])?;
            if let Some(kept) = words.as_ref().filter(|_| changed > 0) {
                words::add(database, row, index, kept)?;
            }
            self.contents_changed()
        };
        database.transaction(write).map_err(|error| self.fail(error))
    }

    /// Throws away what was kept of the state, which knows nothing of a content that came or went, and tells those who stand by.
    fn contents_changed(&self) -> Result<(), SqlError> {
        self.database.execute("DELETE FROM snapshots", &[])?;
        let mark = crate::keyfile::random::<16>().unwrap_or_default();
        self.database.execute(SET_META, values![CONTENTS_CHANGED, &mark[..]]).map(drop)
    }

    /// Puts what an author's redaction leaves in place of a content, and of its words for search. The bytes that were there are overwritten, in
    /// the file and in what SQLite keeps beside it.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be written: before it is done nothing is changed, afterwards bytes may still be in the
    /// write-ahead log.
    pub(crate) fn replace_opening(
        &self,
        log: &Origin,
        index: u64,
        opening: &[u8],
        words: Option<&str>,
    ) -> Result<(), StoreError> {
        let opening = self.sealed_opening(log, index, opening)?;
        let words = words.map(|text| self.kept(text)).transpose()?;
        let database = &self.database;
        let write = || {
            let row = log_row(database, log)?;
            let sql = "UPDATE entries SET opening = ?3 WHERE log = ?1 AND idx = ?2";
            database.execute(sql, values![row.0, integer(index), opening.as_ref()])?;
            words::replace(database, row, index, words.as_ref())?;
            if self.is_shared() {
                // Where somebody reads the table for long it is left for later.
                database.execute(SET_META, values![REWRITE_DUE, &b"entries"[..]])?;
            }
            // The state as it was kept has the words as well.
            self.contents_changed()
        };
        self.overwriting(|| database.transaction(write)).map_err(|error| self.fail(error))?;
        if self.is_shared() { self.rewrite_due() } else { self.write_anew("entries") }
    }

    /// Writes the records' table of a shared store anew where that is still due.
    ///
    /// # Errors
    /// [`StoreError`]: it stays due.
    pub(crate) fn rewrite_due(&self) -> Result<(), StoreError> {
        // Within a transaction the table is written anew by nobody.
        if !self.is_shared()
            || self.database.is_in_transaction()
            || self.meta(REWRITE_DUE)?.is_none()
        {
            return Ok(());
        }
        self.write_anew("entries")?;
        let done = self.database.execute("DELETE FROM meta WHERE key = ?1", values![REWRITE_DUE]);
        done.map(drop).map_err(|error| self.fail(error))
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
            let row = log_row(&self.database, log)?;
            words::replace(&self.database, row, index, words.as_ref())
        };
        self.database.transaction(write).map_err(|error| self.fail(error))
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
        let sql = "SELECT leaf, opening, signers FROM entries WHERE log = (SELECT id FROM logs WHERE origin = ?1)
                   AND idx >= ?2 ORDER BY idx LIMIT ?3";
        let read = |row: &Row<'_>| {
            Ok(StoredEntry { leaf: row.get(0)?, opening: row.get(1)?, signers: row.get(2)? })
        };
        let values = values![log.as_str(), integer(start), integer(limit)];
        self.database.rows(sql, values, read).map_err(|error| self.fail(error))
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
        let Some(hashes) = self.tile(log, tile_level, first / TILE_WIDTH)? else { return Ok(None) };
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
        let found =
            self.database.row(sql, values![log.as_str(), level, integer(n)], |row| row.get(0));
        found.map_err(|error| self.fail(error))
    }

    /// Returns how many records of a log are stored.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be read.
    pub fn size(&self, log: &Origin) -> Result<u64, StoreError> {
        let sql = "SELECT coalesce(max(idx) + 1, 0) FROM entries WHERE log = (SELECT id FROM logs WHERE origin = ?1)";
        let found = self.database.one::<i64>(sql, values![log.as_str()]);
        found.map(unsigned).map_err(|error| self.fail(error))
    }

    /// Returns the log key's signature line on the checkpoint of a size.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be read.
    pub fn checkpoint_line(&self, log: &Origin, size: u64) -> Result<Option<String>, StoreError> {
        let sql = "SELECT line FROM checkpoints WHERE log = (SELECT id FROM logs WHERE origin = ?1) AND size = ?2";
        let found = self.database.row(sql, values![log.as_str(), integer(size)], |row| row.get(0));
        found.map_err(|error| self.fail(error))
    }

    /// Returns the size of the last checkpoint of a log, and the log key's signature line on it.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be read.
    pub fn last_checkpoint(&self, log: &Origin) -> Result<Option<(u64, String)>, StoreError> {
        let sql =
            "SELECT size, line FROM checkpoints WHERE log = (SELECT id FROM logs WHERE origin = ?1)
                   ORDER BY size DESC LIMIT 1";
        let read = |row: &Row<'_>| Ok((row.count(0)?, row.get(1)?));
        self.database.row(sql, values![log.as_str()], read).map_err(|error| self.fail(error))
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
        let sql = "INSERT INTO checkpoints (log, size, line) SELECT id, ?2, ?3 FROM logs WHERE origin = ?1
                   ON CONFLICT (log, size) DO UPDATE SET line = ?3";
        let done = self.database.execute(sql, values![log.as_str(), integer(size), line]);
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
        let values = values![log.as_str(), integer(size), witness, integer(time), line];
        let done = self.database.execute(sql, values);
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
        let sql = "SELECT witness, line FROM cosignatures WHERE log = (SELECT id FROM logs WHERE origin = ?1)
                   AND size = ?2 ORDER BY time, witness";
        let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
        let found = self.database.rows(sql, values![log.as_str(), integer(size)], read);
        found.map_err(|error| self.fail(error))
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
        let sql = "SELECT size, witness, time, line FROM cosignatures WHERE log = (SELECT id FROM logs WHERE origin = ?1)
                   ORDER BY size DESC, time DESC, id DESC LIMIT ?2";
        let read = |row: &Row<'_>| {
            let (size, time) = (row.count(0)?, row.count(2)?);
            Ok(CosignatureRow { size, witness: row.get(1)?, time, line: row.get(3)? })
        };
        let found = self.database.rows(sql, values![log.as_str(), integer(limit as u64)], read);
        found.map_err(|error| self.fail(error))
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
        let read = |row: &Row<'_>| {
            let (size, time) = (row.count(0)?, row.count(1)?);
            Ok(LastCosigned { size, time, log_line: row.get(2)? })
        };
        let found = self.database.row(sql, values![log.as_str(), witness], read);
        found.map_err(|error| self.fail(error))
    }

    /// Keeps a key that its holder's passphrase locks.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be written.
    pub fn set_key(&self, name: &str, locked: &str) -> Result<(), StoreError> {
        let sql = "INSERT INTO keys VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET locked = ?2";
        let done = self.database.execute(sql, values![name, locked]);
        done.map(drop).map_err(|error| self.fail(error))
    }

    /// Returns the locked keys: name and key file text.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be read.
    pub fn keys(&self) -> Result<Vec<(String, String)>, StoreError> {
        let sql = "SELECT name, locked FROM keys ORDER BY name";
        let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
        self.database.rows(sql, &[], read).map_err(|error| self.fail(error))
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
        let database = &self.database;
        let write = || {
            database.execute("DELETE FROM snapshots", &[])?;
            let sql = "INSERT INTO snapshots (records, bytes) VALUES (?1, ?2)";
            database.execute(sql, values![integer(records), &bytes])?;
            database.execute(SET_META, values![SNAPSHOT_HEADS, heads.as_bytes()]).map(drop)
        };
        database.transaction(write).map_err(|error| self.fail(error))
    }

    /// Returns the last snapshot of the fold.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be read.
    pub fn snapshot(&self) -> Result<Option<Vec<u8>>, StoreError> {
        let sql = "SELECT bytes FROM snapshots ORDER BY id DESC LIMIT 1";
        let row = self.database.row(sql, &[], |row| row.get(0));
        row.map_err(|error| self.fail(error))?
            .map(|bytes| self.open_blob("snapshot", bytes))
            .transpose()
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

    /// Returns all signature lines of the log key on checkpoints of a log, by size.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be read.
    pub(crate) fn checkpoint_lines(&self, log: &Origin) -> Result<Vec<(u64, String)>, StoreError> {
        let sql = "SELECT size, line FROM checkpoints WHERE log = (SELECT id FROM logs WHERE origin = ?1) ORDER BY size";
        let read = |row: &Row<'_>| Ok((row.count(0)?, row.get(1)?));
        self.database.rows(sql, values![log.as_str()], read).map_err(|error| self.fail(error))
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
        let read = |row: &Row<'_>| Ok((row.count(0)?, row.get(1)?, row.get(2)?));
        self.database.rows(sql, values![log.as_str()], read).map_err(|error| self.fail(error))
    }
}

fn log_row(database: &Database, log: &Origin) -> Result<LogRow, SqlError> {
    let find = "SELECT id FROM logs WHERE origin = ?1";
    if let Some(id) = database.row(find, values![log.as_str()], |row| row.get(0))? {
        return Ok(LogRow(id));
    }
    let add = "INSERT INTO logs (origin) VALUES (?1) RETURNING id";
    database.one(add, values![log.as_str()]).map(LogRow)
}

fn insert(
    database: &Database,
    log: LogRow,
    before: &Frontier,
    entries: &[StoredEntry],
) -> Result<Frontier, SqlError> {
    let rows = (before.size()..).zip(entries).map(|(index, entry)| {
        let StoredEntry { leaf, opening, signers } = entry;
        [Value::from(log.0), integer(index).into(), leaf.into(), opening.into(), signers.into()]
    });
    let sql = "INSERT INTO entries (log, idx, leaf, opening, signers)";
    database.insert_all(sql, "", 5, rows)?;
    let mut after = before.clone();
    let mut hashes = Vec::with_capacity(entries.len());
    for entry in entries {
        let leaf = tree::leaf_hash(&entry.leaf);
        after.append(leaf);
        hashes.push(leaf);
    }
    extend_tiles(database, log, 0, before.size(), hashes)?;
    Ok(after)
}

/// Adds hashes at the end of a level's tiles, and the roots of the tiles that become full at the level above.
fn extend_tiles(
    database: &Database,
    log: LogRow,
    level: u32,
    from: u64,
    hashes: Vec<Hash>,
) -> Result<(), SqlError> {
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
            _ => database.one(find, values![log.0, level, integer(tile)])?,
        };
        bytes.truncate(filled * 32);
        let room = usize::try_from(TILE_WIDTH).unwrap_or_default() - filled;
        let (now, later) = rest.split_at(room.min(rest.len()));
        now.iter().for_each(|hash| bytes.extend_from_slice(&hash.0));
        database.execute(put, values![log.0, level, integer(tile), &bytes])?;
        if now.len() == room {
            roots.push(subtree(bytes.as_chunks::<32>().0));
        }
        (tile, filled, rest) = (tile + 1, 0, later);
    }
    extend_tiles(database, log, level + 1, from / TILE_WIDTH, roots)
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

/// A database's integers are signed; sizes and times are far below that.
fn integer(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

fn unsigned(n: i64) -> u64 {
    u64::try_from(n).unwrap_or_default()
}

#[cfg(test)]
mod contract;

#[cfg(test)]
mod tests {
    use super::*;

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
    fn tiles_give_the_same_tree_however_the_records_were_batched() {
        let log = Origin::parse("six-rivers.example/orvessa/1").unwrap();
        let entry = |n: u64| StoredEntry {
            leaf: n.to_be_bytes().to_vec(),
            opening: None,
            signers: String::new(),
        };
        let mut frontiers = Vec::new();
        for batches in [&[700][..], &[1, 255, 256, 188][..], &[300, 300, 100][..]] {
            let mut store = Store::in_memory().unwrap();
            let mut frontier = Frontier::new();
            for batch in batches {
                let from = frontier.size();
                let entries: Vec<StoredEntry> = (from..from + batch).map(entry).collect();
                frontier = store.append(&log, &frontier, &entries, None).unwrap();
            }
            let node = |level, index| store.tree_node(&log, level, index).unwrap();
            assert_eq!(tree::frontier_at(700, &node), Some(frontier.clone()));
            frontiers.push(frontier);
        }
        assert!(frontiers.windows(2).all(|pair| pair[0] == pair[1]));
    }
}
