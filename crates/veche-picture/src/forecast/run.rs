//! A run: what was forecast, by which rule, from which counts, at which month.
//!
//! A run holds the counts that it rests on, and nothing that follows from them: whoever has it computes every number anew,
//! to the last bit. It names the inputs that the counts were read from by their hash. What takes a while to compute may be
//! kept [beside it](super::worked).

mod learnt;
mod rule;
mod text;

pub use learnt::{Learnt, Push, REASONED, Reasons};
pub use rule::Rule;
pub use text::{FORMAT, NotARun, RunText};

use super::mixture::Mixture;
use super::observed::{Observed, Seen};
use super::panel::{Grid, Held};
use crate::area::{AreaId, Series};
use crate::month::Month;
use crate::vintage::{Vintage, Widening};
use std::collections::BTreeMap;
use std::fmt;

/// Months ahead that are forecast.
pub const HORIZONS: usize = 14;
/// Fewest months that a unit must have: what the simplest rule repeats.
pub const MONTHS_MIN: usize = 12;
/// Months without a death after which a country is quiet: as many as the rule sees.
pub const QUIET_MONTHS: usize = 36;
/// Past origins by whose forecasts a run is judged.
pub const ORIGINS: usize = 24;
/// Months between a past origin and the last month that judges it.
pub const JUDGED_AFTER: usize = 3;
/// Months that a run holds: what the oldest of those origins forecast from.
pub const HELD_MONTHS: usize = QUIET_MONTHS + ORIGINS + JUDGED_AFTER - 1;
/// Months that a run holds whose rule learns: fifty years, longer than deaths have been counted by month.
pub const LEARNT_MONTHS: usize = 600;

/// A unit that is forecast.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    pub(super) area: AreaId,
    pub(super) name: String,
    /// Up to the origin, whose count is the last.
    pub(super) counts: Vec<u32>,
    /// How many of them, from the last one back, are no proxies.
    pub(super) known: usize,
    /// Counts of a wider kind of the same months, where the run has them.
    pub(super) wider: Option<Vec<u32>>,
}

impl Unit {
    /// Returns its number.
    #[must_use]
    pub const fn area(&self) -> AreaId {
        self.area
    }

    /// Returns its name, or its number where it has none.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns its counts up to the origin, [`MONTHS_MIN`] to as many as the [rule](Rule::months_held) holds.
    #[must_use]
    pub fn counts(&self) -> &[u32] {
        &self.counts
    }

    /// Returns how many months of the end of its counts may be scored against.
    #[must_use]
    pub const fn known(&self) -> usize {
        self.known
    }

    /// Returns counts of a wider kind of the same months, where the run has them.
    #[must_use]
    pub fn wider(&self) -> Option<&[u32]> {
        self.wider.as_deref()
    }

    /// Returns whether nothing was counted for so long that its forecast is no more than that.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        is_quiet(&self.counts)
    }
}

/// Returns whether the last three years have no count; of a shorter past, whether none of it has.
#[must_use]
pub fn is_quiet(counts: &[u32]) -> bool {
    counts.iter().rev().take(QUIET_MONTHS).all(|count| *count == 0)
}

/// A unit that is not forecast.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeftOut {
    /// Its number.
    pub area: AreaId,
    /// Its name, or its number where it has none.
    pub name: String,
    /// Why.
    pub why: WhyLeftOut,
}

/// Why a unit is not forecast.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhyLeftOut {
    /// Its last count is of a month before the origin.
    Ended {
        /// That month.
        last: Month,
        /// Units that begin in the month after: if it split, they are its parts.
        followed_by: Vec<AreaId>,
    },
    /// Its first count is of a month after the origin.
    NotBegun {
        /// That month.
        first: Month,
    },
    /// It has too few months.
    TooShort {
        /// How many it has.
        months: usize,
    },
}

impl fmt::Display for WhyLeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ended { last, followed_by } => {
                write!(f, "its counts end in {}", last.said())?;
                let Some(month) = last.plus(1).map(Month::said) else { return Ok(()) };
                match followed_by.as_slice() {
                    [] => Ok(()),
                    [one] => {
                        write!(f, "; {one} begins in {month} and is forecast from its own months")
                    }
                    several => {
                        let named: Vec<_> = several.iter().map(ToString::to_string).collect();
                        let named = named.join(", ");
                        write!(
                            f,
                            "; {named} begin in {month}: after a split, each part is forecast from its own months"
                        )
                    }
                }
            }
            Self::NotBegun { first } => write!(f, "its counts begin in {}", first.said()),
            Self::TooShort { months } => {
                write!(f, "it has {months} months, and {MONTHS_MIN} are needed")
            }
        }
    }
}

