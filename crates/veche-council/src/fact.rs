//! What the fold keeps of each record, and the tables that give its names small numbers.
//!
//! The numbers depend on the order of arrival. They never reach a digest: there, a record is its leaf hash.

use crate::entry::{Entry, SignerRole, Terms};
use crate::evidence::LogId;
use std::collections::BTreeMap;
use veche_ledger::{Hash, KeyName, Kind, Label, UnixSeconds};

/// A record's number inside one fold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RecordId(pub(crate) u32);

/// A procedure's number inside one fold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ProcedureId(pub(crate) u32);

impl RecordId {
    pub(crate) const fn at(self) -> usize {
        self.0 as usize
    }
}

impl ProcedureId {
    pub(crate) const fn at(self) -> usize {
        self.0 as usize
    }
}

/// How a record stands, in one byte; the reasons are worked out again when somebody asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// The charter lets it through.
    Admitted,
    /// The charter does not.
    Refused,
    /// What it is about is not here yet.
    Waiting,
    /// Its terms are not held here.
    Withheld,
}

/// What the fold keeps of one record.
#[derive(Debug, Clone)]
pub(crate) struct Fact {
    pub(crate) leaf: Hash,
    pub(crate) terms: Option<Box<[u8]>>,
    /// All references; the first is the procedure acted on.
    pub(crate) about: Box<[Hash]>,
    /// Heads that it cites; kept only of what opens a procedure.
    pub(crate) seen: Box<[(LogId, u64)]>,
    pub(crate) time: UnixSeconds,
    pub(crate) index: u32,
    /// The procedure that it acts on or is attached to.
    pub(crate) acts_on: Option<ProcedureId>,
    /// The procedure that it opens.
    pub(crate) opens: Option<ProcedureId>,
    pub(crate) log: LogId,
    pub(crate) kind: u32,
    pub(crate) label: u32,
    /// The key that signed first.
    pub(crate) signer: u32,
    /// The charter that its author acted under.
    pub(crate) charter: u32,
    pub(crate) officers: u8,
    pub(crate) by_node: bool,
    pub(crate) by_root: bool,
    pub(crate) is_drill: bool,
    pub(crate) is_sealed: bool,
    pub(crate) standing: Standing,
}

/// Gives each name a small number, in order of first use.
#[derive(Debug, Clone)]
pub(crate) struct Interner<T> {
    numbers: BTreeMap<T, u32>,
    names: Vec<T>,
}

impl<T> Default for Interner<T> {
    fn default() -> Self {
        Self { numbers: BTreeMap::new(), names: Vec::new() }
    }
}

impl<T: Ord + Clone> Interner<T> {
    /// Returns the number of a name. Records name kinds and labels as they like, so that there may be as many names as records.
    pub(crate) fn number(&mut self, name: &T) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.numbers.insert(name.clone(), number);
        self.names.push(name.clone());
        number
    }

    pub(crate) fn from_names(names: Vec<T>) -> Self {
        let number = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Self {
            numbers: names
                .iter()
                .enumerate()
                .map(|(at, name)| (name.clone(), number(at)))
                .collect(),
            names,
        }
    }

    pub(crate) fn name(&self, number: u32) -> &T {
        &self.names[number as usize]
    }

    pub(crate) fn names(&self) -> &[T] {
        &self.names
    }
}

/// The names that facts refer to by number.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    pub(crate) kinds: Interner<Kind>,
    pub(crate) labels: Interner<Label>,
    pub(crate) keys: Interner<KeyName>,
    pub(crate) charters: Interner<Hash>,
}

impl Names {
    pub(crate) fn fact(&mut self, log: LogId, index: u32, entry: Entry) -> Fact {
        let count = |role| entry.signers.iter().filter(|signer| signer.role == role).count();
        Fact {
            leaf: entry.leaf,
            time: entry.time,
            index,
            acts_on: None,
            opens: None,
            log,
            kind: self.kinds.number(&entry.kind),
            label: self.labels.number(&entry.label),
            signer: entry.signers.first().map_or(u32::MAX, |signer| self.keys.number(&signer.key)),
            charter: self.charters.number(&entry.charter),
            officers: u8::try_from(count(SignerRole::Officer)).unwrap_or(u8::MAX),
            by_node: count(SignerRole::Node) > 0,
            by_root: count(SignerRole::Root) > 0,
            is_drill: entry.drill,
            is_sealed: entry.is_sealed,
            standing: Standing::Waiting,
            seen: Box::default(),
            about: entry.about.into_boxed_slice(),
            terms: match entry.terms {
                Terms::Held(bytes) => Some(bytes),
                Terms::Missing => None,
            },
        }
    }
}
