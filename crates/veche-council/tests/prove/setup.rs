//! A small world for one machine of a charter: a few parties, the act that opens it, and all that may be said about it.
//!
//! The shipped charter is loaded as it is and then cut down in memory: to the parties chosen, to the acts about this
//! machine, and to counts that these parties can turn. Everything else, machine, rules, clocks, labels, is the charter's own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use veche_charter::Charter;
use veche_charter::amend::Amendment;
use veche_charter::model::{
    Act, Actor, Bound, Chair, ClockSpan, Duration, Field, FieldForm, Kinds, Machine, PositionFrom,
    Rule, Target, Test, Threshold, Trigger, Vocabulary, Witnessing,
};
use veche_charter::name::{EventName, FieldName, MachineName, Position, RoleName, RuleName};
use veche_charter::rule::{Roles, fits};
use veche_ledger::json::Value;
use veche_ledger::{Hash, Kind, Label, PartyId, Seconds, UnixSeconds};

/// When the text is put forward: a Wednesday, in the morning.
pub(crate) const TABLED: u64 = 1_803_891_600;

/// Seconds in ten years: longer than any course of events here.
const TEN_YEARS: u64 = 315_360_000;

/// A record that is there before anything happens.
#[derive(Debug, Clone)]
pub(crate) struct Given {
    pub(crate) author: usize,
    pub(crate) said: Saying,
}

/// Something that may be said, whoever says it.
#[derive(Debug, Clone)]
pub(crate) struct Saying {
    pub(crate) kind: Kind,
    pub(crate) label: Label,
    pub(crate) terms: Value,
    pub(crate) act: Act,
    /// The event that it is; none for an annotation.
    pub(crate) event: Option<EventName>,
    pub(crate) position: Option<Position>,
    /// Parties of the world that may say it with some effect somewhere.
    pub(crate) by: Vec<usize>,
}

/// A machine with the parties that act in it.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    pub(crate) machine: MachineName,
    pub(crate) charter: Arc<Charter>,
    /// The same, with a chair that passes one second after the text is put forward; none if nobody asks who presides.
    pub(crate) passing_chair: Option<Arc<Charter>>,
    /// The parties: first those with a node of their own, all of which witness; then those whose logs the first of them keeps.
    pub(crate) parties: Vec<PartyId>,
    pub(crate) nodes: usize,
    /// The records before it that the opening act is about, and the opening act itself, last.
    pub(crate) given: Vec<Given>,
    pub(crate) sayings: Vec<Saying>,
    /// Parties that the charter does not tell apart, each group ascending.
    pub(crate) alike: Vec<Vec<usize>>,
    /// True if some state has an outcome: then there is something to certify.
    pub(crate) decides: bool,
    /// Clocks that may run out one after the other.
    pub(crate) clocks: usize,
}

impl Setup {
    /// Builds the world of a machine with `nodes` parties that have nodes.
    ///
    /// # Errors
    /// Why there is none, in a few words.
    pub(crate) fn of(charter: &Charter, name: &MachineName, nodes: usize) -> Result<Self, String> {
        let machine = charter.machines.get(name).ok_or("no such machine")?;
        let chain = opening(charter, name).ok_or("no act that a party may do opens it")?;
        let (opener, ancestors) = chain.split_last().ok_or("no act opens it")?;
        let cast = Cast::choose(charter, machine, opener, ancestors, nodes);
        let mut small = cut_down(charter, name, &cast);
        let roles = cast.roles(charter, opener);
        small.acts.retain(|kind, act| chain.contains(kind) || is_about(act, opener));
        let moves = |act: &Act| act.event.is_some() || act.event_field.is_some();
        if !small.acts.values().any(|act| is_about(act, opener) && moves(act)) {
            small.acts.extend(acts_for(&small, name, opener));
            small.statuses.values_mut().for_each(|status| status.may = Kinds::All);
        }
        let mut given = Vec::new();
        for kind in &chain {
            let act = &small.acts[kind];
            let author = cast.author(charter, kind).ok_or("nobody here may open it")?;
            let mut terms = terms(act, &cast, &BTreeMap::new(), machine);
            if let (true, Value::Map(fields)) = (act.amends, &mut terms) {
                fields.extend(next_version(charter));
            }
            let said = Saying {
                kind: kind.clone(),
                label: label(charter, act, None),
                terms,
                act: act.clone(),
                event: None,
                position: None,
                by: vec![author],
            };
            given.push(Given { author, said });
        }
        let of_opener = given[given.len() - 1].said.label.clone();
        let sayings = sayings(&small, name, opener, &of_opener, &cast, &roles);
        let machine = &small.machines[name];
        let decides = machine.states.values().any(|state| state.outcome.is_some());
        let clocks = machine.states.values().filter(|state| state.clock.is_some()).count();
        let asks_chair = asks_for_chair(machine, &small, &sayings);
        let passing = asks_chair.then(|| Arc::new(with_chair(small.clone(), &cast, true)));
        let small = with_chair(small, &cast, false);
        Ok(Self {
            machine: name.clone(),
            alike: cast.alike(&small, &given, asks_chair),
            passing_chair: passing,
            charter: Arc::new(small),
            nodes: cast.nodes,
            parties: cast.parties,
            given,
            sayings,
            decides,
            clocks,
        })
    }

