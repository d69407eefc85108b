//! The registers, `/registers` and `/registers/{name}`: views over the fold, one table for all kinds.

use crate::html::{Html, rendered};
use crate::parts::{Form, Label, Link, State};
use crate::shell::Shell;
use crate::texts;
use askama::Template;
use veche_ledger::UnixSeconds;

/// Whether something due was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DueState {
    /// Not yet due.
    #[default]
    Open,
    /// Done in time.
    Met,
    /// Due and not done.
    Overdue,
}

/// A date due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Due {
    /// By when.
    pub at: UnixSeconds,
    /// Whether it was done.
    pub state: DueState,
}

#[derive(Template)]
#[template(path = "part/due.html")]
struct DueView<'a> {
    shell: &'a Shell,
    due: &'a Due,
}

impl Due {
    pub(super) fn html(&self, shell: &Shell) -> Html {
        Html::from_template(&DueView { shell, due: self })
    }
}

/// A register in the index.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RegisterCard {
    /// Its title, with its page.
    pub link: Link,
    /// What it holds, in a few words.
    pub about: String,
    /// Entries in all.
    pub entries: u64,
    /// Entries that are not at an end.
    pub open: u64,
    /// Entries overdue.
    pub overdue: u64,
}

/// The index of registers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RegistersPage {
    /// The registers.
    pub cards: Vec<RegisterCard>,
}

/// An entry of a register.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RegisterRow {
    /// Its number: `R-3`.
    pub number: String,
    /// Its title, with its page.
    pub link: Link,
    /// Who owns it.
    pub owner: String,
    /// Its state.
    pub state: State,
    /// Since when.
    pub since: UnixSeconds,
    /// When the next act on it is due.
    pub due: Option<Due>,
    /// More: one value a column of [`RegisterPage::columns`].
    pub values: Vec<String>,
    /// Related pages.
    pub links: Vec<Link>,
    /// Its label.
    pub label: Label,
    /// What the visitor may do with it.
    pub acts: Vec<Form>,
}

/// A register.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RegisterPage {
    /// Its title: `Pledges`.
    pub title: String,
    /// What it holds, and the article that says so.
    pub about: String,
    /// Columns of its own.
    pub columns: Vec<String>,
    /// Its entries.
    pub rows: Vec<RegisterRow>,
    /// Other selections; the current one has an empty address.
    pub selections: Vec<Link>,
    /// Acts that add an entry, for this visitor.
    pub add_forms: Vec<Form>,
}

#[derive(Template)]
#[template(path = "registers.html")]
struct IndexView<'a> {
    shell: &'a Shell,
    page: &'a RegistersPage,
}

#[derive(Template)]
#[template(path = "register.html")]
struct View<'a> {
    shell: &'a Shell,
    page: &'a RegisterPage,
}

/// Renders the index of registers.
#[must_use]
pub fn render_registers(shell: &Shell, page: &RegistersPage) -> String {
    rendered(&IndexView { shell, page })
}

/// Renders a register.
#[must_use]
pub fn render_register(shell: &Shell, page: &RegisterPage) -> String {
    rendered(&View { shell, page })
}
