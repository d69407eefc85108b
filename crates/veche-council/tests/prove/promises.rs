//! What must hold at the end of every course of events, and how it is judged.

use crate::cuts;
use crate::fold::{Certified, Closing, End, Removed, Wait};
use crate::world::{Course, History, Row, World};
use veche_charter::model::Outcome;
use veche_council::Council;

/// What was found at the end of a course of events, as a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub(crate) struct Found(u16);

impl Found {
    const CONTRADICTION: u16 = 1;
    const BOUND_UNHEARD: u16 = 2;
    const IGNORED: u16 = 4;
    const STUCK: u16 = 8;
    const NOT_REDERIVED: u16 = 16;
    const ORDER: u16 = 32;
    const ADOPTED: u16 = 64;
    const ENDED: u16 = 128;
    const TAKEN_BACK: u16 = 256;
    const HELD: u16 = 512;
    const OLD_HEAD: u16 = 2048;

    const fn has(self, what: u16) -> bool {
        self.0 & what != 0
    }

    const fn add(&mut self, what: u16, is_so: bool) {
        if is_so {
            self.0 |= what;
        }
    }
}

/// Returns true if a promise is kept in a world.
pub(crate) type Holds = fn(&Course, &World) -> bool;

/// Never two decisions that contradict each other, both certified.
pub(crate) const NO_CONTRADICTION: &str = "no two contradictory decisions both certified";
/// Nobody is bound by a text that it did not receive, unless the charter says `counts`.
pub(crate) const NO_UNHEARD: &str = "nobody bound by a text that it did not receive";
/// What a quorum of honest nodes held before a decision took effect is in the cut that decides.
pub(crate) const NONE_IGNORED: &str = "no statement receipted in time ignored";
/// Each course of events ends in a final state or in a visible wait on a named party.
pub(crate) const NOT_STUCK: &str = "a final state or a visible wait on a named party";
/// A certified decision comes out the same on a node that holds more than its cut.
pub(crate) const REDERIVED: &str = "every certified decision derived again over more than its cut";
/// The order of arrival changes nothing.
pub(crate) const SAME_IN_ANY_ORDER: &str = "the same state in any order of arrival";
/// As the first, where a party's new log takes back a statement that a certified decision counts.
pub(crate) const NONE_TAKEN_BACK: &str =
    "no decision contradicted by a new log that takes a counted statement back";
/// As the first, where a certificate has a head that is older than the decision which it proves.
pub(crate) const NO_OLD_HEAD: &str = "no decision contradicted over a head older than itself";
/// Something is certified as adopted somewhere: a model in which nothing is would prove nothing.
pub(crate) const ADOPTS: &str = "something is adopted";
/// Something is certified with another outcome somewhere.
pub(crate) const ENDS_OTHERWISE: &str = "something is certified as not adopted";

/// The promises.
pub(crate) const PROMISES: [(&str, Holds); 8] = [
    (NO_CONTRADICTION, |_, world| !world.found.has(Found::CONTRADICTION)),
    (NONE_TAKEN_BACK, |_, world| !world.found.has(Found::TAKEN_BACK)),
    (NO_OLD_HEAD, |_, world| !world.found.has(Found::OLD_HEAD)),
    (NO_UNHEARD, |_, world| !world.found.has(Found::BOUND_UNHEARD)),
    (NONE_IGNORED, |_, world| !world.found.has(Found::IGNORED)),
    (NOT_STUCK, |_, world| !world.found.has(Found::STUCK)),
    (REDERIVED, |_, world| !world.found.has(Found::NOT_REDERIVED)),
    (SAME_IN_ANY_ORDER, |_, world| !world.found.has(Found::ORDER)),
];

/// A result is held for good: of receipts that differ a colluding clock could make another, and nobody is named.
pub(crate) const HELD: &str = "a result held for good";

