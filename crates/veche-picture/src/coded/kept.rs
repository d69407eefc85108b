//! From kept events and from lines of the coder to rows.

use super::{Bytes, CodedMention, Location, Party, People, Words, score};
use crate::date::Date;
use crate::joining::alike::body;
use crate::joining::mention::{CERTAIN, TOLL_MAX};
use crate::joining::{MENTIONS_MAX, Mention, Stance};
use crate::reported::{CODER, ReportedEvent, of_mention as json_of, told};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use veche_coder::ontology::{Class, Mode, Sector};

/// Highest degree of latitude and of longitude, in millionths.
const DEGREES_MAX: [i32; 2] = [90_000_000, 180_000_000];
/// Letters of a part of a data set's code: a state, a kind of actor.
const PART_LEN: usize = 3;

/// Why an event gives no rows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("event `{event}`: {fault}")]
pub struct CodedFault {
    /// The event.
    pub event: String,
    /// What is wrong.
    #[source]
    pub fault: Unusable,
}

/// What is wrong with a kept event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// It is of no type of PLOVER.
    #[error("`{0}` is no type of PLOVER")]
    Kind(String),
    /// The column is no list of mentions.
    #[error("column `mentions` is no list of mentions: {0}")]
    NotMentions(String),
    /// There are none, or more than are ever joined.
    #[error("column `mentions` has {0} of them; at least 1 and at most {MENTIONS_MAX} can be")]
    Count(usize),
    /// Two have one name.
    #[error("mention `{0}` stands twice")]
    Twice(String),
    /// A value cannot be.
    #[error("mention `{mention}` has a `{key}` that cannot be")]
    Value {
        /// The mention.
        mention: String,
        /// The key.
        key: &'static str,
    },
}

/// A mention as the column `mentions` of a kept event has it (`formats/event.md`). Keys that an older program did not write may be missing.
#[derive(Deserialize)]
struct Kept {
    mention: String,
    document: String,
    publisher: Option<String>,
    language: Option<String>,
    #[serde(rename = "type")]
    class: String,
    mode: Option<String>,
    #[serde(default)]
    aux: Vec<String>,
    #[serde(default)]
    contexts: Vec<String>,
    probability_millionths: u32,
    stance: Option<String>,
    date: Option<KeptDate>,
    actor: Option<KeptParty>,
    recipient: Option<KeptParty>,
    attribution: Option<String>,
    place: Option<KeptPlace>,
    sentence: Bytes,
    trigger: Bytes,
    #[serde(default)]
    words: BTreeMap<String, Bytes>,
    text: Option<String>,
    dead: Option<KeptToll>,
    injured: Option<KeptToll>,
    displaced: Option<KeptToll>,
    detained: Option<KeptToll>,
    missing: Option<KeptToll>,
    coder: Option<String>,
    label: Option<String>,
}

#[derive(Deserialize)]
struct KeptDate {
    first: String,
    last: String,
    precision: Option<String>,
}

#[derive(Deserialize)]
struct KeptParty {
    code: Option<String>,
    text: Option<String>,
    sectors: Option<Vec<String>>,
    probability_millionths: Option<u32>,
}

#[derive(Deserialize)]
struct KeptPlace {
    text: Option<String>,
    code: Option<String>,
    #[serde(default)]
    town: bool,
    geonames: Option<i32>,
    latitude: Option<i32>,
    longitude: Option<i32>,
    margin: Option<i64>,
}

#[derive(Deserialize)]
struct KeptToll {
    low: u64,
    high: Option<u64>,
}

