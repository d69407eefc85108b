//! Training of the model of contexts: a logistic regression for each, by stochastic gradient descent, in integers.

use super::choice::{BITS, ONE, Packed, bits_of, counts_of};
use super::pack;
use super::perceptron::{Feature, Random};
use crate::event::choice::power;
use crate::ontology::Context;

/// How the model of contexts is trained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContextRecipe {
    /// Where random order begins.
    pub seed: u64,
    /// Rounds over all sentences.
    pub rounds: u32,
    /// The first step, in thousandths.
    pub step: u32,
    /// By how much a weight shrinks when its feature is seen, in millionths.
    pub shrink: u32,
    /// Features seen less often than this are left out.
    pub seen_min: u32,
    /// How much more must speak for a context than against it, in hundredths of a bit: what is left out of a table speaks mostly against.
    pub margin: i64,
    /// Buckets of the weights.
    pub buckets: usize,
}

/// A sentence's features, each once, and its contexts by their places in the ontology.
#[derive(Clone, Debug)]
pub(crate) struct Matter {
    pub(crate) keys: Vec<u64>,
    pub(crate) contexts: Vec<usize>,
}

/// Trains the model: rows, and as meta what a sum is worth and what speaks for each context before any word.
pub(crate) fn train(examples: &[Matter], recipe: &ContextRecipe) -> Packed {
    let classes = Context::all().count();
    let counts = counts_of(examples.iter().map(|one| (one.keys.clone(), 100)), recipe.seen_min);
    let keys: Vec<u64> = counts.iter().map(|(key, _)| *key).collect();
    // Behind the rows of the features one more: what speaks for a context before any word.
    let mut weights = vec![0_i64; (keys.len() + 1) * classes];
    let rows: Vec<Vec<usize>> = examples
        .iter()
        .map(|one| {
            let known = one.keys.iter().filter_map(|key| keys.binary_search(key).ok());
            known.chain([keys.len()]).collect()
        })
        .collect();
    let mut order: Vec<usize> = (0..examples.len()).collect();
    let mut random = Random(recipe.seed);
    for round in 0..recipe.rounds {
        random.shuffle(&mut order);
        let left = i64::from(recipe.rounds - round);
        let step = i64::from(recipe.step) * left / i64::from(recipe.rounds);
        for at in &order {
            for class in 0..classes {
                let is_told = examples[*at].contexts.contains(&class);
                let places = rows[*at].iter().map(|row| row * classes + class);
                learn(&mut weights, places, is_told, (step, recipe.shrink));
            }
        }
    }
    packed(&weights, &counts, recipe)
}

/// Moves the weights at these places towards whether a context is told, by a step and with a shrinking.
fn learn(
    weights: &mut [i64],
    places: impl Iterator<Item = usize> + Clone,
    is_told: bool,
    (step, shrink): (i64, u32),
) {
    let sum: i64 = places.clone().map(|at| weights[at]).sum();
    let wrong = chance(sum) - i64::from(is_told) * ONE;
    // What is as good as right moves nothing.
    if wrong.abs() < ONE / 64 {
        return;
    }
    for at in places {
        let shrunk = weights[at] * i64::from(shrink) / 1_000_000;
        weights[at] -= step * wrong / 1000 + shrunk;
    }
}

fn packed(weights: &[i64], counts: &[(u64, u64)], recipe: &ContextRecipe) -> Packed {
    let classes = Context::all().count();
    let (weights, before) = weights.split_at(counts.len() * classes);
    let features: Vec<Feature> = weights
        .chunks_exact(classes)
        .zip(counts)
        .map(|(row, (key, seen))| Feature {
            key: *key,
            seen: *seen,
            weights: (0..).zip(row.iter().copied()).collect(),
        })
        .collect();
    let mut meta = bits_of(weights.iter().copied(), 100).to_le_bytes().to_vec();
    let margin = recipe.margin * ONE / 100;
    meta.extend(before.iter().flat_map(|sum| (((sum * BITS) >> 16) - margin).to_le_bytes()));
    Packed { rows: pack::rows(&features, recipe.buckets), meta }
}

/// Returns the probability that a sum stands for, in 2^-16.
fn chance(sum: i64) -> i64 {
    let bits = (sum * BITS) >> 16;
    let (whole, other) = (power(0), power(bits.abs()));
    let part = if bits < 0 { other } else { whole };
    i64::try_from((u128::from(part) << 16) / u128::from(whole + other)).unwrap_or(0)
}
