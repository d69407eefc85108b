//! A point on a net of degrees: where a place lies, without any boundary.

use crate::html::{Escaped, Html};
use std::fmt::Write as _;

/// A place with its degrees.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Spot {
    /// Its name.
    pub name: String,
    /// Millionths of a degree, north positive.
    pub latitude: i32,
    /// Millionths of a degree, east positive.
    pub longitude: i32,
}

/// Degrees to each side of the point, and pixels of a degree.
const REACH: f64 = 10.0;
const SCALE: f64 = 12.0;
/// Degrees between two lines.
const STEP: i32 = 5;
/// Room for the numbers of the lines.
const MARGIN: f64 = 34.0;

impl Spot {
    /// Returns the degrees in words: `40.19° N, 44.51° E`.
    #[must_use]
    pub fn degrees(&self) -> String {
        let of = |millionths: i32, plus: &str, minus: &str| {
            let side = if millionths < 0 { minus } else { plus };
            format!("{:.2}° {side}", f64::from(millionths).abs() / 1e6)
        };
        format!("{}, {}", of(self.latitude, "N", "S"), of(self.longitude, "E", "W"))
    }

    /// Returns the map.
    pub(crate) fn map(&self) -> Html {
        let (north, east) = (f64::from(self.latitude) / 1e6, f64::from(self.longitude) / 1e6);
        // A degree of longitude is shorter away from the equator.
        let narrow = north.to_radians().cos().max(0.2);
        let x = |longitude: f64| MARGIN + (longitude - east + REACH / narrow) * SCALE * narrow;
        let y = |latitude: f64| 8.0 + (north + REACH - latitude) * SCALE;
        let size = 2.0 * REACH * SCALE;
        let side = size + MARGIN;
        let mut out = String::new();
        // Lines of 300 degrees to either side: a map near the seam of the globe has some of the other side.
        let lines = |from: f64, reach: f64| {
            let all = (-60..=60).map(|step| step * STEP);
            all.filter(move |degree| (f64::from(*degree) - from).abs() <= reach)
        };
        for degree in lines(north, REACH).filter(|degree| degree.abs() <= 90) {
            let at = y(f64::from(degree));
            // Writing to a String cannot fail.
            write!(out, "<path class=\"grid\" d=\"M{MARGIN} {at:.1}h{size}\"/><text class=\"tick\" x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>", MARGIN - 4.0, at + 4.0, sided(degree, "N", "S")).unwrap_or_default();
        }
        for degree in lines(east, REACH / narrow) {
            let at = x(f64::from(degree));
            let round = (degree + 180).rem_euclid(360) - 180;
            write!(out, "<path class=\"grid\" d=\"M{at:.1} 8v{size}\"/><text class=\"tick\" x=\"{at:.1}\" y=\"{:.0}\" text-anchor=\"middle\">{}</text>", size + 22.0, sided(round, "E", "W")).unwrap_or_default();
        }
        write!(
            out,
            "<circle class=\"came\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"5\"/>",
            x(east),
            y(north)
        )
        .unwrap_or_default();
        Html::already_escaped(format!(
            "<svg class=\"spot\" role=\"img\" aria-label=\"{}: {}\" viewBox=\"0 0 {:.0} {:.0}\">{out}</svg>",
            Escaped(&self.name),
            Escaped(&self.degrees()),
            side + 12.0,
            size + 28.0
        ))
    }
}

/// Returns a degree with its side: `40 N`, `0`.
fn sided(degree: i32, plus: &str, minus: &str) -> String {
    match degree {
        0 => "0".to_owned(),
        1.. => format!("{degree} {plus}"),
        _ => format!("{} {minus}", -degree),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_lies_in_the_middle_of_its_map_wherever_it_is() {
        for (latitude, longitude, says) in [
            (40_190_000, 44_510_000, "40.19° N, 44.51° E"),
            (-89_900_000, 179_900_000, "89.90° S, 179.90° E"),
            (0, -1, "0.00° N, 0.00° W"),
        ] {
            let spot = Spot { name: "<b>".to_owned(), latitude, longitude };
            let html = spot.map().to_string();
            assert!(html.contains("class=\"came\" cx=\"154.0\" cy=\"128.0\""), "{html}");
            assert!(html.contains(says) && !html.contains("<b>"), "{html}");
        }
    }
}
