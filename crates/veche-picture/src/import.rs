//! Taking an input in: its rows with its hash, and all three steps of an import in one call.

use crate::area::Series;
use crate::count::Count;
use crate::event::Event;
use crate::incident::Incident;
use crate::month::Month;
use crate::progress::Progress;
use crate::source::counts::Wanted;
use crate::source::{Report, SourceError, acled, counts, pinned, ucdp, views};
use crate::table::{Merged, Row, Table, TableError};
use crate::vintage::Vintage;
use std::io::BufRead;

/// The rows of an input, pinned by its bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct Taken<R: Row> {
    /// The rows, in the input's order.
    pub rows: Vec<R>,
    /// What reading it came to.
    pub report: Report,
    /// SHA-256 of its bytes.
    pub vintage: Vintage,
}

/// Takes UCDP events out of an input, which is read once and not held.
///
/// # Errors
/// [`SourceError`], as [`ucdp::read`].
pub fn take_events(
    input: &mut dyn BufRead,
    progress: &mut dyn FnMut(Progress),
) -> Result<Taken<Event>, SourceError> {
    let mut rows = Vec::new();
    let read = |input: &mut dyn BufRead| ucdp::read(input, progress, &mut |row| rows.push(row));
    let (report, vintage) = pinned(input, read)?;
    Ok(Taken { rows, report, vintage })
}

/// Takes a country-month panel out of an input, which is read once and not held, and names the series found.
///
/// # Errors
/// [`SourceError`], as [`counts::read`].
pub fn take_counts(
    input: &mut dyn BufRead,
    wanted: Wanted<'_>,
    progress: &mut dyn FnMut(Progress),
) -> Result<(Series, Taken<Count>), SourceError> {
    let mut rows = Vec::new();
    let read =
        |input: &mut dyn BufRead| counts::read(input, wanted, progress, &mut |row| rows.push(row));
    let ((series, report), vintage) = pinned(input, read)?;
    Ok((series, Taken { rows, report, vintage }))
}

/// Takes counts of VIEWS out of an input, JSON or CSV, and names the series found; `begins` as in [`views::read`].
///
/// # Errors
/// [`SourceError`], as [`views::read`].
pub fn take_views(
    input: &mut dyn BufRead,
    wanted: Wanted<'_>,
    begins: Option<Month>,
    progress: &mut dyn FnMut(Progress),
) -> Result<(Series, Taken<Count>), SourceError> {
    let mut rows = Vec::new();
    let read = |input: &mut dyn BufRead| {
        views::read(input, wanted, begins, progress, &mut |row| rows.push(row))
    };
    let ((series, report), vintage) = pinned(input, read)?;
    Ok((series, Taken { rows, report, vintage }))
}

/// Takes ACLED's incidents out of an input, which is read once and not held.
///
/// # Errors
/// [`SourceError`], as [`acled::read`].
pub fn take_incidents(
    input: &mut dyn BufRead,
    progress: &mut dyn FnMut(Progress),
) -> Result<Taken<Incident>, SourceError> {
    let mut rows = Vec::new();
    let read = |input: &mut dyn BufRead| acled::read(input, progress, &mut |row| rows.push(row));
    let (report, vintage) = pinned(input, read)?;
    Ok(Taken { rows, report, vintage })
}

/// What an import came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported<R: Row> {
    /// The table after the import.
    pub table: Table<R>,
    /// The same as the bytes of a Parquet file; the caller puts them in the old one's place.
    pub file: Vec<u8>,
    /// What reading the input came to.
    pub report: Report,
    /// What merging it did.
    pub merged: Merged,
}

/// Why an import came to nothing; the table so far is untouched.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The input cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The table cannot be read, merged or written.
    #[error(transparent)]
    Table(#[from] TableError),
}

/// Imports UCDP events into the table in `existing` (`None`: a new one).
///
/// `vintage` is SHA-256 of the input's bytes as they lie on disk. Importing an input twice changes no byte.
///
/// # Errors
/// [`ImportError`], the table's first.
pub fn import_events(
    existing: Option<Vec<u8>>,
    input: &mut dyn BufRead,
    vintage: Vintage,
    progress: &mut dyn FnMut(Progress),
) -> Result<Imported<Event>, ImportError> {
    let table = existing.map(Table::from_parquet).transpose()?.unwrap_or_default();
    let mut rows = Vec::new();
    let report = ucdp::read(input, progress, &mut |event| rows.push(event))?;
    finish(table, rows, report, vintage, progress)
}

/// Imports a country-month panel into the table in `existing` (`None`: a new one), and names the series found.
///
/// `vintage` as in [`import_events`]; `wanted` says what the panel's columns do not.
///
/// ```
/// use veche_picture::source::counts::Wanted;
/// use veche_picture::{Panel, Scheme, Vintage, import_counts};
///
/// let csv = "month_id,country_id,ged_sb\n457,1,0\n458,1,12\n";
/// let wanted = Wanted { scheme: Scheme::Views, column: None };
/// let vintage = Vintage([7; 32]); // SHA-256 of the input
/// let (series, imported) = import_counts(None, &mut csv.as_bytes(), wanted, vintage, &mut |_| {})?;
/// assert_eq!((imported.merged.inserted, imported.report.skipped()), (2, 0));
/// assert_eq!(Panel::from_counts(&imported.table, &series).histories().len(), 1);
/// # Ok::<(), veche_picture::import::ImportError>(())
/// ```
///
/// # Errors
/// [`ImportError`], the table's first.
pub fn import_counts(
    existing: Option<Vec<u8>>,
    input: &mut dyn BufRead,
    wanted: Wanted<'_>,
    vintage: Vintage,
    progress: &mut dyn FnMut(Progress),
) -> Result<(Series, Imported<Count>), ImportError> {
    let table = existing.map(Table::from_parquet).transpose()?.unwrap_or_default();
    let mut rows = Vec::new();
    let (series, report) = counts::read(input, wanted, progress, &mut |count| rows.push(count))?;
    Ok((series, finish(table, rows, report, vintage, progress)?))
}

fn finish<R: Row>(
    mut table: Table<R>,
    rows: Vec<R>,
    report: Report,
    vintage: Vintage,
    progress: &mut dyn FnMut(Progress),
) -> Result<Imported<R>, ImportError> {
    let merged = table.merge(rows, vintage)?;
    let file = table.to_parquet(progress)?;
    Ok(Imported { table, file, report, merged })
}
