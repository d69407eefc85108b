//! What records say of who may read others: groups, releases, withdrawals; and which contents are not held here.

use crate::council::Council;
use crate::entry::SYSTEM_KINDS;
use crate::fact::{ProcedureId, RecordId, Standing};
use std::collections::{BTreeMap, BTreeSet};
use veche_charter::marking::GroupId;
use veche_charter::model::Act;
use veche_ledger::Hash;

/// Indexes over the records; each follows from them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sharing {
    /// Records that make groups, by the name that labels give to them.
    pub(crate) groups: BTreeMap<GroupId, Vec<RecordId>>,
    /// Records that release, by what they release.
    pub(crate) releases: BTreeMap<Hash, Vec<RecordId>>,
    /// Records that withdraw a release, by that release.
    pub(crate) withdrawals: BTreeMap<Hash, Vec<RecordId>>,
    /// Releases and withdrawals that were to be decided, and were adopted.
    pub(crate) adopted: BTreeSet<RecordId>,
    /// Records whose content is not held here.
    pub(crate) unopened: BTreeSet<RecordId>,
    /// Counts up whenever one of them may let somebody read more.
    pub(crate) changes: u64,
}

/// Returns true if an act gives a record to read without a decision, or ends that: it acts on no procedure, so that all nodes put it to the same place, whether
/// they can read what it is about or not.
pub(crate) const fn gives(act: &Act) -> bool {
    act.opens.is_none() && (act.releases.is_some() || act.withdraws)
}

impl Council {
    /// Notes an admitted record that says who may read others.
    pub(crate) fn note_sharing(&mut self, id: RecordId) {
        let Some(act) = self.act_of(id) else { return };
        let (makes_group, releases, withdraws) =
            (act.makes_group.is_some(), act.releases.is_some(), act.withdraws);
        let record = act.releases.as_ref().and_then(|releases| releases.record.clone());
        let leaf = self.records[id.at()].leaf;
        let about = match record {
            None => self.records[id.at()].about.first().copied(),
            Some(field) => {
                let terms = self.terms_of(id);
                let named = terms.as_ref().and_then(|t| t.get(field.as_str())?.as_text());
                named.and_then(|named| Hash::parse(named).ok())
            }
        };
        let sharing = &mut self.sharing;
        if makes_group {
            sharing.groups.entry(GroupId::of(&leaf)).or_default().push(id);
        }
        if let Some(about) = about {
            if releases {
                sharing.releases.entry(about).or_default().push(id);
            }
            if withdraws {
                sharing.withdrawals.entry(about).or_default().push(id);
            }
        }
        if makes_group || releases {
            sharing.changes += 1;
        }
    }

    /// Notes that a release, or the end of one, was adopted: it stays so.
    pub(crate) fn note_adopted(&mut self, id: ProcedureId) {
        let procedure = &self.procedures[id.at()];
        let opener = procedure.opener;
        let is_asked = procedure.spawned.is_none()
            && !self.sharing.adopted.contains(&opener)
            && self.opening_act(id).is_some_and(|act| act.releases.is_some() || act.withdraws);
        if is_asked && procedure.closings.iter().any(|closing| self.adopts(id, *closing)) {
            self.sharing.adopted.insert(opener);
            self.sharing.changes += 1;
        }
    }

    /// Builds the indexes anew from a state.
    pub(crate) fn index_sharing(&mut self) {
        let ids = (0..self.records.len()).filter_map(|at| u32::try_from(at).ok()).map(RecordId);
        for id in ids {
            let fact = &self.records[id.at()];
            let kind = self.names.kinds.name(fact.kind).as_str();
            if fact.terms.is_none() && !SYSTEM_KINDS.contains(&kind) {
                self.sharing.unopened.insert(id);
            }
            if fact.standing == Standing::Admitted {
                self.note_sharing(id);
            }
        }
        let ids = (0..self.procedures.len()).filter_map(|at| u32::try_from(at).ok());
        for id in ids.map(ProcedureId) {
            self.note_adopted(id);
        }
    }
}
