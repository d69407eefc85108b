//! Playing a script: a clock, the nodes of the parties, and what was seen after each inject.

use super::events::{Read, Reading};
use super::script::{Check, Inject, Script, ScriptError, Step};
use crate::api::{self, Problem, Query};
use crate::keys::exercise_keys;
use crate::network::Network;
use crate::node::{Node, NodeError, Statement};
use crate::picture::reports::Reports;
use crate::store::{Durability, Store, StoreError};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use veche_charter::{Charter, with_keys};
use veche_council::council::Naive;
use veche_ledger::commit::{Domain, Opening};
use veche_ledger::json::Value;
use veche_ledger::record::{Draft, Record, Signed};
use veche_ledger::{
    Hash, KeyName, Kind, Label, LeafIndex, PartyId, Seconds, SigningKey, UnixSeconds,
};
use veche_picture::joining::JoinError;

/// A defence that can be switched off, to show that the exercise notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Defence {
    /// Two histories of one log are compared.
    ForkCheck,
    /// A member that a text did not reach is not counted as agreeing.
    Unreached,
    /// A statement's time is what others hold, not what its author says.
    EvidenceTime,
    /// A statement counts only with a signature of a key that the charter lists.
    Signature,
    /// What a lost key signed is suspended.
    Revocation,
    /// A warning that proved wrong is withdrawn and counted.
    Retraction,
    /// Feed items are read by the coder.
    Coder,
    /// What only sources of low reliability tell does not count.
    Reliability,
}

impl Defence {
    /// All of them, with the names that the command line knows.
    pub const ALL: [(&'static str, Self); 8] = [
        ("fork-check", Self::ForkCheck),
        ("unreached", Self::Unreached),
        ("evidence-time", Self::EvidenceTime),
        ("signature", Self::Signature),
        ("revocation", Self::Revocation),
        ("retraction", Self::Retraction),
        ("coder", Self::Coder),
        ("reliability", Self::Reliability),
    ];

    /// Returns the defence of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(other, _)| *other == name).map(|(_, defence)| *defence)
    }
}

/// Why a script cannot be played on.
#[derive(Debug, thiserror::Error)]
pub enum PlayError {
    /// The script.
    #[error(transparent)]
    Script(#[from] ScriptError),
    /// A node.
    #[error("inject {inject}: {error}")]
    Node {
        /// At which inject.
        inject: u32,
        /// What went wrong.
        error: NodeError,
    },
    /// A step cannot be done.
    #[error("inject {inject}: {what}")]
    Step {
        /// At which inject.
        inject: u32,
        /// What is wrong.
        what: String,
    },
    /// The exercise cannot be set up.
    #[error("the exercise cannot be set up: {0}")]
    SetUp(String),
    /// A store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What was seen for one check.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Seen {
    /// The clause of the expectation.
    pub clause: String,
    /// At whose node.
    pub node: String,
    /// The question.
    pub asked: String,
    /// What was expected.
    pub expected: String,
    /// What was there.
    pub observed: String,
    /// Whether that is it.
    pub passed: bool,
}

/// How an inject went.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Outcome {
    /// Its number.
    pub id: u32,
    /// When.
    pub at: String,
    /// Each check.
    pub seen: Vec<Seen>,
    /// What was refused on the way: by whom, which log, why.
    pub refusals: Vec<(String, String, String)>,
    /// Milliseconds that it took, on the wall.
    pub millis: u64,
    /// True if the visitor acted before it, so that it is not scored.
    pub is_changed: bool,
    /// Why it was left out: after what the visitor did, the charter no longer allows it, or what it is about is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_out: Option<String>,
}

impl Outcome {
    /// Returns true if every check passed.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.seen.iter().all(|seen| seen.passed)
    }
}

