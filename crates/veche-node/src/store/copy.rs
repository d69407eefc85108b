//! Copies of all that is in a store from one database into another: of a shared store into a file, for a backup; of a backup into a shared
//! store.

use super::sql::{Database, Row, SqlError, Value};
use super::{Store, StoreError};

/// Rows that are read at once.
const BATCH: i64 = 512;

/// What a column holds.
#[derive(Debug, Clone, Copy)]
enum Of {
    Number,
    Text,
    Bytes,
}

use Of::{Bytes, Number, Text};

/// The tables with their columns. Those of words are left out: they follow from the entries, and are made again when the node starts. So is
/// the table of a shared store's writer.
const COPIED: &[(&str, &[(&str, Of)])] = &[
    ("meta", &[("key", Text), ("value", Bytes)]),
    ("keys", &[("name", Text), ("locked", Text)]),
    ("peers", &[("party", Text), ("address", Text)]),
    ("logs", &[("id", Number), ("origin", Text)]),
    (
        "entries",
        &[
            ("id", Number),
            ("log", Number),
            ("idx", Number),
            ("leaf", Bytes),
            ("opening", Bytes),
            ("signers", Text),
        ],
    ),
    (
        "tiles",
        &[("id", Number), ("log", Number), ("level", Number), ("n", Number), ("hashes", Bytes)],
    ),
    ("checkpoints", &[("id", Number), ("log", Number), ("size", Number), ("line", Text)]),
    (
        "cosignatures",
        &[
            ("id", Number),
            ("log", Number),
            ("size", Number),
            ("witness", Text),
            ("time", Number),
            ("line", Text),
        ],
    ),
    ("snapshots", &[("id", Number), ("records", Number), ("bytes", Bytes)]),
    ("drafts", &[("id", Number), ("party", Text), ("content", Bytes), ("notes", Text)]),
    (
        "draft_steps",
        &[
            ("id", Number),
            ("draft", Number),
            ("at", Number),
            ("officer", Text),
            ("kind", Text),
            ("content", Text),
            ("note", Text),
        ],
    ),
    (
        "instructions",
        &[
            ("id", Number),
            ("party", Text),
            ("about", Text),
            ("at", Number),
            ("officer", Text),
            ("text", Text),
        ],
    ),
    ("label_keys", &[("id", Number), ("label", Text), ("wrapped", Bytes)]),
];

/// A value on its way.
enum Held {
    Number(i64),
    Text(String),
    Bytes(Option<Vec<u8>>),
}

impl Held {
    fn read(row: &Row<'_>, column: usize, of: Of) -> Result<Self, SqlError> {
        Ok(match of {
            Number => Self::Number(row.get(column)?),
            Text => Self::Text(row.get(column)?),
            Bytes => Self::Bytes(row.bytes(column)?),
        })
    }

    fn value(&self) -> Value<'_> {
        match self {
            Self::Number(n) => (*n).into(),
            Self::Text(text) => text.into(),
            Self::Bytes(bytes) => bytes.into(),
        }
    }
}

/// Copies a shared store, as a session sees it, into a new file.
///
/// # Errors
/// [`StoreError`] of the copy, also for what the database says: its words are in it.
pub(super) fn copy_shared(from: &Database, copy: &Store) -> Result<(), StoreError> {
    let copied = copy.database.transaction(|| copy_all(from, &copy.database));
    copied.map_err(|error: SqlError| match error {
        SqlError::File(_) => copy.fail(error),
        SqlError::Shared(_) | SqlError::Gone | SqlError::Silent | SqlError::Fenced => {
            copy.fault(super::shared::fault(error))
        }
    })
}

fn copy_all(from: &Database, to: &Database) -> Result<(), SqlError> {
    for (table, columns) in COPIED {
        to.execute(&format!("DELETE FROM {table}"), &[])?;
        copy_table(from, to, table, columns)?;
        let is_numbered = columns.first().is_some_and(|(name, _)| *name == "id");
        if is_numbered && to.file().is_none() {
            // The next number is after those that were brought along.
            to.batch(&format!(
                "SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT COALESCE(MAX(id), 0) + 1 FROM {table}), false)"
            ))?;
        }
    }
    Ok(())
}

fn copy_table(
    from: &Database,
    to: &Database,
    table: &str,
    columns: &[(&str, Of)],
) -> Result<(), SqlError> {
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let (names, key) = (names.join(", "), names.first().copied().unwrap_or_default());
    let read = |row: &Row<'_>| {
        let held = columns.iter().enumerate().map(|(n, (_, of))| Held::read(row, n, *of));
        held.collect::<Result<Vec<_>, _>>()
    };
    let insert = format!("INSERT INTO {table} ({names})");
    let is_numbered = key == "id";
    let mut after = i64::MIN;
    loop {
        let rows = if is_numbered {
            let sql =
                format!("SELECT {names} FROM {table} WHERE id > ?1 ORDER BY id LIMIT {BATCH}");
            from.rows(&sql, &[after.into()], read)?
        } else {
            from.rows(&format!("SELECT {names} FROM {table} ORDER BY {key}"), &[], read)?
        };
        let values = rows.iter().map(|row| row.iter().map(Held::value).collect::<Vec<_>>());
        to.insert_all(&insert, "", columns.len(), values)?;
        match rows.last().and_then(|row| row.first()) {
            Some(Held::Number(last)) if is_numbered => after = *last,
            _ => return Ok(()),
        }
    }
}

impl Store {
    /// Puts all that another store holds in place of what this one does.
    ///
    /// # Errors
    /// [`StoreError`] of this store, also for what the other's database says. Nothing is changed then.
    pub(crate) fn take_over(&self, from: &Self) -> Result<(), StoreError> {
        let copied = self.database.transaction(|| copy_all(&from.database, &self.database));
        copied.map_err(|error: SqlError| match (&error, &self.database) {
            (SqlError::File(_), Database::Shared(_)) => from.fail(error),
            _ => self.fail(error),
        })
    }
}
