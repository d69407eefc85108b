//! `veche picture warn`: a draft that a person may sign, change or drop.

use super::Asked;
use super::find::Found;
use super::tension::{named, no_index, reasons, word};
use crate::answer::Answer;
use crate::failure::{Failure, FailureKind};
use crate::file;
use crate::progress::Bar;
use serde_json::json;
use std::path::Path;
use veche_ledger::commit::TERMS_LEN_MAX;
use veche_ledger::json::Value;
use veche_picture::replay::OUTCOME_MONTHS;
use veche_picture::tension::Reason;
use veche_picture::warn::{Evidence, RecordUsed, Threshold};
use veche_picture::{Bands, Date, Draft, Drafted, Outcome, Policy, draft};

/// Drafts a warning and writes its terms where asked.
pub(crate) fn run(
    asked: &Asked,
    threshold: Threshold,
    out: Option<&Path>,
) -> Result<Answer, Failure> {
    let found = Found::of(asked)?;
    let policy = Policy { threshold, outcome: Outcome::DEFAULT, bands: Bands::DEFAULT };
    let mut bar = Bar::new();
    let drafted = draft(&found.panel, found.area, found.at, policy, &mut |step| bar.show(step));
    drop(bar);
    match drafted {
        Drafted::Draft(draft) => written(&draft, asked.as_of, out),
        Drafted::Below { index, threshold } => {
            let text = format!(
                "no draft: the tension index of {} for {} is {index}, under the threshold of {}",
                named(found.history()?),
                found.at,
                threshold.index()
            );
            Ok(Answer::new(
                text,
                json!({ "draft": null, "index": index, "threshold": threshold.index() }),
            ))
        }
        Drafted::NoData(why) => Err(no_index(found.history()?, why)),
        Drafted::UnknownArea(area) => {
            Err(Failure::new(FailureKind::Internal(format!("lost {area}"))))
        }
    }
}

fn written(draft: &Draft, as_of: Option<Date>, out: Option<&Path>) -> Result<Answer, Failure> {
    let terms = terms(draft, as_of).to_bytes();
    if terms.len() > TERMS_LEN_MAX {
        let what = format!("the terms have {} bytes, over {TERMS_LEN_MAX}", terms.len());
        return Err(Failure::new(FailureKind::Internal(what)));
    }
    if let Some(out) = out {
        file::write(out, &terms)?;
    }
    let parsed: serde_json::Value = serde_json::from_slice(&terms)
        .map_err(|error| Failure::new(FailureKind::Internal(error.to_string())))?;
    let told = json!({ "draft": draft, "terms": parsed, "out": out.map(Path::to_string_lossy) });
    Ok(Answer::new(text(draft, as_of, out), told))
}

fn text(draft: &Draft, as_of: Option<Date>, out: Option<&Path>) -> String {
    let used: Vec<Reason> = draft.evidence.iter().map(|evidence| evidence.reason).collect();
    let mut lines = vec![
        "DRAFT: nothing is sent until a person signs it".to_owned(),
        String::new(),
        draft.statement.clone(),
        String::new(),
        format!("level:        {}", word(draft.level)),
        format!("horizon:      {} to {}", draft.horizon.0, draft.horizon.1),
        format!("confidence:   {}", draft.confidence_text),
        format!("false alarms: {}", rate(draft)),
        format!("  counted as: {}", draft.false_alarm_definition),
        "evidence:".to_owned(),
        reasons(&used),
        format!("formula: {}", draft.tension.formula),
    ];
    if let Some(day) = as_of {
        lines.push(format!("as known on {day}, whatever became known later"));
    }
    if let Some(out) = out {
        lines.push(format!("terms written to `{}`", out.display()));
    }
    lines.join("\n")
}

/// Returns the threshold's false-alarm rate with what it was counted over.
fn rate(draft: &Draft) -> String {
    let (record, whose) = match draft.record_used {
        RecordUsed::Area => (&draft.area_record, "this area"),
        RecordUsed::Panel => (&draft.panel_record, "all areas"),
    };
    match draft.false_alarms_per_mille {
        Some(rate) => format!(
            "{}.{} % of {} alarms in {} past months of {whose}",
            rate / 10,
            rate % 10,
            record.alarms,
            record.months
        ),
        None => format!("unknown: no alarm in {} past months of {whose}", record.months),
    }
}

/// Returns the terms of a `warning`, as a charter's act of that name takes them.
fn terms(draft: &Draft, as_of: Option<Date>) -> Value {
    let mut evidence = Value::map([
        ("formula", Value::text(draft.tension.formula)),
        ("series", Value::text(&draft.series)),
        ("month", Value::text(draft.month)),
        ("index", Value::Int(draft.tension.index.into())),
        ("threshold", Value::Int(draft.threshold.index().into())),
        ("reasons", Value::List(draft.evidence.iter().map(reason).collect())),
    ]);
    if let (Value::Map(map), Some(day)) = (&mut evidence, as_of) {
        map.insert("as_of".to_owned(), Value::text(day));
    }
    Value::map([
        ("title", Value::text(format!("{}: tension {}", draft.area_name, word(draft.level)))),
        ("area", Value::text(draft.area)),
        ("level", Value::text(word(draft.level))),
        ("horizon", Value::text(format!("{OUTCOME_MONTHS}mo"))),
        ("confidence", Value::text(&draft.confidence_text)),
        ("statement", Value::text(&draft.statement)),
        ("false_alarm_rate", Value::text(rate(draft))),
        ("evidence", evidence),
    ])
}

fn reason(evidence: &Evidence) -> Value {
    let vintages = evidence.vintages.iter().map(Value::text).collect();
    let deaths =
        Value::int(evidence.reason.count).unwrap_or(Value::Int(veche_ledger::json::INT_MAX));
    Value::map([
        ("what", Value::text(evidence.title())),
        ("deaths", deaths),
        ("hundredths", Value::Int(evidence.reason.contribution.into())),
        ("sources", Value::List(vintages)),
    ])
}
