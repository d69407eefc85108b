//! How surprising each unit's count was in one month, by what was known the month before.

use super::surprise::Tail;
use crate::forecast::ladder::Recent;
use crate::forecast::{Grid, Past};
use crate::history::History;
use crate::month::Month;
use std::collections::BTreeMap;

/// Returns the months from the first to the last of any history.
pub(super) fn months_of(histories: &[History]) -> impl Iterator<Item = Month> + use<> {
    let first = histories.iter().filter_map(|history| history.month_at(0)).min();
    let last = histories.iter().filter_map(History::last).max();
    let months = first.zip(last).map(|(first, last)| i64::from(first.id())..=i64::from(last.id()));
    months.into_iter().flatten().filter_map(|id| Month::from_id(id).ok())
}

/// One unit in one month.
pub(super) struct Seen {
    /// Its place in the grid.
    pub(super) unit: usize,
    /// Whether the forecast rests on any death.
    pub(super) with_history: bool,
    /// How surprising its count was.
    pub(super) tail: Tail,
}

/// Returns how surprising the counts of a month were, of all units that had a forecast for it.
pub(super) fn tails(grid: &Grid, past: Past<'_>, month: Month, quiet: &Quiet) -> Vec<Seen> {
    (0..past.len())
        .filter_map(|unit| {
            let observed = grid.count(unit, month)?;
            let recent = recent(past, unit)?;
            let with_history = is_with_history(recent);
            let tail = if !with_history {
                quiet.tail(observed)
            } else if observed == 0 {
                Tail::ONE
            } else {
                Tail::under(&Recent::DEFAULT.mixture(recent)?.distribution(), observed)
            };
            Some(Seen { unit, with_history, tail })
        })
        .collect()
}

/// Returns the months that the forecast rests on; `None` with fewer, where quiet and unknown look alike.
pub(super) fn recent<'a>(past: Past<'a>, unit: usize) -> Option<&'a [f64]> {
    let counts = past.counts(unit);
    counts.get(counts.len().checked_sub(Recent::DEFAULT.months)?..)
}

fn is_with_history(recent: &[f64]) -> bool {
    recent.iter().any(|count| *count > 0.0)
}

/// What came after three years without a death, over all units: how often which count.
#[derive(Default)]
pub(super) struct Quiet {
    times: BTreeMap<u64, u64>,
    all: u64,
}

impl Quiet {
    /// Takes in what came in a month after three years without a death.
    pub(super) fn learn(&mut self, grid: &Grid, past: Past<'_>, month: Month) {
        for unit in 0..past.len() {
            let Some(observed) = grid.count(unit, month) else { continue };
            if recent(past, unit).is_some_and(|recent| !is_with_history(recent)) {
                *self.times.entry(observed).or_default() += 1;
                self.all += 1;
            }
        }
    }

    fn tail(&self, observed: u64) -> Tail {
        if observed == 0 {
            return Tail::ONE;
        }
        Tail::among(self.times.range(observed..).map(|(_, times)| times).sum(), self.all)
    }
}
