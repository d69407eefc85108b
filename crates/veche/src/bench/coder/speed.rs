//! How fast text becomes events: the whole path, from bytes to coded events, on one core and on two.

use super::{Kit, failure};
use crate::answer::{Answer, counted};
use crate::code::input::Input;
use crate::failure::Failure;
use serde_json::json;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Instant;
use veche_coder::actor::actors;
use veche_coder::document::Document;
use veche_coder::event::{Coder, Desk};
use veche_coder::language::{Tongue, language};
use veche_coder::matcher::Matches;
use veche_coder::model::Analysis;
use veche_coder::sentence::sentences;
use veche_coder::token::tokens;

/// What is measured, and over how much text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ask {
    /// Text is coded again and again until it comes to so many MiB; 0 for once.
    pub(super) mebibytes: u32,
    /// Each stage too.
    pub(super) stages: bool,
}

/// What one run over all texts came to.
#[derive(Debug, Clone, Copy, Default)]
struct Run {
    sentences: usize,
    events: usize,
    /// Seconds by the clock, and seconds that the threads had on a processor.
    clock: f64,
    processor: f64,
}

/// Measures the coder. `ready`: how long it took to load what texts are read with, in seconds.
pub(super) fn run(kit: &Kit, ready: f64, files: &[PathBuf], ask: Ask) -> Result<Answer, Failure> {
    let coder = Coder::shipped(&kit.vocabulary, &kit.matcher, &kit.english);
    let coder = coder.map_err(|error| failure(&error.to_string()))?;
    let documents = documents(files)?;
    let len: usize = documents.iter().map(|document| document.text().len()).sum();
    if len == 0 {
        return Err(failure("there is no text in the files"));
    }
    let times = (ask.mebibytes as usize * 1024 * 1024).div_ceil(len).max(1);
    let megabytes = decimal(len * times) / 1e6;
    let mut text = format!(
        "{}, {megabytes:.1} MB: {:.2} MB, {}\nready after {ready:.2} s\n\n{:>5} {:>12} {:>15} {:>8} {:>8}\n",
        counted(documents.len(), "document"),
        decimal(len) / 1e6,
        counted(times, "time"),
        "cores",
        "sentences/s",
        "sentences/CPU-s",
        "MB/s",
        "events"
    );
    let mut rows = Vec::new();
    for cores in 1..=std::thread::available_parallelism().map_or(1, |all| all.get().min(2)) {
        let run = on(cores, &coder, &documents, times);
        let all = decimal(run.sentences);
        let (by_clock, by_processor) = (all / run.clock, all / run.processor);
        let speed = megabytes / run.clock;
        writeln!(
            text,
            "{cores:>5} {by_clock:>12.0} {by_processor:>15.0} {speed:>8.2} {:>8}",
            run.events / times
        )
        .map_err(|error| failure(&error.to_string()))?;
        rows.push(json!({ "cores": cores, "sentences": run.sentences, "events": run.events,
            "seconds": run.clock, "processor_seconds": run.processor,
            "sentences_per_second": by_clock, "sentences_per_processor_second": by_processor,
            "megabytes_per_second": speed }));
    }
    let mut answer = json!({ "documents": documents.len(), "bytes": len, "times": times,
        "ready_seconds": ready, "runs": rows });
    if ask.stages {
        text.push_str(&by_stage(kit, &coder, &documents, times, &mut answer));
    }
    if let Some(peak) = peak() {
        text.push_str(&format!("\npeak memory {peak} kB\n"));
        answer["peak_kilobytes"] = peak.into();
    }
    Ok(Answer::document(&text, answer))
}

/// Returns the documents of files, in every form that `veche code` reads.
fn documents(files: &[PathBuf]) -> Result<Vec<Document>, Failure> {
    let mut documents = Vec::new();
    for file in files {
        let mut input = Input::open(file, None)?;
        while let Some(item) = input.next()? {
            let read = item.text.map(|text| Document::read(&text));
            let read = read.map_err(|fault| failure(&format!("{}: {fault}", item.name)))?;
            documents.push(read.map_err(|error| failure(&error.to_string()))?);
        }
    }
    Ok(documents)
}

