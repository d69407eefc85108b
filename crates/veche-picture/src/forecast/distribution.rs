//! A distribution over counts, as a table that every score is read from.
//!
//! Counts up to 4095 have a cell each. Above, an octave has 512 cells of equal width, within which the mass lies evenly:
//! a cell is never wider than 1/512 of what it holds, and no forecast of deaths is as sharp as that.

use super::bins::{BINS, Bins, LOWEST, class_of};

/// Counts below this have a cell each.
const EXACT: u64 = 4096;
/// Binary logarithm of that.
const EXACT_BITS: u32 = 12;
/// Cells of an octave above.
const PER_OCTAVE: u64 = 512;
/// Binary logarithm of a cell's width in the first octave.
const WIDTH_BITS: u32 = 3;

/// Probabilities of counts; they sum to one.
#[derive(Debug, Clone, PartialEq)]
pub struct Distribution {
    mass: Vec<f64>,
}

/// A run of counts that share a cell: from `low`, so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cell {
    low: u64,
    width: u64,
}

/// Returns the cell that holds a count.
pub(crate) fn cell_of(count: u64) -> usize {
    let cell = if count < EXACT {
        count
    } else {
        let octave = count.ilog2() - EXACT_BITS;
        EXACT + u64::from(octave) * PER_OCTAVE + (count >> (WIDTH_BITS + octave)) - PER_OCTAVE
    };
    usize::try_from(cell).unwrap_or(usize::MAX)
}

fn cell(at: usize) -> Cell {
    let at = at as u64;
    if at < EXACT {
        return Cell { low: at, width: 1 };
    }
    let (octave, within) = ((at - EXACT) / PER_OCTAVE, (at - EXACT) % PER_OCTAVE);
    let width = 1u64 << (u64::from(WIDTH_BITS) + octave);
    Cell { low: (PER_OCTAVE + within) * width, width }
}

impl Distribution {
    /// Returns the distribution of a mass by cell, brought to a sum of one; certainty of 0 if there is no mass.
    pub(crate) fn from_mass(mut mass: Vec<f64>) -> Self {
        let total: f64 = mass.iter().sum();
        if total > 0.0 {
            mass.iter_mut().for_each(|share| *share /= total);
        } else {
            mass = vec![1.0];
        }
        Self { mass }
    }

    /// Returns certainty of a count.
    #[must_use]
    pub fn certain(count: u64) -> Self {
        let mut mass = vec![0.0; cell_of(count) + 1];
        if let Some(last) = mass.last_mut() {
            *last = 1.0;
        }
        Self { mass }
    }

    /// Returns the mean of distributions by weight: what one believes who trusts each of them so much.
    ///
    /// Weights need not sum to one; what is left out of reach of all has no mass.
    #[must_use]
    pub fn pool(parts: &[(f64, &Self)]) -> Self {
        let len = parts.iter().map(|(_, part)| part.mass.len()).max().unwrap_or_default();
        let mut mass = vec![0.0; len];
        for (weight, part) in parts {
            for (sum, share) in mass.iter_mut().zip(&part.mass) {
                *sum += weight * share;
            }
        }
        Self::from_mass(mass)
    }

    /// Returns the distribution with other probabilities of the classes and the same shape within each.
    ///
    /// A class that had no mass gets an even one over the logarithm of its counts, so far as the class is bounded; the
    /// last, to 16,384.
    #[must_use]
    pub fn with_bins(&self, bins: &Bins) -> Self {
        let old = self.bins();
        let needs = |class: usize| bins[class] > 0.0 && old[class] <= SHAPELESS;
        let last = (0..BINS).rev().find(|class| needs(*class));
        let high = |class: usize| LOWEST.get(class + 1).copied().unwrap_or(SHAPELESS_END);
        let len = last.map_or(0, |class| cell_of(high(class) - 1) + 1).max(self.mass.len());
        let mut mass = self.mass.clone();
        mass.resize(len, 0.0);
        for (at, share) in mass.iter_mut().enumerate() {
            let Cell { low, width } = cell(at);
            let class = class_of(low);
            if old[class] > SHAPELESS {
                *share *= bins[class] / old[class];
            } else {
                let whole = log_span(LOWEST[class], high(class));
                let inside = low < high(class);
                *share =
                    if inside { bins[class] * log_span(low, low + width) / whole } else { 0.0 };
            }
        }
        Self::from_mass(mass)
    }

    /// Returns the probability of a count or more.
    #[must_use]
    pub fn at_least(&self, count: u64) -> f64 {
        let at = cell_of(count);
        let above: f64 = self.mass.iter().skip(at + 1).rev().sum();
        let share = self.mass.get(at).copied().unwrap_or_default();
        let Cell { low, width } = cell(at);
        above + share * ((low + width - count) as f64 / width as f64)
    }

    /// Returns the probabilities of 0 and each count below another, which is at most 4096.
    #[must_use]
    pub fn masses_below(&self, count: usize) -> Vec<f64> {
        let mut masses = self.mass.clone();
        masses.resize(count, 0.0);
        masses
    }

    /// Returns the probability of each class.
    #[must_use]
    pub fn bins(&self) -> Bins {
        let mut bins = [0.0; BINS];
        // Above 4095 there is but one class, so that no cell lies in two.
        for (at, share) in self.mass.iter().enumerate().rev() {
            bins[class_of(cell(at).low)] += share;
        }
        bins
    }

