//! How much of a record a party may see, and why. Every way out of a node asks here, and nowhere else.
//!
//! ```text
//! own record ── label ── group ── day of downgrade ── release      the first that says yes gives the content
//! ```
//!
//! **Invariant:** nothing here is part of the digest: who may read is a view of the state at a time, and the time is an argument.
//!
//! **Invariant:** what is not known gives nothing: an unknown label, a group whose record is not held and a charter that is not in force leave
//! the content to its author.

use crate::council::Council;
use crate::cut::Cut;
use crate::entry::Entry;
use crate::fact::{Fact, RecordId};
use crate::sharing::Made;
use crate::version::Version;
use std::collections::BTreeSet;
use std::fmt;
use veche_charter::Charter;
use veche_charter::marking::{GroupId, Marking};
use veche_ledger::{Hash, Header, Label, Origin, PartyId, UnixSeconds};

/// How deep groups may lie in groups; what lies deeper adds nobody. A chain of ten offices fits.
pub const GROUP_DEPTH_MAX: usize = 16;

/// How many groups one group's members are collected from; what is beyond adds nobody.
pub const GROUPS_WALKED_MAX: usize = 256;

/// What a party may see of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Visible {
    /// All of it.
    Content(Shown),
    /// Kind, label, what it is about, size; not what it says.
    Header(Hidden),
    /// That there is something of this size: it travels sealed.
    Hash(Hidden),
}

/// Why a party may read a record's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// It is the party's own.
    Own,
    /// Its label lets the party read it.
    Label,
    /// The party is in its group, and reads the label that the group narrows.
    Group(GroupId),
    /// It is read as a lower label by now.
    Downgraded {
        /// The label that it is read as.
        to: Label,
    },
    /// A record released it to the party.
    Released {
        /// That record.
        by: Hash,
    },
}

/// Why a party may not read a record's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hidden {
    /// Its label does not reach the party.
    Label,
    /// The party reads the label, and is not in the group.
    NotInGroup(GroupId),
    /// The record that made the group is not held here.
    UnknownGroup(GroupId),
    /// The charter has no such label, or it is malformed, or two groups have the name in it.
    UnknownLabel,
    /// It travels sealed, and its label is not known here.
    Sealed,
    /// It names a charter that is not in force here.
    NotInForce,
    /// It was released to the party, and that was withdrawn.
    Withdrawn {
        /// The record that withdrew it.
        by: Hash,
    },
}

impl Visible {
    /// Returns true if the content may be read.
    #[must_use]
    pub const fn is_content(&self) -> bool {
        matches!(self, Self::Content(_))
    }

    /// Returns true if more may be learnt than that there is a record.
    #[must_use]
    pub const fn is_header(&self) -> bool {
        matches!(self, Self::Content(_) | Self::Header(_))
    }

    /// Returns why it may not be read.
    #[must_use]
    pub const fn hidden(&self) -> Option<&Hidden> {
        match self {
            Self::Content(_) => None,
            Self::Header(why) | Self::Hash(why) => Some(why),
        }
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own => f.write_str("its own record"),
            Self::Label => f.write_str("its label reaches the party"),
            Self::Group(group) => write!(f, "the party is in group `{group}`"),
            Self::Downgraded { to } => write!(f, "its time is up: it is read as `{to}`"),
            Self::Released { by } => write!(f, "released by record `{}`", by.short()),
        }
    }
}

impl fmt::Display for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Label => f.write_str("its label does not reach the party"),
            Self::NotInGroup(group) => write!(f, "the party is not in group `{group}`"),
            Self::UnknownGroup(group) => {
                write!(f, "the record that made group `{group}` is not held here")
            }
            Self::UnknownLabel => {
                f.write_str("its label is unknown, so that its author alone reads it")
            }
            Self::Sealed => f.write_str("it travels sealed"),
            Self::NotInForce => f.write_str("it names a charter that is not in force here"),
            Self::Withdrawn { by } => {
                write!(f, "it was released, and record `{}` withdrew that", by.short())
            }
        }
    }
}

/// What who may read a record depends on.
#[derive(Debug, Clone, Copy)]
pub struct Marked<'a> {
    /// Its author.
    pub author: &'a PartyId,
    /// Its hash.
    pub leaf: &'a Hash,
    /// Its label; that inside of a sealed record if it was opened, else `sealed`.
    pub label: &'a Label,
    /// What it names as its charter.
    pub charter: &'a Hash,
    /// True if it travels sealed.
    pub is_sealed: bool,
    /// Its author's clock.
    pub time: UnixSeconds,
}

