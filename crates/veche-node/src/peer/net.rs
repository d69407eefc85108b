//! The network around an [`Exchange`](super::Exchange): questions go out, answers come back, a clock ticks.

use super::client::Link;
use super::exchange::{Effect, Event};
use super::message::{Asked, CHANGES, Reply};
use super::server::{self, Answering};
use super::tls::{Directory, Ends};
use crate::http::{Server, Site, blocking};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_rustls::rustls::ServerConfig;
use veche_ledger::sync::{Followed, Listings, Resource};
use veche_ledger::{Hash, PartyId, UnixSeconds};

/// How often the exchange is told that time passes.
const TICK: Duration = Duration::from_secs(1);

/// How a question names the listing that the asker has.
const SEEN: &str = "seen=";

/// How long receipts are gathered before they are logged, so that those for records that come together share a record.
const RECEIPTS_GATHER: Duration = Duration::from_millis(20);

/// How far apart a node logs receipts while records keep coming, for each of its peers: all nodes together log some forty times a second at
/// most, however many they are.
const RECEIPTS_APART: Duration = Duration::from_millis(25);

/// How long the answer to who waits for news is kept back once there are some. Whoever keeps a log pushes its records at once; a listing tells
/// what did not come so, and need not be made for each.
const NEWS_GATHER: Duration = Duration::from_millis(250);

/// How long a peer keeps the question for its heads open while it has no news.
const NEWS_WAIT: Duration = Duration::from_secs(20);

/// How long a peer is let be that could not be reached; it doubles up to [`REACH_AGAIN_MAX`].
const REACH_AGAIN: Duration = Duration::from_secs(1);

/// The longest wait before a peer is tried again: a line that was cut is used soon after it is mended.
const REACH_AGAIN_MAX: Duration = Duration::from_secs(15);

/// Where the peers are, and how they know one another.
#[derive(Debug)]
pub struct Peers {
    /// The two ends of connections.
    pub ends: Ends,
    /// Whose certificates are taken.
    pub directory: Directory,
    /// The address of each peer that this node connects to, `HOST:PORT`.
    pub addresses: BTreeMap<PartyId, String>,
}

/// The network of one node.
#[derive(Debug)]
pub(crate) struct Net {
    server: Arc<Server>,
    ends: Ends,
    directory: Directory,
    clock: fn() -> UnixSeconds,
    links: BTreeMap<PartyId, Arc<Link>>,
    news: watch::Receiver<BTreeMap<PartyId, u64>>,
    receipts: Receipts,
    /// What was listed to those who follow.
    listings: Mutex<Listings>,
}

/// When receipts are logged.
#[derive(Debug, Default)]
struct Receipts {
    is_gathering: AtomicBool,
    /// When they were logged last.
    logged_at: Mutex<Option<Instant>>,
}

impl Receipts {
    /// Returns how long to gather from now on; `None`: somebody does already.
    fn gather(&self, peers: usize) -> Option<Duration> {
        if self.is_gathering.swap(true, Ordering::SeqCst) {
            return None;
        }
        let apart = RECEIPTS_APART.saturating_mul(u32::try_from(peers).unwrap_or(u32::MAX));
        let logged_at = *self.logged_at.lock().unwrap_or_else(PoisonError::into_inner);
        let rest =
            logged_at.map_or(Duration::ZERO, |at| apart.min(TICK).saturating_sub(at.elapsed()));
        Some(rest.max(RECEIPTS_GATHER))
    }

    /// Notes that what has gathered is logged: what comes from now on is gathered anew.
    fn end(&self) {
        *self.logged_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        self.is_gathering.store(false, Ordering::SeqCst);
    }
}

impl Net {
    /// Starts to answer peers, if there is a listener for them, and to ask those whose addresses are known.
    pub(crate) fn start(
        server: &Arc<Server>,
        peers: Peers,
        listener: Option<TcpListener>,
        clock: fn() -> UnixSeconds,
    ) {
        let link = |(party, address): (PartyId, String)| {
            let config = Arc::clone(&peers.ends.client);
            let link = Link::new(party.clone(), address, config, peers.directory.clone(), clock);
            (party, Arc::new(link))
        };
        let net = Arc::new(Self {
            server: Arc::clone(server),
            links: peers.addresses.into_iter().map(link).collect(),
            ends: peers.ends,
            directory: peers.directory,
            clock,
            news: server.watch_counts(),
            receipts: Receipts::default(),
            listings: Mutex::default(),
        });
        if let Some(listener) = listener {
            tokio::spawn(server::listen(listener, Arc::clone(&net)));
        }
        for link in net.links.values() {
            tokio::spawn(follow(Arc::clone(&net), Arc::clone(link)));
        }
        tokio::spawn(tick(Arc::clone(&net)));
        tokio::spawn(tell_news(net));
    }