/// Returns the rows of a kept event: one a mention, or one if it has none.
///
/// # Errors
/// [`CodedFault`]: the first of its mentions that cannot be.
pub fn of_event(event: &ReportedEvent) -> Result<Vec<CodedMention>, CodedFault> {
    let fault = |fault| CodedFault { event: event.event.clone(), fault };
    let Some(json) = &event.mentions else {
        return Ok(vec![of_data_set(event).map_err(fault)?]);
    };
    let kept: Vec<Kept> = serde_json::from_str(json)
        .map_err(|error| fault(Unusable::NotMentions(error.to_string())))?;
    if kept.is_empty() || kept.len() > MENTIONS_MAX {
        return Err(fault(Unusable::Count(kept.len())));
    }
    let mut names = BTreeSet::new();
    if let Some(again) = kept.iter().find(|kept| !names.insert(kept.mention.as_str())) {
        return Err(fault(Unusable::Twice(again.mention.clone())));
    }
    let days = (event.first, event.last, event.precision.clone());
    let row = |kept: Kept| {
        let mention = kept.mention.clone();
        let mut row = kept
            .row(Some(days.clone()))
            .map_err(|key| fault(Unusable::Value { mention: mention.clone(), key }))?;
        row.event_id = Some(event.event.clone());
        row.n_sources = event.sources;
        row.status = Some(event.status.clone());
        row.review = event.review.clone();
        row.confidence = event.confidence.and_then(|of| u32::try_from(of).ok());
        Ok(row)
    };
    kept.into_iter().map(row).collect()
}

/// Returns the row of a line that `veche code` wrote; none if its day lies before 1980 or after 2199.
#[must_use]
pub fn of_mention(mention: &Mention) -> Option<CodedMention> {
    // By way of what is kept of it, so that the row is the one that its event would give.
    Kept::deserialize(json_of(mention)).ok()?.row(None).ok()
}

/// Returns how many people; none if nothing was told.
fn people(low: Option<i32>, high: Option<i32>) -> Option<People> {
    Some(People { min: low?.into(), max: high.map(i64::from) })
}

/// Returns the parts of a list, without empty ones.
fn parts(list: Option<&str>, between: char) -> Vec<String> {
    list.into_iter().flat_map(|list| list.split(between)).filter_map(told).collect()
}

/// Returns the row of an event that a data set coded.
fn of_data_set(event: &ReportedEvent) -> Result<CodedMention, Unusable> {
    let class = class(&event.kind).ok_or_else(|| Unusable::Kind(event.kind.clone()))?;
    let party = |code: &Option<String>, text: &Option<String>| {
        let (state, sector) = code.as_deref().map(by_threes).unwrap_or_default();
        let words = Words { text: text.clone(), at: None };
        let party = Party { code: state, sector, words, p: None };
        (code.is_some() || text.is_some()).then_some(party)
    };
    let location = Location {
        resolved_place: event.place.clone(),
        geonameid: event.geonames.map(i64::from),
        degrees: event.latitude.zip(event.longitude),
        country_code: event.country.clone(),
        ..Location::default()
    };
    Ok(CodedMention {
        event_id: Some(event.event.clone()),
        mention_id: None,
        doc_id: None,
        date: event.first,
        date_end: event.last,
        date_precision: event.precision.clone(),
        class,
        mode: event.mode.iter().cloned().collect(),
        context: parts(event.context.as_deref(), ';'),
        intensity: event.intensity,
        aux: parts(event.aux.as_deref(), ' '),
        actors: party(&event.actor, &event.actor_text).into_iter().collect(),
        recipients: party(&event.recipient, &event.recipient_text).into_iter().collect(),
        attribution: None,
        event: Words::default(),
        location: (location != Location::default()).then_some(location),
        dead: people(event.dead_low, event.dead_high),
        injured: people(event.injured_low, event.injured_high),
        arrested: people(event.detained_low, event.detained_high),
        displaced: people(event.displaced_low, event.displaced_high),
        missing: people(event.missing_low, event.missing_high),
        cameo: event.cameo.clone(),
        p_type: None,
        p_args: None,
        n_sources: event.sources,
        language: event.languages.clone(),
        publisher: event.publishers.clone(),
        url: event.url.clone(),
        coder: event.coder.clone(),
        coder_hash: None,
        label: None,
        sentence: None,
        stance: None,
        status: Some(event.status.clone()),
        review: event.review.clone(),
        confidence: event.confidence.and_then(|of| u32::try_from(of).ok()),
    })
}

/// Returns one of the 16 types.
fn class(name: &str) -> Option<Class> {
    Class::parse(name).filter(|class| class.quad().is_some())
}

