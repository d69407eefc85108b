//! The network of a node in an exercise: the same questions and answers over the same encryption as `net`, but whom it turns to, and
//! when, and what time it is, the conductor says. So what a node signs, which names all that it held then, is the same in each run.

use super::client::{AskError, Link};
use super::exchange::{Effect, Event, Exchange};
use super::guard;
use super::message::{Asked, Reply};
use super::receive::tell;
use super::server::{self, Answering};
use super::tls::{Directory, Ends, IdentityError, ends};
use crate::http::blocking;
use crate::network::Refusal;
use crate::node::{Appended, Node, NodeError, Offer};
use crate::run::system_time;
use crate::store::StoreError;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio_rustls::rustls::ServerConfig;
use veche_council::times::{host, witnesses};
use veche_ledger::sync::{PUSH_MAX, Push, Resource, Window, parse_listing};
use veche_ledger::witness::AddCheckpoint;
use veche_ledger::{Checkpoint, Cosignature, Hash, NoteSignature, Origin, PartyId, UnixSeconds};

/// Why a node's network cannot do what it is told.
#[derive(Debug, thiserror::Error)]
pub enum PacedError {
    /// The node.
    #[error(transparent)]
    Node(#[from] NodeError),
    /// A peer that is not cut off does not answer.
    #[error("`{peer}` is not cut off, and cannot be asked: {error}")]
    NoAnswer {
        /// The peer.
        peer: PartyId,
        /// Why.
        error: AskError,
    },
    /// A peer's answer is none.
    #[error("`{peer}` answers what nobody understands: {what}")]
    Answer {
        /// The peer.
        peer: PartyId,
        /// What is wrong.
        what: String,
    },
    /// Nobody said where the peer is.
    #[error("no address of `{0}` is known")]
    NoAddress(PartyId),
    /// The log key is locked.
    #[error("peers know a node by its log key, and that is locked")]
    Locked,
    /// The certificate.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// Threads or the listener.
    #[error("the network cannot be set up: {0}")]
    SetUp(#[from] std::io::Error),
}

impl From<StoreError> for PacedError {
    fn from(error: StoreError) -> Self {
        Self::Node(error.into())
    }
}

impl PacedError {
    /// Returns true if the exercise cannot go on.
    #[must_use]
    pub const fn is_fatal(&self) -> bool {
        !matches!(self, Self::Node(error) if !matches!(error, NodeError::Store(_)))
    }
}

/// What came of carrying records to a peer.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Carried {
    /// Something was taken that the peer had not held.
    pub has_carried: bool,
    /// What the peer refused: the log, and why.
    pub refusals: Vec<(Origin, String)>,
    /// The peer lacks more than is pushed: let it fetch.
    pub has_more: bool,
}

/// The node, with what the conductor said last.
#[derive(Debug)]
struct Inner {
    node: Node,
    exchange: Exchange,
    now: UnixSeconds,
    cut: BTreeSet<PartyId>,
}

/// The wires: what a new epoch or another address replaces.
#[derive(Debug)]
struct Wires {
    ends: Ends,
    /// The log whose key vouches for the certificate.
    vouching: Origin,
    links: BTreeMap<PartyId, Arc<Link>>,
    addresses: BTreeMap<PartyId, String>,
    /// Peers that hold a newer log of this node's party than the one that vouches.
    knowing: BTreeSet<PartyId>,
}

/// What both ends of connections share.
#[derive(Debug)]
struct Shared {
    inner: Mutex<Inner>,
    wires: Mutex<Wires>,
    directory: Directory,
}

/// A node of an exercise with its network.
#[derive(Debug)]
pub struct Paced {
    shared: Arc<Shared>,
    runtime: Runtime,
    address: SocketAddr,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Paced {
    /// Listens for peers on a free port of this machine.
    ///
    /// # Errors
    /// [`PacedError::Locked`], [`PacedError::Identity`], [`PacedError::SetUp`].
    pub fn start(node: Node, now: UnixSeconds) -> Result<Self, PacedError> {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
        let address = listener.local_addr()?;
        let directory = Directory::default();
        directory.set(node.open_logs());
        let (vouching, ends) = identity(&node, &directory)?;
        let wires = Wires {
            ends,
            vouching,
            links: BTreeMap::new(),
            addresses: BTreeMap::new(),
            knowing: BTreeSet::new(),
        };
        let exchange = Exchange::new([], Window::default());
        let inner = Inner { node, exchange, now, cut: BTreeSet::new() };
        let shared =
            Arc::new(Shared { inner: Mutex::new(inner), wires: Mutex::new(wires), directory });
        runtime.spawn(server::listen(listener, Arc::clone(&shared)));
        Ok(Self { shared, runtime, address })
    }

    /// Returns where peers connect.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Sets the exercise's clock.
    pub fn set_time(&self, now: UnixSeconds) {
        lock(&self.shared.inner).now = now;
    }

    /// Does something with the node.
    pub fn with<T>(&self, act: impl FnOnce(&mut Node, UnixSeconds) -> T) -> T {
        let mut inner = lock(&self.shared.inner);
        let now = inner.now;
        let done = act(&mut inner.node, now);
        self.shared.directory.set(inner.node.open_logs());
        done
    }

    /// Learns where the peers are.
    pub fn set_addresses(&self, addresses: BTreeMap<PartyId, String>) {
        let mut wires = lock(&self.shared.wires);
        let old = std::mem::replace(&mut wires.addresses, addresses);
        let Wires { links, addresses, .. } = &mut *wires;
        links.retain(|peer, _| old.get(peer) == addresses.get(peer));
    }

    /// Cuts the line to a peer, or mends it. What is connected is dropped.
    pub fn set_cut(&self, peer: &PartyId, is_cut: bool) {
        let mut inner = lock(&self.shared.inner);
        if is_cut {
            inner.cut.insert(peer.clone());
            lock(&self.shared.wires).links.remove(peer);
        } else {
            inner.cut.remove(peer);
        }
    }

    fn is_cut(&self, peer: &PartyId) -> bool {
        lock(&self.shared.inner).cut.contains(peer)
    }

    fn link(&self, peer: &PartyId) -> Result<Arc<Link>, PacedError> {
        let mut wires = lock(&self.shared.wires);
        if let Some(link) = wires.links.get(peer) {
            return Ok(Arc::clone(link));
        }
        let address = wires.addresses.get(peer).cloned();
        let address = address.ok_or_else(|| PacedError::NoAddress(peer.clone()))?;
        let (config, directory) = (Arc::clone(&wires.ends.client), self.shared.directory.clone());
        let link = Arc::new(Link::new(peer.clone(), address, config, directory, system_time));
        wires.links.insert(peer.clone(), Arc::clone(&link));
        Ok(link)
    }

    fn ask(&self, peer: &PartyId, asked: &Asked, body: Vec<u8>) -> Result<Reply, PacedError> {
        let link = self.link(peer)?;
        let reply = self.runtime.block_on(link.ask(asked, "", body));
        reply.map_err(|error| PacedError::NoAnswer { peer: peer.clone(), error })
    }

    fn listing_of(&self, peer: &PartyId) -> Result<Vec<Checkpoint>, PacedError> {
        let fault = |what: String| PacedError::Answer { peer: peer.clone(), what };
        let reply = self.ask(peer, &Asked::Get(Resource::Heads), Vec::new())?;
        let body = reply.into_body().map_err(fault)?;
        parse_listing(&body).map_err(|error| fault(error.to_string()))
    }

    /// Carries to a peer what it lacks, of every log held here; to one that is cut off, nothing.
    ///
    /// # Errors
    /// [`PacedError`]. What the peer refuses is no error.
    pub fn carry(&self, to: &PartyId) -> Result<Carried, PacedError> {
        let mut carried = Carried::default();
        if self.is_cut(to) {
            return Ok(carried);
        }
        let theirs = self.listing_of(to)?;
        let (offers, has_more) = self.with(|node, now| offers_for(node, to, &theirs, now))?;
        carried.has_more = has_more;
        for (body, log, is_news) in offers {
            let reply = self.ask(to, &Asked::Push(log.clone()), body)?;
            let said = String::from_utf8_lossy(&reply.body).trim().to_owned();
            match reply.status {
                200 => {
                    carried.has_carried |= is_news;
                    if let Some(line) = NoteSignature::parse(&said) {
                        self.with(|node, _| node.take_cosignature_line(&log, to, &line))?;
                    }
                    self.note_known(to, &log)?;
                }
                503 => return Err(PacedError::Answer { peer: to.clone(), what: said }),
                _ => carried.refusals.push((log, said)),
            }
        }
        Ok(carried)
    }

    /// Notes that a peer holds a log. Once all in reach hold a newer epoch of this node's own, its key vouches for connections: the
    /// old one's peers would take nobody for this node any more, and the new one's not before.
    fn note_known(&self, peer: &PartyId, log: &Origin) -> Result<(), PacedError> {
        let inner = lock(&self.shared.inner);
        let mut wires = lock(&self.shared.wires);
        let newest = inner.node.vouching_key().map(|(log, _)| log);
        if newest.as_ref() != Some(log) || *log == wires.vouching {
            return Ok(());
        }
        wires.knowing.insert(peer.clone());
        let mut in_reach = wires.addresses.keys().filter(|peer| !inner.cut.contains(*peer));
        if in_reach.all(|peer| wires.knowing.contains(peer)) {
            (wires.vouching, wires.ends) = identity(&inner.node, &self.shared.directory)?;
            wires.links.clear();
            wires.knowing.clear();
        }
        Ok(())
    }

    /// Fetches from a peer what it holds more of, by the transfers of [`Exchange`], one question after the other.
    ///
    /// # Errors
    /// [`PacedError`].
    pub fn fetch(&self, from: &PartyId) -> Result<(), PacedError> {
        if self.is_cut(from) {
            return Ok(());
        }
        let reply = self.ask(from, &Asked::Get(Resource::Heads), Vec::new())?;
        let heads = Event::Heads { peer: from.clone(), body: reply.into_body() };
        // One of its own, so that it knows of no other peer and has no business with any.
        let mut exchange = Exchange::new([], Window::default());
        let mut waiting: VecDeque<Effect> = self.step(&mut exchange, heads)?.into();
        while let Some(effect) = waiting.pop_front() {
            let event = match effect {
                Effect::Fetch { peer, id, what } => {
                    let reply = self.ask(&peer, &Asked::Get(what), Vec::new())?;
                    Event::Answer { id, body: reply.into_body() }
                }
                Effect::Send { peer, asked, body } => {
                    let reply = self.ask(&peer, &asked, body).map_err(|error| error.to_string());
                    Event::Sent { peer, asked, reply }
                }
            };
            waiting.extend(self.step(&mut exchange, event)?);
        }
        Ok(())
    }

    fn step(&self, exchange: &mut Exchange, event: Event) -> Result<Vec<Effect>, PacedError> {
        let (effects, done) = self.with(|node, now| exchange.step(node, event, now));
        done?;
        Ok(effects)
    }

    /// Lets those who can be reached cosign every head held here, each where it keeps or witnesses the log, and closes a procedure over
    /// them. Returns what came of it, as [`Node::close`], and who refused to cosign.
    ///
    /// # Errors
    /// [`PacedError`].
    pub fn close(
        &self,
        procedure: &Hash,
    ) -> Result<(Result<Appended, NodeError>, Vec<Refusal>), PacedError> {
        let (mut cosignatures, mut refusals) = (BTreeMap::new(), Vec::new());
        for (head, asked) in self.heads_to_cosign() {
            for party in asked {
                match self.cosignature(&head, &party)? {
                    Ok(Some(cosignature)) => {
                        let by: &mut BTreeMap<_, _> =
                            cosignatures.entry(head.origin.clone()).or_default();
                        let _none: Option<Cosignature> = by.insert(party, cosignature);
                    }
                    Ok(None) => {}
                    Err(why) => refusals.push((party, head.origin.clone(), why)),
                }
            }
        }
        let closed = self.with(|node, now| node.close(procedure, &cosignatures, now));
        Ok((closed, refusals))
    }

    /// Returns every head held here whose keeper can be reached, with those who are to cosign it.
    fn heads_to_cosign(&self) -> Vec<(Checkpoint, Vec<PartyId>)> {
        let peers: Vec<PartyId> = lock(&self.shared.wires).addresses.keys().cloned().collect();
        let inner = lock(&self.shared.inner);
        let node = &inner.node;
        let mut reachable: BTreeSet<PartyId> =
            peers.into_iter().filter(|peer| !inner.cut.contains(peer)).collect();
        reachable.insert(node.party().clone());
        let mut heads = Vec::new();
        for head in node.heads() {
            let Ok(owner) = PartyId::parse(head.log.party()) else { continue };
            let entry = node.charter().parties.get(&owner);
            let keeper = entry.map_or(&owner, |entry| host(&owner, entry));
            if !reachable.contains(keeper) {
                continue;
            }
            let is_asked = |party: &&PartyId| {
                *party == keeper
                    || node.council().charters().any(|of| witnesses(of.charter, party, &owner))
            };
            let asked = reachable.iter().filter(is_asked).cloned().collect();
            heads.push((Checkpoint { origin: head.log, size: head.size, root: head.root }, asked));
        }
        heads
    }

    /// Asks for a cosignature on a head: this node, or a peer as a witness is asked. `None`: the peer holds another head.
    fn cosignature(
        &self,
        head: &Checkpoint,
        by: &PartyId,
    ) -> Result<Result<Option<Cosignature>, String>, PacedError> {
        if self.with(|node, _| node.party() == by) {
            return match self.with(|node, now| node.cosign(&head.origin, now)) {
                Ok(cosignature) => Ok(Ok(Some(cosignature))),
                Err(NodeError::Store(error)) => Err(error.into()),
                Err(why) => Ok(Err(why.to_string())),
            };
        }
        let Some(note) = self.with(|node, _| node.checkpoint_note(&head.origin)) else {
            return Ok(Ok(None));
        };
        let body = AddCheckpoint { old_size: 0, proof: Vec::new(), note }.to_bytes();
        let reply = self.ask(by, &Asked::AddCheckpoint(head.origin.clone()), body)?;
        let said = String::from_utf8_lossy(&reply.body).trim().to_owned();
        match reply.status {
            200 => {
                let line = NoteSignature::parse(&said);
                let read = line
                    .and_then(|line| self.with(|node, _| node.read_cosignature(head, by, &line)));
                Ok(Ok(read))
            }
            404 | 409 | 425 => Ok(Ok(None)),
            _ => Ok(Err(said)),
        }
    }
}

/// Makes the certificate and the settings of both ends. A certificate is the connection's, which lives in real time, whatever the
/// exercise's clock shows.
fn identity(node: &Node, directory: &Directory) -> Result<(Origin, Ends), PacedError> {
    let (log, key) = node.vouching_key().ok_or(PacedError::Locked)?;
    let ends = ends(&log, key, &node.own_epochs(), directory, system_time)?;
    Ok((log, ends))
}

/// A push ready to be sent: its bytes, its log, and whether it brings records that the peer does not list.
type Ready = (Vec<u8>, Origin, bool);

/// Makes the pushes for a peer that holds what its listing says; and whether it lacks more than is pushed.
///
/// Where the peer lists the same log as longer, or as long with another root, it gets the checkpoint held here alone: whether that is
/// of the same history is the peer's to see.
fn offers_for(
    node: &Node,
    to: &PartyId,
    theirs: &[Checkpoint],
    now: UnixSeconds,
) -> Result<(Vec<Ready>, bool), NodeError> {
    let readers = node.readers_at(to);
    let (mut ready, mut has_more) = (Vec::new(), false);
    for head in node.signed_heads() {
        let listed = theirs.iter().find(|theirs| theirs.origin == head.origin);
        let held = listed.map_or(0, |theirs| theirs.size);
        if listed.is_some_and(|theirs| (theirs.size, theirs.root) == (head.size, head.root)) {
            continue;
        }
        let offer = if held < head.size {
            if head.size - held > PUSH_MAX {
                has_more = true;
                continue;
            }
            node.offer(&readers, &head.origin, held, now)?
        } else {
            let (log, note) = (head.origin.clone(), node.checkpoint_note(&head.origin));
            note.map(|checkpoint| Offer { log, start: head.size, records: Vec::new(), checkpoint })
        };
        let Some(Offer { log, records, checkpoint, .. }) = offer else { continue };
        let Ok(body) = (Push { checkpoint, records }).to_bytes() else {
            has_more = true;
            continue;
        };
        match guard::check_push(node, &readers, &log, &body, now) {
            Ok(()) => ready.push((body, log, held < head.size)),
            Err(leak) => tell(&leak),
        }
    }
    Ok((ready, has_more))
}

impl Answering for Shared {
    fn settings(&self) -> Arc<ServerConfig> {
        Arc::clone(&lock(&self.wires).ends.server)
    }

    fn directory(&self) -> &Directory {
        &self.directory
    }

    fn time(&self) -> UnixSeconds {
        system_time()
    }

    async fn wait_for_news(self: &Arc<Self>, _asked: &Asked, _query: &str) {}

    fn shorten(&self, _: &Asked, _: &str, _: bool, reply: Reply) -> Reply {
        reply
    }

    async fn receive(self: &Arc<Self>, peer: &PartyId, asked: Asked, body: Vec<u8>) -> Reply {
        let (shared, peer) = (Arc::clone(self), peer.clone());
        let answered = blocking(move || shared.answer(&peer, &asked, &body)).await;
        answered.unwrap_or_else(|| Reply::refused(503, "the node failed at this"))
    }
}

impl Shared {
    fn answer(&self, peer: &PartyId, asked: &Asked, body: &[u8]) -> Reply {
        let mut inner = lock(&self.inner);
        let Inner { node, exchange, now, cut } = &mut *inner;
        if cut.contains(peer) {
            return Reply::refused(503, "the line is cut");
        }
        let reply = exchange.receive(node, peer, asked, body, *now);
        self.directory.set(node.open_logs());
        reply
    }
}
