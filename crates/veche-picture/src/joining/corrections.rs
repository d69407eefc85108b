//! Corrections over mentions: which are held together or apart, which tell of nothing, and what an event then says.
//!
//! Corrections are taken in the order in which they became known, whatever the order in which they are given; where two contradict,
//! the later counts, and both are shown.

use super::alike::place_key;
use super::correction::{Correction, Finding};
use super::mention::{Mention, Party, Spot};
use super::reference::References;
use super::view::Joined;
use std::collections::{BTreeMap, BTreeSet};

/// What speaks for a pair that an analyst holds together, or against one that he holds apart, in hundredths: more than all other
/// pairs of two groups can outweigh.
const SURE: i32 = 1_000_000_000;

/// A correction as an event shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// What was said.
    pub correction: Correction,
    /// Whether it counts: no later word says otherwise.
    pub stands: bool,
}

/// Corrections in their order, and what they mean for the mentions that there are.
#[derive(Debug)]
pub(super) struct Words<'c> {
    corrections: Vec<&'c Correction>,
    /// By correction: the places of the mentions, and of the others.
    meant: Vec<(Vec<usize>, Vec<usize>)>,
    /// Mentions whose last judgement is that they tell of nothing.
    rejected: BTreeSet<usize>,
    /// What is held together: the part of each mention that is held at all.
    parts: BTreeMap<usize, usize>,
    /// The mentions of each part.
    members: BTreeMap<usize, Vec<usize>>,
    /// By part: those that it is held apart from. Each of two has the other.
    apart: BTreeMap<usize, BTreeSet<usize>>,
    /// Corrections that a later one contradicts.
    overruled: BTreeSet<usize>,
}

impl<'c> Words<'c> {
    /// Reads what corrections mean. `all`: the mentions, by their places.
    pub(super) fn of(corrections: &'c [Correction], all: &[&Mention]) -> Self {
        let mut ordered: Vec<&Correction> = corrections.iter().collect();
        ordered.sort_by(|one, other| {
            let whole = |one: &Correction| one.to_json().to_string();
            one.order().cmp(&other.order()).then_with(|| whole(one).cmp(&whole(other)))
        });
        ordered.dedup();
        let references = References::of(all.iter().copied());
        let places = |named: &[super::Reference]| {
            let found: BTreeSet<usize> =
                named.iter().flat_map(|reference| references.find(reference)).collect();
            found.into_iter().collect::<Vec<usize>>()
        };
        let meant: Vec<(Vec<usize>, Vec<usize>)> =
            ordered.iter().map(|one| (places(&one.mentions), places(&one.others))).collect();
        let mut words = Self {
            corrections: ordered,
            meant,
            rejected: BTreeSet::new(),
            parts: BTreeMap::new(),
            members: BTreeMap::new(),
            apart: BTreeMap::new(),
            overruled: BTreeSet::new(),
        };
        words.judge();
        words.hold();
        words
    }

    fn judge(&mut self) {
        for (correction, (mentions, _)) in self.corrections.iter().zip(&self.meant) {
            if !correction.finding.judges() {
                continue;
            }
            for mention in mentions {
                if correction.finding == Finding::Rejected {
                    self.rejected.insert(*mention);
                } else {
                    self.rejected.remove(mention);
                }
            }
        }
    }

    /// Takes the last word first: an earlier one that it contradicts has no effect where it does.
    fn hold(&mut self) {
        let all: Vec<(usize, Finding, Vec<usize>, Vec<usize>)> = self
            .corrections
            .iter()
            .zip(&self.meant)
            .enumerate()
            .map(|(at, (one, (mentions, others)))| {
                (at, one.finding, mentions.clone(), others.clone())
            })
            .collect();
        for (at, finding, mentions, others) in all.into_iter().rev() {
            let done = match finding {
                Finding::Merged => self.together(&mentions, &others),
                Finding::Split => self.part(&mentions, &others),
                Finding::Confirmed | Finding::Corrected | Finding::Rejected => true,
            };
            if !done {
                self.overruled.insert(at);
            }
        }
    }

