//! Training of a [`Choice`](crate::event::choice): multinomial logistic regression by stochastic gradient descent, in integers.

use super::pack;
use super::perceptron::{Feature, Random};
use crate::event::choice::{NOTHING, power};

/// Orders of the examples in which a model is learnt.
const ORDERS: u64 = 8;

/// One thing chosen from, or "nothing".
#[derive(Clone, Debug)]
pub(crate) struct Example {
    /// Features that all things share.
    pub(crate) shared: Vec<u64>,
    /// The features of each thing.
    pub(crate) things: Vec<Vec<u64>>,
    /// Things with their classes, from 1, of which any may have been meant; empty for nothing.
    pub(crate) gold: Vec<(usize, u8)>,
    /// How much it counts, in hundredths.
    pub(crate) weight: u32,
    /// True if "nothing" does not stand to choice: what is learnt is which class, if any.
    pub(crate) closed: bool,
}

/// How a choice is trained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChoiceRecipe {
    /// Where random order begins.
    pub seed: u64,
    /// Rounds over all examples.
    pub rounds: u32,
    /// The first step, in thousandths.
    pub step: u32,
    /// By how much a weight shrinks when its feature is seen, in millionths.
    pub shrink: u32,
    /// Features seen less often than this are left out.
    pub seen_min: u32,
    /// A weight below this is left out of the model, in thousandths of a natural unit.
    pub weight_min: i32,
    /// Buckets of the weights.
    pub buckets: usize,
    /// By how much sums are flattened after training, in hundredths: 100 leaves them as they are.
    pub flatten: u32,
}

/// A trained choice: parts of a model file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Packed {
    pub(crate) rows: Vec<u8>,
    pub(crate) meta: Vec<u8>,
}

/// One weight or probability of one, in training.
pub(super) const ONE: i64 = 1 << 16;

/// Bits in a natural unit: 1 / ln 2, in 2^-16.
pub(super) const BITS: i64 = 94_548;

/// An example whose features are numbers of rows.
struct Indexed<'e> {
    shared: Vec<u32>,
    things: Vec<Vec<u32>>,
    from: &'e Example,
}

struct Trainer {
    classes: usize,
    /// By row and class, in 2^-16 of a natural unit.
    weights: Vec<i32>,
    /// How often a row was seen so far, each sight with the weight of its example, in hundredths.
    seen: Vec<u32>,
    recipe: ChoiceRecipe,
    /// Of a step's length after so many sights, in 2^-16.
    lengths: Vec<i64>,
}

/// Trains a choice among so many classes, "nothing" among them.
pub(crate) fn train(examples: &[Example], classes: usize, recipe: &ChoiceRecipe) -> Packed {
    let counts = counts(examples, recipe.seen_min);
    let keys: Vec<u64> = counts.iter().map(|(key, _)| *key).collect();
    let row = |key: &u64| keys.binary_search(key).ok().and_then(|at| u32::try_from(at).ok());
    let rows = |keys: &Vec<u64>| keys.iter().filter_map(row).collect::<Vec<u32>>();
    let indexed: Vec<Indexed<'_>> = examples
        .iter()
        .map(|from| Indexed {
            shared: rows(&from.shared),
            things: from.things.iter().map(rows).collect(),
            from,
        })
        .collect();
    // In another order of examples other weights come out; what several orders agree on is worth more than any one of them.
    let mut trainer = Trainer::new(keys.len(), classes, recipe);
    let mut sums = vec![0_i64; trainer.weights.len()];
    for order in 0..ORDERS {
        let weights = trainer.in_order(&indexed, recipe.seed + order);
        for (sum, weight) in sums.iter_mut().zip(weights) {
            *sum += i64::from(*weight);
        }
    }
    let of = i64::try_from(ORDERS).unwrap_or(1);
    for (weight, sum) in trainer.weights.iter_mut().zip(&sums) {
        *weight = i32::try_from(sum / of).unwrap_or(0);
    }
    trainer.packed(&counts)
}

