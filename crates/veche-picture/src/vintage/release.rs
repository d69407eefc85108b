//! Releases of one series of counts, and what was known when.
//!
//! A release is all that was known since a day: where inputs follow on each other, the merged counts of those up to then.

use super::Vintage;
use crate::area::{AreaId, Series};
use crate::date::Date;
use crate::month::Month;
use crate::table::CountTable;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// Counts by area and month.
pub type Counts = BTreeMap<(AreaId, Month), u32>;

/// What was known of a series, since when, and by which input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    series: Series,
    known: Date,
    counts: Counts,
    vintage: Vintage,
}

impl Release {
    /// Returns the release of counts that are known since a day; `vintage` is the newest input that they are from.
    #[must_use]
    pub const fn new(series: Series, known: Date, counts: Counts, vintage: Vintage) -> Self {
        Self { series, known, counts, vintage }
    }

    /// Returns the newest input that it is from.
    #[must_use]
    pub const fn vintage(&self) -> Vintage {
        self.vintage
    }

    /// Returns since when it is known.
    #[must_use]
    pub const fn known(&self) -> Date {
        self.known
    }

    /// Returns its counts.
    #[must_use]
    pub const fn counts(&self) -> &Counts {
        &self.counts
    }

    fn last(&self) -> Option<Month> {
        self.counts.keys().map(|(_, month)| *month).max()
    }
}

/// One count that a release says otherwise than the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Rewrite {
    /// The area.
    pub area: AreaId,
    /// The month.
    pub month: Month,
    /// What the release before said; `None` where it was silent.
    pub was: Option<u32>,
    /// What this one says; `None` where it is silent.
    pub is: Option<u32>,
}

/// Why a release is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// It is of another series.
    #[error("the release is of series `{given}`, and this shelf holds `{held}`")]
    OtherSeries {
        /// The release's.
        given: Series,
        /// The shelf's.
        held: Series,
    },
    /// It is not later than the last one.
    #[error(
        "a release known since {known} does not come after one known since {last}; add releases in order"
    )]
    NotLater {
        /// The release's day.
        known: Date,
        /// The last release's.
        last: Date,
    },
    /// It says something of a month that had not begun.
    #[error(
        "the release is known since {known} and has a count for {month}, which is later: is its calendar right?"
    )]
    FromTheFuture {
        /// The release's day.
        known: Date,
        /// The count's.
        month: Month,
    },
}

/// All releases of a series, in the order in which they became known. None is ever changed or dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shelf {
    series: Series,
    releases: Vec<Release>,
}

impl Shelf {
    /// Returns a shelf without releases.
    #[must_use]
    pub const fn new(series: Series) -> Self {
        Self { series, releases: Vec::new() }
    }

    /// Adds a release, and returns every count that it says otherwise than the one before, by area and month.
    ///
    /// # Errors
    /// [`NotTaken`].
    pub fn add(&mut self, release: Release) -> Result<Vec<Rewrite>, NotTaken> {
        if release.series != self.series {
            let (given, held) = (release.series, self.series.clone());
            return Err(NotTaken::OtherSeries { given, held });
        }
        let known = release.known;
        if let Some(last) =
            self.releases.last().map(|last| last.known).filter(|last| *last >= known)
        {
            return Err(NotTaken::NotLater { known, last });
        }
        if let Some((_, month)) = release.counts.keys().find(|(_, month)| *month > known.month()) {
            return Err(NotTaken::FromTheFuture { known, month: *month });
        }
        let rewrites = self.releases.last().map(|last| rewrites(last, &release));
        self.releases.push(release);
        Ok(rewrites.unwrap_or_default())
    }

    /// Returns the releases.
    #[must_use]
    pub fn releases(&self) -> &[Release] {
        &self.releases
    }

    /// Returns the release that was the newest on a day: what was known then.
    #[must_use]
    pub fn at(&self, day: Date) -> Option<&Release> {
        self.releases.iter().rev().find(|release| release.known <= day)
    }

    /// Returns the shelf as it was on a day.
    #[must_use]
    pub fn until(&self, day: Date) -> Self {
        let releases = self.releases.iter().filter(|release| release.known <= day).cloned();
        Self { series: self.series.clone(), releases: releases.collect() }
    }
}

fn rewrites(before: &Release, after: &Release) -> Vec<Rewrite> {
    let all = |release: &Release| -> Vec<_> {
        release.counts.iter().map(|(place, count)| (*place, *count)).collect()
    };
    let Some(last) = before.last() else { return Vec::new() };
    compared(&all(before), &all(after), |_| true, last)
}

/// Compares counts, both ascending by place. Months after `last` are news; of months that are not told anew, silence is no
/// change.
fn compared(
    before: &[((AreaId, Month), u32)],
    after: &[((AreaId, Month), u32)],
    told: impl Fn(Month) -> bool,
    last: Month,
) -> Vec<Rewrite> {
    let (mut before, mut after) = (before.iter().peekable(), after.iter().peekable());
    let mut found = Vec::new();
    loop {
        let order = match (before.peek(), after.peek()) {
            (Some((old, _)), Some((new, _))) => old.cmp(new),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return found,
        };
        let old = if order.is_le() { before.next() } else { None };
        let new = if order.is_ge() { after.next() } else { None };
        let Some(((area, month), _)) = old.or(new) else { return found };
        let (was, is) = (old.map(|(_, count)| *count), new.map(|(_, count)| *count));
        let is_news = was.is_none() && *month > last;
        let is_silent = is.is_none() && !told(*month);
        if was != is && !is_news && !is_silent {
            found.push(Rewrite { area: *area, month: *month, was, is });
        }
    }
}

impl Rewrite {
    /// Returns every count that an input says otherwise than a table of the same series did before it, by area and month.
    ///
    /// `span`: the first and the last month that the input tells of; about others its silence says nothing.
    #[must_use]
    pub fn between(before: &CountTable, after: &CountTable, span: (Month, Month)) -> Vec<Self> {
        let all = |table: &CountTable| -> Vec<_> {
            table.rows().map(|(row, _)| ((row.area, row.month), row.count)).collect()
        };
        let before = all(before);
        let Some(last) = before.iter().map(|((_, month), _)| *month).max() else {
            return Vec::new();
        };
        compared(&before, &all(after), |month| (span.0..=span.1).contains(&month), last)
    }

    /// Returns one line for people about all rewrites of a release; `None` without any.
    #[must_use]
    pub fn summary(rewrites: &[Self]) -> Option<String> {
        let largest = rewrites.iter().max_by_key(|rewrite| {
            (rewrite.size(), std::cmp::Reverse((rewrite.area, rewrite.month)))
        })?;
        let areas: BTreeSet<AreaId> = rewrites.iter().map(|rewrite| rewrite.area).collect();
        let months = rewrites.iter().map(|rewrite| rewrite.month);
        let (first, last) = (months.clone().min()?, months.max()?);
        let said =
            |count: Option<u32>| count.map_or("not told".to_owned(), |count| count.to_string());
        let counted = |n: usize, noun: &str| format!("{n} {noun}{}", if n == 1 { "" } else { "s" });
        Some(format!(
            "{} of {} changed, {first} to {last}; the largest: {} {} was {} and is {}",
            counted(rewrites.len(), "count"),
            counted(areas.len(), "area"),
            largest.area,
            largest.month,
            said(largest.was),
            said(largest.is)
        ))
    }

    fn size(&self) -> u32 {
        self.was.unwrap_or_default().abs_diff(self.is.unwrap_or_default())
    }
}
