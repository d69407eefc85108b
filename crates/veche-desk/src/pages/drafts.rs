//! Inside a delegation, `/drafts`: drafts, approvals, instructions from the capital. For the node's own officers alone.

use crate::html::rendered;
use crate::parts::{Form, Label, Link, State};
use crate::shell::Shell;
use crate::texts;
use askama::Template;
use veche_ledger::UnixSeconds;

/// A draft.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DraftCard {
    /// Its number and kind: `1 Position`.
    pub title: String,
    /// How far it is.
    pub state: State,
    /// Its label.
    pub label: Label,
    /// What it is about.
    pub about: Vec<Link>,
    /// What it says, field by field.
    pub says: Vec<(String, String)>,
    /// What is said about it inside the delegation.
    pub notes: String,
    /// The hash by which an approval names it.
    pub content: String,
    /// What was done with it: when, and what by whom.
    pub steps: Vec<(UnixSeconds, String)>,
    /// The record that it became.
    pub record: Option<Link>,
    /// What the visitor may do with it.
    pub acts: Vec<Form>,
}

/// An instruction from the capital.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InstructionCard {
    /// The matter.
    pub about: Link,
    /// When.
    pub at: UnixSeconds,
    /// By whom.
    pub by: String,
    /// What it says.
    pub text: String,
}

/// What a delegation keeps to itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DraftsPage {
    /// Its rules, a sentence each.
    pub rules: Vec<String>,
    /// Its drafts, newest first.
    pub drafts: Vec<DraftCard>,
    /// Its instructions, newest first.
    pub instructions: Vec<InstructionCard>,
}

#[derive(Template)]
#[template(path = "drafts.html")]
struct View<'a> {
    shell: &'a Shell,
    page: &'a DraftsPage,
}

/// Renders what a delegation keeps to itself.
#[must_use]
pub fn render_drafts(shell: &Shell, page: &DraftsPage) -> String {
    rendered(&View { shell, page })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_is_shown_as_typed_and_does_nothing() {
        let bad = "<script>alert(1)</script>\"'>".to_owned();
        let card = DraftCard {
            title: bad.clone(),
            notes: bad.clone(),
            says: vec![(bad.clone(), bad.clone())],
            ..DraftCard::default()
        };
        let note = InstructionCard { text: bad.clone(), by: bad, ..InstructionCard::default() };
        let page =
            DraftsPage { drafts: vec![card], instructions: vec![note], ..DraftsPage::default() };
        let html = render_drafts(&Shell::default(), &page);
        assert!(!html.contains("<script>alert"), "{html}");
        assert_eq!(html.matches("alert(1)").count(), 6, "{html}");
    }
}
