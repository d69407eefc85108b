//! Monthly deaths by cell, forecast by conflictology with neighbours: the last twelve months of the cell and of those around it,
//! each as likely to come again.
//!
//! Source: VIEWS Prediction Challenge 2023/24, benchmark "conflictology with neighbours" for PRIO-GRID.

use super::{Happening, weeks::LeftOut};
use crate::cell::CellId;
use crate::month::Month;
use std::collections::BTreeMap;

/// Months that come again.
pub const MONTHS: usize = 12;
/// Most deaths in one cell and month: ten times the deadliest month of a country.
pub const COUNT_MAX: u32 = 1_000_000;
/// The rule's name.
pub const RULE: &str = "conflictology-neighbours/1";

/// The last twelve months of each cell of a grid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellMonths {
    last: Month,
    cells: BTreeMap<CellId, [u32; MONTHS]>,
    left_out: LeftOut,
}

/// Why there is nothing to forecast from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoCells {
    /// Too few months.
    #[error("the data cover {0} months, and {MONTHS} are needed")]
    Short(usize),
    /// No cell.
    #[error("there is no cell")]
    NoCell,
    /// A cell lacks a month that others have.
    #[error("{cell} has no row of {month}; give the month a row, with 0 if nothing happened")]
    Gap {
        /// The cell.
        cell: CellId,
        /// The first month that it lacks.
        month: Month,
    },
}

/// What is forecast of a cell for any month ahead: so many deaths, each as likely.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pool {
    /// Ascending.
    outcomes: Vec<u32>,
}

