//! Weekly counts of units, monthly counts of cells, and the cells of sectors, from CSV. One bad row refuses the file: a forecast
//! rests on all of it or on none.

use super::{UnitName, cells, weeks};
use crate::cell::CellId;
use crate::month::Month;
use crate::progress::Progress;
use crate::source::units::{CellRow, SectorRow, WeekRow, read_cells, read_sectors, read_weeks};
use crate::source::{Report, RowProblem, SourceError};
use crate::week::Week;
use std::collections::BTreeMap;
use std::io::BufRead;

/// Why a file cannot be forecast from.
#[derive(Debug, thiserror::Error)]
pub enum NotUnits {
    /// It cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A row cannot be used.
    #[error("{0}")]
    Row(Box<RowProblem>),
    /// Two rows are of one unit and time, or of one cell of a sector.
    #[error("two rows are of {unit} in {at}")]
    Twice {
        /// The unit.
        unit: String,
        /// The week or month, or the sector.
        at: String,
    },
    /// The weeks do not serve.
    #[error(transparent)]
    Weeks(#[from] weeks::NoWeeks),
    /// The cells do not serve.
    #[error(transparent)]
    Cells(#[from] cells::NoCells),
}

fn sound(report: Report) -> Result<(), NotUnits> {
    match report.examples.into_iter().next() {
        Some(problem) => Err(NotUnits::Row(Box::new(problem))),
        None => Ok(()),
    }
}

/// Reads weekly counts: columns `unit`, or `side_a` and `side_b`; `week` (`2023-W40`); `count`.
///
/// # Errors
/// [`NotUnits`].
pub fn weekly(
    input: &mut dyn BufRead,
    progress: &mut dyn FnMut(Progress),
) -> Result<weeks::Weeks, NotUnits> {
    let mut rows: BTreeMap<UnitName, BTreeMap<Week, u32>> = BTreeMap::new();
    let mut twice = None;
    let report = read_weeks(input, progress, &mut |WeekRow { unit, week, count }| {
        if rows.entry(unit.clone()).or_default().insert(week, count).is_some() {
            twice.get_or_insert((format!("`{unit}`"), week.to_string()));
        }
    })?;
    sound(report)?;
    match twice {
        Some((unit, at)) => Err(NotUnits::Twice { unit, at }),
        None => Ok(weeks::Weeks::of_rows(rows)?),
    }
}

/// Reads monthly counts of cells: `cell`, `priogrid_gid` or `pg_id`; `month_id`, or `year` and `month`; a count.
///
/// # Errors
/// [`NotUnits`].
pub fn monthly(
    input: &mut dyn BufRead,
    progress: &mut dyn FnMut(Progress),
) -> Result<cells::CellMonths, NotUnits> {
    let mut rows: BTreeMap<CellId, BTreeMap<Month, u32>> = BTreeMap::new();
    let mut twice = None;
    let report = read_cells(input, progress, &mut |CellRow { cell, month, count }| {
        if rows.entry(cell).or_default().insert(month, count).is_some() {
            twice.get_or_insert((cell.to_string(), month.to_string()));
        }
    })?;
    sound(report)?;
    match twice {
        Some((unit, at)) => Err(NotUnits::Twice { unit, at }),
        None => Ok(cells::CellMonths::of_rows(&rows)?),
    }
}

/// Reads which cells each sector has: columns `sector` and `cell`. No cell is in two sectors.
///
/// # Errors
/// [`NotUnits`].
pub fn sectors(
    input: &mut dyn BufRead,
    progress: &mut dyn FnMut(Progress),
) -> Result<BTreeMap<CellId, UnitName>, NotUnits> {
    let mut sectors = BTreeMap::new();
    let mut twice = None;
    let report = read_sectors(input, progress, &mut |SectorRow { sector, cell }| {
        if let Some(other) = sectors.insert(cell, sector) {
            twice.get_or_insert((cell.to_string(), format!("`{other}` and another sector")));
        }
    })?;
    sound(report)?;
    match twice {
        Some((unit, at)) => Err(NotUnits::Twice { unit, at }),
        None => Ok(sectors),
    }
}
