//! Tables of events and counts: merged by key, written as Parquet.
//!
//! A table knows its vintages in the order in which they were first merged; a later one is newer. The rule for one
//! row: a newer vintage replaces an older one, an older never replaces a newer. So merging an input twice changes
//! nothing, and neither does merging an old input again after its successor.
//!
//! A row that a newer vintage no longer has stays, with its old vintage.

pub(crate) mod columns;
mod format;
pub(crate) mod nested;
mod rows;

pub use format::{SCHEMA_VERSION, TABLE_ROWS_MAX};

use crate::count::Count;
use crate::event::Event;
use crate::incident::Incident;
use crate::month::Month;
use crate::vintage::Vintage;
use std::cmp::Ordering;

/// Most inputs that one table remembers: monthly releases for 300 years.
pub const VINTAGES_MAX: usize = 4096;

/// Events by their number.
pub type EventTable = Table<Event>;
/// Incidents by their number.
pub type IncidentTable = Table<Incident>;
/// Reported events by their name.
pub type ReportedTable = Table<crate::reported::ReportedEvent>;
/// Coded mentions by their event and name.
pub type CodedTable = Table<crate::coded::CodedMention>;
/// Counts by area, series and month.
pub type CountTable = Table<Count>;

/// What a table can hold; for [`Event`], [`Incident`] and [`Count`].
pub trait Row: columns::Columnar + Clone + PartialEq + std::fmt::Debug {
    /// Returns the place of this row's key before or after another's; equal keys are one row's.
    fn order(&self, other: &Self) -> Ordering;
    /// Returns the month that it counts in.
    fn month(&self) -> Month;
}

/// Rows by key, each with the input that it came from.
///
/// Rows and places of vintages lie beside each other, so that a row of millions costs what it holds and two bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct Table<R: Row> {
    /// Oldest first.
    vintages: Vec<Vintage>,
    /// Ascending by key, each key once.
    rows: Vec<R>,
    /// For each row the place of its vintage in the table's list.
    ranks: Vec<u16>,
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
    /// Two rows have one key, or do not ascend.
    #[error("two rows have one key, or are not in its order")]
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
        Self { vintages: Vec::new(), rows: Vec::new(), ranks: Vec::new() }
    }
}

impl<R: Row> Table<R> {
    /// Adds the rows of an input, and says what that did.
    ///
    /// A vintage not seen before is newer than all that the table has. Of two rows with one key the later one counts.
    ///
    /// # Errors
    /// [`TableFault::TooManyVintages`], [`TableFault::TooManyRows`]; the table is then unchanged.
    pub fn merge(&mut self, rows: Vec<R>, vintage: Vintage) -> Result<Merged, TableError> {
        let (incoming, repeated) = ordered(rows);
        let known = self.vintages.iter().position(|held| *held == vintage);
        let fail = |fault| TableError { action: Action::Merge, kind: R::KIND, fault };
        let rank = match u16::try_from(known.unwrap_or(self.vintages.len())) {
            Ok(rank) if usize::from(rank) < VINTAGES_MAX => rank,
            _ => return Err(fail(TableFault::TooManyVintages)),
        };
        let new = |row: &&R| self.rows.binary_search_by(|held| held.order(row)).is_err();
        // What fits in any case need not be counted.
        let fits = self.rows.len() + incoming.len() <= TABLE_ROWS_MAX
            || self.rows.len() + incoming.iter().filter(new).count() <= TABLE_ROWS_MAX;
        if !fits {
            return Err(fail(TableFault::TooManyRows));
        }
        if known.is_none() {
            self.vintages.push(vintage);
        }
        let merged = Merged { repeated, ..Merged::default() };
        if self.rows.is_empty() {
            self.ranks = vec![rank; incoming.len()];
            let inserted = incoming.len() as u64;
            self.rows = incoming;
            return Ok(Merged { inserted, ..merged });
        }
        Ok(self.weave(incoming, rank, merged))
    }

