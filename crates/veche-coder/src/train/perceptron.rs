//! Averaged perceptron with sparse integer weights.

use crate::model::table::Sums;

/// Marks a place of the table that no key has taken.
const EMPTY: u32 = u32::MAX;

/// Where a feature's weights lie: one after the other, with room for some more.
#[derive(Clone, Copy, Debug)]
struct Row {
    start: u32,
    len: u8,
    room: u8,
    /// How often the feature was there in the last round.
    seen: u32,
}

impl Row {
    fn range(self) -> std::ops::Range<usize> {
        let start = self.start as usize;
        start..start + usize::from(self.len)
    }
}

/// What a weight's average is made from.
#[derive(Clone, Copy, Debug, Default)]
struct Past {
    /// When it last changed.
    stamp: u32,
    /// The sum of its values over all steps until then.
    total: i64,
}

/// A class and its weight now: the class in the lowest 8 bits, so that a row is short.
#[derive(Clone, Copy, Debug, Default)]
struct Now(i32);

impl Now {
    fn new(class: u8, weight: i32) -> Self {
        Self((weight << 8) | i32::from(class))
    }

    #[inline(always)]
    fn class(self) -> u8 {
        self.0.to_le_bytes()[0]
    }

    #[inline(always)]
    const fn weight(self) -> i32 {
        self.0 >> 8
    }
}

/// The averaged weights of one feature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Feature {
    pub(crate) key: u64,
    /// How often it was there in a round.
    pub(crate) seen: u64,
    /// Class and weight times steps, in the order of classes.
    pub(crate) weights: Vec<(u8, i64)>,
}

/// All weights under training.
#[derive(Debug)]
pub(crate) struct Weights {
    /// Key and row, in a table with open addresses.
    places: Vec<(u64, u32)>,
    rows: Vec<Row>,
    now: Vec<Now>,
    past: Vec<Past>,
    steps: u32,
}

