//! Finds the words of the lexicon, of a charter and of a gazetteer in a text: all at once, the longest from the left.
//!
//! The automaton reads words, not letters: a tree over dictionary words whose edges each stand for all forms of a word. A word of
//! the text is looked up once, which settles case, composition, `ё`, hidden characters and word boundaries. An automaton over bytes
//! (Aho-Corasick) was turned down: it would need each combination of forms of a phrase as a pattern of its own, and has no gaps.

mod build;
mod index;
mod party;
mod russian;
mod vocabulary;

pub use party::PartyName;
pub(crate) use vocabulary::TABLES;
pub use vocabulary::{CharterName, Vocabulary};

use crate::filter;
use crate::lexicon::{Language, Trigger};
use crate::ontology::Sector;
use crate::place::Gazetteer;
use crate::token::Tokens;
use index::{Edges, Keys, Words};

/// The key that stands for a gap in the words of a trigger.
const GAP: u32 = u32::MAX;

/// Most words in a gap.
const GAP_WORDS_MAX: usize = 4;

/// Most words of the text that one match covers, gaps included.
const MATCH_WORDS_MAX: usize = 24;

/// All that is looked for.
pub struct Matcher {
    keys: Words,
    /// By key: the word must begin with a capital.
    capital: Vec<bool>,
    forms: Words,
    form_keys: Keys,
    exact: Words,
    exact_keys: Keys,
    edges: Edges,
    outputs: Vec<Vec<Target>>,
}

/// What a match stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// An entry of the table of triggers of this language.
    Trigger(Language, u32),
    /// A body or people by what they are.
    Agent(Sector),
    /// The holder of an office.
    Office(Sector),
    /// An entry of the table of nations.
    Nation(NationForm, u32),
    /// A group of a nation by its own name: an entry of the table of nations, and what kind of actor it is.
    Group(u32, Sector),
    /// An entry of the table of organisations.
    Organisation(u32),
    /// A name of the charter.
    Charter(u32),
    /// A place of the gazetteer.
    Place(u32),
}

/// In what form a nation is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NationForm {
    /// By its name.
    Name,
    /// By an adjective: more words must follow.
    Adjective,
    /// By its people.
    People,
    /// By its seat of government.
    Capital,
    /// By one of its regions.
    Region,
    /// By one of its towns.
    Town,
}

/// Matches of a document, ascending: columns of equal length.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matches {
    first: Vec<u32>,
    end: Vec<u32>,
    node: Vec<u32>,
    /// A bit for each token of a match that is one of its words, the lowest for the first: others stand in a gap.
    words: Vec<u32>,
}

/// One match: tokens `first..end` and what they stand for.
#[derive(Clone, Copy, Debug)]
pub struct Match<'m> {
    /// The first token.
    pub first: usize,
    /// The first token behind it.
    pub end: usize,
    /// What it stands for, the charter's names before the others.
    pub targets: &'m [Target],
    words: u32,
}

impl Match<'_> {
    /// Returns true if a token is one of its words, and does not stand in a gap between them.
    pub fn holds(&self, token: usize) -> bool {
        let at = token.checked_sub(self.first).filter(|at| *at < MATCH_WORDS_MAX);
        at.is_some_and(|at| self.words >> at & 1 == 1)
    }
}

impl Matcher {
    /// Makes a matcher over a lexicon, the names of a charter and, if there is one, a gazetteer.
    pub fn new(
        vocabulary: &Vocabulary,
        charter: &[CharterName],
        places: Option<&Gazetteer>,
    ) -> Self {
        let mut builder = build::Builder::default();
        builder.charter(charter);
        builder.vocabulary(vocabulary);
        if let Some(places) = places {
            builder.places(places);
        }
        builder.finish()
    }

    /// Returns how many word forms it knows.
    pub fn forms(&self) -> usize {
        self.forms.len() + self.exact.len()
    }

    /// Adds the matches in these tokens, one sentence, to `found`.
    pub fn find(
        &self,
        text: &str,
        tokens: &Tokens,
        sentence: std::ops::Range<usize>,
        found: &mut Matches,
    ) {
        let words = sentence.clone().map(|at| self.word(text, tokens, at)).collect();
        let walk = Walk { matcher: self, words, tokens, start: sentence.start, end: sentence.end };
        let mut at = sentence.start;
        // Words of a match with a gap: what stands in the gap is still looked at, the words themselves are not.
        let mut taken: Vec<usize> = Vec::new();
        let mut path = Vec::new();
        while at < sentence.end {
            if taken.contains(&at) || !walk.may_begin(at) {
                at += 1;
                continue;
            }
            let mut best = Best::default();
            walk.from(0, at, at, &mut path, &mut best);
            if best.end == 0 {
                at += 1;
                continue;
            }
            found.push(at, &best);
            if best.path.is_empty() {
                at = best.end;
            } else {
                taken = best.path;
                at += 1;
            }
        }
    }

    /// Looks up a word.
    fn word(&self, text: &str, tokens: &Tokens, at: usize) -> Known {
        let capital = tokens.shape(at).is_capital();
        let exact = if capital { self.exact.get(tokens.word(text, at)) } else { None };
        Known { form: self.forms.get(tokens.folded(at)), exact, capital }
    }

