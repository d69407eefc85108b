//! Warning drafts: what a person may sign, with the threshold's own record beside it.
//!
//! **Invariant:** a draft states no false-alarm rate that was not replayed from the panel it is drafted from.

use crate::area::{AreaId, Series};
use crate::history::{History, Panel};
use crate::month::Month;
use crate::progress::Progress;
use crate::replay::{OUTCOME_MONTHS, Outcome, Record, replay, replay_panel};
use crate::tension::{Bands, Cause, Class, NoData, Reading, Reason, Tension, tension};
use crate::vintage::Vintage;
use std::collections::BTreeSet;

/// Fewest alarms from which a record says something; with fewer, the panel's record is used.
pub const ALARMS_MIN: u64 = 10;
/// How the rate is defined, word for word as every draft says it.
pub const FALSE_ALARM_DEFINITION: &str = "of the past months in which the index, from the months up to then alone, was \
     at or over the threshold, the share after which the outcome did not happen in the next three months; months \
     whose outcome is not known or is a proxy are left out; counts are as known now, not as first published";

/// An index from 1 to 100 at which a warning is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Threshold(u8);

impl Threshold {
    /// Returns a threshold; `None` for 0, which every month reaches, and over 100, which none does.
    #[must_use]
    pub fn new(index: u8) -> Option<Self> {
        (1..=100).contains(&index).then_some(Self(index))
    }

    /// Returns the index.
    #[must_use]
    pub const fn index(self) -> u8 {
        self.0
    }
}

/// By what a draft is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// The index at which a warning is due.
    pub threshold: Threshold,
    /// What the warning warns of.
    pub outcome: Outcome,
    /// Which index is which class.
    pub bands: Bands,
}

/// What asking for a draft came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Drafted {
    /// A draft.
    Draft(Box<Draft>),
    /// The index is under the threshold, so there is nothing to draft.
    Below {
        /// The index.
        index: u8,
        /// The threshold.
        threshold: Threshold,
    },
    /// There is no index.
    NoData(NoData),
    /// The panel does not know the area.
    UnknownArea(AreaId),
}

/// How far a threshold's record bears a warning out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// Fewer than one alarm in three was followed by the outcome, or there are too few alarms to say.
    Low,
    /// One in three or more.
    Moderate,
    /// Two in three or more.
    High,
}

/// A warning that a person may sign, change or drop.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Draft {
    /// The area.
    pub area: AreaId,
    /// Its name, or its number where no name is known.
    pub area_name: String,
    /// What was counted.
    pub series: Series,
    /// The last month of data.
    pub month: Month,
    /// The class of the index.
    pub level: Class,
    /// The index, its parts and reasons.
    pub tension: Tension,
    /// The index at which a warning was due.
    pub threshold: Threshold,
    /// The months that the warning is about, first and last.
    pub horizon: (Month, Month),
    /// What the warning warns of.
    pub outcome: Outcome,
    /// How far the threshold's record bears it out.
    pub confidence: Confidence,
    /// The same in a sentence, with the numbers that it rests on.
    pub confidence_text: String,
    /// The warning in two sentences.
    pub statement: String,
    /// What it rests on, the largest first.
    pub evidence: Vec<Evidence>,
    /// False alarms as a share of alarms, in thousandths, from the record that `confidence` rests on.
    pub false_alarms_per_mille: Option<u64>,
    /// How that share is defined.
    pub false_alarm_definition: &'static str,
    /// Mean lead time of that record's hits, in tenths of a month.
    pub lead_tenths: Option<u64>,
    /// Whether that record is the area's own, or the whole panel's for want of alarms.
    pub record_used: RecordUsed,
    /// The threshold's record in this area.
    pub area_record: Record,
    /// The threshold's record in all areas of the panel.
    pub panel_record: Record,
}

/// Which record a draft's rate is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordUsed {
    /// The area's own.
    Area,
    /// That of all areas of the panel.
    Panel,
}

/// One thing that a draft rests on.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Evidence {
    /// The month, event or events, with deaths and contribution.
    pub reason: Reason,
    /// SHA-256 of the inputs that it is from, each once.
    pub vintages: Vec<Vintage>,
}

/// Drafts a warning for an area if its index in a month is at or over the policy's threshold.
///
/// The threshold's record is replayed over the panel with what was known at the end of that month.
#[must_use]
pub fn draft(
    panel: &Panel,
    area: AreaId,
    at: Month,
    policy: Policy,
    progress: &mut dyn FnMut(Progress),
) -> Drafted {
    let Some(history) = panel.get(area) else {
        return Drafted::UnknownArea(area);
    };
    let tension = match tension(history, at) {
        Reading::Known(tension) => tension,
        Reading::NoData(why) => return Drafted::NoData(why),
    };
    let threshold = policy.threshold;
    if tension.index < threshold.index() {
        return Drafted::Below { index: tension.index, threshold };
    }
    let area_record = replay(history, threshold.index(), policy.outcome, at);
    let panel_record = replay_panel(panel, threshold.index(), policy.outcome, at, progress);
    Drafted::Draft(Box::new(written(history, tension, policy, area_record, panel_record)))
}