    /// Tells the exchange what happened, and does what follows.
    async fn happen(self: &Arc<Self>, event: Event) {
        let server = Arc::clone(&self.server);
        let is_log = matches!(event, Event::Receipts);
        let stepped = blocking(move || {
            server.with_site_on_disk(|site| (site.step(event), site.has_receipts() && !is_log))
        });
        let Some(stepped) = stepped.await.flatten() else { return };
        let (effects, done) = match stepped {
            Ok((stepped, has_receipts)) => {
                self.gather_receipts(has_receipts);
                stepped
            }
            // What would leave rests on what may be lost.
            Err(error) => (Vec::new(), Err(error.into())),
        };
        if let Err(error) = done {
            tracing::error!(%error, "what peers sent cannot be stored");
        }
        for effect in effects {
            let net = Arc::clone(self);
            tokio::spawn(async move { net.act(effect).await });
        }
    }

    /// Lets receipts be logged soon, with those that come meanwhile.
    fn gather_receipts(self: &Arc<Self>, has_receipts: bool) {
        let Some(wait) = has_receipts.then(|| self.receipts.gather(self.links.len())).flatten()
        else {
            return;
        };
        let net = Arc::clone(self);
        tokio::spawn(async move {
            tokio::time::sleep(wait).await;
            net.receipts.end();
            net.boxed_happen(Event::Receipts).await;
        });
    }

    /// As [`Self::happen`], of a size that is known: what happens may have more happen.
    fn boxed_happen(
        self: Arc<Self>,
        event: Event,
    ) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(async move { self.happen(event).await })
    }

    /// Does one thing, and tells the exchange what came of it.
    fn act(self: Arc<Self>, effect: Effect) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(async move {
            let event = match effect {
                Effect::Fetch { peer, id, what } => {
                    let reply = self.ask(&peer, &Asked::Get(what), Vec::new()).await;
                    Event::Answer { id, body: reply.and_then(Reply::into_body) }
                }
                Effect::Send { peer, asked, body } => {
                    let reply = self.ask(&peer, &asked, body).await;
                    Event::Sent { peer, asked, reply }
                }
            };
            self.happen(event).await;
        })
    }

    async fn ask(&self, peer: &PartyId, asked: &Asked, body: Vec<u8>) -> Result<Reply, String> {
        let Some(link) = self.links.get(peer) else {
            return Err(format!("no address of `{peer}` is known"));
        };
        link.ask(asked, "", body).await.map_err(|error| error.to_string())
    }
}

impl Answering for Net {
    fn settings(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.ends.server)
    }

    fn directory(&self) -> &Directory {
        &self.directory
    }

    fn time(&self) -> UnixSeconds {
        (self.clock)()
    }

    fn shorten(&self, asked: &Asked, query: &str, takes_changes: bool, reply: Reply) -> Reply {
        if *asked != Asked::Get(Resource::Heads) || reply.status != 200 {
            return reply;
        }
        let mut listings = self.listings.lock().unwrap_or_else(PoisonError::into_inner);
        listings.note(&reply.body);
        let seen = query.strip_prefix(SEEN).and_then(|seen| Hash::parse(seen).ok());
        let changes = seen.filter(|_| takes_changes).and_then(|seen| listings.changes(&seen));
        match changes.filter(|changes| changes.len() < reply.body.len()) {
            Some(body) => Reply { status: CHANGES, body },
            None => reply,
        }
    }

    async fn receive(self: &Arc<Self>, peer: &PartyId, asked: Asked, body: Vec<u8>) -> Reply {
        let (server, peer) = (Arc::clone(&self.server), peer.clone());
        let answered = blocking(move || {
            server
                .with_site_on_disk(|site| (site.receive(&peer, &asked, &body), site.has_receipts()))
        });
        match answered.await.flatten() {
            Some(Ok((reply, has_receipts))) => {
                self.gather_receipts(has_receipts);
                reply
            }
            Some(Err(_)) => Reply::refused(503, "the node cannot read or write its store"),
            None => Reply::refused(503, "the node starts or ends"),
        }
    }

    /// Keeps a question for heads that were seen already until there are others, or for a while.
    async fn wait_for_news(self: &Arc<Self>, asked: &Asked, query: &str) {
        let Some(seen) = query.strip_prefix(SEEN) else { return };
        if *asked != Asked::Get(Resource::Heads) {
            return;
        }
        let mut news = self.news.clone();
        let until = tokio::time::Instant::now() + NEWS_WAIT;
        loop {
            news.mark_unchanged();
            let server = Arc::clone(&self.server);
            let listing = blocking(move || server.read_site(Site::listing_hash));
            let listing = listing.await.flatten().flatten();
            if listing.is_none_or(|listing| listing.to_string() != seen) {
                // Also where there were some while the last answer was on its way: else each is told by itself.
                tokio::time::sleep(NEWS_GATHER).await;
                return;
            }
            let changed = tokio::time::timeout_at(until, news.changed()).await;
            if !matches!(changed, Ok(Ok(()))) {
                return;
            }
        }
    }
}

