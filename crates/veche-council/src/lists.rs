//! What lists are made from: procedures by what is kept of their last evaluation, without evaluating any again.
//!
//! A list over a million records asks here which procedures it is about, and for views of those that it shows only.

use crate::council::Council;
use crate::cut::Cut;
use crate::fact::{ProcedureId, Standing};
use crate::view::title_of;
use veche_ledger::json::Value;
use veche_ledger::{Hash, Kind, Label, PartyId, UnixSeconds};

/// A procedure as a list sees it. Everything is read off what is kept; nothing is evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed<'a> {
    /// Its name.
    pub id: Hash,
    /// Its place in the order of arrival here.
    pub place: usize,
    /// The kind of act that opened it.
    pub kind: &'a Kind,
    /// Who may read it.
    pub label: &'a Label,
    /// The charter that it was opened under, as its opener names it.
    pub charter: &'a Hash,
    /// True if everything in it is at its end.
    pub is_over: bool,
    /// True if a closing record about it is held: what is decided and proven has one.
    pub has_closing: bool,
}

/// How many records came to what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standings {
    /// The charter lets them through.
    pub admitted: u64,
    /// The charter does not.
    pub refused: u64,
    /// What they are about is not here yet.
    pub waiting: u64,
    /// Their terms are not held here.
    pub withheld: u64,
}

/// A record that the charter lets through, as it was said.
#[derive(Debug, Clone, Copy)]
pub struct Admitted<'a> {
    /// Its hash.
    pub leaf: Hash,
    /// Its kind.
    pub kind: &'a Kind,
    /// What it names as its charter.
    pub charter: &'a Hash,
    /// What it is first about.
    pub about: Option<Hash>,
    /// What it says, if that is held.
    pub terms: Option<&'a [u8]>,
}

impl Council {
    /// Returns every record that the charter lets through, in order of arrival here.
    pub fn admitted(&self) -> impl Iterator<Item = Admitted<'_>> {
        let admitted = self.records.iter().filter(|fact| fact.standing == Standing::Admitted);
        admitted.map(|fact| Admitted {
            leaf: fact.leaf,
            kind: self.names.kinds.name(fact.kind),
            charter: self.names.charters.name(fact.charter),
            about: fact.about.first().copied(),
            terms: fact.terms.as_deref(),
        })
    }

    /// Returns every procedure, in order of arrival here.
    pub fn listed(&self) -> impl DoubleEndedIterator<Item = Listed<'_>> {
        self.ids().map(|id| self.list(id))
    }

    /// Returns one procedure as lists see it.
    #[must_use]
    pub fn listing(&self, name: &Hash) -> Option<Listed<'_>> {
        self.procedure_opened_by(name).map(|id| self.list(id))
    }

    /// Returns true if something is open in a procedure or under it. `may_see`: what this says no to is passed over, with
    /// all that is under it. `is_over`: whether all in one of them is at its end, as whoever asks sees it.
    #[must_use]
    pub fn is_open_within(
        &self,
        name: &Hash,
        may_see: impl Fn(&Listed<'_>) -> bool,
        is_over: impl Fn(&Listed<'_>) -> bool,
    ) -> bool {
        let mut ahead: Vec<ProcedureId> = self.procedure_opened_by(name).into_iter().collect();
        while let Some(id) = ahead.pop() {
            let listed = self.list(id);
            if !may_see(&listed) {
                continue;
            }
            if !is_over(&listed) {
                return true;
            }
            ahead.extend(&self.procedures[id.at()].children);
        }
        false
    }

    /// Returns when a procedure began, as the evidence proves it.
    #[must_use]
    pub fn began(&self, name: &Hash) -> Option<UnixSeconds> {
        self.start(self.procedure_opened_by(name)?, &Cut::everything())
    }

    /// Returns one field of the terms that a procedure was opened with.
    #[must_use]
    pub fn opening_field(&self, name: &Hash, field: &str) -> Option<Value> {
        self.opening_terms(self.procedure_opened_by(name)?)?.get(field).cloned()
    }

    /// Returns a procedure's number and title for people, read off the terms that opened it; a title may be empty.
    #[must_use]
    pub fn number_and_title(&self, name: &Hash) -> Option<(String, String)> {
        let id = self.procedure_opened_by(name)?;
        let title = self.opening_terms(id).as_ref().map_or_else(String::new, title_of);
        Some((self.number_of(id), title))
    }

    /// Returns the clocks that run out at or after `from`, soonest first, each with its procedure.
    pub fn clocks(&self, from: UnixSeconds) -> impl Iterator<Item = (UnixSeconds, Hash)> {
        let ahead = self.deadlines.range((from, ProcedureId(0))..);
        ahead.map(|(at, id)| (*at, self.name_of(*id)))
    }

    /// Returns the duties that nobody has met by `now`, soonest first: by when, in which procedure, whose.
    pub fn unmet(&self, now: UnixSeconds) -> impl Iterator<Item = (UnixSeconds, Hash, &PartyId)> {
        self.owed.iter(now).map(|(due, id, owner)| (due, self.name_of(id), owner))
    }

    /// Returns how many records came to what: one pass over all of them.
    #[must_use]
    pub fn standings(&self) -> Standings {
        let mut counted = Standings::default();
        for record in &self.records {
            *match record.standing {
                Standing::Admitted => &mut counted.admitted,
                Standing::Refused => &mut counted.refused,
                Standing::Waiting => &mut counted.waiting,
                Standing::Withheld => &mut counted.withheld,
            } += 1;
        }
        counted
    }

    fn list(&self, id: ProcedureId) -> Listed<'_> {
        let procedure = &self.procedures[id.at()];
        let opener = &self.records[procedure.opener.at()];
        let kind = match &procedure.spawned {
            Some(spawned) => &spawned.kind,
            None => self.names.kinds.name(opener.kind),
        };
        Listed {
            id: self.name_of(id),
            place: id.at(),
            kind,
            label: self.names.labels.name(opener.label),
            charter: self.names.charters.name(opener.charter),
            is_over: procedure.summary.as_ref().is_some_and(|summary| summary.is_over),
            has_closing: !procedure.closings.is_empty(),
        }
    }
}
