//! A round: what is asked of institutes, and until when.

use crate::area::{AreaId, Scheme, Series};
use crate::date::Date;
use crate::month::Month;
use std::collections::BTreeSet;

/// Most months ahead of the origin: what lies farther has no skill to be measured.
pub const HORIZON_MAX: i32 = 36;
/// Longest name of a round or an institute, in bytes.
pub const NAME_LEN_MAX: usize = 80;

/// A round of one target: deaths by unit and month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Round {
    /// Its name: letters, digits, `-`, `_`, `.`.
    pub name: String,
    /// What is counted.
    pub series: Series,
    /// The list that units are numbered by.
    pub scheme: Scheme,
    /// The last month of which counts may be used.
    pub origin: Month,
    /// The months that are forecast, first and last.
    pub months: (Month, Month),
    /// The last day on which a forecast is taken.
    pub closes: Date,
    /// The units that are forecast.
    pub units: BTreeSet<AreaId>,
}

/// Why something is no round.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadRound {
    /// The name cannot be a file's.
    #[error(
        "a round's name is 1 to {NAME_LEN_MAX} letters, digits, `-`, `_`, `.`, and begins with a letter or digit"
    )]
    Name,
    /// Months that are no horizon.
    #[error("the months forecast begin after the origin {origin}, and go on for at most {HORIZON_MAX} after it, not {} to {}", .months.0, .months.1)]
    Months {
        /// The origin.
        origin: Month,
        /// The months.
        months: (Month, Month),
    },
    /// It closes when the first month is known.
    #[error(
        "the last day to hand in, {closes}, lies after {first}, the first month that is forecast"
    )]
    ClosesLate {
        /// The last day.
        closes: String,
        /// The first month.
        first: Month,
    },
    /// It closes before there is anything to forecast from.
    #[error("the last day to hand in, {closes}, lies before the end of the origin {origin}")]
    ClosesEarly {
        /// The last day.
        closes: String,
        /// The origin.
        origin: Month,
    },
    /// No unit.
    #[error("there is no unit to forecast")]
    NoUnit,
}

impl Round {
    /// Checks a round.
    ///
    /// # Errors
    /// [`BadRound`], for the first thing that is wrong.
    pub fn check(&self) -> Result<(), BadRound> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        let starts = self.name.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric());
        if !starts || self.name.len() > NAME_LEN_MAX || !self.name.bytes().all(plain) {
            return Err(BadRound::Name);
        }
        let (first, last) = self.months;
        let ahead = last.since(self.origin);
        if first <= self.origin || last < first || ahead > HORIZON_MAX {
            return Err(BadRound::Months { origin: self.origin, months: self.months });
        }
        // A month is known when it is over: who hands in during it forecasts the rest of it.
        if self.closes.month() > first {
            return Err(BadRound::ClosesLate { closes: self.closes.to_string(), first });
        }
        if self.closes.month() <= self.origin {
            return Err(BadRound::ClosesEarly {
                closes: self.closes.to_string(),
                origin: self.origin,
            });
        }
        if self.units.is_empty() { Err(BadRound::NoUnit) } else { Ok(()) }
    }

    /// Returns the months that are forecast, in order.
    pub fn target_months(&self) -> impl Iterator<Item = Month> + use<> {
        let (first, last) = self.months;
        (0..=last.since(first)).filter_map(move |ahead| first.plus(ahead))
    }

    /// Returns how many cells there are: units by months.
    #[must_use]
    pub fn cells(&self) -> usize {
        self.units.len() * self.target_months().count()
    }
}
