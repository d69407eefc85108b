//! Words that may tell an event: those of the lexicon, and every verb, so that a word that the lexicon lacks is no miss.

use super::view::{Find, View};
use crate::actor::Body;
use crate::lexicon::Language;
use crate::token::Shape;

/// Most candidates of a sentence: a longer one is a list.
const CANDIDATES_MAX: usize = 24;

/// Words that may tell an event.
#[derive(Clone, Debug)]
pub(crate) struct Candidate<'a> {
    /// The word at their head.
    pub(crate) head: usize,
    /// The first of them.
    pub(crate) first: usize,
    /// The first word behind them.
    pub(crate) end: usize,
    /// What the lexicon says of them.
    pub(crate) finds: Vec<Find<'a>>,
}

/// Returns the candidates of a sentence, in the order of their words.
pub(crate) fn candidates<'a>(view: &View<'a>) -> Vec<Candidate<'a>> {
    let mut found: Vec<Candidate<'a>> = Vec::new();
    for find in view.finds.iter().filter(|find| find.entry.class.name() != "NONE") {
        let head = head(view, find);
        if is_in_name(view, head) {
            continue;
        }
        match found.iter_mut().find(|candidate| candidate.head == head) {
            Some(candidate) => {
                candidate.first = candidate.first.min(find.first);
                candidate.end = candidate.end.max(find.end);
                candidate.finds.push(*find);
            }
            None => {
                found.push(Candidate {
                    head,
                    first: find.first,
                    end: find.end,
                    finds: vec![*find],
                });
            }
        }
    }
    for at in 0..view.words.len() {
        let known = found.iter().any(|candidate| candidate.head == at);
        if !known && may_act(view, at) {
            found.push(Candidate { head: at, first: at, end: at + 1, finds: Vec::new() });
        }
    }
    found.sort_by_key(|candidate| candidate.head);
    found.truncate(CANDIDATES_MAX);
    found
}

/// Returns true for a word of a name that nothing knows: "the Zhimbel Assault Group" attacks nobody. In a heading every word has a
/// capital; a sentence has a verb that has none.
fn is_in_name(view: &View<'_>, at: usize) -> bool {
    let is_capital = |at: usize| view.words.get(at).is_some_and(|word| word.shape.is_capital());
    let is_unknown = |at: usize| {
        let actor = view.words.get(at).and_then(|word| view.actors.get(word.actor?));
        actor.is_some_and(|actor| actor.body == Body::Unknown)
    };
    at > 0
        && is_capital(at)
        && (is_unknown(at - 1) || is_unknown(at + 1))
        && view.words.iter().any(|word| word.is_verb() && word.shape == Shape::Small)
}

/// Returns the word of a find that bears its meaning.
fn head(view: &View<'_>, find: &Find<'_>) -> usize {
    let range = find.first..find.end;
    // A phrase in Russian mostly begins with its verb.
    if view.has_tree() { view.top(range) } else { find.first }
}

fn may_act(view: &View<'_>, at: usize) -> bool {
    let Some(word) = view.words.get(at) else { return false };
    let acts = match view.language {
        Language::English => word.is_verb(),
        Language::Russian => {
            word.shape == Shape::Small && (word.is_verb() || is_russian_verb(word.folded))
        }
    };
    acts && word.actor.is_none()
}

/// Returns true if a Russian word has the ending of a verb, more or less.
fn is_russian_verb(folded: &str) -> bool {
    const ENDINGS: [&str; 30] = [
        "л", "ла", "ло", "ли", "лся", "лась", "лось", "лись", "ет", "ют", "ит", "ят", "ат", "ут",
        "ется", "ются", "ится", "ятся", "ть", "ться", "ти", "ан", "ана", "ано", "аны", "ен", "ена",
        "ено", "ены", "ята",
    ];
    folded.chars().count() >= 4 && ENDINGS.iter().any(|ending| folded.ends_with(ending))
}
