//! From an alarm to terms that a person may sign: of the act that the charter names, with the fields that it has.

use super::Named;
use super::run::Found;
use super::say::{check, signing, the_alarm};
use crate::answer::Answer;
use crate::failure::{Failure, FailureKind};
use crate::file;
use serde_json::json;
use std::path::Path;
use veche_charter::model::{Act, Duty, FieldForm};
use veche_ledger::{Kind, Value};
use veche_picture::Outcome;
use veche_picture::alarm::draft::{AlarmDraft, draft as drafted};
use veche_picture::alarm::replay;
use veche_picture::alarm::watch::Grounds;
use veche_picture::replay::OUTCOME_MONTHS;
use veche_picture::warn::Confidence;

/// Months that the level's record is replayed over.
const REPLAY_MONTHS: i32 = 72;

/// Drafts a warning from an alarm.
pub(super) fn draft(
    found: &Found,
    named: &Named,
    level: &str,
    out: Option<&Path>,
) -> Result<Answer, Failure> {
    let alarm = the_alarm(found, named)?;
    let internal = |what: String| Failure::new(FailureKind::Internal(what));
    let grounds = Grounds::of(&found.panel, alarm)
        .ok_or_else(|| internal(format!("lost the counts of {}", alarm.subject.0)))?;
    let last = found.watched.months.1;
    let first = last.plus(1 - REPLAY_MONTHS).unwrap_or(last);
    let replayed = replay(&found.panel, found.rule, Outcome::DEFAULT, (first, last))
        .map_err(|error| internal(error.to_string()))?;
    let last_year = found.watched.desk.last_year();
    let draft = drafted(alarm, grounds.basis(), Outcome::DEFAULT, &replayed, last_year);
    let kind = &found.of.draft;
    let act = found.charter.acts.get(kind).ok_or_else(|| internal(format!("lost act `{kind}`")))?;
    let terms = terms(act, &draft, &grounds, found, level);
    check(found, kind, &terms)?;
    let mut lines = text(found, kind, &draft);
    if let Some(out) = out {
        file::write(out, &terms.to_bytes())?;
        lines.push(format!("terms written to `{}`; to sign them:", out.display()));
        lines.push(format!("  {}", signing(kind, out)));
    }
    let parsed: serde_json::Value =
        serde_json::from_slice(&terms.to_bytes()).map_err(|error| internal(error.to_string()))?;
    let told = json!({
        "kind": kind.as_str(),
        "draft": draft,
        "duties": found.charter.duties_started_by(kind).map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
        "terms": parsed,
        "out": out.map(Path::to_string_lossy),
    });
    Ok(Answer::new(lines.join("\n"), told))
}

fn text(found: &Found, kind: &Kind, draft: &AlarmDraft) -> Vec<String> {
    let mut lines = vec![
        "DRAFT: nothing is sent until a person signs it".to_owned(),
        String::new(),
        draft.statement.clone(),
        String::new(),
        format!("horizon:      {} to {}", draft.horizon.0, draft.horizon.1),
        format!("confidence:   {}", confidence_text(draft)),
        format!("false alarms: {}", false_alarms(draft)),
        "reasons:".to_owned(),
    ];
    lines.extend(draft.reasons.iter().map(|reason| format!("  {reason}")));
    if draft.horizon.0 <= found.watched.months.1 {
        lines.push(format!(
            "note:         counts are known up to {}: of the months warned of, some are over",
            found.watched.months.1
        ));
    }
    lines.push(format!("becomes:      `{kind}`; then is owed:"));
    let owed = |duty: &Duty| format!("  {}, by `{}`", duty.title, duty.act);
    lines.extend(found.charter.duties_started_by(kind).map(|(_, duty)| owed(duty)));
    lines
}

/// Returns the terms: of all that a draft can say, what the act has a field for.
fn terms(act: &Act, draft: &AlarmDraft, grounds: &Grounds, found: &Found, level: &str) -> Value {
    let horizon_end = draft.horizon.1.plus(1).unwrap_or(draft.horizon.1);
    let deaths = |count: u64| Value::int(count).unwrap_or(Value::Int(veche_ledger::json::INT_MAX));
    let offered = [
        (
            "title",
            Value::text(format!(
                "{}: {} deaths in {}",
                grounds.name, grounds.observed, grounds.month
            )),
        ),
        ("area", Value::text(draft.alarm.subject.0)),
        ("level", Value::text(level)),
        ("horizon", Value::text(format!("{OUTCOME_MONTHS}mo"))),
        ("until", Value::text(format!("{horizon_end}-01T00:00:00Z"))),
        ("confidence", confidence(act, draft)),
        ("statement", Value::text(&draft.statement)),
        ("false_alarm_rate", Value::text(false_alarms(draft))),
        (
            "evidence",
            Value::map([
                ("rule", Value::text(&found.name)),
                ("series", Value::text(&draft.alarm.subject.1)),
                ("month", Value::text(grounds.month)),
                ("deaths", deaths(grounds.observed)),
                ("reasons", Value::List(draft.reasons.iter().map(Value::text).collect())),
                ("sources", Value::List(vec![Value::text(draft.vintage)])),
            ]),
        ),
    ];
    let has = |name: &str| act.fields.keys().any(|field| field.as_str() == name);
    Value::Map(
        offered
            .into_iter()
            .filter(|(name, _)| has(name))
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    )
}

/// Returns the confidence as the act takes it: its word where it lists words, else with its numbers.
fn confidence(act: &Act, draft: &AlarmDraft) -> Value {
    let field = act.fields.iter().find(|(name, _)| name.as_str() == "confidence");
    match field.is_some_and(|(_, field)| field.form == FieldForm::Word) {
        true => Value::text(confidence_word(draft.confidence)),
        false => Value::text(confidence_text(draft)),
    }
}

const fn confidence_word(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Low => "low",
        Confidence::Moderate => "moderate",
        Confidence::High => "high",
    }
}

fn confidence_text(draft: &AlarmDraft) -> String {
    format!(
        "{}: over {} past unit-months the level was reached {} times, {} of them followed by what is warned of",
        confidence_word(draft.confidence),
        draft.record.months,
        draft.record.alarms,
        draft.record.hits
    )
}

fn false_alarms(draft: &AlarmDraft) -> String {
    let (record, year) = (&draft.record, draft.last_year);
    let replayed = match record.false_alarms_per_mille() {
        Some(rate) => format!(
            "{}.{} % of {} times that the level was reached in {} past unit-months",
            rate / 10,
            rate % 10,
            record.alarms,
            record.months
        ),
        None => format!("unknown: the level was not reached in {} past unit-months", record.months),
    };
    format!(
        "{replayed}; of {} alarms disposed of over the last year analysts confirmed {}",
        year.disposed, year.confirmed
    )
}
