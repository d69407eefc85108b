//! Weekly counts of conflict events by pair or border sector, and their forecast one to eight weeks ahead.

use super::{Happening, UnitName};
use crate::cell::CellId;
use crate::date::Date;
use crate::forecast::mixture::Component;
use crate::forecast::{Distribution, Mixture};
use crate::week::Week;
use std::collections::BTreeMap;

/// Weeks ahead that are forecast.
pub const HORIZONS: usize = 8;
/// The last of the weeks ahead that are near: half of them.
pub const NEAR: usize = 4;
/// Weeks that count: three years, as in the rule for months.
pub const WINDOW: usize = 156;
/// Weeks in which a weight halves, for the weeks that are near: a quarter of a year.
pub const HALF_LIFE_NEAR: f64 = 13.0;
/// The same for those that are not near: half a year.
pub const HALF_LIFE_FAR: f64 = 26.0;
/// Size of the negative binomial about each week's count, as in the rule for months.
pub const SIZE: f64 = 2.0;
/// Fewest weeks to forecast from.
pub const WEEKS_MIN: usize = 26;
/// Weeks without a count after which a unit is quiet.
pub const QUIET_WEEKS: usize = 52;
/// Most weeks that are held of a unit: what the rule sees, and as many before it to tell the quiet from the ever quiet.
pub const HELD: usize = 2 * WINDOW;
/// Most in one week and unit: more is a fault of the file.
pub const COUNT_MAX: u32 = 1_000_000;

/// The rule's name, which every forecast carries: other constants get another name.
pub const RULE: &str = "weekly/1";

/// Weekly counts of units over the same weeks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weeks {
    last: Week,
    weeks: usize,
    units: BTreeMap<UnitName, Vec<u32>>,
    left_out: LeftOut,
}

/// What was not counted, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct LeftOut {
    /// Conflict events whose week is not known.
    pub undated: u64,
    /// Conflict events of no unit: one-sided ones for pairs; for sectors and cells those placed elsewhere, or only to a region.
    pub of_no_unit: u64,
    /// Conflict events before or after the weeks that are covered whole.
    pub outside: u64,
}

/// Why there is nothing to forecast from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoWeeks {
    /// Too few weeks.
    #[error("the data cover {0} whole weeks, and {WEEKS_MIN} are needed")]
    Short(usize),
    /// No unit.
    #[error("no conflict event is of any unit")]
    NoUnit,
    /// A unit lacks a week that others have.
    #[error("`{unit}` has no row of {week}; give the week a row, with 0 if nothing happened")]
    Gap {
        /// The unit.
        unit: UnitName,
        /// The first week that it lacks.
        week: Week,
    },
}

impl Weeks {
    /// Counts what happened by week, from the first whole week to the last that the happenings cover.
    ///
    /// `unit` says which unit a happening is of.
    ///
    /// # Errors
    /// [`NoWeeks::Short`], [`NoWeeks::NoUnit`].
    pub fn count<'a>(
        happenings: impl Iterator<Item = Happening<'a>> + Clone,
        unit: impl Fn(&Happening<'a>) -> Option<UnitName>,
    ) -> Result<Self, NoWeeks> {
        let (first, last) =
            covered(happenings.clone().map(|one| one.date)).ok_or(NoWeeks::Short(0))?;
        let weeks = usize::try_from(last.since(first) + 1).unwrap_or_default();
        if weeks < WEEKS_MIN {
            return Err(NoWeeks::Short(weeks));
        }
        let weeks = weeks.min(HELD);
        let (mut units, mut left_out) = (BTreeMap::<UnitName, Vec<u32>>::new(), LeftOut::default());
        for one in happenings.filter(|one| one.is_conflict) {
            let week = Week::of(one.date).ok().filter(|_| one.is_dated);
            let Some(week) = week else {
                left_out.undated += 1;
                continue;
            };
            let Some(unit) = unit(&one) else {
                left_out.of_no_unit += 1;
                continue;
            };
            let back = usize::try_from(last.since(week)).ok().filter(|back| *back < weeks);
            let Some(back) = back else {
                left_out.outside += 1;
                continue;
            };
            let counts = units.entry(unit).or_insert_with(|| vec![0; weeks]);
            if let Some(count) = counts.get_mut(weeks - 1 - back) {
                *count += 1;
            }
        }
        if units.is_empty() {
            Err(NoWeeks::NoUnit)
        } else {
            Ok(Self { last, weeks, units, left_out })
        }
    }

