//! Where features go: as keys, and if somebody asks why, with their names.

use crate::model::hash;

/// A part of a feature: what is hashed, and how it is shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece<'a> {
    key: u64,
    text: &'a str,
}

impl<'a> Piece<'a> {
    /// Makes a piece of a text.
    pub(crate) fn new(text: &'a str) -> Self {
        Self { key: hash::text(text), text }
    }

    /// Returns true if it is of this text.
    pub(crate) fn is(&self, text: &str) -> bool {
        self.text == text
    }

    /// Makes a piece of a text whose hash is known.
    pub(crate) const fn hashed(key: u64, text: &'a str) -> Self {
        Self { key, text }
    }
}

/// Features of one thing, in the order in which they were found.
#[derive(Debug, Default)]
pub(crate) struct Sink {
    keys: Vec<u64>,
    names: Option<Vec<String>>,
}

impl Sink {
    /// Returns one that keeps the names of features too.
    pub(crate) fn naming() -> Self {
        Self { keys: Vec::new(), names: Some(Vec::new()) }
    }

    /// Adds a feature: its template and the values that it joins.
    pub(crate) fn add<const N: usize>(&mut self, template: &'static str, parts: [Piece<'_>; N]) {
        let mut key = hash::text(template);
        for part in parts {
            key = hash::key(80, [key, part.key]);
        }
        self.keys.push(key);
        if let Some(names) = &mut self.names {
            let values: Vec<&str> = parts.iter().map(|part| part.text).collect();
            names.push(format!("{template}: {}", values.join(" ")));
        }
    }

    /// Returns keys with their names, if they were kept.
    pub(crate) fn named(&self) -> impl Iterator<Item = (u64, &str)> {
        let names = self.names.iter().flatten().map(String::as_str);
        self.keys.iter().copied().zip(names)
    }

    /// Returns the keys, each once, ascending.
    pub(crate) fn keys(&self) -> Vec<u64> {
        let mut keys = self.keys.clone();
        keys.sort_unstable();
        keys.dedup();
        keys
    }
}
