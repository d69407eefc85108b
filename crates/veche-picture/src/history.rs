//! One area's monthly counts, without gaps, and a panel of all areas of a table.

use crate::area::{AreaId, Series};
use crate::count::Count;
use crate::event::EventId;
use crate::incident::Incident;
use crate::month::Month;
use crate::table::{CountTable, EventTable, IncidentTable};
use crate::vintage::Vintage;
use std::collections::BTreeMap;

/// The series that events are rolled up to: the sum of their best estimates.
pub const EVENTS_SERIES: &str = "events_best";
/// The series that incidents are rolled up to: how many were battles, explosions or violence against civilians.
pub const INCIDENTS_SERIES: &str = "incidents_conflict";
/// The other one: the sum of their deaths, as reported.
pub const INCIDENT_DEATHS_SERIES: &str = "incidents_deaths";

/// One month of an area.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cell {
    /// How many.
    pub count: u64,
    /// Stands in for a value that is not known: history, never an outcome.
    pub proxy: bool,
    /// The input that the count is from; `None` where it was added up from `events`.
    pub vintage: Option<Vintage>,
    /// Further inputs that the count was added up from, where single rows are not kept.
    pub others: Vec<Vintage>,
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

/// Months of an area without a row, between two that have one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Gap {
    /// The area.
    pub area: AreaId,
    /// The last month before them.
    pub after: Month,
    /// How many they are.
    pub months: usize,
}

/// Returns the gaps in a table's counts of a series, by area and month.
#[must_use]
pub fn gaps(table: &CountTable, series: &Series) -> Vec<Gap> {
    let rows: Vec<_> =
        table.rows().map(|(row, _)| row).filter(|row| row.series == *series).collect();
    let gap = |pair: &[&Count]| {
        let [one, next] = pair else { return None };
        let months = usize::try_from(next.month.since(one.month)).ok()?.checked_sub(1)?;
        let is_gap = one.area == next.area && months > 0;
        is_gap.then_some(Gap { area: one.area, after: one.month, months })
    };
    rows.windows(2).filter_map(gap).collect()
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
                ..Cell::default()
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

    /// Returns the histories of all areas with an incident, for the months `first` to `last` that the table covers.
    ///
    /// `series` is [`INCIDENTS_SERIES`] or [`INCIDENT_DEATHS_SERIES`]. An incident counts in the month of its day; a covered
    /// month without one is a month of zero. `None` for another series, or if `last` lies before `first`.
    #[must_use]
    pub fn from_incidents(
        table: &IncidentTable,
        series: &Series,
        first: Month,
        last: Month,
    ) -> Option<Self> {
        let months = usize::try_from(last.since(first)).ok()? + 1;
        let counts: fn(&Incident) -> u64 = match series.as_str() {
            INCIDENTS_SERIES => |incident| u64::from(incident.happened.is_conflict()),
            INCIDENT_DEATHS_SERIES => |incident| u64::from(incident.deaths),
            _ => return None,
        };
        let mut histories: BTreeMap<AreaId, History> = BTreeMap::new();
        for (incident, vintage) in table.rows() {
            let history = histories.entry(incident.area).or_insert_with(|| {
                History::new(incident.area, series.clone(), first, vec![Cell::default(); months])
            });
            history.name = Some(incident.country.clone());
            let place = history.place_of(incident.date.month());
            if let Some(cell) = place.and_then(|place| history.cells.get_mut(place)) {
                cell.count += counts(incident);
                if *cell.vintage.get_or_insert(vintage) != vintage
                    && !cell.others.contains(&vintage)
                {
                    cell.others.push(vintage);
                }
            }
        }
        Some(Self { series: series.clone(), histories })
    }

    /// Leaves an area the months from `first` to `last` alone: those in which it existed.
    ///
    /// Before a state there is no month of peace, and a part of what was another state begins with its own months. An area
    /// that has no month left is left out.
    pub fn limit(&mut self, area: AreaId, first: Option<Month>, last: Option<Month>) {
        let Some(history) = self.histories.get_mut(&area) else { return };
        let end = last.map_or(history.cells.len(), |last| {
            usize::try_from(last.since(history.first) + 1).unwrap_or_default()
        });
        history.cells.truncate(end);
        let begin = first.map_or(0, |first| first.since(history.first));
        let begin = usize::try_from(begin).unwrap_or_default().min(history.cells.len());
        history.cells.drain(..begin);
        match i32::try_from(begin).ok().and_then(|begin| history.first.plus(begin)) {
            Some(month) if !history.cells.is_empty() => history.first = month,
            _ => {
                self.histories.remove(&area);
            }
        }
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
