//! What waits for a party, as its roster is told of it: read off the fold, by duties and clocks.

use super::roster::Roster;
use crate::node::Node;
use crate::pages::Sight;
use crate::pages::watch::is_own_step;
use std::collections::{BTreeMap, BTreeSet};
use veche_charter::machine::Facts;
use veche_charter::model::{Charter, Duty, Trigger};
use veche_charter::rule::Roles;
use veche_council::view::{DutyView, ProcedureView, UnitStatus};
use veche_ledger::{Hash, Label, PartyId, Seconds, UnixSeconds};

/// Most duties of a party that are looked at: what comes after them is due later than all of them.
const DUTIES_MAX: usize = 60;
/// Most clocks that are looked at, those that run out first.
const CLOCKS_MAX: usize = 40;
/// The newest procedures, which are looked at whatever the evidence of their time.
const NEWEST_MAX: usize = 40;
/// A clock that runs out later than this waits for nobody yet.
const CLOCK_WITHIN: Seconds = Seconds::hours(72);
/// What is overdue for so long is for the desk to show: whoever starts a node after weeks is not called a hundred times.
const OVERDUE_FOR: Seconds = Seconds::hours(24);
/// For so long it is told that something urgent was said in the party's own name.
const OWN_FOR: Seconds = Seconds::hours(1);

/// The name of a matter: the record that it comes from, whose it is, and what of the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct MatterId(pub Hash);

/// Something that a person must know of now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matter {
    /// Its name; the same at each look, and after a restart.
    pub id: MatterId,
    /// The procedure that it is in.
    pub procedure: Hash,
    /// Whose matter it is.
    pub party: PartyId,
    /// The procedure's number and title for people.
    pub title: String,
    /// What kind of act opened it, for people.
    pub kind: String,
    /// What is asked of the party, for people.
    pub asks: BTreeSet<String>,
    /// The duties among it, by name.
    pub duties: BTreeSet<String>,
    /// The procedure's label.
    pub label: Label,
    /// The marking that the world knows the label by.
    pub tlp: Option<String>,
    /// Labels that a channel may have to carry its content: the procedure's and those above it.
    pub carriers: BTreeSet<Label>,
    /// Since when.
    pub since: UnixSeconds,
    /// By when; `None`: nothing is owed, it is to be known.
    pub due: Option<UnixSeconds>,
    /// True if it cannot wait for the morning.
    pub is_urgent: bool,
    /// True in an exercise.
    pub is_drill: bool,
}

/// Finds all that waits for a party at a node now. At least everything urgent is among it, soonest due first.
#[must_use]
pub fn waiting(node: &Node, party: &PartyId, roster: &Roster, now: UnixSeconds) -> Vec<Matter> {
    let none = BTreeSet::new();
    let sight =
        Sight { node, party, officer: "", now, is_drill: false, cut_off: &none, contacts: None };
    let mut found = Found { sight, roster, views: BTreeMap::new(), matters: BTreeMap::new() };
    found.duties();
    found.clocks();
    found.newest();
    let mut matters: Vec<Matter> = found.matters.into_values().collect();
    matters.retain(|matter| matter.due.is_none_or(|due| due + OVERDUE_FOR >= now));
    matters.sort_by_key(|matter| (matter.due.unwrap_or(matter.since), matter.id));
    matters
}

/// What of a record a matter is.
struct Cause<'a> {
    /// One word for what goes out together.
    word: String,
    /// How often the party has done the same before: a duty that comes again is a matter of its own.
    round: usize,
    asks: String,
    duty: Option<&'a str>,
    since: UnixSeconds,
    due: Option<UnixSeconds>,
}

struct Found<'a> {
    sight: Sight<'a>,
    roster: &'a Roster,
    views: BTreeMap<Hash, Option<ProcedureView>>,
    matters: BTreeMap<MatterId, Matter>,
}

impl<'a> Found<'a> {
    fn view(&mut self, id: &Hash) -> Option<ProcedureView> {
        self.views.entry(*id).or_insert_with(|| self.sight.view(id)).clone()
    }

