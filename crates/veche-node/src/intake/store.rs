//! Feeds, what was taken from them, and the bytes as they were fetched: one SQLite file in a folder of its own (`formats/intake.md`).

use super::feed::{Address, Feed, FeedName, Health, Seal};
use super::plan::CLAIM;
use super::read::{DateFlag, Draft};
use rusqlite::{Connection, OptionalExtension as _, Row, TransactionBehavior, params};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use veche_exchange::news::time::Told;
use veche_ledger::{Seconds, UnixSeconds};

/// The version of the tables.
const VERSION: i64 = 1;

/// The file within its folder.
const FILE: &str = "feeds.db";

/// How long to wait for another program that writes: a node and a command may use one store.
const BUSY_WAIT: Duration = Duration::from_secs(10);

/// How hard bytes are packed.
const LEVEL: i32 = 6;

/// Longest body that is unpacked again, in bytes.
const BODY_LEN_MAX: usize = 64 * 1024 * 1024;

/// What went wrong with a store of feeds, and which.
#[derive(Debug, thiserror::Error)]
#[error("store of feeds `{}`: {what}", .path.display())]
pub struct StoreError {
    /// The folder.
    pub path: PathBuf,
    /// What went wrong.
    pub what: StoreFault,
}

/// What went wrong with a store of feeds.
#[derive(Debug, thiserror::Error)]
pub enum StoreFault {
    /// There is none.
    #[error("there is none: `veche feed add` makes it")]
    Missing,
    /// The folder.
    #[error("its folder cannot be made: {0}")]
    Folder(std::io::Error),
    /// It is of a newer program.
    #[error("it has version {0}, this program reads version {VERSION}; use a newer program")]
    TooNew(i64),
    /// A feed that is there already.
    #[error("it has a feed `{0}` already")]
    Taken(String),
    /// No such feed.
    #[error("it has no feed `{0}`")]
    Unknown(String),
    /// A row is not of the form.
    #[error("it is damaged: {0}")]
    Damaged(String),
    /// What SQLite reports.
    #[error("{0}")]
    Sqlite(#[from] rusqlite::Error),
}

const TABLES: &str = "
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS feeds (
  name TEXT PRIMARY KEY, kind TEXT NOT NULL, address TEXT NOT NULL, language TEXT NOT NULL, publisher TEXT NOT NULL,
  licence TEXT NOT NULL, label TEXT NOT NULL, every INTEGER NOT NULL, pages INTEGER NOT NULL, private INTEGER NOT NULL,
  enabled INTEGER NOT NULL, tried INTEGER, good INTEGER, error TEXT NOT NULL, failures INTEGER NOT NULL,
  due INTEGER NOT NULL, new INTEGER NOT NULL, total INTEGER NOT NULL, tag TEXT NOT NULL, modified TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS claims (feed TEXT PRIMARY KEY, until INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS bodies (hash BLOB PRIMARY KEY, len INTEGER NOT NULL, zstd BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS items (
  id INTEGER PRIMARY KEY, feed TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, seen INTEGER NOT NULL,
  link TEXT NOT NULL, title TEXT, published INTEGER NOT NULL, exact INTEGER NOT NULL, flag TEXT, text TEXT NOT NULL,
  said BLOB NOT NULL, text_hash BLOB NOT NULL, body BLOB NOT NULL, page BLOB, UNIQUE (feed, key, version));
CREATE INDEX IF NOT EXISTS items_by_text ON items (text_hash);
CREATE TABLE IF NOT EXISTS robots (origin TEXT PRIMARY KEY, at INTEGER NOT NULL, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS files (
  feed TEXT NOT NULL, name TEXT NOT NULL, len INTEGER NOT NULL, changed INTEGER NOT NULL, taken INTEGER NOT NULL,
  PRIMARY KEY (feed, name));
";

const FEED_COLUMNS: &str = "name, kind, address, language, publisher, licence, label, every, pages, private, enabled, \
     tried, good, error, failures, due, new, total, tag, modified";

/// What a file of a folder looked like when it was seen last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Its length, in bytes.
    pub len: u64,
    /// When it was changed, in nanoseconds since 1970.
    pub changed: i64,
    /// Whether it was taken as it was then.
    pub is_taken: bool,
}

/// An item as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its number within the store: later ones have higher ones.
    pub id: i64,
    /// The feed.
    pub feed: String,
    /// What its feed calls it.
    pub key: String,
    /// 1, or more for an item that has changed.
    pub version: u32,
    /// When it was fetched.
    pub seen: UnixSeconds,
    /// Where it can be read; empty if that is not known.
    pub link: String,
    /// Its title.
    pub title: Option<String>,
    /// When it was published.
    pub published: Told,
    /// What is wrong with its date.
    pub flag: Option<DateFlag>,
    /// Its text.
    pub text: String,
    /// The hash of the bytes in which it came.
    pub body: Vec<u8>,
    /// The hash of its page, if that was fetched.
    pub page: Option<Vec<u8>>,
    /// Other feeds with the same text, in the order in which they brought it.
    pub carriers: Vec<String>,
}

impl Kept {
    /// Returns what a coder is to call it: its address, or else its feed and what that calls it; from the second version on with its number.
    #[must_use]
    pub fn document(&self) -> String {
        let is_address = |text: &str| text.starts_with("https://") || text.starts_with("http://");
        let name = match (is_address(&self.key), self.link.is_empty()) {
            (true, _) => self.key.clone(),
            (false, false) => self.link.clone(),
            (false, true) => format!("{} {}", self.feed, self.key),
        };
        if self.version > 1 { format!("{name} version {}", self.version) } else { name }
    }
}

/// What is asked of items.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Of this feed alone.
    pub feed: Option<String>,
    /// Fetched at this time or later.
    pub since: UnixSeconds,
    /// With a higher number than this.
    pub after: i64,
    /// With no higher number than this.
    pub up_to: Option<i64>,
    /// At most so many.
    pub most: Option<u32>,
}

/// What became of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Became {
    /// It is new.
    New,
    /// It is a further version of one that is known.
    Changed,
    /// It is known, but its page could not be read yet.
    Waiting,
    /// It is known.
    Known,
}

/// The hash of what a feed says of an item: title and text, whatever their blanks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said([u8; 32]);

impl Said {
    /// Of an item that is kept as a whole.
    #[must_use]
    pub fn whole(draft: &Draft) -> Self {
        Self::of("", draft)
    }

