//! What the model of types sees of a candidate, and of its sentence.

use super::candidate::Candidate;
use super::sink::{Piece, Sink, piece, template};
use super::view::{Find, View};
use crate::lexicon::{Language, Strength, Trigger};
use crate::parse::Relation;
use crate::token::Shape;

/// How far around a candidate single words count, in words.
const AROUND: isize = 4;

/// How deep speech within speech is looked through.
const SPEECH_DEPTH: usize = 3;

const ORDER: [Piece<'static>; 4] = [piece!("0"), piece!("1"), piece!("2"), piece!("3")];

/// Adds the features of a sentence: its words and pairs, and what the lexicon finds in it.
pub(crate) fn sentence(view: &View<'_>, candidates: &[Candidate<'_>], out: &mut Sink) {
    out.add(template!("sentence"), []);
    words(view, out);
    for find in &view.finds {
        out.add(template!("told"), [class(find.entry), strength(find.entry)]);
        if find.entry.class.name() == "NONE" {
            out.add(template!("blocker"), [Piece::new(&find.entry.words)]);
        }
    }
    let known = candidates.iter().filter(|candidate| !candidate.finds.is_empty()).count();
    out.add(template!("known"), [ORDER[known.min(3)]]);
    out.add(template!("actors"), [ORDER[view.actors.len().min(3)]]);
    if view.words.iter().any(|word| matches!(word.folded, "\"" | "«" | "“")) {
        out.add(template!("quoted"), []);
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
    out.add(template!("head"), [view.piece(Some(candidate.head))]);
    out.add(template!("head kin"), [view.fine(Some(candidate.head))]);
    out.add(template!("head field"), [view.coarse(Some(candidate.head))]);
    around(view, candidate, out);
    if view.has_tree() {
        tree(view, candidate, out);
    }
    if view.language == Language::Russian {
        forms(view, candidate, out);
    }
}

/// Adds the words of a sentence and their pairs.
pub(crate) fn words(view: &View<'_>, out: &mut Sink) {
    let words: Vec<usize> =
        (0..view.words.len()).filter(|at| view.words[*at].shape != Shape::Mark).collect();
    for (number, at) in words.iter().enumerate() {
        out.add(template!("word"), [view.piece(Some(*at))]);
        out.add(template!("kin"), [view.fine(Some(*at))]);
        out.add(template!("field"), [view.coarse(Some(*at))]);
        out.add(
            template!("pair"),
            [view.piece(Some(*at)), view.piece(words.get(number + 1).copied())],
        );
    }
}

/// Features from the lexicon, and from the candidate's place among the others.
fn lexical(view: &View<'_>, all: &[Candidate<'_>], at: usize, out: &mut Sink) {
    let candidate = &all[at];
    let order = ORDER[at.min(3)];
    let known = all.iter().take(at).filter(|other| is_strong(other)).count();
    let known = ORDER[known.min(3)];
    let root = place(view, candidate.head);
    out.add(template!("order"), [order]);
    out.add(template!("place"), [root, known]);
    if candidate.finds.is_empty() {
        out.add(template!("unknown"), [root, known]);
    }
    for find in &candidate.finds {
        let (class, strength) = (class(find.entry), strength(find.entry));
        out.add(template!("class"), [class, strength]);
        out.add(template!("class, place"), [class, root, known]);
        out.add(template!("class, strength, place"), [class, strength, root]);
        out.add(template!("class, order"), [class, order]);
        out.add(template!("entry"), [Piece::new(&find.entry.words)]);
        out.add(template!("class, head"), [class, Piece::new(find.entry.head.name())]);
    }
    for other in all.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, other)| other) {
        for find in &other.finds {
            let side =
                if other.head < candidate.head { piece!("before") } else { piece!("behind") };
            out.add(template!("other"), [class(find.entry), strength(find.entry), side]);
        }
    }
    let covered = view.finds.iter().any(|find| {
        find.entry.class.name() == "NONE" && (find.first..find.end).contains(&candidate.head)
    });
    if covered {
        out.add(template!("blocked"), []);
    }
}

