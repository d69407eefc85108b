//! Values of a record, by column name.

use super::records::{Fields, Records, Step};
use super::report::{Report, RowFault, RowProblem, shortened};
use super::{ROWS_MAX, SourceError, SourceFault};
use crate::date::Date;
use crate::progress::{PROGRESS_EVERY, Progress, Stage};

/// A column's place and name.
#[derive(Debug, Clone)]
pub(super) struct Column {
    at: usize,
    name: String,
}

impl Column {
    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

/// Returns the column of that name, if the header has one.
pub(super) fn find(records: &Records<'_>, name: &str) -> Result<Option<Column>, SourceError> {
    let mut places = records.columns().iter().enumerate().filter(|(_, column)| *column == name);
    let found = places.next().map(|(at, column)| Column { at, name: column.clone() });
    if places.next().is_some() {
        return Err(records.fail(SourceFault::TwoColumns { column: shortened(name) }));
    }
    Ok(found)
}

/// Returns the column of that name.
pub(super) fn need(records: &Records<'_>, name: &str) -> Result<Column, SourceError> {
    find(records, name)?.ok_or_else(|| {
        records.fail(SourceFault::MissingColumn { wanted: name.to_owned(), found: names(records) })
    })
}

/// Returns the header's names, shortened for a message.
pub(super) fn names(records: &Records<'_>) -> Vec<String> {
    records.columns().iter().map(|name| shortened(name)).collect()
}

/// Returns a problem of this column.
pub(super) fn problem(fields: &Fields, column: &Column, fault: RowFault) -> RowProblem {
    let found = String::from_utf8_lossy(fields.get(column.at));
    RowProblem { column: Some(column.name.clone()), ..RowProblem::new(fields.line, fault, &found) }
}

/// Returns the problem that this column has a word that it does not know.
pub(super) fn unknown(fields: &Fields, column: &Column) -> RowProblem {
    problem(fields, column, RowFault::Unknown)
}

/// Returns the problem that this column excludes another.
pub(super) fn contradiction(fields: &Fields, column: &Column) -> RowProblem {
    problem(fields, column, RowFault::Contradiction)
}

/// Returns the column's text without blanks around it; it may be empty.
pub(super) fn text<'f>(fields: &'f Fields, column: &Column) -> Result<&'f str, RowProblem> {
    let bytes = fields.get(column.at);
    std::str::from_utf8(bytes)
        .map(str::trim)
        .map_err(|_| problem(fields, column, RowFault::NotUtf8))
}

/// Returns the column's text, which has 1 to `len_max` bytes.
pub(super) fn name<'f>(
    fields: &'f Fields,
    column: &Column,
    len_max: usize,
) -> Result<&'f str, RowProblem> {
    match text(fields, column)? {
        "" => Err(problem(fields, column, RowFault::Empty)),
        text if text.len() > len_max => Err(problem(fields, column, RowFault::LongText)),
        text => Ok(text),
    }
}

/// Returns the column's whole number. `12.0` is one: tables that went through floats write it so.
pub(super) fn whole(
    fields: &Fields,
    column: &Column,
    min: i64,
    max: i64,
) -> Result<i64, RowProblem> {
    let text = text(fields, column)?;
    if text.is_empty() {
        return Err(problem(fields, column, RowFault::Empty));
    }
    let digits = match text.split_once('.') {
        Some((digits, zeros)) if !zeros.is_empty() && zeros.bytes().all(|b| b == b'0') => digits,
        _ => text,
    };
    let unsigned = digits.strip_prefix('-').unwrap_or(digits);
    if unsigned.is_empty() || !unsigned.bytes().all(|b| b.is_ascii_digit()) {
        // `1e400`, `1e3` and `inf` are numbers, but none that a count is written as.
        return Err(problem(fields, column, RowFault::NotANumber));
    }
    match digits.parse() {
        Ok(value) if (min..=max).contains(&value) => Ok(value),
        _ => Err(problem(fields, column, RowFault::OutOfRange)),
    }
}

/// Returns the column's number of degrees, within `limit` of zero.
pub(super) fn degrees(fields: &Fields, column: &Column, limit: f64) -> Result<f64, RowProblem> {
    let text = text(fields, column)?;
    if text.is_empty() {
        return Err(problem(fields, column, RowFault::Empty));
    }
    let value: f64 = text.parse().map_err(|_| problem(fields, column, RowFault::NotANumber))?;
    // Written so that NaN and infinity fall out; adding zero turns -0 into 0.
    if value.abs() <= limit {
        Ok(value + 0.0)
    } else {
        Err(problem(fields, column, RowFault::OutOfRange))
    }
}

/// Returns the column's number from 0 to `most`.
pub(super) fn amount(fields: &Fields, column: &Column, most: f64) -> Result<f64, RowProblem> {
    let text = text(fields, column)?;
    if text.is_empty() {
        return Err(problem(fields, column, RowFault::Empty));
    }
    let value: f64 = text.parse().map_err(|_| problem(fields, column, RowFault::NotANumber))?;
    if value.is_nan() {
        return Err(problem(fields, column, RowFault::NotANumber));
    }
    // Adding zero turns -0 into 0.
    if (0.0..=most).contains(&value) {
        Ok(value + 0.0)
    } else {
        Err(problem(fields, column, RowFault::OutOfRange))
    }
}

/// Returns the column's date.
pub(super) fn date(fields: &Fields, column: &Column) -> Result<Date, RowProblem> {
    match text(fields, column)? {
        "" => Err(problem(fields, column, RowFault::Empty)),
        text => Date::parse(text).map_err(|_| problem(fields, column, RowFault::NotADate)),
    }
}

/// Reads all rows through `parse`, which may note oddities in the report; bad rows are reported and skipped.
pub(super) fn read_rows<T>(
    mut records: Records<'_>,
    progress: &mut dyn FnMut(Progress),
    mut parse: impl FnMut(&Fields, &mut Report) -> Result<T, RowProblem>,
    each: &mut dyn FnMut(T),
) -> Result<Report, SourceError> {
    let mut report =
        Report { packing: records.packing(), delimiter: records.delimiter(), ..Report::default() };
    let mut fields = Fields::default();
    loop {
        match records.next(&mut fields)? {
            Step::End => break,
            Step::Broken(problem) => report.skip(problem),
            Step::Record => match parse(&fields, &mut report) {
                Ok(row) => {
                    report.kept += 1;
                    each(row);
                }
                Err(problem) => report.skip(problem),
            },
        }
        if records.rows() > ROWS_MAX {
            return Err(records.fail(SourceFault::TooManyRows));
        }
        if records.rows().is_multiple_of(PROGRESS_EVERY) {
            progress(at(&records, None));
        }
    }
    report.rows = records.rows();
    report.bytes = records.bytes_read();
    progress(at(&records, Some(report.rows)));
    match report.examples.first() {
        Some(first) if report.kept == 0 => {
            let fault =
                SourceFault::NoUsableRow { rows: report.rows, first: Box::new(first.clone()) };
            Err(SourceError { line: first.line, fault })
        }
        _ => Ok(report),
    }
}

const fn at(records: &Records<'_>, of: Option<u64>) -> Progress {
    Progress { stage: Stage::Read, done: records.rows(), bytes: records.bytes_read(), of }
}
