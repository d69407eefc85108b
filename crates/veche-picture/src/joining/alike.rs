//! How much speaks for it that two mentions tell of one event: features, and what each weighs.

use super::keys::{Keys, skeleton};
use super::mention::{Mention, Spot};
use std::collections::BTreeSet;
use veche_coder::ontology::Sector;

/// Days between two mentions beyond which they are never compared: a follow-up comes within a week.
pub const WINDOW_DAYS: u32 = 8;

/// How many features there are.
pub const FEATURES: usize = 18;

/// The features with their weights, in hundredths of a natural logarithm of odds: a logistic regression over the pairs of reports of the
/// clusters `c-01` to `c-49` as the coder reads them, rounded to 5 (`docs/coder.md`). Two are set by hand: copies, of which there are too few, and another town, so that one army's shelling
/// of two towns is two events.
/// Who acts on whom is not among them: as coded it told nothing that the states in common do not tell.
pub const WEIGHTS: [(&str, i32); FEATURES] = [
    ("always", -255),
    ("both are dated, days in common", 120),
    ("both are dated, no day in common", -90),
    ("one is not dated, days in common", 45),
    ("the same type", 75),
    ("another mode", -85),
    ("a state in common", 85),
    ("the same place", 55),
    ("another town", -200),
    ("each long name in common", 100),
    ("each short name in common", 20),
    ("no name in common", -100),
    ("each number in common", 60),
    ("each twentieth of stems in common", 45),
    ("another language", 75),
    ("copies", 150),
    ("each day between publications", -90),
    ("another document of one publisher", -155),
];

/// A name with so many consonants is hardly another's by chance.
const LONG_NAME_LEN: usize = 4;

/// What two mentions have in common, in the order of [`WEIGHTS`].
pub type Features = [i32; FEATURES];

/// Returns how much speaks for one event, in hundredths; 0 is even odds.
#[must_use]
pub fn score(one: &Mention, other: &Mention) -> i32 {
    weigh(&features(one, other))
}

/// Returns the sum of what features weigh.
#[must_use]
pub fn weigh(features: &Features) -> i32 {
    features.iter().zip(WEIGHTS).map(|(found, (_, weight))| found * weight).sum()
}

/// Returns what two mentions have in common; the same whichever comes first.
#[must_use]
pub fn features(one: &Mention, other: &Mention) -> Features {
    let [same_day, other_day, meet] = days(one, other);
    let [place, town] = places(one, other);
    let within = one.document == other.document;
    // Two tellings in one document have its names and stems in common whatever they tell.
    let none = Keys::default();
    let (own, others) = if within { (&none, &none) } else { (&one.keys, &other.keys) };
    let names: Vec<&String> = own.names.intersection(&others.names).collect();
    let long = names.iter().filter(|name| name.len() >= LONG_NAME_LEN).count();
    let unnamed = names.is_empty() && own.names.len().min(others.names.len()) >= 2;
    let numbers = own.numbers.intersection(&others.numbers).count();
    let abroad = one.language != other.language;
    let publisher = !one.publisher.is_empty() && one.publisher == other.publisher;
    [
        1,
        same_day,
        other_day,
        meet,
        i32::from(one.class == other.class),
        i32::from(one.mode.zip(other.mode).is_some_and(|(a, b)| a != b)),
        i32::from(share_a_state(one, other)),
        place,
        town,
        small(long).min(4),
        small(names.len() - long).min(4),
        i32::from(unnamed),
        small(numbers).min(3),
        if abroad { 0 } else { dice(&own.stems, &others.stems) },
        i32::from(abroad),
        i32::from(is_copy(one, other)),
        published_apart(one, other),
        i32::from(publisher && !within),
    ]
}

fn small(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// Returns whether two mentions stand in texts that are near copies, or in one.
#[must_use]
pub fn is_copy(one: &Mention, other: &Mention) -> bool {
    one.document != other.document
        && one.print.zip(other.print).is_some_and(|(one, other)| one.is_near(&other))
}

/// Returns how many days lie between the times of two mentions; 0 if they meet.
#[must_use]
pub fn days_between(one: &Mention, other: &Mention) -> u32 {
    if one.first <= other.last && other.first <= one.last {
        return 0;
    }
    one.last.distance(other.first).min(other.last.distance(one.first))
}

fn days(one: &Mention, other: &Mention) -> [i32; 3] {
    let meet = days_between(one, other) == 0;
    let dated = one.is_dated() && other.is_dated();
    [dated && meet, dated && !meet, !dated && meet].map(i32::from)
}

fn published_apart(one: &Mention, other: &Mention) -> i32 {
    let both = one.published.zip(other.published);
    both.map_or(0, |(one, other)| small(one.day.distance(other.day).min(10) as usize))
}

/// Returns the state or body of a code, without its sectors.
#[must_use]
pub fn body(code: &str) -> Option<&str> {
    let body = code.get(..3)?;
    Sector::parse(body).is_none().then_some(body)
}

fn share_a_state(one: &Mention, other: &Mention) -> bool {
    let states = |mention: &Mention| -> BTreeSet<String> {
        let parties = [&mention.actor, &mention.recipient].into_iter().flatten();
        parties.filter_map(|party| body(&party.code)).map(str::to_owned).collect()
    };
    !states(one).is_disjoint(&states(other))
}

/// Returns by what a place is known: its number, or the consonants of its words.
#[must_use]
pub fn place_key(place: &Spot) -> String {
    match place.geonames {
        Some(number) => format!("={number}"),
        None => place.text.split_whitespace().map(|word| skeleton(&word.to_lowercase())).collect(),
    }
}

fn places(one: &Mention, other: &Mention) -> [i32; 2] {
    let Some((a, b)) = one.place.as_ref().zip(other.place.as_ref()) else { return [0; 2] };
    let same = place_key(a) == place_key(b);
    [same, a.is_town && b.is_town && !same].map(i32::from)
}

/// Returns the share of stems in common in steps of 5 per cent, at most 12.
fn dice(one: &BTreeSet<String>, other: &BTreeSet<String>) -> i32 {
    let all = one.len() + other.len();
    if all == 0 {
        return 0;
    }
    small(one.intersection(other).count() * 40 / all).min(12)
}
