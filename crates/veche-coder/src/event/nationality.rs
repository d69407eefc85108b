//! To which state or body somebody belongs whose own words do not say.

use super::reader::{Found, Reader};
use super::view::{Party, View};
use super::{Basis, Participant};
use crate::actor::Body;
use crate::matcher::Target;
use crate::parse::Relation;

/// Returns a party with the state or body that it belongs to.
pub(crate) fn participant(
    reader: Reader<'_>,
    view: &View<'_>,
    found: &Found,
    party: Party,
) -> Participant {
    let actor = party.actor.and_then(|actor| view.actors.get(actor));
    let named = actor.map_or(Body::Unsaid, |actor| actor.body);
    let (body, basis) = match named {
        Body::Unsaid | Body::Unknown => described(view, party)
            .map(|body| (body, Basis::Described))
            .or_else(|| inferred(reader, view, found).map(|body| (body, Basis::Inferred)))
            .unwrap_or((named, Basis::Named)),
        Body::Charter(_) | Body::Nation(_) | Body::Organisation(_) => (named, Basis::Named),
    };
    Participant {
        span: found.tokens.cover(view.first + party.first, view.first + party.end - 1),
        body,
        sectors: actor.map(|actor| actor.sectors.clone()).unwrap_or_default(),
        basis,
    }
}

const fn is_known(body: Body) -> bool {
    matches!(body, Body::Charter(_) | Body::Nation(_) | Body::Organisation(_))
}

/// Returns the state or body that hangs on a party: "Orvessan shells", "rebels from Orvessa".
fn described(view: &View<'_>, party: Party) -> Option<Body> {
    use Relation::{Amod, Appos, Compound, Flat, Nmod, NmodDesc, NmodPoss};
    let names = |at: &usize| {
        let word = view.words.get(*at)?;
        let describes =
            matches!(word.relation, Amod | Appos | Compound | Flat | Nmod | NmodDesc | NmodPoss);
        let actor = word.actor.filter(|_| describes).and_then(|actor| view.actors.get(actor))?;
        is_known(actor.body).then_some(actor.body)
    };
    view.below(party.head).iter().find_map(names)
}

/// Returns the state where the sentence places it, or the one that the document names most, the first of equal ones.
fn inferred(reader: Reader<'_>, view: &View<'_>, found: &Found) -> Option<Body> {
    let placed = view.actors.iter().find(|actor| actor.placed && is_known(actor.body));
    placed.map(|actor| actor.body).or_else(|| most_named(reader, found))
}

fn most_named(reader: Reader<'_>, found: &Found) -> Option<Body> {
    let mut counts: Vec<(Body, usize)> = Vec::new();
    for one in reader.matcher.matches(&found.matches) {
        let bodies = one.targets.iter().filter_map(|target| match target {
            Target::Nation(_, at) => Some(Body::Nation(*at)),
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
