//! The steps of drafts, at a node: each asks the delegation's own rules who may take it.

use super::draft::{
    Content, Draft, Instruction, NOTES_LEN_MAX, REASON_LEN_MAX, Stage, Step, StepKind, checked_text,
};
use super::fault::{DraftError, DraftFault};
use super::roles::Duty;
use crate::ask::ask;
use crate::node::{Appended, Node};
use crate::store::{DraftRow, InstructionRow, StepRow, Store, StoreError};
use std::collections::BTreeMap;
use veche_charter::fault::nearest;
use veche_ledger::json::Value;
use veche_ledger::{Hash, PartyId, UnixSeconds};

/// Most drafts of a node that are neither signed nor dropped: more than a delegation oversees.
const OPEN_MAX: usize = 500;

/// Most instructions on one matter.
const INSTRUCTIONS_MAX: usize = 200;

/// What is to be changed of a draft.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// The content that the officer had read; `None`: whatever it is.
    pub read: Option<Hash>,
    /// What it is to say; `None`: as before.
    pub terms: Option<Value>,
    /// Its notes; `None`: as before.
    pub notes: Option<String>,
}

/// What a store has of drafts.
#[derive(Debug, Default)]
pub struct Checked {
    /// The drafts that are whole.
    pub whole: Vec<Draft>,
    /// The others, by number, and what is wrong with each.
    pub faults: Vec<(u64, String)>,
}

/// Reads all drafts of a store and checks each.
///
/// # Errors
/// [`StoreError`] if the store cannot be read.
pub fn check(store: &Store) -> Result<Checked, StoreError> {
    let mut steps: BTreeMap<u64, Vec<StepRow>> = BTreeMap::new();
    for step in store.draft_steps()? {
        steps.entry(step.draft).or_default().push(step);
    }
    let mut checked = Checked::default();
    for row in store.drafts()? {
        let id = row.id;
        match read(row, &steps.remove(&id).unwrap_or_default()) {
            Ok(draft) => match draft.fault() {
                Some(fault) => checked.faults.push((id, fault)),
                None => checked.whole.push(draft),
            },
            Err(fault) => checked.faults.push((id, fault.to_string())),
        }
    }
    checked.faults.extend(steps.keys().map(|id| (*id, "it has steps and no content".to_owned())));
    Ok(checked)
}

fn read(row: DraftRow, steps: &[StepRow]) -> Result<Draft, DraftFault> {
    let damaged = |what: &str| DraftFault::Damaged(what.to_owned());
    let step = |step: &StepRow| {
        Ok(Step {
            at: UnixSeconds(step.at),
            officer: step.officer.clone(),
            kind: StepKind::parse(&step.kind).ok_or_else(|| damaged("a step of no known kind"))?,
            content: Hash::parse(&step.content).map_err(|_| damaged("a step's content"))?,
            note: step.note.clone(),
        })
    };
    Ok(Draft {
        id: row.id,
        party: PartyId::parse(&row.party).map_err(|_| damaged("its party"))?,
        content: Content::from_bytes(&row.content)?,
        notes: row.notes,
        steps: steps.iter().map(step).collect::<Result<_, DraftFault>>()?,
    })
}

/// Returns a party's drafts in order of their numbers. One that is not whole is left to `veche fsck`.
///
/// # Errors
/// [`StoreError`] if the store cannot be read.
pub fn list(store: &Store, party: &PartyId) -> Result<Vec<Draft>, StoreError> {
    let mut drafts = check(store)?.whole;
    drafts.retain(|draft| draft.party == *party);
    Ok(drafts)
}

/// Returns one draft of a party.
///
/// # Errors
/// [`DraftFault::Unknown`], [`DraftFault::Damaged`], [`DraftFault::Store`].
pub fn show(store: &Store, party: &PartyId, id: u64) -> Result<Draft, DraftError> {
    let checked = check(store).map_err(|error| DraftFault::from(error).of(id))?;
    let found = checked.whole.into_iter().find(|draft| draft.id == id && draft.party == *party);
    let fault = || checked.faults.into_iter().find(|(faulty, _)| *faulty == id);
    found.ok_or_else(|| match fault() {
        Some((_, what)) => DraftFault::Damaged(what).of(id),
        None => DraftFault::Unknown.of(id),
    })
}

/// Returns a party's instructions, on one matter or on all.
///
/// # Errors
/// [`StoreError`] if the store cannot be read.
pub fn instructions(
    store: &Store,
    party: &PartyId,
    about: Option<&Hash>,
) -> Result<Vec<Instruction>, StoreError> {
    let rows = store.instructions()?.into_iter();
    let rows = rows.filter_map(|row| {
        Some(Instruction {
            id: row.id,
            party: PartyId::parse(&row.party).ok()?,
            about: Hash::parse(&row.about).ok()?,
            at: UnixSeconds(row.at),
            officer: row.officer,
            text: row.text,
        })
    });
    Ok(rows
        .filter(|row| row.party == *party && about.is_none_or(|about| row.about == *about))
        .collect())
}

