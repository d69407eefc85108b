//! What reading an input came to.

use std::collections::BTreeMap;
use std::fmt;

/// How many bad rows a report describes; all are counted.
pub const EXAMPLES_MAX: usize = 20;
/// Longest piece of a bad value that is quoted, in characters.
const QUOTE_LEN_MAX: usize = 40;

/// How the input's bytes were packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Packing {
    /// Not at all.
    #[default]
    Plain,
    /// With gzip.
    Gzip,
}

/// What reading an input came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// How it was packed.
    pub packing: Packing,
    /// What stands between columns: `,` as it should, or the `;`, tab or `|` that was found instead.
    pub delimiter: char,
    /// Rows read, good and bad, the header not among them.
    pub rows: u64,
    /// Rows handed on.
    pub kept: u64,
    /// Bad rows of each kind.
    pub faults: BTreeMap<RowFault, u64>,
    /// The first bad rows, at most [`EXAMPLES_MAX`].
    pub examples: Vec<RowProblem>,
    /// Rows kept whose best estimate lies outside their own low and high; UCDP has some.
    pub odd_estimates: u64,
    /// Events kept that end in another month than they begin in; each counts in the month of its last day.
    pub over_month_ends: u64,
    /// Rows kept without their source text, which was too long.
    pub sources_dropped: u64,
    /// Bytes read, after unpacking.
    pub bytes: u64,
}

impl Report {
    /// Returns how many rows were skipped.
    #[must_use]
    pub fn skipped(&self) -> u64 {
        self.faults.values().sum()
    }

    pub(super) fn skip(&mut self, problem: RowProblem) {
        *self.faults.entry(problem.fault).or_default() += 1;
        if self.examples.len() < EXAMPLES_MAX {
            self.examples.push(problem);
        }
    }
}

/// What is wrong with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RowFault {
    /// It is longer than the limit for a record.
    TooLong,
    /// A quote is opened and not closed within the limit for a record.
    OpenQuote,
    /// A quote stands inside a field that does not begin with one, or text follows a closing quote.
    StrayQuote,
    /// It has more or fewer fields than the header.
    FieldCount,
    /// A value is not UTF-8.
    NotUtf8,
    /// A needed value is empty.
    Empty,
    /// A value is not a number of its kind.
    NotANumber,
    /// A number is outside its range.
    OutOfRange,
    /// A value is not a date.
    NotADate,
    /// A text is longer than the limit for its column.
    LongText,
    /// Two values of the row exclude each other.
    Contradiction,
    /// A word is none of those that its column has.
    Unknown,
    /// Its type is no event of PLOVER.
    NoEvent,
}

impl fmt::Display for RowFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "the row is too long",
            Self::OpenQuote => "a quote is opened and not closed",
            Self::StrayQuote => "a quote stands where none may",
            Self::FieldCount => "the number of fields differs from the header's",
            Self::NotUtf8 => "not UTF-8",
            Self::Empty => "no value",
            Self::NotANumber => "not a number of this column's kind",
            Self::OutOfRange => "out of range",
            Self::NotADate => "not a date",
            Self::LongText => "the text is too long",
            Self::Contradiction => "contradicts another value of the row",
            Self::Unknown => "not one of the words of this column",
            Self::NoEvent => "no event of PLOVER",
        })
    }
}

/// One bad row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowProblem {
    /// Where the row begins, 1 for the first line of the input.
    pub line: u64,
    /// The column, where one is to blame.
    pub column: Option<String>,
    /// What is wrong.
    pub fault: RowFault,
    /// What was found, shortened.
    pub found: String,
}

impl RowProblem {
    pub(super) fn new(line: u64, fault: RowFault, found: &str) -> Self {
        Self { line, column: None, fault, found: shortened(found) }
    }
}

impl fmt::Display for RowProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: ", self.line)?;
        if let Some(column) = &self.column {
            write!(f, "column `{column}`: ")?;
        }
        write!(f, "{}", self.fault)?;
        if self.found.is_empty() { Ok(()) } else { write!(f, ": `{}`", self.found) }
    }
}

/// Returns the text's beginning, with control characters replaced: it ends on people's terminals.
pub(super) fn shortened(text: &str) -> String {
    let mut out: String = text
        .chars()
        .take(QUOTE_LEN_MAX)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect();
    if text.chars().nth(QUOTE_LEN_MAX).is_some() {
        out.push('…');
    }
    out
}
