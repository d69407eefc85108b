//! How counts grow after they are first published, and forecasts that allow for it.
//!
//! A month's age is how many months lie between it and the one in which the release became known. With `first` its count at age `a`, `final` its count in the
//! newest release, once it is [`settled`](learn) there, and sums over all such counts `first > 0`:
//!
//! ```text
//! ratio(a)  = (sum final + K) / (sum first + K)                          K = 100 deaths, so that little says little
//! spread(a) = sum (final - ratio first)^2 / sum (ratio first)^2 * n / (n + 10)     squared coefficient of variation
//! missed(a) = (counts 0 at first and not in the end) / (counts 0 at first + 50)
//! late(a)   = mean of those counts in the end
//! ```
//!
//! A component about a count of age `a` is then widened by the moments of a product of independent factors:
//!
//! ```text
//! mean' = mean ratio(a)          1 / size' = (1 + 1 / size) (1 + spread(a)) - 1
//! ```
//!
//! A Poisson or a certainty of more than 0 has an infinite size; without a spread it is, or becomes, Poisson. A certainty of
//! 0 gives up a share `missed(a)` to a negative binomial of mean `late(a)` and size 1. Of an age
//! that nothing is known of, all stays. The months themselves stay as they are: a forecast is widened, no count is invented.

use super::Vintage;
use super::release::{Release, Shelf};
use crate::forecast::Mixture;
use crate::forecast::mixture::{Component, MEAN_MAX, NotAMixture, SIZE_MIN};

/// Deaths on each side that draw a ratio to one.
pub const RATIO_PRIOR: f64 = 100.0;
/// Counts that draw a spread to none.
pub const SPREAD_PRIOR: f64 = 10.0;
/// Counts of 0 that draw the share of missed ones to none.
pub const MISSED_PRIOR: f64 = 50.0;
/// Size of what was missed: as widely spread as its mean.
const MISSED_SIZE: f64 = 1.0;

/// What became of counts of one age.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Revision {
    /// Final over first, in the mean.
    pub ratio: f64,
    /// Squared coefficient of variation about that.
    pub spread: f64,
    /// Share of zeros that do not stay so.
    pub missed: f64,
    /// Mean of what those become.
    pub late: f64,
    /// How many counts it rests on, zeros too.
    pub counts: u32,
}

impl Revision {
    /// Counts that stay as they are.
    pub const NONE: Self = Self { ratio: 1.0, spread: 0.0, missed: 0.0, late: 0.0, counts: 0 };
}

/// Revisions by age, and the newest release that they were learnt from.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Revisions {
    /// By age in months, 0 for the month of the release.
    pub by_age: Vec<Revision>,
    /// That release; `None` where there was none.
    pub vintage: Option<Vintage>,
}

/// A forecast that says what it was made from.
#[derive(Debug, Clone, PartialEq)]
pub struct Nowcast {
    /// The widened forecast.
    pub mixture: Mixture,
    /// The release that its counts are from.
    pub vintage: Vintage,
    /// The newest release that its revisions were learnt from.
    pub revisions: Option<Vintage>,
}

/// Learns how counts of an age below `settled` months are revised until they are that old.
///
/// Every release of the shelf is compared with its newest; cut the shelf first to learn what could be learnt at a date.
#[must_use]
pub fn learn(shelf: &Shelf, settled: u16) -> Revisions {
    let Some((newest, before)) = shelf.releases().split_last() else {
        return Revisions { by_age: Vec::new(), vintage: None };
    };
    let mut sums = vec![Sums::default(); usize::from(settled)];
    let pairs: Vec<(usize, f64, f64)> =
        before.iter().flat_map(|release| pairs(release, newest, settled)).collect();
    pairs.iter().for_each(|(age, first, last)| sums[*age].add(*first, *last));
    for (age, first, last) in &pairs {
        let ratio = sums[*age].ratio();
        if *first > 0.0 {
            sums[*age].squares[0] += (last - ratio * first).powi(2);
            sums[*age].squares[1] += (ratio * first).powi(2);
        }
    }
    let by_age = sums.iter().map(Sums::revision).collect();
    Revisions { by_age, vintage: Some(newest.vintage()) }
}

