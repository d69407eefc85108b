//! Parties and their keys, statuses, organs, labels, calendars.

use super::article;
use super::words::{duration_at, join, name, names, required_name, text_name};
use crate::calendar::{parse_date, parse_zone};
use crate::fault::FaultKind;
use crate::model::{
    Calendar, Chair, Downgrade, Duration, Kinds, LabelEntry, Organ, Party, PartyKeys, Seats, Status,
};
use crate::name::{CalendarName, ClassName, OrganName, StatusName, Tag, WeightName};
use crate::text::{Findings, Reader, natural};
use std::collections::{BTreeMap, BTreeSet};
use veche_ledger::{Kind, Label, PartyId, UnixSeconds};

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

pub(super) fn read_keys(
    root: &mut Reader<'_, '_>,
    f: &mut Findings<'_>,
) -> BTreeMap<PartyId, PartyKeys> {
    let mut out = BTreeMap::new();
    for (key, mut r) in root.entries("keys", f) {
        let Some(id) = name(r.path(), key, "a party", &PartyId::parse, f) else { continue };
        let text = |t: Option<&str>| t.map(str::to_owned);
        let keys = PartyKeys {
            root: text(r.text("root", f)),
            log: text(r.text("log", f)),
            witness: text(r.text("witness", f)),
            officers: r.table("officers", f).map(|t| read_officers(&t, f)).unwrap_or_default(),
        };
        r.finish(f);
        out.insert(id, keys);
    }
    out
}

fn read_officers(r: &Reader<'_, '_>, f: &mut Findings<'_>) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    for (key, value) in r.pairs() {
        match value.as_str() {
            Some(text) => {
                out.insert(key.to_owned(), text.to_owned());
            }
            None => r.wrong(key, "a verifier key", value, f),
        }
    }
    out
}

pub(super) fn read_parties(
    root: &mut Reader<'_, '_>,
    mut keys: BTreeMap<PartyId, PartyKeys>,
    f: &mut Findings<'_>,
) -> BTreeMap<PartyId, Party> {
    let mut out = BTreeMap::new();
    for (key, mut r) in root.entries("parties", f) {
        let Some(id) = name(r.path(), key, "a party", &PartyId::parse, f) else { continue };
        if let Some(party) = read_party(&mut r, keys.remove(&id).unwrap_or_default(), f) {
            out.insert(id, party);
        }
        r.finish(f);
    }
    for id in keys.keys() {
        let what = FaultKind::Dangling { what: "party", name: id.to_string() };
        f.add(&["keys".to_owned(), id.to_string()], what, None);
    }
    out
}

fn read_party(r: &mut Reader<'_, '_>, keys: PartyKeys, f: &mut Findings<'_>) -> Option<Party> {
    let shown = r.required_text("name", f);
    let status = required_name(r, "status", "a status", &StatusName::parse, f);
    let tags = names(r, "tags", "a tag", &Tag::parse, f);
    let weights = r.table("weights", f).map(|t| read_weights(&t, f)).unwrap_or_default();
    let zone = |t: &str| parse_zone(t).ok_or("a zone is written `+02:00`, at most 14 hours");
    let zone_minutes = text_name(r, "zone", "a zone", &zone, f).unwrap_or_default();
    let hosted_by = text_name(r, "hosted_by", "a party", &PartyId::parse, f);
    Some(Party {
        name: shown?.to_owned(),
        status: status?,
        tags,
        weights,
        zone_minutes,
        hosted_by,
        keys,
    })
}

fn read_weights(r: &Reader<'_, '_>, f: &mut Findings<'_>) -> BTreeMap<WeightName, u64> {
    let mut out = BTreeMap::new();
    for (key, value) in r.pairs() {
        let weight = name(&r.at(key), key, "a weight", &WeightName::parse, f);
        match (weight, natural(value)) {
            (Some(weight), Some(number)) => {
                out.insert(weight, number);
            }
            (_, None) => r.wrong(key, "a whole number, not negative", value, f),
            (None, _) => {}
        }
    }
    out
}

pub(super) fn read_statuses(
    root: &mut Reader<'_, '_>,
    f: &mut Findings<'_>,
) -> BTreeMap<StatusName, Status> {
    let mut out = BTreeMap::new();
    for (key, mut r) in root.entries("statuses", f) {
        let id = name(r.path(), key, "a status", &StatusName::parse, f);
        let is_all = r.texts("may", f).iter().any(|(_, text)| *text == "*");
        let may = if is_all {
            Kinds::All
        } else {
            Kinds::Only(names(&mut r, "may", "a kind", &Kind::parse, f))
        };
        let status = Status {
            may,
            may_not: names(&mut r, "may_not", "a kind", &Kind::parse, f),
            reads: names(&mut r, "reads", "a label", &Label::parse, f),
            article: article(&mut r, f),
        };
        r.finish(f);
        out.extend(id.map(|id| (id, status)));
    }
    out
}

pub(super) fn read_organs(
    root: &mut Reader<'_, '_>,
    f: &mut Findings<'_>,
) -> BTreeMap<OrganName, Organ> {
    let mut out = BTreeMap::new();
    for (key, mut r) in root.entries("organs", f) {
        let id = name(r.path(), key, "an organ", &OrganName::parse, f);
        let title = r.text("title", f).unwrap_or(key).to_owned();
        let seats = r.table("seats", f).map(|t| read_seats(t, f));
        if seats.is_none() {
            f.add(r.path(), FaultKind::Missing("seats"), None);
        }
        let parent = text_name(&mut r, "parent", "an organ", &OrganName::parse, f);
        let chair = r.table("chair", f).and_then(|t| read_chair(t, f));
        let article = article(&mut r, f);
        r.finish(f);
        if let (Some(id), Some(seats)) = (id, seats) {
            out.insert(id, Organ { title, seats, parent, chair, article });
        }
    }
    out
}

