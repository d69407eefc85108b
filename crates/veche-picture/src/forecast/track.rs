//! How good a run's rule was before: its forecasts of the last two years, made anew, against what came.

use super::Distribution;
use super::ahead::Ahead;
use super::ladder::features::{Known, world};
use super::panel::{Grid, Past};
use super::run::{JUDGED_AFTER, Learnt, MONTHS_MIN, ORIGINS, Rule, Run, Unit};
use super::score::calibration::{Reliability, reliability};
use super::score::compare::{Difference, bootstrap};
use super::score::{CONFLICT_DEATHS, Scores};
use crate::month::Month;

/// Where the counter of the resamples begins.
const SEED: u64 = 24;
/// Lower bounds of the classes of chances, but the first, which begins at 0.
pub const EDGES: [f64; 7] = [0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8];

/// A forecast made before, and what came.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Judged {
    /// The month that was forecast, [`JUDGED_AFTER`] months ahead.
    pub month: Month,
    /// What came in it.
    pub came: u32,
    /// Ends of the central 90 %, and the middle.
    pub low: u64,
    /// The middle.
    pub middle: u64,
    /// The upper end.
    pub high: u64,
    /// How the rule scored.
    pub scores: Scores,
    /// How conflictology scored.
    pub base: Scores,
    /// The chance it gave to [`CONFLICT_DEATHS`] or more in that month and the two before it together.
    pub chance: f64,
    /// Whether these months had as many.
    pub happened: bool,
}

/// A run's rule as it was before: what learns has learnt at the first origin that is judged, and no later.
struct Judge<'a> {
    run: &'a Run,
    past: Option<Past<'a>>,
    learnt: Option<Learnt>,
    /// Mean of all units over a year, by months before the run's origin.
    worlds: Vec<f64>,
}

impl<'a> Judge<'a> {
    fn new(run: &'a Run, grid: &'a Grid) -> Self {
        let longest_ago = ORIGINS - 1 + JUDGED_AFTER;
        let then = i32::try_from(longest_ago).ok().and_then(|ago| run.origin().plus(-ago));
        let then = then.filter(|_| run.rule().learns()).and_then(|then| grid.until(then));
        let learnt = then.and_then(|past| Learnt::learn(run.rule(), past));
        let past = grid.until(run.origin()).filter(|_| learnt.is_some());
        let worlds = past.map(|past| (0..=longest_ago).map(|ago| world(past, ago)).collect());
        Self { run, past, learnt, worlds: worlds.unwrap_or_default() }
    }

    /// Returns what would have been said of the next months of the unit at that place, so many months ago.
    fn ahead(&self, at: usize, ago: usize) -> Option<Ahead> {
        if let Some(learnt) = &self.learnt {
            let known = Known::at(self.past?, at, ago, *self.worlds.get(ago)?);
            let last = self.run.origin().plus(-i32::try_from(ago).ok()?)?;
            return learnt.ahead(known, last, JUDGED_AFTER);
        }
        let counts = self.run.units().get(at)?.counts();
        let past = counts.get(..counts.len().checked_sub(ago)?)?;
        self.run.rule().mixture(past).map(Ahead::same)
    }

    /// Returns the forecasts of a unit from the last [`ORIGINS`] origins that can be judged, oldest first.
    ///
    /// Fewer where the past is short, or where what came is not known.
    fn track(&self, at: usize, unit: &Unit) -> Vec<Judged> {
        let counts = unit.counts();
        let judge = |ago: usize| {
            let end = counts.len().checked_sub(ago)?;
            let past = counts.get(..end.checked_sub(JUDGED_AFTER)?)?;
            let is_known = ago + JUDGED_AFTER <= unit.known();
            if past.len() < MONTHS_MIN || !is_known {
                return None;
            }
            let month = self.run.origin().plus(-i32::try_from(ago).ok()?)?;
            let ahead = self.ahead(at, ago + JUDGED_AFTER)?;
            judged(self.run.rule(), &ahead, past, counts.get(..end)?, month)
        };
        (0..ORIGINS).rev().filter_map(judge).collect()
    }
}

/// Returns the forecast from a past, judged by the months after it, of which `at` is the last.
fn judged(rule: Rule, ahead: &Ahead, past: &[u32], until: &[u32], at: Month) -> Option<Judged> {
    let came = *until.last()?;
    let scores = Scores::of(&*ahead.distribution(JUDGED_AFTER), u64::from(came));
    let base = match rule {
        Rule::Conflictology => scores,
        Rule::Recent | Rule::Tuned | Rule::Pooled => {
            let base: Distribution = Rule::Conflictology.mixture(past)?.distribution();
            Scores::of(&base, u64::from(came))
        }
    };
    let sum: u64 = until.get(past.len()..)?.iter().copied().map(u64::from).sum();
    Some(Judged {
        month: at,
        came,
        low: ahead.quantile(JUDGED_AFTER, 0.05),
        middle: ahead.quantile(JUDGED_AFTER, 0.5),
        high: ahead.quantile(JUDGED_AFTER, 0.95),
        scores,
        base,
        chance: ahead.chance_soon(CONFLICT_DEATHS),
        happened: sum >= CONFLICT_DEATHS,
    })
}

