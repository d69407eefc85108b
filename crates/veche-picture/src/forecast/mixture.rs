//! Mixtures of point masses, Poisson and negative binomial distributions: what a forecast says before it is tabulated.

use super::bins::{BINS, Bins, LOWEST, class_of};
use super::distribution::{Distribution, cell_of};

/// Share of a component's mass that a table may leave out on each side.
const LEFT_OUT: f64 = 1e-13;
/// Largest mean of a component: ten times the deadliest month on record, and still a table of 20,000 cells.
pub const MEAN_MAX: f64 = 1e6;
/// Smallest size of a negative binomial: below it, the tail is longer than any table.
pub const SIZE_MIN: f64 = 0.05;

/// One part of a mixture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Component {
    /// Certainty of a count.
    Point(u32),
    /// Poisson.
    Poisson {
        /// Its mean, and variance.
        mean: f64,
    },
    /// Negative binomial: variance `mean + mean^2 / size`.
    NegativeBinomial {
        /// Its mean.
        mean: f64,
        /// Its size, in other books `r`, `n` or `k`; the larger, the nearer to Poisson.
        size: f64,
    },
}

/// Weighted components; the weights sum to one.
#[derive(Debug, Clone, PartialEq)]
pub struct Mixture {
    parts: Vec<(f64, Component)>,
}

/// Why something is not a [`Mixture`].
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum NotAMixture {
    /// No part has a weight.
    #[error("no part of the mixture has a weight above 0")]
    NoWeight,
    /// A weight is negative or no number.
    #[error("a weight is a finite number of at least 0, not {0}")]
    Weight(f64),
    /// A mean is out of range.
    #[error("a mean is 0 to {MEAN_MAX}, not {0}")]
    Mean(f64),
    /// A size is out of range.
    #[error("a size is at least {SIZE_MIN}, not {0}")]
    Size(f64),
}

impl Mixture {
    /// Returns the mixture of weighted components; weights are brought to a sum of one.
    ///
    /// # Errors
    /// [`NotAMixture`], for the first part that is out of range.
    pub fn new(mut parts: Vec<(f64, Component)>) -> Result<Self, NotAMixture> {
        for (weight, component) in &parts {
            if !weight.is_finite() || *weight < 0.0 {
                return Err(NotAMixture::Weight(*weight));
            }
            component.check()?;
        }
        let total: f64 = parts.iter().map(|(weight, _)| weight).sum();
        if total <= 0.0 || !total.is_finite() {
            return Err(NotAMixture::NoWeight);
        }
        parts.retain(|(weight, _)| *weight > 0.0);
        parts.iter_mut().for_each(|(weight, _)| *weight /= total);
        Ok(Self { parts })
    }

    /// Returns certainty of a count.
    #[must_use]
    pub fn certain(count: u32) -> Self {
        Self { parts: vec![(1.0, Component::Point(count))] }
    }

    /// Returns the parts, each with its weight.
    #[must_use]
    pub fn parts(&self) -> &[(f64, Component)] {
        &self.parts
    }

    /// Returns the mean.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.parts.iter().map(|(weight, component)| weight * component.mean()).sum()
    }

    /// Returns the mixture as a table.
    #[must_use]
    pub fn distribution(&self) -> Distribution {
        let mut mass = Vec::new();
        for (weight, component) in &self.parts {
            component.add_to(&mut mass, *weight);
        }
        Distribution::from_mass(mass)
    }

    /// Returns `total` draws: each part has as many as its weight says, by largest remainder, and they are its quantiles
    /// at `(i + 0.5) / n`.
    ///
    /// Equal remainders go to the part that comes first.
    #[must_use]
    pub fn stratified(&self, total: usize) -> Vec<f64> {
        let shares: Vec<f64> = self.parts.iter().map(|(weight, _)| weight * total as f64).collect();
        let mut counts: Vec<usize> = shares.iter().map(|share| floor(*share)).collect();
        let mut order: Vec<usize> = (0..shares.len()).collect();
        order.sort_by(|a, b| shares[*b].fract().total_cmp(&shares[*a].fract()));
        let missing = total.saturating_sub(counts.iter().sum());
        order.iter().take(missing).for_each(|at| counts[*at] += 1);
        let parts = self.parts.iter().zip(counts);
        parts.flat_map(|((_, component), count)| component.quantiles(count)).collect()
    }
}