/// Makes a step's row of a draft.
fn step(id: u64, officer: &str, kind: StepKind, content: Hash, at: UnixSeconds) -> StepRow {
    StepRow {
        draft: id,
        at: at.0,
        officer: officer.to_owned(),
        kind: kind.word().to_owned(),
        content: content.to_string(),
        note: String::new(),
    }
}

impl Node {
    fn check_duty(&self, officer: &str, duty: Duty) -> Result<(), DraftFault> {
        let is_officer = self.officers(self.party()).contains(officer);
        if is_officer && self.roles().may(officer, duty) {
            return Ok(());
        }
        let (officer, who) = (officer.to_owned(), self.roles().who(duty));
        Err(DraftFault::NotYours { officer, duty, who })
    }

    fn check_content(&self, content: &Content) -> Result<(), DraftFault> {
        let acts = &self.charter().acts;
        if !acts.contains_key(&content.kind) {
            let name = content.kind.as_str();
            let near = nearest(name, acts.keys().map(veche_ledger::Kind::as_str));
            let near = near.map(|near| format!("`; did you mean `{near}")).unwrap_or_default();
            return Err(DraftFault::NoAct(format!("{name}{near}")));
        }
        content.check()
    }

    /// Keeps a draft of this node's party; returns its number. The charter is asked when it is signed.
    ///
    /// # Errors
    /// [`DraftFault::NotYours`], [`DraftFault::NoAct`], [`DraftFault::TooLong`], [`DraftFault::Control`],
    /// [`DraftFault::TooMany`], [`DraftFault::Store`].
    pub fn write_draft(
        &self,
        officer: &str,
        content: &Content,
        notes: &str,
        now: UnixSeconds,
    ) -> Result<u64, DraftError> {
        self.check_duty(officer, Duty::Draft)?;
        self.check_content(content)?;
        checked_text("note", notes, NOTES_LEN_MAX)?;
        let is_open = |draft: &&Draft| !matches!(draft.stage(), Stage::Signed | Stage::Dropped);
        let open = list(self.store(), self.party())?.iter().filter(is_open).count();
        if open >= OPEN_MAX {
            return Err(DraftFault::TooMany(open, "open drafts").into());
        }
        let row = DraftRow {
            id: 0,
            party: self.party().to_string(),
            content: content.to_bytes(),
            notes: notes.to_owned(),
        };
        let first = step(0, officer, StepKind::Written, content.hash(), now);
        Ok(self.store().add_draft(&row, &first)?)
    }

    /// Returns a draft that something can still be done with, if the officer may, and read it as it stands.
    fn open_draft(
        &self,
        id: u64,
        officer: &str,
        duty: Duty,
        read: Option<&Hash>,
    ) -> Result<Draft, DraftError> {
        self.check_duty(officer, duty).map_err(|fault| fault.of(id))?;
        let draft = show(self.store(), self.party(), id)?;
        let (stage, is) = (draft.stage(), draft.content.hash());
        if matches!(stage, Stage::Signed | Stage::Dropped) {
            return Err(DraftFault::Over(stage).of(id));
        }
        match read.filter(|read| **read != is) {
            Some(read) => Err(DraftFault::Stale { read: *read, is }.of(id)),
            None => Ok(draft),
        }
    }

    /// Changes a draft. It loses its approval.
    ///
    /// # Errors
    /// As [`Self::write_draft`]; [`DraftFault::Unknown`], [`DraftFault::Over`], [`DraftFault::Stale`].
    pub fn change_draft(
        &self,
        id: u64,
        officer: &str,
        change: Change,
        now: UnixSeconds,
    ) -> Result<Draft, DraftError> {
        let fail = |fault: DraftFault| fault.of(id);
        let mut draft = self.open_draft(id, officer, Duty::Draft, change.read.as_ref())?;
        if let Some(terms) = change.terms {
            draft.content.terms = terms;
        }
        if let Some(notes) = change.notes {
            draft.notes = notes;
        }
        self.check_content(&draft.content).map_err(fail)?;
        checked_text("note", &draft.notes, NOTES_LEN_MAX).map_err(fail)?;
        let row = DraftRow {
            id,
            party: draft.party.to_string(),
            content: draft.content.to_bytes(),
            notes: draft.notes,
        };
        let taken = step(id, officer, StepKind::Changed, draft.content.hash(), now);
        self.store().step_draft(Some(&row), &taken).map_err(|error| fail(error.into()))?;
        show(self.store(), self.party(), id)
    }

