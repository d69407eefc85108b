//! Roots of logs at the sizes that records cite: a node that folds a million records is asked for half a million of them.

use crate::store::Store;
use std::collections::BTreeMap;
use veche_ledger::tile::TILE_WIDTH;
use veche_ledger::{Frontier, Hash, Origin, tree};

/// Most records that a tree is taken forward by, leaf by leaf: two tiles. Beyond them it is found from its tiles anew.
const FORWARD_MAX: u64 = 2 * TILE_WIDTH;

/// The trees of the sizes that were asked for last, one a log. Receipts cite a log at sizes that grow, so that the next
/// answer is mostly a few leaves further on.
#[derive(Debug, Default)]
pub(crate) struct Roots {
    trees: BTreeMap<Origin, Frontier>,
    /// The last tile of leaves that was read: log, number, hashes.
    tile: Option<(Origin, u64, Vec<u8>)>,
}

impl Roots {
    /// Returns the root of a log at a size that the store holds; `None` if it does not.
    pub(crate) fn at(&mut self, store: &Store, log: &Origin, size: u64) -> Option<Hash> {
        let near = self.trees.remove(log);
        let near = near.filter(|tree| tree.size() <= size && size - tree.size() <= FORWARD_MAX);
        let tree = match near {
            Some(tree) => self.forward(store, log, tree, size)?,
            None => {
                let nodes = |level, index| store.tree_node(log, level, index).ok().flatten();
                tree::frontier_at(size, &nodes)?
            }
        };
        let root = tree.root();
        self.trees.insert(log.clone(), tree);
        Some(root)
    }

    fn forward(
        &mut self,
        store: &Store,
        log: &Origin,
        mut tree: Frontier,
        size: u64,
    ) -> Option<Frontier> {
        while tree.size() < size {
            tree.append(self.leaf(store, log, tree.size())?);
        }
        Some(tree)
    }

    fn leaf(&mut self, store: &Store, log: &Origin, index: u64) -> Option<Hash> {
        let (n, at) = (index / TILE_WIDTH, usize::try_from(index % TILE_WIDTH).ok()?);
        let in_tile = |tile: &(Origin, u64, Vec<u8>)| {
            let hash = tile.2.as_chunks::<32>().0.get(at).copied().map(Hash);
            hash.filter(|_| tile.0 == *log && tile.1 == n)
        };
        // A tile that was read when it was shorter is read again.
        if let Some(hash) = self.tile.as_ref().and_then(in_tile) {
            return Some(hash);
        }
        self.tile = Some((log.clone(), n, store.tile(log, 0, n).ok()??));
        self.tile.as_ref().and_then(in_tile)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::StoredEntry;

    fn log() -> Origin {
        Origin::parse("six-rivers.example/orvessa/1").unwrap()
    }

    fn entry(n: u64) -> StoredEntry {
        StoredEntry { leaf: n.to_be_bytes().to_vec(), opening: None, signers: String::new() }
    }

    fn root(size: u64) -> Hash {
        let mut tree = Frontier::new();
        (0..size).for_each(|n| tree.append(tree::leaf_hash(&n.to_be_bytes())));
        tree.root()
    }

    #[test]
    fn roots_are_the_same_in_whatever_order_sizes_are_asked_for() {
        let mut store = Store::in_memory().unwrap();
        let entries: Vec<StoredEntry> = (0..900).map(entry).collect();
        let tree = store.append(&log(), &Frontier::new(), &entries[..700], None).unwrap();
        let mut roots = Roots::default();
        for size in [0, 1, 3, 255, 256, 257, 600, 20, 21, 700, 699] {
            assert_eq!(roots.at(&store, &log(), size), Some(root(size)), "size {size}");
        }
        assert_eq!(roots.at(&store, &log(), 701), None);
        store.append(&log(), &tree, &entries[700..], None).unwrap();
        for size in [700, 701, 768, 769, 900] {
            assert_eq!(roots.at(&store, &log(), size), Some(root(size)), "size {size} later");
        }
    }
}
