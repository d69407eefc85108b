//! What the mentions of one event come to.

use super::alike::{body, place_key};
use super::correction::Finding;
use super::corrections::Applied;
use super::mention::{CERTAIN, Count, Mention, Moment, Party, Spot};
use super::reliability::{Reliabilities, Reliability};
use super::source::sources;
use super::stance::Stance;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use veche_coder::casualty::Harm;
use veche_coder::date::Day;
use veche_coder::ontology::{Class, Mode};

/// An event: what its mentions come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joined {
    /// `e-` and 16 hexadecimal digits, made of its earliest mention: it stays while later reports join.
    pub id: String,
    /// What kind, by the weight of the sources.
    pub class: Class,
    /// How.
    pub mode: Option<Mode>,
    /// In what context, as mentions of most sources say, ascending.
    pub contexts: Vec<String>,
    /// Who acts.
    pub actor: Option<Party>,
    /// Who is acted upon.
    pub recipient: Option<Party>,
    /// Where.
    pub place: Option<Spot>,
    /// The first day on which it can have happened.
    pub first: Day,
    /// The last.
    pub last: Day,
    /// How exactly reports tell the day; empty if it is only that of the first publication.
    pub precision: String,
    /// Who came to harm.
    pub tolls: BTreeMap<Harm, Toll>,
    /// Independent sources: near copies and one publisher's reports are one.
    pub sources: u32,
    /// Documents that carry it.
    pub carriers: u32,
    /// How sure it is that it happened as reports tell it, over independent sources, in millionths.
    pub confidence: u32,
    /// The best grade among those who tell it.
    pub reliability: Reliability,
    /// Whether it stands.
    pub status: Status,
    /// Its mentions, ascending.
    pub mentions: Vec<String>,
    /// What an analyst found of it last.
    pub review: Option<Finding>,
    /// All that analysts said of it, in the order in which it became known.
    pub said: Vec<Applied>,
}

/// Whether an event stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Nobody has anything against it.
    Stands,
    /// Somebody denies it.
    Disputed,
    /// Whoever reported it has taken it back.
    Retracted,
}

impl Status {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Stands, Self::Disputed, Self::Retracted];

    /// Returns its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stands => "stands",
            Self::Disputed => "disputed",
            Self::Retracted => "retracted",
        }
    }
}

/// How many came to harm, as reports say, and what they said before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toll {
    /// The least and the most that a report still holds to; none if all was taken back.
    pub count: Option<Count>,
    /// All that was said, in the order of publication.
    pub history: Vec<Said>,
}

/// What one report said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// When.
    pub published: Option<Moment>,
    /// The mention.
    pub mention: String,
    /// How many.
    pub count: Count,
    /// The mention that took its place: a later one of the same publisher, or one of a higher count; its own if it was retracted.
    pub superseded: Option<String>,
}

/// Returns the event of a group of mentions, which ascends by id; none of an empty one.
pub(super) fn joined(group: &[&Mention], trusted: &Reliabilities) -> Option<Joined> {
    let mut order: Vec<&Mention> = group.to_vec();
    order.sort_by(|one, other| (when(one), &one.id).cmp(&(when(other), &other.id)));
    let withdrawn = withdrawn(&order);
    let sources = sources(&order);
    let tellers = tellers(&order, &sources, &withdrawn, trusted);
    let ballot = Ballot { order: &order, sources: &sources };
    let class = ballot.choose(|mention| Some(mention.class))?;
    let of_class = |mention: &Mention| mention.mode.filter(|_| class == mention.class);
    let (first, last, precision) = days(&ballot, &order)?;
    let documents: BTreeSet<&str> = order.iter().map(|mention| mention.document.as_str()).collect();
    Some(Joined {
        id: id_of(&order.first()?.id),
        class,
        mode: ballot.choose(of_class),
        contexts: contexts(&order, &sources),
        actor: party(&ballot, |mention| mention.actor.as_ref()),
        recipient: party(&ballot, |mention| mention.recipient.as_ref()),
        place: place(&ballot, &order),
        first,
        last,
        precision,
        tolls: tolls(&order, &withdrawn),
        sources: small(sources.len()),
        carriers: small(documents.len()),
        confidence: confidence(&tellers),
        reliability: tellers
            .iter()
            .map(|teller| teller.grade)
            .max_by_key(|grade| grade.weight())
            .unwrap_or_default(),
        status: status(&order, &withdrawn),
        mentions: group.iter().map(|mention| mention.id.clone()).collect(),
        review: None,
        said: Vec::new(),
    })
}

