//! What the models of roles see of somebody who may act in an event or be acted upon.

use super::candidate::Candidate;
use super::kind::last_letters;
use super::sink::{Piece, Sink, piece, template};
use super::view::{Party, View};
use crate::actor::Body;
use crate::lexicon::{ActorSide, Language};
use crate::ontology::Class;
use crate::parse::Relation;
use crate::russian::Voice;
use crate::tag::Tag;

/// Longest way in a tree that is told step by step, up and down.
const WAY_MAX: usize = 5;

const COUNTS: [Piece<'static>; 4] = [piece!("0"), piece!("1"), piece!("2"), piece!("3")];

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
    let class = Piece::class(asked.class);
    let head = view.piece(Some(asked.candidate.head));
    out.add(template!("role"), []);
    out.add(template!("role class"), [class]);
    out.add(template!("role head"), [head]);
    let voice = voice(view, asked.candidate.head);
    out.add(template!("role voice"), [class, voice]);
    out.add(template!("role actors"), [class, COUNTS[view.actors.len().min(3)]]);
    for find in &asked.candidate.finds {
        let recipient = find.entry.recipient.as_deref().unwrap_or("");
        out.add(template!("role frame"), [side(find.entry.actor), Piece::new(recipient), voice]);
    }
}

/// Adds the features of one party.
pub(crate) fn somebody(view: &View<'_>, asked: Asked<'_>, number: usize, out: &mut Sink) {
    let Some(party) = view.parties.get(number).copied() else { return };
    let (own, top) = (party.words(), party.head);
    let candidate = asked.candidate;
    let class = Piece::class(asked.class);
    let head = view.piece(Some(candidate.head));
    let voice = voice(view, candidate.head);
    let before = own.start < candidate.head;
    let side = if before { piece!("before") } else { piece!("behind") };
    let rank = rank_between(view, candidate.head, own.start);
    let rank = COUNTS[rank.min(3)];
    let way = way(view, top, candidate.head);
    let way = Piece::new(&way);
    let case = preposition(view, own.start, top);
    let case = Piece::new(case);
    let sort = kind(view, party);
    out.add(template!("kind"), [sort]);
    out.add(template!("kind, side"), [sort, side, rank]);
    out.add(template!("kind, way"), [sort, way]);
    out.add(template!("kind, class"), [sort, side, class]);
    out.add(template!("word"), [view.piece(Some(top))]);
    out.add(template!("kin, side"), [view.fine(Some(top)), side]);
    out.add(template!("field, side"), [view.coarse(Some(top)), side]);
    out.add(template!("head kin, way"), [view.fine(Some(candidate.head)), way]);
    out.add(template!("case, head kin"), [case, side, view.fine(Some(candidate.head))]);
    out.add(template!("word, side"), [view.piece(Some(top)), side]);
    if (candidate.first..candidate.end).contains(&top) {
        out.add(template!("is the event"), []);
    }
    if view.finds.iter().any(|find| (find.first..find.end).contains(&top)) {
        out.add(template!("is told"), [sort]);
    }
    out.add(template!("side"), [side, rank, voice]);
    out.add(template!("side, class"), [side, rank, class]);
    out.add(template!("way"), [way]);
    out.add(template!("way, case"), [way, case]);
    out.add(template!("way, class"), [way, class]);
    out.add(template!("way, case, class"), [way, case, class]);
    out.add(template!("way, head"), [way, head]);
    out.add(template!("way, voice"), [way, voice, side]);
    out.add(template!("case"), [case, side]);
    out.add(template!("case, class"), [case, side, class]);
    out.add(template!("case, head"), [case, side, head]);
    out.add(template!("number"), [COUNTS[number.min(3)], side]);
    let previous = view.piece(own.start.checked_sub(1));
    let next = view.piece(Some(own.end));
    out.add(template!("previous"), [previous, side]);
    out.add(template!("next"), [next, side]);
    out.add(template!("next, voice"), [next, side, voice]);
    endings(view, own.clone(), voice, side, case, class, out);
    if let Some(grammar) = grammar(view, top) {
        out.add(template!("grammar"), [grammar, case, side]);
        out.add(template!("grammar, voice"), [grammar, case, voice]);
        out.add(template!("grammar, class"), [grammar, case, class]);
        out.add(template!("grammar, head"), [grammar, case, head]);
        out.add(template!("grammar, way"), [grammar, case, way]);
    }
    for find in &candidate.finds {
        let wanted = find.entry.recipient.as_deref().unwrap_or("");
        let last = wanted.rsplit(' ').next().unwrap_or("");
        let meets = if case.is(last) { piece!("meets") } else { piece!("not") };
        let frame = self::side(find.entry.actor);
        out.add(template!("frame"), [frame, meets, side, voice]);
        out.add(template!("frame, way"), [frame, meets, way]);
        out.add(template!("frame, case"), [frame, case, side, voice]);
    }
    let parties = |at: usize| view.parties.get(at).map(|party| party.words());
    if let Some(first) = asked.actor.and_then(parties) {
        let joint = if joined(view, first.clone(), own.clone()) {
            piece!("joined")
        } else {
            piece!("apart")
        };
        let order = if first.start < own.start { piece!("after") } else { piece!("before") };
        out.add(template!("joint"), [joint, order, class]);
        out.add(template!("joint, side"), [joint, order, side, voice]);
        out.add(template!("joint, kind"), [joint, order, sort]);
        let gap = rank_between(view, first.start, own.start);
        out.add(template!("joint, gap"), [joint, order, COUNTS[gap.min(3)]]);
        if (own.start..own.end).contains(&first.start) || first.contains(&top) {
            out.add(template!("overlaps"), []);
        }
    }
    let before = number.checked_sub(1).and_then(parties);
    let follows = before.is_some_and(|before| joined(view, before, own.clone()));
    let pair = parties(number + 1).is_some_and(|behind| joined(view, own.clone(), behind));
    let says = |is: bool, what: Piece<'static>| if is { what } else { piece!("no") };
    out.add(
        template!("pair"),
        [says(pair, piece!("first")), says(follows, piece!("second")), side],
    );
    out.add(
        template!("pair, class"),
        [says(pair, piece!("first")), says(follows, piece!("second")), side, class],
    );
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
    if view.language == Language::English {
        return;
    }
    let ending = |at: usize| view.words.get(at).map_or("", |word| last_letters(word.folded, 2));
    let (first, last) = (ending(own.start), ending(own.end.saturating_sub(1)));
    for ending in [first, last] {
        let ending = Piece::new(ending);
        out.add(template!("ending"), [ending, side]);
        out.add(template!("ending, voice"), [ending, side, voice]);
        out.add(template!("ending, case"), [ending, case]);
        out.add(template!("ending, class"), [ending, side, class]);
    }
}