impl Weights {
    pub(crate) fn new() -> Self {
        let places = vec![(0, EMPTY); 1 << 16];
        Self { places, rows: Vec::new(), now: Vec::new(), past: Vec::new(), steps: 1 }
    }

    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "a place in a table that fits memory")]
    fn place(&self, key: u64) -> usize {
        let mask = self.places.len() - 1;
        let mut at = (key ^ (key >> 32)) as usize & mask;
        while self.places[at].1 != EMPTY && self.places[at].0 != key {
            at = (at + 1) & mask;
        }
        at
    }

    /// Adds the weights of features to the sums of classes.
    pub(crate) fn add(&self, keys: &[u64], sums: &mut Sums) {
        for key in keys {
            let row = self.places[self.place(*key)].1;
            let Some(row) = self.rows.get(row as usize) else { continue };
            for now in &self.now[row.range()] {
                sums[usize::from(now.class() & 0x7F)] += now.weight();
            }
        }
    }

    /// Counts the features that have weights: what is seen more often matters more.
    pub(crate) fn count(&mut self, keys: &[u64]) {
        for key in keys {
            let row = self.places[self.place(*key)].1;
            if let Some(row) = self.rows.get_mut(row as usize) {
                row.seen += 1;
            }
        }
    }

    /// Counts a step: the time over which averages are taken.
    pub(crate) const fn step(&mut self) {
        self.steps += 1;
    }

    /// Moves the weights of features for one class.
    pub(crate) fn update(&mut self, keys: &[u64], class: u8, by: i32) {
        for key in keys {
            let at = self.weight(*key, class);
            let (now, past) = (&mut self.now[at], &mut self.past[at]);
            past.total += i64::from(now.weight()) * i64::from(self.steps - past.stamp);
            past.stamp = self.steps;
            *now = Now::new(class, now.weight() + by);
        }
    }

    /// Returns the place of a feature's weight for a class, made if it was not there.
    fn weight(&mut self, key: u64, class: u8) -> usize {
        let row = self.row(key);
        let range = self.rows[row].range();
        if let Some(at) = self.now[range.clone()].iter().position(|now| now.class() == class) {
            return range.start + at;
        }
        if self.rows[row].len == self.rows[row].room {
            self.move_row(row);
        }
        self.append(row, class)
    }

    fn append(&mut self, row: usize, class: u8) -> usize {
        let at = self.rows[row].range().end;
        self.rows[row].len += 1;
        self.now[at] = Now::new(class, 0);
        self.past[at] = Past { stamp: self.steps, total: 0 };
        at
    }

    /// Gives a row twice the room, at the end of the list.
    fn move_row(&mut self, row: usize) {
        let Row { len, room, seen, .. } = self.rows[row];
        let range = self.rows[row].range();
        let start = u32::try_from(self.now.len()).unwrap_or(u32::MAX);
        let room = room.saturating_mul(2);
        self.now.extend_from_within(range.clone());
        self.past.extend_from_within(range);
        let end = start as usize + usize::from(room);
        self.now.resize(end, Now::default());
        self.past.resize(end, Past::default());
        self.rows[row] = Row { start, len, room, seen };
    }

    /// Returns the row of a feature, made if it was not there.
    fn row(&mut self, key: u64) -> usize {
        let place = self.place(key);
        if self.places[place].1 != EMPTY {
            return self.places[place].1 as usize;
        }
        let new = self.rows.len();
        self.places[place] = (key, u32::try_from(new).unwrap_or(EMPTY));
        let start = u32::try_from(self.now.len()).unwrap_or(u32::MAX);
        self.rows.push(Row { start, len: 0, room: 2, seen: 0 });
        self.now.resize(self.now.len() + 2, Now::default());
        self.past.resize(self.past.len() + 2, Past::default());
        if self.rows.len() * 2 > self.places.len() {
            self.grow();
        }
        new
    }

    fn grow(&mut self) {
        let larger = vec![(0, EMPTY); self.places.len() * 2];
        for (key, row) in std::mem::replace(&mut self.places, larger) {
            if row != EMPTY {
                let place = self.place(key);
                self.places[place] = (key, row);
            }
        }
    }

    /// Returns all features with their averaged weights, ascending by key.
    pub(crate) fn averaged(&self) -> Vec<Feature> {
        let used = self.places.iter().filter(|(_, row)| *row != EMPTY);
        let mut features: Vec<Feature> =
            used.map(|(key, row)| self.feature(*key, self.rows[*row as usize])).collect();
        features.sort_unstable_by_key(|feature| feature.key);
        features
    }

    fn feature(&self, key: u64, row: Row) -> Feature {
        let weights = self.now[row.range()].iter().zip(&self.past[row.range()]);
        let mean = |(now, past): (&Now, &Past)| {
            let since = i64::from(self.steps - past.stamp);
            (now.class(), past.total + i64::from(now.weight()) * since)
        };
        let mut weights: Vec<(u8, i64)> = weights.map(mean).collect();
        weights.sort_unstable();
        Feature { key, seen: u64::from(row.seen), weights }
    }
}

/// Adds up features of several trainings, each ascending by key.
pub(crate) fn merged(trainings: Vec<Vec<Feature>>) -> Vec<Feature> {
    let mut all: Vec<Feature> = trainings.into_iter().flatten().collect();
    all.sort_by_key(|feature| feature.key);
    all.dedup_by(|later, first| {
        let same = later.key == first.key;
        if same {
            first.seen += later.seen;
            first.absorb(&later.weights);
        }
        same
    });
    all
}

impl Feature {
    fn absorb(&mut self, weights: &[(u8, i64)]) {
        for (class, weight) in weights {
            match self.weights.iter_mut().find(|(own, _)| own == class) {
                Some((_, own)) => *own += weight,
                None => self.weights.push((*class, *weight)),
            }
        }
        self.weights.sort_unstable();
    }
}

/// A source of numbers that look random, the same on each machine (SplitMix64).
#[derive(Debug)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Returns a number below `count`, which is not 0.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        (((self.next() >> 32) * count as u64) >> 32) as usize
    }

    /// Puts a list in another order.
    pub(crate) fn shuffle<T>(&mut self, list: &mut [T]) {
        for at in (1..list.len()).rev() {
            list.swap(at, self.below(at + 1));
        }
    }
}
