//! Whether one forecaster is better than another, or was lucky.

use crate::forecast::random;

/// Times that the countries are drawn anew.
pub const RESAMPLES: usize = 2000;

/// How much lower (negative) or higher one mean score is than another, as a share of the other.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Difference {
    /// Of the units as they are.
    pub share: f64,
    /// Below it lie 5 % of the resamples.
    pub low: f64,
    /// Above it lie 5 %.
    pub high: f64,
}

/// Compares two forecasters' summed scores by unit: the units are drawn anew, each time the same ones for both.
///
/// `pairs`: for each unit, the sum of one forecaster's scores and of the other's over the same cells, each unit with as many
/// cells. A unit's months hang together, so that it is drawn whole. `None` if the other's scores sum to nothing.
#[must_use]
pub fn bootstrap(pairs: &[(f64, f64)], seed: u64) -> Option<Difference> {
    let share = |sums: (f64, f64)| sums.0 / sums.1 - 1.0;
    let add = |a: (f64, f64), b: &(f64, f64)| (a.0 + b.0, a.1 + b.1);
    let whole = pairs.iter().fold((0.0, 0.0), add);
    if whole.1 <= 0.0 {
        return None;
    }
    let draw = |round: usize| {
        let first = (round * pairs.len()) as u64;
        let drawn = (first..first + pairs.len() as u64)
            .map(|counter| &pairs[random::below(pairs.len(), seed, counter)]);
        drawn.fold((0.0, 0.0), add)
    };
    let mut shares: Vec<f64> =
        (0..RESAMPLES).map(draw).filter(|sums| sums.1 > 0.0).map(share).collect();
    shares.sort_by(f64::total_cmp);
    let at = |part: usize| shares[(shares.len() * part / 100).min(shares.len() - 1)];
    Some(Difference { share: share(whole), low: at(5), high: at(95) })
}

/// Returns the Diebold-Mariano statistic of one forecaster's mean scores by month against another's; negative: better.
///
/// `lags`: how many months beyond its own a score hangs together with, one less than the horizon. With Harvey's
/// correction it is compared with Student's t of one degree of freedom less than there are months: beyond 2 in size, chance
/// is no likely reason. `None` for fewer than two months more than `lags`, or where the variance comes out at nothing.
///
/// Source: Diebold and Mariano (1995); Harvey, Leybourne and Newbold (1997), eq. 9.
#[must_use]
pub fn diebold_mariano(ours: &[f64], others: &[f64], lags: usize) -> Option<f64> {
    let differences: Vec<f64> = ours.iter().zip(others).map(|(a, b)| a - b).collect();
    let n = differences.len();
    if ours.len() != others.len() || n < lags + 2 {
        return None;
    }
    let mean = differences.iter().sum::<f64>() / n as f64;
    let covariance = |lag: usize| {
        let pairs = differences.iter().zip(&differences[lag..]);
        pairs.map(|(a, b)| (a - mean) * (b - mean)).sum::<f64>() / n as f64
    };
    let variance = (covariance(0) + 2.0 * (1..=lags).map(covariance).sum::<f64>()) / n as f64;
    let (n, h) = (n as f64, lags as f64 + 1.0);
    let correction = ((n + 1.0 - 2.0 * h + h * (h - 1.0) / n) / n).sqrt();
    (variance > 0.0).then(|| correction * mean / variance.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_gain_has_a_narrow_interval_and_a_lucky_one_does_not() {
        let steady: Vec<_> =
            (1..=50).map(|unit| (f64::from(unit) * 0.9, f64::from(unit))).collect();
        let told = bootstrap(&steady, 1).unwrap();
        assert!((told.share + 0.1).abs() < 1e-12 && told.high - told.low < 1e-9, "{told:?}");
        let mut lucky = vec![(1.0, 1.0); 50];
        lucky[7] = (1.0, 20.0);
        let told = bootstrap(&lucky, 1).unwrap();
        assert!(told.low < -0.3 && told.high >= 0.0, "{told:?}");
        assert_eq!((bootstrap(&[(1.0, 0.0)], 1), bootstrap(&[], 1)), (None, None));
        assert_eq!(bootstrap(&lucky, 1), bootstrap(&lucky, 1));
    }

    #[test]
    fn the_statistic_is_that_of_another_computation() {
        // By numpy 2.4.6 from the papers' formulas; with two lags the variance comes out below 0.
        let ours = [1.0, 2.0, 3.0, 2.5, 2.0, 4.0, 3.0, 1.0];
        let others = [1.5, 2.5, 2.8, 3.0, 3.0, 4.2, 3.5, 2.0];
        let found = diebold_mariano(&ours, &others, 0).unwrap();
        assert!((found + 3.600_411_499_115_477_6).abs() < 1e-12, "{found}");
        assert_eq!(diebold_mariano(&ours, &others, 2), None);
        assert_eq!(diebold_mariano(&ours, &others[1..], 0), None);
        assert_eq!(diebold_mariano(&ours, &ours, 0), None);
    }
}
