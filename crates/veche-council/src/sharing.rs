//! What records say of who may read others: groups, releases, withdrawals; and which contents are not held here.

use crate::council::Council;
use crate::entry::SYSTEM_KINDS;
use crate::fact::{ProcedureId, RecordId, Standing};
use std::collections::{BTreeMap, BTreeSet};
use veche_charter::marking::GroupId;
use veche_charter::model::{Act, MakesGroup, Releases};
use veche_charter::name::FieldName;
use veche_ledger::json::Value;
use veche_ledger::{Hash, PartyId};

/// What a record that makes a group says.
#[derive(Debug, Clone)]
pub(crate) struct Made {
    pub(crate) members: BTreeSet<PartyId>,
    pub(crate) includes: Vec<Hash>,
}

/// To whom a record releases another.
#[derive(Debug, Clone)]
pub(crate) struct To {
    pub(crate) parties: BTreeSet<PartyId>,
    pub(crate) statuses: BTreeSet<String>,
}

/// Indexes over the records; each follows from them. What the records say is read once: it is asked for at each look at a list.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sharing {
    /// Records that make groups, by the name that labels give to them.
    pub(crate) groups: BTreeMap<GroupId, Vec<RecordId>>,
    /// What those records say.
    pub(crate) made: BTreeMap<RecordId, Made>,
    /// To whom records release others.
    pub(crate) given: BTreeMap<RecordId, To>,
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
        if act.makes_group.is_none() && act.releases.is_none() && !act.withdraws {
            return;
        }
        let Some(terms) = self.terms_of(id) else { return };
        let (leaf, first) =
            (self.records[id.at()].leaf, self.records[id.at()].about.first().copied());
        let made = act.makes_group.as_ref().map(|group| made(group, &terms));
        let given = act.releases.as_ref().map(|releases| to(releases, &terms));
        let record = act.releases.as_ref().and_then(|releases| releases.record.as_ref());
        let withdraws = act.withdraws;
        let about = match record {
            None => first,
            Some(field) => texts(&terms, field).first().and_then(|named| Hash::parse(named).ok()),
        };
        let sharing = &mut self.sharing;
        if made.is_some() || given.is_some() {
            sharing.changes += 1;
        }
        if let Some(made) = made {
            sharing.groups.entry(GroupId::of(&leaf)).or_default().push(id);
            sharing.made.insert(id, made);
        }
        let Some(about) = about else { return };
        if let Some(given) = given {
            sharing.releases.entry(about).or_default().push(id);
            sharing.given.insert(id, given);
        }
        if withdraws {
            sharing.withdrawals.entry(about).or_default().push(id);
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

fn made(group: &MakesGroup, terms: &Value) -> Made {
    let includes = group.includes.as_ref().map(|field| texts(terms, field)).unwrap_or_default();
    Made {
        members: parties(&texts(terms, &group.members)),
        includes: includes.iter().filter_map(|leaf| Hash::parse(leaf).ok()).collect(),
    }
}

fn to(releases: &Releases, terms: &Value) -> To {
    let texts = |field: &Option<FieldName>| {
        field.as_ref().map(|field| texts(terms, field)).unwrap_or_default()
    };
    To {
        parties: parties(&texts(&releases.parties)),
        statuses: texts(&releases.statuses).into_iter().map(str::to_owned).collect(),
    }
}

fn parties(names: &[&str]) -> BTreeSet<PartyId> {
    names.iter().filter_map(|name| PartyId::parse(name).ok()).collect()
}

/// Returns the text in a field, or the texts of the list in it.
fn texts<'t>(terms: &'t Value, field: &FieldName) -> Vec<&'t str> {
    let value = terms.get(field.as_str());
    let list = value.and_then(Value::as_list).unwrap_or_default();
    value.into_iter().chain(list).filter_map(Value::as_text).collect()
}
