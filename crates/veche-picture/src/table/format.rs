//! Tables as Parquet bytes. The page is `formats/picture-tables.md`.

use super::columns::{Column, Columns};
use super::nested::Leaf;
use super::{Action, Row, Table, TableError, TableFault, VINTAGES_MAX};
use crate::progress::{Progress, Stage};
use crate::vintage::Vintage;
use bytes::Bytes;
use parquet::basic::{Compression, Type, ZstdLevel};
use parquet::column::reader::{ColumnReader, get_typed_column_reader};
use parquet::column::writer::ColumnWriterImpl;
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::{ColumnDescriptor, TypePtr};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// The version of both tables' columns that this build writes; it reads this one and older ones.
pub const SCHEMA_VERSION: u32 = 1;
/// Most rows of a table that this build holds: some gigabytes of memory.
pub const TABLE_ROWS_MAX: usize = 20_000_000;
/// Rows of a row group: the unit that a query engine reads at least.
const GROUP_ROWS: usize = 128 * 1024;
/// A constant, so that another version of the library does not change the file's bytes by its name alone.
const CREATED_BY: &str = "veche";
const SCHEMA_KEY: &str = "veche.schema";
const VINTAGES_KEY: &str = "veche.vintages";
const SUM_KEY: &str = "veche.sum";
/// What stands before the checksum's digits. The entry is the last of the metadata, so this is found from the end.
const SUM_MARK: &str = "crc32=";
/// The checksum's digits while the sum is taken.
const SUM_BLANK: [u8; 8] = *b"00000000";
const VINTAGE_FIELD: &str = "REQUIRED BYTE_ARRAY vintage (STRING);";

impl<R: Row> Table<R> {
    /// Returns the table as the bytes of a Parquet file; equal tables give equal bytes.
    ///
    /// # Errors
    /// [`TableFault::Parquet`] where the library refuses.
    pub fn to_parquet(&self, progress: &mut dyn FnMut(Progress)) -> Result<Vec<u8>, TableError> {
        self.write(progress).map_err(|error| TableError {
            action: Action::Write,
            kind: R::KIND,
            fault: TableFault::Parquet(error),
        })
    }

    /// Returns the table in the bytes of a Parquet file that [`Self::to_parquet`] wrote.
    ///
    /// # Errors
    /// In this order: [`TableFault::Foreign`], [`TableFault::Damaged`], [`TableFault::Parquet`], [`TableFault::OtherKind`],
    /// [`TableFault::Newer`], [`TableFault::Columns`], [`TableFault::TooManyRows`],
    /// [`TableFault::TooManyVintages`], [`TableFault::Value`], [`TableFault::TwoRows`].
    pub fn from_parquet(file: Vec<u8>) -> Result<Self, TableError> {
        Self::read(file).map_err(|fault| TableError { action: Action::Read, kind: R::KIND, fault })
    }

    fn write(&self, progress: &mut dyn FnMut(Progress)) -> Result<Vec<u8>, ParquetError> {
        let vintages: Vec<_> = self.vintages.iter().map(ToString::to_string).collect();
        let properties = WriterProperties::builder()
            .set_created_by(CREATED_BY.to_owned())
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_key_value_metadata(Some(vec![
                KeyValue::new(SCHEMA_KEY.to_owned(), format!("{}/{SCHEMA_VERSION}", R::KIND)),
                KeyValue::new(VINTAGES_KEY.to_owned(), vintages.join(",")),
                KeyValue::new(
                    SUM_KEY.to_owned(),
                    format!("{SUM_MARK}{}", String::from_utf8_lossy(&SUM_BLANK)),
                ),
            ]))
            .build();
        let mut writer =
            SerializedFileWriter::new(Vec::new(), schema::<R>()?, Arc::new(properties))?;
        let texts: Vec<_> =
            vintages.iter().map(|vintage| ByteArray::from(vintage.as_str())).collect();
        let mut done = 0;
        for (group, ranks) in self.rows.chunks(GROUP_ROWS).zip(self.ranks.chunks(GROUP_ROWS)) {
            let rows: Vec<_> = group.iter().collect();
            let mut columns = R::columns(&rows);
            let vintage = |rank: &u16| texts.get(usize::from(*rank)).cloned().unwrap_or_default();
            columns.push(Column::Text(ranks.iter().map(vintage).collect()));
            let mut out = writer.next_row_group()?;
            for column in &columns {
                write_column(&mut out, column)?;
            }
            out.close()?;
            done += group.len();
            let count = |rows| u64::try_from(rows).unwrap_or(u64::MAX);
            progress(Progress {
                stage: Stage::Write,
                done: count(done),
                bytes: 0,
                of: Some(count(self.rows.len())),
            });
        }
        let mut file = writer.into_inner()?;
        if let Some((place, sum)) = checksum(&file) {
            file.splice(place, sum);
        }
        Ok(file)
    }

