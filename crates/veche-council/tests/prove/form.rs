//! The form of a small world: two machines of one form differ in names alone, and what holds for one holds for the other.

use crate::setup::Setup;
use std::collections::BTreeMap;
use std::fmt::Write;
use veche_charter::model::{Actor, Clock, ClockSpan, Target};
use veche_charter::name::{EventName, FieldName, RuleName, StateName};
use veche_charter::rule::{self, Roles, fits};
use veche_ledger::json::Value;
use veche_ledger::{Label, PartyId};

/// Writes a form: states, events and parties by number, all else as the charter has it.
struct Writer<'a> {
    setup: &'a Setup,
    states: Vec<&'a StateName>,
    events: BTreeMap<&'a EventName, usize>,
    text: String,
}

/// Returns the form of a small world, as text: equal texts, equal forms.
pub(crate) fn form(setup: &Setup) -> String {
    let mut writer =
        Writer { setup, states: states(setup), events: BTreeMap::new(), text: String::new() };
    writer.parties();
    for at in 0..writer.states.len() {
        writer.state(writer.states[at]);
    }
    writer.sayings();
    writer.text
}

/// Returns the states in the order in which they are come to from the first.
fn states(setup: &Setup) -> Vec<&StateName> {
    let machine = setup.machine();
    let mut found = vec![&machine.start];
    let mut at = 0;
    while let Some(state) = found.get(at).and_then(|name| machine.states.get(*name)) {
        let targets = state.on.iter().map(|t| &t.target).chain(&state.timeout);
        let blocked = state.clock.as_ref().and_then(|c| c.unreached.as_ref()?.blocked_to.as_ref());
        let next: Vec<&StateName> = targets.flat_map(ends).chain(blocked).collect();
        for name in next {
            if !found.contains(&name) {
                found.push(name);
            }
        }
        at += 1;
    }
    found
}

fn ends(target: &Target) -> Vec<&StateName> {
    match target {
        Target::State(to) => vec![to],
        Target::Rule { pass, fail, no_quorum, .. } => {
            [Some(pass), Some(fail), no_quorum.as_ref()].into_iter().flatten().collect()
        }
    }
}

impl<'a> Writer<'a> {
    fn put(&mut self, what: std::fmt::Arguments<'_>) {
        self.text.write_fmt(what).expect("a text takes all");
        self.text.push(' ');
    }

    /// Who there is, in what order their names stand, who reads, who is alike.
    fn parties(&mut self) {
        let setup = self.setup;
        let mut ranked: Vec<&PartyId> = setup.parties.iter().collect();
        ranked.sort_unstable();
        let ranks: Vec<Option<usize>> =
            setup.parties.iter().map(|party| ranked.iter().position(|r| *r == party)).collect();
        let authors: Vec<usize> = setup.given.iter().map(|given| given.author).collect();
        let act = &setup.opener().said.act;
        self.put(format_args!("{ranks:?} {} {:?} {authors:?}", setup.nodes, setup.alike));
        self.put(format_args!("{} {:?}", act.per_paragraph, setup.charter.witnessing.quorum));
        self.put(format_args!("{}", setup.machine().leaves_contested));
        let readers = self.readers(&setup.opener().said.label);
        let organs = &setup.charter.organs;
        let named = act.organ.as_ref().and_then(|organ| organs.get(organ));
        let first = || organs.values().find(|o| o.parent.is_none() && o.chair.is_some());
        let chair = named.or_else(first).and_then(|organ| organ.chair.as_ref());
        let chairs: Option<Vec<Option<usize>>> =
            chair.map(|chair| chair.order.iter().map(|party| self.number(party)).collect());
        let passes = setup.passing_chair.is_some();
        self.put(format_args!("{readers:?} {chairs:?} {passes}"));
        let roles: Vec<String> = act
            .roles
            .iter()
            .map(|(role, field)| format!("{role}={:?}", self.named_in(field)))
            .collect();
        self.put(format_args!("{roles:?}"));
    }

    /// The parties that a field of the opening act names.
    fn named_in(&self, field: &FieldName) -> Vec<Option<usize>> {
        let value = self.setup.opener().said.terms.get(field.as_str());
        let many = value.and_then(Value::as_list).unwrap_or_default();
        let texts = many.iter().chain(value).filter_map(Value::as_text);
        texts.map(|text| self.setup.parties.iter().position(|p| p.as_str() == text)).collect()
    }

    fn number(&self, party: &PartyId) -> Option<usize> {
        self.setup.parties.iter().position(|other| other == party)
    }

