//! Scores of one forecast against what happened; lower is better in all of them.

pub mod calibration;
pub mod compare;

use super::bins::{BINS, Bins, class_of};
use super::distribution::Distribution;
use super::draws::Draws;

/// Draws that the challenge counts for the ignorance score; fewer stand for as many as that.
const IGNORANCE_DRAWS: f64 = 1000.0;
/// Outcomes outside the 90 % interval cost their distance times this: `2 / 0.1`.
const MISS_FACTOR: f64 = 20.0;
/// Deaths in a month from which VIEWS speaks of conflict.
pub const CONFLICT_DEATHS: u64 = 25;

/// What scores ask of a forecast. A table and draws answer, each exactly.
pub trait Predictive {
    /// Returns the continuous ranked probability score, in deaths.
    ///
    /// 0 is certainty of what happened; certainty of something else costs its distance.
    ///
    /// Source: Gneiting and Raftery (2007), eq. 20 and 21; over draws the empirical distribution, `E|X - y| - E|X - X'| / 2`,
    /// as properscoring and the VIEWS challenge, not the "fair" variant.
    fn crps(&self, observed: u64) -> f64;

    /// Returns the same score on the scale of `ln(1 + deaths)`, so that one war does not decide the mean.
    ///
    /// Source: Bosse et al. (2023), "Scoring epidemiological forecasts on transformed scales".
    fn crps_log(&self, observed: u64) -> f64;

    /// Returns the probability of each class of deaths.
    fn bins(&self) -> Bins;

    /// Returns how many draws the class probabilities count as, for the ignorance score.
    fn weight(&self) -> f64;

    /// Returns a quantile.
    fn quantile(&self, q: f64) -> f64;

    /// Returns the probability of a count or more.
    fn at_least(&self, count: u64) -> f64;

    /// Returns the ignorance score: the bits that the observed class came as a surprise.
    ///
    /// One pseudo-draw is added to each class: 0.0143 at best and 9.98 at worst, with 1000 draws. Fewer draws count as
    /// 1000 that repeat them in equal parts; they are never resampled.
    ///
    /// Source: VIEWS Prediction Challenge 2023/24; Roulston and Smith (2002).
    fn ignorance(&self, observed: u64) -> f64 {
        let (share, draws) = (self.bins()[class_of(observed)], self.weight());
        -((share * draws + 1.0) / (draws + BINS as f64)).log2()
    }

    /// Returns the interval score of the central 90 %, in deaths: its width, and twenty times what is missed by.
    ///
    /// Source: Gneiting and Raftery (2007), eq. 43, with `alpha` 0.1.
    fn interval_score(&self, observed: u64) -> f64 {
        let (low, high, observed) = (self.quantile(0.05), self.quantile(0.95), observed as f64);
        (high - low)
            + MISS_FACTOR * (low - observed).max(0.0)
            + MISS_FACTOR * (observed - high).max(0.0)
    }

    /// Returns whether what happened lies within the central 90 %, ends included.
    fn covers(&self, observed: u64) -> bool {
        (self.quantile(0.05)..=self.quantile(0.95)).contains(&(observed as f64))
    }
}

impl Predictive for Distribution {
    fn crps(&self, observed: u64) -> f64 {
        self.squared_distance(observed, false)
    }

    fn crps_log(&self, observed: u64) -> f64 {
        self.squared_distance(observed, true)
    }

    fn bins(&self) -> Bins {
        Self::bins(self)
    }

    fn weight(&self) -> f64 {
        IGNORANCE_DRAWS
    }

    fn quantile(&self, q: f64) -> f64 {
        Self::quantile(self, q)
    }

    fn at_least(&self, count: u64) -> f64 {
        Self::at_least(self, count)
    }
}

impl Predictive for Draws {
    fn crps(&self, observed: u64) -> f64 {
        self.distance(observed as f64, |value| value)
    }

    fn crps_log(&self, observed: u64) -> f64 {
        self.distance(observed as f64, f64::ln_1p)
    }

    fn bins(&self) -> Bins {
        Self::bins(self)
    }

    fn weight(&self) -> f64 {
        IGNORANCE_DRAWS.max(self.sorted().len() as f64)
    }

    fn quantile(&self, q: f64) -> f64 {
        Self::quantile(self, q)
    }

    fn at_least(&self, count: u64) -> f64 {
        Self::at_least(self, count)
    }
}

/// Returns the Brier score of a probability: its squared distance from 1 or 0.
///
/// 0 is certainty of what happened, 1 of the opposite. Source: Brier (1950), for one class.
#[must_use]
pub fn brier(probability: f64, happened: bool) -> f64 {
    (probability - f64::from(u8::from(happened))).powi(2)
}

/// The scores of one forecast, or their means over many.
#[derive(Debug, Clone, Copy, PartialEq, Default, serde::Serialize)]
pub struct Scores {
    /// [`Predictive::crps`].
    pub crps: f64,
    /// [`Predictive::ignorance`].
    pub ignorance: f64,
    /// [`Predictive::crps_log`].
    pub crps_log: f64,
    /// [`Predictive::interval_score`].
    pub interval: f64,
    /// [`brier`] of [`CONFLICT_DEATHS`] or more.
    pub brier: f64,
    /// 1 where the 90 % interval covers what happened.
    pub covered: f64,
}

