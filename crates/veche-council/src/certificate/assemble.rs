//! Making a certificate: what a procedure's result rests on, gathered from a node's logs.

use super::{AmendmentPart, Certificate, LogPart, text};
use crate::closing::{ClosingTerms, UnitDecision};
use crate::council::Council;
use crate::entry::{EPOCH, Head, RESIGNING, REVOCATION, WITNESS};
use crate::fact::{ProcedureId, RecordId};
use crate::ingest::cosignature_line;
use crate::view::outcome_word;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use veche_charter::marking::GROUP_MARK;
use veche_charter::name::Position;
use veche_ledger::json::Value;
use veche_ledger::{Hash, Note, NoteSignature, Origin};

/// What is decided on each unit: the paragraph, if there are any, and the decision.
pub(crate) type Decisions = Vec<(Option<u32>, UnitDecision)>;

/// Reads the salt and bytes of the terms of a leaf, with their commitment.
pub type ReadOpening<'a> = dyn Fn(&Origin, u64) -> Option<(Hash, Vec<u8>)> + 'a;

/// Where a certificate's material is read from. Each gives `None` for what the node does not hold.
pub struct Sources<'a> {
    /// A leaf's bytes.
    pub leaf: &'a dyn Fn(&Origin, u64) -> Option<Vec<u8>>,
    /// The salt and bytes of the terms of a leaf.
    pub opening: &'a ReadOpening<'a>,
    /// A node of a log's tree: level (0 is leaves) and index.
    pub node: &'a dyn Fn(&Origin, u32, u64) -> Option<Hash>,
    /// The log key's signature line on the checkpoint of a size.
    pub checkpoint_line: &'a dyn Fn(&Origin, u64) -> Option<NoteSignature>,
}

/// Why no certificate can be made here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AssembleError {
    /// No such procedure.
    #[error("there is no procedure `{0}`")]
    NoProcedure(Hash),
    /// It has not been closed.
    #[error("nothing is decided: no closing record proves a result")]
    NotDecided,
    /// The node does not hold something that the certificate needs.
    #[error("`{what}` of `{log}` at {index} is not held here")]
    Missing {
        /// What.
        what: &'static str,
        /// Of which log.
        log: Origin,
        /// At which number or size.
        index: u64,
    },
}

/// Assembles the certificate of a decided procedure.
///
/// # Errors
/// [`AssembleError`] if it is not decided, or material is missing.
pub fn assemble(
    council: &Council,
    procedure: &Hash,
    sources: &Sources<'_>,
) -> Result<Certificate, AssembleError> {
    let id =
        council.procedure_opened_by(procedure).ok_or(AssembleError::NoProcedure(*procedure))?;
    let closing = council.best_closing(id).ok_or(AssembleError::NotDecided)?;
    assemble_by(council, id, closing, sources)
}

/// Assembles the certificate of a procedure as one of its closing records proves it. If the charter that it was opened under
/// came by an amendment, the certificate of that goes into it.
fn assemble_by(
    council: &Council,
    id: ProcedureId,
    closing: RecordId,
    sources: &Sources<'_>,
) -> Result<Certificate, AssembleError> {
    let (closing, decisions) = council.proven_by(id, closing).ok_or(AssembleError::NotDecided)?;
    let charter = &council.version_of(id).charter;
    let mut certificate = Certificate {
        charter: charter.text.as_bytes().to_vec(),
        statement: statement(council, id, &closing, &decisions),
        logs: BTreeMap::new(),
        openings: BTreeMap::new(),
        policy: text::policy(charter),
        readme: String::new(),
        amendment: None,
    };
    certificate.readme = text::readme(&certificate.statement, charter);
    for head in &closing.cut {
        let start = council.first_needed(id, &head.log, head.size);
        let part = log_part(sources, head, start, &closing)?;
        certificate.logs.insert(head.log.clone(), part);
        for index in start..head.size {
            if council.needs_opening(id, &head.log, index) {
                add_opening(&mut certificate, sources, &head.log, index)?;
            }
        }
    }
    for ancestor in council.ancestors(id) {
        add_ancestor(&mut certificate, council, sources, ancestor, &closing)?;
    }
    add_amendment(&mut certificate, council, sources, id)?;
    Ok(certificate)
}

/// Adds the closing record that a procedure's opener names as its charter, and the certificate of what it closed.
fn add_amendment(
    certificate: &mut Certificate,
    council: &Council,
    sources: &Sources<'_>,
    id: ProcedureId,
) -> Result<(), AssembleError> {
    let opener = &council.records[council.procedures[id.at()].opener.at()];
    let named = council.names.charters.name(opener.charter);
    if *named == council.genesis().hash {
        return Ok(());
    }
    let closing = *council.by_leaf.get(named).ok_or(AssembleError::NotDecided)?;
    let fact = &council.records[closing.at()];
    let amendment = fact.acts_on.ok_or(AssembleError::NotDecided)?;
    let log = council.logs[fact.log.at()].origin.clone();
    let index = u64::from(fact.index);
    add_opening(certificate, sources, &log, index)?;
    certificate.amendment = Some(AmendmentPart {
        closing: (sources.leaf)(&log, index).ok_or_else(|| missing("leaf", &log, index))?,
        certificate: assemble_by(council, amendment, closing, sources)?.to_bytes(),
    });
    Ok(())
}

