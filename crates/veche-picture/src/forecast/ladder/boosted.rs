//! Boosted trees that correct how likely the rule of L2 holds each class of deaths, by figures of the past.

use super::features::{self, WIDTH};
use super::recent::Recent;
use crate::forecast::bins::{BINS, Bins, LOWEST};
use crate::forecast::boost::{Boosted, Growth, Lesson, Table};
use crate::forecast::mixture::Component;
use crate::forecast::panel::Past;
use crate::forecast::random;
use std::collections::BTreeMap;

/// What is learnt from, and how.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Learning {
    /// How the trees grow.
    pub growth: Growth,
    /// Horizons, of one to this many months.
    pub horizons: usize,
    /// Rows of each month of a unit, each with another horizon.
    pub rows_per_month: usize,
    /// Years in which a row's weight halves.
    pub half_life_years: f64,
    /// Of the months after ten quiet years one in so many is learnt from, with so many times its weight.
    pub quiet_every: u64,
    /// Weight of a row whose outcome is a proxy.
    pub proxy_weight: f64,
    /// Where the counter begins.
    pub seed: u64,
}

impl Learning {
    /// Trees that move little, since what they correct is good already. `docs/forecasts.md` tells what else was tried.
    pub const DEFAULT: Self = Self {
        growth: Growth {
            rounds: 80,
            rate: 0.05,
            leaves: 8,
            weight_min: 20.0,
            shrinkage: 10.0,
            rows: 0.7,
            features: 0.4,
        },
        horizons: 14,
        rows_per_month: 3,
        half_life_years: 10.0,
        quiet_every: 7,
        proxy_weight: 1.0,
        seed: 2018,
    };
}

/// Months of history that a row needs.
const HISTORY_MIN: usize = 24;
/// Months without a death after which a unit is quiet.
const QUIET_MONTHS: usize = 120;

/// Ten learnt yes-or-no questions: is the class this one or higher?
#[derive(Debug, Clone)]
pub struct Classes {
    table: Table,
    questions: Vec<Boosted>,
    world: f64,
}

/// Class probabilities of single counts under the rule, so that each is worked out once.
type Known = BTreeMap<u64, Bins>;

/// Least probability that trees correct; below it, odds are of no use.
const LEAST: f64 = 3e-4;

/// Returns the logarithm of the odds of each class but the first, or a higher one, under the rule of L2.
fn starts(counts: &[f64], known: &mut Known) -> [f64; BINS - 1] {
    let factor = 0.5f64.powf(1.0 / Recent::DEFAULT.half_life);
    let (mut weight, mut weights, mut bins) = (1.0, 0.0, [0.0; BINS]);
    for count in counts.iter().rev().take(Recent::DEFAULT.months) {
        let of_count = known.entry(count.to_bits()).or_insert_with(|| {
            Component::NegativeBinomial { mean: *count, size: Recent::DEFAULT.size }.classes()
        });
        bins.iter_mut().zip(of_count).for_each(|(sum, share)| *sum += weight * *share);
        weights += weight;
        weight *= factor;
    }
    let mut above = 0.0;
    let mut starts = [0.0; BINS - 1];
    for class in (1..BINS).rev() {
        above += bins[class] / weights;
        let share = above.clamp(LEAST, 1.0 - LEAST);
        starts[class - 1] = (share / (1.0 - share)).ln();
    }
    starts
}

/// What is learnt from: figures, answers and weights by row.
struct Rows {
    values: Vec<f32>,
    starts: Vec<[f64; BINS - 1]>,
    outcomes: Vec<f64>,
    weights: Vec<f32>,
}