    /// Goes through the held and the incoming rows side by side, both ascending.
    fn weave(&mut self, incoming: Vec<R>, rank: u16, mut merged: Merged) -> Merged {
        let held = std::mem::take(&mut self.rows).into_iter().zip(std::mem::take(&mut self.ranks));
        let (mut held, mut incoming) = (held.peekable(), incoming.into_iter().peekable());
        loop {
            let order = match (held.peek(), incoming.peek()) {
                (Some((old, _)), Some(new)) => old.order(new),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => return merged,
            };
            let old = if order.is_le() { held.next() } else { None };
            let new = if order.is_ge() { incoming.next() } else { None };
            let (row, rank) = match (old, new) {
                (Some(old), Some(new)) => settle(old, (new, rank), &mut merged),
                (Some(old), None) => old,
                (None, Some(new)) => {
                    merged.inserted += 1;
                    (new, rank)
                }
                (None, None) => return merged,
            };
            self.rows.push(row);
            self.ranks.push(rank);
        }
    }

    /// Adds the rows of another table, its inputs one after the other in its order; returns what the last of them did.
    ///
    /// # Errors
    /// As [`Self::merge`].
    pub fn absorb(&mut self, other: Self) -> Result<Merged, TableError> {
        let Self { vintages, rows, ranks } = other;
        if let [only] = vintages.as_slice() {
            return self.merge(rows, *only);
        }
        let mut last = Merged::default();
        for (rank, vintage) in (0..).zip(vintages) {
            let of = rows.iter().zip(&ranks).filter(|(_, held)| **held == rank);
            last = self.merge(of.map(|(row, _)| row.clone()).collect(), vintage)?;
        }
        Ok(last)
    }

    /// Returns the first and the last month that rows of an input count in.
    #[must_use]
    pub fn span(&self, vintage: Vintage) -> Option<(Month, Month)> {
        let mut months = self.rows().filter(|(_, of)| *of == vintage).map(|(row, _)| row.month());
        let first = months.next()?;
        Some(months.fold((first, first), |(low, high), month| (low.min(month), high.max(month))))
    }

    /// Returns how many older rows lie within the months of an input and are not in it.
    #[must_use]
    pub fn untold(&self, vintage: Vintage) -> u64 {
        let rank = self.vintages.iter().position(|held| *held == vintage);
        let (Some(rank), Some((first, last))) = (rank, self.span(vintage)) else { return 0 };
        let older = self.rows.iter().zip(&self.ranks).filter(|(_, of)| usize::from(**of) < rank);
        older.filter(|(row, _)| (first..=last).contains(&row.month())).count() as u64
    }

    /// Returns the rows in the order of their keys, each with its vintage.
    pub fn rows(&self) -> impl Iterator<Item = (&R, Vintage)> + Clone {
        let vintage = |rank: &u16| self.vintages.get(usize::from(*rank)).copied();
        self.rows.iter().zip(&self.ranks).filter_map(move |(row, rank)| Some((row, vintage(rank)?)))
    }

    /// Returns how many rows there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.rows.len()
    }

    /// Returns whether there are no rows.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Returns the inputs merged so far, oldest first.
    #[must_use]
    pub fn vintages(&self) -> &[Vintage] {
        &self.vintages
    }
}

/// Returns rows ascending by key, of each key the last one, and how many were dropped for that.
fn ordered<R: Row>(mut rows: Vec<R>) -> (Vec<R>, u64) {
    // Equal keys keep the order of the input; turned around, the first of them is the input's last.
    rows.reverse();
    rows.sort_by(R::order);
    let all = rows.len();
    rows.dedup_by(|later, kept| later.order(kept).is_eq());
    let repeated = (all - rows.len()) as u64;
    (rows, repeated)
}

/// Returns which of two rows of one key stays.
fn settle<R: Row>(old: (R, u16), new: (R, u16), merged: &mut Merged) -> (R, u16) {
    let tally = match old.1.cmp(&new.1) {
        Ordering::Greater => {
            merged.outdated += 1;
            return old;
        }
        _ if old.0 != new.0 => &mut merged.replaced,
        Ordering::Less => &mut merged.confirmed,
        Ordering::Equal => &mut merged.unchanged,
    };
    *tally += 1;
    new
}