    /// Returns the machine as cut down.
    pub(crate) fn machine(&self) -> &Machine {
        &self.charter.machines[&self.machine]
    }

    /// Returns true if a rule that leads to a result binds those whom the text has not reached, too.
    pub(crate) fn counts_unheard(&self, result: &str) -> bool {
        let states = self.machine().states.values();
        let targets =
            states.flat_map(|state| state.on.iter().map(|t| &t.target).chain(&state.timeout));
        targets.into_iter().any(|target| match target {
            Target::Rule { rule, pass, .. } => {
                pass.as_str() == result && self.charter.rules[rule].binds_unheard
            }
            Target::State(_) => false,
        })
    }

    pub(crate) fn opener(&self) -> &Given {
        &self.given[self.given.len() - 1]
    }

    /// Returns the node that keeps a party's log.
    pub(crate) const fn host(&self, party: usize) -> usize {
        if party < self.nodes { party } else { 0 }
    }

    /// Returns the same world under a charter that was changed.
    pub(crate) fn edited(&self, edit: impl Fn(&mut Charter)) -> Self {
        let change = |charter: &Arc<Charter>| {
            let mut changed = Charter::clone(charter);
            edit(&mut changed);
            Arc::new(changed)
        };
        Self {
            charter: change(&self.charter),
            passing_chair: self.passing_chair.as_ref().map(change),
            ..self.clone()
        }
    }
}

/// Who takes part.
struct Cast {
    parties: Vec<PartyId>,
    nodes: usize,
    /// The party that the opening act names in its fields: of those with a node that may do most about it the last.
    holder: usize,
    /// Other parties that it names, where only they may do what the role is for.
    holders: BTreeMap<FieldName, usize>,
}

impl Cast {
    /// Chooses parties so that every actor that the machine names is there, and as many of the eligible as there may be.
    fn choose(
        charter: &Charter,
        machine: &Machine,
        opener: &Kind,
        ancestors: &[Kind],
        nodes: usize,
    ) -> Self {
        let label = label(charter, &charter.acts[opener], None);
        let reads = |party: &PartyId| charter.readers(&label).includes(party);
        let wanted = wanted(charter, machine, opener, ancestors);
        let order: Vec<&PartyId> = chair_order(charter, opener);
        let rule = rules_of(machine).into_iter().find_map(|rule| charter.rules.get(&rule));
        let is_eligible = |party: &PartyId| {
            let entry = &charter.parties[party];
            match rule {
                Some(rule) => {
                    rule.status.contains(&entry.status)
                        && rule.seats.as_ref().is_none_or(|tag| entry.tags.contains(tag))
                }
                None => entry.status.as_str() == "member",
            }
        };
        let witnesses =
            |party: &PartyId| charter.witnessing.by.contains(&charter.parties[party].status);
        let rank = |party: &PartyId| (!is_eligible(party), !witnesses(party));
        let mut parties: Vec<PartyId> = Vec::new();
        let fits_want =
            |want: &Actor, party: &PartyId| fits(want, party, &charter.bench(), &Roles::new());
        while parties.len() < nodes {
            let open: Vec<&Actor> = wanted
                .iter()
                .filter(|want| !parties.iter().any(|party| fits_want(want, party)))
                .collect();
            let left = charter.parties.keys().filter(|party| !parties.contains(party));
            let best = left.filter(|party| reads(party)).min_by_key(|party| {
                let covers = open.iter().filter(|want| fits_want(want, party)).count();
                let place = order.iter().position(|id| id == party).unwrap_or(usize::MAX);
                (rank(party), usize::MAX - covers, place)
            });
            let Some(best) = best.cloned() else { break };
            parties.push(best);
        }
        let nodes = parties.len();
        for want in &wanted {
            if !parties.iter().any(|party| fits_want(want, party)) {
                let of_nodes: BTreeSet<_> =
                    parties[..nodes].iter().map(|id| &charter.parties[id].status).collect();
                let found = charter
                    .parties
                    .keys()
                    .filter(|party| fits_want(want, party))
                    .min_by_key(|party| of_nodes.contains(&charter.parties[*party].status));
                parties.extend(found.cloned());
            }
        }
        for kind in ancestors.iter().chain([opener]) {
            let may = |party: &&PartyId| charter.may(party, kind, None).is_ok();
            if !parties.iter().any(|party| may(&party)) {
                parties.extend(charter.parties.keys().find(may).cloned());
            }
        }
        let may_do = |at: &usize| {
            let about = charter.acts.iter().filter(|(_, act)| act.about.contains(opener));
            about.filter(|(kind, _)| charter.may(&parties[*at], kind, None).is_ok()).count()
        };
        let author = parties.iter().position(|party| charter.may(party, opener, None).is_ok());
        let others = (0..nodes).filter(|at| Some(*at) != author);
        let holder = others.max_by_key(|at| (may_do(at), *at)).unwrap_or_default();
        let mut cast = Self { parties, nodes, holder, holders: BTreeMap::new() };
        for (role, field) in &charter.acts[opener].roles {
            cast.fill(charter, machine, opener, role, field);
        }
        cast
    }

