//! The clusters of reports are what `formats/clusters.md` says, and their copies are copies.

use crate::reading::Reading;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use veche_coder::date::Day;
use veche_coder::document::fingerprint;
use veche_coder::lexicon;
use veche_coder::ontology::{Class, Sector};

const DOCUMENTS: &str = include_str!("../data/clusters/documents.jsonl");
const FACTS: &str = include_str!("../data/clusters/facts.jsonl");
const NAMES: &str = include_str!("../data/clusters/names.tsv");
const NATIONS: &[u8] = include_bytes!("../../../../lexicon/nations.tsv");

const LANGUAGES: [&str; 2] = ["en", "ru"];
const STATUSES: [&str; 3] = ["stands", "disputed", "retracted"];

/// Places that exist, by their English names.
const REAL_PLACES: [&str; 3] = ["Gyumri", "Minsk", "Osh"];

/// A report.
#[derive(Clone, Debug)]
struct Report {
    id: String,
    cluster: String,
    lang: String,
    source: String,
    published: Moment,
    text: String,
    copy_of: String,
}

/// What is known of an event when all its reports have been read.
#[derive(Debug)]
struct Fact {
    cluster: String,
    class: Class,
    mode: String,
    source: String,
    target: String,
    place: String,
    date: Day,
    dead: Option<(u64, u64)>,
    near: Vec<String>,
    sources: u64,
    carriers: u64,
}

/// A day, and the second of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Moment(Day, u32);

/// What is wrong with a line.
type Fault = String;

fn number(text: &str, len: usize) -> Option<u32> {
    let digits = text.len() == len && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}

fn day(text: &str) -> Result<Day, Fault> {
    let mut parts = text.splitn(3, '-');
    let mut next = |len| parts.next().and_then(|part| number(part, len));
    let parts = next(4).zip(next(2)).zip(next(2));
    parts
        .and_then(|((year, month), day)| Day::new(year.cast_signed(), month, day))
        .ok_or_else(|| format!("`{text}` is no day"))
}

fn moment(text: &str) -> Result<Moment, Fault> {
    let fault = || format!("`{text}` is no time in UTC");
    let (date, time) =
        text.strip_suffix('Z').and_then(|text| text.split_once('T')).ok_or_else(fault)?;
    let mut parts = time.splitn(3, ':');
    let mut next =
        |below| parts.next().and_then(|part| number(part, 2)).filter(|value| *value < below);
    let ((hour, minute), second) = next(24).zip(next(60)).zip(next(60)).ok_or_else(fault)?;
    Ok(Moment(day(date)?, hour * 3600 + minute * 60 + second))
}

/// Returns the object of a line if it has these keys and no others.
fn object(line: &str, keys: &[&str]) -> Result<Value, Fault> {
    let value: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let found: Option<BTreeSet<&str>> =
        value.as_object().map(|map| map.keys().map(String::as_str).collect());
    if found == Some(keys.iter().copied().collect()) {
        Ok(value)
    } else {
        Err(format!("the keys are not {}", keys.join(", ")))
    }
}

fn word(value: &Value, key: &str) -> Result<String, Fault> {
    value[key].as_str().map(str::to_owned).ok_or_else(|| format!("`{key}` is no text"))
}

fn one_of(value: String, known: &[&str]) -> Result<String, Fault> {
    if known.contains(&value.as_str()) { Ok(value) } else { Err(format!("`{value}` is not known")) }
}

fn id(value: String, prefix: &str, digits: usize) -> Result<String, Fault> {
    let known = value.strip_prefix(prefix).and_then(|rest| number(rest, digits)).is_some();
    if known { Ok(value) } else { Err(format!("`{value}` is no id")) }
}

fn report(line: &str) -> Result<Report, Fault> {
    const KEYS: [&str; 8] =
        ["id", "cluster", "lang", "source", "published", "title", "text", "copy_of"];
    let value = object(line, &KEYS)?;
    let full = |key| {
        word(&value, key).and_then(|text| {
            if text.is_empty() { Err(format!("`{key}` is empty")) } else { Ok(text) }
        })
    };
    full("title")?;
    Ok(Report {
        id: id(full("id")?, "d-", 3)?,
        cluster: id(full("cluster")?, "c-", 2)?,
        lang: one_of(full("lang")?, &LANGUAGES)?,
        source: full("source")?,
        published: moment(&full("published")?)?,
        text: full("text")?,
        copy_of: word(&value, "copy_of")?,
    })
}

