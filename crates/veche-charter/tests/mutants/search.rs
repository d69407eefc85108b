//! Inputs that may tell a mutant from its charter: drawn from a seed, guided by what the charter itself does with them.

use crate::asked;
use crate::runner::{found, word};
use crate::statements::subject;
use std::collections::{BTreeMap, BTreeSet};
use toml::{Table, Value};
use veche_charter::Charter;
use veche_charter::model::{Actor, Machine, Rule, State, Target, Test};
use veche_charter::name::{MachineName, RoleName, RuleName};

/// Inputs tried for each machine.
const RUNS: usize = 400;
/// Inputs tried for each rule, beside those that count up.
const DRAWS: usize = 200;
/// Most inputs made from the cases of a machine.
const AROUND_MAX: usize = 500;
/// Most events of one input.
const EVENTS_MAX: u64 = 6;
/// Minutes between two events, if they are not set by a deadline.
const STEPS: [u64; 8] = [1, 30, 61, 121, 600, 1440, 4320, 14_400];

/// What comes of an input, by what a case may expect.
type Outcome = BTreeMap<&'static str, String>;

/// An input and what the charter says of it, where a mutant says something else.
pub(crate) struct Found {
    pub(crate) input: Table,
    pub(crate) expected: Table,
}

/// The inputs tried for each rule and machine of one charter.
pub(crate) struct Pools<'a> {
    charter: &'a Charter,
    root: &'a Table,
    /// Cases that are there, from which other inputs are made.
    seeds: Vec<Table>,
    made: BTreeMap<String, Vec<(Table, Outcome)>>,
}

impl<'a> Pools<'a> {
    pub(crate) const fn new(charter: &'a Charter, root: &'a Table, seeds: Vec<Table>) -> Self {
        Self { charter, root, seeds, made: BTreeMap::new() }
    }

    /// Returns the least input found for which a mutant's rule or machine gives something else.
    pub(crate) fn find(&mut self, mutant: &Charter, key: &str, name: &str) -> Option<Found> {
        let id = format!("{key} {name}");
        let (charter, root, seeds) = (self.charter, self.root, &self.seeds);
        let pool = self.made.entry(id).or_insert_with(|| {
            let mut draw = Draw::new(name);
            inputs(charter, root, seeds, key, name, RUNS, &mut draw)
                .into_iter()
                .map(|input| (outcome(charter, &input), input))
                .map(|(o, i)| (i, o))
                .collect()
        });
        let (input, _) =
            pool.iter().find(|(input, before)| differs(before, &outcome(mutant, input)))?;
        let input = smaller(charter, mutant, input.clone());
        let (before, after) = (outcome(charter, &input), outcome(mutant, &input));
        // What a statement does is told whole: one such case tells many mutants.
        let whole = subject(&input).is_some();
        let always = ["result", "state"];
        let expected = before
            .iter()
            .filter(|(key, text)| {
                always.contains(key)
                    || (whole && !text.is_empty())
                    || (after.get(*key) != Some(*text) && (!text.is_empty() || LISTS.contains(key)))
            })
            .map(|(key, text)| ((*key).to_owned(), as_value(key, text)))
            .collect();
        Some(Found { input, expected })
    }
}

/// Returns inputs for each rule, machine, act and start of duties of a charter, drawn from the seed and the name, each with all that the charter
/// says of it as a case would expect it: for a second reading of the language to agree with.
pub(crate) fn drawn(charter: &Charter, root: &Table, seed: &str, each: usize) -> Vec<Table> {
    let names = |key| charter_names(root, key);
    let rules = names("rules").into_iter().map(|name| ("rule", name));
    let machines = names("machines").into_iter().map(|name| ("machine", name));
    let acts = names("acts").into_iter().map(|name| ("act", name));
    let starts = charter.duties.values().map(|duty| asked::trigger(&duty.trigger));
    let starts: BTreeSet<String> = starts.collect();
    let after = starts.into_iter().map(|start| ("after", start));
    let mut out = Vec::new();
    for (key, name) in rules.chain(machines).chain(acts).chain(after) {
        let mut draw = Draw::new(&format!("{seed} {name}"));
        let mut inputs = inputs(charter, root, &[], key, &name, each, &mut draw);
        while inputs.len() > each {
            let at = usize::try_from(draw.below(inputs.len() as u64)).unwrap();
            drop(inputs.swap_remove(at));
        }
        out.extend(inputs.into_iter().map(|mut input| {
            let then = outcome(charter, &input);
            let then: Table =
                then.iter().map(|(key, text)| ((*key).to_owned(), as_value(key, text))).collect();
            input.insert("name".into(), format!("drawn: {key} {name}").into());
            input.insert("then".into(), then.into());
            input
        }));
    }
    out
}