    /// Finds somebody for a role who may do what only that role moves the machine by.
    fn fill(
        &mut self,
        charter: &Charter,
        machine: &Machine,
        opener: &Kind,
        role: &RoleName,
        field: &FieldName,
    ) {
        let by_role = |t: &&veche_charter::model::Transition| t.by == Actor::Role(role.clone());
        let transitions = machine.states.values().flat_map(|state| &state.on).filter(by_role);
        let events: BTreeSet<&EventName> = transitions.map(|t| &t.event).collect();
        let kinds: Vec<&Kind> = charter
            .acts
            .iter()
            .filter(|(_, act)| is_about(act, opener))
            .filter(|(_, act)| {
                self::events(act, machine)
                    .iter()
                    .any(|(e, _)| e.as_ref().is_some_and(|e| events.contains(e)))
            })
            .map(|(kind, _)| kind)
            .collect();
        let may = |party: &PartyId| {
            kinds.iter().filter(|kind| charter.may(party, kind, None).is_ok()).count()
        };
        let Some(best) = charter.parties.keys().map(may).max() else { return };
        if may(&self.parties[self.holder]) == best {
            return;
        }
        let here = self.parties.iter().position(|party| may(party) == best);
        let at = here.unwrap_or_else(|| {
            self.parties.extend(charter.parties.keys().find(|party| may(party) == best).cloned());
            self.parties.len() - 1
        });
        self.holders.insert(field.clone(), at);
    }

    /// Returns the party that does an opening act: one with a node if there is one.
    fn author(&self, charter: &Charter, kind: &Kind) -> Option<usize> {
        self.parties.iter().position(|party| charter.may(party, kind, None).is_ok())
    }

    /// Returns who holds which role: of a chair that passes, all who preside in turn.
    fn roles(&self, charter: &Charter, opener: &Kind) -> Roles {
        let mut roles = Roles::new();
        let role = |name: &str| RoleName::parse(name).expect("a role's name");
        let author = self.author(charter, opener).unwrap_or_default();
        roles.insert(role("initiator"), BTreeSet::from([self.parties[author].clone()]));
        roles.insert(role("chair"), self.chairs(charter, opener).into_iter().collect());
        for (name, field) in &charter.acts[opener].roles {
            let holder = self.parties[self.named_in(field)].clone();
            roles.insert(name.clone(), BTreeSet::from([holder]));
        }
        roles
    }

    fn named_in(&self, field: &FieldName) -> usize {
        self.holders.get(field).copied().unwrap_or(self.holder)
    }

    /// Returns those who preside in turn: two of the organ's order, filled up from those with nodes.
    fn chairs(&self, charter: &Charter, opener: &Kind) -> Vec<PartyId> {
        let order = chair_order(charter, opener);
        let seated = order.into_iter().filter(|party| self.parties.contains(party)).cloned();
        let mut chairs: Vec<PartyId> = seated.take(2).collect();
        let others = self.parties[..self.nodes].iter();
        for party in others {
            if chairs.len() < 2 && !chairs.contains(party) {
                chairs.push(party.clone());
            }
        }
        chairs
    }

