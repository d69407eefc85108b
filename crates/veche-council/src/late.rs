//! Contents that come after their records: a release, a group's record or a day of downgrade let somebody read what he held sealed.
//!
//! **Invariant:** a fold that gets a content late equals one that had it from the start.

use crate::council::Council;
use crate::entry::{Entry, Terms};
use crate::fact::{ProcedureId, RecordId, Standing};
use std::collections::BTreeSet;
use veche_ledger::Hash;

/// What a record's place in the state is: if it changes, those about it are looked at again.
type Place = (Standing, Option<ProcedureId>, Option<ProcedureId>);

impl Council {
    /// Takes contents of records that are in the state without them; returns how many were taken. Call [`Self::settle`] after it.
    ///
    /// `entries`: made of the same records, with their contents. What is held already, or is not here, is passed over; so is a record of the
    /// fold's own kinds: those take effect with their content when they come, or never.
    pub fn fill(&mut self, entries: Vec<Entry>) -> u64 {
        let mut taken = 0;
        let mut changed = BTreeSet::new();
        for entry in entries {
            let leaf = entry.leaf;
            if self.fill_one(entry) {
                taken += 1;
                changed.insert(leaf);
            }
        }
        while !changed.is_empty() {
            changed = self.link_again(&changed);
        }
        taken
    }

    fn fill_one(&mut self, entry: Entry) -> bool {
        let Some(id) = self.by_leaf.get(&entry.leaf).copied() else { return false };
        if entry.terms == Terms::Missing || !self.sharing.unopened.remove(&id) || entry.is_system()
        {
            return false;
        }
        let (log, index) = (self.records[id.at()].log, self.records[id.at()].index);
        let was_waiting = self.records[id.at()].standing == Standing::Waiting;
        self.detach(id);
        let seen = if self.may_open(&entry) { self.cited(&entry) } else { Box::default() };
        let mut fact = self.names.fact(log, index, entry);
        fact.seen = seen;
        self.records[id.at()] = fact;
        if !was_waiting {
            // What still waits is linked when what it waits for comes.
            self.link(id);
        }
        true
    }

    /// Gives a record that is held without its terms what is left of them after its author took words back.
    pub(crate) fn give_terms(&mut self, id: RecordId, terms: Box<[u8]>) {
        if !self.sharing.unopened.remove(&id) {
            return;
        }
        let was_waiting = self.records[id.at()].standing == Standing::Waiting;
        self.detach(id);
        self.records[id.at()].terms = Some(terms);
        if !was_waiting {
            self.link(id);
        }
        let mut changed = BTreeSet::from([self.records[id.at()].leaf]);
        while !changed.is_empty() {
            changed = self.link_again(&changed);
        }
    }

    /// Takes a record that has no effect out of the procedure that it is attached to.
    fn detach(&mut self, id: RecordId) {
        if let Some(procedure) = self.records[id.at()].acts_on.take() {
            self.procedures[procedure.at()].attached.retain(|record| *record != id);
            self.mark(procedure);
        }
    }

    /// Judges again what could not be judged because it is about these; returns those of them that came to another place.
    fn link_again(&mut self, changed: &BTreeSet<Hash>) -> BTreeSet<Hash> {
        let ids = (0..self.records.len()).filter_map(|at| u32::try_from(at).ok()).map(RecordId);
        let is_about = |id: &RecordId| {
            let fact = &self.records[id.at()];
            fact.standing == Standing::Withheld
                && fact.about.first().is_some_and(|leaf| changed.contains(leaf))
                && !self.beyond.contains(id)
        };
        let about: Vec<RecordId> = ids.filter(is_about).collect();
        let mut moved = BTreeSet::new();
        for id in about {
            let before = self.standing_at(id);
            self.detach(id);
            // As one that has just come: what it is about may have begun to wait.
            self.records[id.at()].standing = Standing::Waiting;
            self.link(id);
            if self.standing_at(id) != before {
                moved.insert(self.records[id.at()].leaf);
            }
        }
        moved
    }

    fn standing_at(&self, id: RecordId) -> Place {
        let fact = &self.records[id.at()];
        (fact.standing, fact.acts_on, fact.opens)
    }
}
