//! What holds for every request: who may send a form, under which name the server answers, and the headers of every answer.

use super::Server;
use super::reply::{Failure, bare_failure, problem};
use crate::pages::shell::Frame;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header};
use axum::middleware::Next;
use std::sync::Arc;
use veche_desk::CONTENT_SECURITY_POLICY;

/// The name of a request's id in answers.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Headers that every answer carries.
const HEADERS: [(HeaderName, &str); 5] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

/// Lets a request through or answers it, and adds what every answer carries.
pub(crate) async fn guard(
    State(server): State<Arc<Server>>,
    mut request: Request,
    next: Next,
) -> Response<axum::body::Body> {
    let id = server.next_id();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let stopped = check(&server, &method, request.headers());
    request.extensions_mut().insert(id.clone());
    let mut reply = match stopped {
        None => next.run(request).await,
        Some(failure) if path.starts_with("/api/") => problem(&failure.problem()),
        Some(failure) => {
            bare_failure(failure, "", &Frame { path: path.clone(), ..Frame::default() }, &id.0)
        }
    };
    let headers = reply.headers_mut();
    for (name, value) in HEADERS {
        // A page for print brings a stricter policy of its own.
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-cache"));
    if let Ok(value) = HeaderValue::from_str(&id.0) {
        headers.insert(REQUEST_ID, value);
    }
    // Loading answers 503 on purpose and is no fault of the node.
    if reply.status().is_server_error() && reply.status() != StatusCode::SERVICE_UNAVAILABLE {
        tracing::error!(request = id.0, %method, path, status = reply.status().as_u16(), "a request failed");
    }
    reply
}

fn check(server: &Server, method: &Method, headers: &HeaderMap) -> Option<Failure> {
    if server.is_loopback && !is_own_host(headers) {
        let what = "This server answers under the names of its own machine only: 127.0.0.1, localhost or [::1].";
        return Some(Failure::Bad(what.to_owned()));
    }
    let is_reading = [Method::GET, Method::HEAD, Method::OPTIONS].contains(method);
    if is_reading || is_same_origin(headers) {
        return None;
    }
    Some(Failure::NotAllowed {
        asked: "a form that another site sent".to_owned(),
        who_may: Vec::new(),
    })
}

/// Returns true if the name that was asked for is this machine's own: a strange name that leads here is how a site on the web
/// reaches a server that listens to nobody else.
fn is_own_host(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    ["127.0.0.1", "localhost", "::1"].contains(&name)
}

/// Returns true if a form was sent by a page of this server, or by no browser at all: browsers say where a form comes from.
fn is_same_origin(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    if let Some(site) = text("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    let Some(origin) = text("origin") else { return true };
    let host = text("host").unwrap_or_default();
    let own = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    !host.is_empty() && own == Some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn a_form_counts_only_from_this_servers_own_pages() {
        let host = ("host", "127.0.0.1:8080");
        assert!(is_same_origin(&headers(&[host, ("origin", "http://127.0.0.1:8080")])));
        assert!(is_same_origin(&headers(&[host, ("sec-fetch-site", "same-origin")])));
        assert!(is_same_origin(&headers(&[host])));
        for wrong in ["http://127.0.0.1:9090", "http://evil.example", "null", "127.0.0.1:8080"] {
            assert!(!is_same_origin(&headers(&[host, ("origin", wrong)])), "{wrong}");
        }
        assert!(!is_same_origin(&headers(&[
            host,
            ("sec-fetch-site", "cross-site"),
            ("origin", "http://127.0.0.1:8080")
        ])));
        assert!(!is_same_origin(&headers(&[("origin", "http://")])));
    }

    #[test]
    fn a_strange_name_that_leads_here_is_not_answered() {
        for own in ["127.0.0.1:8080", "localhost", "[::1]:8080"] {
            assert!(is_own_host(&headers(&[("host", own)])), "{own}");
        }
        for strange in ["evil.example:8080", "127.0.0.1.evil.example", ""] {
            assert!(!is_own_host(&headers(&[("host", strange)])), "{strange}");
        }
    }
}
