//! A store that several machines reach: a schema of a PostgreSQL database, of which one process at a time is the writer.
//!
//! The writer is whoever holds the schema's advisory lock, and all that is written goes over the very session that holds it: a session that
//! has ended, for whatever reason, can write nothing, and the lock is free only when the server has ended it. So no writer outlives its
//! lock, and nobody needs to be asked. A session that is lost is never opened again: its process ends, and starts anew.
//!
//! A writer that neither works nor ends (its machine is stopped, its network is cut) keeps its session for as long as the server lets it.
//! Therefore it says every few seconds, over a connection of its own, that it is alive; one that has not for [`SILENT_MAX`] by the
//! database's clock is ended by whoever wants to write (`pg_terminate_backend`). A transaction of it that was open is taken back by that.

mod address;
mod pulse;
mod tls;

pub(super) use address::Address;
pub use address::{AddressFault, is_shared};

use super::sql::{COMMIT, SqlError, Value};
use super::{Durability, StoreFault};
use postgres::error::SqlState;
use postgres::types::{ToSql, Type};
use postgres::{Client, Statement};
use pulse::Pulse;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long a writer may be silent before it is ended by whoever wants to write.
pub const SILENT_MAX: Duration = Duration::from_secs(15);

/// How often it says that it is alive.
const ALIVE_EVERY: Duration = Duration::from_secs(3);

/// How long to wait for the lock of a writer that is just ending, before saying who it is.
const LOCK_WAIT: Duration = Duration::from_millis(500);

/// How long it may take to end a silent writer.
const END_WAIT: Duration = Duration::from_secs(5);

/// Most values of one statement. PostgreSQL takes 65,535.
const VALUES_MAX: usize = 30_000;

/// Prepared statements that a session keeps. Those that are made for one question are not kept.
const STATEMENTS_KEPT: usize = 128;

/// Who writes, and since when it was last heard.
const WRITER: &str = "SELECT who, floor(extract(epoch FROM clock_timestamp() - at))::bigint FROM writer WHERE id = 0";

/// The table of the writer: how many there have been, who it is, when it was last heard.
const WRITER_TABLE: &str = "
CREATE TABLE IF NOT EXISTS writer (
  id BIGINT PRIMARY KEY CHECK (id = 0), term BIGINT NOT NULL, who TEXT NOT NULL, at TIMESTAMPTZ NOT NULL);
";

/// Which session holds the lock of a name. PostgreSQL shows the two halves of its number.
const HOLDER: &str = "FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND pid <> pg_backend_pid()
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND ((classid::bigint << 32) | objid::bigint) = hashtextextended(?1, 0)";

/// What a session's thread does next.
type Job = Box<dyn FnOnce(&mut Link) + Send>;

/// The client and what it keeps, in a thread of its own: it waits for the server by a runtime that cannot be entered from within another.
struct Link {
    client: Client,
    statements: BTreeMap<(String, Vec<u8>), Statement>,
}

/// A session at the server.
pub(crate) struct Session {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    is_in_transaction: Cell<bool>,
    pulse: Option<Pulse>,
    schema: String,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("schema", &self.schema).finish_non_exhaustive()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.pulse.take();
        // Without them the thread ends, and with it the connection and the lock.
        self.jobs.take();
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap_or_default();
        }
    }
}

/// A value on its way to another thread.
#[derive(Debug)]
enum Owned {
    Integer(Option<i64>),
    Text(String),
    Bytes(Option<Vec<u8>>),
}

impl Owned {
    fn of(value: &Value<'_>) -> Self {
        match value {
            Value::Integer(n) => Self::Integer(Some(*n)),
            Value::Maybe(n) => Self::Integer(*n),
            Value::Text(text) => Self::Text((*text).to_owned()),
            Value::Bytes(bytes) => Self::Bytes(bytes.map(<[u8]>::to_vec)),
        }
    }

