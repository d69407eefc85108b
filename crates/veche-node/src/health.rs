//! Whether the node lives, and whether it can do its work: for whoever restarts it, and for whoever sends requests to it.
//!
//! A node on a full disk lives and reads. It is not ready: what is said to it would be refused, and readiness says why. Neither is one that has just started and asks its peers before it signs.

use crate::http::Server;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, Response, StatusCode, header};
use std::path::Path;
use std::sync::Arc;

/// Less room than this on the store's disk, in bytes, is told before it is all used up: some hours of records at ten a second.
pub const DISK_FREE_MIN: u64 = 128 * 1024 * 1024;

/// `GET /healthz`: the program answers.
pub(crate) async fn alive() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: 200 if the node can do its work; else 503, and why, a line for each reason.
pub(crate) async fn ready(State(server): State<Arc<Server>>) -> Response<Body> {
    let found = tokio::task::spawn_blocking(move || reasons(&server)).await;
    let reasons = found.unwrap_or_else(|_| vec!["the node failed at looking".to_owned()]);
    let (status, said) = if reasons.is_empty() {
        (StatusCode::OK, "ready\n".to_owned())
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, reasons.join("\n") + "\n")
    };
    let mut reply = Response::new(Body::from(said));
    *reply.status_mut() = status;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    reply.headers_mut().insert(header::CONTENT_TYPE, plain);
    reply
}

/// Returns why the node cannot do its work; none: it can. Whoever asks need not be signed in, so that no reason tells anything of
/// what is held.
pub(crate) fn reasons(server: &Server) -> Vec<String> {
    // Answered while a disk makes everybody wait.
    let found = server.glance(|site| {
        let Some(node) = site.only_node() else { return Vec::new() };
        let mut reasons = Vec::new();
        if node.stands_by() {
            reasons.push("it stands by: another machine of this member writes".to_owned());
        }
        reasons.extend(node.is_silent_because());
        if node.council().outdated().is_some() {
            reasons.push("the charter in force is for a newer program".to_owned());
        }
        if let Some(free) = disk_free(node.store().path()).filter(|free| *free < DISK_FREE_MIN) {
            reasons.push(format!("the disk has {} MiB left", free / (1024 * 1024)));
        }
        reasons
    });
    let Some(mut reasons) = found else {
        return vec![
            server.loading().fault.map_or("loading", |_| "it could not be loaded").to_owned(),
        ];
    };
    if server.has_disk_failed() {
        reasons.push(
            "the disk did not confirm a write, and nothing more is written: see to the disk, then start the node again"
                .to_owned(),
        );
    }
    if server.metrics().has_write_failed() {
        reasons.push(
            "the last record could not be written: the disk is full, or lets nothing be written"
                .to_owned(),
        );
    }
    if server.reach().is_some_and(|reach| reach.fault().is_some()) {
        reasons.push("what was told to whom cannot be kept".to_owned());
    }
    reasons
}

/// Returns how many bytes the disk of a file has left for this program; `None` if the system does not say, or the file is none.
#[must_use]
pub fn disk_free(path: &Path) -> Option<u64> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if !path.exists() {
        return None;
    }
    room(folder.unwrap_or(Path::new(".")))
}

#[cfg(unix)]
fn room(folder: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(folder).ok()?;
    Some(found.f_bavail.saturating_mul(found.f_frsize))
}

#[cfg(not(unix))]
const fn room(_: &Path) -> Option<u64> {
    None
}
