//! Whether what was given a probability happened as often as that.

use super::Predictive;

/// Returns the probability integral transform of a count: the probabilities of less, and of no more, than it.
///
/// For a calibrated forecast of counts, a point drawn evenly between the two is even over 0 to 1.
#[must_use]
pub fn pit(forecast: &dyn Predictive, observed: u64) -> (f64, f64) {
    let no_more = 1.0 - forecast.at_least(observed.saturating_add(1));
    (1.0 - forecast.at_least(observed), no_more)
}

/// Returns what share of the transforms falls in each of `classes` equal parts of 0 to 1; flat is calibrated.
///
/// A transform spreads evenly over its interval, so that nothing is drawn.
///
/// Source: Czado, Gneiting and Held (2009), "Predictive model assessment for count data".
#[must_use]
pub fn pit_histogram(transforms: &[(f64, f64)], classes: usize) -> Vec<f64> {
    let mut shares = vec![0.0; classes];
    for (low, high) in transforms {
        for (class, share) in shares.iter_mut().enumerate() {
            let (from, to) = (class as f64 / classes as f64, (class + 1) as f64 / classes as f64);
            let last = class + 1 == classes;
            *share += if high - low > 0.0 {
                (high.min(to) - low.max(from)).max(0.0) / (high - low)
            } else {
                f64::from(u8::from(from <= *low && (*low < to || last)))
            } / transforms.len() as f64;
        }
    }
    shares
}

/// One line of a reliability table.
#[derive(Debug, Clone, Copy, PartialEq, Default, serde::Serialize)]
pub struct Reliability {
    /// How many forecasts are in the line.
    pub forecasts: u64,
    /// Their mean probability.
    pub said: f64,
    /// The share of them after which it happened.
    pub happened: f64,
}

/// Returns how often something happened that was given a probability, by classes of probability.
///
/// `edges`: the lower bounds of all classes but the first, ascending. A class without a forecast has a line of zeros.
#[must_use]
pub fn reliability(forecasts: &[(f64, bool)], edges: &[f64]) -> Vec<Reliability> {
    let mut lines = vec![Reliability::default(); edges.len() + 1];
    for (probability, happened) in forecasts {
        let line = &mut lines[edges.partition_point(|edge| edge <= probability)];
        line.forecasts += 1;
        line.said += probability;
        line.happened += f64::from(u8::from(*happened));
    }
    for line in lines.iter_mut().filter(|line| line.forecasts > 0) {
        line.said /= line.forecasts as f64;
        line.happened /= line.forecasts as f64;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forecast::Draws;

    #[test]
    fn a_transform_spreads_over_what_was_believed() {
        let draws = Draws::new(vec![0.0, 0.0, 1.0, 5.0]).unwrap();
        assert_eq!(
            [0, 1, 2, 9].map(|y| pit(&draws, y)),
            [(0.0, 0.5), (0.5, 0.75), (0.75, 0.75), (1.0, 1.0)]
        );
        assert_eq!(pit_histogram(&[(0.0, 0.5), (0.5, 1.0)], 4), [0.25; 4]);
        assert_eq!(pit_histogram(&[(0.75, 0.75), (1.0, 1.0)], 4), [0.0, 0.0, 0.0, 1.0]);
    }

    #[test]
    fn a_reliability_table_counts_by_probability() {
        let lines =
            reliability(&[(0.1, false), (0.3, true), (0.1, true), (0.5, true)], &[0.2, 0.5, 0.9]);
        let told: Vec<_> = lines.iter().map(|line| (line.forecasts, line.happened)).collect();
        assert_eq!(told, [(2, 0.5), (1, 1.0), (1, 1.0), (0, 0.0)]);
        assert!((lines[0].said - 0.1).abs() < 1e-12);
    }
}