/// What was forecast, and from what.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "RunText", into = "RunText")]
pub struct Run {
    pub(super) rule: Rule,
    pub(super) series: Series,
    pub(super) origin: Month,
    pub(super) vintages: Vec<Vintage>,
    pub(super) units: Vec<Unit>,
    pub(super) left_out: Vec<LeftOut>,
    pub(super) widening: Option<Widening>,
}

/// Why there is no run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    /// There is no count at all.
    #[error("there is no count")]
    Empty,
    /// The origin lies after the counts.
    #[error("the origin {origin} is after the last count, which is of {last}")]
    AfterData {
        /// The origin.
        origin: Month,
        /// The last month that any unit has.
        last: Month,
    },
    /// The origin lies before the counts.
    #[error("the origin {origin} is before the first count, which is of {first}")]
    BeforeData {
        /// The origin.
        origin: Month,
        /// The first month that any unit has.
        first: Month,
    },
    /// A unit lacks a month that the run reads.
    #[error("{area} has counts before and after {month}, and none of that month")]
    Gap {
        /// The unit.
        area: AreaId,
        /// The first month that it lacks.
        month: Month,
    },
    /// No unit can be forecast.
    #[error("none of {units} units can be forecast at {origin}; the first, {area}: {why}")]
    NoUnit {
        /// How many there are.
        units: usize,
        /// The origin.
        origin: Month,
        /// The first.
        area: AreaId,
        /// What keeps it out.
        why: WhyLeftOut,
    },
}

impl Run {
    /// Forecasts all units of some counts from the end of a month; the last with counts if none is given.
    ///
    /// `wider`: counts of a wider kind, such as deaths in all violence. A rule that learns is told of them; others are not.
    /// A month that they do not have, or have fewer in, counts as the unit's own.
    ///
    /// # Errors
    /// [`RunError`], in the order of its kinds.
    pub fn new(
        observed: &Observed,
        wider: Option<&Observed>,
        rule: Rule,
        origin: Option<Month>,
        names: &BTreeMap<AreaId, String>,
    ) -> Result<Self, RunError> {
        let origin = origin_within(observed, origin)?;
        let (mut units, mut left_out) = (Vec::new(), Vec::new());
        for (area, months) in observed.units() {
            let name = names.get(&area).cloned().unwrap_or_else(|| area.to_string());
            match unit(observed, (area, months), rule, origin, &name)? {
                Ok(mut unit) => {
                    if let Some(wider) = wider.filter(|_| rule.learns()) {
                        unit.wider = Some(beside(&unit, wider, origin));
                    }
                    units.push(unit);
                }
                Err(why) => left_out.push(LeftOut { area, name, why }),
            }
        }
        if let (true, Some(first)) = (units.is_empty(), left_out.first()) {
            let (area, why) = (first.area, first.why.clone());
            return Err(RunError::NoUnit { units: left_out.len(), origin, area, why });
        }
        let mut vintages = observed.vintages().to_vec();
        for vintage in wider.filter(|_| rule.learns()).into_iter().flat_map(Observed::vintages) {
            if !vintages.contains(vintage) {
                vintages.push(*vintage);
            }
        }
        let (series, widening) = (observed.series().clone(), None);
        Ok(Self { rule, series, origin, vintages, units, left_out, widening })
    }

    /// Returns the run with its latest months widened, because counts of their age were revised before. A rule that learns is not: it has no
    /// mixture of months to widen.
    #[must_use]
    pub fn widened(self, widening: Widening) -> Self {
        Self { widening: Some(widening).filter(|_| !self.rule.learns()), ..self }
    }

    /// Returns what its latest months are widened by, if they are.
    #[must_use]
    pub const fn widening(&self) -> Option<&Widening> {
        self.widening.as_ref()
    }

    /// Returns the rule.
    #[must_use]
    pub const fn rule(&self) -> Rule {
        self.rule
    }

    /// Returns what is counted.
    #[must_use]
    pub const fn series(&self) -> &Series {
        &self.series
    }

    /// Returns the last month that was known.
    #[must_use]
    pub const fn origin(&self) -> Month {
        self.origin
    }

    /// Returns the inputs that the counts are from.
    #[must_use]
    pub fn vintages(&self) -> &[Vintage] {
        &self.vintages
    }

    /// Returns the units, by number.
    #[must_use]
    pub fn units(&self) -> &[Unit] {
        &self.units
    }

