//! Boosted trees for one yes or no: gradient boosting over binned features, with the logistic loss.
//!
//! Own code, since forecasts must come out the same everywhere and the crates for it bring thirty others: rows and
//! features are drawn by a counter, sums are formed in the order of the rows, ties go to the first feature and edge.
//!
//! Source: Friedman (2001); Ke et al. (2017), "LightGBM", histograms and best-first growth.

use super::random;

/// Most bins of a feature.
pub const BINS_MAX: usize = 64;

/// Rows of features, each value replaced by the number of its bin.
#[derive(Debug, Clone)]
pub struct Table {
    width: usize,
    edges: Vec<Vec<f32>>,
    /// By row, then by feature.
    binned: Vec<u8>,
}

impl Table {
    /// Returns the table of rows of `width` features each, one after the other in `values`.
    ///
    /// Bins hold about equally many rows.
    #[must_use]
    pub fn new(values: &[f32], width: usize) -> Self {
        let column = |feature: usize| values.iter().skip(feature).step_by(width.max(1)).copied();
        let edges: Vec<Vec<f32>> =
            (0..width).map(|feature| edges(column(feature).collect())).collect();
        let mut table = Self { width, edges, binned: Vec::with_capacity(values.len()) };
        for row in values.chunks_exact(width.max(1)) {
            let bins = row.iter().enumerate().map(|(feature, value)| table.bin(feature, *value));
            let bins: Vec<u8> = bins.collect();
            table.binned.extend(bins);
        }
        table
    }

    /// Returns how many rows there are.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.binned.len() / self.width.max(1)
    }

    /// Returns a row of other values in the bins of this table.
    #[must_use]
    pub fn binned(&self, values: &[f32]) -> Vec<u8> {
        values.iter().enumerate().map(|(feature, value)| self.bin(feature, *value)).collect()
    }

    fn bin(&self, feature: usize, value: f32) -> u8 {
        let edges = self.edges.get(feature).map(Vec::as_slice).unwrap_or_default();
        u8::try_from(edges.partition_point(|edge| *edge <= value)).unwrap_or(u8::MAX)
    }

    fn row(&self, at: usize) -> &[u8] {
        &self.binned[at * self.width..(at + 1) * self.width]
    }
}

/// Returns the lower edges of all bins but the first.
fn edges(mut values: Vec<f32>) -> Vec<f32> {
    values.sort_by(f32::total_cmp);
    let mut distinct = values.clone();
    distinct.dedup();
    if distinct.len() <= BINS_MAX {
        return distinct.split_off(1.min(distinct.len()));
    }
    let at = |bin: usize| values[values.len() * bin / BINS_MAX];
    let mut edges: Vec<f32> = (1..BINS_MAX).map(at).collect();
    edges.dedup();
    // An edge at the smallest value would leave the first bin empty.
    edges.retain(|edge| *edge > values[0]);
    edges
}

/// How trees are grown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Growth {
    /// How many trees.
    pub rounds: usize,
    /// Share of a tree's answer that is taken over.
    pub rate: f64,
    /// Most leaves of a tree.
    pub leaves: usize,
    /// Least sum of second derivatives in a leaf.
    pub weight_min: f64,
    /// Added to that sum, so that few rows move little.
    pub shrinkage: f64,
    /// Share of rows that a tree sees.
    pub rows: f64,
    /// Share of features that a tree may split by.
    pub features: f64,
}

#[derive(Debug, Clone, Copy)]
enum Node {
    /// To `low` if the feature's bin is at most `bin`, else to `high`.
    Split {
        feature: usize,
        bin: u8,
        low: usize,
        high: usize,
        /// What would be answered if nothing more were asked.
        answer: f64,
    },
    Leaf(f64),
}

/// Trees whose answers add up to a correction of the logarithm of the odds.
#[derive(Debug, Clone)]
pub struct Boosted {
    trees: Vec<Vec<Node>>,
}

/// What is learnt from, by row of a table.
#[derive(Debug, Clone, Copy)]
pub struct Lesson<'a> {
    /// The logarithm of the odds that are to be corrected.
    pub starts: &'a [f64],
    /// Whether the answer is yes.
    pub answers: &'a [bool],
    /// As how many rows it counts.
    pub weights: &'a [f32],
}

