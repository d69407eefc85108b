//! Units side by side over the same months, and what of them was known at a month.

use crate::area::AreaId;
use crate::history::Panel;
use crate::month::Month;
use std::collections::BTreeMap;

/// Largest count of a month: ten times the deadliest on record. More is a fault of the data, not a forecast's business.
pub const COUNT_MAX: u64 = 1_000_000;

/// The counts of units, each over months in a row that may begin and end where it likes.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    first: Month,
    units: Vec<Unit>,
    has_wider: bool,
}

#[derive(Debug, Clone, PartialEq)]
struct Unit {
    area: AreaId,
    /// Months after the grid's first at which the unit begins.
    start: usize,
    counts: Vec<f64>,
    proxy: Vec<bool>,
    /// Of each month, the count of a wider kind; at least the month's own.
    wider: Vec<f64>,
}

/// A unit as a run holds it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Held {
    pub(super) area: AreaId,
    pub(super) counts: Vec<f64>,
    /// How many of them, from the last one back, are no proxies.
    pub(super) known: usize,
    /// Counts of a wider kind, as many and at least as high.
    pub(super) wider: Option<Vec<f64>>,
}

/// Why a panel cannot be forecast from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GridError {
    /// There is nothing in it.
    #[error("the panel has no month")]
    Empty,
    /// A count is larger than any month could have.
    #[error("the count of {area} in {month} is {count}, and at most {COUNT_MAX} is taken")]
    Huge {
        /// The area.
        area: AreaId,
        /// The month.
        month: Month,
        /// The count.
        count: u64,
    },
}

impl Grid {
    /// Returns the grid of a panel's histories, by area.
    ///
    /// # Errors
    /// [`GridError`].
    pub fn new(panel: &Panel) -> Result<Self, GridError> {
        let begins = panel.histories().filter_map(|history| history.month_at(0));
        let first = begins.min().ok_or(GridError::Empty)?;
        let mut units = Vec::new();
        for history in panel.histories() {
            let Some(begin) = history.month_at(0) else { continue };
            let cells = history.cells();
            let huge = cells.iter().position(|cell| cell.count > COUNT_MAX);
            if let Some((place, month)) = huge.and_then(|at| Some((at, history.month_at(at)?))) {
                let count = cells[place].count;
                return Err(GridError::Huge { area: history.area(), month, count });
            }
            let counts: Vec<f64> = cells.iter().map(|cell| cell.count as f64).collect();
            units.push(Unit {
                area: history.area(),
                start: usize::try_from(begin.since(first)).unwrap_or_default(),
                proxy: cells.iter().map(|cell| cell.proxy).collect(),
                wider: counts.clone(),
                counts,
            });
        }
        Ok(Self { first, units, has_wider: false })
    }

    /// Returns the grid of units whose counts all end in one month. Units without months are left out.
    #[must_use]
    pub(super) fn ending(last: Month, units: Vec<Held>) -> Self {
        let most = units.iter().map(|unit| unit.counts.len()).max().unwrap_or_default();
        let first = i32::try_from(most).ok().and_then(|months| last.plus(1 - months));
        let has_wider = units.iter().any(|unit| unit.wider.is_some());
        let unit = |Held { area, counts, known, wider }: Held| {
            let proxies = counts.len().saturating_sub(known);
            Unit {
                area,
                start: most - counts.len(),
                proxy: (0..counts.len()).map(|at| at < proxies).collect(),
                wider: wider.unwrap_or_else(|| counts.clone()),
                counts,
            }
        };
        let units = units.into_iter().filter(|unit| !unit.counts.is_empty());
        Self { first: first.unwrap_or(last), units: units.map(unit).collect(), has_wider }
    }

    /// Returns the grid with counts of a wider kind beside its own, such as deaths in violence of all kinds.
    ///
    /// A month that the other grid does not have, or has fewer in, counts as the grid's own: what is wider holds at least
    /// as much. Nothing but figures of the past are formed of these; they are never an outcome.
    #[must_use]
    pub fn beside(mut self, wider: &Self) -> Self {
        let places: BTreeMap<AreaId, usize> = wider.areas().zip(0..).collect();
        self.has_wider = true;
        for unit in &mut self.units {
            let Some(place) = places.get(&unit.area) else { continue };
            for (count, months) in unit.wider.iter_mut().zip(unit.start..) {
                let month = i32::try_from(months).ok().and_then(|months| self.first.plus(months));
                let other = month.and_then(|month| wider.held(*place, month));
                *count = count.max(other.unwrap_or_default());
            }
        }
        self
    }