impl<'a> Marked<'a> {
    /// Returns it of an entry that need not be in the state yet. `author`: the party of its log.
    #[must_use]
    pub const fn of(author: &'a PartyId, entry: &'a Entry) -> Self {
        Self {
            author,
            leaf: &entry.leaf,
            label: &entry.label,
            charter: &entry.charter,
            is_sealed: entry.is_sealed,
            time: entry.time,
        }
    }
}

impl Council {
    /// Returns what a party may see of a record at a time; `None` if the record is not in the state. `now` is read for downgrades alone.
    #[must_use]
    pub fn visible(&self, reader: &PartyId, leaf: &Hash, now: UnixSeconds) -> Option<Visible> {
        let id = *self.by_leaf.get(leaf)?;
        Some(self.visible_as(reader, &self.marked(id), now))
    }

    /// Returns what a party may see of a procedure at a time: what it may see of the record that opened it.
    #[must_use]
    pub fn visible_matter(
        &self,
        reader: &PartyId,
        procedure: &Hash,
        now: UnixSeconds,
    ) -> Option<Visible> {
        let id = self.procedure_opened_by(procedure)?;
        Some(self.visible_as(reader, &self.marked(self.procedures[id.at()].opener), now))
    }

    /// Returns what a party may see of a record that need not be in the state yet.
    #[must_use]
    pub fn visible_as(&self, reader: &PartyId, record: &Marked<'_>, now: UnixSeconds) -> Visible {
        if reader == record.author {
            return Visible::Content(Shown::Own);
        }
        let by_label = self.by_label(reader, record, now);
        let hidden = match by_label {
            Ok(shown) => return Visible::Content(shown),
            Err(hidden) => hidden,
        };
        let hidden = match self.by_release(reader, record.leaf) {
            Ok(Some(by)) => return Visible::Content(Shown::Released { by }),
            Ok(None) => hidden,
            Err(by) => Hidden::Withdrawn { by },
        };
        if record.is_sealed { Visible::Hash(hidden) } else { Visible::Header(hidden) }
    }

    /// Returns the groups that a label's name in it could be: one, or the label is unknown.
    fn group_named(&self, group: &GroupId) -> Result<RecordId, Hidden> {
        let made = self.sharing.groups.get(group).map(Vec::as_slice).unwrap_or_default();
        let has_weight = |id: &&RecordId| self.has_weight(**id, &Cut::everything());
        let mut made = made.iter().filter(has_weight);
        match (made.next(), made.next()) {
            (None, _) => Err(Hidden::UnknownGroup(*group)),
            (Some(id), None) => Ok(*id),
            (Some(_), Some(_)) => Err(Hidden::UnknownLabel),
        }
    }

    /// Returns the parties of a group and of those that it includes, as far as their records are held; `None` if its own is not.
    #[must_use]
    pub fn members_of(&self, group: &GroupId) -> Option<BTreeSet<PartyId>> {
        let first = self.group_named(group).ok()?;
        let (mut members, mut seen) = (BTreeSet::new(), BTreeSet::new());
        let mut level = vec![first];
        for _ in 0..GROUP_DEPTH_MAX {
            let mut below = Vec::new();
            for id in level {
                if seen.len() >= GROUPS_WALKED_MAX || !seen.insert(id) {
                    continue;
                }
                let Some(Made { members: own, includes }) = self.sharing.made.get(&id) else {
                    continue;
                };
                members.extend(own.iter().cloned());
                let held = includes.iter().filter_map(|leaf| self.by_leaf.get(leaf).copied());
                below.extend(held.filter(|id| self.has_weight(*id, &Cut::everything())));
            }
            level = below;
        }
        Some(members)
    }

    /// Returns the least label that is at least each of two, of records made under a charter; none if there is none.
    #[must_use]
    pub fn label_join(&self, a: &Label, b: &Label, charter: &Hash) -> Option<Label> {
        let is_within = |inner: &GroupId, outer: &GroupId| {
            let both = self.members_of(inner).zip(self.members_of(outer));
            both.is_some_and(|(inner, outer)| inner.is_subset(&outer))
        };
        self.charter_named(charter)?.label_join(a, b, is_within)
    }

