//! Machines, evaluated: events in the order of their evidence in, the state and each step's reason out.
//!
//! A run holds deadlines, never their passing: [`run`] lets a clock run out only where a later event, or evidence that is
//! closed through a time, proves that it did; [`view`] shows what the clocks say now.

use crate::model::{
    Actor, Calendar, Charter, Clock, ClockSpan, ClockStart, Duration, Finally, Machine, State,
    Target, Transition, Unreached, UnreachedThen,
};
use crate::name::{ArticleId, EventName, FieldName, Position, RuleName, StateName};
use crate::rule::{self, Bench, Positions, Roles, Verdict, evaluate, fits};
use std::collections::{BTreeMap, BTreeSet};
use veche_ledger::{PartyId, UnixSeconds};

/// Most timeouts in a row without an event: a charter may let states follow one another on clocks alone, in a circle.
pub const TIMEOUTS_IN_A_ROW_MAX: usize = 1000;

/// The event that settles a contested step, if the machine accepts it. At any other time it is refused.
pub const RULING: &str = "ruling";

/// What a machine's evaluation needs besides its events.
pub struct Setting<'a> {
    /// Where rules, classes of durations and named calendars are found.
    pub charter: &'a Charter,
    /// Who exists.
    pub bench: &'a Bench,
    /// Who holds which role at a time: the chair changes with it.
    pub roles: &'a dyn Fn(UnixSeconds) -> Roles,
    /// The calendar of clocks that name none.
    pub calendar: &'a Calendar,
    /// What the opening act says that clocks read.
    pub facts: &'a Facts,
    /// Who got the opening text, and when; who is not there has not got it.
    pub receipts: &'a BTreeMap<PartyId, UnixSeconds>,
    /// Evidence is complete up to this time: clocks have run so far even without a later event.
    pub closed_through: Option<UnixSeconds>,
}

/// What the opening act says that clocks read.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Its urgency: `urgent`.
    pub urgency: Option<String>,
    /// Its fields of form `duration`.
    pub durations: BTreeMap<FieldName, Duration>,
    /// Its fields of form `time`.
    pub times: BTreeMap<FieldName, UnixSeconds>,
}

/// Something that a party did, with the bounds of when.
#[derive(Debug, Clone)]
pub struct Event {
    /// By then others held it: the upper bound.
    pub at: UnixSeconds,
    /// Not before this: the lower bound.
    pub not_before: UnixSeconds,
    /// Whose it is.
    pub by: PartyId,
    /// What it is.
    pub event: EventName,
    /// The position that it states.
    pub position: Option<Position>,
    /// The caller's own number for it.
    pub reference: u64,
}

/// A position with the record that states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stated {
    /// The position.
    pub position: Position,
    /// The event's reference.
    pub reference: u64,
    /// The event's upper bound.
    pub at: UnixSeconds,
}

/// Where a machine stands after some events, and how it came there.
#[derive(Debug, Clone)]
pub struct Run {
    /// The state.
    pub state: StateName,
    /// When it was entered.
    pub since: UnixSeconds,
    /// When its clock runs out, if it has one that runs.
    pub deadline: Option<Deadline>,
    /// The last position of each party since they were last cleared.
    pub positions: BTreeMap<PartyId, Stated>,
    /// Distinct parties so far for each transition that takes several, by its place in the state's list.
    pub progress: BTreeMap<usize, BTreeSet<PartyId>>,
    /// The event of which nobody can tell whether it came in time.
    pub contested: Option<Contest>,
    /// Every event and timeout, in order.
    pub steps: Vec<Step>,
    /// What the rule said that led into the state, if one did.
    pub verdict: Option<Verdict>,
    /// The last state that ran out without an event since, and when.
    expired: Option<(StateName, UnixSeconds)>,
}

