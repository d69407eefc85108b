//! A node over a shared store into which another process of its member writes: it reads, folds what comes, and says nothing.

use super::{Node, NodeError};

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
