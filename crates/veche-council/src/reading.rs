//! The fold with one party's eyes: what it may not read has no effect on what it is shown.
//!
//! A node may hold more than one of the parties that look at it may read: it keeps the logs of parties without a node, and holds what
//! any of them may read. To hide contents is not enough there. What a record did, the state that it moved, the duty that it met, the
//! number that it took, tells of it too. So a party is shown what the same fold comes to over those records alone that it may read, as
//! if a node of its own held them. Decisions, certificates and the digest are never worked out this way.

use crate::council::Council;
use crate::cut::Cut;
use crate::evaluate::Unit;
use crate::evidence::LogId;
use crate::fact::{Fact, ProcedureId, RecordId, Standing};
use crate::view::{DutyView, ProcedureView, RecordView};
use crate::visible::{Hidden, Visible};
use crate::why::Why;
use std::collections::BTreeMap;
use veche_ledger::json::Value;
use veche_ledger::record::SEALED;
use veche_ledger::{Hash, Origin, PartyId, UnixSeconds};

impl Council {
    /// Returns true if a record has an effect over a cut: all have that the cut's reader may read, and what he said himself; but not what
    /// he reads and that is about something that he does not, for where it belongs would tell him of that.
    pub(crate) fn is_seen(&self, id: RecordId, cut: &Cut) -> bool {
        let Some((reader, now)) = cut.reader() else { return true };
        let mut at = id;
        // Each step leads to a record that the one before names by its hash, so that this ends.
        loop {
            if !self.is_read(at, reader, *now) {
                return false;
            }
            let fact = &self.records[at.at()];
            let target = fact.about.first().and_then(|leaf| self.by_leaf.get(leaf));
            match target.filter(|_| at == id || fact.opens.is_none()) {
                Some(target) => at = *target,
                None => return true,
            }
        }
    }

    fn is_read(&self, id: RecordId, reader: &PartyId, now: UnixSeconds) -> bool {
        self.visible_as(reader, &self.marked(id), now).is_content()
    }

    /// Returns true if the cut's reader may read a record itself, whatever it is about.
    pub(crate) fn is_read_by(&self, id: RecordId, cut: &Cut) -> bool {
        cut.reader().is_none_or(|(reader, now)| self.is_read(id, reader, *now))
    }

    /// Returns true if the cut's reader may read what opened a procedure, and if it was opened by a decision all that this rests on.
    pub(crate) fn is_procedure_seen(&self, id: ProcedureId, cut: &Cut) -> bool {
        let procedure = &self.procedures[id.at()];
        let is_read =
            cut.reader().is_none_or(|(reader, now)| self.is_read(procedure.opener, reader, *now));
        let is_parent_seen = || procedure.parent.is_none_or(|parent| !self.hides(parent, cut));
        is_read && (procedure.spawned.is_none() || is_parent_seen())
    }

    /// Returns the procedure above one, if the cut's reader may know of it and that it is above.
    pub(crate) fn parent_seen(&self, id: ProcedureId, cut: &Cut) -> Option<ProcedureId> {
        let procedure = &self.procedures[id.at()];
        let is_under = procedure.spawned.is_some() || self.is_seen(procedure.opener, cut);
        procedure.parent.filter(|parent| is_under && self.is_procedure_seen(*parent, cut))
    }

    /// Returns true if something that has an effect on a procedure is kept from the cut's reader.
    pub(crate) fn hides(&self, id: ProcedureId, cut: &Cut) -> bool {
        if cut.reader().is_none() {
            return false;
        }
        let procedure = &self.procedures[id.at()];
        let annotates =
            |record: &&RecordId| self.act_of(**record).is_some_and(|act| act.annotates.is_some());
        let annotations = procedure.attached.iter().filter(annotates);
        procedure.events.iter().chain(annotations).any(|record| {
            self.records[record.at()].standing == Standing::Admitted && !self.is_seen(*record, cut)
        })
    }

