//! How fast text becomes events: the whole path, from bytes to coded events, on one core and on two.

use super::{Kit, failure};
use crate::answer::{Answer, counted};
use crate::code::input::Input;
use crate::failure::Failure;
use serde_json::json;
use std::ops::Range;
use std::path::PathBuf;
use std::time::Instant;
use veche_coder::actor::actors;
use veche_coder::document::Document;
use veche_coder::event::{Coder, Desk};
use veche_coder::language::{Tongue, language};
use veche_coder::matcher::Matches;
use veche_coder::model::Analysis;
use veche_coder::russian::Memory;
use veche_coder::sentence::{Sentence, sentences};
use veche_coder::token::{Tokens, tokens};

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
pub(super) fn run(
    kit: &Kit<'_>,
    ready: f64,
    files: &[PathBuf],
    ask: Ask,
) -> Result<Answer, Failure> {
    let coder = Coder::shipped(&kit.vocabulary, &kit.matcher, &kit.english);
    let mut coder = coder.map_err(|error| failure(&error.to_string()))?;
    if let Some(russian) = kit.russian {
        coder = coder.with_russian(russian).map_err(|error| failure(&error.to_string()))?;
    }
    coder.gazetteer = kit.gazetteer.as_ref();
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
        let row = format!(
            "{cores:>5} {by_clock:>12.0} {by_processor:>15.0} {speed:>8.2} {:>8}\n",
            run.events / times
        );
        text.push_str(&row);
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
        let line = format!("\npeak memory {peak} kB\n");
        text.push_str(&line);
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
    kit: &Kit<'_>,
    coder: &Coder<'_>,
    documents: &[Document],
    times: usize,
    answer: &mut serde_json::Value,
) -> String {
    let mut spent = [0.0; STAGES.len()];
    let (mut desk, mut count) = (Desk::default(), 0);
    for _ in 0..times {
        count += stage_by_stage(kit, documents, &mut spent);
    }
    let clock = Clock::start();
    for document in documents.iter().cycle().take(documents.len() * times) {
        std::hint::black_box(coder.code_in(document.clone(), None, &mut desk));
    }
    let whole = clock.seconds();
    let rest = (whole - spent.iter().sum::<f64>()).max(0.0);
    let rows = STAGES.iter().copied().zip(spent).chain([("features, events and the rest", rest)]);
    let mut text = format!("\n{:<32} {:>13} {:>8}\n", "stage", "us a sentence", "per cent");
    for (name, seconds) in rows {
        let each = seconds * 1e6 / decimal(count);
        answer["stages"][name] = each.into();
        let row = format!("{name:<32} {each:>13.2} {:>8.1}\n", 100.0 * seconds / whole);
        text.push_str(&row);
    }
    text
}

/// Stages that are measured, in their order.
const STAGES: [&str; 5] =
    ["language", "tokens and sentences", "words of the lexicon", "actors", "tags and trees"];

/// Takes all documents through one stage after the other, adds up what each took, and returns how many sentences there are.
fn stage_by_stage(kit: &Kit<'_>, documents: &[Document], spent: &mut [f64; STAGES.len()]) -> usize {
    let mut documents = documents.to_vec();
    let mut last = Clock::start();
    let mut done = |at: usize| {
        let next = Clock::start();
        spent[at] += next.since(&last);
        last = next;
    };
    let tongues: Vec<Tongue> = documents.iter().map(|document| language(document.text())).collect();
    done(0);
    let split: Vec<(Tokens, Vec<Sentence>)> = documents
        .iter_mut()
        .map(|document| {
            let all = tokens(document);
            let found = sentences(document.text(), &all);
            (all, found)
        })
        .collect();
    done(1);
    let texts = documents.iter().map(Document::text);
    let read: Vec<Read<'_>> = texts
        .zip(&split)
        .map(|(text, (tokens, sentences))| Read { text, tokens, sentences })
        .collect();
    let matched: Vec<(Matches, Vec<Range<usize>>)> = read.iter().map(|one| one.find(kit)).collect();
    done(2);
    let named: Vec<Vec<Range<usize>>> =
        read.iter().zip(&matched).map(|(one, (found, of))| one.named(kit, found, of)).collect();
    done(3);
    let mut analysis = Analysis::default();
    let mut memory = Memory::default();
    for ((one, named), tongue) in read.iter().zip(&named).zip(tongues) {
        for sentence in named {
            let words: Vec<&str> =
                sentence.clone().map(|at| one.tokens.word(one.text, at)).collect();
            match kit.russian.filter(|_| tongue == Tongue::Russian) {
                Some(russian) => {
                    std::hint::black_box(russian.analyse_in(&words, &mut memory));
                }
                None if tongue == Tongue::English => kit.english.analyse_in(&words, &mut analysis),
                None => {}
            }
        }
    }
    done(4);
    split.iter().map(|(_, sentences)| sentences.len()).sum()
}

/// A document that was split.
struct Read<'d> {
    text: &'d str,
    tokens: &'d Tokens,
    sentences: &'d [Sentence],
}

impl Read<'_> {
    /// Returns the words of the lexicon in it, and which are in each sentence.
    fn find(&self, kit: &Kit<'_>) -> (Matches, Vec<Range<usize>>) {
        let mut found = Matches::default();
        let of = self.sentences.iter().map(|sentence| {
            let from = found.len();
            kit.matcher.find(self.text, self.tokens, sentence.tokens(), &mut found);
            from..found.len()
        });
        let of = of.collect();
        (found, of)
    }

    /// Returns the tokens of the sentences that name somebody.
    fn named(&self, kit: &Kit<'_>, found: &Matches, of: &[Range<usize>]) -> Vec<Range<usize>> {
        let names = |sentence: &Sentence, of: &Range<usize>| {
            let (words, of) = (sentence.tokens(), of.clone());
            !actors(self.text, self.tokens, words, &kit.matcher, found, of).is_empty()
        };
        let sentences = self.sentences.iter().zip(of);
        sentences
            .filter(|(sentence, of)| names(sentence, of))
            .map(|(sentence, _)| sentence.tokens())
            .collect()
    }
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
