//! Rules of alarms: who is told, and in which acts an analyst's word is kept.

use super::Check;
use crate::alarm::{
    AlarmRule, DISPOSAL_FIELDS, REINSTATEMENT_FIELDS, VERDICTS, lacking, takes_verdicts,
};
use crate::fault::FaultKind;
use crate::model::Act;
use crate::name::AlarmName;
use veche_ledger::Kind;

pub(super) fn check(c: &mut Check<'_, '_, '_>) {
    let charter = c.charter;
    for (name, rule) in &charter.alarms {
        check_answered(c, name, rule);
        check_fields(c, name, "disposal", &rule.disposal, &DISPOSAL_FIELDS);
        check_fields(c, name, "reinstatement", &rule.reinstatement, &REINSTATEMENT_FIELDS);
        let disposal = charter.acts.get(&rule.disposal);
        if disposal
            .is_some_and(|act| lacking(act, &DISPOSAL_FIELDS).is_none() && !takes_verdicts(act))
        {
            let lacks = format!("field `verdict` does not take the words {}", VERDICTS.join(", "));
            add(c, name, "disposal", &rule.disposal, lacks);
        }
    }
}

/// What a draft becomes must be answered by somebody: else an alarm ends in a text that nobody needs to read.
fn check_answered(c: &mut Check<'_, '_, '_>, name: &AlarmName, rule: &AlarmRule) {
    if c.charter.duties_started_by(&rule.draft).next().is_none() {
        let lacks = "no duty waits for an answer to it".to_owned();
        add(c, name, "draft", &rule.draft, lacks);
    }
}

fn check_fields(
    c: &mut Check<'_, '_, '_>,
    name: &AlarmName,
    key: &str,
    kind: &Kind,
    fields: &[&'static str],
) {
    let lacking = c.charter.acts.get(kind).and_then(|act: &Act| lacking(act, fields));
    if let Some(field) = lacking {
        add(c, name, key, kind, format!("it has no field `{field} = \"text!\"`"));
    }
}

fn add(c: &mut Check<'_, '_, '_>, name: &AlarmName, key: &str, kind: &Kind, lacks: String) {
    let what = FaultKind::AlarmAct { rule: name.to_string(), act: kind.to_string(), lacks };
    c.add(&["alarms", name.as_str(), key], what);
}
