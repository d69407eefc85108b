//! How far the latest counts of a forecast are widened, because counts of their age were revised before.
//!
//! Learnt from a store's own vintages, or not at all: with fewer than [`RELEASES_MIN`] of them, or before any month that
//! they told as young as the last one is has become [`SETTLED_MONTHS`] old, a forecast stays as it is, and says so.

use super::Vintage;
use super::release::Shelf;
use super::revision::{Revision, Revisions, learn};
use crate::forecast::Mixture;
use crate::forecast::mixture::NotAMixture;
use crate::month::Month;

/// Months after which a count is taken as final: by then UCDP's yearly release has followed the monthly ones.
pub const SETTLED_MONTHS: u16 = 12;
/// Fewest vintages from which anything is learnt: half a year of monthly ones.
pub const RELEASES_MIN: usize = 6;
/// Millionths in one.
const MILLION: f64 = 1e6;

/// What became of counts of one age, in millionths: what is kept is what is used, on each machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Final over first, in the mean.
    pub ratio_millionths: u64,
    /// Squared coefficient of variation about that.
    pub spread_millionths: u64,
    /// Share of zeros that do not stay so.
    pub missed_millionths: u64,
    /// Mean of what those become.
    pub late_millionths: u64,
    /// How many counts it rests on, zeros too.
    pub counts: u32,
}

/// What a forecast is widened by.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Widening {
    /// How many vintages it was learnt from.
    pub releases: usize,
    /// The newest of them.
    pub vintage: Vintage,
    /// Age of the last month that is forecast from, on the day of that vintage.
    pub youngest: u16,
    /// By age in months, from 0.
    pub by_age: Vec<Step>,
}

/// Why a forecast is not widened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoWidening {
    /// Too few vintages.
    #[error("{0} vintages, and {RELEASES_MIN} are needed")]
    Few(usize),
    /// The forecast begins after what the vintages tell.
    #[error("the newest vintage is known since before {0}")]
    BeforeOrigin(Month),
    /// No month was told as young as the last one is, and again when it was settled.
    #[error(
        "no month was told at the age of the last one, {age}, and again when it was {SETTLED_MONTHS} months old"
    )]
    Unsettled {
        /// That age, in months.
        age: u16,
    },
}

impl Widening {
    /// Learns from all releases of a shelf; `origin` is the last month that is forecast from.
    ///
    /// # Errors
    /// [`NoWidening`], in the order of its kinds.
    pub fn learn(shelf: &Shelf, origin: Month) -> Result<Self, NoWidening> {
        let releases = shelf.releases().len();
        let newest = shelf.releases().last().filter(|_| releases >= RELEASES_MIN);
        let newest = newest.ok_or(NoWidening::Few(releases))?;
        let youngest = u16::try_from(newest.known().month().since(origin))
            .map_err(|_| NoWidening::BeforeOrigin(origin))?;
        let learnt = learn(shelf, SETTLED_MONTHS);
        if learnt.of(usize::from(youngest)).counts == 0 {
            return Err(NoWidening::Unsettled { age: youngest });
        }
        let by_age = learnt.by_age.iter().map(Step::of).collect();
        Ok(Self { releases, vintage: newest.vintage(), youngest, by_age })
    }

    /// Returns a forecast, the parts of which stand by age from the origin on, widened.
    ///
    /// # Errors
    /// [`NotAMixture`], if the steps hold what no mixture takes.
    pub fn apply(&self, forecast: &Mixture) -> Result<Mixture, NotAMixture> {
        let by_age = self.by_age.iter().map(Step::revision).collect();
        let revisions = Revisions { by_age, vintage: Some(self.vintage) };
        Ok(revisions.widen(forecast, usize::from(self.youngest), self.vintage)?.mixture)
    }

    /// Returns what it does to the latest months, a line for each age that it says something of.
    #[must_use]
    pub fn said(&self) -> Vec<String> {
        let known = self.by_age.iter().enumerate().skip(usize::from(self.youngest));
        let known = known.filter(|(_, step)| step.counts > 0);
        let line = |(age, step): (usize, &Step)| {
            let Revision { ratio, spread, missed, late, counts } = step.revision();
            format!(
                "age {age:>2} months: x {ratio:.3}, give or take {:.0} %; {:.1} % of zeros were {late:.0} in the mean ({counts} \
                 counts)",
                100.0 * spread.sqrt(),
                100.0 * missed
            )
        };
        known.map(line).collect()
    }
}

impl Step {
    fn of(revision: &Revision) -> Self {
        Self {
            ratio_millionths: millionths(revision.ratio),
            spread_millionths: millionths(revision.spread),
            missed_millionths: millionths(revision.missed),
            late_millionths: millionths(revision.late),
            counts: revision.counts,
        }
    }

    const fn revision(&self) -> Revision {
        Revision {
            ratio: self.ratio_millionths as f64 / MILLION,
            spread: self.spread_millionths as f64 / MILLION,
            missed: self.missed_millionths as f64 / MILLION,
            late: self.late_millionths as f64 / MILLION,
            counts: self.counts,
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "no revision is negative, and a count has at most seven digits"
)]
fn millionths(value: f64) -> u64 {
    (value * MILLION).round() as u64
}
