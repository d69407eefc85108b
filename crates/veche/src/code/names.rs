//! Whose names texts are read with: those of a charter's parties, of a table of nations, of files of places.

use super::petrarch::Dictionaries;
use crate::failure::{Failure, FailureKind};
use crate::{charter, file, screen};
use std::path::{Path, PathBuf};
use veche_coder::date::Day;
use veche_coder::identity::Identity;
use veche_coder::lexicon;
use veche_coder::matcher::{CharterName, Matcher, PartyName, Vocabulary};
use veche_coder::model::{Language, english};
use veche_coder::petrarch::Discards;
use veche_coder::place::{GAZETTEER_LEN_MAX, Gazetteer};

/// Names beside those of the lexicon.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Names {
    /// A shipped charter, or a file: its parties are actors before all others
    #[arg(long, value_name = "NAME|FILE")]
    charter: Option<String>,
    /// A table of states with their names, adjectives, people and capitals, in the columns of lexicon/nations.tsv; may be given several times
    #[arg(long, value_name = "FILE")]
    nations: Vec<PathBuf>,
    /// A file of places (formats/places.md): towns are found, and told with their coordinates; may be given several times
    #[arg(long, value_name = "FILE")]
    places: Vec<PathBuf>,
    /// A folder of dictionaries of PETRARCH: their actors, agents and phrases are known beside the lexicon's, their discards left out.
    /// Codes bound to times are those of `--date`
    #[arg(long, value_name = "DIR")]
    petrarch: Option<PathBuf>,
}

/// What texts are read with: the lexicon, and what was given beside it.
pub(crate) struct Lore {
    /// The tables of the lexicon with the nations that were given.
    pub(crate) vocabulary: Vocabulary,
    /// The charter's parties that are none of these.
    pub(crate) charter: Vec<CharterName>,
    /// The places.
    pub(crate) gazetteer: Option<Gazetteer>,
    /// All of it, to be looked for.
    pub(crate) matcher: Matcher,
    /// What the dictionaries leave out.
    pub(crate) discards: Discards,
    /// By what a coder that reads with it is known.
    pub(crate) identity: Identity,
}

impl Names {
    /// Reads what was given and, beside it on another core, the models of English: each takes as long as the other.
    ///
    /// # Errors
    /// [`Failure`]: as [`Names::read`]; the program's own bytes are damaged.
    pub(crate) fn read_beside_english(
        &self,
        day: Option<Day>,
    ) -> Result<(Lore, Language<'static>), Failure> {
        let (lore, models) = std::thread::scope(|scope| {
            let models = scope.spawn(english);
            (self.read(day), models.join())
        });
        let models = models.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        let models = models.map_err(|error| Failure::new(FailureKind::Coder(error.to_string())))?;
        Ok((lore?, models))
    }

    /// Reads what was given; codes bound to times are those of a day.
    ///
    /// # Errors
    /// [`Failure`]: the charter, then the nations, the dictionaries and the places.
    fn read(&self, day: Option<Day>) -> Result<Lore, Failure> {
        let charter = self.charter.as_deref().map(charter::load).transpose()?;
        let shipped = Vocabulary::shipped();
        let mut vocabulary =
            shipped.map_err(|error| Failure::new(FailureKind::Coder(error.to_string())))?;
        let mut identity = Identity::shipped();
        for path in &self.nations {
            let table = file::read(path, lexicon::FILE_LEN_MAX as u64)?;
            identity = identity.with(&table);
            vocabulary = vocabulary.with_nations(&table).map_err(|error| unusable(path, &error))?;
        }
        let dictionaries = self.petrarch.as_deref().map(Dictionaries::of_folder).transpose()?;
        if let Some(dictionaries) = &dictionaries {
            dictionaries.extend(&mut vocabulary, day);
            identity = dictionaries.parts.iter().fold(identity, |held, part| held.with(&part.0));
        }
        let discards = dictionaries.map(|read| read.front.discards).unwrap_or_default();
        let names: Vec<CharterName> = charter.as_ref().map_or_else(Vec::new, |charter| {
            let parties = charter.parties.iter();
            let parties =
                parties.map(|(id, party)| PartyName { id: id.as_str(), name: &party.name });
            CharterName::of_parties(parties, &vocabulary)
        });
        if let Some(charter) = &charter {
            screen::note(&told(&charter.name, charter.parties.len(), &names));
        }
        identity = identity.with_names(&names);
        let gazetteer = self.gazetteer(&mut identity)?;
        let matcher = Matcher::new(&vocabulary, &names, gazetteer.as_ref());
        Ok(Lore { vocabulary, charter: names, gazetteer, matcher, discards, identity })
    }

    fn gazetteer(&self, identity: &mut Identity) -> Result<Option<Gazetteer>, Failure> {
        let mut all: Option<Gazetteer> = None;
        for path in &self.places {
            let bytes = file::read(path, GAZETTEER_LEN_MAX as u64)?;
            *identity = identity.with(&bytes);
            let held = all.get_or_insert_default();
            held.add(&bytes).map_err(|error| unusable(path, &error))?;
        }
        Ok(all)
    }
}

fn unusable(path: &Path, error: &dyn std::error::Error) -> Failure {
    Failure::new(FailureKind::Coder(format!("`{}`: {error}", path.display())))
}

/// Tells by which codes a charter's parties are known.
fn told(name: &str, parties: usize, own: &[CharterName]) -> String {
    let known = parties - own.len();
    let own: Vec<String> = own
        .iter()
        .map(|party| format!("{} {}", party.code, party.names.first().map_or("", String::as_str)))
        .collect();
    let own = if own.is_empty() { String::new() } else { format!(", {}", own.join(", ")) };
    format!("parties of {name}: {known} known to the lexicon{own}")
}