fn charter_names(root: &Table, key: &str) -> Vec<String> {
    root.get(key).and_then(Value::as_table).into_iter().flatten().map(|(k, _)| k.clone()).collect()
}

fn inputs(
    charter: &Charter,
    root: &Table,
    seeds: &[Table],
    key: &str,
    name: &str,
    runs: usize,
    draw: &mut Draw,
) -> Vec<Table> {
    match key {
        "rule" => rule_inputs(charter, name, draw),
        "machine" => machine_inputs(charter, root, seeds, name, runs, draw),
        subject => asked::inputs(charter, subject, name),
    }
}

/// What a case may expect that is written as a list.
const LISTS: [&str; 11] = [
    "binds",
    "steps",
    "extended_for",
    "unreached",
    "why",
    "does",
    "owes",
    "readers",
    "above",
    "seats",
    "witnesses",
];

/// Lists are written as lists.
fn as_value(key: &str, text: &str) -> Value {
    if LISTS.contains(&key) {
        return text
            .split("; ")
            .filter(|t| !t.is_empty())
            .map(Value::from)
            .collect::<Vec<_>>()
            .into();
    }
    text.into()
}

/// The reason of a verdict is for people: two that differ in it alone decide the same.
fn outcome(charter: &Charter, input: &Table) -> Outcome {
    let mut out = found(charter, input);
    out.remove("reason");
    out.remove("article");
    out
}

fn differs(before: &Outcome, after: &Outcome) -> bool {
    before != after
}

/// Takes events out of an input as long as the two still differ.
fn smaller(charter: &Charter, mutant: &Charter, mut input: Table) -> Table {
    let differ = |input: &Table| differs(&outcome(charter, input), &outcome(mutant, input));
    // Roles and fields that clocks read stay: an act that opens the machine always brings them.
    for key in ["receipts", "urgency", "now"] {
        let mut less = input.clone();
        if less.remove(key).is_some() && differ(&less) {
            input = less;
        }
    }
    let mut at = 0;
    while at < events(&input) {
        let mut less = input.clone();
        drop(less["when"].as_array_mut().unwrap().remove(at));
        if differ(&less) { input = less } else { at += 1 }
    }
    if events(&input) == 0 {
        input.remove("when");
    }
    input
}

fn events(input: &Table) -> usize {
    input.get("when").and_then(Value::as_array).map_or(0, Vec::len)
}

/// Numbers from a seed: splitmix64, so that every run draws the same.
pub(crate) struct Draw(u64);

impl Draw {
    pub(crate) fn new(seed: &str) -> Self {
        Self(seed.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        }))
    }

    /// Returns a number below `n`.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n.max(1)
    }

    fn of<'t, T>(&mut self, items: &'t [T]) -> &'t T {
        let at = self.below(items.len() as u64);
        &items[usize::try_from(at).unwrap()]
    }

    fn some(&mut self, items: &[String]) -> Vec<String> {
        let keep = self.below(items.len() as u64 + 1);
        let n = items.len() as u64;
        items.iter().filter(|_| self.below(n) < keep).cloned().collect()
    }
}

/// Returns the positions and roles that a rule speaks of.
pub(crate) fn words_of(rule: &Rule) -> (Vec<String>, Vec<String>) {
    let mut positions = vec!["yes".to_owned(), "no".to_owned(), "abstain".to_owned()];
    let mut roles: Vec<String> = rule.minus.iter().map(RoleName::to_string).collect();
    let mut tests = vec![&rule.adopt];
    tests.extend(&rule.fallback);
    while let Some(test) = tests.pop() {
        match test {
            Test::All(inner) | Test::Any(inner) => tests.extend(inner),
            Test::Not(inner) => tests.push(inner),
            Test::None { positions: p, role, .. } | Test::Of { positions: p, role, .. } => {
                positions.extend(p.iter().map(ToString::to_string));
                roles.extend(role.iter().map(RoleName::to_string));
            }
        }
    }
    if let veche_charter::model::Binds::AllBut(p) = &rule.binds {
        positions.extend(p.iter().map(ToString::to_string));
    }
    positions.sort();
    positions.dedup();
    (positions, roles)
}

