//! From a charter's bytes to a [`Charter`]: reads every table, collects every fault.

mod acts;
mod alarms;
mod machines;
mod outside;
mod rules;
mod scales;
mod tables;
mod words;

use crate::check;
use crate::fault::{FaultKind, Faults};
use crate::model::{Charter, FOLD_VERSION, Witnessing};
use crate::name::{ArticleId, CalendarName, StatusName};
use crate::text::{CharterText, Findings, Reader};
use std::collections::{BTreeMap, BTreeSet};
use veche_ledger::{Hash, Label};
use words::{name, names, text_name};

impl Charter {
    /// Loads a charter from the bytes of its file; `file_name` is only for the faults.
    ///
    /// The nine tables are read first; if that finds no fault, what they say together is checked. A charter is made only
    /// of a file without fault.
    ///
    /// # Errors
    /// All [`Faults`] of the first of the two steps that finds one, in the order of their lines.
    pub fn load(bytes: &[u8], file_name: &str) -> Result<Self, Faults> {
        let text = CharterText::parse(bytes, file_name).map_err(|fault| Faults(vec![*fault]))?;
        let mut findings = Findings::new(&text);
        // What a later version of the fold means by its words cannot be checked here.
        if let Some(needs) = newer_fold(&text) {
            let hint = Some("bring this program up to date".to_owned());
            let what = FaultKind::NewerFold { needs, has: FOLD_VERSION };
            findings.add(&["charter".to_owned(), "fold".to_owned()], what, hint);
            return Err(Faults(findings.into_sorted()));
        }
        let charter = read_charter(&text, bytes, &mut findings);
        if let Some(charter) = charter
            && findings.is_empty()
        {
            check::check(&charter, &mut findings);
            if findings.is_empty() {
                return Ok(charter);
            }
        }
        Err(Faults(findings.into_sorted()))
    }
}

/// Returns the version of the fold that a charter asks for, if it is later than this program's.
fn newer_fold(text: &CharterText<'_>) -> Option<u32> {
    let fold = text.root.get("charter")?.get_ref().as_table()?.get("fold")?;
    let needs = u32::try_from(crate::text::natural(fold.get_ref())?).unwrap_or(u32::MAX);
    (needs > FOLD_VERSION).then_some(needs)
}

fn read_charter(text: &CharterText<'_>, bytes: &[u8], f: &mut Findings<'_>) -> Option<Charter> {
    let mut root = Reader::new(&text.root, Vec::new());
    let head = root.table("charter", f).map(|r| read_head(r, f));
    if head.is_none() {
        f.add(&[], FaultKind::Missing("charter"), None);
    }
    let witnessing = root.table("witnessing", f).map(|r| read_witnessing(r, f));
    if witnessing.is_none() {
        f.add(&[], FaultKind::Missing("witnessing"), None);
    }
    let articles = read_articles(&mut root, f);
    let outside = outside::read_outside(&mut root, f);
    let keys = tables::read_keys(&mut root, f);
    let parties = tables::read_parties(&mut root, keys, f);
    let statuses = tables::read_statuses(&mut root, f);
    let organs = tables::read_organs(&mut root, f);
    let labels = tables::read_labels(&mut root, f);
    let acts = acts::read_acts(&mut root, f);
    let rules = rules::read_rules(&mut root, f);
    let machines = machines::read_machines(&mut root, f);
    let duties = machines::read_duties(&mut root, f);
    let calendars = tables::read_calendars(&mut root, f);
    let delegations = acts::read_delegations(&mut root, f);
    let alarms = alarms::read_alarms(&mut root, f);
    let scales = scales::read_scales(&mut root, f);
    root.finish(f);
    let head = head??;
    Some(Charter {
        name: head.name,
        title: head.title,
        version: head.version,
        fold: head.fold,
        organisation: head.organisation,
        hash: Hash::of(&[bytes]),
        text: String::from_utf8_lossy(bytes).into(),
        calendar: head.calendar,
        default_label: head.default_label,
        witnessing: witnessing??,
        outside,
        articles,
        parties,
        statuses,
        organs,
        labels,
        acts,
        rules,
        machines,
        duties,
        calendars,
        delegations,
        alarms,
        scales,
    })
}

