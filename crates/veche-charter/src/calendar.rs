//! Points in time from durations: working days, months, terms of a chair.
//!
//! Zones are fixed offsets from UTC: a zone database that changes would change what nodes derive.

use crate::model::{Calendar, Chair, Duration};
use std::collections::{BTreeMap, BTreeSet};
use veche_ledger::{PartyId, Seconds, UnixSeconds};

const DAY: i64 = 86_400;

/// A naive month, in days: what test vectors without a calendar count with.
const NAIVE_MONTH_DAYS: i64 = 30;

/// Longest search for working days, in days: the calendar of an organisation that works once a year ends it.
const SEARCH_DAYS_MAX: u32 = 400 * 366;

impl Calendar {
    /// Returns the calendar of test vectors: a working day is 24 h, a month 720 h, a year twelve such months.
    #[must_use]
    pub const fn naive() -> Self {
        Self {
            title: String::new(),
            zone_minutes: 0,
            working_days: [true; 7],
            holidays: BTreeSet::new(),
            classes: BTreeMap::new(),
            is_naive: true,
        }
    }

    /// Returns the time that lies a duration after another.
    ///
    /// Working days keep the local time of day and count only days that the calendar works on. Months keep the local
    /// time and day, or take the last day of a month that is shorter.
    #[must_use]
    pub fn add(&self, from: UnixSeconds, duration: Duration) -> UnixSeconds {
        match duration {
            Duration::Span(span) => from + span,
            Duration::WorkingDays(count) => {
                self.move_days(from, |day| self.working_days_after(day, count))
            }
            Duration::Months(count) if self.is_naive => {
                self.move_days(from, |day| day + i64::from(count) * NAIVE_MONTH_DAYS)
            }
            Duration::Months(count) => self.move_days(from, |day| months_after(day, count)),
        }
    }

    /// Returns true if the calendar works on a day, given as days since 1970-01-01.
    #[must_use]
    pub fn works_on(&self, day: i64) -> bool {
        // 1970-01-01 was a Thursday, the fourth day of a week that starts on Monday.
        let weekday = usize::try_from((day + 3).rem_euclid(7)).unwrap_or_default();
        let is_holiday = u64::try_from(day).is_ok_and(|d| self.holidays.contains(&d));
        self.working_days.get(weekday).copied().unwrap_or_default() && !is_holiday
    }

    fn move_days(&self, from: UnixSeconds, target: impl Fn(i64) -> i64) -> UnixSeconds {
        let zone = i64::from(self.zone_minutes) * 60;
        let local = i64::try_from(from.0).unwrap_or(i64::MAX / 2) + zone;
        let moved = target(local.div_euclid(DAY)) * DAY + local.rem_euclid(DAY) - zone;
        UnixSeconds(u64::try_from(moved).unwrap_or_default())
    }

    fn working_days_after(&self, day: i64, count: u32) -> i64 {
        let (mut day, mut left) = (day, count);
        for _ in 0..SEARCH_DAYS_MAX {
            if left == 0 {
                break;
            }
            day += 1;
            if self.works_on(day) {
                left -= 1;
            }
        }
        day
    }
}

impl Chair {
    /// Returns who presides at a time; before the first term, who presides in it.
    ///
    /// Terms are counted from the start of the first, so that a term of months begins on the same day each time.
    #[must_use]
    pub fn at(&self, time: UnixSeconds) -> Option<&PartyId> {
        let term = self.term_at(time);
        let len = u64::try_from(self.order.len()).ok().filter(|n| *n > 0)?;
        self.order.get(usize::try_from(term % len).ok()?)
    }

    /// Returns when the term that runs at a time ends.
    #[must_use]
    pub fn term_end(&self, time: UnixSeconds) -> UnixSeconds {
        self.term_start(self.term_at(time) + 1)
    }

    fn term_at(&self, time: UnixSeconds) -> u64 {
        if time <= self.start {
            return 0;
        }
        let guess = time.since(self.start).0 / self.period.rough_seconds().max(1);
        // The guess counts months of 30 days, so it is never too low for months and may be too high by one in sixty.
        let mut term = guess + 1;
        while term > 0 && self.term_start(term) > time {
            term -= 1;
        }
        term
    }

    fn term_start(&self, term: u64) -> UnixSeconds {
        let times = |n: u32| n.saturating_mul(u32::try_from(term).unwrap_or(u32::MAX));
        let calendar = Calendar { is_naive: false, ..Calendar::naive() };
        match self.period {
            Duration::Span(span) => self.start + Seconds(span.0.saturating_mul(term)),
            Duration::WorkingDays(n) => {
                calendar.add(self.start, Duration::Span(Seconds::hours(u64::from(times(n)) * 24)))
            }
            Duration::Months(n) => calendar.add(self.start, Duration::Months(times(n))),
        }
    }
}

/// Returns the day so many months later: the same day of the month, or its last.
fn months_after(day: i64, count: u32) -> i64 {
    let (year, month, of_month) = UnixSeconds(u64::try_from(day * DAY).unwrap_or_default()).date();
    let months = year * 12 + month - 1 + u64::from(count);
    let (year, month) = (months / 12, months % 12 + 1);
    let start = first_of(year, month);
    let next = if month == 12 { first_of(year + 1, 1) } else { first_of(year, month + 1) };
    start + i64::try_from(of_month).unwrap_or(1).min(next - start) - 1
}

