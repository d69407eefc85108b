//! The steps that everybody knows, for the others to be measured against.

use super::{Fitted, Model};
use crate::forecast::distribution::Distribution;
use crate::forecast::mixture::{Component, Mixture};
use crate::forecast::panel::{COUNT_MAX, Past};

/// Months that conflictology repeats.
const CONFLICTOLOGY_MONTHS: usize = 12;

/// L0: nothing will happen.
#[derive(Debug, Clone, Copy)]
pub struct Zero;

/// A Poisson distribution around the count of the origin's month.
#[derive(Debug, Clone, Copy)]
pub struct LastHistorical;

/// L1: each of the last twelve months is as likely to come again, at whatever horizon.
///
/// Source: VIEWS Prediction Challenge 2023/24, benchmark "conflictology".
#[derive(Debug, Clone, Copy)]
pub struct Conflictology;

/// A model that forms a mixture from a unit's counts, and needs nothing else.
struct FromCounts<'a> {
    past: Past<'a>,
    mixture: fn(&[f64]) -> Vec<(f64, Component)>,
}

impl Fitted for FromCounts<'_> {
    fn forecast(&self, unit: usize, horizons: &[usize]) -> Option<Vec<Distribution>> {
        let counts = self.past.counts(unit);
        if counts.is_empty() {
            return None;
        }
        let mixture = Mixture::new((self.mixture)(counts)).ok()?;
        Some(vec![mixture.distribution(); horizons.len()])
    }
}

impl Model for Zero {
    fn name(&self) -> &'static str {
        "L0 zero"
    }

    fn fit<'a>(&self, past: Past<'a>) -> Box<dyn Fitted + 'a> {
        Box::new(FromCounts { past, mixture: |_| vec![(1.0, Component::Point(0))] })
    }
}

impl Model for LastHistorical {
    fn name(&self) -> &'static str {
        "last historical"
    }

    fn fit<'a>(&self, past: Past<'a>) -> Box<dyn Fitted + 'a> {
        let mixture = |counts: &[f64]| {
            let mean = counts.last().copied().unwrap_or_default();
            vec![(1.0, Component::Poisson { mean })]
        };
        Box::new(FromCounts { past, mixture })
    }
}

impl Model for Conflictology {
    fn name(&self) -> &'static str {
        "L1 conflictology"
    }

    fn fit<'a>(&self, past: Past<'a>) -> Box<dyn Fitted + 'a> {
        let mixture = |counts: &[f64]| {
            let last = counts.iter().rev().take(CONFLICTOLOGY_MONTHS);
            last.map(|count| (1.0, Component::Point(whole(*count)))).collect()
        };
        Box::new(FromCounts { past, mixture })
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a grid's counts are whole and at most a million"
)]
fn whole(count: f64) -> u32 {
    count.clamp(0.0, COUNT_MAX as f64) as u32
}
