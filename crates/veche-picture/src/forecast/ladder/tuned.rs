//! L3: the rule of L2, with constants that the past itself chose for each horizon, and a floor under quiet countries.

use super::recent::Recent;
use super::{Fitted, Model};
use crate::forecast::bins::{BINS, Bins, LOWEST, class_of_value};
use crate::forecast::distribution::Distribution;
use crate::forecast::mixture::Component;
use crate::forecast::panel::Past;
use std::collections::BTreeMap;

/// Horizons that share their constants, by their longest.
const GROUPS: [usize; 3] = [5, 9, usize::MAX];
/// The horizon at which a group is tried.
const TRIED: [usize; 3] = [4, 8, 12];
/// Half-lives that are tried, in months.
const HALF_LIVES: [f64; 6] = [4.0, 6.0, 8.0, 11.0, 15.0, 24.0];
/// Sizes that are tried.
const SIZES: [f64; 5] = [1.0, 1.5, 2.0, 3.0, 4.5];
/// Months between two origins that are tried.
const STEP: usize = 3;
/// Months back to which origins are tried: longer ago, wars were counted otherwise.
const TRIED_MONTHS: usize = 180;
/// Months without a death after which a country is quiet: as many as the rule sees.
const QUIET_MONTHS: usize = 36;

/// L3.
#[derive(Debug, Clone, Copy)]
pub struct Tuned;

/// What L3 learns from a past.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Constants {
    rules: [Recent; GROUPS.len()],
    floor: Bins,
}

impl Constants {
    /// Learns the constants from the past.
    #[must_use]
    pub fn learn(past: Past<'_>) -> Self {
        let mut known = BTreeMap::new();
        let rules = TRIED.map(|horizon| rule(past, horizon, &mut known));
        Self { rules, floor: floor(past) }
    }

    /// Returns the rule for a horizon.
    #[must_use]
    pub fn rule(&self, horizon: usize) -> Recent {
        let group = GROUPS.iter().position(|longest| horizon <= *longest).unwrap_or_default();
        self.rules[group]
    }

    /// Returns the class probabilities of a unit with these counts, where they are not the rule's own: after quiet.
    #[must_use]
    pub fn floor(&self, counts: &[f64]) -> Option<Bins> {
        is_quiet(counts).then_some(self.floor)
    }
}

/// L3 at an origin.
struct AtOrigin<'a> {
    past: Past<'a>,
    constants: Constants,
}

impl Fitted for AtOrigin<'_> {
    fn forecast(&self, unit: usize, horizons: &[usize]) -> Option<Vec<Distribution>> {
        let counts = self.past.counts(unit);
        let mut tables: Vec<(Recent, Distribution)> = Vec::new();
        let mut said = Vec::new();
        for horizon in horizons {
            let rule = self.constants.rule(*horizon);
            let known = tables.iter().position(|(of, _)| *of == rule);
            let at = known.unwrap_or(tables.len());
            if known.is_none() {
                let table = rule.mixture(counts)?.distribution();
                let floor = self.constants.floor(counts);
                tables.push((
                    rule,
                    floor.map_or_else(|| table.clone(), |bins| table.with_bins(&bins)),
                ));
            }
            said.push(tables[at].1.clone());
        }
        Some(said)
    }
}

impl Model for Tuned {
    fn name(&self) -> &'static str {
        "L3 tuned"
    }

    fn fit<'a>(&self, past: Past<'a>) -> Box<dyn Fitted + 'a> {
        Box::new(AtOrigin { past, constants: Constants::learn(past) })
    }
}

fn is_quiet(counts: &[f64]) -> bool {
    counts.iter().rev().take(QUIET_MONTHS).all(|count| *count <= 0.0)
}

/// Returns how often each class came after three quiet years, one month and more after them.
fn floor(past: Past<'_>) -> Bins {
    // One of each: a class that never came is not impossible.
    let mut seen = [0.0; BINS];
    seen[0] = 1.0;
    for unit in 0..past.len() {
        let counts = past.counts(unit);
        let mut quiet = 0;
        for (at, count) in counts.iter().enumerate() {
            let Some(outcome) = counts.get(at + 7) else { break };
            quiet = if *count > 0.0 { 0 } else { quiet + 1 };
            if quiet >= QUIET_MONTHS {
                seen[class_of_value(*outcome)] += 1.0;
            }
        }
    }
    let all: f64 = seen.iter().sum();
    seen.map(|count| count / all)
}

/// Class probabilities of a component, by its count and the place of its size.
type Known = BTreeMap<(u64, usize), Bins>;

/// Returns the rule with the least ignorance about outcomes that are known and no proxies, of all that are tried.
fn rule(past: Past<'_>, horizon: usize, known: &mut Known) -> Recent {
    let mut lost = [[0.0; SIZES.len()]; HALF_LIVES.len()];
    let longest = past.months().saturating_sub(QUIET_MONTHS).min(TRIED_MONTHS);
    for ago in (horizon..longest).step_by(STEP) {
        for unit in 0..past.len() {
            let counts = past.before(unit, ago);
            let Some(outcome) = past.outcome(unit, ago - horizon) else { continue };
            if counts.len() < QUIET_MONTHS || is_quiet(counts) {
                continue;
            }
            for (size, _) in SIZES.iter().enumerate() {
                let classes = by_age(counts, size, known);
                for (at, half_life) in HALF_LIVES.iter().enumerate() {
                    lost[at][size] += surprise(&classes, *half_life, class_of_value(outcome));
                }
            }
        }
    }
    let all = HALF_LIVES.iter().enumerate().flat_map(|(at, half_life)| {
        let lost = lost[at];
        SIZES.iter().enumerate().map(move |(place, size)| (lost[place], *half_life, *size))
    });
    let best = all.min_by(|a, b| a.0.total_cmp(&b.0));
    match best {
        Some((lost, half_life, size)) if lost > 0.0 => {
            Recent { half_life, size, size_war: size, ..Recent::DEFAULT }
        }
        // Nothing to learn from.
        _ => Recent::DEFAULT,
    }
}

/// Returns the class probabilities of the last months' components, the origin's first.
fn by_age(counts: &[f64], size: usize, known: &mut Known) -> Vec<Bins> {
    let last = counts.iter().rev().take(Recent::DEFAULT.months);
    last.map(|count| {
        *known.entry((count.to_bits(), size)).or_insert_with(|| classes(*count, SIZES[size]))
    })
    .collect()
}

fn classes(count: f64, size: f64) -> Bins {
    if count <= 0.0 {
        let mut none = [0.0; BINS];
        none[0] = 1.0;
        return none;
    }
    Component::NegativeBinomial { mean: count, size }.classes()
}

/// Returns the bits of surprise at a class, as the challenge counts them with a thousand draws.
fn surprise(classes: &[Bins], half_life: f64, class: usize) -> f64 {
    let factor = 0.5f64.powf(1.0 / half_life);
    let (mut weight, mut sum, mut weights) = (1.0, 0.0, 0.0);
    for bins in classes {
        sum += weight * bins[class];
        weights += weight;
        weight *= factor;
    }
    -((sum / weights * 1000.0 + 1.0) / (1000.0 + LOWEST.len() as f64)).log2()
}