    /// Of an item that is kept without its page, which could not be read yet.
    #[must_use]
    pub fn waiting(draft: &Draft) -> Self {
        Self::of("page waits\n", draft)
    }

    fn of(front: &str, draft: &Draft) -> Self {
        let title = draft.title.as_deref().unwrap_or_default();
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        Self(Sha256::digest(format!("{front}{}\n{}", words(title), words(&draft.text))).into())
    }
}

/// The open store.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    connection: Connection,
}

impl Store {
    /// Opens a store, or makes one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let make = || {
            std::fs::create_dir_all(folder).map_err(StoreFault::Folder)?;
            let connection = Connection::open(folder.join(FILE))?;
            connection.busy_timeout(BUSY_WAIT)?;
            connection.pragma_update(None, "journal_mode", "WAL")?;
            connection.pragma_update(None, "synchronous", "NORMAL")?;
            connection.execute_batch(TABLES)?;
            let set = "INSERT INTO meta VALUES ('version', ?1) ON CONFLICT (key) DO NOTHING";
            connection.execute(set, [VERSION])?;
            let sql = "SELECT value FROM meta WHERE key = 'version'";
            let version: i64 = connection.query_row(sql, [], |row| row.get(0))?;
            if version > VERSION { Err(StoreFault::TooNew(version)) } else { Ok(connection) }
        };
        let connection = make().map_err(|what| StoreError { path: folder.to_owned(), what })?;
        Ok(Self { path: folder.to_owned(), connection })
    }

    /// Opens a store that is there.
    ///
    /// # Errors
    /// [`StoreFault::Missing`], and as [`Self::open`].
    pub fn open_existing(folder: &Path) -> Result<Self, StoreError> {
        if !folder.join(FILE).is_file() {
            return Err(StoreError { path: folder.to_owned(), what: StoreFault::Missing });
        }
        Self::open(folder)
    }

    fn fail(&self, what: impl Into<StoreFault>) -> StoreError {
        StoreError { path: self.path.clone(), what: what.into() }
    }

    /// Adds a feed.
    ///
    /// # Errors
    /// [`StoreFault::Taken`].
    pub fn add(&self, feed: &Feed) -> Result<(), StoreError> {
        let sql = "INSERT INTO feeds VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, NULL, NULL, '', 0, 0, 0, 0, '', '') \
             ON CONFLICT (name) DO NOTHING";
        let written = self.connection.execute(
            sql,
            params![
                feed.name.as_str(),
                feed.address.kind(),
                feed.address.to_string(),
                feed.language,
                feed.publisher,
                feed.licence,
                feed.label,
                signed(feed.every.0),
                feed.has_pages,
                feed.may_be_private,
                feed.is_enabled,
            ],
        );
        match written.map_err(|error| self.fail(error))? {
            0 => Err(self.fail(StoreFault::Taken(feed.name.to_string()))),
            _ => Ok(()),
        }
    }

    /// Returns all feeds, by name.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn feeds(&self) -> Result<Vec<Feed>, StoreError> {
        let read = || {
            let sql = format!("SELECT {FEED_COLUMNS} FROM feeds ORDER BY name");
            let mut statement = self.connection.prepare_cached(&sql)?;
            let rows = statement.query_map([], feed_of)?;
            rows.collect::<Result<Vec<_>, _>>()
        };
        let rows = read().map_err(|error| self.fail(error))?;
        rows.into_iter()
            .map(|row| row.map_err(|what| self.fail(StoreFault::Damaged(what))))
            .collect()
    }

    /// Returns a feed.
    ///
    /// # Errors
    /// [`StoreFault::Unknown`].
    pub fn feed(&self, name: &str) -> Result<Feed, StoreError> {
        let found = self.feeds()?.into_iter().find(|feed| feed.name.as_str() == name);
        found.ok_or_else(|| self.fail(StoreFault::Unknown(name.to_owned())))
    }

    /// Enables or disables a feed; one that is enabled is due at once.
    ///
    /// # Errors
    /// [`StoreFault::Unknown`].
    pub fn enable(&self, name: &str, is_enabled: bool) -> Result<(), StoreError> {
        let sql = "UPDATE feeds SET enabled = ?2, due = due * (1 - ?2), failures = failures * (1 - ?2) WHERE name = ?1";
        self.of_one(name, sql, &[&name, &is_enabled])
    }

    /// Takes a feed off the list. What was taken from it stays.
    ///
    /// # Errors
    /// [`StoreFault::Unknown`].
    pub fn remove(&self, name: &str) -> Result<(), StoreError> {
        self.of_one(name, "DELETE FROM feeds WHERE name = ?1", &[&name])?;
        self.release(name)
    }

    fn of_one(
        &self,
        name: &str,
        sql: &str,
        values: &[&dyn rusqlite::ToSql],
    ) -> Result<(), StoreError> {
        match self.connection.execute(sql, values).map_err(|error| self.fail(error))? {
            0 => Err(self.fail(StoreFault::Unknown(name.to_owned()))),
            _ => Ok(()),
        }
    }

    /// Takes a feed for this program alone, for as long as a look at it may take. Returns false if another program has it, or has looked at it since
    /// this one read when it is due.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn claim(&self, feed: &Feed, now: UnixSeconds) -> Result<bool, StoreError> {
        let sql = "INSERT INTO claims SELECT name, ?2 FROM feeds WHERE name = ?1 AND due = ?3 \
             ON CONFLICT (feed) DO UPDATE SET until = ?2 WHERE until <= ?4";
        let until = signed((now + CLAIM).0);
        let due = signed(feed.health.due_at.0);
        let values = params![feed.name.as_str(), until, due, signed(now.0)];
        let claimed = self.connection.execute(sql, values).map_err(|error| self.fail(error))?;
        Ok(claimed == 1)
    }

    /// Lets a feed go that was taken with [`Self::claim`].
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn release(&self, name: &str) -> Result<(), StoreError> {
        let done = self.connection.execute("DELETE FROM claims WHERE feed = ?1", [name]);
        done.map(drop).map_err(|error| self.fail(error))
    }

    /// Keeps how a feed has fared, and lets it go. `is_gone`: it is looked at no more.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn keep_health(
        &self,
        name: &str,
        health: &Health,
        is_gone: bool,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE feeds SET tried = ?2, good = ?3, error = ?4, failures = ?5, due = ?6, new = ?7, total = ?8, \
             tag = ?9, modified = ?10, enabled = enabled * (1 - ?11) WHERE name = ?1";
        let values = params![
            name,
            health.tried_at.map(|at| signed(at.0)),
            health.good_at.map(|at| signed(at.0)),
            health.error,
            health.failures,
            signed(health.due_at.0),
            signed(health.new),
            signed(health.total),
            health.seal.tag,
            health.seal.modified,
            is_gone,
        ];
        self.together(|store| {
            // A feed that was removed meanwhile has no health.
            store.connection.execute(sql, values).map_err(|error| store.fail(error))?;
            store.release(name)
        })
    }

    /// Keeps bytes as they were fetched, once, and returns their SHA-256.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn keep_body(&self, bytes: &[u8]) -> Result<[u8; 32], StoreError> {
        let hash: [u8; 32] = Sha256::digest(bytes).into();
        let packed = zstd::bulk::compress(bytes, LEVEL)
            .map_err(|error| self.fail(StoreFault::Damaged(error.to_string())))?;
        let sql = "INSERT INTO bodies VALUES (?1, ?2, ?3) ON CONFLICT (hash) DO NOTHING";
        let values = params![hash.as_slice(), signed(bytes.len() as u64), packed];
        self.connection.execute(sql, values).map_err(|error| self.fail(error))?;
        Ok(hash)
    }

    /// Returns bytes as they were fetched.
    ///
    /// # Errors
    /// [`StoreFault::Damaged`] if they are not what their hash says.
    pub fn body(&self, hash: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let sql = "SELECT zstd FROM bodies WHERE hash = ?1";
        let found = self.connection.query_row(sql, [hash], |row| row.get::<_, Vec<u8>>(0));
        let Some(packed) = found.optional().map_err(|error| self.fail(error))? else {
            return Ok(None);
        };
        let damaged = |what: String| self.fail(StoreFault::Damaged(what));
        let bytes = zstd::bulk::decompress(&packed, BODY_LEN_MAX)
            .map_err(|error| damaged(error.to_string()))?;
        if Sha256::digest(&bytes).as_slice() != hash {
            return Err(damaged("bytes are not what their hash says".to_owned()));
        }
        Ok(Some(bytes))
    }

    /// Returns what is known of a document by what its feed says of it: its page may say more.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn standing(&self, feed: &str, draft: &Draft) -> Result<Became, StoreError> {
        let sql =
            "SELECT said FROM items WHERE feed = ?1 AND key = ?2 ORDER BY version DESC LIMIT 1";
        let found = self
            .connection
            .query_row(sql, params![feed, draft.key], |row| row.get::<_, Vec<u8>>(0))
            .optional()
            .map_err(|error| self.fail(error))?;
        Ok(match found {
            None => Became::New,
            Some(said) if said == Said::whole(draft).0 => Became::Known,
            Some(said) if said == Said::waiting(draft).0 => Became::Waiting,
            Some(_) => Became::Changed,
        })
    }

    /// Keeps a document, unless its latest version is of what its feed says now: another program was faster. Returns whether it did.
    /// `said`: what its feed says of it; `draft`: the same, or with the text of its page.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn keep(
        &self,
        feed: &str,
        said: Said,
        draft: &Draft,
        now: UnixSeconds,
        body: &[u8],
        page: Option<&[u8]>,
    ) -> Result<bool, StoreError> {
        let sql = "INSERT INTO items SELECT NULL, ?1, ?2, last + 1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13 \
             FROM (SELECT coalesce(max(version), 0) AS last FROM items WHERE feed = ?1 AND key = ?2) \
             WHERE NOT EXISTS (SELECT 1 FROM items WHERE feed = ?1 AND key = ?2 AND version = last AND said = ?10)";
        let text = draft.text_hash(feed);
        let values = params![
            feed,
            draft.key,
            signed(now.0),
            draft.link,
            draft.title,
            signed(draft.published.at.0),
            draft.published.is_exact,
            draft.flag.map(DateFlag::word),
            draft.text,
            said.0.as_slice(),
            text.as_slice(),
            body,
            page,
        ];
        let kept = self.connection.execute(sql, values).map_err(|error| self.fail(error))?;
        Ok(kept == 1)
    }

    /// Notes that a document whose page was waited for is whole as it is kept.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn settle(&self, feed: &str, draft: &Draft) -> Result<(), StoreError> {
        let sql = "UPDATE items SET said = ?4 WHERE feed = ?1 AND key = ?2 AND said = ?3";
        let (before, after) = (Said::waiting(draft).0, Said::whole(draft).0);
        let values = params![feed, draft.key, before.as_slice(), after.as_slice()];
        self.connection.execute(sql, values).map(drop).map_err(|error| self.fail(error))
    }

    /// Tells items in the order in which they came, the latest version of each, and what other feeds carry too once. `each` returns false where
    /// nobody reads on.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn items(
        &self,
        wanted: &Wanted,
        mut each: impl FnMut(Kept) -> bool,
    ) -> Result<(), StoreError> {
        let sql = "SELECT id, feed, key, version, seen, link, title, published, exact, flag, text, body, page, \
             (SELECT group_concat(DISTINCT others.feed) FROM items others WHERE others.text_hash = items.text_hash AND others.feed != items.feed) \
             FROM items WHERE id > ?1 AND (?5 IS NULL OR id <= ?5) AND seen >= ?2 AND (?3 IS NULL OR feed = ?3) \
             AND NOT EXISTS (SELECT 1 FROM items later WHERE later.feed = items.feed AND later.key = items.key AND later.version > items.version) \
             AND (?3 IS NOT NULL OR NOT EXISTS (SELECT 1 FROM items first WHERE first.text_hash = items.text_hash AND first.id < items.id \
             AND first.feed != items.feed AND NOT EXISTS (SELECT 1 FROM items newer WHERE newer.feed = first.feed AND newer.key = first.key \
             AND newer.version > first.version))) \
             ORDER BY id LIMIT ?4";
        let most = wanted.most.map_or(-1, i64::from);
        let mut read = || {
            let mut statement = self.connection.prepare_cached(sql)?;
            let values =
                params![wanted.after, signed(wanted.since.0), wanted.feed, most, wanted.up_to];
            let mut rows = statement.query(values)?;
            while let Some(row) = rows.next()? {
                if !each(kept_of(row)?) {
                    break;
                }
            }
            Ok::<(), rusqlite::Error>(())
        };
        read().map_err(|error| self.fail(error))
    }

    /// Returns the number of the item that came last.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn last_item(&self) -> Result<i64, StoreError> {
        let sql = "SELECT coalesce(max(id), 0) FROM items";
        self.connection.query_row(sql, [], |row| row.get(0)).map_err(|error| self.fail(error))
    }

    /// Returns what a site's `robots.txt` said, if it was read at that time or later.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn robots(&self, origin: &str, since: UnixSeconds) -> Result<Option<Vec<u8>>, StoreError> {
        let sql = "SELECT body FROM robots WHERE origin = ?1 AND at >= ?2";
        let found =
            self.connection.query_row(sql, params![origin, signed(since.0)], |row| row.get(0));
        found.optional().map_err(|error| self.fail(error))
    }

    /// Keeps what a site's `robots.txt` says.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn keep_robots(
        &self,
        origin: &str,
        now: UnixSeconds,
        body: &[u8],
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO robots VALUES (?1, ?2, ?3) ON CONFLICT (origin) DO UPDATE SET at = ?2, body = ?3";
        let values = params![origin, signed(now.0), body];
        self.connection.execute(sql, values).map(drop).map_err(|error| self.fail(error))
    }

    /// Returns what the files of a folder looked like.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn looks(&self, feed: &str) -> Result<BTreeMap<String, Look>, StoreError> {
        let read = || {
            let sql = "SELECT name, len, changed, taken FROM files WHERE feed = ?1";
            let mut statement = self.connection.prepare_cached(sql)?;
            let rows = statement.query_map([feed], |row| {
                let look = Look {
                    len: unsigned(row.get(1)?),
                    changed: row.get(2)?,
                    is_taken: row.get(3)?,
                };
                Ok((row.get::<_, String>(0)?, look))
            })?;
            rows.collect::<Result<_, rusqlite::Error>>()
        };
        read().map_err(|error| self.fail(error))
    }

    /// Keeps what a file of a folder looks like.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn keep_look(&self, feed: &str, name: &str, look: Look) -> Result<(), StoreError> {
        let sql = "INSERT INTO files VALUES (?1, ?2, ?3, ?4, ?5) \
             ON CONFLICT (feed, name) DO UPDATE SET len = ?3, changed = ?4, taken = ?5";
        let values = params![feed, name, signed(look.len), look.changed, look.is_taken];
        self.connection.execute(sql, values).map(drop).map_err(|error| self.fail(error))
    }

    /// Does several things as one: all of them are kept, or none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn together<T>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        // At once for writing: what is read within is what is changed, whatever other programs do.
        let begun =
            rusqlite::Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)
                .map_err(|error| self.fail(error))?;
        let done = work(self)?;
        begun.commit().map_err(|error| self.fail(error))?;
        Ok(done)
    }
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