fn is_strong(candidate: &Candidate<'_>) -> bool {
    candidate.finds.iter().any(|find| find.entry.strength == Strength::Strong)
}

/// Returns where a word stands in its sentence. What somebody says stands where the saying does: "X said it had expelled Y" tells of
/// an expulsion.
fn place(view: &View<'_>, at: usize) -> Piece<'static> {
    if view.below(at).iter().any(|below| said_by(view, *below) == Some(at)) {
        return piece!("says");
    }
    let mut at = at;
    // Speech within speech ends somewhere; a tree is no deeper than this for people.
    for _ in 0..SPEECH_DEPTH {
        match said_by(view, at) {
            Some(over) => at = over,
            None => break,
        }
    }
    let is_root = view.words.get(at).is_some_and(|word| word.head.is_none());
    if is_root { piece!("root") } else { piece!("inner") }
}

/// Returns the word of saying over a word: "said" over "expelled" in "said it had expelled".
pub(crate) fn said_by(view: &View<'_>, at: usize) -> Option<usize> {
    let word = view.words.get(at)?;
    let over =
        word.head.filter(|_| matches!(word.relation, Relation::Ccomp | Relation::Parataxis))?;
    let says = |find: &Find<'_>| {
        find.entry.class.name() == "STATEMENT" && (find.first..find.end).contains(&over)
    };
    view.finds.iter().any(says).then_some(over)
}

fn class(entry: &Trigger) -> Piece<'_> {
    Piece::class(entry.class)
}

fn strength(entry: &Trigger) -> Piece<'_> {
    if entry.strength == Strength::Strong { piece!("strong") } else { piece!("weak") }
}

/// Words beside the candidate, alone and in pairs.
fn around(view: &View<'_>, candidate: &Candidate<'_>, out: &mut Sink) {
    let head = view.piece(Some(candidate.head));
    for by in -AROUND..=AROUND {
        if by == 0 {
            continue;
        }
        let word = view.piece(view.beside(candidate.head, by));
        let side = if by < 0 { piece!("before") } else { piece!("behind") };
        out.add(template!("near"), [side, word]);
        let kin = view.fine(view.beside(candidate.head, by));
        out.add(template!("near kin"), [side, kin]);
        out.add(template!("head, near kin"), [head, kin]);
        out.add(template!("head kin, near kin"), [view.fine(Some(candidate.head)), kin]);
        out.add(
            template!("head field, near field"),
            [view.coarse(Some(candidate.head)), view.coarse(view.beside(candidate.head, by)), side],
        );
        out.add(template!("head, near"), [head, word]);
    }
    let (before, behind) =
        (view.piece(view.beside(candidate.head, -1)), view.piece(view.beside(candidate.head, 1)));
    let second = view.piece(view.beside(candidate.head, 2));
    out.add(template!("before, head"), [before, head]);
    out.add(template!("head, behind"), [head, behind]);
    out.add(template!("head, two"), [head, behind, second]);
    out.add(template!("behind, second"), [behind, second]);
    out.add(template!("around"), [before, head, behind]);
}

/// Features of the tree: what hangs on the candidate, and what it hangs on.
fn tree(view: &View<'_>, candidate: &Candidate<'_>, out: &mut Sink) {
    let Some(word) = view.words.get(candidate.head) else { return };
    let head = word.piece();
    let relation = Piece::relation(word.relation);
    if let Some(tag) = word.tag {
        out.add(template!("tag"), [Piece::hashed(tag.penn.key(), tag.penn.name())]);
        out.add(template!("head, tag"), [head, Piece::hashed(tag.upos.key(), tag.upos.name())]);
    }
    out.add(template!("by"), [relation]);
    let over = view.piece(word.head);
    out.add(template!("by, over"), [relation, over]);
    out.add(template!("head, by, over"), [head, relation, over]);
    for at in view.below(candidate.head) {
        below(view, head, *at, out);
    }
    parties(view, candidate, out);
}

