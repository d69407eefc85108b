//! Holding: what receipts not stated yet, or kept back, could still turn is not certified.
//!
//! A colluding witness may state that it had a record at any hour. So the result over a cut is worked out again in other
//! worlds, each with times that another cut could prove, and must be the same in all of them
//! (`formats/certificate.md`, section 4, *Held*).

use crate::council::Council;
use crate::cut::Cut;
use crate::evaluate::Unit;
use crate::fact::{ProcedureId, RecordId};
use crate::times::host;
use crate::withdrawal::{self, Withdrawal};
use std::collections::{BTreeMap, BTreeSet};
use veche_charter::machine::{self, Event, Run, Setting};
use veche_charter::model::Machine;
use veche_ledger::{PartyId, UnixSeconds};

/// What a closing is worked out over.
pub(crate) struct Over<'a> {
    pub(crate) id: ProcedureId,
    pub(crate) cut: &'a Cut,
    /// The parties whose heads it carries: such a party, if honest, has said all that it held until then.
    pub(crate) headed: &'a BTreeSet<PartyId>,
    /// The earliest time on any head.
    pub(crate) until: UnixSeconds,
}

/// Other times than those proven, over which a result must be the same.
#[derive(Clone, Copy)]
struct World<'a> {
    /// When the text began to be before the members.
    start: UnixSeconds,
    /// Whose nodes had it from the start after all.
    heard: &'a BTreeSet<PartyId>,
    /// Statements at other times.
    moved: &'a [Event],
    /// What was taken back, and when.
    taken: &'a [Withdrawal],
}

/// A unit's evaluation, to be repeated with other times.
struct Worlds<'a> {
    over: &'a Over<'a>,
    unit: &'a Unit,
    machine: &'a Machine,
    setting: &'a Setting<'a>,
    /// The statements about it at their proven times.
    sure: &'a [Event],
    /// Those that may have been earlier, each at its earliest.
    early: &'a [Event],
}

impl Worlds<'_> {
    fn with<'b>(&'b self, receipts: &'b BTreeMap<PartyId, UnixSeconds>) -> Setting<'b> {
        Setting { receipts, ..*self.setting }
    }
}

impl Council {
    /// Returns whose times could give a unit another result over another cut that is closed and has its heads: witnesses that
    /// collude may yet state receipts of any hour, or keep back those that they stated. Then nothing may be certified, or two
    /// certificates could contradict one another. Nobody's: the result is certain.
    ///
    /// Each time that the result rests on lies for certain, over any such cut, between the earliest that this one allows
    /// and the latest: of the text, of each statement about it, of its receipt by a party that states none. The result
    /// must be the same for all of them; `formats/certificate.md`, section 4, lists which are tried.
    pub(crate) fn held_on(
        &self,
        over: &Over<'_>,
        unit: &Unit,
        end: &Run,
        binds: &BTreeSet<PartyId>,
    ) -> BTreeSet<PartyId> {
        if self.naive.trusts_author_clock || self.naive.certifies_what_may_turn {
            return BTreeSet::new();
        }
        let touches = |on: &Option<Vec<u32>>| {
            unit.paragraph.is_none_or(|number| on.as_ref().is_none_or(|on| on.contains(&number)))
        };
        let records = self.procedures[over.id.at()].events.iter();
        let early = records.filter_map(|r| self.early_event(over.id, *r, over.cut, over.headed));
        let early: Vec<Event> =
            early.filter(|(_, on)| touches(on)).map(|(event, _)| event).collect();
        let turns =
            self.with_setting(over.id, over.cut, false, |machine, setting, start, events| {
                let sure: Vec<Event> =
                    events.iter().filter(|(_, on)| touches(on)).map(|(e, _)| e.clone()).collect();
                let is_early =
                    |e: &Event| !sure.iter().any(|s| s.reference == e.reference && s.at == e.at);
                let early: Vec<Event> = early.into_iter().filter(is_early).collect();
                let worlds = Worlds { over, unit, machine, setting, sure: &sure, early: &early };
                self.turned_by(&worlds, start, end, binds)
            });
        turns.flatten().unwrap_or_default()
    }

    /// Returns whose times make the first world that comes to something else; none: all come to the same.
    fn turned_by(
        &self,
        worlds: &Worlds<'_>,
        proven: UnixSeconds,
        end: &Run,
        binds: &BTreeSet<PartyId>,
    ) -> Option<BTreeSet<PartyId>> {
        let Over { id, cut, headed, .. } = *worlds.over;
        let mut taken = vec![self.withdrawals(id, cut), self.early_withdrawals(id, cut, headed)];
        taken.dedup();
        let silent = self.silent_keepers(id, cut);
        let mut hearers = vec![BTreeSet::new()];
        hearers.extend(silent.iter().map(|keeper| BTreeSet::from([keeper.clone()])));
        hearers.extend((silent.len() > 1).then(|| silent.clone()));
        let mut moves: Vec<&[Event]> = vec![&[], worlds.early];
        moves.extend(worlds.early.chunks(1).filter(|_| worlds.early.len() > 1));
        for start in self.starts(worlds, proven) {
            for heard in &hearers {
                for moved in &moves {
                    for taken in &taken {
                        let world = World { start, heard, moved, taken };
                        if !self.comes_to(worlds, &world, end, binds) {
                            return Some(self.whose(id, &world, proven));
                        }
                    }
                }
            }
        }
        None
    }

