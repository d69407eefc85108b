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
pub(crate) fn text(text: &str) -> u64 {
    bytes(text.bytes())
}

/// Returns the hash of bytes.
pub(crate) fn bytes(bytes: impl Iterator<Item = u8>) -> u64 {
    let mut hash = 0xCBF2_9CE4_8422_2325_u64;
    for byte in bytes {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
    }
    hash = (hash ^ (hash >> 32)).wrapping_mul(MULTIPLIER);
    hash ^ (hash >> 29)
}
