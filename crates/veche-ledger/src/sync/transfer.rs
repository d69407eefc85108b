//! One log on its way from one peer: what is asked of it, and what is proved before anything is handed on.
//!
//! A record reaches the node only after its hash stands in the tree of a checkpoint that the log's key signed, and that tree
//! begins with what is held already (`formats/sync.md`, section 4). The roots of whole bundles prove each bundle alone, so that a log
//! of millions is taken as it comes and a break costs one bundle.

use crate::checkpoint::SignedCheckpoint;
use crate::hash::Hash;
use crate::key::VerifyingKey;
use crate::name::{Origin, PartyId};
use crate::sync::openings::{OpeningsError, parse_openings};
use crate::sync::resource::Resource;
use crate::tile::{
    TILE_HEIGHT, TILE_WIDTH, TileError, TileKind, TilePath, parse_bundle, parse_tile,
};
use crate::tree::{Frontier, leaf_hash};
use std::collections::{BTreeMap, VecDeque};

/// Why a peer's answer is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransferFault {
    /// It did not answer, or not with what was asked for.
    #[error("no answer: {0}")]
    NoAnswer(String),
    /// The checkpoint is not one that the log's key signed.
    #[error("the checkpoint is not signed by the log's key")]
    Checkpoint,
    /// The checkpoint is of fewer records than the peer's listing says.
    #[error("the checkpoint is of {size} records, and {held} are held")]
    NothingNew {
        /// Of the checkpoint.
        size: u64,
        /// Held here.
        held: u64,
    },
    /// Hashes or entries in another form.
    #[error(transparent)]
    Tile(#[from] TileError),
    /// Openings in another form.
    #[error(transparent)]
    Openings(#[from] OpeningsError),
    /// Entries that the checkpoint does not cover: changed, moved, or left out on the way.
    #[error("the entries of bundle {0} are not those that the checkpoint covers")]
    OtherEntries(u64),
    /// What came, after what is held, does not give the checkpoint's root: the log is forked, or the peer made something up.
    #[error("the tree of the checkpoint does not begin with the {0} records held")]
    OtherHistory(u64),
}

/// Records of a log, proved, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// The log.
    pub log: Origin,
    /// The number of the first record.
    pub start: u64,
    /// Leaves, each with its opening where the peer gave one.
    pub records: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    /// The checkpoint, where the last of its records is in this batch.
    pub checkpoint: Option<Vec<u8>>,
}

/// Entries and openings of a bundle, as far as they have come.
#[derive(Debug, Default)]
struct Parts {
    entries: Option<Vec<u8>>,
    openings: Option<Vec<u8>>,
}

#[derive(Debug)]
enum Stage {
    /// The checkpoint was asked for.
    Checkpoint,
    /// The hashes were asked for: those still missing, and those that came.
    Hashes { missing: Vec<TilePath>, found: BTreeMap<TilePath, Vec<Hash>> },
    /// Bundles come.
    Bundles,
}

/// One log on its way from one peer.
#[derive(Debug)]
pub(crate) struct Transfer {
    pub(crate) peer: PartyId,
    log: Origin,
    key: VerifyingKey,
    /// What is held and what was handed on.
    held: Frontier,
    stage: Stage,
    target: Option<SignedCheckpoint>,
    /// What the hashes prove, up to the bundle that is handed on next.
    proved: Frontier,
    /// The roots of the whole bundles after that.
    roots: VecDeque<Hash>,
    /// The first bundle of all.
    first: u64,
    /// The bundle to ask for next.
    next: u64,
    parts: BTreeMap<u64, Parts>,
    /// True while the node looks at a batch.
    pub(crate) is_busy: bool,
}

impl Transfer {
    pub(crate) fn new(peer: PartyId, log: Origin, key: VerifyingKey, held: Frontier) -> Self {
        let next = held.size() / TILE_WIDTH;
        let proved = held.aligned(TILE_HEIGHT);
        Self {
            peer,
            log,
            key,
            held,
            stage: Stage::Checkpoint,
            target: None,
            proved,
            roots: VecDeque::new(),
            first: next,
            next,
            parts: BTreeMap::new(),
            is_busy: false,
        }
    }

    /// Returns what to ask for at the start.
    pub(crate) fn begin(&self) -> Resource {
        Resource::Checkpoint(self.log.clone())
    }

    /// Returns how many records the checkpoint covers; 0 before it is here.
    pub(crate) fn size(&self) -> u64 {
        self.target.as_ref().map_or(0, |target| target.checkpoint().size)
    }

