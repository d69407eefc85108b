//! Answering those who ask for a cosignature, over HTTP: each question and connection has its limits.

use super::{Outside, OutsideError};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode, header};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use veche_ledger::witness::{AddCheckpoint, REQUEST_LEN_MAX, WitnessRefusal};
use veche_ledger::{Origin, UnixSeconds};

/// Connections at once: the others wait to be taken.
const CONNECTIONS_MAX: usize = 64;

/// How long a connection may last: a question or two, and others wait.
const CONNECTION_WAIT: Duration = Duration::from_secs(60);

/// How long a question's head may take, and its body.
const QUESTION_WAIT: Duration = Duration::from_secs(20);

/// The media type of an answer that is a size (c2sp.org/tlog-witness).
const SIZE_MEDIA: &str = "text/x.tlog.size";

/// An answer: status, media type, body.
type Answer = (u16, &'static str, String);

/// Why nobody can be answered.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen at {address}: {error}")]
pub struct ServingError {
    /// The address.
    pub address: SocketAddr,
    /// The system's words.
    pub error: std::io::Error,
}

/// A witness that listens and does not answer yet.
#[derive(Debug)]
pub struct Running {
    listener: TcpListener,
    desk: Arc<Desk>,
}

#[derive(Debug)]
struct Desk {
    outside: Mutex<Outside>,
    clock: fn() -> UnixSeconds,
    counts: Mutex<(BTreeMap<u16, u64>, UnixSeconds)>,
}

/// Takes an address; port 0 takes any free one.
///
/// # Errors
/// [`ServingError`].
pub fn serve(
    outside: Outside,
    address: SocketAddr,
    clock: fn() -> UnixSeconds,
) -> Result<Running, ServingError> {
    let listener = TcpListener::bind(address).and_then(|listener| {
        listener.set_nonblocking(true)?;
        Ok(listener)
    });
    let listener = listener.map_err(|error| ServingError { address, error })?;
    let (outside, counts) = (Mutex::new(outside), Mutex::default());
    Ok(Running { listener, desk: Arc::new(Desk { outside, clock, counts }) })
}

impl Running {
    /// Returns the address, with the port that was taken.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        self.listener.local_addr().ok()
    }

    /// Answers until the process ends.
    ///
    /// # Errors
    /// The system's, if it cannot begin.
    pub fn answer(self) -> std::io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(listen(self.listener, self.desk))
    }
}

async fn listen(listener: TcpListener, desk: Arc<Desk>) -> std::io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let connections = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let Ok(permit) = Arc::clone(&connections).acquire_owned().await else { return Ok(()) };
        let Ok((stream, _)) = listener.accept().await else {
            // Out of descriptors, or the like: others end meanwhile.
            tokio::time::sleep(Duration::from_millis(200)).await;
            continue;
        };
        let desk = Arc::clone(&desk);
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let desk = Arc::clone(&desk);
                async move { Ok::<_, Infallible>(written(desk.answer(request).await)) }
            });
            let connection = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(QUESTION_WAIT)
                .serve_connection(TokioIo::new(stream), service);
            // Whoever goes away, or stays too long, has ended the connection.
            let _ended = timeout(CONNECTION_WAIT, connection).await;
            drop(permit);
        });
    }
}

fn written((status, media, body): Answer) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(media));
    response
}

fn said(status: u16, text: impl std::fmt::Display) -> Answer {
    (status, "text/plain; charset=utf-8", format!("{text}\n"))
}

impl Desk {
    async fn answer(&self, request: Request<Incoming>) -> Answer {
        let path = request.uri().path().to_owned();
        let answer = match (request.method(), path.as_str()) {
            (&Method::POST, "/add-checkpoint") => self.take(request).await,
            (&Method::GET, "/healthz") if self.outside().is_sound() => said(200, "ok"),
            (&Method::GET, "/healthz") => said(503, OutsideError::Stopped),
            (&Method::GET, "/metrics") => return self.metrics(),
            (&Method::GET, path) => self.latest(path),
            (_, _) => said(405, "ask with GET, or POST to /add-checkpoint"),
        };
        *self.counts().0.entry(answer.0).or_default() += 1;
        answer
    }

    async fn take(&self, request: Request<Incoming>) -> Answer {
        let body = Limited::new(request.into_body(), REQUEST_LEN_MAX).collect();
        let body = match timeout(QUESTION_WAIT, body).await {
            Ok(Ok(body)) => body.to_bytes(),
            Ok(Err(error)) => return said(413, error),
            Err(_) => return said(408, "the body takes too long"),
        };
        let now = (self.clock)();
        let request = match AddCheckpoint::parse(&body) {
            Ok(request) => request,
            Err(error) => return said(error.status(), error),
        };
        // The disk is waited for here: the next one who asks must find what this one left.
        match self.outside().add_checkpoint(&request, now) {
            Ok(cosignature) => {
                self.counts().1 = now;
                (200, "text/plain; charset=utf-8", format!("{}\n", cosignature.line()))
            }
            Err(OutsideError::Refused(
                WitnessRefusal::Conflict { size } | WitnessRefusal::Fork { size, .. },
            )) => (409, SIZE_MEDIA, format!("{size}\n")),
            Err(OutsideError::Refused(refusal)) => said(refusal.status(), refusal),
            Err(error) => said(503, error),
        }
    }

    fn latest(&self, path: &str) -> Answer {
        let origin = path.strip_prefix("/logs/").and_then(|path| path.strip_suffix("/checkpoint"));
        let origin = origin.and_then(|origin| Origin::parse(origin).ok());
        let outside = self.outside();
        let latest = origin.and_then(|origin| outside.latest(&origin).cloned());
        match latest {
            Some(latest) => {
                let note = latest.checkpoint.note().to_string();
                (200, "text/plain; charset=utf-8", note)
            }
            None => said(404, "no such checkpoint was cosigned here"),
        }
    }

    fn metrics(&self) -> Answer {
        let counts = self.counts();
        let mut text = "# TYPE veche_outside_answers_total counter\n".to_owned();
        for (status, count) in &counts.0 {
            // Writing to a string does not fail.
            let _ = writeln!(text, "veche_outside_answers_total{{status=\"{status}\"}} {count}");
        }
        let last = counts.1.0;
        let _ = write!(
            text,
            "# TYPE veche_outside_cosigned_at_seconds gauge\nveche_outside_cosigned_at_seconds {last}\n"
        );
        (200, "text/plain; version=0.0.4; charset=utf-8", text)
    }

    fn outside(&self) -> std::sync::MutexGuard<'_, Outside> {
        self.outside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn counts(&self) -> std::sync::MutexGuard<'_, (BTreeMap<u16, u64>, UnixSeconds)> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
