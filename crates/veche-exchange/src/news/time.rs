//! When something was published, as feeds, pages and servers write it.

use veche_ledger::UnixSeconds;
use veche_ledger::time::TIME_MAX;

/// A day, or a second of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Told {
    /// The second; the first of the day if only that was told.
    pub at: UnixSeconds,
    /// True if the time of the day was told too.
    pub is_exact: bool,
}

/// As `2026-11-23`, or `2026-11-23T08:40:00Z`.
impl std::fmt::Display for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = self.at.to_string();
        f.write_str(if self.is_exact { &text } else { text.get(..10).unwrap_or(&text) })
    }
}

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// Names of zones that mail knows (RFC 5322, 4.3), and those that news of the region use, with their minutes ahead of UTC.
const ZONES: [(&str, i64); 13] = [
    ("gmt", 0),
    ("ut", 0),
    ("utc", 0),
    ("z", 0),
    ("est", -300),
    ("edt", -240),
    ("cst", -360),
    ("cdt", -300),
    ("mst", -420),
    ("mdt", -360),
    ("pst", -480),
    ("pdt", -420),
    ("msk", 180),
];

/// Reads a time: `2026-11-23`, `2026-11-23T08:40:00+03:00`, or `Mon, 23 Nov 2026 08:40:00 +0300` as mail writes it.
///
/// A time without a zone, or with one that is not known, is taken for UTC. Where the day can be read and the time behind it cannot, the
/// day counts. `None` if there is no day, or one before 1970.
#[must_use]
pub fn read(text: &str) -> Option<Told> {
    let text = text.trim();
    iso(text).or_else(|| mail(text))
}

fn iso(text: &str) -> Option<Told> {
    let (date, rest) = text.split_at_checked(10)?;
    let mut parts = date.split('-');
    let mut next = |len: usize| {
        let part = parts.next()?;
        (part.len() == len).then(|| part.parse::<u32>().ok())?
    };
    let (year, month, day) = (next(4)?, next(2)?, next(2)?);
    let clock = rest.strip_prefix(['T', 't', ' ']);
    joined(year, month, day, clock.and_then(clock_and_zone))
}

fn mail(text: &str) -> Option<Told> {
    let words: Vec<&str> = text.split([' ', ',', '\t']).filter(|word| !word.is_empty()).collect();
    let found = words.windows(3).enumerate().find_map(|(at, words)| {
        let [day, month, year] = words else { return None };
        let front = month.get(..3)?.to_ascii_lowercase();
        let month = MONTHS.iter().position(|own| *own == front)?;
        let number: u32 = year.parse().ok()?;
        // Two digits as mail reads them (RFC 5322, 4.3).
        let number = match (year.len(), number) {
            (2, 0..=49) => number + 2000,
            (2, _) => number + 1900,
            _ => number,
        };
        Some((at, number, u32::try_from(month).ok()? + 1, day.parse().ok()?))
    });
    let (at, year, month, day) = found?;
    let rest = words.get(at + 3..).unwrap_or_default().join(" ");
    joined(year, month, day, clock_and_zone(&rest))
}

fn joined(year: u32, month: u32, day: u32, clock: Option<(u32, i64)>) -> Option<Told> {
    let (second, minutes_ahead) = clock.unwrap_or_default();
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z");
    let at = UnixSeconds::parse(&text).ok()?;
    let seconds = i64::try_from(at.0).ok()? - minutes_ahead * 60;
    let at = UnixSeconds(u64::try_from(seconds).ok()?);
    (at <= TIME_MAX).then_some(Told { at, is_exact: clock.is_some() })
}

/// Reads `08:40`, `8:40:12.5`, with a zone behind it or none: the second of the day, and the zone's minutes ahead of UTC.
fn clock_and_zone(text: &str) -> Option<(u32, i64)> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && !":.,".contains(c)).unwrap_or(text.len());
    let (clock, zone) = text.split_at_checked(end)?;
    let mut parts = clock.split(['.', ',']).next()?.split(':').map(|part| {
        let is_number = matches!(part.len(), 1 | 2);
        is_number.then(|| part.parse::<u32>().ok())?
    });
    let (hour, minute) = (parts.next()??, parts.next()??);
    // A leap second is the last of its minute.
    let second = parts.next().map_or(Some(0), |part| part)?.min(59);
    let known = parts.next().is_none() && hour < 24 && minute < 60;
    known.then(|| (hour * 3600 + minute * 60 + second, zone_of(zone).unwrap_or(0)))
}

fn zone_of(text: &str) -> Option<i64> {
    let text = text.trim().to_ascii_lowercase();
    let named = ZONES.iter().find(|(name, _)| *name == text).map(|(_, minutes)| *minutes);
    named.or_else(|| {
        let sign = if text.starts_with('+') { 1 } else { -1 };
        let digits = text.strip_prefix(['+', '-'])?.replace(':', "");
        let number: i64 = digits.get(..4)?.parse().ok()?;
        let (hours, minutes) = (number / 100, number % 100);
        (hours < 15 && minutes < 60).then_some(sign * (hours * 60 + minutes))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(cases: &[(&str, &str)]) {
        for (text, expected) in cases {
            let found = read(text).map_or("none".to_owned(), |told| told.to_string());
            assert_eq!(&found, expected, "{text}");
        }
    }

    #[test]
    fn times_of_feeds_are_kept_to_the_second() {
        check(&[
            ("2026-11-23", "2026-11-23"),
            ("2026-11-23T08:40:12Z", "2026-11-23T08:40:12Z"),
            ("2026-11-23T00:40:12.345+03:00", "2026-11-22T21:40:12Z"),
            ("2026-11-23 08:40", "2026-11-23T08:40:00Z"),
            ("Mon, 23 Nov 2026 08:00:00 +0300", "2026-11-23T05:00:00Z"),
            ("23 Nov 26 8:00 EST", "2026-11-23T13:00:00Z"),
            ("Mon, 23 November 2026 23:59:60 GMT", "2026-11-23T23:59:59Z"),
            ("Mon, 23 Nov 2026", "2026-11-23"),
        ]);
    }

    #[test]
    fn a_day_counts_where_the_time_behind_it_cannot_be_read() {
        check(&[("2026-11-23T25:00:00Z", "2026-11-23"), ("2026-11-23Tnoon", "2026-11-23")]);
    }

    #[test]
    fn what_is_no_day_is_none() {
        check(&[
            ("soon", "none"),
            ("2026-02-30", "none"),
            ("1969-12-31", "none"),
            ("", "none"),
            ("23 Nov 99999999999", "none"),
            ("2026-11-2é", "none"),
        ]);
    }
}