    /// Groups the parties that have nodes and that nothing in the small charter or its opening tells apart.
    fn alike(&self, charter: &Charter, given: &[Given], asks_chair: bool) -> Vec<Vec<usize>> {
        let mut named: BTreeSet<usize> = given.iter().map(|given| given.author).collect();
        let opener = &given[given.len() - 1];
        named.extend(opener.said.act.roles.values().map(|field| self.named_in(field)));
        if asks_chair {
            let chairs = self.chairs(charter, &opener.said.kind);
            named.extend(
                self.parties
                    .iter()
                    .enumerate()
                    .filter(|(_, p)| chairs.contains(p))
                    .map(|(at, _)| at),
            );
        }
        // The first keeps the logs of those without a node.
        if self.parties.len() > self.nodes {
            named.insert(0);
        }
        let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for at in (0..self.nodes).filter(|at| !named.contains(at)) {
            let entry = &charter.parties[&self.parties[at]];
            let key = format!("{} {:?} {:?}", entry.status, entry.tags, entry.weights);
            groups.entry(key).or_default().push(at);
        }
        groups.into_values().filter(|group| group.len() > 1).collect()
    }
}

/// Returns the kinds of acts that lead to a machine: those that it must be about, then the one that opens it.
fn opening(charter: &Charter, name: &MachineName) -> Option<Vec<Kind>> {
    let opens = charter.acts.iter().filter(|(_, act)| act.opens.as_ref() == Some(name));
    let chains = opens.filter_map(|(kind, _)| chain(charter, kind, &BTreeSet::new()));
    chains.min_by_key(Vec::len)
}

fn chain(charter: &Charter, kind: &Kind, above: &BTreeSet<Kind>) -> Option<Vec<Kind>> {
    let act = &charter.acts[kind];
    if !charter.parties.keys().any(|party| charter.may(party, kind, None).is_ok()) {
        return None;
    }
    if !act.about_required {
        return Some(vec![kind.clone()]);
    }
    let mut seen = above.clone();
    seen.insert(kind.clone());
    let about = act.about.iter().filter(|about| !seen.contains(*about));
    let mut shortest =
        about.filter_map(|about| chain(charter, about, &seen)).min_by_key(Vec::len)?;
    shortest.push(kind.clone());
    Some(shortest)
}

/// Returns the patterns of which somebody must be there, roles left aside.
fn wanted(charter: &Charter, machine: &Machine, opener: &Kind, ancestors: &[Kind]) -> Vec<Actor> {
    let is_static =
        |actor: &Actor| matches!(actor, Actor::Status(_) | Actor::Tag(_) | Actor::Party(_));
    let of_machine = machine.states.values().flat_map(|state| &state.on).map(|t| t.by.clone());
    let mut wanted: Vec<Actor> = of_machine.filter(is_static).collect();
    for rule in rules_of(machine) {
        if let Some(rule) = charter.rules.get(&rule) {
            wanted.extend(rule.seats.clone().map(Actor::Tag));
            tags_of(&rule.adopt, &mut wanted);
            rule.fallback.iter().for_each(|test| tags_of(test, &mut wanted));
        }
    }
    // Whoever opens it, and what it is about.
    for kind in ancestors.iter().chain([opener]) {
        wanted.extend(charter.acts[kind].by.iter().filter(|by| is_static(by)).take(1).cloned());
    }
    for act in charter.acts.values().filter(|act| act.about.contains(opener)) {
        wanted.extend(act.by.iter().filter(|by| is_static(by)).take(1).cloned());
    }
    let mut distinct: Vec<Actor> = Vec::new();
    for want in wanted {
        if !distinct.contains(&want) {
            distinct.push(want);
        }
    }
    distinct
}

fn tags_of(test: &Test, wanted: &mut Vec<Actor>) {
    match test {
        Test::All(tests) | Test::Any(tests) => tests.iter().for_each(|test| tags_of(test, wanted)),
        Test::Not(test) => tags_of(test, wanted),
        Test::None { tag, .. } | Test::Of { tag, .. } => {
            wanted.extend(tag.clone().map(Actor::Tag));
        }
    }
}

/// Returns the rules that a machine asks.
pub(crate) fn rules_of(machine: &Machine) -> BTreeSet<RuleName> {
    let targets = machine
        .states
        .values()
        .flat_map(|state| state.on.iter().map(|t| &t.target).chain(&state.timeout));
    let rule = |target: &Target| match target {
        Target::Rule { rule, .. } => Some(rule.clone()),
        Target::State(_) => None,
    };
    targets.filter_map(rule).collect()
}

