use super::clause::{Clause, Item};
use super::fit::{Bound, Known, Seen, Side, fits};
use super::nouns::{Dictionaries, Element, Noun};
use super::{Actors, Agents, Code, Discards, NOBODY, Tree, TreeError, Verb, Verbs};
use crate::date::Day;
use thiserror::Error;

/// Forms of "to be": a participle behind one is passive.
const BE: [&str; 8] = ["AM", "IS", "ARE", "WAS", "WERE", "BE", "BEEN", "BEING"];

/// Dictionaries and options: the front end that codes Penn trees as PETRARCH does.
#[derive(Clone, Debug, Default)]
pub struct Front {
    /// Who is known.
    pub actors: Actors,
    /// Of what kind they are.
    pub agents: Agents,
    /// What is done, and in which words.
    pub verbs: Verbs,
    /// What is not coded at all.
    pub discards: Discards,
}

/// How it codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Most words of somebody whom no dictionary has, and who is coded by his words; 0 for nobody.
    pub new_actor_len_max: usize,
    /// True if an event needs two actors that are known; else the target may be anybody.
    pub dyad: bool,
    /// Which clauses between commas are left out.
    pub commas: Commas,
}

/// Which clauses between commas are left out, by their number of words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commas {
    /// Before the first comma.
    pub initial: Words,
    /// Between two.
    pub within: Words,
    /// Behind the last.
    pub last: Words,
}

/// From how many words to how many; a most of 0 holds for none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words {
    /// The least.
    pub min: usize,
    /// The most.
    pub max: usize,
}

impl Words {
    pub(super) fn holds(self, count: usize) -> bool {
        self.max > 0 && (self.min..=self.max).contains(&count)
    }
}

/// What PETRARCH does unless told otherwise.
impl Default for Options {
    fn default() -> Self {
        let short = Words { min: 2, max: 8 };
        let commas = Commas { initial: Words { min: 0, max: 0 }, within: short, last: short };
        Self { new_actor_len_max: 0, dyad: true, commas }
    }
}

/// Somebody does something to somebody, in codes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Event {
    /// Who.
    pub source: String,
    /// To whom.
    pub target: String,
    /// What.
    pub code: String,
}

/// Why a sentence was not coded.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Unread {
    /// The brackets are no tree.
    #[error("the tree cannot be read: {0}")]
    Tree(#[from] TreeError),
    /// It begins with a dateline, which parsers take for a part of the sentence.
    #[error("the sentence begins with a dateline")]
    Dateline,
    /// The story is about something else.
    #[error("`{0}` discards the story")]
    Story(String),
    /// The sentence is.
    #[error("`{0}` discards the sentence")]
    Sentence(String),
}

/// A verb that was found: its place, the first and last word of it, and the entries.
struct Found<'v> {
    verbs: Vec<&'v Verb>,
    first: usize,
    end: usize,
}

impl Front {
    /// Codes a sentence of this day from its Penn tree.
    ///
    /// # Errors
    ///
    /// [`Unread`]: the tree, a dateline, a discard, in this order.
    pub fn code(
        &self,
        tree: &str,
        day: Option<Day>,
        options: &Options,
    ) -> Result<Vec<Event>, Unread> {
        let tree = Tree::parse(tree)?;
        let words: Vec<&str> =
            tree.leaves(0).iter().filter_map(|leaf| tree.node(*leaf).word.as_deref()).collect();
        if dateline(&words) {
            return Err(Unread::Dateline);
        }
        if let Some(discard) = self.discards.find(&words) {
            let words = discard.words.joined();
            return Err(if discard.story { Unread::Story(words) } else { Unread::Sentence(words) });
        }
        let dictionaries = Dictionaries { actors: &self.actors, agents: &self.agents, day };
        let mut clause = Clause::new(&tree, &dictionaries);
        clause.leave_out(&options.commas);
        Ok(Coding { front: self, clause: &clause, options, events: Vec::new() }.run())
    }
}

