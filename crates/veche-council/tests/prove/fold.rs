//! The real fold over a small world's logs: how things stand, and what a closing over a cut proves.

use crate::setup::{Given, Saying, Setup, TABLED};
use crate::world::{FAULTS, Fault, History, Row, World, acts_until};
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash as _, Hasher};
use std::sync::{Arc, Mutex};
use veche_charter::Charter;
use veche_charter::machine::RULING;
use veche_charter::model::{
    Actor, Finally, MEMBER, Outcome, Signature, State, Target, UnreachedThen,
};
use veche_charter::rule::{self, Roles, fits};
use veche_council::Council;
use veche_council::closing::{ClosingFault, HeadCosignature, HeadEvidence};
use veche_council::council::Naive;
use veche_council::entry::{CLOSING, EPOCH, Entry, Head, Signer, SignerRole, Terms, WITNESS};
use veche_council::view::UnitStatus;
use veche_ledger::json::Value;
use veche_ledger::{Hash, KeyName, Kind, Label, LeafIndex, Origin, PartyId, UnixSeconds};

/// What protects, and is taken away to see that a promise fails without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Removed {
    #[default]
    Nothing,
    /// Closings with heads: each node believes what its own fold shows.
    Closings,
    /// Holding back what receipts could still turn.
    Holding,
    /// The cut, and times that others prove: an author's clock is believed, and all that is held is counted.
    Cuts,
    /// What a new epoch takes back, and many held, must be in the cut.
    Epochs,
    /// A head shows nothing of what its log said after it.
    Heads,
    /// A text binds only whom it has reached.
    Receipts,
}

/// How the machine stands over all that anybody has said.
#[derive(Debug, Clone)]
pub(crate) struct Standing {
    /// The present state, as a set with it alone.
    pub(crate) state_bit: u32,
    /// Seconds after the text was put forward.
    pub(crate) deadline: Option<u32>,
}

/// What a closing proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Proved {
    pub(crate) state: String,
    pub(crate) outcome: Outcome,
    /// Parties, as a set.
    pub(crate) binds: u16,
    pub(crate) waived: u16,
    /// Seconds after the text was put forward.
    pub(crate) at: u32,
}

/// A closing: rows and the tick of the head, by log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Closing {
    pub(crate) rows: Vec<usize>,
    pub(crate) heads: Vec<Option<u8>>,
}

/// A closing that holds, with what it proves.
#[derive(Debug, Clone)]
pub(crate) struct Certified {
    pub(crate) history: History,
    pub(crate) closing: Closing,
    pub(crate) proved: Proved,
}

type Known = Mutex<BTreeMap<u64, Result<Proved, Wait>>>;

/// How a course of events ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// Nothing follows, or it is decided.
    Final,
    /// For a clock, for somebody who may act, for a receipt or a head of somebody named; or contested, as the charter says.
    Waits,
    /// All is there, and yet its result cannot be certified: receipts on both sides of a moment could turn it.
    Held,
    /// For nobody.
    Stuck,
}

/// Why nothing is proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wait {
    /// For a party that the fault names.
    Party,
    Unnamed,
}

/// The real fold, asked about one machine.
pub(crate) struct Fold {
    setup: Setup,
    removed: Removed,
    /// Councils that hold what is given: under a chair that stays, and under one that passes.
    base: Council,
    passing: Option<Council>,
    opener: Hash,
    /// Parties without whose head nothing can be decided.
    needed: BTreeSet<usize>,
    states: Vec<String>,
    /// The origin of each log.
    origins: Vec<Origin>,
    /// The key of each party's node as witness.
    witnesses: Vec<KeyName>,
    known: Known,
    stood: Mutex<BTreeMap<u64, Standing>>,
}

