//! A run as a table: one line a unit and month ahead, one a unit and sum of months; as CSV, Parquet or JSON, with a codebook.

use super::ahead::Ahead;
use super::bins::{BINS, Bins, LOWEST};
use super::run::{HORIZONS, Run, Unit};
use super::sums::{DEATHS, SPANS};
use super::worked::Worked;
use crate::month::Month;
use parquet::basic::{Compression, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int32Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use std::fmt::Write as _;
use std::sync::Arc;

/// Shares of the quantiles, in thousandths.
pub const QUANTILES: [u16; 21] = [
    10, 50, 100, 150, 200, 250, 300, 350, 400, 450, 500, 550, 600, 650, 700, 750, 800, 850, 900,
    950, 990,
];

/// What is forecast of one month of a unit, or of several together.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// The unit's number.
    pub unit: String,
    /// Its name.
    pub name: String,
    /// Months after the origin, 1 to 14; for a sum, how many months.
    pub months: usize,
    /// The first month.
    pub from: Month,
    /// The last month: the same but for a sum.
    pub to: Month,
    /// The mean.
    pub mean: f64,
    /// Of a single month.
    pub shape: Option<Shape>,
    /// Chances of as many as [`DEATHS`] says or more.
    pub chances: [f64; DEATHS.len()],
    /// Nothing was counted for three years.
    pub is_unproven: bool,
}

/// The distribution of a month.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shape {
    /// By [`QUANTILES`].
    pub quantiles: [u64; QUANTILES.len()],
    /// By class.
    pub bins: Bins,
}

/// Returns the lines of a run: by unit, the months ahead, then the sums. `each` is told how many units are done.
#[must_use]
pub fn lines(run: &Run, worked: &Worked, each: &mut dyn FnMut(usize)) -> Vec<Line> {
    let mut all = Vec::new();
    for (at, unit) in run.units().iter().enumerate() {
        all.extend(of_unit(run, unit, &worked.ahead(run, at)));
        each(at + 1);
    }
    all
}

fn of_unit(run: &Run, unit: &Unit, said: &Ahead) -> Vec<Line> {
    let shape = |ahead: usize| Shape {
        quantiles: QUANTILES
            .map(|thousandths| said.quantile(ahead, f64::from(thousandths) / 1000.0)),
        bins: said.bins(ahead),
    };
    // One of a mixture's months is as good as another, and takes as long as all others together.
    let first = said.mixture().map(|_| shape(1));
    let line = |months: usize, from: usize, shape: Option<Shape>| {
        Some(Line {
            unit: unit.area().to_string(),
            name: unit.name().to_owned(),
            months,
            from: run.ahead(from)?,
            to: run.ahead(months)?,
            mean: said.mean(months),
            shape,
            chances: DEATHS.map(|deaths| said.tail(months, deaths)),
            is_unproven: unit.is_quiet(),
        })
    };
    let month = |ahead| line(ahead, ahead, Some(first.unwrap_or_else(|| shape(ahead))));
    let mut all: Vec<Line> = (1..=HORIZONS).filter_map(month).collect();
    for (span, chances) in SPANS.into_iter().zip(said.chances()) {
        let mean = (1..=span).map(|ahead| said.mean(ahead)).sum();
        all.extend(line(span, 1, None).map(|line| Line { mean, chances, ..line }));
    }
    all
}

/// A column: its name, its unit, what it means.
struct About {
    name: String,
    unit: &'static str,
    meaning: String,
}

fn abouts() -> Vec<About> {
    let about = |name: &str, unit, meaning: &str| About {
        name: name.to_owned(),
        unit,
        meaning: meaning.to_owned(),
    };
    let mut all = vec![
        about(
            "unit",
            "number in a list",
            "`views:133`, `gw:700`: the list, and the unit's number in it",
        ),
        about("name", "text", "what people call it; its number where no name is known"),
        about("target", "word", "`month`: one month; `sum`: several together"),
        about(
            "months",
            "months",
            "of a month, how many months after the origin; of a sum, how many months it has",
        ),
        about("from", "YYYY-MM", "the first month"),
        about("to", "YYYY-MM", "the last month; of a month, the same"),
        about("mean", "count", "the mean"),
    ];
    for thousandths in QUANTILES {
        all.push(About {
            name: format!("q{thousandths:03}"),
            unit: "count",
            meaning: format!(
                "the count that is not exceeded with a chance of {} %; empty for a sum",
                thousandths / 10
            ),
        });
    }
    for class in 0..BINS {
        all.push(About {
            name: format!("class{class:02}"),
            unit: "probability",
            meaning: format!("the chance of {}; empty for a sum", class_said(class)),
        });
    }
    for deaths in DEATHS {
        all.push(About {
            name: format!("p{deaths}"),
            unit: "probability",
            meaning: format!("the chance of {deaths} or more"),
        });
    }
    all.push(about(
        "skill",
        "word",
        "`unproven` where nothing was counted for three years: no skill is proven for such units; else empty",
    ));
    all
}