fn fact(line: &str) -> Result<Fact, Fault> {
    const KEYS: [&str; 12] = [
        "cluster", "type", "mode", "source", "target", "place", "date", "dead", "status", "near",
        "sources", "carriers",
    ];
    let value = object(line, &KEYS)?;
    let count = |value: &Value| value.as_u64().ok_or_else(|| format!("`{value}` is no count"));
    let class = word(&value, "type")?;
    let class = Class::parse(&class).ok_or_else(|| format!("`{class}` is no type"))?;
    let mode = word(&value, "mode")?;
    if !mode.is_empty() && class.mode(&mode).is_none() {
        return Err(format!("{} has no mode `{mode}`", class.name()));
    }
    one_of(word(&value, "status")?, &STATUSES)?;
    let dead = match value["dead"].as_array().map(Vec::as_slice) {
        Some([low, high]) => Some((count(low)?, count(high)?)),
        None if value["dead"].is_null() => None,
        _ => return Err(format!("`{}` is no range", value["dead"])),
    };
    let near = value["near"].as_array().ok_or("`near` is no list")?;
    Ok(Fact {
        cluster: id(word(&value, "cluster")?, "c-", 2)?,
        class,
        mode,
        source: word(&value, "source")?,
        target: word(&value, "target")?,
        place: word(&value, "place")?,
        date: day(&word(&value, "date")?)?,
        dead,
        near: near.iter().filter_map(|near| near.as_str().map(str::to_owned)).collect(),
        sources: count(&value["sources"])?,
        carriers: count(&value["carriers"])?,
    })
}

fn facts() -> BTreeMap<String, Fact> {
    let facts: Vec<Fact> = FACTS.lines().map(|line| fact(line).unwrap()).collect();
    let count = facts.len();
    let facts: BTreeMap<_, _> =
        facts.into_iter().map(|fact| (fact.cluster.clone(), fact)).collect();
    assert_eq!(facts.len(), count, "each cluster stands once");
    facts
}

fn reports() -> BTreeMap<String, Report> {
    let reports: Vec<Report> = DOCUMENTS.lines().map(|line| report(line).unwrap()).collect();
    assert!(reports.is_sorted_by_key(|report| report.published), "in the order of publication");
    let count = reports.len();
    let reports: BTreeMap<_, _> =
        reports.into_iter().map(|report| (report.id.clone(), report)).collect();
    assert_eq!(reports.len(), count, "each id stands once");
    reports
}

/// The rows of the table of names: name, kind, code, the state in which it lies.
fn names() -> Vec<[&'static str; 4]> {
    let mut lines = NAMES.lines().filter(|line| !line.starts_with('#'));
    assert_eq!(lines.next(), Some("name\tkind\tcode\tof\ten\tru"));
    lines
        .map(|line| {
            let cells: Vec<&str> = line.split('\t').collect();
            assert_eq!(cells.len(), 6, "{line}");
            assert!(!cells[4].is_empty() && !cells[5].is_empty(), "{line}");
            [cells[0], cells[1], cells[2], cells[3]]
        })
        .collect()
}

#[test]
fn every_document_tells_of_a_known_cluster_and_every_cluster_has_two() {
    let (facts, reports) = (facts(), reports());
    assert!(facts.len() >= 70 && reports.len() >= 260, "{} of {}", reports.len(), facts.len());
    let mut carriers: BTreeMap<&str, Vec<&Report>> = BTreeMap::new();
    for report in reports.values() {
        carriers.entry(&report.cluster).or_default().push(report);
    }
    assert_eq!(
        carriers.keys().copied().collect::<Vec<_>>(),
        facts.keys().map(String::as_str).collect::<Vec<_>>()
    );
    for (cluster, carriers) in carriers {
        let own = carriers.iter().filter(|report| report.copy_of.is_empty());
        let sources: BTreeSet<&str> = own.map(|report| report.source.as_str()).collect();
        let fact = &facts[cluster];
        let counted = (sources.len() as u64, carriers.len() as u64);
        assert_eq!((fact.sources, fact.carriers), counted, "{cluster}: sources and carriers");
        assert!(carriers.len() >= 2, "{cluster}");
    }
}

