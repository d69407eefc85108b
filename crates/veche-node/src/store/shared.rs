//! A store that several machines reach: a schema of a PostgreSQL database, of which one process at a time is the writer.
//!
//! The writer is whoever holds the schema's advisory lock, and all that is written goes over the very session that holds it: a session that
//! has ended, for whatever reason, can write nothing, and the lock is free only when the server has ended it. So no writer outlives its
//! lock, and nobody needs to be asked. A session that is lost is never opened again: its process ends, and starts anew.
//!
//! A writer that neither works nor ends (its machine is stopped, its network is cut) keeps its session for as long as the server lets it.
//! Therefore it says every few seconds, over a connection of its own, that it is alive; one that has not for [`SILENT_MAX`] by the
//! database's clock is ended by whoever wants to write (`pg_terminate_backend`). A transaction of it that was open is taken back by that.
//!
//! Something between that lends one session of the server to several (a pooler in transaction mode) would let two have the lock. Therefore each
//! transaction of a writer begins by asking whether it still is in the session that holds the lock, and in its own term; the next writer
//! begins another.
//!
//! A server that stands still confirms what is sent to it and never answers. Nobody waits for it longer than [`ANSWER_MAX`]: the session
//! is then given up as if it were lost.

mod address;
mod pulse;
mod tls;

pub(super) use address::Address;
pub use address::{AddressFault, is_shared};

use super::sql::{COMMIT, ROLLBACK, SqlError, Value};
use super::{Durability, StoreFault};
use pulse::Pulse;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, SimpleQueryMessage, Statement};

/// How long a writer may be silent before it is ended by whoever wants to write.
pub const SILENT_MAX: Duration = Duration::from_secs(15);

/// How often it says that it is alive.
const ALIVE_EVERY: Duration = Duration::from_secs(3);

/// How long to wait for the lock of a writer that is just ending, before saying who it is.
const LOCK_WAIT: Duration = Duration::from_millis(500);

/// How long it may take to end a silent writer.
const END_WAIT: Duration = Duration::from_secs(5);

/// How long a server may take to let a session in: all of it, from the first byte on.
const OPEN_MAX: Duration = Duration::from_secs(15);

/// How long a server may take to answer: the node's lock is held meanwhile. What waits for a synchronous standby is among it.
const ANSWER_MAX: Duration = Duration::from_secs(30);

/// How long it may take to write whole tables anew, where nothing else is done meanwhile.
const REWRITE_MAX: Duration = Duration::from_secs(15 * 60);

/// How long whoever rewrites a table waits for those who read it, in PostgreSQL's words: everybody else waits behind.
const REWRITE_LOCK_WAIT: &str = "3s";

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

/// What a session's thread does next; returns whether the session goes on.
type Job = Box<dyn FnOnce(&mut Link) -> bool + Send>;

/// The client and what it keeps, in a thread of its own: it waits for the server by a runtime that cannot be entered from within another.
struct Link {
    runtime: Runtime,
    client: Client,
    statements: BTreeMap<(String, Vec<u8>), Statement>,
    /// How long the server may take to answer.
    patience: Duration,
    /// What a writer asks at the beginning of each transaction.
    fence: Option<String>,
}

