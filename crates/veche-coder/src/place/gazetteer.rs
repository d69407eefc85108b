use super::country::alpha3;
use thiserror::Error;

/// Longest file, in bytes: twenty times the one of all towns above 15,000 people.
pub const GAZETTEER_LEN_MAX: usize = 256 * 1024 * 1024;

const HEADER: &str = "geonameid\tname\tlat\tlon\tcc\tadmin1\tpopulation\taltnames";

/// Places with their names, from a file that the user gives (`formats/places.md`). None is shipped.
#[derive(Clone, Debug, Default)]
pub struct Gazetteer {
    names: String,
    places: Vec<Place>,
}

/// A place of the gazetteer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its number in the source.
    pub id: u32,
    /// Millionths of a degree, north positive.
    pub latitude: i32,
    /// Millionths of a degree, east positive.
    pub longitude: i32,
    /// The state or territory, as the table of nations has its code; none if the file gives none that is known.
    pub country: Option<String>,
    /// The first-level division, as the source numbers it.
    pub admin1: String,
    /// People who live there; 0 if not known.
    pub population: u32,
    names: (u32, u32),
}

/// Why a file of places cannot be read.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("line {line}: {fault}")]
pub struct GazetteerError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub fault: GazetteerFault,
}

/// What is wrong with a file of places, and what to do about it.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum GazetteerFault {
    /// The file is too large.
    #[error("the file has {found} bytes, more than {max}: leave out small places")]
    TooLong {
        /// Bytes found.
        found: usize,
        /// Bytes allowed.
        max: usize,
    },
    /// Bytes that are not UTF-8.
    #[error("the file is not UTF-8: unpack it if it is packed, save it as UTF-8 if it is not")]
    NotUtf8,
    /// Another header.
    #[error("the header is not the one of a file of places: write `{HEADER}`, parted by tabs")]
    Header,
    /// Too few or too many cells.
    #[error("{found} columns, not 8: part all by tabs, empty ones too")]
    Columns {
        /// Cells found.
        found: usize,
    },
    /// A cell that is no number, or out of its range.
    #[error("column `{column}` has `{found}`: write a number in its range")]
    Number {
        /// The column.
        column: &'static str,
        /// What it holds.
        found: String,
    },
    /// A place without a name.
    #[error("column `name` is empty: fill it in, or remove the line")]
    Nameless,
}

impl Gazetteer {
    /// Reads a file of places.
    ///
    /// # Errors
    ///
    /// The first fault: of the file, its header, then line by line.
    pub fn read(bytes: &[u8]) -> Result<Self, GazetteerError> {
        let mut gazetteer = Self::default();
        gazetteer.add(bytes)?;
        Ok(gazetteer)
    }

    /// Reads a file of places behind those that were read before.
    ///
    /// # Errors
    ///
    /// As [`Self::read`]; what stands before the fault stays added.
    pub fn add(&mut self, bytes: &[u8]) -> Result<(), GazetteerError> {
        let at = |line, fault| GazetteerError { line, fault };
        if bytes.len() > GAZETTEER_LEN_MAX {
            return Err(at(
                1,
                GazetteerFault::TooLong { found: bytes.len(), max: GAZETTEER_LEN_MAX },
            ));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| at(1, GazetteerFault::NotUtf8))?;
        let mut lines = (1..).zip(text.lines());
        if lines.next().is_none_or(|(_, line)| line != HEADER) {
            return Err(at(1, GazetteerFault::Header));
        }
        for (line, content) in lines.filter(|(_, line)| !line.is_empty()) {
            self.push(content).map_err(|fault| at(line, fault))?;
        }
        Ok(())
    }

    fn push(&mut self, line: &str) -> Result<(), GazetteerFault> {
        let cells: Vec<&str> = line.split('\t').collect();
        let [id, name, latitude, longitude, country, admin1, population, names] = cells.as_slice()
        else {
            return Err(GazetteerFault::Columns { found: cells.len() });
        };
        if name.is_empty() {
            return Err(GazetteerFault::Nameless);
        }
        let start = self.names.len();
        self.names.push_str(name);
        for other in names.split('|').filter(|other| !other.is_empty()) {
            self.names.push('|');
            self.names.push_str(other);
        }
        let narrow = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        self.places.push(Place {
            id: whole("geonameid", id)?,
            latitude: degrees("lat", latitude, 90)?,
            longitude: degrees("lon", longitude, 180)?,
            country: nation(country),
            admin1: (*admin1).to_owned(),
            population: whole("population", population)?,
            names: (narrow(start), narrow(self.names.len())),
        });
        Ok(())
    }

    /// Returns all places, in the order of the file.
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// Returns the names of a place, the usual one first.
    pub fn names(&self, place: &Place) -> impl Iterator<Item = &str> {
        let (start, end) = place.names;
        self.names.get(start as usize..end as usize).unwrap_or_default().split('|')
    }
}

/// Returns the code of a nation for a cell: the three letters for two of ISO 3166-1, and three as they stand.
fn nation(cell: &str) -> Option<String> {
    let three = cell.len() == 3 && cell.bytes().all(|byte| byte.is_ascii_uppercase());
    if three { Some(cell.to_owned()) } else { alpha3(cell).map(str::to_owned) }
}

fn whole(column: &'static str, cell: &str) -> Result<u32, GazetteerFault> {
    cell.parse().map_err(|_| GazetteerFault::Number { column, found: cell.to_owned() })
}

/// Reads degrees with a fraction into millionths, exactly.
fn degrees(column: &'static str, cell: &str, limit: i32) -> Result<i32, GazetteerFault> {
    let fault = || GazetteerFault::Number { column, found: cell.to_owned() };
    let (whole, fraction) = cell.split_once('.').unwrap_or((cell, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let bare = whole.strip_prefix('-').unwrap_or(whole);
    if bare.is_empty() || !digits(bare) || !digits(fraction) {
        return Err(fault());
    }
    let six: String = fraction.chars().chain("000000".chars()).take(6).collect();
    let value = bare
        .parse::<i32>()
        .ok()
        .and_then(|whole| whole.checked_mul(1_000_000)?.checked_add(six.parse().ok()?));
    let value = value.filter(|value| *value <= limit * 1_000_000).ok_or_else(fault)?;
    Ok(if whole.starts_with('-') { -value } else { value })
}
