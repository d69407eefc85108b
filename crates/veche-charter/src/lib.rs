//! An organisation of sovereign states as nine tables: read, checked, evaluated, explained.
//!
//! **Invariant:** no I/O, no clock, no randomness; the file's bytes, the time and the evidence are arguments.

pub mod act;
pub mod calendar;
mod check;
pub mod conform;
pub mod duration;
pub mod fault;
pub mod keys;
mod load;
pub mod machine;
pub mod model;
pub mod name;
pub mod rule;
mod text;

pub use fault::{Fault, FaultKind, Faults};
pub use keys::with_keys;
pub use model::Charter;
