//! Rules of alarms: from when on a count is surprising enough to ask an analyst, and what people say of it as records.
//!
//! Nothing here raises an alarm: that is the picture's, which knows no records. A charter says with what settings, which
//! acts carry an analyst's word, and which act a draft becomes.

use crate::model::{Act, Charter, Duty, FieldForm, Trigger};
use crate::name::{ArticleId, DutyName};
use veche_ledger::Kind;

/// One in millionths.
pub const MILLION: u32 = 1_000_000;

/// What an analyst may find an alarm to be, as the field `verdict` says it.
pub const VERDICTS: [&str; 3] = ["confirmed", "not_confirmed", "data_artefact"];

/// Fields that an act has in which an analyst disposes of an alarm, each a required `text` or `word`: the rule, the unit,
/// the period that opened the alarm, the last period that the analyst has seen, the finding, who, why.
pub const DISPOSAL_FIELDS: [&str; 7] =
    ["rule", "unit", "opened", "seen", "verdict", "analyst", "reason"];

/// Fields that an act has which reinstates a rule, each a required `text` or `word`.
pub const REINSTATEMENT_FIELDS: [&str; 4] = ["rule", "seen", "analyst", "reason"];

/// A rule of alarms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmRule {
    /// Name for people.
    pub title: String,
    /// The series of counts that it watches, as the picture names it.
    pub series: String,
    /// The act that a draft becomes; some duty waits for an answer to it.
    pub draft: Kind,
    /// The act in which an analyst disposes of an alarm.
    pub disposal: Kind,
    /// The act that reinstates the rule after its record switched it off.
    pub reinstatement: Kind,
    /// From when on, how many, for how long.
    pub settings: AlarmSettings,
    /// Where the charter says so.
    pub article: Option<ArticleId>,
}

/// The numbers of a rule of alarms. Shares are in millionths, so that nobody compares fractions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlarmSettings {
    /// Share of chance among a period's alarms that is put up with; a whole million asks for nothing.
    pub false_discovery_millionths: u32,
    /// Largest tail probability at which an alarm opens.
    pub open_millionths: u32,
    /// Largest tail probability of a period that is not quiet.
    pub close_millionths: u32,
    /// Quiet periods in a row after which an alarm closes.
    pub close_after: u32,
    /// Most new alarms of a period.
    pub budget: u32,
    /// Periods in a year: a multiple of four.
    pub periods_a_year: u32,
    /// Share of confirmed among disposed alarms that the rule promises.
    pub precision_millionths: u32,
    /// Fewest disposals of a quarter that say something.
    pub disposals_min: u32,
}

impl Charter {
    /// Returns the duties that an act of a kind starts: by the act itself, or by the start of the machine that it opens.
    pub fn duties_started_by<'c>(
        &'c self,
        kind: &'c Kind,
    ) -> impl Iterator<Item = (&'c DutyName, &'c Duty)> {
        let opens = self.acts.get(kind).and_then(|act| act.opens.as_ref());
        self.duties.iter().filter(move |(_, duty)| match &duty.trigger {
            Trigger::Act(of) => of == kind,
            Trigger::State(machine, state) => {
                opens == Some(machine)
                    && self.machines.get(machine).is_some_and(|machine| machine.start == *state)
            }
        })
    }
}

/// Returns the first of these fields that an act lacks as a required text or word.
pub(crate) fn lacking(act: &Act, fields: &[&'static str]) -> Option<&'static str> {
    fields.iter().copied().find(|wanted| {
        let field = act.fields.get(*wanted);
        !field.is_some_and(|field| {
            field.required && matches!(field.form, FieldForm::Text | FieldForm::Word)
        })
    })
}

/// Returns whether an act's field `verdict` takes the three findings and no other word.
pub(crate) fn takes_verdicts(act: &Act) -> bool {
    let field = act.fields.get("verdict");
    field.is_some_and(|field| {
        field.form == FieldForm::Word
            && field.one_of.written().len() == VERDICTS.len()
            && VERDICTS.iter().all(|verdict| field.one_of.contains(verdict))
    })
}
