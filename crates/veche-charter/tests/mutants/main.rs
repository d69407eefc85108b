//! Mutants of the shipped charters: each is a charter made wrong in one place, and something must notice.
//!
//! Without arguments, as `cargo test` runs it: a sample drawn from a seed, of which none may survive. `all [--profile NAME] [--draw N] [--write FILE] [--cases]`: every mutant, or N drawn, its fate, the survivors with their
//! lines; `--cases` adds the inputs that tell survivors from the charter to `cases/found.toml`, for a person to read.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a failed set-up fails the run")]
#![expect(clippy::disallowed_methods, reason = "charters and cases are read from their folders")]
#![expect(clippy::print_stdout, reason = "a table for people")]

mod asked;
mod equal;
mod judge;
mod operators;
#[path = "../it/runner.rs"]
mod runner;
mod search;
#[path = "../it/statements.rs"]
mod statements;
mod table;

use judge::{Bench, Fate};
use operators::{Mutant, mutants};
use runner::{Shipped, shipped};
use search::Draw;
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Mutex;
use table::{Judged, Row};
use toml::Table;

/// Charters judged at the same time.
const THREADS: usize = 2;
/// Inputs of each rule and machine that are written for the second verifier.
const DRAWN: usize = 30;
/// Mutants that the sample draws of each charter.
const SAMPLE: usize = 12;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let of = |flag: &str| {
        let at = args.iter().position(|arg| arg == flag)?;
        args.get(at + 1).cloned()
    };
    let all = args.first().is_some_and(|arg| arg == "all");
    let profile = of("--profile");
    let mut charters = shipped();
    charters.retain(|charter| profile.as_ref().is_none_or(|name| *name == charter.name));
    // A sample must not survive where all mutants were gone through once, which the cases found bear witness to.
    charters.retain(|charter| all || charter.has_found());
    if let Ok(folder) = std::env::var("VECHE_DRAWN_OUT") {
        write_drawn(std::path::Path::new(&folder));
    }
    let drawn = of("--draw").map(|size| size.parse().unwrap());
    let judged = judge_all(&charters, if all { drawn } else { Some(SAMPLE) });
    if all {
        if args.iter().any(|arg| arg == "--cases") {
            judged.iter().for_each(table::write_cases);
        }
        table::report(&judged, of("--write").as_deref())
    } else {
        table::sample(&judged)
    }
}

/// Writes drawn inputs of every rule and machine, with what comes of them, one file a charter: the second verifier reads
/// them and must say the same. `VECHE_DRAWN_EACH` draws more of them, `VECHE_DRAWN_SEED` others.
fn write_drawn(folder: &std::path::Path) {
    let each = std::env::var("VECHE_DRAWN_EACH").map_or(DRAWN, |n| n.parse().unwrap());
    let seed = std::env::var("VECHE_DRAWN_SEED").unwrap_or_default();
    std::fs::create_dir_all(folder).unwrap();
    for shipped in shipped() {
        let root: Table = shipped.charter.text.to_string().parse().unwrap();
        let cases = search::drawn(&shipped.charter, &root, &seed, each);
        let file = folder.join(format!("{}.json", shipped.name));
        std::fs::write(file, serde_json::to_vec(&cases).unwrap()).unwrap();
    }
}

fn judge_all(charters: &[Shipped], sample: Option<usize>) -> Vec<Judged> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../charters");
    let vectors = std::fs::read(format!("{root}/conform/vectors.json")).unwrap();
    let vectors = serde_json::from_slice(&vectors).unwrap();
    let queue = Mutex::new(charters.iter());
    let done = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    let Some(shipped) = queue.lock().unwrap().next() else { break };
                    let judged = judge_one(shipped, &vectors, sample);
                    done.lock().unwrap().push(judged);
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap();
    done.sort_by(|a, b| a.name.cmp(&b.name));
    done
}

fn judge_one(shipped: &Shipped, vectors: &serde_json::Value, sample: Option<usize>) -> Judged {
    let text = shipped.charter.text.to_string();
    let root: Table = text.parse().unwrap();
    let mut bench = Bench::new(shipped, &root, vectors);
    let mut all = mutants(&root);
    if let Some(size) = sample {
        let mut draw = Draw::new(&shipped.name);
        all = (0..size)
            .map(|_| all[usize::try_from(draw.below(all.len() as u64)).unwrap()].clone())
            .collect();
    }
    let mut row = Row::default();
    let mut survivors: Vec<(Mutant, Table)> = Vec::new();
    let mut alike = Vec::new();
    let mut equal = BTreeMap::<&'static str, usize>::new();
    let mut tables = BTreeMap::<String, Row>::new();
    for mutant in all {
        let fate = bench.judge(&mutant, &root);
        row.count(&fate);
        tables.entry(mutant.path[0].clone()).or_default().count(&fate);
        if let Fate::Equal(why) = fate {
            *equal.entry(why).or_default() += 1;
        }
        match fate {
            Fate::Survives(case) => survivors.push((mutant, *case)),
            Fate::Alike => alike.push(mutant),
            Fate::Checker | Fate::Case | Fate::Vector | Fate::Same | Fate::Equal(_) => {}
        }
    }
    assert!(bench.is_sound(), "{}: a case that its own charter fails", shipped.name);
    Judged { name: shipped.name.clone(), text, row, tables, survivors, alike, equal }
}
