//! From mentions to events: which reports tell of the same, what they come to, and what was taken back.
//!
//! A mention is one report's telling ([`Mention`], a line of `veche code`). Mentions are compared pair by pair ([`alike`]) by what
//! the coder found (type, roles, place, day) and by what the texts have in common (names across scripts, numbers, stems), and
//! gathered into groups by average linkage, so that one wrong tie does not pull two events together. A group is an event
//! ([`Joined`]): a view of its mentions, in which near copies of a text count as one source.
//!
//! What analysts say of events ([`Correction`]) is said of mentions, and is applied again whenever they are joined.
//!
//! **Invariant:** the same mentions and corrections, in whatever order and in however many steps they are added, give the same events.
//!
//! **Invariant:** no mention is changed or dropped: an event is made anew from all of its mentions.

pub mod alike;
pub mod correction;
mod corrections;
pub mod fit;
mod group;
pub mod keys;
pub mod line;
pub mod measure;
pub mod mention;
pub mod reference;
pub mod reliability;
mod source;
mod stance;
pub mod taught;
mod view;

pub use correction::{Correction, Finding};
pub use corrections::Applied;
pub use keys::Keys;
pub use mention::{Beside, Mention, MentionFault, Moment, Role};
pub use reference::Reference;
pub use reliability::{Reliabilities, Reliability};
pub use stance::Stance;
pub use view::{Joined, Said, Status, Toll, id_of};

use alike::{WINDOW_DAYS, body, days_between, place_key, score};
use corrections::Words;
use std::collections::{BTreeMap, BTreeSet};
use veche_coder::date::Day;

/// Most mentions that are joined at once.
pub const MENTIONS_MAX: usize = 200_000;
/// Most ties that are kept: some hundred bytes each.
pub const TIES_MAX: usize = 5_000_000;
/// Most pairs of mentions that are compared: some minutes of work.
pub const PAIRS_MAX: u64 = 200_000_000;
/// By default, how much must speak for one event, in hundredths (see [`alike::WEIGHTS`]): somewhat less than even odds, since a
/// report whose type or day was coded wrongly still belongs to its event. Chosen on the clusters `c-01` to `c-49`.
pub const BAR: i32 = -50;

/// Mentions under way to events.
#[derive(Debug)]
pub struct Joiner {
    bar: i32,
    mentions: BTreeMap<String, Mention>,
    /// What is compared with what: mentions by a key that they share, and by the day on which they may have happened.
    index: BTreeMap<String, BTreeSet<(Day, String)>>,
    /// What speaks for the pairs that were compared, the lesser id first; only what is over the bar.
    ties: BTreeMap<(String, String), i32>,
    pairs: u64,
}

/// Why no more mentions can be joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JoinError {
    /// There are too many.
    #[error("more than {MENTIONS_MAX} mentions: join them month by month")]
    TooMany,
    /// Too many share a day and a name.
    #[error(
        "more than {PAIRS_MAX} pairs of mentions share a week and a name: join them day by day"
    )]
    TooDense,
}

impl Default for Joiner {
    fn default() -> Self {
        Self::new(BAR)
    }
}

impl Joiner {
    /// Returns one without mentions. `bar`: how much must speak for one event, in hundredths.
    #[must_use]
    pub const fn new(bar: i32) -> Self {
        Self {
            bar,
            mentions: BTreeMap::new(),
            index: BTreeMap::new(),
            ties: BTreeMap::new(),
            pairs: 0,
        }
    }