/// Positions that count up from none to all, and others drawn.
fn rule_inputs(charter: &Charter, name: &str, draw: &mut Draw) -> Vec<Table> {
    let Some(rule) = RuleName::parse(name).ok().and_then(|name| charter.rules.get(&name)) else {
        return Vec::new();
    };
    let (positions, roles) = words_of(rule);
    let eligible: Vec<String> = charter
        .parties
        .iter()
        .filter(|(_, party)| rule.status.contains(&party.status))
        .filter(|(_, party)| rule.seats.as_ref().is_none_or(|tag| party.tags.contains(tag)))
        .map(|(id, _)| id.to_string())
        .collect();
    let all: Vec<String> = charter.parties.keys().map(ToString::to_string).collect();
    let mut out = Vec::new();
    for yes in 0..=eligible.len() {
        for rest in ["no", "abstain", "absent"] {
            let (a, b) = eligible.split_at(yes);
            out.push(rule_input(
                name,
                &[("yes", a.to_vec()), (rest, b.to_vec())],
                &roles,
                &all,
                draw,
            ));
        }
    }
    for _ in 0..DRAWS {
        let whose = if draw.below(4) == 0 { &all } else { &eligible };
        let mut left = whose.clone();
        let mut given = Vec::new();
        for position in &positions {
            let who = draw.some(&left);
            left.retain(|id| !who.contains(id));
            given.push((position.as_str(), who));
        }
        out.push(rule_input(name, &given, &roles, &all, draw));
    }
    out
}

fn rule_input(
    name: &str,
    given: &[(&str, Vec<String>)],
    roles: &[String],
    all: &[String],
    draw: &mut Draw,
) -> Table {
    let given = given.iter().filter(|(position, who)| !who.is_empty() && *position != "absent");
    let given: Table =
        given.map(|(position, who)| ((*position).to_owned(), who.clone().into())).collect();
    let mut input = Table::new();
    input.insert("rule".into(), name.into());
    input.insert("given".into(), given.into());
    with_roles(&mut input, roles, all, draw);
    input
}

fn with_roles(input: &mut Table, roles: &[String], all: &[String], draw: &mut Draw) {
    let held: Table = roles
        .iter()
        .filter(|role| role.as_str() != "chair")
        .map(|role| (role.clone(), draw.of(all).clone().into()))
        .collect();
    if !held.is_empty() {
        input.insert("roles".into(), held.into());
    }
}

/// What one machine's inputs are drawn from.
struct Ground<'a> {
    charter: &'a Charter,
    machine: &'a Machine,
    all: Vec<String>,
    roles: Vec<String>,
    urgencies: Vec<String>,
    fields: Vec<String>,
    positions: Vec<String>,
}

fn machine_inputs(
    charter: &Charter,
    root: &Table,
    seeds: &[Table],
    name: &str,
    runs: usize,
    draw: &mut Draw,
) -> Vec<Table> {
    let named = MachineName::parse(name).ok().and_then(|name| charter.machines.get(&name));
    let Some(machine) = named else { return Vec::new() };
    let ground = Ground::new(charter, root, machine, name);
    let seeds = seeds.iter().filter(|case| word(case, "machine") == Some(name));
    let mut inputs: Vec<Table> = seeds.flat_map(|seed| ground.around(seed)).collect();
    inputs.truncate(AROUND_MAX);
    inputs.extend((0..runs).map(|_| ground.input(name, draw)));
    inputs
}