    fn as_sql(&self) -> &(dyn ToSql + Sync) {
        match self {
            Self::Integer(n) => n,
            Self::Text(text) => text,
            Self::Bytes(bytes) => bytes,
        }
    }

    const fn kind(&self) -> (u8, Type) {
        match self {
            Self::Integer(_) => (b'i', Type::INT8),
            Self::Text(_) => (b't', Type::TEXT),
            Self::Bytes(_) => (b'b', Type::BYTEA),
        }
    }
}

impl Link {
    /// Returns a statement, with the kinds of its values: what stands in a list of columns has none of its own.
    fn prepared(&mut self, sql: &str, values: &[Owned]) -> Result<Statement, postgres::Error> {
        let (kinds, types): (Vec<u8>, Vec<Type>) = values.iter().map(Owned::kind).unzip();
        let key = (sql.to_owned(), kinds);
        if let Some(statement) = self.statements.get(&key) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare_typed(&sql.replace('?', "$"), &types)?;
        if self.statements.len() < STATEMENTS_KEPT {
            self.statements.insert(key, statement.clone());
        }
        Ok(statement)
    }

    fn execute(&mut self, sql: &str, values: &[Owned]) -> Result<u64, postgres::Error> {
        let statement = self.prepared(sql, values)?;
        let values: Vec<_> = values.iter().map(Owned::as_sql).collect();
        self.client.execute(&statement, &values)
    }

    fn execute_once(&mut self, sql: &str, values: &[Owned]) -> Result<u64, postgres::Error> {
        let types: Vec<Type> = values.iter().map(|value| value.kind().1).collect();
        let statement = self.client.prepare_typed(&sql.replace('?', "$"), &types)?;
        let values: Vec<_> = values.iter().map(Owned::as_sql).collect();
        self.client.execute(&statement, &values)
    }

    fn rows(&mut self, sql: &str, values: &[Owned]) -> Result<Vec<postgres::Row>, postgres::Error> {
        let statement = self.prepared(sql, values)?;
        let values: Vec<_> = values.iter().map(Owned::as_sql).collect();
        self.client.query(&statement, &values)
    }
}

impl Session {
    /// Connects, and looks at nothing but the schema.
    pub(super) fn connect(address: &Address) -> Result<Self, StoreFault> {
        let (jobs, waiting) = mpsc::channel::<Job>();
        let (said, heard) = mpsc::sync_channel(1);
        let address = address.clone();
        let schema = address.schema.clone();
        let work = move || match connected(&address) {
            Ok(client) => {
                said.send(Ok(())).unwrap_or_default();
                let mut link = Link { client, statements: BTreeMap::new() };
                while let Ok(job) = waiting.recv() {
                    job(&mut link);
                }
                // A server that is gone hears no farewell.
                let _gone = link.client.close();
            }
            Err(fault) => said.send(Err(fault)).unwrap_or_default(),
        };
        let thread = std::thread::Builder::new().name("postgresql".to_owned()).spawn(work);
        let thread = thread.map_err(StoreFault::File)?;
        let connected = heard.recv().unwrap_or(Err(StoreFault::Lost));
        let session = Self {
            jobs: Some(jobs),
            thread: Some(thread),
            is_in_transaction: Cell::new(false),
            pulse: None,
            schema,
        };
        connected.map(|()| session)
    }

