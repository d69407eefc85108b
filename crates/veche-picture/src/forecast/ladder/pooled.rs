//! L4: what the rule and the boosted trees say together.

use super::boosted::{Classes, Learning};
use super::recent::Recent;
use super::{Fitted, Model};
use crate::forecast::bins::{BINS, Bins};
use crate::forecast::distribution::Distribution;
use crate::forecast::panel::Past;
use std::fmt;

/// How rule and trees are brought together, and how the trees are learnt: all that is chosen by scores.
///
/// The probability of a class is, but for a factor that brings the sum to one, the product of a power of the trees' and a
/// power of the rule's. Powers that sum to less than one trust neither quite.
///
/// Source: Genest and Zidek (1986), "Combining probability distributions", logarithmic opinion pools; Ranjan and Gneiting
/// (2010) on why a pool of calibrated forecasts needs to be recalibrated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pooling {
    /// Ways in which trees are learnt, by their places in [`LEARNINGS`]; their probabilities are averaged.
    pub learnings: &'static [usize],
    /// Power of the trees' probabilities.
    pub trees: f64,
    /// Power of the rule's.
    pub rule: f64,
    /// The rule whose shape the forecast has within a class, by its place in [`SHAPES`].
    pub shape: usize,
}

impl Pooling {
    /// The trees alone.
    pub const TREES: Self = Self { learnings: &[1, 2], trees: 1.0, rule: 0.0, shape: 0 };
}

impl fmt::Display for Pooling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Recent { half_life, size_war, .. } = SHAPES[self.shape % SHAPES.len()];
        let Self { trees, rule, .. } = self;
        let learnt = self.learnings.iter().map(|place| NAMES[place % NAMES.len()]);
        let learnt = learnt.collect::<Vec<_>>().join(" and ");
        write!(
            f,
            "trees ({learnt}) to the power {trees}, rule to {rule}, shape of half-life {half_life} and war size {size_war}"
        )
    }
}

/// Ways to learn.
pub const LEARNINGS: [Learning; 3] =
    [Learning::SHORT_MEMORY, Learning::LONG_MEMORY, Learning::FEW_LEAVES];
/// What they are called.
const NAMES: [&str; 3] = ["short memory", "long memory", "few leaves"];
/// Sets of them that are tried.
const TOGETHER: [&[usize]; 4] = [&[1, 2], &[0, 2], &[0, 1, 2], &[2]];
/// Powers of trees and rule that are tried.
const POWERS: [(f64, f64); 4] = [(0.75, 0.2), (0.65, 0.3), (0.8, 0.2), (0.7, 0.3)];

/// Rules that may lend their shape: within a class only the recent months decide, and wars vary less.
pub const SHAPES: [Recent; 2] = [
    Recent { half_life: 3.0, size_war: 4.0, ..Recent::DEFAULT },
    Recent { half_life: 4.0, size_war: 4.0, ..Recent::DEFAULT },
];

/// Returns what is tried: which of them is released, the development windows say.
#[must_use]
pub fn candidates() -> Vec<Pooling> {
    let mut all = Vec::new();
    for learnings in TOGETHER {
        for (trees, rule) in POWERS {
            let shapes = 0..SHAPES.len();
            all.extend(shapes.map(|shape| Pooling { learnings, trees, rule, shape }));
        }
    }
    all
}

/// L4: class probabilities of L2 and of boosted trees, pooled; within a class, the shape of a rule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pooled(pub Pooling);

/// Rule and trees at an origin.
pub struct Learnt<'a> {
    past: Past<'a>,
    /// By way to learn; `None` for one that was not asked for.
    classes: Vec<Option<Classes>>,
}

impl<'a> Learnt<'a> {
    /// Learns from the past in those ways that some poolings need.
    #[must_use]
    pub fn learn(past: Past<'a>, poolings: &[Pooling]) -> Self {
        let needed = |learning: &usize| poolings.iter().any(|one| one.learnings.contains(learning));
        let learn =
            |learning: usize| needed(&learning).then(|| Classes::learn(past, LEARNINGS[learning]));
        Self { past, classes: (0..LEARNINGS.len()).map(learn).collect() }
    }

