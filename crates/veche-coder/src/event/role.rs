//! What the models of roles see of somebody who may act in an event or be acted upon.

use super::candidate::Candidate;
use super::kind::last_letters;
use super::sink::{Piece, Sink};
use super::view::{Party, View};
use crate::actor::Body;
use crate::lexicon::ActorSide;
use crate::ontology::Class;
use crate::parse::Relation;
use crate::tag::Tag;

/// Longest way in a tree that is told step by step, up and down.
const WAY_MAX: usize = 5;

const COUNTS: [&str; 4] = ["0", "1", "2", "3"];

/// An event whose roles are asked for.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// Its words.
    pub(crate) candidate: &'a Candidate<'a>,
    /// What it is.
    pub(crate) class: Class,
    /// Who acts, if that is settled: a number among the parties.
    pub(crate) actor: Option<usize>,
}

/// Adds features of an event that speak for or against anybody at all.
pub(crate) fn event(view: &View<'_>, asked: Asked<'_>, out: &mut Sink) {
    let class = Piece::new(asked.class.name());
    let head = view.piece(Some(asked.candidate.head));
    out.add("role", []);
    out.add("role class", [class]);
    out.add("role head", [head]);
    let voice = Piece::new(voice(view, asked.candidate.head));
    out.add("role voice", [class, voice]);
    out.add("role actors", [class, Piece::new(COUNTS[view.actors.len().min(3)])]);
    for find in &asked.candidate.finds {
        let recipient = find.entry.recipient.as_deref().unwrap_or("");
        out.add("role frame", [side(find.entry.actor), Piece::new(recipient), voice]);
    }
}

/// Adds the features of one party.
pub(crate) fn somebody(view: &View<'_>, asked: Asked<'_>, number: usize, out: &mut Sink) {
    let Some(party) = view.parties.get(number).copied() else { return };
    let (own, top) = (party.words(), party.head);
    let candidate = asked.candidate;
    let class = Piece::new(asked.class.name());
    let head = view.piece(Some(candidate.head));
    let voice = Piece::new(voice(view, candidate.head));
    let before = own.start < candidate.head;
    let side = Piece::new(if before { "before" } else { "behind" });
    let rank = rank_between(view, candidate.head, own.start);
    let rank = Piece::new(COUNTS[rank.min(3)]);
    let way = way(view, top, candidate.head);
    let way = Piece::new(&way);
    let case = preposition(view, own.start, top);
    let case = Piece::new(&case);
    let sort = kind(view, party);
    out.add("kind", [sort]);
    out.add("kind, side", [sort, side, rank]);
    out.add("kind, way", [sort, way]);
    out.add("kind, class", [sort, side, class]);
    out.add("word", [view.piece(Some(top))]);
    out.add("word, side", [view.piece(Some(top)), side]);
    if (candidate.first..candidate.end).contains(&top) {
        out.add("is the event", []);
    }
    if view.finds.iter().any(|find| (find.first..find.end).contains(&top)) {
        out.add("is told", [sort]);
    }
    out.add("side", [side, rank, voice]);
    out.add("side, class", [side, rank, class]);
    out.add("way", [way]);
    out.add("way, case", [way, case]);
    out.add("way, class", [way, class]);
    out.add("way, case, class", [way, case, class]);
    out.add("way, head", [way, head]);
    out.add("way, voice", [way, voice, side]);
    out.add("case", [case, side]);
    out.add("case, class", [case, side, class]);
    out.add("case, head", [case, side, head]);
    out.add("number", [Piece::new(COUNTS[number.min(3)]), side]);
    let previous = view.piece(own.start.checked_sub(1));
    let next = view.piece(Some(own.end));
    out.add("previous", [previous, side]);
    out.add("next", [next, side]);
    out.add("next, voice", [next, side, voice]);
    endings(view, own.clone(), voice, side, case, class, out);
    for find in &candidate.finds {
        let wanted = find.entry.recipient.as_deref().unwrap_or("");
        let last = wanted.rsplit(' ').next().unwrap_or("");
        let meets = Piece::new(if case.is(last) { "meets" } else { "not" });
        let frame = self::side(find.entry.actor);
        out.add("frame", [frame, meets, side, voice]);
        out.add("frame, way", [frame, meets, way]);
        out.add("frame, case", [frame, case, side, voice]);
    }
    let parties = |at: usize| view.parties.get(at).map(|party| party.words());
    if let Some(first) = asked.actor.and_then(parties) {
        let joint =
            Piece::new(if joined(view, first.clone(), own.clone()) { "joined" } else { "apart" });
        let order = Piece::new(if first.start < own.start { "after" } else { "before" });
        out.add("joint", [joint, order, class]);
        out.add("joint, side", [joint, order, side, voice]);
        out.add("joint, kind", [joint, order, sort]);
        let gap = rank_between(view, first.start, own.start);
        out.add("joint, gap", [joint, order, Piece::new(COUNTS[gap.min(3)])]);
        if (own.start..own.end).contains(&first.start) || first.contains(&top) {
            out.add("overlaps", []);
        }
    }
    let before = number.checked_sub(1).and_then(parties);
    let follows = before.is_some_and(|before| joined(view, before, own.clone()));
    let pair = parties(number + 1).is_some_and(|behind| joined(view, own.clone(), behind));
    let says = |is: bool, what: &'static str| Piece::new(if is { what } else { "no" });
    out.add("pair", [says(pair, "first"), says(follows, "second"), side]);
    out.add("pair, class", [says(pair, "first"), says(follows, "second"), side, class]);
}

