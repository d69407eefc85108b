//! `veche code`: news text in, coded events out, one JSON object a line.

pub(crate) mod input;
mod unpack;
mod walk;
mod warc;

use crate::answer::{Answer, counted};
use crate::exit::Exit;
use crate::failure::{Failure, FailureKind};
use crate::screen;
use input::{Form, Input, Item};
use serde_json::Value;
use std::path::{Path, PathBuf};
use veche_coder::date::Day;
use veche_coder::document::Document;
use veche_coder::event::{Bar, Coder, Desk};
use veche_coder::lexicon::Language;
use veche_coder::matcher::{Matcher, Vocabulary};
use veche_coder::model::english;
use veche_picture::joining::line::{Lines, Origin};

/// Code news text into events: who did what to whom, with the words that say so
///
/// English and Russian are coded; a text in another language gives nothing. Places in the text are bytes of the input. Text, JSON lines,
/// pages, feeds and web archives are told apart by their names or first bytes. A document that cannot be read is told on standard error
/// and passed over.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  veche code report.txt --date 2026-11-23\n  \
    veche code feed.jsonl --explain\n  veche code archive/\n  cat wire.txt | veche code -\n\n\
    JSON lines have one document a line: an object with `text` and, if known, `id`, `date`, `title` and `source`, who published it. \
    Of a folder all files are read, and those in folders below it, in the order of their names. The page docs/coder.md tells what the fields mean and how often they are right.")]
pub(crate) struct Code {
    /// The file, or a folder of them; `-` for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The day of publication, against which "on Wednesday" is read: YYYY-MM-DD
    #[arg(long, value_parser = input::day)]
    date: Option<Day>,
    /// The form of the input, whatever its name
    #[arg(long, value_enum, value_name = "FORM")]
    form: Option<Form>,
    /// The input has one document a line: the same as `--form jsonl`
    #[arg(long, conflicts_with = "form")]
    jsonl: bool,
    /// Tell with each event which features decided, with their weights
    #[arg(long)]
    explain: bool,
    /// Least probability that a sentence tells of an event, in per cent; by default about 90, by language
    #[arg(long, value_name = "PER CENT", value_parser = clap::value_parser!(u32).range(0..=100))]
    least: Option<u32>,
}

#[derive(Default)]
struct Tally {
    documents: usize,
    sentences: usize,
    events: usize,
    skipped: usize,
}

impl Tally {
    /// Tells and counts what is passed over.
    fn passed(&mut self, name: &str, fault: &str) {
        self.skipped += 1;
        let (name, fault) = (screen::one_line(name), screen::one_line(fault));
        screen::note(&format!("passed over: {name}: {fault}"));
    }
}

/// Returns what kept an input from being read, with its cause.
fn cause(failure: &Failure) -> String {
    use std::error::Error as _;
    let cause = failure.what.source().map_or(String::new(), |source| format!(": {source}"));
    format!("{}{cause}", failure.what)
}

impl Code {
    /// Does what was asked.
    ///
    /// # Errors
    /// [`Failure`]: the file, standard output.
    pub(crate) fn run(self) -> Result<Answer, Failure> {
        let unusable = |error: String| Failure::new(FailureKind::Coder(error));
        let vocabulary = Vocabulary::shipped().map_err(|error| unusable(error.to_string()))?;
        let matcher = Matcher::new(&vocabulary, &[], None);
        let english = english().map_err(|error| unusable(error.to_string()))?;
        let coder = Coder::shipped(&vocabulary, &matcher, &english);
        let mut coder = coder.map_err(|error| unusable(error.to_string()))?;
        coder.explains = self.explain;
        // A second event of a sentence must be likely by itself, whatever is asked of the first.
        let usual = Bar::usual(Language::English);
        coder.bar = self.least.map(|least| Bar { any: least * 10_000, ..usual });
        let mut tally = Tally::default();
        let mut desk = Desk::default();
        if self.file.is_dir() {
            let (files, faults) = walk::files(&self.file)?;
            for failure in faults {
                let place = failure.place.clone().unwrap_or_default();
                tally.passed(&place, &cause(&failure));
            }
            for path in files {
                let done = self.input(&coder, &path, &mut desk, &mut tally);
                match done {
                    Ok(true) => {}
                    Ok(false) => break,
                    Err(failure) if matches!(*failure.what, FailureKind::Output(_)) => {
                        return Err(failure);
                    }
                    // One file of a folder does not keep the others from being read.
                    Err(failure) => tally.passed(&path.display().to_string(), &cause(&failure)),
                }
            }
        } else {
            self.input(&coder, &self.file, &mut desk, &mut tally)?;
        }
        let Tally { documents, sentences, events, skipped } = tally;
        screen::note(&format!(
            "{}, {}, {}{}",
            counted(documents, "document"),
            counted(sentences, "sentence"),
            counted(events, "event"),
            if skipped == 0 { String::new() } else { format!("; {skipped} passed over") },
        ));
        let exit = if skipped == 0 { Exit::OK } else { Exit::INVALID };
        Ok(Answer::new("", Value::Null).ending(exit))
    }

    /// Codes the documents of one input. Returns false if nobody reads their events any more.
    fn input(
        &self,
        coder: &Coder<'_>,
        path: &Path,
        desk: &mut Desk,
        tally: &mut Tally,
    ) -> Result<bool, Failure> {
        let form = self.form.or(self.jsonl.then_some(Form::Jsonl));
        let mut input = Input::open(path, form)?;
        loop {
            let item = match input.next() {
                Ok(Some(item)) => item,
                Ok(None) => return Ok(true),
                // What was read before it broke off is coded.
                Err(failure) => {
                    tally.passed(&path.display().to_string(), &cause(&failure));
                    return Ok(true);
                }
            };
            if !self.item(coder, item, desk, tally)? {
                return Ok(false);
            }
        }
    }

    /// Codes one document and tells its events. Returns false if nobody reads them any more.
    fn item(
        &self,
        coder: &Coder<'_>,
        item: Item,
        desk: &mut Desk,
        tally: &mut Tally,
    ) -> Result<bool, Failure> {
        let document = match item.text {
            Ok(text) => Document::read(&text).map_err(|error| error.to_string()),
            Err(fault) => Err(fault),
        };
        let document = match document {
            Ok(document) => document,
            Err(fault) => {
                tally.passed(&item.name, &fault);
                return Ok(true);
            }
        };
        let coded = coder.code_in(document, item.date.or(self.date), desk);
        tally.documents += usize::from(item.starts);
        tally.sentences += coded.sentences;
        let by_day = || item.date.or(self.date).map(|day| day.to_string()).unwrap_or_default();
        let published = item.published.unwrap_or_else(by_day);
        let origin = Origin {
            document: &item.name,
            publisher: item.source.as_deref().unwrap_or_default(),
            published: &published,
            offset: item.offset,
            charter: &[],
        };
        let lines = Lines::new(coder, &coded, origin);
        for event in &coded.events {
            tally.events += 1;
            let mut line = lines.line(event);
            if let Some(title) = &item.title {
                line["title"] = title.as_str().into();
            }
            if !screen::stream(&line.to_string())? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
