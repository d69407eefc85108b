//! A run against what came: scores of its months, beside those of conflictology from the same counts.

use super::mixture::Mixture;
use super::observed::Observed;
use super::run::{HORIZONS, Rule, Run};
use super::score::Scores;
use super::score::compare::{Difference, bootstrap};
use super::worked::Worked;
use crate::month::Month;

/// Where the counter of the resamples begins.
const SEED: u64 = 14;
/// Months by which a calendar may be off and still be told.
const SHIFT_MAX: i32 = 24;

/// Why a run cannot be scored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerdictError {
    /// What came tells of the run's own past differently.
    #[error("{differ} of {both} counts that the run rests on differ in the truth{}", told(*shift))]
    Mismatch {
        /// How many differ.
        differ: usize,
        /// How many are in both.
        both: usize,
        /// By how many months the truth is too late, if that explains all.
        shift: Option<i32>,
    },
    /// Nothing is known of the months that were forecast.
    #[error("the truth has no count of the run's units after {0}")]
    NothingCame(Month),
}

fn told(shift: Option<i32>) -> String {
    let Some(shift) = shift else { return String::new() };
    let way = if shift < 0 { "early" } else { "late" };
    format!(": its months are {} too {way}", shift.abs())
}

/// Mean scores of a run's months.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Verdict {
    /// How many months of units were scored.
    pub cells: usize,
    /// How many units.
    pub units: usize,
    /// How many months the truth shares with the run's own past, all alike.
    pub agreeing: usize,
    /// By months ahead: how many, the run's scores, those of conflictology.
    pub horizons: Vec<(usize, Scores, Scores)>,
    /// Over all.
    pub ours: Scores,
    /// Of conflictology over all.
    pub base: Scores,
    /// By how much the run's ignorance differs, units drawn anew.
    pub ignorance: Option<Difference>,
    /// The same of its CRPS of logarithms.
    pub crps_log: Option<Difference>,
    /// The same of its CRPS.
    pub crps: Option<Difference>,
}

struct Cell {
    unit: usize,
    ahead: usize,
    ours: Scores,
    base: Scores,
}

/// Scores a run.
///
/// # Errors
/// [`VerdictError`], in the order of its kinds. A truth that tells of the past otherwise is of other data or another
/// calendar: its scores would mean nothing.
pub fn score(run: &Run, worked: &Worked, truth: &Observed) -> Result<Verdict, VerdictError> {
    let agreeing = agreeing(run, truth)?;
    let mut cells = Vec::new();
    for at in 0..run.units().len() {
        cells.extend(of_unit(run, worked, truth, at));
    }
    let (Some(ours), Some(base)) = (
        Scores::mean(cells.iter().map(|cell| &cell.ours)),
        Scores::mean(cells.iter().map(|cell| &cell.base)),
    ) else {
        return Err(VerdictError::NothingCame(run.origin()));
    };
    let horizon = |ahead: usize| {
        let of: Vec<&Cell> = cells.iter().filter(|cell| cell.ahead == ahead).collect();
        let ours = Scores::mean(of.iter().map(|cell| &cell.ours))?;
        Some((ahead, ours, Scores::mean(of.iter().map(|cell| &cell.base))?))
    };
    let mut units: Vec<usize> = cells.iter().map(|cell| cell.unit).collect();
    units.dedup();
    Ok(Verdict {
        cells: cells.len(),
        units: units.len(),
        agreeing,
        horizons: (1..=HORIZONS).filter_map(horizon).collect(),
        ours,
        base,
        ignorance: difference(&cells, &units, |scores| scores.ignorance),
        crps_log: difference(&cells, &units, |scores| scores.crps_log),
        crps: difference(&cells, &units, |scores| scores.crps),
    })
}

/// Returns how many months both know, all of which must be alike.
fn agreeing(run: &Run, truth: &Observed) -> Result<usize, VerdictError> {
    let (differ, both) = compared(run, truth, 0);
    if differ == 0 {
        return Ok(both);
    }
    let explains = |by: &i32| {
        let (differ, cells) = compared(run, truth, *by);
        differ == 0 && cells * 2 > both
    };
    Err(VerdictError::Mismatch { differ, both, shift: (-SHIFT_MAX..=SHIFT_MAX).find(explains) })
}

/// Returns how many months differ of those that both know, the truth's moved by so many, and how many both know.
fn compared(run: &Run, truth: &Observed, by: i32) -> (usize, usize) {
    let (mut differ, mut both) = (0, 0);
    for unit in run.units() {
        for (ago, count) in unit.counts().iter().rev().take(unit.known()).enumerate() {
            let month = i32::try_from(ago).ok().and_then(|ago| run.origin().plus(by - ago));
            let seen = month.and_then(|month| truth.seen(unit.area(), month));
            if let Some(seen) = seen.filter(|seen| !seen.proxy) {
                both += 1;
                differ += usize::from(seen.count != *count);
            }
        }
    }
    (differ, both)
}

fn of_unit(run: &Run, worked: &Worked, truth: &Observed, at: usize) -> Vec<Cell> {
    let Some(unit) = run.units().get(at) else { return Vec::new() };
    let came = |ahead: usize| {
        let seen = truth.seen(unit.area(), run.ahead(ahead)?)?;
        (!seen.proxy).then_some((ahead, u64::from(seen.count)))
    };
    let came: Vec<(usize, u64)> = (1..=HORIZONS).filter_map(came).collect();
    if came.is_empty() {
        return Vec::new();
    }
    let ours = worked.ahead(run, at);
    // A mixture is the same for all months, and its table takes longer than its scores.
    let same = ours.mixture().map(Mixture::distribution);
    let Some(base) = Rule::Conflictology.mixture(unit.counts()) else { return Vec::new() };
    let base = base.distribution();
    let cell = |(ahead, count): (usize, u64)| Cell {
        unit: at,
        ahead,
        ours: match &same {
            Some(same) => Scores::of(same, count),
            None => Scores::of(&*ours.distribution(ahead), count),
        },
        base: Scores::of(&base, count),
    };
    came.into_iter().map(cell).collect()
}

fn difference(cells: &[Cell], units: &[usize], of: fn(&Scores) -> f64) -> Option<Difference> {
    let sums = |unit: &usize| {
        let own = cells.iter().filter(|cell| cell.unit == *unit);
        own.fold((0.0, 0.0), |sums, cell| (sums.0 + of(&cell.ours), sums.1 + of(&cell.base)))
    };
    bootstrap(&units.iter().map(sums).collect::<Vec<_>>(), SEED)
}
