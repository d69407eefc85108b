//! From "it holds another history" to a proof (`formats/sync.md`, section 7).
//!
//! A peer shows a checkpoint of a log, signed by its key, that does not fit what is held. Who lies, the peer or the log's owner, is
//! found out by walking down the peer's tree: if its hashes give the root that was signed, the owner signed two histories, and at the first leaf that
//! differs stands the proof.

use crate::checkpoint::SignedCheckpoint;
use crate::fork::LeafProof;
use crate::hash::Hash;
use crate::tile::{TILE_HEIGHT, TILE_WIDTH, TileKind, TilePath, node_from_tiles, parse_tile};
use crate::tree::{frontier_at, prove_inclusion};
use std::collections::BTreeMap;

/// Why a hunt ended without a proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HuntFault {
    /// The peer's hashes do not give the root that the log's key signed: the peer made them up.
    #[error("the peer's hashes do not give the root that was signed")]
    MadeUp,
    /// There is no difference within what is held: the peer only has more, or less.
    #[error("there is no difference within what is held")]
    NoDifference,
}

/// The first leaf at which a peer's history of a log differs from the one held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Its number.
    pub index: u64,
    /// The peer's leaf there, proved under the peer's checkpoint.
    pub theirs: LeafProof,
}

/// A walk down a peer's tree.
#[derive(Debug)]
pub struct Hunt {
    checkpoint: SignedCheckpoint,
    /// Records of the log that are held here.
    held: u64,
    tiles: BTreeMap<(u8, u64), Vec<Hash>>,
    missing: Vec<TilePath>,
    /// True once the hashes at the right edge were found to give the signed root.
    is_true: bool,
}

/// What comes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Ask the peer for these.
    Ask(Vec<TilePath>),
    /// It is found.
    Found(Difference),
}

impl Hunt {
    /// Begins with the peer's checkpoint, whose signature was verified.
    #[must_use]
    pub fn new(checkpoint: SignedCheckpoint, held: u64) -> Self {
        let size = checkpoint.checkpoint().size;
        let level = |level: u8| {
            let nodes = size >> (u32::from(level) * TILE_HEIGHT);
            let width = u16::try_from(nodes % TILE_WIDTH).unwrap_or_default();
            TilePath::new(TileKind::Hashes(level), nodes / TILE_WIDTH, width)
        };
        let missing = (0..=crate::tile::TILE_LEVEL_MAX).filter_map(level).collect();
        Self { checkpoint, held, tiles: BTreeMap::new(), missing, is_true: false }
    }

    /// Returns what to ask for first.
    #[must_use]
    pub fn begin(&self) -> Vec<TilePath> {
        self.missing.clone()
    }

    /// Takes a tile; `ours` reads the tree held here, by level and index. `None`: others are still on their way.
    ///
    /// # Errors
    /// [`HuntFault`].
    pub fn take(
        &mut self,
        path: TilePath,
        body: &[u8],
        ours: &dyn Fn(u32, u64) -> Option<Hash>,
    ) -> Result<Option<Next>, HuntFault> {
        let hashes = parse_tile(body, path.width()).map_err(|_| HuntFault::MadeUp)?;
        let TileKind::Hashes(level) = path.kind() else { return Err(HuntFault::MadeUp) };
        self.check(level, path, &hashes)?;
        let _same = self.tiles.insert((level, path.index()), hashes);
        self.missing.retain(|missing| *missing != path);
        if !self.missing.is_empty() {
            return Ok(None);
        }
        self.check_edge()?;
        self.go_on(ours).map(Some)
    }

    /// A whole tile is under an entry of the tile above it, which was checked before it was asked for.
    fn check(&self, level: u8, path: TilePath, hashes: &[Hash]) -> Result<(), HuntFault> {
        if !self.is_true {
            return Ok(());
        }
        let above = self.node(u32::from(level + 1) * TILE_HEIGHT, path.index());
        let mut row = hashes.to_vec();
        while row.len() > 1 {
            let (pairs, _) = row.as_chunks::<2>();
            row = pairs.iter().map(|[left, right]| crate::tree::node_hash(*left, *right)).collect();
        }
        if row.first().copied() == above { Ok(()) } else { Err(HuntFault::MadeUp) }
    }

    fn check_edge(&mut self) -> Result<(), HuntFault> {
        let checkpoint = self.checkpoint.checkpoint();
        let frontier = frontier_at(checkpoint.size, &|level, index| self.node(level, index));
        if frontier.is_none_or(|frontier| frontier.root() != checkpoint.root) {
            return Err(HuntFault::MadeUp);
        }
        self.is_true = true;
        Ok(())
    }

    /// Returns a node of the peer's tree, from the tiles that came.
    fn node(&self, level: u32, index: u64) -> Option<Hash> {
        node_from_tiles(level, index, |level, n| self.tiles.get(&(level, n)).cloned())
    }

    /// Finds the subtree that differs and is furthest left, and goes down in it.
    fn go_on(&mut self, ours: &dyn Fn(u32, u64) -> Option<Hash>) -> Result<Next, HuntFault> {
        let size = self.checkpoint.checkpoint().size;
        // The perfect subtrees of the peer's tree, largest first.
        let mut start = 0;
        for level in (0..64).rev().filter(|level| size >> level & 1 == 1) {
            let index = start >> level;
            if self.differs(level, index, ours) {
                return self.go_down(level, index, ours);
            }
            start += 1 << level;
        }
        Err(HuntFault::NoDifference)
    }

    /// Whether a subtree of the peer's is another here. One that is not held whole may be: its halves tell.
    fn differs(&self, level: u32, index: u64, ours: &dyn Fn(u32, u64) -> Option<Hash>) -> bool {
        let first = index << level;
        if first >= self.held {
            return false;
        }
        let is_held_whole = first + (1 << level) <= self.held;
        !is_held_whole || ours(level, index) != self.node(level, index)
    }

    fn go_down(
        &mut self,
        mut level: u32,
        mut index: u64,
        ours: &dyn Fn(u32, u64) -> Option<Hash>,
    ) -> Result<Next, HuntFault> {
        while level > 0 {
            // The children of what stands at the foot of a tile are the heads of the next one below.
            if self.node(level - 1, index * 2).is_none() {
                let below = u8::try_from((level - 1) / TILE_HEIGHT).unwrap_or_default();
                let tile = TilePath::new(TileKind::Hashes(below), index, 256);
                self.missing = tile.into_iter().collect();
                return Ok(Next::Ask(self.missing.clone()));
            }
            let is_left = self.differs(level - 1, index * 2, ours);
            level -= 1;
            index = index * 2 + u64::from(!is_left);
        }
        if index >= self.held {
            return Err(HuntFault::NoDifference);
        }
        let size = self.checkpoint.checkpoint().size;
        let leaf = self.node(0, index).ok_or(HuntFault::MadeUp)?;
        let proof = prove_inclusion(index, size, &|level, index| self.node(level, index));
        let note = self.checkpoint.note().to_string();
        let theirs = LeafProof { leaf, note, proof: proof.ok_or(HuntFault::MadeUp)? };
        if ours(0, index) == Some(leaf) {
            return Err(HuntFault::NoDifference);
        }
        Ok(Next::Found(Difference { index, theirs }))
    }
}
