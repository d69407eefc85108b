//! Measures the stages from bytes to matched sentences over files in the treebank format of `data/coding/ud`.
//!
//! `zcat en_ewt_test.tsv.gz | cargo run --profile prove -p veche-coder --example text_measure`: token F1 and time a stage.

use std::collections::BTreeSet;
use std::io::{Read as _, stdin};
use std::time::Instant;
use veche_coder::actor::actors;
use veche_coder::casualty::tolls;
use veche_coder::date::{Day, times};
use veche_coder::document::{Document, fingerprint};
use veche_coder::filter::signs;
use veche_coder::language::{Tongue, language};
use veche_coder::matcher::{Matcher, Matches, Vocabulary};
use veche_coder::place::Gazetteer;
use veche_coder::sentence::{quotations, sentences};
use veche_coder::token::tokens;

/// The raw text of a treebank, and where its tokens and sentences lie.
struct Bank {
    text: String,
    tokens: Vec<(usize, usize)>,
    ends: BTreeSet<usize>,
}

fn bank(input: &str) -> Bank {
    let mut bank = Bank { text: String::new(), tokens: Vec::new(), ends: BTreeSet::new() };
    let mut joined: Option<usize> = None;
    let mut number = 0;
    for line in input.lines() {
        let cells: Vec<&str> = line.split('\t').collect();
        match cells.as_slice() {
            [""] => {
                bank.ends.extend(bank.tokens.last().map(|(_, end)| *end));
                if !bank.text.ends_with([' ', '\n']) {
                    bank.text.push(' ');
                }
                number = 0;
            }
            [first, ..] if first.starts_with("#D ") && cells.len() == 1 => {
                bank.text.push_str("\n\n");
            }
            [range, _] => {
                let last = range.split('-').nth(1).and_then(|last| last.parse().ok());
                joined = last;
            }
            [form, ..] => {
                number += 1;
                let start = bank.text.len();
                bank.text.push_str(form);
                bank.tokens.push((start, bank.text.len()));
                let inside = joined.is_some_and(|last| number < last);
                if !inside {
                    joined = None;
                }
                if !inside && cells.last() != Some(&"-") {
                    bank.text.push(' ');
                }
            }
            [] => {}
        }
    }
    bank
}

/// Returns what a run gives, and the seconds of the fastest of five.
#[expect(clippy::disallowed_methods, reason = "a measurement reads the clock")]
fn timed<T>(run: impl Fn() -> T) -> (T, f64) {
    let mut best = f64::INFINITY;
    let mut result = run();
    for _ in 0..5 {
        let start = Instant::now();
        result = run();
        best = best.min(start.elapsed().as_secs_f64());
    }
    (result, best)
}