fn chair_order<'c>(charter: &'c Charter, opener: &Kind) -> Vec<&'c PartyId> {
    let organ = charter.acts[opener].organ.as_ref().and_then(|organ| charter.organs.get(organ));
    let first = || charter.organs.values().find(|o| o.parent.is_none() && o.chair.is_some());
    let chair = organ.or_else(first).and_then(|organ| organ.chair.as_ref());
    chair.map(|chair| chair.order.iter().collect()).unwrap_or_default()
}

/// Cuts a charter down to a cast: parties, witnesses, counts.
fn cut_down(charter: &Charter, name: &MachineName, cast: &Cast) -> Charter {
    let mut small = charter.clone();
    small.parties.retain(|party, _| cast.parties.contains(party));
    let nodes = &cast.parties[..cast.nodes];
    for (party, entry) in &mut small.parties {
        entry.hosted_by = (!nodes.contains(party)).then(|| nodes[0].clone());
    }
    let statuses: BTreeSet<_> =
        nodes.iter().map(|party| small.parties[party].status.clone()).collect();
    let witnesses = u32::try_from(cast.nodes - 1).expect("few");
    // The least quorum that one colluding witness does not defeat; of a single witness none may collude.
    let colluding = u32::from(witnesses == 2 || witnesses > 3);
    let quorum = witnesses.midpoint(colluding) + 1;
    small.witnessing =
        Witnessing { by: statuses, quorum, colluding, histories: None, article: None };
    let rules: BTreeSet<RuleName> = rules_of(&charter.machines[name]);
    small.rules.retain(|rule, _| rules.contains(rule));
    for (rule, entry) in &mut small.rules {
        scale(entry, charter, &charter.rules[rule], cast);
    }
    small.machines.retain(|machine, _| machine == name);
    for state in small.machines.get_mut(name).into_iter().flat_map(|m| m.states.values_mut()) {
        for transition in &mut state.on {
            let fitting = |charter: &Charter| {
                let bench = charter.bench();
                let by = match &transition.by {
                    Actor::Role(_) => return 1,
                    Actor::NotRole(_) | Actor::Any => &Actor::Any,
                    Actor::MemberNotRole(_) => &Actor::AnyMember,
                    by
                    @ (Actor::AnyMember | Actor::Status(_) | Actor::Tag(_) | Actor::Party(_)) => by,
                };
                let fit = charter.parties.keys().filter(|id| fits(by, id, &bench, &Roles::new()));
                fit.count() as u64
            };
            let mut parties = small.parties.clone();
            parties.retain(|party, _| cast.parties.contains(party));
            let here = Charter { parties, ..charter.clone() };
            let need = pivotal(u64::from(transition.need), fitting(charter), fitting(&here));
            transition.need = u32::try_from(need).unwrap_or(u32::MAX);
        }
    }
    small.duties.retain(|_, duty| match &duty.trigger {
        Trigger::State(machine, _) => machine == name,
        Trigger::Act(_) => false,
    });
    small.delegations.clear();
    small
}

/// Returns the count that the parties here can turn: all if it took all, else one less than all of them, at most what it was.
/// The parties cut away have then said as much as leaves it to these.
const fn pivotal(count: u64, before: u64, after: u64) -> u64 {
    if count >= before || after == 0 {
        return if after == 0 || count < after { count } else { after };
    }
    let turned = if after > 1 { after - 1 } else { 1 };
    if count < turned { count } else { turned }
}

/// Leaves shares as they are, and brings counts to where these parties can turn them.
fn scale(rule: &mut Rule, charter: &Charter, as_shipped: &Rule, cast: &Cast) {
    let eligible = |ids: &mut dyn Iterator<Item = &PartyId>,
                    tag: Option<&veche_charter::name::Tag>| {
        let counts = |id: &&PartyId| {
            let entry = &charter.parties[*id];
            as_shipped.status.contains(&entry.status)
                && as_shipped.seats.as_ref().is_none_or(|tag| entry.tags.contains(tag))
                && tag.is_none_or(|tag| entry.tags.contains(tag))
        };
        ids.filter(counts).count() as u64
    };
    let sizes = |tag: Option<&veche_charter::name::Tag>| {
        (eligible(&mut charter.parties.keys(), tag), eligible(&mut cast.parties.iter(), tag))
    };
    if let Some(Threshold::Count(count)) = rule.quorum {
        let (before, after) = sizes(None);
        rule.quorum = Some(Threshold::Count(pivotal(count, before, after)));
    }
    let mut tests: Vec<&mut Test> =
        std::iter::once(&mut rule.adopt).chain(&mut rule.fallback).collect();
    while let Some(test) = tests.pop() {
        match test {
            Test::All(inner) | Test::Any(inner) => tests.extend(inner.iter_mut()),
            Test::Not(inner) => tests.push(inner),
            Test::None { .. } => {}
            Test::Of { weight: None, role: None, tag, bound, threshold, .. } => {
                let Threshold::Count(count) = threshold else { continue };
                let (before, after) = sizes(tag.as_ref());
                *count = match bound {
                    Bound::AtLeast => pivotal(*count, before, after),
                    Bound::MoreThan => pivotal(*count + 1, before, after) - 1,
                    Bound::AtMost => (*count).min(after.saturating_sub(1)),
                };
            }
            // A role is held by those whom the opening names; a weight is one of the parties chosen.
            Test::Of { .. } => {}
        }
    }
}