/// Returns the case of a word in a Russian tree.
fn grammar(view: &View<'_>, at: usize) -> Option<Piece<'static>> {
    let case = view.words.get(at)?.features.case?;
    Some(Piece::new(case.name()))
}

/// Returns whether the event's word is active or passive, as far as its form tells.
fn voice(view: &View<'_>, head: usize) -> Piece<'static> {
    let Some(word) = view.words.get(head) else { return piece!("none") };
    if view.language == Language::English {
        let passive = view
            .child(head, &[Relation::AuxPass, Relation::NsubjPass, Relation::OblAgent])
            .is_some();
        let participle = word.tag.is_some_and(|tag| tag.penn == crate::tag::Penn::Vbn);
        return match (passive, word.is_verb(), participle) {
            (true, ..) => piece!("passive"),
            (false, true, true) => piece!("participle"),
            (false, true, false) => piece!("active"),
            (false, false, _) => piece!("noun"),
        };
    }
    let by = [Relation::AuxPass, Relation::NsubjPass, Relation::OblAgent];
    if word.features.voice == Some(Voice::Passive) || view.child(head, &by).is_some() {
        return piece!("passive");
    }
    let ends = |endings: &[&str]| endings.iter().any(|ending| word.folded.ends_with(ending));
    if ends(&["ся", "сь"]) {
        piece!("reflexive")
    } else if ends(&["ан", "ана", "ано", "аны", "ен", "ена", "ено", "ены", "ят", "ята", "яты"])
    {
        piece!("passive")
    } else if ends(&["л", "ла", "ло", "ли", "ет", "ют", "ит", "ят", "ут", "ат", "ть", "ти"])
    {
        piece!("active")
    } else {
        piece!("noun")
    }
}

fn side(side: ActorSide) -> Piece<'static> {
    match side {
        ActorSide::Usual => piece!("usual"),
        ActorSide::Object => piece!("object"),
        ActorSide::By => piece!("by"),
        ActorSide::Of => piece!("of"),
        ActorSide::From => piece!("from"),
        ActorSide::Between => piece!("between"),
    }
}

fn kind(view: &View<'_>, party: Party) -> Piece<'static> {
    let Some(actor) = party.actor.and_then(|actor| view.actors.get(actor)) else {
        let plural =
            view.words.get(party.head).and_then(|word| word.tag).is_some_and(Tag::is_plural);
        return if plural { piece!("things") } else { piece!("thing") };
    };
    match (actor.body, actor.placed, actor.sectors.is_empty()) {
        (_, true, _) => piece!("placed"),
        (Body::Unsaid, false, _) => piece!("agent"),
        (Body::Charter(_) | Body::Nation(_) | Body::Unknown, false, true) => piece!("named"),
        (Body::Charter(_) | Body::Nation(_) | Body::Unknown, false, false) => piece!("named agent"),
        (Body::Organisation(_), false, _) => piece!("organisation"),
    }
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
fn preposition<'v>(view: &'v View<'_>, start: usize, top: usize) -> &'v str {
    if let Some(case) = view.child(top, &[Relation::Case]) {
        return view.words[case].folded;
    }
    if view.has_tree() {
        return "";
    }
    let near = start.saturating_sub(2)..start;
    let found = near.rev().find(|at| PREPOSITIONS.contains(&view.words[*at].folded));
    found.map_or("", |at| view.words[at].folded)
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
            .any(|at| matches!(view.words[at].folded, "and" | "и" | "," | "with" | "с"))
        && between.into_iter().all(|at| {
            matches!(view.words[at].folded, "and" | "и" | "," | "the" | "a" | "with" | "с" | "its")
        })
}

/// Returns the way from an actor to the event's word: relations upwards, then downwards.
fn way(view: &View<'_>, from: usize, to: usize) -> String {
    let mut way = String::new();
    if !view.has_tree() {
        return way;
    }
    let (mut above_from, mut above_to) = ([0; WAY_MAX + 1], [0; WAY_MAX + 1]);
    let (above_from, above_to) =
        (above(view, from, &mut above_from), above(view, to, &mut above_to));
    let meet = above_from
        .iter()
        .enumerate()
        .find_map(|(climb, at)| Some((climb, above_to.iter().position(|other| other == at)?)));
    let Some((climb, drop)) = meet else { return "far".to_owned() };
    let ups = above_from.iter().take(climb).map(|at| ('^', *at));
    let downs = above_to.iter().take(drop).rev().map(|at| ('v', *at));
    for (turn, at) in ups.chain(downs) {
        way.push(turn);
        way.push_str(view.words.get(at).map_or("", |word| word.relation.name()));
    }
    way
}

/// Returns a word and those above it, as many as fit.
fn above<'r>(view: &View<'_>, from: usize, room: &'r mut [usize]) -> &'r [usize] {
    let (mut at, mut len) = (Some(from), 0);
    while let (Some(here), Some(place)) = (at, room.get_mut(len)) {
        // What is no word has nothing above it and counts for nothing.
        let Some(word) = view.words.get(here) else { break };
        *place = here;
        len += 1;
        at = word.head;
    }
    room.get(..len).unwrap_or_default()
}