#[expect(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a tool for whoever works on this crate"
)]
fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [mode, file] = arguments.as_slice() {
        println!("{mode} {file}: {}", special(mode, file));
        return;
    }
    let mut input = String::new();
    stdin().read_to_string(&mut input).expect("a treebank on standard input");
    let bank = bank(&input);
    let document = Document::read(bank.text.as_bytes()).expect("short enough");
    let gold: BTreeSet<_> = bank.tokens.iter().copied().collect();
    let (tokens, tokens_took) = timed(|| tokens(&mut document.clone()));
    let mine: BTreeSet<_> = tokens.spans().iter().map(|span| (span.from(), span.to())).collect();
    println!("tokens: gold {}, found {}, F1 {:.2} %", gold.len(), mine.len(), f1(&gold, &mine));
    let text = document.text();
    let (found, sentences_took) = timed(|| sentences(text, &tokens));
    let ends: BTreeSet<_> = found.iter().map(|sentence| sentence.span.to()).collect();
    println!(
        "sentence ends: gold {}, found {}, F1 {:.2} %",
        bank.ends.len(),
        ends.len(),
        f1(&bank.ends, &ends)
    );

    let vocabulary = Vocabulary::shipped().expect("the shipped lexicon");
    let (matcher, built) = timed(|| Matcher::new(&vocabulary, &[], None));
    println!("matcher: {} forms, built in {:.0} ms", matcher.forms(), built * 1e3);
    let one = found.len() as f64;
    let row = |stage: &str, took: f64| {
        println!(
            "{stage:<24} {:>7.2} us a sentence {:>9.0} sentences/s",
            took / one * 1e6,
            one / took
        );
    };
    row("tokens", tokens_took);
    row("sentences", sentences_took);
    let (_, quotations_took) = timed(|| quotations(text, &tokens, &found));
    row("quotations", quotations_took);
    let (_, language_took) = timed(|| {
        found.iter().filter(|sentence| language(sentence.span.of(text)) == Tongue::English).count()
    });
    row("language, each sentence", language_took);
    let (_, fingerprint_took) = timed(|| fingerprint(&tokens));
    row("fingerprint", fingerprint_took);
    let ((matches, starts, passed), match_took) = timed(|| {
        let (mut matches, mut starts, mut passed) = (Matches::default(), Vec::new(), (0, 0));
        for sentence in &found {
            let from = matches.len();
            matcher.find(text, &tokens, sentence.tokens(), &mut matches);
            let of = from..matches.len();
            let signs =
                signs(text, &tokens, sentence.tokens(), &matcher, &vocabulary, &matches, of);
            passed.0 += usize::from(signs.actor && signs.trigger);
            passed.1 += usize::from(signs.pass());
            starts.push((from, matches.len()));
        }
        (matches, starts, passed)
    });
    row("match and filter", match_took);
    let share = |passed: usize| 100.0 * passed as f64 / one;
    println!(
        "{:.1} % of {} have an actor and a trigger, {:.1} % pass the filter; {} matches",
        share(passed.0),
        found.len(),
        share(passed.1),
        matches.len()
    );
    let published = Day::new(2026, 11, 4).expect("a day");
    let (_, dates_took) = timed(|| {
        found
            .iter()
            .map(|sentence| times(text, &tokens, sentence.tokens(), published).len())
            .sum::<usize>()
    });
    row("dates", dates_took);
    let (_, tolls_took) = timed(|| {
        found.iter().map(|sentence| tolls(text, &tokens, sentence.tokens()).len()).sum::<usize>()
    });
    row("casualties", tolls_took);
    let (_, actors_took) = timed(|| {
        let all = found.iter().zip(&starts);
        all.map(|(sentence, (from, to))| {
            actors(text, &tokens, sentence.tokens(), &matcher, &matches, *from..*to).len()
        })
        .sum::<usize>()
    });
    row("actors", actors_took);
    row("split, language, match", tokens_took + sentences_took + language_took + match_took);
}

/// `line N`: one line of N megabytes through all stages. `places FILE`: a matcher with a gazetteer, unpacked.
#[expect(
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a tool for whoever works on this crate"
)]
fn special(mode: &str, argument: &str) -> String {
    let vocabulary = Vocabulary::shipped().expect("the shipped lexicon");
    if mode == "places" {
        let bytes = std::fs::read(argument).expect("a readable file");
        let gazetteer = Gazetteer::read(&bytes).expect("a file of places");
        let start = Instant::now();
        let matcher = Matcher::new(&vocabulary, &[], Some(&gazetteer));
        let took = start.elapsed().as_secs_f64();
        return format!(
            "{} places, {} forms, built in {took:.2} s",
            gazetteer.places().len(),
            matcher.forms()
        );
    }
    let matcher = Matcher::new(&vocabulary, &[], None);
    let part = "the foreign minister of Armenia said \"we will not sign it on Monday\" and 12 people were killed in Minsk ";
    let megabytes: usize = argument.parse().expect("a number of megabytes");
    let line = part.repeat(megabytes * 1_000_000 / part.len());
    let start = Instant::now();
    let mut document = Document::read(line.as_bytes()).expect("short enough");
    let tokens = tokens(&mut document);
    let text = document.text();
    let all = sentences(text, &tokens);
    let quoted = quotations(text, &tokens, &all).len();
    let (mut matches, mut counted) = (Matches::default(), 0);
    for sentence in &all {
        let from = matches.len();
        matcher.find(text, &tokens, sentence.tokens(), &mut matches);
        counted +=
            actors(text, &tokens, sentence.tokens(), &matcher, &matches, from..matches.len()).len();
        counted += tolls(text, &tokens, sentence.tokens()).len();
    }
    let took = start.elapsed().as_secs_f64();
    format!(
        "{} tokens, {} sentences, {quoted} quotations, {counted} actors and counts in {took:.1} s",
        tokens.len(),
        all.len()
    )
}

fn f1<T: Ord>(gold: &BTreeSet<T>, mine: &BTreeSet<T>) -> f64 {
    200.0 * gold.intersection(mine).count() as f64 / (gold.len() + mine.len()) as f64
}
