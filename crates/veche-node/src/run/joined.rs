//! A node among its peers, without a desk: for whoever measures nodes in one process.

use super::{PeerSetting, RunError, peering, system_time};
use crate::http::{Listening, Server, Site};
use crate::node::{Node, NodeError, Statement};
use std::sync::Arc;
use veche_ledger::PartyId;

/// A node that keeps up with its peers, by the system's clock, as long as its [`Listening`] is there.
#[derive(Debug)]
pub struct Joined {
    server: Arc<Server>,
    party: PartyId,
}

/// Lets a node keep up with its peers from now on.
///
/// # Errors
/// [`RunError::Begin`], [`RunError::Locked`], or of its certificate.
pub fn join(mut node: Node, setting: PeerSetting, at: &Listening) -> Result<Joined, RunError> {
    let party = node.party().clone();
    let (own, peers, listener) = peering(&mut node, setting)?;
    node.let_write_together().map_err(RunError::Begin)?;
    let site = Site::of_node(node, Vec::new(), Box::new(system_time)).with_peering(own);
    let server = Server::new(Some(site), true, None);
    at.keep_up(&server, peers, listener, system_time);
    Ok(Joined { server, party })
}

impl Joined {
    /// Reads something off the node. Meanwhile it does nothing else.
    pub fn read<T>(&self, read: impl FnOnce(&Node) -> T) -> Option<T> {
        self.server.read_site(|site| site.node(&self.party).map(read)).flatten()
    }

    /// Says something by the node's clock, as its desk does. Returns the size of the log with it.
    ///
    /// # Errors
    /// As [`Node::append`].
    pub fn say(&self, statement: &Statement) -> Result<u64, NodeError> {
        let Some(said) = self.server.with_site_on_disk(|site| site.say(statement)) else {
            return Ok(0);
        };
        said?.map(|appended| appended.index + 1)
    }
}
