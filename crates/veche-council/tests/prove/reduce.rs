//! Reductions: courses of events that another one stands for, and what no longer matters of a state.
//!
//! **Invariant:** whatever is found in a world is found with and without them; `whole.rs` checks it. `docs/proof.md` argues why.

use crate::fold::Standing;
use crate::setup::Saying;
use crate::world::{BACKUP, Course, History, PARTITION, Row, World, acts_until};
use std::collections::BTreeSet;

/// In the place of the faults met, once no further one can be.
const NO_MORE_FAULTS: u8 = u8::MAX;

impl Course {
    /// Returns the openings that differ in what matters.
    pub(crate) fn reduced_openings(&self, worlds: Vec<World>) -> Vec<World> {
        if !self.bounds.is_reduced {
            return worlds;
        }
        let seen = worlds.into_iter().filter(|world| self.is_cut_seen(world)).map(|mut world| {
            self.forget(&mut world);
            if self.bounds.is_symmetric { self.representative(world) } else { world }
        });
        seen.collect::<BTreeSet<World>>().into_iter().collect()
    }

    /// Returns true if a statement or a new log may still come.
    pub(crate) fn may_grow(&self, world: &World) -> bool {
        !self.bounds.is_reduced || self.may_say(world) || self.may_restore(world)
    }

    fn may_say(&self, world: &World) -> bool {
        world.said < self.bounds.said
    }

    fn may_restore(&self, world: &World) -> bool {
        let has_said = |party: usize| acts_until(&world.logs[party * 2]) > 0;
        self.with_fault(world, BACKUP)
            && world.faults & BACKUP == 0
            && (self.may_say(world) || (0..self.setup.nodes).any(has_said))
    }

    /// Returns true if somebody else than this party colludes and has stated receipts: what others do now does not hang on them,
    /// and stands before them in another course of events.
    pub(crate) fn has_spoken(&self, world: &World, party: usize) -> bool {
        let is_other = |node: &usize| *node != party && self.bounds.is_reduced;
        let colluder = world.colluder.map(usize::from).filter(is_other);
        colluder.is_some_and(|node| first_receipt(world, node).is_some())
    }

    /// Returns true if a statement had a use before this hour.
    pub(crate) fn was_of_use(&self, world: &World, said: &Saying, party: usize) -> bool {
        let before = Standing { state_bit: 0, deadline: None };
        self.fold.has_use(&before, world.visited, said, party)
    }

    /// Returns true if the colluder has stated receipts and has said nothing since: what arrives now can arrive before them.
    pub(crate) fn has_moved_since(&self, world: &World) -> bool {
        let Some(node) = world.colluder.map(usize::from).filter(|_| self.bounds.is_reduced) else {
            return false;
        };
        let Some((log, at)) = first_receipt(world, node) else { return false };
        let later = world.logs[log].iter().skip(at);
        !later.chain(&world.logs[node * 2 + 1]).any(Row::is_act)
    }

    /// Returns true if something late would be stated by its node as soon as it arrives.
    pub(crate) fn would_arrive(&self, world: &World, node: usize) -> bool {
        let is_on_its_way = |log: &usize| world.late[node] & (1 << log) != 0;
        !self.bounds.is_reduced
            || (0..world.logs.len()).filter(is_on_its_way).any(|log| {
                world.withheld[node] & (1 << log) == 0
                    && !world.is_cut(node, self.setup.host(log / 2))
                    && self.is_pending(world, node, log)
            })
    }

    fn is_pending(&self, world: &World, node: usize, log: usize) -> bool {
        self.setup.host(log / 2) != node
            && world.colluder != u8::try_from(node).ok()
            && self.new_for(world, node, log).is_some()
    }

    /// Returns true if nobody is cut off, or something is kept back by that alone. Whatever a partition does not keep back can
    /// stand before it, and one that keeps nothing back is none.
    pub(crate) fn is_cut_seen(&self, world: &World) -> bool {
        world.cut_off.is_none()
            || (0..self.setup.nodes).any(|node| {
                (0..world.logs.len()).any(|log| {
                    (world.late[node] | world.withheld[node]) & (1 << log) == 0
                        && world.is_cut(node, self.setup.host(log / 2))
                        && self.is_pending(world, node, log)
                })
            })
    }

    /// Takes out of a world what can no longer be seen: neither in what may happen next, nor in the judgement at the end.
    pub(crate) fn forget(&self, world: &mut World) {
        if self.is_over(world) {
            self.forget_at_end(world);
            return;
        }
        let (may_say, may_grow) = (self.may_say(world), self.may_grow(world));
        for node in 0..self.setup.nodes {
            let matters = |log: &usize| {
                self.is_pending(world, node, *log)
                    || world.colluder != u8::try_from(node).ok()
                        && may_say
                        && (world.current(log / 2) == *log || log % 2 == 1 && may_grow)
            };
            let kept = (0..world.logs.len()).filter(matters).fold(0, |all, log| all | 1 << log);
            world.late[node] &= kept;
            world.withheld[node] &= kept;
        }
        if !may_say {
            world.visited = 0;
        }
        if !may_grow {
            world.faults = NO_MORE_FAULTS;
            world.has_healed = false;
        }
        if !self.with_fault(world, PARTITION) {
            world.has_healed = false;
        }
    }

    /// At the end the logs are judged, and who colludes; where nothing can be certified, only what the fold makes of the first
    /// history.
    fn forget_at_end(&self, world: &mut World) {
        if !self.setup.decides {
            world.logs = world.history(History::First);
            world.fork = None;
            world.colluder = None;
        }
        world.late.fill(0);
        world.withheld.fill(0);
        world.faults = 0;
        world.cut_off = None;
        world.has_healed = false;
        world.said = 0;
        world.visited = 0;
    }
}

/// Returns the place of a colluder's first receipt: log and row.
fn first_receipt(world: &World, node: usize) -> Option<(usize, usize)> {
    [node * 2, node * 2 + 1].into_iter().find_map(|log| {
        let at = world.logs[log].iter().position(|row| matches!(row, Row::Holds { .. }))?;
        Some((log, at))
    })
}
