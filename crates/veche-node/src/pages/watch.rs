//! The watch page: what this party owes and by when, who has not answered, what changed.

use super::cases::{Selection, rows as case_rows};
use super::forms;
use super::owed;
use super::record::{mark_effect, place_of, row_of, shown_at};
use super::sight::{Sight, terms, time};
use crate::peer::Contact;
use std::collections::{BTreeMap, BTreeSet};
use veche_charter::model::Act;
use veche_council::next::NextAct;
use veche_council::view::{DutyView, ProcedureView, RecordView, UnitStatus, UnitView};
use veche_desk::{
    DueItem, DueState, Form, Lane, Level, Link, Mark, Peer, PeerState, RecordRow, Shape, Timeline,
    Unanswered, WarningCard, WatchPage,
};
use veche_ledger::{Checkpoint, Hash, Kind, Origin, PartyId, Seconds, UnixSeconds, Value};

/// Most things due on the page: what comes after them is on the pages of its matters.
const DUE_MAX: usize = 30;
/// Most matters on which others have not answered.
const UNANSWERED_MAX: usize = 20;
/// Most changes: a screen.
const CHANGES_MAX: usize = 15;
/// Most suspended records on the page: `veche key resign` lists the others.
const SUSPENDED_MAX: usize = 30;
/// How far back each log is read for changes, in records: receipts among them are passed over.
const CHANGES_WITHIN: u64 = 200;
/// A clock that runs out later than this is not yet due to anyone.
const DUE_WITHIN: Seconds = Seconds::hours(72);
/// The most that the time line shows on either side of now.
const TIMELINE_SIDE: Seconds = Seconds::hours(12);
/// What it shows at least before and after its first and last mark.
const TIMELINE_MARGIN: Seconds = Seconds::minutes(20);
/// A party that runs a node and was not heard for so long is called silent, where the links are not known.
const SILENT_AFTER: Seconds = Seconds::hours(1);

/// Most warnings on the page.
const WARNINGS_MAX: usize = 20;

/// How long ago a warning may have been given: ten weeks, as the panel says.
const WARNINGS_WITHIN: Seconds = Seconds::hours(70 * 24);
/// Most open matters on the page: the list of matters has the others.
const MATTERS_MAX: usize = 30;
/// The newest procedures, which the page looks at whatever their clocks say.
const NEWEST_MAX: usize = 40;
/// Most clocks looked at of each kind: those that run out next, those that ran out lately, those that ran out first.
const CLOCKS_MAX: usize = 30;

/// Returns the watch page.
#[must_use]
pub fn watch(sight: &Sight<'_>) -> WatchPage {
    let (mut changes, touched) = changes(sight);
    let watched = watched(sight, &touched);
    for row in &mut changes {
        watched.iter().for_each(|view| mark_effect(row, view));
    }
    WatchPage {
        due: due(sight, &watched),
        unanswered: unanswered(sight, &watched),
        changes_since: changes.last().map_or(sight.now, |row| row.record.at),
        changes,
        suspended: suspended(sight),
        withheld: super::withheld::count(sight),
        warnings: warnings(sight),
        cases: case_rows(sight, Selection::Open, MATTERS_MAX),
        peers: peers(sight),
        highest: None,
        timeline: timeline(sight, &watched),
    }
}

/// Returns what a withdrawn key signed for the party and nobody has signed anew, the oldest first.
fn suspended(sight: &Sight<'_>) -> Vec<RecordRow> {
    let views = sight.node.suspended(sight.party);
    views.iter().take(SUSPENDED_MAX).filter_map(|view| row_of(sight, view)).collect()
}

