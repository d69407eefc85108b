//! Events that reports tell of, with the words that made them and what analysts may say of them.

mod one;
mod say;

use super::alarms::counted;
use super::sight::Sight;
use crate::picture::corrections::Corrections;
use crate::picture::reports::{Reports, Told};
use std::sync::Arc;
use veche_desk::{Choice, EventClass, EventFilter, EventRow, EventsPage, Link, Pager, State, Tone};
use veche_picture::joining::Finding;
use veche_picture::reported::countries;
use veche_picture::{Date, ReportedEvent};

pub use one::event;

/// Events of a page.
const PAGE: usize = 50;

/// The types of PLOVER, with their words and the class of their symbol.
const KINDS: [(&str, &str, EventClass); 16] = [
    ("AGREE", "agreement", EventClass::Political),
    ("CONSULT", "talks or visit", EventClass::Political),
    ("SUPPORT", "words of support", EventClass::Political),
    ("CONCEDE", "concession", EventClass::Political),
    ("COOPERATE", "cooperation", EventClass::Cooperation),
    ("AID", "aid", EventClass::Cooperation),
    ("RETREAT", "withdrawal or release", EventClass::Cooperation),
    ("REQUEST", "request or demand", EventClass::Political),
    ("ACCUSE", "accusation", EventClass::Political),
    ("REJECT", "refusal", EventClass::Political),
    ("THREATEN", "threat", EventClass::Political),
    ("PROTEST", "protest", EventClass::Unrest),
    ("SANCTION", "sanction", EventClass::Political),
    ("MOBILIZE", "mobilisation", EventClass::Movement),
    ("COERCE", "coercion", EventClass::Border),
    ("ASSAULT", "attack", EventClass::ArmedClash),
];

/// States that are asked for, with what they mean.
const STATES: [(&str, &str); 7] = [
    ("told", "told"),
    ("denied", "denied by somebody"),
    ("retracted", "taken back"),
    ("unseen", "no analyst has looked"),
    ("confirmed", "confirmed by an analyst"),
    ("corrected", "corrected by an analyst"),
    ("rejected", "rejected by an analyst"),
];

/// The parameters of the list, with what each does.
pub const PARAMETERS: [(&str, &str); 7] = [
    ("type", "one of the 16 types of PLOVER"),
    ("state", "told, denied, retracted, unseen, confirmed, corrected or rejected"),
    ("from", "the first day"),
    ("to", "the last day"),
    ("unit", "a state, a body or a place: code or words"),
    ("confidence", "the least, in per cent"),
    ("page", "which page, from 1"),
];

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    typed: EventFilter,
    from: Option<Date>,
    to: Option<Date>,
    least: Option<i32>,
    page: usize,
}

impl Wanted {
    /// Reads what is asked for. `parameter`: the value of one, by its name.
    ///
    /// # Errors
    /// Which parameter has no value that can be.
    pub fn read<'p>(parameter: &dyn Fn(&str) -> Option<&'p str>) -> Result<Self, String> {
        let typed = |name: &str| parameter(name).unwrap_or_default().trim().to_owned();
        let day = |name: &str| match typed(name).as_str() {
            "" => Ok(None),
            text => Date::parse(text)
                .map(Some)
                .map_err(|_| format!("The parameter `{name}` is a day like 2027-03-02.")),
        };
        let (kind, state) = (typed("type"), typed("state"));
        if !kind.is_empty() && !KINDS.iter().any(|(name, ..)| *name == kind) {
            return Err(
                "The parameter `type` is one of the 16 types of PLOVER, like `ASSAULT`.".to_owned()
            );
        }
        if !state.is_empty() && !STATES.iter().any(|(name, _)| *name == state) {
            let all: Vec<&str> = STATES.iter().map(|(name, _)| *name).collect();
            return Err(format!("The parameter `state` is one of {}.", all.join(", ")));
        }
        let confidence = typed("confidence");
        let least = match confidence.as_str() {
            "" => None,
            text => Some(
                text.parse::<i32>()
                    .ok()
                    .filter(|least| (0..=100).contains(least))
                    .ok_or("The parameter `confidence` is a whole number from 0 to 100.")?,
            ),
        };
        let page = match typed("page").as_str() {
            "" => 1,
            text => text
                .parse()
                .ok()
                .filter(|page| *page > 0)
                .ok_or("The parameter `page` is a whole number from 1.")?,
        };
        let (from, to) = (day("from")?, day("to")?);
        let choice = |(value, label): &(&str, &str)| Choice::new(value, label);
        let typed = EventFilter {
            kinds: KINDS.iter().map(|(name, words, _)| Choice::new(name, words)).collect(),
            states: STATES.iter().map(choice).collect(),
            kind,
            state,
            from: typed("from"),
            to: typed("to"),
            unit: typed("unit"),
            confidence,
        };
        Ok(Self { typed, from, to, least, page })
    }

    fn takes(&self, event: &ReportedEvent) -> bool {
        let EventFilter { kind, state, unit, .. } = &self.typed;
        // A state is found by its name too, as lists of states write it.
        let code = countries::by_name(unit).map(|country| country.alpha3.to_lowercase());
        let unit = unit.to_lowercase();
        let is_unit = |own: &str| {
            let own = own.to_lowercase();
            own.contains(&unit) || code.as_ref().is_some_and(|code| own.starts_with(code))
        };
        (kind.is_empty() || *kind == event.kind)
            && (state.is_empty() || state_of(event, state))
            && self.from.is_none_or(|from| event.last >= from)
            && self.to.is_none_or(|to| event.first <= to)
            && (unit.is_empty() || units(event).any(is_unit))
            && self.least.is_none_or(|least| {
                event.confidence.is_some_and(|own| own >= least.saturating_mul(10_000))
            })
    }

    /// Returns the address of another page of the same.
    fn address(&self, page: usize) -> String {
        let EventFilter { kind, state, from, to, unit, confidence, .. } = &self.typed;
        let all = [
            ("type", kind),
            ("state", state),
            ("from", from),
            ("to", to),
            ("unit", unit),
            ("confidence", confidence),
        ];
        let told = all.into_iter().filter(|(_, value)| !value.is_empty());
        let told: Vec<String> =
            told.map(|(name, value)| format!("&{name}={}", super::segment(value))).collect();
        format!("/events?page={page}{}", told.concat())
    }
}

