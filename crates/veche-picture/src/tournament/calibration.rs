//! How far what an institute said was borne out: its intervals, and its probabilities of conflict.

use super::submission::{Stated, Submission};
use crate::area::AreaId;
use crate::forecast::Grid;
use crate::forecast::score::CONFLICT_DEATHS;
use crate::forecast::score::calibration::{Reliability, reliability};
use std::collections::BTreeMap;

/// Lower bounds of the classes of probability, but the first.
const EDGES: [f64; 7] = [0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8];

/// An institute's calibration over all cells of which it is known what happened.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize)]
pub struct Calibration {
    /// Known cells with a whole distribution.
    pub cells: usize,
    /// Of these, those within the interval from the quantile of 25 % to that of 75 %, bounds included.
    pub within_half: usize,
    /// Of these, those within the interval from 5 % to 95 %, bounds included.
    pub within_nine_tenths: usize,
    /// Known cells with a probability of conflict, which all have.
    pub chances: usize,
    /// By class of the probability of 25 deaths or more: how many, what was said, how often it happened.
    pub reliability: Vec<Reliability>,
}

/// Judges submissions, of one institute or of several, against what happened.
///
/// Bounds count as within: the intervals of counts near 0 hold more than they promise, for anyone.
#[must_use]
pub fn calibration<'s>(
    submissions: impl IntoIterator<Item = &'s Submission>,
    truth: &Grid,
) -> Calibration {
    let places: BTreeMap<AreaId, usize> =
        truth.areas().enumerate().map(|(place, area)| (area, place)).collect();
    let (mut found, mut chances) = (Calibration::default(), Vec::new());
    for one in submissions {
        for (&(unit, month), stated) in &one.cells {
            let count = places.get(&unit).and_then(|place| truth.count(*place, month));
            let Some(count) = count else { continue };
            chances.push((stated.conflict(), count >= CONFLICT_DEATHS));
            if let Stated::Deaths(deaths) = stated {
                let within = |low: f64, high: f64| {
                    let came = count as f64;
                    usize::from(deaths.quantile(low) <= came && came <= deaths.quantile(high))
                };
                found.cells += 1;
                found.within_half += within(0.25, 0.75);
                found.within_nine_tenths += within(0.05, 0.95);
            }
        }
    }
    found.chances = chances.len();
    found.reliability = reliability(&chances, &EDGES);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::count::Count;
    use crate::forecast::Distribution;
    use crate::history::Panel;
    use crate::month::Month;
    use crate::source::stated::Form;
    use crate::vintage::Vintage;
    use crate::{CountTable, Scheme, Series};

    #[test]
    fn what_came_lies_within_or_without_and_probabilities_are_counted_by_class() {
        let (area, series) = (AreaId::new(Scheme::Views, 1), Series::parse("ged_sb").unwrap());
        let month = |at: i64| Month::from_id(409 + at).unwrap();
        let counts = [30u32, 0].into_iter().zip(0..).map(|(count, at)| Count {
            area,
            month: month(at),
            series: series.clone(),
            count,
            quality: String::new(),
        });
        let mut table = CountTable::default();
        table.merge(counts.collect(), Vintage([0; 32])).unwrap();
        let grid = Grid::new(&Panel::from_counts(&table, &series)).unwrap();
        let sure = Stated::Deaths(Distribution::certain(30));
        let cells = [(0, sure.clone()), (1, Stated::Conflict(0.05)), (2, sure)]
            .into_iter()
            .map(|(at, stated)| ((area, month(at)), stated));
        let one = Submission {
            institute: "E".to_owned(),
            form: Form::Draws,
            cells: cells.collect(),
            widened: 0,
        };
        // The third month is not known yet.
        let found = calibration([&one], &grid);
        assert_eq!((found.cells, found.within_half, found.within_nine_tenths), (1, 1, 1));
        let told: Vec<(u64, f64)> =
            found.reliability.iter().map(|line| (line.forecasts, line.happened)).collect();
        assert_eq!(found.chances, 2);
        assert_eq!((told[2], told[7]), ((1, 0.0), (1, 1.0)));
    }
}
