//! What a learning model is told of a unit's past: figures of its own counts, and of the world's.

use crate::forecast::panel::Past;

/// Months back of single counts.
const LAGS: [usize; 9] = [0, 1, 2, 3, 4, 5, 6, 8, 11];
/// Months over which mean, maximum and share of months with deaths are formed.
const SPANS: [usize; 7] = [3, 6, 12, 24, 36, 60, 120];
/// Months over which the spread is formed.
const SPREADS: [usize; 3] = [6, 12, 24];
/// Deaths since whose last month the months are counted.
const LEVELS: [f64; 6] = [1.0, 5.0, 25.0, 100.0, 500.0, 1000.0];
/// Half-lives of weighted means, in months.
const HALF_LIVES: [f64; 3] = [3.0, 12.0, 36.0];
/// Months that a weighted mean reaches back.
const WEIGHTED_MONTHS: usize = 120;
/// Months over which the means of the wider counts are formed, and of what they have beyond the unit's own.
const WIDER_SPANS: [usize; 4] = [1, 3, 12, 36];
/// Months over which the share of months with deaths of the wider kind is formed.
const WIDER_SHARE: usize = 36;
/// Months over which their maximum is formed.
const WIDER_MOST: usize = 120;
/// Figures of the wider counts.
const WIDER: usize = 2 * WIDER_SPANS.len() + 2;
/// Figures of the unit's own counts.
const OWN: usize =
    LAGS.len() + 3 * SPANS.len() + SPREADS.len() + LEVELS.len() + HALF_LIVES.len() + 2;
/// Figures beside those: the world's mean, the horizon and the month of the year.
const OTHER: usize = 3;
/// A month as far back as any is asked for: "never" is told as this many.
const NEVER: usize = 240;

/// What is known of a unit at a month.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// Its counts, the month's last.
    pub counts: &'a [f64],
    /// Counts of a wider kind, of the same months; without, nothing is told of them.
    pub wider: Option<&'a [f64]>,
    /// The mean of all units over the last year.
    pub world: f64,
}

impl<'a> Known<'a> {
    /// Returns what was known of a unit so many months before a past's end.
    #[must_use]
    pub fn at(past: Past<'a>, unit: usize, ago: usize, world: f64) -> Self {
        let wider = past.has_wider().then(|| past.wider(unit, ago));
        Self { counts: past.before(unit, ago), wider, world }
    }

    /// Returns the figures of all that is known; counts are told as `ln(1 + deaths)`.
    ///
    /// The last two are those of the month that is asked about: see [`ask`]. As many as [`width`] says.
    #[must_use]
    pub fn row(&self) -> Vec<f32> {
        let mut figures = Vec::with_capacity(width(self.wider.is_some()));
        own(self.counts, &mut figures);
        if let Some(counts) = self.wider {
            wider(self.counts, counts, &mut figures);
        }
        figures.extend([self.world.ln_1p(), 0.0, 0.0]);
        figures.into_iter().map(single).collect()
    }
}

/// Returns how many figures a row has, with those of wider counts or without.
#[must_use]
pub const fn width(has_wider: bool) -> usize {
    if has_wider { OWN + WIDER + OTHER } else { OWN + OTHER }
}

/// Returns a row that asks about the month so many months ahead, the number of which within its year is given.
#[must_use]
pub fn ask(row: &[f32], horizon: usize, month_of_year: u16) -> Vec<f32> {
    let mut row = row.to_vec();
    if let [.., ahead, month] = row.as_mut_slice() {
        (*ahead, *month) = (single(horizon as f64), f32::from(month_of_year));
    }
    row
}

/// What a figure is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// In words.
    pub figure: String,
    /// What it is one of: figures that tell much the same take each other's place in trees.
    pub family: &'static str,
}

/// Families by how far back a figure of the unit's own counts reaches, by the longest.
const REACHES: [(usize, &str); 3] =
    [(3, "the last three months"), (12, "the last year"), (usize::MAX, "the years before")];

