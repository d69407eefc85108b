//! What a node answers a peer: every byte that leaves goes through here, and every byte that a peer sends unasked comes in here.

use super::exchange::Exchange;
use super::guard;
use super::message::{Asked, Reply, cosignature_lines};
use crate::node::{Node, NodeError, Offer};
use veche_ledger::sync::{Push, Resource, parse_listing};
use veche_ledger::witness::AddCheckpoint;
use veche_ledger::{Checkpoint, NoteSignature, Origin, PartyId, SignedCheckpoint, UnixSeconds};

impl Exchange {
    /// Answers a peer whose identity its certificate showed.
    pub fn receive(
        &mut self,
        node: &mut Node,
        from: &PartyId,
        asked: &Asked,
        body: &[u8],
        now: UnixSeconds,
    ) -> Reply {
        self.heard(from, now);
        match asked {
            Asked::Get(what) => give(node, from, what, now),
            Asked::Push(log) => self.take_push(node, from, log, body, now),
            Asked::Cosign => cosign_heads(node, body, now),
            Asked::Cosignature(log) => take_cosignature(node, from, log, body),
            Asked::AddCheckpoint(log) => add_checkpoint(node, log, body, now),
        }
    }

    fn take_push(
        &mut self,
        node: &mut Node,
        from: &PartyId,
        log: &Origin,
        body: &[u8],
        now: UnixSeconds,
    ) -> Reply {
        let push = match Push::parse(body) {
            Ok(push) => push,
            Err(error) => return Reply::refused(400, error),
        };
        let claimed = match SignedCheckpoint::claimed(&push.checkpoint) {
            Ok(claimed) if claimed.origin == *log => claimed,
            Ok(other) => {
                return Reply::refused(
                    400,
                    format_args!("the checkpoint is of log `{}`", other.origin),
                );
            }
            Err(error) => return Reply::refused(400, error),
        };
        let Some(start) = claimed.size.checked_sub(push.records.len() as u64) else {
            return Reply::refused(400, "there are more records than the checkpoint covers");
        };
        self.note_head(from, &claimed);
        let offer =
            Offer { log: log.clone(), start, records: push.records, checkpoint: push.checkpoint };
        match node.accept(&offer, now) {
            Ok(cosignature) => {
                let line = cosignature.map(|c| c.line().to_string()).unwrap_or_default();
                Reply::ok(line.into_bytes())
            }
            // What is between is fetched; the rest comes with it.
            Err(NodeError::Gap { held, .. }) => {
                Reply { status: 409, body: format!("{held}\n").into_bytes() }
            }
            Err(error) => {
                self.note_refusal(from, log, &error, now);
                refusal(&error)
            }
        }
    }
}

/// Gives what a node serves, by what the peer may read.
fn give(node: &Node, from: &PartyId, what: &Resource, now: UnixSeconds) -> Reply {
    let readers = node.readers_at(from);
    match node.serve(&readers, what, now) {
        Ok(Some(bytes)) => match guard::check_openings(node, &readers, what, &bytes, now) {
            Ok(()) => Reply::ok(bytes),
            Err(leak) => {
                tell(&leak);
                Reply::refused(500, "the node stopped its own answer")
            }
        },
        Ok(None) => Reply::refused(404, format_args!("`{what}` is not held here")),
        Err(error) => refusal(&error),
    }
}

/// Tells this node's operator that the guard stopped something.
pub(super) fn tell(leak: &guard::Leak) {
    tracing::error!(%leak, "an answer was stopped");
}

/// Cosigns those heads of a listing that are held just so.
fn cosign_heads(node: &mut Node, body: &[u8], now: UnixSeconds) -> Reply {
    let heads = match parse_listing(body) {
        Ok(heads) => heads,
        Err(error) => return Reply::refused(400, error),
    };
    let given = match node.cosign_those_held(&heads, now) {
        Ok(given) => given,
        Err(error) => return refusal(&error),
    };
    Reply::ok(cosignature_lines(given.iter().map(|(log, c)| (log, c.line()))))
}

fn take_cosignature(node: &mut Node, from: &PartyId, log: &Origin, body: &[u8]) -> Reply {
    let line =
        std::str::from_utf8(body).ok().and_then(|text| NoteSignature::parse(text.trim_end()));
    let Some(line) = line else { return Reply::refused(400, "this is no line of a signature") };
    match node.take_cosignature_line(log, from, &line) {
        Ok(()) => Reply::ok(Vec::new()),
        Err(error) => refusal(&error),
    }
}

/// Cosigns a checkpoint if it is the head held here; what is behind or ahead is told apart by the size in the answer.
fn add_checkpoint(node: &mut Node, log: &Origin, body: &[u8], now: UnixSeconds) -> Reply {
    let claimed = AddCheckpoint::parse(body).and_then(|request| {
        SignedCheckpoint::claimed(&request.note)
            .map_err(|_| veche_ledger::witness::WitnessRefusal::Malformed)
    });
    let claimed: Checkpoint = match claimed {
        Ok(claimed) if claimed.origin == *log => claimed,
        Ok(_) => return Reply::refused(400, "the checkpoint is of another log"),
        Err(error) => return Reply::refused(error.status(), error),
    };
    let held = node.size_of(log);
    if node.keyring().log(log).is_none() {
        return Reply::refused(404, format_args!("the log `{log}` is not known here"));
    }
    if claimed.size < held {
        return Reply { status: 409, body: format!("{held}\n").into_bytes() };
    }
    if claimed.size > held || node.root_at(log, held) != Some(claimed.root) {
        return Reply::refused(425, "not every record and payload is held here yet");
    }
    match node.cosign(log, now) {
        Ok(cosignature) => Reply::ok(format!("{}\n", cosignature.line()).into_bytes()),
        Err(error) => refusal(&error),
    }
}

/// Says why something was not done, with the status that tells the peer what to do about it.
fn refusal(error: &NodeError) -> Reply {
    let status = if let NodeError::Store(_) = error {
        503
    } else if let NodeError::Withheld { .. } = error {
        425
    } else if let NodeError::Witness(refusal) = error {
        refusal.status()
    } else {
        422
    };
    // What a store says of its file is for its own operator.
    let said = if status == 503 {
        "the node cannot read or write its store".to_owned()
    } else {
        error.to_string()
    };
    Reply::refused(status, said)
}