/// What is looked for besides: that something is decided at all, and waits that name nobody.
pub(crate) const SIGHTS: [(&str, Holds); 3] = [
    (HELD, |_, world| world.found.has(Found::HELD)),
    (ADOPTS, |_, world| world.found.has(Found::ADOPTED)),
    (ENDS_OTHERWISE, |_, world| world.found.has(Found::ENDED)),
];

/// Judges a world at its end.
pub(crate) fn judge(course: &Course, world: &World) -> Found {
    let mut found = Found::default();
    let mut hints = Vec::new();
    let certified = certified(course, world, &mut hints);
    let logs: Vec<Vec<Vec<Row>>> =
        world.histories().into_iter().map(|which| world.history(which)).collect();
    let whole: Vec<Council> = logs.iter().map(|logs| course.fold.council(world, logs)).collect();
    let first = certified.first().map(|one| (&one.proved.state, one.proved.binds));
    let differs = |one: &Certified| Some((&one.proved.state, one.proved.binds)) != first;
    let contradicts = certified.iter().any(differs);
    let takes_back =
        contradicts && certified.iter().any(|one| counts_what_is_taken_back(world, one));
    // A contradiction that needs none of the certificates with an old head is one for itself.
    let timely: Vec<&Certified> =
        certified.iter().filter(|one| !has_old_head(world, one)).collect();
    let of_timely = timely.first().map(|one| (&one.proved.state, one.proved.binds));
    let stays = timely.iter().any(|one| Some((&one.proved.state, one.proved.binds)) != of_timely);
    found.add(Found::TAKEN_BACK, takes_back);
    found.add(Found::OLD_HEAD, contradicts && !takes_back && !stays);
    found.add(Found::CONTRADICTION, contradicts && !takes_back && stays);
    found.add(Found::BOUND_UNHEARD, certified.iter().any(|one| binds_unheard(course, world, one)));
    found.add(Found::IGNORED, certified.iter().any(|one| ignores(course, world, one)));
    match course.fold.end(world, &whole[0], &certified, &hints) {
        End::Final | End::Waits => {}
        End::Stuck => found.add(Found::STUCK, true),
        End::Held => found.add(Found::HELD, true),
    }
    let is_rederived = |one: &Certified| {
        let at = usize::from(one.history == History::Second);
        let again = course.fold.comes_to(world, &whole[at], &logs[at], &one.closing);
        again == Some((one.proved.state.clone(), one.proved.binds))
    };
    let is_asked = course.fold.removed() != Removed::Closings;
    found.add(Found::NOT_REDERIVED, is_asked && !certified.iter().all(is_rederived));
    let against: Vec<usize> = (0..logs[0].len()).rev().collect();
    let other = course.fold.council_in(world, &logs[0], &against);
    found
        .add(Found::ORDER, course.fold.shown(world, &whole[0]) != course.fold.shown(world, &other));
    let is_adopted = |one: &Certified| one.proved.outcome == Outcome::Adopted;
    found.add(Found::ADOPTED, certified.iter().any(is_adopted));
    found.add(Found::ENDED, certified.iter().any(|one| !is_adopted(one)));
    course.note(found, &certified);
    found
}

/// Returns every decision that anybody could prove: all cuts, each with the latest heads that can exist over it.
pub(crate) fn certified(course: &Course, world: &World, hints: &mut Vec<Wait>) -> Vec<Certified> {
    if !course.setup.decides {
        return Vec::new();
    }
    if course.fold.removed() == Removed::Closings {
        return (0..course.setup.nodes).filter_map(|node| believed(course, world, node)).collect();
    }
    let mut all = Vec::new();
    for history in world.histories() {
        let logs = world.history(history);
        for cut in cuts::closed(course, world, history, &logs) {
            // The fold over a cut is the same whichever heads there are.
            let mut council = None;
            for closing in cut.closings {
                let key = cuts::key(world, &cut.parts, &closing);
                match course.fold.proves(world, &logs, &closing, key, &mut council) {
                    Ok(proved) => all.push(Certified { history, closing, proved }),
                    Err(wait) => hints.push(wait),
                }
            }
        }
    }
    all
}

