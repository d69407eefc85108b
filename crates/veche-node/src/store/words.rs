//! The words of what the node may read, for search: an index that follows from the entries and can be made again at any time.

use super::{LogRow, Store, StoreError, StoredEntry, integer};
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};
use veche_ledger::Origin;

/// The table (SQLite FTS5; its rows have the numbers of the entries) and how far it goes. They came after the first stores:
/// one without them gets them when it is opened, and an older program passes them by.
///
/// Each question is for beginnings of words. Without an index of beginnings SQLite collects every place of every word that begins so before
/// it gives the newest: 18 ms for two words in a million records. With one it gives them one by one, in half a millisecond, for 20 MB.
const TABLES: &str = "
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5(
  text, prefix = '1 2 3 4 5 6 7 8 9 10', tokenize = 'unicode61 remove_diacritics 2');
CREATE TABLE IF NOT EXISTS words_until (id INTEGER PRIMARY KEY CHECK (id = 0), entry INTEGER NOT NULL);
";

/// Makes the tables, or makes them anew where an older program made them otherwise: all that is in them is in the records.
pub(super) fn prepare(connection: &Connection) -> Result<(), rusqlite::Error> {
    let sql = "SELECT sql FROM sqlite_master WHERE name = 'words'";
    let made: Option<String> = connection.query_row(sql, [], |row| row.get(0)).optional()?;
    if made.is_some_and(|made| !made.contains("prefix")) {
        connection.execute_batch("DROP TABLE words; DROP TABLE IF EXISTS words_until;")?;
    }
    connection.execute_batch(TABLES)
}

/// Most words of a question that are looked for.
const WORDS_MAX: usize = 16;

/// An entry with its place, as the index goes through them.
#[derive(Debug)]
pub(crate) struct NumberedEntry {
    pub(crate) number: i64,
    pub(crate) log: Origin,
    pub(crate) index: u64,
    pub(crate) entry: StoredEntry,
}

/// Returns the number of the last entry; 0 if there is none.
pub(super) fn last_entry(connection: &Connection) -> Result<i64, rusqlite::Error> {
    let sql = "SELECT IFNULL(MAX(id), 0) FROM entries";
    connection.prepare_cached(sql)?.query_row([], |row| row.get(0))
}

/// Puts the words of entries that were just inserted into the index, if it knew all before them. `from`: the first one's place in
/// its log; `last`: the number of the last entry before them. Where the index cannot be written it stays behind, and catches up later.
pub(super) fn follow(
    transaction: &mut Transaction<'_>,
    log: LogRow,
    from: u64,
    words: &[Option<String>],
    last: i64,
) -> Result<(), rusqlite::Error> {
    let savepoint = transaction.savepoint()?;
    let write = || {
        let known = "SELECT IFNULL((SELECT entry FROM words_until), 0)";
        if savepoint.prepare_cached(known)?.query_row([], |row| row.get::<_, i64>(0))? != last {
            return Ok(false);
        }
        let number = "SELECT id FROM entries WHERE log = ?1 AND idx = ?2";
        let mut number = savepoint.prepare_cached(number)?;
        let mut insert = savepoint.prepare_cached(INSERT)?;
        for (index, text) in (from..).zip(words) {
            let Some(text) = text else { continue };
            let id: i64 = number.query_row(params![log.0, integer(index)], |row| row.get(0))?;
            insert.execute(params![id, text])?;
        }
        savepoint.prepare_cached(SET_UNTIL)?.execute([last_entry(&savepoint)?])?;
        Ok::<bool, rusqlite::Error>(true)
    };
    if write().unwrap_or(false) { savepoint.commit() } else { savepoint.finish() }
}

/// Puts the words of an entry whose content came late into the index, if it has gone past it.
pub(super) fn add(
    transaction: &Transaction<'_>,
    log: LogRow,
    index: u64,
    text: &str,
) -> Result<(), rusqlite::Error> {
    let number = "SELECT id FROM entries WHERE log = ?1 AND idx = ?2
                  AND id <= IFNULL((SELECT entry FROM words_until), 0)";
    let mut number = transaction.prepare_cached(number)?;
    let id = number.query_row(params![log.0, integer(index)], |row| row.get::<_, i64>(0));
    if let Some(id) = id.optional()? {
        transaction.prepare_cached(INSERT)?.execute(params![id, text])?;
    }
    Ok(())
}

