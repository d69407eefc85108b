//! Every name that refers to an entry must find it.

use super::{Check, leaves, role_of};
use crate::fault::{FaultKind, did_you_mean};
use crate::model::{
    Act, Actor, Clock, ClockSpan, DutyOwner, FieldForm, Kinds, Machine, PositionFrom, Rule, Seats,
    State, Target, Test, Trigger,
};
use crate::name::{ArticleId, CalendarName, ClassName, MachineName, StateName, StatusName, Tag};
use std::borrow::Borrow;
use std::collections::BTreeMap;
use veche_ledger::{Kind, Label, PartyId};

pub(super) fn check(c: &mut Check<'_, '_, '_>) {
    let charter = c.charter;
    c.calendar(&["charter", "calendar"], &charter.calendar);
    c.label(&["charter", "default_label"], &charter.default_label);
    for status in &charter.witnessing.by {
        c.status(&["witnessing", "by"], status);
    }
    c.article(&["witnessing", "article"], charter.witnessing.article.as_ref());
    parties_and_statuses(c);
    organs_and_labels(c);
    for (kind, act) in &charter.acts {
        check_act(c, kind.as_str(), act);
    }
    for (name, rule) in &charter.rules {
        check_rule(c, name.as_str(), rule);
    }
    for (name, machine) in &charter.machines {
        check_machine(c, name.as_str(), machine);
    }
    duties_and_delegations(c);
    for (name, rule) in &charter.alarms {
        let at = |key| ["alarms", name.as_str(), key];
        c.kind(&at("draft"), &rule.draft);
        c.kind(&at("disposal"), &rule.disposal);
        c.kind(&at("reinstatement"), &rule.reinstatement);
        c.article(&at("article"), rule.article.as_ref());
    }
    for (name, scale) in &charter.scales {
        c.article(&["scales", name.as_str(), "article"], scale.article.as_ref());
    }
}

fn parties_and_statuses(c: &mut Check<'_, '_, '_>) {
    let charter = c.charter;
    for (id, party) in &charter.parties {
        c.status(&["parties", id.as_str(), "status"], &party.status);
        if let Some(host) = &party.hosted_by {
            c.party(&["parties", id.as_str(), "hosted_by"], host);
        }
    }
    for (name, status) in &charter.statuses {
        let at = |key| ["statuses", name.as_str(), key];
        if let Kinds::Only(kinds) = &status.may {
            for kind in kinds {
                c.kind(&at("may"), kind);
            }
        }
        for kind in &status.may_not {
            c.kind(&at("may_not"), kind);
        }
        for label in &status.reads {
            c.label(&at("reads"), label);
        }
        c.article(&at("article"), status.article.as_ref());
    }
}

fn organs_and_labels(c: &mut Check<'_, '_, '_>) {
    let charter = c.charter;
    for (name, organ) in &charter.organs {
        let at = |key| ["organs", name.as_str(), key];
        c.seats(&at("seats"), &organ.seats);
        if let Some(parent) = &organ.parent {
            c.found(&at("parent"), "organ", parent.as_str(), &charter.organs);
        }
        for party in organ.chair.iter().flat_map(|chair| &chair.order) {
            c.party(&at("chair"), party);
        }
        c.article(&at("article"), organ.article.as_ref());
    }
    for (label, entry) in &charter.labels {
        let at = |key| ["labels", label.as_str(), key];
        for below in &entry.above {
            c.label(&at("above"), below);
        }
        if let Some(readers) = &entry.readers {
            c.seats(&at("readers"), readers);
        }
        if let Some(downgrade) = &entry.downgrade {
            c.label(&at("downgrade"), &downgrade.to);
        }
        c.article(&at("article"), entry.article.as_ref());
    }
}