    /// Returns what is held of a month of a unit, a proxy too.
    fn held(&self, unit: usize, month: Month) -> Option<f64> {
        let unit = self.units.get(unit)?;
        let at = usize::try_from(month.since(self.first)).ok()?.checked_sub(unit.start)?;
        unit.counts.get(at).copied()
    }

    /// Returns the areas, in the order of their places.
    pub fn areas(&self) -> impl ExactSizeIterator<Item = AreaId> {
        self.units.iter().map(|unit| unit.area)
    }

    /// Returns what happened in a month of a unit; `None` where it is not known or a proxy.
    #[must_use]
    pub fn observed(&self, unit: usize, month: Month) -> Option<f64> {
        let held = self.held(unit, month)?;
        let unit = self.units.get(unit)?;
        let at = usize::try_from(month.since(self.first)).ok()?.checked_sub(unit.start)?;
        if *unit.proxy.get(at)? { None } else { Some(held) }
    }

    /// Returns the same as the whole number that it is.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a grid holds whole counts up to a million"
    )]
    pub fn count(&self, unit: usize, month: Month) -> Option<u64> {
        self.observed(unit, month).map(|count| count as u64)
    }

    /// Returns the months of a unit of which it is known what happened, and how many.
    pub fn known(&self, unit: usize) -> impl Iterator<Item = (Month, f64)> {
        self.units.get(unit).into_iter().flat_map(|unit| {
            let cells = unit.counts.iter().zip(&unit.proxy).enumerate();
            cells.filter(|(_, (_, proxy))| !**proxy).filter_map(|(at, (count, _))| {
                let month = self.first.plus(i32::try_from(unit.start + at).ok()?)?;
                Some((month, *count))
            })
        })
    }

    /// Returns the grid as it was at the end of a month; `None` if that lies before the first.
    #[must_use]
    pub fn until(&self, origin: Month) -> Option<Past<'_>> {
        let months = usize::try_from(origin.since(self.first)).ok()? + 1;
        Some(Past { grid: self, months })
    }
}

/// A grid cut at its origin: nothing after it can be read.
#[derive(Debug, Clone, Copy)]
pub struct Past<'a> {
    grid: &'a Grid,
    months: usize,
}

impl<'a> Past<'a> {
    /// Returns the last month that is known.
    #[must_use]
    pub fn origin(&self) -> Option<Month> {
        self.grid.first.plus(i32::try_from(self.months).ok()? - 1)
    }

    /// Returns how many units there are, forecast or not.
    #[must_use]
    pub fn len(&self) -> usize {
        self.grid.units.len()
    }

    /// Returns whether there is no unit.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.grid.units.is_empty()
    }

    /// Returns a unit's counts up to the origin, the origin's last.
    ///
    /// Empty where the unit has no count at the origin: it has ended, has not begun, or there is a gap. A forecast from
    /// older months would pass for one from the origin.
    #[must_use]
    pub fn counts(&self, unit: usize) -> &'a [f64] {
        self.before(unit, 0)
    }

    /// Returns a unit's counts up to so many months before the origin, as [`counts`](Self::counts) would have then.
    #[must_use]
    pub fn before(&self, unit: usize, months: usize) -> &'a [f64] {
        let Some(unit) = self.grid.units.get(unit) else { return &[] };
        let end = self.months.saturating_sub(months).saturating_sub(unit.start);
        unit.counts.get(..end).unwrap_or_default()
    }

    /// Returns the wider counts of the same months as [`before`](Self::before).
    ///
    /// The counts themselves where the grid has none [beside](Grid::beside).
    #[must_use]
    pub fn wider(&self, unit: usize, months: usize) -> &'a [f64] {
        let Some(unit) = self.grid.units.get(unit) else { return &[] };
        let end = self.months.saturating_sub(months).saturating_sub(unit.start);
        unit.wider.get(..end).unwrap_or_default()
    }

    /// Returns whether the grid has wider counts [beside](Grid::beside) its own.
    #[must_use]
    pub const fn has_wider(&self) -> bool {
        self.grid.has_wider
    }

    /// Returns what happened in a unit so many months before the origin; `None` where that is not known or a proxy.
    #[must_use]
    pub fn outcome(&self, unit: usize, months: usize) -> Option<f64> {
        let unit = self.grid.units.get(unit)?;
        let at = self.months.checked_sub(months + 1)?.checked_sub(unit.start)?;
        if *unit.proxy.get(at)? { None } else { unit.counts.get(at).copied() }
    }

    /// Returns how many months the grid has up to the origin.
    #[must_use]
    pub const fn months(&self) -> usize {
        self.months
    }
}
