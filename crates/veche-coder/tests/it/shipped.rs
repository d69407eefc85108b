use std::collections::{BTreeMap, BTreeSet};
use veche_coder::lexicon::{self, Head, Language, Standing, Strength};
use veche_coder::ontology::Class;

const TRIGGERS_EN: &[u8] = include_bytes!("../../../../lexicon/triggers.en.tsv");
const TRIGGERS_RU: &[u8] = include_bytes!("../../../../lexicon/triggers.ru.tsv");
const AGENTS_EN: &[u8] = include_bytes!("../../../../lexicon/agents.en.tsv");
const AGENTS_RU: &[u8] = include_bytes!("../../../../lexicon/agents.ru.tsv");
const NATIONS: &[u8] = include_bytes!("../../../../lexicon/nations.tsv");
const ORGANISATIONS: &[u8] = include_bytes!("../../../../lexicon/organisations.tsv");
const REGIONS: &[u8] = include_bytes!("../../../../lexicon/regions.tsv");
const TOWNS: &[u8] = include_bytes!("../../../../lexicon/towns.tsv");
const GROUPS: &[u8] = include_bytes!("../../../../lexicon/groups.tsv");
const OFFICES: &[u8] = include_bytes!("../../../../lexicon/offices.tsv");

/// Fewest triggers of a class, in either language.
const CLASS_MIN: usize = 60;

#[track_caller]
fn check_triggers(bytes: &[u8], language: Language) {
    let triggers = lexicon::triggers(bytes, language).unwrap();
    assert!(triggers.len() >= 1200, "{} triggers", triggers.len());
    let mut counts = BTreeMap::new();
    for trigger in &triggers {
        *counts.entry((trigger.class, None)).or_insert(0) += 1;
        *counts.entry((trigger.class, Some(trigger.head))).or_insert(0) += 1;
    }
    let count = |class, head| counts.get(&(class, head)).copied().unwrap_or_default();
    for class in Class::all() {
        let of_class = count(class, None);
        assert!(of_class >= CLASS_MIN, "{}: {of_class} triggers", class.name());
        // A blocker is a whole expression: a verb alone blocks nothing.
        if class.name() != "NONE" {
            assert!(count(class, Some(Head::Verb)) >= 10, "{}: too few verbs", class.name());
            assert!(count(class, Some(Head::Noun)) >= 10, "{}: too few nouns", class.name());
        }
        assert!(count(class, Some(Head::Phrase)) >= 20, "{}: too few phrases", class.name());
    }
    // A word by itself often means something else, a phrase hardly.
    let alone = triggers.iter().filter(|trigger| !trigger.words.contains(' ')).count();
    let weak = triggers.iter().filter(|trigger| trigger.strength == Strength::Weak).count();
    assert!(weak * 4 > alone, "{weak} weak ones, {alone} of one word");
}

#[test]
fn english_triggers_cover_every_class() {
    check_triggers(TRIGGERS_EN, Language::English);
}

#[test]
fn russian_triggers_cover_every_class() {
    check_triggers(TRIGGERS_RU, Language::Russian);
}

#[test]
fn every_mode_of_the_ontology_has_a_trigger_in_both_languages() {
    for (bytes, language) in [(TRIGGERS_EN, Language::English), (TRIGGERS_RU, Language::Russian)] {
        let triggers = lexicon::triggers(bytes, language).unwrap();
        let found: BTreeSet<_> = triggers
            .iter()
            .filter_map(|trigger| Some((trigger.class, trigger.mode?.name())))
            .collect();
        let known =
            Class::all().flat_map(|class| class.modes().iter().map(move |mode| (class, *mode)));
        let missing: Vec<_> = known
            .filter(|mode| !found.contains(mode))
            .map(|(class, mode)| format!("{} {mode}", class.name()))
            .collect();
        assert!(missing.is_empty(), "{language:?}: {}", missing.join(", "));
    }
}

