//! Which cuts of a world's logs can be closed, and with what heads.

use crate::fold::Closing;
use crate::world::{Course, History, Row, World, acts_until};
use std::hash::{DefaultHasher, Hash, Hasher};

/// How much of each log is in a cut.
pub(crate) struct Cut {
    /// By log: what tells the rows inside from others, with all that they speak of.
    pub(crate) parts: Vec<u64>,
    /// The cut with each choice of heads. At most one party that must be heard has none.
    pub(crate) closings: Vec<Closing>,
}

/// A part of a log that may be in a cut.
struct Part {
    rows: usize,
    print: u64,
    /// By log: how much of it the rows state to be held.
    held: Vec<usize>,
    /// The heads that it may have, and whether a party goes without one that it could have.
    heads: Vec<(Option<u8>, bool)>,
}

/// Returns all cuts of one history that hold what their own rows state to be held.
pub(crate) fn closed(
    course: &Course,
    world: &World,
    history: History,
    logs: &[Vec<Row>],
) -> Vec<Cut> {
    let parts: Vec<Vec<Part>> =
        (0..logs.len()).map(|log| parts(course, world, history, logs, log)).collect();
    let mut cuts = Vec::new();
    if parts.iter().any(Vec::is_empty) {
        return cuts;
    }
    let mut chosen = vec![0; logs.len()];
    loop {
        let cut: Vec<&Part> = parts.iter().zip(&chosen).map(|(all, at)| &all[*at]).collect();
        if is_closed(logs, &cut) {
            let closings = closings(&cut);
            cuts.push(Cut { parts: cut.iter().map(|part| part.print).collect(), closings });
        }
        // The next choice, as a number with a digit a log.
        let Some(turn) = (0..chosen.len()).find(|log| chosen[*log] + 1 < parts[*log].len()) else {
            return cuts;
        };
        chosen[..turn].fill(0);
        chosen[turn] += 1;
    }
}

/// Returns what a closing's result depends on: equal keys, equal bytes.
pub(crate) fn key(world: &World, parts: &[u64], closing: &Closing) -> u64 {
    let times: Vec<Option<u32>> =
        closing.heads.iter().map(|head| head.map(|tick| world.times[usize::from(tick)])).collect();
    let mut hasher = DefaultHasher::new();
    (world.chair_passes, parts, times).hash(&mut hasher);
    hasher.finish()
}

/// Returns true if a cut holds, of each log, as much as the nodes in it state that they hold, or as stands after a new epoch.
/// The fold refuses others first of all.
fn is_closed(logs: &[Vec<Row>], cut: &[&Part]) -> bool {
    (0..logs.len()).all(|log| {
        let epoch = logs.get(log + 1).filter(|_| log.is_multiple_of(2) && cut[log + 1].rows > 0);
        let standing = match epoch.and_then(|rows| rows.first()) {
            Some(Row::Epoch { good, .. }) => usize::from(*good),
            Some(Row::Holds { .. } | Row::Says { .. }) | None => usize::MAX,
        };
        cut.iter().all(|part| part.held[log].min(standing) <= cut[log].rows)
    })
}

fn closings(cut: &[&Part]) -> Vec<Closing> {
    let rows: Vec<usize> = cut.iter().map(|part| part.rows).collect();
    let mut all = vec![(Vec::with_capacity(cut.len()), false)];
    for part in cut {
        let mut more = Vec::new();
        for (heads, is_without) in &all {
            for (head, goes_without) in &part.heads {
                if !(*is_without && *goes_without) {
                    let mut next: Vec<Option<u8>> = heads.clone();
                    next.push(*head);
                    more.push((next, *is_without || *goes_without));
                }
            }
        }
        all = more;
    }
    all.into_iter().map(|(heads, _)| Closing { rows: rows.clone(), heads }).collect()
}

