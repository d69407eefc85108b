//! Who was how good, each against the same yardstick on its own cells.

use super::round::Round;
use super::score::{Scored, ScoredCell};
use crate::area::AreaId;
use crate::forecast::score::compare::{Difference, bootstrap};
use crate::month::Month;
use std::collections::BTreeMap;

/// Seed of the resamples of a board: a board is the same wherever it is made.
const SEED: u64 = 2018;

/// What a board is made by; lower is better in all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// CRPS of deaths.
    Crps,
    /// CRPS of `ln(1 + deaths)`.
    CrpsLog,
    /// Ignorance over eleven classes, in bits.
    Ignorance,
    /// Brier score of 25 deaths or more: the one that a bare probability has too.
    Brier,
}

impl Measure {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Crps, Self::CrpsLog, Self::Ignorance, Self::Brier];

    /// Returns its name for people.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Crps => "CRPS",
            Self::CrpsLog => "log-CRPS",
            Self::Ignorance => "IGN",
            Self::Brier => "Brier",
        }
    }

    fn of(self, cell: &ScoredCell) -> Option<f64> {
        match self {
            Self::Crps => cell.deaths.map(|scores| scores.crps),
            Self::CrpsLog => cell.deaths.map(|scores| scores.crps_log),
            Self::Ignorance => cell.deaths.map(|scores| scores.ignorance),
            Self::Brier => Some(cell.conflict),
        }
    }
}

/// One line of a board.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Standing {
    /// Whose.
    pub institute: String,
    /// Its cells that are known, and have a baseline.
    pub cells: usize,
    /// Of all known cells with a baseline, its share: who answers for easy cells alone is seen to.
    pub coverage: f64,
    /// Its mean score.
    pub mean: f64,
    /// That of the baseline over the same cells.
    pub baseline: f64,
    /// How much lower (negative) or higher the one is than the other, with what countries drawn anew say; `None` where the
    /// baseline's scores sum to nothing.
    pub difference: Option<Difference>,
}

/// A board: the best first.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Board {
    /// What it is made by.
    pub measure: Measure,
    /// Its lines.
    pub standings: Vec<Standing>,
}

impl Board {
    /// Makes the board of one or several rounds.
    ///
    /// `rounds`: of each, the round, the scored baseline, and the scored submissions. An institute is compared with the
    /// baseline on its own cells, so that neither hard rounds nor easy units count for or against it.
    #[must_use]
    pub fn of(measure: Measure, rounds: &[(&Round, &Scored, &[Scored])]) -> Self {
        let mut sums: BTreeMap<&str, BTreeMap<AreaId, (f64, f64)>> = BTreeMap::new();
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        let mut whole = 0;
        for (_, baseline, scored) in rounds {
            let yardstick: BTreeMap<(AreaId, Month), f64> = baseline
                .cells
                .iter()
                .filter_map(|cell| Some(((cell.unit, cell.month), measure.of(cell)?)))
                .collect();
            whole += yardstick.len();
            for one in *scored {
                for cell in &one.cells {
                    let known = yardstick.get(&(cell.unit, cell.month));
                    let Some((ours, theirs)) = measure.of(cell).zip(known) else { continue };
                    let sum = sums.entry(&one.institute).or_default().entry(cell.unit).or_default();
                    *sum = (sum.0 + ours, sum.1 + theirs);
                    *counts.entry(&one.institute).or_default() += 1;
                }
            }
        }
        let mut standings: Vec<Standing> = sums
            .into_iter()
            .map(|(institute, units)| {
                let cells = counts.get(institute).copied().unwrap_or_default();
                standing(institute, cells, whole, &units.into_values().collect::<Vec<_>>())
            })
            .collect();
        let share = |one: &Standing| one.difference.map_or(0.0, |difference| difference.share);
        standings.sort_by(|a, b| share(a).total_cmp(&share(b)));
        Self { measure, standings }
    }
}

fn standing(institute: &str, cells: usize, whole: usize, units: &[(f64, f64)]) -> Standing {
    let sum = units.iter().fold((0.0, 0.0), |sum, unit| (sum.0 + unit.0, sum.1 + unit.1));
    Standing {
        institute: institute.to_owned(),
        cells,
        coverage: cells as f64 / whole.max(1) as f64,
        mean: sum.0 / cells.max(1) as f64,
        baseline: sum.1 / cells.max(1) as f64,
        difference: difference(units, sum.1),
    }
}

/// Returns the difference to the baseline as a share of the baseline's whole sum, with an interval over units drawn anew.
///
/// The share's lower part stays as it is while units are drawn: where a few countries carry most of a score, a draw without them
/// would divide by next to nothing.
fn difference(units: &[(f64, f64)], baseline: f64) -> Option<Difference> {
    let each = baseline / units.len().max(1) as f64;
    let pairs: Vec<(f64, f64)> =
        units.iter().map(|(ours, theirs)| (ours - theirs + each, each)).collect();
    bootstrap(&pairs, SEED)
}
