//! What an analyst may say of an event: the forms of the charter's act for it.

use super::super::alarms::{act_form, filled, next_act};
use super::super::forms::{FIELD_PREFIX, form_id};
use super::super::sight::Sight;
use super::{KINDS, confidence, days, party, place, words};
use crate::picture::corrections::kinds;
use crate::picture::reports::Told;
use std::fmt::Write as _;
use veche_desk::{Choice, Control, Form, FormField, Weight};
use veche_ledger::Kind;
use veche_picture::ReportedEvent;
use veche_picture::joining::Finding;

/// Events that are offered to be told together with one.
const NEAR_MAX: usize = 20;
/// Days between two events beyond which the one is not offered.
const NEAR_DAYS: u32 = 8;
/// Most mentions that a form names: lines of one field.
const NAMED_MAX: usize = 500;
/// Most mentions that can be ticked: a form has 256 fields.
const TICKED_MAX: usize = 200;
/// Longest list of mentions, in bytes: a record has room for two and for a reason.
const NAMED_LEN_MAX: usize = 24 * 1024;

/// Returns the forms for an event, or why there are none.
pub(super) fn forms(sight: &Sight<'_>, told: &Told, at: usize) -> (Vec<Form>, Option<String>) {
    let Some((kind, _)) = kinds(sight.charter()).next() else {
        return (
            Vec::new(),
            Some("The charter has no act in which a reported event is corrected.".to_owned()),
        );
    };
    if told.references(at).is_empty() {
        let why = "Nothing can be said of this event here: it was not joined from reports whose sentences are at hand.";
        return (Vec::new(), Some(why.to_owned()));
    }
    let acts: Vec<Form> = Finding::ALL
        .into_iter()
        .filter_map(|finding| form(sight, kind, told, at, finding))
        .collect();
    if !acts.is_empty() {
        return (acts, None);
    }
    let refused = next_act(sight, kind).and_then(|next| next.refused.map(|why| why.why));
    (acts, Some(refused.unwrap_or_else(|| "This seat signs nothing here.".to_owned())))
}

/// Returns the form of a finding: the fields that it needs in sight, what it is about out of sight, all else taken out.
fn form(sight: &Sight<'_>, kind: &Kind, told: &Told, at: usize, finding: Finding) -> Option<Form> {
    let event = told.events.get(at)?;
    let form = act_form(sight, &form_id(&format!("{}-{}", finding.word(), event.event)), kind)?;
    let all = told.references(at);
    let own = named(all, if finding == Finding::Split { TICKED_MAX } else { NAMED_MAX });
    let mut hidden = vec![("finding", finding.word().to_owned()), ("event", event.event.clone())];
    let shown: &[&str] = match finding {
        Finding::Confirmed | Finding::Rejected => &[],
        Finding::Corrected => &["type", "actor", "recipient", "place", "day"],
        Finding::Merged => &["others"],
        Finding::Split => &["mentions"],
    };
    if finding != Finding::Split {
        hidden.push(("mentions", own.join("\n")));
    } else if own.len() < 2 {
        return None;
    } else {
        hidden.push(("others", own.join("\n")));
    }
    let mut form = filled(form, &hidden, true);
    form.fields.retain(|field| {
        let name = field.name.strip_prefix(FIELD_PREFIX).unwrap_or_default();
        ["analyst", "reason"].contains(&name) || shown.contains(&name)
    });
    let name_of =
        |field: &FormField| field.name.strip_prefix(FIELD_PREFIX).unwrap_or_default().to_owned();
    form.fields.sort_by_key(|field| {
        let name = name_of(field);
        shown.iter().position(|own| *own == name).unwrap_or(shown.len())
    });
    for field in &mut form.fields {
        let name = field.name.strip_prefix(FIELD_PREFIX).unwrap_or_default().to_owned();
        let (control, help) = match name.as_str() {
            "analyst" => (Control::Line, "the name of the person who looked".to_owned()),
            "reason" => (
                Control::Text,
                "what the reports say, and what is wrong with their reading".to_owned(),
            ),
            "others" => {
                let near = near(told, at);
                if near.is_empty() {
                    return None;
                }
                field.required = true;
                field.label = "The other event".to_owned();
                (Control::One(near), format!("events of {NEAR_DAYS} days before or after"))
            }
            "mentions" => {
                field.label = "Reports that tell of another event".to_owned();
                field.required = false;
                (Control::Several(mentions(event, own)), String::new())
            }
            _ => correctable(event, &name),
        };
        field.control = control;
        field.help = Some(help).filter(|help| !help.is_empty());
    }
    let (submit, weight) = match finding {
        Finding::Confirmed => ("Confirm", Weight::Primary),
        Finding::Corrected => ("Correct", Weight::Plain),
        Finding::Merged => ("Tell together with", Weight::Plain),
        Finding::Split => ("Split off", Weight::Plain),
        Finding::Rejected => ("Reject", Weight::Grave),
    };
    (form.submit, form.weight) = (submit.to_owned(), weight);
    form.title = format!("{submit}: {}", words(event));
    if own.len() < all.len() {
        let known = form.note.map(|note| format!("{note} ")).unwrap_or_default();
        form.note = Some(format!("{known}{}", unnamed(finding, own.len(), all.len())));
    }
    Some(form)
}

