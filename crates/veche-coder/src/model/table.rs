//! Tables from keys to 16 bits or to short rows of weights, in buckets that never cross a line of the processor's cache.
//!
//! What is asked for lies mostly in memory that the processor must fetch, so that two things count: one line for each key, and no
//! branch that waits for it, for then the next keys are fetched meanwhile. A key that is not there adds zeroes like any other.

/// Entries of a bucket of a [`Table`].
pub(crate) const ENTRIES: usize = 8;

/// Bytes of a bucket of a [`Table`]: eight fingerprints, eight values.
const BUCKET_LEN: usize = 4 * ENTRIES;

/// Classes for which a row has weights.
pub(crate) const ROW_CLASSES: usize = 7;

/// Bytes of a row: classes and weights by turns. What is not used is zeroes: a weight of nothing for class 0.
pub(crate) const ROW_LEN: usize = 2 * ROW_CLASSES;

/// Entries of a bucket of [`Rows`].
pub(crate) const ROW_ENTRIES: usize = 4;

/// Bytes of a bucket of [`Rows`]: four fingerprints, four rows.
const ROW_BUCKET_LEN: usize = ROW_ENTRIES * (2 + ROW_LEN);

/// The lowest bit of each of four fingerprints, and the highest one: four are compared at once, as one number.
const LOWEST: u64 = 0x0001_0001_0001_0001;
const HIGHEST: u64 = 0x8000_8000_8000_8000;

/// A table from keys to values of 16 bits. A key that was not entered is found with a chance of 8 in 65,536.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Table<'m> {
    buckets: &'m [[u8; BUCKET_LEN]],
}

impl<'m> Table<'m> {
    /// Reads a table; `None` if the bytes are no whole buckets, or none at all.
    pub(crate) fn read(bytes: &'m [u8]) -> Option<Self> {
        let (buckets, rest) = bytes.as_chunks();
        let fits = u32::try_from(buckets.len()).is_ok() && !buckets.is_empty() && rest.is_empty();
        fits.then_some(Self { buckets })
    }

    /// Returns both halves of a key's bucket: the flags of the fingerprints that are its own, and the values there.
    #[inline(always)]
    fn halves(&self, key: u64) -> [(u64, u64); 2] {
        let bucket = self.buckets.get(place(key, self.buckets.len()));
        let (words, _) = bucket.unwrap_or(&[0; BUCKET_LEN]).as_chunks::<8>();
        let [a, b, x, y] = words else { return [(0, 0); 2] };
        let [a, b, x, y] = [a, b, x, y].map(|word| u64::from_le_bytes(*word));
        [(own(a, key), x), (own(b, key), y)]
    }

    /// Returns a key's value.
    #[inline(always)]
    pub(crate) fn find(&self, key: u64) -> Option<u16> {
        let halves = self.halves(key).into_iter();
        let value = |(own, values): (u64, u64)| low(values >> (own.trailing_zeros() - 15));
        halves.filter(|(own, _)| *own != 0).map(value).next()
    }

    /// Adds up what the two bytes of keys' values stand for: a weight each.
    #[inline(always)]
    pub(crate) fn sums(&self, keys: &[u64]) -> [i32; 2] {
        touch(self.buckets, keys);
        let mut sums = [0; 2];
        for key in keys {
            // No branch: where there is no value, one is shifted by anything and then masked.
            let [first, second] = self.halves(*key).map(|(own, values)| {
                let value = values.wrapping_shr(own.trailing_zeros().wrapping_sub(15));
                value & u64::from(own != 0).wrapping_neg()
            });
            let [left, right] = low(first | second).to_le_bytes();
            sums[0] += WIDENED[usize::from(left)];
            sums[1] += WIDENED[usize::from(right)];
        }
        sums
    }

    /// Tells whether all values pass a check.
    pub(crate) fn all(&self, passes: impl Fn(u16) -> bool) -> bool {
        let values = self.buckets.iter().flat_map(|bucket| {
            let (prints, values) = bucket.split_at(BUCKET_LEN / 2);
            let (prints, values) = (prints.as_chunks::<2>().0, values.as_chunks::<2>().0);
            let used = prints.iter().zip(values).filter(|(print, _)| **print != [0, 0]);
            used.map(|(_, value)| u16::from_le_bytes(*value))
        });
        values.into_iter().all(passes)
    }
}

