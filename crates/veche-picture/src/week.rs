//! Calendar weeks, from Monday to Sunday, as ISO 8601 names them.

use crate::date::Date;
use std::fmt;

/// Monday 1979-12-31 in days since 1970: week 1 has the first day that a [`Date`] can be.
const FIRST_MONDAY: i32 = 3651;
/// Days of a week.
const DAYS: i32 = 7;
/// The last week that lies within the years of a [`Date`].
const LAST: u16 = 11_479;

/// A week of 1980 to 2199. Written `2023-W40`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct Week(u16);

/// Why something is not a [`Week`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a week is `YYYY-Www`, 1980-W01 to 2199-W52")]
pub struct NotAWeek;

impl Week {
    /// Returns the week that a day lies in.
    ///
    /// # Errors
    /// [`NotAWeek`] for the last days of 2199.
    pub fn of(day: Date) -> Result<Self, NotAWeek> {
        let weeks = (day.unix_days() - FIRST_MONDAY).div_euclid(DAYS) + 1;
        Self::numbered(weeks)
    }

    /// Parses `YYYY-Www`.
    ///
    /// # Errors
    /// [`NotAWeek`] for another form, or a week that its year has not.
    pub fn parse(text: &str) -> Result<Self, NotAWeek> {
        let (year, week) = text.split_once("-W").ok_or(NotAWeek)?;
        let digits =
            |part: &str, len| part.len() == len && part.bytes().all(|b| b.is_ascii_digit());
        if !digits(year, 4) || !digits(week, 2) {
            return Err(NotAWeek);
        }
        let weeks: i32 = week.parse().map_err(|_| NotAWeek)?;
        // The fourth of January lies in the first week of its year.
        let fourth = Date::parse(&format!("{year}-01-04")).map_err(|_| NotAWeek)?;
        let found = Self::numbered(i32::from(Self::of(fourth)?.0) + weeks - 1)?;
        if found.to_string() == text { Ok(found) } else { Err(NotAWeek) }
    }

    fn numbered(week: i32) -> Result<Self, NotAWeek> {
        match u16::try_from(week) {
            Ok(week) if (1..=LAST).contains(&week) => Ok(Self(week)),
            _ => Err(NotAWeek),
        }
    }

    /// Returns the week so many weeks later (negative: earlier), if there is one.
    #[must_use]
    pub fn plus(self, weeks: i32) -> Option<Self> {
        Self::numbered(i32::from(self.0).checked_add(weeks)?).ok()
    }

    /// Returns how many weeks this one lies after the other; negative if before.
    #[must_use]
    pub fn since(self, other: Self) -> i32 {
        i32::from(self.0) - i32::from(other.0)
    }

    /// Returns whether a day is its last.
    #[must_use]
    pub fn ends_on(self, day: Date) -> bool {
        day.unix_days() == self.monday() + DAYS - 1
    }

    /// Returns whether a day is its first.
    #[must_use]
    pub fn begins_on(self, day: Date) -> bool {
        day.unix_days() == self.monday()
    }

    /// Days from 1970 to its Monday.
    fn monday(self) -> i32 {
        FIRST_MONDAY + (i32::from(self.0) - 1) * DAYS
    }
}

impl fmt::Display for Week {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A week belongs to the year of its Thursday.
        let thursday = Date::from_unix_days(self.monday() + 3).map_err(|_| fmt::Error)?;
        let year = thursday.month().year();
        let first = Date::parse(&format!("{year:04}-01-01")).map_err(|_| fmt::Error)?;
        let week = (thursday.unix_days() - first.unix_days()) / DAYS + 1;
        write!(f, "{year:04}-W{week:02}")
    }
}

impl From<Week> for String {
    fn from(week: Week) -> Self {
        week.to_string()
    }
}

impl TryFrom<String> for Week {
    type Error = NotAWeek;

    fn try_from(text: String) -> Result<Self, NotAWeek> {
        Self::parse(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `python3 -c "import datetime; print(datetime.date(2023,10,2).isocalendar())"` and so on.
    #[test]
    fn days_lie_in_the_weeks_of_another_program() {
        for (day, week) in [
            ("1980-01-01", "1980-W01"),
            ("2023-10-02", "2023-W40"),
            ("2021-01-03", "2020-W53"),
            ("2021-01-04", "2021-W01"),
            ("2018-12-31", "2019-W01"),
            ("2016-01-01", "2015-W53"),
            ("2199-12-29", "2199-W52"),
        ] {
            let day = Date::parse(day).unwrap();
            assert_eq!(Week::of(day).unwrap().to_string(), week, "{day}");
        }
    }

    #[test]
    fn every_week_is_written_and_read_back() {
        for number in 1..=LAST {
            let week = Week(number);
            assert_eq!(Week::parse(&week.to_string()), Ok(week));
        }
        assert_eq!(Week(LAST).plus(1), None);
        let monday = Date::parse("2023-10-02").unwrap();
        let week = Week::of(monday).unwrap();
        assert!(week.begins_on(monday) && !week.ends_on(monday));
        assert!(week.ends_on(Date::parse("2023-10-08").unwrap()));
    }

    #[test]
    fn weeks_that_a_year_has_not_are_refused() {
        for text in ["2021-W53", "2021-W00", "2021-W1", "2021W01", "2021-w01", "1979-W52", ""] {
            assert_eq!(Week::parse(text), Err(NotAWeek), "{text}");
        }
    }
}
