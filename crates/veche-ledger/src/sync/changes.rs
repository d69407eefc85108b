//! Listings as what has changed in them since one that the asker has (`formats/sync.md`, section 2).
//!
//! Who gives remembers of each line when it changed, and of the last listings only their hashes: what that takes does not grow with how often
//! something is said. Who takes puts the whole together again, and believes it only where its hash is the one that was named.

use super::listing::{LOGS_MAX, NotAListing, listing_bytes, parse_listing};
use crate::checkpoint::Checkpoint;
use crate::hash::Hash;
use crate::name::Origin;
use std::collections::{BTreeMap, VecDeque};

/// Listings that are remembered: who has an earlier one gets the whole. A node that follows has one of the last few.
const REMEMBERED_MAX: usize = 256;

/// What a node listed last, and what of it changed when.
#[derive(Debug, Default)]
pub struct Listings {
    /// Each line, and with which listing it became so.
    lines: BTreeMap<Origin, (Checkpoint, u64)>,
    /// How many listings there were.
    count: u64,
    /// The hashes of the last ones, with their numbers; the latest is last.
    hashes: VecDeque<(Hash, u64)>,
}

impl Listings {
    /// Takes what is listed now, by its bytes. What is no listing is as if nothing were.
    pub fn note(&mut self, listing: &[u8]) {
        let now = Hash::of(&[listing]);
        if self.hashes.back().is_none_or(|(last, _)| *last != now) {
            self.take(parse_listing(listing).unwrap_or_default(), now);
        }
    }

    /// Returns what was noted last as what has changed since the listing whose hash is `seen`; `None` where that is not known any more.
    #[must_use]
    pub fn changes(&self, seen: &Hash) -> Option<Vec<u8>> {
        let (now, _) = self.hashes.back()?;
        let (_, since) = self.hashes.iter().rev().find(|(hash, _)| hash == seen)?;
        let changed = self.lines.values().filter(|(_, at)| at > since);
        let changed: Vec<Checkpoint> = changed.map(|(head, _)| head.clone()).collect();
        let mut bytes = format!("{now}\n").into_bytes();
        bytes.extend(listing_bytes(&changed));
        Some(bytes)
    }

    /// Takes what is listed now.
    fn take(&mut self, heads: Vec<Checkpoint>, hash: Hash) {
        self.count += 1;
        let mut lines = BTreeMap::new();
        for head in heads {
            let old = self.lines.remove(&head.origin);
            let at = old.filter(|(old, _)| *old == head).map_or(self.count, |(_, at)| at);
            let _none = lines.insert(head.origin.clone(), (head, at));
        }
        // A log that is not listed any more cannot be told as a change.
        if !self.lines.is_empty() {
            self.hashes.clear();
        }
        self.lines = lines;
        if self.hashes.len() == REMEMBERED_MAX {
            let _oldest = self.hashes.pop_front();
        }
        self.hashes.push_back((hash, self.count));
    }
}

/// Why bytes are not the changes of a listing. The fault of whoever sent them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotChanges {
    /// The first line is no hash.
    #[error("the changes of a listing do not begin with a hash")]
    NoHash,
    /// The others are no listing.
    #[error("the changes of a listing, after their first line: {0}")]
    Lines(#[from] NotAListing),
    /// More logs than a listing may have.
    #[error("with these changes a listing would have more than {LOGS_MAX} logs")]
    TooMany,
    /// They are of another listing.
    #[error("these changes do not give the listing that they name")]
    OtherHash,
}

/// A listing as a follower has it.
#[derive(Debug, Default)]
pub struct Followed {
    lines: BTreeMap<Origin, Checkpoint>,
    hash: Option<Hash>,
}

impl Followed {
    /// Returns the hash of the listing, to be named with the next question; `None`: there is none.
    #[must_use]
    pub const fn hash(&self) -> Option<Hash> {
        self.hash
    }

    /// Takes a whole listing; one that cannot be read is not named afterwards.
    pub fn take_whole(&mut self, listing: &[u8]) {
        let heads = parse_listing(listing).ok();
        self.hash = heads.is_some().then(|| Hash::of(&[listing]));
        let line = |head: Checkpoint| (head.origin.clone(), head);
        self.lines = heads.unwrap_or_default().into_iter().map(line).collect();
    }

    /// Takes what has changed, and returns the whole listing. After a fault nothing is known any more.
    ///
    /// # Errors
    /// [`NotChanges`].
    pub fn take_changes(&mut self, changes: &[u8]) -> Result<Vec<u8>, NotChanges> {
        // Forgotten until it is found good.
        let mut lines = std::mem::take(self).lines;
        let (first, rest) = changes
            .iter()
            .position(|byte| *byte == b'\n')
            .and_then(|end| Some((&changes[..end], changes.get(end + 1..)?)))
            .ok_or(NotChanges::NoHash)?;
        let named = std::str::from_utf8(first).ok().and_then(|text| Hash::parse(text).ok());
        let named = named.ok_or(NotChanges::NoHash)?;
        for head in parse_listing(rest)? {
            let _old = lines.insert(head.origin.clone(), head);
        }
        if lines.len() > LOGS_MAX {
            return Err(NotChanges::TooMany);
        }
        let heads: Vec<Checkpoint> = lines.values().cloned().collect();
        let listing = listing_bytes(&heads);
        if Hash::of(&[&listing]) != named {
            return Err(NotChanges::OtherHash);
        }
        *self = Self { lines, hash: Some(named) };
        Ok(listing)
    }

