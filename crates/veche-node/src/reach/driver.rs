//! Carries a plan out: looks what waits, keeps the facts, sends what is to be sent, takes acknowledgements.

use super::channel;
use super::journal::{Journal, JournalError};
use super::matter::Matter;
use super::message::{Message, Secret, message};
use super::plan::{Acknowledged, By, Errand, Fact, Outcome, Plan, Queue, Stage};
use super::roster::{Channel, Roster};
use crate::keyfile::{self, KeyError};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use veche_ledger::{Hash, PartyId, UnixSeconds};

/// How often it is looked what is to be done.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// After how many looks acknowledgements from outside are read.
const OUTSIDE_EVERY: u32 = 10;
/// Messages of one channel that are under way at a time: a server that is slow with one is not waited for with the next.
const WORKERS: usize = 4;

/// Why people cannot be reached at all.
#[derive(Debug, thiserror::Error)]
pub enum ReachError {
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// No random bytes for the links.
    #[error(transparent)]
    Random(#[from] KeyError),
}

/// What a link in a message leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Nobody has acknowledged yet; now, this person did or may.
    Open {
        /// The person.
        person: String,
    },
    /// Somebody has before.
    Before(Acknowledged),
    /// No message has this link, or its matter waits no longer.
    Unknown,
}

/// What waits and who was told, with its journal.
pub struct Reach {
    inner: Mutex<Inner>,
    roster: Roster,
    secret: Secret,
    /// Messages that a channel took, and attempts that failed, since the start.
    delivered: AtomicU64,
    failures: AtomicU64,
}

struct Inner {
    plan: Plan,
    journal: Journal,
    /// Why the last facts could not be kept.
    fault: Option<String>,
}

impl std::fmt::Debug for Reach {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reach").field("roster", &self.roster).finish_non_exhaustive()
    }
}

/// Gives what waits if that may have changed since it was asked last, and the hour.
pub trait Source: Send {
    /// Returns what waits; `None`: as before.
    fn waiting(&mut self, roster: &Roster) -> Option<Vec<Matter>>;
    /// Returns the hour.
    fn now(&self) -> UnixSeconds;
}

/// A message on its way to its channel.
#[derive(Debug, Clone)]
struct Job {
    errand: Errand,
    message: Message,
}

/// The threads at work; they end when this is told to.
#[derive(Debug)]
pub struct Running {
    end: Sender<()>,
    thread: JoinHandle<()>,
}

impl Running {
    /// Ends the work. What is under way at a channel is left to itself, and sent again at the next start.
    pub fn end(self) {
        // A thread that has ended already needs no word.
        self.end.send(()).unwrap_or_default();
        self.thread.join().unwrap_or_default();
    }
}

impl Reach {
    /// Takes up a journal, or makes one.
    ///
    /// # Errors
    /// [`ReachError`].
    pub fn open(roster: Roster, journal: &Path, now: UnixSeconds) -> Result<Arc<Self>, ReachError> {
        let mut journal = Journal::open(journal, keyfile::random()?)?;
        journal.forget(now)?;
        let secret = journal.secret()?;
        let mut plan = Plan::default();
        for fact in journal.facts()? {
            plan.apply(&fact);
        }
        let resumed = plan.resume(now);
        journal.keep(&resumed)?;
        let inner = Mutex::new(Inner { plan, journal, fault: None });
        let (delivered, failures) = (AtomicU64::new(0), AtomicU64::new(0));
        Ok(Arc::new(Self { inner, roster, secret, delivered, failures }))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts the threads.
    #[must_use]
    pub fn start(self: &Arc<Self>, source: Box<dyn Source>) -> Running {
        let (end, ended) = mpsc::channel();
        let own = Arc::clone(self);
        let thread = std::thread::spawn(move || own.work(source, &ended));
        Running { end, thread }
    }

    fn work(self: &Arc<Self>, mut source: Box<dyn Source>, ended: &Receiver<()>) {
        let (told, outcomes) = mpsc::channel();
        let channels = self.roster.channels.iter();
        let queues: BTreeMap<String, Sender<Job>> =
            channels.map(|(name, channel)| (name.clone(), serve(channel, &told))).collect();
        let mut looks = 0_u32;
        while ended.recv_timeout(LOOK_EVERY) == Err(RecvTimeoutError::Timeout) {
            let now = source.now();
            for (errand, outcome) in outcomes.try_iter() {
                self.take_outcome(&errand, outcome, now);
            }
            if looks.is_multiple_of(OUTSIDE_EVERY) {
                self.take_from_outside();
            }
            looks = looks.wrapping_add(1);
            if let Some(matters) = source.waiting(&self.roster) {
                self.see(matters, now);
            }
            for job in self.step(now) {
                if let Some(queue) = queues.get(&job.errand.channel) {
                    // Workers end with this thread, never before.
                    queue.send(job).unwrap_or_default();
                }
            }
        }
    }

    fn see(&self, matters: Vec<Matter>, now: UnixSeconds) {
        let inner = &mut *self.inner();
        let facts = inner.plan.see(matters, now);
        inner.keep(&facts);
    }

    /// Says what is to be sent now, after it was kept that it was begun.
    fn step(&self, now: UnixSeconds) -> Vec<Job> {
        let inner = &mut *self.inner();
        let facts = inner.plan.step(&self.roster, now);
        inner.keep(&facts);
        facts.iter().filter_map(|fact| self.job(&inner.plan, fact)).collect()
    }

    fn job(&self, plan: &Plan, fact: &Fact) -> Option<Job> {
        let Fact::Tried { errand, attempt } = fact else { return None };
        if attempt.stage != Stage::Begun {
            return None;
        }
        let channel = self.roster.channels.get(&errand.channel)?;
        let person = self.roster.people.get(&errand.person)?;
        let (_, to) = person.by.iter().find(|(name, _)| *name == errand.channel)?;
        let matter = plan.matter(&errand.matter)?;
        let message = message(matter, errand, to, channel, &self.roster, &self.secret);
        Some(Job { errand: errand.clone(), message })
    }

    fn take_outcome(&self, errand: &Errand, outcome: Outcome, now: UnixSeconds) {
        let (counter, said) = match &outcome {
            Outcome::Delivered(_) => (&self.delivered, None),
            Outcome::Later(said) | Outcome::Failed(said) => (&self.failures, Some(said.clone())),
        };
        counter.fetch_add(1, Ordering::Relaxed);
        if let Some(said) = said {
            let Errand { person, channel, .. } = errand;
            tracing::warn!(person, channel, said, "a message did not go through");
        }
        let inner = &mut *self.inner();
        let fact = inner.plan.outcome(errand, outcome, now);
        inner.keep(fact.as_slice());
    }

    fn take_from_outside(&self) {
        let inner = &mut *self.inner();
        let Ok(facts) = inner.journal.acknowledged() else { return };
        for fact in facts {
            inner.plan.apply(&fact);
        }
    }

    /// Keeps a copy of the charter in force and of whose node it is, for whoever looks while the node has its store to itself.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn keep_context(&self, charter: &str, party: &PartyId) -> Result<(), JournalError> {
        self.inner().journal.set_context(charter, party)
    }