/// Returns what each figure of a row is.
#[must_use]
pub fn names(has_wider: bool) -> Vec<Name> {
    let mut names = own_names();
    let other = |figure: String| Name { figure, family: "violence of other kinds" };
    if has_wider {
        for span in WIDER_SPANS {
            let kinds = ["deaths in all violence", "deaths in other violence"];
            names.extend(kinds.map(|kind| match span {
                1 => other(format!("{kind}, last month")),
                _ => other(format!("mean {kind}, last {span} months")),
            }));
        }
        names.push(other(format!(
            "share of months with deaths in any violence, last {WIDER_SHARE} months"
        )));
        names.push(other(format!(
            "most deaths in all violence in a month, last {WIDER_MOST} months"
        )));
    }
    let [world, ahead, month] = [
        ("deaths in all units", "the world"),
        ("how far ahead", "the month asked about"),
        ("month of the year", "the month asked about"),
    ]
    .map(|(figure, family)| Name { figure: figure.to_owned(), family });
    names.extend([world, ahead, month]);
    names
}

fn own_names() -> Vec<Name> {
    let reach = |months: usize, figure: String| {
        let family = REACHES.iter().find(|(longest, _)| months <= *longest);
        Name { figure, family: family.map_or("", |(_, family)| family) }
    };
    let mut names: Vec<Name> = LAGS
        .map(|lag| match lag {
            0 => reach(1, "deaths in the last month".to_owned()),
            1 => reach(2, "deaths a month before it".to_owned()),
            _ => reach(lag + 1, format!("deaths {lag} months before it")),
        })
        .into();
    for span in SPANS {
        let kinds = ["mean deaths", "most deaths in a month", "share of months with deaths"];
        names.extend(kinds.map(|kind| reach(span, format!("{kind}, last {span} months"))));
    }
    names.extend(SPREADS.map(|span| reach(span, format!("spread of deaths, last {span} months"))));
    let since = |figure| Name { figure, family: "how long ago it was as bad" };
    names.extend(LEVELS.map(|level| match level {
        1.0 => since("months since a death".to_owned()),
        _ => since(format!("months since {level} deaths or more")),
    }));
    for (half_life, months) in HALF_LIVES.into_iter().zip([3, 12, 36]) {
        let figure = format!("deaths weighted by age, half-life {half_life} months");
        names.push(reach(months, figure));
    }
    let trend = |figure: &str| Name { figure: figure.to_owned(), family: "the trend" };
    names.extend(["last 3 months against 12", "last 12 months against 36"].map(trend));
    names
}

fn own(counts: &[f64], figures: &mut Vec<f64>) {
    let back = |months: usize| counts.len().checked_sub(months + 1).map_or(0.0, |at| counts[at]);
    figures.extend(LAGS.map(|lag| back(lag).ln_1p()));
    for span in SPANS {
        let months = last(counts, span);
        figures.extend([mean(months).ln_1p(), most(months).ln_1p(), share(months, span)]);
    }
    figures.extend(SPREADS.map(|span| spread(last(counts, span))));
    for level in LEVELS {
        let since = counts.iter().rev().take(NEVER).position(|count| *count >= level);
        figures.push((since.unwrap_or(NEVER) as f64).ln_1p());
    }
    figures.extend(HALF_LIVES.map(|half_life| weighted(counts, half_life).ln_1p()));
    let trend = |short, long| mean(last(counts, short)).ln_1p() - mean(last(counts, long)).ln_1p();
    figures.extend([trend(3, 12), trend(12, 36)]);
}

fn wider(counts: &[f64], wider: &[f64], figures: &mut Vec<f64>) {
    for span in WIDER_SPANS {
        let all = mean(last(wider, span));
        let beyond = all - mean(last(counts, span));
        figures.extend([all.ln_1p(), beyond.max(0.0).ln_1p()]);
    }
    figures.push(share(last(wider, WIDER_SHARE), WIDER_SHARE));
    figures.push(most(last(wider, WIDER_MOST)).ln_1p());
}

