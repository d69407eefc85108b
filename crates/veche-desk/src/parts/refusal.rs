//! What the charter did not let through: what was tried, by which article, who could, what would make it valid.

use super::record::{Article, RecordRef};
use crate::html::Html;
use crate::shell::Shell;
use crate::texts;
use askama::Template;

/// An act that the charter refused.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Refusal {
    /// What was tried, in words: `Pell Union objects to paragraph 1 of P-4`.
    pub tried: String,
    /// The article that refused it.
    pub article: Article,
    /// Why it applies here, in a sentence, if the quotation does not say it all.
    pub because: Option<String>,
    /// Who could do it.
    pub who_could: Vec<String>,
    /// What would make it valid.
    pub would_be_valid: Vec<String>,
    /// The record that was kept all the same, if one was signed.
    pub record: Option<RecordRef>,
}

#[derive(Template)]
#[template(path = "part/refusal.html")]
struct View<'a> {
    shell: &'a Shell,
    refusal: &'a Refusal,
}

impl Refusal {
    pub(crate) fn html(&self, shell: &Shell) -> Html {
        Html::from_template(&View { shell, refusal: self })
    }
}