/// What kind of thing the subject and the object are.
fn parties(view: &View<'_>, candidate: &Candidate<'_>, out: &mut Sink) {
    let subject = subject(view, candidate.head);
    // "X said it had ..": it is who speaks.
    let spoken =
        subject.filter(|at| is_pronoun(view, *at)).and_then(|_| said_by(view, candidate.head));
    let speaker = spoken.and_then(|says| view.child(says, &SUBJECTS));
    let subject = sort(view, speaker.or(subject));
    let object = sort(view, view.child(candidate.head, &[Relation::Obj, Relation::OblAgent]));
    let place = place(view, candidate.head);
    out.add(template!("subject"), [subject]);
    out.add(template!("object"), [object]);
    out.add(template!("subject, object"), [subject, object, place]);
    out.add(template!("head, subject"), [view.piece(Some(candidate.head)), subject]);
    for find in &candidate.finds {
        out.add(template!("class, subject"), [class(find.entry), subject, strength(find.entry)]);
        out.add(template!("class, object"), [class(find.entry), object]);
        out.add(template!("class, both"), [class(find.entry), subject, object]);
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

fn is_pronoun(view: &View<'_>, at: usize) -> bool {
    let tag = view.words.get(at).and_then(|word| word.tag);
    tag.is_some_and(|tag| tag.upos == crate::tag::Upos::Pron)
}

/// Returns what sort of thing a word names.
fn sort(view: &View<'_>, at: Option<usize>) -> Piece<'static> {
    use crate::actor::Body;
    use crate::tag::Upos;
    let Some(word) = at.and_then(|at| view.words.get(at)) else { return piece!("none") };
    let body = word.actor.and_then(|actor| view.actors.get(actor)).map(|actor| actor.body);
    match (body, word.tag.map(|tag| tag.upos)) {
        (Some(Body::Charter(_) | Body::Nation(_) | Body::Unknown), _) => piece!("named"),
        (Some(Body::Organisation(_)), _) => piece!("organisation"),
        (Some(Body::Unsaid), _) => piece!("agent"),
        (None, Some(Upos::Pron)) => piece!("pronoun"),
        (None, Some(Upos::Propn)) => piece!("name"),
        (None, _) => piece!("thing"),
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
    let (relation, own) = (Piece::relation(word.relation), word.piece());
    out.add(template!("has"), [relation]);
    out.add(template!("has word"), [relation, own]);
    out.add(template!("has kin"), [relation, word.fine()]);
    out.add(template!("has field"), [relation, word.coarse()]);
    out.add(template!("head, has kin"), [head, relation, word.fine()]);
    if let Some(over) = word.head {
        out.add(template!("head kin, has kin"), [view.fine(Some(over)), relation, word.fine()]);
        out.add(
            template!("head field, has field"),
            [view.coarse(Some(over)), relation, word.coarse()],
        );
    }
    out.add(template!("head, has"), [head, relation, own]);
    if let Some(case) = view.child(at, &[Relation::Case, Relation::Mark]) {
        let case = view.piece(Some(case));
        out.add(template!("by case"), [case, own]);
        out.add(template!("head, case"), [head, case]);
        out.add(template!("head, case, word"), [head, case, own]);
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
            out.add(template!("under"), [relation, own, below.piece()]);
            out.add(template!("under word"), [relation, below.piece()]);
            out.add(template!("head, under"), [head, below.piece()]);
        }
    }
}

/// Features of word forms in Russian: endings, and the clause between its marks.
fn forms(view: &View<'_>, candidate: &Candidate<'_>, out: &mut Sink) {
    let Some(word) = view.words.get(candidate.head) else { return };
    let ending = Piece::new(last_letters(word.folded, 2));
    out.add(template!("ending"), [ending]);
    out.add(template!("ending 3"), [Piece::new(last_letters(word.folded, 3))]);
    out.add(template!("form"), [Piece::new(word.folded)]);
    out.add(template!("stem 4"), [Piece::new(first_letters(word.folded, 4))]);
    out.add(template!("stem 6"), [Piece::new(first_letters(word.folded, 6))]);
    for at in view.clause(candidate.head) {
        let other = &view.words[at];
        if other.shape != Shape::Mark {
            out.add(template!("clause"), [other.piece()]);
            out.add(template!("head, clause"), [word.piece(), other.piece()]);
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
