//! The sums of the network. Their order is part of the model: with another, the last digits differ.

/// Numbers that are added to at once: so many fit the registers. The order of each sum does not depend on it.
const BLOCK: usize = 32;

/// Words that a layer sees at once: one and its two neighbours.
const WINDOW: usize = 3;

/// Reads numbers of 32 bits one after the other.
#[derive(Debug)]
pub(super) struct Numbers<'b> {
    rest: &'b [u8],
}

impl<'b> Numbers<'b> {
    pub(super) const fn new(bytes: &'b [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Reads so many numbers; `None` if there are fewer, or one is none.
    pub(super) fn vector(&mut self, len: usize) -> Option<Vec<f32>> {
        let (bytes, rest) = self.rest.split_at_checked(len.checked_mul(4)?)?;
        self.rest = rest;
        let numbers: Vec<f32> =
            bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        numbers.iter().all(|number| number.is_finite()).then_some(numbers)
    }

    pub(super) fn matrix(&mut self, rows: usize, width: usize) -> Option<Matrix> {
        Some(Matrix { numbers: self.vector(rows.checked_mul(width)?)?, width })
    }
}

/// Rows of equal width.
#[derive(Clone, Debug)]
pub(super) struct Matrix {
    numbers: Vec<f32>,
    width: usize,
}

impl Matrix {
    pub(super) const fn empty(width: usize) -> Self {
        Self { numbers: Vec::new(), width }
    }

    /// Adds a row.
    pub(super) fn push(&mut self, row: impl Iterator<Item = f32>) {
        let len = self.numbers.len() + self.width;
        self.numbers.extend(row.take(self.width));
        self.numbers.resize(len, 0.0);
    }

    /// Returns the number of rows.
    pub(super) fn len(&self) -> usize {
        self.numbers.len().checked_div(self.width).unwrap_or(0)
    }

    pub(super) fn row(&self, at: usize) -> &[f32] {
        self.numbers.get(at * self.width..(at + 1) * self.width).unwrap_or_default()
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = &[f32]> {
        self.numbers.chunks_exact(self.width.max(1))
    }

    /// Returns rows times this matrix.
    pub(super) fn times(&self, rows: &Self) -> Self {
        let mut out = Self::empty(self.width);
        for row in rows.rows() {
            let mut sums = vec![0.0; self.width];
            for (number, weights) in row.iter().zip(self.rows()) {
                add(&mut sums, *number, weights);
            }
            out.push(sums.into_iter());
        }
        out
    }

    /// Returns the numbers, and zero in the place of each below it.
    pub(super) fn above_zero(mut self) -> Self {
        self.numbers.iter_mut().for_each(|number| *number = number.max(0.0));
        self
    }
}

/// Adds a row of weights, times a number, to sums.
#[inline(always)]
fn add(sums: &mut [f32], number: f32, weights: &[f32]) {
    for (sum, weight) in sums.iter_mut().zip(weights) {
        *sum += number * weight;
    }
}

/// Returns the sum of products, from the first to the last.
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).fold(0.0, |sum, (a, b)| sum + a * b)
}

/// A row of weights for each number that comes in, and what is added to the sums.
#[derive(Debug)]
pub(super) struct Linear {
    weights: Matrix,
    added: Vec<f32>,
}

impl Linear {
    pub(super) fn read(numbers: &mut Numbers<'_>, from: usize, to: usize) -> Option<Self> {
        Some(Self { weights: numbers.matrix(from, to)?, added: numbers.vector(to)? })
    }

    pub(super) fn run(&self, rows: &Matrix) -> Matrix {
        let mut out = self.weights.times(rows);
        for row in out.numbers.chunks_exact_mut(out.width.max(1)) {
            row.iter_mut().zip(&self.added).for_each(|(sum, added)| *sum += added);
        }
        out
    }
}

/// Layers, each of which looks at every word with its neighbours.
#[derive(Debug)]
pub(super) struct Encoder {
    first: Layer,
    others: Vec<Layer>,
}

impl Encoder {
    /// Reads layers of these numbers in and out.
    pub(super) fn read(numbers: &mut Numbers<'_>, dims: &[(usize, usize)]) -> Option<Self> {
        let mut layers = dims.iter().map(|(from, to)| Layer::read(numbers, *from, *to));
        Some(Self { first: layers.next()??, others: layers.collect::<Option<_>>()? })
    }

    /// Returns what the first layer makes of a word in each of its places.
    pub(super) fn parts(&self, word: &[f32]) -> Vec<f32> {
        self.first.parts(word)
    }

    /// Runs all layers; `parts` has a row for each word, of [`Self::parts`].
    pub(super) fn run(&self, parts: &Matrix) -> Matrix {
        let first = self.first.joined(parts);
        self.others.iter().fold(first, |rows, layer| {
            let mut parts = Matrix::empty(WINDOW * layer.to);
            rows.rows().for_each(|row| parts.push(layer.parts(row).into_iter()));
            layer.joined(&parts)
        })
    }

    /// Returns an empty matrix for the parts of words.
    pub(super) const fn room(&self) -> Matrix {
        Matrix::empty(WINDOW * self.first.to)
    }
}

#[derive(Debug)]
struct Layer {
    /// For each place in the window, in blocks of columns, a row for each number that comes in.
    weights: Vec<[f32; BLOCK]>,
    from: usize,
    to: usize,
    added: Vec<f32>,
    /// Sums are brought to a common size: less a mean, over a spread, times a weight, and more.
    means: Vec<f32>,
    spreads: Vec<f32>,
    factors: Vec<f32>,
    shifts: Vec<f32>,
}

