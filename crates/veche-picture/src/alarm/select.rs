//! Which of many tails are more than chance brings.

use super::rule::MILLION;
use super::surprise::{TAIL_ONE, Tail};

/// Returns the largest tail that still counts as found, among all tails of a period; `None` if none does.
///
/// With `m` tails in order, it is the last `p(i) <= i q / m`; in whole numbers, so that it falls the same everywhere. At
/// most a share `q` of what is found is expected to be chance, if the tails of different units are independent or go
/// together.
///
/// Source: Benjamini and Hochberg (1995); Benjamini and Yekutieli (2001) for positive dependence.
#[must_use]
pub fn false_discovery_cut(tails: &[Tail], false_discovery_millionths: u32) -> Option<Tail> {
    let mut ascending = tails.to_vec();
    ascending.sort_unstable();
    let all = ascending.len() as u128;
    let passes = |(rank, tail): &(u128, Tail)| {
        let found = u128::from(tail.units()) * all * u128::from(MILLION);
        found <= rank * u128::from(false_discovery_millionths) * u128::from(TAIL_ONE)
    };
    (1..).zip(ascending).filter(passes).last().map(|(_, tail)| tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The fifteen p-values of Benjamini and Hochberg (1995), section 3.2: four are found at 5 %.
    #[test]
    fn the_paper_s_own_example_finds_four() {
        let tails = [
            0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262,
            0.5719, 0.6528, 0.7590, 1.0,
        ]
        .map(Tail::of);
        assert_eq!(false_discovery_cut(&tails, 50_000), Some(Tail::of(0.0095)));
        assert_eq!(false_discovery_cut(&tails, 1_000), None);
    }

    #[test]
    fn a_later_tail_that_passes_takes_the_earlier_with_it() {
        // 0.04 > 0.05 / 2, but 0.05 <= 0.05.
        let tails = [0.05, 0.04].map(Tail::of);
        assert_eq!(false_discovery_cut(&tails, 50_000), Some(tails[0]));
        assert_eq!(false_discovery_cut(&[], 50_000), None);
    }
}
