//! Where an exercise is played: over nodes in this process, or over processes of their own. Script, checks and score know no difference.

use super::cast::{Cast, CastError};
use super::order::{Order, OrderError, Question, Tally, answer, obey};
use crate::api::Problem;
use crate::network::{Network, Refusal};
use crate::node::{Node, NodeError};
use crate::store::{Durability, Store, StoreError};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use veche_ledger::{Hash, PartyId, UnixSeconds};

/// What went wrong at a node of an exercise.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// A node in this process.
    #[error(transparent)]
    Node(#[from] NodeError),
    /// An order.
    #[error(transparent)]
    Order(OrderError),
    /// A node cannot be opened.
    #[error(transparent)]
    Cast(#[from] CastError),
    /// A store in this process.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A node in a process of its own could not do what it was told; in its words.
    #[error("{what}")]
    Elsewhere {
        /// Its words.
        what: String,
        /// True if its store or its links failed, so that the exercise cannot go on.
        is_fatal: bool,
    },
    /// A node's process is not there any more, or does not answer.
    #[error("the process of the node of `{party}` {what}{last_words}")]
    Gone {
        /// Whose node.
        party: PartyId,
        /// What is seen of it: `has ended (..)`, `does not answer`.
        what: String,
        /// The end of its standard error, or nothing.
        last_words: String,
    },
    /// A process cannot be started, or its folder not written.
    #[error("the process of the node of `{party}` cannot be started: {what}")]
    NotStarted {
        /// Whose node.
        party: String,
        /// Why.
        what: String,
    },
    /// There is no such node, or no such backup.
    #[error("{0}")]
    Missing(String),
}

impl From<OrderError> for StageError {
    fn from(error: OrderError) -> Self {
        match error {
            OrderError::Node(error) => Self::Node(error),
            OrderError::Form(_) | OrderError::NotHeld(_) => Self::Order(error),
        }
    }
}

impl StageError {
    /// Returns true if the exercise cannot go on: a store failed, or a node is gone. All else is a node's answer.
    #[must_use]
    pub const fn is_fatal(&self) -> bool {
        match self {
            Self::Node(NodeError::Store(_))
            | Self::Cast(_)
            | Self::Store(_)
            | Self::Elsewhere { is_fatal: true, .. }
            | Self::Gone { .. }
            | Self::NotStarted { .. }
            | Self::Missing(_) => true,
            Self::Node(_) | Self::Order(_) | Self::Elsewhere { is_fatal: false, .. } => false,
        }
    }
}

/// With what a node is started again in the middle of an exercise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// With nothing: a new store, whose file has this suffix.
    Empty {
        /// `-after-7`.
        suffix: String,
    },
    /// With its last backup.
    Backup,
    /// With its own store, after its process was killed.
    Killed,
}

/// Where an exercise is played.
pub trait Stage {
    /// Returns the parties that have a node, in order.
    fn parties(&self) -> Vec<PartyId>;

    /// Returns the party whose node keeps a party's log.
    fn keeper_of(&self, party: &PartyId) -> Option<PartyId>;

    /// Asks a party's node. The error inside is the node's answer.
    ///
    /// # Errors
    /// [`StageError`] if the node is gone.
    fn ask(
        &self,
        party: &PartyId,
        question: &Question,
        now: UnixSeconds,
    ) -> Result<Result<Json, Problem>, StageError>;

    /// Tells a party's node to do something.
    ///
    /// # Errors
    /// [`StageError`].
    fn order(
        &mut self,
        party: &PartyId,
        order: &Order,
        now: UnixSeconds,
    ) -> Result<Json, StageError>;

    /// Lets the network come to rest: [`crate::network::Links::exchange`].
    ///
    /// # Errors
    /// [`StageError`].
    fn exchange(&mut self, now: UnixSeconds) -> Result<(), StageError>;

    /// Closes a procedure: [`crate::network::Links::close`].
    ///
    /// # Errors
    /// [`StageError`]; not fatal if it cannot be closed yet.
    fn close(
        &mut self,
        closer: &PartyId,
        procedure: &Hash,
        now: UnixSeconds,
    ) -> Result<(), StageError>;

    /// Cuts a party's node off from all others, or joins it again.
    ///
    /// # Errors
    /// [`StageError`].
    fn set_cut_off(&mut self, party: &PartyId, is_cut_off: bool) -> Result<(), StageError>;

    /// Returns the parties whose nodes are cut off.
    fn cut_off(&self) -> &BTreeSet<PartyId>;

    /// Keeps a party's store as it is now.
    ///
    /// # Errors
    /// [`StageError`].
    fn back_up(&mut self, party: &PartyId) -> Result<(), StageError>;

    /// Ends a party's node without warning and starts it again.
    ///
    /// # Errors
    /// [`StageError`].
    fn start(&mut self, cast: &Cast, with: &Start) -> Result<(), StageError>;

    /// Returns what was refused since the last call.
    fn take_refusals(&mut self) -> Vec<Refusal>;
}

