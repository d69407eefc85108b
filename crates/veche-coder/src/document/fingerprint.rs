//! Fingerprints by which copies of a text are known although a few words differ: wire copies are one source.

use crate::token::{Shape, Tokens};

/// How many minima a fingerprint has: two texts that share a part J of their shingles agree in about that part of them, give or
/// take 1/8.
pub const MINHASHES: usize = 16;

/// Most bits of 64 in which the SimHashes of two near copies differ.
const BITS_MAX: u32 = 12;

/// Fewest equal minima of near copies.
const EQUAL_MIN: usize = 8;

/// What a text leaves of itself: made of all runs of three words, folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    /// The 64-bit SimHash.
    pub simhash: u64,
    /// The least hash of each of the families.
    pub minhash: [u64; MINHASHES],
    /// How many runs of three words there are.
    pub shingles: u32,
}

/// Returns the fingerprint of a document. It is part of the format (`formats/fingerprint.md`): the same text gives the same bits for ever.
pub fn fingerprint(tokens: &Tokens) -> Fingerprint {
    let mut weights = [0_i64; 64];
    let mut minhash = [u64::MAX; MINHASHES];
    let mut shingles = 0;
    let mut window = [0_u64; 3];
    let words = (0..tokens.len())
        .filter(|token| tokens.shape(*token) != Shape::Mark)
        .map(|token| fnv(tokens.folded(token).as_bytes()));
    for (index, word) in words.enumerate() {
        window = [window[1], window[2], word];
        if index >= 2 {
            let hash = mix(window[0] ^ mix(window[1] ^ mix(window[2])));
            weigh(&mut weights, hash);
            lower(&mut minhash, hash);
            shingles += 1;
        }
    }
    let bits = weights.iter().enumerate().filter(|(_, weight)| **weight > 0);
    Fingerprint { simhash: bits.fold(0, |all, (bit, _)| all | 1 << bit), minhash, shingles }
}

impl Fingerprint {
    /// Returns true if both texts are near copies: most runs of three words are the same. A text of less than eight words is near
    /// none.
    pub fn is_near(&self, other: &Self) -> bool {
        let enough = self.shingles.min(other.shingles) >= 6;
        let bits = (self.simhash ^ other.simhash).count_ones();
        enough
            && (bits <= BITS_MAX && self.equal(other) >= EQUAL_MIN / 2
                || self.equal(other) >= EQUAL_MIN)
    }

    /// Returns how many of the minima are equal.
    pub fn equal(&self, other: &Self) -> usize {
        self.minhash.iter().zip(&other.minhash).filter(|(a, b)| a == b).count()
    }
}

fn weigh(weights: &mut [i64; 64], hash: u64) {
    for (bit, weight) in weights.iter_mut().enumerate() {
        *weight += if hash >> bit & 1 == 1 { 1 } else { -1 };
    }
}

fn lower(minhash: &mut [u64; MINHASHES], hash: u64) {
    let mut family = hash;
    for least in minhash {
        family = mix(family);
        *least = family.min(*least);
    }
}

/// FNV-1a, 64 bits.
fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
    })
}

/// The finaliser of SplitMix64.
fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ value >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ value >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ value >> 31
}
