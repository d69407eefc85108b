//! The ledger as its users see it: records, logs, witnesses, and other implementations of the same formats.
#![expect(clippy::unwrap_used, reason = "a failed set-up fails its test")]

mod fork;
mod keyring;
mod oracle;
mod pair;
mod record;
mod sealed;
mod support;
mod sync;
mod tree;
mod vectors;
mod witness;
