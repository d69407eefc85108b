//! `/api/v1`: the node's answers as JSON, problems as RFC 9457.

use super::asked::Asked;
use super::reply::{Failure, Reply, problem, with_type};
use super::{RequestId, Server, blocking, broken, lock};
use crate::api::{self, Problem, Query};
use axum::body::Body;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use std::sync::Arc;

/// Where the API begins.
const ROOT: &str = "/api/v1/";

/// Where its description is.
const DOCUMENT: &str = "/api/v1/openapi.json";

/// Answers a question.
pub(crate) async fn answer(
    State(server): State<Arc<Server>>,
    Extension(RequestId(id)): Extension<RequestId>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Reply {
    if method != Method::GET && method != Method::HEAD {
        return problem(&Failure::Method.problem());
    }
    let asked = match Asked::read(&uri, &headers, id) {
        Ok(asked) => asked,
        Err(failure) => return problem(&failure.problem()),
    };
    let answered = blocking(move || get(&server, &asked)).await;
    answered.unwrap_or_else(|| problem(&broken().problem()))
}

fn get(server: &Server, asked: &Asked) -> Reply {
    match found(server, asked) {
        Ok(json) => {
            let body = serde_json::to_vec(&json).unwrap_or_default();
            with_type(StatusCode::OK, "application/json", Body::from(body))
        }
        Err(why) => problem(&why),
    }
}

fn found(server: &Server, asked: &Asked) -> Result<serde_json::Value, Problem> {
    // What may be asked is no secret: a program reads it before it signs in, and while the node starts.
    if asked.path == DOCUMENT && asked.query.is_empty() {
        return Ok(api::document());
    }
    let guard = lock(&server.site);
    let Some(site) = guard.as_ref() else { return Err(server.not_ready().problem()) };
    let Some(visit) = server.visit(site, asked) else {
        let mut why = Problem::new(
            401,
            "not signed in",
            "a session is needed: sign in with a one-time link".to_owned(),
        );
        why.hint = Some("the cookie `session` of a browser that signed in".to_owned());
        return Err(why);
    };
    // A node answers with all that it holds, which is what its own party may read; a party whose log it keeps may read less.
    if site.node(&visit.party).is_none_or(|node| *node.party() != visit.party) {
        let detail = format!(
            "`{}` runs no node of its own, and the node that keeps its log answers for another party",
            visit.party
        );
        return Err(Problem::new(403, "not allowed", detail));
    }
    let mut query = Query::new();
    for (name, value) in &asked.query {
        if query.insert(name.clone(), value.clone()).is_some() {
            return Err(Problem::new(
                400,
                "bad parameter",
                format!("parameter `{name}` comes twice"),
            ));
        }
    }
    let path = asked.segments.get(2..).unwrap_or_default().join("/");
    let is_plain =
        asked.path.starts_with(ROOT) && asked.segments.iter().all(|segment| !segment.contains('/'));
    if !is_plain {
        return Err(Problem::new(
            404,
            "not found",
            format!("there is no page `{}` here", asked.path),
        ));
    }
    site.ask_api(&visit.party, &path, &query)
}