    /// Returns how many mentions there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.mentions.len()
    }

    /// Returns the mentions, ascending by id.
    pub fn mentions(&self) -> impl Iterator<Item = &Mention> {
        self.mentions.values()
    }

    /// Returns whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.mentions.is_empty()
    }

    /// Adds a mention, and compares it with those that it may belong to. Returns whether it is new.
    ///
    /// Of two mentions with one id the one with the lesser digest stands.
    ///
    /// # Errors
    /// [`JoinError`].
    pub fn add(&mut self, mention: Mention) -> Result<bool, JoinError> {
        let held = self.mentions.get(&mention.id);
        if held.is_some_and(|held| held.digest <= mention.digest) {
            return Ok(false);
        }
        if held.is_none() && self.mentions.len() >= MENTIONS_MAX {
            return Err(JoinError::TooMany);
        }
        // Nothing is changed before it is known that there is room.
        let (candidates, walked) = self.candidates(&mention);
        let pairs = self.pairs.saturating_add(walked);
        if pairs > PAIRS_MAX || self.ties.len() > TIES_MAX {
            return Err(JoinError::TooDense);
        }
        self.pairs = pairs;
        self.remove(&mention.id);
        for other in candidates.into_iter().filter(|other| *other != mention.id) {
            let Some(held) = self.mentions.get(&other) else { continue };
            let points = score(&mention, held);
            if points > self.bar {
                let (low, high) = if other < mention.id {
                    (other, mention.id.clone())
                } else {
                    (mention.id.clone(), other)
                };
                self.ties.insert((low, high), points);
            }
        }
        for key in keys_of(&mention) {
            self.index.entry(key).or_default().insert((mention.last, mention.id.clone()));
        }
        self.mentions.insert(mention.id.clone(), mention);
        Ok(true)
    }

    fn remove(&mut self, id: &str) {
        let Some(held) = self.mentions.remove(id) else { return };
        for key in keys_of(&held) {
            if let Some(of) = self.index.get_mut(&key) {
                of.remove(&(held.last, held.id.clone()));
            }
        }
        self.ties.retain(|(low, high), _| low != id && high != id);
    }

    /// Returns the mentions that may tell of the same as this one, and how many were looked at; it ends where that is too many.
    fn candidates(&self, mention: &Mention) -> (BTreeSet<String>, u64) {
        let window = i32::try_from(WINDOW_DAYS).unwrap_or(i32::MAX);
        // A mention of a long time lies where its last day is: those that reach back to this one are looked for among them all.
        let from = mention.first.plus(-window);
        let (mut found, mut walked) = (BTreeSet::new(), 0);
        for key in keys_of(mention) {
            let Some(of) = self.index.get(&key) else { continue };
            for (_, id) in of.range((from, String::new())..) {
                walked += 1;
                if self.pairs.saturating_add(walked) > PAIRS_MAX {
                    return (found, walked);
                }
                let near = |held: &Mention| days_between(held, mention) <= WINDOW_DAYS;
                if self.mentions.get(id).is_some_and(near) {
                    found.insert(id.clone());
                }
            }
        }
        (found, walked)
    }

    /// Returns the groups of mentions that tell of one event, each ascending by id.
    #[must_use]
    pub fn groups(&self) -> Vec<Vec<&Mention>> {
        let all: Vec<&Mention> = self.mentions.values().collect();
        let groups = self.grouped(&all, &Words::of(&[], &all));
        let mentions =
            |group: Vec<usize>| group.into_iter().filter_map(|at| all.get(at).copied()).collect();
        groups.into_iter().map(mentions).collect()
    }

    /// Returns the places of the mentions of each group.
    fn grouped(&self, all: &[&Mention], words: &Words<'_>) -> Vec<Vec<usize>> {
        let places: BTreeMap<&str, usize> =
            all.iter().enumerate().map(|(at, mention)| (mention.id.as_str(), at)).collect();
        let place = |id: &String| places.get(id.as_str()).copied();
        let found = |((low, high), points): (&(String, String), &i32)| {
            let (low, high) = (place(low)?, place(high)?);
            words.score(low, high).is_none().then_some((low, high, *points))
        };
        let mut ties: Vec<group::Tie> = self.ties.iter().filter_map(found).collect();
        ties.extend(words.ties());
        let of = |one: usize, other: usize| match (all.get(one), all.get(other)) {
            (Some(a), Some(b)) => words.score(one, other).unwrap_or_else(|| score(a, b)),
            _ => i32::MIN,
        };
        let groups = group::groups(all.len(), &ties, self.bar, &of);
        groups.into_iter().flat_map(|group| words.parted(group)).collect()
    }

    /// Returns the events, by their first day and id.
    #[must_use]
    pub fn events(&self, trusted: &Reliabilities) -> Vec<Joined> {
        self.corrected(trusted, &[]).0
    }

    /// Returns the events as corrections leave them, by their first day and id, and the corrections that name no mention that is here.
    #[must_use]
    pub fn corrected(
        &self,
        trusted: &Reliabilities,
        corrections: &[Correction],
    ) -> (Vec<Joined>, Vec<Correction>) {
        let all: Vec<&Mention> = self.mentions.values().collect();
        let words = Words::of(corrections, &all);
        let event = |group: Vec<usize>| {
            let mentions: Vec<&Mention> =
                group.iter().filter_map(|at| all.get(*at).copied()).collect();
            let mut event = view::joined(&mentions, trusted)?;
            words.tell(&group, &all, &mut event);
            Some(event)
        };
        let mut events: Vec<Joined> =
            self.grouped(&all, &words).into_iter().filter_map(event).collect();
        events.sort_by(|one, other| (one.first, &one.id).cmp(&(other.first, &other.id)));
        (events, words.left_out())
    }
}

/// Returns by what a mention is found: its names, the states that take part, its place, and the minima of its text.
fn keys_of(mention: &Mention) -> BTreeSet<String> {
    let parties = [&mention.actor, &mention.recipient].into_iter().flatten();
    let states = parties.filter_map(|party| Some(format!("s{}", body(&party.code)?)));
    let place = mention.place.as_ref().map(|place| format!("p{}", place_key(place)));
    let names = mention.keys.names.iter().map(|name| format!("n{name}"));
    // Copies share half of their minima, so that one of the first four is nearly always among them.
    let copies = mention.print.iter().flat_map(|print| print.minhash.iter().take(4));
    let copies = copies.map(|hash| format!("c{hash:016x}"));
    states.chain(place).chain(names).chain(copies).collect()
}
