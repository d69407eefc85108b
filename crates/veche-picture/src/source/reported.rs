//! Events that data sets coded: GDELT 2.0, ICEWS, POLECAT, ACLED, and Phoenix (what PETRARCH2 writes).
//!
//! Rows go to the caller one by one as [`ReportedEvent`]s. A row whose type is no event of PLOVER is skipped and counted like a
//! broken one. Source of the columns: the data sets' codebooks, as loaders read them (`formats/event.md` has the list).

use super::cells::{self, Column};
use super::records::{Fields, Records};
use super::report::{Report, RowFault, RowProblem};
use super::{SourceError, acled};
use crate::date::Date;
use crate::incident::Incident;
use crate::month::Month;
use crate::progress::Progress;
use crate::reported::mapping::{self, Mapped};
use crate::reported::{ReportedEvent, countries, told};
use std::io::BufRead;
use veche_coder::ontology::{Class, Mode};

/// Longest text of a field that is kept, in bytes.
const TEXT_LEN_MAX: usize = 2048;
/// Highest number of a source, article or feature.
const NUMBER_MAX: i64 = i32::MAX as i64;
/// Most that an intensity can be, on any of the scales.
const INTENSITY_MAX: f64 = 100.0;

/// Whose format a file is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// GDELT 2.0 events: 61 columns without a header.
    Gdelt,
    /// ICEWS: columns with a header.
    Icews,
    /// POLECAT: columns with a header.
    Polecat,
    /// ACLED: CSV with a header.
    Acled,
    /// Phoenix and PETRARCH2: 10 columns without a header.
    Phoenix,
}

impl Format {
    /// Every one.
    pub const ALL: [Self; 5] =
        [Self::Gdelt, Self::Icews, Self::Polecat, Self::Acled, Self::Phoenix];

    /// Returns its name, as in the column `coder`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gdelt => "gdelt",
            Self::Icews => "icews",
            Self::Polecat => "polecat",
            Self::Acled => "acled",
            Self::Phoenix => "phoenix",
        }
    }
}

/// The columns of GDELT 2.0 events.
const GDELT: [&str; 61] = [
    "GLOBALEVENTID",
    "SQLDATE",
    "MonthYear",
    "Year",
    "FractionDate",
    "Actor1Code",
    "Actor1Name",
    "Actor1CountryCode",
    "Actor1KnownGroupCode",
    "Actor1EthnicCode",
    "Actor1Religion1Code",
    "Actor1Religion2Code",
    "Actor1Type1Code",
    "Actor1Type2Code",
    "Actor1Type3Code",
    "Actor2Code",
    "Actor2Name",
    "Actor2CountryCode",
    "Actor2KnownGroupCode",
    "Actor2EthnicCode",
    "Actor2Religion1Code",
    "Actor2Religion2Code",
    "Actor2Type1Code",
    "Actor2Type2Code",
    "Actor2Type3Code",
    "IsRootEvent",
    "EventCode",
    "EventBaseCode",
    "EventRootCode",
    "QuadClass",
    "GoldsteinScale",
    "NumMentions",
    "NumSources",
    "NumArticles",
    "AvgTone",
    "Actor1Geo_Type",
    "Actor1Geo_FullName",
    "Actor1Geo_CountryCode",
    "Actor1Geo_ADM1Code",
    "Actor1Geo_ADM2Code",
    "Actor1Geo_Lat",
    "Actor1Geo_Long",
    "Actor1Geo_FeatureID",
    "Actor2Geo_Type",
    "Actor2Geo_FullName",
    "Actor2Geo_CountryCode",
    "Actor2Geo_ADM1Code",
    "Actor2Geo_ADM2Code",
    "Actor2Geo_Lat",
    "Actor2Geo_Long",
    "Actor2Geo_FeatureID",
    "ActionGeo_Type",
    "ActionGeo_FullName",
    "ActionGeo_CountryCode",
    "ActionGeo_ADM1Code",
    "ActionGeo_ADM2Code",
    "ActionGeo_Lat",
    "ActionGeo_Long",
    "ActionGeo_FeatureID",
    "DATEADDED",
    "SOURCEURL",
];

/// The columns that PETRARCH2 writes with the texts of actors and events.
const PHOENIX: [&str; 10] = [
    "date",
    "source",
    "target",
    "cameo",
    "issues",
    "story_sentence_id",
    "publisher",
    "source_text",
    "target_text",
    "event_text",
];