    fn call<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&mut Link) -> Result<T, postgres::Error> + Send + 'static,
    ) -> Result<T, SqlError> {
        let (answer, answered) = mpsc::sync_channel(1);
        let job: Job = Box::new(move |link| {
            // Whoever asked waits for it.
            answer.send(ask(link)).unwrap_or_default();
        });
        let jobs = self.jobs.as_ref().ok_or(SqlError::Gone)?;
        jobs.send(job).map_err(|_| SqlError::Gone)?;
        Ok(answered.recv().map_err(|_| SqlError::Gone)??)
    }

    pub(super) fn execute(&self, sql: &str, values: &[Value<'_>]) -> Result<u64, SqlError> {
        let (sql, values) = (sql.to_owned(), owned(values));
        self.call(move |link| link.execute(&sql, &values))
    }

    pub(super) fn rows(
        &self,
        sql: &str,
        values: &[Value<'_>],
    ) -> Result<Vec<postgres::Row>, SqlError> {
        let (sql, values) = (sql.to_owned(), owned(values));
        self.call(move |link| link.rows(&sql, &values))
    }

    pub(super) fn batch(&self, sql: &str) -> Result<(), SqlError> {
        let sql = sql.to_owned();
        self.call(move |link| link.client.batch_execute(&sql))
    }

    /// Inserts as many rows by one statement as it may have values.
    pub(super) fn insert_all<'v, R: AsRef<[Value<'v>]>>(
        &self,
        insert: &str,
        end: &str,
        columns: usize,
        mut rows: impl Iterator<Item = R>,
    ) -> Result<(), SqlError> {
        loop {
            let mut values = Vec::new();
            for row in rows.by_ref().take(VALUES_MAX / columns.max(1)) {
                values.extend(row.as_ref().iter().map(Owned::of));
            }
            if values.is_empty() {
                return Ok(());
            }
            let count = values.len() / columns.max(1);
            let sql = format!("{insert} VALUES {} {end}", places(columns, count));
            self.call(move |link| match count {
                1 => link.execute(&sql, &values),
                // Each number of rows is a statement of its own: none is kept.
                _ => link.execute_once(&sql, &values),
            })?;
        }
    }

    pub(super) const fn is_in_transaction(&self) -> bool {
        self.is_in_transaction.get()
    }

    pub(super) fn begin(&self) -> Result<(), SqlError> {
        self.batch("BEGIN")?;
        self.is_in_transaction.set(true);
        Ok(())
    }

    /// Ends a transaction: `COMMIT`, which fails where a statement in it did, or `ROLLBACK`.
    pub(super) fn end(&self, sql: &str) -> Result<(), SqlError> {
        if !self.is_in_transaction.replace(false) {
            return Ok(());
        }
        // The server answers `COMMIT` well where a statement before it failed, and takes all back: any other statement tells.
        let ended = self.batch(if sql == COMMIT { "SELECT 1; COMMIT" } else { sql });
        if ended.is_err() {
            // A session that is gone has taken it back already.
            let _gone = self.batch("ROLLBACK");
        }
        ended
    }

    /// Returns whether the schema has a store's tables.
    pub(super) fn has_tables(&self) -> Result<bool, SqlError> {
        let sql = "SELECT count(*) FROM information_schema.tables WHERE table_schema = ?1
                   AND table_name IN ('meta', 'logs', 'entries')";
        let rows = self.rows(sql, &[Value::Text(&self.schema)])?;
        let found: i64 = rows.first().map_or(Ok(0), |row| row.try_get(0))?;
        Ok(found == 3)
    }

    /// Makes the schema, if it is not there, and the table of the writer; returns whether it was not.
    pub(super) fn make_schema(&self) -> Result<bool, SqlError> {
        // Asked first: whoever may use a schema need not be somebody who may make one.
        let sql = "SELECT count(*) FROM pg_namespace WHERE nspname = ?1";
        let rows = self.rows(sql, &[Value::Text(&self.schema)])?;
        let is_new = rows.first().map_or(Ok(0), |row| row.try_get::<_, i64>(0))? == 0;
        if is_new {
            self.batch(&format!("CREATE SCHEMA IF NOT EXISTS \"{}\"", self.schema))?;
        }
        self.batch(WRITER_TABLE)?;
        Ok(is_new)
    }

    /// Takes away a schema that was just made.
    pub(super) fn drop_schema(&self) -> Result<(), SqlError> {
        self.batch(&format!("DROP SCHEMA \"{}\" CASCADE", self.schema))
    }

    /// Begins to read what was there at one moment, until the transaction ends.
    pub(super) fn see_one_moment(&self) -> Result<(), SqlError> {
        self.batch("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT 1 FROM meta LIMIT 1")?;
        self.is_in_transaction.set(true);
        Ok(())
    }

    /// Reads alone, from now on: what would write is refused by the server.
    pub(super) fn read_only(&self) -> Result<(), SqlError> {
        self.batch("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
    }

    /// Says when a write counts as done. A server that lies about it is refused.
    pub(super) fn set_durability(&self, durability: Durability) -> Result<(), StoreFault> {
        let is_full = durability == Durability::Full;
        for setting in ["fsync", "full_page_writes"] {
            let rows = self.rows(&format!("SHOW {setting}"), &[]).map_err(fault)?;
            let value: String = rows.first().map_or_else(String::new, |row| row.get(0));
            if is_full && value != "on" {
                return Err(StoreFault::UnsafeServer(format!("{setting} = {value}")));
            }
        }
        // `on` waits for a synchronous standby as well, where the server has one.
        let setting = if is_full { "on" } else { "off" };
        let rows = self.rows("SHOW synchronous_commit", &[]).map_err(fault)?;
        let stands: String = rows.first().map_or_else(String::new, |row| row.get(0));
        if is_full && stands == "remote_apply" {
            return Ok(());
        }
        self.batch(&format!("SET synchronous_commit TO {setting}")).map_err(fault)
    }

    /// Becomes the writer, or says who is.
    ///
    /// # Errors
    /// [`StoreFault::Writer`].
    pub(super) fn take_lock(&mut self, address: &Address) -> Result<(), StoreFault> {
        let asked = Instant::now();
        while !self.try_lock().map_err(fault)? {
            if asked.elapsed() > LOCK_WAIT {
                let (who, heard) = self.writer().map_err(fault)?.unwrap_or_default();
                if heard <= SILENT_MAX.as_secs() || asked.elapsed() > END_WAIT {
                    return Err(StoreFault::Writer { who, heard });
                }
                tracing::warn!(who, heard, "the writer is silent, and its session is ended");
                self.end_writer().map_err(fault)?;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let term = self.begin_term().map_err(fault)?;
        self.pulse = Some(Pulse::start(address, term));
        Ok(())
    }

    /// The key of the lock: of this program and of this schema.
    fn lock_name(&self) -> String {
        format!("veche:{}", self.schema)
    }

    fn try_lock(&self) -> Result<bool, SqlError> {
        let sql = "SELECT pg_try_advisory_lock(hashtextextended(?1, 0))";
        let rows = self.rows(sql, &[Value::Text(&self.lock_name())])?;
        Ok(rows.first().map_or(Ok(false), |row| row.try_get(0))?)
    }

    /// Returns whether somebody holds the lock.
    pub(super) fn is_locked(&self) -> Result<bool, SqlError> {
        let rows = self.rows(
            &format!("SELECT EXISTS (SELECT 1 {HOLDER})"),
            &[Value::Text(&self.lock_name())],
        )?;
        Ok(rows.first().map_or(Ok(false), |row| row.try_get(0))?)
    }

    /// Ends the session that holds the lock.
    fn end_writer(&self) -> Result<(), SqlError> {
        let sql = format!("SELECT pg_terminate_backend(pid) {HOLDER}");
        self.rows(&sql, &[Value::Text(&self.lock_name())]).map(drop)
    }

    /// Returns who writes and how many seconds ago it was heard. What is there of a writer that has ended in order is its last word.
    pub(super) fn writer(&self) -> Result<Option<(String, u64)>, SqlError> {
        let rows = self.rows("SELECT to_regclass('writer') IS NOT NULL", &[])?;
        if !rows.first().map_or(Ok(false), |row| row.try_get(0))? {
            return Ok(None);
        }
        let rows = self.rows(WRITER, &[])?;
        let Some(row) = rows.first() else { return Ok(None) };
        let heard: i64 = row.try_get(1)?;
        Ok(Some((row.try_get(0)?, u64::try_from(heard).unwrap_or_default())))
    }

    /// Writes itself down as the writer; returns the how manieth it is.
    fn begin_term(&self) -> Result<i64, SqlError> {
        let sql = "INSERT INTO writer VALUES (0, 1, ?1, clock_timestamp())
                   ON CONFLICT (id) DO UPDATE SET term = writer.term + 1, who = ?1, at = clock_timestamp() RETURNING term";
        let rows = self.rows(sql, &[Value::Text(&own_name())])?;
        Ok(rows.first().ok_or(SqlError::Gone)?.try_get(0)?)
    }
}

/// Returns the places of values for so many rows: `(?1, ?2), (?3, ?4)`.
fn places(columns: usize, rows: usize) -> String {
    let mut text = String::new();
    for row in 0..rows {
        let from = row * columns;
        let numbers: Vec<String> = (from + 1..=from + columns).map(|n| format!("?{n}")).collect();
        let comma = if row == 0 { "" } else { ", " };
        // Writing to a string does not fail.
        let _whole = write!(text, "{comma}({})", numbers.join(", "));
    }
    text
}

fn owned(values: &[Value<'_>]) -> Vec<Owned> {
    values.iter().map(Owned::of).collect()
}

/// Opens a connection whose names are those of the schema.
fn connected(address: &Address) -> Result<Client, StoreFault> {
    let config = address.config().map_err(StoreFault::Address)?;
    let mut client = config
        .connect(
            tls::Connector::new(address.authorities.as_deref())
                .map_err(StoreFault::NoConnection)?,
        )
        .map_err(|error| StoreFault::NoConnection(words_of(&error)))?;
    client
        .batch_execute(&format!("SET search_path TO \"{}\"", address.schema))
        .map_err(|error| fault(error.into()))?;
    Ok(client)
}

/// Returns what a process is called before others who would write.
fn own_name() -> String {
    #[cfg(unix)]
    let machine = rustix::system::uname().nodename().to_string_lossy().into_owned();
    #[cfg(not(unix))]
    let machine = "this machine".to_owned();
    format!("process {} on {machine}", std::process::id())
}

/// Returns what the server says, or else why it was not reached: without the words that are the library's own.
pub(super) fn words_of(error: &postgres::Error) -> String {
    if let Some(said) = error.as_db_error() {
        let detail = said.detail().map(|detail| format!(" ({detail})")).unwrap_or_default();
        return format!("{}{detail}", said.message());
    }
    let cause = std::error::Error::source(error).map(ToString::to_string);
    cause.unwrap_or_else(|| error.to_string())
}

/// Sorts what the server says.
pub(super) fn fault(error: SqlError) -> StoreFault {
    let said = match &error {
        SqlError::Shared(said) => said,
        SqlError::Gone => return StoreFault::Lost,
        SqlError::File(_) => return StoreFault::Sql(error),
    };
    match said.code() {
        Some(code) if *code == SqlState::DISK_FULL => StoreFault::DiskFull,
        Some(code) if *code == SqlState::READ_ONLY_SQL_TRANSACTION => StoreFault::Standby,
        Some(code)
            if *code == SqlState::INSUFFICIENT_PRIVILEGE
                || *code == SqlState::INVALID_SCHEMA_NAME =>
        {
            StoreFault::NotWritten(error)
        }
        // 57P: the server ends it; 08: the connection; 25P03: it was idle within a transaction for too long.
        Some(code) if ["57P", "08", "25P03"].iter().any(|begin| code.code().starts_with(begin)) => {
            StoreFault::Lost
        }
        Some(code) if code.code().starts_with("58") => StoreFault::NotWritten(error),
        Some(code) if code.code().starts_with("XX") => StoreFault::Damaged(words_of(said)),
        Some(_) => StoreFault::Sql(error),
        None if said.is_closed() || is_of_connection(said) => StoreFault::Lost,
        None => StoreFault::Sql(error),
    }
}

fn is_of_connection(error: &postgres::Error) -> bool {
    std::error::Error::source(error).is_some_and(|cause| cause.is::<std::io::Error>())
}
