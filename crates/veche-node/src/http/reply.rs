//! What the server answers: pages, files, redirections, and what went wrong in plain words.

use crate::api::Problem;
use crate::pages::shell::{Frame, bare};
use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use veche_desk::{Link, MessagePage, RefusedPage, Shell, render_message, render_refused};

/// An answer.
pub(crate) type Reply = Response<Body>;

/// Why a page or an act was not given. Each becomes a page in plain words.
#[derive(Debug)]
pub(crate) enum Failure {
    /// 404: nothing is there, or nothing that the seat may see.
    NotFound {
        /// In words: `case P-9`.
        asked: String,
        /// What may be meant.
        near: Vec<Link>,
    },
    /// 400: a parameter that the page does not know.
    Unknown {
        /// The parameter.
        name: String,
        /// Those that it knows, and what they do.
        known: Vec<(&'static str, &'static str)>,
    },
    /// 400: something that cannot be read.
    Bad(String),
    /// 403: another seat, or a sign-in.
    NotAllowed {
        /// What was asked for.
        asked: String,
        /// Who may.
        who_may: Vec<String>,
    },
    /// 405: the address does not take that method.
    Method,
    /// 413: more than a form can hold.
    TooLarge(String),
    /// 422: the charter refused it.
    Refused(Box<RefusedPage>),
    /// 409, 500, 503: the node could not do it.
    Failed {
        /// The status.
        status: StatusCode,
        /// In a plain sentence.
        what: String,
        /// What was not lost.
        not_lost: Option<String>,
    },
    /// 503: still loading.
    Loading {
        /// What is going on.
        what: String,
        /// How much is done.
        done: u64,
        /// Of how much.
        of: u64,
    },
}

impl Failure {
    /// Makes a 404.
    pub(crate) fn not_found(asked: &str) -> Self {
        Self::NotFound { asked: asked.to_owned(), near: Vec::new() }
    }

    /// Makes the failure of a disk that did not confirm what was written: it may be there, and it may not.
    pub(crate) fn of_doubt(problem: &Problem) -> Self {
        Self::Failed {
            status: StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            what: format!("The disk did not confirm what was written last: {}.", problem.detail),
            not_lost: Some(
                "What was acknowledged before is safe. Whether the last stands is seen when the node was started again: look before you say it anew."
                    .to_owned(),
            ),
        }
    }

    /// Makes the failure of something that a node did not do.
    pub(crate) fn of_problem(problem: &Problem) -> Self {
        match problem.status {
            404 => Self::not_found(&problem.detail),
            400 => Self::Bad(problem.detail.clone()),
            status => Self::Failed {
                status: StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
                what: format!("It was not done: {}.", problem.detail),
                not_lost: Some(
                    "Nothing was signed and nothing that is recorded was lost.".to_owned(),
                ),
            },
        }
    }

