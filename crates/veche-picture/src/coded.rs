//! Coded mentions as a table that any data tool opens: one row a mention, its parties, words and place as nested columns.
//!
//! [`of_mention`] makes a row of a line of `veche code`, [`of_event`] rows of a kept event: one a mention, or one for an event of a data
//! set, which has none. The columns are in `formats/mentions.md`. A row tells what the mention itself says, whatever its event came to.

mod columns;
mod kept;
mod read;
mod score;
mod write;

pub use kept::{CodedFault, Unusable, of_event, of_mention};
pub use score::score;

use crate::date::Date;
use crate::month::Month;
use crate::reported::countries;
use crate::reported::quad_number;
use crate::table::Row;
use serde_json::{Value, json};
use std::cmp::Ordering;
use veche_coder::ontology::Class;

/// Bytes of a document, from the first to behind the last.
pub type Bytes = (i64, i64);

/// Words of a document: what they are, and where.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Words {
    /// The words.
    pub text: Option<String>,
    /// Where they stand.
    pub at: Option<Bytes>,
}

/// Somebody who takes part.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Party {
    /// The state or body.
    pub code: Option<String>,
    /// What kinds of actor it is.
    pub sector: Vec<String>,
    /// The words.
    pub words: Words,
    /// How likely it is that they take this part, in millionths.
    pub p: Option<u32>,
}

/// Where it happened.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Location {
    /// The place's name as the text has it.
    pub extracted_place: Option<String>,
    /// The place's name as a data set has it.
    pub resolved_place: Option<String>,
    /// Its number in GeoNames.
    pub geonameid: Option<i64>,
    /// Millionths of a degree, north and east.
    pub degrees: Option<(i32, i32)>,
    /// The state or territory, ISO 3166-1 alpha-3 or a charter's code.
    pub country_code: Option<String>,
    /// `town`, `country`, or `name`, which no table has.
    pub resolution: Option<String>,
    /// By how much it is likelier than the next place, as the coder counts it.
    pub margin: Option<i64>,
}

impl Location {
    /// Returns the name of the state; none of a code that ISO 3166-1 does not have.
    #[must_use]
    pub fn country(&self) -> Option<&'static str> {
        Some(countries::by_alpha3(self.country_code.as_deref()?)?.name)
    }
}

/// How many people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct People {
    /// The least.
    pub min: i64,
    /// The most; none where there is no end.
    pub max: Option<i64>,
}

/// A row: a mention, or an event of a data set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodedMention {
    /// The event that it was joined to; none straight from the coder.
    pub event_id: Option<String>,
    /// The mention; none of a data set's event.
    pub mention_id: Option<String>,
    /// The document.
    pub doc_id: Option<String>,
    /// The first day on which it can have happened.
    pub date: Date,
    /// The last.
    pub date_end: Date,
    /// How exactly the day is told; none if it is that of publication.
    pub date_precision: Option<String>,
    /// What kind; gives the column `quad` as well.
    pub class: Class,
    /// How.
    pub mode: Vec<String>,
    /// In what context.
    pub context: Vec<String>,
    /// Tenths of PLOVER's score, or of the data set's own scale.
    pub intensity: Option<i32>,
    /// What keeps it from having happened lately.
    pub aux: Vec<String>,
    /// Who acts.
    pub actors: Vec<Party>,
    /// Who is acted upon.
    pub recipients: Vec<Party>,
    /// Who says so.
    pub attribution: Option<Words>,
    /// The words that tell it.
    pub event: Words,
    /// Where.
    pub location: Option<Location>,
    /// Killed.
    pub dead: Option<People>,
    /// Injured.
    pub injured: Option<People>,
    /// Arrested or held.
    pub arrested: Option<People>,
    /// Driven from where they live.
    pub displaced: Option<People>,
    /// Missing.
    pub missing: Option<People>,
    /// The type in CAMEO, where a data set has one.
    pub cameo: Option<String>,
    /// How likely the type is, in millionths.
    pub p_type: Option<u32>,
    /// How likely it is that all parties are right, in millionths.
    pub p_args: Option<u32>,
    /// Independent sources of the event.
    pub n_sources: Option<i32>,
    /// The language.
    pub language: Option<String>,
    /// Who published it.
    pub publisher: Option<String>,
    /// Where it can be read.
    pub url: Option<String>,
    /// `veche`, or the data set.
    pub coder: String,
    /// The hash of the models and words by which it was coded.
    pub coder_hash: Option<String>,
    /// Who may read it.
    pub label: Option<String>,
    /// The sentence.
    pub sentence: Option<Words>,
    /// `tells`, `denies` or `retracts`; none in a data set.
    pub stance: Option<String>,
    /// Whether the event stands: `stands`, `disputed`, `retracted`; none straight from the coder.
    pub status: Option<String>,
    /// What an analyst found of the event last.
    pub review: Option<String>,
    /// How sure the event is over all its sources, in millionths.
    pub confidence: Option<u32>,
}

