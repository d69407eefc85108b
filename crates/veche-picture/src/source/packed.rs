//! What an institute states, in Parquet: the columns of [`super::stated`], as data frames are saved.

use super::report::{Report, RowFault, RowProblem};
use super::stated::{DRAW_NUMBER_MAX, Form, StatedRow, form_of};
use super::ucdp::DEATHS_MAX;
use super::{ROWS_MAX, SourceError, SourceFault};
use crate::area::{AreaId, Scheme};
use crate::month::Month;
use bytes::Bytes;
use parquet::basic::Type;
use parquet::column::reader::get_typed_column_reader;
use parquet::data_type::{DataType, DoubleType, FloatType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What a Parquet file begins with.
const MAGIC: &[u8] = b"PAR1";

/// Returns true if bytes begin as a Parquet file does.
#[must_use]
pub fn is_parquet(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// Reads what an institute states from a Parquet file, and returns its rows.
///
/// Columns are those of [`super::stated::read`], each of whole or floating numbers and without a gap: a file of an index
/// in place of a column is what `reset_index` mends. Plain, Snappy and Zstandard pages are read. A row that cannot be taken is counted
/// by its number, 1 for the first.
///
/// # Errors
/// [`SourceError`]: [`SourceFault::Parquet`] for what is damaged or of another form, [`SourceFault::MissingColumn`],
/// [`SourceFault::Forms`], [`SourceFault::TooManyRows`].
pub fn read(bytes: Vec<u8>, scheme: Scheme) -> Result<(Form, Report, Vec<StatedRow>), SourceError> {
    // The library panics on some damaged files; what it was given is lost with it, so that nothing half-read is kept.
    let read = catch_unwind(AssertUnwindSafe(|| unguarded(bytes, scheme)));
    read.unwrap_or_else(|_| Err(SourceFault::Parquet("it is damaged".to_owned())))
        .map_err(|fault| SourceError { line: 0, fault })
}

fn unguarded(
    bytes: Vec<u8>,
    scheme: Scheme,
) -> Result<(Form, Report, Vec<StatedRow>), SourceFault> {
    let len = bytes.len() as u64;
    let reader = SerializedFileReader::new(Bytes::from(bytes)).map_err(fault)?;
    let meta = reader.metadata().file_metadata();
    let schema = meta.schema_descr();
    let names: Vec<String> = schema.columns().iter().map(|column| column.path().string()).collect();
    let known = usize::try_from(meta.num_rows()).ok().filter(|rows| (*rows as u64) <= ROWS_MAX);
    let rows = known.ok_or(SourceFault::TooManyRows)?;
    let places = Places::find(&names)?;
    let (mut stated, mut report) =
        (Vec::new(), Report { bytes: len, delimiter: ',', ..Report::default() });
    for at in 0..reader.num_row_groups() {
        let group = reader.get_row_group(at).map_err(fault)?;
        places.read(&*group, scheme, &mut report, &mut stated)?;
        if stated.len() > rows {
            return Err(SourceFault::Parquet("it has more rows than it says".to_owned()));
        }
    }
    Ok((places.form, report, stated))
}

fn fault(error: ParquetError) -> SourceFault {
    SourceFault::Parquet(super::report::shortened(&error.to_string()))
}

/// Where the columns are.
struct Places {
    form: Form,
    area: Named,
    /// The month's number, its year and month, or both; then they must agree.
    id: Option<Named>,
    calendar: Option<(Named, Named)>,
    at: Option<Named>,
    value: Named,
}

struct Named {
    place: usize,
    name: &'static str,
}

impl Places {
    fn find(names: &[String]) -> Result<Self, SourceFault> {
        let find = |name: &'static str| {
            names.iter().position(|known| known == name).map(|place| Named { place, name })
        };
        let need = |name: &'static str| {
            find(name).ok_or_else(|| SourceFault::MissingColumn {
                wanted: name.to_owned(),
                found: names.iter().map(|name| super::report::shortened(name)).collect(),
            })
        };
        let Some(form) = form_of(|name| names.iter().any(|known| known == name))? else {
            return Err(need("draw").err().unwrap_or(SourceFault::Empty));
        };
        let (at, value) = match form {
            Form::Draws => (Some(need("draw")?), need("outcome")?),
            Form::Quantiles => (Some(need("quantile")?), need("outcome")?),
            Form::Probability => (None, need("probability")?),
        };
        let calendar = find("year").zip(find("month"));
        let id = match &calendar {
            Some(_) => find("month_id"),
            None => Some(need("month_id")?),
        };
        Ok(Self { form, area: need("country_id")?, id, calendar, at, value })
    }

    fn read(
        &self,
        group: &dyn RowGroupReader,
        scheme: Scheme,
        report: &mut Report,
        stated: &mut Vec<StatedRow>,
    ) -> Result<(), SourceFault> {
        let column = |named: &Named| numbers(group, named);
        let areas = column(&self.area)?;
        let ids = self.id.as_ref().map(column).transpose()?;
        let calendar = self.calendar.as_ref();
        let years = calendar.map(|(year, _)| column(year)).transpose()?;
        let months = calendar.map(|(_, month)| column(month)).transpose()?;
        let ats = self.at.as_ref().map(column).transpose()?;
        let values = column(&self.value)?;
        for (row, area) in areas.iter().enumerate() {
            report.rows += 1;
            let value = |column: &Option<Vec<f64>>| column.as_ref()?.get(row).copied();
            let cell = Cell { line: report.rows };
            let found = self.month(&cell, value(&ids), value(&years), value(&months));
            let read = found.and_then(|month| {
                let number = cell.whole(&self.area, *area, (1, i64::from(u16::MAX)))?;
                Ok(StatedRow {
                    area: AreaId::new(scheme, u16::try_from(number).unwrap_or(u16::MAX)),
                    month,
                    at: self.at(&cell, value(&ats))?,
                    value: self.value(&cell, values.get(row).copied())?,
                })
            });
            match read {
                Ok(one) => {
                    report.kept += 1;
                    stated.push(one);
                }
                Err(problem) => report.skip(problem),
            }
        }
        Ok(())
    }

    fn month(
        &self,
        cell: &Cell,
        id: Option<f64>,
        year: Option<f64>,
        month: Option<f64>,
    ) -> Result<Month, RowProblem> {
        let by_id = self.id.as_ref().zip(id).map(|(named, id)| cell.month_of_id(named, id));
        let by_calendar = self.calendar.as_ref().zip(year.zip(month)).map(
            |((named_year, named_month), (year, month))| {
                cell.month_of((named_year, year), (named_month, month))
            },
        );
        match (by_id.transpose()?, by_calendar.transpose()?) {
            (Some(one), Some(other)) if one != other => {
                let found = id.unwrap_or(f64::NAN);
                let named = self.id.as_ref().unwrap_or(&self.area);
                Err(cell.problem(named, RowFault::Contradiction, found))
            }
            (Some(found), _) | (None, Some(found)) => Ok(found),
            (None, None) => Err(cell.problem(&self.area, RowFault::Empty, f64::NAN)),
        }
    }

    fn at(&self, cell: &Cell, at: Option<f64>) -> Result<f64, RowProblem> {
        match self.at.as_ref().zip(at) {
            Some((named, at)) if self.form == Form::Draws => {
                Ok(cell.whole(named, at, (0, DRAW_NUMBER_MAX))? as f64)
            }
            Some((named, at)) => cell.amount(named, at, 1.0),
            None => Ok(0.0),
        }
    }

    fn value(&self, cell: &Cell, value: Option<f64>) -> Result<f64, RowProblem> {
        let most = if self.form == Form::Probability { 1.0 } else { DEATHS_MAX as f64 };
        cell.amount(&self.value, value.unwrap_or(f64::NAN), most)
    }
}