#[test]
fn facts_name_states_sectors_and_places_that_are_known() {
    let names = names();
    let nations = lexicon::nations(NATIONS).unwrap();
    let state = |code: &str| {
        names.iter().any(|[_, kind, known, _]| *kind == "state" && *known == code)
            || nations.iter().any(|nation| nation.code == code)
    };
    let actor = |actor: &str| match (actor.get(..3), actor.get(3..)) {
        _ if actor.is_empty() => true,
        (Some(code), Some("")) => state(code) || Sector::parse(code).is_some(),
        (Some(code), Some(sector)) => state(code) && Sector::parse(sector).is_some(),
        _ => false,
    };
    for fact in facts().values() {
        assert!(actor(&fact.source) && actor(&fact.target), "{fact:?}");
        let known = names.iter().any(|[name, ..]| *name == fact.place)
            || REAL_PLACES.contains(&fact.place.as_str())
            || fact.place.is_empty();
        assert!(known, "{fact:?}");
        assert!(fact.dead.is_none_or(|(low, high)| low <= high), "{fact:?}");
    }
    for [name, kind, code, of] in &names {
        assert_eq!(*kind == "state", code.len() == 3 && code.starts_with('X'), "{name}");
        assert!(!nations.iter().any(|nation| nation.code == *code), "{name}");
        assert_eq!(*kind == "town", state(of), "{name}");
    }
}

#[test]
fn near_misses_name_each_other_and_differ_in_a_fact() {
    let facts = facts();
    for fact in facts.values() {
        for near in &fact.near {
            let other = &facts[near];
            assert!(other.near.contains(&fact.cluster), "{} and {near}", fact.cluster);
            let key = |fact: &Fact| {
                let who = (fact.source.clone(), fact.target.clone());
                (fact.class, fact.mode.clone(), who, fact.place.clone(), fact.date)
            };
            assert_ne!(key(fact), key(other), "{} and {near}", fact.cluster);
        }
    }
    assert!(facts.values().filter(|fact| !fact.near.is_empty()).count() >= 30);
}

#[test]
fn a_copy_is_a_near_copy_of_an_earlier_text_and_nothing_else_is_one() {
    let reports = reports();
    let prints: BTreeMap<&str, _> = reports
        .values()
        .map(|report| (report.id.as_str(), fingerprint(&Reading::of(&report.text).tokens)))
        .collect();
    let original = |report: &Report| {
        let of = &report.copy_of;
        if of.is_empty() { report.id.clone() } else { of.clone() }
    };
    let mut missed = Vec::new();
    for copy in reports.values().filter(|report| !report.copy_of.is_empty()) {
        let of = &reports[&copy.copy_of];
        assert!(of.copy_of.is_empty() && of.published < copy.published, "{}", copy.id);
        assert_eq!((&of.cluster, &of.lang), (&copy.cluster, &copy.lang), "{}", copy.id);
        assert_ne!(of.source, copy.source, "{}", copy.id);
        if !prints[copy.id.as_str()].is_near(&prints[of.id.as_str()]) {
            missed.push(copy.id.as_str());
        }
    }
    assert_eq!(missed, [""; 0], "copies that their fingerprints do not know");
    let mut joined = Vec::new();
    for one in reports.values() {
        for other in reports.values().filter(|other| one.id < other.id) {
            let near = prints[one.id.as_str()].is_near(&prints[other.id.as_str()]);
            // An agency that corrects itself sends its own text again.
            let again = one.cluster == other.cluster && one.source == other.source;
            if near && !again && original(one) != original(other) {
                joined.push((one.id.as_str(), other.id.as_str()));
            }
        }
    }
    assert_eq!(
        joined,
        [("", ""); 0],
        "texts that are no copies, but look it to their fingerprints"
    );
}

#[track_caller]
fn check_refused(change: impl Fn(&str) -> String, expected: &str) {
    let line = DOCUMENTS.lines().next().unwrap();
    let changed = change(line);
    assert_ne!(changed, line, "nothing was changed");
    assert_eq!(report(&changed).unwrap_err(), expected);
}

#[test]
fn a_line_that_is_not_as_the_format_says_is_refused() {
    check_refused(|line| line.replace(r#""lang": "en""#, r#""lang": "fr""#), "`fr` is not known");
    check_refused(|line| line.replace("2025-06-12T", "2025-02-30T"), "`2025-02-30` is no day");
    check_refused(|line| line.replace(":00Z", ":00"), "`2025-06-12T18:20:00` is no time in UTC");
    check_refused(|line| line.replace(r#""d-001""#, r#""1""#), "`1` is no id");
    check_refused(
        |line| line.replace(r#""copy_of""#, r#""copy""#),
        "the keys are not id, cluster, lang, source, published, title, text, copy_of",
    );
    let line = FACTS.lines().next().unwrap();
    assert_eq!(
        fact(&line.replace("heavy-weapons", "visit")).unwrap_err(),
        "ASSAULT has no mode `visit`"
    );
    assert_eq!(fact(&line.replace("[9, 9]", "[9]")).unwrap_err(), "`[9]` is no range");
}