/// Returns the procedures that the page is about, in order of arrival: the newest, those that the last records touched, those
/// whose clocks run out next or ran out, and those in which others owe something. Never all: a node keeps every procedure
/// that there was.
fn watched(sight: &Sight<'_>, touched: &BTreeSet<String>) -> Vec<ProcedureView> {
    let council = sight.council();
    let (now, lately) = (sight.now, sight.now - TIMELINE_SIDE);
    let mut picked: BTreeMap<usize, Hash> = BTreeMap::new();
    let mut pick = |ids: &mut dyn Iterator<Item = Hash>, most: usize| {
        let listed = ids.filter_map(|id| council.listing(&id));
        let mut found = BTreeSet::new();
        for listed in listed.filter(|listed| sight.may_list(listed)) {
            picked.insert(listed.place, listed.id);
            found.insert(listed.place);
            if found.len() == most {
                break;
            }
        }
    };
    pick(&mut council.listed().rev().map(|listed| listed.id), NEWEST_MAX);
    pick(&mut touched.iter().filter_map(|id| Hash::parse(id).ok()), CHANGES_MAX);
    let passed = council.clocks(UnixSeconds(0)).take_while(|(at, _)| *at < lately);
    pick(&mut passed.map(|(_, id)| id), CLOCKS_MAX);
    let of_late = council.clocks(lately).take_while(|(at, _)| *at < now);
    pick(&mut of_late.map(|(_, id)| id), CLOCKS_MAX);
    pick(&mut council.clocks(now).map(|(_, id)| id), CLOCKS_MAX);
    let others = council.unmet(sight.now).filter(|(_, _, owner)| *owner != sight.party);
    pick(&mut others.map(|(_, id, _)| id), UNANSWERED_MAX);
    sight.readable(picked.into_values())
}

