//! The tension index: how far an area's recent months stand out, 0 to 100. The page is `docs/tension.md`.
//!
//! ```text
//! x(m) = ln(1 + count(m))
//! R(t) = (4 x(t) + 2 x(t-1) + x(t-2)) / 7                     half-life of one month, three months
//! P(t) = (below + equal / 2) / n                              of R(t-3), R(t-4), .. R(t-62)
//! level    = min(1, R(t) / ln 1001)
//! surprise = max(0, 2 P(t) - 1) min(1, R(t) / ln 26)
//! change   = min(1, max(0, R(t) - median of those R) / ln 10)
//! index    = round(40 level + 30 surprise + 30 change)
//! ```
//!
//! Beside it stand, each for itself: how long a regime has lasted ([`change`]), the share of attention with a band over
//! sources ([`attention`]), how far the index would move with other sources or estimates ([`band`](mod@band)), surprise in bits under the
//! forecast ([`Tail`](crate::alarm::Tail)), and a sum of such components ([`scale`]) with declared weights ([`composite`]).

pub mod attention;
pub mod band;
pub mod change;
pub mod composite;
pub mod scale;

use crate::area::{AreaId, Series};
use crate::event::EventId;
use crate::history::{Cell, History};
use crate::month::Month;

/// The formula's name, which every result carries: another formula gets another name.
pub const FORMULA: &str = "tension/1";
/// Months that the recent window spans.
pub const WINDOW_MONTHS: usize = 3;
/// Weights of the window's months, the last month first: a half-life of one month.
pub const WINDOW_WEIGHTS: [f64; WINDOW_MONTHS] = [4.0, 2.0, 1.0];
/// Most earlier windows that the recent one is compared with: five years.
pub const REFERENCE_MAX: usize = 60;
/// Fewest earlier windows: with less than two years a rank says little.
pub const REFERENCE_MIN: usize = 24;
/// Months of data without which there is no index.
pub const MONTHS_MIN: usize = 2 * WINDOW_MONTHS + REFERENCE_MIN - 1;
/// Points of the index for each part, level first, then surprise and change.
pub const PART_POINTS: [f64; 3] = [40.0, 30.0, 30.0];
/// Deaths a month at which the level has all its points: UCDP's bound of a war, there for a year.
pub const LEVEL_FULL: f64 = 1000.0;
/// Deaths a month below which surprise is damped, lest one death after years of peace count as a crisis.
pub const SURPRISE_FULL: f64 = 25.0;
/// Growth over the usual at which the change has all its points.
pub const CHANGE_FULL: f64 = 10.0;
/// Most reasons that name a single event; the others of a month are taken together.
pub const EVENT_REASONS_MAX: usize = 20;
/// Hundredths of a point in the highest index.
const HUNDREDTHS: u32 = 100;

/// A class of the index.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Nothing stands out.
    Calm,
    /// Worth a look.
    Watch,
    /// Clearly above the usual.
    Tense,
    /// Far above the usual.
    Acute,
    /// As high as it gets.
    Crisis,
}

/// Where each class above calm begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bands([u8; 4]);

impl Bands {
    /// 0-14 calm, 15-34 watch, 35-54 tense, 55-74 acute, 75-100 crisis.
    pub const DEFAULT: Self = Self([15, 35, 55, 75]);

    /// Returns bands with the lowest index of watch, tense, acute and crisis; `None` unless ascending within 1 to 100.
    #[must_use]
    pub fn new(lowest: [u8; 4]) -> Option<Self> {
        let ascending = lowest.iter().zip(lowest.iter().skip(1)).all(|(low, high)| low < high);
        (ascending && lowest.iter().all(|low| (1..=100).contains(low))).then_some(Self(lowest))
    }

    /// Returns the class of an index.
    #[must_use]
    pub fn class_of(self, index: u8) -> Class {
        match self.0.iter().filter(|lowest| index >= **lowest).count() {
            0 => Class::Calm,
            1 => Class::Watch,
            2 => Class::Tense,
            3 => Class::Acute,
            _ => Class::Crisis,
        }
    }
}

