//! One event: its fields, what each report says with the words marked, sources, numbers, and what analysts said.

use super::super::forms::capital;
use super::super::sight::Sight;
use super::{
    class, confidence, days, party, percent, place, review, say, sources, status, told, words,
};
use crate::picture::reports::Reports;
use serde_json::Value as Json;
use veche_desk::{
    EventCard, EventMention, EventPage, EventSource, EventToll, EventWord, Link, Marked, Spot,
    State, Tone, WordPart,
};
use veche_ledger::PartyId;
use veche_picture::ReportedEvent;
use veche_picture::joining::correction::OTHERS;
use veche_picture::joining::mention::{HARMS, Part};
use veche_picture::joining::{Finding, Stance};

/// Reports that a page shows.
const MENTIONS_MAX: usize = 30;
/// Features that are shown of what decided.
const REASONS_MAX: usize = 12;

/// Returns the page of an event; `None` if there is none of this id.
#[must_use]
pub fn event(sight: &Sight<'_>, reports: Option<&Reports>, id: &str) -> Option<EventPage> {
    let reports = reports?;
    let (told, _) = told(sight, reports);
    let at = told.find(id)?;
    let event = told.events.get(at)?;
    let mut mentions = list(event.mentions.as_deref());
    mentions.sort_by_key(|mention| {
        (text(mention, "published").to_owned(), text(mention, "mention").to_owned())
    });
    let said = list(event.corrections.as_deref());
    let (acts, why_not) = say::forms(sight, &told, at);
    Some(EventPage {
        note: reports.note().map(str::to_owned),
        card: card(event),
        is_another: event.event != id,
        facts: facts(event),
        spot: spot(event),
        more: mentions.len().saturating_sub(MENTIONS_MAX),
        mentions: mentions.iter().take(MENTIONS_MAX).map(mention).collect(),
        sources: mentions.iter().take(MENTIONS_MAX).map(source).collect(),
        tolls: tolls(event, &mentions),
        said: said.iter().rev().map(|one| word(sight, one)).collect(),
        acts,
        why_not,
    })
}

fn list(json: Option<&str>) -> Vec<Json> {
    let read = json.and_then(|json| serde_json::from_str(json).ok());
    read.unwrap_or_default()
}

fn text<'j>(of: &'j Json, key: &str) -> &'j str {
    of[key].as_str().unwrap_or_default()
}

fn card(event: &ReportedEvent) -> EventCard {
    let named =
        |text: &Option<String>, code: &Option<String>| text.clone().or_else(|| code.clone());
    let who = named(&event.actor_text, &event.actor).map(|who| format!(": {who}"));
    let whom = named(&event.recipient_text, &event.recipient).map(|whom| format!(" → {whom}"));
    let title =
        format!("{}{}{}", capital(words(event)), who.unwrap_or_default(), whom.unwrap_or_default());
    EventCard {
        id: event.event.clone(),
        title,
        class: class(event),
        states: [Some(status(event)), review(event)].into_iter().flatten().collect(),
    }
}

