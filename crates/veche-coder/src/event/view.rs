//! A sentence as the models see it: words in their dictionary form, names masked, the tree, and what the lexicon knows of it.

use super::sink::{Piece, piece};
use crate::actor::{Actor, Body};
use crate::cluster::{Cluster, Clusters};
use crate::lexicon::{Language, Trigger};
use crate::matcher::{Match, Target, Vocabulary};
use crate::model::{self, Analysis, hash};
use crate::parse::{Head, Relation};
use crate::russian::{self, Features, Russian};
use crate::tag::{Tag, Upos};
use crate::token::{Shape, Tokens};
use std::borrow::Cow;
use std::ops::Range;

/// A word of a sentence.
#[derive(Clone, Debug)]
pub(crate) struct Word<'a> {
    /// Its lemma or stem; `@` and its sector where it names somebody, `#` for a number.
    pub(crate) shown: Cow<'a, str>,
    key: u64,
    /// The cluster in which it lies, unless it names somebody.
    cluster: Option<Cluster>,
    /// As it stands, folded.
    pub(crate) folded: &'a str,
    /// Its part of speech, if the language has a tagger.
    pub(crate) tag: Option<Tag>,
    /// What it hangs on, by its place in the sentence.
    pub(crate) head: Option<usize>,
    /// By what relation.
    pub(crate) relation: Relation,
    /// The actor that it names or helps to name.
    pub(crate) actor: Option<usize>,
    /// Its case and the like, in a Russian tree.
    pub(crate) features: Features,
    /// What it looks like.
    pub(crate) shape: Shape,
}

impl Word<'_> {
    /// Returns the word for a feature.
    pub(crate) fn piece(&self) -> Piece<'_> {
        Piece::hashed(self.key, &self.shown)
    }

    /// Returns its cluster for a feature; the word itself if it has none.
    pub(crate) fn fine(&self) -> Piece<'_> {
        let key = self.cluster.map_or(self.key, |cluster| hash::key(83, [cluster.fine.into()]));
        Piece::hashed(key, &self.shown)
    }

    /// Returns its coarse cluster for a feature; the word itself if it has none.
    pub(crate) fn coarse(&self) -> Piece<'_> {
        let key = self.cluster.map_or(self.key, |cluster| hash::key(84, [cluster.coarse.into()]));
        Piece::hashed(key, &self.shown)
    }

    /// Returns true for a verb that is no auxiliary.
    pub(crate) fn is_verb(&self) -> bool {
        self.tag.is_some_and(|tag| tag.upos == Upos::Verb)
    }
}

/// Words of the lexicon that tell of something, where they stand in the sentence.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Find<'a> {
    /// The first word.
    pub(crate) first: usize,
    /// The first word behind it.
    pub(crate) end: usize,
    /// What the lexicon says of it.
    pub(crate) entry: &'a Trigger,
}

/// Somebody or something that may take part in an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Party {
    /// The first word.
    pub(crate) first: usize,
    /// The first word behind it.
    pub(crate) end: usize,
    /// The word at its head.
    pub(crate) head: usize,
    /// The actor, if it is one.
    pub(crate) actor: Option<usize>,
}

impl Party {
    /// Returns its words.
    pub(crate) const fn words(self) -> Range<usize> {
        self.first..self.end
    }
}

/// A sentence, read.
#[derive(Debug)]
pub(crate) struct View<'a> {
    /// In which language.
    pub(crate) language: Language,
    /// Its first token in the document.
    pub(crate) first: usize,
    /// Its words.
    pub(crate) words: Vec<Word<'a>>,
    /// Who is named in it.
    pub(crate) actors: Vec<Actor>,
    /// Who may take part in an event: those who are named, and in a tree whatever else a noun names.
    pub(crate) parties: Vec<Party>,
    /// What tells of something in it.
    pub(crate) finds: Vec<Find<'a>>,
    has_tree: bool,
    /// The words that hang on each word, one after the other, and where those of each begin.
    below: Vec<usize>,
    below_from: Vec<usize>,
}

/// What a view is made of.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) language: Language,
    pub(crate) english: &'a model::Language<'a>,
    pub(crate) russian: Option<&'a Russian<'a>>,
    pub(crate) clusters: Clusters<'a>,
    pub(crate) vocabulary: &'a Vocabulary,
    pub(crate) text: &'a str,
    pub(crate) tokens: &'a Tokens,
}

