//! The components of a scale of tension, each from 0 to 100 points; a charter says which of them count, and how much.
//!
//! ```text
//! level     = min(1, R(t) / ln 1001)                                     as in the index
//! change    = min(1, max(0, R(t) - median of the earlier R) / ln 10)       as in the index
//! surprise  = min(1, bits / 10)    bits = -log2 P(Y >= y(t)) under recent/1, from the 36 months before t; if those have no count,
//!                                  P = (1 + earlier months with as many or more) / (1 + earlier months)
//! turn      = P(the regime has lasted at most three months), if the last three months are above the mean of those before; else 0
//! attention = min(1, max(0, log-odds) / 2)                               of `attention`
//! ```

use super::attention::{Attention, BAND_WIDTH_MAX, Reported};
use super::change::{Regime, RunLength, run_lengths};
use super::composite::POINTS_MAX;
use super::{Levels, NoData, PART_POINTS, WINDOW_MONTHS};
use crate::alarm::Tail;
use crate::area::AreaId;
use crate::forecast::ladder::Recent;
use crate::history::History;
use crate::month::Month;
use crate::table::IncidentTable;
use std::collections::BTreeMap;

/// Bits of surprise at which the component is full: one in 1,024.
pub const BITS_FULL: f64 = 10.0;
/// Months before the window that attention is compared with.
pub const BEFORE_MONTHS: i32 = 24;
/// Size of the regimes' negative binomials: that of the forecast.
const REGIME_SIZE: f64 = 2.0;

/// What an area's month shows, besides the index.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Shown {
    /// How probable so large a count was under the forecast made before it.
    pub tail: Tail,
    /// The same in bits of surprise.
    pub bits: f64,
    /// How long the regime has lasted.
    pub regime: RunLength,
    /// Whether the last three months are above the mean of those before.
    pub is_higher: bool,
    /// Level, from 0 to 1.
    level: f64,
    /// Change, from 0 to 1.
    change: f64,
}

impl Shown {
    /// Returns what a month shows, from nothing but the months up to it.
    ///
    /// # Errors
    /// [`NoData`].
    pub fn of(history: &History, at: Month) -> Result<Self, NoData> {
        let place = history.place_of(at).ok_or(NoData::NotCovered(at))?;
        let cells = history.cells().get(..=place).unwrap_or_default();
        let short = NoData::TooShort { months: place + 1 };
        let shape = Levels::of(cells).shape(place).ok_or(short)?;
        let [level, _, change] = shape.points;
        let counts: Vec<u64> = cells.iter().map(|cell| cell.count).collect();
        let (last, before) = counts.split_last().ok_or(short)?;
        let floats: Vec<f64> = before.iter().map(|count| *count as f64).collect();
        let forecast = Recent::DEFAULT.mixture(&floats).ok_or(short)?;
        let tail = if forecast.mean() > 0.0 {
            Tail::under(&forecast.distribution(), *last)
        } else {
            // The forecast is sure of nothing; how sure one may be, the area's own months say.
            let as_large = before.iter().filter(|count| *count >= last).count();
            Tail::among(as_large as u64, before.len() as u64)
        };
        let (old, new) = counts.split_at(counts.len().saturating_sub(WINDOW_MONTHS));
        let usual = mean(old);
        // A regime of no deaths at all would make any death a turn for certain.
        let regime = Regime { size: REGIME_SIZE, mean: usual.max(1.0) };
        let regime = run_lengths(&counts, regime).and_then(|runs| runs.last().copied());
        Ok(Self {
            tail,
            // Certainty has no bits, and not minus none.
            bits: tail.bits() + 0.0,
            regime: regime.ok_or(short)?,
            is_higher: mean(new) > usual,
            level: level / PART_POINTS[0],
            change: change / PART_POINTS[2],
        })
    }

    /// Returns the components in hundredths of a point, by name; `attention` where it is known.
    #[must_use]
    pub fn components(&self, attention: Option<Attention>) -> BTreeMap<String, u32> {
        let turn = if self.is_higher { self.regime.recent } else { 0.0 };
        let known = [
            ("level", Some(self.level)),
            ("change", Some(self.change)),
            ("surprise", Some(self.bits / BITS_FULL)),
            ("turn", Some(turn)),
            ("attention", attention.map(|attention| attention.index / BAND_WIDTH_MAX)),
        ];
        let named =
            |(name, share): (&str, Option<f64>)| Some((name.to_owned(), hundredths(share?)));
        known.into_iter().filter_map(named).collect()
    }
}

fn mean(counts: &[u64]) -> f64 {
    counts.iter().map(|count| *count as f64).sum::<f64>() / counts.len().max(1) as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "from 0 to 10,000 after the clamp; no number becomes 0"
)]
fn hundredths(share: f64) -> u32 {
    (share.clamp(0.0, 1.0) * f64::from(POINTS_MAX)).round() as u32
}

/// Returns what each source reported of an area: in the three months up to `at`, and in the [`BEFORE_MONTHS`] before those.
///
/// An incident counts for each of those who report it; one of which no source is known, for nobody.
#[must_use]
pub fn reported(table: &IncidentTable, area: AreaId, at: Month) -> Vec<Reported> {
    let window = i32::try_from(WINDOW_MONTHS).unwrap_or(i32::MAX);
    let mut sources: BTreeMap<&str, Reported> = BTreeMap::new();
    for incident in table.rows().map(|(row, _)| row).filter(|row| row.area == area) {
        let age = at.since(incident.date.month());
        if !(0..window + BEFORE_MONTHS).contains(&age) {
            continue;
        }
        let conflict = u32::from(incident.happened.is_conflict());
        for source in incident.reporters() {
            let of = sources.entry(source).or_default();
            if age < window {
                of.conflict += conflict;
                of.coded += 1;
            } else {
                of.conflict_before += conflict;
                of.coded_before += 1;
            }
        }
    }
    sources.into_values().collect()
}