    pub(crate) fn is_over_seen(&self, id: ProcedureId, cut: &Cut, units: &[Unit]) -> bool {
        if self.hides(id, cut) {
            return self.are_over(id, units);
        }
        self.procedures[id.at()].summary.as_ref().is_some_and(|summary| summary.is_over)
    }

    /// Returns true if a party may read a record, by its leaf hash: never of one that is not here.
    #[must_use]
    pub fn reads_record(&self, reader: &PartyId, leaf: &Hash, now: UnixSeconds) -> bool {
        self.by_leaf.get(leaf).is_some_and(|id| self.is_read(*id, reader, now))
    }

    /// Returns true if a party may know of a procedure, by its name: never of one that is not here.
    #[must_use]
    pub fn sees(&self, reader: &PartyId, name: &Hash, now: UnixSeconds) -> bool {
        let id = self.procedure_opened_by(name);
        id.is_some_and(|id| self.is_procedure_seen(id, &Cut::read_by(reader.clone(), now)))
    }

    /// Returns true if a procedure rests on something that is kept from a party: then what was decided in it, with its certificate, is
    /// not for him.
    #[must_use]
    pub fn rests_on_unread(&self, reader: &PartyId, name: &Hash, now: UnixSeconds) -> bool {
        let cut = Cut::read_by(reader.clone(), now);
        self.procedure_opened_by(name).is_some_and(|id| self.hides(id, &cut))
    }

    /// Returns a procedure as a party sees it at a time; `None` if it may not know of it, or there is none.
    #[must_use]
    pub fn procedure_for(
        &self,
        reader: &PartyId,
        name: &Hash,
        now: UnixSeconds,
    ) -> Option<ProcedureView> {
        let (id, cut) = (self.procedure_opened_by(name)?, Cut::read_by(reader.clone(), now));
        self.is_procedure_seen(id, &cut).then(|| self.procedure_view(id, &cut, now))
    }

    /// Returns true if a procedure is under no other that a party knows of.
    #[must_use]
    pub fn is_top_for(&self, reader: &PartyId, name: &Hash, now: UnixSeconds) -> bool {
        let cut = Cut::read_by(reader.clone(), now);
        self.procedure_opened_by(name).is_some_and(|id| self.parent_seen(id, &cut).is_none())
    }

    /// Returns true if all in a procedure is at its end, as a party sees it.
    #[must_use]
    pub fn is_over_for(&self, reader: &PartyId, name: &Hash, now: UnixSeconds) -> bool {
        let Some(id) = self.procedure_opened_by(name) else { return false };
        let cut = Cut::read_by(reader.clone(), now);
        let units = if self.hides(id, &cut) { self.units(id, &cut) } else { Vec::new() };
        self.is_over_seen(id, &cut, &units)
    }

    /// Returns why each unit of a procedure stands as it does for a party; nothing if it may not know of it.
    #[must_use]
    pub fn why_for(&self, reader: &PartyId, name: &Hash, now: UnixSeconds) -> Vec<Why> {
        let cut = Cut::read_by(reader.clone(), now);
        let id = self.procedure_opened_by(name).filter(|id| self.is_procedure_seen(*id, &cut));
        id.map(|id| self.why_over(id, &cut, now)).unwrap_or_default()
    }

    /// As [`Self::owed_after`], of what a party may read. `party`: whose duties; `None`: everybody's.
    #[must_use]
    pub fn owed_for(
        &self,
        reader: &PartyId,
        party: Option<&PartyId>,
        after: Option<(UnixSeconds, Hash, PartyId)>,
        now: UnixSeconds,
        limit: usize,
    ) -> Vec<DutyView> {
        self.owed_rows(party, &Cut::read_by(reader.clone(), now), after, now, limit)
    }

