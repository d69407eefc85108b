//! What the model of types sees of a candidate, and of its sentence.

use super::candidate::Candidate;
use super::sink::{Piece, Sink};
use super::view::View;
use crate::lexicon::{Language, Strength, Trigger};
use crate::parse::Relation;
use crate::token::Shape;

/// How far around a candidate single words count, in words.
const AROUND: isize = 4;

const ORDER: [&str; 4] = ["0", "1", "2", "3"];

/// Adds the features of a sentence: its words and pairs, and what the lexicon finds in it.
pub(crate) fn sentence(view: &View<'_>, candidates: &[Candidate<'_>], out: &mut Sink) {
    out.add("sentence", []);
    words(view, out);
    for find in &view.finds {
        out.add("told", [class(find.entry), strength(find.entry)]);
        if find.entry.class.name() == "NONE" {
            out.add("blocker", [Piece::new(&find.entry.words)]);
        }
    }
    let known = candidates.iter().filter(|candidate| !candidate.finds.is_empty()).count();
    out.add("known", [Piece::new(ORDER[known.min(3)])]);
    out.add("actors", [Piece::new(ORDER[view.actors.len().min(3)])]);
    if view.words.iter().any(|word| matches!(word.folded.as_str(), "\"" | "«" | "“")) {
        out.add("quoted", []);
    }
}

/// Adds the features of one candidate.
pub(crate) fn candidate(view: &View<'_>, all: &[Candidate<'_>], at: usize, out: &mut Sink) {
    let Some(candidate) = all.get(at) else { return };
    lexical(view, all, at, out);
    wording(view, candidate, out);
}

/// Adds the words of a candidate, those around it and those that hang on it.
pub(crate) fn wording(view: &View<'_>, candidate: &Candidate<'_>, out: &mut Sink) {
    out.add("head", [view.piece(Some(candidate.head))]);
    around(view, candidate, out);
    if view.has_tree() {
        tree(view, candidate, out);
    } else {
        forms(view, candidate, out);
    }
}

/// Adds the words of a sentence and their pairs.
pub(crate) fn words(view: &View<'_>, out: &mut Sink) {
    let words: Vec<usize> =
        (0..view.words.len()).filter(|at| view.words[*at].shape != Shape::Mark).collect();
    for (number, at) in words.iter().enumerate() {
        out.add("word", [view.piece(Some(*at))]);
        out.add("pair", [view.piece(Some(*at)), view.piece(words.get(number + 1).copied())]);
    }
}

/// Features from the lexicon, and from the candidate's place among the others.
fn lexical(view: &View<'_>, all: &[Candidate<'_>], at: usize, out: &mut Sink) {
    let candidate = &all[at];
    let order = Piece::new(ORDER[at.min(3)]);
    let known = all.iter().take(at).filter(|other| is_strong(other)).count();
    let known = Piece::new(ORDER[known.min(3)]);
    let root = if is_root(view, candidate.head) { "root" } else { "inner" };
    out.add("order", [order]);
    out.add("place", [Piece::new(root), known]);
    if candidate.finds.is_empty() {
        out.add("unknown", [Piece::new(root), known]);
    }
    for find in &candidate.finds {
        let (class, strength) = (class(find.entry), strength(find.entry));
        out.add("class", [class, strength]);
        out.add("class, place", [class, Piece::new(root), known]);
        out.add("class, strength, place", [class, strength, Piece::new(root)]);
        out.add("class, order", [class, order]);
        out.add("entry", [Piece::new(&find.entry.words)]);
        out.add("class, head", [class, Piece::new(find.entry.head.name())]);
    }
    for other in all.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, other)| other) {
        for find in &other.finds {
            let side = if other.head < candidate.head { "before" } else { "behind" };
            out.add("other", [class(find.entry), strength(find.entry), Piece::new(side)]);
        }
    }
    let covered = view.finds.iter().any(|find| {
        find.entry.class.name() == "NONE" && (find.first..find.end).contains(&candidate.head)
    });
    if covered {
        out.add("blocked", []);
    }
}

fn is_strong(candidate: &Candidate<'_>) -> bool {
    candidate.finds.iter().any(|find| find.entry.strength == Strength::Strong)
}

fn is_root(view: &View<'_>, at: usize) -> bool {
    view.words.get(at).is_some_and(|word| word.head.is_none())
}

fn class(entry: &Trigger) -> Piece<'_> {
    Piece::new(entry.class.name())
}

fn strength(entry: &Trigger) -> Piece<'_> {
    Piece::new(if entry.strength == Strength::Strong { "strong" } else { "weak" })
}

/// Words beside the candidate, alone and in pairs.
fn around(view: &View<'_>, candidate: &Candidate<'_>, out: &mut Sink) {
    let head = view.piece(Some(candidate.head));
    for by in -AROUND..=AROUND {
        if by == 0 {
            continue;
        }
        let word = view.piece(view.beside(candidate.head, by));
        let side = Piece::new(if by < 0 { "before" } else { "behind" });
        out.add("near", [side, word]);
        out.add("head, near", [head, word]);
    }
    let (before, behind) =
        (view.piece(view.beside(candidate.head, -1)), view.piece(view.beside(candidate.head, 1)));
    let second = view.piece(view.beside(candidate.head, 2));
    out.add("before, head", [before, head]);
    out.add("head, behind", [head, behind]);
    out.add("head, two", [head, behind, second]);
    out.add("behind, second", [behind, second]);
    out.add("around", [before, head, behind]);
}

