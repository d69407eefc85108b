//! Inputs that several topics share.

use flate2::Compression;
use flate2::write::GzEncoder;
use std::fmt::Write as _;
use std::io::Write as _;
use veche_picture::source::counts::Wanted;
use veche_picture::source::{counts, ucdp};
use veche_picture::{Count, Event, Progress, Report, Scheme, SourceError, Vintage};

pub(crate) const EVENT_HEADER: &str = "id,date_start,date_end,date_prec,country_id,country,dyad_name,side_a,side_b,\
    type_of_violence,best,low,high,latitude,longitude,where_prec,number_of_sources,source_office";

pub(crate) fn vintage(number: u8) -> Vintage {
    Vintage([number; 32])
}

/// One event's row: event `id` of country 901 on a day of October 2023, with so many deaths.
pub(crate) fn event_row(id: u32, deaths: u32) -> String {
    let day = id % 28 + 1;
    format!(
        "{id},2023-10-{day:02} 00:00:00.000,2023-10-{day:02} 00:00:00.000,1,901,Norland,Norland - Reds,Norland,Reds,\
         1,{deaths},0,{deaths},10.5,-20.25,2,3,Daily"
    )
}

pub(crate) fn events_csv(rows: &[String]) -> String {
    format!("{EVENT_HEADER}\n{}\n", rows.join("\n"))
}

/// A panel of areas by number, each with its counts from January 2010 on.
pub(crate) fn panel_csv(areas: &[(u16, Vec<u32>)]) -> String {
    let mut csv = "month_id,year,month,country_id,ged_sb,quality\n".to_owned();
    for (area, counts) in areas {
        for (month, count) in (361..).zip(counts) {
            let (year, of_year) = (1980 + (month - 1) / 12, (month - 1) % 12 + 1);
            writeln!(csv, "{month},{year},{of_year},{area},{count},sb").unwrap();
        }
    }
    csv
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn silent(_: Progress) {}

pub(crate) fn read_events(bytes: &[u8]) -> Result<(Vec<Event>, Report), SourceError> {
    let mut events = Vec::new();
    let report = ucdp::read(&mut &*bytes, &mut silent, &mut |event| events.push(event))?;
    Ok((events, report))
}

pub(crate) const WANTED: Wanted<'_> = Wanted { scheme: Scheme::Views, column: None };

pub(crate) fn read_counts(bytes: &[u8]) -> Result<(Vec<Count>, Report), SourceError> {
    let mut rows = Vec::new();
    let (_, report) =
        counts::read(&mut &*bytes, WANTED, &mut silent, &mut |count| rows.push(count))?;
    Ok((rows, report))
}