    fn owed(&self) -> Vec<DutyView> {
        let (party, now) = (self.sight.party, self.sight.now);
        self.sight.council().owed_for(party, Some(party), None, now, DUTIES_MAX)
    }

    /// Duties that have begun by the evidence of their time.
    fn duties(&mut self) {
        for duty in self.owed() {
            let Ok(id) = Hash::parse(&duty.procedure) else { continue };
            let Some(view) = self.view(&id) else { continue };
            let Some(charter) = self.sight.council().charter_of(&id) else { continue };
            let Some(entry) = charter.duties.iter().find(|(name, _)| name.as_str() == duty.duty)
            else {
                continue;
            };
            let due = time(&duty.due);
            self.add(
                &view,
                Cause {
                    word: trigger_word(entry.1),
                    round: met_before(&view, &duty),
                    asks: asked(&duty.title, due),
                    duty: Some(&duty.duty),
                    since: time(&duty.since),
                    due: Some(due),
                },
            );
        }
    }

    /// Clocks that the party's own act would stop: a text under silence on which it has said nothing, a question put to it.
    fn clocks(&mut self) {
        let now = self.sight.now;
        let ahead = self.sight.council().clocks(now);
        let ahead = ahead.take_while(|(at, _)| *at <= now + CLOCK_WITHIN);
        let ahead = ahead
            .filter(|(_, id)| self.sight.council().sees(self.sight.party, id, now))
            .take(CLOCKS_MAX);
        let ids: BTreeSet<Hash> = ahead.map(|(_, id)| id).collect();
        for id in ids {
            let Some(view) = self.view(&id).filter(|view| !view.is_over) else { continue };
            let silent = view.units.iter().find(|unit| {
                unit.status == UnitStatus::Running
                    && unit.deadline.is_some()
                    && !unit.positions.contains_key(self.sight.party.as_str())
            });
            let Some(unit) = silent else { continue };
            let Some(deadline) = &unit.deadline else { continue };
            if view.author == self.sight.party.as_str() || !self.may_stop(&id, &view) {
                continue;
            }
            let (state, due) = (unit.state.clone(), time(&deadline.at));
            let what = format!("{}: {}", view.machine, unit.state_title);
            let since = time(&unit.since);
            let asks = asked(&what.to_lowercase(), due);
            self.add(
                &view,
                Cause { word: state, round: 0, asks, duty: None, since, due: Some(due) },
            );
        }
    }

    /// Returns true if the party could now take a position on a text, or take the step that is its own.
    fn may_stop(&self, id: &Hash, view: &ProcedureView) -> bool {
        let sight = &self.sight;
        let position = sight.position_act(&view.kind).map(|(kind, _, _)| kind.as_str());
        let acts = sight.council().next_acts(id, sight.party, sight.now);
        let mut allowed = acts.iter().filter(|act| act.refused.is_none());
        allowed.any(|act| position == Some(act.kind.as_str()) || is_own_step(sight, view, act))
    }

    /// What came last: duties whose time no quorum has witnessed yet, so that a node that is cut off tells its people all the
    /// same; and what was said in the party's own name, for a thief signs with the officer's key.
    fn newest(&mut self) {
        let newest = self.sight.council().listed().rev();
        let newest =
            newest.filter(|listed| self.sight.may_list(listed) && !self.sight.is_over(listed));
        for id in newest.take(NEWEST_MAX).map(|listed| listed.id).collect::<Vec<_>>() {
            let Some(view) = self.view(&id) else { continue };
            let Some(charter) = self.sight.council().charter_of(&id) else { continue };
            let since = self.sight.since(&view);
            let begins = charter.duties.iter().filter(|(_, duty)| {
                matches!(&duty.trigger, Trigger::Act(kind) if kind.as_str() == view.kind)
            });
            for (name, duty) in begins {
                self.add_new(&view, charter, (name.as_str(), duty), since);
            }
        }
    }

