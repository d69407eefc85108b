//! What an institute states: draws, quantiles or a probability by area and month.

use super::cells::{self, Column};
use super::counts::{MonthColumns, month, month_columns};
use super::records::{Fields, Records};
use super::report::{Report, RowProblem};
use super::ucdp::{DEATHS_MAX, country};
use super::{SourceError, SourceFault};
use crate::area::{AreaId, Scheme};
use crate::month::Month;
use crate::progress::Progress;
use std::io::BufRead;

/// Highest number of a draw.
pub(super) const DRAW_NUMBER_MAX: i64 = 1_000_000;

/// How something is stated.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// Equally likely outcomes: columns `draw` and `outcome`, as the VIEWS challenge has them.
    Draws,
    /// Outcomes that are not exceeded with a probability: columns `quantile` and `outcome`.
    Quantiles,
    /// The probability of conflict: column `probability`.
    Probability,
}

impl Form {
    /// Returns the word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Draws => "draws",
            Self::Quantiles => "quantiles",
            Self::Probability => "probability",
        }
    }
}

/// One row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StatedRow {
    /// The area.
    pub area: AreaId,
    /// The month.
    pub month: Month,
    /// The draw's number, or the quantile's level; 0 for a probability.
    pub at: f64,
    /// The outcome, or the probability.
    pub value: f64,
}

/// The column that only a file of a form has.
const MARKS: [(Form, &str); 3] =
    [(Form::Draws, "draw"), (Form::Quantiles, "quantile"), (Form::Probability, "probability")];

/// Returns the form of a file by its columns; `None` if it has those of none.
///
/// # Errors
/// [`SourceFault::Forms`] if it has those of several.
pub(super) fn form_of(has: impl Fn(&str) -> bool) -> Result<Option<Form>, SourceFault> {
    let mut found = MARKS.into_iter().filter(|(_, name)| has(name));
    let (first, other) = (found.next(), found.next());
    if other.is_some() {
        let found = MARKS.into_iter().filter(|(_, name)| has(name));
        return Err(SourceFault::Forms { found: found.map(|(_, name)| name.to_owned()).collect() });
    }
    Ok(first.map(|(form, _)| form))
}

struct Columns {
    area: Column,
    month: MonthColumns,
    at: Option<Column>,
    value: Column,
}

/// Reads what an institute states from CSV, plain or gzip, and hands each row to `each`.
///
/// Needed columns: `country_id`; `month_id`, or `year` and `month`; and exactly one of `draw`, `quantile` (each with
/// `outcome`) and `probability`. No outcome is negative or no number; one above the deadliest possible month is none.
///
/// # Errors
/// [`SourceError`] as for [`super::counts::read`]; [`SourceFault::Forms`] for columns of two forms.
pub fn read(
    input: &mut dyn BufRead,
    scheme: Scheme,
    progress: &mut dyn FnMut(Progress),
    each: &mut dyn FnMut(StatedRow),
) -> Result<(Form, Report), SourceError> {
    let records = Records::open(input)?;
    let (form, columns) = find(&records)?;
    let parse = |fields: &Fields, _: &mut Report| row(fields, form, &columns, scheme);
    let report = cells::read_rows(records, progress, parse, each)?;
    Ok((form, report))
}

fn find(records: &Records<'_>) -> Result<(Form, Columns), SourceError> {
    let mut found = Vec::new();
    for (form, name) in MARKS {
        found.extend(cells::find(records, name)?.map(|column| (form, column)));
    }
    let is_there = |name: &str| found.iter().any(|(_, column)| column.name() == name);
    form_of(is_there).map_err(|fault| records.fail(fault))?;
    let Some((form, column)) = found.pop() else {
        // Refuses: there is none.
        return Err(match cells::need(records, "draw") {
            Err(error) => error,
            Ok(_) => records.fail(SourceFault::Forms { found: Vec::new() }),
        });
    };
    let (at, value) = match form {
        Form::Draws | Form::Quantiles => (Some(column), cells::need(records, "outcome")?),
        Form::Probability => (None, column),
    };
    let area = cells::need(records, "country_id")?;
    Ok((form, Columns { area, month: month_columns(records)?, at, value }))
}

fn row(
    fields: &Fields,
    form: Form,
    columns: &Columns,
    scheme: Scheme,
) -> Result<StatedRow, RowProblem> {
    let at = match (&columns.at, form) {
        (None, _) | (Some(_), Form::Probability) => 0.0,
        (Some(column), Form::Draws) => cells::whole(fields, column, 0, DRAW_NUMBER_MAX)? as f64,
        (Some(column), Form::Quantiles) => cells::amount(fields, column, 1.0)?,
    };
    let most = match form {
        Form::Draws | Form::Quantiles => DEATHS_MAX as f64,
        Form::Probability => 1.0,
    };
    Ok(StatedRow {
        area: AreaId::new(scheme, country(fields, &columns.area)?),
        month: month(fields, &columns.month)?,
        at,
        value: cells::amount(fields, &columns.value, most)?,
    })
}
