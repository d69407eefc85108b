//! The conductor of nodes in processes of their own: starts them, says what time it is and whose turn, hears what came of it, and kills them
//! where the story wants it.

use super::cast::Cast;
use super::lines::{self, Line, LineError, Opening, Said, What};
use super::order::{Order, Question, read_appended};
use super::stage::{Stage, StageError, Start};
use crate::api::Problem;
use crate::keyfile;
use crate::network::{Links, Refusal, Refusals};
use crate::node::Appended;
use serde::Deserialize;
use serde_json::Value as Json;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};
use veche_charter::Charter;
use veche_council::times::host;
use veche_ledger::{Hash, Origin, PartyId, UnixSeconds};

/// How long a process may take for an answer: longer than any of its own waits for a peer.
const ANSWER_WAIT: Duration = Duration::from_secs(300);

/// How long processes have to end by themselves once nobody talks to them.
const END_WAIT: Duration = Duration::from_secs(5);

/// How much of a process's standard error is shown when it is gone, in bytes from its end.
const LAST_WORDS_LEN_MAX: usize = 2000;

/// How processes are started.
#[derive(Debug, Clone)]
pub struct Program {
    /// The program.
    pub file: PathBuf,
    /// Its arguments.
    pub arguments: Vec<String>,
}

/// Where the stores are. Made for the exercise alone, it goes with it.
#[derive(Debug)]
struct Folder {
    path: PathBuf,
    is_passing: bool,
}

impl Folder {
    fn new(given: Option<PathBuf>) -> Result<Self, StageError> {
        let fault = |what: String| StageError::NotStarted { party: "*".to_owned(), what };
        if let Some(path) = given {
            return Ok(Self { path, is_passing: false });
        }
        let random = keyfile::random().map_err(|error| fault(error.to_string()))?;
        let path = std::env::temp_dir().join(format!("veche-exercise-{}", Hash(random).short()));
        // Nobody else's folder is taken, whatever its name: it must not be there.
        fs::create_dir(&path).map_err(|error| fault(format!("`{}`: {error}", path.display())))?;
        Ok(Self { path, is_passing: true })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.is_passing {
            // What cannot be removed is in a folder for what is to be removed.
            fs::remove_dir_all(&self.path).unwrap_or_default();
        }
    }
}

/// A node's process.
#[derive(Debug)]
struct Process {
    party: PartyId,
    child: Child,
    /// `None` once nothing more is said to it.
    to: Option<ChildStdin>,
    from: Receiver<Result<Said, LineError>>,
    /// The file of its standard error.
    errors: PathBuf,
    store: PathBuf,
    address: String,
    /// The time that it was told last.
    told: UnixSeconds,
}

