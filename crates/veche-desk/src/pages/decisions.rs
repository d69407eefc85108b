//! The list of decisions, `/decisions`, with their certificates.

use super::case::Certificate;
use crate::html::rendered;
use crate::parts::{Label, Link, State};
use crate::shell::Shell;
use crate::texts;
use askama::Template;
use veche_ledger::UnixSeconds;

/// A decision.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DecisionRow {
    /// Identifies it on its page: letters, digits and `-`.
    pub id: String,
    /// Its text's number and title, with the case.
    pub link: Link,
    /// Who put it to decision, with who keeps its log if it runs no node.
    pub by: String,
    /// What was decided: the paragraph's words.
    pub text: String,
    /// How it ended: `adopted`, `not adopted`.
    pub state: State,
    /// Why, in a sentence; names of the charter stand between backticks.
    pub because: String,
    /// When.
    pub at: UnixSeconds,
    /// Whom it binds.
    pub binds: Vec<String>,
    /// Members that it does not bind, each with the reason: `Tamrin (stood aside)`.
    pub not_bound: Vec<String>,
    /// Reservations and statements published with it.
    pub attached: Vec<Link>,
    /// Its certificate; none where nothing was adopted.
    pub certificate: Option<Certificate>,
    /// Its label.
    pub label: Label,
}

/// The list of decisions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DecisionsPage {
    /// The decisions, newest first.
    pub rows: Vec<DecisionRow>,
    /// Hash of the first charter: all that who verifies must know beforehand.
    pub genesis_hash: String,
}

#[derive(Template)]
#[template(path = "decisions.html")]
struct View<'a> {
    shell: &'a Shell,
    page: &'a DecisionsPage,
}

/// Renders the list of decisions.
#[must_use]
pub fn render_decisions(shell: &Shell, page: &DecisionsPage) -> String {
    rendered(&View { shell, page })
}