/// When a state's clock runs out, and for whom it was extended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deadline {
    /// As set, before any extension.
    pub nominal: UnixSeconds,
    /// In the end.
    pub at: UnixSeconds,
    /// Parties whose late receipt, or lack of one, extended it.
    pub extended_for: BTreeSet<PartyId>,
    /// Parties that the text does not reach in time.
    pub unreached: BTreeSet<PartyId>,
    /// Those of them whose silence counts or who are left out: their logs' heads are not waited for.
    pub waived: BTreeSet<PartyId>,
    /// Those of them who are taken out of the eligible.
    pub excluded: BTreeSet<PartyId>,
    /// True if an unreached party blocks.
    pub blocks: bool,
    /// With `start = "own_receipt"`: each party's own deadline.
    pub own: BTreeMap<PartyId, UnixSeconds>,
}

/// An event whose bounds lie on both sides of the deadline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contest {
    /// The event's reference.
    pub reference: u64,
    /// Whose event.
    pub by: PartyId,
    /// The deadline.
    pub deadline: UnixSeconds,
    /// The event's lower bound.
    pub not_before: UnixSeconds,
    /// The event's upper bound.
    pub at: UnixSeconds,
}

/// One event or timeout, and what it did.
#[derive(Debug, Clone)]
pub struct Step {
    /// When: the event's upper bound, or the deadline.
    pub at: UnixSeconds,
    /// The event's reference; none for a timeout.
    pub reference: Option<u64>,
    /// What it did.
    pub what: StepKind,
    /// The article that decides it.
    pub article: Option<ArticleId>,
}

/// What an event or timeout did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepKind {
    /// It moved the machine.
    Moved {
        /// From this state.
        from: StateName,
        /// To this one; the same again restarts its clock.
        to: StateName,
        /// The rule that chose, and what it said.
        verdict: Option<(RuleName, Box<Verdict>)>,
    },
    /// The clock ran out.
    TimedOut {
        /// From this state.
        from: StateName,
        /// To this one.
        to: StateName,
        /// The deadline.
        at: UnixSeconds,
        /// The rule that chose, and what it said.
        verdict: Option<(RuleName, Box<Verdict>)>,
        /// Parties that block because the text did not reach them.
        blocked_by: BTreeSet<PartyId>,
    },
    /// The position was noted; nothing moved.
    Recorded,
    /// It counts towards a number of parties not yet reached.
    Counted {
        /// Distinct parties so far.
        have: u32,
        /// Distinct parties needed.
        need: u32,
    },
    /// It came at or after the deadline.
    Late {
        /// The deadline.
        deadline: UnixSeconds,
    },
    /// Nobody can tell whether it came before the deadline.
    Contested {
        /// The deadline.
        deadline: UnixSeconds,
    },
    /// It has no effect.
    Refused {
        /// Why.
        why: Refusal,
    },
}

/// Why an event has no effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Others may do that.
    WrongActor {
        /// Who may, in words.
        allowed: String,
    },
    /// The state does not know the event.
    NoSuchEvent {
        /// The events that it knows.
        accepts: Vec<EventName>,
    },
    /// Nothing follows the state.
    Final,
}

/// Returns where the machine stands after the events.
///
/// `events`: in evidence order, that is by `at`; one that is out of order is taken as if it came now. Clocks run out only
/// where an event proves it (its lower bound is at or after the deadline), or up to `closed_through`.
#[must_use]
pub fn run(machine: &Machine, setting: &Setting<'_>, start: UnixSeconds, events: &[Event]) -> Run {
    let taken = vec![false; events.len()];
    let mut walk = Walk { machine, setting, events, taken, run: Run::start(machine, start) };
    walk.set_deadline();
    for at in 0..events.len() {
        walk.take_at(at);
    }
    if let Some(time) = setting.closed_through {
        walk.run_clocks(time);
    }
    walk.run
}

/// Returns the run as it stands at `now`: every clock that has run out by then has run out.
///
/// A deadline at `now` itself has passed. A contested run does not move.
#[must_use]
pub fn view(machine: &Machine, setting: &Setting<'_>, run: &Run, now: UnixSeconds) -> Run {
    let taken = Vec::new();
    let mut walk = Walk { machine, setting, events: &[], taken, run: run.clone() };
    walk.run_clocks(now);
    walk.run
}

