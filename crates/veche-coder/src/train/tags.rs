//! Trains the tagger.

use super::Recipe;
use super::pack::{self, Entry};
use super::perceptron::{Random, Weights};
use super::treebank::Tree;
use crate::model::table::{Sums, Table, best};
use crate::model::{CLASSES_MAX, Kind, hash, write};
use crate::tag::{CERTAIN, Tag, Words, features};
use std::collections::BTreeMap;

/// A form is in the dictionary if it was seen so often.
const SEEN_MIN: usize = 3;

/// A form has one class only if it was seen so often, and never otherwise but once in so many times.
const CERTAIN_MIN: usize = 20;
const CERTAIN_SHARE: usize = 200;

/// Pairs of tags that are seen more rarely are learnt as the most frequent one with the same universal part of speech.
const CLASS_MIN: usize = 10;

/// Trains a tagger, and returns its model.
pub(crate) fn train(trees: &[&Tree], recipe: &Recipe) -> Vec<u8> {
    let classes = Classes::of(trees);
    let dictionary = dictionary(trees, &classes, recipe.dictionary_buckets);
    let Some(table) = Table::read(&dictionary) else { return Vec::new() };
    let look_up = |form: u64| table.find(form);
    let mut examples: Vec<(Words, Vec<u8>)> = trees
        .iter()
        .map(|tree| (Words::new(&tree.words, look_up), classes.all(&tree.tags)))
        .collect();
    let (mut weights, mut random) = (Weights::new(), Random(recipe.seed));
    for round in 1..=recipe.tag_rounds {
        random.shuffle(&mut examples);
        for (words, wanted) in &examples {
            learn(
                &mut weights,
                words,
                wanted,
                classes.tags.len(),
                recipe.tag_margin,
                round == recipe.tag_rounds,
            );
        }
    }
    let rows = pack::rows(&weights.averaged(), recipe.tag_buckets);
    let codes: Vec<[u8; 2]> = classes.tags.iter().map(|tag| tag.code()).collect();
    write(Kind::Tags, &codes, &[&dictionary, &rows])
}

fn learn(
    weights: &mut Weights,
    words: &Words,
    wanted: &[u8],
    classes: usize,
    margin: i32,
    counts: bool,
) {
    let (mut given, mut keys) = (Vec::new(), Vec::new());
    for (at, wanted) in wanted.iter().enumerate() {
        if let Some(class) = words.certain(at) {
            given.push(class);
            continue;
        }
        keys.clear();
        features(words, at, &given, &mut keys);
        if counts {
            weights.count(&keys);
        }
        let mut sums: Sums = [0; CLASSES_MAX];
        weights.add(&keys, &mut sums);
        given.push(best(&sums, classes));
        sums[usize::from(*wanted)] -= margin;
        let rival = best(&sums, classes);
        if rival != *wanted {
            weights.update(&keys, *wanted, 1);
            weights.update(&keys, rival, -1);
        }
        weights.step();
    }
}

/// The classes that are learnt.
struct Classes {
    tags: Vec<Tag>,
    of: BTreeMap<Tag, u8>,
}

impl Classes {
    fn of(trees: &[&Tree]) -> Self {
        let mut seen: BTreeMap<Tag, usize> = BTreeMap::new();
        for tag in trees.iter().flat_map(|tree| &tree.tags) {
            *seen.entry(*tag).or_default() += 1;
        }
        let frequent = |tag: &Tag| {
            let same = seen.iter().filter(|(other, _)| other.upos == tag.upos);
            let most = same.max_by_key(|(_, count)| **count).map(|(tag, _)| *tag);
            if seen.get(tag).is_some_and(|count| *count >= CLASS_MIN) { Some(*tag) } else { most }
        };
        let mut tags: Vec<Tag> = seen.keys().filter_map(frequent).collect();
        tags.sort_unstable();
        tags.dedup();
        let class = |tag: &Tag| {
            let at = frequent(tag).and_then(|tag| tags.binary_search(&tag).ok());
            at.and_then(|at| u8::try_from(at).ok()).unwrap_or(0)
        };
        let of = seen.keys().map(|tag| (*tag, class(tag))).collect();
        Self { tags, of }
    }

    fn all(&self, tags: &[Tag]) -> Vec<u8> {
        tags.iter().map(|tag| self.of.get(tag).copied().unwrap_or(0)).collect()
    }
}

/// Returns the table of frequent forms: each one's most frequent class, and whether it has no other.
fn dictionary(trees: &[&Tree], classes: &Classes, buckets: usize) -> Vec<u8> {
    let mut forms: BTreeMap<&str, BTreeMap<u8, usize>> = BTreeMap::new();
    for tree in trees {
        for (word, class) in tree.words.iter().zip(classes.all(&tree.tags)) {
            *forms.entry(word).or_default().entry(class).or_default() += 1;
        }
    }
    let entries = forms.into_iter().filter_map(|(form, seen)| {
        let all: usize = seen.values().sum();
        let (class, most) = seen.into_iter().max_by_key(|(class, count)| (*count, 255 - class))?;
        let is_certain = all >= CERTAIN_MIN && (all - most) * CERTAIN_SHARE <= all;
        let value = u16::from(class) | if is_certain { CERTAIN } else { 0 };
        let entry = Entry { key: hash::text(form), matters: all as u64, value };
        (all >= SEEN_MIN).then_some(entry)
    });
    pack::table(entries.collect(), buckets)
}