impl Process {
    fn start(
        program: &Program,
        cast: &Cast,
        store: PathBuf,
        now: UnixSeconds,
    ) -> Result<Self, StageError> {
        let fault = |what: String| StageError::NotStarted { party: cast.party.clone(), what };
        let party = PartyId::parse(&cast.party).map_err(|error| fault(error.to_string()))?;
        let errors = store.with_extension("errors.txt");
        let file = File::create(&errors).map_err(|error| fault(error.to_string()))?;
        let mut child = Command::new(&program.file)
            .args(&program.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(file)
            .spawn()
            .map_err(|error| fault(format!("`{}`: {error}", program.file.display())))?;
        let (to, from) = (child.stdin.take(), child.stdout.take().map(listen));
        let from = from.ok_or_else(|| fault("it has no standard output".to_owned()))?;
        let address = String::new();
        let mut process = Self { party, child, to, from, errors, store, address, told: now };
        let opening =
            Opening { cast: cast.clone(), store: process.store.clone(), now: now.to_string() };
        process.say(&opening)?;
        let answer = process.hear()?;
        let address = answer.unwrap_or_default();
        let address = address.get("address").and_then(Json::as_str);
        process.address =
            address.ok_or_else(|| process.gone("does not say where it listens"))?.to_owned();
        Ok(process)
    }

    fn say(&mut self, line: &impl serde::Serialize) -> Result<(), StageError> {
        let written = self.to.as_mut().map(|to| lines::write(to, line));
        match written {
            Some(Ok(())) => Ok(()),
            Some(Err(_)) | None => Err(self.ended()),
        }
    }

    fn hear(&mut self) -> Result<Result<Json, Problem>, StageError> {
        match self.from.recv_timeout(ANSWER_WAIT) {
            Ok(Ok(Said::Done(answer))) => Ok(Ok(answer)),
            Ok(Ok(Said::Problem(problem))) => Ok(Err(problem)),
            Ok(Ok(Said::NotDone { what, is_fatal })) => {
                // Whose node it was nobody would know.
                let what =
                    if is_fatal { format!("the node of `{}`: {what}", self.party) } else { what };
                Err(StageError::Elsewhere { what, is_fatal })
            }
            Ok(Err(error)) => Err(self.gone(&format!("says what nobody understands: {error}"))),
            Err(RecvTimeoutError::Timeout) => {
                Err(self.gone(&format!("does not answer for {} seconds", ANSWER_WAIT.as_secs())))
            }
            Err(RecvTimeoutError::Disconnected) => Err(self.ended()),
        }
    }

    fn talk(&mut self, what: What, now: UnixSeconds) -> Result<Result<Json, Problem>, StageError> {
        self.told = now;
        self.say(&Line { now: now.to_string(), what })?;
        self.hear()
    }

    /// Returns that the process has ended, once it has.
    fn ended(&mut self) -> StageError {
        let status = self.wait();
        self.gone(
            &status.map_or_else(|| "is silent".to_owned(), |how| format!("has ended ({how})")),
        )
    }

    /// Returns that the process is gone, with its last words.
    fn gone(&self, what: &str) -> StageError {
        let said = fs::read(&self.errors).unwrap_or_default();
        let from = said.len().saturating_sub(LAST_WORDS_LEN_MAX);
        let said = String::from_utf8_lossy(said.get(from..).unwrap_or_default());
        let said = said.trim();
        let last_words =
            if said.is_empty() { String::new() } else { format!("; its last words:\n{said}") };
        StageError::Gone { party: self.party.clone(), what: what.to_owned(), last_words }
    }

    /// Waits a little for the end of the process.
    fn wait(&mut self) -> Option<std::process::ExitStatus> {
        let begun = Instant::now();
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => return Some(status),
                Ok(None) if begun.elapsed() < END_WAIT => {
                    std::thread::sleep(Duration::from_millis(5));
                }
                Ok(None) | Err(_) => return None,
            }
        }
    }

    /// Ends the process at once, in whatever it is doing: on Unix with SIGKILL.
    fn kill(&mut self) {
        self.to = None;
        // Who is dead already is what was wanted.
        self.child.kill().unwrap_or_default();
        let _ended = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // With its standard input closed it ends by itself; who does not is killed.
        self.to = None;
        if self.wait().is_none() {
            self.kill();
        }
    }
}

/// Hears a process's lines, so that whoever waits for one can stop waiting.
fn listen(from: ChildStdout) -> Receiver<Result<Said, LineError>> {
    let (told, heard) = mpsc::channel();
    std::thread::spawn(move || {
        let mut from = BufReader::new(from);
        while let Some(said) = lines::read(&mut from).transpose() {
            let is_last = said.is_err();
            if told.send(said).is_err() || is_last {
                return;
            }
        }
    });
    heard
}

/// Nodes in processes of their own.
#[derive(Debug)]
pub struct Processes {
    processes: BTreeMap<PartyId, RefCell<Process>>,
    keeper: BTreeMap<PartyId, PartyId>,
    cut_off: BTreeSet<PartyId>,
    refusals: Refusals,
    backups: BTreeMap<PartyId, PathBuf>,
    program: Program,
    // Last: the stores go when nobody has them open.
    folder: Folder,
}

impl Processes {
    /// Starts a process for each node. `folder`: where the stores go; `None`: into a folder that is removed at the end.
    ///
    /// # Errors
    /// [`StageError`]; none of the processes is left then.
    pub fn start(
        casts: &[Cast],
        program: Program,
        folder: Option<PathBuf>,
    ) -> Result<Self, StageError> {
        let mut all = Self {
            processes: BTreeMap::new(),
            keeper: BTreeMap::new(),
            cut_off: BTreeSet::new(),
            refusals: Refusals::default(),
            backups: BTreeMap::new(),
            program,
            folder: Folder::new(folder)?,
        };
        for cast in casts {
            all.learn_keepers(cast)?;
            let store = all.new_file(&cast.party, "")?;
            let process = Process::start(&all.program, cast, store, UnixSeconds::default())?;
            all.processes.insert(process.party.clone(), RefCell::new(process));
        }
        all.tell_addresses(UnixSeconds::default())?;
        Ok(all)
    }

