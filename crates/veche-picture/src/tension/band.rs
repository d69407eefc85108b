//! How far an index would move, had other sources been read, or had the dead been counted low or high.
//!
//! By sources: they are drawn anew, as many as there are, some twice and some not at all; an incident then counts as often as
//! those who report it were drawn, divided by how many report it. What one source miscodes or repeats, it does in all its reports,
//! so whole sources are drawn and not single reports. By estimates: the three months of the window take all events at their low
//! and then at their high; the months before keep the best.

use super::Levels;
use crate::area::AreaId;
use crate::event::Event;
use crate::forecast::random;
use crate::history::{Cell, History, INCIDENT_DEATHS_SERIES};
use crate::incident::Incident;
use crate::month::Month;
use crate::table::{EventTable, IncidentTable};
use crate::tension::WINDOW_MONTHS;
use crate::tension::attention::SOURCES_MIN;
use std::collections::BTreeMap;

/// How often sources are drawn.
pub const RESAMPLES: usize = 400;
/// Widest band, in points, with which an index is called known: more than a class of it.
pub const BAND_WIDTH_MAX: u8 = 25;
/// Seed of the drawing: a part of the formula, so that the same reports have the same band everywhere.
const SEED: u64 = 0x7665_6368_6500_0002;

/// The band of an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Band {
    /// The lower end: 5 % of draws are lower, or the index of low estimates.
    pub low: u8,
    /// The upper end: 5 % of draws are higher, or the index of high estimates.
    pub high: u8,
    /// What was varied.
    pub by: By,
}

/// What a band comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// So many sources, drawn anew.
    Sources(usize),
    /// Low and high estimates of the dead.
    Estimates,
}

/// Why there is no band.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoBand {
    /// Too few sources report of the area.
    #[error("{0} sources report of it, and {SOURCES_MIN} are needed")]
    FewSources(usize),
    /// There is no index.
    #[error("there is no index of the month")]
    NoIndex,
    /// The counts were imported as such.
    #[error("counts alone do not say how sure they are; a band needs events or incidents")]
    CountsAlone,
}

impl Band {
    /// Returns the width in points.
    #[must_use]
    pub const fn width(self) -> u8 {
        self.high - self.low
    }

    /// Returns whether the band is too wide for the index to be called known.
    #[must_use]
    pub const fn is_wide(self) -> bool {
        self.width() > BAND_WIDTH_MAX
    }
}

/// One incident of an area: its month's place, what it counts, and who reports it.
struct Piece {
    place: usize,
    amount: u64,
    by: Vec<usize>,
}

/// Returns the band of an area's index over sources drawn anew; `history` is the area's, of the table's incidents.
///
/// # Errors
/// [`NoBand`].
pub fn by_sources(table: &IncidentTable, history: &History, at: Month) -> Result<Band, NoBand> {
    let place = history.place_of(at).ok_or(NoBand::NoIndex)?;
    let index = index_of(history.cells(), place).ok_or(NoBand::NoIndex)?;
    let (pieces, sources) = pieces(table, history, place);
    if sources < SOURCES_MIN {
        return Err(NoBand::FewSources(sources));
    }
    let mut drawn: Vec<u8> = (0..RESAMPLES)
        .filter_map(|sample| index_of(&resampled(&pieces, sources, place, sample), place))
        .collect();
    drawn.sort_unstable();
    let end = |at: usize| drawn.get(at).copied().unwrap_or(index);
    let (low, high) =
        (end(RESAMPLES / 20).min(index), end(RESAMPLES - 1 - RESAMPLES / 20).max(index));
    Ok(Band { low, high, by: By::Sources(sources) })
}

fn pieces(table: &IncidentTable, history: &History, last: usize) -> (Vec<Piece>, usize) {
    let counts: fn(&Incident) -> u64 = if history.series().as_str() == INCIDENT_DEATHS_SERIES {
        |incident| u64::from(incident.deaths)
    } else {
        |incident| u64::from(incident.happened.is_conflict())
    };
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
    let mut pieces = Vec::new();
    let of_area = table.rows().map(|(row, _)| row).filter(|row| row.area == history.area());
    for incident in of_area {
        let place = history.place_of(incident.date.month()).filter(|place| *place <= last);
        let Some(place) = place else { continue };
        let mut by = Vec::new();
        for source in incident.reporters() {
            let next = numbers.len();
            by.push(*numbers.entry(source).or_insert(next));
        }
        pieces.push(Piece { place, amount: counts(incident), by });
    }
    (pieces, numbers.len())
}

/// Returns the months up to a place as they would be with other sources.
fn resampled(pieces: &[Piece], sources: usize, last: usize, sample: usize) -> Vec<Cell> {
    // For the window and for the months before, each for itself: a feed that comes twice now did not before.
    let drawn = |seed: u64| {
        let seed = random::number(seed, sample as u64);
        let mut times = vec![0u32; sources];
        for draw in 0..sources {
            times[random::below(sources, seed, draw as u64)] += 1;
        }
        times
    };
    let (before, now) = (drawn(SEED), drawn(SEED + 1));
    let mut sums = vec![0.0f64; last + 1];
    for piece in pieces {
        let times = if piece.place + WINDOW_MONTHS > last { &now } else { &before };
        // What no source is named for, each sample has once.
        let share = match piece.by.len() {
            0 => 1.0,
            n => piece.by.iter().map(|source| f64::from(times[*source])).sum::<f64>() / n as f64,
        };
        sums[piece.place] += share * piece.amount as f64;
    }
    sums.into_iter().map(|sum| Cell { count: whole(sum), ..Cell::default() }).collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a sum of counts, far below 2^53"
)]
fn whole(sum: f64) -> u64 {
    sum.round() as u64
}

fn index_of(cells: &[Cell], place: usize) -> Option<u8> {
    Some(Levels::of(cells.get(..=place)?).shape(place)?.index())
}

/// Returns the band of an area's index between the low and the high estimates of the window's events.
///
/// # Errors
/// [`NoBand::NoIndex`].
pub fn by_estimates(table: &EventTable, history: &History, at: Month) -> Result<Band, NoBand> {
    let place = history.place_of(at).ok_or(NoBand::NoIndex)?;
    let index = index_of(history.cells(), place).ok_or(NoBand::NoIndex)?;
    let with = |estimate: fn(&Event) -> u32| {
        let mut cells = history.cells().get(..=place).unwrap_or_default().to_vec();
        let first = (place + 1).saturating_sub(WINDOW_MONTHS);
        cells.iter_mut().skip(first).for_each(|cell| cell.count = 0);
        for event in of_area(table, history.area()) {
            let at =
                history.place_of(event.date_end.month()).filter(|at| (first..=place).contains(at));
            if let Some(cell) = at.and_then(|at| cells.get_mut(at)) {
                cell.count += u64::from(estimate(event));
            }
        }
        index_of(&cells, place).unwrap_or(index)
    };
    let (low, high) = (with(|event| event.low), with(|event| event.high));
    Ok(Band { low: low.min(index), high: high.max(index), by: By::Estimates })
}

fn of_area(table: &EventTable, area: AreaId) -> impl Iterator<Item = &Event> {
    table.rows().map(|(row, _)| row).filter(move |row| row.area == area)
}
