//! A writer's word that it is alive, over a connection of its own: the other may be busy with one long transaction.

use super::{ALIVE_EVERY, Address, connected};
use postgres::Client;
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
            let mut client: Option<Client> = None;
            while ended.recv_timeout(ALIVE_EVERY) == Err(RecvTimeoutError::Timeout) {
                // One that cannot be opened is tried again: whoever is silent for too long is ended by others.
                let mut speaking = client.take().or_else(|| connected(&address).ok());
                let said = speaking.as_mut().map(|client| {
                    let sql = "UPDATE writer SET at = clock_timestamp() WHERE id = 0 AND term = $1";
                    client.execute(sql, &[&term])
                });
                match said {
                    // Another writes by now.
                    Some(Ok(0)) => return,
                    Some(Ok(_)) => client = speaking,
                    Some(Err(_)) | None => {}
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