impl Component {
    fn check(self) -> Result<(), NotAMixture> {
        let (mean, size) = match self {
            Self::Point(count) => (f64::from(count), 1.0),
            Self::Poisson { mean } => (mean, 1.0),
            Self::NegativeBinomial { mean, size } => (mean, size),
        };
        if !(0.0..=MEAN_MAX).contains(&mean) {
            return Err(NotAMixture::Mean(mean));
        }
        if size.is_nan() || size < SIZE_MIN { Err(NotAMixture::Size(size)) } else { Ok(()) }
    }

    /// Returns the mean.
    #[must_use]
    pub fn mean(self) -> f64 {
        match self {
            Self::Point(count) => f64::from(count),
            Self::Poisson { mean } | Self::NegativeBinomial { mean, .. } => mean,
        }
    }

    /// Returns the probability of each class of deaths, without a table of all that lies above.
    ///
    /// For means and sizes of a few at most, where the probability of 0 does not vanish; for others as its table's.
    #[must_use]
    pub fn classes(self) -> Bins {
        let none = match self {
            Self::Point(count) => f64::from(u8::from(count == 0)),
            Self::Poisson { mean } => (-mean).exp(),
            Self::NegativeBinomial { mean, size } => (size / (size + mean)).powf(size),
        };
        let mut bins = [0.0; BINS];
        if none < f64::MIN_POSITIVE * 1e20 {
            let mut mass = Vec::new();
            self.add_to(&mut mass, 1.0);
            return Distribution::from_mass(mass).bins();
        }
        let (mut mass, mut sum) = (none, 0.0);
        for k in 0..LOWEST[BINS - 1] {
            bins[class_of(k)] += mass;
            sum += mass;
            mass *= self.ratio(k as f64);
        }
        bins[BINS - 1] = (1.0 - sum).max(0.0);
        bins
    }

    /// Returns `P(k + 1) / P(k)`.
    pub(super) fn ratio(self, k: f64) -> f64 {
        match self {
            Self::Point(_) => 0.0,
            Self::Poisson { mean } => mean / (k + 1.0),
            Self::NegativeBinomial { mean, size } => {
                (k + size) / (k + 1.0) * (mean / (mean + size))
            }
        }
    }

    /// Returns the count from which on the probabilities fall.
    fn mode(self) -> u64 {
        match self {
            Self::Point(count) => u64::from(count),
            Self::Poisson { mean } => floor(mean) as u64,
            Self::NegativeBinomial { mean, size } => {
                floor((mean * (size - 1.0) / size).max(0.0)) as u64
            }
        }
    }

    /// Walks from the mode outwards, by ratio: nothing underflows, and no function is needed that loses digits.
    ///
    /// Returns the first count with mass, and the masses from there on, relative to that of the mode.
    fn relative(self) -> (u64, Vec<f64>) {
        let mode = self.mode();
        let mut down = Vec::new();
        let (mut k, mut mass) = (mode, 1.0);
        while k > 0 {
            mass /= self.ratio((k - 1) as f64);
            // A point has nothing beside it: its ratio is 0, and what is below it comes out as infinite.
            if !mass.is_finite() || mass < LEFT_OUT * 1e-3 {
                break;
            }
            k -= 1;
            down.push(mass);
        }
        let first = k;
        down.reverse();
        down.push(1.0);
        let (mut k, mut mass, mut sum) = (mode as f64, 1.0, down.iter().sum::<f64>());
        loop {
            let ratio = self.ratio(k);
            mass *= ratio;
            // Ratios fall from here on for sizes above 1, and rise to their limit below: the larger of the two bounds.
            let limit = ratio.max(self.ratio(f64::MAX / 4.0));
            if mass <= 0.0 || mass / (1.0 - limit) < LEFT_OUT * sum && limit < 1.0 {
                return (first, down);
            }
            sum += mass;
            down.push(mass);
            k += 1.0;
        }
    }

    fn add_to(self, mass: &mut Vec<f64>, weight: f64) {
        let (first, relative) = self.relative();
        let scale = weight / relative.iter().sum::<f64>();
        let end = cell_of(first + relative.len() as u64 - 1) + 1;
        if mass.len() < end {
            mass.resize(end, 0.0);
        }
        for (k, share) in (first..).zip(relative) {
            mass[cell_of(k)] += share * scale;
        }
    }

