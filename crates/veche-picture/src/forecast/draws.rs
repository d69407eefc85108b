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
        let Some((least, largest)) = range(&draws) else {
            let wrong = |(_, value): &(usize, &f64)| !value.is_finite() || **value < 0.0;
            let (at, value) = draws.iter().enumerate().find(wrong).unwrap_or((0, &f64::INFINITY));
            return Err(NotDraws::Value { at, value: *value });
        };
        // Peace is a thousand times the same draw, and in order as it stands.
        if least < largest && !count_into_order(&mut draws, largest) {
            draws.sort_unstable_by(f64::total_cmp);
        }
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
        let low = whole_part(place);
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
        let observed = scale(observed);
        if let (Some(first), Some(last)) = (self.sorted.first(), self.sorted.last())
            && last <= first
        {
            return (scale(*first) - observed).abs();
        }
        // In lanes, so that no addition waits for the one before.
        let (mut off, mut spread) = ([0.0; LANES], [0.0; LANES]);
        for (at, chunk) in self.sorted.chunks(LANES).enumerate() {
            // Sum over all pairs of the difference, each draw with its rank.
            let rank = 2.0 * (at * LANES) as f64 + 1.0 - n;
            for (lane, draw) in chunk.iter().enumerate() {
                let draw = scale(*draw);
                off[lane] += (draw - observed).abs();
                spread[lane] += draw * (rank + 2.0 * lane as f64);
            }
        }
        let (off, spread): (f64, f64) = (off.iter().sum(), spread.iter().sum());
        off / n - spread / (n * n)
    }
}

/// Sums that are kept side by side.
const LANES: usize = 8;
/// Largest whole draw up to which draws are put in order by counting.
const COUNTED_MAX: usize = 4095;

/// Returns the least and the largest draw; `None` if one is negative, infinite or no number.
fn range(draws: &[f64]) -> Option<(f64, f64)> {
    let (mut least, mut largest, mut sound) = ([f64::MAX; LANES], [0.0; LANES], [true; LANES]);
    for chunk in draws.chunks(LANES) {
        for (lane, draw) in chunk.iter().enumerate() {
            sound[lane] &= *draw >= 0.0 && *draw <= f64::MAX;
            least[lane] = if *draw < least[lane] { *draw } else { least[lane] };
            largest[lane] = if *draw > largest[lane] { *draw } else { largest[lane] };
        }
    }
    let sound = sound.iter().all(|sound| *sound);
    let least = least.iter().copied().fold(f64::MAX, f64::min);
    sound.then(|| (least, largest.iter().copied().fold(0.0, f64::max)))
}

/// Puts whole draws of at most [`COUNTED_MAX`] in order, and returns whether they are such; most draws of deaths are.
fn count_into_order(draws: &mut [f64], largest: f64) -> bool {
    if largest > COUNTED_MAX as f64 {
        return false;
    }
    let mut counts = vec![0u32; whole_part(largest) + 1];
    for draw in draws.iter() {
        let whole = whole_part(*draw);
        if (whole as f64).to_bits() != draw.to_bits() {
            return false;
        }
        if let Some(count) = counts.get_mut(whole) {
            *count += 1;
        }
    }
    let mut rest = draws;
    for (value, count) in counts.iter().enumerate() {
        let (here, after) = rest.split_at_mut(usize::try_from(*count).unwrap_or(usize::MAX));
        here.fill(value as f64);
        rest = after;
    }
    true
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "at least 0, and at most a number of draws or of a count"
)]
const fn whole_part(value: f64) -> usize {
    value as usize
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
    fn draws_come_in_the_same_order_however_they_are_ordered() {
        let make = |largest: f64, step: f64| -> Vec<f64> {
            (0..500u32).map(|at| (f64::from(at * 7919 % 503) * step).min(largest)).collect()
        };
        for (largest, step) in [(4095.0, 9.0), (4096.0, 9.0), (300.0, 0.5), (0.0, 1.0), (1e12, 1e9)]
        {
            let mut wanted = make(largest, step);
            wanted.sort_by(f64::total_cmp);
            assert_eq!(Draws::new(make(largest, step)).unwrap().sorted(), wanted, "{largest}");
        }
        // A negative zero is no other number, and none that is counted.
        assert_eq!(Draws::new(vec![1.0, -0.0, 0.0]).unwrap().sorted(), [0.0, 0.0, 1.0]);
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
