//! How the weights of joining are found: a logistic regression over pairs of reports of which it is known whether they tell of one event.

use super::alike::{FEATURES, Features, WEIGHTS, features};
use super::mention::Mention;
use std::collections::BTreeMap;

/// Features whose weights are set by hand: copies are too few, and of another town it is decided, not learnt, that it is another event.
pub const BY_HAND: [&str; 2] = ["another town", "copies"];
/// How strongly weights are drawn to nothing: half of this times the sum of their squares is taken from the logarithm of likelihood.
pub const RIDGE: f64 = 6.0;
/// To what weights are rounded, in hundredths.
pub const ROUND: f64 = 5.0;
/// Most steps: eight are enough where the classes overlap.
const STEPS_MAX: usize = 50;
/// A step that moves no weight by more is the last.
const STEP_MIN: f64 = 1e-10;

/// A pair of reports: what they have in common, and whether they tell of one event.
pub type Pair = (Features, bool);

/// Weights in natural logarithms of odds, in the order of [`WEIGHTS`].
pub type Fitted = [f64; FEATURES];

/// Returns all pairs of mentions; `event` has the event of each document, and a mention of another document is left out.
#[must_use]
pub fn pairs(mentions: &[Mention], event: &BTreeMap<&str, &str>) -> Vec<Pair> {
    let of = |mention: &Mention| event.get(mention.document.as_str()).copied();
    let known: Vec<(&Mention, &str)> =
        mentions.iter().filter_map(|mention| Some((mention, of(mention)?))).collect();
    let mut pairs = Vec::new();
    for (at, (one, event)) in known.iter().enumerate() {
        let others = known.iter().skip(at + 1);
        pairs.extend(others.map(|(other, others)| (features(one, other), event == others)));
    }
    pairs
}

/// Returns the weights that make the pairs likeliest, less what `ridge` takes; those of [`BY_HAND`] stay as they are.
///
/// The first feature is there in each pair and is not drawn to nothing. None where the equations have no one answer: too few pairs, and no
/// ridge. The same pairs in the same order give the same bits.
///
/// Source: Newton's method for the penalised likelihood; le Cessie and van Houwelingen (1992), section 2.
#[must_use]
pub fn fit(pairs: &[Pair], ridge: f64) -> Option<Fitted> {
    let by_hand = WEIGHTS.map(|(name, _)| BY_HAND.contains(&name));
    let mut weights =
        WEIGHTS.map(
            |(name, weight)| {
                if BY_HAND.contains(&name) { f64::from(weight) / 100.0 } else { 0.0 }
            },
        );
    for _ in 0..STEPS_MAX {
        let step = step(pairs, ridge, &weights, &by_hand)?;
        for (weight, step) in weights.iter_mut().zip(step) {
            *weight += step;
        }
        if step.iter().all(|step| step.abs() <= STEP_MIN) {
            return Some(weights);
        }
    }
    None
}

/// Returns weights as they are committed: in hundredths, rounded to [`ROUND`].
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "weights are a few logarithms of odds")]
pub fn rounded(weights: &Fitted) -> [i32; FEATURES] {
    weights.map(|weight| ((weight * 100.0 / ROUND).round() * ROUND) as i32)
}

/// A row of the equations of a step, and what it comes to.
type Row = ([f64; FEATURES], f64);