    /// Returns the units that are not forecast, by number.
    #[must_use]
    pub fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }

    /// Returns a unit.
    #[must_use]
    pub fn unit(&self, area: AreaId) -> Option<&Unit> {
        let at = self.units.binary_search_by_key(&area, Unit::area).ok()?;
        self.units.get(at)
    }

    /// Returns whether the units have counts of a wider kind beside their own.
    #[must_use]
    pub fn has_wider(&self) -> bool {
        self.units.iter().any(|unit| unit.wider.is_some())
    }

    /// Returns what is forecast of any month ahead of a unit, widened if the run is; `None` where the rule says another thing of each month.
    #[must_use]
    pub fn month_of(&self, unit: &Unit) -> Option<Mixture> {
        let month = self.rule.mixture(&unit.counts)?;
        match self.widening.as_ref().map(|widening| widening.apply(&month)) {
            Some(Ok(wide)) => Some(wide),
            // Steps are finite, so that a mixture takes what they make of it.
            Some(Err(_)) | None => Some(month),
        }
    }

    /// Returns the units' counts side by side.
    #[must_use]
    pub fn grid(&self) -> Grid {
        let floats = |counts: &Vec<u32>| counts.iter().copied().map(f64::from).collect();
        let held = |unit: &Unit| Held {
            area: unit.area,
            counts: floats(&unit.counts),
            known: unit.known,
            wider: unit.wider.as_ref().map(floats),
        };
        let units = self.units.iter().map(held);
        Grid::ending(self.origin, units.collect())
    }

    /// Returns the month so many after the origin.
    #[must_use]
    pub fn ahead(&self, months: usize) -> Option<Month> {
        self.origin.plus(i32::try_from(months).ok()?)
    }
}

fn origin_within(observed: &Observed, origin: Option<Month>) -> Result<Month, RunError> {
    let (Some(first), Some(last)) = (observed.first(), observed.last()) else {
        return Err(RunError::Empty);
    };
    match origin.unwrap_or(last) {
        origin if origin > last => Err(RunError::AfterData { origin, last }),
        origin if origin < first => Err(RunError::BeforeData { origin, first }),
        origin => Ok(origin),
    }
}

/// Returns the wider counts of a unit's months.
fn beside(unit: &Unit, wider: &Observed, origin: Month) -> Vec<u32> {
    let last = unit.counts.len() - 1;
    let one = |(at, count): (usize, &u32)| {
        let month = i32::try_from(last - at).ok().and_then(|ago| origin.plus(-ago));
        let seen = month.and_then(|month| wider.seen(unit.area, month));
        seen.map_or(*count, |seen| seen.count.max(*count))
    };
    unit.counts.iter().enumerate().map(one).collect()
}

/// Returns a unit at an origin, or why it is left out.
fn unit(
    observed: &Observed,
    (area, months): (AreaId, &BTreeMap<Month, Seen>),
    rule: Rule,
    origin: Month,
    name: &str,
) -> Result<Result<Unit, WhyLeftOut>, RunError> {
    let Some((last, _)) = months.range(..=origin).next_back() else {
        let first = months.keys().next().copied().unwrap_or(origin);
        return Ok(Err(WhyLeftOut::NotBegun { first }));
    };
    if *last < origin {
        if let Some(month) = last.plus(1).filter(|_| months.range(origin..).next().is_some()) {
            return Err(RunError::Gap { area, month });
        }
        let next = last.plus(1);
        let begins = |other: &BTreeMap<Month, Seen>| other.keys().next().copied() == next;
        let followed_by =
            observed.units().filter(|(_, other)| begins(other)).map(|(area, _)| area).collect();
        return Ok(Err(WhyLeftOut::Ended { last: *last, followed_by }));
    }
    let held: Vec<(Month, Seen)> = months
        .range(..=origin)
        .rev()
        .take(rule.months_held())
        .map(|(month, seen)| (*month, *seen))
        .collect();
    let apart = held.windows(2).find(|pair| pair[0].0.since(pair[1].0) > 1);
    if let Some(month) = apart.and_then(|pair| pair[1].0.plus(1)) {
        return Err(RunError::Gap { area, month });
    }
    if held.len() < MONTHS_MIN {
        return Ok(Err(WhyLeftOut::TooShort { months: held.len() }));
    }
    let known = held.iter().take_while(|(_, seen)| !seen.proxy).count();
    let counts = held.iter().rev().map(|(_, seen)| seen.count).collect();
    Ok(Ok(Unit { area, name: name.to_owned(), counts, known, wider: None }))
}