    /// Holds mentions together; returns whether nothing said later holds any of them apart.
    ///
    /// Where something does, each is held together with the first before it that it may be: a split leaves two whole parts of what was
    /// told together, whichever of them has the first mention.
    fn together(&mut self, mentions: &[usize], others: &[usize]) -> bool {
        // One of each part.
        let mut firsts: Vec<usize> = Vec::new();
        for next in mentions.iter().chain(others) {
            if !firsts.iter().any(|first| self.unite(*first, *next)) {
                firsts.push(*next);
            }
        }
        firsts.len() <= 1
    }

    /// Makes the parts of two mentions one, unless they are held apart; returns whether they are one.
    fn unite(&mut self, one: usize, other: usize) -> bool {
        let (one, other) = (self.part_of(one), self.part_of(other));
        if self.are_apart(one, other) {
            return false;
        }
        if one != other {
            // The smaller goes into the larger: nothing moves more often than the number of mentions can be doubled.
            let (gone, kept) =
                if self.weight(one) < self.weight(other) { (one, other) } else { (other, one) };
            let moved = self.members.remove(&gone).unwrap_or_default();
            self.parts.extend(moved.iter().map(|mention| (*mention, kept)));
            self.members.entry(kept).or_default().extend(moved);
            for far in self.apart.remove(&gone).unwrap_or_default() {
                self.apart.entry(far).or_default().remove(&gone);
                self.hold_apart(far, kept);
            }
        }
        true
    }

    fn weight(&self, part: usize) -> usize {
        self.members.get(&part).map_or(0, Vec::len) + self.apart.get(&part).map_or(0, BTreeSet::len)
    }

    fn are_apart(&self, one: usize, other: usize) -> bool {
        self.apart.get(&one).is_some_and(|far| far.contains(&other))
    }

    fn hold_apart(&mut self, one: usize, other: usize) {
        self.apart.entry(one).or_default().insert(other);
        self.apart.entry(other).or_default().insert(one);
    }

    /// Holds mentions apart from others; returns whether nothing said later holds any two of them together.
    fn part(&mut self, mentions: &[usize], others: &[usize]) -> bool {
        let own: BTreeSet<usize> = mentions.iter().map(|one| self.part_of(*one)).collect();
        let far: BTreeSet<usize> = others.iter().map(|other| self.part_of(*other)).collect();
        for one in &own {
            far.iter()
                .filter(|other| *other != one)
                .for_each(|other| self.hold_apart(*one, *other));
        }
        own.is_disjoint(&far)
    }

    fn part_of(&mut self, mention: usize) -> usize {
        let members = &mut self.members;
        *self.parts.entry(mention).or_insert_with(|| {
            members.insert(mention, vec![mention]);
            mention
        })
    }

    /// Returns what speaks for a pair by what analysts said; none if they said nothing of it.
    pub(super) fn score(&self, one: usize, other: usize) -> Option<i32> {
        if self.rejected.contains(&one) != self.rejected.contains(&other) {
            return Some(-SURE);
        }
        let (one, other) = (self.parts.get(&one)?, self.parts.get(&other)?);
        if one == other {
            return Some(SURE);
        }
        self.are_apart(*one, *other).then_some(-SURE)
    }

    /// Returns the pairs that are held together: enough of them for all.
    pub(super) fn ties(&self) -> Vec<(usize, usize, i32)> {
        let mut last: BTreeMap<(usize, bool), usize> = BTreeMap::new();
        let mut ties = Vec::new();
        for (mention, part) in &self.parts {
            let key = (*part, self.rejected.contains(mention));
            if let Some(before) = last.insert(key, *mention) {
                ties.push((before, *mention, SURE));
            }
        }
        ties
    }

    /// Takes out of a group what is held apart from its first: a group of more texts than are compared pair by pair may have such.
    pub(super) fn parted(&self, group: Vec<usize>) -> Vec<Vec<usize>> {
        // With each: whether it was rejected, and its parts.
        let mut made: Vec<(bool, BTreeSet<usize>, Vec<usize>)> = Vec::new();
        for one in group {
            let is_rejected = self.rejected.contains(&one);
            let part = self.parts.get(&one);
            let far = part.and_then(|part| self.apart.get(part));
            let fits = |held: &&mut (bool, BTreeSet<usize>, Vec<usize>)| {
                held.0 == is_rejected && far.is_none_or(|far| far.is_disjoint(&held.1))
            };
            match made.iter_mut().find(fits) {
                Some((_, parts, held)) => {
                    parts.extend(part);
                    held.push(one);
                }
                None => made.push((is_rejected, part.into_iter().copied().collect(), vec![one])),
            }
        }
        made.into_iter().map(|(_, _, held)| held).collect()
    }

