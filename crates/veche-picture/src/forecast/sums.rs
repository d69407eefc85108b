//! How likely months in a row have so many deaths together.
//!
//! What a forecast says of each month does not say how the months hang together. Two answers are easy: each month falls
//! to any of the mixture's components anew, or the component that the first month falls to stays for all of them. The
//! first takes a war for over as often as a month of peace comes round, and the second leaves a country in peace for a
//! year because one month was. What is told is half of each. It needs no constant that could be fitted, keeps the mean,
//! and is never below the chance of any one of the months.
//!
//! Where a forecast is a table for each month and not one mixture for all, there are no components. The second answer is then
//! that the months rise and fall together: each has the same quantile. Half of each again; with one month, both are that
//! month's own chance.
//!
//! It was chosen, for mixtures, from about fifteen ways on the origins of 1995 to 2016, past windows of as many months among them, and did
//! best on those of 2017 to 2021 too: `docs/forecast-guide.md`, section Sums.

use super::distribution::Distribution;
use super::mixture::{Component, MEAN_MAX, Mixture};

/// How many months are added up.
pub const SPANS: [usize; 3] = [3, 6, 12];
/// From how many deaths on a chance is told.
pub const DEATHS: [u64; 3] = [25, 100, 1000];

/// Mass that makes no difference to a chance that is told in thousandths.
const NEGLECTED: f64 = 1e-15;

/// Chances of as many deaths as [`DEATHS`] says or more, by span of [`SPANS`].
pub type Chances = [[f64; DEATHS.len()]; SPANS.len()];

/// Returns the chances from what is forecast of each month, which is the same for all of them.
#[must_use]
pub fn chances(month: &Mixture) -> Chances {
    let most = DEATHS[DEATHS.len() - 1];
    let anew = spans_anew(month, most);
    let mut told = [[0.0; DEATHS.len()]; SPANS.len()];
    for ((row, span), anew) in told.iter_mut().zip(SPANS).zip(&anew) {
        for (chance, deaths) in row.iter_mut().zip(DEATHS) {
            *chance = half_of_each(staying(month, span, deaths), anew, deaths);
        }
    }
    told
}

/// Returns the chance of so many deaths or more in the first of [`SPANS`].
#[must_use]
pub fn chance_soon(month: &Mixture, deaths: u64) -> f64 {
    let anew = thrice(&month.masses_below(whole(deaths)));
    half_of_each(staying(month, SPANS[0], deaths), &anew, deaths)
}

/// Returns the chances from what is forecast of each month ahead, the first one first.
///
/// A span that is longer than there are months has the chances of those there are.
#[must_use]
pub fn chances_of(months: &[Distribution]) -> Chances {
    let mut told = [[0.0; DEATHS.len()]; SPANS.len()];
    for (row, span) in told.iter_mut().zip(SPANS) {
        *row = chances_within(months.get(..span).unwrap_or(months), DEATHS);
    }
    told
}

/// Returns the chance of so many deaths or more in the first of [`SPANS`], at most [`DEATHS`]'s last.
#[must_use]
pub fn chance_soon_of(months: &[Distribution], deaths: u64) -> f64 {
    let [chance] = chances_within(months.get(..SPANS[0]).unwrap_or(months), [deaths]);
    chance
}

fn chances_within<const N: usize>(months: &[Distribution], deaths: [u64; N]) -> [f64; N] {
    let most = whole(deaths.iter().copied().max().unwrap_or_default());
    let masses: Vec<Vec<f64>> = months.iter().map(|month| month.masses_below(most)).collect();
    let nothing = || {
        let mut sum = vec![0.0; most];
        sum.first_mut().into_iter().for_each(|mass| *mass = 1.0);
        sum
    };
    let anew = masses.iter().fold(nothing(), |sum, month| sum_of(&sum, month));
    let together = Together::of(&masses);
    deaths.map(|deaths| half_of_each(together.chance(deaths), &anew, deaths))
}

/// Months that all have the same quantile.
struct Together {
    /// By month: the probability of each count or less.
    upto: Vec<Vec<f64>>,
    /// All of these, ascending: between two, no month's quantile changes.
    steps: Vec<f64>,
}

