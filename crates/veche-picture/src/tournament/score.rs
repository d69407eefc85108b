//! How good each submission was, cell by cell, once it is known what happened.

use super::round::Round;
use super::submission::{Stated, Submission};
use crate::area::AreaId;
use crate::forecast::ladder::{Model as _, Recent};
use crate::forecast::score::{CONFLICT_DEATHS, brier};
use crate::forecast::{Grid, Scores};
use crate::month::Month;
use crate::source::stated::Form;
use std::collections::BTreeMap;

/// The name under which the baseline stands on a board.
pub const BASELINE: &str = "baseline L2";

/// What one submission came to in a cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScoredCell {
    /// The unit.
    pub unit: AreaId,
    /// The month.
    pub month: Month,
    /// Scores of the whole distribution; `None` where a probability is all that was stated.
    pub deaths: Option<Scores>,
    /// [`brier`] of [`CONFLICT_DEATHS`] or more.
    pub conflict: f64,
}

/// What one submission came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    /// Whose.
    pub institute: String,
    /// Its cells of which it is known what happened, by unit and month.
    pub cells: Vec<ScoredCell>,
}

/// Scores a submission against what happened; cells that are not known yet are left out.
#[must_use]
pub fn score(submission: &Submission, truth: &Grid) -> Scored {
    let places: BTreeMap<AreaId, usize> =
        truth.areas().enumerate().map(|(place, area)| (area, place)).collect();
    let known = submission.cells.iter().filter_map(|(&(unit, month), stated)| {
        let observed = truth.count(*places.get(&unit)?, month)?;
        let deaths = match stated {
            Stated::Deaths(deaths) => Some(Scores::of(deaths, observed)),
            Stated::Conflict(_) => None,
        };
        let conflict = brier(stated.conflict(), observed >= CONFLICT_DEATHS);
        Some(ScoredCell { unit, month, deaths, conflict })
    });
    Scored { institute: submission.institute.clone(), cells: known.collect() }
}

/// Returns what [`Recent::DEFAULT`] says of a round from the counts up to its origin: the yardstick of every board.
///
/// A unit without counts at the origin has no cell.
#[must_use]
pub fn baseline(round: &Round, grid: &Grid) -> Submission {
    let mut cells = BTreeMap::new();
    if let Some(past) = grid.until(round.origin) {
        let fitted = Recent::DEFAULT.fit(past);
        let ahead = |month: &Month| usize::try_from(month.since(round.origin)).unwrap_or_default();
        let months: Vec<Month> = round.target_months().collect();
        let horizons: Vec<usize> = months.iter().map(ahead).collect();
        let units = grid.areas().enumerate().filter(|(_, area)| round.units.contains(area));
        for (place, area) in units {
            let forecasts = fitted.forecast(place, &horizons).into_iter().flatten();
            let stated = months.iter().zip(forecasts);
            cells.extend(stated.map(|(month, deaths)| ((area, *month), Stated::Deaths(deaths))));
        }
    }
    Submission { institute: BASELINE.to_owned(), form: Form::Draws, cells, widened: 0 }
}
