//! The lexicon as shipped, files that are refused, and the stages from bytes to matched sentences.

#![expect(clippy::unwrap_used, reason = "a failed set-up fails its test")]

mod actors;
mod casualties;
mod coverage;
mod dates;
mod documents;
mod faults;
mod gold;
mod hostile;
mod languages;
mod places;
mod reading;
mod sentences;
mod shipped;
mod words;