impl Source<'_> {
    /// Returns true if a tree can be made: of Russian only if there is a model of it.
    const fn has_tree(&self) -> bool {
        matches!(self.language, Language::English) || self.russian.is_some()
    }
}

/// A sentence before its tree was made: with its tags, if the language has a tagger, and its actors, those left out that the tags
/// do not take for names.
pub(crate) struct Tagged<'a, 'r> {
    source: Source<'a>,
    sentence: Range<usize>,
    /// Who is named in it.
    pub(crate) actors: Vec<Actor>,
    analysis: &'r mut Analysis,
}

impl<'a, 'r> Tagged<'a, 'r> {
    /// Tags a sentence in a room that is used again and again.
    pub(crate) fn new(
        source: Source<'a>,
        sentence: Range<usize>,
        mut actors: Vec<Actor>,
        analysis: &'r mut Analysis,
    ) -> Self {
        if source.has_tree() {
            let forms = sentence.clone().map(|at| source.tokens.word(source.text, at));
            let forms: Vec<&str> = forms.collect();
            match source.russian.filter(|_| source.language == Language::Russian) {
                Some(russian) => {
                    analysis.russian = russian.analyse_in(&forms, &mut analysis.memory);
                    // The networks take what they do not know for a noun: a part of speech is no proof against a name.
                }
                None => {
                    source.english.tag_in(&forms, analysis);
                    let tags = analysis.tags();
                    actors.retain(|actor| {
                        actor.body != Body::Unknown || is_name(tags, sentence.start, actor)
                    });
                }
            }
        }
        Self { source, sentence, actors, analysis }
    }

    /// Makes the tree and looks at it.
    pub(crate) fn view<'m>(self, matches: impl Iterator<Item = Match<'m>>) -> View<'a> {
        let Self { source, sentence, actors, analysis } = self;
        if source.language == Language::English {
            source.english.parse_in(analysis);
        }
        View::new(source, sentence, actors, analysis, matches)
    }
}

