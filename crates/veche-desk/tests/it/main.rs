//! Whole pages from sample models.
#![expect(clippy::unwrap_used, reason = "a failed set-up fails its test")]

mod pages;
mod sample;
