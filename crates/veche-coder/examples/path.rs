//! The whole path from text to events over files with one document a line, again and again: something to put under a profiler.
//!
//! `cargo run --profile bench -p veche-coder --example path -- SECONDS FILE..` prints sentences in a second of the processor, and a digest of all events.
#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a measurement talks to the terminal"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "it measures time, and reads its settings and files"
)]
#![expect(clippy::cast_precision_loss, reason = "counts of sentences are far below 2^52")]

use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::time::Instant;
use veche_coder::document::Document;
use veche_coder::event::{Coder, Desk};
use veche_coder::matcher::{Matcher, Vocabulary};
use veche_coder::model::english;

fn processor_time() -> f64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|line| line.split(' ').next()?.parse::<f64>().ok());
    nanoseconds.map_or(0.0, |spent| spent / 1e9)
}

fn main() {
    let mut args = std::env::args().skip(1);
    let seconds: f64 = args.next().and_then(|text| text.parse().ok()).expect("seconds");
    let start = Instant::now();
    let vocabulary = Vocabulary::shipped().expect("the shipped lexicon");
    let matcher = Matcher::new(&vocabulary, &[], None);
    let english = english().expect("the models that are shipped");
    let coder =
        Coder::shipped(&vocabulary, &matcher, &english).expect("the models that are shipped");
    let mut desk = Desk::default();
    println!("ready after {:.3} s", start.elapsed().as_secs_f64());
    for path in args {
        let file = std::fs::read_to_string(&path).expect("a file");
        let documents: Vec<Document> = file
            .lines()
            .filter_map(|line| {
                let value: serde_json::Value = serde_json::from_str(line).ok()?;
                Document::read(value["text"].as_str()?.as_bytes()).ok()
            })
            .collect();
        let (mut all, mut sentences, mut events) = (Sha256::new(), 0, 0);
        let mut text = String::new();
        for document in &documents {
            let coded = coder.code_in(document.clone(), None, &mut desk);
            sentences += coded.sentences;
            events += coded.events.len();
            text.clear();
            write!(text, "{:?}", coded.events).expect("a string takes all");
            let mut parts = text.split(", key: ");
            all.update(parts.next().unwrap_or_default());
            parts
                .for_each(|part| all.update(part.trim_start_matches(|c: char| c.is_ascii_digit())));
        }
        let digest: String =
            all.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let (start, before, mut runs) = (Instant::now(), processor_time(), 0);
        while start.elapsed().as_secs_f64() < seconds {
            for document in &documents {
                std::hint::black_box(coder.code_in(document.clone(), None, &mut desk));
            }
            runs += 1;
        }
        let spent = processor_time() - before;
        println!(
            "{path}: {} documents, {sentences} sentences, {events} events, digest {digest}: {:.0} sentences/CPU-s, {:.2} us a sentence",
            documents.len(),
            (sentences * runs) as f64 / spent,
            spent * 1e6 / (sentences * runs) as f64
        );
    }
}