impl Scores {
    /// Returns the scores of a forecast.
    #[must_use]
    pub fn of(forecast: &dyn Predictive, observed: u64) -> Self {
        Self {
            crps: forecast.crps(observed),
            ignorance: forecast.ignorance(observed),
            crps_log: forecast.crps_log(observed),
            interval: forecast.interval_score(observed),
            brier: brier(forecast.at_least(CONFLICT_DEATHS), observed >= CONFLICT_DEATHS),
            covered: f64::from(u8::from(forecast.covers(observed))),
        }
    }

    /// Returns the mean of scores; `None` without any.
    #[must_use]
    pub fn mean<'a>(scores: impl IntoIterator<Item = &'a Self>) -> Option<Self> {
        let (mut sum, mut count) = (Self::default(), 0.0);
        for one in scores {
            sum.crps += one.crps;
            sum.ignorance += one.ignorance;
            sum.crps_log += one.crps_log;
            sum.interval += one.interval;
            sum.brier += one.brier;
            sum.covered += one.covered;
            count += 1.0;
        }
        (count > 0.0).then(|| Self {
            crps: sum.crps / count,
            ignorance: sum.ignorance / count,
            crps_log: sum.crps_log / count,
            interval: sum.interval / count,
            brier: sum.brier / count,
            covered: sum.covered / count,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forecast::{Component, Mixture};

    #[track_caller]
    fn near(found: f64, wanted: f64, within: f64) {
        assert!((found - wanted).abs() <= within * wanted.abs().max(1.0), "{found} for {wanted}");
    }

    /// `properscoring.crps_ensemble` 0.1 (also of `log1p`), equal to `scoringrules.crps_ensemble(estimator="nrg")` 0.10.0,
    /// and `scoringrules.interval_score` over `numpy.quantile`.
    #[test]
    fn scores_of_draws_are_those_of_other_programs() {
        let draws = Draws::new(vec![0.0, 0.0, 1.0, 5.0, 12.0, 40.0]).unwrap();
        for (observed, crps, log, interval) in [
            (0, 3.0, 0.700_534_659_698_578_1, 33.0),
            (1, 2.666_666_666_666_667, 0.469_485_599_511_929_5, 33.0),
            (7, 3.333_333_333_333_333, 0.565_379_623_662_523_1, 33.0),
            (100, 83.666_666_666_666_66, 2.394_512_485_221_889_5, 1373.0),
        ] {
            near(draws.crps(observed), crps, 1e-12);
            near(draws.crps_log(observed), log, 1e-12);
            near(draws.interval_score(observed), interval, 1e-12);
        }
    }

    /// `scoringrules.crps_poisson` and `crps_negbinom`, 0.10.0.
    #[test]
    fn scores_of_single_components_are_those_of_another_program() {
        let score = |component, observed| {
            Mixture::new(vec![(1.0, component)]).unwrap().distribution().crps(observed)
        };
        for (observed, poisson, two, half) in [
            (0, 4.632_656_876_978_27, 5.897_821_187_077_385, 1.316_465_146_982_534),
            (3, 1.796_254_520_638_251_2, 3.365_413_779_669_979_5, 1.106_588_603_772_658),
            (50, 42.632_656_876_978_274, 35.909_175_951_719_5, 43.325_706_496_303_27),
        ] {
            near(score(Component::Poisson { mean: 6.0 }, observed), poisson, 1e-10);
            let wide = Component::NegativeBinomial { mean: 10.0, size: 2.0 };
            near(score(wide, observed), two, 1e-10);
            let wider = Component::NegativeBinomial { mean: 4.0, size: 0.5 };
            near(score(wider, observed), half, 1e-10);
        }
    }

    /// Summed by numpy over two million counts with `scipy.stats.nbinom.cdf`, scipy 1.17.1.
    #[test]
    fn scores_of_a_wide_mixture_are_those_of_a_plain_sum() {
        let parts = [(0.5, 0.0), (0.3, 10.0), (0.2, 30_000.0)]
            .map(|(weight, mean)| (weight, Component::NegativeBinomial { mean, size: 2.0 }));
        let table = Mixture::new(parts.to_vec()).unwrap().distribution();
        for (observed, crps, log) in [
            (0, 751.715_803_888_504_2, 0.793_345_852_172_892_3),
            (9, 753.150_774_526_132_3, 1.027_883_916_314_897),
            (26_000, 18_703.777_560_097_23, 5.761_338_097_940_801_5),
            (500_000, 488_745.715_803_889_27, 8.618_670_184_710_856),
        ] {
            near(table.crps(observed), crps, 1e-6);
            near(table.crps_log(observed), log, 1e-6);
        }
    }

    #[test]
    fn ignorance_runs_from_knowing_to_being_sure_of_the_wrong() {
        let none = Distribution::certain(0);
        near(none.ignorance(0), 0.014_341, 1e-4);
        near(none.ignorance(1), 9.981_567, 1e-4);
        // Twelve draws count as a thousand that repeat them.
        let draws = Draws::new(vec![0.0; 12]).unwrap();
        near(draws.ignorance(0), none.ignorance(0), 1e-12);
        near(brier(0.25, true), 0.5625, 1e-12);
        near(brier(0.25, false), 0.0625, 1e-12);
    }
}
