//! ACLED event files, as its export and its API write them in CSV.
//!
//! Columns are found by name, so exports of any year with the columns needed are read. The data are not free: their terms
//! are ACLED's, and whoever imports them has agreed to those.
//!
//! Source: ACLED codebook (2024), "columns".

use super::SourceError;
use super::cells::{self, Column};
use super::records::{Fields, Records};
use super::report::{Report, RowFault, RowProblem};
use super::ucdp::{DEATHS_MAX, NAME_LEN_MAX, SOURCE_LEN_MAX};
use crate::area::{AreaId, Scheme};
use crate::date::Date;
use crate::incident::{Happened, Incident, IncidentId};
use crate::month::Month;
use crate::progress::Progress;
use std::io::BufRead;

/// Highest number of a country: ISO 3166-1 has three digits; 0 is Kosovo's in ACLED.
const COUNTRY_MAX: i64 = 999;

struct Columns {
    id: Column,
    date: Column,
    year: Option<Column>,
    time_precision: Column,
    happened: Column,
    closer: Column,
    actor: Column,
    other: Column,
    area: Column,
    country: Column,
    province: Column,
    place: Column,
    latitude: Column,
    longitude: Column,
    where_precision: Column,
    sources: Column,
    deaths: Column,
}

impl Columns {
    fn find(records: &Records<'_>) -> Result<Self, SourceError> {
        let need = |name| cells::need(records, name);
        Ok(Self {
            id: need("event_id_cnty")?,
            date: need("event_date")?,
            year: cells::find(records, "year")?,
            time_precision: need("time_precision")?,
            happened: need("event_type")?,
            closer: need("sub_event_type")?,
            actor: need("actor1")?,
            other: need("actor2")?,
            area: need("iso")?,
            country: need("country")?,
            province: need("admin1")?,
            place: need("location")?,
            latitude: need("latitude")?,
            longitude: need("longitude")?,
            where_precision: need("geo_precision")?,
            sources: need("source")?,
            deaths: need("fatalities")?,
        })
    }
}

/// Reads incidents from CSV, plain or gzip, and hands each to `each`.
///
/// Bad rows are skipped and reported. `event_date` is `2023-10-02` or `02 October 2023`; where there is a `year`, it must be
/// that of the date.
///
/// # Errors
/// [`SourceError`], as [`super::ucdp::read`].
pub fn read(
    input: &mut dyn BufRead,
    progress: &mut dyn FnMut(Progress),
    each: &mut dyn FnMut(Incident),
) -> Result<Report, SourceError> {
    let records = Records::open(input)?;
    let columns = Columns::find(&records)?;
    cells::read_rows(records, progress, |fields, report| incident(fields, &columns, report), each)
}

fn incident(
    fields: &Fields,
    columns: &Columns,
    report: &mut Report,
) -> Result<Incident, RowProblem> {
    let name = |column| cells::name(fields, column, NAME_LEN_MAX).map(str::to_owned);
    let degree = |column, most| {
        cells::whole(fields, column, 1, most).map(|value| u8::try_from(value).unwrap_or_default())
    };
    let maybe = |column| -> Result<String, RowProblem> {
        match cells::text(fields, column)? {
            "" => Ok(String::new()),
            _ => name(column),
        }
    };
    let id = cells::name(fields, &columns.id, NAME_LEN_MAX)?;
    let id = IncidentId::parse(id).map_err(|_| cells::unknown(fields, &columns.id))?;
    let happened = Happened::parse(cells::name(fields, &columns.happened, NAME_LEN_MAX)?);
    let happened = happened.ok_or_else(|| cells::unknown(fields, &columns.happened))?;
    let mut sources = cells::text(fields, &columns.sources)?;
    if sources.len() > SOURCE_LEN_MAX {
        report.sources_dropped += 1;
        sources = "";
    }
    let other = maybe(&columns.other)?;
    let country = cells::whole(fields, &columns.area, 0, COUNTRY_MAX)?;
    let deaths = cells::whole(fields, &columns.deaths, 0, DEATHS_MAX)?;
    Ok(Incident {
        id,
        date: date(fields, columns)?,
        time_precision: degree(&columns.time_precision, 3)?,
        happened,
        closer: name(&columns.closer)?,
        actor: name(&columns.actor)?,
        other: (!other.is_empty()).then_some(other),
        area: AreaId::new(Scheme::Iso, u16::try_from(country).unwrap_or(u16::MAX)),
        country: name(&columns.country)?,
        province: maybe(&columns.province)?,
        place: name(&columns.place)?,
        latitude: cells::degrees(fields, &columns.latitude, 90.0)?,
        longitude: cells::degrees(fields, &columns.longitude, 180.0)?,
        where_precision: degree(&columns.where_precision, 3)?,
        sources: sources.to_owned(),
        deaths: u32::try_from(deaths).unwrap_or(u32::MAX),
    })
}

fn date(fields: &Fields, columns: &Columns) -> Result<Date, RowProblem> {
    let text = cells::name(fields, &columns.date, NAME_LEN_MAX)?;
    let date = Date::parse(text).ok().or_else(|| spelt(text));
    let date = date.ok_or_else(|| cells::problem(fields, &columns.date, RowFault::NotADate))?;
    if let Some(column) = &columns.year {
        let year = cells::whole(fields, column, 1900, 2199)?;
        if year != i64::from(date.month().year()) {
            return Err(cells::contradiction(fields, column));
        }
    }
    Ok(date)
}

/// Returns the day of `02 October 2021`.
fn spelt(text: &str) -> Option<Date> {
    let mut words = text.split([' ', '-']);
    let (day, name, year) = (words.next()?, words.next()?, words.next()?);
    let month = (1..).zip(Month::NAMES).find(|(_, known)| known.eq_ignore_ascii_case(name))?.0;
    let is_whole =
        words.next().is_none() && [day, year].iter().all(|n| n.bytes().all(|b| b.is_ascii_digit()));
    let month = Month::new(year.parse().ok().filter(|_| is_whole)?, month).ok()?;
    Date::new(month, day.parse().ok()?).ok()
}
