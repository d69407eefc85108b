//! Parts of speech: what a word is in its sentence.
//!
//! A word's tag joins a universal part of speech and a tag of the Penn Treebank, which tells tense, form and number in English.
//! The tagger goes from left to right and takes at each word the class with the largest sum of integer weights.

mod features;
mod lemma;
pub(crate) mod names;

pub(crate) use features::{Words, features, lower_hash};
pub use lemma::Lemmas;
pub(crate) use lemma::{Rule, keys as lemma_keys, lowered};
pub use names::{Penn, Upos};

use crate::model::table::{self, Rows, Sums, Table};
use crate::model::{CLASSES_MAX, Kind, ModelError, Parts};

/// A word's part of speech, twice: universal, and as in the Penn Treebank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tag {
    /// Universal part of speech (Universal Dependencies, version 2).
    pub upos: Upos,
    /// Tag of the Penn Treebank, as the English Web Treebank uses it.
    pub penn: Penn,
}

/// When something is, as far as the word itself tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tense {
    /// `shelled`, as a finite verb or a participle.
    Past,
    /// `shells`, `shelling`.
    Present,
}

/// What form of a verb a word is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum VerbForm {
    /// With a subject: `shells`, `shelled`, `will`.
    Finite,
    /// `shell`, with `to` or a modal verb or as a command.
    Infinitive,
    /// `shelled` after `was` or `has`.
    PastParticiple,
    /// `shelling`.
    PresentParticiple,
}

impl Tag {
    /// Returns the tense that the form shows.
    pub const fn tense(self) -> Option<Tense> {
        if matches!(self.penn, Penn::Vbd | Penn::Vbn) {
            Some(Tense::Past)
        } else if matches!(self.penn, Penn::Vbp | Penn::Vbz | Penn::Vbg) {
            Some(Tense::Present)
        } else {
            None
        }
    }

    /// Returns the form of a verb.
    pub const fn verb_form(self) -> Option<VerbForm> {
        if matches!(self.penn, Penn::Vbd | Penn::Vbp | Penn::Vbz | Penn::Md) {
            Some(VerbForm::Finite)
        } else if matches!(self.penn, Penn::Vb) {
            Some(VerbForm::Infinitive)
        } else if matches!(self.penn, Penn::Vbn) {
            Some(VerbForm::PastParticiple)
        } else if matches!(self.penn, Penn::Vbg) {
            Some(VerbForm::PresentParticiple)
        } else {
            None
        }
    }

    /// Tells whether a noun or name is plural.
    pub const fn is_plural(self) -> bool {
        matches!(self.penn, Penn::Nns | Penn::Nnps)
    }

    pub(crate) fn code(self) -> [u8; 2] {
        [self.upos.code(), self.penn.code()]
    }

    pub(crate) fn of_code([upos, penn]: [u8; 2]) -> Option<Self> {
        Some(Self { upos: Upos::of_code(upos)?, penn: Penn::of_code(penn)? })
    }
}

/// Whether a form has one class only: then nothing is summed. In the upper half of a dictionary's value.
pub(crate) const CERTAIN: u16 = 1 << 8;

/// Room to tag in, with the tags of the last sentence.
#[derive(Debug, Default)]
pub(crate) struct Work {
    words: Words,
    keys: Vec<u64>,
    given: Vec<u8>,
    tags: Vec<Tag>,
}

impl Work {
    /// Returns the tags of the last sentence.
    pub(crate) fn tags(&self) -> &[Tag] {
        &self.tags
    }

    /// Returns the hashes of the last sentence's words in small letters.
    pub(crate) fn lowered(&self) -> impl Iterator<Item = u64> {
        self.words.lowered()
    }
}

/// A tagger: a model of [`Kind::Tags`].
#[derive(Debug)]
pub struct Tagger<'m> {
    classes: Vec<Tag>,
    dictionary: Table<'m>,
    rows: Rows<'m>,
}

impl<'m> Tagger<'m> {
    /// Reads a model.
    ///
    /// # Errors
    /// If the bytes are no such model of this version, or not as they were written.
    pub fn read(bytes: &'m [u8]) -> Result<Self, ModelError> {
        let Parts { classes, parts: [dictionary, rows] } = Parts::read(Kind::Tags, bytes)?;
        let classes: Option<Vec<Tag>> = classes.iter().copied().map(Tag::of_code).collect();
        let classes = classes.filter(|classes| !classes.is_empty());
        let classes = classes.ok_or(Kind::Tags.malformed("list of classes"))?;
        let known = |value: u16| usize::from(value & 0xFF) < classes.len();
        let dictionary = Table::read(dictionary).filter(|table| table.all(known));
        let dictionary = dictionary.ok_or(Kind::Tags.malformed("dictionary"))?;
        let rows = Rows::read(rows, classes.len());
        let rows = rows.ok_or(Kind::Tags.malformed("table of weights"))?;
        Ok(Self { classes, dictionary, rows })
    }

    /// Returns the tags of a sentence's words, one each.
    pub fn tag<T: AsRef<str>>(&self, words: &[T]) -> Vec<Tag> {
        let mut work = Work::default();
        self.tag_in(words, &mut work);
        work.tags
    }

    /// Tags a sentence's words in a room that is used again and again.
    pub(crate) fn tag_in<T: AsRef<str>>(&self, words: &[T], work: &mut Work) {
        let Work { words: sentence, keys, given, tags } = work;
        sentence.fill(words, |form| self.dictionary.find(form));
        given.clear();
        for at in 0..words.len() {
            let class = sentence.certain(at).unwrap_or_else(|| {
                keys.clear();
                features(sentence, at, given, keys);
                self.choose(keys)
            });
            given.push(class);
        }
        tags.clear();
        tags.extend(given.iter().filter_map(|class| self.classes.get(usize::from(*class))));
    }

    fn choose(&self, keys: &[u64]) -> u8 {
        let mut sums: Sums = [0; CLASSES_MAX];
        self.rows.add(keys, &mut sums);
        table::best(&sums, self.classes.len())
    }
}
