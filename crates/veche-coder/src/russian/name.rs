//! Names in Russian: of persons, places and organisations. Each word is scored for each tag, and the likeliest row of tags is taken.

use super::network::{Linear, Matrix, Numbers};
use super::tree::largest;
use super::{OUTPUT_DIM, Trunk};
use crate::tag::names::names;
use std::ops::Range;

names! {
    /// What a name is the name of.
    NameKind { Person "PER", Place "LOC", Organisation "ORG", }
}

/// A name in a sentence.
///
/// That somebody is named is told of the words, and nothing is kept of it: there is no list of persons, and nothing joins the names of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name {
    /// Its first word, by its place in the sentence.
    pub first: usize,
    /// The first word behind it.
    pub end: usize,
    /// What it is the name of.
    pub kind: NameKind,
}

impl Name {
    /// Returns its words, by their places in the sentence.
    pub const fn words(self) -> Range<usize> {
        self.first..self.end
    }

    /// Returns true if one of these words is part of it.
    pub(crate) const fn touches(self, words: &Range<usize>) -> bool {
        self.first < words.end && words.start < self.end
    }
}

/// A tag of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tag {
    /// The word is of no name.
    Outside,
    /// A name begins.
    Begins(NameKind),
    /// A name goes on.
    Inside,
}

impl Tag {
    fn parse(text: &str) -> Option<Self> {
        match text.split_once('-') {
            Some(("B", kind)) => NameKind::parse(kind).map(Self::Begins),
            Some(("I", kind)) => NameKind::parse(kind).map(|_| Self::Inside),
            // The first tag stands for no word, and is never wanted.
            None if matches!(text, "O" | "<pad>") => Some(Self::Outside),
            Some(_) | None => None,
        }
    }
}

/// The network of names.
#[derive(Debug)]
pub(super) struct Names {
    pub(super) trunk: Trunk,
    scores: Linear,
    tags: Vec<Tag>,
    /// What it is worth that a tag stands before another: a row for the one before.
    transitions: Matrix,
}

impl Names {
    pub(super) fn read(bytes: &[u8], tags: &[u8]) -> Option<Self> {
        let mut numbers = Numbers::new(bytes);
        let tags: Option<Vec<Tag>> = str::from_utf8(tags).ok()?.lines().map(Tag::parse).collect();
        let tags = tags.filter(|tags| !tags.is_empty())?;
        let read = Self {
            trunk: Trunk::read(&mut numbers)?,
            scores: Linear::read(&mut numbers, OUTPUT_DIM, tags.len())?,
            transitions: numbers.matrix(tags.len(), tags.len())?,
            tags,
        };
        numbers.is_empty().then_some(read)
    }

    /// Returns the names in a sentence; `parts` has a row for each word, of [`Trunk::parts`].
    pub(super) fn find(&self, parts: &Matrix) -> Vec<Name> {
        let scores = self.scores.run(&self.trunk.run(parts));
        let row = likeliest(&scores, &self.transitions);
        spans(row.into_iter().map(|at| self.tags.get(at).copied().unwrap_or(Tag::Outside)))
    }
}

/// Returns the row of tags, by their numbers, with the largest sum of scores and transitions: one tag a word. A sum grows by what it is
/// worth to follow, then by the word's own score; of equal sums the one with the lower number goes first.
fn likeliest(scores: &Matrix, transitions: &Matrix) -> Vec<usize> {
    let mut rows = scores.rows();
    let Some(first) = rows.next() else { return Vec::new() };
    let mut sums = first.to_vec();
    let mut before: Vec<Vec<usize>> = Vec::with_capacity(scores.len());
    for row in rows {
        let mut from = Vec::with_capacity(row.len());
        let mut grown = Vec::with_capacity(row.len());
        for (tag, score) in row.iter().enumerate() {
            let follows =
                |(sum, worth): (&f32, &[f32])| sum + worth.get(tag).copied().unwrap_or(0.0) + score;
            let ways: Vec<f32> = sums.iter().zip(transitions.rows()).map(follows).collect();
            let best = largest(&ways);
            from.push(best);
            grown.push(ways.get(best).copied().unwrap_or(0.0));
        }
        sums = grown;
        before.push(from);
    }
    let mut tag = largest(&sums);
    let mut row = vec![tag];
    for from in before.iter().rev() {
        tag = from.get(tag).copied().unwrap_or(0);
        row.push(tag);
    }
    row.reverse();
    row
}

