//! `veche code`: news text in, coded events out, one JSON object a line.

pub(crate) mod input;
mod models;
pub(crate) mod names;
pub(crate) mod petrarch;
pub(crate) mod russian;
mod unknown;
mod unpack;
mod walk;
mod warc;

use crate::answer::{Answer, counted};
use crate::exit::Exit;
use crate::failure::{Failure, FailureKind};
use crate::screen;
use input::{Form, Input, Item};
use names::{Lore, Names};
use serde_json::Value;
use std::path::{Path, PathBuf};
use unknown::Unknown;
use veche_coder::date::Day;
use veche_coder::document::Document;
use veche_coder::event::{Bar, Coder, Desk, Models, Signals};
use veche_coder::lexicon::Language;
use veche_coder::matcher::CharterName;
use veche_coder::petrarch::{Discard, Discards};
use veche_picture::joining::line::{Lines, Origin};

/// Code news text into events: who did what to whom, with the words that say so
///
/// English and Russian are coded, with `--signals` some others by words alone (docs/languages.md); a text in another language gives nothing. Places in the text are bytes of the input. Text, JSON lines,
/// pages, feeds and web archives are told apart by their names or first bytes. A document that cannot be read is told on standard error
/// and passed over.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  veche code report.txt --date 2026-11-23\n  \
    veche code feed.jsonl --explain\n  veche code archive/ --charter csto --places towns.tsv\n  cat wire.txt | veche code -\n  veche code wire.txt --petrarch dictionaries\n\n\
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
    /// A folder of models of events in place of the program's own, as `cargo xtask train --with-corrections` makes it
    #[arg(long, value_name = "DIR")]
    models: Option<PathBuf>,
    /// Least probability that a sentence tells of an event, in per cent; by default 82 in English and 85 in Russian
    #[arg(long, value_name = "PER CENT", value_parser = clap::value_parser!(u32).range(0..=100))]
    least: Option<u32>,
    /// The model by which Russian is parsed, which the program does not carry: docs/coder.md tells how it is made and what it is worth
    #[arg(long, value_name = "FILE", conflicts_with = "models")]
    russian_model: Option<PathBuf>,
    /// Write a list of the names that were party to an event and that nothing knows, the most frequent first
    #[arg(long, value_name = "FILE")]
    unknown: Option<PathBuf>,
    /// Also code languages that have a table of words and no models: one event a sentence, without roles, day and harm. Experimental
    #[arg(long)]
    signals: bool,
    #[command(flatten)]
    names: Names,
}

#[derive(Default)]
struct Tally {
    documents: usize,
    sentences: usize,
    events: usize,
    skipped: usize,
    /// What the user's dictionaries leave out.
    discards: Discards,
    discarded: usize,
    unknown: Unknown,
}

/// What documents are coded with.
struct Work<'a> {
    coder: &'a Coder<'a>,
    charter: &'a [CharterName],
    desk: Desk,
}

impl Tally {
    /// Tells and counts what is passed over.
    fn passed(&mut self, name: &str, fault: &str) {
        self.skipped += 1;
        let (name, fault) = (screen::one_line(name), screen::one_line(fault));
        screen::note(&format!("passed over: {name}: {fault}"));
    }

    /// Tells what was done.
    fn tell(&self) {
        let (mut discarded, mut skipped) = (String::new(), String::new());
        if self.discarded > 0 {
            discarded = format!("; {} discarded", self.discarded);
        }
        if self.skipped > 0 {
            skipped = format!("; {} passed over", self.skipped);
        }
        screen::note(&format!(
            "{}, {}, {}{discarded}{skipped}",
            counted(self.documents, "document"),
            counted(self.sentences, "sentence"),
            counted(self.events, "event"),
        ));
    }
}

