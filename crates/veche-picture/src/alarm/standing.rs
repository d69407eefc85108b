//! A rule's own record, and whether it may go on.

use super::rule::{MILLION, Rule};

/// What became of alarms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Tally {
    /// Disposed of by an analyst.
    pub disposed: u32,
    /// Of these, confirmed.
    pub confirmed: u32,
}

impl Tally {
    /// Returns the confirmed share in millionths, rounded down; `None` where nothing is disposed of.
    #[must_use]
    pub fn precision_millionths(self) -> Option<u32> {
        let share = u64::from(self.confirmed) * u64::from(MILLION);
        u32::try_from(share.checked_div(u64::from(self.disposed))?).ok()
    }

    /// Returns whether the quarter says something, and that is less than the rule promises.
    #[must_use]
    pub fn is_below(self, rule: &Rule) -> Option<bool> {
        if self.disposed < rule.disposals_min {
            return None;
        }
        let found = u64::from(self.confirmed) * u64::from(MILLION);
        Some(found < u64::from(rule.precision_millionths) * u64::from(self.disposed))
    }
}

/// Whether a rule opens alarms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It does.
    #[default]
    On,
    /// It does not, since two quarters ran below what it promises.
    Off {
        /// The first period of the quarter after the second of them.
        since: u32,
        /// The two quarters, the earlier first.
        quarters: [(u32, Tally); 2],
    },
}

/// Returns the last two quarters, of those given in order, that say something, if both are below the promise.
pub(crate) fn two_below(rule: &Rule, quarters: &[(u32, Tally)]) -> Option<[(u32, Tally); 2]> {
    let telling = quarters
        .iter()
        .rev()
        .filter_map(|quarter| quarter.1.is_below(rule).map(|below| (*quarter, below)));
    let mut telling = telling.take(2);
    let (later, earlier) = (telling.next()?, telling.next()?);
    (later.1 && earlier.1).then_some([earlier.0, later.0])
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn tally(confirmed: u32, disposed: u32) -> Tally {
        Tally { disposed, confirmed }
    }

    #[test]
    fn two_telling_quarters_below_the_promise_are_found() {
        let rule = Rule::MONTHLY;
        let (bad, good, silent) = (tally(0, 4), tally(1, 4), tally(0, 3));
        assert_eq!(two_below(&rule, &[(1, bad)]), None);
        assert_eq!(two_below(&rule, &[(1, bad), (2, bad)]), Some([(1, bad), (2, bad)]));
        assert_eq!(two_below(&rule, &[(1, bad), (2, good)]), None);
        assert_eq!(two_below(&rule, &[(1, bad), (2, good), (3, bad)]), None);
        // A quarter with too few disposals says nothing, neither for the rule nor against it.
        assert_eq!(
            two_below(&rule, &[(1, bad), (2, silent), (3, bad)]),
            Some([(1, bad), (3, bad)])
        );
        assert_eq!(good.precision_millionths(), Some(250_000));
        assert_eq!(tally(0, 0).precision_millionths(), None);
    }
}