/// Returns how much of a log may be in a cut, and with what heads.
fn parts(
    course: &Course,
    world: &World,
    history: History,
    logs: &[Vec<Row>],
    log: usize,
) -> Vec<Part> {
    let party = log / 2;
    let whole = logs[log].len();
    let mut hasher = DefaultHasher::new();
    let mut held = vec![0; logs.len()];
    // A certificate that shows a receipt of another history of a log than it holds is refused.
    let end = (0..whole).find(|at| world.contradicts(log, *at, history)).unwrap_or(whole);
    let has_no_node = party >= course.setup.nodes;
    let is_ended = log.is_multiple_of(2) && !logs[log + 1].is_empty();
    let mut parts = Vec::new();
    for rows in 0..=end {
        if let Some(row) = rows.checked_sub(1).map(|at| &logs[log][at]) {
            course.fold.print(world, logs, (log, row), &mut hasher);
            if let Row::Holds { heads, .. } = row {
                for (of, rows) in heads {
                    let most = &mut held[usize::from(*of)];
                    *most = usize::from(*rows).max(*most);
                }
            }
        }
        let mut heads = Vec::new();
        // Those without a node are not waited for: their logs are in the cut, and their heads are left aside.
        if !has_no_node && (log.is_multiple_of(2) || rows > 0) {
            let head = head(course, world, history, logs, log, rows);
            heads.extend(head.map(|tick| (Some(tick), false)));
        }
        if has_no_node || is_ended || log % 2 == 1 {
            heads.push((None, false));
        } else if !course.fold.needs(party) {
            heads.push((None, true));
        }
        if !heads.is_empty() {
            parts.push(Part { rows, print: hasher.finish(), held: held.clone(), heads });
        }
    }
    parts
}

/// Returns the latest tick at which a head of a log can have been cosigned by its own node and by a quorum of others; none:
/// never. The ends of a tick are not told apart: whatever may be true within it is granted.
fn head(
    course: &Course,
    world: &World,
    history: History,
    logs: &[Vec<Row>],
    log: usize,
    rows: usize,
) -> Option<u8> {
    let keeper = course.setup.host(log / 2);
    let ticks = || (0..=world.now()).rev();
    let is_free = |node: usize| world.colluder == u8::try_from(node).ok();
    let forks = world.fork.as_ref().filter(|fork| usize::from(fork.log) == log);
    let restored =
        logs.get(log + 1).filter(|_| log.is_multiple_of(2)).and_then(|next| next.first());
    let size = |tick: u8| logs[log].partition_point(|row| row.written() <= tick);
    let own = ticks().find(|tick| {
        let is_kept = restored.is_none_or(|epoch| *tick <= epoch.written());
        let was = (if *tick == 0 { 0 } else { size(*tick - 1) })..=size(*tick);
        is_free(keeper) || forks.is_some() || was.contains(&rows) && is_kept
    })?;
    let acts = acts_until(&logs[log][..rows]);
    let mut others: Vec<u8> = (0..course.setup.nodes)
        .filter(|node| *node != keeper)
        .filter_map(|node| {
            let sees_this = forks.is_none_or(|fork| {
                (usize::from(fork.shown_to) == node) == (history == History::Second)
                    || rows <= usize::from(fork.at)
            });
            ticks().find(|tick| {
                let is_there = rows <= size(*tick);
                let needs_opening = log == course.setup.opener().author * 2;
                let held = |tick: u8| world.held(node, log, tick);
                let least = if *tick == 0 { None } else { held(*tick - 1) };
                let most = held(*tick);
                let is_held = if needs_opening {
                    most.is_some_and(|most| acts <= most)
                } else {
                    acts <= most.unwrap_or_default()
                };
                let is_newest = least.unwrap_or_default() <= acts;
                is_free(node) || sees_this && is_there && is_held && is_newest
            })
        })
        .collect();
    others.sort_unstable_by(|a, b| b.cmp(a));
    let quorum = course.setup.charter.witnessing.quorum as usize;
    others.get(quorum - 1).map(|tick| own.min(*tick))
}
