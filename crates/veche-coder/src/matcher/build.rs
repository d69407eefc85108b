//! From entries of the lexicon to the tree of words: every entry as a path of keys, every key with its forms.

use super::index::{Edges, Keys, Words};
use super::vocabulary::{CharterName, Vocabulary};
use super::{GAP, Matcher, NationForm, Target, russian};
use crate::english;
use crate::lexicon::{
    Group, Head, Language, Nation, NationWords, PartWords, Region, Town, Trigger,
};
use crate::ontology::Sector;
use crate::place::Gazetteer;
use crate::text::fold;
use crate::token::pieces;
use std::collections::BTreeMap;

/// How the forms of a word of an entry are made.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Make {
    /// As it stands, capitals and all.
    Exact,
    /// A word of a name: its one form in English, its cases in Russian.
    Name,
    Noun,
    Verb,
    Adjective,
    /// A word of a phrase: every kind it may be.
    Any,
}

/// How many forms and edges an entry of the tables of triggers brings along, names of nations and the like with it: for the room that is made.
const FORMS: usize = 25;
const EDGES: usize = 3;

#[derive(Default)]
pub(super) struct Builder {
    matcher: Matcher,
    folded: String,
}

impl Builder {
    pub(super) fn finish(self) -> Matcher {
        self.matcher
    }

    pub(super) fn vocabulary(&mut self, vocabulary: &Vocabulary) {
        let both = [
            (&vocabulary.triggers_en, Language::English),
            (&vocabulary.triggers_ru, Language::Russian),
        ];
        let entries = vocabulary.triggers_en.len() + vocabulary.triggers_ru.len();
        self.matcher.forms.reserve(entries * FORMS);
        self.matcher.edges.reserve(entries * EDGES);
        for (triggers, language) in both {
            for (at, trigger) in (0..).zip(triggers.iter()) {
                self.trigger(trigger, Target::Trigger(language, at));
            }
        }
        for agent in vocabulary.agents_en.iter().chain(&vocabulary.agents_ru) {
            self.add(&agent.words, Make::Noun, Target::Agent(agent.sector));
        }
        for office in &vocabulary.offices {
            for name in office.en.iter().chain(&office.ru) {
                self.add(name, Make::Noun, Target::Office(office.sector));
            }
        }
        for (at, nation) in (0..).zip(&vocabulary.nations) {
            self.nation(nation, at);
        }
        self.belonging(vocabulary);
        for (at, organisation) in (0..).zip(&vocabulary.organisations) {
            for name in organisation.en.iter().chain(&organisation.ru) {
                self.add(name, Make::Name, Target::Organisation(at));
            }
            for short in organisation.en_short.iter().chain(&organisation.ru_short) {
                self.short(short, Target::Organisation(at));
            }
        }
    }

    pub(super) fn charter(&mut self, names: &[CharterName]) {
        for (at, entry) in (0..).zip(names) {
            for name in &entry.names {
                if name.chars().all(|c| !c.is_lowercase()) {
                    self.short(name, Target::Charter(at));
                } else {
                    self.add(name, Make::Name, Target::Charter(at));
                }
            }
        }
    }

    /// Adds the names of places, but not those that are a word of the lexicon as well: `Police` is a town in Poland.
    pub(super) fn places(&mut self, gazetteer: &Gazetteer) {
        for (at, place) in (0..).zip(gazetteer.places()) {
            let shortest = if place.population >= 100_000 { 2 } else { 3 };
            for name in gazetteer.names(place) {
                fold(name, &mut self.folded);
                let taken = self
                    .matcher
                    .forms
                    .get(&self.folded)
                    .is_some_and(|form| self.matcher.is_plain(form));
                if name.chars().count() >= shortest && !taken {
                    self.add(name, Make::Name, Target::Place(at));
                }
            }
        }
    }

