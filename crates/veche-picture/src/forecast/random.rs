//! Numbers that look random and are not: the same seed and counter give the same number everywhere.

/// Returns the number of a counter under a seed, even over all of `u64`.
///
/// Source: `SplitMix64` (Steele, Lea and Flood 2014), its output function at the counter's place.
#[must_use]
pub const fn number(seed: u64, counter: u64) -> u64 {
    let mut z = seed.wrapping_add(counter.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Returns a number below `limit`, which is at least 1 and far below 2^53.
#[must_use]
pub fn below(limit: usize, seed: u64, counter: u64) -> usize {
    let limit = limit.max(1) as u64;
    usize::try_from((u128::from(number(seed, counter)) * u128::from(limit)) >> 64)
        .unwrap_or_default()
}

/// Returns a number from 0 to below 1.
#[must_use]
pub fn share(seed: u64, counter: u64) -> f64 {
    (number(seed, counter) >> 11) as f64 / (1u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first outputs of Vigna's `splitmix64.c` from state 1234567.
    #[test]
    fn the_numbers_are_those_of_the_reference() {
        let wanted =
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        assert_eq!([0, 1, 2].map(|counter| number(1_234_567, counter)), wanted);
    }

    #[test]
    fn every_number_below_a_limit_comes_up_alike() {
        let mut seen = [0; 7];
        (0..70_000).for_each(|counter| seen[below(7, 3, counter)] += 1);
        assert!(seen.iter().all(|times| (9_500..10_500).contains(times)), "{seen:?}");
        let mean = (0..10_000).map(|counter| share(3, counter)).sum::<f64>() / 1e4;
        assert!((mean - 0.5).abs() < 0.01, "{mean}");
    }
}
