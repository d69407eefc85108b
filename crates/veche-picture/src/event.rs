//! One event, as coded by a data set.

use crate::area::AreaId;
use crate::date::Date;

/// The number that a data set gives an event, stable across its releases.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub struct EventId(pub u32);

/// Who fought whom.
///
/// Source: UCDP GED codebook, `type_of_violence`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Violence {
    /// A state against a state or an organised group: 1.
    StateBased,
    /// Organised groups, neither of them a state: 2.
    NonState,
    /// A state or a group against civilians: 3.
    OneSided,
}

impl Violence {
    /// Returns the kind of a UCDP number (1 to 3).
    #[must_use]
    pub const fn from_code(code: i32) -> Option<Self> {
        match code {
            1 => Some(Self::StateBased),
            2 => Some(Self::NonState),
            3 => Some(Self::OneSided),
            _ => None,
        }
    }

    /// Returns the UCDP number.
    #[must_use]
    pub const fn code(self) -> i32 {
        match self {
            Self::StateBased => 1,
            Self::NonState => 2,
            Self::OneSided => 3,
        }
    }
}

/// One event with deaths, at a place and a time, between two sides.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its number in the data set.
    pub id: EventId,
    /// First day.
    pub date_start: Date,
    /// Last day; the event is counted in the month of this day.
    pub date_end: Date,
    /// How exactly the time is known: 1 (the day) to 5 (more than a month).
    pub date_precision: u8,
    /// The country that it happened in.
    pub area: AreaId,
    /// That country's name in the data set.
    pub country: String,
    /// The pair that fights, as named by the data set.
    pub dyad: String,
    /// One side of the pair.
    pub side_a: String,
    /// The other side.
    pub side_b: String,
    /// Who fought whom.
    pub violence: Violence,
    /// Deaths, best estimate.
    pub best: u32,
    /// Deaths, lowest credible estimate.
    pub low: u32,
    /// Deaths, highest credible estimate.
    pub high: u32,
    /// Latitude in degrees, -90 to 90.
    pub latitude: f64,
    /// Longitude in degrees, -180 to 180.
    pub longitude: f64,
    /// How exactly the place is known: 1 (the spot) to 7 (at sea or in the air).
    pub where_precision: u8,
    /// How many sources report it; `None` where the data set does not say.
    pub sources: Option<u32>,
    /// The source or sources named; `None` where absent or too long to keep.
    pub source: Option<String>,
}