    fn nation(&mut self, nation: &Nation, at: u32) {
        for words in [&nation.en, &nation.ru] {
            let NationWords { names, adjectives, people, capitals, .. } = words;
            let lists = [
                (names, NationForm::Name, Make::Name),
                (adjectives, NationForm::Adjective, Make::Adjective),
                (people, NationForm::People, Make::Name),
                (capitals, NationForm::Capital, Make::Name),
            ];
            for (list, form, make) in lists {
                self.all(list, form, make, at);
            }
        }
        for genitive in &nation.ru.genitives {
            if genitive.chars().any(char::is_lowercase) {
                self.add(genitive, Make::Name, Target::Nation(NationForm::Name, at));
            }
        }
    }

    /// Adds what belongs to nations; an entry of a nation that the table does not list finds nothing.
    fn belonging(&mut self, vocabulary: &Vocabulary) {
        let nations: BTreeMap<&str, u32> =
            vocabulary.nations.iter().map(|nation| nation.code.as_str()).zip(0..).collect();
        for Region { code, en, ru } in &vocabulary.regions {
            let Some(at) = nations.get(code.as_str()) else { continue };
            for PartWords { names, adjectives, people } in [en, ru] {
                self.all(names, NationForm::Region, Make::Name, *at);
                self.all(adjectives, NationForm::Adjective, Make::Adjective, *at);
                self.all(people, NationForm::People, Make::Name, *at);
            }
        }
        for Town { code, en, ru } in &vocabulary.towns {
            let Some(at) = nations.get(code.as_str()) else { continue };
            self.all(en, NationForm::Town, Make::Name, *at);
            self.all(ru, NationForm::Town, Make::Name, *at);
        }
        for Group { code, sector, en, en_short, ru, ru_short } in &vocabulary.groups {
            let Some(at) = nations.get(code.as_str()) else { continue };
            self.group(en.iter().chain(ru), en_short.iter().chain(ru_short), *at, *sector);
        }
    }

    fn group<'a>(
        &mut self,
        names: impl Iterator<Item = &'a String>,
        shorts: impl Iterator<Item = &'a String>,
        nation: u32,
        sector: Sector,
    ) {
        for name in names {
            self.add(name, Make::Name, Target::Group(nation, sector));
        }
        for short in shorts {
            self.short(short, Target::Group(nation, sector));
        }
    }

    fn all(&mut self, names: &[String], form: NationForm, make: Make, at: u32) {
        let target = Target::Nation(form, at);
        for name in names {
            if name.chars().all(|c| !c.is_lowercase()) {
                self.short(name, target);
            } else {
                self.add(name, make, target);
            }
        }
    }

    /// Adds an acronym, with and without its stops.
    fn short(&mut self, name: &str, target: Target) {
        self.add(name, Make::Exact, target);
        if name.len() <= 3 && name.chars().all(|c| c.is_ascii_uppercase()) {
            let dotted: String = name.chars().flat_map(|c| [c, '.']).collect();
            self.add(&dotted, Make::Exact, target);
        }
    }

    fn trigger(&mut self, trigger: &Trigger, target: Target) {
        let make = match trigger.head {
            Head::Verb => Make::Verb,
            Head::Noun => Make::Noun,
            Head::Adjective => Make::Adjective,
            Head::Phrase => Make::Any,
        };
        let single = !trigger.words.contains(' ');
        self.add(&trigger.words, if single { make } else { Make::Any }, target);
    }

    fn add(&mut self, words: &str, make: Make, target: Target) {
        let mut node = 0;
        for part in words.split(" .. ").enumerate() {
            if part.0 > 0 {
                node = self.step(node, GAP);
            }
            for word in pieces(part.1) {
                let key = self.key(word, make);
                node = self.step(node, key);
            }
        }
        let outputs = self.matcher.outputs.get_mut(node as usize);
        if let Some(outputs) = outputs.filter(|outputs| !outputs.contains(&target) && node > 0) {
            outputs.push(target);
        }
    }

    fn step(&mut self, node: u32, key: u32) -> u32 {
        let Matcher { edges, outputs, .. } = &mut self.matcher;
        if let Some(next) = edges.get(node, key) {
            return next;
        }
        let next = u32::try_from(outputs.len()).unwrap_or(u32::MAX);
        edges.insert(node, key, next);
        outputs.push(Vec::new());
        next
    }

    /// Returns the number of a word made in this way; its forms are added when it is met first.
    fn key(&mut self, word: &str, make: Make) -> u32 {
        fold(word, &mut self.folded);
        let capital = word.starts_with(char::is_uppercase);
        let name = match (make, capital) {
            (Make::Exact, _) => format!("x{word}"),
            (Make::Name, true) => format!("P{}", self.folded),
            (Make::Name, false) => format!("p{}", self.folded),
            (Make::Adjective, true) => format!("A{}", self.folded),
            (Make::Adjective, false) => format!("a{}", self.folded),
            (Make::Noun, _) => format!("n{}", self.folded),
            (Make::Verb, _) => format!("v{}", self.folded),
            (Make::Any, _) => format!("*{}", self.folded),
        };
        let before = self.matcher.keys.len();
        let key = self.matcher.keys.intern(&name);
        if self.matcher.keys.len() > before {
            self.matcher.capital.push(capital && matches!(make, Make::Name | Make::Adjective));
            if make == Make::Exact {
                let form = self.matcher.exact.intern(word);
                self.matcher.exact_keys.add(form, key);
            } else {
                let lemma = self.folded.clone();
                for form in forms(&lemma, make) {
                    // A form made by rule is never one of these: `после` is none of `посол`.
                    if form != lemma && russian::is_function(&form) {
                        continue;
                    }
                    let form = self.matcher.forms.intern(&form);
                    self.matcher.form_keys.add(form, key);
                }
            }
        }
        key
    }
}

