//! Who owes what next: an index over the duties of all procedures that nobody has met yet, by party and due time.

use crate::fact::ProcedureId;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use veche_ledger::{PartyId, UnixSeconds};

/// A party's number: its place among the parties of the genesis charter, then those of later ones as they came into force here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PartyNumber(pub(crate) u16);

/// A duty that nobody has met yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unmet {
    pub(crate) since: UnixSeconds,
    pub(crate) due: UnixSeconds,
    pub(crate) owner: PartyNumber,
}

/// When something is due, in which procedure; since when it is owed.
type Rows = BTreeMap<(UnixSeconds, ProcedureId), UnixSeconds>;

/// Duties that nobody has met yet, soonest first for each party. One row for what a party owes in one procedure at one time,
/// with since when: what a clock will start is there, too, and is owed by nobody before.
#[derive(Debug, Clone)]
pub(crate) struct OwedIndex {
    numbers: BTreeMap<PartyId, PartyNumber>,
    /// By the party's number.
    rows: Vec<(PartyId, Rows)>,
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
                self.rows.push((party.clone(), Rows::new()));
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

    pub(crate) fn insert(&mut self, id: ProcedureId, unmet: &Unmet) {
        let rows = &mut self.rows[usize::from(unmet.owner.0)].1;
        let since = rows.entry((unmet.due, id)).or_insert(unmet.since);
        *since = unmet.since.min(*since);
    }

    pub(crate) fn remove(&mut self, id: ProcedureId, unmet: &Unmet) {
        self.rows[usize::from(unmet.owner.0)].1.remove(&(unmet.due, id));
    }

    /// Returns all rows of what is owed by `now`, soonest due first.
    pub(crate) fn iter(
        &self,
        now: UnixSeconds,
    ) -> impl Iterator<Item = (UnixSeconds, ProcedureId, &PartyId)> {
        let mut rows: Vec<_> = self.rows.iter().map(|(_, rows)| begun(rows, now)).collect();
        // The first row of each party that is not given out yet; the soonest of them is the next of all.
        let mut firsts: BinaryHeap<Reverse<((UnixSeconds, ProcedureId), usize)>> = rows
            .iter_mut()
            .enumerate()
            .filter_map(|(party, rows)| Some(Reverse((rows.next()?, party))))
            .collect();
        std::iter::from_fn(move || {
            let Reverse(((due, id), party)) = firsts.pop()?;
            firsts.extend(rows[party].next().map(|row| Reverse((row, party))));
            Some((due, id, &self.rows[party].0))
        })
    }

    /// Returns the rows of one party, or of all, soonest first.
    pub(crate) fn rows<'a>(
        &'a self,
        party: Option<&PartyId>,
        now: UnixSeconds,
    ) -> Box<dyn Iterator<Item = (UnixSeconds, ProcedureId, &'a PartyId)> + 'a> {
        let Some(party) = party else { return Box::new(self.iter(now)) };
        let rows = self.numbers.get(party).map(|number| &self.rows[usize::from(number.0)]);
        let rows = rows.into_iter();
        Box::new(
            rows.flat_map(move |(owner, rows)| {
                begun(rows, now).map(move |(due, id)| (due, id, owner))
            }),
        )
    }
}

/// Returns the rows of what is owed by `now`.
fn begun(rows: &Rows, now: UnixSeconds) -> impl Iterator<Item = (UnixSeconds, ProcedureId)> {
    rows.iter().filter(move |(_, since)| **since <= now).map(|(row, _)| *row)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn party(name: &str) -> PartyId {
        PartyId::parse(name).unwrap()
    }

    fn unmet(since: u64, due: u64, owner: PartyNumber) -> Unmet {
        Unmet { since: UnixSeconds(since), due: UnixSeconds(due), owner }
    }

    #[test]
    fn the_soonest_of_all_parties_come_first_and_those_of_one_alone_if_asked() {
        let (a, b) = (party("arven"), party("belm"));
        let mut owed = OwedIndex::of([&a, &b].into_iter());
        let (first, second) = (owed.number(&a).unwrap(), owed.number(&b).unwrap());
        owed.insert(ProcedureId(1), &unmet(0, 30, first));
        owed.insert(ProcedureId(2), &unmet(0, 10, second));
        owed.insert(ProcedureId(3), &unmet(0, 20, first));
        let ids = |party, limit| -> Vec<u32> {
            owed.rows(party, UnixSeconds(5)).take(limit).map(|(_, id, _)| id.0).collect()
        };
        assert_eq!(ids(None, 2), [2, 3]);
        assert_eq!(ids(Some(&a), 9), [3, 1]);
        assert!(ids(Some(&party("corvin")), 9).is_empty());
    }

    #[test]
    fn what_a_clock_will_start_is_owed_once_it_has() {
        let a = party("arven");
        let mut owed = OwedIndex::of([&a].into_iter());
        let number = owed.number(&a).unwrap();
        owed.insert(ProcedureId(1), &unmet(7, 30, number));
        let rows = |now| owed.rows(Some(&a), UnixSeconds(now)).count();
        assert_eq!((rows(6), rows(7)), (0, 1));
    }

    #[test]
    fn what_is_met_is_owed_no_longer() {
        let a = party("arven");
        let mut owed = OwedIndex::of([&a].into_iter());
        let number = owed.number(&a).unwrap();
        owed.insert(ProcedureId(1), &unmet(0, 30, number));
        owed.remove(ProcedureId(1), &unmet(0, 30, number));
        assert_eq!(owed.rows(None, UnixSeconds(99)).count(), 0);
    }
}
