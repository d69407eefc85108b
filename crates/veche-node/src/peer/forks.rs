//! Finding out who shows two histories: a peer's tree that differs from the one held is walked down to the leaf that proves it.

use super::exchange::Effect;
use super::message::Asked;
use crate::node::Node;
use std::collections::BTreeMap;
use veche_ledger::sync::Resource;
use veche_ledger::sync::hunt::{Difference, Hunt, HuntFault, Next};
use veche_ledger::tile::TilePath;
use veche_ledger::{Origin, PartyId, SignedCheckpoint};

/// Walks at a time: each costs a handful of small questions.
const HUNTS_MAX: usize = 8;

/// What came of an answer.
#[derive(Debug)]
pub(super) enum Walked {
    /// These are asked for next.
    Ask(Vec<Effect>),
    /// Others are on their way, or nobody walks there.
    Nothing,
    /// The leaf that differs.
    Found(Difference),
    /// The walk ended without.
    Ended(HuntFault),
}

/// The walks under way, by peer and log: `None` until the checkpoint is here.
#[derive(Debug, Default)]
pub(super) struct Forks(BTreeMap<(PartyId, Origin), Option<Hunt>>);

impl Forks {
    /// Begins a walk, unless one is under way there or the log is known to be forked.
    pub(super) fn begin(&mut self, node: &Node, peer: &PartyId, log: &Origin) -> Option<Effect> {
        let key = (peer.clone(), log.clone());
        let is_known = node.forks().contains_key(log) || self.0.contains_key(&key);
        if is_known || self.0.len() >= HUNTS_MAX {
            return None;
        }
        let _none = self.0.insert(key, None);
        Some(ask(peer, Resource::Checkpoint(log.clone())))
    }

    /// Takes an answer to a question of a walk.
    pub(super) fn answered(
        &mut self,
        node: &Node,
        peer: &PartyId,
        what: &Resource,
        body: Result<Vec<u8>, String>,
    ) -> Walked {
        let Some(log) = what.log() else { return Walked::Nothing };
        let key = (peer.clone(), log.clone());
        let Some(hunt) = self.0.get_mut(&key) else { return Walked::Nothing };
        let walked = match body {
            Ok(body) => walk(node, log, hunt, what, &body),
            // Whoever does not answer is asked again when the difference shows again.
            Err(_) => Err(HuntFault::NoDifference),
        };
        match walked {
            Ok(None) => Walked::Nothing,
            Ok(Some(Next::Ask(paths))) => {
                let asked =
                    paths.into_iter().map(|path| ask(peer, Resource::Tile(log.clone(), path)));
                Walked::Ask(asked.collect())
            }
            Ok(Some(Next::Found(difference))) => {
                self.0.remove(&key);
                Walked::Found(difference)
            }
            Err(fault) => {
                self.0.remove(&key);
                Walked::Ended(fault)
            }
        }
    }
}

fn ask(peer: &PartyId, what: Resource) -> Effect {
    Effect::Send { peer: peer.clone(), asked: Asked::Get(what), body: Vec::new() }
}

fn walk(
    node: &Node,
    log: &Origin,
    hunt: &mut Option<Hunt>,
    what: &Resource,
    body: &[u8],
) -> Result<Option<Next>, HuntFault> {
    let ours = |level, index| node.store().tree_node(log, level, index).ok().flatten();
    match (hunt.as_mut(), what) {
        (None, Resource::Checkpoint(_)) => {
            let key = node.keyring().log(log).ok_or(HuntFault::MadeUp)?.log_key();
            let signed = SignedCheckpoint::verify(body, key).map_err(|_| HuntFault::MadeUp)?;
            let new = Hunt::new(signed, node.signed_size_of(log));
            let paths: Vec<TilePath> = new.begin();
            *hunt = Some(new);
            Ok(Some(Next::Ask(paths)))
        }
        (Some(hunt), Resource::Tile(_, path)) => hunt.take(*path, body, &ours),
        (None | Some(_), _) => Ok(None),
    }
}