impl Fold {
    pub(crate) fn new(setup: Setup, removed: Removed) -> Self {
        let naive = Naive {
            certifies_what_may_turn: removed == Removed::Holding,
            trusts_author_clock: removed == Removed::Cuts,
            lets_epochs_hide: removed == Removed::Epochs,
            takes_old_heads: removed == Removed::Heads,
            binds_unheard: removed == Removed::Receipts,
            ..Naive::default()
        };
        let fold = |charter: &Arc<Charter>| base(&setup, charter, naive);
        let (base, passing) = (fold(&setup.charter), setup.passing_chair.as_ref().map(fold));
        Self {
            opener: given_leaf(&setup, setup.given.len() - 1),
            needed: needed(&setup),
            states: setup.machine().states.keys().map(ToString::to_string).collect(),
            origins: (0..setup.parties.len() * 2).map(|log| origin(&setup, log)).collect(),
            witnesses: (0..setup.parties.len()).map(|at| key(&setup, at, "witness")).collect(),
            known: Mutex::default(),
            stood: Mutex::default(),
            base,
            passing,
            removed,
            setup,
        }
    }

    /// Returns what the charter has against an act that is given; none: it is let through.
    pub(crate) fn refusal(&self) -> Option<String> {
        let given = (0..self.setup.given.len()).rev();
        let views = given.filter_map(|at| self.base.record(&given_leaf(&self.setup, at)));
        let mut refused =
            views.filter_map(|view| Some(format!("{}: {}", view.kind, view.refused?.why)));
        refused.next_back()
    }

    pub(crate) const fn removed(&self) -> Removed {
        self.removed
    }

    pub(crate) fn needs(&self, party: usize) -> bool {
        self.needed.contains(&party)
    }

    /// How much is in a log before the first row.
    pub(crate) fn base_len(&self, log: usize) -> u64 {
        base_len(&self.setup, log)
    }

    /// Returns how the machine stands now, over the first history.
    pub(crate) fn standing(&self, world: &World) -> Standing {
        let logs = world.history(History::First);
        let mut hasher = DefaultHasher::new();
        (&logs, &world.times, world.chair_passes).hash(&mut hasher);
        let key = hasher.finish();
        if let Some(known) = self.stood.lock().expect("no panic before").get(&key) {
            return known.clone();
        }
        let standing = self.stands(world, &logs);
        self.stood.lock().expect("no panic before").insert(key, standing.clone());
        standing
    }

    fn stands(&self, world: &World, logs: &[Vec<Row>]) -> Standing {
        let council = self.council(world, logs);
        let unit = |at: UnixSeconds| council.procedure(&self.opener, at)?.units.into_iter().next();
        let state = |at: UnixSeconds| Some(unit(at)?.state);
        let standing = unit(now(world));
        let present = standing.as_ref().map(|unit| unit.state.clone());
        let named = present.as_deref().unwrap_or_else(|| self.setup.machine().start.as_str());
        let at = self.states.iter().position(|state| state == named);
        let known = council.clocks(now(world)).map(|(at, _)| at).find(|at| *at > now(world));
        // A clock that another one ran out into is not in the lists of clocks: its unit names it, or it is found by looking ahead.
        let deadline = known.or_else(|| {
            if self.setup.clocks < 2 {
                return None;
            }
            let runs = standing.and_then(|unit| unit.deadline).filter(|clock| !clock.has_passed);
            let named = runs.and_then(|clock| UnixSeconds::parse(&clock.at).ok());
            let moves =
                |at: &UnixSeconds| state(*at) != present && state(UnixSeconds(at.0 - 1)) == present;
            named.filter(moves).or_else(|| next_change(now(world), |at| state(at) != present))
        });
        Standing {
            state_bit: at.map_or(0, |at| 1 << at),
            deadline: deadline.and_then(|at| u32::try_from(at.0.checked_sub(TABLED)?).ok()),
        }
    }