fn small(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Returns the id of an event whose earliest mention has this id.
#[must_use]
pub fn id_of(mention: &str) -> String {
    let digest = Sha256::digest(mention.as_bytes());
    let mut id = "e-".to_owned();
    for byte in digest.iter().take(8) {
        let _always_ok = write!(id, "{byte:02x}");
    }
    id
}

/// Returns when a mention was told: when it was published, or else the day of which it tells.
fn when(mention: &Mention) -> Moment {
    mention.published.unwrap_or(Moment { day: mention.last, second: 0 })
}

/// Returns the publishers that took back what they told. Whoever has no name takes nothing back but his own report.
fn withdrawn<'m>(order: &[&'m Mention]) -> BTreeSet<&'m str> {
    let retracts = order.iter().filter(|mention| mention.stance == Stance::Retracts);
    retracts.map(|mention| mention.publisher.as_str()).filter(|name| !name.is_empty()).collect()
}

/// A source that tells the event.
struct Teller {
    probability: u32,
    grade: Reliability,
}

/// Returns the sources that tell the event, and neither deny nor have withdrawn it. A source is trusted as far as whoever told first.
fn tellers(
    order: &[&Mention],
    sources: &[Vec<usize>],
    withdrawn: &BTreeSet<&str>,
    trusted: &Reliabilities,
) -> Vec<Teller> {
    let teller = |source: &Vec<usize>| {
        let tells = |mention: &&Mention| {
            mention.stance == Stance::Tells && !withdrawn.contains(mention.publisher.as_str())
        };
        let mentions: Vec<&Mention> =
            source.iter().filter_map(|at| order.get(*at).copied()).filter(tells).collect();
        Some(Teller {
            probability: mentions.iter().map(|mention| mention.probability).max()?,
            grade: trusted.of(&mentions.first()?.publisher),
        })
    };
    sources.iter().filter_map(teller).collect()
}

/// Returns one less the chance that every source is wrong, in millionths.
fn confidence(tellers: &[Teller]) -> u32 {
    let certain = u64::from(CERTAIN);
    let doubt = tellers.iter().fold(certain, |doubt, teller| {
        let right = u64::from(teller.probability) * u64::from(teller.grade.weight()) / certain;
        doubt * (certain - right) / certain
    });
    u32::try_from(certain - doubt).unwrap_or(CERTAIN)
}

/// Returns how an event stands: retracted once somebody took it back and nobody tells it who did not.
fn status(order: &[&Mention], withdrawn: &BTreeSet<&str>) -> Status {
    let stands = order.iter().any(|mention| {
        mention.stance == Stance::Tells && !withdrawn.contains(mention.publisher.as_str())
    });
    let is_taken_back = order.iter().any(|mention| mention.stance == Stance::Retracts);
    if is_taken_back && !stands {
        Status::Retracted
    } else if order.iter().any(|mention| mention.stance != Stance::Tells) {
        Status::Disputed
    } else {
        Status::Stands
    }
}

/// The mentions of an event by source: each source has one vote of the weight of its likeliest mention.
struct Ballot<'a> {
    order: &'a [&'a Mention],
    sources: &'a [Vec<usize>],
}

impl Ballot<'_> {
    /// Returns what most is said of: what the sources' likeliest mentions say. Of equals the least.
    fn choose<T: Ord + Clone>(&self, say: impl Fn(&Mention) -> Option<T>) -> Option<T> {
        let mut votes: BTreeMap<T, u64> = BTreeMap::new();
        for source in self.sources {
            let mut own: BTreeMap<T, u32> = BTreeMap::new();
            for mention in source.iter().filter_map(|at| self.order.get(*at)) {
                if let Some(said) = say(mention) {
                    let held = own.entry(said).or_default();
                    *held = (*held).max(mention.probability);
                }
            }
            for (said, weight) in own {
                *votes.entry(said).or_default() += u64::from(weight);
            }
        }
        let most = votes.iter().max_by(|one, other| one.1.cmp(other.1).then(other.0.cmp(one.0)));
        most.map(|(said, _)| said.clone())
    }
}

/// Returns the contexts that mentions of more than half of the sources name.
fn contexts(order: &[&Mention], sources: &[Vec<usize>]) -> Vec<String> {
    let mut votes: BTreeMap<&str, usize> = BTreeMap::new();
    for source in sources {
        let mentions = source.iter().filter_map(|at| order.get(*at));
        let own: BTreeSet<&str> =
            mentions.flat_map(|mention| mention.contexts.iter().map(String::as_str)).collect();
        for context in own {
            *votes.entry(context).or_default() += 1;
        }
    }
    let most = votes.into_iter().filter(|(_, votes)| 2 * votes > sources.len());
    most.map(|(context, _)| context.to_owned()).collect()
}

