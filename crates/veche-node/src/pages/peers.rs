//! The other parties' nodes: who is in reach, what each has receipted, what was not taken from whom.

use super::sight::Sight;
use crate::peer::Exchange;
use veche_desk::{Link, NotTaken, PeerRow, PeersPage};
use veche_ledger::{Origin, PartyId};

/// Returns the page. `exchange`: what the node does about its peers, where it has a network.
#[must_use]
pub fn peers(sight: &Sight<'_>, exchange: Option<&Exchange>) -> PeersPage {
    let heard = sight.council().last_heard();
    let row = |(id, peer): (&PartyId, veche_desk::Peer)| {
        let contact = sight.contacts.and_then(|contacts| contacts.get(id));
        PeerRow {
            log: log_of(sight, id),
            receipt_at: heard.get(id).copied(),
            trouble: contact.and_then(|contact| contact.trouble.clone()),
            peer,
        }
    };
    let rows = super::watch::peers_by_party(sight).into_iter().map(row).collect();
    PeersPage { rows, not_taken: not_taken(sight, exchange), forks: forks(sight) }
}

fn link(sight: &Sight<'_>, log: &Origin) -> Link {
    Link::new(&super::log::href(log), &sight.author(log.party()))
}

/// Returns the newest log of a party that is held here.
fn log_of(sight: &Sight<'_>, party: &PartyId) -> Option<Link> {
    let logs = sight.node.heads().map(|head| head.log).filter(|log| log.party() == party.as_str());
    logs.max_by_key(Origin::epoch).map(|log| link(sight, &log))
}

fn not_taken(sight: &Sight<'_>, exchange: Option<&Exchange>) -> Vec<NotTaken> {
    let troubles = exchange.map(Exchange::troubles).unwrap_or_default();
    let mut rows: Vec<NotTaken> = troubles
        .iter()
        .rev()
        .map(|(at, from, log, why)| NotTaken {
            at: Some(*at),
            from: sight.name(from.as_str()),
            log: link(sight, log),
            why: why.clone(),
        })
        .collect();
    rows.extend(sight.node.overshared().iter().map(|one| NotTaken {
        at: None,
        from: String::new(),
        log: link(sight, &one.log),
        why: format!(
            "the content of record {}: its label is not for this node; it was thrown away",
            one.index
        ),
    }));
    rows
}

fn forks(sight: &Sight<'_>) -> Vec<Link> {
    sight.node.forks().keys().map(|log| link(sight, log)).collect()
}
