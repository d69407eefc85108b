//! `veche bench`: claims of the documentation, computed anew.

mod coder;
mod forecast;
mod table;

use crate::answer::Answer;
use crate::failure::Failure;
use std::path::PathBuf;

/// The verbs.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Verb {
    /// Score every forecasting model on the windows of the VIEWS challenge
    #[command(after_help = "Examples:\n  veche bench forecast --data shared/data/forecast\n  \
        veche bench forecast --data shared/data/forecast --write docs/forecasts.md\n\n\
        The directory holds `cm_panel_199001_202212.csv.gz` and `challenge_actuals_cm.csv.gz`. \
        Constants that are chosen by scores are chosen without the window that is reported. \
        The window of 2022 is kept for releases: a model that was tuned on it proves nothing.")]
    Forecast {
        /// The directory of the benchmark's files
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
        /// Score the window of 2022 too
        #[arg(long)]
        release: bool,
        /// Put the tables into this file, between its two markers
        #[arg(long, value_name = "FILE")]
        write: Option<PathBuf>,
    },
    /// Score the event coder on a gold file or on the project's own sentences, or measure how fast it is
    #[command(after_help = "Examples:\n  \
        veche bench coder --gold shared/data/coding/validation/PLOVER_GSR_dev.json\n  \
        veche bench coder --own lexicon/sentences\n  \
        veche bench coder --speed crates/veche-coder/tests/data/clusters/documents.jsonl --stages\n  \
        veche bench coder --clusters crates/veche-coder/tests/data/clusters\n  \
        veche bench coder --petrarch-suite PETR.UnitTest.records.xml --dictionaries dictionaries\n  \
        veche bench coder --signals lexicon/signals\n\n\
        A gold file is a list of PLOVER records in JSON. The project's own sentences are divided into five parts, \
        and each part is coded by models that were trained on the other four. With `--clusters` the joining of reports to events is \
        scored (formats/clusters.md): constants were chosen on c-01 to c-49, the others are for the figures.")]
    Coder(Box<coder::Asked>),
}

impl Verb {
    /// Does what was asked.
    pub(crate) fn run(self) -> Result<Answer, Failure> {
        match self {
            Self::Forecast { data, release, write } => {
                forecast::run(&data, release, write.as_deref())
            }
            Self::Coder(asked) => coder::run(&asked),
        }
    }
}