fn facts(event: &ReportedEvent) -> Vec<(String, String)> {
    let kind = match &event.mode {
        Some(mode) => format!("{} ({}), {mode}", words(event), event.kind),
        None => format!("{} ({})", words(event), event.kind),
    };
    let range = |low: Option<i32>, high: Option<i32>| {
        low.map(|low| toll_range(low.into(), high.map(i64::from)))
    };
    let all = [
        ("Type", Some(kind)),
        ("Has not happened so", event.aux.clone()),
        ("About", event.context.as_ref().map(|all| all.replace('_', " ").replace(';', ", "))),
        ("Day", Some(days(event))),
        ("Told to", event.precision.as_ref().map(|precision| format!("the {precision}"))),
        ("Who acts", Some(party(event.actor.as_deref(), event.actor_text.as_deref()))),
        ("Acted upon", Some(party(event.recipient.as_deref(), event.recipient_text.as_deref()))),
        ("Where", Some(place(event))),
        ("Dead", range(event.dead_low, event.dead_high)),
        ("Injured", range(event.injured_low, event.injured_high)),
        ("Confidence", event.confidence.map(|_| confidence(event))),
        ("Sources / carriers", Some(sources(event))),
        ("Best grade", event.reliability.clone()),
        ("Languages", event.languages.clone()),
        ("Coded by", Some(event.coder.clone())),
        ("Called", Some(event.event.clone())),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

fn spot(event: &ReportedEvent) -> Option<Spot> {
    Some(Spot {
        name: event.place.clone()?,
        latitude: event.latitude?,
        longitude: event.longitude?,
    })
}

fn from(mention: &Json) -> String {
    let all = [text(mention, "publisher"), text(mention, "published")];
    all.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ")
}

fn named(mention: &Json) -> &str {
    Some(text(mention, "title"))
        .filter(|title| !title.is_empty())
        .unwrap_or_else(|| text(mention, "document"))
}

fn mention(mention: &Json) -> EventMention {
    let likely = mention["probability_millionths"].as_i64().and_then(|of| i32::try_from(of).ok());
    let why = mention["why"].as_array().into_iter().flatten().take(REASONS_MAX);
    let weight = |reason: &Json| {
        reason["millibits"].as_i64().map(|of| format!("{:+.2}", of as f64 / 1000.0))
    };
    EventMention {
        document: named(mention).to_owned(),
        from: from(mention),
        read_as: format!(
            "read as {}, {}",
            text(mention, "type"),
            likely.map(percent).unwrap_or_default()
        ),
        stance: match Stance::parse(text(mention, "stance")) {
            Some(Stance::Denies) => Some(State::new("denied", Tone::Care)),
            Some(Stance::Retracts) => Some(State::new("taken back", Tone::Bad)),
            Some(Stance::Tells) | None => None,
        },
        sentence: sentence(mention),
        why: why
            .filter_map(|reason| Some((text(reason, "feature").to_owned(), weight(reason)?)))
            .collect(),
    }
}

/// Returns the sentence with its words marked.
fn sentence(mention: &Json) -> Option<Marked> {
    let sentence = mention["text"].as_str()?;
    let begins = mention["sentence"][0].as_u64()?;
    let within = |at: &Json| usize::try_from(at.as_u64()?.checked_sub(begins)?).ok();
    let marked = Part::ALL.iter().filter_map(|(part, name)| {
        let span = &mention["words"][*name];
        Some((word_part(*part), within(&span[0])?, within(&span[1])?))
    });
    let marked: Vec<(WordPart, usize, usize)> = marked.collect();
    Some(Marked::new(text(mention, "language"), sentence, &marked))
}

const fn word_part(part: Part) -> WordPart {
    match part {
        Part::Trigger => WordPart::Trigger,
        Part::Actor => WordPart::Actor,
        Part::Recipient => WordPart::Recipient,
        Part::Attribution => WordPart::Source,
        Part::Place => WordPart::Place,
        Part::Date => WordPart::Date,
        Part::Harm(_) => WordPart::Harm,
    }
}

fn source(mention: &Json) -> EventSource {
    let document = text(mention, "document");
    let address = if document.starts_with("https://") || document.starts_with("http://") {
        document
    } else {
        ""
    };
    let likely = mention["probability_millionths"].as_i64().and_then(|of| i32::try_from(of).ok());
    EventSource {
        publisher: Some(text(mention, "publisher"))
            .filter(|name| !name.is_empty())
            .unwrap_or("–")
            .to_owned(),
        published: text(mention, "published").to_owned(),
        document: Link::new(address, document),
        likely: likely.map(percent).unwrap_or_default(),
    }
}

fn toll_range(low: i64, high: Option<i64>) -> String {
    match high {
        Some(high) if high == low => low.to_string(),
        Some(high) => format!("{low} to {high}"),
        None => format!("at least {low}"),
    }
}

/// Returns who came to harm: what is still held to, and all that was told.
fn tolls(event: &ReportedEvent, mentions: &[Json]) -> Vec<EventToll> {
    let history: Json = event
        .history
        .as_deref()
        .and_then(|json| serde_json::from_str(json).ok())
        .unwrap_or_default();
    let standing = [
        ("dead", event.dead_low, event.dead_high),
        ("injured", event.injured_low, event.injured_high),
        ("displaced", event.displaced_low, event.displaced_high),
        ("detained", event.detained_low, event.detained_high),
        ("missing", event.missing_low, event.missing_high),
    ];
    let by = |id: &str| {
        let of = mentions.iter().find(|mention| text(mention, "mention") == id);
        of.map_or_else(|| id.to_owned(), from)
    };
    let said = |one: &Json| {
        let (id, gone) = (text(one, "mention"), one["superseded"].as_str());
        let number = toll_range(one["low"].as_i64()?, one["high"].as_i64());
        let gone = gone
            .map(|other| if other == id { "nothing: taken back".to_owned() } else { by(other) });
        Some((by(id), number, gone))
    };
    let toll = |(_, name): &(_, &str)| {
        let told = history[*name].as_array()?;
        let (_, low, high) = standing.iter().find(|(own, ..)| own == name)?;
        Some(EventToll {
            what: capital(name),
            range: low.map_or_else(
                || "all was taken back".to_owned(),
                |low| toll_range(low.into(), high.map(i64::from)),
            ),
            said: told.iter().filter_map(said).collect(),
        })
    };
    HARMS.iter().filter_map(toll).collect()
}

fn word(sight: &Sight<'_>, one: &Json) -> EventWord {
    let party = PartyId::parse(text(one, "party")).ok();
    let known = match one["known"].as_str() {
        Some(at) => format!("known {at}"),
        None => format!("said {}, not yet known to others", text(one, "stated")),
    };
    let by = [
        Some(text(one, "analyst").to_owned()),
        party.map(|party| sight.name(party.as_str())),
        Some(known),
    ];
    let record = text(one, "record");
    let told = OTHERS.iter().filter(|name| **name != "others");
    EventWord {
        found: Finding::parse(text(one, "finding")).map_or_else(String::new, found),
        by: by.into_iter().flatten().collect::<Vec<_>>().join(", "),
        reason: text(one, "reason").to_owned(),
        fields: told
            .filter_map(|name| Some((capital(name), one[*name].as_str()?.to_owned())))
            .collect(),
        stands: one["stands"].as_bool().unwrap_or(true),
        record: (record.len() == 64)
            .then(|| Link::new(&format!("/records/{record}"), "Its record")),
    }
}

fn found(finding: Finding) -> String {
    match finding {
        Finding::Confirmed => "Confirmed",
        Finding::Corrected => "Corrected",
        Finding::Merged => "Told together",
        Finding::Split => "Told apart",
        Finding::Rejected => "Rejected: no such event",
    }
    .to_owned()
}