impl Boosted {
    /// Learns how likely each row's answer is yes.
    ///
    /// `lesson` has one value a row.
    #[must_use]
    pub fn learn(table: &Table, lesson: Lesson<'_>, growth: Growth, seed: u64) -> Self {
        let Lesson { starts, answers, weights } = lesson;
        let mut odds = starts.to_vec();
        let mut trees = Vec::with_capacity(growth.rounds);
        for round in 0..growth.rounds {
            let slopes = odds.iter().zip(answers).zip(weights).map(|((odds, answer), weight)| {
                let p = logistic(*odds);
                let weight = f64::from(*weight);
                [weight * (p - f64::from(u8::from(*answer))), weight * (p * (1.0 - p)).max(1e-9)]
            });
            let slopes: Vec<[f64; 2]> = slopes.collect();
            let seed = random::number(seed, round as u64);
            let tree = Grower::new(table, &slopes, growth, seed).grow();
            for (at, odds) in odds.iter_mut().enumerate() {
                *odds += answer_of(&tree, table.row(at));
            }
            trees.push(tree);
        }
        Self { trees }
    }

    /// Returns the probability of yes for a row in the bins of the table that was learnt from, and its odds before.
    #[must_use]
    pub fn probability(&self, binned: &[u8], start: f64) -> f64 {
        logistic(start + self.trees.iter().map(|tree| answer_of(tree, binned)).sum::<f64>())
    }

    /// Adds to each feature's sum what the trees' answers moved by where they asked for that feature, and returns what they
    /// answer before they ask anything.
    ///
    /// `by_feature` has a place for each feature. What is returned and all that was added sum to the correction of the
    /// logarithm of the odds, but for rounding: nothing is shared out by a rule of thumb.
    ///
    /// Source: Saabas (2014), "Interpreting random forests"; path-dependent, so that of two features that tell the same the
    /// one that is asked first has the credit.
    #[must_use]
    pub fn contributions(&self, binned: &[u8], by_feature: &mut [f64]) -> f64 {
        let mut before = 0.0;
        for tree in &self.trees {
            let mut at = 0;
            before += tree[0].answer();
            while let Node::Split { feature, bin, low, high, answer } = tree[at] {
                at = if binned[feature] <= bin { low } else { high };
                by_feature[feature] += tree[at].answer() - answer;
            }
        }
        before
    }
}

impl Node {
    const fn answer(self) -> f64 {
        match self {
            Self::Leaf(answer) | Self::Split { answer, .. } => answer,
        }
    }
}

fn logistic(odds: f64) -> f64 {
    1.0 / (1.0 + (-odds).exp())
}

fn answer_of(tree: &[Node], binned: &[u8]) -> f64 {
    let mut at = 0;
    loop {
        match tree[at] {
            Node::Leaf(answer) => return answer,
            Node::Split { feature, bin, low, high, .. } => {
                at = if binned[feature] <= bin { low } else { high };
            }
        }
    }
}

/// Sums of first and second derivatives by feature drawn and bin.
type Sums = Vec<[f64; 2]>;

struct Open {
    node: usize,
    rows: Vec<u32>,
    sums: Sums,
    best: Option<Split>,
}

#[derive(Clone, Copy)]
struct Split {
    gain: f64,
    drawn: usize,
    bin: u8,
}

struct Grower<'a> {
    table: &'a Table,
    slopes: &'a [[f64; 2]],
    growth: Growth,
    drawn: Vec<usize>,
    rows: Vec<u32>,
}

impl<'a> Grower<'a> {
    fn new(table: &'a Table, slopes: &'a [[f64; 2]], growth: Growth, seed: u64) -> Self {
        let rows = (0..u32::try_from(table.rows()).unwrap_or(u32::MAX))
            .filter(|row| random::share(seed, u64::from(*row)) < growth.rows);
        let rows: Vec<u32> = rows.collect();
        let chance = |feature: &usize| random::number(!seed, *feature as u64);
        let mut drawn: Vec<usize> = (0..table.width).collect();
        drawn.sort_by_key(chance);
        let wanted =
            (0..table.width).filter(|n| (*n as f64) < growth.features * table.width as f64);
        drawn.truncate(wanted.count());
        drawn.sort_unstable();
        Self { table, slopes, growth, drawn, rows }
    }