/// Returns the state or body of a data set's code and what follows it; a code that is not made of threes is one word.
fn by_threes(code: &str) -> (Option<String>, Vec<String>) {
    let is_of_threes = code.len().is_multiple_of(PART_LEN)
        && code.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    if !is_of_threes {
        return (told(code), Vec::new());
    }
    let state = body(code).unwrap_or_default();
    let rest = code.get(state.len()..).unwrap_or_default().as_bytes().chunks(PART_LEN);
    (told(state), rest.map(|part| String::from_utf8_lossy(part).into_owned()).collect())
}

/// Returns the state or body of a code of the coder, whose sectors are `listed`; without a list those in which it ends.
fn state_and_sectors(code: &str, listed: Option<Vec<String>>) -> (Option<String>, Vec<String>) {
    if let Some(listed) = listed {
        let state = code.strip_suffix(listed.concat().as_str()).unwrap_or(code);
        return (told(state), listed);
    }
    let (mut state, mut sectors) = (code, Vec::new());
    while let Some((rest, end)) =
        state.len().checked_sub(PART_LEN).and_then(|at| state.split_at_checked(at))
    {
        let Some(sector) = Sector::parse(end) else { break };
        sectors.insert(0, sector.code().to_owned());
        state = rest;
    }
    (told(state), sectors)
}

/// Returns the bytes, if they can be.
fn span(span: Bytes) -> Option<Bytes> {
    (0 <= span.0 && span.0 <= span.1).then_some(span)
}

impl KeptDate {
    fn read(self) -> Option<(Date, Date, Option<String>)> {
        let (first, last) = (Date::parse(&self.first).ok()?, Date::parse(&self.last).ok()?);
        (first <= last).then_some((first, last, self.precision))
    }
}

impl KeptParty {
    fn read(self, at: Option<Bytes>) -> Option<Party> {
        let p = self.probability_millionths;
        if p.is_some_and(|p| p > CERTAIN) {
            return None;
        }
        let (code, sector) = state_and_sectors(&self.code.unwrap_or_default(), self.sectors);
        Some(Party { code, sector, words: Words { text: self.text, at }, p })
    }
}

impl KeptPlace {
    fn read(self) -> Option<Location> {
        let degrees = self.latitude.zip(self.longitude);
        let within = |(north, east): (i32, i32)| {
            let [most_north, most_east] = DEGREES_MAX;
            (-most_north..=most_north).contains(&north) && (-most_east..=most_east).contains(&east)
        };
        if !degrees.is_none_or(within) || self.geonames.is_some_and(|number| number < 0) {
            return None;
        }
        let resolution = match (self.town, &self.code) {
            (true, _) => "town",
            (false, Some(_)) => "country",
            (false, None) => "name",
        };
        Some(Location {
            extracted_place: self.text,
            geonameid: self.geonames.map(i64::from),
            degrees,
            country_code: self.code,
            resolution: told(resolution),
            margin: self.margin,
            ..Location::default()
        })
    }
}

impl KeptToll {
    fn read(self) -> Option<People> {
        let Self { low, high } = self;
        let fits = low <= TOLL_MAX && high.is_none_or(|high| (low..=TOLL_MAX).contains(&high));
        let whole = |count: u64| i64::try_from(count).ok();
        Some(People { min: whole(low).filter(|_| fits)?, max: high.and_then(whole) })
    }
}

/// Returns what a key holds, read; the key if it cannot be.
fn read<K, T>(
    key: &'static str,
    held: Option<K>,
    read: impl FnOnce(K) -> Option<T>,
) -> Result<Option<T>, &'static str> {
    held.map(|held| read(held).ok_or(key)).transpose()
}

/// Returns how likely all parties are; none if nobody takes part, or of one nothing is known.
fn of_all<'p>(parties: impl Iterator<Item = &'p Party>) -> Option<u32> {
    let certain = u64::from(CERTAIN);
    let mut all = None;
    for party in parties {
        all = Some(all.unwrap_or(certain) * u64::from(party.p?) / certain);
    }
    all.and_then(|all| u32::try_from(all).ok())
}

/// Returns the address of a document that is called by one.
fn address(document: &str) -> Option<String> {
    let is_one = ["https://", "http://"].iter().any(|begins| document.starts_with(begins));
    is_one.then(|| document.to_owned())
}

