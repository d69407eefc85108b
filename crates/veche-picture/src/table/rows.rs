//! The columns of events, incidents and counts.

use super::columns::{Column, Columnar, Columns, text};
use super::{Row, TableFault};
use crate::area::{AreaId, Series};
use crate::count::Count;
use crate::date::Date;
use crate::event::{Event, EventId, Violence};
use crate::incident::{Happened, Incident, IncidentId};
use crate::month::Month;
use parquet::data_type::ByteArray;
use std::cmp::Ordering;

impl Row for Event {
    fn order(&self, other: &Self) -> Ordering {
        self.id.cmp(&other.id)
    }

    fn month(&self) -> Month {
        self.date_end.month()
    }
}

impl Row for Incident {
    fn order(&self, other: &Self) -> Ordering {
        self.id.cmp(&other.id)
    }

    fn month(&self) -> Month {
        self.date.month()
    }
}

impl Row for Count {
    fn order(&self, other: &Self) -> Ordering {
        let series = || self.series.cmp(&other.series);
        self.area.cmp(&other.area).then_with(series).then_with(|| self.month.cmp(&other.month))
    }

    fn month(&self) -> Month {
        self.month
    }
}

fn int32<R>(rows: &[&R], value: impl Fn(&R) -> i32) -> Column {
    Column::Int32(rows.iter().map(|row| value(row)).collect())
}

fn texts<R>(rows: &[&R], value: impl Fn(&R) -> ByteArray) -> Column {
    Column::Text(rows.iter().map(|row| value(row)).collect())
}

