//! L2: the last three years come again, the later the likelier, each wider than it was.

use super::{Fitted, Model};
use crate::forecast::distribution::Distribution;
use crate::forecast::mixture::{Component, MEAN_MAX, Mixture};
use crate::forecast::panel::Past;

/// Counts from which on a month is a war's: these vary less from month to month, as a share of themselves.
pub const WAR: f64 = 300.0;
/// Months whose mean, over that of [`TREND_YEAR`], is a war's trend.
const TREND_LAST: usize = 3;
/// Months that they are compared with, themselves among them.
const TREND_YEAR: usize = 12;
/// Most by which a war is taken to have grown or shrunk.
const TREND_MAX: f64 = 4.0;

/// The rule with its constants.
///
/// Every one of the last `months` counts is a component: a negative binomial around it of that `size`, or certainty of
/// nothing where it is 0. Its weight halves with every `half_life` months of age. The same for all horizons.
///
/// Around the counts of a war the mean is moved by a power of the war's trend: the mean of the last three months over that
/// of the last twelve, one death added to each.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Recent {
    /// Months that count.
    pub months: usize,
    /// Months in which a weight halves.
    pub half_life: f64,
    /// Size of the negative binomials.
    pub size: f64,
    /// Their size around counts of [`WAR`] or more.
    pub size_war: f64,
    /// The power of its trend by which the mean around such a count is moved; 0 for not at all.
    pub trend: f64,
}

impl Recent {
    /// 36 months, half-life 8, size 2: "EW36h8xNB2".
    pub const DEFAULT: Self =
        Self { months: 36, half_life: 8.0, size: 2.0, size_war: 2.0, trend: 0.0 };

    /// Returns the forecast from a unit's counts up to the origin; `None` without any.
    #[must_use]
    pub fn mixture(&self, counts: &[f64]) -> Option<Mixture> {
        let last = counts.iter().rev().take(self.months).enumerate();
        let moved = libm::pow(trend(counts), self.trend);
        let part = |(age, count): (usize, &f64)| {
            let weight = 0.5f64.powf(age as f64 / self.half_life);
            let component = if *count >= WAR {
                let mean = (*count * moved).min(MEAN_MAX);
                Component::NegativeBinomial { mean, size: self.size_war }
            } else if *count > 0.0 {
                Component::NegativeBinomial { mean: *count, size: self.size }
            } else {
                Component::Point(0)
            };
            (weight, component)
        };
        Mixture::new(last.map(part).collect()).ok()
    }
}

/// Returns how the last three months compare with the last twelve.
fn trend(counts: &[f64]) -> f64 {
    let mean = |months: usize| {
        let last = counts.iter().rev().take(months);
        let all = last.len().max(1) as f64;
        last.sum::<f64>() / all + 1.0
    };
    (mean(TREND_LAST) / mean(TREND_YEAR)).clamp(1.0 / TREND_MAX, TREND_MAX)
}

struct AtOrigin<'a> {
    model: Recent,
    past: Past<'a>,
}

impl Fitted for AtOrigin<'_> {
    fn forecast(&self, unit: usize, horizons: &[usize]) -> Option<Vec<Distribution>> {
        let table = self.model.mixture(self.past.counts(unit))?.distribution();
        Some(vec![table; horizons.len()])
    }
}

impl Model for Recent {
    fn name(&self) -> &'static str {
        "L2 recent"
    }

    fn fit<'a>(&self, past: Past<'a>) -> Box<dyn Fitted + 'a> {
        Box::new(AtOrigin { model: *self, past })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn means(rule: Recent, counts: &[f64]) -> Vec<f64> {
        let mixture = rule.mixture(counts).unwrap();
        mixture.parts().iter().map(|(_, component)| component.mean()).collect()
    }

    #[test]
    fn a_war_that_grew_is_moved_up_and_a_skirmish_is_not() {
        let rule = Recent { trend: 1.0, months: 2, ..Recent::DEFAULT };
        let mut counts = vec![299.0; 9];
        counts.extend([0.0, 599.0, 299.0, 599.0].map(|count| count * 2.0 + 1.0));
        // The last three: a mean of 999; the last twelve: of 474.
        let by = 1000.0 / (1.0 + (8.0 * 299.0 + 1.0 + 1199.0 + 599.0 + 1199.0) / 12.0);
        let found = means(rule, &counts);
        assert!((found[0] - 1199.0 * by).abs() < 1e-6, "{found:?} {by}");
        assert_eq!(means(Recent::DEFAULT, &counts)[..2], [1199.0, 599.0]);
        assert_eq!(means(rule, &[100.0, 250.0, 299.0]), [299.0, 250.0]);
    }

    #[test]
    fn a_trend_is_bounded_and_so_is_the_mean() {
        let rule = Recent { trend: 1.0, months: 1, ..Recent::DEFAULT };
        let mut counts = vec![0.0; 30];
        counts.push(1_000_000.0);
        assert_eq!(means(rule, &counts), [MEAN_MAX]);
        let mut over = vec![90_000.0; 30];
        over.extend([0.0, 0.0, 400.0]);
        assert_eq!(means(rule, &over), [100.0]);
    }
}
