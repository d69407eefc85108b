//! A text taken through the stages, for the tests of all of them.

use std::sync::LazyLock;
use veche_coder::actor::{Actor, actors};
use veche_coder::document::Document;
use veche_coder::filter::{Signs, signs};
use veche_coder::matcher::{CharterName, Matcher, Matches, Vocabulary};
use veche_coder::sentence::{Sentence, sentences};
use veche_coder::token::{Tokens, tokens};

/// The shipped lexicon.
pub(crate) static VOCABULARY: LazyLock<Vocabulary> =
    LazyLock::new(|| Vocabulary::shipped().unwrap());

/// A matcher over it alone.
pub(crate) static MATCHER: LazyLock<Matcher> =
    LazyLock::new(|| Matcher::new(&VOCABULARY, &[], None));

/// A document and what the stages make of it.
pub(crate) struct Reading {
    pub(crate) document: Document,
    pub(crate) tokens: Tokens,
    pub(crate) sentences: Vec<Sentence>,
}

impl Reading {
    pub(crate) fn of(text: &str) -> Self {
        Self::of_bytes(text.as_bytes())
    }

    pub(crate) fn of_bytes(bytes: &[u8]) -> Self {
        let mut document = Document::read(bytes).unwrap();
        let tokens = tokens(&mut document);
        let sentences = sentences(document.text(), &tokens);
        Self { document, tokens, sentences }
    }

    pub(crate) fn text(&self) -> &str {
        self.document.text()
    }

    pub(crate) fn words(&self) -> Vec<&str> {
        self.tokens.words(self.text()).collect()
    }

    pub(crate) fn matches(&self, matcher: &Matcher) -> Matches {
        let mut found = Matches::default();
        for sentence in &self.sentences {
            matcher.find(self.text(), &self.tokens, sentence.tokens(), &mut found);
        }
        found
    }

    /// What the filter sees in every sentence.
    pub(crate) fn signs(&self, matcher: &Matcher) -> Vec<Signs> {
        let mut found = Matches::default();
        let mut all = Vec::new();
        for sentence in &self.sentences {
            let from = found.len();
            matcher.find(self.text(), &self.tokens, sentence.tokens(), &mut found);
            let of = from..found.len();
            let words = sentence.tokens();
            all.push(signs(self.text(), &self.tokens, words, matcher, &VOCABULARY, &found, of));
        }
        all
    }

    /// Tells whether a sentence passes the filter.
    pub(crate) fn passes(&self, matcher: &Matcher) -> bool {
        self.signs(matcher).into_iter().any(Signs::pass)
    }

    /// The actors of every sentence.
    pub(crate) fn actors(&self, matcher: &Matcher) -> Vec<Actor> {
        let mut found = Matches::default();
        let mut all = Vec::new();
        for sentence in &self.sentences {
            let from = found.len();
            matcher.find(self.text(), &self.tokens, sentence.tokens(), &mut found);
            let of = from..found.len();
            all.extend(actors(self.text(), &self.tokens, sentence.tokens(), matcher, &found, of));
        }
        all
    }

    /// The actors as `words=code`, those that only tell where with a question mark.
    pub(crate) fn coded(&self, matcher: &Matcher, charter: &[CharterName]) -> Vec<String> {
        let show = |actor: &Actor| {
            let code = actor.code(&VOCABULARY, charter);
            let mark = if actor.placed { "?" } else { "" };
            format!("{}={code}{mark}", actor.span.of(self.text()))
        };
        self.actors(matcher).iter().map(show).collect()
    }
}