    fn grow(mut self) -> Vec<Node> {
        let rows = std::mem::take(&mut self.rows);
        let sums = self.sums(&rows);
        let mut tree = vec![Node::Leaf(0.0)];
        let mut open = vec![self.open(0, rows, sums)];
        while open.len() < self.growth.leaves {
            let gain = |leaf: &Open| leaf.best.map_or(0.0, |split| split.gain);
            // The first of the best, so that ties fall the same way everywhere.
            let best =
                (0..open.len()).rev().max_by(|a, b| gain(&open[*a]).total_cmp(&gain(&open[*b])));
            let Some((at, split)) = best.and_then(|at| Some((at, open[at].best?))) else { break };
            let leaf = open.swap_remove(at);
            open.extend(self.split(&mut tree, leaf, split));
        }
        for leaf in open {
            tree[leaf.node] = Node::Leaf(self.answer(&leaf.rows));
        }
        tree
    }

    fn split(&self, tree: &mut Vec<Node>, leaf: Open, split: Split) -> [Open; 2] {
        let feature = self.drawn[split.drawn];
        let (low, high) = (tree.len(), tree.len() + 1);
        let answer = self.answer(&leaf.rows);
        tree[leaf.node] = Node::Split { feature, bin: split.bin, low, high, answer };
        tree.extend([Node::Leaf(0.0); 2]);
        let is_low = |row: &u32| self.table.row(*row as usize)[feature] <= split.bin;
        let (lows, highs): (Vec<u32>, Vec<u32>) = leaf.rows.iter().partition(|row| is_low(row));
        // Only the smaller side is summed anew: the other is what is left.
        let smaller = if lows.len() < highs.len() { &lows } else { &highs };
        let small = self.sums(smaller);
        let rest =
            leaf.sums.iter().zip(&small).map(|(all, part)| [all[0] - part[0], all[1] - part[1]]);
        let rest: Sums = rest.collect();
        let (low_sums, high_sums) =
            if lows.len() < highs.len() { (small, rest) } else { (rest, small) };
        [self.open(low, lows, low_sums), self.open(high, highs, high_sums)]
    }

    fn open(&self, node: usize, rows: Vec<u32>, sums: Sums) -> Open {
        let best = self.best(&sums);
        Open { node, rows, sums, best }
    }

    fn sums(&self, rows: &[u32]) -> Sums {
        let mut sums = vec![[0.0; 2]; self.drawn.len() * BINS_MAX];
        for row in rows {
            let (bins, slope) = (self.table.row(*row as usize), self.slopes[*row as usize]);
            for (of_feature, feature) in sums.chunks_exact_mut(BINS_MAX).zip(&self.drawn) {
                let sum = &mut of_feature[usize::from(bins[*feature]) % BINS_MAX];
                sum[0] += slope[0];
                sum[1] += slope[1];
            }
        }
        sums
    }

    fn best(&self, sums: &Sums) -> Option<Split> {
        let add = |a: [f64; 2], b: &[f64; 2]| [a[0] + b[0], a[1] + b[1]];
        let worth = |sum: [f64; 2]| sum[0] * sum[0] / (sum[1] + self.growth.shrinkage);
        let mut best: Option<Split> = None;
        for (drawn, of_feature) in sums.chunks_exact(BINS_MAX).enumerate() {
            let all = of_feature.iter().fold([0.0; 2], add);
            let mut low = [0.0; 2];
            for (bin, sum) in (0u8..).zip(of_feature) {
                low = add(low, sum);
                let high = [all[0] - low[0], all[1] - low[1]];
                if low[1].min(high[1]) < self.growth.weight_min {
                    continue;
                }
                let gain = worth(low) + worth(high) - worth(all);
                if gain > best.map_or(GAIN_MIN, |split| split.gain) {
                    best = Some(Split { gain, drawn, bin });
                }
            }
        }
        best
    }

    fn answer(&self, rows: &[u32]) -> f64 {
        let (mut first, mut second) = (0.0, 0.0);
        for row in rows {
            first += self.slopes[*row as usize][0];
            second += self.slopes[*row as usize][1];
        }
        -self.growth.rate * first / (second + self.growth.shrinkage)
    }
}

/// Least gain of a split: less is rounding.
const GAIN_MIN: f64 = 1e-6;

#[cfg(test)]
mod tests {
    use super::*;

    const GROWTH: Growth = Growth {
        rounds: 60,
        rate: 0.2,
        leaves: 6,
        weight_min: 1.0,
        shrinkage: 1.0,
        rows: 0.7,
        features: 1.0,
    };

    fn learn(table: &Table, answers: &[bool], weights: &[f32], growth: Growth) -> Boosted {
        let starts = vec![0.0; answers.len()];
        Boosted::learn(table, Lesson { starts: &starts, answers, weights }, growth, 1)
    }