/// An exercise being played.
pub struct Game {
    script: Script,
    files: BTreeMap<String, String>,
    charter_bytes: Vec<u8>,
    network: Network,
    now: UnixSeconds,
    names: BTreeMap<String, Hash>,
    next: usize,
    outcomes: Vec<Outcome>,
    backups: BTreeMap<PartyId, Store>,
    forged: BTreeMap<String, Json>,
    feed: BTreeMap<String, Vec<Json>>,
    /// What feeds are read with, from the first feed on, and what each node's feed has come to.
    reading: Option<Reading>,
    read: BTreeMap<String, Read>,
    off: Option<Defence>,
    folder: Option<PathBuf>,
    visitor_acted: bool,
    /// What closings were tried and why they did not hold, by procedure.
    open_closings: BTreeMap<Hash, String>,
}

impl std::fmt::Debug for Game {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Game")
            .field("now", &self.now)
            .field("next", &self.next)
            .finish_non_exhaustive()
    }
}

impl Game {
    /// Sets up the nodes of a script. `charter`: the text of its charter, without keys. `files`: what lies beside the
    /// script, by name. `folder`: where the stores go; `None`: in memory. `off`: a defence to play without.
    ///
    /// # Errors
    /// [`PlayError::SetUp`] for a charter that is none or a party that it does not have.
    pub fn new(
        script: Script,
        charter: &str,
        files: BTreeMap<String, String>,
        folder: Option<PathBuf>,
        off: Option<Defence>,
    ) -> Result<Self, PlayError> {
        let charter_bytes = genesis(&script, &weakened(charter, off))?.into_bytes();
        let start = script.injects.first().map(|inject| script.time_of(inject)).unwrap_or_default();
        let mut game = Self {
            charter_bytes,
            files,
            network: Network::default(),
            now: start - Seconds::hours(1),
            names: BTreeMap::new(),
            next: 0,
            outcomes: Vec::new(),
            backups: BTreeMap::new(),
            forged: BTreeMap::new(),
            feed: BTreeMap::new(),
            reading: None,
            read: BTreeMap::new(),
            off,
            folder,
            visitor_acted: false,
            open_closings: BTreeMap::new(),
            script,
        };
        let mut nodes = Vec::new();
        for name in game.script.exercise.nodes.clone() {
            let party =
                PartyId::parse(&name).map_err(|error| PlayError::SetUp(error.to_string()))?;
            let store = game.new_store(&party, "")?;
            nodes.push(game.open_node(&party, store)?);
        }
        game.network = Network::new(nodes);
        Ok(game)
    }

    fn new_store(&self, party: &PartyId, suffix: &str) -> Result<Store, PlayError> {
        match &self.folder {
            Some(folder) => {
                Ok(Store::open(&folder.join(format!("{party}{suffix}.db")), Durability::Exercise)?)
            }
            None => Ok(Store::in_memory()?),
        }
    }

    fn open_node(&self, party: &PartyId, store: Store) -> Result<Node, PlayError> {
        let set_up = |error: String| PlayError::SetUp(error);
        let charter = Charter::load(&self.charter_bytes, "charter.toml")
            .map_err(|faults| set_up(faults.to_string()))?;
        let mut secrets = BTreeMap::new();
        for (other, entry) in &charter.parties {
            if entry.hosted_by.as_ref().unwrap_or(other) == party {
                let keys = secrets_of(&self.script, &charter, other)
                    .map_err(|error| set_up(error.to_string()))?;
                secrets.insert(other.clone(), keys);
            }
        }
        let mut counter = 0u64;
        let seed = format!("{}/{party}/{}", self.script.exercise.seed, self.next);
        let salts = Box::new(move || {
            counter += 1;
            Hash::of(&[b"veche/exercise-salt/v1\0", seed.as_bytes(), &counter.to_be_bytes()]).0
        });
        let mut node = Node::open(party.clone(), store, &self.charter_bytes, secrets, salts)
            .map_err(|error| set_up(error.to_string()))?;
        node.set_fork_check(self.off != Some(Defence::ForkCheck));
        node.set_naive(Naive {
            trusts_author_clock: self.off == Some(Defence::EvidenceTime),
            ignores_revocation: self.off == Some(Defence::Revocation),
            ..Naive::default()
        });
        Ok(node)
    }

    /// Returns the script.
    #[must_use]
    pub const fn script(&self) -> &Script {
        &self.script
    }

