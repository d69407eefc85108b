//! What a store asks of a database, in the SQL that SQLite and PostgreSQL have in common.
//!
//! One text serves both: values are `?1`, what is there already is `ON CONFLICT`, a new number is `RETURNING`. Tables are written for SQLite
//! and read by PostgreSQL in [`shared_form`]. What only one of the two has (SQLite's index of words, the lock on its file) is not asked here.

use super::shared::Session;
use rusqlite::types::{FromSql as FromFile, ToSql, ToSqlOutput, ValueRef};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use tokio_postgres::types::FromSql as FromShared;

/// What a database says against a statement.
#[derive(Debug, thiserror::Error)]
pub enum SqlError {
    /// SQLite.
    #[error(transparent)]
    File(#[from] rusqlite::Error),
    /// PostgreSQL: what the server says, and nothing else of the statement.
    #[error("{}", super::shared::words_of(.0))]
    Shared(#[from] tokio_postgres::Error),
    /// The connection to the server is gone.
    #[error("the connection to the database is gone")]
    Gone,
    /// The server has not answered for longer than it may take.
    #[error("the database does not answer")]
    Silent,
    /// This session is not the writer's any more.
    #[error("this session is not the writer's any more")]
    Fenced,
}

/// A value that goes into a statement.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Value<'a> {
    Integer(i64),
    Text(&'a str),
    Bytes(Option<&'a [u8]>),
    /// A number, or none.
    Maybe(Option<i64>),
}

impl From<Option<i64>> for Value<'_> {
    fn from(n: Option<i64>) -> Self {
        Self::Maybe(n)
    }
}

impl From<i64> for Value<'_> {
    fn from(n: i64) -> Self {
        Self::Integer(n)
    }
}

impl From<u32> for Value<'_> {
    fn from(n: u32) -> Self {
        Self::Integer(n.into())
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Bytes(Some(bytes))
    }
}

impl<'a> From<&'a Vec<u8>> for Value<'a> {
    fn from(bytes: &'a Vec<u8>) -> Self {
        Self::Bytes(Some(bytes))
    }
}

impl<'a> From<&'a Option<Vec<u8>>> for Value<'a> {
    fn from(bytes: &'a Option<Vec<u8>>) -> Self {
        Self::Bytes(bytes.as_deref())
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Integer(n) | Self::Maybe(Some(n)) => ValueRef::Integer(*n),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(Some(bytes)) => ValueRef::Blob(bytes),
            Self::Bytes(None) | Self::Maybe(None) => ValueRef::Null,
        }))
    }
}

/// Values in the order of a statement's numbers.
macro_rules! values {
    ($($value:expr),* $(,)?) => { &[$($crate::store::sql::Value::from($value)),*] };
}
pub(crate) use values;

/// What a column can be read as.
pub(crate) trait Column: FromFile + for<'a> FromShared<'a> {}

impl<T: FromFile + for<'a> FromShared<'a>> Column for T {}

/// A row of an answer.
pub(crate) enum Row<'r> {
    File(&'r rusqlite::Row<'r>),
    Shared(&'r tokio_postgres::Row),
}

impl Row<'_> {
    /// Returns a column, by number from 0.
    pub(crate) fn get<T: Column>(&self, column: usize) -> Result<T, SqlError> {
        match self {
            Self::File(row) => Ok(row.get(column)?),
            Self::Shared(row) => Ok(row.try_get(column)?),
        }
    }

    /// Returns a column's bytes. SQLite keeps what it was given, and some programs gave it a text or a number.
    pub(crate) fn bytes(&self, column: usize) -> Result<Option<Vec<u8>>, SqlError> {
        match self {
            Self::File(row) => match row.get_ref(column)? {
                ValueRef::Integer(n) => Ok(Some(n.to_string().into_bytes())),
                held @ (ValueRef::Null
                | ValueRef::Real(_)
                | ValueRef::Text(_)
                | ValueRef::Blob(_)) => {
                    let held = held.as_bytes_or_null().map_err(rusqlite::Error::from)?;
                    Ok(held.map(<[u8]>::to_vec))
                }
            },
            Self::Shared(row) => Ok(row.try_get(column)?),
        }
    }

    /// Returns a column that counts something.
    pub(crate) fn count(&self, column: usize) -> Result<u64, SqlError> {
        Ok(u64::try_from(self.get::<i64>(column)?).unwrap_or_default())
    }
}

