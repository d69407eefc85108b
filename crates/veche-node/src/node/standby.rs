//! A node over a shared store into which another process of its member writes: it reads, folds what comes, and says nothing.

use super::{Node, NodeError};
use veche_ledger::UnixSeconds;

/// What became of a look at the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Followed {
    /// Nothing has come.
    Nothing,
    /// Records came, and are in the fold.
    Records,
    /// Something that was folded before has changed: the node has to be opened anew.
    Anew,
}

impl Node {
    /// Returns whether another process of this member writes, and this one reads.
    #[must_use]
    pub const fn stands_by(&self) -> bool {
        self.store.stands_by()
    }

    /// Notes whether what is held was up to date at this time.
    pub(crate) fn note_followed(&mut self, is_followed: bool, now: UnixSeconds) {
        self.unfollowed_since = (!is_followed).then(|| self.unfollowed_since.unwrap_or(now));
    }

    /// Returns since when one that stands by could not read what is written.
    #[must_use]
    pub const fn unfollowed_since(&self) -> Option<UnixSeconds> {
        self.unfollowed_since
    }

    /// Reads what another process has written since the last look.
    ///
    /// # Errors
    /// [`NodeError::Store`] if the store cannot be read.
    pub fn follow(&mut self) -> Result<Followed, NodeError> {
        let now = self.store.changes()?;
        if now == self.seen {
            return Ok(Followed::Nothing);
        }
        if !now.adds_to(&self.seen) {
            return Ok(Followed::Anew);
        }
        self.load_logs()?;
        self.load_forks()?;
        self.seen = now;
        Ok(Followed::Records)
    }
}