/// A session at the server.
pub(crate) struct Session {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    is_in_transaction: Cell<bool>,
    patience: Cell<Duration>,
    /// True once another was found to be the writer: that is told from then on, and not that the session is gone.
    is_fenced: Cell<bool>,
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
    /// Waits for the server's answer, and no longer than it may take.
    fn wait<T>(
        &self,
        answer: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, SqlError> {
        let patience = self.patience;
        let answered =
            self.runtime.block_on(async { tokio::time::timeout(patience, answer).await });
        answered.map_err(|_| SqlError::Silent)?.map_err(SqlError::from)
    }

    fn batch(&self, sql: &str) -> Result<(), SqlError> {
        self.wait(self.client.batch_execute(sql))
    }

    /// Begins a transaction. A writer's is refused where it is not the writer any more.
    fn begin(&self) -> Result<(), SqlError> {
        let Some(fence) = &self.fence else { return self.batch("BEGIN") };
        let said = self
            .wait(self.client.simple_query(fence))
            .inspect_err(|error| self.take_back(error))?;
        let is_yes = |row: &SimpleQueryMessage| matches!(row, SimpleQueryMessage::Row(row) if row.get(0) == Some("t"));
        if said.iter().any(is_yes) { Ok(()) } else { Err(SqlError::Fenced) }
    }

    /// Does what writes: where no transaction goes on, in one of its own, for a writer begins each by asking whether it still is.
    fn write<T>(
        &mut self,
        is_within: bool,
        write: impl FnOnce(&mut Self) -> Result<T, SqlError>,
    ) -> Result<T, SqlError> {
        if is_within || self.fence.is_none() {
            return write(self);
        }
        self.begin()?;
        let done = write(self).and_then(|done| self.batch(COMMIT).map(|()| done));
        done.inspect_err(|error| self.take_back(error))
    }

    /// Takes a transaction back that failed.
    fn take_back(&self, error: &SqlError) {
        // A server that did not answer is not asked again, and a session that is gone has taken it back already.
        if !matches!(error, SqlError::Silent) {
            let _gone = self.batch(ROLLBACK);
        }
    }

    /// Returns a statement, with the kinds of its values: what stands in a list of columns has none of its own.
    fn prepared(&mut self, sql: &str, values: &[Owned]) -> Result<Statement, SqlError> {
        let (kinds, types): (Vec<u8>, Vec<Type>) = values.iter().map(Owned::kind).unzip();
        let key = (sql.to_owned(), kinds);
        if let Some(statement) = self.statements.get(&key) {
            return Ok(statement.clone());
        }
        let statement = self.wait(self.client.prepare_typed(&sql.replace('?', "$"), &types))?;
        if self.statements.len() < STATEMENTS_KEPT {
            self.statements.insert(key, statement.clone());
        }
        Ok(statement)
    }

    fn execute(&mut self, sql: &str, values: &[Owned]) -> Result<u64, SqlError> {
        let statement = self.prepared(sql, values)?;
        let values: Vec<_> = values.iter().map(Owned::as_sql).collect();
        self.wait(self.client.execute(&statement, &values))
    }

    fn execute_once(&self, sql: &str, values: &[Owned]) -> Result<u64, SqlError> {
        let types: Vec<Type> = values.iter().map(|value| value.kind().1).collect();
        let statement = self.wait(self.client.prepare_typed(&sql.replace('?', "$"), &types))?;
        let values: Vec<_> = values.iter().map(Owned::as_sql).collect();
        self.wait(self.client.execute(&statement, &values))
    }

    fn rows(&mut self, sql: &str, values: &[Owned]) -> Result<Vec<tokio_postgres::Row>, SqlError> {
        let statement = self.prepared(sql, values)?;
        let values: Vec<_> = values.iter().map(Owned::as_sql).collect();
        self.wait(self.client.query(&statement, &values))
    }

    /// Ends it: the server finds the connection closed, whether it listens or not.
    fn end(self) {
        drop((self.statements, self.client));
        self.runtime.shutdown_background();
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
            Ok(mut link) => {
                said.send(Ok(())).unwrap_or_default();
                // One that has not answered in time is done with: what comes next would wait as long.
                while waiting.recv().is_ok_and(|job| job(&mut link)) {}
                link.end();
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
            patience: Cell::new(ANSWER_MAX),
            is_fenced: Cell::new(false),
            pulse: None,
            schema,
        };
        connected.map(|()| session)
    }

    fn call<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&mut Link) -> Result<T, SqlError> + Send + 'static,
    ) -> Result<T, SqlError> {
        let (answer, answered) = mpsc::sync_channel(1);
        let patience = self.patience.get();
        let job: Job = Box::new(move |link| {
            link.patience = patience;
            let done = ask(link);
            let goes_on = !matches!(done, Err(SqlError::Silent | SqlError::Fenced));
            // Whoever asked waits for it.
            answer.send(done).unwrap_or_default();
            goes_on
        });
        let gone = || if self.is_fenced.get() { SqlError::Fenced } else { SqlError::Gone };
        let jobs = self.jobs.as_ref().ok_or_else(gone)?;
        jobs.send(job).map_err(|_| gone())?;
        let done = answered.recv().map_err(|_| gone())?;
        self.is_fenced.set(self.is_fenced.get() || matches!(done, Err(SqlError::Fenced)));
        done
    }

    /// Lets a server that does not answer be given up sooner.
    #[cfg(test)]
    pub(crate) fn set_patience(&self, patience: Duration) {
        self.patience.set(patience);
    }

    /// Does something for which the server may take its time. Within it, nothing else of the node is done.
    pub(super) fn patiently<T>(&self, work: impl FnOnce() -> T) -> T {
        let before = self.patience.replace(REWRITE_MAX);
        let done = work();
        self.patience.set(before);
        done
    }

    pub(super) fn execute(&self, sql: &str, values: &[Value<'_>]) -> Result<u64, SqlError> {
        let (sql, values, is_within) = (sql.to_owned(), owned(values), self.is_in_transaction());
        self.call(move |link| link.write(is_within, |link| link.execute(&sql, &values)))
    }

    pub(super) fn rows(
        &self,
        sql: &str,
        values: &[Value<'_>],
    ) -> Result<Vec<tokio_postgres::Row>, SqlError> {
        // What is inserted may have a number to be told.
        let is_read = !sql.trim_start().starts_with("INSERT");
        let is_within = is_read || self.is_in_transaction();
        let (sql, values) = (sql.to_owned(), owned(values));
        self.call(move |link| link.write(is_within, |link| link.rows(&sql, &values)))
    }

    pub(super) fn batch(&self, sql: &str) -> Result<(), SqlError> {
        let sql = sql.to_owned();
        self.call(move |link| link.batch(&sql))
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
            let is_within = self.is_in_transaction();
            let put = move |link: &mut Link| match count {
                1 => link.execute(&sql, &values),
                // Each number of rows is a statement of its own: none is kept.
                _ => link.execute_once(&sql, &values),
            };
            self.call(move |link| link.write(is_within, put))?;
        }
    }

    /// Writes a table anew, so that nothing of what was there before stays in it.
    ///
    /// Whoever reads the table is waited for, and everybody else waits behind: not for long.
    pub(super) fn rewrite(&self, table: &str) -> Result<(), SqlError> {
        self.batch(&format!("SET lock_timeout TO '{REWRITE_LOCK_WAIT}'"))?;
        let done = self.patiently(|| self.batch(&format!("VACUUM (FULL) {table}")));
        self.batch("SET lock_timeout TO 0")?;
        done
    }

    pub(super) const fn is_in_transaction(&self) -> bool {
        self.is_in_transaction.get()
    }

    pub(super) fn begin(&self) -> Result<(), SqlError> {
        self.call(|link| link.begin())?;
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
            let _gone = self.batch(ROLLBACK);
        }
        ended
    }

    /// Returns whether the schema has a store's tables.
    pub(super) fn has_tables(&self) -> Result<bool, SqlError> {
        // Not from `information_schema`, which is silent about what a user has no rights to.
        let sql = "SELECT count(*) FROM pg_catalog.pg_tables WHERE schemaname = ?1
                   AND tablename IN ('meta', 'logs', 'entries')";
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
        let (session, term) = self.begin_term().map_err(fault)?.ok_or(StoreFault::NotWriter)?;
        let fence = format!(
            "BEGIN; SELECT pg_backend_pid() = {session} AND EXISTS (SELECT 1 FROM writer WHERE id = 0 AND term = {term})"
        );
        let set = move |link: &mut Link| {
            link.fence = Some(fence);
            Ok(())
        };
        self.call(set).map_err(fault)?;
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

    /// Ends the session that holds the lock, if its writer still is silent: another may have come meanwhile.
    fn end_writer(&self) -> Result<(), SqlError> {
        let sql = format!(
            "SELECT pg_terminate_backend(pid) {HOLDER} AND EXISTS (SELECT 1 FROM writer WHERE id = 0
             AND at < clock_timestamp() - make_interval(secs => {}))",
            SILENT_MAX.as_secs()
        );
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

    /// Writes itself down as the writer; returns which session it is and the how manieth writer. `None`: this very session does not hold the
    /// lock, as where something between lends another to each statement.
    fn begin_term(&self) -> Result<Option<(i64, i64)>, SqlError> {
        let sql = "INSERT INTO writer SELECT 0, 1, ?1, clock_timestamp() WHERE EXISTS (SELECT 1 FROM pg_locks
                   WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND pid = pg_backend_pid()
                   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                   AND ((classid::bigint << 32) | objid::bigint) = hashtextextended(?2, 0))
                   ON CONFLICT (id) DO UPDATE SET term = writer.term + 1, who = ?1, at = clock_timestamp()
                   RETURNING pg_backend_pid()::bigint, term";
        let rows = self.rows(sql, &[Value::Text(&own_name()), Value::Text(&self.lock_name())])?;
        let Some(row) = rows.first() else { return Ok(None) };
        Ok(Some((row.try_get(0)?, row.try_get(1)?)))
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

/// What is asked of a server before anything else: names are those of the schema, no limit of time that a user or a database has by default
/// counts (one on statements lets a commit that waits for a synchronous standby count as done), and what it is.
fn opening(schema: &str) -> String {
    format!(
        "SET search_path TO \"{schema}\"; SELECT set_config(name, '0', false) FROM pg_catalog.pg_settings WHERE name IN ('statement_timeout',
         'lock_timeout', 'idle_session_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout');
         SELECT pg_is_in_recovery(), current_setting('server_encoding')"
    )
}

