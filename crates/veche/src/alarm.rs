//! `veche alarm`: a charter's rule of alarms over imported counts, and what analysts say of them.

mod draft;
mod run;
mod say;
mod words;

use crate::answer::Answer;
use crate::failure::Failure;
use crate::picture::StoreArgs;
use std::path::PathBuf;
use veche_picture::Month;

/// The verbs.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Verb {
    /// Run a charter's rule over the counts and tell what the last month brought
    #[command(
        after_help = "Examples:\n  veche alarm run --charter six-rivers\n  veche alarm run --node arven.db --at 2020-11\n\n\
        What analysts said is read from the node's records, or from files of terms. Nothing is kept: the same counts and words\n\
        give the same alarms, and leaving out a word leaves its alarm waiting."
    )]
    Run {
        /// What is run.
        #[command(flatten)]
        asked: Asked,
    },
    /// List the alarms that are open or wait for an analyst, with reasons, and the rule's own record
    #[command(
        after_help = "Examples:\n  veche alarm list --charter six-rivers\n  veche alarm list --node arven.db --all"
    )]
    List {
        /// What is run.
        #[command(flatten)]
        asked: Asked,
        /// Those that are closed and disposed of, too
        #[arg(long)]
        all: bool,
    },
    /// Write the terms in which an analyst disposes of an alarm, to be signed with `veche record say`
    #[command(
        after_help = "Example:\n  veche alarm dispose --charter six-rivers --area Norland --verdict not-confirmed \\\n    \
        --analyst \"A. Reader\" --reason \"One attack, no sign of more\" --out word.json"
    )]
    Dispose {
        /// What is run.
        #[command(flatten)]
        asked: Asked,
        /// The alarm.
        #[command(flatten)]
        alarm: Named,
        /// What it was found to be
        #[arg(long, value_enum)]
        verdict: say::VerdictArg,
        /// Who says so.
        #[command(flatten)]
        person: Person,
    },
    /// Write the terms in which somebody puts a rule on again that its record switched off
    #[command(
        after_help = "Example:\n  veche alarm reinstate --node arven.db --analyst \"A. Reader\" --reason \"The source is mended\" --out again.json"
    )]
    Reinstate {
        /// What is run.
        #[command(flatten)]
        asked: Asked,
        /// Who says so.
        #[command(flatten)]
        person: Person,
    },
    /// Draft a warning from an alarm: reasons, the level's replayed record, what analysts confirmed
    #[command(
        after_help = "Example:\n  veche alarm draft --charter six-rivers --area Norland --out warning.json\n\n\
        Nothing is sent: --out writes terms of the act that the charter names, which a person may sign, change or drop."
    )]
    Draft {
        /// What is run.
        #[command(flatten)]
        asked: Asked,
        /// The alarm.
        #[command(flatten)]
        alarm: Named,
        /// The warning's level; an alarm has none of its own
        #[arg(long, value_name = "WORD", default_value = "watch")]
        level: String,
        /// Write the terms as canonical JSON
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

/// Which rule is run, over what.
#[derive(Debug, clap::Args)]
pub(crate) struct Asked {
    /// The charter: a shipped one, or a file; the node's own if not given
    #[arg(long, value_name = "NAME|FILE", required_unless_present = "node")]
    charter: Option<String>,
    /// A node's store: what analysts said is read from its records
    #[arg(long, value_name = "STORE")]
    node: Option<PathBuf>,
    /// Words that are not signed yet: files of terms, as `dispose` and `reinstate` write them
    #[arg(long, value_name = "FILE")]
    words: Vec<PathBuf>,
    /// The rule; the charter's only one if not given
    #[arg(long, value_name = "NAME")]
    rule: Option<String>,
    /// The last month; the last with data if not given
    #[arg(long, value_name = "YYYY-MM", value_parser = Month::parse)]
    at: Option<Month>,
    /// The first month; two years before the last if not given
    #[arg(long, value_name = "YYYY-MM", value_parser = Month::parse)]
    since: Option<Month>,
    /// Where the tables are.
    #[command(flatten)]
    store: StoreArgs,
}

/// An alarm, by what it is about: its number is that of one run.
#[derive(Debug, clap::Args)]
pub(crate) struct Named {
    /// Its area: `views:133`, or its name
    #[arg(long)]
    area: String,
    /// The month that opened it; the area's last alarm if not given
    #[arg(long, value_name = "YYYY-MM", value_parser = Month::parse)]
    opened: Option<Month>,
}

/// Who says something, and why.
#[derive(Debug, clap::Args)]
pub(crate) struct Person {
    /// The name of who says so
    #[arg(long, value_name = "NAME")]
    analyst: String,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Write the terms as canonical JSON
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Verb {
    /// Does what was asked.
    pub(crate) fn run(self) -> Result<Answer, Failure> {
        match self {
            Self::Run { asked } => run::Found::of(&asked)?.run(),
            Self::List { asked, all } => run::Found::of(&asked)?.list(all),
            Self::Dispose { asked, alarm, verdict, person } => {
                say::dispose(&run::Found::of(&asked)?, &alarm, verdict, &person)
            }
            Self::Reinstate { asked, person } => say::reinstate(&run::Found::of(&asked)?, &person),
            Self::Draft { asked, alarm, level, out } => {
                draft::draft(&run::Found::of(&asked)?, &alarm, &level, out.as_deref())
            }
        }
    }
}