    /// Returns counts that were read as such, from the first week that any unit has to the last; each unit has all of them.
    ///
    /// # Errors
    /// [`NoWeeks`].
    pub fn of_rows(rows: BTreeMap<UnitName, BTreeMap<Week, u32>>) -> Result<Self, NoWeeks> {
        let ends = |weeks: &BTreeMap<Week, u32>| {
            Some((*weeks.first_key_value()?.0, *weeks.last_key_value()?.0))
        };
        let spans = rows.values().filter_map(ends);
        let span = spans.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)));
        let (first, last) = span.ok_or(NoWeeks::NoUnit)?;
        let weeks = usize::try_from(last.since(first) + 1).unwrap_or_default();
        if weeks < WEEKS_MIN {
            return Err(NoWeeks::Short(weeks));
        }
        let mut units = BTreeMap::new();
        for (unit, counted) in rows {
            let lacks = |week: &Week| !counted.contains_key(week);
            let all = (0..weeks).filter_map(|at| first.plus(i32::try_from(at).ok()?));
            if let Some(week) = all.clone().find(lacks) {
                return Err(NoWeeks::Gap { unit, week });
            }
            let held = all.skip(weeks.saturating_sub(HELD));
            let counts = held.filter_map(|week| counted.get(&week).copied()).collect();
            units.insert(unit, counts);
        }
        Ok(Self { last, weeks: weeks.min(HELD), units, left_out: LeftOut::default() })
    }

    /// Returns the last week: the origin.
    #[must_use]
    pub const fn last(&self) -> Week {
        self.last
    }

    /// Returns how many weeks each unit has.
    #[must_use]
    pub const fn weeks(&self) -> usize {
        self.weeks
    }

    /// Returns each unit with its counts, the last week last.
    pub fn units(&self) -> impl ExactSizeIterator<Item = (&UnitName, &[u32])> {
        self.units.iter().map(|(unit, counts)| (unit, counts.as_slice()))
    }

    /// Returns what was not counted.
    #[must_use]
    pub const fn left_out(&self) -> LeftOut {
        self.left_out
    }

    /// Returns the units that were quiet for [`QUIET_WEEKS`], the last to be quiet first; equals by name.
    ///
    /// Which of them will see conflict the rule does not know: it only repeats what was. No skill is proven for the order.
    #[must_use]
    pub fn quiet(&self) -> Vec<Quiet> {
        let mut quiet: Vec<Quiet> = self
            .units
            .iter()
            .filter(|(_, counts)| is_quiet(counts))
            .map(|(unit, counts)| {
                let since = counts.iter().rev().position(|count| *count > 0);
                Quiet {
                    unit: unit.clone(),
                    weeks: since,
                    total: counts.iter().map(|n| u64::from(*n)).sum(),
                }
            })
            .collect();
        quiet.sort_by_key(|one| (one.weeks.unwrap_or(usize::MAX), one.unit.clone()));
        quiet
    }
}

/// A unit without a count for long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quiet {
    /// The unit.
    pub unit: UnitName,
    /// Weeks since its last count; `None` without any.
    pub weeks: Option<usize>,
    /// All that was counted before.
    pub total: u64,
}

/// Returns whether the last year has no count.
#[must_use]
pub fn is_quiet(counts: &[u32]) -> bool {
    counts.iter().rev().take(QUIET_WEEKS).all(|count| *count == 0)
}

