//! What a link in a message leads to, `/reached`: its receiver says that it was seen. Nothing of the matter is shown: whoever holds
//! the link need not be signed in.

use crate::html::rendered;
use crate::shell::Shell;
use crate::texts;
use askama::Template;
use veche_ledger::UnixSeconds;

/// The page of a link in a message. Its form posts `token` and `back` to `/reached`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReachedPage {
    /// Nobody has said so yet. Opening the link says nothing, only the button does, because mail scanners open links.
    Open {
        /// The token of the link.
        token: String,
        /// Whose message it was in.
        person: String,
    },
    /// Somebody has.
    Done {
        /// Who.
        who: String,
        /// When.
        at: UnixSeconds,
    },
    /// No message has this link, or its matter waits no longer.
    Unknown,
}

#[derive(Template)]
#[template(path = "reached.html")]
struct ReachedView<'a> {
    shell: &'a Shell,
    page: &'a ReachedPage,
}

/// Renders the page.
#[must_use]
pub fn render_reached(shell: &Shell, page: &ReachedPage) -> String {
    rendered(&ReachedView { shell, page })
}
