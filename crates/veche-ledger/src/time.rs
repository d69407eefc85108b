//! Points in time and spans, in whole seconds of UTC.

use std::fmt;
use std::ops::{Add, Sub};

/// A point in time: seconds since 1970-01-01T00:00:00Z, leap seconds not counted (POSIX).
///
/// Written in records as `2026-11-22T05:42:10Z`, always UTC, always whole seconds, years 1970 to 9999.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct UnixSeconds(pub u64);

/// A span of time in whole seconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Seconds(pub u64);

/// Why a text is not a point in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a time is written `2026-11-22T05:42:10Z`: UTC, whole seconds, years 1970 to 9999")]
pub struct NotATime;

/// 9999-12-31T23:59:59Z, the last second that four digits of a year can name.
pub const TIME_MAX: UnixSeconds = UnixSeconds(253_402_300_799);

const DAY: u64 = 86_400;

impl UnixSeconds {
    /// Parses `2026-11-22T05:42:10Z`.
    ///
    /// # Errors
    /// [`NotATime`] for any other form, also for other ways to write the same second.
    pub fn parse(text: &str) -> Result<Self, NotATime> {
        let b = text.as_bytes();
        let form = b"dddd-dd-ddTdd:dd:ddZ";
        if b.len() != form.len()
            || !b
                .iter()
                .zip(form)
                .all(|(c, f)| if *f == b'd' { c.is_ascii_digit() } else { c == f })
        {
            return Err(NotATime);
        }
        let number = |from: usize, to: usize| {
            b[from..to].iter().fold(0u64, |n, c| n * 10 + u64::from(c - b'0'))
        };
        let (year, month, day) = (number(0, 4), number(5, 7), number(8, 10));
        let (hour, minute, second) = (number(11, 13), number(14, 16), number(17, 19));
        if year < 1970 || !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month)
        {
            return Err(NotATime);
        }
        if hour > 23 || minute > 59 || second > 59 {
            return Err(NotATime);
        }
        Ok(Self(days_from_civil(year, month, day) * DAY + hour * 3600 + minute * 60 + second))
    }

    /// Returns the span since `earlier`, zero if this is not later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Seconds {
        Seconds(self.0.saturating_sub(earlier.0))
    }

    /// Returns year, month (1 to 12) and day (1 to 31) in UTC.
    #[must_use]
    pub const fn date(self) -> (u64, u64, u64) {
        civil_from_days(self.0 / DAY)
    }
}

impl Seconds {
    /// Returns a span of whole minutes.
    #[must_use]
    pub const fn minutes(n: u64) -> Self {
        Self(n * 60)
    }

    /// Returns a span of whole hours.
    #[must_use]
    pub const fn hours(n: u64) -> Self {
        Self(n * 3600)
    }
}

impl Add<Seconds> for UnixSeconds {
    type Output = Self;
    fn add(self, span: Seconds) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl Sub<Seconds> for UnixSeconds {
    type Output = Self;
    fn sub(self, span: Seconds) -> Self {
        Self(self.0.saturating_sub(span.0))
    }
}

impl fmt::Display for UnixSeconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clamped = self.0.min(TIME_MAX.0);
        let ((year, month, day), rest) = (civil_from_days(clamped / DAY), clamped % DAY);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z",
            rest / 3600,
            rest / 60 % 60,
            rest % 60
        )
    }
}

impl fmt::Display for Seconds {
    /// Writes the span as people say it: `2 d 4 h`, `6 h`, `4 min`, `12 s`; at most two units.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            (self.0 / DAY, "d"),
            (self.0 / 3600 % 24, "h"),
            (self.0 / 60 % 60, "min"),
            (self.0 % 60, "s"),
        ];
        let Some(first) = parts.iter().position(|(n, _)| *n > 0) else { return f.write_str("0 s") };
        write!(f, "{} {}", parts[first].0, parts[first].1)?;
        match parts.get(first + 1) {
            Some((n, unit)) if *n > 0 => write!(f, " {n} {unit}"),
            _ => Ok(()),
        }
    }
}

const fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

const fn days_in_month(year: u64, month: u64) -> u64 {
    match month {
        2 => 28 + is_leap(year) as u64,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Returns the days since 1970-01-01 of a date of the Gregorian calendar, by counting from 1 March of year 0 so that a
/// leap day is the last of its year.
const fn days_from_civil(year: u64, month: u64, day: u64) -> u64 {
    let y = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (y / 400, y % 400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

const fn civil_from_days(days: u64) -> (u64, u64, u64) {
    let z = days + 719_468;
    let (era, of_era) = (z / 146_097, z % 146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let m = (5 * of_year + 2) / 153;
    let month = if m < 10 { m + 3 } else { m - 9 };
    let year = year_of_era + era * 400 + (month <= 2) as u64;
    (year, month, of_year - (153 * m + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_and_read_back() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T12:00:00Z", 951_825_600),
            ("2026-11-22T05:42:10Z", 1_795_326_130),
            ("9999-12-31T23:59:59Z", TIME_MAX.0),
        ] {
            assert_eq!(UnixSeconds::parse(text), Ok(UnixSeconds(seconds)), "{text}");
            assert_eq!(UnixSeconds(seconds).to_string(), text);
        }
    }

    #[test]
    fn another_way_to_write_a_time_is_refused() {
        for text in [
            "2026-11-22T05:42:10+00:00",
            "2026-11-22 05:42:10Z",
            "2026-02-29T00:00:00Z",
            "2026-11-22T24:00:00Z",
        ] {
            assert_eq!(UnixSeconds::parse(text), Err(NotATime), "{text}");
        }
    }

    #[test]
    fn spans_read_as_people_say_them() {
        let said: Vec<String> =
            [0, 12, 240, 21_600, 187_200].iter().map(|s| Seconds(*s).to_string()).collect();
        assert_eq!(said, ["0 s", "12 s", "4 min", "6 h", "2 d 4 h"]);
    }
}