impl Classes {
    /// Learns from all that a past holds.
    #[must_use]
    pub fn learn(past: Past<'_>, learning: Learning) -> Self {
        let rows = rows(past, learning);
        let table = Table::new(&rows.values, WIDTH);
        let ask = |class: usize| {
            let reached = |outcome: &f64| *outcome >= LOWEST[class] as f64;
            let answers: Vec<bool> = rows.outcomes.iter().map(reached).collect();
            let seed = random::number(learning.seed, class as u64);
            let starts: Vec<f64> = rows.starts.iter().map(|starts| starts[class - 1]).collect();
            let weights = &rows.weights;
            let lesson = Lesson { starts: &starts, answers: &answers, weights };
            Boosted::learn(&table, lesson, learning.growth, seed)
        };
        // Two threads: each question is learnt alone, so that the answer is the same with one.
        let questions = std::thread::scope(|scope| {
            let other = scope.spawn(|| (1..BINS).step_by(2).map(ask).collect::<Vec<_>>());
            let even: Vec<_> = (2..BINS).step_by(2).map(ask).collect();
            let odd = other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            let mut even = even.into_iter();
            odd.into_iter().flat_map(|one| std::iter::once(one).chain(even.next())).collect()
        });
        Self { table, questions, world: features::world(past, 0) }
    }

    /// Returns the probability of each class for a unit's month; `None` where nothing is known at the origin.
    #[must_use]
    pub fn bins(&self, past: Past<'_>, unit: usize, horizon: usize) -> Option<Bins> {
        let counts = past.counts(unit);
        if counts.is_empty() {
            return None;
        }
        let month = past.origin()?.plus(i32::try_from(horizon).ok()?)?.month();
        let starts = starts(counts, &mut Known::new());
        let row = features::row(counts, self.world, horizon, usize::from(month));
        let row = self.table.binned(&row);
        // A class cannot be reached more often than the one below it.
        let mut reached = [1.0; BINS + 1];
        reached[BINS] = 0.0;
        for (at, question) in self.questions.iter().enumerate() {
            reached[at + 1] = question.probability(&row, starts[at]).min(reached[at]);
        }
        let mut bins = [0.0; BINS];
        for (class, share) in bins.iter_mut().enumerate() {
            *share = reached[class] - reached[class + 1];
        }
        Some(bins)
    }
}

fn rows(past: Past<'_>, learning: Learning) -> Rows {
    let mut rows =
        Rows { values: Vec::new(), starts: Vec::new(), outcomes: Vec::new(), weights: Vec::new() };
    let mut known = Known::new();
    for ago in 1..past.months().saturating_sub(HISTORY_MIN) {
        let world = features::world(past, ago);
        let Some(origin) = past.origin().and_then(|last| last.plus(-i32::try_from(ago).ok()?))
        else {
            continue;
        };
        let weight = 0.5f64.powf(ago as f64 / 12.0 / learning.half_life_years);
        for unit in 0..past.len() {
            let counts = past.before(unit, ago);
            let whole = past.counts(unit);
            if counts.len() < HISTORY_MIN || whole.is_empty() {
                continue;
            }
            let place = (ago * past.len() + unit) as u64;
            let quiet = counts.iter().rev().take(QUIET_MONTHS).all(|count| *count <= 0.0);
            let drawn = random::number(learning.seed, place).is_multiple_of(learning.quiet_every);
            if quiet && !drawn {
                continue;
            }
            let weight = if quiet { weight * learning.quiet_every as f64 } else { weight };
            for draw in 0..learning.rows_per_month {
                // Horizons are drawn from equal parts, so that a month's rows differ.
                let part = learning.horizons / learning.rows_per_month.max(1);
                let drawn = random::below(part, !learning.seed, place);
                let horizon = 1 + draw * part + drawn;
                let Some(month) = origin.plus(i32::try_from(horizon).unwrap_or(0)) else {
                    continue;
                };
                if horizon > ago {
                    continue;
                }
                let row = features::row(counts, world, horizon, usize::from(month.month()));
                rows.values.extend(row);
                rows.starts.push(starts(counts, &mut known));
                rows.outcomes.push(whole[whole.len() - 1 - (ago - horizon)]);
                let proxy = past.outcome(unit, ago - horizon).is_none();
                let weight = if proxy { weight * learning.proxy_weight } else { weight };
                rows.weights.push(single(weight));
            }
        }
    }
    rows
}

#[expect(clippy::cast_possible_truncation, reason = "a weight of a row, about 1")]
const fn single(value: f64) -> f32 {
    value as f32
}