/// Touches the buckets of keys. So little is done for each that the processor has many underway at once; the sums then find them near.
#[inline(always)]
fn touch<const N: usize>(buckets: &[[u8; N]], keys: &[u64]) {
    let mut seen = 0;
    for key in keys {
        seen ^= buckets.get(place(*key, buckets.len())).map_or(0, |bucket| bucket[0]);
    }
    std::hint::black_box(seen);
}

#[inline(always)]
fn number(bytes: &[u8]) -> u64 {
    bytes.first_chunk::<8>().map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "the lowest 16 bits are what is wanted")]
const fn low(number: u64) -> u16 {
    number as u16
}

/// Returns a number of which the lowest bit that is set is the highest one of the fingerprint of a key; 0 if it is not among the four.
///
/// Bits above it may be set without a reason: a borrow runs through a lane that differs by one (the usual way to find a zero byte).
#[inline(always)]
fn own(prints: u64, key: u64) -> u64 {
    let differences = prints ^ (u64::from(fingerprint(key)).wrapping_mul(LOWEST));
    differences.wrapping_sub(LOWEST) & !differences & HIGHEST
}

/// Returns the bucket of a key among `count` ones.
#[inline(always)]
pub(crate) const fn place(key: u64, count: usize) -> usize {
    (((key >> 32) * count as u64) >> 32) as usize
}

/// Returns what a bucket keeps of a key. Zero marks an empty entry.
#[inline(always)]
pub(crate) const fn fingerprint(key: u64) -> u16 {
    let print = low(key);
    if print == 0 { 1 } else { print }
}

/// What a byte stands for as a weight: the square of its number with its sign.
const WIDENED: [i32; 256] = {
    let mut all = [0; 256];
    let mut byte = 0_u8;
    loop {
        let weight = byte.cast_signed() as i32;
        all[byte as usize] = weight * weight.abs();
        match byte.checked_add(1) {
            Some(next) => byte = next,
            None => break all,
        }
    }
};

/// Returns the weight that 8 bits stand for.
#[inline(always)]
pub(crate) fn widened(weight: i8) -> i32 {
    WIDENED[usize::from(weight.cast_unsigned())]
}

/// Rows of weights, each for at most [`ROW_CLASSES`] classes. A key that was not entered is found with a chance of 4 in 65,536.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rows<'m> {
    buckets: &'m [[u8; ROW_BUCKET_LEN]],
}

impl<'m> Rows<'m> {
    /// Reads rows; `None` if the bytes are no whole buckets or a row names a class that is not below `classes`.
    pub(crate) fn read(bytes: &'m [u8], classes: usize) -> Option<Self> {
        let (buckets, rest) = bytes.as_chunks();
        let fits = u32::try_from(buckets.len()).is_ok() && !buckets.is_empty() && rest.is_empty();
        let knows = |bucket: &[u8; ROW_BUCKET_LEN]| {
            let (rows, _) = bucket.split_at(8).1.as_chunks::<2>();
            rows.iter().all(|[class, _]| usize::from(*class) < classes)
        };
        (fits && buckets.iter().all(knows)).then_some(Self { buckets })
    }

    #[inline(always)]
    fn row(&self, key: u64) -> &[u8; ROW_LEN] {
        const NO_ROW: &[u8; ROW_LEN] = &[0; ROW_LEN];
        let Some(bucket) = self.buckets.get(place(key, self.buckets.len())) else { return NO_ROW };
        let (prints, rows) = bucket.split_at(8);
        let (rows, _) = rows.as_chunks::<ROW_LEN>();
        rows.get(own(number(prints), key).trailing_zeros() as usize / 16).unwrap_or(NO_ROW)
    }

    /// Adds the weights of keys to the sums of the classes.
    #[inline(always)]
    pub(crate) fn add(&self, keys: &[u64], sums: &mut Sums) {
        touch(self.buckets, keys);
        for key in keys {
            for [class, weight] in self.row(*key).as_chunks::<2>().0 {
                // 128 sums and a mask: no class of a model that was read is larger, and the compiler sees it.
                sums[usize::from(class & 0x7F)] += WIDENED[usize::from(*weight)];
            }
        }
    }
}

/// A sum for each class.
pub(crate) type Sums = [i32; super::CLASSES_MAX];

/// Returns the first class below `classes` with the largest sum.
#[inline(always)]
pub(crate) fn best(sums: &Sums, classes: usize) -> u8 {
    let used = sums.get(..classes).unwrap_or(sums);
    let most = used.iter().fold(i32::MIN, |most, sum| most.max(*sum));
    let at = used.iter().position(|sum| *sum == most).unwrap_or(0);
    u8::try_from(at).unwrap_or(0)
}