    /// Returns the quantiles at `(i + 0.5) / count`.
    fn quantiles(self, count: usize) -> Vec<f64> {
        if count == 0 {
            return Vec::new();
        }
        let (first, relative) = self.relative();
        let total: f64 = relative.iter().sum();
        let (mut at, mut below) = (0, relative[0]);
        let one = |i: usize| {
            let wanted = (i as f64 + 0.5) / count as f64 * total;
            while below < wanted && at + 1 < relative.len() {
                at += 1;
                below += relative[at];
            }
            (first + at as u64) as f64
        };
        (0..count).map(one).collect()
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates, and the means and counts of this file are at most a million"
)]
fn floor(value: f64) -> usize {
    value as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forecast::{Draws, Predictive as _};
    use proptest::prelude::*;

    #[track_caller]
    fn check(component: Component, count: u64, at_least: f64) {
        let table = Mixture::new(vec![(1.0, component)]).unwrap().distribution();
        let found = table.at_least(count);
        // Above 4095 a cell's mass lies evenly within it.
        assert!((found / at_least - 1.0).abs() < 2e-5, "{component:?} {count}: {found}");
    }

    /// `scipy.stats.nbinom.sf(k - 1, n, n / (n + mean))` and `poisson.sf(k - 1, mean)`, scipy 1.17.1.
    #[test]
    fn tails_are_those_of_scipy() {
        let negative_binomial = |mean, size| Component::NegativeBinomial { mean, size };
        check(negative_binomial(1.0, 2.0), 3, 0.111_111_111_111_111_16);
        check(negative_binomial(333.0, 2.0), 400, 0.308_831_536_597_568_85);
        check(negative_binomial(20.0, 0.5), 77, 0.051_548_512_843_824_494);
        check(negative_binomial(50_000.0, 2.0), 120_000, 0.047_735_535_105_480_495);
        check(Component::Poisson { mean: 7.0 }, 12, 0.053_349_623_151_557_85);
        check(Component::Poisson { mean: 900.0 }, 850, 0.954_852_715_256_224_2);
    }

    #[test]
    fn parts_out_of_range_are_refused() {
        let one = |weight, component| Mixture::new(vec![(weight, component)]).unwrap_err();
        assert_eq!(one(-1.0, Component::Point(0)), NotAMixture::Weight(-1.0));
        assert_eq!(one(0.0, Component::Point(0)), NotAMixture::NoWeight);
        assert!(matches!(one(f64::NAN, Component::Point(0)), NotAMixture::Weight(_)));
        assert!(matches!(one(1.0, Component::Poisson { mean: f64::NAN }), NotAMixture::Mean(_)));
        assert_eq!(one(1.0, Component::Poisson { mean: 2e6 }), NotAMixture::Mean(2e6));
        let flat = Component::NegativeBinomial { mean: 1.0, size: 0.01 };
        assert_eq!(one(1.0, flat), NotAMixture::Size(0.01));
    }

    proptest! {
        #[test]
        fn a_table_keeps_the_mean(mean in 0.0..20_000.0f64, size in 0.5..50.0f64) {
            for component in [Component::Poisson { mean }, Component::NegativeBinomial { mean, size }] {
                let mixture = Mixture::new(vec![(2.0, component)]).unwrap();
                let table = mixture.distribution();
                prop_assert!((table.mean() - mean).abs() < 5e-5 * (mean + 1.0), "{} {mean}", table.mean());
            }
        }
    }

    #[test]
    fn points_are_scored_as_the_draws_that_they_are() {
        let counts = [0, 3, 40, 5000, 3];
        let parts = counts.map(|count| (1.0, Component::Point(count)));
        let table = Mixture::new(parts.to_vec()).unwrap().distribution();
        let draws = Draws::new(counts.map(f64::from).to_vec()).unwrap();
        for observed in [0, 3, 20, 6000] {
            let (found, wanted) = (table.crps(observed), draws.crps(observed));
            // The one of 5000 shares its cell with seven others.
            assert!((found - wanted).abs() < 2.0, "{observed}: {found} for {wanted}");
            let (found, wanted) = (table.ignorance(observed), draws.ignorance(observed));
            assert!((found - wanted).abs() < 1e-9, "{observed}: {found} for {wanted}");
        }
    }

    #[test]
    fn draws_are_as_many_as_asked_and_near_the_mean() {
        let parts = [(0.5, 0.0), (0.3, 10.0), (0.2, 333.0)]
            .map(|(weight, mean)| (weight, Component::NegativeBinomial { mean, size: 2.0 }));
        let mixture = Mixture::new(parts.to_vec()).unwrap();
        let draws = mixture.stratified(1000);
        let mean = draws.iter().sum::<f64>() / 1000.0;
        assert_eq!(draws.len(), 1000);
        assert!((mean - mixture.mean()).abs() < 0.5, "{mean} {}", mixture.mean());
        assert_eq!(draws.iter().filter(|draw| **draw < 0.5).count(), 500 + 8);
    }
}
