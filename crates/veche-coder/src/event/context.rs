//! What the matter of an event is: PLOVER's contexts, of which an event may have several or none.

use super::sink::{Sink, template};
use super::view::View;
use crate::model::table::{Rows, Sums};
use crate::ontology::Context;

/// A model of contexts: each is told or not, whatever the others.
#[derive(Debug)]
pub(crate) struct Contexts<'m> {
    rows: Rows<'m>,
    /// Bits by which a sum is worth more, in 2^-32.
    bits_per_unit: u64,
    /// What speaks for each context before any word is seen, in 2^-16 bits.
    before: Vec<i64>,
}

impl<'m> Contexts<'m> {
    /// Reads a model from its parts; `None` if they do not fit together.
    pub(crate) fn read(rows: &'m [u8], meta: &[u8]) -> Option<Self> {
        let (bits, before) = meta.split_first_chunk::<8>()?;
        let (before, rest) = before.as_chunks::<8>();
        let before: Vec<i64> = before.iter().map(|bytes| i64::from_le_bytes(*bytes)).collect();
        let bits_per_unit = u64::from_le_bytes(*bits);
        let count = Context::all().count();
        let fits = rest.is_empty()
            && bits_per_unit < 1 << 40
            && before.len() == count
            && before.iter().all(|bits| bits.unsigned_abs() < 1 << 32);
        fits.then_some(Self { rows: Rows::read(rows, count)?, bits_per_unit, before })
    }

    /// Returns the contexts for which more speaks than against them, in the order of the ontology.
    pub(crate) fn told(&self, keys: &[u64]) -> Vec<Context> {
        let mut sums: Sums = [0; crate::model::CLASSES_MAX];
        self.rows.add(keys, &mut sums);
        let bits = |sum: i32| (i128::from(sum) * i128::from(self.bits_per_unit)) >> 16;
        let is_told = |at: usize, before: i64| {
            sums.get(at).is_some_and(|sum| bits(*sum) + i128::from(before) >= 0)
        };
        let told = Context::all().zip(&self.before).enumerate();
        told.filter(|(at, (_, before))| is_told(*at, **before)).map(|(_, (own, _))| own).collect()
    }
}

/// Adds the features of a sentence that tell what its matter is: its words, alone and in pairs, and their clusters.
pub(crate) fn sentence(view: &View<'_>, out: &mut Sink) {
    let words = || view.words.iter().filter(|word| word.shape.is_word());
    for word in words() {
        out.add(template!("matter"), [word.piece()]);
        out.add(template!("matter kin"), [word.fine()]);
        out.add(template!("matter field"), [word.coarse()]);
    }
    for (one, next) in words().zip(words().skip(1)) {
        out.add(template!("matter pair"), [one.piece(), next.piece()]);
    }
}
