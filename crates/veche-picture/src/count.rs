//! One count of an area's month, as a panel data set gives it.

use crate::area::{AreaId, Series};
use crate::month::Month;

/// Deaths (or another thing counted) in one area and month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// The area.
    pub area: AreaId,
    /// The month.
    pub month: Month,
    /// What is counted.
    pub series: Series,
    /// How many.
    pub count: u32,
    /// What the data set says of the value's origin, as `sb2024`; empty where it says nothing.
    pub quality: String,
}

impl Count {
    /// Returns whether the value stands in for one that is not known, and so must never be scored against.
    ///
    /// True where the quality begins with `proxy`: such a month may serve as history, not as an outcome.
    #[must_use]
    pub fn is_proxy(&self) -> bool {
        self.quality.starts_with("proxy")
    }
}
