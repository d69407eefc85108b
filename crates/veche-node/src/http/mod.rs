//! The desk and the API over HTTP.
//!
//! One [`Site`] stands behind one lock: whoever reads or changes it holds the lock, and nobody holds it while waiting for the network.
//! Every page is made on a thread for blocking work.
//!
//! | module | what |
//! |---|---|
//! | `site` | what is shown and changed: an exercise or a node |
//! | `asked` | a request as read, and the parameters that a page knows |
//! | `desk` | pages by address |
//! | `drafts` | forms of what a delegation keeps to itself |
//! | `posts` | forms: acts, seats, exercise control, signing in |
//! | `reached` | people who were told of something: the link in a message, what is opened |
//! | `form` | a form as a statement under the charter |
//! | `json` | `/api/v1` |
//! | `events` | server-sent events |
//! | `guard` | what holds for every request: origin, host, headers |
//! | `session` | one-time links and sessions |
//! | `reply` | answers and failures |

mod asked;
mod desk;
mod drafts;
mod events;
pub mod form;
mod guard;
mod json;
mod posts;
mod reached;
mod reply;
mod serve;
pub mod session;
pub mod site;

use crate::api::Problem;
use crate::health;
use crate::intake::Intake;
use crate::metrics::{self, Metrics};
use crate::node::{NodeError, Pending};
use crate::pages::shell::{Frame, shell};
use crate::reach::Reach;
use crate::store::{StoreError, Syncing};
use asked::Asked;
use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Extension, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::routing::{any, get, post};
use reply::{Failure, Reply, bare_failure, problem, see_other, with_type};
pub(crate) use serve::Stop;
pub use serve::{Listening, ServeError};
use session::Sessions;
pub use session::Token;
pub use site::{Peering, Shown, Site, Visit};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, mpsc};
use tokio::sync::watch;
use veche_desk::assets::ASSET_CACHE_CONTROL;
use veche_ledger::PartyId;

/// Longest body of a request, in bytes: terms end at 64 KiB, and a form writes a letter of theirs as up to nine bytes.
pub const BODY_LEN_MAX: usize = 640 * 1024;

/// The cookie with the seat that a visitor of an exercise has taken.
pub(crate) const SEAT_COOKIE: &str = "seat";
/// The cookie with the secret of a session.
pub(crate) const SESSION_COOKIE: &str = "session";

/// What the visitor of an exercise asks of whoever keeps its pace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Begin anew.
    Restart,
    /// Go on until this inject has been played, or begin anew if it was played before.
    Jump(u32),
    /// End.
    Stop,
}

/// What is going on while there is nothing to show yet.
#[derive(Debug, Clone, Default)]
pub struct Loading {
    /// In a sentence.
    pub what: String,
    /// How much is done.
    pub done: u64,
    /// Of how much; 0: not known.
    pub of: u64,
    /// The exercise's title.
    pub title: Option<String>,
    /// Why it will never be ready.
    pub fault: Option<String>,
}

/// The state behind all requests.
pub struct Server {
    site: Mutex<Option<Site>>,
    loading: Mutex<Loading>,
    sessions: Mutex<Sessions>,
    /// Records that each party's node holds.
    counts: watch::Sender<BTreeMap<PartyId, u64>>,
    stopping: watch::Sender<bool>,
    /// What syncs the node's store for many at once.
    syncing: OnceLock<Arc<Syncing>>,
    requests: AtomicU64,
    /// True if only this machine can reach it: then only its own names are taken as hosts.
    is_loopback: bool,
    commands: Option<Mutex<mpsc::Sender<Command>>>,
    /// Who tells people that something waits, if anybody does.
    reach: OnceLock<Arc<Reach>>,
    /// What takes news in, if anything does.
    intake: OnceLock<Arc<Intake>>,
    metrics: Metrics,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("is_loopback", &self.is_loopback).finish_non_exhaustive()
    }
}

/// What a request is called in messages and in the node's log.
#[derive(Debug, Clone)]
pub(crate) struct RequestId(pub(crate) String);

