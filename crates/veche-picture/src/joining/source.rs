//! Which mentions of an event come from one source: copies of a text, and reports of one publisher.

use super::alike::is_copy;
use super::mention::Mention;

/// Returns the sources of a group of mentions: each the places of its mentions, ascending.
///
/// Near copies are one source, in whatever paper they stand, and so is what one publisher tells. A report whose publisher is not
/// known is a source of its own.
pub(super) fn sources(group: &[&Mention]) -> Vec<Vec<usize>> {
    let mut of: Vec<usize> = (0..group.len()).collect();
    for (at, one) in group.iter().enumerate() {
        for (before, other) in group.iter().enumerate().take(at) {
            let same = one.document == other.document
                || is_copy(one, other)
                || !one.publisher.is_empty() && one.publisher == other.publisher;
            let (a, b) = (of.get(at).copied(), of.get(before).copied());
            if let (true, Some(a), Some(b)) = (same, a, b) {
                let (low, high) = (a.min(b), a.max(b));
                of.iter_mut().filter(|held| **held == high).for_each(|held| *held = low);
            }
        }
    }
    let mut sources: std::collections::BTreeMap<usize, Vec<usize>> =
        std::collections::BTreeMap::new();
    for (at, source) in of.into_iter().enumerate() {
        sources.entry(source).or_default().push(at);
    }
    sources.into_values().collect()
}