    /// Approves a draft as the officer read it. `read`: the hash of its content.
    ///
    /// # Errors
    /// [`DraftFault::NotYours`], [`DraftFault::Unknown`], [`DraftFault::Over`], [`DraftFault::Stale`],
    /// [`DraftFault::OwnWork`], [`DraftFault::Store`].
    pub fn approve_draft(
        &self,
        id: u64,
        officer: &str,
        read: &Hash,
        now: UnixSeconds,
    ) -> Result<Draft, DraftError> {
        let draft = self.open_draft(id, officer, Duty::Approve, Some(read))?;
        if self.roles().four_eyes && draft.authors().contains(officer) {
            return Err(DraftFault::OwnWork(officer.to_owned()).of(id));
        }
        let taken = step(id, officer, StepKind::Approved, draft.content.hash(), now);
        let done = self.store().step_draft(None, &taken);
        done.map_err(|error| DraftFault::from(error).of(id))?;
        show(self.store(), self.party(), id)
    }

    /// Signs an approved draft with the keys of officers, and appends it: the one step that others see.
    ///
    /// The step is on the disk before the record is: cut short between, the draft counts as signed, and is not signed twice.
    ///
    /// # Errors
    /// [`DraftFault::NotYours`], [`DraftFault::Unknown`], [`DraftFault::Over`], [`DraftFault::NotApproved`],
    /// [`DraftFault::NumberTaken`], [`DraftFault::Refused`], [`DraftFault::Node`]. The draft is then as it was.
    pub fn sign_draft(
        &mut self,
        id: u64,
        officers: &[String],
        read: Option<&Hash>,
        now: UnixSeconds,
    ) -> Result<Appended, DraftError> {
        let fail = |fault: DraftFault| fault.of(id);
        let Some(first) = officers.first() else { return Err(fail(DraftFault::Empty("signers"))) };
        for officer in officers {
            self.check_duty(officer, Duty::Sign).map_err(fail)?;
        }
        let draft = self.open_draft(id, first, Duty::Sign, read)?;
        if draft.stage() != Stage::Approved {
            return Err(fail(DraftFault::NotApproved(draft.stage())));
        }
        let number = draft.content.terms.get("ref").and_then(Value::as_text);
        if let Some(number) = number.filter(|number| self.council().by_number(number).is_some()) {
            return Err(fail(DraftFault::NumberTaken(number.to_owned())));
        }
        let statement = draft.content.statement(&draft.party, officers);
        if let Some(refusal) = ask(self, &statement, now) {
            return Err(fail(DraftFault::Refused(Box::new(refusal))));
        }
        let taken = step(id, first, StepKind::Signed, draft.content.hash(), now);
        self.store().step_draft(None, &taken).map_err(|error| fail(error.into()))?;
        let appended = self.append_approved(&statement, now);
        let leaf = appended.as_ref().ok().map(|appended| &appended.leaf);
        self.store().end_signing(id, leaf).map_err(|error| fail(error.into()))?;
        appended.map_err(|error| fail(error.into()))
    }

    /// Gives a draft up. It stays readable at this node.
    ///
    /// # Errors
    /// [`DraftFault::NotYours`], [`DraftFault::Unknown`], [`DraftFault::Over`], [`DraftFault::Store`].
    pub fn drop_draft(
        &self,
        id: u64,
        officer: &str,
        reason: &str,
        now: UnixSeconds,
    ) -> Result<(), DraftError> {
        let draft = self.open_draft(id, officer, Duty::Draft, None)?;
        checked_text("reason", reason, REASON_LEN_MAX).map_err(|fault| fault.of(id))?;
        let taken = step(id, officer, StepKind::Dropped, draft.content.hash(), now);
        let taken = StepRow { note: reason.to_owned(), ..taken };
        let done = self.store().step_draft(None, &taken);
        done.map_err(|error| DraftFault::from(error).of(id))
    }

    /// Keeps an instruction from the capital on a matter; returns its number.
    ///
    /// # Errors
    /// [`DraftFault::NotYours`], [`DraftFault::Empty`], [`DraftFault::TooLong`], [`DraftFault::Control`],
    /// [`DraftFault::TooMany`], [`DraftFault::Store`].
    pub fn instruct(
        &self,
        officer: &str,
        about: &Hash,
        text: &str,
        now: UnixSeconds,
    ) -> Result<u64, DraftError> {
        self.check_duty(officer, Duty::Instruct)?;
        if text.trim().is_empty() {
            return Err(DraftFault::Empty("instruction").into());
        }
        checked_text("instruction", text, NOTES_LEN_MAX)?;
        let known = instructions(self.store(), self.party(), Some(about))?.len();
        if known >= INSTRUCTIONS_MAX {
            return Err(DraftFault::TooMany(known, "instructions on this matter").into());
        }
        let row = InstructionRow {
            id: 0,
            party: self.party().to_string(),
            about: about.to_string(),
            at: now.0,
            officer: officer.to_owned(),
            text: text.trim_end().to_owned(),
        };
        Ok(self.store().add_instruction(&row)?)
    }
}
