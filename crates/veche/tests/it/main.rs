//! The program as people and scripts meet it: arguments in; screens, files and exit codes out.
#![expect(clippy::unwrap_used, reason = "a failed set-up fails its test")]

mod certificate;
mod charter;
mod decided;
mod frame;
mod help;
mod import;
mod real;
mod support;
mod tension;
