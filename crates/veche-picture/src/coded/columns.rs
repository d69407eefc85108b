//! The columns of coded mentions, nested as data tools know it: lists and groups.

use super::read::{lists, locations, parties, people, scaled, words};
use super::write::Out;
use super::{CodedMention, People, Words, millionths, tenths};
use crate::date::Date;
use crate::reported::quad_number;
use crate::table::TableFault;
use crate::table::columns::{Column, Columnar, Columns};
use veche_coder::ontology::Class;

/// The schema of a list of texts, none of them null.
macro_rules! texts {
    ($name:literal) => {
        concat!(
            "REQUIRED GROUP ",
            $name,
            " (LIST) { REPEATED GROUP list { REQUIRED BYTE_ARRAY element (STRING); } }\n"
        )
    };
}

/// The schema of a list of parties.
macro_rules! parties {
    ($name:literal) => {
        concat!(
            "REQUIRED GROUP ",
            $name,
            " (LIST) { REPEATED GROUP list { REQUIRED GROUP element {
                OPTIONAL BYTE_ARRAY code (STRING);
                REQUIRED GROUP sector (LIST) { REPEATED GROUP list { REQUIRED BYTE_ARRAY element (STRING); } }
                OPTIONAL BYTE_ARRAY text (STRING);
                OPTIONAL INT64 start;
                OPTIONAL INT64 end;
                OPTIONAL BYTE_ARRAY id (STRING);
                OPTIONAL BYTE_ARRAY id_source (STRING);
                OPTIONAL DOUBLE p;
            } } }\n"
        )
    };
}

/// The schema of words with their place.
macro_rules! words {
    ($name:literal) => {
        concat!(
            "OPTIONAL GROUP ",
            $name,
            " { OPTIONAL BYTE_ARRAY text (STRING); OPTIONAL INT64 start; OPTIONAL INT64 end; }\n"
        )
    };
}

/// The schema of a number of people.
macro_rules! people {
    ($name:literal) => {
        concat!("OPTIONAL GROUP ", $name, " { OPTIONAL INT64 min; OPTIONAL INT64 max; }\n")
    };
}

/// The schema of a text that may be null.
macro_rules! maybe {
    ($name:literal) => {
        concat!("OPTIONAL BYTE_ARRAY ", $name, " (STRING);\n")
    };
}