type MaybeFeed = Result<Feed, String>;

fn feed_of(row: &Row<'_>) -> Result<MaybeFeed, rusqlite::Error> {
    let text = |at: usize| row.get::<_, String>(at);
    let time = |at: usize| {
        Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(at)?.map(|at| UnixSeconds(unsigned(at))))
    };
    let number = |at: usize| Ok::<_, rusqlite::Error>(unsigned(row.get(at)?));
    let (name, kind, address) = (text(0)?, text(1)?, text(2)?);
    let health = Health {
        tried_at: time(11)?,
        good_at: time(12)?,
        error: text(13)?,
        failures: row.get(14)?,
        due_at: UnixSeconds(number(15)?),
        new: number(16)?,
        total: number(17)?,
        seal: Seal { tag: text(18)?, modified: text(19)? },
    };
    let named =
        FeedName::parse(&name).and_then(|name| Ok((name, Address::of_kind(&kind, &address)?)));
    let (name, address) = match named {
        Ok(named) => named,
        Err(fault) => return Ok(Err(fault.to_string())),
    };
    Ok(Ok(Feed {
        name,
        address,
        language: text(3)?,
        publisher: text(4)?,
        licence: text(5)?,
        label: text(6)?,
        every: Seconds(number(7)?),
        has_pages: row.get(8)?,
        may_be_private: row.get(9)?,
        is_enabled: row.get(10)?,
        health,
    }))
}

fn kept_of(row: &Row<'_>) -> Result<Kept, rusqlite::Error> {
    let time = |at: usize| Ok::<_, rusqlite::Error>(UnixSeconds(unsigned(row.get(at)?)));
    let flag: Option<String> = row.get(9)?;
    let carriers: Option<String> = row.get(13)?;
    Ok(Kept {
        id: row.get(0)?,
        feed: row.get(1)?,
        key: row.get(2)?,
        version: row.get(3)?,
        seen: time(4)?,
        link: row.get(5)?,
        title: row.get(6)?,
        published: Told { at: time(7)?, is_exact: row.get(8)? },
        flag: flag.and_then(|word| DateFlag::ALL.into_iter().find(|flag| flag.word() == word)),
        text: row.get(10)?,
        body: row.get(11)?,
        page: row.get(12)?,
        carriers: carriers
            .map(|names| names.split(',').map(str::to_owned).collect())
            .unwrap_or_default(),
    })
}
