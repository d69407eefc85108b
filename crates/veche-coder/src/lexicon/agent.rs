use super::table::read;
use super::{Language, LexiconError};
use crate::ontology::Sector;

/// Words for people or a body by what they are: "border guard", "court".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    /// Lemmas in small letters, parted by blanks.
    pub words: String,
    /// What kind of actor they are.
    pub sector: Sector,
    /// A remark for people.
    pub note: String,
}

/// Reads a table of agents.
///
/// # Errors
///
/// The first fault, in the order in which [`triggers`](super::triggers) finds them.
pub fn agents(bytes: &[u8], language: Language) -> Result<Vec<Agent>, LexiconError> {
    read(bytes, &["words", "sector", "note"], |row| {
        let words = row.lemmas("words", language)?;
        let agent = Agent {
            words: words.clone(),
            sector: row.sector()?,
            note: row.cell("note").to_owned(),
        };
        Ok((vec![words], agent))
    })
}

/// An office that a person holds; never the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Office {
    /// English names, lemmas in small letters; the first is the usual one.
    pub en: Vec<String>,
    /// Russian names, likewise.
    pub ru: Vec<String>,
    /// For what kind of actor the holder speaks and acts.
    pub sector: Sector,
    /// A remark for people.
    pub note: String,
}

/// Reads the table of offices. No name stands for two of them.
///
/// # Errors
///
/// The first fault, in the order in which [`triggers`](super::triggers) finds them.
pub fn offices(bytes: &[u8]) -> Result<Vec<Office>, LexiconError> {
    read(bytes, &["en", "ru", "sector", "note"], |row| {
        row.lemmas("en", Language::English)?;
        row.lemmas("ru", Language::Russian)?;
        let (en, ru) = (row.list("en", Language::English)?, row.list("ru", Language::Russian)?);
        let names = en.iter().chain(&ru).cloned().collect();
        Ok((names, Office { en, ru, sector: row.sector()?, note: row.cell("note").to_owned() }))
    })
}
