//! Fetching other parties' logs from peers (`formats/sync.md`): what to ask whom, and what of the answers to take.
//!
//! [`Sync`] is a state machine. Listings and answers come in, questions and proved batches of records go out; whoever drives it has
//! the network, the clock and the store. A log comes from one peer at a time, its author's own node before others; which peer that
//! is matters only for speed, for nothing is taken on a peer's word.
//!
//! ```text
//! listing -> checkpoint -> hashes of whole bundles -> entries and openings, bundle by bundle -> batches
//! ```

pub mod changes;
pub mod hunt;
pub mod listing;
pub mod openings;
pub mod push;
pub mod resource;
mod transfer;

pub use changes::{Followed, Listings, NotChanges};
pub use listing::{NotAListing, listing_bytes, parse_listing};
pub use openings::{OPENING_LEN_MAX, OpeningsError, openings_bytes, parse_openings};
pub use push::{PUSH_LEN_MAX, PUSH_MAX, Push, PushError};
pub use resource::{NotAResource, Resource};
pub use transfer::{Batch, TransferFault};

use crate::checkpoint::Checkpoint;
use crate::key::VerifyingKey;
use crate::name::{Origin, PartyId};
use crate::tile::{TileKind, TilePath, parse_bundle};
use crate::time::{Seconds, UnixSeconds};
use crate::tree::Frontier;
use std::collections::{BTreeMap, VecDeque};
use transfer::Transfer;

/// How long an answer may take: a bundle of the longest entries over a line of a megabit a second.
pub const ANSWER_WAIT: Seconds = Seconds(150);

/// The first wait after a fault of a peer; it doubles with each that follows, up to [`RETRY_MAX`].
pub const RETRY_FIRST: Seconds = Seconds(1);

/// The longest wait after faults of a peer.
pub const RETRY_MAX: Seconds = Seconds(300);

/// How much is on its way at once.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// Questions to one peer without an answer yet.
    pub questions: usize,
    /// Bundles of one log that were asked for or wait here to be taken: what memory is bounded by.
    pub bundles: usize,
    /// Logs that come from one peer at a time.
    pub logs: usize,
}

impl Default for Window {
    /// A line of 100 Mbit/s and 50 ms holds 625 kB: some eight bundles.
    fn default() -> Self {
        Self { questions: 16, bundles: 16, logs: 4 }
    }
}

/// What this node holds and knows, as far as fetching asks.
pub trait Holdings {
    /// Returns the frontier of a log as held: the empty one for a log of which nothing is.
    fn frontier(&self, log: &Origin) -> Frontier;

    /// Returns the key of a log; `None` until the record that brings it is known.
    fn log_key(&self, log: &Origin) -> Option<VerifyingKey>;
}

/// The number of a question, never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct QuestionId(pub u64);

/// What happened.
#[derive(Debug, Clone)]
pub enum Input {
    /// A peer said what it holds.
    Heads {
        /// Who.
        peer: PartyId,
        /// What it holds.
        heads: Vec<Checkpoint>,
    },
    /// A peer holds this beside what it said last.
    MoreHeads {
        /// Who.
        peer: PartyId,
        /// What else it holds.
        heads: Vec<Checkpoint>,
    },
    /// A question was answered, or was not.
    Answer {
        /// Which.
        id: QuestionId,
        /// The body, or why there is none.
        body: Result<Vec<u8>, String>,
    },
    /// The node took a batch.
    Taken(Origin),
    /// The node did not take a batch. Another peer may have a better one.
    Refused(Origin),
    /// A peer cannot be reached.
    Gone(PartyId),
    /// Time passed, or what is held changed.
    Tick,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Ask a peer. Answers come in any order.
    Ask {
        /// Whom.
        peer: PartyId,
        /// To be named with the answer.
        id: QuestionId,
        /// For what.
        what: Resource,
    },
    /// Take these records, and say [`Input::Taken`] or [`Input::Refused`]: no more of this log come before.
    Take {
        /// From whom.
        peer: PartyId,
        /// The records.
        batch: Batch,
    },
    /// Learn the key of a log from its first record, then say [`Input::Tick`].
    Introduce {
        /// From whom.
        peer: PartyId,
        /// The log.
        log: Origin,
        /// Its first record.
        leaf: Vec<u8>,
        /// The opening of its terms.
        opening: Option<Vec<u8>>,
    },
    /// A peer showed a checkpoint, signed by the log's key, of more records than are held.
    Shown {
        /// The log.
        log: Origin,
        /// Records that it covers.
        size: u64,
    },
    /// A peer's answer was not taken; it is asked for this log again after a while.
    Fault {
        /// Whose.
        peer: PartyId,
        /// The log.
        log: Origin,
        /// What is wrong.
        fault: TransferFault,
    },
}