/// How a transaction ends.
pub(crate) const COMMIT: &str = "COMMIT";
pub(crate) const ROLLBACK: &str = "ROLLBACK";

/// The database under a store.
#[derive(Debug)]
pub(crate) enum Database {
    /// One file, or memory: SQLite.
    File(rusqlite::Connection),
    /// PostgreSQL, which several machines reach.
    Shared(Session),
}

impl Database {
    /// Returns SQLite's connection, for what it alone can do.
    pub(crate) const fn file(&self) -> Option<&rusqlite::Connection> {
        match self {
            Self::File(connection) => Some(connection),
            Self::Shared(_) => None,
        }
    }

    /// Does a statement; returns how many rows it changed.
    pub(crate) fn execute(&self, sql: &str, values: &[Value<'_>]) -> Result<u64, SqlError> {
        match self {
            Self::File(connection) => {
                let values = rusqlite::params_from_iter(values);
                Ok(connection.prepare_cached(sql)?.execute(values)? as u64)
            }
            Self::Shared(session) => session.execute(sql, values),
        }
    }

    /// Does `insert`, a statement that ends before `VALUES`, for each of many rows of so many columns, and `end` after the values.
    pub(crate) fn insert_all<'v, R: AsRef<[Value<'v>]>>(
        &self,
        insert: &str,
        end: &str,
        columns: usize,
        rows: impl Iterator<Item = R>,
    ) -> Result<(), SqlError> {
        match self {
            Self::File(connection) => {
                let numbers: Vec<String> = (1..=columns).map(|n| format!("?{n}")).collect();
                let sql = format!("{insert} VALUES ({}) {end}", numbers.join(", "));
                let mut statement = connection.prepare_cached(&sql)?;
                for row in rows {
                    statement.execute(rusqlite::params_from_iter(row.as_ref()))?;
                }
                Ok(())
            }
            Self::Shared(session) => session.insert_all(insert, end, columns, rows),
        }
    }

    /// Returns what `read` makes of each row of the answer.
    pub(crate) fn rows<T>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        read: impl Fn(&Row<'_>) -> Result<T, SqlError>,
    ) -> Result<Vec<T>, SqlError> {
        match self {
            Self::File(connection) => {
                let mut statement = connection.prepare_cached(sql)?;
                let mut rows = statement.query(rusqlite::params_from_iter(values))?;
                let mut all = Vec::new();
                while let Some(row) = rows.next()? {
                    all.push(read(&Row::File(row))?);
                }
                Ok(all)
            }
            Self::Shared(session) => {
                session.rows(sql, values)?.iter().map(|row| read(&Row::Shared(row))).collect()
            }
        }
    }

    /// Returns what `read` makes of the first row of the answer.
    pub(crate) fn row<T>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        read: impl Fn(&Row<'_>) -> Result<T, SqlError>,
    ) -> Result<Option<T>, SqlError> {
        match self {
            Self::File(connection) => {
                let mut statement = connection.prepare_cached(sql)?;
                let mut rows = statement.query(rusqlite::params_from_iter(values))?;
                rows.next()?.map(|row| read(&Row::File(row))).transpose()
            }
            Self::Shared(session) => {
                let rows = session.rows(sql, values)?;
                rows.first().map(|row| read(&Row::Shared(row))).transpose()
            }
        }
    }

