//! Attention: how much of what is reported of a pair or place is conflict, whatever the number of reports.
//!
//! With `a` conflict events now, `b` other events now, `c` and `d` the same before, and `n` all of them, for each source:
//!
//! ```text
//! index = ln((sum a d / n + 1/2) / (sum b c / n + 1/2))
//! ```
//!
//! It compares each source with itself (Mantel and Haenszel 1959), for sources differ in what they report at all: a feed
//! that comes twice, or that there was not before, is no rise. The halves draw it to 0 where there is little, as a beta
//! prior on the shares would. The band is from resampling sources: what one source miscodes or repeats, it does in all
//! its reports.

use crate::forecast::mixture::{Component, MEAN_MAX, NotAMixture};
use crate::forecast::{Mixture, random};

/// How often sources are resampled.
pub const RESAMPLES: usize = 1000;
/// Fewest sources from which a band says something.
pub const SOURCES_MIN: usize = 5;
/// Widest band that is shown as an index, in log-odds: beyond a factor of about seven in odds nothing is known.
pub const BAND_WIDTH_MAX: f64 = 2.0;
/// Added on each side, so that little says little.
const PRIOR: f64 = 0.5;
/// Seed of the resampling: a part of the formula, so that the same reports have the same band everywhere.
const SEED: u64 = 0x7665_6368_6500_0001;

/// What one source reported of a pair or place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reported {
    /// Conflict events in the window.
    pub conflict: u32,
    /// All coded events in the window.
    pub coded: u32,
    /// Conflict events in the time before that it is compared with.
    pub conflict_before: u32,
    /// All coded events then.
    pub coded_before: u32,
}

/// The index with its band, in log-odds; 0 is as before.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Attention {
    /// The index.
    pub index: f64,
    /// The 5 % and 95 % points over resampled sources, widened to hold the index.
    pub band: (f64, f64),
}

/// Why there is no index.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum NoAttention {
    /// A source has more conflict events than events.
    #[error("source {0} reports more conflict events than events")]
    MoreThanAll(usize),
    /// Too few sources.
    #[error("{0} sources, {SOURCES_MIN} are needed")]
    FewSources(usize),
    /// The sources disagree too much.
    #[error("the sources leave a band of {0:.1}, and at most {BAND_WIDTH_MAX} is shown")]
    TooWide(f64),
}

/// Returns the index of what sources reported, with its band.
///
/// # Errors
/// [`NoAttention`].
pub fn attention(sources: &[Reported]) -> Result<Attention, NoAttention> {
    let more = |at: &Reported| at.conflict > at.coded || at.conflict_before > at.coded_before;
    if let Some(at) = sources.iter().position(more) {
        return Err(NoAttention::MoreThanAll(at));
    }
    if sources.len() < SOURCES_MIN {
        return Err(NoAttention::FewSources(sources.len()));
    }
    let index = index(sources.iter());
    let mut drawn: Vec<f64> = (0..RESAMPLES).map(|sample| resampled(sources, sample)).collect();
    drawn.sort_by(f64::total_cmp);
    let at = |place: usize| drawn.get(place).copied().unwrap_or(index);
    let band = (at(RESAMPLES / 20).min(index), at(RESAMPLES - 1 - RESAMPLES / 20).max(index));
    let width = band.1 - band.0;
    if width > BAND_WIDTH_MAX {
        Err(NoAttention::TooWide(width))
    } else {
        Ok(Attention { index, band })
    }
}

fn resampled(sources: &[Reported], sample: usize) -> f64 {
    let seed = random::number(SEED, sample as u64);
    let draw = |at: usize| sources.get(random::below(sources.len(), seed, at as u64));
    index((0..sources.len()).filter_map(draw))
}

fn index<'a>(sources: impl Iterator<Item = &'a Reported>) -> f64 {
    let (mut more, mut less) = (PRIOR, PRIOR);
    for at in sources {
        let [now, all_now, before, all_before] =
            [at.conflict, at.coded, at.conflict_before, at.coded_before].map(f64::from);
        let all = (all_now + all_before).max(1.0);
        more += now * (all_before - before) / all;
        less += (all_now - now) * before / all;
    }
    (more / less).ln()
}

