//! Time as the logs prove it: who held which record by when.
//!
//! A receipt is one line of a `witness` record: "at this time my node held that log up to this size". Receipts count only
//! if the record that states them is inside the cut, so that every node computes the same times over the same cut.

use crate::cut::Cut;
use std::collections::BTreeMap;
use veche_ledger::{Hash, UnixSeconds};

/// A log's number inside one fold. Depends on the order of arrival: never part of the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LogId(pub(crate) u16);

impl LogId {
    pub(crate) const fn at(self) -> usize {
        self.0 as usize
    }
}

/// The receipts of one log by one witness's log, in the order in which that witness stated them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Receipts {
    rows: Vec<Receipt>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Receipt {
    /// How many records the witness held.
    pub(crate) size: u64,
    /// By its own clock.
    pub(crate) time: UnixSeconds,
    /// The number of the `witness` record in the witness's own log.
    pub(crate) stated_at: u32,
}

impl Receipts {
    /// Adds a receipt and returns the size stated before it. One that states no larger size than an earlier one says nothing
    /// new: it is left out, on every node alike, in whatever order receipts are proven.
    pub(crate) fn push(&mut self, receipt: Receipt) -> Option<u64> {
        let at = self.rows.partition_point(|row| row.stated_at < receipt.stated_at);
        let before = at.checked_sub(1).map_or(0, |last| self.rows[last].size);
        if at > 0 && receipt.size <= before {
            return None;
        }
        let later = self.rows[at..].partition_point(|row| row.size <= receipt.size);
        let _nothing_new: Vec<Receipt> = self.rows.splice(at..at + later, [receipt]).collect();
        Some(before)
    }

    /// Returns the first receipt that covers the record with this number.
    pub(crate) fn covering(&self, index: u64) -> Option<Receipt> {
        let first = self.rows.partition_point(|row| row.size <= index);
        self.rows.get(first).copied()
    }

    /// Returns the largest size stated by records below `limit` of the witness's log.
    pub(crate) fn largest_stated_below(&self, limit: u64) -> u64 {
        let end = self.rows.partition_point(|row| u64::from(row.stated_at) < limit);
        end.checked_sub(1).map_or(0, |last| self.rows[last].size)
    }

    pub(crate) fn rows(&self) -> &[Receipt] {
        &self.rows
    }

    pub(crate) fn from_rows(rows: Vec<Receipt>) -> Self {
        Self { rows }
    }
}

/// What a record states of a log beyond what is held of it: a root that cannot be compared yet. It proves nothing until it can.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Claim {
    /// The root that it states.
    pub(crate) root: Hash,
    /// The log of the record that states it.
    pub(crate) by: LogId,
    /// The record's number.
    pub(crate) stated_at: u32,
    /// Of a receipt its time; none of a closing's cut.
    pub(crate) time: Option<UnixSeconds>,
}

/// The claims about one log, by the size that they state.
#[derive(Debug, Clone, Default)]
pub(crate) struct Claims {
    rows: BTreeMap<u64, Vec<Claim>>,
}

impl Claims {
    pub(crate) fn add(&mut self, size: u64, claim: Claim) {
        self.rows.entry(size).or_default().push(claim);
    }

    /// Takes out the claims about a size, once the log has it.
    pub(crate) fn take(&mut self, size: u64) -> Vec<Claim> {
        self.rows.remove(&size).unwrap_or_default()
    }

    /// Returns the largest size of which a witness's records below `limit` claim a receipt.
    pub(crate) fn largest_stated_below(&self, witness: LogId, limit: u64) -> u64 {
        let is_stated = |claim: &Claim| {
            claim.by == witness && claim.time.is_some() && u64::from(claim.stated_at) < limit
        };
        let mut stated = self.rows.iter().rev();
        stated.find(|(_, claims)| claims.iter().any(is_stated)).map_or(0, |(size, _)| *size)
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = (u64, &Claim)> {
        self.rows.iter().flat_map(|(size, claims)| claims.iter().map(|claim| (*size, claim)))
    }
}

/// The latest time that a log's own `witness` records state, by record number: its author's admission of the hour.
#[derive(Debug, Clone, Default)]
pub(crate) struct Admissions {
    rows: Vec<(u32, UnixSeconds)>,
}

impl Admissions {
    pub(crate) fn push(&mut self, index: u32, time: UnixSeconds) {
        if self.rows.last().is_none_or(|(_, last)| time > *last) {
            self.rows.push((index, time));
        }
    }

