//! No sentence that trains or measures the coder stands in a gold file of others.

use std::collections::BTreeSet;
use std::path::PathBuf;

/// So many words in a row that are alike are no accident.
const WORDS: usize = 8;

/// The files by which coders are judged, in `data/coding/validation`.
const GOLD: [&str; 3] =
    ["PLOVER_GSR_dev.json", "PETR.UnitTest.records.xml", "PETR2_GSR_stylised.xml"];

/// What this project wrote itself, in English.
const OWN: [&str; 3] = [
    "../../lexicon/sentences/en.jsonl",
    "../../lexicon/sentences/held/en.jsonl",
    "tests/data/clusters/documents.jsonl",
];

fn runs(text: &str) -> impl Iterator<Item = String> {
    let words: Vec<String> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    let runs: Vec<String> = words.windows(WORDS).map(|run| run.join(" ")).collect();
    runs.into_iter()
}

fn validation() -> Option<PathBuf> {
    let shared = std::env::var_os("VECHE_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let folder = shared.join("data/coding/validation");
    folder.is_dir().then_some(folder)
}

#[test]
fn no_sentence_of_ours_shares_eight_words_in_a_row_with_a_gold_file() {
    let Some(folder) = validation() else {
        println!("SKIPPED: no gold files here (../shared/data/coding/validation)");
        return;
    };
    let mut gold = BTreeSet::new();
    for file in GOLD {
        gold.extend(runs(&std::fs::read_to_string(folder.join(file)).unwrap()));
    }
    assert!(gold.len() > 1000, "the gold files were read");
    for file in OWN {
        let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(file);
        for line in std::fs::read_to_string(file).unwrap().lines() {
            let shared = runs(line).find(|run| gold.contains(run));
            assert_eq!(shared, None, "{line}");
        }
    }
}