    /// Returns the nodes.
    #[must_use]
    pub const fn network(&self) -> &Network {
        &self.network
    }

    /// Returns the exercise's clock.
    #[must_use]
    pub const fn now(&self) -> UnixSeconds {
        self.now
    }

    /// Returns how the injects played so far went.
    #[must_use]
    pub fn outcomes(&self) -> &[Outcome] {
        &self.outcomes
    }

    /// Returns the next inject.
    #[must_use]
    pub fn next(&self) -> Option<&Inject> {
        self.script.injects.get(self.next)
    }

    /// Returns the procedures that should be closed and could not be, with the reason.
    #[must_use]
    pub const fn open_closings(&self) -> &BTreeMap<Hash, String> {
        &self.open_closings
    }

    /// Returns the node of a party.
    #[must_use]
    pub fn node(&self, party: &PartyId) -> Option<&Node> {
        self.network.node(party)
    }

    /// Lets the clock run to `to`: at each deadline on the way, what has come to its end is closed.
    ///
    /// # Errors
    /// [`PlayError::Node`] if a store fails.
    pub fn advance(&mut self, to: UnixSeconds) -> Result<(), PlayError> {
        loop {
            let due = self.network.nodes().flat_map(|node| node.council().due_by(to, usize::MAX));
            let next = due.map(|(at, _)| at).filter(|at| *at > self.now).min();
            self.now = next.unwrap_or(to).max(self.now);
            self.close_what_ended()?;
            if next.is_none() {
                return Ok(());
            }
        }
    }

    /// Closes every procedure that has come to its end, by the node that keeps its author's log.
    fn close_what_ended(&mut self) -> Result<(), PlayError> {
        let mut closable: BTreeSet<Hash> = BTreeSet::new();
        for node in self.network.nodes() {
            closable.extend(node.council().closable(self.now));
        }
        for procedure in closable {
            let view = self
                .network
                .nodes()
                .find_map(|node| node.council().procedure(&procedure, self.now));
            let Some(author) = view.and_then(|view| PartyId::parse(&view.author).ok()) else {
                continue;
            };
            match self.network.close(&author, &procedure, self.now) {
                Ok(_) => {
                    self.open_closings.remove(&procedure);
                }
                Err(NodeError::Store(error)) => return Err(error.into()),
                Err(error) => {
                    self.open_closings.insert(procedure, error.to_string());
                }
            }
        }
        Ok(())
    }

    /// Plays the next inject: lets the clock run to it, does its steps, makes its checks. `false`: there is none.
    ///
    /// # Errors
    /// [`PlayError`] if a step cannot be done. A check that fails is no error.
    pub fn play_next(&mut self, wall_millis: &mut dyn FnMut() -> u64) -> Result<bool, PlayError> {
        let Some(inject) = self.script.injects.get(self.next).cloned() else { return Ok(false) };
        let begun = wall_millis();
        self.next += 1;
        let time = self.script.time_of(&inject);
        let left_out = match self.do_steps(&inject, time) {
            // The script could not know what the visitor would do: it goes on with what is still possible.
            Err(PlayError::Step { what, .. }) if self.visitor_acted => Some(what),
            done => done.map(|()| None)?,
        };
        self.advance(time)?;
        self.exchange(inject.id)?;
        self.close_what_ended()?;
        let seen = inject.checks.iter().flat_map(|check| self.make_check(check)).collect();
        let refusals = self.network.take_refusals().into_iter();
        let outcome = Outcome {
            id: inject.id,
            at: self.now.to_string(),
            seen,
            refusals: refusals
                .map(|(by, log, why)| (by.to_string(), log.to_string(), why))
                .collect(),
            millis: wall_millis().saturating_sub(begun),
            is_changed: self.visitor_acted,
            left_out,
        };
        self.outcomes.push(outcome);
        Ok(true)
    }

