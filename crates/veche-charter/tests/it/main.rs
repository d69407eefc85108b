//! The crate from outside: shipped charters, faults, vectors, cases.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a failed set-up fails its test")]

mod cases;
mod clocks;
mod conformance;
mod faults;
mod rows;
mod shipped;