/// Asks each node for the digest of its state.
///
/// # Errors
/// As [`Stage::ask`].
pub(super) fn digests(
    stage: &dyn Stage,
    now: UnixSeconds,
) -> Result<BTreeMap<PartyId, String>, StageError> {
    let digest = |party: PartyId| {
        let answer = stage.ask(&party, &Question::Digest, now)?.unwrap_or_default();
        Ok((party, answer.as_str().unwrap_or_default().to_owned()))
    };
    stage.parties().into_iter().map(digest).collect()
}

/// Counts duties and receipts at the first node.
///
/// # Errors
/// As [`Stage::ask`].
pub(super) fn tally(stage: &dyn Stage, now: UnixSeconds) -> Result<Tally, StageError> {
    let Some(first) = stage.parties().into_iter().next() else { return Ok(Tally::default()) };
    let answer = stage.ask(&first, &Question::Tally, now)?.unwrap_or_default();
    Ok(serde_json::from_value(answer).unwrap_or_default())
}

/// Nodes in this process.
#[derive(Debug, Default)]
pub struct Here {
    network: Network,
    folder: Option<PathBuf>,
    backups: BTreeMap<PartyId, Store>,
}

impl Here {
    /// Opens nodes with new stores. `folder`: where the stores go; `None`: in memory.
    ///
    /// # Errors
    /// [`StageError`].
    pub fn new(casts: &[Cast], folder: Option<PathBuf>) -> Result<Self, StageError> {
        let mut here = Self { folder, ..Self::default() };
        for cast in casts {
            let store = here.new_store(&cast.party, "")?;
            here.network.join(cast.open(store)?);
        }
        Ok(here)
    }

    /// Returns the nodes and their links.
    #[must_use]
    pub const fn network(&self) -> &Network {
        &self.network
    }

    /// Returns the nodes and their links.
    pub(super) const fn network_mut(&mut self) -> &mut Network {
        &mut self.network
    }

    fn new_store(&self, party: &str, suffix: &str) -> Result<Store, StoreError> {
        match &self.folder {
            Some(folder) => {
                Store::open(&folder.join(format!("{party}{suffix}.db")), Durability::Exercise)
            }
            None => Store::in_memory(),
        }
    }

    fn node(&self, party: &PartyId) -> Result<&Node, StageError> {
        self.network.node(party).ok_or_else(|| NodeError::NotKept(party.clone()).into())
    }
}

impl Stage for Here {
    fn parties(&self) -> Vec<PartyId> {
        self.network.nodes().map(|node| node.party().clone()).collect()
    }

    fn keeper_of(&self, party: &PartyId) -> Option<PartyId> {
        self.network.keeper_of(party).cloned()
    }

    fn ask(
        &self,
        party: &PartyId,
        question: &Question,
        now: UnixSeconds,
    ) -> Result<Result<Json, Problem>, StageError> {
        Ok(answer(self.node(party)?, question, now))
    }

    fn order(
        &mut self,
        party: &PartyId,
        order: &Order,
        now: UnixSeconds,
    ) -> Result<Json, StageError> {
        let node = self.network.node_mut(party);
        let node = node.ok_or_else(|| NodeError::NotKept(party.clone()))?;
        Ok(obey(node, order, now)?)
    }

    fn exchange(&mut self, now: UnixSeconds) -> Result<(), StageError> {
        Ok(self.network.exchange(now)?)
    }

    fn close(
        &mut self,
        closer: &PartyId,
        procedure: &Hash,
        now: UnixSeconds,
    ) -> Result<(), StageError> {
        Ok(self.network.close(closer, procedure, now).map(drop)?)
    }

    fn set_cut_off(&mut self, party: &PartyId, is_cut_off: bool) -> Result<(), StageError> {
        self.network.set_cut_off(party, is_cut_off);
        Ok(())
    }

    fn cut_off(&self) -> &BTreeSet<PartyId> {
        self.network.cut_off()
    }

    fn back_up(&mut self, party: &PartyId) -> Result<(), StageError> {
        let copy = self.new_store(party.as_str(), "-backup")?;
        let copy = self.node(party)?.store().copy_to(copy)?;
        self.backups.insert(party.clone(), copy);
        Ok(())
    }

    fn start(&mut self, cast: &Cast, with: &Start) -> Result<(), StageError> {
        let missing = |what: String| StageError::Missing(what);
        let party = PartyId::parse(&cast.party).map_err(CastError::from)?;
        let store = match with {
            Start::Empty { suffix } => self.new_store(&cast.party, suffix)?,
            Start::Backup => {
                let backup = self.backups.remove(&party);
                backup.ok_or_else(|| missing(format!("there is no backup of `{party}`")))?
            }
            Start::Killed => {
                let killed = self.network.take_out(&party).map(Node::into_store);
                killed.ok_or_else(|| missing(format!("`{party}` has no node here")))?
            }
        };
        self.network.replace(cast.open(store)?);
        Ok(())
    }

    fn take_refusals(&mut self) -> Vec<Refusal> {
        self.network.take_refusals()
    }
}
