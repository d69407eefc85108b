//! What tells whether an event happened: denied, to come, only thought of, or long past.

use super::candidate::Candidate;
use super::kind::last_letters;
use super::sink::{Piece, Sink, piece, template};
use super::view::View;
use crate::lexicon::Language;
use crate::ontology::Class;
use crate::parse::Relation;

/// What keeps an event from having happened lately.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Aux {
    /// It did not happen.
    Negation,
    /// It is to come.
    Future,
    /// It depends on something, or may be.
    Hypothetical,
    /// It is years past.
    Historical,
}

impl Aux {
    /// Every one, in the order of the model's classes, from 1.
    pub(crate) const ALL: [Self; 4] =
        [Self::Negation, Self::Future, Self::Hypothetical, Self::Historical];

    /// Returns its name, as PLOVER has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Negation => "negation",
            Self::Future => "future",
            Self::Hypothetical => "hypothetical",
            Self::Historical => "historical",
        }
    }

    /// Returns the one of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|aux| aux.name() == name)
    }
}

/// How many words before an event's word bear on whether it happened.
const BEFORE: isize = 5;

/// How far up the tree words bear on it.
const ABOVE: usize = 3;

/// Adds the features of an event that tell whether it happened.
pub(crate) fn event(view: &View<'_>, candidate: &Candidate<'_>, class: Class, out: &mut Sink) {
    let head = candidate.head;
    let class = Piece::class(class);
    out.add(template!("mood"), [class]);
    for word in view.words.iter().filter(|word| word.shape.is_word()) {
        out.add(template!("mood word"), [Piece::new(word.folded)]);
    }
    for at in (1..=BEFORE).filter_map(|by| view.beside(head, -by)) {
        out.add(template!("mood before"), [Piece::new(view.words[at].folded)]);
    }
    let folded = |at: Option<usize>| Piece::new(at.map_or("$", |at| view.words[at].folded));
    let (before, second) = (folded(view.beside(head, -1)), folded(view.beside(head, -2)));
    out.add(template!("mood pair"), [second, before]);
    out.add(template!("mood next"), [before]);
    for at in candidate.first..candidate.end.min(view.words.len()) {
        out.add(template!("mood own"), [Piece::new(view.words[at].folded)]);
    }
    for find in &candidate.finds {
        out.add(template!("mood entry"), [Piece::new(&find.entry.words)]);
    }
    if view.has_tree() {
        tree(view, head, class, out);
    }
    if let Some(word) = view.words.get(head).filter(|_| view.language == Language::Russian) {
        out.add(template!("mood ending"), [Piece::new(last_letters(word.folded, 2)), class]);
        out.add(template!("mood ending 3"), [Piece::new(last_letters(word.folded, 3))]);
        for at in view.clause(head) {
            out.add(template!("mood clause"), [Piece::new(view.words[at].folded)]);
        }
    }
}

fn tree(view: &View<'_>, head: usize, class: Piece<'_>, out: &mut Sink) {
    const STEPS: [Piece<'static>; ABOVE] = [piece!("0"), piece!("1"), piece!("2")];
    let mut at = Some(head);
    for step in STEPS {
        let Some(word) = at.and_then(|at| view.words.get(at)) else { return };
        if let Some(tag) = word.tag {
            out.add(template!("mood tag"), [step, Piece::hashed(tag.penn.key(), tag.penn.name())]);
            out.add(
                template!("mood tag, class"),
                [step, Piece::hashed(tag.penn.key(), tag.penn.name()), class],
            );
        }
        out.add(template!("mood over"), [step, word.piece(), Piece::relation(word.relation)]);
        for below in at.iter().flat_map(|at| view.below(*at)) {
            let below = &view.words[*below];
            let tells = matches!(
                below.relation,
                Relation::Aux
                    | Relation::AuxPass
                    | Relation::Advmod
                    | Relation::Mark
                    | Relation::Det
                    | Relation::Cop
                    | Relation::Case
            );
            if tells {
                out.add(template!("mood has"), [step, Piece::new(below.folded)]);
            }
        }
        at = word.head;
    }
}