    fn learn_keepers(&mut self, cast: &Cast) -> Result<(), StageError> {
        let charter = Charter::load(cast.charter.as_bytes(), "charter.toml");
        let charter =
            charter.map_err(|faults| super::cast::CastError::Charter(faults.to_string()))?;
        for (party, entry) in &charter.parties {
            let keeper = host(party, entry);
            if keeper.as_str() == cast.party {
                self.keeper.insert(party.clone(), keeper.clone());
            }
        }
        Ok(())
    }

    /// Returns a file for a store. One that is there from another exercise is not played on with.
    fn new_file(&self, party: &str, suffix: &str) -> Result<PathBuf, StageError> {
        let file = self.folder.path.join(format!("{party}{suffix}.db"));
        if Path::exists(&file) {
            let what = format!("`{}` is there already; name an empty folder", file.display());
            return Err(StageError::NotStarted { party: party.to_owned(), what });
        }
        Ok(file)
    }

    /// Tells each process where the others listen.
    fn tell_addresses(&self, now: UnixSeconds) -> Result<(), StageError> {
        let address = |(party, process): (&PartyId, &RefCell<Process>)| {
            (party.to_string(), process.borrow().address.clone())
        };
        let all: BTreeMap<String, String> = self.processes.iter().map(address).collect();
        for (party, process) in &self.processes {
            let mut others = all.clone();
            others.remove(party.as_str());
            let _done = process.borrow_mut().talk(What::Peers(others), now)?;
        }
        Ok(())
    }

    fn process(&self, party: &PartyId) -> Result<&RefCell<Process>, StageError> {
        let missing = || StageError::Missing(format!("`{party}` has no node here"));
        self.processes.get(party).ok_or_else(missing)
    }

    fn talk(&self, party: &PartyId, what: What, now: UnixSeconds) -> Result<Json, StageError> {
        let answer = self.process(party)?.borrow_mut().talk(what, now)?;
        answer.map_err(|problem| StageError::Elsewhere { what: problem.detail, is_fatal: true })
    }

    /// Sees to it that all processes know the time: they answer one another by it.
    fn tell_time(&self, now: UnixSeconds) -> Result<(), StageError> {
        for process in self.processes.values() {
            let mut process = process.borrow_mut();
            if process.told != now {
                let _done = process.talk(What::Clock, now)?;
            }
        }
        Ok(())
    }

    /// Reads an answer of a process.
    fn read<T: for<'de> Deserialize<'de>>(
        &self,
        party: &PartyId,
        answer: Json,
    ) -> Result<T, StageError> {
        let read = serde_json::from_value(answer);
        read.or_else(|error| {
            let what = format!("says what nobody understands: {error}");
            Err(self.process(party)?.borrow().gone(&what))
        })
    }
}

/// What came of carrying.
#[derive(Deserialize)]
struct Carried {
    has_carried: bool,
    has_more: bool,
    refusals: Vec<(String, String)>,
}

/// What came of closing.
#[derive(Deserialize)]
struct Closed {
    closed: Option<Json>,
    why: Option<String>,
    refusals: Vec<(String, String, String)>,
}

impl Links for Processes {
    type Error = StageError;

    fn parties(&self) -> Vec<PartyId> {
        self.processes.keys().cloned().collect()
    }

    fn carry_between(
        &mut self,
        from: &PartyId,
        to: &PartyId,
        now: UnixSeconds,
    ) -> Result<bool, StageError> {
        self.tell_time(now)?;
        // Whether they can reach each other is theirs to know.
        let answer = self.talk(from, What::Carry(to.to_string()), now)?;
        let carried: Carried = self.read(from, answer)?;
        for (log, why) in carried.refusals {
            if let Ok(log) = Origin::parse(&log) {
                self.refusals.note((to.clone(), log, why));
            }
        }
        if carried.has_more {
            let _done = self.talk(to, What::Fetch(from.to_string()), now)?;
        }
        Ok(carried.has_carried || carried.has_more)
    }

    fn flush(&mut self, party: &PartyId, now: UnixSeconds) -> Result<bool, StageError> {
        let answer = self.talk(party, What::Order(Order::Flush), now)?;
        self.read(party, answer)
    }

    fn begin_logs(&mut self, party: &PartyId, now: UnixSeconds) -> Result<(), StageError> {
        self.talk(party, What::Order(Order::BeginLogs), now).map(drop)
    }

