//! L2: the last three years come again, the later the likelier, each wider than it was.

use super::{Fitted, Model};
use crate::forecast::distribution::Distribution;
use crate::forecast::mixture::{Component, Mixture};
use crate::forecast::panel::Past;

/// Counts from which on a month is a war's: these vary less from month to month, as a share of themselves.
pub const WAR: f64 = 300.0;

/// The rule with its constants.
///
/// Every one of the last `months` counts is a component: a negative binomial around it of that `size`, or certainty of
/// nothing where it is 0. Its weight halves with every `half_life` months of age. The same for all horizons.
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
}

impl Recent {
    /// 36 months, half-life 8, size 2: "EW36h8xNB2".
    pub const DEFAULT: Self = Self { months: 36, half_life: 8.0, size: 2.0, size_war: 2.0 };

    /// Returns the forecast from a unit's counts up to the origin; `None` without any.
    #[must_use]
    pub fn mixture(&self, counts: &[f64]) -> Option<Mixture> {
        let last = counts.iter().rev().take(self.months).enumerate();
        let part = |(age, count): (usize, &f64)| {
            let weight = 0.5f64.powf(age as f64 / self.half_life);
            let component = if *count > 0.0 {
                let size = if *count >= WAR { self.size_war } else { self.size };
                Component::NegativeBinomial { mean: *count, size }
            } else {
                Component::Point(0)
            };
            (weight, component)
        };
        Mixture::new(last.map(part).collect()).ok()
    }
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
