//! The ladder of models, each of which has to beat those below it.
//!
//! | step | model | learns | module |
//! |---|---|---|---|
//! | L0 | [`Zero`]: nothing ever happens | nothing | [`simple`] |
//! | | [`LastHistorical`]: Poisson around the last month | nothing | [`simple`] |
//! | L1 | [`Conflictology`]: the last twelve months again | nothing | [`simple`] |
//! | L2 | [`Recent`]: the last three years, by age, each widened | nothing | [`recent`] |
//! | L3 | [`Tuned`]: L2 with constants by horizon, and a floor | constants | [`tuned`] |
//! | L4 | [`Pooled`]: L2 and boosted trees together | trees | [`pooled`], [`boosted`], [`lessons`], [`features`] |

pub mod boosted;
pub mod features;
pub mod lessons;
pub mod pooled;
pub mod recent;
pub mod simple;
pub mod tuned;

pub use pooled::Pooled;
pub use recent::Recent;
pub use simple::{Conflictology, LastHistorical, Zero};
pub use tuned::Tuned;

use super::distribution::Distribution;
use super::panel::Past;

/// A way to forecast.
pub trait Model {
    /// Returns the name that tables show.
    fn name(&self) -> &'static str;

    /// Learns from a past what there is to learn.
    fn fit<'a>(&self, past: Past<'a>) -> Box<dyn Fitted + 'a>;
}

/// A model at an origin.
pub trait Fitted {
    /// Returns the forecasts of a unit, one for each of some horizons: months after the origin, 1 or more.
    ///
    /// `None` for a unit of which nothing is known at the origin.
    fn forecast(&self, unit: usize, horizons: &[usize]) -> Option<Vec<Distribution>>;
}