    /// Says that an officer of a party has opened a procedure at the desk.
    pub fn opened(&self, party: &PartyId, officer: &str, procedure: &Hash, now: UnixSeconds) {
        let inner = &mut *self.inner();
        let seen: Vec<_> = inner
            .plan
            .all()
            .filter(|(_, progress, matter)| {
                let is_it =
                    |matter: &&Matter| matter.procedure == *procedure && matter.party == *party;
                progress.acknowledged.is_none() && matter.as_ref().is_some_and(is_it)
            })
            .map(|(id, _, _)| *id)
            .collect();
        for id in seen {
            let how = Acknowledged { who: officer.to_owned(), by: By::Desk, at: now };
            let fact = inner.plan.acknowledge(id, how);
            inner.keep(fact.as_slice());
        }
    }

    /// Returns what a link leads to, without using it.
    #[must_use]
    pub fn look_at(&self, token: &str) -> Answer {
        let inner = self.inner();
        self.found(&inner.plan, token).map_or(Answer::Unknown, |(_, answer)| answer)
    }

    /// Uses a link: the person whose message it was in has seen the matter.
    #[must_use]
    pub fn use_link(&self, token: &str, now: UnixSeconds) -> Answer {
        let inner = &mut *self.inner();
        let Some((errand, answer)) = self.found(&inner.plan, token) else { return Answer::Unknown };
        let how = Acknowledged { who: errand.person, by: By::Link, at: now };
        let fact = inner.plan.acknowledge(errand.matter, how);
        inner.keep(fact.as_slice());
        answer
    }

    fn found(&self, plan: &Plan, token: &str) -> Option<(Errand, Answer)> {
        // Hashes are compared, so that the time that it takes tells nothing of a token.
        let asked = Hash::of(&[token.as_bytes()]);
        for (id, progress, _) in plan.all().filter(|(_, progress, _)| !progress.is_over) {
            for (person, channel) in progress.tries.keys() {
                let (person, channel) = (person.clone(), channel.clone());
                let errand = Errand { matter: *id, person, channel };
                if Hash::of(&[self.secret.token(&errand).as_bytes()]) == asked {
                    let person = errand.person.clone();
                    let before = progress.acknowledged.clone();
                    return Some((errand, before.map_or(Answer::Open { person }, Answer::Before)));
                }
            }
        }
        None
    }

    /// Returns how many matters are in which state.
    #[must_use]
    pub fn queue(&self, now: UnixSeconds) -> Queue {
        self.inner().plan.queue(&self.roster, now)
    }

    /// Returns how many messages channels took, and how many attempts failed, since the start.
    #[must_use]
    pub fn counts(&self) -> (u64, u64) {
        (self.delivered.load(Ordering::Relaxed), self.failures.load(Ordering::Relaxed))
    }

    /// Returns why the journal cannot be written; `None`: it can.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        self.inner().fault.clone()
    }
}

impl Inner {
    /// Keeps facts. Where that fails, because the disk is full, people are told all the same: the plan in memory goes on, and what
    /// was not kept may be sent again after a restart.
    fn keep(&mut self, facts: &[Fact]) {
        if facts.is_empty() {
            return;
        }
        self.fault = self.journal.keep(facts).err().map(|error| error.to_string());
        if let Some(fault) = &self.fault {
            tracing::error!(fault, "what was told to whom cannot be kept");
        }
    }
}

/// Starts the threads of a channel, which end when its queue does.
fn serve(channel: &Channel, told: &Sender<(Errand, Outcome)>) -> Sender<Job> {
    let (queue, jobs) = mpsc::channel::<Job>();
    let jobs = Arc::new(Mutex::new(jobs));
    for _ in 0..WORKERS {
        let (channel, jobs, told) = (channel.clone(), Arc::clone(&jobs), told.clone());
        std::thread::spawn(move || {
            loop {
                let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
                let Ok(job) = next else { return };
                let outcome = channel::send(&channel, &job.message);
                if told.send((job.errand, outcome)).is_err() {
                    return;
                }
            }
        });
    }
    queue
}
