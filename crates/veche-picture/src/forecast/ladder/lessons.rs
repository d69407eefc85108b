//! The rows that the trees of L4 learn from: what was known at each past month, and what came of it.

use super::boosted::{Learning, Memo, starts};
use super::features;
use crate::forecast::bins::BINS;
use crate::forecast::panel::Past;
use crate::forecast::random;

/// Months of history that a row needs.
const HISTORY_MIN: usize = 24;
/// Months without a death after which a unit is quiet.
const QUIET_MONTHS: usize = 120;

/// Figures, answers and weights by row.
#[derive(Debug, Default)]
pub struct Rows {
    /// As many figures a row as [`width`](features::width) says.
    pub values: Vec<f32>,
    /// What L2 said of each.
    pub starts: Vec<[f64; BINS - 1]>,
    /// What came.
    pub outcomes: Vec<f64>,
    /// As how many rows each counts.
    pub weights: Vec<f32>,
}

/// Returns the rows of all months of a past that had history enough and of which it is known what came.
#[must_use]
pub fn rows(past: Past<'_>, learning: Learning) -> Rows {
    let mut rows = Rows::default();
    let mut memo = Memo::new();
    for ago in 1..past.months().saturating_sub(HISTORY_MIN) {
        let world = features::world(past, ago);
        for unit in 0..past.len() {
            add(past, learning, (unit, ago), world, &mut memo, &mut rows);
        }
    }
    rows
}

/// Adds the rows of a unit as it was known so many months ago.
fn add(
    past: Past<'_>,
    learning: Learning,
    (unit, ago): (usize, usize),
    world: f64,
    memo: &mut Memo,
    rows: &mut Rows,
) {
    let (counts, whole) = (past.before(unit, ago), past.counts(unit));
    if counts.len() < HISTORY_MIN || whole.is_empty() {
        return;
    }
    let place = (ago * past.len() + unit) as u64;
    let mut weight = 0.5f64.powf(ago as f64 / 12.0 / learning.half_life_years);
    if counts.iter().rev().take(QUIET_MONTHS).all(|count| *count <= 0.0) {
        if !random::number(learning.seed, place).is_multiple_of(learning.quiet_every) {
            return;
        }
        weight *= learning.quiet_every as f64;
    }
    let row = features::Known::at(past, unit, ago, world).row();
    let starts = starts(counts, memo);
    for draw in 0..learning.rows_per_month {
        let horizon = horizon(learning, draw, place);
        let month = past.origin().and_then(|last| {
            let months = i32::try_from(horizon).ok()? - i32::try_from(ago).ok()?;
            last.plus(months)
        });
        let Some(month) = month.filter(|_| horizon <= ago) else { continue };
        rows.values.extend(features::ask(&row, horizon, month.month()));
        rows.starts.push(starts);
        rows.outcomes.push(whole[whole.len() - 1 - (ago - horizon)]);
        rows.weights.push(single(weight));
    }
}

/// Returns the horizon of a month's row: drawn from as many equal parts as there are rows, so that they differ.
fn horizon(learning: Learning, draw: usize, place: u64) -> usize {
    let Learning { horizons, rows_per_month, seed, .. } = learning;
    let [begin, end] = [draw, draw + 1].map(|part| part * horizons / rows_per_month.max(1));
    1 + begin + random::below(end - begin, !seed, place)
}

#[expect(clippy::cast_possible_truncation, reason = "a weight of a row, about 1")]
const fn single(value: f64) -> f32 {
    value as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_months_rows_cover_all_horizons() {
        let mut seen = [0; 15];
        for place in 0..3000 {
            let of_month = [0, 1, 2].map(|draw| horizon(Learning::SHORT_MEMORY, draw, place));
            assert!(of_month.is_sorted_by(|a, b| a < b), "{of_month:?}");
            of_month.iter().for_each(|horizon| seen[*horizon] += 1);
        }
        assert!(seen[0] == 0 && seen[1..].iter().all(|times| *times > 400), "{seen:?}");
    }
}
