//! To which state or body somebody belongs whose own words do not say.
//!
//! A name that nothing knows stays one: of a place or an organisation no state is guessed, which a person can do better.

use super::reader::{Found, Reader};
use super::view::{Party, View};
use super::{Basis, Participant};
use crate::actor::Body;
use crate::matcher::Target;
use crate::parse::Relation;
use crate::russian::{Name, NameKind};

/// Returns a party with the state or body that it belongs to. `names`: those that a network found in the sentence.
pub(crate) fn participant(
    reader: Reader<'_>,
    view: &View<'_>,
    found: &Found,
    party: Party,
    names: &[Name],
) -> Participant {
    let actor = party.actor.and_then(|actor| view.actors.get(actor));
    let named = actor.map_or(Body::Unsaid, |actor| actor.body);
    // What a table knows, a network has nothing to say about.
    let name = name_of(party, named == Body::Unknown, names).filter(|_| !is_known(named));
    // "The police of X" are described; a name by itself is one that no table has. A noun that begins a sentence has its capital from there.
    let is_bare = |name: &Name| named == Body::Unknown || (actor.is_none() && name.first > 0);
    let own = name.filter(|name| name.kind != NameKind::Person && is_bare(name));
    let (body, basis) = match named {
        Body::Unsaid | Body::Unknown => described(view, party)
            .map(|body| (body, Basis::Described))
            .or_else(|| own.map(|_| (Body::Unknown, Basis::Named)))
            .or_else(|| inferred(reader, view, found).map(|body| (body, Basis::Inferred)))
            .unwrap_or((named, Basis::Named)),
        Body::Charter(_) | Body::Nation(_) | Body::Organisation(_) => (named, Basis::Named),
    };
    let holds = |name: &Name| name.first <= party.first && party.end <= name.end;
    let whole = own.filter(|name| name.kind == NameKind::Organisation && holds(name));
    let words = whole.map_or(party.words(), Name::words);
    Participant {
        span: found.tokens.cover(view.first + words.start, view.first + words.end - 1),
        body,
        sectors: actor.map(|actor| actor.sectors.clone()).unwrap_or_default(),
        basis,
        probability: 0,
        name: name.map(|name| name.kind),
    }
}

/// Returns the name that a party's words are: the one that holds its head, or if nothing knows the party, any that it has a part of.
fn name_of(party: Party, is_unknown: bool, names: &[Name]) -> Option<Name> {
    let of_head = names.iter().find(|name| name.words().contains(&party.head));
    let any = || names.iter().find(|name| is_unknown && name.touches(&party.words()));
    of_head.or_else(any).copied()
}

/// How many words lie between a party and the name that describes it, at most.
const DESCRIBED_DEPTH: usize = 2;

const fn is_known(body: Body) -> bool {
    matches!(body, Body::Charter(_) | Body::Nation(_) | Body::Organisation(_))
}

/// Returns the state or body that hangs on a party: "Orvessan shells", "rebels from Orvessa", "X, a member of Orvessa's parliament".
fn described(view: &View<'_>, party: Party) -> Option<Body> {
    let own = below(view, party.head, DESCRIBED_DEPTH);
    own.or_else(|| {
        // "The commissioner of Orvessa, X": what X stands beside.
        let word = view.words.get(party.head)?;
        let beside = word.head.filter(|_| word.relation == Relation::Appos)?;
        body_of(view, beside).or_else(|| below(view, beside, DESCRIBED_DEPTH))
    })
}

/// Returns the first known body among what describes a word: the nearer ones first.
fn below(view: &View<'_>, word: usize, depth: usize) -> Option<Body> {
    use Relation::{Amod, Appos, Compound, Flat, Nmod, NmodDesc, NmodPoss};
    let describes = |at: &usize| {
        let word = view.words.get(*at);
        word.is_some_and(|word| {
            matches!(word.relation, Amod | Appos | Compound | Flat | Nmod | NmodDesc | NmodPoss)
        })
    };
    let mut near = view.below(word).iter().copied().filter(describes);
    near.clone()
        .find_map(|at| body_of(view, at))
        .or_else(|| if depth == 0 { None } else { near.find_map(|at| below(view, at, depth - 1)) })
}

fn body_of(view: &View<'_>, at: usize) -> Option<Body> {
    let actor = view.words.get(at)?.actor.and_then(|actor| view.actors.get(actor))?;
    is_known(actor.body).then_some(actor.body)
}

/// Returns the state where the sentence places it, or the one that the document names most, the first of equal ones.
fn inferred(reader: Reader<'_>, view: &View<'_>, found: &Found) -> Option<Body> {
    let placed = view.actors.iter().find(|actor| actor.placed && is_known(actor.body));
    let most = || *found.most_named.get_or_init(|| most_named(reader, found));
    placed.map(|actor| actor.body).or_else(most)
}

fn most_named(reader: Reader<'_>, found: &Found) -> Option<Body> {
    let mut counts: Vec<(Body, usize)> = Vec::new();
    for one in reader.matcher.matches(&found.matches) {
        let bodies = one.targets.iter().filter_map(|target| match target {
            Target::Nation(_, at) | Target::Group(at, _) => Some(Body::Nation(*at)),
            Target::Charter(at) => Some(Body::Charter(*at)),
            Target::Trigger(..)
            | Target::Agent(_)
            | Target::Office(_)
            | Target::Organisation(_)
            | Target::Place(_) => None,
        });
        let Some(body) = bodies.min() else { continue };
        match counts.iter_mut().find(|(own, _)| *own == body) {
            Some((_, count)) => *count += 1,
            None => counts.push((body, 1)),
        }
    }
    counts.into_iter().rev().max_by_key(|(_, count)| *count).map(|(body, _)| body)
}
