//! Calendar days, as event data sets write them.

use crate::month::Month;
use std::fmt;

/// A calendar day from 1980 to 2199. Written `2023-10-02`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct Date {
    month: Month,
    day: u8,
}

/// Why a text is not a [`Date`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a date is `YYYY-MM-DD`, 1980-01-01 to 2199-12-31, a time of day may follow")]
pub struct NotADate;

impl Date {
    /// Returns the day (1 to the month's last) of a month.
    ///
    /// # Errors
    /// [`NotADate`] for a day that the month does not have.
    pub fn new(month: Month, day: u8) -> Result<Self, NotADate> {
        if day == 0 || day > days_in(month) { Err(NotADate) } else { Ok(Self { month, day }) }
    }

    /// Parses `YYYY-MM-DD`, alone or before a space or `T` and a time of day, which is ignored.
    ///
    /// UCDP writes `2023-10-02 00:00:00.000`; its events are coded by day.
    ///
    /// # Errors
    /// [`NotADate`] for another form or a day that does not exist.
    pub fn parse(text: &str) -> Result<Self, NotADate> {
        let day_len = "YYYY-MM-DD".len();
        let (date, rest) = text.split_at_checked(day_len).ok_or(NotADate)?;
        if !rest.is_empty() && !rest.starts_with([' ', 'T']) {
            return Err(NotADate);
        }
        let (month, day) = date.rsplit_once('-').ok_or(NotADate)?;
        if day.len() != 2 || !day.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NotADate);
        }
        Self::new(Month::parse(month).map_err(|_| NotADate)?, day.parse().map_err(|_| NotADate)?)
    }

    /// Returns the calendar month that the day lies in.
    #[must_use]
    pub const fn month(self) -> Month {
        self.month
    }

    /// Returns the days since 1970-01-01, the form of a Parquet `DATE`.
    #[must_use]
    pub fn unix_days(self) -> i32 {
        days_before_year(self.month.year()) - days_before_year(1970)
            + days_before_month(self.month)
            + i32::from(self.day)
            - 1
    }

    /// Returns the day that lies that many days after 1970-01-01.
    ///
    /// # Errors
    /// [`NotADate`] before 1980 or after 2199.
    pub fn from_unix_days(days: i32) -> Result<Self, NotADate> {
        // A year has at most 366 days, so this guess is never late and at most one year early.
        let guess = 1970 + days.div_euclid(366);
        let year_of = |year: i32| days_before_year(year) - days_before_year(1970);
        let mut year = guess.clamp(1980, 2199);
        while year < 2199 && year_of(year + 1) <= days {
            year += 1;
        }
        for month in (1..=12).rev() {
            let month = Month::new(year, month).map_err(|_| NotADate)?;
            let first = year_of(year) + days_before_month(month);
            if first <= days {
                let day = u8::try_from(days - first + 1).map_err(|_| NotADate)?;
                return Self::new(month, day);
            }
        }
        Err(NotADate)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:02}", self.month, self.day)
    }
}

impl From<Date> for String {
    fn from(date: Date) -> Self {
        date.to_string()
    }
}

impl TryFrom<String> for Date {
    type Error = NotADate;

    fn try_from(text: String) -> Result<Self, NotADate> {
        Self::parse(&text)
    }
}

const fn is_leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in(month: Month) -> u8 {
    match month.month() {
        2 if is_leap(month.year()) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from a fixed day long ago to the first of January of the year.
const fn days_before_year(year: i32) -> i32 {
    let past = year - 1;
    past * 365 + past / 4 - past / 100 + past / 400
}

/// Days of the month's year that lie before the month.
fn days_before_month(month: Month) -> i32 {
    (1..month.month())
        .filter_map(|earlier| Month::new(month.year(), i32::from(earlier)).ok())
        .map(|earlier| i32::from(days_in(earlier)))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_days_have_their_number() {
        // `date -d 2023-10-02 +%s` / 86400 and so on.
        for (text, days) in [
            ("1980-01-01", 3652),
            ("2000-02-29", 11016),
            ("2023-10-02", 19632),
            ("2199-12-31", 84005),
        ] {
            assert_eq!(Date::parse(text).unwrap().unix_days(), days, "{text}");
        }
    }

    #[test]
    fn every_day_is_numbered_and_read_back() {
        for days in 3652..=84_005 {
            let date = Date::from_unix_days(days).unwrap();
            assert_eq!(date.unix_days(), days);
            assert_eq!(Date::parse(&date.to_string()), Ok(date));
        }
        assert_eq!(Date::from_unix_days(3651), Err(NotADate));
        assert_eq!(Date::from_unix_days(84_006), Err(NotADate));
        assert_eq!(Date::from_unix_days(i32::MIN), Err(NotADate));
        assert_eq!(Date::from_unix_days(i32::MAX), Err(NotADate));
    }

    #[test]
    fn a_time_of_day_is_ignored_and_other_text_is_refused() {
        assert_eq!(Date::parse("2023-10-02 00:00:00.000"), Date::parse("2023-10-02"));
        for text in [
            "2023-02-29",
            "2023-04-31",
            "2023-10-00",
            "2023-10-2",
            "02/10/2023",
            "2023-10-02x",
            "20é3-10-02",
        ] {
            assert_eq!(Date::parse(text), Err(NotADate), "{text}");
        }
    }
}
