//! What is the case at a moment, and what may happen next: logs, delays and faults of a small world.

use crate::fold::{Certified, Fold, Standing};
use crate::promises::{self, Found};
use crate::setup::Setup;
use stateright::{Model, Property};
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// A fault, as a bit of a set.
pub(crate) type Fault = u8;

/// A node can neither send nor receive for a while.
pub(crate) const PARTITION: Fault = 1;
/// One node gets a record later than the others, or never.
pub(crate) const LATE: Fault = 2;
/// One node never gets the content of a record, and so takes no more of its log.
pub(crate) const WITHHELD: Fault = 4;
/// Another party takes the chair one second after the text is put forward.
pub(crate) const CHAIR: Fault = 8;
/// One node colludes: it states receipts at any hour, keeps back the end of its log, dates nothing, cosigns any head.
pub(crate) const SKEW: Fault = 16;
/// A party shows two histories of its log.
pub(crate) const FORK: Fault = 32;
/// A party loses its last statement, opens a new log from before it, and may say otherwise there.
pub(crate) const BACKUP: Fault = 64;

/// All faults.
pub(crate) const EVERY_FAULT: Fault = 127;

/// The faults with their names for people.
pub(crate) const FAULTS: [(Fault, &str); 7] = [
    (PARTITION, "partition"),
    (LATE, "late receipt"),
    (WITHHELD, "withheld content"),
    (CHAIR, "change of the chair"),
    (SKEW, "colluding clock"),
    (FORK, "contradictory records"),
    (BACKUP, "restored backup"),
];

/// A row of a party's log. Hours are ticks.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Row {
    /// "I held these logs so far", by log and rows; the hour stated, and the one at which it was written.
    Holds { heads: Vec<(u8, u8)>, stated: u8, written: u8 },
    /// A statement, and whether its author's node states the hour with it.
    Says { saying: u8, is_dated: bool, written: u8 },
    /// A new log that takes the place of the party's first from a size on.
    Epoch { good: u8, written: u8 },
}

impl Row {
    pub(crate) const fn written(&self) -> u8 {
        match self {
            Self::Holds { written, .. }
            | Self::Says { written, .. }
            | Self::Epoch { written, .. } => *written,
        }
    }

    pub(crate) const fn is_act(&self) -> bool {
        matches!(self, Self::Says { .. } | Self::Epoch { .. })
    }
}

/// A second history of a log.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Fork {
    pub(crate) log: u8,
    /// The row at which the histories part.
    pub(crate) at: u8,
    /// What stands there in the second one; nothing: it ends before.
    pub(crate) instead: Option<u8>,
    /// The node that is shown the second history.
    pub(crate) shown_to: u8,
}

/// Two histories at most: which of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum History {
    First,
    Second,
}

/// What is the case at a moment. A party of number n has logs 2n and, after a restored backup, 2n + 1.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct World {
    /// Seconds after the text was put forward, by tick; the last is now.
    pub(crate) times: Vec<u32>,
    pub(crate) logs: Vec<Vec<Row>>,
    /// By node: logs of which a record is on its way to it.
    pub(crate) late: Vec<u16>,
    /// By node: logs that it takes no more of.
    pub(crate) withheld: Vec<u16>,
    pub(crate) faults: Fault,
    pub(crate) chair_passes: bool,
    pub(crate) colluder: Option<u8>,
    pub(crate) cut_off: Option<u8>,
    pub(crate) has_healed: bool,
    pub(crate) fork: Option<Fork>,
    /// Statements made so far.
    pub(crate) said: u8,
    /// States of the machine that were seen at an end of a tick, as a set.
    pub(crate) visited: u32,
    /// What was found, once it is over.
    pub(crate) found: Found,
}

impl World {
    pub(crate) fn now(&self) -> u8 {
        u8::try_from(self.times.len() - 1).expect("few ticks")
    }

    /// The log that a party writes to.
    pub(crate) fn current(&self, party: usize) -> usize {
        let second = party * 2 + 1;
        if self.logs[second].is_empty() { party * 2 } else { second }
    }

