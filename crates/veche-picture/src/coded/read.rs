//! From the leaves of columns back to what rows hold.

use super::{Location, Party, People, Words};
use crate::table::TableFault;
use crate::table::columns::Columns;
use parquet::data_type::ByteArray;

/// Values on their way out of columns, row by row.
pub(super) type Rows<T> = Result<std::vec::IntoIter<T>, TableFault>;

fn owned(value: &ByteArray) -> Option<String> {
    value.as_utf8().ok().map(str::to_owned)
}

/// Turns each row of a column, or names the first that cannot be.
fn turned<V, T>(column: &'static str, rows: Vec<V>, turn: impl Fn(V) -> Option<T>) -> Rows<T> {
    let rows = rows.into_iter().enumerate();
    let turned = rows.map(|(row, value)| turn(value).ok_or(TableFault::Value { column, row }));
    Ok(turned.collect::<Result<Vec<_>, _>>()?.into_iter())
}

pub(super) fn lists(columns: &mut Columns, name: &'static str) -> Rows<Vec<String>> {
    turned(name, columns.texts()?.into_list()?, |list| list.iter().map(owned).collect())
}

/// Returns the whole number that was divided by `by`; none if the quotient is another's.
#[expect(clippy::cast_possible_truncation, reason = "within the range that was just asked for")]
fn multiplied(value: f64, by: f64) -> Option<i64> {
    let whole = (value * by).round();
    (whole.abs() <= f64::from(i32::MAX) && (whole / by).to_bits() == value.to_bits())
        .then_some(whole as i64)
}

pub(super) fn scaled(columns: &mut Columns, name: &'static str, by: f64) -> Rows<Option<i32>> {
    let whole = |value: f64| i32::try_from(multiplied(value, by)?).ok();
    turned(name, columns.doubles()?.into_optional()?, |value| match value {
        Some(value) => whole(value).map(Some),
        None => Some(None),
    })
}

/// Returns the texts of a field of groups.
fn texts_within(columns: &mut Columns, name: &'static str) -> Rows<Option<Option<String>>> {
    turned(name, columns.texts()?.into_within()?, |group| match group {
        Some(Some(text)) => owned(&text).map(|text| Some(Some(text))),
        Some(None) => Some(Some(None)),
        None => Some(None),
    })
}

pub(super) fn words(columns: &mut Columns, name: &'static str) -> Rows<Option<Words>> {
    let texts = texts_within(columns, name)?;
    let (starts, ends) = (columns.int64s()?.into_within()?, columns.int64s()?.into_within()?);
    let all = texts.zip(starts).zip(ends).collect();
    turned(name, all, |fields| match fields {
        ((Some(text), Some(start)), Some(end)) => Some(Some(Words { text, at: start.zip(end) })),
        ((None, None), None) => Some(None),
        _ => None,
    })
}

pub(super) fn people(columns: &mut Columns, name: &'static str) -> Rows<Option<People>> {
    let (least, most) = (columns.int64s()?.into_within()?, columns.int64s()?.into_within()?);
    turned(name, least.into_iter().zip(most).collect(), |fields| match fields {
        (Some(Some(min)), Some(max)) => Some(Some(People { min, max })),
        (None, None) => Some(None),
        _ => None,
    })
}

