//! Change points: how long the present regime has lasted, and how sure that is.
//!
//! Within a regime counts are negative binomial of a known size `k`; their mean is not known, and its prior is that of a
//! beta distribution on the negative binomial's probability. A regime ends in any month with probability 1/24.
//!
//! Source: Adams and `MacKay` (2007), "Bayesian online changepoint detection", algorithm 1, with the beta-negative-binomial
//! predictive.

/// Probability that a regime ends in a month: it lasts two years in the mean.
pub const HAZARD: f64 = 1.0 / 24.0;
/// Longest run that is told apart; a longer one counts as this long.
pub const RUN_MAX: usize = 240;
/// Runs of at most so many months count as a recent change.
pub const RECENT_MONTHS: usize = 3;
/// Weight of the prior, in months' worth of its first parameter beyond one.
const PRIOR_SHAPE: f64 = 2.0;

/// What counts are like within a regime, before any is seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Regime {
    /// Size of the negative binomial; the larger, the nearer to Poisson. Above 0.
    pub size: f64,
    /// Mean that is expected of a new regime; above 0.
    pub mean: f64,
}

/// How long the present regime has lasted, at a month.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct RunLength {
    /// The likeliest number of months that the regime has lasted, this one included (1 or more).
    pub months: usize,
    /// The probability of just that number.
    pub probability: f64,
    /// The probability of at most [`RECENT_MONTHS`].
    pub recent: f64,
}

/// What has been seen in a run, and its probability.
#[derive(Debug, Clone, Copy)]
struct Run {
    log_probability: f64,
    shape: f64,
    sum: f64,
}

/// Returns the run length at each month of a series, from nothing but the months up to it.
///
/// `None` if the regime's size or mean is not above 0.
#[must_use]
pub fn run_lengths(counts: &[u64], regime: Regime) -> Option<Vec<RunLength>> {
    if !(regime.size > 0.0 && regime.mean > 0.0) {
        return None;
    }
    // Its mean is `size sum / (shape - 1)`.
    let sum = regime.mean * (PRIOR_SHAPE - 1.0) / regime.size;
    let fresh = Run { log_probability: 0.0, shape: PRIOR_SHAPE, sum };
    let mut runs: Vec<Run> = Vec::new();
    let step = |count: &u64| {
        runs = next(&runs, *count as f64, regime.size, fresh);
        told(&runs)
    };
    Some(counts.iter().map(step).collect())
}

/// Returns the runs after one more count, the shortest first.
fn next(runs: &[Run], count: f64, size: f64, fresh: Run) -> Vec<Run> {
    let (ends, goes_on) =
        if runs.is_empty() { (0.0, 0.0) } else { (HAZARD.ln(), (1.0 - HAZARD).ln()) };
    // Before this count the run had ended, or not; a run that ended leaves a fresh one, whatever its length was.
    let started = Run { log_probability: ends, ..fresh };
    let going =
        runs.iter().map(|run| Run { log_probability: run.log_probability + goes_on, ..*run });
    let mut after: Vec<Run> = std::iter::once(started)
        .chain(going)
        .map(|run| Run {
            log_probability: run.log_probability + log_predictive(run, count, size),
            shape: run.shape + size,
            sum: run.sum + count,
        })
        .collect();
    let longest = if after.len() > RUN_MAX { after.pop() } else { None };
    if let Some((longest, last)) = longest.zip(after.last_mut()) {
        let larger = last.log_probability.max(longest.log_probability);
        let smaller = last.log_probability.min(longest.log_probability);
        last.log_probability = larger + (smaller - larger).exp().ln_1p();
    }
    normalised(after)
}

fn normalised(mut runs: Vec<Run>) -> Vec<Run> {
    let largest = runs.iter().map(|run| run.log_probability).fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = runs.iter().map(|run| (run.log_probability - largest).exp()).sum();
    runs.iter_mut().for_each(|run| run.log_probability -= largest + sum.ln());
    runs
}

/// Returns the logarithm of the probability of a count under a run's beta-negative-binomial.
fn log_predictive(run: Run, count: f64, size: f64) -> f64 {
    let log_beta = |a: f64, b: f64| libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b);
    libm::lgamma(size + count) - libm::lgamma(size) - libm::lgamma(count + 1.0)
        + log_beta(run.shape + size, run.sum + count)
        - log_beta(run.shape, run.sum)
}

fn told(runs: &[Run]) -> RunLength {
    let probabilities = (1..).zip(runs.iter().map(|run| run.log_probability.exp()));
    let mut told = RunLength { months: 1, probability: 0.0, recent: 0.0 };
    for (months, probability) in probabilities {
        if probability > told.probability {
            (told.months, told.probability) = (months, probability);
        }
        told.recent += if months <= RECENT_MONTHS { probability } else { 0.0 };
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    const REGIME: Regime = Regime { size: 2.0, mean: 10.0 };

    /// The probabilities of all counts sum to one; the mean is the prior's.
    #[test]
    fn the_predictive_is_a_distribution() {
        let run = Run { log_probability: 0.0, shape: 5.0, sum: 20.0 };
        let mass = |count: u32| log_predictive(run, f64::from(count), 2.0).exp();
        let sum: f64 = (0..20_000).map(mass).sum();
        let mean: f64 = (0..20_000).map(|count| f64::from(count) * mass(count)).sum();
        assert!((sum - 1.0).abs() < 1e-6, "{sum}");
        assert!((mean - 2.0 * 20.0 / 4.0).abs() < 0.01, "{mean}");
    }

    #[test]
    fn a_lasting_change_is_found_and_dated() {
        let counts = [vec![4, 6, 5, 3, 5, 4, 6, 5, 4, 5, 6, 4], vec![120, 90, 150, 110]].concat();
        let runs = run_lengths(&counts, REGIME).unwrap();
        assert_eq!((runs[11].months, runs[15].months), (12, 4));
        assert!(runs[11].recent < 0.2 && runs[13].recent > 0.9, "{runs:?}");
        assert!(runs[15].probability > 0.9, "{runs:?}");
    }

    #[test]
    fn what_follows_changes_no_earlier_run() {
        let counts: Vec<u64> = (0..300).map(|at| 3 + at % 4).collect();
        let whole = run_lengths(&counts, REGIME).unwrap();
        let cut = run_lengths(&counts[..100], REGIME).unwrap();
        assert_eq!(whole[..100], cut[..]);
        // A run longer than is told apart has the longest length.
        assert_eq!(whole[299].months, RUN_MAX);
        assert!(whole[299].recent < 0.1, "{:?}", whole[299]);
        assert_eq!(run_lengths(&counts, Regime { size: 0.0, mean: 1.0 }), None);
    }

    #[test]
    fn no_probability_is_lost_with_the_longest_runs() {
        let fresh = Run { log_probability: 0.0, shape: 2.0, sum: 5.0 };
        let runs = (0..300).fold(Vec::new(), |runs, at| next(&runs, f64::from(at % 4), 2.0, fresh));
        let sum: f64 = runs.iter().map(|run| run.log_probability.exp()).sum();
        assert!((sum - 1.0).abs() < 1e-9 && runs.len() == RUN_MAX, "{sum} {}", runs.len());
    }
}