    /// How many rows of a log a node has stated that it holds, up to a tick.
    pub(crate) fn held(&self, node: usize, log: usize, tick: u8) -> Option<u8> {
        let own = self.logs[node * 2].iter().chain(&self.logs[node * 2 + 1]);
        let stated = own.filter(|row| row.written() <= tick).filter_map(|row| match row {
            Row::Holds { heads, .. } => heads.iter().find(|(l, _)| usize::from(*l) == log),
            Row::Says { .. } | Row::Epoch { .. } => None,
        });
        stated.map(|(_, rows)| *rows).max()
    }

    /// The logs of one history. What a node states of the other one is left out, as a node leaves out what contradicts the log
    /// that it holds.
    pub(crate) fn history(&self, which: History) -> Vec<Vec<Row>> {
        let mut logs = self.logs.clone();
        let Some(fork) = &self.fork else { return logs };
        for (log, rows) in logs.iter_mut().enumerate() {
            for (at, row) in rows.iter_mut().enumerate() {
                if self.contradicts(log, at, which)
                    && let Row::Holds { heads, .. } = row
                {
                    heads.retain(|(of, _)| *of != fork.log);
                }
            }
        }
        if which == History::Second {
            let log = &mut logs[usize::from(fork.log)];
            let written = log[usize::from(fork.at)].written();
            log.truncate(usize::from(fork.at));
            log.extend(fork.instead.map(|saying| Row::Says { saying, is_dated: true, written }));
        }
        logs
    }

    /// Returns true if a row states that its node holds the other history.
    pub(crate) fn contradicts(&self, log: usize, at: usize, which: History) -> bool {
        let Some(fork) = &self.fork else { return false };
        let node = log / 2;
        let sees =
            if node == usize::from(fork.shown_to) { History::Second } else { History::First };
        match self.logs[log].get(at) {
            Some(Row::Holds { heads, .. }) => {
                sees != which && heads.iter().any(|(of, rows)| *of == fork.log && *rows > fork.at)
            }
            Some(Row::Says { .. } | Row::Epoch { .. }) | None => false,
        }
    }

    /// Returns true if nothing passes between two nodes.
    pub(crate) fn is_cut(&self, a: usize, b: usize) -> bool {
        self.cut_off.is_some_and(|node| (usize::from(node) == a) != (usize::from(node) == b))
    }

    pub(crate) fn histories(&self) -> Vec<History> {
        let mut all = vec![History::First];
        all.extend(self.fork.as_ref().map(|_| History::Second));
        all
    }
}

/// Returns how many rows there are up to the last that is more than a receipt.
pub(crate) fn acts_until(rows: &[Row]) -> u8 {
    let last = rows.iter().rposition(Row::is_act).map_or(0, |at| at + 1);
    u8::try_from(last).expect("few rows")
}

/// How a statement reaches the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Prompt,
    LateFor(usize),
    WithheldFrom(usize),
    Undated,
}

/// Something that happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    Tick,
    Says {
        party: usize,
        saying: usize,
        way: Way,
    },
    Arrives {
        node: usize,
    },
    CutOff {
        node: usize,
    },
    Heals,
    /// The colluder states that it held so much of a log at an hour.
    States {
        log: usize,
        rows: u8,
        stated: u8,
    },
    Forks {
        party: usize,
        saying: usize,
        instead: Option<usize>,
        shown_to: usize,
    },
    Restores {
        party: usize,
    },
}

/// How far a model goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// Statements in one course of events.
    pub(crate) said: u8,
    /// Different faults in one course of events.
    pub(crate) faults: u32,
    /// Only these faults.
    pub(crate) of: Fault,
    /// True if states are taken together that differ by an exchange of parties alike.
    pub(crate) is_symmetric: bool,
    /// True if what `reduce.rs` says is left out: it loses nothing.
    pub(crate) is_reduced: bool,
}

/// The model of one machine.
#[derive(Clone)]
pub(crate) struct Course {
    pub(crate) setup: Arc<Setup>,
    pub(crate) fold: Arc<Fold>,
    pub(crate) bounds: Bounds,
    pub(crate) ticks: usize,
    /// States generated so far, and how many may be: beyond that nothing more happens.
    spent: Arc<AtomicUsize>,
    budget: Arc<AtomicUsize>,
    /// What was found at the ends that were judged, by what matters of them.
    judged: Arc<Mutex<BTreeMap<u64, Found>>>,
    /// The ends of courses of events, if somebody asks for them.
    endings: Option<Arc<Mutex<BTreeSet<Ending>>>>,
}

