//! By which rule a run forecasts.

use super::{HELD_MONTHS, LEARNT_MONTHS, MONTHS_MIN};
use crate::forecast::ladder::Recent;
use crate::forecast::mixture::{Component, Mixture};
use std::fmt;

/// A step of the [ladder](crate::forecast::ladder) that a run may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Rule {
    /// L2: the last three years come again, the later the likelier, each wider than it was.
    #[serde(rename = "recent/1")]
    Recent,
    /// L1: each of the last twelve months is as likely to come again. What others are measured against.
    #[serde(rename = "conflictology/1")]
    Conflictology,
    /// L3: L2 with constants by horizon that the counts themselves chose, and a floor under quiet units.
    #[serde(rename = "tuned/1")]
    Tuned,
    /// L4: L2 and boosted trees that learn from all units together.
    #[serde(rename = "pooled/1")]
    Pooled,
}

impl Rule {
    /// Returns its name with the version of what it does.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Recent => "recent/1",
            Self::Conflictology => "conflictology/1",
            Self::Tuned => "tuned/1",
            Self::Pooled => "pooled/1",
        }
    }

    /// Returns what it does, in a sentence or two.
    #[must_use]
    pub const fn said(self) -> &'static str {
        match self {
            Self::Recent => {
                "Each of the last 36 months comes again, widened to a negative binomial of size 2; its weight halves with \
                 every 8 months of age. The same for all months ahead."
            }
            Self::Conflictology => {
                "Each of the last 12 months is as likely to come again, exactly as it was. The same for all months ahead."
            }
            Self::Tuned => {
                "Each of the last 36 months comes again, widened; half-life and width are those that would have served \
                 best over the last fifteen years, for near, middle and far months. After three years without a count, \
                 how often each class of counts came after such quiet."
            }
            Self::Pooled => {
                "Boosted trees, learnt from all units and months, correct how likely the rule `recent` holds each class \
                 of counts; the classes' chances are a product of powers of theirs and the rule's. Within a class, the \
                 shape of the last months. Another for each month ahead."
            }
        }
    }

    /// Returns whether it learns from all units what it says of each.
    #[must_use]
    pub const fn learns(self) -> bool {
        match self {
            Self::Recent | Self::Conflictology => false,
            Self::Tuned | Self::Pooled => true,
        }
    }

    /// Returns how many months of a unit a run by it holds at most.
    #[must_use]
    pub const fn months_held(self) -> usize {
        if self.learns() { LEARNT_MONTHS } else { HELD_MONTHS }
    }

    /// Returns what it says of any month ahead from a unit's counts up to the origin.
    ///
    /// The parts are in the order of age, the origin's month first. `None` without any count, and for a rule that learns:
    /// that says more than a mixture, and another thing of each month.
    #[must_use]
    pub fn mixture(self, counts: &[u32]) -> Option<Mixture> {
        match self {
            Self::Recent => {
                let counts: Vec<f64> = counts.iter().copied().map(f64::from).collect();
                Recent::DEFAULT.mixture(&counts)
            }
            Self::Conflictology => {
                let last = counts.iter().rev().take(MONTHS_MIN);
                Mixture::new(last.map(|count| (1.0, Component::Point(*count))).collect()).ok()
            }
            Self::Tuned | Self::Pooled => None,
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}