/// Returns how far each weight moves.
fn step(
    pairs: &[Pair],
    ridge: f64,
    weights: &Fitted,
    by_hand: &[bool; FEATURES],
) -> Option<Fitted> {
    let mut rows: [Row; FEATURES] = [([0.0; FEATURES], 0.0); FEATURES];
    for (found, is_one) in pairs {
        let found = found.map(f64::from);
        let sum: f64 = found.iter().zip(weights).map(|(found, weight)| found * weight).sum();
        let p = 1.0 / (1.0 + libm::exp(-sum));
        let (missed, spread) = (f64::from(u8::from(*is_one)) - p, p * (1.0 - p));
        for ((row, to), one) in rows.iter_mut().zip(found) {
            if one != 0.0 {
                *to += missed * one;
                row.iter_mut().zip(found).for_each(|(cell, other)| *cell += spread * one * other);
            }
        }
    }
    for (at, ((row, to), weight)) in rows.iter_mut().zip(weights).enumerate() {
        let own = if at == 0 { 0.0 } else { ridge };
        *to -= own * weight;
        *row.get_mut(at)? += own;
    }
    // What is set by hand does not move: its row says so, and its column has no effect.
    for (at, _) in by_hand.iter().enumerate().filter(|(_, by_hand)| **by_hand) {
        rows.iter_mut().for_each(|(row, _)| {
            row.iter_mut().skip(at).take(1).for_each(|cell| *cell = 0.0);
        });
        let (row, to) = rows.get_mut(at)?;
        (*row, *to) = ([0.0; FEATURES], 0.0);
        *row.get_mut(at)? = 1.0;
    }
    solved(rows)
}

/// Solves equations by Gauss's elimination, the greatest cell of each column first; none if they have no one answer.
fn solved(mut rows: [Row; FEATURES]) -> Option<Fitted> {
    for at in 0..FEATURES {
        let size = |row: &Row| row.0.get(at).map_or(0.0, |cell| cell.abs());
        let below = rows.iter().enumerate().skip(at);
        let (pivot, _) = below.max_by(|one, other| size(one.1).total_cmp(&size(other.1)))?;
        rows.swap(at, pivot);
        let head = *rows.get(at)?;
        let first = *head.0.get(at)?;
        if first.abs() < 1e-12 {
            return None;
        }
        for (row, to) in rows.iter_mut().skip(at + 1) {
            let times = row.get(at)? / first;
            row.iter_mut().zip(head.0).for_each(|(cell, of)| *cell -= times * of);
            *to -= times * head.1;
        }
    }
    let mut found = [0.0; FEATURES];
    for (at, (row, to)) in rows.iter().enumerate().rev() {
        let known: f64 = row.iter().zip(found).skip(at + 1).map(|(cell, found)| cell * found).sum();
        *found.get_mut(at)? = (to - known) / row.get(at)?;
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many pairs with the features at these places.
    fn put(pairs: &mut Vec<Pair>, at: &[usize], right: usize, wrong: usize) {
        let mut found = [0; FEATURES];
        for at in at.iter().copied().chain([0]) {
            found[at] = 1;
        }
        pairs.extend((0..right + wrong).map(|pair| (found, pair < right)));
    }

    #[test]
    fn a_table_of_four_gives_the_logarithms_of_its_odds() {
        let mut pairs = Vec::new();
        put(&mut pairs, &[], 10, 30);
        put(&mut pairs, &[4], 60, 20);
        // A little ridge, so that the features that no pair has come to nothing.
        let weights = fit(&pairs, 1e-6).unwrap();
        assert!((weights[0] + 3.0_f64.ln()).abs() < 1e-5, "{weights:?}");
        assert!((weights[4] - 9.0_f64.ln()).abs() < 1e-5, "{weights:?}");
        assert_eq!((rounded(&weights)[0], rounded(&weights)[4], weights[6]), (-110, 220, 0.0));
        assert!(fit(&pairs, 6.0).unwrap()[4] < weights[4], "drawn to nothing");
        assert_eq!(fit(&pairs, 0.0), None, "features that no pair has have no weight of their own");
    }

    #[test]
    fn what_is_set_by_hand_stays_and_is_taken_into_account() {
        let town = WEIGHTS.iter().position(|(name, _)| *name == "another town").unwrap();
        let mut pairs = Vec::new();
        put(&mut pairs, &[], 50, 50);
        put(&mut pairs, &[town, 4], 50, 50);
        let weights = fit(&pairs, 1e-6).unwrap();
        assert_eq!(rounded(&weights)[town], WEIGHTS[town].1);
        assert!((weights[4] - 2.0).abs() < 1e-5, "{weights:?}");
    }
}
