//! Where a case stands on its way from report to review.

use crate::html::Html;
use crate::shell::Shell;
use askama::Template;
use veche_ledger::UnixSeconds;

/// How far a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Progress {
    /// Done.
    Done,
    /// Going on; there may be several.
    Current,
    /// Not begun.
    #[default]
    Ahead,
    /// Left out, or ended without a result.
    Stopped,
}

/// A step of a case.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Step {
    /// Its name: `consultation`.
    pub name: String,
    /// How far it is.
    pub progress: Progress,
    /// When it was reached.
    pub at: Option<UnixSeconds>,
    /// A few words: `2 of 3 paragraphs open`.
    pub note: Option<String>,
}

#[derive(Template)]
#[template(path = "part/stepper.html")]
struct View<'a> {
    shell: &'a Shell,
    steps: &'a [Step],
}

pub(crate) fn html(shell: &Shell, steps: &[Step]) -> Html {
    Html::from_template(&View { shell, steps })
}
