//! What is counted of a node at work, in the text format of Prometheus (exposition format 0.0.4).
//!
//! It is served at an address of its own, which the operator gives: how many records each log holds is nothing for every visitor of
//! the desk, and a proxy before the desk passes nothing of it on.
//!
//! **Invariant:** no label of a metric comes from a request. A stranger who asks for a million addresses makes no million rows.

mod serve;
mod text;

pub use serve::Operations;

use crate::http::{Server, lock};
use axum::extract::{Request, State};
use axum::http::{Method, Response, StatusCode};
use axum::middleware::Next;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use veche_ledger::UnixSeconds;

/// Upper bounds of the classes of how long requests took, in milliseconds: around the goal of 10 ms a page, up to what nobody waits for.
const BOUNDS_MS: [u64; 10] = [1, 2, 5, 10, 25, 50, 100, 250, 1000, 5000];

/// The kinds of requests, by the first part of their address; the others are `other`.
const CLASSES: [(&str, &str); 10] = [
    ("", "page"),
    ("cases", "page"),
    ("records", "page"),
    ("registers", "page"),
    ("log", "page"),
    ("search", "search"),
    ("api", "api"),
    ("assets", "asset"),
    ("events", "events"),
    ("act", ACT),
];

/// The kind of requests that say something.
const ACT: &str = "act";

/// What is counted.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    requests: Mutex<BTreeMap<(&'static str, u16), u64>>,
    durations: Mutex<BTreeMap<&'static str, Durations>>,
    has_write_failed: AtomicBool,
    snapshot_at: AtomicU64,
    snapshot_failures: AtomicU64,
}

/// How long requests of one kind took.
#[derive(Debug, Clone, Copy, Default)]
struct Durations {
    /// Requests up to each bound, and those beyond the last.
    counts: [u64; BOUNDS_MS.len() + 1],
    sum: Duration,
}

impl Metrics {
    fn add(&self, class: &'static str, status: StatusCode, took: Duration) {
        *lock(&self.requests).entry((class, status.as_u16())).or_default() += 1;
        let mut durations = lock(&self.durations);
        let row = durations.entry(class).or_default();
        let ms = took.as_millis();
        let at = BOUNDS_MS.iter().position(|bound| ms <= u128::from(*bound));
        row.counts[at.unwrap_or(BOUNDS_MS.len())] += 1;
        row.sum += took;
        if class == ACT {
            let was_full = status == StatusCode::INSUFFICIENT_STORAGE;
            if was_full || status == StatusCode::SEE_OTHER {
                self.has_write_failed.store(was_full, Ordering::Relaxed);
            }
        }
    }

    /// Returns true if what was said last could not be written.
    pub(crate) fn has_write_failed(&self) -> bool {
        self.has_write_failed.load(Ordering::Relaxed)
    }

    /// Takes note of a snapshot that was saved, or could not be.
    pub(crate) fn snapshot(&self, is_saved: bool, now: UnixSeconds) {
        if is_saved {
            self.snapshot_at.store(now.0, Ordering::Relaxed);
        } else {
            self.snapshot_failures.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Returns the kind of a request.
fn class_of(path: &str) -> &'static str {
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    CLASSES.iter().find(|(name, _)| *name == first).map_or("other", |(_, class)| class)
}

/// Counts a request with its answer, and how long it took until the answer began.
pub(crate) async fn count(
    State(server): State<Arc<Server>>,
    request: Request,
    next: Next,
) -> Response<axum::body::Body> {
    let begun = Instant::now();
    let is_act = request.method() == Method::POST;
    let class = class_of(request.uri().path());
    let reply = next.run(request).await;
    let class = if class == ACT && !is_act { "other" } else { class };
    server.metrics().add(class, reply.status(), begun.elapsed());
    reply
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_makes_no_row_of_its_own() {
        assert_eq!(class_of("/"), "page");
        assert_eq!(class_of("/cases/C-1"), "page");
        assert_eq!(class_of("/api/v1/status"), "api");
        for strange in ["/wp-login.php", "/casesx", "//", "/%00"] {
            assert!(["other", "page"].contains(&class_of(strange)), "{strange}");
        }
    }

    #[test]
    fn a_record_that_was_not_written_is_remembered_until_one_was() {
        let metrics = Metrics::default();
        metrics.add(ACT, StatusCode::INSUFFICIENT_STORAGE, Duration::ZERO);
        metrics.add("page", StatusCode::SEE_OTHER, Duration::ZERO);
        metrics.add(ACT, StatusCode::UNPROCESSABLE_ENTITY, Duration::ZERO);
        assert!(metrics.has_write_failed());
        metrics.add(ACT, StatusCode::SEE_OTHER, Duration::ZERO);
        assert!(!metrics.has_write_failed());
    }
}
