//! Listening, and ending in order.

use super::{Server, Site, router};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;

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
    /// The threads cannot be started.
    #[error("cannot start the server's threads: {0}")]
    Runtime(std::io::Error),
    /// Accepting connections failed.
    #[error("the server ended: {0}")]
    Ended(std::io::Error),
}

/// Shows a site at an address until Ctrl-C; `ready` is told where it listens (port 0 takes any free one).
///
/// # Errors
/// [`ServeError::Bind`]; [`ServeError::Ended`].
pub async fn serve(
    site: Site,
    address: SocketAddr,
    ready: impl FnOnce(SocketAddr),
) -> Result<(), ServeError> {
    let listener = bind(address).await?;
    let local = listener.local_addr().unwrap_or(address);
    ready(local);
    run(Server::new(Some(site), address.ip().is_loopback(), None), listener).await
}

/// Shows a site as [`serve`] does, on threads of its own, and returns when it ended.
///
/// # Errors
/// [`ServeError`].
pub fn serve_blocking(
    site: Site,
    address: SocketAddr,
    ready: impl FnOnce(SocketAddr),
) -> Result<(), ServeError> {
    runtime()?.block_on(serve(site, address, ready))
}

/// Makes the server's threads.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, ServeError> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .enable_all()
        .build()
        .map_err(ServeError::Runtime)
}

/// Threads that move bytes; pages are made on others.
const WORKERS: usize = 2;

/// Listens.
pub(crate) async fn bind(address: SocketAddr) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address).await.map_err(|error| ServeError::Bind { address, error })
}

/// Answers until Ctrl-C; what was begun is answered to its end, listeners to events are told to go.
pub(crate) async fn run(server: Arc<Server>, listener: TcpListener) -> Result<(), ServeError> {
    let own = Arc::clone(&server);
    let stop = async move {
        tokio::signal::ctrl_c().await.unwrap_or_default();
        own.stopping.send_replace(true);
    };
    axum::serve(listener, router(server))
        .with_graceful_shutdown(stop)
        .await
        .map_err(ServeError::Ended)
}