/// Reads the events of a file, plain or gzip, and hands each to `each`.
///
/// # Errors
/// [`SourceError`], as [`super::ucdp::read`].
pub fn read(
    format: Format,
    input: &mut dyn BufRead,
    progress: &mut dyn FnMut(Progress),
    each: &mut dyn FnMut(ReportedEvent),
) -> Result<Report, SourceError> {
    let (records, row): (Records<'_>, Parse) = match format {
        Format::Gdelt => (Records::open_tabbed(input, Some(&GDELT))?, gdelt),
        Format::Icews => (Records::open_tabbed(input, None)?, icews),
        Format::Polecat => (Records::open_tabbed(input, None)?, polecat),
        Format::Phoenix => (Records::open_tabbed(input, Some(&PHOENIX))?, phoenix),
        Format::Acled => return of_acled(input, progress, each),
    };
    let needed: &[&str] = match format {
        Format::Gdelt => &GDELT,
        Format::Icews => &ICEWS,
        Format::Polecat => &POLECAT,
        Format::Phoenix => &PHOENIX,
        Format::Acled => &[],
    };
    let columns = needed.iter().map(|name| cells::need(&records, &name.to_ascii_lowercase()));
    let columns: Vec<Column> = columns.collect::<Result<_, _>>()?;
    let parse = |fields: &Fields, _: &mut Report| row(&Fetch { fields, columns: &columns });
    cells::read_rows(records, progress, parse, each)
}

/// What makes an event of a row.
type Parse = fn(&Fetch<'_>) -> Result<ReportedEvent, RowProblem>;

/// A row, whose values are fetched by the names of their columns.
struct Fetch<'f> {
    fields: &'f Fields,
    columns: &'f [Column],
}

impl<'f> Fetch<'f> {
    /// Returns a column. All that the parsers name are needed ones, so that each is there.
    fn column(&self, name: &str) -> Result<&'f Column, RowProblem> {
        let found = self.columns.iter().find(|column| column.name().eq_ignore_ascii_case(name));
        found.ok_or_else(|| RowProblem::new(self.fields.line, RowFault::FieldCount, name))
    }

    fn text(&self, name: &str) -> Result<&'f str, RowProblem> {
        let column = self.column(name)?;
        match cells::text(self.fields, column)? {
            text if text.len() > TEXT_LEN_MAX => {
                Err(cells::problem(self.fields, column, RowFault::LongText))
            }
            text => Ok(text),
        }
    }

    fn maybe(&self, name: &str) -> Result<Option<String>, RowProblem> {
        Ok(told(self.text(name)?))
    }

    fn needed(&self, name: &str) -> Result<&'f str, RowProblem> {
        cells::name(self.fields, self.column(name)?, TEXT_LEN_MAX)
    }

    fn fault(&self, name: &str, fault: RowFault) -> RowProblem {
        match self.column(name) {
            Ok(column) => cells::problem(self.fields, column, fault),
            Err(problem) => problem,
        }
    }

    fn date(&self, name: &str) -> Result<Date, RowProblem> {
        cells::date(self.fields, self.column(name)?)
    }

    /// Returns the day of `20261123`.
    fn digits(&self, name: &str) -> Result<Date, RowProblem> {
        let text = self.needed(name)?;
        let part = |from: usize, to: usize| text.get(from..to)?.parse::<i32>().ok();
        let read = || {
            let is_day = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
            let month = Month::new(part(0, 4).filter(|_| is_day)?, part(4, 6)?).ok()?;
            Date::new(month, u8::try_from(part(6, 8)?).ok()?).ok()
        };
        read().ok_or_else(|| self.fault(name, RowFault::NotADate))
    }

    fn number(&self, name: &str) -> Result<Option<i32>, RowProblem> {
        if self.text(name)?.is_empty() {
            return Ok(None);
        }
        let number = cells::whole(self.fields, self.column(name)?, 0, NUMBER_MAX)?;
        Ok(i32::try_from(number).ok())
    }

    /// Returns a number of a data set's scale in tenths.
    fn tenths(&self, name: &str) -> Result<Option<i32>, RowProblem> {
        if self.text(name)?.is_empty() {
            return Ok(None);
        }
        let value = cells::degrees(self.fields, self.column(name)?, INTENSITY_MAX)?;
        Ok(Some(rounded(value * 10.0)))
    }

    fn degrees(&self, name: &str, limit: f64) -> Result<Option<i32>, RowProblem> {
        if self.text(name)?.is_empty() {
            return Ok(None);
        }
        let value = cells::degrees(self.fields, self.column(name)?, limit)?;
        Ok(Some(rounded(value * 1_000_000.0)))
    }

    /// Puts where it happened.
    fn locate(&self, event: &mut ReportedEvent, north: &str, east: &str) -> Result<(), RowProblem> {
        let place = self.degrees(north, 90.0)?.zip(self.degrees(east, 180.0)?);
        (event.latitude, event.longitude) = (place.map(|at| at.0), place.map(|at| at.1));
        Ok(())
    }

    /// Returns the event's type by its code of CAMEO.
    fn cameo(&self, name: &str) -> Result<(Class, Option<Mode>), RowProblem> {
        let code = self.needed(name)?;
        // Tables that went through numbers have lost the zero of the codes 01 to 09.
        match mapping::cameo(code) {
            Some(Mapped::Event(class, mode)) => Ok((class, mode)),
            Some(Mapped::NoEvent) => Err(self.fault(name, RowFault::NoEvent)),
            None => Err(self.fault(name, RowFault::Unknown)),
        }
    }
}