/// Endings of the actor's first and last word: cases, in Russian.
fn endings(
    view: &View<'_>,
    own: std::ops::Range<usize>,
    voice: Piece<'_>,
    side: Piece<'_>,
    case: Piece<'_>,
    class: Piece<'_>,
    out: &mut Sink,
) {
    if view.has_tree() {
        return;
    }
    let ending = |at: usize| view.words.get(at).map_or("", |word| last_letters(&word.folded, 2));
    let (first, last) = (ending(own.start), ending(own.end.saturating_sub(1)));
    for ending in [first, last] {
        let ending = Piece::new(ending);
        out.add("ending", [ending, side]);
        out.add("ending, voice", [ending, side, voice]);
        out.add("ending, case", [ending, case]);
        out.add("ending, class", [ending, side, class]);
    }
}

/// Returns whether the event's word is active or passive, as far as its form tells.
fn voice(view: &View<'_>, head: usize) -> &'static str {
    let Some(word) = view.words.get(head) else { return "none" };
    if view.has_tree() {
        let passive = view
            .child(head, &[Relation::AuxPass, Relation::NsubjPass, Relation::OblAgent])
            .is_some();
        let participle = word.tag.is_some_and(|tag| tag.penn == crate::tag::Penn::Vbn);
        return match (passive, word.is_verb(), participle) {
            (true, ..) => "passive",
            (false, true, true) => "participle",
            (false, true, false) => "active",
            (false, false, _) => "noun",
        };
    }
    let ends = |endings: &[&str]| endings.iter().any(|ending| word.folded.ends_with(ending));
    if ends(&["ся", "сь"]) {
        "reflexive"
    } else if ends(&["ан", "ана", "ано", "аны", "ен", "ена", "ено", "ены", "ят", "ята", "яты"])
    {
        "passive"
    } else if ends(&["л", "ла", "ло", "ли", "ет", "ют", "ит", "ят", "ут", "ат", "ть", "ти"])
    {
        "active"
    } else {
        "noun"
    }
}

fn side(side: ActorSide) -> Piece<'static> {
    Piece::new(match side {
        ActorSide::Usual => "usual",
        ActorSide::Object => "object",
        ActorSide::By => "by",
        ActorSide::Of => "of",
        ActorSide::From => "from",
        ActorSide::Between => "between",
    })
}