/// Returns the run as it will stand if nothing more is said: at most `clocks` clocks run out, one after the other.
#[must_use]
pub fn ahead(machine: &Machine, setting: &Setting<'_>, run: &Run, clocks: usize) -> Run {
    let mut run = run.clone();
    for _ in 0..clocks {
        let Some(at) = run.deadline.as_ref().map(|deadline| deadline.at) else { break };
        let next = view(machine, setting, &run, at);
        if next.steps.len() == run.steps.len() {
            break;
        }
        run = next;
    }
    run
}

impl Run {
    fn start(machine: &Machine, start: UnixSeconds) -> Self {
        Self {
            state: machine.start.clone(),
            since: start,
            deadline: None,
            positions: BTreeMap::new(),
            progress: BTreeMap::new(),
            contested: None,
            steps: Vec::new(),
            verdict: None,
            expired: None,
        }
    }

    /// Returns true if a clock led to the present state, and no act.
    #[must_use]
    pub const fn is_by_clock(&self) -> bool {
        self.expired.is_some()
    }

    /// Returns the positions without the records that state them, as rules take them.
    #[must_use]
    pub fn stated(&self) -> Positions {
        self.positions.iter().map(|(id, s)| (id.clone(), s.position.clone())).collect()
    }
}

/// How an event's bounds lie to a deadline.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Timing {
    InTime,
    Straddles(UnixSeconds),
    Late(UnixSeconds),
}

/// A run on its way.
struct Walk<'a> {
    machine: &'a Machine,
    setting: &'a Setting<'a>,
    events: &'a [Event],
    /// Which of the events have been taken: one that straddles a deadline is, before the clock runs out.
    taken: Vec<bool>,
    run: Run,
}

