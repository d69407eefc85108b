//! Calendar months, numbered as VIEWS does.

use std::fmt;

/// First year that a month may have: `month_id` 1 is January 1980.
const YEAR_MIN: i32 = 1980;
/// Last year that a month may have: far past any forecast, and near enough to catch a typing error.
const YEAR_MAX: i32 = 2199;
/// Largest VIEWS `month_id`: December of the last year.
const ID_MAX: u16 = 2640;

/// A calendar month, January 1980 to December 2199. Written `2022-12`.
///
/// Source: VIEWS `month_id`, 1 = January 1980.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct Month(u16);

/// Why something is not a [`Month`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a month is `YYYY-MM`, 1980-01 to 2199-12")]
pub struct NotAMonth;

impl Month {
    /// Returns the month of a VIEWS `month_id` (1 to 2640).
    ///
    /// # Errors
    /// [`NotAMonth`] out of that range.
    pub fn from_id(id: i64) -> Result<Self, NotAMonth> {
        match u16::try_from(id) {
            Ok(id) if (1..=ID_MAX).contains(&id) => Ok(Self(id)),
            _ => Err(NotAMonth),
        }
    }

    /// Returns the month of a calendar year (1980 to 2199) and a month in it (1 to 12).
    ///
    /// # Errors
    /// [`NotAMonth`] out of those ranges.
    pub fn new(year: i32, month: i32) -> Result<Self, NotAMonth> {
        if !(YEAR_MIN..=YEAR_MAX).contains(&year) || !(1..=12).contains(&month) {
            return Err(NotAMonth);
        }
        Self::from_id(i64::from((year - YEAR_MIN) * 12 + month))
    }

    /// Parses `YYYY-MM`.
    ///
    /// # Errors
    /// [`NotAMonth`] for another form or a month out of range.
    pub fn parse(text: &str) -> Result<Self, NotAMonth> {
        let (year, month) = text.split_once('-').ok_or(NotAMonth)?;
        let digits =
            |part: &str, len| part.len() == len && part.bytes().all(|b| b.is_ascii_digit());
        if !digits(year, 4) || !digits(month, 2) {
            return Err(NotAMonth);
        }
        Self::new(year.parse().map_err(|_| NotAMonth)?, month.parse().map_err(|_| NotAMonth)?)
    }

    /// Returns the VIEWS `month_id`.
    #[must_use]
    pub const fn id(self) -> u16 {
        self.0
    }

    /// Returns the calendar year.
    #[must_use]
    pub fn year(self) -> i32 {
        YEAR_MIN + i32::from(self.0 - 1) / 12
    }

    /// Returns the month in its year, 1 to 12.
    #[must_use]
    pub const fn month(self) -> u16 {
        (self.0 - 1) % 12 + 1
    }

    /// Returns the month that many months later (negative: earlier), if there is one.
    #[must_use]
    pub fn plus(self, months: i32) -> Option<Self> {
        Self::from_id(i64::from(self.0) + i64::from(months)).ok()
    }

    /// Returns how many months this one lies after the other; negative if before.
    #[must_use]
    pub fn since(self, other: Self) -> i32 {
        i32::from(self.0) - i32::from(other.0)
    }
}

impl Month {
    /// The months' names, January first.
    pub(crate) const NAMES: [&'static str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];

    /// Returns the month as a sentence says it: `December 2022`.
    #[must_use]
    pub fn said(self) -> String {
        format!("{} {}", Self::NAMES[usize::from(self.month() - 1)], self.year())
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year(), self.month())
    }
}

impl From<Month> for String {
    fn from(month: Month) -> Self {
        month.to_string()
    }
}

impl TryFrom<String> for Month {
    type Error = NotAMonth;

    fn try_from(text: String) -> Result<Self, NotAMonth> {
        Self::parse(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_month_457_is_january_2018() {
        let month = Month::from_id(457).unwrap();
        assert_eq!(
            (month.to_string(), Month::new(2018, 1).unwrap()),
            ("2018-01".to_owned(), month)
        );
    }

    #[test]
    fn every_month_is_written_and_read_back() {
        for id in 1..=i64::from(ID_MAX) {
            let month = Month::from_id(id).unwrap();
            assert_eq!(Month::parse(&month.to_string()), Ok(month));
        }
    }

    #[test]
    fn months_outside_the_range_or_the_form_are_refused() {
        for text in [
            "1979-12",
            "2200-01",
            "2022-00",
            "2022-13",
            "2022-1",
            "+022-01",
            "2022",
            "2022-01-01",
            "",
        ] {
            assert_eq!(Month::parse(text), Err(NotAMonth), "{text}");
        }
        assert_eq!(Month::from_id(0), Err(NotAMonth));
        assert_eq!(Month::from_id(65_537), Err(NotAMonth));
    }
}
