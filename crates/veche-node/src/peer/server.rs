//! Answering peers over HTTPS: who connects shows a certificate, and what he may ask at once is limited.

use super::message::{Asked, CHANGES, Method, Reply};
use super::tls::{Directory, Stranger};
use super::wire;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode, header};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::CertificateDer;
use veche_ledger::{PartyId, Seconds, UnixSeconds};

/// How long encryption may take to be agreed on.
const HANDSHAKE_WAIT: Duration = Duration::from_secs(10);

/// How long the head of a question may take, and its body.
const QUESTION_WAIT: Duration = Duration::from_secs(60);

/// Connections that have not shown a certificate yet: strangers can hold no more.
const STRANGERS_MAX: usize = 64;

/// Connections of one peer.
const CONNECTIONS_MAX: usize = 48;

/// Questions of one peer that are answered at once; the others wait.
const QUESTIONS_MAX: usize = 8;

/// For how long the certificate of an open connection is believed without another look at it: it is over at some time.
const LOOK_AGAIN: Seconds = Seconds(60);

/// Who answers peers: a node at work, or one of an exercise.
pub(super) trait Answering: Send + Sync + 'static {
    /// Returns the settings of the end where others connect.
    fn settings(&self) -> Arc<ServerConfig>;

    /// Returns who may be a peer.
    fn directory(&self) -> &Directory;

    /// Returns the time by which certificates are judged.
    fn time(&self) -> UnixSeconds;

    /// Keeps a question while there is no news for it, if that is what was asked.
    fn wait_for_news(
        self: &Arc<Self>,
        asked: &Asked,
        query: &str,
    ) -> impl Future<Output = ()> + Send;

    /// Returns an answer as what has changed since the one that the asker has, where he takes it so and it is known and shorter; else as it is.
    fn shorten(&self, asked: &Asked, query: &str, takes_changes: bool, reply: Reply) -> Reply;

    /// Answers a peer.
    fn receive(
        self: &Arc<Self>,
        peer: &PartyId,
        asked: Asked,
        body: Vec<u8>,
    ) -> impl Future<Output = Reply> + Send;
}

/// What one peer may use.
#[derive(Debug, Clone)]
struct Quota {
    connections: Arc<Semaphore>,
    questions: Arc<Semaphore>,
}

/// The quotas of all peers.
#[derive(Debug, Default)]
struct Quotas(Mutex<BTreeMap<PartyId, Quota>>);

impl Quotas {
    fn of(&self, peer: &PartyId) -> Quota {
        let mut quotas = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Quota {
            connections: Arc::new(Semaphore::new(CONNECTIONS_MAX)),
            questions: Arc::new(Semaphore::new(QUESTIONS_MAX)),
        };
        quotas.entry(peer.clone()).or_insert_with(new).clone()
    }
}

/// Whose connection this is, for as long as the key that vouched for it is in force.
///
/// A connection may stay open for weeks; a withdrawn key, or one whose log has ended, ends what it vouched for at once.
#[derive(Debug)]
struct Vouched {
    certificate: CertificateDer<'static>,
    peer: PartyId,
    /// As of when it was looked at: what was known then, and the time.
    looked: Mutex<(u64, UnixSeconds)>,
}

impl Vouched {
    /// Looks at the certificate of a connection that was just made.
    fn new(
        certificate: CertificateDer<'static>,
        directory: &Directory,
        now: UnixSeconds,
    ) -> Result<Self, Stranger> {
        // Before the certificate: a change between the two has it looked at once more.
        let changes = directory.changes();
        let peer = directory.party_of(&certificate, now)?;
        Ok(Self { certificate, peer, looked: Mutex::new((changes, now)) })
    }

    /// Looks at it again if what is known has changed since, or some time has passed.
    fn stands(&self, directory: &Directory, now: UnixSeconds) -> Result<(), Stranger> {
        let changes = directory.changes();
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        let is_fresh = looked.0 == changes && now >= looked.1 && now < looked.1 + LOOK_AGAIN;
        if !is_fresh {
            let found = directory.party_of(&self.certificate, now)?;
            if found != self.peer {
                return Err(Stranger::OtherKey);
            }
            *looked = (changes, now);
        }
        Ok(())
    }
}

/// Takes connections until the task is ended.
pub(super) async fn listen<A: Answering>(listener: TcpListener, net: Arc<A>) {
    let strangers = Arc::new(Semaphore::new(STRANGERS_MAX));
    let quotas = Arc::new(Quotas::default());
    loop {
        let Ok(permit) = Arc::clone(&strangers).acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else {
            // Out of descriptors, or the like: others end meanwhile.
            tokio::time::sleep(Duration::from_millis(200)).await;
            continue;
        };
        let (net, quotas) = (Arc::clone(&net), Arc::clone(&quotas));
        tokio::spawn(connected(stream, net, quotas, permit));
    }
}