    /// Returns the latest time stated by records from `floor` to below `limit`.
    pub(crate) fn between(&self, floor: u64, limit: u64) -> Option<UnixSeconds> {
        let end = self.rows.partition_point(|(index, _)| u64::from(*index) < limit);
        let (index, time) = self.rows[end.checked_sub(1)?];
        (u64::from(index) >= floor).then_some(time)
    }

    pub(crate) fn rows(&self) -> &[(u32, UnixSeconds)] {
        &self.rows
    }

    pub(crate) fn from_rows(rows: Vec<(u32, UnixSeconds)>) -> Self {
        Self { rows }
    }
}

/// All receipts about one log: by witness.
#[derive(Debug, Clone, Default)]
pub(crate) struct LogEvidence {
    /// By the witness's log.
    pub(crate) by_witness: Vec<(LogId, Receipts)>,
}

impl LogEvidence {
    pub(crate) fn of(&mut self, witness: LogId) -> &mut Receipts {
        let at = self.by_witness.partition_point(|(log, _)| *log < witness);
        if self.by_witness.get(at).is_none_or(|(log, _)| *log != witness) {
            self.by_witness.insert(at, (witness, Receipts::default()));
        }
        &mut self.by_witness[at].1
    }

    /// Returns who held the record, and since when, as far as the cut shows.
    pub(crate) fn receipts_of(
        &self,
        index: u64,
        cut: &Cut,
    ) -> impl Iterator<Item = (LogId, Receipt)> {
        self.by_witness.iter().filter_map(move |(witness, receipts)| {
            let receipt = receipts.covering(index)?;
            cut.holds(*witness, u64::from(receipt.stated_at)).then_some((*witness, receipt))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt(size: u64, time: u64, stated_at: u32) -> Receipt {
        Receipt { size, time: UnixSeconds(time), stated_at }
    }

    #[test]
    fn a_receipt_covers_the_records_below_its_size() {
        let mut evidence = LogEvidence::default();
        evidence.of(LogId(1)).push(receipt(5, 10, 0));
        let held = |index| {
            let all = Cut::everything();
            let receipts = evidence.receipts_of(index, &all);
            receipts.map(|(log, receipt)| (log, receipt.time)).collect::<Vec<_>>()
        };
        assert_eq!(held(4), [(LogId(1), UnixSeconds(10))]);
        assert_eq!(held(5), []);
    }

    #[test]
    fn a_receipt_outside_the_cut_does_not_count() {
        let mut evidence = LogEvidence::default();
        evidence.of(LogId(1)).push(receipt(5, 10, 7));
        let mut cut = Cut::nothing();
        cut.set(LogId(1), 7);
        assert_eq!(evidence.receipts_of(0, &cut).count(), 0);
        cut.set(LogId(1), 8);
        assert_eq!(evidence.receipts_of(0, &cut).count(), 1);
    }

    #[test]
    fn a_witness_that_states_no_larger_size_says_nothing() {
        let mut receipts = Receipts::default();
        assert_eq!(receipts.push(receipt(5, 10, 0)), Some(0));
        assert_eq!(receipts.push(receipt(5, 11, 2)), None);
        assert_eq!(receipts.push(receipt(7, 11, 3)), Some(5));
    }

    #[test]
    fn receipts_say_the_same_in_whatever_order_they_are_proven() {
        let stated = [(5, 0), (9, 2), (7, 3), (9, 5), (12, 6), (3, 8)];
        let rows = |order: &[usize]| {
            let mut receipts = Receipts::default();
            for at in order {
                let (size, stated_at) = stated[*at];
                receipts.push(receipt(size, u64::from(stated_at), stated_at));
            }
            receipts.rows().iter().map(|row| (row.size, row.stated_at)).collect::<Vec<_>>()
        };
        let whole = rows(&[0, 1, 2, 3, 4, 5]);
        assert_eq!(whole, [(5, 0), (9, 2), (12, 6)]);
        for order in [[5, 4, 3, 2, 1, 0], [2, 0, 4, 1, 5, 3], [3, 2, 5, 4, 0, 1]] {
            assert_eq!(rows(&order), whole, "{order:?}");
        }
    }
}