/// Returns who takes a part: the state that most say, and of it what is most often said of its kind.
fn party<'m>(
    ballot: &Ballot<'m>,
    of: impl Fn(&'m Mention) -> Option<&'m Party> + Copy,
) -> Option<Party> {
    let parties = || ballot.order.iter().filter_map(|mention| of(mention));
    let key = |party: &Party| body(&party.code).unwrap_or(&party.code).to_owned();
    let known = parties().any(|party| !party.code.is_empty());
    let mut votes: BTreeMap<String, usize> = BTreeMap::new();
    for party in parties().filter(|party| !known || !party.code.is_empty()) {
        *votes.entry(key(party)).or_default() += 1;
    }
    let (most, _) =
        votes.iter().max_by(|one, other| one.1.cmp(other.1).then(other.0.cmp(one.0)))?;
    let mut codes: BTreeMap<&str, usize> = BTreeMap::new();
    for party in parties().filter(|party| key(party) == *most) {
        *codes.entry(party.code.as_str()).or_default() += 1;
    }
    let (code, _) = codes
        .iter()
        .max_by_key(|(code, count)| (**count, code.len(), std::cmp::Reverse(**code)))?;
    // The words of whoever said so first.
    parties().find(|party| party.code == *code).cloned()
}

fn place(ballot: &Ballot<'_>, order: &[&Mention]) -> Option<Spot> {
    let towns =
        order.iter().any(|mention| mention.place.as_ref().is_some_and(|place| place.is_town));
    let told = |mention: &Mention| {
        mention.place.as_ref().filter(|place| place.is_town || !towns).map(place_key)
    };
    let most = ballot.choose(told)?;
    let is_it = |place: &&Spot| (place.is_town || !towns) && place_key(place) == most;
    order.iter().filter_map(|mention| mention.place.as_ref()).find(is_it).cloned()
}

/// Returns the days that most dated reports tell, or that of the first publication.
fn days(ballot: &Ballot<'_>, order: &[&Mention]) -> Option<(Day, Day, String)> {
    let exact = order.iter().any(|mention| mention.precision == "day");
    let told = |mention: &Mention| {
        let counts = if exact { mention.precision == "day" } else { mention.is_dated() };
        counts.then(|| (mention.first, mention.last, mention.precision.clone()))
    };
    let earliest = || {
        let days = order.iter().map(|mention| (mention.first, mention.last));
        let (first, last) = days.min_by_key(|(_, last)| *last)?;
        Some((first, last, String::new()))
    };
    ballot.choose(told).or_else(earliest)
}

/// Returns who came to harm, with all that was said of it.
fn tolls(order: &[&Mention], withdrawn: &BTreeSet<&str>) -> BTreeMap<Harm, Toll> {
    let harms: BTreeSet<Harm> =
        order.iter().flat_map(|mention| mention.tolls.keys().copied()).collect();
    harms.into_iter().map(|harm| (harm, toll(order, harm, withdrawn))).collect()
}

fn toll(order: &[&Mention], harm: Harm, withdrawn: &BTreeSet<&str>) -> Toll {
    let told: Vec<(&Mention, Count)> =
        order.iter().filter_map(|mention| Some((*mention, *mention.tolls.get(&harm)?))).collect();
    let mut history = Vec::new();
    let mut standing: Option<Count> = None;
    for (at, (mention, count)) in told.iter().enumerate() {
        let later = told.iter().skip(at + 1);
        let retracted = withdrawn.contains(mention.publisher.as_str()).then(|| mention.id.clone());
        let superseded = retracted.or_else(|| {
            later
                .filter(|(other, more)| supersedes((other, *more), (mention, *count)))
                .map(|(other, _)| other.id.clone())
                .next()
        });
        if superseded.is_none() {
            standing = Some(standing.map_or(*count, |held| hull(held, *count)));
        }
        let published = mention.published;
        history.push(Said { published, mention: mention.id.clone(), count: *count, superseded });
    }
    Toll { count: standing, history }
}

/// Returns whether a later report takes the place of an earlier one: its own publisher's, or a count that has risen.
fn supersedes(later: (&Mention, Count), earlier: (&Mention, Count)) -> bool {
    let (other, more) = later;
    let (mention, count) = earlier;
    let is_own = !mention.publisher.is_empty()
        && mention.publisher == other.publisher
        && mention.document != other.document;
    let has_risen = more.low > count.low && when(other) > when(mention);
    is_own || has_risen
}

fn hull(one: Count, other: Count) -> Count {
    // A report that gives no end ("at least nine") sets none for those that do.
    let high = match (one.high, other.high) {
        (Some(a), Some(b)) => Some(a.max(b)),
        (a, b) => a.or(b).map(|high| high.max(one.low).max(other.low)),
    };
    Count { low: one.low.min(other.low), high }
}
