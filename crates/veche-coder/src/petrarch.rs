//! The dictionaries of PETRARCH and its kin, and event coding by their rules over Penn trees: for whoever has such dictionaries, and for
//! the suite of records by which that family of coders tests itself.
//!
//! ```text
//! dictionary files -> actors, agents, verbs, discards, issues -> entries, and the lines that were not taken over
//!
//! a Penn tree -> tree::Tree -> clause::Clause (a line of words, noun phrases with codes, verb phrases; comma clauses left out)
//!             -> Front::code: a verb, a pattern around it, who and whom -> Event
//! ```
//!
//! Formats: `formats/petrarch.md`. What is coded, and what not: `docs/petrarch.md`.

mod actors;
mod agents;
mod clause;
mod discards;
mod error;
mod fit;
mod front;
mod issues;
pub mod lexicon;
mod nouns;
mod pattern;
mod phrase;
mod phrases;
mod source;
pub mod suite;
mod tree;
mod verbs;

pub use actors::{Actor, Actors, Dated, actors};
pub use agents::{Agent, Agents, agents};
pub use discards::{Discard, Discards, discards};
pub use error::{Fault, PetrarchError, Read};
pub use front::{Event, Front, Options, Unread};
pub use issues::{Issue, issues};
pub use pattern::{Code, Pattern, Piece, Step};
pub use phrase::Phrase;
pub use phrases::{bracketed, parsed};
pub use tree::{Tree, TreeError};
pub use verbs::{Verb, Verbs, verbs};

/// Longest dictionary, in bytes: ten times the longest that is in use.
pub const FILE_LEN_MAX: usize = 16 * 1024 * 1024;

/// Longest line of a dictionary, in bytes: the longest in use has 240.
pub const LINE_LEN_MAX: usize = 4096;

/// What stands for nobody in a code.
pub const NOBODY: &str = "---";