/// Something that may be due, before anybody has asked what can be done about it.
enum Candidate<'a> {
    Duty(&'a DutyView),
    Procedure(&'a ProcedureView),
}

/// Returns what the party owes: its duties, open silences on which it has said nothing, clocks that only it can stop.
///
/// What can be done about each is asked of the charter, which costs most: only until the page is full, soonest first.
fn due(sight: &Sight<'_>, open: &[ProcedureView]) -> Vec<DueItem> {
    let owed = sight.council().owed_for(sight.party, Some(sight.party), None, sight.now, DUE_MAX);
    let duties = owed.iter().map(|duty| (duty.is_overdue, time(&duty.due), Candidate::Duty(duty)));
    let clocks = open.iter().filter(|view| !view.is_over).filter_map(|view| {
        let due = super::case::due_of(sight, view);
        let is_overdue = due.as_ref().is_some_and(|due| due.state == DueState::Overdue);
        let at = silence_end(&running(view)).or_else(|| Some(due?.at))?;
        Some((is_overdue, at, Candidate::Procedure(view)))
    });
    let mut candidates: Vec<_> = duties.chain(clocks).collect();
    candidates.sort_by_key(|(is_overdue, by, _)| (!is_overdue, *by));
    let by_id: BTreeMap<&str, &ProcedureView> =
        open.iter().map(|view| (view.id.as_str(), view)).collect();
    let items = candidates.into_iter().filter_map(|(_, _, candidate)| match candidate {
        Candidate::Duty(duty) => {
            duty_item(sight, duty, by_id.get(duty.procedure.as_str()).copied())
        }
        Candidate::Procedure(view) => {
            silence_item(sight, view).or_else(|| clock_item(sight, view, &owed))
        }
    });
    let mut items: Vec<DueItem> = items.take(DUE_MAX).collect();
    items.sort_by_key(|item| (!item.overdue, item.by));
    items
}

/// `known`: the procedure that started the duty, if it was looked at already.
fn duty_item(sight: &Sight<'_>, duty: &DutyView, known: Option<&ProcedureView>) -> Option<DueItem> {
    let asked =
        if known.is_none() { sight.view(&Hash::parse(&duty.procedure).ok()?) } else { None };
    let view = known.or(asked.as_ref())?;
    Some(DueItem {
        link: sight.link(view),
        owed: duty.title.clone(),
        by: time(&duty.due),
        overdue: duty.is_overdue,
        answer: None,
        article: duty.article.clone().unwrap_or_default(),
        label: sight.label(&view.label),
        acts: acts_of(sight, view, |act| act.kind == duty.act),
    })
}

fn running(view: &ProcedureView) -> Vec<&UnitView> {
    view.units.iter().filter(|unit| unit.status == UnitStatus::Running).collect()
}

/// Returns when the first clock of some units runs out.
fn silence_end(running: &[&UnitView]) -> Option<UnixSeconds> {
    running
        .iter()
        .filter_map(|unit| unit.deadline.as_ref())
        .map(|deadline| time(&deadline.at))
        .min()
}

/// Returns the open silence on a text for a member: the end, what it has answered so far, and what it can say.
fn silence_item(sight: &Sight<'_>, view: &ProcedureView) -> Option<DueItem> {
    let (kind, _, _) = sight.position_act(&view.kind)?;
    let running = running(view);
    let deadline = silence_end(&running)?;
    let acts = acts_of(sight, view, |act| act.kind == kind.as_str());
    if acts.is_empty() {
        return None;
    }
    let own =
        |unit: &&UnitView| unit.positions.get(sight.party.as_str()).map(|p| p.position.clone());
    let said: Vec<String> = running
        .iter()
        .filter_map(|unit| Some(format!("{} on {}", own(unit)?, super::case::unit_name(unit))))
        .collect();
    Some(DueItem {
        link: sight.link(view),
        owed: format!("silence ends: object, or {} stand", named(&running)),
        by: deadline,
        overdue: false,
        answer: Some(if said.is_empty() { "none".to_owned() } else { said.join(", ") }),
        article: running.iter().find_map(|unit| unit.article.clone()).unwrap_or_default(),
        label: sight.label(&view.label),
        acts,
    })
}

fn named(units: &[&UnitView]) -> String {
    let numbers: Vec<String> =
        units.iter().filter_map(|unit| unit.paragraph).map(|n| n.to_string()).collect();
    match numbers.as_slice() {
        [] => "it will".to_owned(),
        [one] => format!("paragraph {one} will"),
        many => format!("paragraphs {} will", many.join(", ")),
    }
}

/// Returns a clock that this party's own act would stop, or that ran out and waits for it.
fn clock_item(sight: &Sight<'_>, view: &ProcedureView, owed: &[DutyView]) -> Option<DueItem> {
    if owed.iter().any(|duty| duty.procedure == view.id) {
        return None;
    }
    let due = super::case::due_of(sight, view)?;
    let is_overdue = due.state == DueState::Overdue;
    if !is_overdue && due.at > sight.now + DUE_WITHIN {
        return None;
    }
    let acts = acts_of(sight, view, |act| is_own_step(sight, view, act));
    if acts.is_empty() {
        return None;
    }
    Some(DueItem {
        link: sight.link(view),
        owed: format!("{}: {}", view.machine.to_lowercase(), sight.state(view).word),
        by: due.at,
        overdue: is_overdue,
        answer: None,
        article: view.units.iter().find_map(|unit| unit.article.clone()).unwrap_or_default(),
        label: sight.label(&view.label),
        acts,
    })
}

/// Returns true if an act moves this procedure and is for a role in it, not for everybody.
pub(crate) fn is_own_step(sight: &Sight<'_>, view: &ProcedureView, next: &NextAct) -> bool {
    let Some(act) = sight.act(&next.kind) else { return false };
    let events: BTreeSet<String> = match &act.event {
        Some(event) => BTreeSet::from([event.to_string()]),
        None => next.choices.iter().cloned().collect(),
    };
    let Some(machine) = sight.machine(&view.kind) else { return false };
    let states = view
        .units
        .iter()
        .filter_map(|unit| machine.states.iter().find(|(name, _)| name.as_str() == unit.state));
    states.flat_map(|(_, state)| &state.on).any(|step| {
        let is_role = matches!(
            step.by,
            veche_charter::model::Actor::Role(_) | veche_charter::model::Actor::Party(_)
        );
        is_role && events.contains(step.event.as_str())
    })
}

fn acts_of(
    sight: &Sight<'_>,
    view: &ProcedureView,
    wanted: impl Fn(&NextAct) -> bool,
) -> Vec<Form> {
    let Ok(id) = Hash::parse(&view.id) else { return Vec::new() };
    let acts = sight.council().next_acts(&id, sight.party, sight.now);
    let allowed = acts.iter().filter(|act| act.refused.is_none() && wanted(act));
    allowed
        .flat_map(|act| {
            forms::of_act(sight, &format!("due-{}-{}", view.number, act.kind), act, Some(view))
        })
        .collect()
}

/// Returns the matters on which others have not answered: duties that they owe, silences on which they have said nothing.
fn unanswered(sight: &Sight<'_>, open: &[ProcedureView]) -> Vec<Unanswered> {
    let mut rows = Vec::new();
    for view in open {
        for owing in owed::unmet(view, |duty| duty.owner != sight.party.as_str()) {
            let title = format!("{}: {}", sight.title(view), owing.title);
            let link = Link::new(&sight.href(view), &title);
            rows.push(row_of_silent(sight, view, link, &owing.owners, owing.due));
        }
        rows.extend(silent_on(sight, view));
    }
    rows.sort_by_key(|row| (!row.overdue, row.by));
    rows.truncate(UNANSWERED_MAX);
    rows
}

fn row_of_silent(
    sight: &Sight<'_>,
    view: &ProcedureView,
    link: Link,
    parties: &[&str],
    by: UnixSeconds,
) -> Unanswered {
    let (silent, not_reached) = owed::by_receipt(sight, view, parties);
    let names = |list: Vec<&str>| list.into_iter().map(|party| sight.name(party)).collect();
    Unanswered {
        link,
        silent: names(silent),
        not_reached: names(not_reached),
        by,
        overdue: by <= sight.now,
    }
}

fn silent_on(sight: &Sight<'_>, view: &ProcedureView) -> Option<Unanswered> {
    sight.position_act(&view.kind)?;
    let running = running(view);
    let by = silence_end(&running)?;
    let has_said =
        |party: &PartyId| running.iter().all(|unit| unit.positions.contains_key(party.as_str()));
    let silent: Vec<&str> = sight
        .members()
        .filter(|party| *party != sight.party && !has_said(party))
        .map(PartyId::as_str)
        .collect();
    let link = Link::new(&sight.href(view), &format!("{}: position", sight.title(view)));
    (!silent.is_empty()).then(|| row_of_silent(sight, view, link, &silent, by))
}

/// Returns the latest records that the party may read, newest first: of each log the last ones that are no receipts. And
/// the procedures that they touched.
fn changes(sight: &Sight<'_>) -> (Vec<RecordRow>, BTreeSet<String>) {
    let mut latest: Vec<RecordView> = Vec::new();
    for head in sight.node.heads() {
        let lowest = head.size.saturating_sub(CHANGES_WITHIN);
        let views = (lowest..head.size).rev().filter_map(|index| sight.record_at(&head.log, index));
        latest.extend(views.filter(|view| sight.reads(view)).take(CHANGES_MAX));
    }
    latest.sort_by_cached_key(|view| (std::cmp::Reverse(shown_at(view)), place_of(view)));
    latest.truncate(CHANGES_MAX);
    let touched = latest.iter().filter_map(|view| view.procedure.clone()).collect();
    (latest.iter().filter_map(|view| row_of(sight, view)).collect(), touched)
}

/// Returns the newest warnings' cards, newest first.
fn warnings(sight: &Sight<'_>) -> Vec<WarningCard> {
    let acts = sight.charter().acts.iter();
    let kinds: BTreeSet<&Kind> =
        acts.filter(|(_, act)| is_warning(act)).map(|(kind, _)| kind).collect();
    let newest = sight.council().listed().rev();
    let readable = newest.filter(|listed| kinds.contains(listed.kind) && sight.may_list(listed));
    let cards = readable.filter_map(|listed| warning(sight, &sight.view(&listed.id)?));
    let cards = cards.take(WARNINGS_MAX);
    cards.filter(|card| sight.now.since(card.at) <= WARNINGS_WITHIN).collect()
}

/// Returns a warning's card: of any act that names one of the five levels of tension.
fn warning(sight: &Sight<'_>, view: &ProcedureView) -> Option<WarningCard> {
    let level = level_of(sight, view)?;
    let terms = terms(&view.terms);
    let text = |name: &str| terms.get(name).and_then(Value::as_text).unwrap_or_default();
    let is_open = !view.is_over && view.duties.iter().any(|duty| duty.met_by.is_none());
    Some(WarningCard {
        link: sight.link(view),
        class: None,
        level,
        area: text("area").to_owned(),
        at: sight.since(view),
        sources: terms.get("evidence").and_then(Value::as_list).map(|list| list.len() as u64),
        answered: view.duties.iter().filter(|duty| duty.met_by.is_some()).count() as u64,
        owed: view.duties.len() as u64,
        state: (!is_open).then(|| sight.state(view)),
    })
}

/// Returns the level that a warning states; `None` for anything else.
pub(super) fn level_of(sight: &Sight<'_>, view: &ProcedureView) -> Option<Level> {
    sight.act(&view.kind).filter(|act| is_warning(act))?;
    Level::from_word(terms(&view.terms).get("level")?.as_text()?)
}

/// Returns true if an act states a level of tension, in the words of the five classes.
#[must_use]
pub fn is_warning(act: &Act) -> bool {
    let level = act
        .fields
        .iter()
        .find(|(name, _)| name.as_str() == "level")
        .map(|(_, field)| &field.one_of);
    act.opens.is_some()
        && level.is_some_and(|words| Level::ALL.iter().all(|level| words.contains(level.word())))
}

/// Returns the other parties that run a node, and whether they are in reach.
fn peers(sight: &Sight<'_>) -> Vec<Peer> {
    peers_by_party(sight).into_iter().map(|(_, peer)| peer).collect()
}

/// Returns them with whose they are.
pub(super) fn peers_by_party<'a>(sight: &Sight<'a>) -> Vec<(&'a PartyId, Peer)> {
    let heard = sight.council().last_heard();
    // A log that its next epoch has ended stays forked for ever; its party is not.
    let is_open =
        |log: &&Origin| sight.node.keyring().log(log).is_some_and(|keys| keys.ended_at().is_none());
    let forked: BTreeSet<&str> =
        sight.node.forks().keys().filter(is_open).map(Origin::party).collect();
    let others = sight
        .charter()
        .parties
        .iter()
        .filter(|(id, party)| party.hosted_by.is_none() && *id != sight.node.party());
    let held = sight.node.signed_heads();
    others
        .map(|(id, party)| {
            if let Some(contact) = sight.contacts.and_then(|contacts| contacts.get(id)) {
                let is_forked = forked.contains(id.as_str());
                return (id, peer_in_contact(party.name.clone(), contact, &held, is_forked));
            }
            let last_seen = heard.get(id).copied();
            let is_cut_off =
                sight.cut_off.contains(id) || sight.cut_off.contains(sight.node.party());
            let is_silent = last_seen.is_none_or(|at| sight.now.since(at) > SILENT_AFTER);
            // In an exercise the links are known; in earnest silence is all that a node sees.
            let state = match (forked.contains(id.as_str()), sight.is_drill) {
                (true, _) => PeerState::Forked,
                (false, true) if is_cut_off => PeerState::Silent,
                (false, false) if is_silent => PeerState::Silent,
                (false, _) => PeerState::Current,
            };
            (id, Peer { name: party.name.clone(), state, last_seen, behind_by: 0 })
        })
        .collect()
}

