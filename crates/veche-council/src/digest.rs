//! The digest of the state: what nodes compare. Equal records and payloads give equal digests, in whatever order they
//! came; nothing that depends on the order of arrival, on a clock, or on what some members may not read enters it.

use crate::council::Council;
use crate::cut::Cut;
use crate::duty::Owed;
use crate::evaluate::Unit;
use crate::fact::{ProcedureId, RecordId, Standing};
use std::fmt::Display;
use veche_ledger::{Hash, Origin};

/// Collects length-prefixed fields, so that no two different states write the same bytes.
#[derive(Default)]
struct Fields {
    bytes: Vec<u8>,
}

impl Fields {
    fn put(&mut self, value: impl Display) -> &mut Self {
        let text = value.to_string();
        self.bytes.extend_from_slice(&(text.len() as u64).to_be_bytes());
        self.bytes.extend_from_slice(text.as_bytes());
        self
    }

    fn hash(&mut self, hash: &Hash) -> &mut Self {
        self.bytes.extend_from_slice(&hash.0);
        self
    }

    fn count(&mut self, n: usize) -> &mut Self {
        self.bytes.extend_from_slice(&(n as u64).to_be_bytes());
        self
    }
}

impl Council {
    /// Returns the digest of what all members may see. Call [`Self::settle`] before.
    #[must_use]
    pub fn digest(&self) -> Hash {
        let mut fields = Fields::default();
        fields.put("veche/state/v1").hash(&self.genesis().hash).count(self.logs.len());
        for (origin, log) in &self.by_origin {
            fields.put(origin).count(self.logs[log.at()].rows.len());
        }
        let mut digests: Vec<Hash> = Vec::new();
        for (at, procedure) in self.procedures.iter().enumerate() {
            let id = ProcedureId(u32::try_from(at).unwrap_or(u32::MAX));
            if let Some(summary) = procedure.summary.as_ref().filter(|_| self.is_shared(id)) {
                digests.push(summary.digest);
            }
        }
        digests.sort_unstable();
        for digest in &digests {
            fields.hash(digest);
        }
        Hash::of(&[&fields.bytes])
    }

    /// Returns each log's size in the state, ascending by origin: the cut that [`Self::digest`] is over.
    pub fn sizes(&self) -> impl Iterator<Item = (&Origin, u64)> {
        self.by_origin.iter().map(|(origin, log)| (origin, self.logs[log.at()].size()))
    }

    pub(crate) fn digest_of(&self, id: ProcedureId, units: &[Unit], duties: &[Owed]) -> Hash {
        let procedure = &self.procedures[id.at()];
        let mut fields = Fields::default();
        fields.hash(&self.name_of(id));
        fields.put(self.start(id, &Cut::everything()).unwrap_or_default());
        fields.count(units.len());
        for unit in units {
            digest_unit(&mut fields, unit);
        }
        let mut touching: Vec<(Hash, u8)> = procedure
            .events
            .iter()
            .chain(&procedure.attached)
            .chain(&procedure.closings)
            .filter(|record| self.is_shared_along(**record))
            .map(|record| {
                (self.records[record.at()].leaf, standing_code(self.records[record.at()].standing))
            })
            .collect();
        touching.sort_unstable();
        for (leaf, standing) in &touching {
            fields.hash(leaf).put(standing);
        }
        for owed in duties {
            fields.put(&owed.duty).put(&owed.owner).put(owed.due);
            match &owed.met_by {
                Some((leaf, at)) => fields.hash(leaf).put(at),
                None => fields.count(0),
            };
        }
        Hash::of(&[&fields.bytes])
    }

    /// Returns true if all members may read a record and what it is about, down to what opens a procedure: how the charter rules on a record
    /// follows also from what that says.
    fn is_shared_along(&self, record: RecordId) -> bool {
        let mut at = record;
        loop {
            let fact = &self.records[at.at()];
            if !self.is_shared_label(fact) {
                return false;
            }
            let about = fact.about.first().and_then(|leaf| self.by_leaf.get(leaf));
            match about.filter(|next| at == record || fact.opens.is_none() && **next != at) {
                Some(next) => at = *next,
                None => return true,
            }
        }
    }

    /// Returns the name of a procedure: its opener's leaf, or the hash that names something spawned.
    pub(crate) fn name_of(&self, id: ProcedureId) -> Hash {
        let procedure = &self.procedures[id.at()];
        procedure
            .spawned
            .as_ref()
            .map_or_else(|| self.records[procedure.opener.at()].leaf, |spawned| spawned.id)
    }
}

fn digest_unit(fields: &mut Fields, unit: &Unit) {
    fields.put(unit.paragraph.unwrap_or_default()).put(&unit.run.state).put(unit.run.since);
    fields.put(unit.run.deadline.as_ref().map(|deadline| deadline.at).unwrap_or_default());
    fields.put(unit.run.contested.is_some()).count(unit.run.positions.len());
    for (party, stated) in &unit.run.positions {
        fields.put(party).put(&stated.position).put(stated.at);
    }
    if let Some(decision) = &unit.decision {
        fields.put(&decision.state).put(decision.at).count(decision.binds.len());
        for party in &decision.binds {
            fields.put(party);
        }
    }
}

const fn standing_code(standing: Standing) -> u8 {
    match standing {
        Standing::Admitted => 1,
        Standing::Refused => 2,
        Standing::Waiting => 3,
        Standing::Withheld => 4,
    }
}
