//! The lexicon and the models as shipped, files that are refused, the stages from bytes to matched sentences, and training.

#![expect(clippy::unwrap_used, reason = "a failed set-up fails its test")]

mod actors;
mod casualties;
mod clusters;
mod coverage;
mod dates;
mod documents;
mod events;
mod faults;
mod filter;
mod gold;
mod held;
mod hostile;
mod languages;
mod models;
mod petrarch;
mod places;
mod reading;
mod russian;
mod same;
mod sentences;
mod shipped;
mod training;
mod words;
