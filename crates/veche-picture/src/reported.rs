//! A reported event as it is kept: what mentions of it come to, or what a data set coded. The columns are in `formats/event.md`.

pub mod countries;
pub mod counts;
pub mod mapping;

use crate::date::Date;
use crate::joining::mention::{HARMS, Party, Spot};
use crate::joining::{Applied, Joined, Mention, Reference, Role, Said};
use crate::table::columns::{Column, Columnar, Columns, text};
use crate::table::{Row, TableFault};
use serde_json::{Value, json};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use veche_coder::casualty::Harm;
use veche_coder::date::Day;
use veche_coder::ontology::{Class, Quad};

/// Who coded an event that was joined here.
pub const CODER: &str = "veche";

/// The type that a Rust field has for a kind of column.
macro_rules! field {
    (text) => { String };
    (maybe) => { Option<String> };
    (class) => { String };
    (day) => { Date };
    (number) => { Option<i32> };
}

/// What a Parquet message says of a column.
macro_rules! written {
    (text $name:ident) => {
        concat!("REQUIRED BYTE_ARRAY ", stringify!($name), " (STRING);\n")
    };
    (maybe $name:ident) => {
        concat!("OPTIONAL BYTE_ARRAY ", stringify!($name), " (STRING);\n")
    };
    (class $name:ident) => {
        concat!("REQUIRED BYTE_ARRAY ", stringify!($name), " (STRING);\n")
    };
    (day $name:ident) => {
        concat!("REQUIRED INT32 ", stringify!($name), " (DATE);\n")
    };
    (number $name:ident) => {
        concat!("OPTIONAL INT32 ", stringify!($name), ";\n")
    };
}

/// The values of a column, to be written.
macro_rules! column {
    (text $rows:ident $name:ident) => {
        texts($rows.iter().map(|row| row.$name.as_str()))
    };
    (class $rows:ident $name:ident) => {
        texts($rows.iter().map(|row| row.$name.as_str()))
    };
    (maybe $rows:ident $name:ident) => {
        optional_texts($rows.iter().map(|row| row.$name.as_deref()))
    };
    (day $rows:ident $name:ident) => {
        Column::Int32($rows.iter().map(|row| row.$name.unix_days()).collect())
    };
    (number $rows:ident $name:ident) => {
        Column::OptionalInt32($rows.iter().map(|row| row.$name).collect())
    };
}

/// The values of a column that was read.
macro_rules! taken {
    (text $columns:ident $name:ident) => {
        $columns.text(stringify!($name), |value| Some(value.to_owned()))
    };
    (class $columns:ident $name:ident) => {
        $columns.text(stringify!($name), |value| Class::parse(value).map(|_| value.to_owned()))
    };
    (maybe $columns:ident $name:ident) => {
        $columns.optional_text(stringify!($name))
    };
    (day $columns:ident $name:ident) => {
        $columns.int32(stringify!($name), |days| Date::from_unix_days(days).ok())
    };
    (number $columns:ident $name:ident) => {
        $columns.optional_int32(stringify!($name), Some)
    };
}

/// The JSON value of a field.
macro_rules! value {
    (day $row:ident $name:ident) => {
        Value::from($row.$name.to_string())
    };
    ($kind:ident $row:ident $name:ident) => {
        Value::from($row.$name.clone())
    };
}

/// The field that a JSON value holds.
macro_rules! parsed {
    (text $value:ident $name:ident) => {
        $value[stringify!($name)].as_str().map(str::to_owned)
    };
    (class $value:ident $name:ident) => {
        $value[stringify!($name)]
            .as_str()
            .filter(|name| Class::parse(name).is_some())
            .map(str::to_owned)
    };
    (maybe $value:ident $name:ident) => {
        optional($value, stringify!($name), |value| value.as_str().map(str::to_owned))
    };
    (day $value:ident $name:ident) => {
        $value[stringify!($name)].as_str().and_then(|day| Date::parse(day).ok())
    };
    (number $value:ident $name:ident) => {
        optional($value, stringify!($name), |value| i32::try_from(value.as_i64()?).ok())
    };
}