fn read_seats(mut r: Reader<'_, '_>, f: &mut Findings<'_>) -> Seats {
    let seats = Seats {
        status: names(&mut r, "status", "a status", &StatusName::parse, f),
        tags: names(&mut r, "tags", "a tag", &Tag::parse, f),
        parties: names(&mut r, "parties", "a party", &PartyId::parse, f),
    };
    r.finish(f);
    seats
}

fn read_chair(mut r: Reader<'_, '_>, f: &mut Findings<'_>) -> Option<Chair> {
    let order: Vec<PartyId> = r
        .texts("order", f)
        .into_iter()
        .filter_map(|(path, text)| name(&path, text, "a party", &PartyId::parse, f))
        .collect();
    if order.is_empty() {
        f.add(r.path(), FaultKind::Missing("order"), None);
    }
    let start = required_name(&mut r, "start", "a time", &UnixSeconds::parse, f);
    let period = required_name(&mut r, "period", "a duration", &term, f);
    r.finish(f);
    Some(Chair { order, start: start?, period: period? })
}

/// Reads the length of a term. Working days are refused: the end of a term must not hang on a holiday.
fn term(text: &str) -> Result<Duration, String> {
    match Duration::parse(text).map_err(|e| e.to_string())? {
        Duration::WorkingDays(_) => Err("a term is counted in days, months or years".to_owned()),
        period @ (Duration::Span(_) | Duration::Months(_)) => Ok(period),
    }
}

pub(super) fn read_labels(
    root: &mut Reader<'_, '_>,
    f: &mut Findings<'_>,
) -> BTreeMap<Label, LabelEntry> {
    let mut out = BTreeMap::new();
    for (key, mut r) in root.entries("labels", f) {
        let id = name(r.path(), key, "a label", &Label::parse, f);
        let entry = LabelEntry {
            above: names(&mut r, "above", "a label", &Label::parse, f),
            readers: r.table("readers", f).map(|t| read_seats(t, f)),
            sealed: r.flag("sealed", f),
            tlp: r.text("tlp", f).map(str::to_owned),
            downgrade: r.table("downgrade", f).and_then(|t| read_downgrade(t, f)),
            article: article(&mut r, f),
        };
        r.finish(f);
        out.extend(id.map(|id| (id, entry)));
    }
    out
}

fn read_downgrade(mut t: Reader<'_, '_>, f: &mut Findings<'_>) -> Option<Downgrade> {
    let after = required_name(&mut t, "after", "a duration", &Duration::parse, f);
    let to = required_name(&mut t, "to", "a label", &Label::parse, f);
    t.finish(f);
    after.zip(to).map(|(after, to)| Downgrade { after, to })
}

pub(super) fn read_calendars(
    root: &mut Reader<'_, '_>,
    f: &mut Findings<'_>,
) -> BTreeMap<CalendarName, Calendar> {
    let mut out = BTreeMap::new();
    for (key, mut r) in root.entries("calendars", f) {
        let id = name(r.path(), key, "a calendar", &CalendarName::parse, f);
        let zone = |t: &str| parse_zone(t).ok_or("a zone is written `+02:00`, at most 14 hours");
        let date = |t: &str| parse_date(t).ok_or("a date is written `2027-03-08`");
        let calendar = Calendar {
            title: r.text("title", f).unwrap_or(key).to_owned(),
            zone_minutes: text_name(&mut r, "zone", "a zone", &zone, f).unwrap_or_default(),
            working_days: read_days(&mut r, f),
            holidays: names(&mut r, "holidays", "a date", &date, f),
            classes: read_classes(&mut r, f),
            is_naive: false,
        };
        r.finish(f);
        out.extend(id.map(|id| (id, calendar)));
    }
    out
}

fn read_days(r: &mut Reader<'_, '_>, f: &mut Findings<'_>) -> [bool; 7] {
    let day = |t: &str| {
        let index = DAYS.iter().position(|d| *d == t);
        index.ok_or("days are `mon`, `tue`, `wed`, `thu`, `fri`, `sat`, `sun`")
    };
    let days: BTreeSet<usize> = names(r, "working_days", "a day of the week", &day, f);
    if days.is_empty() {
        f.add(r.path(), FaultKind::Missing("working_days"), None);
    }
    std::array::from_fn(|index| days.contains(&index))
}

fn read_classes(
    r: &mut Reader<'_, '_>,
    f: &mut Findings<'_>,
) -> BTreeMap<ClassName, BTreeMap<String, Duration>> {
    let mut out = BTreeMap::new();
    for (key, class) in r.entries("classes", f) {
        let id = name(class.path(), key, "a class", &ClassName::parse, f);
        let mut by_urgency = BTreeMap::new();
        for (urgency, value) in class.pairs() {
            let path = join(class.path(), urgency);
            match value.as_str() {
                Some(text) => {
                    let duration = name(&path, text, "a duration", &Duration::parse, f);
                    by_urgency.extend(duration.map(|d| (urgency.to_owned(), d)));
                }
                None => class.wrong(urgency, "a duration", value, f),
            }
        }
        if by_urgency.is_empty() {
            f.add(class.path(), FaultKind::Missing("a duration by urgency"), None);
        }
        out.extend(id.map(|id| (id, by_urgency)));
    }
    out
}

/// Reads the longest span that a clock may have: see `machines`.
pub(super) fn read_max(r: &mut Reader<'_, '_>, f: &mut Findings<'_>) -> Option<Duration> {
    duration_at(r, "max", f)
}
