//! One program a target: each is this file, and knows by its own name which target it is.
#![no_main]

#[path = "../targets.rs"]
#[allow(dead_code, reason = "what a target costs counts where rounds are given")]
mod targets;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| targets::run(env!("CARGO_BIN_NAME"), bytes));
