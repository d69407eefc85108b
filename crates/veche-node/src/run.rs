//! A party's own node at work: its desk and API at an address, until it is told to end.
//!
//! The clock of the system enters here, and randomness for the sign-in links.

mod backups;
mod joined;
mod standby;

pub use backups::BackupSetting;
pub use joined::{Joined, join};
pub use standby::{Standby, stand_by};

use crate::http::{Listening, Loading, Peering, ServeError, Server, Shown, Site, Token, Visit};
use crate::intake::carry::SystemClock;
use crate::intake::{self, Intake};
use crate::keyfile::{self, KeyError};
use crate::metrics::Operations;
use crate::node::{Node, NodeError};
use crate::peer::{Directory, Exchange, IdentityError, Peers, ends};
use crate::reach::driver::{Running, Source};
use crate::reach::matter::Matter;
use crate::reach::{Reach, Roster};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant, SystemTime};
use tokio::net::TcpListener;
use tokio::sync::watch;
use veche_ledger::sync::Window;
use veche_ledger::{PartyId, UnixSeconds};

/// How often a snapshot of the fold is saved if records came: what a start after a crash reads anew is no more than that.
pub const SNAPSHOT_EVERY: Duration = Duration::from_secs(300);

/// Why a node did not work, or did not end in order.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The server.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// The snapshot could not be saved at the end. No record is lost by that.
    #[error("the snapshot of the state cannot be saved: {0}")]
    Snapshot(NodeError),
    /// The first record of its log cannot be written.
    #[error("the node's log cannot be begun: {0}")]
    Begin(NodeError),
    /// The key that would show peers who this is is locked.
    #[error(
        "peers know a node by its log key, and that is locked: start it with `--passphrase-file`"
    )]
    Locked,
    /// The certificate.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The session at the database is gone, or is not the writer's any more. Started again, the node goes on, or stands by where another machine
    /// writes by now.
    #[error(transparent)]
    Lost(NodeError),
}

/// A one-time link to a seat at a node.
#[derive(Debug)]
pub struct SeatLink {
    /// The seat.
    pub visit: Visit,
    /// True if its officer's key is unlocked: the others read.
    pub can_sign: bool,
    token: Token,
}

impl SeatLink {
    /// Returns the link, for a node that listens at an address.
    #[must_use]
    pub fn url(&self, at: SocketAddr) -> String {
        format!("http://{}/sign-in?token={}", reached_at(at), self.token.as_str())
    }
}

/// Returns an address that leads to a listener: one that listens everywhere is reached at this machine's own.
fn reached_at(at: SocketAddr) -> SocketAddr {
    let own: IpAddr =
        if at.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() };
    if at.ip().is_unspecified() { SocketAddr::new(own, at.port()) } else { at }
}

/// What a node keeps up with its peers by.
#[derive(Debug, Default)]
pub struct PeerSetting {
    /// The address of each peer that it connects to, `HOST:PORT`.
    pub addresses: BTreeMap<PartyId, String>,
    /// Where peers connect to it; `None`: it connects to them alone.
    pub listener: Option<TcpListener>,
}

/// What goes on beside a node's desk.
#[derive(Debug, Default)]
pub struct Around {
    /// Its peers; `None`: it stays alone.
    pub peers: Option<PeerSetting>,
    /// What is shown of the picture.
    pub shown: Shown,
    /// Who tells people that something waits.
    pub reach: Option<Arc<Reach>>,
    /// The address for whoever watches the node.
    pub operations: Option<Operations>,
    /// Its feeds of news.
    pub intake: Option<Taking>,
    /// Where it puts copies of its store.
    pub backups: Option<BackupSetting>,
}

/// An intake of news, and the clock by which it is told to end.
#[derive(Debug)]
pub struct Taking {
    /// The intake.
    pub intake: Arc<Intake>,
    /// Its clock.
    pub clock: SystemClock,
}

/// How often it is looked what waits if no record came: duties begin when clocks run out.
const LOOK_EVERY: Duration = Duration::from_secs(20);

/// However many records come, it is not looked more often than so: a look evaluates some hundred procedures.
const LOOK_AT_MOST_EVERY: Duration = Duration::from_millis(500);