impl Server {
    /// Makes a server that shows a site, or that it is loading until [`Self::put`]. `commands`: who keeps an exercise's pace.
    #[must_use]
    pub fn new(
        site: Option<Site>,
        is_loopback: bool,
        commands: Option<mpsc::Sender<Command>>,
    ) -> Arc<Self> {
        let server = Self {
            site: Mutex::new(None),
            loading: Mutex::new(Loading {
                what: "The node starts.".to_owned(),
                ..Loading::default()
            }),
            sessions: Mutex::new(Sessions::default()),
            counts: watch::Sender::new(BTreeMap::new()),
            stopping: watch::Sender::new(false),
            syncing: OnceLock::new(),
            requests: AtomicU64::new(0),
            is_loopback,
            commands: commands.map(Mutex::new),
            reach: OnceLock::new(),
            intake: OnceLock::new(),
            metrics: Metrics::default(),
        };
        if let Some(site) = site {
            server.put(site);
        }
        Arc::new(server)
    }

    /// Lets people be told of what waits: what they acknowledge, and what officers open, is passed on.
    pub fn with_reach(&self, reach: Arc<Reach>) {
        // One node tells by one plan; a second is not taken.
        self.reach.set(reach).unwrap_or_default();
    }

    /// Returns who tells people that something waits.
    pub(crate) fn reach(&self) -> Option<&Arc<Reach>> {
        self.reach.get()
    }

    /// Lets the health of feeds be told to whoever watches the node.
    pub fn with_intake(&self, intake: Arc<Intake>) {
        // One node has one intake; a second is not taken.
        self.intake.set(intake).unwrap_or_default();
    }

    /// Returns what takes news in.
    pub(crate) fn intake(&self) -> Option<&Arc<Intake>> {
        self.intake.get()
    }

    /// Returns what is counted.
    pub(crate) const fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Returns what is going on while there is nothing to show.
    pub(crate) fn loading(&self) -> Loading {
        lock(&self.loading).clone()
    }

    /// Reads off the site what tells of no record, without waiting for the disk.
    pub(crate) fn glance<T>(&self, read: impl FnOnce(&Site) -> T) -> Option<T> {
        lock(&self.site).as_ref().map(read)
    }

    /// Reads something off the site, if it is there. Where the disk has failed, it may rest on what is lost with the power:
    /// [`Self::has_disk_failed`] tells.
    pub(crate) fn read_site<T>(&self, read: impl FnOnce(&Site) -> T) -> Option<T> {
        let guard = lock(&self.site);
        let read = read(guard.as_ref()?);
        drop(guard);
        let _failed = self.rest_on_disk();
        Some(read)
    }

    /// Returns true once the disk has not confirmed a write of the node's.
    pub(crate) fn has_disk_failed(&self) -> bool {
        self.syncing.get().is_some_and(|syncing| syncing.has_failed())
    }

    /// Returns once what is held is on the disk. Without the lock.
    ///
    /// # Errors
    /// [`StoreError`]: the disk did not confirm it. What is to be written is refused from then on.
    fn rest_on_disk(&self) -> Result<(), StoreError> {
        let Some(syncing) = self.syncing.get() else { return Ok(()) };
        syncing.reach(syncing.written()).inspect_err(|_| self.doubt())
    }

    /// Lets the node write nothing more before it is started again, and say so on its pages.
    fn doubt(&self) {
        if let Some(node) = lock(&self.site).as_ref().and_then(Site::only_node)
            && !node.store().is_unsure()
        {
            let _told = node.doubt();
        }
    }

    /// Tells when the number of records held changes.
    pub(crate) fn watch_counts(&self) -> watch::Receiver<BTreeMap<PartyId, u64>> {
        self.counts.subscribe()
    }

    /// Lets the server end in order.
    pub(crate) fn stop(&self) {
        self.stopping.send_replace(true);
    }

    /// Tells when the server is to end.
    pub(crate) fn watch_stopping(&self) -> watch::Receiver<bool> {
        self.stopping.subscribe()
    }

    /// Puts up a site: from now on it is shown.
    pub fn put(&self, mut site: Site) {
        if let Some(syncing) = site.syncing() {
            // One store is put up; an exercise, which may be put up anew, has none.
            self.syncing.set(syncing).unwrap_or_default();
        }
        for (token, visit) in site.take_links() {
            lock(&self.sessions).add_link(token, visit);
        }
        self.publish(&site);
        *lock(&self.site) = Some(site);
    }

