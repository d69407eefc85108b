//! Who hangs on whom in a sentence, and by what relation.
//!
//! The parser goes once through the words (arc-hybrid system: Kuhlmann, Gómez-Rodríguez and Satta 2011; trained with the dynamic
//! oracle of Goldberg and Nivre 2013): at each step it takes the move with the largest sum of integer weights, and when that ties
//! two words, the relation with the largest one. The tree is projective, has one root, and each word one head.

mod features;
mod relation;
mod state;

pub(crate) use features::{Sentence, ahead_features, arc_features, relation_features};
pub use relation::Relation;
pub(crate) use state::{MOVES, Move, State};

use crate::model::table::{self, Rows, Sums, Table};
use crate::model::{CLASSES_MAX, Kind, ModelError, Parts};
use crate::tag::{Tag, lower_hash};

/// What a word hangs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Head {
    /// The word's place in the sentence, from 0; `None` for the root.
    pub word: Option<usize>,
    /// The relation to it.
    pub relation: Relation,
}

/// Room to parse in, with the heads of the last sentence.
#[derive(Debug, Default)]
pub(crate) struct Work {
    sentence: Sentence,
    state: State,
    keys: Vec<u64>,
    ahead: Ahead,
    heads: Vec<Head>,
}

/// What the words to come alone speak for: summed up once, though several moves may be made before the next word is taken.
#[derive(Debug, Default)]
struct Ahead {
    next: Option<usize>,
    sums: [i32; 2],
}

impl Work {
    /// Returns the heads of the last sentence's words.
    pub(crate) fn heads(&self) -> &[Head] {
        &self.heads
    }
}

/// A parser: a model of [`Kind::Arcs`] and one of [`Kind::Relations`].
#[derive(Debug)]
pub struct Parser<'m> {
    arcs: Table<'m>,
    relations: Vec<Relation>,
    rows: Rows<'m>,
}

impl<'m> Parser<'m> {
    /// Reads its two models.
    ///
    /// # Errors
    /// If the bytes are no such models of this version, or not as they were written.
    pub fn read(arcs: &'m [u8], relations: &'m [u8]) -> Result<Self, ModelError> {
        let Parts { parts: [arcs], .. } = Parts::read(Kind::Arcs, arcs)?;
        let arcs = Table::read(arcs).ok_or(Kind::Arcs.malformed("table"))?;
        let Parts { classes, parts: [rows] } = Parts::read(Kind::Relations, relations)?;
        let relations: Option<Vec<Relation>> =
            classes.iter().map(|[code, _]| Relation::of_code(*code)).collect();
        let relations = relations.filter(|relations| !relations.is_empty());
        let relations = relations.ok_or(Kind::Relations.malformed("list of classes"))?;
        let rows = Rows::read(rows, relations.len());
        let rows = rows.ok_or(Kind::Relations.malformed("table of weights"))?;
        Ok(Self { arcs, relations, rows })
    }

    /// Returns the head of each word. A word without a tag, should there be more words than tags, is left out with all behind it.
    pub fn parse<T: AsRef<str>>(&self, words: &[T], tags: &[Tag]) -> Vec<Head> {
        let mut work = Work::default();
        self.parse_in(words.iter().map(|word| lower_hash(word.as_ref())), tags, &mut work);
        work.heads
    }

    /// Parses a sentence in a room that is used again and again. `lowered`: the hashes of its words in small letters.
    pub(crate) fn parse_in(
        &self,
        lowered: impl Iterator<Item = u64>,
        tags: &[Tag],
        work: &mut Work,
    ) {
        let Work { sentence, state, keys, ahead, heads } = work;
        sentence.fill(lowered, tags);
        state.begin(sentence.len());
        ahead.next = None;
        while let Some(step) = state.forced().or_else(|| self.choose(sentence, state, keys, ahead))
        {
            let relation = state.arc(step).map_or(0, |arc| {
                keys.clear();
                relation_features(sentence, state, arc, keys);
                self.relate(keys)
            });
            state.take(step, relation);
        }
        let relation = |class: u8| self.relations.get(usize::from(class)).copied();
        heads.clear();
        heads.extend(state.heads().map(|(word, class)| Head {
            word,
            relation: match (word, relation(class)) {
                (Some(_), Some(relation)) => relation,
                _ => Relation::Root,
            },
        }));
    }

    fn choose(
        &self,
        sentence: &Sentence,
        state: &State,
        keys: &mut Vec<u64>,
        ahead: &mut Ahead,
    ) -> Option<Move> {
        if state.is_final() {
            return None;
        }
        if ahead.next != Some(state.next()) {
            keys.clear();
            ahead_features(sentence, state.next(), keys);
            *ahead = Ahead { next: Some(state.next()), sums: self.arcs.sums(keys) };
        }
        keys.clear();
        arc_features(sentence, state, keys);
        let [left, right] = self.arcs.sums(keys);
        let (left, right) = (left + ahead.sums[0], right + ahead.sums[1]);
        // Weights are relative to those of a shift, which is then 0.
        let sums = [(Move::Shift, 0), (Move::Left, left), (Move::Right, right)];
        let allowed = sums.into_iter().filter(|(step, _)| state.allows(*step));
        allowed.rev().max_by_key(|(_, sum)| *sum).map(|(step, _)| step)
    }

    fn relate(&self, keys: &[u64]) -> u8 {
        let mut sums: Sums = [0; CLASSES_MAX];
        self.rows.add(keys, &mut sums);
        table::best(&sums, self.relations.len())
    }
}