/// Puts other words in place of those that the index has of an entry, if it has gone past it. What was there is overwritten.
pub(super) fn replace(
    transaction: &Transaction<'_>,
    log: LogRow,
    index: u64,
    text: Option<&str>,
) -> Result<(), rusqlite::Error> {
    // SQLite's own documentation, FTS5, "The 'secure-delete' configuration option": else words stay in the index until it is merged.
    transaction.execute("INSERT INTO words (words, rank) VALUES ('secure-delete', 1)", [])?;
    let sql =
        "DELETE FROM words WHERE rowid = (SELECT id FROM entries WHERE log = ?1 AND idx = ?2)";
    transaction.prepare_cached(sql)?.execute(params![log.0, integer(index)])?;
    text.map_or(Ok(()), |text| add(transaction, log, index, text))
}

const INSERT: &str = "INSERT INTO words (rowid, text) VALUES (?1, ?2)";
const SET_UNTIL: &str =
    "INSERT INTO words_until VALUES (0, ?1) ON CONFLICT (id) DO UPDATE SET entry = ?1";

/// What the index has of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Indexed {
    /// It does not go so far.
    NotYet,
    /// Its words, or that it has none.
    Known(Option<String>),
}

impl Store {
    /// Returns what the index has of a record that is stored.
    ///
    /// # Errors
    /// [`StoreError`] if the store or the index cannot be read.
    pub(crate) fn words_at(&self, log: &Origin, index: u64) -> Result<Indexed, StoreError> {
        let number = self.number_of(log, index)?.unwrap_or_default();
        if number > self.words_until()? {
            return Ok(Indexed::NotYet);
        }
        let read = || {
            let mut statement =
                self.connection.prepare_cached("SELECT text FROM words WHERE rowid = ?1")?;
            statement.query_row([number], |row| row.get(0)).optional()
        };
        read().map(Indexed::Known).map_err(|error| self.fail(error))
    }

    /// Returns how many entries the index has words of that are not in the store, or that it says not to know yet.
    ///
    /// # Errors
    /// [`StoreError`] if the index is damaged in itself or cannot be read.
    pub(crate) fn words_without_record(&self) -> Result<u64, StoreError> {
        let read = || {
            // An error of this statement says that the index and the texts that it was made from differ.
            self.connection.execute("INSERT INTO words (words) VALUES ('integrity-check')", [])?;
            let sql = "SELECT count(*) FROM words WHERE rowid NOT IN (SELECT id FROM entries)
                       OR rowid > IFNULL((SELECT entry FROM words_until), 0)";
            self.connection.query_row(sql, [], |row| row.get::<_, i64>(0))
        };
        read().map(|n| u64::try_from(n).unwrap_or_default()).map_err(|error| self.fail(error))
    }

    /// Returns the number of a record's entry; `None` if it is not stored.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be read.
    pub(crate) fn number_of(&self, log: &Origin, index: u64) -> Result<Option<i64>, StoreError> {
        let sql = "SELECT id FROM entries WHERE log = (SELECT id FROM logs WHERE origin = ?1) AND idx = ?2";
        let read = || {
            let mut statement = self.connection.prepare_cached(sql)?;
            statement.query_row(params![log.as_str(), integer(index)], |row| row.get(0)).optional()
        };
        read().map_err(|error| self.fail(error))
    }

    /// Returns the entries after the last that the index knows, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be read.
    pub(crate) fn unread_words(&self, limit: u64) -> Result<Vec<NumberedEntry>, StoreError> {
        let read = || {
            let sql = "SELECT entries.id, logs.origin, idx, leaf, opening, signers FROM entries
                       JOIN logs ON logs.id = entries.log
                       WHERE entries.id > IFNULL((SELECT entry FROM words_until), 0) ORDER BY entries.id LIMIT ?1";
            let mut statement = self.connection.prepare_cached(sql)?;
            let rows = statement.query_map([integer(limit)], |row| {
                let (origin, index): (String, i64) = (row.get(1)?, row.get(2)?);
                let entry =
                    StoredEntry { leaf: row.get(3)?, opening: row.get(4)?, signers: row.get(5)? };
                Ok((row.get(0)?, origin, index, entry))
            })?;
            rows.collect::<Result<Vec<(i64, String, i64, StoredEntry)>, _>>()
        };
        let rows = read().map_err(|error| self.fail(error))?;
        let numbered = rows.into_iter().map(|(number, origin, index, entry)| {
            let log = Origin::parse(&origin).map_err(|error| self.damaged(error.to_string()))?;
            Ok(NumberedEntry {
                number,
                log,
                index: u64::try_from(index).unwrap_or_default(),
                entry,
            })
        });
        numbered.collect()
    }

