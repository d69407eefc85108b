use super::table::read;
use super::{Language, LexiconError};

const COLUMNS: &[&str] = &[
    "code",
    "standing",
    "en",
    "en_adjective",
    "en_people",
    "en_capital",
    "ru",
    "ru_genitive",
    "ru_adjective",
    "ru_people",
    "ru_capital",
];

/// A state or territory and the words that stand for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nation {
    /// ISO 3166-1 alpha-3, or XKX.
    pub code: String,
    /// What it is in the United Nations.
    pub standing: Standing,
    /// The words of English.
    pub en: NationWords,
    /// The words of Russian.
    pub ru: NationWords,
}

/// The words of one language for a nation. In each list the first is the usual one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NationWords {
    /// Names and short forms, nominative.
    pub names: Vec<String>,
    /// Genitives of the names; in English none.
    pub genitives: Vec<String>,
    /// Adjectives of nationality, small in Russian.
    pub adjectives: Vec<String>,
    /// Its people, plural.
    pub people: Vec<String>,
    /// The seat of government, which stands for the government; other capitals behind it.
    pub capitals: Vec<String>,
}

/// What a nation is in the United Nations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// A member.
    Member,
    /// A non-member observer state.
    Observer,
    /// Neither.
    Other,
}

/// Reads the table of nations. No code and no name stands for two of them; a capital may bear a nation's name.
///
/// # Errors
///
/// The first fault, in the order in which [`triggers`](super::triggers) finds them.
pub fn nations(bytes: &[u8]) -> Result<Vec<Nation>, LexiconError> {
    let standings = [
        ("member", Standing::Member),
        ("observer", Standing::Observer),
        ("other", Standing::Other),
    ];
    read(bytes, COLUMNS, |row| {
        let code = row.code("code")?;
        let standing = row.choice("standing", &standings)?;
        for column in COLUMNS {
            row.filled(column)?;
        }
        let en = NationWords {
            names: row.list("en", Language::English)?,
            genitives: Vec::new(),
            adjectives: row.list("en_adjective", Language::English)?,
            people: row.list("en_people", Language::English)?,
            capitals: row.list("en_capital", Language::English)?,
        };
        let ru = NationWords {
            names: row.list("ru", Language::Russian)?,
            genitives: row.list("ru_genitive", Language::Russian)?,
            adjectives: row.list("ru_adjective", Language::Russian)?,
            people: row.list("ru_people", Language::Russian)?,
            capitals: row.list("ru_capital", Language::Russian)?,
        };
        let names = en.names.iter().chain(&ru.names).cloned();
        let keys = std::iter::once(format!("code {code}")).chain(names).collect();
        Ok((keys, Nation { code, standing, en, ru }))
    })
}