/// What a server's node holds, for whoever tells people.
struct Held {
    server: Arc<Server>,
    counts: watch::Receiver<BTreeMap<PartyId, u64>>,
    looked: Option<Instant>,
}

impl Held {
    fn of(server: &Arc<Server>) -> Self {
        Self { server: Arc::clone(server), counts: server.watch_counts(), looked: None }
    }
}

impl Source for Held {
    fn waiting(&mut self, roster: &Roster) -> Option<Vec<Matter>> {
        let has_news = self.counts.has_changed().unwrap_or(false);
        let pause = if has_news { LOOK_AT_MOST_EVERY } else { LOOK_EVERY };
        if self.looked.is_some_and(|at| at.elapsed() < pause) {
            return None;
        }
        self.counts.mark_unchanged();
        self.looked = Some(Instant::now());
        let waiting = self.server.read_site(|site| site.waiting(roster));
        // What a disk did not confirm may be lost: nobody is told of it.
        waiting.filter(|_| !self.server.has_disk_failed())
    }

    fn now(&self) -> UnixSeconds {
        self.server.read_site(Site::now).unwrap_or_else(system_time)
    }
}

/// Makes one fresh link for each officer of the node's party whose key is in force: first those named, then the others.
///
/// # Errors
/// [`KeyError::Random`].
pub fn seat_links(node: &Node, first: &[String]) -> Result<Vec<SeatLink>, KeyError> {
    let party = node.party();
    let listed = node.officers(party);
    let others = listed.iter().filter(|officer| !first.contains(officer));
    let mut links = Vec::new();
    for officer in first.iter().chain(others) {
        links.push(SeatLink {
            can_sign: node.can_sign(party, officer),
            visit: Visit { party: party.clone(), officer: officer.clone() },
            token: Token::from_random(keyfile::random()?),
        });
    }
    Ok(links)
}

/// Shows a node until Ctrl-C or SIGTERM; keeps up with its peers; saves a snapshot of its fold every so often and at the end.
///
/// # Errors
/// [`RunError`].
pub fn run_node(
    mut node: Node,
    links: &[SeatLink],
    around: Around,
    at: Listening,
) -> Result<(), RunError> {
    let peers = around.peers.map(|setting| peering(&mut node, setting)).transpose()?;
    node.let_write_together().map_err(RunError::Begin)?;
    let session = node.store().is_shared().then_some(());
    let (party, records) = (node.party().to_string(), node.council().len());
    tracing::info!(party, records, desk = %at.address(), "the node runs");
    let offered = links.iter().map(|link| (link.token.clone(), link.visit.clone())).collect();
    let mut site = Site::of_node(node, offered, Box::new(system_time)).showing(around.shown);
    let mut net = None;
    if let Some((peering, peers, listener)) = peers {
        site = site.with_peering(peering);
        net = Some((peers, listener));
    }
    let server = Server::new(Some(site), at.address().ip().is_loopback(), None);
    if let Some((peers, listener)) = net {
        at.keep_up(&server, peers, listener, system_time);
    }
    let operations = around.operations.map(|operations| operations.start(&server));
    let reaching = around.reach.map(|reach| {
        server.with_reach(Arc::clone(&reach));
        reach.start(Box::new(Held::of(&server)))
    });
    let taking = around.intake.map(|Taking { intake, clock }| {
        server.with_intake(Arc::clone(&intake));
        intake.start(clock)
    });
    let (end, ended) = mpsc::channel();
    let keeper = {
        let server = Arc::clone(&server);
        std::thread::spawn(move || keep_snapshots(&server, &ended))
    };
    let copying = around.backups.map(|setting| {
        let (server, (end, ended)) = (Arc::clone(&server), mpsc::channel());
        let keeper = std::thread::spawn(move || backups::keep_backups(&server, &setting, &ended));
        (end, keeper)
    });
    let session = session.map(|()| {
        let (server, (end, ended)) = (Arc::clone(&server), mpsc::channel());
        (end, std::thread::spawn(move || keep_session(&server, &ended)))
    });
    let served = at.run(&server);
    let lost = session.and_then(|(end, keeper)| {
        end.send(()).unwrap_or_default();
        keeper.join().unwrap_or_default()
    });
    // A keeper that has ended already needs no word.
    end.send(()).unwrap_or_default();
    keeper.join().unwrap_or_default();
    if let Some((end, keeper)) = copying {
        // One that is being written is finished first: the store must stay as it is.
        end.send(()).unwrap_or_default();
        keeper.join().unwrap_or_default();
    }
    reaching.map(Running::end).unwrap_or_default();
    taking.map(intake::Running::end).unwrap_or_default();
    if let Some(operations) = operations {
        operations.join().unwrap_or_default();
    }
    // Taken down, the store is closed in order as well.
    let closing = Loading { what: "The node ends.".to_owned(), ..Loading::default() };
    let saved = server.take(closing).map_or(Ok(false), |mut site| site.save_snapshot());
    tracing::info!(party, "the node has ended");
    served?;
    if let Some(error) = lost {
        return Err(RunError::Lost(error));
    }
    saved.map(drop).map_err(RunError::Snapshot)
}