    /// As [`Self::all_duties`], of what a party may read.
    #[must_use]
    pub fn all_duties_for(&self, reader: &PartyId, now: UnixSeconds) -> Vec<DutyView> {
        let cut = Cut::read_by(reader.clone(), now);
        let seen = self.ids().filter(|id| self.is_procedure_seen(*id, &cut));
        seen.flat_map(|id| self.duty_views(id, &cut, now)).collect()
    }

    /// Returns the first procedure with this number for people among those that a party may know of.
    #[must_use]
    pub fn by_number_for(&self, reader: &PartyId, number: &str, now: UnixSeconds) -> Option<Hash> {
        let first = *self.by_number.get(number)?;
        let cut = Cut::read_by(reader.clone(), now);
        if self.is_procedure_seen(first, &cut) {
            return Some(self.name_of(first));
        }
        // The number was given twice, the first time where he does not see it.
        let has_it = |id: &ProcedureId| {
            let given = self.opening_terms(*id);
            given.as_ref().and_then(|terms| terms.get("ref")).and_then(Value::as_text)
                == Some(number)
        };
        let mut others = self.ids().filter(|id| self.is_procedure_seen(*id, &cut) && has_it(id));
        others.next().map(|id| self.name_of(id))
    }

    /// Returns the first number with a prefix that is free as far as a party may know: `P` gives `P-3` after P-1 and P-2.
    #[must_use]
    pub fn next_number_for(&self, reader: &PartyId, prefix: &str, now: UnixSeconds) -> String {
        let number = |n: u32| format!("{prefix}-{n}");
        let is_free = |n: &u32| self.by_number_for(reader, &number(*n), now).is_none();
        number((1..u32::MAX).find(is_free).unwrap_or_default())
    }

    /// Returns a record as a party may know it, by its leaf hash: of one that it may not read what the header tells everybody.
    #[must_use]
    pub fn record_for(
        &self,
        reader: &PartyId,
        leaf: &Hash,
        now: UnixSeconds,
    ) -> Option<RecordView> {
        Some(self.view_for(*self.by_leaf.get(leaf)?, reader, now))
    }

    /// As [`Self::record_for`], by log and number; `None` for receipts, which have no effect of their own.
    #[must_use]
    pub fn record_at_for(
        &self,
        reader: &PartyId,
        log: &Origin,
        index: u64,
        now: UnixSeconds,
    ) -> Option<RecordView> {
        let log = &self.logs[self.by_origin.get(log)?.at()];
        let id = (*log.rows.get(usize::try_from(index).ok()?)?)?;
        Some(self.view_for(id, reader, now))
    }

    /// Returns the record that opened a procedure, or the one above it that a decision opened it in.
    #[must_use]
    pub fn opener_of(&self, name: &Hash) -> Option<Hash> {
        let id = self.procedure_opened_by(name)?;
        Some(self.records[self.procedures[id.at()].opener.at()].leaf)
    }

    fn view_for(&self, id: RecordId, reader: &PartyId, now: UnixSeconds) -> RecordView {
        let view = self.record_view(id);
        if !self.is_read(id, reader, now) {
            return outside(view, &self.records[id.at()]);
        }
        let is_placed = self.is_seen(id, &Cut::read_by(reader.clone(), now));
        if is_placed {
            return view;
        }
        // How the charter ruled on it follows from what it is about: as at a node that does not hold that.
        RecordView { procedure: None, ruling: "withheld".to_owned(), refused: None, ..view }
    }

    /// Returns how many records whose headers say so are about a procedure and are kept from a party. What is sealed says of nothing
    /// what it is about, and is not counted.
    #[must_use]
    pub fn unread_about(&self, reader: &PartyId, name: &Hash, now: UnixSeconds) -> u64 {
        let Some(id) = self.procedure_opened_by(name) else { return 0 };
        let procedure = &self.procedures[id.at()];
        let records = procedure.events.iter().chain(&procedure.attached);
        let kept = |record: &&RecordId| {
            !self.records[record.at()].is_sealed && !self.is_read(**record, reader, now)
        };
        records.filter(kept).count() as u64
    }
}

