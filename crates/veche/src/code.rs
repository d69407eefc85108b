//! `veche code`: news text in, coded events out, one JSON object a line.

mod input;

use crate::answer::{Answer, counted};
use crate::exit::Exit;
use crate::failure::{Failure, FailureKind};
use crate::screen;
use input::{Input, Item};
use serde_json::Value;
use std::path::PathBuf;
use veche_coder::date::Day;
use veche_coder::document::Document;
use veche_coder::event::{Bar, Coder};
use veche_coder::lexicon::Language;
use veche_coder::matcher::{Matcher, Vocabulary};
use veche_coder::model::english;
use veche_picture::joining::line::{Lines, Origin};

/// Code news text into events: who did what to whom, with the words that say so
///
/// English and Russian are coded; a text in another language gives nothing. Places in the text are bytes of the input. A document
/// that cannot be read is told on standard error and passed over.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  veche code report.txt --date 2026-11-23\n  \
    veche code feed.jsonl --explain\n  cat wire.txt | veche code -\n\n\
    A file whose name ends in `.jsonl` has one document a line: an object with `text` and, if known, `id`, `date` and \
    `source`, who published it. Anything else is text. The page docs/coder.md tells what the fields mean and how often they are right.")]
pub(crate) struct Code {
    /// The file; `-` for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The day of publication, against which "on Wednesday" is read: YYYY-MM-DD
    #[arg(long, value_parser = input::day)]
    date: Option<Day>,
    /// The input has one document a line, whatever its name
    #[arg(long)]
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
        let is_lines = self.jsonl || self.file.extension().is_some_and(|end| end == "jsonl");
        let mut input = Input::open(&self.file, is_lines)?;
        let mut tally = Tally::default();
        while let Some(item) = input.next()? {
            if !self.item(&coder, item, &mut tally)? {
                break;
            }
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

    /// Codes one document and tells its events. Returns false if nobody reads them any more.
    fn item(&self, coder: &Coder<'_>, item: Item, tally: &mut Tally) -> Result<bool, Failure> {
        let document = match item.text {
            Ok(text) => Document::read(&text).map_err(|error| error.to_string()),
            Err(fault) => Err(fault),
        };
        let document = match document {
            Ok(document) => document,
            Err(fault) => {
                tally.skipped += 1;
                screen::note(&format!(
                    "passed over: {}: {}",
                    screen::one_line(&item.name),
                    screen::one_line(&fault)
                ));
                return Ok(true);
            }
        };
        let coded = coder.code(document, item.date.or(self.date));
        tally.documents += usize::from(item.starts);
        tally.sentences += coded.sentences;
        let published = if item.published.is_empty() {
            self.date.map(|day| day.to_string()).unwrap_or_default()
        } else {
            item.published
        };
        let origin = Origin {
            document: &item.name,
            publisher: &item.publisher,
            published: &published,
            offset: item.offset,
            charter: &[],
        };
        let lines = Lines::new(coder, &coded, origin);
        for event in &coded.events {
            tally.events += 1;
            let line = lines.line(event);
            if !screen::stream(&line.to_string())? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