    fn do_steps(&mut self, inject: &Inject, time: UnixSeconds) -> Result<(), PlayError> {
        for step in &inject.steps {
            let at = step.at.as_ref().and_then(|at| self.script.instant(&format!("T{at}")));
            self.advance(at.unwrap_or(time))?;
            self.do_step(inject, step)?;
        }
        Ok(())
    }

    fn exchange(&mut self, inject: u32) -> Result<(), PlayError> {
        self.network.exchange(self.now).map_err(|error| PlayError::Node { inject, error })
    }

    /// Says something for a visitor who sits in a party's seat.
    ///
    /// # Errors
    /// As [`crate::network::Network::say`].
    pub fn say(&mut self, statement: &Statement) -> Result<crate::node::Appended, NodeError> {
        self.visitor_acted = true;
        let appended = self.network.say(statement, self.now)?;
        if let Err(PlayError::Node { error, .. }) = self.close_what_ended() {
            return Err(error);
        }
        Ok(appended)
    }

    fn do_step(&mut self, inject: &Inject, step: &Step) -> Result<(), PlayError> {
        let fail = |what: String| PlayError::Step { inject: inject.id, what };
        let node_error = |error| PlayError::Node { inject: inject.id, error };
        let party = |text: &Option<String>| {
            let text = text.as_deref().unwrap_or_default();
            PartyId::parse(text).map_err(|error| fail(error.to_string()))
        };
        if step.say.is_some() {
            return self.do_say(inject, step);
        }
        if let Some(name) = &step.cut_off {
            self.network.set_cut_off(&party(&Some(name.clone()))?, true);
        } else if let Some(name) = &step.join {
            self.network.set_cut_off(&party(&Some(name.clone()))?, false);
        } else if step.back_up.is_some() {
            self.back_up(&party(&step.back_up)?)?;
        } else if step.restore.is_some() {
            self.restore(&party(&step.restore)?).map_err(|error| fail(error.to_string()))?;
        } else if step.new_epoch.is_some() {
            self.new_epoch(inject.id, &party(&step.new_epoch)?)?;
        } else if let Some(key) = &step.revoke {
            self.revoke(&party(&step.party)?, key, step.doubtful).map_err(node_error)?;
        } else if let Some(name) = &step.resign {
            self.resign(&party(&step.party)?, name, step).map_err(node_error)?;
        } else if let Some(text) = &step.forge {
            self.forge(&party(&step.party)?, text, step.name.as_deref().unwrap_or("forged"))
                .map_err(node_error)?;
        } else if step.digests {
            self.log_digests().map_err(node_error)?;
        } else if let Some(file) = &step.feed {
            self.take_feed(&party(&step.party)?, file).map_err(fail)?;
        }
        Ok(())
    }

    fn do_say(&mut self, inject: &Inject, step: &Step) -> Result<(), PlayError> {
        let fail = |what: String| PlayError::Step { inject: inject.id, what };
        let statement = self.statement(step).map_err(fail)?;
        let node_error = |error| PlayError::Node { inject: inject.id, error };
        let author = statement.party.clone();
        if !step.anyway {
            let node = self
                .network
                .node(&author)
                .ok_or_else(|| fail(format!("no node keeps the log of `{author}`")))?;
            let refusal = crate::ask::ask(node, &statement, self.now);
            if let Some(refusal) = refusal {
                let article = refusal
                    .article
                    .map(|article| format!(" (article {article})"))
                    .unwrap_or_default();
                return Err(fail(format!(
                    "`{}` by `{author}` is refused: {}{article}",
                    statement.kind, refusal.why
                )));
            }
        }
        let said = match &step.claims {
            Some(time) => {
                self.script.instant(time).ok_or_else(|| fail(format!("`{time}` is no time")))?
            }
            None => self.now,
        };
        let node = self
            .network
            .node_mut(&author)
            .ok_or_else(|| fail(format!("no node keeps the log of `{author}`")))?;
        let appended = node.append_claiming(&statement, said, self.now).map_err(node_error)?;
        self.exchange(inject.id)?;
        if let Some(name) = &step.name {
            self.names.insert(name.clone(), appended.leaf);
        }
        if let Some(number) = step.number() {
            self.names.insert(number, appended.leaf);
        }
        Ok(())
    }

