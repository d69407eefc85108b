//! What a count is about: an area, and the series counted in it.

use std::fmt;
use std::sync::Arc;

/// Longest name of a series, in bytes: a column name of a data set fits.
pub const SERIES_LEN_MAX: usize = 40;

/// Which list an area's number comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scheme {
    /// Gleditsch and Ward numbers, which UCDP calls `country_id`; written `gw`.
    Gw,
    /// The country list of VIEWS; written `views`.
    Views,
    /// Numbers of ISO 3166-1, which ACLED calls `iso`; written `iso`.
    Iso,
}

impl Scheme {
    /// Returns the scheme's name, as before the colon of an [`AreaId`].
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gw => "gw",
            Self::Views => "views",
            Self::Iso => "iso",
        }
    }
}

/// A country in a numbered list. Written `gw:700`, `views:133`, `iso:4`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct AreaId {
    scheme: Scheme,
    number: u16,
}

/// Why a text is not an [`AreaId`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an area is `gw:NUMBER`, `views:NUMBER` or `iso:NUMBER`, up to 65535")]
pub struct NotAnArea;

impl AreaId {
    /// Returns the area with this number of this list.
    #[must_use]
    pub const fn new(scheme: Scheme, number: u16) -> Self {
        Self { scheme, number }
    }

    /// Parses `SCHEME:NUMBER`.
    ///
    /// # Errors
    /// [`NotAnArea`] for another scheme, no colon, or a number with a sign, leading zero or over 65535.
    pub fn parse(text: &str) -> Result<Self, NotAnArea> {
        let (scheme, number) = text.split_once(':').ok_or(NotAnArea)?;
        let scheme = match scheme {
            "gw" => Scheme::Gw,
            "views" => Scheme::Views,
            "iso" => Scheme::Iso,
            _ => return Err(NotAnArea),
        };
        let area = Self::new(scheme, number.parse().map_err(|_| NotAnArea)?);
        // One spelling an area: what is parsed is written back as it was.
        if area.to_string() == text { Ok(area) } else { Err(NotAnArea) }
    }

    /// Returns the list that the number is from.
    #[must_use]
    pub const fn scheme(self) -> Scheme {
        self.scheme
    }

    /// Returns the number in its list.
    #[must_use]
    pub const fn number(self) -> u16 {
        self.number
    }
}

impl fmt::Display for AreaId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.scheme.name(), self.number)
    }
}

impl From<AreaId> for String {
    fn from(area: AreaId) -> Self {
        area.to_string()
    }
}

impl TryFrom<String> for AreaId {
    type Error = NotAnArea;

    fn try_from(text: String) -> Result<Self, NotAnArea> {
        Self::parse(&text)
    }
}

/// What is counted: the column of the data set, as `ged_sb`. Lower case, digits and `_`, 1 to 40 bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Series(Arc<str>);

/// Why a text is not a [`Series`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a series is 1 to {SERIES_LEN_MAX} lower-case letters, digits and `_`")]
pub struct NotASeries;

impl Series {
    /// Parses a series name.
    ///
    /// # Errors
    /// [`NotASeries`] when empty, too long or with another character.
    pub fn parse(text: &str) -> Result<Self, NotASeries> {
        let fits = (1..=SERIES_LEN_MAX).contains(&text.len());
        let plain = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if fits && plain { Ok(Self(text.into())) } else { Err(NotASeries) }
    }

    /// Returns the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Series> for String {
    fn from(series: Series) -> Self {
        series.as_str().to_owned()
    }
}

impl TryFrom<String> for Series {
    type Error = NotASeries;

    fn try_from(text: String) -> Result<Self, NotASeries> {
        Self::parse(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_area_is_written_with_its_list() {
        let area = AreaId::new(Scheme::Gw, 700);
        assert_eq!(area.to_string(), "gw:700");
        assert_eq!(AreaId::parse("gw:700"), Ok(area));
        assert_ne!(area, AreaId::new(Scheme::Views, 700));
    }

    #[test]
    fn other_spellings_of_an_area_are_refused() {
        for text in ["700", "cow:4", "gw:0700", "gw:+7", "gw:65536", "gw:", "GW:1"] {
            assert_eq!(AreaId::parse(text), Err(NotAnArea), "{text}");
        }
    }

    #[test]
    fn a_series_is_a_plain_column_name() {
        assert!(Series::parse("ged_sb").is_ok());
        for text in ["", "GED", "a b", &"x".repeat(41)] {
            assert_eq!(Series::parse(text), Err(NotASeries), "{text}");
        }
    }
}
