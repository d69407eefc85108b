//! The lexicon and the models as shipped, files that are refused, and training.

#![expect(clippy::unwrap_used, reason = "a failed set-up fails its test")]

mod faults;
mod models;
mod shipped;
mod training;
