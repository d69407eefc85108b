//! A choice of one among several things and classes, or of nothing: linear sums, and what they are worth as probabilities.
//!
//! The sum of a thing for a class is that of its own features and of those that all things share. All pairs of thing and class,
//! and "nothing", stand against each other (softmax), so that their probabilities add up to one.

use crate::model::CLASSES_MAX;
use crate::model::table::{Rows, Sums};

/// One, as probabilities are counted: millionths.
pub const CERTAIN: u32 = 1_000_000;

/// The class of "nothing" within a model.
pub(crate) const NOTHING: usize = 0;

/// A model of a choice: weights, and how much a unit of them is worth.
#[derive(Debug)]
pub(crate) struct Choice<'m> {
    rows: Rows<'m>,
    /// Classes, that of "nothing" first.
    classes: usize,
    /// Bits by which a sum is worth more, in 2^-32.
    bits_per_unit: u64,
}

/// What was chosen among: each thing's sum for each class, and the probability of each.
#[derive(Clone, Debug, Default)]
pub(crate) struct Odds {
    /// By thing and class: in the order of things, then of classes, "nothing" left out. In millionths.
    pairs: Vec<u32>,
    classes: usize,
    /// The probability of nothing, in millionths.
    pub(crate) nothing: u32,
}

impl<'m> Choice<'m> {
    /// Reads a model from its parts; `None` if they do not fit together.
    pub(crate) fn read(rows: &'m [u8], classes: usize, meta: &[u8]) -> Option<Self> {
        let bits_per_unit = u64::from_le_bytes(*meta.first_chunk::<8>()?);
        let fits =
            meta.len() == 8 && bits_per_unit < 1 << 40 && (2..=CLASSES_MAX).contains(&classes);
        let rows = Rows::read(rows, classes)?;
        fits.then_some(Self { rows, classes, bits_per_unit })
    }

    /// Returns the odds of things, each with the keys of its features, beside the features that all share.
    pub(crate) fn odds<'k>(&self, shared: &[u64], things: impl Iterator<Item = &'k [u64]>) -> Odds {
        let mut common: Sums = [0; CLASSES_MAX];
        self.rows.add(shared, &mut common);
        let mut sums = Vec::new();
        for keys in things {
            let mut own = common;
            self.rows.add(keys, &mut own);
            sums.extend(own.iter().take(self.classes).skip(1).map(|sum| self.bits(*sum)));
        }
        let nothing = self.bits(common[NOTHING]);
        Odds::of(&sums, nothing, self.classes - 1)
    }

    /// Returns what features add to the sum of a class, in 2^-16 bits.
    pub(crate) fn weight(&self, key: u64, class: usize) -> i64 {
        let mut sums: Sums = [0; CLASSES_MAX];
        self.rows.add(&[key], &mut sums);
        sums.get(class).map_or(0, |sum| self.bits(*sum))
    }

    /// Returns a sum in 2^-16 bits.
    fn bits(&self, sum: i32) -> i64 {
        let wide = i128::from(sum) * i128::from(self.bits_per_unit);
        i64::try_from(wide >> 16).unwrap_or(0)
    }
}

impl Odds {
    /// Makes odds of sums in 2^-16 bits.
    fn of(sums: &[i64], nothing: i64, classes: usize) -> Self {
        let top = sums.iter().copied().chain([nothing]).max().unwrap_or(0);
        let parts: Vec<u64> = sums.iter().map(|sum| power(top - sum)).collect();
        let none = power(top - nothing);
        let total = parts.iter().sum::<u64>() + none;
        let share =
            |part: u64| u32::try_from(part * u64::from(CERTAIN) / total.max(1)).unwrap_or(CERTAIN);
        Self { pairs: parts.into_iter().map(share).collect(), classes, nothing: share(none) }
    }

    /// Returns the probability of a thing with a class, from 1.
    pub(crate) fn pair(&self, thing: usize, class: usize) -> u32 {
        self.pairs.get(thing * self.classes + class - 1).copied().unwrap_or(0)
    }

    /// Returns the probability that a class was chosen, with whatever thing.
    pub(crate) fn class(&self, class: usize) -> u32 {
        self.pairs.chunks_exact(self.classes.max(1)).filter_map(|of| of.get(class - 1)).sum()
    }

    /// Returns the thing most likely for a class.
    pub(crate) fn thing(&self, class: usize) -> Option<usize> {
        let count = self.pairs.len() / self.classes.max(1);
        (0..count).rev().max_by_key(|thing| self.pair(*thing, class))
    }
}

/// One, as [`power`] counts.
const ONE: u64 = 1 << 40;

/// Returns 2^-x in 2^-40, of an x in 2^-16 that is not negative.
///
/// The part behind the point is a polynomial whose error is below a thousandth of a millionth.
pub(crate) fn power(x: i64) -> u64 {
    /// ln(2)^n / n! in 2^-40.
    const TERMS: [u64; 8] = [
        1_099_511_627_776,
        762_123_384_786,
        264_131_837_702,
        61_027_412_866,
        10_575_244_791,
        1_466_040_222,
        169_363_608,
        16_770_558,
    ];
    let x = u64::try_from(x).unwrap_or(0);
    let whole = x >> 16;
    if whole >= 40 {
        return 0;
    }
    let part = x & 0xFFFF;
    // Horner's scheme for exp(-y ln 2): the signs alternate.
    let mut sum: i128 = 0;
    for (n, term) in TERMS.iter().enumerate().rev() {
        let sign = if n % 2 == 0 { 1 } else { -1 };
        sum = ((sum * i128::from(part)) >> 16) + sign * i128::from(*term);
    }
    u64::try_from(sum).unwrap_or(ONE) >> whole
}
