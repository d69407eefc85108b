//! Prints how well and how fast the English models tag and parse: `attachment FOLDER` with the folder of treebanks.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "an example talks to the terminal")]
#![expect(
    clippy::disallowed_methods,
    reason = "it measures time, and reads its arguments and files"
)]
#![expect(clippy::cast_precision_loss, reason = "counts of words are far below 2^52")]

use std::io::Read;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;
use veche_coder::model::{Language, english};
use veche_coder::tag::Upos;
use veche_coder::train::{Tree, treebank};

/// How often a treebank is parsed to measure speed.
const TIMES: usize = 5;

fn main() -> ExitCode {
    let Some(folder) = std::env::args().nth(1) else {
        println!("error: give the folder of treebanks");
        return ExitCode::FAILURE;
    };
    let folder = Path::new(&folder);
    let start = Instant::now();
    let models = english().unwrap();
    println!("models read in {:.1} ms", start.elapsed().as_secs_f64() * 1e3);
    let is_news = |tree: &Tree| tree.document.contains("_news_");
    for part in ["dev", "test"] {
        score(&format!("EWT {part}"), &read(folder, &format!("en_ewt_{part}")), &models);
        let mut gum = read(folder, &format!("en_gum_clean_{part}"));
        score(&format!("GUM {part}"), &gum, &models);
        gum.retain(is_news);
        score(&format!("GUM {part}, news"), &gum, &models);
    }
    ExitCode::SUCCESS
}

fn read(folder: &Path, name: &str) -> Vec<Tree> {
    let file = std::fs::File::open(folder.join(format!("{name}.tsv.gz"))).unwrap();
    let mut bytes = Vec::new();
    flate2::read::MultiGzDecoder::new(file).read_to_end(&mut bytes).unwrap();
    treebank(&bytes).unwrap()
}

/// Prints one line: gold tokens, own tags, punctuation and subtypes of relations count.
fn score(name: &str, trees: &[Tree], models: &Language<'_>) {
    let (mut words, mut upos, mut penn, mut uas, mut las, mut lemmas) = (0, 0, 0, 0, 0, 0);
    let (mut verbs, mut verb_lemmas) = (0, 0);
    for tree in trees {
        let (tags, heads) = models.analyse(&tree.words);
        for (at, (tag, head)) in tags.iter().zip(&heads).enumerate() {
            words += 1;
            upos += usize::from(tag.upos == tree.tags[at].upos);
            penn += usize::from(tag.penn == tree.tags[at].penn);
            uas += usize::from(head.word == tree.heads[at]);
            las += usize::from(head.word == tree.heads[at] && head.relation == tree.relations[at]);
            let is_right = models.lemmas.lemma(&tree.words[at], *tag) == tree.lemmas[at];
            lemmas += usize::from(is_right);
            let is_verb = tree.tags[at].upos == Upos::Verb && tag.penn == tree.tags[at].penn;
            verbs += usize::from(is_verb);
            verb_lemmas += usize::from(is_verb && is_right);
        }
    }
    let share = |count: usize| 100.0 * count as f64 / words as f64;
    println!(
        "{name}: {} sentences, UPOS {:.1}, XPOS {:.1}, UAS {:.1}, LAS {:.1}, lemmas {:.1}, of verbs tagged right {:.1}; {:.1} k sentences/s",
        trees.len(),
        share(upos),
        share(penn),
        share(uas),
        share(las),
        share(lemmas),
        100.0 * verb_lemmas as f64 / verbs as f64,
        speed(trees, models) / 1e3,
    );
}

/// Returns sentences tagged and parsed a second.
fn speed(trees: &[Tree], models: &Language<'_>) -> f64 {
    let start = Instant::now();
    for tree in trees.iter().cycle().take(TIMES * trees.len()) {
        std::hint::black_box(models.analyse(&tree.words));
    }
    (TIMES * trees.len()) as f64 / start.elapsed().as_secs_f64()
}
