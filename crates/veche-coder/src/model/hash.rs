//! The hash by which features find their weights. Part of the models' format: another hash makes each model noise.

/// An odd number without pattern: the fraction of the golden ratio, in 64 bits.
const MULTIPLIER: u64 = 0x9E37_79B9_7F4A_7C15;

/// Returns the key of a feature: its template and the values that it joins.
#[inline(always)]
pub(crate) fn key<const N: usize>(template: u64, parts: [u64; N]) -> u64 {
    let mut hash = template.wrapping_add(1).wrapping_mul(MULTIPLIER);
    for part in parts {
        hash = (hash.rotate_left(23) ^ part).wrapping_mul(MULTIPLIER);
    }
    hash ^ (hash >> 29)
}

/// Returns the hash of a text (FNV-1a over its bytes, then mixed).
pub(crate) const fn text(text: &str) -> u64 {
    // A loop and no iterator, so that the compiler can hash the names of features.
    let (mut rest, mut hash) = (text.as_bytes(), BEGUN);
    while let [byte, behind @ ..] = rest {
        hash = with(hash, *byte);
        rest = behind;
    }
    finished(hash)
}

/// Returns the hash of bytes.
pub(crate) fn bytes(bytes: impl Iterator<Item = u8>) -> u64 {
    finished(bytes.fold(BEGUN, with))
}

/// A hash of no bytes so far.
pub(crate) const BEGUN: u64 = 0xCBF2_9CE4_8422_2325;

/// Returns a hash under way with one byte more.
#[inline(always)]
pub(crate) const fn with(hash: u64, byte: u8) -> u64 {
    // As `u64::from`, which is not const.
    (hash ^ byte as u64).wrapping_mul(0x0100_0000_01B3)
}

/// Returns the hash of all bytes so far.
#[inline(always)]
pub(crate) const fn finished(hash: u64) -> u64 {
    let hash = (hash ^ (hash >> 32)).wrapping_mul(MULTIPLIER);
    hash ^ (hash >> 29)
}
