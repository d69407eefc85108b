//! `veche bench coder`: how often coded events are right, on a gold file and on the project's own sentences, and how fast they come.

mod chance;
mod clusters;
mod gold;
mod names;
mod own;
mod petrarch;
mod signals;
mod speed;

use crate::answer::Answer;
use crate::code::names::{Lore, Names};
use crate::code::russian;
use crate::failure::{Failure, FailureKind};
use crate::file;
use own::By;
use std::path::{Path, PathBuf};
use std::time::Instant;
use veche_coder::matcher::{Matcher, Vocabulary};
use veche_coder::model::{Language, english};
use veche_coder::place::Gazetteer;
use veche_coder::russian::Russian;

/// Most bytes of a gold file or of a file of labelled sentences.
const FILE_LEN_MAX: u64 = 64 * 1024 * 1024;

/// The file of a folder of sentences that lists the states which they make up.
const STATES: &str = "states.tsv";

/// What texts are read with.
struct Kit<'a> {
    vocabulary: Vocabulary,
    matcher: Matcher,
    gazetteer: Option<Gazetteer>,
    english: Language<'static>,
    russian: Option<&'a Russian<'a>>,
}

impl<'a> Kit<'a> {
    fn new(names: &Names, russian: Option<&'a Russian<'a>>) -> Result<Self, Failure> {
        let (lore, english) = names.read_beside_english(None)?;
        let Lore { vocabulary, gazetteer, matcher, .. } = lore;
        Ok(Self { vocabulary, matcher, gazetteer, english, russian })
    }

    /// Returns the same with the states that a folder of sentences makes up, where it lists any: to its reader they are states, as to
    /// a node the parties of its charter are.
    fn with_states(&self, folder: &Path) -> Result<Self, Failure> {
        let path = folder.join(STATES);
        let vocabulary = Vocabulary::shipped().map_err(|error| failure(&error.to_string()))?;
        let vocabulary = if path.exists() {
            let table = file::read(&path, FILE_LEN_MAX)?;
            vocabulary.with_nations(&table).map_err(|error| failure(&error.to_string()))?
        } else {
            vocabulary
        };
        let english = english().map_err(|error| failure(&error.to_string()))?;
        let matcher = Matcher::new(&vocabulary, &[], None);
        Ok(Self { matcher, vocabulary, gazetteer: None, english, russian: self.russian })
    }
}

fn failure(what: &str) -> Failure {
    Failure::new(FailureKind::Coder(what.to_owned()))
}

