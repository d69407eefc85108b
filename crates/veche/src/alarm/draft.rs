//! From an alarm to terms that a person may sign: of the act that the charter names, with the fields that it has.

use super::Named;
use super::run::Found;
use super::say::{check, signing, the_alarm};
use crate::answer::Answer;
use crate::failure::{Failure, FailureKind};
use crate::file;
use serde_json::json;
use std::path::Path;
use veche_charter::model::Duty;
use veche_ledger::Kind;
use veche_node::picture::alarms::{drafted, replayed};
use veche_node::picture::warning::{confidence_text, false_alarms};
use veche_picture::alarm::draft::AlarmDraft;

/// Drafts a warning from an alarm.
pub(super) fn draft(
    found: &Found,
    named: &Named,
    level: &str,
    out: Option<&Path>,
) -> Result<Answer, Failure> {
    let alarm = the_alarm(found, named)?;
    let internal = |what: String| Failure::new(FailureKind::Internal(what));
    let replayed = replayed(&found.panel, found.rule, found.watched.months.1)
        .map_err(|error| internal(error.to_string()))?;
    let last_year = found.watched.desk.last_year();
    let (rule, on) = ((&found.name, &found.of), (alarm, last_year));
    let drafted = drafted(&found.charter, rule, &found.panel, on, &replayed, level)
        .ok_or_else(|| internal(format!("lost the counts of {}", alarm.subject.0)))?;
    let (kind, draft, terms) = (&found.of.draft, drafted.draft, drafted.terms);
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