impl<'a> Walk<'a> {
    fn state(&self) -> Option<&'a State> {
        self.machine.states.get(&self.run.state)
    }

    fn take_at(&mut self, at: usize) {
        let events = self.events;
        let (Some(event), Some(taken)) = (events.get(at), self.taken.get_mut(at)) else { return };
        if !std::mem::replace(taken, true) {
            self.take(event);
        }
    }

    /// Returns the first event not yet taken that may have come before a deadline, though it is held only since after it.
    /// No clock runs out over its head, wherever it stands in the order: a late yes does not settle an earlier no.
    fn straddling(&self, deadline: UnixSeconds) -> Option<usize> {
        let straddles = |event: &Event| {
            event.not_before < deadline && event.at >= deadline && self.has_effect(event)
        };
        let waiting = self.events.iter().zip(&self.taken);
        waiting
            .enumerate()
            .find(|(_, (event, taken))| !**taken && straddles(event))
            .map(|(at, _)| at)
    }

    /// Returns true if the present state would note the event or move by it.
    fn has_effect(&self, event: &Event) -> bool {
        let roles = (self.setting.roles)(event.at);
        self.state().is_some_and(|state| {
            matches!(self.find(state, event, &roles), Found::Matches(..) | Found::Records)
        })
    }

    /// Returns what a state makes of an event as things stand. A ruling is nothing while nothing is contested, nobody rules
    /// on what he himself said, and what a ruling finds is no position on the text.
    fn find(&self, state: &'a State, event: &Event, roles: &Roles) -> Found<'a> {
        let found = find(state, event, self.setting.bench, roles);
        if event.event.as_str() != RULING {
            return found;
        }
        match (&self.run.contested, found) {
            (None, _) => Found::Nothing,
            (Some(contest), Found::Matches(_, t)) if contest.by == event.by => Found::WrongActor(t),
            (Some(_), found) => found,
        }
    }

    fn take(&mut self, event: &Event) {
        self.run_clocks(event.not_before);
        let deadline = self.run.deadline.as_ref().map(|d| d.at);
        let straddles = deadline.is_some_and(|at| event.not_before < at && event.at >= at);
        if straddles && !self.has_effect(event) {
            // Before the deadline it would do nothing: it is taken after it, and if it does nothing there either, what was
            // against it before the deadline is still the better answer.
            let before = self.state();
            self.run_clocks(event.at);
            if let Some(before) = before.filter(|_| !self.has_effect(event)) {
                let roles = (self.setting.roles)(event.at);
                if let Found::WrongActor(t) = self.find(before, event, &roles) {
                    let why = Refusal::WrongActor { allowed: allowed(before, event) };
                    return self.refuse(event, why, t.article.clone());
                }
            }
        }
        let Some(state) = self.state() else { return };
        let roles = (self.setting.roles)(event.at);
        if self.run.contested.is_some() && event.event.as_str() != RULING {
            return self.take_while_contested(event);
        }
        let found = self.find(state, event, &roles);
        let timing = if self.run.contested.is_some() { Timing::InTime } else { self.timing(event) };
        match (found, timing) {
            (Found::Nothing, _) => self.refuse_or_late(state, event),
            (Found::WrongActor(t), _) => {
                self.refuse(
                    event,
                    Refusal::WrongActor { allowed: allowed(state, event) },
                    t.article.clone(),
                );
            }
            (_, Timing::Late(deadline)) => {
                self.note(event, StepKind::Late { deadline }, state.article.clone());
            }
            (Found::Records, Timing::InTime) => self.record(event, state),
            (Found::Records, Timing::Straddles(deadline)) => {
                self.record_straddling(event, state, deadline);
            }
            (Found::Matches(index, t), Timing::InTime) => self.count(event, index, t, &roles),
            (Found::Matches(index, t), Timing::Straddles(deadline)) => {
                self.count_straddling(event, index, t, deadline);
            }
        }
    }

    fn timing(&self, event: &Event) -> Timing {
        let Some(deadline) = &self.run.deadline else { return Timing::InTime };
        let at = deadline.own.get(&event.by).copied().unwrap_or(deadline.at);
        if event.at < at {
            Timing::InTime
        } else if event.not_before >= at {
            Timing::Late(at)
        } else if self.may_be_contested() {
            Timing::Straddles(at)
        } else {
            Timing::InTime
        }
    }

    /// Returns true if a step here may be left open. A register decides nothing that could be certified: if nobody may rule in
    /// it, what may have come in time came in time, for else it would stand still for good.
    fn may_be_contested(&self) -> bool {
        let is_ruling = |t: &Transition| t.event.as_str() == RULING;
        self.machine.decides()
            || self.machine.leaves_contested
            || self.state().is_some_and(|state| state.on.iter().any(is_ruling))
    }

    fn take_while_contested(&mut self, event: &Event) {
        let Some(contest) = &self.run.contested else { return };
        let deadline = contest.deadline;
        let article = self.state().and_then(|s| s.article.clone());
        let what = if event.not_before >= deadline {
            StepKind::Late { deadline }
        } else {
            StepKind::Contested { deadline }
        };
        self.note(event, what, article);
    }

    /// Notes the position of an event that matches no transition.
    fn record(&mut self, event: &Event, state: &State) {
        self.state_position(event);
        self.note(event, StepKind::Recorded, state.article.clone());
    }

    /// A position that would only be noted is contested if the clock's end turns on it, and late if it does not.
    fn record_straddling(&mut self, event: &Event, state: &State, deadline: UnixSeconds) {
        let roles = (self.setting.roles)(deadline);
        let before = self.ask_timeout(state, &self.run.stated(), &roles);
        let mut stated = self.run.stated();
        stated.extend(event.position.clone().map(|p| (event.by.clone(), p)));
        let after = self.ask_timeout(state, &stated, &roles);
        let outcome = |v: &Option<Verdict>| v.as_ref().map(|v| (v.result, v.bound.clone()));
        if outcome(&before) == outcome(&after) {
            self.note(event, StepKind::Late { deadline }, state.article.clone());
        } else {
            self.contest(event, deadline, state.article.clone());
        }
    }

    fn ask_timeout(&self, state: &State, positions: &Positions, roles: &Roles) -> Option<Verdict> {
        let excluded = self.run.deadline.as_ref().map(|d| d.excluded.clone()).unwrap_or_default();
        match state.timeout.as_ref()? {
            Target::State(_) => None,
            Target::Rule { rule, mode, .. } => {
                let rule = self.setting.charter.rules.get(rule)?;
                Some(evaluate(rule, self.setting.bench, roles, positions, *mode, &excluded))
            }
        }
    }

    /// Counts the event towards its transition, and takes it once enough parties have come.
    fn count(&mut self, event: &Event, index: usize, transition: &'a Transition, roles: &Roles) {
        self.state_position(event);
        let article =
            transition.article.clone().or_else(|| self.state().and_then(|s| s.article.clone()));
        let who = self.run.progress.entry(index).or_default();
        who.insert(event.by.clone());
        let have = u32::try_from(who.len()).unwrap_or(u32::MAX);
        if have < transition.need {
            return self.note(event, StepKind::Counted { have, need: transition.need }, article);
        }
        let from = self.run.state.clone();
        let (to, verdict) = self.resolve(&transition.target, roles, &BTreeSet::new());
        self.note(event, StepKind::Moved { from, to: to.clone(), verdict }, article);
        self.run.contested = None;
        self.run.expired = None;
        self.enter(to, event.at);
    }

    /// An event that is one of several and does not complete them changes nothing yet, on whichever side it lies.
    fn count_straddling(
        &mut self,
        event: &Event,
        index: usize,
        transition: &'a Transition,
        deadline: UnixSeconds,
    ) {
        let article =
            transition.article.clone().or_else(|| self.state().and_then(|s| s.article.clone()));
        let who = self.run.progress.entry(index).or_default();
        let is_new = !who.contains(&event.by);
        let have = u32::try_from(who.len()).unwrap_or(u32::MAX).saturating_add(u32::from(is_new));
        if have < transition.need {
            who.insert(event.by.clone());
            self.note(event, StepKind::Counted { have, need: transition.need }, article);
        } else {
            self.contest(event, deadline, article);
        }
    }

    fn contest(&mut self, event: &Event, deadline: UnixSeconds, article: Option<ArticleId>) {
        self.run.contested = Some(Contest {
            reference: event.reference,
            by: event.by.clone(),
            deadline,
            not_before: event.not_before,
            at: event.at,
        });
        self.note(event, StepKind::Contested { deadline }, article);
    }

    /// An event unknown here was late if the state that ran out would have known it.
    fn refuse_or_late(&mut self, state: &State, event: &Event) {
        let expired = self
            .run
            .expired
            .clone()
            .and_then(|(name, at)| Some((self.machine.states.get(&name)?, at)));
        if let Some((before, deadline)) = expired
            && knows(before, event)
        {
            return self.note(event, StepKind::Late { deadline }, before.article.clone());
        }
        let why = if state.is_final {
            Refusal::Final
        } else {
            let accepts: BTreeSet<EventName> = state.on.iter().map(|t| t.event.clone()).collect();
            Refusal::NoSuchEvent { accepts: accepts.into_iter().collect() }
        };
        self.refuse(event, why, state.article.clone());
    }

    fn refuse(&mut self, event: &Event, why: Refusal, article: Option<ArticleId>) {
        let article = article.or_else(|| self.machine.article.clone());
        self.note(event, StepKind::Refused { why }, article);
    }

    fn note(&mut self, event: &Event, what: StepKind, article: Option<ArticleId>) {
        let article = article.or_else(|| self.machine.article.clone());
        self.run.steps.push(Step { at: event.at, reference: Some(event.reference), what, article });
    }

    fn state_position(&mut self, event: &Event) {
        if let Some(position) = event.position.as_ref().filter(|_| event.event.as_str() != RULING) {
            let stated =
                Stated { position: position.clone(), reference: event.reference, at: event.at };
            self.run.positions.insert(event.by.clone(), stated);
        }
    }

    /// Lets every clock run out that has run out by `now`.
    fn run_clocks(&mut self, now: UnixSeconds) {
        for _ in 0..TIMEOUTS_IN_A_ROW_MAX {
            let is_over = self.run.deadline.as_ref().is_some_and(|d| d.at <= now);
            if !is_over || self.run.contested.is_some() {
                return;
            }
            let deadline = self.run.deadline.as_ref().map_or(now, |d| d.at);
            match self.straddling(deadline) {
                Some(at) => self.take_at(at),
                None => self.time_out(),
            }
        }
    }

    fn time_out(&mut self) {
        let Some(deadline) = self.run.deadline.take() else { return };
        let Some(state) = self.state() else { return };
        let Some(target) = &state.timeout else { return };
        let blocked_to =
            state.clock.as_ref().and_then(|c| c.unreached.as_ref()?.blocked_to.clone());
        let from = self.run.state.clone();
        let at = deadline.at;
        let (to, verdict, blocked_by) = match blocked_to {
            Some(to) if deadline.blocks => {
                self.run.verdict = None;
                (to, None, deadline.unreached)
            }
            _ => {
                let roles = (self.setting.roles)(at);
                let (to, verdict) = self.resolve(target, &roles, &deadline.excluded);
                (to, verdict, BTreeSet::new())
            }
        };
        // A block is decided by the article of the state that it leads to: that one says what an unheard silence is worth.
        let of_block = self
            .machine
            .states
            .get(&to)
            .filter(|_| !blocked_by.is_empty())
            .and_then(|s| s.article.clone());
        let article =
            of_block.or_else(|| state.article.clone()).or_else(|| self.machine.article.clone());
        self.run.expired = Some((from.clone(), at));
        let what = StepKind::TimedOut { from, to: to.clone(), at, verdict, blocked_by };
        self.run.steps.push(Step { at, reference: None, what, article });
        self.enter(to, at);
    }

    /// Returns where a target leads, and what its rule said.
    fn resolve(
        &mut self,
        target: &Target,
        roles: &Roles,
        excluded: &BTreeSet<PartyId>,
    ) -> (StateName, Option<(RuleName, Box<Verdict>)>) {
        let (name, pass, fail, no_quorum, mode) = match target {
            Target::State(to) => {
                // What an earlier state's rule found says nothing about this one.
                self.run.verdict = None;
                return (to.clone(), None);
            }
            Target::Rule { rule, pass, fail, no_quorum, mode } => {
                (rule, pass, fail, no_quorum, *mode)
            }
        };
        let Some(rule) = self.setting.charter.rules.get(name) else { return (fail.clone(), None) };
        let verdict = evaluate(rule, self.setting.bench, roles, &self.run.stated(), mode, excluded);
        let to = match verdict.result {
            rule::RuleResult::Adopted => pass,
            rule::RuleResult::Failed => fail,
            rule::RuleResult::NoQuorum => no_quorum.as_ref().unwrap_or(fail),
        };
        self.run.verdict = Some(verdict.clone());
        (to.clone(), Some((name.clone(), Box::new(verdict))))
    }

    fn enter(&mut self, to: StateName, at: UnixSeconds) {
        self.run.state = to;
        self.run.since = at;
        self.run.progress.clear();
        if self.state().is_some_and(|s| s.fresh) {
            self.run.positions.clear();
        }
        self.set_deadline();
    }

    fn set_deadline(&mut self) {
        self.run.deadline = self.state().and_then(|state| {
            let clock = state.clock.as_ref()?;
            let setter = SetDeadline {
                setting: self.setting,
                events: self.events,
                state,
                clock,
                since: self.run.since,
            };
            setter.deadline()
        });
    }
}