/// What to measure. Exactly one of what is measured is set.
#[derive(Debug, clap::Args)]
pub(crate) struct Asked {
    /// A gold file of PLOVER records
    #[arg(long, value_name = "FILE", required_unless_present_any = ["own", "held", "speed", "clusters", "signals", "petrarch_suite", "labelled_names", "real"], conflicts_with_all = ["own", "held", "speed", "clusters", "signals", "charter", "nations", "places"])]
    gold: Option<PathBuf>,
    /// The directory of labelled sentences, `en.jsonl` and `ru.jsonl`
    #[arg(long, value_name = "DIR", conflicts_with_all = ["speed", "clusters", "charter", "nations", "places", "petrarch"])]
    own: Option<PathBuf>,
    /// A directory of sentences that nothing was fitted to: they are coded by the models that the program carries
    #[arg(long, value_name = "DIR", conflicts_with_all = ["own", "speed", "clusters", "charter", "nations", "places", "petrarch"])]
    held: Option<PathBuf>,
    /// A file of labels of real sentences, `lexicon/sentences/real/test.jsonl`; their words stand in treebanks
    #[arg(long, value_name = "FILE", requires = "treebanks", conflicts_with_all = ["gold", "own", "held", "speed", "clusters", "signals", "petrarch_suite", "labelled_names", "petrarch"])]
    real: Option<PathBuf>,
    /// The directory of English treebanks: with `--real` where the words are, with `--own` to learn from real text too, as the shipped
    /// models did
    #[arg(long, value_name = "DIR")]
    treebanks: Option<PathBuf>,
    /// A directory of reports of which it is known which tell of one event
    #[arg(long, value_name = "DIR", conflicts_with_all = ["speed", "charter", "nations", "places", "petrarch"])]
    clusters: Option<PathBuf>,
    /// A file of records of PETRARCH's validation suite: how many its rules pass here, over the records' own Penn trees unless
    /// `--own-parse` is set
    #[arg(long, value_name = "FILE", requires = "dictionaries", conflicts_with_all = ["gold", "own", "held", "speed", "clusters", "signals", "charter", "nations", "places", "petrarch"])]
    petrarch_suite: Option<PathBuf>,
    /// With `--petrarch-suite`: the directory of the dictionaries that the suite names
    #[arg(long, value_name = "DIR", requires = "petrarch_suite")]
    dictionaries: Option<PathBuf>,
    /// With `--petrarch-suite`: over the coder's own parse of the sentences
    #[arg(long, requires = "petrarch_suite")]
    own_parse: bool,
    /// A directory of sentences in languages that have a table of words and no models, `be.jsonl` and others
    #[arg(long, value_name = "DIR", conflicts_with_all = ["own", "held", "clusters", "speed", "charter", "nations", "places", "petrarch"])]
    signals: Option<PathBuf>,
    /// A file of Russian sentences whose names are labelled (formats/names.md): how many are found by the tables, and by the network if
    /// `--russian-model` is given
    #[arg(long = "names", value_name = "FILE", conflicts_with_all = ["gold", "own", "held", "clusters", "speed", "signals", "petrarch_suite", "petrarch"])]
    labelled_names: Option<PathBuf>,
    /// A file of texts, in any form that `veche code` reads: how fast they become events; may be given several times
    #[arg(long, value_name = "FILE")]
    speed: Vec<PathBuf>,
    /// With `--speed`: go on until so many MiB of text are coded; 0 for once
    #[arg(long, value_name = "MIB", default_value_t = 8, requires = "speed")]
    mebibytes: u32,
    /// The model by which Russian is parsed: docs/coder.md tells how it is made
    #[arg(long, value_name = "FILE", conflicts_with = "clusters")]
    russian_model: Option<PathBuf>,
    /// With `--speed`: tell what each stage takes
    #[arg(long, requires = "speed")]
    stages: bool,
    /// With `--speed` and `--names`
    #[command(flatten)]
    names: Names,
}

/// Scores the coder, or measures it.
///
/// # Errors
/// [`Failure`]: the files, or what stands in them.
pub(crate) fn run(asked: &Asked) -> Result<Answer, Failure> {
    if let Some(clusters) = &asked.clusters {
        return clusters::run(clusters);
    }
    if let (Some(suite), Some(dictionaries)) = (&asked.petrarch_suite, &asked.dictionaries) {
        return petrarch::run(suite, dictionaries, asked.own_parse);
    }
    let start = Instant::now();
    let bytes = asked.russian_model.as_deref().map(russian::bytes).transpose()?;
    let model = bytes.as_deref().map(russian::model).transpose()?;
    let kit = Kit::new(&asked.names, model.as_ref())?;
    let ready = start.elapsed().as_secs_f64();
    if let Some(directory) = &asked.signals {
        return signals::run(&kit, directory);
    }
    if let Some(labelled) = &asked.labelled_names {
        return names::run(&kit, labelled);
    }
    if let (Some(labels), Some(treebanks)) = (&asked.real, &asked.treebanks) {
        return own::real(&kit, labels, treebanks);
    }
    match (&asked.gold, &asked.own, &asked.held) {
        (Some(gold), ..) => gold::run(&kit, gold),
        (None, Some(own), _) => own::run(&kit, own, By::Parts(asked.treebanks.as_deref())),
        (None, None, Some(held)) => own::run(&kit, held, By::Shipped),
        (None, None, None) => {
            let ask = speed::Ask { mebibytes: asked.mebibytes, stages: asked.stages };
            speed::run(&kit, ready, &asked.speed, ask)
        }
    }
}
