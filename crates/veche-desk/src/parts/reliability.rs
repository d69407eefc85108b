//! How often it happened against how likely it was said to be: on the diagonal, both are the same.

use crate::html::Html;
use crate::texts;
use std::fmt::Write as _;

/// A class of chances.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReliabilityPoint {
    /// The mean chance given, in thousandths.
    pub said: u16,
    /// The share after which it happened, in thousandths.
    pub happened: u16,
    /// How many forecasts.
    pub forecasts: u64,
}

/// A reliability diagram.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReliabilityChart {
    /// Its classes, lowest chance first, without those that have no forecast.
    pub points: Vec<ReliabilityPoint>,
}

/// Side of the square, and room for its numbers.
const SIDE: f64 = 200.0;
const MARGIN: f64 = 48.0;

impl ReliabilityChart {
    /// Returns the diagram; a larger dot stands for more forecasts.
    pub(crate) fn chart(&self) -> Html {
        let (size, end) = (SIDE + MARGIN + 12.0, MARGIN + SIDE);
        let x = |thousandths: u16| MARGIN + SIDE * f64::from(thousandths) / 1000.0;
        let y = |thousandths: u16| 8.0 + SIDE * (1.0 - f64::from(thousandths) / 1000.0);
        let mut out = format!(
            "<path class=\"grid\" d=\"M{MARGIN:.0} 8V{bottom:.0}H{end:.0}\"/><path class=\"even\" d=\"M{MARGIN:.0} {bottom:.0}L{end:.0} 8\"/>",
            bottom = SIDE + 8.0
        );
        for thousandths in [0, 500, 1000] {
            let percent = thousandths / 10;
            // Writing to a String cannot fail.
            write!(out, "<text class=\"tick\" x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"end\">{percent} %</text><text class=\"tick\" x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"middle\">{percent}</text>", MARGIN - 8.0, y(thousandths) + 4.0, x(thousandths), SIDE + 26.0).unwrap_or_default();
        }
        for point in &self.points {
            let radius = 3.0 + (point.forecasts as f64).ln_1p() * 0.6;
            write!(
                out,
                "<circle class=\"came\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"{radius:.1}\"/>",
                x(point.said),
                y(point.happened)
            )
            .unwrap_or_default();
        }
        Html::already_escaped(format!(
            "<svg class=\"reliability\" role=\"img\" aria-label=\"{}\" viewBox=\"0 0 {size:.0} {size:.0}\">{out}</svg>",
            texts::forecast::reliability_said(self.points.len())
        ))
    }
}