/// Returns the forms of a folded word, by its script.
fn forms(word: &str, make: Make) -> Vec<String> {
    let mut forms = vec![word.to_owned()];
    let russian = word.chars().all(|c| matches!(c, 'а'..='я' | '-'));
    let english = word.bytes().all(|b| b.is_ascii_lowercase());
    match make {
        Make::Exact => {}
        Make::Name if russian => {
            russian::noun(word, &mut forms);
            if ["ый", "ий", "ой"].iter().any(|end| word.ends_with(end)) {
                russian::adjective(word, &mut forms);
            } else if ["ая", "ое", "ые", "ие", "яя"].iter().any(|end| word.ends_with(end))
            {
                russian::feminine(word, &mut forms);
            }
        }
        Make::Noun if russian => russian::any(word, &mut forms),
        Make::Verb if russian => {
            russian::verb(word, &mut forms);
            russian::written(word, &mut forms);
        }
        Make::Adjective if russian => russian::adjective(word, &mut forms),
        Make::Any if russian => {
            russian::any(word, &mut forms);
            russian::written(word, &mut forms);
        }
        Make::Name | Make::Adjective => {}
        Make::Noun if english => forms.extend(written(english::noun(word))),
        Make::Verb if english => forms.extend(written(english::verb(word))),
        Make::Any if english => {
            forms.extend(written(english::noun(word)));
            forms.extend(written(english::verb(word)));
        }
        Make::Noun | Make::Verb | Make::Any => {}
    }
    if english && make != Make::Exact {
        english::spellings(&mut forms);
    }
    forms
}

fn written(forms: Vec<(english::Form, String)>) -> impl Iterator<Item = String> {
    forms.into_iter().map(|(_, written)| written)
}

impl Default for Matcher {
    fn default() -> Self {
        Self {
            keys: Words::default(),
            capital: Vec::new(),
            forms: Words::default(),
            form_keys: Keys::default(),
            exact: Words::default(),
            exact_keys: Keys::default(),
            edges: Edges::default(),
            outputs: vec![Vec::new()],
        }
    }
}
