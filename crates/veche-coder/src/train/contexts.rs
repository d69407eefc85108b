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
    let rows: Vec<Vec<usize>> = examples
        .iter()
        .map(|one| one.keys.iter().filter_map(|key| keys.binary_search(key).ok()).collect())
        .collect();
    // The last row is what speaks for a context before any word.
    let mut weights = vec![0_i64; (keys.len() + 1) * classes];
    let mut order: Vec<usize> = (0..examples.len()).collect();
    let mut random = Random(recipe.seed);
    for round in 0..recipe.rounds {
        random.shuffle(&mut order);
        let left = i64::from(recipe.rounds - round);
        let step = i64::from(recipe.step) * left / i64::from(recipe.rounds);
        for at in &order {
            let own = || rows[*at].iter().copied().chain([keys.len()]);
            for class in 0..classes {
                let sum: i64 = own().map(|row| weights[row * classes + class]).sum();
                let is = i64::from(examples[*at].contexts.contains(&class)) * ONE;
                let wrong = chance(sum) - is;
                // What is as good as right moves nothing.
                if wrong.abs() < ONE / 64 {
                    continue;
                }
                for row in own() {
                    let weight = &mut weights[row * classes + class];
                    let shrunk = *weight * i64::from(recipe.shrink) / 1_000_000;
                    *weight -= step * wrong / 1000 + shrunk;
                }
            }
        }
    }
    let (before, weights) = {
        let at = keys.len() * classes;
        (weights[at..].to_vec(), &weights[..at])
    };
    let features: Vec<Feature> = weights
        .chunks_exact(classes)
        .zip(&counts)
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