/// Sets up what a node does about its peers: its certificate, whose it takes, where they are.
fn peering(
    node: &mut Node,
    setting: PeerSetting,
) -> Result<(Peering, Peers, Option<TcpListener>), RunError> {
    node.ask_first(setting.addresses.keys().cloned(), system_time());
    match node.begin_logs(system_time()) {
        // A log that was lost with its disk is begun once the others were heard.
        Err(error) if !error.is_catching_up() => return Err(RunError::Begin(error)),
        _ => {}
    }
    let directory = Directory::default();
    let (log, key) = node.vouching_key().ok_or(RunError::Locked)?;
    let ends = ends(&log, key, &node.own_epochs(), &directory, system_time)?;
    let exchange = Exchange::new(setting.addresses.keys().cloned(), Window::default());
    let peers = Peers { ends, directory: directory.clone(), addresses: setting.addresses };
    Ok((Peering { exchange, directory }, peers, setting.listener))
}

/// Returns the hour by the system's clock.
#[must_use]
pub fn system_time() -> UnixSeconds {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    UnixSeconds(since.as_secs())
}

/// How often a writer asks whether its session still is: whoever lost it must not go on showing itself as the writer.
const SESSION_EVERY: Duration = Duration::from_secs(1);

/// Ends the server once the session at the database is gone; returns why.
fn keep_session(server: &Server, ended: &Receiver<()>) -> Option<NodeError> {
    while ended.recv_timeout(SESSION_EVERY) == Err(RecvTimeoutError::Timeout) {
        if let Some(Err(error)) = server.read_site(Site::check_session) {
            tracing::error!(%error, "the node cannot write any more, and ends");
            server.stop();
            return Some(error);
        }
    }
    None
}

fn keep_snapshots(server: &Server, ended: &Receiver<()>) {
    while ended.recv_timeout(SNAPSHOT_EVERY) == Err(RecvTimeoutError::Timeout) {
        match server.with_site(Site::save_snapshot) {
            // The records are safe; the next start takes longer.
            Some(Err(error)) => {
                server.metrics().snapshot(false, system_time());
                tracing::error!(%error, "the snapshot of the state cannot be saved");
            }
            Some(Ok(true)) => server.metrics().snapshot(true, system_time()),
            Some(Ok(false)) | None => {}
        }
        match server.with_site(Site::destroy_redacted) {
            Some(Err(error)) => {
                tracing::error!(%error, "words that were taken back cannot be destroyed");
            }
            Some(Ok(0)) | None => {}
            Some(Ok(records)) => {
                tracing::info!(records, "words that were taken back are destroyed");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_leads_to_this_machine_where_the_node_listens_everywhere() {
        let reached = |at: &str| reached_at(at.parse().unwrap()).to_string();
        assert_eq!(reached("0.0.0.0:8080"), "127.0.0.1:8080");
        assert_eq!(reached("[::]:8080"), "[::1]:8080");
        assert_eq!(reached("192.0.2.7:8080"), "192.0.2.7:8080");
    }
}
