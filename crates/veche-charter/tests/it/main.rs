//! The crate from outside: shipped charters, faults, vectors, cases, the tutorial.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a failed set-up fails its test")]
#![expect(clippy::disallowed_methods, reason = "charters and cases are read from their folders")]

mod cases;
mod clocks;
mod conformance;
mod faults;
mod hostile;
mod outside;
mod rows;
mod runner;
mod sharing;
mod shipped;
mod statements;
mod tutorial;
mod written;
