//! Closing what has ended: the heads of all are cosigned by whoever can be reached, and the result is fixed over them.

use super::exchange::Effect;
use super::message::{Asked, parse_cosignature_lines};
use crate::node::{Node, NodeError};
use std::collections::{BTreeMap, BTreeSet};
use veche_ledger::sync::listing_bytes;
use veche_ledger::{Checkpoint, Cosignature, Hash, Origin, PartyId, Seconds, UnixSeconds};

/// How often a node looks for what has ended since records came.
const LOOK_EVERY: Seconds = Seconds(2);

/// How often it looks though nothing came: clocks end things too.
const LOOK_IDLE: Seconds = Seconds(15);

/// How long cosignatures are waited for.
const ANSWERS_WAIT: Seconds = Seconds(10);

/// How long a matter is let be whose evidence was not enough; it doubles each time, up to [`AGAIN_MAX`].
const AGAIN_AFTER: Seconds = Seconds(20);

/// The longest time for which a matter is let be.
const AGAIN_MAX: Seconds = Seconds(900);

/// What a node does about matters that have ended.
#[derive(Debug, Default)]
pub(super) struct Closing {
    round: Option<Round>,
    looked_at: UnixSeconds,
    /// Records held when it was looked last.
    records: u64,
    /// Matters to be let be, until when, and how long the next time.
    rests: BTreeMap<Hash, (UnixSeconds, Seconds)>,
}

/// The heads of all at one moment, and who cosigned which.
#[derive(Debug)]
struct Round {
    procedure: Hash,
    heads: Vec<Checkpoint>,
    waits_for: BTreeSet<PartyId>,
    given: BTreeMap<Origin, BTreeMap<PartyId, Cosignature>>,
    until: UnixSeconds,
}

impl Closing {
    /// Goes on: ends a round that has its answers, or begins one if a matter opened here has ended.
    ///
    /// # Errors
    /// [`NodeError::Store`].
    pub(super) fn tick(
        &mut self,
        node: &mut Node,
        reached: &BTreeSet<PartyId>,
        now: UnixSeconds,
    ) -> Result<Vec<Effect>, NodeError> {
        if let Some(round) = &self.round {
            if round.waits_for.is_empty() || now >= round.until {
                self.end(node, now)?;
            }
            return Ok(Vec::new());
        }
        let records = node.council().len();
        let wait = if records == self.records { LOOK_IDLE } else { LOOK_EVERY };
        if now < self.looked_at + wait {
            return Ok(Vec::new());
        }
        (self.looked_at, self.records) = (now, records);
        let Some(procedure) = self.next(node, now) else { return Ok(Vec::new()) };
        self.begin(node, procedure, reached, now)
    }

    /// Returns a matter that has ended and whose author's log is kept here.
    fn next(&self, node: &Node, now: UnixSeconds) -> Option<Hash> {
        let is_kept = |author: &PartyId| node.kept().any(|kept| kept == author);
        let rests =
            |procedure: &Hash| self.rests.get(procedure).is_some_and(|(until, _)| now < *until);
        node.council().closable_of(now, &is_kept).into_iter().find(|procedure| !rests(procedure))
    }

    fn begin(
        &mut self,
        node: &mut Node,
        procedure: Hash,
        reached: &BTreeSet<PartyId>,
        now: UnixSeconds,
    ) -> Result<Vec<Effect>, NodeError> {
        match node.begin_logs(now).and_then(|()| node.flush(now)) {
            Ok(_) => {}
            // It catches up with its own log first, and closes then.
            Err(error) if error.is_catching_up() => return Ok(Vec::new()),
            Err(error) => return Err(error),
        }
        let heads = node.signed_heads();
        let mut given: BTreeMap<Origin, BTreeMap<PartyId, Cosignature>> = BTreeMap::new();
        let own = node.party().clone();
        for head in &heads {
            match node.cosign_head(&head.origin, now) {
                Ok(cosignature) => {
                    let by = given.entry(head.origin.clone()).or_default();
                    let _none = by.insert(own.clone(), cosignature);
                }
                Err(NodeError::Store(error)) => return Err(error.into()),
                Err(_) => {}
            }
        }
        let body = listing_bytes(&heads);
        let ask = |peer: &PartyId| Effect::Send {
            peer: peer.clone(),
            asked: Asked::Cosign,
            body: body.clone(),
        };
        let effects = reached.iter().map(ask).collect();
        let (waits_for, until) = (reached.clone(), now + ANSWERS_WAIT);
        self.round = Some(Round { procedure, heads, waits_for, given, until });
        Ok(effects)
    }

    /// Takes a peer's cosignatures; those that are not good are left out.
    pub(super) fn answered(&mut self, node: &Node, peer: &PartyId, body: Result<Vec<u8>, String>) {
        let Some(round) = &mut self.round else { return };
        round.waits_for.remove(peer);
        for (log, line) in parse_cosignature_lines(&body.unwrap_or_default()) {
            let Some(head) = round.heads.iter().find(|head| head.origin == log) else { continue };
            if let Some(cosignature) = node.read_cosignature(head, peer, &line) {
                let _less = round.given.entry(log).or_default().insert(peer.clone(), cosignature);
            }
        }
    }

    fn end(&mut self, node: &mut Node, now: UnixSeconds) -> Result<(), NodeError> {
        let Some(round) = self.round.take() else { return Ok(()) };
        match node.close_over(&round.procedure, &round.heads, &round.given, now) {
            Ok(_) => {
                let _over = self.rests.remove(&round.procedure);
                Ok(())
            }
            Err(NodeError::Store(error)) => Err(error.into()),
            Err(_) => {
                // What it lacks is on its page.
                let wait = self.rests.get(&round.procedure).map_or(AGAIN_AFTER, |(_, next)| *next);
                let next = Seconds((wait.0 * 2).min(AGAIN_MAX.0));
                let _last = self.rests.insert(round.procedure, (now + wait, next));
                Ok(())
            }
        }
    }
}
