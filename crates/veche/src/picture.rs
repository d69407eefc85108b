//! `veche picture`: events and counts, tension, warning drafts.

mod areas;
pub(crate) mod find;
pub(crate) mod import;
pub(crate) mod names;
pub(crate) mod store;
pub(crate) mod tension;
mod vintages;
mod warn;

use crate::answer::Answer;
use crate::failure::Failure;
use std::path::{Path, PathBuf};
use store::Store;
use veche_picture::warn::Threshold;
use veche_picture::{Date, Month, Scheme, Series};

/// The verbs.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Verb {
    /// Import a data set into the store
    #[command(subcommand)]
    Import(ImportVerb),
    /// Tell an area's tension index in a month, with its reasons
    #[command(after_help = "Examples:\n  veche picture tension --area Norland\n  \
        veche picture tension --area views:133 --at 2020-11 --series ged_sb\n  \
        veche picture tension --area views:133 --charter six-rivers --scale deaths\n\n\
        A scale of a charter sums components by the weights that the charter declares, and shows what each adds.")]
    Tension {
        /// What is asked.
        #[command(flatten)]
        asked: Asked,
        /// A charter with scales of tension: a shipped one's name, or a file
        #[arg(long, value_name = "CHARTER")]
        charter: Option<String>,
        /// The scale of the charter; the one of the series, or its only one, if not given
        #[arg(long, value_name = "NAME", requires = "charter")]
        scale: Option<String>,
    },
    /// Draft a warning where the tension index is at or over a threshold
    #[command(after_help = "Examples:\n  veche picture warn --area Norland --threshold 55\n  \
        veche picture warn --area views:133 --at 2020-11 --out warning.json\n\n\
        The draft states how often the threshold raised a false alarm in the past. Nothing is sent: \
        --out writes the terms of a `warning` that a person may sign.")]
    Warn {
        /// What is asked.
        #[command(flatten)]
        asked: Asked,
        /// The index at which a warning is due, 1 to 100
        #[arg(long, value_name = "N", default_value = THRESHOLD_DEFAULT, value_parser = threshold)]
        threshold: Threshold,
        /// Write the terms as canonical JSON
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// List the inputs of the store: since when each is known, and what it rewrote
    #[command(after_help = "Examples:\n  veche picture vintages\n  \
        veche picture vintages --series ged_sb --as-of 2022-11-20\n\n\
        An input is pinned by SHA-256 of its bytes and kept as it came. `--as-of` elsewhere reads what was known on a day.")]
    Vintages {
        /// Where the tables are.
        #[command(flatten)]
        store: StoreArgs,
        /// This series alone
        #[arg(long, value_name = "S", value_parser = Series::parse)]
        series: Option<Series>,
        /// Those that were known on this day
        #[arg(long, value_name = "YYYY-MM-DD", value_parser = Date::parse)]
        as_of: Option<Date>,
    },
    /// List the areas of the store
    #[command(after_help = "Examples:\n  veche picture areas\n  \
        veche picture areas --series ged_sb --store data/picture")]
    Areas {
        /// Where the tables are.
        #[command(flatten)]
        store: StoreArgs,
        /// This series alone
        #[arg(long, value_name = "S", value_parser = Series::parse)]
        series: Option<Series>,
    },
}

/// What can be imported.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum ImportVerb {
    /// Events of UCDP GED or UCDP Candidate, as CSV, plain or gzip
    #[command(after_help = "Examples:\n  veche picture import ucdp GEDEvent_v25_1.csv\n  \
        gunzip -c candidate.csv.gz | veche picture import ucdp -\n\n\
        Importing a file twice changes nothing. Rows that cannot be used are skipped and told; \
        ends with 5 if no row can be used.")]
    Ucdp {
        /// The file; `-` for standard input
        file: PathBuf,
        /// Where the tables are.
        #[command(flatten)]
        store: StoreArgs,
        /// Whose data they are.
        #[command(flatten)]
        claim: ClaimArgs,
    },
    /// Incidents of ACLED, as its export or its API writes them in CSV, plain or gzip
    #[command(
        after_help = "Examples:\n  veche picture import acled acled.csv --known 2024-03-12\n\n\
        The data are ACLED's, on its terms. They are kept apart from UCDP's events, which count the same deaths. Importing a \
        file twice changes nothing; ends with 5 if no row can be used."
    )]
    Acled {
        /// The file; `-` for standard input
        file: PathBuf,
        /// Where the tables are.
        #[command(flatten)]
        store: StoreArgs,
        /// Whose data they are.
        #[command(flatten)]
        claim: ClaimArgs,
    },
    /// Counts of VIEWS, as its API hands them out: JSON, or CSV, plain or gzip
    #[command(after_help = "Examples:\n  veche picture import views page.json --column ged_sb\n  \
        veche picture import views cm.csv --begins 1990-01 --scheme gw\n\n\
        VIEWS numbers months from January 1980, so that 121 is January 1990. `--begins` states the first month of the file: \
        one that begins in another, because its months are numbered otherwise, is refused.")]
    Views {
        /// The file; `-` for standard input
        file: PathBuf,
        /// Where the tables are.
        #[command(flatten)]
        store: StoreArgs,
        /// The list to number countries by: views by `country_id`, gw by `gwcode`, iso by `isonum`
        #[arg(long, value_enum, default_value = "views")]
        scheme: SchemeArg,
        /// The column that counts, if its name is not a usual one
        #[arg(long, value_name = "NAME")]
        column: Option<String>,
        /// The first month of the file; a page of the API's first states its own
        #[arg(long, value_name = "YYYY-MM", value_parser = Month::parse)]
        begins: Option<Month>,
        /// Whose data they are.
        #[command(flatten)]
        claim: ClaimArgs,
    },
    /// A panel of counts by country and month, as CSV, plain or gzip
    #[command(after_help = "Examples:\n  \
        veche picture import counts panel.csv.gz --names countries.csv\n  \
        veche picture import counts panel.csv --scheme gw --column deaths\n\n\
        Importing a file twice changes nothing. Rows that cannot be used are skipped and told; \
        ends with 5 if no row can be used.")]
    Counts {
        /// The file, with `country_id`, a month and a count; `-` for standard input
        file: PathBuf,
        /// Where the tables are.
        #[command(flatten)]
        store: StoreArgs,
        /// The list that `country_id` is from
        #[arg(long, value_enum, default_value = "views")]
        scheme: SchemeArg,
        /// The column that counts, if its name is not a usual one
        #[arg(long, value_name = "NAME")]
        column: Option<String>,
        /// Names of the countries: CSV with `country_id` and `name`, and where known `from` and `until`, the months in which
        /// each exists
        #[arg(long, value_name = "FILE")]
        names: Option<PathBuf>,
        /// Whose data they are.
        #[command(flatten)]
        claim: ClaimArgs,
    },
}