fn written(
    history: &History,
    tension: Tension,
    policy: Policy,
    area_record: Record,
    panel_record: Record,
) -> Draft {
    let (record_used, record) = if area_record.alarms >= ALARMS_MIN {
        (RecordUsed::Area, area_record)
    } else {
        (RecordUsed::Panel, panel_record)
    };
    let confidence = confidence(&record);
    let months = i32::try_from(OUTCOME_MONTHS).unwrap_or_default();
    let month = tension.month;
    let horizon = (month.plus(1).unwrap_or(month), month.plus(months).unwrap_or(month));
    let level = policy.bands.class_of(tension.index);
    let area_name = history.name();
    Draft {
        area: history.area(),
        series: history.series().clone(),
        month,
        level,
        threshold: policy.threshold,
        horizon,
        outcome: policy.outcome,
        confidence,
        confidence_text: confidence_text(confidence, record_used, &record),
        statement: statement(&area_name, &tension, level, horizon, policy),
        evidence: evidence(history, &tension),
        false_alarms_per_mille: record.false_alarms_per_mille(),
        false_alarm_definition: FALSE_ALARM_DEFINITION,
        lead_tenths: record.lead_tenths(),
        record_used,
        area_record,
        panel_record,
        area_name,
        tension,
    }
}

pub(crate) fn confidence(record: &Record) -> Confidence {
    if record.alarms < ALARMS_MIN || 3 * record.hits < record.alarms {
        Confidence::Low
    } else if 3 * record.hits < 2 * record.alarms {
        Confidence::Moderate
    } else {
        Confidence::High
    }
}

fn confidence_text(confidence: Confidence, used: RecordUsed, record: &Record) -> String {
    let word = match confidence {
        Confidence::Low => "Low",
        Confidence::Moderate => "Moderate",
        Confidence::High => "High",
    };
    let of = match used {
        RecordUsed::Area => "this area",
        RecordUsed::Panel => "all areas (this one has too few alarms)",
    };
    let Record { months, alarms, hits, misses, .. } = record;
    let few = if *alarms < ALARMS_MIN { "; too few alarms to say more" } else { "" };
    format!(
        "{word}: over {months} past months of {of}, the threshold gave {alarms} alarms, {hits} of them followed by the \
         outcome, and missed {misses}{few}"
    )
}

fn statement(
    name: &str,
    tension: &Tension,
    level: Class,
    horizon: (Month, Month),
    policy: Policy,
) -> String {
    let class = match level {
        Class::Calm => "calm",
        Class::Watch => "watch",
        Class::Tense => "tense",
        Class::Acute => "acute",
        Class::Crisis => "crisis",
    };
    let Outcome { deaths_min, growth } = policy.outcome;
    format!(
        "The tension index of {name} for {} is {} ({class}), at or over the threshold of {}. The warning is of at least \
         {deaths_min} deaths from {} to {} and at least {growth} times the mean three months of the year before.",
        tension.month,
        tension.index,
        policy.threshold.index(),
        horizon.0,
        horizon.1,
    )
}

fn evidence(history: &History, tension: &Tension) -> Vec<Evidence> {
    let vintages = |reason: &Reason| {
        let cell = history.place_of(reason.month).and_then(|place| history.cells().get(place));
        let events = cell.into_iter().flat_map(|cell| &cell.events);
        // The events that a reason does not name may be from any input of the month.
        let events = events.filter(|event| match reason.cause {
            Cause::Event(id) => event.id == id,
            Cause::OtherEvents(_) => true,
            Cause::Month => false,
        });
        let rest = cell.into_iter().flat_map(|cell| cell.vintage.iter().chain(&cell.others));
        let found: BTreeSet<_> = events.map(|event| event.vintage).chain(rest.copied()).collect();
        found.into_iter().collect()
    };
    tension
        .reasons
        .iter()
        .map(|reason| Evidence { reason: *reason, vintages: vintages(reason) })
        .collect()
}

impl Evidence {
    /// Returns what the evidence is, for people: `2022-12`, `event 492699 of 2023-10`.
    #[must_use]
    pub fn title(&self) -> String {
        let month = self.reason.month;
        match self.reason.cause {
            Cause::Month => month.to_string(),
            Cause::Event(id) => format!("event {} of {month}", id.0),
            Cause::OtherEvents(count) => format!("{count} other events of {month}"),
        }
    }
}
