//! A procedure: one run of a machine of the charter, or one for each paragraph of a text.

use crate::evaluate::Summary;
use crate::fact::{ProcedureId, RecordId};
use veche_ledger::json::Value;
use veche_ledger::{Hash, Kind};

/// One run of a machine: what opened it and the records that touch it. What follows from them is evaluated, not kept.
#[derive(Debug, Clone)]
pub(crate) struct Procedure {
    /// The record that opened it; of something spawned, the record that the decision is about.
    pub(crate) opener: RecordId,
    /// If a decision opened it.
    pub(crate) spawned: Option<Box<Spawned>>,
    /// The procedure that it belongs to.
    pub(crate) parent: Option<ProcedureId>,
    /// Admitted records that move its machine, in order of arrival.
    pub(crate) events: Vec<RecordId>,
    /// Records about it that do not: annotations, comments, corrections, what was refused.
    pub(crate) attached: Vec<RecordId>,
    /// Procedures opened under it.
    pub(crate) children: Vec<ProcedureId>,
    /// Closing records about it.
    pub(crate) closings: Vec<RecordId>,
    pub(crate) summary: Option<Box<Summary>>,
    pub(crate) is_dirty: bool,
}

/// What a decision opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Spawned {
    /// Its name: a hash over the decision's opener, the paragraph and the item's number.
    pub(crate) id: Hash,
    /// The kind of act whose machine it runs.
    pub(crate) kind: Kind,
    /// What that act's terms would have been.
    pub(crate) terms: Value,
    /// When the decision took effect.
    pub(crate) at: veche_ledger::UnixSeconds,
}

impl Procedure {
    pub(crate) fn new(
        opener: RecordId,
        spawned: Option<Spawned>,
        parent: Option<ProcedureId>,
    ) -> Self {
        Self {
            opener,
            spawned: spawned.map(Box::new),
            parent,
            events: Vec::new(),
            attached: Vec::new(),
            children: Vec::new(),
            closings: Vec::new(),
            summary: None,
            is_dirty: false,
        }
    }
}

/// Returns the name of the `item`-th thing that the decision on a paragraph opens.
pub(crate) fn spawned_id(opener: &Hash, paragraph: Option<u32>, item: usize) -> Hash {
    let (paragraph, item) =
        (paragraph.unwrap_or_default().to_be_bytes(), (item as u64).to_be_bytes());
    Hash::of(&[b"veche/spawned/v1\0", &opener.0, &paragraph, &item])
}