/// Means of the rule and of conflictology over the same forecasts.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Means {
    /// How many forecasts.
    pub forecasts: usize,
    /// Of the rule.
    pub ours: Scores,
    /// Of conflictology.
    pub base: Scores,
}

/// Returns the means of forecasts; `None` without any.
#[must_use]
pub fn means(judged: &[Judged]) -> Option<Means> {
    Some(Means {
        forecasts: judged.len(),
        ours: Scores::mean(judged.iter().map(|one| &one.scores))?,
        base: Scores::mean(judged.iter().map(|one| &one.base))?,
    })
}

/// By how much the rule differs from conflictology, units drawn anew; negative is better.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Skill {
    /// In bits of surprise at the class.
    pub ignorance: Option<Difference>,
    /// On the scale of logarithms.
    pub crps_log: Option<Difference>,
    /// In deaths.
    pub crps: Option<Difference>,
}

/// How good a run's rule was over all units.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Record {
    /// By unit, in the run's order.
    #[serde(skip)]
    pub units: Vec<Vec<Judged>>,
    /// Means over all.
    pub means: Option<Means>,
    /// Against conflictology.
    pub skill: Skill,
    /// Chances of [`CONFLICT_DEATHS`] or more in three months, and how often they came, by class of [`EDGES`].
    pub reliability: Vec<Reliability>,
    /// What came after quiet: months after three years without a count, those with one, those with [`CONFLICT_DEATHS`].
    pub onsets: Onsets,
}

/// What came in the first month after three years without a count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Onsets {
    /// How many such months.
    pub months: u64,
    /// Of them, with any count.
    pub any: u64,
    /// Of them, with [`CONFLICT_DEATHS`] or more.
    pub conflict: u64,
}

impl Record {
    /// Judges a run's rule on the counts that the run holds. `each` is told how many units are done.
    ///
    /// A rule that learns is judged by what it had learnt before the first of the origins. It has learnt more since.
    #[must_use]
    pub fn of(run: &Run, each: &mut dyn FnMut(usize)) -> Self {
        let grid = run.grid();
        let judge = Judge::new(run, &grid);
        let mut units = Vec::new();
        for (at, unit) in run.units().iter().enumerate() {
            units.push(judge.track(at, unit));
            each(at + 1);
        }
        Self::of_judged(run, units)
    }

    /// Returns the record of a run whose past forecasts are these, by unit in the run's order.
    #[must_use]
    pub fn of_judged(run: &Run, units: Vec<Vec<Judged>>) -> Self {
        let all: Vec<Judged> = units.concat();
        let cases: Vec<(f64, bool)> = all.iter().map(|one| (one.chance, one.happened)).collect();
        Self {
            means: means(&all),
            skill: skill(&units),
            reliability: reliability(&cases, &EDGES),
            onsets: onsets(run),
            units,
        }
    }

    /// Returns the line of the reliability table that a chance belongs to, with its bounds.
    #[must_use]
    pub fn like(&self, chance: f64) -> (f64, f64, Reliability) {
        let class = EDGES.partition_point(|edge| *edge <= chance);
        let from = class.checked_sub(1).and_then(|at| EDGES.get(at)).copied().unwrap_or(0.0);
        let to = EDGES.get(class).copied().unwrap_or(1.0);
        (from, to, self.reliability.get(class).copied().unwrap_or_default())
    }
}

/// Returns how the rule differs from conflictology over units that have as many forecasts.
fn skill(units: &[Vec<Judged>]) -> Skill {
    let most = units.iter().map(Vec::len).max().unwrap_or_default();
    let whole: Vec<&Vec<Judged>> =
        units.iter().filter(|judged| judged.len() == most && most > 0).collect();
    let of = |score: fn(&Scores) -> f64| {
        let sum = |judged: &&Vec<Judged>| {
            let ours = judged.iter().map(|one| score(&one.scores)).sum();
            let base = judged.iter().map(|one| score(&one.base)).sum();
            (ours, base)
        };
        bootstrap(&whole.iter().map(sum).collect::<Vec<(f64, f64)>>(), SEED)
    };
    Skill {
        ignorance: of(|scores| scores.ignorance),
        crps_log: of(|scores| scores.crps_log),
        crps: of(|scores| scores.crps),
    }
}

fn onsets(run: &Run) -> Onsets {
    let mut found = Onsets::default();
    for unit in run.units() {
        let known_from = unit.counts().len() - unit.known();
        for (at, window) in unit.counts().windows(super::run::QUIET_MONTHS + 1).enumerate() {
            let Some((came, before)) = window.split_last() else { continue };
            let is_known = at + window.len() > known_from;
            if is_known && before.iter().all(|count| *count == 0) {
                found.months += 1;
                found.any += u64::from(*came > 0);
                found.conflict += u64::from(u64::from(*came) >= CONFLICT_DEATHS);
            }
        }
    }
    found
}