pub(super) fn parties(columns: &mut Columns, name: &'static str) -> Rows<Vec<Party>> {
    let codes = columns.texts()?.into_each()?;
    let sectors = columns.texts()?.into_lists()?;
    let texts = columns.texts()?.into_each()?;
    let (starts, ends) = (columns.int64s()?.into_each()?, columns.int64s()?.into_each()?);
    let (ids, id_sources) = (columns.texts()?.into_each()?, columns.texts()?.into_each()?);
    let ps = columns.doubles()?.into_each()?;
    let mut rows = Vec::new();
    let fields =
        codes.into_iter().zip(sectors).zip(texts).zip(starts.into_iter().zip(ends)).zip(ps);
    for (row, ((((codes, sectors), texts), (starts, ends)), ps)) in fields.enumerate() {
        let fault = || TableFault::Value { column: name, row };
        let lens = [sectors.len(), texts.len(), starts.len(), ends.len(), ps.len()];
        if lens.iter().any(|len| *len != codes.len()) {
            return Err(fault());
        }
        let texts = codes.iter().zip(&texts).zip(&sectors);
        let numbers = starts.into_iter().zip(ends).zip(ps);
        let party = |(((code, text), sector), ((start, end), p)): Fields<'_>| {
            Some(Party {
                code: code.as_ref().map(|code| owned(code).ok_or(())).transpose().ok()?,
                sector: sector.iter().map(owned).collect::<Option<_>>()?,
                words: Words {
                    text: text.as_ref().map(|text| owned(text).ok_or(())).transpose().ok()?,
                    at: start.zip(end),
                },
                p: match p {
                    Some(p) => Some(u32::try_from(multiplied(p, 1_000_000.0)?).ok()?),
                    None => None,
                },
            })
        };
        let parties: Option<Vec<Party>> = texts.zip(numbers).map(party).collect();
        rows.push(parties.ok_or_else(fault)?);
    }
    let untold = |ids: &Vec<Vec<Option<ByteArray>>>| ids.iter().flatten().all(Option::is_none);
    if !untold(&ids) || !untold(&id_sources) {
        return Err(TableFault::Value { column: name, row: 0 });
    }
    Ok(rows.into_iter())
}

/// The fields of a party as they lie beside each other.
type Fields<'f> = (
    ((&'f Option<ByteArray>, &'f Option<ByteArray>), &'f Vec<ByteArray>),
    ((Option<i64>, Option<i64>), Option<f64>),
);

pub(super) fn locations(columns: &mut Columns) -> Rows<Option<Location>> {
    const NAME: &str = "location";
    let extracted = texts_within(columns, NAME)?;
    let mut resolved = texts_within(columns, NAME)?;
    let mut numbers = columns.int64s()?.into_within()?.into_iter();
    let mut north = columns.doubles()?.into_within()?.into_iter();
    let mut east = columns.doubles()?.into_within()?.into_iter();
    let untold = [(); 3].map(|()| texts_within(columns, NAME));
    // The name follows from the code.
    let _country = texts_within(columns, NAME)?;
    let mut codes = texts_within(columns, NAME)?;
    let untold_too = [(); 2].map(|()| texts_within(columns, NAME));
    let mut resolutions = texts_within(columns, NAME)?;
    let mut margins = columns.int64s()?.into_within()?.into_iter();
    for field in untold.into_iter().chain(untold_too) {
        if let Some(row) = field?.position(|held| held.flatten().is_some()) {
            return Err(TableFault::Value { column: NAME, row });
        }
    }
    let degree = |value: Option<f64>| match value {
        Some(value) => i32::try_from(multiplied(value, 1_000_000.0)?).ok().map(Some),
        None => Some(None),
    };
    let mut rows = Vec::new();
    for first in extracted {
        let row = rows.len();
        let mut field = || {
            let others = (resolved.next()?, numbers.next()?, north.next()?, east.next()?);
            let rest = (codes.next()?, resolutions.next()?, margins.next()?);
            Some((others, rest))
        };
        let (others, rest) = field().ok_or(TableFault::Columns)?;
        let location = match (first, others, rest) {
            (
                Some(extracted_place),
                (Some(resolved_place), Some(geonameid), Some(north), Some(east)),
                (Some(country_code), Some(resolution), Some(margin)),
            ) => {
                let degrees = degree(north).zip(degree(east));
                degrees.map(|(north, east)| {
                    Some(Location {
                        extracted_place,
                        resolved_place,
                        geonameid,
                        degrees: north.zip(east),
                        country_code,
                        resolution,
                        margin,
                    })
                })
            }
            (None, (None, None, None, None), (None, None, None)) => Some(None),
            _ => None,
        };
        rows.push(location.ok_or(TableFault::Value { column: NAME, row })?);
    }
    Ok(rows.into_iter())
}