    /// Returns the forecasts of a unit by way to pool, then by horizon.
    ///
    /// `None` where nothing is known at the origin, or for a pooling that was not learnt for.
    #[must_use]
    pub fn forecasts(
        &self,
        unit: usize,
        horizons: &[usize],
        poolings: &[Pooling],
    ) -> Option<Vec<Vec<Distribution>>> {
        let counts = self.past.counts(unit);
        let table = |rule: &Recent| Some(rule.mixture(counts)?.distribution());
        let shapes: Vec<Distribution> = SHAPES.iter().map(table).collect::<Option<_>>()?;
        let rule = table(&Recent::DEFAULT)?.bins();
        let classes = self.classes.iter();
        let trees: Vec<Option<Vec<Bins>>> =
            classes.map(|classes| classes.as_ref()?.bins(self.past, unit, horizons)).collect();
        let pooled = |pooling: &Pooling| {
            let learnt = pooling.learnings.iter().map(|place| trees.get(*place)?.as_ref());
            let learnt: Vec<&Vec<Bins>> = learnt.collect::<Option<_>>()?;
            let shape = shapes.get(pooling.shape)?;
            let one = |at: usize| {
                let trees = mean(learnt.iter().map(|bins| &bins[at]));
                shape.with_bins(&pool((&trees, pooling.trees), (&rule, pooling.rule)))
            };
            Some((0..horizons.len()).map(one).collect())
        };
        poolings.iter().map(pooled).collect()
    }
}

struct AtOrigin<'a> {
    pooling: Pooling,
    learnt: Learnt<'a>,
}

impl Fitted for AtOrigin<'_> {
    fn forecast(&self, unit: usize, horizons: &[usize]) -> Option<Vec<Distribution>> {
        self.learnt.forecasts(unit, horizons, &[self.pooling])?.pop()
    }
}

impl Model for Pooled {
    fn name(&self) -> &'static str {
        "L4 pooled"
    }

    fn fit<'a>(&self, past: Past<'a>) -> Box<dyn Fitted + 'a> {
        Box::new(AtOrigin { pooling: self.0, learnt: Learnt::learn(past, &[self.0]) })
    }
}

/// Returns the mean of class probabilities.
fn mean<'a>(all: impl ExactSizeIterator<Item = &'a Bins>) -> Bins {
    let share = 1.0 / all.len().max(1) as f64;
    let mut mean = [0.0; BINS];
    for bins in all {
        mean.iter_mut().zip(bins).for_each(|(sum, one)| *sum += share * one);
    }
    mean
}

/// Least probability of a class before it is raised to a power: one forecast's "never" is no veto.
const LEAST: f64 = 1e-6;

/// Returns the product of powers of two forecasts' class probabilities, brought to a sum of one.
fn pool((first, first_power): (&Bins, f64), (second, second_power): (&Bins, f64)) -> Bins {
    let mut bins = [0.0; BINS];
    for (share, (a, b)) in bins.iter_mut().zip(first.iter().zip(second)) {
        *share = libm::pow(a.max(LEAST), first_power) * libm::pow(b.max(LEAST), second_power);
    }
    let all: f64 = bins.iter().sum();
    bins.map(|share| share / all)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first three classes' probabilities; all others have none.
    fn bins(first: [f64; 3]) -> Bins {
        let mut bins = [0.0; BINS];
        bins[..3].copy_from_slice(&first);
        bins
    }

    #[test]
    fn a_pool_is_the_product_of_powers() {
        let (first, second) = (bins([0.8, 0.2, 0.0]), bins([0.2, 0.8, 0.0]));
        let even = pool((&first, 0.5), (&second, 0.5));
        assert!((even[0] - 0.5).abs() < 1e-4 && (even[1] - 0.5).abs() < 1e-4, "{even:?}");
        let alone = pool((&first, 1.0), (&second, 0.0));
        assert!((alone[0] - 0.8).abs() < 1e-4, "{alone:?}");
        // Odds of 4 to 1, and the square root of those.
        let timid = pool((&first, 0.5), (&first, 0.0));
        assert!((timid[0] / timid[1] - 2.0).abs() < 1e-9, "{timid:?}");
    }

    #[test]
    fn what_one_holds_impossible_stays_possible() {
        let pooled = pool((&bins([1.0, 0.0, 0.0]), 0.5), (&bins([0.0, 1.0, 0.0]), 0.5));
        assert!((pooled[0] - pooled[1]).abs() < 1e-12 && pooled[0] > 0.49, "{pooled:?}");
        assert!((pooled.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_mean_is_between() {
        let all = [bins([1.0, 0.0, 0.0]), bins([0.0, 0.5, 0.5])];
        let wanted = bins([0.5, 0.25, 0.25]);
        for (found, wanted) in mean(all.iter()).iter().zip(wanted) {
            assert!((found - wanted).abs() < 1e-12, "{found} for {wanted}");
        }
    }
}
