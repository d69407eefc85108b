//! Treebanks as they lie in `data/coding/ud`, unpacked: one word a line, a blank line after each sentence.

use crate::parse::Relation;
use crate::tag::{Penn, Tag, Upos};
use thiserror::Error;

/// A sentence with its tags, lemmas and tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    /// The document that it comes from.
    pub document: String,
    /// Its words.
    pub words: Vec<String>,
    /// The words' lemmas.
    pub lemmas: Vec<String>,
    /// The words' tags.
    pub tags: Vec<Tag>,
    /// The words' heads, from 0; `None` for the root.
    pub heads: Vec<Option<usize>>,
    /// The words' relations.
    pub relations: Vec<Relation>,
}

/// Why a treebank cannot be read.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("line {line} of the treebank: {fault}")]
pub struct TreebankError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub fault: TreebankFault,
}

/// What is wrong with a treebank.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum TreebankFault {
    /// Bytes that are not UTF-8.
    #[error("not UTF-8: unpack the file first")]
    NotUtf8,
    /// A line with too few columns, or a head that is no number.
    #[error("not a word: form, lemma, UPOS, XPOS, features, head and relation, parted by tabs")]
    NotAWord,
    /// A name of a tag or relation that the tagset lacks.
    #[error("`{name}` is no name of this tagset: add it, or mend the line")]
    Unknown {
        /// The name.
        name: String,
    },
    /// A head outside the sentence, no root or two, or a circle.
    #[error("the heads of the sentence that ends here make no tree")]
    NoTree,
}

/// Reads a treebank's text.
///
/// # Errors
/// If a line is no word, a name is unknown, or the heads of a sentence make no tree.
pub fn treebank(bytes: &[u8]) -> Result<Vec<Tree>, TreebankError> {
    let text = str::from_utf8(bytes);
    let text = text.map_err(|_| TreebankError { line: 1, fault: TreebankFault::NotUtf8 })?;
    let (mut trees, mut tree, mut document) = (Vec::new(), Tree::default(), "");
    for (line, row) in (1..).zip(text.lines().chain([""])) {
        let at = |fault| TreebankError { line, fault };
        if let Some(name) = row.strip_prefix("#D ") {
            document = name;
        } else if row.is_empty() {
            finish(&mut tree, document, &mut trees).map_err(at)?;
        } else if !is_joined(row) {
            tree.push(row).map_err(at)?;
        }
    }
    Ok(trees)
}

fn finish(tree: &mut Tree, document: &str, trees: &mut Vec<Tree>) -> Result<(), TreebankFault> {
    if tree.words.is_empty() {
        return Ok(());
    }
    if !tree.is_sound() {
        return Err(TreebankFault::NoTree);
    }
    document.clone_into(&mut tree.document);
    trees.push(std::mem::take(tree));
    Ok(())
}

/// Tells whether a line only joins words that follow: `3-4<TAB>don't`.
pub(super) fn is_joined(row: &str) -> bool {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let joined =
        row.split_once('\t').and_then(|(range, form)| Some((range.split_once('-')?, form)));
    joined.is_some_and(|((from, to), form)| number(from) && number(to) && !form.contains('\t'))
}

impl Tree {
    fn push(&mut self, row: &str) -> Result<(), TreebankFault> {
        let cells: Vec<&str> = row.split('\t').collect();
        let [form, lemma, upos, xpos, _, head, relation, ..] = cells.as_slice() else {
            return Err(TreebankFault::NotAWord);
        };
        let unknown = |name: &&str| TreebankFault::Unknown { name: (*name).to_owned() };
        let tag = Tag {
            upos: Upos::parse(upos).ok_or_else(|| unknown(upos))?,
            penn: Penn::parse(xpos).ok_or_else(|| unknown(xpos))?,
        };
        let head: usize = head.parse().map_err(|_| TreebankFault::NotAWord)?;
        self.words.push((*form).to_owned());
        self.lemmas.push((*lemma).to_owned());
        self.tags.push(tag);
        self.heads.push(head.checked_sub(1));
        self.relations.push(Relation::parse(relation).ok_or_else(|| unknown(relation))?);
        Ok(())
    }

    fn head(&self, at: usize) -> Option<usize> {
        self.heads.get(at).copied().flatten()
    }

    /// One root, no head outside, and from each word a way to the root.
    fn is_sound(&self) -> bool {
        let len = self.words.len();
        let inside = self.heads.iter().flatten().all(|head| *head < len);
        let reaches =
            |at: usize| std::iter::successors(Some(at), |at| self.head(*at)).nth(len).is_none();
        inside
            && self.heads.iter().filter(|head| head.is_none()).count() == 1
            && (0..len).all(reaches)
    }

    /// Returns the heads of a tree without crossing arcs: a word whose arc crosses another hangs on its head's head instead.
    ///
    /// The shortest crossing arc is lifted first (Nivre and Nilsson 2005).
    pub(crate) fn projective_heads(&self) -> Vec<Option<usize>> {
        let mut heads = self.heads.clone();
        while let Some(crossing) = shortest_crossing(&heads) {
            let head = heads.get(crossing).copied().flatten();
            let above = head.and_then(|head| heads.get(head).copied().flatten());
            if let Some(slot) = heads.get_mut(crossing) {
                *slot = above;
            }
        }
        heads
    }
}

/// Returns the word whose arc is the shortest of those with a word in between that is not below its head.
fn shortest_crossing(heads: &[Option<usize>]) -> Option<usize> {
    let head = |at: usize| heads.get(at).copied().flatten();
    let below = |at: usize, top: usize| {
        std::iter::successors(Some(at), |at| head(*at)).any(|over| over == top)
    };
    let crossing = |at: &usize| {
        let Some(top) = head(*at) else { return false };
        (at.min(&top) + 1..*at.max(&top)).any(|between| !below(between, top))
    };
    let len = |at: &usize| head(*at).map_or(0, |top| top.abs_diff(*at));
    (0..heads.len()).filter(crossing).min_by_key(len)
}
