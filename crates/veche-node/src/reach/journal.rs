//! What a plan has done, in a small file beside the store: a restart goes on where it was, and `veche contact` reads it while the
//! node runs. Beside a store in a database it is a schema of its own there, so that the machine that takes over tells nobody twice.

use super::matter::MatterId;
use super::message::Secret;
use super::plan::{Acknowledged, Attempt, By, Errand, Fact, Stage};
use crate::store::is_shared;
use crate::store::sql::{Database, Row, SqlError, values};
use crate::store::{StoreError, open_beside, shown};
use rusqlite::{Connection, OpenFlags};
use std::path::{Path, PathBuf};
use std::time::Duration;
use veche_ledger::{Hash, PartyId, Seconds, UnixSeconds};

/// The version of the tables.
const VERSION: i64 = 1;
/// How the schema is called that is beside a store's.
const SUFFIX: &str = "_reach";
/// How long to wait for another program that writes.
const BUSY_WAIT: Duration = Duration::from_secs(2);
/// For so long what is over is kept.
const KEPT_FOR: Seconds = Seconds::hours(24 * 90);

/// What went wrong with a journal, and which.
#[derive(Debug, thiserror::Error)]
#[error("journal `{path}`: {what}")]
pub struct JournalError {
    /// The file.
    pub path: PathBuf,
    /// What went wrong.
    pub what: JournalFault,
}

/// What went wrong with a journal.
#[derive(Debug, thiserror::Error)]
pub enum JournalFault {
    /// There is none: no node has reached anybody yet.
    #[error("it does not exist: `veche node run --reach FILE` makes it")]
    Missing,
    /// It is of a newer program.
    #[error("it has version {0}, this program reads version {VERSION}; use a newer program")]
    TooNew(i64),
    /// A row is not of the form.
    #[error("it is damaged: {0}; moved away, a new one is made, and what waits is told anew")]
    Damaged(String),
    /// The database cannot be reached.
    #[error("{}", .0.what)]
    Shared(StoreError),
    /// What the database reports.
    #[error("{0}")]
    Sql(#[from] SqlError),
}

/// The open journal.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    database: Database,
}

const TABLES: &str = "
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS matters (
  id TEXT PRIMARY KEY, title TEXT NOT NULL, opened INTEGER NOT NULL, over INTEGER);
CREATE TABLE IF NOT EXISTS asked (
  id INTEGER PRIMARY KEY, matter TEXT NOT NULL, person TEXT NOT NULL, at INTEGER NOT NULL, UNIQUE (matter, person));
CREATE TABLE IF NOT EXISTS tries (
  matter TEXT NOT NULL, person TEXT NOT NULL, channel TEXT NOT NULL, count INTEGER NOT NULL, at INTEGER NOT NULL,
  stage TEXT NOT NULL, again INTEGER, said TEXT NOT NULL, PRIMARY KEY (matter, person, channel));
CREATE TABLE IF NOT EXISTS acknowledged (
  matter TEXT PRIMARY KEY, who TEXT NOT NULL, way TEXT NOT NULL, at INTEGER NOT NULL);
";