/// Lets one party preside throughout, or pass the chair to another one second after the text is put forward.
fn with_chair(mut charter: Charter, cast: &Cast, passes: bool) -> Charter {
    let chairs: Vec<PartyId> = {
        let seated = charter.organs.values().filter_map(|organ| organ.chair.as_ref());
        let mut order: Vec<PartyId> = seated
            .flat_map(|chair| chair.order.iter())
            .filter(|party| cast.parties.contains(party))
            .cloned()
            .collect();
        order.extend(cast.parties[..cast.nodes].iter().cloned());
        let mut distinct: Vec<PartyId> = Vec::new();
        for party in order {
            if !distinct.contains(&party) {
                distinct.push(party);
            }
        }
        distinct
    };
    let ends = if passes { TABLED + 1 } else { TABLED + TEN_YEARS / 2 };
    for organ in charter.organs.values_mut() {
        if let Some(chair) = &mut organ.chair {
            let seated: Vec<PartyId> =
                chair.order.iter().filter(|p| cast.parties.contains(p)).cloned().collect();
            let rest = chairs.iter().filter(|party| !seated.contains(party)).cloned();
            *chair = Chair {
                order: seated.iter().cloned().chain(rest).take(2).collect(),
                start: UnixSeconds(ends - TEN_YEARS),
                period: Duration::Span(Seconds(TEN_YEARS)),
            };
        }
    }
    charter
}

fn asks_for_chair(machine: &Machine, charter: &Charter, sayings: &[Saying]) -> bool {
    let is_chair = |role: &RoleName| role.as_str() == "chair";
    let asks = |actor: &Actor| match actor {
        Actor::Role(role) | Actor::NotRole(role) | Actor::MemberNotRole(role) => is_chair(role),
        Actor::AnyMember | Actor::Any | Actor::Status(_) | Actor::Tag(_) | Actor::Party(_) => false,
    };
    machine.states.values().flat_map(|state| &state.on).any(|t| asks(&t.by))
        || charter.rules.values().any(|rule| rule.minus.iter().any(is_chair))
        || sayings.iter().any(|saying| saying.act.by.iter().any(asks))
}

/// Returns the label that an act carries: the opening act's if it may, else its own.
fn label(charter: &Charter, act: &Act, of_opener: Option<&Label>) -> Label {
    let is_high_enough = |label: &&Label| {
        act.label_floor.as_ref().is_none_or(|floor| charter.label_at_least(label, floor))
    };
    let own = act.label_default.as_ref().unwrap_or(&charter.default_label);
    of_opener
        .filter(is_high_enough)
        .or_else(|| Some(own).filter(is_high_enough))
        .or(act.label_floor.as_ref())
        .unwrap_or(own)
        .clone()
}

/// Returns terms that an act may have: what it requires, the roles it fills, what clocks read, and the words given.
fn terms(act: &Act, cast: &Cast, words: &BTreeMap<FieldName, String>, machine: &Machine) -> Value {
    let clocks = machine.states.values().filter_map(|state| state.clock.as_ref());
    let read: BTreeSet<&FieldName> = clocks
        .filter_map(|clock| match &clock.span {
            ClockSpan::Field { field, .. } => Some(field),
            ClockSpan::Fixed(_) | ClockSpan::Class(_) => None,
        })
        .collect();
    let fills_role = |name: &FieldName| act.roles.values().any(|field| field == name);
    let mut fields = BTreeMap::new();
    for (name, field) in &act.fields {
        if let Some(word) = words.get(name) {
            fields.insert(name.to_string(), Value::text(word));
        } else if field.required || fills_role(name) || read.contains(name) {
            fields.insert(name.to_string(), value(field, &cast.parties[cast.named_in(name)]));
        }
    }
    Value::Map(fields)
}