/// Whom to ask again no sooner than when.
#[derive(Debug, Clone, Copy)]
struct Wait {
    until: UnixSeconds,
    next: Seconds,
}

#[derive(Debug, Default)]
struct Peer {
    heads: BTreeMap<Origin, u64>,
    waits: BTreeMap<Origin, Wait>,
    queue: VecDeque<(Origin, Resource)>,
    in_flight: usize,
}

#[derive(Debug)]
struct Question {
    peer: PartyId,
    log: Origin,
    what: Resource,
    deadline: UnixSeconds,
    /// True if nobody waits for the answer any more.
    is_stale: bool,
}

/// The first record of a log whose key is not known, as far as it has come.
#[derive(Debug)]
struct Introduction {
    peer: PartyId,
    leaf: Option<Vec<u8>>,
    opening: Option<Vec<u8>>,
}

/// Fetches logs from peers.
#[derive(Debug, Default)]
pub struct Sync {
    window: Window,
    peers: BTreeMap<PartyId, Peer>,
    transfers: BTreeMap<Origin, Transfer>,
    introductions: BTreeMap<Origin, Introduction>,
    questions: BTreeMap<QuestionId, Question>,
    asked: u64,
}

impl Sync {
    /// Makes a machine that knows no peers yet.
    #[must_use]
    pub fn new(window: Window) -> Self {
        Self { window, ..Self::default() }
    }

