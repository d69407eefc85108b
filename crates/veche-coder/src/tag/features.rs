//! What the tagger looks at.

use super::CERTAIN;
use crate::model::hash;

/// What stands for a word before the first and behind the last one.
const NO_WORD: u64 = 1;

/// What stands for a tag before the first one, and for the tag of a form that the dictionary lacks.
const NO_TAG: u64 = 200;

/// A sentence's words, hashed.
#[derive(Debug, Default)]
pub(crate) struct Words {
    words: Vec<Word>,
}

#[derive(Clone, Copy, Debug)]
struct Word {
    /// In small letters, each digit a 0.
    lower: u64,
    shape: u64,
    /// Its first one to three letters.
    starts: [u64; 3],
    /// Its last one to five letters, small.
    ends: [u64; 5],
    /// The dictionary's value.
    known: Option<u16>,
}

const NOTHING: Word = Word { lower: NO_WORD, shape: 0, starts: [0; 3], ends: [0; 5], known: None };

impl Words {
    /// Hashes words. `look_up`: what the dictionary has of a form's hash.
    pub(crate) fn new<T: AsRef<str>>(words: &[T], look_up: impl Fn(u64) -> Option<u16>) -> Self {
        let mut hashed = Self::default();
        hashed.fill(words, look_up);
        hashed
    }

    /// Hashes other words in the same room.
    pub(crate) fn fill<T: AsRef<str>>(
        &mut self,
        words: &[T],
        look_up: impl Fn(u64) -> Option<u16>,
    ) {
        let word = |word: &T| Word::new(word.as_ref(), look_up(hash::text(word.as_ref())));
        self.words.clear();
        self.words.extend(words.iter().map(word));
    }

    /// Returns the hashes of the words in small letters.
    pub(crate) fn lowered(&self) -> impl Iterator<Item = u64> {
        self.words.iter().map(|word| word.lower)
    }

    /// Returns the class of a word that the dictionary is certain of.
    pub(crate) fn certain(&self, at: usize) -> Option<u8> {
        let known = self.words.get(at)?.known?;
        (known & CERTAIN != 0).then_some(known.to_le_bytes()[0])
    }

    fn get(&self, at: Option<usize>) -> Word {
        at.and_then(|at| self.words.get(at)).copied().unwrap_or(NOTHING)
    }
}

impl Word {
    fn new(form: &str, known: Option<u16>) -> Self {
        let mut small = [0_u8; 64];
        let small = lower(form, &mut small);
        let (mut starts, mut ends) = ([0; 3], [0; 5]);
        for (start, (at, c)) in starts.iter_mut().zip(form.char_indices()) {
            *start = hash::bytes(form.bytes().take(at + c.len_utf8()));
        }
        for (end, (at, _)) in ends.iter_mut().zip(small.char_indices().rev()) {
            *end = hash::text(small.get(at..).unwrap_or_default());
        }
        Self { lower: hash::text(small), shape: shape(form), starts, ends, known }
    }

    fn known(self) -> u64 {
        self.known.map_or(NO_TAG, u64::from)
    }
}

/// Returns the hash of a word in small letters, with each digit as 0.
pub(crate) fn lower_hash(form: &str) -> u64 {
    hash::text(lower(form, &mut [0; 64]))
}

/// Writes a word in small letters, with each digit as 0; at most as many letters as fit.
fn lower<'b>(form: &str, buffer: &'b mut [u8; 64]) -> &'b str {
    let mut len = 0;
    for c in form.chars().flat_map(char::to_lowercase) {
        let c = if c.is_ascii_digit() { '0' } else { c };
        let Some(room) = buffer.get_mut(len..).filter(|room| room.len() >= c.len_utf8()) else {
            break;
        };
        len += c.encode_utf8(room).len();
    }
    buffer.get(..len).and_then(|used| str::from_utf8(used).ok()).unwrap_or_default()
}

/// Returns the hash of a word's shape: kinds of letters, each run of one kind at most two long.
fn shape(form: &str) -> u64 {
    let (mut last, mut run) = (0, 0);
    let kinds = form.chars().map(|c| match c {
        '0'..='9' => b'0',
        c if c.is_lowercase() => b'a',
        c if c.is_uppercase() => b'A',
        c if c.is_alphabetic() => b'x',
        c if c.is_ascii() => c.to_string().bytes().next().unwrap_or(b'?'),
        _ => b'?',
    });
    hash::bytes(kinds.filter(|kind| {
        run = if *kind == last { run + 1 } else { 0 };
        last = *kind;
        run < 2
    }))
}

/// Writes the keys of all that is looked at for the word at `at`, with the classes given to those before it.
pub(crate) fn features(words: &Words, at: usize, given: &[u8], keys: &mut Vec<u64>) {
    let tag = |back: usize| {
        let at = at.checked_sub(back);
        at.and_then(|at| given.get(at)).map_or(NO_TAG, |class| u64::from(*class))
    };
    let word = words.get(Some(at));
    let (before, before2) = (words.get(at.checked_sub(1)), words.get(at.checked_sub(2)));
    let (next, next2) = (words.get(Some(at + 1)), words.get(Some(at + 2)));
    let (t1, t2) = (tag(1), tag(2));
    let (w, known) = (word.lower, word.known());
    let first = u64::from(at == 0);
    keys.extend([
        hash::key(0, [w]),
        hash::key(1, [w, word.shape]),
        hash::key(2, [word.shape, first]),
        hash::key(3, [word.shape, word.ends[1]]),
        hash::key(4, [t1]),
        hash::key(5, [t1, t2]),
        hash::key(6, [t1, w]),
        hash::key(7, [known, t1]),
        hash::key(8, [before.lower]),
        hash::key(9, [before.lower, w]),
        hash::key(10, [before2.lower]),
        hash::key(11, [next.lower]),
        hash::key(12, [next.lower, w]),
        hash::key(13, [next2.lower]),
        hash::key(14, [next.known(), known]),
        hash::key(15, [next.known(), t1]),
        hash::key(16, [next.known(), next2.known()]),
        hash::key(17, [next.known(), t1, known]),
        hash::key(18, [next.ends[2]]),
        hash::key(19, [next.shape, word.shape]),
        hash::key(20, [before.ends[2], t1]),
        hash::key(21, [word.ends[2], t1]),
        hash::key(22, [word.ends[2], next.known()]),
        hash::key(23, [known, t1, t2]),
        hash::key(24, [before.lower, next.lower]),
    ]);
    // A form that the dictionary is used to needs no look at its letters.
    if word.known.is_none() {
        let starts = (30..).zip(word.starts).map(|(template, start)| hash::key(template, [start]));
        keys.extend(starts);
        let ends = (40..).zip(word.ends).map(|(template, end)| hash::key(template, [end]));
        keys.extend(ends);
        keys.extend([
            hash::key(50, [word.ends[2], word.shape]),
            hash::key(51, [word.ends[1], t1]),
            hash::key(52, [word.ends[1], next.known()]),
            hash::key(53, [word.shape, t1]),
            hash::key(54, [word.shape, next.shape, t1]),
        ]);
    }
}
