//! Sorts words into clusters by their vectors: spherical k-means (Dhillon and Modha 2001), in integers.

use super::pack::{self, Entry};
use crate::model::{Kind, hash, write};
use thiserror::Error;

/// The first bytes of a file of vectors.
const MAGIC: &[u8; 16] = b"veche vectors 1\n";

/// The length of a vector of one, as numbers of 16 bits tell it.
const ONE: i64 = 1 << 12;

/// Most words and most numbers of a vector: what the chore was written for, ten times over.
const WORDS_MAX: usize = 1 << 20;
const WIDTH_MAX: usize = 1 << 12;

/// Words with their vectors, the most frequent first.
#[derive(Clone, Debug)]
pub struct Vectors {
    words: Vec<String>,
    /// One behind the other, each of length [`ONE`] more or less.
    numbers: Vec<i16>,
    width: usize,
}

/// What is wrong with a file of vectors.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("it is no file of vectors: {0}; make it anew by models/vectors.py")]
pub struct VectorsError(&'static str);

/// How clusters are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterRecipe {
    /// Words that are sorted; rarer ones have no cluster.
    pub words: usize,
    /// Clusters.
    pub fine: usize,
    /// Coarse clusters.
    pub coarse: usize,
    /// Rounds in which each word goes to the nearest middle.
    pub rounds: usize,
    /// Buckets of the table, 32 bytes each.
    pub buckets: usize,
}

impl ClusterRecipe {
    /// Returns the recipe of the committed clusters.
    pub const fn shipped() -> Self {
        Self { words: 60_000, fine: 4_000, coarse: 400, rounds: 12, buckets: 9_500 }
    }
}

impl Vectors {
    /// Reads a file of vectors: 16 bytes of name, the number of words and of numbers a word (4 bytes each), the words, each ended by a line feed, then
    /// for each word its numbers of 16 bits. Little-endian.
    ///
    /// # Errors
    /// If it is none.
    pub fn read(bytes: &[u8]) -> Result<Self, VectorsError> {
        let rest = bytes.strip_prefix(MAGIC).ok_or(VectorsError("it does not begin as one"))?;
        let (head, mut rest) =
            rest.split_first_chunk::<8>().ok_or(VectorsError("it ends in its head"))?;
        let number = |at: usize| {
            let bytes = head.get(at..).and_then(|bytes| bytes.first_chunk::<4>());
            bytes.and_then(|bytes| usize::try_from(u32::from_le_bytes(*bytes)).ok()).unwrap_or(0)
        };
        let (count, width) = (number(0), number(4));
        if count == 0 || width == 0 || count > WORDS_MAX || width > WIDTH_MAX {
            return Err(VectorsError("its head tells of no words, or of more than there can be"));
        }
        let mut words = Vec::new();
        for _ in 0..count {
            let end = rest.iter().position(|byte| *byte == b'\n');
            let (word, behind) = rest.split_at(end.ok_or(VectorsError("it ends in its words"))?);
            let word = str::from_utf8(word).map_err(|_| VectorsError("a word is not UTF-8"))?;
            words.push(word.to_owned());
            rest = behind.get(1..).unwrap_or_default();
        }
        let (numbers, odd) = rest.as_chunks::<2>();
        if numbers.len() != count * width || !odd.is_empty() {
            return Err(VectorsError("it has more or fewer numbers than its head tells"));
        }
        let numbers = numbers.iter().map(|bytes| i16::from_le_bytes(*bytes)).collect();
        Ok(Self { words, numbers, width })
    }
}

/// Sorts words into clusters: a model file.
pub fn train_clusters(vectors: &Vectors, recipe: &ClusterRecipe) -> Vec<u8> {
    let width = vectors.width;
    let words = vectors.words.get(..recipe.words).unwrap_or(&vectors.words);
    let numbers = vectors.numbers.get(..words.len() * width).unwrap_or(&vectors.numbers);
    let (fine, middles) = k_means(numbers, width, recipe.fine, recipe.rounds);
    let (coarse, _) = k_means(&middles, width, recipe.coarse, recipe.rounds);
    let entries = (0_u64..).zip(words.iter().zip(&fine)).map(|(rank, (word, cluster))| Entry {
        key: hash::text(word),
        matters: u64::MAX - rank,
        value: *cluster,
    });
    let table = pack::table(entries.collect(), recipe.buckets);
    let coarse: Vec<u8> = coarse.into_iter().flat_map(u16::to_le_bytes).collect();
    write(Kind::Clusters, &[], &[&table, &coarse])
}

