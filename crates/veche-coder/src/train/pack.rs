//! Makes a model's tables from averaged weights: pruned to a size, and in 8 bits.

use super::perceptron::Feature;
use crate::model::table::{
    ENTRIES, ROW_CLASSES, ROW_ENTRIES, ROW_LEN, fingerprint, place, widened,
};
use std::cmp::Reverse;

/// What becomes an entry of a table: the key, how much it matters, and its value.
#[derive(Clone, Debug)]
pub(crate) struct Entry<V> {
    pub(crate) key: u64,
    pub(crate) matters: u64,
    pub(crate) value: V,
}

/// Sorts entries into so many buckets, each with those that matter most; no two in a bucket have one fingerprint.
fn buckets<V>(entries: Vec<Entry<V>>, count: usize, room: usize) -> Vec<Vec<Entry<V>>> {
    let mut buckets: Vec<Vec<Entry<V>>> = (0..count).map(|_| Vec::new()).collect();
    for entry in entries {
        buckets[place(entry.key, count)].push(entry);
    }
    for bucket in &mut buckets {
        bucket.sort_by_key(|entry| (Reverse(entry.matters), entry.key));
        let mut prints = Vec::new();
        bucket.retain(|entry| {
            let print = fingerprint(entry.key);
            let is_new = !prints.contains(&print);
            prints.push(print);
            is_new
        });
        bucket.truncate(room);
    }
    buckets
}

fn prints<V>(entries: &[Entry<V>], room: usize) -> Vec<u8> {
    let mut bytes: Vec<u8> =
        entries.iter().flat_map(|entry| fingerprint(entry.key).to_le_bytes()).collect();
    bytes.resize(2 * room, 0);
    bytes
}

/// Returns a table of so many buckets.
pub(crate) fn table(entries: Vec<Entry<u16>>, count: usize) -> Vec<u8> {
    let mut out = Vec::new();
    for entries in buckets(entries, count, ENTRIES) {
        out.extend(prints(&entries, ENTRIES));
        let values = entries.iter().map(|entry| entry.value).chain(std::iter::repeat(0));
        out.extend(values.take(ENTRIES).flat_map(u16::to_le_bytes));
    }
    out
}

/// Returns rows in so many buckets, each with the largest weights of a feature.
pub(crate) fn rows(features: &[Feature], count: usize) -> Vec<u8> {
    let scale = Scale::of(features.iter().flat_map(|feature| &feature.weights).map(|(_, w)| *w));
    let entries = features.iter().filter_map(|feature| {
        let weights = feature.weights.iter().map(|(class, w)| (*class, scale.weight(*w)));
        let mut row: Vec<(u8, i8)> = weights.filter(|(_, w)| *w != 0).collect();
        row.sort_by_key(|(class, w)| (Reverse(w.unsigned_abs()), *class));
        row.truncate(ROW_CLASSES);
        let largest = row.first().map(|(_, w)| u64::from(widened(*w).unsigned_abs()))?;
        Some(Entry { key: feature.key, matters: largest * feature.seen, value: row })
    });
    let mut out = Vec::new();
    for entries in buckets(entries.collect(), count, ROW_ENTRIES) {
        out.extend(prints(&entries, ROW_ENTRIES));
        let mut bytes = Vec::new();
        for Entry { value: row, .. } in &entries {
            bytes.extend(row.iter().flat_map(|(class, w)| [*class, w.cast_unsigned()]));
            bytes.resize(bytes.len().next_multiple_of(ROW_LEN), 0);
        }
        bytes.resize(ROW_ENTRIES * ROW_LEN, 0);
        out.extend(bytes);
    }
    out
}

/// Returns a table of weights for moves: those of left and right, relative to that of a shift.
pub(crate) fn moves(features: &[Feature], count: usize) -> Vec<u8> {
    let relative = |feature: &Feature| {
        let of = |class: u8| {
            feature.weights.iter().find(|(own, _)| *own == class).map_or(0, |(_, w)| *w)
        };
        [of(1) - of(0), of(2) - of(0)]
    };
    let scale = Scale::of(features.iter().flat_map(relative));
    let entries = features.iter().filter_map(|feature| {
        let [left, right] = relative(feature).map(|w| scale.weight(w));
        let (l, r) = (widened(left), widened(right));
        let spread = l.max(r).max(0).abs_diff(l.min(r).min(0));
        let value = u16::from_le_bytes([left.cast_unsigned(), right.cast_unsigned()]);
        (spread != 0).then_some(Entry {
            key: feature.key,
            matters: u64::from(spread) * feature.seen,
            value,
        })
    });
    table(entries.collect(), count)
}

/// How weights become 8 bits: by their square roots, so that the largest is not cut and the small ones are still told apart.
#[derive(Clone, Copy, Debug)]
struct Scale {
    /// The largest weight, which becomes 127.
    full: u64,
}

impl Scale {
    fn of(weights: impl Iterator<Item = i64>) -> Self {
        Self { full: weights.map(i64::unsigned_abs).max().unwrap_or(1).max(1) }
    }

    /// Returns a weight in 8 bits: what [`widened`](crate::model::table::widened) makes of it is near to it.
    fn weight(self, weight: i64) -> i8 {
        let squared = u128::from(weight.unsigned_abs()) * 4 * 127 * 127 / u128::from(self.full);
        let size = i8::try_from(squared.isqrt().div_ceil(2)).unwrap_or(i8::MAX);
        if weight < 0 { -size } else { size }
    }
}