/// Codes all documents, on so many threads, each its own share of them.
fn on(cores: usize, coder: &Coder<'_>, documents: &[Document], times: usize) -> Run {
    let start = Instant::now();
    let share = |core: usize| {
        let (mut run, mut desk, clock) = (Run::default(), Desk::default(), Clock::start());
        for _ in 0..times {
            for document in documents.iter().skip(core).step_by(cores) {
                // Reading the bytes is part of the path.
                let Ok(document) = Document::read(document.text().as_bytes()) else { continue };
                let coded = coder.code_in(document, None, &mut desk);
                run.sentences += coded.sentences;
                run.events += coded.events.len();
            }
        }
        run.processor = clock.seconds();
        run
    };
    let mut all = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..cores).map(|core| scope.spawn(move || share(core))).collect();
        threads.into_iter().fold(Run::default(), |all, thread| {
            let run = thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            Run {
                sentences: all.sentences + run.sentences,
                events: all.events + run.events,
                processor: all.processor + run.processor,
                clock: 0.0,
            }
        })
    });
    all.clock = start.elapsed().as_secs_f64();
    all
}

/// Measures each stage on its own, and what is left of the whole path.
fn by_stage(
    kit: &Kit,
    coder: &Coder<'_>,
    documents: &[Document],
    times: usize,
    answer: &mut serde_json::Value,
) -> String {
    let mut spent = [0.0; STAGES.len()];
    let (mut analysis, mut desk, mut count) = (Analysis::default(), Desk::default(), 0);
    for _ in 0..times {
        for document in documents {
            count += one_by_one(kit, document, &mut analysis, &mut spent);
        }
    }
    let clock = Clock::start();
    for _ in 0..times {
        for document in documents {
            std::hint::black_box(coder.code_in(document.clone(), None, &mut desk));
        }
    }
    let whole = clock.seconds();
    let rest = (whole - spent.iter().sum::<f64>()).max(0.0);
    let rows = STAGES.iter().copied().zip(spent).chain([("features, events and the rest", rest)]);
    let mut text = format!("\n{:<32} {:>13} {:>8}\n", "stage", "us a sentence", "per cent");
    for (name, seconds) in rows {
        let each = seconds * 1e6 / decimal(count);
        answer["stages"][name] = each.into();
        text.push_str(&format!("{name:<32} {each:>13.2} {:>8.1}\n", 100.0 * seconds / whole));
    }
    text
}

/// Stages that are measured, in their order.
const STAGES: [&str; 5] =
    ["language", "tokens and sentences", "words of the lexicon", "actors", "tags and trees"];

/// Takes a document through the stages, adds up what each took, and returns how many sentences it has.
fn one_by_one(
    kit: &Kit,
    document: &Document,
    analysis: &mut Analysis,
    spent: &mut [f64; STAGES.len()],
) -> usize {
    let mut document = document.clone();
    let mut last = Clock::start();
    let mut done = |at: usize| {
        let next = Clock::start();
        spent[at] += next.since(&last);
        last = next;
    };
    let tongue = language(document.text());
    done(0);
    let all = tokens(&mut document);
    let text = document.text();
    let found = sentences(text, &all);
    done(1);
    let (mut matches, mut of) = (Matches::default(), Vec::new());
    for sentence in &found {
        let from = matches.len();
        kit.matcher.find(text, &all, sentence.tokens(), &mut matches);
        of.push(from..matches.len());
    }
    done(2);
    let named: Vec<bool> = found
        .iter()
        .zip(of)
        .map(|(sentence, of)| {
            !actors(text, &all, sentence.tokens(), &kit.matcher, &matches, of).is_empty()
        })
        .collect();
    done(3);
    let parsed = found.iter().zip(named).filter(|(_, named)| *named && tongue == Tongue::English);
    for (sentence, _) in parsed {
        let words: Vec<&str> = sentence.tokens().map(|at| all.word(text, at)).collect();
        kit.english.analyse_in(&words, analysis);
    }
    done(4);
    found.len()
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
const fn decimal(count: usize) -> f64 {
    count as f64
}

/// The time that this thread has had on a processor; on other systems than Linux, the time of the clock.
struct Clock {
    processor: Option<f64>,
    start: Instant,
}

impl Clock {
    fn start() -> Self {
        let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
        let nanoseconds = told.and_then(|line| line.split(' ').next()?.parse::<f64>().ok());
        Self { processor: nanoseconds.map(|spent| spent / 1e9), start: Instant::now() }
    }

    fn since(&self, before: &Self) -> f64 {
        match (self.processor, before.processor) {
            (Some(now), Some(then)) => now - then,
            _ => self.start.duration_since(before.start).as_secs_f64(),
        }
    }

    fn seconds(&self) -> f64 {
        Self::start().since(self)
    }
}

/// Returns the most memory that the program has held, in kilobytes; none where the system does not tell.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}
