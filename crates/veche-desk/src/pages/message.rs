//! Pages that say that something went wrong: not found, unknown parameter, refused, failed.

use crate::html::rendered;
use crate::parts::{Form, Link, Refusal};
use crate::shell::Shell;
use crate::texts;
use askama::Template;

/// What went wrong, what was not lost, and where to go from here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessagePage {
    /// 404: nothing is at this address, or nothing that the visitor may see.
    NotFound {
        /// What was asked for, in words: `case C-9`.
        asked: String,
        /// Pages that may be meant.
        near: Vec<Link>,
    },
    /// 400: a parameter that the page does not know.
    UnknownParameter {
        /// The parameter as sent.
        name: String,
        /// The known ones, each with what it does.
        known: Vec<(String, String)>,
        /// A known one that is near.
        near: Option<String>,
    },
    /// 400: a form or a parameter that cannot be read.
    BadRequest {
        /// What was wrong with it.
        what: String,
    },
    /// 401 or 403: needs a seat, or another one.
    NotAllowed {
        /// What was asked for.
        asked: String,
        /// Who may.
        who_may: Vec<String>,
    },
    /// 503: not ready yet; the page asks again by itself.
    Loading {
        /// What is going on, in a sentence.
        what: String,
        /// How much of it is done.
        done: u64,
        /// Of how much; 0: not known.
        of: u64,
    },
    /// 500 and others: the node could not do it.
    Failed {
        /// What it could not do, in a plain sentence.
        what: String,
        /// What was not lost.
        not_lost: Option<String>,
        /// The request's id, to be found in the node's log.
        request_id: String,
    },
}

/// The charter refused an act: shown in place of what the act would have led to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RefusedPage {
    /// The refusal.
    pub refusal: Refusal,
    /// Where the act was tried.
    pub back: Link,
    /// What may be done instead: `keep it as a comment`.
    pub instead: Vec<Form>,
}

#[derive(Template)]
#[template(path = "message.html")]
struct View<'a> {
    shell: &'a Shell,
    page: &'a MessagePage,
}

#[derive(Template)]
#[template(path = "refused.html")]
struct RefusedView<'a> {
    shell: &'a Shell,
    page: &'a RefusedPage,
}

/// Renders a page that says what went wrong.
#[must_use]
pub fn render_message(shell: &Shell, page: &MessagePage) -> String {
    rendered(&View { shell, page })
}

/// Renders the page of a refused act.
#[must_use]
pub fn render_refused(shell: &Shell, page: &RefusedPage) -> String {
    rendered(&RefusedView { shell, page })
}
