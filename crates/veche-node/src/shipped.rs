//! The exercises that the program carries: their scripts, what lies beside them, and their charters.
//!
//! The files are those of the repository, word for word: the binary needs nothing beside itself.

use crate::exercise::{Script, ScriptError};
use std::collections::BTreeMap;

/// The exercise that is shown if nobody names one.
pub const DEMONSTRATION: &str = "lantern";

/// An exercise that the program carries.
#[derive(Debug, Clone, Copy)]
pub struct Shipped {
    /// Its name, the folder's.
    pub name: &'static str,
    /// The script, `exercise.toml`.
    pub script: &'static str,
    /// The text of its charter, without keys.
    pub charter: &'static str,
    /// What lies beside the script: name and text.
    pub files: &'static [(&'static str, &'static str)],
}

/// All of them, by name.
pub const EXERCISES: &[Shipped] = &[
    Shipped {
        name: "first-hour",
        script: include_str!("../../../exercises/first-hour/exercise.toml"),
        charter: include_str!("../../../charters/two-banks/charter.toml"),
        files: &[],
    },
    Shipped {
        name: "lantern",
        script: include_str!("../../../exercises/lantern/exercise.toml"),
        charter: include_str!("../../../charters/six-rivers/charter.toml"),
        files: &[
            (
                "bundle-northfall.json",
                include_str!("../../../exercises/lantern/bundle-northfall.json"),
            ),
            (
                "feed-institute.jsonl",
                include_str!("../../../exercises/lantern/feed-institute.jsonl"),
            ),
            ("feed-overrun.jsonl", include_str!("../../../exercises/lantern/feed-overrun.jsonl")),
            ("feed-pass.jsonl", include_str!("../../../exercises/lantern/feed-pass.jsonl")),
            ("feed-video.jsonl", include_str!("../../../exercises/lantern/feed-video.jsonl")),
            ("nations.tsv", include_str!("../../../exercises/lantern/nations.tsv")),
            ("places.tsv", include_str!("../../../exercises/lantern/places.tsv")),
            ("sources.tsv", include_str!("../../../exercises/lantern/sources.tsv")),
        ],
    },
];

impl Shipped {
    /// Returns the exercise of this name.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        EXERCISES.iter().find(|exercise| exercise.name == name)
    }

    /// Reads the script.
    ///
    /// # Errors
    /// [`ScriptError`] if what is shipped is no script.
    pub fn script(&self) -> Result<Script, ScriptError> {
        Script::parse(self.script, &format!("{}/exercise.toml", self.name))
    }

    /// Returns what lies beside the script, by name.
    #[must_use]
    pub fn files(&self) -> BTreeMap<String, String> {
        self.files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_exercise_is_a_script_of_its_name() {
        for exercise in EXERCISES {
            assert_eq!(exercise.script().unwrap().exercise.name, exercise.name);
        }
        assert!(Shipped::find(DEMONSTRATION).is_some());
    }
}
