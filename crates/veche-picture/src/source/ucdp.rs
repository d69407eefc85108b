//! UCDP GED and UCDP Candidate event files.
//!
//! Columns are found by name, so the yearly file (49 columns), the monthly one and a cut of either are all read.
//!
//! Source: UCDP GED codebook; licence of the data CC BY 4.0.

use super::SourceError;
use super::cells::{self, Column};
use super::records::{Fields, Records};
use super::report::{Report, RowProblem};
use crate::area::{AreaId, Scheme};
use crate::event::{Event, EventId, Violence};
use crate::progress::Progress;
use std::io::BufRead;

/// Longest name of a country, side or pair, in bytes.
pub const NAME_LEN_MAX: usize = 512;
/// Longest source text that is kept, in bytes: longer lists of articles are dropped, their number stays.
pub const SOURCE_LEN_MAX: usize = 1024;
/// Most deaths in one event or month: ten times the deadliest month in the data since 1989.
pub const DEATHS_MAX: i64 = 5_000_000;
/// Most sources of one event.
const SOURCES_MAX: i64 = 1_000_000;
/// Columns that may name the source, the best one first.
const SOURCE_COLUMNS: [&str; 2] = ["source_article", "source_office"];

struct Columns {
    id: Column,
    date_start: Column,
    date_end: Column,
    date_prec: Column,
    country_id: Column,
    country: Column,
    dyad: Column,
    side_a: Column,
    side_b: Column,
    violence: Column,
    best: Column,
    low: Column,
    high: Column,
    latitude: Column,
    longitude: Column,
    where_prec: Column,
    sources: Column,
    source: Option<Column>,
}

impl Columns {
    fn find(records: &Records<'_>) -> Result<Self, SourceError> {
        let need = |name| cells::need(records, name);
        let mut source = None;
        for name in SOURCE_COLUMNS {
            if source.is_none() {
                source = cells::find(records, name)?;
            }
        }
        Ok(Self {
            id: need("id")?,
            date_start: need("date_start")?,
            date_end: need("date_end")?,
            date_prec: need("date_prec")?,
            country_id: need("country_id")?,
            country: need("country")?,
            dyad: need("dyad_name")?,
            side_a: need("side_a")?,
            side_b: need("side_b")?,
            violence: need("type_of_violence")?,
            best: need("best")?,
            low: need("low")?,
            high: need("high")?,
            latitude: need("latitude")?,
            longitude: need("longitude")?,
            where_prec: need("where_prec")?,
            sources: need("number_of_sources")?,
            source,
        })
    }
}

/// Reads events from CSV, plain or gzip, and hands each to `each`.
///
/// Bad rows are skipped and reported. The report says which delimiter was found, and how many rows have a best
/// estimate outside their own range (they are kept: the data set has some).
///
/// # Errors
/// [`SourceError`]: an empty, zipped or UTF-16 input; a needed column missing or named twice; gzip data cut short or
/// damaged; too many rows; rows and not one good; a failing reader. Rows handed on before an error must be dropped.
pub fn read(
    input: &mut dyn BufRead,
    progress: &mut dyn FnMut(Progress),
    each: &mut dyn FnMut(Event),
) -> Result<Report, SourceError> {
    let records = Records::open(input)?;
    let columns = Columns::find(&records)?;
    cells::read_rows(records, progress, |fields, report| event(fields, &columns, report), each)
}

fn event(fields: &Fields, columns: &Columns, report: &mut Report) -> Result<Event, RowProblem> {
    let name = |column| cells::name(fields, column, NAME_LEN_MAX).map(str::to_owned);
    let (date_start, date_end) =
        (cells::date(fields, &columns.date_start)?, cells::date(fields, &columns.date_end)?);
    if date_end < date_start {
        return Err(cells::contradiction(fields, &columns.date_end));
    }
    let violence = small(fields, &columns.violence, 1, 3).map(Violence::from_code)?;
    let mut event = Event {
        id: EventId(number(fields, &columns.id, i64::from(u32::MAX))?),
        date_start,
        date_end,
        date_precision: small(fields, &columns.date_prec, 1, 5)?.try_into().unwrap_or_default(),
        area: AreaId::new(Scheme::Gw, country(fields, &columns.country_id)?),
        country: name(&columns.country)?,
        dyad: name(&columns.dyad)?,
        side_a: name(&columns.side_a)?,
        side_b: name(&columns.side_b)?,
        violence: violence.ok_or_else(|| cells::contradiction(fields, &columns.violence))?,
        best: number(fields, &columns.best, DEATHS_MAX)?,
        low: number(fields, &columns.low, DEATHS_MAX)?,
        high: number(fields, &columns.high, DEATHS_MAX)?,
        latitude: cells::degrees(fields, &columns.latitude, 90.0)?,
        longitude: cells::degrees(fields, &columns.longitude, 180.0)?,
        where_precision: small(fields, &columns.where_prec, 1, 7)?.try_into().unwrap_or_default(),
        // UCDP writes -1 for events coded before it counted sources.
        sources: u32::try_from(cells::whole(fields, &columns.sources, -1, SOURCES_MAX)?).ok(),
        source: None,
    };
    if let Some(column) = &columns.source {
        let text = cells::text(fields, column)?;
        if text.len() <= SOURCE_LEN_MAX {
            event.source = (!text.is_empty()).then(|| text.to_owned());
        } else {
            report.sources_dropped += 1;
        }
    }
    report.over_month_ends += u64::from(event.date_start.month() != event.date_end.month());
    if !(event.low..=event.high).contains(&event.best) {
        report.odd_estimates += 1;
    }
    Ok(event)
}

/// Returns a whole number from 0 to `max`, which fits 32 bits.
fn number(fields: &Fields, column: &Column, max: i64) -> Result<u32, RowProblem> {
    cells::whole(fields, column, 0, max).map(|value| u32::try_from(value).unwrap_or(u32::MAX))
}

/// Returns a code from `min` to `max`, which fits 32 bits.
fn small(fields: &Fields, column: &Column, min: i64, max: i64) -> Result<i32, RowProblem> {
    cells::whole(fields, column, min, max).map(|value| i32::try_from(value).unwrap_or(i32::MAX))
}

/// Returns a country's number, 1 to 65535.
pub(super) fn country(fields: &Fields, column: &Column) -> Result<u16, RowProblem> {
    cells::whole(fields, column, 1, i64::from(u16::MAX))
        .map(|value| u16::try_from(value).unwrap_or(u16::MAX))
}