/// Returns the entry that discards a text, if one does.
fn discarded<'d>(discards: &'d Discards, text: &str) -> Option<&'d Discard> {
    if discards.entries.is_empty() {
        return None;
    }
    let capitals = text.to_uppercase();
    let between = |c: char| !(c.is_alphanumeric() || "-&'.".contains(c));
    let words = capitals.split(between).map(|word| word.trim_matches(['.', '\'', '-']));
    discards.find(&words.filter(|word| !word.is_empty()).collect::<Vec<_>>())
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
        let (lore, english) = self.names.read_beside_english(self.date)?;
        let Lore { vocabulary, charter, gazetteer, matcher, discards, identity } = lore;
        let own = self.models.as_deref().map(models::read).transpose()?;
        let coder = Coder::shipped(&vocabulary, &matcher, &english);
        let mut coder = coder.map_err(|error| unusable(error.to_string()))?;
        coder.identity = identity;
        if let Some([english, russian]) = &own {
            coder.identity = coder.identity.with(english).with(russian);
            let model = |bytes| Models::read(bytes).map_err(|error| unusable(error.to_string()));
            (coder.english, coder.russian) = (model(english)?, model(russian)?);
        }
        let bytes = self.russian_model.as_deref().map(russian::bytes).transpose()?;
        let russian = bytes.as_deref().map(russian::model).transpose()?;
        if let Some(russian) = &russian {
            coder = coder.with_russian(russian).map_err(|error| unusable(error.to_string()))?;
        }
        coder.gazetteer = gazetteer.as_ref();
        let signals = self.signals.then(Signals::shipped).transpose();
        let signals = signals.map_err(|error| unusable(error.to_string()))?;
        coder.signals = signals.as_ref();
        coder.explains = self.explain;
        // A second event of a sentence must be likely by itself, whatever is asked of the first.
        let usual = Bar::usual(Language::English);
        coder.bar = self.least.map(|least| Bar { any: least * 10_000, ..usual });
        let mut tally = Tally { discards, ..Tally::default() };
        let mut work = Work { coder: &coder, charter: &charter, desk: Desk::default() };
        self.inputs(&mut work, &mut tally)?;
        if let Some(path) = &self.unknown {
            tally.unknown.write(path)?;
        }
        tally.tell();
        let exit = if tally.skipped == 0 { Exit::OK } else { Exit::INVALID };
        Ok(Answer::new("", Value::Null).ending(exit))
    }

    /// Codes the file, or all files of the folder: one that cannot be read does not keep the others from it.
    fn inputs(&self, work: &mut Work<'_>, tally: &mut Tally) -> Result<(), Failure> {
        if !self.file.is_dir() {
            self.input(work, &self.file, tally)?;
            return Ok(());
        }
        let (files, faults) = walk::files(&self.file)?;
        for failure in faults {
            let place = failure.place.clone().unwrap_or_default();
            tally.passed(&place, &cause(&failure));
        }
        for path in files {
            match self.input(work, &path, tally) {
                Ok(true) => {}
                Ok(false) => break,
                Err(failure) if matches!(*failure.what, FailureKind::Output(_)) => {
                    return Err(failure);
                }
                Err(failure) => tally.passed(&path.display().to_string(), &cause(&failure)),
            }
        }
        Ok(())
    }

    /// Codes the documents of one input. Returns false if nobody reads their events any more.
    fn input(&self, work: &mut Work<'_>, path: &Path, tally: &mut Tally) -> Result<bool, Failure> {
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
            if !self.item(work, item, tally)? {
                return Ok(false);
            }
        }
    }

    /// Codes one document and tells its events. Returns false if nobody reads them any more.
    fn item(&self, work: &mut Work<'_>, item: Item, tally: &mut Tally) -> Result<bool, Failure> {
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
        let Work { coder, charter, desk } = work;
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
            charter,
        };
        let lines = Lines::new(coder, &coded, origin);
        let text = coded.document.text();
        let of_story = discarded(&tally.discards, text).is_some_and(|discard| discard.story);
        for event in &coded.events {
            if of_story || discarded(&tally.discards, event.sentence.of(text)).is_some() {
                tally.discarded += 1;
                continue;
            }
            tally.events += 1;
            if self.unknown.is_some() {
                for party in event.actor.iter().chain(&event.recipient) {
                    tally.unknown.meet(text, party, &item.name);
                }
            }
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