    /// Returns true if a statement does something in the present state or in one seen before.
    pub(crate) fn has_use(
        &self,
        standing: &Standing,
        visited: u32,
        said: &Saying,
        party: usize,
    ) -> bool {
        let Some(event) = &said.event else { return true };
        let seen = visited | standing.state_bit;
        let machine = self.setup.machine();
        let bench = self.setup.charter.bench();
        let party = &self.setup.parties[party];
        let knows = |state: &State| {
            let asks = |target: &Target| matches!(target, Target::Rule { .. });
            let is_noted = said.position.is_some()
                && (state.timeout.as_ref().is_some_and(asks)
                    || state.on.iter().any(|t| asks(&t.target)));
            // Who holds a role may change: a pattern that asks for one keeps nobody out here.
            let may = |by: &Actor| {
                matches!(by, Actor::Role(_) | Actor::NotRole(_) | Actor::MemberNotRole(_))
                    || fits(by, party, &bench, &Roles::new())
            };
            is_noted || state.on.iter().any(|t| t.event == *event && may(&t.by))
        };
        let states = machine.states.values().enumerate();
        states.filter(|(at, _)| seen & (1 << at) != 0).any(|(_, state)| knows(state))
    }

    /// Folds what is given and these rows.
    pub(crate) fn council(&self, world: &World, logs: &[Vec<Row>]) -> Council {
        let order: Vec<usize> = (0..logs.len()).collect();
        self.council_in(world, logs, &order)
    }

    /// Folds what is given and these rows, log by log in this order.
    pub(crate) fn council_in(&self, world: &World, logs: &[Vec<Row>], order: &[usize]) -> Council {
        let from = if world.chair_passes { self.passing.as_ref() } else { None };
        let mut council = from.unwrap_or(&self.base).clone();
        for log in order {
            for entry in self.entries(world, logs, *log) {
                // A record that is not of its form has no effect: the fold's to say.
                let _taken = council.apply(entry);
            }
        }
        council.settle();
        council
    }

    fn charter(&self, world: &World) -> &Charter {
        match (&self.setup.passing_chair, world.chair_passes) {
            (Some(charter), true) => charter,
            (Some(_) | None, _) => &self.setup.charter,
        }
    }

    /// Returns how many records the first rows of a log are.
    pub(crate) fn size(&self, log: usize, rows: &[Row]) -> u64 {
        self.base_len(log) + rows.iter().map(records_in).sum::<u64>()
    }

    fn entries(&self, world: &World, logs: &[Vec<Row>], log: usize) -> Vec<Entry> {
        let party = log / 2;
        let origin = &self.origins[log];
        let charter = self.charter(world).hash;
        let mut index = self.base_len(log);
        let mut entries = Vec::new();
        let time = |tick: u8| UnixSeconds(TABLED + u64::from(world.times[usize::from(tick)]));
        for row in &logs[log] {
            let mut push = |draft: Draft| {
                entries.push(draft.entry(&self.setup, party, origin, index, charter));
                index += 1;
            };
            match row {
                Row::Holds { heads, stated, .. } => {
                    let head = |(of, rows): &(u8, u8)| {
                        let of = usize::from(*of);
                        // A size beyond this history speaks of the other one: as long as its own.
                        let rows = usize::from(*rows);
                        let held = logs[of].get(..rows).unwrap_or(&logs[of]);
                        (of, self.size(of, held) + (rows - held.len()) as u64)
                    };
                    push(witness(
                        &self.setup,
                        &heads.iter().map(head).collect::<Vec<_>>(),
                        time(*stated),
                    ));
                }
                Row::Says { saying, is_dated, written } => {
                    let said = &self.setup.sayings[usize::from(*saying)];
                    if *is_dated {
                        push(witness(&self.setup, &[], time(*written)));
                    }
                    push(Draft::said(said, Some(self.opener), time(*written), *saying));
                }
                Row::Epoch { good, written } => {
                    // The size is that of the first history, whichever this one is.
                    let good = self.size(log - 1, &world.logs[log - 1][..usize::from(*good)]);
                    push(epoch(&self.setup, log - 1, good, time(*written)));
                }
            }
        }
        entries
    }

    /// Asks the real fold what a closing over a cut with these heads proves. `key`: what the answer depends on. `council`: the
    /// fold over the cut, if it was needed before.
    pub(crate) fn proves(
        &self,
        world: &World,
        logs: &[Vec<Row>],
        closing: &Closing,
        key: u64,
        council: &mut Option<Council>,
    ) -> Result<Proved, Wait> {
        if let Some(known) = self.known.lock().expect("no panic before").get(&key) {
            return known.clone();
        }
        let council = council.get_or_insert_with(|| {
            let parts = logs.iter().zip(&closing.rows);
            let cut: Vec<Vec<Row>> = parts.map(|(log, rows)| log[..*rows].to_vec()).collect();
            self.council(world, &cut)
        });
        let result = self.closes(world, council, logs, closing);
        self.known.lock().expect("no panic before").insert(key, result.clone());
        result
    }