/// Why the content of a record is not a party's to read here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unread {
    /// It is sealed: its header does not say whom it is for.
    Sealed,
    /// Its label, which its header says, is for others.
    Label,
    /// Its label narrows itself to a group that the party is not in.
    Group,
    /// Its label, or its group, is not known here: its author alone knows what is meant.
    UnknownLabel,
    /// It was released to the party, and that was withdrawn.
    Withdrawn,
    /// The party may read it, and it is not here: whoever gave the record did not give its content, or nobody has it any more.
    NotGiven,
}

impl Council {
    /// Returns why a party cannot read a record's content here; `None` if it can, or the record is not here.
    #[must_use]
    pub fn unread(&self, reader: &PartyId, leaf: &Hash, now: UnixSeconds) -> Option<Unread> {
        self.why_unread(*self.by_leaf.get(leaf)?, reader, now)
    }

    /// Counts the records whose content a party cannot read here, by log and by why. Every record is looked at.
    #[must_use]
    pub fn unread_counts(
        &self,
        reader: &PartyId,
        now: UnixSeconds,
    ) -> BTreeMap<(Origin, Unread), u64> {
        let ids = (0..self.records.len()).filter_map(|at| u32::try_from(at).ok()).map(RecordId);
        self.unread_among(ids, reader, now)
    }

    /// Counts as [`Self::unread_counts`] where the contents held are those of this one reader: only records without one are looked at.
    #[must_use]
    pub fn unopened_counts(
        &self,
        reader: &PartyId,
        now: UnixSeconds,
    ) -> BTreeMap<(Origin, Unread), u64> {
        self.unread_among(self.sharing.unopened.iter().copied(), reader, now)
    }

    fn unread_among(
        &self,
        ids: impl Iterator<Item = RecordId>,
        reader: &PartyId,
        now: UnixSeconds,
    ) -> BTreeMap<(Origin, Unread), u64> {
        let mut counts: BTreeMap<(LogId, Unread), u64> = BTreeMap::new();
        for id in ids {
            if let Some(why) = self.why_unread(id, reader, now) {
                *counts.entry((self.records[id.at()].log, why)).or_default() += 1;
            }
        }
        let named = counts.into_iter();
        named.map(|((log, why), n)| ((self.logs[log.at()].origin.clone(), why), n)).collect()
    }

    fn why_unread(&self, id: RecordId, reader: &PartyId, now: UnixSeconds) -> Option<Unread> {
        let hidden = match self.visible_as(reader, &self.marked(id), now) {
            Visible::Content(_) => {
                return self.records[id.at()].terms.is_none().then_some(Unread::NotGiven);
            }
            Visible::Hash(_) => return Some(Unread::Sealed),
            Visible::Header(hidden) => hidden,
        };
        Some(match hidden {
            Hidden::Label | Hidden::Sealed => Unread::Label,
            Hidden::NotInGroup(_) => Unread::Group,
            Hidden::UnknownGroup(_) | Hidden::UnknownLabel | Hidden::NotInForce => {
                Unread::UnknownLabel
            }
            Hidden::Withdrawn { .. } => Unread::Withdrawn,
        })
    }
}

/// Leaves of a record's view what its header tells everybody, and what nodes say of having it. Who has what is sealed would tell whom it
/// is for, so that nothing is left of that.
fn outside(view: RecordView, fact: &Fact) -> RecordView {
    let plain = RecordView {
        terms: None,
        ruling: "withheld".to_owned(),
        refused: None,
        procedure: None,
        redacted: None,
        ..view
    };
    if !fact.is_sealed {
        return plain;
    }
    RecordView {
        kind: SEALED.to_owned(),
        label: SEALED.to_owned(),
        about: Vec::new(),
        at: None,
        not_before: None,
        receipts: Default::default(),
        ..plain
    }
}
