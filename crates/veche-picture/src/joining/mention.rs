//! One report's telling of an event: a line that `veche code` wrote.

use super::keys::{KEYS_MAX, Keys};
use super::stance::Stance;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use veche_coder::casualty::Harm;
use veche_coder::date::Day;
use veche_coder::document::{Fingerprint, MINHASHES};
use veche_coder::ontology::{Class, Mode};

/// Longest line, in bytes: one with its explanation has some kilobytes.
pub const LINE_LEN_MAX: usize = 1024 * 1024;
/// Longest text of a mention that is kept, in bytes: a name, an address, a code.
pub const TEXT_LEN_MAX: usize = 1024;
/// Highest count of people.
pub const TOLL_MAX: u64 = 1_000_000_000;
/// A certain event, in millionths.
pub const CERTAIN: u32 = 1_000_000;
/// Seconds of a day.
const DAY_SECONDS: u32 = 86_400;

/// The kinds of harm with their names.
pub const HARMS: [(Harm, &str); 5] = [
    (Harm::Dead, "dead"),
    (Harm::Injured, "injured"),
    (Harm::Displaced, "displaced"),
    (Harm::Detained, "detained"),
    (Harm::Missing, "missing"),
];

/// When something was published: the day, and the second of it (0 if only the day is known).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// The day.
    pub day: Day,
    /// The second of it.
    pub second: u32,
}

/// Somebody who takes part.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Party {
    /// State or body, then sectors; empty if neither is known.
    pub code: String,
    /// The words.
    pub text: String,
}

/// A place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// The name as it stands.
    pub text: String,
    /// Its number in the gazetteer.
    pub geonames: Option<u32>,
    /// The state or territory, ISO 3166-1 alpha-3, or empty.
    pub country: String,
    /// True for a town, false for a whole state.
    pub is_town: bool,
    /// Millionths of a degree, north and east.
    pub degrees: Option<(i32, i32)>,
}

/// How many came to harm, as one report says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Count {
    /// The least.
    pub low: u64,
    /// The most; none where there is no end.
    pub high: Option<u64>,
}

/// What words of a sentence are to an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// They tell it.
    Trigger,
    /// Who acts.
    Actor,
    /// Who is acted upon.
    Recipient,
    /// Who says so.
    Attribution,
    /// Where.
    Place,
    /// When.
    Date,
    /// Who came to harm.
    Harm(Harm),
}

/// Words of a sentence: what they are, and their bytes in the document.
pub type Words = (Part, (u64, u64));

impl Part {
    /// The parts with the keys of a line that hold them.
    pub const ALL: [(Self, &'static str); 11] = [
        (Self::Trigger, "trigger"),
        (Self::Actor, "actor"),
        (Self::Recipient, "recipient"),
        (Self::Attribution, "attribution"),
        (Self::Place, "place"),
        (Self::Date, "date"),
        (Self::Harm(Harm::Dead), "dead"),
        (Self::Harm(Harm::Injured), "injured"),
        (Self::Harm(Harm::Displaced), "displaced"),
        (Self::Harm(Harm::Detained), "detained"),
        (Self::Harm(Harm::Missing), "missing"),
    ];

    /// Returns the key of a line that holds it.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(part, _)| *part == self).map_or("", |(_, name)| name)
    }
}