    /// Returns its status.
    pub(crate) const fn status(&self) -> StatusCode {
        match self {
            Self::NotFound { .. } => StatusCode::NOT_FOUND,
            Self::Unknown { .. } | Self::Bad(_) => StatusCode::BAD_REQUEST,
            Self::NotAllowed { .. } => StatusCode::FORBIDDEN,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Failed { status, .. } => *status,
            Self::Loading { .. } => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// Returns the page that says it.
    pub(crate) fn page(self, shell: &Shell, request_id: &str) -> Reply {
        let status = self.status();
        let is_loading = matches!(self, Self::Loading { .. });
        let body = if let Self::Refused(page) = &self {
            render_refused(shell, page)
        } else {
            render_message(shell, &self.message(request_id))
        };
        let mut reply = html(status, body);
        if is_loading {
            // A page without scripts asks again by itself.
            reply.headers_mut().insert(header::REFRESH, HeaderValue::from_static(REFRESH_SECONDS));
            reply
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from_static(REFRESH_SECONDS));
        }
        reply
    }

    fn message(self, request_id: &str) -> MessagePage {
        match self {
            Self::NotFound { asked, near } => MessagePage::NotFound { asked, near },
            Self::Unknown { name, known } => {
                let near = known
                    .iter()
                    .map(|(key, _)| *key)
                    .find(|key| is_near(key, &name))
                    .map(str::to_owned);
                let known = known
                    .iter()
                    .map(|(key, what)| ((*key).to_owned(), (*what).to_owned()))
                    .collect();
                MessagePage::UnknownParameter { name, known, near }
            }
            Self::Bad(what) | Self::TooLarge(what) => MessagePage::BadRequest { what },
            Self::Method => MessagePage::BadRequest {
                what: "This address does not take that method.".to_owned(),
            },
            Self::NotAllowed { asked, who_may } => MessagePage::NotAllowed { asked, who_may },
            Self::Refused(page) => MessagePage::BadRequest { what: page.refusal.tried },
            Self::Failed { what, not_lost, .. } => {
                MessagePage::Failed { what, not_lost, request_id: request_id.to_owned() }
            }
            Self::Loading { what, done, of } => MessagePage::Loading { what, done, of },
        }
    }

    /// Returns the same as a problem of the API.
    pub(crate) fn problem(&self) -> Problem {
        let status = self.status().as_u16();
        match self {
            Self::NotFound { asked, .. } => {
                Problem::new(status, "not found", format!("there is no {asked} here"))
            }
            Self::Unknown { name, .. } => Problem::new(
                status,
                "unknown parameter",
                format!("parameter `{name}` is not known here"),
            ),
            Self::Bad(what) | Self::TooLarge(what) => {
                Problem::new(status, "not of the form", what.clone())
            }
            Self::Method => {
                Problem::new(status, "method", "this address does not take that method".to_owned())
            }
            Self::NotAllowed { asked, .. } => Problem::new(status, "not allowed", asked.clone()),
            Self::Refused(page) => {
                let because = page.refusal.because.clone().unwrap_or_default();
                let mut problem = Problem::new(status, "refused by the charter", because);
                problem.article = Some(page.refusal.article.number.clone());
                problem.quote = Some(page.refusal.article.text.clone());
                problem
            }
            Self::Failed { what, .. } => Problem::new(status, "not done", what.clone()),
            Self::Loading { what, .. } => Problem::new(status, "loading", what.clone()),
        }
    }
}

/// After how many seconds a page that waits asks again.
const REFRESH_SECONDS: &str = "1";

/// Returns true if a name is one slip away from another: a letter more, less, other or swapped.
fn is_near(known: &str, given: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (known.chars().collect(), given.chars().collect());
    let head = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let tail = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    let longest = a.len().max(b.len());
    let shortest = a.len().min(b.len());
    longest - shortest <= 1 && head + tail + 2 >= longest && head + tail > 0
}

/// Returns a page.
pub(crate) fn html(status: StatusCode, body: String) -> Reply {
    with_type(status, "text/html; charset=utf-8", Body::from(body))
}

/// Returns an answer of a media type.
pub(crate) fn with_type(status: StatusCode, media: &'static str, body: Body) -> Reply {
    let mut reply = Reply::new(body);
    *reply.status_mut() = status;
    reply.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    reply
}

/// Returns a redirection after a form: 303, so that the browser asks for the page anew.
pub(crate) fn see_other(to: &str) -> Reply {
    let mut reply = Reply::new(Body::empty());
    *reply.status_mut() = StatusCode::SEE_OTHER;
    let to = HeaderValue::from_str(to).unwrap_or(HeaderValue::from_static("/"));
    reply.headers_mut().insert(header::LOCATION, to);
    reply
}

/// Returns a problem of the API.
pub(crate) fn problem(problem: &Problem) -> Reply {
    let body = serde_json::to_vec(problem).unwrap_or_default();
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    with_type(status, "application/problem+json", Body::from(body))
}

/// Returns a failure where no seat is known yet.
pub(crate) fn bare_failure(
    failure: Failure,
    organisation: &str,
    frame: &Frame,
    request_id: &str,
) -> Reply {
    failure.page(&bare(organisation, frame), request_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slip_is_near_and_two_are_not() {
        assert!(is_near("theme", "them") && is_near("state", "sttae") && is_near("state", "stale"));
        assert!(!is_near("theme", "lang") && !is_near("wall", "q"));
    }
}