    fn read(file: Vec<u8>) -> Result<Self, TableFault> {
        // The library panics on some damaged files, so it gets none but those that came whole from `write`.
        let (place, sum) = checksum(&file).ok_or(TableFault::Foreign { key: SUM_KEY })?;
        if file.get(place) != Some(&sum) {
            return Err(TableFault::Damaged);
        }
        let reader = SerializedFileReader::new(Bytes::from(file)).map_err(TableFault::Parquet)?;
        let meta = reader.metadata().file_metadata();
        let entry = |key| -> Result<&str, TableFault> {
            let mut entries = meta.key_value_metadata().into_iter().flatten();
            let entry =
                entries.find(|entry| entry.key == key).and_then(|entry| entry.value.as_deref());
            entry.ok_or(TableFault::Foreign { key })
        };
        check_version::<R>(entry(SCHEMA_KEY)?)?;
        let schema = schema::<R>().map_err(TableFault::Parquet)?;
        if *meta.schema() != *schema {
            return Err(TableFault::Columns);
        }
        let vintages = read_vintages(entry(VINTAGES_KEY)?)?;
        let ranks: BTreeMap<_, _> = vintages.iter().map(ToString::to_string).zip(0u16..).collect();
        let mut table = Self { vintages, rows: Vec::new(), ranks: Vec::new() };
        for at in 0..reader.num_row_groups() {
            let group = reader.get_row_group(at).map_err(TableFault::Parquet)?;
            table.read_group(&*group, &ranks)?;
        }
        Ok(table)
    }

    fn read_group(
        &mut self,
        group: &dyn RowGroupReader,
        ranks: &BTreeMap<String, u16>,
    ) -> Result<(), TableFault> {
        let count =
            usize::try_from(group.metadata().num_rows()).map_err(|_| TableFault::TooManyRows)?;
        if count > TABLE_ROWS_MAX - self.rows.len().min(TABLE_ROWS_MAX) {
            return Err(TableFault::TooManyRows);
        }
        let columns = (0..group.num_columns())
            .map(|at| read_column(group, at, count))
            .collect::<Result<Vec<_>, _>>()
            .map_err(TableFault::Parquet)?;
        let mut columns = Columns::new(columns);
        let rows = R::rows(&mut columns, count)?;
        let held = columns.text("vintage", |text| ranks.get(text).copied())?;
        for (row, rank) in rows.into_iter().zip(held) {
            if self.rows.last().is_some_and(|last| last.order(&row).is_ge()) {
                return Err(TableFault::TwoRows);
            }
            self.rows.push(row);
            self.ranks.push(rank);
        }
        Ok(())
    }
}

/// Returns where the file has its checksum, and the digits that belong there; `None` if it has none.
fn checksum(file: &[u8]) -> Option<(Range<usize>, [u8; SUM_BLANK.len()])> {
    let start = memchr::memmem::rfind(file, SUM_MARK.as_bytes())? + SUM_MARK.len();
    let place = start..start + SUM_BLANK.len();
    let mut crc = flate2::Crc::new();
    crc.update(file.get(..place.start)?);
    crc.update(&SUM_BLANK);
    crc.update(file.get(place.end..)?);
    let digits = format!("{:08x}", crc.sum());
    Some((place, digits.as_bytes().try_into().ok()?))
}

fn schema<R: Row>() -> Result<TypePtr, ParquetError> {
    let message = format!("message {} {{ {} {VINTAGE_FIELD} }}", R::KIND, R::FIELDS);
    parse_message_type(&message).map(Arc::new)
}

fn check_version<R: Row>(found: &str) -> Result<(), TableFault> {
    let known = format!("{}/{SCHEMA_VERSION}", R::KIND);
    let other =
        || TableFault::OtherKind { found: found.chars().take(40).collect(), wanted: known.clone() };
    let version =
        found.strip_prefix(R::KIND).and_then(|rest| rest.strip_prefix('/')).ok_or_else(other)?;
    match version.parse::<u32>() {
        Ok(0) | Err(_) => Err(other()),
        Ok(version) if version > SCHEMA_VERSION => {
            Err(TableFault::Newer { found: found.to_owned(), known })
        }
        Ok(_) => Ok(()),
    }
}

fn read_vintages(text: &str) -> Result<Vec<Vintage>, TableFault> {
    let mut vintages = Vec::new();
    for (row, text) in text.split(',').filter(|text| !text.is_empty()).enumerate() {
        if row == VINTAGES_MAX {
            return Err(TableFault::TooManyVintages);
        }
        let vintage =
            Vintage::parse(text).map_err(|_| TableFault::Value { column: VINTAGES_KEY, row })?;
        if vintages.contains(&vintage) {
            return Err(TableFault::Value { column: VINTAGES_KEY, row });
        }
        vintages.push(vintage);
    }
    Ok(vintages)
}

