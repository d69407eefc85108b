//! The English models that the program carries.

use super::{Kind, ModelError, ModelFault};
use crate::lexicon::{self, Trigger};
use crate::parse::{self, Head, Parser};
use crate::russian;
use crate::tag::{self, Lemmas, Tag, Tagger};

/// Bytes that begin at a line of the processor's cache, as the buckets of their tables should.
#[repr(C, align(64))]
struct Aligned<T: ?Sized>(T);

static TAGS: &Aligned<[u8]> = &Aligned(*include_bytes!("../../models/english-tags.bin"));
static ARCS: &Aligned<[u8]> = &Aligned(*include_bytes!("../../models/english-arcs.bin"));
static RELATIONS: &Aligned<[u8]> = &Aligned(*include_bytes!("../../models/english-relations.bin"));
static LEMMAS: &Aligned<[u8]> = &Aligned(*include_bytes!("../../models/english-lemmas.bin"));
static TRIGGERS: &[u8] = include_bytes!("../../../../lexicon/triggers.en.tsv");

/// Tagger, parser and lemmatiser of one language.
#[derive(Debug)]
pub struct Language<'m> {
    /// Gives tags.
    pub tagger: Tagger<'m>,
    /// Gives heads.
    pub parser: Parser<'m>,
    /// Gives lemmas.
    pub lemmas: Lemmas<'m>,
}

impl Language<'_> {
    /// Returns the tags and heads of a sentence's words.
    ///
    /// For many sentences [`Self::analyse_in`] is faster: it takes no memory anew.
    pub fn analyse<T: AsRef<str>>(&self, words: &[T]) -> (Vec<Tag>, Vec<Head>) {
        let mut analysis = Analysis::default();
        self.analyse_in(words, &mut analysis);
        (analysis.tags().to_vec(), analysis.heads().to_vec())
    }

    /// Tags and parses a sentence's words, in the place of what `analysis` held before.
    pub fn analyse_in<T: AsRef<str>>(&self, words: &[T], analysis: &mut Analysis) {
        self.tag_in(words, analysis);
        self.parse_in(analysis);
    }

    /// Tags a sentence's words; its heads are those of another one till [`Self::parse_in`] is called.
    pub(crate) fn tag_in<T: AsRef<str>>(&self, words: &[T], analysis: &mut Analysis) {
        self.tagger.tag_in(words, &mut analysis.tagged);
    }

    /// Parses the sentence that was tagged last.
    pub(crate) fn parse_in(&self, analysis: &mut Analysis) {
        let Analysis { tagged, parsed, .. } = analysis;
        self.parser.parse_in(tagged.lowered(), tagged.tags(), parsed);
    }
}

/// Tags and heads of a sentence, and the room in which they were found: keep it from sentence to sentence.
#[derive(Debug, Default)]
pub struct Analysis {
    tagged: tag::Work,
    parsed: parse::Work,
    /// The words of the last Russian sentence.
    pub(crate) russian: Vec<russian::Word>,
    /// Russian words that were met before.
    pub(crate) memory: russian::Memory,
}

impl Analysis {
    /// Returns the tags of the words.
    pub fn tags(&self) -> &[Tag] {
        self.tagged.tags()
    }

    /// Returns the heads of the words.
    pub fn heads(&self) -> &[Head] {
        self.parsed.heads()
    }
}

/// Returns the English models that the program carries.
///
/// ```
/// use veche_coder::model::english;
/// use veche_coder::parse::Relation;
///
/// let english = english()?;
/// let words = ["The", "army", "attacked", "the", "town", "."];
/// let (tags, heads) = english.analyse(&words);
/// assert_eq!(heads[1].word, Some(2));
/// assert_eq!(heads[1].relation, Relation::Nsubj);
/// assert_eq!(english.lemmas.lemma(words[2], tags[2]), "attack");
/// # Ok::<(), veche_coder::model::ModelError>(())
/// ```
///
/// # Errors
/// If the program's own bytes are damaged.
pub fn english() -> Result<Language<'static>, ModelError> {
    let mut lemmas = Lemmas::read(&LEMMAS.0)?;
    lemmas.learn(&triggers()?);
    Ok(Language {
        tagger: Tagger::read(&TAGS.0)?,
        parser: Parser::read(&ARCS.0, &RELATIONS.0)?,
        lemmas,
    })
}

/// Returns the triggers of the lexicon that the program carries: their forms are known to the lemmatiser.
fn triggers() -> Result<Vec<Trigger>, ModelError> {
    let read = lexicon::triggers(TRIGGERS, lexicon::Language::English);
    read.map_err(|error| Kind::Lemmas.fails(ModelFault::Lexicon(Box::new(error))))
}
