//! L4: what the rule and the boosted trees say together.

use super::boosted::{Classes, Learning};
use super::tuned::AtOrigin as Tuned;
use super::{Fitted, Model, Recent};
use crate::forecast::bins::{BINS, Bins};
use crate::forecast::distribution::Distribution;
use crate::forecast::panel::Past;

/// L4: class probabilities between those of L3 and of boosted trees; within a class, the shape of L3.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pooled {
    /// What is learnt from, and how.
    pub learning: Learning,
    /// Weight of the trees, 0 to 1.
    pub trees: f64,
    /// Whether logarithms of probabilities are averaged, or the probabilities.
    pub geometric: bool,
    /// Whether the rule is L3, or L2.
    pub tuned: bool,
}

impl Pooled {
    /// Half and half.
    pub const DEFAULT: Self =
        Self { learning: Learning::DEFAULT, trees: 0.5, geometric: true, tuned: true };
}

struct AtOrigin<'a> {
    model: Pooled,
    past: Past<'a>,
    rule: Box<dyn Fitted + 'a>,
    classes: Classes,
}

impl Fitted for AtOrigin<'_> {
    fn forecast(&self, unit: usize, horizon: usize) -> Option<Distribution> {
        let rule = self.rule.forecast(unit, horizon)?;
        let trees = self.classes.bins(self.past, unit, horizon)?;
        let bins = pool(&rule.bins(), &trees, self.model.trees, self.model.geometric);
        Some(rule.with_bins(&bins))
    }
}

impl Model for Pooled {
    fn name(&self) -> &'static str {
        "L4 pooled"
    }

    fn fit<'a>(&self, past: Past<'a>) -> Box<dyn Fitted + 'a> {
        let rule: Box<dyn Fitted + 'a> =
            if self.tuned { Box::new(Tuned::learn(past)) } else { Recent::DEFAULT.fit(past) };
        Box::new(AtOrigin {
            model: *self,
            past,
            rule,
            classes: Classes::learn(past, self.learning),
        })
    }
}

/// Least probability of a class before logarithms are taken: what a thousand draws cannot tell from nothing.
const LEAST: f64 = 1e-4;

/// Returns the probabilities between two forecasts', `weight` of the way to the second.
#[must_use]
pub fn pool(first: &Bins, second: &Bins, weight: f64, geometric: bool) -> Bins {
    let mut bins = [0.0; BINS];
    for (at, share) in bins.iter_mut().enumerate() {
        let (a, b) = (first[at], second[at]);
        *share = if geometric {
            (a.max(LEAST).ln() * (1.0 - weight) + b.max(LEAST).ln() * weight).exp()
        } else {
            a * (1.0 - weight) + b * weight
        };
    }
    let all: f64 = bins.iter().sum();
    bins.map(|share| share / all)
}
