//! Asking again for contents that a party may read by now, and did not get at first: few at a time, and more and more seldom.

use super::exchange::Effect;
use super::message::Asked;
use crate::node::Node;
use std::collections::{BTreeMap, BTreeSet};
use veche_ledger::sync::Resource;
use veche_ledger::tile::TilePath;
use veche_ledger::{Origin, PartyId, Seconds, UnixSeconds};

/// How long after one look for missing contents comes the next, if no record says that somebody may read more: a label may run out.
const LOOK_EVERY: Seconds = Seconds::minutes(10);

/// Bundles asked for at once: each may be 256 contents of 64 KiB.
const ASKED_MAX: usize = 4;

/// The first pause before a bundle is asked for again; it doubles each time.
const PAUSE: u64 = 30;

/// How often the pause doubles: to some seventeen hours. It is asked for ever, since whoever has it may have been cut off for weeks.
const DOUBLINGS_MAX: u32 = 11;

/// A bundle in which something is missing.
#[derive(Debug, Clone, Copy)]
struct Turn {
    /// How many contents.
    missing: usize,
    tries: u32,
    next: UnixSeconds,
}

/// The bundles in which something is missing, and when each is asked for.
#[derive(Debug, Default)]
pub(super) struct Repair {
    turns: BTreeMap<(Origin, TilePath), Turn>,
    changes: Option<u64>,
    looked_at: UnixSeconds,
}

impl Repair {
    /// Returns the questions that are due. `up`: the peers that can be reached.
    pub(super) fn tick(
        &mut self,
        node: &Node,
        up: &BTreeSet<PartyId>,
        now: UnixSeconds,
    ) -> Vec<Effect> {
        self.look(node, now);
        if up.is_empty() {
            return Vec::new();
        }
        let due = self.turns.iter_mut().filter(|(_, turn)| turn.next <= now);
        let ask = |((log, path), turn): (&(Origin, TilePath), &mut Turn)| {
            let peer = whom(node, up, log, turn.tries)?.clone();
            turn.next = now + Seconds(PAUSE << turn.tries.min(DOUBLINGS_MAX));
            turn.tries = turn.tries.saturating_add(1);
            let asked = Asked::Get(Resource::Openings(log.clone(), *path));
            Some(Effect::Send { peer, asked, body: Vec::new() })
        };
        due.take(ASKED_MAX).filter_map(ask).collect()
    }

    /// Notes that something came: what is still missing is found out at the next tick.
    pub(super) const fn has_come(&mut self) {
        self.looked_at = UnixSeconds(0);
    }

    fn look(&mut self, node: &Node, now: UnixSeconds) {
        let changes = Some(node.council().sharing_changes());
        let is_new = self.changes != changes;
        if !is_new && now < self.looked_at + LOOK_EVERY {
            return;
        }
        (self.changes, self.looked_at) = (changes, now);
        let mut before = std::mem::take(&mut self.turns);
        // A log that has grown names its last bundle anew.
        self.turns = node
            .lacking(now)
            .into_iter()
            .map(|(key, missing)| {
                let turn = match before.remove(&key) {
                    None => Turn { missing, tries: 0, next: now },
                    // A release, or a day of downgrade, may let this party read more of it. One that was asked for just now waits its first
                    // pause, whoever makes releases by the second.
                    Some(turn) if is_new || missing > turn.missing => {
                        let next = turn.next.min(now + Seconds(PAUSE));
                        Turn { missing, tries: 0, next }
                    }
                    Some(turn) => Turn { missing, ..turn },
                };
                (key, turn)
            })
            .collect();
    }
}

/// Returns whom to ask: the node that keeps the log first, then the others in turn.
fn whom<'a>(
    node: &Node,
    up: &'a BTreeSet<PartyId>,
    log: &Origin,
    tries: u32,
) -> Option<&'a PartyId> {
    let owner = PartyId::parse(log.party()).ok()?;
    let entry = node.charter().parties.get(&owner);
    let keeper = entry.map_or(&owner, |entry| veche_council::times::host(&owner, entry));
    let first = up.iter().filter(|peer| *peer == keeper);
    let others = up.iter().filter(|peer| *peer != keeper);
    let all: Vec<&PartyId> = first.chain(others).collect();
    all.get(tries as usize % all.len().max(1)).copied()
}