    /// Takes the site down, for whoever works on it alone; what goes on is told instead.
    pub fn take(&self, loading: Loading) -> Option<Site> {
        *lock(&self.loading) = loading;
        lock(&self.site).take()
    }

    /// Says how far loading is.
    pub fn set_loading(&self, loading: Loading) {
        *lock(&self.loading) = loading;
    }

    /// Does something with the site, if it is there; then tells those who listen how many records there are.
    pub fn with_site<T>(&self, act: impl FnOnce(&mut Site) -> T) -> Option<T> {
        let mut guard = lock(&self.site);
        let site = guard.as_mut()?;
        let done = act(site);
        self.publish(site);
        drop(guard);
        let _failed = self.rest_on_disk();
        Some(done)
    }

    /// Does something with the site as [`Self::with_site`]; what it returns may leave the node, for all that it rests on is on the disk. The
    /// disk is waited for without the lock, so that what others do meanwhile goes onto it with the same sync.
    ///
    /// # Errors
    /// [`StoreError`]: the disk did not confirm it. What was done is not to leave; nothing more is written before the node is started again.
    pub(crate) fn with_site_on_disk<T>(
        &self,
        act: impl FnOnce(&mut Site) -> T,
    ) -> Option<Result<T, StoreError>> {
        let mut guard = lock(&self.site);
        let site = guard.as_mut()?;
        let (done, pending) = site.together(act);
        self.publish(site);
        drop(guard);
        Some(self.rest_on_disk_of(pending).map(|()| done))
    }

    /// Returns once what was written is on the disk. Without the lock.
    ///
    /// # Errors
    /// As [`Self::with_site_on_disk`].
    fn rest_on_disk_of(&self, pending: Option<Pending>) -> Result<(), StoreError> {
        pending.map_or(Ok(()), Pending::reach).inspect_err(|_| self.doubt())
    }

    fn publish(&self, site: &Site) {
        let counts = site.record_counts();
        self.counts.send_if_modified(|known| {
            let is_new = *known != counts;
            *known = counts;
            is_new
        });
    }

    fn next_id(&self) -> RequestId {
        RequestId(format!("r-{:06x}", self.requests.fetch_add(1, Ordering::Relaxed)))
    }

    /// Returns whose seat a request has: in an exercise the one taken, else the first; in earnest the session's.
    fn visit(&self, site: &Site, asked: &Asked) -> Option<Visit> {
        if site.game().is_some() {
            let taken = asked
                .cookie(SEAT_COOKIE)
                .and_then(Visit::parse)
                .filter(|visit| site.has_seat(visit));
            return taken.or_else(|| site.first_seat());
        }
        lock(&self.sessions).visit(asked.cookie(SESSION_COOKIE)?, site.now())
    }

    /// Returns the failure to be told while there is no site.
    fn not_ready(&self) -> Failure {
        let loading = lock(&self.loading).clone();
        match loading.fault {
            Some(why) => Failure::Failed {
                status: StatusCode::INTERNAL_SERVER_ERROR,
                what: format!("The exercise cannot be shown: {why}"),
                not_lost: None,
            },
            None => Failure::Loading { what: loading.what, done: loading.done, of: loading.of },
        }
    }

    /// Returns the surroundings of a page without a site or a seat.
    fn bare_frame(&self, asked: &Asked) -> Frame {
        Frame {
            drill: lock(&self.loading).title.clone(),
            path: asked.path.clone(),
            query: asked.carried_query(),
            theme: asked.theme(),
            ..Frame::default()
        }
    }

    fn bare(&self, failure: Failure, asked: &Asked) -> Reply {
        bare_failure(failure, "", &self.bare_frame(asked), &asked.id)
    }

    /// Answers for a page.
    fn page(&self, asked: &Asked) -> Reply {
        let guard = lock(&self.site);
        let Some(site) = guard.as_ref() else { return self.bare(self.not_ready(), asked) };
        let Some(visit) = self.visit(site, asked) else { return see_other("/sign-in") };
        let shown = desk::page(site, &visit, asked)
            .unwrap_or_else(|failure| in_place(site, &visit, asked, failure));
        self.note_opened(site, &visit, asked, &shown);
        shown
    }
}