/// Features of the tree: what hangs on the candidate, and what it hangs on.
fn tree(view: &View<'_>, candidate: &Candidate<'_>, out: &mut Sink) {
    let Some(word) = view.words.get(candidate.head) else { return };
    let head = word.piece();
    let relation = Piece::new(word.relation.name());
    if let Some(tag) = word.tag {
        out.add("tag", [Piece::new(tag.penn.name())]);
        out.add("head, tag", [head, Piece::new(tag.upos.name())]);
    }
    out.add("by", [relation]);
    let over = view.piece(word.head);
    out.add("by, over", [relation, over]);
    out.add("head, by, over", [head, relation, over]);
    for at in view.below(candidate.head) {
        below(view, head, *at, out);
    }
    parties(view, candidate, out);
}

/// What kind of thing the subject and the object are.
fn parties(view: &View<'_>, candidate: &Candidate<'_>, out: &mut Sink) {
    let subject = Piece::new(sort(view, subject(view, candidate.head)));
    let object =
        Piece::new(sort(view, view.child(candidate.head, &[Relation::Obj, Relation::OblAgent])));
    let place = Piece::new(if is_root(view, candidate.head) { "root" } else { "inner" });
    out.add("subject", [subject]);
    out.add("object", [object]);
    out.add("subject, object", [subject, object, place]);
    out.add("head, subject", [view.piece(Some(candidate.head)), subject]);
    for find in &candidate.finds {
        out.add("class, subject", [class(find.entry), subject, strength(find.entry)]);
        out.add("class, object", [class(find.entry), object]);
        out.add("class, both", [class(find.entry), subject, object]);
    }
}

/// Returns the subject of a verb: its own, or that of the verb beside or above it.
pub(crate) fn subject(view: &View<'_>, verb: usize) -> Option<usize> {
    let mut at = verb;
    for _ in 0..3 {
        if let Some(subject) = view.child(at, &SUBJECTS) {
            return Some(subject);
        }
        let word = view.words.get(at)?;
        let shares = matches!(word.relation, Relation::Conj | Relation::Xcomp | Relation::Advcl);
        at = word.head.filter(|_| shares)?;
    }
    None
}

/// Returns what sort of thing a word names.
fn sort(view: &View<'_>, at: Option<usize>) -> &'static str {
    use crate::actor::Body;
    use crate::tag::Upos;
    let Some(word) = at.and_then(|at| view.words.get(at)) else { return "none" };
    let body = word.actor.and_then(|actor| view.actors.get(actor)).map(|actor| actor.body);
    match (body, word.tag.map(|tag| tag.upos)) {
        (Some(Body::Charter(_) | Body::Nation(_) | Body::Unknown), _) => "named",
        (Some(Body::Organisation(_)), _) => "organisation",
        (Some(Body::Unsaid), _) => "agent",
        (None, Some(Upos::Pron)) => "pronoun",
        (None, Some(Upos::Propn)) => "name",
        (None, _) => "thing",
    }
}

/// Relations of subjects.
pub(crate) const SUBJECTS: [Relation; 4] =
    [Relation::Nsubj, Relation::NsubjPass, Relation::NsubjOuter, Relation::Csubj];

fn below(view: &View<'_>, head: Piece<'_>, at: usize, out: &mut Sink) {
    let word = &view.words[at];
    if matches!(word.relation, Relation::Punct | Relation::Cc | Relation::Det) {
        return;
    }
    let (relation, own) = (Piece::new(word.relation.name()), word.piece());
    out.add("has", [relation]);
    out.add("has word", [relation, own]);
    out.add("head, has", [head, relation, own]);
    if let Some(case) = view.child(at, &[Relation::Case, Relation::Mark]) {
        let case = view.piece(Some(case));
        out.add("by case", [case, own]);
        out.add("head, case", [head, case]);
        out.add("head, case, word", [head, case, own]);
    }
    if matches!(
        word.relation,
        Relation::Obj
            | Relation::Xcomp
            | Relation::Obl
            | Relation::Ccomp
            | Relation::Nmod
            | Relation::NsubjPass
    ) {
        for under in view.below(at) {
            let below = &view.words[*under];
            if matches!(below.relation, Relation::Punct | Relation::Cc | Relation::Det) {
                continue;
            }
            out.add("under", [relation, own, below.piece()]);
            out.add("under word", [relation, below.piece()]);
            out.add("head, under", [head, below.piece()]);
        }
    }
}

/// Features of word forms, where there is no tree: endings, and the clause between its marks.
fn forms(view: &View<'_>, candidate: &Candidate<'_>, out: &mut Sink) {
    debug_assert!(view.language == Language::Russian);
    let Some(word) = view.words.get(candidate.head) else { return };
    let ending = Piece::new(last_letters(&word.folded, 2));
    out.add("ending", [ending]);
    out.add("ending 3", [Piece::new(last_letters(&word.folded, 3))]);
    out.add("form", [Piece::new(&word.folded)]);
    out.add("stem 4", [Piece::new(first_letters(&word.folded, 4))]);
    out.add("stem 6", [Piece::new(first_letters(&word.folded, 6))]);
    for at in view.clause(candidate.head) {
        let other = &view.words[at];
        if other.shape != Shape::Mark {
            out.add("clause", [other.piece()]);
            out.add("head, clause", [word.piece(), other.piece()]);
        }
    }
}

/// Returns the last letters of a word.
pub(crate) fn last_letters(word: &str, count: usize) -> &str {
    let at = word.char_indices().rev().nth(count.saturating_sub(1)).map_or(0, |(at, _)| at);
    word.get(at..).unwrap_or(word)
}

/// Returns the first letters of a word.
fn first_letters(word: &str, count: usize) -> &str {
    word.char_indices().nth(count).and_then(|(at, _)| word.get(..at)).unwrap_or(word)
}