impl<'a> Ground<'a> {
    fn new(charter: &'a Charter, root: &Table, machine: &'a Machine, name: &str) -> Self {
        let (mut roles, mut positions) =
            (vec!["initiator".to_owned()], vec!["yes".to_owned(), "no".to_owned()]);
        let steps = || machine.states.values().flat_map(|state| &state.on);
        for step in steps() {
            positions.extend(step.positions.iter().map(ToString::to_string));
            match &step.by {
                Actor::Role(role) | Actor::NotRole(role) | Actor::MemberNotRole(role) => {
                    roles.push(role.to_string());
                }
                Actor::AnyMember
                | Actor::Any
                | Actor::Status(_)
                | Actor::Tag(_)
                | Actor::Party(_) => {}
            }
        }
        let targets = steps().map(|step| &step.target);
        let targets =
            targets.chain(machine.states.values().filter_map(|state| state.timeout.as_ref()));
        for target in targets {
            if let Target::Rule { rule, .. } = target {
                let (p, r) = words_of(&charter.rules[rule]);
                positions.extend(p);
                roles.extend(r);
            }
        }
        for list in [&mut roles, &mut positions] {
            list.sort();
            list.dedup();
        }
        let calendars = charter.calendars.values().flat_map(|c| c.classes.values());
        let urgencies = calendars.flat_map(|class| class.keys().cloned()).collect();
        let states = root["machines"][name].get("states").and_then(Value::as_table);
        let clocks = states.into_iter().flatten().filter_map(|(_, state)| state.get("clock"));
        let fields =
            clocks.filter_map(|clock| Some(clock.get("field")?.as_str()?.to_owned())).collect();
        let all = charter.parties.keys().map(ToString::to_string).collect();
        Self { charter, machine, all, roles, urgencies, fields, positions }
    }

    fn input(&self, name: &str, draw: &mut Draw) -> Table {
        let mut input = Table::new();
        input.insert("machine".into(), name.into());
        with_roles(&mut input, &self.roles, &self.all, draw);
        if !self.urgencies.is_empty() && draw.below(2) == 0 {
            input.insert("urgency".into(), draw.of(&self.urgencies).clone().into());
        }
        let by_time = draw.below(2) == 0;
        for field in &self.fields {
            let (key, value) = if by_time {
                ("times", since(draw.of(&STEPS) * (1 + draw.below(4))))
            } else {
                ("durations", (*draw.of(&["3h", "5d", "40d", "4wd", "2mo"])).to_owned())
            };
            let table = input.entry(key).or_insert_with(|| Table::new().into());
            table.as_table_mut().unwrap().insert(field.clone(), value.into());
        }
        if draw.below(3) == 0 {
            let late = draw.of(&self.all).clone();
            let when = if draw.below(2) == 0 { "never".into() } else { since(*draw.of(&STEPS)) };
            input.insert("receipts".into(), Table::from_iter([(late, when.into())]).into());
        }
        self.add_events(&mut input, draw);
        input
    }

    /// Adds events that the state at hand knows, mostly by those who may, often close to its deadline.
    fn add_events(&self, input: &mut Table, draw: &mut Draw) {
        input.insert("when".into(), Vec::<Value>::new().into());
        let mut now = 0;
        for _ in 0..draw.below(EVENTS_MAX + 1) {
            let at = found(self.charter, input);
            let Some(state) = self.state(&at["state"]) else { break };
            if state.is_final && draw.below(3) > 0 {
                break;
            }
            now = next_time(&at["deadline"], now, draw);
            let bulk = if draw.below(4) == 0 { 1 + draw.below(self.all.len() as u64) } else { 1 };
            let (mut event, by) = self.event(state, draw);
            event.insert("at".into(), since(now).into());
            if draw.below(8) == 0 {
                event.insert("not_before".into(), since(now.saturating_sub(120)).into());
            }
            let fitting = self.fitting(input, by.as_ref());
            let from = draw.below(fitting.len() as u64);
            for n in 0..bulk.min(fitting.len() as u64) {
                let place = usize::try_from((from + n) % fitting.len() as u64).unwrap();
                event.insert("by".into(), fitting[place].clone().into());
                input["when"].as_array_mut().unwrap().push(event.clone().into());
            }
        }
        let at = found(self.charter, input);
        if draw.below(5) > 0 {
            let time = next_time(&at["deadline"], now, draw);
            input.insert("now".into(), since(time).into());
        }
    }