/// What can be said of an area in a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// The index and its reasons.
    Known(Tension),
    /// There is none.
    NoData(NoData),
}

/// Why there is no index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoData {
    /// The history does not cover the month.
    #[error("no data for {0}")]
    NotCovered(Month),
    /// The history before the month is too short.
    #[error("{months} months of data, {MONTHS_MIN} are needed")]
    TooShort {
        /// Months up to the one asked for.
        months: usize,
    },
}

/// An area's tension in a month. All contributions are in hundredths of a point and sum to the index.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Tension {
    /// The formula, [`FORMULA`].
    pub formula: &'static str,
    /// The area.
    pub area: AreaId,
    /// What was counted.
    pub series: Series,
    /// The last month of the recent window.
    pub month: Month,
    /// 0 to 100.
    pub index: u8,
    /// Hundredths of a point from the level, the surprise and the change.
    pub parts: Parts,
    /// What moved it, the largest first.
    pub reasons: Vec<Reason>,
    /// How many earlier windows it was compared with.
    pub reference: usize,
}

/// The index by part, in hundredths of a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Parts {
    /// From how many deaths there are.
    pub level: u32,
    /// From how rare so many are here.
    pub surprise: u32,
    /// From how far they exceed what is usual here.
    pub change: u32,
}

/// One reason for the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Reason {
    /// The month.
    pub month: Month,
    /// What of it.
    pub cause: Cause,
    /// Deaths.
    pub count: u64,
    /// Hundredths of a point.
    pub contribution: u32,
}

/// What of a month is a reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The month's count, where no events are known.
    Month,
    /// One event.
    Event(EventId),
    /// The month's events beyond those named, and how many.
    OtherEvents(u64),
}

/// Returns an area's tension in a month, from nothing but its months up to that one.
#[must_use]
pub fn tension(history: &History, at: Month) -> Reading {
    let Some(place) = history.place_of(at) else {
        return Reading::NoData(NoData::NotCovered(at));
    };
    let levels = Levels::of(history.cells().get(..=place).unwrap_or_default());
    let Some(shape) = levels.shape(place) else {
        return Reading::NoData(NoData::TooShort { months: place + 1 });
    };
    let index = shape.index();
    let total = u32::from(index) * HUNDREDTHS;
    let parts = apportion(total, &shape.points);
    let part = |at: usize| parts.get(at).copied().unwrap_or_default();
    Reading::Known(Tension {
        formula: FORMULA,
        area: history.area(),
        series: history.series().clone(),
        month: at,
        index,
        parts: Parts { level: part(0), surprise: part(1), change: part(2) },
        reasons: reasons(history, place, total),
        reference: shape.reference,
    })
}

/// A history's windows, for the index of any of its months.
pub(crate) struct Levels {
    /// `R` of the window that ends at place `WINDOW_MONTHS - 1`, and of each later one.
    windows: Vec<f64>,
}

/// The parts of an index before rounding.
pub(crate) struct Shape {
    points: [f64; 3],
    reference: usize,
}

impl Levels {
    pub(crate) fn of(cells: &[Cell]) -> Self {
        let logs: Vec<f64> = cells.iter().map(log_count).collect();
        let weights: f64 = WINDOW_WEIGHTS.iter().sum();
        let level = |window: &[f64]| {
            let sum: f64 = WINDOW_WEIGHTS.iter().zip(window.iter().rev()).map(|(w, x)| w * x).sum();
            sum / weights
        };
        Self { windows: logs.windows(WINDOW_MONTHS).map(level).collect() }
    }

