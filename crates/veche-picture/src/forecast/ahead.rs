//! What a run says of the months ahead of one unit, whichever rule says it.

use super::bins::Bins;
use super::distribution::{Distribution, whole};
use super::ladder::Recent;
use super::mixture::Mixture;
use super::sums::{self, Chances};
use std::borrow::Cow;

/// What is forecast of the months ahead of a unit, the first one first.
#[derive(Debug, Clone, PartialEq)]
pub struct Ahead(Months);

#[derive(Debug, Clone, PartialEq)]
enum Months {
    /// The same for all, as a mixture.
    Same(Mixture),
    /// Another for each, as tables; at least one.
    Each(Vec<Distribution>),
}

/// What a rule that learns says of one month: class probabilities, and the rule whose shape it has within a class.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Said {
    /// The shape.
    pub shape: Recent,
    /// By class.
    pub bins: Bins,
}

impl Ahead {
    /// Returns the forecast that is the same for all months.
    #[must_use]
    pub const fn same(month: Mixture) -> Self {
        Self(Months::Same(month))
    }

    /// Returns the forecast of a unit with these counts by what is said of each month; `None` without counts or months.
    #[must_use]
    pub fn each(counts: &[f64], said: &[Said]) -> Option<Self> {
        let mut shapes: Vec<(Recent, Distribution)> = Vec::new();
        let mut months = Vec::with_capacity(said.len());
        for Said { shape, bins } in said {
            let at = match shapes.iter().position(|(of, _)| of == shape) {
                Some(at) => at,
                None => {
                    shapes.push((*shape, shape.mixture(counts)?.distribution()));
                    shapes.len() - 1
                }
            };
            months.push(shapes[at].1.with_bins(bins));
        }
        (!months.is_empty()).then_some(Self(Months::Each(months)))
    }

    /// Returns the mixture, where one is the same for all months.
    #[must_use]
    pub const fn mixture(&self) -> Option<&Mixture> {
        match &self.0 {
            Months::Same(month) => Some(month),
            Months::Each(_) => None,
        }
    }

    /// Returns the table of the month so many ahead, 1 or more; of the last that there is, if that is further than all.
    #[must_use]
    pub fn distribution(&self, ahead: usize) -> Cow<'_, Distribution> {
        match &self.0 {
            Months::Same(month) => Cow::Owned(month.distribution()),
            Months::Each(months) => Cow::Borrowed(table(months, ahead)),
        }
    }

    /// Returns the probability of a count or more in that month.
    #[must_use]
    pub fn tail(&self, ahead: usize, count: u64) -> f64 {
        match &self.0 {
            Months::Same(month) => month.tail(count),
            Months::Each(months) => table(months, ahead).at_least(count),
        }
    }

    /// Returns the smallest count that a share `q` of that month's mass does not exceed.
    #[must_use]
    pub fn quantile(&self, ahead: usize, q: f64) -> u64 {
        match &self.0 {
            Months::Same(month) => month.tail_quantile(q),
            Months::Each(months) => whole(table(months, ahead).quantile(q)),
        }
    }

    /// Returns the probability of each class in that month.
    #[must_use]
    pub fn bins(&self, ahead: usize) -> Bins {
        match &self.0 {
            Months::Same(month) => month.tail_bins(),
            Months::Each(months) => table(months, ahead).bins(),
        }
    }

    /// Returns the mean of that month.
    #[must_use]
    pub fn mean(&self, ahead: usize) -> f64 {
        match &self.0 {
            Months::Same(month) => month.mean(),
            Months::Each(months) => table(months, ahead).mean(),
        }
    }

    /// Returns the chances of sums of months.
    #[must_use]
    pub fn chances(&self) -> Chances {
        match &self.0 {
            Months::Same(month) => sums::chances(month),
            Months::Each(months) => sums::chances_of(months),
        }
    }

    /// Returns the chance of so many in the first three months, at most as many as chances of sums are told of.
    #[must_use]
    pub fn chance_soon(&self, deaths: u64) -> f64 {
        match &self.0 {
            Months::Same(month) => sums::chance_soon(month, deaths),
            Months::Each(months) => sums::chance_soon_of(months, deaths),
        }
    }
}

fn table(months: &[Distribution], ahead: usize) -> &Distribution {
    let last = months.len() - 1;
    &months[ahead.saturating_sub(1).min(last)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forecast::bins::BINS;

    #[test]
    fn a_mixture_told_as_tables_says_the_same() {
        let counts: Vec<f64> = (0..40).map(|at| f64::from(at % 7 * 9)).collect();
        let mixture = Recent::DEFAULT.mixture(&counts).unwrap();
        let said = Said { shape: Recent::DEFAULT, bins: mixture.tail_bins() };
        let (same, each) = (Ahead::same(mixture), Ahead::each(&counts, &[said; 12]).unwrap());
        for ahead in [1, 12, 99] {
            assert!((same.tail(ahead, 25) - each.tail(ahead, 25)).abs() < 1e-9);
            assert!((same.mean(ahead) - each.mean(ahead)).abs() < 1e-6);
            for q in [0.05, 0.5, 0.95] {
                assert_eq!(same.quantile(ahead, q), each.quantile(ahead, q));
            }
            let pairs = same.bins(ahead).into_iter().zip(each.bins(ahead));
            assert!(pairs.into_iter().all(|(a, b)| (a - b).abs() < 1e-9));
        }
    }

    #[test]
    fn each_month_has_its_own_classes() {
        let counts = [30.0; 40];
        let month = |share: f64| {
            let mut bins = [0.0; BINS];
            (bins[0], bins[5]) = (1.0 - share, share);
            Said { shape: Recent::DEFAULT, bins }
        };
        let ahead = Ahead::each(&counts, &[month(0.2), month(0.4)]).unwrap();
        assert!((ahead.tail(1, 26) - 0.2).abs() < 1e-9 && (ahead.tail(2, 26) - 0.4).abs() < 1e-9);
        assert_eq!(Ahead::each(&counts, &[]), None);
        assert_eq!(Ahead::each(&[], &[month(0.2)]), None);
    }
}