/// Shows a failure in the surroundings of a seat.
fn in_place(site: &Site, visit: &Visit, asked: &Asked, failure: Failure) -> Reply {
    match site.sight(visit) {
        Some(sight) => failure.page(&shell(&sight, &desk::frame(site, asked)), &asked.id),
        None => bare_failure(failure, "", &desk::frame(site, asked), &asked.id),
    }
}

/// Locks, also after a thread that held the lock has failed: what it guards is whole, for the fold changes only at its end.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns the routes.
pub fn router(server: Arc<Server>) -> Router {
    Router::new()
        .route("/act", post(posts::act))
        .route("/drafts", get(page).post(drafts::step))
        .route("/seat", post(posts::seat))
        .route("/exercise", get(page).post(posts::exercise))
        .route("/sign-in", get(posts::sign_in_page).post(posts::sign_in))
        .route("/sign-out", post(posts::sign_out))
        .route("/stream", get(events::events))
        .route("/reached", get(reached::link_page).post(reached::acknowledge))
        .route("/api/v1/{*path}", any(json::answer))
        .fallback(page)
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&server), on_disk))
        // These tell of no record, and are answered while a disk makes everybody wait.
        .route("/health", get(health::alive))
        .route("/healthz", get(health::alive))
        .route("/ready", get(health::ready))
        .route("/readyz", get(health::ready))
        .route("/assets/{file}", get(asset))
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&server), guard::guard))
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&server), metrics::count))
        .layer(DefaultBodyLimit::max(BODY_LEN_MAX))
        .with_state(server)
}

/// Lets no answer leave before what it may tell of is on the disk.
///
/// Where the disk has failed, what was read last may be lost with the power. A page says so, and is shown: whoever reads it can tell what to make
/// of it. A program cannot, and is refused.
async fn on_disk(State(server): State<Arc<Server>>, request: Request, next: Next) -> Reply {
    let is_read = [Method::GET, Method::HEAD].contains(request.method());
    let path = request.uri().path().to_owned();
    let is_of_program = path.starts_with("/api/");
    let id = request.extensions().get::<RequestId>().map_or_else(String::new, |id| id.0.clone());
    let had_failed = server.has_disk_failed();
    let reply = next.run(request).await;
    if server.syncing.get().is_none_or(|syncing| syncing.is_on_disk()) {
        return reply;
    }
    match blocking(move || server.rest_on_disk()).await {
        Some(Ok(())) => reply,
        Some(Err(error)) if is_of_program => problem(&Problem::from(NodeError::from(error))),
        // Made before anybody knew, it says nothing of it. Who acts was told.
        Some(Err(error)) if is_read && !had_failed => {
            let failure = Failure::of_doubt(&Problem::from(NodeError::from(error)));
            bare_failure(failure, "", &Frame { path, ..Frame::default() }, &id)
        }
        Some(Err(_)) | None => reply,
    }
}

async fn asset(uri: Uri) -> Reply {
    let Some(asset) = veche_desk::asset_at(uri.path()) else {
        return with_type(
            StatusCode::NOT_FOUND,
            "text/plain; charset=utf-8",
            Body::from("there is no such file\n"),
        );
    };
    let mut reply = with_type(StatusCode::OK, asset.content_type, Body::from(asset.bytes));
    reply
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static(ASSET_CACHE_CONTROL));
    reply
}

async fn page(
    State(server): State<Arc<Server>>,
    Extension(RequestId(id)): Extension<RequestId>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Reply {
    let asked = match Asked::read(&uri, &headers, id.clone()) {
        Ok(asked) => asked,
        Err(failure) => return server.bare(failure, &Asked { id, ..Asked::default() }),
    };
    if method != Method::GET && method != Method::HEAD {
        return server.bare(Failure::Method, &asked);
    }
    let again = asked.clone();
    let own = Arc::clone(&server);
    blocking(move || own.page(&asked)).await.unwrap_or_else(|| server.bare(broken(), &again))
}

/// Does blocking work on a thread for it; `None` if it failed in a way that nobody foresaw.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    tokio::task::spawn_blocking(work).await.ok()
}

/// Returns the failure of work that failed in a way that nobody foresaw.
pub(crate) fn broken() -> Failure {
    Failure::Failed {
        status: StatusCode::INTERNAL_SERVER_ERROR,
        what: "The node failed at this in a way that it should not.".to_owned(),
        not_lost: Some("What was recorded before is kept.".to_owned()),
    }
}