    /// Asks a fold that holds at least the cut what a closing comes to: the state and whom it binds.
    pub(crate) fn comes_to(
        &self,
        world: &World,
        council: &Council,
        logs: &[Vec<Row>],
        closing: &Closing,
    ) -> Option<(String, u16)> {
        let (cut, heads) = self.terms(world, logs, closing);
        let closed = council.prepare_closing(&self.opener, cut, heads).ok()?;
        let result = closed.results.first()?;
        let binds: Vec<String> = result.binds.iter().map(ToString::to_string).collect();
        Some((result.state.to_string(), self.set_of(&binds)))
    }

    /// Closes a procedure by a record over a fold that holds the cut, and reads the decision from the view.
    fn closes(
        &self,
        world: &World,
        council: &Council,
        logs: &[Vec<Row>],
        closing: &Closing,
    ) -> Result<Proved, Wait> {
        let (cut, heads) = self.terms(world, logs, closing);
        let closed =
            council.prepare_closing(&self.opener, cut, heads).map_err(|fault| wait(&fault))?;
        let mut council = council.clone();
        let node = 0;
        let log = (world.current(node), &logs[world.current(node)]);
        let held = council.size_of(&origin(&self.setup, log.0));
        let draft = Draft {
            kind: Kind::parse(CLOSING).expect("a kind"),
            label: self.setup.opener().said.label.clone(),
            about: Some(self.opener),
            time: now(world),
            signers: vec![SignerRole::Node],
            terms: closed.to_value(),
            salt: 0,
        };
        let charter = self.charter(world).hash;
        let entry = draft.entry(&self.setup, node, &origin(&self.setup, log.0), held, charter);
        council.apply(entry).expect("a closing is a record like others");
        council.settle();
        let view = council.procedure(&self.opener, now(world)).ok_or(Wait::Unnamed)?;
        let decision = view.units.first().and_then(|unit| unit.decision.as_ref());
        let decision = decision.ok_or(Wait::Unnamed)?;
        let state = view.units[0].state.clone();
        let at = UnixSeconds::parse(&decision.at).map_err(|_| Wait::Unnamed)?;
        Ok(Proved {
            outcome: self.outcome(&state).ok_or(Wait::Unnamed)?,
            state,
            binds: self.set_of(&decision.binds),
            waived: self.set_of(&decision.waived),
            at: u32::try_from(at.0 - TABLED).map_err(|_| Wait::Unnamed)?,
        })
    }

    pub(crate) fn outcome(&self, state: &str) -> Option<Outcome> {
        self.setup.machine().states.get(state)?.outcome
    }

    fn set_of(&self, names: &[String]) -> u16 {
        let is_in = |party: &PartyId| names.iter().any(|name| name == party.as_str());
        let all = self.setup.parties.iter().enumerate().filter(|(_, party)| is_in(party));
        all.fold(0, |set, (at, _)| set | 1 << at)
    }

    fn terms(
        &self,
        world: &World,
        logs: &[Vec<Row>],
        closing: &Closing,
    ) -> (Vec<Head>, Vec<HeadEvidence>) {
        let mut cut = Vec::new();
        let mut heads = Vec::new();
        for (log, rows) in closing.rows.iter().enumerate() {
            let size = self.size(log, &logs[log][..*rows]);
            if size == 0 {
                continue;
            }
            cut.push(Head { log: self.origins[log].clone(), size, root: Hash([0; 32]) });
            if let Some(tick) = closing.heads[log] {
                let time = UnixSeconds(TABLED + u64::from(world.times[usize::from(tick)]));
                heads.push(self.evidence(log, time));
            }
        }
        cut.sort();
        heads.sort_by(|a, b| a.log.cmp(&b.log));
        (cut, heads)
    }