/// Returns a peer as the network shows it: in reach or not, and what it is not known to hold.
fn peer_in_contact(name: String, contact: &Contact, held: &[Checkpoint], is_forked: bool) -> Peer {
    let behind_by = contact.lacks(held);
    let state = match (is_forked, contact.is_up, behind_by) {
        (true, ..) => PeerState::Forked,
        (false, false, _) => PeerState::Silent,
        (false, true, 0) => PeerState::Current,
        (false, true, _) => PeerState::Behind,
    };
    Peer { name, state, last_seen: contact.heard_at, behind_by }
}

fn timeline(sight: &Sight<'_>, open: &[ProcedureView]) -> Timeline {
    let (mut warnings, mut steps, mut deadlines) = (Vec::new(), Vec::new(), Vec::new());
    for view in open {
        let Some(since) = view.since.as_deref().map(time) else { continue };
        let link = sight.link(view);
        let is_warning = sight.act(&view.kind).is_some_and(is_warning);
        let shape = if is_warning { Shape::Warning } else { Shape::Step };
        let is_shown =
            is_warning || sight.is_matter(&view.kind) || sight.position_act(&view.kind).is_some();
        let lane = if is_warning { &mut warnings } else { &mut steps };
        lane.extend(is_shown.then(|| Mark { at: since, until: None, shape, link: link.clone() }));
        let decided = view.units.iter().filter_map(|unit| Some((unit, unit.decision.as_ref()?)));
        steps.extend(decided.map(|(unit, decision)| {
            let what =
                format!("{} {}: {}", view.number, super::case::unit_name(unit), decision.outcome);
            Mark {
                at: time(&decision.at),
                until: None,
                shape: Shape::Step,
                link: Link::new(&sight.href(view), &what),
            }
        }));
        deadlines.extend(deadline_marks(sight, view, &link));
    }
    let lane = |title: &str, marks| Lane { title: title.to_owned(), marks };
    let lanes =
        vec![lane("Warnings", warnings), lane("Case steps", steps), lane("Deadlines", deadlines)];
    let lanes: Vec<Lane> = lanes.into_iter().filter(|lane| !lane.marks.is_empty()).collect();
    let (from, to) = span_of(&lanes, sight.now);
    Timeline { from, to, lanes }
}