/// One report's telling of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// The document, and where in it: `a-1#120:ASSAULT`.
    pub id: String,
    /// The document.
    pub document: String,
    /// Who published it; empty if not known.
    pub publisher: String,
    /// When.
    pub published: Option<Moment>,
    /// The language's code.
    pub language: String,
    /// By which copies are known.
    pub print: Option<Fingerprint>,
    /// What it has in common with other reports.
    pub keys: Keys,
    /// How the report stands to what it tells.
    pub stance: Stance,
    /// What kind.
    pub class: Class,
    /// How.
    pub mode: Option<Mode>,
    /// What keeps it from having happened lately.
    pub aux: Vec<String>,
    /// In what context: names of PLOVER.
    pub contexts: Vec<String>,
    /// How likely it is that the sentence tells of this, in millionths.
    pub probability: u32,
    /// Who acts.
    pub actor: Option<Party>,
    /// Who is acted upon.
    pub recipient: Option<Party>,
    /// Who says so.
    pub attribution: String,
    /// Where.
    pub place: Option<Spot>,
    /// The first day on which it can have happened.
    pub first: Day,
    /// The last.
    pub last: Day,
    /// How exactly the words tell the day; empty if it is only that of publication.
    pub precision: String,
    /// Who came to harm.
    pub tolls: BTreeMap<Harm, Count>,
    /// Bytes of the sentence in the document.
    pub sentence: (u64, u64),
    /// Bytes of the words that tell it.
    pub trigger: (u64, u64),
    /// The sentence; empty if the line does not have it.
    pub text: String,
    /// The words that made the event, by what they are.
    pub words: Vec<Words>,
    /// What decided, strongest first, in thousandths of a bit; empty if the line does not tell it.
    pub why: Vec<(String, i64)>,
    /// The document's title; empty if it is not known.
    pub title: String,
    /// What the line says beside, for whoever reads the mention.
    pub beside: Beside,
    /// SHA-256 of the line: of two lines with one id the one with the lesser stands, in whatever order they come.
    pub digest: [u8; 32],
}

/// What a line says of its mention beside what joining looks at; nothing of it decides which mentions are one event.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Beside {
    /// Of who acts.
    pub actor: Role,
    /// Of who is acted upon.
    pub recipient: Role,
    /// By how much the place is likelier than the next, as the coder counts it.
    pub margin: Option<i64>,
    /// The hash of the models and words by which it was coded; empty if the line does not tell it.
    pub coder: String,
    /// Who may read it; empty if the line does not tell it.
    pub label: String,
}

/// What a line says of somebody who takes part beside code and words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Role {
    /// The sectors in which the code ends; none if the line does not list them.
    pub sectors: Option<Vec<String>>,
    /// How likely it is that these words take this part, in millionths.
    pub probability: Option<u32>,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MentionFault {
    /// It is too long.
    #[error("it has more than {LINE_LEN_MAX} bytes")]
    TooLong,
    /// It is no JSON object.
    #[error("it is no JSON object: {0}")]
    NotJson(String),
    /// A needed key is not there.
    #[error("it has no `{0}`")]
    Missing(&'static str),
    /// A value is not what the key holds.
    #[error("`{key}` is {found}: {wanted}")]
    Value {
        /// The key.
        key: &'static str,
        /// What was found, shortened.
        found: String,
        /// What it must be.
        wanted: &'static str,
    },
    /// Neither a day of the event nor of its publication.
    #[error(
        "it has neither `date` nor `published`: code the text with `--date`, or with a `date` in each line"
    )]
    NoDay,
}

/// Longest value that a message quotes, in characters.
const QUOTE_LEN_MAX: usize = 40;

fn wrong(key: &'static str, value: &Value, wanted: &'static str) -> MentionFault {
    let text = value.to_string();
    let mut found: String = text
        .chars()
        .take(QUOTE_LEN_MAX)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect();
    if text.chars().nth(QUOTE_LEN_MAX).is_some() {
        found.push('…');
    }
    MentionFault::Value { key, found: format!("`{found}`"), wanted }
}

/// Returns the day of `2026-11-23`.
#[must_use]
pub fn day(text: &str) -> Option<Day> {
    let mut parts = text.splitn(3, '-');
    let mut next = |len: usize| {
        let part = parts.next().filter(|part| part.len() == len)?;
        part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse::<u32>().ok())?
    };
    let (year, month, day) = (next(4)?, next(2)?, next(2)?);
    Day::new(year.cast_signed(), month, day)
}

