//! A webhook: the message as JSON, by POST. A program that takes it answers with a status of 200 to 299.

use super::{CA_LEN_MAX, read, secret};
use crate::causes::chain;
use crate::one_address::{self, system_roots};
use crate::reach::message::Message;
use crate::reach::plan::Outcome;
use crate::reach::roster::Webhook;
use axum::http::header::AUTHORIZATION;
use std::time::Duration;
use ureq::tls::{PemItem, parse_pem};
use ureq::{Agent, Error};

/// Most of an answer's body that is read, in bytes: it is kept for whoever looks for a fault.
const BODY_LEN_MAX: u64 = 2 * 1024;

/// Sends a message.
pub(super) fn send(webhook: &Webhook, timeout: Duration, message: &Message) -> Outcome {
    match request(webhook, timeout, message) {
        // A file that is not there may be put there.
        Err(said) => Outcome::Later(said),
        Ok(Ok((status, said))) => match status {
            200..=299 => Outcome::Delivered(said),
            // Too slow, too early, too many: the server asks for another time. The others mean that the request is wrong.
            408 | 425 | 429 => Outcome::Later(said),
            300..=499 => Outcome::Failed(said),
            _ => Outcome::Later(said),
        },
        Ok(Err(error @ (Error::BadUri(_) | Error::Http(_)))) => Outcome::Failed(chain(&error)),
        Ok(Err(error)) => Outcome::Later(chain(&error)),
    }
}

/// Asks for the options of the address: what answers at all, is there.
pub(super) fn probe(webhook: &Webhook, timeout: Duration) -> Result<String, String> {
    let answer = agent(webhook, timeout)?.options(&webhook.url).call();
    let answer = answer.map_err(|error| chain(&error))?;
    Ok(format!("it answers with status {}", answer.status().as_u16()))
}

/// Posts; the inner error is the network's.
fn request(
    webhook: &Webhook,
    timeout: Duration,
    message: &Message,
) -> Result<Result<(u16, String), Error>, String> {
    let mut request = agent(webhook, timeout)?
        .post(&webhook.url)
        .header("content-type", "application/json")
        .header("idempotency-key", &message.key);
    if let Some(file) = &webhook.token_file {
        request = request.header(AUTHORIZATION, &format!("Bearer {}", secret(file)?));
    }
    let answer = match request.send(message.json.to_string()) {
        Ok(answer) => answer,
        Err(error) => return Ok(Err(error)),
    };
    let status = answer.status().as_u16();
    // What cannot be read of a body changes nothing: the status has said what became of the message.
    let mut body = Vec::new();
    let mut reader = std::io::Read::take(answer.into_body().into_reader(), BODY_LEN_MAX);
    std::io::Read::read_to_end(&mut reader, &mut body).unwrap_or_default();
    Ok(Ok((status, format!("{status} {}", String::from_utf8_lossy(&body)))))
}

fn agent(webhook: &Webhook, timeout: Duration) -> Result<Agent, String> {
    let roots = match &webhook.ca_file {
        Some(file) => {
            let pem = read(file, CA_LEN_MAX)?;
            let items = parse_pem(pem.as_bytes()).filter_map(|item| {
                let Ok(PemItem::Certificate(certificate)) = item else { return None };
                Some(certificate)
            });
            items.collect::<Vec<_>>()
        }
        None => system_roots(),
    };
    Ok(one_address::agent(&roots, timeout))
}