    /// Returns the first column of the first row of the answer, which has one.
    pub(crate) fn one<T: Column>(&self, sql: &str, values: &[Value<'_>]) -> Result<T, SqlError> {
        let found = self.row(sql, values, |row| row.get(0))?;
        found.ok_or_else(|| rusqlite::Error::QueryReturnedNoRows.into())
    }

    /// Does something for which the database may take its time, and nothing else is done meanwhile.
    pub(crate) fn patiently<T>(&self, work: impl FnOnce() -> T) -> T {
        match self {
            Self::File(_) => work(),
            Self::Shared(session) => session.patiently(work),
        }
    }

    /// Does several statements, without values.
    pub(crate) fn batch(&self, sql: &str) -> Result<(), SqlError> {
        match self {
            Self::File(connection) => Ok(connection.execute_batch(sql)?),
            Self::Shared(session) => session.batch(sql),
        }
    }

    /// Makes tables that are not there.
    pub(crate) fn make_tables(&self, sql: &str) -> Result<(), SqlError> {
        match self {
            Self::File(_) => self.batch(sql),
            Self::Shared(_) => self.batch(&shared_form(sql)),
        }
    }

    /// Does all of it or nothing. Within another it is a part of that.
    pub(crate) fn transaction<T, E: From<SqlError>>(
        &self,
        write: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        if self.is_in_transaction() {
            return write();
        }
        self.begin()?;
        // Left open, it would take up what is written next, and nothing of that would ever be done.
        let done = catch_unwind(AssertUnwindSafe(write));
        let done = done.map(|done| done.and_then(|done| Ok(self.end(COMMIT).map(|()| done)?)));
        if !matches!(done, Ok(Ok(_))) {
            // What took it back already says that there is none.
            let _gone = self.end(ROLLBACK);
        }
        done.unwrap_or_else(|panic| resume_unwind(panic))
    }

    /// Does all of it, or, where it returns no `true`, nothing of it, and goes on with the transaction around it.
    pub(crate) fn attempt(
        &self,
        write: impl FnOnce() -> Result<bool, SqlError>,
    ) -> Result<(), SqlError> {
        self.batch("SAVEPOINT attempt")?;
        match write() {
            Ok(true) => self.batch("RELEASE attempt"),
            Ok(false) | Err(_) => self.batch("ROLLBACK TO attempt; RELEASE attempt"),
        }
    }

    pub(crate) fn is_in_transaction(&self) -> bool {
        match self {
            Self::File(connection) => !connection.is_autocommit(),
            Self::Shared(session) => session.is_in_transaction(),
        }
    }

    /// Begins a transaction, for what is not one call.
    pub(crate) fn begin(&self) -> Result<(), SqlError> {
        match self {
            Self::File(_) => self.batch("BEGIN"),
            Self::Shared(session) => session.begin(),
        }
    }

    /// Ends it: `COMMIT` or `ROLLBACK`.
    pub(crate) fn end(&self, sql: &str) -> Result<(), SqlError> {
        match self {
            Self::File(_) => self.batch(sql),
            Self::Shared(session) => session.end(sql),
        }
    }
}

/// Returns the tables of SQLite's text as PostgreSQL writes them. Texts are put in order by their bytes, as SQLite does, whatever language the
/// database was made for.
fn shared_form(sql: &str) -> String {
    const NUMBERED: &str = "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY";
    sql.replace("INTEGER PRIMARY KEY AUTOINCREMENT", NUMBERED)
        .replace("INTEGER PRIMARY KEY", NUMBERED)
        .replace("INTEGER", "BIGINT")
        .replace(" TEXT", " TEXT COLLATE \"C\"")
        .replace("BLOB", "BYTEA")
        .replace(" WITHOUT ROWID", "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_read_by_postgresql_in_its_own_words() {
        assert_eq!(
            shared_form(
                "CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, n INTEGER, b BLOB, t TEXT NOT NULL) WITHOUT ROWID;"
            ),
            "CREATE TABLE IF NOT EXISTS t (id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, n BIGINT, b BYTEA, t TEXT COLLATE \"C\" NOT NULL);"
        );
    }
}
