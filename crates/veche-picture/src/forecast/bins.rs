//! The eleven classes of monthly deaths by which the VIEWS challenge judges a forecast's shape.

/// How many classes there are.
pub const BINS: usize = 11;
/// The fewest deaths of each class: 0, 1-2, 3-5, 6-10, 11-25, 26-50, 51-100, 101-250, 251-500, 501-1000, more.
///
/// Source: VIEWS Prediction Challenge 2023/24, lower edges 0, .5, 2.5, 5.5, 10.5, 25.5, 50.5, 100.5, 250.5, 500.5, 1000.5.
pub const LOWEST: [u64; BINS] = [0, 1, 3, 6, 11, 26, 51, 101, 251, 501, 1001];

/// Probabilities of the classes; they sum to one.
pub type Bins = [f64; BINS];

/// Returns the class of a count.
#[must_use]
pub fn class_of(count: u64) -> usize {
    LOWEST.partition_point(|lowest| *lowest <= count) - 1
}

/// Returns the class of a value that need not be whole: a value half-way between two counts is in the upper class.
#[must_use]
pub fn class_of_value(value: f64) -> usize {
    LOWEST.iter().skip(1).take_while(|lowest| value >= **lowest as f64 - 0.5).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_class_begins_with_its_lowest_count() {
        for (class, lowest) in LOWEST.iter().enumerate() {
            assert_eq!(class_of(*lowest), class);
            assert_eq!(class_of_value(*lowest as f64), class);
            assert_eq!(class_of_value(*lowest as f64 - 0.5), class);
            assert_eq!(class_of((lowest + 1).saturating_sub(2)), class.saturating_sub(1));
        }
        assert_eq!((class_of(u64::MAX), class_of_value(f64::MAX)), (10, 10));
    }
}
