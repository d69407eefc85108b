//! Weekly counts of units, monthly counts of cells, and the cells of sectors: their rows.

use super::SourceError;
use super::cells::{self, Column};
use super::counts::{COUNT_COLUMNS, month, month_columns};
use super::records::{Fields, Records};
use super::report::{Report, RowFault, RowProblem};
use crate::cell::{COLUMNS, CellId, ROWS};
use crate::month::Month;
use crate::progress::Progress;
use crate::units::{UNIT_LEN_MAX, UnitName, weeks};
use crate::week::Week;
use std::io::BufRead;

/// Columns that may number a cell, the first found is taken.
const CELL_COLUMNS: [&str; 3] = ["cell", "priogrid_gid", "pg_id"];

/// A unit's count of a week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WeekRow {
    /// The unit.
    pub unit: UnitName,
    /// The week.
    pub week: Week,
    /// How many.
    pub count: u32,
}

/// A cell's count of a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CellRow {
    /// The cell.
    pub cell: CellId,
    /// The month.
    pub month: Month,
    /// How many.
    pub count: u32,
}

/// A cell of a sector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SectorRow {
    /// The sector.
    pub sector: UnitName,
    /// The cell.
    pub cell: CellId,
}

fn first(records: &Records<'_>, names: &[&str]) -> Result<Column, SourceError> {
    for name in names {
        if let Some(column) = cells::find(records, name)? {
            return Ok(column);
        }
    }
    // Refuses: there is none.
    cells::need(records, names.first().copied().unwrap_or_default())
}

fn unit(fields: &Fields, column: &Column) -> Result<UnitName, RowProblem> {
    let text = cells::name(fields, column, UNIT_LEN_MAX)?;
    UnitName::parse(text).map_err(|_| cells::unknown(fields, column))
}

fn count(fields: &Fields, column: &Column) -> Result<u32, RowProblem> {
    let count = cells::whole(fields, column, 0, i64::from(weeks::COUNT_MAX))?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

fn cell(fields: &Fields, column: &Column) -> Result<CellId, RowProblem> {
    let number = cells::whole(fields, column, 1, i64::from(ROWS * COLUMNS))?;
    let cell = u32::try_from(number).ok().and_then(|number| CellId::new(number).ok());
    cell.ok_or_else(|| cells::problem(fields, column, RowFault::OutOfRange))
}

/// Reads weekly counts.
///
/// # Errors
/// [`SourceError`], as [`super::ucdp::read`].
pub fn read_weeks(
    input: &mut dyn BufRead,
    progress: &mut dyn FnMut(Progress),
    each: &mut dyn FnMut(WeekRow),
) -> Result<Report, SourceError> {
    let records = Records::open(input)?;
    let sides = match cells::find(&records, "side_a")? {
        Some(one) => (one, Some(cells::need(&records, "side_b")?)),
        None => (cells::need(&records, "unit")?, None),
    };
    let (week, counted) = (cells::need(&records, "week")?, first(&records, &["count"])?);
    let parse = |fields: &Fields, _: &mut Report| {
        let name = match &sides {
            (only, None) => unit(fields, only)?,
            (one, Some(other)) => {
                let (first, second) = (unit(fields, one)?, unit(fields, other)?);
                UnitName::pair(first.as_str(), second.as_str())
                    .map_err(|_| cells::problem(fields, other, RowFault::LongText))?
            }
        };
        let text = cells::text(fields, &week)?;
        let week =
            Week::parse(text).map_err(|_| cells::problem(fields, &week, RowFault::NotADate))?;
        Ok(WeekRow { unit: name, week, count: count(fields, &counted)? })
    };
    cells::read_rows(records, progress, parse, each)
}

/// Reads monthly counts of cells.
///
/// # Errors
/// [`SourceError`], as [`super::ucdp::read`].
pub fn read_cells(
    input: &mut dyn BufRead,
    progress: &mut dyn FnMut(Progress),
    each: &mut dyn FnMut(CellRow),
) -> Result<Report, SourceError> {
    let records = Records::open(input)?;
    let (number, months) = (first(&records, &CELL_COLUMNS)?, month_columns(&records)?);
    let counted = first(&records, &COUNT_COLUMNS)?;
    let parse = |fields: &Fields, _: &mut Report| {
        let (cell, month) = (cell(fields, &number)?, month(fields, &months)?);
        Ok(CellRow { cell, month, count: count(fields, &counted)? })
    };
    cells::read_rows(records, progress, parse, each)
}

/// Reads the cells of sectors.
///
/// # Errors
/// [`SourceError`], as [`super::ucdp::read`].
pub fn read_sectors(
    input: &mut dyn BufRead,
    progress: &mut dyn FnMut(Progress),
    each: &mut dyn FnMut(SectorRow),
) -> Result<Report, SourceError> {
    let records = Records::open(input)?;
    let (sector, number) = (cells::need(&records, "sector")?, first(&records, &CELL_COLUMNS)?);
    let parse = |fields: &Fields, _: &mut Report| {
        Ok(SectorRow { sector: unit(fields, &sector)?, cell: cell(fields, &number)? })
    };
    cells::read_rows(records, progress, parse, each)
}