/// What an end comes to: what was found, and the decisions that can be certified, each with whom it binds.
pub(crate) type Ending = (Found, BTreeSet<(String, u16)>);

impl Course {
    pub(crate) fn new(setup: Setup, bounds: Bounds, fold: Fold) -> Self {
        let reaches = setup
            .machine()
            .states
            .values()
            .any(|state| state.clock.as_ref().is_some_and(|clock| clock.unreached.is_some()));
        let ticks = (1 + 2 * setup.clocks.min(2)).max(2) + usize::from(reaches);
        Self {
            setup: Arc::new(setup),
            fold: Arc::new(fold),
            bounds,
            ticks,
            spent: Arc::default(),
            budget: Arc::new(AtomicUsize::new(usize::MAX)),
            judged: Arc::default(),
            endings: None,
        }
    }

    /// Lets so many states be generated and no more; `usize::MAX` takes the limit away.
    pub(crate) fn limit(&self, budget: usize) {
        self.budget.store(budget, Ordering::Relaxed);
    }

    /// Keeps what the ends of courses of events come to, for [`Self::endings`].
    pub(crate) fn keeping_endings(mut self) -> Self {
        self.endings = Some(Arc::default());
        self
    }

    /// Notes what an end comes to.
    pub(crate) fn note(&self, found: Found, certified: &[Certified]) {
        if let Some(endings) = &self.endings {
            let results = certified.iter().map(|one| (one.proved.state.clone(), one.proved.binds));
            endings.lock().expect("no panic before").insert((found, results.collect()));
        }
    }

    /// Returns what the ends come to that were judged.
    pub(crate) fn endings(&self) -> BTreeSet<Ending> {
        let endings = self.endings.iter().flat_map(|all| all.lock().expect("no panic").clone());
        endings.collect()
    }

    /// Returns true if the budget is spent.
    pub(crate) fn is_spent(&self) -> bool {
        self.spent.load(Ordering::Relaxed) >= self.budget.load(Ordering::Relaxed)
    }

    pub(crate) fn is_over(&self, world: &World) -> bool {
        world.times.len() == self.ticks
    }

    pub(crate) fn with_fault(&self, world: &World, fault: Fault) -> bool {
        self.bounds.of & fault != 0 && (world.faults | fault).count_ones() <= self.bounds.faults
    }

    fn start(&self) -> World {
        let parties = self.setup.parties.len();
        World {
            times: vec![0],
            logs: vec![Vec::new(); parties * 2],
            late: vec![0; self.setup.nodes],
            withheld: vec![0; self.setup.nodes],
            faults: 0,
            chair_passes: false,
            colluder: None,
            cut_off: None,
            has_healed: false,
            fork: None,
            said: 0,
            visited: 0,
            found: Found::default(),
        }
    }

    /// The faults that the opening may meet.
    fn openings(&self) -> Vec<World> {
        let author = self.setup.opener().author;
        let keeper = self.setup.host(author);
        let bit = 1_u16 << (author * 2);
        let mut worlds = vec![self.start()];
        let add = |worlds: &mut Vec<World>,
                   fault: Fault,
                   change: &dyn Fn(&mut World, usize),
                   over: Vec<usize>| {
            for world in worlds.clone() {
                if self.with_fault(&world, fault) {
                    for node in &over {
                        let mut next = world.clone();
                        next.faults |= fault;
                        change(&mut next, *node);
                        worlds.push(next);
                    }
                }
            }
        };
        let nodes = || (0..self.setup.nodes).collect::<Vec<_>>();
        let others = || nodes().into_iter().filter(|node| *node != keeper).collect::<Vec<_>>();
        if self.setup.passing_chair.is_some() {
            add(&mut worlds, CHAIR, &|world, _| world.chair_passes = true, vec![0]);
        }
        if self.setup.charter.witnessing.colluding > 0 {
            add(
                &mut worlds,
                SKEW,
                &|world, node| world.colluder = u8::try_from(node).ok(),
                nodes(),
            );
        }
        add(&mut worlds, LATE, &|world, node| world.late[node] |= bit, others());
        add(&mut worlds, WITHHELD, &|world, node| world.withheld[node] |= bit, others());
        add(
            &mut worlds,
            PARTITION,
            &|world, node| world.cut_off = u8::try_from(node).ok(),
            others(),
        );
        worlds
    }

