use std::fmt;

/// A day of the Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(i32);

impl Day {
    /// Returns the day of this year, month and day of the month, if there is one. Years from 1 to 9999.
    pub fn new(year: i32, month: u32, day: u32) -> Option<Self> {
        let known = (1..=9999).contains(&year) && (1..=12).contains(&month);
        (known && (1..=days_of(year, month)).contains(&day))
            .then(|| Self::counted(year, month, day))
    }

    /// Counts days from 1970-01-01. Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil.
    fn counted(year: i32, month: u32, day: u32) -> Self {
        let year = if month <= 2 { year - 1 } else { year };
        let era = year.div_euclid(400);
        let of_era = year.rem_euclid(400);
        let month = month.cast_signed();
        let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day.cast_signed() - 1;
        Self(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
    }

    /// Returns year, month and day of the month. Source: the same, civil_from_days.
    pub fn civil(self) -> (i32, u32, u32) {
        let shifted = self.0 + 719_468;
        let era = shifted.div_euclid(146_097);
        let of_era = shifted.rem_euclid(146_097);
        let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let part = (5 * of_year + 2) / 153;
        let day = of_year - (153 * part + 2) / 5 + 1;
        let month = if part < 10 { part + 3 } else { part - 9 };
        let year = year + era * 400 + i32::from(month <= 2);
        (year, month.cast_unsigned(), day.cast_unsigned())
    }

    /// Returns the day of the week, 0 for Monday.
    pub fn weekday(self) -> u32 {
        (self.0 + 3).rem_euclid(7).cast_unsigned()
    }

    /// Returns the day that is so many days later.
    pub fn plus(self, days: i32) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// Returns how many days lie between both.
    pub fn distance(self, other: Self) -> u32 {
        self.0.abs_diff(other.0)
    }

    /// Returns the first and the last day of a month, counted in months from this day's.
    pub(super) fn month(self, months: i32) -> (Self, Self) {
        let (year, month, _) = self.civil();
        let count = year * 12 + month.cast_signed() - 1 + months;
        let (year, month) = (count.div_euclid(12), count.rem_euclid(12).cast_unsigned() + 1);
        (Self::counted(year, month, 1), Self::counted(year, month, days_of(year, month)))
    }

    /// Returns the first and the last day of a year.
    pub(super) fn year(year: i32) -> (Self, Self) {
        (Self::counted(year, 1, 1), Self::counted(year, 12, 31))
    }
}

/// Writes it as ISO 8601 does.
impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.civil();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

fn days_of(year: i32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}
