//! Releases of one series of counts, each pinned by its rows, and what was known when.

use super::Vintage;
use crate::area::{AreaId, Series};
use crate::month::Month;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// Counts by area and month.
pub type Counts = BTreeMap<(AreaId, Month), u32>;

/// What one import said of a series, and since when it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    series: Series,
    known: Month,
    counts: Counts,
    vintage: Vintage,
}

impl Release {
    /// Returns the release of counts that are known since a month.
    #[must_use]
    pub fn new(series: Series, known: Month, counts: Counts) -> Self {
        let vintage = pin(&series, &counts);
        Self { series, known, counts, vintage }
    }

    /// Returns the SHA-256 of its canonical rows.
    ///
    /// A row is `area,series,month,count` and a line feed, as in `views:57,ged_sb,2020-11,5303`; rows come by the number
    /// of the area's list, the area and the month. Neither the file's form nor the order of its rows counts.
    #[must_use]
    pub const fn vintage(&self) -> Vintage {
        self.vintage
    }

    /// Returns since when it is known.
    #[must_use]
    pub const fn known(&self) -> Month {
        self.known
    }

    /// Returns its counts.
    #[must_use]
    pub const fn counts(&self) -> &Counts {
        &self.counts
    }
}

fn pin(series: &Series, counts: &Counts) -> Vintage {
    let mut hash = Sha256::new();
    for ((area, month), count) in counts {
        hash.update(format!("{area},{series},{month},{count}\n"));
    }
    Vintage(hash.finalize().into())
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
        /// The release's month.
        known: Month,
        /// The last release's.
        last: Month,
    },
    /// It says something of a month that had not ended.
    #[error(
        "the release is known since {known} and has a count for {month}, which is later: is its calendar right?"
    )]
    FromTheFuture {
        /// The release's month.
        known: Month,
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
        if let Some((_, month)) = release.counts.keys().find(|(_, month)| *month > known) {
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

    /// Returns the release that was the newest at the end of a month: what was known then.
    #[must_use]
    pub fn at(&self, month: Month) -> Option<&Release> {
        self.releases.iter().rev().find(|release| release.known <= month)
    }

    /// Returns the shelf as it was at the end of a month.
    #[must_use]
    pub fn until(&self, month: Month) -> Self {
        let releases = self.releases.iter().filter(|release| release.known <= month).cloned();
        Self { series: self.series.clone(), releases: releases.collect() }
    }
}

/// Months after the release before are news, not rewritten.
fn rewrites(before: &Release, after: &Release) -> Vec<Rewrite> {
    let old = |place: &&(AreaId, Month)| place.1 <= before.known;
    let places: BTreeSet<_> =
        before.counts.keys().chain(after.counts.keys().filter(old)).copied().collect();
    let rewrite = |(area, month)| {
        let of = |release: &Release| release.counts.get(&(area, month)).copied();
        Rewrite { area, month, was: of(before), is: of(after) }
    };
    places.into_iter().map(rewrite).filter(|rewrite| rewrite.was != rewrite.is).collect()
}

impl Rewrite {
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
        Some(format!(
            "{} counts of {} areas, {first} to {last}, are not what they were; the largest: {} {} was {} and is {}",
            rewrites.len(),
            areas.len(),
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
