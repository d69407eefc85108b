//! What a node does about its peers: says its news to those who lack them, fetches what it lacks itself, cosigns, closes what has ended.

use super::closing::Closing;
use super::forks::{Forks, Walked};
use super::guard;
use super::message::{Asked, Reply};
use super::repair::Repair;
use crate::node::{Node, NodeError};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use veche_ledger::sync::hunt::HuntFault;
use veche_ledger::sync::{
    Input, Output, PUSH_MAX, Push, QuestionId, Resource, Sync, TransferFault, Window,
    parse_listing, parse_openings,
};
use veche_ledger::tile::TilePath;
use veche_ledger::{Checkpoint, Cosignature, NoteSignature, Origin, PartyId, UnixSeconds};

/// Most faults of peers that are kept for whoever looks: the last ones.
const TROUBLES_MAX: usize = 100;

/// What a peer sent that was not taken: when, who, of which log, why.
pub(super) type Trouble = (UnixSeconds, PartyId, Origin, String);

/// What happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// A peer said what it holds, or did not.
    Heads {
        /// Who.
        peer: PartyId,
        /// The listing, or why there is none.
        body: Result<Vec<u8>, String>,
    },
    /// A courier brought what a peer held when it was made (`formats/bundle.md`). It says nothing of what the peer holds now, nor that it can
    /// be reached.
    Carried {
        /// Whose.
        peer: PartyId,
        /// What it held.
        heads: Vec<Checkpoint>,
    },
    /// A question of a transfer was answered, or was not.
    Answer {
        /// Which.
        id: QuestionId,
        /// The bytes, or why there are none.
        body: Result<Vec<u8>, String>,
    },
    /// A peer answered to something that was sent, or could not be reached.
    Sent {
        /// Who.
        peer: PartyId,
        /// What was sent.
        asked: Asked,
        /// Its answer.
        reply: Result<Reply, String>,
    },
    /// A second passed.
    Tick,
    /// Something was said here.
    News,
    /// What was cosigned is to be logged: enough of it has gathered.
    Receipts,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Fetch something, and tell with [`Event::Answer`].
    Fetch {
        /// From whom.
        peer: PartyId,
        /// To be named with the answer.
        id: QuestionId,
        /// What.
        what: Resource,
    },
    /// Send something, and tell with [`Event::Sent`].
    Send {
        /// To whom.
        peer: PartyId,
        /// What.
        asked: Asked,
        /// With these bytes.
        body: Vec<u8>,
    },
}

/// What is known of a peer.
#[derive(Debug, Clone, Default)]
pub struct Contact {
    /// How much of each log it is known to hold.
    pub heads: BTreeMap<Origin, u64>,
    /// When it was last heard.
    pub heard_at: Option<UnixSeconds>,
    /// True from its first answer until one fails to come.
    pub is_up: bool,
    /// What went wrong with it last, and when.
    pub trouble: Option<(UnixSeconds, String)>,
    /// Logs of which a push is on its way to it, and how far it reaches.
    pushing: BTreeMap<Origin, u64>,
}

impl Contact {
    /// Returns how many of the records held here the peer is not known to hold.
    #[must_use]
    pub fn lacks(&self, held: &[Checkpoint]) -> u64 {
        let known = |head: &Checkpoint| self.heads.get(&head.origin).copied().unwrap_or_default();
        held.iter().map(|head| head.size.saturating_sub(known(head))).sum()
    }
}

/// What a node does about its peers.
#[derive(Debug, Default)]
pub struct Exchange {
    sync: Sync,
    contacts: BTreeMap<PartyId, Contact>,
    /// What peers listed and the nodes that keep the logs are about to push.
    expected: BTreeMap<PartyId, Vec<Checkpoint>>,
    closing: Closing,
    forks: Forks,
    repair: Repair,
    troubles: Vec<Trouble>,
}

impl Exchange {
    /// Makes an exchange with peers. Whoever is named later is a peer from then on.
    #[must_use]
    pub fn new(peers: impl IntoIterator<Item = PartyId>, window: Window) -> Self {
        let contacts = peers.into_iter().map(|peer| (peer, Contact::default())).collect();
        Self { sync: Sync::new(window), contacts, ..Self::default() }
    }

