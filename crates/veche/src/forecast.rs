//! `veche forecast`: what the months ahead may bring, why, and how good such forecasts were.

mod calibration;
mod compare;
mod explain;
pub(crate) mod load;
mod run;
mod score;
mod submit;
mod units;

use crate::answer::Answer;
use crate::failure::Failure;
use crate::picture::SchemeArg;
use std::path::PathBuf;
use veche_picture::forecast::run::Rule;
use veche_picture::{Date, Month, Series};

/// The verbs.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Verb {
    /// Forecast all units of a panel from the end of a month
    #[command(
        after_help = "Examples:\n  veche forecast run counts.csv --origin 2022-10 --out run\n  \
        gunzip -c counts.csv.gz | veche forecast run - --out run --format parquet\n  \
        veche forecast run --store veche-picture --series ged_sb --out run\n  \
        veche forecast run counts.csv --model l4 --wider all_best --out run\n\n\
        Writes `run.json`, which the other verbs read, `worked.json`, which saves them time, a table of the months \
        ahead, and CODEBOOK.md, which says what its columns mean. One row that cannot be used refuses the panel: a forecast rests on all of it or on none."
    )]
    Run(RunArgs),
    /// Forecast weeks of pairs or border sectors, or months of cells
    #[command(
        after_help = "Examples:\n  veche forecast units --store veche-picture --of pair-week --out pairs\n  \
        veche forecast units --store veche-picture --of sector-week --sectors sectors.csv --out sectors\n  \
        veche forecast units cells.csv.gz --of cell-month --out grid\n\n\
        No skill is claimed: the constants of these rules are declared, not fitted. Writes a table, a list of quiet units, \
        `units.json` and CODEBOOK.md."
    )]
    Units(units::UnitsArgs),
    /// Tell why a unit's forecast says what it says
    #[command(after_help = "Example:\n  veche forecast explain run views:57")]
    Explain {
        /// The directory of the run, or its `run.json`
        run: PathBuf,
        /// The unit: `views:133`, `gw:530`, or its name
        unit: String,
    },
    /// Score a run against what came
    #[command(after_help = "Example:\n  veche forecast score run --truth counts.csv\n\n\
        The truth must tell of the run's own past as the run does; one whose calendar is off by some months is told by \
        how many.")]
    Score {
        /// The directory of the run, or its `run.json`
        run: PathBuf,
        /// A panel of counts, of the run's units and later months
        #[arg(long, value_name = "FILE")]
        truth: PathBuf,
        /// What the truth's columns do not say.
        #[command(flatten)]
        columns: Columns,
    },
    /// Compare two runs: where they differ, and which was better in the past
    #[command(after_help = "Example:\n  veche forecast compare run-october run-november")]
    Compare {
        /// The first run
        first: PathBuf,
        /// The second
        second: PathBuf,
    },
    /// Tell how often what was given a chance happened, over the past forecasts of runs
    #[command(after_help = "Example:\n  veche forecast calibration run-2020 run-2022")]
    Calibration {
        /// The runs
        #[arg(required = true)]
        runs: Vec<PathBuf>,
    },
    /// Hand a run in for a round of the tournament, as the quantiles of its units and months
    #[command(
        after_help = "Example:\n  veche forecast submit run --round 2014-q1 --institute Lab --out terms.json\n\n\
        A run of another series, or from the end of another month than the round's origin, is refused. An institute's own file is\n\
        handed in with `veche tournament submit`."
    )]
    Submit {
        /// The directory of the run
        #[arg(value_name = "RUN")]
        run: PathBuf,
        /// The round
        #[arg(long, value_name = "ROUND")]
        round: String,
        /// The institute
        #[arg(long, value_name = "NAME")]
        institute: String,
        /// The day on which it came, if not today: who keeps the tournament answers for it
        #[arg(long, value_name = "YYYY-MM-DD", value_parser = Date::parse)]
        on: Option<Date>,
        /// Write the terms of an act in which the institute's member signs it
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Where the rounds are.
        #[command(flatten)]
        dir: crate::tournament::DirArgs,
    },
}

/// What is forecast, and where to.
#[derive(Debug, clap::Args)]
pub(crate) struct RunArgs {
    /// The panel: CSV, plain or gzip, with `country_id`, a month and a count; `-` for standard input
    #[arg(required_unless_present = "store", conflicts_with = "store")]
    file: Option<PathBuf>,
    /// A store of imported tables in place of a file
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,
    /// The series of the store; the only one of counts if not given
    #[arg(long, value_name = "S", value_parser = Series::parse, requires = "store")]
    series: Option<Series>,
    /// What was known on this day, from the vintages of the store; what is known now if not given
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = Date::parse, requires = "store")]
    as_of: Option<Date>,
    /// What the panel's columns do not say.
    #[command(flatten)]
    columns: Columns,
    /// Names of the units: CSV with `country_id` and `name`
    #[arg(long, value_name = "FILE")]
    names: Option<PathBuf>,
    /// The last month that is known; the panel's last if not given
    #[arg(long, value_name = "YYYY-MM", value_parser = Month::parse)]
    origin: Option<Month>,
    /// How to forecast
    #[arg(long, visible_alias = "model", value_enum, default_value = "recent")]
    rule: RuleArg,
    /// A column of deaths in violence of all kinds, or a series of the store: what `tuned` and `pooled` are told besides
    #[arg(long, value_name = "NAME")]
    wider: Option<String>,
    /// The directory to write to
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// How the table is written
    #[arg(long, value_enum, default_value = "csv")]
    format: Format,
}

/// What a panel's columns do not say.
#[derive(Debug, clap::Args)]
pub(crate) struct Columns {
    /// The list that `country_id` is from
    #[arg(long, value_enum, default_value = "views")]
    scheme: SchemeArg,
    /// The column that counts, if its name is not a usual one
    #[arg(long, value_name = "NAME")]
    column: Option<String>,
}

/// A rule, as typed.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(crate) enum RuleArg {
    /// The last three years come again, the later the likelier, each wider than it was
    #[value(alias = "l2")]
    Recent,
    /// Each of the last twelve months is as likely to come again
    #[value(alias = "l1")]
    Conflictology,
    /// As `recent`, with constants by horizon that the counts themselves chose, and a floor under quiet units
    #[value(alias = "l3")]
    Tuned,
    /// `recent` and boosted trees together, learnt from all units; takes a minute
    #[value(alias = "l4")]
    Pooled,
}

impl From<RuleArg> for Rule {
    fn from(rule: RuleArg) -> Self {
        match rule {
            RuleArg::Recent => Self::Recent,
            RuleArg::Conflictology => Self::Conflictology,
            RuleArg::Tuned => Self::Tuned,
            RuleArg::Pooled => Self::Pooled,
        }
    }
}

/// How a table is written.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(crate) enum Format {
    /// Comma-separated values
    Csv,
    /// Apache Parquet
    Parquet,
    /// A list of objects
    Json,
}

impl Verb {
    /// Does what was asked.
    pub(crate) fn run(self) -> Result<Answer, Failure> {
        match self {
            Self::Run(arguments) => run::run(&arguments),
            Self::Units(arguments) => units::run(&arguments),
            Self::Explain { run, unit } => explain::run(&run, &unit),
            Self::Score { run, truth, columns } => score::run(&run, &truth, &columns),
            Self::Compare { first, second } => compare::run(&first, &second),
            Self::Calibration { runs } => calibration::run(&runs),
            Self::Submit { run, round, institute, on, out, dir } => {
                submit::run(&run, &round, (&institute, on), out.as_deref(), &dir)
            }
        }
    }
}
