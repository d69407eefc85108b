//! What the parser looks at.

use super::State;
use super::state::{Arc, Node, Side};
use crate::model::hash::key;
use crate::tag::{Tag, lower_hash};

/// A sentence's words, hashed, with their tags.
#[derive(Debug, Default)]
pub(crate) struct Sentence {
    /// One for each word, and one for the root.
    words: Vec<Word>,
}

/// What is looked at of a word.
#[derive(Clone, Copy, Debug)]
struct Word {
    /// The word in small letters.
    w: u64,
    /// Its tag.
    p: u64,
}

const NOTHING: Word = Word { w: 1, p: 1 };
const ROOT: Word = Word { w: 2, p: 2 };

impl Sentence {
    /// Hashes words.
    pub(crate) fn new<T: AsRef<str>>(words: &[T], tags: &[Tag]) -> Self {
        let mut sentence = Self::default();
        sentence.fill(words.iter().map(|word| lower_hash(word.as_ref())), tags);
        sentence
    }

    /// Takes in other words, of which the hashes in small letters are known.
    pub(crate) fn fill(&mut self, lowered: impl Iterator<Item = u64>, tags: &[Tag]) {
        let word = |(w, tag): (u64, &Tag)| {
            let [upos, penn] = tag.code();
            Word { w, p: u64::from(u16::from_le_bytes([penn, upos])) + 3 }
        };
        self.words.clear();
        self.words.extend(lowered.zip(tags).map(word).chain([ROOT]));
    }

    /// Returns the number of words.
    pub(crate) fn len(&self) -> usize {
        self.words.len().saturating_sub(1)
    }

    fn at(&self, at: Option<usize>) -> Word {
        at.and_then(|at| self.words.get(at)).copied().unwrap_or(NOTHING)
    }

    fn p(&self, at: Option<usize>) -> u64 {
        self.at(at).p
    }
}

/// Returns a distance, in classes.
fn distance(from: usize, to: usize) -> u64 {
    match from.abs_diff(to) {
        near @ 0..=5 => near as u64,
        6..=8 => 6,
        9..=13 => 7,
        _ => 8,
    }
}

/// Returns a number of words under another, in classes.
fn count(side: &Side) -> u64 {
    u64::from(side.count.min(4))
}

/// Returns the class of a dependent's relation; 0 for none.
fn relation(state: &State, at: Option<usize>) -> u64 {
    at.map_or(0, |at| u64::from(state.node(at).relation) + 1)
}

/// Writes the keys of what is looked at for the next move of the words to come alone: they stay the same until the next word is taken.
pub(crate) fn ahead_features(sentence: &Sentence, next: usize, keys: &mut Vec<u64>) {
    let [b0, b1, b2] = [next, next + 1, next + 2].map(|at| sentence.at(Some(at)));
    keys.extend([
        key(3, [b0.w, b0.p]),
        key(5, [b0.p]),
        key(8, [b1.p]),
        key(9, [b2.w]),
        key(10, [b2.p]),
        key(18, [b0.p, b1.p]),
        key(19, [b0.w, b1.p]),
        key(20, [b0.p, b1.w]),
        key(24, [b0.p, b1.p, b2.p]),
        // What comes next as two words: `on Monday` hangs on the verb, whatever stands between.
        key(40, [b0.w, b1.w]),
    ]);
}

/// Writes the keys of all else that is looked at for the next move.
pub(crate) fn arc_features(sentence: &Sentence, state: &State, keys: &mut Vec<u64>) {
    let next = state.next();
    let (b0, b1, b2) =
        (sentence.at(Some(next)), sentence.at(Some(next + 1)), sentence.at(Some(next + 2)));
    let places = [state.stack(0), state.stack(1), state.stack(2)];
    let [s0, s1, s2] = places.map(|at| sentence.at(at));
    let [n0, n1, _] = places.map(|at| at.map_or(&Node::NONE, |at| state.node(at)));
    let nb = state.node(next);
    let d = places[0].map_or(0, |at| distance(at, next));
    words(s0, s1, s2, [b0, b1, b2], keys);
    under_top(sentence, state, [s0, s1, b0], [n0, n1, nb], keys);
    around(sentence, places[0], next, [s0, b0], keys);
    keys.extend([
        key(61, [d, s0.p]),
        key(62, [d, b0.w]),
        key(64, [d, s0.p, b0.p]),
        key(65, [d, s0.w, b0.w]),
    ]);
    if let [Some(top), Some(below), _] = places {
        let d = distance(below, top);
        keys.extend([key(66, [d, s1.p, s0.p]), key(67, [d, s1.w, s0.p])]);
    }
}

/// Words and tags at the top of the stack and next.
fn words(s0: Word, s1: Word, s2: Word, [b0, b1, b2]: [Word; 3], keys: &mut Vec<u64>) {
    keys.extend([
        key(0, [s0.w, s0.p]),
        key(1, [s0.w]),
        key(2, [s0.p]),
        key(12, [s1.p]),
        key(14, [s0.w, s0.p, b0.p]),
        key(16, [s0.w, b0.w]),
        key(21, [s0.p, b0.p, b1.p]),
        key(22, [s0.w, b0.p, b1.p]),
        key(25, [s0.p, b0.p, b1.p, b2.p]),
        key(26, [s1.p, s0.p]),
        key(27, [s1.w, s0.p]),
        key(28, [s1.p, s0.w]),
        key(29, [s1.w, s0.w]),
        key(32, [s1.p, s0.w, b0.p]),
        key(33, [s1.p, s0.p, b0.w]),
        key(34, [s2.p, s1.p, s0.p]),
        key(35, [s1.p, b0.p]),
        key(37, [s1.p, b0.w]),
        key(38, [s1.p, s0.p, b0.p, b1.p]),
        key(39, [s2.p, s1.p, s0.p, b0.p]),
        key(41, [s0.p, b0.w, b1.w]),
    ]);
}