    fn evidence(&self, log: usize, time: UnixSeconds) -> HeadEvidence {
        let quorum = self.setup.charter.witnessing.quorum as usize;
        let owner = log / 2;
        let others =
            (0..self.setup.nodes).filter(|node| *node != self.setup.host(owner)).take(quorum);
        let line = |party: usize| HeadCosignature {
            time,
            witness: self.witnesses[party].clone(),
            signature: String::new(),
        };
        let mut cosignatures: Vec<HeadCosignature> = others.chain([owner]).map(line).collect();
        cosignatures.sort();
        HeadEvidence { log: self.origins[log].clone(), cosignatures }
    }

    /// Hashes what the record of a row depends on: equal hashes, equal bytes.
    pub(crate) fn print(
        &self,
        world: &World,
        logs: &[Vec<Row>],
        (log, row): (usize, &Row),
        hasher: &mut DefaultHasher,
    ) {
        let time = |tick: u8| world.times[usize::from(tick)];
        match row {
            Row::Holds { heads, stated, .. } => {
                (1_u8, time(*stated), heads).hash(hasher);
                // Sizes that a head states depend on rows that may lie outside the cut.
                for (of, rows) in heads {
                    let all = &logs[usize::from(*of)];
                    let held = all.get(..usize::from(*rows)).unwrap_or(all);
                    self.size(usize::from(*of), held).hash(hasher);
                }
            }
            Row::Says { saying, is_dated, written } => {
                (2_u8, saying, is_dated, time(*written)).hash(hasher);
            }
            Row::Epoch { good, .. } => {
                let ended = &world.logs[log - 1][..usize::from(*good)];
                (3_u8, self.size(log - 1, ended)).hash(hasher);
            }
        }
    }

    /// Returns what the fold that holds everything says of the end of a course of events.
    pub(crate) fn end(
        &self,
        world: &World,
        council: &Council,
        certified: &[Certified],
        hints: &[Wait],
    ) -> End {
        let Some(view) = council.procedure(&self.opener, now(world)) else { return End::Stuck };
        let lacks_text = view.receipts.values().any(Option::is_none);
        let waits = |is_so: bool| if is_so { End::Waits } else { End::Stuck };
        let Some(unit) = view.units.first() else { return waits(lacks_text) };
        let machine = self.setup.machine();
        match unit.status {
            UnitStatus::Final | UnitStatus::Decided => End::Final,
            UnitStatus::Running | UnitStatus::Moved => {
                let runs = unit.deadline.as_ref().is_some_and(|deadline| !deadline.has_passed);
                let state = machine.states.get(unit.state.as_str());
                if state.is_some_and(|state| state.is_final) {
                    return End::Final;
                }
                let has_clock = state.is_some_and(|state| state.clock.is_some());
                waits(runs || has_clock || self.somebody_may_act(council, world, None))
            }
            UnitStatus::Contested if self.somebody_may_act(council, world, Some(RULING)) => {
                End::Waits
            }
            UnitStatus::Contested if machine.leaves_contested => End::Waits,
            UnitStatus::Contested => End::Stuck,
            UnitStatus::EvidenceOutstanding => {
                let names_one = hints.contains(&Wait::Party);
                let is_shown = lacks_text || names_one || self.lacks_receipt(world);
                if is_shown || !certified.is_empty() { End::Waits } else { End::Held }
            }
        }
    }

    /// Returns true if some statement has not reached some node: the record's own view names it.
    fn lacks_receipt(&self, world: &World) -> bool {
        (0..world.logs.len()).any(|log| {
            let rows = acts_until(&world.logs[log]);
            let keeper = self.setup.host(log / 2);
            rows > 0
                && (0..self.setup.nodes).any(|node| {
                    node != keeper
                        && world.held(node, log, world.now()).is_none_or(|held| held < rows)
                })
        })
    }

