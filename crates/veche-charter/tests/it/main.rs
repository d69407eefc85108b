//! The crate from outside: shipped charters, faults, vectors, cases.
#![expect(clippy::panic, reason = "a failed set-up fails its test")]

mod cases;
mod conformance;
mod faults;
mod shipped;