impl Together {
    fn of(masses: &[Vec<f64>]) -> Self {
        let upto = |month: &Vec<f64>| {
            let mut sum = 0.0;
            month
                .iter()
                .map(|mass| {
                    sum += mass;
                    sum
                })
                .collect()
        };
        let upto: Vec<Vec<f64>> = masses.iter().map(upto).collect();
        let mut steps: Vec<f64> =
            std::iter::once(0.0).chain(upto.iter().flatten().copied()).collect();
        steps.sort_by(f64::total_cmp);
        Self { upto, steps }
    }

    /// Returns the chance of so many deaths or more, at most as many as the masses go to.
    fn chance(&self, deaths: u64) -> f64 {
        let too_few = |step: &f64| {
            let quantile = |month: &Vec<f64>| month.partition_point(|upto| upto <= step) as u64;
            self.upto.iter().map(quantile).sum::<u64>() < deaths
        };
        let at = self.steps.partition_point(too_few);
        let chance = self.steps.get(at).map_or(0.0, |step| 1.0 - step);
        // What is left by rounding alone is no chance.
        if chance > NEGLECTED * 1e3 { chance } else { 0.0 }
    }
}

fn half_of_each(staying: f64, anew: &[f64], deaths: u64) -> f64 {
    let below: f64 = anew.iter().zip(0..deaths).map(|(mass, _)| mass).sum();
    let anew = 1.0 - below;
    // What is left by rounding alone is no chance.
    f64::midpoint(staying, if anew > NEGLECTED * 1e3 { anew.min(1.0) } else { 0.0 })
}

/// Returns the chance where one component has all the months: of as many negative binomials alike, the sum is another.
fn staying(month: &Mixture, months: usize, deaths: u64) -> f64 {
    let n = months as f64;
    let chance = |component: &Component| {
        let whole = match *component {
            Component::Point(count) => {
                return f64::from(u8::from(u64::from(count) * months as u64 >= deaths));
            }
            Component::Poisson { mean } => Component::Poisson { mean: (mean * n).min(MEAN_MAX) },
            Component::NegativeBinomial { mean, size } => {
                Component::NegativeBinomial { mean: mean * n, size: size * n }
            }
        };
        whole.tail(deaths)
    };
    month.parts().iter().map(|(weight, component)| weight * chance(component)).sum()
}

/// Returns the masses below a count of each span's sum where each month is drawn anew.
fn spans_anew(month: &Mixture, below: u64) -> [Vec<f64>; SPANS.len()] {
    let three = thrice(&month.masses_below(whole(below)));
    let six = sum_of(&three, &three);
    let twelve = sum_of(&six, &six);
    [three, six, twelve]
}

fn whole(deaths: u64) -> usize {
    usize::try_from(deaths).unwrap_or(usize::MAX)
}

fn thrice(one: &[f64]) -> Vec<f64> {
    sum_of(&sum_of(one, one), one)
}