impl Journal {
    /// Opens a journal, or makes one that its owner alone may read.
    ///
    /// `fresh`: 32 random bytes, for one that is made.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn open(path: &Path, fresh: [u8; 32]) -> Result<Self, JournalError> {
        let opened = || {
            if is_shared(path) {
                return open_beside(path, SUFFIX, true).map_err(JournalFault::Shared);
            }
            own(path).map_err(|error| {
                JournalFault::Damaged(format!("it cannot be made for its owner alone: {error}"))
            })?;
            let connection = Connection::open(path).map_err(SqlError::from)?;
            prepare(&connection).map_err(SqlError::from)?;
            Ok(Database::File(connection))
        };
        let make = || {
            let database = opened()?;
            database.make_tables(TABLES)?;
            let set = "INSERT INTO meta VALUES (?1, ?2) ON CONFLICT (key) DO NOTHING";
            database.execute(set, values!["version", VERSION.to_string().as_bytes()])?;
            database.execute(set, values!["secret", fresh.as_slice()])?;
            Ok(database)
        };
        let path = shown(path);
        let database = make().map_err(|what| JournalError { path: path.clone(), what })?;
        let journal = Self { path, database };
        journal.check_version()?;
        Ok(journal)
    }

    /// Opens a journal that is there.
    ///
    /// # Errors
    /// [`JournalFault::Missing`], and as [`Self::open`].
    pub fn open_existing(path: &Path) -> Result<Self, JournalError> {
        let opened = || {
            if is_shared(path) {
                let database = open_beside(path, SUFFIX, false).map_err(JournalFault::Shared)?;
                let is_there: bool =
                    database.one("SELECT to_regclass('matters') IS NOT NULL", &[])?;
                return if is_there { Ok(database) } else { Err(JournalFault::Missing) };
            }
            if !path.is_file() {
                return Err(JournalFault::Missing);
            }
            let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let connection = Connection::open_with_flags(path, flags).map_err(SqlError::from)?;
            prepare(&connection).map_err(SqlError::from)?;
            Ok(Database::File(connection))
        };
        let path = shown(path);
        let database = opened().map_err(|what| JournalError { path: path.clone(), what })?;
        let journal = Self { path, database };
        journal.check_version()?;
        Ok(journal)
    }

    fn check_version(&self) -> Result<(), JournalError> {
        let text = self.meta("version")?.and_then(|bytes| String::from_utf8(bytes).ok());
        let version = text.and_then(|text| text.parse().ok());
        let version = version
            .ok_or_else(|| self.fail(JournalFault::Damaged("it names no version".to_owned())))?;
        if version > VERSION { Err(self.fail(JournalFault::TooNew(version))) } else { Ok(()) }
    }

    fn meta(&self, key: &str) -> Result<Option<Vec<u8>>, JournalError> {
        let sql = "SELECT value FROM meta WHERE key = ?1";
        let found = self.database.row(sql, values![key], |row| row.bytes(0));
        Ok(found.map_err(|error| self.fail(error.into()))?.flatten())
    }

    fn fail(&self, what: JournalFault) -> JournalError {
        JournalError { path: self.path.clone(), what }
    }

    /// Returns what keys and links are made from.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn secret(&self) -> Result<Secret, JournalError> {
        let bytes = self.meta("secret")?.unwrap_or_default();
        let secret = <[u8; 32]>::try_from(bytes.as_slice());
        secret.map(Secret).map_err(|_| self.fail(JournalFault::Damaged("its secret".to_owned())))
    }

    /// Keeps a copy of the node's charter and of whose it is.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn set_context(&self, charter: &str, party: &PartyId) -> Result<(), JournalError> {
        let set = "INSERT INTO meta VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2";
        for (key, value) in [("charter", charter), ("party", party.as_str())] {
            let done = self.database.execute(set, values![key, value.as_bytes()]);
            done.map_err(|error| self.fail(error.into()))?;
        }
        Ok(())
    }

    /// Returns the text of the node's charter and whose node it is, if it was kept.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn context(&self) -> Result<Option<(String, PartyId)>, JournalError> {
        let read = |key: &str| {
            let text = self.meta(key)?.map(String::from_utf8).transpose();
            text.map_err(|_| self.fail(JournalFault::Damaged(format!("its {key} is no text"))))
        };
        let party = read("party")?.and_then(|party| PartyId::parse(&party).ok());
        Ok(read("charter")?.zip(party))
    }

    /// Keeps facts: all of them are on the disk, or none.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn keep(&mut self, facts: &[Fact]) -> Result<(), JournalError> {
        if facts.is_empty() {
            return Ok(());
        }
        let write = || facts.iter().try_for_each(|fact| write(&self.database, fact));
        self.database.transaction(write).map_err(|error: SqlError| self.fail(error.into()))
    }

    /// Keeps an acknowledgement that comes from outside the node; false if there was one before. A matter that nobody was told of
    /// is refused.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn acknowledge(&mut self, id: MatterId, how: &Acknowledged) -> Result<bool, JournalError> {
        let sql = "INSERT INTO acknowledged SELECT id, ?2, ?3, ?4 FROM matters WHERE id = ?1 ON CONFLICT DO NOTHING";
        let id = id.0.to_string();
        let row = values![&id, &how.who, how.by.word(), signed(how.at)];
        let changed = self.database.execute(sql, row).map_err(|e| self.fail(e.into()))?;
        Ok(changed == 1)
    }

    /// Returns all acknowledgements, of which the plan may not know some yet.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn acknowledged(&self) -> Result<Vec<Fact>, JournalError> {
        let sql = "SELECT matter, who, way, at FROM acknowledged ORDER BY at, matter";
        self.rows(sql, |row| {
            let (id, way): (String, String) = (row.get(0)?, row.get(2)?);
            let (who, at) = (row.get(1)?, unsigned(row.get(3)?));
            Ok(named(&id).zip(By::parse(&way)).map(|(matter, by)| Fact::Acknowledged {
                matter,
                how: Acknowledged { who, by, at },
            }))
        })
    }

    /// Returns all facts that are kept, in an order in which they make the plan.
    ///
    /// # Errors
    /// [`JournalError`]; [`JournalFault::Damaged`] if a row is not of the form.
    pub fn facts(&self) -> Result<Vec<Fact>, JournalError> {
        let mut facts = self.matters(false)?;
        let sql = "SELECT matter, person, at FROM asked ORDER BY id";
        facts.extend(self.rows(sql, |row| {
            let (id, person, at): (String, _, _) =
                (row.get(0)?, row.get(1)?, unsigned(row.get(2)?));
            Ok(named(&id).map(|matter| Fact::Asked { matter, person, at }))
        })?);
        let sql = "SELECT matter, person, channel, count, at, stage, again, said FROM tries";
        facts.extend(self.rows(sql, tried)?);
        facts.extend(self.acknowledged()?);
        facts.extend(self.matters(true)?);
        Ok(facts)
    }

    fn matters(&self, over: bool) -> Result<Vec<Fact>, JournalError> {
        let sql = "SELECT id, title, opened, over FROM matters WHERE over IS NOT NULL OR ?1 ORDER BY opened, id";
        let sql = if over { sql.replace("OR ?1", "") } else { sql.replace("?1", "TRUE") };
        self.rows(&sql, |row| {
            let (id, ended): (String, Option<i64>) = (row.get(0)?, row.get(3)?);
            let (title, at) = (row.get(1)?, unsigned(row.get(2)?));
            Ok(named(&id).map(|matter| match ended.filter(|_| over) {
                Some(ended) => Fact::Over { matter, at: unsigned(ended) },
                None => Fact::Opened { matter, title, at },
            }))
        })
    }

    fn rows(
        &self,
        sql: &str,
        read: impl Fn(&Row<'_>) -> Result<Option<Fact>, SqlError>,
    ) -> Result<Vec<Fact>, JournalError> {
        let rows = self.database.rows(sql, &[], read).map_err(|error| self.fail(error.into()))?;
        let damaged = || self.fail(JournalFault::Damaged("a row is not of the form".to_owned()));
        rows.into_iter().map(|row| row.ok_or_else(damaged)).collect()
    }

    /// Forgets what has long been over.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn forget(&mut self, now: UnixSeconds) -> Result<(), JournalError> {
        let before = signed(now - KEPT_FOR);
        let old = "(SELECT id FROM matters WHERE over < ?1)";
        for table in ["tries", "asked", "acknowledged"] {
            let sql = format!("DELETE FROM {table} WHERE matter IN {old}");
            self.database.execute(&sql, values![before]).map_err(|e| self.fail(e.into()))?;
        }
        let sql = "DELETE FROM matters WHERE over < ?1";
        self.database.execute(sql, values![before]).map(drop).map_err(|e| self.fail(e.into()))
    }

    /// Returns the matter whose name begins so, if there is exactly one.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn find(&self, prefix: &str) -> Result<Option<MatterId>, JournalError> {
        if prefix.is_empty() || !prefix.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Ok(None);
        }
        let sql = "SELECT min(id) FROM matters WHERE substr(id, 1, CAST(?2 AS INTEGER)) = ?1 HAVING count(*) = 1";
        let len = i64::try_from(prefix.len()).unwrap_or(i64::MAX);
        let found = self.database.row(sql, values![prefix, len], |row| row.get::<String>(0));
        let found = found.map_err(|error| self.fail(error.into()))?;
        Ok(found.as_deref().and_then(named))
    }
}

