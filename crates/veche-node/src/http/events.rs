//! Server-sent events: `records`, with how many records the seat's node holds, whenever that changes.

use super::asked::Asked;
use super::reply::{Failure, Reply};
use super::{RequestId, Server, blocking, broken, lock};
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, Uri};
use axum::response::IntoResponse as _;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use veche_ledger::PartyId;

/// How often a line is sent when nothing happens, so that nobody on the way takes the connection for dead.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

struct Listener {
    server: Arc<Server>,
    party: PartyId,
    counts: watch::Receiver<BTreeMap<PartyId, u64>>,
    stopping: watch::Receiver<bool>,
    sent: Option<u64>,
}

/// `GET /stream`.
pub(crate) async fn events(
    State(server): State<Arc<Server>>,
    Extension(RequestId(id)): Extension<RequestId>,
    uri: Uri,
    headers: HeaderMap,
) -> Reply {
    let asked = match Asked::read(&uri, &headers, id.clone()) {
        Ok(asked) => asked,
        Err(failure) => return server.bare(failure, &Asked { id, ..Asked::default() }),
    };
    let (own, again) = (Arc::clone(&server), asked.clone());
    let party = blocking(move || {
        let guard = lock(&own.site);
        let site = guard.as_ref().ok_or_else(|| own.not_ready())?;
        let visit = own.visit(site, &asked).ok_or_else(|| Failure::NotAllowed {
            asked: "the events of this node without signing in".to_owned(),
            who_may: Vec::new(),
        })?;
        Ok::<_, Failure>(visit.party)
    });
    let Some(party) = party.await else { return server.bare(broken(), &again) };
    let party = match party {
        Ok(party) => party,
        Err(failure) => return server.bare(failure, &again),
    };
    let listener = Listener {
        server: Arc::clone(&server),
        party,
        counts: server.counts.subscribe(),
        stopping: server.stopping.subscribe(),
        sent: None,
    };
    Sse::new(stream::unfold(listener, next))
        .keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
        .into_response()
}

/// Returns once all that is held is on the disk; `false` if the disk has failed.
async fn server_rests(server: &Arc<Server>) -> bool {
    let server = Arc::clone(server);
    blocking(move || server.rest_on_disk()).await.is_some_and(|rested| rested.is_ok())
}

/// Waits for the next change; `None` when the server stops, or its disk has failed.
async fn next(mut listener: Listener) -> Option<(Result<Event, Infallible>, Listener)> {
    loop {
        if *listener.stopping.borrow() {
            return None;
        }
        let count = listener.counts.borrow_and_update().get(&listener.party).copied();
        if count.is_some() && count != listener.sent {
            // They were counted before they were on the disk.
            if !server_rests(&listener.server).await {
                return None;
            }
            listener.sent = count;
            let event =
                Event::default().event("records").data(count.unwrap_or_default().to_string());
            return Some((Ok(event), listener));
        }
        tokio::select! {
            changed = listener.counts.changed() => changed.ok()?,
            stopped = listener.stopping.changed() => stopped.ok()?,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Syncing;

    /// Returns what a listener is told of three records.
    async fn told(syncing: Option<Arc<Syncing>>) -> bool {
        let server = Server::new(None, true, None);
        if let Some(syncing) = syncing {
            server.syncing.set(syncing).unwrap();
        }
        let party = PartyId::parse("belm").unwrap();
        server.counts.send_replace(BTreeMap::from([(party.clone(), 3)]));
        let (counts, stopping) = (server.counts.subscribe(), server.stopping.subscribe());
        next(Listener { server, party, counts, stopping, sent: None }).await.is_some()
    }

    #[tokio::test]
    async fn nobody_is_told_how_many_records_there_are_that_the_disk_did_not_confirm() {
        let folder = tempfile::tempdir().unwrap();
        assert!(told(None).await);
        assert!(!told(Some(Syncing::of_failed_disk(&folder.path().join("wal")))).await);
    }
}