    fn statement(&self, step: &Step) -> Result<Statement, String> {
        let party = PartyId::parse(step.party.as_deref().unwrap_or_default())
            .map_err(|error| error.to_string())?;
        let kind = Kind::parse(step.say.as_deref().unwrap_or_default())
            .map_err(|error| error.to_string())?;
        let about =
            step.about.iter().map(|name| self.find(name)).collect::<Result<Vec<Hash>, String>>()?;
        let terms = match &step.terms {
            Some(table) => self.terms(&toml::Value::Table(table.clone()))?,
            None => Value::Map(BTreeMap::new()),
        };
        let label = step
            .label
            .as_deref()
            .map(Label::parse)
            .transpose()
            .map_err(|error| error.to_string())?;
        let officers = if step.by.is_empty() { vec!["duty".to_owned()] } else { step.by.clone() };
        Ok(Statement {
            party,
            officers,
            kind,
            label,
            about,
            drill: step.drill.unwrap_or(true),
            terms,
        })
    }

    fn find(&self, name: &str) -> Result<Hash, String> {
        if let Some(leaf) = self.names.get(name) {
            return Ok(*leaf);
        }
        let found = self.network.nodes().find_map(|node| node.council().by_number(name));
        found.ok_or_else(|| format!("nothing is called `{name}` yet"))
    }

    /// Turns a value of the script into terms: what stands in braces is replaced.
    fn terms(&self, value: &toml::Value) -> Result<Value, String> {
        match value {
            toml::Value::String(text) => self.fill(text).map(Value::Text),
            toml::Value::Integer(number) => Ok(Value::Int(*number)),
            toml::Value::Boolean(flag) => Ok(Value::Bool(*flag)),
            toml::Value::Array(items) => {
                items.iter().map(|item| self.terms(item)).collect::<Result<_, _>>().map(Value::List)
            }
            toml::Value::Table(table) => {
                let pair =
                    |(key, value): (&String, &toml::Value)| Ok((key.clone(), self.terms(value)?));
                table.iter().map(pair).collect::<Result<_, String>>().map(Value::Map)
            }
            toml::Value::Float(_) | toml::Value::Datetime(_) => {
                Err("terms hold texts, whole numbers, true and false".to_owned())
            }
        }
    }

