//! A store in one file: SQLite, whose lock on the file lets one process have it.

use super::copy::copy_shared;
use super::shared::Session;
use super::sql::{Database, SqlError};
use super::{Durability, SCHEMA_OF_NEW, Store, StoreError, StoreFault, words};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, ffi};
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Shortest file that can be a database, in bytes: SQLite's smallest page.
const FILE_LEN_MIN: u64 = 512;

/// How long to wait for another process that holds the store, before saying so.
const BUSY_WAIT: Duration = Duration::from_millis(500);

/// Pages in the write-ahead log after which SQLite moves them into the file: its own default.
const CHECKPOINT_PAGES: u32 = 1000;

/// Prepared statements that a store keeps: all that it has, so that none is compiled twice.
const STATEMENTS_KEPT: usize = 64;

/// A store at one moment.
#[derive(Debug)]
pub(crate) enum Frozen {
    /// The file of a store that nothing is written into for now.
    File {
        /// The file, to be read from its beginning.
        file: Arc<File>,
        /// How many bytes of it are the store.
        len: u64,
    },
    /// A session that sees a shared store as it was when the session began to.
    Shared(Box<Database>),
}

impl Frozen {
    /// Writes the store as it was into a new file. `out`: that file, made for its owner alone.
    ///
    /// # Errors
    /// [`io::Error`], [`StoreError`]; what is in the file is then no store.
    pub(crate) fn write<E: From<io::Error> + From<StoreError>>(
        &self,
        path: &Path,
        mut out: File,
    ) -> Result<(), E> {
        match self {
            Self::File { file, len } => {
                let mut from = &**file;
                from.seek(SeekFrom::Start(0))?;
                let copied = io::copy(&mut from.take(*len), &mut out)?;
                if copied == *len {
                    return Ok(());
                }
                let said = format!("{copied} bytes of {len}");
                Err(io::Error::new(io::ErrorKind::UnexpectedEof, said).into())
            }
            Self::Shared(database) => {
                drop(out);
                let copy = Store::open_file(path, Durability::Full)?;
                copy_shared(database, &copy)?;
                Ok(copy.close()?)
            }
        }
    }
}

/// Takes the private keys out of a copy of a store, unless they are to stay, and what was deleted before in either case.
///
/// # Errors
/// [`StoreError`] if the copy is no store or cannot be written.
pub(crate) fn leave_out(file: &Path, with_keys: bool) -> Result<(), StoreError> {
    let fail =
        |error: rusqlite::Error| StoreError { path: file.to_owned(), what: fault(error.into()) };
    let copy = Connection::open(file).map_err(fail)?;
    // Alone with it, so that no memory is shared by way of a file beside it.
    copy.pragma_update(None, "locking_mode", "EXCLUSIVE").map_err(fail)?;
    // Written anew afterwards: what is deleted stays in a file's free pages.
    let sql = if with_keys { "VACUUM;" } else { "DELETE FROM keys; VACUUM;" };
    copy.execute_batch(sql).map_err(fail)?;
    copy.close().map_err(|(_, error)| fail(error))
}

/// Makes an empty file for its owner alone, where none is; SQLite gives what it keeps beside one the same rights.
fn make_private(path: &Path) -> io::Result<()> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        Ok(_) | Err(_) => Ok(()),
    }
}

impl Store {
    /// Opens a file, or makes one. It is locked for as long as it is open.
    pub(super) fn open_file(path: &Path, durability: Durability) -> Result<Self, StoreError> {
        if len(path) > 0 || len(&wal(path)) > 0 {
            return Self::open_existing_file(path, durability);
        }
        let fail = |error| StoreError { path: path.to_owned(), what: fault(error) };
        make_private(path)
            .map_err(|error| StoreError { path: path.to_owned(), what: StoreFault::File(error) })?;
        let connection = Connection::open(path).map_err(|error| fail(error.into()))?;
        let database = Self::prepared(connection, durability).map_err(fail)?;
        let store = Self::over(path.to_owned(), database);
        store.set_meta("schema", SCHEMA_OF_NEW)?;
        Ok(store)
    }