    /// Returns the parts for the month at this place; `None` with too few months before it.
    pub(crate) fn shape(&self, place: usize) -> Option<Shape> {
        let at = place.checked_sub(WINDOW_MONTHS - 1)?;
        let recent = *self.windows.get(at)?;
        // The latest window that shares no month with the recent one ends three months before it.
        let end = (at + 1).checked_sub(WINDOW_MONTHS)?;
        let mut reference = self.windows.get(end.saturating_sub(REFERENCE_MAX)..end)?.to_vec();
        if reference.len() < REFERENCE_MIN {
            return None;
        }
        reference.sort_by(f64::total_cmp);
        let level = (recent / LEVEL_FULL.ln_1p()).min(1.0);
        let damping = (recent / SURPRISE_FULL.ln_1p()).min(1.0);
        let surprise = (2.0 * mid_rank(&reference, recent) - 1.0).max(0.0) * damping;
        let change = ((recent - median(&reference)).max(0.0) / CHANGE_FULL.ln()).min(1.0);
        let [a, b, c] = PART_POINTS;
        Some(Shape { points: [a * level, b * surprise, c * change], reference: reference.len() })
    }
}

impl Shape {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to 0..=100 before"
    )]
    pub(crate) fn index(&self) -> u8 {
        self.points.iter().sum::<f64>().round().clamp(0.0, 100.0) as u8
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a logarithm of a count over 2^53 does not mind the last bit"
)]
fn log_count(cell: &Cell) -> f64 {
    (cell.count as f64).ln_1p()
}

/// Returns the share of values below `value`, those equal counted half.
#[expect(clippy::cast_precision_loss, reason = "at most 60 values")]
fn mid_rank(ascending: &[f64], value: f64) -> f64 {
    let below = ascending.partition_point(|other| *other < value);
    let not_above = ascending.partition_point(|other| *other <= value);
    (below + not_above) as f64 / (2 * ascending.len()) as f64
}

fn median(ascending: &[f64]) -> f64 {
    let middle = ascending.len() / 2;
    let at = |place: usize| ascending.get(place).copied().unwrap_or_default();
    if ascending.len() % 2 == 1 {
        at(middle)
    } else {
        f64::midpoint(at(middle.saturating_sub(1)), at(middle))
    }
}

fn reasons(history: &History, place: usize, total: u32) -> Vec<Reason> {
    let months: Vec<_> = (0..WINDOW_MONTHS)
        .zip(WINDOW_WEIGHTS)
        .filter_map(|(back, weight)| {
            let place = place.checked_sub(back)?;
            Some((history.month_at(place)?, history.cells().get(place)?, weight))
        })
        .collect();
    let weights: Vec<f64> =
        months.iter().map(|(_, cell, weight)| weight * log_count(cell)).collect();
    let mut reasons = Vec::new();
    for ((month, cell, _), contribution) in months.iter().zip(apportion(total, &weights)) {
        if cell.events.is_empty() {
            reasons.push(Reason {
                month: *month,
                cause: Cause::Month,
                count: cell.count,
                contribution,
            });
        } else {
            reasons.extend(by_event(*month, cell, contribution));
        }
    }
    reasons.retain(|reason| reason.contribution > 0);
    reasons.sort_by_key(|reason| {
        (std::cmp::Reverse((reason.contribution, reason.month)), reason.cause)
    });
    reasons
}

/// Shares a month's contribution among its events by their deaths.
fn by_event(month: Month, cell: &Cell, contribution: u32) -> Vec<Reason> {
    let mut events = cell.events.clone();
    events.sort_by_key(|event| (std::cmp::Reverse(event.deaths), event.id));
    let weights: Vec<f64> = events.iter().map(|event| f64::from(event.deaths)).collect();
    let mut shares = apportion(contribution, &weights);
    let others = shares.split_off(shares.len().min(EVENT_REASONS_MAX));
    let unnamed = events.split_off(events.len().min(EVENT_REASONS_MAX));
    let named = events.iter().zip(shares).map(|(event, contribution)| Reason {
        month,
        cause: Cause::Event(event.id),
        count: u64::from(event.deaths),
        contribution,
    });
    let rest = Reason {
        month,
        cause: Cause::OtherEvents(u64::try_from(unnamed.len()).unwrap_or(u64::MAX)),
        count: unnamed.iter().map(|event| u64::from(event.deaths)).sum(),
        contribution: others.iter().sum(),
    };
    named.chain(std::iter::once(rest)).collect()
}

