//! Model checking: every course of events of a small organisation, within bounds.
#![expect(
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a failed set-up fails its test; state counts are reported"
)]

mod silence;
mod witness;