    fn close_over_heads(
        &mut self,
        closer: &PartyId,
        procedure: &Hash,
        now: UnixSeconds,
    ) -> Result<Appended, StageError> {
        self.tell_time(now)?;
        let keeper = Stage::keeper_of(self, closer);
        let keeper = keeper
            .ok_or_else(|| StageError::Missing(format!("nobody keeps the log of `{closer}`")))?;
        let answer = self.talk(&keeper, What::Close(procedure.to_string()), now)?;
        let closed: Closed = self.read(&keeper, answer)?;
        for (by, log, why) in closed.refusals {
            if let (Ok(by), Ok(log)) = (PartyId::parse(&by), Origin::parse(&log)) {
                self.refusals.note((by, log, why));
            }
        }
        let appended = closed.closed.as_ref().and_then(read_appended);
        appended.ok_or_else(|| StageError::Elsewhere {
            what: closed.why.unwrap_or_default(),
            is_fatal: false,
        })
    }
}

impl Stage for Processes {
    fn parties(&self) -> Vec<PartyId> {
        Links::parties(self)
    }

    fn keeper_of(&self, party: &PartyId) -> Option<PartyId> {
        self.keeper.get(party).cloned()
    }

    fn ask(
        &self,
        party: &PartyId,
        question: &Question,
        now: UnixSeconds,
    ) -> Result<Result<Json, Problem>, StageError> {
        self.process(party)?.borrow_mut().talk(What::Ask(question.clone()), now)
    }

    fn order(
        &mut self,
        party: &PartyId,
        order: &Order,
        now: UnixSeconds,
    ) -> Result<Json, StageError> {
        self.talk(party, What::Order(order.clone()), now)
    }

    fn exchange(&mut self, now: UnixSeconds) -> Result<(), StageError> {
        Links::exchange(self, now)
    }

    fn close(
        &mut self,
        closer: &PartyId,
        procedure: &Hash,
        now: UnixSeconds,
    ) -> Result<(), StageError> {
        Links::close(self, closer, procedure, now).map(drop)
    }

    fn set_cut_off(&mut self, party: &PartyId, is_cut_off: bool) -> Result<(), StageError> {
        if is_cut_off {
            self.cut_off.insert(party.clone());
        } else {
            self.cut_off.remove(party);
        }
        self.tell_cuts()
    }

    fn cut_off(&self) -> &BTreeSet<PartyId> {
        &self.cut_off
    }

    fn back_up(&mut self, party: &PartyId) -> Result<(), StageError> {
        let file = self.new_file(party.as_str(), "-backup")?;
        let told = self.process(party)?.borrow().told;
        let _done = self.talk(party, What::BackUp(file.clone()), told)?;
        self.backups.insert(party.clone(), file);
        Ok(())
    }

    fn start(&mut self, cast: &Cast, with: &Start) -> Result<(), StageError> {
        let party = PartyId::parse(&cast.party).map_err(super::cast::CastError::from)?;
        let (store, now) = {
            let mut old = self.process(&party)?.borrow_mut();
            old.kill();
            (old.store.clone(), old.told)
        };
        let store = match with {
            Start::Empty { suffix } => self.new_file(&cast.party, suffix)?,
            Start::Backup => self
                .backups
                .remove(&party)
                .ok_or_else(|| StageError::Missing(format!("there is no backup of `{party}`")))?,
            Start::Killed => store,
        };
        let process = Process::start(&self.program, cast, store, now)?;
        self.processes.insert(party, RefCell::new(process));
        self.tell_addresses(now)?;
        self.tell_cuts()
    }

    fn take_refusals(&mut self) -> Vec<Refusal> {
        self.refusals.take()
    }
}

impl Processes {
    /// Tells each process to whom its line is cut: from one that is cut off to all, from the others to those.
    fn tell_cuts(&self) -> Result<(), StageError> {
        for (party, process) in &self.processes {
            let is_cut =
                |other: &PartyId| self.cut_off.contains(party) || self.cut_off.contains(other);
            let others = self.processes.keys().filter(|other| *other != party);
            let (cut, joined): (Vec<&PartyId>, Vec<&PartyId>) =
                others.partition(|other| is_cut(other));
            let names = |parties: Vec<&PartyId>| parties.iter().map(ToString::to_string).collect();
            let told = process.borrow().told;
            let _done = process.borrow_mut().talk(What::Cut(names(cut)), told)?;
            let _done = process.borrow_mut().talk(What::Join(names(joined)), told)?;
        }
        Ok(())
    }
}
