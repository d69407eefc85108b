//! What is known of the peers, as the API says it.

use super::exchange::Exchange;
use crate::node::Node;
use serde_json::{Value as Json, json};
use veche_ledger::Checkpoint;

/// Returns each peer with what it is known to hold, what it lacks, when it was heard; and what was not taken from whom.
pub(crate) fn report(exchange: &Exchange, node: &Node) -> Json {
    let held = node.signed_heads();
    let peer = |(party, contact): (&veche_ledger::PartyId, &super::Contact)| {
        let trouble = contact.trouble.as_ref();
        json!({
            "party": party.to_string(),
            "in_reach": contact.is_up,
            "heard_at": contact.heard_at.map(|at| at.to_string()),
            "lacks": contact.lacks(&held),
            "trouble": trouble.map(|(at, why)| json!({"at": at.to_string(), "why": why})),
        })
    };
    let trouble = |(at, party, log, why): &super::exchange::Trouble| json!({"at": at.to_string(), "party": party.to_string(), "log": log.to_string(), "why": why});
    let overshared = |one: &crate::node::Overshared| json!({"log": one.log.to_string(), "index": one.index, "label": one.label.to_string()});
    json!({
        "peers": exchange.contacts().iter().map(peer).collect::<Vec<_>>(),
        "not_taken": exchange.troubles().iter().map(trouble).collect::<Vec<_>>(),
        "overshared": node.overshared().iter().map(overshared).collect::<Vec<_>>(),
        "cosignatures": held.iter().map(|head| cosigned(node, head)).collect::<Vec<_>>(),
    })
}

fn cosigned(node: &Node, head: &Checkpoint) -> Json {
    let by: Vec<String> = node.cosignatures(&head.origin).keys().map(ToString::to_string).collect();
    json!({"log": head.origin.to_string(), "size": head.size, "by": by})
}
