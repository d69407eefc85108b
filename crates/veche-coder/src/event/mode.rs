//! How it was done: the modes that the ontology has for an event's class.

use super::candidate::Candidate;
use super::sink::{Piece, Sink, template};
use super::view::View;
use crate::ontology::{Class, Mode};

/// Returns every class with each of its modes, in the order of the model's classes, from 1.
pub(crate) fn modes() -> Vec<(Class, Mode)> {
    Class::all()
        .flat_map(|class| {
            class.modes().iter().filter_map(move |name| Some((class, class.mode(name)?)))
        })
        .collect()
}

/// Adds the features of an event that tell how it was done.
pub(crate) fn event(view: &View<'_>, candidate: &Candidate<'_>, class: Class, out: &mut Sink) {
    let name = Piece::class(class);
    out.add(template!("mode of"), [name]);
    for find in candidate.finds.iter().filter(|find| find.entry.class == class) {
        let mode = find.entry.mode.map_or("none", Mode::name);
        out.add(template!("mode entry"), [name, Piece::new(mode)]);
    }
    for word in view.words.iter().filter(|word| word.shape.is_word()) {
        out.add(template!("mode word"), [name, word.piece()]);
        out.add(template!("mode any"), [word.piece()]);
        out.add(template!("mode kin"), [name, word.fine()]);
        out.add(template!("mode any kin"), [word.fine()]);
    }
    let head = view.piece(Some(candidate.head));
    out.add(template!("mode head"), [head]);
    for find in &candidate.finds {
        out.add(template!("mode words"), [Piece::new(&find.entry.words)]);
    }
    for at in view.below(candidate.head) {
        let below = &view.words[*at];
        out.add(template!("mode has"), [Piece::relation(below.relation), below.piece()]);
        out.add(template!("mode head, has"), [head, below.piece()]);
    }
}
