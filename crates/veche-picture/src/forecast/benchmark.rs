//! The benchmark: every step of the ladder on every window, as the VIEWS challenge sets them.
//!
//! A window is a calendar year, forecast from what was known in October before: horizons 3 to 14. Constants that are
//! chosen by scores are chosen without the window they are reported on.

use super::distribution::{Distribution, whole};
use super::ladder::features::{self, Known};
use super::ladder::pooled::{Learnt, Pooling, candidates};
use super::ladder::{Conflictology, Fitted, LastHistorical, Model, Recent, Tuned, Zero};
use super::panel::Grid;
use super::score::compare::{Difference, bootstrap};
use super::score::{CONFLICT_DEATHS, Scores};
use crate::month::Month;
use std::collections::BTreeMap;

/// Windows on which models are developed.
pub const DEVELOPMENT: [i32; 4] = [2018, 2019, 2020, 2021];
/// The window that is looked at once, at a release.
pub const RELEASE: i32 = 2022;
/// Month of the year before a window from whose end it is forecast.
const ORIGIN_MONTH: i32 = 10;
/// Horizons of a window, in months.
const HORIZONS: std::ops::RangeInclusive<usize> = 3..=14;
/// Where the counter of the resamples begins.
const SEED: u64 = 90;
/// Months by which a calendar may be off and still be told.
const SHIFT_MAX: i32 = 24;

/// The models of a table, by their rank in it.
pub const NAMES: [&str; 7] = [
    "L0 zero",
    "last historical",
    "L1 conflictology",
    "L2 recent",
    "L3 tuned",
    "boosted trees alone",
    "L4 pooled",
];
/// Rank of what all are compared with.
pub const CONFLICTOLOGY: usize = 2;
/// Rank of the default.
pub const RECENT: usize = 3;
/// Rank of what is released.
pub const POOLED: usize = 6;

/// Why there is no benchmark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BenchmarkError {
    /// The panel and the outcomes are not of the same calendar or data.
    #[error(
        "{differ} of {both} counts that are in both the panel and the outcomes differ{}",
        shift.map(told).unwrap_or_default()
    )]
    Mismatch {
        /// How many cells differ.
        differ: usize,
        /// How many are in both.
        both: usize,
        /// The number of months by which the panel's are too late, if that explains all.
        shift: Option<i32>,
    },
    /// A month of a window has no outcome, or its origin no counts.
    #[error("{0} cannot be scored: {1} of its country-months have an outcome, and {2} a forecast")]
    Incomplete(i32, usize, usize),
}

/// Returns how far the panel's calendar is off.
fn told(shift: i32) -> String {
    let way = if shift < 0 { "early" } else { "late" };
    format!(": the panel's months are {} too {way}", shift.abs())
}

/// One country-month of a window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judged {
    /// The unit's place in the panel.
    pub unit: usize,
    /// The month, 3 to 14 after the origin.
    pub horizon: usize,
    /// What happened.
    pub observed: u64,
    /// How the forecast scored.
    pub scores: Scores,
    /// What probability it gave to a month of conflict.
    pub conflict: f64,
}

impl Judged {
    fn of(unit: usize, horizon: usize, said: &Distribution, observed: u64) -> Self {
        let scores = Scores::of(said, observed);
        Self { unit, horizon, observed, scores, conflict: said.at_least(CONFLICT_DEATHS) }
    }
}

/// The cells of a window by model: first those of [`NAMES`] but the last, then the candidates for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    year: i32,
    models: Vec<Vec<Judged>>,
}

/// History and outcomes that fit each other.
#[derive(Debug, Clone, Copy)]
pub struct Benchmark<'a> {
    history: &'a Grid,
    outcomes: &'a Grid,
}

impl<'a> Benchmark<'a> {
    /// Joins the two.
    ///
    /// # Errors
    /// [`BenchmarkError::Mismatch`], where the two tell of the same month differently: a calendar that is off by some
    /// months would else pass for a very good or a very bad forecast.
    pub fn new(history: &'a Grid, outcomes: &'a Grid) -> Result<Self, BenchmarkError> {
        let (differ, both) = compared(history, outcomes, 0);
        if differ > 0 {
            let explains = |by: &i32| {
                let (differ, cells) = compared(history, outcomes, *by);
                differ == 0 && cells * 2 > both
            };
            let shift = (-SHIFT_MAX..=SHIFT_MAX).find(explains);
            return Err(BenchmarkError::Mismatch { differ, both, shift });
        }
        Ok(Self { history, outcomes })
    }

