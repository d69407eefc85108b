//! The words by which events and actors are known: tables that people write, read into typed entries.
//!
//! Format: `formats/lexicon.md`. Every reader takes the bytes of one file and gives all of its entries in the order of the file,
//! or the first fault.

mod agent;
mod belonging;
mod error;
mod nation;
mod organisation;
mod script;
mod signal;
mod table;
mod trigger;

pub use agent::{Agent, Office, agents, offices};
pub use belonging::{Group, PartWords, Region, Town, groups, regions, towns};
pub use error::{Fault, LexiconError};
pub use nation::{Nation, NationWords, Standing, nations};
pub use organisation::{Organisation, organisations};
pub use script::Language;
pub use signal::{Piece, Signal, Tells, signals};
pub use trigger::{ActorSide, Head, Strength, Trigger, triggers};

/// Longest file, in bytes: ten times the longest that is shipped.
pub const FILE_LEN_MAX: usize = 4 * 1024 * 1024;

/// Longest line, in bytes: a nation with all its names takes a tenth of it.
pub const LINE_LEN_MAX: usize = 4096;
