//! Server-sent events: `records`, with how many records the seat's node holds, whenever that changes.

use super::asked::Asked;
use super::reply::Reply;
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
    party: PartyId,
    counts: watch::Receiver<BTreeMap<PartyId, u64>>,
    stopping: watch::Receiver<bool>,
    sent: Option<u64>,
}

/// `GET /events`.
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
        guard.as_ref().and_then(|site| own.visit(site, &asked)).map(|visit| visit.party)
    });
    let Some(party) = party.await else { return server.bare(broken(), &again) };
    let Some(party) = party else { return server.bare(server.not_ready(), &again) };
    let listener = Listener {
        party,
        counts: server.counts.subscribe(),
        stopping: server.stopping.subscribe(),
        sent: None,
    };
    Sse::new(stream::unfold(listener, next))
        .keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
        .into_response()
}

/// Waits for the next change; `None` when the server stops.
async fn next(mut listener: Listener) -> Option<(Result<Event, Infallible>, Listener)> {
    loop {
        if *listener.stopping.borrow() {
            return None;
        }
        let count = listener.counts.borrow_and_update().get(&listener.party).copied();
        if count.is_some() && count != listener.sent {
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
