//! Who owes what next: an index over the duties of all procedures that nobody has met yet, by party and due time.

use crate::fact::ProcedureId;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use veche_ledger::{PartyId, UnixSeconds};

/// A party's number: its place among the parties of the genesis charter, then those of later ones as they came into force here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PartyNumber(pub(crate) u16);

/// Duties that nobody has met yet, soonest first for each party. One row for what a party owes in one procedure at one time.
#[derive(Debug, Clone)]
pub(crate) struct OwedIndex {
    numbers: BTreeMap<PartyId, PartyNumber>,
    /// By the party's number.
    rows: Vec<(PartyId, BTreeSet<(UnixSeconds, ProcedureId)>)>,
}

impl OwedIndex {
    pub(crate) fn of<'a>(parties: impl Iterator<Item = &'a PartyId>) -> Self {
        let mut index = Self { numbers: BTreeMap::new(), rows: Vec::new() };
        index.add(parties);
        index
    }

    /// Adds the parties that are not here yet: those of a later charter.
    pub(crate) fn add<'a>(&mut self, parties: impl Iterator<Item = &'a PartyId>) {
        for party in parties {
            if !self.numbers.contains_key(party) {
                let number = PartyNumber(u16::try_from(self.rows.len()).unwrap_or(u16::MAX));
                self.numbers.insert(party.clone(), number);
                self.rows.push((party.clone(), BTreeSet::new()));
            }
        }
    }

    /// Returns a party's number; `None` if the charter does not know it.
    pub(crate) fn number(&self, party: &PartyId) -> Option<PartyNumber> {
        self.numbers.get(party).copied()
    }

    /// Returns true if a number is a party's.
    pub(crate) fn knows(&self, party: PartyNumber) -> bool {
        usize::from(party.0) < self.rows.len()
    }

    pub(crate) fn insert(&mut self, due: UnixSeconds, id: ProcedureId, owner: PartyNumber) {
        self.rows[usize::from(owner.0)].1.insert((due, id));
    }

    pub(crate) fn remove(&mut self, due: UnixSeconds, id: ProcedureId, owner: PartyNumber) {
        self.rows[usize::from(owner.0)].1.remove(&(due, id));
    }

    /// Returns all rows, soonest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (UnixSeconds, ProcedureId, &PartyId)> {
        let mut rows: Vec<_> = self.rows.iter().map(|(_, rows)| rows.iter()).collect();
        // The first row of each party that is not given out yet; the soonest of them is the next of all.
        let mut firsts: BinaryHeap<Reverse<((UnixSeconds, ProcedureId), usize)>> = rows
            .iter_mut()
            .enumerate()
            .filter_map(|(party, rows)| Some(Reverse((*rows.next()?, party))))
            .collect();
        std::iter::from_fn(move || {
            let Reverse(((due, id), party)) = firsts.pop()?;
            firsts.extend(rows[party].next().map(|row| Reverse((*row, party))));
            Some((due, id, &self.rows[party].0))
        })
    }

    /// Returns the rows of one party, or of all, soonest first.
    pub(crate) fn rows<'a>(
        &'a self,
        party: Option<&PartyId>,
    ) -> Box<dyn Iterator<Item = (UnixSeconds, ProcedureId, &'a PartyId)> + 'a> {
        let Some(party) = party else { return Box::new(self.iter()) };
        let rows = self.numbers.get(party).map(|number| &self.rows[usize::from(number.0)]);
        let rows = rows.into_iter();
        Box::new(
            rows.flat_map(|(owner, rows)| rows.iter().map(move |(due, id)| (*due, *id, owner))),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn party(name: &str) -> PartyId {
        PartyId::parse(name).unwrap()
    }

    #[test]
    fn the_soonest_of_all_parties_come_first_and_those_of_one_alone_if_asked() {
        let (a, b) = (party("arven"), party("belm"));
        let mut owed = OwedIndex::of([&a, &b].into_iter());
        let (first, second) = (owed.number(&a).unwrap(), owed.number(&b).unwrap());
        owed.insert(UnixSeconds(30), ProcedureId(1), first);
        owed.insert(UnixSeconds(10), ProcedureId(2), second);
        owed.insert(UnixSeconds(20), ProcedureId(3), first);
        let ids = |party, limit| -> Vec<u32> {
            owed.rows(party).take(limit).map(|(_, id, _)| id.0).collect()
        };
        assert_eq!(ids(None, 2), [2, 3]);
        assert_eq!(ids(Some(&a), 9), [3, 1]);
        assert!(ids(Some(&party("corvin")), 9).is_empty());
    }

    #[test]
    fn what_is_met_is_owed_no_longer() {
        let a = party("arven");
        let mut owed = OwedIndex::of([&a].into_iter());
        let number = owed.number(&a).unwrap();
        owed.insert(UnixSeconds(30), ProcedureId(1), number);
        owed.remove(UnixSeconds(30), ProcedureId(1), number);
        assert_eq!(owed.rows(None).count(), 0);
    }
}
