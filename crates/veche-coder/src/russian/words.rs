//! Words and their vectors: each vector is a hundred pieces, and each piece one of 256.

use super::WORD_DIM;
use super::network::Numbers;

/// Pieces of a vector, numbers of a piece, and how many there are to choose from.
const PIECES: usize = 100;
const PIECE_LEN: usize = WORD_DIM / PIECES;
const CHOICES: usize = 256;

/// What stands for a word that is not in the list.
const UNKNOWN: &str = "<unk>";

/// Longest word of the list, in letters, with room to spare: a longer one is not looked for.
const WORD_LEN_MAX: usize = 64;

/// The words that the network knows.
#[derive(Debug)]
pub(super) struct Words<'m> {
    /// All words, each with a line break behind it, in the order of their bytes.
    list: &'m str,
    /// Where each word ends.
    ends: Vec<u32>,
    places: &'m [[u8; PIECES]],
    pieces: Vec<f32>,
    unknown: usize,
}

impl<'m> Words<'m> {
    /// Reads words, and the pieces of their vectors; `None` if they are not in order or do not fit together.
    pub(super) fn read(list: &'m [u8], places: &'m [u8], pieces: &[u8]) -> Option<Self> {
        let list = str::from_utf8(list).ok()?;
        let breaks = list.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let ends: Option<Vec<u32>> = breaks.map(|(at, _)| u32::try_from(at).ok()).collect();
        let (places, rest) = places.as_chunks();
        let mut numbers = Numbers::new(pieces);
        let pieces = numbers.vector(PIECES * CHOICES * PIECE_LEN)?;
        let mut words = Self { list, ends: ends?, places, pieces, unknown: 0 };
        let fits = rest.is_empty() && numbers.is_empty() && words.places.len() == words.ends.len();
        let in_order = (1..words.ends.len()).all(|at| words.word(at - 1) < words.word(at));
        words.unknown = words.find(UNKNOWN)?;
        (fits && in_order).then_some(words)
    }

    fn word(&self, at: usize) -> &'m str {
        let end = |at: usize| self.ends.get(at).map_or(0, |end| *end as usize);
        let start = at.checked_sub(1).map_or(0, |before| end(before) + 1);
        self.list.get(start..end(at)).unwrap_or_default()
    }

    fn find(&self, word: &str) -> Option<usize> {
        let (mut from, mut to) = (0, self.ends.len());
        while from < to {
            let middle = from.midpoint(to);
            match self.word(middle).cmp(word) {
                std::cmp::Ordering::Less => from = middle + 1,
                std::cmp::Ordering::Equal => return Some(middle),
                std::cmp::Ordering::Greater => to = middle,
            }
        }
        None
    }

    /// Returns the number of a word, or of the unknown one.
    pub(super) fn find_or_unknown(&self, word: &str) -> usize {
        let small: String = word.chars().take(WORD_LEN_MAX).flat_map(char::to_lowercase).collect();
        self.find(&small).unwrap_or(self.unknown)
    }

    /// Returns the vector of a word by its number.
    pub(super) fn vector(&self, word: usize) -> [f32; WORD_DIM] {
        let mut vector = [0.0; WORD_DIM];
        let places = self.places.get(word).unwrap_or(&[0; PIECES]);
        let (slots, _) = vector.as_chunks_mut::<PIECE_LEN>();
        for ((piece, choice), slot) in places.iter().enumerate().zip(slots) {
            let start = (piece * CHOICES + usize::from(*choice)) * PIECE_LEN;
            let numbers = self.pieces.get(start..).and_then(|rest| rest.first_chunk());
            *slot = numbers.copied().unwrap_or_default();
        }
        vector
    }
}
