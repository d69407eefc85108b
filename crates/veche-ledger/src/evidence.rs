//! Evidence of time: when a record was there, and when it was not yet, from cosignatures (`formats/checkpoint.md`, section 5).
//!
//! A receipt says that a party held a log up to a size at a time. Of each party and log a receipt is kept only if it can
//! still decide something: 16 bytes each, and lookups are a binary search per party.

use crate::name::{LeafIndex, Origin, PartyId};
use crate::time::UnixSeconds;
use std::collections::BTreeMap;

/// The receipts for many logs.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    logs: BTreeMap<Origin, Receipts>,
}

/// The receipts for one log, by party.
#[derive(Debug, Clone, Default)]
pub struct Receipts {
    parties: BTreeMap<PartyId, Track>,
}

/// One party held the log up to `size` at `time`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Step {
    size: u64,
    time: UnixSeconds,
}

/// The receipts of one party for one log.
///
/// Of an honest witness, sizes and times rise together, and one list answers both questions. From a receipt that breaks
/// this on, `early` keeps what bounds from above and `late` what bounds from below.
#[derive(Debug, Clone, Default)]
struct Track {
    early: Vec<Step>,
    late: Option<Vec<Step>>,
}

impl Evidence {
    /// Makes evidence of nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a receipt: `party` held `log` up to `size` at `time`. Cheap when a party's receipts come in its own order.
    pub fn add(&mut self, log: &Origin, party: &PartyId, size: u64, time: UnixSeconds) {
        if !self.logs.contains_key(log) {
            let _none = self.logs.insert(log.clone(), Receipts::default());
        }
        if let Some(receipts) = self.logs.get_mut(log) {
            receipts.add(party, size, time);
        }
    }

    /// Returns the receipts for a log.
    #[must_use]
    pub fn log(&self, log: &Origin) -> Option<&Receipts> {
        self.logs.get(log)
    }

    /// Returns [`Receipts::hi`] of a log.
    #[must_use]
    pub fn hi(&self, log: &Origin, index: LeafIndex, quorum: usize) -> Option<UnixSeconds> {
        self.log(log)?.hi(index, quorum)
    }

    /// Returns [`Receipts::first`] of a log.
    #[must_use]
    pub fn first(&self, log: &Origin, index: LeafIndex) -> Option<UnixSeconds> {
        self.log(log)?.first(index)
    }

    /// Returns [`Receipts::not_before`] of a log.
    #[must_use]
    pub fn not_before(&self, log: &Origin, index: LeafIndex, quorum: usize) -> Option<UnixSeconds> {
        self.log(log)?.not_before(index, quorum)
    }
}

impl Receipts {
    /// Makes receipts of nobody.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a receipt.
    pub fn add(&mut self, party: &PartyId, size: u64, time: UnixSeconds) {
        if !self.parties.contains_key(party) {
            let _none = self.parties.insert(party.clone(), Track::default());
        }
        if let Some(track) = self.parties.get_mut(party) {
            track.add(Step { size, time });
        }
    }

    /// Returns the time by which `quorum` parties held the record: the q-th smallest of each party's earliest receipt for
    /// a size above `index`. `None` if fewer did, or for a quorum of 0.
    #[must_use]
    pub fn hi(&self, index: LeafIndex, quorum: usize) -> Option<UnixSeconds> {
        let mut times: Vec<_> =
            self.parties.values().filter_map(|track| track.earliest_with(index)).collect();
        times.sort_unstable();
        times.get(quorum.checked_sub(1)?).copied()
    }

    /// Returns the earliest time at which any party held the record.
    #[must_use]
    pub fn first(&self, index: LeafIndex) -> Option<UnixSeconds> {
        self.hi(index, 1)
    }

    /// Returns the latest time T such that `quorum` parties cosigned the log without the record at T or later.
    ///
    /// A party that cosigns the latest size it holds, at T, did not hold the record at T. `None` if fewer did.
    #[must_use]
    pub fn not_before(&self, index: LeafIndex, quorum: usize) -> Option<UnixSeconds> {
        let mut times: Vec<_> =
            self.parties.values().filter_map(|track| track.latest_without(index)).collect();
        times.sort_unstable_by(|a, b| b.cmp(a));
        times.get(quorum.checked_sub(1)?).copied()
    }

    /// Returns how many receipts are kept, over all parties.
    #[must_use]
    pub fn kept(&self) -> usize {
        let kept = |track: &Track| track.early.len() + track.late.as_ref().map_or(0, Vec::len);
        self.parties.values().map(kept).sum()
    }
}

impl Track {
    fn add(&mut self, step: Step) {
        match (&mut self.late, self.early.last()) {
            (None, Some(last)) if step.size < last.size || step.time < last.time => {
                self.late = Some(self.early.clone());
                self.add(step);
            }
            (None, _) => self.append(step),
            (Some(late), _) => {
                insert_early(&mut self.early, step);
                insert_late(late, step);
            }
        }
    }

    /// Adds a step that is not below the last in size or time. Of one size the first and the last time are enough.
    fn append(&mut self, step: Step) {
        if let [.., before, last] = self.early.as_mut_slice()
            && before.size == step.size
        {
            last.time = step.time;
        } else if self.early.last() != Some(&step) {
            self.early.push(step);
        }
    }

