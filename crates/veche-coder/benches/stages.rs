//! What each stage costs: `cargo bench -p veche-coder`.
//!
//! The text is that of the test parts of two treebanks, EWT and GUM, together 2,568 sentences of 14 words; they are looked for below
//! `VECHE_SHARED` or `../shared`. Time is that of the processor, so that a busy machine does not matter much; of several runs the median
//! is printed, with the fastest and the slowest one. Stages up to the actors read running text, tagger and parser the treebank's words; the
//! way from text to lemmas takes all stages so far, the later ones for those sentences alone that pass the filter. The whole path, from
//! bytes to coded events, is measured over that text, the reports of `tests/data/clusters` and the labelled sentences of `lexicon/`,
//! nearly all of which tell of an event.
#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a measurement talks to the terminal"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "it measures time, and reads its settings and files"
)]
#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts of sentences and runs are far below 2^52"
)]

use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Instant;
use veche_coder::actor::actors;
use veche_coder::document::Document;
use veche_coder::event::{Coder, Desk};
use veche_coder::filter::signs;
use veche_coder::matcher::{Matcher, Matches, Vocabulary};
use veche_coder::model::{Analysis, english};
use veche_coder::sentence::sentences;
use veche_coder::token::tokens;
use veche_coder::train::{Tree, treebank};

/// Runs of each stage, of which the median is told.
const RUNS: usize = 11;

const TREEBANKS: [&str; 2] = ["en_ewt_test.tsv.gz", "en_gum_clean_test.tsv.gz"];

fn main() {
    let folder = std::env::var_os("VECHE_SHARED").map_or_else(beside, PathBuf::from);
    let folder = folder.join("data/coding/ud");
    if !folder.join(TREEBANKS[0]).exists() {
        println!("SKIPPED: no treebanks in {}", folder.display());
        return;
    }
    let trees: Vec<Tree> = TREEBANKS.iter().flat_map(|name| read(&folder.join(name))).collect();
    let words: usize = trees.iter().map(|tree| tree.words.len()).sum();
    println!(
        "{} sentences of {:.1} words; median (fastest, slowest) of {RUNS} runs, time of the processor",
        trees.len(),
        words as f64 / trees.len() as f64
    );
    measure_text(&trees);
    measure_syntax(&trees);
    measure_path(&running(&trees));
}

fn beside() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared")
}

fn read(path: &Path) -> Vec<Tree> {
    let file = std::fs::File::open(path).expect("a treebank");
    let mut bytes = Vec::new();
    flate2::read::MultiGzDecoder::new(file).read_to_end(&mut bytes).expect("gzip");
    treebank(&bytes).expect("a treebank")
}

/// Returns the time that this thread has had on a processor, in seconds; on other systems than Linux, the time of the clock.
fn processor_time(start: Instant) -> f64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|line| line.split(' ').next()?.parse::<f64>().ok());
    nanoseconds.map_or_else(|| start.elapsed().as_secs_f64(), |spent| spent / 1e9)
}

/// Shortest run, in seconds: the kernel counts a thread's time in steps of some milliseconds.
const RUN_MIN: f64 = 0.2;

/// Runs a stage several times and prints what it takes a sentence.
fn row<T>(stage: &str, count: usize, mut run: impl FnMut() -> T) {
    let start = Instant::now();
    std::hint::black_box(run());
    let times = 1 + (RUN_MIN / start.elapsed().as_secs_f64()) as usize;
    let mut took: Vec<f64> = (0..RUNS)
        .map(|_| {
            let before = processor_time(start);
            for _ in 0..times {
                std::hint::black_box(run());
            }
            (processor_time(start) - before) / (count * times) as f64
        })
        .collect();
    took.sort_by(f64::total_cmp);
    let [fastest, median, slowest] = [0, RUNS / 2, RUNS - 1].map(|at| took[at] * 1e6);
    println!(
        "{stage:<26} {median:>7.2} us a sentence ({fastest:.2}, {slowest:.2}), {:>9.0} sentences/CPU-s",
        1e6 / median
    );
}

/// Returns the running text of sentences, each document a paragraph.
fn running(trees: &[Tree]) -> String {
    let mut text = String::new();
    let mut document = "";
    for tree in trees {
        text.push_str(if tree.document == document { " " } else { "\n\n" });
        document = &tree.document;
        let mut is_open = true;
        for word in &tree.words {
            let closes =
                word.starts_with(['.', ',', ';', ':', '!', '?', ')', '\'']) || word == "n't";
            if !closes && !is_open {
                text.push(' ');
            }
            text.push_str(word);
            is_open = word.ends_with(['(', '$']);
        }
    }
    text
}

