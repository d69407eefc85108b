//! Compares the analysis of Russian with natasha's own, and measures it: `russian MODEL`.
//!
//! `models/russian.py` makes the model. What natasha 1.6.0 says of 200 sentences of `lexicon/sentences/ru.jsonl`, each given to it alone, is
//! in `tests/it/golden/russian.tsv`: word, tag, head and relation a line, a blank line behind each sentence.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "an example talks to the terminal")]
#![expect(
    clippy::disallowed_methods,
    reason = "it measures time, and reads its arguments and files"
)]
#![expect(clippy::cast_precision_loss, reason = "counts of words are far below 2^52")]

use std::process::ExitCode;
use std::time::Instant;
use veche_coder::russian::{Memory, Russian, Word};

const EXPECTED: &str = include_str!("../tests/it/golden/russian.tsv");

/// Least share of words with equal head and relation, in per cent.
const SHARE_MIN: f64 = 99.0;

fn main() -> ExitCode {
    let Some(path) = std::env::args().nth(1) else {
        println!("error: give the model of Russian");
        return ExitCode::FAILURE;
    };
    let bytes = std::fs::read(path).unwrap();
    let start = Instant::now();
    let russian = match Russian::read(&bytes) {
        Ok(russian) => russian,
        Err(error) => {
            println!("error: {error}");
            return ExitCode::FAILURE;
        }
    };
    println!("model read in {:.0} ms", start.elapsed().as_secs_f64() * 1e3);
    let sentences: Vec<Vec<Vec<&str>>> = EXPECTED
        .split("\n\n")
        .map(|lines| lines.lines().map(|line| line.split('\t').collect()).collect())
        .collect();
    let (mut words, mut tags, mut heads, mut both, mut trees) = (0, 0, 0, 0, 0);
    let mut memory = Memory::default();
    let before = processor_time();
    for sentence in &sentences {
        let forms: Vec<&str> = sentence.iter().map(|word| word[0]).collect();
        let found = russian.analyse_in(&forms, &mut memory);
        let mut same = 0;
        for (word, expected) in found.iter().zip(sentence) {
            words += 1;
            tags += usize::from(shown(word) == known(expected[1]));
            let head = word.head.word.map_or(0, |head| head + 1).to_string() == expected[2];
            heads += usize::from(head);
            same += usize::from(head && word.head.relation.name() == expected[3]);
        }
        both += same;
        trees += usize::from(same == sentence.len());
    }
    let took = processor_time() - before;
    let share = |count: usize| 100.0 * count as f64 / words as f64;
    println!(
        "{words} words of {} sentences: equal tags {:.2} %, heads {:.2} %, heads and relations {:.2} %; {trees} sentences equal in all; \
         {:.0} sentences/CPU-s",
        sentences.len(),
        share(tags),
        share(heads),
        share(both),
        sentences.len() as f64 / took
    );
    let forms = |sentence: &Vec<Vec<&'static str>>| sentence.iter().map(|word| word[0]).collect();
    let all: Vec<Vec<&str>> = sentences.iter().map(forms).collect();
    let without = all.iter().map(|words| russian.analyse(words));
    let with = all.iter().map(|words| russian.analyse_in(words, &mut memory));
    let is_same = without.eq(with);
    println!(
        "with a memory of words and without: {}",
        if is_same { "the same" } else { "DIFFERENT" }
    );
    if share(both) >= SHARE_MIN && is_same { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Returns the time that this thread has had on a processor, in seconds (Linux); 0 elsewhere.
fn processor_time() -> f64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    told.split(' ').next().and_then(|spent| spent.parse::<f64>().ok()).unwrap_or(0.0) / 1e9
}

/// Features that veche keeps.
const KEPT: [&str; 11] = [
    "Animacy", "Aspect", "Case", "Gender", "Mood", "Number", "Person", "Polarity", "Tense",
    "VerbForm", "Voice",
];

/// Returns a tag of natasha without what veche does not keep.
fn known(tag: &str) -> String {
    let mut parts = tag.split('|');
    let upos = parts.next().unwrap_or_default();
    let kept = parts.filter(|part| KEPT.contains(&part.split('=').next().unwrap_or_default()));
    std::iter::once(upos).chain(kept).collect::<Vec<_>>().join("|")
}

/// Writes what veche knows as natasha writes a tag.
fn shown(word: &Word) -> String {
    let features = word.features;
    let values = [
        features.animacy.map(|value| value.name()),
        features.aspect.map(|value| value.name()),
        features.case.map(|value| value.name()),
        features.gender.map(|value| value.name()),
        features.mood.map(|value| value.name()),
        features.number.map(|value| value.name()),
        features.person.map(|value| value.name()),
        features.is_negative.then_some("Neg"),
        features.tense.map(|value| value.name()),
        features.verb_form.map(|value| value.name()),
        features.voice.map(|value| value.name()),
    ];
    let pairs = KEPT.iter().zip(values);
    let set = pairs.filter_map(|(key, value)| Some(format!("{key}={}", value?)));
    std::iter::once(word.upos.name().to_owned()).chain(set).collect::<Vec<_>>().join("|")
}