    /// Returns true if nothing is on its way.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.transfers.is_empty() && self.introductions.is_empty()
    }

    /// Takes what happened; returns what is to be done.
    pub fn step(&mut self, held: &dyn Holdings, input: Input, now: UnixSeconds) -> Vec<Output> {
        let mut outputs = Vec::new();
        match input {
            Input::Heads { peer, heads } => {
                let heads = heads.into_iter().map(|head| (head.origin, head.size)).collect();
                self.peers.entry(peer).or_default().heads = heads;
            }
            Input::MoreHeads { peer, heads } => {
                let heads = heads.into_iter().map(|head| (head.origin, head.size));
                self.peers.entry(peer).or_default().heads.extend(heads);
            }
            Input::Answer { id, body } => self.take_answer(id, body, now, &mut outputs),
            Input::Taken(log) => self.take_confirmation(&log),
            Input::Refused(log) => {
                if let Some(transfer) = self.transfers.remove(&log) {
                    self.set_aside(&transfer.peer, &log, now);
                }
            }
            Input::Gone(peer) => self.lose(&peer),
            Input::Tick => self.expire(now, &mut outputs),
        }
        self.begin(held, now);
        self.ask(now, &mut outputs);
        self.deliver(now, &mut outputs);
        // Bundles that were delivered make room for questions.
        self.ask(now, &mut outputs);
        outputs
    }

    fn take_confirmation(&mut self, log: &Origin) {
        let Some(transfer) = self.transfers.get_mut(log) else { return };
        transfer.is_busy = false;
        if let Some(peer) = self.peers.get_mut(&transfer.peer) {
            let _over = peer.waits.remove(log);
        }
        if transfer.is_done() {
            let _done = self.transfers.remove(log);
        }
    }

    fn lose(&mut self, peer: &PartyId) {
        let _gone = self.peers.remove(peer);
        self.transfers.retain(|_, transfer| transfer.peer != *peer);
        self.introductions.retain(|_, introduction| introduction.peer != *peer);
        self.questions.retain(|_, question| question.peer != *peer);
    }

    /// Counts questions that were never answered as answered by nothing: whoever drives this may have lost them.
    fn expire(&mut self, now: UnixSeconds, outputs: &mut Vec<Output>) {
        let late = self.questions.iter().filter(|(_, question)| question.deadline < now);
        for id in late.map(|(id, _)| *id).collect::<Vec<_>>() {
            self.take_answer(id, Err("the time for it is over".to_owned()), now, outputs);
        }
    }

    fn take_answer(
        &mut self,
        id: QuestionId,
        body: Result<Vec<u8>, String>,
        now: UnixSeconds,
        outputs: &mut Vec<Output>,
    ) {
        let Some(question) = self.questions.remove(&id) else { return };
        let Question { peer, log, what, is_stale, .. } = question;
        if let Some(known) = self.peers.get_mut(&peer) {
            known.in_flight = known.in_flight.saturating_sub(1);
        }
        if is_stale {
            return;
        }
        if self.introductions.get(&log).is_some_and(|introduction| introduction.peer == peer) {
            self.take_introduction(&peer, &log, &what, body, now, outputs);
            return;
        }
        let Some(transfer) = self.transfers.get_mut(&log).filter(|t| t.peer == peer) else {
            return;
        };
        let taken = match body {
            Ok(body) => transfer.answered(&what, body),
            Err(why) => Err(TransferFault::NoAnswer(why)),
        };
        let shown = transfer.size();
        match taken {
            Ok(wants) => {
                if matches!(what, Resource::Checkpoint(_)) {
                    outputs.push(Output::Shown { log: log.clone(), size: shown });
                }
                self.enqueue(&peer, &log, wants);
            }
            Err(fault) => self.fail(peer, log, fault, now, outputs),
        }
    }

    fn take_introduction(
        &mut self,
        peer: &PartyId,
        log: &Origin,
        what: &Resource,
        body: Result<Vec<u8>, String>,
        now: UnixSeconds,
        outputs: &mut Vec<Output>,
    ) {
        let fault = match (body, self.introductions.get_mut(log)) {
            (Err(why), _) => Some(TransferFault::NoAnswer(why)),
            (Ok(body), Some(introduction)) => introduction.take(what, &body).err(),
            (Ok(_), None) => None,
        };
        if let Some(fault) = fault {
            let _failed = self.introductions.remove(log);
            self.fail(peer.clone(), log.clone(), fault, now, outputs);
            return;
        }
        let is_whole = |known: &Introduction| known.leaf.is_some() && known.opening.is_some();
        if self.introductions.get(log).is_some_and(is_whole)
            && let Some(whole) = self.introductions.remove(log)
        {
            // If the node learns nothing from it, it is asked for again, but not at once.
            self.set_aside(peer, log, now);
            outputs.push(Output::Introduce {
                peer: peer.clone(),
                log: log.clone(),
                leaf: whole.leaf.unwrap_or_default(),
                opening: whole.opening.filter(|opening| !opening.is_empty()),
            });
        }
    }

    fn fail(
        &mut self,
        peer: PartyId,
        log: Origin,
        fault: TransferFault,
        now: UnixSeconds,
        outputs: &mut Vec<Output>,
    ) {
        let _failed = self.transfers.remove(&log);
        self.set_aside(&peer, &log, now);
        outputs.push(Output::Fault { peer, log, fault });
    }

    /// Lets a peer be for a while, as to one log.
    fn set_aside(&mut self, peer: &PartyId, log: &Origin, now: UnixSeconds) {
        let Some(known) = self.peers.get_mut(peer) else { return };
        known.queue.retain(|(queued, _)| queued != log);
        for question in self.questions.values_mut() {
            question.is_stale |= question.peer == *peer && question.log == *log;
        }
        let next = known.waits.get(log).map_or(RETRY_FIRST, |wait| wait.next);
        let doubled = Seconds((next.0 * 2).min(RETRY_MAX.0));
        let _last = known.waits.insert(log.clone(), Wait { until: now + next, next: doubled });
    }

    fn enqueue(&mut self, peer: &PartyId, log: &Origin, wants: Vec<Resource>) {
        if let Some(known) = self.peers.get_mut(peer) {
            known.queue.extend(wants.into_iter().map(|what| (log.clone(), what)));
        }
    }

    /// Begins to fetch what some peer has more of.
    fn begin(&mut self, held: &dyn Holdings, now: UnixSeconds) {
        for (log, peer) in self.sources(held, now) {
            let under_way =
                self.transfers.values().filter(|transfer| transfer.peer == peer).count();
            if under_way >= self.window.logs {
                continue;
            }
            if let Some(key) = held.log_key(&log) {
                let transfer = Transfer::new(peer.clone(), log.clone(), key, held.frontier(&log));
                self.enqueue(&peer, &log, vec![transfer.begin()]);
                let _none = self.transfers.insert(log, transfer);
            } else if let Some(path) = TilePath::new(TileKind::Entries, 0, 1) {
                let tile = Resource::Tile(log.clone(), path);
                let wants = vec![tile, Resource::Openings(log.clone(), path)];
                self.enqueue(&peer, &log, wants);
                let new = Introduction { peer, leaf: None, opening: None };
                let _none = self.introductions.insert(log, new);
            }
        }
    }

    /// Returns the logs of which some peer has more, with the peer to ask: the author's own node, else the one that has most.
    fn sources(&self, held: &dyn Holdings, now: UnixSeconds) -> Vec<(Origin, PartyId)> {
        let mut best: BTreeMap<&Origin, (bool, u64, &PartyId)> = BTreeMap::new();
        for (name, peer) in &self.peers {
            for (log, size) in &peer.heads {
                let is_waiting = peer.waits.get(log).is_some_and(|wait| now < wait.until);
                let is_on_its_way =
                    self.transfers.contains_key(log) || self.introductions.contains_key(log);
                if is_waiting || is_on_its_way || *size <= held.frontier(log).size() {
                    continue;
                }
                let offer = (log.party() == name.as_str(), *size, name);
                let known = best.entry(log).or_insert(offer);
                if (offer.0, offer.1) > (known.0, known.1) {
                    *known = offer;
                }
            }
        }
        best.into_iter().map(|(log, (_, _, peer))| (log.clone(), peer.clone())).collect()
    }

    /// Asks as much as the windows let.
    fn ask(&mut self, now: UnixSeconds, outputs: &mut Vec<Output>) {
        for (log, transfer) in &mut self.transfers {
            let wants = transfer.wants(self.window.bundles);
            if let Some(peer) = self.peers.get_mut(&transfer.peer) {
                peer.queue.extend(wants.into_iter().map(|what| (log.clone(), what)));
            }
        }
        for (name, peer) in &mut self.peers {
            while peer.in_flight < self.window.questions
                && let Some((log, what)) = peer.queue.pop_front()
            {
                let id = QuestionId(self.asked);
                self.asked += 1;
                peer.in_flight += 1;
                let question = Question {
                    peer: name.clone(),
                    log,
                    what: what.clone(),
                    deadline: now + ANSWER_WAIT,
                    is_stale: false,
                };
                let _none = self.questions.insert(id, question);
                outputs.push(Output::Ask { peer: name.clone(), id, what });
            }
        }
    }

    /// Hands on what is proved.
    fn deliver(&mut self, now: UnixSeconds, outputs: &mut Vec<Output>) {
        let mut failed = Vec::new();
        for (log, transfer) in &mut self.transfers {
            match transfer.batch() {
                Ok(Some(batch)) => {
                    outputs.push(Output::Take { peer: transfer.peer.clone(), batch });
                }
                Ok(None) => {}
                Err(fault) => failed.push((transfer.peer.clone(), log.clone(), fault)),
            }
        }
        for (peer, log, fault) in failed {
            self.fail(peer, log, fault, now, outputs);
        }
    }
}

impl Introduction {
    fn take(&mut self, what: &Resource, body: &[u8]) -> Result<(), TransferFault> {
        if let Resource::Openings(..) = what {
            let openings = parse_openings(body, 1)?;
            self.opening = Some(openings.first().copied().flatten().unwrap_or_default().to_vec());
        } else {
            let entries = parse_bundle(body, 1)?;
            self.leaf = entries.first().map(|leaf| leaf.to_vec());
        }
        Ok(())
    }
}