/// Returns the first day of a month, as days since 1970-01-01, by counting leap days before its year.
fn first_of(year: u64, month: u64) -> i64 {
    const BEFORE: [u64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let past = year.saturating_sub(1);
    let leap_days = past / 4 - past / 100 + past / 400;
    // 1970-01-01 is day 719,162 counted from 0001-01-01.
    let index = usize::try_from(month.saturating_sub(1)).unwrap_or_default();
    let days = past * 365
        + leap_days
        + BEFORE.get(index).copied().unwrap_or_default()
        + u64::from(is_leap && month > 2);
    i64::try_from(days).unwrap_or(i64::MAX / DAY) - 719_162
}

/// Reads a date `2027-03-08` as days since 1970-01-01.
pub(crate) fn parse_date(text: &str) -> Option<u64> {
    UnixSeconds::parse(&format!("{text}T00:00:00Z")).ok().map(|t| t.0 / 86_400)
}

/// Reads a zone `+02:00` as minutes east of UTC.
pub(crate) fn parse_zone(text: &str) -> Option<i32> {
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    let digits = |t: &str| t.len() == 2 && t.bytes().all(|b| b.is_ascii_digit());
    if !digits(hours) || !digits(minutes) {
        return None;
    }
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours <= 14 && minutes < 60).then_some(sign * (hours * 60 + minutes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn week(zone_minutes: i32, holidays: &[&str]) -> Calendar {
        Calendar {
            zone_minutes,
            working_days: [true, true, true, true, true, false, false],
            holidays: holidays.iter().map(|h| parse_date(h).unwrap()).collect(),
            is_naive: false,
            ..Calendar::naive()
        }
    }

    #[track_caller]
    fn check(calendar: &Calendar, from: &str, duration: &str, to: &str) {
        let from = UnixSeconds::parse(from).unwrap();
        assert_eq!(calendar.add(from, Duration::parse(duration).unwrap()).to_string(), to);
    }

    #[test]
    fn working_days_pass_over_a_weekend_and_a_holiday() {
        // 2027-03-05 is a Friday, 2027-03-08 a holiday.
        let calendar = week(0, &["2027-03-08"]);
        check(&calendar, "2027-03-05T15:30:00Z", "1wd", "2027-03-09T15:30:00Z");
        check(&calendar, "2027-03-06T09:00:00Z", "2wd", "2027-03-10T09:00:00Z");
        check(&calendar, "2027-03-01T09:00:00Z", "4wd", "2027-03-05T09:00:00Z");
    }

    #[test]
    fn the_day_is_that_of_the_calendars_zone() {
        // 23:00 on Friday in UTC is Saturday at +02:00: Monday is the first working day after it.
        check(&week(120, &[]), "2027-03-05T23:00:00Z", "1wd", "2027-03-07T23:00:00Z");
        check(&week(0, &[]), "2027-03-05T23:00:00Z", "1wd", "2027-03-08T23:00:00Z");
        check(&week(120, &[]), "2027-01-30T23:00:00Z", "1mo", "2027-02-27T23:00:00Z");
    }

    #[test]
    fn a_month_ends_on_its_last_day() {
        let calendar = week(0, &[]);
        check(&calendar, "2027-01-31T10:00:00Z", "1mo", "2027-02-28T10:00:00Z");
        check(&calendar, "2028-01-31T10:00:00Z", "1mo", "2028-02-29T10:00:00Z");
        check(&calendar, "2026-11-22T10:00:00Z", "6mo", "2027-05-22T10:00:00Z");
        check(&calendar, "2028-02-29T10:00:00Z", "1y", "2029-02-28T10:00:00Z");
        check(&calendar, "2026-12-01T00:00:00Z", "1mo", "2027-01-01T00:00:00Z");
    }

    #[test]
    fn naive_time_knows_no_weekend_and_no_short_month() {
        check(&Calendar::naive(), "2027-03-05T15:30:00Z", "3wd", "2027-03-08T15:30:00Z");
        check(&Calendar::naive(), "2027-01-31T10:00:00Z", "1mo", "2027-03-02T10:00:00Z");
    }

    #[test]
    fn the_chair_passes_on_the_second_the_term_ends() {
        let party = |t: &str| PartyId::parse(t).unwrap();
        let chair = Chair {
            order: vec![party("a"), party("b"), party("c")],
            start: UnixSeconds::parse("2026-08-31T00:00:00Z").unwrap(),
            period: Duration::parse("6mo").unwrap(),
        };
        let at = |t: &str| chair.at(UnixSeconds::parse(t).unwrap()).unwrap().to_string();
        assert_eq!(at("2020-01-01T00:00:00Z"), "a");
        assert_eq!(at("2027-02-27T23:59:59Z"), "a");
        assert_eq!(at("2027-02-28T00:00:00Z"), "b");
        assert_eq!(at("2027-08-31T00:00:00Z"), "c");
        assert_eq!(at("2028-02-29T00:00:00Z"), "a");
        assert_eq!(at("2076-08-31T00:00:00Z"), "b");
        let end = chair.term_end(UnixSeconds::parse("2027-03-01T00:00:00Z").unwrap());
        assert_eq!(end.to_string(), "2027-08-31T00:00:00Z");
    }

    #[test]
    fn a_zone_is_a_sign_hours_and_minutes() {
        assert_eq!(parse_zone("+05:30"), Some(330));
        assert_eq!(parse_zone("-03:00"), Some(-180));
        for text in ["", "05:00", "+5:00", "+15:00", "+01:60", "Z", "é05:00"] {
            assert_eq!(parse_zone(text), None, "{text}");
        }
    }
}