    fn somebody_may_act(&self, council: &Council, world: &World, event: Option<&str>) -> bool {
        let is_event = |kind: &str| {
            self.setup.charter.acts.get(kind).is_some_and(|act| match event {
                None => act.event.is_some() || act.event_field.is_some(),
                Some(event) => {
                    let in_field = act
                        .event_field
                        .as_ref()
                        .and_then(|field| act.fields.get(field))
                        .is_some_and(|field| field.one_of.contains(event));
                    act.event.as_ref().is_some_and(|e| e.as_str() == event) || in_field
                }
            })
        };
        self.setup.parties.iter().any(|party| {
            let acts = council.next_acts(&self.opener, party, now(world));
            acts.iter().any(|act| act.refused.is_none() && is_event(&act.kind))
        })
    }

    /// Describes how things stand at the end, for people.
    pub(crate) fn describe(&self, world: &World) -> String {
        let council = self.council(world, &world.history(History::First));
        let Some(view) = council.procedure(&self.opener, now(world)) else {
            return "the procedure is not there".to_owned();
        };
        let Some(unit) = view.units.first() else {
            return format!("not begun; receipts {:?}", view.receipts);
        };
        let steps: Vec<&str> = unit.steps.iter().map(|step| step.what.as_str()).collect();
        format!(
            "state `{}` ({:?}) since {}, now {}; {}",
            unit.state,
            unit.status,
            unit.since,
            now(world),
            steps.join("; ")
        )
    }

    /// What a node's own fold shows, all that it holds taken for all there is.
    pub(crate) fn believes(&self, world: &World, node: usize) -> Option<(Proved, Vec<usize>)> {
        let is_shown = world.fork.as_ref().is_some_and(|fork| usize::from(fork.shown_to) == node);
        let logs = world.history(if is_shown { History::Second } else { History::First });
        let rows: Vec<usize> = (0..logs.len())
            .map(|log| {
                let all = &logs[log];
                if self.setup.host(log / 2) == node {
                    return all.len();
                }
                let held = usize::from(world.held(node, log, world.now()).unwrap_or_default());
                let next = all.iter().skip(held).position(Row::is_act);
                next.map_or(all.len(), |at| held + at)
            })
            .collect();
        let logs: Vec<Vec<Row>> =
            logs.iter().zip(&rows).map(|(log, rows)| log[..*rows].to_vec()).collect();
        let view = self.council(world, &logs).procedure(&self.opener, now(world))?;
        let unit = view.units.first()?;
        let since = UnixSeconds::parse(&unit.since).ok()?;
        let proved = Proved {
            outcome: self.outcome(&unit.state)?,
            state: unit.state.clone(),
            binds: 0,
            waived: 0,
            at: u32::try_from(since.0.checked_sub(TABLED)?).ok()?,
        };
        Some((proved, rows))
    }

    /// Returns the whole view of the procedure, and the digest, as text.
    pub(crate) fn shown(&self, world: &World, council: &Council) -> String {
        let mut view = council.procedure(&self.opener, now(world));
        // What was opened under it is listed in order of arrival: a list for people, and no part of the state.
        view.iter_mut().for_each(|view| view.children.sort_unstable());
        serde_json::to_string(&view).unwrap_or_default() + &council.digest().to_string()
    }

    /// Returns what differs in the views of the same logs in two orders of arrival, from the first difference on.
    pub(crate) fn difference(&self, world: &World) -> Option<String> {
        let logs = world.history(History::First);
        let against: Vec<usize> = (0..logs.len()).rev().collect();
        let one = self.shown(world, &self.council(world, &logs));
        let other = self.shown(world, &self.council_in(world, &logs, &against));
        let at = one.bytes().zip(other.bytes()).position(|(a, b)| a != b)?;
        let around =
            |text: &str| text.chars().skip(at.saturating_sub(200)).take(330).collect::<String>();
        Some(format!("{} <> {}", around(&one), around(&other)))
    }
}

