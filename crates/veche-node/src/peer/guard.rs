//! The egress guard: looks at the bytes that are about to leave, and lets no content go to a node that its label keeps it from.
//!
//! It shares nothing with the code that chose the bytes but the charter: it reads the label anew from the record, and the readers anew from
//! the charter's table. What it stops is a fault of this program, told loudly, and not sent.

use crate::node::Node;
use std::collections::BTreeSet;
use veche_charter::Charter;
use veche_charter::act::Readers;
use veche_ledger::commit::{Domain, Opening};
use veche_ledger::record::{Record, Sealed};
use veche_ledger::sync::{Push, Resource, parse_openings};
use veche_ledger::tile::TILE_WIDTH;
use veche_ledger::{Checkpoint, Label, LeafIndex, Origin, PartyId, SignedCheckpoint};

/// Content that was about to leave for somebody whom its label keeps it from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "stopped before it left: the content of record {index} of `{log}`, label `{label}`, for the node of {readers}; this is a fault of \
     the program, report it"
)]
pub struct Leak {
    /// The log.
    pub log: Origin,
    /// The record.
    pub index: u64,
    /// Its label, as far as it can be read.
    pub label: String,
    /// For whom.
    pub readers: String,
}

/// Looks at the openings of a bundle on their way out.
///
/// # Errors
/// [`Leak`].
pub fn check_openings(
    node: &Node,
    to: &BTreeSet<PartyId>,
    what: &Resource,
    body: &[u8],
) -> Result<(), Leak> {
    let Resource::Openings(log, path) = what else { return Ok(()) };
    let start = path.index() * TILE_WIDTH;
    let leaves = node.store().entries(log, start, u64::from(path.width())).unwrap_or_default();
    let Ok(openings) = parse_openings(body, path.width()) else { return Ok(()) };
    for ((index, opening), entry) in (start..).zip(openings).zip(&leaves) {
        if let Some(opening) = opening {
            check(node, to, log, index, &entry.leaf, opening)?;
        }
    }
    Ok(())
}

/// Looks at a push on its way out.
///
/// # Errors
/// [`Leak`].
pub fn check_push(
    node: &Node,
    to: &BTreeSet<PartyId>,
    log: &Origin,
    body: &[u8],
) -> Result<(), Leak> {
    let Ok(push) = Push::parse(body) else { return Ok(()) };
    let size =
        SignedCheckpoint::claimed(&push.checkpoint).map_or(0, |Checkpoint { size, .. }| size);
    let start = size.saturating_sub(push.records.len() as u64);
    for (index, (leaf, opening)) in (start..).zip(&push.records) {
        if let Some(opening) = opening {
            check(node, to, log, index, leaf, opening)?;
        }
    }
    Ok(())
}

fn check(
    node: &Node,
    to: &BTreeSet<PartyId>,
    log: &Origin,
    index: u64,
    leaf: &[u8],
    opening: &[u8],
) -> Result<(), Leak> {
    let leak = |label: &str| Leak {
        log: log.clone(),
        index,
        label: label.to_owned(),
        readers: to.iter().map(PartyId::as_str).collect::<Vec<_>>().join(", "),
    };
    let record = Record::decode(log, LeafIndex(index), leaf).map_err(|_| leak("not readable"))?;
    let header = record.header();
    let label = if header.is_sealed() {
        let opened = Opening::from_bytes(Domain::Terms, opening).ok();
        let sealed = opened.and_then(|opened| Sealed::unseal(header, &opened).ok());
        sealed.ok_or_else(|| leak("sealed"))?.label
    } else {
        header.label.clone()
    };
    let council = node.council();
    let named = council.charter_named(&header.charter);
    let is_read = |party: &PartyId| match named {
        // Who joined later reads by the text that brought him.
        Some(charter) if charter.parties.contains_key(party) => reads(charter, party, &label),
        Some(_) => council.charters().any(|version| reads(version.charter, party, &label)),
        // A text that is not in force here yet: its author alone sends it on, by the first text.
        None => council.charters().next().is_some_and(|first| reads(first.charter, party, &label)),
    };
    if to.iter().any(is_read) { Ok(()) } else { Err(leak(label.as_str())) }
}

fn reads(charter: &Charter, party: &PartyId, label: &Label) -> bool {
    charter.parties.contains_key(party)
        && match charter.readers(label) {
            Readers::Everyone => true,
            Readers::Only(readers) => readers.contains(party),
        }
}