/// Opens a connection whose names are those of the schema.
fn connected(address: &Address) -> Result<Link, StoreFault> {
    let config = address.config().map_err(StoreFault::Address)?;
    let tls =
        tls::Connector::new(address.authorities.as_deref()).map_err(StoreFault::NoConnection)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(StoreFault::File)?;
    let opened = async {
        let unreached = |error: tokio_postgres::Error| StoreFault::NoConnection(words_of(&error));
        let (client, connection) = config.connect(tls).await.map_err(unreached)?;
        // What it says at its end, whoever waits for an answer is told.
        tokio::spawn(async move { connection.await.unwrap_or_default() });
        let said = client.simple_query(&opening(&address.schema)).await;
        check_server(&said.map_err(|error| fault(error.into()))?)?;
        Ok(client)
    };
    let opened = runtime.block_on(async { tokio::time::timeout(OPEN_MAX, opened).await });
    let client = opened.unwrap_or_else(|_| {
        let seconds = OPEN_MAX.as_secs();
        Err(StoreFault::NoConnection(format!("it has not answered for {seconds} s")))
    });
    match client {
        Ok(client) => {
            let statements = BTreeMap::new();
            Ok(Link { runtime, client, statements, patience: ANSWER_MAX, fence: None })
        }
        Err(fault) => {
            // A name that is still looked up is waited for by nobody.
            runtime.shutdown_background();
            Err(fault)
        }
    }
}

/// Refuses a server that follows another one, and one that cannot keep every text.
fn check_server(said: &[SimpleQueryMessage]) -> Result<(), StoreFault> {
    let rows = said.iter().filter_map(|said| {
        let SimpleQueryMessage::Row(row) = said else { return None };
        (row.len() == 2).then_some(row)
    });
    let Some(row) = rows.last() else { return Err(StoreFault::Lost) };
    if row.get(0) != Some("f") {
        return Err(StoreFault::Replica);
    }
    match row.get(1) {
        Some("UTF8") => Ok(()),
        other => Err(StoreFault::Encoding(other.unwrap_or_default().to_owned())),
    }
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
pub(super) fn words_of(error: &tokio_postgres::Error) -> String {
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
        SqlError::Gone | SqlError::Silent => return StoreFault::Lost,
        SqlError::Fenced => return StoreFault::NotWriter,
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

fn is_of_connection(error: &tokio_postgres::Error) -> bool {
    std::error::Error::source(error).is_some_and(|cause| cause.is::<std::io::Error>())
}