    #[test]
    fn odds_that_need_no_correction_get_none() {
        let answers: Vec<bool> = (0..1000).map(|at| at % 4 == 0).collect();
        let starts = vec![(0.25f64 / 0.75).ln(); 1000];
        let table = Table::new(&[1.0; 1000], 1);
        let lesson = Lesson { starts: &starts, answers: &answers, weights: &[1.0; 1000] };
        let learnt = Boosted::learn(&table, lesson, Growth { rows: 1.0, ..GROWTH }, 1);
        let row = table.binned(&[1.0]);
        assert!((learnt.probability(&row, starts[0]) - 0.25).abs() < 1e-9);
        assert!((learnt.probability(&row, 0.0) - 0.5).abs() < 1e-9);
    }

    /// Rows of three features, and yes where exactly one of the first two is over a half: no single split finds it.
    fn either_or() -> (Vec<f32>, Vec<bool>) {
        let value =
            |at: u64| f32::from(u16::try_from(random::number(5, at) >> 48).unwrap()) / 65_536.0;
        let values: Vec<f32> = (0..6000).map(value).collect();
        let answers = values.chunks(3).map(|row| (row[0] > 0.5) != (row[1] > 0.5)).collect();
        (values, answers)
    }

    #[test]
    fn trees_learn_what_no_single_feature_tells() {
        let (values, answers) = either_or();
        let table = Table::new(&values, 3);
        let learnt = learn(&table, &answers, &[1.0; 2000], GROWTH);
        for (row, wanted) in
            [([0.1, 0.9, 0.5], true), ([0.9, 0.1, 0.5], true), ([0.2, 0.2, 0.1], false)]
        {
            let found = learnt.probability(&table.binned(&row), 0.0);
            assert!((found > 0.9) == wanted && (found < 0.1) != wanted, "{row:?} {found}");
        }
        let again = learn(&table, &answers, &[1.0; 2000], GROWTH);
        let row = table.binned(&[0.3, 0.6, 0.2]);
        assert_eq!(learnt.probability(&row, 0.0).to_bits(), again.probability(&row, 0.0).to_bits());
    }

    #[test]
    fn what_features_contribute_sums_to_the_whole_correction() {
        let (values, answers) = either_or();
        let table = Table::new(&values, 3);
        let learnt = learn(&table, &answers, &[1.0; 2000], GROWTH);
        for values in [[0.1, 0.9, 0.5], [0.9, 0.1, 0.5], [0.2, 0.2, 0.1]] {
            let row = table.binned(&values);
            let mut by_feature = [0.0; 3];
            let before = learnt.contributions(&row, &mut by_feature);
            let whole = logistic(0.7 + before + by_feature.iter().sum::<f64>());
            assert!((whole - learnt.probability(&row, 0.7)).abs() < 1e-12);
            // The third tells nothing.
            let [first, second, third] = by_feature.map(f64::abs);
            assert!(2.0 * third < first.min(second), "{by_feature:?}");
        }
        let none = Boosted { trees: Vec::new() };
        assert!(none.contributions(&[0, 0, 0], &mut [0.0; 3]).abs() < 1e-12);
    }

    #[test]
    fn without_a_feature_that_tells_the_base_rate_is_learnt() {
        let values = vec![1.0; 1000];
        let answers: Vec<bool> = (0..1000).map(|at| at % 4 == 0).collect();
        let table = Table::new(&values, 1);
        let learnt = learn(&table, &answers, &[1.0; 1000], GROWTH);
        assert!((learnt.probability(&table.binned(&[1.0]), 0.0) - 0.25).abs() < 0.02);
    }

    #[test]
    fn a_weight_counts_as_that_many_rows() {
        let table = Table::new(&[0.0, 1.0], 1);
        let growth = Growth { rows: 1.0, ..GROWTH };
        let learnt = learn(&table, &[true, false], &[300.0, 100.0], growth);
        let at = |value| learnt.probability(&table.binned(&[value]), 0.0);
        assert!(at(0.0) > 0.95 && at(1.0) < 0.05, "{} {}", at(0.0), at(1.0));
    }

    #[test]
    fn values_of_the_same_bin_are_not_told_apart() {
        let values: Vec<f32> = (0..1000u16).map(f32::from).collect();
        let table = Table::new(&values, 1);
        assert_eq!(table.binned(&[-5.0]), [0]);
        assert_eq!(table.binned(&[2000.0]), [63]);
        assert_eq!(Table::new(&[7.0; 4], 1).binned(&[7.0]), [0]);
        assert_eq!((Table::new(&[], 3).rows(), Table::new(&[], 0).rows()), (0, 0));
    }
}
