//! Prints the weights of joining as they are fitted to reports of which it is known what they tell, beside those that are committed.
//!
//! `cargo run -p veche-picture --example joining -- crates/veche-coder/tests/data/clusters [LAST]`: `LAST` is the last cluster that is looked at,
//! by default the last on which constants may be chosen.
#![expect(clippy::print_stdout, reason = "it is made to print")]

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use veche_coder::event::{Bar, Coder};
use veche_coder::matcher::{Matcher, Vocabulary};
use veche_coder::model::english;
use veche_coder::place::Gazetteer;
use veche_picture::joining::alike::WEIGHTS;
use veche_picture::joining::fit::{BY_HAND, RIDGE, fit, pairs, rounded};
use veche_picture::joining::measure::{Clusters, Names};

/// The last cluster on which constants may be chosen (`formats/clusters.md`).
const LAST: &str = "c-49";
/// Bars with which reports are coded, in millionths: that of joining, and a higher one, so that weights do not hang on it.
const BARS: [u32; 2] = [40_000, 185_000];

#[expect(clippy::disallowed_methods, reason = "a program reads its arguments and its files")]
fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("give the folder of the clusters")?;
    let last = arguments.next().unwrap_or_else(|| LAST.to_owned());
    let read = |name: &str| std::fs::read_to_string(Path::new(&folder).join(name));
    let clusters = Clusters::read(&read("documents.jsonl")?, &read("facts.jsonl")?, &|id| {
        id <= last.as_str()
    })?;
    let names = Names::read(&read("names.tsv")?);
    let event: BTreeMap<&str, &str> = clusters
        .documents
        .iter()
        .map(|known| (known.id.as_str(), known.cluster.as_str()))
        .collect();
    let vocabulary = Vocabulary::shipped()?;
    let gazetteer = Gazetteer::read(names.places.as_bytes())?;
    let matcher = Matcher::new(&vocabulary, &names.charter, Some(&gazetteer));
    let english = english()?;
    let mut coder = Coder::shipped(&vocabulary, &matcher, &english)?;
    coder.gazetteer = Some(&gazetteer);
    let mut all = Vec::new();
    for any in BARS {
        coder.bar = Some(Bar { any, other: 400_000, mood: 400_000 });
        let mentions = clusters.coded(&coder, &names.charter)?;
        println!("bar {any}: {} of {} reports coded", mentions.len(), clusters.documents.len());
        all.extend(pairs(&mentions, &event));
    }
    let of_one = all.iter().filter(|(_, is_one)| *is_one).count();
    println!("{} pairs, {of_one} of one event; coder {}\n", all.len(), coder.identity);
    let fitted = fit(&all, RIDGE).ok_or("the pairs do not settle the weights")?;
    println!("{:36} {:>9} {:>7}", "feature", "committed", "fitted");
    for ((name, committed), fitted) in WEIGHTS.iter().zip(rounded(&fitted)) {
        let note = match (BY_HAND.contains(name), fitted == *committed) {
            (true, _) => "  by hand",
            (false, true) => "",
            (false, false) => "  differs",
        };
        println!("{name:36} {committed:>9} {fitted:>7}{note}");
    }
    Ok(())
}