    fn by_label(
        &self,
        reader: &PartyId,
        record: &Marked<'_>,
        now: UnixSeconds,
    ) -> Result<Shown, Hidden> {
        if record.label.as_str() == SEALED {
            return Err(Hidden::Sealed);
        }
        let marking = Marking::of(record.label).ok_or(Hidden::UnknownLabel)?;
        let named = self.version_named(record.charter).ok_or(Hidden::NotInForce)?;
        let version = &self.versions[named.at()];
        let charter = &version.charter;
        if !charter.labels.contains_key(&marking.base)
            || (marking.group.is_some() && !charter.has_groups())
        {
            return Err(Hidden::UnknownLabel);
        }
        if let Some(group) = &marking.group {
            let _made_by = self.group_named(group)?;
        }
        let base = &marking.base;
        let shown = if self.reads_base(reader, base, version) {
            None
        } else {
            let lower = self.lowered(charter, record, base, now);
            Some(lower.filter(|to| self.reads_base(reader, to, version)).ok_or(Hidden::Label)?)
        };
        if let Some(group) = marking.group
            && !self.members_of(&group).is_some_and(|members| members.contains(reader))
        {
            return Err(Hidden::NotInGroup(group));
        }
        Ok(match (shown, marking.group) {
            (Some(to), _) => Shown::Downgraded { to },
            (None, Some(group)) => Shown::Group(group),
            (None, None) => Shown::Label,
        })
    }

    /// Returns true if a party reads a label of a charter. A party that joined later reads what the charter that brought it lets it read.
    fn reads_base(&self, party: &PartyId, base: &Label, version: &Version) -> bool {
        if version.charter.parties.contains_key(party) {
            return version.audience.reads_base(party, base);
        }
        self.brought_by(party).is_some_and(|version| version.audience.reads_base(party, base))
    }

    /// Returns the lowest label that a record is read as by now: by its label's span, counted from its author's clock, and by the day that its
    /// act lets its author set. A sealed record stays: nobody else could tell which of them are old enough.
    fn lowered(
        &self,
        charter: &Charter,
        record: &Marked<'_>,
        base: &Label,
        now: UnixSeconds,
    ) -> Option<Label> {
        if record.is_sealed {
            return None;
        }
        let calendar = charter.calendars.get(&charter.calendar)?;
        let mut lowest = base.clone();
        // Each step leads to a label strictly below: the loader sees to it.
        while let Some(step) =
            charter.labels.get(&lowest).and_then(|entry| entry.downgrade.as_ref())
            && calendar.add(record.time, step.after) <= now
        {
            lowest = step.to.clone();
        }
        if let Some(to) = self.lowered_by_day(record.leaf, &lowest, charter, now) {
            lowest = to;
        }
        (lowest != *base).then_some(lowest)
    }

    fn lowered_by_day(
        &self,
        leaf: &Hash,
        from: &Label,
        charter: &Charter,
        now: UnixSeconds,
    ) -> Option<Label> {
        let id = *self.by_leaf.get(leaf)?;
        let downgrade = self.act_of(id)?.downgrade.as_ref()?;
        let terms = self.terms_of(id)?;
        let day = UnixSeconds::parse(terms.get(downgrade.at.as_str())?.as_text()?).ok()?;
        (day <= now && charter.label_at_least(from, &downgrade.to)).then(|| downgrade.to.clone())
    }

    /// Returns the record that releases another to a party, if one does, or else the record that withdrew it.
    fn by_release(&self, reader: &PartyId, leaf: &Hash) -> Result<Option<Hash>, Hash> {
        let of_it = self.sharing.releases.get(leaf).into_iter().flatten().copied();
        // A release is read by those whom it names, whatever its label.
        let itself = self.by_leaf.get(leaf).copied();
        let itself = itself.filter(|id| self.sharing.given.contains_key(id));
        let mut withdrawn = None;
        for id in of_it.chain(itself).filter(|id| self.is_released_to(*id, reader)) {
            match self.withdrawal_of(id) {
                None => return Ok(Some(self.records[id.at()].leaf)),
                Some(by) => withdrawn = Some(self.records[by.at()].leaf),
            }
        }
        withdrawn.map_or(Ok(None), Err)
    }

    /// Returns the record that withdrew a release, if one has effect.
    fn withdrawal_of(&self, release: RecordId) -> Option<RecordId> {
        let leaf = self.records[release.at()].leaf;
        let of_it = self.sharing.withdrawals.get(&leaf).into_iter().flatten().copied();
        of_it.filter(|id| self.has_effect(*id)).min_by_key(|id| self.records[id.at()].leaf)
    }

    /// Returns true if a record's effect is not taken from it, and if it was to be decided, it was adopted.
    fn has_effect(&self, id: RecordId) -> bool {
        let needs_decision = self.act_of(id).is_some_and(|act| act.opens.is_some());
        self.has_weight(id, &Cut::everything())
            && (!needs_decision || self.sharing.adopted.contains(&id))
    }

