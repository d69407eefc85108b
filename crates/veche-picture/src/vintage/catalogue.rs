//! The list of all inputs that a store was filled from: what each is, whose, and since when it is known.
//!
//! An entry is never changed. What was known on a day are the entries of up to that day, merged one after the other in the
//! order in which they became known; of one day, in the order in which they were imported.

use super::Vintage;
use crate::area::Series;
use crate::date::Date;
use crate::month::Month;
use std::fmt;

/// What a catalogue's `format` says.
pub const FORMAT: &str = "veche-vintages/1";
/// Longest name of a source or a licence, in bytes: a citation fits.
pub const TEXT_LEN_MAX: usize = 200;

/// Which table of a store an input is for. Written as the file's stem: `events`, `incidents`, `counts-ged_sb`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Shelved {
    /// Events with deaths.
    Events,
    /// Incidents, with deaths or without.
    Incidents,
    /// Counts of a series.
    Counts(Series),
}

/// Why a text names no table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a table is `events`, `incidents` or `counts-SERIES`")]
pub struct NotShelved;

const EVENTS: &str = "events";
const INCIDENTS: &str = "incidents";
const COUNTS_START: &str = "counts-";

impl Shelved {
    /// Parses a table's name.
    ///
    /// # Errors
    /// [`NotShelved`].
    pub fn parse(text: &str) -> Result<Self, NotShelved> {
        match text {
            EVENTS => Ok(Self::Events),
            INCIDENTS => Ok(Self::Incidents),
            _ => {
                let series = text.strip_prefix(COUNTS_START).ok_or(NotShelved)?;
                Series::parse(series).map(Self::Counts).map_err(|_| NotShelved)
            }
        }
    }
}

impl fmt::Display for Shelved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Events => f.write_str(EVENTS),
            Self::Incidents => f.write_str(INCIDENTS),
            Self::Counts(series) => write!(f, "{COUNTS_START}{series}"),
        }
    }
}

impl From<Shelved> for String {
    fn from(of: Shelved) -> Self {
        of.to_string()
    }
}

impl TryFrom<String> for Shelved {
    type Error = NotShelved;

    fn try_from(text: String) -> Result<Self, NotShelved> {
        Self::parse(&text)
    }
}

/// One input.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// SHA-256 of its bytes.
    pub vintage: Vintage,
    /// The table that it is for.
    pub of: Shelved,
    /// Whose data it is, and which release.
    pub source: String,
    /// The terms on which it may be used.
    pub licence: String,
    /// The day since when it is known.
    pub known: Date,
    /// Rows that it gave.
    pub rows: u64,
    /// The first month that it tells of.
    pub first: Month,
    /// The last month that it tells of.
    pub last: Month,
    /// Rows that said something else the day before.
    pub rewritten: u64,
    /// Older rows, of months between `first` and `last`, that it does not have. They stay, under their own vintage.
    pub untold: u64,
}

/// Why an entry is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// The same bytes are there, since another day.
    #[error(
        "these bytes are in the catalogue already, as known since {held}; since {given} was given now"
    )]
    OtherDay {
        /// The day that the catalogue has.
        held: Date,
        /// The day now given.
        given: Date,
    },
    /// It tells of months that had not begun.
    #[error(
        "the input is known since {known} and has a row of {last}, which is later: is its calendar right?"
    )]
    FromTheFuture {
        /// The day.
        known: Date,
        /// The last month that it tells of.
        last: Month,
    },
    /// A source or licence that is none.
    #[error("a source and a licence are 1 to {TEXT_LEN_MAX} bytes of plain text")]
    Text,
}

/// Why bytes are no [`Catalogue`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotACatalogue {
    /// Not JSON of its shape.
    #[error("{0}")]
    Shape(String),
    /// Another format, or a later version.
    #[error("its format is `{0}`, and this build reads `{FORMAT}`")]
    Format(String),
    /// An entry that could not have been taken.
    #[error("entry {at}: {why}")]
    Entry {
        /// Its place, 1 for the first.
        at: usize,
        /// What is wrong.
        why: NotTaken,
    },
}

/// All inputs of a store, in the order in which they were imported.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Catalogue {
    entries: Vec<Entry>,
}

#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct CatalogueText {
    format: String,
    vintages: Vec<Entry>,
}

impl Catalogue {
    /// Reads a catalogue from its JSON.
    ///
    /// # Errors
    /// [`NotACatalogue`].
    pub fn read(bytes: &[u8]) -> Result<Self, NotACatalogue> {
        let shape = |error: serde_json::Error| NotACatalogue::Shape(error.to_string());
        let text: CatalogueText = serde_json::from_slice(bytes).map_err(shape)?;
        if text.format != FORMAT {
            return Err(NotACatalogue::Format(text.format.chars().take(40).collect()));
        }
        let mut catalogue = Self::default();
        for (at, entry) in (1..).zip(text.vintages) {
            catalogue.add(entry).map_err(|why| NotACatalogue::Entry { at, why })?;
        }
        Ok(catalogue)
    }

