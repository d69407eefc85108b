//! How good or bad for whom it is done to: PLOVER's score of a type and its mode.

use std::collections::BTreeMap;
use std::sync::LazyLock;
use veche_coder::ontology::{Class, Mode};

const TABLE: &str = include_str!("plover.tsv");

static SCORES: LazyLock<BTreeMap<(&'static str, &'static str), i32>> = LazyLock::new(|| {
    let rows = TABLE.lines().filter(|line| !line.starts_with('#')).skip(1);
    let score = |row: &'static str| {
        let mut cells = row.split('\t');
        let key = (cells.next()?, cells.next()?);
        Some((key, cells.next()?.parse().ok()?))
    };
    rows.filter_map(score).collect()
});

/// Returns the score in tenths, from -100 to 100; that of the type where no mode is known, and none of a class that is no event.
#[must_use]
pub fn score(class: Class, mode: Option<Mode>) -> Option<i32> {
    SCORES.get(&(class.name(), mode.map_or("", Mode::name))).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_and_mode_has_a_score() {
        let mut rows = 0;
        for class in Class::all().filter(|class| class.quad().is_some()) {
            let modes = class.modes().iter().map(|name| class.mode(name));
            for mode in modes.chain([None]) {
                let found = score(class, mode);
                assert!(found.is_some_and(|of| of.abs() <= 100), "{class:?} {mode:?}: {found:?}");
                rows += 1;
            }
        }
        assert_eq!(rows, SCORES.len());
        assert_eq!(Class::parse("NONE").and_then(|class| score(class, None)), None);
    }

    #[test]
    fn scores_are_those_of_the_published_draft() {
        let shared = std::env::var_os("VECHE_SHARED").map_or_else(
            || std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
            std::path::PathBuf::from,
        );
        let path = shared.join("data/coding/plover/plover_2.0.json");
        let Ok(text) = std::fs::read_to_string(path) else {
            println!("SKIPPED: no published draft here (../shared/data/coding/plover)");
            return;
        };
        let draft: serde_json::Value = serde_json::from_str(&text).unwrap();
        for ((class, mode), tenths) in SCORES.iter() {
            let of = &draft["events"][class];
            let printed = if mode.is_empty() { &of["score"] } else { &of["modes"][mode] };
            assert_eq!(printed.as_f64(), Some(f64::from(*tenths) / 10.0), "{class} {mode}");
        }
    }
}