/// What a state makes of an event.
enum Found<'a> {
    Matches(usize, &'a Transition),
    Records,
    WrongActor(&'a Transition),
    Nothing,
}

/// Returns the first transition that the event meets; otherwise whether its position is noted.
fn find<'a>(state: &'a State, event: &Event, bench: &Bench, roles: &Roles) -> Found<'a> {
    if state.is_final {
        return Found::Nothing;
    }
    let same_event = || state.on.iter().enumerate().filter(|(_, t)| t.event == event.event);
    let meets = |t: &Transition| {
        t.positions.is_empty() || event.position.as_ref().is_some_and(|p| t.positions.contains(p))
    };
    let acts = |t: &Transition| fits(&t.by, &event.by, bench, roles);
    if let Some((index, transition)) = same_event().find(|(_, t)| meets(t) && acts(t)) {
        return Found::Matches(index, transition);
    }
    if let Some((_, transition)) = same_event().find(|(_, t)| meets(t)) {
        return Found::WrongActor(transition);
    }
    if !is_position(event) || !(same_event().next().is_some() || asks_a_rule(state)) {
        return Found::Nothing;
    }
    // Only who could have moved the machine by another position, or a member, states one here.
    let may_state =
        same_event().any(|(_, t)| acts(t)) || fits(&Actor::AnyMember, &event.by, bench, roles);
    match same_event().next() {
        _ if may_state => Found::Records,
        Some((_, transition)) => Found::WrongActor(transition),
        None => Found::Nothing,
    }
}