fn missing(what: &'static str, log: &Origin, index: u64) -> AssembleError {
    AssembleError::Missing { what, log: log.clone(), index }
}

fn log_part(
    sources: &Sources<'_>,
    head: &Head,
    start: u64,
    closing: &ClosingTerms,
) -> Result<LogPart, AssembleError> {
    let nodes = |level, index| (sources.node)(&head.log, level, index);
    let before = veche_ledger::tree::frontier_at(start, &nodes)
        .ok_or_else(|| missing("tree", &head.log, start))?;
    let leaf =
        |index| (sources.leaf)(&head.log, index).ok_or_else(|| missing("leaf", &head.log, index));
    Ok(LogPart {
        checkpoint: checkpoint(sources, head, closing)?,
        before,
        leaves: (start..head.size).map(leaf).collect::<Result<_, _>>()?,
        earlier: BTreeMap::new(),
    })
}

/// Builds the checkpoint note at the cut: the log key's signature, then the cosignatures that the closing counts.
fn checkpoint(
    sources: &Sources<'_>,
    head: &Head,
    closing: &ClosingTerms,
) -> Result<Vec<u8>, AssembleError> {
    let own = (sources.checkpoint_line)(&head.log, head.size);
    let own = own.ok_or_else(|| missing("checkpoint", &head.log, head.size))?;
    let text = checkpoint_text(head);
    let mut lines = vec![own];
    let evidence = closing.heads.iter().find(|evidence| evidence.log == head.log);
    for line in evidence.map(|evidence| evidence.cosignatures.as_slice()).unwrap_or_default() {
        lines.extend(cosignature_line(&line.witness, &line.signature));
    }
    let note = Note::assemble(&text, &lines, veche_ledger::checkpoint::CHECKPOINT_LIMITS);
    Ok(note.map_err(|_| missing("checkpoint", &head.log, head.size))?.to_bytes())
}

pub(super) fn checkpoint_text(head: &Head) -> String {
    veche_ledger::Checkpoint { origin: head.log.clone(), size: head.size, root: head.root }
        .to_string()
}

fn add_opening(
    certificate: &mut Certificate,
    sources: &Sources<'_>,
    log: &Origin,
    index: u64,
) -> Result<(), AssembleError> {
    let (commit, bytes) =
        (sources.opening)(log, index).ok_or_else(|| missing("opening", log, index))?;
    certificate.openings.insert(commit, bytes);
    Ok(())
}

fn add_ancestor(
    certificate: &mut Certificate,
    council: &Council,
    sources: &Sources<'_>,
    ancestor: RecordId,
    closing: &ClosingTerms,
) -> Result<(), AssembleError> {
    let place = council.place_of(ancestor);
    let fact = &council.records[ancestor.at()];
    let log = council.logs[fact.log.at()].origin.clone();
    let index = place.index;
    add_opening(certificate, sources, &log, index)?;
    let head = closing
        .cut
        .iter()
        .find(|head| head.log == log)
        .ok_or_else(|| missing("head", &log, index))?;
    let Some(part) = certificate.logs.get_mut(&log) else {
        return Err(missing("head", &log, index));
    };
    if index >= part.before.size() {
        return Ok(());
    }
    let leaf = (sources.leaf)(&log, index).ok_or_else(|| missing("leaf", &log, index))?;
    let nodes = |level, at| (sources.node)(&log, level, at);
    let proof = veche_ledger::tree::prove_inclusion(index, head.size, &nodes);
    let proof = proof.ok_or_else(|| missing("inclusion proof", &log, index))?;
    part.earlier.insert(index, (leaf, proof));
    Ok(())
}

impl Council {
    /// Returns the closing record that proves the most of a procedure, of equal ones the first.
    pub(crate) fn best_closing(&self, id: ProcedureId) -> Option<RecordId> {
        let proves = |closing: &RecordId| {
            let (_, decided) = self.check_closing(id, *closing).ok()?;
            Some((decided.len(), Reverse(self.origin_of(*closing)), *closing))
        };
        let best = self.procedures[id.at()].closings.iter().filter_map(proves).max()?;
        Some(best.2)
    }

    /// Returns what a closing record names, and what it decides.
    fn proven_by(&self, id: ProcedureId, closing: RecordId) -> Option<(ClosingTerms, Decisions)> {
        let (_, decided) = self.check_closing(id, closing).ok()?;
        Some((ClosingTerms::parse(&self.terms_of(closing)?)?, decided))
    }