/// Returns the fields of an act that changes the charter: to the same text, one version on.
fn next_version(charter: &Charter) -> Vec<(String, Value)> {
    let line = |version: u32| format!("version = {version}\n");
    let next = charter.text.replacen(&line(charter.version), &line(charter.version + 1), 1);
    let amendment = Amendment::between(&charter.text, &next);
    amendment.to_fields().map(|(name, value)| (name.to_owned(), value)).into()
}

fn value(field: &Field, party: &PartyId) -> Value {
    match field.form {
        FieldForm::Text | FieldForm::Other => Value::text("x"),
        FieldForm::Word => Value::text(field.one_of.sorted().first().map_or("x", String::as_str)),
        FieldForm::Number => Value::Int(field.max.map_or(1, |max| max.min(1))),
        FieldForm::Flag => Value::Bool(true),
        FieldForm::Time => Value::text(UnixSeconds(TABLED + 2 * 86_400)),
        FieldForm::Duration => Value::text("2d"),
        FieldForm::Party => Value::text(party),
        FieldForm::Parties => Value::List(vec![Value::text(party)]),
        FieldForm::Hash => Value::text(Hash([7; 32])),
        FieldForm::Texts => Value::List(vec![Value::text("x")]),
        FieldForm::Paragraphs => {
            Value::List(vec![Value::map([("n", Value::Int(1)), ("text", Value::text("x"))])])
        }
    }
}

/// Returns all that may be said about the opening act: each event of the machine, with each position that the machine or its
/// rules tell from others, by everybody for whom it does something in some state.
fn sayings(
    charter: &Charter,
    name: &MachineName,
    opener: &Kind,
    of_opener: &Label,
    cast: &Cast,
    roles: &Roles,
) -> Vec<Saying> {
    let machine = &charter.machines[name];
    let mut sayings: Vec<Saying> = Vec::new();
    for (kind, act) in charter.acts.iter().filter(|(_, act)| is_about(act, opener)) {
        for (event, words) in events(act, machine) {
            for (position, mut said) in positions(act, event.as_ref(), machine, charter) {
                said.extend(words.clone());
                let by: Vec<usize> = (0..cast.parties.len())
                    .filter(|at| charter.may(&cast.parties[*at], kind, Some(roles)).is_ok())
                    .filter(|at| {
                        let party = &cast.parties[*at];
                        let is_note = event.is_none() || position.is_some();
                        let moves = machine.states.values().flat_map(|state| &state.on).any(|t| {
                            Some(&t.event) == event.as_ref()
                                && fits(&t.by, party, &charter.bench(), roles)
                        });
                        moves || is_note && fits(&Actor::AnyMember, party, &charter.bench(), roles)
                    })
                    .collect();
                if by.is_empty() {
                    continue;
                }
                sayings.push(Saying {
                    kind: kind.clone(),
                    label: label(charter, act, Some(of_opener)),
                    terms: terms(act, cast, &said, machine),
                    act: act.clone(),
                    event: event.clone(),
                    position,
                    by,
                });
            }
        }
    }
    // Two kinds of acts that are the same event with the same position do the same.
    let mut distinct: Vec<Saying> = Vec::new();
    for saying in sayings {
        let same = |other: &Saying| {
            other.event == saying.event
                && other.position == saying.position
                && other.by == saying.by
                && other.act.signatures == saying.act.signatures
        };
        if !distinct.iter().any(same) {
            distinct.push(saying);
        }
    }
    distinct
}

/// Returns true if an act may be about what another one opened: it names the kind, or any.
fn is_about(act: &Act, opener: &Kind) -> bool {
    act.about.contains(opener) || act.about.is_empty()
}

type Words = BTreeMap<FieldName, String>;