/// Returns the names of a row of tags. What goes on without having begun is no name; what goes on is of the kind that began.
fn spans(tags: impl Iterator<Item = Tag>) -> Vec<Name> {
    let mut names: Vec<Name> = Vec::new();
    let mut is_open = false;
    for (at, tag) in tags.enumerate() {
        match tag {
            Tag::Outside => is_open = false,
            Tag::Begins(kind) => {
                names.push(Name { first: at, end: at + 1, kind });
                is_open = true;
            }
            Tag::Inside => {
                if let Some(name) = names.last_mut().filter(|_| is_open) {
                    name.end = at + 1;
                }
            }
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(width: usize, rows: &[&[f32]]) -> Matrix {
        let mut matrix = Matrix::empty(width);
        rows.iter().for_each(|row| matrix.push(row.iter().copied()));
        matrix
    }

    #[track_caller]
    fn check_spans(tags: &str, expected: &[(usize, usize, NameKind)]) {
        let found = spans(tags.split(' ').map(|tag| Tag::parse(tag).unwrap()));
        let found: Vec<_> = found.iter().map(|name| (name.first, name.end, name.kind)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn tags_make_names() {
        use NameKind::{Organisation, Person, Place};
        check_spans("B-PER I-PER O B-LOC", &[(0, 2, Person), (3, 4, Place)]);
        check_spans("B-LOC B-LOC", &[(0, 1, Place), (1, 2, Place)]);
        check_spans("I-PER O", &[]);
        check_spans("B-ORG O I-ORG", &[(0, 1, Organisation)]);
        check_spans("B-ORG I-LOC", &[(0, 2, Organisation)]);
        check_spans("<pad> O", &[]);
    }

    #[test]
    fn a_tag_that_is_not_known_is_refused() {
        for tag in ["B", "B-", "B-GPE", "E-PER", "b-PER", ""] {
            assert_eq!(Tag::parse(tag), None, "{tag}");
        }
    }

    #[test]
    fn what_a_tag_is_worth_behind_another_decides() {
        let scores = rows(2, &[&[1.0, 0.0], &[0.0, 0.5], &[1.0, 0.0]]);
        let none = rows(2, &[&[0.0, 0.0], &[0.0, 0.0]]);
        assert_eq!(likeliest(&scores, &none), [0, 1, 0]);
        let stays = rows(2, &[&[0.0, -1.0], &[-1.0, 0.0]]);
        assert_eq!(likeliest(&scores, &stays), [0, 0, 0]);
    }

    #[test]
    fn of_equal_rows_the_lower_tags_are_taken() {
        let zeroes = rows(2, &[&[0.0, 0.0], &[0.0, 0.0]]);
        assert_eq!(likeliest(&zeroes, &zeroes), [0, 0]);
        assert_eq!(likeliest(&Matrix::empty(2), &zeroes), [0; 0]);
    }

    /// Every row of tags is tried: the best sum is that of the one that is found.
    #[test]
    fn no_other_row_of_tags_has_a_larger_sum() {
        let number = |at: usize| f32::from(u8::try_from(at * 37 % 23).unwrap()) - 11.0;
        let transitions =
            rows(3, &[&[0, 1, 2].map(number), &[3, 4, 5].map(number), &[6, 7, 8].map(number)]);
        for seed in 0..20 {
            let words: Vec<[f32; 3]> = (0..5)
                .map(|word| [0, 1, 2].map(|tag| number(seed * 17 + word * 3 + tag)))
                .collect();
            let scores = rows(3, &words.iter().map(<[f32; 3]>::as_slice).collect::<Vec<_>>());
            let sum = |tags: &[usize]| {
                let own: f32 = tags.iter().zip(&words).map(|(tag, word)| word[*tag]).sum();
                own + tags.windows(2).map(|two| transitions.row(two[0])[two[1]]).sum::<f32>()
            };
            let all = (0..243)
                .map(|row: usize| (0..5).map(|at| row / 3_usize.pow(at) % 3).collect::<Vec<_>>());
            let most = all.map(|tags| sum(&tags)).fold(f32::MIN, f32::max);
            assert_eq!(sum(&likeliest(&scores, &transitions)).to_bits(), most.to_bits(), "{seed}");
        }
    }
}