/// `CEBU CITY: -- ..`: a colon and a dash within the first words.
fn dateline(words: &[&str]) -> bool {
    const REACH: usize = 6;
    let dash = words.iter().take(REACH).position(|word| matches!(*word, "--" | "_"));
    dash.is_some_and(|dash| dash > 0)
}

struct Coding<'a> {
    front: &'a Front,
    clause: &'a Clause<'a>,
    options: &'a Options,
    events: Vec<Event>,
}

impl<'a> Coding<'a> {
    fn run(mut self) -> Vec<Event> {
        let mut at = 0;
        while let Some(item) = self.clause.items.get(at) {
            at += 1;
            if let Item::VerbPhrase(phrase) = item
                && let Some(found) = self.verb(at)
                && self.coded(&found, *phrase)
            {
                // What stands in the verb phrase of a verb that was coded is part of what it tells.
                let end = Item::EndVerbPhrase(*phrase);
                let rest = self.clause.items.get(at..).unwrap_or_default();
                at += rest.iter().position(|item| *item == end).unwrap_or(rest.len());
            }
        }
        self.events
    }

    fn word(&self, at: usize) -> Option<&'a str> {
        let Item::Word(leaf) = self.clause.items.get(at)? else { return None };
        Some(self.clause.word(*leaf))
    }

    /// Returns the label of the word at a place.
    fn tag(&self, at: usize) -> Option<&'a str> {
        let Item::Word(leaf) = self.clause.items.get(at)? else { return None };
        Some(self.clause.tree.node(*leaf).tag.as_str())
    }

    /// Returns the verb with which a verb phrase begins, adverbs before it passed over.
    fn verb(&self, from: usize) -> Option<Found<'a>> {
        let mut at = from;
        loop {
            let Item::Word(leaf) = self.clause.items.get(at)? else { return None };
            let tag = self.clause.tree.node(*leaf).tag.as_str();
            if tag.starts_with("VB") || tag.starts_with("AUX") {
                break;
            }
            if !tag.starts_with("RB") {
                return None;
            }
            at += 1;
        }
        let entries = self.front.verbs.forms.get(self.word(at)?)?;
        // Of entries with words beside the verb the longest that fits holds; the verb alone stands for all its entries.
        let several =
            entries.iter().filter(|verb| !verb.before.is_empty() || !verb.behind.is_empty());
        let longest = several
            .filter_map(|verb| Some((verb, self.beside(verb, at)?)))
            .max_by_key(|(verb, _)| verb.before.len() + verb.behind.len());
        if let Some((verb, (first, end))) = longest {
            return Some(Found { verbs: vec![verb], first, end });
        }
        let alone: Vec<&Verb> = entries
            .iter()
            .filter(|verb| verb.before.is_empty() && verb.behind.is_empty())
            .collect();
        (!alone.is_empty()).then_some(Found { verbs: alone, first: at, end: at + 1 })
    }

    /// Returns the first item of a verb of several words at a place, and the one behind it.
    fn beside(&self, verb: &Verb, at: usize) -> Option<(usize, usize)> {
        let mut first = at;
        for word in verb.before.iter().rev() {
            first = (0..first).rev().find(|at| self.word(*at).is_some())?;
            (self.word(first)? == word).then_some(())?;
        }
        let mut end = at + 1;
        for word in &verb.behind {
            let next = (end..self.clause.items.len()).find(|at| self.word(*at).is_some())?;
            (self.word(next)? == word).then_some(())?;
            end = next + 1;
        }
        Some((first, end))
    }

    fn seen(&self, at: usize, backwards: bool) -> Option<Seen<'a>> {
        match *self.clause.items.get(at)? {
            Item::Word(leaf) => Some(Seen::Word(self.clause.word(leaf))),
            Item::Enter(noun) if backwards => Some(Seen::Leave(noun)),
            Item::Leave(noun) if backwards => Some(Seen::Enter(noun)),
            Item::Enter(noun) => Some(Seen::Enter(noun)),
            Item::Leave(noun) => Some(Seen::Leave(noun)),
            Item::VerbPhrase(_) | Item::EndVerbPhrase(_) | Item::Clause | Item::Comma => None,
        }
    }

    /// Returns what stands before the verb, back to the nearest comma, and what stands behind it in its phrase.
    fn sides(&self, found: &Found<'_>, phrase: usize) -> (Side<'a>, Side<'a>) {
        let items = &self.clause.items;
        let start = items.get(..found.first).unwrap_or_default();
        let start = start.iter().rposition(|item| *item == Item::Comma).map_or(0, |at| at + 1);
        // Words of a verb of several may lie in the noun phrase before it, as parsers have it: the phrase is seen nevertheless.
        let own = found.first..found.end;
        let ahead = items.get(start..found.first).unwrap_or_default();
        let entered = |at: usize| {
            let Some(Item::Leave(noun)) = items.get(at) else { return false };
            ahead.contains(&Item::Enter(*noun))
        };
        let before = (start..found.end)
            .rev()
            .filter(|at| !own.contains(at) || entered(*at))
            .filter_map(|at| self.seen(at, true))
            .collect();
        let end = items.iter().position(|item| *item == Item::EndVerbPhrase(phrase));
        let behind = found.end..end.unwrap_or(items.len());
        let behind = behind.filter_map(|at| self.seen(at, false)).collect();
        (Side::new(before, true), Side::new(behind, false))
    }

    /// Codes a verb. Returns false if neither a pattern fits nor the verb by itself codes anything.
    fn coded(&mut self, found: &Found<'a>, phrase: usize) -> bool {
        let (before, behind) = self.sides(found, phrase);
        let Some((code, bound)) = self.meant(found, &before, &behind) else { return false };
        if code.is_null() {
            return true;
        }
        let among = bound.compound.filter(|(_, before)| *before);
        if let Some((noun, _)) = among {
            self.among(noun, code);
            return true;
        }
        let free = bound.source.is_none() && bound.target.is_none();
        let agent = free.then(|| self.passive(found, phrase)).flatten();
        let subject = self.source(&before);
        let (source, target) = match agent {
            Some(agent) => (Some(agent), subject),
            None => {
                let source = bound.source.or(subject);
                let named = bound.target.or(bound.compound.map(|(noun, _)| noun));
                (source, named.or_else(|| self.target(&before, &behind, source)))
            }
        };
        if let (Some(source), Some(target)) = (source, target) {
            self.events(source, target, code);
        }
        true
    }

    /// Returns what a verb codes, and whom its pattern names: by the pattern of most parts that fits, or else by the verb alone.
    fn meant(
        &self,
        found: &Found<'a>,
        before: &Side<'_>,
        behind: &Side<'_>,
    ) -> Option<(&'a Code, Bound)> {
        let nouns = self.clause.nouns.iter();
        let known: Vec<Known> =
            nouns.map(|noun| Known { coded: noun.coded(), compound: noun.compound }).collect();
        let verbs = &self.front.verbs;
        let blocks = found.verbs.iter().filter_map(|verb| verbs.blocks.get(verb.block));
        let mut patterns: Vec<_> = blocks.flatten().collect();
        patterns.sort_by_key(|pattern| std::cmp::Reverse(pattern.parts()));
        let fitting = patterns.into_iter().find_map(|pattern| {
            Some((&pattern.code, fits(pattern, before, behind, &verbs.sets, &known)?))
        });
        let alone = || found.verbs.iter().find(|verb| !verb.code.is_null());
        fitting.or_else(|| alone().map(|verb| (&verb.code, Bound::default())))
    }

    /// Returns the noun phrase behind `by` if the verb is passive.
    fn passive(&self, found: &Found<'_>, phrase: usize) -> Option<usize> {
        let items = &self.clause.items;
        let participle = (found.first..found.end)
            .filter_map(|at| self.tag(at))
            .find(|tag| tag.starts_with("VB"))
            .is_some_and(|tag| tag == "VBN");
        // Between the form of "to be" and the participle stand adverbs at most.
        let near = (0..found.first)
            .rev()
            .take_while(|at| matches!(items.get(*at), Some(Item::Word(_) | Item::VerbPhrase(_))));
        let be = near.filter_map(|at| self.word(at)).any(|word| BE.contains(&word));
        if !participle || !be {
            return None;
        }
        let end = items.iter().position(|item| *item == Item::EndVerbPhrase(phrase))?;
        let inner = |at: &usize| matches!(items.get(*at), Some(Item::Clause | Item::VerbPhrase(_)));
        let bound = (found.end..end).find(inner).unwrap_or(end);
        let by = (found.end..bound).find(|at| self.word(*at) == Some("BY"))?;
        items.get(by..bound)?.iter().find_map(|item| {
            let Item::Enter(noun) = item else { return None };
            self.clause.nouns.get(*noun)?.coded().then_some(*noun)
        })
    }

    /// Returns the first noun phrase of the sentence before the verb that is known or a compound; else the first.
    fn source(&self, before: &Side<'_>) -> Option<usize> {
        let known = |noun: &usize| {
            self.clause.nouns.get(*noun).is_some_and(|noun| noun.coded() || noun.compound)
        };
        before.nouns().rev().find(known).or_else(|| before.nouns().next_back())
    }

    /// Returns the target: behind the verb the first that is known, then before it the nearest that is known, then the first behind that
    /// is not known. Never somebody of the source's code.
    fn target(&self, before: &Side<'_>, behind: &Side<'_>, source: Option<usize>) -> Option<usize> {
        let nouns = &self.clause.nouns;
        let source = source.and_then(|source| nouns.get(source));
        let other = |noun: &usize| {
            let Some(noun) = nouns.get(*noun) else { return false };
            source.is_none_or(|source| {
                let unknown = !noun.coded() && !source.coded();
                noun.compound || source.compound || unknown || noun.codes() != source.codes()
            })
        };
        let known = |noun: &usize| nouns.get(*noun).is_some_and(Noun::coded) && other(noun);
        let unknown = |noun: &usize| other(noun);
        let mut found = behind.nouns().find(known);
        found = found.or_else(|| behind.nouns().find(unknown));
        found = found.or_else(|| before.nouns().find(known));
        found.or_else(|| before.nouns().find(unknown))
    }

    /// Writes events between each two of a compound.
    fn among(&mut self, noun: usize, code: &Code) {
        let Some(noun) = self.clause.nouns.get(noun) else { return };
        let single = Code { forth: code.forth.clone().or_else(|| code.back.clone()), back: None };
        for (first, source) in noun.elements.iter().enumerate() {
            for (second, target) in noun.elements.iter().enumerate() {
                if first != second {
                    self.pairs(source, target, &single);
                }
            }
        }
    }

    fn events(&mut self, source: usize, target: usize, code: &Code) {
        let nouns = &self.clause.nouns;
        let (Some(source), Some(target)) = (nouns.get(source), nouns.get(target)) else { return };
        for source in &source.elements {
            for target in &target.elements {
                self.pairs(source, target, code);
            }
        }
    }

    fn pairs(&mut self, source: &Element, target: &Element, code: &Code) {
        for source in self.named(source) {
            for target in self.named(target) {
                let forth = code.forth.as_ref().map(|code| (&source, &target, code));
                let back = code.back.as_ref().map(|code| (&target, &source, code));
                for (source, target, code) in forth.into_iter().chain(back) {
                    self.event(source, target, code);
                }
            }
        }
    }

    fn event(&mut self, source: &str, target: &str, code: &str) {
        let known = source != NOBODY && (target != NOBODY || !self.options.dyad);
        let event =
            Event { source: source.to_owned(), target: target.to_owned(), code: code.to_owned() };
        if known && source != target && !self.events.contains(&event) {
            self.events.push(event);
        }
    }

    /// Returns the codes of an actor; of one whom no dictionary has the words, if they are few.
    fn named(&self, element: &Element) -> Vec<String> {
        let few = (1..=self.options.new_actor_len_max).contains(&element.words.len());
        if few && element.codes.iter().all(|code| code == NOBODY) {
            return vec![element.words.join(" ")];
        }
        element.codes.clone()
    }
}