macro_rules! columns {
    ($($(#[$doc:meta])* $kind:ident $name:ident),* $(,)?) => {
        /// A reported event.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct ReportedEvent {
            $($(#[$doc])* pub $name: field!($kind),)*
        }

        impl Columnar for ReportedEvent {
            const KIND: &'static str = "reported";
            const FIELDS: &'static str = concat!($(written!($kind $name)),*);

            fn columns(rows: &[&Self]) -> Vec<Column> {
                vec![$(column!($kind rows $name)),*]
            }

            fn rows(columns: &mut Columns, count: usize) -> Result<Vec<Self>, TableFault> {
                $(let mut $name = taken!($kind columns $name)?;)*
                let mut next = || Some(Self { $($name: $name.next()?),* });
                (0..count).map(|_| next().ok_or(TableFault::Columns)).collect()
            }
        }

        impl ReportedEvent {
            /// The names of the columns, in their order.
            pub const COLUMNS: &'static [&'static str] = &[$(stringify!($name)),*];

            /// Returns the event as a JSON object with a key a column.
            #[must_use]
            pub fn to_json(&self) -> Value {
                let row = self;
                let pairs = [$((stringify!($name).to_owned(), value!($kind row $name))),*];
                Value::Object(pairs.into_iter().collect())
            }

            /// Reads what [`Self::to_json`] wrote.
            ///
            /// # Errors
            /// The first column, in their order, whose value cannot be.
            pub fn from_json(value: &Value) -> Result<Self, &'static str> {
                Ok(Self { $($name: parsed!($kind value $name).ok_or(stringify!($name))?),* })
            }
        }
    };
}

columns! {
    /// The event; unique.
    text event,
    /// Who coded it: `veche`, or the data set.
    text coder,
    /// The first day on which it can have happened.
    day first,
    /// The last.
    day last,
    /// How exactly the day is told: `day`, `week`, `month`, `year`; none if it is that of publication.
    maybe precision,
    /// One of the 16 types of PLOVER.
    class kind,
    /// How.
    maybe mode,
    /// What keeps it from having happened lately, parted by blanks.
    maybe aux,
    /// Contexts, parted by `;`.
    maybe context,
    /// 1 verbal cooperation, 2 material cooperation, 3 verbal conflict, 4 material conflict.
    number quad,
    /// What the data set calls intensity, in tenths of its unit.
    number intensity,
    /// The type in CAMEO, where a data set has one.
    maybe cameo,
    /// Who acts: state or body, then sectors.
    maybe actor,
    /// The words.
    maybe actor_text,
    /// Who is acted upon.
    maybe recipient,
    /// The words.
    maybe recipient_text,
    /// The name of the place.
    maybe place,
    /// The state or territory in which it happened, ISO 3166-1 alpha-3.
    maybe country,
    /// Millionths of a degree, north positive.
    number latitude,
    /// Millionths of a degree, east positive.
    number longitude,
    /// The place's number in GeoNames.
    number geonames,
    /// The least and the most killed that a report still holds to.
    number dead_low,
    /// None if there is no end.
    number dead_high,
    /// Injured.
    number injured_low,
    /// None if there is no end.
    number injured_high,
    /// Displaced.
    number displaced_low,
    /// None if there is no end.
    number displaced_high,
    /// Detained.
    number detained_low,
    /// None if there is no end.
    number detained_high,
    /// Missing.
    number missing_low,
    /// None if there is no end.
    number missing_high,
    /// All numbers that were told, as JSON: what took the place of which.
    maybe history,
    /// How sure it is that it happened, over independent sources, in millionths.
    number confidence,
    /// Independent sources.
    number sources,
    /// Documents that carry it.
    number carriers,
    /// `stands`, `disputed` or `retracted`.
    text status,
    /// The best grade among those who tell it, A to F; none if nobody graded them.
    maybe reliability,
    /// Languages of its reports, parted by blanks.
    maybe languages,
    /// Who published it, parted by `;`.
    maybe publishers,
    /// Where it can be read.
    maybe url,
    /// Its mentions, as JSON: document, sentence, bytes of the words, type, probability.
    maybe mentions,
    /// What an analyst found of it last: `confirmed`, `corrected` or `rejected`; none if nobody looked.
    maybe review,
    /// All that analysts said of it, as JSON, in the order in which it became known.
    maybe corrections,
}

fn texts<'r>(values: impl Iterator<Item = &'r str>) -> Column {
    Column::Text(values.map(text).collect())
}

fn optional_texts<'r>(values: impl Iterator<Item = Option<&'r str>>) -> Column {
    Column::OptionalText(values.map(|value| value.map(text)).collect())
}

/// Returns what a key that may be null holds; none if it holds something else.
fn optional<T>(value: &Value, key: &str, read: impl Fn(&Value) -> Option<T>) -> Option<Option<T>> {
    let held = &value[key];
    if held.is_null() { Some(None) } else { read(held).map(Some) }
}

impl Row for ReportedEvent {
    fn order(&self, other: &Self) -> Ordering {
        self.event.cmp(&other.event)
    }