impl Row for CodedMention {
    fn order(&self, other: &Self) -> Ordering {
        let event = self.event_id.cmp(&other.event_id);
        event.then_with(|| self.mention_id.cmp(&other.mention_id))
    }

    fn month(&self) -> Month {
        self.date.month()
    }
}

/// Returns millionths as a number; a division of whole numbers below 2^53 is rounded once, so that it is the same everywhere.
fn millionths(count: impl Into<f64>) -> f64 {
    count.into() / 1_000_000.0
}

/// Returns tenths as a number.
fn tenths(count: i32) -> f64 {
    f64::from(count) / 10.0
}

impl CodedMention {
    /// Returns the row as a JSON object with a key a column, named and nested as in Parquet.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "event_id": self.event_id,
            "mention_id": self.mention_id,
            "doc_id": self.doc_id,
            "date": self.date.to_string(),
            "date_precision": self.date_precision,
            "type": self.class.name(),
            "mode": self.mode,
            "context": self.context,
            "quad": quad_number(self.class),
            "intensity": self.intensity.map(tenths),
            "aux": self.aux,
            "actors": self.actors.iter().map(party).collect::<Vec<_>>(),
            "recipients": self.recipients.iter().map(party).collect::<Vec<_>>(),
            "attribution": self.attribution.as_ref().map(words),
            "event_text": self.event.text,
            "span_start": self.event.at.map(|at| at.0),
            "span_end": self.event.at.map(|at| at.1),
            "location": self.location.as_ref().map(location),
            "dead": self.dead.map(people),
            "injured": self.injured.map(people),
            "arrested": self.arrested.map(people),
            "displaced": self.displaced.map(people),
            "missing": self.missing.map(people),
            "size": null,
            "cameo": self.cameo,
            "p_type": self.p_type.map(millionths),
            "p_args": self.p_args.map(millionths),
            "n_sources": self.n_sources,
            "language": self.language,
            "publisher": self.publisher,
            "url": self.url,
            "coder": self.coder,
            "coder_hash": self.coder_hash,
            "label": self.label,
            "date_end": self.date_end.to_string(),
            "sentence": self.sentence.as_ref().map(words),
            "stance": self.stance,
            "status": self.status,
            "review": self.review,
            "confidence": self.confidence.map(millionths),
        })
    }
}

fn words(words: &Words) -> Value {
    json!({ "text": words.text, "start": words.at.map(|at| at.0), "end": words.at.map(|at| at.1) })
}

fn party(party: &Party) -> Value {
    let mut value = words(&party.words);
    value["code"] = party.code.clone().into();
    value["sector"] = party.sector.clone().into();
    value["id"] = Value::Null;
    value["id_source"] = Value::Null;
    value["p"] = party.p.map(millionths).into();
    value
}

fn location(location: &Location) -> Value {
    json!({
        "extracted_place": location.extracted_place,
        "resolved_place": location.resolved_place,
        "geonameid": location.geonameid,
        "lat": location.degrees.map(|at| millionths(at.0)),
        "lon": location.degrees.map(|at| millionths(at.1)),
        "city": null,
        "district": null,
        "province": null,
        "country": location.country(),
        "country_code": location.country_code,
        "feature_class": null,
        "feature_code": null,
        "resolution": location.resolution,
        "margin": location.margin,
    })
}

fn people(people: People) -> Value {
    json!({ "min": people.min, "max": people.max })
}