    /// Puts what was said of an event into it. `group`: the places of its mentions.
    pub(super) fn tell(&self, group: &[usize], all: &[&Mention], event: &mut Joined) {
        let own: BTreeSet<usize> = group.iter().copied().collect();
        let touches = |at: usize| {
            let (mentions, others) = self.meant.get(at)?;
            let judges = self.corrections.get(at)?.finding.judges();
            let others = others.iter().filter(|_| !judges);
            mentions.iter().chain(others).any(|one| own.contains(one)).then_some(at)
        };
        let said: Vec<usize> = (0..self.corrections.len()).filter_map(touches).collect();
        let of = |at: &usize| self.corrections.get(*at).copied();
        let mut judgements = said.iter().filter_map(of).filter(|one| one.finding.judges());
        event.review = judgements.next_back().map(|one| one.finding);
        let taken = self.correct(&said, group, all, event);
        let stands = |at: usize, one: &Correction| match one.finding {
            Finding::Merged | Finding::Split => !self.overruled.contains(&at),
            Finding::Corrected => taken.contains(&at) && event.review != Some(Finding::Rejected),
            Finding::Confirmed | Finding::Rejected => event.review == Some(one.finding),
        };
        event.said = said
            .iter()
            .filter_map(|at| {
                let correction = of(at)?.clone();
                Some(Applied { stands: stands(*at, &correction), correction })
            })
            .collect();
    }

    /// Puts into an event what the last word on each of its fields says; returns the words that were taken.
    fn correct(
        &self,
        said: &[usize],
        group: &[usize],
        all: &[&Mention],
        event: &mut Joined,
    ) -> BTreeSet<usize> {
        let mut taken: BTreeMap<&str, usize> = BTreeMap::new();
        for at in said {
            let Some(fields) = self.corrections.get(*at).map(|one| &one.fields) else { continue };
            if let Some(class) = fields.class {
                taken.insert("type", *at);
                event.mode = event.mode.filter(|_| event.class == class);
                event.class = class;
            }
            if let Some(actor) = &fields.actor {
                taken.insert("actor", *at);
                event.actor.clone_from(actor);
            }
            if let Some(recipient) = &fields.recipient {
                taken.insert("recipient", *at);
                event.recipient.clone_from(recipient);
            }
            if let Some(place) = &fields.place {
                taken.insert("place", *at);
                event.place = place.as_ref().map(|named| spot(named, group, all));
            }
            if let Some((first, last)) = fields.days {
                taken.insert("day", *at);
                (event.first, event.last) = (first, last);
                event.precision = precision(first.distance(last)).to_owned();
            }
        }
        taken.into_values().collect()
    }

    /// Returns the corrections that name no mention that is here.
    pub(super) fn left_out(&self) -> Vec<Correction> {
        let none =
            |(_, (mentions, _)): &(&&Correction, &(Vec<usize>, Vec<usize>))| mentions.is_empty();
        let all = self.corrections.iter().zip(&self.meant);
        all.filter(none).map(|(one, _)| (*one).clone()).collect()
    }
}

/// Returns how exactly days are told that lie so far apart.
const fn precision(days: u32) -> &'static str {
    match days {
        0 => "day",
        1..=7 => "week",
        8..=31 => "month",
        _ => "year",
    }
}

/// Returns the place that an analyst names: with its degrees if a report of the event names it too.
fn spot(named: &Party, group: &[usize], all: &[&Mention]) -> Spot {
    let told = |text: &str| Spot {
        text: text.to_owned(),
        geonames: None,
        country: named.code.clone(),
        is_town: !text.is_empty(),
        degrees: None,
    };
    let wanted = place_key(&told(&named.text));
    let mut places =
        group.iter().filter_map(|at| all.get(*at)).filter_map(|mention| mention.place.as_ref());
    let same = |place: &&Spot| {
        let own = place_key(&Spot { geonames: None, ..(*place).clone() });
        own == wanted && (named.code.is_empty() || place.country == named.code)
    };
    places.find(same).cloned().unwrap_or_else(|| told(&named.text))
}
