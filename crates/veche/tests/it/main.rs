//! The program as people and scripts meet it: arguments in; screens, files and exit codes out.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a failed set-up fails its test")]

mod alarm;
mod backup;
mod bench;
mod browser;
mod calendar;
mod certificate;
mod charter;
#[cfg(unix)]
#[path = "../../../veche-node/src/store/contract/cluster.rs"]
mod cluster;
mod code;
mod contact;
mod courier;
mod decided;
mod draft;
mod events;
#[cfg(unix)]
mod failover;
mod faults;
mod feed;
mod forecast;
mod frame;
mod help;
mod import;
mod keys;
mod log;
mod manual;
mod node;
mod peers;
mod pkcs11;
mod real;
mod running;
mod sealed;
mod search;
mod stage;
mod support;
mod tension;
mod text;
mod tournament;
mod units;
mod vintages;
mod witness;