/// What is said of an input.
#[derive(Debug, clap::Args)]
pub(crate) struct ClaimArgs {
    /// The day since when the input is known: of a release, the day it came out; today if not given
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = Date::parse)]
    known: Option<Date>,
    /// Whose data they are, and which release
    #[arg(long, value_name = "TEXT")]
    source: Option<String>,
    /// The terms on which they may be used
    #[arg(long, value_name = "TEXT")]
    licence: Option<String>,
}

impl ClaimArgs {
    /// Returns the claim, with what is usual where nothing was said.
    fn or(self, source: &str, licence: &str) -> import::Claim {
        import::Claim {
            source: self.source.unwrap_or_else(|| source.to_owned()),
            licence: self.licence.unwrap_or_else(|| licence.to_owned()),
            known: self.known,
        }
    }
}

/// Where the tables are.
#[derive(Debug, clap::Args)]
pub(crate) struct StoreArgs {
    /// The directory of the tables
    #[arg(long = "store", value_name = "DIR", default_value = "veche-picture")]
    dir: PathBuf,
}

impl StoreArgs {
    /// Returns the directory.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }
}

/// An area, a month and a series.
#[derive(Debug, clap::Args)]
pub(crate) struct Asked {
    /// The area: `views:133`, `gw:530`, or its name
    #[arg(long)]
    area: String,
    /// The month; the last one with data if not given
    #[arg(long, value_name = "YYYY-MM", value_parser = Month::parse)]
    at: Option<Month>,
    /// What was known on this day, from the vintages of the store; what is known now if not given
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = Date::parse)]
    as_of: Option<Date>,
    /// The series; the only one of counts if not given
    #[arg(long, value_name = "S", value_parser = Series::parse)]
    series: Option<Series>,
    /// Where the tables are.
    #[command(flatten)]
    store: StoreArgs,
}

/// A list of countries, as typed.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(crate) enum SchemeArg {
    /// Gleditsch and Ward numbers, as UCDP uses
    Gw,
    /// The country list of VIEWS
    Views,
    /// Numbers of ISO 3166-1, as ACLED uses
    Iso,
}

impl From<SchemeArg> for Scheme {
    fn from(scheme: SchemeArg) -> Self {
        match scheme {
            SchemeArg::Gw => Self::Gw,
            SchemeArg::Views => Self::Views,
            SchemeArg::Iso => Self::Iso,
        }
    }
}

/// What is listed of an input of which nobody said whose it is.
const NOT_STATED: &str = "not stated";
/// Where class acute begins by default: below it, alarms are frequent enough to be ignored.
const THRESHOLD_DEFAULT: &str = "55";

fn threshold(text: &str) -> Result<Threshold, String> {
    text.parse().ok().and_then(Threshold::new).ok_or_else(|| "a threshold is 1 to 100".to_owned())
}

impl Verb {
    /// Does what was asked.
    pub(crate) fn run(self) -> Result<Answer, Failure> {
        match self {
            Self::Import(ImportVerb::Ucdp { file, store, claim }) => {
                let claim = claim.or("UCDP", "CC BY 4.0");
                import::events(&file, &claim, &Store::create(&store.dir)?)
            }
            Self::Import(ImportVerb::Acled { file, store, claim }) => {
                let claim = claim.or("ACLED", "ACLED's terms of use");
                import::incidents(&file, &claim, &Store::create(&store.dir)?)
            }
            Self::Import(ImportVerb::Views { file, store, scheme, column, begins, claim }) => {
                let claim = claim.or("VIEWS", NOT_STATED);
                let scheme = scheme.into();
                let wanted =
                    import::Panel { file: &file, scheme, column: column.as_deref(), names: None };
                import::views(&wanted, begins, &claim, &Store::create(&store.dir)?)
            }
            Self::Import(ImportVerb::Counts { file, store, scheme, column, names, claim }) => {
                let claim = claim.or(NOT_STATED, NOT_STATED);
                let wanted = import::Panel {
                    file: &file,
                    scheme: scheme.into(),
                    column: column.as_deref(),
                    names: names.as_deref(),
                };
                import::counts(&wanted, &claim, &Store::create(&store.dir)?)
            }
            Self::Tension { asked, charter, scale } => {
                tension::run(asked, charter.as_deref(), scale.as_deref())
            }
            Self::Warn { asked, threshold, out } => warn::run(&asked, threshold, out.as_deref()),
            Self::Vintages { store, series, as_of } => {
                vintages::run(&Store::open(&store.dir)?, series.as_ref(), as_of)
            }
            Self::Areas { store, series } => areas::run(&Store::open(&store.dir)?, series),
        }
    }
}