/// Returns the nearest whole number; the range of each scale was checked, so that it fits.
#[expect(clippy::cast_possible_truncation, reason = "at most 180 millions, checked by `degrees`")]
fn rounded(value: f64) -> i32 {
    value.round() as i32
}

fn mode_name(mode: Option<Mode>) -> Option<String> {
    mode.map(|mode| mode.name().to_owned())
}

/// Returns a state with sectors as a code, if anything is known.
fn code(state: &str, sectors: &[&str]) -> Option<String> {
    told(&[&[state], sectors].concat().concat())
}

fn gdelt(row: &Fetch<'_>) -> Result<ReportedEvent, RowProblem> {
    let (class, mode) = row.cameo("EventCode")?;
    let day = row.digits("SQLDATE")?;
    let id = format!("gdelt:{}", row.needed("GLOBALEVENTID")?);
    let mut event = ReportedEvent::new(id, Format::Gdelt.name(), class, day, day);
    event.mode = mode_name(mode);
    event.cameo = row.maybe("EventCode")?;
    event.intensity = row.tenths("GoldsteinScale")?;
    let party = |number: &str| {
        let of = |what: &str| row.text(&format!("Actor{number}{what}"));
        let group = of("KnownGroupCode")?;
        let state = if of("CountryCode")?.is_empty() { group } else { of("CountryCode")? };
        let code = code(state, &[of("Type1Code")?, of("Type2Code")?, of("Type3Code")?]);
        Ok((code, row.maybe(&format!("Actor{number}Name"))?))
    };
    (event.actor, event.actor_text) = party("1")?;
    (event.recipient, event.recipient_text) = party("2")?;
    event.place = row.maybe("ActionGeo_FullName")?;
    let country = countries::by_fips(row.text("ActionGeo_CountryCode")?);
    event.country = country.map(|country| country.alpha3.to_owned());
    row.locate(&mut event, "ActionGeo_Lat", "ActionGeo_Long")?;
    event.sources = row.number("NumSources")?;
    event.carriers = row.number("NumArticles")?;
    event.url = row.maybe("SOURCEURL")?;
    Ok(event)
}

const ICEWS: [&str; 20] = [
    "Event ID",
    "Event Date",
    "Source Name",
    "Source Sectors",
    "Source Country",
    "Event Text",
    "CAMEO Code",
    "Intensity",
    "Target Name",
    "Target Sectors",
    "Target Country",
    "Story ID",
    "Sentence Number",
    "Publisher",
    "City",
    "District",
    "Province",
    "Country",
    "Latitude",
    "Longitude",
];

fn icews(row: &Fetch<'_>) -> Result<ReportedEvent, RowProblem> {
    let (class, mode) = row.cameo("CAMEO Code")?;
    let day = row.date("Event Date")?;
    // The number alone is not unique: with the day it is.
    let id = format!("icews:{}:{day}", row.needed("Event ID")?);
    let mut event = ReportedEvent::new(id, Format::Icews.name(), class, day, day);
    event.mode = mode_name(mode);
    event.cameo = row.maybe("CAMEO Code")?;
    event.intensity = row.tenths("Intensity")?;
    let state = |name: &str| {
        Ok::<_, RowProblem>(
            countries::by_name(row.text(name)?).map(|country| country.alpha3.to_owned()),
        )
    };
    (event.actor, event.actor_text) = (state("Source Country")?, row.maybe("Source Name")?);
    (event.recipient, event.recipient_text) = (state("Target Country")?, row.maybe("Target Name")?);
    event.place = place_of(row, ["City", "District", "Province"])?;
    event.country = state("Country")?;
    row.locate(&mut event, "Latitude", "Longitude")?;
    event.publishers = row.maybe("Publisher")?;
    Ok(event)
}

/// Returns the first name of a place that there is.
fn place_of(row: &Fetch<'_>, columns: [&str; 3]) -> Result<Option<String>, RowProblem> {
    for column in columns {
        if let Some(place) = row.maybe(column)? {
            return Ok(Some(place));
        }
    }
    Ok(None)
}

const POLECAT: [&str; 22] = [
    "Event ID",
    "Event Date",
    "Event Type",
    "Event Mode",
    "Intensity",
    "Contexts",
    "Actor Name",
    "Actor Country",
    "Primary Actor Sector",
    "Recipient Name",
    "Recipient Country",
    "Primary Recipient Sector",
    "Placename",
    "City",
    "Province",
    "Country",
    "Latitude",
    "Longitude",
    "GeoNames ID",
    "Source",
    "Publication Date",
    "Language",
];

