//! Learns the lemmatiser: rules for endings, and exceptions.

use super::Recipe;
use super::pack::{self, Entry};
use super::treebank::Tree;
use crate::english;
use crate::model::{Kind, write};
use crate::tag::{Penn, Rule, Upos, lemma_keys, lowered};
use std::collections::{BTreeMap, BTreeSet};

/// How often an ending must have been seen for a rule of its own.
const ENDING_MIN: usize = 3;

/// Learns lemmas from all words of the trees, and returns the model.
pub(crate) fn train(trees: &[&Tree], recipe: &Recipe) -> Vec<u8> {
    let mut words: BTreeMap<(&str, Penn, &str), usize> = BTreeMap::new();
    for tree in trees {
        for ((form, tag), lemma) in tree.words.iter().zip(&tree.tags).zip(&tree.lemmas) {
            *words.entry((form, tag.penn, lemma)).or_default() += 1;
        }
    }
    let paradigms = paradigms(trees);
    for (form, penn, lemma) in &paradigms {
        words.entry((form, *penn, lemma)).or_insert(1);
    }
    let mut rules: BTreeMap<Rule, usize> = BTreeMap::new();
    let mut seen: BTreeMap<u64, Seen> = BTreeMap::new();
    let mut small = String::new();
    for ((form, penn, lemma), count) in words {
        let Some(rule) = Rule::between(form, lemma) else { continue };
        let next = rules.len();
        let rule = *rules.entry(rule).or_insert(next);
        lowered(form, &mut small);
        let keys: Vec<u64> = lemma_keys(&small, penn).collect();
        for (depth, key) in keys.iter().enumerate() {
            let seen = seen.entry(*key).or_default();
            seen.shorter = keys.get(depth + 1).copied();
            seen.is_whole = depth == 0;
            *seen.rules.entry(rule).or_default() += count;
        }
    }
    let entries = seen.iter().filter_map(|(key, own)| own.entry(*key, &seen));
    let table = pack::table(entries.collect(), recipe.lemma_buckets);
    let mut written: Vec<(usize, Rule)> = rules.into_iter().map(|(rule, at)| (at, rule)).collect();
    written.sort_unstable();
    let mut bytes = Vec::new();
    for (_, rule) in written {
        rule.write(&mut bytes);
    }
    write(Kind::Lemmas, &[], &[&bytes, &table])
}

/// Returns the forms of all verbs that were seen in any form, each with its tag and its verb.
fn paradigms<'t>(trees: &[&'t Tree]) -> Vec<(String, Penn, &'t str)> {
    let words = trees.iter().flat_map(|tree| tree.lemmas.iter().zip(&tree.tags));
    let verbs = words.filter(|(lemma, tag)| tag.upos == Upos::Verb && is_plain(lemma));
    let verbs: BTreeSet<&str> = verbs.map(|(lemma, _)| lemma.as_str()).collect();
    let forms = verbs.into_iter().flat_map(|verb| {
        english::verb(verb).into_iter().flat_map(move |(form, written)| {
            form.penn().iter().map(move |penn| (written.clone(), *penn, verb))
        })
    });
    forms.collect()
}

fn is_plain(lemma: &str) -> bool {
    lemma.len() > 1 && lemma.bytes().all(|byte| byte.is_ascii_lowercase())
}

/// What was seen of a form or an ending.
#[derive(Default)]
struct Seen {
    rules: BTreeMap<usize, usize>,
    /// The key of the ending that is a letter shorter.
    shorter: Option<u64>,
    is_whole: bool,
}

impl Seen {
    fn count(&self) -> usize {
        self.rules.values().sum()
    }

    fn best(&self) -> Option<usize> {
        self.rules
            .iter()
            .max_by_key(|(rule, count)| (**count, usize::MAX - **rule))
            .map(|(rule, _)| *rule)
    }

    fn counts(&self) -> bool {
        self.is_whole || self.count() >= ENDING_MIN
    }

    /// What shorter endings say.
    fn else_best(&self, all: &BTreeMap<u64, Self>) -> Option<usize> {
        let shorter = all.get(&self.shorter?)?;
        if shorter.counts() { shorter.best() } else { shorter.else_best(all) }
    }

    /// Returns an entry if this says something else than a shorter ending.
    fn entry(&self, key: u64, all: &BTreeMap<u64, Self>) -> Option<Entry<u16>> {
        let (own, other) = (self.best()?, self.else_best(all));
        let value = u16::try_from(own).ok()?;
        let entry = Entry { key, matters: self.count() as u64, value };
        (self.counts() && Some(own) != other).then_some(entry)
    }
}
