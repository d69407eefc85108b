use crate::lexicon::{
    Agent, Group, Language, LexiconError, Nation, Office, Organisation, Region, Town, Trigger,
    agents, groups, nations, offices, organisations, regions, towns, triggers,
};
use crate::ontology::Sector;

macro_rules! file {
    ($name:literal) => {
        include_bytes!(concat!("../../../../lexicon/", $name)).as_slice()
    };
}

/// The tables that the program ships, in the order of [`Vocabulary`].
pub(crate) static TABLES: [&[u8]; 10] = [
    file!("triggers.en.tsv"),
    file!("triggers.ru.tsv"),
    file!("agents.en.tsv"),
    file!("agents.ru.tsv"),
    file!("nations.tsv"),
    file!("regions.tsv"),
    file!("towns.tsv"),
    file!("groups.tsv"),
    file!("organisations.tsv"),
    file!("offices.tsv"),
];

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
        let [en, ru, agents_en, agents_ru, own @ ..] = TABLES;
        let [of_nations, of_regions, of_towns, of_groups, of_organisations, of_offices] = own;
        Ok(Self {
            triggers_en: triggers(en, Language::English)?,
            triggers_ru: triggers(ru, Language::Russian)?,
            agents_en: agents(agents_en, Language::English)?,
            agents_ru: agents(agents_ru, Language::Russian)?,
            nations: nations(of_nations)?,
            regions: regions(of_regions)?,
            towns: towns(of_towns)?,
            groups: groups(of_groups)?,
            organisations: organisations(of_organisations)?,
            offices: offices(of_offices)?,
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
