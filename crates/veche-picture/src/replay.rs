//! What a threshold would have done in the past: each month judged by what was known then, and by what followed.

use crate::history::{Cell, History, Panel};
use crate::month::Month;
use crate::progress::{Progress, Stage};
use crate::tension::Levels;

/// Months after an alarm in which the outcome must happen.
pub const OUTCOME_MONTHS: usize = 3;
/// Months up to and including the alarm that the outcome is compared with.
pub const PRIOR_MONTHS: usize = 12;

/// What a warning warns of: in the next three months, at least so many deaths, and so much more than usual.
///
/// With `f` the deaths of the three months after a month, and `p` those of the twelve up to and including it, the
/// outcome happens if `f >= deaths_min` and `4 f >= growth p`: `growth` times the mean three months of that year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Outcome {
    /// Fewest deaths in the three months together; 0 counts as 1.
    pub deaths_min: u64,
    /// Growth over the year before; 0 asks for none.
    pub growth: u64,
}

impl Outcome {
    /// 25 deaths, UCDP's bound of an active conflict, and twice the year before.
    pub const DEFAULT: Self = Self { deaths_min: 25, growth: 2 };

    /// Returns in which month after `place` (1 to 3) the outcome was reached.
    ///
    /// The outer `None`: not known, since a month is missing or a proxy. The inner: it did not happen.
    #[must_use]
    pub fn reached(self, cells: &[Cell], place: usize) -> Option<Option<usize>> {
        self.reached_over(cells, place, place + 1)
    }

    /// Returns the same, but with `p` the twelve months before `place`: a surprising month does not raise its own bar.
    #[must_use]
    pub fn reached_over_the_year_before(
        self,
        cells: &[Cell],
        place: usize,
    ) -> Option<Option<usize>> {
        self.reached_over(cells, place, place)
    }

    fn reached_over(self, cells: &[Cell], place: usize, end: usize) -> Option<Option<usize>> {
        let next = cells.get(place + 1..=place + OUTCOME_MONTHS)?;
        let prior = cells.get(end.checked_sub(PRIOR_MONTHS)?..end)?;
        if next.iter().any(|cell| cell.proxy) {
            return None;
        }
        let prior = prior.iter().fold(0, |sum: u64, cell| sum.saturating_add(cell.count));
        let mut sum = 0u64;
        let reached = next.iter().position(|cell| {
            sum = sum.saturating_add(cell.count);
            sum >= self.deaths_min.max(1)
                && sum.saturating_mul(4) >= prior.saturating_mul(self.growth)
        });
        Some(reached.map(|month| month + 1))
    }
}

/// A threshold's record over past months.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Record {
    /// Months replayed: with an index, and with an outcome that is known.
    pub months: u64,
    /// Months at or over the threshold.
    pub alarms: u64,
    /// Alarms after which the outcome happened.
    pub hits: u64,
    /// Alarms after which it did not.
    pub false_alarms: u64,
    /// Months under the threshold after which the outcome happened.
    pub misses: u64,
    /// Sum over the hits of the months from the alarm to the month in which the outcome was reached.
    pub lead_months: u64,
}

impl Record {
    /// Returns false alarms as a share of alarms, in thousandths; `None` without an alarm.
    #[must_use]
    pub fn false_alarms_per_mille(&self) -> Option<u64> {
        per(1000, self.false_alarms, self.alarms)
    }

    /// Returns false alarms as a share of months after which the outcome did not happen, in thousandths.
    #[must_use]
    pub fn false_alarms_per_mille_of_quiet_months(&self) -> Option<u64> {
        per(1000, self.false_alarms, self.months.saturating_sub(self.hits + self.misses))
    }

    /// Returns hits as a share of outcomes, in thousandths; `None` without an outcome.
    #[must_use]
    pub fn hits_per_mille_of_outcomes(&self) -> Option<u64> {
        per(1000, self.hits, self.hits + self.misses)
    }

    /// Returns the mean lead time of the hits, in tenths of a month (10 to 30); `None` without a hit.
    #[must_use]
    pub fn lead_tenths(&self) -> Option<u64> {
        per(10, self.lead_months, self.hits)
    }

    /// Counts one month: whether there was an alarm, and in which month after it the outcome was reached.
    pub(crate) fn take(&mut self, alarm: bool, reached: Option<usize>) {
        self.months += 1;
        match (alarm, reached) {
            (true, Some(lead)) => {
                self.alarms += 1;
                self.hits += 1;
                self.lead_months += u64::try_from(lead).unwrap_or_default();
            }
            (true, None) => {
                self.alarms += 1;
                self.false_alarms += 1;
            }
            (false, Some(_)) => self.misses += 1,
            (false, None) => {}
        }
    }

    const fn add(&mut self, other: Self) {
        self.months += other.months;
        self.alarms += other.alarms;
        self.hits += other.hits;
        self.false_alarms += other.false_alarms;
        self.misses += other.misses;
        self.lead_months += other.lead_months;
    }
}

/// Returns `part / whole` in units of `1 / scale`, rounded half up.
const fn per(scale: u64, part: u64, whole: u64) -> Option<u64> {
    if whole == 0 { None } else { Some((2 * scale * part + whole) / (2 * whole)) }
}

/// Replays a threshold over an area's months, knowing nothing after `until`.
///
/// A month counts if it has an index and its outcome is known by `until`. The index of each month is computed from
/// the months up to it alone, but from their counts as known now: how counts were revised since is not replayed.
#[must_use]
pub fn replay(history: &History, threshold: u8, outcome: Outcome, until: Month) -> Record {
    let Some(last) =
        history.last().map(|last| last.min(until)).and_then(|last| history.place_of(last))
    else {
        return Record::default();
    };
    let cells = history.cells().get(..=last).unwrap_or_default();
    let levels = Levels::of(cells);
    let mut record = Record::default();
    for place in 0..cells.len() {
        let (Some(shape), Some(reached)) = (levels.shape(place), outcome.reached(cells, place))
        else {
            continue;
        };
        record.take(shape.index() >= threshold, reached);
    }
    record
}

