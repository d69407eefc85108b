use super::table::read;
use super::{Language, LexiconError};
use crate::ontology::Sector;

/// An organisation of states, or one that works across borders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organisation {
    /// Its code: usually the English acronym.
    pub code: String,
    /// IGO, UNO, EUR, NGO and the like.
    pub sector: Sector,
    /// English names; the first is the full one.
    pub en: Vec<String>,
    /// English acronyms.
    pub en_short: Vec<String>,
    /// Russian names; the first is the full one.
    pub ru: Vec<String>,
    /// Russian acronyms.
    pub ru_short: Vec<String>,
}

/// Reads the table of organisations. No code stands for two of them, nor does a full name.
///
/// # Errors
///
/// The first fault, in the order in which [`triggers`](super::triggers) finds them.
pub fn organisations(bytes: &[u8]) -> Result<Vec<Organisation>, LexiconError> {
    read(bytes, &["code", "sector", "en", "en_short", "ru", "ru_short"], |row| {
        row.filled("en")?;
        row.filled("ru")?;
        let organisation = Organisation {
            code: row.code("code")?,
            sector: row.sector()?,
            en: row.list("en", Language::English)?,
            en_short: row.list("en_short", Language::English)?,
            ru: row.list("ru", Language::Russian)?,
            ru_short: row.list("ru_short", Language::Russian)?,
        };
        let code = format!("code {}", organisation.code);
        let names = organisation.en.iter().chain(&organisation.ru).cloned();
        Ok((std::iter::once(code).chain(names).collect(), organisation))
    })
}
