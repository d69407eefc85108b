//! The logs, `/log` and `/log/{party}`: one append-only log a party, and who has cosigned it.

use crate::html::rendered;
use crate::parts::{Link, RecordRow, State};
use crate::shell::Shell;
use crate::texts;
use askama::Template;
use veche_ledger::UnixSeconds;

/// A log in the list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogRow {
    /// The party, with the log's page.
    pub link: Link,
    /// Its origin line.
    pub origin: String,
    /// Records in it.
    pub size: u64,
    /// Root hash of its last checkpoint.
    pub root: String,
    /// Time of its last checkpoint.
    pub at: UnixSeconds,
    /// Witnesses that cosigned that checkpoint; `None`: it has had nothing but receipts of late, which nobody cosigns.
    pub cosigned: Option<u64>,
    /// Cosignatures that the charter asks for.
    pub quorum: u64,
    /// `in step`, `no contact`, `forked`.
    pub state: State,
}

/// The list of logs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogsPage {
    /// The logs.
    pub rows: Vec<LogRow>,
    /// Digest of the state that this node folds from them.
    pub state_digest: String,
    /// Nodes that logged the same digest for the same cut, and how many logged one: `6 of 6 nodes`.
    pub agreement: Option<State>,
}

/// A signed checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CheckpointView {
    /// The key that signed it.
    pub key_name: String,
    /// When it was seen, where that is known: a checkpoint itself bears no time.
    pub at: Option<UnixSeconds>,
    /// Its size.
    pub size: u64,
    /// Its root hash.
    pub root: String,
    /// Who showed it to this node.
    pub seen_from: String,
}

/// Two checkpoints of one log that exclude each other: proof against its owner.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ForkView {
    /// The one.
    pub left: CheckpointView,
    /// The other.
    pub right: CheckpointView,
    /// What follows, in a sentence.
    pub consequence: String,
    /// The record that holds the proof.
    pub proof: Option<Link>,
}

impl ForkView {
    const fn sides(&self) -> [&CheckpointView; 2] {
        [&self.left, &self.right]
    }
}

/// Where a list can be turned to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pager {
    /// What is shown: `records 801 to 900 of 912`.
    pub shown: String,
    /// Newer ones.
    pub newer: Option<String>,
    /// Older ones.
    pub older: Option<String>,
}

/// One log.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogPage {
    /// Its row.
    pub log: LogRow,
    /// The party's name.
    pub party: String,
    /// Witnesses that cosigned its last checkpoint.
    pub witnesses: Vec<String>,
    /// A fork, if one is known.
    pub fork: Option<ForkView>,
    /// Its records, newest first.
    pub records: Vec<RecordRow>,
    /// Records whose payload the visitor may not read, where the charter allows the count.
    pub withheld: u64,
    /// Where to turn.
    pub pager: Pager,
}

impl LogRow {
    fn is_short(&self) -> bool {
        self.cosigned.is_some_and(|count| count < self.quorum)
    }
}

#[derive(Template)]
#[template(path = "logs.html")]
struct IndexView<'a> {
    shell: &'a Shell,
    page: &'a LogsPage,
}

#[derive(Template)]
#[template(path = "log.html")]
struct View<'a> {
    shell: &'a Shell,
    page: &'a LogPage,
}

/// Renders the list of logs.
#[must_use]
pub fn render_logs(shell: &Shell, page: &LogsPage) -> String {
    rendered(&IndexView { shell, page })
}

/// Renders one log.
#[must_use]
pub fn render_log(shell: &Shell, page: &LogPage) -> String {
    rendered(&View { shell, page })
}