    /// Opens a file that is there. One that is damaged, newer or no store is left as it is, byte for byte.
    ///
    /// After an end out of order, which leaves a write-ahead log, all of the file is looked through first; after one in
    /// order its length is compared with what it says of itself. What neither finds, [`crate::fsck`] does.
    pub(super) fn open_existing_file(
        path: &Path,
        durability: Durability,
    ) -> Result<Self, StoreError> {
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
        let opened = || {
            let connection = Connection::open_with_flags(path, flags)?;
            // Till it is known to be whole, closing it must not move the write-ahead log into the file.
            keep_as_it_is(&connection, true)?;
            connection.busy_timeout(BUSY_WAIT)?;
            connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
            Ok::<_, SqlError>(connection)
        };
        let mut store = Self::over(path.to_owned(), Database::File(opened().map_err(fail)?));
        store.check_tables()?;
        store.check_version()?;
        if ended_in_order {
            store.check_len()?;
        } else {
            store.check_pages("quick_check")?;
        }
        store.find_vault()?;
        if let Some(connection) = store.database.file() {
            keep_as_it_is(connection, false).map_err(|error| fail(error.into()))?;
        }
        Self::prepare(&store.database, durability).map_err(fail)?;
        if !ended_in_order && durability == Durability::Full {
            // What a process that was killed had written and not synced is read here, and shown to others next: a power cut must not take it.
            store.move_into_file()?;
        }
        Ok(store)
    }

    /// Opens a store that lives in memory: for exercises that nobody keeps.
    ///
    /// # Errors
    /// [`StoreFault::Sql`] if there is no memory for it.
    pub fn in_memory() -> Result<Self, StoreError> {
        let path = PathBuf::from(":memory:");
        let fail = |error| StoreError { path: path.clone(), what: fault(error) };
        let connection = Connection::open_in_memory().map_err(|error| fail(error.into()))?;
        let database = Self::prepared(connection, Durability::Exercise).map_err(fail)?;
        Ok(Self::over(path, database))
    }

    fn prepared(connection: Connection, durability: Durability) -> Result<Database, SqlError> {
        let database = Database::File(connection);
        Self::prepare(&database, durability)?;
        Ok(database)
    }

    fn prepare(database: &Database, durability: Durability) -> Result<(), SqlError> {
        let Some(connection) = database.file() else { return Ok(()) };
        connection.busy_timeout(BUSY_WAIT)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        let synchronous = match durability {
            Durability::Full => "FULL",
            Durability::Exercise => "OFF",
        };
        connection.pragma_update(None, "synchronous", synchronous)?;
        Self::make_tables(database)?;
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
            let read = self.database.one::<i64>(&format!("PRAGMA {name}"), &[]);
            read.map(super::unsigned).map_err(|error| self.fail(error))
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
        let found: i64 = self.database.one(sql, &[]).map_err(|error| self.fail(error))?;
        if found == 3 { Ok(()) } else { Err(self.damaged("it has no table of records".to_owned())) }
    }

    /// Lets the store grow by so many pages and no further, or as far as the disk lets it: what is beyond is refused as on a full disk.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be read.
    pub fn limit_growth(&self, pages: Option<u32>) -> Result<(), StoreError> {
        let connection = self.file_alone("a limit of pages")?;
        let read = || {
            let held: i64 = connection.query_row("PRAGMA page_count", [], |row| row.get(0))?;
            let limit = pages.map_or(i64::from(u32::MAX) - 1, |pages| held + i64::from(pages));
            connection.query_row(&format!("PRAGMA max_page_count = {limit}"), [], |_| Ok(()))
        };
        read().map_err(|error: rusqlite::Error| self.fail(error.into()))
    }

    /// Returns SQLite's connection, or says that what is asked is done with a file alone.
    fn file_alone(&self, what: &'static str) -> Result<&Connection, StoreError> {
        self.database.file().ok_or_else(|| self.fault(StoreFault::FileAlone(what)))
    }

    /// Does what puts other bytes in place of some; those that were there are overwritten, as far as the database can say so.
    pub(super) fn overwriting(
        &self,
        write: impl FnOnce() -> Result<(), SqlError>,
    ) -> Result<(), SqlError> {
        let Some(connection) = self.database.file() else { return write() };
        connection.pragma_update(None, "secure_delete", true)?;
        let done = write();
        connection.pragma_update(None, "secure_delete", false)?;
        done
    }

    /// Lets what was overwritten or removed be nowhere in the database's own files any more: SQLite has it in the log beside the file,
    /// PostgreSQL in the table until that is written anew. Neither reaches copies that were made before, nor a server's archive of its log.
    pub(super) fn write_anew(&self, table: &str) -> Result<(), StoreError> {
        match &self.database {
            Database::File(_) => self.move_into_file(),
            Database::Shared(session) => {
                // Within the making of a store nothing was there before.
                if session.is_in_transaction() {
                    return Ok(());
                }
                session.rewrite(table).map_err(|error| self.fail(error))
            }
        }
    }