    /// Returns the bundles to ask for now, so that no more than `window` are on their way or wait here.
    pub(crate) fn wants(&mut self, window: usize) -> Vec<Resource> {
        let mut wants = Vec::new();
        if !matches!(self.stage, Stage::Bundles) {
            return wants;
        }
        let end = self.size().div_ceil(TILE_WIDTH);
        while self.parts.len() < window && self.next < end {
            let width = (self.size() - self.next * TILE_WIDTH).min(TILE_WIDTH);
            let width = u16::try_from(width).unwrap_or(256);
            if let Some(path) = TilePath::new(TileKind::Entries, self.next, width) {
                wants.push(Resource::Tile(self.log.clone(), path));
                wants.push(Resource::Openings(self.log.clone(), path));
            }
            let _none = self.parts.insert(self.next, Parts::default());
            self.next += 1;
        }
        wants
    }

    /// Takes an answer; returns what is to be asked for next.
    pub(crate) fn answered(
        &mut self,
        what: &Resource,
        body: Vec<u8>,
    ) -> Result<Vec<Resource>, TransferFault> {
        match what {
            Resource::Heads => Ok(Vec::new()),
            Resource::Checkpoint(_) => self.take_checkpoint(&body),
            Resource::Tile(_, path) if path.kind() == TileKind::Entries => {
                self.parts.entry(path.index()).or_default().entries = Some(body);
                Ok(Vec::new())
            }
            Resource::Tile(_, path) => self.take_hashes(*path, &body),
            Resource::Openings(_, path) => {
                self.parts.entry(path.index()).or_default().openings = Some(body);
                Ok(Vec::new())
            }
        }
    }

    fn take_checkpoint(&mut self, body: &[u8]) -> Result<Vec<Resource>, TransferFault> {
        let signed = SignedCheckpoint::verify(body, &self.key);
        let signed = signed.map_err(|_| TransferFault::Checkpoint)?;
        let (size, held) = (signed.checkpoint().size, self.held.size());
        if size <= held {
            return Err(TransferFault::NothingNew { size, held });
        }
        self.target = Some(signed);
        let missing = hashes_between(held, size);
        let wants = missing.iter().map(|path| Resource::Tile(self.log.clone(), *path)).collect();
        self.stage = if missing.is_empty() {
            Stage::Bundles
        } else {
            Stage::Hashes { missing, found: BTreeMap::new() }
        };
        Ok(wants)
    }

    fn take_hashes(&mut self, path: TilePath, body: &[u8]) -> Result<Vec<Resource>, TransferFault> {
        let Stage::Hashes { missing, found } = &mut self.stage else { return Ok(Vec::new()) };
        let _none = found.insert(path, parse_tile(body, path.width())?);
        missing.retain(|other| *other != path);
        if missing.is_empty() {
            let found = std::mem::take(found);
            self.prove_roots(found)?;
            self.stage = Stage::Bundles;
        }
        Ok(Vec::new())
    }

    /// Proves the roots of the whole bundles: after what is held and before the last leaves they give the checkpoint's root.
    fn prove_roots(&mut self, found: BTreeMap<TilePath, Vec<Hash>>) -> Result<(), TransferFault> {
        let (mut roots, mut edge) = (Vec::new(), Vec::new());
        for (path, hashes) in found {
            match path.kind() {
                TileKind::Hashes(0) => edge = hashes,
                TileKind::Hashes(_) | TileKind::Entries => {
                    let first = self.next.saturating_sub(path.index() * TILE_WIDTH);
                    roots.extend(hashes.into_iter().skip(usize::try_from(first).unwrap_or(0)));
                }
            }
        }
        let mut tree = self.proved.clone();
        let all_fit = roots.iter().all(|root| tree.append_subtree(TILE_HEIGHT, *root));
        edge.into_iter().for_each(|leaf| tree.append(leaf));
        let root = self.target.as_ref().map(|target| target.checkpoint().root);
        if !all_fit || Some(tree.root()) != root || tree.size() != self.size() {
            return Err(TransferFault::OtherHistory(self.held.size()));
        }
        self.roots = roots.into();
        Ok(())
    }

