//! L4: what the rule and the boosted trees say together.

use super::boosted::{Classes, Learning, Moved};
use super::features::{self, Known};
use super::recent::Recent;
use super::{Fitted, Model};
use crate::forecast::bins::{BINS, Bins};
use crate::forecast::distribution::Distribution;
use crate::forecast::panel::Past;
use crate::month::Month;
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
    /// Ways in which trees are learnt, by their places in [`LEARNINGS`], each from [`SEEDS`] seeds; their probabilities are
    /// averaged.
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
    pub const TREES: Self = Self { learnings: ALL, trees: 1.0, rule: 0.0, shape: 0 };
}

impl Pooling {
    /// What a run by L4 takes: the combination that does best on the four windows of development together.
    pub const RELEASED: Self = Self { learnings: ALL, trees: 0.75, rule: 0.2, shape: 2 };
}

impl fmt::Display for Pooling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Recent { half_life, size_war, trend, .. } = SHAPES[self.shape % SHAPES.len()];
        let Self { trees, rule, .. } = self;
        let learnt = self.learnings.iter().map(|place| NAMES[place % NAMES.len()]);
        let learnt = learnt.collect::<Vec<_>>().join(" and ");
        write!(
            f,
            "trees ({learnt}) to the power {trees}, rule to {rule}, shape of half-life {half_life}, war size {size_war} and trend to the power {trend}"
        )
    }
}

/// Ways to learn.
pub const LEARNINGS: [Learning; 3] =
    [Learning::SHORT_MEMORY, Learning::LONG_MEMORY, Learning::FEW_LEAVES];
/// What they are called.
const NAMES: [&str; 3] = ["short memory", "long memory", "few leaves"];
/// Seeds from which each way is learnt: which rows and features a tree happens to see moves a score by as much as what is
/// gained, and a mean of several is moved by less.
pub const SEEDS: u64 = 2;
/// How far apart they are.
const SEED_STEP: u64 = 100;
/// All of the ways.
const ALL: &[usize] = &[0, 1, 2];
/// Sets of them that are tried.
const TOGETHER: [&[usize]; 2] = [ALL, &[0, 2]];
/// Powers of trees and rule that are tried.
const POWERS: [(f64, f64); 4] = [(0.75, 0.2), (0.65, 0.3), (0.8, 0.2), (0.7, 0.3)];

/// Rules that may lend their shape: within a class only the recent months decide, and wars vary less and follow their trend.
pub const SHAPES: [Recent; 3] = [
    Recent { half_life: 3.0, size_war: 4.0, ..Recent::DEFAULT },
    Recent { half_life: 3.0, size_war: 4.0, trend: 0.3, ..Recent::DEFAULT },
    Recent { half_life: 3.0, size_war: 4.0, trend: 0.5, ..Recent::DEFAULT },
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

/// Trees that were learnt from a past.
#[derive(Debug, Clone)]
pub struct Learnt {
    /// By way to learn, then by seed; none for a way that was not asked for.
    classes: Vec<Vec<Classes>>,
}

impl Learnt {
    /// Learns from the past in those ways that some poolings need.
    #[must_use]
    pub fn learn(past: Past<'_>, poolings: &[Pooling]) -> Self {
        let needed = |way: usize| poolings.iter().any(|one| one.learnings.contains(&way));
        let learn = |(way, learning): (usize, Learning)| {
            let seeds = (0..SEEDS).filter(|_| needed(way));
            let seeded = |seed| Learning { seed: learning.seed + SEED_STEP * seed, ..learning };
            seeds.map(|seed| Classes::learn(past, seeded(seed))).collect()
        };
        Self { classes: LEARNINGS.into_iter().enumerate().map(learn).collect() }
    }

    /// Returns the forecasts of the months after the last that is known of a unit, by way to pool, then by horizon.
    ///
    /// `None` where nothing is known, or for a pooling that was not learnt for.
    #[must_use]
    pub fn forecasts(
        &self,
        known: Known<'_>,
        last: Month,
        horizons: &[usize],
        poolings: &[Pooling],
    ) -> Option<Vec<Vec<Distribution>>> {
        let shape = |rule: &Recent| Some(rule.mixture(known.counts)?.distribution());
        let shapes: Vec<Distribution> = SHAPES.iter().map(shape).collect::<Option<_>>()?;
        let bins = self.bins(known, last, horizons, poolings)?;
        let one = |(pooling, bins): (&Pooling, Vec<Bins>)| {
            let shape = shapes.get(pooling.shape)?;
            Some(bins.iter().map(|bins| shape.with_bins(bins)).collect())
        };
        poolings.iter().zip(bins).map(one).collect()
    }

    /// Returns the class probabilities of those forecasts.
    #[must_use]
    pub fn bins(
        &self,
        known: Known<'_>,
        last: Month,
        horizons: &[usize],
        poolings: &[Pooling],
    ) -> Option<Vec<Vec<Bins>>> {
        let rule = Recent::DEFAULT.mixture(known.counts)?.distribution().bins();
        let of_way = |seeds: &Vec<Classes>| -> Option<Vec<Vec<Bins>>> {
            seeds.iter().map(|classes| classes.bins(known, last, horizons)).collect()
        };
        let trees: Vec<Vec<Vec<Bins>>> = self.classes.iter().map(of_way).collect::<Option<_>>()?;
        let pooled = |pooling: &Pooling| {
            let of_way = |way: &usize| trees.get(*way).filter(|seeds| !seeds.is_empty());
            let learnt = pooling.learnings.iter().map(of_way).collect::<Option<Vec<_>>>()?;
            let learnt: Vec<&Vec<Bins>> = learnt.into_iter().flatten().collect();
            let one = |at: usize| {
                let trees = mean(learnt.iter().map(|bins| &bins[at]));
                pool((&trees, pooling.trees), (&rule, pooling.rule))
            };
            Some((0..horizons.len()).map(one).collect())
        };
        poolings.iter().map(pooled).collect()
    }

    /// Returns what moved the trees' answers to the question whether a class or a higher one is reached, a mean over all
    /// trees that were learnt; `None` where nothing is known or learnt.
    #[must_use]
    pub fn moved(
        &self,
        known: Known<'_>,
        last: Month,
        horizon: usize,
        class: usize,
    ) -> Option<Moved> {
        let all = self.classes.iter().flatten();
        let all: Vec<Moved> =
            all.map(|one| one.moved(known, last, horizon, class)).collect::<Option<_>>()?;
        let share = 1.0 / all.len() as f64;
        let mut mean = all.first()?.clone();
        mean.before = all.iter().map(|one| one.before * share).sum();
        for (at, place) in mean.by_figure.iter_mut().enumerate() {
            *place = all.iter().map(|one| one.by_figure[at] * share).sum();
        }
        Some(mean)
    }
}

struct AtOrigin<'a> {
    pooling: Pooling,
    past: Past<'a>,
    world: f64,
    learnt: Learnt,
}

impl Fitted for AtOrigin<'_> {
    fn forecast(&self, unit: usize, horizons: &[usize]) -> Option<Vec<Distribution>> {
        let known = Known::at(self.past, unit, 0, self.world);
        self.learnt.forecasts(known, self.past.origin()?, horizons, &[self.pooling])?.pop()
    }
}

impl Model for Pooled {
    fn name(&self) -> &'static str {
        "L4 pooled"
    }

    fn fit<'a>(&self, past: Past<'a>) -> Box<dyn Fitted + 'a> {
        let (pooling, world) = (self.0, features::world(past, 0));
        Box::new(AtOrigin { pooling, past, world, learnt: Learnt::learn(past, &[pooling]) })
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