/// Returns each key that enough examples have, ascending, with what these weigh together, in hundredths.
fn counts(examples: &[Example], seen_min: u32) -> Vec<(u64, u64)> {
    let keys = |example: &Example| {
        let mut own: Vec<u64> =
            example.things.iter().flatten().chain(&example.shared).copied().collect();
        own.sort_unstable();
        own.dedup();
        (own, example.weight)
    };
    counts_of(examples.iter().map(keys), seen_min)
}

/// The same for the keys of each example, each once, with what it weighs.
pub(super) fn counts_of(
    examples: impl Iterator<Item = (Vec<u64>, u32)>,
    seen_min: u32,
) -> Vec<(u64, u64)> {
    let weighed =
        examples.flat_map(|(keys, weight)| keys.into_iter().map(move |key| (key, weight)));
    let mut all: Vec<(u64, u32)> = weighed.collect();
    all.sort_unstable();
    let of_key = all.chunk_by(|(one, _), (other, _)| one == other);
    of_key
        .filter(|same| u32::try_from(same.len()).is_ok_and(|count| count >= seen_min))
        .filter_map(|same| {
            let (key, _) = same.first()?;
            Some((*key, same.iter().map(|(_, weight)| u64::from(*weight)).sum()))
        })
        .collect()
}

/// Returns how many bits a sum is worth in a packed model, in 2^-32: the largest weight becomes 127 squared. `flatten` as in a recipe.
pub(super) fn bits_of(weights: impl Iterator<Item = i64>, flatten: u32) -> u64 {
    let largest = weights.map(i64::abs).max().unwrap_or(1).max(1);
    let bits = i128::from(largest) * i128::from(BITS) / (127 * 127);
    u64::try_from(bits * 100 / i128::from(flatten.max(1))).unwrap_or(0)
}

impl Trainer {
    fn new(rows: usize, classes: usize, recipe: &ChoiceRecipe) -> Self {
        /// Steps after more sights than this are as short as after it.
        const SIGHTS_MAX: u64 = 1 << 14;
        // 1 / sqrt(1 + n / 4).
        let length = |n: u64| {
            let root = ((4 + n) << 32).isqrt();
            i64::try_from((2_u64 << 32) / root.max(1)).unwrap_or(ONE)
        };
        Self {
            classes,
            weights: vec![0; rows * classes],
            seen: vec![0; rows],
            recipe: recipe.clone(),
            lengths: (0..SIGHTS_MAX).map(length).collect(),
        }
    }

