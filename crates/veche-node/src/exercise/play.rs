//! Playing a script: a clock, the nodes of the parties, and what was seen after each inject.

use super::cast::{Cast, KeySource};
use super::defence::weakened;
use super::events::{Read, Reading};
use super::order::{Order, Question, Said, Tally, read_appended};
use super::script::{Check, Inject, Script, ScriptError, Step};
use super::stage::{self, Here, Stage, StageError, Start};
use crate::api::Problem;
use crate::network::Network;
use crate::node::{Appended, Node, NodeError, Statement};
use crate::picture::reports::Reports;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use veche_charter::{Charter, with_keys};
use veche_ledger::json::Value;
use veche_ledger::{Hash, Kind, Label, PartyId, Seconds, UnixSeconds};
use veche_picture::joining::JoinError;

pub use super::defence::Defence;

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
        error: StageError,
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
    /// A node between injects.
    #[error(transparent)]
    Stage(#[from] StageError),
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
pub struct Game<S: Stage = Here> {
    script: Script,
    files: BTreeMap<String, String>,
    charter: String,
    stage: S,
    now: UnixSeconds,
    names: BTreeMap<String, Hash>,
    next: usize,
    outcomes: Vec<Outcome>,
    forged: BTreeMap<String, Json>,
    feed: BTreeMap<String, Vec<Json>>,
    /// What feeds are read with, from the first feed on, and what each node's feed has come to.
    reading: Option<Reading>,
    read: BTreeMap<String, Read>,
    off: Option<Defence>,
    visitor_acted: bool,
    /// Nodes started again so far: what makes the salts of each start its own.
    starts: u32,
    /// What closings were tried and why they did not hold, by procedure.
    open_closings: BTreeMap<Hash, String>,
}

impl<S: Stage> std::fmt::Debug for Game<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Game")
            .field("now", &self.now)
            .field("next", &self.next)
            .finish_non_exhaustive()
    }
}

impl Game {
    /// Sets up the nodes of a script in this process. `charter`: the text of its charter, without keys. `files`: what lies beside the
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
        Self::over(script, charter, files, off, |casts| Here::new(casts, folder))
    }

    /// Returns the nodes.
    #[must_use]
    pub const fn network(&self) -> &Network {
        self.stage.network()
    }

    /// Returns the node of a party.
    #[must_use]
    pub fn node(&self, party: &PartyId) -> Option<&Node> {
        self.network().node(party)
    }

    /// Says something for a visitor who sits in a party's seat.
    ///
    /// # Errors
    /// As [`crate::network::Network::say`].
    pub fn say(&mut self, statement: &Statement) -> Result<Appended, NodeError> {
        self.visitor_acted = true;
        let appended = self.stage.network_mut().say(statement, self.now)?;
        if let Err(PlayError::Stage(StageError::Node(error))) = self.close_what_ended() {
            return Err(error);
        }
        Ok(appended)
    }
}

impl<S: Stage> Game<S> {
    /// Sets up a script as [`Game::new`], over nodes that `set_up` opens.
    ///
    /// # Errors
    /// [`PlayError::SetUp`].
    pub fn over(
        script: Script,
        charter: &str,
        files: BTreeMap<String, String>,
        off: Option<Defence>,
        set_up: impl FnOnce(&[Cast]) -> Result<S, StageError>,
    ) -> Result<Self, PlayError> {
        let charter = genesis(&script, &weakened(charter, off))?;
        let start = script.injects.first().map(|inject| script.time_of(inject)).unwrap_or_default();
        let casts: Vec<Cast> = script
            .exercise
            .nodes
            .iter()
            .map(|party| cast(&script, &charter, party, &start_name(0, 0), off))
            .collect();
        let stage = set_up(&casts).map_err(|error| PlayError::SetUp(error.to_string()))?;
        Ok(Self {
            charter,
            files,
            stage,
            now: start - Seconds::hours(1),
            names: BTreeMap::new(),
            next: 0,
            outcomes: Vec::new(),
            forged: BTreeMap::new(),
            feed: BTreeMap::new(),
            reading: None,
            read: BTreeMap::new(),
            off,
            visitor_acted: false,
            starts: 0,
            open_closings: BTreeMap::new(),
            script,
        })
    }

