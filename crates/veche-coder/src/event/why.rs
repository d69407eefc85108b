//! Which features decided, and by how much.

use super::choice::{Choice, NOTHING};
use super::sink::Sink;
use std::collections::BTreeSet;

/// Most features that are told of one event.
const REASONS_MAX: usize = 12;

/// A feature that spoke for or against an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The template and the values that it joins.
    pub feature: String,
    /// By how much it made this event likelier than none, in thousandths of a bit.
    pub millibits: i64,
}

/// Returns the features with the most weight for a class, the strongest first. Words of one cluster are one feature, called by the first of them.
pub(crate) fn reasons(model: &Choice<'_>, shared: &Sink, own: &Sink, class: usize) -> Vec<Reason> {
    let millibits = |bits: i64| (bits * 1000) >> 16;
    let reason =
        |name: &str, bits: i64| Reason { feature: name.to_owned(), millibits: millibits(bits) };
    let of_sentence = once(shared.named())
        .into_iter()
        .map(|(key, name)| reason(name, model.weight(key, class) - model.weight(key, NOTHING)));
    let of_own =
        once(own.named()).into_iter().map(|(key, name)| reason(name, model.weight(key, class)));
    let mut reasons: Vec<Reason> =
        of_sentence.chain(of_own).filter(|reason| reason.millibits != 0).collect();
    reasons
        .sort_by_key(|reason| (std::cmp::Reverse(reason.millibits.abs()), reason.feature.clone()));
    reasons.dedup();
    reasons.truncate(REASONS_MAX);
    reasons
}

/// Returns each key once, with the first of its names.
fn once<'s>(named: impl Iterator<Item = (u64, &'s str)>) -> Vec<(u64, &'s str)> {
    let mut seen = BTreeSet::new();
    named.filter(|(key, _)| seen.insert(*key)).collect()
}

#[cfg(test)]
mod tests {
    use super::once;

    #[test]
    fn a_feature_that_two_words_make_is_told_once() {
        let named = [(7, "field: november"), (3, "word: on"), (7, "field: thursday")];
        assert_eq!(once(named.into_iter()), [(7, "field: november"), (3, "word: on")]);
    }
}