/// Follows a peer's heads: the question stays open until it has news.
async fn follow(net: Arc<Net>, link: Arc<Link>) {
    let (mut followed, mut wait) = (Followed::default(), REACH_AGAIN);
    loop {
        let seen = followed.hash().map(|hash| format!("?{SEEN}{hash}")).unwrap_or_default();
        let reply = link.ask(&Asked::Get(Resource::Heads), &seen, Vec::new()).await;
        let body = listed(&mut followed, reply.map_err(|error| error.to_string()));
        let pause = if followed.hash().is_some() {
            wait = REACH_AGAIN;
            None
        } else {
            let pause = wait;
            wait = (wait * 2).min(REACH_AGAIN_MAX);
            Some(pause)
        };
        net.happen(Event::Heads { peer: link.party().clone(), body }).await;
        if let Some(pause) = pause {
            tokio::time::sleep(pause).await;
        }
    }
}

/// Returns the whole listing of a peer, from an answer that is whole or says what has changed.
fn listed(followed: &mut Followed, reply: Result<Reply, String>) -> Result<Vec<u8>, String> {
    let body = match reply {
        Ok(reply) if reply.status == CHANGES => {
            return followed.take_changes(&reply.body).map_err(|fault| fault.to_string());
        }
        Ok(reply) => reply.into_body(),
        Err(why) => Err(why),
    };
    match &body {
        Ok(listing) => followed.take_whole(listing),
        Err(_) => followed.forget(),
    }
    body
}

async fn tick(net: Arc<Net>) {
    loop {
        net.happen(Event::Tick).await;
        tokio::time::sleep(TICK).await;
    }
}

async fn tell_news(net: Arc<Net>) {
    let mut news = net.news.clone();
    while news.changed().await.is_ok() {
        net.happen(Event::News).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_that_give_no_listing_have_the_peer_asked_for_the_whole() {
        let listing = |sizes: [u64; 4]| {
            let root = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
            let line =
                |(n, size): (usize, &u64)| format!("six-rivers.example/p{n}/1 {size} {root}\n");
            sizes.iter().enumerate().map(line).collect::<String>().into_bytes()
        };
        let (first, second) = (listing([1, 2, 3, 4]), listing([1, 2, 3, 9]));
        let mut gives = Listings::default();
        let mut followed = Followed::default();
        assert_eq!(listed(&mut followed, Ok(Reply::ok(first.clone()))), Ok(first.clone()));
        let seen = followed.hash().unwrap();
        gives.note(&first);
        gives.note(&second);
        let body = gives.changes(&seen).unwrap();
        let changes = Reply { status: CHANGES, body };
        assert_eq!(listed(&mut followed, Ok(changes.clone())), Ok(second));
        // They do not follow on the listing that is there now.
        let forged = Reply { status: CHANGES, body: [b"0", &changes.body[1..]].concat() };
        assert!(listed(&mut followed, Ok(forged)).is_err());
        assert_eq!(followed.hash(), None);
        // Unasked for, they say nothing.
        assert!(listed(&mut followed, Ok(changes)).is_err());
        assert!(listed(&mut followed, Ok(Reply::refused(503, "not now"))).is_err());
        assert_eq!(listed(&mut followed, Ok(Reply::ok(first.clone()))), Ok(first));
    }

    #[test]
    fn receipts_that_come_at_once_share_a_record_and_the_next_keep_a_distance() {
        let receipts = Receipts::default();
        assert_eq!(receipts.gather(5), Some(RECEIPTS_GATHER));
        assert_eq!(receipts.gather(5), None);
        receipts.end();
        let next = receipts.gather(1_000).unwrap();
        assert!(next > RECEIPTS_GATHER && next <= TICK, "{next:?}");
    }
}
