//! The list of matters.

use super::forms;
use super::sight::{Sight, time};
use std::collections::BTreeSet;
use veche_council::lists::Listed;
use veche_council::view::{DutyView, ProcedureView};
use veche_desk::{CaseRow, CasesPage, Due, DueState, Form, Link};
use veche_ledger::Kind;

/// Most matters on the page.
const ROWS_MAX: usize = 200;

/// Which matters are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Selection {
    /// Those in which something is still open.
    #[default]
    Open,
    /// Those in which nothing is.
    Closed,
    /// All.
    All,
}

impl Selection {
    /// All selections with the word that addresses use.
    pub const ALL: [(&'static str, Self); 3] =
        [("open", Self::Open), ("closed", Self::Closed), ("all", Self::All)];

    /// Returns the selection of this word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(name, _)| *name == word).map(|(_, selection)| *selection)
    }
}

/// Returns the list of matters.
#[must_use]
pub fn cases(sight: &Sight<'_>, selection: Selection) -> CasesPage {
    let rows = rows(sight, selection, ROWS_MAX);
    let links = Selection::ALL.iter().map(|(word, other)| {
        let href = if *other == selection { String::new() } else { format!("/cases?state={word}") };
        Link::new(&href, word)
    });
    CasesPage {
        rows,
        selections: links.collect(),
        open_forms: opening_forms(sight, |kind| sight.is_matter(kind)),
    }
}

/// Returns the newest `most` matters as rows, newest first.
#[must_use]
pub fn rows(sight: &Sight<'_>, selection: Selection, most: usize) -> Vec<CaseRow> {
    let kinds = matters(sight);
    let mut rows = Vec::new();
    for listed in sight.council().listed().rev() {
        if rows.len() == most {
            break;
        }
        let is_shown = sight.may_list(&listed)
            && sight.council().is_top_for(sight.party, &listed.id, sight.now)
            && kinds.contains(listed.kind)
            && is_selected(sight, &listed, selection);
        if is_shown {
            rows.extend(sight.view(&listed.id).map(|view| row(sight, &view, &sight.tree(&view))));
        }
    }
    rows
}

/// Returns the kinds that make a matter.
fn matters<'a>(sight: &Sight<'a>) -> BTreeSet<&'a Kind> {
    let kinds = sight.charter().acts.keys();
    kinds.filter(|kind| sight.is_matter(kind.as_str())).collect()
}

fn is_selected(sight: &Sight<'_>, listed: &Listed<'_>, selection: Selection) -> bool {
    let is_open = || {
        let is_seen_over = |part: &Listed<'_>| sight.is_over(part);
        sight.council().is_open_within(&listed.id, |part| sight.may_list(part), is_seen_over)
    };
    match selection {
        Selection::Open => is_open(),
        Selection::Closed => !is_open(),
        Selection::All => true,
    }
}

fn row(sight: &Sight<'_>, view: &ProcedureView, tree: &[ProcedureView]) -> CaseRow {
    let next = next_of(sight, tree);
    let telling = next_to_end(sight, tree).unwrap_or(view);
    let state = sight.state(telling);
    let word = if telling.id == view.id {
        state.word
    } else {
        format!("{}: {}", telling.number, state.word)
    };
    CaseRow {
        number: view.number.clone(),
        link: Link::new(&sight.href(view), &sight.name_of(view)),
        owner: sight.author(&view.author),
        state: veche_desk::State::new(&word, state.tone),
        opened_at: sight.since(view),
        next: next.as_ref().map(|(what, _)| what.clone()),
        due: next.map(|(_, due)| due),
        label: sight.label(&view.label),
    }
}

/// Returns the part of a matter whose clock ends soonest: its state is what a list says of the matter.
fn next_to_end<'a>(sight: &Sight<'_>, tree: &'a [ProcedureView]) -> Option<&'a ProcedureView> {
    let open = tree.iter().filter(|part| !part.is_over);
    let clocked = open.filter_map(|part| Some((part, super::case::due_of(sight, part)?)));
    clocked.min_by_key(|(_, due)| due.at).map(|(part, _)| part)
}

/// Returns the next thing due in a matter, from anyone: what is overdue first, else the clock or duty that ends soonest.
fn next_of(sight: &Sight<'_>, tree: &[ProcedureView]) -> Option<(String, Due)> {
    let clocks = tree.iter().filter(|part| !part.is_over).filter_map(|part| {
        let due = super::case::due_of(sight, part)?;
        Some((format!("{} {}", part.machine.to_lowercase(), part.number), due))
    });
    let owed = |duty: &&DutyView| duty.met_by.is_none();
    let duties = tree.iter().flat_map(|part| &part.duties).filter(owed).map(|duty| {
        let state = if duty.is_overdue { DueState::Overdue } else { DueState::Open };
        (format!("{}: {}", sight.name(&duty.owner), duty.title), Due { at: time(&duty.due), state })
    });
    let is_ahead = |due: &Due| due.state != DueState::Overdue;
    clocks
        .chain(duties)
        .filter(|(_, due)| due.state != DueState::Met)
        .min_by_key(|(_, due)| (is_ahead(due), due.at))
}

/// Returns forms of the acts that open something of a kind that fits, as far as the party may.
#[must_use]
pub fn opening_forms(sight: &Sight<'_>, fits: impl Fn(&str) -> bool) -> Vec<Form> {
    let acts = sight.council().opening_acts(sight.party).into_iter();
    let allowed = acts.filter(|act| act.refused.is_none() && fits(&act.kind));
    allowed
        .flat_map(|act| forms::of_act(sight, &format!("open-{}", act.kind), &act, None))
        .collect()
}
