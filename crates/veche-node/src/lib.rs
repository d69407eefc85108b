//! The program around the cores: store, keys, nodes, the transport between them, exercises, API and desk.
//!
//! **Invariant:** nothing here decides. What is the case is the fold's to say; this crate moves bytes and shows them.

pub mod api;
pub mod ask;
pub mod backup;
pub mod bundle;
mod causes;
pub mod contact;
pub mod delegation;
pub mod demo;
pub mod doctor;
pub mod exercise;
pub mod fsck;
pub mod health;
pub mod http;
pub mod intake;
pub mod keyfile;
pub mod keys;
pub mod metrics;
pub mod missing;
pub mod monitor;
pub mod network;
pub mod node;
mod one_address;
pub mod outside;
pub mod pages;
pub mod peer;
pub mod picture;
pub mod publish;
pub mod reach;
mod roots;
pub mod run;
pub mod search;
pub mod shipped;
pub mod store;