    /// Returns the first record of a log that may bear on a procedure: what its opening record cites was there before it,
    /// and cannot name it. A log of a later epoch is taken whole, because its first record holds its keys.
    pub(crate) fn first_needed(&self, id: ProcedureId, log: &Origin, size: u64) -> u64 {
        let Some(log_id) = self.by_origin.get(log) else { return 0 };
        if log.epoch() > 1 {
            return 0;
        }
        self.floor(self.procedures[id.at()].opener, *log_id).min(size)
    }

    /// Returns true if a certificate of a procedure must open the terms of a record in its range: all receipts, since one
    /// left out may make a timely objection late; whatever touches the procedure; and what changes keys.
    pub(crate) fn needs_opening(&self, id: ProcedureId, log: &Origin, index: u64) -> bool {
        let Some(log_id) = self.by_origin.get(log) else { return false };
        let row =
            usize::try_from(index).ok().and_then(|at| self.logs[log_id.at()].rows.get(at).copied());
        let Some(record) = row else { return false };
        // A record without a row of its own is a receipt.
        let Some(record) = record else { return true };
        let fact = &self.records[record.at()];
        if fact.is_sealed {
            return false;
        }
        let kind = self.names.kinds.name(fact.kind).as_str();
        let opener = &self.procedures[id.at()].opener;
        record == *opener
            || self.ancestors(id).contains(&record)
            || [REVOCATION, RESIGNING, EPOCH, WITNESS].contains(&kind)
            || (fact.acts_on == Some(id)
                && kind != crate::entry::CLOSING
                && self.is_openly_under(record, id))
    }

    /// Returns true if a record about a procedure, and each record between the two, names the charter that the opener names, and no group:
    /// what a group says among itself decides nothing, and is not for everybody who gets the certificate.
    fn is_openly_under(&self, mut record: RecordId, id: ProcedureId) -> bool {
        let opener = self.procedures[id.at()].opener;
        let charter = self.records[opener.at()].charter;
        while record != opener {
            let fact = &self.records[record.at()];
            let is_open = fact.charter == charter
                && !self.names.labels.name(fact.label).as_str().contains(GROUP_MARK);
            let about = fact.about.first().and_then(|leaf| self.by_leaf.get(leaf));
            let Some(next) = about.filter(|next| **next != record && is_open) else {
                return is_open;
            };
            record = *next;
        }
        true
    }

    /// Returns the records that a procedure's opening record is about, and what those are about, up to the first.
    pub(crate) fn ancestors(&self, id: ProcedureId) -> Vec<RecordId> {
        let mut found = BTreeSet::new();
        let mut at = self.procedures[id.at()].opener;
        while let Some(parent) =
            self.records[at.at()].about.first().and_then(|leaf| self.by_leaf.get(leaf))
        {
            if !found.insert(*parent) {
                break;
            }
            at = *parent;
        }
        found.into_iter().collect()
    }
}

/// Builds `certificate.json`.
pub(super) fn statement(
    council: &Council,
    id: ProcedureId,
    closing: &ClosingTerms,
    decisions: &[(Option<u32>, UnitDecision)],
) -> Value {
    let charter = &council.version_of(id).charter;
    let opener = council.procedures[id.at()].opener;
    let place = council.place_of(opener);
    let size = |n: u64| Value::int(n).unwrap_or(Value::Int(0));
    let opened = Value::map([
        ("index", size(place.index)),
        ("leaf", Value::text(&place.leaf)),
        ("log", Value::text(&place.log)),
    ]);
    let decisions =
        decisions.iter().map(|(paragraph, decision)| decided(*paragraph, decision)).collect();
    Value::map([
        ("charter", Value::text(charter.hash)),
        ("closing", closing.to_value()),
        ("decisions", Value::List(decisions)),
        ("opener", opened),
        ("organisation", Value::text(&charter.organisation)),
        ("v", Value::Int(1)),
    ])
}

fn decided(paragraph: Option<u32>, decision: &UnitDecision) -> Value {
    let position =
        |(party, (position, leaf)): (&veche_ledger::PartyId, &(Position, Option<Hash>))| {
            let mut map = BTreeMap::from([("position".to_owned(), Value::text(position))]);
            if let Some(leaf) = leaf {
                map.insert("record".to_owned(), Value::text(leaf));
            }
            (party.to_string(), Value::Map(map))
        };
    let parties =
        |set: &BTreeSet<veche_ledger::PartyId>| Value::List(set.iter().map(Value::text).collect());
    let mut map = BTreeMap::from([
        ("at".to_owned(), Value::text(decision.at)),
        ("binds".to_owned(), parties(&decision.binds)),
        ("outcome".to_owned(), Value::text(outcome_word(decision.outcome))),
        ("positions".to_owned(), Value::Map(decision.positions.iter().map(position).collect())),
        ("state".to_owned(), Value::text(&decision.state)),
        ("waived".to_owned(), parties(&decision.waived)),
    ]);
    if let Some(number) = paragraph {
        map.insert("paragraph".to_owned(), Value::Int(i64::from(number)));
    }
    Value::Map(map)
}
