//! Who says so: the party to whom a sentence attributes what it tells.

use super::candidate::Candidate;
use super::view::{Party, View};
use crate::lexicon::Language;
use crate::parse::Relation;

/// Words by which somebody is named as the source of what is told; folded.
const PHRASES: [[&str; 2]; 7] = [
    ["according", "to"],
    ["по", "словам"],
    ["по", "данным"],
    ["по", "сообщению"],
    ["по", "мнению"],
    ["по", "информации"],
    ["со", "слов"],
];

/// How far from a word of saying its speaker stands, where there is no tree.
const REACH: usize = 3;

/// Returns the party that is the source of what an event's words tell.
pub(crate) fn source(view: &View<'_>, candidate: &Candidate<'_>) -> Option<Party> {
    if let Some(party) = by_phrase(view) {
        return Some(party);
    }
    let says = |at: usize| {
        view.finds.iter().any(|find| {
            find.entry.class.name() == "STATEMENT" && (find.first..find.end).contains(&at)
        })
    };
    let apart = |at: usize| !(candidate.first..candidate.end).contains(&at);
    match view.language {
        Language::English => {
            in_tree(view, candidate, &says).or_else(|| in_clause(view, candidate, &says))
        }
        Language::Russian => {
            if let Some(party) = in_tree(view, candidate, &says) {
                return Some(party);
            }
            let word = (0..view.words.len()).filter(|at| apart(*at)).find(|at| says(*at))?;
            beside(view, word)
        }
    }
}

fn by_phrase(view: &View<'_>) -> Option<Party> {
    let is = |at: &usize| {
        let pair = view.words.get(*at..*at + 2);
        pair.is_some_and(|pair| PHRASES.contains(&[pair[0].folded, pair[1].folded]))
    };
    let at = (0..view.words.len()).find(is)?;
    view.parties
        .iter()
        .copied()
        .find(|party| party.first >= at + 2 && party.first <= at + 2 + REACH)
}

/// Goes up from the event's word to a word of saying, and takes its subject.
fn in_tree(
    view: &View<'_>,
    candidate: &Candidate<'_>,
    says: &dyn Fn(usize) -> bool,
) -> Option<Party> {
    let reported = |relation: Relation| matches!(relation, Relation::Ccomp | Relation::Parataxis);
    let mut at = candidate.head;
    // A tree is no deeper than it has words.
    for _ in 0..view.words.len() {
        let word = view.words.get(at)?;
        let below = view.below(at).iter().copied().find(|below| {
            reported(view.words[*below].relation) && says(*below) && *below != candidate.head
        });
        let over = word.head.filter(|over| reported(word.relation) && says(*over));
        if let Some(says) = over.or(below) {
            let subject = super::kind::subject(view, says)?;
            return view.parties.iter().copied().find(|party| party.words().contains(&subject));
        }
        at = word.head?;
    }
    None
}

/// Returns the party in a clause of its own that does nothing but say: ".., police said".
fn in_clause(
    view: &View<'_>,
    candidate: &Candidate<'_>,
    says: &dyn Fn(usize) -> bool,
) -> Option<Party> {
    let word = (0..view.words.len()).rev().find(|at| says(*at))?;
    let clause = view.clause(word);
    if clause.contains(&candidate.head) {
        return None;
    }
    view.parties.iter().copied().find(|party| clause.contains(&party.first))
}

/// Returns the party beside a word of saying: behind it, as mostly in Russian, or before it.
fn beside(view: &View<'_>, word: usize) -> Option<Party> {
    let behind = view
        .parties
        .iter()
        .copied()
        .find(|party| party.first > word && party.first <= word + REACH);
    behind.or_else(|| {
        view.parties
            .iter()
            .copied()
            .rev()
            .find(|party| party.end <= word && party.end + REACH > word)
    })
}