fn class_said(class: usize) -> String {
    let (low, next) = (LOWEST[class], LOWEST.get(class + 1));
    match next {
        None => format!("{low} or more"),
        Some(next) if low + 1 == *next => low.to_string(),
        Some(next) => format!("{low} to {}", next - 1),
    }
}

/// One cell.
enum Cell {
    Text(String),
    Whole(u64),
    Number(f64),
    Empty,
}

fn cells(line: &Line) -> Vec<Cell> {
    let is_sum = line.shape.is_none();
    let mut cells = vec![
        Cell::Text(line.unit.clone()),
        Cell::Text(line.name.clone()),
        Cell::Text(if is_sum { "sum" } else { "month" }.to_owned()),
        Cell::Whole(line.months as u64),
        Cell::Text(line.from.to_string()),
        Cell::Text(line.to.to_string()),
        Cell::Number(line.mean),
    ];
    match &line.shape {
        Some(shape) => {
            cells.extend(shape.quantiles.iter().copied().map(Cell::Whole));
            cells.extend(shape.bins.iter().copied().map(Cell::Number));
        }
        None => cells.extend((0..QUANTILES.len() + BINS).map(|_| Cell::Empty)),
    }
    cells.extend(line.chances.iter().copied().map(Cell::Number));
    cells.push(Cell::Text(if line.is_unproven { "unproven" } else { "" }.to_owned()));
    cells
}

/// Returns the table as CSV.
///
/// Probabilities and means have as many digits as say what they are, so that reading them back gives the same numbers.
#[must_use]
pub fn csv(lines: &[Line]) -> String {
    let names: Vec<String> = abouts().into_iter().map(|about| about.name).collect();
    let mut out = names.join(",");
    out.push('\n');
    for line in lines {
        for (at, cell) in cells(line).iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            // Writing to a String cannot fail.
            match cell {
                Cell::Text(text) => out.push_str(&quoted(text)),
                Cell::Whole(number) => write!(out, "{number}").unwrap_or_default(),
                Cell::Number(number) => write!(out, "{number}").unwrap_or_default(),
                Cell::Empty => {}
            }
        }
        out.push('\n');
    }
    out
}

