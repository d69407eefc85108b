//! Why a forecast says what it says, in numbers and in one sentence.

use super::run::{REASONED, Reasons, Run, Unit};
use super::score::CONFLICT_DEATHS;
use super::sums::{Chances, SPANS};
use super::worked::Worked;
use crate::month::Month;
use std::fmt::Write as _;

/// Most months that are named as drivers.
pub const DRIVERS_MAX: usize = 5;
/// Counts of the month after the origin for which it is told what they would change.
pub const WHAT_IF: [u32; 3] = [0, 25, 100];
/// Fewest past forecasts from which a frequency is told.
const LIKE_MIN: u64 = 20;

/// A past month that a chance rests on.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Driver {
    /// The month.
    pub month: Month,
    /// What was counted in it.
    pub count: u32,
    /// Its share of the chance of [`CONFLICT_DEATHS`] or more in a month ahead.
    pub share: f64,
}

/// What the chance would become.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Change {
    /// If so many were counted in the month after the origin.
    pub count: u32,
    /// The chance for the three months after that.
    pub chance: f64,
}

/// How often it happened after past forecasts that gave a chance alike.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Like {
    /// Lower end of the chances taken as alike.
    pub from: f64,
    /// Upper end.
    pub to: f64,
    /// How many past forecasts.
    pub forecasts: u64,
    /// Share of them after which it happened.
    pub happened: f64,
}

/// Why a unit's forecast says what it says.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Explanation {
    /// Chances of sums, by span and threshold.
    pub chances: Chances,
    /// Chance of [`CONFLICT_DEATHS`] or more in one month, the last of the first three ahead.
    pub month: f64,
    /// The first three months ahead.
    pub soon: (Month, Month),
    /// The months that weigh most, most first; none where the forecast is no mixture of months.
    pub drivers: Vec<Driver>,
    /// What moved the trees, where trees forecast.
    pub reasons: Option<Reasons>,
    /// What would change it.
    pub changes: Vec<Change>,
    /// How often it happened in like cases; none where there are too few.
    pub like: Option<Like>,
    /// Nothing was counted for three years: nothing shows that what is said of such a unit is better than silence.
    pub is_unproven: bool,
}

impl Explanation {
    /// Explains the forecast of the unit at that place in its run.
    #[must_use]
    pub fn of(run: &Run, at: usize, worked: &Worked) -> Self {
        let ahead = worked.ahead(run, at);
        let chances = ahead.chances();
        let (from, to, line) = worked.record().like(chances[0][0]);
        let like = Like { from, to, forecasts: line.forecasts, happened: line.happened };
        let first = run.ahead(1).unwrap_or(run.origin());
        Self {
            month: ahead.tail(REASONED, CONFLICT_DEATHS),
            chances,
            soon: (first, run.ahead(SPANS[0]).unwrap_or(first)),
            drivers: run.units().get(at).map(|unit| drivers(run, unit)).unwrap_or_default(),
            reasons: worked.reasons(at).cloned(),
            changes: worked.changes(run, at),
            like: (like.forecasts >= LIKE_MIN).then_some(like),
            is_unproven: run.units().get(at).is_some_and(Unit::is_quiet),
        }
    }

    /// Returns the forecast in words: chance, how often it happened in like cases, drivers, and what would change it.
    #[must_use]
    pub fn sentence(&self) -> String {
        if self.is_unproven {
            return "No skill proven: nothing was counted for three years, and nothing here can tell which such unit comes \
                    next."
                .to_owned();
        }
        let [soon, ..] = self.chances;
        let mut said = format!(
            "Chance of {CONFLICT_DEATHS} deaths or more in {} to {}: {}{}.",
            self.soon.0.said(),
            self.soon.1.said(),
            percent(soon[0]),
            one_in(soon[0])
        );
        // Writing to a String cannot fail.
        match &self.like {
            Some(like) => write!(
                said,
                " In 100 like cases it happened {:.0} times ({} past forecasts of {} to {}).",
                like.happened * 100.0,
                like.forecasts,
                percent(like.from),
                percent(like.to)
            ),
            None => write!(said, " Too few past forecasts are alike to say how often it happened."),
        }
        .unwrap_or_default();
        said.push_str(&self.drivers_said());
        said.push_str(&self.reasons_said());
        said.push_str(&self.changes_said());
        said
    }