    fn month(&self) -> crate::month::Month {
        self.first.month()
    }
}

/// Returns the number of a kind of event, as in the column `quad`.
#[must_use]
pub fn quad_number(class: Class) -> Option<i32> {
    class.quad().map(|quad| match quad {
        Quad::VerbalCooperation => 1,
        Quad::MaterialCooperation => 2,
        Quad::VerbalConflict => 3,
        Quad::MaterialConflict => 4,
    })
}

/// Returns the text, or none if it is empty.
pub(crate) fn told(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// Returns a day as dates are kept; none before 1980 and after 2199.
fn date(day: Day) -> Option<Date> {
    Date::parse(&day.to_string()).ok()
}

fn narrow(count: u64) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

impl ReportedEvent {
    /// Returns an event of which nothing but this is known.
    #[must_use]
    pub fn new(event: String, coder: &str, class: Class, first: Date, last: Date) -> Self {
        Self {
            event,
            coder: coder.to_owned(),
            first,
            last,
            precision: None,
            kind: class.name().to_owned(),
            mode: None,
            aux: None,
            context: None,
            quad: quad_number(class),
            intensity: None,
            cameo: None,
            actor: None,
            actor_text: None,
            recipient: None,
            recipient_text: None,
            place: None,
            country: None,
            latitude: None,
            longitude: None,
            geonames: None,
            dead_low: None,
            dead_high: None,
            injured_low: None,
            injured_high: None,
            displaced_low: None,
            displaced_high: None,
            detained_low: None,
            detained_high: None,
            missing_low: None,
            missing_high: None,
            history: None,
            confidence: None,
            sources: None,
            carriers: None,
            status: "stands".to_owned(),
            reliability: None,
            languages: None,
            publishers: None,
            url: None,
            mentions: None,
            review: None,
            corrections: None,
        }
    }

    /// Returns a joined event as it is kept; none if its day lies before 1980 or after 2199. `of` has its mentions by id.
    #[must_use]
    pub fn of(joined: &Joined, of: &BTreeMap<&str, &Mention>) -> Option<Self> {
        let mentions: Vec<&Mention> =
            joined.mentions.iter().filter_map(|id| of.get(id.as_str()).copied()).collect();
        let words = |words: &BTreeSet<&str>, between: &str| {
            told(
                &words
                    .iter()
                    .copied()
                    .filter(|word| !word.is_empty())
                    .collect::<Vec<_>>()
                    .join(between),
            )
        };
        let (first, last) = (date(joined.first)?, date(joined.last)?);
        let mut row = Self::new(joined.id.clone(), CODER, joined.class, first, last);
        row.precision = told(&joined.precision);
        row.mode = joined.mode.map(|mode| mode.name().to_owned());
        row.aux = words(&aux(&mentions, joined.class), " ");
        row.context = told(&joined.contexts.join(";"));
        (row.actor, row.actor_text) = party(joined.actor.as_ref());
        (row.recipient, row.recipient_text) = party(joined.recipient.as_ref());
        if let Some(place) = &joined.place {
            row.place = told(&place.text);
            row.country = told(&place.country);
            row.geonames = place.geonames.and_then(|number| i32::try_from(number).ok());
            row.latitude = place.degrees.map(|(north, _)| north);
            row.longitude = place.degrees.map(|(_, east)| east);
        }
        row.put_tolls(joined);
        row.confidence = i32::try_from(joined.confidence).ok();
        row.sources = i32::try_from(joined.sources).ok();
        row.carriers = i32::try_from(joined.carriers).ok();
        row.status = joined.status.name().to_owned();
        row.reliability = Some(joined.reliability.letter().to_owned());
        row.languages =
            words(&mentions.iter().map(|mention| mention.language.as_str()).collect(), " ");
        row.publishers =
            words(&mentions.iter().map(|mention| mention.publisher.as_str()).collect(), ";");
        row.mentions = Some(
            Value::from(mentions.iter().map(|mention| of_mention(mention)).collect::<Vec<_>>())
                .to_string(),
        );
        row.review = joined.review.map(|finding| finding.word().to_owned());
        let said: Vec<Value> = joined.said.iter().map(of_applied).collect();
        row.corrections = (!said.is_empty()).then(|| Value::from(said).to_string());
        Some(row)
    }

    fn put_tolls(&mut self, joined: &Joined) {
        let range = |harm: Harm| {
            let count = joined.tolls.get(&harm).and_then(|toll| toll.count);
            (count.map(|count| narrow(count.low)), count.and_then(|count| count.high).map(narrow))
        };
        (self.dead_low, self.dead_high) = range(Harm::Dead);
        (self.injured_low, self.injured_high) = range(Harm::Injured);
        (self.displaced_low, self.displaced_high) = range(Harm::Displaced);
        (self.detained_low, self.detained_high) = range(Harm::Detained);
        (self.missing_low, self.missing_high) = range(Harm::Missing);
        let mut history = serde_json::Map::new();
        for (harm, name) in HARMS {
            if let Some(toll) = joined.tolls.get(&harm) {
                let said: Vec<Value> = toll.history.iter().map(of_said).collect();
                history.insert(name.to_owned(), said.into());
            }
        }
        self.history = (!history.is_empty()).then(|| Value::Object(history).to_string());
    }
}

/// Returns what most mentions of an event's type say keeps it from having happened.
fn aux<'m>(mentions: &[&'m Mention], class: Class) -> BTreeSet<&'m str> {
    let of_class: Vec<&&Mention> =
        mentions.iter().filter(|mention| mention.class == class).collect();
    let all = of_class.iter().flat_map(|mention| mention.aux.iter().map(String::as_str));
    let half = |word: &&str| {
        let with =
            of_class.iter().filter(|mention| mention.aux.iter().any(|aux| aux == word)).count();
        2 * with > of_class.len()
    };
    all.filter(half).collect()
}