/// Returns acts for a machine that has none, of a charter that is made of test vectors: one for each event, by anybody, with
/// every position that the charter's rules and machines name.
fn acts_for(charter: &Charter, name: &MachineName, opener: &Kind) -> Vec<(Kind, Act)> {
    let machine = &charter.machines[name];
    let transitions = || machine.states.values().flat_map(|state| &state.on);
    let mut positions: BTreeSet<String> =
        transitions().flat_map(|t| &t.positions).map(ToString::to_string).collect();
    let votes = |t: &Target| matches!(t, Target::Rule { .. });
    let asks = transitions().any(|t| votes(&t.target))
        || machine.states.values().any(|state| state.timeout.as_ref().is_some_and(votes));
    if asks {
        positions.extend(["yes", "no", "abstain"].map(str::to_owned));
    }
    let mut events: BTreeSet<EventName> = transitions().map(|t| t.event.clone()).collect();
    events.extend(asks.then(|| EventName::parse("position").expect("a name")));
    let field = FieldName::parse("position").expect("a name");
    let act = |event: EventName| {
        let states_one = event.as_str() == "position" && !positions.is_empty();
        let mut one_of = Vocabulary::default();
        positions.iter().for_each(|position| assert!(one_of.push(position)));
        let word = Field { form: FieldForm::Word, required: true, max: None, one_of };
        let act = Act {
            opens: None,
            by: Vec::new(),
            about: BTreeSet::from([opener.clone()]),
            about_required: true,
            event: Some(event.clone()),
            event_field: None,
            position: states_one.then(|| PositionFrom::Field(field.clone())),
            fields: states_one.then(|| (field.clone(), word)).into_iter().collect(),
            per_paragraph: false,
            roles: BTreeMap::new(),
            ..charter.acts[opener].clone()
        };
        (Kind::parse(event.as_str()).expect("a kind"), act)
    };
    events.into_iter().map(act).collect()
}

/// Returns the events of the machine that an act may be, with the field that says which.
fn events(act: &Act, machine: &Machine) -> Vec<(Option<EventName>, Words)> {
    let votes = |target: &Target| matches!(target, Target::Rule { .. });
    let is_known = |event: &EventName| {
        machine.states.values().any(|state| {
            let mut targets = state.on.iter().map(|t| &t.target).chain(&state.timeout);
            state.on.iter().any(|t| t.event == *event)
                || act.position.is_some() && targets.any(votes)
        })
    };
    match (&act.event, &act.event_field) {
        (_, Some(field)) => act
            .fields
            .get(field)
            .into_iter()
            .flat_map(|field| field.one_of.sorted())
            .filter_map(|word| Some((EventName::parse(word).ok()?, word)))
            .filter(|(event, _)| is_known(event))
            .map(|(event, word)| (Some(event), Words::from([(field.clone(), word.clone())])))
            .collect(),
        (Some(event), None) if is_known(event) => vec![(Some(event.clone()), Words::new())],
        (Some(_), None) => Vec::new(),
        (None, None) if act.annotates.is_some_and(|a| a.changes_binding) => {
            vec![(None, Words::new())]
        }
        (None, None) => Vec::new(),
    }
}

/// Returns the positions that an act may state, one of each sort that the machine or its rules tell apart.
fn positions(
    act: &Act,
    event: Option<&EventName>,
    machine: &Machine,
    charter: &Charter,
) -> Vec<(Option<Position>, Words)> {
    match &act.position {
        None => vec![(None, Words::new())],
        Some(PositionFrom::Always(position)) => vec![(Some(position.clone()), Words::new())],
        Some(PositionFrom::Field(field)) => {
            let words = act
                .fields
                .get(field)
                .map(|field| field.one_of.sorted().clone())
                .unwrap_or_default();
            let mut sorts: BTreeSet<Vec<bool>> = BTreeSet::new();
            let mut found = Vec::new();
            for word in words {
                let Ok(position) = Position::parse(&word) else { continue };
                if sorts.insert(sort(&position, event, machine, charter)) {
                    found.push((Some(position), Words::from([(field.clone(), word)])));
                }
            }
            found
        }
    }
}

/// Returns what tells a position from others: each list of positions that it is in.
fn sort(
    position: &Position,
    event: Option<&EventName>,
    machine: &Machine,
    charter: &Charter,
) -> Vec<bool> {
    let transitions = machine.states.values().flat_map(|state| &state.on);
    let mut sort: Vec<bool> = transitions
        .filter(|t| Some(&t.event) == event)
        .map(|t| t.positions.is_empty() || t.positions.contains(position))
        .collect();
    sort.extend(["yes", "no", "absent"].map(|word| position.as_str() == word));
    for rule in charter.rules.values() {
        let mut tests: Vec<&Test> = std::iter::once(&rule.adopt).chain(&rule.fallback).collect();
        while let Some(test) = tests.pop() {
            match test {
                Test::All(inner) | Test::Any(inner) => tests.extend(inner),
                Test::Not(inner) => tests.push(inner),
                Test::None { positions, .. } | Test::Of { positions, .. } => {
                    sort.push(positions.contains(position));
                }
            }
        }
        if let veche_charter::model::Binds::AllBut(out) = &rule.binds {
            sort.push(out.contains(position));
        }
    }
    sort
}
