//! A short series as a small line, with all its values in words for who does not see it.

use crate::html::{Escaped, Html};
use crate::texts;
use std::fmt::Write as _;

/// One value of a series.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SeriesPoint {
    /// The period: `2027-02`.
    pub label: String,
    /// The index, 0 to 100, or a count; none where no data is held.
    pub value: Option<u8>,
}

/// A series of an index by period, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Series {
    /// What it is of: `Orvessa–Drenn`.
    pub name: String,
    /// Its values.
    pub points: Vec<SeriesPoint>,
    /// The value that is drawn at full height; 100 without one. A series of counts sets its own.
    pub top: Option<u8>,
}

/// The highest value of an index.
const INDEX_MAX: u32 = 100;
/// Size of the line's box, in CSS pixels: it is never scaled, so that strokes keep their width.
const WIDTH: u32 = 120;
const HEIGHT: u32 = 28;
/// Room for the dot at the end and for the stroke, in CSS pixels.
const MARGIN: u32 = 3;

impl Series {
    /// Returns the line. A gap in the data is a gap in the line; the last value has a dot.
    pub(crate) fn sparkline(&self) -> Html {
        let (mut path, mut pen_down, mut end) = (String::new(), false, None);
        for (at, point) in self.points.iter().enumerate() {
            let Some(value) = point.value else {
                pen_down = false;
                continue;
            };
            let (x, y) = (self.x(at), self.y(value));
            let letter = if pen_down { 'L' } else { 'M' };
            // A value alone between two gaps would be a path without length: the square line cap draws it as a dot.
            path.write_fmt(format_args!("{letter}{x} {y}h0")).unwrap_or_default();
            pen_down = true;
            end = Some((x, y));
        }
        let dot = end.map_or_else(String::new, |(x, y)| {
            format!("<circle class=\"end\" cx=\"{x}\" cy=\"{y}\" r=\"2.5\"/>")
        });
        let said = self.said();
        let said = Escaped(&said);
        Html::already_escaped(format!(
            "<svg class=\"spark\" role=\"img\" aria-label=\"{said}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" viewBox=\"0 0 {WIDTH} {HEIGHT}\"><path class=\"base\" d=\"M0 {bottom}h{WIDTH}\"/><path class=\"line\" d=\"{path}\"/>{dot}</svg>",
            bottom = HEIGHT - 1
        ))
    }

    fn x(&self, at: usize) -> u32 {
        let last = u32::try_from(self.points.len().saturating_sub(1)).unwrap_or(u32::MAX).max(1);
        let at = u32::try_from(at).unwrap_or(u32::MAX).min(last);
        MARGIN + at * (WIDTH - 2 * MARGIN) / last
    }

    fn y(&self, value: u8) -> u32 {
        let top = self.top.map_or(INDEX_MAX, u32::from).max(1);
        HEIGHT - MARGIN - u32::from(value).min(top) * (HEIGHT - 2 * MARGIN) / top
    }

    /// Returns the whole series as text.
    fn said(&self) -> String {
        let values = self.points.iter().map(|point| {
            let value = point.value.map_or(texts::NO_DATA.to_owned(), |v| v.to_string());
            format!("{} {value}", point.label)
        });
        format!("{}: {}", self.name, values.collect::<Vec<_>>().join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(values: &[Option<u8>]) -> Series {
        let points = values
            .iter()
            .enumerate()
            .map(|(at, value)| SeriesPoint { label: format!("w{at}"), value: *value });
        Series { name: "Vael Pass".to_owned(), points: points.collect(), top: None }
    }

    #[test]
    fn a_sparkline_says_all_its_values() {
        insta::assert_snapshot!(series(&[Some(0), None, Some(100)]).sparkline(), @r#"<svg class="spark" role="img" aria-label="Vael Pass: w0 0, w1 no data, w2 100" width="120" height="28" viewBox="0 0 120 28"><path class="base" d="M0 27h120"/><path class="line" d="M3 25h0M117 3h0"/><circle class="end" cx="117" cy="3" r="2.5"/></svg>"#);
    }

    #[test]
    fn a_series_without_data_is_an_empty_line() {
        assert!(!series(&[]).sparkline().to_string().contains("circle"));
        assert!(!series(&[None]).sparkline().to_string().contains("circle"));
    }

    #[test]
    fn an_index_above_its_range_stays_in_the_box() {
        let line = series(&[]);
        assert_eq!(line.y(255), line.y(100));
    }

    #[test]
    fn counts_are_drawn_up_to_their_own_top() {
        let counts = Series { top: Some(4), ..series(&[]) };
        assert_eq!(counts.y(4), series(&[]).y(100));
        assert_eq!(Series { top: Some(0), ..series(&[]) }.y(0), series(&[]).y(0));
    }
}
