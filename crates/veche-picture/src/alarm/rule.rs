//! The settings of one stream of alarms, as a charter carries them (`formats/charter.md`).
//!
//! ```toml
//! [alarms.violence]                    # the name that every alarm of this rule bears
//! false_discovery_millionths = 1_000_000 # of the alarms of a period, at most this share may be chance; all: off
//! open_millionths = 10_000             # opens only at a tail probability of this or less: 1 %
//! close_millionths = 200_000           # a period over this is a quiet one: 20 %
//! close_after = 3                      # closes after so many quiet periods in a row
//! budget = 5                           # at most so many new alarms a period to this desk
//! periods_a_year = 12                  # 12 for months, 52 for weeks: a quarter is a fourth of it
//! precision_millionths = 250_000       # the share of disposals that it promises to be confirmed: 25 %
//! disposals_min = 4                    # a quarter with fewer disposals says nothing about it
//! ```

use super::surprise::{TAIL_ONE, Tail};

/// One in millionths.
pub const MILLION: u32 = 1_000_000;
/// Units of a tail in a millionth.
const TAIL_MILLIONTH: u64 = TAIL_ONE / 1_000_000;

/// The settings of a rule; the names are those of the table in a charter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Share of chance among a period's alarms that is put up with.
    pub false_discovery_millionths: u32,
    /// Largest tail probability at which an alarm opens.
    pub open_millionths: u32,
    /// Largest tail probability of a period that is not quiet.
    pub close_millionths: u32,
    /// Quiet periods in a row after which an alarm closes.
    pub close_after: u32,
    /// Most new alarms of a period.
    pub budget: u32,
    /// Periods in a year: a multiple of four.
    pub periods_a_year: u32,
    /// Share of confirmed among disposed alarms that the rule promises.
    pub precision_millionths: u32,
    /// Fewest disposals of a quarter that say something.
    pub disposals_min: u32,
}

/// Why settings are not a rule: what is wrong, completing "the rule cannot be used:".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadRule {
    /// A share is out of range.
    #[error("`{0}` is a share of 1 to 1000000 millionths")]
    Share(&'static str),
    /// A number is 0.
    #[error("`{0}` is at least 1")]
    Nothing(&'static str),
    /// An alarm would close in the period that opens it.
    #[error("`close_millionths` is at least `open_millionths`")]
    CloseBelowOpen,
    /// A year has no quarters.
    #[error("`periods_a_year` is a multiple of 4")]
    Quarters,
}

impl Rule {
    /// No false-discovery rate, which loses what is followed by more (`docs/alarms.md`); opens at 1 %, closes after three months over 20 %, five a month, a fourth confirmed.
    pub const MONTHLY: Self = Self {
        false_discovery_millionths: MILLION,
        open_millionths: 10_000,
        close_millionths: 200_000,
        close_after: 3,
        budget: 5,
        periods_a_year: 12,
        precision_millionths: 250_000,
        disposals_min: 4,
    };

    /// Checks the settings.
    ///
    /// # Errors
    /// [`BadRule`], for the first that is out of range.
    pub fn check(&self) -> Result<(), BadRule> {
        let shares = [
            ("false_discovery_millionths", self.false_discovery_millionths),
            ("open_millionths", self.open_millionths),
            ("close_millionths", self.close_millionths),
            ("precision_millionths", self.precision_millionths),
        ];
        if let Some((name, _)) = shares.iter().find(|(_, share)| !(1..=MILLION).contains(share)) {
            return Err(BadRule::Share(name));
        }
        let numbers = [
            ("close_after", self.close_after),
            ("budget", self.budget),
            ("periods_a_year", self.periods_a_year),
            ("disposals_min", self.disposals_min),
        ];
        if let Some((name, _)) = numbers.iter().find(|(_, number)| *number == 0) {
            return Err(BadRule::Nothing(name));
        }
        if self.close_millionths < self.open_millionths {
            return Err(BadRule::CloseBelowOpen);
        }
        if self.periods_a_year.is_multiple_of(4) { Ok(()) } else { Err(BadRule::Quarters) }
    }

    /// Returns whether a tail is small enough to open an alarm.
    #[must_use]
    pub fn opens(&self, tail: Tail) -> bool {
        tail.units() <= u64::from(self.open_millionths) * TAIL_MILLIONTH
    }

    /// Returns whether a tail is that of a quiet period.
    #[must_use]
    pub fn is_quiet(&self, tail: Tail) -> bool {
        tail.units() > u64::from(self.close_millionths) * TAIL_MILLIONTH
    }

    /// Returns the number of the quarter that a period lies in.
    #[must_use]
    pub const fn quarter_of(&self, period: u32) -> u32 {
        match period.checked_div(self.periods_a_year / 4) {
            Some(quarter) => quarter,
            None => period,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_that_says_nothing_is_refused_by_name() {
        assert_eq!(Rule::MONTHLY.check(), Ok(()));
        let refused = |rule: Rule| rule.check().unwrap_err();
        let rule = Rule::MONTHLY;
        assert_eq!(refused(Rule { open_millionths: 0, ..rule }), BadRule::Share("open_millionths"));
        assert_eq!(refused(Rule { budget: 0, ..rule }), BadRule::Nothing("budget"));
        assert_eq!(refused(Rule { close_millionths: 9_999, ..rule }), BadRule::CloseBelowOpen);
        assert_eq!(refused(Rule { periods_a_year: 365, ..rule }), BadRule::Quarters);
    }

    #[test]
    fn the_levels_themselves_open_and_are_not_quiet() {
        let (one, twenty) = (Tail::new(TAIL_ONE / 100).unwrap(), Tail::new(TAIL_ONE / 5).unwrap());
        assert!(Rule::MONTHLY.opens(one) && !Rule::MONTHLY.is_quiet(twenty));
        let next = |tail: Tail| Tail::new(tail.units() + 1).unwrap();
        assert!(!Rule::MONTHLY.opens(next(one)) && Rule::MONTHLY.is_quiet(next(twenty)));
    }
}
