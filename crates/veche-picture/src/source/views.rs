//! Counts as VIEWS hands them out: JSON or CSV of its API, with its own numbers of months and countries.
//!
//! `month_id` 121 is January 1990. Other lists of months number them otherwise, and a panel with such numbers looks sound:
//! so the first month can be stated, and a page of the API states it itself (`start_date`). One that begins in another is
//! refused, with how many months it is off.
//!
//! Source: VIEWS API, `country-month`: `data` of `country_id`, `month_id`, `gwcode`, `isoab`, `year`, `month` and the counts.

use super::counts::{self, Wanted};
use super::report::Report;
use super::{SourceError, SourceFault};
use crate::area::{Scheme, Series};
use crate::count::Count;
use crate::month::Month;
use crate::progress::Progress;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::io::{BufRead, Read as _};

/// Most bytes of a page of JSON: the API's have a thousand rows.
const JSON_LEN_MAX: u64 = 256 * 1024 * 1024;
/// Columns that number the country, by list, the right one first.
const fn area_columns(scheme: Scheme) -> &'static [&'static str] {
    match scheme {
        Scheme::Views => &["country_id"],
        Scheme::Gw => &["gwcode", "gwno"],
        Scheme::Iso => &["isonum", "isonumber"],
    }
}

/// Reads counts of VIEWS, plain JSON, or CSV, plain or gzip, hands each to `each`, and returns the series found.
///
/// `wanted.scheme` chooses the column of the country: `country_id`, `gwcode` or `isonum`. `begins`: the first month of the input,
/// where it is known from elsewhere.
///
/// # Errors
/// [`SourceError`] as for [`counts::read`]; [`SourceFault::Json`] and [`SourceFault::LongJson`];
/// [`SourceFault::OtherCalendar`], after the rows were handed on: they must then be dropped.
pub fn read(
    input: &mut dyn BufRead,
    wanted: Wanted<'_>,
    begins: Option<Month>,
    progress: &mut dyn FnMut(Progress),
    each: &mut dyn FnMut(Count),
) -> Result<(Series, Report), SourceError> {
    let mut first: Option<Month> = None;
    let mut noting = |count: Count| {
        first = Some(first.map_or(count.month, |first| first.min(count.month)));
        each(count);
    };
    let areas = area_columns(wanted.scheme);
    let (found, stated) = if begins_with_brace(input)? {
        let page = page(input)?;
        let found =
            counts::read_by(&mut page.csv.as_bytes(), wanted, areas, progress, &mut noting)?;
        (found, begins.or(page.start))
    } else {
        (counts::read_by(input, wanted, areas, progress, &mut noting)?, begins)
    };
    match (first, stated) {
        (Some(found), Some(stated)) if found != stated => {
            Err(SourceError { line: 0, fault: SourceFault::OtherCalendar { found, stated } })
        }
        _ => Ok(found),
    }
}

fn begins_with_brace(input: &mut dyn BufRead) -> Result<bool, SourceError> {
    let failed = |error| SourceError { line: 1, fault: SourceFault::Read(error) };
    let head = input.fill_buf().map_err(failed)?;
    let first = head.iter().find(|byte| !byte.is_ascii_whitespace());
    Ok(first.is_some_and(|byte| *byte == b'{' || *byte == b'['))
}

/// A page of the API.
struct Page {
    /// Its rows as CSV.
    csv: String,
    /// The month that it says it begins with, if it is the first page.
    start: Option<Month>,
}

fn page(input: &mut dyn BufRead) -> Result<Page, SourceError> {
    let fail = |fault| SourceError { line: 0, fault };
    let mut bytes = Vec::new();
    let read = input.take(JSON_LEN_MAX + 1).read_to_end(&mut bytes);
    read.map_err(|error| fail(SourceFault::Read(error)))?;
    if u64::try_from(bytes.len()).is_ok_and(|len| len > JSON_LEN_MAX) {
        return Err(fail(SourceFault::LongJson { len_max: JSON_LEN_MAX }));
    }
    let json = |error: serde_json::Error| fail(SourceFault::Json { what: error.to_string() });
    let mut page = Reading::default();
    let mut from = serde_json::Deserializer::from_slice(&bytes);
    from.deserialize_any(Root(&mut page)).map_err(json)?;
    from.end().map_err(json)?;
    if page.columns.is_empty() {
        return Err(fail(SourceFault::Json { what: "it has no row in `data`".to_owned() }));
    }
    let is_first = page.number.is_none_or(|number| number <= 1);
    let start = page.start.filter(|_| is_first).and_then(|text| Month::parse(text.get(..7)?).ok());
    Ok(Page { csv: page.csv, start })
}

/// What is taken from the JSON as it is gone through, row by row.
#[derive(Default)]
struct Reading {
    columns: Vec<String>,
    csv: String,
    start: Option<String>,
    number: Option<u64>,
}

impl Reading {
    /// Writes a row under the columns of the first; a value that the first row has no column for is left out.
    fn row(&mut self, row: &BTreeMap<String, Value>) {
        if self.columns.is_empty() {
            self.columns = row.keys().cloned().collect();
            let names: Vec<String> = self.columns.iter().map(|name| quoted(name)).collect();
            self.line(&names);
        }
        let value = |name: &String| match row.get(name) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => quoted(text),
            Some(other) => quoted(&other.to_string()),
        };
        let values: Vec<String> = self.columns.iter().map(value).collect();
        self.line(&values);
    }

    fn line(&mut self, fields: &[String]) {
        self.csv.push_str(&fields.join(","));
        self.csv.push('\n');
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// A page: an object with `data`, or the rows alone.
struct Root<'a>(&'a mut Reading);

impl<'de> Visitor<'de> for Root<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with a list `data`, or a list of rows")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "data" => map.next_value_seed(Rows(self.0))?,
                "start_date" => self.0.start = map.next_value()?,
                "page_cur" => self.0.number = map.next_value()?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, rows: A) -> Result<(), A::Error> {
        Rows(self.0).visit_seq(rows)
    }
}

struct Rows<'a>(&'a mut Reading);

impl<'de> DeserializeSeed<'de> for Rows<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Rows<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of rows, each an object")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<(), A::Error> {
        while let Some(row) = rows.next_element::<BTreeMap<String, Value>>()? {
            self.0.row(&row);
        }
        Ok(())
    }
}
