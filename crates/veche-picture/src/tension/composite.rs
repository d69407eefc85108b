//! A composite index: a weighted sum, with weights that a charter declares and every contribution shown.
//!
//! ```toml
//! [scales.incidents]
//! series = "incidents_conflict"
//! weights_millionths = { surprise = 500_000, attention = 300_000, change = 200_000 }
//! ```

use std::collections::BTreeMap;

/// What weights sum to.
pub const WHOLE: u32 = 1_000_000;
/// Hundredths of a point in the highest component.
pub const POINTS_MAX: u32 = 10_000;

/// Weights by component, in millionths; they sum to one.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "BTreeMap<String, u32>", into = "BTreeMap<String, u32>")]
pub struct Weights(BTreeMap<String, u32>);

/// Why there is no composite.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoComposite {
    /// The weights are no shares of a whole.
    #[error("the weights sum to {0} millionths, not {WHOLE}")]
    Sum(u64),
    /// A component has a weight and no value.
    #[error("component `{0}` has a weight and no value")]
    Missing(String),
    /// A component has a value and no weight.
    #[error("component `{0}` has a value and no weight; give it one, if only 0")]
    Undeclared(String),
    /// A value is out of range.
    #[error("component `{name}` is {points} hundredths of a point, and at most {POINTS_MAX}")]
    Range {
        /// The component.
        name: String,
        /// Its value.
        points: u32,
    },
}

/// A composite index, in hundredths of a point.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Composite {
    /// 0 to [`POINTS_MAX`]: the sum of the contributions, exactly.
    pub points: u32,
    /// What each component adds, the largest first; equals by name.
    pub contributions: Vec<(String, u32)>,
}

impl Weights {
    /// Returns weights that sum to [`WHOLE`].
    ///
    /// # Errors
    /// [`NoComposite::Sum`].
    pub fn new(weights: BTreeMap<String, u32>) -> Result<Self, NoComposite> {
        let sum = weights.values().map(|weight| u64::from(*weight)).sum();
        if sum == u64::from(WHOLE) { Ok(Self(weights)) } else { Err(NoComposite::Sum(sum)) }
    }

    /// Returns what a component weighs, in millionths, if it has a weight.
    #[must_use]
    pub fn get(&self, component: &str) -> Option<u32> {
        self.0.get(component).copied()
    }

    /// Returns the composite of components in hundredths of a point.
    ///
    /// Each contribution is rounded down for itself: none depends on the others.
    ///
    /// # Errors
    /// [`NoComposite`].
    pub fn composite(&self, values: &BTreeMap<String, u32>) -> Result<Composite, NoComposite> {
        if let Some(name) = values.keys().find(|name| !self.0.contains_key(*name)) {
            return Err(NoComposite::Undeclared(name.clone()));
        }
        let mut contributions = Vec::new();
        for (name, weight) in &self.0 {
            let points = *values.get(name).ok_or_else(|| NoComposite::Missing(name.clone()))?;
            if points > POINTS_MAX {
                return Err(NoComposite::Range { name: name.clone(), points });
            }
            let share = u64::from(*weight) * u64::from(points) / u64::from(WHOLE);
            contributions.push((name.clone(), u32::try_from(share).unwrap_or(POINTS_MAX)));
        }
        contributions.sort_by_key(|(_, share)| std::cmp::Reverse(*share));
        let points = contributions.iter().map(|(_, share)| share).sum();
        Ok(Composite { points, contributions })
    }
}

impl TryFrom<BTreeMap<String, u32>> for Weights {
    type Error = NoComposite;

    fn try_from(weights: BTreeMap<String, u32>) -> Result<Self, NoComposite> {
        Self::new(weights)
    }
}

impl From<Weights> for BTreeMap<String, u32> {
    fn from(weights: Weights) -> Self {
        weights.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&str, u32)]) -> BTreeMap<String, u32> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect()
    }

    #[test]
    fn contributions_sum_to_the_index() {
        let weights = Weights::new(map(&[("a", 500_000), ("b", 300_000), ("c", 200_000)])).unwrap();
        let found = weights.composite(&map(&[("a", 1001), ("b", 9999), ("c", 0)])).unwrap();
        let wanted =
            [("b", 2999), ("a", 500), ("c", 0)].map(|(name, share)| (name.to_owned(), share));
        assert_eq!((found.points, found.contributions), (3499, wanted.to_vec()));
        let most = weights.composite(&map(&[("a", 10_000), ("b", 10_000), ("c", 10_000)]));
        assert_eq!(most.unwrap().points, POINTS_MAX);
    }

    #[test]
    fn weights_and_values_that_do_not_fit_are_refused() {
        assert_eq!(Weights::new(map(&[("a", 999_999)])), Err(NoComposite::Sum(999_999)));
        let weights = Weights::new(map(&[("a", 1_000_000)])).unwrap();
        let refused = |values: &[(&str, u32)]| weights.composite(&map(values)).unwrap_err();
        assert_eq!(refused(&[]), NoComposite::Missing("a".to_owned()));
        assert_eq!(refused(&[("a", 1), ("b", 1)]), NoComposite::Undeclared("b".to_owned()));
        let name = "a".to_owned();
        assert_eq!(refused(&[("a", 10_001)]), NoComposite::Range { name, points: 10_001 });
    }
}
