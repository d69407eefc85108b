//! From an alarm to a warning that a person may sign, change or drop.

use super::desk::Alarm;
use super::replay::Replayed;
use super::standing::Tally;
use crate::forecast::{Component, Mixture};
use crate::month::Month;
use crate::replay::{OUTCOME_MONTHS, Outcome, Record};
use crate::vintage::Vintage;
use crate::warn::{Confidence, confidence};

/// Most months that are named as what a forecast rested on.
pub const DRIVERS_MAX: usize = 3;

/// What an alarm was raised from.
#[derive(Debug, Clone, Copy)]
pub struct Basis<'a> {
    /// The unit's name, as people know it.
    pub name: &'a str,
    /// The month whose count is surprising.
    pub month: Month,
    /// That count.
    pub observed: u64,
    /// The forecast of that month, made the month before; its parts, the latest month's first.
    pub forecast: &'a Mixture,
    /// The input that the forecast was made from.
    pub vintage: Vintage,
}

/// A month that a forecast rests on.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Driver {
    /// The month.
    pub month: Month,
    /// Its deaths.
    pub count: f64,
    /// Its share of the probability of so many deaths as were observed.
    pub share: f64,
}

/// A draft. Not [`crate::Draft`], which rests on a tension index and its threshold: an alarm has neither.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct AlarmDraft {
    /// The alarm.
    pub alarm: Alarm,
    /// The months that the warning is about, first and last.
    pub horizon: (Month, Month),
    /// What the warning warns of.
    pub outcome: Outcome,
    /// How far the replayed record bears it out.
    pub confidence: Confidence,
    /// The warning in two sentences.
    pub statement: String,
    /// Why: what was expected, how often so much comes by chance, what stood for it before.
    pub reasons: Vec<String>,
    /// The months that most spoke for such a count, the largest share first.
    pub drivers: Vec<Driver>,
    /// What the same level did over past months.
    pub record: Record,
    /// What analysts found of the rule's alarms over the last year.
    pub last_year: Tally,
    /// The input that the forecast was made from.
    pub vintage: Vintage,
}

/// Returns the draft of an alarm, from the last month that was seen of it.
#[must_use]
pub fn draft(
    alarm: &Alarm,
    basis: Basis<'_>,
    outcome: Outcome,
    replayed: &Replayed,
    last_year: Tally,
) -> AlarmDraft {
    let month = basis.month;
    let after = |months: usize| {
        i32::try_from(months).ok().and_then(|months| month.plus(months)).unwrap_or(month)
    };
    let horizon = (after(1), after(OUTCOME_MONTHS));
    let drivers = drivers(basis);
    AlarmDraft {
        alarm: alarm.clone(),
        horizon,
        outcome,
        confidence: confidence(&replayed.record),
        statement: format!(
            "{} counts {} deaths in {month}, more than was to be expected. The warning is of at least {} deaths from {} to \
             {} and at least {} times the mean three months of the year before.",
            basis.name, basis.observed, outcome.deaths_min, horizon.0, horizon.1, outcome.growth,
        ),
        reasons: reasons(alarm, basis, &drivers, replayed, last_year),
        drivers,
        record: replayed.record,
        last_year,
        vintage: basis.vintage,
    }
}

fn drivers(basis: Basis<'_>) -> Vec<Driver> {
    let tail = |component: &Component| {
        let alone = Mixture::new(vec![(1.0, *component)]).ok();
        alone.map_or(0.0, |alone| alone.distribution().at_least(basis.observed))
    };
    let parts = basis.forecast.parts().iter();
    let weighted: Vec<f64> = parts.map(|(weight, component)| weight * tail(component)).collect();
    let whole: f64 = weighted.iter().sum();
    let mut drivers: Vec<Driver> = (1..)
        .zip(basis.forecast.parts().iter().zip(weighted))
        .filter_map(|(back, ((_, component), share))| {
            let month = basis.month.plus(-back)?;
            Some(Driver { month, count: component.mean(), share: share / whole })
        })
        .filter(|driver| driver.share > 0.0)
        .collect();
    // The sort is stable: of equals, the later month comes first.
    drivers.sort_by(|a, b| b.share.total_cmp(&a.share));
    drivers.truncate(DRIVERS_MAX);
    drivers
}

fn reasons(
    alarm: &Alarm,
    basis: Basis<'_>,
    drivers: &[Driver],
    replayed: &Replayed,
    last_year: Tally,
) -> Vec<String> {
    let table = basis.forecast.distribution();
    let mut reasons = vec![format!(
        "expected, from the months up to {}: half of the time at most {:.0} deaths, nine times in ten {:.0} to {:.0}",
        basis.month.plus(-1).unwrap_or(basis.month),
        table.quantile(0.5),
        table.quantile(0.05),
        table.quantile(0.95),
    )];
    if let Some(last) = alarm.sightings.last() {
        let (one_in, bits) = (last.tail.one_in(), last.tail.bits());
        reasons.push(format!(
            "so many or more have a probability of {one_in} ({bits:.1} bits); periods in which the alarm was seen: {}",
            alarm.sightings.len()
        ));
    }
    reasons.extend(drivers.iter().map(|Driver { month, count, share }| {
        format!(
            "{:.0} % of that probability rests on {month}, with {count:.0} deaths",
            100.0 * share
        )
    }));
    if drivers.is_empty() {
        let quiet = basis.forecast.parts().iter().all(|(_, part)| part.mean() <= 0.0);
        reasons.push(if quiet {
            "none of the months before had a death; the probability is that of all quiet units"
                .to_owned()
        } else {
            "none of the months before comes near it".to_owned()
        });
    }
    let Record { months, alarms, hits, .. } = replayed.record;
    reasons.push(format!(
        "replayed over {months} past unit-months, the same level was reached {alarms} times, {hits} of them followed by \
         what is warned of"
    ));
    reasons.push(format!(
        "of {} alarms disposed of over the last year, {} were confirmed",
        last_year.disposed, last_year.confirmed
    ));
    reasons
}
