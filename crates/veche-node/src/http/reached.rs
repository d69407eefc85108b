//! People who were reached: the link in a message, and what an officer opens at the desk.

use super::asked::Asked;
use super::posts::{Read, Sent, field, with_form};
use super::reply::{Reply, html};
use super::site::{Site, Visit};
use super::{RequestId, Server, blocking, broken, lock};
use crate::api;
use crate::pages::shell::{Frame, bare};
use crate::reach::Answer;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use std::sync::Arc;
use veche_desk::{ReachedPage, render_reached};
use veche_ledger::{Hash, UnixSeconds};

/// `GET /reached`: what a link in a message leads to. Nothing is acknowledged by looking.
pub(crate) async fn link_page(
    State(server): State<Arc<Server>>,
    Extension(RequestId(id)): Extension<RequestId>,
    uri: Uri,
    headers: HeaderMap,
) -> Reply {
    let asked = match Asked::read(&uri, &headers, id.clone()) {
        Ok(asked) => asked,
        Err(failure) => return server.bare(failure, &Asked { id, ..Asked::default() }),
    };
    let (own, again) = (Arc::clone(&server), asked.clone());
    let shown = blocking(move || {
        if let Err(failure) = asked.only(&[("token", "the secret of a link in a message")]) {
            return own.bare(failure, &asked);
        }
        let token = asked.parameter("token").unwrap_or_default();
        let answer = own.reach.get().map_or(Answer::Unknown, |reach| reach.look_at(token));
        show(&own, &asked, token, answer, None)
    });
    shown.await.unwrap_or_else(|| server.bare(broken(), &again))
}

/// `POST /reached`: the receiver of a message has seen it.
pub(crate) async fn acknowledge(
    State(server): State<Arc<Server>>,
    Extension(RequestId(id)): Extension<RequestId>,
    uri: Uri,
    headers: HeaderMap,
    sent: Read,
) -> Reply {
    with_form(server, id, (uri, headers), sent, |server, asked, sent: &Sent| {
        let token = field(sent, "token").unwrap_or_default();
        let Some(now) = lock(&server.site).as_ref().map(Site::now) else {
            return server.bare(server.not_ready(), asked);
        };
        let answer = server.reach.get().map_or(Answer::Unknown, |reach| reach.use_link(token, now));
        show(server, asked, token, answer, Some(now))
    })
    .await
}

/// `used_at`: when the link was used, if it was now.
fn show(
    server: &Server,
    asked: &Asked,
    token: &str,
    answer: Answer,
    used_at: Option<UnixSeconds>,
) -> Reply {
    let (status, page) = match (answer, used_at) {
        (Answer::Open { person }, None) => {
            (StatusCode::OK, ReachedPage::Open { token: token.to_owned(), person })
        }
        (Answer::Open { person }, Some(at)) => {
            (StatusCode::OK, ReachedPage::Done { who: person, at })
        }
        (Answer::Before(how), _) => {
            (StatusCode::OK, ReachedPage::Done { who: how.who, at: how.at })
        }
        (Answer::Unknown, _) => (StatusCode::NOT_FOUND, ReachedPage::Unknown),
    };
    let guard = lock(&server.site);
    let title = guard.as_ref().and_then(Site::charter).map(|charter| charter.title.clone());
    // The secret of a link is not carried on in any address of its page.
    let frame = Frame { query: String::new(), ..server.bare_frame(asked) };
    html(status, render_reached(&bare(&title.unwrap_or_default(), &frame), &page))
}

impl Server {
    /// Takes note of what a signed-in officer has opened: a matter that was shown needs no further call.
    pub(super) fn note_opened(&self, site: &Site, visit: &Visit, asked: &Asked, shown: &Reply) {
        let Some(reach) = self.reach.get().filter(|_| shown.status() == StatusCode::OK) else {
            return;
        };
        let Some(node) = site.node(&visit.party) else { return };
        let segments: Vec<&str> = asked.segments.iter().map(String::as_str).collect();
        let procedure = match segments.as_slice() {
            ["cases", name] => api::find(node, &visit.party, name, site.now()).ok(),
            ["records", leaf] => Hash::parse(leaf).ok(),
            _ => None,
        };
        if let Some(procedure) = procedure {
            reach.opened(&visit.party, &visit.officer, &procedure, site.now());
        }
    }
}
