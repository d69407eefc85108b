//! Somebody's draws: equally likely outcomes that stand for a distribution.

use super::bins::{BINS, Bins, class_of_value};

/// Most draws of one forecast: ten times what the VIEWS challenge asks for.
pub const DRAWS_MAX: usize = 10_000;

/// At least one outcome, ascending; none is negative or no number.
#[derive(Debug, Clone, PartialEq)]
pub struct Draws {
    sorted: Vec<f64>,
}

/// Why something is not [`Draws`].
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum NotDraws {
    /// There is none.
    #[error("there is no draw")]
    Empty,
    /// There are too many.
    #[error("there are {0} draws, and at most {DRAWS_MAX} are taken")]
    TooMany(usize),
    /// One is no count.
    #[error("draw {at} is {value}: a draw is a finite number of at least 0")]
    Value {
        /// Its place, 0 for the first.
        at: usize,
        /// What it is.
        value: f64,
    },
}

impl Draws {
    /// Returns the draws in order.
    ///
    /// # Errors
    /// [`NotDraws`].
    pub fn new(mut draws: Vec<f64>) -> Result<Self, NotDraws> {
        if draws.is_empty() {
            return Err(NotDraws::Empty);
        }
        if draws.len() > DRAWS_MAX {
            return Err(NotDraws::TooMany(draws.len()));
        }
        let wrong = |(_, value): &(usize, &f64)| !value.is_finite() || **value < 0.0;
        if let Some((at, value)) = draws.iter().enumerate().find(wrong) {
            return Err(NotDraws::Value { at, value: *value });
        }
        draws.sort_by(f64::total_cmp);
        Ok(Self { sorted: draws })
    }

    /// Returns the draws, ascending.
    #[must_use]
    pub fn sorted(&self) -> &[f64] {
        &self.sorted
    }

    /// Returns the share of draws in each class.
    #[must_use]
    pub fn bins(&self) -> Bins {
        let mut bins = [0.0; BINS];
        for draw in &self.sorted {
            bins[class_of_value(*draw)] += 1.0;
        }
        bins.map(|count| count / self.sorted.len() as f64)
    }

    /// Returns the quantile by linear interpolation between neighbours (numpy's default, R's type 7).
    #[must_use]
    pub fn quantile(&self, q: f64) -> f64 {
        let place = q.clamp(0.0, 1.0) * (self.sorted.len() - 1) as f64;
        // The last draw at or below the place, and the share of the way to the next.
        let low = (0..self.sorted.len()).rev().find(|at| *at as f64 <= place).unwrap_or_default();
        let high = (low + 1).min(self.sorted.len() - 1);
        let (low_value, high_value) = (self.sorted[low], self.sorted[high]);
        low_value + (high_value - low_value) * (place - low as f64)
    }

    /// Returns the share of draws at or above a count.
    #[must_use]
    pub fn at_least(&self, count: u64) -> f64 {
        let below = self.sorted.partition_point(|draw| *draw < count as f64);
        (self.sorted.len() - below) as f64 / self.sorted.len() as f64
    }

    /// Returns `E|X - y| - E|X - X'| / 2` of the draws, each taken through `scale` first.
    pub(crate) fn distance(&self, observed: f64, scale: impl Fn(f64) -> f64) -> f64 {
        let n = self.sorted.len() as f64;
        let (mut off, mut spread) = (0.0, 0.0);
        let observed = scale(observed);
        for (at, draw) in self.sorted.iter().enumerate() {
            let draw = scale(*draw);
            off += (draw - observed).abs();
            // Sum over all pairs of the difference, each draw with its rank.
            spread += draw * (2.0 * at as f64 + 1.0 - n);
        }
        off / n - spread / (n * n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_that_are_no_counts_are_refused_with_their_place() {
        assert_eq!(Draws::new(vec![]), Err(NotDraws::Empty));
        assert_eq!(Draws::new(vec![0.0; DRAWS_MAX + 1]), Err(NotDraws::TooMany(DRAWS_MAX + 1)));
        let told = Draws::new(vec![1.0, f64::NAN]).unwrap_err().to_string();
        assert_eq!(told, "draw 1 is NaN: a draw is a finite number of at least 0");
        assert_eq!(Draws::new(vec![-0.5]), Err(NotDraws::Value { at: 0, value: -0.5 }));
        assert!(Draws::new(vec![f64::INFINITY]).is_err());
    }

    #[test]
    fn quantiles_lie_between_neighbours() {
        let draws = Draws::new(vec![4.0, 0.0, 1.0, 2.0]).unwrap();
        for (q, wanted) in [(0.0, 0.0), (0.5, 1.5), (1.0, 4.0), (0.05, 0.15), (0.95, 3.7)] {
            assert!((draws.quantile(q) - wanted).abs() < 1e-12, "{q}");
        }
        assert!((draws.at_least(1) - 0.75).abs() < 1e-12 && draws.at_least(5) == 0.0);
    }
}