/// Returns the parties that every result waits for: the eligible of each rule, or the members, unless silence may count
/// for one or leave it out.
fn needed(setup: &Setup) -> BTreeSet<usize> {
    let machine = setup.machine();
    let waives =
        machine.states.values().filter_map(|s| s.clock.as_ref()?.unreached.as_ref()).any(|u| {
            matches!(u.then, UnreachedThen::Counts | UnreachedThen::Exclude)
                || matches!(u.finally, Finally::Counts | Finally::Exclude)
        });
    if waives {
        return BTreeSet::new();
    }
    let bench = setup.charter.bench();
    let rules: Vec<&veche_charter::model::Rule> = setup.charter.rules.values().collect();
    let is_needed = |at: &usize| {
        let party = &setup.parties[*at];
        let is_eligible = |rule: &&veche_charter::model::Rule| {
            rule.minus.is_empty()
                && rule::eligible(rule, &bench, &Roles::new(), &BTreeSet::new()).contains(party)
        };
        match rules.is_empty() {
            true => setup.charter.parties[party].status.as_str() == MEMBER,
            false => rules.iter().all(is_eligible),
        }
    };
    (0..setup.nodes).filter(is_needed).collect()
}

/// Farthest that a clock is looked for, in seconds: two years.
const AHEAD_MAX: u64 = 63_072_000;

/// Returns the first moment after one at which something has changed, if it changes once.
fn next_change(now: UnixSeconds, has_changed: impl Fn(UnixSeconds) -> bool) -> Option<UnixSeconds> {
    let (mut before, mut after) = (now.0, now.0 + AHEAD_MAX);
    if !has_changed(UnixSeconds(after)) {
        return None;
    }
    while after - before > 1 {
        let middle = before.midpoint(after);
        match has_changed(UnixSeconds(middle)) {
            true => after = middle,
            false => before = middle,
        }
    }
    Some(UnixSeconds(after))
}

/// Returns whether a fault names the party that is waited for.
const fn wait(fault: &ClosingFault) -> Wait {
    match fault {
        ClosingFault::HeadMissing { .. }
        | ClosingFault::WitnessesMissing { .. }
        | ClosingFault::HeadNotCosigned { .. }
        | ClosingFault::HeadTooOld { .. }
        | ClosingFault::EpochHides { .. }
        | ClosingFault::Held { .. }
        | ClosingFault::Unheard { .. }
        | ClosingFault::CutNotClosed { .. } => Wait::Party,
        ClosingFault::BadTerms
        | ClosingFault::Stalled { .. }
        | ClosingFault::OpenerOutside
        | ClosingFault::NothingDecided
        | ClosingFault::ResultsDiffer => Wait::Unnamed,
    }
}

fn now(world: &World) -> UnixSeconds {
    UnixSeconds(TABLED + u64::from(world.times[world.times.len() - 1]))
}

const fn records_in(row: &Row) -> u64 {
    match row {
        Row::Says { is_dated: true, .. } => 2,
        Row::Says { .. } | Row::Holds { .. } | Row::Epoch { .. } => 1,
    }
}

fn base_len(setup: &Setup, log: usize) -> u64 {
    if log % 2 == 1 {
        return 0;
    }
    let given = setup.given.iter().filter(|given| given.author == log / 2).count();
    1 + given as u64
}

fn given_leaf(setup: &Setup, at: usize) -> Hash {
    Hash::of(&[b"given", setup.given[at].said.kind.as_str().as_bytes()])
}

/// Folds what is there before anything happens: in each log a statement of its node, an hour ago; then the acts given.
fn base(setup: &Setup, charter: &Arc<Charter>, naive: Naive) -> Council {
    let mut council = Council::new(Arc::clone(charter));
    council.set_naive(naive);
    let mut sizes = vec![0; setup.parties.len()];
    let mut take = |council: &mut Council, party: usize, draft: Draft| -> Hash {
        let entry =
            draft.entry(setup, party, &origin(setup, party * 2), sizes[party], charter.hash);
        sizes[party] += 1;
        let leaf = entry.leaf;
        council.apply(entry).expect("the log is the party's");
        leaf
    };
    for party in 0..setup.parties.len() {
        take(&mut council, party, witness(setup, &[], UnixSeconds(TABLED - 3_600)));
    }
    let mut about = None;
    for (at, Given { author, said }) in setup.given.iter().enumerate() {
        let draft = Draft::said(said, about, UnixSeconds(TABLED), 0);
        let mut entry =
            draft.entry(setup, *author, &origin(setup, author * 2), sizes[*author], charter.hash);
        sizes[*author] += 1;
        entry.leaf = given_leaf(setup, at);
        about = Some(entry.leaf);
        council.apply(entry).expect("the log is the party's");
    }
    council.settle();
    council
}