/// Checks the numbers of one row.
struct Cell {
    line: u64,
}

impl Cell {
    fn problem(&self, named: &Named, fault: RowFault, found: f64) -> RowProblem {
        let column = Some(named.name.to_owned());
        RowProblem { column, ..RowProblem::new(self.line, fault, &found.to_string()) }
    }

    #[expect(clippy::cast_possible_truncation, reason = "the range lies far below 2^53")]
    fn whole(&self, named: &Named, value: f64, (min, max): (i64, i64)) -> Result<i64, RowProblem> {
        if value.is_nan() || value.fract() != 0.0 {
            return Err(self.problem(named, RowFault::NotANumber, value));
        }
        if value < min as f64 || value > max as f64 {
            return Err(self.problem(named, RowFault::OutOfRange, value));
        }
        Ok(value as i64)
    }

    fn amount(&self, named: &Named, value: f64, most: f64) -> Result<f64, RowProblem> {
        if value.is_nan() {
            return Err(self.problem(named, RowFault::NotANumber, value));
        }
        if (0.0..=most).contains(&value) {
            Ok(value + 0.0)
        } else {
            Err(self.problem(named, RowFault::OutOfRange, value))
        }
    }

    fn month_of_id(&self, id: &Named, value: f64) -> Result<Month, RowProblem> {
        let number = self.whole(id, value, (1, i64::from(u16::MAX)))?;
        Month::from_id(number).map_err(|_| self.problem(id, RowFault::OutOfRange, value))
    }

