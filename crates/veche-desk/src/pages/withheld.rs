//! Records that are here without their content, `/withheld`: how many of each log, why, and what to do about one.

use crate::html::rendered;
use crate::parts::{Label, Link};
use crate::shell::Shell;
use crate::texts;
use askama::Template;
use veche_ledger::UnixSeconds;

/// How many records of a log lack their content for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WithheldCount {
    /// The log, with its page.
    pub log: Link,
    /// Why, in a few words.
    pub reason: String,
    /// How many.
    pub records: u64,
}

/// A record without its content.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WithheldRow {
    /// What its header says that it is, with its page.
    pub link: Link,
    /// Whose log, and its number there.
    pub place: String,
    /// When its author says that it was made.
    pub at: UnixSeconds,
    /// Its label, as far as its header says it.
    pub label: Label,
    /// Why, in a few words.
    pub reason: String,
}

/// The records without their content.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WithheldPage {
    /// How many, by log and reason.
    pub counts: Vec<WithheldCount>,
    /// The newest.
    pub rows: Vec<WithheldRow>,
}

#[derive(Template)]
#[template(path = "withheld.html")]
struct View<'a> {
    shell: &'a Shell,
    page: &'a WithheldPage,
}

/// Writes how many there are, as a link to them.
pub(super) fn count_html(shell: &Shell, count: &u64) -> crate::html::Html {
    crate::parts::link_html(shell, "/withheld", &texts::withheld::count(count))
}

/// Renders the records without their content.
#[must_use]
pub fn render_withheld(shell: &Shell, page: &WithheldPage) -> String {
    rendered(&View { shell, page })
}
