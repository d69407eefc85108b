//! What keeps a verb from its answer: what happened, where, what to do.

use crate::exit::Exit;
use crate::pkcs11::TokenError;
use serde_json::{Value, json};
use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use veche_council::certificate::{CertificateFault, ReadError};
use veche_node::delegation::{DraftError, DraftFault};
use veche_node::intake::store as intake;
use veche_node::store::{StoreError, StoreFault};
use veche_picture::source::SourceFault;
use veche_picture::table::TableFault;
use veche_picture::tension::NoData;

/// What kept a verb from its answer.
#[derive(Debug)]
pub(crate) struct Failure {
    /// What happened. Boxed, since a result carries room for its error.
    pub(crate) what: Box<FailureKind>,
    /// Where, if `what` does not say it all: a line of a file, a row of a table.
    pub(crate) place: Option<String>,
    /// What to do, if that is known.
    pub(crate) hint: Option<String>,
}

/// What can happen. The cause is the `source` and not in the text, except where a library's error repeats its own.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FailureKind {
    /// There is no such file.
    #[error("cannot read `{}`: it does not exist", .0.display())]
    NoFile(PathBuf),
    /// A directory where a file was meant.
    #[error("cannot read `{}`: it is a directory", .0.display())]
    Directory(PathBuf),
    /// A file where a directory was meant.
    #[error("cannot use `{}` as a store: it is not a directory", .0.display())]
    NotADirectory(PathBuf),
    /// The system refuses to read.
    #[error("cannot read `{}`", .path.display())]
    Read {
        /// The file or directory.
        path: PathBuf,
        /// The system's words.
        source: io::Error,
    },
    /// More bytes than such a file may have.
    #[error("cannot read `{}`: it has more than {len_max} bytes", .path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
        /// Most bytes that are read.
        len_max: u64,
    },
    /// The system refuses to write.
    #[error("cannot write `{}`", .path.display())]
    Write {
        /// The file or directory.
        path: PathBuf,
        /// The system's words.
        source: io::Error,
    },
    /// Standard output cannot be written.
    #[error("cannot write to standard output")]
    Output(#[source] io::Error),
    /// The program's own lexicon or models are damaged, or a training or gold file is not what it should be.
    #[error("cannot code events: {0}")]
    Coder(String),
    /// A file of events or mentions is not what it should be.
    #[error("cannot use `{}`: {what}", .path.display())]
    Events {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// A store of feeds.
    #[error("cannot use {0}")]
    Feeds(Box<intake::StoreError>),
    /// A feed that cannot be one.
    #[error("cannot add the feed: {0}")]
    Feed(String),
    /// A list of feeds that is none.
    #[error("cannot use `{}` as a list of feeds: {what}", .path.display())]
    FeedList {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// Another process has the store.
    #[error("cannot change store `{}`: another process is changing it", .0.display())]
    StoreInUse(PathBuf),
    /// Neither a shipped charter nor a file.
    #[error("there is no shipped charter and no file `{0}`")]
    UnknownCharter(String),
    /// A charter with faults where one without is needed.
    #[error("cannot use charter `{name}`: it has {faults}")]
    FaultyCharter {
        /// As named by the caller.
        name: String,
        /// How many: `2 faults`.
        faults: String,
    },
    /// A charter that cannot follow on another.
    #[error("`{after}` cannot be the next version: {why}")]
    NoSuccessor {
        /// As named by the caller.
        after: String,
        /// What stands against it.
        why: String,
    },
    /// A charter cannot be begun.
    #[error("cannot begin a charter: {0}")]
    NotBegun(String),
    /// The charter has no such machine.
    #[error("charter `{charter}` has no machine `{machine}`")]
    UnknownMachine {
        /// The charter's name.
        charter: String,
        /// The machine's.
        machine: String,
    },
    /// Neither a shipped exercise nor a folder.
    #[error("there is no shipped exercise and no folder `{0}`")]
    UnknownExercise(String),
    /// No such defence.
    #[error("there is no defence `{0}`")]
    UnknownDefence(String),
    /// An exercise cannot be read or played.
    #[error("cannot play `{name}`: {what}")]
    Exercise {
        /// The exercise.
        name: String,
        /// What is wrong.
        what: String,
    },
    /// The charter refuses an act.
    #[error("cannot do `{act}`: {why}")]
    Refused {
        /// The kind of act.
        act: String,
        /// Why.
        why: String,
    },
    /// A step of a draft that was not taken.
    #[error("cannot do this: {0}")]
    Draft(Box<DraftError>),
    /// A file of people to tell with a fault.
    #[error("cannot use `{}` as a file of people to tell: {what}", .path.display())]
    Roster {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// What was told to whom cannot be read or kept.
    #[error("cannot use {0}")]
    Reach(String),
    /// A log that is published somewhere cannot be read, or is not signed by its key.
    #[error("cannot follow the log: {0}")]
    Published(String),
    /// A bundle that is not what it should be, or not for this node.
    #[error("cannot use {0}")]
    Bundle(String),
    /// A node, its keys or its charter.
    #[error("{0}")]
    Node(String),
    /// The demonstration cannot be shown.
    #[error("cannot show the demonstration: {0}")]
    Demo(String),
    /// Nothing can listen at an address.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The system's words.
        source: io::Error,
    },
    /// A key does not open.
    #[error("cannot unlock key `{key}`: the passphrase is wrong")]
    WrongPassphrase {
        /// The key's name.
        key: String,
    },
    /// A token with a key, or the library that leads to it.
    #[error("cannot use {0}")]
    Token(Box<TokenError>),
    /// No key of an officer in a store.
    #[error("store `{}` keeps no key of an officer `{officer}`", .store.display())]
    UnknownOfficer {
        /// The officer, as named.
        officer: String,
        /// The store.
        store: PathBuf,
    },
    /// A store of no node.
    #[error("`{}` is not a node's store", .0.display())]
    NotANode(PathBuf),
    /// A snapshot of a node's state cannot be saved.
    #[error("cannot save a snapshot of the state in `{}`: {what}", .path.display())]
    Snapshot {
        /// The store.
        path: PathBuf,
        /// Why not.
        what: String,
    },
    /// A node's store cannot be used.
    #[error("cannot use {0}")]
    Store(Box<StoreError>),
    /// A file of test vectors is none.
    #[error("cannot use `{}` as test vectors: {what}", .path.display())]
    Vectors {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// A file of test vectors without a vector.
    #[error("cannot use `{}` as test vectors: there is no vector in it", .0.display())]
    NoVectors(PathBuf),
    /// A data set cannot be read.
    #[error("cannot import `{input}`")]
    Source {
        /// The input, as named by the caller.
        input: String,
        /// What is wrong.
        source: SourceFault,
    },
    /// A table of the store is broken, or cannot be written.
    #[error("cannot {action} table `{}`", .path.display())]
    Table {
        /// What was tried.
        action: veche_picture::table::Action,
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: TableFault,
    },
    /// A file of names is broken.
    #[error("cannot read names from `{}`: {what}", .path.display())]
    Names {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// The files of a benchmark do not serve.
    #[error("cannot use `{}` for the benchmark: {what}", .path.display())]
    Benchmark {
        /// The file or directory.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// Counts that cannot be forecast from, or scored against.
    #[error("cannot forecast from `{from}`: {what}")]
    Forecast {
        /// The file or store, as named by the caller.
        from: String,
        /// What is wrong.
        what: String,
    },
    /// Not a run of forecasts.
    #[error("cannot use `{}` as a run: {what}", .path.display())]
    NotARun {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// An input that cannot stand in a store's list of vintages, or a list that is none.
    #[error("cannot use the vintages of `{}`: {what}", .store.display())]
    Vintages {
        /// The store.
        store: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// Nothing of this was known on a day.
    #[error("nothing of `{of}` was known on {day} in store `{}`", .store.display())]
    NotKnownThen {
        /// The store.
        store: PathBuf,
        /// The table.
        of: String,
        /// The day.
        day: veche_picture::Date,
    },
    /// Nothing has been imported.
    #[error("store `{}` is empty", .0.display())]
    EmptyStore(PathBuf),
    /// No such series in the store.
    #[error("store `{}` has no series `{series}`", .store.display())]
    UnknownSeries {
        /// The store.
        store: PathBuf,
        /// The series asked for.
        series: String,
    },
    /// More than one series, and none was named.
    #[error("store `{}` has several series: {series}", .store.display())]
    SeveralSeries {
        /// The store.
        store: PathBuf,
        /// Their names.
        series: String,
    },
    /// No such area in the series.
    #[error("series `{series}` has no area `{area}`")]
    UnknownArea {
        /// The series.
        series: String,
        /// The area asked for.
        area: String,
    },
    /// A name that several areas have.
    #[error("`{name}` is the name of several areas: {areas}")]
    SeveralAreas {
        /// The name.
        name: String,
        /// Their numbers.
        areas: String,
    },
    /// There is no index for the month.
    #[error("there is no tension index for {area}: {why}")]
    NoIndex {
        /// The area, for people.
        area: String,
        /// Why.
        why: NoData,
    },
    /// A certificate that does not hold, where what it says was asked for.
    #[error("cannot explain `{}`, which is not valid: {fault}", .path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
        /// The first fault found.
        fault: CertificateFault,
    },
    /// Not the form of a certificate.
    #[error("cannot show `{}`: {fault}", .path.display())]
    NotACertificate {
        /// The file.
        path: PathBuf,
        /// What is wrong with its form.
        fault: ReadError,
    },
    /// No text, or not a sound one.
    #[error("cannot use {name} as a text: {what}")]
    Text {
        /// The file or number, in backticks.
        name: String,
        /// What is wrong.
        what: String,
    },
    /// No calendar, or not a sound one.
    #[error("cannot use {name} as a calendar: {what}")]
    Calendar {
        /// The file, in backticks.
        name: String,
        /// What is wrong.
        what: String,
    },
    /// A question that is none, or that names what is not here: what is wrong, and its HTTP status.
    #[error("cannot search: {0}")]
    Search(String, u16),
    /// Amendments that do not come together.
    #[error("cannot consolidate: {0}")]
    NotConsolidated(String),
    /// Too many or too few texts are named.
    #[error("{wanted} needed, and {found} named")]
    TextCount {
        /// `two texts are`.
        wanted: &'static str,
        /// How many are.
        found: usize,
    },
    /// Akoma Ntoso needs to know more about a text.
    #[error("cannot export to Akoma Ntoso: the text's `{0}` is not known")]
    NoParticular(&'static str),
    /// No rule of alarms, or not the one that is named.
    #[error("charter `{charter}` has {what}")]
    AlarmRule {
        /// The charter's name.
        charter: String,
        /// `no rule of alarms`.
        what: String,
    },
    /// A rule of alarms that cannot be run, or cannot take this.
    #[error("cannot use rule `{rule}` of alarms: {what}")]
    Alarms {
        /// The rule.
        rule: String,
        /// What is wrong.
        what: String,
    },
    /// No such alarm.
    #[error("rule `{rule}` of alarms has no such alarm: {what}")]
    NoAlarm {
        /// The rule.
        rule: String,
        /// What was looked for.
        what: String,
    },
    /// A file that says nothing of an alarm.
    #[error("cannot use `{}` as a word on an alarm: {what}", .path.display())]
    Words {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// A round, or what was handed in for it.
    #[error("{0}")]
    Tournament(String),
    /// No such round.
    #[error("there is no round `{0}`")]
    NoRound(String),
    /// A forecast after the closing.
    #[error("cannot take this for round `{round}`: {why}")]
    Late {
        /// The round.
        round: String,
        /// When it closed, and when this came.
        why: String,
    },
    /// Something that cannot happen, did.
    #[error("a fault of this program: {0}")]
    Internal(String),
}

impl FailureKind {
    /// Returns how the program ends.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Search(_, 400) => Exit::USAGE,
            Self::NoFile(_)
            | Self::Directory(_)
            | Self::NotADirectory(_)
            | Self::Read { .. }
            | Self::Source { source: SourceFault::Read(_), .. }
            | Self::UnknownCharter(_)
            | Self::UnknownMachine { .. }
            | Self::UnknownExercise(_)
            | Self::EmptyStore(_)
            | Self::NotKnownThen { .. }
            | Self::UnknownSeries { .. }
            | Self::UnknownArea { .. }
            | Self::UnknownOfficer { .. }
            | Self::WrongPassphrase { .. }
            | Self::Search(..)
            | Self::AlarmRule { .. }
            | Self::NoRound(_)
            | Self::NoAlarm { .. }
            | Self::NoIndex { .. } => Exit::NOT_FOUND,
            Self::TooLong { .. }
            | Self::Exercise { .. }
            | Self::Vectors { .. }
            | Self::NoVectors(_)
            | Self::Source { .. }
            | Self::Table { .. }
            | Self::Names { .. }
            | Self::Vintages { .. }
            | Self::Benchmark { .. }
            | Self::Coder(_)
            | Self::Events { .. }
            | Self::FeedList { .. }
            | Self::Forecast { .. }
            | Self::NotARun { .. }
            | Self::Certificate { .. }
            | Self::Text { .. }
            | Self::Calendar { .. }
            | Self::NotConsolidated(_)
            | Self::Alarms { .. }
            | Self::Tournament(_)
            | Self::Words { .. }
            | Self::Roster { .. }
            | Self::NotACertificate { .. } => Exit::INVALID,
            Self::Write { .. }
            | Self::Output(_)
            | Self::Snapshot { .. }
            | Self::StoreInUse(_)
            | Self::Reach(_) => Exit::STORE,
            Self::FaultyCharter { .. } => Exit::FAILED_CHECKS,
            Self::Feeds(error) => match error.what {
                intake::StoreFault::Missing | intake::StoreFault::Unknown(_) => Exit::NOT_FOUND,
                intake::StoreFault::Taken(_) => Exit::USAGE,
                intake::StoreFault::TooNew(_) | intake::StoreFault::Damaged(_) => Exit::INVALID,
                intake::StoreFault::Folder(_) | intake::StoreFault::Sqlite(_) => Exit::STORE,
            },
            Self::NotBegun(_)
            | Self::Feed(_)
            | Self::UnknownDefence(_)
            | Self::TextCount { .. }
            | Self::NoParticular(_)
            | Self::SeveralSeries { .. }
            | Self::SeveralAreas { .. } => Exit::USAGE,
            Self::Refused { .. } | Self::Late { .. } | Self::NoSuccessor { .. } => Exit::REFUSED,
            Self::Draft(error) => match error.what {
                DraftFault::Unknown | DraftFault::NoAct(_) => Exit::NOT_FOUND,
                DraftFault::NotYours { .. }
                | DraftFault::OwnWork(_)
                | DraftFault::Stale { .. }
                | DraftFault::NotApproved(_)
                | DraftFault::Over(_)
                | DraftFault::NumberTaken(_)
                | DraftFault::Refused(_) => Exit::REFUSED,
                DraftFault::Store(_)
                | DraftFault::Node(_)
                | DraftFault::Roles(_)
                | DraftFault::TooLong { .. }
                | DraftFault::Empty(_)
                | DraftFault::Control { .. }
                | DraftFault::Terms(_)
                | DraftFault::TooMany(..)
                | DraftFault::Damaged(_) => Exit::INVALID,
            },
            Self::Node(_) | Self::NotANode(_) | Self::Bundle(_) => Exit::INVALID,
            Self::Demo(_) | Self::Listen { .. } | Self::Published(_) => Exit::PEER,
            Self::Token(error) => error.what.exit(),
            Self::Store(error) => match error.what {
                StoreFault::Missing => Exit::NOT_FOUND,
                StoreFault::InUse
                | StoreFault::DiskFull
                | StoreFault::NotWritten(_)
                | StoreFault::NotSynced
                | StoreFault::NotRead(_)
                | StoreFault::Exists
                | StoreFault::File(_)
                | StoreFault::NoConnection(_)
                | StoreFault::Lost
                | StoreFault::NotWriter
                | StoreFault::Replica
                | StoreFault::Encoding(_)
                | StoreFault::Writer { .. }
                | StoreFault::Standby
                | StoreFault::UnsafeServer(_) => Exit::STORE,
                StoreFault::Address(_) | StoreFault::FileAlone(_) => Exit::USAGE,
                StoreFault::Locked
                | StoreFault::NoStoreKey
                | StoreFault::StoreKey(_)
                | StoreFault::OtherStoreKey
                | StoreFault::Unsealed(_)
                | StoreFault::Damaged(_)
                | StoreFault::TooNew(_)
                | StoreFault::Sql(_) => Exit::INVALID,
            },
            Self::Internal(_) => Exit::INTERNAL,
        }
    }
}

impl Failure {
    /// Returns a failure without place and hint.
    pub(crate) fn new(what: FailureKind) -> Self {
        Self { what: Box::new(what), place: None, hint: None }
    }

    /// Returns the failure of reading a path, told apart by what the system says.
    pub(crate) fn reading(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        let kind = source.kind();
        Self::new(if kind == io::ErrorKind::NotFound {
            FailureKind::NoFile(path)
        } else if kind == io::ErrorKind::IsADirectory {
            FailureKind::Directory(path)
        } else {
            FailureKind::Read { path, source }
        })
    }

    /// Returns the failure of writing a path.
    pub(crate) fn writing(path: &Path, source: io::Error) -> Self {
        Self::new(FailureKind::Write { path: path.to_owned(), source })
    }

    /// Returns the failure of a node's store, with what to do.
    pub(crate) fn of_store(error: StoreError) -> Self {
        if matches!(error.what, StoreFault::Missing) {
            return Self::new(FailureKind::NoFile(error.path));
        }
        let hint = match &error.what {
            StoreFault::InUse => Some(
                "where that is `veche node run`, act at its desk, or end it first: Ctrl-C, or SIGTERM",
            ),
            StoreFault::Writer { .. } | StoreFault::Standby => Some(
                "act at the desk of the machine that writes; `veche node run` stands by here, and takes over when that one ends",
            ),
            StoreFault::NoConnection(_) | StoreFault::Lost => {
                Some("see whether the server runs and can be reached from here, then try again")
            }
            StoreFault::UnsafeServer(_) => {
                Some("set it to `on` in postgresql.conf, and let the server read that again")
            }
            StoreFault::Damaged(_) => Some(
                "restore a backup of it, or make a new store and let peers send the logs again",
            ),
            StoreFault::NotWritten(_) | StoreFault::File(_) => {
                Some("make room, or see to the disk and the file's rights; then try again")
            }
            StoreFault::Locked => Some("give the node's passphrase: `--unlock pass.txt`"),
            StoreFault::NoStoreKey => Some(
                "put it in: `veche node seal --store STORE --from store.key --passphrase-file pass.txt`",
            ),
            StoreFault::StoreKey(_) => {
                Some("give the node's passphrase, or an officer's own: `--unlock pass.txt`")
            }
            StoreFault::Missing
            | StoreFault::OtherStoreKey
            | StoreFault::Unsealed(_)
            | StoreFault::DiskFull
            | StoreFault::NotSynced
            | StoreFault::NotRead(_)
            | StoreFault::Exists
            | StoreFault::TooNew(_)
            | StoreFault::Address(_)
            | StoreFault::FileAlone(_)
            | StoreFault::NotWriter
            | StoreFault::Replica
            | StoreFault::Encoding(_)
            | StoreFault::Sql(_) => None,
        };
        Self::new(FailureKind::Store(Box::new(error))).hinting(hint.map(str::to_owned))
    }

    /// Returns whether another process writes into the store.
    pub(crate) fn is_of_other_writer(&self) -> bool {
        matches!(&*self.what, FailureKind::Store(error) if matches!(error.what, StoreFault::Writer { .. }))
    }

    /// Returns the failure with its place.
    pub(crate) fn at(self, place: impl Into<String>) -> Self {
        Self { place: Some(place.into()), ..self }
    }

    /// Returns the failure with a hint, if there is one.
    pub(crate) fn hinting(self, hint: Option<String>) -> Self {
        Self { hint, ..self }
    }

    /// Returns whether there is no such file.
    pub(crate) const fn is_no_file(&self) -> bool {
        matches!(*self.what, FailureKind::NoFile(_))
    }

    /// Returns what happened with its causes, in one line.
    fn message(&self) -> String {
        let mut out = self.what.to_string();
        let mut cause = self.what.source();
        while let Some(error) = cause {
            out.push_str(": ");
            out.push_str(&error.to_string());
            cause = error.source();
        }
        out
    }

    /// Returns the failure for people: one to three lines without the last line end.
    pub(crate) fn to_text(&self) -> String {
        let mut out = format!("error: {}", self.message());
        if let Some(place) = &self.place {
            out.push_str("\n  where: ");
            out.push_str(place);
        }
        if let Some(hint) = &self.hint {
            out.push_str("\n  hint:  ");
            out.push_str(hint);
        }
        out
    }

    /// Returns the failure for programs: `{"error":{"exit":..,"class":..,"message":..,"where":..,"hint":..}}`.
    pub(crate) fn to_json(&self) -> Value {
        let exit = self.what.exit();
        let mut told = json!({ "exit": exit.code, "class": exit.name, "message": self.message() });
        if let Some(place) = &self.place {
            told["where"] = json!(place);
        }
        if let Some(hint) = &self.hint {
            told["hint"] = json!(hint);
        }
        json!({ "error": told })
    }
}
