//! Counts to forecast from, read strictly: what an import skips or settles by a rule, a forecast does not rest on.

use super::panel::COUNT_MAX;
use crate::area::{AreaId, Series};
use crate::count::Count;
use crate::month::Month;
use crate::progress::Progress;
use crate::source::counts::{Wanted, read};
use crate::source::{RowProblem, SourceError};
use crate::table::CountTable;
use crate::vintage::Vintage;
use std::collections::{BTreeMap, BTreeSet};
use std::io::BufRead;

/// One month of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// How many.
    pub count: u32,
    /// Stands in for a value that is not known: history, never an outcome.
    pub proxy: bool,
}

/// Counts of one series by unit and month, with the inputs that they are from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    series: Series,
    vintages: Vec<Vintage>,
    units: BTreeMap<AreaId, BTreeMap<Month, Seen>>,
}

/// Why counts cannot be forecast from.
#[derive(Debug, thiserror::Error)]
pub enum ObservedError {
    /// The input cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A row cannot be used.
    #[error("{0}")]
    Row(Box<RowProblem>),
    /// Two rows are of one unit and month.
    #[error("two rows are of {area} in {month}: {first} and {second}")]
    Twice {
        /// The unit.
        area: AreaId,
        /// The month.
        month: Month,
        /// What the first says.
        first: u32,
        /// What the second says.
        second: u32,
    },
    /// A count is larger than any month could have.
    #[error("the count of {area} in {month} is {count}, and at most {COUNT_MAX} is taken")]
    Huge {
        /// The unit.
        area: AreaId,
        /// The month.
        month: Month,
        /// The count.
        count: u32,
    },
    /// The table has no row of the series.
    #[error("there is no count of `{0}`")]
    Nothing(Series),
}

impl Observed {
    /// Reads a panel from CSV, plain or gzip. One bad row refuses all of them.
    ///
    /// # Errors
    /// [`ObservedError`], in the order of its kinds.
    pub fn read(
        input: &mut dyn BufRead,
        wanted: Wanted<'_>,
        vintage: Vintage,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Self, ObservedError> {
        let mut rows = Vec::new();
        let (series, report) = read(input, wanted, progress, &mut |row| rows.push(row))?;
        if let Some(problem) = report.examples.into_iter().next() {
            return Err(ObservedError::Row(Box::new(problem)));
        }
        let mut all = Self { series, vintages: vec![vintage], units: BTreeMap::new() };
        rows.iter().try_for_each(|row| all.add(row))?;
        Ok(all)
    }

    /// Takes a series out of a table.
    ///
    /// # Errors
    /// [`ObservedError::Huge`]; [`ObservedError::Nothing`] for a series that the table has not.
    pub fn from_table(table: &CountTable, series: &Series) -> Result<Self, ObservedError> {
        let mut all = Self { series: series.clone(), vintages: Vec::new(), units: BTreeMap::new() };
        let mut from = BTreeSet::new();
        for (row, vintage) in table.rows().filter(|(row, _)| row.series == *series) {
            all.add(row)?;
            from.insert(vintage);
        }
        if all.units.is_empty() {
            return Err(ObservedError::Nothing(series.clone()));
        }
        all.vintages = table.vintages().iter().filter(|one| from.contains(one)).copied().collect();
        Ok(all)
    }

    fn add(&mut self, row: &Count) -> Result<(), ObservedError> {
        let (area, month, count) = (row.area, row.month, row.count);
        if u64::from(count) > COUNT_MAX {
            return Err(ObservedError::Huge { area, month, count });
        }
        let seen = Seen { count, proxy: row.is_proxy() };
        match self.units.entry(area).or_default().insert(month, seen) {
            Some(before) => {
                Err(ObservedError::Twice { area, month, first: before.count, second: count })
            }
            None => Ok(()),
        }
    }

    /// Returns what is counted.
    #[must_use]
    pub const fn series(&self) -> &Series {
        &self.series
    }

    /// Returns the inputs that the counts are from, oldest first.
    #[must_use]
    pub fn vintages(&self) -> &[Vintage] {
        &self.vintages
    }

    /// Returns each unit with its months, both ascending.
    pub fn units(&self) -> impl Iterator<Item = (AreaId, &BTreeMap<Month, Seen>)> {
        self.units.iter().map(|(area, months)| (*area, months))
    }

    /// Returns one month of a unit.
    #[must_use]
    pub fn seen(&self, area: AreaId, month: Month) -> Option<Seen> {
        self.units.get(&area)?.get(&month).copied()
    }

    /// Returns the last month that any unit has.
    #[must_use]
    pub fn last(&self) -> Option<Month> {
        self.units.values().filter_map(|months| Some(*months.last_key_value()?.0)).max()
    }

    /// Returns the first month that any unit has.
    #[must_use]
    pub fn first(&self) -> Option<Month> {
        self.units.values().filter_map(|months| Some(*months.first_key_value()?.0)).min()
    }
}