/// Splits a whole number by weights so that the pieces sum to it: largest remainders, the first of equals.
///
/// All pieces are 0 where no weight is above 0.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "each piece is 0 to total"
)]
fn apportion(total: u32, weights: &[f64]) -> Vec<u32> {
    let sum: f64 = weights.iter().sum();
    if sum <= 0.0 {
        return vec![0; weights.len()];
    }
    let exact: Vec<f64> = weights.iter().map(|weight| f64::from(total) * weight / sum).collect();
    let mut pieces: Vec<u32> =
        exact.iter().map(|piece| (piece.floor() as u32).min(total)).collect();
    let mut order: Vec<usize> = (0..pieces.len()).collect();
    let fraction = |place: &usize| exact.get(*place).map_or(0.0, |piece| piece.fract());
    order.sort_by(|a, b| fraction(b).total_cmp(&fraction(a)));
    let missing = total.saturating_sub(pieces.iter().sum());
    for place in order.into_iter().cycle().take(usize::try_from(missing).unwrap_or_default()) {
        if let Some(piece) = pieces.get_mut(place) {
            *piece += 1;
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::area::Scheme;

    fn history(counts: &[u64]) -> History {
        let cells = counts.iter().map(|count| Cell { count: *count, ..Cell::default() }).collect();
        let area = AreaId::new(Scheme::Views, 1);
        History::new(area, Series::parse("ged_sb").unwrap(), Month::new(2010, 1).unwrap(), cells)
    }

    fn known(history: &History) -> Tension {
        match tension(history, history.last().unwrap()) {
            Reading::Known(tension) => tension,
            Reading::NoData(why) => panic!("{why}"),
        }
    }

    /// Sixty-two months of one count, then the recent three, then the index by hand.
    #[track_caller]
    fn check(usual: u64, recent: [u64; 3], index: u8) {
        let counts = [vec![usual; 62], recent.to_vec()].concat();
        let tension = known(&history(&counts));
        assert_eq!(tension.index, index, "{:?}", tension.parts);
    }

    #[test]
    fn the_index_has_the_values_worked_out_by_hand() {
        check(0, [0, 0, 0], 0);
        // R = 4/7 ln 2 = 0.3961: 40 x 0.0573 + 30 x 0.1216 + 30 x 0.1720 = 2.29 + 3.65 + 5.16 = 11.10.
        check(0, [0, 0, 1], 11);
        // R = 4/7 ln 26 = 1.8618: 40 x 0.2695 + 30 x 4/7 + 30 x 0.8086 = 10.78 + 17.14 + 24.26 = 52.18.
        check(0, [0, 0, 25], 52);
        // R = ln 26 = 3.2581: 40 x 0.4716 + 30 + 30 = 78.86.
        check(0, [25, 25, 25], 79);
        // A war that goes on as before: R = ln 1001, level 1, mid-rank 1/2, no change.
        check(1000, [1000, 1000, 1000], 40);
        // R = ln 101 = 4.6151, no surprise, no change: 40 x 0.6680 = 26.72.
        check(100, [100, 100, 100], 27);
        // A lull after war: R = 0.
        check(1000, [0, 0, 0], 0);
        check(0, [20_000, 20_000, 20_000], 100);
    }

    #[test]
    fn parts_are_those_worked_out_by_hand() {
        // 5200 x (10.7792, 17.1429, 24.2567) / 52.1787 = 1074.23, 1708.41, 2417.36: the largest remainder gets the one.
        let tension = known(&history(&[vec![0; 64], vec![25]].concat()));
        assert_eq!(tension.parts, Parts { level: 1074, surprise: 1709, change: 2417 });
        assert_eq!(tension.reference, 60);
    }

    #[test]
    fn a_half_rank_counts_equals_half() {
        assert!((mid_rank(&[0.0, 1.0, 1.0, 3.0], 1.0) - 0.5).abs() < 1e-12);
        assert!((mid_rank(&[0.0, 1.0, 1.0, 3.0], 2.0) - 0.75).abs() < 1e-12);
        assert!((median(&[0.0, 1.0, 2.0, 3.0]) - 1.5).abs() < 1e-12);
    }

    #[test]
    fn too_short_a_history_has_no_index_and_one_month_more_has() {
        let short = history(&vec![1; MONTHS_MIN - 1]);
        let months = MONTHS_MIN - 1;
        assert_eq!(
            tension(&short, short.last().unwrap()),
            Reading::NoData(NoData::TooShort { months })
        );
        let enough = history(&vec![1; MONTHS_MIN]);
        assert_eq!(known(&enough).reference, REFERENCE_MIN);
        let after = enough.last().unwrap().plus(1).unwrap();
        assert_eq!(tension(&enough, after), Reading::NoData(NoData::NotCovered(after)));
    }

    #[test]
    fn later_months_do_not_change_an_earlier_index() {
        let counts: Vec<u64> = (0..200).map(|i| (i * i * 7) % 90).collect();
        let whole = history(&counts);
        for place in 40..200 {
            let at = whole.month_at(place).unwrap();
            assert_eq!(tension(&whole, at), tension(&whole.until(at), at));
            let levels = Levels::of(whole.cells());
            let Reading::Known(known) = tension(&whole, at) else { panic!("no data") };
            assert_eq!(levels.shape(place).unwrap().index(), known.index);
        }
    }

    #[test]
    fn classes_begin_where_the_bands_say() {
        use Class::{Acute, Calm, Crisis, Tense, Watch};
        let expected = [(0, Calm), (14, Calm), (15, Watch), (34, Watch), (35, Tense), (54, Tense)];
        for (index, class) in
            expected.into_iter().chain([(55, Acute), (74, Acute), (75, Crisis), (100, Crisis)])
        {
            assert_eq!(Bands::DEFAULT.class_of(index), class, "{index}");
        }
        assert_eq!(Bands::new([15, 35, 55, 75]), Some(Bands::DEFAULT));
        assert_eq!(Bands::new([15, 15, 55, 75]), None);
        assert_eq!(Bands::new([0, 15, 55, 75]), None);
        assert_eq!(Bands::new([1, 15, 55, 101]), None);
    }

    #[test]
    fn events_share_their_months_contribution_and_the_rest_is_one_reason() {
        let mut cells = vec![Cell::default(); 64];
        let vintage = crate::Vintage([1; 32]);
        let events = (1..=30)
            .map(|id| crate::history::CellEvent { id: EventId(id), deaths: id, vintage })
            .collect();
        cells.push(Cell { count: 465, events, ..Cell::default() });
        let whole = history(&[]);
        let whole =
            History::new(whole.area(), whole.series().clone(), Month::new(2010, 1).unwrap(), cells);
        let tension = known(&whole);
        assert_eq!(tension.reasons.len(), EVENT_REASONS_MAX + 1);
        let sum: u32 = tension.reasons.iter().map(|reason| reason.contribution).sum();
        assert_eq!(sum, u32::from(tension.index) * 100);
        let others =
            tension.reasons.iter().find(|reason| reason.cause == Cause::OtherEvents(10)).unwrap();
        assert_eq!(others.count, (1..=10).sum::<u64>());
        assert_eq!(tension.reasons.iter().map(|reason| reason.count).sum::<u64>(), 465);
    }

    proptest::proptest! {
        #[test]
        fn contributions_sum_to_the_index(counts in proptest::collection::vec(0u64..3000, MONTHS_MIN..90)) {
            let tension = known(&history(&counts));
            let total = u32::from(tension.index) * 100;
            let Parts { level, surprise, change } = tension.parts;
            proptest::prop_assert!(tension.index <= 100);
            proptest::prop_assert_eq!(level + surprise + change, total);
            proptest::prop_assert_eq!(tension.reasons.iter().map(|reason| reason.contribution).sum::<u32>(), total);
        }

        #[test]
        fn more_deaths_in_the_last_month_never_lower_the_index(
            counts in proptest::collection::vec(0u64..3000, MONTHS_MIN..90), more in 1u64..5000,
        ) {
            let before = known(&history(&counts)).index;
            let mut counts = counts;
            *counts.last_mut().unwrap() += more;
            proptest::prop_assert!(known(&history(&counts)).index >= before);
        }
    }
}
