//! The words of what the node may read, for search: an index that follows from the entries and can be made again at any time.

use super::{Store, StoreError, StoredEntry, integer};
use rusqlite::{OptionalExtension as _, params};
use veche_ledger::Origin;

/// The table (SQLite FTS5; its rows have the numbers of the entries) and how far it goes. They came after the first stores:
/// one without them gets them when it is opened, and an older program passes them by.
pub(super) const TABLES: &str = "
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5(text, tokenize = 'unicode61 remove_diacritics 2');
CREATE TABLE IF NOT EXISTS words_until (id INTEGER PRIMARY KEY CHECK (id = 0), entry INTEGER NOT NULL);
";

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

impl Store {
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
                let mut insert = transaction
                    .prepare_cached("INSERT INTO words (rowid, text) VALUES (?1, ?2)")?;
                for (number, text) in texts {
                    insert.execute(params![number, text])?;
                }
            }
            transaction.execute(
                "INSERT INTO words_until VALUES (0, ?1) ON CONFLICT (id) DO UPDATE SET entry = ?1",
                [until],
            )?;
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

    /// Throws the index away; it is made again at the next question.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be written.
    pub fn forget_words(&self) -> Result<(), StoreError> {
        self.connection
            .execute_batch("DELETE FROM words; DELETE FROM words_until;")
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