fn check_act(c: &mut Check<'_, '_, '_>, kind: &str, act: &Act) {
    let charter = c.charter;
    let at = |key| ["acts", kind, key];
    for by in &act.by {
        c.actor(&at("by"), by);
    }
    if let Some(organ) = &act.organ {
        c.found(&at("organ"), "organ", organ.as_str(), &charter.organs);
    }
    for label in act.label_floor.iter().chain(&act.label_default) {
        c.label(&at("label"), label);
    }
    for about in &act.about {
        c.kind(&at("about"), about);
    }
    if let Some(machine) = &act.opens {
        c.found(&at("opens"), "machine", machine.as_str(), &charter.machines);
    }
    for (role, field) in &act.roles {
        let forms = [FieldForm::Party, FieldForm::Parties];
        c.field(&["acts", kind, "roles", role.as_str()], act, field.as_str(), &forms);
    }
    if let Some(PositionFrom::Field(field)) = &act.position {
        c.field(&at("position"), act, field.as_str(), &[FieldForm::Word]);
    }
    if let Some(field) = &act.event_field {
        c.field(&at("event_field"), act, field.as_str(), &[FieldForm::Word]);
    }
    sharing_fields(c, kind, act);
    c.article(&at("article"), act.article.as_ref());
}

/// The fields of groups, releases and days of downgrade.
fn sharing_fields(c: &mut Check<'_, '_, '_>, kind: &str, act: &Act) {
    let at = |key| ["acts", kind, key];
    if let Some(group) = &act.makes_group {
        c.field(&at("makes_group"), act, group.members.as_str(), &[FieldForm::Parties]);
        if let Some(includes) = &group.includes {
            c.field(&at("makes_group"), act, includes.as_str(), &[FieldForm::Texts]);
        }
    }
    if let Some(releases) = &act.releases {
        if let Some(record) = &releases.record {
            c.field(&at("releases"), act, record.as_str(), &[FieldForm::Hash]);
        }
        if let Some(parties) = &releases.parties {
            c.field(&at("releases"), act, parties.as_str(), &[FieldForm::Parties]);
        }
        if let Some(statuses) = &releases.statuses {
            c.field(&at("releases"), act, statuses.as_str(), &[FieldForm::Texts]);
        }
    }
    if let Some(downgrade) = &act.downgrade {
        c.field(&at("downgrade"), act, downgrade.at.as_str(), &[FieldForm::Time]);
        c.label(&at("downgrade"), &downgrade.to);
    }
}

fn check_rule(c: &mut Check<'_, '_, '_>, name: &str, rule: &Rule) {
    for status in &rule.status {
        c.status(&["rules", name, "status"], status);
    }
    if let Some(tag) = &rule.seats {
        c.tag(&["rules", name, "seats"], tag);
    }
    for role in &rule.minus {
        c.role(&["rules", name, "minus"], role.as_str());
    }
    for (key, test) in [("adopt", Some(&rule.adopt)), ("fallback", rule.fallback.as_ref())] {
        for leaf in test.into_iter().flat_map(leaves) {
            check_leaf(c, &["rules", name, key], leaf);
        }
    }
    c.article(&["rules", name, "article"], rule.article.as_ref());
}

fn check_leaf(c: &mut Check<'_, '_, '_>, path: &[&str], leaf: &Test) {
    let (tag, role, weight) = match leaf {
        Test::None { tag, role, .. } => (tag, role, &None),
        Test::Of { tag, role, weight, .. } => (tag, role, weight),
        Test::All(_) | Test::Any(_) | Test::Not(_) => return,
    };
    if let Some(tag) = tag {
        c.tag(path, tag);
    }
    if let Some(role) = role {
        c.role(path, role.as_str());
    }
    let is_carried = |w: &crate::name::WeightName| {
        c.bench.seats.values().any(|seat| seat.weights.contains_key(w))
    };
    if let Some(weight) = weight.as_ref().filter(|w| !is_carried(w)) {
        let what = FaultKind::Dangling { what: "party with weight", name: weight.to_string() };
        c.add(path, what);
    }
}