impl Layer {
    /// Reads a layer; `None` if the numbers do not suffice, or `to` is no whole number of blocks.
    fn read(numbers: &mut Numbers<'_>, from: usize, to: usize) -> Option<Self> {
        let given = numbers.vector(to * from * WINDOW)?;
        let weight = |column: usize, row: usize, place: usize| {
            given.get((column * from + row) * WINDOW + place).copied().unwrap_or(0.0)
        };
        let mut weights = Vec::with_capacity(given.len() / BLOCK);
        for place in 0..WINDOW {
            for (block, row) in (0..to / BLOCK).flat_map(|at| (0..from).map(move |row| (at, row))) {
                weights.push(std::array::from_fn(|i| weight(block * BLOCK + i, row, place)));
            }
        }
        to.is_multiple_of(BLOCK).then_some(())?;
        Some(Self {
            weights,
            from,
            to,
            added: numbers.vector(to)?,
            factors: numbers.vector(to)?,
            shifts: numbers.vector(to)?,
            means: numbers.vector(to)?,
            spreads: numbers.vector(to)?,
        })
    }

    /// Returns what a word adds to the sums of the word behind it, of itself and of the one before it: a sum from its first number to its
    /// last for each column of each place.
    fn parts(&self, word: &[f32]) -> Vec<f32> {
        let mut parts = Vec::with_capacity(WINDOW * self.to);
        for weights in self.weights.chunks_exact(self.from.max(1)) {
            let mut sums = [0.0; BLOCK];
            for (weights, number) in weights.iter().zip(word) {
                add(&mut sums, *number, weights);
            }
            parts.extend(sums);
        }
        parts
    }

    /// Joins the parts of each word with those of its neighbours, in the order of the text, and finishes the sums.
    fn joined(&self, parts: &Matrix) -> Matrix {
        let mut out = Matrix::empty(self.to);
        let zeroes = vec![0.0; self.to];
        for word in 0..parts.len() {
            let part = |at: Option<usize>, place: usize| {
                let row = at.filter(|at| *at < parts.len()).map(|at| parts.row(at));
                let part = row.and_then(|row| row.get(place * self.to..(place + 1) * self.to));
                part.unwrap_or(&zeroes)
            };
            let (before, behind) = (part(word.checked_sub(1), 0), part(Some(word + 1), 2));
            let own = part(Some(word), 1);
            let sums = before.iter().zip(own).zip(behind).map(|((a, b), c)| a + b + c);
            out.push(sums.enumerate().map(|(column, sum)| {
                let above_zero = (sum + self.added[column]).max(0.0);
                (above_zero - self.means[column]) / self.spreads[column] * self.factors[column]
                    + self.shifts[column]
            }));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Small whole numbers, of which sums are exact in any order.
    fn number(at: usize) -> f32 {
        f32::from(u8::try_from(at * 7 % 11).unwrap()) - 5.0
    }

    fn bytes(numbers: impl Iterator<Item = f32>) -> Vec<u8> {
        numbers.flat_map(f32::to_le_bytes).collect()
    }

    #[track_caller]
    fn check_layer(count: usize, from: usize, to: usize) {
        let weight = |column: usize, row: usize, place: usize| {
            number((column * from + row) * WINDOW + place)
        };
        let rest = [1.0, 2.0, 3.0, 4.0, 0.5].map(|value| std::iter::repeat_n(value, to));
        let weights = (0..to * from * WINDOW).map(number);
        let given = bytes(weights.chain(rest.into_iter().flatten()));
        let mut numbers = Numbers::new(&given);
        let layer = Layer::read(&mut numbers, from, to).unwrap();
        assert!(numbers.is_empty());
        let mut input = Matrix::empty(from);
        (0..count).for_each(|word| input.push((0..from).map(|row| number(word * 3 + row))));
        let mut parts = Matrix::empty(WINDOW * to);
        input.rows().for_each(|row| parts.push(layer.parts(row).into_iter()));
        let out = layer.joined(&parts);
        assert_eq!(out.len(), count);
        for word in 0..count {
            for column in 0..to {
                let mut sum = 1.0;
                for place in 0..WINDOW {
                    let Some(at) = (word + place).checked_sub(1).filter(|at| *at < count) else {
                        continue;
                    };
                    for row in 0..from {
                        sum += number(at * 3 + row) * weight(column, row, place);
                    }
                }
                let expected = (f32::max(sum, 0.0) - 4.0) / 0.5 * 2.0 + 3.0;
                assert_eq!(out.row(word)[column].to_bits(), expected.to_bits(), "{word} {column}");
            }
        }
    }

    #[test]
    fn a_layer_sums_over_each_word_and_its_neighbours() {
        check_layer(1, 3, 32);
        check_layer(2, 2, 64);
        check_layer(5, 4, 96);
        check_layer(0, 4, 32);
    }

    #[test]
    fn numbers_that_are_none_or_too_few_are_refused() {
        let given = bytes([1.0, f32::NAN].into_iter());
        assert!(Numbers::new(&given).vector(2).is_none());
        assert_eq!(Numbers::new(&given).vector(1), Some(vec![1.0]));
        assert!(Numbers::new(&given).vector(3).is_none());
        assert!(Numbers::new(&given).matrix(usize::MAX, 2).is_none());
    }
}