    /// Returns the parties whose times a world has otherwise than proven: who spoke, or hid that it had the text; else the
    /// author of the text itself.
    fn whose(&self, id: ProcedureId, world: &World<'_>, proven: UnixSeconds) -> BTreeSet<PartyId> {
        let mut parties: BTreeSet<PartyId> = world.heard.clone();
        parties.extend(world.moved.iter().map(|event| event.by.clone()));
        if parties.is_empty() || world.start != proven {
            parties.insert(self.party_of(self.procedures[id.at()].opener).clone());
        }
        parties
    }

    /// Returns the starts to try: as proven, the earliest that it may be, and between them each at which a statement comes
    /// to lie on the other side of the first deadline.
    fn starts(&self, worlds: &Worlds<'_>, proven: UnixSeconds) -> BTreeSet<UnixSeconds> {
        let over = worlds.over;
        let procedure = &self.procedures[over.id.at()];
        let earliest = match procedure.spawned {
            Some(_) => None,
            None => self.earliest(procedure.opener, over.cut, over.headed),
        };
        let earliest = earliest.unwrap_or(proven).min(proven);
        let mut starts = BTreeSet::from([earliest, proven]);
        let deadline = |start: UnixSeconds| {
            let receipts = self.opening_receipts(over.id, start, over.cut);
            let run = machine::run(worlds.machine, &worlds.with(&receipts), start, &[]);
            run.deadline.map(|deadline| deadline.at)
        };
        let (Some(first), Some(last)) = (deadline(earliest), deadline(proven)) else {
            return starts;
        };
        let times = worlds.sure.iter().chain(worlds.early).map(|event| event.at);
        for time in times.filter(|time| first <= *time && *time < last) {
            // The first start whose deadline lies after the statement: deadlines never go back as starts go on.
            let (mut late, mut in_time) = (earliest.0, proven.0);
            while in_time - late > 1 {
                let middle = late + (in_time - late) / 2;
                match deadline(UnixSeconds(middle)).is_some_and(|deadline| deadline > time) {
                    true => in_time = middle,
                    false => late = middle,
                }
            }
            starts.extend([UnixSeconds(late), UnixSeconds(in_time)]);
        }
        starts
    }

    /// Returns the parties whose nodes state no receipt of the text inside a cut, though they keep it for others than its
    /// author: one that colludes may yet state that it had the text from the start.
    fn silent_keepers(&self, id: ProcedureId, cut: &Cut) -> BTreeSet<PartyId> {
        let heard = self.opening_receipts(id, UnixSeconds(0), cut);
        let parties = &self.version_of(id).charter.parties;
        let silent = parties.iter().filter(|(party, _)| !heard.contains_key(*party));
        silent.map(|(party, entry)| host(party, entry).clone()).collect()
    }

    /// Returns true if a unit has the same result with another start, with parties that had the text from the start after
    /// all, and with some statements at other times. Whether a party that hid its receipt is bound itself is left aside.
    fn comes_to(
        &self,
        worlds: &Worlds<'_>,
        world: &World<'_>,
        end: &Run,
        binds: &BTreeSet<PartyId>,
    ) -> bool {
        let over = worlds.over;
        let World { start, heard, moved, taken } = *world;
        let mut receipts = self.opening_receipts(over.id, start, over.cut);
        let parties = &self.version_of(over.id).charter.parties;
        let hidden: BTreeSet<PartyId> = parties
            .iter()
            .filter(|(party, entry)| heard.contains(host(party, entry)))
            .map(|(party, _)| party.clone())
            .filter(|party| !receipts.contains_key(party))
            .collect();
        receipts.extend(hidden.iter().map(|party| (party.clone(), start)));
        let stays = |e: &&Event| moved.iter().all(|m| m.reference != e.reference);
        let mut all: Vec<Event> = worlds.sure.iter().filter(stays).cloned().collect();
        all.extend(moved.iter().cloned().map(|mut event| {
            event.at = event.at.max(start);
            event.not_before = event.at;
            event
        }));
        all.sort_by(|a, b| (a.at, self.place(a)).cmp(&(b.at, self.place(b))));
        let setting = worlds.with(&receipts);
        let (run, suspended) = withdrawal::run(worlds.machine, &setting, start, &all, taken);
        let run = machine::view(worlds.machine, &setting, &run, over.until);
        let outcome = worlds.machine.states.get(&run.state).and_then(|state| state.outcome);
        let opener = self.procedures[over.id.at()].opener;
        if run.state != end.state || run.contested.is_some() || suspended.holds(opener) {
            return false;
        }
        let Some(outcome) = outcome else { return false };
        let is_bound = |times: &dyn Fn(RecordId) -> Option<UnixSeconds>| {
            let mut bound = self.bound(
                over.id,
                over.cut,
                worlds.unit.paragraph,
                outcome,
                &run,
                &suspended,
                times,
            );
            let mut stated = binds.clone();
            for party in &hidden {
                bound.remove(party);
                stated.remove(party);
            }
            bound == stated
        };
        is_bound(&|record| self.interval(record, over.cut).map(|interval| interval.at))
            && is_bound(&|record| self.earliest(record, over.cut, over.headed))
    }
}
