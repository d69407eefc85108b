//! Exercises played whole over real nodes, and the certificates that come out of them.
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failed set-up fails its test"
)]

mod amendment;
mod carried;
mod certificates;
mod delegation;
mod doctor;
mod exercises;
mod fold;
mod following;
mod hosted;
mod hostile;
mod intake;
mod labels;
mod noninterf;
mod openapi;
mod operations;
mod outside;
mod paging;
mod picture;
mod published;
mod reach;
mod receipts;
mod redaction;
mod restart;
mod sharing;
mod told;
mod warned;
mod web;
mod why;
mod world;
