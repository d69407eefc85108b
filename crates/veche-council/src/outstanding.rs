//! What a result that has been come to still lacks, and whom it waits for: shown until it is certified.

use crate::council::Council;
use crate::cut::Cut;
use crate::evaluate::Unit;
use crate::fact::ProcedureId;
use crate::held::Over;
use crate::times::host;
use crate::view::names;
use serde::Serialize;
use std::collections::BTreeSet;
use veche_charter::machine;
use veche_ledger::{PartyId, UnixSeconds};

/// What a result lacks before it can be certified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OutstandingView {
    /// What kind of evidence.
    pub lacks: Lack,
    /// Whose, ascending.
    pub parties: Vec<String>,
}

/// A kind of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Lack {
    /// It would bind them, and nothing shows that they had the text.
    Text,
    /// Witnesses that collude could still state other times of their words, or of their receipts: it may stay undecided for good.
    Times,
    /// Their nodes must sign, after it came about, that they have said all.
    Heads,
}

impl Council {
    /// Returns what the result of a unit lacks, over all that is held; `None`: there is none yet, or it is certified.
    pub(crate) fn outstanding(
        &self,
        id: ProcedureId,
        unit: &Unit,
        now: UnixSeconds,
    ) -> Option<OutstandingView> {
        if unit.decision.is_some() {
            return None;
        }
        let cut = Cut::everything();
        let run = &self.with_setting(id, &cut, false, |machine, setting, _, _| {
            machine::view(machine, setting, &unit.run, now)
        })?;
        if run.contested.is_some() {
            return None;
        }
        let outcome = self.machine_of(id)?.states.get(&run.state)?.outcome?;
        let waived =
            unit.run.deadline.as_ref().map(|deadline| deadline.waived.clone()).unwrap_or_default();
        let binds = self.binds(id, unit, outcome, run, &cut);
        let shown = |lacks: Lack, parties: &BTreeSet<PartyId>| {
            Some(OutstandingView { lacks, parties: names(parties) })
        };
        let unheard: BTreeSet<PartyId> = self.unheard(id, run, &binds, &waived, &cut).collect();
        if !unheard.is_empty() {
            return shown(Lack::Text, &unheard);
        }
        let parties = &self.version_of(id).charter.parties;
        let headed: BTreeSet<PartyId> = parties.keys().cloned().collect();
        let over = Over { id, cut: &cut, headed: &headed, until: now };
        let turns = self.held_on(&over, unit, run, &binds);
        if !turns.is_empty() {
            return shown(Lack::Times, &turns);
        }
        let asked = self.eligible(id, run);
        let keepers = asked.difference(&waived).map(|party| {
            parties.get(party).map_or_else(|| party.clone(), |entry| host(party, entry).clone())
        });
        shown(Lack::Heads, &keepers.collect())
    }
}
