//! Tables by hash that can be asked and never listed: no order of theirs can reach a result.

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
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
        let Self { table, buffer, ends } = self;
        let same = |id: &u32| Self::word(buffer, ends, *id) == word;
        let hash = |id: &u32| hash_word(Self::word(buffer, ends, *id));
        match table.entry(hash_word(word), same, hash) {
            Entry::Occupied(held) => *held.get(),
            Entry::Vacant(room) => {
                let id = u32::try_from(ends.len()).unwrap_or(u32::MAX);
                room.insert(id);
                buffer.push_str(word);
                ends.push(u32::try_from(buffer.len()).unwrap_or(u32::MAX));
                id
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Makes room for so many words more: a table that grows is hashed anew each time.
    pub(super) fn reserve(&mut self, words: usize) {
        let Self { table, buffer, ends } = self;
        ends.reserve(words);
        table.reserve(words, |id| hash_word(Self::word(buffer, ends, *id)));
    }
}

/// The keys of each form, in the order in which they came: most forms have one, so that a list of its own for each would be as many allocations.
#[derive(Default)]
pub(super) struct Keys {
    /// By form: its first link.
    first: Vec<u32>,
    /// A key, and the next link of the same form.
    links: Vec<(u32, u32)>,
}

/// No further link.
const END: u32 = u32::MAX;

impl Keys {
    /// Adds a key to a form, unless it has it.
    pub(super) fn add(&mut self, form: u32, key: u32) {
        let link = u32::try_from(self.links.len()).unwrap_or(END);
        let at = form as usize;
        if self.first.len() <= at {
            self.first.resize(at + 1, END);
        }
        let mut last = None;
        for (number, held) in self.numbered(form) {
            if held == key {
                return;
            }
            last = Some(number);
        }
        let before = match last {
            Some(last) => self.links.get_mut(last as usize).map(|(_, next)| next),
            None => self.first.get_mut(at),
        };
        if let Some(before) = before {
            *before = link;
            self.links.push((key, END));
        }
    }

    /// Returns the keys of a form.
    pub(super) fn of(&self, form: u32) -> impl Iterator<Item = u32> {
        self.numbered(form).map(|(_, key)| key)
    }

    /// Returns the links of a form with their keys.
    fn numbered(&self, form: u32) -> impl Iterator<Item = (u32, u32)> {
        let mut next = self.first.get(form as usize).copied().unwrap_or(END);
        std::iter::from_fn(move || {
            let (key, then) = *self.links.get(next as usize)?;
            Some((std::mem::replace(&mut next, then), key))
        })
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

    /// Makes room for so many edges more.
    pub(super) fn reserve(&mut self, edges: usize) {
        self.0.reserve(edges, |(n, w, _)| hash_edge(*n, *w));
    }

    pub(super) fn insert(&mut self, node: u32, word: u32, to: u32) {
        self.0
            .insert_unique(hash_edge(node, word), (node, word, to), |(n, w, _)| hash_edge(*n, *w));
    }
}