    /// Returns a case's input, and each part of its course with one more event that the state at hand knows: states deep in
    /// a machine are not drawn by chance, and cases go there.
    fn around(&self, case: &Table) -> Vec<Table> {
        let mut seed = case.clone();
        for key in ["name", "then"] {
            seed.remove(key);
        }
        let mut out = vec![seed.clone()];
        seed.remove("now");
        let events = seed.get("when").and_then(Value::as_array).cloned().unwrap_or_default();
        for length in 0..=events.len() {
            let mut part = seed.clone();
            part.insert("when".into(), events[..length].to_vec().into());
            let reached = found(self.charter, &part);
            let Some(state) = self.state(&reached["state"]) else { continue };
            let now =
                events[..length].iter().filter_map(|event| minutes(event.get("at")?.as_str()?));
            let now = now.max().unwrap_or_default() + 1;
            for step in &state.on {
                let fitting = self.fitting(&part, Some(&step.by));
                let others = self.all.iter().filter(|id| !fitting.contains(id)).take(2);
                let positions: Vec<Option<String>> = match step.positions.is_empty() {
                    false => step.positions.iter().map(|p| Some(p.to_string())).collect(),
                    true if matches!(step.target, Target::Rule { .. }) => {
                        vec![Some("yes".to_owned()), Some("no".to_owned())]
                    }
                    true => vec![None],
                };
                for (by, position) in fitting
                    .iter()
                    .take(2)
                    .chain(others)
                    .flat_map(|by| positions.iter().map(move |position| (by, position)))
                {
                    let mut event = Table::from_iter([
                        ("at".to_owned(), since(now).into()),
                        ("by".to_owned(), by.clone().into()),
                        ("ev".to_owned(), step.event.to_string().into()),
                    ]);
                    if let Some(position) = position {
                        event.insert("pos".into(), position.clone().into());
                    }
                    let mut input = part.clone();
                    input["when"].as_array_mut().unwrap().push(event.into());
                    out.push(input);
                }
            }
        }
        out
    }

    fn state(&self, name: &str) -> Option<&'a State> {
        self.machine.states.iter().find(|(state, _)| state.as_str() == name).map(|(_, s)| s)
    }

    fn event(&self, state: &State, draw: &mut Draw) -> (Table, Option<Actor>) {
        let mut event = Table::new();
        if state.on.is_empty() || draw.below(12) == 0 {
            event.insert("ev".into(), "position".into());
            event.insert("pos".into(), draw.of(&self.positions).clone().into());
            return (event, None);
        }
        let step = draw.of(&state.on);
        event.insert("ev".into(), step.event.to_string().into());
        let asks = matches!(step.target, Target::Rule { .. }) || !step.positions.is_empty();
        if asks || step.event.as_str() == "position" {
            let own: Vec<String> = step.positions.iter().map(ToString::to_string).collect();
            let of = if own.is_empty() || draw.below(3) == 0 { &self.positions } else { &own };
            event.insert("pos".into(), draw.of(of).clone().into());
        }
        (event, (draw.below(4) > 0).then(|| step.by.clone()))
    }

    /// Returns the parties that an actor fits; everybody where none is asked for, or nobody fits.
    fn fitting(&self, input: &Table, by: Option<&Actor>) -> Vec<String> {
        let holds = |role: &RoleName, id: &str| {
            let held = input.get("roles").and_then(|roles| roles.get(role.as_str()));
            held.and_then(Value::as_str) == Some(id)
        };
        let Some(by) = by else { return self.all.clone() };
        let parties = self.charter.parties.iter();
        let fit: Vec<String> = parties
            .filter(|(id, party)| {
                let member = party.status.as_str() == "member";
                match by {
                    Actor::AnyMember => member,
                    Actor::Any => true,
                    Actor::Role(role) if role.as_str() == "chair" => member,
                    Actor::Role(role) => holds(role, id.as_str()),
                    Actor::NotRole(role) => !holds(role, id.as_str()),
                    Actor::MemberNotRole(role) => member && !holds(role, id.as_str()),
                    Actor::Status(set) => set.contains(&party.status),
                    Actor::Tag(tag) => party.tags.contains(tag),
                    Actor::Party(one) => one == *id,
                }
            })
            .map(|(id, _)| id.to_string())
            .collect();
        if fit.is_empty() { self.all.clone() } else { fit }
    }
}

/// Writes minutes as a case does: `5:59`.
fn since(minutes: u64) -> String {
    format!("{}:{:02}", minutes / 60, minutes % 60)
}

/// Reads `5:59` as minutes; none for another text.
fn minutes(text: &str) -> Option<u64> {
    let (hours, minutes) = text.split_once(':')?;
    Some(hours.parse::<u64>().ok()? * 60 + minutes.parse::<u64>().ok()?)
}

/// Returns a time at or around the deadline, or some steps on.
fn next_time(deadline: &str, now: u64, draw: &mut Draw) -> u64 {
    match minutes(deadline) {
        Some(at) if draw.below(2) == 0 => (at + draw.below(3)).saturating_sub(1).max(now),
        _ => now + draw.of(&STEPS),
    }
}