    fn month_of(
        &self,
        (year, y): (&Named, f64),
        (month, m): (&Named, f64),
    ) -> Result<Month, RowProblem> {
        let number = |named, value, range| {
            let whole = self.whole(named, value, range)?;
            Ok::<i32, RowProblem>(i32::try_from(whole).unwrap_or_default())
        };
        Month::new(number(year, y, (1980, 2199))?, number(month, m, (1, 12))?)
            .map_err(|_| self.problem(month, RowFault::OutOfRange, m))
    }
}

/// Reads a column of a group as numbers; what has a gap is no number.
fn numbers(group: &dyn RowGroupReader, named: &Named) -> Result<Vec<f64>, SourceFault> {
    let rows = usize::try_from(group.metadata().num_rows())
        .ok()
        .filter(|rows| (*rows as u64) <= ROWS_MAX)
        .ok_or(SourceFault::TooManyRows)?;
    let descriptor = group.metadata().column(named.place).column_descr();
    let kind = descriptor.physical_type();
    if descriptor.max_rep_level() > 0 {
        return Err(SourceFault::Parquet(format!("column `{}` holds lists", named.name)));
    }
    let found = match kind {
        Type::INT32 => values::<Int32Type>(group, named.place, rows, f64::from),
        #[expect(clippy::cast_precision_loss, reason = "what counts lies far below 2^53")]
        Type::INT64 => values::<Int64Type>(group, named.place, rows, |value| value as f64),
        Type::FLOAT => values::<FloatType>(group, named.place, rows, f64::from),
        Type::DOUBLE => values::<DoubleType>(group, named.place, rows, |value| value),
        other @ (Type::BOOLEAN | Type::INT96 | Type::BYTE_ARRAY | Type::FIXED_LEN_BYTE_ARRAY) => {
            let what = format!("column `{}` holds {other}, not numbers", named.name);
            return Err(SourceFault::Parquet(what));
        }
    };
    found.map_err(fault)
}