struct Head {
    name: String,
    title: String,
    version: u32,
    fold: u32,
    organisation: String,
    calendar: CalendarName,
    default_label: Label,
}

fn read_head(mut r: Reader<'_, '_>, f: &mut Findings<'_>) -> Option<Head> {
    let name = r.required_text("name", f);
    let title = r.required_text("title", f);
    let version = required_number(&mut r, "version", f);
    let fold = small_number(&mut r, "fold", f).unwrap_or(1);
    let organisation =
        words::required_name(&mut r, "organisation", "an origin's first part", &organisation, f);
    let calendar = words::required_name(&mut r, "calendar", "a calendar", &CalendarName::parse, f);
    let default_label = words::required_name(&mut r, "default_label", "a label", &Label::parse, f);
    r.finish(f);
    Some(Head {
        name: name?.to_owned(),
        title: title?.to_owned(),
        version: version?,
        fold,
        organisation: organisation?,
        calendar: calendar?,
        default_label: default_label?,
    })
}

/// Reads the first part of every origin: as a party's id, for both stand between the slashes of an origin.
fn organisation(text: &str) -> Result<String, veche_ledger::name::NotAName> {
    veche_ledger::PartyId::parse(text).map(|id| id.to_string())
}

fn read_witnessing(mut r: Reader<'_, '_>, f: &mut Findings<'_>) -> Option<Witnessing> {
    let by: BTreeSet<StatusName> = names(&mut r, "by", "a status", &StatusName::parse, f);
    let quorum = required_number(&mut r, "quorum", f);
    let colluding = required_number(&mut r, "colluding", f);
    let histories = small_number(&mut r, "histories", f);
    let article = article(&mut r, f);
    r.finish(f);
    Some(Witnessing { by, quorum: quorum?, colluding: colluding?, histories, article })
}

fn read_articles(root: &mut Reader<'_, '_>, f: &mut Findings<'_>) -> BTreeMap<ArticleId, String> {
    let mut out = BTreeMap::new();
    let Some(r) = root.table("articles", f) else { return out };
    for (key, value) in r.pairs() {
        let id = name(&r.at(key), key, "an article's number", &ArticleId::parse, f);
        match (id, value.as_str()) {
            (Some(id), Some(text)) => {
                out.insert(id, text.to_owned());
            }
            (_, None) => r.wrong(key, "a text", value, f),
            (None, _) => {}
        }
    }
    out
}

fn required_number(r: &mut Reader<'_, '_>, key: &'static str, f: &mut Findings<'_>) -> Option<u32> {
    if !r.has(key) {
        f.add(r.path(), FaultKind::Missing(key), None);
    }
    small_number(r, key, f)
}

/// Reads a number that counts parties, officers or versions.
fn small_number(r: &mut Reader<'_, '_>, key: &'static str, f: &mut Findings<'_>) -> Option<u32> {
    let number = r.number(key, f)?;
    let small = u32::try_from(number).ok();
    if small.is_none() {
        let what = FaultKind::WrongForm {
            key: key.to_owned(),
            expected: "a number below 4294967296",
            found: format!("`{number}`"),
        };
        f.add(&r.at(key), what, None);
    }
    small
}

fn article(r: &mut Reader<'_, '_>, f: &mut Findings<'_>) -> Option<ArticleId> {
    text_name(r, "article", "an article's number", &ArticleId::parse, f)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The demo's charter: what most tests here are about.
    pub(crate) const SIX_RIVERS: &str = include_str!("../../../charters/six-rivers/charter.toml");

    pub(crate) fn six_rivers() -> Charter {
        match Charter::load(SIX_RIVERS.as_bytes(), "charters/six-rivers/charter.toml") {
            Ok(charter) => charter,
            Err(faults) => panic!("{faults}"),
        }
    }
}
