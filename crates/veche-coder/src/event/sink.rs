//! Where features go: as keys, and if somebody asks why, with their names.

use crate::model::hash;
use crate::ontology::Class;
use crate::parse::Relation;

/// A part of a feature: what is hashed, and how it is shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece<'a> {
    key: u64,
    text: &'a str,
}

impl<'a> Piece<'a> {
    /// Makes a piece of a text.
    pub(crate) const fn new(text: &'a str) -> Self {
        Self { key: hash::text(text), text }
    }

    /// Returns true if it is of this text.
    pub(crate) fn is(&self, text: &str) -> bool {
        self.text == text
    }

    /// Makes a piece of a class.
    pub(crate) fn class(class: Class) -> Self {
        Self::hashed(class.key(), class.name())
    }

    /// Makes a piece of a relation.
    pub(crate) const fn relation(relation: Relation) -> Self {
        Self::hashed(relation.key(), relation.name())
    }

    /// Makes a piece of a text whose hash is known.
    pub(crate) const fn hashed(key: u64, text: &'a str) -> Self {
        Self { key, text }
    }
}

/// What a feature asks for: its name is hashed by the compiler, as [`template`] makes it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Template {
    key: u64,
    text: &'static str,
}

impl Template {
    /// Makes a template of its name.
    pub(crate) const fn new(text: &'static str) -> Self {
        Self { key: hash::text(text), text }
    }
}

/// A template of this name.
macro_rules! template {
    ($name:literal) => {
        const { $crate::event::sink::Template::new($name) }
    };
}
pub(crate) use template;

/// A piece of a text that the program itself has.
macro_rules! piece {
    ($text:literal) => {
        const { $crate::event::sink::Piece::new($text) }
    };
}
pub(crate) use piece;

/// Features of one thing, in the order in which they were found.
#[derive(Debug, Default)]
pub(crate) struct Sink {
    keys: Vec<u64>,
    names: Option<Vec<(u64, String)>>,
}

impl Sink {
    /// Adds a feature: its template and the values that it joins.
    #[inline]
    pub(crate) fn add<const N: usize>(&mut self, template: Template, parts: [Piece<'_>; N]) {
        let mut key = template.key;
        for part in parts {
            key = hash::key(80, [key, part.key]);
        }
        self.keys.push(key);
        if let Some(names) = &mut self.names {
            let values: Vec<&str> = parts.iter().map(|part| part.text).collect();
            names.push((key, format!("{}: {}", template.text, values.join(" "))));
        }
    }

    /// Returns keys with their names, if they were kept.
    pub(crate) fn named(&self) -> impl Iterator<Item = (u64, &str)> {
        self.names.iter().flatten().map(|(key, name)| (*key, name.as_str()))
    }

    /// Returns the keys, each once, ascending.
    pub(crate) fn keys(&self) -> Vec<u64> {
        let mut keys = self.keys.clone();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// Sorts the keys and returns them, each once.
    pub(crate) fn settled(&mut self) -> &[u64] {
        self.keys.sort_unstable();
        self.keys.dedup();
        &self.keys
    }

    /// Begins anew in the same room, with or without names.
    pub(crate) fn begin(&mut self, names: bool) {
        self.keys.clear();
        self.names = names.then(Vec::new);
    }
}

/// Room for the features of a choice, used again and again: those that all things share, and those of each.
#[derive(Debug, Default)]
pub(crate) struct Room {
    shared: Sink,
    things: Vec<Sink>,
}

impl Room {
    /// Empties it, and returns the features that are shared and those of so many things.
    pub(crate) fn begin(&mut self, things: usize, names: bool) -> (&mut Sink, &mut [Sink]) {
        if self.things.len() < things {
            self.things.resize_with(things, Sink::default);
        }
        let own = self.things.get_mut(..things).unwrap_or_default();
        self.shared.begin(names);
        own.iter_mut().for_each(|sink| sink.begin(names));
        (&mut self.shared, own)
    }
}