/// Returns the first and the last week that lie whole between the first and the last day.
fn covered(days: impl Iterator<Item = Date>) -> Option<(Week, Week)> {
    let span = days.map(|day| (day, day));
    let (first, last) = span.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)))?;
    let (first_week, last_week) = (Week::of(first).ok()?, Week::of(last).ok()?);
    let first = if first_week.begins_on(first) { first_week } else { first_week.plus(1)? };
    let last = if last_week.ends_on(last) { last_week } else { last_week.plus(-1)? };
    (first <= last).then_some((first, last))
}

/// Returns the unit of a happening between two sides.
#[must_use]
pub fn pair_of(happening: &Happening<'_>) -> Option<UnitName> {
    let (one, other) = happening.sides?;
    UnitName::pair(one, other).ok()
}

/// Returns the sector that a happening's cell belongs to.
#[must_use]
pub fn sector_of(
    sectors: &BTreeMap<CellId, UnitName>,
    happening: &Happening<'_>,
) -> Option<UnitName> {
    sectors.get(&happening.cell?).cloned()
}

/// What is forecast of a unit: one distribution for the near weeks, one for the others.
#[derive(Debug, Clone, PartialEq)]
pub struct Ahead {
    near: Distribution,
    far: Distribution,
}

impl Ahead {
    /// Forecasts from a unit's counts; `None` without any.
    ///
    /// As [`Recent`](crate::forecast::ladder::Recent) for months: each of the last [`WINDOW`] weeks comes again, widened, the later the likelier; how fast weights
    /// fall depends on whether the week ahead is near.
    #[must_use]
    pub fn of(counts: &[u32]) -> Option<Self> {
        Some(Self {
            near: mixture(counts, HALF_LIFE_NEAR)?.distribution(),
            far: mixture(counts, HALF_LIFE_FAR)?.distribution(),
        })
    }

    /// Returns what is forecast so many weeks ahead, 1 to [`HORIZONS`].
    #[must_use]
    pub const fn at(&self, horizon: usize) -> &Distribution {
        if horizon <= NEAR { &self.near } else { &self.far }
    }
}

/// Returns the mixture of the last weeks; equal counts are one component, with their weights together.
fn mixture(counts: &[u32], half_life: f64) -> Option<Mixture> {
    let mut weights: BTreeMap<u32, f64> = BTreeMap::new();
    for (age, count) in counts.iter().rev().take(WINDOW).enumerate() {
        *weights.entry(*count).or_default() += 0.5f64.powf(age as f64 / half_life);
    }
    let part = |(count, weight): (u32, f64)| match count {
        0 => (weight, Component::Point(0)),
        _ => (weight, Component::NegativeBinomial { mean: f64::from(count), size: SIZE }),
    };
    Mixture::new(weights.into_iter().map(part).collect()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forecast::ladder::Recent;

    /// The rule is [`Recent`]'s with other constants: components that are alike are only taken together.
    #[test]
    fn the_rule_is_that_of_months_with_constants_of_its_own() {
        let counts: Vec<u32> = (0..200u32).map(|at| at * 7 % 5 * u32::from(at % 3 > 0)).collect();
        let floats: Vec<f64> = counts.iter().copied().map(f64::from).collect();
        let ahead = Ahead::of(&counts).unwrap();
        for (horizon, half_life) in [(1, 13.0), (4, 13.0), (5, 26.0), (8, 26.0)] {
            let months = WINDOW;
            let rule = Recent { months, half_life, size: SIZE, size_war: SIZE, ..Recent::DEFAULT };
            let wanted = rule.mixture(&floats).unwrap().distribution();
            let found = ahead.at(horizon);
            assert!((found.mean() - wanted.mean()).abs() < 1e-9, "{horizon}");
            for count in [1, 3, 10] {
                assert!((found.at_least(count) - wanted.at_least(count)).abs() < 1e-9);
            }
        }
    }
}