/// Returns the moment of `2026-11-23`, of `2026-11-23T08:40:00Z`, or of `2026-11-23T11:40+03:00`, in UTC; a time without a zone is taken
/// for UTC, and a fraction of a second is left out.
#[must_use]
pub fn moment(text: &str) -> Option<Moment> {
    let (date, time) = text.split_at_checked(10)?;
    let day = day(date)?;
    if time.is_empty() {
        return Some(Moment { day, second: 0 });
    }
    let time = time.strip_prefix(['T', ' '])?;
    let zone = time.find(['Z', '+', '-']).unwrap_or(time.len());
    let (clock, zone) = time.split_at_checked(zone)?;
    let ahead = match zone.split_at_checked(1) {
        None | Some(("Z", "")) => 0,
        Some(("+", of)) => clock_of(of)?,
        Some(("-", of)) => -clock_of(of)?,
        Some(_) => return None,
    };
    let second = clock_of(clock)? - ahead;
    let whole = i32::try_from(DAY_SECONDS).ok()?;
    let (days, second) = (second.div_euclid(whole), second.rem_euclid(whole));
    Some(Moment { day: day.plus(days), second: second.cast_unsigned() })
}

/// Returns the seconds of `08:40`, or of `08:40:00` with or without a fraction.
fn clock_of(text: &str) -> Option<i32> {
    let mut parts = text.split('.').next()?.split(':');
    let mut next = |most: i32| {
        let part = parts.next()?;
        let digits = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse::<i32>().ok().filter(|number| digits && *number <= most)
    };
    let (hours, minutes) = (next(23)?, next(59)?);
    // A leap second is the last of its minute.
    let seconds = if text.len() > 5 { next(60)?.min(59) } else { 0 };
    parts.next().is_none().then_some(hours * 3600 + minutes * 60 + seconds)
}

/// Writes it as ISO 8601 does.
impl std::fmt::Display for Moment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { day, second } = self;
        write!(f, "{day}T{:02}:{:02}:{:02}Z", second / 3600, second / 60 % 60, second % 60)
    }
}

/// Returns a fingerprint as 280 hexadecimal digits: SimHash, minima, number of runs.
#[must_use]
pub fn print_to_hex(print: &Fingerprint) -> String {
    let mut out = format!("{:016x}", print.simhash);
    for hash in print.minhash {
        let _always_ok = write!(out, "{hash:016x}");
    }
    let _always_ok = write!(out, "{:08x}", print.shingles);
    out
}

/// Returns the fingerprint that [`print_to_hex`] wrote.
#[must_use]
pub fn print_from_hex(hex: &str) -> Option<Fingerprint> {
    if hex.len() != 16 * (MINHASHES + 1) + 8 || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let part = |at: usize| u64::from_str_radix(hex.get(at * 16..at * 16 + 16)?, 16).ok();
    let mut minhash = [0; MINHASHES];
    for (at, hash) in minhash.iter_mut().enumerate() {
        *hash = part(at + 1)?;
    }
    let shingles = u32::from_str_radix(hex.get(16 * (MINHASHES + 1)..)?, 16).ok()?;
    Some(Fingerprint { simhash: part(0)?, minhash, shingles })
}

impl Mention {
    /// Reads a line that `veche code` wrote.
    ///
    /// # Errors
    /// [`MentionFault`], the first that there is. Keys that are not known are passed over.
    pub fn read(line: &[u8]) -> Result<Self, MentionFault> {
        if line.len() > LINE_LEN_MAX {
            return Err(MentionFault::TooLong);
        }
        let value: Value = serde_json::from_slice(line)
            .map_err(|error| MentionFault::NotJson(error.to_string()))?;
        if !value.is_object() {
            return Err(MentionFault::NotJson("another value stands there".to_owned()));
        }
        let line = Line(&value);
        let document = line.needed("document")?.to_owned();
        let class = line.class()?;
        let published = line.published()?;
        let (first, last, precision) = line.days(published)?;
        let trigger = line.span("trigger")?;
        let mode =
            match line.text("mode")? {
                "" => None,
                mode => Some(class.mode(mode).ok_or_else(|| {
                    wrong("mode", &value["mode"], "a mode of the type is wanted")
                })?),
            };
        Ok(Self {
            id: format!("{document}#{}:{}", trigger.0, class.name()),
            document,
            publisher: line.text("publisher")?.to_owned(),
            published,
            language: line.text("language")?.to_owned(),
            print: line.print()?,
            keys: line.keys()?,
            stance: line.stance()?,
            class,
            mode,
            aux: line.list("aux")?.into_iter().map(str::to_owned).collect(),
            contexts: line.contexts()?,
            probability: line.probability()?,
            actor: line.party("actor")?,
            recipient: line.party("recipient")?,
            attribution: Line(&value["attribution"]).text("text")?.to_owned(),
            place: line.place()?,
            first,
            last,
            precision,
            tolls: line.tolls()?,
            sentence: line.span("sentence")?,
            trigger,
            text: line.sentence()?,
            words: line.parts()?,
            why: line.why(),
            title: line.title(),
            beside: line.beside()?,
            digest: Sha256::digest(value.to_string().as_bytes()).into(),
        })
    }