/// A record before it has its place.
struct Draft {
    kind: Kind,
    label: Label,
    about: Option<Hash>,
    time: UnixSeconds,
    signers: Vec<SignerRole>,
    terms: Value,
    /// What tells it from another record in its place.
    salt: u8,
}

impl Draft {
    fn said(said: &Saying, about: Option<Hash>, time: UnixSeconds, salt: u8) -> Self {
        let signers = match said.act.signature {
            Signature::Officer => vec![SignerRole::Officer; said.act.signatures.max(1) as usize],
            Signature::Node => vec![SignerRole::Node],
            Signature::Root => vec![SignerRole::Root],
        };
        Self {
            kind: said.kind.clone(),
            label: said.label.clone(),
            about,
            time,
            signers,
            terms: said.terms.clone(),
            salt,
        }
    }

    fn entry(self, setup: &Setup, party: usize, log: &Origin, index: u64, charter: Hash) -> Entry {
        let signer = |(at, role): (usize, SignerRole)| Signer {
            key: key(setup, party, &format!("duty{at}")),
            role,
        };
        Entry {
            log: log.clone(),
            index: LeafIndex(index),
            leaf: Hash::of(&[log.as_str().as_bytes(), &index.to_be_bytes(), &[self.salt]]),
            kind: self.kind,
            label: self.label,
            charter,
            drill: true,
            is_sealed: false,
            about: self.about.into_iter().collect(),
            seen: Vec::new(),
            time: self.time,
            signers: self.signers.into_iter().enumerate().map(signer).collect(),
            terms: Terms::Held(self.terms.to_bytes().into_boxed_slice()),
        }
    }
}

fn witness(setup: &Setup, heads: &[(usize, u64)], time: UnixSeconds) -> Draft {
    let head = |(log, size): &(usize, u64)| {
        Value::List(vec![
            Value::text(origin(setup, *log)),
            Value::int(*size).expect("small"),
            Value::text(Hash([0; 32])),
        ])
    };
    Draft {
        kind: Kind::parse(WITNESS).expect("a kind"),
        label: setup.charter.default_label.clone(),
        about: None,
        time,
        signers: vec![SignerRole::Node],
        terms: Value::map([
            ("heads", Value::List(heads.iter().map(head).collect())),
            ("time", Value::text(time)),
        ]),
        salt: 0,
    }
}

fn epoch(setup: &Setup, old: usize, good: u64, time: UnixSeconds) -> Draft {
    Draft {
        kind: Kind::parse(EPOCH).expect("a kind"),
        label: setup.charter.default_label.clone(),
        about: None,
        time,
        signers: vec![SignerRole::Root],
        terms: Value::map([
            ("last_good_size", Value::int(good).expect("small")),
            ("officers", Value::List(Vec::new())),
            ("old_log", Value::text(origin(setup, old))),
            ("statement", Value::text("x")),
        ]),
        salt: 0,
    }
}

pub(crate) fn origin(setup: &Setup, log: usize) -> Origin {
    let organisation = &setup.charter.organisation;
    let party = &setup.parties[log / 2];
    Origin::parse(&format!("{organisation}/{party}/{}", log % 2 + 1)).expect("an origin")
}

fn key(setup: &Setup, party: usize, role: &str) -> KeyName {
    let organisation = &setup.charter.organisation;
    KeyName::parse(&format!("{organisation}/{}/{role}", setup.parties[party]))
        .expect("a key's name")
}

/// Faults that a world may have met, for people.
pub(crate) fn names_of(faults: Fault) -> String {
    let names: Vec<&str> =
        FAULTS.iter().filter(|(fault, _)| faults & fault != 0).map(|(_, name)| *name).collect();
    if names.is_empty() { "no fault".to_owned() } else { names.join(" and ") }
}