/// The stages that read running text. The time is told for a sentence of the treebank, so that it adds up with that of the others.
fn measure_text(trees: &[Tree]) {
    let text = running(trees);
    let document = Document::read(text.as_bytes()).expect("short enough");
    let mut copy = document.clone();
    let all = tokens(&mut copy);
    let text = copy.text();
    let found = sentences(text, &all);
    let count = trees.len();
    row("tokens", count, || tokens(&mut document.clone()));
    row("sentences", count, || sentences(text, &all));
    let vocabulary = Vocabulary::shipped().expect("the shipped lexicon");
    let matcher = Matcher::new(&vocabulary, &[], None);
    let find = || {
        let mut matches = Matches::default();
        let mut starts = vec![0];
        for sentence in &found {
            matcher.find(text, &all, sentence.tokens(), &mut matches);
            starts.push(matches.len());
        }
        (matches, starts)
    };
    row("matcher", count, find);
    let (matches, starts) = find();
    let parts =
        || found.iter().zip(starts.windows(2)).map(|(sentence, at)| (sentence, at[0]..at[1]));
    let passes = || {
        parts().filter(|(sentence, of)| {
            let words = sentence.tokens();
            signs(text, &all, words, &matcher, &vocabulary, &matches, of.clone()).pass()
        })
    };
    row("filter", count, || passes().count());
    row("actors, of all", count, || {
        parts()
            .map(|(sentence, of)| {
                actors(text, &all, sentence.tokens(), &matcher, &matches, of).len()
            })
            .sum::<usize>()
    });
    let share = 100.0 * passes().count() as f64 / found.len() as f64;
    println!("{} sentences found in the text, {share:.1} % pass the filter", found.len());
    let models = english().expect("the models that are shipped");
    let (mut analysis, mut lemma) = (Analysis::default(), String::new());
    row("from text to lemmas", count, || {
        let mut copy = document.clone();
        let all = tokens(&mut copy);
        let text = copy.text();
        let mut matches = Matches::default();
        let (mut words, mut len) = (Vec::new(), 0);
        for sentence in sentences(text, &all) {
            let from = matches.len();
            matcher.find(text, &all, sentence.tokens(), &mut matches);
            let of = from..matches.len();
            let found =
                signs(text, &all, sentence.tokens(), &matcher, &vocabulary, &matches, of.clone());
            if !found.pass() {
                continue;
            }
            len += actors(text, &all, sentence.tokens(), &matcher, &matches, of).len();
            words.clear();
            words.extend(sentence.tokens().map(|at| all.word(text, at)));
            models.analyse_in(&words, &mut analysis);
            for (word, tag) in words.iter().zip(analysis.tags()) {
                models.lemmas.lemma_into(word, *tag, &mut lemma);
                len += lemma.len();
            }
        }
        len
    });
}

/// The stages that read words.
fn measure_syntax(trees: &[Tree]) {
    let models = english().expect("the models that are shipped");
    row("tags", trees.len(), || {
        trees.iter().map(|tree| models.tagger.tag(&tree.words).len()).sum::<usize>()
    });
    let tags: Vec<_> = trees.iter().map(|tree| models.tagger.tag(&tree.words)).collect();
    row("heads", trees.len(), || {
        trees
            .iter()
            .zip(&tags)
            .map(|(tree, tags)| models.parser.parse(&tree.words, tags).len())
            .sum::<usize>()
    });
    let mut lemma = String::new();
    row("lemmas", trees.len(), || {
        let mut len = 0;
        for (tree, tags) in trees.iter().zip(&tags) {
            for (word, tag) in tree.words.iter().zip(tags) {
                models.lemmas.lemma_into(word, *tag, &mut lemma);
                len += lemma.len();
            }
        }
        len
    });
    let mut analysis = Analysis::default();
    row("tags, heads and lemmas", trees.len(), || {
        let mut len = 0;
        for tree in trees {
            models.analyse_in(&tree.words, &mut analysis);
            len += analysis.heads().len();
            for (word, tag) in tree.words.iter().zip(analysis.tags()) {
                models.lemmas.lemma_into(word, *tag, &mut lemma);
                len += lemma.len();
            }
        }
        len
    });
}

/// The whole path from bytes to coded events. The time is told for a sentence as the coder finds them.
fn measure_path(running: &str) {
    let vocabulary = Vocabulary::shipped().expect("the shipped lexicon");
    let matcher = Matcher::new(&vocabulary, &[], None);
    let english = english().expect("the models that are shipped");
    let coder =
        Coder::shipped(&vocabulary, &matcher, &english).expect("the models that are shipped");
    let mut desk = Desk::default();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let banks: Vec<String> = running.split("\n\n").map(str::to_owned).collect();
    let texts = [
        ("EWT and GUM to events", banks),
        ("reports to events", lines(&root.join("tests/data/clusters/documents.jsonl"))),
        ("labelled en to events", lines(&root.join("../../lexicon/sentences/en.jsonl"))),
        ("labelled ru to events", lines(&root.join("../../lexicon/sentences/ru.jsonl"))),
    ];
    for (name, texts) in texts {
        let mut code = || {
            let documents = texts.iter().filter_map(|text| Document::read(text.as_bytes()).ok());
            documents.map(|document| coder.code_in(document, None, &mut desk).sentences).sum()
        };
        let count: usize = code();
        row(name, count, code);
    }
}

/// Returns the texts of a file with one document a line.
fn lines(path: &Path) -> Vec<String> {
    let file = std::fs::read_to_string(path).expect("a file of the repository");
    let text = |line: &str| {
        let value: serde_json::Value = serde_json::from_str(line).expect("JSON");
        value["text"].as_str().unwrap_or_default().to_owned()
    };
    file.lines().map(text).collect()
}
