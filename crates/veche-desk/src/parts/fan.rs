//! Counts over months with what was or is forecast of them: bands of 50 and 90 %, on a scale of logarithms.

use crate::html::{Escaped, Html};
use crate::texts;
use std::fmt::Write as _;

/// A band of a month: what lies between with a chance of 90 % and of 50 %, and the middle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FanBand {
    /// Lower end of the 90 %.
    pub low: u64,
    /// Lower end of the 50 %; none where only the 90 % are known.
    pub inner: Option<(u64, u64)>,
    /// The middle.
    pub middle: u64,
    /// Upper end of the 90 %.
    pub high: u64,
}

/// One month of a chart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FanMonth {
    /// The month: `2027-02`.
    pub label: String,
    /// What was counted, if that is known.
    pub came: Option<u64>,
    /// What is or was forecast, if anything.
    pub band: Option<FanBand>,
}

/// A chart of counts and forecasts, oldest month first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fan {
    /// What it shows, for who does not see it: `Orvessa, deaths by month`.
    pub name: String,
    /// Its months.
    pub months: Vec<FanMonth>,
}

/// Size of the chart's box, in its own units; it shrinks with the page.
const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 220.0;
/// Room for the numbers beside the axis and for the months below it.
const LEFT: f64 = 52.0;
const BELOW: f64 = 24.0;
const ABOVE: f64 = 10.0;
/// Counts at which a line is drawn.
const TICKS: [u64; 7] = [0, 10, 100, 1_000, 10_000, 100_000, 1_000_000];
/// Months between two labels.
const LABEL_EVERY: usize = 6;
/// Least count at the top, so that a quiet unit has a chart too.
const TOP_MIN: u64 = 10;

impl Fan {
    /// Returns the chart.
    pub(crate) fn chart(&self) -> Html {
        let (mut out, top) = (String::new(), self.top());
        for tick in TICKS.iter().filter(|tick| **tick <= top) {
            let y = y(*tick, top);
            // Writing to a String cannot fail.
            write!(out, "<path class=\"grid\" d=\"M{LEFT:.0} {y:.1}H{WIDTH:.0}\"/><text class=\"tick\" x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\">{tick}</text>", LEFT - 6.0, y + 4.0).unwrap_or_default();
        }
        for (at, month) in self.months.iter().enumerate() {
            // A label at the end would not fit.
            if at % LABEL_EVERY == 0 && at + 2 < self.months.len() {
                let label = Escaped(&month.label);
                write!(out, "<text class=\"tick\" x=\"{:.1}\" y=\"{:.0}\" text-anchor=\"middle\">{label}</text>", self.x(at), HEIGHT - 6.0).unwrap_or_default();
            }
            if let Some(band) = &month.band {
                self.band(&mut out, at, band, top);
            }
        }
        out.push_str(&self.line(top));
        let said = self.said();
        Html::already_escaped(format!(
            "<svg class=\"fan\" role=\"img\" aria-label=\"{}\" viewBox=\"0 0 {WIDTH:.0} {HEIGHT:.0}\">{out}</svg>",
            Escaped(&said)
        ))
    }

    fn band(&self, out: &mut String, at: usize, band: &FanBand, top: u64) {
        let (x, half) = (self.x(at), self.step() * 0.42);
        let mut bar = |class: &str, low: u64, high: u64| {
            let (from, to) = (y(high, top), y(low, top));
            write!(out, "<rect class=\"{class}\" x=\"{:.1}\" y=\"{from:.1}\" width=\"{:.1}\" height=\"{:.1}\"/>", x - half, half * 2.0, (to - from).max(1.0)).unwrap_or_default();
        };
        bar("wide", band.low, band.high);
        if let Some((low, high)) = band.inner {
            bar("half", low, high);
        }
        let middle = y(band.middle, top);
        write!(
            out,
            "<path class=\"middle\" d=\"M{:.1} {middle:.1}h{:.1}\"/>",
            x - half,
            half * 2.0
        )
        .unwrap_or_default();
    }

    /// Returns the line of what was counted, with a dot a month; a cross where it lies outside the band.
    fn line(&self, top: u64) -> String {
        let (mut path, mut dots, mut is_down) = (String::new(), String::new(), false);
        for (at, month) in self.months.iter().enumerate() {
            let Some(came) = month.came else {
                is_down = false;
                continue;
            };
            let (x, y) = (self.x(at), y(came, top));
            write!(path, "{}{x:.1} {y:.1}", if is_down { 'L' } else { 'M' }).unwrap_or_default();
            is_down = true;
            let is_missed = month.band.is_some_and(|band| came < band.low || came > band.high);
            if is_missed {
                write!(
                    dots,
                    "<path class=\"miss\" d=\"M{:.1} {:.1}l8 8m0 -8l-8 8\"/>",
                    x - 4.0,
                    y - 4.0
                )
                .unwrap_or_default();
            } else {
                write!(dots, "<circle class=\"came\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2.5\"/>")
                    .unwrap_or_default();
            }
        }
        format!("<path class=\"line\" d=\"{path}\"/>{dots}")
    }

    fn top(&self) -> u64 {
        let highest = |month: &FanMonth| {
            month.band.map_or(0, |band| band.high).max(month.came.unwrap_or_default())
        };
        self.months.iter().map(highest).max().unwrap_or_default().max(TOP_MIN)
    }

    fn step(&self) -> f64 {
        (WIDTH - LEFT) / self.months.len().max(1) as f64
    }

    fn x(&self, at: usize) -> f64 {
        LEFT + self.step() * (at as f64 + 0.5)
    }

    /// Returns what the chart shows, in words; its table has each value.
    fn said(&self) -> String {
        let known = self.months.iter().filter(|month| month.came.is_some()).count();
        let said = self.months.iter().filter(|month| month.band.is_some()).count();
        texts::forecast::chart_said(&self.name, known, said)
    }
}

/// Returns the height of a count on a scale of `ln(1 + count)`.
fn y(count: u64, top: u64) -> f64 {
    let share = (count as f64).ln_1p() / (top as f64).ln_1p();
    ABOVE + (HEIGHT - ABOVE - BELOW) * (1.0 - share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_outside_its_band_is_crossed_and_one_inside_has_a_dot() {
        let band = FanBand { low: 2, inner: Some((5, 20)), middle: 9, high: 60 };
        let month = |came| FanMonth { label: "2027-01".to_owned(), came, band: Some(band) };
        let fan = Fan {
            name: "Sudra".to_owned(),
            months: vec![month(Some(9)), month(Some(400)), month(None)],
        };
        let html = fan.chart().to_string();
        assert_eq!(
            (html.matches("class=\"came\"").count(), html.matches("class=\"miss\"").count()),
            (1, 1)
        );
        assert_eq!(
            (html.matches("class=\"wide\"").count(), html.matches("class=\"half\"").count()),
            (3, 3)
        );
    }

    #[test]
    fn higher_counts_stand_higher_and_stay_in_the_box() {
        assert!(y(0, 100) > y(1, 100) && y(1, 100) > y(100, 100));
        assert!((y(0, 100) - (HEIGHT - BELOW)).abs() < 1e-9 && (y(100, 100) - ABOVE).abs() < 1e-9);
    }
}