    /// Fits all models at a window's origin and scores them.
    ///
    /// # Errors
    /// [`BenchmarkError::Incomplete`].
    pub fn window(&self, year: i32) -> Result<Window, BenchmarkError> {
        let none = BenchmarkError::Incomplete(year, 0, 0);
        let origin = Month::new(year - 1, ORIGIN_MONTH).map_err(|_| none)?;
        let past = self.history.until(origin).ok_or(none)?;
        let known = outcomes_of(self.outcomes, origin);
        let simple: [&dyn Model; 5] =
            [&Zero, &LastHistorical, &Conflictology, &Recent::DEFAULT, &Tuned];
        let simple: Vec<Box<dyn Fitted>> = simple.iter().map(|model| model.fit(past)).collect();
        let poolings: Vec<Pooling> = std::iter::once(Pooling::TREES).chain(candidates()).collect();
        let learnt = Learnt::learn(past, &poolings);
        let world = features::world(past, 0);
        let horizons: Vec<usize> = HORIZONS.collect();
        let mut models = vec![Vec::new(); simple.len() + poolings.len()];
        for (unit, area) in self.history.areas().enumerate() {
            let simple = simple.iter().map(|model| model.forecast(unit, &horizons));
            let Some(mut said) = simple.collect::<Option<Vec<_>>>() else { continue };
            let known_then = Known::at(past, unit, 0, world);
            let learnt = learnt.forecasts(known_then, origin, &horizons, &poolings);
            let Some(learnt) = learnt else { continue };
            said.extend(learnt);
            for (model, said) in models.iter_mut().zip(&said) {
                let cells = horizons.iter().zip(said).filter_map(|(horizon, said)| {
                    let observed = *known.get(&(area, *horizon))?;
                    Some(Judged::of(unit, *horizon, said, observed))
                });
                model.extend(cells);
            }
        }
        let scored = models[0].len();
        if scored == 0 || scored < known.len() {
            return Err(BenchmarkError::Incomplete(year, known.len(), scored));
        }
        Ok(Window { year, models })
    }
}

/// Returns how many cells differ of those that both know, the first moved by so many months, and how many both know.
fn compared(history: &Grid, outcomes: &Grid, by: i32) -> (usize, usize) {
    let places: BTreeMap<_, _> = history.areas().zip(0..).collect();
    let (mut differ, mut both) = (0, 0);
    for (unit, area) in outcomes.areas().enumerate() {
        let Some(place) = places.get(&area) else { continue };
        for (month, observed) in outcomes.known(unit) {
            let other = month.plus(by).and_then(|month| history.observed(*place, month));
            if let Some(other) = other {
                both += 1;
                differ += usize::from((other - observed).abs() > 0.5);
            }
        }
    }
    (differ, both)
}

/// Returns what happened after an origin, by area and horizon.
fn outcomes_of(outcomes: &Grid, origin: Month) -> BTreeMap<(crate::area::AreaId, usize), u64> {
    let mut known = BTreeMap::new();
    for (unit, area) in outcomes.areas().enumerate() {
        for horizon in HORIZONS {
            let month = i32::try_from(horizon).ok().and_then(|months| origin.plus(months));
            if let Some(count) = month.and_then(|month| outcomes.observed(unit, month)) {
                known.insert((area, horizon), whole(count));
            }
        }
    }
    known
}

/// The mean scores of one model on one window, or over all.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Line {
    /// All country-months.
    pub scores: Scores,
    /// The 90 % interval's coverage of months with deaths.
    pub covered_nonzero: f64,
}

impl Line {
    fn of(cells: &[Judged]) -> Option<Self> {
        let scores = Scores::mean(cells.iter().map(|cell| &cell.scores))?;
        let nonzero = cells.iter().filter(|cell| cell.observed > 0).map(|cell| &cell.scores);
        let covered_nonzero = Scores::mean(nonzero).map_or(1.0, |scores| scores.covered);
        Some(Self { scores, covered_nonzero })
    }
}

