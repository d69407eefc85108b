//! Tails of mixtures without a table: exact, and as quick for a war as for a skirmish.

use super::bins::{BINS, Bins, LOWEST};
use super::mixture::{Component, Mixture};

/// Where the search for a quantile ends: far above any sum of months.
const COUNT_END: u64 = 1 << 40;
/// Share that a sum of weights may be off by.
const ROUNDING: f64 = 1e-12;

impl Component {
    /// Returns the probability of a count or more. A negative binomial's size is taken as a whole number, rounded up.
    ///
    /// Failures before the `r`-th success are `k` or more if the first `k + r - 1` trials hold fewer than `r` successes:
    /// a sum of `r` terms, whatever the mean.
    #[must_use]
    pub fn tail(self, count: u64) -> f64 {
        if count == 0 {
            return 1.0;
        }
        match self {
            Self::Point(at) => f64::from(u8::from(u64::from(at) >= count)),
            Self::Poisson { mean } => {
                let mut term = (-mean).exp();
                let mut below = 0.0;
                for k in 0..count {
                    below += term;
                    term *= mean / (k as f64 + 1.0);
                }
                (1.0 - below).clamp(0.0, 1.0)
            }
            Self::NegativeBinomial { mean, size } => {
                let size = size.ceil();
                let trials = count as f64 + size - 1.0;
                let (success, failure) = (size / (size + mean), mean / (size + mean));
                let mut term = (trials * (-success).ln_1p()).exp();
                let (mut sum, mut successes) = (term, 0.0);
                while successes + 1.0 < size {
                    term *= (trials - successes) / (successes + 1.0) * (success / failure);
                    successes += 1.0;
                    sum += term;
                }
                sum.clamp(0.0, 1.0)
            }
        }
    }
}

/// Probability of nothing below which the masses are not walked to from there: too many digits are lost.
const NOTHING_MIN: f64 = 1e-200;

impl Component {
    /// Adds the probabilities of 0 and each count below the sum's length, times a weight.
    fn add_below(self, sum: &mut [f64], weight: f64) {
        let nothing = match self {
            Self::Point(count) => {
                let at = usize::try_from(count).ok().and_then(|at| sum.get_mut(at));
                at.into_iter().for_each(|mass| *mass += weight);
                return;
            }
            Self::Poisson { mean } => (-mean).exp(),
            Self::NegativeBinomial { mean, size } => (size / (size + mean)).powf(size),
        };
        if nothing < NOTHING_MIN {
            for (mass, count) in sum.iter_mut().zip(0..) {
                *mass += weight * (self.tail(count) - self.tail(count + 1)).max(0.0);
            }
            return;
        }
        let mut next = weight * nothing;
        for (k, mass) in sum.iter_mut().enumerate() {
            *mass += next;
            next *= self.ratio(k as f64);
        }
    }
}

impl Mixture {
    /// Returns the probabilities of 0 and each count below another.
    #[must_use]
    pub fn masses_below(&self, count: usize) -> Vec<f64> {
        let mut sum = vec![0.0; count];
        for (weight, component) in self.parts() {
            component.add_below(&mut sum, *weight);
        }
        sum
    }

    /// Returns the probability of a count or more, as [`Component::tail`].
    #[must_use]
    pub fn tail(&self, count: u64) -> f64 {
        self.parts().iter().map(|(weight, component)| weight * component.tail(count)).sum()
    }

    /// Returns the smallest count that a share `q` of the mass does not exceed.
    #[must_use]
    pub fn tail_quantile(&self, q: f64) -> u64 {
        let (mut low, mut high) = (0, COUNT_END);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.tail(middle + 1) <= 1.0 - q + ROUNDING {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        low
    }

    /// Returns the probability of each class.
    #[must_use]
    pub fn tail_bins(&self) -> Bins {
        let tails = LOWEST.map(|lowest| self.tail(lowest));
        let mut bins = [0.0; BINS];
        for (class, share) in bins.iter_mut().enumerate() {
            let above = tails.get(class + 1).copied().unwrap_or_default();
            *share = (tails[class] - above).max(0.0);
        }
        bins
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn mixture(parts: &[(f64, f64)], size: f64) -> Mixture {
        let part = |(weight, mean): &(f64, f64)| {
            let one = Component::NegativeBinomial { mean: *mean, size };
            (*weight, if *mean > 0.0 { one } else { Component::Point(0) })
        };
        Mixture::new(parts.iter().map(part).collect()).unwrap()
    }

    proptest! {
        #[test]
        fn a_tail_is_that_of_the_table(
            means in prop::collection::vec((0.01..1.0f64, 0.0..900.0f64), 1..6),
            size in 1u8..25,
            count in 0u64..3000,
        ) {
            let mixture = mixture(&means, f64::from(size));
            let table = mixture.distribution();
            prop_assert!((mixture.tail(count) - table.at_least(count)).abs() < 1e-9);
            for (mine, theirs) in mixture.tail_bins().iter().zip(table.bins()) {
                prop_assert!((mine - theirs).abs() < 1e-9);
            }
            let below: f64 = mixture.masses_below(usize::try_from(count).unwrap()).iter().sum();
            prop_assert!((1.0 - below - table.at_least(count)).abs() < 1e-9);
            for q in [0.01, 0.05, 0.5, 0.95, 0.99] {
                let (mine, theirs) = (mixture.tail_quantile(q) as f64, table.quantile(q));
                // A table's cells above 4095 are up to a 512th wide.
                prop_assert!((mine - theirs).abs() <= 1.0 + theirs / 256.0, "{q}: {mine} {theirs}");
            }
        }
    }

    /// `scipy.stats.nbinom.sf(k - 1, n, n / (n + mean))` and `poisson.sf(11, 7)`, scipy 1.17.1, as the tables are tested by.
    #[test]
    fn tails_are_those_of_scipy() {
        let of = |mean, size, count| Component::NegativeBinomial { mean, size }.tail(count);
        assert!((of(1.0, 2.0, 3) - 0.111_111_111_111_111_16).abs() < 1e-14);
        assert!((of(333.0, 2.0, 400) - 0.308_831_536_597_568_85).abs() < 1e-12);
        assert!((of(50_000.0, 2.0, 120_000) - 0.047_735_535_105_480_495).abs() < 1e-12);
        let poisson = Component::Poisson { mean: 7.0 }.tail(12);
        assert!((poisson - 0.053_349_623_151_557_85).abs() < 1e-12);
        assert!((Component::Point(3).tail(3) - 1.0).abs() < 1e-15);
        assert!(Component::Point(3).tail(4).abs() < 1e-15);
    }
}
