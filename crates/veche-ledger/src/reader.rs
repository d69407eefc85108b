//! Reading a log from its start: every record decoded, none twice, the root compared.

use crate::checkpoint::Checkpoint;
use crate::hash::Hash;
use crate::name::{LeafIndex, Origin};
use crate::record::{Record, RecordError};
use crate::tree::Frontier;
use std::collections::BTreeMap;

/// Reads the records of one log in order.
///
/// What cannot be decoded still has its place in the tree: the caller keeps the bytes and passes them on.
#[derive(Debug, Clone)]
pub struct LogReader {
    origin: Origin,
    frontier: Frontier,
    leaves: BTreeMap<Hash, LeafIndex>,
}

/// Why an entry of a log has no effect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// It is no record, or a newer one than this node reads.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The same bytes stand in the log already: the author appended a record twice.
    #[error("record {index} of log `{log}` is record {first} again")]
    Duplicate {
        /// The log.
        log: Origin,
        /// Where it stands again.
        index: LeafIndex,
        /// Where it stood first.
        first: LeafIndex,
    },
}

/// Why what was read is not what a checkpoint says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CutError {
    /// The checkpoint is of another log.
    #[error("the checkpoint is of log `{0}`")]
    OtherLog(Origin),
    /// The checkpoint is of another size than was read.
    #[error("the checkpoint is of size {stated}, {size} records were read")]
    OtherSize {
        /// Of the checkpoint.
        stated: u64,
        /// As read.
        size: u64,
    },
    /// The root is another: an entry was changed, left out or moved.
    #[error("the records do not give the root of the checkpoint")]
    OtherRoot,
}

impl LogReader {
    /// Starts at the beginning of a log.
    #[must_use]
    pub const fn new(origin: Origin) -> Self {
        let frontier = Frontier::EMPTY;
        Self { origin, frontier, leaves: BTreeMap::new() }
    }

    /// Reads the next entry.
    ///
    /// # Errors
    /// [`ReadError`]: the entry has no effect, but its place in the tree is taken.
    pub fn read(&mut self, entry: &[u8]) -> Result<Record, ReadError> {
        let index = LeafIndex(self.frontier.size());
        let decoded = Record::decode(&self.origin, index, entry);
        let leaf = match &decoded {
            Ok(record) => record.leaf(),
            Err(_) => crate::tree::leaf_hash(entry),
        };
        self.frontier.append(leaf);
        let record = decoded?;
        if let Some(first) = self.leaves.get(&leaf) {
            let (log, first) = (self.origin.clone(), *first);
            return Err(ReadError::Duplicate { log, index, first });
        }
        let _none = self.leaves.insert(leaf, index);
        Ok(record)
    }

    /// Returns where a record stands, by its leaf hash.
    #[must_use]
    pub fn index_of(&self, leaf: &Hash) -> Option<LeafIndex> {
        self.leaves.get(leaf).copied()
    }

    /// Returns the frontier of what was read.
    #[must_use]
    pub const fn frontier(&self) -> &Frontier {
        &self.frontier
    }

    /// Checks that what was read is what a checkpoint says.
    ///
    /// # Errors
    /// [`CutError`] in the order log, size, root.
    pub fn check(&self, checkpoint: &Checkpoint) -> Result<(), CutError> {
        if checkpoint.origin != self.origin {
            return Err(CutError::OtherLog(checkpoint.origin.clone()));
        }
        let (stated, size) = (checkpoint.size, self.frontier.size());
        if stated != size {
            return Err(CutError::OtherSize { stated, size });
        }
        if checkpoint.root != self.frontier.root() {
            return Err(CutError::OtherRoot);
        }
        Ok(())
    }
}