fn check_machine(c: &mut Check<'_, '_, '_>, name: &str, machine: &Machine) {
    c.state(&["machines", name, "start"], machine, &machine.start);
    c.article(&["machines", name, "article"], machine.article.as_ref());
    for (key, state) in &machine.states {
        check_state(c, &["machines", name, "states", key.as_str()], machine, state);
    }
}

fn check_state(c: &mut Check<'_, '_, '_>, path: &[&str], machine: &Machine, state: &State) {
    let at = |key| [path, &[key]].concat();
    if let Some(clock) = &state.clock {
        check_clock(c, &at("clock"), machine, clock);
    }
    if let Some(target) = &state.timeout {
        check_target(c, &at("timeout"), machine, target);
    }
    for (index, transition) in state.on.iter().enumerate() {
        let index = index.to_string();
        let path = [path, &["on", &index]].concat();
        c.actor(&path, &transition.by);
        check_target(c, &path, machine, &transition.target);
        c.article(&path, transition.article.as_ref());
    }
    if let Some(spawns) = &state.spawns {
        c.kind(&at("spawns"), &spawns.opens);
    }
    c.article(&at("article"), state.article.as_ref());
}

fn check_clock(c: &mut Check<'_, '_, '_>, path: &[&str], machine: &Machine, clock: &Clock) {
    if let Some(calendar) = &clock.calendar {
        c.calendar(path, calendar);
    }
    c.span(path, &clock.span, clock.calendar.as_ref());
    if let Some(to) = clock.unreached.as_ref().and_then(|u| u.blocked_to.as_ref()) {
        c.state(path, machine, to);
    }
}

fn check_target(c: &mut Check<'_, '_, '_>, path: &[&str], machine: &Machine, target: &Target) {
    for end in super::ends(target) {
        c.state(path, machine, end);
    }
    if let Target::Rule { rule, .. } = target {
        c.found(path, "rule", rule.as_str(), &c.charter.rules);
    }
}

fn duties_and_delegations(c: &mut Check<'_, '_, '_>) {
    let charter = c.charter;
    for (name, duty) in &charter.duties {
        let at = |key| ["duties", name.as_str(), key];
        let (DutyOwner::Each(owner) | DutyOwner::EachOther(owner)) = &duty.owner;
        c.actor(&at("owner"), owner);
        c.kind(&at("act"), &duty.act);
        c.span(&at("within"), &duty.within, None);
        match &duty.trigger {
            Trigger::Act(kind) => c.kind(&at("trigger"), kind),
            Trigger::State(machine, state) => c.machine_state(&at("trigger"), machine, state),
        }
        c.article(&at("article"), duty.article.as_ref());
    }
    for (name, delegation) in &charter.delegations {
        let at = |key| ["delegations", name.as_str(), key];
        c.actor(&at("to"), &delegation.to);
        c.kind(&at("act"), &delegation.act);
        if let Some(act) = charter.acts.get(&delegation.act) {
            for field in delegation.limits.keys() {
                c.field(
                    &["delegations", name.as_str(), "limits", field.as_str()],
                    act,
                    field.as_str(),
                    &[FieldForm::Number],
                );
            }
        }
        c.article(&at("article"), delegation.article.as_ref());
    }
}