#[test]
fn agents_cover_every_sector_in_both_languages() {
    for (bytes, language) in [(AGENTS_EN, Language::English), (AGENTS_RU, Language::Russian)] {
        let agents = lexicon::agents(bytes, language).unwrap();
        assert!(agents.len() >= 250, "{language:?}: {} agents", agents.len());
        let sectors: BTreeSet<_> = agents.iter().map(|agent| agent.sector.code()).collect();
        // All 25 sectors but UNK, which no word names, and the seven codes of bodies that are no state's.
        assert_eq!(sectors.len(), 31, "{language:?}: {sectors:?}");
    }
}

#[test]
fn nations_are_all_members_and_observers_of_the_united_nations() {
    let nations = lexicon::nations(NATIONS).unwrap();
    let count = |standing| nations.iter().filter(|nation| nation.standing == standing).count();
    assert_eq!((count(Standing::Member), count(Standing::Observer)), (193, 2));
    assert!(nations.iter().all(|nation| nation.code.len() == 3));
    assert!(nations.iter().all(|nation| nation.ru.names.len() == nation.ru.genitives.len()));
    assert!(nations.is_sorted_by(|one, next| one.code < next.code));
    let small = |word: &String| word.chars().all(|letter| !letter.is_uppercase());
    assert!(nations.iter().all(|nation| nation.ru.adjectives.iter().all(small)));
}

#[test]
fn organisations_and_offices_have_names_in_both_languages() {
    let organisations = lexicon::organisations(ORGANISATIONS).unwrap();
    assert!(organisations.len() >= 150, "{} organisations", organisations.len());
    let csto = organisations.iter().find(|organisation| organisation.code == "CSTO").unwrap();
    assert_eq!(csto.ru_short, ["ОДКБ"]);
    let offices = lexicon::offices(OFFICES).unwrap();
    assert!(offices.len() >= 80, "{} offices", offices.len());
}

#[test]
fn what_belongs_to_a_nation_belongs_to_one_of_the_table() {
    let nations = lexicon::nations(NATIONS).unwrap();
    let codes: BTreeSet<&str> = nations.iter().map(|nation| nation.code.as_str()).collect();
    let (regions, towns, groups) = (
        lexicon::regions(REGIONS).unwrap(),
        lexicon::towns(TOWNS).unwrap(),
        lexicon::groups(GROUPS).unwrap(),
    );
    assert!(regions.len() >= 120 && towns.len() >= 4_000 && groups.len() >= 110);
    let of_regions = regions.iter().map(|region| region.code.as_str());
    let of_towns = towns.iter().map(|town| town.code.as_str());
    let of_groups = groups.iter().map(|group| group.code.as_str());
    let stray: Vec<&str> =
        of_regions.chain(of_towns).chain(of_groups).filter(|code| !codes.contains(code)).collect();
    assert_eq!(stray, Vec::<&str>::new());
}

#[test]
fn no_town_bears_the_name_of_a_nation_a_capital_or_a_region() {
    let nations = lexicon::nations(NATIONS).unwrap();
    let regions = lexicon::regions(REGIONS).unwrap();
    let of_nation = |nation: &lexicon::Nation| {
        let lists = [&nation.en, &nation.ru].map(|words| [&words.names, &words.capitals]);
        lists.concat().into_iter().flatten().cloned().collect::<Vec<String>>()
    };
    let mut taken: BTreeSet<String> = nations.iter().flat_map(of_nation).collect();
    taken.extend(
        regions
            .iter()
            .flat_map(|region| [&region.en, &region.ru])
            .flat_map(|words| words.names.clone()),
    );
    let towns = lexicon::towns(TOWNS).unwrap();
    let names = towns.iter().flat_map(|town| town.en.iter().chain(&town.ru));
    assert_eq!(
        names.filter(|name| taken.contains(*name)).collect::<Vec<_>>(),
        Vec::<&String>::new()
    );
}