    /// Returns what is known of each peer.
    #[must_use]
    pub const fn contacts(&self) -> &BTreeMap<PartyId, Contact> {
        &self.contacts
    }

    /// Returns what peers sent that was not taken, the latest last: when, who, of which log, why.
    #[must_use]
    pub fn troubles(&self) -> &[(UnixSeconds, PartyId, Origin, String)] {
        &self.troubles
    }

    /// Returns true if nothing is on its way from anybody.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.sync.is_idle() && self.contacts.values().all(|contact| contact.pushing.is_empty())
    }

    /// Notes that a peer was heard.
    pub(super) fn heard(&mut self, peer: &PartyId, now: UnixSeconds) {
        let contact = self.contacts.entry(peer.clone()).or_default();
        contact.heard_at = contact.heard_at.max(Some(now));
    }

    /// Notes how much of a log a peer shows that it holds.
    pub(super) fn note_head(&mut self, peer: &PartyId, head: &Checkpoint) {
        let known = self.contacts.entry(peer.clone()).or_default();
        let size = known.heads.entry(head.origin.clone()).or_default();
        *size = head.size.max(*size);
    }

    /// Notes that what a peer sent was not taken.
    pub(super) fn note_refusal(
        &mut self,
        peer: &PartyId,
        log: &Origin,
        why: &dyn std::fmt::Display,
        now: UnixSeconds,
    ) {
        let said = why.to_string();
        let is_known = |(_, p, l, w): &Trouble| (p, l, w.as_str()) == (peer, log, said.as_str());
        self.troubles.retain(|trouble| !is_known(trouble));
        if self.troubles.len() == TROUBLES_MAX {
            let _oldest = self.troubles.remove(0);
        }
        self.troubles.push((now, peer.clone(), log.clone(), said));
    }

    /// Takes what happened into the node; returns what is to be done, and whether the node's own store failed: what is to be done stands
    /// all the same. All else that goes wrong is a peer's fault, and noted.
    pub fn step(
        &mut self,
        node: &mut Node,
        event: Event,
        now: UnixSeconds,
    ) -> (Vec<Effect>, Result<(), NodeError>) {
        let mut effects = Vec::new();
        let taken = self.take(node, event, now, &mut effects);
        let pushed = self.push(node, now, &mut effects);
        (effects, taken.and(pushed))
    }

    fn take(
        &mut self,
        node: &mut Node,
        event: Event,
        now: UnixSeconds,
        effects: &mut Vec<Effect>,
    ) -> Result<(), NodeError> {
        match event {
            Event::Heads { peer, body } => self.take_heads(node, peer, body, now, effects),
            Event::Carried { peer, heads } => {
                self.look_for_forks(node, &peer, &heads, effects);
                self.fetch(node, Input::Heads { peer, heads }, now, effects)
            }
            Event::Answer { id, body } => {
                self.fetch(node, Input::Answer { id, body }, now, effects)
            }
            Event::Sent { peer, asked, reply } => {
                self.take_reply(node, &peer, &asked, reply, now, effects)
            }
            Event::Tick => {
                node.note_time(now);
                // A log that was lost with its disk is begun here, once the others were heard.
                let begun = node.begin_logs(now).and_then(|()| node.flush(now));
                let flushed = match begun.and_then(|_| node.log_forks(now)) {
                    // It catches up with its own log first.
                    Err(error) if !error.is_catching_up() => Err(error),
                    _ => Ok(()),
                };
                let due = self.fetch_due(node, now, effects);
                let fetched = due.and(self.fetch(node, Input::Tick, now, effects));
                let reached = self.reached();
                effects.extend(self.repair.tick(node, &reached, now));
                let closed = self.closing.tick(node, &reached, now);
                flushed.and(fetched).and(closed.map(|asked| effects.extend(asked)))
            }
            Event::News => Ok(()),
            Event::Receipts => match node.flush(now) {
                // It catches up with its own log first.
                Err(error) if !error.is_catching_up() => Err(error),
                _ => Ok(()),
            },
        }
    }

    fn reached(&self) -> BTreeSet<PartyId> {
        let up = self.contacts.iter().filter(|(_, contact)| contact.is_up);
        up.map(|(peer, _)| peer.clone()).collect()
    }

    fn take_heads(
        &mut self,
        node: &mut Node,
        peer: PartyId,
        body: Result<Vec<u8>, String>,
        now: UnixSeconds,
        effects: &mut Vec<Effect>,
    ) -> Result<(), NodeError> {
        let heads = body.and_then(|body| parse_listing(&body).map_err(|error| error.to_string()));
        let contact = self.contacts.entry(peer.clone()).or_default();
        match heads {
            Ok(heads) => {
                (contact.is_up, contact.heard_at, contact.trouble) = (true, Some(now), None);
                contact.heads = heads.iter().map(|head| (head.origin.clone(), head.size)).collect();
                self.look_for_forks(node, &peer, &heads, effects);
                node.note_listing(&peer, &heads)?;
                let (expected, heads) =
                    heads.into_iter().partition(|head| self.is_expected(node, head));
                self.expected.insert(peer.clone(), expected);
                self.fetch(node, Input::Heads { peer, heads }, now, effects)
            }
            Err(why) => {
                (contact.is_up, contact.trouble) = (false, Some((now, why)));
                contact.pushing.clear();
                self.expected.remove(&peer);
                node.note_silent(&peer);
                self.fetch(node, Input::Gone(peer), now, effects)
            }
        }
    }

    /// Returns true if the node that keeps a log is about to push what a listing tells of it: it is heard, and it is little. To fetch that as
    /// well, each record would come twice.
    fn is_expected(&self, node: &Node, head: &Checkpoint) -> bool {
        let held = node.size_of(&head.origin);
        let keeper = keeper_of(node, &head.origin);
        let is_up = |keeper| self.contacts.get(&keeper).is_some_and(|contact| contact.is_up);
        held > 0 && head.size > held && head.size - held <= PUSH_MAX && keeper.is_some_and(is_up)
    }

    /// Fetches what was expected and did not come: it was listed before the last tick, or just before this one.
    fn fetch_due(
        &mut self,
        node: &mut Node,
        now: UnixSeconds,
        effects: &mut Vec<Effect>,
    ) -> Result<(), NodeError> {
        let mut done = Ok(());
        for (peer, heads) in std::mem::take(&mut self.expected) {
            let lacks = |head: &Checkpoint| head.size > node.size_of(&head.origin);
            let heads: Vec<Checkpoint> = heads.into_iter().filter(lacks).collect();
            if !heads.is_empty() {
                done = done.and(self.fetch(node, Input::MoreHeads { peer, heads }, now, effects));
            }
        }
        done
    }

    /// Compares a peer's listing with what is held: at a size that both hold, the roots agree. Else it is found out who made which up.
    fn look_for_forks(
        &mut self,
        node: &Node,
        peer: &PartyId,
        heads: &[Checkpoint],
        effects: &mut Vec<Effect>,
    ) {
        if !node.checks_forks() {
            return;
        }
        for head in heads.iter().filter(|head| head.size <= node.size_of(&head.origin)) {
            if node.root_at(&head.origin, head.size).is_some_and(|root| root != head.root) {
                effects.extend(self.forks.begin(node, peer, &head.origin));
            }
        }
    }

    /// Goes on with a walk down a peer's tree; what it finds becomes a record, for all to see.
    fn walk(
        &mut self,
        node: &mut Node,
        peer: &PartyId,
        what: &Resource,
        body: Result<Vec<u8>, String>,
        now: UnixSeconds,
        effects: &mut Vec<Effect>,
    ) -> Result<(), NodeError> {
        let walked = self.forks.answered(node, peer, what, body);
        let Some(log) = what.log() else { return Ok(()) };
        match walked {
            Walked::Nothing | Walked::Ended(HuntFault::NoDifference) => Ok(()),
            Walked::Ask(asked) => {
                effects.extend(asked);
                Ok(())
            }
            Walked::Ended(fault @ HuntFault::MadeUp) => {
                self.note_refusal(peer, log, &fault, now);
                Ok(())
            }
            Walked::Found(difference) => {
                if node.keep_fork(log, &difference)? {
                    let why = format!(
                        "the log is forked: its key signed two records {}, one held here, one by `{peer}`",
                        difference.index
                    );
                    self.note_refusal(peer, log, &why, now);
                    match node.log_forks(now) {
                        Err(error) if !error.is_catching_up() => return Err(error),
                        _ => {}
                    }
                }
                Ok(())
            }
        }
    }

    /// Lets the transfers go on, and takes into the node what they bring.
    fn fetch(
        &mut self,
        node: &mut Node,
        input: Input,
        now: UnixSeconds,
        effects: &mut Vec<Effect>,
    ) -> Result<(), NodeError> {
        let mut outputs: VecDeque<Output> = self.sync.step(node, input, now).into();
        let mut done = Ok(());
        while let Some(output) = outputs.pop_front() {
            match output {
                Output::Ask { peer, id, what } => effects.push(Effect::Fetch { peer, id, what }),
                Output::Take { peer, batch } => {
                    let log = batch.log.clone();
                    let next = match node.take_batch(&batch, now) {
                        Ok(cosignature) => {
                            effects.extend(self.give(node, &log, cosignature));
                            Input::Taken(log)
                        }
                        Err(NodeError::Store(error)) => {
                            done = Err(error.into());
                            Input::Refused(log)
                        }
                        // The records are held; only the cosignature has to wait.
                        Err(NodeError::Witness(_)) => Input::Taken(log),
                        Err(error) => {
                            self.note_refusal(&peer, &log, &error, now);
                            Input::Refused(log)
                        }
                    };
                    outputs.extend(self.sync.step(node, next, now));
                }
                // A listing is nobody's word; this is the log key's own.
                Output::Shown { log, size } => node.note_peer_size(&log, size),
                Output::Introduce { peer, log, opening, .. } => {
                    if let Err(error) = node.introduce(&log, opening.as_deref()) {
                        self.note_refusal(&peer, &log, &error, now);
                    }
                }
                Output::Fault { peer, log, fault } => {
                    if let TransferFault::Checkpoint | TransferFault::NothingNew { .. } = fault {
                        done = done.and(node.note_empty_claim(&peer, &log));
                    }
                    // Whoever cannot be reached is shown as that, not as somebody who sends rubbish.
                    if !matches!(
                        fault,
                        TransferFault::NoAnswer(_) | TransferFault::NothingNew { .. }
                    ) {
                        self.note_refusal(&peer, &log, &fault, now);
                    }
                    // More than is held, and no continuation of it: who made that up shows further down the tree.
                    if let TransferFault::OtherHistory(_) = fault
                        && node.checks_forks()
                    {
                        effects.extend(self.forks.begin(node, &peer, &log));
                    }
                }
            }
        }
        done
    }

    /// Gives a cosignature to the node that keeps the log.
    fn give(&self, node: &Node, log: &Origin, cosignature: Option<Cosignature>) -> Option<Effect> {
        let cosignature = cosignature?;
        let keeper = keeper_of(node, log)?;
        let is_up = self.contacts.get(&keeper).is_some_and(|contact| contact.is_up);
        is_up.then(|| Effect::Send {
            peer: keeper,
            asked: Asked::Cosignature(log.clone()),
            body: cosignature.line().to_string().into_bytes(),
        })
    }

    /// Sends news of the logs kept here to those who are known to lack them, one push of a log at a time.
    fn push(
        &mut self,
        node: &Node,
        now: UnixSeconds,
        effects: &mut Vec<Effect>,
    ) -> Result<(), NodeError> {
        let own = node.kept_heads();
        for (peer, contact) in &mut self.contacts {
            if !contact.is_up {
                continue;
            }
            let mut readers = None;
            for head in &own {
                let has = contact.heads.get(&head.origin).copied().unwrap_or_default();
                let is_on_its_way = contact.pushing.contains_key(&head.origin);
                // More than that is fetched, as is what is on its way already.
                if is_on_its_way || has >= head.size || head.size - has > PUSH_MAX {
                    continue;
                }
                let readers = readers.get_or_insert_with(|| node.readers_at(peer));
                let Some(offer) = node.offer(readers, &head.origin, has, now)? else { continue };
                let push = Push { checkpoint: offer.checkpoint, records: offer.records };
                let Ok(body) = push.to_bytes() else { continue };
                if let Err(leak) = guard::check_push(node, readers, &head.origin, &body, now) {
                    super::receive::tell(&leak);
                    continue;
                }
                let _none = contact.pushing.insert(head.origin.clone(), head.size);
                let asked = Asked::Push(head.origin.clone());
                effects.push(Effect::Send { peer: peer.clone(), asked, body });
            }
        }
        Ok(())
    }

    fn take_reply(
        &mut self,
        node: &mut Node,
        peer: &PartyId,
        asked: &Asked,
        reply: Result<Reply, String>,
        now: UnixSeconds,
        effects: &mut Vec<Effect>,
    ) -> Result<(), NodeError> {
        let contact = self.contacts.entry(peer.clone()).or_default();
        match &reply {
            Ok(_) => contact.heard_at = contact.heard_at.max(Some(now)),
            Err(why) => {
                (contact.is_up, contact.trouble) = (false, Some((now, why.clone())));
            }
        }
        match asked {
            Asked::Push(log) => {
                let pushed = contact.pushing.remove(log);
                let Ok(reply) = reply else { return Ok(()) };
                self.take_push_reply(node, peer, log, pushed, reply, now)
            }
            Asked::Cosign => {
                self.closing.answered(node, peer, reply.and_then(Reply::into_body));
                Ok(())
            }
            Asked::Get(Resource::Openings(log, path)) => {
                let Ok(reply) = reply else { return Ok(()) };
                self.take_openings(node, peer, (log, *path), &reply, now)
            }
            Asked::Get(what) => {
                self.walk(node, peer, what, reply.and_then(Reply::into_body), now, effects)
            }
            Asked::Cosignature(_) | Asked::AddCheckpoint(_) => Ok(()),
        }
    }

    /// Takes contents that were asked for again. Who has none to give answers with none, or that he does not hold the records.
    fn take_openings(
        &mut self,
        node: &mut Node,
        peer: &PartyId,
        (log, path): (&Origin, TilePath),
        reply: &Reply,
        now: UnixSeconds,
    ) -> Result<(), NodeError> {
        if reply.status != 200 {
            return Ok(());
        }
        let openings = match parse_openings(&reply.body, path.width()) {
            Ok(openings) => openings,
            Err(error) => {
                self.note_refusal(peer, log, &error, now);
                return Ok(());
            }
        };
        match node.take_openings(log, path, &openings, now) {
            Ok(0) => Ok(()),
            Ok(_) => {
                self.repair.has_come();
                Ok(())
            }
            Err(NodeError::Store(error)) => Err(error.into()),
            Err(error) => {
                self.note_refusal(peer, log, &error, now);
                Ok(())
            }
        }
    }

    fn take_push_reply(
        &mut self,
        node: &mut Node,
        peer: &PartyId,
        log: &Origin,
        pushed: Option<u64>,
        reply: Reply,
        now: UnixSeconds,
    ) -> Result<(), NodeError> {
        let contact = self.contacts.entry(peer.clone()).or_default();
        match reply.status {
            200 => {
                if let Some(size) = pushed {
                    let _less = contact.heads.insert(log.clone(), size);
                }
                // Of a size that the log has passed it would be found to be of another head: there are receipts for that.
                let is_of_head = pushed.is_none_or(|size| size == node.size_of(log));
                let line = std::str::from_utf8(&reply.body).ok().filter(|_| is_of_head);
                if let Some(line) = line.and_then(|text| NoteSignature::parse(text.trim_end())) {
                    node.take_cosignature_line(log, peer, &line)?;
                }
            }
            // It lacks what came before, and fetches it; or it cannot take it now. Its next listing says how far it is.
            _ => {
                if let Some(size) = pushed {
                    let _until_it_lists = contact.heads.insert(log.clone(), size);
                }
                if reply.status != 409 {
                    let why = reply.into_body().err().unwrap_or_default();
                    self.note_refusal(peer, log, &why, now);
                }
            }
        }
        Ok(())
    }
}

/// Returns whose node keeps a log.
fn keeper_of(node: &Node, log: &Origin) -> Option<PartyId> {
    let owner = PartyId::parse(log.party()).ok()?;
    let entry = node.charter().parties.get(&owner);
    Some(entry.map_or(&owner, |entry| veche_council::times::host(&owner, entry)).clone())
}