/// What hangs on the top of the stack, on the one below and on the next word.
fn under_top(
    sentence: &Sentence,
    state: &State,
    [s0, s1, b0]: [Word; 3],
    [n0, n1, nb]: [&Node; 3],
    keys: &mut Vec<u64>,
) {
    let p = |side: Side| sentence.p(side.outermost);
    let (s0l, s0r, s1r, bl) = (p(n0.left), p(n0.right), p(n1.right), p(nb.left));
    keys.extend([
        key(72, [s0.p, b0.p, bl]),
        key(73, [s1.p, s1r, s0.p]),
        key(74, [s1.p, s0.p, s0l]),
        key(78, [s0.w, count(&n0.right)]),
        key(80, [b0.w, count(&nb.left)]),
        key(81, [b0.p, count(&nb.left), s0.p]),
        key(83, [s1.p, count(&n1.right), s0.p]),
        key(84, [s0.p, n0.left.relations]),
        key(87, [b0.p, nb.left.relations]),
        key(88, [b0.w, nb.left.relations]),
        key(89, [s1.p, n1.right.relations, s0.p]),
        key(90, [s1.w, n1.right.relations, s0.p]),
        key(92, [s0.p, n0.left.relations, s1.p]),
        key(93, [s0.p, sentence.p(n0.right.second), s0r]),
        key(94, [s0.p, sentence.at(n0.left.outermost).w]),
        key(95, [s0.p, sentence.at(n0.right.outermost).w]),
        key(96, [b0.p, sentence.at(nb.left.outermost).w]),
        key(97, [relation(state, n0.left.outermost), s0.p, s1.w]),
        key(99, [sentence.at(n0.left.outermost).w, s1.w]),
        key(100, [n1.left.relations, s1.p, s0.p]),
    ]);
}

/// Tags beside the top of the stack and before the next word.
fn around(
    sentence: &Sentence,
    top: Option<usize>,
    next: usize,
    [s0, b0]: [Word; 2],
    keys: &mut Vec<u64>,
) {
    let behind = sentence.p(top.map(|top| top + 1));
    let before_top = sentence.p(top.and_then(|top| top.checked_sub(1)));
    let before = sentence.at(next.checked_sub(1));
    keys.extend([
        key(110, [s0.p, behind, before.p, b0.p]),
        key(111, [s0.p, behind, b0.p]),
        key(112, [s0.p, before.p, b0.p]),
        key(113, [before_top, s0.p, b0.p]),
        key(114, [s0.p, before.w, b0.p]),
    ]);
}

/// Writes the keys of all that is looked at for the relation of an arc that is about to be made.
pub(crate) fn relation_features(sentence: &Sentence, state: &State, arc: Arc, keys: &mut Vec<u64>) {
    let Arc { head: head_at, dependent: at } = arc;
    let (head, word) = (sentence.at(Some(head_at)), sentence.at(Some(at)));
    let (over, under) = (state.node(head_at), state.node(at));
    let side = u64::from(at < head_at);
    let d = distance(at, head_at).min(4) * 2 + side;
    let p = |at: Option<usize>| sentence.p(at);
    let w = |at: Option<usize>| sentence.at(at).w;
    let before = at.checked_sub(1);
    let (first, last) = (under.left.outermost, under.right.outermost);
    let sisters = if at < head_at { over.left } else { over.right };
    keys.extend([
        key(130, [head.w, word.w]),
        key(131, [head.w, word.p, side]),
        key(132, [head.p, word.w, side]),
        key(133, [head.p, word.p, d]),
        key(134, [word.w, side]),
        key(135, [word.p, side]),
        key(136, [head.w, side]),
        key(137, [word.p, head.p, p(before), side]),
        key(138, [word.p, head.p, p(Some(at + 1)), side]),
        key(139, [w(before), word.p, side]),
        key(140, [w(Some(at + 1)), word.p, side]),
        key(141, [w(first), word.p, side]),
        key(142, [w(first), word.w]),
        key(143, [w(first), head.w]),
        key(144, [w(first), head.p, word.p]),
        key(145, [w(last), word.p, side]),
        key(146, [p(first), head.p, word.p, side]),
        key(147, [p(last), head.p, word.p, side]),
        key(148, [under.left.relations, word.p, head.p, side]),
        key(149, [under.left.relations, word.p, side]),
        key(150, [under.right.relations, word.p, side]),
        key(151, [sisters.relations, head.p, word.p, side]),
        key(152, [sisters.relations, head.w, word.p]),
        key(153, [over.left.relations, head.p, word.p, side]),
        key(154, [over.left.relations, word.p, side]),
        key(155, [relation(state, sisters.outermost), head.p, word.p, side]),
        key(156, [relation(state, first), word.p, side]),
        key(157, [p(head_at.checked_sub(1)), head.p, word.p, side]),
        key(158, [p(Some(head_at + 1)), head.p, word.p, side]),
        key(159, [w(sisters.outermost), head.p, word.p, side]),
        key(160, [w(over.left.outermost), head.w, word.p]),
        key(161, [w(under.left.second), word.p, head.p]),
        key(162, [u64::from(state.next() == state.root()), word.p, head.p, side]),
    ]);
}
