//! The address at which whoever watches the node asks.

use super::text;
use crate::health;
use crate::http::{ServeError, Server};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderName, header};
use axum::routing::get;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;

/// The media type of the text format.
const MEDIA: &str = "text/plain; version=0.0.4; charset=utf-8";

/// An address for `/metrics`, `/healthz` and `/readyz` alone, taken before the node starts.
#[derive(Debug)]
pub struct Operations {
    listener: TcpListener,
}

impl Operations {
    /// Takes an address; port 0 takes any free one.
    ///
    /// # Errors
    /// [`ServeError::Bind`].
    pub fn at(address: SocketAddr) -> Result<Self, ServeError> {
        let taken = TcpListener::bind(address).and_then(|listener| {
            listener.set_nonblocking(true)?;
            Ok(Self { listener })
        });
        taken.map_err(|error| ServeError::Bind { address, error })
    }

    /// Returns the address, with the port that was taken.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        self.listener.local_addr().ok()
    }

    /// Answers, on a thread of its own, until the server is told to end: a desk that is busy is watched all the same.
    pub(crate) fn start(self, server: &Arc<Server>) -> JoinHandle<()> {
        let server = Arc::clone(server);
        std::thread::spawn(move || {
            if let Err(error) = answer(self.listener, server) {
                tracing::error!(%error, "the address for metrics answers no longer");
            }
        })
    }
}

fn answer(listener: TcpListener, server: Arc<Server>) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut stopping = server.watch_stopping();
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let stopped = async move {
            // A sender that is gone has ended too.
            let _gone = stopping.wait_for(|is_stopping| *is_stopping).await;
        };
        tokio::select! {
            ended = IntoFuture::into_future(axum::serve(listener, router(server))) => ended,
            () = stopped => Ok(()),
        }
    })
}

/// Returns the routes.
fn router(server: Arc<Server>) -> Router {
    Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics))
        .with_state(server)
}

async fn metrics(State(server): State<Arc<Server>>) -> ([(HeaderName, &'static str); 1], String) {
    let text = tokio::task::spawn_blocking(move || text::render(&server)).await;
    ([(header::CONTENT_TYPE, MEDIA)], text.unwrap_or_default())
}
