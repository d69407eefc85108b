//! One incident: what was reported to have happened on a day, with deaths or without, and by whom it was reported.

use crate::area::AreaId;
use crate::date::Date;
use std::fmt;

/// Longest number of an incident, in bytes: ACLED's have about ten.
pub const ID_LEN_MAX: usize = 32;

/// The number that a data set gives an incident, stable across its releases, as `AFG60245`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct IncidentId(String);

/// Why a text is not an [`IncidentId`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an incident's number is 1 to {ID_LEN_MAX} letters, digits, `-` and `_`")]
pub struct NotAnIncident;

impl IncidentId {
    /// Parses a number.
    ///
    /// # Errors
    /// [`NotAnIncident`].
    pub fn parse(text: &str) -> Result<Self, NotAnIncident> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        let fits = (1..=ID_LEN_MAX).contains(&text.len()) && text.bytes().all(plain);
        if fits { Ok(Self(text.to_owned())) } else { Err(NotAnIncident) }
    }

    /// Returns the number.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for IncidentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What happened.
///
/// Source: ACLED codebook, `event_type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Happened {
    /// Armed groups fought each other.
    Battle,
    /// A bomb, a shell, a mine, a strike from the air: one side alone was there.
    Explosion,
    /// An armed group attacked people who had no arms.
    AgainstCivilians,
    /// People showed what they want, without violence of their own.
    Protest,
    /// People showed it with violence.
    Riot,
    /// Something that bears on conflict and is none: an arrest, an agreement, a move of troops.
    Development,
}

impl Happened {
    /// Each with the word that ACLED has for it.
    pub const WORDS: [(Self, &'static str); 6] = [
        (Self::Battle, "Battles"),
        (Self::Explosion, "Explosions/Remote violence"),
        (Self::AgainstCivilians, "Violence against civilians"),
        (Self::Protest, "Protests"),
        (Self::Riot, "Riots"),
        (Self::Development, "Strategic developments"),
    ];

    /// Returns what a word of ACLED means, in any case.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        let same = |(_, known): &&(Self, &str)| known.eq_ignore_ascii_case(word);
        Self::WORDS.iter().find(same).map(|(happened, _)| *happened)
    }

    /// Returns ACLED's word.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(happened, _)| *happened == self).map_or("", |(_, word)| word)
    }

    /// Returns whether it is armed conflict: a battle, an explosion or violence against civilians.
    #[must_use]
    pub const fn is_conflict(self) -> bool {
        match self {
            Self::Battle | Self::Explosion | Self::AgainstCivilians => true,
            Self::Protest | Self::Riot | Self::Development => false,
        }
    }
}

/// One incident.
#[derive(Debug, Clone, PartialEq)]
pub struct Incident {
    /// Its number in the data set.
    pub id: IncidentId,
    /// The day; the incident counts in its week and its month.
    pub date: Date,
    /// How exactly the day is known: 1 (the day), 2 (the week), 3 (the month).
    pub time_precision: u8,
    /// What happened.
    pub happened: Happened,
    /// The same more closely, as the data set says it.
    pub closer: String,
    /// Who did it, or one side.
    pub actor: String,
    /// To whom, or the other side; `None` where there is none.
    pub other: Option<String>,
    /// The country that it happened in.
    pub area: AreaId,
    /// That country's name in the data set.
    pub country: String,
    /// The province, empty where none is named.
    pub province: String,
    /// The place.
    pub place: String,
    /// Latitude in degrees, -90 to 90.
    pub latitude: f64,
    /// Longitude in degrees, -180 to 180.
    pub longitude: f64,
    /// How exactly the place is known: 1 (the spot), 2 (near a town), 3 (the region).
    pub where_precision: u8,
    /// Who reported it, separated by `;`; empty where nobody is named, or the list is too long to keep.
    pub sources: String,
    /// Deaths, as reported.
    pub deaths: u32,
}

impl Incident {
    /// Returns who reported it, each once, in the order named; nobody where no source is known.
    pub fn reporters(&self) -> impl Iterator<Item = &str> {
        let named: Vec<&str> =
            self.sources.split(';').map(str::trim).filter(|source| !source.is_empty()).collect();
        let first = |at: usize, of: &[&str]| of.iter().position(|one| *one == of[at]) == Some(at);
        let kept: Vec<&str> =
            (0..named.len()).filter(|at| first(*at, &named)).map(|at| named[at]).collect();
        kept.into_iter()
    }
}