    /// Replaces `{T+06:00}` by that instant and `{NAME}` by the hash behind a name.
    fn fill(&self, text: &str) -> Result<String, String> {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) =
                after.split_once('}').ok_or_else(|| format!("`{{` without `}}` in `{text}`"))?;
            out.push_str(before);
            match self.script.instant(name) {
                Some(instant) => out.push_str(&instant.to_string()),
                None => out.push_str(&self.find(name)?.to_string()),
            }
            rest = after;
        }
        out.push_str(rest);
        Ok(out)
    }

    fn back_up(&mut self, party: &PartyId) -> Result<(), PlayError> {
        let Some(node) = self.network.node(party) else { return Ok(()) };
        let copy = node.store().copy_to(self.new_store(party, "-backup")?)?;
        self.backups.insert(party.clone(), copy);
        Ok(())
    }

    /// Puts a node back to its backup, guard off: what happens when somebody restores last night's disk and goes on.
    fn restore(&mut self, party: &PartyId) -> Result<(), PlayError> {
        let backup = self
            .backups
            .remove(party)
            .ok_or_else(|| PlayError::SetUp(format!("no backup of `{party}`")))?;
        let mut node = self.open_node(party, backup)?;
        node.set_restore_guard(false);
        self.network.replace(node);
        Ok(())
    }

    /// Starts a party's node from nothing, lets it fetch everything from its peers, and opens the next epoch of its log.
    fn new_epoch(&mut self, inject: u32, party: &PartyId) -> Result<(), PlayError> {
        let node = self.open_node(party, self.new_store(party, &format!("-after-{inject}"))?)?;
        self.network.replace(node);
        self.exchange(inject)?;
        let node_error = |error| PlayError::Node { inject, error };
        let now = self.now;
        let Some(node) = self.network.node_mut(party) else { return Ok(()) };
        let log = node.log_of(party).map_err(node_error)?;
        let head = node.heads().find(|head| head.log == log);
        let head =
            head.ok_or_else(|| PlayError::Step { inject, what: format!("no peer holds `{log}`") })?;
        node.open_next_epoch(party, &head, now).map_err(node_error)?;
        self.exchange(inject)
    }

    fn revoke(&mut self, party: &PartyId, key: &str, doubtful: u64) -> Result<(), NodeError> {
        let now = self.now;
        let node = self.network.node_mut(party).ok_or_else(|| NodeError::NotKept(party.clone()))?;
        let name = KeyName::parse(&format!("{}/{party}/{key}", node.charter().organisation))?;
        let size = node.size_of(&node.log_of(party)?);
        let terms = Value::map([
            ("key", Value::text(&name)),
            ("last_good_size", Value::int(size.saturating_sub(doubtful)).unwrap_or(Value::Int(0))),
            ("reason", Value::text("lost")),
        ]);
        let statement = Statement {
            party: party.clone(),
            officers: vec!["root".to_owned()],
            kind: Kind::parse("revocation")?,
            label: Some(node.charter().default_label.clone()),
            about: Vec::new(),
            drill: true,
            terms,
        };
        self.network.say(&statement, now).map(drop)
    }

    fn resign(&mut self, party: &PartyId, name: &str, step: &Step) -> Result<(), NodeError> {
        let about = self.names.get(name).copied().into_iter().collect();
        let officers = if step.by.is_empty() { vec!["duty".to_owned()] } else { step.by.clone() };
        let label = self.network.node(party).map(|node| node.charter().default_label.clone());
        let kind = Kind::parse("resigning")?;
        let terms = Value::map([("text", Value::text("signed again after the loss of a key"))]);
        let statement =
            Statement { party: party.clone(), officers, kind, label, about, drill: true, terms };
        self.network.say(&statement, self.now).map(drop)
    }

    /// Makes a record as if by a party, signed with a key of nobody, and puts it before a node as a public page would.
    fn forge(&mut self, party: &PartyId, text: &str, name: &str) -> Result<(), NodeError> {
        let now = self.now;
        let node = self.network.node_mut(party).ok_or_else(|| NodeError::NotKept(party.clone()))?;
        let statement = Statement {
            party: party.clone(),
            officers: vec!["duty".to_owned()],
            kind: Kind::parse("comment")?,
            label: None,
            about: Vec::new(),
            drill: true,
            terms: Value::map([("text", Value::text(text))]),
        };
        let (draft, opening): (Draft, Opening) = node.prepare(&statement, now)?;
        let stranger = KeyName::parse(&format!("{}/{party}/duty", node.charter().organisation))?;
        let key = SigningKey::from_seed(stranger, &Hash::of(&[b"a stranger's key"]).0);
        let leaf = draft.sign(&[&key])?;
        let log = draft.header().log.clone();
        let record = Record::decode(&log, LeafIndex(node.size_of(&log)), &leaf)?;
        let is_opened = opening.check(Domain::Terms, &record.header().terms).is_ok();
        let verdict = Signed::verify(record, node.keyring());
        let is_valid = verdict.is_ok() || self.off == Some(Defence::Signature);
        let why = verdict.err().map_or_else(String::new, |error| error.to_string());
        let shown = json!({"text": text, "valid": is_valid, "why": why, "opened": is_opened});
        self.forged.insert(name.to_owned(), shown);
        Ok(())
    }

    fn log_digests(&mut self) -> Result<(), NodeError> {
        let now = self.now;
        let parties: Vec<PartyId> = self.network.nodes().map(|node| node.party().clone()).collect();
        for party in parties {
            if let Some(node) = self.network.node_mut(&party) {
                node.log_digest(now)?;
            }
        }
        self.network.exchange(now)
    }

    fn take_feed(&mut self, party: &PartyId, file: &str) -> Result<(), String> {
        let text = self
            .files
            .get(file)
            .ok_or_else(|| format!("there is no file `{file}` beside the script"))?;
        let items = text.lines().filter(|line| !line.trim().is_empty());
        let items: Vec<Json> = items
            .map(serde_json::from_str)
            .collect::<Result<_, _>>()
            .map_err(|error| format!("{file}: {error}"))?;
        self.read_feed(party, file, &items)?;
        self.feed.entry(party.to_string()).or_default().extend(items);
        Ok(())
    }

    /// Codes the items of a feed, if the exercise names files for the coder.
    fn read_feed(&mut self, party: &PartyId, file: &str, items: &[Json]) -> Result<(), String> {
        let Some(names) = &self.script.exercise.coder else { return Ok(()) };
        if self.off == Some(Defence::Coder) {
            return Ok(());
        }
        let reading = match self.reading.take() {
            Some(reading) => reading,
            None => {
                let charter = Charter::load(&self.charter_bytes, "charter.toml")
                    .map_err(|faults| faults.to_string())?;
                let trusts_all = self.off == Some(Defence::Reliability);
                Reading::new(&charter, names, &self.files, trusts_all)?
            }
        };
        let read = self.read.entry(party.to_string()).or_default();
        let taken = reading.take(file, items, read);
        self.reading = Some(reading);
        taken
    }

    /// Returns what all feeds have told so far, as the coder reads it.
    ///
    /// # Errors
    /// [`JoinError`]: the feeds tell too much to be joined.
    pub fn reports(&self) -> Result<Reports, JoinError> {
        let mut reports = self.reading.as_ref().map(Reading::reports).unwrap_or_default();
        self.read.values().try_for_each(|read| read.report(&mut reports))?;
        Ok(reports)
    }

    /// Returns how many items feeds have brought so far.
    #[must_use]
    pub fn fed(&self) -> usize {
        self.feed.values().map(Vec::len).sum()
    }

    /// Answers what a party's feed has come to.
    fn events(&self, party: &PartyId) -> Json {
        let read = self.read.get(party.as_str());
        let answer = self.reading.as_ref().zip(read).map(|(reading, read)| reading.answer(read));
        answer.unwrap_or_else(|| json!({ "events": [], "uncoded": [], "pairs": [] }))
    }

    /// Answers a question to a party's node, or to the exercise itself under `/exercise`.
    ///
    /// # Errors
    /// [`Problem`] as [`api::get`].
    pub fn get(&self, party: &PartyId, path: &str) -> Result<Json, Problem> {
        let (path, query) = split_query(path);
        let node = self.network.node(party);
        let node = node
            .ok_or_else(|| Problem::new(404, "not found", format!("`{party}` has no node here")))?;
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        match parts.as_slice() {
            ["exercise", "forged", name] => {
                let shown = self.forged.get(*name);
                shown.cloned().ok_or_else(|| {
                    Problem::new(404, "not found", format!("nothing forged is called `{name}`"))
                })
            }
            ["exercise", "feed"] => {
                Ok(json!(self.feed.get(node.party().as_str()).cloned().unwrap_or_default()))
            }
            ["exercise", "events"] => Ok(self.events(node.party())),
            ["exercise", "digests"] => {
                let digests: BTreeMap<String, String> = self
                    .network
                    .digests()
                    .into_iter()
                    .map(|(party, digest)| (party.to_string(), digest.to_string()))
                    .collect();
                let distinct: BTreeSet<&String> = digests.values().collect();
                Ok(json!({"distinct": distinct.len(), "nodes": digests}))
            }
            ["exercise", "links"] => {
                let cut_off: Vec<String> =
                    self.network.cut_off().iter().map(ToString::to_string).collect();
                Ok(json!({"cut_off": cut_off, "now": self.now.to_string()}))
            }
            ["exercise", "injects"] => Ok(json!(self.outcomes)),
            _ => api::get(node, &path, &query, self.now),
        }
    }

    fn make_check(&self, check: &Check) -> Vec<Seen> {
        let parties: Vec<PartyId> = match check.node.as_str() {
            "*" => self.network.nodes().map(|node| node.party().clone()).collect(),
            name => PartyId::parse(name).into_iter().collect(),
        };
        parties.iter().map(|party| self.check_at(party, check)).collect()
    }

    fn check_at(&self, party: &PartyId, check: &Check) -> Seen {
        let path = self.fill(&check.get);
        let answer =
            path.clone().and_then(|path| self.get(party, &path).map_err(|problem| problem.detail));
        let found = answer
            .as_ref()
            .ok()
            .map(|answer| super::score::look(answer, &check.at))
            .unwrap_or_default();
        let (expected, passed) =
            super::score::judge(check, &found, &|text| self.fill(text).unwrap_or_default());
        let observed = match (&answer, found.as_slice()) {
            (Err(why), _) => format!("no answer: {why}"),
            (Ok(_), []) => "nothing there".to_owned(),
            (Ok(_), [one]) => short(one),
            (Ok(_), many) => short(&json!(many)),
        };
        Seen {
            clause: check.clause.clone(),
            node: party.to_string(),
            asked: format!("{}{}", path.unwrap_or_else(|why| why), check.at),
            expected,
            observed,
            passed,
        }
    }
}