fn polecat(row: &Fetch<'_>) -> Result<ReportedEvent, RowProblem> {
    let kind = row.needed("Event Type")?.to_uppercase();
    let class = Class::parse(&kind).filter(|class| class.quad().is_some());
    let class = class.ok_or_else(|| row.fault("Event Type", RowFault::Unknown))?;
    let day = row.date("Event Date")?;
    let id = format!("polecat:{}", row.needed("Event ID")?);
    let mut event = ReportedEvent::new(id, Format::Polecat.name(), class, day, day);
    // A mode that the draft 2.0 does not have is kept as a context, so that nothing is lost.
    let mode = row.text("Event Mode")?.to_lowercase();
    event.mode = mode_name(class.mode(&mode));
    let contexts = row.text("Contexts")?;
    let odd = if event.mode.is_none() { mode.as_str() } else { "" };
    let contexts: Vec<&str> = [odd, contexts].into_iter().filter(|text| !text.is_empty()).collect();
    event.context = told(&contexts.join(";"));
    event.intensity = row.tenths("Intensity")?;
    let party = |who: &str| {
        let state = row.text(&format!("{who} Country"))?;
        // Some releases write names, some codes.
        let state = countries::by_name(state).map_or(state, |country| country.alpha3);
        let sector = row.text(&format!("Primary {who} Sector"))?;
        Ok((code(state, &[sector]), row.maybe(&format!("{who} Name"))?))
    };
    (event.actor, event.actor_text) = party("Actor")?;
    (event.recipient, event.recipient_text) = party("Recipient")?;
    event.place = place_of(row, ["Placename", "City", "Province"])?;
    let country = row.text("Country")?;
    let country = countries::by_alpha3(country).or_else(|| countries::by_name(country));
    event.country = country.map(|country| country.alpha3.to_owned());
    row.locate(&mut event, "Latitude", "Longitude")?;
    event.geonames = row.number("GeoNames ID")?;
    event.publishers = row.maybe("Source")?;
    event.languages = row.maybe("Language")?;
    Ok(event)
}

fn phoenix(row: &Fetch<'_>) -> Result<ReportedEvent, RowProblem> {
    let (class, mode) = row.cameo("cameo")?;
    let day = row.digits("date")?;
    let story = row.needed("story_sentence_id")?;
    let (source, target) = (row.text("source")?, row.text("target")?);
    let id = format!("phoenix:{story}:{source}:{target}:{}", row.needed("cameo")?);
    let mut event = ReportedEvent::new(id, Format::Phoenix.name(), class, day, day);
    event.mode = mode_name(mode);
    event.cameo = row.maybe("cameo")?;
    event.context = row.maybe("issues")?;
    (event.actor, event.actor_text) = (told(source), row.maybe("source_text")?);
    (event.recipient, event.recipient_text) = (told(target), row.maybe("target_text")?);
    event.publishers = row.maybe("publisher")?;
    Ok(event)
}

/// Reads incidents of ACLED, and turns them into events.
fn of_acled(
    input: &mut dyn BufRead,
    progress: &mut dyn FnMut(Progress),
    each: &mut dyn FnMut(ReportedEvent),
) -> Result<Report, SourceError> {
    let mut unmapped = 0;
    let mut take = |incident: Incident| match of_incident(incident) {
        Some(event) => each(event),
        None => unmapped += 1,
    };
    let mut report = acled::read(input, progress, &mut take)?;
    if unmapped > 0 {
        report.kept -= unmapped;
        *report.faults.entry(RowFault::NoEvent).or_default() += unmapped;
    }
    Ok(report)
}

/// Returns an incident as an event; none if its type is no event of PLOVER.
fn of_incident(incident: Incident) -> Option<ReportedEvent> {
    let Mapped::Event(class, mode) = mapping::acled(&incident.closer)? else { return None };
    let id = format!("acled:{}", incident.id);
    let day = incident.date;
    let mut event = ReportedEvent::new(id, Format::Acled.name(), class, day, day);
    event.precision = match incident.time_precision {
        1 => told("day"),
        2 => told("week"),
        _ => told("month"),
    };
    event.mode = mode_name(mode);
    event.context = told(&incident.closer);
    event.actor_text = told(&incident.actor);
    event.recipient_text = incident.other;
    event.place = told(&incident.place);
    event.country =
        countries::by_number(incident.area.number()).map(|country| country.alpha3.to_owned());
    event.latitude = Some(rounded(incident.latitude * 1_000_000.0));
    event.longitude = Some(rounded(incident.longitude * 1_000_000.0));
    let dead = i32::try_from(incident.deaths).ok();
    (event.dead_low, event.dead_high) = (dead, dead);
    event.publishers = told(&incident.sources);
    Some(event)
}