    fn earliest_with(&self, index: LeafIndex) -> Option<UnixSeconds> {
        let at = self.early.partition_point(|step| step.size <= index.0);
        self.early.get(at).map(|step| step.time)
    }

    fn latest_without(&self, index: LeafIndex) -> Option<UnixSeconds> {
        let steps = self.late.as_ref().unwrap_or(&self.early);
        let at = steps.partition_point(|step| step.size <= index.0);
        steps.get(at.checked_sub(1)?).map(|step| step.time)
    }
}

/// Adds a step to a list in which the first step above a size has the earliest time of all above it.
fn insert_early(steps: &mut Vec<Step>, step: Step) {
    let at = steps.partition_point(|s| s.size < step.size);
    if steps.get(at).is_some_and(|later| later.time <= step.time) {
        return;
    }
    // Those that hold no more, and not earlier, decide nothing now.
    let to = steps.partition_point(|s| s.size <= step.size);
    let from = steps.get(..to).map_or(0, |below| below.partition_point(|s| s.time < step.time));
    let _removed: Vec<Step> = steps.splice(from..to, [step]).collect();
}

/// Adds a step to a list in which the last step up to a size has the latest time of all up to it.
fn insert_late(steps: &mut Vec<Step>, step: Step) {
    let at = steps.partition_point(|s| s.size <= step.size);
    let before = at.checked_sub(1).and_then(|i| steps.get(i));
    if before.is_some_and(|before| before.time >= step.time) {
        return;
    }
    // Those that hold no less, and not later, decide nothing now.
    let from = steps.partition_point(|s| s.size < step.size);
    let to = steps.partition_point(|s| s.size < step.size || s.time <= step.time);
    let _removed: Vec<Step> = steps.splice(from..to, [step]).collect();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn party(n: u8) -> PartyId {
        PartyId::parse(&format!("member-{n}")).unwrap()
    }

    fn receipts(given: &[(u8, u64, u64)]) -> Receipts {
        let mut receipts = Receipts::new();
        for (n, size, time) in given {
            receipts.add(&party(*n), *size, UnixSeconds(*time));
        }
        receipts
    }

    #[test]
    fn the_upper_bound_counts_parties_and_not_receipts() {
        let receipts = receipts(&[(1, 5, 10), (1, 6, 11), (1, 7, 12), (2, 9, 40), (3, 6, 30)]);
        let hi = |index, q| receipts.hi(LeafIndex(index), q).map(|t| t.0);
        assert_eq!([hi(4, 1), hi(4, 2), hi(4, 3), hi(4, 4)], [Some(10), Some(30), Some(40), None]);
        assert_eq!([hi(5, 1), hi(6, 1), hi(8, 1), hi(9, 1)], [Some(11), Some(12), Some(40), None]);
        assert_eq!(hi(4, 0), None);
        assert_eq!(receipts.first(LeafIndex(0)), Some(UnixSeconds(10)));
    }

    #[test]
    fn the_lower_bound_is_the_last_time_that_a_quorum_had_not_seen_the_record() {
        let receipts =
            receipts(&[(1, 5, 10), (1, 5, 20), (1, 5, 35), (1, 7, 50), (2, 3, 15), (2, 6, 60)]);
        let lo = |index, q| receipts.not_before(LeafIndex(index), q).map(|t| t.0);
        assert_eq!([lo(5, 1), lo(5, 2), lo(5, 3)], [Some(35), Some(15), None]);
        assert_eq!([lo(2, 1), lo(3, 1), lo(7, 1), lo(7, 2)], [None, Some(15), Some(60), Some(50)]);
        assert_eq!(receipts.kept(), 5);
    }

    /// The definition, without any structure.
    fn plainly(given: &[(u8, u64, u64)], index: u64, q: usize) -> (Option<u64>, Option<u64>) {
        let of = |n: u8| given.iter().filter(move |(party, ..)| *party == n);
        let mut hi: Vec<u64> =
            (0..4).filter_map(|n| of(n).filter(|r| r.1 > index).map(|r| r.2).min()).collect();
        let mut lo: Vec<u64> =
            (0..4).filter_map(|n| of(n).filter(|r| r.1 <= index).map(|r| r.2).max()).collect();
        hi.sort_unstable();
        lo.sort_unstable_by(|a, b| b.cmp(a));
        (hi.get(q - 1).copied(), lo.get(q - 1).copied())
    }

    proptest::proptest! {
        #[test]
        fn bounds_are_those_of_the_definition_in_whatever_order_receipts_come(
            given in proptest::collection::vec((0u8..4, 0u64..12, 0u64..12), 0..40),
        ) {
            let receipts = receipts(&given);
            for (index, q) in (0..12).flat_map(|index| (1..5).map(move |q| (index, q))) {
                let bounds = (receipts.hi(LeafIndex(index), q), receipts.not_before(LeafIndex(index), q));
                let bounds = (bounds.0.map(|t| t.0), bounds.1.map(|t| t.0));
                proptest::prop_assert_eq!(bounds, plainly(&given, index, q));
            }
        }
    }
}