/// Deaths are at most [`crate::source::ucdp::DEATHS_MAX`] when read, so this keeps every value.
fn deaths(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

impl Columnar for Event {
    const KIND: &'static str = "events";
    const FIELDS: &'static str = "
        REQUIRED INT64 id;
        REQUIRED INT32 date_start (DATE);
        REQUIRED INT32 date_end (DATE);
        REQUIRED INT32 date_precision;
        REQUIRED BYTE_ARRAY area (STRING);
        REQUIRED BYTE_ARRAY country (STRING);
        REQUIRED BYTE_ARRAY dyad (STRING);
        REQUIRED BYTE_ARRAY side_a (STRING);
        REQUIRED BYTE_ARRAY side_b (STRING);
        REQUIRED INT32 type_of_violence;
        REQUIRED INT32 best;
        REQUIRED INT32 low;
        REQUIRED INT32 high;
        REQUIRED DOUBLE latitude;
        REQUIRED DOUBLE longitude;
        REQUIRED INT32 where_precision;
        OPTIONAL INT32 sources;
        OPTIONAL BYTE_ARRAY source (STRING);";

    fn columns(rows: &[&Self]) -> Vec<Column> {
        vec![
            Column::Int64(rows.iter().map(|event| i64::from(event.id.0)).collect()),
            int32(rows, |event| event.date_start.unix_days()),
            int32(rows, |event| event.date_end.unix_days()),
            int32(rows, |event| i32::from(event.date_precision)),
            texts(rows, |event| text(&event.area.to_string())),
            texts(rows, |event| text(&event.country)),
            texts(rows, |event| text(&event.dyad)),
            texts(rows, |event| text(&event.side_a)),
            texts(rows, |event| text(&event.side_b)),
            int32(rows, |event| event.violence.code()),
            int32(rows, |event| deaths(event.best)),
            int32(rows, |event| deaths(event.low)),
            int32(rows, |event| deaths(event.high)),
            Column::Double(rows.iter().map(|event| event.latitude).collect()),
            Column::Double(rows.iter().map(|event| event.longitude).collect()),
            int32(rows, |event| i32::from(event.where_precision)),
            Column::OptionalInt32(rows.iter().map(|event| event.sources.map(deaths)).collect()),
            Column::OptionalText(
                rows.iter().map(|event| event.source.as_deref().map(text)).collect(),
            ),
        ]
    }

    fn rows(columns: &mut Columns, count: usize) -> Result<Vec<Self>, TableFault> {
        let day = |days| Date::from_unix_days(days).ok();
        let owned = |value: &str| Some(value.to_owned());
        let whole = |value: i32| u32::try_from(value).ok();
        let mut id = columns.int64("id", |id| u32::try_from(id).ok().map(EventId))?;
        let mut date_start = columns.int32("date_start", day)?;
        let mut date_end = columns.int32("date_end", day)?;
        let mut date_precision =
            columns.int32("date_precision", |value| u8::try_from(value).ok())?;
        let mut area = columns.text("area", |value| AreaId::parse(value).ok())?;
        let mut country = columns.text("country", owned)?;
        let mut dyad = columns.text("dyad", owned)?;
        let mut side_a = columns.text("side_a", owned)?;
        let mut side_b = columns.text("side_b", owned)?;
        let mut violence = columns.int32("type_of_violence", Violence::from_code)?;
        let mut best = columns.int32("best", whole)?;
        let mut low = columns.int32("low", whole)?;
        let mut high = columns.int32("high", whole)?;
        let mut latitude = columns.double("latitude", 90.0)?;
        let mut longitude = columns.double("longitude", 180.0)?;
        let mut where_precision =
            columns.int32("where_precision", |value| u8::try_from(value).ok())?;
        let mut sources = columns.optional_int32("sources", whole)?;
        let mut source = columns.optional_text("source")?;
        let mut next = || {
            Some(Self {
                id: id.next()?,
                date_start: date_start.next()?,
                date_end: date_end.next()?,
                date_precision: date_precision.next()?,
                area: area.next()?,
                country: country.next()?,
                dyad: dyad.next()?,
                side_a: side_a.next()?,
                side_b: side_b.next()?,
                violence: violence.next()?,
                best: best.next()?,
                low: low.next()?,
                high: high.next()?,
                latitude: latitude.next()?,
                longitude: longitude.next()?,
                where_precision: where_precision.next()?,
                sources: sources.next()?,
                source: source.next()?,
            })
        };
        (0..count).map(|_| next().ok_or(TableFault::Columns)).collect()
    }
}

impl Columnar for Incident {
    const KIND: &'static str = "incidents";
    const FIELDS: &'static str = "
        REQUIRED BYTE_ARRAY id (STRING);
        REQUIRED INT32 date (DATE);
        REQUIRED INT32 time_precision;
        REQUIRED BYTE_ARRAY happened (STRING);
        REQUIRED BYTE_ARRAY closer (STRING);
        REQUIRED BYTE_ARRAY actor (STRING);
        OPTIONAL BYTE_ARRAY other (STRING);
        REQUIRED BYTE_ARRAY area (STRING);
        REQUIRED BYTE_ARRAY country (STRING);
        REQUIRED BYTE_ARRAY province (STRING);
        REQUIRED BYTE_ARRAY place (STRING);
        REQUIRED DOUBLE latitude;
        REQUIRED DOUBLE longitude;
        REQUIRED INT32 where_precision;
        REQUIRED BYTE_ARRAY sources (STRING);
        REQUIRED INT32 deaths;";

    fn columns(rows: &[&Self]) -> Vec<Column> {
        vec![
            texts(rows, |row| text(row.id.as_str())),
            int32(rows, |row| row.date.unix_days()),
            int32(rows, |row| i32::from(row.time_precision)),
            texts(rows, |row| text(row.happened.word())),
            texts(rows, |row| text(&row.closer)),
            texts(rows, |row| text(&row.actor)),
            Column::OptionalText(rows.iter().map(|row| row.other.as_deref().map(text)).collect()),
            texts(rows, |row| text(&row.area.to_string())),
            texts(rows, |row| text(&row.country)),
            texts(rows, |row| text(&row.province)),
            texts(rows, |row| text(&row.place)),
            Column::Double(rows.iter().map(|row| row.latitude).collect()),
            Column::Double(rows.iter().map(|row| row.longitude).collect()),
            int32(rows, |row| i32::from(row.where_precision)),
            texts(rows, |row| text(&row.sources)),
            int32(rows, |row| deaths(row.deaths)),
        ]
    }

    fn rows(columns: &mut Columns, count: usize) -> Result<Vec<Self>, TableFault> {
        let owned = |value: &str| Some(value.to_owned());
        let small = |value: i32| u8::try_from(value).ok();
        let mut id = columns.text("id", |value| IncidentId::parse(value).ok())?;
        let mut date = columns.int32("date", |days| Date::from_unix_days(days).ok())?;
        let mut time_precision = columns.int32("time_precision", small)?;
        let mut happened = columns.text("happened", Happened::parse)?;
        let mut closer = columns.text("closer", owned)?;
        let mut actor = columns.text("actor", owned)?;
        let mut other = columns.optional_text("other")?;
        let mut area = columns.text("area", |value| AreaId::parse(value).ok())?;
        let mut country = columns.text("country", owned)?;
        let mut province = columns.text("province", owned)?;
        let mut place = columns.text("place", owned)?;
        let mut latitude = columns.double("latitude", 90.0)?;
        let mut longitude = columns.double("longitude", 180.0)?;
        let mut where_precision = columns.int32("where_precision", small)?;
        let mut sources = columns.text("sources", owned)?;
        let mut deaths = columns.int32("deaths", |value| u32::try_from(value).ok())?;
        let mut next = || {
            Some(Self {
                id: id.next()?,
                date: date.next()?,
                time_precision: time_precision.next()?,
                happened: happened.next()?,
                closer: closer.next()?,
                actor: actor.next()?,
                other: other.next()?,
                area: area.next()?,
                country: country.next()?,
                province: province.next()?,
                place: place.next()?,
                latitude: latitude.next()?,
                longitude: longitude.next()?,
                where_precision: where_precision.next()?,
                sources: sources.next()?,
                deaths: deaths.next()?,
            })
        };
        (0..count).map(|_| next().ok_or(TableFault::Columns)).collect()
    }
}

impl Columnar for Count {
    const KIND: &'static str = "counts";
    const FIELDS: &'static str = "
        REQUIRED BYTE_ARRAY area (STRING);
        REQUIRED BYTE_ARRAY series (STRING);
        REQUIRED INT32 month_id;
        REQUIRED INT32 count;
        REQUIRED BYTE_ARRAY quality (STRING);";

    fn columns(rows: &[&Self]) -> Vec<Column> {
        vec![
            texts(rows, |count| text(&count.area.to_string())),
            texts(rows, |count| text(count.series.as_str())),
            int32(rows, |count| i32::from(count.month.id())),
            int32(rows, |count| deaths(count.count)),
            texts(rows, |count| text(&count.quality)),
        ]
    }

    fn rows(columns: &mut Columns, count: usize) -> Result<Vec<Self>, TableFault> {
        let mut area = columns.text("area", |value| AreaId::parse(value).ok())?;
        let mut series = columns.text("series", |value| Series::parse(value).ok())?;
        let mut month = columns.int32("month_id", |id| Month::from_id(i64::from(id)).ok())?;
        let mut value = columns.int32("count", |value| u32::try_from(value).ok())?;
        let mut quality = columns.text("quality", |value| Some(value.to_owned()))?;
        let mut last: Option<Series> = None;
        // Rows of one series share its name.
        let mut shared = |read: Series| {
            let shared = last.take().filter(|last| *last == read).unwrap_or(read);
            last = Some(shared.clone());
            shared
        };
        let mut next = || {
            Some(Self {
                area: area.next()?,
                series: shared(series.next()?),
                month: month.next()?,
                count: value.next()?,
                quality: quality.next()?,
            })
        };
        (0..count).map(|_| next().ok_or(TableFault::Columns)).collect()
    }
}