fn asks_a_rule(state: &State) -> bool {
    let asks = |t: &Target| matches!(t, Target::Rule { .. });
    state.timeout.as_ref().is_some_and(asks) || state.on.iter().any(|t| asks(&t.target))
}

/// Returns true if the event states a position on the text: what a ruling finds is none.
fn is_position(event: &Event) -> bool {
    event.position.is_some() && event.event.as_str() != RULING
}

/// Returns true if the state has a use for the event, whoever's it is.
fn knows(state: &State, event: &Event) -> bool {
    state.on.iter().any(|t| t.event == event.event)
        || event.position.is_some() && asks_a_rule(state)
}

fn allowed(state: &State, event: &Event) -> String {
    let who: Vec<String> =
        state.on.iter().filter(|t| t.event == event.event).map(|t| t.by.to_string()).collect();
    let who: BTreeSet<String> = who.into_iter().collect();
    who.into_iter().collect::<Vec<_>>().join(" or ")
}

/// Works out a state's deadline.
struct SetDeadline<'a> {
    setting: &'a Setting<'a>,
    events: &'a [Event],
    state: &'a State,
    clock: &'a Clock,
    since: UnixSeconds,
}

impl SetDeadline<'_> {
    fn deadline(&self) -> Option<Deadline> {
        let as_set = self.after(self.since)?;
        let bare = Deadline {
            nominal: as_set,
            at: as_set,
            extended_for: BTreeSet::new(),
            unreached: BTreeSet::new(),
            waived: BTreeSet::new(),
            excluded: BTreeSet::new(),
            blocks: false,
            own: BTreeMap::new(),
        };
        if self.clock.unreached.is_none() && self.clock.start == ClockStart::Tabled {
            return Some(bare);
        }
        let receipts: BTreeMap<PartyId, Option<UnixSeconds>> =
            self.concerned().into_iter().map(|id| (id.clone(), self.receipt(&id))).collect();
        let started = self.start_by_receipts(bare, &receipts)?;
        match &self.clock.unreached {
            None if receipts.values().any(Option::is_none) => None,
            None => Some(started),
            Some(unreached) => Some(self.reach(started, as_set, unreached, &receipts)),
        }
    }

    /// Returns the end of a clock that starts at a time; `None` if the opening act does not say how long it runs.
    fn after(&self, from: UnixSeconds) -> Option<UnixSeconds> {
        let named =
            self.clock.calendar.as_ref().and_then(|name| self.setting.charter.calendars.get(name));
        let calendar = named.unwrap_or(self.setting.calendar);
        span_end(&self.clock.span, from, calendar, self.setting.facts)
    }

    fn add(&self, from: UnixSeconds, duration: Duration) -> UnixSeconds {
        let named =
            self.clock.calendar.as_ref().and_then(|name| self.setting.charter.calendars.get(name));
        named.unwrap_or(self.setting.calendar).add(from, duration)
    }

    /// Returns whom the text must reach: those eligible under the timeout's rule, or those who may act in the state.
    fn concerned(&self) -> BTreeSet<PartyId> {
        let roles = (self.setting.roles)(self.since);
        if let Some(Target::Rule { rule, .. }) = &self.state.timeout
            && let Some(rule) = self.setting.charter.rules.get(rule)
        {
            return rule::eligible(rule, self.setting.bench, &roles, &BTreeSet::new());
        }
        // `any` lets an observer act, and yet it is members that the text must reach.
        let may_act = |id: &PartyId| {
            self.state.on.iter().any(|t| {
                let by = if t.by == Actor::Any { &Actor::AnyMember } else { &t.by };
                fits(by, id, self.setting.bench, &roles)
            })
        };
        self.setting.bench.seats.keys().filter(|id| may_act(id)).cloned().collect()
    }

    /// Returns when a party had the text: by its receipt, or by the first position that it took on it.
    fn receipt(&self, party: &PartyId) -> Option<UnixSeconds> {
        let acted = self.events.iter().find(|e| e.by == *party && is_position(e)).map(|e| e.at);
        let receipt = self.setting.receipts.get(party).copied();
        match (receipt, acted) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (one, other) => one.or(other),
        }
    }

    /// Moves a deadline to what the receipts known make of it.
    fn start_by_receipts(
        &self,
        mut deadline: Deadline,
        receipts: &BTreeMap<PartyId, Option<UnixSeconds>>,
    ) -> Option<Deadline> {
        if self.clock.start == ClockStart::Tabled {
            return Some(deadline);
        }
        for (party, receipt) in receipts {
            let Some(receipt) = receipt else { continue };
            let end = self.after((*receipt).max(self.since))?;
            deadline.at = deadline.at.max(end);
            if self.clock.start == ClockStart::OwnReceipt {
                deadline.own.insert(party.clone(), end);
            }
        }
        deadline.nominal = deadline.at;
        Some(deadline)
    }

    /// Extends a deadline for parties reached late, and settles what becomes of those not reached.
    fn reach(
        &self,
        mut deadline: Deadline,
        as_set: UnixSeconds,
        unreached: &Unreached,
        receipts: &BTreeMap<PartyId, Option<UnixSeconds>>,
    ) -> Deadline {
        let cap = match (unreached.then, unreached.max) {
            (UnreachedThen::Extend, Some(max)) => self.add(as_set, max),
            (UnreachedThen::Extend, None)
            | (UnreachedThen::Block | UnreachedThen::Counts | UnreachedThen::Exclude, _) => {
                deadline.nominal
            }
        };
        let nominal = deadline.nominal;
        deadline.at = nominal.min(cap.max(as_set));
        for (party, receipt) in receipts {
            let heard_by = receipt.map(|r| self.add(r, unreached.after)).filter(|end| *end <= cap);
            let end = heard_by.unwrap_or(cap);
            if heard_by.is_none() {
                deadline.unreached.insert(party.clone());
            }
            if end > nominal {
                deadline.extended_for.insert(party.clone());
                deadline.at = deadline.at.max(end);
            }
        }
        let at = deadline.at;
        for own in deadline.own.values_mut() {
            *own = (*own).min(at);
        }
        settle(&mut deadline, unreached);
        deadline
    }
}

