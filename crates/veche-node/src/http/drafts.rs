//! Forms of what a delegation keeps to itself.

use super::RequestId;
use super::Server;
use super::asked::Asked;
use super::posts::{Read, Sent, at_seat, back, field, with_form};
use super::reply::{Failure, Reply};
use super::site::{Site, Visit};
use crate::delegation::{Change, Content, DraftError, DraftFault};
use crate::node::{Node, Statement};
use crate::pages::drafts::PATH;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use std::sync::Arc;
use veche_ledger::{Hash, UnixSeconds, parse_human};

/// `POST /drafts`: a step of a draft, or an instruction.
pub(crate) async fn step(
    State(server): State<Arc<Server>>,
    Extension(RequestId(id)): Extension<RequestId>,
    uri: Uri,
    headers: HeaderMap,
    sent: Read,
) -> Reply {
    with_form(server, id, (uri, headers), sent, |server: &Server, asked: &Asked, sent| {
        at_seat(server, asked, |site, visit| take(site, visit, sent).map(|()| back(sent)))
    })
    .await
}

/// Keeps what a form of an act says as a draft. Returns the address to go to.
pub(crate) fn keep(
    site: &mut Site,
    visit: &Visit,
    statement: Statement,
) -> Result<String, Failure> {
    let (node, now) = own(site, visit)?;
    let label = statement.label.unwrap_or_else(|| node.default_label(&statement.kind));
    let content = Content {
        kind: statement.kind,
        about: statement.about,
        label,
        drill: statement.drill,
        terms: statement.terms,
    };
    node.write_draft(&visit.officer, &content, "", now).map_err(failure)?;
    Ok(PATH.to_owned())
}

/// Returns the node of a seat of its own party, in earnest; there are no drafts elsewhere.
fn own<'a>(site: &'a mut Site, visit: &Visit) -> Result<(&'a mut Node, UnixSeconds), Failure> {
    let now = site.now();
    let node = site.own_node(&visit.party).ok_or_else(|| Failure::not_found("delegation here"))?;
    Ok((node, now))
}

fn failure(error: DraftError) -> Failure {
    let status = match &error.what {
        DraftFault::NotYours { .. } | DraftFault::OwnWork(_) => StatusCode::FORBIDDEN,
        DraftFault::Unknown => return Failure::not_found(&error.to_string()),
        DraftFault::Stale { .. }
        | DraftFault::NotApproved(_)
        | DraftFault::Over(_)
        | DraftFault::NumberTaken(_) => StatusCode::CONFLICT,
        DraftFault::Store(_) | DraftFault::Damaged(_) | DraftFault::Roles(_) => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        DraftFault::Node(_)
        | DraftFault::TooLong { .. }
        | DraftFault::Empty(_)
        | DraftFault::Control { .. }
        | DraftFault::Terms(_)
        | DraftFault::NoAct(_)
        | DraftFault::TooMany(..)
        | DraftFault::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    Failure::Failed {
        status,
        what: format!("Not done: {error}."),
        not_lost: Some("Nothing was signed, and what was drafted is as it was.".to_owned()),
    }
}

fn hash(sent: &Sent, name: &str) -> Result<Hash, Failure> {
    let text = field(sent, name).unwrap_or_default();
    Hash::parse(text)
        .map_err(|_| Failure::Bad(format!("The form's `{name}` is no hash of 64 digits.")))
}

/// Returns a text as typed, with plain line ends.
fn typed(sent: &Sent, name: &str) -> Option<String> {
    field(sent, name).map(|text| text.replace("\r\n", "\n"))
}

fn take(site: &mut Site, visit: &Visit, sent: &Sent) -> Result<(), Failure> {
    let (node, now) = own(site, visit)?;
    let officer = visit.officer.as_str();
    let verb = field(sent, "do").unwrap_or_default();
    if verb == "instruct" {
        let about = hash(sent, "about")?;
        let text = typed(sent, "text").unwrap_or_default();
        return node.instruct(officer, &about, &text, now).map(drop).map_err(failure);
    }
    let no_number = || Failure::Bad("The form names no draft.".to_owned());
    let id = field(sent, "draft").and_then(|id| id.parse().ok()).ok_or_else(no_number)?;
    let read = hash(sent, "content")?;
    match verb {
        "approve" => node.approve_draft(id, officer, &read, now).map(drop).map_err(failure),
        "sign" => {
            let officers = [officer.to_owned()];
            node.sign_draft(id, &officers, Some(&read), now).map(drop).map_err(failure)
        }
        "change" => {
            let terms = field(sent, "terms").map(parse_human).transpose();
            let terms = terms.map_err(|error| failure(DraftFault::Terms(error).of(id)))?;
            let change = Change { read: Some(read), terms, notes: typed(sent, "notes") };
            node.change_draft(id, officer, change, now).map(drop).map_err(failure)
        }
        "drop" => {
            let reason = typed(sent, "reason").unwrap_or_default();
            node.drop_draft(id, officer, &reason, now).map_err(failure)
        }
        other => Err(Failure::Bad(format!(
            "A draft cannot be `{other}`: approve, sign, change or drop it, or instruct."
        ))),
    }
}
