//! Who owes a duty, and by when.

use crate::machine::{Facts, span_end};
use crate::model::{Charter, Duty, DutyOwner};
use crate::rule::{Roles, is_met};
use std::collections::BTreeSet;
use veche_ledger::{PartyId, UnixSeconds};

impl Charter {
    /// Returns who owes a duty, once its trigger is there. `roles`: in the trigger's matter; `author`: the trigger's.
    #[must_use]
    pub fn owners(&self, duty: &Duty, roles: &Roles, author: &PartyId) -> BTreeSet<PartyId> {
        let (actor, skip_author) = match &duty.owner {
            DutyOwner::Each(actor) => (actor, false),
            DutyOwner::EachOther(actor) => (actor, true),
        };
        let owes = self.parties.iter().filter(|(id, party)| {
            is_met(actor, id, &party.status, &party.tags, roles) && !(skip_author && *id == author)
        });
        owes.map(|(id, _)| id.clone()).collect()
    }

    /// Returns by when a duty that started at a time is due; `None` if the matter's facts do not hold what it reads.
    #[must_use]
    pub fn due(&self, duty: &Duty, since: UnixSeconds, facts: &Facts) -> Option<UnixSeconds> {
        span_end(&duty.within, since, self.calendars.get(&self.calendar)?, facts)
    }
}