async fn connected<A: Answering>(
    stream: TcpStream,
    net: Arc<A>,
    quotas: Arc<Quotas>,
    stranger: OwnedSemaphorePermit,
) {
    let acceptor = TlsAcceptor::from(net.settings());
    let Ok(Ok(stream)) = timeout(HANDSHAKE_WAIT, acceptor.accept(stream)).await else { return };
    let shown = stream.get_ref().1.peer_certificates().and_then(|all| all.first());
    let Some(shown) = shown.map(|shown| shown.clone().into_owned()) else { return };
    let Ok(vouched) = Vouched::new(shown, net.directory(), net.time()) else { return };
    let (quota, vouched) = (quotas.of(&vouched.peer), Arc::new(vouched));
    let Ok(_permit) = Arc::clone(&quota.connections).try_acquire_owned() else { return };
    drop(stranger);
    let service = service_fn(move |request| {
        let (net, vouched, quota) = (Arc::clone(&net), Arc::clone(&vouched), quota.clone());
        async move { Ok::<_, Infallible>(answer(request, &net, &vouched, &quota).await) }
    });
    // A peer that goes away has ended the connection too.
    let _ended = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(QUESTION_WAIT)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn answer<A: Answering>(
    request: Request<Incoming>,
    net: &Arc<A>,
    vouched: &Vouched,
    quota: &Quota,
) -> Response<Full<Bytes>> {
    let takes_packed = request.headers().contains_key(header::ACCEPT_ENCODING);
    let takes_changes = request
        .headers()
        .get(wire::TAKES)
        .is_some_and(|how| how.as_bytes() == wire::LINES.as_bytes());
    let reply = match read(request).await {
        Ok((asked, query, body)) => {
            net.wait_for_news(&asked, &query).await;
            let Ok(_permit) = quota.questions.acquire().await else {
                return write(Reply::refused(503, "the node ends"), false);
            };
            // After the waiting: what was learnt meanwhile counts.
            if let Err(stranger) = vouched.stands(net.directory(), net.time()) {
                let mut refused = write(Reply::refused(403, stranger), false);
                let close = header::HeaderValue::from_static("close");
                refused.headers_mut().insert(header::CONNECTION, close);
                return refused;
            }
            let reply = net.receive(&vouched.peer, asked.clone(), body).await;
            net.shorten(&asked, &query, takes_changes, reply)
        }
        Err(reply) => reply,
    };
    write(reply, takes_packed)
}

/// Reads a question, its query and its body; or says what is wrong with it.
async fn read(request: Request<Incoming>) -> Result<(Asked, String, Vec<u8>), Reply> {
    let method = match request.method() {
        &hyper::Method::GET => Method::Get,
        &hyper::Method::POST => Method::Post,
        other => {
            return Err(Reply::refused(405, format_args!("`{other}` is not a way to ask here")));
        }
    };
    let path = request.uri().path();
    let path = path.strip_prefix("/peer/").unwrap_or(path);
    let asked = Asked::parse(method, path).map_err(|error| Reply::refused(404, error))?;
    let query = request.uri().query().unwrap_or_default().to_owned();
    let is_packed = request.headers().contains_key(header::CONTENT_ENCODING);
    let len_max = asked.body_len_max();
    let body = timeout(QUESTION_WAIT, Limited::new(request.into_body(), len_max).collect()).await;
    let body = body.map_err(|_| Reply::refused(408, "the body takes too long"))?;
    let body = body.map_err(|error| Reply::refused(413, error))?.to_bytes();
    let body = if is_packed {
        wire::unpack(&body, len_max).map_err(|error| Reply::refused(400, error))?
    } else {
        body.to_vec()
    };
    Ok((asked, query, body))
}

fn write(reply: Reply, takes_packed: bool) -> Response<Full<Bytes>> {
    let packed = if takes_packed { wire::pack(&reply.body) } else { None };
    let (is_packed, is_changes) = (packed.is_some(), reply.status == CHANGES);
    let mut response = Response::new(Full::new(Bytes::from(packed.unwrap_or(reply.body))));
    *response.status_mut() =
        StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if is_changes {
        let how = header::HeaderValue::from_static(wire::LINES);
        response.headers_mut().insert(header::HeaderName::from_static(wire::GIVEN), how);
    }
    if is_packed {
        let encoding = header::HeaderValue::from_static(wire::ENCODING);
        response.headers_mut().insert(header::CONTENT_ENCODING, encoding);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::super::tls::OpenLog;
    use super::super::tls::tests::{LOG, NOW, certificate, key, root};
    use super::*;
    use veche_ledger::Origin;

    #[test]
    fn an_open_connection_ends_with_the_key_that_vouched_for_it() {
        let listed = |seed: u8| {
            let open = OpenLog { key: key(seed).verifying_key(), root: root(9).verifying_key() };
            BTreeMap::from([(Origin::parse(LOG).unwrap(), open)])
        };
        let directory = Directory::default();
        directory.set(listed(1));
        let vouched = Vouched::new(certificate(&key(1)), &directory, NOW).unwrap();
        assert_eq!(vouched.stands(&directory, NOW), Ok(()));
        // The same again is no change.
        directory.set(listed(1));
        assert_eq!(directory.changes(), 1);
        directory.set(listed(2));
        assert!(matches!(vouched.stands(&directory, NOW), Err(Stranger::NotSigned(_))));
        directory.set(BTreeMap::new());
        assert!(matches!(vouched.stands(&directory, NOW), Err(Stranger::UnknownLog(_))));
        directory.set(listed(1));
        assert_eq!(vouched.stands(&directory, NOW), Ok(()));
        // Time ends it as well, though nothing has changed.
        let over = NOW + super::super::tls::VOUCHED_FOR + LOOK_AGAIN;
        assert!(matches!(vouched.stands(&directory, over), Err(Stranger::Over { .. })));
    }
}
