//! Asking a peer over HTTPS: connections that are kept, a limit on every wait and every length.

use super::message::{Asked, Method, Reply};
use super::tls::Directory;
use super::wire;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Request, header};
use hyper_util::rt::TokioIo;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;
use veche_ledger::sync::Resource;
use veche_ledger::{PartyId, UnixSeconds};

/// How long connecting may take, encryption included.
const CONNECT_WAIT: Duration = Duration::from_secs(10);

/// How long an answer may take, to its last byte.
const ANSWER_WAIT: Duration = Duration::from_secs(120);

/// How long a peer's heads may take: it keeps the question while it has no news, and a line that is dead is noticed by this.
const HEADS_WAIT: Duration = Duration::from_secs(30);

/// Connections to one peer that are kept while nothing is asked.
const IDLE_MAX: usize = 16;

/// Why a peer could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// Nothing answers at the address.
    #[error("nothing answers at {address}: {why}")]
    Unreachable {
        /// Where.
        address: String,
        /// Why.
        why: String,
    },
    /// Something answers at the address that shows no certificate of this organisation, or does not take this node's.
    #[error("what answers at {address} is no node of this organisation: {why}")]
    NoPeer {
        /// Where.
        address: String,
        /// Why.
        why: String,
    },
    /// Whoever answers there is somebody else.
    #[error("at {address} answers `{found}`, not `{expected}`: check the address")]
    OtherParty {
        /// Where.
        address: String,
        /// Who answers.
        found: String,
        /// Who was expected.
        expected: PartyId,
    },
    /// The connection broke.
    #[error("the connection broke: {0}")]
    Broken(String),
    /// No answer came in time.
    #[error("no answer within {0} seconds")]
    Late(u64),
    /// The answer is longer than what was asked for, or not what it says.
    #[error("the answer cannot be read: {0}")]
    Body(String),
}

type Sender = SendRequest<Full<Bytes>>;

/// A peer as this node reaches it.
#[derive(Debug)]
pub struct Link {
    party: PartyId,
    address: String,
    config: Arc<ClientConfig>,
    directory: Directory,
    clock: fn() -> UnixSeconds,
    idle: Mutex<Vec<Kept>>,
}

/// A connection, and how often what is known of peers had changed when it was made: after a change it is made anew, so that who is at its
/// other end is looked at again.
#[derive(Debug)]
struct Kept {
    sender: Sender,
    changes: u64,
}

impl Link {
    /// Makes a link to a peer at an address, `HOST:PORT`. Nothing is connected yet.
    #[must_use]
    pub fn new(
        party: PartyId,
        address: String,
        config: Arc<ClientConfig>,
        directory: Directory,
        clock: fn() -> UnixSeconds,
    ) -> Self {
        Self { party, address, config, directory, clock, idle: Mutex::default() }
    }

    /// Returns the peer.
    #[must_use]
    pub const fn party(&self) -> &PartyId {
        &self.party
    }

    /// Asks.
    ///
    /// # Errors
    /// [`AskError`]. A refusal of the peer is an answer and no error.
    pub async fn ask(&self, asked: &Asked, query: &str, body: Vec<u8>) -> Result<Reply, AskError> {
        let wait = if *asked == Asked::Get(Resource::Heads) { HEADS_WAIT } else { ANSWER_WAIT };
        let answered = timeout(wait, self.ask_patiently(asked, query, body)).await;
        answered.map_err(|_| AskError::Late(wait.as_secs()))?
    }

    async fn ask_patiently(
        &self,
        asked: &Asked,
        query: &str,
        body: Vec<u8>,
    ) -> Result<Reply, AskError> {
        let body = Bytes::from(body);
        // One that was kept may have been closed at the other end meanwhile: then a new one is tried.
        while let Some(mut kept) = self.take_idle() {
            if kept.sender.ready().await.is_ok()
                && let Ok(reply) = self.ask_over(kept, asked, query, body.clone()).await
            {
                return Ok(reply);
            }
        }
        let connected = timeout(CONNECT_WAIT, self.connect()).await;
        let late = |_| self.unreachable("it takes too long");
        self.ask_over(connected.map_err(late)??, asked, query, body).await
    }