    /// Returns the matches of a column, read.
    pub fn matches<'m>(&'m self, found: &'m Matches) -> impl Iterator<Item = Match<'m>> {
        (0..found.first.len()).filter_map(|at| self.get(found, at))
    }

    /// Returns one match.
    pub fn get(&self, found: &Matches, at: usize) -> Option<Match<'_>> {
        let node = *found.node.get(at)? as usize;
        Some(Match {
            first: *found.first.get(at)? as usize,
            end: *found.end.get(at)? as usize,
            targets: self.outputs.get(node)?,
            words: *found.words.get(at)?,
        })
    }

    /// Returns true if a sentence whose matches are the numbers `of` in `found` may tell of an event: it has an actor and a trigger that is no blocker.
    pub fn may_tell(
        &self,
        vocabulary: &Vocabulary,
        found: &Matches,
        of: std::ops::Range<usize>,
    ) -> bool {
        let signs = filter::of_matches(self, vocabulary, found, of);
        signs.actor && signs.trigger
    }

    /// Returns true if a form stands for a word of the lexicon that is no name.
    fn is_plain(&self, form: u32) -> bool {
        let mut keys = self.form_keys.of(form);
        keys.any(|key| self.capital.get(key as usize) == Some(&false))
    }
}

impl Vocabulary {
    /// Returns an entry of the table of triggers of a language.
    pub fn trigger(&self, language: Language, entry: u32) -> Option<&Trigger> {
        let triggers = match language {
            Language::English => &self.triggers_en,
            Language::Russian => &self.triggers_ru,
        };
        triggers.get(entry as usize)
    }
}

impl Matches {
    /// Returns how many there are.
    pub fn len(&self) -> usize {
        self.first.len()
    }

    /// Returns true if there are none.
    pub fn is_empty(&self) -> bool {
        self.first.is_empty()
    }

    fn push(&mut self, first: usize, best: &Best) {
        let narrow = |token: usize| u32::try_from(token).unwrap_or(u32::MAX);
        let bit = |at: usize| 1 << at.saturating_sub(first).min(MATCH_WORDS_MAX);
        let all = (first..best.end).fold(0, |words, at| words | bit(at));
        let own = best.path.iter().fold(0, |words, at| words | bit(*at));
        self.first.push(narrow(first));
        self.end.push(narrow(best.end));
        self.node.push(best.node);
        self.words.push(if best.path.is_empty() { all } else { own });
    }
}

/// The longest match so far; `path` has its words if it has a gap.
#[derive(Default)]
struct Best {
    end: usize,
    node: u32,
    path: Vec<usize>,
}

/// What is known of a word of the text.
#[derive(Clone, Copy)]
struct Known {
    /// The number of its form.
    form: Option<u32>,
    /// The number of the word as it stands.
    exact: Option<u32>,
    /// It begins with a capital.
    capital: bool,
}

struct Walk<'a> {
    matcher: &'a Matcher,
    /// What is known of the words of the sentence, which is the tokens `start..end`.
    words: Vec<Known>,
    tokens: &'a Tokens,
    start: usize,
    end: usize,
}

impl<'a> Walk<'a> {
    /// Returns true if anything at all begins with this word.
    fn may_begin(&self, at: usize) -> bool {
        let known = self.words.get(at - self.start);
        known.is_some_and(|known| known.form.is_some() || known.exact.is_some())
    }

    /// Returns the keys of which a word may be a form.
    fn keys(&self, known: Known) -> impl Iterator<Item = u32> + use<'a> {
        let matcher = self.matcher;
        let form = known.form.into_iter().flat_map(|id| matcher.form_keys.of(id));
        form.chain(known.exact.into_iter().flat_map(|id| matcher.exact_keys.of(id)))
    }

    /// Goes on from a node with the word `at`, in every way there is.
    fn from(&self, node: u32, first: usize, at: usize, path: &mut Vec<usize>, best: &mut Best) {
        let matcher = self.matcher;
        if at >= self.end || at - first >= MATCH_WORDS_MAX {
            return;
        }
        let Some(known) = self.words.get(at - self.start).copied() else { return };
        for key in self.keys(known) {
            if !known.capital && matcher.capital.get(key as usize) == Some(&true) {
                continue;
            }
            if let Some(next) = matcher.edges.get(node, key) {
                path.push(at);
                self.reached(next, first, at + 1, path, best);
                path.pop();
            }
        }
    }

    fn reached(&self, node: u32, first: usize, end: usize, path: &mut Vec<usize>, best: &mut Best) {
        let outputs = self.matcher.outputs.get(node as usize);
        if end > best.end && outputs.is_some_and(|outputs| !outputs.is_empty()) {
            let gap = path.len() < end - first;
            *best = Best { end, node, path: if gap { path.clone() } else { Vec::new() } };
        }
        self.from(node, first, end, path, best);
        if let Some(next) = self.matcher.edges.get(node, GAP) {
            for at in end..self.end.min(end + GAP_WORDS_MAX + 1) {
                self.from(next, first, at, path, best);
                if matches!(self.tokens.folded(at), "." | ";" | "!" | "?") {
                    break;
                }
            }
        }
    }
}
