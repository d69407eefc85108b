//! What a rule learns from the counts of a run, and what it says by that.

use super::Rule;
use crate::forecast::ahead::{Ahead, Said};
use crate::forecast::bins::class_of;
use crate::forecast::ladder::features::{Known, Name, names};
use crate::forecast::ladder::pooled::{self, Pooling, SHAPES};
use crate::forecast::ladder::tuned::Constants;
use crate::forecast::panel::Past;
use crate::forecast::score::CONFLICT_DEATHS;
use crate::month::Month;
use std::collections::BTreeMap;

/// What a rule that learns has learnt from a past.
#[derive(Debug, Clone)]
pub enum Learnt {
    /// L3: its constants.
    Tuned(Constants),
    /// L4: its trees.
    Pooled(pooled::Learnt),
}

/// By what a rule was moved away from another's chance.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Reasons {
    /// The chance that L2 gives to a month of conflict, and that the trees began from.
    pub rule: f64,
    /// By what the trees moved the logarithm of its odds in any unit.
    pub before: f64,
    /// By what each figure of the unit's past moved it, the largest first; all that are not 0.
    pub pushes: Vec<Push>,
}

/// By what one figure of a unit's past moved the logarithm of the odds of a month of conflict.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Push {
    /// What the figure is, in words.
    pub figure: String,
    /// What it is one of.
    pub family: String,
    /// By how much.
    pub log_odds: f64,
}

impl Reasons {
    /// Returns by what each family of figures moved it, the largest first.
    #[must_use]
    pub fn families(&self) -> Vec<(&str, f64)> {
        let mut sums: BTreeMap<&str, f64> = BTreeMap::new();
        for push in &self.pushes {
            *sums.entry(&push.family).or_default() += push.log_odds;
        }
        let mut families: Vec<(&str, f64)> = sums.into_iter().collect();
        families.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
        families
    }

    /// Returns by what the trees moved it in all.
    #[must_use]
    pub fn moved(&self) -> f64 {
        self.before + self.pushes.iter().map(|push| push.log_odds).sum::<f64>()
    }
}

/// The month ahead whose reasons are told: the last of the first sum.
pub const REASONED: usize = 3;

impl Learnt {
    /// Learns from a past what a rule learns; `None` for a rule that learns nothing.
    #[must_use]
    pub fn learn(rule: Rule, past: Past<'_>) -> Option<Self> {
        match rule {
            Rule::Recent | Rule::Conflictology => None,
            Rule::Tuned => Some(Self::Tuned(Constants::learn(past))),
            Rule::Pooled => Some(Self::Pooled(pooled::Learnt::learn(past, &[Pooling::RELEASED]))),
        }
    }

    /// Returns what is said of so many months after the last that is known of a unit; `None` where nothing is known.
    #[must_use]
    pub fn said(&self, known: Known<'_>, last: Month, months: usize) -> Option<Vec<Said>> {
        let horizons: Vec<usize> = (1..=months).collect();
        match self {
            Self::Tuned(constants) => {
                let one = |horizon: &usize| {
                    let shape = constants.rule(*horizon);
                    let own = || Some(shape.mixture(known.counts)?.distribution().bins());
                    let bins = constants.floor(known.counts).or_else(own)?;
                    Some(Said { shape, bins })
                };
                horizons.iter().map(one).collect()
            }
            Self::Pooled(learnt) => {
                let bins = learnt.bins(known, last, &horizons, &[Pooling::RELEASED])?.pop()?;
                let shape = SHAPES[Pooling::RELEASED.shape];
                Some(bins.into_iter().map(|bins| Said { shape, bins }).collect())
            }
        }
    }

    /// Returns the forecast of so many months after the last that is known of a unit; `None` where nothing is known.
    #[must_use]
    pub fn ahead(&self, known: Known<'_>, last: Month, months: usize) -> Option<Ahead> {
        Ahead::each(known.counts, &self.said(known, last, months)?)
    }

    /// Returns by what trees were moved in the month [`REASONED`] ahead of a unit; `None` without trees.
    #[must_use]
    pub fn reasons(&self, known: Known<'_>, last: Month) -> Option<Reasons> {
        let Self::Pooled(learnt) = self else { return None };
        // A class has no border at 25 deaths: the question is that of the next above.
        let class = class_of(CONFLICT_DEATHS) + 1;
        let moved = learnt.moved(known, last, REASONED, class)?;
        let named = names(known.wider.is_some()).into_iter().zip(moved.by_figure);
        let mut pushes: Vec<Push> = named
            .map(|(Name { figure, family }, log_odds)| Push {
                figure,
                family: family.to_owned(),
                log_odds,
            })
            .filter(|push| push.log_odds != 0.0)
            .collect();
        pushes.sort_by(|a, b| b.log_odds.abs().total_cmp(&a.log_odds.abs()));
        let rule = 1.0 / (1.0 + (-moved.start).exp());
        Some(Reasons { rule, before: moved.before, pushes })
    }
}
