//! Signed records in append-only logs: the formats, the tree, the proofs.
//!
//! **Invariant:** no I/O, no clock, no randomness; time, keys and random bytes are arguments.

pub mod hash;
pub mod name;
pub mod time;

pub use hash::Hash;
pub use name::{KeyName, Kind, Label, LeafIndex, Origin, PartyId};
pub use time::{Seconds, UnixSeconds};