fn believed(course: &Course, world: &World, node: usize) -> Option<Certified> {
    let (proved, rows) = course.fold.believes(world, node)?;
    let heads = vec![None; rows.len()];
    Some(Certified { history: History::First, closing: Closing { rows, heads }, proved })
}

/// Returns true if a certificate has a head cosigned before its decision took effect: what that party said since is not in it.
fn has_old_head(world: &World, one: &Certified) -> bool {
    let old = |tick: &u8| world.times[usize::from(*tick)] < one.proved.at;
    one.closing.heads.iter().flatten().any(old)
}

/// Returns true if a closing counts a statement that its party's new log, outside the cut, takes back.
fn counts_what_is_taken_back(world: &World, one: &Certified) -> bool {
    (0..world.logs.len()).step_by(2).any(|log| match world.logs[log + 1].first() {
        Some(Row::Epoch { good, .. }) => {
            one.closing.rows[log + 1] == 0 && one.closing.rows[log] > usize::from(*good)
        }
        Some(Row::Holds { .. } | Row::Says { .. }) | None => false,
    })
}

/// Returns true if a decision binds a party whose node never got the text, and whose silence the charter does not count.
fn binds_unheard(course: &Course, world: &World, one: &Certified) -> bool {
    if one.proved.outcome != Outcome::Adopted || course.setup.counts_unheard(&one.proved.state) {
        return false;
    }
    let author = course.setup.host(course.setup.opener().author);
    let opening = course.setup.opener().author * 2;
    let has_heard = |party: usize| {
        let node = course.setup.host(party);
        let said = [party * 2, party * 2 + 1]
            .into_iter()
            .any(|log| world.logs[log].iter().any(|row| matches!(row, Row::Says { .. })));
        node == author
            || said
            || world.colluder == u8::try_from(node).ok()
            || world.held(node, opening, world.now()).is_some()
    };
    (0..course.setup.parties.len()).any(|party| {
        let is_in = |set: u16| set & (1 << party) != 0;
        is_in(one.proved.binds) && !is_in(one.proved.waived) && !has_heard(party)
    })
}

/// Returns true if an honest party's statement, held by a quorum of honest nodes before a decision took effect, is not in
/// the cut that decides.
fn ignores(course: &Course, world: &World, one: &Certified) -> bool {
    let quorum = course.setup.charter.witnessing.quorum as usize;
    (0..world.logs.len()).any(|log| {
        let keeper = course.setup.host(log / 2);
        let is_honest = |node: usize| world.colluder != u8::try_from(node).ok();
        let forks = world.fork.as_ref().is_some_and(|fork| usize::from(fork.log) == log);
        let good =
            match world.logs.get(log + 1).filter(|_| log % 2 == 0).and_then(|log| log.first()) {
                Some(Row::Epoch { good, .. }) => usize::from(*good),
                Some(Row::Holds { .. } | Row::Says { .. }) | None => usize::MAX,
            };
        let in_time = |at: usize| {
            let held = (0..course.setup.nodes).filter(|node| {
                let ticks = (0..=world.now())
                    .filter(|tick| world.times[usize::from(*tick)] < one.proved.at);
                *node != keeper
                    && is_honest(*node)
                    && ticks.max().is_some_and(|tick| {
                        world.held(*node, log, tick).is_some_and(|held| usize::from(held) > at)
                    })
            });
            held.count() >= quorum
        };
        let says =
            world.logs[log].iter().enumerate().filter(|(_, row)| matches!(row, Row::Says { .. }));
        is_honest(keeper)
            && !forks
            && says
                .map(|(at, _)| at)
                .any(|at| at < good && at >= one.closing.rows[log] && in_time(at))
    })
}