    /// Forgets what was learnt, and learns from all examples, in an order of chance.
    fn in_order(&mut self, examples: &[Indexed<'_>], seed: u64) -> &[i32] {
        self.weights.fill(0);
        self.seen.fill(0);
        let mut order: Vec<usize> = (0..examples.len()).collect();
        let mut random = Random(seed);
        for round in 0..self.recipe.rounds {
            random.shuffle(&mut order);
            for at in &order {
                self.learn(&examples[*at], round);
            }
        }
        &self.weights
    }

    fn row(&self, row: u32) -> &[i32] {
        let start = row as usize * self.classes;
        self.weights.get(start..start + self.classes).unwrap_or_default()
    }

    fn sums(&self, rows: &[u32], from: &[i64]) -> Vec<i64> {
        let mut sums = from.to_vec();
        for row in rows {
            for (sum, weight) in sums.iter_mut().zip(self.row(*row)) {
                *sum += i64::from(*weight);
            }
        }
        sums
    }

    fn learn(&mut self, example: &Indexed<'_>, round: u32) {
        let common = self.sums(&example.shared, &vec![0; self.classes]);
        let sums: Vec<Vec<i64>> =
            example.things.iter().map(|rows| self.sums(rows, &common)).collect();
        let (mut nothing, mut pairs) = gradient(&sums, common[NOTHING], example.from);
        for part in pairs.iter_mut().flatten().chain([&mut nothing]) {
            *part = *part * i64::from(example.from.weight) / 100;
        }
        let mut shared = vec![0; self.classes];
        shared[NOTHING] = nothing;
        for (rows, own) in example.things.iter().zip(&pairs) {
            for (total, pair) in shared.iter_mut().zip(own) {
                *total += pair;
            }
            self.descend(rows, own, round, example.from.weight);
        }
        self.descend(&example.shared, &shared, round, example.from.weight);
    }

    fn descend(&mut self, rows: &[u32], gradient: &[i64], round: u32, weight: u32) {
        let left = i64::from(self.recipe.rounds - round);
        let step = i64::from(self.recipe.step) * left / i64::from(self.recipe.rounds);
        if gradient.iter().all(|part| part.abs() < 8) {
            return;
        }
        for row in rows {
            let at = *row as usize;
            let sights = self.seen[at];
            self.seen[at] = sights.saturating_add(weight);
            let length = self.lengths[(sights as usize / 100).min(self.lengths.len() - 1)];
            let by = step * length / 1000;
            let weights = &mut self.weights[at * self.classes..(at + 1) * self.classes];
            for (weight, part) in weights.iter_mut().zip(gradient) {
                let shrunk = i64::from(*weight) * i64::from(self.recipe.shrink) / 1_000_000;
                let moved = i64::from(*weight) - ((by * part) >> 16) - ((shrunk * length) >> 16);
                *weight = i32::try_from(moved).unwrap_or(0);
            }
        }
    }

    fn packed(&self, counts: &[(u64, u64)]) -> Packed {
        let least = i64::from(self.recipe.weight_min) * ONE / 1000;
        let features: Vec<Feature> = (0..)
            .zip(counts)
            .map(|(row, (key, seen))| {
                let weights = self.row(row).iter().map(|weight| i64::from(*weight));
                let weights = weights.map(|weight| if weight.abs() < least { 0 } else { weight });
                Feature { key: *key, seen: *seen, weights: (0..).zip(weights).collect() }
            })
            .collect();
        let rows = pack::rows(&features, self.recipe.buckets);
        let weights = self.weights.iter().map(|weight| i64::from(*weight));
        let meta = bits_of(weights, self.recipe.flatten).to_le_bytes().to_vec();
        Packed { rows, meta }
    }
}

/// Returns by how much nothing, and each thing for each class, is too likely, in 2^-16.
fn gradient(sums: &[Vec<i64>], nothing: i64, example: &Example) -> (i64, Vec<Vec<i64>>) {
    let top = sums
        .iter()
        .flat_map(|own| own.iter().skip(1))
        .chain([&nothing])
        .copied()
        .max()
        .unwrap_or(0);
    let part = |sum: i64| i64::try_from(power(((top - sum) * BITS) >> 16) >> 16).unwrap_or(0);
    let parts: Vec<Vec<i64>> = sums
        .iter()
        .map(|own| {
            (0..)
                .zip(own)
                .map(|(class, sum)| if class == NOTHING { 0 } else { part(*sum) })
                .collect()
        })
        .collect();
    let none = if example.closed { 0 } else { part(nothing) };
    let gold = &example.gold;
    let total = parts.iter().flatten().sum::<i64>() + none;
    let meant = |thing: usize, class: usize| {
        gold.iter().any(|(own, of)| *own == thing && usize::from(*of) == class)
    };
    let right: i64 = gold
        .iter()
        .filter_map(|(thing, class)| parts.get(*thing)?.get(usize::from(*class)))
        .sum::<i64>();
    let share = |part: i64, of: i64| if of == 0 { 0 } else { part * ONE / of };
    let pairs = (0..).zip(&parts).map(|(thing, own)| {
        let of = |(class, part): (usize, &i64)| {
            let target = if meant(thing, class) {
                if right == 0 {
                    ONE / i64::try_from(gold.len()).unwrap_or(1)
                } else {
                    share(*part, right)
                }
            } else {
                0
            };
            share(*part, total) - target
        };
        (0..).zip(own).map(of).collect()
    });
    let target = if gold.is_empty() { ONE } else { 0 };
    (share(none, total) - target, pairs.collect())
}
