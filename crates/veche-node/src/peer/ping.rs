//! Asking peers once what they hold: whether they answer, who they are, how fast, and who lacks what.

use super::client::Link;
use super::message::{Asked, Reply};
use super::tls::{Directory, IdentityError, ends};
use crate::node::Node;
use std::time::Instant;
use veche_ledger::sync::{Resource, parse_listing};
use veche_ledger::{Checkpoint, PartyId, UnixSeconds};

/// What came of asking a peer.
#[derive(Debug, Clone)]
pub struct Pong {
    /// The peer.
    pub party: PartyId,
    /// Where it was asked.
    pub address: String,
    /// What it holds, or why nobody knows.
    pub found: Result<Found, String>,
}

/// What a peer holds beside what is held here.
#[derive(Debug, Clone, Copy)]
pub struct Found {
    /// Milliseconds from the question to the answer, connecting included.
    pub millis: u128,
    /// Records that it has and this node has not.
    pub ahead: u64,
    /// Records that this node has and it has not.
    pub behind: u64,
}

/// Why nobody could be asked.
#[derive(Debug, thiserror::Error)]
pub enum PingError {
    /// The log key is locked.
    #[error("peers know a node by its log key, and that is locked")]
    Locked,
    /// The certificate.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The threads cannot be started.
    #[error("cannot start a thread for the network: {0}")]
    Runtime(#[from] std::io::Error),
}

/// Asks each peer once, one after the other.
///
/// # Errors
/// [`PingError`]. A peer that does not answer is a [`Pong`] that says so.
pub fn ping(
    node: &Node,
    known: &[(String, String)],
    clock: fn() -> UnixSeconds,
) -> Result<Vec<Pong>, PingError> {
    let directory = Directory::default();
    directory.set(node.open_logs());
    let (log, key) = node.vouching_key().ok_or(PingError::Locked)?;
    let ends = ends(&log, key, &node.own_epochs(), &directory, clock)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let held = node.signed_heads();
    let mut pongs = Vec::new();
    for (party, address) in known {
        let Ok(party) = PartyId::parse(party) else { continue };
        let config = std::sync::Arc::clone(&ends.client);
        let link = Link::new(party.clone(), address.clone(), config, directory.clone(), clock);
        let asked_at = Instant::now();
        let reply = runtime.block_on(link.ask(&Asked::Get(Resource::Heads), "", Vec::new()));
        let millis = asked_at.elapsed().as_millis();
        let found = reply
            .map_err(|error| error.to_string())
            .and_then(Reply::into_body)
            .and_then(|body| parse_listing(&body).map_err(|error| error.to_string()))
            .map(|theirs| Found {
                millis,
                ahead: more(&theirs, &held),
                behind: more(&held, &theirs),
            });
        pongs.push(Pong { party, address: address.clone(), found });
    }
    Ok(pongs)
}

/// Returns how many records one has that another has not.
fn more(one: &[Checkpoint], other: &[Checkpoint]) -> u64 {
    let size = |log| other.iter().find(|head| head.origin == log).map_or(0, |head| head.size);
    one.iter().map(|head| head.size.saturating_sub(size(head.origin.clone()))).sum()
}
