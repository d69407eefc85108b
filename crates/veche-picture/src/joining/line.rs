//! A coded event as the line that `veche code` writes; [`Mention::read`](super::Mention::read) reads it.

use super::keys::Keys;
use super::mention::{HARMS, print_to_hex};
use super::stance::Stance;
use serde_json::{Value, json};
use veche_coder::date::{Precision, When};
use veche_coder::document::fingerprint;
use veche_coder::event::{Coded, CodedEvent, Coder, Participant};
use veche_coder::language::Tongue;
use veche_coder::matcher::CharterName;
use veche_coder::place::{Located, Resolution};
use veche_coder::russian::NameKind;
use veche_coder::text::Span;

/// Where a document is from.
#[derive(Debug, Clone, Copy, Default)]
pub struct Origin<'a> {
    /// What it is called.
    pub document: &'a str,
    /// Who published it; empty if not known.
    pub publisher: &'a str,
    /// When, as a day or a time in ISO 8601; empty if not known.
    pub published: &'a str,
    /// Where its first byte stands in the input.
    pub offset: u64,
    /// Names of a charter that the matcher was made with.
    pub charter: &'a [CharterName],
}

/// What the lines of a document's events have in common.
pub struct Lines<'a> {
    coder: &'a Coder<'a>,
    coded: &'a Coded,
    origin: Origin<'a>,
    print: String,
    keys: Keys,
    stance: Stance,
}

impl<'a> Lines<'a> {
    /// Returns what writes the lines of a document.
    #[must_use]
    pub fn new(coder: &'a Coder<'a>, coded: &'a Coded, origin: Origin<'a>) -> Self {
        let print = print_to_hex(&fingerprint(&coded.tokens));
        let mut keys = Keys::of(coded.document.text(), &coded.tokens);
        keys.forget(origin.publisher);
        Self { coder, coded, origin, print, keys, stance: Stance::of(&coded.tokens) }
    }

    /// Returns the line of an event.
    #[must_use]
    pub fn line(&self, event: &CodedEvent) -> Value {
        let party = |party: &Participant| {
            let mut words = self.words(party.span);
            words["code"] = party.code(self.coder.reader.vocabulary, self.origin.charter).into();
            words["sectors"] = party.sectors.iter().map(|sector| sector.code()).collect();
            words["basis"] = party.basis.name().into();
            words["probability_millionths"] = party.probability.into();
            if let Some(name) = party.name {
                words["name"] = match name {
                    NameKind::Person => "person",
                    NameKind::Place => "place",
                    NameKind::Organisation => "organisation",
                }
                .into();
            }
            words
        };
        let aux: Vec<&str> = event.aux.iter().map(|aux| aux.name()).collect();
        let contexts: Vec<&str> = event.contexts.iter().map(|context| context.name()).collect();
        let mut line = json!({
            "document": self.origin.document,
            "language": self.coded.tongue.code(),
            "type": event.class.name(),
            "mode": event.mode.map(|mode| mode.name()),
            "aux": aux,
            "contexts": contexts,
            "probability_millionths": event.probability,
            "any_event_millionths": event.any,
            "sentence": self.words(event.sentence),
            "trigger": self.words(event.trigger),
            "actor": event.actor.as_ref().map(party),
            "recipient": event.recipient.as_ref().map(party),
            "attribution": event.attribution.map(|span| self.words(span)),
            "place": event.place.as_ref().map(|place| self.place(place)),
            "date": event.when.as_ref().map(|when| self.date(when)),
            "stance": self.stance.name(),
            "fingerprint": self.print,
            "keys": self.keys(),
            "coder": self.coder.identity.to_string(),
        });
        for (key, value) in
            [("publisher", self.origin.publisher), ("published", self.origin.published)]
        {
            if !value.is_empty() {
                line[key] = value.into();
            }
        }
        if !matches!(self.coded.tongue, Tongue::English | Tongue::Russian) {
            line["experimental"] = true.into();
        }
        for toll in &event.tolls {
            let name = HARMS.iter().find(|(harm, _)| *harm == toll.harm).map(|(_, name)| *name);
            line[name.unwrap_or_default()] = json!({ "low": toll.low, "high": toll.high, "about": toll.about, "words": self.words(toll.span) });
        }
        if self.coder.explains {
            let reasons = event.reasons.iter();
            line["why"] = reasons
                .map(|reason| json!({ "feature": reason.feature, "millibits": reason.millibits }))
                .collect();
        }
        line
    }

    fn at(&self, byte: u32) -> u64 {
        self.origin.offset + u64::from(byte)
    }

    fn words(&self, span: Span) -> Value {
        let text = self.coded.document.text();
        json!({ "text": span.of(text), "start": self.at(span.start), "end": self.at(span.end) })
    }

    fn keys(&self) -> Value {
        let numbers: Vec<String> = self.keys.numbers.iter().map(ToString::to_string).collect();
        json!({ "names": self.keys.names, "numbers": numbers, "stems": self.keys.stems })
    }

    fn place(&self, place: &Located) -> Value {
        let mut words = self.words(place.span);
        let vocabulary = self.coder.reader.vocabulary;
        let nation = place.nation.and_then(|at| vocabulary.nations.get(at as usize));
        words["code"] = nation.map(|nation| nation.code.clone()).into();
        words["resolution"] = match place.resolution {
            Resolution::Country => "country",
            Resolution::Town => "town",
            Resolution::Named => "name",
        }
        .into();
        // What nothing else could be meant by has no margin.
        words["margin"] = (place.margin < i32::MAX).then_some(place.margin).into();
        let gazetteer = self.coder.gazetteer.zip(place.place);
        if let Some(entry) = gazetteer.and_then(|(all, at)| all.places().get(at as usize)) {
            words["geonames"] = entry.id.into();
            words["latitude"] = entry.latitude.into();
            words["longitude"] = entry.longitude.into();
        }
        words
    }

    fn date(&self, when: &When) -> Value {
        let mut words = self.words(when.span);
        words["first"] = when.first.to_string().into();
        words["last"] = when.last.to_string().into();
        words["precision"] = match when.precision {
            Precision::Day => "day",
            Precision::Week => "week",
            Precision::Month => "month",
            Precision::Year => "year",
        }
        .into();
        words
    }
}
