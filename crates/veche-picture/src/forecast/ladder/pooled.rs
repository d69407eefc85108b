//! L4: what the rule and the boosted trees say together.

use super::boosted::{Classes, Learning};
use super::recent::Recent;
use super::{Fitted, Model};
use crate::forecast::bins::{BINS, Bins};
use crate::forecast::distribution::Distribution;
use crate::forecast::panel::Past;
use std::fmt;

/// How rule and trees are brought together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pooling {
    /// Weight of the trees in the probabilities of the classes, 0 to 1; the rule has the rest.
    pub trees: f64,
    /// The rule whose shape the forecast has within a class, by its place in [`SHAPES`].
    pub shape: usize,
}

impl Pooling {
    /// The trees alone, in the shape of L2.
    pub const TREES: Self = Self { trees: 1.0, shape: 0 };
}

impl fmt::Display for Pooling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Recent { half_life, size_war, .. } = SHAPES[self.shape % SHAPES.len()];
        let trees = self.trees * 100.0;
        write!(f, "{trees:.0} % trees, shape of half-life {half_life} and war size {size_war}")
    }
}

/// Rules that may lend their shape: within a class only the recent months decide, and wars vary less.
pub const SHAPES: [Recent; 3] = [
    Recent::DEFAULT,
    Recent { half_life: 6.0, size_war: 4.0, ..Recent::DEFAULT },
    Recent { half_life: 4.0, size_war: 4.0, ..Recent::DEFAULT },
];

/// What is tried: which of them is released, the development windows say.
pub const CANDIDATES: [Pooling; 12] = [
    Pooling { trees: 0.3, shape: 0 },
    Pooling { trees: 0.3, shape: 1 },
    Pooling { trees: 0.3, shape: 2 },
    Pooling { trees: 0.45, shape: 0 },
    Pooling { trees: 0.45, shape: 1 },
    Pooling { trees: 0.45, shape: 2 },
    Pooling { trees: 0.6, shape: 0 },
    Pooling { trees: 0.6, shape: 1 },
    Pooling { trees: 0.6, shape: 2 },
    Pooling { trees: 0.8, shape: 0 },
    Pooling { trees: 0.8, shape: 1 },
    Pooling { trees: 0.8, shape: 2 },
];

/// L4: class probabilities between those of L2 and of boosted trees; within a class, the shape of a rule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pooled(pub Pooling);

/// Rule and trees at an origin.
pub struct Learnt<'a> {
    past: Past<'a>,
    classes: Classes,
}

impl<'a> Learnt<'a> {
    /// Learns from the past.
    #[must_use]
    pub fn learn(past: Past<'a>, learning: Learning) -> Self {
        Self { past, classes: Classes::learn(past, learning) }
    }

    /// Returns the forecasts of a unit by way to pool, then by horizon; `None` where nothing is known at the origin.
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
        let rule = shapes.first()?.bins();
        let trees = horizons.iter().map(|horizon| self.classes.bins(self.past, unit, *horizon));
        let trees: Vec<Bins> = trees.collect::<Option<_>>()?;
        let pooled = |pooling: &Pooling| {
            let shape = &shapes[pooling.shape % SHAPES.len()];
            let one = |trees: &Bins| shape.with_bins(&pool(&rule, trees, pooling.trees));
            trees.iter().map(one).collect()
        };
        Some(poolings.iter().map(pooled).collect())
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
        Box::new(AtOrigin { pooling: self.0, learnt: Learnt::learn(past, Learning::DEFAULT) })
    }
}

/// Returns the probabilities between two forecasts', `weight` of the way to the second.
fn pool(first: &Bins, second: &Bins, weight: f64) -> Bins {
    let mut bins = [0.0; BINS];
    for (share, (a, b)) in bins.iter_mut().zip(first.iter().zip(second)) {
        *share = a * (1.0 - weight) + b * weight;
    }
    bins
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_lies_between_its_two() {
        let (mut first, mut second) = ([0.0; BINS], [0.0; BINS]);
        (first[0], first[1], second[1]) = (0.8, 0.2, 1.0);
        assert!((pool(&first, &second, 0.25)[0] - 0.6).abs() < 1e-12);
        assert_eq!((pool(&first, &second, 0.0), pool(&first, &second, 1.0)), (first, second));
    }
}
