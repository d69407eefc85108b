//! Rows as columns and back.

use super::TableFault;
use super::nested::Leaf;
use bytes::Bytes;
use parquet::data_type::ByteArray;

/// One column's values for a run of rows.
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    Int32(Vec<i32>),
    Int64(Vec<i64>),
    Double(Vec<f64>),
    Text(Vec<ByteArray>),
    OptionalInt32(Vec<Option<i32>>),
    OptionalText(Vec<Option<ByteArray>>),
    /// Whole numbers that may be absent, or lie within groups or lists.
    Int64s(Leaf<i64>),
    /// Numbers that may be absent, or lie within groups or lists.
    Doubles(Leaf<f64>),
    /// Texts within groups or lists.
    Texts(Leaf<ByteArray>),
}

/// What the file format must know of a row. Nobody outside can name it, so nobody outside can implement it.
pub trait Columnar: Sized {
    /// What a table of these holds, as its schema and messages say: `events`.
    const KIND: &'static str;
    /// The fields of a Parquet message, without the vintage.
    const FIELDS: &'static str;
    /// Returns the columns of these rows, in the order of `FIELDS`.
    fn columns(rows: &[&Self]) -> Vec<Column>;
    /// Returns the rows of these columns.
    fn rows(columns: &mut Columns, count: usize) -> Result<Vec<Self>, TableFault>;
}

/// Columns read from a file, taken one by one in the order of the schema.
pub struct Columns {
    rest: std::vec::IntoIter<Column>,
}

pub(crate) fn text(value: &str) -> ByteArray {
    ByteArray::from(Bytes::copy_from_slice(value.as_bytes()))
}

impl Columns {
    pub(crate) fn new(columns: Vec<Column>) -> Self {
        Self { rest: columns.into_iter() }
    }

    /// Takes a column of whole numbers of 32 bits, each turned by `value`.
    pub(crate) fn int32<T>(
        &mut self,
        name: &'static str,
        value: impl Fn(i32) -> Option<T>,
    ) -> Taken<T> {
        match self.rest.next() {
            Some(Column::Int32(values)) => each(name, values, value),
            _ => Err(TableFault::Columns),
        }
    }

    /// Takes a column of whole numbers of 64 bits, each turned by `value`.
    pub(crate) fn int64<T>(
        &mut self,
        name: &'static str,
        value: impl Fn(i64) -> Option<T>,
    ) -> Taken<T> {
        match self.rest.next() {
            Some(Column::Int64(values)) => each(name, values, value),
            _ => Err(TableFault::Columns),
        }
    }

    /// Takes a column of numbers within `limit` of zero.
    pub(crate) fn double(&mut self, name: &'static str, limit: f64) -> Taken<f64> {
        match self.rest.next() {
            Some(Column::Double(values)) => {
                each(name, values, |value| (value.abs() <= limit).then_some(value))
            }
            _ => Err(TableFault::Columns),
        }
    }

    /// Takes a column of texts, each turned by `value`.
    pub(crate) fn text<T>(
        &mut self,
        name: &'static str,
        value: impl Fn(&str) -> Option<T>,
    ) -> Taken<T> {
        match self.rest.next() {
            Some(Column::Text(values)) => each(name, values, |text| value(text.as_utf8().ok()?)),
            _ => Err(TableFault::Columns),
        }
    }

    /// Takes a column of whole numbers that may be absent.
    pub(crate) fn optional_int32<T>(
        &mut self,
        name: &'static str,
        value: impl Fn(i32) -> Option<T>,
    ) -> Taken<Option<T>> {
        match self.rest.next() {
            Some(Column::OptionalInt32(values)) => each(name, values, |held| match held {
                Some(number) => value(number).map(Some),
                None => Some(None),
            }),
            _ => Err(TableFault::Columns),
        }
    }

    /// Takes a column of texts that may be absent.
    pub(crate) fn optional_text(&mut self, name: &'static str) -> Taken<Option<String>> {
        match self.rest.next() {
            Some(Column::OptionalText(values)) => each(name, values, |held| match held {
                Some(text) => Some(Some(text.as_utf8().ok()?.to_owned())),
                None => Some(None),
            }),
            _ => Err(TableFault::Columns),
        }
    }

    /// Takes the leaf of whole numbers.
    pub(crate) fn int64s(&mut self) -> Result<Leaf<i64>, TableFault> {
        match self.rest.next() {
            Some(Column::Int64s(leaf)) => Ok(leaf),
            _ => Err(TableFault::Columns),
        }
    }

    /// Takes the leaf of numbers.
    pub(crate) fn doubles(&mut self) -> Result<Leaf<f64>, TableFault> {
        match self.rest.next() {
            Some(Column::Doubles(leaf)) => Ok(leaf),
            _ => Err(TableFault::Columns),
        }
    }

    /// Takes the leaf of texts.
    pub(crate) fn texts(&mut self) -> Result<Leaf<ByteArray>, TableFault> {
        match self.rest.next() {
            Some(Column::Texts(leaf)) => Ok(leaf),
            _ => Err(TableFault::Columns),
        }
    }
}

/// A taken column, to be drawn from row by row.
pub(crate) type Taken<T> = Result<std::vec::IntoIter<T>, TableFault>;

fn each<V, T>(column: &'static str, values: Vec<V>, turn: impl Fn(V) -> Option<T>) -> Taken<T> {
    let turned = values
        .into_iter()
        .enumerate()
        .map(|(row, value)| turn(value).ok_or(TableFault::Value { column, row }))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(turned.into_iter())
}