impl<'a> View<'a> {
    /// Reads a sentence with its actors and matches.
    fn new<'m>(
        source: Source<'a>,
        sentence: Range<usize>,
        actors: Vec<Actor>,
        analysis: &Analysis,
        matches: impl Iterator<Item = Match<'m>>,
    ) -> Self {
        let first = sentence.start;
        let words = words(source, sentence, &actors, analysis);
        let mut finds = Vec::new();
        for found in matches {
            let entries = found.targets.iter().filter_map(|target| match target {
                Target::Trigger(language, at) if *language == source.language => {
                    source.vocabulary.trigger(*language, *at)
                }
                Target::Trigger(..)
                | Target::Agent(_)
                | Target::Office(_)
                | Target::Nation(..)
                | Target::Group(..)
                | Target::Organisation(_)
                | Target::Charter(_)
                | Target::Place(_) => None,
            });
            let (start, end) = (found.first - first, found.end - first);
            finds.extend(entries.map(|entry| Find { first: start, end, entry }));
        }
        let (below, below_from) = below(&words);
        let mut view = Self {
            language: source.language,
            first,
            words,
            actors,
            parties: Vec::new(),
            finds,
            has_tree: source.has_tree(),
            below,
            below_from,
        };
        view.parties = view.find_parties();
        view
    }

    fn find_parties(&self) -> Vec<Party> {
        let named = (0..self.actors.len()).map(|actor| {
            let Range { start, end } = self.of_actor(actor);
            Party { first: start, end, head: self.top(start..end), actor: Some(actor) }
        });
        let mut parties: Vec<Party> = named.filter(|party| party.end > party.first).collect();
        if self.has_tree() {
            let nouns = (0..self.words.len()).filter(|at| self.is_party(*at));
            parties.extend(nouns.map(|head| self.phrase(head)));
            parties.sort_by_key(|party| party.head);
        }
        parties
    }

    /// Returns true for a noun that names somebody or something whom no actor covers.
    fn is_party(&self, at: usize) -> bool {
        use Relation::{Conj, Iobj, Nmod, Nsubj, NsubjPass, Obj, Obl, OblAgent};
        let Some(word) = self.words.get(at) else { return false };
        let noun = word.tag.is_some_and(|tag| matches!(tag.upos, Upos::Noun | Upos::Propn));
        let stands =
            matches!(word.relation, Nsubj | NsubjPass | Obj | Iobj | Obl | OblAgent | Nmod | Conj);
        noun && stands && word.actor.is_none() && word.shape.is_word()
    }

    /// Returns a noun with what describes it before it.
    fn phrase(&self, head: usize) -> Party {
        use Relation::{Amod, Compound, Flat, NmodPoss, Nummod};
        let describes = |at: &usize| {
            let word = &self.words[*at];
            *at < head && matches!(word.relation, Amod | Compound | Flat | NmodPoss | Nummod)
        };
        let first =
            self.below(head).iter().copied().filter(describes).map(|at| self.leftmost(at)).min();
        Party { first: first.unwrap_or(head), end: head + 1, head, actor: None }
    }

    /// Returns the first word of a name that stands before its noun: no article.
    fn leftmost(&self, word: usize) -> usize {
        let describes = |at: &usize| {
            *at < word
                && !matches!(
                    self.words[*at].relation,
                    Relation::Det | Relation::Punct | Relation::Case
                )
        };
        self.below(word).iter().copied().filter(describes).min().unwrap_or(word)
    }

    /// Returns the words that hang on a word.
    pub(crate) fn below(&self, word: usize) -> &[usize] {
        let from = self.below_from.get(word).copied().unwrap_or(0);
        let to = self.below_from.get(word + 1).copied().unwrap_or(from);
        self.below.get(from..to).unwrap_or_default()
    }

    /// Returns the first word below another by one of these relations.
    pub(crate) fn child(&self, word: usize, relations: &[Relation]) -> Option<usize> {
        let mut below = self.below(word).iter().copied();
        below.find(|at| self.words.get(*at).is_some_and(|word| relations.contains(&word.relation)))
    }

    /// Returns the word for a feature; outside the sentence a mark.
    pub(crate) fn piece(&self, at: Option<usize>) -> Piece<'_> {
        at.and_then(|at| self.words.get(at)).map_or(piece!("$"), |word| word.piece())
    }

    /// Returns a word's cluster for a feature; outside the sentence a mark.
    pub(crate) fn fine(&self, at: Option<usize>) -> Piece<'_> {
        at.and_then(|at| self.words.get(at)).map_or(piece!("$"), |word| word.fine())
    }

    /// Returns a word's coarse cluster for a feature; outside the sentence a mark.
    pub(crate) fn coarse(&self, at: Option<usize>) -> Piece<'_> {
        at.and_then(|at| self.words.get(at)).map_or(piece!("$"), |word| word.coarse())
    }

    /// Returns the word so far from another, or none outside the sentence.
    pub(crate) fn beside(&self, at: usize, by: isize) -> Option<usize> {
        at.checked_add_signed(by).filter(|at| *at < self.words.len())
    }

    /// Returns the words of an actor, by their places in the sentence.
    pub(crate) fn of_actor(&self, actor: usize) -> Range<usize> {
        let of = |actor: &Actor| {
            actor.first - self.first..(actor.end - self.first).min(self.words.len())
        };
        self.actors.get(actor).map_or(0..0, of)
    }

    /// Returns the word of a range that hangs on one outside it; the first one if there is no tree.
    pub(crate) fn top(&self, range: Range<usize>) -> usize {
        let is_top = |at: &usize| {
            let word = self.words.get(*at);
            word.is_some_and(|word| {
                word.relation != Relation::Punct
                    && word.head.is_none_or(|head| !range.contains(&head))
            })
        };
        if !self.has_tree {
            return range.start;
        }
        range.clone().rev().find(is_top).unwrap_or(range.start)
    }

    /// Returns the words around one, up to the marks that part clauses.
    pub(crate) fn clause(&self, at: usize) -> Range<usize> {
        let parts = |at: &usize| {
            let word = self.words.get(*at).map_or("", |word| word.folded);
            matches!(word, "," | ";" | ":" | "—" | "–" | "(" | ")" | "." | "\"" | "«" | "»")
        };
        let start = (0..at).rev().find(parts).map_or(0, |mark| mark + 1);
        let end = (at..self.words.len()).find(parts).unwrap_or(self.words.len());
        start..end
    }

    /// Returns true if a tree was made.
    pub(crate) fn has_tree(&self) -> bool {
        self.has_tree
    }
}

