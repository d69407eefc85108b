//! Country-month panels: one row an area and month, with one column that counts.

use super::cells::{self, Column};
use super::records::{Fields, Records};
use super::report::{Report, RowProblem, shortened};
use super::ucdp::{DEATHS_MAX, country};
use super::{SourceError, SourceFault};
use crate::area::{AreaId, Scheme, Series};
use crate::count::Count;
use crate::month::Month;
use crate::progress::Progress;
use std::io::BufRead;

/// Columns that are known to count, the first found is taken.
pub const COUNT_COLUMNS: [&str; 8] =
    ["ged_sb", "ged_ns", "ged_os", "all_best", "best", "deaths", "outcome", "count"];
/// Columns that may say where a value is from, the first found is taken.
const QUALITY_COLUMNS: [&str; 2] = ["quality", "source"];
/// Longest text on a value's origin, in bytes.
pub const QUALITY_LEN_MAX: usize = 64;

/// How to read a panel: what its columns do not say themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted<'a> {
    /// The list that the panel's `country_id` is from.
    pub scheme: Scheme,
    /// The column that counts; `None` to take the first known one ([`COUNT_COLUMNS`]).
    pub column: Option<&'a str>,
}

struct Columns {
    area: Column,
    month: MonthColumns,
    count: Column,
    quality: Option<Column>,
}

/// The columns that name a month.
pub(super) enum MonthColumns {
    Id(Column),
    Calendar { year: Column, month: Column },
    Both { id: Column, year: Column, month: Column },
}

/// Reads a panel from CSV, plain or gzip, hands each count to `each`, and returns the series found.
///
/// Needed columns: `country_id`; `month_id` (VIEWS), or `year` and `month`, or all three, which must then agree; the
/// count. Optional: `quality` or `source`. The series is the count column's name in lower case.
///
/// # Errors
/// [`SourceError`] as for [`super::ucdp::read`]; no known count column, or one whose name cannot name a series.
pub fn read(
    input: &mut dyn BufRead,
    wanted: Wanted<'_>,
    progress: &mut dyn FnMut(Progress),
    each: &mut dyn FnMut(Count),
) -> Result<(Series, Report), SourceError> {
    read_by(input, wanted, &["country_id"], progress, each)
}

/// Reads a panel as [`read`] does; the country's number is in the first of these columns that there is.
pub(super) fn read_by(
    input: &mut dyn BufRead,
    wanted: Wanted<'_>,
    areas: &[&str],
    progress: &mut dyn FnMut(Progress),
    each: &mut dyn FnMut(Count),
) -> Result<(Series, Report), SourceError> {
    let records = Records::open(input)?;
    let columns = find(&records, wanted.column, areas)?;
    let series = Series::parse(columns.count.name()).map_err(|_| {
        records.fail(SourceFault::ColumnName { column: shortened(columns.count.name()) })
    })?;
    let parse = |fields: &Fields, _: &mut Report| count(fields, &columns, wanted.scheme, &series);
    let report = cells::read_rows(records, progress, parse, each)?;
    Ok((series, report))
}

fn find(
    records: &Records<'_>,
    wanted: Option<&str>,
    areas: &[&str],
) -> Result<Columns, SourceError> {
    let first = |names: &[&str]| -> Result<Option<Column>, SourceError> {
        names.iter().find_map(|name| cells::find(records, name).transpose()).transpose()
    };
    let month = month_columns(records)?;
    let count = match wanted {
        Some(name) => cells::need(records, &name.to_ascii_lowercase())?,
        None => first(&COUNT_COLUMNS)?.ok_or_else(|| {
            records.fail(SourceFault::NoCountColumn { found: cells::names(records) })
        })?,
    };
    Ok(Columns {
        area: match first(areas)? {
            Some(column) => column,
            // Refuses: there is none.
            None => cells::need(records, areas.first().copied().unwrap_or_default())?,
        },
        month,
        count,
        quality: first(&QUALITY_COLUMNS)?,
    })
}

/// Finds the columns that name a month.
pub(super) fn month_columns(records: &Records<'_>) -> Result<MonthColumns, SourceError> {
    let month_id = cells::find(records, "month_id")?;
    Ok(match (month_id, cells::find(records, "year")?, cells::find(records, "month")?) {
        (Some(id), Some(year), Some(month)) => MonthColumns::Both { id, year, month },
        (Some(id), ..) => MonthColumns::Id(id),
        (None, Some(year), Some(month)) => MonthColumns::Calendar { year, month },
        // Refuses: there is none.
        (None, ..) => MonthColumns::Id(cells::need(records, "month_id")?),
    })
}

fn count(
    fields: &Fields,
    columns: &Columns,
    scheme: Scheme,
    series: &Series,
) -> Result<Count, RowProblem> {
    let quality = match &columns.quality {
        Some(column) => match cells::text(fields, column)? {
            "" => String::new(),
            _ => cells::name(fields, column, QUALITY_LEN_MAX)?.to_owned(),
        },
        None => String::new(),
    };
    let count = cells::whole(fields, &columns.count, 0, DEATHS_MAX)?;
    Ok(Count {
        area: AreaId::new(scheme, country(fields, &columns.area)?),
        month: month(fields, &columns.month)?,
        series: series.clone(),
        count: u32::try_from(count).unwrap_or(u32::MAX),
        quality,
    })
}

/// Returns the month that a row names.
pub(super) fn month(fields: &Fields, columns: &MonthColumns) -> Result<Month, RowProblem> {
    let by_id = |id: &Column| {
        let value = cells::whole(fields, id, 1, i64::from(u16::MAX))?;
        Month::from_id(value).map_err(|_| cells::contradiction(fields, id))
    };
    let by_calendar = |year: &Column, month: &Column| {
        let (y, m) = (cells::whole(fields, year, 1980, 2199)?, cells::whole(fields, month, 1, 12)?);
        let (y, m) = (i32::try_from(y).unwrap_or_default(), i32::try_from(m).unwrap_or_default());
        Month::new(y, m).map_err(|_| cells::contradiction(fields, month))
    };
    match columns {
        MonthColumns::Id(id) => by_id(id),
        MonthColumns::Calendar { year, month } => by_calendar(year, month),
        MonthColumns::Both { id, year, month } => {
            let found = by_id(id)?;
            if by_calendar(year, month)? == found {
                Ok(found)
            } else {
                Err(cells::contradiction(fields, id))
            }
        }
    }
}
