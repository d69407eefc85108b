//! The other parties' nodes, `/peers`: who is in reach, what each is known to hold, what was not taken from whom.

use super::watch::Peer;
use crate::html::rendered;
use crate::parts::Link;
use crate::shell::Shell;
use crate::texts;
use askama::Template;
use veche_ledger::UnixSeconds;

/// Another party's node.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PeerRow {
    /// Whose, whether it is in reach, when it was last heard.
    pub peer: Peer,
    /// Its party's log, with its page.
    pub log: Option<Link>,
    /// The latest time that its receipts state: its node held then what they name.
    pub receipt_at: Option<UnixSeconds>,
    /// What went wrong with it last, and when.
    pub trouble: Option<(UnixSeconds, String)>,
}

/// Something that a peer sent and this node did not take or keep.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NotTaken {
    /// When, where it is known.
    pub at: Option<UnixSeconds>,
    /// Who sent it, where it is known.
    pub from: String,
    /// Of which log, with its page.
    pub log: Link,
    /// Why.
    pub why: String,
}

/// The other parties' nodes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PeersPage {
    /// The nodes.
    pub rows: Vec<PeerRow>,
    /// What was not taken, the latest first.
    pub not_taken: Vec<NotTaken>,
    /// Logs that have shown two histories, with their pages.
    pub forks: Vec<Link>,
}

#[derive(Template)]
#[template(path = "peers.html")]
struct View<'a> {
    shell: &'a Shell,
    page: &'a PeersPage,
}

/// Renders the other parties' nodes.
#[must_use]
pub fn render_peers(shell: &Shell, page: &PeersPage) -> String {
    rendered(&View { shell, page })
}
