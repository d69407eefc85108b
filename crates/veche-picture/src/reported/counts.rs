//! From reported events to the counts that the index reads.

use super::{ReportedEvent, countries};
use crate::area::{AreaId, Scheme};
use crate::joining::alike::body;
use crate::joining::{Finding, Reliability};
use crate::month::Month;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// Events of material conflict (quad 4).
    Conflict,
    /// Events of material conflict of the type ASSAULT.
    Assaults,
    /// Events of cooperation (quads 1 and 2).
    Cooperation,
    /// The least number of dead that reports hold to.
    Dead,
}

impl Counted {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Conflict, Self::Assaults, Self::Cooperation, Self::Dead];

    /// Returns the name of its series.
    #[must_use]
    pub const fn series(self) -> &'static str {
        match self {
            Self::Conflict => "events_conflict",
            Self::Assaults => "events_assaults",
            Self::Cooperation => "events_cooperation",
            Self::Dead => "events_dead",
        }
    }

    fn of(self, event: &ReportedEvent) -> u32 {
        let one = |held: bool| u32::from(held);
        match self {
            Self::Conflict => one(event.quad == Some(4)),
            Self::Assaults => one(event.kind == "ASSAULT"),
            Self::Cooperation => one(matches!(event.quad, Some(1 | 2))),
            Self::Dead => event.dead_low.and_then(|dead| u32::try_from(dead).ok()).unwrap_or(0),
        }
    }
}

/// Which events count.
#[derive(Debug, Clone)]
pub struct Asked {
    /// What is counted.
    pub counted: Counted,
    /// Least confidence, in millionths; an event of a data set, which has none, passes.
    pub confidence: i32,
    /// Numbers of states that ISO 3166-1 does not know, by their code.
    pub areas: BTreeMap<String, u16>,
}

/// Why events stayed outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outside {
    /// An analyst found that it is no event.
    Rejected,
    /// Whoever reported it has taken it back.
    Retracted,
    /// Only publishers of low reliability tell it.
    LowReliability,
    /// It is too uncertain.
    Uncertain,
    /// It has not happened: denied, to come, thought of, or long past.
    NotHappened,
    /// No state is known for it.
    NoCountry,
}

impl Outside {
    /// Returns what it says of events.
    #[must_use]
    pub const fn says(self) -> &'static str {
        match self {
            Self::Rejected => "rejected by an analyst",
            Self::Retracted => "retracted",
            Self::LowReliability => "told only by publishers of low reliability",
            Self::Uncertain => "less certain than asked",
            Self::NotHappened => "not happened, or long past",
            Self::NoCountry => "of no state that is known",
        }
    }
}

/// Counts by state and month.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// The counts; a state's months without an event are there, from its first to the last of all.
    pub cells: BTreeMap<(AreaId, Month), u32>,
    /// Events that count.
    pub counted: u64,
    /// Events that stayed outside, by why.
    pub outside: BTreeMap<Outside, u64>,
}

/// Returns the counts of events.
#[must_use]
pub fn counts<'e>(events: impl Iterator<Item = &'e ReportedEvent>, asked: &Asked) -> Counts {
    let mut counts = Counts::default();
    for event in events {
        match place(event, asked) {
            Ok(area) => {
                counts.counted += 1;
                let cell = counts.cells.entry((area, event.first.month())).or_default();
                *cell = cell.saturating_add(asked.counted.of(event));
            }
            Err(why) => *counts.outside.entry(why).or_default() += 1,
        }
    }
    fill(&mut counts.cells);
    counts
}

/// Returns the state in which an event counts: that of its place, of whoever suffers it, or of whoever does it.
fn place(event: &ReportedEvent, asked: &Asked) -> Result<AreaId, Outside> {
    let low =
        event.reliability.as_deref().and_then(Reliability::parse).is_some_and(Reliability::is_low);
    let review = event.review.as_deref().and_then(Finding::parse);
    if review == Some(Finding::Rejected) {
        return Err(Outside::Rejected);
    }
    if event.status == "retracted" {
        return Err(Outside::Retracted);
    }
    // Who looked at it knows more than its sources' grades.
    let looked_at = review.is_some();
    if low && !looked_at {
        return Err(Outside::LowReliability);
    }
    if !looked_at && event.confidence.is_some_and(|confidence| confidence < asked.confidence) {
        return Err(Outside::Uncertain);
    }
    if event.aux.is_some() {
        return Err(Outside::NotHappened);
    }
    let states = [event.country.as_deref(), event.recipient.as_deref(), event.actor.as_deref()];
    let number = states.into_iter().flatten().filter_map(body).find_map(|code| {
        let known =
            countries::by_alpha3(code).map(|country| country.number).filter(|number| *number > 0);
        asked.areas.get(code).copied().or(known)
    });
    number.map(|number| AreaId::new(Scheme::Iso, number)).ok_or(Outside::NoCountry)
}

/// Adds the months without an event: a gap would be no count at all.
fn fill(cells: &mut BTreeMap<(AreaId, Month), u32>) {
    let Some(last) = cells.keys().map(|(_, month)| *month).max() else { return };
    let mut first: BTreeMap<AreaId, Month> = BTreeMap::new();
    for (area, month) in cells.keys() {
        first.entry(*area).or_insert(*month);
    }
    for (area, from) in first {
        let mut month = Some(from);
        while let Some(at) = month.filter(|at| *at <= last) {
            cells.entry((area, at)).or_default();
            month = Month::from_id(i64::from(at.id()) + 1).ok();
        }
    }
}

impl Counts {
    /// Returns the counts as the CSV that `veche picture import counts --scheme iso` reads.
    #[must_use]
    pub fn to_csv(&self, counted: Counted) -> String {
        let mut out = format!("country_id,year,month,{}\n", counted.series());
        for ((area, month), count) in &self.cells {
            // A string takes whatever is written.
            let _always_ok =
                writeln!(out, "{},{},{},{count}", area.number(), month.year(), month.month());
        }
        out
    }
}