fn write_column(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    column: &Column,
) -> Result<(), ParquetError> {
    let Some(mut out) = group.next_column()? else {
        return Err(ParquetError::General("more columns than the schema has".to_owned()));
    };
    match column {
        Column::Int32(values) => out.typed::<Int32Type>().write_batch(values, None, None)?,
        Column::Int64(values) => out.typed::<Int64Type>().write_batch(values, None, None)?,
        Column::Double(values) => out.typed::<DoubleType>().write_batch(values, None, None)?,
        Column::Text(values) => out.typed::<ByteArrayType>().write_batch(values, None, None)?,
        Column::OptionalInt32(values) => {
            let (present, levels) = present(values);
            out.typed::<Int32Type>().write_batch(&present, Some(&levels), None)?
        }
        Column::OptionalText(values) => {
            let (present, levels) = present(values);
            out.typed::<ByteArrayType>().write_batch(&present, Some(&levels), None)?
        }
        Column::Int64s(leaf) => write_leaf(out.typed::<Int64Type>(), leaf)?,
        Column::Doubles(leaf) => write_leaf(out.typed::<DoubleType>(), leaf)?,
        Column::Texts(leaf) => write_leaf(out.typed::<ByteArrayType>(), leaf)?,
    };
    out.close()
}

fn write_leaf<T: DataType>(
    out: &mut ColumnWriterImpl<'_, T>,
    leaf: &Leaf<T::T>,
) -> Result<usize, ParquetError> {
    out.write_batch(&leaf.values, Some(&leaf.definition), Some(&leaf.repetition))
}

/// Returns the values that are there, and for each row whether one is (Parquet's definition level).
fn present<T: Clone>(values: &[Option<T>]) -> (Vec<T>, Vec<i16>) {
    let levels = values.iter().map(|value| i16::from(value.is_some())).collect();
    (values.iter().flatten().cloned().collect(), levels)
}

fn read_column(
    group: &dyn RowGroupReader,
    at: usize,
    count: usize,
) -> Result<Column, ParquetError> {
    let reader = group.get_column_reader(at)?;
    let meta = group.metadata();
    let descriptor = meta.column(at).column_descr();
    let optional = descriptor.max_def_level() > 0;
    let nested = descriptor.path().parts().len() > 1;
    Ok(match (physical(descriptor), optional, nested) {
        (Type::INT32, false, false) => Column::Int32(values::<Int32Type>(reader, count)?),
        (Type::INT64, false, false) => Column::Int64(values::<Int64Type>(reader, count)?),
        (Type::DOUBLE, false, false) => Column::Double(values::<DoubleType>(reader, count)?),
        (Type::BYTE_ARRAY, false, false) => Column::Text(values::<ByteArrayType>(reader, count)?),
        (Type::INT32, true, false) => {
            Column::OptionalInt32(optional_values::<Int32Type>(reader, count)?)
        }
        (Type::BYTE_ARRAY, true, false) => {
            Column::OptionalText(optional_values::<ByteArrayType>(reader, count)?)
        }
        (Type::INT64, ..) => Column::Int64s(leaf::<Int64Type>(reader, count)?),
        (Type::DOUBLE, ..) => Column::Doubles(leaf::<DoubleType>(reader, count)?),
        (Type::BYTE_ARRAY, ..) => Column::Texts(leaf::<ByteArrayType>(reader, count)?),
        (other, ..) => return Err(ParquetError::General(format!("a column of {other}"))),
    })
}

fn physical(descriptor: &ColumnDescriptor) -> Type {
    descriptor.physical_type()
}

fn values<T: DataType>(reader: ColumnReader, count: usize) -> Result<Vec<T::T>, ParquetError> {
    let mut reader = get_typed_column_reader::<T>(reader);
    let mut values = Vec::new();
    while values.len() < count {
        let (rows, ..) = reader.read_records(count - values.len(), None, None, &mut values)?;
        if rows == 0 {
            return Err(ParquetError::EOF("a column ends before its group".to_owned()));
        }
    }
    Ok(values)
}

/// Reads a leaf with its levels, of so many rows.
fn leaf<T: DataType>(reader: ColumnReader, count: usize) -> Result<Leaf<T::T>, ParquetError> {
    let mut reader = get_typed_column_reader::<T>(reader);
    let mut leaf = Leaf::default();
    let Leaf { values, definition, repetition } = &mut leaf;
    let mut read = 0;
    while read < count {
        let wanted = count - read;
        let (rows, ..) = reader.read_records(wanted, Some(definition), Some(repetition), values)?;
        if rows == 0 {
            return Err(ParquetError::EOF("a column ends before its group".to_owned()));
        }
        read += rows;
    }
    // A leaf that lies in no list has no such levels.
    if repetition.is_empty() {
        repetition.resize(definition.len(), 0);
    }
    Ok(leaf)
}

fn optional_values<T: DataType>(
    reader: ColumnReader,
    count: usize,
) -> Result<Vec<Option<T::T>>, ParquetError> {
    let mut reader = get_typed_column_reader::<T>(reader);
    let (mut values, mut levels) = (Vec::new(), Vec::new());
    while levels.len() < count {
        let wanted = count - levels.len();
        let (rows, ..) = reader.read_records(wanted, Some(&mut levels), None, &mut values)?;
        if rows == 0 {
            return Err(ParquetError::EOF("a column ends before its group".to_owned()));
        }
    }
    let mut values = values.into_iter();
    Ok(levels.into_iter().map(|level| if level > 0 { values.next() } else { None }).collect())
}