fn quoted(text: &str) -> String {
    if text.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

/// Returns the table as JSON: a list of objects by column.
#[must_use]
pub fn json(lines: &[Line]) -> serde_json::Value {
    let names: Vec<String> = abouts().into_iter().map(|about| about.name).collect();
    let value = |cell| match cell {
        Cell::Text(text) => serde_json::Value::from(text),
        Cell::Whole(number) => number.into(),
        Cell::Number(number) => number.into(),
        Cell::Empty => serde_json::Value::Null,
    };
    let object = |line: &Line| -> serde_json::Value {
        names.iter().cloned().zip(cells(line).into_iter().map(value)).collect()
    };
    lines.iter().map(object).collect()
}

/// Returns the table as the bytes of a Parquet file, with the run's description in its metadata.
///
/// # Errors
/// Where the library refuses.
pub fn parquet(run: &Run, lines: &[Line]) -> Result<Vec<u8>, ParquetError> {
    let properties = WriterProperties::builder()
        .set_created_by("veche".to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_key_value_metadata(Some(vec![
            KeyValue::new("veche.codebook".to_owned(), codebook(run)),
            KeyValue::new("veche.origin".to_owned(), run.origin().to_string()),
            KeyValue::new("veche.rule".to_owned(), run.rule().to_string()),
        ]))
        .build();
    let table: Vec<Vec<Cell>> = lines.iter().map(cells).collect();
    let mut fields = String::new();
    let abouts = abouts();
    for about in &abouts {
        let (kind, is_optional) = kind_of(about);
        let repeated = if is_optional { "OPTIONAL" } else { "REQUIRED" };
        let logical = if kind == "BYTE_ARRAY" { " (STRING)" } else { "" };
        write!(fields, "{repeated} {kind} {}{logical}; ", about.name).unwrap_or_default();
    }
    let schema = parse_message_type(&format!("message forecast {{ {fields} }}"))?;
    let mut writer = SerializedFileWriter::new(Vec::new(), Arc::new(schema), Arc::new(properties))?;
    let mut group = writer.next_row_group()?;
    for (at, about) in abouts.iter().enumerate() {
        let column = table.iter().filter_map(|row| row.get(at));
        let (kind, is_optional) = kind_of(about);
        match kind {
            "BYTE_ARRAY" => write::<ByteArrayType>(&mut group, column.map(as_text), is_optional)?,
            "DOUBLE" => write::<DoubleType>(&mut group, column.map(as_number), is_optional)?,
            _ => write::<Int32Type>(&mut group, column.map(as_whole), is_optional)?,
        }
    }
    group.close()?;
    writer.into_inner()
}

fn kind_of(about: &About) -> (&'static str, bool) {
    let is_shape = ["q", "class"].iter().any(|start| {
        about.name.strip_prefix(start).is_some_and(|rest| rest.parse::<u16>().is_ok())
    });
    match about.unit {
        "probability" => ("DOUBLE", is_shape),
        "count" if about.name == "mean" => ("DOUBLE", false),
        "count" | "months" => ("INT32", is_shape),
        _ => ("BYTE_ARRAY", false),
    }
}

fn as_text(cell: &Cell) -> Option<ByteArray> {
    if let Cell::Text(text) = cell { Some(ByteArray::from(text.as_str())) } else { None }
}

const fn as_number(cell: &Cell) -> Option<f64> {
    if let Cell::Number(number) = cell { Some(*number) } else { None }
}

fn as_whole(cell: &Cell) -> Option<i32> {
    // A quantile over two thousand million deaths is none that a rule gives.
    if let Cell::Whole(number) = cell {
        Some(i32::try_from(*number).unwrap_or(i32::MAX))
    } else {
        None
    }
}

fn write<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    values: impl Iterator<Item = Option<T::T>>,
    is_optional: bool,
) -> Result<(), ParquetError> {
    let values: Vec<Option<T::T>> = values.collect();
    let levels: Vec<i16> = values.iter().map(|value| i16::from(value.is_some())).collect();
    let present: Vec<T::T> = values.into_iter().flatten().collect();
    let Some(mut out) = group.next_column()? else {
        return Err(ParquetError::General("more columns than the schema has".to_owned()));
    };
    out.typed::<T>().write_batch(&present, is_optional.then_some(&levels[..]), None)?;
    out.close()
}

/// Returns what a run is and what the columns of its table mean, as Markdown.
#[must_use]
pub fn codebook(run: &Run) -> String {
    let mut out = format!(
        "# Forecast of `{}` from the end of {}\n\nRule `{}`: {}\n\n{} units. ",
        run.series(),
        run.origin().said(),
        run.rule(),
        run.rule().said(),
        run.units().len()
    );
    out.push_str(
        "Chances of sums are half those where each month falls anew, and half those where ",
    );
    out.push_str(if run.rule().learns() {
        "all months have the same quantile."
    } else {
        "one past month stays for all."
    });
    if run.rule().learns() {
        out.push_str(if run.has_wider() {
            "\n\nThe rule was told of the units' counts of a wider kind besides."
        } else {
            "\n\nThe rule was told of no counts of a wider kind, such as deaths in all violence."
        });
    }
    out.push_str("\n\nRead from (SHA-256 of the inputs):\n\n");
    for vintage in run.vintages() {
        writeln!(out, "- `{vintage}`").unwrap_or_default();
    }
    if !run.left_out().is_empty() {
        out.push_str("\nNot forecast:\n\n");
        for left in run.left_out() {
            let name = if left.name == left.area.to_string() { "" } else { &left.name };
            writeln!(out, "- `{}` {name}: {}", left.area, left.why).unwrap_or_default();
        }
    }
    out.push_str("\n| column | unit | meaning |\n| --- | --- | --- |\n");
    for about in abouts() {
        writeln!(out, "| `{}` | {} | {} |", about.name, about.unit, about.meaning)
            .unwrap_or_default();
    }
    out
}