    fn is_released_to(&self, release: RecordId, reader: &PartyId) -> bool {
        let Some(to) = self.sharing.given.get(&release).filter(|_| self.has_effect(release)) else {
            return false;
        };
        let is_named = |version: &Version| {
            let entry = version.charter.parties.get(reader);
            entry.is_some_and(|entry| {
                to.parties.contains(reader) || to.statuses.contains(entry.status.as_str())
            })
        };
        is_named(self.version(release)) || self.brought_by(reader).is_some_and(is_named)
    }

    /// Returns what a party may see of a record that is stored and is not in the state, as its own receipts are not.
    #[must_use]
    pub fn visible_header(
        &self,
        reader: &PartyId,
        log: &Origin,
        header: &Header,
        leaf: &Hash,
        now: UnixSeconds,
    ) -> Visible {
        let Ok(author) = PartyId::parse(log.party()) else {
            return Visible::Hash(Hidden::UnknownLabel);
        };
        let marked = Marked {
            author: &author,
            leaf,
            label: &header.label,
            charter: &header.charter,
            is_sealed: header.is_sealed(),
            time: header.time,
        };
        self.visible_as(reader, &marked, now)
    }

    /// Returns true if a record that is not in the state yet was meant for a party when it was made: by its label and group.
    #[must_use]
    pub fn is_labelled_for(&self, party: &PartyId, entry: &Entry) -> bool {
        let Ok(author) = PartyId::parse(entry.log.party()) else { return false };
        self.by_label(party, &Marked::of(&author, entry), UnixSeconds(0)).is_ok()
    }

    /// Returns true if a record was meant for a party when it was made: by its label and group, or as its own.
    pub(crate) fn is_for(&self, party: &PartyId, id: RecordId) -> bool {
        let record = self.marked(id);
        // At its own hour nothing is downgraded yet.
        party == record.author || self.by_label(party, &record, UnixSeconds(0)).is_ok()
    }

    pub(crate) fn marked(&self, id: RecordId) -> Marked<'_> {
        let fact = &self.records[id.at()];
        Marked {
            author: self.party_of(id),
            leaf: &fact.leaf,
            label: self.names.labels.name(fact.label),
            charter: self.names.charters.name(fact.charter),
            is_sealed: fact.is_sealed,
            time: fact.time,
        }
    }

    /// Returns the records whose content is not held here although one of these parties may read it, or may perhaps: log and number, in the
    /// order of arrival.
    #[must_use]
    pub fn lacking(&self, readers: &BTreeSet<PartyId>, now: UnixSeconds) -> Vec<(Origin, u64)> {
        let is_in = |group: &GroupId| {
            self.members_of(group).is_some_and(|members| !members.is_disjoint(readers))
        };
        let groups = self.sharing.groups.iter().filter(|(group, _)| is_in(group));
        let groups: Vec<RecordId> = groups.flat_map(|(_, made)| made).copied().collect();
        let is_due = |id: &&RecordId| {
            let marked = self.marked(**id);
            readers.iter().any(|reader| self.visible_as(reader, &marked, now).is_content())
                || self.may_be_of(&self.records[id.at()], &groups)
        };
        let due = self.sharing.unopened.iter().filter(is_due);
        due.map(|id| {
            let fact = &self.records[id.at()];
            (self.logs[fact.log.at()].origin.clone(), u64::from(fact.index))
        })
        .collect()
    }

    /// Returns true if a sealed record may carry the label of one of these groups, because its author knew of it: the group's record stands
    /// before it in its own log, or in what that log had seen.
    fn may_be_of(&self, fact: &Fact, groups: &[RecordId]) -> bool {
        let seen = &self.logs[fact.log.at()].seen;
        let knew = |made: &RecordId| {
            let group = &self.records[made.at()];
            if group.log == fact.log {
                return group.index < fact.index;
            }
            let Ok(at) = seen.binary_search_by_key(&group.log, |(log, _)| *log) else {
                return false;
            };
            let heads = &seen[at].1;
            let until = heads.partition_point(|(at, _)| *at <= fact.index);
            until.checked_sub(1).is_some_and(|last| heads[last].1 > u64::from(group.index))
        };
        fact.is_sealed && groups.iter().any(knew)
    }

    /// Returns a number that changes whenever somebody may read what he could not before, but for the passing of time.
    #[must_use]
    pub const fn sharing_changes(&self) -> u64 {
        self.sharing.changes
    }
}

/// The kind and label of a record whose own are in its opening.
pub(crate) const SEALED: &str = "sealed";