fn values<T: DataType>(
    group: &dyn RowGroupReader,
    place: usize,
    rows: usize,
    number: impl Fn(T::T) -> f64,
) -> Result<Vec<f64>, ParquetError> {
    let mut reader = get_typed_column_reader::<T>(group.get_column_reader(place)?);
    let is_optional = group.metadata().column(place).column_descr().max_def_level() > 0;
    let (mut found, mut levels): (Vec<T::T>, Vec<i16>) = (Vec::new(), Vec::new());
    let mut read = 0;
    while read < rows {
        let into = is_optional.then_some(&mut levels);
        let (now, ..) = reader.read_records(rows - read, into, None, &mut found)?;
        if now == 0 {
            return Err(ParquetError::EOF("a column ends before its group".to_owned()));
        }
        read += now;
    }
    if !is_optional {
        return Ok(found.into_iter().map(number).collect());
    }
    let mut found = found.into_iter().map(number);
    let there = |level: i16| if level > 0 { found.next() } else { None };
    Ok(levels.into_iter().map(there).map(|value| value.unwrap_or(f64::NAN)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use parquet::basic::Compression;
    use parquet::file::properties::WriterProperties;
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;
    use std::sync::Arc;

    /// A file as data frames are saved: whole numbers of 64 bits, optional, packed with Snappy.
    fn file(outcome: &str, values: &[f64], levels: &[i16]) -> Vec<u8> {
        let schema = parse_message_type(&format!(
            "message m {{ OPTIONAL INT64 month_id; OPTIONAL INT32 country_id; REQUIRED INT64 draw; OPTIONAL {outcome} outcome; }}"
        ));
        let snappy = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        let mut out =
            SerializedFileWriter::new(Vec::new(), Arc::new(schema.unwrap()), Arc::new(snappy))
                .unwrap();
        let mut group = out.next_row_group().unwrap();
        let all = vec![1i16; levels.len()];
        let mut column = group.next_column().unwrap().unwrap();
        let months = vec![409i64; levels.len()];
        column.typed::<Int64Type>().write_batch(&months, Some(&all), None).unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<Int32Type>().write_batch(&vec![7; levels.len()], Some(&all), None).unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        let draws: Vec<i64> = (0..).take(levels.len()).collect();
        column.typed::<Int64Type>().write_batch(&draws, None, None).unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<DoubleType>().write_batch(values, Some(levels), None).unwrap();
        column.close().unwrap();
        group.close().unwrap();
        out.into_inner().unwrap()
    }

    #[test]
    fn rows_are_read_and_gaps_are_no_numbers() {
        let bytes = file("DOUBLE", &[3.0, f64::NAN, -1.0, 0.5], &[1, 0, 1, 1, 1]);
        let (form, report, rows) = read(bytes, Scheme::Views).unwrap();
        assert_eq!((form, report.rows, report.kept), (Form::Draws, 5, 2));
        let told: Vec<String> = report.examples.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "line 2: column `outcome`: not a number of this column's kind: `NaN`",
                "line 3: column `outcome`: not a number of this column's kind: `NaN`",
                "line 4: column `outcome`: out of range: `-1`",
            ]
        );
        let month = Month::from_id(409).unwrap();
        let area = AreaId::new(Scheme::Views, 7);
        assert_eq!(rows[1], StatedRow { area, month, at: 4.0, value: 0.5 });
    }

    #[test]
    fn a_file_that_is_cut_or_spoiled_anywhere_is_refused_or_read_and_never_brings_down() {
        let whole = file("DOUBLE", &[3.0, 4.0, 5.0], &[1, 1, 1]);
        for len in 0..whole.len() {
            let error = read(whole[..len].to_vec(), Scheme::Views).unwrap_err();
            assert!(
                error.to_string().starts_with("cannot read the input: it is Parquet"),
                "{error}"
            );
        }
        let mut taken = 0;
        for at in 0..whole.len() {
            let mut spoiled = whole.clone();
            spoiled[at] ^= 0x41;
            taken += u32::from(read(spoiled, Scheme::Views).is_ok());
        }
        // Most of a small file is names and statistics that nothing here reads.
        assert!((taken as usize) < whole.len(), "{taken}");
    }

    #[test]
    fn a_file_of_other_columns_names_what_is_missing() {
        let bytes = file("DOUBLE", &[3.0], &[1]);
        let schema = parse_message_type("message m { REQUIRED INT32 country_id; }").unwrap();
        let none = SerializedFileWriter::new(Vec::new(), Arc::new(schema), Arc::default()).unwrap();
        let error = read(none.into_inner().unwrap(), Scheme::Views).unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot read the input: no column `draw`; found `country_id`"
        );
        assert!(is_parquet(&bytes) && !is_parquet(b"country_id,draw"));
    }
}