    /// Freezes the store's file: all that was written is in it, and what is appended from now on goes into the write-ahead log beside it,
    /// until [`Self::thaw`]. The file can be copied meanwhile, at leisure, and the copy is the store as it is now. A shared store is not held up:
    /// a session of its own sees it as it is now.
    ///
    /// # Errors
    /// [`StoreError`] if the file cannot be written or opened; nothing is frozen then.
    pub(crate) fn freeze(&self) -> Result<Frozen, StoreError> {
        if let Some(address) = &self.address {
            let session = Session::connect(address).map_err(|what| self.fault(what))?;
            session.see_one_moment().map_err(|error| self.fail(error))?;
            return Ok(Frozen::Shared(Box::new(Database::Shared(session))));
        }
        let moved = || {
            let is_busy: bool = self.database.one("PRAGMA wal_checkpoint(TRUNCATE)", &[])?;
            let pages: i64 = self.database.one("PRAGMA page_count", &[])?;
            let size: i64 = self.database.one("PRAGMA page_size", &[])?;
            Ok((is_busy, super::unsigned(pages * size)))
        };
        let (is_busy, len) = moved().map_err(|error| self.fail(error))?;
        if is_busy {
            return Err(self.fault(StoreFault::InUse));
        }
        let file = match self.frozen.get() {
            Some(file) => Arc::clone(file),
            None => {
                let file = File::open(&self.path);
                let file = file.map_err(|error| self.damaged(error.to_string()))?;
                // Kept for as long as the store is open: closing any handle of a file gives up the process's lock on it (POSIX), and
                // another program could then open the store.
                Arc::clone(self.frozen.get_or_init(|| Arc::new(file)))
            }
        };
        self.checkpoint_after(0)?;
        Ok(Frozen::File { file, len })
    }

    /// Ends a freeze.
    ///
    /// # Errors
    /// [`StoreError`]: the write-ahead log goes on growing until the store is closed.
    pub(crate) fn thaw(&self) -> Result<(), StoreError> {
        self.checkpoint_after(CHECKPOINT_PAGES)
    }

    fn checkpoint_after(&self, pages: u32) -> Result<(), StoreError> {
        if self.database.file().is_none() {
            return Ok(());
        }
        let set = self.database.one::<i64>(&format!("PRAGMA wal_autocheckpoint = {pages}"), &[]);
        set.map(drop).map_err(|error| self.fail(error))
    }

    /// Asks SQLite whether the file is whole. PostgreSQL looks at the pages that it reads, where the server has checksums; what is in them
    /// [`crate::fsck`] checks itself.
    ///
    /// # Errors
    /// [`StoreFault::Damaged`] with SQLite's words.
    pub fn check_file(&self) -> Result<(), StoreError> {
        if self.database.file().is_none() {
            return Ok(());
        }
        self.check_pages("integrity_check")
    }

    fn check_pages(&self, check: &str) -> Result<(), StoreError> {
        let said: String = self
            .database
            .one(&format!("PRAGMA {check}(1)"), &[])
            .map_err(|error| self.fail(error))?;
        if said == "ok" { Ok(()) } else { Err(self.damaged(said.replace('\n', " "))) }
    }
}

/// Says whether closing a database may move its write-ahead log into the file.
fn keep_as_it_is(connection: &Connection, is_kept: bool) -> Result<(), rusqlite::Error> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, is_kept).map(drop)
}

/// Returns where SQLite keeps what it has not yet moved into a file.
pub(super) fn wal(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    PathBuf::from(name)
}

/// Returns the length of a file; one that is not there has none.
pub(super) fn len(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |file| file.len())
}

/// Sorts what SQLite says.
pub(super) fn fault(error: SqlError) -> StoreFault {
    let SqlError::File(said) = &error else { return StoreFault::Sql(error) };
    match said.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreFault::InUse,
        Some(ErrorCode::DiskFull) => StoreFault::DiskFull,
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            StoreFault::NotWritten(error)
        }
        Some(ErrorCode::SystemIoFailure) => fault_of_system(error),
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            StoreFault::Damaged(said.to_string())
        }
        _ => StoreFault::Sql(error),
    }
}

/// Tells apart at what the system failed.
fn fault_of_system(error: SqlError) -> StoreFault {
    let SqlError::File(said) = &error else { return StoreFault::Sql(error) };
    match said.sqlite_error().map(|said| said.extended_code) {
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
