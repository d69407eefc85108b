//! Reading data sets: bounded records, columns by name, bad rows reported.
//!
//! **Invariant:** memory is bounded by [`records::RECORD_LEN_MAX`] whatever the input holds; rows go to the caller
//! one by one. A broken row is skipped, counted and, up to a limit, described; a broken file is an error.

pub mod acled;
mod cells;
pub mod counts;
mod input;
pub mod packed;
mod pinned;
pub mod records;
mod report;
pub mod reported;
pub mod stated;
pub mod ucdp;
pub mod units;
pub mod views;

pub use pinned::pinned;
pub use report::{EXAMPLES_MAX, Packing, Report, RowFault, RowProblem};

use crate::month::Month;

/// Most rows that one input may hold: the full GED has 0.4 million, a panel of all countries 0.1 million.
pub const ROWS_MAX: u64 = 20_000_000;

/// Why an input cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read the input{}: {fault}", place(*.line))]
pub struct SourceError {
    /// The line reached, 1 for the first; 0 where the input has no lines.
    pub line: u64,
    /// What is wrong.
    #[source]
    pub fault: SourceFault,
}

fn place(line: u64) -> String {
    if line == 0 { String::new() } else { format!(" at line {line}") }
}

/// What is wrong with an input as a whole.
#[derive(Debug, thiserror::Error)]
pub enum SourceFault {
    /// There is nothing in it.
    #[error("it is empty")]
    Empty,
    /// It is a ZIP archive.
    #[error("it is a ZIP archive; unpack it first")]
    Zip,
    /// It is text in UTF-16.
    #[error("it is UTF-16; save it as UTF-8")]
    Utf16,
    /// A gzip stream that stops before its end.
    #[error("the gzip data are cut short after {rows} rows; fetch the file again")]
    CutShort {
        /// Rows read before the end; the caller must drop them.
        rows: u64,
    },
    /// A gzip stream that does not decode.
    #[error("the gzip data are damaged after {rows} rows; fetch the file again")]
    Damaged {
        /// Rows read before the damage; the caller must drop them.
        rows: u64,
    },
    /// A needed column is not in the header.
    #[error("no column `{wanted}`; found {}", list(.found))]
    MissingColumn {
        /// The column's name.
        wanted: String,
        /// The columns that there are, shortened.
        found: Vec<String>,
    },
    /// A needed column is in the header twice.
    #[error("two columns are named `{column}`")]
    TwoColumns {
        /// The column's name.
        column: String,
    },
    /// No column is known to be a count.
    #[error("no count column among {}; name it", list(.found))]
    NoCountColumn {
        /// The columns that there are, shortened.
        found: Vec<String>,
    },
    /// The count column's name is not one for a series.
    #[error("the count column `{column}` cannot name a series")]
    ColumnName {
        /// The column's name, shortened.
        column: String,
    },
    /// Columns of more than one form of forecast.
    #[error("the columns {} exclude each other: a file has draws, quantiles or probabilities", list(.found))]
    Forms {
        /// The columns.
        found: Vec<String>,
    },
    /// The months are not those that are stated.
    #[error("its first month is {found}, and {stated} is stated: off by {} months", .found.since(*.stated))]
    OtherCalendar {
        /// The first month that the rows name.
        found: Month,
        /// The first month as stated.
        stated: Month,
    },
    /// JSON that is not of the form needed.
    #[error("it is JSON, and not of the form needed: {what}")]
    Json {
        /// What is wrong.
        what: String,
    },
    /// JSON that is too long to be read at once.
    #[error("it is JSON of more than {len_max} bytes; fetch it in pages, or as CSV")]
    LongJson {
        /// Most bytes.
        len_max: u64,
    },
    /// A Parquet file that cannot be read.
    #[error("it is Parquet that cannot be read: {0}")]
    Parquet(String),
    /// The first line is over the limit.
    #[error("the header is longer than {} bytes", records::RECORD_LEN_MAX)]
    LongHeader,
    /// There are rows, and not one can be used.
    #[error("none of {rows} rows can be used; the first: {first}")]
    NoUsableRow {
        /// Rows read.
        rows: u64,
        /// What is wrong with the first.
        first: Box<RowProblem>,
    },
    /// More rows than this build takes.
    #[error("more than {ROWS_MAX} rows")]
    TooManyRows,
    /// The caller's reader failed.
    #[error("reading failed")]
    Read(#[source] std::io::Error),
}

/// How many column names an error quotes.
const NAMES_SHOWN_MAX: usize = 12;

fn list(names: &[String]) -> String {
    let shown: Vec<_> =
        names.iter().take(NAMES_SHOWN_MAX).map(|name| format!("`{name}`")).collect();
    match names.len().saturating_sub(NAMES_SHOWN_MAX) {
        _ if names.is_empty() => "no column".to_owned(),
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