    /// Returns the catalogue as JSON, which ends with a line end.
    ///
    /// # Errors
    /// What serde says, which of such values it never does.
    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        let text = CatalogueText { format: FORMAT.to_owned(), vintages: self.entries.clone() };
        let mut bytes = serde_json::to_vec_pretty(&text)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Adds an input; one that is there already, since the same day, changes nothing. Returns whether it is new.
    ///
    /// # Errors
    /// [`NotTaken`].
    pub fn add(&mut self, entry: Entry) -> Result<bool, NotTaken> {
        let plain = |text: &str| {
            (1..=TEXT_LEN_MAX).contains(&text.len()) && !text.contains(char::is_control)
        };
        if !plain(&entry.source) || !plain(&entry.licence) {
            return Err(NotTaken::Text);
        }
        let (known, last) = (entry.known, entry.last);
        if last > known.month() {
            return Err(NotTaken::FromTheFuture { known, last });
        }
        match self.find(&entry.of, entry.vintage).map(|held| held.known) {
            Some(held) if held != known => Err(NotTaken::OtherDay { held, given: known }),
            Some(_) => Ok(false),
            None => {
                self.entries.push(entry);
                Ok(true)
            }
        }
    }

    /// Returns the input of these bytes for a table.
    #[must_use]
    pub fn find(&self, of: &Shelved, vintage: Vintage) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.vintage == vintage && entry.of == *of)
    }

    /// Returns all inputs, in the order in which they were imported.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Returns the inputs of a table in the order in which they became known; of one day, as they were imported.
    #[must_use]
    pub fn of(&self, of: &Shelved) -> Vec<&Entry> {
        let mut entries: Vec<&Entry> =
            self.entries.iter().filter(|entry| entry.of == *of).collect();
        entries.sort_by_key(|entry| entry.known);
        entries
    }

    /// Returns those of them that were known on a day.
    #[must_use]
    pub fn known_on(&self, of: &Shelved, day: Date) -> Vec<&Entry> {
        let mut entries = self.of(of);
        entries.retain(|entry| entry.known <= day);
        entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(number: u8, known: &str) -> Entry {
        Entry {
            vintage: Vintage([number; 32]),
            of: Shelved::parse("counts-ged_sb").unwrap(),
            source: "UCDP GED 25.1".to_owned(),
            licence: "CC BY 4.0".to_owned(),
            known: Date::parse(known).unwrap(),
            rows: 12,
            first: Month::parse("2014-01").unwrap(),
            last: Month::parse("2014-12").unwrap(),
            rewritten: 0,
            untold: 0,
        }
    }

    #[test]
    fn a_catalogue_is_written_and_read_back() {
        let mut catalogue = Catalogue::default();
        assert_eq!(catalogue.add(entry(1, "2015-01-20")), Ok(true));
        assert_eq!(catalogue.add(entry(2, "2015-02-20")), Ok(true));
        let bytes = catalogue.to_json().unwrap();
        assert_eq!(Catalogue::read(&bytes), Ok(catalogue));
        let text = String::from_utf8(bytes).unwrap();
        let newer = text.replace(FORMAT, "veche-vintages/2");
        let refused = Catalogue::read(newer.as_bytes()).unwrap_err();
        assert_eq!(refused, NotACatalogue::Format("veche-vintages/2".to_owned()));
        let future = text.replace("\"known\": \"2015-02-20\"", "\"known\": \"2014-02-20\"");
        let refused = Catalogue::read(future.as_bytes()).unwrap_err().to_string();
        assert!(refused.starts_with("entry 2: the input is known since 2014-02-20"), "{refused}");
    }

    #[test]
    fn what_was_known_on_a_day_comes_in_the_order_of_days_and_not_of_imports() {
        let mut catalogue = Catalogue::default();
        for (number, known) in [(1, "2015-03-20"), (2, "2015-01-20"), (3, "2015-01-20")] {
            catalogue.add(entry(number, known)).unwrap();
        }
        let of = Shelved::parse("counts-ged_sb").unwrap();
        let numbers = |entries: Vec<&Entry>| -> Vec<u8> {
            entries.iter().map(|entry| entry.vintage.0[0]).collect()
        };
        assert_eq!(numbers(catalogue.of(&of)), [2, 3, 1]);
        let day = |text| Date::parse(text).unwrap();
        assert_eq!(numbers(catalogue.known_on(&of, day("2015-03-19"))), [2, 3]);
        assert_eq!(numbers(catalogue.known_on(&of, day("2015-01-19"))), [0u8; 0]);
        assert_eq!(numbers(catalogue.of(&Shelved::Events)), [0u8; 0]);
    }

    #[test]
    fn the_same_bytes_are_known_since_one_day() {
        let mut catalogue = Catalogue::default();
        catalogue.add(entry(1, "2015-01-20")).unwrap();
        assert_eq!(catalogue.add(entry(1, "2015-01-20")), Ok(false));
        let (held, given) = (entry(1, "2015-01-20").known, entry(1, "2015-02-20").known);
        assert_eq!(catalogue.add(entry(1, "2015-02-20")), Err(NotTaken::OtherDay { held, given }));
        // Months of a year ahead: a calendar that is off.
        let last = Month::parse("2014-12").unwrap();
        let known = Date::parse("2014-03-01").unwrap();
        assert_eq!(
            catalogue.add(entry(2, "2014-03-01")),
            Err(NotTaken::FromTheFuture { known, last })
        );
        let nameless = Entry { source: String::new(), ..entry(3, "2015-01-20") };
        assert_eq!(catalogue.add(nameless), Err(NotTaken::Text));
        assert_eq!(catalogue.entries().len(), 1);
    }
}
