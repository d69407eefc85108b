//! The words of what the node may read, for search: an index that follows from the entries and can be made again at any time.

use super::sql::{Database, Row, SqlError, Value, values};
use super::{LogRow, Store, StoreError, StoredEntry, integer};
use rusqlite::{Connection, OptionalExtension as _};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use veche_ledger::Origin;
use veche_ledger::vault::{StoreKey, WordsKey};
use zeroize::Zeroizing;

/// The table (SQLite FTS5; its rows have the numbers of the entries) and how far it goes. They came after the first stores:
/// one without them gets them when it is opened, and an older program passes them by.
///
/// Each question is for beginnings of words. Without an index of beginnings SQLite collects every place of every word that begins so before
/// it gives the newest: 18 ms for two words in a million records. With one it gives them one by one, in half a millisecond, for 20 MB.
const TABLES: &str = "
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5(
  text, prefix = '1 2 3 4 5 6 7 8 9 10', tokenize = 'unicode61 remove_diacritics 2');
";

/// The tables that PostgreSQL has as well. It has no such index: a shared store keeps what a sealed one does, codes of the beginnings of
/// words, folded and told apart by SQLite in either case, so that what is asked has one answer wherever it is kept.
const OWN_TABLES: &str = "
CREATE TABLE IF NOT EXISTS words_until (id INTEGER PRIMARY KEY CHECK (id = 0), entry INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS sealed_words (token INTEGER NOT NULL, entry INTEGER NOT NULL, PRIMARY KEY (token, entry)) WITHOUT ROWID;
";

/// What a shared store has besides: its words of one record are replaced, and a question is answered by the newest first.
const SHARED_TABLES: &str =
    "CREATE INDEX IF NOT EXISTS sealed_words_entry ON sealed_words (entry);";

/// Makes the tables, or makes them anew where an older program made them otherwise: all that is in them is in the records.
pub(super) fn prepare(connection: &Connection) -> Result<(), rusqlite::Error> {
    let sql = "SELECT sql FROM sqlite_master WHERE name = 'words'";
    let made: Option<String> = connection.query_row(sql, [], |row| row.get(0)).optional()?;
    if made.is_some_and(|made| !made.contains("prefix")) {
        connection.execute_batch("DROP TABLE words; DROP TABLE IF EXISTS words_until;")?;
    }
    connection.execute_batch(TABLES)?;
    connection.execute_batch(OWN_TABLES)
}

/// Makes the tables of a shared store.
pub(super) fn prepare_shared(database: &Database) -> Result<(), SqlError> {
    database.make_tables(OWN_TABLES)?;
    database.batch(SHARED_TABLES)
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
pub(super) fn last_entry(database: &Database) -> Result<i64, SqlError> {
    database.one("SELECT COALESCE(MAX(id), 0) FROM entries", &[])
}

/// Puts the words of entries that were just inserted into the index, if it knew all before them. `from`: the first one's place in
/// its log; `last`: the number of the last entry before them. Where the index cannot be written it stays behind, and catches up later.
pub(super) fn follow(
    database: &Database,
    log: LogRow,
    from: u64,
    words: &[Option<Kept<'_>>],
    last: i64,
) -> Result<(), SqlError> {
    database.attempt(|| {
        let known = "SELECT COALESCE((SELECT entry FROM words_until), 0)";
        if database.one::<i64>(known, &[])? != last {
            return Ok(false);
        }
        let number = "SELECT id FROM entries WHERE log = ?1 AND idx = ?2";
        for (index, text) in (from..).zip(words) {
            let Some(kept) = text else { continue };
            kept.insert(database, database.one(number, values![log.0, integer(index)])?)?;
        }
        database.execute(SET_UNTIL, values![last_entry(database)?])?;
        Ok(true)
    })
}

/// Puts the words of an entry whose content came late into the index, if it has gone past it.
pub(super) fn add(
    database: &Database,
    log: LogRow,
    index: u64,
    kept: &Kept<'_>,
) -> Result<(), SqlError> {
    let number = "SELECT id FROM entries WHERE log = ?1 AND idx = ?2
                  AND id <= COALESCE((SELECT entry FROM words_until), 0)";
    let id = database.row(number, values![log.0, integer(index)], |row| row.get(0))?;
    id.map_or(Ok(()), |id| kept.insert(database, id))
}

/// Puts other words in place of those that the index has of an entry, if it has gone past it. What was there is overwritten.
pub(super) fn replace(
    database: &Database,
    log: LogRow,
    index: u64,
    kept: Option<&Kept<'_>>,
) -> Result<(), SqlError> {
    let mut tables = vec![("sealed_words", "entry")];
    if database.file().is_some() {
        // SQLite's own documentation, FTS5, "The 'secure-delete' configuration option": else words stay in the index until it is merged.
        database.execute("INSERT INTO words (words, rank) VALUES ('secure-delete', 1)", &[])?;
        tables.push(("words", "rowid"));
    }
    for (table, column) in tables {
        let sql = format!(
            "DELETE FROM {table} WHERE {column} = (SELECT id FROM entries WHERE log = ?1 AND idx = ?2)"
        );
        database.execute(&sql, values![log.0, integer(index)])?;
    }
    kept.map_or(Ok(()), |kept| add(database, log, index, kept))
}

const INSERT: &str = "INSERT INTO words (rowid, text) VALUES (?1, ?2)";
const INSERT_SEALED: &str = "INSERT INTO sealed_words (token, entry)";
const SET_UNTIL: &str =
    "INSERT INTO words_until VALUES (0, ?1) ON CONFLICT (id) DO UPDATE SET entry = ?1";

/// What the index keeps of a record's words.
#[derive(Debug)]
pub(super) enum Kept<'a> {
    /// The words.
    Plain(&'a str),
    /// What is kept in place of their beginnings.
    Sealed(BTreeSet<i64>),
}

impl Kept<'_> {
    fn insert(&self, database: &Database, entry: i64) -> Result<(), SqlError> {
        match self {
            Self::Plain(text) => database.execute(INSERT, values![entry, *text]).map(drop),
            Self::Sealed(tokens) => {
                let rows = tokens.iter().map(|token| [Value::from(*token), entry.into()]);
                database.insert_all(INSERT_SEALED, "ON CONFLICT DO NOTHING", 2, rows)
            }
        }
    }
}

/// How words are told apart, folded, and kept as codes of their beginnings.
#[derive(Debug)]
pub(super) struct Tokens {
    key: WordsKey,
    folding: Folding,
}

impl Tokens {
    pub(super) fn new(key: WordsKey) -> Result<Self, SqlError> {
        Ok(Self { key, folding: Folding::new()? })
    }

    /// Those of a store whose contents lie open: the key is no secret.
    pub(super) fn open() -> Result<Self, SqlError> {
        Self::new(StoreKey::new(Zeroizing::new([0; 32])).words())
    }

    /// Returns what is kept in place of the words of a text.
    fn of(&self, text: &str) -> Result<BTreeSet<i64>, SqlError> {
        let words = self.folding.words(text)?;
        Ok(words.iter().flat_map(|word| self.key.tokens(word)).collect())
    }

    /// Returns what is kept in place of the words of a question, each as the beginning of a word.
    fn asked(&self, question: &str) -> Result<BTreeSet<i64>, SqlError> {
        let words = self.folding.words(question)?;
        Ok(words.iter().map(|word| self.key.token(word)).collect())
    }
}

/// How SQLite folds words and tells them apart, in memory and beside every store: what is sealed is found as if it were not.
#[derive(Debug)]
struct Folding(Connection);

impl Folding {
    fn new() -> Result<Self, rusqlite::Error> {
        let memory = Connection::open_in_memory()?;
        memory.execute_batch(
            "CREATE VIRTUAL TABLE folded USING fts5(text, content = '', tokenize = 'unicode61 remove_diacritics 2');
             CREATE VIRTUAL TABLE folded_words USING fts5vocab(folded, row);",
        )?;
        Ok(Self(memory))
    }

    /// Returns the different words of a text, folded.
    fn words(&self, text: &str) -> Result<Vec<String>, rusqlite::Error> {
        let clear = "INSERT INTO folded (folded) VALUES ('delete-all')";
        self.0.prepare_cached(clear)?.execute([])?;
        self.0
            .prepare_cached("INSERT INTO folded (rowid, text) VALUES (1, ?1)")?
            .execute([text])?;
        let mut statement = self.0.prepare_cached("SELECT term FROM folded_words")?;
        let words = statement.query_map([], |row| row.get(0))?.collect();
        self.0.prepare_cached(clear)?.execute([])?;
        words
    }
}

/// What the index has of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Indexed {
    /// It does not go so far.
    NotYet,
    /// Its words, as it says them.
    Same,
    /// Other words.
    Other,
}

impl Store {
    /// Returns what is kept of a text's words.
    pub(super) fn kept<'a>(&self, text: &'a str) -> Result<Kept<'a>, StoreError> {
        match self.tokens()? {
            None => Ok(Kept::Plain(text)),
            Some(tokens) => tokens.of(text).map(Kept::Sealed).map_err(|error| self.fail(error)),
        }
    }

    /// Returns how words are kept as codes; `None` where the index has the words themselves.
    fn tokens(&self) -> Result<Option<&Tokens>, StoreError> {
        Ok(self.vault_keys()?.map(|keys| &keys.words).or(self.words.as_ref()))
    }

    /// Returns the same of the words of entries, in their order.
    pub(super) fn kept_words<'a>(
        &self,
        words: &'a [Option<String>],
    ) -> Result<Vec<Option<Kept<'a>>>, StoreError> {
        words.iter().map(|text| text.as_deref().map(|text| self.kept(text)).transpose()).collect()
    }

    /// Puts words in place of which others are kept from now on out of the index and those into it, inside of the transaction that seals
    /// the store.
    pub(super) fn seal_words(&self) -> Result<(), StoreError> {
        if self.database.file().is_none() {
            // Other codes: made anew from the records at the next start.
            return self.forget_words();
        }
        let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
        let rows: Result<Vec<(i64, String)>, _> =
            self.database.rows("SELECT rowid, text FROM words", &[], read);
        // An index that is damaged is made anew from the records.
        let Ok(rows) = rows else { return self.forget_words() };
        for (entry, text) in rows {
            let kept = self.kept(&text)?;
            kept.insert(&self.database, entry).map_err(|error| self.fail(error))?;
        }
        let sql = format!("DROP TABLE words; {TABLES}");
        self.database.batch(&sql).map_err(|error| self.fail(error))
    }

    /// Compares what the index has of a record that is stored with what it says.
    ///
    /// # Errors
    /// [`StoreError`] if the store or the index cannot be read.
    pub(crate) fn compare_words(
        &self,
        log: &Origin,
        index: u64,
        said: Option<&str>,
    ) -> Result<Indexed, StoreError> {
        let number = self.number_of(log, index)?.unwrap_or_default();
        if number > self.words_until()? {
            return Ok(Indexed::NotYet);
        }
        let is_same = match said.map(|text| self.kept(text)).transpose()? {
            // What stands beside them under its number is found by counting all.
            Some(Kept::Sealed(tokens)) => self.has_sealed(&tokens, number),
            Some(Kept::Plain(text)) => {
                self.plain_words(number).map(|found| found.as_deref() == Some(text))
            }
            None => self.is_without_words(number),
        };
        let is_same = is_same.map_err(|error| self.fail(error))?;
        Ok(if is_same { Indexed::Same } else { Indexed::Other })
    }

    fn plain_words(&self, number: i64) -> Result<Option<String>, SqlError> {
        let sql = "SELECT text FROM words WHERE rowid = ?1";
        self.database.row(sql, values![number], |row| row.get(0))
    }

    fn is_without_words(&self, number: i64) -> Result<bool, SqlError> {
        if self.database.file().is_some() {
            return self.plain_words(number).map(|found| found.is_none());
        }
        let sql = "SELECT NOT EXISTS (SELECT 1 FROM sealed_words WHERE entry = ?1)";
        self.database.one(sql, values![number])
    }

    fn has_sealed(&self, tokens: &BTreeSet<i64>, number: i64) -> Result<bool, SqlError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM sealed_words WHERE token = ?1 AND entry = ?2)";
        for token in tokens {
            if !self.database.one::<bool>(sql, values![*token, number])? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Returns of how many beginnings of words a sealed index consists, of all records; 0 if it is not sealed.
    ///
    /// # Errors
    /// [`StoreError`] if the index cannot be read.
    pub(crate) fn sealed_beginnings(&self) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM sealed_words";
        let count = self.database.one::<i64>(sql, &[]);
        count.map(super::unsigned).map_err(|error| self.fail(error))
    }

    /// Returns of how many beginnings of words a sealed index has to consist for a text; 0 if it is not sealed.
    ///
    /// # Errors
    /// [`StoreError`] if the text cannot be folded.
    pub(crate) fn beginnings_of(&self, text: &str) -> Result<u64, StoreError> {
        Ok(match self.kept(text)? {
            Kept::Plain(_) => 0,
            Kept::Sealed(tokens) => tokens.len() as u64,
        })
    }

    /// Returns how many entries the index has words of that are not in the store, or that it says not to know yet.
    ///
    /// # Errors
    /// [`StoreError`] if the index is damaged in itself or cannot be read.
    pub(crate) fn words_without_record(&self) -> Result<u64, StoreError> {
        let read = || {
            if self.database.file().is_none() {
                let sql = "SELECT count(DISTINCT entry) FROM sealed_words WHERE entry NOT IN (SELECT id FROM entries)
                           OR entry > COALESCE((SELECT entry FROM words_until), 0)";
                return self.database.one::<i64>(sql, &[]);
            }
            // An error of this statement says that the index and the texts that it was made from differ.
            self.database.execute("INSERT INTO words (words) VALUES ('integrity-check')", &[])?;
            let sql = "SELECT count(*) FROM words WHERE rowid NOT IN (SELECT id FROM entries)
                       OR rowid > COALESCE((SELECT entry FROM words_until), 0)";
            self.database.one::<i64>(sql, &[])
        };
        read().map(super::unsigned).map_err(|error| self.fail(error))
    }

    /// Returns the number of a record's entry; `None` if it is not stored.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be read.
    pub(crate) fn number_of(&self, log: &Origin, index: u64) -> Result<Option<i64>, StoreError> {
        let sql = "SELECT id FROM entries WHERE log = (SELECT id FROM logs WHERE origin = ?1) AND idx = ?2";
        let found = self.database.row(sql, values![log.as_str(), integer(index)], |row| row.get(0));
        found.map_err(|error| self.fail(error))
    }

    /// Returns the entries after the last that the index knows, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be read.
    pub(crate) fn unread_words(&self, limit: u64) -> Result<Vec<NumberedEntry>, StoreError> {
        let sql = "SELECT entries.id, logs.origin, idx, leaf, opening, signers FROM entries
                   JOIN logs ON logs.id = entries.log
                   WHERE entries.id > COALESCE((SELECT entry FROM words_until), 0) ORDER BY entries.id LIMIT ?1";
        let read = |row: &Row<'_>| {
            let (origin, index): (String, i64) = (row.get(1)?, row.get(2)?);
            let entry =
                StoredEntry { leaf: row.get(3)?, opening: row.get(4)?, signers: row.get(5)? };
            Ok((row.get::<i64>(0)?, origin, index, entry))
        };
        let rows = self.database.rows(sql, values![integer(limit)], read);
        let rows = rows.map_err(|error| self.fail(error))?;
        let numbered = rows.into_iter().map(|(number, origin, index, entry)| {
            let log = Origin::parse(&origin).map_err(|error| self.damaged(error.to_string()))?;
            let index = u64::try_from(index).unwrap_or_default();
            let entry = self.opened(&log, index, entry)?;
            Ok(NumberedEntry { number, log, index, entry })
        });
        numbered.collect()
    }

    /// Adds the words of entries, by number, and notes how far the index goes: all of it or nothing.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be written.
    pub(crate) fn add_words(&self, texts: &[(i64, String)], until: i64) -> Result<(), StoreError> {
        let kept = texts.iter().map(|(number, text)| Ok((*number, self.kept(text)?)));
        let kept = kept.collect::<Result<Vec<_>, StoreError>>()?;
        let write = || {
            for (number, kept) in &kept {
                kept.insert(&self.database, *number)?;
            }
            self.database.execute(SET_UNTIL, values![until]).map(drop)
        };
        self.database.transaction(write).map_err(|error| self.fail(error))
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
        let rows = match self.tokens()? {
            None => self.find_plain(asked, before, limit),
            Some(tokens) => tokens
                .asked(&first_words(asked).join(" "))
                .and_then(|tokens| self.find_sealed(&tokens, before, limit)),
        };
        let rows = rows.map_err(|error| self.fail(error))?;
        let placed = rows.into_iter().map(|(number, origin, index)| {
            let log = Origin::parse(&origin).map_err(|error| self.damaged(error.to_string()))?;
            Ok((number, log, u64::try_from(index).unwrap_or_default()))
        });
        placed.collect()
    }

    fn find_plain(
        &self,
        asked: &str,
        before: i64,
        limit: u64,
    ) -> Result<Vec<(i64, String, i64)>, SqlError> {
        let Some(query) = query(asked) else { return Ok(Vec::new()) };
        let sql = "SELECT words.rowid, logs.origin, entries.idx FROM words
                       JOIN entries ON entries.id = words.rowid JOIN logs ON logs.id = entries.log
                       WHERE words MATCH ?1 AND words.rowid < ?2 ORDER BY words.rowid DESC LIMIT ?3";
        let values = values![&query, before, integer(limit)];
        self.database.rows(sql, values, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
    }

    /// Finds entries that have all of these beginnings.
    fn find_sealed(
        &self,
        tokens: &BTreeSet<i64>,
        before: i64,
        limit: u64,
    ) -> Result<Vec<(i64, String, i64)>, SqlError> {
        if tokens.is_empty() {
            return Ok(Vec::new());
        }
        let mut sql = "SELECT found.entry, logs.origin, entries.idx FROM sealed_words AS found
             JOIN entries ON entries.id = found.entry JOIN logs ON logs.id = entries.log
             WHERE found.token = ?3 AND found.entry < ?1"
            .to_owned();
        for n in 4..tokens.len() + 3 {
            // Writing to a string does not fail.
            let _whole = write!(
                sql,
                " AND EXISTS (SELECT 1 FROM sealed_words WHERE token = ?{n} AND entry = found.entry)"
            );
        }
        sql.push_str(" ORDER BY found.entry DESC LIMIT ?2");
        let mut values = vec![Value::from(before), integer(limit).into()];
        values.extend(tokens.iter().map(|token| Value::from(*token)));
        self.database.rows(&sql, &values, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
    }

    /// Throws the index away, however damaged it is; it is made again when the node starts.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be written.
    pub fn forget_words(&self) -> Result<(), StoreError> {
        let forget = || {
            match self.database.file() {
            Some(_) => self.database.batch(&format!(
                "DROP TABLE words; DROP TABLE words_until; DROP TABLE sealed_words; {TABLES} {OWN_TABLES}"
            )),
            None => self.database.batch("DELETE FROM words_until; DELETE FROM sealed_words"),
        }
        };
        forget().map_err(|error| self.fail(error))
    }

    /// Returns the number of the last entry that the index knows.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be read.
    pub fn words_until(&self) -> Result<i64, StoreError> {
        let row = self.database.row("SELECT entry FROM words_until", &[], |row| row.get(0));
        row.map(Option::unwrap_or_default).map_err(|error| self.fail(error))
    }
}

/// Turns a question into FTS5's language: each run of letters and digits, quoted, as the beginning of a word.
fn query(asked: &str) -> Option<String> {
    let words = first_words(asked).into_iter();
    let quoted: Vec<String> = words.map(|word| format!("\"{word}\"*")).collect();
    (!quoted.is_empty()).then(|| quoted.join(" "))
}

/// Returns the words of a question that are looked for.
fn first_words(asked: &str) -> Vec<&str> {
    let words = asked.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.take(WORDS_MAX).collect()
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
            store.database.rows(sql, values![&query(asked).unwrap()], |row| row.get(0)).unwrap()
        };
        assert_eq!(matches("riv"), [2, 1]);
        assert_eq!(matches("РЕКА"), [2]);
        assert_eq!(matches("river rises"), [1]);
        assert_eq!(store.words_until().unwrap(), 2);
        store.forget_words().unwrap();
        assert_eq!((matches("riv").len(), store.words_until().unwrap()), (0, 0));
    }

    /// A text for each line of a shipped exercise and charter, with words of other scripts and forms among them.
    fn corpus() -> Vec<String> {
        let shipped = concat!(
            include_str!("../../../../exercises/lantern/exercise.toml"),
            include_str!("../../../../charters/csto/charter.toml")
        );
        let odd = [
            "Река Й\u{438}\u{306} поднялась",
            "rivière E\u{301}tat STRASSE ß",
            "ＡＢＣ ﬁn x²y 北京 don't",
            "a_b-c 4.2",
        ];
        shipped.lines().map(str::to_owned).chain(odd.map(str::to_owned)).collect()
    }

    #[test]
    fn a_sealed_index_gives_the_answers_of_an_open_one() {
        let texts = corpus();
        let log = Origin::parse("six-rivers.example/orvessa/1").unwrap();
        let leaf = |n: usize| StoredEntry {
            leaf: n.to_be_bytes().to_vec(),
            opening: None,
            signers: String::new(),
        };
        let rows: Vec<StoredEntry> = (0..texts.len()).map(leaf).collect();
        let numbered: Vec<(i64, String)> = (1..).zip(texts.iter().cloned()).collect();
        let filled = |mut store: Store| {
            store.append(&log, &veche_ledger::Frontier::new(), &rows, None).unwrap();
            store.add_words(&numbered, i64::try_from(rows.len()).unwrap()).unwrap();
            store
        };
        let open = filled(Store::in_memory().unwrap());
        let sealed_before = {
            let mut store = Store::in_memory().unwrap();
            store.seal::<StoreError>(b"words", |_| Ok(())).unwrap();
            filled(store)
        };
        let sealed_after = {
            let mut store = filled(Store::in_memory().unwrap());
            store.seal::<StoreError>(b"words", |_| Ok(())).unwrap();
            store
        };
        let words: BTreeSet<&str> =
            texts.iter().flat_map(|text| text.split(|c: char| !c.is_alphanumeric())).collect();
        let mut asked: Vec<String> = Vec::new();
        for (n, word) in words.iter().enumerate() {
            let beginning = |len: usize| word.chars().take(len).collect::<String>();
            asked.extend([
                beginning(n % 7 + 1),
                (*word).to_owned(),
                format!("{} {word}", beginning(2)),
            ]);
        }
        assert!(asked.len() > 3_000, "{}", asked.len());
        for question in &asked {
            let found = open.find_words(question, i64::MAX, 50).unwrap();
            for sealed in [&sealed_before, &sealed_after] {
                assert_eq!(sealed.find_words(question, i64::MAX, 50).unwrap(), found, "{question}");
            }
        }
        let (is_empty, others) = (
            |store: &Store| {
                let count = "SELECT count(*) FROM words";
                store.database.one::<i64>(count, &[]).unwrap() == 0
            },
            [&sealed_before, &sealed_after],
        );
        assert!(others.into_iter().all(is_empty));
    }
}