    /// Returns the next batch if its bundle is here, proved.
    pub(crate) fn batch(&mut self) -> Result<Option<Batch>, TransferFault> {
        let number = self.held.size() / TILE_WIDTH;
        let whole = |parts: &Parts| parts.entries.is_some() && parts.openings.is_some();
        if self.is_busy || !self.parts.get(&number).is_some_and(whole) {
            return Ok(None);
        }
        let parts = self.parts.remove(&number).unwrap_or_default();
        let first = number * TILE_WIDTH;
        let width = u16::try_from((self.size() - first).min(TILE_WIDTH)).unwrap_or(256);
        let (entries, openings) =
            (parts.entries.unwrap_or_default(), parts.openings.unwrap_or_default());
        let (entries, openings) =
            (parse_bundle(&entries, width)?, parse_openings(&openings, width)?);
        let leaves: Vec<Hash> = entries.iter().map(|entry| leaf_hash(entry)).collect();
        let start = self.held.size();
        let skip = usize::try_from(start - first).unwrap_or(0);
        let after = self.prove_bundle(number, &leaves, skip)?;
        let records = entries.into_iter().zip(openings).skip(skip);
        let is_last = after.size() == self.size();
        let note = self.target.as_ref().filter(|_| is_last).map(|target| target.note().to_bytes());
        self.held = after;
        self.is_busy = true;
        Ok(Some(Batch {
            log: self.log.clone(),
            start,
            records: records
                .map(|(leaf, opening)| (leaf.to_vec(), opening.map(<[u8]>::to_vec)))
                .collect(),
            checkpoint: note,
        }))
    }

    /// Proves the leaves of a bundle, of which `skip` are held; returns the frontier after it.
    fn prove_bundle(
        &mut self,
        number: u64,
        leaves: &[Hash],
        skip: usize,
    ) -> Result<Frontier, TransferFault> {
        let grow = |from: &Frontier, leaves: &[Hash]| {
            let mut frontier = from.clone();
            leaves.iter().for_each(|leaf| frontier.append(*leaf));
            frontier
        };
        let after = grow(&self.held, leaves.get(skip..).unwrap_or_default());
        if let Some(root) = self.roots.pop_front() {
            if grow(&Frontier::EMPTY, leaves).root() != root {
                return Err(TransferFault::OtherEntries(number));
            }
            // The bundle is in the tree; what is held of it may be another.
            if !self.proved.append_subtree(TILE_HEIGHT, root) || after != self.proved {
                return Err(TransferFault::OtherHistory(self.held.size()));
            }
            return Ok(after);
        }
        let root = self.target.as_ref().map(|target| target.checkpoint().root);
        if Some(after.root()) == root {
            return Ok(after);
        }
        // Without hashes of whole bundles nothing tells what is held from what came.
        let is_held_proved = number > self.first;
        Err(if is_held_proved {
            TransferFault::OtherEntries(number)
        } else {
            TransferFault::OtherHistory(self.held.size())
        })
    }

    pub(crate) fn is_done(&self) -> bool {
        self.target.is_some() && self.held.size() == self.size()
    }
}

/// Returns the tiles that prove the growth of a log bundle by bundle: the roots of the bundles that become whole, and the leaves after
/// the last of them; none where no bundle becomes whole.
fn hashes_between(held: u64, size: u64) -> Vec<TilePath> {
    let (first, whole) = (held / TILE_WIDTH, size / TILE_WIDTH);
    if first == whole {
        return Vec::new();
    }
    let tile = |level, index: u64, of: u64| {
        let width = u16::try_from((of - index * TILE_WIDTH).min(TILE_WIDTH)).unwrap_or(256);
        TilePath::new(TileKind::Hashes(level), index, width)
    };
    let roots = (first / TILE_WIDTH)..=((whole - 1) / TILE_WIDTH);
    let mut paths: Vec<TilePath> = roots.filter_map(|index| tile(1, index, whole)).collect();
    paths.extend(tile(0, whole, size));
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_bundles_and_the_last_leaves_are_proved_by_hashes() {
        let paths = |held, size| -> Vec<String> {
            hashes_between(held, size).iter().map(ToString::to_string).collect()
        };
        assert!(paths(0, 255).is_empty());
        assert!(paths(257, 511).is_empty());
        assert_eq!(paths(0, 256), ["tile/1/000.p/1"]);
        assert_eq!(paths(255, 257), ["tile/1/000.p/1", "tile/0/001.p/1"]);
        assert_eq!(paths(65_536, 131_080), ["tile/1/001", "tile/0/512.p/8"]);
        assert_eq!(paths(0, 131_072), ["tile/1/000", "tile/1/001"]);
    }
}
