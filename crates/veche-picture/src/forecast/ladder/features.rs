//! What a learning model is told of a unit's past: figures of its own counts, and of the world's.

use crate::forecast::panel::Past;

/// Months back of single counts.
const LAGS: [usize; 9] = [0, 1, 2, 3, 4, 5, 6, 8, 11];
/// Months over which mean, maximum and share of months with deaths are formed.
const SPANS: [usize; 7] = [3, 6, 12, 24, 36, 60, 120];
/// Months over which the spread is formed.
const SPREADS: [usize; 3] = [6, 12, 24];
/// Deaths since whose last month the months are counted.
const LEVELS: [f64; 6] = [1.0, 5.0, 25.0, 100.0, 500.0, 1000.0];
/// Half-lives of weighted means, in months.
const HALF_LIVES: [f64; 3] = [3.0, 12.0, 36.0];
/// Months that a weighted mean reaches back.
const WEIGHTED_MONTHS: usize = 120;
/// How many figures a row has.
pub const WIDTH: usize =
    LAGS.len() + 3 * SPANS.len() + SPREADS.len() + LEVELS.len() + HALF_LIVES.len() + 2 + 3;
/// A month as far back as any is asked for: "never" is told as this many.
const NEVER: usize = 240;

/// Returns the figures of a unit's counts up to a month; `world`: the mean of all units over the last year.
///
/// Counts are told as `ln(1 + deaths)`.
#[must_use]
pub fn row(counts: &[f64], world: f64, horizon: usize, month_of_year: usize) -> [f32; WIDTH] {
    let back = |months: usize| counts.len().checked_sub(months + 1).map_or(0.0, |at| counts[at]);
    let last = |months: usize| &counts[counts.len().saturating_sub(months)..];
    let mut row = [0.0; WIDTH];
    let mut places = row.iter_mut();
    let mut tell = |value: f64| {
        if let Some(place) = places.next() {
            *place = single(value);
        }
    };
    LAGS.iter().for_each(|lag| tell(back(*lag).ln_1p()));
    for span in SPANS {
        let months = last(span);
        tell(mean(months).ln_1p());
        tell(months.iter().copied().fold(0.0, f64::max).ln_1p());
        tell(months.iter().filter(|count| **count > 0.0).count() as f64 / span as f64);
    }
    SPREADS.iter().for_each(|span| tell(spread(last(*span))));
    for level in LEVELS {
        let since = counts.iter().rev().take(NEVER).position(|count| *count >= level);
        tell((since.unwrap_or(NEVER) as f64).ln_1p());
    }
    HALF_LIVES.iter().for_each(|half_life| tell(weighted(counts, *half_life).ln_1p()));
    tell(mean(last(3)).ln_1p() - mean(last(12)).ln_1p());
    tell(mean(last(12)).ln_1p() - mean(last(36)).ln_1p());
    tell(world.ln_1p());
    tell(horizon as f64);
    tell(month_of_year as f64);
    row
}

/// Returns the mean of all units over the year before `months` ago.
#[must_use]
pub fn world(past: Past<'_>, months: usize) -> f64 {
    let (mut sum, mut cells) = (0.0, 0.0);
    for unit in 0..past.len() {
        for count in past.before(unit, months).iter().rev().take(12) {
            sum += count;
            cells += 1.0;
        }
    }
    if cells > 0.0 { sum / cells } else { 0.0 }
}

fn mean(counts: &[f64]) -> f64 {
    if counts.is_empty() { 0.0 } else { counts.iter().sum::<f64>() / counts.len() as f64 }
}

/// Returns the standard deviation of `ln(1 + deaths)`.
fn spread(counts: &[f64]) -> f64 {
    let logs: Vec<f64> = counts.iter().map(|count| count.ln_1p()).collect();
    let centre = mean(&logs);
    let squares: Vec<f64> = logs.iter().map(|log| (log - centre).powi(2)).collect();
    mean(&squares).sqrt()
}

fn weighted(counts: &[f64], half_life: f64) -> f64 {
    let factor = 0.5f64.powf(1.0 / half_life);
    let (mut weight, mut sum, mut weights) = (1.0, 0.0, 0.0);
    for count in counts.iter().rev().take(WEIGHTED_MONTHS) {
        sum += weight * count;
        weights += weight;
        weight *= factor;
    }
    if weights > 0.0 { sum / weights } else { 0.0 }
}

#[expect(clippy::cast_possible_truncation, reason = "figures of logarithms, shares and months")]
const fn single(value: f64) -> f32 {
    value as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_of_a_row_is_told() {
        let told = row(&[0.0, 7.0, 3.0, 1.0, 2.0, 900.0], 2.0, 5, 11);
        assert!((told[0] - single(901f64.ln())).abs() < 1e-6);
        assert!((told[WIDTH - 2] - 5.0).abs() < 1e-6 && (told[WIDTH - 1] - 11.0).abs() < 1e-6);
        let nothing = row(&[], 0.0, 1, 1);
        assert!(nothing.iter().all(|value| value.is_finite()));
        // Never is as long ago as can be told.
        assert!(nothing.iter().filter(|value| **value > 5.0).count() == LEVELS.len());
    }
}
