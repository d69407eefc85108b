//! States and territories in the lists that data sets use.

use std::collections::BTreeMap;
use std::sync::LazyLock;

const TABLE: &str = include_str!("countries.tsv");

/// A state or territory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Country {
    /// ISO 3166-1 alpha-3.
    pub alpha3: &'static str,
    /// ISO 3166-1 alpha-2.
    pub alpha2: &'static str,
    /// ISO 3166-1 numeric; 0 for one that has none.
    pub number: u16,
    /// The first of its English names.
    pub name: &'static str,
}

/// How each list writes them.
#[derive(Default)]
struct Lists {
    alpha3: BTreeMap<&'static str, Country>,
    fips: BTreeMap<&'static str, Country>,
    names: BTreeMap<String, Country>,
    numbers: BTreeMap<u16, Country>,
}

static LISTS: LazyLock<Lists> = LazyLock::new(|| {
    let mut lists = Lists::default();
    let rows = TABLE.lines().filter(|line| !line.starts_with('#')).skip(1);
    for row in rows {
        let cells: Vec<&'static str> = row.split('\t').collect();
        let [alpha3, alpha2, number, fips, names] = cells.as_slice() else { continue };
        let name = names.split('|').next().unwrap_or_default();
        let country = Country { alpha3, alpha2, number: number.parse().unwrap_or(0), name };
        lists.alpha3.insert(alpha3, country);
        lists.numbers.insert(country.number, country);
        if !fips.is_empty() {
            lists.fips.insert(fips, country);
        }
        for name in names.split('|') {
            lists.names.entry(name.to_lowercase()).or_insert(country);
        }
    }
    lists
});

/// Returns the state or territory of an ISO 3166-1 alpha-3 code.
#[must_use]
pub fn by_alpha3(code: &str) -> Option<Country> {
    LISTS.alpha3.get(code).copied()
}

/// Returns the one of a FIPS 10-4 code, as GDELT has places.
#[must_use]
pub fn by_fips(code: &str) -> Option<Country> {
    LISTS.fips.get(code).copied()
}

/// Returns the one of an ISO 3166-1 number, as ACLED has them; 0 is Kosovo's there.
#[must_use]
pub fn by_number(number: u16) -> Option<Country> {
    LISTS.numbers.get(&number).copied()
}

/// Returns the one of an English name, as ICEWS has them.
#[must_use]
pub fn by_name(name: &str) -> Option<Country> {
    LISTS.names.get(&name.to_lowercase()).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_list_leads_to_the_state() {
        let code = |found: Option<Country>| found.map(|country| country.alpha3);
        // FIPS and ISO differ where it is easiest to overlook.
        assert_eq!(code(by_fips("BO")), Some("BLR"));
        assert_eq!(code(by_fips("BL")), Some("BOL"));
        assert_eq!(code(by_name("Russian Federation")), Some("RUS"));
        assert_eq!(code(by_name("south sudan")), Some("SSD"));
        assert_eq!(by_alpha3("ARM").map(|country| country.number), Some(51));
        assert_eq!((by_alpha3("XOR"), by_fips(""), by_name("Atlantis")), (None, None, None));
    }

    #[test]
    fn no_code_stands_twice() {
        let rows = TABLE.lines().filter(|line| !line.starts_with('#')).count() - 1;
        assert_eq!(LISTS.alpha3.len(), rows);
        let numbers: std::collections::BTreeSet<u16> = LISTS
            .alpha3
            .values()
            .map(|country| country.number)
            .filter(|number| *number > 0)
            .collect();
        assert_eq!(
            numbers.len(),
            LISTS.alpha3.values().filter(|country| country.number > 0).count()
        );
    }
}