impl Kept {
    /// Returns the row, or the key that cannot be. `days`: those of its event, for a mention that an older program kept without.
    fn row(self, days: Option<(Date, Date, Option<String>)>) -> Result<CodedMention, &'static str> {
        let class = class(&self.class).ok_or("type")?;
        let mode: Option<Mode> = read("mode", self.mode, |name| class.mode(&name))?;
        if self.probability_millionths > CERTAIN {
            return Err("probability_millionths");
        }
        let stance = read("stance", self.stance, |name| Stance::parse(&name))?;
        let days = read("date", self.date, KeptDate::read)?.or(days);
        let (date, date_end, date_precision) = days.ok_or("date")?;
        let sentence = span(self.sentence).ok_or("sentence")?;
        let trigger = span(self.trigger).ok_or("trigger")?;
        if !self.words.values().all(|of| span(*of).is_some()) {
            return Err("words");
        }
        let at = |key: &str| self.words.get(key).copied();
        let party = |key, held: Option<KeptParty>| read(key, held, |held| held.read(at(key)));
        let actor = party("actor", self.actor)?;
        let recipient = party("recipient", self.recipient)?;
        let attribution = at("attribution");
        let attribution = (attribution.is_some() || self.attribution.is_some())
            .then_some(Words { text: self.attribution, at: attribution });
        let event_text = self.text.as_deref().and_then(|text| within(text, sentence.0, trigger));
        Ok(CodedMention {
            event_id: None,
            mention_id: told(&self.mention).ok_or("mention").map(Some)?,
            url: address(&self.document),
            doc_id: told(&self.document),
            date,
            date_end,
            date_precision,
            class,
            mode: mode.iter().map(|mode| mode.name().to_owned()).collect(),
            context: self.contexts,
            intensity: score(class, mode),
            aux: self.aux,
            p_args: of_all(actor.iter().chain(&recipient)),
            actors: actor.into_iter().collect(),
            recipients: recipient.into_iter().collect(),
            attribution,
            event: Words { text: event_text, at: Some(trigger) },
            location: read("place", self.place, KeptPlace::read)?,
            dead: read("dead", self.dead, KeptToll::read)?,
            injured: read("injured", self.injured, KeptToll::read)?,
            arrested: read("detained", self.detained, KeptToll::read)?,
            displaced: read("displaced", self.displaced, KeptToll::read)?,
            missing: read("missing", self.missing, KeptToll::read)?,
            cameo: None,
            p_type: Some(self.probability_millionths),
            n_sources: None,
            language: self.language.as_deref().and_then(told),
            publisher: self.publisher,
            coder: CODER.to_owned(),
            coder_hash: self.coder,
            label: self.label,
            sentence: Some(Words { text: self.text, at: Some(sentence) }),
            stance: stance.map(|stance| stance.name().to_owned()),
            status: None,
            review: None,
            confidence: None,
        })
    }
}

/// Returns words of a sentence that begins at a byte of the document.
fn within(sentence: &str, begins: i64, at: Bytes) -> Option<String> {
    let place = |byte: i64| usize::try_from(byte.checked_sub(begins)?).ok();
    sentence.get(place(at.0)?..place(at.1)?).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(found: (Option<String>, Vec<String>), expected: &str) {
        let (state, sectors) = found;
        assert_eq!(format!("{} {}", state.as_deref().unwrap_or("-"), sectors.join(",")), expected);
    }

    #[test]
    fn a_code_is_a_state_or_body_and_its_sectors() {
        let listed = |code: &str, listed: &[&str]| {
            state_and_sectors(code, Some(listed.iter().map(|one| (*one).to_owned()).collect()))
        };
        check(listed("ECOSOCUNO", &["UNO"]), "ECOSOC UNO");
        check(listed("MIL", &["MIL"]), "- MIL");
        check(listed("ARM", &[]), "ARM ");
        check(state_and_sectors("ARMGOVMIL", None), "ARM GOV,MIL");
        check(state_and_sectors("REB", None), "- REB");
        check(state_and_sectors("NATO", None), "NATO ");
        check(state_and_sectors("", None), "- ");
        check(state_and_sectors("МИД", None), "МИД ");
        check(by_threes("USAHLH"), "USA HLH");
        check(by_threes("GOVMIL"), "- GOV,MIL");
        check(by_threes("Somebody"), "Somebody ");
        check(by_threes(""), "- ");
    }
}
