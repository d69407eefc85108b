//! Tables of events and counts: merged by key, written as Parquet.
//!
//! A table knows its vintages in the order in which they were first merged; a later one is newer. The rule for one
//! row: a newer vintage replaces an older one, an older never replaces a newer. So merging an input twice changes
//! nothing, and neither does merging an old input again after its successor.
//!
//! A row that a newer vintage no longer has stays, with its old vintage.

mod columns;
mod format;
mod rows;

pub use format::{SCHEMA_VERSION, TABLE_ROWS_MAX};

use crate::count::Count;
use crate::event::Event;
use crate::vintage::Vintage;
use std::collections::BTreeMap;

/// Most inputs that one table remembers: monthly releases for 300 years.
pub const VINTAGES_MAX: usize = 4096;

/// Events by their number.
pub type EventTable = Table<Event>;
/// Counts by area, series and month.
pub type CountTable = Table<Count>;

/// What a table can hold; for [`Event`] and [`Count`].
pub trait Row: columns::Columnar + Clone + PartialEq + std::fmt::Debug {
    /// What tells rows apart.
    type Key: Ord + Clone + std::fmt::Debug;
    /// Returns what tells this row from others.
    fn key(&self) -> Self::Key;
}

#[derive(Debug, Clone, PartialEq)]
struct Held<R> {
    row: R,
    /// Place of its vintage in the table's list.
    rank: u16,
}

/// Rows by key, each with the input that it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Table<R: Row> {
    /// Oldest first.
    vintages: Vec<Vintage>,
    rows: BTreeMap<R::Key, Held<R>>,
}

/// What a merge did, in rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Merged {
    /// New to the table.
    pub inserted: u64,
    /// In place of an older row that said something else.
    pub replaced: u64,
    /// Said the same as an older row; the row's vintage is now the newer.
    pub confirmed: u64,
    /// Already there from this very vintage.
    pub unchanged: u64,
    /// Left out, because the table has a newer vintage of the row.
    pub outdated: u64,
    /// Left out, because the input itself has a later row of the same key.
    pub repeated: u64,
}

/// Why a table cannot be merged, written or read.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} the table of {kind}: {fault}")]
pub struct TableError {
    /// What was tried.
    pub action: Action,
    /// What the table holds.
    pub kind: &'static str,
    /// What is wrong.
    #[source]
    pub fault: TableFault,
}

/// What was tried with a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Adding an input's rows.
    Merge,
    /// Writing Parquet.
    Write,
    /// Reading Parquet.
    Read,
}

impl std::fmt::Display for Action {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Merge => "merge into",
            Self::Write => "write",
            Self::Read => "read",
        })
    }
}

/// What is wrong with a table.
#[derive(Debug, thiserror::Error)]
pub enum TableFault {
    /// It has more inputs than a table remembers.
    #[error("more than {VINTAGES_MAX} vintages")]
    TooManyVintages,
    /// It has more rows than this build takes.
    #[error("more than {TABLE_ROWS_MAX} rows")]
    TooManyRows,
    /// The file is no table of veche.
    #[error("the file does not say what it holds (no `{key}`)")]
    Foreign {
        /// The missing entry of the file's metadata.
        key: &'static str,
    },
    /// The file is of a later version.
    #[error("it is `{found}` and this build knows up to `{known}`; update veche")]
    Newer {
        /// As the file says.
        found: String,
        /// The latest known.
        known: String,
    },
    /// The file holds something else.
    #[error("it is `{found}`, not `{wanted}`")]
    OtherKind {
        /// As the file says.
        found: String,
        /// What was asked for.
        wanted: String,
    },
    /// The columns are not those of the version that the file claims.
    #[error("its columns are not those of its version")]
    Columns,
    /// A value cannot be.
    #[error("column `{column}` has a value that cannot be, in row {row}")]
    Value {
        /// The column.
        column: &'static str,
        /// The row within its group, from 0.
        row: usize,
    },
    /// Two rows have one key.
    #[error("two rows have one key")]
    TwoRows,
    /// The file is not as it was written.
    #[error("it is damaged: its checksum does not fit; restore it, or import its inputs again")]
    Damaged,
    /// The Parquet library refuses.
    #[error("not a sound Parquet file")]
    Parquet(#[source] parquet::errors::ParquetError),
}

impl<R: Row> Default for Table<R> {
    fn default() -> Self {
        Self { vintages: Vec::new(), rows: BTreeMap::new() }
    }
}

impl<R: Row> Table<R> {
    /// Adds the rows of an input, and says what that did.
    ///
    /// A vintage not seen before is newer than all that the table has. Of two rows with one key the later one counts.
    ///
    /// # Errors
    /// [`TableFault::TooManyVintages`], [`TableFault::TooManyRows`]; the table is then unchanged.
    pub fn merge(
        &mut self,
        rows: impl IntoIterator<Item = R>,
        vintage: Vintage,
    ) -> Result<Merged, TableError> {
        let mut merged = Merged::default();
        let mut incoming = BTreeMap::new();
        for row in rows {
            merged.repeated += u64::from(incoming.insert(row.key(), row).is_some());
        }
        let known = self.vintages.iter().position(|held| *held == vintage);
        let rank = known.unwrap_or(self.vintages.len());
        let fail = |fault| TableError { action: Action::Merge, kind: R::KIND, fault };
        let rank = match u16::try_from(rank) {
            Ok(rank) if usize::from(rank) < VINTAGES_MAX => rank,
            _ => return Err(fail(TableFault::TooManyVintages)),
        };
        let added = incoming.keys().filter(|key| !self.rows.contains_key(key)).count();
        if self.rows.len() + added > TABLE_ROWS_MAX {
            return Err(fail(TableFault::TooManyRows));
        }
        if known.is_none() {
            self.vintages.push(vintage);
        }
        for (key, row) in incoming {
            self.put(key, Held { row, rank }, &mut merged);
        }
        Ok(merged)
    }

    fn put(&mut self, key: R::Key, new: Held<R>, merged: &mut Merged) {
        let tally = match self.rows.get(&key) {
            None => &mut merged.inserted,
            Some(old) if old.rank > new.rank => {
                merged.outdated += 1;
                return;
            }
            Some(old) if old.row != new.row => &mut merged.replaced,
            Some(old) if old.rank < new.rank => &mut merged.confirmed,
            Some(_) => &mut merged.unchanged,
        };
        *tally += 1;
        self.rows.insert(key, new);
    }

    /// Returns the rows in the order of their keys, each with its vintage.
    pub fn rows(&self) -> impl Iterator<Item = (&R, Vintage)> {
        self.rows
            .values()
            .filter_map(|held| Some((&held.row, *self.vintages.get(usize::from(held.rank))?)))
    }

    /// Returns how many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Returns whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Returns the inputs merged so far, oldest first.
    #[must_use]
    pub fn vintages(&self) -> &[Vintage] {
        &self.vintages
    }
}