/// Makes an empty file that its owner alone may read, before anything secret is in it.
fn own(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

fn prepare(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.busy_timeout(BUSY_WAIT)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")
}

fn write(to: &Database, fact: &Fact) -> Result<(), SqlError> {
    match fact {
        Fact::Opened { matter, title, at } => {
            let sql = "INSERT INTO matters VALUES (?1, ?2, ?3, NULL) ON CONFLICT (id) DO UPDATE SET title = ?2, over = NULL";
            to.execute(sql, values![&matter.0.to_string(), title, signed(*at)])?;
        }
        Fact::Asked { matter, person, at } => {
            let sql =
                "INSERT INTO asked (matter, person, at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
            to.execute(sql, values![&matter.0.to_string(), person, signed(*at)])?;
        }
        Fact::Tried { errand, attempt } => {
            let (stage, again) = match attempt.stage {
                Stage::Begun => ("begun", None),
                Stage::Delivered => ("delivered", None),
                Stage::Later(at) => ("later", Some(signed(at))),
                Stage::Failed => ("failed", None),
            };
            let sql = "INSERT INTO tries VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (matter, person, channel) DO UPDATE \
                       SET count = ?4, at = ?5, stage = ?6, again = ?7, said = ?8";
            let (matter, at) = (errand.matter.0.to_string(), signed(attempt.at));
            let Errand { person, channel, .. } = errand;
            let (count, said) = (attempt.count, &attempt.said);
            to.execute(sql, values![&matter, person, channel, count, at, stage, again, said])?;
        }
        Fact::Acknowledged { matter, how } => {
            let sql = "INSERT INTO acknowledged VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";
            let matter = matter.0.to_string();
            to.execute(sql, values![&matter, &how.who, how.by.word(), signed(how.at)])?;
        }
        Fact::Over { matter, at } => {
            let sql = "UPDATE matters SET over = ?2 WHERE id = ?1";
            to.execute(sql, values![&matter.0.to_string(), signed(*at)])?;
        }
    }
    Ok(())
}

fn tried(row: &Row<'_>) -> Result<Option<Fact>, SqlError> {
    let (id, stage): (String, String) = (row.get(0)?, row.get(5)?);
    let again: Option<i64> = row.get(6)?;
    let stage = match (stage.as_str(), again) {
        ("begun", None) => Stage::Begun,
        ("delivered", None) => Stage::Delivered,
        ("later", Some(at)) => Stage::Later(unsigned(at)),
        ("failed", None) => Stage::Failed,
        _ => return Ok(None),
    };
    let Some(matter) = named(&id) else { return Ok(None) };
    let errand = Errand { matter, person: row.get(1)?, channel: row.get(2)? };
    let count = u32::try_from(row.count(3)?).unwrap_or(u32::MAX);
    let at = unsigned(row.get(4)?);
    Ok(Some(Fact::Tried { errand, attempt: Attempt { count, at, stage, said: row.get(7)? } }))
}

fn named(text: &str) -> Option<MatterId> {
    Hash::parse(text).ok().map(MatterId)
}

fn signed(at: UnixSeconds) -> i64 {
    i64::try_from(at.0).unwrap_or(i64::MAX)
}

fn unsigned(at: i64) -> UnixSeconds {
    UnixSeconds(u64::try_from(at).unwrap_or_default())
}