fn settle(deadline: &mut Deadline, unreached: &Unreached) {
    let finally = match unreached.then {
        UnreachedThen::Extend => unreached.finally,
        UnreachedThen::Block => Finally::Block,
        UnreachedThen::Counts => Finally::Counts,
        UnreachedThen::Exclude => Finally::Exclude,
    };
    match finally {
        Finally::Block => deadline.blocks = !deadline.unreached.is_empty(),
        Finally::Counts => deadline.waived = deadline.unreached.clone(),
        Finally::Exclude => {
            deadline.waived = deadline.unreached.clone();
            deadline.excluded = deadline.unreached.clone();
        }
    }
}

/// Returns when a span that starts at a time ends; `None` if the facts do not hold what it reads.
///
/// An urgency that the class does not list counts as its longest: a text is not hurried by a word that nobody defined.
#[must_use]
pub fn span_end(
    span: &ClockSpan,
    from: UnixSeconds,
    calendar: &Calendar,
    facts: &Facts,
) -> Option<UnixSeconds> {
    match span {
        ClockSpan::Fixed(duration) => Some(calendar.add(from, *duration)),
        ClockSpan::Class(class) => {
            let by_urgency = calendar.classes.get(class)?;
            let named = facts.urgency.as_ref().and_then(|u| by_urgency.get(u));
            let duration =
                named.or_else(|| by_urgency.values().max_by_key(|d| d.rough_seconds()))?;
            Some(calendar.add(from, *duration))
        }
        ClockSpan::Field { field, max } => {
            let by_duration = facts.durations.get(field).map(|d| calendar.add(from, *d));
            let end = by_duration.or_else(|| facts.times.get(field).copied())?;
            Some(max.map_or(end, |max| end.min(calendar.add(from, max))))
        }
    }
}