/// Returns as many mentions, from the first, as a form and a record have room for.
fn named(all: &[String], most: usize) -> &[String] {
    let lens = all.iter().take(most).scan(0, |len, reference| {
        *len += reference.len() + "\n".len();
        Some(*len)
    });
    all.get(..lens.take_while(|len| *len <= NAMED_LEN_MAX).count()).unwrap_or_default()
}

/// Returns what a form says that does not name all mentions of its event.
fn unnamed(finding: Finding, named: usize, all: usize) -> String {
    let what = match finding {
        Finding::Confirmed | Finding::Corrected => "it counts for the whole event",
        Finding::Merged => "the others follow as far as they are alike",
        Finding::Split => "the others cannot be told apart here",
        Finding::Rejected => {
            "the others stay in the list as an event of their own; reject that one too"
        }
    };
    format!("This names {named} of {all} reports, as many as a record has room for: {what}.")
}

/// Returns how a field of an event is put right, and what it is now.
fn correctable(event: &ReportedEvent, name: &str) -> (Control, String) {
    let typed = "CODE: words as they stand in the sentence, or one of the two; `-` for nobody";
    match name {
        "type" => {
            let all = KINDS
                .iter()
                .map(|(name, words, _)| Choice::new(name, &format!("{words} ({name})")));
            (Control::One(all.collect()), format!("now {}; not chosen: as it is", words(event)))
        }
        "actor" => {
            let now = party(event.actor.as_deref(), event.actor_text.as_deref());
            (Control::Line, format!("now {now}; {typed}"))
        }
        "recipient" => {
            let now = party(event.recipient.as_deref(), event.recipient_text.as_deref());
            (Control::Line, format!("now {now}; {typed}"))
        }
        "place" => (Control::Line, format!("now {}; CODE of the state: name", place(event))),
        _ => (Control::Line, format!("now {}; 2027-03-02, or 2027-03-02..2027-03-04", days(event))),
    }
}

/// Returns the mentions of an event as choices.
fn mentions(event: &ReportedEvent, own: &[String]) -> Vec<Choice> {
    let told: Vec<serde_json::Value> = event
        .mentions
        .as_deref()
        .and_then(|json| serde_json::from_str(json).ok())
        .unwrap_or_default();
    let label = |reference: &String| {
        let of = told.iter().find(|one| one["reference"] == reference.as_str());
        let text = of.and_then(|one| one["text"].as_str()).unwrap_or(reference);
        let from = of.and_then(|one| one["publisher"].as_str()).unwrap_or("–");
        Choice::new(reference, &format!("{from}: {text}"))
    };
    own.iter().map(label).collect()
}

/// Returns events that may be the same: the nearest in time that can be named.
fn near(told: &Told, at: usize) -> Vec<Choice> {
    let Some(event) = told.events.get(at) else { return Vec::new() };
    let apart = |other: &ReportedEvent| {
        other
            .first
            .unix_days()
            .abs_diff(event.last.unix_days())
            .min(event.first.unix_days().abs_diff(other.last.unix_days()))
    };
    let mut near: Vec<(u32, bool, usize, &ReportedEvent)> = told
        .events
        .iter()
        .enumerate()
        .filter(|(place, other)| {
            *place != at && !told.references(*place).is_empty() && apart(other) <= NEAR_DAYS
        })
        .map(|(place, other)| (apart(other), other.kind != event.kind, place, other))
        .collect();
    near.sort_by_key(|(days, other_kind, place, _)| (*other_kind, *days, *place));
    let choice = |(_, _, place, other): &(u32, bool, usize, &ReportedEvent)| {
        let all = told.references(*place);
        let named = named(all, NAMED_MAX);
        let who = party(other.actor.as_deref(), other.actor_text.as_deref());
        let mut label = format!(
            "{}: {}, {who}, {}, {}",
            days(other),
            words(other),
            self::place(other),
            confidence(other)
        );
        if named.len() < all.len() {
            // Writing to a String cannot fail.
            write!(label, " ({} of {} reports)", named.len(), all.len()).unwrap_or_default();
        }
        Choice::new(&named.join("\n"), &label)
    };
    near.iter().take(NEAR_MAX).map(choice).collect()
}
