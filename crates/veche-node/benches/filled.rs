//! A store full of signed records, in the mix of the fold's benchmark.

use crate::signed::{Parties, Writer, last_time};
use crate::world::World;
use std::collections::BTreeMap;
use std::path::Path;
use veche_ledger::{Frontier, Origin, UnixSeconds};
use veche_node::store::{Durability, Store, StoredEntry};

/// Records of a transaction while the store is filled.
const BATCH: usize = 1000;

/// Fills a store with signed records. Returns the last instant that they speak of.
pub(crate) fn fill(parties: &Parties, path: &Path, records: usize) -> UnixSeconds {
    let world = World::new(6);
    let entries = world.entries(records);
    let end = last_time(&entries);
    // Nothing here is to outlive a power cut.
    let store = Store::open(path, Durability::Exercise).expect("a store");
    store.set_meta("charter", &parties.bytes).expect("a setting");
    let mut shelf = Shelf { parties, store, waiting: BTreeMap::new(), trees: BTreeMap::new() };
    let mut writer = Writer::new(parties);
    for entry in entries {
        let stored = writer.write(&entry);
        shelf.put(&entry.log, stored);
    }
    shelf.put_rest();
    end
}

/// Collects records until there is a transaction's worth of one log.
struct Shelf<'a> {
    parties: &'a Parties,
    store: Store,
    waiting: BTreeMap<Origin, Vec<StoredEntry>>,
    trees: BTreeMap<Origin, Frontier>,
}

impl Shelf<'_> {
    fn put(&mut self, log: &Origin, entry: StoredEntry) {
        let waiting = self.waiting.entry(log.clone()).or_default();
        waiting.push(entry);
        if waiting.len() == BATCH {
            let batch = std::mem::take(waiting);
            self.write(log, &batch);
        }
    }

    fn put_rest(&mut self) {
        for (log, batch) in std::mem::take(&mut self.waiting) {
            self.write(&log, &batch);
        }
    }

    fn write(&mut self, log: &Origin, batch: &[StoredEntry]) {
        let before = self.trees.get(log).cloned().unwrap_or_default();
        let mut after = before.clone();
        batch.iter().for_each(|entry| after.append(veche_ledger::tree::leaf_hash(&entry.leaf)));
        let line = self.parties.line(log, &after);
        let stored = self.store.append(log, &before, batch, Some(&line)).expect("appended");
        assert_eq!(stored, after, "the store gives the tree of its records");
        self.trees.insert(log.clone(), stored);
    }
}
