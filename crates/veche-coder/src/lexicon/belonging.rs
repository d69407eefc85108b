use super::table::read;
use super::{Language, LexiconError};
use crate::ontology::Sector;

/// A part of a state, and the words of one language for it. Each list may be empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartWords {
    /// Names, nominative.
    pub names: Vec<String>,
    /// Adjectives, small in Russian.
    pub adjectives: Vec<String>,
    /// Its people, plural.
    pub people: Vec<String>,
}

/// A region or people of a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// The code of the state in the table of nations.
    pub code: String,
    /// The words of English.
    pub en: PartWords,
    /// The words of Russian.
    pub ru: PartWords,
}

/// A town of a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Town {
    /// The code of the state in the table of nations.
    pub code: String,
    /// English names; the first is the usual one.
    pub en: Vec<String>,
    /// Russian names, as far as they are known.
    pub ru: Vec<String>,
}

/// A movement, armed group, party or organ of a state that has a name of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The code of the state in the table of nations.
    pub code: String,
    /// What kind of actor it is.
    pub sector: Sector,
    /// English names.
    pub en: Vec<String>,
    /// English acronyms.
    pub en_short: Vec<String>,
    /// Russian names.
    pub ru: Vec<String>,
    /// Russian acronyms.
    pub ru_short: Vec<String>,
}

/// Reads the table of regions. No name stands for two of them.
///
/// # Errors
///
/// The first fault, in the order in which [`triggers`](super::triggers) finds them.
pub fn regions(bytes: &[u8]) -> Result<Vec<Region>, LexiconError> {
    let columns = &["code", "en", "en_adjective", "en_people", "ru", "ru_adjective", "ru_people"];
    read(bytes, columns, |row| {
        let en = PartWords {
            names: row.list("en", Language::English)?,
            adjectives: row.list("en_adjective", Language::English)?,
            people: row.list("en_people", Language::English)?,
        };
        let ru = PartWords {
            names: row.list("ru", Language::Russian)?,
            adjectives: row.list("ru_adjective", Language::Russian)?,
            people: row.list("ru_people", Language::Russian)?,
        };
        let names = en.names.iter().chain(&ru.names).cloned().collect();
        Ok((names, Region { code: row.code("code")?, en, ru }))
    })
}

/// Reads the table of towns. No name stands for two of them.
///
/// # Errors
///
/// As [`regions`].
pub fn towns(bytes: &[u8]) -> Result<Vec<Town>, LexiconError> {
    read(bytes, &["code", "en", "ru"], |row| {
        row.filled("en")?;
        let town = Town {
            code: row.code("code")?,
            en: row.list("en", Language::English)?,
            ru: row.list("ru", Language::Russian)?,
        };
        Ok((town.en.iter().chain(&town.ru).cloned().collect(), town))
    })
}

/// Reads the table of groups. No name stands for two of them.
///
/// # Errors
///
/// As [`regions`].
pub fn groups(bytes: &[u8]) -> Result<Vec<Group>, LexiconError> {
    read(bytes, &["code", "sector", "en", "en_short", "ru", "ru_short"], |row| {
        row.filled("en")?;
        let group = Group {
            code: row.code("code")?,
            sector: row.sector()?,
            en: row.list("en", Language::English)?,
            en_short: row.list("en_short", Language::English)?,
            ru: row.list("ru", Language::Russian)?,
            ru_short: row.list("ru_short", Language::Russian)?,
        };
        Ok((group.en.iter().chain(&group.ru).cloned().collect(), group))
    })
}