fn kind(view: &View<'_>, party: Party) -> Piece<'static> {
    let Some(actor) = party.actor.and_then(|actor| view.actors.get(actor)) else {
        let plural =
            view.words.get(party.head).and_then(|word| word.tag).is_some_and(Tag::is_plural);
        return Piece::new(if plural { "things" } else { "thing" });
    };
    Piece::new(match (actor.body, actor.placed, actor.sectors.is_empty()) {
        (_, true, _) => "placed",
        (Body::Unsaid, false, _) => "agent",
        (Body::Charter(_) | Body::Nation(_) | Body::Unknown, false, true) => "named",
        (Body::Charter(_) | Body::Nation(_) | Body::Unknown, false, false) => "named agent",
        (Body::Organisation(_), false, _) => "organisation",
    })
}

/// Returns how many parties stand between two words.
fn rank_between(view: &View<'_>, one: usize, other: usize) -> usize {
    let (from, to) = (one.min(other), one.max(other));
    view.parties
        .iter()
        .filter(|party| party.actor.is_some() && party.first > from && party.first < to)
        .count()
}

/// Returns the preposition before an actor: the one in the tree, or one that stands shortly before it.
fn preposition(view: &View<'_>, start: usize, top: usize) -> String {
    if let Some(case) = view.child(top, &[Relation::Case]) {
        return view.words[case].folded.clone();
    }
    if view.has_tree() {
        return String::new();
    }
    let near = start.saturating_sub(2)..start;
    let found = near.rev().find(|at| PREPOSITIONS.contains(&view.words[*at].folded.as_str()));
    found.map_or_else(String::new, |at| view.words[at].folded.clone())
}

const PREPOSITIONS: [&str; 34] = [
    "в",
    "во",
    "на",
    "с",
    "со",
    "к",
    "ко",
    "из",
    "от",
    "для",
    "против",
    "между",
    "о",
    "об",
    "по",
    "за",
    "до",
    "при",
    "у",
    "над",
    "под",
    "перед",
    "через",
    "без",
    "из-за",
    "около",
    "после",
    "стороны",
    "отношении",
    "адрес",
    "адресу",
    "участием",
    "территории",
    "пользу",
];

/// Returns true if nothing but words of a list stands between two actors.
fn joined(view: &View<'_>, one: std::ops::Range<usize>, other: std::ops::Range<usize>) -> bool {
    let between = if one.start < other.start { one.end..other.start } else { other.end..one.start };
    between.len() <= 3
        && !between.is_empty()
        && between
            .clone()
            .any(|at| matches!(view.words[at].folded.as_str(), "and" | "и" | "," | "with" | "с"))
        && between.into_iter().all(|at| {
            matches!(
                view.words[at].folded.as_str(),
                "and" | "и" | "," | "the" | "a" | "with" | "с" | "its"
            )
        })
}

/// Returns the way from an actor to the event's word: relations upwards, then downwards.
fn way(view: &View<'_>, from: usize, to: usize) -> String {
    if !view.has_tree() {
        return String::new();
    }
    let up = |start: usize| {
        let mut at = Some(start);
        std::iter::from_fn(move || {
            let here = at?;
            at = view.words.get(here)?.head;
            Some(here)
        })
        .take(WAY_MAX + 1)
        .collect::<Vec<_>>()
    };
    let (above_from, above_to) = (up(from), up(to));
    let Some((climb, drop)) = above_from
        .iter()
        .enumerate()
        .find_map(|(climb, at)| Some((climb, above_to.iter().position(|other| other == at)?)))
    else {
        return "far".to_owned();
    };
    let name = |at: &usize| view.words.get(*at).map_or("", |word| word.relation.name());
    let ups = above_from.iter().take(climb).map(|at| format!("^{}", name(at)));
    let downs = above_to.iter().take(drop).rev().map(|at| format!("v{}", name(at)));
    ups.chain(downs).collect()
}