/// Replays a threshold over all areas of a panel, and returns the sum of their records.
#[must_use]
pub fn replay_panel(
    panel: &Panel,
    threshold: u8,
    outcome: Outcome,
    until: Month,
    progress: &mut dyn FnMut(Progress),
) -> Record {
    let mut sum = Record::default();
    let of = u64::try_from(panel.histories().len()).ok();
    for (done, history) in (1..).zip(panel.histories()) {
        sum.add(replay(history, threshold, outcome, until));
        progress(Progress { stage: Stage::Replay, done, bytes: 0, of });
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::area::{AreaId, Scheme, Series};
    use crate::tension::MONTHS_MIN;

    fn cells(counts: &[u64]) -> Vec<Cell> {
        counts.iter().map(|count| Cell { count: *count, ..Cell::default() }).collect()
    }

    fn history(counts: &[u64]) -> History {
        let series = Series::parse("ged_sb").unwrap();
        History::new(
            AreaId::new(Scheme::Views, 1),
            series,
            Month::new(2010, 1).unwrap(),
            cells(counts),
        )
    }

    #[test]
    fn the_outcome_needs_both_the_deaths_and_the_growth() {
        let reached = |prior: u64, next: [u64; 3]| {
            let counts = [vec![prior; 12], next.to_vec()].concat();
            Outcome::DEFAULT.reached(&cells(&counts), 11).unwrap()
        };
        assert_eq!(reached(0, [24, 0, 0]), None);
        assert_eq!(reached(0, [24, 1, 0]), Some(2));
        assert_eq!(reached(0, [25, 0, 0]), Some(1));
        // Ten a month: thirty in three months is usual, sixty is twice that.
        assert_eq!(reached(10, [20, 20, 19]), None);
        assert_eq!(reached(10, [20, 20, 20]), Some(3));
    }

    #[test]
    fn a_surprising_month_does_not_raise_its_own_bar() {
        let counts = [vec![0; 12], vec![90], vec![20, 5, 0]].concat();
        let cells = cells(&counts);
        // 25 deaths are less than twice a fourth of 90, and more than twice nothing.
        assert_eq!(Outcome::DEFAULT.reached(&cells, 12), Some(None));
        assert_eq!(Outcome::DEFAULT.reached_over_the_year_before(&cells, 12), Some(Some(2)));
        assert_eq!(Outcome::DEFAULT.reached_over_the_year_before(&cells, 11), None);
    }

    #[test]
    fn an_outcome_with_a_missing_or_proxy_month_is_not_known() {
        let mut cells = cells(&[0; 15]);
        assert_eq!(Outcome::DEFAULT.reached(&cells, 11), Some(None));
        assert_eq!(Outcome::DEFAULT.reached(&cells, 12), None);
        assert_eq!(Outcome::DEFAULT.reached(&cells, 10), None);
        cells[14].proxy = true;
        assert_eq!(Outcome::DEFAULT.reached(&cells, 11), None);
    }

    #[test]
    fn a_replay_counts_hits_misses_and_false_alarms_by_hand() {
        // Peace, but for 25 deaths in month 40 and 400 in month 70, each without a sign before and nothing after.
        let mut counts = vec![0; 100];
        counts[40] = 25;
        counts[70] = 400;
        let record = replay(&history(&counts), 50, Outcome::DEFAULT, Month::new(2030, 1).unwrap());
        // Months 28 (the first with an index) to 96 (the last with three after it).
        assert_eq!(record.months, 69);
        assert_eq!(MONTHS_MIN, 29);
        // Month 40 has 52 points and 41 has 26; 70 has 80 and 71 has 47 (R = 2/7 ln 401, mid-rank 59/60).
        assert_eq!((record.alarms, record.false_alarms, record.hits), (2, 2, 0));
        // Months 37 to 39 and 67 to 69.
        assert_eq!(record.misses, 6);
        assert_eq!(record.false_alarms_per_mille(), Some(1000));
        assert_eq!(record.lead_tenths(), None);
    }

    #[test]
    fn a_rise_that_goes_on_is_a_hit_with_its_lead() {
        let mut counts = vec![0; 60];
        counts[40..44].copy_from_slice(&[25, 0, 30, 0]);
        let record = replay(&history(&counts), 50, Outcome::DEFAULT, Month::new(2030, 1).unwrap());
        // At 40 (52 points) the outcome is reached in the second month after; at 42 (over 50) it is not again.
        assert_eq!((record.hits, record.lead_months), (1, 2));
        assert_eq!(record.lead_tenths(), Some(20));
    }

    #[test]
    fn nothing_after_the_month_of_the_draft_is_known() {
        let mut counts = vec![0; 60];
        counts[40] = 25;
        let whole = history(&counts);
        let until = whole.month_at(42).unwrap();
        let cut = replay(&whole.until(until), 50, Outcome::DEFAULT, until);
        assert_eq!(replay(&whole, 50, Outcome::DEFAULT, until), cut);
        assert_eq!(cut.months, 12);
        assert_eq!(
            replay(&whole, 50, Outcome::DEFAULT, Month::new(1990, 1).unwrap()),
            Record::default()
        );
    }

    #[test]
    fn shares_are_rounded_half_up() {
        assert_eq!(per(1000, 1, 3), Some(333));
        assert_eq!(per(1000, 2, 3), Some(667));
        assert_eq!(per(10, 5, 4), Some(13));
        assert_eq!(per(10, 5, 0), None);
    }
}