fn state_of(event: &ReportedEvent, state: &str) -> bool {
    match state {
        "told" => event.status == "stands" && event.review.as_deref() != Some("rejected"),
        "denied" => event.status == "disputed",
        "retracted" => event.status == "retracted",
        "unseen" => event.review.is_none(),
        review => event.review.as_deref() == Some(review),
    }
}

/// Returns by what an event is found: codes, words, places.
fn units(event: &ReportedEvent) -> impl Iterator<Item = &str> {
    let codes = [&event.country, &event.actor, &event.recipient];
    let words = [&event.actor_text, &event.recipient_text, &event.place];
    codes.into_iter().chain(words).flatten().map(String::as_str)
}

/// Returns the events as the corrections have them that a seat may read, with those corrections.
fn told(sight: &Sight<'_>, reports: &Reports) -> (Arc<Told>, Corrections) {
    let corrections = Corrections::of_node(sight.node, &counted(sight));
    (reports.told(&corrections.all), corrections)
}

/// Returns the list.
#[must_use]
pub fn events(sight: &Sight<'_>, reports: Option<&Reports>, wanted: &Wanted) -> EventsPage {
    let filter = wanted.typed.clone();
    let Some(reports) = reports else { return EventsPage { filter, ..EventsPage::default() } };
    let (told, corrections) = told(sight, reports);
    let found: Vec<&ReportedEvent> =
        told.events.iter().filter(|event| wanted.takes(event)).collect();
    let skipped = (wanted.page - 1).saturating_mul(PAGE);
    let rows: Vec<EventRow> =
        found.iter().skip(skipped).take(PAGE).map(|event| row(event)).collect();
    let shown = match rows.len() {
        0 => format!("{} events", found.len()),
        count => format!("{} to {} of {}", skipped + 1, skipped + count, found.len()),
    };
    let left_out = told.left_out.iter().map(|one| {
        (
            format!("{} by {}", one.finding.word(), one.analyst),
            "no report that it names is here".to_owned(),
        )
    });
    EventsPage {
        note: reports.note().map(str::to_owned),
        is_given: true,
        filter,
        pager: Pager {
            shown,
            newer: (wanted.page > 1).then(|| wanted.address(wanted.page - 1)),
            older: (skipped + rows.len() < found.len()).then(|| wanted.address(wanted.page + 1)),
        },
        rows,
        left_out: left_out.chain(corrections.faulty).chain(told.unshown.iter().cloned()).collect(),
    }
}

fn row(event: &ReportedEvent) -> EventRow {
    EventRow {
        link: Link::new(&format!("/events/{}", super::segment(&event.event)), words(event)),
        class: class(event),
        day: days(event),
        who: party(event.actor.as_deref(), event.actor_text.as_deref()),
        whom: party(event.recipient.as_deref(), event.recipient_text.as_deref()),
        place: place(event),
        sources: sources(event),
        confidence: confidence(event),
        state: status(event),
        review: review(event),
    }
}

/// Returns a type in words.
fn words(event: &ReportedEvent) -> &'static str {
    KINDS.iter().find(|(name, ..)| *name == event.kind).map_or("event", |(_, words, _)| words)
}

fn class(event: &ReportedEvent) -> EventClass {
    KINDS
        .iter()
        .find(|(name, ..)| *name == event.kind)
        .map_or_else(EventClass::default, |(.., class)| *class)
}

fn days(event: &ReportedEvent) -> String {
    let days = match event.first == event.last {
        true => event.first.to_string(),
        false => format!("{} to {}", event.first, event.last),
    };
    if event.precision.is_none() && event.mentions.is_some() {
        format!("{days}, by its publication")
    } else {
        days
    }
}

/// Returns a party in words: what reports call it, and its state.
fn party(code: Option<&str>, text: Option<&str>) -> String {
    match (code, text) {
        (None, None) => "–".to_owned(),
        (Some(code), None) => code.to_owned(),
        (None, Some(text)) => text.to_owned(),
        (Some(code), Some(text)) => format!("{text} ({code})"),
    }
}

fn place(event: &ReportedEvent) -> String {
    party(event.country.as_deref(), event.place.as_deref())
}

fn sources(event: &ReportedEvent) -> String {
    let count =
        |count: Option<i32>| count.map_or_else(|| "–".to_owned(), |count| count.to_string());
    format!("{} / {}", count(event.sources), count(event.carriers))
}

fn confidence(event: &ReportedEvent) -> String {
    event.confidence.map_or_else(|| "–".to_owned(), percent)
}

/// Returns millionths in per cent.
fn percent(millionths: i32) -> String {
    format!("{} %", millionths / 10_000)
}

fn status(event: &ReportedEvent) -> State {
    match event.status.as_str() {
        "retracted" => State::new("taken back", Tone::Bad),
        "disputed" => State::new("denied", Tone::Care),
        _ => State::new("told", Tone::Plain),
    }
}

fn review(event: &ReportedEvent) -> Option<State> {
    let finding = event.review.as_deref().and_then(Finding::parse)?;
    let tone = if finding == Finding::Rejected { Tone::Bad } else { Tone::Good };
    Some(State::new(finding.word(), tone))
}
