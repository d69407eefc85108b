use crate::lexicon::{
    Agent, Group, Language, LexiconError, Nation, Office, Organisation, Region, Town, Trigger,
    agents, groups, nations, offices, organisations, regions, towns, triggers,
};
use crate::ontology::Sector;

/// All tables of the lexicon, read.
#[derive(Clone, Debug)]
pub struct Vocabulary {
    /// English triggers.
    pub triggers_en: Vec<Trigger>,
    /// Russian triggers.
    pub triggers_ru: Vec<Trigger>,
    /// English agents.
    pub agents_en: Vec<Agent>,
    /// Russian agents.
    pub agents_ru: Vec<Agent>,
    /// States and territories.
    pub nations: Vec<Nation>,
    /// Parts of states and their people.
    pub regions: Vec<Region>,
    /// Towns of states, apart from capitals.
    pub towns: Vec<Town>,
    /// Movements, armed groups, parties and organs of states.
    pub groups: Vec<Group>,
    /// Organisations.
    pub organisations: Vec<Organisation>,
    /// Offices.
    pub offices: Vec<Office>,
}

/// A party, organ or office of a charter with the names by which texts call it. They come before all others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CharterName {
    /// The code of the actor: ISO 3166-1 alpha-3, or the charter's own.
    pub code: String,
    /// For what kind of actor it speaks, if for one.
    pub sector: Option<Sector>,
    /// Names, in any language, as texts write them in the nominative.
    pub names: Vec<String>,
}

impl Vocabulary {
    /// Returns the lexicon that the program ships.
    ///
    /// # Errors
    ///
    /// Never for the shipped files: a test reads them.
    pub fn shipped() -> Result<Self, LexiconError> {
        macro_rules! file {
            ($name:literal) => {
                include_bytes!(concat!("../../../../lexicon/", $name)).as_slice()
            };
        }
        Ok(Self {
            triggers_en: triggers(file!("triggers.en.tsv"), Language::English)?,
            triggers_ru: triggers(file!("triggers.ru.tsv"), Language::Russian)?,
            agents_en: agents(file!("agents.en.tsv"), Language::English)?,
            agents_ru: agents(file!("agents.ru.tsv"), Language::Russian)?,
            nations: nations(file!("nations.tsv"))?,
            regions: regions(file!("regions.tsv"))?,
            towns: towns(file!("towns.tsv"))?,
            groups: groups(file!("groups.tsv"))?,
            organisations: organisations(file!("organisations.tsv"))?,
            offices: offices(file!("offices.tsv"))?,
        })
    }

    /// Returns the same with more nations, in the columns of the lexicon's own: states that a world of texts has made up, or other
    /// words for one that the lexicon has. A nation of the same code takes the place of the lexicon's.
    ///
    /// # Errors
    ///
    /// [`LexiconError`], as for the lexicon's table.
    pub fn with_nations(mut self, table: &[u8]) -> Result<Self, LexiconError> {
        for nation in nations(table)? {
            match self.nations.iter_mut().find(|held| held.code == nation.code) {
                Some(held) => *held = nation,
                None => self.nations.push(nation),
            }
        }
        Ok(self)
    }
}
