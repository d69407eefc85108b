//! From a drafted warning to terms that a person may sign: of the act that the charter names, with the fields that it has.

use veche_charter::model::{Act, FieldForm};
use veche_charter::name::AlarmName;
use veche_ledger::Value;
use veche_picture::alarm::draft::AlarmDraft;
use veche_picture::alarm::watch::Grounds;
use veche_picture::replay::OUTCOME_MONTHS;
use veche_picture::warn::Confidence;

/// Returns the terms: of all that a draft can say, what the act has a field for. `level`: an alarm has none of its own.
#[must_use]
pub fn terms(
    act: &Act,
    rule: &AlarmName,
    draft: &AlarmDraft,
    grounds: &Grounds,
    level: &str,
) -> Value {
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
                ("rule", Value::text(rule)),
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

/// Says how far the replayed record bears a draft out.
#[must_use]
pub fn confidence_text(draft: &AlarmDraft) -> String {
    format!(
        "{}: over {} past unit-months the level was reached {} times, {} of them followed by what is warned of",
        confidence_word(draft.confidence),
        draft.record.months,
        draft.record.alarms,
        draft.record.hits
    )
}

/// Says how often such an alarm was a false one.
#[must_use]
pub fn false_alarms(draft: &AlarmDraft) -> String {
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