    /// Lets each node state what reached it.
    fn deliver(&self, world: &mut World) {
        let now = world.now();
        for node in 0..self.setup.nodes {
            if world.colluder == u8::try_from(node).ok() {
                continue;
            }
            let mut heads = Vec::new();
            for log in 0..world.logs.len() {
                let keeper = self.setup.host(log / 2);
                let bit = 1_u16 << log;
                let is_kept_back = (world.late[node] | world.withheld[node]) & bit != 0;
                if keeper == node || is_kept_back || world.is_cut(node, keeper) {
                    continue;
                }
                if let Some(rows) = self.new_for(world, node, log) {
                    heads.push((u8::try_from(log).expect("few logs"), rows));
                }
            }
            if !heads.is_empty() {
                let log = world.current(node);
                world.logs[log].push(Row::Holds { heads, stated: now, written: now });
            }
        }
    }

    /// Returns how much of a log there is for a node, if it has not stated that it holds so much.
    pub(crate) fn new_for(&self, world: &World, node: usize, log: usize) -> Option<u8> {
        let second = world
            .fork
            .as_ref()
            .filter(|fork| usize::from(fork.log) == log && usize::from(fork.shown_to) == node);
        let rows = match second {
            Some(fork) => fork.at + u8::from(fork.instead.is_some()),
            None => acts_until(&world.logs[log]),
        };
        let held = world.held(node, log, world.now());
        let is_opening = log == self.setup.opener().author * 2;
        match held {
            None => (rows > 0 || is_opening).then_some(rows),
            Some(held) => (rows > held).then_some(rows),
        }
    }

    pub(crate) fn says(&self, world: &World, standing: &Standing, events: &mut Vec<Event>) {
        for (saying, said) in self.setup.sayings.iter().enumerate() {
            for party in said.by.iter().copied() {
                if !self.fold.has_use(standing, world.visited, said, party)
                    || self.has_spoken(world, party) && self.was_of_use(world, said, party)
                {
                    continue;
                }
                let mut push = |way| events.push(Event::Says { party, saying, way });
                push(Way::Prompt);
                let keeper = self.setup.host(party);
                let honest = (0..self.setup.nodes)
                    .filter(|node| *node != keeper && world.colluder != u8::try_from(*node).ok());
                for node in honest.clone() {
                    if self.with_fault(world, LATE) && world.late.iter().all(|late| *late == 0) {
                        push(Way::LateFor(node));
                    }
                    if self.with_fault(world, WITHHELD) && world.withheld.iter().all(|w| *w == 0) {
                        push(Way::WithheldFrom(node));
                    }
                }
                if world.colluder == u8::try_from(party).ok() && world.now() > 0 {
                    push(Way::Undated);
                }
                if self.with_fault(world, FORK) && world.fork.is_none() && party < self.setup.nodes
                {
                    // Nothing, or the first thing that says otherwise.
                    let otherwise = self.setup.sayings.iter().position(|other| {
                        other.by.contains(&party)
                            && (&other.event, &other.position) != (&said.event, &said.position)
                    });
                    for shown_to in honest {
                        for instead in [Some(None), otherwise.map(Some)].into_iter().flatten() {
                            events.push(Event::Forks { party, saying, instead, shown_to });
                        }
                    }
                }
            }
        }
    }

    fn push_saying(&self, world: &mut World, party: usize, saying: usize, is_dated: bool) {
        let (log, written) = (world.current(party), world.now());
        let saying = u8::try_from(saying).expect("few sayings");
        world.logs[log].push(Row::Says { saying, is_dated, written });
        world.said += 1;
    }

    /// Moves to the next moment that matters: one second before the next deadline, the deadline, or an hour later.
    fn tick(&self, world: &mut World) {
        let standing = self.fold.standing(world);
        world.visited |= standing.state_bit;
        let now = world.times[world.times.len() - 1];
        let next = match standing.deadline {
            Some(deadline) if deadline > now + 1 => deadline - 1,
            Some(deadline) if deadline > now => deadline,
            Some(_) | None => now + 3_600,
        };
        world.times.push(next);
        world.visited |= self.fold.standing(world).state_bit;
    }