impl CellMonths {
    /// Adds up deaths by cell and month, up to the last month that the happenings cover whole, and lists the cells around each
    /// cell with deaths too.
    ///
    /// The month of the last happening counts as whole: data sets come by the month.
    ///
    /// # Errors
    /// [`NoCells::Short`], [`NoCells::NoCell`].
    pub fn count<'a>(
        happenings: impl Iterator<Item = Happening<'a>> + Clone,
    ) -> Result<Self, NoCells> {
        let months = happenings.clone().map(|one| one.date.month()).map(|month| (month, month));
        let span = months.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)));
        let (first, last) = span.ok_or(NoCells::NoCell)?;
        let covered = usize::try_from(last.since(first) + 1).unwrap_or_default();
        if covered < MONTHS {
            return Err(NoCells::Short(covered));
        }
        let (mut cells, mut left_out) =
            (BTreeMap::<CellId, [u32; MONTHS]>::new(), LeftOut::default());
        for one in happenings.filter(|one| one.is_conflict) {
            let Some(cell) = one.cell else {
                left_out.of_no_unit += 1;
                continue;
            };
            let back = usize::try_from(last.since(one.date.month())).unwrap_or(usize::MAX);
            let Some(place) = MONTHS.checked_sub(back + 1) else {
                left_out.outside += 1;
                continue;
            };
            if let Some(count) = cells.entry(cell).or_default().get_mut(place) {
                *count = count.saturating_add(one.deaths).min(COUNT_MAX);
            }
        }
        let around: Vec<CellId> = cells.keys().flat_map(|cell| cell.neighbours()).collect();
        for cell in around {
            cells.entry(cell).or_default();
        }
        if cells.is_empty() { Err(NoCells::NoCell) } else { Ok(Self { last, cells, left_out }) }
    }

    /// Returns the last twelve months of rows that were read as such; each cell has all of them.
    ///
    /// # Errors
    /// [`NoCells`].
    pub fn of_rows(rows: &BTreeMap<CellId, BTreeMap<Month, u32>>) -> Result<Self, NoCells> {
        let ends = |months: &BTreeMap<Month, u32>| {
            Some((*months.first_key_value()?.0, *months.last_key_value()?.0))
        };
        let spans = rows.values().filter_map(ends);
        let span = spans.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)));
        let (first, last) = span.ok_or(NoCells::NoCell)?;
        let covered = usize::try_from(last.since(first) + 1).unwrap_or_default();
        if covered < MONTHS {
            return Err(NoCells::Short(covered));
        }
        let held: Vec<Month> =
            (0..MONTHS).rev().filter_map(|back| last.plus(-i32::try_from(back).ok()?)).collect();
        let mut cells = BTreeMap::new();
        for (cell, months) in rows {
            let mut counts = [0; MONTHS];
            for (count, month) in counts.iter_mut().zip(&held) {
                let gap = NoCells::Gap { cell: *cell, month: *month };
                *count = *months.get(month).ok_or(gap)?;
            }
            cells.insert(*cell, counts);
        }
        Ok(Self { last, cells, left_out: LeftOut::default() })
    }

    /// Returns the last month: the origin.
    #[must_use]
    pub const fn last(&self) -> Month {
        self.last
    }

    /// Returns each cell with its months, the last one last.
    pub fn cells(&self) -> impl ExactSizeIterator<Item = (CellId, &[u32; MONTHS])> {
        self.cells.iter().map(|(cell, counts)| (*cell, counts))
    }

    /// Returns what was not counted.
    #[must_use]
    pub const fn left_out(&self) -> LeftOut {
        self.left_out
    }

    /// Returns what is forecast of a cell; `None` if the grid has it not.
    ///
    /// Neighbours that the grid has not, the sea say, have no part in it.
    #[must_use]
    pub fn pool(&self, cell: CellId) -> Option<Pool> {
        let own = self.cells.get(&cell)?;
        let around = cell.neighbours();
        let around = around.iter().filter_map(|cell| self.cells.get(cell));
        let mut outcomes: Vec<u32> = own.iter().chain(around.flatten()).copied().collect();
        outcomes.sort_unstable();
        Some(Pool { outcomes })
    }

    /// Returns the cells without a death that have neighbours with some, the deadliest neighbourhood first; equals by number.
    ///
    /// It is a list of where to look, and no more: no skill is proven for the order.
    #[must_use]
    pub fn quiet(&self) -> Vec<(CellId, u64)> {
        let deaths = |counts: &[u32; MONTHS]| counts.iter().map(|n| u64::from(*n)).sum::<u64>();
        let mut around: BTreeMap<CellId, u64> = BTreeMap::new();
        for (cell, counts) in self.cells.iter().filter(|(_, counts)| deaths(counts) > 0) {
            for neighbour in cell.neighbours() {
                *around.entry(neighbour).or_default() += deaths(counts);
            }
        }
        let is_quiet = |cell: &CellId| self.cells.get(cell).is_some_and(|own| deaths(own) == 0);
        let mut quiet: Vec<_> = around.into_iter().filter(|(cell, _)| is_quiet(cell)).collect();
        quiet.sort_by_key(|(cell, deaths)| (std::cmp::Reverse(*deaths), *cell));
        quiet
    }
}

impl Pool {
    /// Returns the outcomes, ascending.
    #[must_use]
    pub fn outcomes(&self) -> &[u32] {
        &self.outcomes
    }

    /// Returns the mean.
    #[must_use]
    pub fn mean(&self) -> f64 {
        let sum: u64 = self.outcomes.iter().map(|count| u64::from(*count)).sum();
        sum as f64 / self.outcomes.len() as f64
    }

    /// Returns the share of outcomes at or above a count.
    #[must_use]
    pub fn at_least(&self, count: u32) -> f64 {
        let below = self.outcomes.partition_point(|outcome| *outcome < count);
        (self.outcomes.len() - below) as f64 / self.outcomes.len() as f64
    }

    /// Returns the least outcome that is not exceeded with a probability of `per_mille` thousandths.
    #[must_use]
    pub fn quantile(&self, per_mille: usize) -> u32 {
        let place = (self.outcomes.len() * per_mille).div_ceil(1000).saturating_sub(1);
        self.outcomes.get(place).or(self.outcomes.last()).copied().unwrap_or_default()
    }
}
