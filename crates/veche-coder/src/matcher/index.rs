//! Tables by hash that can be asked and never listed: no order of theirs can reach a result.

use hashbrown::HashTable;
use rustc_hash::FxHasher;
use std::hash::Hasher as _;

/// Words, each with a number from 0 in the order in which it came.
#[derive(Default)]
pub(super) struct Words {
    table: HashTable<u32>,
    buffer: String,
    ends: Vec<u32>,
}

fn hash_word(word: &str) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(word.as_bytes());
    hasher.finish()
}

impl Words {
    fn word<'b>(buffer: &'b str, ends: &[u32], id: u32) -> &'b str {
        let at = id as usize;
        let start = at.checked_sub(1).and_then(|at| ends.get(at)).copied().unwrap_or(0) as usize;
        let end = ends.get(at).copied().unwrap_or(0) as usize;
        buffer.get(start..end).unwrap_or_default()
    }

    pub(super) fn get(&self, word: &str) -> Option<u32> {
        let same = |id: &u32| Self::word(&self.buffer, &self.ends, *id) == word;
        self.table.find(hash_word(word), same).copied()
    }

    /// Returns the number of a word, a new one if it is new.
    pub(super) fn intern(&mut self, word: &str) -> u32 {
        if let Some(id) = self.get(word) {
            return id;
        }
        let narrow = |len: usize| u32::try_from(len).unwrap_or(u32::MAX);
        let id = narrow(self.ends.len());
        self.buffer.push_str(word);
        self.ends.push(narrow(self.buffer.len()));
        let Self { table, buffer, ends } = self;
        table.insert_unique(hash_word(word), id, |id| hash_word(Self::word(buffer, ends, *id)));
        id
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }
}

/// The edges of a tree of words: node and word give the next node.
#[derive(Default)]
pub(super) struct Edges(HashTable<(u32, u32, u32)>);

fn hash_edge(node: u32, word: u32) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write_u64(u64::from(node) << 32 | u64::from(word));
    hasher.finish()
}

impl Edges {
    pub(super) fn get(&self, node: u32, word: u32) -> Option<u32> {
        let found = self.0.find(hash_edge(node, word), |(n, w, _)| (*n, *w) == (node, word));
        found.map(|(_, _, to)| *to)
    }

    pub(super) fn insert(&mut self, node: u32, word: u32, to: u32) {
        self.0
            .insert_unique(hash_edge(node, word), (node, word, to), |(n, w, _)| hash_edge(*n, *w));
    }
}