/// Returns a forecast of raw counts for another exposure: so many times the documents that its counts were coded from.
///
/// Means are multiplied; sizes stay, since more documents of the same events make them no less regular.
///
/// # Errors
/// [`NotAMixture`] for an exposure that is negative or no number.
pub fn exposed(forecast: &Mixture, exposure: f64) -> Result<Mixture, NotAMixture> {
    let scaled = |component: Component| match component {
        Component::Point(0) => component,
        Component::Point(count) => Component::Poisson { mean: capped(f64::from(count) * exposure) },
        Component::Poisson { mean } => Component::Poisson { mean: capped(mean * exposure) },
        Component::NegativeBinomial { mean, size } => {
            Component::NegativeBinomial { mean: capped(mean * exposure), size }
        }
    };
    Mixture::new(forecast.parts().iter().map(|(weight, part)| (*weight, scaled(*part))).collect())
}

/// Returns a mean within what a mixture takes; no number stays none, and is refused there.
const fn capped(mean: f64) -> f64 {
    if mean > MEAN_MAX { MEAN_MAX } else { mean }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alarm::Tail;

    /// Twelve sources of different size and habit; the window has twice the share of conflict.
    fn sources() -> Vec<Reported> {
        let source = |at: u32| {
            let coded = 40 + 15 * at;
            let conflict = coded * (20 + at % 4 * 3) / 100;
            let (conflict_before, coded_before) = (conflict * (4 + at % 5), coded * 12);
            Reported { conflict, coded, conflict_before, coded_before }
        };
        (0..12).map(source).collect()
    }

    fn twice(source: &Reported) -> Reported {
        Reported { conflict: 2 * source.conflict, coded: 2 * source.coded, ..*source }
    }

    #[test]
    fn a_doubled_feed_leaves_the_index_within_its_band() {
        let once = attention(&sources()).unwrap();
        // About twice the share of before.
        assert!((0.6..1.2).contains(&once.index), "{once:?}");
        let all: Vec<Reported> = sources().iter().map(twice).collect();
        let mut doubled = vec![all];
        for at in 0..12 {
            // One feed comes twice in the window: under its own name, or as a source of its own.
            let mut own = sources();
            own[at] = twice(&own[at]);
            doubled.push(own);
            let mut second = sources();
            second.push(Reported { conflict_before: 0, coded_before: 0, ..second[at] });
            doubled.push(second);
        }
        for sources in doubled {
            let found = attention(&sources).unwrap();
            assert!((once.band.0..=once.band.1).contains(&found.index), "{found:?} {once:?}");
        }
        let width = once.band.1 - once.band.0;
        assert!(width > 0.02 && width < 0.5, "{once:?}");
    }

    #[test]
    fn a_real_rise_leaves_the_band_of_what_was() {
        let before = attention(&sources()).unwrap();
        let risen = |source: &Reported| Reported { conflict: source.conflict * 2, ..*source };
        let risen: Vec<Reported> = sources().iter().map(risen).collect();
        assert!(attention(&risen).unwrap().index > before.band.1);
    }

    #[test]
    fn too_few_or_quarrelling_sources_have_no_index() {
        assert_eq!(attention(&sources()[..4]), Err(NoAttention::FewSources(4)));
        let loud = Reported { conflict: 90, coded: 100, conflict_before: 1, coded_before: 100 };
        let calm = Reported { conflict: 1, coded: 100, conflict_before: 90, coded_before: 100 };
        let found = attention(&[loud, calm, calm, loud, calm]);
        assert!(matches!(found, Err(NoAttention::TooWide(_))), "{found:?}");
        let wrong = Reported { conflict: 2, coded: 1, ..Reported::default() };
        assert_eq!(attention(&[loud, wrong]), Err(NoAttention::MoreThanAll(1)));
    }

    #[test]
    fn twice_the_documents_make_twice_the_count_no_surprise() {
        let parts = vec![
            (0.5, Component::NegativeBinomial { mean: 20.0, size: 8.0 }),
            (0.5, Component::NegativeBinomial { mean: 30.0, size: 8.0 }),
        ];
        let forecast = Mixture::new(parts).unwrap();
        let bits = |forecast: &Mixture, count| Tail::under(&forecast.distribution(), count).bits();
        assert!(bits(&forecast, 70) > 6.0, "{}", bits(&forecast, 70));
        let twice = exposed(&forecast, 2.0).unwrap();
        assert!(bits(&twice, 70) < 3.0, "{}", bits(&twice, 70));
        assert!(exposed(&forecast, f64::NAN).is_err());
    }
}