    fn readers(&self, label: &Label) -> (bool, Vec<usize>) {
        let readers = self.setup.charter.readers(label);
        let read = (0..self.setup.parties.len())
            .filter(|at| readers.includes(&self.setup.parties[*at]))
            .collect();
        (self.setup.charter.labels.get(label).is_some_and(|entry| entry.sealed), read)
    }

    fn state(&mut self, name: &'a StateName) {
        let state = &self.setup.machine().states[name];
        self.put(format_args!("\n{} {:?} {}", state.fresh, state.outcome, state.is_final));
        if let Some(clock) = &state.clock {
            self.clock(clock);
        }
        if let Some(target) = &state.timeout {
            self.target(target);
        }
        for transition in &state.on {
            let next = self.events.len();
            let event = *self.events.entry(&transition.event).or_insert(next);
            let is_ruling = transition.event.as_str() == veche_charter::machine::RULING;
            let by = self.actor(&transition.by);
            self.put(format_args!("on {event} {is_ruling} {by} {}", transition.need));
            self.put(format_args!("{:?}", transition.positions));
            self.target(&transition.target);
        }
    }

    fn clock(&mut self, clock: &Clock) {
        let calendar = clock.calendar.as_ref().unwrap_or(&self.setup.charter.calendar);
        let calendar = &self.setup.charter.calendars[calendar];
        let days = (calendar.working_days, calendar.zone_minutes, &calendar.holidays);
        match &clock.span {
            ClockSpan::Class(class) => {
                let urgency = self.setup.opener().said.terms.get("urgency");
                self.put(format_args!("{:?} {urgency:?}", calendar.classes.get(class)));
            }
            ClockSpan::Fixed(_) => self.put(format_args!("{:?}", clock.span)),
            ClockSpan::Field { max, field } => {
                let value = self.setup.opener().said.terms.get(field.as_str());
                self.put(format_args!("{max:?} {value:?}"));
            }
        }
        self.put(format_args!("{:?} {days:?}", clock.start));
        if let Some(unreached) = &clock.unreached {
            let to = unreached.blocked_to.as_ref().and_then(|to| self.place(to));
            self.put(format_args!("{:?} {:?}", unreached.after, unreached.then));
            self.put(format_args!("{:?} {:?} {to:?}", unreached.max, unreached.finally));
        }
    }

    fn place(&self, state: &StateName) -> Option<usize> {
        self.states.iter().position(|other| *other == state)
    }

    fn target(&mut self, target: &Target) {
        let ends: Vec<Option<usize>> = ends(target).into_iter().map(|to| self.place(to)).collect();
        self.put(format_args!("to {ends:?}"));
        if let Target::Rule { rule, mode, .. } = target {
            self.put(format_args!("{mode:?}"));
            self.rule(rule);
        }
    }

    fn rule(&mut self, name: &RuleName) {
        let Some(rule) = self.setup.charter.rules.get(name) else { return };
        let bench = self.setup.charter.bench();
        let eligible = rule::eligible(rule, &bench, &Roles::new(), &Default::default());
        let eligible: Vec<Option<usize>> = eligible.iter().map(|id| self.number(id)).collect();
        let of_status: Vec<bool> = (self.setup.parties.iter())
            .map(|id| rule.status.contains(&self.setup.charter.parties[id].status))
            .collect();
        self.put(format_args!("{eligible:?} {of_status:?} {:?} {:?}", rule.minus, rule.quorum));
        self.put(format_args!(
            "{:?} {:?} {:?} {:?}",
            rule.mode, rule.adopt, rule.fallback, rule.binds
        ));
    }

    /// An actor as the parties that it fits; roles by their names, because who holds them is told apart.
    fn actor(&self, actor: &Actor) -> String {
        let bench = self.setup.charter.bench();
        match actor {
            Actor::Role(_) | Actor::NotRole(_) | Actor::MemberNotRole(_) => actor.to_string(),
            Actor::AnyMember | Actor::Any | Actor::Status(_) | Actor::Tag(_) | Actor::Party(_) => {
                let fit =
                    self.setup.parties.iter().map(|id| fits(actor, id, &bench, &Roles::new()));
                format!("{:?}", fit.collect::<Vec<bool>>())
            }
        }
    }

    fn sayings(&mut self) {
        let setup = self.setup;
        for saying in &setup.sayings {
            let event = saying.event.as_ref().map(|event| self.events.get(event).copied());
            let readers = self.readers(&saying.label);
            self.put(format_args!("\nsays {event:?} {:?} {:?}", saying.position, saying.by));
            self.put(format_args!("{readers:?} {:?}", saying.act.annotates));
        }
    }
}