    /// Returns the mean.
    #[must_use]
    pub fn mean(&self) -> f64 {
        let middle = |cell: Cell| cell.low as f64 + (cell.width - 1) as f64 / 2.0;
        self.mass.iter().enumerate().map(|(at, share)| share * middle(cell(at))).sum()
    }

    /// Returns the smallest count that a share `q` of the mass does not exceed.
    #[must_use]
    pub fn quantile(&self, q: f64) -> f64 {
        let mut below = 0.0;
        for (at, share) in self.mass.iter().enumerate() {
            if below + share >= q - ROUNDING && *share > 0.0 {
                let Cell { low, width } = cell(at);
                let steps = ((q - below) / share * width as f64).ceil().clamp(1.0, width as f64);
                return low as f64 + steps - 1.0;
            }
            below += share;
        }
        let end = cell(self.mass.len().saturating_sub(1));
        (end.low + end.width - 1) as f64
    }

    /// Returns the sum over all counts `k` of `(P(Y <= k) - [observed <= k])^2`, each weighted by `ln((k + 2)/(k + 1))`
    /// if `logarithmic`.
    pub(crate) fn squared_distance(&self, observed: u64, logarithmic: bool) -> f64 {
        let (mut below, mut sum) = (0.0, 0.0);
        let weight = |low: u64, high: u64| {
            if logarithmic { log_span(low + 1, high + 1) / (high - low) as f64 } else { 1.0 }
        };
        for (at, share) in self.mass.iter().enumerate() {
            let Cell { low, width } = cell(at);
            let before = observed.saturating_sub(low).min(width);
            let slope = share / width as f64;
            // The counts before the observed one are measured against 0, those from it on against 1.
            if before > 0 {
                sum += weight(low, low + before) * squares(below, slope, 0, before);
            }
            if before < width {
                let against = squares(below - 1.0, slope, before, width);
                sum += weight(low + before, low + width) * against;
            }
            below += share;
        }
        let end = self.mass.len().checked_sub(1).map_or(0, |at| cell(at).low + cell(at).width);
        if observed > end {
            sum += weight(end, observed) * (observed - end) as f64;
        }
        sum
    }
}

/// Where the last class ends in a forecast that has no shape there: a cell's edge, and as deadly as months get but for few.
const SHAPELESS_END: u64 = 16_384;
/// Returns a count as a whole number: counts are below 2^53, and what is negative counts as none.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates, which is what is wanted"
)]
pub(crate) const fn whole(count: f64) -> u64 {
    count as u64
}

/// Mass below which a class has no shape to keep.
const SHAPELESS: f64 = 1e-9;
/// How far a sum of shares may be from what it should be.
const ROUNDING: f64 = 1e-12;

/// Returns `ln(high / low)`, with 0 taken as a half.
fn log_span(low: u64, high: u64) -> f64 {
    let low = if low == 0 { 0.5 } else { low as f64 };
    (high as f64 / low).ln()
}

/// Returns the sum of `(base + slope j)^2` over `j` from `from + 1` to `to`.
fn squares(base: f64, slope: f64, from: u64, to: u64) -> f64 {
    if to == from + 1 {
        return (base + slope * to as f64).powi(2);
    }
    let upto = |n: u64| {
        let n = n as f64;
        let (ones, twos) = (n * (n + 1.0) / 2.0, n * (n + 1.0) * (2.0 * n + 1.0) / 6.0);
        base * base * n + 2.0 * base * slope * ones + slope * slope * twos
    };
    upto(to) - upto(from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_follow_one_another_without_a_gap() {
        let mut next = 0;
        for at in 0..9000 {
            let Cell { low, width } = cell(at);
            assert_eq!(low, next);
            assert_eq!((cell_of(low), cell_of(low + width - 1)), (at, at));
            next = low + width;
        }
    }

    #[test]
    fn a_certain_forecast_is_as_far_off_as_it_missed_by() {
        for (said, observed) in [(0, 0), (0, 7), (7, 0), (5, 5), (3, 100_000)] {
            let said = Distribution::certain(said);
            let off = said.squared_distance(observed, false);
            let missed = (said.mean() - observed as f64).abs();
            assert!((off - missed).abs() < 1e-6, "{off} {missed}");
            let logs = ((said.mean() + 1.0).ln() - (observed as f64 + 1.0).ln()).abs();
            assert!((said.squared_distance(observed, true) - logs).abs() < 1e-9);
        }
    }

    #[test]
    fn other_class_probabilities_keep_the_shape_within() {
        let said = Distribution::from_mass(vec![0.5, 0.3, 0.1, 0.1]);
        let mut bins = [0.0; BINS];
        (bins[0], bins[1], bins[10]) = (0.2, 0.4, 0.4);
        let other = said.with_bins(&bins);
        for (class, share) in other.bins().iter().enumerate() {
            assert!((share - bins[class]).abs() < 1e-12, "{class} {share}");
        }
        assert!((other.mass[1] / other.mass[2] - 3.0).abs() < 1e-12);
        assert!((other.at_least(1001) - 0.4).abs() < 1e-12);
    }

    #[test]
    fn quantiles_and_tails_answer_one_another() {
        let said = Distribution::from_mass(vec![0.5, 0.3, 0.1, 0.1]);
        assert_eq!(
            [0.1, 0.5, 0.51, 0.8, 0.95, 1.0].map(|q| whole(said.quantile(q))),
            [0, 0, 1, 1, 3, 3]
        );
        assert!((said.at_least(2) - 0.2).abs() < 1e-12 && said.at_least(4) == 0.0);
    }
}
