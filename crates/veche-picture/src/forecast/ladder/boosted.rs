//! Boosted trees that correct how likely the rule of L2 holds each class of deaths, by figures of the past.

use super::features::{self, Known};
use super::lessons::{self, Rows};
use super::recent::Recent;
use crate::forecast::bins::{BINS, Bins, LOWEST};
use crate::forecast::boost::{Boosted, Growth, Lesson, Table};
use crate::forecast::mixture::Component;
use crate::forecast::panel::Past;
use crate::forecast::random;
use crate::month::Month;
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
    /// Where the counter begins.
    pub seed: u64,
}

impl Learning {
    /// Trees that move little, since what they correct is good already.
    pub const SHORT_MEMORY: Self = Self {
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
        seed: 2018,
    };

    /// The same, for which what was long ago counts almost as much as what was lately.
    pub const LONG_MEMORY: Self = Self { half_life_years: 25.0, seed: 2019, ..Self::SHORT_MEMORY };

    /// Smaller trees besides, each leaf of which needs more rows behind it.
    pub const FEW_LEAVES: Self = Self {
        growth: Growth {
            rounds: 120,
            leaves: 5,
            weight_min: 40.0,
            shrinkage: 30.0,
            ..Self::LONG_MEMORY.growth
        },
        seed: 2020,
        ..Self::LONG_MEMORY
    };
}

/// Ten learnt yes-or-no questions: is the class this one or higher?
#[derive(Debug, Clone)]
pub struct Classes {
    table: Table,
    /// By class but the first.
    questions: Vec<Boosted>,
}

/// What made trees answer as they do: logarithms of odds, whose sum is that of the answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Moved {
    /// Of the rule.
    pub start: f64,
    /// By what the trees move any unit.
    pub before: f64,
    /// By each figure of a row, in the order of [`names`](features::names).
    pub by_figure: Vec<f64>,
}

/// Class probabilities of single counts under the rule, so that each is worked out once.
pub type Memo = BTreeMap<u64, Bins>;

/// Least probability that trees correct; below it, odds are of no use.
const LEAST: f64 = 3e-4;

/// Returns the logarithm of the odds of each class but the first, or a higher one, under the rule of L2.
#[must_use]
pub fn starts(counts: &[f64], memo: &mut Memo) -> [f64; BINS - 1] {
    let factor = 0.5f64.powf(1.0 / Recent::DEFAULT.half_life);
    let (mut weight, mut weights, mut bins) = (1.0, 0.0, [0.0; BINS]);
    for count in counts.iter().rev().take(Recent::DEFAULT.months) {
        let of_count = memo.entry(count.to_bits()).or_insert_with(|| {
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

impl Classes {
    /// Learns from all that a past holds.
    #[must_use]
    pub fn learn(past: Past<'_>, learning: Learning) -> Self {
        let rows = lessons::rows(past, learning);
        let table = Table::new(&rows.values, features::width(past.has_wider()));
        let questions = grow(&table, &rows, learning);
        Self { table, questions }
    }

    /// Returns the probability of each class for the months after the last that is known of a unit.
    ///
    /// `None` where nothing is known.
    #[must_use]
    pub fn bins(&self, known: Known<'_>, last: Month, horizons: &[usize]) -> Option<Vec<Bins>> {
        if known.counts.is_empty() {
            return None;
        }
        let starts = starts(known.counts, &mut Memo::new());
        let row = known.row();
        let one = |horizon: &usize| {
            let row = self.asked(&row, last, *horizon)?;
            Some(answers(&self.questions, &row, &starts))
        };
        horizons.iter().map(one).collect()
    }

    /// Returns what moved the trees' answer to the question whether a class, not the first, or a higher one is reached.
    ///
    /// `None` where nothing is known, or there is no such question.
    #[must_use]
    pub fn moved(
        &self,
        known: Known<'_>,
        last: Month,
        horizon: usize,
        class: usize,
    ) -> Option<Moved> {
        if known.counts.is_empty() {
            return None;
        }
        let at = class.checked_sub(1)?;
        let (question, start) =
            (self.questions.get(at)?, starts(known.counts, &mut Memo::new()).get(at).copied()?);
        let row = self.asked(&known.row(), last, horizon)?;
        let mut by_figure = vec![0.0; row.len()];
        let before = question.contributions(&row, &mut by_figure);
        Some(Moved { start, before, by_figure })
    }

    /// Returns a row in bins that asks about the month so many after the last.
    fn asked(&self, row: &[f32], last: Month, horizon: usize) -> Option<Vec<u8>> {
        let month = last.plus(i32::try_from(horizon).ok()?)?.month();
        Some(self.table.binned(&features::ask(row, horizon, month)))
    }
}

/// Grows the trees of all questions.
fn grow(table: &Table, rows: &Rows, learning: Learning) -> Vec<Boosted> {
    let ask = |class: usize| {
        let reached = |outcome: &f64| *outcome >= LOWEST[class] as f64;
        let answers: Vec<bool> = rows.outcomes.iter().map(reached).collect();
        let seed = random::number(learning.seed, class as u64);
        let starts: Vec<f64> = rows.starts.iter().map(|starts| starts[class - 1]).collect();
        let lesson = Lesson { starts: &starts, answers: &answers, weights: &rows.weights };
        Boosted::learn(table, lesson, learning.growth, seed)
    };
    // Two threads: each question is learnt alone, so that the answer is the same with one.
    std::thread::scope(|scope| {
        let other = scope.spawn(|| (1..BINS).step_by(2).map(ask).collect::<Vec<_>>());
        let even: Vec<_> = (2..BINS).step_by(2).map(ask).collect();
        let odd = other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        let mut even = even.into_iter();
        odd.into_iter().flat_map(|one| std::iter::once(one).chain(even.next())).collect()
    })
}

/// Returns the probability of each class, as the trees answer.
fn answers(questions: &[Boosted], row: &[u8], starts: &[f64; BINS - 1]) -> Bins {
    // A class cannot be reached more often than the one below it.
    let mut reached = [1.0; BINS + 1];
    reached[BINS] = 0.0;
    for (at, (question, start)) in questions.iter().zip(starts).enumerate() {
        reached[at + 1] = question.probability(row, *start).min(reached[at]);
    }
    let mut bins = [0.0; BINS];
    for (class, share) in bins.iter_mut().enumerate() {
        *share = reached[class] - reached[class + 1];
    }
    bins
}
