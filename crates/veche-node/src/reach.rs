//! Reaching a person: what waits for a party, whom of its roster to tell, by which channel, until somebody has acknowledged it.
//!
//! | module | what |
//! |---|---|
//! | `roster` | the node's own file: people in their order, channels, quiet hours |
//! | `matter` | what waits, read off the fold: duties and clocks, never the name of an act |
//! | `plan` | the state machine: whom to tell next; no I/O, no clock |
//! | `journal` | what the plan has done, in a file of its own: a restart goes on where it was |
//! | `message` | what is said, and how little above a channel's label |
//! | `channel` | e-mail, webhook, command |
//! | `driver` | threads that carry it out |
//!
//! **Invariant:** what a channel's label does not cover leaves the node by that channel in no form: neither title, number, kind, party nor label.
//!
//! **Invariant:** nothing of this is a record. That a person was told is the node's own affair; that a party answered is a record.

pub mod channel;
pub mod driver;
pub mod journal;
pub mod matter;
pub mod message;
pub mod plan;
pub mod roster;

pub use driver::{Answer, Reach, ReachError};
pub use roster::{Roster, RosterError};
