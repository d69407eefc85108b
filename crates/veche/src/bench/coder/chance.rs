//! How far a share may be off by the choice of cases: the bootstrap.

use std::fmt;

/// Samples that are drawn.
const SAMPLES: usize = 2000;

/// A share of cases, with the interval in which 95 % of resampled shares lie. In per cent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Share {
    pub(super) value: f64,
    pub(super) low: f64,
    pub(super) high: f64,
}

impl fmt::Display for Share {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:.1} ({:.1} to {:.1})", self.value, self.low, self.high)
    }
}

/// A case: what it adds to the part and to the whole.
pub(super) type Case = (u32, u32);

/// Returns the share of the parts in the wholes of cases; none if the wholes are nothing.
pub(super) fn share(cases: &[Case]) -> Option<Share> {
    let value = ratio(cases.iter().copied())?;
    let mut random = 6_u64;
    let mut drawn: Vec<f64> = (0..SAMPLES)
        .filter_map(|_| {
            ratio(
                (0..cases.len())
                    .filter_map(|_| cases.get(below(&mut random, cases.len())).copied()),
            )
        })
        .collect();
    drawn.sort_by(f64::total_cmp);
    let at = |per_mille: usize| drawn.get(drawn.len() * per_mille / 1000).copied().unwrap_or(value);
    Some(Share { value, low: at(25), high: at(975) })
}

fn ratio(cases: impl Iterator<Item = Case>) -> Option<f64> {
    let (part, whole) = cases.fold((0, 0), |(part, whole), (more, of)| (part + more, whole + of));
    (whole > 0).then(|| 100.0 * f64::from(part) / f64::from(whole))
}

/// Returns a number below `count` that looks random (SplitMix64): the same intervals each time.
fn below(state: &mut u64, count: usize) -> usize {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    usize::try_from(((mixed >> 32) * count as u64) >> 32).unwrap_or(0)
}

/// Shows a share, or a dash.
pub(super) fn shown(share: Option<Share>) -> String {
    share.map_or_else(|| "-".to_owned(), |share| share.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_holds_the_share_and_narrows_with_the_cases() {
        let of = |count: u32| {
            let cases: Vec<Case> = (0..count).map(|at| (u32::from(at % 4 == 0), 1)).collect();
            share(&cases).unwrap()
        };
        let (few, many) = (of(40), of(4000));
        assert!((few.value - 25.0).abs() < 1e-9 && few.low < 25.0 && few.high > 25.0);
        assert!(many.high - many.low < 3.0 && few.high - few.low > 15.0);
        assert!(share(&[]).is_none() && share(&[(0, 0)]).is_none());
    }
}
