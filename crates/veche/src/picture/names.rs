//! What people call areas, and in which months they exist.
//!
//! Written as CSV with `area` and `name`, and `from` and `until` where any area has them, ascending by area; read also with
//! `country_id` for `area`, as lists come.

use crate::failure::{Failure, FailureKind};
use std::collections::BTreeMap;
use std::path::Path;
use veche_picture::{AreaId, Month, Scheme};

/// Longest name of an area, in bytes: the longest official name of a state fits twice.
const NAME_LEN_MAX: usize = 200;

/// Names by area.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Names(BTreeMap<AreaId, Named>);

/// What is known of an area by its list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    /// Its name.
    pub(crate) name: String,
    /// The first month in which it exists, where that is said.
    pub(crate) from: Option<Month>,
    /// The last one.
    pub(crate) until: Option<Month>,
}

impl Names {
    /// Reads names. `scheme`: the list that a column `country_id` is from; without it only `area` is known.
    ///
    /// # Errors
    /// [`FailureKind::Names`]: no UTF-8 CSV, a column that is missing, an area that is none, a name that is empty or longer
    /// than 200 bytes. One bad row refuses the file: it was written by hand, or by this program.
    pub(crate) fn read(path: &Path, bytes: &[u8], scheme: Option<Scheme>) -> Result<Self, Failure> {
        let fail = |what: String| Failure::new(FailureKind::Names { path: path.to_owned(), what });
        let mut reader = csv::Reader::from_reader(bytes);
        let header = reader.headers().map_err(|error| broken(path, &error))?.clone();
        let column = |name: &str| header.iter().position(|column| column.trim() == name);
        let missing = |name: &str| {
            let found: Vec<_> = header.iter().map(|column| format!("`{column}`")).collect();
            fail(format!("there is no column `{name}`; found {}", found.join(", ")))
        };
        let name_at = column("name").ok_or_else(|| missing("name"))?;
        let key = if scheme.is_some() { "country_id" } else { "area" };
        let area_at = column(key).ok_or_else(|| missing(key))?;
        let (from_at, until_at) = (column("from"), column("until"));
        let mut names = BTreeMap::new();
        for row in reader.records() {
            let row = row.map_err(|error| broken(path, &error))?;
            let line = row.position().map_or(0, csv::Position::line);
            let bad = |what: &str| fail(what.to_owned()).at(format!("line {line}"));
            let text = row.get(area_at).unwrap_or_default().trim();
            let area = area(text, scheme).ok_or_else(|| bad("the area's number is none"))?;
            let month = |at: Option<usize>| {
                let text = at.and_then(|at| row.get(at)).unwrap_or_default().trim();
                let parsed = (!text.is_empty()).then(|| Month::parse(text)).transpose();
                parsed.map_err(|_| bad("`from` and `until` are months, `YYYY-MM`, or empty"))
            };
            let (from, until) = (month(from_at)?, month(until_at)?);
            if from.zip(until).is_some_and(|(from, until)| from > until) {
                return Err(bad("`until` lies before `from`"));
            }
            let name = row.get(name_at).unwrap_or_default().trim();
            if name.is_empty() || name.len() > NAME_LEN_MAX || name.contains(char::is_control) {
                return Err(bad("a name is 1 to 200 bytes of plain text"));
            }
            names.insert(area, Named { name: name.to_owned(), from, until });
        }
        Ok(Self(names))
    }

    /// Adds names; of two for one area the added one stays.
    pub(crate) fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// Returns how many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns the names, by area.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (AreaId, &Named)> {
        self.0.iter().map(|(area, named)| (*area, named))
    }

    /// Returns the names as CSV.
    pub(crate) fn to_csv(&self) -> Vec<u8> {
        let has_months = self.0.values().any(|named| named.from.or(named.until).is_some());
        let mut out = format!("area,name{}\n", if has_months { ",from,until" } else { "" });
        for (area, Named { name, from, until }) in self.iter() {
            let name = name.replace('"', "\"\"");
            out.extend([area.to_string().as_str(), ",\"", &name, "\""]);
            if has_months {
                for month in [from, until] {
                    out.push(',');
                    out.push_str(&month.map_or(String::new(), |month| month.to_string()));
                }
            }
            out.push('\n');
        }
        out.into_bytes()
    }
}

fn broken(path: &Path, error: &csv::Error) -> Failure {
    let what = if matches!(error.kind(), csv::ErrorKind::Utf8 { .. }) {
        "not UTF-8".to_owned()
    } else if matches!(error.kind(), csv::ErrorKind::UnequalLengths { .. }) {
        "the number of fields differs from the header's".to_owned()
    } else {
        error.to_string()
    };
    let failure = Failure::new(FailureKind::Names { path: path.to_owned(), what });
    let place = error.position().map(|position| format!("line {}", position.line()));
    Failure { place, ..failure }
}

fn area(text: &str, scheme: Option<Scheme>) -> Option<AreaId> {
    match scheme {
        Some(scheme) => text.parse().ok().map(|number| AreaId::new(scheme, number)),
        None => AreaId::parse(text).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, scheme: Option<Scheme>) -> Result<Names, Failure> {
        Names::read(Path::new("names.csv"), text.as_bytes(), scheme)
    }

    #[test]
    fn names_are_written_and_read_back() {
        let names = read("country_id,name\n1,Norland\n2,\"Sudra, East\"\n", Some(Scheme::Gw));
        let names = names.unwrap();
        let csv = String::from_utf8(names.to_csv()).unwrap();
        assert_eq!(csv, "area,name\ngw:1,\"Norland\"\ngw:2,\"Sudra, East\"\n");
        assert_eq!(read(&csv, None).unwrap(), names);
    }

    #[track_caller]
    fn refuse(text: &str, expected: &str) {
        let told = read(text, Some(Scheme::Views)).unwrap_err().to_text();
        assert!(told.contains(expected), "{told}");
    }

    #[test]
    fn a_bad_row_refuses_the_file_and_is_named() {
        refuse("country_id,name\n1,Norland\n70000,Sudra\n", "where: line 3");
        refuse("country_id,name\n1,\n", "a name is 1 to 200 bytes");
        refuse("country_id,name\n1,\"a\nb\"\n", "a name is 1 to 200 bytes");
        refuse("id,name\n1,Norland\n", "there is no column `country_id`; found `id`, `name`");
        refuse("", "there is no column `name`");
        refuse(
            "country_id,name\n1,a,b\n",
            "the number of fields differs from the header's\n  where: line 2",
        );
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_first_column() {
        assert_eq!(
            read("\u{feff}country_id,name\n1,Norland\n", Some(Scheme::Gw)).unwrap().len(),
            1
        );
    }
}
