//! Units below and between countries: pairs of parties, border sectors, cells; by week and by month.
//!
//! No skill is claimed for what is forecast of them. There are no public pair-week or cell-month data at hand that the rules could
//! have been judged by: their constants are declared, and tests hold only that they do what they say.
//!
//! What happened is taken from events or incidents in one form, [`Happening`]. A week is counted only if the data cover it
//! from Monday to Sunday, and a unit has a count for every covered week: none happened where nothing was reported.

pub mod cells;
pub mod read;
pub mod sheet;
pub mod weeks;

use crate::cell::CellId;
use crate::date::Date;
use crate::event::Event;
use crate::incident::Incident;
use std::fmt;
use std::sync::Arc;

/// Longest name of a unit, in bytes: two of the longest names of parties.
pub const UNIT_LEN_MAX: usize = 1100;
/// What stands between the two sides of a pair.
const BETWEEN: &str = " | ";
/// UCDP's precision of time from which on the week is not known: 4 is the month.
const EVENT_TIME_VAGUE: u8 = 4;
/// UCDP's precision of place from which on the cell is not known: 4 is the province.
const EVENT_PLACE_VAGUE: u8 = 4;
/// ACLED's precision of time from which on the week is not known: 3 is the month.
const INCIDENT_TIME_VAGUE: u8 = 3;
/// ACLED's precision of place from which on the cell is not known: 3 is the region.
const INCIDENT_PLACE_VAGUE: u8 = 3;

/// The name of a unit: a pair as `A | B`, its sides in the order of the alphabet, a sector as it was named, a cell as
/// `cell:149426`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnitName(Arc<str>);

/// Why a text is no [`UnitName`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a unit's name is 1 to {UNIT_LEN_MAX} bytes of plain text")]
pub struct NotAUnit;

impl UnitName {
    /// Parses a name.
    ///
    /// # Errors
    /// [`NotAUnit`] when empty, too long, or with a control character.
    pub fn parse(text: &str) -> Result<Self, NotAUnit> {
        let fits = (1..=UNIT_LEN_MAX).contains(&text.len()) && !text.contains(char::is_control);
        if fits { Ok(Self(text.into())) } else { Err(NotAUnit) }
    }

    /// Returns the name of a pair, whichever side comes first.
    ///
    /// # Errors
    /// [`NotAUnit`] for sides that make no name.
    pub fn pair(one: &str, other: &str) -> Result<Self, NotAUnit> {
        let (first, second) = if one <= other { (one, other) } else { (other, one) };
        Self::parse(&format!("{first}{BETWEEN}{second}"))
    }

    /// Returns the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UnitName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What happened, as far as units are concerned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Happening<'a> {
    /// The day, or the last one.
    pub date: Date,
    /// Whether the week of the day is known.
    pub is_dated: bool,
    /// Where; `None` where the place is known only to a region.
    pub cell: Option<CellId>,
    /// Who against whom; `None` where there is one side.
    pub sides: Option<(&'a str, &'a str)>,
    /// Whether it is armed conflict.
    pub is_conflict: bool,
    /// Deaths.
    pub deaths: u32,
}

impl<'a> From<&'a Event> for Happening<'a> {
    fn from(event: &'a Event) -> Self {
        let is_placed = event.where_precision < EVENT_PLACE_VAGUE;
        Self {
            date: event.date_end,
            is_dated: event.date_precision < EVENT_TIME_VAGUE,
            cell: CellId::at(event.latitude, event.longitude).filter(|_| is_placed),
            sides: Some((&event.side_a, &event.side_b)),
            is_conflict: true,
            deaths: event.best,
        }
    }
}

impl<'a> From<&'a Incident> for Happening<'a> {
    fn from(incident: &'a Incident) -> Self {
        let is_placed = incident.where_precision < INCIDENT_PLACE_VAGUE;
        Self {
            date: incident.date,
            is_dated: incident.time_precision < INCIDENT_TIME_VAGUE,
            cell: CellId::at(incident.latitude, incident.longitude).filter(|_| is_placed),
            sides: incident.other.as_deref().map(|other| (incident.actor.as_str(), other)),
            is_conflict: incident.happened.is_conflict(),
            deaths: incident.deaths,
        }
    }
}
