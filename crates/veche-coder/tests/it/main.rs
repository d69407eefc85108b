//! The lexicon as shipped, and files that are refused.

#![expect(clippy::unwrap_used, reason = "a failed set-up fails its test")]

mod faults;
mod shipped;