    /// Returns whether the words tell the day themselves.
    #[must_use]
    pub fn is_dated(&self) -> bool {
        !self.precision.is_empty()
    }
}

/// A line under reading, or an object within it.
struct Line<'v>(&'v Value);

impl<'v> Line<'v> {
    /// Returns a text; empty where there is none.
    fn text(&self, key: &'static str) -> Result<&'v str, MentionFault> {
        let value = &self.0[key];
        match value.as_str() {
            Some(text) if text.len() <= TEXT_LEN_MAX => Ok(text),
            None if value.is_null() => Ok(""),
            _ => Err(wrong(key, value, "a text of at most 1024 bytes is wanted")),
        }
    }

    fn needed(&self, key: &'static str) -> Result<&'v str, MentionFault> {
        match self.text(key)? {
            "" => Err(MentionFault::Missing(key)),
            text => Ok(text),
        }
    }

    fn list(&self, key: &'static str) -> Result<Vec<&'v str>, MentionFault> {
        let value = &self.0[key];
        let fault = || wrong(key, value, "a list of at most 64 texts is wanted");
        match value.as_array() {
            None if value.is_null() => Ok(Vec::new()),
            Some(list) if list.len() <= KEYS_MAX => {
                let texts =
                    list.iter().map(|text| text.as_str().filter(|t| t.len() <= TEXT_LEN_MAX));
                texts.collect::<Option<_>>().ok_or_else(fault)
            }
            _ => Err(fault()),
        }
    }

    fn whole(&self, key: &'static str, most: u64) -> Result<Option<u64>, MentionFault> {
        let value = &self.0[key];
        match value.as_u64() {
            Some(number) if number <= most => Ok(Some(number)),
            None if value.is_null() => Ok(None),
            _ => Err(wrong(key, value, "a whole number in its range is wanted")),
        }
    }

    fn class(&self) -> Result<Class, MentionFault> {
        let name = self.needed("type")?;
        Class::parse(name).filter(|class| class.quad().is_some()).ok_or_else(|| {
            wrong("type", &self.0["type"], "one of the 16 types of PLOVER is wanted")
        })
    }

    fn stance(&self) -> Result<Stance, MentionFault> {
        match self.text("stance")? {
            "" => Ok(Stance::Tells),
            name => Stance::parse(name).ok_or_else(|| {
                wrong("stance", &self.0["stance"], "tells, denies or retracts is wanted")
            }),
        }
    }

    fn probability(&self) -> Result<u32, MentionFault> {
        let key = "probability_millionths";
        let found = self.whole(key, u64::from(CERTAIN))?;
        let found = found.ok_or(MentionFault::Missing(key))?;
        Ok(u32::try_from(found).unwrap_or(CERTAIN))
    }

    fn published(&self) -> Result<Option<Moment>, MentionFault> {
        match self.text("published")? {
            "" => Ok(None),
            text => moment(text).map(Some).ok_or_else(|| {
                wrong(
                    "published",
                    &self.0["published"],
                    "a time like 2026-11-23T08:40:00Z is wanted",
                )
            }),
        }
    }

    /// Returns the days on which it can have happened. Where the words do not say, it was on the day of publication or before.
    fn days(&self, published: Option<Moment>) -> Result<(Day, Day, String), MentionFault> {
        let date = &self.0["date"];
        if date.is_null() {
            let day = published.ok_or(MentionFault::NoDay)?.day;
            return Ok((day.plus(-1), day, String::new()));
        }
        let inner = Line(date);
        let read = |key| {
            day(inner.text(key)?)
                .ok_or_else(|| wrong(key, &date[key], "a day like 2026-11-23 is wanted"))
        };
        let (first, last) = (read("first")?, read("last")?);
        if first > last {
            return Err(wrong("last", &date["last"], "no day before `first` is wanted"));
        }
        Ok((first, last, inner.needed("precision")?.to_owned()))
    }

    fn print(&self) -> Result<Option<Fingerprint>, MentionFault> {
        match self.text("fingerprint")? {
            "" => Ok(None),
            hex => print_from_hex(hex).map(Some).ok_or_else(|| {
                wrong("fingerprint", &self.0["fingerprint"], "280 hexadecimal digits are wanted")
            }),
        }
    }

    fn keys(&self) -> Result<Keys, MentionFault> {
        let of = Line(&self.0["keys"]);
        let owned = |list: Vec<&str>| list.into_iter().map(str::to_owned).collect();
        let numbers = of.list("numbers")?.into_iter().map(str::parse);
        Ok(Keys {
            names: owned(of.list("names")?),
            numbers: numbers.collect::<Result<_, _>>().map_err(|_| {
                wrong("numbers", &self.0["keys"]["numbers"], "whole numbers as texts are wanted")
            })?,
            stems: owned(of.list("stems")?),
        })
    }

    fn span(&self, key: &'static str) -> Result<(u64, u64), MentionFault> {
        let of = Line(&self.0[key]);
        let most = u64::MAX / 2;
        let (start, end) = (of.whole("start", most)?, of.whole("end", most)?);
        match (start, end) {
            (Some(start), Some(end)) if start <= end => Ok((start, end)),
            _ => Err(wrong(key, &self.0[key], "an object with `start` and `end` is wanted")),
        }
    }

    /// Returns the sentence; empty where the line does not have it.
    fn sentence(&self) -> Result<String, MentionFault> {
        let (start, end) = self.span("sentence")?;
        let value = &self.0["sentence"]["text"];
        match value.as_str() {
            Some(text) if text.len() as u64 == end - start => Ok(text.to_owned()),
            None if value.is_null() => Ok(String::new()),
            _ => Err(wrong(
                "sentence",
                value,
                "as many bytes as lie between `start` and `end` are wanted",
            )),
        }
    }

    /// Returns the words that made the event. Of a number of people they stand within `words`.
    fn parts(&self) -> Result<Vec<Words>, MentionFault> {
        let mut parts = Vec::new();
        for (part, key) in Part::ALL {
            let of = match part {
                Part::Harm(_) => &self.0[key]["words"],
                Part::Trigger
                | Part::Actor
                | Part::Recipient
                | Part::Attribution
                | Part::Place
                | Part::Date => &self.0[key],
            };
            if !of["start"].is_null() {
                let whole = |at: &'static str| Line(of).whole(at, u64::MAX / 2);
                let span = whole("start")?.zip(whole("end")?).filter(|(start, end)| start <= end);
                parts.push((
                    part,
                    span.ok_or_else(|| {
                        wrong(key, of, "`start` and `end` of its words are wanted")
                    })?,
                ));
            }
        }
        Ok(parts)
    }

    /// Returns the contexts, each once; they are kept in one column, parted by `;`.
    fn contexts(&self) -> Result<Vec<String>, MentionFault> {
        let names: BTreeSet<&str> = self.list("contexts")?.into_iter().collect();
        if names.iter().any(|name| name.is_empty() || name.contains(';')) {
            return Err(wrong("contexts", &self.0["contexts"], "names without `;` are wanted"));
        }
        Ok(names.into_iter().map(str::to_owned).collect())
    }

    fn beside(&self) -> Result<Beside, MentionFault> {
        let place = &self.0["place"]["margin"];
        let margin = place.as_i64();
        if margin.is_none() && !place.is_null() {
            return Err(wrong("margin", place, "a whole number is wanted"));
        }
        let (actor, recipient) = (self.role("actor")?, self.role("recipient")?);
        let owned = |key| self.text(key).map(str::to_owned);
        Ok(Beside { actor, recipient, margin, coder: owned("coder")?, label: owned("label")? })
    }

    fn role(&self, key: &'static str) -> Result<Role, MentionFault> {
        let of = Line(&self.0[key]);
        let listed = !of.0["sectors"].is_null();
        let sectors: Vec<String> = of.list("sectors")?.into_iter().map(str::to_owned).collect();
        let probability = of.whole("probability_millionths", u64::from(CERTAIN))?;
        let probability = probability.and_then(|held| u32::try_from(held).ok());
        Ok(Role { sectors: listed.then_some(sectors), probability })
    }

    /// Returns the document's title; empty if it is too long to be one.
    fn title(&self) -> String {
        let title = self.0["title"].as_str().filter(|title| title.len() <= TEXT_LEN_MAX);
        title.unwrap_or_default().to_owned()
    }

    /// Returns what decided, as far as it can be read: it is shown, and nothing is made of it.
    fn why(&self) -> Vec<(String, i64)> {
        let reasons = self.0["why"].as_array().into_iter().flatten().take(KEYS_MAX);
        let read = |reason: &Value| {
            let feature = reason["feature"].as_str().filter(|text| text.len() <= TEXT_LEN_MAX)?;
            Some((feature.to_owned(), reason["millibits"].as_i64()?))
        };
        reasons.filter_map(read).collect()
    }

    fn party(&self, key: &'static str) -> Result<Option<Party>, MentionFault> {
        if self.0[key].is_null() {
            return Ok(None);
        }
        let of = Line(&self.0[key]);
        Ok(Some(Party { code: of.text("code")?.to_owned(), text: of.text("text")?.to_owned() }))
    }

    fn place(&self) -> Result<Option<Spot>, MentionFault> {
        let value = &self.0["place"];
        if value.is_null() {
            return Ok(None);
        }
        let of = Line(value);
        let degree = |key: &'static str, most: i64| {
            let found = value[key].as_i64();
            match found {
                Some(degree) if degree.abs() <= most => Ok(i32::try_from(degree).ok()),
                None if value[key].is_null() => Ok(None),
                _ => Err(wrong(key, &value[key], "millionths of a degree are wanted")),
            }
        };
        let geonames = of.whole("geonames", u64::from(i32::MAX.unsigned_abs()))?;
        Ok(Some(Spot {
            text: of.text("text")?.to_owned(),
            geonames: geonames.and_then(|number| u32::try_from(number).ok()),
            country: of.text("code")?.to_owned(),
            is_town: of.text("resolution")? == "town",
            degrees: degree("latitude", 90_000_000)?.zip(degree("longitude", 180_000_000)?),
        }))
    }

    fn tolls(&self) -> Result<BTreeMap<Harm, Count>, MentionFault> {
        let mut tolls = BTreeMap::new();
        for (harm, key) in HARMS {
            if self.0[key].is_null() {
                continue;
            }
            let of = Line(&self.0[key]);
            let high = of.whole("high", TOLL_MAX)?;
            let low = of.whole("low", TOLL_MAX)?.ok_or_else(|| {
                wrong(key, &self.0[key], "an object with `low` and `high` is wanted")
            })?;
            if high.is_some_and(|high| high < low) {
                return Err(wrong(key, &self.0[key], "`high` must not be less than `low`"));
            }
            tolls.insert(harm, Count { low, high });
        }
        Ok(tolls)
    }
}