fn last(counts: &[f64], months: usize) -> &[f64] {
    &counts[counts.len().saturating_sub(months)..]
}

fn most(counts: &[f64]) -> f64 {
    counts.iter().copied().fold(0.0, f64::max)
}

/// Returns the share of months with deaths, of so many.
fn share(counts: &[f64], months: usize) -> f64 {
    counts.iter().filter(|count| **count > 0.0).count() as f64 / months as f64
}

/// Returns the mean of all units over the year before `months` ago.
#[must_use]
pub fn world(past: Past<'_>, months: usize) -> f64 {
    let (mut sum, mut cells) = (0.0, 0.0);
    for unit in 0..past.len() {
        for count in past.before(unit, months).iter().rev().take(12) {
            sum += count;
            cells += 1.0;
        }
    }
    if cells > 0.0 { sum / cells } else { 0.0 }
}

fn mean(counts: &[f64]) -> f64 {
    if counts.is_empty() { 0.0 } else { counts.iter().sum::<f64>() / counts.len() as f64 }
}

/// Returns the standard deviation of `ln(1 + deaths)`.
fn spread(counts: &[f64]) -> f64 {
    let logs: Vec<f64> = counts.iter().map(|count| count.ln_1p()).collect();
    let centre = mean(&logs);
    let squares: Vec<f64> = logs.iter().map(|log| (log - centre).powi(2)).collect();
    mean(&squares).sqrt()
}

fn weighted(counts: &[f64], half_life: f64) -> f64 {
    let factor = 0.5f64.powf(1.0 / half_life);
    let (mut weight, mut sum, mut weights) = (1.0, 0.0, 0.0);
    for count in counts.iter().rev().take(WEIGHTED_MONTHS) {
        sum += weight * count;
        weights += weight;
        weight *= factor;
    }
    if weights > 0.0 { sum / weights } else { 0.0 }
}

#[expect(clippy::cast_possible_truncation, reason = "figures of logarithms, shares and months")]
const fn single(value: f64) -> f32 {
    value as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_of_a_row_is_told() {
        let counts = [0.0, 7.0, 3.0, 1.0, 2.0, 900.0];
        let wider = [0.0, 7.0, 3.0, 1.0, 2.0, 940.0];
        let row = |counts, wider, world| Known { counts, wider, world }.row();
        let told = ask(&row(&counts, Some(&wider), 2.0), 5, 11);
        let width = width(true);
        assert_eq!((told.len(), names(true).len()), (width, width));
        assert!((told[0] - single(901f64.ln())).abs() < 1e-6);
        // The last month's deaths of the wider kind, and how many of them are not the unit's own.
        assert!((told[OWN] - single(941f64.ln())).abs() < 1e-6);
        assert!((told[OWN + 1] - single(41f64.ln())).abs() < 1e-6);
        assert_eq!(names(true)[OWN + 1].figure, "deaths in other violence, last month");
        let count = |family| names(true).iter().filter(|name| name.family == family).count();
        assert_eq!(
            (count(""), count("violence of other kinds"), count("the trend")),
            (0, WIDER, 2)
        );
        assert!((told[width - 3] - single(3f64.ln())).abs() < 1e-6);
        assert!((told[width - 2] - 5.0).abs() < 1e-6 && (told[width - 1] - 11.0).abs() < 1e-6);
        // Without wider counts the same is told but for them.
        let alone = ask(&row(&counts, None, 2.0), 5, 11);
        assert_eq!(
            (alone[..OWN].to_vec(), names(false).len()),
            (told[..OWN].to_vec(), alone.len())
        );
        assert_eq!(alone[OWN..], told[width - 3..]);
        let nothing = row(&[], Some(&[]), 0.0);
        assert!(nothing.iter().all(|value| value.is_finite()));
        // Never is as long ago as can be told.
        assert!(nothing.iter().filter(|value| **value > 5.0).count() == LEVELS.len());
    }
}