impl Columnar for CodedMention {
    const KIND: &'static str = "mention";
    const FIELDS: &'static str = concat!(
        maybe!("event_id"),
        maybe!("mention_id"),
        maybe!("doc_id"),
        "REQUIRED INT32 date (DATE);\n",
        maybe!("date_precision"),
        "REQUIRED BYTE_ARRAY type (STRING);\n",
        texts!("mode"),
        texts!("context"),
        "REQUIRED INT32 quad;\n",
        "OPTIONAL DOUBLE intensity;\n",
        texts!("aux"),
        parties!("actors"),
        parties!("recipients"),
        words!("attribution"),
        maybe!("event_text"),
        "OPTIONAL INT64 span_start;\n",
        "OPTIONAL INT64 span_end;\n",
        "OPTIONAL GROUP location {
            OPTIONAL BYTE_ARRAY extracted_place (STRING);
            OPTIONAL BYTE_ARRAY resolved_place (STRING);
            OPTIONAL INT64 geonameid;
            OPTIONAL DOUBLE lat;
            OPTIONAL DOUBLE lon;
            OPTIONAL BYTE_ARRAY city (STRING);
            OPTIONAL BYTE_ARRAY district (STRING);
            OPTIONAL BYTE_ARRAY province (STRING);
            OPTIONAL BYTE_ARRAY country (STRING);
            OPTIONAL BYTE_ARRAY country_code (STRING);
            OPTIONAL BYTE_ARRAY feature_class (STRING);
            OPTIONAL BYTE_ARRAY feature_code (STRING);
            OPTIONAL BYTE_ARRAY resolution (STRING);
            OPTIONAL INT64 margin;
        }\n",
        people!("dead"),
        people!("injured"),
        people!("arrested"),
        people!("displaced"),
        people!("missing"),
        people!("size"),
        maybe!("cameo"),
        "OPTIONAL DOUBLE p_type;\n",
        "OPTIONAL DOUBLE p_args;\n",
        "OPTIONAL INT32 n_sources;\n",
        maybe!("language"),
        maybe!("publisher"),
        maybe!("url"),
        "REQUIRED BYTE_ARRAY coder (STRING);\n",
        maybe!("coder_hash"),
        maybe!("label"),
        "REQUIRED INT32 date_end (DATE);\n",
        words!("sentence"),
        maybe!("stance"),
        maybe!("status"),
        maybe!("review"),
        "OPTIONAL DOUBLE confidence;\n",
    );

    fn columns(rows: &[&Self]) -> Vec<Column> {
        let out = Out(rows);
        let mut all = vec![
            out.maybe(|row| row.event_id.as_deref()),
            out.maybe(|row| row.mention_id.as_deref()),
            out.maybe(|row| row.doc_id.as_deref()),
            out.day(|row| row.date),
            out.maybe(|row| row.date_precision.as_deref()),
            out.text(|row| row.class.name()),
            out.list(|row| &row.mode),
            out.list(|row| &row.context),
            Column::Int32(rows.iter().map(|row| quad_number(row.class).unwrap_or(0)).collect()),
            out.number(|row| row.intensity.map(tenths)),
            out.list(|row| &row.aux),
        ];
        all.extend(out.parties(|row| &row.actors));
        all.extend(out.parties(|row| &row.recipients));
        all.extend(out.words(|row| row.attribution.as_ref()));
        all.push(out.maybe(|row| row.event.text.as_deref()));
        all.push(out.whole(|row| row.event.at.map(|at| at.0)));
        all.push(out.whole(|row| row.event.at.map(|at| at.1)));
        all.extend(out.location());
        let harms: [fn(&Self) -> Option<People>; 6] = [
            |row| row.dead,
            |row| row.injured,
            |row| row.arrested,
            |row| row.displaced,
            |row| row.missing,
            // Sizes of crowds, which nothing tells yet.
            |_| None,
        ];
        all.extend(harms.into_iter().flat_map(|harm| out.people(harm)));
        all.extend([
            out.maybe(|row| row.cameo.as_deref()),
            out.number(|row| row.p_type.map(millionths)),
            out.number(|row| row.p_args.map(millionths)),
            Column::OptionalInt32(rows.iter().map(|row| row.n_sources).collect()),
            out.maybe(|row| row.language.as_deref()),
            out.maybe(|row| row.publisher.as_deref()),
            out.maybe(|row| row.url.as_deref()),
            out.text(|row| &row.coder),
            out.maybe(|row| row.coder_hash.as_deref()),
            out.maybe(|row| row.label.as_deref()),
            out.day(|row| row.date_end),
        ]);
        all.extend(out.words(|row| row.sentence.as_ref()));
        all.extend([
            out.maybe(|row| row.stance.as_deref()),
            out.maybe(|row| row.status.as_deref()),
            out.maybe(|row| row.review.as_deref()),
            out.number(|row| row.confidence.map(millionths)),
        ]);
        all
    }

    fn rows(columns: &mut Columns, count: usize) -> Result<Vec<Self>, TableFault> {
        let day = |days| Date::from_unix_days(days).ok();
        let mut event_id = columns.optional_text("event_id")?;
        let mut mention_id = columns.optional_text("mention_id")?;
        let mut doc_id = columns.optional_text("doc_id")?;
        let mut date = columns.int32("date", day)?;
        let mut date_precision = columns.optional_text("date_precision")?;
        let mut class = columns.text("type", Class::parse)?;
        let mut mode = lists(columns, "mode")?;
        let mut context = lists(columns, "context")?;
        let mut quad = columns.int32("quad", Some)?;
        let mut intensity = scaled(columns, "intensity", 10.0)?;
        let mut aux = lists(columns, "aux")?;
        let mut actors = parties(columns, "actors")?;
        let mut recipients = parties(columns, "recipients")?;
        let mut attribution = words(columns, "attribution")?;
        let mut event_text = columns.optional_text("event_text")?;
        let mut span_start = columns.int64s()?.into_optional()?.into_iter();
        let mut span_end = columns.int64s()?.into_optional()?.into_iter();
        let mut locations = locations(columns)?;
        let mut dead = people(columns, "dead")?;
        let mut injured = people(columns, "injured")?;
        let mut arrested = people(columns, "arrested")?;
        let mut displaced = people(columns, "displaced")?;
        let mut missing = people(columns, "missing")?;
        let mut size = people(columns, "size")?;
        let mut cameo = columns.optional_text("cameo")?;
        let mut p_type = scaled(columns, "p_type", 1_000_000.0)?;
        let mut p_args = scaled(columns, "p_args", 1_000_000.0)?;
        let mut n_sources = columns.optional_int32("n_sources", Some)?;
        let mut language = columns.optional_text("language")?;
        let mut publisher = columns.optional_text("publisher")?;
        let mut url = columns.optional_text("url")?;
        let mut coder = columns.text("coder", |name| Some(name.to_owned()))?;
        let mut coder_hash = columns.optional_text("coder_hash")?;
        let mut label = columns.optional_text("label")?;
        let mut date_end = columns.int32("date_end", day)?;
        let mut sentence = words(columns, "sentence")?;
        let mut stance = columns.optional_text("stance")?;
        let mut status = columns.optional_text("status")?;
        let mut review = columns.optional_text("review")?;
        let mut confidence = scaled(columns, "confidence", 1_000_000.0)?;
        let mut next = || {
            let class = class.next()?;
            // The one follows from the type, the other is never told.
            if quad.next()? != quad_number(class)? || size.next()?.is_some() {
                return None;
            }
            Some(Self {
                event_id: event_id.next()?,
                mention_id: mention_id.next()?,
                doc_id: doc_id.next()?,
                date: date.next()?,
                date_precision: date_precision.next()?,
                class,
                mode: mode.next()?,
                context: context.next()?,
                intensity: intensity.next()?,
                aux: aux.next()?,
                actors: actors.next()?,
                recipients: recipients.next()?,
                attribution: attribution.next()?,
                event: Words {
                    text: event_text.next()?,
                    at: span_start.next()?.zip(span_end.next()?),
                },
                location: locations.next()?,
                dead: dead.next()?,
                injured: injured.next()?,
                arrested: arrested.next()?,
                displaced: displaced.next()?,
                missing: missing.next()?,
                cameo: cameo.next()?,
                p_type: p_type.next()?.and_then(|of| u32::try_from(of).ok()),
                p_args: p_args.next()?.and_then(|of| u32::try_from(of).ok()),
                n_sources: n_sources.next()?,
                language: language.next()?,
                publisher: publisher.next()?,
                url: url.next()?,
                coder: coder.next()?,
                coder_hash: coder_hash.next()?,
                label: label.next()?,
                date_end: date_end.next()?,
                sentence: sentence.next()?,
                stance: stance.next()?,
                status: status.next()?,
                review: review.next()?,
                confidence: confidence.next()?.and_then(|of| u32::try_from(of).ok()),
            })
        };
        (0..count).map(|_| next().ok_or(TableFault::Columns)).collect()
    }
}