    /// Adds the words of entries, by number, and notes how far the index goes: all of it or nothing.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be written.
    pub(crate) fn add_words(&self, texts: &[(i64, String)], until: i64) -> Result<(), StoreError> {
        let write = || {
            let transaction = self.connection.unchecked_transaction()?;
            {
                let mut insert = transaction.prepare_cached(INSERT)?;
                for (number, text) in texts {
                    insert.execute(params![number, text])?;
                }
            }
            transaction.execute(SET_UNTIL, [until])?;
            transaction.commit()
        };
        write().map_err(|error| self.fail(error))
    }

    /// Returns the places of entries in which each word of a question begins a word, the newest first; `before`: those of a
    /// lower number alone. Whatever is asked, nothing in it is read as a query of its own.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be read.
    pub(crate) fn find_words(
        &self,
        asked: &str,
        before: i64,
        limit: u64,
    ) -> Result<Vec<(i64, Origin, u64)>, StoreError> {
        let Some(query) = query(asked) else { return Ok(Vec::new()) };
        let read = || {
            let sql = "SELECT words.rowid, logs.origin, entries.idx FROM words
                       JOIN entries ON entries.id = words.rowid JOIN logs ON logs.id = entries.log
                       WHERE words MATCH ?1 AND words.rowid < ?2 ORDER BY words.rowid DESC LIMIT ?3";
            let mut statement = self.connection.prepare_cached(sql)?;
            let rows = statement.query_map(params![query, before, integer(limit)], |row| {
                Ok((row.get(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?))
            })?;
            rows.collect::<Result<Vec<_>, _>>()
        };
        let rows = read().map_err(|error| self.fail(error))?;
        let placed = rows.into_iter().map(|(number, origin, index)| {
            let log = Origin::parse(&origin).map_err(|error| self.damaged(error.to_string()))?;
            Ok((number, log, u64::try_from(index).unwrap_or_default()))
        });
        placed.collect()
    }

    /// Throws the index away, however damaged it is; it is made again when the node starts.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be written.
    pub fn forget_words(&self) -> Result<(), StoreError> {
        self.connection
            .execute_batch(&format!("DROP TABLE words; DROP TABLE words_until; {TABLES}"))
            .map_err(|error| self.fail(error))
    }

    /// Returns the number of the last entry that the index knows.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be read.
    pub fn words_until(&self) -> Result<i64, StoreError> {
        let row = self.connection.query_row("SELECT entry FROM words_until", [], |row| row.get(0));
        row.optional().map(Option::unwrap_or_default).map_err(|error| self.fail(error))
    }
}

/// Turns a question into FTS5's language: each run of letters and digits, quoted, as the beginning of a word.
fn query(asked: &str) -> Option<String> {
    let words = asked.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let quoted: Vec<String> = words.take(WORDS_MAX).map(|word| format!("\"{word}\"*")).collect();
    (!quoted.is_empty()).then(|| quoted.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_asked_is_read_as_a_query_of_its_own() {
        assert_eq!(
            query("river NEAR(x) OR \"y\" -z a*").unwrap(),
            r#""river"* "NEAR"* "x"* "OR"* "y"* "z"* "a"*"#
        );
        assert_eq!(query(" \u{0} *:^(){}'\"-- "), None);
        assert_eq!(query(&"w ".repeat(5_000)).unwrap().matches('"').count(), 2 * WORDS_MAX);
    }

    #[test]
    fn words_are_found_by_their_beginning_in_any_case_and_script_the_newest_first() {
        let store = Store::in_memory().unwrap();
        store
            .add_words(&[(1, "The River rises".into()), (2, "Река поднялась; rivière".into())], 2)
            .unwrap();
        let matches = |asked: &str| -> Vec<i64> {
            let sql = "SELECT rowid FROM words WHERE words MATCH ?1 ORDER BY rowid DESC";
            let mut statement = store.connection.prepare(sql).unwrap();
            let rows = statement.query_map([query(asked).unwrap()], |row| row.get(0)).unwrap();
            rows.collect::<Result<_, _>>().unwrap()
        };
        assert_eq!(matches("riv"), [2, 1]);
        assert_eq!(matches("РЕКА"), [2]);
        assert_eq!(matches("river rises"), [1]);
        assert_eq!(store.words_until().unwrap(), 2);
        store.forget_words().unwrap();
        assert_eq!((matches("riv").len(), store.words_until().unwrap()), (0, 0));
    }
}
