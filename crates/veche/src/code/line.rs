//! A coded event as a JSON object.

use serde_json::{Value, json};
use veche_coder::casualty::Harm;
use veche_coder::date::{Day, Precision, When};
use veche_coder::event::{Coded, CodedEvent, Coder, Participant};
use veche_coder::place::{Located, Resolution};
use veche_coder::text::Span;

/// Reads a day: YYYY-MM-DD.
pub(super) fn day(text: &str) -> Result<Day, String> {
    let parts: Vec<&str> = text.get(..10).unwrap_or(text).split('-').collect();
    let read = || match parts.as_slice() {
        [year, month, day] => Day::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?),
        _ => None,
    };
    read().ok_or_else(|| format!("`{text}` is no day: write it as 2026-11-23"))
}

/// Returns an event of a document whose first byte stands at `offset` of the input.
pub(super) fn of(
    coder: &Coder<'_>,
    coded: &Coded,
    event: &CodedEvent,
    document: &str,
    offset: u64,
) -> Value {
    let text = coded.document.text();
    let words = |span: Span| json!({ "text": span.of(text), "start": offset + u64::from(span.start), "end": offset + u64::from(span.end) });
    let party = |party: &Participant| {
        let mut words = words(party.span);
        words["code"] = party.code(coder.reader.vocabulary, &[]).into();
        words["basis"] = party.basis.name().into();
        words
    };
    let mut line = json!({
        "document": document,
        "language": coded.tongue.code(),
        "type": event.class.name(),
        "mode": event.mode.map(|mode| mode.name()),
        "aux": event.aux.iter().map(|aux| aux.name()).collect::<Vec<_>>(),
        "probability_millionths": event.probability,
        "any_event_millionths": event.any,
        "sentence": { "start": offset + u64::from(event.sentence.start), "end": offset + u64::from(event.sentence.end) },
        "trigger": words(event.trigger),
        "actor": event.actor.as_ref().map(party),
        "recipient": event.recipient.as_ref().map(party),
        "attribution": event.attribution.map(words),
        "place": event.place.as_ref().map(|place| located(coder, place, words(place.span))),
        "date": event.when.as_ref().map(|when| dated(when, words(when.span))),
    });
    for toll in &event.tolls {
        line[harm(toll.harm)] = json!({ "low": toll.low, "high": toll.high, "about": toll.about, "words": words(toll.span) });
    }
    if coder.explains {
        let reason = |reason: &veche_coder::event::Reason| json!({ "feature": reason.feature, "millibits": reason.millibits });
        line["why"] = event.reasons.iter().map(reason).collect();
    }
    line
}

fn located(coder: &Coder<'_>, place: &Located, mut words: Value) -> Value {
    let nation = place.nation.and_then(|at| coder.reader.vocabulary.nations.get(at as usize));
    words["code"] = nation.map(|nation| nation.code.clone()).into();
    words["resolution"] = match place.resolution {
        Resolution::Country => "country",
        Resolution::Town => "town",
    }
    .into();
    words
}

fn dated(when: &When, mut words: Value) -> Value {
    let iso = |day: Day| {
        let (year, month, day) = day.civil();
        format!("{year:04}-{month:02}-{day:02}")
    };
    words["first"] = iso(when.first).into();
    words["last"] = iso(when.last).into();
    words["precision"] = match when.precision {
        Precision::Day => "day",
        Precision::Week => "week",
        Precision::Month => "month",
        Precision::Year => "year",
    }
    .into();
    words
}

const fn harm(harm: Harm) -> &'static str {
    match harm {
        Harm::Dead => "dead",
        Harm::Injured => "injured",
        Harm::Displaced => "displaced",
        Harm::Detained => "detained",
        Harm::Missing => "missing",
    }
}
