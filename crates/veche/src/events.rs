//! `veche events`: what reports tell of, joined from mentions or imported from data sets, and counts of it.

mod corrections;
mod counts;
mod export;
mod import;
mod join;
mod kept;
mod lines;
mod shown;

pub(crate) use shown::reports;

use crate::answer::Answer;
use crate::failure::Failure;
use std::path::PathBuf;
use veche_ledger::Label;

/// The verbs.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Verb {
    /// Join the mentions that `veche code` found: which tell of one event, and what they come to
    #[command(after_help = "Examples:\n  veche code feed.jsonl --least 4 > mentions.jsonl\n  \
        veche events join mentions.jsonl --out events.parquet\n  \
        veche events join monday.jsonl tuesday.jsonl --sources publishers.tsv\n  \
        veche events join mentions.jsonl --corrections corrections.jsonl\n\n\
        An event is a view of its mentions: the same lines in any order give the same events. A list of publishers has a name, a \
        tab and a grade from A to F a line. Lines that are no mentions are told and passed over; ends with 5 then.")]
    Join {
        /// Files of mentions, one JSON object a line; `-` for standard input
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// Where the events go: a name that ends in .parquet, or JSON lines; standard output if not given
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// How far publishers are trusted
        #[arg(long, value_name = "FILE")]
        sources: Option<PathBuf>,
        /// What analysts said of events, as `veche events corrections` wrote it
        #[arg(long, value_name = "FILE")]
        corrections: Option<PathBuf>,
    },
    /// Write what analysts said of events, from a node's records
    #[command(
        after_help = "Examples:\n  veche events corrections --store belm.db --out corrections.jsonl\n  \
        veche events corrections --store belm.db --mentions mentions.jsonl --out corrections.jsonl\n\n\
        One JSON object a line, in the order in which they became known. With the mentions that were joined, each line has the sentences that \
        it is about, and can teach the models (docs/events.md). Records of exercises are left out."
    )]
    Corrections {
        /// The node's store
        #[arg(long)]
        store: PathBuf,
        /// Files of mentions, as `veche code` wrote them
        #[arg(long, value_name = "FILE")]
        mentions: Vec<PathBuf>,
        /// Where the corrections go; standard output if not given
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Import a data set's events into the same columns
    #[command(
        after_help = "Examples:\n  veche events import gdelt 20261126120000.export.CSV --out gdelt.parquet\n  \
        veche events import acled acled.csv --out acled.parquet\n\n\
        The data are their owners', on their terms. CAMEO's codes become types of PLOVER by a table (formats/event.md). Rows that cannot \
        be used are skipped and told, with line and column; ends with 5 if no row can be used."
    )]
    Import {
        /// Whose format it is
        #[arg(value_enum)]
        format: import::FormatArg,
        /// The file, plain or gzip; `-` for standard input
        file: PathBuf,
        /// Where the events go: a name that ends in .parquet, or JSON lines; standard output if not given
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Show kept events, one JSON object a line
    #[command(after_help = "Example:\n  veche events show events.parquet")]
    Show {
        /// A file that `join` or `import` wrote
        file: PathBuf,
    },
    /// Write coded mentions as one table with nested columns, which pandas, polars, DuckDB and others open
    #[command(
        after_help = "Examples:\n  veche events export events.parquet --out mentions.parquet\n  \
        veche code feed.jsonl | veche events export - --out mentions.parquet\n  \
        veche events export gdelt.parquet --label PUBLIC --out gdelt-mentions.parquet\n\n\
        One row a mention, with what the mention itself says; one row an event of a data set. The columns are in formats/mentions.md. \
        Lines that are no mentions are told and passed over; ends with 5 then. A file of events with a mention that cannot be is refused."
    )]
    Export {
        /// A file that `join` or `import` wrote, or lines of `veche code`; `-` for lines of either on standard input
        file: PathBuf,
        /// Where the table goes: a name that ends in .parquet, or JSON lines; standard output if not given
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Who may read rows that do not say so themselves: a label (docs/labels.md)
        #[arg(long, value_parser = export::label)]
        label: Option<Label>,
    },
    /// Count kept events by state and month, as `veche picture import counts` reads it
    #[command(after_help = "Examples:\n  veche events counts events.parquet --out counts.csv\n  \
        veche picture import counts counts.csv --scheme iso --column events_conflict\n  \
        veche picture tension --area iso:51 --series events_conflict\n\n\
        Outside stay events that were taken back, that only publishers of low reliability tell (D or E), that are less certain than \
        asked, that have not happened, or of no known state; how many is told. Months without an event count 0 from a state's first \
        event on: files must cover their time without a gap.")]
    Counts {
        /// Files that `join` or `import` wrote
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// What is counted
        #[arg(long, value_enum, default_value = "conflict")]
        count: counts::Count,
        /// Least confidence of an event that was joined here, in per cent
        #[arg(long, value_name = "PER CENT", default_value = "50", value_parser = clap::value_parser!(u8).range(0..=100))]
        least: u8,
        /// A number for a code that ISO 3166-1 does not know: XOR=901
        #[arg(long = "area", value_name = "CODE=NUMBER", value_parser = counts::area)]
        areas: Vec<(String, u16)>,
        /// Where the counts go; standard output if not given
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

impl Verb {
    /// Does what was asked.
    ///
    /// # Errors
    /// [`Failure`]: the files, and what stands in them.
    pub(crate) fn run(self) -> Result<Answer, Failure> {
        match self {
            Self::Join { files, out, sources, corrections } => {
                join::run(&files, out.as_deref(), sources.as_deref(), corrections.as_deref())
            }
            Self::Corrections { store, mentions, out } => {
                corrections::run(&store, &mentions, out.as_deref())
            }
            Self::Import { format, file, out } => import::run(format, &file, out.as_deref()),
            Self::Show { file } => kept::show(&file),
            Self::Export { file, out, label } => export::run(&file, out.as_deref(), label.as_ref()),
            Self::Counts { files, count, least, areas, out } => {
                let areas = areas.into_iter().collect();
                counts::run(&files, count, least, areas, out.as_deref())
            }
        }
    }
}