    fn drivers_said(&self) -> String {
        let named: Vec<String> = self
            .drivers
            .iter()
            .map(|driver| {
                let Driver { month, count, share } = driver;
                format!("{} ({count} deaths, {})", month.said(), percent(*share))
            })
            .collect();
        if named.is_empty() { String::new() } else { format!(" Drivers: {}.", named.join(", ")) }
    }

    fn reasons_said(&self) -> String {
        let Some(reasons) = &self.reasons else { return String::new() };
        let families = reasons.families();
        let named = families.iter().take(DRIVERS_MAX);
        let named: Vec<String> =
            named.map(|(family, log_odds)| format!("{family} ({})", times(*log_odds))).collect();
        let rest: f64 = families.iter().skip(DRIVERS_MAX).map(|(_, log_odds)| log_odds).sum();
        format!(
            " What drives it: the last three years, as they are, give a month of more than {CONFLICT_DEATHS} deaths {}; \
             trees that learnt from all units multiply its odds ({} in all) for any unit ({}), for {}, and all else ({}).",
            percent(reasons.rule),
            times(reasons.moved()),
            times(reasons.before),
            if named.is_empty() { "nothing".to_owned() } else { named.join(", ") },
            times(rest)
        )
    }

    fn changes_said(&self) -> String {
        let named: Vec<String> = self
            .changes
            .iter()
            .map(|change| {
                let Change { count, chance } = change;
                format!("{count} deaths in {} to {}", self.soon.0.said(), percent(*chance))
            })
            .collect();
        if named.is_empty() {
            return String::new();
        }
        format!(" Would change for the three months after: {}.", named.join(", "))
    }
}

/// Returns the months that weigh most in the chance of a month of conflict.
fn drivers(run: &Run, unit: &Unit) -> Vec<Driver> {
    let Some(month) = run.rule().mixture(unit.counts()) else { return Vec::new() };
    let whole = month.tail(CONFLICT_DEATHS);
    if whole <= 0.0 {
        return Vec::new();
    }
    let parts = month.parts().iter().zip(unit.counts().iter().rev()).enumerate();
    let driver = |(age, ((weight, component), count)): (usize, (&(f64, _), &u32))| {
        let component: &super::mixture::Component = component;
        let share = weight * component.tail(CONFLICT_DEATHS) / whole;
        let month = run.origin().plus(-i32::try_from(age).ok()?)?;
        (share > 0.0).then_some(Driver { month, count: *count, share })
    };
    let mut drivers: Vec<Driver> = parts.filter_map(driver).collect();
    drivers.sort_by(|a, b| b.share.total_cmp(&a.share).then(b.month.cmp(&a.month)));
    drivers.truncate(DRIVERS_MAX);
    drivers
}

/// Returns a logarithm of odds as what it multiplies them by: `× 1.40`.
#[must_use]
pub fn times(log_odds: f64) -> String {
    format!("× {:.2}", log_odds.exp())
}

/// Returns a share in percent as people read it: `31 %`; near the ends, that it is beyond.
#[must_use]
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    match percent {
        _ if share <= 0.0 => "0 %".to_owned(),
        _ if percent < 0.5 => "under 1 %".to_owned(),
        _ if share < 1.0 && percent > 99.5 => "over 99 %".to_owned(),
        _ => format!("{percent:.0} %"),
    }
}

/// Returns ` (about 1 in 3)`, where that says it better than a share in percent.
fn one_in(share: f64) -> String {
    if (0.005..=0.55).contains(&share) {
        format!(" (about 1 in {:.0})", 1.0 / share)
    } else {
        String::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_told_as_people_read_them() {
        let told = [0.0, 0.001, 0.006, 0.314, 0.5, 0.997, 1.0].map(percent);
        assert_eq!(told, ["0 %", "under 1 %", "1 %", "31 %", "50 %", "over 99 %", "100 %"]);
        let told = [0.001, 0.314, 0.5, 0.8].map(one_in);
        assert_eq!(told, ["", " (about 1 in 3)", " (about 1 in 2)", ""]);
    }
}
