//! The watch page, `/`: what this member owes and by when, who has not answered, what changed.

use super::cases::CaseRow;
use crate::html::rendered;
use crate::parts::{EventClass, Form, Label, Level, Link, RecordRow, Series, State, Timeline};
use crate::shell::Shell;
use crate::texts;
use askama::Template;
use veche_ledger::UnixSeconds;

/// Something that the acting party owes: a duty, or an answer to an open silence.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DueItem {
    /// The matter, with its page: `P-1 Monitoring, generators, joint statement`.
    pub link: Link,
    /// What is owed: `answer the warning`, `silence ends: state your position`.
    pub owed: String,
    /// By when.
    pub by: UnixSeconds,
    /// Whether that has passed without the act.
    pub overdue: bool,
    /// What the party has answered so far: `none`, `assent to paragraph 1`.
    pub answer: Option<String>,
    /// Article that says so: `7.1`.
    pub article: String,
    /// Label of the matter.
    pub label: Label,
    /// What can be done about it from here.
    pub acts: Vec<Form>,
}

/// A matter on which others have not answered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Unanswered {
    /// The matter, with its page.
    pub link: Link,
    /// Parties that received it and have not answered.
    pub silent: Vec<String>,
    /// Parties that have not received it: no receipt.
    pub not_reached: Vec<String>,
    /// By when they owe it.
    pub by: UnixSeconds,
    /// Whether that has passed.
    pub overdue: bool,
}

/// A warning in a short list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WarningCard {
    /// What it warns of, with its page.
    pub link: Link,
    /// The class of what is feared, if its author or the picture says one.
    pub class: Option<EventClass>,
    /// Its level.
    pub level: Level,
    /// Where.
    pub area: String,
    /// When it was issued.
    pub at: UnixSeconds,
    /// Number of sources behind it, if they are listed.
    pub sources: Option<u64>,
    /// Members that have answered.
    pub answered: u64,
    /// Members that owe an answer, those that gave it included.
    pub owed: u64,
    /// Its state, if it is no longer open: `withdrawn 3 Mar`.
    pub state: Option<State>,
}

/// Whether a peer is in reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PeerState {
    /// In contact, up to date.
    #[default]
    Current,
    /// In contact, catching up.
    Behind,
    /// No contact.
    Silent,
    /// Shows another history of its log than before.
    Forked,
}

/// Another party's node.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Peer {
    /// The party.
    pub name: String,
    /// Whether it is in reach.
    pub state: PeerState,
    /// When it was last heard.
    pub last_seen: Option<UnixSeconds>,
    /// Records that this node holds and it has not acknowledged.
    pub behind_by: u64,
}

impl Peer {
    pub(super) fn state_mark(&self) -> State {
        use crate::parts::Tone;
        match self.state {
            PeerState::Current => State::new(texts::watch::PEER_CURRENT, Tone::Good),
            PeerState::Behind => State::new(texts::watch::PEER_BEHIND, Tone::Care),
            PeerState::Silent => State::new(texts::watch::PEER_SILENT, Tone::Care),
            PeerState::Forked => State::new(texts::watch::PEER_FORKED, Tone::Bad),
        }
    }
}

/// The place with the highest tension.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HighestTension {
    /// The area, with its page.
    pub link: Link,
    /// Its class.
    pub level: Level,
    /// Its index, 0 to 100.
    pub index: u8,
    /// Change since the period before.
    pub change: i16,
    /// The index by period.
    pub series: Series,
    /// The end of the period that the index covers.
    pub as_of: UnixSeconds,
}

/// The watch page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WatchPage {
    /// What the acting party owes, most urgent first.
    pub due: Vec<DueItem>,
    /// Who else has not answered.
    pub unanswered: Vec<Unanswered>,
    /// From when changes are listed: the visitor's last look.
    pub changes_since: UnixSeconds,
    /// Records since then that the visitor may read, newest first.
    pub changes: Vec<RecordRow>,
    /// Records of the acting party that a withdrawn key signed and nobody has signed anew.
    pub suspended: Vec<RecordRow>,
    /// Records that are here without their content, and why is on their page.
    pub withheld: u64,
    /// Warnings of the last ten weeks, newest first.
    pub warnings: Vec<WarningCard>,
    /// Open cases.
    pub cases: Vec<CaseRow>,
    /// The other nodes.
    pub peers: Vec<Peer>,
    /// Where tension is highest, if there is a picture.
    pub highest: Option<HighestTension>,
    /// The lanes; without lanes none is drawn.
    pub timeline: Timeline,
}

#[derive(Template)]
#[template(path = "watch.html")]
struct View<'a> {
    shell: &'a Shell,
    page: &'a WatchPage,
}

/// Renders the watch page.
#[must_use]
pub fn render_watch(shell: &Shell, page: &WatchPage) -> String {
    rendered(&View { shell, page })
}
