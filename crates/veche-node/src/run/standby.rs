//! A node that stands by: its desk and API read what another machine of its member writes, until that one ends.

use super::{RunError, SeatLink, system_time};
use crate::http::{Listening, Server, Shown, Site};
use crate::metrics::Operations;
use crate::node::{Followed, Node};
use crate::store::{Durability, Store, StoreError, StoreFault};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

/// How often it looks what was written, and whether it may write itself.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What standing by needs.
pub struct Standby {
    /// The address of the shared store.
    pub store: PathBuf,
    /// Opens the node anew: where what was folded before has changed, or the database was gone.
    pub reopen: Box<dyn FnMut() -> Result<Node, String> + Send>,
    /// What is shown of the picture.
    pub shown: Shown,
    /// The address for whoever watches the node.
    pub operations: Option<Operations>,
}

impl std::fmt::Debug for Standby {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Standby").field("store", &self.store).finish_non_exhaustive()
    }
}

/// Shows a node that stands by, until Ctrl-C or SIGTERM, or until it may write: then returns the store, opened for that.
///
/// # Errors
/// [`RunError::Serve`].
pub fn stand_by(
    node: Node,
    links: &[SeatLink],
    standby: Standby,
    at: Listening,
) -> Result<Option<Store>, RunError> {
    let Standby { store, reopen, shown, operations } = standby;
    let party = node.party().to_string();
    tracing::info!(party, records = node.council().len(), desk = %at.address(), "the node stands by");
    let offered = links.iter().map(|link| (link.token.clone(), link.visit.clone())).collect();
    let site = Site::of_node(node, offered, Box::new(system_time)).showing(shown);
    let server = Server::new(Some(site), at.address().ip().is_loopback(), None);
    let operations = operations.map(|operations| operations.start(&server));
    let (end, ended) = mpsc::channel();
    let watcher = {
        let server = Arc::clone(&server);
        let mut watch = Watch { server, store, reopen };
        std::thread::spawn(move || watch.until_free(&ended))
    };
    let served = at.run(&server);
    end.send(()).unwrap_or_default();
    let free = watcher.join().unwrap_or_default();
    if let Some(operations) = operations {
        operations.join().unwrap_or_default();
    }
    served?;
    tracing::info!(party, takes_over = free.is_some(), "standing by has ended");
    Ok(free)
}

struct Watch {
    server: Arc<Server>,
    store: PathBuf,
    reopen: Box<dyn FnMut() -> Result<Node, String> + Send>,
}

impl Watch {
    /// Follows what is written until it may write itself, or is told to end.
    fn until_free(&mut self, ended: &Receiver<()>) -> Option<Store> {
        while ended.recv_timeout(LOOK_EVERY) == Err(RecvTimeoutError::Timeout) {
            let looked = self.look();
            self.note(looked.is_ok());
            match looked {
                Ok(None) => {}
                Ok(Some(store)) => {
                    self.server.stop();
                    return Some(store);
                }
                Err(error) => tracing::warn!(%error, "the store cannot be followed"),
            }
        }
        None
    }

    /// Notes on the pages whether they are up to date: what is shown is what was read last.
    fn note(&self, is_followed: bool) {
        let note = |site: &mut Site| {
            let now = site.now();
            if let Some(node) = site.standing_by() {
                node.note_followed(is_followed, now);
            }
        };
        self.server.with_site(note).unwrap_or_default();
    }

    /// Returns the store, opened to write, if nobody else writes; before that, takes up what was written.
    fn look(&mut self) -> Result<Option<Store>, String> {
        let looked = self.server.with_site(|site| {
            let node = site.standing_by()?;
            Some(node.store().is_free().map_err(|error| error.to_string()).and_then(|is_free| {
                node.follow().map(|followed| (is_free, followed)).map_err(|error| error.to_string())
            }))
        });
        let (is_free, followed) = match looked.flatten() {
            Some(Ok(found)) => found,
            // Its session may be gone: a new one tells.
            Some(Err(_)) | None => (false, Followed::Anew),
        };
        let taken = if is_free {
            Store::open_existing(&self.store, Durability::Full).map(Some)
        } else {
            Ok(None)
        };
        match taken {
            Ok(Some(store)) => return Ok(Some(store)),
            // Another was quicker.
            Ok(None) | Err(StoreError { what: StoreFault::Writer { .. }, .. }) => {}
            // It goes on to follow what it cannot write.
            Err(error) => tracing::warn!(%error, "nobody writes, and this node cannot"),
        }
        if followed == Followed::Anew {
            let node = (self.reopen)()?;
            self.server.with_site(|site| site.renew(node));
        }
        Ok(None)
    }
}
