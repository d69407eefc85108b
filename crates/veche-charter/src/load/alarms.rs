//! Rules of alarms.

use super::words::{name, required_name};
use super::{article, required_number, small_number};
use crate::alarm::{AlarmRule, AlarmSettings, MILLION};
use crate::fault::FaultKind;
use crate::name::AlarmName;
use crate::text::{Findings, Reader};
use std::collections::BTreeMap;
use veche_ledger::Kind;

/// Longest name of a series, in bytes: the picture's own limit.
const SERIES_LEN_MAX: usize = 40;

pub(super) fn read_alarms(
    root: &mut Reader<'_, '_>,
    f: &mut Findings<'_>,
) -> BTreeMap<AlarmName, AlarmRule> {
    let mut out = BTreeMap::new();
    for (key, mut r) in root.entries("alarms", f) {
        let id = name(r.path(), key, "a rule of alarms", &AlarmName::parse, f);
        let rule = read_alarm(key, &mut r, f);
        r.finish(f);
        out.extend(id.zip(rule));
    }
    out
}

fn read_alarm(key: &str, r: &mut Reader<'_, '_>, f: &mut Findings<'_>) -> Option<AlarmRule> {
    let title = r.text("title", f).unwrap_or(key).to_owned();
    let series = required_name(r, "series", "a series of counts", &series, f);
    let draft = required_name(r, "draft", "a kind", &Kind::parse, f);
    let disposal = required_name(r, "disposal", "a kind", &Kind::parse, f);
    let reinstatement = required_name(r, "reinstatement", "a kind", &Kind::parse, f);
    let settings = read_settings(r, f);
    let article = article(r, f);
    Some(AlarmRule {
        title,
        series: series?,
        draft: draft?,
        disposal: disposal?,
        reinstatement: reinstatement?,
        settings: settings?,
        article,
    })
}

/// Parses the name of a series of counts, as the picture has it.
pub(super) fn series(text: &str) -> Result<String, String> {
    let fits = (1..=SERIES_LEN_MAX).contains(&text.len());
    let plain = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if fits && plain {
        return Ok(text.to_owned());
    }
    Err(format!("lower-case letters, digits, `_`, at most {SERIES_LEN_MAX}"))
}

fn read_settings(r: &mut Reader<'_, '_>, f: &mut Findings<'_>) -> Option<AlarmSettings> {
    let false_discovery_millionths = if r.has("false_discovery_millionths") {
        share(r, "false_discovery_millionths", f)
    } else {
        // Known, so that a slip of the pen is offered it.
        small_number(r, "false_discovery_millionths", f).or(Some(MILLION))
    };
    let open_millionths = share(r, "open_millionths", f);
    let close_millionths = share(r, "close_millionths", f);
    let close_after = counting(r, "close_after", f);
    let budget = counting(r, "budget", f);
    let periods_a_year = counting(r, "periods_a_year", f);
    let precision_millionths = share(r, "precision_millionths", f);
    let disposals_min = counting(r, "disposals_min", f);
    let settings = AlarmSettings {
        false_discovery_millionths: false_discovery_millionths?,
        open_millionths: open_millionths?,
        close_millionths: close_millionths?,
        close_after: close_after?,
        budget: budget?,
        periods_a_year: periods_a_year?,
        precision_millionths: precision_millionths?,
        disposals_min: disposals_min?,
    };
    if settings.close_millionths < settings.open_millionths {
        let what = "`close_millionths` is less than `open_millionths`: an alarm would be quiet in the period that opens it"
            .to_owned();
        f.add(&r.at("close_millionths"), FaultKind::Contradiction(what), None);
    }
    if !settings.periods_a_year.is_multiple_of(4) {
        let what =
            "`periods_a_year` is no multiple of 4, so that a year has no quarters".to_owned();
        let hint = Some("12 for months, 52 for weeks".to_owned());
        f.add(&r.at("periods_a_year"), FaultKind::Contradiction(what), hint);
    }
    Some(settings)
}

/// Reads a share that must be there: 1 to a million millionths.
fn share(r: &mut Reader<'_, '_>, key: &'static str, f: &mut Findings<'_>) -> Option<u32> {
    let share = required_number(r, key, f)?;
    if !(1..=MILLION).contains(&share) {
        let what = FaultKind::WrongForm {
            key: key.to_owned(),
            expected: "a share of 1 to 1000000 millionths",
            found: format!("`{share}`"),
        };
        f.add(&r.at(key), what, None);
        return None;
    }
    Some(share)
}

/// Reads a number that must be there and counts something.
fn counting(r: &mut Reader<'_, '_>, key: &'static str, f: &mut Findings<'_>) -> Option<u32> {
    let number = required_number(r, key, f)?;
    if number == 0 {
        let what = FaultKind::WrongForm {
            key: key.to_owned(),
            expected: "a number of at least 1",
            found: "`0`".to_owned(),
        };
        f.add(&r.at(key), what, None);
        return None;
    }
    Some(number)
}
