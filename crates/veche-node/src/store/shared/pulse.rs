//! A writer's word that it is alive, over a connection of its own: the other may be busy with one long transaction.

use super::{ALIVE_EVERY, Address, Link, Owned, connected};
use std::sync::mpsc::{self, RecvTimeoutError};

/// The word of one writer, until it is dropped. Its thread ends by itself: nobody waits for a server that does not answer.
#[derive(Debug)]
pub(super) struct Pulse {
    _end: mpsc::Sender<()>,
}

impl Pulse {
    pub(super) fn start(address: &Address, term: i64) -> Self {
        let (end, ended) = mpsc::channel();
        let address = address.clone();
        let work = move || {
            let mut link: Option<Link> = None;
            while ended.recv_timeout(ALIVE_EVERY) == Err(RecvTimeoutError::Timeout) {
                // One that cannot be opened is tried again: whoever is silent for too long is ended by others.
                let Some(mut speaking) = link.take().or_else(|| connected(&address).ok()) else {
                    continue;
                };
                let sql = "UPDATE writer SET at = clock_timestamp() WHERE id = 0 AND term = ?1";
                match speaking.execute(sql, &[Owned::Integer(Some(term))]) {
                    // Another writes by now.
                    Ok(0) => return speaking.end(),
                    Ok(_) => link = Some(speaking),
                    Err(_) => speaking.end(),
                }
            }
        };
        let thread = std::thread::Builder::new().name("postgresql pulse".to_owned()).spawn(work);
        if let Err(error) = thread {
            // Silent, it is ended by whoever stands by.
            tracing::error!(%error, "nobody hears that this node writes");
        }
        Self { _end: end }
    }
}