/// Returns the masses of the sum of two counts, as far as they go.
fn sum_of(first: &[f64], second: &[f64]) -> Vec<f64> {
    let mut sum = vec![0.0; first.len()];
    for (at, mass) in first.iter().enumerate().filter(|(_, mass)| **mass > NEGLECTED) {
        for (sum, other) in sum[at..].iter_mut().zip(second) {
            *sum += mass * other;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forecast::ladder::Recent;
    use crate::forecast::random;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn more_months_and_fewer_deaths_are_likelier(
            counts in prop::collection::vec(0u16..1200, 12..40),
        ) {
            let counts: Vec<f64> = counts.iter().map(|count| f64::from(count % 700)).collect();
            let month = Recent::DEFAULT.mixture(&counts).unwrap();
            let told = chances(&month);
            for (at, deaths) in DEATHS.iter().enumerate() {
                let mut less = month.tail(*deaths);
                for row in &told {
                    prop_assert!(row[at] >= less - 1e-9, "{told:?}");
                    less = row[at];
                }
            }
            for row in &told {
                // Two chances near one may differ by their rounding.
                prop_assert!(row[0] >= row[1] - 1e-9 && row[1] >= row[2] - 1e-9, "{told:?}");
            }
            prop_assert!((chance_soon(&month, 25) - told[0][0]).abs() < 1e-9);
            let tables = vec![month.distribution(); 12];
            let told = chances_of(&tables);
            for (at, deaths) in DEATHS.iter().enumerate() {
                let mut less = month.tail(*deaths);
                for row in &told {
                    prop_assert!(row[at] >= less - 1e-9, "{told:?}");
                    less = row[at];
                }
            }
            prop_assert!((chance_soon_of(&tables, 25) - told[0][0]).abs() < 1e-9);
        }
    }

    fn table(parts: &[(f64, u32)]) -> Distribution {
        let part = |(weight, count): &(f64, u32)| (*weight, Component::Point(*count));
        Mixture::new(parts.iter().map(part).collect()).unwrap().distribution()
    }

    #[test]
    fn months_that_rise_together_have_the_sum_of_their_quantiles() {
        let (low, high) = (table(&[(0.9, 0), (0.1, 30)]), table(&[(0.5, 0), (0.5, 10)]));
        // The worst tenth of both is 30 + 10; the next four tenths have 10 alone.
        let masses: Vec<_> = [&low, &high].map(|month| month.masses_below(100)).into();
        let together = Together::of(&masses);
        for (deaths, wanted) in [(1, 0.5), (10, 0.5), (11, 0.1), (40, 0.1), (41, 0.0)] {
            assert!((together.chance(deaths) - wanted).abs() < 1e-12, "{deaths}");
        }
        // Months that do not hang together: 40 needs both.
        let told = chances_within(&[low, high], [11, 40]);
        assert!((told[0] - 0.1).abs() < 1e-12, "{told:?}");
        assert!((told[1] - f64::midpoint(0.1, 0.05)).abs() < 1e-12, "{told:?}");
    }

    #[test]
    fn a_single_month_and_certain_months_have_their_own_chances() {
        let one = table(&[(0.7, 0), (0.2, 25), (0.1, 2000)]);
        let told = chances_of(std::slice::from_ref(&one));
        for row in told {
            for (chance, deaths) in row.iter().zip(DEATHS) {
                assert!((chance - one.at_least(deaths)).abs() < 1e-12, "{told:?}");
            }
        }
        let certain = vec![table(&[(1.0, 9)]); 12];
        // Nine a month: 27, 54 and 108.
        let told = chances_of(&certain).map(|row| row.map(|chance| chance > 0.5));
        let (no, yes) = (false, true);
        assert_eq!(told, [[yes, no, no], [yes, no, no], [yes, yes, no]]);
        let is_certain = |chance: &f64| chance.min(1.0 - chance).abs() < 1e-12;
        assert!(chances_of(&certain).iter().flatten().all(is_certain));
        assert_eq!(chances_of(&vec![table(&[(1.0, 0)]); 12]), [[0.0; 3]; 3]);
        assert!((chance_soon_of(&certain, 27) - 1.0).abs() < 1e-12);
        assert!(chance_soon_of(&certain, 28).abs() < 1e-12);
    }

    /// Twenty thousand futures, half of them with one component for all months.
    #[test]
    fn the_chance_is_that_of_futures_drawn_one_by_one() {
        let parts =
            [(0.5, Component::Point(0)), (0.3, Component::Point(12)), (0.2, Component::Point(60))];
        let month = Mixture::new(parts.to_vec()).unwrap();
        let draw = |counter| match random::share(5, counter) {
            share if share < 0.5 => 0,
            share if share < 0.8 => 12,
            _ => 60,
        };
        for (row, span) in chances(&month).iter().zip([3u64, 6, 12]) {
            let futures = 20_000;
            let sum = |future: u64| -> u64 {
                let first = future * 12;
                let stays = future.is_multiple_of(2);
                (0..span).map(|at| draw(if stays { first } else { first + at })).sum()
            };
            for (chance, deaths) in row.iter().zip(DEATHS) {
                let seen = (0..futures).filter(|future| sum(*future) >= deaths).count();
                let seen = seen as f64 / futures as f64;
                assert!((chance - seen).abs() < 0.015, "{span} {deaths}: {chance} {seen}");
            }
        }
    }
}