    /// Lets the colluder state receipts. It speaks last, when it knows what all others said, and of as much as it likes.
    fn colludes(&self, world: &World, events: &mut Vec<Event>) {
        let is_last = world.times.len() + 1 == self.ticks;
        let Some(node) = world.colluder.map(usize::from).filter(|_| is_last) else { return };
        for log in (0..world.logs.len()).filter(|log| self.setup.host(log / 2) != node) {
            for rows in self.sizes_for(world, node, log) {
                let hours = 0..=world.now();
                events.extend(hours.map(|stated| Event::States { log, rows, stated }));
            }
        }
    }

    /// Returns how much of a log the colluder may state that it holds: up to any act that it has not stated yet.
    fn sizes_for(&self, world: &World, node: usize, log: usize) -> Vec<u8> {
        let Some(most) = self.new_for(world, node, log) else { return Vec::new() };
        let acts = world.logs[log].iter().enumerate().filter(|(_, row)| row.is_act());
        let ends = acts.filter_map(|(at, _)| u8::try_from(at + 1).ok());
        let is_opening = log == self.setup.opener().author * 2;
        let held = world.held(node, log, world.now());
        let is_new = |rows: &u8| *rows < most && held.is_none_or(|held| *rows > held);
        let opening = Some(0).filter(|_| is_opening);
        opening.into_iter().chain(ends).filter(is_new).chain([most]).collect()
    }

    /// Judges an end, or remembers what was found at one that is the same in all that is judged.
    fn found(&self, world: &World) -> Found {
        if !self.bounds.is_reduced {
            return promises::judge(self, world);
        }
        let mut hasher = DefaultHasher::new();
        world.hash(&mut hasher);
        let key = hasher.finish();
        if let Some(found) = self.judged.lock().expect("no panic before").get(&key) {
            return *found;
        }
        let found = promises::judge(self, world);
        self.judged.lock().expect("no panic before").insert(key, found);
        found
    }

    fn restore(&self, world: &mut World, party: usize) {
        let log = party * 2;
        let last = acts_until(&world.logs[log]) - 1;
        let written = world.now();
        world.logs[log + 1].push(Row::Epoch { good: last, written });
        world.faults |= BACKUP;
    }
}

impl Model for Course {
    type State = World;
    type Action = Event;

    fn init_states(&self) -> Vec<World> {
        let mut worlds = self.openings();
        for world in &mut worlds {
            self.deliver(world);
            world.visited = self.fold.standing(world).state_bit;
        }
        self.reduced_openings(worlds)
    }

    fn actions(&self, world: &World, events: &mut Vec<Event>) {
        if self.is_over(world) || self.is_spent() {
            return;
        }
        events.push(Event::Tick);
        let nodes = || 0..self.setup.nodes;
        if !self.has_moved_since(world) {
            let is_late = |node: &usize| world.late[*node] != 0 && self.would_arrive(world, *node);
            events.extend(nodes().filter(is_late).map(|node| Event::Arrives { node }));
            events.extend(world.cut_off.map(|_| Event::Heals));
        }
        let may_cut = world.cut_off.is_none() && !world.has_healed && self.may_grow(world);
        if may_cut && self.with_fault(world, PARTITION) {
            events.extend(nodes().map(|node| Event::CutOff { node }));
        }
        self.colludes(world, events);
        if self.with_fault(world, BACKUP) && world.faults & BACKUP == 0 {
            let has_said = |party: &usize| {
                acts_until(&world.logs[party * 2]) > 0 && !self.has_spoken(world, *party)
            };
            events.extend(nodes().filter(has_said).map(|party| Event::Restores { party }));
        }
        if world.said < self.bounds.said {
            self.says(world, &self.fold.standing(world), events);
        }
    }

