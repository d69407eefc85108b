//! Why a step of a draft was not taken.

use super::draft::Stage;
use super::roles::{Duty, RolesFault};
use crate::node::NodeError;
use crate::store::StoreError;
use veche_council::view::RefusalView;
use veche_ledger::Hash;
use veche_ledger::json::JsonError;

/// Why a step was not taken, and on which draft.
#[derive(Debug, thiserror::Error)]
#[error("{}{what}", .draft.map_or_else(String::new, |id| format!("draft {id}: ")))]
pub struct DraftError {
    /// The draft, if there is one.
    pub draft: Option<u64>,
    /// Why.
    pub what: DraftFault,
}

/// Why a step was not taken.
#[derive(Debug, thiserror::Error)]
pub enum DraftFault {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The node did not sign or append it.
    #[error(transparent)]
    Node(#[from] NodeError),
    /// The delegation's roles cannot be read.
    #[error("the roles of this delegation cannot be read: {0}")]
    Roles(#[from] RolesFault),
    /// There is none of that number.
    #[error("there is no such draft at this node")]
    Unknown,
    /// The delegation's rules do not let this officer do it.
    #[error("`{officer}` may not {duty} in this delegation; who may: {who}")]
    NotYours {
        /// The officer.
        officer: String,
        /// What he wanted to do.
        duty: Duty,
        /// Who may.
        who: String,
    },
    /// He wrote it himself.
    #[error("`{0}` wrote or changed it, and this delegation asks for four eyes")]
    OwnWork(String),
    /// It was changed since it was read.
    #[error("it was changed since it was read: it was `{}`, and is `{}`", .read.short(), .is.short())]
    Stale {
        /// The content that the officer had read.
        read: Hash,
        /// The content now.
        is: Hash,
    },
    /// It is not approved as it stands.
    #[error("it is {0}, and only what is approved is signed")]
    NotApproved(Stage),
    /// Nothing more can be done with it.
    #[error("it is {0}: nothing more is done with it")]
    Over(Stage),
    /// A text is too long.
    #[error("the {what} has {len} bytes, more than {len_max}")]
    TooLong {
        /// Which text.
        what: &'static str,
        /// Its length.
        len: usize,
        /// Most.
        len_max: usize,
    },
    /// A text is empty.
    #[error("the {0} is empty")]
    Empty(&'static str),
    /// A text has a character that no text needs.
    #[error("the {what} has the control character U+{code:04X}")]
    Control {
        /// Which text.
        what: &'static str,
        /// The character.
        code: u32,
    },
    /// What is drafted is not JSON of the form that records take.
    #[error("what is drafted is not of the form: {0}")]
    Terms(#[from] JsonError),
    /// The charter has no such act.
    #[error("the charter has no act `{0}`")]
    NoAct(String),
    /// There are too many.
    #[error("there are {0} {1} already, and no more are kept")]
    TooMany(usize, &'static str),
    /// Its number for people was taken while it was a draft.
    #[error("its number `{0}` was taken since it was drafted")]
    NumberTaken(String),
    /// The charter refuses what it says.
    #[error("the charter refuses it: {}", .0.why)]
    Refused(Box<RefusalView>),
    /// What the store has is not what was written.
    #[error("what is stored is not what was written: {0}")]
    Damaged(String),
}

impl DraftFault {
    /// Returns what to do, where that is known.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Stale { .. } => "read it again: `veche draft show`",
            Self::NotApproved(_) => "have it approved first: `veche draft approve`",
            Self::OwnWork(_) => "another officer approves it",
            Self::Over(_) => "write a new one: `veche draft new`",
            Self::NumberTaken(_) => "give it the next number: `veche draft change`",
            Self::Unknown => "`veche draft list` names them",
            Self::NotYours { .. } => "the rules of this delegation: `veche draft roles`",
            Self::Store(_)
            | Self::Node(_)
            | Self::Roles(_)
            | Self::TooLong { .. }
            | Self::Empty(_)
            | Self::Control { .. }
            | Self::Terms(_)
            | Self::NoAct(_)
            | Self::TooMany(..)
            | Self::Refused(_)
            | Self::Damaged(_) => return None,
        };
        Some(hint.to_owned())
    }

    /// Returns the same of a draft.
    #[must_use]
    pub const fn of(self, draft: u64) -> DraftError {
        DraftError { draft: Some(draft), what: self }
    }
}

impl From<DraftFault> for DraftError {
    fn from(what: DraftFault) -> Self {
        Self { draft: None, what }
    }
}

impl From<StoreError> for DraftError {
    fn from(error: StoreError) -> Self {
        DraftFault::from(error).into()
    }
}
