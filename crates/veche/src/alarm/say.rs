//! What a person says of an alarm or of a rule, as terms to be signed.

use super::run::Found;
use super::{Named, Person};
use crate::answer::Answer;
use crate::failure::{Failure, FailureKind};
use crate::file;
use crate::picture::find::area;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;
use veche_charter::act::FieldValue;
use veche_ledger::commit::TERMS_LEN_MAX;
use veche_ledger::{Kind, Value};
use veche_node::picture::alarms::month;
use veche_picture::alarm::{Alarm, Standing, Verdict};

/// What an alarm is found to be, as typed.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(crate) enum VerdictArg {
    /// Something happens there
    Confirmed,
    /// Nothing does, so far as one can tell
    NotConfirmed,
    /// The data are wrong
    DataArtefact,
}

impl From<VerdictArg> for Verdict {
    fn from(verdict: VerdictArg) -> Self {
        match verdict {
            VerdictArg::Confirmed => Self::Confirmed,
            VerdictArg::NotConfirmed => Self::NotConfirmed,
            VerdictArg::DataArtefact => Self::DataArtefact,
        }
    }
}

/// Writes the terms in which an alarm is disposed of.
pub(super) fn dispose(
    found: &Found,
    named: &Named,
    verdict: VerdictArg,
    person: &Person,
) -> Result<Answer, Failure> {
    let alarm = the_alarm(found, named)?;
    let terms = Value::map([
        ("rule", Value::text(&found.name)),
        ("unit", Value::text(alarm.subject.0)),
        ("opened", Value::text(month(alarm.opened()))),
        ("seen", Value::text(found.watched.months.1)),
        ("verdict", Value::text(Verdict::from(verdict).word())),
        ("analyst", Value::text(&person.analyst)),
        ("reason", Value::text(&person.reason)),
    ]);
    written(found, &found.of.disposal, &terms, person.out.as_deref())
}

/// Writes the terms in which a rule is put on again.
pub(super) fn reinstate(found: &Found, person: &Person) -> Result<Answer, Failure> {
    if found.watched.desk.standing() == Standing::On {
        let what = "it is on; only a rule that its record switched off is reinstated".to_owned();
        let rule = found.name.to_string();
        return Err(Failure::new(FailureKind::Alarms { rule, what }));
    }
    let terms = Value::map([
        ("rule", Value::text(&found.name)),
        ("seen", Value::text(found.watched.months.1)),
        ("analyst", Value::text(&person.analyst)),
        ("reason", Value::text(&person.reason)),
    ]);
    written(found, &found.of.reinstatement, &terms, person.out.as_deref())
}

/// Returns the alarm that is meant: the one that a month opened, or the area's last.
pub(super) fn the_alarm<'f>(found: &'f Found, named: &Named) -> Result<&'f Alarm, Failure> {
    let unit = area(&found.panel, &named.area)?.area();
    let of_unit: Vec<&Alarm> =
        found.watched.desk.alarms().iter().filter(|alarm| alarm.subject.0 == unit).collect();
    let opened = |alarm: &Alarm| month(alarm.opened());
    let meant = match named.opened {
        Some(wanted) => of_unit.iter().find(|alarm| opened(alarm) == wanted.to_string()),
        None => of_unit.last(),
    };
    meant.copied().ok_or_else(|| {
        let (first, last) = found.watched.months;
        let when =
            named.opened.map(|opened| format!(" that opened in {opened}")).unwrap_or_default();
        let what = format!("{unit} has no alarm{when} from {first} to {last}");
        let others: Vec<String> = of_unit.iter().map(|alarm| opened(alarm)).collect();
        let hint = if others.is_empty() {
            "`veche alarm list --all` lists them".to_owned()
        } else {
            format!("it has those of {}", others.join(", "))
        };
        let rule = found.name.to_string();
        Failure::new(FailureKind::NoAlarm { rule, what }).hinting(Some(hint))
    })
}

/// Checks terms against the charter's act, writes them where asked, and says how they are signed.
pub(super) fn written(
    found: &Found,
    kind: &Kind,
    terms: &Value,
    out: Option<&Path>,
) -> Result<Answer, Failure> {
    check(found, kind, terms)?;
    let bytes = terms.to_bytes();
    let mut lines = vec![format!("terms of `{kind}`: nothing is said until a person signs them")];
    for (name, value) in terms.as_map().into_iter().flatten() {
        lines.push(format!(
            "  {name}: {}",
            value.as_text().map_or_else(|| value.to_string(), str::to_owned)
        ));
    }
    if let Some(out) = out {
        file::write(out, &bytes)?;
        lines.push(format!("terms written to `{}`; to sign them:", out.display()));
        lines.push(format!("  {}", signing(kind, out)));
    }
    let parsed: serde_json::Value = serde_json::from_slice(&bytes)
        .map_err(|error| Failure::new(FailureKind::Internal(error.to_string())))?;
    let told =
        json!({ "kind": kind.as_str(), "terms": parsed, "out": out.map(Path::to_string_lossy) });
    Ok(Answer::new(lines.join("\n"), told))
}

/// Returns the command that signs terms.
pub(super) fn signing(kind: &Kind, out: &Path) -> String {
    format!(
        "veche record say --store STORE --kind {kind} --terms {} --passphrase-file FILE",
        out.display()
    )
}

/// Refuses terms that the charter would.
pub(super) fn check(found: &Found, kind: &Kind, terms: &Value) -> Result<(), Failure> {
    let refused = |why: String| Failure::new(FailureKind::Refused { act: kind.to_string(), why });
    if terms.to_bytes().len() > TERMS_LEN_MAX {
        return Err(refused(format!("the terms have over {TERMS_LEN_MAX} bytes")));
    }
    let Some(act) = found.charter.acts.get(kind) else {
        return Err(refused("the charter has no such act".to_owned()));
    };
    let fields: BTreeMap<&str, FieldValue<'_>> = terms
        .as_map()
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.as_str(), field_value(value)))
        .collect();
    match found.charter.check_terms(act, &fields).first() {
        Some(fault) => Err(refused(fault.to_string())),
        None => Ok(()),
    }
}

fn field_value(value: &Value) -> FieldValue<'_> {
    match value {
        Value::Bool(flag) => FieldValue::Bool(*flag),
        Value::Int(number) => FieldValue::Int(*number),
        Value::Text(text) => FieldValue::Text(text.as_str()),
        Value::List(items) => FieldValue::List(items.len()),
        Value::Map(_) => FieldValue::Map,
    }
}
