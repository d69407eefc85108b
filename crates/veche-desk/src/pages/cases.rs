//! The list of cases, `/cases`.

use super::registers::Due;
use crate::html::{Html, rendered};
use crate::parts::{Form, Label, Link, State};
use crate::shell::Shell;
use crate::texts;
use askama::Template;
use veche_ledger::UnixSeconds;

/// A case in a list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CaseRow {
    /// Its number: `C-1`.
    pub number: String,
    /// Its title, with its page.
    pub link: Link,
    /// Who opened it.
    pub owner: String,
    /// The step it is at: `proposal`.
    pub state: State,
    /// When it was opened.
    pub opened_at: UnixSeconds,
    /// The next thing due in it, from anyone, in words: `silence on P-1`.
    pub next: Option<String>,
    /// When that is due.
    pub due: Option<Due>,
    /// Its label.
    pub label: Label,
}

/// The list of cases.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CasesPage {
    /// The cases, open ones first.
    pub rows: Vec<CaseRow>,
    /// Other selections: `open`, `closed`, `all`; the current one has an empty address.
    pub selections: Vec<Link>,
    /// Acts that open a case, for this visitor.
    pub open_forms: Vec<Form>,
}

#[derive(Template)]
#[template(path = "cases.html")]
struct View<'a> {
    shell: &'a Shell,
    page: &'a CasesPage,
}

#[derive(Template)]
#[template(path = "part/case_rows.html")]
struct Rows<'a> {
    shell: &'a Shell,
    rows: &'a [CaseRow],
}

/// Returns a table of cases.
pub(super) fn rows_html(shell: &Shell, rows: &[CaseRow]) -> Html {
    Html::from_template(&Rows { shell, rows })
}

/// Renders the list of cases.
#[must_use]
pub fn render_cases(shell: &Shell, page: &CasesPage) -> String {
    rendered(&View { shell, page })
}