    /// Forgets it: the next question is for the whole.
    pub fn forget(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(sizes: &[(&str, u64)]) -> Vec<u8> {
        let head = |(party, size): &(&str, u64)| Checkpoint {
            origin: Origin::parse(&format!("six-rivers.example/{party}/1")).unwrap(),
            size: *size,
            root: Hash::of(&[party.as_bytes(), &size.to_be_bytes()]),
        };
        listing_bytes(&sizes.iter().map(head).collect::<Vec<_>>())
    }

    /// A node that lists these one after the other, and a follower of the first: how many lines it is sent for the last; `None`: the whole.
    #[track_caller]
    fn check(listed: &[&[(&str, u64)]], lines: Option<usize>) {
        let (mut gives, mut follows) = (Listings::default(), Followed::default());
        let all: Vec<Vec<u8>> = listed.iter().map(|sizes| listing(sizes)).collect();
        all.iter().for_each(|listing| gives.note(listing));
        assert_eq!(gives.changes(&Hash([9; 32])), None, "not known, so whole");
        let last = all.last().unwrap();
        follows.take_whole(&all[0]);
        let changes = gives.changes(&follows.hash().unwrap());
        let count = |bytes: &Vec<u8>| bytes.iter().filter(|byte| **byte == b'\n').count() - 1;
        assert_eq!(changes.as_ref().map(count), lines);
        if let Some(changes) = changes {
            assert_eq!(follows.take_changes(&changes).as_ref(), Ok(last));
            assert_eq!(follows.hash(), Some(Hash::of(&[last])));
        }
    }

    #[test]
    fn a_follower_gets_the_lines_that_changed_since_its_listing_and_has_the_whole() {
        let begin: &[(&str, u64)] = &[("arva", 3), ("belm", 4), ("orvessa", 5), ("talmera", 6)];
        let grown: &[(&str, u64)] = &[("arva", 3), ("belm", 9), ("orvessa", 5), ("talmera", 6)];
        let again: &[(&str, u64)] = &[("arva", 3), ("belm", 9), ("orvessa", 5), ("talmera", 7)];
        let joined: &[(&str, u64)] =
            &[("arva", 3), ("belm", 4), ("kesh", 1), ("orvessa", 5), ("talmera", 6)];
        check(&[begin, grown], Some(1));
        check(&[begin, grown, again], Some(2));
        check(&[begin, joined], Some(1));
        check(&[begin, begin], Some(0));
        check(&[&[], begin], Some(4));
        // A line that came back to what it was has changed all the same, and the listing is the one that the follower has.
        check(&[begin, grown, begin], Some(0));
        // What is gone cannot be told.
        check(&[joined, begin, grown], None);
    }

    #[test]
    fn a_listing_of_long_ago_is_not_known_any_more() {
        let mut gives = Listings::default();
        let sizes = |n| listing(&[("arva", 1), ("belm", 2), ("orvessa", 3), ("talmera", n)]);
        let seen = Hash::of(&[&sizes(1)]);
        for n in 1..=REMEMBERED_MAX as u64 {
            gives.note(&sizes(n));
            assert!(gives.changes(&seen).is_some(), "{n}");
        }
        gives.note(&sizes(1_000));
        assert_eq!(gives.changes(&seen), None);
        assert!(gives.hashes.len() <= REMEMBERED_MAX);
    }

    #[test]
    fn changes_that_are_cut_short_or_forged_are_refused_and_nothing_is_known_afterwards() {
        let first = listing(&[("arva", 3), ("belm", 4), ("orvessa", 5), ("talmera", 6)]);
        let second = listing(&[("arva", 3), ("belm", 4), ("orvessa", 5), ("talmera", 7)]);
        let mut gives = Listings::default();
        gives.note(&first);
        gives.note(&second);
        let good = gives.changes(&Hash::of(&[&first])).unwrap();
        let refused = |changes: &[u8]| {
            let mut follows = Followed::default();
            follows.take_whole(&first);
            let fault = follows.take_changes(changes).unwrap_err();
            assert_eq!(follows.hash(), None);
            assert!(follows.take_changes(&good).is_err(), "of a listing that is not there");
            fault
        };
        for len in 0..good.len() {
            let _fault = refused(&good[..len]);
        }
        assert_eq!(refused(b""), NotChanges::NoHash);
        assert_eq!(refused(b"\xff\xfe\n"), NotChanges::NoHash);
        assert_eq!(refused(&[good.clone(), b"x".to_vec()].concat()), NotAListing(2).into());
        let other = [format!("{}\n", Hash([7; 32])).as_bytes(), &good[65..]].concat();
        assert_eq!(refused(&other), NotChanges::OtherHash);
        // A line that was left out would read as "holds no more of it".
        assert_eq!(refused(&good[..65]), NotChanges::OtherHash);
        let many: Vec<Checkpoint> = (0..LOGS_MAX)
            .map(|n| Checkpoint {
                origin: Origin::parse(&format!("six-rivers.example/zz-{n:04}/1")).unwrap(),
                size: 1,
                root: Hash([1; 32]),
            })
            .collect();
        let many = [&good[..65], &listing_bytes(&many)].concat();
        assert_eq!(refused(&many), NotChanges::TooMany);
    }
}