/// Longest observed value that a score sheet shows, in characters: a line of a table.
const OBSERVED_LEN_MAX: usize = 160;

fn short(value: &Json) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    if text.chars().count() <= OBSERVED_LEN_MAX {
        return text;
    }
    let cut: String = text.chars().take(OBSERVED_LEN_MAX).collect();
    format!("{cut}…")
}

fn split_query(path: &str) -> (String, Query) {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    (path.to_owned(), pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect())
}

fn secrets_of(
    script: &Script,
    charter: &Charter,
    party: &PartyId,
) -> Result<crate::keys::PartySecrets, veche_ledger::name::NotAName> {
    let officers = script.exercise.officers.get(party.as_str()).cloned().unwrap_or_default();
    let epochs =
        if script.exercise.second_epochs.iter().any(|name| name == party.as_str()) { 2 } else { 1 };
    exercise_keys(&script.exercise.seed, charter, party, &officers, epochs)
}

/// Returns the charter with the exercise's keys: what every record of the exercise names.
fn genesis(script: &Script, charter: &str) -> Result<String, PlayError> {
    let checked = Charter::load(charter.as_bytes(), "charter.toml");
    let checked = checked.map_err(|faults| PlayError::SetUp(faults.to_string()))?;
    let mut keys = BTreeMap::new();
    for party in checked.parties.keys() {
        let secrets = secrets_of(script, &checked, party)
            .map_err(|error| PlayError::SetUp(error.to_string()))?;
        keys.insert(party.clone(), secrets.public());
    }
    Ok(with_keys(charter, &keys))
}