    /// Returns the script.
    #[must_use]
    pub const fn script(&self) -> &Script {
        &self.script
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

    /// Returns the digest of each node's state.
    ///
    /// # Errors
    /// [`StageError`] if a node is gone.
    pub fn digests(&self) -> Result<BTreeMap<PartyId, String>, StageError> {
        stage::digests(&self.stage, self.now)
    }

    /// Counts duties and receipts at the first node.
    ///
    /// # Errors
    /// [`StageError`] if the node is gone.
    pub fn tally(&self) -> Result<Tally, StageError> {
        stage::tally(&self.stage, self.now)
    }

    /// Returns the certificates that the first node can make: each with the number of its procedure.
    ///
    /// # Errors
    /// [`StageError`] if the node is gone.
    pub fn certificates(&self) -> Result<Vec<(String, Vec<u8>)>, StageError> {
        let Some(first) = self.stage.parties().into_iter().next() else { return Ok(Vec::new()) };
        let made = self.stage.ask(&first, &Question::Certificates, self.now)?.unwrap_or_default();
        let made: Vec<(String, String)> = serde_json::from_value(made).unwrap_or_default();
        let read = |(number, text): (String, String)| Some((number, STANDARD.decode(text).ok()?));
        Ok(made.into_iter().filter_map(read).collect())
    }

    /// Lets the clock run to `to`: at each deadline on the way, what has come to its end is closed.
    ///
    /// # Errors
    /// [`PlayError::Stage`] if a store fails, or a node is gone.
    pub fn advance(&mut self, to: UnixSeconds) -> Result<(), PlayError> {
        loop {
            let next = self.next_due(to)?;
            self.now = next.unwrap_or(to).max(self.now);
            self.close_what_ended()?;
            if next.is_none() {
                return Ok(());
            }
        }
    }

    /// Returns when the next clock runs out at any node, until `to`.
    fn next_due(&self, to: UnixSeconds) -> Result<Option<UnixSeconds>, StageError> {
        let question = Question::Due { after: self.now.to_string(), until: to.to_string() };
        let mut next: Option<UnixSeconds> = None;
        for answer in self.ask_all(&question)? {
            let at = answer.as_str().and_then(|text| UnixSeconds::parse(text).ok());
            next = next.into_iter().chain(at).min();
        }
        Ok(next)
    }

    /// Asks each node the same; what a node has no answer to is null.
    fn ask_all(&self, question: &Question) -> Result<Vec<Json>, StageError> {
        let ask =
            |party: PartyId| Ok(self.stage.ask(&party, question, self.now)?.unwrap_or_default());
        self.stage.parties().into_iter().map(ask).collect()
    }

    /// Closes every procedure that has come to its end, by the node that keeps its author's log.
    fn close_what_ended(&mut self) -> Result<(), PlayError> {
        let mut closable: BTreeMap<Hash, PartyId> = BTreeMap::new();
        for answer in self.ask_all(&Question::Closable)? {
            let rows: Vec<(String, String)> = serde_json::from_value(answer).unwrap_or_default();
            let read = |(procedure, author): (String, String)| {
                Some((Hash::parse(&procedure).ok()?, PartyId::parse(&author).ok()?))
            };
            closable.extend(rows.into_iter().filter_map(read));
        }
        for (procedure, author) in closable {
            match self.stage.close(&author, &procedure, self.now) {
                Ok(()) => {
                    self.open_closings.remove(&procedure);
                }
                Err(error) if error.is_fatal() => return Err(error.into()),
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
        let refusals = self.stage.take_refusals().into_iter();
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
        self.stage.exchange(self.now).map_err(|error| PlayError::Node { inject, error })
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
        if step.cut_off.is_some() {
            self.stage.set_cut_off(&party(&step.cut_off)?, true).map_err(node_error)?;
        } else if step.join.is_some() {
            self.stage.set_cut_off(&party(&step.join)?, false).map_err(node_error)?;
        } else if step.back_up.is_some() {
            self.stage.back_up(&party(&step.back_up)?).map_err(node_error)?;
        } else if step.restore.is_some() {
            // What happens when somebody puts back last night's disk and goes on, the guard switched off.
            self.start(&party(&step.restore)?, &Start::Backup).map_err(node_error)?;
        } else if step.kill.is_some() {
            self.start(&party(&step.kill)?, &Start::Killed).map_err(node_error)?;
        } else if step.new_epoch.is_some() {
            self.new_epoch(inject.id, &party(&step.new_epoch)?)?;
        } else if let Some(key) = &step.revoke {
            let party = party(&step.party)?;
            let (name, key, doubtful) = (party.to_string(), key.clone(), step.doubtful);
            let order = Order::Revoke { party: name, key, doubtful };
            self.order_and_carry(&party, &order).map_err(node_error)?;
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
        if self.stage.keeper_of(&statement.party).is_none() {
            return Err(fail(format!("no node keeps the log of `{}`", statement.party)));
        }
        if !step.anyway
            && let Some(refusal) = self.refusal(&statement).map_err(node_error)?
        {
            return Err(fail(refusal));
        }
        let said = match &step.claims {
            Some(time) => {
                self.script.instant(time).ok_or_else(|| fail(format!("`{time}` is no time")))?
            }
            None => self.now,
        };
        let order = Order::Say { said: Said::from(&statement), claimed: said.to_string() };
        let answer = self.order(&statement.party, &order).map_err(node_error)?;
        let appended = read_appended(&answer).ok_or_else(|| {
            fail(format!("the node of `{}` does not say where it stands", statement.party))
        })?;
        self.exchange(inject.id)?;
        if let Some(name) = &step.name {
            self.names.insert(name.clone(), appended.leaf);
        }
        if let Some(number) = step.number() {
            self.names.insert(number, appended.leaf);
        }
        Ok(())
    }

    /// Tells the node that keeps a party's log to do something.
    fn order(&mut self, party: &PartyId, order: &Order) -> Result<Json, StageError> {
        let keeper = self.stage.keeper_of(party);
        let keeper = keeper.ok_or_else(|| NodeError::NotKept(party.clone()))?;
        self.stage.order(&keeper, order, self.now)
    }

    /// Returns what the charter has against a statement, as its author's node sees it.
    fn refusal(&self, statement: &Statement) -> Result<Option<String>, StageError> {
        let author = &statement.party;
        let keeper = self.stage.keeper_of(author);
        let keeper = keeper.ok_or_else(|| NodeError::NotKept(author.clone()))?;
        let question = Question::Ask { said: Said::from(statement) };
        let answer = match self.stage.ask(&keeper, &question, self.now)? {
            Ok(answer) => answer,
            Err(problem) => return Ok(Some(problem.detail)),
        };
        let text = |key: &str| answer.get(key).and_then(Json::as_str);
        let Some(why) = text("why") else { return Ok(None) };
        let article =
            text("article").map(|article| format!(" (article {article})")).unwrap_or_default();
        Ok(Some(format!("`{}` by `{author}` is refused: {why}{article}", statement.kind)))
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
        let question = Question::Number { number: name.to_owned() };
        let answers = self.ask_all(&question).map_err(|error| error.to_string())?;
        let found = answers.iter().find_map(|answer| Hash::parse(answer.as_str()?).ok());
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

    /// Starts a party's node again.
    fn start(&mut self, party: &PartyId, with: &Start) -> Result<(), StageError> {
        self.starts += 1;
        // Of a start before any node was killed the number of the inject is enough, and recorded exercises stay what they are.
        let nth = if *with == Start::Killed { self.starts } else { 0 };
        let salt = start_name(self.next, nth);
        let mut cast = cast(&self.script, &self.charter, party.as_str(), &salt, self.off);
        cast.guards_restore = *with != Start::Backup;
        self.stage.start(&cast, with)
    }

    /// Starts a party's node from nothing, lets it fetch everything from its peers, and opens the next epoch of its log.
    fn new_epoch(&mut self, inject: u32, party: &PartyId) -> Result<(), PlayError> {
        let node_error = |error| {
            if let StageError::Order(error) = error {
                PlayError::Step { inject, what: error.to_string() }
            } else {
                PlayError::Node { inject, error }
            }
        };
        let suffix = format!("-after-{inject}");
        self.start(party, &Start::Empty { suffix }).map_err(node_error)?;
        self.exchange(inject)?;
        self.order(party, &Order::NewEpoch { party: party.to_string() }).map_err(node_error)?;
        self.exchange(inject)
    }

    /// Tells a party's node to do something, and carries what comes of it.
    fn order_and_carry(&mut self, party: &PartyId, order: &Order) -> Result<(), StageError> {
        self.order(party, order)?;
        self.stage.exchange(self.now)
    }

    fn resign(&mut self, party: &PartyId, name: &str, step: &Step) -> Result<(), StageError> {
        let about = self.names.get(name).map(ToString::to_string).into_iter().collect();
        let officers = if step.by.is_empty() { vec!["duty".to_owned()] } else { step.by.clone() };
        let order = Order::Resign { party: party.to_string(), officers, about };
        self.order_and_carry(party, &order)
    }

    /// Puts a statement before a node that a key of nobody signed as if by its party.
    fn forge(&mut self, party: &PartyId, text: &str, name: &str) -> Result<(), StageError> {
        let order = Order::Forge { party: party.to_string(), text: text.to_owned() };
        let mut shown = self.order(party, &order)?;
        if self.off == Some(Defence::Signature)
            && let Some(valid) = shown.get_mut("valid")
        {
            *valid = json!(true);
        }
        self.forged.insert(name.to_owned(), shown);
        Ok(())
    }

    fn log_digests(&mut self) -> Result<(), StageError> {
        for party in self.stage.parties() {
            self.order(&party, &Order::LogDigest)?;
        }
        self.stage.exchange(self.now)
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
                let charter = Charter::load(self.charter.as_bytes(), "charter.toml")
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
    /// [`Problem`] as [`crate::api::get`].
    pub fn get(&self, party: &PartyId, path: &str) -> Result<Json, Problem> {
        let gone = |error: StageError| Problem::new(503, "not there", error.to_string());
        let keeper = self.stage.keeper_of(party);
        let keeper = keeper
            .ok_or_else(|| Problem::new(404, "not found", format!("`{party}` has no node here")))?;
        let bare = path.split_once('?').map_or(path, |(bare, _)| bare);
        let parts: Vec<&str> = bare.trim_matches('/').split('/').collect();
        match parts.as_slice() {
            ["exercise", "forged", name] => {
                let shown = self.forged.get(*name);
                shown.cloned().ok_or_else(|| {
                    Problem::new(404, "not found", format!("nothing forged is called `{name}`"))
                })
            }
            ["exercise", "feed"] => {
                Ok(json!(self.feed.get(keeper.as_str()).cloned().unwrap_or_default()))
            }
            ["exercise", "events"] => Ok(self.events(&keeper)),
            ["exercise", "digests"] => {
                let digests: BTreeMap<String, String> = self
                    .digests()
                    .map_err(gone)?
                    .into_iter()
                    .map(|(party, digest)| (party.to_string(), digest))
                    .collect();
                let distinct: BTreeSet<&String> = digests.values().collect();
                Ok(json!({"distinct": distinct.len(), "nodes": digests}))
            }
            ["exercise", "links"] => {
                let cut_off: Vec<String> =
                    self.stage.cut_off().iter().map(ToString::to_string).collect();
                Ok(json!({"cut_off": cut_off, "now": self.now.to_string()}))
            }
            ["exercise", "injects"] => Ok(json!(self.outcomes)),
            _ => {
                let question = Question::Get { path: path.to_owned() };
                self.stage.ask(&keeper, &question, self.now).map_err(gone)?
            }
        }
    }

    fn make_check(&self, check: &Check) -> Vec<Seen> {
        let parties: Vec<PartyId> = match check.node.as_str() {
            "*" => self.stage.parties(),
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

/// Names a start of a node: by the next inject, and by its own number if that is not enough.
fn start_name(next: usize, nth: u32) -> String {
    if nth == 0 { next.to_string() } else { format!("{next}/{nth}") }
}

/// Returns what a party's node is opened with.
fn cast(script: &Script, charter: &str, party: &str, start: &str, off: Option<Defence>) -> Cast {
    let about = &script.exercise;
    Cast {
        party: party.to_owned(),
        charter: charter.to_owned(),
        seed: about.seed.clone(),
        officers: about.officers.clone(),
        second_epochs: about.second_epochs.clone(),
        pairs: about.pairs,
        salt: format!("{}/{party}/{start}", about.seed),
        without: off.map(|off| off.name().to_owned()),
        guards_restore: true,
    }
}

/// Returns the charter with the exercise's keys: what every record of the exercise names.
fn genesis(script: &Script, charter: &str) -> Result<String, PlayError> {
    let checked = Charter::load(charter.as_bytes(), "charter.toml");
    let checked = checked.map_err(|faults| PlayError::SetUp(faults.to_string()))?;
    let mut keys = BTreeMap::new();
    for party in checked.parties.keys() {
        let secrets = KeySource::from(script)
            .keys_of(&checked, party)
            .map_err(|error| PlayError::SetUp(error.to_string()))?;
        keys.insert(party.clone(), secrets.public());
    }
    Ok(with_keys(charter, &keys))
}
