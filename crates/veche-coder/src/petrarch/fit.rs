//! Whether a pattern fits the words around a verb.

use super::{Pattern, Piece, Step};
use std::collections::{BTreeMap, BTreeSet};

/// One thing beside a verb, seen outwards from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen<'c> {
    Word(&'c str),
    /// A noun phrase comes, seen from the verb.
    Enter(usize),
    /// It is passed.
    Leave(usize),
}

/// What is known of a noun phrase.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Known {
    pub(super) coded: bool,
    pub(super) compound: bool,
}

/// Which noun phrases a pattern takes for what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Bound {
    pub(super) source: Option<usize>,
    pub(super) target: Option<usize>,
    /// A compound, and whether it stands before the verb.
    pub(super) compound: Option<(usize, bool)>,
}

/// What stands beside a verb on one side.
pub(super) struct Side<'c> {
    pub(super) seen: Vec<Seen<'c>>,
    /// By place: the noun phrase in which it lies.
    within: Vec<Option<usize>>,
    /// True before the verb: phrases of sets are read backwards there.
    backwards: bool,
}

pub(super) type Sets = BTreeMap<String, Vec<Vec<String>>>;

impl<'c> Side<'c> {
    pub(super) fn new(seen: Vec<Seen<'c>>, backwards: bool) -> Self {
        let mut open = None;
        let within = seen
            .iter()
            .map(|seen| {
                match seen {
                    Seen::Enter(noun) => open = Some(*noun),
                    Seen::Leave(_) => {
                        let left = open;
                        open = None;
                        return left;
                    }
                    Seen::Word(_) => {}
                }
                open
            })
            .collect();
        Self { seen, within, backwards }
    }

    /// Returns the noun phrases, the nearest first.
    pub(super) fn nouns(&self) -> impl DoubleEndedIterator<Item = usize> + '_ {
        self.seen.iter().filter_map(|seen| match seen {
            Seen::Enter(noun) => Some(*noun),
            Seen::Leave(_) | Seen::Word(_) => None,
        })
    }
}

/// Returns what a pattern binds if it fits between both sides.
pub(super) fn fits(
    pattern: &Pattern,
    before: &Side<'_>,
    behind: &Side<'_>,
    sets: &Sets,
    known: &[Known],
) -> Option<Bound> {
    let mut bound = Bound::default();
    for (steps, side) in [(&pattern.before, before), (&pattern.behind, behind)] {
        let mut search =
            Search { steps, side, sets, known, failed: BTreeSet::new(), path: Vec::new() };
        if !search.from(0, 0) {
            return None;
        }
        for (step, noun) in search.path {
            match step {
                Piece::Source => bound.source = Some(noun),
                Piece::Target => bound.target = Some(noun),
                Piece::Compound => bound.compound = Some((noun, side.backwards)),
                Piece::Skip | Piece::Word(_) | Piece::Set(_) => {}
            }
        }
    }
    Some(bound)
}

/// A search through one side. What failed once from a place is not tried again, so that it ends in steps times places squared.
struct Search<'s> {
    steps: &'s [Step],
    side: &'s Side<'s>,
    sets: &'s Sets,
    known: &'s [Known],
    failed: BTreeSet<(usize, usize)>,
    path: Vec<(&'s Piece, usize)>,
}

impl<'s> Search<'s> {
    fn from(&mut self, step: usize, place: usize) -> bool {
        let steps = self.steps;
        let Some(Step { piece, tied }) = steps.get(step) else { return true };
        if self.failed.contains(&(step, place)) {
            return false;
        }
        let fits = match piece {
            Piece::Word(word) => self.phrase(step, place, *tied, &[std::slice::from_ref(word)]),
            Piece::Set(name) => {
                let phrases: Vec<&[String]> =
                    self.sets.get(name).into_iter().flatten().map(Vec::as_slice).collect();
                self.phrase(step, place, *tied, &phrases)
            }
            Piece::Source | Piece::Target | Piece::Skip | Piece::Compound => {
                self.noun(step, place, *tied, piece)
            }
        };
        if !fits {
            self.failed.insert((step, place));
        }
        fits
    }

    /// Looks for one of these phrases from a place on, and for the rest of the pattern behind it.
    fn phrase(&mut self, step: usize, place: usize, tied: bool, phrases: &[&[String]]) -> bool {
        for at in place..self.side.seen.len() {
            let word = matches!(self.side.seen.get(at), Some(Seen::Word(_)));
            if word {
                for phrase in phrases {
                    if let Some(end) = self.words(at, phrase)
                        && self.from(step + 1, end)
                    {
                        return true;
                    }
                }
                if tied {
                    return false;
                }
            }
        }
        false
    }

    /// Returns the place behind these words if they stand at a place, side by side.
    fn words(&self, mut place: usize, phrase: &[String]) -> Option<usize> {
        let mut forwards = phrase.iter();
        let mut backwards = phrase.iter().rev();
        loop {
            let next = if self.side.backwards { backwards.next() } else { forwards.next() };
            let Some(word) = next else { return Some(place) };
            loop {
                let seen = self.side.seen.get(place)?;
                place += 1;
                match seen {
                    Seen::Word(found) if found == word => break,
                    Seen::Word(_) => return None,
                    Seen::Enter(_) | Seen::Leave(_) => {}
                }
            }
        }
    }

    /// Looks for a noun phrase: the one in which the words before stand, or one behind it.
    fn noun(&mut self, step: usize, place: usize, tied: bool, piece: &'s Piece) -> bool {
        let begun = place.checked_sub(1).and_then(|last| {
            let noun = (*self.side.within.get(last)?)?;
            matches!(self.side.seen.get(last), Some(Seen::Word(_))).then_some(noun)
        });
        let coming = (place..self.side.seen.len()).filter_map(|at| {
            let Some(Seen::Enter(noun)) = self.side.seen.get(at) else { return None };
            Some(*noun)
        });
        let candidates: Vec<usize> = begun.into_iter().chain(coming).collect();
        for noun in candidates {
            let known = self.known.get(noun).copied().unwrap_or_default();
            let fits = match piece {
                Piece::Source | Piece::Target => known.coded,
                Piece::Compound => known.compound,
                Piece::Skip | Piece::Word(_) | Piece::Set(_) => true,
            };
            if fits {
                let end = self.side.seen.iter().position(|seen| *seen == Seen::Leave(noun));
                self.path.push((piece, noun));
                if self.from(step + 1, end.map_or(place, |end| end + 1)) {
                    return true;
                }
                self.path.pop();
            }
            if tied {
                return false;
            }
        }
        false
    }
}
