//! From the text of a document to the views of its sentences: what coding and training share.

use super::view::{Source, View};
use crate::actor::actors;
use crate::document::Document;
use crate::lexicon::Language;
use crate::matcher::{Matcher, Matches, Vocabulary};
use crate::model;
use crate::sentence::{Sentence, sentences};
use crate::token::{Tokens, tokens};

/// What texts are read with.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    /// The tables of the lexicon.
    pub vocabulary: &'a Vocabulary,
    /// What is looked for.
    pub matcher: &'a Matcher,
    /// Tagger, parser and lemmatiser of English.
    pub english: &'a model::Language<'a>,
}

/// A document's text with what was found in it.
pub(crate) struct Found {
    pub(crate) document: Document,
    pub(crate) tokens: Tokens,
    pub(crate) sentences: Vec<Sentence>,
    pub(crate) matches: Matches,
    /// The matches of each sentence.
    of: Vec<std::ops::Range<usize>>,
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
        Found { document, tokens, sentences, matches, of }
    }

    /// Gives the view of each sentence that may tell of something, with its number.
    pub(crate) fn views(
        self,
        found: &Found,
        language: Language,
        mut take: impl FnMut(usize, &View<'_>),
    ) {
        for number in 0..found.sentences.len() {
            self.view(found, language, number, |view| {
                if !view.actors.is_empty() {
                    take(number, view);
                }
            });
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
        let (Some(sentence), Some(of)) = (found.sentences.get(number), found.of.get(number)) else {
            return;
        };
        let (text, tokens) = (found.document.text(), &found.tokens);
        let actors =
            actors(text, tokens, sentence.tokens(), self.matcher, &found.matches, of.clone());
        let matches = of.clone().filter_map(|at| self.matcher.get(&found.matches, at));
        let source =
            Source { language, english: self.english, vocabulary: self.vocabulary, text, tokens };
        take(&View::new(source, sentence.tokens(), actors, matches));
    }
}