    fn next_state(&self, world: &World, event: Event) -> Option<World> {
        self.spent.fetch_add(1, Ordering::Relaxed);
        let mut next = world.clone();
        match event {
            Event::Tick => self.tick(&mut next),
            Event::Says { party, saying, way } => {
                self.push_saying(&mut next, party, saying, way != Way::Undated);
                let bit = 1_u16 << next.current(party);
                match way {
                    Way::Prompt | Way::Undated => {}
                    Way::LateFor(node) => {
                        next.late[node] |= bit;
                        next.faults |= LATE;
                    }
                    Way::WithheldFrom(node) => {
                        next.withheld[node] |= bit;
                        next.faults |= WITHHELD;
                    }
                }
            }
            Event::Arrives { node } => next.late[node] = 0,
            Event::CutOff { node } => {
                next.cut_off = u8::try_from(node).ok();
                next.faults |= PARTITION;
            }
            Event::Heals => {
                next.cut_off = None;
                next.has_healed = true;
            }
            Event::States { log, rows, stated } => {
                let node = usize::from(next.colluder?);
                let (to, written) = (next.current(node), next.now());
                let heads = vec![(u8::try_from(log).ok()?, rows)];
                next.logs[to].push(Row::Holds { heads, stated, written });
            }
            Event::Forks { party, saying, instead, shown_to } => {
                let log = next.current(party);
                next.fork = Some(Fork {
                    log: u8::try_from(log).ok()?,
                    at: u8::try_from(next.logs[log].len()).ok()?,
                    instead: instead.and_then(|saying| u8::try_from(saying).ok()),
                    shown_to: u8::try_from(shown_to).ok()?,
                });
                next.faults |= FORK;
                self.push_saying(&mut next, party, saying, true);
            }
            Event::Restores { party } => self.restore(&mut next, party),
        }
        self.deliver(&mut next);
        if self.bounds.is_reduced {
            if !matches!(event, Event::CutOff { .. }) && !self.is_cut_seen(&next) {
                return None;
            }
            self.forget(&mut next);
        }
        if self.bounds.is_symmetric {
            next = self.representative(next);
        }
        if self.is_over(&next) {
            next.found = self.found(&next);
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let always = promises::PROMISES.iter().map(|(name, holds)| Property::always(name, *holds));
        let sometimes =
            promises::SIGHTS.iter().map(|(name, seen)| Property::sometimes(name, *seen));
        always.chain(sometimes).collect()
    }
}

impl Course {
    /// Returns the least of the worlds that come of this one by exchanging parties alike.
    pub(crate) fn representative(&self, world: World) -> World {
        let mut orders = vec![(0..self.setup.parties.len()).collect::<Vec<usize>>()];
        for group in &self.setup.alike {
            let mut more = Vec::new();
            for order in &orders {
                for shuffled in permutations(group) {
                    let mut next = order.clone();
                    for (from, to) in group.iter().zip(shuffled) {
                        next[*from] = to;
                    }
                    more.push(next);
                }
            }
            orders = more;
        }
        let exchanged = orders.iter().map(|order| exchange(&world, order));
        exchanged.min().unwrap_or(world)
    }
}

fn permutations(items: &[usize]) -> Vec<Vec<usize>> {
    let [first, rest @ ..] = items else { return vec![Vec::new()] };
    let mut all = Vec::new();
    for shorter in permutations(rest) {
        for at in 0..=shorter.len() {
            let mut longer = shorter.clone();
            longer.insert(at, *first);
            all.push(longer);
        }
    }
    all
}

/// Returns the world in which party n goes by the number `order[n]`.
fn exchange(world: &World, order: &[usize]) -> World {
    let party = |n: usize| order[n];
    let log = |l: usize| party(l / 2) * 2 + l % 2;
    let small = |n: usize| u8::try_from(n).expect("few");
    let mask = |bits: u16| {
        (0..world.logs.len()).filter(|l| bits & (1 << l) != 0).fold(0, |all, l| all | 1 << log(l))
    };
    let mut next = world.clone();
    for l in 0..world.logs.len() {
        let mut rows = world.logs[l].clone();
        for row in &mut rows {
            if let Row::Holds { heads, .. } = row {
                for head in heads.iter_mut() {
                    head.0 = small(log(usize::from(head.0)));
                }
                heads.sort_unstable();
            }
        }
        next.logs[log(l)] = rows;
    }
    for node in 0..world.late.len() {
        next.late[party(node)] = mask(world.late[node]);
        next.withheld[party(node)] = mask(world.withheld[node]);
    }
    let node = |n: u8| small(party(usize::from(n)));
    next.colluder = world.colluder.map(node);
    next.cut_off = world.cut_off.map(node);
    if let Some(fork) = &mut next.fork {
        fork.log = small(log(usize::from(fork.log)));
        fork.shown_to = node(fork.shown_to);
    }
    next
}