    fn add_new(
        &mut self,
        view: &ProcedureView,
        charter: &Charter,
        (name, duty): (&str, &Duty),
        since: UnixSeconds,
    ) {
        let (now, party) = (self.sight.now, self.sight.party);
        let Ok(author) = PartyId::parse(&view.author) else { return };
        let owners = charter.owners(duty, &Roles::new(), &author);
        let Some(due) = charter.due(duty, since, &Facts::default()) else { return };
        let has_done = |party: &str| {
            view.attached.iter().any(|a| a.author == party && a.kind == duty.act.as_str())
        };
        if view.since.is_none() && owners.contains(party) && !has_done(party.as_str()) {
            let (word, asks) = (trigger_word(duty), asked(&title_of(name, duty), due));
            self.add(view, Cause { word, round: 0, asks, duty: Some(name), since, due: Some(due) });
        }
        let others = owners.iter().filter(|owner| *owner != party).count();
        let is_new = since + OWN_FOR >= now;
        if author == *party && others > 0 && is_new && due.since(since) <= self.roster.urgent_within
        {
            let asks = format!(
                "said in the name of {}: {others} others owe an answer by {due}",
                self.sight.name(party.as_str())
            );
            self.add(
                view,
                Cause { word: "own".to_owned(), round: 0, asks, duty: None, since, due: None },
            );
        }
    }

    fn add(&mut self, view: &ProcedureView, cause: Cause<'_>) {
        let (Ok(procedure), Ok(label)) = (Hash::parse(&view.id), Label::parse(&view.label)) else {
            return;
        };
        let id = MatterId(Hash::of(&[
            b"reach\n",
            &procedure.0,
            self.sight.party.as_str().as_bytes(),
            format!("\n{}\n{}", cause.word, cause.round).as_bytes(),
        ]));
        let known = self.matters.remove(&id);
        let mut matter = known.unwrap_or_else(|| {
            let charter = self.sight.council().charter_of(&procedure);
            let labels = charter.iter().flat_map(|charter| charter.labels.keys());
            let carriers = labels.filter(|above| {
                charter.is_some_and(|charter| charter.label_at_least(above, &label))
            });
            Matter {
                id,
                procedure,
                party: self.sight.party.clone(),
                title: self.sight.title(view),
                kind: view.kind_title.clone(),
                asks: BTreeSet::new(),
                duties: BTreeSet::new(),
                carriers: carriers.cloned().collect(),
                tlp: charter.and_then(|charter| charter.labels.get(&label)?.tlp.clone()),
                label,
                since: cause.since,
                due: cause.due,
                is_urgent: false,
                is_drill: view.is_drill,
            }
        });
        let span = cause.due.map_or(Seconds(0), |due| due.since(cause.since));
        let is_soon = cause.due.is_some_and(|due| due <= self.sight.now + self.roster.soon);
        matter.is_urgent |= span <= self.roster.urgent_within || is_soon;
        matter.due = matter.due.into_iter().chain(cause.due).min();
        matter.since = matter.since.min(cause.since);
        matter.asks.insert(cause.asks);
        matter.duties.extend(cause.duty.map(str::to_owned));
        self.matters.insert(id, matter);
    }
}

fn trigger_word(duty: &Duty) -> String {
    match &duty.trigger {
        Trigger::Act(_) => "said".to_owned(),
        Trigger::State(machine, state) => format!("{machine}.{state}"),
    }
}

fn title_of(name: &str, duty: &Duty) -> String {
    if duty.title.is_empty() { name.replace('_', " ") } else { duty.title.clone() }
}

fn met_before(view: &ProcedureView, duty: &DutyView) -> usize {
    let same = |d: &&DutyView| d.duty == duty.duty && d.owner == duty.owner && d.met_by.is_some();
    view.duties.iter().filter(same).count()
}

fn asked(what: &str, due: UnixSeconds) -> String {
    format!("{what} by {due}")
}

fn time(text: &str) -> UnixSeconds {
    UnixSeconds::parse(text).unwrap_or_default()
}
