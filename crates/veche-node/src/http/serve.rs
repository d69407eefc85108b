//! Listening, and ending in order.

use super::{Server, router};
use crate::peer::Peers;
use crate::peer::net::Net;
use std::future::IntoFuture as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use veche_ledger::UnixSeconds;

/// Why the server cannot listen or go on.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Nothing can listen there.
    #[error("cannot listen on {address}: {error}")]
    Bind {
        /// Where.
        address: SocketAddr,
        /// Why not.
        error: std::io::Error,
    },
    /// The threads cannot be started, or the signals to end not be heard.
    #[error("cannot start the server's threads: {0}")]
    Runtime(std::io::Error),
    /// Accepting connections failed.
    #[error("the server ended: {0}")]
    Ended(std::io::Error),
}

/// Threads that move bytes; pages are made on others.
const WORKERS: usize = 2;

/// How long requests that were begun may take after the server was told to end: longer than any page, shorter than whoever
/// waits before killing.
const END_WAIT: Duration = Duration::from_secs(5);

/// An address taken before there is anything to show, so that one in use is told of at once; from here on a signal to end is
/// heard, and ends the server in order.
#[derive(Debug)]
pub struct Listening {
    runtime: Runtime,
    listener: TcpListener,
    address: SocketAddr,
    stop: Stop,
}

impl Listening {
    /// Takes an address; port 0 takes any free one.
    ///
    /// # Errors
    /// [`ServeError::Runtime`], [`ServeError::Bind`].
    pub fn at(address: SocketAddr) -> Result<Self, ServeError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(WORKERS)
            .enable_all()
            .build()
            .map_err(ServeError::Runtime)?;
        let (listener, stop) = runtime.block_on(async {
            let listener = TcpListener::bind(address).await;
            let listener = listener.map_err(|error| ServeError::Bind { address, error })?;
            Ok::<_, ServeError>((listener, Stop::listen().map_err(ServeError::Runtime)?))
        })?;
        let address = listener.local_addr().unwrap_or(address);
        Ok(Self { runtime, listener, address, stop })
    }

    /// Returns the address, with the port that was taken.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes an address for peers.
    ///
    /// # Errors
    /// [`ServeError::Bind`].
    pub fn for_peers(&self, address: SocketAddr) -> Result<TcpListener, ServeError> {
        let bound = self.runtime.block_on(TcpListener::bind(address));
        bound.map_err(|error| ServeError::Bind { address, error })
    }

    /// Keeps up with peers from now on, and answers them if there is a listener for that.
    pub(crate) fn keep_up(
        &self,
        server: &Arc<Server>,
        peers: Peers,
        listener: Option<TcpListener>,
        clock: fn() -> UnixSeconds,
    ) {
        let _inside = self.runtime.enter();
        Net::start(server, peers, listener, clock);
    }

    /// Answers until Ctrl-C or SIGTERM; what was begun is answered to its end, listeners to events are told to go.
    ///
    /// # Errors
    /// [`ServeError::Ended`].
    pub(crate) fn run(self, server: &Arc<Server>) -> Result<(), ServeError> {
        let Self { runtime, listener, stop, .. } = self;
        runtime.block_on(answer(Arc::clone(server), listener, stop))
    }
}

async fn answer(server: Arc<Server>, listener: TcpListener, stop: Stop) -> Result<(), ServeError> {
    let mut stopped = server.stopping.subscribe();
    let (own, mut told) = (Arc::clone(&server), server.stopping.subscribe());
    let stopping = async move {
        tokio::select! {
            () = stop.heard() => own.stop(),
            // A sender that is gone has ended too.
            _ = told.wait_for(|is_stopping| *is_stopping) => {}
        }
    };
    let served = axum::serve(listener, router(server)).with_graceful_shutdown(stopping);
    let too_long = async move {
        // A sender that is gone has ended too.
        let _gone = stopped.wait_for(|is_stopping| *is_stopping).await;
        tokio::time::sleep(END_WAIT).await;
    };
    tokio::select! {
        ended = served.into_future() => ended.map_err(ServeError::Ended),
        () = too_long => Ok(()),
    }
}

/// What ends the server: Ctrl-C, and SIGTERM where there is such a thing.
#[cfg(unix)]
#[derive(Debug)]
pub(crate) struct Stop {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Stop {
    pub(crate) fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    pub(crate) async fn heard(mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// What ends the server: Ctrl-C.
#[cfg(not(unix))]
#[derive(Debug)]
pub(crate) struct Stop;

#[cfg(not(unix))]
impl Stop {
    pub(crate) fn listen() -> std::io::Result<Self> {
        Ok(Self)
    }

    pub(crate) async fn heard(self) {
        tokio::signal::ctrl_c().await.unwrap_or_default();
    }
}
