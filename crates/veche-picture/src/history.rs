//! One area's monthly counts, without gaps, and a panel of all areas of a table.

use crate::area::{AreaId, Series};
use crate::event::EventId;
use crate::month::Month;
use crate::table::{CountTable, EventTable};
use crate::vintage::Vintage;
use std::collections::BTreeMap;

/// The series that events are rolled up to: the sum of their best estimates.
pub const EVENTS_SERIES: &str = "events_best";

/// One month of an area.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cell {
    /// How many.
    pub count: u64,
    /// Stands in for a value that is not known: history, never an outcome.
    pub proxy: bool,
    /// The input that the count is from; `None` where it was added up from `events`.
    pub vintage: Option<Vintage>,
    /// The month's events, ascending by number; empty where counts were imported as such.
    pub events: Vec<CellEvent>,
}

/// One event of a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CellEvent {
    /// Its number.
    pub id: EventId,
    /// Its deaths, best estimate.
    pub deaths: u32,
    /// The input that it is from.
    pub vintage: Vintage,
}

/// One area's months in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    area: AreaId,
    name: Option<String>,
    series: Series,
    first: Month,
    cells: Vec<Cell>,
}

impl History {
    /// Returns a history from its first month on.
    #[must_use]
    pub const fn new(area: AreaId, series: Series, first: Month, cells: Vec<Cell>) -> Self {
        Self { area, name: None, series, first, cells }
    }

    /// Returns the area.
    #[must_use]
    pub const fn area(&self) -> AreaId {
        self.area
    }

    /// Returns the area's name, or its number where no name is known.
    #[must_use]
    pub fn name(&self) -> String {
        self.name.clone().unwrap_or_else(|| self.area.to_string())
    }

    /// Returns what is counted.
    #[must_use]
    pub const fn series(&self) -> &Series {
        &self.series
    }

    /// Returns the months, the first one first.
    #[must_use]
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// Returns the last month, if there is any.
    #[must_use]
    pub fn last(&self) -> Option<Month> {
        self.month_at(self.cells.len().checked_sub(1)?)
    }

    /// Returns the month of the cell at this place.
    #[must_use]
    pub fn month_at(&self, place: usize) -> Option<Month> {
        if place < self.cells.len() { self.first.plus(i32::try_from(place).ok()?) } else { None }
    }

    /// Returns the place of a month's cell, if the history covers it.
    #[must_use]
    pub fn place_of(&self, month: Month) -> Option<usize> {
        usize::try_from(month.since(self.first)).ok().filter(|place| *place < self.cells.len())
    }

    /// Returns the history as it was at the end of a month: without the months after it.
    #[must_use]
    pub fn until(&self, month: Month) -> Self {
        let kept = self
            .place_of(month)
            .map_or_else(|| if month < self.first { 0 } else { self.cells.len() }, |at| at + 1);
        Self { cells: self.cells.get(..kept).unwrap_or_default().to_vec(), ..self.clone() }
    }
}

/// The histories of all areas of one series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Panel {
    series: Series,
    histories: BTreeMap<AreaId, History>,
}

impl Panel {
    /// Returns the histories of a series in a table of counts.
    ///
    /// A month without a row is a month without data, not a month of zero: an area's history begins after its last
    /// gap.
    #[must_use]
    pub fn from_counts(table: &CountTable, series: &Series) -> Self {
        let mut histories: BTreeMap<AreaId, History> = BTreeMap::new();
        // Rows come by area, then series, then month.
        for (row, vintage) in table.rows().filter(|(row, _)| row.series == *series) {
            let fresh = || History::new(row.area, series.clone(), row.month, Vec::new());
            let history = histories.entry(row.area).or_insert_with(fresh);
            if history.last().is_some_and(|last| row.month.since(last) > 1) {
                *history = fresh();
            }
            let cell = Cell {
                count: u64::from(row.count),
                proxy: row.is_proxy(),
                vintage: Some(vintage),
                events: Vec::new(),
            };
            history.cells.push(cell);
        }
        Self { series: series.clone(), histories }
    }

    /// Returns the histories of all areas with an event, for the months `first` to `last` that the table covers.
    ///
    /// An event counts with its best estimate in the month of its last day. A covered month without an event is a
    /// month of zero, so coverage must be true. `None` if `last` lies before `first`.
    #[must_use]
    pub fn from_events(table: &EventTable, first: Month, last: Month) -> Option<Self> {
        let months = usize::try_from(last.since(first)).ok()? + 1;
        let series = Series::parse(EVENTS_SERIES).ok()?;
        let mut histories: BTreeMap<AreaId, History> = BTreeMap::new();
        for (event, vintage) in table.rows() {
            let history = histories.entry(event.area).or_insert_with(|| {
                History::new(event.area, series.clone(), first, vec![Cell::default(); months])
            });
            history.name = Some(event.country.clone());
            let place = history.place_of(event.date_end.month());
            if let Some(cell) = place.and_then(|place| history.cells.get_mut(place)) {
                cell.count += u64::from(event.best);
                cell.events.push(CellEvent { id: event.id, deaths: event.best, vintage });
            }
        }
        Some(Self { series, histories })
    }

    /// Gives an area the name that people know it by; an area without a history is left out.
    pub fn set_name(&mut self, area: AreaId, name: &str) {
        if let Some(history) = self.histories.get_mut(&area) {
            history.name = Some(name.to_owned());
        }
    }

    /// Returns what is counted.
    #[must_use]
    pub const fn series(&self) -> &Series {
        &self.series
    }

    /// Returns an area's history.
    #[must_use]
    pub fn get(&self, area: AreaId) -> Option<&History> {
        self.histories.get(&area)
    }

    /// Returns all histories, by area.
    pub fn histories(&self) -> impl ExactSizeIterator<Item = &History> {
        self.histories.values()
    }
}