/// Returns the charter's text with a defence taken out, where the defence is a matter of the charter.
fn weakened(charter: &str, off: Option<Defence>) -> String {
    match off {
        Some(Defence::Unreached) => {
            let charter = without_table(charter, "[machines.silence.states.blocked]");
            charter
                .replace("then = \"extend\"", "then = \"counts\"")
                .replace(", max = \"6h\", finally = \"block\", to = \"blocked\"", "")
        }
        Some(Defence::Retraction) => {
            let charter = without_table(charter, "[machines.warning.states.retracted]");
            let step = "ev = \"retract\", by = \"initiator\", to = ";
            charter.replace(&format!("{step}\"retracted\""), &format!("{step}\"issued\""))
        }
        Some(
            Defence::ForkCheck
            | Defence::EvidenceTime
            | Defence::Signature
            | Defence::Revocation
            | Defence::Coder
            | Defence::Reliability,
        )
        | None => charter.to_owned(),
    }
}

/// Returns the text without a table: its head and what follows it up to the next table.
fn without_table(text: &str, head: &str) -> String {
    let Some((before, rest)) = text.split_once(head) else { return text.to_owned() };
    let next = rest.find("\n[").map_or("", |at| &rest[at..]);
    format!("{before}{}", next.trim_start_matches('\n'))
}
