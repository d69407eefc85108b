//! From the text of a document to the views of its sentences: what coding and training share.

use super::view::{Source, Tagged, View};
use crate::actor::{Actor, Body, actors};
use crate::cluster::Clusters;
use crate::document::Document;
use crate::lexicon::Language;
use crate::matcher::{Match, Matcher, Matches, Target, Vocabulary};
use crate::model::{self, Analysis};
use crate::russian::Russian;
use crate::sentence::{Sentence, sentences};
use crate::token::{Tokens, tokens};
use std::cell::OnceCell;

/// What texts are read with.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    /// The tables of the lexicon.
    pub vocabulary: &'a Vocabulary,
    /// What is looked for.
    pub matcher: &'a Matcher,
    /// Tagger, parser and lemmatiser of English.
    pub english: &'a model::Language<'a>,
    /// Tagger and parser of Russian, if there is one: else Russian is read without trees.
    pub russian: Option<&'a Russian<'a>>,
    /// Words of like use.
    pub clusters: Clusters<'a>,
}

/// A document's text with what was found in it.
pub(crate) struct Found {
    pub(crate) document: Document,
    pub(crate) tokens: Tokens,
    pub(crate) sentences: Vec<Sentence>,
    pub(crate) matches: Matches,
    /// The matches of each sentence.
    of: Vec<std::ops::Range<usize>>,
    /// The state that the document names most, once it was asked for.
    pub(crate) most_named: OnceCell<Option<Body>>,
}

impl<'a> Reader<'a> {
    /// Splits a document and looks for the words of the lexicon.
    pub(crate) fn find(self, mut document: Document) -> Found {
        let tokens = tokens(&mut document);
        let sentences = sentences(document.text(), &tokens);
        let mut matches = Matches::default();
        let mut of = Vec::with_capacity(sentences.len());
        for sentence in &sentences {
            let from = matches.len();
            self.matcher.find(document.text(), &tokens, sentence.tokens(), &mut matches);
            of.push(from..matches.len());
        }
        Found { document, tokens, sentences, matches, of, most_named: OnceCell::new() }
    }

    /// Gives the view of each sentence that may tell of something, with its number: one that names somebody. The others are neither
    /// tagged nor parsed, and those not parsed of which the tags say that what has a capital is no name.
    pub(crate) fn views(
        self,
        found: &Found,
        language: Language,
        analysis: &mut Analysis,
        mut take: impl FnMut(usize, &View<'_>),
    ) {
        for number in 0..found.sentences.len() {
            let actors = self.actors(found, number);
            if actors.is_empty() {
                continue;
            }
            let Some(sentence) = found.sentences.get(number) else { continue };
            let source = self.source(found, language);
            let tagged = Tagged::new(source, sentence.tokens(), actors, analysis);
            if !tagged.actors.is_empty() {
                take(number, &tagged.view(self.matches(found, number)));
            }
        }
    }

    /// Gives the view of one sentence.
    pub(crate) fn view(
        self,
        found: &Found,
        language: Language,
        number: usize,
        take: impl FnOnce(&View<'_>),
    ) {
        let Some(sentence) = found.sentences.get(number) else { return };
        let (source, actors) = (self.source(found, language), self.actors(found, number));
        let mut analysis = Analysis::default();
        let tagged = Tagged::new(source, sentence.tokens(), actors, &mut analysis);
        take(&tagged.view(self.matches(found, number)));
    }

    fn source<'f>(self, found: &'f Found, language: Language) -> Source<'f>
    where
        'a: 'f,
    {
        let (text, tokens) = (found.document.text(), &found.tokens);
        Source {
            language,
            english: self.english,
            russian: self.russian,
            clusters: self.clusters,
            vocabulary: self.vocabulary,
            text,
            tokens,
        }
    }

    fn actors(self, found: &Found, number: usize) -> Vec<Actor> {
        let (Some(sentence), Some(of)) = (found.sentences.get(number), found.of.get(number)) else {
            return Vec::new();
        };
        let (text, tokens) = (found.document.text(), &found.tokens);
        actors(text, tokens, sentence.tokens(), self.matcher, &found.matches, of.clone())
    }

    /// Returns true if the tables of the lexicon, a charter or a gazetteer have somebody or some place of a sentence.
    pub(crate) fn names_somebody(self, found: &Found, number: usize) -> bool {
        let targets = self.matches(found, number).flat_map(|found| found.targets);
        targets.into_iter().any(|target| !matches!(target, Target::Trigger(..)))
    }

    fn matches<'f>(self, found: &'f Found, number: usize) -> impl Iterator<Item = Match<'f>>
    where
        'a: 'f,
    {
        let of = found.of.get(number).cloned().unwrap_or_default();
        of.filter_map(move |at| self.matcher.get(&found.matches, at))
    }
}
