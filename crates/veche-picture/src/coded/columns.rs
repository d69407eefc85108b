//! The columns of coded mentions, nested as data tools know it: lists and groups.

use super::{CodedMention, Location, Party, People, Words, millionths, tenths};
use crate::date::Date;
use crate::reported::quad_number;
use crate::table::TableFault;
use crate::table::columns::{Column, Columnar, Columns, text};
use crate::table::nested::Leaf;
use parquet::data_type::ByteArray;
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

/// Sizes of crowds, which nothing tells yet.
const UNTOLD: fn(&CodedMention) -> Option<People> = |_| None;

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
        for harm in [Self::dead, Self::injured, Self::arrested, Self::displaced, Self::missing] {
            all.extend(out.people(harm));
        }
        all.extend(out.people(UNTOLD));
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

impl CodedMention {
    const fn dead(&self) -> Option<People> {
        self.dead
    }

    const fn injured(&self) -> Option<People> {
        self.injured
    }

    const fn arrested(&self) -> Option<People> {
        self.arrested
    }

    const fn displaced(&self) -> Option<People> {
        self.displaced
    }

    const fn missing(&self) -> Option<People> {
        self.missing
    }
}

/// Rows on their way into columns.
struct Out<'r>(&'r [&'r CodedMention]);

impl<'r> Out<'r> {
    fn rows(&self) -> impl Iterator<Item = &'r CodedMention> {
        self.0.iter().copied()
    }

    fn maybe(&self, get: impl Fn(&'r CodedMention) -> Option<&'r str>) -> Column {
        Column::OptionalText(self.rows().map(|row| get(row).map(text)).collect())
    }

    fn text(&self, get: impl Fn(&'r CodedMention) -> &'r str) -> Column {
        Column::Text(self.rows().map(|row| text(get(row))).collect())
    }

    fn day(&self, get: impl Fn(&CodedMention) -> Date) -> Column {
        Column::Int32(self.rows().map(|row| get(row).unix_days()).collect())
    }

    fn number(&self, get: impl Fn(&CodedMention) -> Option<f64>) -> Column {
        Column::Doubles(Leaf::optional(self.rows().map(get)))
    }

    fn whole(&self, get: impl Fn(&CodedMention) -> Option<i64>) -> Column {
        Column::Int64s(Leaf::optional(self.rows().map(get)))
    }

    fn list(&self, get: impl Fn(&'r CodedMention) -> &'r Vec<String>) -> Column {
        let texts = |row| get(row).iter().map(|one| text(one)).collect();
        Column::Texts(Leaf::list(self.rows().map(texts)))
    }

    fn parties(&self, get: impl Fn(&'r CodedMention) -> &'r Vec<Party>) -> [Column; 8] {
        let texts = |of: fn(&Party) -> Option<&str>| {
            let each = |row| get(row).iter().map(|party| of(party).map(text)).collect();
            Column::Texts(Leaf::of_each(self.rows().map(each)))
        };
        let places = |of: fn(&Party) -> Option<i64>| {
            Column::Int64s(Leaf::of_each(self.rows().map(|row| get(row).iter().map(of).collect())))
        };
        let sectors = |party: &Party| party.sector.iter().map(|one| text(one)).collect();
        let sectors = |row| get(row).iter().map(sectors).collect();
        let p = |party: &Party| party.p.map(millionths);
        [
            texts(|party| party.code.as_deref()),
            Column::Texts(Leaf::lists(self.rows().map(sectors))),
            texts(|party| party.words.text.as_deref()),
            places(|party| party.words.at.map(|at| at.0)),
            places(|party| party.words.at.map(|at| at.1)),
            texts(|_| None),
            texts(|_| None),
            Column::Doubles(Leaf::of_each(self.rows().map(|row| get(row).iter().map(p).collect()))),
        ]
    }

    fn words(&self, get: impl Fn(&'r CodedMention) -> Option<&'r Words>) -> [Column; 3] {
        let places = |of: fn((i64, i64)) -> i64| {
            let place = |row| get(row).map(|words| words.at.map(of));
            Column::Int64s(Leaf::within(self.rows().map(place)))
        };
        let words = |row| get(row).map(|words| words.text.as_deref().map(text));
        [Column::Texts(Leaf::within(self.rows().map(words))), places(|at| at.0), places(|at| at.1)]
    }

    fn location(&self) -> [Column; 14] {
        let of = |row: &'r CodedMention| row.location.as_ref();
        let texts = |get: fn(&Location) -> Option<&str>| {
            let field = |row| of(row).map(|location| get(location).map(text));
            Column::Texts(Leaf::within(self.rows().map(field)))
        };
        let wholes = |get: fn(&Location) -> Option<i64>| {
            Column::Int64s(Leaf::within(self.rows().map(|row| of(row).map(get))))
        };
        let degrees = |get: fn((i32, i32)) -> i32| {
            let field = |row| of(row).map(|at| at.degrees.map(|at| millionths(get(at))));
            Column::Doubles(Leaf::within(self.rows().map(field)))
        };
        [
            texts(|at| at.extracted_place.as_deref()),
            texts(|at| at.resolved_place.as_deref()),
            wholes(|at| at.geonameid),
            degrees(|at| at.0),
            degrees(|at| at.1),
            texts(|_| None),
            texts(|_| None),
            texts(|_| None),
            texts(|at| at.country()),
            texts(|at| at.country_code.as_deref()),
            texts(|_| None),
            texts(|_| None),
            texts(|at| at.resolution.as_deref()),
            wholes(|at| at.margin),
        ]
    }

    fn people(&self, get: impl Fn(&CodedMention) -> Option<People>) -> [Column; 2] {
        let least = |row| get(row).map(|people| Some(people.min));
        let most = |row| get(row).map(|people| people.max);
        [
            Column::Int64s(Leaf::within(self.rows().map(least))),
            Column::Int64s(Leaf::within(self.rows().map(most))),
        ]
    }
}

/// Values on their way out of columns, row by row.
type Rows<T> = Result<std::vec::IntoIter<T>, TableFault>;

fn owned(value: &ByteArray) -> Option<String> {
    value.as_utf8().ok().map(str::to_owned)
}

/// Turns each row of a column, or names the first that cannot be.
fn turned<V, T>(column: &'static str, rows: Vec<V>, turn: impl Fn(V) -> Option<T>) -> Rows<T> {
    let rows = rows.into_iter().enumerate();
    let turned = rows.map(|(row, value)| turn(value).ok_or(TableFault::Value { column, row }));
    Ok(turned.collect::<Result<Vec<_>, _>>()?.into_iter())
}

fn lists(columns: &mut Columns, name: &'static str) -> Rows<Vec<String>> {
    turned(name, columns.texts()?.into_list()?, |list| list.iter().map(owned).collect())
}

/// Returns the whole number that was divided by `by`; none if the quotient is another's.
#[expect(clippy::cast_possible_truncation, reason = "within the range that was just asked for")]
fn multiplied(value: f64, by: f64) -> Option<i64> {
    let whole = (value * by).round();
    (whole.abs() <= f64::from(i32::MAX) && (whole / by).to_bits() == value.to_bits())
        .then_some(whole as i64)
}

fn scaled(columns: &mut Columns, name: &'static str, by: f64) -> Rows<Option<i32>> {
    let whole = |value: f64| i32::try_from(multiplied(value, by)?).ok();
    turned(name, columns.doubles()?.into_optional()?, |value| match value {
        Some(value) => whole(value).map(Some),
        None => Some(None),
    })
}

/// Returns the texts of a field of groups.
fn texts_within(columns: &mut Columns, name: &'static str) -> Rows<Option<Option<String>>> {
    turned(name, columns.texts()?.into_within()?, |group| match group {
        Some(Some(text)) => owned(&text).map(|text| Some(Some(text))),
        Some(None) => Some(Some(None)),
        None => Some(None),
    })
}

fn words(columns: &mut Columns, name: &'static str) -> Rows<Option<Words>> {
    let texts = texts_within(columns, name)?;
    let (starts, ends) = (columns.int64s()?.into_within()?, columns.int64s()?.into_within()?);
    let all = texts.zip(starts).zip(ends).collect();
    turned(name, all, |fields| match fields {
        ((Some(text), Some(start)), Some(end)) => Some(Some(Words { text, at: start.zip(end) })),
        ((None, None), None) => Some(None),
        _ => None,
    })
}

fn people(columns: &mut Columns, name: &'static str) -> Rows<Option<People>> {
    let (least, most) = (columns.int64s()?.into_within()?, columns.int64s()?.into_within()?);
    turned(name, least.into_iter().zip(most).collect(), |fields| match fields {
        (Some(Some(min)), Some(max)) => Some(Some(People { min, max })),
        (None, None) => Some(None),
        _ => None,
    })
}

fn parties(columns: &mut Columns, name: &'static str) -> Rows<Vec<Party>> {
    let codes = columns.texts()?.into_each()?;
    let sectors = columns.texts()?.into_lists()?;
    let texts = columns.texts()?.into_each()?;
    let (starts, ends) = (columns.int64s()?.into_each()?, columns.int64s()?.into_each()?);
    let (ids, id_sources) = (columns.texts()?.into_each()?, columns.texts()?.into_each()?);
    let ps = columns.doubles()?.into_each()?;
    let mut rows = Vec::new();
    let fields =
        codes.into_iter().zip(sectors).zip(texts).zip(starts.into_iter().zip(ends)).zip(ps);
    for (row, ((((codes, sectors), texts), (starts, ends)), ps)) in fields.enumerate() {
        let fault = || TableFault::Value { column: name, row };
        let lens = [sectors.len(), texts.len(), starts.len(), ends.len(), ps.len()];
        if lens.iter().any(|len| *len != codes.len()) {
            return Err(fault());
        }
        let texts = codes.iter().zip(&texts).zip(&sectors);
        let numbers = starts.into_iter().zip(ends).zip(ps);
        let party = |(((code, text), sector), ((start, end), p)): Fields<'_>| {
            Some(Party {
                code: code.as_ref().map(|code| owned(code).ok_or(())).transpose().ok()?,
                sector: sector.iter().map(owned).collect::<Option<_>>()?,
                words: Words {
                    text: text.as_ref().map(|text| owned(text).ok_or(())).transpose().ok()?,
                    at: start.zip(end),
                },
                p: match p {
                    Some(p) => Some(u32::try_from(multiplied(p, 1_000_000.0)?).ok()?),
                    None => None,
                },
            })
        };
        let parties: Option<Vec<Party>> = texts.zip(numbers).map(party).collect();
        rows.push(parties.ok_or_else(fault)?);
    }
    let untold = |ids: &Vec<Vec<Option<ByteArray>>>| ids.iter().flatten().all(Option::is_none);
    if !untold(&ids) || !untold(&id_sources) {
        return Err(TableFault::Value { column: name, row: 0 });
    }
    Ok(rows.into_iter())
}

/// The fields of a party as they lie beside each other.
type Fields<'f> = (
    ((&'f Option<ByteArray>, &'f Option<ByteArray>), &'f Vec<ByteArray>),
    ((Option<i64>, Option<i64>), Option<f64>),
);

fn locations(columns: &mut Columns) -> Rows<Option<Location>> {
    const NAME: &str = "location";
    let extracted = texts_within(columns, NAME)?;
    let mut resolved = texts_within(columns, NAME)?;
    let mut numbers = columns.int64s()?.into_within()?.into_iter();
    let mut north = columns.doubles()?.into_within()?.into_iter();
    let mut east = columns.doubles()?.into_within()?.into_iter();
    let untold = [(); 3].map(|()| texts_within(columns, NAME));
    // The name follows from the code.
    let _country = texts_within(columns, NAME)?;
    let mut codes = texts_within(columns, NAME)?;
    let untold_too = [(); 2].map(|()| texts_within(columns, NAME));
    let mut resolutions = texts_within(columns, NAME)?;
    let mut margins = columns.int64s()?.into_within()?.into_iter();
    for field in untold.into_iter().chain(untold_too) {
        if let Some(row) = field?.position(|held| held.flatten().is_some()) {
            return Err(TableFault::Value { column: NAME, row });
        }
    }
    let degree = |value: Option<f64>| match value {
        Some(value) => i32::try_from(multiplied(value, 1_000_000.0)?).ok().map(Some),
        None => Some(None),
    };
    let mut rows = Vec::new();
    for first in extracted {
        let row = rows.len();
        let mut field = || {
            let others = (resolved.next()?, numbers.next()?, north.next()?, east.next()?);
            let rest = (codes.next()?, resolutions.next()?, margins.next()?);
            Some((others, rest))
        };
        let (others, rest) = field().ok_or(TableFault::Columns)?;
        let location = match (first, others, rest) {
            (
                Some(extracted_place),
                (Some(resolved_place), Some(geonameid), Some(north), Some(east)),
                (Some(country_code), Some(resolution), Some(margin)),
            ) => {
                let degrees = degree(north).zip(degree(east));
                degrees.map(|(north, east)| {
                    Some(Location {
                        extracted_place,
                        resolved_place,
                        geonameid,
                        degrees: north.zip(east),
                        country_code,
                        resolution,
                        margin,
                    })
                })
            }
            (None, (None, None, None, None), (None, None, None)) => Some(None),
            _ => None,
        };
        rows.push(location.ok_or(TableFault::Value { column: NAME, row })?);
    }
    Ok(rows.into_iter())
}
