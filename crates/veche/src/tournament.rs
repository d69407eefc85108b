//! `veche tournament`: what institutes forecast, taken until the closing, scored alike, pooled with dissent in sight.

mod board;
mod open;
mod store;
mod submit;

pub(crate) use store::Rounds;
pub(crate) use submit::admit;

use crate::answer::Answer;
use crate::failure::Failure;
use crate::picture::StoreArgs;
use std::path::PathBuf;
use veche_picture::date::Date;
use veche_picture::tournament::Measure;
use veche_picture::{Month, Series};

/// The verbs.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Verb {
    /// Open a round: deaths of all units that have counts at the origin, for some months, until a day
    #[command(
        after_help = "Example:\n  veche tournament open 2014-q1 --origin 2013-12 --months 3 --closes 2014-01-20"
    )]
    Open {
        /// Its name
        #[arg(value_name = "ROUND")]
        name: String,
        /// The last month of which counts may be used
        #[arg(long, value_name = "YYYY-MM", value_parser = Month::parse)]
        origin: Month,
        /// Months that are forecast, from the one after the origin on
        #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=36))]
        months: u8,
        /// The last day on which a forecast is taken
        #[arg(long, value_name = "YYYY-MM-DD", value_parser = Date::parse)]
        closes: Date,
        /// The series; the only one of counts if not given
        #[arg(long, value_name = "S", value_parser = Series::parse)]
        series: Option<Series>,
        /// Where the tables are.
        #[command(flatten)]
        store: StoreArgs,
        /// Where the rounds are.
        #[command(flatten)]
        dir: DirArgs,
    },
    /// Take an institute's forecast: CSV with draws, quantiles or probabilities, from a file or a signed record
    #[command(
        after_help = "Examples:\n  veche tournament submit lab.csv --round 2014-q1 --institute Lab --out terms.json\n  \
        veche record say --store arven.db --kind submission --terms terms.json --passphrase-file pass.txt\n  \
        veche tournament submit --round 2014-q1 --node belm.db --record IN-1\n\n\
        Columns: country_id; month_id, or year and month; and draw with outcome, or quantile with outcome, or probability (of 25\n\
        deaths or more). One row that cannot be taken refuses the file. After the closing nothing is taken (exit code 4); before, a\n\
        later file stands in the place of an earlier, which stays on the list."
    )]
    Submit {
        /// The file; `-` for standard input
        #[arg(required_unless_present = "record")]
        file: Option<PathBuf>,
        /// The round
        #[arg(long, value_name = "ROUND")]
        round: String,
        /// The institute; a signed record names it
        #[arg(
            long,
            value_name = "NAME",
            required_unless_present = "record",
            conflicts_with = "record"
        )]
        institute: Option<String>,
        /// The day on which it came, if not today: who keeps the tournament answers for it
        #[arg(long, value_name = "YYYY-MM-DD", value_parser = Date::parse, conflicts_with = "record")]
        on: Option<Date>,
        /// A node's store, which holds the signed record
        #[arg(long, value_name = "STORE", requires = "record")]
        node: Option<PathBuf>,
        /// The record: its number or hash; it came on the day by which a quorum held it
        #[arg(long, value_name = "NUMBER", requires = "node")]
        record: Option<String>,
        /// Write the terms of an act in which the institute's member signs it
        #[arg(long, value_name = "FILE", conflicts_with = "record")]
        out: Option<PathBuf>,
        /// Where the rounds are.
        #[command(flatten)]
        dir: DirArgs,
    },
    /// Score a round as far as it is known what came, beside the pool and who says otherwise
    #[command(after_help = "Example:\n  veche tournament score 2014-q1")]
    Score {
        /// The round
        #[arg(value_name = "ROUND")]
        round: String,
        /// Where the tables are.
        #[command(flatten)]
        store: StoreArgs,
        /// Where the rounds are.
        #[command(flatten)]
        dir: DirArgs,
    },
    /// Show who was how good over all rounds, each against the baseline on its own cells
    #[command(after_help = "Example:\n  veche tournament board --measure log-crps")]
    Board {
        /// What it is made by
        #[arg(long, value_enum, default_value = "log-crps")]
        measure: MeasureArg,
        /// Rounds of this series alone
        #[arg(long, value_name = "S", value_parser = Series::parse)]
        series: Option<Series>,
        /// Where the tables are.
        #[command(flatten)]
        store: StoreArgs,
        /// Where the rounds are.
        #[command(flatten)]
        dir: DirArgs,
    },
}

/// Where the rounds are.
#[derive(Debug, clap::Args)]
pub(crate) struct DirArgs {
    /// The directory of the rounds
    #[arg(long = "rounds", value_name = "DIR", default_value = "veche-tournament")]
    rounds: PathBuf,
}

impl DirArgs {
    /// Returns the directory.
    pub(crate) fn path(&self) -> &std::path::Path {
        &self.rounds
    }
}

/// A measure, as typed.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(crate) enum MeasureArg {
    /// CRPS of deaths
    Crps,
    /// CRPS of ln(1 + deaths)
    LogCrps,
    /// Ignorance over eleven classes
    Ign,
    /// Brier score of 25 deaths or more
    Brier,
}

impl From<MeasureArg> for Measure {
    fn from(measure: MeasureArg) -> Self {
        match measure {
            MeasureArg::Crps => Self::Crps,
            MeasureArg::LogCrps => Self::CrpsLog,
            MeasureArg::Ign => Self::Ignorance,
            MeasureArg::Brier => Self::Brier,
        }
    }
}

impl Verb {
    /// Does what was asked.
    pub(crate) fn run(self) -> Result<Answer, Failure> {
        match self {
            Self::Open { name, origin, months, closes, series, store, dir } => {
                let asked = open::Asked { name, origin, months, closes, series };
                open::open(asked, store.dir(), &dir.rounds)
            }
            Self::Submit { file, round, institute, on, node, record, out, dir } => {
                let rounds = Rounds::open(&dir.rounds)?;
                match (node, record) {
                    (Some(node), Some(record)) => {
                        submit::from_record(&rounds, &round, &node, &record, file.as_deref())
                    }
                    _ => {
                        let of = submit::Of { institute: institute.unwrap_or_default(), on };
                        submit::from_file(
                            &rounds,
                            &round,
                            &file.unwrap_or_default(),
                            of,
                            out.as_deref(),
                        )
                    }
                }
            }
            Self::Score { round, store, dir } => {
                board::score(&Rounds::open(&dir.rounds)?, &round, store.dir())
            }
            Self::Board { measure, series, store, dir } => {
                board::board(&Rounds::open(&dir.rounds)?, measure.into(), series, store.dir())
            }
        }
    }
}
