//! Who must still act on what was opened, by when, and whether it has reached them.

use super::sight::{Sight, time};
use std::collections::BTreeMap;
use veche_charter::model::{ClockSpan, Duty, DutyOwner};
use veche_council::view::{DutyView, ProcedureView};
use veche_desk::{Due, DueState, Owed, OwedBy};
use veche_ledger::{Hash, Kind, PartyId, UnixSeconds};

/// What several parties owe at the same time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Owing<'v> {
    /// What: `answer the warning`.
    pub(super) title: &'v str,
    /// By when.
    pub(super) due: UnixSeconds,
    /// Who.
    pub(super) owners: Vec<&'v str>,
}

/// Returns the duties of a procedure that nobody has met, those that fit, by when they are due.
pub(super) fn unmet<'v>(
    view: &'v ProcedureView,
    fits: impl Fn(&DutyView) -> bool,
) -> Vec<Owing<'v>> {
    let mut owed: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for duty in view.duties.iter().filter(|duty| duty.met_by.is_none() && fits(duty)) {
        owed.entry((&duty.due, &duty.title)).or_default().push(&duty.owner);
    }
    let owed = owed.into_iter();
    owed.map(|((due, title), owners)| Owing { title, due: time(due), owners }).collect()
}

/// Splits parties into those that are known to hold what opened a procedure, and those that are not. Who reads it holds it, whether or not a
/// receipt says so yet.
pub(super) fn by_receipt<'p>(
    sight: &Sight<'_>,
    view: &ProcedureView,
    parties: &[&'p str],
) -> (Vec<&'p str>, Vec<&'p str>) {
    let has = |party: &&'p str| {
        let is_near = [view.author.as_str(), sight.party.as_str()].contains(party);
        is_near || matches!(view.receipts.get(*party), Some(Some(_)))
    };
    parties.iter().copied().partition(has)
}

/// Returns what parties owe in a procedure, a row for those whom it has reached and one for those whom it has not.
pub(super) fn rows(sight: &Sight<'_>, view: &ProcedureView) -> Vec<Owed> {
    let mut rows = Vec::new();
    let mut add = |title: &str, owners: &[&str], by: OwedBy| {
        let (holding, lacking) = by_receipt(sight, view, owners);
        for (parties, lacks) in [(lacking, true), (holding, false)] {
            let who = parties.iter().map(|party| sight.name(party)).collect();
            let (on, what) = (sight.link(view), title.to_owned());
            rows.extend((!parties.is_empty()).then(|| Owed {
                on,
                what,
                who,
                lacks,
                by: by.clone(),
            }));
        }
    };
    if view.since.is_none() && view.void_since_version.is_none() {
        for (duty, owners) in begun_by(sight, view) {
            let owners: Vec<&str> = owners.iter().map(PartyId::as_str).collect();
            add(&duty.title, &owners, by_span(sight, duty));
        }
    }
    for owing in unmet(view, |_| true) {
        let state = if owing.due <= sight.now { DueState::Overdue } else { DueState::Open };
        add(owing.title, &owing.owners, OwedBy::At(Due { at: owing.due, state }));
    }
    rows
}

/// Returns the duties that a procedure will start which has not begun, because too few others hold its record: with whoever will owe them.
fn begun_by<'a>(sight: &Sight<'a>, view: &ProcedureView) -> Vec<(&'a Duty, Vec<PartyId>)> {
    let (Ok(kind), Ok(id)) = (Kind::parse(&view.kind), Hash::parse(&view.id)) else {
        return Vec::new();
    };
    let charter = sight.charter();
    let Some((kind, _)) = charter.acts.get_key_value(&kind) else { return Vec::new() };
    let owners = |duty: &Duty| {
        let (actor, skips_author) = match &duty.owner {
            DutyOwner::Each(actor) => (actor, false),
            DutyOwner::EachOther(actor) => (actor, true),
        };
        let mut owners = sight.council().who(&id, actor, sight.now);
        owners.retain(|party| !(skips_author && party.as_str() == view.author));
        owners
    };
    charter.duties_started_by(kind).map(|(_, duty)| (duty, owners(duty))).collect()
}

fn by_span(sight: &Sight<'_>, duty: &Duty) -> OwedBy {
    let quorum = u64::from(sight.charter().witnessing.quorum);
    let within = match &duty.within {
        ClockSpan::Fixed(duration) => Some(duration.to_string()),
        ClockSpan::Class(_) | ClockSpan::Field { .. } => None,
    };
    OwedBy::Within { within, quorum }
}
