//! What all institutes together say, and who says otherwise.

use super::submission::{Stated, Submission};
use crate::area::AreaId;
use crate::forecast::Distribution;
use crate::month::Month;
use crate::source::stated::Form;
use std::collections::{BTreeMap, BTreeSet};

/// The part of the pool that is shared out equally: nobody has less than this share of an equal part.
pub const FLOOR: f64 = 0.5;
/// Cells that a track record needs before it counts.
pub const TRACK_CELLS_MIN: usize = 100;
/// Most that a track record counts for or against: four times as good as the baseline, or a fourth.
const RATIO_MAX: f64 = 4.0;
/// A difference of probabilities from which on an institute dissents.
pub const DISSENT_MIN: f64 = 0.2;

/// How good an institute was in earlier rounds: its mean score over the baseline's, on the same cells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Track {
    /// Its cells.
    pub cells: usize,
    /// The ratio: below 1 is better than the baseline.
    pub ratio: f64,
}

/// What all say together, by unit and month.
#[derive(Debug, Clone, PartialEq)]
pub struct Pool {
    /// The weight of each institute; they sum to one.
    pub weights: BTreeMap<String, f64>,
    /// The distribution of deaths, where an institute states one.
    pub deaths: BTreeMap<(AreaId, Month), Distribution>,
    /// The probability of conflict.
    pub conflict: BTreeMap<(AreaId, Month), f64>,
}

/// An institute that says otherwise than the pool.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Dissent {
    /// Whose.
    pub institute: String,
    /// The unit.
    pub unit: AreaId,
    /// The month.
    pub month: Month,
    /// Its probability of conflict.
    pub stated: f64,
    /// The pool's.
    pub pooled: f64,
}

/// Pools submissions by track record, with a floor.
///
/// A weight goes with one over the ratio of the track record, kept within a fourth and four; who has too short a record
/// counts as the baseline. Half of the pool is shared out equally whatever the records say: what has been right in quiet years is
/// no proof against the one who sees a war.
#[must_use]
pub fn pool(submissions: &[Submission], tracks: &BTreeMap<String, Track>) -> Pool {
    let weights = weights(submissions, tracks);
    let weight = |one: &Submission| weights.get(&one.institute).copied().unwrap_or_default();
    let cells: BTreeSet<(AreaId, Month)> =
        submissions.iter().flat_map(|one| one.cells.keys().copied()).collect();
    let (mut deaths, mut conflict) = (BTreeMap::new(), BTreeMap::new());
    for cell in cells {
        let stated: Vec<(f64, &Stated)> = submissions
            .iter()
            .filter_map(|one| Some((weight(one), one.cells.get(&cell)?)))
            .collect();
        let whole: Vec<(f64, &Distribution)> = stated
            .iter()
            .filter_map(|(weight, stated)| match stated {
                Stated::Deaths(deaths) => Some((*weight, deaths)),
                Stated::Conflict(_) => None,
            })
            .collect();
        if !whole.is_empty() {
            deaths.insert(cell, Distribution::pool(&whole));
        }
        let total: f64 = stated.iter().map(|(weight, _)| weight).sum();
        let sum: f64 = stated.iter().map(|(weight, stated)| weight * stated.conflict()).sum();
        conflict.insert(cell, sum / total);
    }
    Pool { weights, deaths, conflict }
}

fn weights(submissions: &[Submission], tracks: &BTreeMap<String, Track>) -> BTreeMap<String, f64> {
    let merit = |institute: &str| {
        let track = tracks.get(institute).filter(|track| track.cells >= TRACK_CELLS_MIN);
        track.map_or(1.0, |track| (1.0 / track.ratio).clamp(1.0 / RATIO_MAX, RATIO_MAX))
    };
    let merits: BTreeMap<&str, f64> =
        submissions.iter().map(|one| (one.institute.as_str(), merit(&one.institute))).collect();
    let (count, total) = (merits.len() as f64, merits.values().sum::<f64>());
    merits
        .into_iter()
        .map(|(institute, merit)| {
            (institute.to_owned(), FLOOR / count + (1.0 - FLOOR) * merit / total)
        })
        .collect()
}

impl Pool {
    /// Returns the pool as if it were an institute's: its distributions of deaths, to be scored as all others.
    #[must_use]
    pub fn as_submission(&self) -> Submission {
        let stated =
            self.deaths.iter().map(|(cell, deaths)| (*cell, Stated::Deaths(deaths.clone())));
        let institute = "pool".to_owned();
        Submission { institute, form: Form::Draws, cells: stated.collect(), widened: 0 }
    }

    /// Returns what is said otherwise than the pool, the farthest first.
    #[must_use]
    pub fn dissent(&self, submissions: &[Submission]) -> Vec<Dissent> {
        let mut found: Vec<Dissent> = submissions
            .iter()
            .flat_map(|one| one.cells.iter().map(move |(cell, stated)| (one, *cell, stated)))
            .filter_map(|(one, (unit, month), stated)| {
                let (stated, pooled) = (stated.conflict(), *self.conflict.get(&(unit, month))?);
                let institute = one.institute.clone();
                ((stated - pooled).abs() >= DISSENT_MIN).then_some(Dissent {
                    institute,
                    unit,
                    month,
                    stated,
                    pooled,
                })
            })
            .collect();
        let distance = |one: &Dissent| (one.stated - one.pooled).abs();
        found.sort_by(|a, b| distance(b).total_cmp(&distance(a)));
        found
    }
}
