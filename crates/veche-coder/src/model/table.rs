//! Tables from keys to 16 bits, in buckets of one cache line, and rows of weights behind them.

/// Bytes of a bucket: a base (4), 15 fingerprints (2 each), 15 values (2 each).
const BUCKET_LEN: usize = 64;

/// Entries of a bucket.
pub(crate) const ENTRIES: usize = 15;

/// A table from keys to values of 16 bits. A key that was not entered is found with a chance of 15 in 65,536.
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

    /// Returns a key's value and the base of its bucket.
    #[inline(always)]
    pub(crate) fn find(&self, key: u64) -> Option<(u32, u16)> {
        let bucket = self.buckets.get(place(key, self.buckets.len()))?;
        let ([base @ .., _, _], _) = bucket.split_first_chunk::<6>()?;
        let fingerprints = bucket.get(4..34)?.first_chunk::<30>()?;
        let (fingerprints, _) = fingerprints.as_chunks::<2>();
        let wanted = fingerprint(key);
        let mut hits = 0_u32;
        for (i, found) in fingerprints.iter().enumerate() {
            hits |= u32::from(u16::from_le_bytes(*found) == wanted) << i;
        }
        if hits == 0 {
            return None;
        }
        let at = 34 + 2 * hits.trailing_zeros() as usize;
        let value = bucket.get(at..)?.first_chunk::<2>()?;
        Some((u32::from_le_bytes(*base), u16::from_le_bytes(*value)))
    }

    /// Touches the buckets of keys, all at once: the memory then fetches them side by side and not one after the other.
    #[inline(always)]
    pub(crate) fn touch(&self, keys: &[u64]) {
        let mut seen = 0;
        for key in keys {
            seen ^= self.buckets.get(place(*key, self.buckets.len())).map_or(0, |bucket| bucket[8]);
        }
        std::hint::black_box(seen);
    }

    /// Returns every entry: the base of its bucket, and its value.
    fn entries(&self) -> impl Iterator<Item = (u32, u16)> {
        self.buckets.iter().flat_map(|bucket| {
            let (head, values) = bucket.split_at(34);
            let base = head.first_chunk::<4>().map_or(0, |base| u32::from_le_bytes(*base));
            let (fingerprints, _) = head.get(4..).unwrap_or_default().as_chunks::<2>();
            let (values, _) = values.as_chunks::<2>();
            let used = fingerprints.iter().zip(values).filter(|(print, _)| **print != [0, 0]);
            used.map(move |(_, value)| (base, u16::from_le_bytes(*value)))
        })
    }

    /// Tells whether all values pass a check.
    pub(crate) fn all(&self, passes: impl Fn(u16) -> bool) -> bool {
        self.entries().all(|(_, value)| passes(value))
    }
}

/// Returns the bucket of a key among `count` ones.
#[inline(always)]
pub(crate) const fn place(key: u64, count: usize) -> usize {
    (((key >> 32) * count as u64) >> 32) as usize
}

/// Returns what a bucket keeps of a key. Zero marks an empty entry.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "16 bits of the key are what is kept")]
pub(crate) const fn fingerprint(key: u64) -> u16 {
    let print = key as u16;
    if print == 0 { 1 } else { print }
}

/// Returns the weight that 8 bits stand for: their square with their sign.
#[inline(always)]
pub(crate) fn widened(weight: i8) -> i32 {
    let weight = i32::from(weight);
    weight * weight.abs()
}

/// Rows of weights, each for some classes: a count, then so many pairs of class and weight.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rows<'m> {
    table: Table<'m>,
    rows: &'m [u8],
}

impl<'m> Rows<'m> {
    /// Reads a table and its rows; `None` if a row does not lie inside or names a class that is not below `classes`.
    pub(crate) fn read(table: &'m [u8], rows: &'m [u8], classes: usize) -> Option<Self> {
        let all = Self { table: Table::read(table)?, rows };
        let holds = |(base, value)| {
            let row = all.row(base, value);
            row.is_some_and(|row| row.iter().all(|[class, _]| usize::from(*class) < classes))
        };
        all.table.entries().all(holds).then_some(all)
    }

    #[inline(always)]
    fn row(&self, base: u32, value: u16) -> Option<&'m [[u8; 2]]> {
        let rest = self.rows.get(base as usize + usize::from(value)..)?;
        let (&count, rest) = rest.split_first()?;
        Some(rest.get(..2 * usize::from(count))?.as_chunks().0)
    }

    /// Adds the weights of keys to the sums of the classes. `places` is room to work in.
    #[inline(always)]
    pub(crate) fn add(&self, keys: &[u64], places: &mut Vec<(u32, u16)>, sums: &mut Sums) {
        self.table.touch(keys);
        places.clear();
        places.extend(keys.iter().filter_map(|key| self.table.find(*key)));
        for (base, value) in &*places {
            for [class, weight] in self.row(*base, *value).unwrap_or_default() {
                // 128 sums and a mask: no class of a model that was read is larger, and the compiler sees it.
                sums[usize::from(class & 0x7F)] += widened(weight.cast_signed());
            }
        }
    }
}

/// A sum for each class.
pub(crate) type Sums = [i32; super::CLASSES_MAX];

/// Returns the first class below `classes` with the largest sum.
#[inline(always)]
pub(crate) fn best(sums: &Sums, classes: usize) -> u8 {
    let mut best = (i32::MIN, 0);
    for (class, sum) in (0..).zip(sums.iter().take(classes)) {
        if *sum > best.0 {
            best = (*sum, class);
        }
    }
    best.1
}