fn words<'a>(
    source: Source<'a>,
    sentence: Range<usize>,
    actors: &[Actor],
    analysis: &Analysis,
) -> Vec<Word<'a>> {
    let Source { tokens, english, language, .. } = source;
    let analysed = |at: usize| match language {
        Language::English => {
            let head = analysis.heads().get(at).copied();
            (analysis.tags().get(at).copied(), head, Features::default())
        }
        Language::Russian => {
            let word = analysis.russian.get(at).filter(|_| source.has_tree());
            let features = word.map(|word| word.features).unwrap_or_default();
            (word.map(russian::Word::tag), word.map(|word| word.head), features)
        }
    };
    let mut words: Vec<Word<'_>> = Vec::with_capacity(sentence.len());
    let mut lemma = String::new();
    for (at, token) in sentence.clone().enumerate() {
        let (tag, head, features) = analysed(at);
        let folded = tokens.folded(token);
        let shape = tokens.shape(token);
        let shown = match (shape, tag, language) {
            (Shape::Number, _, _) => Cow::Borrowed("#"),
            (_, Some(tag), Language::English) => {
                english.lemmas.lemma_into(folded, tag, &mut lemma);
                if lemma == folded { Cow::Borrowed(folded) } else { Cow::Owned(lemma.clone()) }
            }
            (_, _, Language::Russian) => Cow::Borrowed(stem(folded)),
            (_, None, Language::English) => Cow::Borrowed(folded),
        };
        let root = Head { word: None, relation: Relation::Dep };
        let Head { word: head, relation } = head.unwrap_or(root);
        words.push(Word {
            key: 0,
            cluster: source.clusters.of(language, folded).filter(|_| shape.is_word()),
            shown,
            folded,
            tag,
            head,
            relation,
            features,
            actor: None,
            shape,
        });
    }
    mask(&mut words, sentence.start, actors);
    for word in &mut words {
        word.key = hash::text(&word.shown);
    }
    words
}

/// Returns true if the tagger takes one of an actor's words for a name. Where it had no word for a tag, it may be one.
fn is_name(tags: &[Tag], first: usize, actor: &Actor) -> bool {
    let own = actor.first.saturating_sub(first)..actor.end.saturating_sub(first);
    own.into_iter().any(|at| tags.get(at).is_none_or(|tag| tag.upos == Upos::Propn))
}

/// Puts what kind of actor it is in the place of each name, so that no model learns who does what.
fn mask(words: &mut [Word<'_>], first: usize, actors: &[Actor]) {
    for (number, actor) in actors.iter().enumerate() {
        let own = actor.first.saturating_sub(first)..actor.end.saturating_sub(first);
        let named = actor.body != Body::Unsaid;
        for at in own.clone() {
            let Some(word) = words.get_mut(at) else { continue };
            word.actor = Some(number);
            word.cluster = None;
            let last = at + 1 == own.end;
            let sector = actor.sectors.first().filter(|_| last || !named);
            if let Some(sector) = sector {
                word.shown = Cow::Owned(format!("@{}", sector.code()));
            } else if named && word.shape != Shape::Mark {
                word.shown = Cow::Borrowed("@");
            }
        }
    }
}

/// Returns the beginning of a Russian word that its forms share, nearly always.
fn stem(folded: &str) -> &str {
    let letters = folded.chars().count();
    let keep = match letters {
        0..=4 => letters,
        5..=6 => letters - 1,
        7..=8 => letters - 2,
        _ => (letters - 3).min(8),
    };
    folded.char_indices().nth(keep).map_or(folded, |(at, _)| folded.get(..at).unwrap_or(folded))
}

fn below(words: &[Word<'_>]) -> (Vec<usize>, Vec<usize>) {
    let mut from = vec![0; words.len() + 1];
    for word in words {
        if let Some(count) = word.head.and_then(|head| from.get_mut(head + 1)) {
            *count += 1;
        }
    }
    for at in 1..from.len() {
        from[at] += from[at - 1];
    }
    let mut next = from.clone();
    let mut below = vec![0; from.last().copied().unwrap_or(0)];
    for (at, word) in words.iter().enumerate() {
        if let Some(place) = word.head.and_then(|head| next.get_mut(head)) {
            below[*place] = at;
            *place += 1;
        }
    }
    (below, from)
}
