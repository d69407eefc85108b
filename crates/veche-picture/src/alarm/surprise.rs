//! How surprising a count is under the forecast that was made before it.

use crate::forecast::Predictive;

/// The units of a [`Tail`] in a probability of one.
pub const TAIL_ONE: u64 = 1_000_000_000_000;

/// The probability that a count is as large as the observed one or larger, in billionths of a thousandth (`1e-12`).
///
/// Rounded up, and at least one unit: nothing is more surprising than a table of probabilities can tell.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(try_from = "u64", into = "u64")]
pub struct Tail(u64);

/// Why a number is not a [`Tail`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a tail probability is 1 to {TAIL_ONE} units of 1e-12, not {0}")]
pub struct NotATail(u64);

impl Tail {
    /// Certainty: what one may observe of a quiet unit.
    pub const ONE: Self = Self(TAIL_ONE);

    /// Returns the tail of so many units of `1e-12`.
    ///
    /// # Errors
    /// [`NotATail`] for 0 and more than [`TAIL_ONE`].
    pub fn new(units: u64) -> Result<Self, NotATail> {
        if (1..=TAIL_ONE).contains(&units) { Ok(Self(units)) } else { Err(NotATail(units)) }
    }

    /// Returns a probability as a tail; what is no number counts as no surprise.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to the units of a tail before"
    )]
    pub fn of(probability: f64) -> Self {
        let units = if probability.is_nan() { 1.0 } else { probability } * TAIL_ONE as f64;
        Self(units.ceil().clamp(1.0, TAIL_ONE as f64) as u64)
    }

    /// Returns the tail of an observed count under a forecast: `P(Y >= observed)`.
    #[must_use]
    pub fn under(forecast: &dyn Predictive, observed: u64) -> Self {
        Self::of(forecast.at_least(observed))
    }

    /// Returns the tail of a count among others of its kind, the count itself one of them: `(1 + n') / (1 + n)` with
    /// `n` others, `n'` of them as large or larger.
    ///
    /// Holds its level whatever the counts look like, if the kind is as it was. Source: Vovk, Gammerman and Shafer
    /// (2005), conformal p-values.
    #[must_use]
    pub fn among(as_large: u64, others: u64) -> Self {
        let (whole, part) = (u128::from(others) + 1, u128::from(as_large.min(others)) + 1);
        let units = (part * u128::from(TAIL_ONE)).div_ceil(whole);
        Self(u64::try_from(units).unwrap_or(TAIL_ONE))
    }

    /// Returns the units of `1e-12`.
    #[must_use]
    pub const fn units(self) -> u64 {
        self.0
    }

    /// Returns the probability.
    #[must_use]
    pub fn probability(self) -> f64 {
        self.0 as f64 / TAIL_ONE as f64
    }

    /// Returns the probability for people: `one in 90`, `one in 4e7`.
    #[must_use]
    pub fn one_in(self) -> String {
        let times = 1.0 / self.probability();
        if times < 1e6 { format!("one in {times:.0}") } else { format!("one in {times:.0e}") }
    }

    /// Returns the surprise in bits: 5 is one in 32, 0 is none.
    #[must_use]
    pub fn bits(self) -> f64 {
        -self.probability().log2()
    }

    /// Returns the bits that count against "as forecast" however often one looks: `log2` of the e-value
    /// `1 / (2 sqrt p)`. They add up over periods, and a sum over `b` happens with a probability of at most `2^-b`, ever.
    ///
    /// Source: Vovk and Wang (2021), "E-values", calibrator with `kappa` one half; Ville's inequality.
    #[must_use]
    pub fn evidence_bits(self) -> f64 {
        self.bits() / 2.0 - 1.0
    }
}

impl From<Tail> for u64 {
    fn from(tail: Tail) -> Self {
        tail.0
    }
}

impl TryFrom<u64> for Tail {
    type Error = NotATail;

    fn try_from(units: u64) -> Result<Self, NotATail> {
        Self::new(units)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forecast::{Component, Mixture};

    #[test]
    fn bits_are_halvings() {
        assert!((Tail::of(1.0 / 32.0).bits() - 5.0).abs() < 1e-9);
        assert!(Tail::ONE.bits().abs() < 1e-12);
        assert_eq!(
            (Tail::of(0.0).units(), Tail::of(f64::NAN), Tail::of(7.0)),
            (1, Tail::ONE, Tail::ONE)
        );
        let told = [1.0, 1.0 / 90.0, 1e-6, 0.0].map(|p| Tail::of(p).one_in());
        assert_eq!(told, ["one in 1", "one in 90", "one in 1e6", "one in 1e12"]);
        assert_eq!(
            (Tail::new(0), Tail::new(TAIL_ONE + 1)),
            (Err(NotATail(0)), Err(NotATail(TAIL_ONE + 1)))
        );
    }

    /// `scipy.stats.poisson.sf(9, 4)`: 0.00813224279.
    #[test]
    fn a_tail_holds_the_count_itself() {
        let four = Mixture::new(vec![(1.0, Component::Poisson { mean: 4.0 })]).unwrap();
        let tail = Tail::under(&four.distribution(), 10);
        assert!((tail.probability() - 0.008_132_242_79).abs() < 1e-9, "{tail:?}");
        assert_eq!(Tail::under(&four.distribution(), 0), Tail::ONE);
    }

    #[test]
    fn a_count_is_one_of_its_kind() {
        assert_eq!(Tail::among(0, 99).units(), TAIL_ONE / 100);
        assert_eq!((Tail::among(99, 99), Tail::among(0, 0)), (Tail::ONE, Tail::ONE));
    }

    /// The mean of the e-value over evenly spread tails is one: it promises nothing where nothing happens.
    #[test]
    fn evidence_is_fair() {
        let even = (0..100_000).map(|at| (f64::from(at) + 0.5) / 1e5);
        let mean = even.map(|p| Tail::of(p).evidence_bits().exp2()).sum::<f64>() / 1e5;
        assert!((mean - 1.0).abs() < 0.01, "{mean}");
    }
}
