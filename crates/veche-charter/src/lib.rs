//! An organisation of sovereign states as nine tables: read, checked, evaluated, explained.
//!
//! **Invariant:** no I/O, no clock, no randomness; the file's bytes, the time and the evidence are arguments.

pub mod model;
pub mod name;

pub use model::Charter;