impl Check<'_, '_, '_> {
    fn found<K: Ord + Borrow<str>, V>(
        &mut self,
        path: &[&str],
        what: &'static str,
        name: &str,
        table: &BTreeMap<K, V>,
    ) {
        if !table.contains_key(name) {
            let hint = did_you_mean(name, table.keys().map(Borrow::borrow));
            self.hint(path, FaultKind::Dangling { what, name: name.to_owned() }, hint);
        }
    }

    fn status(&mut self, path: &[&str], name: &StatusName) {
        self.found(path, "status", name.as_str(), &self.charter.statuses);
    }

    fn party(&mut self, path: &[&str], id: &PartyId) {
        self.found(path, "party", id.as_str(), &self.charter.parties);
    }

    fn kind(&mut self, path: &[&str], kind: &Kind) {
        self.found(path, "act", kind.as_str(), &self.charter.acts);
    }

    fn label(&mut self, path: &[&str], label: &Label) {
        self.found(path, "label", label.as_str(), &self.charter.labels);
    }

    fn calendar(&mut self, path: &[&str], name: &CalendarName) {
        self.found(path, "calendar", name.as_str(), &self.charter.calendars);
    }

    fn article(&mut self, path: &[&str], id: Option<&ArticleId>) {
        if let Some(id) = id {
            self.found(path, "article", id.as_str(), &self.charter.articles);
        }
    }

    fn state(&mut self, path: &[&str], machine: &Machine, name: &StateName) {
        self.found(path, "state", name.as_str(), &machine.states);
    }

    fn machine_state(&mut self, path: &[&str], machine: &MachineName, state: &StateName) {
        self.found(path, "machine", machine.as_str(), &self.charter.machines);
        if let Some(machine) = self.charter.machines.get(machine) {
            self.state(path, machine, state);
        }
    }

    fn tag(&mut self, path: &[&str], tag: &Tag) {
        let carried: Vec<&str> =
            self.charter.parties.values().flat_map(|p| p.tags.iter().map(Tag::as_str)).collect();
        if !carried.contains(&tag.as_str()) {
            let hint = did_you_mean(tag.as_str(), carried);
            self.hint(
                path,
                FaultKind::Dangling { what: "party with tag", name: tag.to_string() },
                hint,
            );
        }
    }

    fn role(&mut self, path: &[&str], role: &str) {
        let known = self.known_roles();
        if !known.contains(role) {
            let hint = did_you_mean(role, known);
            self.hint(path, FaultKind::Dangling { what: "role", name: role.to_owned() }, hint);
        }
    }

    fn seats(&mut self, path: &[&str], seats: &Seats) {
        for status in &seats.status {
            self.status(path, status);
        }
        for tag in &seats.tags {
            self.tag(path, tag);
        }
        for party in &seats.parties {
            self.party(path, party);
        }
    }

    fn actor(&mut self, path: &[&str], actor: &Actor) {
        match actor {
            Actor::Any => {}
            Actor::AnyMember => {
                let member = crate::model::MEMBER;
                self.found(path, "status", member, &self.charter.statuses);
            }
            Actor::Role(_) | Actor::NotRole(_) | Actor::MemberNotRole(_) => {
                if let Some(role) = role_of(actor) {
                    self.role(path, role.as_str());
                }
            }
            Actor::Status(set) => {
                for status in set {
                    self.status(path, status);
                }
            }
            Actor::Tag(tag) => self.tag(path, tag),
            Actor::Party(id) => self.party(path, id),
        }
    }

    fn span(&mut self, path: &[&str], span: &ClockSpan, calendar: Option<&CalendarName>) {
        if let ClockSpan::Class(class) = span {
            let name = calendar.unwrap_or(&self.charter.calendar);
            if let Some(calendar) = self.charter.calendars.get(name) {
                self.class(path, class, &calendar.classes);
            }
        }
    }

    fn class<V>(&mut self, path: &[&str], class: &ClassName, classes: &BTreeMap<ClassName, V>) {
        self.found(path, "class of durations", class.as_str(), classes);
    }

    /// Faults a field that an act does not have, or has in a form that does not serve.
    fn field(&mut self, path: &[&str], act: &Act, name: &str, forms: &[FieldForm]) {
        match act.fields.get(name) {
            None => self.found(path, "field", name, &act.fields),
            Some(field) if forms.contains(&field.form) => {}
            Some(_) => {
                let what = format!("field `{name}` has a form that does not serve here");
                self.add(path, FaultKind::Contradiction(what));
            }
        }
    }
}