/// Returns the cluster of each vector, and the middles of the clusters.
fn k_means(numbers: &[i16], width: usize, count: usize, rounds: usize) -> (Vec<u16>, Vec<i16>) {
    let rows: Vec<&[i16]> = numbers.chunks_exact(width).collect();
    let count = count.min(rows.len());
    // The first middles are spread evenly over the words, frequent and rare.
    let mut middles: Vec<i16> = (0..count)
        .flat_map(|at| rows.get(at * rows.len() / count).copied().unwrap_or_default())
        .copied()
        .collect();
    let mut own = nearest(&rows, &middles, width);
    for _ in 1..rounds {
        move_middles(&rows, &own, width, &mut middles);
        own = nearest(&rows, &middles, width);
    }
    (own, middles)
}

/// Returns the nearest middle of each row, the first of equal ones.
fn nearest(rows: &[&[i16]], middles: &[i16], width: usize) -> Vec<u16> {
    let of = |row: &&[i16]| {
        let products = middles.chunks_exact(width).map(|middle| product(row, middle));
        let best = (0_u16..).zip(products).max_by_key(|(at, product)| (*product, u16::MAX - at));
        best.map_or(0, |(at, _)| at)
    };
    let half = rows.len() / 2;
    let (left, right) = rows.split_at(half);
    std::thread::scope(|scope| {
        let right = scope.spawn(|| right.iter().map(of).collect::<Vec<u16>>());
        let mut all: Vec<u16> = left.iter().map(of).collect();
        all.extend(right.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        all
    })
}

/// Vectors have a length of one, so that no sum of products is more than 2^24, were it not for what was rounded.
fn product(one: &[i16], other: &[i16]) -> i32 {
    one.iter().zip(other).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum()
}

/// Puts each middle where its rows point to on average. One without rows stays.
fn move_middles(rows: &[&[i16]], own: &[u16], width: usize, middles: &mut [i16]) {
    let mut sums = vec![0_i64; middles.len()];
    for (row, cluster) in rows.iter().zip(own) {
        let from = usize::from(*cluster) * width;
        for (sum, number) in sums.iter_mut().skip(from).zip(*row) {
            *sum += i64::from(*number);
        }
    }
    for (middle, sums) in middles.chunks_exact_mut(width).zip(sums.chunks_exact(width)) {
        let square: i128 = sums.iter().map(|sum| i128::from(*sum) * i128::from(*sum)).sum();
        let Ok(len) = i64::try_from(square.isqrt()) else { continue };
        if len == 0 {
            continue;
        }
        for (number, sum) in middle.iter_mut().zip(sums) {
            *number = i16::try_from(sum * ONE / len).unwrap_or(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ClusterRecipe, Vectors, train_clusters};
    use crate::cluster::Clusters;
    use crate::lexicon::Language;

    fn file(words: &[(&str, [i16; 2])]) -> Vec<u8> {
        let mut bytes = b"veche vectors 1\n".to_vec();
        bytes.extend(u32::try_from(words.len()).unwrap().to_le_bytes());
        bytes.extend(2_u32.to_le_bytes());
        for (word, _) in words {
            bytes.extend(format!("{word}\n").into_bytes());
        }
        bytes.extend(words.iter().flat_map(|(_, of)| of.iter().flat_map(|n| n.to_le_bytes())));
        bytes
    }

    #[test]
    fn near_words_share_a_cluster_and_far_ones_do_not() {
        let words =
            [("shell", [4096, 0]), ("tea", [0, 4096]), ("bomb", [4090, 90]), ("milk", [60, 4094])];
        let vectors = Vectors::read(&file(&words)).unwrap();
        let recipe = ClusterRecipe { words: 4, fine: 2, coarse: 1, rounds: 4, buckets: 4 };
        let model = train_clusters(&vectors, &recipe);
        let clusters = Clusters::read(&model, &model).unwrap();
        let of = |word: &str| clusters.of(Language::English, word).unwrap();
        assert_eq!(of("shell"), of("bomb"));
        assert_eq!(of("tea"), of("milk"));
        assert_ne!(of("tea").fine, of("bomb").fine);
        assert_eq!(of("tea").coarse, of("bomb").coarse);
        assert_eq!(clusters.of(Language::English, "peace"), None);
    }

    #[test]
    fn a_file_that_is_cut_short_or_another_is_refused() {
        let whole = file(&[("shell", [4096, 0]), ("tea", [0, 4096])]);
        assert!(Vectors::read(&whole).is_ok());
        for len in 0..whole.len() {
            assert!(Vectors::read(&whole[..len]).is_err(), "{len} bytes");
        }
        let mut longer = whole.clone();
        longer.push(0);
        assert!(Vectors::read(&longer).is_err());
        let mut broken = whole;
        broken[24] = 0xFF;
        assert!(Vectors::read(&broken).is_err());
    }
}