fn party(party: Option<&Party>) -> (Option<String>, Option<String>) {
    (party.and_then(|party| told(&party.code)), party.and_then(|party| told(&party.text)))
}

fn of_said(said: &Said) -> Value {
    json!({
        "published": said.published.map(|moment| moment.to_string()),
        "mention": said.mention,
        "low": said.count.low,
        "high": said.count.high,
        "superseded": said.superseded,
    })
}

/// Returns what is kept of a mention: what it says itself, whatever its event came to.
pub(crate) fn of_mention(mention: &Mention) -> Value {
    let words: serde_json::Map<String, Value> = mention
        .words
        .iter()
        .map(|(part, (start, end))| (part.name().to_owned(), json!([start, end])))
        .collect();
    let beside = &mention.beside;
    let mut value = json!({
        "mention": mention.id,
        "document": mention.document,
        "publisher": told(&mention.publisher),
        "published": mention.published.map(|moment| moment.to_string()),
        "language": mention.language,
        "type": mention.class.name(),
        "mode": mention.mode.map(|mode| mode.name()),
        "aux": mention.aux,
        "contexts": mention.contexts,
        "probability_millionths": mention.probability,
        "stance": mention.stance.name(),
        "date": { "first": mention.first.to_string(), "last": mention.last.to_string(), "precision": told(&mention.precision) },
        "actor": mention.actor.as_ref().map(|party| of_party(party, &beside.actor)),
        "recipient": mention.recipient.as_ref().map(|party| of_party(party, &beside.recipient)),
        "attribution": told(&mention.attribution),
        "place": mention.place.as_ref().map(|place| of_place(place, beside.margin)),
        "sentence": [mention.sentence.0, mention.sentence.1],
        "trigger": [mention.trigger.0, mention.trigger.1],
        "words": words,
        "coder": told(&beside.coder),
        "label": told(&beside.label),
    });
    for (harm, name) in HARMS {
        if let Some(count) = mention.tolls.get(&harm) {
            value[name] = json!({ "low": count.low, "high": count.high });
        }
    }
    for (key, text) in [("title", &mention.title), ("text", &mention.text)] {
        if !text.is_empty() {
            value[key] = text.as_str().into();
        }
    }
    if let Some(reference) = Reference::of(mention) {
        value["reference"] = reference.to_string().into();
    }
    if !mention.why.is_empty() {
        let why = mention.why.iter();
        value["why"] = why
            .map(|(feature, millibits)| json!({ "feature": feature, "millibits": millibits }))
            .collect();
    }
    value
}

fn of_party(party: &Party, role: &Role) -> Value {
    json!({
        "code": told(&party.code),
        "text": told(&party.text),
        "sectors": role.sectors,
        "probability_millionths": role.probability,
    })
}

fn of_place(place: &Spot, margin: Option<i64>) -> Value {
    json!({
        "text": told(&place.text),
        "code": told(&place.country),
        "town": place.is_town,
        "geonames": place.geonames,
        "latitude": place.degrees.map(|(north, _)| north),
        "longitude": place.degrees.map(|(_, east)| east),
        "margin": margin,
    })
}

fn of_applied(applied: &Applied) -> Value {
    let mut value = applied.correction.to_json();
    value["stands"] = applied.stands.into();
    value
}
