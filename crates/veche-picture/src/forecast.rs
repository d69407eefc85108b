//! Forecasts: how many deaths the months ahead will have, as a whole distribution, and how good such forecasts were.
//!
//! **Invariant:** no clock, no randomness: what is drawn comes from a counter and a seed that the caller gives. The same
//! panel gives the same forecast to the last bit.
//!
//! **Invariant:** a model sees a [`Past`], which ends at the origin. Nothing later can be reached through it.
//!
//! | step | from | to | module |
//! |---|---|---|---|
//! | line up | a [`Panel`](crate::Panel) | [`Grid`] of units and months, cut to a [`Past`] | [`panel`] |
//! | forecast | a past, a unit, a horizon | [`Distribution`] | [`ladder`] |
//! | describe | point masses, Poisson and negative binomials | [`Mixture`], then a [`Distribution`] | [`mixture`], [`distribution`] |
//! | take over | somebody's draws | [`Draws`] | [`draws`] |
//! | judge | either of the two, and what happened | [`Scores`] | [`score`] |
//! | benchmark | a panel and outcomes, window by window | [`benchmark::Results`] | [`benchmark`] |
//! | run | counts read strictly, an origin, a rule | [`run::Run`] and what follows from it | [`observed`], [`run`], [`ahead`], [`sums`], [`worked`] |
//! | tell | a run | lines with a codebook, a track record, reasons | [`sheet`], [`track`](mod@track), [`explain`] |
//! | compare | scores of two models, cell by cell | intervals by country | [`score::compare`] |
//!
//! Which steps of the ladder there are, what each gains, and what was tried and lost: `docs/forecasts.md`.

pub mod ahead;
pub mod benchmark;
pub mod bins;
pub mod boost;
pub mod distribution;
pub mod draws;
pub mod explain;
pub mod ladder;
pub mod mixture;
pub mod observed;
pub mod panel;
pub mod random;
pub mod run;
pub mod score;
pub mod sheet;
pub mod sums;
pub mod tail;
pub mod track;
pub mod verdict;
pub mod worked;

pub use bins::{BINS, Bins};
pub use distribution::Distribution;
pub use draws::Draws;
pub use ladder::{Fitted, Model};
pub use mixture::{Component, Mixture};
pub use panel::{Grid, Past};
pub use score::{Predictive, Scores};