/// What the benchmark came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Results {
    windows: Vec<i32>,
    chosen: Vec<Pooling>,
    /// By model of [`NAMES`], then by window.
    cells: Vec<Vec<Vec<Judged>>>,
}

impl Results {
    /// Chooses for each window to report the candidate that did best on the development windows without it.
    #[must_use]
    pub fn new(windows: &[Window]) -> Self {
        let first = NAMES.len() - 1;
        let candidates = candidates();
        let best = |reported: &Window| {
            let judges: Vec<&Window> = windows
                .iter()
                .filter(|other| other.year != reported.year && DEVELOPMENT.contains(&other.year))
                .collect();
            let lost = |candidate: &usize| -> f64 {
                judges.iter().map(|window| window.lost(first + candidate)).sum()
            };
            (0..candidates.len()).min_by(|a, b| lost(a).total_cmp(&lost(b))).unwrap_or_default()
        };
        let chosen: Vec<usize> = windows.iter().map(best).collect();
        let mut cells: Vec<Vec<Vec<Judged>>> = (0..first)
            .map(|model| windows.iter().map(|window| window.models[model].clone()).collect())
            .collect();
        let pooled = windows.iter().zip(&chosen);
        cells.push(pooled.map(|(window, at)| window.models[first + at].clone()).collect());
        Self {
            windows: windows.iter().map(|window| window.year).collect(),
            chosen: chosen.into_iter().map(|at| candidates[at]).collect(),
            cells,
        }
    }

    /// Returns the years.
    #[must_use]
    pub fn windows(&self) -> &[i32] {
        &self.windows
    }

    /// Returns how L4 was pooled in each.
    #[must_use]
    pub fn chosen(&self) -> &[Pooling] {
        &self.chosen
    }

    /// Returns a model's means on the window at that place, or the means over windows of their means.
    #[must_use]
    pub fn line(&self, model: usize, window: Option<usize>) -> Option<Line> {
        let windows = self.cells.get(model)?;
        match window {
            Some(at) => Line::of(windows.get(at)?),
            None => Line::of(&windows.concat()),
        }
    }

    /// Returns how a score of one model differs from another's over all windows, countries drawn anew.
    #[must_use]
    pub fn difference(
        &self,
        model: usize,
        other: usize,
        score: fn(&Scores) -> f64,
    ) -> Option<Difference> {
        let mut sums: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
        for cell in self.cells.get(model)?.iter().flatten() {
            sums.entry(cell.unit).or_default().0 += score(&cell.scores);
        }
        for cell in self.cells.get(other)?.iter().flatten() {
            sums.entry(cell.unit).or_default().1 += score(&cell.scores);
        }
        bootstrap(&sums.into_values().collect::<Vec<_>>(), SEED)
    }

    /// Returns a model's probabilities of a month of conflict, and whether it came.
    #[must_use]
    pub fn conflict(&self, model: usize) -> Vec<(f64, bool)> {
        let cells = self.cells.get(model).into_iter().flatten().flatten();
        cells.map(|cell| (cell.conflict, cell.observed >= CONFLICT_DEATHS)).collect()
    }
}

impl Window {
    /// Returns the cells of each model: of [`NAMES`] but the last, then of the candidates for it.
    #[must_use]
    pub fn models(&self) -> &[Vec<Judged>] {
        &self.models
    }

    /// Returns the year.
    #[must_use]
    pub const fn year(&self) -> i32 {
        self.year
    }

    /// Returns a model's scores as shares of those of L2, added up over the three by which models are ranked.
    fn lost(&self, model: usize) -> f64 {
        let mean = |at: usize| Scores::mean(self.models[at].iter().map(|cell| &cell.scores));
        match (mean(model), mean(RECENT)) {
            (Some(ours), Some(base)) => {
                ours.crps / base.crps
                    + ours.ignorance / base.ignorance
                    + ours.crps_log / base.crps_log
            }
            _ => f64::MAX,
        }
    }
}
