//! Durations as a charter writes them.

use crate::model::Duration;
use std::fmt;
use veche_ledger::Seconds;

/// Longest duration, in its own unit: a hundred years of days fit, and no sum of two overflows.
pub const DURATION_NUMBER_MAX: u32 = 40_000;

/// Why a text is not a duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a duration: a number from 1 to 40000 and `m`, `h`, `d`, `wd`, `mo` or `y`, as in `6h` or `3wd`"
)]
pub struct NotADuration(pub String);

impl Duration {
    /// Parses `30m`, `6h`, `10d`, `3wd`, `6mo`, `1y`: never zero, so that no chain of timeouts stands still.
    ///
    /// # Errors
    /// [`NotADuration`] for any other form, zero, or a number above [`DURATION_NUMBER_MAX`].
    pub fn parse(text: &str) -> Result<Self, NotADuration> {
        let fault = || NotADuration(text.chars().take(80).collect());
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at_checked(digits).ok_or_else(fault)?;
        let count: u32 = number.parse().map_err(|_| fault())?;
        if count == 0 || count > DURATION_NUMBER_MAX || number.starts_with('0') {
            return Err(fault());
        }
        let n = u64::from(count);
        match unit {
            "m" => Ok(Self::Span(Seconds::minutes(n))),
            "h" => Ok(Self::Span(Seconds::hours(n))),
            "d" => Ok(Self::Span(Seconds::hours(24 * n))),
            "wd" => Ok(Self::WorkingDays(count)),
            "mo" => Ok(Self::Months(count)),
            "y" if count <= DURATION_NUMBER_MAX / 12 => Ok(Self::Months(12 * count)),
            _ => Err(fault()),
        }
    }

    /// Returns the duration as a charter writes it, in the largest unit that is exact.
    #[must_use]
    pub fn as_written(&self) -> String {
        match *self {
            Self::Span(s) if s.0 > 0 && s.0.is_multiple_of(86_400) => format!("{}d", s.0 / 86_400),
            Self::Span(s) if s.0 > 0 && s.0.is_multiple_of(3600) => format!("{}h", s.0 / 3600),
            Self::Span(s) => format!("{}m", s.0 / 60),
            Self::WorkingDays(n) => format!("{n}wd"),
            Self::Months(n) if n.is_multiple_of(12) => format!("{}y", n / 12),
            Self::Months(n) => format!("{n}mo"),
        }
    }

    /// Returns a number to compare durations of one table by: a working day as 24 h, a month as 30 days.
    pub(crate) const fn rough_seconds(self) -> u64 {
        match self {
            Self::Span(s) => s.0,
            Self::WorkingDays(n) => n as u64 * 86_400,
            Self::Months(n) => n as u64 * 30 * 86_400,
        }
    }
}

impl fmt::Display for Duration {
    /// Writes the duration in words: `6 hours`, `3 working days`, `1 month`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, unit) = match *self {
            // Up to two days people say hours: "forty-eight hours" is the charter's own word.
            Self::Span(s) if s.0.is_multiple_of(86_400) && s.0 > 3 * 86_400 => {
                (s.0 / 86_400, "day")
            }
            Self::Span(s) if s.0.is_multiple_of(3600) => (s.0 / 3600, "hour"),
            Self::Span(s) => (s.0 / 60, "minute"),
            Self::WorkingDays(n) => (u64::from(n), "working day"),
            Self::Months(n) if n.is_multiple_of(12) => (u64::from(n / 12), "year"),
            Self::Months(n) => (u64::from(n), "month"),
        };
        write!(f, "{count} {unit}{}", if count == 1 { "" } else { "s" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_and_said_in_words() {
        let said: Vec<String> = ["30m", "1h", "48h", "72h", "10d", "3wd", "6mo", "1y", "2y"]
            .iter()
            .map(|t| Duration::parse(t).unwrap().to_string())
            .collect();
        assert_eq!(
            said,
            [
                "30 minutes",
                "1 hour",
                "48 hours",
                "72 hours",
                "10 days",
                "3 working days",
                "6 months",
                "1 year",
                "2 years"
            ]
        );
    }

    #[test]
    fn a_duration_is_written_as_it_is_read() {
        for text in ["30m", "6h", "10d", "3wd", "6mo", "1y"] {
            assert_eq!(Duration::parse(text).unwrap().as_written(), text);
        }
    }

    #[test]
    fn zero_and_other_forms_are_refused() {
        for text in
            ["", "0h", "h", "06h", "6", "6 h", "-1h", "1.5h", "6w", "40001h", "4000y", "6H", "٦h"]
        {
            assert_eq!(Duration::parse(text), Err(NotADuration(text.to_owned())), "{text}");
        }
    }
}