/// Returns the age, the first and the final count of each month that was not settled then and is now.
fn pairs<'a>(
    release: &'a Release,
    newest: &'a Release,
    settled: u16,
) -> impl Iterator<Item = (usize, f64, f64)> + 'a {
    release.counts().iter().filter_map(move |((area, month), first)| {
        let age = u16::try_from(release.known().month().since(*month))
            .ok()
            .filter(|age| *age < settled)?;
        if newest.known().month().since(*month) < i32::from(settled) {
            return None;
        }
        let last = newest.counts().get(&(*area, *month))?;
        Some((usize::from(age), f64::from(*first), f64::from(*last)))
    })
}

#[derive(Debug, Clone, Default)]
struct Sums {
    first: f64,
    last: f64,
    squares: [f64; 2],
    known: u32,
    zeros: u32,
    missed: u32,
    late: f64,
}

impl Sums {
    fn add(&mut self, first: f64, last: f64) {
        if first > 0.0 {
            self.first += first;
            self.last += last;
            self.known += 1;
            return;
        }
        self.zeros += 1;
        self.missed += u32::from(last > 0.0);
        self.late += last;
    }

    fn ratio(&self) -> f64 {
        (self.last + RATIO_PRIOR) / (self.first + RATIO_PRIOR)
    }

    fn revision(&self) -> Revision {
        let known = f64::from(self.known);
        let [off, all] = self.squares;
        let spread = if all > 0.0 { off / all * known / (known + SPREAD_PRIOR) } else { 0.0 };
        Revision {
            ratio: self.ratio(),
            spread,
            missed: f64::from(self.missed) / (f64::from(self.zeros) + MISSED_PRIOR),
            late: self.late / f64::from(self.missed.max(1)),
            counts: self.known + self.zeros,
        }
    }
}

impl Revisions {
    /// Returns the revision of an age; none where nothing was learnt of it.
    #[must_use]
    pub fn of(&self, age: usize) -> Revision {
        self.by_age.get(age).copied().unwrap_or(Revision::NONE)
    }

    /// Widens a forecast, the parts of which are about counts of the ages 0, 1, 2, .. after `youngest`, as those of
    /// [`Recent`](crate::forecast::ladder::Recent) are.
    ///
    /// # Errors
    /// [`NotAMixture`], if the revisions hold what is no number.
    pub fn widen(
        &self,
        forecast: &Mixture,
        youngest: usize,
        vintage: Vintage,
    ) -> Result<Nowcast, NotAMixture> {
        if self.by_age.is_empty() {
            let mixture = forecast.clone();
            return Ok(Nowcast { mixture, vintage, revisions: self.vintage });
        }
        let aged = (youngest..).zip(forecast.parts());
        let parts = aged.flat_map(|(age, (weight, component))| {
            widened(*component, self.of(age)).map(|(share, component)| (weight * share, component))
        });
        let mixture = Mixture::new(parts.collect())?;
        Ok(Nowcast { mixture, vintage, revisions: self.vintage })
    }
}

fn widened(component: Component, revision: Revision) -> [(f64, Component); 2] {
    let Revision { ratio, spread, missed, late, .. } = revision;
    if revision.counts == 0 {
        return [(1.0, component), (0.0, component)];
    }
    let mean = capped(component.mean() * ratio);
    let inverse = match component {
        Component::Point(0) => {
            let late = Component::NegativeBinomial { mean: capped(late), size: MISSED_SIZE };
            return [(1.0 - missed, component), (missed, late)];
        }
        Component::Point(_) | Component::Poisson { .. } => 0.0,
        Component::NegativeBinomial { size, .. } => 1.0 / size,
    };
    let inverse = (1.0 + inverse) * (1.0 + spread) - 1.0;
    let wide = if inverse > 0.0 {
        Component::NegativeBinomial { mean, size: (1.0 / inverse).max(SIZE_MIN) }
    } else {
        Component::Poisson { mean }
    };
    [(1.0, wide), (0.0, Component::Point(0))]
}

/// Returns a mean within what a mixture takes; no number stays none, and is refused there.
const fn capped(mean: f64) -> f64 {
    if mean > MEAN_MAX { MEAN_MAX } else { mean }
}