    fn take_idle(&self) -> Option<Kept> {
        let changes = self.directory.changes();
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(kept) = idle.pop() {
            if kept.changes == changes && !kept.sender.is_closed() {
                return Some(kept);
            }
        }
        None
    }

    fn unreachable(&self, why: impl std::fmt::Display) -> AskError {
        AskError::Unreachable { address: self.address.clone(), why: why.to_string() }
    }

    async fn connect(&self) -> Result<Kept, AskError> {
        // Before the certificate is looked at: a change between the two has the connection made anew.
        let changes = self.directory.changes();
        let stream =
            TcpStream::connect(&self.address).await.map_err(|error| self.unreachable(error))?;
        stream.set_nodelay(true).map_err(|error| self.unreachable(error))?;
        // The certificate says who it is; the name is for the protocol alone.
        let name =
            ServerName::try_from("veche.invalid").map_err(|error| self.unreachable(error))?;
        let connector = TlsConnector::from(Arc::clone(&self.config));
        let stream = connector.connect(name, stream).await.map_err(|error| AskError::NoPeer {
            address: self.address.clone(),
            why: error.to_string(),
        })?;
        let shown = stream.get_ref().1.peer_certificates().and_then(|all| all.first());
        let found = shown.map(|shown| self.directory.party_of(shown, (self.clock)()));
        if !matches!(&found, Some(Ok(party)) if *party == self.party) {
            let found = match found {
                Some(Ok(party)) => party.to_string(),
                Some(Err(stranger)) => stranger.to_string(),
                None => "nobody".to_owned(),
            };
            let (address, expected) = (self.address.clone(), self.party.clone());
            return Err(AskError::OtherParty { address, found, expected });
        }
        let (sender, connection) =
            handshake(TokioIo::new(stream)).await.map_err(|error| self.unreachable(error))?;
        tokio::spawn(async move {
            // Its end is noticed by whoever asks next.
            let _ended = connection.await;
        });
        Ok(Kept { sender, changes })
    }

    async fn ask_over(
        &self,
        mut kept: Kept,
        asked: &Asked,
        query: &str,
        body: Bytes,
    ) -> Result<Reply, AskError> {
        let broken = |error: hyper::Error| AskError::Broken(error.to_string());
        let packed = wire::pack(&body);
        let method = match asked.method() {
            Method::Get => hyper::Method::GET,
            Method::Post => hyper::Method::POST,
        };
        let mut request = Request::builder()
            .method(method)
            .uri(format!("/peer/{asked}{query}"))
            .header(header::HOST, "veche.invalid")
            .header(header::ACCEPT_ENCODING, wire::ENCODING);
        if *asked == Asked::Get(Resource::Heads) && !query.is_empty() {
            request = request.header(wire::TAKES, wire::LINES);
        }
        if packed.is_some() {
            request = request.header(header::CONTENT_ENCODING, wire::ENCODING);
        }
        let body = packed.map_or(body, Bytes::from);
        let request =
            request.body(Full::new(body)).map_err(|error| AskError::Broken(error.to_string()))?;
        let reply = kept.sender.send_request(request).await.map_err(broken)?;
        let status = reply.status().as_u16();
        let is_packed = reply.headers().contains_key(header::CONTENT_ENCODING);
        let len_max = asked.answer_len_max();
        let read = Limited::new(reply.into_body(), len_max).collect().await;
        let read = read.map_err(|error| AskError::Body(error.to_string()))?.to_bytes();
        let body = if is_packed {
            wire::unpack(&read, len_max).map_err(|error| AskError::Body(error.to_string()))?
        } else {
            read.to_vec()
        };
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_MAX {
            idle.push(kept);
        }
        Ok(Reply { status, body })
    }
}
