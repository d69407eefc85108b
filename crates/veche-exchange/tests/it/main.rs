//! Tests of the exchange crate through its public face.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a failed set-up fails its test")]

mod akn;
mod amendments;
mod comparison;
mod hostile;
mod ical;
mod news;
mod reading;
mod samples;
mod support;
mod typeset;