/// Returns from when to when the lanes are drawn: as far as there are marks, at most [`TIMELINE_SIDE`] from now.
fn span_of(lanes: &[Lane], now: UnixSeconds) -> (UnixSeconds, UnixSeconds) {
    let (least, most) = (now - TIMELINE_SIDE, now + TIMELINE_SIDE);
    let shown = || {
        let marks = lanes.iter().flat_map(|lane| &lane.marks).map(|mark| mark.at);
        marks.filter(|at| (least..=most).contains(at)).chain([now])
    };
    let first = shown().min().unwrap_or(now) - TIMELINE_MARGIN;
    let last = shown().max().unwrap_or(now) + TIMELINE_MARGIN;
    (first, last)
}

fn deadline_marks(sight: &Sight<'_>, view: &ProcedureView, link: &Link) -> Vec<Mark> {
    let mut marks = Vec::new();
    if let Some(due) = super::case::due_of(sight, view).filter(|_| !view.is_over) {
        let shape = if due.state == DueState::Overdue { Shape::Missed } else { Shape::Deadline };
        marks.push(Mark { at: due.at, until: None, shape, link: link.clone() });
    }
    let mut seen = BTreeSet::new();
    for duty in view.duties.iter().filter(|duty| duty.met_by.is_none()) {
        if seen.insert((duty.due.clone(), duty.title.clone())) {
            let shape = if duty.is_overdue { Shape::Missed } else { Shape::Deadline };
            let link = Link::new(&link.href, &format!("{}: {}", view.number, duty.title));
            marks.push(Mark { at: time(&duty.due), until: None, shape, link });
        }
    }
    marks
}
